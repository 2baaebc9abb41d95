#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What anndata writes, we read.

    test_roundtrip.py READ_ROWS FOLDER

Files of Debian's anndata and of the newest one (build/venv; said when it is not there),
made by write_h5ad.py, each compared row by row.
"""
import json
import math
import pathlib
import shutil
import subprocess
import sys

import rows

HERE = pathlib.Path(__file__).resolve().parent
check = rows.Checks()


def same(have, want):
    return len(have) == len(want) and all(
        math.isnan(a) if b is None else a == float(b) for a, b in zip(have, want))


def compare(reader, path):
    for k, request in enumerate(json.loads(path.with_suffix(".json").read_text("utf-8"))):
        name = f"{path.parent.name}/{path.name} request {k}"
        got = reader.ask(path, request["values"], **request["ask"])
        if not check(got.error is None and got.died is None,
                     f"{name}: {got.error or got.died}"):
            continue
        check(got.ids == request["ids"], f"{name}: ids")
        check(got.labels == request["labels"], f"{name}: labels")
        check(same(got.column(0), request["x"]), f"{name}: x")
        check(same(got.column(1), request["y"]), f"{name}: y")
        check(all(got.found), f"{name}: found")
        for v, want in enumerate(request["want"]):
            check(same(got.column(2 + v), want), f"{name}: {request['values'][v]}")


def main():
    reader, folder = rows.Reader(sys.argv[1]), pathlib.Path(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    writers = {"debian": ["/usr/bin/python3"],
               "newest": ["bash", str(HERE.parent / "venv.sh")]}
    for name, python in writers.items():
        done = subprocess.run([*python, str(HERE / "write_h5ad.py"), str(folder / name)],
                              capture_output=True, text=True)
        print(f"{name}: {(done.stdout.splitlines() or [''])[-1]}")
        if done.returncode == rows.SKIP:
            continue
        if not check(done.returncode == 0, f"{name}: {done.stderr[-2000:]}"):
            continue
        for path in sorted((folder / name).glob("*.json")):
            loom = path.with_suffix(".loom")
            compare(reader, loom if loom.exists() else path.with_suffix(".h5ad"))
    return check.done(300)


sys.exit(main())
