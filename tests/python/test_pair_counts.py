#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Counts of pairs equal those of scipy, on every real cohort that has them.

    test_pair_counts.py PAIRS_OF MPIEXEC

All slides, all pairs of types, all radii; with coordinates taken as µm on one rank, and
with another unit on three. Status 77 when the data (CYTOTAXIS_DATA) are not there.
"""
import csv
import gzip
import math
import os
import subprocess
import sys

import rows

DATA = rows.data_folder()
check = rows.Checks()
# (ranks, µm per unit, pixel in µm): another unit must not move a pair across a radius.
WAYS = [(1, 1.0, 5.0), (3, 0.377, 2.0)]


def table(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def in_um(radius, um_per_unit):
    """A number of µm that is the radius again when divided by the unit."""
    near = radius * um_per_unit
    for um in (near, math.nextafter(near, 0), math.nextafter(near, math.inf)):
        if um / um_per_unit == radius:
            return um
    raise ValueError(f"{radius} units are no number of µm")


def count(program, mpiexec, cohort, radii, way):
    """{(slide, a, b): (cells, cells, pairs...)} of a cohort's slides."""
    ranks, um_per_unit, spacing = way
    sheet = table(DATA / "cohorts" / cohort / "sheet.csv")
    first = sheet[0]
    column = first["filter"].split("=", 1)[0]
    same = all(row["data_path"] == first["data_path"] for row in sheet)
    if not check(same, f"{cohort}: slides of several files"):
        return {}
    command = [mpiexec, "-n", ranks, program,
               DATA / "cohorts" / cohort / first["data_path"], first["x"], first["y"],
               first["id"], first["type"], column, repr(um_per_unit), spacing,
               ",".join(repr(in_um(r, um_per_unit)) for r in radii)]  # fmt: skip
    slides = "".join(row["filter"].split("=", 1)[1] + "\n" for row in sheet)
    told = subprocess.run(list(map(str, command)), input=slides, text=True,
                          capture_output=True)  # fmt: skip
    check(told.returncode == 0, f"{cohort}: {told.stderr}")
    lines = [line.split("\t") for line in told.stdout.splitlines()]
    return {tuple(line[:3]): tuple(map(int, line[3:])) for line in lines}


def compare(program, mpiexec, reference, way):
    """Each number of the reference; what it leaves out must be no pair at all."""
    cohort = reference.parent.name
    want = table(reference)
    columns = [name for name in want[0] if name.startswith("pairs_le_")]
    radii = [float(name.removeprefix("pairs_le_")) for name in columns]
    got = count(program, mpiexec, cohort, radii, way)
    n, wrong = 0, check.wrong
    for row in want:
        key = row["slide"], row["a"], row["b"]
        theirs = tuple(int(float(row[c])) for c in ("n_a", "n_b", *columns))
        check(got.pop(key, None) == theirs, f"{cohort} {key}: scipy has {theirs}")
        n += len(columns)
    for key, ours in got.items():
        check(not any(ours[2:]), f"{cohort} {key}: {ours}, and nothing of scipy")
    check(n > 0, f"{cohort}: nothing compared")
    if check.wrong == wrong:
        print(f"{cohort}: {n} counts on {way[0]} ranks equal scipy's")


def main(program, mpiexec):
    references = sorted(DATA.glob("reference/*/pairs_scipy.csv.gz")) if DATA else []
    if not references:
        print("SKIPPED: nothing was compared: set CYTOTAXIS_DATA to a folder with cohorts/ "
              "and reference/*/pairs_scipy.csv.gz")
        return rows.SKIP
    for reference in references:
        for way in WAYS:
            compare(program, mpiexec, reference, way)
    return check.done(1000)


sys.exit(main(*sys.argv[1:]))
