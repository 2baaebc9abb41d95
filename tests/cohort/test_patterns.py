"""Patterns, from the samplesheet to the file: pairs of cells, K and co-occurrence against
scipy's trees and the formulas; neighbours of each type against scipy's Delaunay and the
exact moments; the same bytes for any number of ranks; keys that do not go together."""
import os

import anndata
import numpy as np
from scipy.spatial import Delaunay, cKDTree
from scipy.stats import norm

from common import *

RADII = [10, 20.5, 50, 100]
PLAIN = ["--set", "output.compression=deflate"]
ROUNDING = 1e-12  # a few operations on exact counts
made = folder("patterns-cohort")
run_ok("synth", "--out", made, "--slides", 2, "--cells", 1200, "--seed", 21)
sheet = os.path.join(made, "samplesheet.csv")


def config_of(name, text):
    return write(f"{name}.yaml", f"patterns: {{pair_radii_um: {RADII}, graph: delaunay}}\n{text}")


def run(name, config, ranks):
    out = folder(f"{name}-{ranks}")
    run_ok("run", sheet, "--config", config, "--out", out, "-q", *PLAIN, ranks=ranks)
    return out


box = config_of("box", "")
mask = config_of("mask", "tissue: {from: reach, reach_um: 25, close_um: 15}\n")
for name, config in (("box", box), ("mask", mask)):
    outs = [run(name, config, n) for n in (1, 2, 3, 4, 7)]
    want = digests(outs[0])
    for out in outs[1:]:
        check(digests(out) == want, f"{name}: other bytes in {out}")


def slide_of(name):
    a = anndata.read_h5ad(os.path.join(WORK, f"{name}-1", "slides", "S01.h5ad"))
    return a, a.obsm["spatial"], a.obs["cell_type"].astype(str).to_numpy()


def table_of(a, name):
    t = a.uns[name].copy()
    t["type_a"], t["type_b"] = t["type_a"].astype(str), t["type_b"].astype(str)
    return t


# --- pairs: synthetic positions are multiples of 1/64 um, so every program agrees on ties
a, xy, types = slide_of("box")
names = sorted(set(types))
count = {k: int((types == k).sum()) for k in names}
trees = {k: cKDTree(xy[types == k]) for k in names}
pairs = table_of(a, "pairs")
check(len(pairs) == len(names) ** 2 * len(RADII), f"{len(pairs)} rows")
low, high = xy.min(0), xy.max(0)
area, sides = np.prod(high - low), high - low
border = np.minimum((xy - low).min(1), (high - xy).min(1))


def within(p, q):
    n = trees[p].count_neighbors(trees[q], RADII)
    return n - (count[p] if p == q else 0)


got = pairs.set_index(["type_a", "type_b", "radius_um"])
total = {k: 0 for k in range(len(RADII))}
rings = {}
for p in names:
    for q in names:
        n = within(p, q)
        rings[p, q] = np.diff(n, prepend=0)
        rows = got.loc[(p, q)]
        there = count[p] * (count[q] - (p == q))
        check((rows["count"].to_numpy() == n).all(), f"pairs {p}|{q}")
        check(close(rows["k_none"], area / there * n, ROUNDING), f"k_none {p}|{q}")
        r = np.array(RADII)
        edges = np.append(0, r)
        # mean of ab - 2 r (a + b) / pi + r² / pi over a ring
        ring = lambda m: 2 * np.diff(edges ** (m + 2)) / (m + 2) / np.diff(edges ** 2)
        gamma = area - 2 * sides.sum() / np.pi * ring(1) + ring(2) / np.pi
        rigid = area ** 2 / there * np.cumsum(rings[p, q] / gamma)
        check(close(rows["k_rigid"], rigid, 1e-9), f"k_rigid {p}|{q}")
        g = np.diff(rigid, prepend=0) / (np.pi * np.diff(edges ** 2))
        check(close(rows["pcf_rigid"], g, 1e-9), f"pcf_rigid {p}|{q}")
        k = []
        for radius in RADII:
            inner = (types == p) & (border >= radius)
            near = [len(s) for s in trees[q].query_ball_point(xy[inner], radius)]
            near = sum(near) - (inner.sum() if p == q else 0)
            k.append(area / count[q] * near / inner.sum() if inner.any() else np.nan)
        check(close(rows["k_border"], k, ROUNDING), f"k_border {p}|{q}")
for p in names:
    for q in names:
        seen = sum(rings[p, k] for k in names)
        every = sum(rings.values())
        share = sum(rings[k, q] for k in names) / every
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = rings[p, q] / seen / share
        check(close(got.loc[(p, q)]["co_occurrence"], ratio, ROUNDING), f"co {p}|{q}")

# In a mask the counts are the same, and K is larger where the window is smaller.
b, _, _ = slide_of("mask")
other = table_of(b, "pairs")
check((other["count"].to_numpy() == pairs["count"].to_numpy()).all(), "counts in a mask")
check(close(other["k_none"], pairs["k_none"] * b.uns["area_um2"][0] / area, 1e-9),
      "area of a mask")

# --- neighbours ---------------------------------------------------------------------------
# Positions on a lattice may lie on one circle; such edges are a matter of convention, so
# the slide is compared by what no convention changes, and moved cells by every edge.
moved = folder("patterns-moved")
os.makedirs(os.path.join(moved, "slides"))
rng = np.random.default_rng(5)
xy = xy + rng.uniform(-0.004, 0.004, xy.shape)
with open(os.path.join(moved, "cells.csv"), "w") as f:
    f.write("cell_id,x,y,cell_type\n")
    f.writelines(f"{i},{x!r},{y!r},{t}\n" for i, ((x, y), t) in
                 enumerate(zip(xy.tolist(), types)))
sheet = write(os.path.join(moved, "sheet.csv"),
              "sample,data_path,um_per_px\nS01,cells.csv,1\n")
run("moved", box, 3)
os.rename(os.path.join(WORK, "moved-3"), folder("moved-1"))
a, _, _ = slide_of("moved")
edges = {tuple(sorted(e)) for s in Delaunay(xy).simplices
         for e in ((s[0], s[1]), (s[1], s[2]), (s[0], s[2]))}
edges = np.array(sorted(edges))
degree = np.bincount(edges.ravel(), minlength=len(xy)).astype(float)
S0, A1, N = degree.sum(), (degree * (degree - 1)).sum(), float(len(xy))
R = S0 ** 2 - 2 * S0 - 4 * A1


def fall(x, k):
    return np.prod([x - i for i in range(k)])


enrichment = table_of(a, "enrichment").set_index(["type_a", "type_b"])
metrics = a.uns["metrics"]["value"]
for p in names:
    for q in names:
        u, v = types[edges[:, 0]], types[edges[:, 1]]
        n = int(((u == p) & (v == q)).sum() + ((u == q) & (v == p)).sum())
        x, y = count[p], count[q]
        if p == q:
            mean = S0 * fall(x, 2) / fall(N, 2)
            square = (2 * S0 * fall(x, 2) / fall(N, 2) + 4 * A1 * fall(x, 3) / fall(N, 3)
                      + R * fall(x, 4) / fall(N, 4))
        else:
            mean = S0 * x * y / fall(N, 2)
            square = (mean + A1 * (x * fall(y, 2) + y * fall(x, 2)) / fall(N, 3)
                      + R * fall(x, 2) * fall(y, 2) / fall(N, 4))
        sd = np.sqrt(square - mean ** 2)
        row = enrichment.loc[(p, q)]
        check(row["count"] == n, f"{p}|{q}: {row['count']} neighbours, not {n}")
        check(close(row[["expected", "sd", "z"]], [mean, sd, (n - mean) / sd], 1e-8),
              f"moments {p}|{q}")
        check(close([row["p"]], [2 * norm.sf(abs((n - mean) / sd))], 1e-6), f"p {p}|{q}")
        check(metrics[f"enrichment/count/{p}|{q}"] == n, f"metric {p}|{q}")
        check(close([metrics[f"enrichment/z/{p}|{q}"]], [row["z"]], 0), f"metric z {p}|{q}")

# Every cell of a k-nearest graph has at least k neighbours, of a radius graph d <= r.
for keys in (["graph=knn", "graph_k=6"], ["graph=radius", "graph_radius_um=20"]):
    words = [w for key in keys for w in ("--set", "patterns." + key)]
    out = folder("patterns-graph")
    run_ok("run", sheet, "--out", out, "-q", *PLAIN, *words, ranks=2)
    a = anndata.read_h5ad(os.path.join(out, "slides", "S01.h5ad"))
    total = a.uns["enrichment"]["count"].sum()
    tree = cKDTree(xy)
    if "knn" in keys[0]:
        _, near = tree.query(xy, 7)
        want = len({(i, j) for i, row in enumerate(near) for j in row if i != j} |
                   {(j, i) for i, row in enumerate(near) for j in row if i != j})
    else:
        want = tree.count_neighbors(tree, 20) - len(xy)
    check(total == want, f"{keys}: {total} neighbours, not {want}")

# --- what does not go together ------------------------------------------------------------
for key, told in (("{graph: knn}", "graph: knn needs graph_k"),
                  ("{graph: delaunay, graph_k: 5}", "graph_k says nothing unless graph is knn"),
                  ("{graph: knn, graph_k: 2.5}", "graph_k must be a whole number"),
                  ("{pair_radii_um: [20, 10]}", "pair_radii_um must ascend, and 10 does not"),
                  ("{pair_radii_um: [0]}", "pair_radii_um is 0; it must be greater than 0 um")):
    done = cytotaxis("check", sheet, "--config", write("bad.yaml", f"patterns: {key}\n"))
    check(done.returncode == 78 and told in done.stderr, f"{key}: {done.stderr}")
finish()
