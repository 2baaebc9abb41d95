#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Tests, mixed models and survival against R and scipy.

    test_statistics.py reference|r STATS_OF FOLDER

reference: what R and scipy computed of the features of real cohorts (CYTOTAXIS_DATA), at
the level of slides and of patients. r: lme4, lmerTest and survival, run here and now, on
the same features. Status 77 without the cohorts.
"""
import collections
import csv
import math
import statistics
import subprocess
import sys
from pathlib import Path

import rows

STATISTIC = 1e-9   # relative: sums in another order
ADJUSTED = 1e-12   # relative: the same divisions
# Optimisers end at different places: estimates in standard errors, the rest relative.
ESTIMATE_SE, SE, VARIANCE, DF = 1e-4, 1e-3, 1e-2, 1e-2
COHORTS = "damond2019_t1d_imc", "johnson2021_nsclc_vectra"
INFORMATION = "slide", "patient", "group"

check = rows.Checks()


def table(path):
    with open(path, newline="") as f:
        return list(csv.DictReader(f))


def number(text):
    return float(text) if text else math.nan


def near(have, want, relative):
    if math.isnan(want):
        return math.isnan(have)
    return abs(have - want) <= relative * abs(want)


class Stats:
    """Commands for stats_of, all asked at once."""

    def __init__(self, program):
        self.program, self.lines = program, []

    def ask(self, *words):
        """The place of the answer."""
        self.lines.append(" ".join(w if isinstance(w, str) else repr(w) for w in words))
        return len(self.lines) - 1

    def answers(self):
        done = subprocess.run([self.program], input="\n".join(self.lines), text=True,
                              check=True, capture_output=True)
        found = [list(map(float, line.split())) for line in done.stdout.splitlines()]
        check(len(found) == len(self.lines), f"{len(found)} answers to {len(self.lines)}")
        return found


def by_level(slides, feature):
    """{level: {group: values}}, those of slides and means of patients."""
    found = {"slide": collections.defaultdict(list), "patient": collections.defaultdict(list)}
    patients = collections.defaultdict(list)
    for row in slides:
        value = number(row[feature])
        if not math.isnan(value):
            found["slide"][row["group"]].append(value)
            patients[row["group"], row["patient"]].append(value)
    for (group, _), values in patients.items():
        found["patient"][group].append(math.fsum(values) / len(values))
    return found


# --- stored references ---------------------------------------------------------------------

WELCH = {"t_welch": ("statistic", "df", "p"), "ttest_welch": ("statistic", None, "p")}
RANKS = {"wilcox_exact": 1, "wilcox_normal_cc": 0, "mannwhitneyu_exact": 1,
         "mannwhitneyu_asymptotic_cc": 0}


def ask_reference(stats, ref, values):
    kind, _, arms = ref["test"].partition(" [")
    if kind == "kruskal":
        groups = sorted(values)
        pairs = [w for g, name in enumerate(groups) for v in values[name] for w in (v, g)]
        return stats.ask("kruskal", len(pairs) // 2, len(groups), *pairs)
    if kind in WELCH or kind in RANKS:
        a, b = (values[name] for name in arms.rstrip("]").split(" vs "))
        return stats.ask("welch" if kind in WELCH else "mann_whitney", len(a), len(b), *a, *b)
    return None


def compare_reference(ref, got, count):
    kind = ref["test"].partition(" [")[0]
    what = f"{ref['level']} {ref['feature']} {ref['test']}"
    want = number(ref["statistic"])
    if kind in RANKS:
        check(near(got[0], want, STATISTIC), f"{what}: U {got[0]}, want {want}")
        if got[2] != RANKS[kind]:
            return
    elif math.isnan(number(ref["p"])):
        return
    else:
        check(near(got[0], want, STATISTIC), f"{what}: {got[0]}, want {want}")
        if ref.get("df"):
            check(near(got[1], number(ref["df"]), STATISTIC), f"{what}: df {got[1]}")
    p = got[1] if kind in RANKS else got[2]
    check(near(p, number(ref["p"]), STATISTIC), f"{what}: p {p}, want {ref['p']}")
    count[kind] += 1


def compare_adjusted(stats, refs, column):
    """q of each (level, test) over its features, of the reference's own p."""
    families = collections.defaultdict(list)
    for ref in refs:
        families[ref["level"], ref["test"]].append(ref)
    asked = [(family, stats.ask("bh", len(family), *(number(r["p"]) for r in family)))
             for family in families.values()]
    answers = stats.answers()
    for family, at in asked:
        for ref, q in zip(family, answers[at]):
            check(near(q, number(ref[column]), ADJUSTED),
                  f"{ref['level']} {ref['feature']} {ref['test']}: q {q}, {ref[column]}")


def reference(program, data):
    count = collections.Counter()
    for cohort in COHORTS:
        folder = data / "reference" / cohort
        slides = table(folder / "features.csv")
        levels = {f: by_level(slides, f) for f in slides[0] if f not in INFORMATION}
        for name, adjusted in ("tests_R.csv", "p_BH"), ("tests_scipy.csv", "p_fdr_bh"):
            refs, stats = table(folder / name), Stats(program)
            asked = [(ref, ask_reference(stats, ref, levels[ref["feature"]][ref["level"]]))
                     for ref in refs]
            answers = stats.answers()
            for ref, at in asked:
                if at is not None:
                    compare_reference(ref, answers[at], count)
            compare_adjusted(Stats(program), refs, adjusted)
    print(dict(count))
    check(all(count[kind] >= 10 for kind in (*WELCH, *RANKS, "kruskal")),
          f"too few compared: {dict(count)}")


# --- R, here and now -----------------------------------------------------------------------

def run_r(what, path):
    script = Path(__file__).with_name("fit_models.R")
    done = subprocess.run(["Rscript", script, what, path], text=True, capture_output=True)
    if not check(done.returncode == 0, f"Rscript {what}: {done.stderr[-800:]}"):
        return []
    return [line.split("\t") for line in done.stdout.splitlines()]


def ask_mixed(stats, slides, feature, coefficient):
    groups = sorted({row["group"] for row in slides})
    patients = sorted({row["patient"] for row in slides})
    known = [row for row in slides if not math.isnan(number(row[feature]))]
    words = []
    for row in known:
        words += [number(row[feature]), patients.index(row["patient"]), 1]
        words += [int(row["group"] == group) for group in groups[1:]]
    tested = 0 if coefficient == "(Intercept)" else groups.index(coefficient[5:])
    return stats.ask("mixed", len(known), len(groups), len(patients), tested, *words)


def compare_mixed(what, got, want):
    outcome, estimate, se, df, _, p, var_patient, var_residual = got
    want = dict(zip(("estimate", "se", "df", "p", "patient", "residual"), map(float, want)))
    check(outcome == 0, f"{what}: outcome {outcome}")
    check(abs(estimate - want["estimate"]) <= ESTIMATE_SE * want["se"],
          f"{what}: estimate {estimate}, lme4 {want['estimate']}, se {want['se']}")
    check(near(se, want["se"], SE), f"{what}: se {se}, lme4 {want['se']}")
    check(near(df, want["df"], DF), f"{what}: df {df}, lmerTest {want['df']}")
    check(near(var_residual, want["residual"], VARIANCE), f"{what}: residual {var_residual}")
    # A variance of nothing beside the other is nothing in both.
    check(abs(var_patient - want["patient"]) <=
          VARIANCE * max(want["patient"], 1e-6 * want["residual"]),
          f"{what}: patient {var_patient}, lme4 {want['patient']}")


def mixed_models(program, data):
    n_compared = 0
    for cohort in COHORTS:
        path = data / "reference" / cohort / "features.csv"
        slides, stats = table(path), Stats(program)
        fits = run_r("lmer", path)
        asked = [ask_mixed(stats, slides, *fit[:2]) for fit in fits]
        answers = stats.answers()
        for fit, at in zip(fits, asked):
            compare_mixed(f"{cohort} {fit[0]} {fit[1]}", answers[at], fit[2:])
        n_compared += len(fits)
    print(f"{n_compared} coefficients of mixed models equal lme4's")
    check(n_compared > 100, f"only {n_compared} coefficients compared")


def patients_of(data, folder):
    """A table of johnson's patients with their means and survival, and its path."""
    name = COHORTS[1]
    slides = table(data / "reference" / name / "features.csv")
    sheet = {r["sample"]: r for r in table(data / "cohorts" / name / "sheet.csv")}
    of = collections.defaultdict(list)
    for row in slides:
        of[row["patient"]].append(row)
    features = [f for f in slides[0] if f.startswith(("frac_", "nn_"))]
    out = []
    for patient, group in of.items():
        known = sheet[group[0]["slide"]]
        if math.isnan(number(known["time"])) or math.isnan(number(known["event"])):
            continue
        row = {"patient": patient, "time": known["time"], "event": known["event"],
               "group": group[0]["group"]}
        for f in features:
            values = [number(r[f]) for r in group if not math.isnan(number(r[f]))]
            row[f] = repr(statistics.fmean(values)) if values else ""
        out.append(row)
    path = folder / "patients.csv"
    with open(path, "w", newline="") as f:
        writer = csv.DictWriter(f, out[0])
        writer.writeheader()
        writer.writerows(out)
    return out, features, path


def ask_survival(stats, patients, feature):
    known = [p for p in patients if p[feature]]
    middle = statistics.median(float(p[feature]) for p in known)
    life = [(float(p["time"]), int(p["event"]), float(p[feature])) for p in known]
    cox = stats.ask("cox", len(known), 1, 0, *(w for row in life for w in row))
    split = stats.ask("log_rank", len(known), 2,
                      *(w for t, e, x in life for w in (t, e, int(x > middle))))
    return cox, split


def survival(program, data, folder):
    patients, features, path = patients_of(data, folder)
    stats = Stats(program)
    asked = {f: ask_survival(stats, patients, f) for f in features}
    groups = sorted({p["group"] for p in patients})
    of_groups = stats.ask("log_rank", len(patients), len(groups),
                          *(w for p in patients for w in (float(p["time"]), int(p["event"]),
                                                          groups.index(p["group"]))))
    a, b = features[:2]
    both = [w for p in patients if p[a] and p[b]
            for w in (float(p["time"]), int(p["event"]), float(p[a]), float(p[b]))]
    of_both = [stats.ask("cox", len(both) // 4, 2, k, *both) for k in (0, 1)]
    answers = stats.answers()
    fits = {fit[0]: list(map(float, fit[1:])) for fit in run_r("survival", path)}
    for f in features:
        estimate, se, p, chi2, p_split = fits[f]
        outcome, *got = answers[asked[f][0]]
        check(outcome == 0 and abs(got[0] - estimate) <= ESTIMATE_SE * se and
              near(got[1], se, SE), f"{f}: Cox {got}, R {fits[f]}")
        check(near(answers[asked[f][1]][0], chi2, STATISTIC) and
              near(answers[asked[f][1]][2], p_split, STATISTIC),
              f"{f}: log-rank {answers[asked[f][1]]}, R {chi2} {p_split}")
    _, chi2, p = fits["groups"]
    check(near(answers[of_groups][0], chi2, STATISTIC) and
          near(answers[of_groups][2], p, STATISTIC), f"groups: {answers[of_groups]}")
    for k in 0, 1:
        got, se = answers[of_both[k]], fits["both"][2 + k]
        check(abs(got[1] - fits["both"][k]) <= ESTIMATE_SE * se and near(got[2], se, SE),
              f"two columns: {got}, R {fits['both']}")
    print(f"survival of {len(patients)} patients by {len(features)} features equals R's")
    check(len(features) > 8, f"{len(features)} features")


def main():
    against, program, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    data = rows.data_folder()
    if not data or not (data / "reference" / COHORTS[0] / "features.csv").exists():
        print("SKIPPED: no reference features (no data folder; set CYTOTAXIS_DATA)")
        return rows.SKIP
    if against == "reference":
        reference(program, data)
    else:
        mixed_models(program, data)
        survival(program, data, folder)
    return check.done(100)


sys.exit(main())
