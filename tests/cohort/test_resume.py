"""Stopped, killed and gone on: a run that is resumed ends with the bytes of one that
nobody disturbed, and nothing else in its folder; what it would not make the same way is
refused, and the difference named."""
import json
import os
import random
import re
import shutil
import signal
import time

from common import *

SLIDES = 20
RANKS = 3
USR1, TERM, TIME, STUCK = 128 + signal.SIGUSR1, 128 + signal.SIGTERM, 75, 76

made = folder("resume-cohort")
run_ok("synth", "--out", made, "--slides", SLIDES, "--cells", 500 if FULL else 150, "--seed", 7,
       "--format", "csv")
sheet = os.path.join(made, "samplesheet.csv")
config = os.path.join(made, "config.yaml")
words = ["run", sheet, "--config", config, "-q", "--no-report"]
# Slides with long steps (test_steps.py), so that kills strike within them too.
LONG_STEPS = ["--set", "trap={block_lambdas: 1, bandwidth_um: 50, background: [B, Macrophage], "
              "margin_knots_um: [], screen_shifts: 9}", "--set",
              "block={doses: [1], law: competitive, motility_um2_per_min: 10, times_h: [1, 2], "
              "step_min: 20, course_doses: [1], course_from: cells}"]
words += LONG_STEPS if FULL else []
whole = folder("resume-whole")
began = time.time()
run_ok(*words, "--out", whole, ranks=RANKS)
usual_s = time.time() - began
out = os.path.join(WORK, "resume-out")


good = contents(whole)
check(len(good) == 3 * SLIDES + 4, f"an undisturbed run leaves {sorted(good)}")


def finished():
    slides = os.path.join(out, "slides")
    names = os.listdir(slides) if os.path.isdir(slides) else []
    return sum(n.endswith(".origin.json") for n in names)


def resume(what, *more, ranks=RANKS):
    """Go on; the end is that of a run that was never disturbed."""
    n = finished()
    done = cytotaxis(*words, "--out", out, "--resume", *more, ranks=ranks)
    check(done.returncode == 0, f"{what}: resumed: exit {done.returncode}: "
          f"{done.stderr[-500:]}")
    got = contents(out)
    empty = [d for d, folders, files in os.walk(out) if not folders and not files]
    check(not empty, f"{what}: resumed: empty folders {empty}")
    check(got == good, f"{what}: resumed: "
          f"{sorted(k for k in {*got, *good} if got.get(k) != good.get(k))}")
    record = json.load(open(os.path.join(out, "run.json")))
    kept = sum(s.get("kept", False) for s in record["slides"])
    check(kept == n, f"{what}: {n} slides were finished, {kept} kept")


def check_whole(what):
    """What has an origin is whole."""
    got = contents(out) if os.path.isdir(out) else {}
    for name in [n for n in got if n.endswith(".origin.json")]:
        stem = name[: -len(".origin.json")]
        for path in (name, f"{stem}.h5ad", f"{stem}.fields.h5"):
            check(got.get(path) == good[path], f"{what}: {path} is not whole")


# The order in which slides are begun: those of the largest files first.
sizes = {f"S{k:02}": os.path.getsize(os.path.join(made, "slides", f"S{k:02}.csv"))
         for k in range(1, SLIDES + 1)}
order = sorted(sizes, key=lambda s: (-sizes[s], s))


# --- signals, at points between which the next safe one lies -----------------------------
def stop_at(point, rank, where, end, status, ranks=RANKS, groups=1):
    folder("resume-out")
    spec = f"{point}:{rank}:{where}:{end}"
    done = cytotaxis(*words, "--out", out, "--groups", groups, ranks=ranks,
                     env={"CYTOTAXIS_FAULT": spec})
    check(done.returncode == status, f"{spec}: exit {done.returncode}: {done.stderr[-300:]}")
    n = finished()
    check(f"{n} of {SLIDES} slides are finished" in done.stderr, f"{spec}: {done.stderr}")
    check("--resume" in done.stderr, f"{spec}: does not say how to go on: {done.stderr}")
    check_whole(spec)
    left = [f for f in contents(out) if f.endswith(".part") or f == "cohort.h5ad"]
    check(not left, f"{spec}: leaves {left}")
    state = json.load(open(os.path.join(out, "unfinished.json")))
    check(state["slides_finished"] == n and state["stopped"], f"{spec}: {state}")
    resume(spec)
    return n


for point, rank, place, end, exit_, n in (
        ("csv.read", 1, 4, "usr1", USR1, 4),           # its other steps are not begun
        ("edt.map", 0, 0, "term", TERM, 0),            # in the middle of the very first
        ("store.close", 2, 9, "usr1", USR1, 10),       # written, so it counts
        ("origin.write", 0, SLIDES - 1, "term", TERM, SLIDES)):  # only the cohort lacks
    got = stop_at(point, rank, order[place], end, exit_)
    check(got == n, f"{end} in {point} of slide {place}: {got} slides are finished, not {n}")
got = stop_at("input.list", 0, "", "term", TERM)
check(got == 0, f"TERM before the first slide: {got} are finished")
got = stop_at("csv.read+4", 1, "", "usr1", USR1, ranks=4, groups=2)
check(0 < got < SLIDES, f"USR1 on a rank of one of two groups: {got} slides are finished")

# Parts of a slide that may be long have safe points within: the step is not finished.
long_made, long_whole = folder("resume-long"), folder("resume-long-whole")
run_ok("synth", "--out", long_made, "--slides", 1, "--patients", 1, "--cells", 1500, "--seed", 7,
       "--format", "csv")
LONG = ["run", os.path.join(long_made, "samplesheet.csv"), "--config",
        os.path.join(long_made, "config.yaml"), "-v", "--no-report", "--set",
        "trap={block_lambdas: 1, bandwidth_um: 50, background: [B, Macrophage], "
        "margin_knots_um: [], screen_shifts: 9}", "--set",
        "block={doses: [1], law: competitive, motility_um2_per_min: 10, times_h: [1], "
        "step_min: 20, course_doses: [1], course_from: cells}", "--set",
        "patterns={graph: delaunay, permutations: 99, genes: [CXCL12]}"]
run_ok(*LONG, "--out", long_whole, ranks=2)
good_long = contents(long_whole)
WITHIN = (("drift.create", "signals"), ("enrichment.permute", "patterns"), ("edt.map+4", "maps"),
          ("ring.open", "signals"), ("signal.solve", "signals"))
for k, (point, step) in enumerate(WITHIN if FULL else WITHIN[:2]):
    folder("resume-out")
    done = cytotaxis(*LONG, "--out", out, ranks=2,
                     env={"CYTOTAXIS_FAULT": f"{point}:{k % 2}:S01:usr1"})
    check(done.returncode == USR1 and finished() == 0,
          f"USR1 in {point}: exit {done.returncode}: {done.stderr[-500:]}")
    check(f"S01: {step}:" not in done.stderr, f"USR1 in {point}: {step} came to its end")
    done = cytotaxis(*LONG, "--out", out, "--resume", ranks=2)
    check(done.returncode == 0 and contents(out) == good_long,
          f"USR1 in {point}: resumed: exit {done.returncode}: {done.stderr[-500:]}")

# Where the stop cannot be noted, that is the failure; what is finished stays.
folder("resume-out")
done = cytotaxis(*words, "--out", out, "--time-limit", "0.001", ranks=2,
                 env={"CYTOTAXIS_FAULT": "resume.state+0:0"})
check(done.returncode == 74, f"a stop that cannot be noted: exit {done.returncode}")

# A signal during the cohort stage comes too late to save anything: the run ends.
folder("resume-out")
done = cytotaxis(*words, "--out", out, ranks=RANKS,
                 env={"CYTOTAXIS_FAULT": "cohort.read:0:cohort:usr1"})
check(done.returncode == 0 and contents(out) == good, f"USR1 in the cohort stage: {done}")

# A real signal, from outside, to the launcher. It forwards USR1; at TERM it ends all ranks,
# and kills those that are not gone at once.
for number, ranks in ((signal.SIGUSR1, RANKS), (signal.SIGTERM, RANKS),
                      *([(signal.SIGUSR1, 1), (signal.SIGTERM, 4)] if FULL else [])):
    folder("resume-out")
    what = f"{number.name} to mpiexec -n {ranks}"
    with subprocess.Popen([MPIEXEC, "-n", str(ranks), PROGRAM, *words, "--out", out],
                          stderr=subprocess.PIPE, text=True) as run:
        while run.poll() is None and finished() < 2:
            time.sleep(0.01)
        run.send_signal(number)
        said = run.communicate(timeout=60)[1]
    if number == signal.SIGUSR1:
        check(run.returncode in (USR1, 0), f"{what}: exit {run.returncode}: {said}")
    check_whole(what)
    resume(what)

# --- a limit of time, and no progress ------------------------------------------------------
for ranks in (1, 2, 3, 4) if FULL else (RANKS,):
    folder("resume-out")
    limited = cytotaxis(*words, "--out", out, "--time-limit", "0.001s", ranks=ranks)
    check(limited.returncode == TIME, f"a limit of 1 ms: exit {limited.returncode}")
    check("limit of time" in limited.stderr, f"a limit of 1 ms: {limited.stderr}")
    again = cytotaxis(*words, "--out", out, "--resume", "--time-limit", "0.001", ranks=ranks)
    check(again.returncode == STUCK, f"a second one: exit {again.returncode}: {again.stderr}")
    check("no slide was finished in between" in again.stderr, f"a second one: {again.stderr}")
    resume("after two stops without progress", ranks=ranks)

folder("resume-out")
stops = 0
done = cytotaxis(*words, "--out", out, "--time-limit", usual_s / 2, ranks=1)
while done.returncode == TIME and stops < 40:
    stops += 1
    check_whole("a limit of time")
    done = cytotaxis(*words, "--out", out, "--resume", "--time-limit", usual_s / 2, ranks=1)
check(done.returncode in (0, STUCK), f"with limits of time: exit {done.returncode}")
if done.returncode == 0:
    check(contents(out) == good, f"{stops} limits of time: another result")
else: # a loaded machine: then with all the time
    resume("limits of time")
for bad in ("3x", "-1", "0", "h", "1e999"):
    done = cytotaxis(*words, "--out", out, "--time-limit", bad)
    check(done.returncode == 64 and "--time-limit" in done.stderr, f"--time-limit {bad}: {done}")
done = cytotaxis(*words, "--out", out, "--resume", "--overwrite")
check(done.returncode == 64, f"--resume --overwrite: exit {done.returncode}")

# --- kill -9 of any rank, or of all and their launcher, at any moment --------------------------
def kill_one(draw, *more):
    """Start, kill one rank, or all at once, after a time; True if that was before the end."""
    command = [MPIEXEC, "-n", str(RANKS), PROGRAM, *words, "--out", out, *more]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        end = time.time() + draw.uniform(0.05, 0.95) * usual_s
        while time.time() < end and run.poll() is None:
            time.sleep(0.005)
        victims = ranks_of(run.pid)
        if len(victims) == RANKS and draw.random() < 1 / 3:
            victims = [run.pid, *victims]  # as when the node loses power
        elif victims:
            victims = draw.sample(victims, 1)
        kill(victims)
        wait_killed(run)
    return run.returncode != 0


draw = random.Random(20261127)
killed = 0
for k in range(50 if FULL else 5):
    folder("resume-out")
    killed += kill_one(draw)
    check_whole(f"kill {k}")
    if k % 2:  # and once more while it goes on
        killed += kill_one(draw, "--resume")
        check_whole(f"kill {k}, twice")
    resume(f"kill {k}")
check(killed > 0, "no run was killed before its end")
print(f"{killed} runs killed")

# --- what is refused, and what is not --------------------------------------------------------
shutil.rmtree(out)
shutil.copytree(whole, out)


def refused(what, named, *more, use=words, status=73, env=None):
    before = contents(out)
    done = cytotaxis(*use, "--out", out, "--resume", *more, ranks=2, env=env)
    check(done.returncode == status, f"{what}: exit {done.returncode}: {done.stderr}")
    for text_ in named:
        check(re.search(text_, done.stderr), f"{what}: not named: {text_}: {done.stderr}")
    said = [l for l in done.stderr.splitlines() if l.startswith("cytotaxis")]
    check(len(said) == 1, f"{what}: not one line: {said}")
    check(contents(out) == before, f"{what}: the folder was changed")


resume("a folder that is complete")
refused("another config", ["S01", "config", "grid: spacing_um: 5.* then",
                           "grid: spacing_um: 4.* now"], "--set", "grid.spacing_um=4")
cells = os.path.join(made, "slides", "S07.csv")
as_it_was = open(cells, "rb").read()
status = os.stat(cells)
other = bytearray(as_it_was)
at = other.index(b".", len(other) // 2) + 1
other[at] = ord("1") if other[at] != ord("1") else ord("2")
open(cells, "wb").write(other)
os.utime(cells, ns=(status.st_atime_ns, status.st_mtime_ns))
refused("one digit of the input, same size and time", ["S07", "input", r"S07\.csv xxh3_128"])
open(cells, "wb").write(as_it_was)
rows = open(sheet).read()
half = write(os.path.join(made, "half.csv"), rows.replace(",1,", ",0.5,", 1))
if check(open(half).read() != rows, "no um_per_px of 1 in the samplesheet"):
    refused("another unit", ["S01", "input", "um per unit 1", "um per unit 0.5"],
            use=["run", half, *words[2:]])

origin = os.path.join(out, "slides", "S03.origin.json")
was = open(origin).read()
open(origin, "w").write(re.sub(r"cytotaxis [0-9.]+", "cytotaxis 0.0.1", was))
refused("another program", ["S03", "program", r"cytotaxis 0\.0\.1"])
open(origin, "w").write("{}")
refused("an origin that says nothing", [r"S03\.origin\.json", "remove it"], status=65)
open(origin, "w").write(was)
refused("a judgement that fails", ["fault injected"], status=74,
        env={"CYTOTAXIS_FAULT": "resume.judge:0"})
stranger = os.path.join(out, "slides", "S99.h5ad")
open(stranger, "w").write("x")
refused("a slide of another sheet", [r"S99\.h5ad", r"samplesheet\.csv"])
os.remove(stranger)
resume("all as it was")

# What has only to do with the cohort keeps the slides.
done = run_ok(*words, "--out", out, "--resume", "--set", "cohort.contrasts=[]", ranks=2)
kept = [s.get("kept", False) for s in json.load(open(os.path.join(out, "run.json")))["slides"]]
check(all(kept), "another contrast: not all slides were kept")

# Results that vanished, or are not as they were written, are made again.
os.remove(os.path.join(out, "slides", "S02.fields.h5"))
with open(os.path.join(out, "slides", "S04.h5ad"), "r+b") as f:
    f.truncate(1000)
os.remove(os.path.join(out, "slides", "S05.origin.json"))
os.remove(os.path.join(out, "cohort.h5ad"))
done = cytotaxis(*(w for w in words if w != "-q"), "--out", out, "--resume", ranks=2)
check(done.returncode == 0 and contents(out) == good, f"damaged results: {done.stderr[-500:]}")
for slide in ("S02", "S04"):
    check(f"{slide}: its files are not as they were written" in done.stderr,
          f"damaged results: nothing said of {slide}: {done.stderr}")
check("17 of 20 slides are finished already" in done.stderr, done.stderr)

# A folder that is not a run's; one that is empty, or not there, is begun.
folder("resume-out")
write(os.path.join(out, "thesis.txt"), "mine")
refused("somebody's folder", ["not empty", "resume"])
folder("resume-out")
resume("no folder yet")
done = cytotaxis(*words, "--out", out)
check(done.returncode == 73 and "--resume" in done.stderr and contents(out) == good,
      f"without --resume into results: {done}")

# An input that vanishes: before, the run is refused; meanwhile, the slide fails.
folder("resume-out")
os.remove(cells)
done = cytotaxis(*words, "--out", out)
check(done.returncode in (66, 78) and "S07.csv" in done.stderr, f"vanished before: {done}")
check(not os.path.exists(out), "vanished before: something was written")
open(cells, "wb").write(as_it_was)
done = cytotaxis(*words, "--out", out, "--groups", 1, ranks=2,
                 env={"CYTOTAXIS_FAULT": "csv.open:0:S07"})
check(done.returncode == 1 and finished() == SLIDES - 1, f"vanished meanwhile: {done}")
resume("vanished meanwhile, and back")
finish()
