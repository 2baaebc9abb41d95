# SPDX-License-Identifier: BSD-3-Clause
"""AnnData files in every encoding that the anndata of this Python can write.

    write_h5ad.py FOLDER

For test_roundtrip.py: beside each NAME.h5ad lies NAME.json, a list of requests and what
they must give: {"ask": {...}, "values": [...], "ids": [...], "labels": [...],
"x": [...], "y": [...], "want": [[...], ...]}.
"""
import importlib.metadata
import json
import os
import sys
import warnings

import anndata
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp

warnings.filterwarnings("ignore")
FOLDER = sys.argv[1]
N, G = 300, 7
GENES = [f"gene {i}" for i in range(G - 1)] + ["µ"]
TYPES = ["Tumour", "T é", "B", "NK"]
NEW = hasattr(anndata, "settings")
rng = np.random.default_rng(5)


def plain(values):
    """For JSON: missing and NaN are null."""
    return [None if v is None or v is pd.NA or v != v else v
            for v in (v.item() if isinstance(v, np.generic) else v for v in values)]


def slide():
    dense = (rng.poisson(0.7, (N, G)) * rng.random((N, G))).astype("f4")
    obs = pd.DataFrame(index=[f"c{i}-µ" for i in range(N)])
    labels = np.array([*TYPES, None], dtype=object)[rng.integers(0, 5, N)]
    obs["cell_type"] = pd.Categorical(labels, categories=TYPES)
    data = anndata.AnnData(dense.copy(), obs=obs, var=pd.DataFrame(index=GENES))
    data.obsm["spatial"] = rng.random((N, 2)) * 100
    return data, dense, labels


def write(name, data, requests, **how):
    data.write_h5ad(os.path.join(FOLDER, name + ".h5ad"), **how)
    with open(os.path.join(FOLDER, name + ".json"), "w", encoding="utf-8") as file:
        json.dump(requests, file)


def request(data, labels, want=(), xy=None, ids=None, **ask):
    xy = data.obsm["spatial"] if xy is None else xy
    return {"ask": ask, "values": [name for name, _ in want],
            "ids": [str(i) for i in (data.obs_names if ids is None else ids)],
            "labels": ["" if v is None else str(v) for v in plain(labels)],
            "x": plain(xy[:, 0]), "y": plain(xy[:, 1]),
            "want": [plain(column) for _, column in want]}


def genes(matrix, which=(6, 0, 3)):
    return [(GENES[k], np.asarray(matrix)[:, k]) for k in which]


def matrices():
    forms = {"csr": sp.csr_matrix, "csc": sp.csc_matrix, "dense": np.asarray,
             "csr_array": getattr(sp, "csr_array", None) if NEW else None}
    kinds = ["f4", "f8", "i4", "i8", "u1", "i2"] + (["f2"] if NEW else [])
    packs = {"plain": {}, "gzip": {"compression": "gzip"}, "lzf": {"compression": "lzf"}}
    try:
        import hdf5plugin
        packs["zstd"] = dict(hdf5plugin.Zstd(clevel=3))
    except (ImportError, AttributeError, TypeError):
        pass
    for form, make in forms.items():
        for kind in kinds:
            for pack, how in packs.items():
                if make is None or (kind == "f2" and form != "dense"):
                    continue
                if pack != "plain" and kind not in ("f4", "i4"):
                    continue
                data, dense, labels = slide()
                dense = (dense * 10).astype(kind)
                data.X = make(dense)
                write(f"{form}_{kind}_{pack}", data,
                      [request(data, labels, genes(dense))], **how)


def columns():
    data, dense, labels = slide()
    number = rng.integers(0, 9, N)
    hidden = rng.random(N) < 0.2
    data.obs["int"] = number
    data.obs["bool"] = number > 4
    data.obs["word"] = np.array(["even", "odd"], dtype=object)[number % 2]
    data.obs["unique"] = [f"u{i}" for i in range(N)]
    data.obs["ordered"] = pd.Categorical(labels, categories=TYPES, ordered=True)
    data.obs["int_cat"] = pd.Categorical(number)
    data.obs["bool_cat"] = pd.Categorical(number > 4)
    data.obs["many_cat"] = pd.Categorical([f"k{i}" for i in range(N)])
    data.obs["nullable_int"] = pd.array(np.where(hidden, None, number), dtype="Int64")
    data.obs["nullable_bool"] = pd.array(np.where(hidden, None, number > 4),
                                         dtype="boolean")
    for width in ("int8", "uint8", "int16", "uint16", "int32", "uint32", "uint64"):
        data.obs[width] = number.astype(width)
    for width in ("float32", "float64"):
        data.obs[width] = dense[:, 1].astype(width)
    asks = [request(data, data.obs[c].astype(object), type=c)
            for c in ("int", "bool", "word", "unique", "ordered", "int_cat", "bool_cat",
                      "many_cat", "nullable_int", "nullable_bool", "uint64", "int8")]
    asks.append(request(data, labels, [(c, data.obs[c]) for c in (
        "int", "int8", "uint8", "int16", "uint16", "int32", "uint32", "uint64",
        "float32", "float64")]))
    asks.append(request(data, labels, [("nullable_int", np.where(hidden, np.nan,
                                                                 number))]))
    asks.append(request(data, labels, ids=data.obs["unique"], id="unique"))
    asks.append(request(data, labels, xy=np.c_[number, dense[:, 1]], x="int16",
                        y="float32"))
    write("columns", data, asks)


def places():
    data, dense, labels = slide()
    xy = data.obsm["spatial"]
    table = pd.DataFrame({"word": ["a"] * N, "v": xy[:, 1], "u": xy[:, 0]},
                         index=data.obs_names)
    for name, value, want in (
            ("int64", xy.astype("i8"), xy.astype("i8")),
            ("float32", xy.astype("f4"), xy.astype("f4")),
            ("three", np.c_[xy, xy], None), ("frame", table, xy[:, ::-1])):
        data.obsm["spatial"] = value[:, :3] if name == "three" else value
        write(f"obsm_{name}", data,
              [request(data, labels, xy=xy if want is None else want)])
    data.obsm["spatial_fov"] = xy * 2
    write("obsm_both", data, [
        request(data, labels, xy=xy * 2, x="obsm/spatial_fov/0", y="obsm/spatial_fov/1"),
        request(data, labels, xy=xy, x="obsm/spatial/u", y="obsm/spatial/v")])
    data.obsm["X_spatial"] = data.obsm.pop("spatial_fov")
    del data.obsm["spatial"]
    write("obsm_x_spatial", data, [request(data, labels, xy=xy * 2)])


def raw_and_layers():
    for form, make in (("csr", sp.csr_matrix), ("dense", np.asarray)):
        data, dense, labels = slide()
        data.X = make(dense)
        data.raw = data
        data.layers["counts"] = make(np.round(dense * 9))
        small = data[:, [1, 6, 3]].copy()
        small.X = make(dense[:, [1, 6, 3]] * 2)
        write(f"raw_{form}", small, [
            request(small, labels, [("µ", dense[:, 6]), ("gene 2", dense[:, 2])],
                    layer="raw"),
            request(small, labels, [("µ", dense[:, 6] * 2)]),
            request(small, labels, [("µ", np.round(dense * 9)[:, 6])], layer="counts")])
    data, dense, labels = slide()
    bare = anndata.AnnData(obs=data.obs, var=data.var, obsm=dict(data.obsm))
    write("no_matrix", bare, [request(bare, labels)])


def loom():
    """genes x cells, by hand: as loompy 2 (fixed text) and 3 (text of any length)."""
    for name, text in (("loom2", "S12"), ("loom3", h5py.string_dtype())):
        data, dense, labels = slide()
        xy = data.obsm["spatial"]
        labels[labels == None] = ""  # noqa: E711
        words = lambda w: np.array([x.encode() for x in w], dtype=text)  # noqa: E731
        with h5py.File(os.path.join(FOLDER, name + ".loom"), "w") as f:
            pack = {"chunks": (3, 64), "compression": "gzip"}
            f.create_dataset("matrix", data=dense.T, **pack)
            f.create_dataset("layers/spliced", data=np.round(dense.T * 9), **pack)
            f["row_attrs/Gene"], f["col_attrs/CellID"] = words(GENES), words(data.obs_names)
            f["col_attrs/cell_type"], f["col_attrs/kind"] = words(labels), words(labels)
            f["col_attrs/X"], f["col_attrs/Y"] = xy.T
        with open(os.path.join(FOLDER, name + ".json"), "w", encoding="utf-8") as file:
            json.dump([request(data, labels, genes(dense)),
                       request(data, labels, genes(np.round(dense * 9)), layer="spliced",
                               type="kind", x="Y", y="X", xy=xy[:, ::-1])], file)


def newest():
    """What the settings of later versions switch on."""
    if hasattr(anndata.settings, "write_csr_csc_indices_with_min_possible_dtype"):
        with anndata.settings.override(
                write_csr_csc_indices_with_min_possible_dtype=True):
            for form, make in (("csr", sp.csr_matrix), ("csc", sp.csc_matrix)):
                data, dense, labels = slide()
                data.X = make(dense)
                write(f"small_{form}", data, [request(data, labels, genes(dense))])
    if hasattr(anndata.settings, "allow_write_nullable_strings"):
        with anndata.settings.override(allow_write_nullable_strings=True):
            data, dense, labels = slide()
            data.obs.index = data.obs.index.astype("string")
            data.var.index = data.var.index.astype("string")
            words = pd.array(np.where(rng.random(N) < 0.3, None, "w"), dtype="string")
            data.obs["words"] = words
            data.obs["cat"] = pd.Categorical(pd.array(labels, dtype="string"))
            write("nullable_strings", data, [
                request(data, labels, genes(dense), type="cat"),
                request(data, list(words), type="words")],
                convert_strings_to_categoricals=False)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    for part in (matrices, columns, places, raw_and_layers, loom, *([newest] if NEW else [])):
        part()
    print("anndata", importlib.metadata.version("anndata"))


main()
