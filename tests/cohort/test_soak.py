"""Memory over a long time: thousands of slides in one run. What each rank holds may grow
by the records of the slides it has done (they become run.json), and by nothing else."""
import json
import os
import subprocess
import time

from common import *

MADE, ROUNDS = 24, 100  # slides made, and how often each is asked for under another name
SETTINGS = ["--set", "patterns={pair_radii_um: [20, 50], nearest_radii_um: [5, 20], "
            "graph: delaunay, permutations: 9, metric_types: [CD8 T, Tumor]}",
            "--set", "output.fields=none", "--set", "trap.basin_depth=0.05"]

made = folder("soak-cohort")
run_ok("synth", "--out", made, "--slides", MADE, "--patients", 12, "--cells", 800, "--seed", 5)
header, *rows = open(os.path.join(made, "samplesheet.csv")).read().splitlines()
again = [row.replace(",", f"r{k},", 1) for k in range(ROUNDS) for row in rows]
sheet = write(os.path.join(made, "long.csv"), "\n".join([header, *again]) + "\n")
out = folder("soak-out")


def held_bytes(parent):
    """Resident memory of the ranks under a launcher, added up."""
    ranks = subprocess.run(["pgrep", "-P", str(parent), "-x", "cytotaxis"],
                           capture_output=True, text=True).stdout.split()
    total = 0
    for rank in ranks:
        try:
            lines = open(f"/proc/{rank}/status").read().splitlines()
        except OSError:
            continue  # it has just ended
        total += sum(1024 * int(l.split()[1]) for l in lines if l.startswith("VmRSS:"))
    return total if len(ranks) == 2 else 0


def n_done():
    where = os.path.join(out, "slides")
    names = os.listdir(where) if os.path.isdir(where) else []
    return sum(n.endswith(".origin.json") for n in names)


seen = []  # (slides done, bytes held)
with open(os.path.join(WORK, "soak.log"), "w") as log:
    run = subprocess.Popen([MPIEXEC, "-n", "2", PROGRAM, "run", sheet, "--config",
                            os.path.join(made, "config.yaml"), "--out", out, "--no-report",
                            "-q", *SETTINGS], stdout=log, stderr=log)
    while run.poll() is None:
        held, done = held_bytes(run.pid), n_done()
        if held and done:
            seen.append((done, held))
        time.sleep(2)
check(run.returncode == 0, f"exit {run.returncode}")

# From a tenth of the way, when every kind of slide has been met, until before the cohort
# stage: medians over some readings, as a slide's own memory comes and goes.
course = [s for s in seen if len(again) / 10 < s[0] < len(again)]
check(len(course) >= 12, f"only {len(course)} readings")
part = max(1, len(course) // 6)
begin, end = (np.median(np.array(c, float), axis=0) for c in (course[:part], course[-part:]))
slides, grown = end - begin
made_records = json.load(open(os.path.join(out, "run.json")))["slides"]
record = np.mean([len(json.dumps(r, separators=(",", ":"))) for r in made_records])
print(f"{slides:.0f} slides: a record has {record:.0f} bytes, memory of both ranks grew by "
      f"{grown / slides:.0f} bytes a slide")
check(grown <= 1.25 * record * slides + 1e6, "memory grows by more than the records")
finish()
