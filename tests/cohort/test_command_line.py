"""The command line as its user meets it: help, version, slips and their statuses, what is
said where, the live line of a terminal, and standard output that cannot be written."""
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time

from common import *

# A program that MPI starts without mpiexec crashes the search for leaks (gcc 12, "Tracer
# caught signal 11"); the tests under mpiexec search for them.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"

HEAD = "sample,data_path,um_per_px,condition\n"
CELLS = "cell_id,x,y,cell_type\n" + "".join(
    f"c{i},{(i * 37 % 101) * 3},{(i * 53 % 89) * 3},{'AB'[i % 2]}\n" for i in range(60))
BAD_CELLS = "cell_id,x,y,cell_type\na,1,1,A\nb,left,1,A\n"
FIELD = rb"\r\x1b\[K"  # how the live line is taken back


def alone(*words, **options):
    return cytotaxis(*words, ranks=0, **options)


def lines(text):
    """What the program itself said, without mpiexec's lines."""
    return [line for line in text.splitlines() if line.startswith("cytotaxis: ")]


def cohort_of(name, sheet, **files):
    base = folder(name)
    write(os.path.join(base, "good.csv"), CELLS)
    for file, content in files.items():
        write(os.path.join(base, file.replace("_csv", ".csv")), content)
    return base, write(os.path.join(base, "sheet.csv"), sheet)


def on_terminal(command, timeout=120):
    """Exit status and all bytes of a command whose three streams are one terminal."""
    leader, follower = pty.openpty()
    running = subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower,
                               env={**os.environ, "TERM": "xterm"}, start_new_session=True)
    os.close(follower)
    said, end = b"", time.monotonic() + timeout
    while time.monotonic() < end:
        if not select.select([leader], [], [], 1)[0]:
            continue
        try:
            chunk = os.read(leader, 65536)
        except OSError:  # how Linux tells that the other end is closed
            break
        if not chunk:
            break
        said += chunk
    else:
        running.kill()
        check(False, f"hangs on a terminal: {command}")
    os.close(leader)
    return running.wait(), said


def help_and_version():
    for words in (["--help"], ["-h"], ["help"], ["run", "--help"], ["check", "--help"],
                  ["synth", "--help"], ["render", "--help"],
                  ["presets", "--help"], ["doctor", "--help"], ["help", "render"], ["help", "run"],
                  ["--help", "check"]):
        done = alone(*words)
        check(done.returncode == 0 and not done.stderr, f"{words}: {done.returncode}")
        check("Exit status" in done.stdout, f"{words}: says no exit status")
        long = [line for line in done.stdout.splitlines() if len(line) > 88]
        check(not long, f"{words}: longer than 88 columns: {long}")
    check(alone("help", "run").stdout == alone("run", "--help").stdout, "help run")
    for ranks in (0, 3):
        done = cytotaxis("--version", ranks=ranks)
        check(re.fullmatch(r"cytotaxis \S+ \(.*Open MPI.*HDF5.*fftw.*zstd.*\)\n",
                           done.stdout), f"--version on {ranks}: {done.stdout!r}")
    for ranks in (0, 3):
        said = cytotaxis("presets", ranks=ranks)
        check(said.returncode == 0 and said.stdout.count("\nCXCL12-CXCR4\n") == 1
              and max(map(len, said.stdout.splitlines())) <= 88, f"presets on {ranks}")
    check("grid.spacing_um" in alone("--help-config").stdout, "--help-config")
    manual_page()
    check(alone("--schema").stdout.startswith("{"), "--schema")


def manual_page():
    """Clean for both formatters where they are here; knows every option and verb."""
    page = write("cytotaxis.1", alone("--man").stdout)
    for command in (["mandoc", "-Tlint", "-W", "warning", page],
                    ["groff", "-ww", "-man", "-Tutf8", page]):
        if shutil.which(command[0]):
            done = subprocess.run(command, capture_output=True, text=True)
            said = done.stderr + (done.stdout if command[0] == "mandoc" else "")
            check(done.returncode == 0 and not said, f"{command[0]}: {said[:500]}")
    roff = open(page).read().replace("\\-", "-")
    rows = open(os.path.join(SOURCE, "src", "options_table.c")).read()
    names = re.findall(r'^    \{(?:KEY_\w+|\'.\'), "([^"]+)"', rows, re.MULTILINE)
    verbs = re.findall(r'^    \{VERB_\w+, \w+, "([^"]+)"', rows, re.MULTILINE)
    check(len(names) > 30 and len(verbs) > 10, f"{len(names)} options, {len(verbs)} verbs")
    for name in names:
        check(f"\\fB--{name}\\fR" in roff, f"the manual page has no --{name}")
    for verb in verbs:
        check(f'.SS "{verb}"' in roff, f"the manual page has no {verb}")
    for key in re.findall(r"^(\w+\.\w+)$", alone("--help-config").stdout, re.MULTILINE):
        check(f"\n{key}\n" in roff, f"the manual page has no {key}")


def slips():
    for words, want in [
            ([], "--help"), (["rnu"], '"run"'), (["dance"], "run, check, cohort, synth"),
            (["run"], "needs a samplesheet"), (["run", "a.csv"], "needs --out"),
            (["synth"], "needs --out"), (["run", "a.csv", "--out"], "--out needs a value"),
            (["presets", "CXCL12"], '"CXCL12"'), (["presets", "--log"], "of render, not"),
            (["render"], "needs the folder OUT"), (["render", "a", "b"], '"b"'),
            (["run", "a.csv", "--out="], "--out needs a value"),
            (["run", "a.csv", "-o", ""], "-o needs a value"),
            (["run", "a.csv", "--otu", "x"], "--out?"), (["--verison"], "--version?"),
            (["run", "--o", "x"], "--only or"), (["run", "-qz"], '"-z"'),
            (["run", "--resume", "-xv", "a.csv"], 'no option "-x"'),
            (["run", "--resume", "-qxv", "a.csv"], 'no option "-x"'),
            (["run", "--verbose=1"], "--verbose takes no value"),
            (["run", "--slides", "3"], "an option of synth, not of run"),
            (["check", "a.csv", "--out", "x"], "an option of run, not of check"),
            (["--out", "x"], "after a verb"), (["run", "--version"], "stands alone"),
            (["run", "--overwrite=1"], "takes no value"),
            (["run", "a.csv", "b.csv", "--out", "x"], '"b.csv"'),
            (["synth", "--out", "x", "--slides", "many"], '"many"'),
            (["synth", "--out", "x", "--cells", " -5"], "whole number"),
            (["synth", "--out", "x", "--seed", "18446744073709551616"],
             "at most 18446744073709551615, not"),
            (["synth", "--out", "x", "--seed", "99999999999999999999x"], "at least 0, not"),
            (["synth", "--out", "x", "--format", "xls"], "csv, h5ad, both"),
            (["run", "a.csv", "--out", "x", "--on-error", "cry"], "skip, stop"),
            (["help", "dance"], '"dance"')]:
        done = alone(*words)
        said = lines(done.stderr)
        check(done.returncode == 64, f"{words}: exit {done.returncode}")
        check(len(said) == 1 and want in said[0], f"{words}: {want} not in {said}")
        check(not done.stdout, f"{words}: on standard output: {done.stdout}")


def synth_says_what_is_next():
    """The command it names is for files that are there, whatever was asked for."""
    for form in ("csv", "h5ad", "both"):
        done = run_ok("synth", "--out", folder(f"next-{form}"), "--slides", 2, "--cells", 100,
                      "--format", form, ranks=0)
        next_ = re.search(r"next: cytotaxis run (\S+) --config (\S+) ", done.stdout)
        check(next_, f"{form}: {done.stdout}")
        run_ok("check", next_[1], "--config", next_[2], ranks=0)


def problems_in_one_pass():
    base, sheet = cohort_of("all-at-once", HEAD.replace("condition", "x") +
                            "a,no.csv,px,\nb,good.csv,1,left\n,good.csv,1,\nd,good.csv\n")
    config = write(os.path.join(base, "config.yaml"), "gird: {spacing_um: 5}\n")
    want = ["config.yaml:1:1: unknown section 'gird'", "--set grid.size=3:",
            "sheet.csv:2:10: um_per_px is not a number", "sheet.csv:4:1: sample is empty",
            "sheet.csv:5: 2 fields", "sheet.csv:2:3: data_path no.csv: No such file",
            'good.csv line 1: no column "left" for x']
    for verb, more in (("check", []), ("run", ["--out", os.path.join(base, "out")])):
        done = alone(verb, sheet, "--config", config, "--set", "grid.size=3", *more)
        said = lines(done.stderr)
        check(done.returncode == 78, f"{verb}: exit {done.returncode}")
        for text in want:
            check(sum(text in line for line in said) == 1, f"{verb}: {text}: {said}")
        check(f"{len(want)} problems" in said[-1], f"{verb}: {said[-1]}")
        check(len(said) == len(want) + 1, f"{verb}: {len(said)} lines: {said}")
        check(not os.path.exists(os.path.join(base, "out")), f"{verb}: wrote something")


def only():
    base, sheet = cohort_of("only", HEAD + "S01,good.csv,1,a\nS02,no.csv,1,b\n")
    config = write(os.path.join(base, "config.yaml"), "cohort: {contrasts: [{a: a, b: b}]}")
    done = alone("check", sheet)
    check(done.returncode == 66 and len(lines(done.stderr)) == 2, f"{done.stderr}")
    done = alone("check", sheet, "--config", config, "--only", "S01,S01")
    check(done.returncode == 0 and "1 sample," in done.stdout, f"only: {done.stderr}")
    done = alone("check", sheet, "--only", "S01,S03,zebra")
    said = lines(done.stderr)
    check(done.returncode == 78 and len(said) == 3, f"only: {said}")
    check('"S03"; did you mean "S01"?' in said[0] and '"zebra"' in said[1], f"only: {said}")
    done = alone("check", write(os.path.join(base, "nameless.csv"), HEAD + ",good.csv,1,\n"),
                 "--only", "S01")
    check(done.returncode == 78 and "sample is empty" in done.stderr, f"{done.stderr}")


def sheets():
    base, _ = cohort_of("sheets", "")
    plain = "sample,data_path,um_per_px\nA,../good.csv,1\nB,%s/good.csv,1\n" % base
    for name, text in [("plain", plain), ("bom", "\ufeff" + plain),
                       ("crlf", plain.replace("\n", "\r\n")),
                       ("semicolon", plain.replace(",", ";")),
                       ("tab", plain.replace(",", "\t")), ("no-end", plain[:-1])]:
        done = alone("check", write(os.path.join(base, "sub", name + ".csv"), text))
        check(done.returncode == 0, f"{name}: {done.stderr}")
    for text, want in [("", "empty"), (plain.splitlines()[0] + "\n", "no samples")]:
        done = alone("check", write(os.path.join(base, "sub", "none.csv"), text))
        check(done.returncode == 78 and want in done.stderr, f"{want}: {done.stderr}")
    for where in (base, os.path.join(base, "no", "sheet.csv")):
        done = alone("check", where)
        check(done.returncode == 66 and len(lines(done.stderr)) == 2, f"{done.stderr}")
    # Paths in results are those of the sheet, also where the results lie beside it.
    out = os.path.join(base, "sub", "results")
    sheet = write(os.path.join(base, "sub", "relative.csv"),
                  "sample,data_path,um_per_px\nA,../good.csv,1\n")
    run_ok("run", sheet, "--out", out, "-q", ranks=0)
    for path in result_files(out):
        check(base.encode() not in open(path, "rb").read(), f"{path} names {base}")


def loudness():
    base, sheet = cohort_of("loudness", HEAD + "good,good.csv,1,a\nbad,bad.csv,1,b\n",
                            bad_csv=BAD_CELLS)
    why = 'cytotaxis: bad: bad.csv line 3: x is not a number ("left")'
    for ranks in (0, 1, 3):
        out = os.path.join(base, f"out{ranks}")
        done = cytotaxis("run", sheet, "--out", out, "-q", ranks=ranks)
        said = lines(done.stderr)
        check(done.returncode == 1 and not done.stdout, f"-q on {ranks}: {done.stdout}")
        check(len(said) == 2 and said[0].startswith(why), f"-q on {ranks}: {said}")
        check("1 of 2 slides failed" in said[-1], f"-q on {ranks}: {said}")
        done = cytotaxis("run", sheet, "--out", out, "--overwrite", "-v", ranks=ranks)
        for phase in ("read", "strips", "nearest", "tissue", "maps", "signals", "write"):
            said = [line for line in lines(done.stderr) if f"good: {phase}: " in line]
            check(len(said) == 1, f"-v on {ranks}: {phase}: {said}")
        done = cytotaxis("run", sheet, "--out", out, "--overwrite", ranks=ranks)
        slides = [line for line in lines(done.stderr) if "60 cells, 2 types" in line]
        check(len(slides) == 1 and "\r" not in done.stderr, f"log: {done.stderr}")
        check("2 slides of 2 patients, 60 cells; 1 slide failed" in done.stdout,
              f"found: {done.stdout}")
    done = alone("run", sheet, "--out", out, "--overwrite", "-q", "--only", "good")
    check(done.returncode == 0 and not done.stderr + done.stdout, f"-q: {done.stderr}")
    done = alone("check", sheet, "-q", "--only", "good")
    check(done.returncode == 0 and not done.stderr + done.stdout, f"-q: {done.stderr}")


def live_line():
    base, sheet = cohort_of("live", HEAD + "".join(
        f"S{i},{'bad' if i == 2 else 'good'}.csv,1,{'ab'[i % 2]}\n" for i in range(5)),
        bad_csv=BAD_CELLS)
    for ranks in (0, 2):
        start = [MPIEXEC, "-n", str(ranks)] * bool(ranks)
        out = os.path.join(base, f"out{ranks}")
        status, said = on_terminal([*start, PROGRAM, "run", sheet, "--out", out])
        what = f"live on {ranks}: {said}"
        check(status == 1, f"exit {status}: {what}")
        states = re.findall(FIELD + rb"(\d) of 5 slides, [\d.]+ (?:thousand |million )?"
                            rb"cells/s, \d+ (?:s|min|h) to go", said)
        # Each number of slides once; alone in order, while mpiexec may pass on what two
        # ranks say in either order.
        check((sorted(states) if ranks else states) == [b"%d" % k for k in range(1, 6)], what)
        check(re.search(FIELD + rb"cytotaxis: S2: bad.csv line 3", said), what)
        check(b"60 cells, 2 types" not in said, what)
        # The live line is taken back before anything else is written.
        # (mpiexec may pass on the two streams in either order)
        check(re.search(rb"to go" + FIELD + rb"(5 slides of 5|cytotaxis: 1 of 5)", said), what)
        last = said.rindex(b"\x1b[K")
        check(b"to go" not in said[last:], what)
        status, said = on_terminal([*start, PROGRAM, "run", sheet, "--out", out,
                                    "--overwrite", "-q"])
        check(b"\x1b" not in said and said.count(b"cytotaxis: ") == 2, f"-q: {said}")
        status, said = on_terminal([*start, PROGRAM, "run", sheet, "--out", out,
                                    "--overwrite", "-v"])
        check(b"\x1b" not in said and b"S0: read: " in said, f"-v: {said}")


def standard_output():
    _, sheet = cohort_of("stdout", HEAD + "good,good.csv,1,a\n")
    out = folder("stdout-out")
    for words in (["--help"], ["--version"], ["--schema"], ["check", sheet],
                  ["run", sheet, "--out", out, "--overwrite"]):
        for to in (">/dev/full", ">&-"):
            done = subprocess.run(["bash", "-c", f'"$0" "$@" {to}', PROGRAM, *words],
                                  capture_output=True, text=True, timeout=60)
            check(done.returncode == 74, f"{words} {to}: exit {done.returncode}")
            check("standard output cannot be written" in done.stderr,
                  f"{words} {to}: {done.stderr}")
    check(sorted(os.listdir(out)) == ["cohort.h5ad", "inputs", "pictures", "report.html", "run.json",
                                       "slides", "tables"],
          f"a run without standard output left {os.listdir(out)}")
    # Closed streams must not become result files.
    done = subprocess.run(["bash", "-c", '"$0" "$@" -q <&- >&- 2>&-', PROGRAM, "run", sheet,
                           "--out", out, "--overwrite"], timeout=60)
    check(done.returncode == 0, f"all streams closed: exit {done.returncode}")
    whole = digests(out)
    run_ok("run", sheet, "--out", out, "--overwrite", "-q", ranks=0)
    check(len(whole) == 3 and whole == digests(out), "all streams closed: other bytes")
    # Who asks for help and reads one line ends it, quietly.
    head = subprocess.run(["bash", "-c", '"$0" --help-config | head -n 1', PROGRAM],
                          capture_output=True, text=True, timeout=60)
    check(head.stdout.count("\n") == 1 and not head.stderr, f"head: {head.stderr}")
    # A log that nobody reads any more does not end a run.
    done = subprocess.run(["bash", "-c", '"$0" "$@" 2> >(true)', PROGRAM, "run", sheet,
                           "--out", out, "--overwrite", "-v"], capture_output=True,
                          text=True, timeout=60)
    check(done.returncode == 0, f"standard error to nobody: exit {done.returncode}")


def interrupted():
    out = folder("interrupted")
    for what in (signal.SIGINT, signal.SIGTERM):
        running = subprocess.Popen([PROGRAM, "synth", "--out", out, "--slides", "300"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(1)
        running.send_signal(what)
        said = running.communicate(timeout=60)
        check(running.returncode == -what, f"{what!r}: {running.returncode}: {said}")
        subprocess.run(["rm", "-rf", out], check=True)


help_and_version()
slips()
synth_says_what_is_next()
problems_in_one_pass()
only()
sheets()
loudness()
live_line()
standard_output()
interrupted()
finish()
