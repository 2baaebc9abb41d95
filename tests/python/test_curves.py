#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""K, G and Clark-Evans against spatstat.

    test_curves.py CURVES_OF FOLDER

Patterns that come with spatstat (exported to FOLDER by R), and the cohorts of the data
folder (CYTOTAXIS_DATA) that have reference/COHORT/KG_spatstat.csv. Status 77 when there
are neither.

spatstat works on a grid of distances. Its reduced sample of G and its border K count a
point as seen up to the grid's next value beyond its distance b to the edge; ours up to b.
So where some b lies within a step below r the two may differ, and are not compared.
"""
import collections
import csv
import gzip
import math
import subprocess
import sys
from pathlib import Path

import rows

NONE, BORDER, RAW, HANISCH, REDUCED, KM = range(6)

check = rows.Checks()


class Curves:
    """What curves_of says of one pattern."""

    def __init__(self, program, box, cells, a, b, radii):
        self.two = [(x, y, 0 if t == a else 1) for x, y, t in cells if t in (a, b)]
        self.b = 0 if a == b else 1
        head = [*map(repr, box), "0", str(self.b), str(len(radii)), str(len(self.two))]
        lines = [" ".join(head), " ".join(map(repr, radii)),
                 *(f"{x!r} {y!r} {t}" for x, y, t in self.two)]
        done = subprocess.run([program], input="\n".join(lines), text=True, check=True,
                              capture_output=True)
        table = [list(map(float, line.split())) for line in done.stdout.splitlines()]
        self.at = dict(zip(radii, table))
        self.mean, self.naive, self.donnelly = table[-1]
        self.edges = [min(x - box[0], box[1] - x, y - box[2], box[3] - y)
                      for x, y, t in self.two if t == 0]

    def sees_alike(self, r, step):
        return not any(r - step <= b <= r for b in self.edges)


def close(have, want, relative):
    return abs(have - want) <= relative * abs(want)


# --- patterns of spatstat.data -------------------------------------------------------------

PRINTED = 1e-6  # relative: the table has 6 to 8 significant digits
# Coordinates are multiples of 1/1000, or nearly: some pairs are r apart but for rounding,
# and count or not. spatstat's number must lie between those just below and just above r.
NUDGE = 1e-9
FEW_TIES = 0.01  # so near the two must be
STEP = 0.25 / 512  # of spatstat's grid: to a quarter of the shorter side, which is 1

# pattern, from, to, r, K none, K border, G raw, G reduced sample (spatstat.explore 3.0.6)
TABLE = [
    ("lansing", "hickory", "maple", .05, .0044888222, .0051497084, .617354, .637708),
    ("lansing", "hickory", "maple", .1, .019557649, .025915773, .866287, .972222),
    ("lansing", "blackoak", "hickory", .05, .0087877351, .008757984, .977778, .990196),
    ("amacrine", "off", "on", .05, .0079377921, .0079224646, .683099, .685950),
    ("amacrine", "off", "on", .1, .029006324, .030387306, .992958, 1),
    ("bramblecanes", "0", "1", .05, .012806135, .013274673, .972145, .993485),
    ("bramblecanes", "0", "1", .1, .039091271, .042414175, .991643, 1),
    ("bramblecanes", "1", "2", .1, .038895282, .04079808, .916883, .925651),
]  # fmt: skip

# pattern, from, to, mean distance; pattern, type, Clark-Evans, Donnelly's
MEANS = [
    ("lansing", "hickory", "maple", .05182368),
    ("lansing", "blackoak", "hickory", .020669311),
    ("amacrine", "off", "on", .044526814),
    ("bramblecanes", "0", "1", .0126127),
    ("bramblecanes", "1", "2", .04807479),
]  # fmt: skip
INDICES = [
    ("lansing", "hickory", .9145018, .9001201),
    ("amacrine", "off", 1.5323466, 1.4764580),
]  # fmt: skip


def pattern(folder, name):
    first, *rest = (folder / f"{name}.txt").read_text().splitlines()
    cells = [(float(x), float(y), t) for x, y, t in map(str.split, rest)]
    return list(map(float, first.split())), cells


def export(folder):
    """Status of R: 0, or SKIP without R or the package."""
    folder.mkdir(parents=True, exist_ok=True)
    script = Path(__file__).with_name("export_patterns.R")
    try:
        return subprocess.run(["Rscript", script, folder]).returncode
    except FileNotFoundError:
        return rows.SKIP


def compare_curves(program, folder):
    compared = 0
    for name, a, b, r, *want in TABLE:
        radii = [r * (1 - NUDGE), r * (1 + NUDGE)]
        got = Curves(program, *pattern(folder, name), a, b, radii)
        columns = [NONE, RAW] + [BORDER, REDUCED] * got.sees_alike(r, STEP)
        for c in columns:
            low, high = sorted(got.at[at][c] for at in radii)
            there = want[[NONE, BORDER, RAW, REDUCED].index(c)]
            check(low * (1 - PRINTED) <= there <= high * (1 + PRINTED)
                  and high - low <= FEW_TIES * high,
                  f"{name} {a} {b} {r} curve {c}: {low!r} to {high!r}, spatstat {there}")
            compared += 1
    check(compared >= 20, f"only {compared} values of curves compared with spatstat's")
    return compared


def compare_patterns(program, folder):
    status = export(folder)
    if status:
        check(status == rows.SKIP, f"exporting patterns ended with status {status}")
        print("SKIPPED: patterns of spatstat (no R, or no r-cran-spatstat.data)")
        return 0
    compared = compare_curves(program, folder)
    for name, a, b, want in MEANS:
        got = Curves(program, *pattern(folder, name), a, b, [1.0])
        check(close(got.mean, want, PRINTED), f"{name} {a} {b}: mean {got.mean!r}, {want}")
    for name, a, naive, donnelly in INDICES:
        got = Curves(program, *pattern(folder, name), a, a, [1.0])
        check(close(got.naive, naive, PRINTED), f"{name} {a}: {got.naive!r}, {naive}")
        check(close(got.donnelly, donnelly, PRINTED), f"{name} {a}: {got.donnelly!r}, {donnelly}")
    compared += len(MEANS) + 2 * len(INDICES)
    print(f"patterns: {compared} numbers equal spatstat's")
    return compared


# --- cohorts -------------------------------------------------------------------------------

ORDER_OF_SUMS = 1e-9  # relative: the references carry 17 digits
FINER = 20  # steps of spatstat's grid between two radii of the references
# No distance of this cohort falls on the grid, so that every estimate must agree.
WITHOUT_TIES = "osmfish_cortex"


def table(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cells_of(cohort, sheet):
    """(x, y, type) of each slide."""
    all_cells = {}
    for row in sheet:
        path = cohort / row["data_path"]
        if path not in all_cells:
            all_cells[path] = table(path)
        column, value = row["filter"].split("=", 1)
        yield row["sample"], [(float(c[row["x"]]), float(c[row["y"]]), c[row["type"]])
                              for c in all_cells[path] if c[column] == value]


def by_pair(references):
    pairs = collections.defaultdict(list)
    for row in references:
        pairs[row["slide"], row["a"], row["b"]].append(row)
    return pairs


def compare_pair(program, cells, key, references, tied, exact):
    """How many numbers were compared."""
    radii = [float(row["r"]) for row in references]
    step = (radii[1] - radii[0]) / FINER
    fine = [radii[k // FINER] if k % FINER == 0 else step * k
            for k in range(FINER * (len(radii) - 1) + 1)]
    box = [float(references[0][c]) for c in ("xmin", "xmax", "ymin", "ymax")]
    got = Curves(program, box, cells, key[1], key[2], fine if exact else radii)
    compared = 0
    for row in references[1:]:
        r = float(row["r"])
        columns = {RAW: "G_raw"}
        if (*key, r) not in tied:
            columns[NONE] = "K_none"
        if NONE in columns and got.sees_alike(r, step):
            columns.update({BORDER: "K_border", REDUCED: "G_rs"})
        if exact:
            columns.update({KM: "G_km", HANISCH: "G_hanisch"})
        for c, name in columns.items():
            if row[name] == "":
                continue
            have, want = got.at[r][c], float(row[name])
            check(close(have, want, ORDER_OF_SUMS), f"{key} {r} {name}: {have!r}, {want!r}")
            compared += 1
    return compared


def compare_cohort(program, data, name):
    reference = data / "reference" / name
    pairs = by_pair(table(reference / "KG_spatstat.csv"))
    tied = {(t["slide"], t["a"], t["b"], float(t["r"]))
            for t in table(reference / "KG_ties_scipy.csv")
            if t["pairs_lt_r"] != t["pairs_le_r"]}
    sheet = [row for row in table(data / "cohorts" / name / "sheet.csv")
             if any(row["sample"] == slide for slide, _, _ in pairs)]
    compared = 0
    for slide, cells in cells_of(data / "cohorts" / name, sheet):
        for key, references in pairs.items():
            if key[0] == slide:
                compared += compare_pair(program, cells, key, references, tied,
                                         name == WITHOUT_TIES)
    check(compared >= 20 * len(pairs), f"{name}: only {compared} numbers compared")
    print(f"{name}: {compared} numbers equal spatstat's")
    return compared


def main(program, folder):
    compared = compare_patterns(program, Path(folder))
    data = rows.data_folder()
    found = sorted(data.glob("reference/*/KG_spatstat.csv")) if data else []
    if not found:
        print("SKIPPED: cohorts (no data folder; set CYTOTAXIS_DATA)")
    for path in found:
        compared += compare_cohort(program, data, path.parent.name)
    return check.done(1) if compared else rows.SKIP


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
