"""Slides as separate jobs into one folder, then the cohort: the same bytes as one run, for
any number of ranks; also of slides that fail; jobs that do not belong together are refused."""
import json
import os
import subprocess

import h5py
import numpy as np

from common import *

CONFIG = """
output: {fields: none}
patterns: {pair_radii_um: [20, 50, 100], metric_types: [CD8 T, Tumor]}
cohort:
  bootstrap: 100
  permutations: 99
  contrasts:
    - {a: responder, b: non-responder, tests: [ranks, t, permutation, mixed_model]}
    - {a: responder, b: non-responder, adjust: [age, sex], name: adjusted}
  confidence: 0.7
"""


def made_cohort():
    """A sheet of six slides with covariates and survival; the cells of one are spoilt."""
    made = folder("cohort")
    run_ok("synth", "--out", made, "--slides", 6, "--patients", 6, "--cells", 300,
           "--format", "csv", ranks=1)
    header, *rows = open(os.path.join(made, "samplesheet.csv")).read().splitlines()
    names = header.split(",")
    more = [f"{row},{40 + 3 * i},{'mf'[i % 2]},{100 + i * 31 % 57},{i % 3 // 2}"
            for i, row in enumerate(rows)]
    sheet = write(os.path.join(made, "sheet.csv"),
                  "\n".join([header + ",age,sex,time,event", *more]) + "\n")
    samples = [row.split(",")[names.index("sample")] for row in rows]
    conditions = [row.split(",")[names.index("condition")] for row in rows]
    spoilt = os.path.join(made, rows[2].split(",")[names.index("data_path")])
    cells = open(spoilt).read().splitlines()
    cells[7] = cells[7].replace(",", ",x", 1)
    write(spoilt, "\n".join(cells) + "\n")
    a, b = sorted(set(conditions))
    config = CONFIG.replace("non-responder", "$").replace("responder", a).replace("$", b)
    return sheet, write(os.path.join(made, "cohort.yaml"), config), samples


def at_once(jobs):
    """Several runs at the same time, as an array of jobs would have them."""
    started = [subprocess.Popen([MPIEXEC, "-n", str(ranks), PROGRAM, *map(str, words)],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
               for ranks, words in jobs]
    return [(job.communicate(timeout=240), job.returncode) for job in started]


def same(got, want, what):
    check(got == want, f"{what}: other bytes in "
          f"{[k for k in {**want, **got} if got.get(k) != want.get(k)]}")


sheet, config, samples = made_cohort()
usual = ["--config", config, "-q", "--no-report"]
one = folder("one")
done = cytotaxis("run", sheet, "--out", one, *usual, ranks=2)
check(done.returncode == 1 and samples[2] in done.stderr, f"one run: {done.stderr}")
want = digests(one)
check(len(want) == 6, f"{sorted(want)}")

# Curves are compared as wholes; their names and places are those of uns/curves.
with h5py.File(os.path.join(one, "cohort.h5ad")) as f:
    tests, bands = (next(iter(f["uns"][k].values())) for k in ("curve_tests", "curve_bands"))
    names = text(tests["_index"][()])
    known = {g.attrs["name"]: g["x"][()] for g in f["uns/curves"].values()}
    check(set(names) == set(known) and len(names) >= 10, f"curves: {names}")
    check(text(bands["curve"][()]) == [n for n in names for _ in known[n]] and
          np.array_equal(bands["x"][()], np.concatenate([known[n] for n in names])),
          "places of curves")
    tested = np.isfinite(tests["p"][()])
    check(tested.any() and np.array_equal(tested, [not r for r in text(tests["reason"][()])]),
          "some curves are tested, others say why not")
    held = np.isfinite(bands["difference"][()])
    check(np.all((bands["envelope_lo"][()] <= bands["envelope_hi"][()])[held]), "envelopes")

# One slide a job, all at once; a job of two slides.
array = folder("array")
parts = [[samples[0], samples[1]], *([s] for s in samples[2:])]
first, *others = [(1 + k % 2, ["run", sheet, "--out", array, *usual, "--only", ",".join(p)])
                  for k, p in enumerate(parts)]
ended = at_once([first]) + at_once(others)
for part, ((_, stderr), status) in zip(parts, ended):
    check(status == (1 if samples[2] in part else 0), f"{part}: {status}: {stderr}")
check(not os.path.exists(os.path.join(array, "cohort.h5ad")), "a part made a cohort")
check(os.path.exists(os.path.join(array, f"run.{samples[3]}.json")), "record of a job")
for ranks in (1, 2, 3, 4, 7):
    done = cytotaxis("cohort", array, "--no-report", ranks=ranks)
    check(done.returncode == 1 and samples[2] in done.stderr and "against" in done.stdout,
          f"cohort on {ranks}: {done.returncode} {done.stderr}")
    same(digests(array), want, f"array, cohort on {ranks}")
    os.remove(os.path.join(array, "cohort.h5ad"))

# Again in the folder of the one run.
run = cytotaxis("cohort", one, "-q", "--no-report", ranks=2)
check(run.returncode == 1 and "1 of 6 slides have no result" in run.stderr, run.stderr)
same(digests(one), want, "cohort after a run")
told = cytotaxis("cohort", one, "--no-report").stdout
check("/cohort.json\n" in told and "/run.json" not in told, f"what was written: {told}")
counts = [{s["sample"]: s["n_cells"] for s in json.load(open(os.path.join(one, name)))["slides"]}
          for name in ("run.json", "cohort.json")]
check(counts[0] == counts[1] and sorted(n > 0 for n in counts[0].values()) == [False] + [True] * 5,
      f"cells of slides: {counts}")

# A slide a second time, or of another config, or another sheet.
done = cytotaxis("run", sheet, "--out", array, *usual, "--only", samples[4])
check(done.returncode == 73 and "not empty" in done.stderr, f"twice: {done.stderr}")
for name in (samples[4], samples[5]):
    os.remove(os.path.join(array, "slides", name + ".h5ad"))
done = cytotaxis("run", sheet, "--out", array, *usual, "--only", samples[4], "--set",
                 "cohort.seed=2")
check(done.returncode == 73 and "another samplesheet or config" in done.stderr,
      f"other config: {done.stderr}")
other = write(sheet.replace("sheet.csv", "other.csv"), open(sheet).read() + "\n")
done = cytotaxis("run", other, "--out", array, *usual, "--only", samples[4])
check(done.returncode == 73 and "another samplesheet or config" in done.stderr,
      f"other sheet: {done.stderr}")
kept = os.path.join(array, "inputs", "config.yaml")
os.rename(kept, kept + ".kept")
os.symlink("config.yaml", kept)  # a link to itself, which cannot be read
done = cytotaxis("run", sheet, "--out", array, *usual, "--only", samples[4])
check(done.returncode == 74 and f"cannot read {kept}" in done.stderr and os.path.islink(kept),
      f"inputs that cannot be read: {done.returncode} {done.stderr}")
os.replace(kept + ".kept", kept)

# Slides that are not there are told; when they are, all is as before.
done = cytotaxis("cohort", array, "--no-report", ranks=2)
check(done.returncode == 1 and f"{samples[4]}: no result" in done.stderr and
      "3 of 6 slides have no result" in done.stderr, f"missing: {done.stderr}")
late = ["run", sheet, "--out", array, *usual, "--only", ",".join(samples[4:])]
done = cytotaxis(*late, env={"CYTOTAXIS_FAULT": f"csv.read:0:{samples[5]}:usr1"})
state = os.path.join(array, f"unfinished.{samples[4]}.json")
check(done.returncode == 128 + 10 and os.path.exists(state), f"a job that is stopped: {done}")
done = cytotaxis(*late, "--resume")
check(done.returncode == 0 and not os.path.exists(state), f"a job that goes on: {done}")
done = cytotaxis("cohort", array, "-q")
same(digests(array), want, "after what was missing")

# Patients on both sides of a contrast that is not paired are told of.
header, *rows = [line.split(",") for line in open(sheet).read().splitlines()]
patient, condition = header.index("patient"), header.index("condition")
kept = rows[:2] + rows[3:5]
for k, row in enumerate(kept):
    row[patient], row[condition] = f"P{k // 2}", "ab"[k % 2]
both = write(sheet.replace("sheet.csv", "both.csv"),
             "\n".join(",".join(row[:-2]) for row in [header, *kept]) + "\n")
for paired in ("false", "true"):
    done = run_ok("run", both, "--out", folder("both"), "--no-report", "--set",
                  "output.fields=none", "--set",
                  "cohort.contrasts=[{a: a, b: b, paired: %s}]" % paired)
    check(("2 patients are on both sides" in done.stdout) == (paired == "false") and
          ("a against b within 2 patients" in done.stdout) == (paired == "true"),
          f"paired {paired}: {done.stdout}")
    check("q: p adjusted within" not in done.stdout, done.stdout)

# Of several conditions there are no medians of two sides; a patient may be in each.
for k, row in enumerate(kept):
    row[patient], row[condition] = f"P{k // 3}", "abcb"[k]
several = write(sheet.replace("sheet.csv", "several.csv"),
                "\n".join(",".join(row[:-2]) for row in [header, *kept]) + "\n")
done = run_ok("run", several, "--out", folder("both"), "--no-report", "--set",
              "output.fields=none", "--set",
              "cohort.contrasts=[{groups: [a, b, c], name: stages, family: analysis}]")
check("stages, 4 values, one of each patient and condition: " in done.stdout and
      "1 patient has slides of several conditions" in done.stdout, done.stdout)
check("within each analysis):" in done.stdout and "nan" not in done.stdout and
      "medians" not in done.stdout, f"several: {done.stdout}")

# Not a folder of results; no folder at all.
for path in (folder("nothing"), os.path.dirname(sheet)):
    done = cytotaxis("cohort", path, ranks=2)
    check(done.returncode == 66 and "inputs/samplesheet.csv" in done.stderr, done.stderr)
done = cytotaxis("cohort", ranks=0)
check(done.returncode == 64 and "needs the folder OUT" in done.stderr, done.stderr)
finish()
