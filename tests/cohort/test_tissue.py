"""Tissue, compartments and the tumour's margin: the same bytes for any number of ranks and
either format; areas that add up; distances, zones and profile by another program's
arithmetic; labels of cells, regions; slides without tumour, of it alone, of three cells;
what is refused. Without the sections no file has any of it."""
import csv
import os

import anndata
import h5py
import numpy as np
import pandas as pd

from common import *
from sections import *

without_reports()

PLAIN = ["--set", "output.compression=deflate"]
FLOAT = 1e-6  # rasters are float32: 6e-8 of the value, and differences of two of them
made = folder("tissue-cohort")
run_ok("synth", "--out", made, "--slides", 2, "--cells", 2500, "--seed", 12)
sheets = {kind: os.path.join(made, name) for kind, name in
          (("csv", "samplesheet.csv"), ("h5ad", "samplesheet_h5ad.csv"))}
# The signal of the cohort's own config, without the sections that are tried here.
whole = open(os.path.join(made, "config.yaml")).read()
config = ["--config", write(os.path.join(made, "plain.yaml"), whole[:whole.index("tissue:")] +
                            whole[whole.index("types:"):]), *PLAIN]


def slides_of(out):
    return sorted(n[:-5] for n in os.listdir(os.path.join(out, "slides"))
                  if n.endswith(".h5ad"))


def table_of(out, name):
    return anndata.read_h5ad(os.path.join(out, "slides", name + ".h5ad"))


def rasters_of(out, name, table):
    return Rasters(os.path.join(out, "slides", name + ".fields.h5"), table.obsm["spatial"])


def rows(path):
    return list(csv.DictReader(open(path)))


def write_table(name, table):
    header = list(table[0])
    return write(name, "\n".join([",".join(header), *(",".join(str(r[h]) for h in header)
                                                      for r in table)]) + "\n")


# --- the same bytes
out, want = None, None
for number, (ranks, kind) in enumerate(((1, "csv"), (2, "h5ad"), (3, "csv"), (4, "csv"),
                                        (7, "csv"))):
    out = folder(f"tissue-{ranks}")
    done = run_ok("run", sheets[kind], *config, *SECTIONS, "--out", out, "--groups", 1,
                  ranks=ranks, env={"MALLOC_PERTURB_": str(31 + number)})
    check("warning" not in done.stderr, f"warnings: {done.stderr}")
    got = digests(out)
    want = want or got
    check(len(got) == 5, f"{len(got)} files instead of 5")
    check(got == want, f"{ranks} ranks, {kind}: other bytes in "
          f"{[k for k in want if got.get(k) != want[k]]}")


# --- what stands in them
def check_parts(name, table, r):
    """Compartments of the table, the raster and of uns."""
    obs, parts = table.obs, table.uns["compartments"]
    check(list(parts.index) == r.labels == list(parts["name"]), f"{name}: labels")
    check(list(obs["compartment"].cat.categories) == r.labels, f"{name}: categories")
    codes = obs["compartment"].cat.codes.to_numpy() + 1
    check((codes == r.at_cells(r.part)).all(), f"{name}: obs/compartment")
    check(((r.part > 0) == (r.tissue == 1)).all(), f"{name}: compartments and tissue")
    areas = [(r.part == k + 1).sum() * r.h ** 2 for k in range(len(r.labels))]
    check(list(parts["area_um2"]) == areas, f"{name}: areas of compartments")
    check(list(parts["n_cells"]) == [(codes == k + 1).sum() for k in range(len(r.labels))],
          f"{name}: cells of compartments")


def check_margin(name, table, r, tumour):
    """phi against scipy, at pixels and at cells."""
    phi = r.phi_of(tumour)
    check(close(r.phi, phi, FLOAT), f"{name}: /margin_um")
    at, here = table.obs["margin_um"].to_numpy(), r.at_cells(r.phi)
    check((np.isnan(at) == np.isnan(here)).all(), f"{name}: cells without a margin")
    # phi changes by at most h from pixel to pixel, and a cell is half a diagonal away.
    check(np.nanmax(np.abs(at - here)) <= 1.5 * r.h, f"{name}: obs/margin_um")


def check_bands(name, table, r, frame, edges):
    area, count = r.bands(edges)
    check(list(frame["area_um2"]) == list(area), f"{name}: areas of {frame.index.name}")
    types = table.obs["cell_type"]
    for kind in types.cat.categories:
        with np.errstate(divide="ignore", invalid="ignore"):
            density = np.where(area > 0, count(types == kind) / (area * 1e-6), np.nan)
        check(close(frame[kind], density, 1e-12), f"{name}: density of {kind}")


slides, metrics, x = cohort(out)
column = {m: i for i, m in enumerate(metrics)}
for number, name in enumerate(slides):
    table = table_of(out, name)
    r = rasters_of(out, name, table)
    check_parts(name, table, r)
    check_margin(name, table, r, [1])
    zones, profile = table.uns["margin_zones"], table.uns["margin_profile"]
    check(list(zones.index) == ZONES, f"{name}: zones {list(zones.index)}")
    check_bands(name, table, r, zones, ZONE_EDGES)
    edges = profile_edges()
    check_bands(name, table, r, profile, edges)
    for what, numbers in (("low_um", edges[:-1]), ("high_um", edges[1:]),
                          ("centre_um", (edges[1:] + edges[:-1]) / 2)):
        check(list(profile[what]) == list(numbers), f"{name}: {what}")
    area = (r.tissue == 1).sum() * r.h ** 2
    parts = table.uns["compartments"]
    check(zones["area_um2"].sum() == area == parts["area_um2"].sum(), f"{name}: areas add up")
    check(table.uns["area_um2"][0] == area, f"{name}: uns/area_um2")
    check(list(zones["area_um2"] > 0) == [True] * 4, f"{name}: a zone is empty")
    for zone in ZONES:
        check(x[number, column[f"margin/area_um2/{zone}"]] == zones["area_um2"][zone],
              f"{name}: metric area of {zone}")
        for kind in table.obs["cell_type"].cat.categories:
            check(x[number, column[f"margin/density_per_mm2/{kind}|{zone}"]]
                  == zones[kind][zone], f"{name}: metric of {kind} in {zone}")
            density = (table.obs["cell_type"] == kind).sum() / (area * 1e-6)
            check(close(x[number, column[f"composition/density_per_mm2/{kind}"]], density,
                        1e-12), f"{name}: density of {kind}")
    share = pd.crosstab(table.obs["cell_type"], table.obs["compartment"], normalize="index")
    check(share["tumour"]["Tumor"] > 0.95 and share["stroma"]["Fibroblast"] > 0.9,
          f"{name}: the nests are not where synth put them: {share}")

# --- without the sections nothing of it
bare = folder("tissue-bare")
run_ok("run", sheets["csv"], *config, "--out", bare, "-q")
name = slides[0]
table = table_of(bare, name)
check(not {"compartment", "margin_um"} & set(table.obs), f"obs {list(table.obs)}")
check(not any("margin" in k or "compartment" in k for k in table.uns), f"{list(table.uns)}")
with h5py.File(os.path.join(bare, "slides", name + ".fields.h5")) as f:
    check(not {"tissue", "compartment", "margin_um"} & set(f), f"rasters {list(f)}")
low, high = table.obsm["spatial"].min(0), table.obsm["spatial"].max(0)
check(close(table.uns["area_um2"][0], np.prod(high - low), 1e-14), "area of the box")
check(not any(m.startswith("margin/") for m in cohort(bare)[1]), "metrics of a margin")

# --- labels of cells, in both formats
sample = rows(sheets["csv"])[0]
cells = rows(os.path.join(made, sample["data_path"]))
rng = np.random.default_rng(4)
for c in cells:
    c["region name"] = "" if rng.random() < 0.2 else \
        "Tumor bed" if c["cell_type"] == "Tumor" else "a stroma"
write_table(os.path.join(made, "labelled.csv"), cells)
frame = table.copy()
frame.uns.clear()
frame.obs["region name"] = [c["region name"] or None for c in cells]
frame.obs["region name"] = frame.obs["region name"].astype("category")
frame.obsm.clear()
um = float(sample["um_per_px"])
frame.obsm["spatial"] = np.array([[float(c["x"]), float(c["y"])] for c in cells])
frame.obs = frame.obs[["cell_type", "region name"]]
frame.write_h5ad(os.path.join(made, "labelled.h5ad"))
asked = ["--set", TISSUE, "--set",
         "compartments={from: labels, tumour: Tumor bed, margin_um: 40, profile_um: 150}"]
seen = []
for kind, ranks in (("csv", 1), ("csv", 3), ("h5ad", 2)):
    path = write(os.path.join(made, f"labelled_{kind}.csv"),
                 "sample,data_path,um_per_px,compartment\n"
                 f"L1,labelled.{kind},{um},region name\n")
    out = folder("tissue-labels")
    run_ok("run", path, *PLAIN, *asked, "--out", out, "-q", ranks=ranks)
    seen.append({k: v for k, v in digests(out).items() if k.startswith("slides")})
check(seen[0] == seen[1] == seen[2] and len(seen[0]) == 2, "labels: other bytes")
table = table_of(out, "L1")
r = rasters_of(out, "L1", table)
check_parts("labels", table, r)
check(r.labels == ["Tumor bed", "a stroma"], f"labels {r.labels}")
check_margin("labels", table, r, [1])
given = np.array([c["region name"] for c in cells])
same = table.obs["compartment"].astype(str).to_numpy() == given
check(same[given != ""].mean() > 0.97, "cells have the label of another")

# --- labels of cells that have no type at all lie in the same strips as the cells
write_table(os.path.join(made, "untyped.csv"), [{**c, "cell_type": ""} for c in cells])
path = write(os.path.join(made, "untyped_sheet.csv"),
             "sample,data_path,um_per_px,compartment\n"
             f"L1,untyped.csv,{um},region name\n")
seen = []
for ranks in (1, 2, 3):
    out = folder("tissue-untyped")
    run_ok("run", path, *PLAIN, *asked, "--out", out, "-q", "--groups", 1, ranks=ranks)
    seen.append({k: v for k, v in digests(out).items() if k.startswith("slides")})
check(seen[0] == seen[1] == seen[2] and len(seen[0]) == 2, "untyped: other bytes")
got = table_of(out, "L1").obs["compartment"].astype(str).to_numpy()
check((got == given)[given != ""].mean() > 0.97, "untyped: cells have the label of another")

# --- regions: one outlines the tissue, others divide it
regions = write(os.path.join(made, "parts.geojson"), geojson(
    [("Tissue", [[[50, 50], [1300, 50], [1300, 1500], [50, 1500]]]),
     ("nest", [[[200, 200], [600, 200], [600, 700], [200, 700]]]),
     ("nest 2", [[[700, 900], [1000, 900], [1000, 1200], [700, 1200]]])]))
sheet = with_regions(sheets["csv"], regions, 0.5)
out = folder("tissue-regions")
done = run_ok("run", sheet, *config, "--out", out, "--set",
              "tissue={from: regions, labels: Tissue}", "--set",
              "compartments={from: regions, tumour: [nest, nest 2], margin_um: 40}", ranks=2)
check("cells lie outside of the tissue" in done.stderr, f"no warning: {done.stderr}")
table = table_of(out, slides[0])
r = rasters_of(out, slides[0], table)
check_parts("regions", table, r)
check(r.labels == ["nest", "nest 2", "other"], f"labels {r.labels}")
check_margin("regions", table, r, [1, 2])
check(close(table.uns["area_um2"][0], 1250 * 1450 / 4, 1e-14), "the polygon's area")
inside = r.at_cells(r.tissue) == 1
check(table.obs["compartment"].isna().to_numpy().tolist() == (~inside).tolist(),
      "cells that are not on tissue have no compartment")
slides, metrics, x = cohort(out)
n = (table.obs["cell_type"] == "Tumor").to_numpy() & inside
got = x[0, metrics.index("composition/density_per_mm2/Tumor")]
check(close(got, n.sum() / (1250 * 1450 / 4 * 1e-6), 1e-12), "density on tissue")

# --- slides that have nothing to divide
FEW = [{"cell_id": k, "x": 10 * k, "y": 7 * k * k % 40, "cell_type": "Tumor"}
       for k in range(3)]
kinds = {"three": FEW, "one_type": [{**c, "cell_type": "Tumor"} for c in cells[:200]],
         "no_tumour": [c for c in cells if c["cell_type"] != "Tumor"],
         "one_cell": FEW[:1], "normal": cells}
lines = ["sample,data_path,um_per_px"]
for kind, table in kinds.items():
    write_table(os.path.join(made, f"{kind}.csv"), table)
    lines.append(f"{kind},{kind}.csv,{um}")
path = write(os.path.join(made, "few.csv"), "\n".join(lines) + "\n")
few = [*PLAIN, "--set", "types={tumour: [Tumor]}", "--set", "units.gate=off"]
seen = []
for ranks in (1, 4):
    out = folder("tissue-few")
    done = run_ok("run", path, *few, *SECTIONS, "--set", "compartments.min_area_um2=0",
                  "--out", out, "--groups", 1, ranks=ranks)
    seen.append(digests(out))
    for kind, said in (("three", "all"), ("one_type", "all"), ("one_cell", "all"),
                       ("no_tumour", "no")):
        told = [l for l in done.stderr.splitlines() if kind in l and
                f"{said} tissue is tumour" in l]
        check(len(told) == 1, f"{kind} on {ranks}: {done.stderr[-800:]}")
check(seen[0] == seen[1], "slides of few cells: other bytes")
slides, metrics, x = cohort(out)
value = {s: dict(zip(metrics, row)) for s, row in zip(slides, x)}
for kind in ("three", "one_type", "no_tumour", "one_cell"):
    check(np.isnan([value[kind][f"margin/area_um2/{z}"] for z in ZONES]).all()
          and np.isnan(value[kind]["margin/density_per_mm2/Tumor|core"]),
          f"{kind}: a margin without a border")
    check(table_of(out, kind).obs["margin_um"].isna().all(), f"{kind}: obs/margin_um")
check(value["normal"]["margin/density_per_mm2/Tumor|core"] > 0, "no core")

# --- what is refused
BAD = [("tissue={from: reach}", "tissue.from is reach: it needs 'reach_um'"),
       ("tissue.reach_um=20", "reach_um has no meaning when tissue.from is bbox"),
       ("tissue.from=regions", "has no regions, which tissue.from: regions asks for"),
       ("compartments.from=regions",
        "has no regions, which compartments.from: regions asks for"),
       ("compartments.from=labels",
        "has no compartment, which compartments.from: labels asks for")]
for setting, sentence in BAD:
    for verb in ("check", "run"):
        where = folder("tissue-bad")
        done = cytotaxis(verb, sheets["csv"], "--set", setting,
                         *(["--out", where] if verb == "run" else []), timeout=60)
        check(done.returncode == 78, f"{verb} {setting}: exit {done.returncode}")
        check(sentence in done.stderr, f"{verb} {setting}: {done.stderr[-600:]}")
path = write(os.path.join(made, "no_column.csv"), "sample,data_path,um_per_px,compartment\n"
             f"L1,labelled.csv,{um},regoin name\n")
done = cytotaxis("check", path, *asked, timeout=60)
check(done.returncode == 65 and '"regoin name"' in done.stderr and "did you mean" in
      done.stderr, f"a column that is not there: {done.returncode} {done.stderr[-600:]}")
finish()
