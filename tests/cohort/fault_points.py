"""The fault points of the program, where a run passes them, and a cohort to try them on."""
import os
import re

from common import *
from sections import SECTIONS

listed = open(os.path.join(SOURCE, "src", "base", "fault.c")).read()
listed = listed[listed.index("names[] = {"):]
points = re.findall(r'"([^"]+)"', listed[:listed.index("};")])
check(len(points) > 10, "the list of fault points was not found")

PATTERNS = ["--set", "patterns={pair_radii_um: [20, 50], nearest_radii_um: [5, 20], "
            "graph: delaunay, permutations: 9, genes: [CXCL12], bivariate: [[CXCL12, CXCR4]], "
            "neighbourhood_um: 30, niches: [2, 3], metric_types: [CD8 T, Tumor]}"]

# Points that `run` does not pass, and where they are armed instead.
ELSEWHERE = {"csv.count": "lines that no guess fits: tests/mpi/test_csv_refused.c",
             "synth.slide": "verb synth: tests/mpi/test_synth.c",
             "synth.write": "verb synth: tests/mpi/test_synth.c",
             "join.hash": "a slide of several files: tests/mpi/test_join.c",
             "polygons.read": "a Visium HD folder: tests/cohort/test_visium_hd.py",
             "fields.place": "positions within fields of view: tests/cohort/test_cosmx.py",
             "mtx.open": "a 10x folder: tests/cohort/test_formats.py",
             "tenx.open": "a 10x file: tests/cohort/test_formats.py",
             "trap.stage": "trap slopes: tests/cohort/test_trap.py",
             "glm.sum": "the same",
             "block.begin": "blocking a receptor: tests/cohort/test_block.py",
             "tilt.sums": "the same",
             "contact.rows": "the same",
             "drift.create": "the same",
             "cross.spectrum": "the same",
             "ring.open": "a screen: tests/mpi/test_field_null.c",
             "graph.search": "other graphs than Delaunay's: tests/mpi/test_graph.c",
             "resume.judge": "--resume: tests/cohort/test_resume.py",
             "journal.read": "long steps: tests/cohort/test_steps.py",
             "journal.write": "the same",
             "trace.open": "--trace: tests/cohort/test_trace.py",
             "trace.write": "the same",
             "verify.read": "--verify: tests/cohort/test_verify.py",
             # What `run` does not call yet.
             "enrichment.permute": "tests/mpi/test_enrichment.c",
             "autocorrelation": "tests/mpi/test_autocorrelation.c",
             "neighbourhood.count": "tests/mpi/test_neighbourhood.c",
             "niches.fit": "tests/mpi/test_niches.c",
             }
# Points before the first slide, passed outside of any.
BEFORE = ["run.folders", "queue.open", "outcome.init", "input.list", "resume.state"]
# Points of what comes after all slides; those of STORE and mem.alloc belong to both.
AFTER = ["cohort.read", "niches.read", "niches.fit", "run.json", "report.read", "report.file"]
STORE = [p for p in points if p.startswith("store.")]
# Points that no test of their own module arms.
ONLY_HERE = ["slide.gate", "nearest.search", "edt.map"]
for point in [*ELSEWHERE, *BEFORE, *AFTER, *ONLY_HERE]:
    check(point in points, f"{point}, named here, is no fault point")


def places(point, slide):
    """Where a run passes a point: during a slide, in the cohort stage, before (\"\")."""
    if point in ELSEWHERE:
        return []
    if point in BEFORE:
        return [""]
    if point in AFTER:
        return ["cohort"]
    return [slide, "cohort"] if point in STORE or point == "mem.alloc" else [slide]


def make_cohort(name, n_slides=3):
    """(samplesheets by format, words for the config, digests of a good run, slides)."""
    made = folder(f"{name}-cohort")
    run_ok("synth", "--out", made, "--slides", n_slides, "--cells", 300, "--seed", 3)
    regions = write(os.path.join(made, "regions.geojson"), geojson(REGIONS))
    sheets = {kind: with_regions(os.path.join(made, sheet), regions, 0.5) for kind, sheet in
              (("csv", "samplesheet.csv"), ("h5ad", "samplesheet_h5ad.csv"))}
    config = ["--config", os.path.join(made, "config.yaml"), *SECTIONS, *PATTERNS,
              "--set", "trap.basin_depth=0.05"]
    whole = folder(f"{name}-whole")
    run_ok("run", sheets["csv"], *config, "--out", whole, "-q")
    return sheets, config, digests(whole), cohort(whole)[0]


def sheet_for(point, sheets):
    return sheets["h5ad" if point.startswith("h5ad") else "csv"]
