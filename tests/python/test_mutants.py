#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Damaged files end in rows or in one sentence: no crash, no hang, no memory that the
file does not account for.

    test_mutants.py READ_ROWS FOLDER_OF_GOOD_FILES FOLDER [limit]

A few good files of make_h5ad.py, and a loom file, are damaged in seeded ways: bytes
changed (most near the start, where headers are), the end cut off, objects replaced by
others of wrong type, shape or kind, links into circles, extents of absurd size. With
"limit" a read may take ROOM_MIB beyond what the process has. CYTOTAXIS_FULL=1: 2000
mutants, else 100.
"""
import math
import os
import pathlib
import random
import shutil
import sys

import h5py
import numpy as np

import rows

ROOM_MIB = 256  # the largest good file is 0.2 MB; HDF5 and slabs take about 20 MB
FULL = os.environ.get("CYTOTAXIS_FULL") == "1"
N_MUTANTS = 2000 if FULL else 100
SEED = 20240611
GENES = ["CXCR4", "µ-gene", "area"]
GOOD = {"old_05": {}, "old_05_lzf": {}, "old_05_gzip": {"layer": "raw"}, "old_05_vlen": {},
        "old_07": {}, "old_07_elsewhere": {"layer": "raw"}, "packed_lzf_all": {},
        "packed_lzf": {}, "packed_zstd": {}, "packed_gzip_all": {}, "csr": {}, "csc": {},
        "chunked": {}, "nullable_013": {"type": "kind"}, "plain_none": {},
        "text_utf8_var": {}, "text_ascii_2": {}, "columns": {"type": "kind", "x": "px",
                                                             "y": "py"},
        "cosmx": {"x": "obsm/spatial_fov/0", "y": "obsm/spatial_fov/2"}, "loom": {}}
check = rows.Checks()
np.seterr(all="ignore")  # values that do not fit are meant


def make_loom(path):
    rng = np.random.default_rng(3)
    with h5py.File(path, "w") as f:
        f.create_dataset("matrix", data=rng.integers(0, 9, (3, 50)), chunks=(2, 16),
                         compression="gzip")
        f["row_attrs/Gene"] = np.array([b"CXCR4", b"ACTB", b"CD8A"])
        f["col_attrs/CellID"] = np.array([b"c%d" % i for i in range(50)])
        f["col_attrs/cell_type"] = np.array([b"T", b"B"])[rng.integers(0, 2, 50)]
        f["col_attrs/X"], f["col_attrs/Y"] = rng.random((2, 50))


# --- ways to spoil ------------------------------------------------------------------------

def flip(rng, path):
    data = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 12)):
        near = rng.choice((len(data), len(data), 4096, 800))
        data[rng.randrange(min(near, len(data)))] = rng.choice(
            (0, 255, rng.randrange(256), 1, 128))
    path.write_bytes(data)


def flip_in_block(rng, path):
    """Many changes side by side."""
    data = bytearray(path.read_bytes())
    start = rng.randrange(len(data))
    for k in range(start, min(len(data), start + rng.randint(2, 64))):
        data[k] = rng.randrange(256)
    path.write_bytes(data)


def cut(rng, path):
    data = path.read_bytes()
    path.write_bytes(data[:rng.randrange(len(data))])


def swap_blocks(rng, path):
    data = bytearray(path.read_bytes())
    n = rng.choice((8, 16, 64, 512))
    a, b = (rng.randrange(len(data) - n) for _ in range(2))
    data[a:a + n], data[b:b + n] = data[b:b + n], data[a:a + n]
    path.write_bytes(data)


def objects(f):
    found = []
    f.visit(found.append)
    return found


def absurd(rng, f, name):
    """Extents without end, of which nothing is stored."""
    n = rng.choice((2**31, 2**40, 2**62))
    kind = rng.choice(("i1", "f8", "S20", h5py.string_dtype()))
    shape, chunks = rng.choice((((n,), (1024,)), ((n, 2), (1024, 2)), ((2, n), (2, 64))))
    f.create_dataset(name, shape=shape, dtype=kind, chunks=chunks)


def absurd_chunk(rng, f, name):
    f.create_dataset(name, shape=(37,), maxshape=(None,), dtype="f8",
                     chunks=(rng.choice((2**28, 2**20)),), compression="gzip")


def wrong_value(rng, f, name):
    f[name] = rng.choice((
        np.arange(37), np.arange(36.0), np.zeros((37, 2)), np.float64(1), "text",
        np.full(37, np.nan), np.zeros((37, 2, 2)), np.zeros(37, [("index", "S4"),
                                                                 ("cell_type", "i1")]),
        np.zeros(0), np.arange(37) - 2**62, np.zeros(37, [("a", "f4", (2,))]),
        np.array([b"\xff\xfe"] * 37), np.zeros(37, "c16"), np.zeros(37, "?")))


def empty(_, f, name):
    f[name] = h5py.Empty("f4")


def group(_, f, name):
    f.create_group(name)


def circle(rng, f, name):
    f[name] = h5py.SoftLink(rng.choice((f"/{name}", "/obs", "/", "/obs/cell_type")))


def parent(rng, f, name):
    """A hard link to a group above."""
    above = name.rsplit("/", 1)[0] if "/" in name else "/"
    f[name] = f[above]


def other(rng, f, name):
    f[name] = f[rng.choice(objects(f))]


def outside(_, f, name):
    f[name] = h5py.ExternalLink("/nowhere/at/all.h5", "/obs")


def large_text(rng, f, name):
    f[name] = np.array([b"x" * rng.choice((1, 4000, 60000))] * 37)


def replace(rng, path):
    way = rng.choice((absurd, absurd_chunk, wrong_value, wrong_value, empty, group, circle,
                      parent, other, outside, large_text))
    with h5py.File(path, "a") as f:
        names = [n for n in objects(f) if n.split("/")[0] not in ("uns", "layers")]
        for _ in range(rng.randint(1, 2)):
            name = rng.choice(names)
            if name in f:
                del f[name]
                way(rng, f, name)


def attribute(rng, path):
    with h5py.File(path, "a") as f:
        names = [n for n in objects(f) if len(f[n].attrs)]
        if not names:
            return
        item = f[rng.choice(names)]
        key = rng.choice(sorted(item.attrs))
        del item.attrs[key]
        item.attrs[key] = rng.choice((
            7, -1, 2.5, "text", "csc_matrix", "dataframe", "../..", "/", "x" * 5000,
            np.array([10**18, 10**18]), np.array([-1, 5]), np.zeros(0), f.ref,
            h5py.Reference(), f[rng.choice(objects(f))].ref))


def rewrite(rng, path):
    """One element of a dataset of numbers."""
    with h5py.File(path, "a") as f:
        names = [n for n in objects(f) if isinstance(f[n], h5py.Dataset) and
                 f[n].dtype.kind in "iuf" and f[n].size]
        if names:
            item = f[rng.choice(names)]
            at = tuple(rng.randrange(n) for n in item.shape)
            limits = np.iinfo(item.dtype) if item.dtype.kind in "iu" else None
            item[at] = rng.choice((limits.min, limits.max, 0) if limits else
                                  (np.nan, np.inf, -1e308, 0.5))


WAYS = (flip, flip, flip, flip_in_block, cut, swap_blocks, replace, replace, attribute,
        rewrite)


# --- the run ------------------------------------------------------------------------------

def spoil(rng, way, good, path):
    shutil.copyfile(good, path)
    try:
        way(rng, path)
    except (KeyError, OSError, RuntimeError, ValueError, TypeError):
        pass  # a second change to what the first one broke


def right(got):
    if got.died:
        return False
    if got.error is not None:
        return got.error != ""
    return all(math.isfinite(v) for k in (0, 1) for v in got.column(k))


def main():
    program, goods, folder, *limit = sys.argv[1:]
    goods, folder = pathlib.Path(goods), pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    reader = rows.Reader(program, ROOM_MIB if limit else None)
    make_loom(folder / "good.loom")
    names = []
    for name, source in GOOD.items():
        good = folder / "good.loom" if name == "loom" else goods / f"{name}.h5ad"
        if not good.exists() and name == "packed_zstd":
            continue
        got = reader.ask(good, GENES, **source)
        check(got.rows and right(got), f"{name}: {got.error or got.died}")
        names.append((name, good))
    refused = 0
    for k in range(N_MUTANTS):
        rng = random.Random(SEED + k)
        name, good = names[k % len(names)]
        way = rng.choice(WAYS)
        path = folder / f"mutant{good.suffix}"
        spoil(rng, way, good, path)
        got = reader.ask(path, GENES, **GOOD[name])
        refused += got.error is not None
        if not check(right(got), f"mutant {k}: {name}, {way.__name__}: "
                                 f"{got.died or got.error or 'rows not finite'}"):
            shutil.copyfile(path, folder / f"mutant.{k}{good.suffix}")
        path.unlink(missing_ok=True)
    print(f"{N_MUTANTS} mutants, {refused} refused")
    check(refused > N_MUTANTS // 4, "few mutants are refused")
    return check.done(N_MUTANTS)


sys.exit(main())
