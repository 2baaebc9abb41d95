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
SVG_SIZE = (640, 400)


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

    def predictions(self, rows):
        """For the slide whose counts were taken; @p rows of its raster."""
        one = sum(self.phase_s(name, 1) for name in self.work)
        for p in RANKS:
            each = {name: self.phase_s(name, p) for name in self.work}
            total = sum(each.values())
            sent = sum(b(p) for b, _ in self.shapes.values())
            yield {"ranks": p, "cells": self.cells, "cells_per_rank": self.cells / p,
                   "rows_per_rank": rows / p, "time_s": total, "efficiency": one / total / p,
                   "exchange_s": sum(self.exchange_s(name, p) for name in self.work),
                   "bytes_per_rank": sent,
                   "messages_per_rank": sum(m(p) for _, m in self.shapes.values()),
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


# --- a picture --------------------------------------------------------------------------


def polyline(points, colour, dashed=False):
    way_ = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<polyline points="{way_}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'


def text(x, y, words, anchor="middle"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" '
            f'font-family="sans-serif" font-size="12">{words}</text>')


def draw(path, rows, predicted):
    """Efficiency over ranks: measured (dots, lines) and predicted (dashed)."""
    width, height = SVG_SIZE
    left, top, right, bottom = 60, 30, width - 20, height - 50
    at = lambda p, e: (left + (right - left) * math.log2(p) / math.log2(RANKS[-1]),  # noqa
                       bottom - (bottom - top) * min(e, 1.1) / 1.1)  # fmt: skip
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">',
             '<rect width="100%" height="100%" fill="white"/>',
             text(width / 2, 18, "Efficiency against one rank"),
             text(width / 2, height - 10, "ranks")]  # fmt: skip
    for e in (0, 0.2, 0.4, 0.6, 0.8, 1.0):
        (x, y), (end, _) = at(1, e), at(RANKS[-1], e)
        parts += [f'<line x1="{x}" y1="{y:.1f}" x2="{end}" y2="{y:.1f}" stroke="#ddd"/>',
                  text(left - 8, y + 4, f"{e:.0%}", "end")]  # fmt: skip
    parts += [text(at(p, 0)[0], bottom + 18, p) for p in RANKS]
    lines = {"strong": ("#1b6ca8", "one slide, computing", "compute_efficiency"),
             "weak": ("#2e8b57", "a slide for each rank, computing", "compute_efficiency"),
             "cohort": ("#b8500f", "cohort, whole run", "run_efficiency")}  # fmt: skip
    for k, (kind, (colour, words, key)) in enumerate(lines.items()):
        dots = [at(r["ranks"], r[key]) for r in rows if r["kind"] == kind and r[key] != ""]
        parts += [polyline(dots, colour)] if dots else []
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in dots]
        parts += [f'<rect x="{right - 230}" y="{top + 6 + 18 * k}" width="12" height="12" '
                  f'fill="{colour}"/>', text(right - 212, top + 16 + 18 * k, words, "start")]
    told = [at(r["ranks"], r["efficiency"]) for r in predicted]
    parts += [polyline(told, "#555", dashed=True),
              text(right - 212, top + 70, "dashed: the model, one slide", "start"), "</svg>"]
    path.write_text("\n".join(parts) + "\n")
