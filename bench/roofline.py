#!/usr/bin/python3
"""Put the measured kernels under the roof of the machine: how much of what one core can
copy, and of what it can compute, does each use?

    bench/roofline.py [--build DIR] [--csv FILE]

Of each kernel the newest row on one rank counts, of its largest slide. Bytes and
operations of an item are counted from the method, not measured: each array is read or
written once a pass, what stays in the cache is free; so a kernel that moves more than it
must shows a smaller share. Counts that are a rough sum carry a `~`.
"""
import argparse
import csv
import math
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import run


@dataclass
class Kernel:
    phase: str  # regular expression
    n_bytes: float  # moved per item; nan: hardly any
    flops: float  # per item; nan: integers, branches and look-ups
    why: str


def cosine_flops(side):
    """Four transforms of each pixel, 2.5 log2 N each, and the gain."""
    return 4 * 2.5 * math.log2(side) + 4


KERNELS = [
    Kernel("ingest csv$", 49 + 54, math.nan, "49 of text in, 54 of a row out"),
    Kernel("ingest h5ad, obs", 65 + 54, math.nan,
           "reference 16, string and its head 32, x, y, code 17 in, 54 of a row out"),
    Kernel("scatter", 3 * 34, math.nan, "~ a cell of 34 read, sent, sorted"),
    Kernel("nearest", 18 + 80, math.nan, "x, y, type in; ten distances out; the rest in cache"),
    Kernel("distance map, ", 10, math.nan, "seeds 1 + 1, rows down 2 + 2, result 4"),
    Kernel("cosine, ", 3 * 16, cosine_flops(4096), "three passes, read and written in double"),
    Kernel(r"field .*, D 1:10\b", 9 * 120, 9 * 120,
           "~ nine iterations: V(2,2) of 1.3 finest levels, CG in double"),
    Kernel("shifts, ", 4 / 4 + 18 / 8, 2, "a field for 4 shifts; the model, for 8 fields"),
    Kernel("pairs, 50 um", math.nan, 3.5, "a pair is looked at once: dx, dy, d², root, bin"),
    Kernel("pairs, 100 um", math.nan, 3.5, "the same"),
    Kernel("pairs, 250 um", math.nan, 3.5, "the same"),
]  # fmt: skip


def rates(build):
    """(bytes/s, flops/s) of one core."""
    told = subprocess.run([build / "bench" / "bench_machine"], capture_output=True,
                          text=True, check=True).stdout.split()  # fmt: skip
    return 1e9 * float(told[1]), 1e9 * float(told[3])


def newest(rows, kernel):
    """On one rank, of the largest slide, the last one; None if there is none."""
    fit = [row for row in rows if re.match(kernel.phase, row["phase"]) and row["ranks"] == "1"]
    largest = max((int(row["cells"]) for row in fit), default=0)
    return next((row for row in reversed(fit) if int(row["cells"]) == largest), None)


def share(per_item, item_s, most):
    return "" if math.isnan(per_item) else f"{per_item / item_s / most:.0%}"


def count(value):
    return "" if math.isnan(value) else f"{value:.4g}"


def main(words):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", type=Path, default=run.HERE.parent / "build" / "release")
    parser.add_argument("--csv", type=Path, default=run.HERE / "results" / "bench.csv")
    options = parser.parse_args(words)
    copy, peak = rates(options.build)
    print(f"one core: copy {copy / 1e9:.3g} GB/s, peak {peak / 1e9:.3g} GFlop/s (double)\n")
    print("| kernel | commit | ns/item | bytes/item | of copy | flops/item | of peak | counted |")
    print("|---|---|---|---|---|---|---|---|")
    with options.csv.open(newline="") as f:
        rows = list(csv.DictReader(f))
    for kernel in KERNELS:
        row = newest(rows, kernel)
        if not row:
            continue
        item_s = float(row["median_s"]) / float(row["size"])
        print(f"| {row['phase']} | {row['commit']} | {1e9 * item_s:.3g} | "
              f"{count(kernel.n_bytes)} | {share(kernel.n_bytes, item_s, copy)} | "
              f"{count(kernel.flops)} | {share(kernel.flops, item_s, peak)} | {kernel.why} |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
