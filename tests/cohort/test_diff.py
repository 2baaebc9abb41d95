"""cytotaxis diff: the same is the same, and of what is not the first and the largest are
named, down to one bit of one number."""
import json
import os
import shutil

import h5py
import numpy as np

from common import *

made, out = folder("diff-made"), folder("diff-out")
run_ok("synth", "--out", made, "--slides", 3, "--cells", 300, "--seed", 5, "--format", "csv")
RUN = ["run", os.path.join(made, "samplesheet.csv"), "--config",
       os.path.join(made, "config.yaml"), "-q", "--no-report"]
run_ok(*RUN, "--out", out)


def diff(a, b, *words, status, ranks=0):
    done = cytotaxis("diff", a, b, *words, ranks=ranks)
    check(done.returncode == status,
          f"{a} {b} {words}: exit {done.returncode}, not {status}: {done.stdout}"
          f"{done.stderr[-300:]}")
    return done.stdout


def lines_of(told):
    """The place and the sentence of the first difference and of the largest."""
    got = {}
    for line in told.splitlines():
        for word in ("first:", "largest:"):
            if line.startswith(word):
                got[word[:-1]] = line[len(word):].strip()
    return got.get("first", ""), got.get("largest", "")


def changed(file, change, name="diff-changed"):
    """A copy of the results in which `change` was made to one file."""
    copy = folder(name)
    shutil.copytree(out, copy)
    with h5py.File(os.path.join(copy, file), "r+") as f:
        change(f)
    return copy


def set_value(path, at, value):
    def change(f):
        data = f[path][()]
        data[at] = value
        f[path][...] = data
    return change


def two_runs_are_the_same():
    again = folder("diff-again")
    run_ok(*RUN, "--out", again, ranks=3)
    told = diff(out, again, status=0)
    check("all" in told and "digests" in told and told.endswith("the same\n"), told)
    check(f"{len(result_files(out))} on both sides" in told, told)
    diff(out, out, status=0, ranks=2)
    file = os.path.join(out, "cohort.h5ad")
    diff(file, os.path.join(again, "cohort.h5ad"), status=0)


def one_bit_of_one_number_is_found():
    file, path = "slides/S02.h5ad", "obsm/spatial"

    def flip(f):
        data = f[path][()]
        data.view(np.uint64)[17, 1] ^= np.uint64(1)
        f[path][...] = data
    other = changed(file, flip)
    first, largest = lines_of(diff(out, other, status=1))
    check(first.startswith(f"{file}:/{path}: row 17, column 1: "), first)
    check(largest == first and "1 differ" in first, largest)
    diff(out, other, "--tolerance", "1e-12", status=0)
    told = diff(out, other, "--quiet", status=1)
    check(told == "", f"--quiet: {told}")


def whole_numbers_are_told_apart_beyond_doubles():
    """Above 2^53 two neighbours are one double, and above 2^63 they have no sign."""
    for kind, value in (("i8", 2 ** 60), ("u8", 2 ** 63 + 2 ** 40)):
        for place in ("attribute", "dataset"):
            paths = []
            for name, number in (("a", value), ("b", value + 1)):
                paths.append(os.path.join(WORK, f"diff-{name}.h5"))
                with h5py.File(paths[-1], "w") as f:
                    if place == "attribute":
                        f.attrs.create("n", number, dtype=kind)
                    else:
                        f.create_dataset("n", data=np.array([7, number], kind))
            first, _ = lines_of(diff(*paths, status=1))
            check(f": {value} against {value + 1}; 1 differ" in first,
                  f"{kind} {place}: {first}")
            diff(paths[0], paths[0], status=0)


def texts_give_no_orders_to_a_terminal():
    paths = []
    for name in "ab":
        paths.append(os.path.join(WORK, f"diff-text-{name}.h5"))
        with h5py.File(paths[-1], "w") as f:
            f["t"] = np.array([b"x", b"\x1b[2J" + name.encode()])
    told = diff(*paths, status=1)
    check("?[2Ja" in told and "\x1b" not in told, repr(told))


def the_first_and_the_largest_are_told_apart():
    def change(f):
        set_value("obs/n_cells", 0, f["obs/n_cells"][0] + 1)(f)
        set_value("X", (1, 2), 1e9)(f)
    first, largest = lines_of(diff(out, changed("cohort.h5ad", change), status=1))
    check(first.startswith("cohort.h5ad:/X: row 1, column 2: "), first)
    check(largest.startswith("cohort.h5ad:/X: "), largest)

    def small_first(f):
        set_value("X", (0, 0), f["X"][0, 0] * (1 + 1e-12) + 1e-12)(f)
        set_value("obs/n_cells", 2, 7)(f)
    first, largest = lines_of(diff(out, changed("cohort.h5ad", small_first), status=1))
    check(first.startswith("cohort.h5ad:/X: row 0, column 0"), first)
    check(largest.startswith("cohort.h5ad:/obs/n_cells: row 2: 300 against 7"), largest)


def texts_kinds_and_shapes_count():
    def rename(f):
        data = f["obs/patient"][()]
        data[1] = b"oth"
        f["obs/patient"][...] = data

    def drop(f):
        del f["uns/config"]

    def add(f):
        f["uns/extra"] = 1.0

    def attribute(f):
        f["obs"].attrs["_index"] = "another"

    def number(f):
        f.attrs["spacing_um"] = 50.0

    def shape(f):
        data = f["X"][:-1]
        del f["X"]
        f["X"] = data

    def to_nan(f):
        set_value("margin_um", (3, 4), np.nan)(f)
    for file, change, words in (
            ("cohort.h5ad", rename, ':/obs/patient: row 1: "P02" against "oth"'),
            ("cohort.h5ad", drop, ":/uns/config: only in the first"),
            ("cohort.h5ad", add, ":/uns/extra: only in the second"),
            ("cohort.h5ad", attribute, ":/obs: attribute _index: \"_index\" against"),
            ("slides/S01.fields.h5", number, ":/: attribute spacing_um: row 0: 5 against 50"),
            ("cohort.h5ad", shape, ":/X: 3 x "),
            ("slides/S03.fields.h5", to_nan, ":/margin_um: row 3, column 4: ")):
        told = diff(out, changed(file, change), "--tolerance", "0.5", status=1)
        first, _ = lines_of(told)
        check(first.startswith(file + words), f"{words}: {told}")


def how_it_is_stored_does_not_count():
    def repack(f):
        for path in ("X", "obs/n_cells"):
            data, attributes = f[path][()], dict(f[path].attrs)
            del f[path]
            f.create_dataset(path, data=data)
            f[path].attrs.update(attributes)
    told = diff(out, changed("cohort.h5ad", repack), status=0)
    check("bytes differ, but no value does" in told, told)


def what_is_not_stored_is_a_difference():
    """Extents cost nothing to claim: no memory is asked for by them."""
    paths = []
    for name in "ab":
        paths.append(os.path.join(WORK, f"diff-claim-{name}.h5"))
        with h5py.File(paths[-1], "w") as f:
            f.create_dataset("x", (2 ** 32, 2 ** 32), "i1", chunks=(2 ** 20, 1))
            f.create_dataset("y", (2 ** 40,), "f8", chunks=(2 ** 20,))
            f["z"] = np.array([name], "S1")
    first, _ = lines_of(diff(*paths, status=1))
    check("/x: " in first and "which are not all in the file" in first, first)


def missing_files_and_folders():
    fewer = folder("diff-fewer")
    shutil.copytree(out, fewer)
    os.remove(os.path.join(fewer, "slides", "S02.h5ad"))
    first, _ = lines_of(diff(out, fewer, status=1))
    check(first == f"slides/S02.h5ad: only in {out}", first)
    first, _ = lines_of(diff(fewer, out, status=1))
    check(first == f"slides/S02.h5ad: only in {out}", first)
    diff(out, os.path.join(WORK, "nowhere"), status=66)
    diff(out, made, status=66)
    diff(out, os.path.join(out, "cohort.h5ad"), status=64)
    for words in ([out], [], [out, out, out], [out, out, "--tolerance", "-1"],
                  [out, out, "--tolerance", "x"]):
        check(cytotaxis("diff", *words, ranks=0).returncode == 64, f"{words}: not refused")


def what_cannot_be_read_is_not_empty():
    """A link to itself can be opened by nobody, not even by root."""
    a, b = (folder(f"diff-closed-{k}") for k in "ab")
    for copy in (a, b):
        shutil.copytree(out, copy)
        shutil.rmtree(os.path.join(copy, "slides"))
        os.symlink("slides", os.path.join(copy, "slides"))
    diff(a, b, status=66)


def digests_are_compared_both_ways():
    other = folder("diff-digests")
    shutil.copytree(out, other)
    path = os.path.join(other, "run.json")

    def told_of(change):
        record = json.load(open(os.path.join(out, "run.json")))
        change(record)
        write(path, json.dumps(record))
        return diff(out, other, status=0), diff(other, out, status=0)
    n = told_of(lambda r: None)[0].split("all ")[1].split()[0]
    fewer = told_of(lambda r: r["cohort_digests_xxh3_128"].pop("/X"))
    slides = told_of(lambda r: r["slides"].pop(1))
    check(all(f"1 of {n} in run.json differ, the first of cohort:/X" in t for t in fewer), fewer)
    check(all(f" of {n} in run.json differ, the first of S02:" in t for t in slides), slides)
    write(path, '{"slides": [')
    check(f"{path} cannot be read: " in diff(out, other, status=0), "a damaged run.json")
    os.remove(path)
    check(f"digests: {other} has no run.json" in diff(other, out, status=0), "no run.json")
    write(path, "{}")
    check("digests: neither run.json has any" in diff(other, other, status=0), "no digests")


def damage_is_a_difference_and_no_crash():
    broken = folder("diff-broken")
    shutil.copytree(out, broken)
    path = os.path.join(broken, "slides", "S01.h5ad")
    good = open(path, "rb").read()
    n_found = 0
    for k in range(40):
        at = (len(good) * k // 40) + 3
        bad = bytearray(good)
        bad[at] ^= 1 << (k % 8)
        with open(path, "wb") as f:
            f.write(bad)
        done = cytotaxis("diff", out, broken, ranks=0)
        check(done.returncode in (0, 1, 65), f"byte {at}: exit {done.returncode}: "
              f"{done.stderr[-200:]}")
        n_found += done.returncode != 0
    check(n_found > 20, f"of 40 damaged bytes {n_found} are noticed")
    with open(path, "wb") as f:
        f.write(good[:len(good) // 2])
    diff(out, broken, status=65)


two_runs_are_the_same()
one_bit_of_one_number_is_found()
whole_numbers_are_told_apart_beyond_doubles()
texts_give_no_orders_to_a_terminal()
the_first_and_the_largest_are_told_apart()
texts_kinds_and_shapes_count()
how_it_is_stored_does_not_count()
what_is_not_stored_is_a_difference()
missing_files_and_folders()
what_cannot_be_read_is_not_empty()
digests_are_compared_both_ways()
damage_is_a_difference_and_no_crash()
finish()
