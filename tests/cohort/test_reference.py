"""Nearest distances and counts of pairs of real cohorts equal what scipy and spatstat
computed of them; the rank test equals R's; distance maps equal scipy's transform of the same pixels."""
import csv
import gzip
import os

import h5py
import numpy as np
from scipy import ndimage

from common import *

without_reports()

RELATIVE = 1e-9  # the references carry 17 digits; sums are added in another order
STATISTICS = {"mean": "mean", "sd": "sd", "q25": "q25", "median": "median", "q75": "q75",
              "n": "n_a"}


def rows(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rt", newline="") as f:
        return list(csv.DictReader(f))


def sheet_of(name):
    return os.path.join(DATA, "cohorts", name, "sheet.csv")


def reference(name, what):
    return os.path.join(DATA, "reference", name, what)


def number(cell):
    return float(cell) if cell else np.nan


def compare_summaries(name, out):
    """Every statistic of every slide and ordered pair of types that scipy has."""
    scale = {r["sample"]: float(r["um_per_px"]) for r in rows(sheet_of(name))}
    slides, metrics, x = cohort(out)
    column = {m: i for i, m in enumerate(metrics)}
    row = {s: i for i, s in enumerate(slides)}
    compared = 0
    for ref in rows(reference(name, "nn_scipy.csv.gz")):
        for ours, theirs in STATISTICS.items():
            want = number(ref[theirs])
            if ours != "n":
                want *= scale[ref["slide"]]
            metric = f"nearest/{ours}/{ref['a']}|{ref['b']}"
            got = x[row[ref["slide"]], column[metric]]
            if not close(got, want, RELATIVE):
                check(False, f"{name} {ref['slide']} {metric}: {got!r}, scipy {want!r}")
            compared += 1
    check(compared > 100, f"{name}: only {compared} numbers compared")
    print(f"{name}: {compared} numbers equal scipy's")


def in_um(radius, um_per_px):
    """A number of µm that is the radius again when divided by the unit."""
    near = radius * um_per_px
    for um in (near, np.nextafter(near, 0), np.nextafter(near, np.inf)):
        if um / um_per_px == radius:
            return um
    raise ValueError(f"{radius} units are no number of um")


def pair_radii(name):
    """{radius of the reference: the same in µm}; all slides have one unit."""
    unit, = {float(r["um_per_px"]) for r in rows(sheet_of(name))}
    ref = rows(reference(name, "pairs_scipy.csv.gz"))
    radii = [float(c[len("pairs_le_"):]) for c in ref[0] if c.startswith("pairs_le_")]
    return {r: in_um(r, unit) for r in radii}


def compare_pairs(name, out):
    """Every count of pairs, exactly, ties included."""
    radii = pair_radii(name)
    slides, metrics, x = cohort(out)
    column = {m: i for i, m in enumerate(metrics)}
    row = {s: i for i, s in enumerate(slides)}
    compared = 0
    for ref in rows(reference(name, "pairs_scipy.csv.gz")):
        for r, um in radii.items():
            metric = f"pairs/count/{ref['a']}|{ref['b']}@{um:.10g}"
            got, want = x[row[ref["slide"]], column[metric]], int(ref[f"pairs_le_{r:g}"])
            if got != want:
                check(False, f"{name} {ref['slide']} {metric}: {got}, scipy {want}")
            compared += 1
    check(compared >= 100, f"{name}: only {compared} counts compared")
    print(f"{name}: {compared} counts of pairs equal scipy's")


def compare_cells(name, sample, out):
    """Each cell's distance to each type."""
    scale = {r["sample"]: float(r["um_per_px"]) for r in rows(sheet_of(name))}[sample]
    ref = rows(reference(name, f"nn_percell_spatstat_{sample}.csv.gz"))
    with h5py.File(os.path.join(out, "slides", sample + ".h5ad")) as f:
        ids = text(f["obs"][f["obs"].attrs["_index"]][()])
        near = f["obsm/nearest_um"]
        ours = {t: near[t][()] for t in text(near.attrs["column-order"])}
    check(len(ids) == len(ref), f"{name} {sample}: {len(ids)} cells, spatstat {len(ref)}")
    at = {c: i for i, c in enumerate(ids)}
    order = [at[r["cell_id"]] for r in ref]
    types = [c[2:] for c in ref[0] if c.startswith("d_")]
    for t in types:
        want = np.array([number(r["d_" + t]) for r in ref]) * scale
        link = t if t in ours else t.replace("/", "_")
        check(close(ours[link][order], want, RELATIVE), f"{name} {sample}: distance to {t}")
    print(f"{name} {sample}: {len(ref)} cells x {len(types)} types equal spatstat's")


def compare_maps(name, sample, out):
    """The distance map is scipy's exact transform of the same seed pixels, to the bit."""
    with h5py.File(os.path.join(out, "slides", sample + ".h5ad")) as f:
        xy = f["obsm/spatial"][()]
        kind = f["obs/cell_type/codes"][()]
        names = text(f["obs/cell_type/categories"][()])
    with h5py.File(os.path.join(out, "slides", sample + ".fields.h5")) as f:
        maps = f["distance_um"]
        h = float(np.ravel(f.attrs["spacing_um"])[0])
        origin = np.ravel(f.attrs["origin_um"])
        for link in maps:
            if maps[link].ndim != 2:
                continue
            original = maps[link].attrs.get("name", link)
            code = names.index(original if isinstance(original, str) else original.decode())
            got = maps[link][()]
            pixel = np.floor((xy[kind == code] - origin) / h).astype(int)
            free = np.ones(got.shape, bool)
            free[np.clip(pixel[:, 1], 0, got.shape[0] - 1),
                 np.clip(pixel[:, 0], 0, got.shape[1] - 1)] = False
            squared = np.rint(ndimage.distance_transform_edt(free) ** 2).astype(np.int64)
            ours = np.rint((got.astype(float) / h) ** 2).astype(np.int64)
            check(np.array_equal(ours, squared), f"{name} {sample}: map of {link}")
            check(np.array_equal(got, (np.sqrt(squared) * h).astype(np.float32)),
                  f"{name} {sample}: float map of {link}")


def contrasts(out):
    """The tests of cohort.h5ad: {contrast: {metric: {column: value}}}."""
    found = {}
    with h5py.File(os.path.join(out, "cohort.h5ad")) as f:
        for contrast in f["uns/tests"]:
            frame = f["uns/tests"][contrast]
            index = text(frame[frame.attrs["_index"]][()])
            cols = {c: frame[c][()] for c in ("statistic", "p", "n_a", "n_b")}
            cols["test"] = text(frame["test"][()])
            found[contrast] = {m: {c: cols[c][i] for c in cols} for i, m in enumerate(index)}
    return found


def metric_of(feature):
    if feature.startswith("frac_"):
        return "composition/fraction/" + feature[5:]
    return "nearest/mean/" + feature[3:].replace("__", "|")


def compare_tests(name, out):
    """Mann-Whitney between conditions, patients as the unit, from the cells: U always; p
    of the exact test where R has one (no ties), of the corrected normal where we use it."""
    ours_of = contrasts(out)
    compared = {"mann_whitney_exact": 0, "mann_whitney_normal": 0}
    kinds = {"wilcox_exact": "mann_whitney_exact", "wilcox_normal_cc": "mann_whitney_normal"}
    for ref in rows(reference(name, "tests_R.csv")):
        kind, _, arms = ref["test"].partition(" [")
        if ref["level"] != "patient" or kind not in kinds or ref["feature"].startswith("lr_"):
            continue
        a, b = arms.rstrip("]").split(" vs ")
        metric = metric_of(ref["feature"])
        if not check(f"{a} vs {b}" in ours_of, f"{name}: no contrast {a} vs {b}"):
            continue
        ours = ours_of[f"{a} vs {b}"][metric]
        check(close(ours["statistic"], number(ref["statistic"]), RELATIVE),
              f"{metric}: U {ours['statistic']}, R {ref['statistic']}")
        if ours["test"] == kinds[kind]:
            check(close(ours["p"], number(ref["p"]), 1e-11),
                  f"{metric}: p {ours['p']}, R {ref['p']}")
            compared[ours["test"]] += 1
    print(f"{name}: p-values equal to R's: {compared}")
    return compared


need_data("damond2019_t1d_imc", "cosmx_lung5", "akoya_set4_vectra",
          "johnson2021_nsclc_vectra", "mccaffrey_tb_granuloma_mibi")
p_values = {"mann_whitney_exact": 0, "mann_whitney_normal": 0}
for name in ("damond2019_t1d_imc", "cosmx_lung5", "akoya_set4_vectra",
             "johnson2021_nsclc_vectra", "mccaffrey_tb_granuloma_mibi"):
    out = folder("reference-" + name)
    # The positions of mccaffrey do not belong to its cells, nor are a few cores of the
    # others dense enough for the unit gate.
    radii = list(pair_radii(name).values())
    run_ok("run", sheet_of(name), "--out", out, "-q", "--set", "units.gate=off",
           "--set", f"patterns.pair_radii_um={radii}", ranks=2, timeout=600)
    if failures:
        break
    compare_summaries(name, out)
    compare_pairs(name, out)
    if name.startswith("damond"):
        compare_cells(name, "E34", out)
        compare_maps(name, "E34", out)
    if name.startswith("johnson"):
        compare_cells(name, "2_1", out)
    if name.startswith(("damond", "johnson")):
        for kind, n in compare_tests(name, out).items():
            p_values[kind] += n
    if name.startswith("mccaffrey"):
        compare_cells(name, "fov1", out)
    if name.startswith("cosmx"):
        compare_maps(name, cohort(out)[0][0], out)
check(failures or min(p_values.values()) >= 5, f"p-values compared with R: {p_values}")
finish()
