"""Memory per rank stays within the bound that the README states, and falls with ranks."""
import json
import os

from common import *

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
# (config, bytes a pixel, ranks): a signal of the box, and one of the tissue.
KINDS = {"box": (SIGNAL, 36, (1, 2, 4)), "tissue": (SIGNAL + TISSUE, 130, (1, 2))}

n = 400000
made = folder("memory-cohort")
run_ok("synth", "--out", made, "--slides", 1, "--cells", n, "--seed", 5, "--format", "h5ad",
       timeout=400)
sheet = [os.path.join(made, f) for f in ("samplesheet_h5ad.csv", "samplesheet.csv")]
sheet = next(f for f in sheet if os.path.exists(f))


def peak_of(kind, config, ranks):
    out = folder(f"memory-{kind}-{ranks}")
    run_ok("run", sheet, "--config", config, "--out", out, "-q", ranks=ranks, timeout=400)
    record = json.load(open(os.path.join(out, "run.json")))
    pixels = record["slides"][0]["rows"] * record["slides"][0]["columns"]
    return max(r["peak_bytes"] for r in record["ranks"]), pixels


for kind, (config, per_pixel, all_ranks) in KINDS.items():
    config, peaks = write(f"{kind}.yaml", config), {}
    for ranks in all_ranks:
        peaks[ranks], pixels = peak_of(kind, config, ranks)
        # Strips are equal in cost, not in cells or pixels: a quarter more of either is
        # allowed.
        share = 1.25 / ranks if ranks > 1 else 1
        bound = BASE + share * (CELL * n + per_pixel * pixels)
        print(f"{kind}, {ranks} ranks: peak {peaks[ranks] / 1e6:.0f} MB, bound "
              f"{bound / 1e6:.0f} MB, {n} cells, {pixels} pixels")
        check(peaks[ranks] <= bound, f"{kind}, {ranks} ranks: {peaks[ranks]} bytes above "
                                     f"the bound {bound:.0f}")
        check(ranks == 1 or peaks[ranks] < 0.8 * peaks[ranks // 2],
              f"{kind}: {ranks} ranks do not share: {peaks}")
finish()
