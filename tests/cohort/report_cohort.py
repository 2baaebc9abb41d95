"""Results for the tests of reports: a small cohort whose names try to break out of every
format, and tables that only some analyses write."""
import os
import random
import shutil

import h5py
import numpy as np

from common import *

# What a cell type, a condition or a patient may be called; each has done harm somewhere.
EVIL_TYPES = ['<script>alert(1)</script>', '=HYPERLINK("http://x")', 'a/b, "c"',
              "T\u00e9 & <i>'", "-1+1"]
EVIL_CONDITIONS = ["<b>before</b>", '"after"&']
EVIL_PATIENTS = ["P<1>", "@P2", "P,3", 'P"4']


def quoted(text):
    return '"' + text.replace('"', '""') + '"'


def evil_sheet():
    """Eight slides of four patients, two conditions, and one that fails."""
    draw = random.Random(1)
    rows = []
    for s in range(8):
        cells = ["id,x,y,type"]
        for i in range(300):
            kind = EVIL_TYPES[min(int(draw.expovariate(0.7)), len(EVIL_TYPES) - 1)]
            cells.append(f"c{i},{draw.uniform(0, 300):.3f},{draw.uniform(0, 300):.3f},"
                         f"{quoted(kind)}")
        write(f"evil/S{s}.csv", "\n".join(cells) + "\n")
        rows.append([f"S{s}", f"S{s}.csv", EVIL_PATIENTS[s // 2], EVIL_CONDITIONS[s % 2]])
    write("evil/broken.csv", "id,x,y,type\nc1,<img src=x>,2,B\n")
    rows.append(["broken", "broken.csv", EVIL_PATIENTS[0], EVIL_CONDITIONS[0]])
    head = "sample,data_path,patient,condition,um_per_px,id,x,y,type"
    lines = [",".join([*map(quoted, row), "1,id,x,y,type"]) for row in rows]
    return write("evil/sheet.csv", "\n".join([head, *lines]) + "\n")


def frame(group, name, index, **columns):
    """A dataframe as anndata writes it."""
    f = group.create_group(name)
    f.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0",
                    "_index": "_index", "column-order": list(columns)})
    f["_index"] = np.array(index, dtype=h5py.string_dtype())
    for column, values in columns.items():
        values = np.asarray(values)
        f[column] = values.astype(h5py.string_dtype()) if values.dtype.kind == "U" else values
    return f


def with_all_tables(out, name):
    """A copy of a folder of results to whose cohort.h5ad every table was added that a
    report knows to show."""
    copy = folder(name)
    shutil.copytree(out, copy)
    with h5py.File(os.path.join(copy, "cohort.h5ad"), "a") as f:
        n = len(f["obs/patient"])
        uns = f["uns"]
        frame(uns, "signals", ["<s>|T|slope", "b|T|slope", "b|T|relative_slope"],
              signal=["<s>", "b", "b"], responder=["T", "T", "T"],
              estimator=["slope", "slope", "relative_slope"],
              contrast=[0.5, -0.2, 0.1], lo=[0.1, np.nan, -0.2], hi=[0.9, np.nan, 0.4],
              n_patients=[4.0, 1.0, 4.0], p=[0.01, np.nan, 0.5], q=[0.02, np.nan, 0.5],
              meaning=["T are held where <s> is high", "one patient", "no evidence"])
        frame(uns, "profile", ["<s>@60um|T|c/Kd=0", "<s>@60um|T|c/Kd=9"],
              signal=["<s>@60um"] * 2, responder=["T", "T"], lambda_um=[60.0, 60.0],
              c_over_kd=[0.0, 9.0], in_interval=[1.0, 0.0],
              meaning=["likeliest of 2: range 60 um, the low-dose limit", ""])
        frame(uns, "survival", ["m1", "m2"], hazard=[1.5, np.nan], p=[0.2, np.nan])
        for bands in uns["curve_bands"].values():  # as where patients are few
            bands["mean_a_lo"][...] = -bands["mean_a"][()]
        curves = uns.require_group("curves")
        for link, axis, unit, x in (
                ("block_tumour_share_b|T", "dose", "1", [0, 0.1, 1, 10, 100]),
                ("margin_profile_per_mm2_<T>", "margin_um", "mm-2", [-30, -10, 10, 30]),
                ("pcf_rigid_T|T", "radius_um", "1", [10, 20, 50])):
            c = curves.create_group(link)
            c.attrs.update({"name": link.replace("_", "/", 2) if link[0] != "m" else
                            "margin/profile_per_mm2/<T>", "axis": axis, "unit": unit})
            c["x"] = np.array(x, float)
            values = np.arange(n * len(x), dtype=float).reshape(n, -1) + 1
            values[0, 0] = np.nan
            c["values"] = values
    return copy
