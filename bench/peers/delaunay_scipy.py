"""Delaunay graph by scipy (qhull), as an adjacency in compressed rows: what squidpy does.

delaunay_scipy.py FILE.bin
"""
import sys

import numpy as np
from scipy.spatial import Delaunay

from pace import read_points, serve


def main(path):
    x, y, _, _ = read_points(path)
    xy = np.stack([x, y], 1)
    serve("delaunay", len(xy), 1, lambda: Delaunay(xy).vertex_neighbor_vertices,
          lambda lists: len(lists[1]))  # fmt: skip


main(*sys.argv[1:])
