"""Read an .h5ad: anndata read_h5ad, whole, or leaving X in the file.

h5ad_anndata.py FILE.h5ad whole|backed [GENE...]

With genes, their columns are taken from X, dense.
"""
import sys

import anndata
import h5py
import numpy as np

from pace import serve


def read(path, backed, genes):
    data = anndata.read_h5ad(path, backed="r" if backed else None)
    spatial, kinds, names = data.obsm["spatial"], data.obs["cell_type"], data.obs_names
    values = data[:, genes].X.toarray() if genes else np.empty((len(names), 0))
    if backed:
        data.file.close()
    return spatial, kinds, names, values


def main(path, how, *genes):
    with h5py.File(path) as f:
        size = f["obsm/spatial"].shape[0]
    serve("ingest", size, 1, lambda: read(path, how == "backed", list(genes)),
          lambda got: got[0][:, 0].sum() + got[3].sum(dtype=np.float64))  # fmt: skip


main(*sys.argv[1:])
