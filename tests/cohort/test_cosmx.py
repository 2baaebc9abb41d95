"""CosMx flat files of every export: global pixels, mm, or positions within fields of view
beside a file that says where the fields lie. And the gate: cells whose fields lie on top of
each other are refused, in any format; the fields of real slides are not."""
import csv
import gzip
import os

import h5py
import numpy as np

from common import *

without_reports()

UM = 0.12028
SIDE = 4256  # pixels of a field's side in these files
FIELDS = {"3": (10000, 52000), "4": (10000 + SIDE, 52000), "11": (10000, 52000 + SIDE)}
PER_FIELD = 90


def local(k):
    return 100 + (k * 37 % 90) * 45, 80 + (k * 53 % 90) * 46


CELLS = [(f, k + 1, *local(k)) for f in FIELDS for k in range(PER_FIELD)]


def metadata(columns, fov="fov", number=str):
    """A table with these columns of the cells, by name: (x, y) of a cell."""
    lines = [",".join([fov, "cell_ID", "Area", *columns, "kind"])]
    for f, k, x, y in CELLS:
        fields = [number(c) for pair in columns.values() for c in pair(f, x, y)]
        lines.append(f"{f},{k},30,{','.join(fields)},{'AB'[k % 2]}")
    names = [n for pair in columns for n in pair.split(",")]
    lines[0] = ",".join([fov, "cell_ID", "Area", *names, "kind"])
    return "\n".join(lines) + "\n"


def on_slide(f, x, y):
    return FIELDS[f][0] + x, FIELDS[f][1] + y


def in_mm(f, x, y):
    return tuple(c * UM / 1000 for c in on_slide(f, x, y))


LOCAL = {"CenterX_local_px,CenterY_local_px": lambda f, x, y: (x, y)}
GLOBAL = {"CenterX_global_px,CenterY_global_px": on_slide}
MM = {"x_slide_mm,y_slide_mm": in_mm}


def positions(header, per_unit=1):
    return header + "\n" + "".join(
        f"{f},{x * per_unit!r},{y * per_unit!r}\n" for f, (x, y) in FIELDS.items())


PX_FILE = positions("fov,x_global_px,y_global_px")


def run(name, files, row="slide", header="data_path,type", status=0, ranks=2, words=(),
        env=None):
    folder(name)
    for file, content in files.items():
        write(os.path.join(name, "slide", file), content)
    sheet = write(f"{name}/sheet.csv", f"sample,{header}\nS,{row}\n")
    out = folder(os.path.join(name, "out"))
    done = cytotaxis("run", sheet, "--out", out, *words, ranks=ranks, env=env)
    check(done.returncode == status, f"{name}: exit {done.returncode}: {done.stderr[-600:]}")
    return done, out


def cells_of(out):
    with h5py.File(os.path.join(out, "slides", "S.h5ad")) as f:
        ids = text(f["obs"][f["obs"].attrs["_index"]][()])
        return dict(zip(ids, f["obsm/spatial"][()]))


WANT = {f"{f}_{k}": np.array(on_slide(f, x, y)) * UM for f, k, x, y in CELLS}


def check_cells(name, out):
    got = cells_of(out)
    check(set(got) == set(WANT), f"{name}: ids {list(got)[:3]}")
    # Six digits before the point, some products: far below what a pixel is.
    worst = max(np.abs(got[i] - WANT[i]).max() for i in WANT)
    check(worst < 1e-8, f"{name}: cells are off by {worst} um")


def every_export():
    """(files, whether um_per_px must be given)"""
    meta = "R1_metadata_file.csv"
    both = {**LOCAL, **GLOBAL}
    exports = {
        "global": ({meta: metadata(both)}, True),
        "global-FOV": ({meta: metadata(GLOBAL, "FOV")}, True),
        "mm": ({meta: metadata(MM)}, False),
        "mm-too": ({meta: metadata({**GLOBAL, **MM})}, False),
        "global-mm": ({meta: metadata({"x_global_mm,y_global_mm": in_mm})}, False),
        "local-px": ({meta: metadata(LOCAL), "R1_fov_positions_file.csv": PX_FILE}, True),
        "local-both": ({meta: metadata(LOCAL, "FOV"), "R1_fov_positions_file.csv":
                        "FOV,x_global_px,y_global_px,x_global_mm,y_global_mm\n" + "".join(
                            f"{f},{x},{y},{x * UM / 1000},{y * UM / 1000}\n"
                            for f, (x, y) in FIELDS.items())}, True),
        "local-mm": ({meta: metadata(LOCAL), "R1_fov_positions_file.csv.gz": gzip.compress(
            positions("fov,x_global_mm,y_global_mm", UM / 1000).encode())}, True),
        "local-X_mm": ({meta: metadata(LOCAL, "FOV"), "R1_fov_positions_file.csv":
                        positions("FOV,X_mm,Y_mm", UM / 1000)}, True),
        "local-seurat": ({meta: metadata({"x_FOV_px,y_FOV_px": lambda f, x, y: (x, y)}),
                          "R1_fov_positions_file.csv": positions("fov,x_px,y_px")}, True),
    }
    for name, (files, asks) in exports.items():
        row, header = (f"slide,kind,{UM}", "data_path,type,um_per_px") if asks else \
            ("slide,kind", "data_path,type")
        done, out = run(f"export-{name}", files, row, header)
        check_cells(name, out)
        warned = "within fields of view" in done.stderr
        check(warned == name.startswith("local"), f"{name}: {done.stderr}")
        one = digests(out)
        for ranks in (1, 3, 4):
            _, out = run(f"export-{name}", files, row, header, ranks=ranks)
            check(digests(out) == one, f"{name}: other bytes on {ranks} ranks")
        if asks:
            done = cytotaxis("check", write(f"export-{name}/unit.csv",
                                            "sample,data_path,type\nS,slide,kind\n"))
            check(done.returncode == 78 and "has no um_per_px" in done.stderr,
                  f"{name}: no unit: {done.stderr}")
        done = cytotaxis("inspect", os.path.join(WORK, f"export-{name}", "slide"))
        last = done.stdout.splitlines()[-2:]
        check(done.returncode == 0 and f"cells       {len(CELLS)}" in done.stdout and
              ("um_per_px" in last[0]) == asks, f"inspect {name}: {done.stdout}{done.stderr}")
    # The table itself may be named; files are then looked for beside it.
    files = exports["local-px"][0]
    _, out = run("export-file", files, f"slide/{meta},cosmx,kind,{UM}",
                 "data_path,format,type,um_per_px")
    check_cells("file", out)


def refused(name, files, words, row=f"slide,kind,{UM}", header="data_path,type,um_per_px"):
    for ranks in (1, 3):
        status = 1 if words.endswith("off") or "fields" in name else \
            78 if "mm" in name else 65
        done, _ = run(name, files, row, header, status=status, ranks=ranks)
        told = [l for l in done.stderr.splitlines() if words in l]
        check(len(told) == 1, f"{name} on {ranks}: {done.stderr}")


ON_TOP = ("3 of 3 fields of view lie on top of another (fov 11 and 3 share 100% of the "
          "smaller): are positions within fields? Name the columns of positions on the slide "
          "(x, y), put the file of field positions beside it, or set units.field_gate: off")


def bad():
    meta = {"m_metadata_file.csv": metadata(LOCAL)}
    file = "m_fov_positions_file.csv"
    refused("alone", meta, "S: slide/m_metadata_file.csv has positions within fields of view "
            "only (CenterX_local_px|x_local_px|x_FOV_px), and no *fov_positions_file.csv beside "
            "it says where these lie")
    refused("fields-lack", {**meta, file: PX_FILE.replace("\n11,", "\n12,")},
            f'S: slide/{file} has no field of view "11", which cells lie in; their positions are '
            "within fields")
    refused("fields-none", {file: PX_FILE, "m_metadata_file.csv":
                            metadata(LOCAL).replace("\n4,7,", "\nNA,7,")},
            "S: slide/m_metadata_file.csv line 98: the cell has no field of view, and its "
            "position is within one")
    refused("columns", {**meta, file: PX_FILE.replace("x_global_px", "u")},
            f'S: slide/{file} line 1: no column "x_global_px|X_global_px|x_px|X_px" for x')
    refused("mm", {"m_metadata_file.csv": metadata(MM)}, "S: slide/m_metadata_file.csv has its "
            f"positions in mm, so um_per_px is 1000 or left empty, not {UM}")
    same = {file: positions("fov,x_global_px,y_global_px", 0), **meta}
    refused("gate", same, f"S: slide/m_metadata_file.csv: {ON_TOP}")
    done, _ = run("gate-off", same, f"slide,kind,{UM}", "data_path,type,um_per_px",
                  words=["--set", "units.field_gate=off", "--set", "units.gate=off"])
    for rank in range(3):
        done, _ = run("fault", {**meta, file: PX_FILE}, f"slide,kind,{UM}",
                      "data_path,type,um_per_px", status=1, ranks=3,
                      env={"CYTOTAXIS_FAULT": f"fields.place:{rank}"})
        check("fault injected" in done.stderr, f"fault on {rank}: {done.stderr}")


def anndata_file(path, cells, categorical):
    """obs with a column fov, as numbers or categories."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with h5py.File(path, "w") as f:
        obs = f.create_group("obs")
        obs.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0",
                          "_index": "_index",
                          "column-order": np.array(["fov", "cell_type"], "O")})
        obs["_index"] = [f"{c[0]}_{c[1]}" for c in cells]
        obs["cell_type"] = ["AB"[c[1] % 2] for c in cells]
        if categorical:
            names = sorted({c[0] for c in cells})
            g = obs.create_group("fov")
            g.attrs.update({"encoding-type": "categorical", "encoding-version": "0.2.0",
                            "ordered": False})
            g["codes"] = np.array([names.index(c[0]) for c in cells], "i1")
            g["categories"] = names
        else:
            obs["fov"] = [int(c[0]) for c in cells]
        f["obsm/spatial"] = np.array([c[2:] for c in cells], float)


def gate_of_anndata():
    good = [(f, k, *on_slide(f, x, y)) for f, k, x, y in CELLS]
    for categorical in (0, 1):
        for cells, status in ((CELLS, 1), (good, 0)):
            folder("gate-h5ad")
            anndata_file(os.path.join(WORK, "gate-h5ad/slide.h5ad"), cells, categorical)
            sheet = write("gate-h5ad/sheet.csv",
                          f"sample,data_path,um_per_px\nS,slide.h5ad,{UM}\n")
            for ranks in (1, 3):
                done = cytotaxis("run", sheet, "--out", folder("gate-h5ad/out"), ranks=ranks)
                check(done.returncode == status and (ON_TOP in done.stderr) == bool(status),
                      f"h5ad {categorical} {status}: {done.returncode} {done.stderr}")


def real_lung():
    """100,149 cells in 30 fields, which the ids tell; in place, and each at its corner."""
    path = os.path.join(DATA, "cohorts", "cosmx_lung5", "cells.csv.gz")
    with gzip.open(path, "rt", newline="") as f:
        cells = [(c["cell_id"].split("_")[1], c["cell_id"], float(c["x"]), float(c["y"]),
                  c["cell_type"]) for c in csv.DictReader(f)]
    corner = {}
    for f, _, x, y, _ in cells:
        x0, y0 = corner.get(f, (x, y))
        corner[f] = min(x, x0), min(y, y0)
    check(len(corner) == 30, f"lung: {len(corner)} fields")
    for moved in (0, 1):
        write("lung/cells.csv", "fov,cell_id,x,y,cell_type\n" + "".join(
            f"{f},{i},{x - moved * corner[f][0]!r},{y - moved * corner[f][1]!r},{t}\n"
            for f, i, x, y, t in cells))
        sheet = write("lung/sheet.csv", "sample,data_path,um_per_px\nS,cells.csv,0.18\n")
        done = cytotaxis("run", sheet, "--out", folder("lung/out"), "--set",
                         "grid.spacing_um=50", ranks=2)
        check(done.returncode == moved and ("30 of 30 fields of view" in done.stderr)
              == bool(moved), f"lung {moved}: {done.returncode} {done.stderr[-400:]}")


every_export()
bad()
gate_of_anndata()
if os.path.isdir(os.path.join(DATA, "cohorts", "cosmx_lung5")):
    real_lung()
else:
    print(f"real slide: skipped, {DATA} is not there (set CYTOTAXIS_DATA)")
finish()
