#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Generalised linear models against R's glm(), their sandwich against clubSandwich, and
natural splines against splines::ns().

    test_glm.py GLM_OF MPIEXEC FOLDER
"""
import subprocess
import sys
from pathlib import Path

import numpy as np

import rows

check = rows.Checks()
HERE = Path(__file__).parent
RANKS = (1, 2, 3, 4, 7)

# Relative to the standard error: two ways to round the same normal equations.
SAME_POISSON, SAME_LOGISTIC = 1e-6, 1e-8
# Relative: clubSandwich decomposes whole blocks, we their normal equations.
SAME_SANDWICH = 1e-6


class Model:
    """Items on the rows of a raster, in blocks of several rows and runs of columns."""

    def __init__(self, name, family, x, y, row, block):
        order = np.lexsort((block, row))
        self.name, self.family = name, family
        self.x, self.y = x[order], y[order]
        self.row, self.block = row[order], block[order]

    def lines(self):
        return [" ".join([str(r), str(b), repr(float(y)), *(repr(float(v)) for v in x)])
                for r, b, y, x in zip(self.row, self.block, self.y, self.x)]

    def write(self, folder):
        n_coefs = self.x.shape[1]
        self.file = folder / f"{self.name}.txt"
        self.file.write_text("\n".join(
            [f"{self.family} {n_coefs} {self.row.max() + 1} {self.block.max() + 1} "
             f"{len(self.y)}", *self.lines()]) + "\n")
        self.table = folder / f"{self.name}.tsv"
        names = " ".join(f"x{k}" for k in range(n_coefs))
        self.table.write_text("\n".join([f"row block y {names}", *self.lines()]) + "\n")

    def ours(self, program, mpiexec):
        told = {n: subprocess.run([mpiexec, "-n", str(n), program, str(self.file)],
                                  check=True, capture_output=True, text=True).stdout
                for n in RANKS}
        for n in RANKS[1:]:
            check(told[n] == told[1], f"{self.name}: {n} ranks give other bits than 1")
        head, *lines = told[1].splitlines()
        end, likelihood, _steps = map(float, head.split())
        return int(end), likelihood, np.array([list(map(float, l.split())) for l in lines])

    def theirs(self, folder):
        out = folder / f"{self.name}.out"
        subprocess.run(["Rscript", "--vanilla", str(HERE / "glm.R"), self.family,
                        str(self.table), str(out)], check=True)
        return np.genfromtxt(out, ndmin=2)


def raster(random, n_rows=40, n_cols=60, block=10):
    """Row, block and smooth covariates of the pixels of a raster."""
    row, col = np.divmod(np.arange(n_rows * n_cols), n_cols)
    across = -(-n_cols // block)
    smooth = [np.sin(row / 7 + k) * np.cos(col / 9 + 2 * k) for k in range(3)]
    return row, row // block * across + col // block, smooth


def poisson_model(random):
    row, block, smooth = raster(random)
    part = (row > 18).astype(float)
    x = np.column_stack([np.ones(row.size), smooth[0], part, 5 + smooth[1],
                         np.exp(smooth[2])])
    mu = np.exp(x @ [-2.5, .5, -.8, .2, .7])
    return Model("poisson", "poisson", x, random.poisson(mu), row, block)


def logistic_model(random):
    row, block, smooth = raster(random)
    some = np.sort(random.choice(row.size, 700, replace=False))
    x = np.column_stack([np.ones(row.size), *smooth, random.normal(size=row.size)])[some]
    p = 1 / (1 + np.exp(-x @ [-.5, .8, 0, -.4, .3]))
    return Model("logistic", "logistic", x, (random.random(some.size) < p) * 1.,
                 row[some], block[some])


def aliased_model(random):
    m = poisson_model(random)
    twin = m.x[:, 1] - 2 * m.x[:, 3] + 3
    return Model("aliased", "poisson", np.column_stack([m.x[:, :4], twin, m.x[:, 4]]), m.y,
                 m.row, m.block)


def compare(model, program, mpiexec, folder, same):
    model.write(folder)
    end, _, ours = model.ours(program, mpiexec)
    theirs = model.theirs(folder)
    check(end == 0, f"{model.name}: not solved")
    check((ours[:, 0] == theirs[:, 4]).all(), f"{model.name}: other coefficients kept")
    kept = ours[:, 0] == 1
    se = np.sqrt(theirs[kept, 3])
    worst = (np.abs(ours[kept, 1] - theirs[kept, 0]) / se).max()
    check(worst <= same, f"{model.name}: coefficients differ by {worst:.2g} of their error")
    for ours_at, theirs_at, what in ((2, 1, "CR2"), (3, 2, "df"), (4, 3, "variance")):
        worst = np.abs(ours[kept, ours_at] / theirs[kept, theirs_at] - 1).max()
        check(worst <= SAME_SANDWICH, f"{model.name}: {what} differs by {worst:.2g}")


def refuse_separated(random, program, mpiexec, folder):
    m = logistic_model(random)
    m.name, m.y = "separated", (m.x[:, 1] > .2) * 1.
    m.write(folder)
    check(m.ours(program, mpiexec)[0] == 1, "separated cases: not called separated")
    m = poisson_model(random)
    m.name, m.y = "deserted", m.y * (m.x[:, 2] == 0)
    m.write(folder)
    check(m.ours(program, mpiexec)[0] == 1, "a part without cases: not called separated")


# Largest residual of one basis on the other, relative to the largest value: rounding.
SAME_SPAN = 1e-12


def compare_splines(program, folder):
    """Two bases of one space: each column of ours is a sum of R's, and there are as many."""
    for knots in ([-200, 0, 150], [-120, -40, -10, 25, 90, 300], [0, 50]):
        at = np.linspace(knots[0] - 100, knots[-1] + 100, 97)
        told = subprocess.run([program, "spline", str(len(knots)), *map(str, knots),
                               *map(repr, map(float, at))], check=True, text=True,
                              capture_output=True).stdout
        ours = np.array([list(map(float, line.split())) for line in told.splitlines()])
        out = folder / "ns.out"
        inner = ", ".join(map(str, knots[1:-1]))
        subprocess.run(["Rscript", "--vanilla", "-e", f"""
            at <- seq({at[0]!r}, {at[-1]!r}, length.out = {len(at)})
            b <- splines::ns(at, knots = c({inner}),
                             Boundary.knots = c({knots[0]}, {knots[-1]}))
            write.table(format(cbind(1, b), digits = 17), "{out}", quote = FALSE,
                        row.names = FALSE, col.names = FALSE)"""], check=True)
        theirs = np.loadtxt(out, ndmin=2)
        left = ours - theirs @ np.linalg.lstsq(theirs, ours, rcond=None)[0]
        worst = np.abs(left).max() / np.abs(ours).max()
        check(ours.shape[1] == theirs.shape[1] - 1, f"{knots}: other number of functions")
        check(worst <= SAME_SPAN, f"{knots}: not a natural spline of R by {worst:.2g}")
        rank = np.linalg.matrix_rank(np.column_stack([np.ones(len(at)), ours]))
        check(rank == theirs.shape[1], f"{knots}: some functions are not independent")


def main(program, mpiexec, folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(6)
    compare(poisson_model(random), program, mpiexec, folder, SAME_POISSON)
    compare(logistic_model(random), program, mpiexec, folder, SAME_LOGISTIC)
    compare(aliased_model(random), program, mpiexec, folder, SAME_POISSON)
    compare_splines(program, folder)
    refuse_separated(random, program, mpiexec, folder)
    return check.done(30)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
