"""Enrichment, interactions, autocorrelation and co-occurrence against squidpy 1.8.2: equal
where it is right; where it differs, the difference is told and nothing but that.

    nhood_enrichment    z from permutations; ours is the limit of many, exactly
    spatial_autocorr    one-sided p unless two_tailed
    co_occurrence       cells within r; ours are those of a ring, as it was defined
    ripley L            area of the convex hull, d < r, n² for n (n - 1); no edge corrected
"""
import os
import warnings

warnings.simplefilter("ignore")
import anndata
import numpy as np
import pandas as pd
import squidpy as sq
from scipy.spatial import ConvexHull

from common import *

ROUNDING = 1e-9  # sums of some thousand terms, in another order
SINGLE = 1e-5  # squidpy's positions and row weights are float32; no tie is at stake here
RADII = [20, 40, 80]
N_PERMS = 1000

# Cells off any lattice: no ties, no cocircular points. Types cluster; so do the genes.
rng = np.random.default_rng(11)
grid = np.stack(np.meshgrid(np.arange(30), np.arange(25)), -1).reshape(-1, 2) * 12.0
xy = grid + rng.uniform(-4, 4, grid.shape)
n = len(xy)
field = np.sin(xy[:, 0] / 60) + np.cos(xy[:, 1] / 50)
types = np.array(["a", "b", "c"])[np.digitize(field + rng.normal(0, 0.7, n), [-0.5, 0.6])]
genes = {"G1": rng.poisson(np.exp(field)), "G2": rng.poisson(2.0, n)}
made = folder("squidpy-cells")
os.makedirs(made)
pd.DataFrame({"cell_id": [f"c{i}" for i in range(n)], "x": xy[:, 0], "y": xy[:, 1],
              "cell_type": types, **genes}).to_csv(os.path.join(made, "cells.csv"), index=False)
sheet = write(os.path.join(made, "sheet.csv"), "sample,data_path,um_per_px\nS,cells.csv,1\n")
out = folder("squidpy-out")
run_ok("run", sheet, "--out", out, "-q", "--set", "output.compression=deflate", "--set",
       f"patterns={{graph: delaunay, pair_radii_um: {RADII}, genes: [G1, G2]}}", ranks=2)
ours = anndata.read_h5ad(os.path.join(out, "slides", "S.h5ad"))

theirs = anndata.AnnData(np.column_stack(list(genes.values())).astype(float))
theirs.var_names = list(genes)
theirs.obs["type"] = pd.Categorical(types)
theirs.obsm["spatial"] = xy
sq.gr.spatial_neighbors(theirs, coord_type="generic", delaunay=True)
names = list(theirs.obs["type"].cat.categories)
pair = [(a, b) for a in names for b in names]


def by_pair(table):
    t = ours.uns[table]
    return t.set_index([t["type_a"].astype(str), t["type_b"].astype(str)])


def matrix(table, column):
    return np.array([table.loc[p, column] for p in pair], float).reshape(3, 3)


# --- neighbours ---------------------------------------------------------------------------
sq.gr.nhood_enrichment(theirs, cluster_key="type", n_perms=N_PERMS, seed=1, n_jobs=1,
                       show_progress_bar=False)
enrichment = by_pair("enrichment")
check((matrix(enrichment, "count") == theirs.uns["type_nhood_enrichment"]["count"]).all(),
      "neighbours by type")
# The mean of n deals is off by sd / sqrt(n), their sd by a share of 1 / sqrt(2 n): five of
# each is once in a million.
z = matrix(enrichment, "z")
error = 5 * (1 / np.sqrt(N_PERMS) + np.abs(z) / np.sqrt(2 * N_PERMS))
off = np.abs(z - theirs.uns["type_nhood_enrichment"]["zscore"])
check((off < error).all(), f"z: off by {off.max()}")
check(np.abs(z).max() > 5, "the types do not cluster: nothing was compared")
sq.gr.interaction_matrix(theirs, cluster_key="type", normalized=True)
interactions = ours.uns["interactions"]
interactions.index = interactions.index.astype(str)
check(close(interactions.loc[names, names], theirs.uns["type_interactions"], ROUNDING),
      "interactions")

# --- genes --------------------------------------------------------------------------------
table = ours.uns["autocorrelation"]
table.index = table.index.astype(str)
for mode, column, value in (("moran", "moranI", "I"), ("geary", "gearyC", "C")):
    for two_tailed in (True, False):
        sq.gr.spatial_autocorr(theirs, mode=mode, transformation=True, two_tailed=two_tailed,
                               n_perms=None, n_jobs=1, show_progress_bar=False)
        told = theirs.uns[column].loc[list(genes)]
        mine = table.loc[list(genes)]
        check(close(mine[mode], told[value], SINGLE), f"{mode}: {value}")
        check(close(mine[f"{mode}_variance_normal"], told["var_norm"], SINGLE),
              f"{mode}: variance")
        p = mine[f"{mode}_p_normal"] / (1 if two_tailed else 2)
        check(np.allclose(p, told["pval_norm"], rtol=1e-6, atol=1e-15), f"{mode}: p")

# --- pairs --------------------------------------------------------------------------------
occurrence, _ = sq.gr.co_occurrence(theirs, cluster_key="type", interval=[0, *RADII], copy=True)
pairs = ours.uns["pairs"]
keys = [pairs["type_a"].astype(str), pairs["type_b"].astype(str), pairs["radius_um"]]
pairs = pairs.set_index(keys)
for k, radius in enumerate(RADII):
    count = np.array([pairs.loc[(*p, radius), "count"] for p in pair], float).reshape(3, 3)
    ring = np.array([pairs.loc[(*p, radius), "co_occurrence"] for p in pair]).reshape(3, 3)
    within = count / count.sum(1, keepdims=True) / (count.sum(0) / count.sum())
    told = occurrence[:, :, k].T  # squidpy: [of, given]; ours: of b given a
    check(close(within, told, SINGLE), f"co-occurrence within {radius}")
    # The first ring is a disc; farther out the two are different questions.
    check(close(ring, told, SINGLE) == (k == 0), f"co-occurrence in the ring to {radius}")

# --- Ripley -------------------------------------------------------------------------------
area = np.prod(xy.max(0) - xy.min(0))
for a in names:
    cells = xy[types == a]
    alone = anndata.AnnData(np.zeros((len(cells), 1)))
    alone.obs["type"] = pd.Categorical([a] * len(cells))
    alone.obsm["spatial"] = cells
    # squidpy's support is of its own making: to max_dist in n_steps.
    told = sq.gr.ripley(alone, cluster_key="type", mode="L", max_dist=80, n_steps=5,
                        n_simulations=1, copy=True)["L_stat"]
    for radius in (20, 40, 80):
        k_ours = pairs.loc[(a, a, float(radius)), "k_none"]
        l_theirs = float(told.loc[np.isclose(told["bins"], radius), "stats"].iloc[0])
        hull = ConvexHull(cells).volume
        m = len(cells)
        want = np.sqrt(k_ours / area * hull * (m - 1) / m / np.pi)
        check(close(l_theirs, want, SINGLE), f"L of {a} to {radius}: {l_theirs}, {want}")
        check(abs(l_theirs / np.sqrt(k_ours / np.pi) - 1) > 1e-3,
              f"L of {a} to {radius}: the area makes no difference")
finish()
