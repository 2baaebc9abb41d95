#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Graphs of neighbours, and what is computed on them, against other packages.

    test_graphs.py scipy     GRAPH_OF MPIEXEC    random cells: scipy
    test_graphs.py reference GRAPH_OF MPIEXEC    cohorts under CYTOTAXIS_DATA: scipy, spdep
"""
import csv
import gzip
import os
import subprocess
import sys

import numpy as np
from scipy.spatial import Delaunay, cKDTree

SKIP = 77
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
DATA = os.environ.get("CYTOTAXIS_DATA") or os.path.join(SOURCE, "..", "shared", "data")
SUMS = 1e-10  # relative: sums of some thousand terms, in another order

mode, GRAPH_OF, MPIEXEC = sys.argv[1:4]
problems = []


def check(ok, what):
    if not ok:
        problems.append(what)
        print("FAILED:", what)


class Told:
    """What graph_of says of the cells on some number of ranks."""

    def __init__(self, ranks, kind, number, xy, types, n_types, values=()):
        head = f"{len(xy)} {n_types} {len(values)}\n"
        columns = [xy[:, 0], xy[:, 1], types, *values]
        rows = (" ".join(map(repr, row)) for row in zip(*(c.tolist() for c in columns)))
        self.text = subprocess.run(
            [MPIEXEC, "-n", str(ranks), GRAPH_OF, kind, repr(number)],
            input=head + "\n".join(rows) + "\n", capture_output=True, text=True,
            check=True).stdout  # fmt: skip
        self.pairs = np.zeros((n_types, n_types), int)
        self.alike = {}
        for line in self.text.splitlines():
            name, *rest = line.split()
            if name == "pairs":
                self.pairs[int(rest[0]), int(rest[1])] = int(rest[2])
            elif name in ("moran", "geary"):
                self.alike[name, rest[0], int(rest[1])] = [float(v) for v in rest[2:]]


def pairs_of(edges, types, n_types):
    """Counts of ordered pairs by type; edges [n, 2] hold both directions."""
    a, b = types[edges[:, 0]], types[edges[:, 1]]
    typed = (a >= 0) & (b >= 0)
    n = np.bincount(a[typed] * n_types + b[typed], minlength=n_types**2)
    return n.reshape(n_types, n_types)


def scipy_delaunay(xy, longest):
    indptr, indices = Delaunay(xy).vertex_neighbor_vertices
    edges = np.stack([np.repeat(np.arange(len(xy)), np.diff(indptr)), indices], 1)
    length = np.sqrt(np.sum((xy[edges[:, 0]] - xy[edges[:, 1]]) ** 2, axis=1))
    return edges[length <= longest]


def scipy_radius(xy, radius):
    edges = cKDTree(xy).query_pairs(radius, output_type="ndarray")
    return np.concatenate([edges, edges[:, ::-1]])


def scipy_knn(xy, k):
    nearest = cKDTree(xy).query(xy, k + 1)[1][:, 1:]
    return np.stack([np.repeat(np.arange(len(xy)), k), nearest.ravel()], 1)


def scipy_union(xy, k):
    edges = scipy_knn(xy, k)
    return np.unique(np.concatenate([edges, edges[:, ::-1]]), axis=0)


def compare(name, xy, types, n_types, trials):
    for kind, number, edges_of in trials:
        want = pairs_of(edges_of(xy, number), types, n_types)
        texts = set()
        for ranks in (1, 2, 3):
            told = Told(ranks, kind, float(number), xy, types, n_types)
            check((told.pairs == want).all(), f"{name}: {kind} {number} on {ranks}")
            texts.add(told.text)
        check(len(texts) == 1, f"{name}: {kind} {number} depends on the ranks")


def random_cells():
    rng = np.random.default_rng(4)
    lattice = np.stack(np.meshgrid(np.arange(60), np.arange(50)), -1).reshape(-1, 2) * 10.0
    jittered = lattice + rng.uniform(-3, 3, lattice.shape)
    crowds = np.concatenate([rng.normal(c, 40, (500, 2)) for c in (0, 300, 900)])
    for name, xy in (("jittered lattice", jittered), ("crowds", crowds)):
        types = rng.integers(-1, 6, len(xy))
        compare(name, xy, types, 6, [("delaunay", np.inf, scipy_delaunay),
                                     ("delaunay", 14.5, scipy_delaunay),
                                     ("radius", 25.0, scipy_radius),
                                     ("knn", 7, scipy_knn), ("union", 7, scipy_union)])  # fmt: skip


def read_cells(cohort, slide):
    """(rows, xy, types, number of types) of one slide."""
    with gzip.open(os.path.join(DATA, "cohorts", cohort, "cells.csv.gz"), "rt") as f:
        rows = [row for row in csv.DictReader(f) if row["slide"] == slide]
    xy = np.array([[float(row["x"]), float(row["y"])] for row in rows])
    names = sorted({row["cell_type"] for row in rows})
    return rows, xy, np.array([names.index(r["cell_type"]) for r in rows]), len(names)


def near(a, b):
    return abs(a - b) <= SUMS * abs(b)


def compare_spdep(cohort):
    """spdep counts N without the cells that have no neighbour; I and C are scaled."""
    with open(os.path.join(DATA, "reference", cohort, "moran_geary_spdep.csv")) as f:
        wanted = [r for r in csv.DictReader(f) if r["variance_under"] == "normality"]
    for slide in sorted({r["slide"] for r in wanted}):
        mine = [r for r in wanted if r["slide"] == slide]
        markers = sorted({r["marker"] for r in mine})
        rows, xy, types, n_types = read_cells(cohort, slide)
        values = [np.array([float(row[m]) for row in rows]) for m in markers]
        told = Told(2, "radius", float(mine[0]["r"]), xy, types, n_types, values)
        for r in mine:
            key = ("row" if r["style"] == "W" else "binary", markers.index(r["marker"]))
            n = int(r["n"])
            linked = n - int(r["no_neighbour"])
            moran = float(r["I"]) * n / linked
            geary = float(r["C"]) * (n - 1) / (linked - 1)
            where = f"{cohort}: {slide}: {r['marker']} {r['style']}"
            check(near(told.alike[("moran", *key)][0], moran), f"{where}: Moran")
            check(near(told.alike[("geary", *key)][0], geary), f"{where}: Geary")
        print(f"{cohort}: {slide}: {len(mine)} Moran and Geary of spdep")


def reference():
    known = [c for c in ("akoya_set4_vectra", "mccaffrey_tb_granuloma_mibi", "osmfish_cortex")
             if os.path.exists(os.path.join(DATA, "reference", c, "moran_geary_spdep.csv"))]  # fmt: skip
    if not known:
        print(f"SKIPPED: no moran_geary_spdep.csv under {DATA} (set CYTOTAXIS_DATA)")
        sys.exit(SKIP)
    for cohort in known:
        compare_spdep(cohort)
    if "osmfish_cortex" in known:  # no lattice; of cells in one place scipy takes one
        _, xy, types, n_types = read_cells("osmfish_cortex", "osmFISH_SScortex")
        alone = np.sort(np.unique(xy, axis=0, return_index=True)[1])
        compare("osmfish_cortex", xy[alone], types[alone], n_types,
                [("delaunay", np.inf, scipy_delaunay), ("union", 10, scipy_union)])  # fmt: skip


{"scipy": random_cells, "reference": reference}[mode]()
sys.exit(1 if problems else 0)
