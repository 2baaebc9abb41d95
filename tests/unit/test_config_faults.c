// SPDX-License-Identifier: BSD-3-Clause
#include "config_file.h"

/* A signal with all it needs, without the closing brace. */
#define SIGNAL "{name: s, ligand: {A: 1}, senders: A, lambda_um: 9"

#define TRAP   "trap: {block_lambdas: 1, bandwidth_um: 9, margin_knots_um: []}\n"
#define TUMOUR "compartments: {from: labels, tumour: a}\nsignals: [" SIGNAL "}]\n" TRAP
#define DOSES  "block: {doses: [1], law: competitive, "

static const struct {
    const char *text, *want;
} faults[] = {
    {TUMOUR "block: {doses: 1}\n",
     "config.yaml:4:8: block needs law: competitive or non_competitive"},
    {TUMOUR "block: {law: competitive}\n", "config.yaml:4:8: block needs doses"},
    {"block: {doses: [1, 0.5], law: competitive}\n",
     "config.yaml:1:8: block needs the slopes of trap: block_lambdas\n"
     "config.yaml:1:8: block has nothing to predict: neither compartments.tumour nor "
     "block.contact_um is given\n"
     "config.yaml:1:20: doses must ascend, and 0.5 does not"},
    {TUMOUR DOSES "contact_um: 20}\n",
     "config.yaml:4:8: block: contact_um needs contact_types\n"
     "config.yaml:4:8: block: contact_um needs smooth_um"},
    {TUMOUR DOSES "smooth_um: 20}\n",
     "config.yaml:4:50: smooth_um says nothing without maps"},
    {TUMOUR DOSES "times_h: 1, step_min: 7}\n",
     "config.yaml:4:8: block: times_h needs motility_um2_per_min\n"
     "config.yaml:4:8: block: times_h needs course_from\n"
     "config.yaml:4:48: 1 h is no multiple of step_min, 7 min"},
    {TUMOUR DOSES "course_doses: 3, step_min: 7}\n",
     "config.yaml:4:53: course_doses says nothing without times_h\n"
     "config.yaml:4:66: step_min says nothing without times_h"},
    {TUMOUR DOSES "signals: t, draws: 50.5}\n",
     "config.yaml:4:48: no signal is named 't'\n"
     "config.yaml:4:58: draws must be a whole number"},
    {TUMOUR DOSES "crosstalk: [{blocked: s, released: s, fraction: 2, citation: c}]}\n",
     "config.yaml:4:50: 's' is released by a block and has a cross-talk of its own; "
     "only one of both can be predicted\n"
     "config.yaml:4:87: fraction is 2; it must be greater than 0 and at most 1"},
    {TUMOUR DOSES "crosstalk: [{blocked: s, released: u, fraction: 1}, 7]}\n",
     "config.yaml:4:50: no signal is named 'u'; one of several ranges is named with "
     "its "
     "own\n"
     "config.yaml:4:51: cross-talk without 'citation': Where that is known from; goes "
     "into the results.\n"
     "config.yaml:4:91: a cross-talk must be a mapping of keys to values, not \"7\""},
    {"gird: {}\n", "config.yaml:1:1: unknown section 'gird'; did you mean 'grid'?"},
    {"niche: {}\n", "config.yaml:1:1: unknown section 'niche'; sections: grid, "
                    "units, tissue, compartments, density, types, signals, "
                    "patterns, trap, block, solver, cohort, output"},
    {"grid:\n  spacing: 5\n",
     "config.yaml:2:3: unknown key 'spacing' in section 'grid'; "
     "did you mean 'spacing_um'?"},
    {"grid: {h: 5}\n", "config.yaml:1:8: unknown key 'h' in section 'grid'; keys: "
                       "spacing_um, padding_um"},
    {"grid: {spacing_um: -1}\n",
     "config.yaml:1:20: spacing_um is -1; it must be greater "
     "than 0 and at most 1000 um"},
    {"grid: {spacing_um: 0}\n", "config.yaml:1:20: spacing_um is 0; it must be greater "
                                "than 0 and at most 1000 um"},
    {"grid: {spacing_um: 1000.5}\n",
     "config.yaml:1:20: spacing_um is 1000.5; it must be "
     "greater than 0 and at most 1000 um"},
    {"grid: {padding_um: -2}\n",
     "config.yaml:1:20: padding_um is -2; it must be at least 0 um"},
    {"grid: {spacing_um: 5 um}\n",
     "config.yaml:1:20: spacing_um must be a number, not \"5 um\""},
    {"grid: {spacing_um: '5'}\n",
     "config.yaml:1:20: spacing_um must be a number, not \"5\""},
    {"grid: {spacing_um: .inf}\n",
     "config.yaml:1:20: spacing_um must be a number, not \".inf\""},
    {"grid: {spacing_um: inf}\n",
     "config.yaml:1:20: spacing_um must be a number, not \"inf\""},
    {"grid: {spacing_um: 1e999}\n",
     "config.yaml:1:20: spacing_um must be a number, not \"1e999\""},
    {"grid: {spacing_um: 0x10}\n",
     "config.yaml:1:20: spacing_um must be a number, not \"0x10\""},
    {"grid:\n  spacing_um:\n",
     "config.yaml:2:3: spacing_um must be a number, not nothing"},
    {"grid: {spacing_um: [5]}\n",
     "config.yaml:1:20: spacing_um must be a number, not a list"},
    {"grid: {spacing_um: {a: 5}}\n",
     "config.yaml:1:20: spacing_um must be a number, not a mapping"},
    {"grid: 5\n",
     "config.yaml:1:7: section 'grid' must be a mapping of keys to values, not \"5\""},
    {"grid: [1]\n",
     "config.yaml:1:7: section 'grid' must be a mapping of keys to values, not a list"},
    {"units: {gate: maybe}\n",
     "config.yaml:1:15: gate must be off or on, not \"maybe\""},
    {"density: {bandwidth_um: 0}\n",
     "config.yaml:1:25: bandwidth_um is 0; it must be greater than 0 um"},
    {"output: {compression: zst}\n",
     "config.yaml:1:23: compression must be zstd, deflate "
     "or none, not \"zst\"; did you mean 'zstd'?"},
    {"output: {fields: [all]}\n",
     "config.yaml:1:18: fields must be none or all, not a list"},
    {"tissue: {from: reach}\n",
     "config.yaml:1:16: tissue.from is reach: it needs 'reach_um'. Pixels as near as "
     "this to a pixel that holds a cell are tissue."},
    {"tissue: {from: reach, reach_um: 0}\n",
     "config.yaml:1:33: reach_um is 0; it must be greater than 0 um"},
    {"tissue: {from: box}\n",
     "config.yaml:1:16: from must be bbox, reach or regions, not \"box\"; did you mean "
     "'bbox'?"},
    {"tissue: {reach_um: 20}\n",
     "config.yaml:1:10: reach_um has no meaning when tissue.from is bbox; it goes with "
     "reach"},
    {"tissue: {from: regions, close_um: 20, fill_holes_um2: 0, labels: [A]}\n",
     "config.yaml:1:25: close_um has no meaning when tissue.from is regions; it goes "
     "with reach"},
    {"tissue: {from: reach, reach_um: 20, close_um: -1, labels: A}\n",
     "config.yaml:1:47: close_um is -1; it must be at least 0 um\n"
     "config.yaml:1:51: labels has no meaning when tissue.from is reach; it goes with "
     "regions"},
    {"compartments: {from: fraction}\n",
     "config.yaml:1:22: compartments.from is fraction: it needs 'tumour'. What is "
     "tumour: cell types, or sets of them, for fraction; labels otherwise.\n"
     "config.yaml:1:22: compartments.from is fraction: it needs 'bandwidth_um'. "
     "Bandwidth of the smoothing of the fraction of tumour cells.\n"
     "config.yaml:1:22: compartments.from is fraction: it needs 'threshold'. Fraction "
     "of tumour cells from which on the tissue is tumour."},
    {"compartments: {tumour: A, margin_um: 20}\n",
     "config.yaml:1:16: tumour has no meaning when compartments.from is none; it goes "
     "with labels, regions or fraction\n"
     "config.yaml:1:27: margin_um has no meaning when compartments.from is none; it "
     "goes with labels, regions or fraction"},
    {"compartments: {from: regions, threshold: 0.5}\n",
     "config.yaml:1:31: threshold has no meaning when compartments.from is regions; it "
     "goes with fraction"},
    {"compartments: {from: fraction, tumour: A, bandwidth_um: 9, threshold: 1.5}\n",
     "config.yaml:1:71: threshold is 1.5; it must be greater than 0 and at most 1"},
    {"compartments: {from: labels, margin_um: 20, profile_um: 100}\n",
     "config.yaml:1:30: margin_um is measured from the tumour's border; say with "
     "'tumour' what is tumour\n"
     "config.yaml:1:45: profile_um is measured from the tumour's border; say with "
     "'tumour' what is tumour"},
    {"compartments: {from: labels, tumour: A, profile_um: 1e9}\n",
     "config.yaml:1:53: profile_um is 1e+09, in bands of 20 um; there may be at most "
     "4096 bands on each side"},
    {"compartments: {from: labels, tumour: [A, [B]]}\n",
     "config.yaml:1:42: tumour must be a name, not a list"},
    {"grid:\n  spacing_um: 5\n  spacing_um: 6\n",
     "config.yaml:3:3: duplicate key 'spacing_um' (first in line 2)"},
    {"grid: {}\nunits: {}\ngrid: {}\n",
     "config.yaml:3:1: duplicate key 'grid' (first in line 1)"},
    {"- grid\n",
     "config.yaml:1:1: a configuration is a mapping of sections, not a list"},
    {"grid", "config.yaml:1:1: a configuration is a mapping of sections, not \"grid\""},
    {"grid:\n\tspacing_um: 5\n",
     "config.yaml:2:1: not valid YAML: tab character may not "
     "be used as indentation"},
    {"grid: {spacing_um: 5\n", "config.yaml:2:1: not valid YAML: missing comma in flow "
                               "mapping"},
    {"grid: \"x\n", "config.yaml:1:8: not valid YAML: double-quoted scalar without "
                    "closing quote"},
    {"grid: \"a\\\x7F\"\n", "config.yaml:1:9: not valid YAML: invalid escape '?' in "
                            "double-quoted string"},
    {"%YAML 3.0\n---\ngrid: {}\n", "config.yaml: not valid YAML: unreadable"},
    {"a: 1\n---\nb: 2\n", "config.yaml:2:1: a second document starts here; a "
                          "configuration is one document"},
    {"types: {a: &x [T], b: *x}\n",
     "config.yaml:1:23: an alias (*name); write the value out"},
    {"grid: {spacing_um: !!float 5}\n",
     "config.yaml:1:28: a tag (!name); write the value without it"},
    {"? [a]\n: b\n", "config.yaml:1:3: a list or mapping as key; write a plain key"},
    {"a: [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]\n",
     "config.yaml:1:19: nested too deeply"},
    {"types: {a: \"x\\ny\"}\n",
     "config.yaml:1:12: line break or control character in a "
     "text; write it in one line"},
    {"grid:\n  spacing_um: \xFF\n", "config.yaml:2: not UTF-8 text; save the file as "
                                    "UTF-8"},
    {"types: [T]\n", "config.yaml:1:8: section 'types' must be a mapping of keys to "
                     "values, not a list"},
    {"types: {a: []}\n",
     "config.yaml:1:12: a must be a name or a list of names, not an empty list"},
    {"types: {a: ~}\n", "config.yaml:1:12: a must be a name, not nothing"},
    {"types: {a: [T, [U]]}\n", "config.yaml:1:16: a must be a name, not a list"},
    {"types: {a: {b: c}}\n",
     "config.yaml:1:12: a must be a name or a list of names, not a mapping"},
    {"types: {a: [T], b: [a, U]}\n", "config.yaml:1:21: 'a' is itself a set; list its "
                                     "cell types, or rename the set"},
    {"types: {'': [T]}\n", "config.yaml:1:9: a set of cell types has no name"},
    {"signals: {name: x}\n",
     "config.yaml:1:10: section 'signals' must be a list of mappings, not a mapping"},
    {"signals: [x]\n",
     "config.yaml:1:11: a signal must be a mapping of keys to values, not \"x\""},
    {"signals:\n  - {}\n", "config.yaml:2:5: signal without 'name': Name of the signal "
                           "in the results; several "
                           "ranges append \"@<range>um\".\n"
                           "config.yaml:2:5: signal without 'ligand': Genes or columns "
                           "whose sum is secreted, or "
                           "a mapping of sender types to constant relative rates.\n"
                           "config.yaml:2:5: signal without 'senders': Cell types, or "
                           "sets of them, that secrete "
                           "the ligand.\n"
                           "config.yaml:2:5: signal without 'lambda_um': Range of the "
                           "signal; a list gives one "
                           "signal for each value."},
    {"signals: [" SIGNAL ", sender: B}]\n",
     "config.yaml:1:63: unknown key 'sender' in a signal; did you mean 'senders'?"},
    {"signals: [{name: s, ligand: L, senders: A, lambda_um: 9}]\n",
     "config.yaml:1:21: ligand names genes or columns: say what their numbers are with "
     "expression: {transform: counts}, per_total or log1p"},
    {"signals: [{name: s, ligand: L, expression: counts, senders: A, lambda_um: 9}]\n",
     "config.yaml:1:44: expression must be a mapping {layer: ..., transform: ...}, not "
     "\"counts\""},
    {"signals: [{name: s, ligand: L, expression: {layer: X}, senders: A, lambda_um: "
     "9}]\n",
     "config.yaml:1:44: expression without 'transform': What the stored values are; "
     "declared, never guessed."},
    {"signals: [{name: s, ligand: L, expression: {transform: log}, senders: A, "
     "lambda_um: 9}]\n",
     "config.yaml:1:56: transform must be counts, per_total or log1p, not \"log\""},
    {"signals: [" SIGNAL ", expression: {transform: counts}}]\n",
     "config.yaml:1:63: expression has no meaning where ligand gives constant rates"},
    {"signals: [{name: s, ligand: {A: -1}, senders: A, lambda_um: 9}]\n",
     "config.yaml:1:33: A is -1; it must be at least 0"},
    {"signals: [{name: s, ligand: {}, senders: A, lambda_um: 9}]\n",
     "config.yaml:1:29: ligand is an empty mapping; name types and rates"},
    {"signals: [{name: s, ligand: {A: 1}, senders: [A, B], lambda_um: 9}]\n",
     "config.yaml:1:46: sender 'B' has no rate in ligand"},
    {"signals: [{name: s, ligand: {A: 1, B: 1}, senders: A, lambda_um: 9}]\n",
     "config.yaml:1:29: ligand has a rate for 'B', which is no sender"},
    {"types: {t: [A, B]}\n"
     "signals: [{name: s, ligand: {B: 1, t: 2}, senders: t, lambda_um: 9}]\n",
     "config.yaml:2:36: 't' has another rate already, by its name or by a set"},
    {"signals: [{name: s, ligand: {A: 1}, senders: A, lambda_um: 0}]\n",
     "config.yaml:1:60: lambda_um is 0; it must be greater than 0 um"},
    {"signals: [{name: s, ligand: {A: 1}, senders: A, lambda_um: []}]\n",
     "config.yaml:1:60: lambda_um must have 1 to 64 values, not 0"},
    {"signals: [{name: s, ligand: {A: 1}, senders: A, lambda_um: [7, x, 7]}]\n",
     "config.yaml:1:64: lambda_um must be a number, not \"x\"\n"
     "config.yaml:1:67: a second signal named 's@7um' (first in line 1)"},
    {"signals:\n- " SIGNAL "}\n- " SIGNAL "}\n",
     "config.yaml:3:52: a second signal named 's' (first in line 2)"},
    {"signals: [{name: [s], ligand: {A: 1}, senders: A, lambda_um: 9}]\n",
     "config.yaml:1:18: name must be a name, not a list"},
    {"signals: [" SIGNAL ", uptake: 5}]\n",
     "config.yaml:1:71: uptake must be a mapping of names to numbers, not \"5\""},
    {"signals: [" SIGNAL ", uptake: {A: -1}}]\n",
     "config.yaml:1:75: A is -1; it must be at least 0 um2"},
    {"signals: [" SIGNAL ", uptake: {}}]\n",
     "config.yaml:1:71: uptake is an empty mapping; name what it holds for"},
    {"signals: [" SIGNAL ", diffusion: {A: 2}}]\n",
     "config.yaml:1:63: diffusion names compartments, but there are none: say where "
     "they "
     "come from with compartments: {from: ...}"},
    {"signals: [" SIGNAL ", tissue_edge: open}]\n",
     "config.yaml:1:76: tissue_edge must be closed or absorbing, not \"open\""},
    {"signals: [" SIGNAL ", view_edge: [open, opne]}]\n",
     "config.yaml:1:81: view_edge must be closed or open, not \"opne\"; did you mean "
     "'open'?"},
    {"signals: [" SIGNAL ", view_edge: [open, open]}]\n",
     "config.yaml:1:60: a second signal named 's@open' (first in line 1)"},
    {"signals: [" SIGNAL ", c_over_kd: [1, 2, 1]}]\n",
     "config.yaml:1:81: c_over_kd names the same value twice"},
    {"signals: [" SIGNAL ", absolute: yes}]\n",
     "config.yaml:1:73: absolute must be a mapping {rate_per_s: ..., decay_per_s: ..., "
     "thickness_um: ..., kd_nM: ...}, not \"yes\""},
    {"signals: [" SIGNAL ", absolute: {rate_per_s: 1, decay_per_s: 1e-4,\n"
     "  thickness_um: 5}}]\n",
     "config.yaml:1:73: absolute without 'kd_nM': Dissociation constant of ligand and "
     "receptor."},
    {"signals: [" SIGNAL ", c_over_kd: 3, absolute: {rate_per_s: 1,\n"
     "  decay_per_s: 1e-4, thickness_um: 5, kd_nM: 4}}]\n",
     "config.yaml:1:74: c_over_kd has no meaning where absolute gives Kd itself"},
    {"patterns: {graph: knn}\n", "config.yaml:1:11: graph: knn needs graph_k"},
    {"patterns: {graph: radius, graph_k: 3}\n",
     "config.yaml:1:11: graph: radius needs graph_radius_um\n"
     "config.yaml:1:36: graph_k says nothing unless graph is knn"},
    {"patterns: {graph: knn, graph_k: 2.5}\n",
     "config.yaml:1:33: graph_k must be a whole number"},
    {"patterns: {pair_radii_um: [20, 20]}\n",
     "config.yaml:1:32: pair_radii_um must ascend, and 20 does not"},
    {"patterns: {pair_radii_um: [0, x]}\n",
     "config.yaml:1:28: pair_radii_um is 0; it must be greater than 0 um\n"
     "config.yaml:1:31: pair_radii_um must be a number, not \"x\""},
    {"patterns: {graph: nearest}\n",
     "config.yaml:1:19: graph must be none, delaunay, knn or radius, not \"nearest\""},
    {"patterns: {genes: [A], bivariate: [[A, B]], permutations: 9}\n",
     "config.yaml:1:19: genes says nothing without graph\n"
     "config.yaml:1:35: bivariate says nothing without graph\n"
     "config.yaml:1:59: permutations says nothing without graph"},
    {"patterns: {graph: delaunay, permutations: 2.5, seed: 0.5, permute: compartment,\n"
     "  gene_layer: raw, gene_transform: log1p}\n",
     "config.yaml:1:43: permutations must be a whole number\n"
     "config.yaml:1:54: seed must be a whole number\n"
     "config.yaml:1:68: permute says nothing without compartments.from\n"
     "config.yaml:2:15: gene_layer says nothing without genes or bivariate\n"
     "config.yaml:2:36: gene_transform says nothing without genes or bivariate"},
    {"patterns: {graph: delaunay, bivariate: [A, [A, B, C], [A, B], [A, B]]}\n",
     "config.yaml:1:41: bivariate is a list of pairs [name, name], not of \"A\"\n"
     "config.yaml:1:44: bivariate is a list of pairs [name, name], not of lists of "
     "other length\n"
     "config.yaml:1:63: the pair of 'A' with 'B' a second time"},
    {"patterns: {bivariate: A}\n",
     "config.yaml:1:23: bivariate must be a list of at most 4096 pairs [name, name], "
     "not \"A\""},
    {"patterns: {niches: 5}\n", "config.yaml:1:20: niches says nothing without "
                                "neighbourhood_um or neighbourhood_k"},
    {"patterns: {neighbourhood_um: 20, neighbourhood_k: 10.5, niches: [2, 2.5, 300]}\n",
     "config.yaml:1:51: neighbourhood_k must be a whole number\n"
     "config.yaml:1:51: neighbourhood_um and neighbourhood_k: a neighbourhood is "
     "either a disc or a number of cells\n"
     "config.yaml:1:65: niches must be a whole number\n"
     "config.yaml:1:74: niches is 300; it must be at least 1 and at most 256"},
    {"trap: {background: A}\n",
     "config.yaml:1:7: trap needs block_lambdas: Least side of the blocks that errors "
     "are estimated from, over the signal's lambda_um; as many as fit into the box "
     "around the tissue. Asks for trap slopes.\n"
     "config.yaml:1:7: trap needs bandwidth_um: Bandwidth of the smoothed densities "
     "that are covariates: of all cells that do not respond, and of densities; "
     "corrected at the tissue's edge."},
    {"trap: {block_lambdas: 1, bandwidth_um: 9, margin_knots_um: [5, 5]}\n",
     "config.yaml:1:64: margin_knots_um must ascend, and 5 does not"},
    {"trap: {block_lambdas: 1, bandwidth_um: 9, margin_knots_um: 5}\n",
     "config.yaml:1:60: margin_knots_um needs two knots, or none"},
    {"trap: {block_lambdas: 1, bandwidth_um: 9, total_counts: [a, b]}\n",
     "config.yaml:1:57: total_counts is one column"},
    {"trap: {block_lambdas: 1, bandwidth_um: 9, densities: [a, b, c, d, e, f, g, h, "
     "i,\n"
     "  j, k, l, m, n, o, p]}\n",
     "config.yaml:1:54: densities are 16; at most 15"},
    {"compartments: {from: labels, tumour: T}\n"
     "trap: {block_lambdas: 1, bandwidth_um: 9}\n",
     "config.yaml:2:7: trap needs margin_knots_um where compartments say what is "
     "tumour; "
     "[] leaves the distance to its border out"},
    {"cohort: {contrasts: {a: x, b: y}}\n",
     "config.yaml:1:21: contrasts must be a list of mappings, not a mapping"},
    {"cohort: {contrasts: [x]}\n",
     "config.yaml:1:22: a contrast must be a mapping {a: ..., b: ...}, not \"x\""},
    {"cohort: {contrasts: [{a: x, c: y}]}\n",
     "config.yaml:1:22: contrast without 'b': Second value of `condition`.\n"
     "config.yaml:1:29: unknown key 'c' in a contrast; keys: a, b, paired, groups, "
     "control, "
     "first, second, both, adjust, tests, family, name"},
    {"cohort: {contrasts: [{a: x, b: x}]}\n",
     "config.yaml:1:22: a contrast of 'x' with itself"},
    {"cohort: {contrasts: [{a: x, groups: [x, y, z]}]}\n",
     "config.yaml:1:23: 'a' beside 'groups' has no meaning"},
    {"cohort: {contrasts: [{groups: [x, y]}]}\n",
     "config.yaml:1:22: a contrast of 2 conditions needs 3 different ones"},
    {"cohort: {contrasts: [{groups: [x, y, z], tests: t}]}\n",
     "config.yaml:1:22: of more than two conditions there is the test of ranks alone"},
    {"cohort: {contrasts: [{control: x, first: y, second: z}]}\n",
     "config.yaml:1:22: interaction without 'both': Condition of both treatments."},
    {"cohort: {contrasts: [{a: x, b: y, adjust: age, tests: [t, ranks]}]}\n",
     "config.yaml:1:35: adjust says nothing to tests other than mixed_model"},
    {"cohort: {contrasts: [{a: x, b: y, tests: [u]}]}\n",
     "config.yaml:1:43: tests must be ranks, t, permutation or mixed_model, not \"u\""},
    {"cohort: {bootstrap: 10.5, permutations: 5}\n",
     "config.yaml:1:21: bootstrap must be a whole number\n"
     "config.yaml:1:41: permutations is 5; it must be at least 99 and at most 1e+06"},
    {"cohort: {contrasts: [{a: x, b: y}, {a: x, b: y}]}\n",
     "config.yaml:1:36: the contrast 'x vs y' a second time; name one of them"},
    /* six faults in one pass, in order, whatever the order of the table */
    {"output: {compression: gzip}\n"
     "signals:\n"
     "  - {name: s, ligand: L, lambda_um: -3}\n"
     "types: {a: []}\n"
     "grid: {spacing_um: nan, spacin_um: 5}\n",
     "config.yaml:1:23: compression must be zstd, deflate or none, not \"gzip\"\n"
     "config.yaml:3:5: signal without 'senders': Cell types, or sets of them, that "
     "secrete "
     "the ligand.\n"
     "config.yaml:3:15: ligand names genes or columns: say what their numbers are with "
     "expression: {transform: counts}, per_total or log1p\n"
     "config.yaml:3:37: lambda_um is -3; it must be greater than 0 um\n"
     "config.yaml:4:12: a must be a name or a list of names, not an empty list\n"
     "config.yaml:5:20: spacing_um must be a number, not \"nan\"\n"
     "config.yaml:5:25: unknown key 'spacin_um' in section 'grid'; did you mean "
     "'spacing_um'?"},
};

static void each_fault_is_told_with_its_place_and_cure(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        cyt_problems problems = {0};
        cyt_config c =
            read_bytes(faults[i].text, strlen(faults[i].text), 0, NULL, &problems);
        assert_int_equal(cyt_problems_code(&problems), CYT_ERR_CONFIG);
        expect_lines(&problems, faults[i].want);
        cyt_config_free(&c);
    }
}

static const struct {
    const char *set, *want;
} bad_sets[] = {
    {"grid.spacing=2",
     "--set grid.spacing=2: unknown key 'spacing' in section 'grid'; did "
     "you mean 'spacing_um'?"},
    {"gird.spacing_um=2",
     "--set gird.spacing_um=2: unknown section 'gird'; did you mean 'grid'?"},
    {"grid.spacing_um=0",
     "--set grid.spacing_um=0: spacing_um is 0; it must be greater "
     "than 0 and at most 1000 um"},
    {"grid.spacing_um=",
     "--set grid.spacing_um=: spacing_um must be a number, not nothing"},
    {"grid.spacing_um=[",
     "--set grid.spacing_um=[: not valid YAML: flow sequence without "
     "a closing bracket"},
    {"grid=5", "--set grid=5: section 'grid' must be a mapping of keys to values, not "
               "\"5\""},
    {"grid.spacing_um", "--set grid.spacing_um: write --set section.key=value"},
    {"=5", "--set =5: write --set section.key=value"},
    {".x=5", "--set .x=5: write --set section.key=value"},
    {"grid.=5", "--set grid.=5: write --set section.key=value"},
    {"", "--set : write --set section.key=value"},
    {"types={a: 1, a: 2}", "--set types={a: 1, a: 2}: duplicate key 'a'"},
    {"cohort.contrasts=[{a: x}]",
     "--set cohort.contrasts=[{a: x}]: contrast without 'b': "
     "Second value of `condition`."},
};

static void each_fault_of_an_option_is_told_with_the_option(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_sets / sizeof *bad_sets; i++) {
        cyt_problems problems = {0};
        cyt_config c = read_bytes("", 0, 1, &bad_sets[i].set, &problems);
        expect_lines(&problems, bad_sets[i].want);
        cyt_config_free(&c);
    }
}

static void faults_of_file_and_options_come_in_one_list(void **state)
{
    (void)state;
    static const char *const sets[] = {"output.fields=some", "gird.x=1"};
    cyt_problems problems = {0};
    cyt_config c = read_bytes("grid: {spacing_um: x\n", 21, 2, sets, &problems);
    expect_lines(&problems,
                 "config.yaml:2:1: not valid YAML: missing comma in flow mapping\n"
                 "--set output.fields=some: fields must be none or all, not \"some\"\n"
                 "--set gird.x=1: unknown section 'gird'; did you mean 'grid'?");
    cyt_config_free(&c);
}

static void a_file_that_is_not_there_is_missing_input(void **state)
{
    (void)state;
    static const char *const paths[] = {"no/such.yaml", "."};
    static const char *const want[] = {
        "no/such.yaml: cannot be opened (No such file or directory)",
        ".: cannot be read (Is a directory)"};
    for (int i = 0; i < 2; i++) {
        cyt_config c;
        cyt_problems problems = {0};
        cyt_error err = {0};
        assert_int_equal(cyt_config_read(paths[i], 0, NULL, &c, &problems, &err),
                         CYT_OK);
        assert_int_equal(cyt_problems_code(&problems), CYT_ERR_NO_INPUT);
        expect_lines(&problems, want[i]);
        assert_true(c.grid_spacing_um == 5.0 && c.n_signals == 0);
        cyt_config_free(&c);
    }
}

static void large_files_and_swelling_sets_are_refused(void **state)
{
    (void)state;
    cyt_problems problems = {0};
    const size_t n = (1 << 20) + 1;
    char *text = malloc(n);
    memset(text, '#', n);
    cyt_config c = read_bytes(text, n, 0, NULL, &problems);
    expect_lines(&problems,
                 "config.yaml: longer than 1048576 bytes; is this the right file?");
    cyt_config_free(&c);

    size_t at = (size_t)sprintf(text, "types: {t: [");
    for (int i = 0; i < 128; i++)
        at += (size_t)sprintf(text + at, "t%d, ", i);
    at += (size_t)sprintf(text + at, "]}\nsignals:\n");
    for (int i = 0; i < 100; i++) {
        at += (size_t)sprintf(text + at,
                              "- {name: s%d, ligand: {t: 1}, senders: t, "
                              "lambda_um: [1",
                              i);
        for (int k = 2; k <= 64; k++)
            at += (size_t)sprintf(text + at, ", %d", k);
        at += (size_t)sprintf(text + at, "]}\n");
    }
    c = read_bytes(text, at, 0, NULL, &problems);
    expect_lines(&problems,
                 "config.yaml: the sets of cell types expand to too many names");
    cyt_config_free(&c);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_is_told_with_its_place_and_cure),
        cmocka_unit_test(each_fault_of_an_option_is_told_with_the_option),
        cmocka_unit_test(faults_of_file_and_options_come_in_one_list),
        cmocka_unit_test(a_file_that_is_not_there_is_missing_input),
        cmocka_unit_test(large_files_and_swelling_sets_are_refused),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
