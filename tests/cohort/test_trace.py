"""--trace: a timeline that a viewer can read, whose spans nest and leave no gap; and the
counts of run.json, which are the same in every run and change no result."""
import json
import os

from common import *

without_reports()
CELLS = 400
made = folder("trace-cohort")
run_ok("synth", "--out", made, "--slides", 2, "--cells", CELLS, "--seed", 5)
WORDS = [os.path.join(made, "samplesheet.csv"), "--config", os.path.join(made, "config.yaml")]
PHASES = ["read", "strips", "nearest", "tissue", "maps", "signals", "patterns", "write"]
SLACK_US = 0.002  # times are told in whole ns


def run(name, ranks, *words, **options):
    out = folder(name)
    return out, cytotaxis("run", *WORDS, "--out", out, "-q", *words, ranks=ranks, **options)


def spans_of(events, rank):
    return sorted(((e["ts"], -e["dur"], e) for e in events
                   if e["ph"] == "X" and e["pid"] == rank), key=lambda t: t[:2])


def nest(spans, what):
    """No two spans of a rank cross."""
    open_ends = []
    for begin, _, span in spans:
        end = begin + span["dur"]
        check(span["dur"] >= 0, f"{what}: {span['name']} ends before it begins")
        while open_ends and open_ends[-1] <= begin + SLACK_US:
            open_ends.pop()
        check(not open_ends or end <= open_ends[-1] + SLACK_US,
              f"{what}: {span['name']} crosses what it began in")
        open_ends.append(end)


def phases_cover(spans, what):
    """The phases of a slide begin with it, and each where the one before ended."""
    slides = [s for *_, s in spans if s["cat"] == "slide"]
    for slide in slides:
        end = slide["ts"] + slide["dur"]
        inside = [s for *_, s in spans if s["cat"] == "phase" and slide["ts"] - SLACK_US
                  <= s["ts"] <= end]
        check([s["name"] for s in inside] == PHASES, f"{what}: phases of {slide['name']}")
        at = slide["ts"]
        for s in inside:
            # The clock is read for the slide, and again for its first phase.
            check(abs(s["ts"] - at) <= (1000 if s is inside[0] else SLACK_US),
                  f"{what}: a gap before {s['name']}")
            at = s["ts"] + s["dur"]
    return {s["name"] for s in slides}


def look(path, ranks):
    trace = json.load(open(path))
    events, what = trace["traceEvents"], f"{ranks} ranks"
    check({e["pid"] for e in events} == set(range(ranks)), f"{what}: a process each")
    names = {e["pid"]: e["args"]["name"] for e in events if e["name"] == "process_name"}
    check(all(names.get(r, "").startswith(f"rank {r} on ") for r in range(ranks)), what)
    slides = set()
    for rank in range(ranks):
        spans = spans_of(events, rank)
        check(spans and spans[0][2]["name"] == "run", f"{what}: run is not outermost")
        nest(spans, f"rank {rank} of {what}")
        slides |= phases_cover(spans, f"rank {rank} of {what}")
        check(any(s["name"] == "cohort" for *_, s in spans), f"{what}: no cohort stage")
    check(slides == {"S01", "S02"}, f"{what}: slides {slides}")
    counts = [e for e in events if e["ph"] == "C"]
    check({e["name"] for e in counts} == {"bytes sent", "messages"}, f"{what}: counters")
    check(any(e["args"]["value"] > 0 for e in counts) == (ranks > 1), f"{what}: values")


def counted(out):
    """What run.json has of exchanges, without times."""
    return [[{name: {key: phase[key] for key in ("calls", "exchanges")}
              for name, phase in slide["phases"].items()},
             slide["cells_per_rank"], slide["rows_per_rank"]]
            for slide in json.load(open(os.path.join(out, "run.json")))["slides"]]


plain, done = run("trace-plain", 3, "--groups", 1)
check(done.returncode == 0, done.stderr)
for n in (1, 2, 3, 4) if FULL else (1, 3):
    path = os.path.join(WORK, f"trace-{n}.json")
    out, done = run(f"trace-{n}", n, "--trace", path, "--groups", max(1, n - 2))
    check(done.returncode == 0 and done.stderr == "", f"{n} ranks: {done.stderr}")
    look(path, n)
    check(digests(out) == digests(plain), f"{n} ranks: a trace changes results")

check(counted(os.path.join(WORK, "trace-3")) == counted(plain), "counts differ from run to run")
for phases, cells, rows in counted(plain):
    check(close(cells["mean"], CELLS / 3, 1e-12) and rows["min"] > 0, f"shares: {cells}, {rows}")
    for name, phase in phases.items():
        for kind in ("route", "halo_cells", "halo_rows", "transpose"):
            e = phase["exchanges"].get(kind)
            check(not e or abs(e["bytes_sent"]["mean"] - e["bytes_received"]["mean"]) < 1e-6,
                  f"{name}: {kind} bytes are lost")
    check(phases["tissue"]["exchanges"]["halo_rows"]["bytes_sent"]["max"] > 0, "no halo")
    check(phases["maps"]["exchanges"]["transpose"]["messages"]["mean"] % 4 == 0,
          "each transpose sends to the two others, there and back")

# A file that cannot be: told at once, before anything is computed, once for all ranks.
for n in (1, 4) if FULL else (3,):
    out, done = run("trace-no", n, "--trace", os.path.join(WORK, "no", "such", "t.json"))
    lines = done.stderr.strip().splitlines()
    ours = [line for line in lines if line.startswith("cytotaxis: ")]
    check(done.returncode == 73 and len(ours) == 1 and "no/such/t.json" in ours[0],
          f"{n} ranks: exit {done.returncode}: {done.stderr}")
    check(not os.path.exists(out), f"{n} ranks: began all the same")
    # One that cannot be filled: the results stand.
    out, done = run("trace-full", n, "--trace", "/dev/full")
    ours = [line for line in done.stderr.splitlines() if line.startswith("cytotaxis: ")]
    check(done.returncode == 74 and len(ours) == 1 and "/dev/full" in ours[0],
          f"{n} ranks: exit {done.returncode}: {done.stderr}")
    check(digests(out) == digests(plain), f"{n} ranks: results suffered")
    check(os.path.exists("/dev/full"), "the device was removed")

# Faults on any rank: the same status everywhere, nothing half-written.
for point, status in (("trace.open", 73), ("trace.write", 74)):
    path = os.path.join(WORK, "trace-fault.json")
    for bad in (0,) if point == "trace.write" else (0, 2) if FULL else (2,):
        out, done = run("trace-fault", 3, "--trace", path, timeout=60,
                        env={"CYTOTAXIS_FAULT": f"{point}+0:{bad}:"})
        check(done.returncode == status, f"{point}: exit {done.returncode}: {done.stderr}")
        check(not os.path.exists(path), f"{point}: left {path}")
finish()
