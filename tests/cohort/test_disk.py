"""A full disk, wherever it strikes: one line names the file and says that there is no
space, the status is right, nobody hangs, and what has a final name is whole."""
import json
import os
import re

from common import *

NO_SPACE = "No space left on device"
SLIDES = 3

made = folder("disk-cohort")
run_ok("synth", "--out", made, "--slides", SLIDES, "--cells", 300, "--seed", 3)
words = [os.path.join(made, "samplesheet.csv"), "--config",
         os.path.join(made, "config.yaml")]
whole = folder("disk-whole")
run_ok("run", *words, "--out", whole)
good = digests(whole)
slides_bytes = sum(os.path.getsize(p) for p in result_files(whole) if "slides" in p)

disk = os.path.join(WORK, "disk-small")


def unmount():
    return subprocess.run(["umount", disk], capture_output=True).returncode == 0


def mount(options):
    os.makedirs(disk, exist_ok=True)
    while unmount():
        pass
    return subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", disk],
                          capture_output=True).returncode == 0


if not mount("size=64k"):
    skip("a full disk needs a small tmpfs, and none can be mounted (root can)")


def check_files(what, out, failed):
    """Final names stand for whole files; the cohort knows which slides failed."""
    found = digests(out) if os.path.isdir(out) else {}
    for path, digest in found.items():
        if path != "cohort.h5ad" or not failed:
            check(digest == good[path], f"{what}: {path} is not whole")
    for base, _, names in os.walk(out):
        for name in names:
            check(not name.endswith(".part"), f"{what}: {name} left behind")
    if "cohort.h5ad" in found:
        with h5py.File(os.path.join(out, "cohort.h5ad")) as f:
            told = text(f["obs/status"][()]).count("failed")
        check(told == len(failed), f"{what}: cohort.h5ad tells {told} failed")
    record = os.path.join(out, "run.json")
    if os.path.exists(record):
        told = [s["sample"] for s in json.load(open(record))["slides"]
                if s["status"] == "failed"]
        check(told == failed, f"{what}: run.json tells {told} failed, not {failed}")
    return found


def attempt(options, ranks, report=False):
    """Run on a disk of that size; (exit status, result files). With a report, the results
    have room, and what does not fit is the report."""
    what = f"{options}, {ranks} ranks{', report' if report else ''}"
    if not check(mount(options), f"{what}: cannot be mounted"):
        return None, {}
    out = os.path.join(disk, "out")
    more = [] if report else ["--no-report"]
    done = cytotaxis("run", *words, "--out", out, "--groups", 1, *more, ranks=ranks,
                     timeout=90)
    said = done.stderr.splitlines()
    lost = [l.split(": ")[1] for l in said if re.match(r"cytotaxis: S\d+: .*" + NO_SPACE, l)]
    found = check_files(what, out, sorted(lost))
    told = [l for l in said if NO_SPACE in l]
    named = [l for l in told if disk in l]
    # Of the launcher and the libraries; what the program says may name a signal's picture.
    others = "\n".join(l for l in said if not l.startswith("cytotaxis: "))
    for word in ("MPI_ABORT", "signal", "Assertion", "HDF5-DIAG"):
        check(word not in others, f"{what}: {others[-600:]}")
    check(told == named, f"{what}: not every line names its file: {told}")
    check(done.returncode in (0, 1, 73, 74), f"{what}: exit {done.returncode}")
    check((done.returncode == 0) == (not told), f"{what}: {done.returncode}, told {told}")
    stands = "cohort.h5ad" in found and os.path.exists(os.path.join(out, "run.json"))
    check(stands == (report or done.returncode in (0, 1)), f"{what}: {done.returncode} with {found}")
    check(done.returncode != 1 or lost, f"{what}: exit 1, and no slide failed")
    check(len(told) == len(lost) + (done.returncode > 1), f"{what}: {told}")
    return done.returncode, found


# No byte free; no room for the rasters; for some tables; for the cohort; enough for all.
seen = {}
sizes = range(4, 1700, 36) if FULL else [4, 12, 300, 700, 1100, 1200, 1260, 1300, 2000]
for kib in sizes:
    for ranks in (1, 2, 4):
        seen[kib, ranks] = attempt(f"size={kib}k", ranks)[0]
print({k: v for k, v in seen.items()})

# Room, but no more names: what is created as the k-th is refused.
for inodes in range(2, 14) if FULL else [2, 3, 5, 10, 11]:
    for ranks in (1, 2, 4):
        seen[-inodes, ranks] = attempt(f"size=8m,nr_inodes={inodes}", ranks)[0]
print({k: v for k, v in seen.items() if k[0] < 0})
# Room for the results, and not for tables, for maps, for the page.
room = sum(os.path.getsize(p) for p in result_files(whole)) // 1024 + 150
for more in (100, 400, 1000):
    for ranks in (1, 2):
        status, _ = attempt(f"size={room + more}k", ranks, report=True)
        check(status in (73, 74), f"{more} KiB for a report: exit {status}")

# A run that had too little room goes on when there is more.
for kib, ranks in ((4, 1), (300, 2), (1100, 2), (1260, 3)) if FULL else ((700, 2),):
    what = f"{kib} KiB, {ranks} ranks, then more"
    status, found = attempt(f"size={kib}k", ranks)
    subprocess.run(["mount", "-o", "remount,size=16m", disk], check=True)
    out = os.path.join(disk, "out")
    done = cytotaxis("run", *words, "--out", out, "--no-report", "--resume", "-q", ranks=ranks)
    check(status in (1, 73, 74) and done.returncode == 0,
          f"{what}: {status}, then {done.returncode}: {done.stderr[-500:]}")
    check(check_files(what, out, []) == good, f"{what}: other results")
    check(not [n for n in os.listdir(out) if "unfinished" in n or n == "failed"], what)
unmount()
check({0, 1, 73, 74} <= set(seen.values()), f"not every way to end was seen: {seen}")
finish()
