#!/usr/bin/python3
"""Strong and weak scaling over ranks, phase by phase, and what more ranks would bring.

    bench/scaling.py measure FOLDER [--ranks N ...] [--cells N] [--slides N] [--repeats N]
                             [--kinds strong weak cohort] [--build DIR] [--launcher TEXT]
    bench/scaling.py counts  FOLDER [--ranks 1 2 4 8 16 32 64] [--cells N]
    bench/scaling.py tell    FOLDER

measure runs the program in turns over the rank counts, so that what disturbs the machine
disturbs all; the first turn is dropped. strong: one slide of CELLS cells on all ranks; weak:
one of CELLS cells for each rank; cohort: SLIDES slides of CELLS together. counts runs the slide
once on each number of ranks, also many more than there are cores: messages and bytes are exact
there, times mean nothing. Both keep the run.json of each run in FOLDER/points, as
jobs/scaling.sbatch does; tell reads them, and the others end with it:

    phases.csv      of each point and phase: calls, seconds (least, mean, most over ranks),
                    imbalance, messages, bytes, cells, rows
    points.csv      median and range over the turns, efficiency, of run and of computing
    formulas.csv    bytes counted against their formulas (traffic_model.h), in percent
    prediction.csv  time of a slide on up to 4096 ranks by the model (traffic.py)
    scaling.svg     efficiency as measured and as predicted, bytes as counted and by formula

Exit status 1 when halos of rows or transposes are off their formulas by more than 5 %.
"""
import argparse
import csv
import json
import re
import shlex
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import points
import run as bench
import scaling_picture
import traffic

COMPUTE = ["nearest", "tissue", "maps", "signals", "patterns"]
CONFIG = """\
signals:
  - {name: CXCL12, ligand: [CXCL12], expression: {transform: counts},
     senders: [Endothelial], lambda_um: 120}
tissue: {from: reach, reach_um: 20}
compartments: {from: fraction, tumour: [Tumour, Cycling tumour], bandwidth_um: 50,
               threshold: 0.5}
patterns: {pair_radii_um: [10, 20, 30, 40, 50, 60, 70, 80, 90, 100], graph: delaunay,
           permutations: 100}
"""
ALONE = ["--groups", 1, "--only", "S000"]  # a slide without the cohort's tables
FORMULA = 0.05  # halos and transposes must be as near to their formulas
NAME = re.compile(r"(strong|weak|cohort|counts)-(\d+)r-(\d+)s-(\d+)c-(\d+)\.json")


# --- measuring --------------------------------------------------------------------------


class Runner:
    """The program on made slides, by a launcher in which {n} stands for the ranks."""

    def __init__(self, where, folder, launcher, program=None):
        self.where, self.folder, self.launcher = where, folder, launcher
        self.program = program or where.tool("cytotaxis")
        self.kept = folder / "points"
        self.kept.mkdir(parents=True, exist_ok=True)
        self.config = folder / "config.yaml"
        self.config.write_text(CONFIG)

    def sheet(self, n_cells, n_slides):
        """So many slides, all the same, and one more that --only may leave out."""
        path = self.where.data / f"scaling-{n_slides}x{n_cells}.csv"
        slide = self.where.slide(n_cells).name
        rows = [f"S{i:03d},{slide}.h5ad,1" for i in range(n_slides + (n_slides == 1))]
        path.write_text("\n".join(["sample,data_path,um_per_px", *rows]) + "\n")
        return path

    def once(self, kind, ranks, n_slides, n_cells, turn):
        out = self.folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        more = [] if kind == "cohort" else ALONE
        words = [*shlex.split(self.launcher.format(n=ranks)), self.program, "run",
                 self.sheet(n_cells, n_slides), "--config", self.config, "--out", out,
                 "-q", "--no-report", *more]  # fmt: skip
        subprocess.run(list(map(str, words)), check=True, env=self.where.env)
        name = f"{kind}-{ranks}r-{n_slides}s-{n_cells}c-{turn}.json"
        shutil.copy(record_of(out), self.kept / name)
        print(name, told(json.loads(record_of(out).read_text())["wall_s"]), flush=True)
        shutil.rmtree(out)


def record_of(out):
    return next(out.glob("run*.json"))


def told(seconds):
    return f"{seconds:.3g} s"


def measure(runner, options):
    for kind in options.kinds:
        for turn in range(options.repeats + 1):
            for n in options.ranks:
                many = options.slides if kind == "cohort" else 1
                cells = options.cells * n if kind == "weak" else options.cells
                if kind == "cohort":
                    cells = options.cells // options.slides
                runner.once(kind, n, many, cells, turn)


def count(runner, options):
    for n in options.ranks:
        runner.once("counts", n, 1, options.cells, 1)


# --- reading what was kept --------------------------------------------------------------


class Point:
    """All turns of one kind on one number of ranks; the first, to warm up, is left out."""

    def __init__(self, kind, ranks, slides, cells, paths):
        self.kind, self.ranks, self.slides, self.cells = kind, ranks, slides, cells
        self.runs = [json.loads(p.read_text()) for p in paths]

    def walls(self):
        return [r["wall_s"] for r in self.runs]

    def computing(self):
        """Seconds of the phases that compute, of the slowest rank in each."""
        return [sum(s["phases"][p]["wall_s"]["max"] for s in r["slides"] for p in COMPUTE)
                for r in self.runs]  # fmt: skip

    def middle(self):
        """The run of the median turn."""
        return sorted(self.runs, key=lambda r: r["wall_s"])[(len(self.runs) - 1) // 2]

    def phases(self):
        """Of the first slide of the median turn."""
        return self.middle()["slides"][0]["phases"]


def read_points(folder):
    found = {}
    for path in sorted((folder / "points").glob("*.json")):
        match = NAME.fullmatch(path.name)
        if match and int(match[5]) > 0:
            key = (match[1], *map(int, match.group(2, 3, 4)))
            found.setdefault(key, []).append(path)
    return [Point(*key, paths) for key, paths in sorted(found.items())]


def first_of(all_points, point):
    """The point on one rank that this one is compared with."""
    same = [p for p in all_points if p.kind == point.kind and p.ranks == 1 and
            (point.kind == "weak" or p.cells == point.cells)]  # fmt: skip
    return same[0] if same else None


# --- tables -----------------------------------------------------------------------------


def write_table(path, rows):
    with path.open("w", newline="") as f:
        table = csv.DictWriter(f, list(rows[0]))
        table.writeheader()
        table.writerows({k: f"{v:.6g}" if isinstance(v, float) else v for k, v in r.items()}
                        for r in rows)  # fmt: skip


def phase_rows(all_points):
    for p in all_points:
        slide = p.middle()["slides"][0]
        for name, phase in slide["phases"].items():
            kinds = phase["exchanges"].values()
            total = lambda key: sum(k[key]["mean"] for k in kinds)  # noqa: E731
            yield {"kind": p.kind, "ranks": p.ranks, "slides": p.slides, "cells": p.cells,
                   "phase": name, "calls": phase["calls"],
                   **{f"wall_{k}_s": phase["wall_s"][k] for k in ("min", "mean", "max")},
                   **{f"busy_{k}_s": phase["busy_s"][k] for k in ("min", "mean", "max")},
                   "exchange_mean_s": phase["exchange_s"]["mean"],
                   "imbalance": phase["imbalance"], "messages": total("messages"),
                   "bytes_sent": total("bytes_sent"),
                   "bytes_received": total("bytes_received"),
                   "cells_max": slide["cells_per_rank"]["max"],
                   "rows_max": slide["rows_per_rank"]["max"],
                   "pixels_max": slide["rows_per_rank"]["max"] * slide["columns"],
                   "compute_imbalance": slide["compute"]["imbalance"]}  # fmt: skip


def spread(values, prefix):
    return {f"{prefix}_s": statistics.median(values), f"{prefix}_min_s": min(values),
            f"{prefix}_max_s": max(values)}  # fmt: skip


def efficiency(one, many, ranks, kind):
    """Median over the turns of that against one rank in the same turn, and its range."""
    each = [a / b / (1 if kind == "weak" else ranks) for a, b in zip(one, many)]
    return statistics.median(each), min(each), max(each)


def point_rows(all_points):
    """Of all points that were timed; of counts the times mean nothing."""
    for p in (p for p in all_points if p.kind != "counts"):
        row = {"kind": p.kind, "ranks": p.ranks, "slides": p.slides, "cells": p.cells,
               "turns": len(p.runs), **spread(p.walls(), "run"),
               **spread(p.computing(), "compute")}  # fmt: skip
        first = first_of(all_points, p)
        for name, of in (("run", Point.walls), ("compute", Point.computing)):
            if name == "compute" and p.kind == "cohort":
                values = ("", "", "")  # groups compute side by side: only the run counts
            else:
                values = efficiency(of(first), of(p), p.ranks, p.kind) if first else ("",) * 3
            row.update(zip((f"{name}_efficiency", f"{name}_efficiency_min",
                            f"{name}_efficiency_max"), values))  # fmt: skip
        yield row


# --- telling ----------------------------------------------------------------------------


def print_points(rows):
    print("kind    ranks  cells     run s               efficiency  computing")
    for r in rows:
        share = lambda x: f"{x:.1%}" if x != "" else ""  # noqa: E731
        print(f"{r['kind']:<7} {r['ranks']:>5}  {r['cells']:<8}  {r['run_s']:<6.3g} "
              f"({r['run_min_s']:.3g}-{r['run_max_s']:.3g})".ljust(44),
              f"{share(r['run_efficiency']):<11} {share(r['compute_efficiency'])}")


def tell(folder):
    all_points = read_points(folder)
    if not all_points:
        sys.exit(f"{folder}/points holds no run.json; measure first")
    rows = list(point_rows(all_points))
    write_table(folder / "phases.csv", list(phase_rows(all_points)))
    if rows:
        write_table(folder / "points.csv", rows)
        print_points(rows)
    counted = {p.ranks: p for p in all_points if p.kind == "counts"}
    if len(counted) < 3:
        return 0
    checked = list(traffic.formula_rows({n: p.phases() for n, p in counted.items()}))
    write_table(folder / "formulas.csv", checked)
    bad = [r for r in checked if r["must_hold"] and abs(r["off"]) > FORMULA]
    for r in bad:
        print(f"OFF: {r['phase']}, {r['exchange']}, {r['ranks']} ranks: {r['off']:+.1%}")
    timed = [p for p in all_points if p.kind in ("strong", "weak")]
    if timed:
        slide = counted[min(counted)]
        by_ranks = {n: p.phases() for n, p in counted.items()}
        model = traffic.fit(timed, by_ranks, slide.cells)
        predicted = list(model.predictions(slide.middle()["slides"][0]["rows"], by_ranks))
        print(model.words())
        write_table(folder / "prediction.csv", predicted)
        scaling_picture.draw(folder / "scaling.svg", rows, predicted)
    return 1 if bad else 0


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("what", choices=["measure", "counts", "tell"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--build", type=Path, default=bench.HERE.parent / "build" / "release",
                        help="build to measure; slides are made in its bench-data")
    parser.add_argument("--ranks", type=int, nargs="+")
    parser.add_argument("--cells", type=int)
    parser.add_argument("--slides", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--kinds", nargs="+", default=["strong", "weak", "cohort"],
                        choices=["strong", "weak", "cohort"])
    parser.add_argument("--program", help="cytotaxis; default: that of the build")
    parser.add_argument("--launcher", default="mpiexec -n {n}")
    options = parser.parse_args(words)
    counts = options.what == "counts"
    options.ranks = options.ranks or ([1, 2, 4, 8, 16, 32, 64] if counts else [1, 2])
    options.cells = options.cells or 1_000_000
    return options


def main(words):
    options = parse(words)
    if options.what != "tell":
        where = bench.Place(options.build, may_fetch=False)
        if options.what == "counts":  # more ranks than cores: who waits gives way
            where.env["OMPI_MCA_mpi_yield_when_idle"] = "1"
        runner = Runner(where, options.folder.resolve(), options.launcher, options.program)
        try:
            (measure if options.what == "measure" else count)(runner, options)
        except subprocess.CalledProcessError as failed:
            sys.exit(f"scaling: status {failed.returncode} of {shlex.join(failed.cmd)}")
    return tell(options.folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
