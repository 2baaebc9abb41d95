"""Cells of Visium HD: outlines as GeoJSON, their matrix and clusterings beside them, the
size of a pixel in a file of its own. The folder is made here as Space Ranger 4 lays it out."""
import json
import os
import subprocess

import h5py
import numpy as np

from common import *

without_reports()

UM = 0.2737
N = 700  # more than a block of outlines a rank


def barcode(i):
    return f"cellid_{i:09d}-1"


def ring(x, y, r):
    """A triangle pointing right, closed; its centroid is (x, y) exactly."""
    return [[x - r, y - r], [x + 2 * r, y], [x - r, y + r], [x - r, y - r]]


def cell(i):
    return 100.0 + 40 * (i % 30), 50.0 + 40 * (i // 30)


def feature(i, **properties):
    kind, rings = "Polygon", [ring(*cell(i), 8)]
    if i % 50 == 1:
        kind, rings = "MultiPolygon", [[ring(*cell(i), 8)], [ring(*cell(i), 4)]]
    one = {"type": "Feature", "properties": {"cell_id": i, **properties},
           "geometry": {"type": kind, "coordinates": rings}}
    return dict(reversed(one.items())) if i % 3 else one  # members come in any order


def outlines(features=None, **properties):
    return json.dumps({"type": "FeatureCollection", "features": [
        feature(i, **properties) for i in range(1, N + 1)] if features is None else features})


def cluster(i):
    return str(1 + i % 3)


def write_matrix(path, ids):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with h5py.File(path, "w") as f:
        g = f.create_group("matrix")
        g["barcodes"] = np.array(ids, "S")
        g["data"], g["indices"] = np.full(len(ids), 2, "i4"), np.zeros(len(ids), "i8")
        g["indptr"], g["shape"] = np.arange(len(ids) + 1), np.array([1, len(ids)], "i4")
        g["features/id"], g["features/name"] = np.array(["E1"], "S"), np.array(["G1"], "S")
        g["features/feature_type"] = np.array(["Gene Expression"], "S")


def make(name, content=None, scale=None, within="segmented_outputs"):
    base = folder(name)
    inner = os.path.join(name, "outs", within)
    write(f"{inner}/cell_segmentations.geojson", content or outlines())
    if scale != "":
        write(f"{inner}/spatial/scalefactors_json.json", scale or json.dumps(
            {"tissue_hires_scalef": 0.1, "microns_per_pixel": UM, "bin_size_um": None}))
    write(f"{inner}/analysis/clustering/gene_expression_graphclust/clusters.csv",
          "Barcode,Cluster\n" + "".join(
              f"{barcode(i)},{cluster(i)}\n" for i in range(N, 5, -1)))
    # Filtered: the first cells are neither in the matrix nor in a cluster.
    write_matrix(os.path.join(WORK, inner, "filtered_feature_cell_matrix.h5"),
                 [barcode(i) for i in range(N, 5, -1)])
    return base


def run(name, row="outs", header="data_path", status=0, ranks=2, config=None):
    sheet = write(os.path.join(name, "sheet.csv"), f"sample,{header}\nS,{row}\n")
    words = ["--config", write(f"{name}/config.yaml", config)] if config else []
    out = folder(os.path.join(name, "results"))
    done = cytotaxis("run", sheet, "--out", out, *words, ranks=ranks)
    check(done.returncode == status, f"{name}: exit {done.returncode}: {done.stderr[-600:]}")
    return done, out


def cells_of(out):
    with h5py.File(os.path.join(out, "slides", "S.h5ad")) as f:
        ids = text(f["obs"][f["obs"].attrs["_index"]][()])
        codes, kinds = f["obs/cell_type/codes"][()], text(f["obs/cell_type/categories"][()])
        return ids, f["obsm/spatial"][()], [kinds[c] if c >= 0 else "" for c in codes]


SIGNAL = ('signals:\n  - {name: S, ligand: [G1], senders: ["2"], lambda_um: 50, '
          "expression: {transform: counts}}\n")


def good():
    make("hd")
    done, out = run("hd", config=SIGNAL)
    ids, xy, kinds = cells_of(out)
    check(ids == [barcode(i) for i in range(1, N + 1)], f"ids: {ids[:3]}")
    want = np.array([cell(i) for i in range(1, N + 1)]) * UM
    # Coordinates of four digits times um, through sums of products of eight digits.
    check(np.abs(xy - want).max() < 1e-10, f"centroids: {np.abs(xy - want).max()}")
    check(kinds == [cluster(i) if i > 5 else "" for i in range(1, N + 1)], "clusters")
    check("695 of the 700 cells" in done.stderr, f"5 cells without a cluster: {done.stderr}")
    with h5py.File(os.path.join(out, "slides", "S.fields.h5")) as f:
        h = float(np.ravel(f["signal/S"].attrs["spacing_um"])[0])
        total = f["signal/S/concentration"][()].sum(dtype=float) * h * h
    senders = sum(cluster(i) == "2" for i in range(6, N + 1))
    check(abs(total - 2 * senders) < 1e-5 * total, f"{senders} senders of 2: {total}")
    one = digests(out)
    for ranks in (1, 3, 5):
        check(digests(run("hd", config=SIGNAL, ranks=ranks)[1]) == one,
              f"other bytes on {ranks} ranks")
    # The folder itself, the format named, another unit, the outlines packed.
    subprocess.run(["gzip", os.path.join(
        WORK, "hd/outs/segmented_outputs/cell_segmentations.geojson")], check=True)
    _, out = run("hd", "outs/segmented_outputs,visium_hd,0.5", "data_path,format,um_per_px")
    check(np.abs(cells_of(out)[1] - want / UM / 2).max() < 1e-10, "um_per_px comes first")


def other_types():
    make("hd-types", outlines(classification={"name": "Cluster 1", "color": [1, 2, 3]}))
    path = "outs/segmented_outputs/cell_segmentations.geojson"
    done, out = run("hd-types", f"{path},{UM}", "data_path,um_per_px")
    check(set(cells_of(out)[2]) == {"Cluster 1"}, "types of the outlines themselves")
    kinds = write("hd-types/kinds.csv", "cell_id,kind\n" + "".join(
        f"{barcode(i)},K\n" for i in range(1, N + 1)))
    done, out = run("hd-types", f"outs,{kinds},kind", "data_path,type_file,type")
    check(set(cells_of(out)[2]) == {"K"}, "a type_file comes before the clusterings")


def inspected():
    make("hd-inspect")
    for path in ("outs", "outs/segmented_outputs"):
        done = cytotaxis("inspect", os.path.join(WORK, "hd-inspect", path))
        told = done.stdout
        check(done.returncode == 0, f"inspect: {done.stderr}")
        for words in ("format      visium_hd", "cells       700", "3, in a file of the folder",
                      "um_per_px 0.2737", "features    1", "gene_expression_graphclust"):
            check(words in told, f"inspect {path}: {words} not in {told}")
        header, row = told.splitlines()[-2:]
        check(header == "sample,data_path", f"inspect: {header}")
        sheet = write("hd-inspect/row.csv", f"{header}\n{row}\n")
        check(cytotaxis("check", sheet).returncode == 0, f"inspect: {row}")
    os.remove(os.path.join(WORK, "hd-inspect/outs/segmented_outputs/spatial"
                           "/scalefactors_json.json"))
    done = cytotaxis("inspect", os.path.join(WORK, "hd-inspect", "outs"))
    check(done.stdout.splitlines()[-2] == "sample,data_path,um_per_px", done.stdout)


def one(**changes):
    """The text of a collection of one good and one changed feature."""
    return outlines([feature(3), {**feature(6), **changes}])


POINT = {"type": "Point", "coordinates": [1, 2]}
FLAT = {"type": "Polygon", "coordinates": [[1, 2], [3, 4], [5, 6]]}
EMPTY = {"type": "Polygon", "coordinates": []}
ODD = {"type": "Polygon", "coordinates": [[[1, 2], [3], [5, 6]]]}
WORD = {"type": "Polygon", "coordinates": [[["1", 2], [3, 4], [5, 6]]]}
FAR = {"type": "Polygon", "coordinates": [[[float("inf"), 2], [3, 4], [5, 6]]]}
AWAY = {"type": "Polygon", "coordinates": [[[3e12, 2], [3, 4], [5, 6]]]}
HUGE = {"type": "Polygon", "coordinates": [[[1, 2], [-1e200, 4], [5, 1e200]]]}
DEEP = {"type": "Polygon", "coordinates": [[[[[1, 2]]]]]}
MIXED = {"type": "Polygon", "coordinates": [[[1, 2], [3, 4]], [[[5, 6]]]]}
WANTED = "; a Polygon or a MultiPolygon is wanted"
UNIT = ", not a number greater than 0; give um_per_px, um of a pixel of the full image"
# What the outlines hold, what the file of scales holds, and what is said, exactly; the place
# of the outlines is put in front of what begins with ":" or " ", that of the scales for "!".
BAD = [
    (one(geometry=POINT), None, ":1:207: cell cellid_000000006-1 is a Point" + WANTED),
    (one(geometry=None), None, ":1:207: cell cellid_000000006-1 is without geometry" + WANTED),
    (one(geometry=FLAT), None, ":1:207: the coordinates of cell cellid_000000006-1, a Polygon, "
     "nest 2 deep instead of 3"),
    (one(geometry=EMPTY), None, ":1:207: cell cellid_000000006-1 has an empty outline"),
    (one(geometry=ODD), None, ":1:315: a position of one number; x and y are wanted"),
    (one(geometry=WORD), None, ":1:307: a number is wanted here, not a text"),
    (one(geometry=FAR), None, ":1:307: Infinity is no coordinate of a cell"),
    (one(geometry=AWAY), None, ":1:307: 3000000000000.0 is no coordinate of a cell"),
    (one(geometry=HUGE), None, ":1:315: -1e+200 is no coordinate of a cell"),
    (one(geometry=DEEP), None, ":1:308: a number is wanted here, not an array"),
    (one(geometry=MIXED), None, ":1:323: lists of different depth in coordinates"),
    (one(properties={}), None, ":1:207: a feature without properties.cell_id; name the property "
     "that is the id of a cell (id)"),
    (one(properties={"cell_id": -1}), None, ":1:253: the id of a cell, a whole number or a short "
     "text, is wanted here, not a number"),
    (one(properties={"cell_id": "a\0b"}), None, ":1:253: the id of a cell has a NUL in it, "
     "\\u0000"),
    (outlines([feature(3), feature(3)]), None, ' feature 2: cell id "cellid_000000003-1" is '
     "already that of feature 1; ids must be unique within a slide"),
    (outlines([]), None, " holds no cells"),
    ("[1]", None, ":1:1: a FeatureCollection is wanted here, not an array"),
    ('{"features": 3}', None, ":1:14: a list of features is wanted here, not a number"),
    (one()[:-40], None, ":1:330: ',' or ']' is wanted, not the end of the file"),
    (None, "", "sample S has no um_per_px; positions without a unit are refused: give um per "
     "unit of x and y, 1 where they are um"),
    (None, "[]", "!:1:1: an object is wanted here, not an array"),
    (None, "{}", "!: microns_per_pixel is missing" + UNIT),
    (None, '{"microns_per_pixel": -2}', "!: microns_per_pixel is -2" + UNIT),
    (None, '{"microns_per_pixel": "x"}', "!: microns_per_pixel is x" + UNIT),
    (None, '{"microns_per_pixel": []}', "!: microns_per_pixel is no number" + UNIT),
]


def refused(what, wanted, row, header):
    sheet = write("hd-bad/sheet.csv", f"sample,{header}\nS,{row}\n")
    for ranks in (1, 3):
        done = cytotaxis("run", sheet, "--out", folder("hd-bad/out"), "-q", ranks=ranks)
        told = [l[len("cytotaxis: "):] for l in done.stderr.splitlines()
                if l.startswith("cytotaxis: ")]
        check(done.returncode in (1, 65, 78) and len(told) == 2 and told[0].endswith(wanted),
              f"{what} on {ranks}: {done.returncode} {told}, not {wanted}")


def bad():
    outs = "S: outs/segmented_outputs/"
    places = {":": "cell_segmentations.geojson:", " ": "cell_segmentations.geojson ",
              "!": "spatial/scalefactors_json.json"}
    for k, (content, scale, words) in enumerate(BAD):
        make("hd-bad", content, scale)
        where = outs + places[words[0]] if words[0] in places else words[0]
        refused(f"bad {k}", where + words[1:], "outs", "data_path")
    make("hd-bad")
    path = "outs/segmented_outputs/cell_segmentations.geojson"
    refused("columns", f"S: {path} has outlines of cells and no columns for x and y: positions "
            "are the centroids; leave that empty", "outs,a,b", "data_path,x,y")
    refused("filter", f"S: {path} has outlines of cells and no columns for filter: it holds the "
            "cells of one slide; leave that empty", "outs,a=b", "data_path,filter")
    refused("types", f'S: {path}: no cell has the property "kmeans_9" for type; name another '
            "(type), or a type_file", "outs,kmeans_9", "data_path,type")
    text = one(properties={"cell_id": 6, "kind": {"name": "A\0B"}})
    make("hd-bad", text)
    refused("NUL", f"S: {path}:1:{text.index(chr(34) + 'A') + 1}: the type of a cell has a NUL "
            "in it, \\u0000", "outs,kind", "data_path,type")
    make("hd-bad")
    for rank in range(3):
        sheet = write("hd-bad/sheet.csv", "sample,data_path\nS,outs\n")
        done = cytotaxis("run", sheet, "--out", folder("hd-bad/out"), ranks=3,
                         env={"CYTOTAXIS_FAULT": f"polygons.read+{int(rank == 0)}:{rank}"})
        check(done.returncode == 1 and "fault injected" in done.stderr,
              f"polygons.read on rank {rank}: {done.returncode} {done.stderr}")


good()
other_types()
inspected()
bad()
finish()
