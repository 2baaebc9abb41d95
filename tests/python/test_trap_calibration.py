#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What trap slopes are worth, on slides whose truth is known.

    test_trap_calibration.py PROGRAM MPIEXEC FOLDER

Three cohorts of small slides, 100 slides each, or with CYTOTAXIS_FULL 2000, 1000 and 1000:

    recovery     responders drawn with density exp(beta theta) of a field that is a sum of
                 K0: bias, coverage, the range found
    null         responders in clusters, more of them in stroma, that know nothing of the
                 field: p-values are uniform, and those of permuted labels are not
    confounded   responders prefer stroma, where the senders are, for another reason:
                 without covariates the field is blamed, with them it is not

Uniform is what Kolmogorov-Smirnov does not tell from it at 0.001, with the share below
0.05 in its binomial range; shares below 0.01 and 0.1 are told. What was looked at on the
way, on 1000 null slides: clusters cut off at the edge of the view and of their
compartment thin out there, as the field does, so that such slides are no null; densities
that fall off at the edge for want of tissue, and blocks that were slivers there, bent the
slopes and their errors; in the transform of a box wider than the tissue the field null's z
had a standard deviation of 1.09 (1.02 on the tissue alone). What is left: slopes are
maximum likelihood, whose bias of second order (0.09, an eighth of their spread) centres t
at 0.06; and a border that cuts a cluster makes two of it: of pairs within a cluster 13 %
for blocks of 200 um, so that errors are some 5 % too small. Of 1000 slides 5.7 % and 6.5 %
of p are below 0.05 for the slope and the relative slope, 11 % and 13 % below 0.1; of the
field null 5.0 % and 10 %.

The senders are points in the open plane; wide padding keeps the program's closed box from
sending anything back. Nothing here is made by the program itself.
"""
import json
import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
from scipy import special, stats

import rows

check = rows.Checks()
FULL = bool(os.environ.get("CYTOTAXIS_FULL"))

SIDE = 1600.0
LAMBDAS, PLANTED = (30, 60, 120), 60
F = 4000.0       # c/Kd at c = 1 per um2: theta fills the range from 0 to 0.8
BETA = 3.0
FLAT = 5.0       # um: a source is flat within
SPREAD = 12.0    # um: of a cluster
SURE = 0.999     # of what is said to be in range


class Plane:
    """Senders in clusters, and what they do to the open plane."""

    def __init__(self, random, stroma, spread):
        centres = random.uniform(0, SIDE, (30, 2))
        at = centres[random.integers(0, 30, 900)] + random.normal(0, spread, (900, 2))
        inside = ((at > 0) & (at < SIDE)).all(1)
        self.at = at[inside & stroma(at)][:300]
        self.amount = np.maximum(1, np.round(8 * np.exp(random.normal(0, .5, len(self.at)))))

    def theta(self, xy):
        out = np.empty(len(xy))
        for k in range(0, len(xy), 2000):
            r = np.hypot(*(xy[k:k + 2000, None] - self.at[None]).transpose(2, 0, 1))
            c = special.k0(np.maximum(r, FLAT) / PLANTED) @ self.amount
            out[k:k + 2000] = F * c / (2 * np.pi * PLANTED ** 2)
        return out / (1 + out)


def everywhere(xy):
    return np.ones(len(xy), bool)


def drawn(random, n, keep):
    """n places of a density that keep(xy), at most 1, is proportional to."""
    found = np.empty((0, 2))
    while len(found) < n:
        xy = random.uniform(0, SIDE, (4 * n, 2))
        found = np.concatenate([found, xy[random.random(len(xy)) < keep(xy)]])
    return found[:n]


def clustered(random, n, keep):
    """Cells in clusters of about eight before they are thinned to keep(xy): the density is
    keep(xy), up to every border, and not what clusters leave of it there."""
    margin = 5 * SPREAD
    parents = random.uniform(-margin, SIDE + margin, (n // 2, 2))
    at = np.repeat(parents, random.poisson(8, len(parents)), axis=0)
    at = at + random.normal(0, SPREAD, at.shape)
    at = at[((at > 0) & (at < SIDE)).all(1)]
    return at[random.random(len(at)) < keep(at)][:n]


class Nests:
    def __init__(self, random):
        self.at = random.uniform(0, SIDE, (20, 2))
        self.radius = random.uniform(80, 150, 20)

    def is_stroma(self, xy):
        d = np.hypot(*(xy[:, None] - self.at[None]).transpose(2, 0, 1))
        return (d > self.radius).all(1)

    def outlines(self):
        """Regions that follow the nests to half a micrometre."""
        angle = np.linspace(0, 2 * np.pi, 97)
        ring = np.column_stack([np.cos(angle), np.sin(angle)])
        ring[-1] = ring[0]
        return json.dumps({"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": {"classification": {"name": "nest"}},
             "geometry": {"type": "Polygon", "coordinates": [(at + r * ring).tolist()]}}
            for at, r in zip(self.at, self.radius)]})


def recovery(random):
    plane = Plane(random, everywhere, 70)
    return None, [("Myofibroblast", plane.at, plane.amount),
            ("CD8 T", drawn(random, 500, lambda xy: np.exp(BETA * (plane.theta(xy) - 1)))),
            ("CD4 T", drawn(random, 500, everywhere)),
            ("Fibroblast", drawn(random, 600, everywhere))]


def in_nests(random, responders):
    nests = Nests(random)
    plane = Plane(random, nests.is_stroma, 120)
    stroma = nests.is_stroma
    mostly_stroma = lambda xy: np.where(stroma(xy), 1, .1)
    return nests, [
            ("Myofibroblast", plane.at, plane.amount),
            ("CD8 T", responders(random, 500, mostly_stroma)),
            ("CD4 T", drawn(random, 500, mostly_stroma)),
            ("Fibroblast", drawn(random, 800, lambda xy: stroma(xy) * 1.)),
            ("Tumor", drawn(random, 1600, lambda xy: (~stroma(xy)) * 1.))]


def null(random):
    return in_nests(random, clustered)


def confounded(random):
    return in_nests(random, drawn)


SIGNAL = """
  - name: s
    ligand: [L]
    expression: {{transform: counts}}
    senders: [Myofibroblast]
    responders: [CD8 T]
    lambda_um: {lambdas}
    c_over_kd: {law}
"""
CONFIG = """
grid: {{spacing_um: {spacing}, padding_um: 200}}
units: {{gate: off}}
output: {{fields: none}}
{parts}
signals:{signal}
trap: {{block_lambdas: {block}, bandwidth_um: {bandwidth}, background: [CD4 T],
  field_null: on, {knots}}}
"""
# Regions, not the fraction of tumour cells: a crowd of responders would make stroma of
# itself, and the compartment would depend on what is to be explained.
PARTS = ("compartments: {from: regions, tumour: nest}",
         "margin_knots_um: [-50, 0, 50, 150]")


def config(lambdas, bandwidth=60, block=4, parts=("", "margin_knots_um: []"), spacing=10):
    return CONFIG.format(spacing=spacing, parts=parts[0], knots=parts[1], block=block,
                         bandwidth=bandwidth, signal=SIGNAL.format(lambdas=lambdas, law=F))


class Cohort:
    def __init__(self, folder, name, n, make):
        self.folder = Path(folder, name)
        subprocess.run(["rm", "-rf", str(self.folder)], check=True)
        (self.folder / "slides").mkdir(parents=True)
        sheet = ["sample,data_path,um_per_px,regions,regions_um_per_px"]
        for k in range(n):
            nests, parts = make(np.random.default_rng([6, len(name), k]))
            lines = ["cell_id,x,y,cell_type,L"]
            for kind, at, *amount in parts:
                amount = amount[0] if amount else np.zeros(len(at))
                lines += [f"c{len(lines) + i},{x:.3f},{y:.3f},{kind},{a:.0f}"
                          for i, ((x, y), a) in enumerate(zip(at, amount))]
            (self.folder / f"slides/S{k:04}.csv").write_text("\n".join(lines) + "\n")
            if nests:
                (self.folder / f"slides/S{k:04}.json").write_text(nests.outlines())
            sheet.append(f"S{k:04},slides/S{k:04}.csv,1,"
                         + (f"slides/S{k:04}.json,1" if nests else ","))
        (self.folder / "sheet.csv").write_text("\n".join(sheet) + "\n")

    def run(self, program, mpiexec, name, text):
        path, out = self.folder / f"{name}.yaml", self.folder / name
        path.write_text(text)
        subprocess.run([mpiexec, "-n", "1", program, "run", str(self.folder / "sheet.csv"),
                        "--config", str(path), "--out", str(out), "-q"], check=True)
        with h5py.File(out / "cohort.h5ad") as f:
            names = [v.decode() for v in f["var"][f["var"].attrs["_index"]][()]]
            self.value = dict(zip(names, f["X"][()].T))
        self.out = out

    def of(self, statistic, signal="s"):
        return self.value[f"trap/{statistic}/{signal}|CD8 T"]


def binomial_range(n, p):
    return stats.binom.interval(SURE, n, p)


def tell(line):
    print(line, flush=True)


def check_coverage(cohort, prefix, signal, name):
    beta, se, df = (cohort.of(prefix + k, signal) for k in ("slope", "se", "df"))
    good = np.isfinite(se)
    n = good.sum()
    off = (beta - BETA)[good]
    error = off.std(ddof=1) / np.sqrt(n)
    inside = (np.abs(off) <= stats.t.ppf(.975, df[good]) * se[good]).sum()
    low, high = binomial_range(n, .95)
    tell(f"{name}: {n} slides, bias {off.mean():+.4f} +- {error:.4f} of {BETA}, spread "
         f"{off.std():.3f}, mean error {se[good].mean():.3f}, {inside / n:.4f} covered "
         f"({low / n:.4f} to {high / n:.4f})")
    check(good.mean() > .9, f"{name}: errors on {n} of {len(good)} slides only")
    check(abs(off.mean()) <= stats.norm.ppf((1 + SURE) / 2) * error, f"{name}: bias")
    check(low <= inside <= high, f"{name}: coverage")


def check_uniform(p, name, must_be=True):
    p = p[np.isfinite(p)]
    low, high = binomial_range(len(p), .05)
    rejected, ks = (p < .05).sum(), stats.kstest(p, "uniform").pvalue
    tell(f"{name}: {len(p)} slides, {rejected / len(p):.4f} below 0.05 ({low / len(p):.4f} to "
         f"{high / len(p):.4f}), {(p < .01).mean():.4f} below 0.01, {(p < .1).mean():.4f} "
         f"below 0.1, Kolmogorov-Smirnov p {ks:.3g}")
    good = low <= rejected <= high and ks > 1 - SURE
    check(good == must_be, f"{name}: {'not ' if must_be else ''}calibrated")


def permuted_labels(cohort, n):
    """Two-sided p of the mean theta of responders if labels were dealt anew among
    responders and background, by the exact mean and variance of such deals."""
    out = []
    for k in range(n):
        with h5py.File(cohort.out / f"slides/S{k:04}.h5ad") as f:
            kind = f["obs/cell_type"]
            names = [v.decode() for v in kind["categories"][()]]
            code = kind["codes"][()]
            c = F * f["obsm/s/concentration"][()]
        theta = c / (1 + c)
        mine, rest = code == names.index("CD8 T"), code == names.index("CD4 T")
        all_of = theta[mine | rest]
        m, size = mine.sum(), len(all_of)
        sd = np.sqrt(all_of.var(ddof=1) / m * (1 - m / size))
        out.append(2 * stats.norm.sf(abs(theta[mine].mean() - all_of.mean()) / sd))
    return np.array(out)


def check_profile(cohort):
    """The joint profile of range and c/Kd: its maximum over the cohort, and how often the
    interval that ten slides tell, each a patient, holds what was planted."""
    with h5py.File(cohort.out / "cohort.h5ad") as f:
        t = {k: f["uns/profile"][k][()] for k in ("lambda_um", "c_over_kd", "below_best")}
    k = np.argmin(t["below_best"])
    best = (t["lambda_um"][k], t["c_over_kd"][k])
    check(best == (PLANTED, F), f"profile of the cohort: maximum at {best}")
    points = [(lam, law) for lam in LAMBDAS for law in (0, F)]
    gain = np.array([cohort.value[f"profile/gain/s@{lam}um|CD8 T@{law:.10g}"]
                     for lam, law in points]).T
    gain = gain[np.isfinite(gain).all(1)]
    groups = gain[:len(gain) // 10 * 10].reshape(-1, 10, len(points))
    held = 0
    for group in groups:
        best = group.sum(0).argmax()
        truth = points.index((PLANTED, F))
        more = group[:, best] - group[:, truth]
        held += best == truth or stats.ttest_1samp(more, 0).pvalue > .05
    low, _ = binomial_range(len(groups), .95)
    tell(f"profile: {held / len(groups):.3f} of {len(groups)} intervals of ten slides hold "
         f"the planted range and c/Kd (at least {low / len(groups):.3f})")
    check(held >= low, f"profile: {held} of {len(groups)} intervals")


def try_recovery(program, mpiexec, folder, n):
    cohort = Cohort(folder, "recovery", n, recovery)
    cohort.run(program, mpiexec, "trap", config(list(LAMBDAS), spacing=5))
    here = f"s@{PLANTED}um"
    check_coverage(cohort, "", here, "slope")
    check_coverage(cohort, "relative_", here, "relative slope")
    seen = (cohort.of("field_p", here) < .05).mean()
    tell(f"field null: {seen:.3f} of slides below 0.05")
    check(seen >= .9, f"field null sees {seen:.3f} of strong slopes")
    likelihood = np.full((n, len(LAMBDAS)), np.nan)
    for k in range(n):
        with h5py.File(cohort.out / f"slides/S{k:04}.h5ad") as f:
            t = f["uns/trap"]
            for lam, f_kd, value in zip(t["lambda_um"], t["c_over_kd"], t["log_likelihood"]):
                if f_kd == F:
                    likelihood[k, LAMBDAS.index(lam)] = value
    found = (np.argmax(likelihood, 1) == LAMBDAS.index(PLANTED)).mean()
    together = LAMBDAS[np.argmax(likelihood.sum(0))]
    tell(f"range: {found:.3f} of slides find {PLANTED} um; together {together} um")
    check(found >= .9, f"range found on {found:.3f} of slides")
    check(together == PLANTED, f"range of the cohort {together}")
    check_profile(cohort)


def try_null(program, mpiexec, folder, n):
    cohort = Cohort(folder, "null", n, null)
    cohort.run(program, mpiexec, "trap", config([PLANTED], parts=PARTS, block=3))
    check_uniform(cohort.of("p"), "null: slope")
    check_uniform(cohort.of("relative_p"), "null: relative slope")
    check_uniform(cohort.of("field_p"), "null: field null")
    check_uniform(permuted_labels(cohort, n), "null: permuted labels", must_be=False)


def try_confounded(program, mpiexec, folder, n):
    cohort = Cohort(folder, "confounded", n, confounded)
    cohort.run(program, mpiexec, "bare", config([PLANTED], bandwidth=1e6))
    check_uniform(cohort.of("p"), "confounded: slope without covariates", must_be=False)
    check((cohort.of("slope") > 0).mean() > .9, "confounded: the field is blamed")
    cohort.run(program, mpiexec, "trap", config([PLANTED], parts=PARTS))
    check_uniform(cohort.of("p"), "confounded: slope")
    check_uniform(cohort.of("field_p"), "confounded: field null")
    check_uniform(cohort.of("relative_p"), "confounded: relative slope")


def main(program, mpiexec, folder):
    try_recovery(program, mpiexec, folder, 2000 if FULL else 100)
    try_null(program, mpiexec, folder, 1000 if FULL else 100)
    try_confounded(program, mpiexec, folder, 1000 if FULL else 100)
    return check.done(20)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
