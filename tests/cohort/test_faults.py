"""Every fault point on every rank, 1-4 ranks: the program ends with a status and one
sentence, does not hang, other slides are unharmed, and no half-written file stands under
a final name."""
import json
import os
import re

from common import *

listed = open(os.path.join(SOURCE, "src", "base", "fault.c")).read()
listed = listed[listed.index("names[] = {"):]
points = re.findall(r'"([^"]+)"', listed[:listed.index("};")])
check(len(points) > 10, "the list of fault points was not found")

# Points of the program that only whole runs pass; all listed points are armed below.
ARMED_HERE = ["cohort.read", "run.folders", "outcome.init", "slide.gate", "nearest.search",
              "edt.map", "run.json", "store.create", "store.close", "store.attribute",
              "store.reserve", "store.write"]
check(set(ARMED_HERE) <= set(points), "a fault point named here is gone")

made = folder("faults-cohort")
run_ok("synth", "--out", made, "--slides", 3, "--cells", 300, "--seed", 3)
sheets = {kind: os.path.join(made, name) for kind, name in
          (("csv", "samplesheet.csv"), ("h5ad", "samplesheet_h5ad.csv"))}
config = ["--config", os.path.join(made, "config.yaml")]
whole = folder("faults-whole")
run_ok("run", sheets["csv"], *config, "--out", whole, "-q")
good = digests(whole)
slides = cohort(whole)[0]
VICTIM = slides[1]


def is_cohort_wide(point):
    return point.startswith(("queue.", "outcome.", "run.", "cohort.", "synth."))


def one(point, bad, ranks, number):
    out = folder(f"faults-{number}")
    slide = "" if is_cohort_wide(point) else f":{VICTIM}"
    sheet = sheets["h5ad" if point.startswith("h5ad") else "csv"]
    done = cytotaxis("run", sheet, *config, "--out", out, "-q", "--groups", 1, ranks=ranks,
                     env={"CYTOTAXIS_FAULT": f"{point}:{bad}{slide}"}, timeout=60)
    what = f"{point} on rank {bad} of {ranks}"
    lines = [l for l in done.stderr.splitlines() if l.startswith("cytotaxis: ")]
    reached = done.returncode != 0
    got = digests(out) if os.path.isdir(out) else {}
    leftovers = [f for b, _, n in os.walk(out) for f in n if f.endswith(".part")]
    check(not leftovers, f"{what}: {leftovers} left behind")
    check("signal" not in done.stderr.lower(), f"{what}: {done.stderr[-300:]}")
    if slide and reached:
        check(done.returncode == 1, f"{what}: exit {done.returncode}: {done.stderr[-300:]}")
        for path, digest in good.items():
            if path.startswith("slides/") and VICTIM not in path:
                check(got.get(path) == digest, f"{what}: {path} suffered")
        check(not any(VICTIM in p for p in got), f"{what}: {VICTIM} left a file")
        record = json.load(open(os.path.join(out, "run.json")))
        failed = [s for s in record["slides"] if s["status"] == "failed"]
        check([s["sample"] for s in failed] == [VICTIM], f"{what}: run.json")
        check(failed and failed[0]["failed_rank"] == bad, f"{what}: names another rank")
    elif reached:
        check(done.returncode in (65, 71, 73, 74), f"{what}: exit {done.returncode}")
        check(len(lines) == 1, f"{what}: {len(lines)} lines: {done.stderr[-300:]}")
        check("cohort.h5ad" not in got or got["cohort.h5ad"] == good["cohort.h5ad"],
              f"{what}: a broken cohort.h5ad")
    return reached


number, never = 0, []
for point in points:
    if point.startswith("synth."):
        continue  # tests/mpi/test_synth arms these
    reached = False
    for ranks in ((1, 2, 3, 4) if FULL else (1, 3)):
        for bad in range(ranks) if FULL else {0, ranks - 1}:
            reached |= one(point, bad, ranks, number)
            number += 1
    if not reached:
        never.append(point)
print(f"{number} runs; points that a run of this kind does not pass: {never}")
check(len(never) <= 3, f"too many points never reached: {never}")
finish()
