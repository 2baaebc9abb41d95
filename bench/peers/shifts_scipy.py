"""Scores of fields at all shifts at once, as cross-correlations by scipy's transforms:
the fields and compartments of bench_shifts.c.

shifts_scipy.py SIDE

A shift more costs nothing here; a compartment more costs a transform of each field and
another back.
"""
import sys

import numpy as np
from scipy import fft

from pace import serve

FIELDS, SHIFTS, PARTS = 8, 99, 2


def make_scene(side):
    row, col = np.ogrid[:side, :side]
    part = np.where((row // 32 + 3 * (col // 32)) % 5 == 4, 0,
                    1 + (row // 64 + col // 64) % 2)  # fmt: skip
    weight = (32 + (7 * row + 13 * col) % 97) / 128
    residual = ((31 * row + 17 * col) % 251) / 256 - 0.5
    fields = [((row * row // (k + 2) + 3 * col) % 1021) / 1024 for k in range(FIELDS)]
    return part, weight, residual, fields


def main(side):
    side = int(side)
    part, weight, residual, fields = make_scene(side)
    shape = (side, side)

    def once():
        models, everything = [], 0
        for p in range(1, PARTS + 1):
            mask = part == p
            r, m = (np.conj(fft.rfft2(v * mask)) for v in (residual, weight))
            like = fft.rfft2(mask.astype(float))
            kept = fft.irfft2(m * like, shape)
            models.append((mask, r, m, fft.irfft2(r * like, shape) / kept))
            everything = everything + kept
        scores = []
        for field in fields:
            score = 0
            for mask, r, m, ratio in models:
                f = fft.rfft2(field * mask)
                score = score + fft.irfft2(r * f, shape) - ratio * fft.irfft2(m * f, shape)
            scores.append(score / np.sqrt(everything))
        return scores

    np.seterr(all="ignore")  # shifts that leave nothing

    serve("shifts", side * side * FIELDS * (SHIFTS + 1), 1, once,
          lambda scores: sum(score[0, 0] for score in scores))  # fmt: skip


main(*sys.argv[1:])
