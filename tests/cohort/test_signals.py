"""Signals in tissue, from the samplesheet to the file: another program assembles the same
equations from the written masks and cells and solves them directly; what cells feel follows
from what they see; means, units, edges, variants; the same bytes for any number of ranks."""
import hashlib
import os

import anndata
import h5py
import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve

from common import *

without_reports()

H, LAMBDA, D_TUMOUR, UPTAKE, DIAMETER = 10.0, 80.0, 0.1, 400.0, 8.0
PLAIN = ["--set", "output.compression=deflate"]
# Rasters are float32; the solver's tolerance is far below that.
FLOAT = 2e-6
# Columns of cells are doubles: c at a cell, and what a few operations make of it.
SOLVED, ROUNDING = 1e-6, 1e-12

made = folder("signals-cohort")
run_ok("synth", "--out", made, "--slides", 2, "--cells", 1500, "--seed", 11)
sheet = os.path.join(made, "samplesheet.csv")
COMMON = f"""
    ligand: [CXCL12]
    expression: {{transform: counts}}
    senders: [Myofibroblast]
    responders: [CD8 T, B]
    diffusion: {{tumour: {D_TUMOUR}}}
    uptake: {{Macrophage: {UPTAKE}}}
    cell_diameter_um: {DIAMETER}
"""
config = write("signals.yaml", f"""
grid: {{spacing_um: {H:g}}}
tissue: {{from: reach, reach_um: 25, close_um: 20, fill_holes_um2: 3000}}
compartments: {{from: fraction, tumour: [Tumor], bandwidth_um: 40, threshold: 0.5}}
solver: {{tolerance: 1e-10}}
signals:
  - name: s
    lambda_um: [{LAMBDA:g}, 200]
    view_edge: [closed, open]
    c_over_kd: [1, 50]
{COMMON}
  - name: sink
    lambda_um: {LAMBDA:g}
    tissue_edge: absorbing
{COMMON}
  - name: box
    lambda_um: {LAMBDA:g}
    absolute: {{rate_per_s: 1.58, decay_per_s: 3.05e-4, thickness_um: 5, kd_nM: 4.4}}
{COMMON}
""")


def run(out, ranks):
    out = folder(out)
    run_ok("run", sheet, "--config", config, "--out", out, "-q", *PLAIN, ranks=ranks)
    return out


outs = [run(f"signals-{n}", n) for n in (1, 2, 3, 4, 7)]
want = digests(outs[0])
check(len(want) == 5, f"{len(want)} files")
for out in outs[1:]:
    check(digests(out) == want, f"other bytes in {out}")

slide = anndata.read_h5ad(os.path.join(outs[0], "slides", "S01.h5ad"))
fields = h5py.File(os.path.join(outs[0], "slides", "S01.fields.h5"))
tissue, code = fields["tissue"][()] > 0, fields["compartment"][()]
names = text(fields["compartment"].attrs["labels"])
x0, y0 = fields["x"][0] - H / 2, fields["y"][0] - H / 2
rows, cols = tissue.shape
number = np.full(tissue.shape, -1)
number[tissue] = np.arange(tissue.sum())
check(0.3 < tissue.mean() < 0.999, f"a share of {tissue.mean()} is tissue")
check(set(names) == {"tumour", "stroma"} and set(code[tissue]) == {1, 2}, "compartments")
check((code[~tissue] == 0).all(), "compartments outside the tissue")
xy = slide.obsm["spatial"]
types = slide.obs["cell_type"].astype(str).to_numpy()


def weights():
    """(cell, pixel) bilinear weights, within the tissue."""
    at = [(xy[:, 0] - x0) / H - 0.5, (xy[:, 1] - y0) / H - 0.5]
    low = [np.floor(a).astype(int) for a in at]
    part = [a - l for a, l in zip(at, low)]
    found = []
    for dy in (0, 1):
        for dx in (0, 1):
            r = np.clip(low[1] + dy, 0, rows - 1)
            c = np.clip(low[0] + dx, 0, cols - 1)
            w = (part[0] if dx else 1 - part[0]) * (part[1] if dy else 1 - part[1])
            ok = tissue[r, c]
            found.append((np.flatnonzero(ok), number[r, c][ok], w[ok]))
    i, j, w = (np.concatenate(part) for part in zip(*found))
    m = coo_matrix((w, (i, j)), shape=(len(xy), tissue.sum())).tocsr()
    total = np.asarray(m.sum(axis=1)).ravel()
    check((total > 0.2).all(), "cells lie outside a tissue that reaches 25 um")
    return coo_matrix((m.tocoo().data / total[m.tocoo().row],
                       (m.tocoo().row, m.tocoo().col)), shape=m.shape).tocsr()


spread = weights()
table = {}
with open(os.path.join(made, "slides", "S01.csv")) as f:
    header = f.readline().strip().split(",")
    for line in f:
        row = line.rstrip("\n").split(",")
        table[row[0]] = float(row[header.index("CXCL12")])
secreted = np.where(types == "Myofibroblast", [table[i] for i in slide.obs_names], 0.0)
# Rim of the field of view: the box of the cells, in whole pixels.
view = [int((xy[:, 1].min() - y0) // H), int((xy[:, 1].max() - y0) // H),
        int((xy[:, 0].min() - x0) // H), int((xy[:, 0].max() - x0) // H)]


def in_view(r, c):
    return view[0] <= r <= view[1] and view[2] <= c <= view[3]


def solve(lam, tissue_edge, view_edge):
    """Direct solution of the finite volumes, and k of each pixel."""
    d = np.where(code[tissue] == names.index("tumour") + 1, D_TUMOUR, 1.0) * lam ** 2
    k = 1 + UPTAKE / H ** 2 * (spread.T @ (types == "Macrophage").astype(float))
    inner, lost = k.copy(), np.zeros_like(k)
    a, i, j = [], [], []
    for r, c in np.argwhere(tissue):
        p = number[r, c]
        for s, t in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
            if 0 <= s < rows and 0 <= t < cols and tissue[s, t]:
                q = number[s, t]
                f = 2 * d[p] * d[q] / (d[p] + d[q]) / H ** 2
                a += [f, -f]
                i += [p, p]
                j += [p, q]
                continue
            edge = tissue_edge if in_view(s, t) else view_edge
            if edge == "absorbing":
                lost[p] += 2 * d[p] / H ** 2
            elif edge == "open":
                g = 1 + H ** 2 * inner[p] / d[p] / 2
                lost[p] += d[p] / H ** 2 * (1 - (g - np.sqrt(g * g - 1)))
    k += lost
    n = len(k)
    m = coo_matrix((a, (i, j)), shape=(n, n)).tocsr() + coo_matrix(
        (k, (range(n), range(n))), shape=(n, n)).tocsr()
    return spsolve(m.tocsc(), spread.T @ secreted / H ** 2), k


def compare(signal, lam, tissue_edge, view_edge, scale=1.0):
    c, k = solve(lam, tissue_edge, view_edge)
    c *= scale
    got = fields[f"signal/{signal}/concentration"][()]
    check(np.isnan(got[~tissue]).all(), f"{signal}: values outside the tissue")
    check(np.abs(got[tissue] - c).max() < FLOAT * c.max(),
          f"{signal}: field differs by {np.abs(got[tissue] - c).max() / c.max():g}")
    felt = slide.obsm[signal]
    at_cells = spread @ c
    check(np.abs(felt["concentration"] - at_cells).max() < SOLVED * c.max(),
          f"{signal}: concentration at cells")
    facts = slide.uns["signals"].loc[signal]
    check(abs(facts["total"] / secreted.sum() - 1) < ROUNDING, f"{signal}: total")
    check(facts["mass_balance_error"] < 1e-8, f"{signal}: balance {facts.to_dict()}")
    check(facts["residual"] <= 1e-10 and facts["iterations"] > 0, f"{signal}: residual")
    check(0 <= facts["smallest"] + facts["concentration_error"], f"{signal}: smallest")
    check(np.abs(got[tissue] - c).max() < facts["concentration_error"] + FLOAT * c.max(),
          f"{signal}: error beyond its bound")
    return felt


felt = compare(f"s@{LAMBDA:g}um@closed", LAMBDA, "closed", "closed")
compare(f"s@{LAMBDA:g}um@open", LAMBDA, "closed", "open")
compare("s@200um@open", 200, "closed", "open")
compare("sink", LAMBDA, "absorbing", "closed")
# molecules/um3 at 1 nM
nM = 1.58 / 3.05e-4 / 5 / 0.602214076
absolute = compare("box", LAMBDA, "closed", "closed", nM)
check(slide.uns["signals"].loc["box", "unit"] == "nM", "unit of absolute concentrations")

# --- maps of what is felt -----------------------------------------------------------------
group = fields[f"signal/s@{LAMBDA:g}um@closed"]
raster = {k: group[k][()].astype(float)[tissue] for k in group if k not in "xy"}
check(set(raster) == {"concentration", "grad_x", "grad_y", "pull", "occupancy@1",
                      "occupancy_difference@1", "occupancy@50", "occupancy_difference@50"},
      f"maps {set(raster)}")
for f in (1, 50):
    rc, rs = raster["concentration"], np.hypot(raster["grad_x"], raster["grad_y"])
    check(close(raster[f"occupancy@{f}"], f * rc / (1 + f * rc), FLOAT), f"map of occupancy@{f}")
    check(close(raster[f"occupancy_difference@{f}"], f / (1 + f * rc) ** 2 * rs * DIAMETER,
                10 * FLOAT), f"map of occupancy_difference@{f}")
check("occupancy" not in fields["signal/sink"], "a low-dose map of occupancy")

# --- what cells feel --------------------------------------------------------------------
c, gx, gy = (felt[k].to_numpy() for k in ("concentration", "grad_x", "grad_y"))
steep = np.hypot(gx, gy)
for f in (1, 50):
    check(close(felt[f"occupancy@{f}"], f * c / (1 + f * c), ROUNDING), f"occupancy@{f}")
    check(close(felt[f"occupancy_difference@{f}"], f / (1 + f * c) ** 2 * steep * DIAMETER,
                ROUNDING), f"occupancy_difference@{f}")
check(close(absolute["occupancy"], absolute["concentration"] /
            (4.4 + absolute["concentration"]), ROUNDING), "absolute occupancy")
low = slide.obsm["sink"]
check((low["occupancy"] == low["concentration"]).all(), "low-dose occupancy is not c")
check(np.nanmax(np.abs(felt["pull"])) <= 1, "a pull beyond 1")

# Pull: the direction into the tumour is downhill of the margin distance, whose gradient,
# here by a plane through the cells' neighbourhoods, has length 1 away from ridges.
margin = fields["margin_um"][()]
dy, dx = np.gradient(margin, H)
r = np.clip(((xy[:, 1] - y0) / H).astype(int), 0, rows - 1)
q = np.clip(((xy[:, 0] - x0) / H).astype(int), 0, cols - 1)
near = np.isfinite(dx[r, q]) & np.isfinite(dy[r, q]) & (np.hypot(dx, dy)[r, q] > 0.9)
rough = -(gx * dx[r, q] + gy * dy[r, q])[near] / (steep * np.hypot(dx, dy)[r, q])[near]
match = np.corrcoef(rough, felt["pull"].to_numpy()[near])[0, 1]
check(near.sum() > 500 and match > 0.95, f"pull: correlation {match} over {near.sum()}")

# --- edges, means -----------------------------------------------------------------------
sides = np.minimum.reduce([xy[:, 0] - (x0 + view[2] * H), x0 + (view[3] + 1) * H - xy[:, 0],
                           xy[:, 1] - (y0 + view[0] * H), y0 + (view[1] + 1) * H - xy[:, 1]])
flag = felt["near_view_edge"].to_numpy()
check(flag.dtype == bool and 0 < flag.sum() < len(flag), "near_view_edge flags none or all")
check(not (flag & (sides > LAMBDA + 2 * H)).any(), "flags far from the edge")
check(flag[sides < LAMBDA - 2 * H].mean() > 0.9, "no flags near the edge")

values = dict(zip(slide.uns["metrics"].index, slide.uns["metrics"]["value"]))
part = slide.obs["compartment"].astype(str).to_numpy()
for kind in ("CD8 T", "B"):
    for word, column in (("concentration", c), ("gradient", steep), ("pull", felt["pull"])):
        column = np.asarray(column)
        name = f"{word}/s@{LAMBDA:g}um@closed|{kind}"
        mine = types == kind
        check(close(values[f"signal/mean_{name}"], np.nanmean(column[mine]), ROUNDING), name)
        check(close(values[f"signal/inner_{name}"], np.nanmean(column[mine & ~flag]),
                    ROUNDING), f"inner {name}")
        for where in ("tumour", "stroma"):
            there = column[mine & (part == where)]
            mean = np.nanmean(there) if len(there) else np.nan
            check(close(values[f"signal/mean_{name}|{where}"], mean, ROUNDING),
                  f"{name}|{where}")
    name = f"s@{LAMBDA:g}um@closed c/Kd=50|{kind}"
    check(close(values[f"signal/mean_occupancy/{name}"],
                felt["occupancy@50"][types == kind].mean(), ROUNDING), name)
    check(f"signal/mean_concentration_nM/box|{kind}" in values, "absolute means")
    check(f"signal/mean_occupancy/sink|{kind}" not in values, "a low-dose occupancy mean")
check(not any("Macrophage" in k for k in values if k.startswith("signal/")),
      "means of what is no responder")

# --- without what each cell sees: nothing else changes -----------------------------------
def members(path):
    """{path of an object: digest of its value and attributes} of an HDF5 file."""
    found = {}

    def add(name, item):
        value = item[()].tobytes() if isinstance(item, h5py.Dataset) else b""
        if isinstance(item, h5py.Dataset) and item.dtype.kind == "O":
            value = repr(item[()].tolist()).encode()
        about = sorted((k, str(v)) for k, v in item.attrs.items())
        found[name] = hashlib.sha256(value + repr(about).encode()).hexdigest()

    with h5py.File(path) as f:
        f.visititems(add)
    return found


bare = folder("signals-bare")
run_ok("run", sheet, "--config", config, "--out", bare, "-q", *PLAIN, "--set",
       "output.cell_signals=none", ranks=2)
for sample in ("S01", "S02"):
    rich, lean = (members(os.path.join(out, "slides", f"{sample}.h5ad"))
                  for out in (outs[0], bare))
    gone = set(rich) ^ set(lean)
    of_signals = {name for name in rich if name.startswith("obsm/")
                  and name.split("/")[1] not in ("spatial", "nearest_um")}
    check(gone == of_signals and len(gone) > 20, f"{sample}: also {sorted(gone - of_signals)}")
    check(all(rich[name] == lean[name] for name in lean if name not in ("", "obsm")),
          f"{sample}: what is left has other values")
rich, lean = (members(os.path.join(out, "cohort.h5ad")) for out in (outs[0], bare))
other = {name for name in {*rich, *lean} if rich.get(name) != lean.get(name)}
check(other == {"uns/config"}, f"the cohort differs in {sorted(other)}")

# --- laws that differ after the sixth digit have names of their own ----------------------
close_by = write("close_by.yaml", """
grid: {spacing_um: 20}
signals:
  - {name: s, ligand: {Tumor: 1}, senders: Tumor, responders: [B], lambda_um: 80,
     c_over_kd: [1.0000001, 1.0000002]}
trap: {block_lambdas: 1, bandwidth_um: 40, basin_depth: 0.5}
""")
out = folder("signals-close-by")
run_ok("run", sheet, "--config", close_by, "--out", out, "-q", "--only", "S01")
uns = anndata.read_h5ad(os.path.join(out, "slides", "S01.h5ad")).uns
laws = ("1.0000001", "1.0000002")
names = [n for n in uns["metrics"].index if n.startswith("signal/mean_occupancy/")]
check(names == [f"signal/mean_occupancy/s c/Kd={law}|B" for law in laws], f"means {names}")
check([f"s|B|c/Kd={law}" for law in laws] == list(uns["trap"].index)[:2], "rows of the trap")
check(all(f"occupancy_depth@{law}" in uns["basins"] for law in laws), "depths of basins")
finish()
