"""Every fault point on every rank, 1-4 ranks: the program ends with a status and one
sentence, does not hang, other slides are unharmed, and no half-written file stands under
any name."""
import json
import os

from common import *
from fault_points import *

sheets, config, good, slides = make_cohort("faults", 2)
VICTIM = slides[0] # so that another comes after it


def check_slide_failed(what, done, out, got, bad):
    """The victim failed, alone, and the run tells on which rank."""
    check(done.returncode == 1, f"{what}: exit {done.returncode}: {done.stderr[-300:]}")
    for path, digest in good.items():
        if path.startswith("slides/") and VICTIM not in path:
            check(got.get(path) == digest, f"{what}: {path} suffered")
    check(not any(VICTIM in p for p in got), f"{what}: {VICTIM} left a file")
    record = json.load(open(os.path.join(out, "run.json")))
    failed = [s for s in record["slides"] if s["status"] == "failed"]
    check([s["sample"] for s in failed] == [VICTIM], f"{what}: run.json")
    check(failed and failed[0]["failed_rank"] == bad, f"{what}: names another rank")


def check_run_failed(what, done, got, slides_stand):
    """No result of the cohort; the slides, if it came to them, are whole."""
    lines = [l for l in done.stderr.splitlines() if l.startswith("cytotaxis: ")]
    check(done.returncode in (71, 73, 74), f"{what}: exit {done.returncode}")
    check(len(lines) == 1, f"{what}: {len(lines)} lines: {done.stderr[-300:]}")
    check(got.get("cohort.h5ad", good["cohort.h5ad"]) == good["cohort.h5ad"],
          f"{what}: a broken cohort.h5ad")
    for path, digest in good.items():
        if slides_stand and path.startswith("slides/"):
            check(got.get(path) == digest, f"{what}: {path} suffered")


runs = 0


def one(point, bad, ranks, where, passes=0, groups=1):
    """Arm a point on one rank; was it reached? `where`: a slide, "cohort" or ""."""
    global runs
    runs += 1
    out = folder("faults-out")
    spec = f"{point}+{passes}:{bad}:{where}"
    # Only where it may fail: drawing maps takes longer than all the rest.
    words = [] if point == "mem.alloc" or "report" in point else ["--no-report"]
    done = cytotaxis("run", sheet_for(point, sheets), *config, "--out", out, "-q", "--groups", groups,
                     *words, ranks=ranks, env={"CYTOTAXIS_FAULT": spec}, timeout=240)
    what = f"{spec} of {ranks}"
    got = digests(out) if os.path.isdir(out) else {}
    leftovers = [f for _, _, n in os.walk(out) for f in n if f.endswith(".part")]
    check(not leftovers, f"{what}: {leftovers} left behind")
    check("signal" not in done.stderr.lower(), f"{what}: {done.stderr[-300:]}")
    if done.returncode == 0:
        check(got == good, f"{what}: not reached, and yet another result")
        return False
    if where == VICTIM:
        check_slide_failed(what, done, out, got, bad)
    else:
        check_run_failed(what, done, got, where == "cohort")
    return True


def ranks_of(where):
    """Pairs of a rank that fails and a number of ranks; 0 ranks: one without a launcher."""
    if FULL:
        return [(bad, ranks) for ranks in (1, 2, 3, 4) for bad in range(ranks)]
    return [(0, 3), (2, 3)] if where in ("cohort", "") else [(0, 0), (2, 3)]


for point in points:
    for where in places(point, VICTIM):
        reached = [one(point, bad, ranks, where) for bad, ranks in ranks_of(where)]
        check(any(reached), f"{point} in \"{where}\" was never reached")

# Not only the first time: later files, datasets and attributes, and other allocations.
LATER = {"store.create": [1], "store.close": [1], "store.write": [3, 11, 40],
         "store.reserve": [2, 30, 120], "store.attribute": [5, 60, 150],
         "mem.alloc": [1, 4, 9, 20, 45, 80, 150, 300, 600, 1000]}
check(set(LATER) == {*STORE, "mem.alloc"}, "a point of the store has no later passes")
for point, later in LATER.items():
    for passes in later if FULL else later[-1:]:
        for bad, ranks in ((0, 1), (0, 3), (1, 3), (3, 4)) if FULL else ((1, 3),):
            one(point, bad, ranks, VICTIM, passes)
            if FULL:
                one(point, bad, ranks, "cohort", passes)
                one(point, bad, ranks, VICTIM, passes, groups=2)
print(f"{runs} runs; not passed by a run: {ELSEWHERE}")
finish()
