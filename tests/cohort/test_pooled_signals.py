"""Trap slopes of slides to one number of the cohort: uns/signals against metafor on the
slides' own numbers; steps of occupancy, q, what the sentences say; patients of several
slides; a signal that is nowhere; the profile of range and c/Kd over all slides; the same
bytes for any number of ranks."""
import os

import anndata
import numpy as np
from scipy import stats

from common import *

without_reports()

HERE = os.path.dirname(os.path.abspath(__file__))
# metafor's iteration stops at a step of 1e-11.
NEAR = 1e-7
made = folder("pooled-cohort")
run_ok("synth", "--out", made, "--slides", 11, "--patients", 6, "--cells", 2500, "--seed", 8)
sheet = os.path.join(made, "samplesheet.csv")
CONFIG = """
grid: {spacing_um: 10}
tissue: {from: reach, reach_um: 30}
signals:
  - {name: near, ligand: {Myofibroblast: 1}, senders: [Myofibroblast],
     responders: [CD8 T, B], lambda_um: 60}
  - {name: far, ligand: {Myofibroblast: 1}, senders: [Myofibroblast],
     responders: [CD8 T, B, Treg], lambda_um: 150}
  - {name: nowhere, ligand: {Nobody: 1}, senders: [Nobody], responders: [B], lambda_um: 60}
"""
TRAP = "trap: {block_lambdas: 1, bandwidth_um: 40, background: [Macrophage], %s}\n"


def run(name, extra, ranks=1):
    out = folder(f"{name}-{ranks}")
    run_ok("run", sheet, "--config", write(f"{name}.yaml", CONFIG + TRAP % extra), "--out",
           out, "-q", "--set", "output.fields=none", ranks=ranks)
    return out


def signals(out):
    a = anndata.read_h5ad(os.path.join(out, "cohort.h5ad"))
    t = a.uns["signals"].copy()
    for column in ("signal", "responder", "estimator", "meaning"):
        t[column] = t[column].astype(str)
    return a, t


outs = [run("pooled", "margin_knots_um: []", n) for n in (1, 2, 3, 4, 7)]
want = digests(outs[0])
for out in outs[1:]:
    check(digests(out) == want, f"other bytes in {out}")

a, table = signals(outs[0])
patient = a.obs["patient"].astype(str).to_numpy()
check(len(set(patient)) == 6 and len(patient) == 11, "patients of several slides")


def bh(p):
    order = np.argsort(p)
    steps = (p * len(p))[order] / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(1, np.minimum.accumulate(steps[::-1])[::-1])
    return q


def metric(statistic, row):
    name = f"trap/{statistic}/{row.signal}|{row.responder}"
    return a[:, name].X[:, 0]


def by_metafor(value, se):
    used = np.isfinite(value) & np.isfinite(se) & (se > 0)
    path = write("pool.txt", "".join(f"{p} {v!r} {s * s!r}\n" for p, v, s in zip(
        patient[used], value[used].tolist(), se[used].tolist())))
    done = subprocess.run(["Rscript", os.path.join(HERE, "..", "python", "pool.R"), path],
                          capture_output=True, text=True)
    check(done.returncode == 0, done.stderr)
    return used, [float(v) for v in done.stdout.split()]


def step_of(row):
    steps = metric("theta_q90", row) - metric("theta_q10", row)
    return np.nanmean([np.nanmean(steps[patient == p]) for p in sorted(set(patient))])


COLUMNS = "omega2 contrast se lo hi p tau2 heterogeneity_q heterogeneity_p i2 " \
          "prediction_lo prediction_hi"
pooled = 0
for row in table[table["signal"] != "nowhere"].itertuples():
    prefix = "relative_" if row.estimator == "relative_slope" else ""
    value, se = metric(row.estimator, row), metric(prefix + "se", row)
    step = step_of(row)
    check(close(row.occupancy_step, step, 1e-12), f"{row.Index}: step")
    used, theirs = by_metafor(value * step, se * step)
    check(row.n_slides == used.sum(), f"{row.Index}: slides")
    check(row.n_patients == len(set(patient[used])), f"{row.Index}: patients")
    if row.n_patients > 1:
        pooled += 1
        for name, want in zip(COLUMNS.split(), theirs):
            got = getattr(row, name)
            check(abs(got - want) <= NEAR * (1 + abs(want)) or (got != got and want != want),
                  f"{row.Index}: {name} {got} for {want}")
        check(close(row.density_ratio, np.exp(row.contrast), 1e-12), f"{row.Index}: ratio")
check(pooled >= 6, f"{pooled} rows pooled")
for estimator, rows in table.groupby("estimator"):
    p, q = rows["p"].to_numpy(), rows["q"].to_numpy()
    check(close(q[np.isfinite(p)], bh(p[np.isfinite(p)]), 1e-12), f"{estimator}: q")

# --- sentences ---------------------------------------------------------------------------
for row in table.itertuples():
    says = row.meaning
    check(says.count(row.signal) and says.count(row.responder), f"{row.Index}: names")
    if row.n_patients == 0:
        check("no slide gives an estimate" in says, says)
        continue
    check("estimated under the stated model" in says, says)
    check(f"{row.n_patients:.0f} patient" in says or row.n_patients == 1, says)
    check(("from its slides alone" in says) == (row.n_patients == 1), says)
    word = ("no evidence" if not row.p <= 0.05 else "are held" if row.contrast > 0 else
            "are repelled") if row.n_patients > 1 else "one patient"
    check(word in says, f"{word}: {says}")
    check(("may be chance" in says) == (row.p <= 0.05 < row.q), says)
check((table["n_patients"][table["signal"] == "nowhere"] == 0).all(), "nowhere")

# --- a step that is given ------------------------------------------------------------------
given, other = signals(run("given", "contrast: 0.25, margin_knots_um: []"))
check((other["occupancy_step"] == 0.25).all(), "the step given")
both = table.index.intersection(other.index)
scale = 0.25 / table.loc[both, "occupancy_step"].to_numpy()
check(close(other.loc[both, "p"], table.loc[both, "p"], 1e-6), "p depends on the step")
check(close(other.loc[both, "contrast"], table.loc[both, "contrast"] * scale, 1e-6),
      "contrast over another step")

# --- profile likelihood of range and c/Kd, jointly over the slides -------------------------
GRID = """
grid: {spacing_um: 10}
tissue: {from: reach, reach_um: 30}
signals:
  - {name: s, ligand: {Myofibroblast: 1}, senders: [Myofibroblast], responders: [CD8 T],
     lambda_um: [40, 90], c_over_kd: [200, 2000]}
  - {name: one, ligand: {Myofibroblast: 1}, senders: [Myofibroblast], responders: [CD8 T],
     lambda_um: 60}
"""
CONFIG = GRID
outs = [run("profile", "margin_knots_um: []", n) for n in (1, 3)]
check(digests(outs[0]) == digests(outs[1]), "profile: other bytes on 3 ranks")
cohort = anndata.read_h5ad(os.path.join(outs[0], "cohort.h5ad"))
profile = cohort.uns["profile"]
points = [(lam, f) for lam in (40, 90) for f in (0, 200, 2000)]
check(list(zip(profile["lambda_um"], profile["c_over_kd"])) == points, f"{profile}")
gains = []
for name in cohort.obs_names:
    t = anndata.read_h5ad(os.path.join(outs[0], "slides", f"{name}.h5ad")).uns["trap"]
    t = t[t["signal"].astype(str) != "one"]
    gain = t["log_likelihood"] - t["log_likelihood_without"]
    gains.append([gain[(t["lambda_um"] == lam) & (t["c_over_kd"] == f)].item()
                  for lam, f in points])
gains = np.array(gains)
used = np.isfinite(gains).all(1)
check(used.sum() > 6, f"{used.sum()} slides with a profile")
whole = gains[used].sum(0)
check((profile["n_slides"] == used.sum()).all(), "slides of the profile")
check(close(profile["gain"], whole, 1e-12), "sums of log likelihoods")
check(close(profile["below_best"], whole.max() - whole, 1e-12), "distance from the maximum")
best = whole.argmax()
mine = sorted(set(patient[used]))
each = np.array([gains[used & (patient == p)].sum(0) for p in mine])
for k, row in enumerate(profile.itertuples()):
    p = stats.ttest_1samp(each[:, best] - each[:, k], 0).pvalue if k != best else np.nan
    check(close(row.p, p, 1e-9), f"{row.Index}: p {row.p}, {p}")
    check(row.in_interval == (not p <= 0.05), f"{row.Index}: in the interval")
    check((row.meaning != "") == (k == best), f"{row.Index}: {row.meaning}")
said = str(profile["meaning"].iloc[best])
check(f"likeliest of 6: range {points[best][0]} um" in said, said)
check(not any("one" in name for name in profile.index), "a profile of one point")
finish()
