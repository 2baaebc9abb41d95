"""Ordered pairs by type, type and radius, by Corrfunc: one call for each two types.

pairs_corrfunc.py FILE.bin CORES RADIUS BINS

Corrfunc counts lo <= d < hi and knows no types. So that its bins are ours, 0 < d <= r,
their edges are moved up by a 2^-40 of themselves; the points lie on a lattice of 1/32 µm,
where no distance is that near above a radius. Coincident pairs are left out by its first
edge; the slides of points.py have few, which are added.
"""
import sys

import numpy as np
from Corrfunc.theory.DD import DD

from pace import read_points, serve


def coincident(x, y, kind, n_types):
    """[types, types] ordered pairs of cells in one place."""
    place, index = np.unique(np.stack([x, y], 1), axis=0, return_inverse=True)
    held = np.zeros((len(place), n_types), np.int64)
    np.add.at(held, (index.ravel(), kind), 1)
    return held.T @ held - np.diag(held.sum(axis=0))


def count(parts, edges, cores):
    """[types, types, bins], not cumulative."""
    n = len(parts)
    found = np.zeros((n, n, len(edges) - 1), np.int64)
    for a, (xa, ya, za) in enumerate(parts):
        for b, (xb, yb, zb) in enumerate(parts[: a + 1]):
            if a == b:
                got = DD(1, cores, edges, xa, ya, Z1=za, periodic=False)
            else:
                got = DD(0, cores, edges, xa, ya, Z1=za, X2=xb, Y2=yb, Z2=zb,
                         periodic=False)  # fmt: skip
            found[a, b] = found[b, a] = got["npairs"]
    return found


def weigh(found, same_place):
    """The sum that bench_steps.c makes of the cumulative counts."""
    within = np.cumsum(found, axis=2) + same_place[:, :, None]
    weights = np.arange(within.size) % 1009 + 1
    return (within.ravel() * weights).sum()


def main(path, cores, radius, bins):
    x, y, kind, n_types = read_points(path)
    radius, bins, cores = float(radius), int(bins), int(cores)
    edges = radius * np.arange(bins + 1) / bins * (1 + 2.0**-40)
    edges[0] = 2.0**-10
    parts = [(x[kind == t], y[kind == t], np.zeros(np.sum(kind == t)))
             for t in range(n_types)]  # fmt: skip
    same_place = coincident(x, y, kind, n_types)
    serve("pairs", len(x), cores, lambda: count(parts, edges, cores),
          lambda found: weigh(found, same_place))  # fmt: skip


main(*sys.argv[1:])
