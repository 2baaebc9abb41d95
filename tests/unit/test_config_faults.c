// SPDX-License-Identifier: BSD-3-Clause
#include "config_file.h"

/* A signal with all it needs, without the closing brace. */
#define SIGNAL "{name: s, ligand: {A: 1}, senders: A, lambda_um: 9"

static const struct {
    const char *text, *want;
} faults[] = {
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
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        expect_faults(faults[i].text, faults[i].want);
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
