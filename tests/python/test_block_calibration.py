#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What predictions of a block are worth, on slides whose truth is known.

    test_block_calibration.py PROGRAM MPIEXEC FOLDER

Responders are drawn with density B exp(beta theta), B being a third in tumour nests of what
it is in stroma, and theta the occupancy by a field that is a sum of K0. Without the trap they
would be spread as B, under a blocker as B exp(beta theta_A): shares in the nests that follow
from B, beta and the field alone. Of 20 slides, or with CYTOTAXIS_FULL 500, predictions must
be off by no more than chance on average, where the observed shares are off by far more.

What is predicted here is the mean over slides: the interval of a slide is that of its slope,
and does not hold what chance does to where its few responders are.
"""
import functools
import sys
from pathlib import Path

import h5py
import numpy as np

import rows
import test_trap_calibration as trap

check = rows.Checks()
N_SLIDES, N_RESPONDERS = 500 if trap.FULL else 20, 600
BETA, IN_NESTS, DOSES = 4.0, 1 / 3, (3, 30)
PLACES = 8000   # of the integrals over a slide
CHANCE = 3.3     # standard errors: one in a thousand

CONFIG = f"""
grid: {{spacing_um: 5, padding_um: 200}}
tissue: {{from: bbox}}
units: {{gate: off}}
output: {{fields: none}}
compartments: {{from: regions, tumour: nest}}
signals:
  - {{name: s, ligand: [L], expression: {{transform: counts}}, senders: Myofibroblast,
     responders: CD8 T, lambda_um: {trap.PLANTED}, c_over_kd: {trap.F}}}
trap: {{block_lambdas: 4, bandwidth_um: 60, margin_knots_um: []}}
block: {{doses: [{', '.join(map(str, DOSES))}], law: competitive}}
"""


class Truth:
    """One slide's nests and field, and shares that follow from them."""

    def __init__(self, random):
        self.nests = trap.Nests(random)
        self.plane = trap.Plane(random, self.nests.is_stroma, 120)
        self.places = random.uniform(0, trap.SIDE, (PLACES, 2))

    def base(self, xy):
        return np.where(self.nests.is_stroma(xy), 1, IN_NESTS)

    def cells(self, random):
        keep = lambda xy: self.base(xy) * np.exp(BETA * (self.plane.theta(xy) - 1))
        others = trap.drawn(random, 1500, trap.everywhere)
        return [("Myofibroblast", self.plane.at, self.plane.amount),
                ("CD8 T", trap.drawn(random, N_RESPONDERS, keep)), ("Fibroblast", others)]

    @functools.cached_property
    def theta(self):
        """At the places; dear, and the same for all doses."""
        return self.plane.theta(self.places)

    def share(self, dose):
        theta = self.theta
        blocked = theta / (1 + dose * (1 - theta))  # competitive: f c = theta / (1 - theta)
        weight = self.base(self.places) * np.exp(BETA * blocked)
        return weight[~self.nests.is_stroma(self.places)].sum() / weight.sum()


truths = []


def planted(random):
    truths.append(Truth(random))
    return truths[-1].nests, truths[-1].cells(random)


def table(out, k):
    with h5py.File(Path(out, f"slides/S{k:04}.h5ad")) as f:
        block = f["uns/block"]
        law = block["c_over_kd"][()] == trap.F  # not the low-dose limit
        return dict(zip(block["dose"][()][law], block["tumour_share"][()][law]))


program, mpiexec, folder = sys.argv[1:4]
cohort = trap.Cohort(folder, "block", N_SLIDES, planted)
cohort.run(program, mpiexec, "run", CONFIG)
predicted = [table(cohort.out, k) for k in range(N_SLIDES)]
observed = np.array([p[0] for p in predicted])
for dose in (*DOSES, np.inf):
    want = np.array([t.share(dose) for t in truths])
    got = np.array([p[dose] for p in predicted])
    off, was = got - want, observed - want
    error = off.std(ddof=1) / np.sqrt(N_SLIDES)
    print(f"dose {dose}: truth {want.mean():.4f}, predicted {got.mean():.4f} +- {error:.4f}, "
          f"observed {observed.mean():.4f}", flush=True)
    check(abs(off.mean()) < CHANCE * error, f"dose {dose}: biased by {off.mean():.4f}")
    check(abs(was.mean()) > CHANCE * error, f"dose {dose}: nothing to predict")
sys.exit(check.done(6))
