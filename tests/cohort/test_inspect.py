"""cytotaxis inspect: of real files of instruments under CYTOTAXIS_DATA and of small ones
made here it names the format and the numbers of cells and features, and the samplesheet
row it prints passes `check` once its question marks are filled in. What is missing, empty
or damaged gives one line and the status of its kind."""
import csv
import gzip
import os
import re

import h5py
import numpy as np

from common import *

FORMATS = os.path.join(DATA, "formats")
MOST_LINES = 60


def inspect(path, **options):
    """What is said of one path, line by line."""
    done = cytotaxis("inspect", path, ranks=1, **options)
    check(done.returncode == 0 and not done.stderr,
          f"inspect {path}: {done.returncode} {done.stderr}")
    lines = done.stdout.splitlines()
    check(len(lines) <= MOST_LINES, f"{path}: {len(lines)} lines")
    check(all(line == line.rstrip() for line in lines), f"{path}: spaces at ends of lines")
    return lines


def said(lines, label):
    """The text behind a label, with the lines it continues on."""
    text, inside = [], False
    for line in lines:
        inside = line[2:14].strip() == label or (inside and line.startswith(" " * 14))
        if inside:
            text.append(line[14:].strip())
    return " ".join(text)


def row_of(lines):
    """The row as {column: field}; it must be the last thing said."""
    at = next(i for i, line in enumerate(lines) if line.startswith("Samplesheet"))
    header, row = csv.reader(lines[at + 2:])
    return dict(zip(header, row))


def check_row(name, row, **filling):
    """Fill in what is asked for, and nothing else; then `check` must find nothing wrong."""
    asked = {column for column, field in row.items() if field == "?"}
    check(asked == set(filling), f"{name}: asked for {asked}, not {set(filling)}")
    sheet = write(f"{name}.sheet.csv", "")
    with open(sheet, "w", newline="") as f:
        csv.writer(f).writerows([row, {**row, **filling}.values()])
    done = cytotaxis("check", sheet, ranks=1)
    check(done.returncode == 0, f"{name}: check: {done.returncode} {done.stderr}")


def tell(name, path, form, cells, features=None, **filling):
    lines = inspect(path)
    check(re.split(",", said(lines, "format"))[0] == form, f"{name}: {said(lines, 'format')}")
    check(said(lines, "cells") == str(cells), f"{name}: cells {said(lines, 'cells')}")
    if features is not None:
        got = said(lines, "features").split(",")[0]
        check(got == str(features), f"{name}: features {got}, not {features}")
    check_row(name, row_of(lines), **filling)
    return lines


def has(lines, label, *words):
    text = said(lines, label)
    check(all(word in text for word in words), f"{lines[0]} {label}: {words} in {text!r}")


# --- real files --------------------------------------------------------------------------

def kinds(name, ids):
    return write(f"{name}.kinds.csv", "id,kind\n" + "".join(f"{i},K\n" for i in ids))


def real_anndata():
    lines = tell("v0.5", f"{FORMATS}/anndata_archive_v0.5.0/adata.h5ad", "h5ad", 700, 765,
                 um_per_px="1", x="obsm/X_umap/0", y="obsm/X_umap/1")
    has(lines, "format", "anndata 0.5 or 0.6")
    has(lines, "obsm", "X_pca", "X_umap")
    has(lines, "types", "11, in louvain (likely", "130  0")
    has(lines, "few labels", "bulk_labels (10)", "phase (3): G1, G2M, S")
    has(lines, "matrices", "X (700 x 765, dense)", "raw.X (700 x 765, csr)")
    lines = tell("v0.7", f"{FORMATS}/anndata_archive_v0.7.8/adata.h5ad", "h5ad", 30, 20,
                 um_per_px="1", x="obsm/array/0", y="obsm/array/1", type="obs_cat")
    has(lines, "format", "anndata 0.7")
    has(lines, "matrices", "layers/sparse (30 x 20, csr)", "raw/X (30 x 40, csr)")
    lines = tell("visium", f"{FORMATS}/squidpy_visium_test/test_data.h5ad", "h5ad", 49, 1999,
                 um_per_px="0.1")
    has(lines, "format", "anndata 0.8 or later")
    has(lines, "hint", "137 units", "0.0219 to 0.365")


def real_hdf5():
    lines = tell("loom", f"{FORMATS}/loom_osmfish/osmFISH_SScortex_mouse_all_cells.loom",
                 "loom", 6471, 33, um_per_px="0.065")
    has(lines, "types", "32, in ClusterName", "1632  Excluded", "and 20 more")
    cells = write("tenx.cells.csv", "cell_id,x,y,cell_type\na,1,2,T\n")
    for name in ("tenx_matrices/3.0.0/filtered_feature_bc_matrix.h5",
                 "tenx_matrices/3.0.0/filtered_feature_bc_matrix"):
        form = "10x" if name.endswith(".h5") else "mtx"
        lines = tell(form, os.path.join(FORMATS, name), form, 1107, 507, data_path=cells,
                     um_per_px="1")
        has(lines, "format", "Cell Ranger since 3")
        has(lines, "kinds", "Gene Expression 507")


def real_folders():
    path = f"{FORMATS}/xenium_mousebrain_541features/"
    with gzip.open(f"{path}cells.csv.gz", "rt") as f:
        ids = [c["cell_id"] for c in csv.DictReader(f)]
    lines = tell("xenium", path, "xenium", 569, 541, type="kind",
                 type_file=kinds("xenium", ids))
    has(lines, "unit", "um_per_px 1, defined by the format")
    has(lines, "types", "a type_file is needed")
    has(lines, "kinds", "Gene Expression 27", "Unassigned Codeword 465")
    lines = tell("cosmx", f"{FORMATS}/cosmx_run5642", "cosmx", 27, 960, um_per_px="0.12",
                 type="kind", type_file=kinds("cosmx", ["1_367"]))
    has(lines, "types", "a type_file is needed")
    has(lines, "unit", "missing")
    lines = tell("merscope", f"{FORMATS}/merscope_liver", "merscope", 100, 385, type="kind",
                 type_file=kinds("merscope", ["1"]))
    has(lines, "unit", "um_per_px 1, defined by the format")
    lines = tell("inform", f"{FORMATS}/inform_phenoptr/sample_cell_seg_data.csv.gz",
                 "inform", 6072, um_per_px="0.5")
    has(lines, "types", "5, in Phenotype", "2942  other")
    has(lines, "warning", "(microns)")


# --- files made here ---------------------------------------------------------------------

def made_synth():
    out = folder("synth")
    run_ok("synth", "--out", out, "--slides", "1", "--cells", "1500", ranks=1)
    for ending, features in (("csv", None), ("h5ad", 5)):
        lines = tell(f"synth.{ending}", f"{out}/slides/S01.{ending}", ending, 1500, features,
                     um_per_px="1")
        check(said(lines, "types").startswith("8, in cell_type"), f"synth: {lines}")
        check("likely" not in said(lines, "types"), "synth: cell_type is the usual column")
        has(lines, "hint", "median distance", "3 to 50 um", "A hint")
        check("CXCL12" not in said(lines, "few labels"), "counts are no types")


def made_tables():
    """Capitals, names that need quotes; positions between pixels and um; no columns."""
    lines = tell("a, b", write("a, b.tsv", "ID\tX\tY\tCell Type\n" + "".join(
        f"c{i}\t{3 * i}\t{i % 5}\t{'T' if i % 3 else 'a,b'}\n" for i in range(60))), "csv", 60,
        um_per_px="2")
    check(row_of(lines)["sample"] == "a__b", f"sample {row_of(lines)['sample']}")
    check(row_of(lines)["id"] == "ID" and row_of(lines)["type"] == "Cell Type", "likely names")
    has(lines, "positions", "likely")
    lines = tell("none", write("none.csv", "a,b,kind\n" + "1,2,q\n2,3,r\n" * 9), "csv", 18,
                 um_per_px="1", x="a", y="b", type="kind")
    has(lines, "positions", "name the columns x and y")
    lines = inspect(write("types.csv", "cell_id,cell_type\n" + "".join(
        f"c{i},{'TU'[i % 2]}\n" for i in range(30))))
    has(lines, "types", "2, in cell_type")
    lines = tell("steinbock", write("steinbock.csv", "Object;area;centroid-0;centroid-1\n"
                 + "".join(f"{i};9;{i};{2 * i}\n" for i in range(1, 30))), "steinbock", 29,
                 um_per_px="1", type="kind", type_file=kinds("steinbock", range(1, 30)))
    has(lines, "warning", "centroid-0 is y")
    lines = tell("qupath", write("qupath.csv", "Object ID,Class,Centroid X \u00b5m,"
                 "Centroid Y \u00b5m\n" + "".join(f"u{i},T,{i},1\n" for i in range(9))),
                 "qupath", 9, um_per_px="1")
    has(lines, "warning", "um_per_px is 1")


def made_slides():
    """Several slides in a file, their ids repeating: the first one is measured."""
    path = write("slides.csv", "image,cell_id,x,y,cell_type\n" + "".join(
        f"i{k},{i},{10 * i},{k * 1e-3},{'AB'[i % 2]}\n" for k in range(3) for i in range(40)))
    lines = tell("slides", path, "csv", 120, um_per_px="1", filter="image=i1")
    has(lines, "warning", "image has 3 labels, and ids repeat", "image=i0")
    has(lines, "hint", "cell: 10 units")


def made_fields():
    """Slides in fields of view: those of the first are brought to their places, too."""
    folder("fields")
    write("fields/R1_metadata_file.csv", "cell_ID,fov,slide_ID,CenterX_local_px,"
          "CenterY_local_px,type\n" + "".join(
              f"{k},{f},i{f // 2},{9 * (k % 5)},{9 * (k // 5)},T\n"
              for f in range(4) for k in range(20)))
    path = write("fields/R1_fov_positions_file.csv", "fov,x_global_px,y_global_px\n" + "".join(
        f"{f},{1000 * f},0\n" for f in range(4)))
    lines = inspect(os.path.dirname(path))
    has(lines, "hint", "cell: 9 units")
    has(lines, "warning", "slide_ID has 2 labels", "within fields of view")


def made_clusterings():
    for name in ("kmeans_2", "gene_expression_graphclust"):
        write("clusterings/cells.csv", "cell_id,x_centroid,y_centroid\n" + "".join(
            f"c{i},{9 * i},1\n" for i in range(20)))
        write(f"clusterings/analysis/clustering/{name}/clusters.csv", "Barcode,Cluster\n"
              + "".join(f"c{i},{i % 3}\n" for i in range(20)))
        graph = name != "kmeans_2"
        path = os.path.join(WORK, "clusterings")
        lines = tell("clusterings", path, "xenium", 20, **({} if graph else {"type": name}))
        has(lines, "groupings", name)
        has(lines, "format", "xenium-3.0.0.15" if graph else "1.3 or later")
        write("clusterings/experiment.xenium", '{"analysis_sw_version": "xenium-3.0.0.15"}')
        has(lines, "types", "3, in a file of the folder" if graph else "not known")
    subprocess.run(["rm", "-rf", path], check=True)


def made_h5ad(name, index="c", **obsm):
    path = write(name, "")
    with h5py.File(path, "w") as f:
        obs, n = f.create_group("obs"), 30
        obs.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0",
                          "_index": "_index", "column-order": np.array(["fov"], "O")})
        obs["_index"] = [f"{index}{i}" for i in range(n)]
        obs["fov"] = np.arange(n) % 3
        for key, scale in obsm.items():
            f[f"obsm/{key}"] = scale * np.arange(2.0 * n).reshape(n, 2)
    return path


def made_traps():
    lines = inspect(made_h5ad("both.h5ad", spatial=1, spatial_fov=2))
    has(lines, "warning", "spatial and spatial_fov", "x = obsm/spatial_fov/0")
    row = row_of(lines)
    check(row["x"] == row["y"] == "?", f"both: {row}")
    lines = inspect(made_h5ad("object.h5ad", "Object ", spatial=1))
    text = " ".join(lines)
    check("(y, x)" in text and "fields of view" in text, f"object: {text}")


# --- what goes wrong ---------------------------------------------------------------------

def refused(status, *words, text=(), ranks=1):
    done = cytotaxis("inspect", *words, ranks=ranks)
    told = [line for line in done.stderr.splitlines() if line.startswith("cytotaxis: ")]
    check(done.returncode == status, f"inspect {words}: {done.returncode}, not {status}")
    check(len(told) == 1 and all(t in told[0] for t in text), f"inspect {words}: {done.stderr}")
    return done


def made_bad():
    good = write("good.csv", "cell_id,x,y,cell_type\na,1,2,T\nb,5,5,T\n")
    packed = gzip.compress(b"cell_id,x,y,cell_type\n" + b"".join(
        b"%d,%d,1,T\n" % (i, i * i % 977) for i in range(5000)))
    refused(64, text=["needs a file or folder"])
    refused(64, "--out", "x", good, text=["--out"])
    refused(66, os.path.join(WORK, "no_such.csv"), text=["no_such.csv"])
    refused(65, write("empty.csv", ""), text=["empty.csv is empty"])
    refused(65, write("empty.h5ad", ""), text=["empty.h5ad"])
    refused(65, write("empty.h5", ""), text=["empty.h5"])
    refused(65, write("noise.loom", b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 8),
            text=["noise.loom"])
    refused(65, write("cut.csv.gz", packed[:len(packed) // 2]), text=["cut.csv.gz"])
    refused(65, write("header.csv", "cell_id,x,y,cell_type\n"), text=["no cells"])
    refused(65, write("nan.csv", "cell_id,x,y,cell_type\na,1,n/q,T\n"), text=["line 2"])
    rows = "".join(f"{i},{i},1,a\n" for i in range(9))
    for name, filling in (("short", ""), ("long", "x" * 100000)):
        refused(65, write(f"nul_{name}.csv", f"cell_id,x,y,cell_type\n{rows}9,9,1,a\0{filling}\n"),
                text=["is not text: line 11 has a NUL byte"])
    refused(65, write("what.xyz", "1 2\n"), text=["no known format"])
    refused(65, write("r.geojson", "{}"), text=["column regions"])
    os.makedirs(os.path.join(WORK, "nothing"), exist_ok=True)
    refused(65, os.path.join(WORK, "nothing"), text=["the folder has no"])
    done = refused(66, good, os.path.join(WORK, "no_such.csv"), good, ranks=3)
    check(done.stdout.count("Samplesheet") == 2, f"each path once: {done.stdout}")


made_synth()
made_tables()
made_slides()
made_fields()
made_clusterings()
made_traps()
made_bad()
if os.path.isdir(FORMATS):
    real_anndata()
    real_hdf5()
    real_folders()
else:
    print(f"real files: skipped, {FORMATS} is not there (set CYTOTAXIS_DATA)")
finish()
