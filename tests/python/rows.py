# SPDX-License-Identifier: BSD-3-Clause
"""Asks tests/tools/read_rows what the readers make of files."""
import os
import pathlib
import subprocess

SKIP = 77


class Answer:
    def __init__(self, lines):
        self.rows, self.found, self.error, self.died = [], [], None, None
        for line in lines:
            kind, *fields = line.split("\t")
            if kind == "row":
                self.rows.append(fields)
            elif kind == "found":
                self.found = [f == "1" for f in fields]
            elif kind == "error":
                self.error = "\t".join(fields)
            elif kind in ("crash", "hang"):
                self.died = line

    @property
    def ids(self):
        return [row[0] for row in self.rows]

    @property
    def labels(self):
        return [row[3] for row in self.rows]

    def column(self, k):
        """0: x, 1: y, 2…: values."""
        return [float(row[(1, 2)[k] if k < 2 else k + 2]) for row in self.rows]


class Reader:
    """One process for all requests of a test."""

    def __init__(self, program, room_mib=None):
        env = dict(os.environ)
        if room_mib:
            env["READ_ROWS_MIB"] = str(room_mib)
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env,
            stderr=subprocess.DEVNULL, text=True, encoding="utf-8", errors="replace")

    def ask(self, path, values=(), **source):
        fields = [str(path), *(f"{k}={v}" for k, v in source.items()),
                  *(f"+{v}" for v in values)]
        self.process.stdin.write("\t".join(fields) + "\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            line = line.rstrip("\n")
            if line == "end":
                return Answer(lines)
            lines.append(line)
        raise RuntimeError("read_rows ended early")


class Checks:
    """Counts what is right, names what is wrong."""

    def __init__(self):
        self.n = self.wrong = 0

    def __call__(self, good, what):
        self.n += 1
        if not good:
            self.wrong += 1
            print("FAILED:", what)
        return good

    def done(self, least):
        print(f"{self.n} checks, {self.wrong} failed")
        if self.n < least:
            print(f"FAILED: fewer than {least} checks were made")
        return int(self.wrong > 0 or self.n < least)


def data_folder():
    """The shared reference data, or None."""
    here = pathlib.Path(__file__).resolve().parents[2]
    folder = pathlib.Path(os.environ.get("CYTOTAXIS_DATA", here.parent / "shared/data"))
    return folder if (folder / "formats").is_dir() else None
