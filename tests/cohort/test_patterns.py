"""Patterns, from the samplesheet to the file: pairs of cells, K and co-occurrence against
scipy's trees and the formulas; nearest-distance curves against the definitions, in a box,
in a mask and in polygons; neighbours of each type against scipy's Delaunay and the exact
moments; the same bytes for any number of ranks; keys that do not go together."""
import csv
import json
import os

import anndata
import h5py
import numpy as np
from scipy.ndimage import distance_transform_edt
from scipy.spatial import Delaunay, cKDTree
from scipy.stats import norm

from common import *

without_reports()

RADII = [10, 20.5, 50, 100]
NEAR = [2, 5, 9.5, 14, 20, 30, 45]
PLAIN = ["--set", "output.compression=deflate"]
ROUNDING = 1e-12  # a few operations on exact counts
made = folder("patterns-cohort")
run_ok("synth", "--out", made, "--slides", 2, "--cells", 1200, "--seed", 21)
sheet = os.path.join(made, "samplesheet.csv")


def config_of(name, text):
    return write(f"{name}.yaml", f"patterns: {{pair_radii_um: {RADII}, graph: delaunay, "
                                f"nearest_radii_um: {NEAR}}}\n{text}")


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
metrics = a.uns["metrics"]["value"]
rings = {}
edges = np.append(0, RADII)
areas = np.pi * np.diff(edges ** 2)
# mean of ab - 2 r (a + b) / pi + r² / pi over a ring
ring = lambda m: 2 * np.diff(edges ** (m + 2)) / (m + 2) / np.diff(edges ** 2)
gamma = area - 2 * sides.sum() / np.pi * ring(1) + ring(2) / np.pi


def curve(name, what=""):
    return [metrics[f"{name}{what and '/' + what}@{r:g}"] for r in RADII]


def rigid_of(n, there):
    return area ** 2 / there * np.cumsum(np.diff(n, prepend=0) / gamma)


for p in names:
    for q in names:
        n = within(p, q)
        rings[p, q] = np.diff(n, prepend=0)
        rows = got.loc[(p, q)]
        there = count[p] * (count[q] - (p == q))
        check((rows["count"].to_numpy() == n).all(), f"pairs {p}|{q}")
        check(close(rows["k_none"], area / there * n, ROUNDING), f"k_none {p}|{q}")
        rigid = rigid_of(n, there)
        check(close(rows["k_rigid"], rigid, 1e-9), f"k_rigid {p}|{q}")
        for way in ("none", "border", "rigid"):
            K = rows[f"k_{way}"].to_numpy()
            check(close(rows[f"l_{way}"], np.sqrt(K / np.pi), ROUNDING), f"l {p}|{q}")
            g = np.diff(K, prepend=0) / areas
            check(close(rows[f"pcf_{way}"], g, 1e-9), f"pcf_{way} {p}|{q}")
        own, other = within(p, p), within(q, q)
        with np.errstate(invalid="ignore", divide="ignore"):
            score = np.where(own > 0, 2 * n / own, np.nan)
            back = np.where(other > 0, 2 * n / other, np.nan)
        check(close(rows["mixing_score"], score, ROUNDING), f"mixing {p}|{q}")
        check(close(rows["mixing_normalised"], score * (count[p] - 1) / (2 * count[q]),
                    ROUNDING), f"mixing {p}|{q}")
        check(close(rows["infiltration"], back, ROUNDING), f"infiltration {p}|{q}")
        for column, name in (("count", "pairs/count"), ("k_none", "cross_k/none"),
                             ("k_border", "cross_k/border"), ("k_rigid", "cross_k/rigid"),
                             ("l_rigid", "cross_l/rigid"), ("pcf_rigid", "pcf/rigid"),
                             ("co_occurrence", "co_occurrence/ratio"),
                             ("mixing_score", "mixing/score"),
                             ("mixing_normalised", "mixing/normalised"),
                             ("infiltration", "mixing/infiltration")):
            check(close(rows[column], curve(name, f"{p}|{q}"), 0), f"{name} {p}|{q}")
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

# All cells together.
every = a.uns["pairs_all"]
n = cKDTree(xy).count_neighbors(cKDTree(xy), RADII) - len(xy)
there = len(xy) * (len(xy) - 1)
check((every["count"].to_numpy() == n).all(), "pairs of all cells")
check(close(every["k_none"], area / there * n, ROUNDING), "k_none of all cells")
check(close(every["k_rigid"], rigid_of(n, there), 1e-9), "k_rigid of all cells")
check(close(every["k_rigid"], curve("cross_k/rigid"), 0), "metrics of all cells")

# Where K crosses that of independent types.
for p in names:
    for q in names:
        d = got.loc[(p, q)]["k_rigid"].to_numpy() - np.pi * np.square(RADII)
        at = [RADII[i] + (RADII[i + 1] - RADII[i]) * d[i] / (d[i] - d[i + 1])
              for i in range(len(d) - 1) if d[i] * d[i + 1] < 0]
        t = table_of(a, "k_crossings")
        t = t[(t["type_a"] == p) & (t["type_b"] == q)]
        check(close(t["radius_um"], at, 1e-9), f"crossings of {p}|{q}")

# In a mask the counts are the same, and K is larger where the window is smaller.
b, _, _ = slide_of("mask")
other = table_of(b, "pairs")
check((other["count"].to_numpy() == pairs["count"].to_numpy()).all(), "counts in a mask")
check(close(other["k_none"], pairs["k_none"] * b.uns["area_um2"][0] / area, 1e-9),
      "area of a mask")

# --- nearest distances ----------------------------------------------------------------
def curves_of(d, b):
    """raw, reduced sample, Kaplan-Meier; and the events of each bin, Hanisch's."""
    seen, event = np.minimum(d, b), d <= b
    at = np.searchsorted(NEAR, d, "left")  # bin k: r[k-1] < d <= r[k]
    events = np.bincount(at[event], minlength=len(NEAR) + 1)[:len(NEAR)]
    low = np.append(-1, NEAR[:-1])
    risk = np.array([(seen > r).sum() for r in low])
    with np.errstate(invalid="ignore", divide="ignore"):
        reduced = [((d <= r) & (b >= r)).sum() / (b >= r).sum() for r in NEAR]
        km = 1 - np.cumprod(1 - np.where(events > 0, events / risk, 0))
    return np.array([(d <= r).mean() for r in NEAR]), np.array(reduced), km, events


def check_nearest(a, xy, types, border, pixel_edge, eroded, area, name):
    """border: of cells, negative outside; pixel_edge: of the raster's pixels."""
    h, origin = raster
    inside = border >= 0
    xy, types, border = xy[inside], types[inside], border[inside]
    table = table_of(a, "nearest_curves").set_index(["type_a", "type_b", "radius_um"])
    places = a.uns["f_function"].set_index("type")
    index = a.uns["clark_evans"]
    trees = {k: cKDTree(xy[types == k]) for k in names}
    F = {}
    for q in names:
        col, row = np.floor((xy[types == q] - origin) / h).astype(int).T
        empty = np.ones(pixel_edge.shape, bool)
        empty[row, col] = False
        d = distance_transform_edt(empty) * h
        look = pixel_edge >= 0
        raw, reduced, km, _ = curves_of(d[look].astype(np.float32), pixel_edge[look])
        F[q] = km
        check(close(places.loc[q]["raw"], raw, ROUNDING), f"{name}: F raw of {q}")
        check(close(places.loc[q]["reduced_sample"], reduced, ROUNDING), f"{name}: F rs")
        check(close(places.loc[q]["kaplan_meier"], km, 1e-9), f"{name}: F km of {q}")
    for p in names:
        for q in names:
            mine = types == p
            d = trees[q].query(xy[mine], 2)[0][:, 1 if p == q else 0]
            raw, reduced, km, events = curves_of(d, border[mine])
            with np.errstate(invalid="ignore", divide="ignore"):
                h_sum = np.cumsum(np.where(events > 0, events / eroded, 0))
                hanisch = h_sum / h_sum[eroded > 0][-1]
                hanisch[eroded <= 0] = np.nan
                j = (1 - km) / (1 - F[q])
            j[~np.isfinite(j)] = np.nan
            rows = table.loc[(p, q)]
            check((rows["count"] == mine.sum()).all(), f"{name}: cells asked {p}|{q}")
            check(close(rows["g_raw"], raw, ROUNDING), f"{name}: G raw {p}|{q}")
            check(close(rows["g_reduced_sample"], reduced, ROUNDING), f"{name}: G rs")
            check(close(rows["g_kaplan_meier"], km, 1e-9), f"{name}: G km {p}|{q}")
            check(close(rows["g_hanisch"], hanisch, 1e-9), f"{name}: Hanisch {p}|{q}")
            check(close(rows["j_kaplan_meier"], j, 1e-9), f"{name}: J {p}|{q}")
            if p == q:
                density = mine.sum() / area
                want = d.mean() * 2 * np.sqrt(density)
                z = ((d.mean() - 0.5 / np.sqrt(density)) /
                     (np.sqrt((4 - np.pi) / (4 * np.pi)) / np.sqrt(mine.sum() * density)))
                check(close([index["index"][p]], [want], 1e-9), f"{name}: index of {p}")
                check(close([index["z"][p]], [z], 1e-6), f"{name}: z of {p}")


def raster_of(out):
    with h5py.File(os.path.join(out, "slides", "S01.fields.h5")) as f:
        x, y = f["x"][()], f["y"][()]
        tissue = f["tissue"][()] if "tissue" in f else None
    h = x[1] - x[0]
    return (h, np.array([x[0] - h / 2, y[0] - h / 2])), x, y, tissue


out = os.path.join(WORK, "box-1")
raster, px, py, _ = raster_of(out)
X, Y = np.meshgrid(px, py)
edge = np.minimum(np.minimum(X - low[0], high[0] - X), np.minimum(Y - low[1], high[1] - Y))
edge[edge < 0] = -1
r = np.array(NEAR)
eroded = np.clip(sides[0] - 2 * r, 0, None) * np.clip(sides[1] - 2 * r, 0, None)
check_nearest(a, xy, types, border, edge.astype(np.float32), eroded, area, "box")

out = os.path.join(WORK, "mask-1")
raster, px, py, tissue = raster_of(out)
h, origin = raster
padded = np.pad(tissue > 0, 1)
edge = (distance_transform_edt(padded)[1:-1, 1:-1] * h - h / 2).astype(np.float32)
edge[tissue == 0] = -1
eroded = np.array([(edge >= np.float32(radius)).sum() for radius in NEAR]) * h * h
col, row = np.floor((xy - origin) / h).astype(int).T
check_nearest(b, xy, types, edge[row, col], edge, eroded, b.uns["area_um2"][0], "mask")

# --- polygons: exact edges, and cells outside take part in nothing -------------------------
middle, spread = (low + high) / 2, sides / 2
angle = np.arange(9) * 2 * np.pi / 9 + 0.3
ring_um = middle + np.stack([np.cos(angle), np.sin(angle)], 1) * spread * 0.8
hole_um = middle + np.stack([np.cos(angle), np.sin(angle)], 1) * spread * 0.25
closed = lambda v: np.vstack([v, v[:1]]).tolist()
write("tissue.geojson", json.dumps({"type": "FeatureCollection", "features": [{
    "type": "Feature", "properties": {"classification": {"name": "tissue"}},
    "geometry": {"type": "Polygon", "coordinates": [closed(ring_um), closed(hole_um)]}}]}))
with open(os.path.join(made, "samplesheet.csv")) as f:
    first = next(csv.DictReader(f))
row_of = os.path.join(made, first["data_path"])
sheet = write("polygons.csv", "sample,data_path,um_per_px,regions,regions_um_per_px\n"
              f"S01,{row_of},1,tissue.geojson,1\n")
config = config_of("polygons", "tissue: {from: regions}\n")
outs = [run("polygons", config, n) for n in (1, 3)]
check(digests(outs[0]) == digests(outs[1]), "polygons: other bytes on three ranks")
c, _, _ = slide_of("polygons")


def to_edges(points, v):
    p, e = v, np.roll(v, -1, 0) - v
    t = np.clip(((points[:, None] - p) * e).sum(2) / (e ** 2).sum(1), 0, 1)
    return np.linalg.norm(points[:, None] - p - t[..., None] * e, axis=2).min(1)


def is_in(points, v):
    (x0, y0), (x1, y1) = v.T, np.roll(v, -1, 0).T
    x, y = points[:, :1], points[:, 1:]
    crosses = ((y0 > y) != (y1 > y)) & (x < (x1 - x0) * (y - y0) / (y1 - y0) + x0)
    return crosses.sum(1) % 2 == 1


def shoelace(v):
    (x0, y0), (x1, y1) = v.T, np.roll(v, -1, 0).T
    return abs((x0 * y1 - x1 * y0).sum()) / 2


inside = is_in(xy, ring_um) & ~is_in(xy, hole_um)
check(0 < inside.sum() < len(xy) and is_in(xy, hole_um).any(), "cells in and out")
border = np.minimum(to_edges(xy, ring_um), to_edges(xy, hole_um))
area = shoelace(ring_um) - shoelace(hole_um)
check(close([c.uns["area_um2"][0]], [area], 1e-9), "area of polygons")
got = table_of(c, "pairs").set_index(["type_a", "type_b", "radius_um"])
seen = {k: xy[inside & (types == k)] for k in names}
trees = {k: cKDTree(v) for k, v in seen.items()}
for p in names:
    for q in names:
        n = trees[p].count_neighbors(trees[q], RADII) - (len(seen[p]) if p == q else 0)
        rows = got.loc[(p, q)]
        check((rows["count"].to_numpy() == n).all(), f"polygons: pairs {p}|{q}")
        there = len(seen[p]) * (len(seen[q]) - (p == q))
        check(close(rows["k_none"], area / there * n, 1e-9), f"polygons: k_none {p}|{q}")
        k = []
        for radius in RADII:
            look = inside & (types == p) & (border >= radius)
            near = [len(m) for m in trees[q].query_ball_point(xy[look], radius)]
            near = sum(near) - (look.sum() if p == q else 0)
            k.append(area / len(seen[q]) * near / look.sum() if look.any() else np.nan)
        check(close(rows["k_border"], k, 1e-9), f"polygons: k_border {p}|{q}")
raster, px, py, tissue = raster_of(outs[0])
h, origin = raster
edge = (distance_transform_edt(np.pad(tissue > 0, 1))[1:-1, 1:-1] * h - h / 2).astype(np.float32)
edge[tissue == 0] = -1
eroded = np.array([(edge >= np.float32(radius)).sum() for radius in NEAR]) * h * h
check_nearest(c, xy, types, np.where(inside, border, -1), edge, eroded, area, "polygons")

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

# Metrics of some types only; the tables have all.
out = folder("patterns-told")
run_ok("run", sheet, "--out", out, "-q", *PLAIN, "--set", "types={some: [Tumor, B]}", "--set",
       f"patterns={{pair_radii_um: [20], nearest_radii_um: [9], metric_types: [some]}}")
a = anndata.read_h5ad(os.path.join(out, "slides", "S01.h5ad"))
for analysis in ("cross_k", "g_function"):
    told = a.uns["metrics"][a.uns["metrics"]["analysis"] == analysis]
    told = {(p, q) for p, q in zip(told["type_a"], told["type_b"]) if p}
    check(told == {(p, q) for p in ("Tumor", "B") for q in ("Tumor", "B")}, f"{told}")
for name in ("pairs", "nearest_curves"):
    check(len(a.uns[name]) == len(names) ** 2, f"rows of {name}")

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
