"""cytotaxis doctor: on a machine that is well nothing is broken; each thing that can be
made ill here (no folder, no right to write, a full disk, a failing rank, a launcher that
did not connect, settings of MPI-IO, the plugin's path) is found with its cure and status
69, on any number of ranks, and no trial file stays."""
import re

from common import *

CHECKS = ["launcher", "MPI", "cores", "processors", "folder", "file locks",
          "HDF5 filters", "written by all", "MPI-IO", "plugin"]
WIDTH = 88


def findings(text):
    """{check: (verdict, what is said, cure)} in the order they stand."""
    found = {}
    for line in text.splitlines():
        start = re.match(r"(fine|doubt|BROKEN)\s+(.+)$", line)
        if start:
            name = line[8:24].strip()
            found[name] = [start.group(1), line[24:], ""]
        elif line.strip().startswith("cure: "):
            found[name][2] = line[24:]
        else:
            found[name][2 if found[name][2] else 1] += " " + line.strip()
    return found


def doctor(*words, ranks=2, status=0, **options):
    done = cytotaxis("doctor", *words, ranks=ranks, **options)
    check(done.returncode == status, f"{words}: exit {done.returncode}: {done.stderr}")
    found = findings(done.stdout)
    check(list(found) == CHECKS, f"{words} on {ranks}: {list(found)}")
    for name, (verdict, said, cure) in found.items():
        check(said and bool(cure) == (verdict != "fine"), f"{name}: {said!r}, {cure!r}")
    long = [line for line in done.stdout.splitlines()
            if len(line) > WIDTH and " " in line[24:].strip()]
    check(not long, f"longer than {WIDTH} columns: {long}")
    broken = [name for name, (verdict, *_) in found.items() if verdict == "BROKEN"]
    check(bool(broken) == (status == 69), f"{words}: broken {broken}, status {status}")
    if status == 69:
        check(f"{len(broken)} of {len(CHECKS)} checks" in done.stderr, done.stderr)
    return found, broken


def empty(place):
    check(not os.listdir(place), f"left behind: {os.listdir(place)}")


def a_healthy_machine(place):
    for ranks in (0, 1, 2, 3, 4):
        found, _ = doctor(place, ranks=ranks)
        who = "1 rank on 1 host" if ranks < 2 else f"{ranks} ranks on 1 host"
        check(found["launcher"][1].startswith(who), found["launcher"][1])
        check("without a launcher" in found["launcher"][1] if ranks == 0
              else "by mpiexec" in found["launcher"][1], found["launcher"][1])
        check(found["MPI-IO"][:2] == ["fine", "io ompio (default), fcoll individual"],
              found["MPI-IO"])
        check(found["plugin"][0] == "fine", found["plugin"])
        check("deflate" in found["HDF5 filters"][1], found["HDF5 filters"])
        empty(place)


def no_folder_or_no_right(place):
    found, broken = doctor(os.path.join(place, "nowhere"), status=69, ranks=3)
    check(found["written by all"][1] == "not tried without a folder", found)
    check(broken == ["folder"], broken)
    if os.getuid() == 0 and os.path.exists("/sys/kernel"):  # no one makes files there
        found, broken = doctor("/sys/kernel", status=69)
        check(broken == ["folder"], broken)
        check("cytotaxis doctor FOLDER" in found["folder"][2], found["folder"])


def one_failing_rank(place):
    for rank in (0, 1, 2):
        found, broken = doctor(place, ranks=3, status=69,
                               env={"CYTOTAXIS_FAULT": f"store.write:{rank}"})
        check(broken == ["written by all"], broken)
        check(f"rank {rank}: " in found["written by all"][1], found["written by all"])
        empty(place)


def a_full_disk(place):
    """A file system of 64 KiB, where the user may mount one."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", place],
                             capture_output=True).returncode == 0
    if not mounted:
        print("a full disk was not tried: mounting one is not allowed here")
        return
    try:
        found, broken = doctor(place, ranks=2, status=69)
        check(broken == ["written by all"], broken)
        check("tmpfs" in found["folder"][1], found["folder"])
        check("space" in found["written by all"][1], found["written by all"])
        empty(place)
    finally:
        subprocess.run(["umount", place], check=True)


def tasks_without_mpi(place):
    env = {"SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "0"}
    found, broken = doctor(place, ranks=0, status=69, env=env)
    check(broken == ["launcher"], broken)
    check("srun --mpi=pmix" in found["launcher"][2], found["launcher"])
    second = cytotaxis("doctor", place, ranks=0, env={**env, "SLURM_PROCID": "1"})
    check(second.returncode == 69 and not second.stdout, "only the first task speaks")


def settings(place):
    found, _ = doctor(place, env={"OMPI_MCA_fcoll": "dynamic"})
    check(found["MPI-IO"][0] == "doubt" and "dynamic" in found["MPI-IO"][1], found["MPI-IO"])
    for path, others in ((f"{place}:/nowhere", ":$HDF5_PLUGIN_PATH"), ("", "")):
        found, _ = doctor(place, env={"HDF5_PLUGIN_PATH": path})
        cure = found["plugin"][2]
        check(cure == f"export HDF5_PLUGIN_PATH={os.path.realpath(PLUGINS)}{others}", cure)
    found, _ = doctor(place, env={"HDF5_PLUGIN_PATH": f"/nowhere:{PLUGINS}"})
    check(found["plugin"][0] == "fine", found["plugin"])
    many = os.cpu_count() + 1
    found, _ = doctor(place, ranks=many, env={"OMPI_MCA_mpi_yield_when_idle": "1"})
    check(found["cores"][0] == "doubt" and "yield" in found["cores"][1], found["cores"])


place = folder("place")
os.makedirs(place)
for test in (a_healthy_machine, no_folder_or_no_right, one_failing_rank, a_full_disk,
             tasks_without_mpi, settings):
    test(place)
finish()
