"""Small slides with known truth, written as CSV: senders in clumps, responders that
cluster for reasons of their own, prefer the stroma, and follow occupancy if they are
told to."""
import os

import numpy as np
from scipy.special import k0

from common import *

SIDE, LAMBDA = 900.0, 60.0  # um
C_OVER_KD = 1000.0  # at c = 1 per um2: occupancy takes values from 0 to 0.9
SENDERS, OTHERS, PARENTS, OFFSPRING, SPREAD = 60, 700, 45, 8, 20.0
COLUMNS = "x,y,cell_type,L,M,R"


def uniform(rng, n):
    return rng.uniform(0, SIDE, (n, 2))


def clumps(rng, n_parents, per_parent, spread):
    around = np.repeat(uniform(rng, n_parents), per_parent, axis=0)
    return np.clip(around + rng.normal(0, spread, around.shape), 0, SIDE - 1e-6)


def field(at, senders, rate):
    """Sum of K0: the steady field of points in an unbounded plane."""
    r = np.hypot(*(at[:, None] - senders[None]).transpose(2, 0, 1))
    return (rate * k0(np.maximum(r, 5.0) / LAMBDA)).sum(axis=1) / (2 * np.pi * LAMBDA ** 2)


def in_stroma(at):
    return at[:, 0] > SIDE / 2


class Scene:
    """One slide. The signal is of gene L; gene M is as abundant in the same senders."""

    def __init__(self, seed, beta=0.0, drift="L", wall=0.0, receptor=False):
        rng = np.random.default_rng(seed)
        self.senders = clumps(rng, SENDERS // 4, 4, 30.0)
        n = len(self.senders)
        self.genes = {g: np.round(rng.lognormal(2, 1, n)) for g in "LM"}
        self.others = uniform(rng, OTHERS)
        self.walls = clumps(rng, 12, 12, 40.0)
        self.cells = self.place(rng, beta, self.theta(drift), wall)
        self.poor = self.place(rng, 0, None, 0) if receptor else None

    def theta(self, gene):
        """Occupancy of the field that senders of the gene make."""
        def at(places):
            c = C_OVER_KD * field(places, self.senders, self.genes[gene])
            return c / (1 + c)
        return at

    def place(self, rng, beta, theta, wall):
        """Clumps of responders, half as many in the tumour, thinned by drift and wall."""
        at = clumps(rng, (4 if beta == 0 else 12) * PARENTS, OFFSPRING, SPREAD)
        log_keep = np.where(in_stroma(at), 0.0, np.log(0.5))
        if beta:
            log_keep = log_keep + beta * theta(at) - max(beta, 0)
        if wall:
            d = np.hypot(*(at[:, None] - self.walls[None]).transpose(2, 0, 1))
            log_keep = log_keep - wall * np.log1p((d < 60).sum(axis=1))
        at = at[rng.uniform(size=len(at)) < np.exp(log_keep)]
        return at[rng.permutation(len(at))[:PARENTS * OFFSPRING]]

    def write(self, path, rng):
        rows = [COLUMNS]
        put = lambda at, kind, genes=None: rows.extend(
            f"{x:.6f},{y:.6f},{kind},{','.join(str(g) for g in genes(i))}"
            for i, (x, y) in enumerate(at))
        none = lambda i: (0, 0, 0)
        put(self.senders, "Sender", lambda i: (self.genes["L"][i], self.genes["M"][i], 0))
        put(self.others[in_stroma(self.others)], "Stroma", none)
        put(self.others[~in_stroma(self.others)], "Tumour", none)
        put(self.walls, "Wall", none)
        if self.poor is None:
            put(self.cells, "T", lambda i: (0, 0, int(rng.poisson(3))))
        else:
            put(self.cells, "T", lambda i: (0, 0, 5 + int(rng.poisson(3))))
            put(self.poor, "T", lambda i: (0, 0, int(rng.integers(0, 4))))
        with open(path, "w") as f:
            f.write("\n".join(rows) + "\n")


def cohort_of(name, n, first_seed=1, **how):
    made = folder(name)
    os.makedirs(os.path.join(made, "slides"))
    half = SIDE / 2
    write(os.path.join(made, "halves.geojson"), geojson([
        (label, [[[x, -9], [x + half + 9, -9], [x + half + 9, SIDE + 9], [x, SIDE + 9]]])
        for label, x in (("tumour", -9), ("stroma", half))]))
    rows = ["sample,data_path,um_per_px,x,y,type,regions,regions_um_per_px"]
    for k in range(n):
        scene = Scene(first_seed + k, **how)
        scene.write(os.path.join(made, "slides", f"S{k:04d}.csv"),
                    np.random.default_rng((first_seed + k, 1)))
        rows.append(f"S{k:04d},slides/S{k:04d}.csv,1,x,y,cell_type,halves.geojson,1")
    return write(os.path.join(made, "samplesheet.csv"), "\n".join(rows) + "\n")
