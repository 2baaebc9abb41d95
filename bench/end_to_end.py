#!/usr/bin/python3
"""Measure `cytotaxis run` against what people do today: the same analyses of the same
slide, from .h5ad to .h5ad, in Python (peers/end_to_end.py), in turns.

    bench/end_to_end.py [--build DIR] [--sizes N ...] [--cores N ...] [--repeats N]
    bench/end_to_end.py --quick      5,000 cells: are both alive, do they agree?

Both read the cells and ten genes, find the nearest cell of each type, make a distance map
of each, the steady field of one signal and its gradient at the cells, count pairs by type
and radius, connect neighbours, say how enriched each two types are among them, score the
genes by Moran's I, and write it all. Every number is compared; TOLERANCE says how near
two must be, and why. We start anew each turn, MPI and all, make metrics of two types for a
cohort and draw a report; the peer's imports and compiling are done before its clock starts.

Enrichment is expected exactly by us and by PERMUTATIONS by the peer, as squidpy has it;
a second row does not count them. Exit status 1 when a number differs.
"""
import argparse
import json
import os
import sys
from pathlib import Path

import numpy as np

import run
import points

PERMUTATIONS = 1000  # squidpy's default
STEPS = {  # what we call it, and what the peer does for it
    "read": ["read"], "strips": [], "nearest": ["nearest"], "tissue": [],
    "maps": ["distance maps"], "signals": ["signal"],
    "patterns": ["pairs", "Delaunay", "permutations", "Moran"], "write": ["write"],
}  # fmt: skip
CONFIG = """\
signals:
  - {name: CXCL12, ligand: [CXCL12], expression: {transform: counts},
     senders: [Endothelial], lambda_um: 120}
patterns:
  pair_radii_um: [%s]
  metric_types: [Tumour, CD8 T]
  graph: delaunay
  genes: [%s]
""" % (", ".join(str(r) for r in range(5, 101, 5)), ", ".join(points.GENES[:10]))
TOLERANCE = {  # relative to the largest; 0: the same
    "composition": 0, "pairs": 0, "enrichment": 0,
    "maps": 1e-6,  # kept in single precision
    "nearest": 1e-12, "co_occurrence": 1e-12,  # sums in another order
    "felt": 1e-9,  # transforms of other libraries, clipped differences
    "moran": 1e-6,  # squidpy adds in single precision
}  # fmt: skip
SIGMAS = 6  # of 100 z by permutations, none is farther from the exact z


class Peer(run.Server):
    """Python, which also tells how long each step took."""

    def __init__(self, name, cores, command, env, out):
        super().__init__(name, cores, command, env)
        self.out, self.steps = out, []

    def take_turn(self):
        super().take_turn()
        self.steps.append(json.loads(Path(f"{self.out}.json").read_text())["step"])

    def without(self, step):
        """The same, not counting a step."""
        other = object.__new__(run.Server)
        other.name, other.cores = self.name, self.cores
        kept = self.steps[-len(self.turns):]
        other.turns = [run.Turn(t.size, t.wall_s - s[step], t.check, t.peak_mb)
                       for t, s in zip(self.turns, kept)]  # fmt: skip
        return other


# --- what both found --------------------------------------------------------------------


def square(frame, column, types, n_radii):
    """[types, types, radii] of a table with a row for each."""
    at = {name: i for i, name in enumerate(types)}
    values = np.zeros((len(types), len(types), n_radii))
    a, b = (frame[c].astype(str).map(at).to_numpy() for c in ("type_a", "type_b"))
    k = frame.groupby(["type_a", "type_b"], observed=True).cumcount().to_numpy()
    values[a, b, k] = frame[column]
    return values


def ours_found(results, types):
    """What a run wrote, under the names and in the order of types that the peer uses."""
    import anndata  # after HDF5_PLUGIN_PATH is set
    import h5py

    slide = anndata.read_h5ad(results / "slides" / "bench.h5ad")
    types = [str(name) for name in types]
    pairs, graph = slide.uns["pairs"], slide.uns["enrichment"]
    n_radii = len(pairs) // len(types) ** 2
    felt = slide.obsm["CXCL12"][["concentration", "grad_x", "grad_y"]]
    metrics = slide.uns["metrics"]
    counted = metrics[(metrics.analysis == "composition") & (metrics.statistic == "count")]
    with h5py.File(results / "slides" / "bench.fields.h5") as f:
        maps = np.stack([f[f"distance_um/{name}"][:] for name in types])
    return {
        "composition": counted.set_index("type_a").value[types].to_numpy(),
        "nearest": slide.obsm["nearest_um"][types].to_numpy(),
        "maps": maps, "felt": felt.to_numpy(),
        "pairs": square(pairs, "count", types, n_radii),
        "co_occurrence": square(pairs, "co_occurrence", types, n_radii),
        "enrichment": square(graph, "count", types, 1)[:, :, 0],
        "z": square(graph, "z", types, 1)[:, :, 0],
        "moran": slide.uns["autocorrelation"]["moran"][points.GENES[:10]].to_numpy(),
    }  # fmt: skip


def farthest(name, a, b):
    """Largest difference; of each column of a table that has its own unit."""
    if not np.array_equal(np.isnan(a), np.isnan(b)):
        return np.inf
    axis = 0 if name == "felt" else None
    scale = np.maximum(np.nanmax(np.abs(a), axis=axis), 1e-300)
    return np.max(np.nanmax(np.abs(a - b), axis=axis) / scale)


def complaints(ours, peer, permutations):
    for name, most in TOLERANCE.items():
        found = farthest(name, np.asarray(ours[name], float), np.asarray(peer[name], float))
        print(f"  {name}: differs by {found:.1e}, may by {most:.0e}")
        if not found <= most:
            yield f"{name}: {found!r}"
    error = np.sqrt((1 + ours["z"] ** 2 / 2) / permutations)  # of a mean and of a sd
    sigmas = np.nanmax(np.abs(ours["z"] - peer["z"]) / error)
    print(f"  enrichment z: differs by {sigmas:.1f} standard errors, may by {SIGMAS}")
    if not sigmas <= SIGMAS:
        yield f"z: {sigmas!r} standard errors"


# --- measuring --------------------------------------------------------------------------


def make_slide(where, n_cells):
    """The slide of that size, its cells moved by less than half of their lattice: where no
    four cells lie on one circle, there is one Delaunay graph."""
    import anndata

    path = where.data / f"moved{n_cells}.h5ad"
    if not path.exists():
        slide = anndata.read_h5ad(f"{where.slide(n_cells)}.h5ad")
        step = 0.49 / points.LATTICE_PER_UM
        slide.obsm["spatial"] += np.random.default_rng(run.SEED).uniform(
            -step, step, slide.obsm["spatial"].shape)  # fmt: skip
        slide.write_h5ad(path)
    return path


def start_ours(where, slide, n_cells, cores):
    sheet, config = where.data / "moved.csv", where.data / "end-to-end.yaml"
    sheet.write_text(f"sample,data_path,um_per_px\nbench,{slide.name},1\n")
    config.write_text(CONFIG)
    out = where.data / f"end-to-end-{cores}"
    command = where.mpiexec(cores, where.tool("cytotaxis"), "run", sheet, "--config",
                            config, "--out", out, "-q")  # fmt: skip
    return run.Launch("ours", cores, command, out, n_cells, where.env)


def start_peer(where, slide, cores, options):
    out = where.data / f"peer-{cores}"
    script = run.HERE / "peers" / "end_to_end.py"
    command = [peer_python(where, options), "-W", "ignore", script, slide, cores,
               options.permutations, out]  # fmt: skip
    peer = Peer("Python", cores, command, where.env, out)
    peer.wait_until_ready()
    return peer


def peer_python(where, options):
    """With squidpy where tests/squidpy.sh has put it; its import alone takes a smoke test's
    time."""
    quick = options.quick and not os.environ.get("CYTOTAXIS_FULL")
    there = where.squidpy_python.exists() and not quick
    return where.squidpy_python if there else run.PYTHON


def print_steps(ours, peer):
    """Seconds of each step on as many cores, of the last turn."""
    told = json.loads((ours.out / "run.json").read_text())
    print(f"\n| step, {ours.cores} core(s) | ours, s | Python, s |\n|---|---|---|")
    for phase, steps in STEPS.items():
        parts = [f"{name} {peer.steps[-1][name]:.3g}" for name in steps]
        print(f"| {phase} | {told['slides'][0]['phases_s'][phase]:.3g} | {', '.join(parts)} |")
    rest = ours.turns[-1].wall_s - told["slides"][0]["wall_s"]
    print(f"| start, cohort, report | {rest:.3g} | |", flush=True)


def measure(where, n_cells, options):
    """(rows, complaints)"""
    slide = make_slide(where, n_cells)
    ours = [start_ours(where, slide, n_cells, cores) for cores in options.cores]
    peers = [start_peer(where, slide, cores, options) for cores in options.cores]
    run.take_turns(ours + peers, options.repeats, options.warm_up)
    wrong = []
    for mine, peer in zip(ours, peers):
        print_steps(mine, peer)
        print(f"\n{n_cells} cells, {mine.cores} core(s), ours and Python:")
        found = np.load(f"{peer.out}.npz")
        wrong += complaints(ours_found(mine.out, found["types"]), found,
                            options.permutations)
    for program in ours + peers:
        program.stop()
    rows = []
    for permutations, compared in ((options.permutations, peers),
                                   (0, [peer.without("permutations") for peer in peers])):
        case = run.Case(f"end to end, {permutations} perm.", "cells", [])
        rows += run.rows_of(case, n_cells, ours, compared)
    return rows, wrong


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", type=Path, default=run.HERE.parent / "build" / "release")
    parser.add_argument("--sizes", type=run.cells, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--warm-up", type=int, default=0, help="turns that are dropped")
    parser.add_argument("--permutations", type=int, default=PERMUTATIONS)
    parser.add_argument("--csv", type=Path, default=run.HERE / "results" / "bench.csv")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(words)
    if options.quick:
        options.sizes, options.cores, options.permutations = [5_000], [1], 200
        options.csv = options.build / "bench-data" / "quick.csv"
    return options


def main(words):
    options = parse(words)
    where = run.Place(options.build, may_fetch=False)
    os.environ["HDF5_PLUGIN_PATH"] = str(where.build / "plugins")
    origin = run.provenance(where)
    print(", ".join(origin.values()), flush=True)
    rows, wrong = [], []
    for n_cells in options.sizes:
        more, also = measure(where, n_cells, options)
        rows, wrong = rows + more, wrong + also
        run.keep(options.csv, more, origin)
    print()
    run.print_line(run.HEAD)
    run.print_line(["-" * width for width in run.WIDTHS])
    for row in rows:
        run.print_line(run.cells_of(row))
    for complaint in wrong:
        print("DISAGREE:", complaint)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
