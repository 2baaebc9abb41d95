"""Ordered pairs by type, type and radius, by Corrfunc: one call for each two types.

pairs_corrfunc.py FILE.bin RADIUS BINS float32|float64 REFINE

Corrfunc counts lo <= d < hi and knows no types. So that its bins are ours, lo < d <= hi,
their edges are moved up by a 2^-40 of themselves: cells on a lattice of 1/32 µm are never
that near above a radius. Single precision forgets that, and some pairs at the edges with
it. REFINE is how many cells of its grid make a radius. Coincident pairs are left out by its
first edge; they are added here, outside the clock.
"""
import os
import sys

import numpy as np
from Corrfunc.theory.DD import DD

from pace import read_points, serve, weigh_pairs


def coincident(x, y, kind, n_types):
    """[types, types] ordered pairs of cells in one place."""
    place, index = np.unique(np.stack([x, y], 1), axis=0, return_inverse=True)
    held = np.zeros((len(place), n_types), np.int64)
    np.add.at(held, (index.ravel(), kind), 1)
    return held.T @ held - np.diag(held.sum(axis=0))


def count(parts, edges, refine):
    """[types, types, bins], not cumulative."""
    n = len(parts)
    found = np.zeros((n, n, len(edges) - 1), np.int64)
    how = {"periodic": False, "xbin_refine_factor": refine, "ybin_refine_factor": refine}
    for a, (xa, ya, za) in enumerate(parts):
        for b, (xb, yb, zb) in enumerate(parts[:a]):
            got = DD(0, 1, edges, xa, ya, Z1=za, X2=xb, Y2=yb, Z2=zb, **how)
            found[a, b] = found[b, a] = got["npairs"]
        found[a, a] = DD(1, 1, edges, xa, ya, Z1=za, **how)["npairs"]
    return found


def main(path, radius, bins, precision, refine):
    x, y, kind, n_types = read_points(path)
    edges = float(radius) * np.arange(int(bins) + 1) / int(bins) * (1 + 2.0**-40)
    edges[0] = 2.0**-10
    same_place = coincident(x, y, kind, n_types)
    parts = [(x[kind == t].astype(precision), y[kind == t].astype(precision),
              np.zeros(np.sum(kind == t), precision)) for t in range(n_types)]  # fmt: skip
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # it warns of z being 0 on every call
    serve("pairs", len(x), 1, lambda: count(parts, edges, int(refine)),
          lambda found: weigh_pairs(np.cumsum(found, axis=2) + same_place[:, :, None]))  # fmt: skip


main(*sys.argv[1:])
