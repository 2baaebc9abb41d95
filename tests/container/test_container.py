"""The container: built twice from the same commit it has the same digest; it runs as a
plain user, tells its version, finds nothing broken in itself, and its results are those
of the program outside, byte for byte, alone and on two ranks. Skipped, with the reason,
where containers or a base to build on cannot be had."""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "cohort"))
from common import *

BASE, IMAGE = "localhost/cytotaxis-test-base", "localhost/cytotaxis-test"
BUILD_S = 3000  # fetching 150 MB of packages and compiling, on a busy machine


def podman(*words, timeout=300):
    return subprocess.run(["podman", *map(str, words)], capture_output=True, text=True,
                          timeout=timeout)


def container(*words):
    return podman("run", "--rm", "--network", "none", *words)


def make_base():
    done = subprocess.run(["bash", os.path.join(HERE, "base.sh"), WORK, BASE],
                          capture_output=True, text=True, timeout=BUILD_S)
    if done.returncode == SKIP:
        print(done.stdout.strip())
        sys.exit(SKIP)
    if not check(done.returncode == 0, f"no base: {done.stdout} {done.stderr}"):
        finish()
    os.environ["CONTAINERS_CONF"] = os.path.join(WORK, "containers.conf")


def build(tag):
    """The digest of the image; 69 of install-locked.sh: the archive has moved on."""
    done = subprocess.run(["bash", os.path.join(SOURCE, "container", "build.sh"), BASE, tag],
                          capture_output=True, text=True, timeout=BUILD_S)
    if "is not in this archive" in done.stderr and not os.environ.get("CYTOTAXIS_MIRROR"):
        skip("the archive no longer has the versions of container/*.lock")
    if not check(done.returncode == 0, f"build: {done.stderr[-3000:]}"):
        finish()
    return done.stdout.strip()


def enter(*words, ranks=0):
    """The program inside, with WORK at its own path and as whoever owns that."""
    start = ["mpirun", "-n", ranks, "cytotaxis"] if ranks else ["cytotaxis"]
    return container("--user", f"{os.getuid()}:{os.getgid()}", "--volume",
                  f"{WORK}:{WORK}", "--env", "OMPI_ALLOW_RUN_AS_ROOT=1", "--env",
                  "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1", "--env",
                  "OMPI_MCA_rmaps_base_oversubscribe=1", "--entrypoint", start[0], IMAGE,
                  *start[1:], *words)


def built_twice(first, second):
    check(first.startswith("sha256:") and first == second,
          f"two builds differ: {first} {second}")


def what_it_says():
    about = json.loads(podman("image", "inspect", IMAGE).stdout)[0]
    labels = about["Config"]["Labels"]
    commit = subprocess.run(["git", "-C", SOURCE, "describe", "--always"], text=True,
                            capture_output=True).stdout.strip()
    check(labels["org.opencontainers.image.revision"] == commit, labels)
    check(labels["org.opencontainers.image.licenses"] == "BSD-3-Clause", labels)
    check(about["Config"]["User"] == "cytotaxis", about["Config"])
    said = container(IMAGE, "--version").stdout
    check(said.startswith("cytotaxis ") and commit in said, said)
    who = container("--entrypoint", "id", IMAGE, "-u").stdout.strip()
    check(who == "10001", f"runs as {who}")
    well = container(IMAGE, "doctor", "/tmp")
    check(well.returncode == 0 and "doubt" not in well.stdout, f"doctor: {well.stdout}")
    tools = container("--entrypoint", "sh", IMAGE, "-c",
                   "ls /source /build; command -v gcc cmake")
    check(not tools.stdout.strip(), f"left of the build: {tools.stdout}")


def the_same_results():
    made, outside = folder("cohort"), folder("outside")
    run_ok("synth", "--out", made, "--slides", 4, "--patients", 4, "--cells", 1500, "-q")
    words = [f"{made}/samplesheet.csv", "--config", f"{made}/config.yaml", "-q"]
    run_ok("run", *words, "--out", outside)
    for ranks in (0, 2):
        inside = folder(f"inside-{ranks}")
        done = enter("run", *words, "--out", inside, ranks=ranks)
        check(done.returncode == 0, f"inside on {ranks}: {done.stdout} {done.stderr}")
        check(digests(inside) == digests(outside), f"inside on {ranks}: other bytes")


make_base()
first = build(IMAGE)
what_it_says()
the_same_results()
if FULL:
    built_twice(first, build(IMAGE + "-again"))
finish()
