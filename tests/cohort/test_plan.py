"""The verb `plan`: what it says follows from what was measured, and from nothing else."""
import json
import os
import re

from common import *

SLIDES = 6
made = folder("plan-cohort")
run_ok("synth", "--out", made, "--slides", SLIDES, "--cells", 200, "--seed", 2,
       "--format", "csv")
sheet = os.path.join(made, "samplesheet.csv")
config = ["--config", os.path.join(made, "config.yaml")]
names = [f"S{k:02}" for k in range(1, SLIDES + 1)]


def plan(*more, measured, ranks=2, status=0):
    done = cytotaxis("plan", sheet, *config, "--ranks", ranks, "--measured",
                     ",".join(measured), *more)
    check(done.returncode == status, f"plan {more}: exit {done.returncode}: {done.stderr}")
    return done.stdout if status == 0 else done.stderr


def find(pattern, text_):
    found = re.search(pattern, text_)
    check(found, f"not said: {pattern}: {text_}")
    return found.groups() if found else ("nan",) * 9


def record(name, slides):
    return write(f"{name}/run.json", json.dumps({"config": "another", "slides": slides}))


def entry(sample, wall_s, ranks=1, cells=200, rows=160, columns=100):
    return {"sample": sample, "n_cells": cells, "rows": rows, "columns": columns,
            "types": 5, "wall_s": wall_s, "ranks": ranks}


def halved(name, slides):
    """The same slides on two ranks, in half the time: more ranks help in full."""
    return record(name, [{**s, "wall_s": s["wall_s"] / 2, "ranks": 2} for s in slides])


# Slides that are known exactly: what follows can be said by hand.
equal = [entry(s, 600) for s in names]
same = [record("same", equal), halved("same-on-two", equal)]
for ranks, minutes, efficiency in ((1, 60, 100), (2, 30, 100), (3, 20, 100), (6, 10, 100)):
    said = plan(measured=same, ranks=ranks)
    got = find(r"(\d+) ranks: (\d+) min for all slides, efficiency (\d+)%", said)
    check(got == (str(ranks), str(minutes), str(efficiency)), f"{ranks} ranks: {got}")
check("warning: measured with another config" in said, said)
check("do not shorten: 0.0%\n" in said, said)

# 160 rows and a halo of one: 40 ranks help a slide, so 240 help all, and no more do.
check("efficiency 100%" in plan(measured=same, ranks=240), "240 ranks")
got = find(r"ranks: (\S+) s for all slides, efficiency (\d+)%", plan(measured=same, ranks=480))
check(got == ("15", "50"), f"480 ranks: {got}")

# On one number of ranks only: what others gain is not known, and 3 % are taken.
said = plan(measured=same[:1], ranks=240)
find(r"do not shorten: 3\.0%, which was not measured; run the same slides on another", said)
got = find(r"ranks: (\S+) s for all slides, efficiency (\d+)%", said)
check(got == (f"{600 * (0.03 + 0.97 / 40):.0f}", "46"), f"240 ranks, one measured: {got}")

# One slide eight times as dear gets as many ranks as the rest.
uneven = [entry("S01", 2400, cells=1600), *(entry(s, 480, cells=320) for s in names[1:])]
skewed = [record("skewed", uneven), halved("skewed-on-two", uneven)]
said = plan(measured=skewed, ranks=2)
find(r"ranks: 40 min for all slides, efficiency 100%", said)
find("the dearest slide, S01", said)
said = plan(measured=skewed, ranks=10)
find(r"groups of ranks: 1 of 5, (5 of 1, 0|5) alone", said)
find(r"ranks: 8 min for all slides, efficiency 100%", said)

# Slides on one rank and on four: a tenth does not get shorter, 600 (0.1 + 0.9 / 4) = 195.
four = record("four", [entry(s, 195, ranks=4) for s in names])
said = plan(measured=[same[0], four], ranks=1)
find(r"share that more ranks do not shorten: 10\.0%", said)
find(r"error of the fit 0%", said)

# Two slides stand for all, whose files are about as large.
said = plan(measured=[record("two", [entry(s, 600) for s in names[:2]])], ranks=1)
find("6 slides, 2 of them measured", said)
minutes = float(find(r"1 ranks: (\S+) min for all", said)[0])
check(abs(minutes - 60) < 6, f"two of six measured: {minutes} min, not about 60")

# What it needs: the README's bound on memory, half as much time again, the command.
big = record("big", [entry(s, 100, cells=10**7, rows=8000, columns=8000) for s in names])
said = plan("--memory-per-rank", "4G", measured=[big], ranks=1)
bound = 50e6 + 1e7 * (148 + 8 * 5 + 24) + 130 * 64e6
find(rf"memory: at most {bound / 1e9:.3g} GB a rank", said)
find("6 slides need more than 4.29 GB a rank", said)
find(rf"sbatch --ntasks=1 --time=0:15:00 --mem-per-cpu={-(-bound // 1048576):.0f}M "
     r"jobs/cohort.sbatch \S+samplesheet.csv OUT --resume --config \S+config.yaml "
     rf"--measured {big} --memory-per-rank 4294967296\n", said)
check("need more than" not in plan("--memory-per-rank", "40G", measured=[big]), "40 GB suffice")
said = plan("--memory-per-rank", "4G", measured=[big], ranks=8)  # 1.25 / 4 of a slide fits
find("groups of ranks: 2 of 4, 0 alone", said)
check("need more than" not in said, f"eight ranks have the memory: {said}")

# A real run measures; its results are as large as the plan says.
out = folder("plan-out")
run_ok("run", sheet, *config, "--out", out, "-q", ranks=2)
said = plan(measured=[os.path.join(out, "run.json")])
check("another config" not in said, f"the same config: {said}")
size = sum(os.path.getsize(p) for p in result_files(os.path.join(out, "slides")))
got = find(r"results: (\S+) (kB|MB)", said)
check(abs(float(got[0]) * {"kB": 1e3, "MB": 1e6}.get(got[1], 0) / size - 1) < 0.01,
      f"results of {size} bytes: {got}")
three = cytotaxis("plan", sheet, *config, "--ranks", 2, "--measured",
                  os.path.join(out, "run.json"), ranks=3)
check(three.stdout == said, f"on three ranks it says something else: {three}")

# A run does what the plan says: the same groups, and the bytes of any others.
def ran(*more, ranks):
    """Ranks of each slide, and what was told."""
    to = folder("plan-as-said")
    done = run_ok("run", sheet, *config, "--out", to, "--no-report", *more, ranks=ranks)
    check(digests(to) == good, f"{more} on {ranks} ranks: other bytes")
    slides = json.load(open(os.path.join(to, "run.json")))["slides"]
    return {s["sample"]: s["ranks"] for s in slides}, done.stderr


good = digests(out)
for ranks, widths in ((3, [2] + [1] * (SLIDES - 1)),
                      *([(2, [1] * SLIDES)] if FULL else [])):
    got, told = ran("--measured", ",".join(skewed), ranks=ranks)
    said = plan(measured=skewed, ranks=ranks)
    foreseen = find(r"ranks: (.+?) for all slides, (efficiency \d+%)", said)
    check(f"planned: {foreseen[0]} for 6 slides on {ranks} ranks, {foreseen[1]}" in told,
          f"planned otherwise than told: {said} {told}")
    check([got[s] for s in names] == widths, f"{ranks} ranks: {got}: {said}")
got, told = ran("--measured", big, "--memory-per-rank", "7G", ranks=4)
check(set(got.values()) == {2}, f"for 7 GB a rank: {got} {told}")
if FULL:
    got, told = ran("--measured", ",".join(skewed), "--groups", 1, ranks=3)
    check(set(got.values()) == {3}, f"--groups 1: {got}")
got, told = ran(ranks=3)  # by the bytes of the files, which are about the same
check(set(got.values()) == {1} and "planned" not in told, f"nothing measured: {got} {told}")

# What is refused.
foreign = record("foreign", [entry("X1", 10)])
check("no slide of" in plan(measured=[foreign], status=65), "slides of another sheet")
damaged = record("damaged", [entry(s, 1e-200) for s in names])
check("is a wall_s not what it took?" in plan(measured=[damaged], status=65), "times of nothing")
check("nothere.json" in plan(measured=["nothere.json"], status=66), "no run.json")
for words, named in ((["--measured", same[0]], "--ranks N"), (["--ranks", 4], "--measured"),
                     (["--ranks", 0, "--measured", same[0]], "--ranks"),
                     (["--ranks", 4, "--measured", same[0], "--memory-per-rank", "4x"], "4G")):
    done = cytotaxis("plan", sheet, *words)
    check(done.returncode == 64 and named in done.stderr, f"{words}: {done}")
nowhere = os.path.join(WORK, "plan-nowhere")
for words, named, status in ((["--memory-per-rank", "4G"], "needs --measured", 64),
                             (["--memory-per-rank", "4G", "--measured", same[0], "--groups", 2],
                              "say one of them", 64),
                             (["--measured", "nothere.json"], "nothere.json", 66),
                             (["--measured", foreign], "no slide of", 65)):
    done = cytotaxis("run", sheet, "--out", nowhere, *words, ranks=2)
    check(done.returncode == status and named in done.stderr, f"{words}: {done}")
    check(not os.path.exists(nowhere), f"{words}: something was written")
finish()
