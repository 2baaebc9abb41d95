"""Make a slide to measure with: clustered, tissue-like cells in a square field of view.

    points.py CELLS SEED PREFIX

writes PREFIX.bin (for bench_phases and the compiled peers), PREFIX.csv and PREFIX.h5ad.

    points.py --panel SEED PREFIX

writes, of the slide that is there, what is only read: PREFIX-panel.h5ad and
PREFIX-panel-gzip.h5ad with counts of 300 genes, 59 in each cell, and PREFIX.csv.gz.

Ten types with unequal shares, one of them rare. Tumour fills wavy nests, two immune types
sit at their rims, vessels follow winding bands, fibroblasts lie in layers between the
nests, lymphoid types form aggregates, the rare type is anywhere; lumens stay empty. The
field of view has 10,000 cells per mm² and at most three in any 10 x 10 µm, as in tissue.
Coordinates are multiples of 1/32 µm, exact in single precision too, so that no tool can
excuse another answer by rounding.

PREFIX.bin, little endian: uint64 cells, uint64 types, float64 x[cells], float64 y[cells]
in µm, uint16 type[cells].
"""
import gzip
import shutil
import sys

import anndata
import numpy as np
import pandas as pd
import scipy.sparse

CELLS_PER_UM2 = 0.01
BIN_UM, MOST_PER_BIN = 10.0, 3
LATTICE_PER_UM = 32

SHARES = {  # of all cells
    "Tumour": 0.300, "Cycling tumour": 0.080, "Fibroblast": 0.220, "Endothelial": 0.060,
    "Macrophage": 0.100, "CD8 T": 0.080, "CD4 T": 0.070, "B": 0.050, "Plasma": 0.038,
    "Dendritic": 0.002,
}  # fmt: skip
GENES = ["CXCL12", "CXCR4", "CCL5", "CCL19", "CCL21", "CSF1", "TGFB1", "VEGFA", "CD3E",
         "MS4A1", *(f"GENE{i:02d}" for i in range(10, 40))]  # fmt: skip
GENES_PER_CELL = 12
PANEL = [*GENES, *(f"GENE{i:03d}" for i in range(40, 300))]
PANEL_PER_CELL = 59


class Tissue:
    """Where things are; every draw_*(n) proposes n positions, in or out of the field."""

    def __init__(self, side_um, rng):
        self.side, self.rng = side_um, rng
        area_mm2 = (side_um / 1000) ** 2
        n_nests = max(3, round(6 * area_mm2))
        self.nest_xy = rng.uniform(0, side_um, (n_nests, 2))
        self.nest_r = np.clip(130 * np.exp(0.45 * rng.normal(size=n_nests)), 60, 450)
        self.nest_wave = rng.uniform(0, 2 * np.pi, (n_nests, 2))
        self.knots = rng.uniform(0, side_um, (max(2, round(3 * area_mm2)), 2))
        n_bands = 4 + round(2 * side_um / 1000)
        self.band_xy = rng.uniform(0, side_um, (n_bands, 2))
        self.band_turn = rng.uniform(0, 2 * np.pi, n_bands)
        self.band_bend = rng.uniform(300, 1000, n_bands)

    def is_lumen(self, x, y):
        u, v = x / 550, y / 550
        return np.sin(u + np.sin(0.7 * v)) * np.sin(v + np.sin(0.6 * u + 1)) > 0.93

    def rim(self, nest, angle):
        wave = self.nest_wave[nest]
        return self.nest_r[nest] * (1 + 0.25 * np.sin(3 * angle + wave[:, 0])
                                    + 0.1 * np.sin(7 * angle + wave[:, 1]))  # fmt: skip

    def draw_nests(self, n, radius):
        """@p radius(rim, random) is the distance from the centre of a nest."""
        share = self.nest_r**2 / np.sum(self.nest_r**2)
        nest = self.rng.choice(len(share), n, p=share)
        angle = self.rng.uniform(0, 2 * np.pi, n)
        r = radius(self.rim(nest, angle))
        return self.nest_xy[nest] + (r * [np.cos(angle), np.sin(angle)]).T

    def draw_filled(self, n, reach=1.0):
        root = np.sqrt(self.rng.uniform(size=n))
        return self.draw_nests(n, lambda rim: reach * rim * root)

    def draw_rims(self, n, width_um):
        return self.draw_nests(n, lambda rim: rim + self.rng.normal(0, width_um, n))

    def draw_bands(self, n):
        band = self.rng.integers(len(self.band_bend), size=n)
        along = self.rng.uniform(-1.2, 1.2, n) * self.side
        off = 80 * np.sin(along / self.band_bend[band]) + self.rng.normal(0, 8, n)
        c, s = np.cos(self.band_turn[band]), np.sin(self.band_turn[band])
        return self.band_xy[band] + np.stack([along * c - off * s, along * s + off * c], 1)

    def draw_knots(self, n, width_um):
        knot = self.rng.integers(len(self.knots), size=n)
        return self.knots[knot] + self.rng.normal(0, width_um, (n, 2))

    def draw_anywhere(self, n):
        return self.rng.uniform(0, self.side, (n, 2))

    def draw_layers(self, n):
        xy = self.draw_anywhere(n)
        x, y = xy.T
        layer = np.sin(0.02 * x + 1.5 * np.sin(0.004 * y) + 0.01 * y)
        return xy[(layer > -0.2) | (self.rng.uniform(size=n) > 0.7)]

    def draw(self, name, n):
        if name == "Tumour":
            return self.draw_filled(n)
        if name == "Cycling tumour":
            return self.draw_filled(n, reach=0.6)
        if name in ("Macrophage", "CD8 T"):
            return self.draw_rims(n, 40 if name == "Macrophage" else 25)
        if name == "Endothelial":
            return self.draw_bands(n)
        if name in ("CD4 T", "B", "Plasma"):
            return self.draw_knots(n, 70 if name == "B" else 130)
        return self.draw_layers(n) if name == "Fibroblast" else self.draw_anywhere(n)


class Field:
    """The field of view, and how full each 10 x 10 µm of it is."""

    def __init__(self, tissue):
        self.tissue = tissue
        self.n_bins = int(np.ceil(tissue.side / BIN_UM))
        self.held = np.zeros(self.n_bins**2, np.int64)

    def admit(self, xy, most):
        """Those of @p xy that lie on tissue and find room, at most @p most of them."""
        xy = np.rint(xy * LATTICE_PER_UM) / LATTICE_PER_UM + 0.0  # no -0.0
        inside = np.all((xy >= 0) & (xy < self.tissue.side), axis=1)
        xy = xy[inside & ~self.tissue.is_lumen(*xy.T)]
        bins = (xy // BIN_UM).astype(np.int64) @ [1, self.n_bins]
        order = np.argsort(bins, kind="stable")
        held = bins[order]
        turn = np.arange(len(held)) - np.searchsorted(held, held)
        fits = np.sort(order[self.held[held] + turn < MOST_PER_BIN])[:most]
        np.add.at(self.held, bins[fits], 1)
        return xy[fits]

    def fill(self, name, n):
        got = [np.empty((0, 2))]
        while (missing := n - sum(map(len, got))) > 0:
            got.append(self.admit(self.tissue.draw(name, 2 * missing + 100), missing))
        return np.concatenate(got)


def make(n_cells, seed):
    """(x, y, type) of the cells, in random order."""
    rng = np.random.default_rng(seed)
    field = Field(Tissue(np.sqrt(n_cells / CELLS_PER_UM2), rng))
    counts = [max(1, round(share * n_cells)) for share in SHARES.values()]
    counts[0] += n_cells - sum(counts)
    scarce_first = np.argsort(counts, kind="stable")
    parts = {t: field.fill(list(SHARES)[t], counts[t]) for t in scarce_first}
    xy = np.concatenate([parts[t] for t in range(len(counts))])
    kind = np.repeat(np.arange(len(counts), dtype="<u2"), counts)
    shuffled = rng.permutation(n_cells)
    return xy[shuffled, 0], xy[shuffled, 1], kind[shuffled]


def make_counts(n_cells, seed, n_genes=len(GENES), per_cell=GENES_PER_CELL):
    """Counts of some genes in each cell, CSR."""
    rng = np.random.default_rng([seed, 1])
    step = n_genes // per_cell  # one gene out of each block of `step`
    genes = step * np.arange(per_cell) + rng.integers(step, size=(n_cells, per_cell))
    counts = rng.geometric(0.5, genes.size).astype(np.float32)
    starts = np.arange(0, genes.size + 1, per_cell)
    return scipy.sparse.csr_matrix((counts, genes.ravel().astype(np.int32), starts),
                                   shape=(n_cells, n_genes))  # fmt: skip


def write(prefix, x, y, kind, seed):
    n = len(x)
    with open(prefix + ".bin", "wb") as f:
        np.array([n, len(SHARES)], "<u8").tofile(f)
        for column in (x.astype("<f8"), y.astype("<f8"), kind):
            column.tofile(f)
    area = np.random.default_rng([seed, 2]).gamma(9, 8, n).round(3)
    obs = pd.DataFrame({"x": x, "y": y,
                        "cell_type": pd.Categorical.from_codes(kind, list(SHARES)),
                        "area_um2": area},
                       index=pd.Index([f"cell_{i:07d}" for i in range(n)], name="cell_id"))  # fmt: skip
    obs.to_csv(prefix + ".csv")
    data = anndata.AnnData(make_counts(n, seed), obs=obs.drop(columns=["x", "y"]),
                           var=pd.DataFrame(index=GENES),
                           obsm={"spatial": np.stack([x, y], 1)}, dtype=np.float32)  # fmt: skip
    data.write_h5ad(prefix + ".h5ad")


def count(path):
    """Cells in a PREFIX.bin."""
    with open(path, "rb") as f:
        return int(np.fromfile(f, "<u8", 1)[0])


def write_panel(seed, prefix):
    slide = anndata.read_h5ad(prefix + ".h5ad")
    data = anndata.AnnData(make_counts(slide.n_obs, seed, len(PANEL), PANEL_PER_CELL),
                           obs=slide.obs, var=pd.DataFrame(index=PANEL),
                           obsm={"spatial": slide.obsm["spatial"]}, dtype=np.float32)  # fmt: skip
    with open(prefix + ".csv", "rb") as plain, gzip.open(prefix + ".csv.gz", "wb", 6) as f:
        shutil.copyfileobj(plain, f, 1 << 20)
    data.write_h5ad(prefix + "-panel.h5ad")
    data.write_h5ad(prefix + "-panel-gzip.h5ad", compression="gzip")


def main(n_cells, seed, prefix):
    write(prefix, *make(int(n_cells), int(seed)), int(seed))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    if sys.argv[1] == "--panel":
        write_panel(int(sys.argv[2]), sys.argv[3])
    else:
        main(*sys.argv[1:])
