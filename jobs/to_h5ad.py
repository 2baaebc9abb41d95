#!/usr/bin/env python3
"""Write the cells of a Parquet table, an anndata or SpatialData zarr, or an FCS file as an
.h5ad that cytotaxis reads with um_per_px = 1: ids as index of obs, obs/cell_type,
obsm/spatial in µm, and X, if there is one, as CSR.

  pip install -r jobs/to_h5ad.requirements.txt
  to_h5ad.py cells.parquet out.h5ad --matrix cell_feature_matrix.h5       (Xenium: µm)
  to_h5ad.py cells.parquet out.h5ad --um-per-px 0.5 --x X --y Y --id CellID --type phenotype
  to_h5ad.py sample.zarr out.h5ad --um-per-px 0.2125 --table table --type cluster
  to_h5ad.py cells.fcs out.h5ad --um-per-px 0.377 --x X --y Y

A zarr may be a folder or a .zip; its positions are obsm/spatial, or the columns --x and --y
of obs. Channels of an FCS file other than --x, --y, --id and --type become X. A matrix of
10x (.h5) is joined by cell id. No unit is guessed: --um-per-px is needed unless the table
is Xenium's, whose positions are in µm."""
import argparse
import os
import sys

try:
    import anndata
    import numpy as np
    import pandas as pd
    from scipy import sparse
except ImportError as missing:
    sys.exit(f"to_h5ad.py: {missing}; pip install -r jobs/to_h5ad.requirements.txt")


def stop(why):
    sys.exit(f"to_h5ad.py: {why}")


def read_parquet(a):
    # Threads of its own may still be there when Python ends, which then aborts.
    obs = pd.read_parquet(a.input, engine="pyarrow", use_threads=False, pre_buffer=False)
    for name in obs.columns[obs.dtypes == object]:  # older files keep text as bytes
        obs[name] = obs[name].map(lambda v: v.decode() if isinstance(v, bytes) else v)
    if {"cell_id", "x_centroid", "y_centroid"} <= set(obs.columns):
        a.x, a.y = a.x or "x_centroid", a.y or "y_centroid"
        if (a.x, a.y) == ("x_centroid", "y_centroid"):
            a.um_per_px = a.um_per_px or 1.0
    if isinstance(obs.index, pd.RangeIndex):
        a.id = a.id or "cell_id"
    return anndata.AnnData(obs=obs.set_index(obs.index.astype(str)))


def read_zarr(a):
    import zarr
    store = zarr.storage.ZipStore(a.input, mode="r") if os.path.isfile(a.input) else a.input
    group = zarr.open_group(store, mode="r")
    if "tables" in group or "table" in group:  # SpatialData keeps several elements
        tables = group["tables" if "tables" in group else "table"]
        names = sorted(tables.group_keys())
        if a.table is None and len(names) > 1:
            stop(f"{a.input} has several tables; choose one with --table: {', '.join(names)}")
        if not names or (a.table or names[0]) not in names:
            stop(f"{a.input} has no table {a.table or ''}; it has: {', '.join(names)}")
        group = tables[a.table or names[0]]
    return anndata.read_zarr(group)


def read_fcs(a):
    import flowio
    data = flowio.FlowData(a.input)
    long = list(data.pns_labels) + [""] * len(data.pnn_labels)
    names = [long[i] or name for i, name in enumerate(data.pnn_labels)]
    table = pd.DataFrame(data.as_array(), columns=names)
    if not {a.x, a.y} <= set(names):
        stop(f"--x and --y must name two channels of {a.input}: {', '.join(names)}")
    for column in filter(None, (a.id, a.type)):  # numbers of cells and clusters are whole
        if column in table and (table[column] % 1 == 0).all():
            table[column] = table[column].astype(np.int64)
    kept = [n for n in dict.fromkeys((a.x, a.y, a.id, a.type)) if n in names]
    values = table.drop(columns=kept)
    table.index = table.index.astype(str)
    return anndata.AnnData(sparse.csr_matrix(values.to_numpy()), obs=table[kept],
                           var=pd.DataFrame(index=values.columns))


def read_10x(path):
    import h5py
    with h5py.File(path) as f:
        m = f["matrix"]
        parts = (m["data"][()], m["indices"][()], m["indptr"][()])
        n_features, n_cells = m["shape"][()]
        var = pd.DataFrame({"feature_name": m["features/name"].asstr()[()]},
                           index=m["features/id"].asstr()[()])
        return anndata.AnnData(sparse.csr_matrix(parts, shape=(n_cells, n_features)), var=var,
                               obs=pd.DataFrame(index=m["barcodes"].asstr()[()]))


def column(cells, name, what):
    if name not in cells.obs:
        stop(f"no column {name!r} for {what}; there are: {', '.join(cells.obs.columns)}")
    return cells.obs[name]


def positions(cells, a):
    if a.x or a.y:
        xy = [column(cells, a.x, "--x"), column(cells, a.y, "--y")]
        xy = np.stack([c.to_numpy(float) for c in xy], axis=1)
    elif "spatial" in cells.obsm:
        xy = np.asarray(cells.obsm["spatial"], float)[:, :2]
    else:
        stop(f"{a.input} has no obsm/spatial; name columns of positions with --x and --y")
    if not np.isfinite(xy).all():
        stop(f"{(~np.isfinite(xy)).any(axis=1).sum()} cells have no position")
    return xy * a.um_per_px


def with_matrix(cells, path):
    matrix = read_10x(path)
    row = matrix.obs_names.get_indexer(cells.obs_names)
    if (row < 0).any():
        stop(f"{(row < 0).sum()} of {cells.n_obs} cells are not in {path}")
    return anndata.AnnData(matrix.X[row], obs=cells.obs, var=matrix.var)


def convert(a):
    kinds = {".parquet": read_parquet, ".zarr": read_zarr, ".zip": read_zarr, ".fcs": read_fcs}
    ending = os.path.splitext(a.input.rstrip("/"))[1].lower()
    if not os.path.exists(a.input):
        stop(f"{a.input}: not there")
    if ending not in kinds:
        stop(f"{a.input}: not one of {', '.join(kinds)}")
    cells = kinds[ending](a)
    if a.um_per_px is None or not 0 < a.um_per_px < np.inf:
        stop("how long is one unit of x and y? Give --um-per-px (1: they are µm)")
    if a.id:
        cells.obs_names = column(cells, a.id, "--id").astype(str).to_numpy()
    if not cells.obs_names.is_unique:
        stop("ids of cells are not unique; name their column with --id")
    spatial = positions(cells, a)
    if a.type or "cell_type" in cells.obs:
        types = column(cells, a.type or "cell_type", "--type")
        types = types.astype(str).where(types.notna())
    else:
        types = None
        print("to_h5ad.py: no cell_type: name it with --type, or give the samplesheet a "
              "type_file", file=sys.stderr)
    if a.matrix:
        cells = with_matrix(cells, a.matrix)
    obs = pd.DataFrame(index=cells.obs_names)
    if types is not None:
        obs["cell_type"] = pd.Categorical(types)
    X = None if cells.X is None else sparse.csr_matrix(cells.X)
    out = anndata.AnnData(X, obs=cells.obs.drop(columns="cell_type", errors="ignore").join(obs),
                          var=cells.var, obsm={"spatial": spatial},
                          uns={"spatial_unit": "um"})
    out.obs.index.name = None
    out.write_h5ad(a.output + ".part", compression="gzip")
    os.replace(a.output + ".part", a.output)
    print(f"{a.output}: {out.n_obs} cells, {0 if X is None else out.n_vars} features")


parser = argparse.ArgumentParser(description=__doc__,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("input", help="file or folder: .parquet, .zarr, .zarr.zip or .fcs")
parser.add_argument("output", help=".h5ad to write")
parser.add_argument("--um-per-px", type=float, help="µm per unit of x and y (1: µm)")
parser.add_argument("--x", help="column of x")
parser.add_argument("--y", help="column of y")
parser.add_argument("--id", help="column of cell ids, where not the index or cell_id")
parser.add_argument("--type", help="column of cell types, where not cell_type")
parser.add_argument("--table", help="which table of a SpatialData zarr")
parser.add_argument("--matrix", help="matrix of 10x (.h5), joined by cell id")
if __name__ == "__main__":
    convert(parser.parse_args())
