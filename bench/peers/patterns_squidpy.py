"""squidpy's co_occurrence or nhood_enrichment, on a part of the work; the time told is
scaled to all of it.

patterns_squidpy.py co_occurrence FILE.bin RADIUS BINS TRIED
patterns_squidpy.py nhood_enrichment FILE.bin PERMUTATIONS TRIED

co_occurrence tries all pairs of cells: on the first TRIED cells, strewn over the whole
field of view, its time goes by the square. nhood_enrichment does TRIED permutations
of its Delaunay graph, which is made outside the clock. All is compiled before the clock
starts.
"""
import logging
import sys
import time
import warnings

import anndata
import numpy as np
import pandas as pd
import squidpy

from pace import read_points

warnings.filterwarnings("ignore")
logging.disable(logging.INFO)  # it tells on standard output, where our line goes


def as_anndata(path, n_most=None):
    x, y, kind, n_types = read_points(path)
    names = [f"type {t:02d}" for t in range(n_types)]
    obs = pd.DataFrame({"type": pd.Categorical.from_codes(kind[:n_most], names)})
    obs.index = obs.index.astype(str)
    return len(x), anndata.AnnData(obs=obs, obsm={"spatial": np.stack([x, y], 1)[:n_most]})


def co_occurrence(path, radius, bins, tried):
    """(cells of all, share of the work done, what to time)"""
    n, data = as_anndata(path, int(tried))
    edges = np.arange(int(bins) + 1, dtype=np.float32) * float(radius) / int(bins)
    call = lambda data: squidpy.gr.co_occurrence(data, "type", interval=edges, copy=True)  # noqa: E731
    call(data[:1000].copy())
    return n, (data.n_obs / n) ** 2, lambda: call(data)


def nhood_enrichment(path, permutations, tried):
    n, data = as_anndata(path)
    squidpy.gr.spatial_neighbors_delaunay(data)
    call = lambda times: squidpy.gr.nhood_enrichment(  # noqa: E731
        data, "type", n_perms=times, n_jobs=1, seed=1, copy=True, show_progress_bar=False)
    call(1)
    return n * int(permutations), int(tried) / int(permutations), lambda: call(int(tried))


def main(what, *words):
    size, share, once = {"co_occurrence": co_occurrence,
                         "nhood_enrichment": nhood_enrichment}[what](*words)  # fmt: skip
    print("ready", flush=True)
    for _ in sys.stdin:
        begin = time.perf_counter()
        once()
        wall_s = (time.perf_counter() - begin) / share
        print(what, size, 1, f"{wall_s:.9f}", "nan", flush=True)


main(*sys.argv[1:])
