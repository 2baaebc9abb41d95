// SPDX-License-Identifier: BSD-3-Clause
/* Faults of the sections that ask for analyses: patterns, trap, block, cohort. */
#include "config_file.h"

/* A signal with all it needs, without the closing brace. */
#define SIGNAL "{name: s, ligand: {A: 1}, senders: A, lambda_um: 9"

#define TRAP   "trap: {block_lambdas: 1, bandwidth_um: 9, margin_knots_um: []}\n"
#define TUMOUR "compartments: {from: labels, tumour: a}\nsignals: [" SIGNAL "}]\n" TRAP
#define DOSES  "block: {doses: [1], law: competitive, "
#define X64    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LONG   X64 X64 X64 X64 /* a byte more than a name may have */
#define KNOTS                                                                          \
    "compartments: {from: labels, tumour: a}\n"                                        \
    "trap: {block_lambdas: 1, bandwidth_um: 9, margin_knots_um: "

#define NO_BLOCKS(place)                                                               \
    "config.yaml:" place ": trap needs block_lambdas: Least side of the blocks that "  \
    "errors are estimated from, over the signal's lambda_um; as many as fit into the " \
    "box around the tissue. Asks for trap slopes."
#define NO_BANDWIDTH(place)                                                            \
    "config.yaml:" place ": trap needs bandwidth_um: Bandwidth of the smoothed "       \
    "densities that are covariates: of all cells that do not respond, and of "         \
    "densities; corrected at the tissue's edge."

static const struct {
    const char *text, *want;
} faults[] = {
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
     "config.yaml:1:69: niches must be a whole number\n"
     "config.yaml:1:74: niches is 300; it must be at least 1 and at most 256"},
    {"trap: {background: A}\n", NO_BLOCKS("1:7") "\n" NO_BANDWIDTH("1:7")},
    {"trap: {field_null: on}\n", NO_BLOCKS("1:7") "\n" NO_BANDWIDTH("1:7")},
    {KNOTS "[5, 5]}\n",
     "config.yaml:2:64: margin_knots_um must ascend, and 5 does not"},
    {KNOTS "5}\n", "config.yaml:2:60: margin_knots_um needs two knots, or none"},
    {"trap: {block_lambdas: 1, bandwidth_um: 9, margin_knots_um: [5, 6]}\n",
     "config.yaml:1:60: margin_knots_um says nothing without compartments.tumour"},
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
    {"trap: {block_lambdas: 1, bandwidth_um: 9, total_counts: [], receptor_split: 1}\n",
     "config.yaml:1:77: receptor_split is 1; it must be greater than 0 and at most "
     "0.9999"},
    {"signals:\n"
     "  - {name: a, ligand: {A: 1}, senders: A, responders: B, lambda_um: 9}\n"
     "  - {name: b, ligand: {A: 1}, senders: A, lambda_um: [5, 9], decoys: a}\n"
     "  - {name: c, ligand: {A: 1}, senders: A, lambda_um: 9,\n"
     "     decoys: [d]}\n" TRAP,
     "config.yaml:3:70: signal b@5um and its decoy a need the same responders\n"
     "config.yaml:3:70: signal b@9um and its decoy a need the same responders\n"
     "config.yaml:5:14: signal c: its decoy d is no signal"},
    {"signals:\n"
     "  - {name: a, ligand: {A: 1}, senders: A, responders: B, lambda_um: 9,\n"
     "     decoys: b}\n"
     "  - {name: b, ligand: {A: 1}, senders: A, responders: B, lambda_um: 9}\n"
     "trap: {block_lambdas: 1, bandwidth_um: 9, densities: [a, b, c, d, e, f, g, h,\n"
     "  i, j, k, l, m, n, o]}\n",
     "config.yaml:3:14: signal a has 1 decoys beside 15 trap.densities; both together "
     "can be at most 15"},
    {"signals: [{name: " LONG ", ligand: {A: 1}, senders: A, lambda_um: 9}]\n",
     "config.yaml:1:18: name must be a name of at most 255 bytes, not "
     "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\""},
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
    {"solver: {max_iterations: 1.5}\n",
     "config.yaml:1:26: max_iterations must be a whole number"},
    {"cohort: {contrasts: [{a: x, b: y}, {a: x, b: y}]}\n",
     "config.yaml:1:36: the contrast 'x vs y' a second time; name one of them"},
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
     "config.yaml:4:74: 's' is released by a block and has a cross-talk of its own; "
     "only one of both can be predicted\n"
     "config.yaml:4:87: fraction is 2; it must be greater than 0 and at most 1"},
    {TUMOUR DOSES "crosstalk: [{blocked: s, released: u, fraction: 1}, 7]}\n",
     "config.yaml:4:51: cross-talk without 'citation': Where that is known from; goes "
     "into the results.\n"
     "config.yaml:4:74: no signal is named 'u'; one of several ranges is named with "
     "its own\n"
     "config.yaml:4:91: a cross-talk must be a mapping of keys to values, not \"7\""},
};

static void each_fault_is_told_with_its_place_and_cure(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        expect_faults(faults[i].text, faults[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_is_told_with_its_place_and_cure),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
