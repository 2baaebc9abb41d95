"""A rank that is killed, or crashes: mpiexec ends at once, what has a final name is whole,
and a later run with --overwrite into the same folder gives the whole result."""
import json
import os

from common import *
from fault_points import *

RANKS = 3
STATUS = {"kill": 128 + 9, "crash": 128 + 11}

sheets, config, good, slides = make_cohort("killed")
VICTIM = slides[1]


def check_left(what, out):
    """What a dead run may leave: whole files, and parts that are named so."""
    found = digests(out) if os.path.isdir(out) else {}
    for path, digest in found.items():
        check(digest == good[path], f"{what}: {path} is not whole")
    record = os.path.join(out, "run.json")
    if os.path.exists(record):
        json.load(open(record))


def one(point, bad, where, end, passes=0):
    """End a rank at that point, then run again; was the point reached?"""
    out = folder("killed-out")
    words = ["run", sheet_for(point, sheets), *config, "--out", out, "-q", "--groups", 1]
    spec = f"{point}+{passes}:{bad}:{where}:{end}"
    done = cytotaxis(*words, ranks=RANKS, env={"CYTOTAXIS_FAULT": spec}, timeout=60)
    if done.returncode == 0:
        return False
    check(done.returncode == STATUS[end],
          f"{spec}: exit {done.returncode}: {done.stderr[-300:]}")
    check_left(spec, out)
    if os.path.isdir(out) and os.listdir(out):
        again = cytotaxis(*words, ranks=RANKS, timeout=60)
        check(again.returncode == 73, f"{spec}: a second run without --overwrite: "
              f"exit {again.returncode}")
    again = cytotaxis(*words, "--overwrite", ranks=RANKS, timeout=60)
    check(again.returncode == 0, f"{spec}: a second run: {again.stderr[-300:]}")
    check(digests(out) == good, f"{spec}: a second run gives another result")
    left = [f for _, _, names in os.walk(out) for f in names if f.endswith(".part")]
    check(not left, f"{spec}: {left} left behind by a second run")
    return True


if FULL:
    for point in points:
        for where in places(point, VICTIM):
            for end in STATUS:
                reached = [one(point, bad, where, end) for bad in range(RANKS)]
                check(any(reached), f"{point} in \"{where}\" was never reached")
else:
    for point, bad, where, end, passes in (
            ("csv.read", 1, VICTIM, "kill", 0), ("store.write", 1, VICTIM, "crash", 5),
            ("store.close", 0, VICTIM, "kill", 1), ("store.close", 2, "cohort", "crash", 0),
            ("store.attribute", 0, "cohort", "kill", 40), ("run.json", 0, "cohort", "kill", 0)):
        check(one(point, bad, where, end, passes), f"{point} was not reached")
finish()
