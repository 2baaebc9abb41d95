#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Pooled estimates against R's metafor.

    test_pooling.py POOL_OF FOLDER

Seeded cohorts: from 2 patients on, with one slide each or several, alike or not, with
errors that differ by orders of magnitude.
"""
import random
import subprocess
import sys
from pathlib import Path

# metafor stops its iteration at a step of 1e-11, in units of tau2; what follows from it is as near.
NEAR = 1e-7
COHORTS = 60


def cohort(seed):
    draw = random.Random(seed)
    n = draw.choice((2, 3, 4, 7, 12, 40))
    tau, omega = draw.choice((0, 0.3, 2)), draw.choice((0, 0.5))
    widest = draw.choice((0.1, 1, 3))
    lines = []
    for patient in range(n):
        mean = 0.4 + tau * draw.gauss(0, 1)
        for _ in range(1 if seed % 3 == 0 else draw.randint(1, 4)):
            sd = 0.2 * 10 ** draw.uniform(0, widest)
            y = mean + omega * draw.gauss(0, 1) + sd * draw.gauss(0, 1)
            lines.append(f"{patient} {y!r} {sd * sd!r}")
    draw.shuffle(lines)
    return "\n".join(lines) + "\n"


def ours(program, text):
    done = subprocess.run([program, "0.95"], input=text, text=True, check=True,
                          capture_output=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    return [float(lines[-2][1]), *map(float, lines[-1][2:])]


def close(a, b):
    if a != a or b != b:
        return a != a and b != b
    return abs(a - b) <= NEAR * (1 + abs(b))


def main():
    program, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"cohort{seed}.txt" for seed in range(COHORTS)]
    for seed, file in enumerate(files):
        file.write_text(cohort(seed))
    here = Path(__file__).parent
    done = subprocess.run(["Rscript", here / "pool.R", *files], text=True,
                          capture_output=True)
    if done.returncode:
        sys.exit(done.stderr)
    theirs = [list(map(float, line.split())) for line in done.stdout.splitlines()]
    names = "omega2 mean se lo hi p tau2 Q Q_p I2 from upto".split()
    faults, between, within = [], 0, 0
    for file, want in zip(files, theirs, strict=True):
        got = ours(program, file.read_text())
        between += want[6] > 0
        within += want[0] > 0
        faults += [f"{file.name}: {name} {g!r}, metafor {w!r}"
                   for name, g, w in zip(names, got, want, strict=True) if not close(g, w)]
    if not (10 < between < COHORTS and 10 < within < COHORTS):
        faults.append(f"cohorts too much alike: {between}, {within}")
    for fault in faults:
        print(fault)
    sys.exit(bool(faults))


main()
