"""Every format of the samplesheet: real files of instruments under CYTOTAXIS_DATA against
what other packages read of them, and a small faithful file of each format that is made
here. Matrices are looked at through rows_of, the rest through whole runs."""
import csv
import gzip
import json
import os

import anndata
import h5py
import numpy as np
import pandas

from common import *

without_reports()

ROWS_OF = os.path.join(os.path.dirname(PROGRAM), "..", "tests", "rows_of")
FORMATS = os.path.join(DATA, "formats")


def rows_of(*words, ranks=2, status=0):
    """{id: (x, y, type, [values])} and the order of the ids."""
    done = cytotaxis(*words, ranks=ranks, program=ROWS_OF)
    check(done.returncode == status, f"rows_of {words}: {done.returncode} {done.stderr[-500:]}")
    cells, order = {}, []
    for line in sorted(done.stdout.splitlines()):
        _, cell, x, y, kind, *values = line.split("\t")
        cells[cell] = (float(x), float(y), kind, [float(v) for v in values])
        order.append(cell)
    return cells, order


def table(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", newline="") as f:
        return list(csv.DictReader(f))


def reference(name):
    return table(os.path.join(DATA, "reference", "formats", name))


def same_on_all_ranks(*words):
    one = cytotaxis(*words, ranks=1, program=ROWS_OF)
    for ranks in (2, 3, 4, 7):
        more = cytotaxis(*words, ranks=ranks, program=ROWS_OF)
        check(sorted(more.stdout.splitlines()) == sorted(one.stdout.splitlines()),
              f"{words}: other rows on {ranks} ranks")


def check_matrix(path, columns, rows, by="col"):
    """Sums of all features, and of all cells, are those of the reference."""
    features = reference(columns)
    names = [f[by] for f in features]
    cells, order = rows_of("-v", path, *names)
    want = {r["row"]: float(r["sum"]) for r in reference(rows)}
    check(set(order) == set(want), f"{path}: other cells")
    values = np.array([cells[c][3] for c in order])
    check(close(values.sum(0), [float(f["sum"]) for f in features], 1e-12),
          f"{path}: sums of features")
    check(close(values.sum(1), [want[c] for c in order], 1e-12), f"{path}: sums of cells")
    check(list((values != 0).sum(0)) == [int(f["nonzero"]) for f in features],
          f"{path}: non-zeros of features")
    print(f"{os.path.relpath(path, FORMATS)}: {len(order)} cells x {len(names)} features")


def run_one(name, row, header, config=None, status=0):
    """A run of one slide; its cells as {id: (x, y, type)} and the slide's file."""
    sheet = write(os.path.join(name, "sheet.csv"), f"sample,{header}\nS,{row}\n")
    words = ["--config", write(os.path.join(name, "config.yaml"), config)] if config else []
    out = folder(os.path.join(name, "out"))
    done = cytotaxis("run", sheet, *words, "--out", out, "--set", "units.gate=off", ranks=2)
    check(done.returncode == status, f"{name}: exit {done.returncode}: {done.stderr[-800:]}")
    if status:
        return done, None
    with h5py.File(os.path.join(out, "slides", "S.h5ad")) as f:
        ids = text(f["obs"][f["obs"].attrs["_index"]][()])
        xy = f["obsm/spatial"][()]
        codes = f["obs/cell_type/codes"][()]
        kinds = text(f["obs/cell_type/categories"][()])
    return {i: (*p, kinds[c] if c >= 0 else "") for i, p, c in zip(ids, xy, codes)}, out


def signal(gene, senders):
    return ("signals:\n  - {name: S, ligand: [%s], senders: [%s], lambda_um: 100, "
            "expression: {transform: counts}}\n" % (gene, senders))


def total_of(out, name="S"):
    """Sum of the sources of a signal: of its concentration times the area of a pixel."""
    with h5py.File(os.path.join(out, "slides", "S.fields.h5")) as f:
        h = float(np.ravel(f["signal"][name].attrs["spacing_um"])[0])
        return f["signal"][name]["concentration"][()].sum(dtype=float) * h * h


# --- files made here ---------------------------------------------------------------------

def made_mtx():
    base = "mtx"
    write(f"{base}/m/barcodes.tsv", "c1\nc2\nc3\n")
    write(f"{base}/m/genes.tsv", "ENSG1\tCXCL12\nENSG2\tCXCR4\n")
    write(f"{base}/m/matrix.mtx", "%%MatrixMarket matrix coordinate integer general\n%\n"
          "2 3 4\n1 3 7\n2 1 5\n1 1 2\n1 3 1\n")
    write(f"{base}/cells.csv", "cell_id,x,y,cell_type\nc3,1,9,A\nc1,5,5,B\nc2,9,1,A\n")
    path = os.path.join(WORK, base, "m")
    cells, order = rows_of("-v", path, "CXCL12", "ENSG2", "none")
    check(order == ["c1", "c2", "c3"], f"mtx: {order}")
    check([cells[c][3][:2] for c in order] == [[2, 5], [0, 0], [8, 0]], f"mtx: {cells}")
    check(all(np.isnan(c[3][2]) for c in cells.values()), "mtx: a gene that is not there")
    same_on_all_ranks("-v", path, "CXCL12", "CXCR4")
    got, out = run_one(base, "cells.csv,1,m", "data_path,um_per_px,expression",
                       signal("CXCL12", "A"))
    check(got == {"c3": (1, 9, "A"), "c1": (5, 5, "B"), "c2": (9, 1, "A")}, f"mtx: {got}")
    check(close(total_of(out), 8, 1e-6), f"mtx: senders secrete {total_of(out)}, not 8")
    for bad in range(3):
        done = cytotaxis("-v", path, "CXCL12", ranks=3, program=ROWS_OF,
                         env={"CYTOTAXIS_FAULT": f"mtx.open:{bad}"})
        check(done.returncode == 71, f"mtx.open on rank {bad}: {done.returncode}")
    for name, content, words in (
            ("matrix.mtx", "%%MatrixMarket matrix coordinate integer general\n2 3 4\n1 3 7\n",
             ["matrix.mtx has 1 entries", "4"]),
            ("matrix.mtx", "%%MatrixMarket matrix coordinate integer general\n2 3 1\n3 1 7\n",
             ["matrix.mtx line 3", "beyond"]),
            ("matrix.mtx", "%%MatrixMarket matrix coordinate integer general\n2 3 1\n1 1 x\n",
             ["matrix.mtx line 3", "count"]),
            ("matrix.mtx", "%%MatrixMarket matrix coordinate real general\n2 3 2\n"
             "1 1 1e308\n1 1 1e308\n", ["matrix.mtx line 4", "overflow"]),
            ("matrix.mtx", "%%MatrixMarket matrix coordinate real general\n"
             "900000000000000 3 1\n1 1 1\n",
             ["genes.tsv has 2 features, its matrix 900000000000000"]),
            ("matrix.mtx", "1 2 3\n", ["matrix.mtx", "first line"]),
            ("genes.tsv", "ENSG1\tCXCL12\n", ["genes.tsv has 1 features", "2"]),
            ("genes.tsv", "a\tCXCL12\nb\tCXCL12\n", ["genes.tsv line 2", "second"]),
            ("barcodes.tsv", "c1\nc2\n", ["barcodes.tsv has 2 barcodes", "3"]),
            ("matrix.mtx", "%%MatrixMarket matrix coordinate integer general\n%\n2 3\n",
             ["matrix.mtx line 3: not the numbers of features, cells and entries"]),
            ("matrix.mtx", "%%MatrixMarket matrix coordinate integer general\n%\n",
             ["matrix.mtx ends before the numbers of features, cells and entries"]),
            ("barcodes.tsv", "c1\n\nc2\nc1\n",
             ['barcode 3: cell id "c1" is already that of barcode 1', "unique"])):
        before = open(os.path.join(path, name)).read()
        write(f"{base}/m/{name}", content)
        done = cytotaxis("-v", path, "CXCL12", ranks=3, program=ROWS_OF)
        check(done.returncode == 65 and all(w in done.stderr for w in words),
              f"mtx {name}: {done.returncode} {done.stderr}")
        write(f"{base}/m/{name}", before)
    # Quotes are but characters here, and so is what begins a comment in a matrix.
    write(f"{base}/m/barcodes.tsv", 'c"1\n%2\nc3\n')
    write(f"{base}/m/genes.tsv", '%NSG1\tCXCL12\nENSG2\t5"\n')
    cells, order = rows_of("-v", path, '5"', "%NSG1")
    check(order == ['c"1', "%2", "c3"] and cells['c"1'][3] == [5, 2], f"mtx, quotes: {cells}")
    done = cytotaxis("inspect", path)
    check(done.returncode == 0 and "features    2" in done.stdout,
          f"mtx, quotes: inspect: {done.stdout} {done.stderr}")


def write_tenx(path, groups, root=None):
    """10x HDF5: {group: (barcodes, ids, names, types or None, dense [cells x features])}."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with h5py.File(path, "w") as f:
        for key, value in (root or {}).items():
            f.attrs[key] = value
        for name, (barcodes, ids, names, types, dense) in groups.items():
            g = f.create_group(name)
            rows, columns = np.nonzero(dense)
            g["barcodes"] = np.array(barcodes, "S")
            g["data"] = dense[rows, columns]
            g["indices"] = columns.astype("i8")
            g["indptr"] = np.concatenate([[0], np.cumsum((dense != 0).sum(1))]).astype("i8")
            g["shape"] = np.array(dense.shape[::-1], "i4")
            if types is None:
                g["genes"], g["gene_names"] = np.array(ids, "S"), np.array(names, "S")
            else:
                features = g.create_group("features")
                features["id"], features["name"] = np.array(ids, "S"), np.array(names, "S")
                features["feature_type"] = np.array(types, "S")


def made_tenx():
    base = os.path.join(WORK, "tenx")
    dense = np.array([[0, 3, 0], [5, 0, 2], [0, 0, 0], [1, 1, 1]], "i4")
    cells = ["c1-1", "c2-1", "c3-1", "c4-1"]
    kinds = ["Gene Expression", "Gene Expression", "Protein Expression"]
    v3 = os.path.join(base, "v3.h5")
    write_tenx(v3, {"matrix": (cells, ["E1", "E2", "P1"], ["CXCL12", "CXCR4", "CD3"], kinds,
                               dense)}, {"protein_scaling_factor": 4})
    got, order = rows_of("-v", v3, "E1", "CXCR4", "CD3", "none")
    want = dense.astype(float) / [1, 1, 4]
    check(order == cells, f"10x: {order}")
    check(all(got[c][3][:3] == list(w) for c, w in zip(cells, want)), f"10x: {got}")
    check(all(np.isnan(g[3][3]) for g in got.values()), "10x: a gene that is not there")
    same_on_all_ranks("-v", v3, "CXCL12", "CD3")
    # Before version 3: a group a genome; several want a choice.
    old = os.path.join(base, "old.h5")
    two = os.path.join(base, "two.h5")
    human = (cells, ["E1", "E2", "E3"], ["A", "B", "C"], None, dense)
    mouse = (cells, ["M1", "M2", "M3"], ["a", "b", "c"], None, dense[::-1])
    write_tenx(old, {"hg19": human})
    write_tenx(two, {"hg19": human, "mm10": mouse})
    check(rows_of("-v", old, "B")[0]["c1-1"][3] == [3], "10x of one genome")
    check(rows_of("-v", "-l", "mm10", two, "a")[0]["c1-1"][3] == [1], "10x: second genome")
    done = cytotaxis("-v", two, "a", ranks=2, program=ROWS_OF)
    check(done.returncode == 65 and "hg19, mm10" in done.stderr, f"10x: {done.stderr}")
    # Since version 3 the features have a genome each.
    both = os.path.join(base, "both.h5")
    write_tenx(both, {"matrix": (cells, ["E1", "M1", "E2"], ["A", "A", "B"], kinds, dense)})
    with h5py.File(both, "r+") as f:
        f["matrix/features/genome"] = np.array(["hg19", "mm10", "hg19"], "S")
    for layer, at in (("hg19", 0), ("mm10", 1)):
        got = rows_of("-v", "-l", layer, both, "A")[0]
        check([got[c][3][0] for c in cells] == list(dense[:, at]), f"10x: {layer}: {got}")
    got = rows_of("-v", "-l", "counts", both, "M1")[0]  # a layer of other slides
    check([got[c][3][0] for c in cells] == list(dense[:, 1]), f"10x: by id: {got}")
    done = cytotaxis("-v", both, "A", ranks=2, program=ROWS_OF)
    check(done.returncode == 65 and 'matrix/features/name: "A" is in rows 0 and 1; name the '
          "feature by its id, or of several genomes one as the layer "
          "(signals.expression.layer)" in done.stderr, f"10x: {done.stderr}")
    # As other programs save it again: numbers as reals. And damaged.
    with h5py.File(v3, "r+") as f:
        for name in ("indices", "indptr", "shape"):
            values = f["matrix"][name][()].astype("f8")
            del f["matrix"][name]
            f["matrix"][name] = values
    check(rows_of("-v", v3, "CXCR4")[0]["c1-1"][3] == [3], "10x with real indices")
    with h5py.File(v3, "r+") as f:
        f["matrix/indices"][1] = 7
    done = cytotaxis("-v", v3, "CXCR4", ranks=3, program=ROWS_OF)
    check(done.returncode == 65 and "matrix/indices[1] is 7, not below 3" in done.stderr,
          f"10x damaged: {done.stderr}")
    # More names than ids: the matrix has as many columns as the ids say.
    names = os.path.join(base, "names.h5")
    write_tenx(names, {"matrix": (cells, ["E1", "E2", "E3"], ["A", "B"] + ["N"] * 5000 + ["Z"],
                                  kinds, dense)})
    for ranks in (1, 3):
        done = cytotaxis("-v", names, "Z", ranks=ranks, program=ROWS_OF)
        check(done.returncode == 65 and "names.h5 matrix/features/name has 5003 rows, "
              "matrix/features/id 3\n" in done.stderr, f"10x, more names: {done.stderr}")
    for bad in range(2):
        done = cytotaxis("-v", old, "A", ranks=2, program=ROWS_OF,
                         env={"CYTOTAXIS_FAULT": f"tenx.open:{bad}"})
        check(done.returncode == 74, f"tenx.open on rank {bad}: {done.returncode}")
    sheet = write("tenx/sheet.csv", "sample,data_path,um_per_px\nS,v3.h5,1\n")
    done = cytotaxis("check", sheet, ranks=1)
    check(done.returncode == 78 and "has no positions" in done.stderr, f"10x: {done.stderr}")


def made_second_files():
    base = "second"
    write(f"{base}/cells.csv", "id,x,y\n" + "".join(f"k{i},{i},{i % 7}\n" for i in range(50)))
    write(f"{base}/kinds.csv", "id,cluster\n" + "".join(
        f"k{i},{'odd' if i % 2 else 'even'}\n" for i in range(49, -1, -1)))
    write(f"{base}/wide.tsv", "\tG1\tG2\n" + "".join(
        f"k{i}\t{i}\t1\n" for i in range(50) if i % 2 or i > 9))
    got, out = run_one(base, "cells.csv,1,id,kinds.csv,cluster,wide.tsv",
                       "data_path,um_per_px,id,type_file,type,expression",
                       signal("G2", "odd"))
    check(got["k7"] == (7, 0, "odd") and got["k8"][2] == "even", f"second files: {got}")
    check(close(total_of(out), 25, 1e-6), f"second files: {total_of(out)}, not 25")
    # A sender without a value is refused: some of `even` have none.
    done, _ = run_one(base, "cells.csv,1,id,kinds.csv,cluster,wide.tsv",
                      "data_path,um_per_px,id,type_file,type,expression",
                      signal("G2", "even"), status=1)
    check("nan" in done.stderr and "G2" in done.stderr, f"missing value: {done.stderr}")
    write(f"{base}/others.csv", "id,cluster\nq,x\n")
    done, _ = run_one(base, "cells.csv,1,id,others.csv,cluster",
                      "data_path,um_per_px,id,type_file,type", status=1)
    check("others.csv: none of the 50 cells of cells.csv" in done.stderr,
          f"nothing in common: {done.stderr}")


TABLES = {  # format: (header, one row, (id, x, y, type), names a type column itself)
    "mcmicro": (",CellID,DNA,X_centroid,Y_centroid,Area,phenotype",
                "0,{i},5,{x},{y},30,T", "{i}"),
    "codex": ("cell_id:cell_id,region:region,x:x,y:y,cell_type", "{i},1,{x},{y},T", "{i}"),
    "cellprofiler": ("ImageNumber,ObjectNumber,Location_Center_X,Location_Center_Y,cell_type",
                     "3,{i},{x},{y},T", "3_{i}"),
    "inform": ("Path\tSample Name\tPhenotype\tCell ID\tCell X Position\tCell Y Position",
               "C:\\x\ts.im3\tT\t{i}\t{x}\t{y}", "s.im3_{i}"),
    "qupath": ("Image,Object ID,Classification,Centroid X \u00b5m,Centroid Y \u00b5m",
               "i,u{i},T,{x},{y}", "u{i}"),
    "halo": ("Object Id,XMin,XMax,YMin,YMax,Classifier Label", "{i},{x0},{x1},{y},{y},T",
             "{i}"),
}


def made_tables():
    for name, (header, line, cell) in TABLES.items():
        rows = [line.format(i=i, x=3 * i, y=i % 4, x0=3 * i - 1, x1=3 * i + 1)
                for i in range(20)]
        ending = "tsv" if "\t" in header else "csv"
        write(f"{name}/t.{ending}", header + "\n" + "\n".join(rows) + "\n")
        for form in ("auto", name):
            got, _ = run_one(name, f"t.{ending},{form},0.5", "data_path,format,um_per_px")
            want = {cell.format(i=i): (1.5 * i, 0.5 * (i % 4), "T") for i in range(20)}
            check(got == want, f"{name} as {form}: {list(got.items())[:3]}")
        done, _ = run_one(name, f"t.{ending},{name}", "data_path,format", status=78)
        check("has no um_per_px" in done.stderr, f"{name}: no unit: {done.stderr}")


def made_decimal_commas():
    write("comma/t.csv", "x;y;cell_type\n1,5;2;A\n3;4,25;B\n")
    got, _ = run_one("comma", 't.csv,1,","', "data_path,um_per_px,decimal")
    check(got == {"1": (1.5, 2, "A"), "2": (3, 4.25, "B")}, f"decimal commas: {got}")
    done, _ = run_one("comma", "t.csv,1", "data_path,um_per_px", status=1)
    check('x is not a number ("1,5")' in done.stderr, f"no commas asked for: {done.stderr}")
    write("comma/i.txt", "Sample Name\tPhenotype\tCell ID\tCell X Position\t"
          "Cell Y Position\ns\tA\t1\t237,5\t5,0\ns\tB\t2\t#N/A\t5,0\n")
    done, _ = run_one("comma", "i.txt,1", "data_path,um_per_px", status=1)
    check("Cell X Position is missing" in done.stderr and "line 3" in done.stderr,
          f"inform with commas: {done.stderr}")


def same_bytes_from_any_format():
    """The same cells as a table, a table with a 10x file or a folder or AnnData beside
    it, AnnData alone, loom: the same bytes of results."""
    rng = np.random.default_rng(4)
    n = 150
    ids = [f"c{i}" for i in range(n)]
    xy = rng.integers(0, 4000, (n, 2)) / 8
    kind = np.where(rng.random(n) < 0.4, "S", "T")
    gene = rng.integers(0, 5, (n, 2))
    base = "formats-bytes"
    head = [f"{i},{p[0]},{p[1]},{k}" for i, p, k in zip(ids, xy, kind)]
    write(f"{base}/cells.csv", "cell_id,x,y,cell_type\n" + "\n".join(head) + "\n")
    write(f"{base}/all.csv", "cell_id,x,y,cell_type,G1\n" + "".join(
        f"{h},{g[0]}\n" for h, g in zip(head, gene)))
    order = rng.permutation(n)
    cells = [ids[i] for i in order]
    write_tenx(os.path.join(WORK, base, "m.h5"), {"matrix": (
        cells, ["E1", "E2"], ["G1", "G2"], ["Gene Expression"] * 2,
        gene[order].astype("i4"))})
    rows, columns = np.nonzero(gene[order])
    write(f"{base}/m/barcodes.tsv", "\n".join(cells) + "\n")
    write(f"{base}/m/features.tsv", "E1\tG1\tGene Expression\nE2\tG2\tGene Expression\n")
    write(f"{base}/m/matrix.mtx", "%%MatrixMarket matrix coordinate integer general\n"
          f"2 {n} {len(rows)}\n" + "".join(
              f"{c + 1} {r + 1} {gene[order][r, c]}\n" for r, c in zip(rows, columns)))

    def table_of(which):
        return anndata.AnnData(gene[which].astype("f4"), pandas.DataFrame(
            {"cell_type": kind[which]}, index=[ids[i] for i in which]), pandas.DataFrame(
            index=["G1", "G2"]), dtype="f4")

    whole = table_of(np.arange(n))
    whole.obsm["spatial"] = xy
    whole.write_h5ad(os.path.join(WORK, base, "whole.h5ad"))
    table_of(order).write_h5ad(os.path.join(WORK, base, "values.h5ad"))
    with h5py.File(os.path.join(WORK, base, "whole.loom"), "w") as f:
        f["matrix"] = gene.T.astype("f4")
        f["row_attrs/Gene"] = np.array(["G1", "G2"], "S")
        f["col_attrs/CellID"], f["col_attrs/cell_type"] = np.array(ids, "S"), kind.astype("S")
        f["col_attrs/X"], f["col_attrs/Y"] = xy[:, 0], xy[:, 1]
    want = None
    for row in ("all.csv,", "cells.csv,m.h5", "cells.csv,m", "cells.csv,values.h5ad",
                "whole.h5ad,", "whole.loom,"):
        _, out = run_one(base, f"{row},1", "data_path,expression,um_per_px",
                         signal("G1", "S"))
        got = digests(out)
        want = want or got
        check(got == want, f"other bytes from {row}")


def made_xenium():
    """What experiment.xenium tells is compared; ids are text before 1.3 and after."""
    for version, name in (("xenium-1.2.0.4", "{}"), ("xenium-3.0.0.15", "aaaa{}-1"),
                          ("R&D", "aaaa{}-1")):
        names = [name.format(i) for i in range(1, 21)]
        write("xen/x/cells.csv", "cell_id,x_centroid,y_centroid\n" + "".join(
            f"{n},{9 * i},{i % 3}\n" for i, n in enumerate(names)))
        write("xen/x/analysis/clustering/gene_expression_graphclust/clusters.csv",
              "Barcode,Cluster\n" + "".join(f"{n},{1 + i % 2}\n"
                                            for i, n in enumerate(names)))
        write_tenx(os.path.join(WORK, "xen/x/cell_feature_matrix.h5"), {"matrix": (
            names[::-1], ["E1"], ["G1"], ["Gene Expression"], np.ones((20, 1), "i4"))})
        for n_cells, told in ((20, False), (21, True)):
            write("xen/x/experiment.xenium", json.dumps({
                "major_version": 4, "analysis_sw_version": version, "num_cells": n_cells,
                "pixel_size": 0.2125, "images": {"a": ["b"]}}))
            sheet = write("xen/sheet.csv", "sample,data_path\nS,x\n")
            config = write("xen/config.yaml", signal("G1", '"1"'))
            out = folder("xen/out")
            done = cytotaxis("run", sheet, "--config", config, "--out", out, ranks=2)
            line = f"x/cells.csv has 20 cells, but x/experiment.xenium tells of {n_cells}"
            check(done.returncode == 0 and (line in done.stderr) == told,
                  f"xenium {version} {n_cells}: {done.returncode} {done.stderr}")
            check(close(total_of(out), 10, 1e-6), f"xenium: {total_of(out)}, not 10")
    for row, status, words in (
            ("x,1", 0, ""),
            ("x,0.2125", 78, "S: x/cells.csv has its positions in um, so um_per_px is 1 or left "
             "empty, not 0.2125; the size of a pixel is that of the images")):
        sheet = write("xen/sheet.csv", f"sample,data_path,um_per_px\nS,{row}\n")
        done = cytotaxis("check", sheet, ranks=1)
        check(done.returncode == status and words in done.stderr, f"{row}: {done.stderr}")
    write("xen/x/experiment.xenium", '{"run": [1,}')
    sheet = write("xen/sheet.csv", "sample,data_path\nS,x\n")
    done = cytotaxis("check", sheet, ranks=1)
    check(done.returncode == 65 and "S: x/experiment.xenium:1:12: " in done.stderr,
          f"damaged: {done.returncode} {done.stderr}")


def made_logicals():
    """R writes logicals as enumerations of three: of which one is no value."""
    path = os.path.join(WORK, "logical.h5ad")
    three = h5py.enum_dtype({"FALSE": 0, "TRUE": 1, "NA": -1}, basetype="i1")
    with h5py.File(path, "w") as f:
        obs = f.create_group("obs")
        obs.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0",
                          "_index": "_index", "column-order": np.array(["good"], "O")})
        obs["_index"] = [f"c{i}" for i in range(6)]
        obs.create_dataset("good", data=np.array([0, 1, -1, 1, 0, -1], "i1"), dtype=three)
        obs.create_dataset("odd", data=np.zeros(6, "i1"), dtype=h5py.enum_dtype(
            {"a": 0, "b": 1, "c": 2}, basetype="i1"))
        f["obsm/spatial"] = np.arange(12.0).reshape(6, 2)
    got = [kind for _, _, kind, _ in rows_of("-t", "good", path)[0].values()]
    check(got == ["False", "True", "", "True", "False", ""], f"logicals of R: {got}")
    done = cytotaxis("-t", "odd", path, ranks=1, program=ROWS_OF)
    check(done.returncode == 65 and
          "logical.h5ad obs/odd holds neither numbers nor text of a known kind\n"
          in done.stderr,
        f"another enumeration: {done.stderr}")


def made_shapes():
    """A matrix of another shape is told in the words of its format."""
    path = os.path.join(WORK, "shape.loom")
    with h5py.File(path, "w") as f:
        f["matrix"] = np.zeros((2, 4), "f4")
        f["row_attrs/Gene"] = np.array(["G1", "G2"], "S")
        f["col_attrs/CellID"] = np.array(["a", "b", "c"], "S")
        f["col_attrs/cell_type"] = np.array(["S", "T", "S"], "S")
        f["col_attrs/X"] = f["col_attrs/Y"] = np.arange(3.0)
    tenx = os.path.join(WORK, "shape.h5")
    write_tenx(tenx, {"matrix": (["a", "b", "c"], ["E1", "E2"], ["G1", "G2"], ["x", "x"],
                                 np.ones((4, 2), "i4"))})
    for words, told in (([path], "matrix is 2 x 4, but row_attrs has 2 genes and col_attrs 3 "
                         "cells"),
                        (["-v", tenx], "matrix is 4 x 2, but barcodes has 3 rows and "
                         "matrix/features 2")):
        done = cytotaxis(*words, "G1", ranks=2, program=ROWS_OF)
        check(done.returncode == 65 and told + "\n" in done.stderr,
              f"{words}: {done.stderr}")


def made_steinbock():
    base = "steinbock"
    write(f"{base}/regionprops/i.csv", "Object,area,centroid-0,centroid-1\n" + "".join(
        f"{i},9,{i},{2 * i}\n" for i in range(1, 30)))
    write(f"{base}/intensities/i.csv", "Object,CD3\n" + "".join(
        f"{i},{i}\n" for i in range(29, 0, -1)))
    write(f"{base}/kinds.csv", "Object,kind\n" + "".join(f"{i},K\n" for i in range(1, 30)))
    got, out = run_one(base, "regionprops/i.csv,1,kinds.csv,kind",
                       "data_path,um_per_px,type_file,type", signal("CD3", "K"))
    check(got["4"] == (8, 4, "K"), f"steinbock: centroid-1 is x: {got['4']}")
    check(close(total_of(out), 435, 1e-6), f"steinbock: {total_of(out)}")
    # A name that would be a pattern of another one.
    os.replace(os.path.join(WORK, base, "regionprops/i.csv"),
               os.path.join(WORK, base, "regionprops/i[12].csv"))
    os.replace(os.path.join(WORK, base, "intensities/i.csv"),
               os.path.join(WORK, base, "intensities/i[12].csv"))
    write(f"{base}/intensities/i1.csv", "Object,CD3\n1,99\n")
    _, out = run_one(base, "regionprops/i[12].csv,1,kinds.csv,kind",
                     "data_path,um_per_px,type_file,type", signal("CD3", "K"))
    check(close(total_of(out), 435, 1e-6), f"steinbock, brackets: {total_of(out)}")


def made_several():
    """Slides of CosMx in one folder: each has the files of its own name."""
    base = "several"
    folder(base)
    for slide, count in (("A", 1), ("B", 2)):
        write(f"{base}/slide/{slide}_metadata_file.csv",
              "fov,cell_ID,CenterX_global_px,CenterY_global_px,kind\n" + "".join(
                  f"1,{i},{7 * i},{i * i % 50},K\n" for i in range(1, 30)))
        write(f"{base}/slide/{slide}_exprMat_file.csv", "fov,cell_ID,G\n" + "".join(
            f"1,{i},{count}\n" for i in range(1, 30)))
    header = "data_path,format,um_per_px,type"
    for slide, count in (("A", 1), ("B", 2)):
        _, out = run_one(base, f"slide/{slide}_metadata_file.csv,cosmx,1,kind", header,
                         signal("G", "K"))
        check(close(total_of(out), 29 * count, 1e-6), f"several, {slide}: {total_of(out)}")
    done, _ = run_one(base, "slide,auto,1,kind", header, signal("G", "K"), status=65)
    check("several files *metadata_file.csv (A_metadata_file.csv and others)" in done.stderr,
          f"several slides in a folder: {done.stderr}")
    os.replace(os.path.join(WORK, base, "slide/B_exprMat_file.csv"),
               os.path.join(WORK, base, "slide/C_exprMat_file.csv"))
    done, _ = run_one(base, "slide/B_metadata_file.csv,cosmx,1,kind", header,
                      signal("G", "K"), status=65)
    check("several files *exprMat_file.csv" in done.stderr and "expression" in done.stderr,
          f"several matrices, none by its name: {done.stderr}")


# --- real files --------------------------------------------------------------------------

def real_cosmx():
    base = os.path.join(FORMATS, "cosmx_run5642")
    cells = table(os.path.join(base, "Run5642_S3_Quarter_metadata_file.csv"))
    counts = table(os.path.join(base, "Run5642_S3_Quarter_exprMat_file.csv"))
    write("cosmx/kinds.csv", "id,kind\n" + "".join(
        f"{c['fov']}_{c['cell_ID']},K\n" for c in cells))
    got, out = run_one("cosmx", f"{base},0.12028,kinds.csv,kind",
                       "data_path,um_per_px,type_file,type", signal("Ldha", "K"))
    want = {f"{c['fov']}_{c['cell_ID']}": (float(c["CenterX_global_px"]) * 0.12028,
                                           float(c["CenterY_global_px"]) * 0.12028, "K")
            for c in cells}
    check(got == want, "cosmx: cells")
    total = sum(float(c["Ldha"]) for c in counts if c["cell_ID"] != "0")
    check(close(total_of(out), total, 1e-6), f"cosmx: {total_of(out)}, not {total}")


def real_merscope():
    base = os.path.join(FORMATS, "merscope_liver")
    cells = table(os.path.join(base, "Liver1Slice1_cell_metadata.csv"))
    counts = table(os.path.join(base, "Liver1Slice1_cell_by_gene.csv"))
    write("merscope/kinds.csv", "id,kind\n" + "".join(f"{c['']},K\n" for c in cells))
    got, out = run_one("merscope", f"{base},kinds.csv,kind", "data_path,type_file,type",
                       signal("Cxcl12", "K"))
    want = {c[""]: (float(c["center_x"]), float(c["center_y"]), "K") for c in cells}
    check(got == want, "merscope: cells, ids of 39 digits")
    total = sum(float(c["Cxcl12"]) for c in counts)
    check(close(total_of(out), total, 1e-6), f"merscope: {total_of(out)}, not {total}")


def real_xenium():
    base = os.path.join(FORMATS, "xenium_mousebrain_541features")
    cells = table(os.path.join(base, "cells.csv.gz"))
    check_matrix(os.path.join(base, "cell_feature_matrix.h5"),
                 "xenium_mousebrain_541features__cell_feature_matrix.h5.matrix.cols.csv",
                 "xenium_mousebrain_541features__cell_feature_matrix.h5.matrix.rows.csv")
    # As on an instrument's disk: clustering beside the cells, which the cut files lack.
    made = os.path.join(WORK, "xenium", "folder")
    os.makedirs(os.path.join(made, "analysis/clustering/kmeans_2"), exist_ok=True)
    for name in ("cells.csv.gz", "cell_feature_matrix.h5"):
        with open(os.path.join(base, name), "rb") as f:
            write(os.path.join(made, name), f.read())
    write(os.path.join(made, "analysis/clustering/kmeans_2/clusters.csv"), "Barcode,Cluster\n"
          + "".join(f"{c['cell_id']},{1 + i % 2}\n" for i, c in enumerate(cells)))
    got, out = run_one("xenium", "folder,kmeans_2", "data_path,type", signal("Cxcl12", '"2"'))
    want = {c["cell_id"]: (float(c["x_centroid"]), float(c["y_centroid"]), str(1 + i % 2))
            for i, c in enumerate(cells)}
    check(got == want, f"xenium: {list(got.items())[:2]}")
    counts, _ = rows_of("-v", os.path.join(made, "cell_feature_matrix.h5"), "Cxcl12")
    total = sum(counts[c["cell_id"]][3][0] for c in cells[1::2])
    if np.isfinite(total):
        check(close(total_of(out), total, 1e-6), f"xenium: {total_of(out)}, not {total}")


def real_inform():
    folder_of = os.path.join(FORMATS, "inform_phenoptr")
    for path in sorted(os.listdir(folder_of)):
        if "cell_seg_data" in path:
            real_inform_table(os.path.join(folder_of, path))


def real_inform_table(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", newline="") as f:
        tabs = "\t" in f.readline()
        f.seek(0)
        cells = list(csv.DictReader(f, delimiter="\t" if tabs else ","))
    got, _ = run_one("inform-real", f"{path},0.5", "data_path,um_per_px")
    want = {f"{c['Sample Name']}_{c['Cell ID']}":
            (float(c["Cell X Position"]) * 0.5, float(c["Cell Y Position"]) * 0.5,
             c["Phenotype"]) for c in cells}
    check(got == want, f"{path}: {len(got)} cells, {len(want)} in the table")


made_mtx()
made_tenx()
made_second_files()
made_tables()
made_decimal_commas()
same_bytes_from_any_format()
made_steinbock()
made_several()
made_xenium()
made_logicals()
made_shapes()
if os.path.isdir(FORMATS):
    check_matrix(os.path.join(FORMATS, "tenx_matrices", "3.0.0", "filtered_feature_bc_matrix"),
                 "tenx_matrices__3.0.0__filtered_feature_bc_matrix.mtx.cols.csv",
                 "tenx_matrices__3.0.0__filtered_feature_bc_matrix.mtx.rows.csv")
    for name in ("squidpy_visium_test__filtered_feature_bc_matrix.h5",
                 "tenx_matrices__3.0.0__filtered_feature_bc_matrix.h5"):
        check_matrix(os.path.join(FORMATS, name.replace("__", "/")), name + ".matrix.cols.csv",
                     name + ".matrix.rows.csv")
    real_xenium()
    real_cosmx()
    real_merscope()
    real_inform()
else:
    print(f"real files: skipped, {FORMATS} is not there (set CYTOTAXIS_DATA)")
finish()
