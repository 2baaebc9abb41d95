"""The scripts of jobs/ on a virtual cluster of two nodes that this test brings up and takes
down (cluster.sh): a cohort over both nodes by srun and by mpiexec, as an array with a
last job, after a node and a rank were killed and after USR1: the bytes of a plain run.
Skipped, with the reason, where such a cluster is not possible. Words after the usual
three are names of tests: only these."""
import csv
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "cohort"))
from common import *

JOBS = os.path.join(SOURCE, "jobs")
CLUSTER = os.path.join(HERE, "cluster.sh")
NODES, CPUS = 2, 2
WAIT_S = 300  # for one job; they take seconds, on a machine that is busy with others too


def cluster(*words):
    return subprocess.run(["bash", CLUSTER, *map(str, words)], capture_output=True, text=True)


def bring_up():
    """One test at a time has the cluster; the lock goes with the process."""
    asked = cluster("check")
    if asked.returncode == SKIP:
        print(asked.stdout.strip())
        sys.exit(SKIP)
    lock = open("/run/cytotaxis-slurm.lock", "w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    up = cluster("up", NODES, CPUS)
    if up.returncode != 0:
        cluster("down")
        check(False, f"no cluster: {up.stdout} {up.stderr}")
        finish()
    os.environ["SLURM_CONF"] = up.stdout.strip()
    for name in [n for n in os.environ if n.startswith("OMPI_MCA_")]:
        del os.environ[name]  # the scripts bring what they need
    return lock


def slurm(*words, **more):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, cwd=WORK,
                          timeout=WAIT_S, env={**os.environ, "CYTOTAXIS": PROGRAM, **more})


def submit(script, *words, options=(), **more):
    done = slurm("sbatch", "--parsable", *options, os.path.join(JOBS, script), *words, **more)
    check(done.returncode == 0, f"sbatch {script}: {done.stderr}")
    return done.stdout.strip()


def fields_of(job):
    said = slurm("scontrol", "show", "job", "-o", job).stdout.splitlines()
    return dict(re.findall(r"(\w+)=(\S+)", said[0])) if said else {}


def wait_until(job, states, what):
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        fields = fields_of(job)
        if fields.get("JobState") in states:
            return fields
        time.sleep(0.2)
    check(False, f"{what}: job {job} is {fields_of(job).get('JobState')} after {WAIT_S} s")
    slurm("scancel", job)
    return {}


OVER = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY"}


def log_of(job):
    path = os.path.join(WORK, f"cytotaxis-{job}.log")
    return open(path).read() if os.path.exists(path) else ""


def finished(job, what, status=0):
    fields = wait_until(job, OVER, what)
    got = fields.get("ExitCode", "none").split(":")[0]
    state = "FAILED" if status else "COMPLETED"
    return check(got == str(status) and fields.get("JobState") == state,
                 f"{what}: {fields.get('JobState')}, status {got}, not {status}: "
                 f"{log_of(job)[-1500:]}")


def same_bytes(out, what):
    found = digests(out)
    for path, digest in good.items():
        check(found.get(path) == digest, f"{what}: {path} differs or is missing")
    check(set(found) == set(good), f"{what}: files {set(found) ^ set(good)}")
    left = [n for _, _, names in os.walk(out) for n in names if ".part" in n]
    check(not left, f"{what}: {left} left behind")


def ranks_of(out):
    """Process numbers of the ranks that write into a folder, on all virtual nodes."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            words = open(f"/proc/{pid}/cmdline", "rb").read().decode().split("\0")
        except OSError:
            continue  # it ended meanwhile
        if words[0] == PROGRAM and out in words:
            found.append(int(pid))
    return found


def wait_for_slide(out, job):
    """Until a first slide is finished and others are under way."""
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        if any(p.endswith(".h5ad") and "slides" in p for p in result_files(out)):
            return True
        if fields_of(job).get("JobState") in OVER:
            break
        time.sleep(0.02)
    return check(False, f"no slide appears in {out}: {log_of(job)[-1500:]}")


# --- what is tried ------------------------------------------------------------------------

def over_two_nodes(launch):
    out = folder(f"by-{launch}")
    job = submit("cohort.sbatch", *WORDS, out, *CONFIG, "-q", CYTOTAXIS_LAUNCH=launch)
    if finished(job, launch):
        check(f"{NODES * CPUS} ranks on {NODES} nodes" in log_of(job), log_of(job))
        same_bytes(out, launch)


def the_doctor_sees_two_hosts():
    place = folder("place")
    os.makedirs(place)
    done = slurm("srun", "--mpi=pmix", "-K1", f"-N{NODES}", f"-n{NODES * CPUS}", PROGRAM,
                 "doctor", place)
    check(done.returncode == 0, f"doctor: {done.returncode} {done.stdout} {done.stderr}")
    check(f"{NODES * CPUS} ranks on {NODES} hosts, started by srun" in done.stdout,
          done.stdout)


def a_folder_of_each_node():
    """The doctor waits a minute for a file that other hosts will never see."""
    inner = ('mkdir -p /run/cyt-own && mount -t tmpfs none /run/cyt-own && '
             f'exec {PROGRAM} doctor /run/cyt-own')
    done = slurm("srun", "--mpi=pmix", "-K1", f"-N{NODES}", f"-n{NODES}", "unshare",
                 "--mount", "sh", "-c", inner)
    check(done.returncode == 69 and "rank 1 on cyt2" in done.stdout
          and "all hosts share" in " ".join(done.stdout.split()),
          f"a folder of each node: {done.returncode} {done.stdout} {done.stderr}")


def an_array_and_its_last_job():
    out = folder("array")
    done = slurm(os.path.join(JOBS, "cohort-array.sh"), "-n", 2, *WORDS, out, *CONFIG, "-q",
                 "--", "--nodes=1-2")
    if not check(done.returncode == 0, f"cohort-array.sh: {done.stdout} {done.stderr}"):
        return
    array, last = done.stdout.split()
    finished(last, "the last job of the array")
    same_bytes(out, "array")


def an_array_with_a_failed_slide():
    """The last job does not wait for ever."""
    broken = write("broken.csv", open(WORDS[0]).read())
    base = os.path.dirname(WORDS[0])
    rows = open(WORDS[0]).read().splitlines()
    lost = rows[2].split(",")[0]
    with open(broken, "w") as f:
        for row in rows:
            f.write(row.replace("slides/", f"{base}/slides/") + "\n")
    out = folder("array-broken")
    done = slurm(os.path.join(JOBS, "cohort-array.sh"), broken, out, *CONFIG, "-q", "--set",
                 "units.gate=off", CYTOTAXIS_FAULT=f"csv.read:0:{lost}")
    if check(done.returncode == 0, f"cohort-array.sh: {done.stdout} {done.stderr}"):
        fields = wait_until(done.stdout.split()[1], OVER, "a failed slide")
        check(fields.get("JobState") == "CANCELLED", f"a failed slide: {fields}")


def slips():
    for script in ("cohort.sbatch", "container.sbatch", "scaling.sbatch"):
        done = slurm("bash", os.path.join(JOBS, script))
        check(done.returncode == 64 and script in done.stderr, f"{script}: {done}")
    done = slurm(os.path.join(JOBS, "cohort-array.sh"), WORDS[0])
    check(done.returncode == 64, f"cohort-array.sh: {done}")
    full = os.path.dirname(WORDS[0])
    done = slurm(os.path.join(JOBS, "cohort-array.sh"), WORDS[0], full)
    check(done.returncode == 73 and "not empty" in done.stderr, f"cohort-array.sh: {done}")


def usr1_in_time():
    """The program stops at a safe point, the job is queued again and goes on."""
    out = folder("usr1")
    job = submit("cohort.sbatch", *WORDS, out, *CONFIG, "-q", "--groups", 1)
    if not wait_for_slide(out, job):
        return
    slurm("scancel", "--batch", "--signal=USR1", job)
    if finished(job, "USR1"):
        check(fields_of(job).get("Restarts") == "1", f"restarts: {fields_of(job)}")
        same_bytes(out, "USR1 and resume")


def a_killed_rank():
    out = folder("killed-rank")
    job = submit("cohort.sbatch", *WORDS, out, *CONFIG, "-q", "--groups", 1)
    if wait_for_slide(out, job):
        for pid in ranks_of(out)[:1]:
            os.kill(pid, signal.SIGKILL)
        fields = wait_until(job, OVER, "a killed rank")
        check(fields.get("JobState") == "FAILED", f"a killed rank: {fields}")
        check(not ranks_of(out), "ranks go on without the one that was killed")


def a_killed_node():
    out = folder("killed-node")
    job = submit("cohort.sbatch", *WORDS, out, *CONFIG, "-q", "--groups", 1)
    if not wait_for_slide(out, job):
        return
    cluster("kill", "cyt2")
    wait_until(job, {"PENDING"}, "a killed node")
    cluster("boot", "cyt2")
    if finished(job, "a killed node"):
        check(fields_of(job).get("Restarts") == "1", f"restarts: {fields_of(job)}")
        same_bytes(out, "a killed node")


def rows_of_scaling():
    place = folder("scaling")
    python = os.path.dirname(sys.executable)  # the one that has what bench/ needs
    job = submit("scaling.sbatch", place, 1000, 4, CYTOTAXIS_REPEATS="1",
                 CYTOTAXIS_BENCH=os.path.join(SOURCE, "bench"),
                 PATH=f"{python}:{os.environ['PATH']}", options=["--output=cytotaxis-%j.log"])
    if not finished(job, "scaling"):
        return
    with open(os.path.join(place, "scaling.csv")) as f:
        rows = list(csv.DictReader(f))
    points = [(r["kind"], r["ranks"], r["slides"]) for r in rows]
    check(points == [("strong", "1", "4"), ("strong", "2", "4"), ("strong", "4", "4"),
                     ("weak", "1", "1"), ("weak", "2", "2"), ("weak", "4", "4")], points)
    for row in rows:
        ratio = float(row["efficiency"])
        check(float(row["wall_s"]) > 0 and float(row["launch_s"]) > 0 and ratio > 0
              and (row["ranks"] != "1" or ratio == 1), f"scaling: {row}")
    with open(os.path.join(place, "prediction.csv")) as f:
        counted = [int(r["ranks"]) for r in csv.DictReader(f) if r["bytes_counted"]]
    check(counted == [1, 2, 4], f"counted on {counted} ranks")
    check(os.path.exists(os.path.join(place, "scaling.svg")), "no picture")


IMAGE, IMAGE_CONF = "localhost/cytotaxis-test", os.path.join(WORK, "..", "container")


def in_a_container():
    """With the image that test_container.py has built, where it is there."""
    conf = os.path.join(IMAGE_CONF, "containers.conf")
    known = shutil.which("podman") and os.path.exists(conf) and subprocess.run(
        ["podman", "image", "exists", IMAGE],
        env={**os.environ, "CONTAINERS_CONF": conf}).returncode == 0
    if not known:
        print("container.sbatch was not tried: run the test \"container\" first")
        return
    out = folder("contained")
    job = submit("container.sbatch", IMAGE, *WORDS, out, *CONFIG, "-q",
                 CYTOTAXIS_RUNTIME="podman", CYTOTAXIS_BIND=WORK, CONTAINERS_CONF=conf)
    if finished(job, "container"):
        same_bytes(out, "container")


APPTAINER = """#!/bin/sh
# Takes the words of apptainer as container.sbatch gives them, but starts no container.
[ "$1" = exec ] || exit 99
shift
while [ "${1#-}" != "$1" ]; do
    case $1 in
    --pwd) cd "$2" || exit 99 ;;
    --bind) [ -d "$2" ] || exit 99 ;;
    *) exit 99 ;;
    esac
    shift 2
done
[ -f "$1" ] || exit 99
shift
exec "$@"
"""


def by_the_words_of_apptainer():
    """Debian 12 has no apptainer: a stand-in, and the program outside."""
    place = folder("stand-in")
    for name, text_ in (("apptainer", APPTAINER), ("cytotaxis.sif", "")):
        os.chmod(write(f"stand-in/{name}", text_), 0o755)
    out = folder("apptainer")
    path = ":".join((place, os.path.dirname(PROGRAM), os.environ["PATH"]))
    job = submit("container.sbatch", os.path.join(place, "cytotaxis.sif"), *WORDS, out,
                 *CONFIG, "-q", CYTOTAXIS_BIND=WORK, PATH=path)
    if finished(job, "apptainer"):
        same_bytes(out, "apptainer")


def groups_of_the_plan():
    """One slide is so dear that its group has ranks of both nodes, and falls apart."""
    record = json.load(open(os.path.join(plain, "run.json")))
    first, *others = record["slides"]
    for slide in record["slides"]:
        slide.update(wall_s=100, ranks=1, n_cells=1000, rows=800, columns=800)
    first.update(wall_s=800, n_cells=8000)
    measured = write("measured.json", json.dumps(record))
    out = folder("planned")
    job = submit("cohort.sbatch", *WORDS, out, *CONFIG, "--measured", measured)
    if finished(job, "a plan"):
        got = [s["ranks"] for s in json.load(open(os.path.join(out, "run.json")))["slides"]]
        check(got == [3, 1, 1, 1], f"ranks of slides: {got}: {log_of(job)}")
        same_bytes(out, "a plan")


def by_srun():
    over_two_nodes("srun")


def by_mpiexec():
    over_two_nodes("mpiexec")


# The plain tests take less than a minute; nodes and clocks of SLURM take longer.
TESTS = [by_srun, by_mpiexec, the_doctor_sees_two_hosts, slips, usr1_in_time, a_killed_rank,
         an_array_and_its_last_job]
if FULL:
    TESTS += [groups_of_the_plan, in_a_container, by_the_words_of_apptainer, a_killed_node,
              rows_of_scaling, a_folder_of_each_node, an_array_with_a_failed_slide]

lock = bring_up()
for name in os.listdir(WORK):  # numbers of jobs begin anew with each cluster
    if re.fullmatch(r"cytotaxis-.*\.log", name):
        os.remove(os.path.join(WORK, name))
try:
    made = folder("cohort")
    run_ok("synth", "--out", made, "--slides", 4, "--patients", 4, "--cells", 600, "-q")
    WORDS = [os.path.join(made, "samplesheet.csv")]
    CONFIG = ["--config", os.path.join(made, "config.yaml")]
    plain = folder("plain")
    run_ok("run", *WORDS, *CONFIG, "--out", plain, "-q")
    good = digests(plain)
    only = sys.argv[4:]
    for test in [t for t in TESTS if not only or t.__name__ in only]:
        begin = time.monotonic()
        test()
        print(f"{test.__name__}: {time.monotonic() - begin:.1f} s", flush=True)
finally:
    cluster("down")
finish()
