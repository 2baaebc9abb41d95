"""Input that means harm: names that lead out of the results, links laid where files will
be written, and files that claim more than any memory holds. Nothing outside OUT changes;
each gets a status and a line, soon."""
import os
import resource

import h5py
import numpy as np

from common import *

without_reports()

CELLS = "cell_id,x,y,cell_type\n" + "".join(
    f"c{i},{(i * 37 % 101) * 3},{(i * 53 % 89) * 3},{'AB'[i % 2]}\n" for i in range(60))
HUGE = 2 ** 59


def lines(done):
    return [line for line in done.stderr.splitlines() if line.startswith("cytotaxis: ")]


def everything_under(base):
    """Path, kind and content of all there is."""
    found = {}
    for at, folders, names in os.walk(base):
        for name in folders + names:
            path = os.path.join(at, name)
            is_file = os.path.isfile(path) and not os.path.islink(path)
            found[path] = open(path, "rb").read() if is_file else os.path.islink(path)
    return found


def names_stay_inside():
    base = folder("names")
    write("names/cells.csv", CELLS)
    evil = ["../escape", "a/b", "/tmp/escape", "..", ".", "a b", "a\\b", "$(touch x)",
            "a;touch x", "%n%s", "a\u202eb", "\u0430", "a\x01b", "a\x7fb", "x" * 300]
    sheet = write("names/sheet.csv", "sample,data_path,um_per_px\n" + "".join(
        f'"{name}",cells.csv,1\n' for name in evil) + "good,cells.csv,1\n")
    before = everything_under(base)
    done = cytotaxis("run", sheet, "--out", os.path.join(base, "out"), ranks=2)
    check(done.returncode == 78, f"evil names: exit {done.returncode}: {done.stderr[-400:]}")
    for number, name in enumerate(evil, 2):
        check(any(f":{number}:1: " in line for line in lines(done)),
              f"{name!r} is not complained of")
    check(all(c.isprintable() and c != "\u202e" for line in lines(done) for c in line),
          f"controls on the terminal: {done.stderr!r}")
    check(everything_under(base) == before, "evil names: files were made")
    for name in ("-rf", "--help", "a..b"):  # odd, and harmless behind slides/
        sheet = write("names/odd.csv", f"sample,data_path,um_per_px\n{name},cells.csv,1\n")
        out = folder("names-odd")
        run_ok("run", sheet, "--out", out, "-q")
        check(os.path.exists(os.path.join(out, "slides", f"{name}.h5ad")), name)


def links_lead_nowhere():
    """A link under every name that a run writes to, final or not yet."""
    write("links/cells.csv", CELLS)
    sheet = write("links/sheet.csv", "sample,data_path,um_per_px\nS,cells.csv,1\n")
    out = folder("links-out")
    run_ok("run", sheet, "--out", out, "-q")
    good = digests(out)
    written = [p for p, content in everything_under(out).items() if isinstance(content, bytes)]
    check(len(written) > 4, f"few files: {written}")
    for ending in ("", ".part"):
        victim = write("links/victim", "precious")
        for path in written:
            if os.path.lexists(path):
                os.remove(path)
            os.symlink(victim, path + ending)
        run_ok("run", sheet, "--out", out, "-q", "--overwrite", ranks=2)
        check(open(victim).read() == "precious", f"a link with {ending!r} was followed")
        check(digests(out) == good, f"links with {ending!r}: other results")
        links = [p for p in written if os.path.islink(p)]
        check(not links, f"still links: {links}")


def h5ad(name, fill):
    path = os.path.join(WORK, "huge", f"{name}.h5ad")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with h5py.File(path, "w") as f:
        f.attrs["encoding-type"], f.attrs["encoding-version"] = "anndata", "0.1.0"
        obs = f.create_group("obs")
        obs.attrs["_index"], obs.attrs["encoding-type"] = "_index", "dataframe"
        obs.attrs["encoding-version"] = "0.2.0"
        obs.attrs["column-order"] = ["cell_type"]
        f.create_group("obsm")
        fill(f)
    return path


def claims(f, n_index, n_spatial, n_type):
    """Chunked datasets of any size: a few hundred bytes of file."""
    def make(path, shape, dtype):
        f.create_dataset(path, shape=shape, dtype=dtype, chunks=(4096,) + shape[1:])
    text_type = h5py.string_dtype()
    make("obs/_index", (n_index,), text_type)
    make("obsm/spatial", (n_spatial, 2), "f8")
    make("obs/cell_type", (n_type,), text_type)


def claims_are_refused():
    n = 5000
    made = {"all": h5ad("all", lambda f: claims(f, HUGE, HUGE, HUGE)),
            "index": h5ad("index", lambda f: claims(f, HUGE, n, n)),
            "spatial": h5ad("spatial", lambda f: claims(f, n, HUGE, n)),
            "type": h5ad("type", lambda f: claims(f, n, n, HUGE))}
    sheet = write("huge/sheet.csv", "sample,data_path,um_per_px\n" + "".join(
        f"{name},{os.path.basename(path)},1\n" for name, path in made.items()))
    for ranks in (1, 3):
        out = folder("huge-out")
        done = cytotaxis("run", sheet, "--out", out, ranks=ranks, timeout=120)
        check(done.returncode in (1, 65, 71, 78), f"exit {done.returncode}: {done.stderr[-500:]}")
        for name in made:
            check(any(name in line for line in lines(done)),
                  f"{name} on {ranks} ranks: no line: {lines(done)}")
        check(not result_files(os.path.join(out, "slides")), f"results of {result_files(out)}")
    for path in made.values():
        done = cytotaxis("inspect", path, timeout=120)
        check(done.returncode in (0, 65, 71), f"inspect {path}: {done.returncode}")


def pipes_are_not_waited_for():
    """A pipe that nobody writes to, wherever a samplesheet may name a file."""
    base = os.path.join(WORK, "pipes")
    write("pipes/cells.csv", CELLS)
    for name in ("p.csv", "p.h5ad", "p.h5", "p.geojson", "p_segmentations.geojson"):
        path = os.path.join(base, name)
        if not os.path.exists(path):
            os.mkfifo(path)
    rows = {"csv": "p.csv,,,", "h5ad": "p.h5ad,,,", "cells": "p_segmentations.geojson,,,",
            "types": "cells.csv,p.csv,,", "values": "cells.csv,,p.h5,",
            "regions": "cells.csv,,,p.geojson"}
    sheet = write("pipes/sheet.csv",
                  "sample,data_path,type_file,expression,regions,um_per_px,regions_um_per_px\n"
                  + "".join(f"{name},{row},1,1\n" for name, row in rows.items()))
    config = write("pipes/config.yaml",
                   "signals:\n  - {name: L, ligand: [G], senders: [A], lambda_um: 50, "
                   "expression: {transform: counts}}\n")
    for words in (["check"], ["run", "--out", folder("pipes-out")]):
        done = cytotaxis(words[0], sheet, "--config", config, *words[1:], ranks=2, timeout=60)
        told = lines(done)
        check(done.returncode not in (0, 124), f"{words[0]}: {done.returncode}")
        for name in rows:
            check(any(f"{name}: " in line and ("pipe" in line or "device" in line)
                      for line in told), f"{words[0]}: {name}: {told}")
    for name in ("p.csv", "p.h5ad"):
        done = cytotaxis("inspect", os.path.join(base, name), timeout=60)
        check(done.returncode == 66, f"inspect {name}: {done.returncode} {done.stderr}")


def outside(f, path, value, kind):
    """A dataset of which the values are said to be in another file."""
    shape, most = value.shape, (None,) + value.shape[1:]
    if kind == "link":
        f[path] = h5py.ExternalLink("pipe.h5", "/x")
    elif kind == "storage":
        f.create_dataset(path, shape, value.dtype,
                         external=[("pipe.h5", 0, h5py.h5f.UNLIMITED)])
    else:
        layout = h5py.VirtualLayout(shape, value.dtype, maxshape=most)
        layout[:] = h5py.VirtualSource("pipe.h5", "x", shape, value.dtype, maxshape=most)
        f.create_virtual_dataset(path, layout)


def other_files_are_not_opened():
    """What an HDF5 file says is in another one, which may be a pipe."""
    n = 60
    datasets = {"obs/_index": np.array([f"c{i}" for i in range(n)], "S8"),
                "obs/cell_type": np.array(["A"] * n, "S8"),
                "obsm/spatial": np.arange(2.0 * n).reshape(n, 2)}

    def fill(f, bad, kind):
        for path, value in datasets.items():
            if path == bad:
                outside(f, path, value, kind)
            else:
                f[path] = value
        if bad == "obs":
            del f["obs"]
            outside(f, "obs", datasets["obs/_index"], kind)

    pipe = os.path.join(WORK, "huge", "pipe.h5")
    os.makedirs(os.path.dirname(pipe), exist_ok=True)
    if not os.path.exists(pipe):
        os.mkfifo(pipe)
    cases = [(kind, bad) for kind in ("link", "storage", "view") for bad in datasets]
    for kind, bad in cases + [("link", "obs")]:
        path = h5ad("outside", lambda f: fill(f, bad, kind))
        sheet = write("huge/sheet.csv", "sample,data_path,um_per_px\nS,outside.h5ad,1\n")
        for words, ranks in ((["run", sheet, "--out", folder("huge-out")], 2),
                             (["inspect", path], 1)):
            done = cytotaxis(*words, ranks=ranks, timeout=60)
            check(done.returncode == 65 and f"outside.h5ad {bad} lies in another file, which "
                  "is not looked into" in lines(done)[0], f"{kind} {bad}: {done}")


def numbers_of_cells_are_such():
    write("count/cells.csv", CELLS)
    sheet = write("count/sheet.csv", "sample,data_path,um_per_px\nS,cells.csv,1\n")
    out = folder("count-out")
    run_ok("run", sheet, "--out", out, "-q")
    for bad in (np.nan, 1e300, -1.0):
        with h5py.File(os.path.join(out, "slides", "S.h5ad"), "r+") as f:
            del f["uns/n_cells"]
            f["uns/n_cells"] = bad
        done = cytotaxis("cohort", out, ranks=2)
        check(done.returncode == 65 and f"S.h5ad uns/n_cells is {bad:g}, not a number of cells"
              in lines(done)[0], f"{bad} cells: {done.returncode} {done.stderr}")


def fields_of_view_have_numbers():
    """More values in a column fov than there are numbers: refused or not looked at, whether
    one rank has them all or not."""
    n = 70000
    write("fields/cells.csv", "cell_id,x,y,cell_type,fov\n" + "".join(
        f"c{i},{i % 300},{i // 300},{'AB'[i % 2]},f{i}\n" for i in range(n)))
    sheet = write("fields/sheet.csv", "sample,data_path,um_per_px\nS,cells.csv,1\n")
    for ranks in (1, 2):
        out = folder("fields-out")
        done = cytotaxis("run", sheet, "--out", out, "-q", ranks=ranks)
        check(done.returncode == 1 and
              'S: cells.csv: column "fov|FOV" has more different values than a slide has '
              "fields of view; rename it, or set units.field_gate: off" in lines(done)[0],
              f"fields on {ranks}: {done.returncode} {done.stderr}")
        run_ok("run", sheet, "--out", out, "-q", "--set", "units.field_gate=off", "--set",
               "units.gate=off", "--overwrite", ranks=ranks)
    for bad, shown in (("\0B", "A?B"), ("\udcff", "A?")):
        text = "cell_id,x,y,cell_type,fov\nc,1,1,A,A\nd,2,1,A,A" + bad + "\n"
        write("fields/cells.csv", text.encode(errors="surrogateescape"))
        done = cytotaxis("run", sheet, "--out", folder("fields-out"), "-q", ranks=2)
        check(lines(done)[:1] == ["cytotaxis: S: cells.csv line 3: fov|FOV is not UTF-8 text; "
                                  f'save the file as UTF-8 ("{shown}")'],
              f"fields: {done.stderr}")


# A refusal needs no memory; what takes it all the same is stopped before the machine is.
resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
names_stay_inside()
links_lead_nowhere()
claims_are_refused()
pipes_are_not_waited_for()
other_files_are_not_opened()
numbers_of_cells_are_such()
fields_of_view_have_numbers()
finish()
