"""The JSON Schema against the reader: whatever `check` takes the schema takes, and of what
a schema can know both refuse the same."""
import json
import os

from common import *

# As in test_command_line.py: a program that MPI starts without mpiexec.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"

try:
    import jsonschema
except ImportError:
    skip("there is no jsonschema")

SIGNAL = {"name": "s", "ligand": {"A": 1}, "senders": "A", "responders": ["A", "B"],
          "lambda_um": 9}
TRAP = {"block_lambdas": 1, "bandwidth_um": 9, "margin_knots_um": []}


def patterns(**keys):
    return {"patterns": keys}


def signal(**keys):
    return {"signals": [{**SIGNAL, **keys}]}


def trap(**keys):
    return {**signal(), "compartments": {"from": "labels", "tumour": "A"},
            "trap": {**TRAP, **keys}}


def block(**keys):
    return {**trap(), "block": {"doses": [1, 2], "law": "competitive", **keys}}


TAKEN = [
    None, {}, {"grid": None, "units": {"gate": False, "field_gate": "yes"}},
    {"types": None, "signals": None, "cohort": {"contrasts": None}},
    patterns(pair_radii_um=50, nearest_radii_um=None, niches=None),
    patterns(pair_radii_um=[], nearest_radii_um=[5, 10.5], metric_types="A"),
    patterns(neighbourhood_um=20, niches=8), patterns(neighbourhood_k=5, niches=[2, 3]),
    patterns(metric_types=None, genes=None, bivariate=None, gene_layer=None),
    patterns(metric_types=[], genes=[], bivariate=[]),
    patterns(graph="delaunay", genes="g", bivariate=[["g", "h"]], permutations=9),
    patterns(graph="knn", graph_k=3, longest_um=None),
    {"tissue": {"labels": None}}, {"tissue": {"labels": []}},
    {"types": {"t": "A", "u": ["A", "B"]}},
    signal(lambda_um=[5, 9], view_edge=["open", "closed"], c_over_kd=3, preset=None),
    signal(ligand="L", expression={"transform": "counts", "layer": None}, uptake={"A": 2}),
    {"signals": [{"preset": "CXCL12-CXCR4", "name": "p", "senders": "A",
                  "expression": {"transform": "counts"}}]},
    trap(background=None, densities=None, contrast=None),
    trap(margin_knots_um=[-9, 9], background="B", field_null=True),
    trap(margin_knots_um=None, total_counts="n", receptor_split=0.5),
    block(doses=1), block(signals="s", crosstalk=None, contact_types=None),
    block(times_h=1, step_min=6, motility_um2_per_min=4, course_from="cells",
          course_doses=None),
    {"cohort": {"contrasts": [{"a": "x", "b": "y", "tests": "t"},
                              {"a": "x", "b": "z", "adjust": "age"},
                              {"groups": ["x", "y", "z"]}]}},
    {"output": {"fields": "none"}, "solver": {"max_iterations": 1e3}},
]

REFUSED = [
    7, {"gird": {}}, {"grid": {"spacing": 5}}, {"grid": {"spacing_um": 0}}, {"grid": 5},
    {"grid": {"spacing_um": None}}, {"units": {"gate": "maybe"}}, {"types": ["A"]},
    patterns(niches="x"), patterns(pair_radii_um=0), patterns(bivariate=[["a"]]),
    patterns(genes={"a": 1}), {"signals": {"name": "s"}}, {"signals": [{}]},
    signal(lambda_um=[]), signal(lambda_um=None), signal(senders=[]), signal(senders=None),
    signal(expression={"transform": "log"}), signal(uptake=5), signal(sender="A"),
    block(doses=-1), block(crosstalk=[{"blocked": "s"}]),
    {"cohort": {"contrasts": [{"a": "x", "c": "y"}]}}, {"solver": {"max_iterations": 1.5}},
    patterns(neighbourhood_um=9, niches=[2, 2.5]), {"cohort": {"seed": 0.5}},
]

write("cells.csv", "cell_id,x,y,cell_type,zone,g,h,L,n,CXCL12,CXCR4\n"
      "a,1,1,A,A,1,1,1,1,1,1\nb,20,9,B,B,1,1,1,1,1,1\n")
sheet = write("sheet.csv", "sample,data_path,um_per_px,compartment,condition,patient,age\n"
              + "".join(f"S{c},cells.csv,1,zone,{c},P{c},{k}\n"
                        for k, c in enumerate("xyz")))
schema = json.loads(cytotaxis("--schema", ranks=0).stdout)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)

for taken, configs in ((True, TAKEN), (False, REFUSED)):
    for config in configs:
        path = write("config.json", json.dumps(config))
        done = cytotaxis("check", sheet, "--config", path, ranks=0)
        check(done.returncode == (0 if taken else 78), f"reader: {config}: {done.stderr}")
        faults = [fault.message for fault in validator.iter_errors(config)]
        check(bool(faults) != taken, f"schema: {config}: {faults}")
finish()
