#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Files of the wild against what other packages read from them.

    test_formats.py READ_ROWS

Every .h5ad and .loom under formats/ of the data folder (CYTOTAXIS_DATA), against the
tables in reference/formats/: ids, labels, positions, sums over rows and columns of X,
layers and raw. Status 77 when the data are not there.
"""
import csv
import gzip
import math
import sys

import rows

DATA = rows.data_folder()
check = rows.Checks()


def table(name):
    """Columns of a reference table by name, as text; None if there is none."""
    for ending, opener in (("", open), (".gz", gzip.open)):
        path = DATA / "reference" / "formats" / (name + ending)
        if path.exists():
            with opener(path, "rt", encoding="utf-8", newline="") as file:
                header, *body = csv.reader(file)
            return dict(zip(header, zip(*body)))
    return None


def close(have, want, tolerance=1e-12):
    """Equal but for the order in which a sum was made; missing is NaN."""
    def same(a, b):
        b = float(b) if b != "" else math.nan
        return a == b or abs(a - b) <= tolerance * max(1, abs(b)) or \
            math.isnan(a) and math.isnan(b)
    return len(have) == len(want) and all(map(same, have, want))


def check_matrix(reader, path, matrix, position, **source):
    """Sums of all rows and columns; genes are asked for in batches."""
    cols, lines = table(f"{matrix}.cols.csv"), table(f"{matrix}.rows.csv")
    if not check(cols and lines, f"{matrix}: no reference"):
        return
    genes, n = cols["col"], len(lines["row"])
    row_sum, col_sum, nonzero = [0.0] * n, [], []
    for first in range(0, len(genes), 1000):
        batch = genes[first:first + 1000]
        got = reader.ask(path, batch, **position, **source)
        if not check(got.error is None and got.found == [True] * len(batch),
                     f"{matrix}: {got.error or got.died}"):
            return
        for k in range(len(batch)):
            values = got.column(2 + k)
            col_sum.append(sum(values))
            nonzero.append(sum(v != 0 for v in values))
            row_sum = [a + b for a, b in zip(row_sum, values)]
    check(tuple(got.ids) == lines["row"], f"{matrix}: ids")
    check(close(col_sum, cols["sum"]), f"{matrix}: column sums")
    check(close(row_sum, lines["sum"]), f"{matrix}: row sums")
    check(nonzero == [int(x) for x in cols["nonzero"]], f"{matrix}: entries")


def check_columns(reader, path, obs, labels, numbers, position):
    """Columns of obs as labels and as values."""
    for column in labels:
        got = reader.ask(path, type=column, **position)
        want = [x[:-2] if x.endswith(".0") else x for x in obs[column]]
        check(got.labels == want, f"{path.name}: {column} {got.error or ''}")
    got = reader.ask(path, numbers, type=labels[0], **position)
    for k, column in enumerate(numbers):
        check(close(got.column(2 + k), obs[column], 1e-15), f"{path.name}: {column}")


def check_positions(reader, path, entry, reference, labels):
    """Two columns of a matrix in obsm."""
    want = table(reference)
    names = list(want)
    got = reader.ask(path, type=labels, x=f"obsm/{entry}/0", y=f"obsm/{entry}/1")
    for k in (0, 1):
        check(close(got.column(k), want[names[k]], 0),
              f"{path.name}: obsm/{entry} {got.error or ''}")


def anndata_05(reader):
    name = "anndata_archive_v0.5.0__adata.h5ad"
    path = DATA / "formats" / "anndata_archive_v0.5.0" / "adata.h5ad"
    place = {"x": "S_score", "y": "G2M_score"}
    labels = ["bulk_labels", "phase", "louvain", "n_genes"]
    numbers = ["percent_mito", "n_counts", "S_score", "n_genes"]
    check_columns(reader, path, table(f"{name}.obs.csv"), labels, numbers, place)
    for entry in ("X_umap", "X_pca"):
        check_positions(reader, path, entry, f"{name}.obsm_{entry}.csv", "phase")
    position = {**place, "type": "phase"}
    check_matrix(reader, path, f"{name}.X", position)
    for layer in ("raw", "raw/X"):
        check_matrix(reader, path, f"{name}.raw_X", position, layer=layer)


def anndata_07(reader):
    name = "anndata_archive_v0.7.8__adata.h5ad"
    path = DATA / "formats" / "anndata_archive_v0.7.8" / "adata.h5ad"
    place = {"x": "float64", "y": "uint8"}
    check_columns(reader, path, table(f"{name}.obs.csv"),
                  ["obs_cat", "cat_ordered", "int64", "uint8"],
                  ["int64", "float64", "uint8"], place)
    check_positions(reader, path, "array", f"{name}.obsm_array.csv", "obs_cat")
    position = {**place, "type": "obs_cat"}
    check_matrix(reader, path, f"{name}.X", position)
    check_matrix(reader, path, f"{name}.raw_X", position, layer="raw/X")
    for layer in ("array", "sparse"):
        check_matrix(reader, path, f"{name}.layers_{layer}", position, layer=layer)


def squidpy(reader):
    name = "squidpy_visium_test__test_data.h5ad"
    path = DATA / "formats" / "squidpy_visium_test" / "test_data.h5ad"
    check_columns(reader, path, table(f"{name}.obs.csv"), ["leiden", "in_tissue"],
                  ["in_tissue"], {})
    want = table(f"{name}.obsm_spatial.csv")
    got = reader.ask(path, type="leiden")
    check(close(got.column(0), want["spatial_0"], 0), f"{name}: x {got.error or ''}")
    check(close(got.column(1), want["spatial_1"], 0), f"{name}: y")
    check_positions(reader, path, "X_umap", f"{name}.obsm_X_umap.csv", "leiden")
    check_matrix(reader, path, f"{name}.X", {"type": "leiden"})


def loom(reader):
    name = "loom_osmfish__osmFISH_SScortex_mouse_all_cells.loom"
    path = DATA / "formats" / "loom_osmfish" / "osmFISH_SScortex_mouse_all_cells.loom"
    want = table("loom_osmfish.cells.csv")
    got = reader.ask(path, ["size_um2"], type="ClusterName")
    check(tuple(got.ids) == want["CellID"], f"{name}: ids {got.error or ''}")
    check(tuple(got.labels) == want["ClusterName"], f"{name}: labels")
    for k, column in enumerate(("X", "Y", "size_um2")):
        check(close(got.column(k), want[column], 0), f"{name}: {column}")
    check_matrix(reader, path, f"{name}.matrix", {"type": "ClusterName"})
    got = reader.ask(path, type="ClusterName", filter_column="Valid", filter_value="1")
    check(len(got.rows) == want["Valid"].count("1"), f"{name}: valid cells")


KNOWN = {"anndata_archive_v0.5.0": anndata_05, "anndata_archive_v0.7.8": anndata_07,
         "squidpy_visium_test": squidpy, "loom_osmfish": loom}


def main():
    if DATA is None:
        print("skipped: no data folder; set CYTOTAXIS_DATA to one with formats/ and "
              "reference/")
        return rows.SKIP
    reader = rows.Reader(sys.argv[1])
    files = [*DATA.glob("formats/**/*.h5ad"), *DATA.glob("formats/**/*.loom")]
    for path in sorted(files):
        known = path.relative_to(DATA / "formats").parts[0]
        if check(known in KNOWN, f"{path.name} of {known}: no comparison written"):
            KNOWN[known](reader)
    return check.done(40)


sys.exit(main())
