#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""AnnData files for test_h5ad_reader, and what reading them must give.

    make_h5ad.py FOLDER

For each file NAME.h5ad there is NAME.expected.tsv; index.txt lists the names. Lines of
the expectation, fields parted by tabs:

    source  KEY VALUE       what to ask for (x, y, id, type, filter_column, ...)
    value   NAME FOUND      a ligand to ask for, and whether the file has it
    row     PLACE ID X Y LABEL VALUE...       numbers as %.17g, no label: empty
    bad     CODE MESSAGE    the file is refused; MESSAGE may end in * for "any more"
    check   COUNT           problems that the check before a run must find

Needs numpy, scipy, pandas, h5py and anndata.
"""
import os
import sys
import warnings

import anndata
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp

import h5ad_encodings

warnings.filterwarnings("ignore")
N, G = 37, 6
GENES = ["CXCL12", "CXCR4", "CD8A", "EPCAM", "µ-gene", "ACTB"]
TYPES = ["Tumour", "CD8 T", "B", "Stroma é", "Unused"]


class Expectation:
    def __init__(self, folder, name):
        self.folder, self.name, self.lines = folder, name, []

    def source(self, **settings):
        self.lines += [f"source\t{key}\t{value}" for key, value in settings.items()]
        return self

    def value(self, name, found=1):
        self.lines.append(f"value\t{name}\t{found}")
        return self

    def rows(self, place, ids, x, y, labels, *values):
        columns = [[f"{float(v):.17g}" for v in column] for column in (x, y, *values)]
        for i, p in enumerate(place):
            label = labels[i] if isinstance(labels[i], str) else ""
            numbers = [column[i] for column in columns]
            self.lines.append("\t".join(["row", str(p), str(ids[i]), numbers[0],
                                         numbers[1], label, *numbers[2:]]))
        return self

    def bad(self, code, message, check=1):
        self.lines += [f"bad\t{code}\t{message}", f"check\t{check}"]
        return self

    def write(self):
        path = os.path.join(self.folder, self.name + ".expected.tsv")
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write("\n".join(self.lines) + "\n")


class Maker:
    def __init__(self, folder):
        self.folder, self.names, self.rng = folder, [], np.random.default_rng(11)

    def path(self, name):
        return os.path.join(self.folder, name + ".h5ad")

    def expect(self, name):
        self.names.append(name)
        return Expectation(self.folder, name)

    def alias(self, name, other):
        """Another name for a file that is read in another way."""
        os.link(self.path(other), self.path(name))
        return self

    def table(self, n=N):
        """A random slide: anndata without X, its matrix, ids, positions, labels."""
        rng = self.rng
        dense = rng.poisson(0.8, (n, G)) * rng.random((n, G))
        ids = np.array([f"cell_{i}" for i in range(n)], dtype=object)
        labels = np.array([TYPES[k] for k in rng.integers(0, 4, n)], dtype=object)
        obs = pd.DataFrame({"cell_type": pd.Categorical(labels, categories=TYPES),
                            "area": rng.random(n) * 100}, index=ids)
        data = anndata.AnnData(obs=obs, var=pd.DataFrame(index=GENES), shape=(n, G))
        data.obsm["spatial"] = rng.random((n, 2)) * 1000 - 500
        return data, dense, ids, data.obsm["spatial"], labels


# --- good files ---------------------------------------------------------------------------

def matrices(m):
    for name, form in (("csr", sp.csr_matrix), ("csc", sp.csc_matrix),
                       ("dense", np.asarray)):
        data, dense, ids, xy, labels = m.table()
        data.X = form(dense.astype(np.float32))
        data.write_h5ad(m.path(name))
        single = dense.astype(np.float32)
        nan = np.full(N, np.nan)
        m.expect(name).value("CXCR4").value("area").value("nothing", 0).value(
            "µ-gene").value("CXCR4").value("CXCL12").rows(
            range(N), ids, xy[:, 0], xy[:, 1], labels, single[:, 1], data.obs["area"],
            nan, single[:, 4], single[:, 1], single[:, 0]).write()


def chunked(m):
    data, dense, ids, xy, labels = m.table()
    data.X = dense
    data.obsm["spatial"] = np.c_[xy, np.arange(N)].astype(np.float32)
    data.write_h5ad(m.path("chunked"), compression="gzip")
    with h5py.File(m.path("chunked"), "a") as f:
        del f["X"]
        f.create_dataset("X", data=dense.astype(">f8"), chunks=(5, 4), compression="gzip",
                         shuffle=True, fletcher32=True)
    xy = xy.astype(np.float32)
    m.expect("chunked").value("ACTB").value("CXCL12").rows(
        range(N), ids, xy[:, 0], xy[:, 1], labels, dense[:, 5], dense[:, 0]).write()


def fixed_text(m):
    data, dense, ids, xy, labels = m.table()
    data.X = sp.csr_matrix(dense)
    data.obsm["spatial"] = np.round(xy).astype(np.int16)
    data.write_h5ad(m.path("fixed_text"))
    with h5py.File(m.path("fixed_text"), "a") as f:
        del f["obs/_index"], f["obs/cell_type"]
        f["obs"].create_dataset("_index", data=np.array(ids, dtype="S9"))
        utf8 = h5py.string_dtype("utf-8", 9)
        f["obs"].create_dataset(
            "cell_type", data=np.array([t.encode() for t in labels], dtype=utf8))
        del f["obs"].attrs["_index"]
        f["obs"].attrs["_index"] = np.bytes_("_index")
    xy = np.round(xy)
    m.expect("fixed_text").rows(range(N), ids, xy[:, 0], xy[:, 1], labels).write()


def columns(m):
    data, dense, _, xy, labels = m.table()
    data.X = dense
    del data.obsm["spatial"]
    number = np.arange(N, dtype=np.uint64) + np.uint64(18446744073709551000)
    data.obs["px"] = np.round(xy[:, 0]).astype(np.int32)
    data.obs["py"] = xy[:, 1].astype(np.float32)
    data.obs["number"] = number
    data.obs["kind"] = labels.astype(str)
    data.obs["good"] = np.arange(N) % 3 != 1
    data.write_h5ad(m.path("columns"))
    keep = np.flatnonzero(np.arange(N) % 3 != 1)
    with h5py.File(m.path("columns"), "a") as f:  # text as it is, not categorical
        del f["obs/kind"]
        f["obs"].create_dataset("kind", data=labels, dtype=h5py.string_dtype())
    m.expect("columns").source(x="px", y="py", id="number", type="kind",
                               filter_column="good", filter_value="true").value(
        "px").value("CD8A").value("good", 0).rows(
        keep, number[keep], np.round(xy[keep, 0]), xy[keep, 1].astype(np.float32),
        labels[keep], np.round(xy[keep, 0]), dense[keep, 2], np.full(keep.size, np.nan)
    ).write()


def filters(m):
    data, dense, ids, xy, labels = m.table()
    region = np.array(["A", "B", "C"], dtype=object)[m.rng.integers(0, 3, N)]
    region[:5] = "A"
    data.obs["region"] = pd.Categorical(region)
    data.obs["fov"] = m.rng.integers(-1, 3, N)
    xy[region == "A"] = np.nan  # of no concern to region B
    data.obsm["spatial"] = xy
    data.X = sp.csr_matrix(dense)
    data.write_h5ad(m.path("filter"))
    keep = np.flatnonzero(region == "B")
    m.expect("filter").source(filter_column="region", filter_value="B").value(
        "CXCL12").rows(keep, ids[keep], xy[keep, 0], xy[keep, 1], labels[keep],
                       dense[keep, 0]).write()
    data.obsm["spatial"] = np.nan_to_num(xy)
    data.write_h5ad(m.path("filter_number"))
    keep, xy = np.flatnonzero(data.obs["fov"] == -1), np.nan_to_num(xy)
    m.expect("filter_number").source(filter_column="fov", filter_value="-1").rows(
        keep, ids[keep], xy[keep, 0], xy[keep, 1], labels[keep]).write()


def missing_types(m):
    data, _, _, xy, labels = m.table()
    ids = np.array([f"zelle-µ{i}-細胞" for i in range(N)], dtype=object)
    data.obs.index = ids
    labels[[0, 7, N - 1]] = None
    data.obs["cell_type"] = pd.Categorical(labels)
    data.write_h5ad(m.path("missing_types"))
    m.expect("missing_types").value("CXCL12", 0).rows(
        range(N), ids, xy[:, 0], xy[:, 1], labels, np.full(N, np.nan)).write()


def layers(m):
    data, dense, ids, xy, labels = m.table()
    data.X = dense
    counts = m.rng.poisson(1.0, (N, G))
    data.layers["counts"] = sp.csr_matrix(counts)
    data.layers["text"] = dense
    data.var["feature_name"] = pd.Categorical([f"symbol {i % 5}" for i in range(G)])
    data.var["gene_symbols"] = [f"S{i}" for i in range(G)]
    data.write_h5ad(m.path("layer"))
    m.expect("layer").source(layer="counts").value("EPCAM").value("S2").value(
        "symbol 3").rows(range(N), ids, xy[:, 0], xy[:, 1], labels, counts[:, 3],
                         counts[:, 2], counts[:, 3]).write()
    data.write_h5ad(m.path("gene_twice"))
    m.expect("gene_twice").value("symbol 0").bad(
        "DATA", 'gene_twice.h5ad var/feature_name: gene "symbol 0" is in rows 0 and 5; '
        "make the names unique", 0).write()


def nullable(m):
    data, dense, ids, xy, labels = m.table()
    data.X = dense
    data.write_h5ad(m.path("nullable"))
    hidden = np.arange(N) % 5 == 2
    count = m.rng.integers(0, 99, N)
    with h5py.File(m.path("nullable"), "a") as f:
        del f["obs/_index"], f["obs/cell_type"]
        for name, values, mask in (("_index", ids, np.zeros(N, bool)),
                                   ("cell_type", labels, hidden),
                                   ("count", count, hidden)):
            group = f["obs"].create_group(name)
            kind = "string-array" if values.dtype == object else "integer"
            group.attrs["encoding-type"] = "nullable-" + kind
            group.attrs["encoding-version"] = "0.1.0"
            text = h5py.string_dtype() if values.dtype == object else None
            group.create_dataset("values", data=values, dtype=text)
            group.create_dataset("mask", data=mask)
    shown = np.where(hidden, None, labels)
    m.expect("nullable").value("count").rows(
        range(N), ids, xy[:, 0], xy[:, 1], shown, np.where(hidden, np.nan, count)).write()
    with h5py.File(m.path("nullable"), "r") as f, \
            h5py.File(m.path("no_id"), "w") as g:
        for name in f:
            f.copy(name, g)
        g["obs/_index/mask"][9] = True
    m.expect("no_id").bad("DATA", "no_id.h5ad obs/_index row 9: the id is missing", 0
                          ).write()


def odd_numbers(m):
    """Sparse matrices whose indices are of unusual types, unsorted and repeated."""
    for name, number, pointer in (("small_indices", "u1", "u4"), ("real_indices", "f8", "f8"),
                                  ("big_endian", ">i4", ">i8")):
        data, _, ids, xy, labels = m.table()
        data.write_h5ad(m.path(name))
        count = m.rng.integers(0, 9, N)
        start = np.r_[0, np.cumsum(count)]
        index = m.rng.integers(0, G, start[-1])
        entry = m.rng.random(start[-1])
        want = np.zeros((N, G))
        for i in range(N):
            for k in range(start[i], start[i + 1]):
                want[i, index[k]] += entry[k]
        with h5py.File(m.path(name), "a") as f:
            x = f.create_group("X")
            x.attrs["encoding-type"], x.attrs["encoding-version"] = "csr_matrix", "0.1.0"
            x.attrs["shape"] = np.array([N, G], dtype=pointer)
            x.create_dataset("data", data=entry)
            x.create_dataset("indices", data=index.astype(number))
            x.create_dataset("indptr", data=start.astype(pointer))
        m.expect(name).value("CXCR4").value("ACTB").rows(
            range(N), ids, xy[:, 0], xy[:, 1], labels, want[:, 1], want[:, 5]).write()


def shapes(m):
    for name, n in (("no_cells", 0), ("one_cell", 1)):
        data, dense, ids, xy, labels = m.table(n)
        data.X = sp.csr_matrix(dense)
        data.write_h5ad(m.path(name))
        m.expect(name).value("CXCL12").rows(range(n), ids, xy[:, 0], xy[:, 1], labels,
                                            dense[:, 0]).write()
    data, dense, ids, xy, labels = m.table()
    data.obsm["spatial"] = pd.DataFrame(
        {"slice": pd.Categorical(["s"] * N), "v": xy[:, 1], "u": xy[:, 0]}, index=ids)
    data.write_h5ad(m.path("frame"))
    m.expect("frame").rows(range(N), ids, xy[:, 1], xy[:, 0], labels).write()


def large(m):
    """More rows than a slab, more entries than a block."""
    n = 70000
    rng = m.rng
    dense = (rng.random((n, 20)) < 0.9) * rng.integers(1, 9, (n, 20))
    ids = np.array([f"c{i}" for i in range(n)], dtype=object)
    labels = np.array(TYPES, dtype=object)[rng.integers(0, 4, n)]
    data = anndata.AnnData(
        sp.csr_matrix(dense.astype(np.float32)),
        obs=pd.DataFrame({"cell_type": pd.Categorical(labels)}, index=ids),
        var=pd.DataFrame(index=[f"g{i}" for i in range(20)]))
    xy = rng.integers(0, 5000, (n, 2)) / 4
    data.obsm["spatial"] = xy
    data.layers["dense"] = dense.astype(np.float32)
    data.write_h5ad(m.path("large"), compression="gzip")
    os.link(m.path("large"), m.path("large_dense"))
    for name, layer in (("large", "X"), ("large_dense", "dense")):
        m.expect(name).source(layer=layer).value("g7").value("g0").rows(
            range(n), ids, xy[:, 0], xy[:, 1], labels, dense[:, 7], dense[:, 0]).write()


# --- bad files ----------------------------------------------------------------------------

def spoilt(m, name, change, code, message, check=1, source=None, values=()):
    """A good file after change(h5py.File)."""
    data, dense, *_ = m.table()
    data.X = sp.csr_matrix(dense)
    data.write_h5ad(m.path(name))
    with h5py.File(m.path(name), "a") as f:
        change(f)
    e = m.expect(name).source(**(source or {}))
    for value in values:
        e.value(value)
    e.bad(code, f"{name}.h5ad{message}", check).write()


def put(path, value):
    def change(f):
        if path in f:
            del f[path]
        f.create_dataset(path, data=value)
    return change


def item(path, at, value):
    def change(f):
        f[path][at] = value
    return change


def remove(path):
    def change(f):
        del f[path]
    return change


def bad_rows(m):
    spoilt(m, "nan", item("obsm/spatial", (17, 0), np.nan), "DATA",
           " obsm/spatial row 17: x is not finite (nan)", 0)

    def three(f):
        f["obsm/spatial"][33, 0] = f["obsm/spatial"][12, 1] = -np.inf
        f["obsm/spatial"][35, 0] = np.nan
    spoilt(m, "inf", three, "DATA", " obsm/spatial row 12: y is not finite (-inf)", 0)

    def columns_nan(f):
        f["obs/area"][30] = np.nan
    spoilt(m, "nan_column", columns_nan, "DATA",
           " obs/area row 30: x is not finite (nan)", 0, {"x": "area", "y": "area"})
    spoilt(m, "code_range", item("obs/cell_type/codes", 4, 99), "DATA",
           " obs/cell_type row 4: code 99 is not one of the 5 categories", 0)

    def twice(f):
        f["obs/_index"][31] = "cell_2"
    spoilt(m, "duplicate", twice, "DATA",
           ' row 31: cell id "cell_2" is already that of row 2; ids must be unique within '
           "a slide", 0)

    def latin(f):
        text = np.array([b"c%d" % i for i in range(N)])
        text[20] = b"\xe9t\xe9"
        put("obs/_index", text)(f)
    spoilt(m, "latin", latin, "DATA",
           ' obs/_index row 20: the text is not UTF-8 ("?t?")', 0)


def bad_columns(m):
    def rename(f):
        f.move("obs/cell_type", "obs/cell_typ")
    spoilt(m, "no_type", rename, "DATA",
           ' has no obs column "cell_type"; did you mean "cell_typ"? it has: _index, '
           "area, cell_typ")
    spoilt(m, "no_x", lambda f: None, "DATA",
           ' has no obs column "x_centroid"; it has: _index, area, cell_type', 1,
           {"x": "x_centroid", "y": "area"})
    spoilt(m, "only_x", lambda f: None, "CONFIG",
           ": the samplesheet names one of the columns x and y; name both", 1,
           {"x": "area"})
    spoilt(m, "no_filter", lambda f: None, "DATA",
           ' has no obs column "regoin"; it has: _index, area, cell_type', 1,
           {"filter_column": "regoin", "filter_value": "A"})
    spoilt(m, "real_type", lambda f: None, "DATA",
           " obs/area holds real numbers where text, whole numbers or booleans are needed",
           1, {"type": "area"})
    spoilt(m, "text_x", lambda f: None, "DATA", " obs/cell_type does not hold numbers", 1,
           {"x": "cell_type", "y": "area"})
    spoilt(m, "no_layer", lambda f: None, "DATA", ' has no layer "counts"; it has: none', 1,
           {"layer": "counts"}, ["CXCL12"])
    spoilt(m, "no_spatial", remove("obsm/spatial"), "DATA",
           " has no obsm/spatial; name the columns of obs that hold the positions in the "
           "samplesheet (x and y)")
    spoilt(m, "four_columns", put("obsm/spatial", np.zeros((N, 4))), "DATA",
           " obsm/spatial has 4 columns, not 2 or 3")
    spoilt(m, "line", put("obsm/spatial", np.zeros(N)), "DATA",
           " obsm/spatial has 1 dimensions, not 2")
    spoilt(m, "short_spatial", put("obsm/spatial", np.zeros((N - 1, 2))), "DATA",
           " obsm/spatial has 36 rows, the index of obs 37")

    def many(f):
        del f["obs/cell_type"], f["obsm/spatial"]
    spoilt(m, "many", many, "DATA",
           " has no obsm/spatial; name the columns of obs that hold the positions in the "
           "samplesheet (x and y)", 3, {"filter_column": "fov", "filter_value": "1"})


def bad_matrices(m):
    genes = ["CXCL12"]

    def pointer(at, value):
        def change(f):
            f["X/indptr"][at] = value
        return change
    spoilt(m, "indptr_falls", pointer(9, 0), "DATA", " X/indptr[9] is 0, not between *", 0,
           values=genes)
    spoilt(m, "indptr_far", pointer(N, 10**9), "DATA",
           f" X/indptr[{N}] is 1000000000, not between *", 0, values=genes)
    spoilt(m, "index_range", item("X/indices", 20, G), "DATA",
           " X/indices[20] is 6, not below 6: the matrix is damaged", 0, values=genes)
    spoilt(m, "index_negative", item("X/indices", 0, -1), "DATA",
           " X/indices[0] is -1, not below 6: the matrix is damaged", 0, values=genes)

    def shape(f):
        f["X"].attrs["shape"] = np.array([N, G + 1])
    spoilt(m, "shape", shape, "DATA", " X is 37 x 7, but obs has 37 rows and var 6", 0,
           values=genes)

    def coo(f):
        f["X"].attrs["encoding-type"] = "coo_matrix"
    spoilt(m, "coo", coo, "DATA", ' X is of encoding "coo_matrix"; a dense matrix, '
           "csr_matrix or csc_matrix is needed", 0, values=genes)

    def half(f):
        x = f["X/indices"]
        x[0] = 0
        put("X/indices", x[()] + 0.5)(f)
    spoilt(m, "half_index", half, "DATA", " X/indices[0] is not a whole number (0.5)", 0,
           values=genes)

    def shorter(f):
        put("X/data", f["X/data"][:-1])(f)
    spoilt(m, "short_data", shorter, "DATA", " X/data has *", 0, values=genes)


def bad_structure(m):
    def ring(f):
        del f["obs/cell_type"]
        f["obs/cell_type"] = h5py.SoftLink("/obs/other")
        f["obs/other"] = h5py.SoftLink("/obs/cell_type")
    spoilt(m, "ring", ring, "DATA", " obs/cell_type leads nowhere: a broken link")

    def itself(f):
        f["obs/cell_type/self"] = f["obs/cell_type"]
        del f["obs/cell_type/categories"]
        f["obs/cell_type/categories"] = f["obs/cell_type"]
    spoilt(m, "itself", itself, "DATA", " obs/cell_type/categories is itself categorical")

    def group(f):
        del f["obs/_index"]
        f.create_group("obs/_index")
    spoilt(m, "group", group, "DATA",
           " obs/_index is a group of an unknown kind, not a column")
    spoilt(m, "dataset", put("obsm/spatial", np.zeros((N, 2), dtype="S3")), "DATA",
           " obsm/spatial does not hold numbers")

    def number(f):
        f["obs"].attrs["_index"] = 7
    spoilt(m, "index_attribute", number, "DATA",
           " is not an AnnData file: group obs has no attribute _index, the name of its "
           "index column")

    def absurd(f):
        del f["obs/_index"]
        f.create_dataset("obs/_index", shape=(10**15,), dtype="S20", chunks=(1024,))
    spoilt(m, "absurd", absurd, "DATA",
           " obs/_index says it has 1000000000000000 x 1 elements, which are not all in "
           "the file: it is damaged or was not closed")

    def compound(f):
        put("obs/cell_type", np.zeros(N, dtype=[("a", "i4"), ("b", "f8")]))(f)
    spoilt(m, "compound", compound, "DATA",
           " obs/cell_type holds neither numbers nor text of a known kind")
    spoilt(m, "not_anndata", remove("obs"), "DATA",
           " is not an AnnData file: it has no group obs")


def swollen(m):
    """Small files that ask for much: memory, or to be read over and over."""
    def zeros(f):
        del f["obs/cell_type/categories"]
        f["obs/cell_type"].create_dataset("categories", data=np.zeros(10**7, "i1"),
                                          chunks=(10**6,), compression="gzip")
    spoilt(m, "zeros", zeros, "DATA", " obs/cell_type/categories has 10000000 categories, "
           "more than the file has bytes: it is damaged")

    def heaps(f):
        long = ["a" * 300000, "b" * 300000]
        put("obs/cell_type", np.array(long + ["c"] * (N - 2), dtype=object))(f)
    spoilt(m, "heaps", heaps, "DATA", " has strings that point to and fro between large "
           "heaps: the file is damaged", 0)
    with h5py.File(m.path("heaps"), "r") as f:
        at = f["obs/cell_type"].id.get_offset()
    with open(m.path("heaps"), "r+b") as file:  # each string the first letter of the two
        file.seek(at)
        two = file.read(32)
        for k in range(2, N):
            file.write((1).to_bytes(4, "little") + two[16 * (k % 2):][4:16])


def damaged(m):
    data, dense, *_ = m.table()
    data.X = dense
    data.write_h5ad(m.path("truncated"))
    size = os.path.getsize(m.path("truncated"))
    os.truncate(m.path("truncated"), size * 2 // 3)
    m.expect("truncated").bad(
        "DATA", "truncated.h5ad: truncated or damaged HDF5 file (*").write()
    for name, content in (("text", b"cell,x,y\n1,2,3\n"), ("nothing", b"")):
        with open(m.path(name), "wb") as file:
            file.write(content)
        m.expect(name).bad("DATA", f"{name}.h5ad is not an HDF5 file: its signature is "
                                   "missing").write()
    m.expect("absent").bad("NO_INPUT", "absent.h5ad cannot be opened: No such file or "
                                       "directory").write()
    os.mkdir(m.path("folder"))
    m.expect("folder").bad("NO_INPUT", "folder.h5ad: not a file but a folder, pipe or device"
                           ).write()


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        os.rmdir(path) if os.path.isdir(path) else os.remove(path)
    m = Maker(folder)
    for part in (matrices, chunked, fixed_text, columns, filters, missing_types, layers,
                 nullable, odd_numbers, shapes, large, bad_rows, bad_columns, bad_matrices,
                 bad_structure, swollen, damaged, *h5ad_encodings.ALL):
        part(m)
    with open(os.path.join(folder, "index.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(m.names) + "\n")


main()
