"""Ordered pairs by type, type and radius: scipy's count_neighbors of each two types.

pairs_scipy.py FILE.bin RADIUS BINS
"""
import sys

import numpy as np
from scipy.spatial import cKDTree

from pace import read_points, serve, weigh_pairs


def count(parts, radii):
    """[types, types, radii], cumulative; trees included."""
    trees = [cKDTree(part) for part in parts]
    found = np.zeros((len(parts), len(parts), len(radii)), np.int64)
    for a, tree in enumerate(trees):
        for b, other in enumerate(trees[: a + 1]):
            found[a, b] = found[b, a] = tree.count_neighbors(other, radii)
        found[a, a] -= len(parts[a])
    return found


def main(path, radius, bins):
    x, y, kind, n_types = read_points(path)
    xy = np.stack([x, y], 1)
    radii = float(radius) * np.arange(1, int(bins) + 1) / int(bins)
    parts = [xy[kind == t] for t in range(n_types)]
    serve("pairs", len(xy), 1, lambda: count(parts, radii), weigh_pairs)


main(*sys.argv[1:])
