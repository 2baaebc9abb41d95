"""--verify reads back what was written, --io-hint reaches MPI-IO: neither changes a byte,
both refuse what is wrong; and no chunk is written by two ranks."""
import json
import os

from common import *

without_reports()
made = folder("verify-cohort")
run_ok("synth", "--out", made, "--slides", 1, "--cells", 500, "--seed", 6)
WORDS = [os.path.join(made, "samplesheet.csv"), "--config", os.path.join(made, "config.yaml")]


def run(name, ranks, *words, **options):
    out = folder(name)
    return out, cytotaxis("run", *WORDS, "--out", out, "-q", *words, ranks=ranks, **options)


def one_line(done):
    lines = [l for l in done.stderr.splitlines() if l.startswith("cytotaxis: ")]
    return lines[0] if len(lines) == 1 else f"{len(lines)} lines: {done.stderr}"


plain, done = run("verify-plain", 3, "--groups", 1)
check(done.returncode == 0, done.stderr)
out, done = run("verify-on", 3, "--groups", 1, "--verify", "--io-hint", "cb_nodes=1",
                "--io-hint", "no_such_hint=of course=yes")
check(done.returncode == 0 and done.stderr == "", done.stderr)
check(digests(out) == digests(plain), "--verify or --io-hint changes bytes")

# A byte that comes back as another one, in a slide or in the cohort's file. The first
# rank reads all of small datasets; tests/mpi/test_store_verify.c has the others.
for where in ("S01", "cohort"):
    for passes in (0, 7, 20) if FULL else (7,):
        what = f"{where}, after {passes}"
        out, done = run("verify-bad", 3, "--groups", 1, "--verify", timeout=60,
                        env={"CYTOTAXIS_FAULT": f"verify.read+{passes}:0:{where}"})
        if where == "cohort":
            told = one_line(done)
            check(done.returncode == 74, f"{what}: exit {done.returncode}")
            check(not os.path.exists(os.path.join(out, "cohort.h5ad")), f"{what}: kept")
        else:
            record = json.load(open(os.path.join(out, "run.json")))
            told = record["slides"][0]["message"]
            check(done.returncode == 1, f"{what}: exit {done.returncode}")
            check(not any("S01" in p for p in digests(out)), f"{what}: kept")
        check("was read back with other values" in told and "/" in told, f"{what}: {told}")
        check(not [f for _, _, n in os.walk(out) for f in n if f.endswith(".part")], what)
# Without --verify nobody looks.
out, done = run("verify-off", 3, "--groups", 1, env={"CYTOTAXIS_FAULT": "verify.read+0:0:S01"})
check(done.returncode == 0 and digests(out) == digests(plain), f"looked: {done.stderr}")

for hint in ("cb_nodes", "=4", "cb_nodes=", "x" * 300 + "=1", "x=" + "y" * 2000):
    out, done = run("verify-hint", 0, "--io-hint", hint)
    check(done.returncode == 64 and "--io-hint" in one_line(done), f"{hint[:9]}: {done.stderr}")
    check(not os.path.exists(out), f"{hint[:9]}: began all the same")
finish()
