"""Contrasts of real cohorts from their cells: tests equal those of R on the same features,
mixed models and survival those that R fits here and now; the family is written down."""
import csv
import io
import os
import subprocess

import h5py
import numpy as np

from common import *

without_reports()

# The references carry 17 digits, sums are added in another order; optimisers end at
# different places: estimates in standard errors, the others relative.
RELATIVE, ESTIMATE_SE, SE, VARIANCE, DF = 1e-9, 1e-4, 1e-3, 1e-2, 1e-2
DAMOND, JOHNSON = "damond2019_t1d_imc", "johnson2021_nsclc_vectra"
FIT = os.path.join(SOURCE, "tests", "python", "fit_models.R")
CONFIGS = {
    DAMOND: """
units: {gate: off}
output: {fields: none}
cohort:
  contrasts:
    - {a: Long-duration, b: Non-diabetic, tests: [ranks, t, permutation, mixed_model]}
    - {groups: [Non-diabetic, Onset, Long-duration], name: stages}
    - {a: Onset, b: Non-diabetic, adjust: part, family: analysis, name: adjusted}
""",
    JOHNSON: """
units: {gate: off}
output: {fields: none}
cohort:
  bootstrap: 200
  permutations: 499
  contrasts:
    - {a: stage1, b: stage2, tests: [ranks, t, permutation]}
    - {a: stage1, b: stage2, adjust: [age, gender], name: adjusted}
    - {groups: [stage1, stage2, stage3], name: stages}
"""}


def table(path):
    with open(path, newline="") as f:
        return list(csv.DictReader(f))


def number(cell):
    return float(cell) if cell else np.nan


def frame(out, name):
    """{(metric, test): {column: value}} of a data frame of uns."""
    with h5py.File(os.path.join(out, "cohort.h5ad")) as f:
        g = f["uns"][name]
        columns = {c: g[c][()] for c in text(g.attrs["column-order"])}
    columns = {c: text(v) if v.dtype.kind == "S" else v for c, v in columns.items()}
    return {(m, t): {c: columns[c][i] for c in columns}
            for i, (m, t) in enumerate(zip(columns["metric"], columns["test"]))}


def metric_of(feature):
    return "composition/fraction/" + feature[5:] if feature.startswith("frac_") else \
        "nearest/mean/" + feature[3:].replace("__", "|")


KINDS = {"wilcox_exact": "mann_whitney_exact", "t_welch": "welch", "kruskal": "kruskal_wallis"}


def compare_reference(cohort_name, out):
    tested = {"[": frame(out, "tests/" + ("Long-duration vs Non-diabetic" if
                                          cohort_name == DAMOND else "stage1 vs stage2")),
              "": frame(out, "tests/stages")}
    count = dict.fromkeys(KINDS, 0)
    for ref in table(os.path.join(DATA, "reference", cohort_name, "tests_R.csv")):
        kind, bracket, _ = ref["test"].partition(" [")
        if ref["level"] != "patient" or kind not in KINDS or ref["feature"][:3] == "lr_":
            continue
        ours = tested[bracket.strip()].get((metric_of(ref["feature"]), KINDS[kind]))
        if ours is None or np.isnan(number(ref["p"])):
            continue
        for column in ("statistic", "p"):
            check(close(ours[column], number(ref[column]), RELATIVE),
                  f"{cohort_name} {ref['feature']} {kind}: {ours[column]!r}, R {ref[column]}")
        if ref["df"]:
            check(close(ours["df"], number(ref["df"]), RELATIVE), f"{ref['feature']}: df")
        count[kind] += 1
    print(cohort_name, count)
    check(count["t_welch"] >= 10 and count["kruskal"] >= 10, f"{cohort_name}: {count}")


def r_says(what, rows, *words):
    """Rows of fit_models.R on a table of dicts."""
    b = io.StringIO()
    writer = csv.DictWriter(b, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    path = write(f"{what}.csv", b.getvalue())
    done = subprocess.run(["Rscript", FIT, what, path, *words], capture_output=True, text=True)
    check(done.returncode == 0, f"Rscript: {done.stderr[-800:]}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def features_of(out, sheet):
    """A row per slide: those of the sheet, and fractions and some distances."""
    slides, metrics, x = cohort(out)
    kept = [(m, i) for i, m in enumerate(metrics) if m.startswith("composition/fraction/")]
    kept += [(m, i) for i, m in enumerate(metrics) if m.startswith("nearest/mean/")][:20]
    known = {r["sample"]: r for r in sheet}
    return [({"slide": s, **known[s]},
             {m: "" if np.isnan(x[k, i]) else repr(x[k, i]) for m, i in kept})
            for k, s in enumerate(slides)]


def compare_mixed(out, sheet, contrast, a, b, covariates=()):
    """The model of the contrast against lme4 on the slides of our own cohort.h5ad."""
    tested = frame(out, "tests/" + contrast)
    rows = [{"slide": s["slide"], "patient": s["patient"],
             "group": "y" if s["condition"] == a else "x",
             **{c: s[c] for c in covariates}, **features}
            for s, features in features_of(out, sheet) if s["condition"] in (a, b)]
    n = 0
    for feature, coefficient, *want in r_says("lmer", rows, " + ".join(("group", *covariates))):
        if coefficient != "groupy":
            continue
        ours = tested[feature, "mixed_model"]
        estimate, se, df, p, patient, residual = map(float, want)
        check(abs(ours["effect"] - estimate) <= ESTIMATE_SE * se and
              close(ours["se"], se, SE) and close(ours["df"], df, DF),
              f"{contrast} {feature}: {ours}, lme4 {want}")
        check(close(ours["sd_slide"] ** 2, residual, VARIANCE) and
              abs(ours["sd_patient"] ** 2 - patient) <=
              VARIANCE * max(patient, 1e-6 * residual), f"{contrast} {feature}: variances")
        check(ours["effect_lo"] < ours["effect"] < ours["effect_hi"], f"{feature}: interval")
        n += 1
    print(f"{contrast}: {n} mixed models equal lme4's")
    check(n >= 15, f"{contrast}: {n} models compared")


def compare_survival(out, sheet):
    ours = frame(out, "survival")
    patients = {}
    for s, features in features_of(out, sheet):
        known = patients.setdefault(s["patient"], (s, {}))[1]
        for m, v in features.items():
            known.setdefault(m, []).extend([float(v)] if v else [])
    rows = []
    for patient, (s, features) in patients.items():
        if s["time"] and s["event"]:
            rows.append({"patient": patient, "time": s["time"], "event": s["event"],
                         "group": s["condition"],
                         **{m: np.mean(v) if v else np.nan for m, v in features.items()}})
    metrics = [m for m in features if m.startswith("composition/")]
    for row in rows:
        for m in [m for m in features if m not in metrics]:
            del row[m]
    for m in metrics:
        sd = np.nanstd([row[m] for row in rows], ddof=1)
        for row in rows:
            row[m] /= sd
    n = 0
    for feature, *want in r_says("survival", rows):
        if feature not in metrics:
            continue
        estimate, se, p, chi2, p_split = map(float, want)
        cox, split = ours[feature, "cox"], ours[feature, "log_rank_median"]
        check(abs(cox["coefficient"] - estimate) <= ESTIMATE_SE * se and
              close(cox["se"], se, SE) and close(cox["hazard_ratio"], np.exp(estimate), 1e-4),
              f"{feature}: {cox}, R {want}")
        check(close(split["statistic"], chi2, RELATIVE) and
              close(split["p"], p_split, RELATIVE), f"{feature}: {split}, R {want}")
        check(cox["n"] == len(rows), f"{feature}: {cox['n']} patients of {len(rows)}")
        n += 1
    print(f"survival: {n} metrics equal R's")
    check(n >= 5, f"{n} metrics compared")


def compare_written(out):
    """Families, settings and reasons stand in the file."""
    rows = list(frame(out, "tests/adjusted").values())
    check({r["family"] for r in rows} >= {"composition", "nearest"}, "families of analyses")
    check(all(bool(r["reason"]) == bool(np.isnan(r["p"])) for r in rows), "reasons")
    with h5py.File(os.path.join(out, "cohort.h5ad")) as f:
        g = f["uns/contrasts"]
        check(text(g["family"][()])[-1] == "analysis" and g["seed"][0] == 1 and
              "patients" in text([f["uns/tests_family"][()]])[0], "uns/contrasts")


need_data(DAMOND, JOHNSON)
for name, config in CONFIGS.items():
    out = folder(name)
    source = os.path.join(DATA, "cohorts", name, "sheet.csv")
    run_ok("run", source, "--config", write(name + ".yaml", config), "--out", out, "-q",
           ranks=2, timeout=600)
    if failures:
        break
    compare_reference(name, out)
    if name == DAMOND:
        compare_mixed(out, table(source), "Long-duration vs Non-diabetic", "Long-duration",
                      "Non-diabetic")
        compare_mixed(out, table(source), "adjusted", "Onset", "Non-diabetic", ["part"])
        compare_written(out)
    else:
        compare_mixed(out, table(source), "adjusted", "stage1", "stage2", ["age", "gender"])
        compare_survival(out, table(source))
finish()
