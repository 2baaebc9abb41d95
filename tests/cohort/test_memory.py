"""Memory per rank stays within the bound that the README states, and falls with ranks."""
import json
import os

from common import *

without_reports()

TYPES, SIGNALS = 8, 1
# README "On many ranks": bytes = BASE + CELL n + PIXEL p, of this rank's share.
BASE, CELL = 50e6, 148 + 8 * TYPES + 24 * SIGNALS
SIGNAL = """
density: {bandwidth_um: 50}
signals:
  - {name: s, ligand: [CXCL12], expression: {transform: counts}, senders: [Myofibroblast],
     responders: [CD8 T], lambda_um: 250}
"""
TISSUE = """
tissue: {from: reach, reach_um: 30, close_um: 30, fill_holes_um2: 5000}
compartments: {from: fraction, tumour: [Tumor], bandwidth_um: 30, threshold: 0.5,
               margin_um: 50, profile_um: 200}
"""
# Pairs: 60 bytes a cell, 120 of a borrowed one and 80 of one near the edge; and what is
# told of them, a metric for each two types, radius and statistic.
RADII = [5 * k for k in range(1, 51)]
PAIRS = f"output: {{fields: none}}\npatterns: {{pair_radii_um: {RADII}}}\n"
METRIC = 1500
# Slopes and a screen of two responder types.
TRAP = """
trap: {block_lambdas: 4, bandwidth_um: 50, margin_knots_um: [], screen_shifts: 9}
"""
RESPONDERS = ("[CD8 T]", "[CD8 T, B]")
SCREEN = (SIGNAL + TISSUE + TRAP).replace(*RESPONDERS)
# (config, bytes a pixel, more bytes a cell, ranks): a signal of the box, and one of the
# tissue; pairs up to 250 um, where at most a tenth of the cells are borrowed or at the edge.
KINDS = {"box": (SIGNAL, 36, 0, (1, 2, 4)), "tissue": (SIGNAL + TISSUE, 130, 0, (1, 2)),
         "screen": (SCREEN, 130 + 30 + 50 + 9 * 2, 0, (1, 2)),
         "pairs": (PAIRS, 1, 60 + 0.1 * 200, (1, 2))}

n = 4000000 if FULL else 400000
made = folder("memory-cohort")
run_ok("synth", "--out", made, "--slides", 1, "--cells", n, "--seed", 5, "--format", "h5ad",
       timeout=1600)
sheet = [os.path.join(made, f) for f in ("samplesheet_h5ad.csv", "samplesheet.csv")]
sheet = next(f for f in sheet if os.path.exists(f))


def peak_of(kind, config, ranks):
    out = folder(f"memory-{kind}-{ranks}")
    run_ok("run", sheet, "--config", config, "--out", out, "-q", ranks=ranks, timeout=1600)
    record = json.load(open(os.path.join(out, "run.json")))
    pixels = record["slides"][0]["rows"] * record["slides"][0]["columns"]
    with h5py.File(os.path.join(out, "cohort.h5ad")) as f:
        metrics = f["X"].shape[1]
    return max(r["peak_bytes"] for r in record["ranks"]), pixels, metrics


for kind, (config, per_pixel, more, all_ranks) in KINDS.items():
    config, peaks = write(f"{kind}.yaml", config), {}
    for ranks in all_ranks:
        peaks[ranks], pixels, metrics = peak_of(kind, config, ranks)
        # Strips are equal in cost, not in cells or pixels: a quarter more of either is
        # allowed.
        share = 1.25 / ranks if ranks > 1 else 1
        bound = BASE + share * ((CELL + more) * n + per_pixel * pixels) + METRIC * metrics
        print(f"{kind}, {ranks} ranks: peak {peaks[ranks] / 1e6:.0f} MB, bound "
              f"{bound / 1e6:.0f} MB, {n} cells, {pixels} pixels, {metrics} metrics")
        check(peaks[ranks] <= bound, f"{kind}, {ranks} ranks: {peaks[ranks]} bytes above "
                                     f"the bound {bound:.0f}")
        check(ranks == 1 or peaks[ranks] < 0.8 * peaks[ranks // 2],
              f"{kind}: {ranks} ranks do not share: {peaks}")
finish()
