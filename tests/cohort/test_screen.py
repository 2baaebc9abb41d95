"""Controls that can say no, the screen over signals and responders, the contest of
mechanisms: on small slides with known truth (scenes.py), whose responders cluster, and of
which more are in one half for reasons of their own.

    nothing is there    the screen's family-wise error; no receptor matters
    a signal holds      found; decoys of the same senders are centred on 0 beside it;
                        receptors dealt at random do not matter; it wins the contest
    a receptor matters  cells that have it are told from those that do not
    a barrier is there  it wins the contest

Also: the same bytes for any number of ranks, keys that do not go together, a decoy that is
the signal itself. 100 slides and 40; with CYTOTAXIS_FULL 1000 and 200."""
import os

import anndata
import numpy as np
from scipy import stats

from common import *
from scenes import cohort_of

without_reports()

SURE = 0.999  # of what is said to be in range
NULLS, SOME = (1000, 200) if FULL else (100, 40)
SIGNALS = """
grid: {spacing_um: 15, padding_um: 180}
compartments: {from: regions, tumour: [tumour]}
signals:
  - {name: real, ligand: [L], expression: {transform: counts}, senders: [Sender],
     receptor: [R], responders: [T], lambda_um: 60, c_over_kd: 1000, decoys: [decoy]}
  - {name: decoy, ligand: [M], expression: {transform: counts}, senders: [Sender],
     responders: [T], lambda_um: 60, c_over_kd: 1000}
  - {name: even, ligand: {Sender: 1}, senders: [Sender], responders: [T, Wall],
     lambda_um: 40}
  - {name: walls, ligand: {Wall: 1}, senders: [Wall], responders: [T], lambda_um: 60}
"""
TRAP = "block_lambdas: 2, bandwidth_um: 60, margin_knots_um: [], total_counts: []"
CONTEST = "contest_folds: 5, contest_signals: [real, even], contest_barriers: [Wall]"


def run(sheet, name, trap, ranks=2, signals=SIGNALS):
    out = folder(f"{name}-{ranks}")
    config = write(f"{name}.yaml", signals + f"trap: {{{trap}}}\n")
    run_ok("run", sheet, "--config", config, "--out", out, "-q", "--set",
           "output.fields=none", ranks=ranks, timeout=6000)
    return out


def slides(out):
    path = os.path.join(out, "slides")
    return [anndata.read_h5ad(os.path.join(path, f)).uns for f in sorted(os.listdir(path))
            if f.endswith(".h5ad")]


def centred(z, what):
    """Mean of z over slides, each of about 1: within its error."""
    z = np.asarray(z)[np.isfinite(z)]
    most = stats.t.ppf(1 - (1 - SURE) / 2, len(z) - 1) * z.std(ddof=1) / len(z) ** 0.5
    check(len(z) > 0.8 * SOME and abs(z.mean()) < most,
          f"{what}: mean {z.mean():.3f} of {len(z)}, in range up to {most:.3f}")


def small(p, share, what):
    """No more p-values up to 0.05 than a share of @p share gives by chance."""
    p = np.asarray(p)
    most = stats.binom.ppf(SURE, len(p), share)
    check((p <= 0.05).sum() <= most, f"{what}: {(p <= 0.05).sum()} of {len(p)}, {most}")


def rows(all_slides, table, **where):
    found = []
    for uns in all_slides:
        t = uns[table]
        for column, value in where.items():
            t = t[t[column].astype(str) == str(value)]
        found += list(t.itertuples())
    return found


# --- nothing is there ------------------------------------------------------------------------
nulls = slides(run(cohort_of("nulls", NULLS), "null", TRAP + ", screen_shifts: 99"))
least = [u["screen"]["p_family"].min() for u in nulls if "screen" in u]
check(len(least) > 0.95 * NULLS, f"{len(least)} screens")
small(least, 0.05, "family-wise error")
each = np.concatenate([u["screen"]["p"].to_numpy() for u in nulls if "screen" in u])
check(len(each) > 4 * NULLS, "tests of the screen")
check(0.35 < each.mean() < 0.65, f"p of the screen, mean {each.mean()}")

# --- a signal holds --------------------------------------------------------------------------
sheet = cohort_of("held", SOME, beta=3.0)
held = slides(run(sheet, "held", f"{TRAP}, screen_shifts: 99, receptor_split: 0.5, "
                                 f"{CONTEST}"))
found = rows(held, "screen", signal="real")
check(sum(r.p_family <= 0.05 for r in found) >= 0.9 * SOME, "the signal is not found")
check(all(r.z > 0 for r in found), "the signal repels")
decoys = rows(held, "decoys", field="decoy")
centred([r.slope / r.se for r in decoys], "decoys beside the signal")
small([r.p for r in decoys if np.isfinite(r.p)], 0.05, "decoys beside the signal")
check(np.median([r.inflation for r in decoys]) > 2, "decoys are not alike")
alone = [u["trap"].loc["decoy|T|c/Kd=1000"] for u in held]
check(np.nanmean([r.slope / r.se for r in alone]) > 3, "the decoy alone fools nobody")
own = rows(held, "decoys", field="real")
check(np.nanmean([r.slope / r.se for r in own]) > 3, "the signal does not outlast its decoy")
centred([r.slope / r.se for r in rows(held, "receptor_split")], "receptors at random")
first = rows(held, "mechanisms", place=1.0)
wins = sum(r.of == "real" for r in first)
check(len(first) == SOME and wins >= 0.9 * SOME, f"the signal wins {wins} of {SOME}")
check(all("held" in r.meaning for r in first if r.of == "real"), "what it says of it")

# The same, pooled over patients; here each slide is one.
together = anndata.read_h5ad(os.path.join(WORK, "held-2", "cohort.h5ad"))
pooled = together.uns["signals"]
for index, estimator, table, of in (
        ("real|T|conditional_slope", "conditional", "decoys", "real|T|real"),
        ("real|decoy|T|decoy_slope", "decoy", "decoys", "real|T|decoy"),
        ("real|T|receptor_slope", "receptor", "receptor_split", "real|T")):
    row, signal = pooled.loc[index], index.rsplit("|", 2)[0]
    slopes = np.array([u[table].loc[of, "slope"] for u in held])
    check(close(together[:, f"trap/{estimator}_slope/{signal}|T"].X[:, 0], slopes, 0),
          f"{index}: slopes of slides")
    check(row["n_patients"] > 0.8 * SOME, f"{index}: {row['n_patients']} patients")
    z = row["contrast"] / row["se"]
    check(z > 5 if estimator == "conditional" else abs(z) < stats.norm.ppf(1 - (1 - SURE) / 2),
          f"{index}: {z} standard errors from 0")
check("given the decoys" in pooled.loc["real|T|conditional_slope", "meaning"], "its words")

# --- a receptor matters, a barrier is there ----------------------------------------------------
split = slides(run(cohort_of("split", SOME // 2, beta=3.0, receptor=True), "split",
                   TRAP + ", receptor_split: 0.5"))
z = [r.slope / r.se for r in rows(split, "receptor_split")]
check(np.mean(z) > 3 and len(z) == SOME // 2, f"receptor: mean of z {np.mean(z)}")
barred = slides(run(cohort_of("barred", SOME // 2, wall=1.0), "barred",
                    f"{TRAP}, {CONTEST}"))
first = rows(barred, "mechanisms", place=1.0)
wins = sum(r.mechanism == "barrier" for r in first)
check(wins >= 0.9 * len(first), f"the barrier wins {wins} of {len(first)}")

# --- any ranks; a decoy that is the signal -----------------------------------------------------
sheet = cohort_of("few", 2, beta=2.0, first_seed=70)
twice = SIGNALS.replace("ligand: [M]", "ligand: [L]")
every = f"{TRAP}, screen_shifts: 19, receptor_split: 0.5, {CONTEST}, contest_entries: [Wall]"
outs = [run(sheet, "few", every, n, twice) for n in (1, 2, 3, 4, 7)]
want = digests(outs[0])
for out in outs[1:]:
    check(digests(out) == want, f"other bytes in {out}")
for r in rows(slides(outs[0]), "decoys"):
    check(r.slope != r.slope and "follows from" in r.reason, f"a decoy that is it: {r}")
for uns in slides(outs[0]):
    m = uns["mechanisms"]
    check(list(m["place"]) == list(range(1, 6)), "places")
    check((np.diff(m["log_score"]) <= 0).all(), "the best score comes first")
    none = m[m["mechanism"].astype(str) == "none"].iloc[0]
    check(close(m["gain"], m["log_score"] - none.log_score, 1e-9), "gains")

# Patients: here each slide is one, and there is a row of uns/mechanisms for each of its.
cohort = anndata.read_h5ad(os.path.join(outs[0], "cohort.h5ad"))
of_patients = cohort.uns["mechanisms"]
check(len(of_patients) == 2 * 5, f"{len(of_patients)} mechanisms of patients")
for name, uns in zip(("S0000", "S0001"), slides(outs[0])):
    theirs = of_patients[of_patients["patient"].astype(str) == name]
    check(close(theirs["gain"], uns["mechanisms"]["gain"], 1e-12), f"{name}: gains")
    check(list(theirs["place"]) == list(range(1, 6)), f"{name}: places")
    check([str(m) for m in theirs["mechanism"]] ==
          [i.split("|")[1] for i in uns["mechanisms"].index], f"{name}: mechanisms")

# What could not be made on a slide is told, with type and signal.
for was, now, says in (
        (": [M]", ": [Absent]",
         ("signal real is not set beside its decoys: signal decoy has no slope here, uns/trap "
          "says why; responders: T",)),
        (": [L]", ": [Absent]",
         ("signal real is not set beside its decoys: signal real has no slope here, uns/trap "
          "says why; responders: T",
          "no contest of mechanisms for T: signal real has no slope here, uns/trap says why"))):
    config = write("unmade.yaml", SIGNALS.replace(was, now) +
                   f"trap: {{{TRAP}, {CONTEST}}}\n")
    done = run_ok("run", sheet, "--config", config, "--out", folder("few-unmade"),
                  "--set", "output.fields=none", "--only", "S0000", ranks=2)
    for sentence in says:
        check(done.stderr.count(sentence) == 1, f"{sentence}: {done.stderr[-1500:]}")
    check(done.stderr.count("no contest") == len(says) - 1 and "Wall" not in done.stderr,
          f"a contest that is there: {done.stderr[-1500:]}")

# --- keys that do not go together --------------------------------------------------------------
for trap, signals, says in (
        ("screen_shifts: 9", SIGNALS.replace(", decoys: [decoy]", ""), "need trap slopes"),
        (TRAP + ", screen_shifts: 2.5", SIGNALS, "screen_shifts must be a whole number"),
        (TRAP + ", contest_folds: 5", SIGNALS, "mechanisms in contest_signals"),
        (TRAP + ", contest_folds: 5, contest_signals: [nosuch]", SIGNALS,
         "there is no signal nosuch"),
        (TRAP.replace(", total_counts: []", ", receptor_split: 0.5"), SIGNALS,
         "receptor_split needs total_counts"),
        (TRAP, SIGNALS.replace("decoys: [decoy]", "decoys: [nosuch]"),
         "its decoy nosuch is no signal"),
        (TRAP, SIGNALS.replace("decoys: [decoy]", "decoys: [even]"), "the same responders"),
        (TRAP, SIGNALS.replace("decoys: [decoy]", "decoys: [real]"), "its own decoy")):
    done = cytotaxis("check", sheet, "--config",
                     write("wrong.yaml", signals + f"trap: {{{trap}}}\n"))
    check(done.returncode == 78 and says in done.stderr, f"{says}: {done.stderr}")
finish()
