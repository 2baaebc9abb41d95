"""The communication model of scaling.py: how counts go with ranks, what they cost.

Messages and bytes that a rank sends in the mean, on p ranks, are of these shapes; their
coefficients come from counts of real runs, by least squares of relative errors:

    exchange     bytes                        messages
    halo_rows    a (p - 1)/p                  b (p - 1)/p        two neighbours, one at the ends
    halo_cells   a (p - 1)/p                  b (p - 1)/p
    transpose    a (p - 1)/p²                 b (p - 1)          all of a strip but what stays
    route        a (p - 1)/p²                 b (p - 1)
    gather       a (p - 1)/p + c (p - 1)      b ⌈log2 p⌉         what is received
    reduce       a  (p > 1)                   b ⌈log2 p⌉

The formula of a halo holds while strips are higher than the halo is deep, that of routes
while every rank has something for every other; beyond, it is an upper bound.

An exchange takes latency x messages + bytes / bandwidth. Both are fitted to the time that
the rank spent in exchanges that waited least there. A phase takes

    time(p) = (work / p + rest) (1 + imbalance) + exchanges(p)

with work and rest (that more ranks do not shorten) from the processor time outside
exchanges on the ranks that were measured. Price: two numbers for a network say nothing of
crowding and distance within it; counts are exact, times are a guess with its reasons told.
"""
import math

import numpy as np

RANKS = [2**k for k in range(13)]  # 1 ... 4096
HALOS = {"halo_rows", "halo_cells"}


def rounds(p):
    return math.ceil(math.log2(p)) if p > 1 else 0


BYTES = {
    "halo_rows": [lambda p: (p - 1) / p],
    "halo_cells": [lambda p: (p - 1) / p],
    "transpose": [lambda p: (p - 1) / p**2],
    "route": [lambda p: (p - 1) / p**2],
    "gather": [lambda p: (p - 1) / p, lambda p: p - 1],
    "reduce": [lambda p: float(p > 1)],
}
MESSAGES = {
    "halo_rows": [lambda p: (p - 1) / p],
    "halo_cells": [lambda p: (p - 1) / p],
    "transpose": [lambda p: p - 1],
    "route": [lambda p: p - 1],
    "gather": [rounds],
    "reduce": [rounds],
}
MUST_HOLD = {"halo_rows", "transpose"}  # the others depend on where cells lie


class Shape:
    """A sum of shapes with the coefficients that fit counts best."""

    def __init__(self, shapes, counts):
        """@p counts: by number of ranks, of more than one."""
        self.shapes = shapes
        used = [(p, n) for p, n in counts.items() if p > 1 and n > 0]
        rows = [[f(p) / n for f in shapes] for p, n in used]
        self.weights = (np.linalg.lstsq(rows, np.ones(len(used)), rcond=None)[0]
                        if used else np.zeros(len(shapes)))  # fmt: skip

    def __call__(self, p):
        return float(sum(w * f(p) for w, f in zip(self.weights, self.shapes)))


def way(exchange):
    return "bytes_received" if exchange == "gather" else "bytes_sent"


def counted(phase, exchange, key):
    kind = phase["exchanges"].get(exchange)
    return kind[key]["mean"] if kind else 0.0


def shapes_of(by_ranks):
    """{(phase, exchange): (bytes, messages)} of what any run exchanged."""
    found = {}
    for phase in next(iter(by_ranks.values())):
        for exchange in BYTES:
            get = lambda key: {n: counted(phases[phase], exchange, key)  # noqa: E731
                               for n, phases in by_ranks.items()}  # fmt: skip
            sent = get(way(exchange))
            if any(sent.values()):
                found[phase, exchange] = (Shape(BYTES[exchange], sent),
                                          Shape(MESSAGES[exchange], get("messages")))  # fmt: skip
    return found


def formula_rows(by_ranks):
    """Counts against formulas, as far as a formula promises anything."""
    for (phase, exchange), (size, messages) in shapes_of(by_ranks).items():
        for n, phases in sorted(by_ranks.items()):
            got = counted(phases[phase], exchange, way(exchange))
            if n == 1 or not got:
                continue
            yield {"phase": phase, "exchange": exchange, "ranks": n, "bytes": got,
                   "formula": size(n), "off": got / size(n) - 1,
                   "messages": counted(phases[phase], exchange, "messages"),
                   "messages_formula": messages(n),
                   "must_hold": int(exchange in MUST_HOLD)}  # fmt: skip


def counts(phases):
    """What a rank sent in all phases, mean over ranks; empty where it was not counted."""
    total = lambda key, of=BYTES: sum(counted(p, e, key(e))  # noqa: E731
                                      for p in phases.values() for e in of)  # fmt: skip
    return {"bytes_counted": total(way) if phases else "",
            "halo_bytes_counted": total(way, HALOS) if phases else "",
            "messages_counted": total(lambda _: "messages") if phases else ""}  # fmt: skip


# --- time -------------------------------------------------------------------------------


def exchanged(phase):
    """(messages, bytes) of a phase, mean over ranks, all exchanges."""
    kinds = phase["exchanges"]
    return (sum(k["messages"]["mean"] for k in kinds.values()),
            sum(k[way(name)]["mean"] for name, k in kinds.items()))  # fmt: skip


class Model:
    def __init__(self, latency_s, per_byte_s, shapes, work, cells):
        self.latency_s, self.per_byte_s = latency_s, per_byte_s
        self.shapes, self.work, self.cells = shapes, work, cells

    def words(self):
        rate = 1e-6 / self.per_byte_s if self.per_byte_s > 0 else math.inf
        return (f"model: {self.latency_s * 1e6:.3g} us a message, {rate:.4g} MB/s a rank; "
                f"computing on one rank {sum(w for w, *_ in self.work.values()):.3g} s")

    def exchange_s(self, phase, p):
        sizes = [s for (name, _), s in self.shapes.items() if name == phase]
        return sum(self.latency_s * m(p) + self.per_byte_s * b(p) for b, m in sizes)

    def phase_s(self, phase, p):
        work, rest, imbalance = self.work[phase]
        return (work / p + rest) * (1 + imbalance * (p > 1)) + self.exchange_s(phase, p)

    def predictions(self, rows, by_ranks):
        """For the slide whose counts were taken; @p rows of its raster. Beside what the
        formulas say stands what was counted on as many ranks."""
        one = sum(self.phase_s(name, 1) for name in self.work)
        for p in RANKS:
            each = {name: self.phase_s(name, p) for name in self.work}
            total = sum(each.values())
            halos = [s for (_, exchange), s in self.shapes.items() if exchange in HALOS]
            yield {"ranks": p, "cells": self.cells, "cells_per_rank": self.cells / p,
                   "rows_per_rank": rows / p, "time_s": total, "efficiency": one / total / p,
                   "exchange_s": sum(self.exchange_s(name, p) for name in self.work),
                   "bytes_per_rank": sum(b(p) for b, _ in self.shapes.values()),
                   "halo_bytes_per_rank": sum(b(p) for b, _ in halos),
                   "messages_per_rank": sum(m(p) for _, m in self.shapes.values()),
                   **counts(by_ranks.get(p)),
                   **{f"{name}_s": t for name, t in each.items()}}  # fmt: skip


def fit_network(phases_of_points):
    """(latency, seconds a byte), never negative, by least squares."""
    rows, times = [], []
    for phases in phases_of_points:
        for phase in phases.values():
            messages, size = exchanged(phase)
            if messages > 0:
                rows.append([messages, size])
                times.append(phase["exchange_s"]["min"])
    if not rows:
        return 0.0, 0.0
    a, t = np.array(rows, float), np.array(times)
    both = np.linalg.lstsq(a, t, rcond=None)[0]
    if (both >= 0).all():
        return float(both[0]), float(both[1])
    alone = [max(0.0, float(a[:, k] @ t / (a[:, k] @ a[:, k]))) for k in (0, 1)]
    error = [np.sum((t - a[:, k] * alone[k]) ** 2) for k in (0, 1)]
    return (alone[0], 0.0) if error[0] <= error[1] else (0.0, alone[1])


def work_of(points, cells):
    """{phase: (work, rest, imbalance)} of a slide of @p cells, from strong scaling: the
    processor time of all ranks is work + p rest."""
    strong = [p for p in points if p.kind == "strong"] or points
    largest = max(p.cells for p in strong)
    found = {}
    for name in strong[0].phases():
        rows, total, uneven = [], [], 0.0
        for p in (p for p in strong if p.cells == largest):
            phase = p.phases()[name]
            rows.append([1.0, p.ranks])
            total.append(phase["busy_s"]["mean"] * p.ranks)
            uneven = max(uneven, phase["imbalance"])
        work, rest = (np.linalg.lstsq(rows, total, rcond=None)[0] if len(rows) > 1
                      else (total[0], 0.0))  # fmt: skip
        if rest < 0 or work < 0:
            work, rest = float(np.mean(total)), 0.0
        found[name] = (work * cells / largest, rest * cells / largest, uneven)
    return found


def fit(points, by_ranks, cells):
    """The model of a slide of @p cells whose counts by ranks are given; timed were others
    of the same kind on @p points."""
    latency, per_byte = fit_network([p.phases() for p in points if p.ranks > 1])
    return Model(latency, per_byte, shapes_of(by_ranks), work_of(points, cells), cells)

