"""Long steps of a slide: a slide that is stopped, killed or that finds the disk full takes
from its journal what an earlier run had done, on any number of ranks; the bytes are those
of a run that nobody disturbed, and no journal stays behind a result."""
import json
import os
import random
import re
import shutil
import signal
import struct
import time

from common import *

USR1, KILLED, STUCK = 128 + signal.SIGUSR1, 128 + signal.SIGKILL, 76
HEAD, SEAL = 32, 16  # bytes of a journal before the first record, and after each

made = folder("steps-cohort")
run_ok("synth", "--out", made, "--slides", 1, "--patients", 1, "--cells", 500, "--seed", 7,
       "--format", "csv")
words = ["run", os.path.join(made, "samplesheet.csv"), "--config",
         os.path.join(made, "config.yaml"), "--no-report", "--set", "grid.spacing_um=10",
         "--set",
         "trap={block_lambdas: 1, bandwidth_um: 50, background: [B, Macrophage], "
         "margin_knots_um: [], screen_shifts: 9}", "--set",
         "block={doses: [1], law: competitive, motility_um2_per_min: 10, times_h: [1, 2], "
         "step_min: 20, course_doses: [1], course_from: cells, maps: true, smooth_um: 50}",
         "--set",
         "patterns={graph: delaunay, permutations: 9, genes: [CXCL12]}"]
# A screen; two doses, that of no blocker among them, at two times; labels; genes.
STEPS = 1 + 4 + 2
out = os.path.join(WORK, "steps-out")
journal = os.path.join(out, "slides", "S01.journal")


def long_steps(of):
    return json.load(open(os.path.join(of, "run.json")))["slides"][0].get("long_steps")


def records(path=journal):
    """(key, where it ends) of each record, and the bytes after the last whole one."""
    data = open(path, "rb").read() if os.path.exists(path) else b""
    found, at = [], HEAD
    while at + 16 <= len(data):
        n_key, n = struct.unpack_from("QQ", data, at)
        end = at + 16 + n_key + n + SEAL
        if end > len(data):
            break
        found.append((data[at + 16 : at + 16 + n_key].decode(), end))
        at = end
    return found, len(data) - at if data else 0


def whole_steps():
    return len({key for key, _ in records()[0] if not key.endswith(" under way")})


def start(spec=None, *more, ranks=1):
    return cytotaxis(*words, "--out", out, *more, ranks=ranks,
                     env={"CYTOTAXIS_FAULT": spec} if spec else None)


def resume(what, kept, *more, ranks=1, env=None):
    """Go on to the end, with so many steps from the journal."""
    done = cytotaxis(*words, "--out", out, "--resume", *more, ranks=ranks, env=env)
    check(done.returncode == 0, f"{what}: resumed: exit {done.returncode}: "
          f"{done.stderr[-500:]}")
    got = contents(out)
    check(got == good, f"{what}: resumed: "
          f"{sorted(k for k in {*got, *good} if got.get(k) != good.get(k))}")
    if kept is None or done.returncode != 0:
        return done
    steps = long_steps(out)
    check(steps == {"kept": kept, "made": STEPS - kept}, f"{what}: {kept} kept: {steps}")
    told = f"S01: {kept} of {STEPS} long steps were done before"
    check((told in done.stderr) == (kept > 0), f"{what}: not told: {told}: {done.stderr}")
    return done


whole = folder("steps-whole")
began = time.time()
run_ok(*words, "--out", whole, ranks=2)
usual_s = time.time() - began
good = contents(whole)
check(not any(p.endswith(".journal") for p in good), f"a journal stays: {sorted(good)}")
check(long_steps(whole) == {"kept": 0, "made": STEPS}, f"long steps: {long_steps(whole)}")

# --- stopped or killed, in a screen and in a course, then on other ranks ------------------
# Passes of journal.write on two ranks: 7 of a time of a course; 3 of a screen, whose scores
# are found when no signal comes any more; its model is made ready before.
for spec, ranks, status, step, others in [case for k, case in enumerate((
        ("journal.write+29:0", 2, USR1, "screen 0", 3),
        ("ring.open:1", 2, USR1, None, 1),
        ("elliptic.solve+5:0", 1, USR1, "under way", 2),
        ("journal.write+16:0", 2, KILLED, "course", 1),
        ("autocorrelation:1", 2, USR1, "labels", 3))) if FULL or k < 4]:
    folder("steps-out")
    end = "kill" if status == KILLED else "usr1"
    done = start(f"{spec}:S01:{end}", ranks=ranks)
    what = f"{end} at {spec} on {ranks} ranks"
    check(done.returncode == status, f"{what}: exit {done.returncode}: {done.stderr[-500:]}")
    found, torn = records()
    if step:
        check(found and step in found[-1][0], f"{what}: {found}")
        check((torn > 0) == (status == KILLED), f"{what}: {torn} bytes of a torn record")
        told = f"finished and {len(found)} long step{'s' * (len(found) > 1)} of others: run"
        check(status == KILLED or told in done.stderr, f"{what}: not told: {done.stderr}")
    else:
        check(not os.path.exists(journal), f"{what}: a journal before the first step")
    resume(what, whole_steps(), ranks=others)

# --- progress, and none ---------------------------------------------------------------------
# Stopped again and again, after one more step each: every run gets on, so none is stuck.
folder("steps-out")
done = start("journal.write:0:S01:usr1")
runs, half = 1, None
while done.returncode == USR1 and runs <= STEPS:
    check(whole_steps() == runs, f"stopped {runs} times: {whole_steps()} steps are done")
    state = json.load(open(os.path.join(out, "unfinished.json")))
    check(state["long_steps_kept"] == 1 and state["slides_finished"] == 0, f"{state}")
    if runs == STEPS - 2:
        half = shutil.copytree(out, folder("steps-half"))
    runs += 1
    done = start("journal.write:0:S01:usr1", "--resume")
check(done.returncode == 0 and runs == STEPS + 1 and contents(out) == good,
      f"stopped after each step: exit {done.returncode} of run {runs}: {done.stderr[-500:]}")


def as_stopped(change=lambda data: data):
    """The folder of a run that was stopped after some steps; its journal changed."""
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(half, out)
    data = open(journal, "rb").read()
    open(journal, "wb").write(change(data))


# One that is stopped before it has done a further step is.
as_stopped()
before = contents(out)
done = start("csv.read:0:S01:usr1", "--resume")
check(done.returncode == STUCK, f"no further step: exit {done.returncode}: {done.stderr}")
check("nor a long step" in done.stderr, f"no further step: {done.stderr}")
check(open(journal, "rb").read() == open(os.path.join(half, "slides", "S01.journal"),
                                         "rb").read(), "no further step: the journal changed")
resume("after no further step", STEPS - 2, ranks=2)
done = cytotaxis("plan", *words[1:4], "--measured", os.path.join(out, "run.json"), "--ranks", 2)
check(done.returncode != 0 and "no slide of" in done.stderr,
      f"what a slide without its long steps took is no measure: {done.stdout} {done.stderr}")

# --- a journal that is not as it was written ----------------------------------------------
ends = [end for _, end in records(os.path.join(half, "slides", "S01.journal"))[0]]
for what, change, kept in (
        ("a byte changed", lambda d: d[: ends[1] + 200] + bytes([d[ends[1] + 200] ^ 1]) +
         d[ends[1] + 201 :], 2),
        ("cut by a byte", lambda d: d[:-1], len(ends) - 1),
        ("cut within the second record", lambda d: d[: ends[0] + 20], 1),
        ("more behind it", lambda d: d + b"\xff" * 99, len(ends)),
        ("another's", lambda d: d[:16] + b"\x00" * 16 + d[32:], 0),
        ("empty", lambda d: b"", 0))[: 6 if FULL else 1]:
    as_stopped(change)
    done = resume(f"a journal, {what}", kept)
    check(("S01.journal is of another" in done.stderr) == (kept == 0),
          f"a journal, {what}: {done.stderr}")

as_stopped()
done = start(None, "--resume", "--set", "block.step_min=30")
check(done.returncode == 0 and long_steps(out) == {"kept": 0, "made": STEPS},
      f"another config: {done.stderr} {long_steps(out)}")
check("is of another input, config or program" in done.stderr, f"another config: {done.stderr}")
check(not os.path.exists(journal), "another config: a journal stays")
as_stopped()
done = start(None, "--overwrite")
check(done.returncode == 0 and contents(out) == good and long_steps(out)["kept"] == 0,
      f"--overwrite: exit {done.returncode}: {long_steps(out)}")
as_stopped()
shutil.move(journal, journal.replace("S01", "S99"))
done = start(None, "--resume")
check(done.returncode == 73 and "S99.journal" in done.stderr, f"a stranger's: {done}")

# --- what cannot be read or written ---------------------------------------------------------
# Passes of journal.read as of journal.write, but for the key: what came first is kept.
for spec, kept in (("journal.read+5:0", 1), ("journal.read:0", 0))[: 2 if FULL else 1]:
    as_stopped()
    resume(f"{spec} fails", kept, ranks=2, env={"CYTOTAXIS_FAULT": f"{spec}:S01"})
for passes in (10, 0) if FULL else (10,):  # in a raster; at once
    folder("steps-out")
    done = start(f"journal.write+{passes}:0:S01", ranks=2)
    told = [l for l in done.stderr.splitlines() if "long steps are not kept" in l]
    check(done.returncode == 0 and contents(out) == good,
          f"journal.write+{passes} fails: exit {done.returncode}: {done.stderr[-500:]}")
    check(len(told) == 1 and "S01.journal: No space left on device" in told[0],
          f"journal.write+{passes} fails: told {told}")

# A slide that fails leaves its steps for the next run; a slide that has a result does not.
folder("steps-out")
done = start("store.close+1:0:S01")
check(done.returncode == 1 and whole_steps() == STEPS, f"a slide that fails: {done}")
resume("a slide that failed", STEPS)
shutil.copy(os.path.join(half, "slides", "S01.journal"), journal)
done = start(None, "--resume")
check(done.returncode == 0 and contents(out) == good, f"a journal beside a result: {done}")

# --- a disk with room for the results, but not for the journal ------------------------------
disk = os.path.join(WORK, "steps-disk")
MANY = ["--set", "block.times_h=[1, 2, 3, 4, 5, 6]", "--set", "block.step_min=60", "--set",
        "block.course_doses=[1, 2, 3, 4, 5]"]


def unmount():
    return subprocess.run(["umount", disk], capture_output=True).returncode == 0


def run_on_disk(kilobytes):
    os.makedirs(disk, exist_ok=True)
    while unmount():
        pass
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none", disk],
                             capture_output=True)
    if mounted.returncode != 0:
        skip("a full disk needs a small tmpfs, and none can be mounted (root can)")
    return cytotaxis(*words, *MANY, "--out", os.path.join(disk, "out"))


if FULL:
    many = folder("steps-many")
    run_ok(*words, *MANY, "--out", many)
    needed = sum(os.path.getsize(p) for p in result_files(many)) // 1024
    ends = []
    for kilobytes in range(needed, 4 * needed, needed // 4):
        done = run_on_disk(kilobytes)
        ends.append((done.returncode, "long steps are not kept" in done.stderr))
        if done.returncode == 0:
            check(digests(os.path.join(disk, "out")) == digests(many),
                  f"{kilobytes} KiB: another result")
    check((0, True) in ends, f"disks of some sizes: {ends}")
    unmount()

# --- kill -9 at any moment ------------------------------------------------------------------
draw = random.Random(20261127)
killed = saved = 0
for k in range(50 if FULL else 2):
    folder("steps-out")
    for more in ([], ["--resume"])[: 1 + k % 2]:
        ranks = draw.choice((1, 2, 3))
        command = [MPIEXEC, "-n", str(ranks), PROGRAM, *words, "-q", "--out", out, *more]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as run:
            end = time.time() + draw.uniform(0.2, 0.9) * usual_s
            while time.time() < end and run.poll() is None:
                time.sleep(0.005)
            victims = ranks_of(run.pid)
            kill(draw.sample(victims, min(1, len(victims))))
            wait_killed(run)
        killed += run.returncode != 0
    n = whole_steps()
    saved += n
    finished = os.path.exists(os.path.join(out, "slides", "S01.origin.json"))
    resume(f"kill {k}", None if finished else n, ranks=draw.choice((1, 2, 3)))
print(f"{killed} runs killed; {saved} steps were not done again")
finish()
