"""Memory per rank stays within the bound that the README states, and falls with ranks."""
import json
import os

from common import *

TYPES, SIGNALS = 8, 1
# README "On many ranks": bytes = BASE + CELL n + PIXEL p, of this rank's share.
BASE, PIXEL = 50e6, 36
CELL = 140 + 8 * TYPES + 24 * SIGNALS

n = 400000
made = folder("memory-cohort")
run_ok("synth", "--out", made, "--slides", 1, "--cells", n, "--seed", 5, "--format", "h5ad",
       timeout=400)
sheet = [os.path.join(made, f) for f in ("samplesheet_h5ad.csv", "samplesheet.csv")]
sheet = next(f for f in sheet if os.path.exists(f))
peaks = {}
for ranks in (1, 2, 4):
    out = folder(f"memory-{ranks}")
    run_ok("run", sheet, "--config", os.path.join(made, "config.yaml"), "--out", out, "-q",
           ranks=ranks, timeout=400)
    record = json.load(open(os.path.join(out, "run.json")))
    pixels = record["slides"][0]["rows"] * record["slides"][0]["columns"]
    peak = max(r["peak_bytes"] for r in record["ranks"])
    # Strips are equal in cost, not in cells or pixels: a quarter more of either is allowed.
    share = 1.25 / ranks if ranks > 1 else 1
    bound = BASE + share * (CELL * n + PIXEL * pixels)
    print(f"{ranks} ranks: peak {peak / 1e6:.0f} MB, bound {bound / 1e6:.0f} MB, "
          f"{n} cells, {pixels} pixels")
    check(peak <= bound, f"{ranks} ranks: {peak} bytes above the bound {bound:.0f}")
    peaks[ranks] = peak
check(peaks[2] < 0.8 * peaks[1], f"two ranks do not share: {peaks}")
check(peaks[4] < 0.8 * peaks[2], f"four ranks do not share: {peaks}")
finish()
