"""Each allocation of a small run fails once, or each write into its folder: the program
ends with a status of its own and says why, hangs nowhere, leaves no half-written file, and
what has a final name is whole. The program is what users run: the failures come from
tests/tools/failing_calls.c, put before it.

Allocations that the same functions lead to are alike; of these only the first is tried.
Writes are tried one by one. With the report only what the run without it did not ask for
is tried, and on several ranks a share, drawn with a fixed seed.

A run must be short, as there are thousands: few cells, metrics of two types only, a heap
that is not given back, and no daemon.

HDF5 1.10 and libfyaml that have no memory themselves may end the process
(H5I_register() calls exit(-1)) or crash. That is not ours to mend: then only this is asked,
that nothing hangs and that what has a final name is whole. Writes have no such excuse.
Of several ranks the one whose memory HDF5 itself lacks leaves a call in which the others
wait for it, for ever; their memory is tried outside those libraries only."""
import collections
import random
import re
import sys

from common import *

LIBRARY, KIND = sys.argv[4:6]
SHARE = int(os.environ.get("CYTOTAXIS_CALLS", "0"))  # at most so many calls; 0: all
LONE = {"OMPI_MCA_ess_singleton_isolated": "1",  # a rank without mpiexec and its daemon
        "OMPI_MCA_btl": "self", "OMPI_MCA_pml": "ob1",
        "OMPI_MCA_orte_tmpdir_base": os.path.realpath(WORK),  # else all have the same
        "MALLOC_TOP_PAD_": str(64 << 20), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
ENDS = {0, 1, 65, 66, 69, 70, 71, 73, 74, 78}
RICH = ["--set", "grid.spacing_um=20",
        "--set", "patterns={pair_radii_um: [20, 50], nearest_radii_um: [5, 20], graph: "
        "delaunay, permutations: 5, genes: [CXCL12], neighbourhood_um: 30, niches: [2, 3], "
        "metric_types: [B, CD8 T]}",
        "--set", "trap={block_lambdas: 1, bandwidth_um: 60, background: [B], "
        "margin_knots_um: [-80, 0, 60], basin_depth: 0.05}"]

made = folder("every-cohort")
run_ok("synth", "--out", made, "--slides", 1, "--patients", 1, "--cells", 100, "--seed", 3,
       "--format", "csv")
WORDS = [os.path.join(made, "samplesheet.csv"), "--config", os.path.join(made, "config.yaml"),
         *RICH, "-q"]
whole = folder("every-whole")
run_ok("run", *WORDS, "--out", whole)
good = digests(whole)
out = os.path.join(WORK, "every-out")


def run(ranks, report, rank=0, **settings):
    """The run with the library before it; of several ranks only one counts calls."""
    folder("every-out")
    settings = {"CYT_FAIL_KIND": KIND, "CYT_FAIL_UNDER": os.path.realpath(out),
                "CYT_FAIL_RANK": str(rank), **settings}
    words = ["run", *WORDS, "--out", os.path.realpath(out), *report]
    if ranks == 1:
        return cytotaxis(*words, ranks=0, env={**LONE, **settings, "LD_PRELOAD": LIBRARY})
    command = [MPIEXEC, "-n", str(ranks), "-x", f"LD_PRELOAD={LIBRARY}", PROGRAM, *words]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=240,
                              env={**os.environ, **settings})
    except subprocess.TimeoutExpired as late:
        return subprocess.CompletedProcess(command, 124, "", f"hangs: {late.stderr}")


def calls_of(ranks, report, rank):
    """{what is asked for: (number, who asks)} of the calls to try, and how many there are."""
    listed = os.path.join(WORK, "calls")
    done = run(ranks, report, rank, CYT_FAIL_LIST=listed)
    check(done.returncode == 0 and digests(out) == good, f"counting: {done.stderr[-300:]}")
    lines = open(listed).read().splitlines()
    calls, seen = {}, collections.Counter()
    for number, line in enumerate(lines, 1):
        seen[line] += KIND == "write"
        calls.setdefault((line, seen[line]), (number, line.split()[1]))
    return calls, len(lines)


def judge_end(what, done):
    """A status and a sentence of our own, and nothing half-written."""
    check(done.returncode in ENDS, f"{what}: exit {done.returncode}: {done.stderr[-500:]}")
    said = [line for line in done.stderr.splitlines() if line.startswith("cytotaxis: ")]
    check(said or done.returncode == 0, f"{what}: says nothing: {done.stderr[-300:]}")
    left = [f for _, _, names in os.walk(out) for f in names if f.endswith(".part")]
    check(not left, f"{what}: {left} left behind")


FRAIL = ("libhdf5", "libfyaml")


def ended_by_library(who, done):
    """For want of memory of its own, or because its code is what crashed."""
    if KIND == "write" or done.returncode in ENDS:
        return False
    crashed = re.search(r"\[ [01]\] \S*(libhdf5|libfyaml)", done.stderr)
    return who in FRAIL or (done.returncode in (-11, 139) and crashed)


def judge(what, who, done):
    check(done.returncode != 124, f"{what}: hangs")
    got = digests(out) if os.path.isdir(out) else {}
    if done.returncode == 0:
        check(got == good, f"{what}: done, with another result")
    if not ended_by_library(who, done):
        judge_end(what, done)
    for path, digest in got.items():
        if path.startswith("slides/") or done.returncode == 0:
            check(digest == good[path], f"{what}: {path} is not whole")


tried = set()  # by a rank alone


def try_all(ranks, report, most, rank=0):
    calls, n = calls_of(ranks, report, rank)
    check(n > 50, f"only {n} calls were counted")
    new = [call for key, call in calls.items()
           if (call[1] not in FRAIL if ranks > 1 else key not in tried)]
    if ranks == 1:
        tried.update(calls)
    drawn = sorted(random.Random(20260227).sample(new, min(most or len(new), len(new))))
    ends = collections.Counter()
    for number, who in drawn:
        done = run(ranks, report, rank, CYT_FAIL_AT=str(number))
        judge(f"{KIND} {number} ({who}) of rank {rank} of {ranks}", who, done)
        ends["a library's" if ended_by_library(who, done) else done.returncode] += 1
    print(f"{ranks} ranks {' '.join(report)}: {n} calls, {len(calls)} of them unlike, "
          f"{len(drawn)} failed; exit statuses {dict(ends)}", flush=True)


try_all(1, ["--no-report"], SHARE)
try_all(1, [], SHARE)  # the report's own
for at, of in ((0, 2), (1, 3)):
    try_all(of, ["--no-report"], SHARE // 4 if SHARE else 150, rank=at)
finish()
