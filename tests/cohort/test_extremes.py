"""Slides at the edge of what there can be, with everything asked for: one cell, cells in
one place, cells on one line, cells of one type, cells of no type, a gene that is the same
everywhere. Nothing fails, nothing is infinite, what cannot be known is NaN; and the same
bytes for any number of ranks, of which most have no rows here.

Two ranks; with CYTOTAXIS_FULL also five."""
import os

import anndata
import numpy as np

from common import *

without_reports()

TYPES = ["Tumour", "T", "Sender", "Other"]
rng = np.random.default_rng(1)
at_random = rng.uniform(0, 300, (200, 2))
SLIDES = {
    "one": ([(5, 5)], ["T"]),
    "place": ([(5, 5)] * 60, TYPES * 15),
    "row": ([(10 * i, 3) for i in range(60)], TYPES * 15),
    "column": ([(3, 10 * i) for i in range(60)], TYPES * 15),
    "type": (at_random, ["T"] * 200),
    "untyped": (at_random, [""] * 200),
    "mixed": (at_random, TYPES * 50),
}
CONFIG = """
grid: {spacing_um: 10, padding_um: 20}
units: {gate: off}
compartments: {from: fraction, tumour: [Tumour], bandwidth_um: 30, threshold: 0.3,
               margin_um: 40, band_um: 20, profile_um: 100}
density: {bandwidth_um: 30}
patterns: {pair_radii_um: [10, 20], nearest_radii_um: [5, 20], graph: delaunay,
           permutations: 20, genes: [G, R], bivariate: [[G, R]],
           gene_transform: as_stored, neighbourhood_um: 30, niches: [3]}
signals:
  - {name: s, ligand: [L], expression: {transform: counts}, senders: [Sender],
     receptor: [R], responders: [T], lambda_um: 60, decoys: [d]}
  - {name: d, ligand: {Sender: 1}, senders: [Sender], responders: [T], lambda_um: 40}
trap: {block_lambdas: 2, bandwidth_um: 60, margin_knots_um: [-40, 0, 40],
       total_counts: [total], background: [Other], screen_shifts: 20,
       receptor_split: 0.5, contest_folds: 5, contest_signals: [s],
       contest_barriers: [Other], contest_entries: [Tumour], field_null: on,
       basin_depth: 0.1}
block: {doses: [0, 1], law: competitive, contact_um: 20, contact_types: [Tumour],
        smooth_um: 20}
"""


def table(places, types):
    rows = ["x,y,cell_type,L,R,G,total"]
    receptor = np.round(np.random.default_rng(2).normal(0, 1, len(types)), 6)
    rows += [f"{x!r},{y!r},{t},{int(t == 'Sender')},{r!r},0.1,10"
             for (x, y), t, r in zip(np.array(places, float).tolist(), types,
                                     receptor.tolist())]
    return "\n".join(rows) + "\n"


for name, (places, types) in SLIDES.items():
    write(f"{name}.csv", table(places, types))
sheet = write("sheet.csv", "sample,data_path,um_per_px,x,y,type\n" + "".join(
    f"{n},{n}.csv,1,x,y,cell_type\n" for n in SLIDES))
config = write("everything.yaml", CONFIG)
outs = []
for ranks in (1, 2, 5) if FULL else (1, 2):
    outs.append(folder(f"extremes-{ranks}"))
    run_ok("run", sheet, "--config", config, "--out", outs[-1], "-q", ranks=ranks,
           timeout=600)
    check(digests(outs[-1]) == digests(outs[0]), f"other bytes on {ranks} ranks")

names, metrics, values = cohort(outs[0])
check(sorted(names) == sorted(SLIDES), f"slides {names}")
value = {n: dict(zip(metrics, values[i])) for i, n in enumerate(names)}
check(not np.isinf(values).any(), "a metric is infinite")
for name in SLIDES:
    uns = anndata.read_h5ad(os.path.join(outs[0], "slides", name + ".h5ad")).uns
    for key, frame in uns.items():
        for column in getattr(frame, "columns", []):
            v = frame[column]
            limits = column == "dose" or column.endswith("_um") and "from" in column
            check(v.dtype.kind != "f" or limits or not np.isinf(v).any(),
                  f"{name}: {key}.{column} is infinite")
            if key != "metrics" and v.dtype.kind == "f" and column in ("p", "q"):
                check(((v >= 0) & (v <= 1) | v.isna()).all(), f"{name}: {key}.{column}")
    for gene in ("G", "G|R"):  # a constant says nothing of neighbours
        key = ("bivariate_moran" if "|" in gene else "moran") + f"/value/{gene}"
        check(np.isnan(value[name][key]), f"{name}: {key} is {value[name][key]}")
for name in ("one", "place", "row", "column"):  # windows without area
    for key in ("cross_k/none/T|T@20", "clark_evans/index/T", "clark_evans/z/T",
                "composition/density_per_mm2/T"):
        check(np.isnan(value[name][key]), f"{name}: {key} is {value[name][key]}")
check(value["mixed"]["cross_k/none/T|T@20"] > 0, "no pair in a mixed slide")
split = anndata.read_h5ad(os.path.join(outs[0], "slides", "mixed.h5ad")).uns["receptor_split"]
receptor = np.round(np.random.default_rng(2).normal(0, 1, 200), 6)[1::4]  # of T
check(split["receptor_cut"].iloc[0] == np.sort(receptor)[24], "a negative cut")
finish()
