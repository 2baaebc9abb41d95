"""The clock of the Python peers: one repeat for each line on standard input.

serve() prints `ready`, then for each line that comes in `phase size ranks seconds check
peak`, as bench_phases does: so run.py can let two programs take turns.
"""
import gc
import sys
import time

import numpy as np


def peak_bytes():
    """The most memory this program held so far, interpreter and packages included."""
    with open("/proc/self/status") as f:
        return next(int(line.split()[1]) * 1024 for line in f if line.startswith("VmHWM"))


def serve(phase, size, cores, once, check):
    """Time once(); check(result) is a number that we must find too."""
    gc.disable()
    print("ready", flush=True)
    for _ in sys.stdin:
        begin = time.perf_counter()
        result = once()
        wall_s = time.perf_counter() - begin
        print(phase, size, cores, f"{wall_s:.9f}", repr(float(check(result))), peak_bytes(),
              flush=True)  # fmt: skip
        del result
        gc.collect()


def read_points(path):
    """(x, y, type, number of types) of a file of points.py."""
    with open(path, "rb") as f:
        n, n_types = np.fromfile(f, "<u8", 2)
        x, y = np.fromfile(f, "<f8", n), np.fromfile(f, "<f8", n)
        return x, y, np.fromfile(f, "<u2", n), int(n_types)


def weigh_pairs(within):
    """What bench_steps.c makes of the counts [types, types, radii]: each has its weight."""
    return (within.ravel() * (np.arange(within.size) % 1009 + 1)).sum()
