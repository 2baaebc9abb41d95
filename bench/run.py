#!/usr/bin/python3
"""Measure each phase of a slide against a peer, in turns, in one run.

    bench/run.py [--build DIR] [--sizes N ...] [--ranks N ...] [--repeats N] [--warm-up N]
                 [--only REGEX] [--peers REGEX]
    bench/run.py --quick      a minute's smoke on a tiny slide: is the bench alive?

Of each phase all programs are started, made ready, and then asked for one repeat each, in
turns (A B C A B C ...); who is not asked sleeps. The warm-up is dropped. So whatever
disturbs the machine disturbs all, and the ratio of two, the median over the turns of
ours / peer, can be trusted where the times themselves cannot. README.md says what the rows
mean. Exit status 1 when two programs that do the same work find different numbers.
"""
import argparse
import csv
import datetime
import functools
import importlib.metadata
import json
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import points

HERE = Path(__file__).resolve().parent
PYTHON = sys.executable
SEED = 1
TEN_GENES = points.GENES[:10]
PERMUTATIONS, TRIED_BY_PEER = 1000, 20
CELLS_TRIED_BY_SQUIDPY = 20_000  # of which it tries all pairs
LOOSE, TIGHT = 1e-6, 1e-9  # maps are kept in single precision; sums differ in their order
AT_EDGES = 1e-4  # pairs that single precision puts into the next bin
COLUMNS = ["date", "commit", "compiler", "build", "machine", "peers", "phase", "cells",
           "size", "unit", "ranks", "repeats", "median_s", "min_s", "max_s", "per_s",
           "efficiency", "peer", "peer_cores", "peer_median_s", "peer_min_s", "peer_max_s",
           "ratio", "ratio_min", "ratio_max", "peak_mb", "peer_peak_mb",
           "memory_ratio"]  # fmt: skip
RUN_CONFIG = """\
signals:
  - {name: CXCL12, ligand: [CXCL12], expression: {transform: counts},
     senders: [Endothelial], lambda_um: 120}
"""
SCREEN_RANGES_UM = (20, 30, 50, 80, 120)
SCREEN_SENDERS = ("Tumour", "Fibroblast", "Endothelial", "Macrophage", "Cycling tumour")
SCREEN_TRAP = """\
trap: {block_lambdas: 4, bandwidth_um: 50, margin_knots_um: [], screen_shifts: 99}
"""


class Absent(Exception):
    """A program cannot be measured here, and why."""


# --- programs that take turns -----------------------------------------------------------


@dataclass
class Turn:
    size: float
    wall_s: float
    check: float
    peak_mb: float = math.nan  # of all ranks, added up


class Server:
    """A program that does one repeat for each line it is sent (bench_phases, peers)."""

    def __init__(self, name, cores, command, env):
        self.name, self.cores, self.turns = name, cores, []
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, bufsize=1, env=env)  # fmt: skip

    def wait_until_ready(self):
        """What it says when ready."""
        line = self.process.stdout.readline().split()
        if line[:1] != ["ready"]:
            raise Absent(f"{self.name}: exit status {self.process.wait()}")
        return line[1:]

    def take_turn(self):
        self.process.stdin.write("go\n")
        words = self.process.stdout.readline().split()
        if len(words) not in (5, 6):
            raise RuntimeError(f"{self.name} gave up: exit {self.process.wait()}")
        peak_mb = float(words[5]) / 1e6 if len(words) == 6 else math.nan
        self.turns.append(Turn(float(words[1]), float(words[3]), float(words[4]), peak_mb))

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Launch:
    """A program that is started anew for each repeat, start included."""

    def __init__(self, name, cores, command, out, size, env):
        self.name, self.cores, self.turns = name, cores, []
        self.command, self.out, self.size, self.env = command, out, size, env

    def wait_until_ready(self):
        return []

    def take_turn(self):
        shutil.rmtree(self.out, ignore_errors=True)
        begin = time.perf_counter()
        subprocess.run(list(map(str, self.command)), check=True, env=self.env,
                       stdout=subprocess.DEVNULL)  # fmt: skip
        wall_s = time.perf_counter() - begin
        told = json.loads((self.out / "run.json").read_text())
        peak_mb = sum(rank["peak_bytes"] for rank in told["ranks"]) / 1e6
        self.turns.append(Turn(self.size, wall_s, math.nan, peak_mb))

    def stop(self):
        shutil.rmtree(self.out, ignore_errors=True)


# --- what is measured -------------------------------------------------------------------


@dataclass
class Peer:
    name: str
    command: list  # words; {cores} and {grid} are filled in
    many_cores: bool = False
    tolerance: float = 0.0  # where it is above that of the case


@dataclass
class Case:
    phase: str
    unit: str
    words: list  # of bench_phases; empty: the whole program, with the config
    peers: list = field(default_factory=list)
    tolerance: float = TIGHT
    prepare: object = None  # makes files that only this case reads, if they are missing
    config: str = RUN_CONFIG
    per_cell: float = 1.0  # units of work


def peer_script(name, *words):
    return [PYTHON, HERE / "peers" / name, *words]


def reading_cases(slide, where):
    """Time and memory of reading; pandas reads all columns, or those that we need."""
    panel = functools.partial(where.panel, slide)
    n = points.count(f"{slide}.bin")
    for ending in ("csv", "csv.gz"):
        path = f"{slide}.{ending}"
        yield Case(f"ingest {ending}", "cells", ["ingest", path, 0],
                   [Peer("pandas", peer_script("csv_pandas.py", path, "all", n)),
                    Peer("pandas usecols", peer_script("csv_pandas.py", path, "used", n))],
                   prepare=panel)  # fmt: skip
    for name in ("", "-gzip"):
        path = f"{slide}-panel{name}.h5ad"
        anndata = lambda *words: peer_script("h5ad_anndata.py", path, *words)  # noqa
        yield Case(f"ingest h5ad{name}, obs", "cells", ["ingest", path, 0],
                   [Peer("anndata", anndata("whole")),
                    Peer("anndata backed", anndata("backed"))],
                   prepare=panel)  # fmt: skip
        yield Case(f"ingest h5ad{name}, 10 genes", "cells", ["ingest", path, 0, *TEN_GENES],
                   [Peer("anndata", anndata("whole", *TEN_GENES))],
                   prepare=panel)  # fmt: skip


def cases(slide, where):
    """The rows that need a slide only."""
    bin_ = f"{slide}.bin"
    yield from reading_cases(slide, where)
    yield Case("scatter", "cells", ["scatter", bin_, 0])
    yield Case("nearest", "cells", ["nearest", bin_, 0],
               [Peer("nanoflann sorted", [where.tool("bench_nanoflann"), bin_, "{cores}"],
                     many_cores=True),
                Peer("scipy cKDTree", peer_script("nearest_scipy.py", bin_, "{cores}"),
                     many_cores=True)])  # fmt: skip
    yield Case("Delaunay", "cells", ["delaunay", bin_, 0],
               [Peer("scipy qhull", peer_script("delaunay_scipy.py", bin_))])
    yield Case("neighbour moments", "cells", ["exact", bin_, 0])
    yield Case(f"{PERMUTATIONS} permutations", "cells·perm",
               ["permute", bin_, 0, PERMUTATIONS],
               [Peer("numba, scaled", peer_script("permute_numba.py", bin_, PERMUTATIONS,
                                                  TRIED_BY_PEER)),
                Peer("squidpy, scaled", where.squidpy("nhood_enrichment", bin_, PERMUTATIONS,
                                                      TRIED_BY_PEER))])  # fmt: skip
    yield Case("Moran, Geary, 32 columns", "values", ["moran", bin_, 0, 32])
    for radius, bins, refine in ((50, 10, 1), (100, 20, 2), (250, 50, 2)):
        yield pair_case(bin_, where, radius, bins, refine)
    yield Case("distance maps, 10 types", "px", ["distance", bin_, 0],
               distance_peers(bin_, where, 10), tolerance=LOOSE)
    yield Case("signal", "px", ["signal", bin_, 0])
    yield Case("set covariance, 250 µm", "px", ["covariance", bin_, 0])
    yield Case("G, 50 radii", "cells", ["g_curves", bin_, 0])
    yield Case("F, 50 radii, 10 types", "px", ["f_curves", bin_, 0])
    yield Case("windows, 50 µm", "cells", ["within", bin_, 0])
    yield Case("windows, 10 nearest", "cells", ["knn", bin_, 0])
    yield Case("windows and niches", "cells", ["niches", bin_, 0])
    yield Case("write", "cells", ["write", bin_, 0, where.data])
    yield Case("whole run", "cells", [])


def screen_case(n_signals):
    """The whole program with a screen: signals are pairs of gene and sender."""
    signals = [f"  - {{name: {gene} of {sender}, ligand: [{gene}], "
               f"expression: {{transform: counts}}, senders: [{sender}], "
               f"responders: [CD8 T], lambda_um: {list(SCREEN_RANGES_UM)}}}"
               for gene in points.GENES for sender in SCREEN_SENDERS][:n_signals]  # fmt: skip
    config = "grid: {spacing_um: 5}\noutput: {fields: none}\n" + "\n".join(
        ["signals:", *signals, SCREEN_TRAP])  # fmt: skip
    n_tests = n_signals * len(SCREEN_RANGES_UM)
    return Case(f"screen, {n_signals} signals, 5 λ", "cells·tests", [], config=config,
                per_cell=n_tests)  # fmt: skip


def distance_peers(bin_, where, n_maps):
    script = HERE / "peers" / "distance_peer.py"
    return [Peer("edt", [where.peer_python, script, "edt", bin_, "{grid}", n_maps]),
            Peer("scipy", [PYTHON, script, "scipy", bin_, "{grid}", n_maps])]  # fmt: skip


def pair_case(bin_, where, radius, bins, refine):
    """Corrfunc with the grid that is fastest for it; in single precision, where it is
    faster, and in double. scipy takes minutes for large radii."""

    def corrfunc(precision):
        script = HERE / "peers" / "pairs_corrfunc.py"
        return [where.peer_python, script, bin_, radius, bins, precision, refine]

    peers = [Peer("Corrfunc", corrfunc("float32"), tolerance=AT_EDGES),
             Peer("Corrfunc double", corrfunc("float64"))]  # fmt: skip
    if radius <= 50:
        peers.append(Peer("scipy cKDTree", peer_script("pairs_scipy.py", bin_, radius, bins)))
    peers.append(Peer("squidpy, scaled", where.squidpy(
        "co_occurrence", bin_, radius, bins, CELLS_TRIED_BY_SQUIDPY)))  # fmt: skip
    return Case(f"pairs, {radius} um / {bins}", "pairs", ["pairs", bin_, 0, radius, bins], peers)


def raster_cases(slide, where, pixels):
    """The rows on a raster of a given size; once, on the largest slide."""
    bin_ = f"{slide}.bin"
    floor = Peer("FFTW floor", [where.tool("bench_fftw_floor"), pixels, "{cores}",
                                f"{where.data}/wisdom-{pixels}-{{cores}}"],
                 many_cores=True)  # fmt: skip
    yield Case(f"distance map, {pixels}²", "px", ["distance", bin_, 0, pixels],
               distance_peers(bin_, where, 1), tolerance=LOOSE)
    yield Case(f"cosine, {pixels}²", "px", ["cosine", bin_, 0, pixels], [floor])
    yield Case(f"signal, {pixels}²", "px", ["signal", bin_, 0, pixels], [floor])


def shifts_case(pixels):
    return Case(f"shifts, 8 fields, {pixels}²", "px·shifts", ["shifts", "-", 0, pixels],
                [Peer("scipy FFT", peer_script("shifts_scipy.py", pixels))], tolerance=LOOSE)


def tissue_cases(where, pixels):
    """The field of a tissue with holes, set-up included; no slide is needed."""
    for contrast in (10, 100):
        words = [pixels, contrast, "whole"]
        yield Case(f"field {pixels}², D 1:{contrast}", "px", ["field", "-", 0, *words],
                   [Peer("hypre PCG-PFMG", where.mpiexec(
                       "{cores}", where.tool("bench_hypre"), *words), many_cores=True)],
                   tolerance=LOOSE)  # fmt: skip


# --- where things are -------------------------------------------------------------------


class Place:
    """The build that is measured, its programs and its data."""

    def __init__(self, build, may_fetch):
        self.build = build.resolve()
        self.peer_python = python_of_peers(may_fetch)
        self.squidpy_python = HERE.parent / "build" / "squidpy-venv" / "bin" / "python"
        self.data = self.build / "bench-data"
        self.data.mkdir(parents=True, exist_ok=True)
        self.env = mpi_environment()

    def tool(self, name):
        for folder in ("bin", "bench", "src", "."):
            if os.access(self.build / folder / name, os.X_OK):
                return self.build / folder / name
        return Path(name)  # not built: will be told when it is started

    def slide(self, n_cells):
        """Path, without ending, of the slide of so many cells; made when missing."""
        prefix = self.data / f"cells{n_cells}"
        if not prefix.with_suffix(".h5ad").exists():
            points.main(n_cells, SEED, str(prefix))
        return prefix

    def panel(self, prefix):
        """Make the files that are only read, where they are missing."""
        if not Path(f"{prefix}-panel-gzip.h5ad").exists():
            points.write_panel(SEED, str(prefix))

    def squidpy(self, *words):
        return [self.squidpy_python, "-W", "ignore", HERE / "peers" / "patterns_squidpy.py",
                *words]  # fmt: skip

    def mpiexec(self, ranks, *words):
        return ["mpiexec", "-n", ranks, *words]


def python_of_peers(may_fetch):
    """A Python with the peers that are not in Debian; if there is none, one without."""
    command = ["bash", HERE / "venv.sh", *([] if may_fetch else ["-n"])]
    told = subprocess.run(command, capture_output=True, text=True)
    return told.stdout.strip() if told.returncode == 0 else PYTHON


def mpi_environment():
    """As the jobs have it; and two ranks are never bound to a core that others use."""
    script = f". {HERE.parent / 'jobs' / 'mpi-env.sh'} && env -0"
    told = subprocess.run(["bash", "-c", script], capture_output=True, text=True,
                          check=True).stdout  # fmt: skip
    env = dict(item.split("=", 1) for item in told.split("\0") if "=" in item)
    env.setdefault("OMPI_MCA_hwloc_base_binding_policy", "none")
    env.setdefault("OMPI_MCA_rmaps_base_oversubscribe", "1")
    return env


def cache_entry(build, name):
    text = (build / "CMakeCache.txt").read_text()
    found = re.search(rf"^{name}:\w+=(.*)$", text, re.MULTILINE)
    return found.group(1) if found else ""


def first_line(*command):
    told = subprocess.run(command, capture_output=True, text=True, cwd=HERE)
    return (told.stdout.splitlines() or ["unknown"])[0]


def machine():
    """Cores and the widest vectors; nothing that names the host."""
    flags = Path("/proc/cpuinfo").read_text().split()
    widest = [f for f in ("avx512f", "avx2", "avx", "sse2") if f in flags][:1]
    return " ".join([f"{os.cpu_count()} cores", *widest])


def peer_versions(where):
    """Of the peers that are installed."""
    asked = ("import importlib.metadata as m\n"
             "for name in ('Corrfunc', 'edt'): print(name, m.version(name))")  # fmt: skip
    told = subprocess.run([where.peer_python, "-c", asked], capture_output=True, text=True)
    yield from told.stdout.splitlines()
    for name in ("pandas", "anndata", "scipy", "numba"):
        yield f"{name} {importlib.metadata.version(name)}"
    for name, module in (("FFTW", "fftw3"), ("nanoflann", "nanoflann")):
        yield f"{name} {first_line('pkg-config', '--modversion', module)}"
    header = Path("/usr/include/hypre/HYPRE_config.h")
    told = re.search(r'RELEASE_VERSION "(.*)"', header.read_text() if header.exists() else "")
    yield f"hypre {told.group(1) if told else 'unknown'}"


def provenance(where):
    build = where.build
    return {
        "date": datetime.date.today().isoformat(),
        "commit": first_line("git", "describe", "--always", "--dirty"),
        "compiler": first_line(cache_entry(build, "CMAKE_C_COMPILER"), "--version"),
        "build": cache_entry(build, "CMAKE_BUILD_TYPE"),
        "machine": machine(),
        "peers": ", ".join(peer_versions(where)),
    }


# --- measuring --------------------------------------------------------------------------


def start_run(case, where, slide, n_cells, ranks):
    """The whole program on one slide."""
    sheet, config = where.data / "samplesheet.csv", where.data / "config.yaml"
    sheet.write_text(f"sample,data_path,um_per_px\nbench,{slide.name}.h5ad,1\n")
    config.write_text(case.config)
    out = where.data / f"results-{ranks}"
    command = where.mpiexec(ranks, where.tool("cytotaxis"), "run", sheet, "--config",
                            config, "--out", out, "-q")  # fmt: skip
    return Launch("ours", ranks, command, out, n_cells * case.per_cell, where.env)


def start_ours(case, where, slide, n_cells, all_ranks):
    if not case.words:
        return [start_run(case, where, slide, n_cells, ranks) for ranks in all_ranks], []
    started = [Server("ours", ranks, where.mpiexec(ranks, where.tool("bench_phases"),
                                                   *case.words), where.env)
               for ranks in all_ranks]  # fmt: skip
    return started, [server.wait_until_ready() for server in started][0]


def fill_in(words, cores, grid):
    for word in map(str, words):
        if word == "{grid}":
            yield from grid
        else:
            yield word.replace("{cores}", str(cores))


def start_peers(case, where, options, grid):
    started = []
    for peer in case.peers:
        if not re.search(options.peers, peer.name):
            continue
        for cores in options.ranks if peer.many_cores else [1]:
            try:
                command = list(fill_in(peer.command, cores, grid))
                server = Server(peer.name, cores, command, where.env)
                server.tolerance = peer.tolerance
                server.wait_until_ready()
                started.append(server)
            except (Absent, FileNotFoundError) as why:
                print(f"left out: {why}", file=sys.stderr)
    return started


def disagreements(case, programs):
    """Those whose check is not that of the first."""
    want = programs[0].turns[-1].check
    for program in programs[1:]:
        got = program.turns[-1].check
        tolerance = max(case.tolerance, getattr(program, "tolerance", 0.0))
        if abs(got - want) > tolerance * abs(want):  # never with nan
            yield (f"{case.phase}: {program.name} on {program.cores} found {got!r}, "
                   f"ours {want!r}")  # fmt: skip


def take_turns(programs, repeats, warm_up):
    for _ in range(warm_up + repeats):
        for program in programs:
            program.take_turn()
    for program in programs:
        del program.turns[:warm_up]


def walls(program):
    return [turn.wall_s for turn in program.turns]


def spread(values, prefix=""):
    return {prefix + "median_s": statistics.median(values),
            prefix + "min_s": min(values), prefix + "max_s": max(values)}  # fmt: skip


def ratios(a, b):
    return [x / y for x, y in zip(walls(a), walls(b))]


def peers_of(ours, peers):
    """Of each peer the one on as many cores, or on the one core it can use."""
    by_name = {}
    for peer in peers:
        if peer.cores in (1, ours.cores):
            by_name[peer.name] = max(peer, by_name.get(peer.name, peer),
                                     key=lambda p: p.cores)  # fmt: skip
    return list(by_name.values())


def rows_of(case, n_cells, ours, peers):
    for mine in ours:
        size = mine.turns[0].size
        row = {"phase": case.phase, "cells": n_cells, "size": int(size),
               "unit": case.unit, "ranks": mine.cores, "repeats": len(mine.turns),
               **spread(walls(mine))}  # fmt: skip
        row["per_s"] = size / row["median_s"]
        row["peak_mb"] = mine.turns[-1].peak_mb
        if ours[0].cores == 1 and mine.cores > 1:
            row["efficiency"] = statistics.median(ratios(ours[0], mine)) / mine.cores
        compared = peers_of(mine, peers)
        if not compared:
            yield row
        for peer in compared:
            ratio = ratios(mine, peer)
            yield {**row, "peer": peer.name, "peer_cores": peer.cores,
                   **spread(walls(peer), "peer_"), "ratio": statistics.median(ratio),
                   "ratio_min": min(ratio), "ratio_max": max(ratio),
                   "peer_peak_mb": peer.turns[-1].peak_mb,
                   "memory_ratio": row["peak_mb"] / peer.turns[-1].peak_mb}  # fmt: skip


def measure(case, where, slide, n_cells, options):
    """(rows, complaints) of one case."""
    if case.prepare:
        case.prepare()
    ours, grid = start_ours(case, where, slide, n_cells, options.ranks)
    peers = start_peers(case, where, options, grid)
    take_turns(ours + peers, options.repeats, options.warm_up)
    for program in ours + peers:
        program.stop()
    complaints = list(disagreements(case, ours + peers))
    return list(rows_of(case, n_cells, ours, peers)), complaints


# --- telling ----------------------------------------------------------------------------


def significant(value, digits=3):
    return f"{float(f'{value:.{digits}g}'):g}"


def interval(row, prefix=""):
    low, high = row[prefix + "min_s"], row[prefix + "max_s"]
    return f"{significant(low)}–{significant(high)}"


def known(value, form):
    return "" if math.isnan(value) else form.format(value)


def cells_of(row):
    """The row as it is printed."""
    rate = f"{row['per_s'] / 1e6:.3g} M{row['unit']}/s"
    shown = [row["phase"], f"{row['cells']:.0e}".replace("e+0", "e"), str(row["ranks"]),
             significant(row["median_s"]), interval(row), rate,
             f"{row['efficiency']:.0%}" if "efficiency" in row else "",
             known(row["peak_mb"], "{:.0f}")]  # fmt: skip
    if "peer" not in row:
        return shown + ["", "", "", "", ""]
    return shown + [f"{row['peer']} ({row['peer_cores']})",
                    significant(row["peer_median_s"]), interval(row, "peer_"),
                    f"{significant(row['ratio'])} ({significant(row['ratio_min'])}–"
                    f"{significant(row['ratio_max'])})",
                    known(row["memory_ratio"], "{:.2f}")]  # fmt: skip


HEAD = ["phase", "cells", "ranks", "median s", "range", "rate", "efficiency", "peak MB",
        "peer (cores)", "peer s", "range", "ratio (range)", "memory"]  # fmt: skip
WIDTHS = [26, 5, 5, 8, 15, 14, 10, 7, 20, 7, 15, 24, 6]


def print_line(cells):
    padded = (f"{text:<{width}}" for text, width in zip(cells, WIDTHS))
    print("| " + " | ".join(padded) + " |", flush=True)


def with_columns_of_today(path):
    """A file begun when there were fewer columns is written anew: its longer rows have them
    all, the others lack the last."""
    with path.open(newline="") as f:
        head, *rows = csv.reader(f)
    if head == COLUMNS:
        return
    with path.open("w", newline="") as f:
        table = csv.DictWriter(f, COLUMNS, restval="", extrasaction="ignore")
        table.writeheader()
        for row in rows:
            table.writerow(dict(zip(COLUMNS if len(row) == len(COLUMNS) else head, row)))


def keep(path, rows, origin):
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    if not is_new:
        with_columns_of_today(path)
    with path.open("a", newline="") as f:
        table = csv.DictWriter(f, COLUMNS, restval="")
        if is_new:
            table.writeheader()
        for row in rows:
            table.writerow({**origin, **row})


def cells(word):
    """1e6 is a number of cells, too."""
    return int(float(word))


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", type=Path, default=HERE.parent / "build" / "release")
    parser.add_argument("--sizes", type=cells, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--warm-up", type=int, default=1, help="turns that are dropped")
    parser.add_argument("--pixels", type=int, default=4096)
    parser.add_argument("--tissue-pixels", type=int, nargs="*", default=[2048, 4096],
                        help="sides of the tissues; hypre takes minutes for 8192")
    parser.add_argument("--screen", type=int, nargs="*", default=[],
                        help="signals of a screen; 100 take some minutes on 1e6 cells")
    parser.add_argument("--only", default="", help="phases that match; a regular expression")
    parser.add_argument("--peers", default="", help="peers that match, likewise")
    parser.add_argument("--csv", type=Path, default=HERE / "results" / "bench.csv")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(words)
    if options.quick:
        options.sizes, options.repeats, options.pixels = [10_000], 1, 256
        options.tissue_pixels = [256]
        options.screen = [2]
        options.csv = options.build / "bench-data" / "quick.csv"
        if not os.environ.get("CYTOTAXIS_FULL"):  # the import alone takes ten seconds
            options.peers = options.peers or "^(?!squidpy)"
    return options


def main(words):
    options = parse(words)
    where = Place(options.build, may_fetch=not options.quick)
    origin = provenance(where)
    print(", ".join(origin.values()))
    print_line(HEAD)
    print_line(["-" * width for width in WIDTHS])
    complaints = []
    for n_cells in options.sizes:
        slide = where.slide(n_cells)
        todo = list(cases(slide, where))
        todo += [screen_case(n) for n in options.screen]
        if n_cells == max(options.sizes):
            todo += raster_cases(slide, where, options.pixels)
            todo.append(shifts_case(options.pixels // 2))
            for pixels in options.tissue_pixels:
                todo += tissue_cases(where, pixels)
        for case in todo:
            if not re.search(options.only, case.phase):
                continue
            rows, wrong = measure(case, where, slide, n_cells, options)
            complaints += wrong
            for row in rows:
                print_line(cells_of(row))
            keep(options.csv, rows, origin)
    for complaint in complaints:
        print("DISAGREE:", complaint)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
