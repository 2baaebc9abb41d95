"""The code of README.md, section "Reading the results", runs as it stands on a cohort that
`cytotaxis synth` made, in Python and in R, and both read what h5py reads."""
import os
import re

import anndata
import h5py
import numpy as np

from common import *

made, home = folder("readme-made"), folder("readme-home")
out = os.path.join(home, "results")
run_ok("synth", "--out", made, "--slides", 8, "--patients", 8, "--cells", 400, "--format",
       "csv")
run_ok("run", os.path.join(made, "samplesheet.csv"), "--config",
       os.path.join(made, "config.yaml"), "--out", out, "-q")

readme = open(os.path.join(SOURCE, "README.md"), encoding="utf-8").read()
section = readme[readme.index("\n## Reading the results\n"):]
section = section[:section.index("\n## ", 4)]


def block(language):
    found = re.findall(rf"^```{language}\n(.*?)^```$", section, re.S | re.M)
    check(len(found) == 1, f"README: {len(found)} blocks of {language}")
    return found[0]


with h5py.File(os.path.join(out, "cohort.h5ad")) as f:
    X = f["X"][()]
    slides, metrics = text(f["obs/_index"][()]), text(f["var/_index"][()])
    p = f["uns/tests/responder vs non-responder/p"][()]
    curve = f["uns/curves/margin_profile_per_mm2_CD8 T"]
    x, curves = curve["x"][()], curve["values"][()]
with h5py.File(os.path.join(out, "slides", "S01.fields.h5")) as f:
    field = f["signal/CXCL12-CXCR4/concentration"][()]


def python_reads_what_is_there():
    here = os.getcwd()
    os.chdir(home)
    names = {}
    try:
        exec(compile(block("python"), "README.md", "exec"), names)
    finally:
        os.chdir(here)
    values = names["values"]
    check(np.array_equal(values.to_numpy(), X, equal_nan=True) and
          list(values.index) == slides and list(values.columns) == metrics, "values")
    check(np.array_equal(names["distance"], X[:, metrics.index("nearest/median/CD8 T|Tumor")]),
          "distance")
    check(np.array_equal(np.sort(names["tests"]["p"]), np.sort(p), equal_nan=True) and
          names["best"]["p"].iloc[0] == np.nanmin(p), "tests")
    check(np.array_equal(names["profile"]["values"], curves, equal_nan=True), "profile")
    check(names["nearest"].shape == (400, 8) and 0 < names["inside"].sum() < 400, "slide")
    check(np.array_equal(names["concentration"], field, equal_nan=True), "raster")
    check(set(names["meaning"].columns) == {"unit", "description"}, "meaning")


SHOW = """
show <- function(name, value) write(format(as.vector(value), digits = 17), name, ncolumns = 1)
show("values.txt", t(values)); show("p.txt", tests$p); show("x.txt", x)
show("curves.txt", t(curves)); show("field.txt", t(concentration))
show("table.txt", t(as.matrix(table[, -(1:3)])))
writeLines(rownames(slides), "slides.txt"); writeLines(colnames(values), "metrics.txt")
writeLines(colnames(table)[-(1:3)], "columns.txt")
"""


def r_reads_what_is_there():
    script = write("readme-home/README.R", block("r") + SHOW)
    done = subprocess.run(["Rscript", "--vanilla", script], cwd=home, capture_output=True,
                          text=True, timeout=120)
    if not check(done.returncode == 0, f"R: {done.stderr[-1000:]}"):
        return

    def lines(name):
        return open(os.path.join(home, name), encoding="utf-8").read().splitlines()

    def numbers(name):
        return np.array([float(v.strip().replace("NA", "nan")) for v in lines(name)])
    for name, want in (("values", X), ("p", p), ("x", x), ("curves", curves),
                       ("field", field), ("table", X)):
        check(np.array_equal(numbers(f"{name}.txt"), want.ravel().astype(float),
                             equal_nan=True), f"R: {name}")
    check(lines("slides.txt") == slides and lines("metrics.txt") == metrics and
          lines("columns.txt") == metrics, "R: names")


python_reads_what_is_there()
r_reads_what_is_there()
finish()
