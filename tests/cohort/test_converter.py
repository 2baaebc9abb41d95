"""jobs/to_h5ad.py, with its packages from PyPI: real files of CYTOTAXIS_DATA in Parquet and
zarr against the same cells in formats the program reads itself, and a SpatialData zarr and an
FCS file that are made here."""
import csv
import gzip
import subprocess

from common import *

CONVERTER = os.path.join(SOURCE, "jobs", "to_h5ad.py")
VENV = os.path.join(SOURCE, "build", "venv")
PYTHON = os.path.join(VENV, "bin", "python3")
FORMATS = os.path.join(DATA, "formats")
XENIUM = os.path.join(FORMATS, "xenium_mousebrain_541features")
ARCHIVE = os.path.join(FORMATS, "anndata_archive_v0.7.8")

MAKE = """
import sys, anndata, flowio, numpy as np, pandas as pd, zarr
anndata.settings.zarr_write_format = int(sys.argv[3])
root = zarr.open_group(sys.argv[1], mode="w", zarr_format=int(sys.argv[3]))
root.create_group("tables")
for name in ("cells", "nuclei"):
    obs = pd.DataFrame({"k": ["A", None, "B"]}, index=[f"{name}{i}" for i in range(3)])
    a = anndata.AnnData(np.eye(3), obs=obs, obsm={"spatial": np.arange(6.).reshape(3, 2)})
    a.write_zarr(f"{sys.argv[1]}/tables/{name}")
pd.DataFrame({"cell_id": [b"a", b"b"], "x": [1, 2], "y": [3, 4], "cell_type": ["T", None]}
             ).to_parquet(sys.argv[1] + ".parquet")
with open(sys.argv[2], "wb") as f:
    rows = [v for i in range(9) for v in (i + 1, 10 * i, 5 * i, i % 2, 7)]
    flowio.create_fcs(f, rows, ["cell", "X", "Y", "cluster", "CD3"])
"""


def python(*words):
    return subprocess.run([PYTHON, *words], capture_output=True, text=True, timeout=120)


def refuse(*words, why):
    done = python(CONVERTER, *words)
    check(done.returncode == 1 and why in done.stderr, f"{words}: {done.stderr}")
    check(not os.path.exists(words[1]), f"{words}: wrote {words[1]}")


def convert(name, source, *words):
    path = os.path.join(WORK, name)
    done = python(CONVERTER, source, path, *words)
    check(done.returncode == 0, f"{source}: {done.stderr}")
    return path


def content(path):
    """Ids, positions, types, cells by genes as a dense matrix."""
    with h5py.File(path) as f:
        ids = text(f["obs"][f["obs"].attrs["_index"]][()])
        kinds = []
        if "cell_type" in f["obs"]:
            named = text(f["obs/cell_type/categories"][()]) + [""]
            kinds = [named[c] for c in f["obs/cell_type/codes"][()]]
        dense = None
        if "X" in f:
            check(f["X"].attrs["encoding-type"] == "csr_matrix", f"{path}: X is not CSR")
            dense = np.zeros(f["X"].attrs["shape"])
            ends = f["X/indptr"][()]
            for i in range(len(dense)):
                at = slice(ends[i], ends[i + 1])
                dense[i, f["X/indices"][at]] = f["X/data"][at]
        check(text([f["uns/spatial_unit"][()]]) == ["um"], f"{path}: the unit is not said")
        return ids, f["obsm/spatial"][()], kinds, dense


def accepted(path, *more):
    """check and run take the file as it is; the run has its cells."""
    base = os.path.splitext(os.path.basename(path))[0]
    columns = "".join("," + name for name, _ in more)
    values = "".join("," + value for _, value in more)
    sheet = write(f"{base}.sheet.csv", f"sample,data_path,um_per_px{columns}\n"
                  f"S,{os.path.basename(path)},1{values}\n")
    run_ok("check", sheet)
    out = folder(base + ".out")
    run_ok("run", sheet, "--out", out, "--set", "units.gate=off", ranks=2)
    with h5py.File(os.path.join(out, "slides", "S.h5ad")) as f:
        got = dict(zip(text(f["obs"][f["obs"].attrs["_index"]][()]), f["obsm/spatial"][()]))
    ids, xy, _, _ = content(path)
    check(got.keys() == set(ids) and all(tuple(got[i]) == tuple(p) for i, p in zip(ids, xy)),
          f"{path}: the run has other cells")


def real_xenium():
    with gzip.open(os.path.join(XENIUM, "cells.csv.gz"), "rt", newline="") as f:
        want = list(csv.DictReader(f))
    path = convert("xenium.h5ad", os.path.join(XENIUM, "cells.parquet"), "--matrix",
                   os.path.join(XENIUM, "cell_feature_matrix.h5"))
    ids, xy, kinds, X = content(path)
    check(ids == [c["cell_id"] for c in want] and not kinds, "xenium: cells")
    check(close(xy, [[c["x_centroid"], c["y_centroid"]] for c in want], 1e-12),
          "xenium: positions")
    with h5py.File(os.path.join(XENIUM, "cell_feature_matrix.h5")) as f:
        check(X.sum() == f["matrix/data"][()].sum() and X.shape[1] == f["matrix/shape"][0],
              "xenium: matrix")
    types = write("xenium.types.csv", "cell_id,cell_type\n" + "".join(
        f"{c['cell_id']},T\n" for c in want))
    accepted(path, ("type_file", os.path.basename(types)))


def real_zarr():
    zarr = os.path.join(ARCHIVE, "adata.zarr.zip")
    refuse(zarr, os.path.join(WORK, "no.h5ad"), why="--um-per-px")
    refuse(zarr, os.path.join(WORK, "no.h5ad"), "--um-per-px", "2", why="no obsm/spatial")
    path = convert("archive.h5ad", zarr, "--um-per-px", "2", "--x", "float64", "--y", "int64",
                   "--type", "obs_cat")
    ids, xy, kinds, X = content(path)
    with h5py.File(os.path.join(ARCHIVE, "adata.h5ad")) as f:
        check(ids == text(f["obs"][f["obs"].attrs["_index"]][()]), "zarr: ids")
        check(close(xy[:, 0], 2 * f["obs/float64"][()], 0), "zarr: x")
        check(close(xy[:, 1], 2 * f["obs/int64"][()], 0), "zarr: y")
        named = text(f["obs/__categories/obs_cat"][()])
        check(kinds == [named[c] for c in f["obs/obs_cat"][()]], "zarr: types")
        ends = f["X/indptr"][()].astype(int)
        sums = [f["X/data"][a:b].sum() for a, b in zip(ends, ends[1:])]
        check(close(X.sum(1), sums, 1e-6), "zarr: X")
    accepted(path)


def made(zarr_format):
    zarr, fcs = folder("sample.zarr"), os.path.join(WORK, "cells.fcs")
    done = python("-c", MAKE, zarr, fcs, str(zarr_format))
    check(done.returncode == 0, f"cannot make a zarr and an FCS file: {done.stderr}")
    none = os.path.join(WORK, "no.h5ad")
    refuse(zarr, none, "--um-per-px", "1", why="cells, nuclei")
    refuse(zarr, none, "--table", "nuclei", why="--um-per-px")
    path = convert("spatialdata.h5ad", zarr, "--um-per-px", "0.5", "--table", "nuclei",
                   "--type", "k")
    ids, xy, kinds, X = content(path)
    check(ids == ["nuclei0", "nuclei1", "nuclei2"] and kinds == ["A", "", "B"],
          f"SpatialData: {ids} {kinds}")
    check(xy.tolist() == [[0, .5], [1, 1.5], [2, 2.5]] and (X == np.eye(3)).all(),
          "SpatialData: positions and X")
    accepted(path)
    refuse(zarr + ".parquet", none, "--x", "x", "--y", "y", why="--um-per-px")
    refuse(zarr + ".parquet", none, "--um-per-px", "3", "--x", "z", why="no column 'z'")
    path = convert("table.h5ad", zarr + ".parquet", "--um-per-px", "3", "--x", "x", "--y", "y")
    ids, xy, kinds, X = content(path)
    check((ids, xy.tolist(), kinds, X) == (["a", "b"], [[3, 9], [6, 12]], ["T", ""], None),
          f"table: {ids} {xy} {kinds} {X}")
    return fcs


def made_fcs(fcs):
    refuse(fcs, os.path.join(WORK, "no.h5ad"), "--um-per-px", "1", why="CD3")
    path = convert("fcs.h5ad", fcs, "--um-per-px", "2", "--x", "X", "--y", "Y", "--id", "cell",
                   "--type", "cluster")
    ids, xy, kinds, X = content(path)
    check(ids == [str(i + 1) for i in range(9)] and kinds == list("010101010"),
          f"FCS: {ids} {kinds}")
    check(xy.tolist() == [[20 * i, 10 * i] for i in range(9)], f"FCS: {xy}")
    check(X.tolist() == [[7]] * 9, f"FCS: {X}")
    accepted(path)


if not os.path.exists(os.path.join(VENV, "complete-converter")):
    skip("build/venv has not the packages of jobs/to_h5ad.requirements.txt (tests/venv.sh)")
for zarr_format in (2, 3):
    cells_fcs = made(zarr_format)
made_fcs(cells_fcs)
if os.path.isdir(FORMATS):
    real_xenium()
    real_zarr()
else:
    print(f"real files: skipped, {FORMATS} is not there (set CYTOTAXIS_DATA)")
finish()
