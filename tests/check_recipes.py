#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The recipes of container/, bench/ and jobs/ are well formed: scripts for their shell,
Python for Python, the Apptainer definition by its sections, the lock files against
packages.txt, and the workflows by their own tools where those are installed.

    check_recipes.py [ROOT]

Every complaint is one line. Exit status 1 if there is any.
"""
import ast
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SECTIONS = {"labels", "environment", "runscript", "startscript", "test", "help", "post",
            "files", "setup", "arguments"}  # fmt: skip
SHELL_SECTIONS = {"environment", "runscript", "startscript", "test", "post", "setup"}
INSTRUCTIONS = {"ARG", "FROM", "COPY", "RUN", "LABEL", "ENV", "USER", "WORKDIR",
                "ENTRYPOINT", "CMD"}  # fmt: skip
PAIRS = {"(": ")", "[": "]", "{": "}"}


def run(*words, **options):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, **options)


# --- scripts ------------------------------------------------------------------------------


def scripts(root):
    for folder in ("jobs", "container", "tests/slurm", "tests/container"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".sh", ".sbatch"):
                yield path


def shell(root):
    for path in scripts(root):
        first = path.read_text().split("\n", 1)[0]
        # A file that is sourced says so to shellcheck instead of naming a shell.
        name = "sh" if first == "#!/bin/sh" else "bash"
        done = run(name, "-n", path)
        if done.returncode:
            yield f"{path}: {done.stderr.strip()}"
        if not first.startswith(("#!/bin/sh", "#!/usr/bin/env bash", "# shellcheck shell=")):
            yield f"{path}: its first line names no shell: {first}"


def options_of_sbatch(root):
    """sbatch reads its options up to the first command, and no further."""
    for path in sorted((root / "jobs").glob("*.sbatch")):
        lines = path.read_text().split("\n")
        command = next(i for i, line in enumerate(lines) if line and line[0] != "#")
        options = [i for i, line in enumerate(lines) if line.startswith("#SBATCH")]
        if not options or options[-1] > command:
            yield f"{path}: #SBATCH after the first command, or none"
        if any(i for i in options if not re.fullmatch(r"#SBATCH --[a-z-]+(=\S+)?", lines[i])):
            yield f"{path}: an option of sbatch is not --name or --name=value"


# --- Python -------------------------------------------------------------------------------


def python(root):
    files = [*sorted((root / "container").rglob("*.py")),
             *sorted((root / "container").rglob("*.eb")),
             *sorted((root / "bench").glob("reframe_*.py"))]  # fmt: skip
    if len(files) < 3:
        yield f"recipes are missing: {files}"
    for path in files:
        try:
            ast.parse(path.read_text(), str(path))
        except SyntaxError as wrong:
            yield f"{path}:{wrong.lineno}: {wrong.msg}"


def easybuild(root):
    """What EasyBuild insists on, and every dependency a name and a version."""
    for path in sorted((root / "container").rglob("*.eb")):
        found = {node.targets[0].id: node.value for node in ast.parse(path.read_text()).body
                 if isinstance(node, ast.Assign)}  # fmt: skip
        for name in ("name", "version", "homepage", "description", "toolchain", "moduleclass"):
            if name not in found:
                yield f"{path}: no {name}"
        for group in ("builddependencies", "dependencies"):
            for pair in found[group].elts:
                words = [getattr(word, "value", getattr(word, "id", None)) for word in pair.elts]
                if len(words) != 2 or not all(isinstance(word, str) for word in words):
                    yield f"{path}: {group}: {ast.unparse(pair)}"
        project = (root / "CMakeLists.txt").read_text()
        want = re.search(r"project\(cytotaxis VERSION (\S+)", project)
        if ast.literal_eval(found["version"]) != want.group(1):
            yield f"{path}: its version is not {want.group(1)}, that of CMakeLists.txt"


# --- containers ---------------------------------------------------------------------------


def containerfile(root):
    path = root / "container" / "Containerfile"
    text = re.sub(r"\\\n", " ", path.read_text())
    for line in text.split("\n"):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] not in INSTRUCTIONS:
            yield f"{path}: what is {words[0]}?"
        if words[0] == "COPY" and not words[1].startswith("--from") and \
                not (root / words[1]).exists():
            yield f"{path}: {words[1]} is not there"
        if words[0] == "FROM" and not re.fullmatch(r"\$\{BASE\}|base", words[1]):
            yield f"{path}: an image by name: {line}"
    if not re.search(r"^USER (?!root)\w+$", text, re.M):
        yield f"{path}: runs as root"


def locks(root):
    """Each package of the list has a version; groups must not have grown since."""
    folder = root / "container"
    rows = [line.split("#")[0].split() for line in (folder / "packages.txt").open()]
    for group in ("build", "run"):
        lines = (folder / f"{group}.lock").read_text().split("\n")
        locked = dict(line.split("=", 1) for line in lines if line and line[0] != "#")
        in_base = next((line.split(":")[1].split() for line in lines
                        if line.startswith("# in the base already:")), [])  # fmt: skip
        for row in rows:
            if len(row) == 2 and row[0] == group and row[1] not in [*locked, *in_base]:
                yield f"{group}.lock: {row[1]} is not in it; run container/lock.sh"


def definition(root):
    path = root / "container" / "cytotaxis.def"
    head, *sections = re.split(r"^%", path.read_text(), flags=re.M)
    for word in ("Bootstrap:", "From:"):
        if not re.search(rf"^{word} \S+$", head, re.M):
            yield f"{path}: no {word}"
    for section in sections:
        name, body = section.split("\n", 1)
        if name.strip() not in SECTIONS:
            yield f"{path}: unknown section %{name}"
        if name in SHELL_SECTIONS and run("sh", "-n", input=body).returncode:
            yield f"{path}: %{name} is no shell"


def no_addresses(root):
    """Images, archives and mirrors are the user's to name."""
    for path in [*(root / "container").rglob("*"), *(root / "jobs").rglob("*.s*")]:
        if path.is_file() and "://" in path.read_text():
            yield f"{path}: names an address"


def reframe(root):
    """What ReFrame itself makes of the tests: one of the machine, four rank counts."""
    if not shutil.which("reframe"):
        print("bench/reframe_cytotaxis.py was not tried: reframe is not installed")
        return
    done = run("reframe", "-c", root / "bench" / "reframe_cytotaxis.py", "-L")
    if done.returncode or not re.search(r"^Found 5 check", done.stdout, re.M):
        yield f"reframe: {(done.stdout + done.stderr)[-500:]}"


# --- workflows ----------------------------------------------------------------------------


def nextflow(root):
    """Brackets match; more only Nextflow itself could tell."""
    path = root / "jobs" / "workflows" / "cytotaxis.nf"
    text = re.sub(r"^\s*//[^\n]*|'[^'\n]*'", "", path.read_text(), flags=re.M)
    open_ones = []
    for mark in re.findall(r"[()\[\]{}]", text):
        if mark in PAIRS:
            open_ones.append(PAIRS[mark])
        elif not open_ones or open_ones.pop() != mark:
            yield f"{path}: {mark} closes nothing"
    if open_ones or text.count('"""') % 2:
        yield f"{path}: {open_ones or 'a text'} is never closed"


def snakemake(root):
    """A dry run on a sheet of two slides: three jobs."""
    if not shutil.which("snakemake"):
        print("jobs/workflows/Snakefile was not tried: snakemake is not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("sheet.csv", "sample,data_path\nA,a\nB,b\n"), ("c.yaml", "")):
            Path(folder, name).write_text(text)
        done = run("snakemake", "-n", "-s", root / "jobs/workflows/Snakefile", "--cores", "2",
                   "--config", "sheet=sheet.csv", "settings=c.yaml", "out=out", cwd=folder)
        said = done.stdout + done.stderr
        if done.returncode or not re.search(r"^slide\s+2\b", said, re.M):
            yield f"Snakefile: {said[-500:]}"


def main(words):
    root = Path(words[0] if words else Path(__file__).parent.parent).resolve()
    complaints = [line for check in (shell, options_of_sbatch, python, easybuild,
                                     containerfile, locks, definition, no_addresses,
                                     reframe, nextflow, snakemake)
                  for line in check(root)]  # fmt: skip
    print("\n".join(complaints) or "recipes: nothing to say")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
