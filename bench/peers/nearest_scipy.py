"""Nearest of each type: one scipy cKDTree a type, built and asked in the timed part.

nearest_scipy.py FILE.bin CORES
"""
import sys

import numpy as np
from scipy.spatial import cKDTree

from pace import read_points, serve


def nearest(xy, kind, n_types, cores):
    """[types, cells]; a cell does not find itself, but does find one in the same place."""
    found = np.empty((n_types, len(xy)))
    for t in range(n_types):
        own = kind == t
        tree = cKDTree(xy[own])
        found[t, ~own] = tree.query(xy[~own], workers=cores)[0]
        found[t, own] = tree.query(xy[own], k=2, workers=cores)[0][:, 1]
    return found


def main(path, cores):
    x, y, kind, n_types = read_points(path)
    xy = np.stack([x, y], 1)
    serve("nearest", len(xy), cores, lambda: nearest(xy, kind, n_types, int(cores)),
          np.sum)  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
