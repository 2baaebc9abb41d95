"""What a capable user does today: one slide, from .h5ad to .h5ad, with anndata, scipy,
numba and, where it is installed, squidpy.

end_to_end.py SLIDE.h5ad CORES PERMUTATIONS OUT

The analyses are those of `cytotaxis run` with the config of bench/end_to_end.py, each by
the fastest way known to us: one k-d tree a type, dual-tree counts, cosine transforms.
squidpy's co_occurrence tries all pairs of cells, so co-occurrence is made of the counts.
Tables go to OUT.h5ad and rasters to OUT.fields.h5 with the clock running, uncompressed,
which is fastest. What the peer must agree on is left in OUT.npz, the seconds of each step
in OUT.json. Imports and the compiler of numba, some ten seconds, are not counted.
"""
import json
import logging
import math
import os
import sys
import time
import warnings

CORES = int(sys.argv[2])
for threads in ("OMP", "OPENBLAS", "NUMBA"):
    os.environ[f"{threads}_NUM_THREADS"] = str(CORES)
warnings.filterwarnings("ignore")
logging.disable(logging.INFO)  # squidpy tells on standard output, where our line goes

from concurrent.futures import ThreadPoolExecutor  # noqa: E402

import anndata  # noqa: E402
import h5py  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from scipy.fft import dctn, idctn  # noqa: E402
from scipy.ndimage import distance_transform_edt, map_coordinates  # noqa: E402
from scipy.sparse import csr_matrix  # noqa: E402
from scipy.spatial import Delaunay, cKDTree  # noqa: E402

from nearest_scipy import nearest  # noqa: E402
from pace import serve  # noqa: E402
from permute_numba import count as count_neighbours  # noqa: E402

try:
    import squidpy
except ImportError:
    squidpy = None

SPACING_UM, LAMBDA_UM, SENDER, LIGAND = 5.0, 120.0, "Endothelial", "CXCL12"
GENES = ["CXCL12", "CXCR4", "CCL5", "CCL19", "CCL21", "CSF1", "TGFB1", "VEGFA", "CD3E",
         "MS4A1"]  # fmt: skip
RADII_UM = np.arange(5.0, 101.0, 5.0)


class Clock:
    """Seconds of each step."""

    def __init__(self):
        self.step, self.begin = {}, time.perf_counter()

    def lap(self, name):
        now = time.perf_counter()
        self.step[name], self.begin = now - self.begin, now


class Grid:
    """Square pixels over the box of the cells; sides that transform fast, 2^a 3^b 5^c 7^d."""

    def __init__(self, xy):
        low, size = xy.min(axis=0), np.ptp(xy, axis=0)
        self.n = np.array([self.smooth(max(1, math.ceil(s / SPACING_UM))) for s in size])
        self.origin = low - (self.n * SPACING_UM - size) / 2
        self.shape = tuple(self.n[::-1])

    @staticmethod
    def smooth(n):
        def rest(m):
            for p in (2, 3, 5, 7):
                while m % p == 0:
                    m //= p
            return m

        while rest(n) != 1:
            n += 1
        return n

    def place(self, xy):
        """In pixels, from the centre of the first one."""
        return (xy - self.origin) / SPACING_UM - 0.5

    def pixels(self, xy):
        at = np.floor((xy - self.origin) / SPACING_UM).astype(np.int64)
        return np.clip(at, 0, self.n - 1)

    def deposit(self, xy, amount):
        """Amount per µm², bilinear; what falls beyond the edge folds back."""
        place = self.place(xy)
        corner = np.floor(place).astype(np.int64)
        part = place - corner
        field = np.zeros(self.n[0] * self.n[1])
        for up in (0, 1):
            for right in (0, 1):
                at = np.clip(corner + [right, up], 0, self.n - 1)
                weight = np.prod(np.where([right, up], part, 1 - part), axis=1)
                field += np.bincount(at[:, 1] * self.n[0] + at[:, 0], amount * weight,
                                     len(field))  # fmt: skip
        return field.reshape(self.shape) / SPACING_UM**2

    def sample(self, field, xy):
        return map_coordinates(field, self.place(xy)[:, ::-1].T, order=1, mode="nearest")


def count_pairs(parts, pool):
    """[types, types, radii] ordered pairs of two different cells, d <= r."""
    trees = list(pool.map(cKDTree, parts))
    both = [(a, b) for a in range(len(parts)) for b in range(a + 1)]
    both.sort(key=lambda ab: -len(parts[ab[0]]) * len(parts[ab[1]]))
    found = np.zeros((len(parts), len(parts), len(RADII_UM)), np.int64)
    count = lambda ab: trees[ab[0]].count_neighbors(trees[ab[1]], RADII_UM)  # noqa: E731
    for (a, b), counts in zip(both, pool.map(count, both)):
        found[a, b] = found[b, a] = counts
    for a, part in enumerate(parts):
        found[a, a] -= len(part)
    return found


def co_occurrence(within):
    """p(b|a) / p(b) in each ring."""
    ring = np.diff(within, axis=2, prepend=0).astype(float)
    given = ring / ring.sum(axis=1, keepdims=True)
    return given / (ring.sum(axis=0) / ring.sum(axis=(0, 1)))[None]


def steady_field(grid, source):
    """c of lambda² lap c - c + s = 0, and its gradient; no flux through the edges."""
    gain = [2 - 2 * np.cos(np.pi * np.arange(n) / n) for n in grid.shape]
    below = 1 + (LAMBDA_UM / SPACING_UM) ** 2 * (gain[0][:, None] + gain[1])
    c = idctn(dctn(source, workers=CORES) / below, workers=CORES)
    edge = np.pad(c, 1, mode="edge")
    return (c, (edge[1:-1, 2:] - edge[1:-1, :-2]) / (2 * SPACING_UM),
            (edge[2:, 1:-1] - edge[:-2, 1:-1]) / (2 * SPACING_UM))  # fmt: skip


def distance_map(grid, xy):
    empty = np.ones(grid.shape, bool)
    col, row = grid.pixels(xy).T
    empty[row, col] = False
    return (SPACING_UM * distance_transform_edt(empty)).astype(np.float32)


# --- the graph, by squidpy or by hand ---------------------------------------------------


def connect(data):
    if squidpy:
        squidpy.gr.spatial_neighbors_delaunay(data)
        return data.obsp["spatial_connectivities"]
    starts, lists = Delaunay(data.obsm["spatial"]).vertex_neighbor_vertices
    return csr_matrix((np.ones(len(lists)), lists, starts), shape=(data.n_obs, data.n_obs))


def enrich(data, graph, kind, n_types, permutations):
    """(counts, z) of ordered neighbours by type. squidpy's threads start faster than its
    processes."""
    if squidpy:
        told = squidpy.gr.nhood_enrichment(
            data, "cell_type", n_perms=permutations, seed=1, n_jobs=1, copy=True,
            numba_parallel=CORES > 1, show_progress_bar=False)  # fmt: skip
        return (told.counts, told.zscore) if hasattr(told, "counts") else told[::-1]
    starts, lists = graph.indptr.astype(np.uint32), graph.indices.astype(np.uint32)
    labels, rng = kind.astype(np.uint8), np.random.default_rng(1)
    counts = count_neighbours(lists, starts, labels, n_types)
    kept = []
    for _ in range(permutations):
        rng.shuffle(labels)
        kept.append(count_neighbours(lists, starts, labels, n_types))
    return counts, (counts - np.mean(kept, axis=0)) / np.std(kept, axis=0)


def moran(data, graph):
    """I of each gene, each cell's neighbours with a weight of 1 together."""
    if squidpy:
        told = squidpy.gr.spatial_autocorr(data, genes=GENES, mode="moran", copy=True,
                                           n_jobs=CORES, show_progress_bar=False)  # fmt: skip
        return told.loc[GENES, "I"].to_numpy()
    degree = np.maximum(np.diff(graph.indptr), 1)
    z = np.asarray(data[:, GENES].X.todense(), float)
    z -= z.mean(axis=0)
    lag = (graph @ z) / degree[:, None]
    return len(z) / np.sum(np.diff(graph.indptr) > 0) * (z * lag).sum(0) / (z * z).sum(0)


# --- the whole --------------------------------------------------------------------------


def write(out, data, columns, tables, rasters):
    kept = anndata.AnnData(obs=data.obs, obsm={"spatial": data.obsm["spatial"], **columns})
    kept.uns.update(tables)
    kept.write_h5ad(f"{out}.h5ad")
    with h5py.File(f"{out}.fields.h5", "w") as f:
        for name, raster in rasters.items():
            f[name] = raster.astype(np.float32)


def analyse(path, permutations, out):
    clock, pool = Clock(), ThreadPoolExecutor(CORES)
    data = anndata.read_h5ad(path)
    xy, types = np.asarray(data.obsm["spatial"]), data.obs["cell_type"].cat.categories
    kind = data.obs["cell_type"].cat.codes.to_numpy()
    clock.lap("read")
    cells = np.bincount(kind, minlength=len(types))
    near = nearest(xy, kind, len(types), CORES).T
    clock.lap("nearest")
    grid, parts = Grid(xy), [xy[kind == t] for t in range(len(types))]
    maps = list(pool.map(lambda part: distance_map(grid, part), parts))
    clock.lap("distance maps")
    is_sender = kind == list(types).index(SENDER)
    amount = np.asarray(data[is_sender, LIGAND].X.todense(), float).ravel()
    field = steady_field(grid, grid.deposit(xy[is_sender], amount))
    felt = np.stack([grid.sample(f, xy) for f in field], 1)
    clock.lap("signal")
    within = count_pairs(parts, pool)
    ratio = co_occurrence(within)
    clock.lap("pairs")
    graph = connect(data)
    clock.lap("Delaunay")
    counts, z = enrich(data, graph, kind, len(types), permutations)
    clock.lap("permutations")
    score = moran(data, graph)
    clock.lap("Moran")
    write(out, data, {"nearest_um": pd.DataFrame(near, data.obs_names, types),
                      LIGAND: felt},
          {"composition": cells, "pairs": within, "co_occurrence": ratio,
           "enrichment_z": z, "enrichment": counts, "moran": score},
          {**dict(zip(types.str.replace("/", "_"), maps)),
           **dict(zip(("c", "grad_x", "grad_y"), field))})  # fmt: skip
    clock.lap("write")
    return clock.step, {
        "types": np.array(types, str), "composition": cells, "nearest": near, "maps": np.stack(maps), "felt": felt,
        "pairs": within, "co_occurrence": ratio, "enrichment": counts, "z": z,
        "moran": score}  # fmt: skip


def keep(out, told):
    """Outside the clock: what is compared."""
    step, numbers = told
    np.savez(f"{out}.npz", **numbers)
    with open(f"{out}.json", "w") as f:
        json.dump({"step": step, "squidpy": squidpy and squidpy.__version__}, f)
    return np.sum(numbers["nearest"])


def warm_up(types, permutations, out, n=400):
    """Whatever is compiled at its first call, squidpy's kernel for each number of types, is
    compiled here."""
    rng = np.random.default_rng(1)
    kind = pd.Categorical.from_codes(np.arange(n) % len(types), types)
    names = [f"c{i}" for i in range(n)]
    tiny = anndata.AnnData(csr_matrix(rng.poisson(1, (n, len(GENES))).astype(np.float32)),
                           obs=pd.DataFrame({"cell_type": kind}, index=names),
                           var=pd.DataFrame(index=GENES),
                           obsm={"spatial": rng.uniform(0, 300, (n, 2))})  # fmt: skip
    tiny.write_h5ad(f"{out}.tiny.h5ad")
    analyse(f"{out}.tiny.h5ad", min(permutations, 2 * CORES), f"{out}.tiny")


def main(path, _, permutations, out):
    slide = anndata.read_h5ad(path, backed="r")
    warm_up(slide.obs["cell_type"].cat.categories, int(permutations), out)
    serve("end-to-end", slide.n_obs, CORES, lambda: analyse(path, int(permutations), out),
          lambda told: keep(out, told))  # fmt: skip


main(*sys.argv[1:])
