"""report.html in a browser: nothing wider than the window on a phone, a tablet and a
screen, light and dark; nothing on the console, nothing asked of the network; tables sort
and filter, and are there without script too. Pictures of every page stay in the folder of
the test, to be looked at."""
import os

from browser import Browser, program
from common import *
from report_cohort import *

WIDTHS = (360, 800, 1400)

# Text that runs out of its picture to the left or right, in units of the picture.
OUTSIDE = """
[...document.querySelectorAll('figure svg text')].filter(t => {
  const b = t.getBBox(), w = t.ownerSVGElement.viewBox.baseVal.width;
  return b.width && (b.x < -0.5 || b.x + b.width > w + 0.5);
}).map(t => t.textContent).slice(0, 5)
"""
# Elements that stick out of the window, but for what scrolls within its own frame.
WIDE = """
[...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll,pre') &&
  e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 120))
  .slice(0, 5)
"""
# Pictures that did not load.
BROKEN = "[...document.images].filter(i => !i.naturalWidth).length"


def look(browser, out, name):
    page = os.path.join(out, "report.html")
    for width in WIDTHS:
        for dark in (False, True):
            what = f"{name}, {width} wide{', dark' if dark else ''}"
            browser.open(page, width, dark=dark, phone=width < 500)
            wide = browser.run("document.documentElement.scrollWidth")
            check(wide <= width, f"{what}: {wide} wide")
            for script in (OUTSIDE, WIDE):
                found = browser.run(script)
                check(not found, f"{what}: sticks out: {found}")
            check(browser.run(BROKEN) == 0, f"{what}: pictures are broken")
            said = browser.complaints()
            check(not said, f"{what}: {said[:3]}")
            asked = [u for u in browser.requests() if not u.startswith(("data:", "file:"))]
            check(not asked, f"{what}: asks for {asked[:3]}")
            browser.picture(os.path.join(WORK, f"{name}-{width}-{'dark' if dark else 'light'}.png"))
            dim = browser.run("getComputedStyle(document.body).backgroundColor")
            check((dim == "rgb(255, 255, 255)") != dark, f"{what}: ground {dim}")
    browser.printed(os.path.join(WORK, f"{name}.pdf"))


def rows(browser, table, column):
    return browser.run(f"[...document.querySelectorAll('#{table} tbody tr')].map("
                       f"r => r.cells[{column}].textContent)")


def tables_sort_and_filter(browser, out):
    browser.open(os.path.join(out, "report.html"), 1400)
    table = "table-tests-1"
    heads = browser.run(f"[...document.querySelectorAll('#{table} th')].map("
                        "h => h.textContent)")
    check(heads[:3] == ["metric", "p", "q"], f"heads {heads}")
    at = heads.index("effect")

    def press():
        browser.run(f"document.querySelectorAll('#{table} th button')[{at}].click()")
        return [float(v) for v in rows(browser, table, at) if v != "\u2013"]
    for want in (False, True):
        got = press()
        check(len(got) > 10 and got == sorted(got, reverse=want), f"sorted: {got[:9]}")
    told = browser.run(f"document.querySelectorAll('#{table} th')[{at}].ariaSort")
    check(told == "descending", f"aria-sort {told}")
    browser.run(f"f = document.querySelector('#{table}').closest('div').parentNode"
                ".querySelector('input'); f.value = 'DENSITY';"
                "f.dispatchEvent(new Event('input'))")
    shown = browser.run(f"[...document.querySelectorAll('#{table} tbody tr')].filter("
                        "r => !r.hidden).map(r => r.textContent.toLowerCase())")
    check(shown and all("density" in r for r in shown), f"filtered: {shown[:3]}")
    check(not browser.complaints(), "sorting complains")


def all_is_there_without_script(browser, out):
    browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    browser.open(os.path.join(out, "report.html"), 800)
    document = browser.ask("DOM.getDocument")["root"]["nodeId"]

    def count(selector):
        return len(browser.ask("DOM.querySelectorAll", nodeId=document,
                               selector=selector)["nodeIds"])
    check(count("#table-tests-1 tbody tr") > 10, "no rows without script")
    check(count("th button") == 0 and count("input") == 0, "a control that does nothing")
    browser.ask("Emulation.setScriptExecutionDisabled", value=False)


def run_data(name, *words):
    out = folder(f"{name}-out")
    run_ok("run", os.path.join(DATA, "cohorts", name, "sheet.csv"), "--out", out, "-q",
           *words, ranks=2, timeout=900)
    return out


if check(program(), "no chromium: jobs/install-packages.sh browser"):
    made, synth, evil = folder("made"), folder("synth-out"), folder("evil-out")
    run_ok("synth", "--out", made, "--slides", 8, "--patients", 8, "--cells", 1500,
           "--format", "csv")
    run_ok("run", os.path.join(made, "samplesheet.csv"), "--config",
           os.path.join(made, "config.yaml"), "--out", synth, "-q", "--set",
           "patterns={pair_radii_um: [10, 20, 50], graph: delaunay}", "--set",
           "trap={background: [immune], block_lambdas: 1, bandwidth_um: 50, "
           "margin_knots_um: [-50, 0, 50]}", "--set",
           "block={doses: [0, 0.1, 1, 10, 100], law: competitive}", ranks=2)
    cytotaxis("run", evil_sheet(), "--out", evil, "-q", "--set", "units.gate=off")
    pages = {"synth": synth, "evil": with_all_tables(evil, "evil-all")}
    run_ok("report", pages["evil"])
    for name in ("damond2019_t1d_imc", "hickey2023_intestine_codex"):
        if os.path.exists(os.path.join(DATA, "cohorts", name)):
            pages[name] = run_data(name)
    with Browser() as browser:
        for name, out in pages.items():
            look(browser, out, name)
        tables_sort_and_filter(browser, synth)
        all_is_there_without_script(browser, synth)
finish()
