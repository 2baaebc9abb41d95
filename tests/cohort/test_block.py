"""Blocking a receptor, from the samplesheet to the file: another program tilts the same
cells by the same law, counts who is reached, and steps the same density through time, from
the maps and cells as they were written; the same bytes for any number of ranks."""
import os

import anndata
import h5py
import numpy as np
from scipy import ndimage, stats
from scipy.optimize import brentq
from scipy.sparse import coo_matrix, identity
from scipy.sparse.linalg import splu

from common import *

without_reports()

H, RADIUS, MOTILITY, STEP, FRACTION = 10.0, 30.0, 17.8, 20.0, 0.5
DOSES, TIMES, COURSE_DOSE = [0.1, 1, 10], [1, 3], 10
# Rasters are float32 and slopes some hundreds: what that makes of a share of order one.
FLOAT, ROUNDING = 2e-5, 1e-12

made = folder("block-cohort")
run_ok("synth", "--out", made, "--slides", 2, "--cells", 1500, "--seed", 11)
sheet = os.path.join(made, "samplesheet.csv")


def config_of(name, course_from, law, more=""):
    return write(f"{name}.yaml", f"""
grid: {{spacing_um: {H:g}}}
tissue: {{from: reach, reach_um: 20, close_um: 0, fill_holes_um2: 0}}
compartments: {{from: fraction, tumour: [Tumor], bandwidth_um: 40, threshold: 0.5}}
solver: {{tolerance: 1e-12}}
signals:
  - {{name: s, ligand: [CXCL12], expression: {{transform: counts}}, senders: Myofibroblast,
     responders: [CD8 T, B], lambda_um: 80, c_over_kd: [50, 2e4]}}
  - {{name: other, ligand: {{Tumor: 1}}, senders: Tumor, responders: CD8 T, lambda_um: 60}}
  - {{name: dry, ligand: [CXCL12], expression: {{transform: counts}}, senders: Tumor,
     responders: CD8 T, lambda_um: 60}}
trap: {{block_lambdas: 1, bandwidth_um: 40, margin_knots_um: []}}
block:
  {{doses: {DOSES}, law: {law}, contact_um: {RADIUS:g}, contact_types: Tumor, smooth_um: 25,
   motility_um2_per_min: {MOTILITY}, times_h: {TIMES}, step_min: {STEP:g},
   course_doses: {COURSE_DOSE}, course_from: {course_from}, maps: on{more}}}
""")


CROSS = (f", crosstalk: [{{blocked: s, released: other, fraction: {FRACTION}, "
         "citation: 'A. Author 2020'}]")
configs = {"density": config_of("density", "density", "competitive", CROSS),
           "cells": config_of("cells", "cells", "non_competitive")}


def run(name, ranks):
    out = folder(f"block-{name}-{ranks}")
    run_ok("run", sheet, "--config", configs[name], "--out", out, "-q", ranks=ranks)
    return out


outs = {"density": run("density", 1), "cells": run("cells", 1)}
want = digests(outs["density"])
check(len(want) == 5, f"{len(want)} files")
for ranks in (2, 3, 4, 7):
    check(digests(run("density", ranks)) == want, f"other bytes with {ranks} ranks")


class Slide:
    """A slide as it was written: cells, tissue, parts, fields, tables."""

    def __init__(self, out, name):
        self.cells = anndata.read_h5ad(os.path.join(out, "slides", f"{name}.h5ad"))
        self.file = h5py.File(os.path.join(out, "slides", f"{name}.fields.h5"))
        self.tissue, part = self.file["tissue"][()] > 0, self.file["compartment"][()]
        labels = text(self.file["compartment"].attrs["labels"])
        self.tumour = part == 1 + labels.index("tumour")
        self.piece, self.n_pieces = ndimage.label(self.tissue)  # 4-connected
        x0, y0 = self.file["x"][0] - H / 2, self.file["y"][0] - H / 2
        xy = self.cells.obsm["spatial"]
        self.row = np.floor((xy[:, 1] - y0) / H).astype(int)
        self.col = np.floor((xy[:, 0] - x0) / H).astype(int)
        self.types = self.cells.obs["cell_type"].astype(str).to_numpy()
        self.block, self.time = self.cells.uns["block"], self.cells.uns["block_time"]
        self.trap = self.cells.uns["trap"]

    def map(self, signal, name):
        return self.file[f"signal/{signal}/{name}"][()].astype(float)

    def of_type(self, kind):
        return (self.types == kind) & self.tissue[self.row, self.col]

    def count(self, kind):
        of = self.of_type(kind)
        count = np.zeros(self.tissue.shape)
        np.add.at(count, (self.row[of], self.col[of]), 1)
        return count

    def by_piece(self, raster):
        return ndimage.sum_labels(raster, self.piece, np.arange(1, self.n_pieces + 1))


def theta(c, f):
    return f * c / (1 + f * c) if f > 0 else c


def released(c, f, dose, law):
    rival = f * c if law == "competitive" else 0
    return np.ones_like(c) if np.isinf(dose) else dose / (1 + dose + rival)


class Case:
    """One responder type, signal and law; the drift that its block releases."""

    def __init__(self, slide, row, law, drift):
        self.s, self.law, self.drift = slide, law, drift
        self.signal, self.responder = row["signal"], row["responder"]
        self.f, self.beta = row["c_over_kd"], row["beta"]
        self.c = slide.map(self.signal, "concentration")

    def change(self, dose, beta=None):
        beta = self.beta if beta is None else beta
        q = released(self.c, self.f, dose, self.law)
        return q * (self.drift - beta * theta(self.c, self.f))

    def share(self, dose, beta=None):
        of = self.s.of_type(self.responder)
        at = self.s.row[of], self.s.col[of]
        change, piece = self.change(dose, beta)[at], self.s.piece[at]
        there, sum_ = self.s.tumour[at], 0.0
        for k in np.unique(piece):
            mine = piece == k
            w = np.exp(change[mine] - change[mine].max())
            sum_ += mine.sum() * w[there[mine]].sum() / w.sum()
        return sum_ / len(piece)


def reached(slide, expected):
    """Share of tumour cells with a responder near, and responders near one of them."""
    r = int(RADIUS / H)
    y, x = np.mgrid[-r:r + 1, -r:r + 1]
    disc = (x * x + y * y) * H * H <= RADIUS * RADIUS
    near = ndimage.convolve(expected, disc.astype(float), mode="constant")
    of = slide.types == "Tumor"
    near = near[slide.row[of], slide.col[of]]
    return np.mean(1 - np.exp(-near)), np.mean(near)


def drift_of(slide, name):
    """Slope times occupancy of the released signal, in the low-dose limit."""
    c = slide.map("other", "concentration")
    slope = slide.trap.loc["other|CD8 T", "slope"]
    return FRACTION * slope * c if name == "density" and np.isfinite(slope) else 0 * c


def check_doses(slide, case, rows, what):
    first = rows[rows["dose"] == 0].iloc[0]
    of = slide.of_type(case.responder)
    here = slide.tumour[slide.row[of], slide.col[of]]
    check(first["tumour_share"] == here.sum() / of.sum(), f"{what}: not as observed")
    check(first["n_responders"] == of.sum(), f"{what}: responders")
    end = rows[np.isinf(rows["dose"])].iloc[0]["tumour_share"]
    for _, row in rows.iterrows():
        got, dose = row["tumour_share"], row["dose"]
        check(abs(got - case.share(dose)) < FLOAT, f"{what}: share at {dose}")
        t = stats.t.ppf(0.975, row["beta_df"]) * row["beta_se"]
        ends = sorted(case.share(dose, row["beta"] + k * t) for k in (-1, 1))
        # Of 2000 draws the outer fortieth lies within 15 % of where it should.
        room = 0.15 * (ends[1] - ends[0]) + FLOAT
        rises = [case.share(dose, row["beta"] + k * t / 4) for k in range(-5, 6)]
        if np.all(np.diff(rises) > 0) or np.all(np.diff(rises) < 0):
            check(abs(row["tumour_share_lo"] - ends[0]) < room and
                  abs(row["tumour_share_hi"] - ends[1]) < room, f"{what}: interval at {dose}")
    half = (first["tumour_share"] + end) / 2
    check(abs(case.share(first["half_effect_dose"]) - half) < FLOAT, f"{what}: half dose")
    gone = rows["tumour_share"] - first["tumour_share"]
    odd = bool((gone * (end - first["tumour_share"]) < -1e-12).any())
    check(not odd or first["non_monotone"] == 1, f"{what}: a partial block goes unflagged")


def check_maps(slide, case, rows, what):
    """Of the first law: the maps are the tilted density, and what it reaches is told."""
    per_pixel = H * H / 1e6
    base = np.nan_to_num(slide.map(case.signal, f"predicted_{case.responder}@dose=0"))
    mass = slide.by_piece(slide.count(case.responder))
    for _, row in rows.iterrows():
        name = f"predicted_{case.responder}@dose={row['dose']:g}"
        got = np.nan_to_num(slide.map(case.signal, name)) * per_pixel
        check(close(slide.by_piece(got), mass, 1e-5), f"{what}: mass of {name}")
        tilted = base * np.exp(np.nan_to_num(case.change(row["dose"])))
        scale = np.append(0, mass / np.maximum(slide.by_piece(tilted), 1e-300))
        check(np.abs(got - tilted * scale[slide.piece]).max() < 1e-5 * got.max(),
              f"{what}: {name}")
        share, mean = reached(slide, got)
        check(abs(row["contact_share"] - share) < FLOAT and
              abs(row["contacts"] - mean) < FLOAT * (1 + mean), f"{what}: contacts")
        check(row["contact_share_lo"] <= row["contact_share"] <= row["contact_share_hi"],
              f"{what}: interval of contacts")


def stepper(slide, psi, step):
    """One step of backward Euler for T with potential psi, as a function."""
    number = np.full(slide.tissue.shape, -1)
    number[slide.tissue] = np.arange(slide.tissue.sum())
    weight = np.where(slide.tissue, np.exp(psi - np.nanmax(psi)), 1)
    i, j, v = [], [], []
    for a, b in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        both = slide.tissue[a] & slide.tissue[b]
        wa, wb = weight[a][both], weight[b][both]
        face = MOTILITY / H ** 2 * 2 * wa * wb / (wa + wb)
        na, nb = number[a][both], number[b][both]
        for p, q, w in ((na, nb, wa), (nb, na, wb)):
            i += [p, q]
            j += [p, p]
            v += [face / w, -face / w]
    n = int(slide.tissue.sum())
    m = coo_matrix((np.concatenate(v), (np.concatenate(i), np.concatenate(j))), (n, n))
    return splu((identity(n) + step * m).tocsc()).solve


def check_course(slide, case, rows, course_from, what):
    count = slide.count(case.responder)
    if course_from == "density":
        base = np.nan_to_num(
            slide.map(case.signal, f"predicted_{case.responder}@dose=0")) * H * H / 1e6
        area, mass = slide.by_piece(slide.tissue), slide.by_piece(count)
        one = np.append(0, np.where(mass > 0, 1 / area, 0))[slide.piece]
        scale = np.append(0, mass / (mass + 1))[slide.piece]
        start = (base + one) * scale
    for dose in (0, COURSE_DOSE):
        mine = rows[rows["dose"] == dose].set_index("time_h")
        if course_from == "density":
            psi = np.log(np.maximum(start, 1e-300)) + case.change(dose)
            # Parts without responders are as if they were no tissue.
            psi = np.where(start > 0, psi, 0)
        else:
            start = count
            psi = case.beta * theta(case.c, case.f) + case.change(dose)
        step = stepper(slide, psi, STEP / 2)
        now, done = start[slide.tissue], 0
        for time in TIMES:
            while done < time * 60 / (STEP / 2):
                now, done = step(now), done + 1
            share = now[slide.tumour[slide.tissue]].sum() / now.sum()
            row = mine.loc[time]
            check(abs(row["tumour_share"] - share) < FLOAT, f"{what}: {dose}, {time} h")
            name = f"predicted_{case.responder}@dose={dose}@{time}h"
            got = slide.map(case.signal, name)[slide.tissue] * H * H / 1e6
            check(np.abs(got - now).max() < 1e-4 * now.max(), f"{what}: {name}")
            check(row["mass_error"] < ROUNDING and row["smallest"] > -ROUNDING and
                  0 <= row["step_error"] < 0.05, f"{what}: what is said of the steps")
            if dose == 0 and course_from == "density":
                still = start[slide.tumour].sum() / start.sum()
                check(abs(row["tumour_share"] - still) < FLOAT, f"{what}: it moves by itself")


def check_slide(slide, name):
    law = "competitive" if name == "density" else "non_competitive"
    keys = ["signal", "responder", "c_over_kd"]
    for key, rows in slide.block.groupby(keys, observed=True):
        what = f"{name}: {key}"
        check(len(rows) == len(DOSES) + 2, f"{what}: {len(rows)} doses")
        if key[0] == "dry":
            check(rows["tumour_share"].isna().all() and
                  all("secretes here" in r for r in rows["reason"]), f"{what}: a reason")
            continue
        drift = drift_of(slide, name) if key[:2] == ("s", "CD8 T") else 0
        case = Case(slide, rows.iloc[0], law, drift)
        check_doses(slide, case, rows, what)
        slopes = slide.trap[(slide.trap["signal"] == key[0]) &
                            (slide.trap["responder"] == key[1])]
        if rows["c_over_kd"].iloc[0] == slopes["c_over_kd"].iloc[0]:
            check_maps(slide, case, rows, what)
            times = slide.time[(slide.time["signal"] == key[0]) &
                               (slide.time["responder"] == key[1])]
            check(len(times) == 2 * len(TIMES), f"{what}: {len(times)} times")
            check_course(slide, case, times, name, what)


for name, out in outs.items():
    for sample in ("S01", "S02"):
        check_slide(Slide(out, sample), name)

# --- what is told ----------------------------------------------------------------------
slide = Slide(outs["density"], "S01")
told = slide.block.set_index(["signal", "responder", "c_over_kd", "dose"])["meaning"]
check(told["s", "B", 50, 0].startswith("observed: the share of B in the tumour is 0."),
      told["s", "B", 50, 0])
for row, words in ((("s", "CD8 T", 50, 10), "predicted under the stated model: at 10x Ki the "
                    "share of CD8 T in the tumour "),
                   (("s", "B", 50, np.inf), "predicted under the stated model: with the trap gone"),
                   (("dry", "CD8 T", 0, 1), "no share of CD8 T in the tumour is predicted: ")):
    check(told[row].startswith(words), told[row])
check(told["s", "CD8 T", 50, 1].endswith("; cross-talk after A. Author 2020"), "citation")
check(" with CD8 T within " in told["s", "CD8 T", 50, 10] and
      "under the stated model the expected share of " in told["s", "CD8 T", 50, 10],
      told["s", "CD8 T", 50, 10])
check("x IC50 the share" in " ".join(Slide(outs["cells"], "S01").block["meaning"]), "IC50")

slides, metrics, values = cohort(outs["density"])
table = slide.block.set_index(["signal", "responder", "c_over_kd", "dose"])
first = {"tumour_share": "tumour_share", "contact_share": "contact_share",
         "contacts": "contacts"}
for statistic, column in first.items():
    for dose in (0, 0.1, 1, 10):
        got = values[0, metrics.index(f"block/{statistic}/s|CD8 T@{dose:g}")]
        check(got == table.loc[("s", "CD8 T", 50, dose), column], f"{statistic} at {dose}")
check(values[0, metrics.index("block/half_effect_dose/s|B")] ==
      table.loc[("s", "B", 50, 0), "half_effect_dose"], "half-effect dose")
check(values[0, metrics.index("block/no_trap_share/s|B")] ==
      table.loc[("s", "B", 50, np.inf), "tumour_share"], "share without a trap")

with h5py.File(os.path.join(outs["density"], "cohort.h5ad")) as f:
    curves = text(f["uns/curves"].keys())
    check("block_tumour_share_s|CD8 T" in curves, f"curves: {curves}")

# A trap that is saturated everywhere, made steep: the partial block is flagged.
flagged = slide.block[slide.block["non_monotone"] == 1]
for row in flagged["meaning"][np.isfinite(flagged["tumour_share"]) & (flagged["dose"] > 0)]:
    check("strengthens this trap" in row, row)
for out in outs.values():
    for sample in ("S01", "S02"):
        s = Slide(out, sample)
        once = s.block.groupby(["signal", "responder", "c_over_kd"],
                               observed=True)["non_monotone"].nunique()
        check((once == 1).all(), "one verdict a curve")

# --- what is refused, what a slide may lack ----------------------------------------------
done = cytotaxis("check", sheet, "--config", configs["cells"], "--set", "block.law=unset")
check(done.returncode == 78 and "block needs law" in done.stderr + done.stdout, "no law")


def lacks(name, *sets):
    """The table of a slide that lacks something, and no number in it."""
    out = folder(f"block-{name}")
    run_ok("run", sheet, "--config", configs["cells"], *[w for s in sets for w in ("--set", s)],
           "--out", out, "-q", "--only", "S01")
    return anndata.read_h5ad(os.path.join(out, "slides", "S01.h5ad")).uns


uns = lacks("no-tumour", "compartments.threshold=1")
check(uns["block"]["tumour_share"].isna().all(), "a share of no tumour")
check(uns["block"]["contact_share"].notna().any(), "contacts need no tumour")
check(set(uns["block"]["reason"][uns["block"]["signal"] == "s"]) ==
      {"no part of the slide is tumour"}, "the reason of no tumour")
check(uns["block_time"]["meaning"].str.contains("no part of the slide").all(), "no course")
uns = lacks("one-signal", "block.signals=[other]", "block.times_h=[]",
            "block.motility_um2_per_min=null", "block.step_min=null", "block.course_doses=[]",
            "block.course_from=unset", "block.maps=off", "block.contact_um=null",
            "block.contact_types=[]", "block.smooth_um=null")
check(set(uns["block"]["signal"]) == {"other"} and "block_time" not in uns, "one signal")
check(uns["block"]["contact_share"].isna().all(), "contacts that nobody asked for")

# --- types that differ in a slash alone have maps of their own ---------------------------
slashed = os.path.join(made, "slashed")
os.makedirs(slashed, exist_ok=True)
lines = open(sheet).read().splitlines()[:2]
where = lines[1].split(",")[lines[0].split(",").index("data_path")]
names = (("CD8 T", "CD8/T"), ("B", "CD8_T"))


def renamed(line):
    return ",".join(dict(names).get(field, field) for field in line.split(","))


os.makedirs(os.path.dirname(os.path.join(slashed, where)), exist_ok=True)
write(os.path.join(slashed, where), "\n".join(
    renamed(line) for line in open(os.path.join(made, where)).read().splitlines()) + "\n")
path = write(os.path.join(slashed, "sheet.csv"), "\n".join(lines) + "\n")
out = folder("block-slashed")
words = open(configs["cells"]).read().replace("CD8 T, B", "CD8/T, CD8_T")
run_ok("run", path, "--config", write("slashed.yaml", words.replace("CD8 T", "CD8/T")),
       "--out", out, "-q", ranks=2)
old, new = Slide(outs["cells"], "S01"), Slide(out, "S01")
for (was, _), link in zip(names, ("CD8_T_2", "CD8_T")):
    check(np.allclose(old.map("s", f"predicted_{was}@dose=10"),
                      new.map("s", f"predicted_{link}@dose=10"), 1e-4, 1e-6, True),
          f"the map of {was} under another name")

# --- faults: every rank is told, the other slide goes on, nothing half-written stays ------
for point in ("block.begin", "tilt.sums", "contact.rows", "drift.create", "drift.create+1"):
    for bad, ranks in ((0, 1), (0, 3), (2, 3)) if FULL else ((2, 3),):
        name, what = point.split("+")[0], f"{point} on {bad} of {ranks}"
        passes = point[len(name):] or "+0"
        out = folder("block-faulty")
        done = cytotaxis("run", sheet, "--config", configs["density"], "--out", out, "-q",
                         "--groups", 1, ranks=ranks,
                         env={"CYTOTAXIS_FAULT": f"{name}{passes}:{bad}:S02"})
        check(done.returncode == 1 and "fault injected" in done.stderr,
              f"{what}: exit {done.returncode}: {done.stderr[-300:]}")
        got = digests(out)
        check(all(got.get(p) == d for p, d in want.items() if "S01" in p), f"{what}: S01")
        check(not any("S02" in p for p in got), f"{what}: S02 left a file")
        record = json.load(open(os.path.join(out, "run.json")))
        failed = [s for s in record["slides"] if s["status"] == "failed"]
        check(failed and failed[0]["failed_rank"] == bad, f"{what}: names another rank")
finish()
