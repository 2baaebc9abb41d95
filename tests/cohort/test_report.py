"""report.html and tables: well-formed whatever the data are called, nothing from
elsewhere, the same on any number of ranks; the tables hold what h5py reads."""
import csv
import html.parser
import json
import os
import re
import shutil
import xml.dom.minidom

import h5py
import numpy as np

from common import *
from report_cohort import *

VOID = {"meta", "img", "br", "input", "hr", "link"}
SECTIONS = ["glance", "composition", "margin", "trap", "tests", "block", "patterns",
            "gallery", "methods", "warnings", "run"]


class Page(html.parser.HTMLParser):
    """The page as a browser would take it apart; what is wrong goes to self.faults."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.sources = [], [], [], []
        self.faults, self.texts, self.scripts, self.words = [], {}, 0, []
        self.feed(text)
        self.close()
        if self.open:
            self.faults.append(f"left open: {self.open}")

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        if len(names) != len(set(names)):
            self.faults.append(f"<{tag}> has an attribute twice")
        self.faults += [f"<{tag} {name}>" for name in names if name.startswith("on")]
        given = dict(attributes)
        self.scripts += tag == "script"
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given["href"])
        self.sources += [given[k] for k in ("src", "srcset", "data", "poster")
                         if k in given]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> within {self.open[-3:]} at {self.getpos()}")
        else:
            self.open.pop()

    def handle_data(self, data):
        self.words.append(data)


def read(out, name="report.html"):
    with open(os.path.join(out, name), encoding="utf-8", newline="") as f:
        return f.read()


def section(text, name):
    found = re.search(rf'<section id="{name}">.*?</section>', text, re.S)
    return found.group(0) if found else ""


def check_page(out, what):
    text = read(out)
    page = Page(text)
    check(not page.faults, f"{what}: {page.faults[:5]}")
    twice = {i for i in page.ids if page.ids.count(i) > 1}
    check(not twice, f"{what}: ids given twice: {twice}")
    missing = [s for s in SECTIONS if s not in page.ids]
    check(not missing, f"{what}: no section {missing}")
    check(all(s.startswith("data:image/png;base64,") for s in page.sources),
          f"{what}: takes something from elsewhere")
    for link in page.links:
        if link.startswith("#"):
            check(link[1:] in page.ids, f"{what}: {link} leads nowhere")
        elif not link.startswith("https://doi.org/10."):
            check(os.path.exists(os.path.join(out, link)), f"{what}: no file {link}")
    check(not re.search(r"url\(|@import|<link|<iframe", text), f"{what}: loads something")
    check(page.scripts == 1, f"{what}: {page.scripts} scripts")
    for svg in re.findall(r"<svg.*?</svg>", text, re.S):
        try:
            xml.dom.minidom.parseString(svg)
        except Exception as why:  # whatever the parser throws is the finding
            check(False, f"{what}: a picture is no XML: {why}: {svg[:200]}")
        check("nan" not in svg.lower().replace("n = ", "") and "inf" not in
              re.sub(r">[^<]*<|aria-label=\"[^\"]*\"", "", svg), f"{what}: NaN drawn")
    return text, page


def rows_of(out, name):
    with open(os.path.join(out, "tables", name), encoding="utf-8", newline="") as f:
        return list(csv.reader(f))


def as_guarded(text):
    return "'" + text if text[:1] in tuple("=+-@\t\r") and text else text


def same_column(got, data, what):
    """A column of a table against a dataset: numbers to the bit, texts as guarded."""
    if data.dtype.kind in "fiu":
        numbers = [float(v) if v else np.nan for v in got]
        check(np.array_equal(numbers, data[()].astype(float), equal_nan=True), what)
    else:
        check(list(got) == [as_guarded(t) for t in text(data[()])], what)


def compare_frame(rows, group, what, skip=0):
    """Rows of a table with the dataframe they come from, after `skip` columns."""
    head, *body = rows
    names = text(group.attrs["column-order"])
    check(len(body) == len(group[group.attrs["_index"]]), f"{what}: {len(body)} rows")
    same_column([r[skip] for r in body], group[group.attrs["_index"]], f"{what}: index")
    for name in names:
        at = head.index(name)
        data = group[name] if name in group else group[name.replace("/", "_")]
        if isinstance(data, h5py.Group):
            codes, words = data["codes"][()], text(data["categories"][()])
            check([r[at] for r in body] == [as_guarded(words[c]) if c >= 0 else ""
                                            for c in codes], f"{what}: {name}")
        else:
            same_column([r[at] for r in body], data, f"{what}: {name}")


def check_tables(out):
    with h5py.File(os.path.join(out, "cohort.h5ad")) as f:
        compare_frame(rows_of(out, "slides.csv"), f["obs"], "slides.csv")
        compare_frame(rows_of(out, "metrics.csv"), f["var"], "metrics.csv")
        head, *body = rows_of(out, "values.csv")
        index = text(f["var"][f["var"].attrs["_index"]][()])
        check(head == ["sample", "patient", "condition", *map(as_guarded, index)],
              "values.csv: head")
        values = np.array([[float(v) if v else np.nan for v in r[3:]] for r in body])
        check(np.array_equal(values, f["X"][()], equal_nan=True), "values.csv: X")
        check([r[1] for r in body] == [as_guarded(p) for p in text(f["obs/patient"][()])],
              "values.csv: patients")
        for table in ("tests", "curve_tests", "curve_bands"):
            rows = rows_of(out, f"{table}.csv")
            for contrast, group in f["uns"][table].items():
                name = group.attrs.get("name", contrast)
                mine = [r for r in rows[1:] if r[0] == as_guarded(text([name])[0])]
                compare_frame([rows[0], *mine], group, f"{table}.csv: {contrast}", skip=1)
        if "curves" in f["uns"]:
            head, *body = rows_of(out, "curves.csv")
            check(head == ["curve", "sample", "axis", "unit", "x", "value"], "curves.csv")
            wanted = sum(c["values"].size for c in f["uns/curves"].values())
            check(len(body) == wanted, f"curves.csv: {len(body)} rows, not {wanted}")
            for link, c in f["uns/curves"].items():
                name = text([c.attrs.get("name", link)])[0]
                got = [r for r in body if r[0] == as_guarded(name)]
                numbers = [float(r[5]) if r[5] else np.nan for r in got]
                check(np.array_equal(numbers, c["values"][()].ravel(), equal_nan=True) and
                      np.array_equal([float(r[4]) for r in got],
                                     np.tile(c["x"][()], len(c["values"]))),
                      f"curves.csv: {name}")
        for name, group in f["uns"].items():
            if group.attrs.get("encoding-type") == "dataframe":
                compare_frame(rows_of(out, f"{name}.csv"), group, f"{name}.csv")


evil = folder("evil-out")
done = cytotaxis("run", evil_sheet(), "--out", evil, "-q", "--set", "units.gate=off",
                 "--set", "patterns={pair_radii_um: [20, 50], graph: delaunay}")
check(done.returncode == 1, f"one slide fails: {done.returncode}: {done.stderr[-500:]}")
all_tables = with_all_tables(evil, "evil-all")
run_ok("report", all_tables, "-q")


def names_from_data_are_only_ever_text():
    raw, page = check_page(evil, "evil names")
    words = "".join(page.words)
    for name in EVIL_TYPES + EVIL_CONDITIONS + EVIL_PATIENTS:
        check(name in words, f"{name!r} is not on the page")
    check("<script>alert" not in raw and "<b>before" not in raw, "a name became markup")
    check("x is not a number" in section(raw, "glance"), "the failure is not told")


def every_table_has_its_picture():
    raw, page = check_page(all_tables, "all tables")
    words = "".join(page.words)
    check("<s> \u2192 T" in words and "T are held where <s> is high" in words, "signals")
    check("T and <s>: likeliest of 2: range 60 um, the low-dose limit" in
          "".join(words.split("\n")), "range and c/Kd")
    for name in ("margin", "trap", "block", "patterns"):
        check("<svg" in section(raw, name), f"section {name} has no picture")
    check("survival" in section(raw, "tests"), "another table is not shown")
    check("p of the whole curve" in section(raw, "patterns"), "curves as wholes")
    check("smallest p of its points" not in section(raw, "patterns"), "curves by points, too")
    check("distance to the tumour" in section(raw, "margin") and "(\u00b5m)" in
          section(raw, "margin") and "(mm\u207b\u00b2)" in section(raw, "margin"),
          "axes without unit")


def lowest_of_bands(plot):
    """By the labels of the vertical axis, which are at the left."""
    ticks = [(float(v), float(y) - 4) for y, v in re.findall(
        r'<text x="41.0" y="([\d.]+)" text-anchor="end">([^<]+)</text>', plot)
        if re.fullmatch(r"-?[\d.]+(e[+-]?\d+)?", v)]
    at = [float(y) for path in re.findall(r'class="band"[^>]* d="M([^"]*)Z"', plot)
          for y in re.findall(r" ([\d.]+)", path)]
    if len(ticks) < 2 or not at:
        return None
    (v0, y0), (v1, y1) = ticks[0], ticks[-1]
    pixel = (v1 - v0) / (y1 - y0)
    return v0 + (max(at) - y0) * pixel, abs(pixel)


def bands_of_what_is_never_negative_end_at_0():
    plots = re.findall(r"<svg.*?</svg>", section(read(all_tables), "patterns"), re.S)
    lows = [low for low in map(lowest_of_bands, plots) if low]
    check(len(lows) > 20, f"{len(lows)} plots with bands and an axis")
    check(all(low > -pixel for low, pixel in lows), f"a band below 0: {min(lows)}")


def changed(name, change):
    """The page of all tables after a change of its cohort.h5ad."""
    copy = folder(name)
    shutil.copytree(all_tables, copy)
    with h5py.File(os.path.join(copy, "cohort.h5ad"), "a") as f:
        change(f)
    run_ok("report", copy, "-q")
    return check_page(copy, name)[0]


def bands_are_of_the_conditions_of_their_contrast():
    def rename(f):
        link, = f["uns/curve_tests"]
        for group in ("tests", "curve_tests", "curve_bands"):
            f["uns"][group].move(link, "my_own")
        index = f["uns/contrasts/_index"]
        attributes = dict(index.attrs)
        del f["uns/contrasts/_index"]
        f["uns/contrasts/_index"] = np.array(["my/own"], dtype=h5py.string_dtype())
        f["uns/contrasts/_index"].attrs.update(attributes)

    def forget(f):
        del f["uns/contrasts"]

    def bands(page):
        return re.findall(r'class="band"[^>]* d="M[^"]*"', section(page, "patterns"))

    wanted = bands(read(all_tables))
    check(len(wanted) > 20, f"{len(wanted)} bands")
    check(bands(changed("named", rename)) == wanted, "bands of a contrast of its own name")
    check(bands(changed("older", forget)) == wanted, "bands without a table of contrasts")


def slides_without_condition_have_a_name():
    def clear(f):
        column = f["obs/condition"]
        if isinstance(column, h5py.Group):
            column = column["categories"]
        column[...] = [EVIL_CONDITIONS[0] if name == EVIL_CONDITIONS[0] else ""
                       for name in text(column[()])]

    page = changed("nameless", clear)
    check("</svg>without condition</li>" in section(page, "patterns") and
          "</svg></li>" not in page, "the line of slides without condition has no name")


def long_tables_are_cut_and_say_where_all_is():
    def lengthen(f):
        for name in ("signals", "profile"):
            old = f["uns"][name]
            columns = {c: np.resize(old[c][()].astype(str) if old[c].dtype.kind == "O" else
                                    old[c][()], 130) for c in text(old.attrs["column-order"])
                       if c not in ("p", "meaning")}
            del f["uns"][name]
            frame(f["uns"], name, [f"row {i}" for i in range(130)], **columns,
                  p=np.linspace(1, 0, 130), meaning=[f"sentence {i}" for i in range(130)])

    page = section(changed("long", lengthen), "trap")
    for name, by in (("signals", " by p"), ("profile", "")):
        table = re.search(rf'id="table-{name}".*?</table>', page, re.S).group(0)
        check(table.count("<tr>") == 101, f"{name}: {table.count('<tr>')} rows")
        check(f"The first 100 of 130{by}; all are in tables/{name}.csv." in page, name)
    check("sentence 39<" in page and "sentence 40<" not in page.split("Range and c/Kd")[1],
          "sentences of ranges")


def a_map_that_cannot_be_drawn_hinders_no_other():
    copy = folder("damaged-map")
    shutil.copytree(evil, copy)
    with h5py.File(os.path.join(copy, "slides", "S0.fields.h5"), "a") as f:
        shape = len(f["y"]), len(f["x"])
        bad = f.create_dataset("signal/broken/concentration", shape, "f4", chunks=shape,
                               compression="gzip")
        bad.id.write_direct_chunk((0, 0), b"no stream of zlib")
        f["margin_um"] = np.ones(shape, "f4")
    with h5py.File(os.path.join(copy, "slides", "S1.fields.h5"), "a") as f:
        f["signal/concentration"] = np.ones((len(f["y"]), len(f["x"])), "f4")
    with h5py.File(os.path.join(copy, "slides", "S0.h5ad"), "a") as f:
        frame(f["uns"], "nearest_curves", ["a"], g=[1.0])
        frame(f["uns"], "small", ["a"], g=[1.0])
    run_ok("report", copy, "-q")
    page = check_page(copy, "a damaged map")[0]
    tables = os.listdir(os.path.join(copy, "tables"))
    check("slides_small.csv" in tables and "slides_nearest_curves.csv" not in tables,
          "tables of pairs of types stay with their slides")
    first, second = re.findall(r'<article class="slide">.*?</article>', page, re.S)[:2]
    check('alt="S0: distance to the border"' in first, "the map after it is not drawn")
    check(first.count('<p class="bad">no signal: ') == 1 and first.count('"bad"') == 1,
          "it is not told of, or others are")
    check('class="bad"' not in second and "alt=\"S1: signal" not in second,
          "a raster without a signal's name is none of a signal")


def what_is_missing_is_told():
    raw = read(evil)
    for name, key in (("margin", "compartments.from"), ("trap", "signals"),
                      ("block", "block")):
        part = section(raw, name)
        check(f"<code>{key}" in part and "<svg" not in part, f"{name}: how to get it")
    bare = folder("bare")
    write("bare-cells.csv", "id,x,y,t\n" + "".join(f"{i},{i % 17 * 9},{i * 3},A\n"
                                                   for i in range(150)))
    sheet = write("bare.csv", "sample,data_path,um_per_px,id,x,y,type\n"
                  "only,bare-cells.csv,1,id,x,y,t\n")
    run_ok("run", sheet, "--out", bare, "-q", "--set", "output.fields=none", "--set",
           "units.gate=off")
    raw, _ = check_page(bare, "one slide of one type")
    check("output.fields" in section(raw, "gallery"), "no maps: how to get them")
    check("<code>condition" in section(raw, "tests"), "no tests: how to get them")
    lost = folder("lost")
    sheet = write("evil/lost.csv", "sample,data_path,um_per_px,id,x,y,type\n"
                  "broken,broken.csv,1,id,x,y,type\n")
    done = cytotaxis("run", sheet, "--out", lost, "-q")
    check(done.returncode == 1, f"all slides fail: {done.returncode}: {done.stderr}")
    raw, _ = check_page(lost, "no slide left")
    check("x is not a number" in section(raw, "glance"), "the failure is not told")
    check("<svg" not in section(raw, "composition"), "a picture of nothing")


def without_its_run_a_page_is_the_same_on_any_ranks():
    def stable(out):
        return re.sub(r'<section id="run">.*?</section>', "", read(out), flags=re.S)

    def files(out):
        got = digests(out)
        for part in ("tables", "pictures"):
            for base, _, names in os.walk(os.path.join(out, part)):
                for name in names:
                    path = os.path.join(base, name)
                    got[os.path.relpath(path, out)] = open(path, "rb").read()
        return got

    page, rest = stable(all_tables), files(all_tables)
    check(len([p for p in rest if p.endswith(".png")]) >= 8, "pictures")
    for ranks in (2, 3, 12):
        again = folder("evil-ranks")
        shutil.copytree(all_tables, again)
        for part in ("report.html", "tables", "pictures"):
            subprocess.run(["rm", "-r", os.path.join(again, part)], check=True)
        run_ok("report", again, ranks=ranks)
        check(stable(again) == page, f"{ranks} ranks: another page")
        check(files(again) == rest, f"{ranks} ranks: other tables or pictures")
    check(section(read(all_tables), "run") not in page, "the section of the run stays")


def tables_hold_what_the_results_hold():
    check_tables(evil)
    check_tables(all_tables)
    lines = open(os.path.join(evil, "tables", "metrics.csv"), encoding="utf-8").read()
    check("\n=" not in lines and "\n@" not in lines and ",@" not in lines and ",=" not in
          lines, "a field could be taken for a formula")


def multiqc_finds_its_content():
    slides = json.loads(read(evil, "tables/cytotaxis_mqc.json"))
    shares = json.loads(read(evil, "tables/cytotaxis_composition_mqc.json"))
    for content in (slides, shares):
        missing = {"id", "section_name", "description", "plot_type", "pconfig",
                   "data"} - set(content)
        check(not missing, f"{content.get('id')}: lacks {missing}")
        check({"id", "title"} <= set(content["pconfig"]), "pconfig")
    check(set(slides["data"]) == {*(f"S{s}" for s in range(8)), "broken"}, "slides")
    check(slides["data"]["broken"]["status"] == "failed" and
          slides["data"]["S0"]["cells"] == 300, "a slide")
    check(all(sum(row.values()) == 300 for row in shares["data"].values()), "cells of types")


def nothing_is_left_of_an_earlier_report():
    base = folder("again-cohort")
    cells = "cell_id,x,y,cell_type\n" + "".join(
        f"c{i},{i * 7 % 90},{i * 13 % 80},{'AB'[i % 2]}\n" for i in range(40))
    write(os.path.join(base, "cells.csv"), cells)
    sheet = write(os.path.join(base, "sheet.csv"),
                  "sample,data_path,um_per_px\nold,cells.csv,1\nnew,cells.csv,1\n")
    out = os.path.join(base, "out")
    run_ok("run", sheet, "--out", out, "-q")
    killed = write(os.path.join(out, "tables", "old.csv.7.part"), "half")
    write(sheet, open(sheet).read().replace("old,cells.csv,1\n", ""))
    run_ok("run", sheet, "--out", out, "-q", "--overwrite")
    pictures = os.listdir(os.path.join(out, "pictures", "report"))
    check(pictures and all(name.startswith("new.") for name in pictures), f"{pictures}")
    check(not os.path.exists(killed), "half a table is left")
    run_ok("run", sheet, "--out", out, "-q", "--overwrite", "--no-report")
    left = [n for part in ("tables", "pictures/report")
            for n in os.listdir(os.path.join(out, part))]
    check(not left and not os.path.exists(os.path.join(out, "report.html")), f"{left}")


def no_results_no_report():
    for where, status in ((os.path.join(WORK, "nowhere"), 66), (WORK, 66)):
        done = cytotaxis("report", where, ranks=2)
        lines = [l for l in done.stderr.splitlines() if l.startswith("cytotaxis: ")]
        check(done.returncode == status and len(lines) == 1,
              f"{where}: {done.returncode}: {done.stderr}")
    done = cytotaxis("report")
    check(done.returncode == 64 and "folder" in done.stderr, f"no word: {done.stderr}")
    broken = folder("broken-out")
    shutil.copytree(evil, broken)
    with open(os.path.join(broken, "cohort.h5ad"), "wb") as f:
        f.write(b"no HDF5")
    done = cytotaxis("report", broken, ranks=3)
    check(done.returncode == 65, f"no HDF5: {done.returncode}: {done.stderr}")
    no_record = folder("no-record")
    shutil.copytree(evil, no_record)
    os.remove(os.path.join(no_record, "run.json"))
    run_ok("report", no_record)
    check("run.json" in section(read(no_record), "run"), "without run.json")
    sheet = write("again.csv", open(os.path.join(WORK, "evil", "sheet.csv")).read())
    quiet = folder("quiet")
    shutil.copy(sheet, os.path.join(WORK, "evil", "again.csv"))
    cytotaxis("run", os.path.join(WORK, "evil", "again.csv"), "--out", quiet, "-q",
              "--no-report", "--set", "units.gate=off")
    check(os.path.exists(os.path.join(quiet, "cohort.h5ad")) and
          not os.path.exists(os.path.join(quiet, "report.html")), "--no-report")


names_from_data_are_only_ever_text()
every_table_has_its_picture()
bands_of_what_is_never_negative_end_at_0()
bands_are_of_the_conditions_of_their_contrast()
slides_without_condition_have_a_name()
long_tables_are_cut_and_say_where_all_is()
a_map_that_cannot_be_drawn_hinders_no_other()
what_is_missing_is_told()
without_its_run_a_page_is_the_same_on_any_ranks()
tables_hold_what_the_results_hold()
multiqc_finds_its_content()
nothing_is_left_of_an_earlier_report()
no_results_no_report()
finish()
