"""Delaunay graph by scipy (qhull), as an adjacency in compressed rows: what squidpy does.

delaunay_scipy.py FILE.bin
"""
import sys

import numpy as np
from scipy.spatial import Delaunay

from pace import read_points, serve


def triangulate(xy):
    graph = Delaunay(xy)
    return graph, graph.vertex_neighbor_vertices


def check(result):
    """Edges in both directions; a cell in the place of another is left out by qhull, but
    joined to that one by us."""
    graph, (_, indices) = result
    return len(indices) + 2 * len(graph.coplanar)


def main(path):
    x, y, _, _ = read_points(path)
    xy = np.stack([x, y], 1)
    serve("delaunay", len(xy), 1, lambda: triangulate(xy), check)


main(*sys.argv[1:])
