# SPDX-License-Identifier: BSD-3-Clause
"""Files in the encodings of anndata 0.5 to 0.13 and of other writers, made by hand with
h5py, for make_h5ad.py."""
import h5py
import numpy as np
import scipy.sparse as sp

N, G = 37, 6
GENES = ["CXCL12", "CXCR4", "CD8A", "EPCAM", "µ-gene", "ACTB"]
TYPES = ["Tumour", "CD8 T", "B", "Stroma é", "Unused"]
TEXT = h5py.string_dtype()


class Slide:
    """What one file must give."""

    def __init__(self, rng, n=N):
        self.dense = (rng.poisson(0.8, (n, G)) * rng.random((n, G))).astype("f4")
        self.raw = rng.poisson(1.0, (n, G + 2)).astype("f4")
        self.ids = np.array([f"cell_{i}" for i in range(n)], dtype=object)
        self.codes = rng.integers(-1, 4, n)
        self.labels = np.array([*TYPES, None], dtype=object)[self.codes]
        self.xy = rng.random((n, 2)) * 1000 - 500
        self.area = rng.random(n) * 100

    def expect(self, m, name, *values, **source):
        e = m.expect(name).source(**source)
        for value, _ in values:
            e.value(value)
        e.rows(range(len(self.ids)), self.ids, self.xy[:, 0], self.xy[:, 1], self.labels,
               *[column for _, column in values]).write()


def encoded(words, width):
    return np.array([w.encode() for w in words], dtype=f"S{width}")


def sparse_group(f, path, matrix, **attributes):
    group = f.create_group(path)
    for name in ("data", "indices", "indptr"):
        group[name] = getattr(matrix, name)
    group.attrs.update(attributes)
    return group


# --- 0.5, 0.6: everything compound -------------------------------------------------------

def write_05(path, s, form="csr", pack=None):
    """As anndata 0.6 writes: obs, var, obsm compound, labels in uns."""
    n = len(s.ids)
    obs = np.zeros(n, [("index", "S9"), ("cell_type", "i1"), ("area", "<f4"),
                       ("one", "i2"), ("good", "?"), ("big", ">u8"), ("half", "<f2")])
    obs["index"], obs["cell_type"] = encoded(s.ids, 9), s.codes
    obs["area"], obs["good"] = s.area, np.arange(n) % 3 != 1
    obs["big"], obs["half"] = np.arange(n) + 2**53, np.arange(n) / 4
    var = np.zeros(G, [("index", "S9"), ("highly", "?")])
    var["index"] = encoded(GENES, 9)
    obsm = np.zeros(n, [("X_pca", "<f4", (5,)), ("X_spatial", "<f8", (2,))])
    obsm["X_spatial"] = s.xy
    raw_var = np.zeros(G + 2, [("index", "S9")])
    raw_var["index"] = encoded([*GENES, "RAW1", "RAW2"], 9)
    with h5py.File(path, "w") as f:
        for key, value in (("obs", obs), ("var", var), ("obsm", obsm),
                           ("raw.var", raw_var)):
            f.create_dataset(key, data=value, **(pack or {}))
        f["uns/cell_type_categories"] = encoded(TYPES, 12)
        f["uns/one_categories"] = "only"  # a single category: a scalar
        sparse = {"csr": sp.csr_matrix, "csc": sp.csc_matrix}[form]
        sparse_group(f, "raw.X", sparse(s.raw), h5sparse_format=form,
                     h5sparse_shape=np.array(s.raw.shape))
        f["X"] = s.dense
    return obs


def compound(m):
    for name, pack in (("old_05", None),
                       ("old_05_gzip", {"chunks": (5,), "compression": "gzip",
                                        "shuffle": True}),
                       ("old_05_lzf", {"chunks": (4,), "compression": "lzf"})):
        s = Slide(m.rng)
        write_05(m.path(name), s, "csr", pack)
        s.expect(m, name, ("CXCR4", s.dense[:, 1]), ("area", s.area.astype("f4")),
                 ("half", np.arange(N) / 4))
    s = Slide(m.rng)
    write_05(m.path("old_05_raw"), s, "csc")
    s.expect(m, "old_05_raw", ("RAW2", s.raw[:, 7]), ("µ-gene", s.raw[:, 4]), layer="raw",
             x="obsm/X_spatial/0", y="obsm/X_spatial/1")
    s = Slide(m.rng)
    obs = write_05(m.path("old_05_one"), s)
    s.labels = np.full(N, "only")
    s.ids = obs["big"]
    keep = np.flatnonzero(obs["good"])
    m.expect("old_05_one").source(type="one", id="big", filter_column="good",
                                  filter_value="True").rows(
        keep, s.ids[keep], s.xy[keep, 0], s.xy[keep, 1], s.labels[keep]).write()


def compound_clash(m):
    """uns/louvain_categories belongs to obs, and var has integers of this name too."""
    for name, owner in (("clash_obs", "obs"), ("clash_var", "var")):
        s = Slide(m.rng)
        write_05(m.path(name), s)
        with h5py.File(m.path(name), "a") as f:
            var = np.zeros(G, [("index", "S9"), ("cell_type", "i4")])
            var["index"] = encoded(GENES, 9)
            var["cell_type"] = 3 if owner == "var" else 1000
            put(f, "var", var)
            if owner == "var":
                put(f, "uns/cell_type_categories", encoded(["a", "b"], 1))
        if owner == "var":  # codes of obs reach 3: they are numbers
            s.labels = np.array([str(c) for c in s.codes])
        s.expect(m, name, ("CD8A", s.dense[:, 2]))


def compound_text(m):
    """Members of variable length, and a compound dataset within obsm."""
    s = Slide(m.rng)
    write_05(m.path("old_05_vlen"), s)
    obs = np.zeros(N, [("index", TEXT), ("cell_type", TEXT), ("area", "f8"),
                       ("more", [("a", "i4"), ("b", "f4")])])
    obs["index"], obs["area"] = s.ids, s.area
    obs["cell_type"] = np.where(s.labels == None, "", s.labels)  # noqa: E711
    with h5py.File(m.path("old_05_vlen"), "a") as f:
        put(f, "obs", obs)
        del f["obsm"], f["uns"]
        table = np.zeros(N, [("name", "S3"), ("u", "f4"), ("v", "i8")])
        table["u"], table["v"] = s.xy.round().T
        f["obsm/spatial"] = table
    s.xy = s.xy.round()
    s.expect(m, "old_05_vlen", ("area", s.area))
    s.expect(m.alias("old_05_named", "old_05_vlen"), "old_05_named",
             x="obsm/spatial/u", y="obsm/spatial/v")


def put(f, path, value, **how):
    if path in f:
        del f[path]
    return f.create_dataset(path, data=value, **how)


# --- 0.7: references to categories --------------------------------------------------------

def frame_07(f, path, index, columns):
    group = f.create_group(path)
    group.attrs["encoding-type"], group.attrs["encoding-version"] = "dataframe", "0.1.0"
    group.attrs["_index"] = "_index"
    group.attrs.create("column-order", list(columns), dtype=TEXT)
    group.create_dataset("_index", data=np.array(index, dtype=object), dtype=TEXT)
    for name, value in columns.items():
        group[name] = value
    return group


def write_07(path, s):
    with h5py.File(path, "w") as f:
        obs = frame_07(f, "obs", s.ids, {"cell_type": s.codes.astype("i1"),
                                         "area": s.area})
        labels = obs.create_dataset("__categories/cell_type", data=TYPES, dtype=TEXT)
        labels.attrs["ordered"] = False
        obs["cell_type"].attrs["categories"] = labels.ref
        frame_07(f, "var", GENES, {})
        sparse_group(f, "X", sp.csr_matrix(s.dense), shape=np.array(s.dense.shape),
                     **{"encoding-type": "csr_matrix", "encoding-version": "0.1.0"})
        frame_07(f, "raw/var", [*GENES, "RAW1", "RAW2"], {})
        f["raw/X"] = s.raw
        f["obsm/spatial"] = s.xy


def references(m):
    s = Slide(m.rng)
    write_07(m.path("old_07"), s)
    s.expect(m, "old_07", ("CXCL12", s.dense[:, 0]))
    s.expect(m.alias("old_07_raw", "old_07"), "old_07_raw", ("RAW1", s.raw[:, 6]),
             layer="raw/X")
    s = Slide(m.rng)
    write_07(m.path("old_07_elsewhere"), s)
    with h5py.File(m.path("old_07_elsewhere"), "a") as f:
        f["labels"] = encoded(TYPES, 12)
        del f["obs/__categories"]
        f["obs/cell_type"].attrs["categories"] = f["labels"].ref
    s.expect(m, "old_07_elsewhere")
    s = Slide(m.rng)
    write_07(m.path("old_07_null"), s)
    with h5py.File(m.path("old_07_null"), "a") as f:
        f["obs/cell_type"].attrs["categories"] = h5py.Reference()
    m.expect("old_07_null").bad(
        "DATA", "old_07_null.h5ad obs/cell_type: its attribute categories does not point "
        "to the labels").write()


# --- other writers ------------------------------------------------------------------------

def plain_groups(m):
    """obs without any attribute, with an index or none."""
    for name, index in (("plain_index", "index"), ("plain__index", "_index"),
                        ("plain_none", None)):
        s = Slide(m.rng)
        labels = np.where(s.labels == None, "", s.labels)  # noqa: E711
        with h5py.File(m.path(name), "w") as f:
            f["obs/area"], f["obs/palette"] = s.area, np.arange(4)
            f["obs/fov"], f["obs/scalar"] = np.arange(N), 3.5
            f.create_dataset("obs/cell_type", data=labels, dtype=TEXT)
            if index:
                f.create_dataset(f"obs/{index}", data=s.ids, dtype=TEXT)
            f.create_dataset("var/gene_symbols", data=GENES, dtype=TEXT)
            f["X"], f["obsm/spatial"] = s.dense, s.xy
        if not index:
            s.ids = np.arange(N)
        s.expect(m, name, ("CXCR4", s.dense[:, 1]), ("area", s.area))


def text_kinds(m):
    """Ids and labels in every kind of text that HDF5 has."""
    for charset in (h5py.h5t.CSET_ASCII, h5py.h5t.CSET_UTF8):
        for pad in (h5py.h5t.STR_NULLTERM, h5py.h5t.STR_NULLPAD, h5py.h5t.STR_SPACEPAD,
                    None):
            s = Slide(m.rng)
            if charset == h5py.h5t.CSET_ASCII:
                s.labels = np.array([(w or "").replace("é", "e") for w in s.labels])
            name = f"text_{'utf8' if charset else 'ascii'}_{'var' if pad is None else pad}"
            write_07(m.path(name), s)
            with h5py.File(m.path(name), "a") as f:
                for column, words in (("_index", s.ids), ("cell_type", s.labels)):
                    write_text(f, f"obs/{column}", words, charset, pad)
            s.expect(m, name)


def write_text(f, path, words, charset, pad):
    del f[path]
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(h5py.h5t.VARIABLE if pad is None else 12)
    kind.set_cset(charset)
    if pad is not None:
        kind.set_strpad(pad)
    space = h5py.h5s.create_simple((len(words),))
    data = h5py.h5d.create(f.id, path.encode(), kind, space)
    if pad is None:
        buffer = np.array([(w or "").encode() for w in words],
                          dtype=h5py.string_dtype("utf-8" if charset else "ascii"))
        data.write(h5py.h5s.ALL, h5py.h5s.ALL, buffer)
    else:
        fill = b" " if pad == h5py.h5t.STR_SPACEPAD else b"\0"
        data.write(h5py.h5s.ALL, h5py.h5s.ALL,
                   np.array([(w or "").encode().ljust(12, fill) for w in words],
                            dtype="S12"), kind)


def number_kinds(m):
    """Positions, values and codes in numbers of any width."""
    for kind in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">i2", ">u8",
                 "f2", "f4", "f8", ">f4"):
        s = Slide(m.rng)
        name = "number_" + kind.replace(">", "big_")
        low = -100 if kind[-2] in "if" else 0
        s.xy = m.rng.integers(low, 101, (N, 2)).astype(kind)
        s.area = m.rng.integers(low, 101, N).astype(kind)
        if kind[-2] == "u":
            s.codes = np.maximum(s.codes, 0)
            s.labels = np.array(TYPES, dtype=object)[s.codes]
        write_07(m.path(name), s)
        with h5py.File(m.path(name), "a") as f:
            group = f.create_group("obs/group")
            group["codes"] = s.codes.astype(kind)
            group.create_dataset("categories", data=TYPES, dtype=TEXT)
            put(f, "obs/_index", np.arange(N, dtype=kind) if kind[-2] != "f"
                else encoded(s.ids, 9))
            dense = m.rng.integers(0, 9, (N, G)).astype(kind)
            put(f, "X", dense)
        if kind[-2] != "f":
            s.ids = np.arange(N)
        s.expect(m, name, ("area", s.area), ("ACTB", dense[:, 5]), type="group")


def nullable_everywhere(m):
    """anndata 0.13: index, genes and categories as {values, mask}; null elements."""
    s = Slide(m.rng)
    write_07(m.path("nullable_013"), s)

    def nullable(f, path, values, mask):
        if path in f:
            del f[path]
        group = f.create_group(path)
        group.attrs["encoding-type"] = "nullable-string-array"
        group.attrs["encoding-version"], group.attrs["na-value"] = "0.1.0", "NaN"
        group.create_dataset("values", data=np.array(values, dtype=object), dtype=TEXT)
        group.create_dataset("mask", data=np.array(mask))

    with h5py.File(m.path("nullable_013"), "a") as f:
        nullable(f, "obs/_index", s.ids, np.zeros(N, bool))
        nullable(f, "var/_index", GENES, np.zeros(G, bool))
        del f["obs/cell_type"], f["obs/__categories"], f["raw"]
        f["raw"] = h5py.Empty("f4")
        f["obs/cell_type/codes"] = s.codes.astype("u1" if s.codes.min() >= 0 else "i1")
        nullable(f, "obs/cell_type/categories", TYPES, np.zeros(len(TYPES), bool))
        nullable(f, "obs/kind", np.where(s.labels == None, "?", s.labels),  # noqa: E711
                 (s.labels == None).astype("i4"))  # noqa: E711
    s.expect(m, "nullable_013", ("CXCR4", s.dense[:, 1]))
    s.expect(m.alias("nullable_kind", "nullable_013"), "nullable_kind", type="kind")
    m.alias("null_raw", "nullable_013").expect("null_raw").source(layer="raw").value(
        "CXCR4").bad("DATA", 'null_raw.h5ad has no raw/X, which layer "raw" asks for'
                     ).write()


# --- filters ------------------------------------------------------------------------------

def no_sum(how):
    """HDF5 sums up no text of variable length."""
    return {key: value for key, value in how.items() if key != "fletcher32"}


def packed(m):
    """Every dataset that is read, in chunks of every filter that is read."""
    ways = {"lzf": {"compression": "lzf"},
            "lzf_all": {"compression": "lzf", "shuffle": True, "fletcher32": True},
            "gzip_all": {"compression": "gzip", "shuffle": True, "fletcher32": True},
            "checksum": {"fletcher32": True}}
    if h5py.h5z.filter_avail(32015):
        ways["zstd"] = {"compression": 32015}
        ways["zstd_all"] = {"compression": 32015, "shuffle": True, "fletcher32": True}
    else:
        print("zstd files left out: no plugin in HDF5_PLUGIN_PATH")
    for way, how in ways.items():
        s = Slide(m.rng, 700)
        s.dense[:, 1] = m.rng.standard_normal(700)  # will not become smaller
        s.dense[:, 2] = np.repeat(np.arange(7), 100)
        write_07(m.path(f"packed_{way}"), s)
        with h5py.File(m.path(f"packed_{way}"), "a") as f:
            for path in ("obs/_index", "obs/cell_type", "obs/area", "obsm/spatial",
                         "X/data", "X/indices", "X/indptr"):
                data, kind = f[path][()], f[path].dtype
                attributes = dict(f[path].attrs)
                put(f, path, data, dtype=kind, chunks=(100, 2)[:data.ndim],
                    **(how if kind != object else no_sum(how))).attrs.update(attributes)
            f.create_dataset("layers/dense", data=s.dense, chunks=(64, 2), **how)
        values = [(GENES[k], s.dense[:, k]) for k in (0, 1, 2)]
        s.expect(m, f"packed_{way}", *values)
        s.expect(m.alias(f"layer_{way}", f"packed_{way}"), f"layer_{way}", *values,
                 layer="dense")


def unknown_filter(m):
    s = Slide(m.rng)
    write_07(m.path("filter_unknown"), s)
    with h5py.File(m.path("filter_unknown"), "a") as f:
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_chunk((N, 2))
        plist.set_filter(32001, h5py.h5z.FLAG_OPTIONAL, (2, 2))
        space = h5py.h5s.create_simple((N, 2))
        del f["obsm/spatial"]
        h5py.h5d.create(f.id, b"obsm/spatial", h5py.h5t.IEEE_F64LE, space, plist)
    m.expect("filter_unknown").bad(
        "DATA", "filter_unknown.h5ad obsm/spatial is compressed with filter 32001, which "
        "is not available; set HDF5_PLUGIN_PATH to the folder of its plugin, or write the "
        "file again with compression='gzip'").write()


# --- obsm ---------------------------------------------------------------------------------

def places(m):
    """Where positions are, and in which order they are looked for."""
    for name, entry in (("at_x_spatial", "X_spatial"), ("at_fov", "spatial_fov")):
        s = Slide(m.rng)
        write_07(m.path(name), s)
        with h5py.File(m.path(name), "a") as f:
            f.move("obsm/spatial", f"obsm/{entry}")
            if name == "at_x_spatial":
                f["obsm/spatial_fov"] = s.xy * 0
        s.expect(m, name)
    s = Slide(m.rng)
    write_07(m.path("cosmx"), s)
    with h5py.File(m.path("cosmx"), "a") as f:
        f["obsm/spatial_fov"] = np.c_[s.xy * 2, s.xy[:, :1]]
    m.expect("cosmx").bad(
        "DATA", "cosmx.h5ad has obsm/spatial and obsm/spatial_fov; in CosMx files of "
        "squidpy the first are positions within each field of view, the second those on "
        "the slide. Choose in the samplesheet: x = obsm/spatial_fov/0 and y = "
        "obsm/spatial_fov/1, or x = obsm/spatial/0 and y = obsm/spatial/1").write()
    s.expect(m.alias("cosmx_local", "cosmx"), "cosmx_local", x="obsm/spatial/0",
             y="obsm/spatial/1")
    s.xy = s.xy * 2
    s.expect(m.alias("cosmx_slide", "cosmx"), "cosmx_slide", x="obsm/spatial_fov/0",
             y="obsm/spatial_fov/1")
    for name, x, message in (
            ("cosmx_far", "obsm/spatial/2", ' obsm/spatial has 2 columns, numbered from 0; '
             'there is no "2"'),
            ("cosmx_word", "obsm/spatial/x", ' obsm/spatial has 2 columns, numbered from '
             '0; there is no "x"'),
            ("cosmx_absent", "obsm/spatail/0", ' has no obsm entry "spatail"; did you mean '
             '"spatial"? it has: spatial, spatial_fov')):
        m.alias(name, "cosmx").expect(name).source(x=x, y="obsm/spatial/0").bad(
            "DATA", f"{name}.h5ad{message}").write()
    m.alias("cosmx_short", "cosmx").expect("cosmx_short").source(
        x="obsm/spatial", y="area").bad(
        "CONFIG", "cosmx_short.h5ad: write obsm/spatial/0 for the first column of "
        "obsm/spatial").write()


ALL = (compound, compound_clash, compound_text, references, plain_groups, text_kinds,
       number_kinds, nullable_everywhere, packed, unknown_filter, places)
