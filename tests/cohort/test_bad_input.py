"""Bad input gets one clear line and the right exit status: no hang, nothing half-written,
and in a cohort the good slides are finished all the same."""
import gzip
import os

import h5py
import numpy as np

from common import *

without_reports()

GOOD = "cell_id,x,y,cell_type\n" + "".join(
    f"c{i},{(i * 37 % 101) * 3},{(i * 53 % 89) * 3},{'AB'[i % 2]}\n" for i in range(60))
HEAD = "cell_id,x,y,cell_type\n"

# name, content of the data file, exit status of a run, words of the one line
CELLS = [
    ("empty", "", 65, ["bad.csv", "empty"]),
    ("header_only", HEAD, 65, ["bad.csv", "no cells"]),
    ("missing_column", "cell_id,x,cell_type\na,1,A\n", 65, ["bad.csv", "y", "column"]),
    ("nan_coordinate", HEAD + "a,1,1,A\nb,nan,1,A\n", 65, ["bad.csv", "line 3", "x", "nan"]),
    ("inf_coordinate", HEAD + "a,1,1,A\nb,1,inf,A\n", 65, ["bad.csv", "line 3", "y", "inf"]),
    ("text_coordinate", HEAD + "a,1,1,A\nb,n/a,1,A\n", 65, ["line 3", "x", "n/a"]),
    ("word_coordinate", HEAD + "a,1,1,A\nb,left,1,A\n", 65, ["line 3", "x", "left"]),
    ("duplicate_id", HEAD + "a,1,1,A\nb,1,2,A\na,3,1,A\n", 65, ["a", "line 2", "line 4"]),
    ("ragged_row", HEAD + "a,1,1,A\nb,1,2\n", 65, ["line 3"]),
    ("open_quote", HEAD + "a,1,1,A\nb,1,2,\"A\n", 65, ["quote"]),
]


def sheet(extra_row="", um="1", path="bad.csv", more=""):
    return (f"sample,data_path,um_per_px{',' + more if more else ''}\n"
            f"bad,{path},{um}{',' * bool(more)}\ngood,good.csv,1{',' * bool(more)}\n{extra_row}")


def attempt(name, files, status, words, ranks, verb="run", sheet_text=None, lines=1):
    base = folder(f"bad-{name}-{ranks}")
    os.makedirs(base)
    write(os.path.join(base, "good.csv"), GOOD)
    for path, content in files.items():
        write(os.path.join(base, path), content)
    write(os.path.join(base, "sheet.csv"), sheet_text or sheet())
    out = os.path.join(base, "out")
    extra = ["--out", out, "-q"] if verb == "run" else []
    done = cytotaxis(verb, os.path.join(base, "sheet.csv"), *extra, ranks=ranks, timeout=60)
    what = f"{verb} {name} on {ranks}"
    check(done.returncode == status, f"{what}: exit {done.returncode}, not {status}: "
          f"{done.stderr[-400:]}")
    said = [l for l in done.stderr.splitlines() if l.startswith("cytotaxis: ")]
    hit = [l for l in said if all(w in l for w in words)]
    check(len(hit) == 1, f"{what}: {words} not in one line of {said}")
    check(len(said) <= lines + 1, f"{what}: {len(said)} lines: {said}")
    return out, done


# Found when the file is read: the head is checked before anything is run, the rest fails
# its slide only.
for name, content, status, words in CELLS:
    for ranks in (1, 3):
        in_head = name in ("empty", "missing_column")
        base = folder(f"bad-{name}-{ranks}")
        os.makedirs(base)
        write(os.path.join(base, "good.csv"), GOOD)
        write(os.path.join(base, "bad.csv"), content)
        write(os.path.join(base, "sheet.csv"), sheet())
        out = os.path.join(base, "out")
        done = cytotaxis("run", os.path.join(base, "sheet.csv"), "--out", out, ranks=ranks,
                         timeout=60)
        what = f"{name} on {ranks}"
        told = [l for l in done.stderr.splitlines() if all(w in l for w in words)]
        check(len(told) == 1, f"{what}: {words} not in one line of {done.stderr[-600:]}")
        if in_head:
            check(done.returncode == status, f"{what}: exit {done.returncode}")
            check(not os.path.exists(out), f"{what}: an output folder all the same")
        else:
            check(done.returncode == 1, f"{what}: exit {done.returncode}")
            check(os.listdir(os.path.join(out, "slides")) and
                  not any("bad" in f for f in os.listdir(os.path.join(out, "slides"))),
                  f"{what}: slides/ has {os.listdir(os.path.join(out, 'slides'))}")
            slides, metrics, x = cohort(out)
            check(slides == ["bad", "good"], f"{what}: slides {slides}")
            check(np.isnan(x[0]).all() and np.isfinite(x[1]).any(), f"{what}: rows of X")

# Truncated files.
whole_gz = gzip.compress((GOOD * 1).encode() * 50)
h5 = os.path.join(WORK, "cut.h5ad")
with h5py.File(h5, "w") as f:
    f["x"] = np.zeros(1000)
cut_h5 = open(h5, "rb").read()[:3000]
for ranks in (1, 2):
    out, done = attempt("cut_gz", {"bad.csv.gz": whole_gz[:-30]}, 1, ["bad.csv.gz"], ranks,
                        sheet_text=sheet(path="bad.csv.gz"), lines=3)
    attempt("cut_h5", {"bad.h5ad": cut_h5}, 65, ["bad.h5ad"], ranks,
            sheet_text=sheet(path="bad.h5ad"))

# What samplesheet and command line can get wrong; check says the same as run.
for verb in ("run", "check"):
    attempt("missing_file", {}, 66, ["nowhere.csv"], 1, verb,
            sheet_text=sheet(path="nowhere.csv"))
    attempt("no_unit", {"bad.csv": GOOD}, 78, ["um_per_px"], 1, verb, sheet_text=sheet(um=""))
    attempt("unit_word", {"bad.csv": GOOD}, 78, ["um_per_px", "um"], 1, verb,
            sheet_text=sheet(um="um"))
    attempt("twice", {"bad.csv": GOOD}, 78, ["good", "line 3"], 1, verb,
            sheet_text=sheet("good,good.csv,1\n"), lines=2)
done = cytotaxis("run", ranks=1)
check(done.returncode == 64 and "samplesheet" in done.stderr, f"usage: {done.stderr}")
done = cytotaxis("walk", ranks=1)
check(done.returncode == 64 and "walk" in done.stderr, f"verb: {done.stderr}")

# A wrong unit: 200 cells 0.5 units apart are no tissue at 1 um; the factor is named.
close_cells = "cell_id,x,y,cell_type\n" + "".join(
    f"c{i},{(i % 15) * 0.5},{(i // 15) * 0.5},A\n" for i in range(200))
for ranks in (1, 4):
    out, done = attempt("unit", {"bad.csv": close_cells}, 1, ["0.5", "um_per_px"], ranks,
                        lines=2)

# Output that cannot be written: a file where the folder should be, a folder in use
# (test_disk.py: no room).
blocked = write("a-file", "x")
base = folder("bad-out")
os.makedirs(base)
write(os.path.join(base, "good.csv"), GOOD)
write(os.path.join(base, "sheet.csv"), "sample,data_path,um_per_px\ngood,good.csv,1\n")
good_sheet = os.path.join(base, "sheet.csv")
for ranks in (1, 3):
    done = cytotaxis("run", good_sheet, "--out", blocked, ranks=ranks, timeout=60)
    check(done.returncode == 73, f"file as folder: {done.returncode} {done.stderr[-300:]}")
    done = cytotaxis("run", good_sheet, "--out", base, ranks=ranks, timeout=60)
    check(done.returncode == 73 and "not empty" in done.stderr, f"not empty: {done.stderr}")

# The guard: two tasks in the step, but each sees only itself.
done = cytotaxis("run", good_sheet, "--out", os.path.join(base, "o"), ranks=0,
                 env={"SLURM_STEP_NUM_TASKS": "2"})
check(done.returncode == 69 and "pmix" in done.stderr, f"guard: {done.stderr[-300:]}")
finish()
