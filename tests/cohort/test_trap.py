"""Trap slopes, from the samplesheet to the file: field, covariates and models made anew by
scipy and R on the same pixels and cells; the same bytes for any number of ranks; a reason
where there is no number."""
import csv
import subprocess
from pathlib import Path

import anndata
import h5py
import numpy as np
from scipy.fft import dctn, idctn
from scipy.stats import norm

from common import *

without_reports()

HERE = Path(__file__).parent
LAMBDA, SIGMA, SPACING, BLOCK = 50, 60, 20, 3.2
KNOTS = [-80, 0, 60, 150]
KD = [10, 40.5]
PLAIN = ["--set", "output.compression=deflate"]
# Of the error of the slope. Rasters of covariates are kept as floats, of 6e-8.
SAME_SLOPE = 1e-6
# Relative: the same sums in another order, cancelled by five digits or so; floats again.
SAME_ERROR, SAME_LIKELIHOOD = 1e-5, 1e-8

made = folder("trap-cohort")
run_ok("synth", "--out", made, "--slides", 2, "--cells", 2500, "--seed", 31, "--format", "csv")


def give_totals(sheet):
    """Another column of each slide: counts of all genes."""
    random = np.random.default_rng(1)
    for path in Path(made, "slides").glob("*.csv"):
        head, *lines = path.read_text().splitlines()
        path.write_text("\n".join([head + ",n_counts", *(
            f"{line},{random.integers(50, 900)}" for line in lines)]) + "\n")
    return sheet


sheet = give_totals(os.path.join(made, "samplesheet.csv"))


def config_of(name, tissue="from: bbox", signal="", trap="", more=""):
    return write(f"{name}.yaml", f"""
grid: {{spacing_um: {SPACING}}}
tissue: {{{tissue}}}
compartments: {{from: fraction, tumour: tumour, bandwidth_um: 30, threshold: 0.5}}
types:
  tumour: [Tumor]
  stroma: [Myofibroblast, Fibroblast, Endothelial]
  immune: [CD8 T, CD4 T, B, Macrophage]
signals:
  - name: s
    ligand: [CXCL12]
    expression: {{transform: counts}}
    senders: [Myofibroblast]
    responders: [CD8 T]
    lambda_um: {LAMBDA}
{signal}
trap:
  block_lambdas: {BLOCK}
  bandwidth_um: {SIGMA}
  background: immune
  margin_knots_um: {KNOTS}
{trap}
{more}""")


def run(name, config, ranks=1, slides=sheet):
    out = folder(f"{name}-{ranks}")
    run_ok("run", slides, "--config", config, "--out", out, "-q", *PLAIN, ranks=ranks)
    return out


def trap_of(out, sample="S01"):
    a = anndata.read_h5ad(os.path.join(out, "slides", f"{sample}.h5ad"))
    return a.uns["trap"]


# --- the same bytes
full = config_of("full", signal=f"    c_over_kd: {KD}",
                 trap="  densities: [stroma, Endothelial]\n  total_counts: n_counts\n"
                      "  contrast: 0.01\n  field_null: on")
mask = config_of("mask", tissue="from: reach, reach_um: 40, close_um: 30")
for name, config in (("full", full), ("mask", mask)):
    want = digests(run(name, config))
    for n in (2, 3, 4, 7):
        check(digests(run(name, config, n)) == want, f"{name}: other bytes on {n} ranks")


# --- made anew
class Slide:
    """Raster and cells of a slide; fields and densities by scipy's cosine transforms."""

    def __init__(self, out, sample="S01"):
        with h5py.File(os.path.join(out, "slides", f"{sample}.fields.h5")) as f:
            self.part = f["compartment"][()]
            self.tissue = self.part > 0
            self.phi = f["margin_um"][()].astype(float)
            self.labels = text(f["compartment"].attrs["labels"])
            x, y = f["x"][()], f["y"][()]
        with open(os.path.join(made, "slides", f"{sample}.csv")) as f:
            rows = list(csv.DictReader(f))
        self.h, self.shape = SPACING, self.tissue.shape
        self.u = np.array([float(r["x"]) for r in rows]) / self.h - (x[0] / self.h - .5)
        self.v = np.array([float(r["y"]) for r in rows]) / self.h - (y[0] / self.h - .5)
        self.type = np.array([r["cell_type"] for r in rows])
        self.ligand = np.array([float(r["CXCL12"]) for r in rows])
        self.total = np.array([float(r["n_counts"]) for r in rows])
        self.row, self.col = self.v.astype(int), self.u.astype(int)
        mu = [4 / self.h ** 2 * np.sin(np.pi * np.arange(n) / 2 / n) ** 2 for n in self.shape]
        self.mu = mu[0][:, None] + mu[1][None, :]

    def filter(self, raster, gain):
        return idctn(gain * dctn(raster, norm="ortho"), norm="ortho")

    def corners(self):
        """The four pixels around each cell and their weights."""
        r, c = np.floor(self.v - .5).astype(int), np.floor(self.u - .5).astype(int)
        fr, fc = self.v - .5 - r, self.u - .5 - c
        for dr, wr in ((0, 1 - fr), (1, fr)):
            for dc, wc in ((0, 1 - fc), (1, fc)):
                yield (np.clip(r + dr, 0, self.shape[0] - 1),
                       np.clip(c + dc, 0, self.shape[1] - 1), wr * wc)

    def field(self, senders):
        source = np.zeros(self.shape)
        amount = self.ligand * (self.type == senders) / self.h ** 2
        for r, c, w in self.corners():
            np.add.at(source, (r, c), w * amount)
        return self.filter(source, 1 / (1 + LAMBDA ** 2 * self.mu))

    def at_cells(self, raster):
        return sum(w * raster[r, c] for r, c, w in self.corners())

    def count(self, types):
        n = np.zeros(self.shape)
        chosen = np.isin(self.type, types)
        np.add.at(n, (self.row[chosen], self.col[chosen]), 1)
        return n

    def log_density(self, types):
        """Of cells and of tissue each smoothed: the density does not fall at the edge."""
        kernel = np.exp(-SIGMA ** 2 / 2 * self.mu)
        share = self.filter(self.tissue.astype(float), kernel)
        rho = self.filter(self.count(types) * self.tissue, kernel) / self.h ** 2
        rho = np.divide(rho, share, out=np.zeros(self.shape), where=self.tissue)
        return np.log(np.maximum(rho, 0) + 1 / (4 * np.pi * SIGMA ** 2))

    def block(self):
        """As many equal rows and columns of blocks as fit in the box around the tissue."""
        place = []
        for at, every in zip(np.nonzero(self.tissue), np.indices(self.shape)):
            first, n = at.min(), at.max() - at.min() + 1
            place.append((every - first) * int(n * self.h / (BLOCK * LAMBDA)) // n)
        return place[0] * 1000 + place[1]


def by_r(name, family, table, knots=KNOTS):
    names = list(table)
    path, out = os.path.join(WORK, f"{name}.tsv"), os.path.join(WORK, f"{name}.out")
    columns = np.column_stack([table[k] for k in names])
    Path(path).write_text("\n".join([" ".join(names), *(
        " ".join(repr(float(v)) for v in line) for line in columns)]) + "\n")
    subprocess.run(["Rscript", "--vanilla", str(HERE / "trap.R"), family, path,
                    ",".join(map(str, knots)), out], check=True)
    return np.loadtxt(out)


def natural_spline(x, knots):
    """Any basis of the same splines does: here truncated cubes, straight beyond the ends."""
    cube = lambda t: np.maximum(t, 0) ** 3
    d = [(cube(x - k) - cube(x - knots[-1])) / (knots[-1] - k) / 1e4 for k in knots[:-1]]
    return np.column_stack([x / 100, *(one - d[-1] for one in d[:-1])])


def field_null(slide, table, part):
    """z of the score against random signs of all cosine modes, and how many modes matter."""
    used = slide.tissue
    x = np.column_stack([np.ones(used.sum()), *(table[k][used] for k in table if k not in (
        "y", "theta", "phi", "block")), natural_spline(table["phi"][used], KNOTS)])
    y, theta = table["y"][used], table["theta"][used]
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(y.mean())
    for _ in range(30):
        mu = np.exp(x @ beta)
        beta = beta + np.linalg.solve(x.T @ (mu[:, None] * x), x.T @ (y - mu))
    gamma = np.linalg.solve(x.T @ (mu[:, None] * x), x.T @ (mu * theta))
    e, r = np.zeros(slide.shape), np.zeros(slide.shape)
    e[used], r[used] = y - mu, theta - x @ gamma
    box = tuple(slice(at.min(), at.max() + 1) for at in np.nonzero(used))
    a, b = dctn(e[box], norm="ortho"), dctn(r[box], norm="ortho")
    where = [part[used] == k for k in np.unique(part[used])]
    square = [(r[used][k] ** 2).mean() for k in where]
    more = a.size * sum(mu[k].sum() * v for k, v in zip(where, square)) / (
        mu.sum() * sum(k.sum() * v for k, v in zip(where, square)))
    return ((a * b).sum() / np.sqrt(more * ((a * b) ** 2).sum()),
            (b ** 2).sum() ** 2 / (b ** 4).sum())


def compare(name, row, prefix, want):
    got = {k: row[prefix + k] for k in ("slope", "se", "df", "se_independent",
                                        "log_likelihood", "log_likelihood_without", "p")}
    off = abs(got["slope"] - want[0]) / np.sqrt(want[3])
    check(off <= SAME_SLOPE, f"{name}: slope {got['slope']}, R {want[0]}, off {off:.2g} se")
    for k, value in (("se", np.sqrt(want[1])), ("df", want[2]),
                     ("se_independent", np.sqrt(want[3]))):
        check(close(got[k], value, SAME_ERROR), f"{name}: {k} {got[k]}, R {value}")
    for k, value in (("log_likelihood", want[4]), ("log_likelihood_without", want[5])):
        check(close(got[k], value, SAME_LIKELIHOOD), f"{name}: {k} {got[k]}, R {value}")
    check(row[prefix + "reason"] == "", f"{name}: {row[prefix + 'reason']}")
    check(0 < got["p"] < 1, f"{name}: p {got['p']}")


STROMA = ["Myofibroblast", "Fibroblast", "Endothelial"]
IMMUNE = ["CD4 T", "B", "Macrophage"]  # that do not respond
out = os.path.join(WORK, "full-1")
table = trap_of(out)
slide = Slide(out)
every = sorted(set(slide.type))
c, block = slide.field("Myofibroblast"), slide.block()
tumour = slide.part == slide.labels.index("tumour") + 1
check(len(table) == len(KD) + 1, f"{len(table)} rows, laws {len(KD)} and the limit")
common = {"stroma": slide.log_density(STROMA), "vessels": slide.log_density(["Endothelial"]),
          "tumour": tumour.astype(float), "phi": slide.phi, "block": block}
here = slide.tissue
mine = np.isin(slide.type, ["CD8 T", *IMMUNE])
for (_, row), f in zip(table.iterrows(), [*KD, 0]):
    theta = f * c / (1 + f * c) if f else c
    at = slide.at_cells(c)
    at = f * at / (1 + f * at) if f else at
    check(row["c_over_kd"] == f, f"law {row['c_over_kd']}, not {f}")
    pixels = {"y": slide.count(["CD8 T"]), "theta": theta, **common,
              "others": slide.log_density([t for t in every if t != "CD8 T"])}
    compare(f"pixels c/Kd {f}", row, "",
            by_r("pixels", "poisson", {k: v[here] for k, v in pixels.items()}))
    z, modes = field_null(slide, pixels, slide.part)
    check(close(row["field_z"], z, SAME_ERROR), f"field {f}: z {row['field_z']}, {z}")
    check(close(row["field_n_modes_effective"], modes, SAME_ERROR), f"field {f}: modes")
    check(close(row["field_p"], 2 * norm.sf(abs(z)), 1e-4), f"field {f}: p")
    cells = {**common, "others": slide.log_density(
        [t for t in every if t not in ("CD8 T", *IMMUNE)])}
    cells = {k: v[slide.row, slide.col] for k, v in cells.items()}
    cells.update(y=slide.type == "CD8 T", theta=at, total=np.log(slide.total))
    compare(f"cells c/Kd {f}", row, "relative_",
            by_r("cells", "logistic", {k: v[mine] for k, v in cells.items()}))
    for k, q in (("theta_q10", .1), ("theta_q90", .9)):
        want = np.quantile(theta[here], q, method="inverted_cdf")
        check(close(row[k], want, 1e-12), f"{k} {row[k]}, {want}")
    check(row["n_responders"] == (slide.type == "CD8 T").sum(), "responders")
    check(row["n_background"] == np.isin(slide.type, IMMUNE).sum(), "background")
    check(close(row["contrast"], row["slope"] * .01, 1e-15), "contrast")

slides, metrics, values = cohort(out)
for metric, column in (("slope", "slope"), ("se", "se"), ("df", "df"), ("p", "p"),
                       ("contrast", "contrast"), ("relative_slope", "relative_slope"),
                       ("relative_se", "relative_se"), ("relative_p", "relative_p"),
                       ("theta_q10", "theta_q10"), ("theta_q90", "theta_q90"),
                       ("n_responders", "n_responders"),
                       ("n_blocks_effective", "n_blocks_effective"),
                       ("field_p", "field_p")):
    name = f"trap/{metric}/s|CD8 T"
    if check(name in metrics, f"no metric {name}"):
        check(values[0, metrics.index(name)] == table.iloc[0][column], f"{name} and table")


# --- a type that sends and responds
both = """  - name: {}
    ligand: {{CD8 T: 1, Myofibroblast: 2}}
    senders: [CD8 T, Myofibroblast]
    responders: [CD8 T]
    lambda_um: 50
  - name: {}
    ligand: {{Myofibroblast: 2}}
    senders: [Myofibroblast]
    responders: [CD8 T]
    lambda_um: 50
  - name: {}
    ligand: {{CD8 T: 1}}
    senders: [CD8 T]
    responders: [CD8 T]
    lambda_um: 50
"""
table = trap_of(run("both", config_of("both", signal=both.format("both", "other", "alone"))))
table = table.set_index("signal")
check(table.loc["both", "own_left_out"] == 1 and table.loc["other", "own_left_out"] == 0,
      "own_left_out")
for k in ("slope", "se", "relative_slope", "relative_se", "theta_q90"):
    check(table.loc["both", k] == table.loc["other", k],
          f"{k} with the type's own secretion left out")
check("secretes" in table.loc["alone", "reason"], "a type alone has a slope on itself")
check(np.isnan(table.loc["alone", "slope"]), "alone: a number beside its reason")


# --- reasons
def with_sets(name, *sets, slides=sheet):
    """The last row of the first slide's table, with these keys instead."""
    out = folder(name)
    words = [word for text in sets for word in ("--set", text)]
    run_ok("run", slides, "--config", full, "--out", out, "-q", *PLAIN, *words)
    return trap_of(out).iloc[-1]


def refused(name, row, prefix, why, *, estimate=False):
    check(why in row[prefix + "reason"], f"{name}: reason '{row[prefix + 'reason']}'")
    check(np.isnan(row[prefix + "slope"]) != estimate, f"{name}: {row[prefix + 'slope']}")
    check(np.isnan(row[prefix + "se"]), f"{name}: an error beside its reason")


def signal_with(**keys):
    keys = {"name": "s", "ligand": "[CXCL12]", "expression": "{transform: counts}",
            "senders": "[Myofibroblast]", "responders": "[CD8 T]", "lambda_um": LAMBDA, **keys}
    return "signals=[{" + ", ".join(f"{k}: {v}" for k, v in keys.items()) + "}]"


row = with_sets("blocks", "trap.block_lambdas=8")
refused("large blocks", row, "", "10 effective blocks", estimate=True)
refused("large blocks", row, "relative_", "10 effective blocks", estimate=True)
row = with_sets("ligand", signal_with(ligand="[CXCL13]"))
refused("no ligand", row, "", "no values of the ligand")
refused("no ligand", row, "relative_", "no values of the ligand")
refused("no sender", with_sets("sender", signal_with(senders="[Pericyte]")), "", "secretes")
refused("flat field", with_sets("flat", signal_with(lambda_um=1e6)), "", "follows from")
refused("background", with_sets("background", "trap.background=[CD8 T]"), "relative_",
        "no type of the background")
refused("sending background", with_sets("sending", "trap.background=[Myofibroblast]"),
        "relative_", "no type of the background")
few = folder("trap-few")
run_ok("synth", "--out", few, "--slides", 1, "--cells", 300, "--seed", 3, "--format", "csv")
row = with_sets("few", "trap.total_counts=[]",
                slides=os.path.join(few, "samplesheet.csv"))
refused("few cells", row, "", "fewer than 10 cells")
refused("few cells", row, "relative_", "fewer than 10 cells")


def apart():
    """A slide whose responders and background lie on two sides of a line, senders far left."""
    lines = ["cell_id,x,y,cell_type,CXCL12,CXCR4"]
    random = np.random.default_rng(2)
    for kind, n, low, high in (("Myofibroblast", 50, 0, 100), ("CD8 T", 200, 200, 600),
                               ("CD4 T", 200, 650, 1000), ("Tumor", 300, 0, 1000)):
        for x, y in zip(random.uniform(low, high, n), random.uniform(0, 1000, n)):
            lines.append(f"c{len(lines)},{x:.3f},{y:.3f},{kind},{int(n == 50)},0")
    write("apart/s.csv", "\n".join(lines) + "\n")
    return write("apart/sheet.csv", "sample,data_path,um_per_px\nS01,s.csv,1\n")


row = with_sets("separated", "trap.total_counts=[]", "trap.background=[CD4 T]",
                "compartments={from: none}", "trap.margin_knots_um=[]", "trap.densities=[]",
                slides=apart())
refused("two sides of a line", row, "relative_", "without fail")

# --- faults: every rank is told, the run goes on
for point in ("trap.stage", "glm.sum", "cross.spectrum"):
    for rank in (0, 1):
        out = folder("faulty")
        done = cytotaxis("run", sheet, "--config", full, "--out", out, "-q", *PLAIN,
                         "--groups", 1, ranks=2,
                         env={"CYTOTAXIS_FAULT": f"{point}:{rank}:S01"})
        check(done.returncode == 1, f"{point} on {rank}: exit {done.returncode}")
        check("fault injected" in done.stderr, f"{point} on {rank}: {done.stderr}")
finish()
