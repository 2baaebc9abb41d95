#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks of the source text itself.

    check_tree.py layers   [ROOT]   who includes, calls and prints what
    check_tree.py selftest [ROOT]   each rule of `layers` catches its sinner
    check_tree.py format   [ROOT]   clang-format 14 would change nothing (77: not here)
    check_tree.py spdx     [ROOT]   each .c begins with its licence line

Every violation is one line, file:line: what. Exit status 1 if there is any.
"""
import itertools
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SKIP = 77

# The house, from the ground up. A file sees its own floor and those below; rooms that
# share a floor do not know each other. Files directly in src/ are the program.
FLOORS = [
    ["base"],
    ["kernels"],
    ["model"],
    ["traffic"],
    ["read", "write", "solve", "stats"],
    ["analysis"],
    ["slide"],
    ["cohort", "synth", "inspect", "render", "diff", "doctor"],
    ["report"],
    ["program"],
]
LEVEL = {room: level for level, floor in enumerate(FLOORS) for room in floor}

# Public headers without a .c of their name.
HEADER_ROOM = {"clones.h": "kernels", "cohort_run.h": "cohort"}

# Folders within a room are floors too; what lies beside them belongs to the whole room.
ALCOVES = {
    "read": [["text", "h5"], ["rows"], ["csv", "h5ad", "regions"], ["outline", "results"]],
}  # fmt: skip

# Rooms of one floor that may see each other all the same: (who, whom) -> why.
NEIGHBOURS = {}

# Analyses do not know each other; this is what they share.
SHARED_ANALYSIS = {"summary", "tissue", "compartments", "margin", "pairs"}

KERNEL_LIBC = {
    "assert.h", "errno.h", "fenv.h", "float.h", "inttypes.h", "limits.h", "math.h",
    "immintrin.h", "stdalign.h", "stdbool.h", "stddef.h", "stdint.h", "stdlib.h", "string.h",
}  # fmt: skip

# (what, its headers, its names, the rooms that may use it, single files that may too)
OWNED = [
    ("MPI", r"mpi\.h", r"MPI_\w+",
     {"traffic", "read", "write", "solve", "analysis", "slide", "cohort", "synth",
      "inspect", "report", "doctor", "program"},
     {"src/base/comm.c", "include/cytotaxis/comm.h", "src/base/versions.c",
      "src/base/meter.c", "include/cytotaxis/meter.h",
      "src/base/trace.c", "include/cytotaxis/trace.h",
      "src/base/stop.c", "include/cytotaxis/stop.h"}),
    ("HDF5", r"(hdf5|hdf5_hl|H5\w*)\.h", r"(H5\w+|hid_t|herr_t|hsize_t)",
     {"read", "write"}, set()),
    ("FFTW", r"fftw3(-mpi)?\.h", r"fftwf?_\w+", {"solve"}, set()),
]  # fmt: skip

# Rooms that must not even reach <mpi.h> through other headers.
NO_MPI = {"kernels", "model", "stats"}

# Where a group works on a slide all that it exchanges is counted (meter.h): collectives
# by the functions there, messages by who sends them.
METERED = {"traffic", "read", "write", "solve", "analysis", "slide"}
COLLECTIVE = re.compile(
    r"\bMPI_I?(Allreduce|Reduce|Scan|Exscan|Bcast|Barrier|Gatherv?|Allgatherv?|Scatterv?"
    r"|Alltoall[vw]?)\s*\(")  # fmt: skip
MESSAGE = re.compile(r"\bMPI_(I?[bsr]?[Ss]end|Sendrecv|Put|Get|Accumulate)\s*\(")

WORLD_FILES = {"src/main.c", "src/base/comm.c"}

# Who talks to the terminal or ends the process.
VOICES = {"src/main.c", "src/options.c", "src/voice.c", "src/base/log.c"}
VOICE = re.compile(
    r"\b(?:(v?printf|puts|putchar|perror|_?exit|_Exit|quick_exit|abort|MPI_Abort)\s*\("
    r"|(stdout|stderr)\b)"
)

# Nothing may start another program, whatever a samplesheet says, nor ask for a name that
# another may take first, nor write without knowing how much room there is.
UNSAFE = re.compile(
    r"\b(system|popen|exec[lv]p?e?|v?fork|posix_spawnp?|wordexp|dlopen|mktemp|tmpnam|tempnam"
    r"|gets|strcat|v?sprintf|alloca)\s*\("
)

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
FAULT = re.compile(r"\bCYT_FAULT\s*\(\s*([^)]*?)\s*\)")
H5_WORDS = re.compile(r'\bCYT_H5_FAIL\s*\([^;"]*?"([^"]+)"')
LITERAL = re.compile(r'"([^"]+)"')
NOISE = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL
)


def numbered(text):
    return enumerate(text.splitlines(), start=1)


def blank(match):
    """Comments and literals become spaces, so that line numbers stay."""
    return re.sub(r"[^\n]", " ", match.group(0))


def without_comments(text):
    return NOISE.sub(lambda m: m.group(0) if m.group(0)[0] in "\"'" else blank(m), text)


class Source:
    """One file of the house."""

    def __init__(self, root, path):
        self.path = path
        self.name = path.relative_to(root).as_posix()
        text = path.read_text(encoding="utf-8")
        self.code = NOISE.sub(blank, text)
        self.with_strings = without_comments(text)
        self.includes = [
            (line, m.group(1) == "<", m.group(2))
            for line, content in numbered(self.with_strings)
            if (m := INCLUDE.match(content))
        ]


class House:
    def __init__(self, root):
        self.root = root
        self.src = root / "src"
        self.public = root / "include"
        paths = sorted(self.src.rglob("*.[ch]")) + sorted(self.public.rglob("*.h"))
        self.sources = [Source(root, path) for path in paths]
        self.by_path = {source.path: source for source in self.sources}
        self.problems = []

    def complain(self, source, line, what):
        self.problems.append(f"{source.name}:{line}: {what}")

    def room(self, path):
        """The room of a file, None for a public header nobody claims."""
        if path.is_relative_to(self.src):
            parts = path.relative_to(self.src).parts
            return parts[0] if len(parts) > 1 else "program"
        if path.name in HEADER_ROOM:
            return HEADER_ROOM[path.name]
        for pattern in (f"{path.stem}.c", f"{path.stem}_*.c"):
            # The story of a slide has no public headers; its files are named after its parts.
            for body in sorted(self.src.rglob(pattern)):
                if body.parent.name != "slide":
                    return self.room(body)
        return None

    def alcove(self, path):
        """The folder of a file within its room, None where it lies in the room itself."""
        parts = path.relative_to(self.src).parts if path.is_relative_to(self.src) else ()
        return parts[1] if len(parts) > 2 else None

    def resolve(self, source, name):
        """The file of the house an include means, or None."""
        for folder in (source.path.parent, self.src, self.public):
            path = (folder / name).resolve()
            if path in self.by_path:
                return path
        return None


def check_rooms(house):
    for source in house.sources:
        room = house.room(source.path)
        if room is None:
            house.complain(source, 1, "no .c of this name; see HEADER_ROOM")
        elif room not in LEVEL:
            house.complain(source, 1, f"{room} is not a room of the house")
        alcove = house.alcove(source.path)
        if alcove and alcove not in itertools.chain(*ALCOVES.get(room, [])):
            house.complain(source, 1, f"{room}/{alcove} is not in ALCOVES")


def sin_of_include(house, source, target):
    """What is wrong with source including target, or None."""
    me, other = house.room(source.path), house.room(target)
    if me not in LEVEL or other not in LEVEL:
        return None  # check_rooms has said so
    if me == "kernels" and other != "kernels":
        return f"kernels know nothing else, yet this is of {other}"
    if LEVEL[other] > LEVEL[me]:
        return f"{me} looks up to {other}"
    if LEVEL[other] == LEVEL[me] and other != me and (me, other) not in NEIGHBOURS:
        return f"{me} and {other} share a floor and do not know each other"
    if me == other and sees_up(house, me, source.path, target):
        return f"within {me} a folder knows only those below it"
    if me == other == "analysis" and not same_analysis(source.path.stem, target.stem):
        return "analyses do not know each other"
    return None


def sees_up(house, room, path, target):
    """Is target in a folder of the room that path's folder does not know?"""
    level = {a: n for n, floor in enumerate(ALCOVES.get(room, [])) for a in floor}
    mine, other = house.alcove(path), house.alcove(target)
    if mine not in level or other not in level or mine == other:
        return False
    return level[other] >= level[mine]


def same_analysis(stem, header):
    header = header.removesuffix("_impl")  # what the files of one analysis share
    return header in SHARED_ANALYSIS or stem == header or stem.startswith(header + "_")


def check_includes(house):
    for source in house.sources:
        for line, system, name in source.includes:
            target = None if system else house.resolve(source, name)
            if target is None and not system and name.startswith("cytotaxis/"):
                house.complain(source, line, f'"{name}" is not in include/')
            if target is None:
                continue
            sin = sin_of_include(house, source, target)
            if sin:
                house.complain(source, line, f'"{name}": {sin}')


def check_kernel_libc(house):
    for source in house.sources:
        if house.room(source.path) != "kernels":
            continue
        for line, system, name in source.includes:
            if system and name not in KERNEL_LIBC:
                house.complain(source, line, f"<{name}>: kernels see only plain C")


def check_owned(house):
    for source in house.sources:
        room = house.room(source.path)
        for what, header, names, rooms, files in OWNED:
            if room is None or room in rooms or source.name in files:
                continue
            for line, _, name in source.includes:
                if re.fullmatch(header, name):
                    house.complain(source, line, f"{what} does not belong in {room}")
            for line, content in numbered(source.code):
                found = re.search(rf"\b{names}\b", content)
                if found:
                    word = found.group(0)
                    house.complain(source, line, f"{word}: {what} does not belong in {room}")


def way_to_mpi(house, path, seen):
    """The includes that lead from path to <mpi.h>, or None."""
    source = house.by_path[path]
    seen.add(path)
    for line, system, name in source.includes:
        if name == "mpi.h":
            return [(line, name)]
        target = None if system else house.resolve(source, name)
        if target is None or target in seen:
            continue
        rest = way_to_mpi(house, target, seen)
        if rest:
            return [(line, name)] + rest
    return None


def check_metered(house):
    for source in house.sources:
        if house.room(source.path) not in METERED:
            continue
        counts = "cyt_meter_sent" in source.code
        for line, content in numbered(source.code):
            found = COLLECTIVE.search(content)
            if found:
                word = found.group(1).lower()
                house.complain(source, line, f"not counted: cyt_{word}() of meter.h is")
            if MESSAGE.search(content) and not counts:
                house.complain(source, line, "a message that is not counted; see meter.h")


def check_no_mpi(house):
    for source in house.sources:
        room = house.room(source.path)
        if room not in NO_MPI:
            continue
        way = way_to_mpi(house, source.path, set())
        if way and len(way) > 1:
            names = " -> ".join(name for _, name in way)
            house.complain(source, way[0][0], f"{room} must not see MPI: {names}")


def check_voices(house):
    for source in house.sources:
        for line, content in numbered(source.code):
            found = VOICE.search(content)
            if found and source.name not in VOICES:
                word = found.group(1) or found.group(2)
                house.complain(source, line, f"{word}: only the program speaks")
            if "MPI_COMM_WORLD" in content and source.name not in WORLD_FILES:
                house.complain(source, line, "MPI_COMM_WORLD: take a comm instead")


def check_unsafe(house):
    for source in house.sources:
        for line, content in numbered(source.code):
            found = UNSAFE.search(content)
            if found:
                house.complain(source, line, f"{found.group(1)}: not safe, or a shell")


def check_h5_words(house):
    """What follows the name of a file begins with a space, or a colon."""
    for source in house.sources:
        for match in H5_WORDS.finditer(source.with_strings):
            if match.group(1)[0] not in " :":
                line = source.with_strings.count("\n", 0, match.end()) + 1
                house.complain(source, line, f"runs into the file's name: {match.group(1)}")


def fault_points_used(house):
    """(source, line, name) of each CYT_FAULT("name"); any other is a complaint."""
    for source in house.sources:
        if source.name == "include/cytotaxis/fault.h":
            continue
        for match in FAULT.finditer(source.with_strings):
            line = source.with_strings.count("\n", 0, match.start()) + 1
            literal = LITERAL.fullmatch(match.group(1))
            if literal:
                yield source, line, literal.group(1)
            else:
                house.complain(source, line, "CYT_FAULT wants its name written out")


def fault_points_listed(source):
    """(line, name) of each name in the list of src/base/fault.c."""
    inside = False
    for line, content in numbered(source.with_strings):
        inside = inside or "names[]" in content
        if inside:
            yield from ((line, name) for name in LITERAL.findall(content))
        if inside and "}" in content:
            return


def text_of_tests(root):
    files = own_files(root, ["tests"], (".c", ".h", ".py", ".sh"))
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def check_faults(house):
    keeper = house.by_path[house.src / "base" / "fault.c"]
    listed = dict((name, line) for line, name in fault_points_listed(keeper))
    used = set()
    for source, line, name in fault_points_used(house):
        used.add(name)
        if name not in listed:
            house.complain(source, line, f"fault point {name} is not in {keeper.name}")
    tests = text_of_tests(house.root)
    for name, line in listed.items():
        if name not in used:
            house.complain(keeper, line, f"fault point {name} is nowhere in the code")
        if not re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", tests):
            house.complain(keeper, line, f"fault point {name} is armed by no test")


def layers(root):
    house = House(root)
    for check in (check_rooms, check_includes, check_kernel_libc, check_owned,
                  check_metered, check_no_mpi, check_voices, check_unsafe,
                  check_h5_words, check_faults):  # fmt: skip
        check(house)
    return house.problems


# Sinners: (room, line of code, what the complaint must say).
SINNERS = [
    ("base", '#include "cytotaxis/strip.h"', "looks up"),
    ("base", "#include <mpi.h>", "MPI does not belong"),
    ("kernels", '#include "cytotaxis/status.h"', "kernels know nothing else"),
    ("kernels", "#include <stdio.h>", "only plain C"),
    ("kernels", "#include <mpi.h>", "only plain C"),
    ("model", '#include "cytotaxis/route.h"', "looks up"),
    ("model", '#include "cytotaxis/comm.h"', "must not see MPI"),
    ("model", "int f(MPI_Comm c);", "MPI_Comm: MPI does not belong"),
    ("stats", "#include <mpi.h>", "MPI does not belong"),
    ("stats", '#include "cytotaxis/reader.h"', "share a floor"),
    ("traffic", '#include "cytotaxis/no_such.h"', "is not in include/"),
    ("traffic", "void f(MPI_Comm c) { MPI_Barrier(c); }", "cyt_barrier() of meter.h"),
    ("solve", "void f(void *p) { MPI_Isend(p, 1, t, 0, 0, c, r); }", "is not counted"),
    ("write", "#include <fftw3.h>", "FFTW does not belong"),
    ("read", "void f(void) { fftw_cleanup(); }", "FFTW does not belong"),
    ("analysis", "#include <hdf5.h>", "HDF5 does not belong"),
    ("analysis", '#include "sinner_other.h"', "analyses do not know"),
    ("analysis", "int f(void) { return H5open(); }", "HDF5 does not belong"),
    ("solve", "hid_t f = H5Fopen(0, 0, 0);", "HDF5 does not belong"),
    ("cohort", "void f(void) { exit(1); }", "exit: only the program speaks"),
    ("synth", "void f(void) { fprintf(stderr, s); }", "stderr: only the program"),
    ("cohort", "int f(const char *c) { return system(c); }", "system: not safe"),
    ("read", "void f(char *c) { sprintf(c, c); }", "sprintf: not safe"),
    ("read", 'int f(void) { return CYT_H5_FAIL(f, err, "has no %s", x); }', "runs into"),
    ("read/text", '#include "read/rows/row_store.h"', "knows only those below"),
    ("read/csv", '#include "read/h5ad/h5ad_slide.h"', "knows only those below"),
    ("read/outline", '#include "read/csv/csv_header.h"', None),
    ("read/csv", '#include "read/readers.h"', None),
    ("read/attic", "int n;", "is not in ALCOVES"),
    ("inspect", "hid_t f = H5Fopen(0, 0, 0);", "HDF5 does not belong"),
    ("inspect", '#include "cytotaxis/synth.h"', "share a floor"),
    ("render", '#include "cytotaxis/report.h"', "looks up"),
    ("report", "hid_t f = H5Fopen(0, 0, 0);", "HDF5 does not belong"),
    ("traffic", "MPI_Comm c = MPI_COMM_WORLD;", "MPI_COMM_WORLD"),
    ("traffic", "void f(MPI_Comm c) { MPI_Abort(c, 1); }", "MPI_Abort: only"),
    ("traffic", 'int f(void) { return CYT_FAULT("no.such"); }', "is not in src/base"),
    ("traffic", "int f(int n) { return CYT_FAULT(n); }", "wants its name"),
    ("cellar", "int n;", "is not a room"),
    ("traffic", "/* exit() */ int printf_count; // abort() MPI_COMM_WORLD", None),
    ("traffic", "__attribute__((format(printf, 1, 2))) int f(char *, ...);", None),
    ("model", 'const char *s = "mpi.h MPI_Comm abort()";', None),
]


def write_sinner(root, number, room, code):
    """The file of one sin, and the line it is on."""
    path = root / f"src/{room}/sinner{number}.c"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"// SPDX-License-Identifier: BSD-3-Clause\n{code}\n")
    known = room.split("/")[0] in LEVEL and not room.endswith("attic")
    return f"{path.relative_to(root)}:", 2 if known else 1


def judge(said, want, code):
    """None if the sin was found (or the innocent left alone), else what went wrong."""
    if want is None:
        return f"wrongly accused: {code}: {said}" if said else None
    found = any(want in complaint for complaint in said)
    return None if found else f"overlooked: {code}: {want} ({said})"


def list_dead_fault(root):
    keeper = root / "src/base/fault.c"
    text = keeper.read_text().replace("    NULL,", '    "dead.point",\n    NULL,', 1)
    keeper.write_text(text)


def selftest(root):
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder).resolve()
        for part in ("src", "include", "tests"):
            shutil.copytree(root / part, copy / part)
        (copy / "tests/check_tree.py").unlink()  # it names the sins
        (copy / "src/analysis/sinner_other.h").touch()
        list_dead_fault(copy)
        places = [
            write_sinner(copy, number, room, code)
            for number, (room, code, _) in enumerate(SINNERS)
        ]
        problems = layers(copy)
    verdicts = [
        judge([p for p in problems if p.startswith(f"{name}{line}: ")], want, code)
        for (name, line), (_, code, want) in zip(places, SINNERS)
    ]
    dead = [p for p in problems if "dead.point" in p]
    verdicts += [judge(dead, "nowhere in the code", "fault.c"),
                 judge(dead, "armed by no test", "fault.c")]  # fmt: skip
    return [verdict for verdict in verdicts if verdict]


def own_files(root, folders, suffixes):
    files = (p for folder in folders for p in (root / folder).rglob("*"))
    return sorted(p for p in files if p.suffix in suffixes)


def spdx(root):
    files = own_files(root, ("src", "tests", "bench"), (".c", ".cpp"))
    want = "// SPDX-License-Identifier: BSD-3-Clause"
    return [
        f"{path.relative_to(root)}:1: the first line must be {want}"
        for path in files
        if path.read_text(encoding="utf-8").split("\n", 1)[0] != want
    ]


def clang_format():
    """The clang-format to use, or the reason why there is none."""
    for name in ("clang-format-14", "clang-format"):
        if shutil.which(name):
            said = subprocess.run([name, "--version"], capture_output=True, text=True)
            if " 14." in said.stdout:
                return name
    print("skipped: clang-format 14 is not installed")
    sys.exit(SKIP)


def format_(root):
    program = clang_format()
    folders = ("src", "include", "tests", "bench")
    problems = []
    for path in own_files(root, folders, (".c", ".h", ".cpp")):
        wanted = subprocess.run(
            [program, "--style=file", path], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        present = path.read_text(encoding="utf-8").splitlines()
        pairs = itertools.zip_longest(present, wanted)
        first = next((n for n, (a, b) in enumerate(pairs, start=1) if a != b), None)
        if first:
            problems.append(f"{path.relative_to(root)}:{first}: run clang-format -i")
    return problems


def main(words):
    checks = {"layers": layers, "selftest": selftest, "format": format_, "spdx": spdx}
    if not 1 <= len(words) <= 2 or words[0] not in checks:
        print(__doc__, file=sys.stderr)
        return 64
    here = Path(__file__).resolve().parent.parent
    root = Path(words[1]).resolve() if len(words) == 2 else here
    problems = checks[words[0]](root)
    print("\n".join(problems) or f"{words[0]}: nothing to say")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
