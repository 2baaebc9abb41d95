"""Label permutations on a Delaunay graph, compiled by numba, as squidpy's nhood_enrichment
does: shuffle, count the types around each cell, add up the cells of each type.

permute_numba.py FILE.bin PERMUTATIONS TRIED

Only TRIED of the permutations are done; the time told is scaled to all of them.
"""
import sys
import time

import numba
import numpy as np
from scipy.spatial import Delaunay

from pace import read_points


@numba.njit
def count(indices, indptr, labels, n_types):
    around = np.zeros((len(indptr) - 1, n_types), np.uint32)
    for i in range(len(around)):
        for k in range(indptr[i], indptr[i + 1]):
            around[i, labels[indices[k]]] += 1
    pairs = np.zeros((n_types, n_types), np.uint32)
    for i in range(len(around)):
        pairs[labels[i]] += around[i]
    return pairs


def main(path, permutations, tried):
    x, y, kind, n_types = read_points(path)
    along = np.lexsort((x, np.floor(y / 20)))  # lists near each other in memory
    x, y, kind = x[along], y[along], kind[along].astype(np.uint8)
    indptr, indices = Delaunay(np.stack([x, y], 1)).vertex_neighbor_vertices
    indptr, indices = indptr.astype(np.uint32), indices.astype(np.uint32)
    rng = np.random.default_rng(1)
    count(indices, indptr, kind, n_types)
    size, scale = len(x) * int(permutations), int(permutations) / int(tried)
    print("ready", flush=True)
    for _ in sys.stdin:
        labels, kept = kind.copy(), []
        begin = time.perf_counter()
        for _ in range(int(tried)):
            rng.shuffle(labels)
            kept.append(count(indices, indptr, labels, n_types))
        wall_s = (time.perf_counter() - begin) * scale
        print("permute", size, 1, f"{wall_s:.9f}", "nan", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
