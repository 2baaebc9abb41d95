"""bench/scaling.py on runs that were made up: it finds the network they had, holds counts
against formulas, and predicts what the formulas say.

    test_scaling.py BENCH_FOLDER WORK_FOLDER
"""
import csv
import json
import math
import shutil
import subprocess
import sys
import xml.dom.minidom
from pathlib import Path

BENCH, WORK = Path(sys.argv[1]), Path(sys.argv[2])
LATENCY, PER_BYTE, WORK_S, REST_S = 20e-6, 1e-9, 4.0, 0.01
PHASES = ["read", "strips", "nearest", "tissue", "maps", "signals", "patterns", "write"]
failed = 0


def check(condition, what):
    global failed
    if not condition:
        failed += 1
        print("FAILED:", what)


def even(x):
    return {"min": x, "mean": x, "max": x}


def exchange(size, messages):
    return {"calls": 9, "messages": even(messages), "bytes_sent": even(size),
            "bytes_received": even(size)}


def phase(p, wrong):
    """Halos of 1 MB, a transpose of 100 MB, 50 reductions."""
    found = {"reduce": exchange(400.0 * (p > 1), 50 * (math.ceil(math.log2(p)) if p > 1 else 0)),
             "halo_rows": exchange(2e6 * (p - 1) / p * wrong, 2 * 7 * (p - 1) / p),
             "transpose": exchange(1e8 * (p - 1) / p**2, 2 * (p - 1))}
    took = sum(LATENCY * e["messages"]["mean"] + PER_BYTE * e["bytes_sent"]["mean"]
               for e in found.values())
    busy = WORK_S / p + REST_S
    return {"calls": 1, "wall_s": even(busy + took), "busy_s": even(busy),
            "exchange_s": even(took), "imbalance": 0.0, "exchanges": found}


def keep(folder, kind, p, cells, wrong=1.0):
    phases = {name: phase(p, wrong if name == "signals" else 1.0) for name in PHASES}
    slide = {"phases": phases, "cells_per_rank": even(cells / p), "columns": 1000,
             "rows_per_rank": even(1024 / p), "rows": 1024,
             "compute": {"imbalance": 0.0, "busy_s": even(1.0)}}
    wall = sum(f["wall_s"]["max"] for f in phases.values())
    for turn in range(3):
        (folder / "points").mkdir(parents=True, exist_ok=True)
        path = folder / "points" / f"{kind}-{p}r-1s-{cells}c-{turn}.json"
        path.write_text(json.dumps({"wall_s": wall if turn else 99.0, "slides": [slide]}))


def tell(name, wrong=1.0):
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    for p in (1, 2, 4):
        keep(folder, "strong", p, 5000)
    for p in (1, 2, 4, 16, 64):
        keep(folder, "counts", p, 5000, wrong if p == 16 else 1.0)
    done = subprocess.run([sys.executable, BENCH / "scaling.py", "tell", folder],
                          capture_output=True, text=True)
    return folder, done


def table(path):
    return list(csv.DictReader(path.open()))


folder, done = tell("scaling-good")
check(done.returncode == 0, f"exit {done.returncode}: {done.stderr}")
check("model: 20 us a message, 1000 MB/s a rank" in done.stdout, done.stdout)
check(all(abs(float(r["off"])) < 1e-6 for r in table(folder / "formulas.csv")), "formulas")
check({r["kind"] for r in table(folder / "points.csv")} == {"strong"}, "times of counts")
for row in table(folder / "points.csv"):
    p = int(row["ranks"])
    check(row["turns"] == "2" and float(row["run_max_s"]) < 99, "the first turn counts")
    if row["kind"] == "strong" and p > 1:
        want = phase(1, 1)["wall_s"]["max"] / phase(p, 1)["wall_s"]["max"] / p
        check(abs(float(row["compute_efficiency"]) / want - 1) < 1e-4, f"efficiency of {p}")
predicted = table(folder / "prediction.csv")
check([int(r["ranks"]) for r in predicted] == [2**k for k in range(13)], "ranks predicted")
for row in predicted:
    want = len(PHASES) * phase(int(row["ranks"]), 1)["wall_s"]["max"]
    check(abs(float(row["time_s"]) / want - 1) < 1e-3, f"time on {row['ranks']} ranks")
    for what in ("bytes", "halo_bytes", "messages"):
        got, want = row[f"{what}_counted"], float(row[f"{what}_per_rank"])
        check((got == "") == (int(row["ranks"]) not in (1, 2, 4, 16, 64)), f"{what}: {row}")
        check(got == "" or abs(float(got) - want) <= 1e-4 * want, f"{what} counted: {row}")
phases = table(folder / "phases.csv")
check(len(phases) == 8 * len(PHASES), f"{len(phases)} rows of phases")
xml.dom.minidom.parse(str(folder / "scaling.svg"))

folder, done = tell("scaling-off", wrong=1.1)
check(done.returncode == 1, f"a halo 10 % off passes: {done.stdout}")
check("OFF: signals, halo_rows, 16 ranks" in done.stdout, done.stdout)
print(f"{failed} failed")
sys.exit(failed > 0)
