"""What the program tests share: run it, read what it wrote, count what failed."""
import hashlib
import json
import os
import signal
import subprocess
import sys

import h5py
import numpy as np

PROGRAM, MPIEXEC, WORK = sys.argv[1:4]
PLUGINS = os.path.join(os.path.dirname(PROGRAM), "..", "plugins")
FULL = bool(os.environ.get("CYTOTAXIS_FULL"))
SOURCE = os.path.normpath(os.path.join(os.path.dirname(__file__), "..", ".."))
DATA = os.environ.get("CYTOTAXIS_DATA") or os.path.join(SOURCE, "..", "shared", "data")
SKIP = 77  # ctest counts this exit status as skipped

failures = []
checks = 0
reports = True


def without_reports():
    """Runs of this test write no report: its maps take longer than all the rest."""
    global reports
    reports = False


def check(condition, what):
    """Count one check; a failed one is told at once and makes the test fail at its end."""
    global checks
    checks += 1
    if not condition:
        failures.append(what)
        print("FAILED:", what, flush=True)
    return bool(condition)


def finish():
    print(f"{checks} checks, {len(failures)} failed")
    sys.exit(1 if failures or checks == 0 else 0)


def skip(why):
    print("SKIPPED:", why)
    sys.exit(SKIP)


def need_data(*names):
    for name in names:
        if not os.path.exists(os.path.join(DATA, "cohorts", name)):
            skip(f"cohort {name} is not under {DATA} (set CYTOTAXIS_DATA)")


def cytotaxis(*words, ranks=1, env=None, timeout=240, program=None):
    """Run the program; a hang is a failure of the test, never of the machine."""
    command = [program or PROGRAM, *map(str, words)]
    if words[:1] == ("run",) and not reports and "--no-report" not in words:
        command.append("--no-report")
    if ranks:
        command = [MPIEXEC, "-n", str(ranks), *command]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout,
                              env={**os.environ, **(env or {})})
    except subprocess.TimeoutExpired as late:
        check(False, f"hangs: {' '.join(command)}: {late.stderr}")
        return subprocess.CompletedProcess(command, 124, "", "hang")


def ranks_of(launcher):
    """Processes of the program below a launcher."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            parent = int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])
            if parent == launcher and os.readlink(f"/proc/{pid}/exe") == os.path.realpath(PROGRAM):
                found.append(int(pid))
        except (OSError, IndexError):
            continue
    return sorted(found)


def kill(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it ended meanwhile


def wait_killed(run):
    """Until a launcher ends of which a rank was killed. One that does not, though no rank is
    left, as when that was before all had started, is ended; ranks that are left hang."""
    try:
        run.wait(timeout=60)
    except subprocess.TimeoutExpired:
        left = ranks_of(run.pid)
        check(not left, f"ranks hang after another was killed: {run.args}")
        kill([run.pid, *left])
        run.wait()


def run_ok(*words, **options):
    done = cytotaxis(*words, **options)
    check(done.returncode == 0, f"{words}: exit {done.returncode}: {done.stderr[-2000:]}")
    return done


def folder(name):
    path = os.path.join(WORK, name)
    subprocess.run(["rm", "-rf", path], check=True)
    return path


def write(name, text):
    path = os.path.join(WORK, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    return path


def result_files(out):
    found = []
    for base, _, names in os.walk(out):
        found += [os.path.join(base, n) for n in names if n.endswith((".h5ad", ".h5"))]
    return sorted(found)


def digests(out):
    """sha256 of every result file, by path under out."""
    return {os.path.relpath(p, out): hashlib.sha256(open(p, "rb").read()).hexdigest()
            for p in result_files(out)}


def contents(of):
    """Every file of a folder by its path; of run.json only that it is there."""
    found = {}
    for base, _, names in os.walk(of):
        for name in names:
            path = os.path.join(base, name)
            data = b"" if name == "run.json" else open(path, "rb").read()
            found[os.path.relpath(path, of)] = hashlib.sha256(data).hexdigest()
    return found


def geojson(polygons):
    """A FeatureCollection of (label, rings) as QuPath would write it."""
    return json.dumps({"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": rings},
         "properties": {"objectType": "annotation", "classification": {"name": label}}}
        for label, rings in polygons]})


def with_regions(sheet, regions, um_per_px):
    """Another samplesheet beside this one: every slide with these regions."""
    header, *rows = open(sheet).read().splitlines()
    more = [f"{header},regions,regions_um_per_px",
            *(f"{row},{os.path.basename(regions)},{um_per_px}" for row in rows)]
    return write(sheet.replace(".csv", ".regions.csv"), "\n".join(more) + "\n")


REGIONS = [("Tumor", [[[10, 10], [700, 100], [600, 650], [50, 500], [10, 10]],
                      [[200, 200], [200, 400], [400, 400]]]),
           ("Stroma \u00e9", [[[500, 300], [1500, 200], [900, 1200]]]),
           ("Tumor", [[[900, 900], [950, 900], [950, 950]]]),
           ("nowhere", [[[-900, -900], [-950, -900], [-950, -950]]])]


def text(values):
    return [v.decode() if isinstance(v, bytes) else str(v) for v in values]


def cohort(out):
    """cohort.h5ad as (slides, metrics, matrix)."""
    with h5py.File(os.path.join(out, "cohort.h5ad")) as f:
        slides = text(f["obs"][f["obs"].attrs["_index"]][()])
        metrics = text(f["var"][f["var"].attrs["_index"]][()])
        return slides, metrics, f["X"][()]


def close(got, want, relative):
    got, want = np.asarray(got, float), np.asarray(want, float)
    same = np.isnan(got) == np.isnan(want)
    near = np.abs(got - want) <= relative * np.abs(want)
    return bool(np.all(same & (near | np.isnan(want))))


os.makedirs(WORK, exist_ok=True)
os.environ["HDF5_PLUGIN_PATH"] = PLUGINS
