#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Of a file only the columns, genes and rows asked for are kept.

    test_kept.py READ_ROWS FOLDER

Each file holds far more numbers than a read may take memory (ROOM_MIB beyond what the
process has). What is asked for fits and is right; all of it does not fit, which shows
that the bound is one.
"""
import gzip
import pathlib
import shutil
import sys

import anndata
import numpy as np
import pandas as pd
import scipy.sparse

import rows

ROOM_MIB = 48  # 20 for HDF5 and blocks of a file, 10 for the rows kept, doubled once
N_CELLS, N_GENES, PER_CELL = 100_000, 300, 60
GENES = [f"G{k}" for k in range(N_GENES)]
FEW = ["G7", "G299"]
check = rows.Checks()


def counts():
    """CSR, the gene and the count of an entry easy to know."""
    cell = np.repeat(np.arange(N_CELLS), PER_CELL)
    gene = (cell + np.tile(np.arange(PER_CELL) * 5, N_CELLS)) % N_GENES
    return scipy.sparse.csr_matrix((1.0 + (cell + gene) % 7, (cell, gene)),
                                   shape=(N_CELLS, N_GENES), dtype=np.float32)


def write_h5ad(path, x, compression):
    obs = pd.DataFrame({"cell_type": pd.Categorical(["T", "B"] * (N_CELLS // 2))},
                       index=[f"c{i}" for i in range(N_CELLS)])
    where = np.stack([np.arange(N_CELLS), np.ones(N_CELLS)], 1)
    anndata.AnnData(x, obs=obs, var=pd.DataFrame(index=GENES), obsm={"spatial": where},
                    dtype=np.float32).write_h5ad(path, compression=compression)


def write_wide(path):
    with gzip.open(path, "wt", 1) as f:
        f.write(",".join(["cell_id", "x", "y", "cell_type", *GENES]) + "\n")
        line = ",".join(str(k) for k in range(N_GENES)) + "\n"
        f.writelines(f"c{i},{i},1,T,{line}" for i in range(N_CELLS))


def write_long(path, n):
    """The rows that are wanted come first, as in a table sorted by slide."""
    with open(path, "w") as f:
        f.write("cell_id,x,y,cell_type,slide\n")
        f.writelines(f"c{i},{i},1,T,{'A' if i < N_CELLS else 'B'}\n" for i in range(n))


def refused(got):
    return got.error is not None and "cannot allocate" in got.error


def check_genes(reader, path, want):
    got = reader.ask(path, FEW)
    check(len(got.rows) == N_CELLS, f"{path.name}: {got.error or got.died}")
    for k in range(len(FEW)):
        check(np.array_equal(got.column(2 + k), want[k]), f"{path.name}: {FEW[k]}")
    got = reader.ask(path, GENES)
    check(refused(got), f"{path.name}: all genes fit, or {got.error or got.died}")


def main():
    program, folder = sys.argv[1:]
    folder = pathlib.Path(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    reader = rows.Reader(program, ROOM_MIB)
    x = counts()
    want = [x[:, GENES.index(g)].toarray().ravel() for g in FEW]
    for name, matrix in (("csr", x), ("csc", x.tocsc()), ("dense", x.toarray())):
        path = folder / f"{name}.h5ad"
        write_h5ad(path, matrix, "gzip")
        check_genes(reader, path, want)
    wide = folder / "wide.csv.gz"
    write_wide(wide)
    check_genes(reader, wide, [np.full(N_CELLS, GENES.index(g)) for g in FEW])
    long = folder / "long.csv"
    write_long(long, 20 * N_CELLS)
    got = reader.ask(long, filter_column="slide", filter_value="A")
    check(got.column(0) == list(range(N_CELLS)), f"filter: {got.error or got.died}")
    got = reader.ask(long)
    check(refused(got), f"all rows fit, or {got.error or got.died}")
    shutil.rmtree(folder)
    return check.done(18)


sys.exit(main())
