#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The elliptic solver against SciPy's sparse LU, on small media of every kind.

    test_elliptic.py SOLVE_MEDIUM MPIEXEC FOLDER

The equations are written here a second time, from cytotaxis/elliptic.h.
"""
import os
import subprocess
import sys

import numpy as np
import scipy.sparse as sparse
from scipy.sparse.linalg import spsolve

SOLVER, MPIEXEC, FOLDER = sys.argv[1:]
TOLERANCE = 1e-12
# What a residual of 1e-12 may leave at a condition of 1e4; measured below 1e-12.
AGREEMENT = 1e-9
# lambda is 1e4 pixels: the rounding of c alone is amplified by diag(A) / k = 4e8.
AGREEMENT_SINGULAR = 1e-7


def matrix(d, k, h):
    """A on all pixels; outside the tissue the identity."""
    n = np.arange(d.size).reshape(d.shape)
    rows, cols, values = [], [], []
    diagonal = np.where(d > 0, k, 1.0)
    for here, there in (((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
                        ((slice(None, -1), slice(None)), (slice(1, None), slice(None)))):
        a, b = d[here], d[there]
        with np.errstate(invalid="ignore"):
            w = np.where((a > 0) & (b > 0), 2 * a * b / (a + b), 0) / h**2
        for p, q in ((here, there), (there, here)):
            rows.append(n[p].ravel())
            cols.append(n[q].ravel())
            values.append(-w.ravel())
            diagonal[p] += w
    rows.append(n.ravel())
    cols.append(n.ravel())
    values.append(diagonal.ravel())
    parts = (np.concatenate(x) for x in (values, rows, cols))
    values, rows, cols = parts
    return sparse.csc_matrix((values, (rows, cols)), shape=(d.size, d.size))


def smooth(rng, shape, times=12):
    """Random numbers with a correlation of some pixels, 0 to 1."""
    x = rng.random(shape)
    for _ in range(times):
        p = np.pad(x, 1, mode="edge")
        x = (x + p[:-2, 1:-1] + p[2:, 1:-1] + p[1:-1, :-2] + p[1:-1, 2:]) / 5
    return (x - x.min()) / (np.ptp(x) or 1)


def ours(name, ranks, d, k, s, h):
    source, out = (os.path.join(FOLDER, f"{name}.{end}") for end in ("in", "out"))
    with open(source, "wb") as f:
        np.array(d.shape, "<u8").tofile(f)
        np.array([h, TOLERANCE]).tofile(f)
        for raster in (d, k, s):
            raster.astype("<f8").tofile(f)
    subprocess.run([MPIEXEC, "-n", str(ranks), SOLVER, source, out], check=True)
    told = np.fromfile(out, "<f8")
    os.remove(source)
    os.remove(out)
    return told[0], told[1], told[2], told[3:].reshape(d.shape)


def media():
    """(name, D, k, s, h, agreement)"""
    rng = np.random.default_rng(4)
    for contrast in (1, 10, 100, 1e4):
        for shape in ((61, 83), (128, 40), (97, 96)):
            holes = smooth(rng, shape) > 0.3
            d = holes * contrast ** -(smooth(rng, shape) > 0.5).astype(float)
            k = np.full(shape, 4e-4)
            yield f"patches-{contrast:g}", d, k, sparse_source(rng, d), 1.0, AGREEMENT
            theta = np.log(contrast) * smooth(rng, shape)  # a time step: D and k together
            d, k = holes * np.exp(theta), np.exp(theta) / 50
            yield f"step-{contrast:g}", d, k, sparse_source(rng, d), 1.0, AGREEMENT
            d = contrast ** -rng.random(shape) * (rng.random(shape) > 0.35)
            k = 1e-3 * contrast ** rng.random(shape)
            yield f"specks-{contrast:g}", d, k, sparse_source(rng, d), 2.5, AGREEMENT
    shape = (90, 70)
    d = (smooth(rng, shape) > 0.3).astype(float)
    s = sparse_source(rng, d)
    yield "huge k", d, np.full(shape, 100.0), s, 1.0, AGREEMENT
    yield "tiny k", d, np.full(shape, 1e-8), s, 1.0, AGREEMENT_SINGULAR
    yield "units of metres", d * 1e-12, np.full(shape, 1e-3), s * 1e-20, 1e-5, AGREEMENT


def sparse_source(rng, d):
    return (rng.random(d.shape) < 0.05) * rng.random(d.shape) * (d > 0)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    wrong = 0
    for number, (name, d, k, s, h, agreement) in enumerate(media()):
        want = np.where(d > 0, spsolve(matrix(d, k, h), s.ravel()).reshape(d.shape), 0)
        iterations, residual, bound, got = ours(f"medium{number}", 1 + 2 * (number % 2),
                                                d, k, s, h)  # fmt: skip
        error = np.abs(got - want).max()
        relative = error / np.abs(want).max()
        good = relative < agreement and np.all(got[d == 0] == 0)
        wrong += not good
        print(f"{name}: {iterations:.0f} iterations, residual {residual:.1e}, largest "
              f"difference {relative:.1e} of the largest value"
              f"{'' if good else ': WRONG'}")  # fmt: skip
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
