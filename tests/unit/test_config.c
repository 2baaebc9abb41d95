// SPDX-License-Identifier: BSD-3-Clause
#include "config_file.h"

#include <jansson.h>
#include <math.h>

/* The canonical text of sections whose keys are all at their defaults. */

/* What `patterns` says of graphs and neighbourhoods when nothing is asked for. */
#define GRAPH                                                                          \
    "  permutations: 0\n"                                                              \
    "  permute: global\n"                                                              \
    "  seed: 0\n"                                                                      \
    "  genes: []\n"                                                                    \
    "  bivariate: []\n"                                                                \
    "  gene_layer: null\n"                                                             \
    "  gene_transform: as_stored\n"                                                    \
    "  weights: row\n"                                                                 \
    "  neighbourhood_um: null\n"                                                       \
    "  neighbourhood_k: null\n"                                                        \
    "  niches: []\n"                                                                   \
    "  niche_starts: 3\n"

#define TISSUE                                                                         \
    "tissue:\n"                                                                        \
    "  from: bbox\n"                                                                   \
    "  reach_um: null\n"                                                               \
    "  close_um: 0\n"                                                                  \
    "  fill_holes_um2: 0\n"                                                            \
    "  labels: []\n"                                                                   \
    "compartments:\n"                                                                  \
    "  from: none\n"                                                                   \
    "  tumour: []\n"                                                                   \
    "  among: []\n"                                                                    \
    "  bandwidth_um: null\n"                                                           \
    "  threshold: null\n"                                                              \
    "  min_area_um2: 0\n"                                                              \
    "  margin_um: null\n"                                                              \
    "  band_um: 20\n"                                                                  \
    "  profile_um: null\n"

/* … of trap slopes … */
#define TRAP                                                                           \
    "trap:\n"                                                                          \
    "  block_lambdas: null\n"                                                          \
    "  bandwidth_um: null\n"                                                           \
    "  background: []\n"                                                               \
    "  margin_knots_um: []\n"                                                          \
    "  densities: []\n"                                                                \
    "  total_counts: []\n"                                                             \
    "  contrast: null\n"                                                               \
    "  field_null: off\n"                                                              \
    "  basin_depth: null\n"                                                            \
    "  screen_shifts: null\n"                                                          \
    "  screen_seed: 1\n"                                                               \
    "  receptor_split: null\n"                                                         \
    "  contest_folds: null\n"                                                          \
    "  contest_signals: []\n"                                                          \
    "  contest_barriers: []\n"                                                         \
    "  contest_entries: []\n"

/* … and of blockers. */
#define BLOCK                                                                          \
    "block:\n"                                                                         \
    "  doses: []\n"                                                                    \
    "  law: unset\n"                                                                   \
    "  slope: slope\n"                                                                 \
    "  signals: []\n"                                                                  \
    "  draws: 2000\n"                                                                  \
    "  seed: 1\n"                                                                      \
    "  contact_um: null\n"                                                             \
    "  contact_types: []\n"                                                            \
    "  smooth_um: null\n"                                                              \
    "  motility_um2_per_min: null\n"                                                   \
    "  times_h: []\n"                                                                  \
    "  step_min: null\n"                                                               \
    "  course_doses: []\n"                                                             \
    "  course_from: unset\n"                                                           \
    "  maps: off\n"                                                                    \
    "  crosstalk: []\n"

static const char sample[] =
    "grid:     {spacing_um: 5}\n"
    "types:    {tumour: [Tumor], immune: [CD8 T, CD4 T, B, Macrophage]}   # sets\n"
    "signals:\n"
    "  - {name: CXCL12-CXCR4, ligand: [CXCL12], expression: {transform: counts},\n"
    "     senders: [Myofibroblast], receptor: [CXCR4], responders: [immune, CD8 T],\n"
    "     lambda_um: [120, 250.5, 500]}\n"
    "  - name: constant\n"
    "    ligand: {immune: 0.5, Tumor: 2}\n"
    "    senders: [Tumor, immune]\n"
    "    lambda_um: 1e2\n"
    "cohort:   {contrasts: [{a: responder, b: non-responder}]}\n"
    "output:   {compression: deflate, fields: none}\n";

static const char sample_json[] =
    "{\n"
    "\t\"grid\": {\"spacing_um\": 5},\n"
    "\t\"types\": {\"tumour\": [\"Tumor\"],\n"
    "\t\t\"immune\": [\"CD8 T\", \"CD4 T\", \"B\", \"Macrophage\"]},\n"
    "\t\"signals\": [\n"
    "\t\t{\"name\": \"CXCL12-CXCR4\", \"ligand\": [\"CXCL12\"],\n"
    "\t\t \"expression\": {\"layer\": \"X\", \"transform\": \"counts\"},\n"
    "\t\t \"senders\": [\"Myofibroblast\"], \"receptor\": [\"CXCR4\"],\n"
    "\t\t \"responders\": [\"immune\", \"CD8 T\"], \"lambda_um\": [120, 250.5, 500]},\n"
    "\t\t{\"name\": \"constant\", \"ligand\": {\"immune\": 0.5, \"Tumor\": 2},\n"
    "\t\t \"senders\": [\"Tumor\", \"immune\"], \"lambda_um\": 1e2}],\n"
    "\t\"cohort\": {\"contrasts\": [{\"a\": \"responder\", \"b\": "
    "\"non-responder\"}]},\n"
    "\t\"output\": {\"compression\": \"deflate\", \"fields\": \"none\"}\n"
    "}\n";

#define COHORT                                                                         \
    "  weights: equal\n  confidence: 0.95\n  bootstrap: 2000\n"                        \
    "  permutations: 9999\n  seed: 1\n  survival: on\n"

static const char canonical[] =
    "grid:\n"
    "  spacing_um: 5\n"
    "  padding_um: 0\n"
    "units:\n"
    "  gate: on\n  field_gate: on\n" TISSUE "density:\n"
    "  bandwidth_um: null\n"
    "types: \n"
    "  \"tumour\": [\"Tumor\"]\n"
    "  \"immune\": [\"CD8 T\", \"CD4 T\", \"B\", \"Macrophage\"]\n"
    "signals: \n"
    "  - name: \"CXCL12-CXCR4@120um\"\n"
    "    ligand: [\"CXCL12\"]\n"
    "    expression: {layer: \"X\", transform: counts}\n"
    "    senders: [\"Myofibroblast\"]\n"
    "    receptor: [\"CXCR4\"]\n"
    "    responders: [\"CD8 T\", \"CD4 T\", \"B\", \"Macrophage\"]\n"
    "    lambda_um: 120\n"
    "  - name: \"CXCL12-CXCR4@250.5um\"\n"
    "    ligand: [\"CXCL12\"]\n"
    "    expression: {layer: \"X\", transform: counts}\n"
    "    senders: [\"Myofibroblast\"]\n"
    "    receptor: [\"CXCR4\"]\n"
    "    responders: [\"CD8 T\", \"CD4 T\", \"B\", \"Macrophage\"]\n"
    "    lambda_um: 250.5\n"
    "  - name: \"CXCL12-CXCR4@500um\"\n"
    "    ligand: [\"CXCL12\"]\n"
    "    expression: {layer: \"X\", transform: counts}\n"
    "    senders: [\"Myofibroblast\"]\n"
    "    receptor: [\"CXCR4\"]\n"
    "    responders: [\"CD8 T\", \"CD4 T\", \"B\", \"Macrophage\"]\n"
    "    lambda_um: 500\n"
    "  - name: \"constant\"\n"
    "    ligand: {\"CD8 T\": 0.5, \"CD4 T\": 0.5, \"B\": 0.5, \"Macrophage\": 0.5, "
    "\"Tumor\": 2}\n"
    "    senders: [\"Tumor\", \"CD8 T\", \"CD4 T\", \"B\", \"Macrophage\"]\n"
    "    lambda_um: 100\n"
    "patterns:\n"
    "  pair_radii_um: []\n"
    "  nearest_radii_um: []\n"
    "  metric_types: []\n"
    "  graph: none\n"
    "  graph_k: null\n"
    "  graph_radius_um: null\n"
    "  longest_um: null\n" GRAPH TRAP BLOCK "solver:\n"
    "  tolerance: 1e-08\n"
    "  max_iterations: 1000\n"
    "cohort:\n"
    "  contrasts: \n"
    "    - {a: \"responder\", b: \"non-responder\", name: \"responder vs "
    "non-responder\"}\n" COHORT "output:\n"
    "  compression: deflate\n"
    "  fields: none\n"
    "  cell_signals: all\n";

static cyt_config read_good(const char *text)
{
    cyt_problems problems = {0};
    cyt_config config = read_bytes(text, strlen(text), 0, NULL, &problems);
    expect_lines(&problems, "");
    return config;
}

static void check_defaults(const cyt_config *c)
{
    assert_true(c->grid_spacing_um == 5.0 && c->grid_padding_um == 0.0);
    assert_int_equal(c->unit_gate, 1);
    assert_int_equal(c->field_gate, 1);
    assert_true(isnan(c->density_bandwidth_um));
    assert_true(c->n_type_sets == 0 && c->n_signals == 0 && c->n_contrasts == 0);
    assert_int_equal(c->compression, CYT_COMPRESS_ZSTD);
    assert_int_equal(c->write_fields, 1);
    assert_int_equal(c->write_cell_signals, 1);
}

static void without_a_file_all_keys_have_their_defaults(void **state)
{
    (void)state;
    cyt_config c;
    cyt_problems problems = {0};
    cyt_error err = {0};
    cyt_config_init(&c);
    check_defaults(&c);
    assert_null(c.text);
    assert_int_equal(cyt_config_read(NULL, 0, NULL, &c, &problems, &err), CYT_OK);
    assert_int_equal(problems.n, 0);
    check_defaults(&c);
    assert_string_equal(
        c.text,
        "grid:\n  spacing_um: 5\n  padding_um: 0\n"
        "units:\n  gate: on\n  field_gate: on\n" TISSUE
        "density:\n  bandwidth_um: null\n"
        "types: {}\nsignals: []\n"
        "patterns:\n  pair_radii_um: []\n"
        "  nearest_radii_um: []\n  metric_types: []\n"
        "  graph: none\n"
        "  graph_k: null\n  graph_radius_um: null\n  longest_um: null\n" GRAPH TRAP
            BLOCK "solver:\n  tolerance: 1e-08\n  max_iterations: 1000\n"
        "cohort:\n  contrasts: []\n" COHORT
        "output:\n  compression: zstd\n  fields: all\n"
        "  cell_signals: all\n");
    cyt_config_free(&c);
    cyt_config_free(&c);
}

static void empty_files_and_sections_are_defaults_too(void **state)
{
    (void)state;
    static const char *const files[] = {"",
                                        "# nothing\n",
                                        "~\n",
                                        "---\n",
                                        "grid:\ntypes:\n",
                                        "signals: []\n",
                                        "{}\n",
                                        "types: {}\n",
                                        "cohort: ~\n",
                                        "\xEF\xBB\xBFgrid: {spacing_um: 5}\r\n"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        cyt_config c = read_good(files[i]);
        check_defaults(&c);
        cyt_config_free(&c);
    }
}

static void the_sample_configuration_is_read_in_yaml_and_json(void **state)
{
    (void)state;
    for (int json = 0; json < 2; json++) {
        cyt_config c = read_good(json ? sample_json : sample);
        assert_int_equal(c.n_type_sets, 2);
        assert_string_equal(c.type_sets[1].name, "immune");
        assert_int_equal(c.type_sets[1].types.n, 4);
        assert_int_equal(c.n_signals, 4);
        assert_string_equal(c.signals[1].name, "CXCL12-CXCR4@250.5um");
        assert_true(c.signals[1].lambda_um == 250.5);
        assert_int_equal(c.signals[1].expression, CYT_EXPRESSION_COUNTS);
        assert_null(c.signals[1].layer);
        assert_int_equal(c.signals[1].responders.n, 4);
        assert_int_equal(c.signals[3].ligand.n, 0);
        assert_int_equal(c.signals[3].rate_types.n, 5);
        assert_true(c.signals[3].rates[4] == 2.0);
        assert_int_equal(c.signals[3].expression, CYT_EXPRESSION_UNSET);
        assert_string_equal(c.contrasts[0].conditions.name[1], "non-responder");
        assert_string_equal(c.contrasts[0].name, "responder vs non-responder");
        assert_string_equal(c.contrasts[0].place,
                            json ? "config.yaml:12:27" : "config.yaml:11:24");
        assert_string_equal(c.text, canonical);
        cyt_config_free(&c);
    }
}

static const char spreading[] =
    "compartments: {from: regions, tumour: Tumour}\n"
    "types: {scavengers: [Macrophage, DC]}\n"
    "signals:\n"
    "  - name: s\n"
    "    ligand: {F: 1}\n"
    "    senders: F\n"
    "    lambda_um: [50, 200]\n"
    "    diffusion: {Tumour: 0.1, Stroma: 2}\n"
    "    uptake: {scavengers: 500, B: 0}\n"
    "    tissue_edge: absorbing\n"
    "    view_edge: [closed, open]\n"
    "    c_over_kd: [0.1, 10]\n"
    "    cell_diameter_um: 8\n"
    "  - name: t\n"
    "    ligand: {F: 1}\n"
    "    senders: F\n"
    "    lambda_um: 100\n"
    "    absolute: {rate_per_s: 1.58, decay_per_s: 3.05e-4, thickness_um: 5, kd_nM: "
    "4.4}\n";

static const char all_contrasts[] =
    "cohort:\n"
    "  weights: cells\n"
    "  confidence: 0.9\n"
    "  survival: off\n"
    "  contrasts:\n"
    "    - {a: x, b: y, paired: true, tests: permutation}\n"
    "    - {groups: [x, y, z], family: analysis}\n"
    "    - {control: c, first: x, second: y, both: xy}\n"
    "    - {a: y, b: x, adjust: [age, sex], tests: [ranks, mixed_model], name: n}\n";

static void contrasts_have_one_of_four_designs(void **state)
{
    (void)state;
    cyt_config c = read_good(all_contrasts);
    const struct {
        const char *name;
        cyt_design design;
        size_t n_conditions;
        unsigned tests;
    } want[] = {
        {"x vs y", CYT_DESIGN_PAIRED, 2, 1 << CYT_TEST_PERMUTATION},
        {"x vs y vs z", CYT_DESIGN_SEVERAL, 3, 1 << CYT_TEST_RANKS},
        {"interaction of x and y", CYT_DESIGN_INTERACTION, 4, 1 << CYT_TEST_RANKS},
        {"n", CYT_DESIGN_TWO, 2, 1 << CYT_TEST_RANKS | 1 << CYT_TEST_MIXED},
    };
    assert_int_equal(c.n_contrasts, sizeof want / sizeof *want);
    for (size_t i = 0; i < c.n_contrasts; i++) {
        assert_string_equal(c.contrasts[i].name, want[i].name);
        assert_int_equal(c.contrasts[i].design, want[i].design);
        assert_int_equal(c.contrasts[i].conditions.n, want[i].n_conditions);
        assert_int_equal(cyt_contrast_tests(&c.contrasts[i]), want[i].tests);
    }
    assert_string_equal(c.contrasts[2].conditions.name[3], "xy");
    assert_int_equal(c.contrasts[1].family, CYT_FAMILY_ANALYSIS);
    assert_true(c.cohort.weights == CYT_WEIGHTS_CELLS && c.cohort.confidence == 0.9 &&
                !c.cohort.survival);
    cyt_config again = read_good(c.text);
    assert_string_equal(again.text, c.text);
    cyt_config_free(&again);
    cyt_config_free(&c);
}

static void covariates_and_survival_must_be_those_of_the_sheet(void **state)
{
    (void)state;
    cyt_config c = read_good("cohort:\n  contrasts:\n"
                             "    - {a: x, b: y, adjust: [agge, batch]}\n");
    char x[] = "x", y[] = "y", path[] = "sheet.csv", age[] = "age", p[] = "P1",
         q[] = "P2";
    char *columns[] = {age};
    cyt_sample samples[4] = {
        {.line = 2, .condition = x, .patient = p, .time = 3, .event = 1},
        {.line = 3, .condition = y, .patient = p, .time = 3, .event = 0},
        {.line = 4, .condition = y, .patient = q, .time = NAN, .event = NAN},
        {.line = 5, .condition = y, .patient = q, .time = NAN, .event = NAN}};
    cyt_samplesheet sheet = {.path = path,
                             .n = 4,
                             .samples = samples,
                             .has_condition = 1,
                             .has_batch = 1,
                             .has_time = 1,
                             .has_event = 1,
                             .covariates = {1, 1, columns}};
    cyt_problems problems = {0};
    cyt_error err = {0};
    assert_int_equal(cyt_config_check_against(&c, &sheet, &problems, &err), CYT_OK);
    expect_lines(&problems,
                 "config.yaml:3:7: adjusted for 'agge', which sheet.csv has no column "
                 "for; did you mean 'age'?\n"
                 "sheet.csv:3: patient P1 has another time or event than in line 2; a "
                 "patient has one survival, or set cohort.survival=off");
    cyt_config_free(&c);
}

static void reading_the_canonical_text_gives_it_again(void **state)
{
    (void)state;
    static const char *const files[] = {
        sample,
        "",
        spreading,
        "patterns: {pair_radii_um: [5, 10.5, 100], graph: knn, graph_k: 6}\n",
        "patterns: {graph: delaunay, genes: [A, 'b \"c'], bivariate: [[A, B], [B, "
        "A]],\n"
        "  gene_layer: raw counts, gene_transform: log1p, weights: binary,\n"
        "  permutations: 999, seed: 9007199254740991, neighbourhood_k: 10,\n"
        "  niches: [2, 3, 10]}\n",
        "types: {i: [A, B]}\n"
        "compartments: {from: labels, tumour: T}\n"
        "trap: {block_lambdas: 2, bandwidth_um: 30, background: [i, C],\n"
        "  margin_knots_um: [-50, 0, 75.5], densities: i, total_counts: n,\n"
        "  contrast: 0.25}\n",
        "types: {'a \"q\" \\ b': ['x: y', '# no', 'caf\xC3\xA9', 'null', '5', 'a, "
        "b']}\n"
        "signals: [{name: '@{', ligand: '*x', senders: ['a \"q\" \\ b', '&'],\n"
        "  expression: {layer: raw counts, transform: log1p},\n"
        "  lambda_um: [0.1, 0.30000000000000004, 1e6, 1234567]}]\n"
        "density: {bandwidth_um: 12.5}\ngrid: {padding_um: 1e-7}\n",
        "types: {Tumor: [Tumor, T2]}\nsignals: [{name: a, ligand: {Tumor: 1},\n"
        " senders: Tumor, lambda_um: 5}]\n"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        cyt_config first = read_good(files[i]);
        cyt_config second = read_good(first.text);
        assert_string_equal(first.text, second.text);
        cyt_config_free(&first);
        cyt_config_free(&second);
    }
}

static void what_a_signal_spreads_in_is_read(void **state)
{
    (void)state;
    static const char *const names[] = {"s@50um@closed", "s@50um@open",
                                        "s@200um@closed", "s@200um@open"};
    const cyt_config c = read_good(spreading);
    assert_int_equal(c.n_signals, 5);
    for (size_t i = 0; i < 4; i++) {
        const cyt_signal_config *s = &c.signals[i];
        assert_string_equal(s->name, names[i]);
        assert_true(s->lambda_um == (i < 2 ? 50 : 200));
        assert_int_equal(s->view_edge, i % 2 ? CYT_EDGE_OPEN : CYT_EDGE_CLOSED);
        assert_int_equal(s->tissue_edge, CYT_EDGE_ABSORBING);
        assert_int_equal(s->diffusion.names.n, 2);
        assert_true(s->diffusion.value[0] == 0.1 && s->diffusion.value[1] == 2);
        assert_int_equal(s->uptake.names.n, 3);
        assert_string_equal(s->uptake.names.name[1], "DC");
        assert_true(s->uptake.value[1] == 500 && s->uptake.value[2] == 0);
        assert_int_equal(s->n_per_kd, 2);
        assert_true(s->per_kd[0] == 0.1 && s->per_kd[1] == 10);
        assert_true(s->cell_diameter_um == 8 && !s->absolute.are_given);
    }
    const cyt_signal_config *t = &c.signals[4];
    assert_true(t->absolute.are_given && t->absolute.kd_nM == 4.4);
    assert_true(t->absolute.rate_per_s == 1.58 && t->absolute.thickness_um == 5);
    assert_true(t->n_per_kd == 0 && t->cell_diameter_um == 10);
    assert_int_equal(t->tissue_edge, CYT_EDGE_CLOSED);
    cyt_config copy = c;
    cyt_config_free(&copy);
}

static void options_override_the_file_and_the_last_one_wins(void **state)
{
    (void)state;
    static const char *const sets[] = {
        "grid.spacing_um=7",
        "grid.spacing_um=2.5",
        "units.gate=off",
        "units.field_gate=off",
        "types.T.1=[A, B]",
        "output.compression=none",
        "density.bandwidth_um=30",
        "signals=[{name: s, ligand: {T.1: 2}, senders: T.1, lambda_um: 9}]"};
    static const char file[] = "grid: {spacing_um: 4, padding_um: 3}\nunits:\n"
                               "density: {bandwidth_um: 5}\n"
                               "signals: [{name: old}]\n";
    cyt_problems problems = {0};
    cyt_config c = read_bytes(file, strlen(file), 8, sets, &problems);
    expect_lines(&problems, "");
    assert_true(c.grid_spacing_um == 2.5 && c.grid_padding_um == 3.0);
    assert_int_equal(c.unit_gate, 0);
    assert_int_equal(c.field_gate, 0);
    assert_true(c.density_bandwidth_um == 30.0);
    assert_int_equal(c.compression, CYT_COMPRESS_NONE);
    assert_int_equal(c.n_signals, 1);
    assert_string_equal(c.signals[0].name, "s");
    assert_int_equal(c.signals[0].senders.n, 2);
    cyt_config_free(&c);

    static const char *const unset[] = {"density.bandwidth_um="};
    c = read_bytes("density: {bandwidth_um: 5}", 26, 1, unset, &problems);
    expect_lines(&problems, "");
    assert_true(isnan(c.density_bandwidth_um));
    cyt_config_free(&c);
}

static void tissue_and_compartments_are_read(void **state)
{
    (void)state;
    cyt_config c = read_good(
        "types: {tumour: [Tumor, Tumor 2]}\n"
        "tissue: {from: reach, reach_um: 20, close_um: 10, fill_holes_um2: 1e3}\n"
        "compartments: {from: fraction, tumour: [tumour, Cancer], bandwidth_um: 30,\n"
        "  threshold: 0.5, min_area_um2: 2000, margin_um: 50, profile_um: 200}\n");
    assert_int_equal(c.tissue.from, CYT_TISSUE_REACH);
    assert_true(c.tissue.reach_um == 20 && c.tissue.close_um == 10 &&
                c.tissue.fill_holes_um2 == 1000 && c.tissue.labels.n == 0);
    const cyt_compartments_config *p = &c.compartments;
    assert_int_equal(p->from, CYT_COMPARTMENTS_FRACTION);
    assert_int_equal(p->tumour.n, 3);
    assert_string_equal(p->tumour.name[1], "Tumor 2");
    assert_string_equal(p->tumour.name[2], "Cancer");
    assert_true(p->bandwidth_um == 30 && p->threshold == 0.5 &&
                p->min_area_um2 == 2000 && p->margin_um == 50 && p->band_um == 20 &&
                p->profile_um == 200);
    cyt_config again = read_good(c.text);
    assert_string_equal(c.text, again.text);
    cyt_config_free(&again);
    cyt_config_free(&c);

    /* Labels are no sets of cell types. */
    c = read_good("types: {tumour: [Tumor]}\ntissue: {from: regions, labels: a}\n"
                  "compartments: {from: labels, tumour: tumour}\n");
    assert_string_equal(c.tissue.labels.name[0], "a");
    assert_int_equal(c.compartments.tumour.n, 1);
    assert_string_equal(c.compartments.tumour.name[0], "tumour");
    assert_true(isnan(c.compartments.margin_um) && isnan(c.compartments.profile_um));
    cyt_config_free(&c);
}

static void contrasts_must_name_conditions_of_the_sheet(void **state)
{
    (void)state;
    cyt_config c = read_good("cohort:\n  contrasts:\n    - {a: high, b: lwo}\n"
                             "    - {a: other, b: low}\n");
    char high[] = "high", low[] = "low", path[] = "sheet.csv";
    cyt_sample samples[3] = {
        {.condition = low}, {.condition = NULL}, {.condition = high}};
    cyt_samplesheet sheet = {
        .path = path, .n = 3, .samples = samples, .has_condition = 1};
    cyt_problems problems = {0};
    cyt_error err = {0};
    assert_int_equal(cyt_config_check_against(&c, &sheet, &problems, &err), CYT_OK);
    expect_lines(&problems,
                 "config.yaml:3:7: contrast of condition 'lwo', which no sample of "
                 "sheet.csv has; did you mean 'low'?\n"
                 "config.yaml:4:7: contrast of condition 'other', which no sample of "
                 "sheet.csv has; conditions: high, low");
    sheet = (cyt_samplesheet){.path = path};
    cyt_contrast *second = &c.contrasts[1];
    c.n_contrasts = 1;
    assert_int_equal(cyt_config_check_against(&c, &sheet, &problems, &err), CYT_OK);
    expect_lines(&problems,
                 "config.yaml:3:7: contrast of condition 'high', but sheet.csv "
                 "has no column 'condition'\n"
                 "config.yaml:3:7: contrast of condition 'lwo', but sheet.csv "
                 "has no column 'condition'");
    assert_string_equal(second->conditions.name[0], "other");
    c.n_contrasts = 2;
    cyt_config_free(&c);
}

static void what_is_asked_of_a_blocker_is_read(void **state)
{
    (void)state;
    cyt_config c = read_good(
        "types: {immune: [T, B]}\n"
        "compartments: {from: labels, tumour: nest}\n"
        "signals:\n"
        "  - {name: a, ligand: {A: 1}, senders: A, lambda_um: [9, 20]}\n"
        "  - {name: b, ligand: {A: 1}, senders: A, lambda_um: 9}\n"
        "trap: {block_lambdas: 1, bandwidth_um: 30, margin_knots_um: []}\n"
        "block:\n"
        "  {doses: [0.1, 1, 10], law: non_competitive, slope: relative_slope,\n"
        "   signals: a, contact_um: 30, contact_types: [immune, Tumor], smooth_um: "
        "25,\n"
        "   motility_um2_per_min: 17.8, times_h: [0.25, 1.1, 24], step_min: 3,\n"
        "   course_doses: 10, course_from: density, maps: on, draws: 999, seed: 5,\n"
        "   crosstalk: [{blocked: a, released: b, fraction: 0.5, citation: paper}]}\n");
    const cyt_block_config *b = &c.block;
    assert_int_equal(b->doses.n, 3);
    assert_true(b->doses.value[2] == 10 && b->law == CYT_LAW_NON_COMPETITIVE);
    assert_true(b->relative_slope && b->maps && b->draws == 999 && b->seed == 5);
    assert_int_equal(b->contact_types.n, 3);
    assert_string_equal(b->contact_types.name[1], "B");
    assert_true(b->times_h.n == 3 && b->step_min == 3 && b->course_doses.n == 1);
    assert_int_equal(b->n_crosstalk, 1);
    assert_string_equal(b->crosstalk[0].citation, "paper");
    assert_true(b->crosstalk[0].fraction == 0.5);
    assert_true(cyt_signal_is_called(c.signals[0].name, "a@9um"));
    assert_true(cyt_signal_is_called(c.signals[1].name, "a"));
    assert_false(cyt_signal_is_called(c.signals[2].name, "a"));
    cyt_config again = read_good(c.text);
    assert_string_equal(again.text, c.text);
    cyt_config_free(&again);
    cyt_config_free(&c);
}

static const char *const every_key[] = {"spacing_um",
                                        "padding_um",
                                        "gate",
                                        "bandwidth_um",
                                        "types",
                                        "signals",
                                        "contrasts",
                                        "ligand",
                                        "senders",
                                        "receptor",
                                        "responders",
                                        "lambda_um",
                                        "transform",
                                        "layer",
                                        "compression",
                                        "fields",
                                        "expression",
                                        "condition",
                                        "reach_um",
                                        "close_um",
                                        "fill_holes_um2",
                                        "labels",
                                        "tumour",
                                        "threshold",
                                        "min_area_um2",
                                        "margin_um",
                                        "band_um",
                                        "profile_um",
                                        "preset",
                                        "diffusion",
                                        "uptake",
                                        "tissue_edge",
                                        "view_edge",
                                        "c_over_kd",
                                        "cell_diameter_um",
                                        "pair_radii_um",
                                        "nearest_radii_um",
                                        "metric_types",
                                        "among",
                                        "graph",
                                        "graph_k",
                                        "graph_radius_um",
                                        "longest_um",
                                        "block_lambdas",
                                        "background",
                                        "margin_knots_um",
                                        "densities",
                                        "total_counts",
                                        "field_null",
                                        "contrast",
                                        "basin_depth",
                                        "decoys",
                                        "screen_shifts",
                                        "screen_seed",
                                        "receptor_split",
                                        "contest_folds",
                                        "contest_signals",
                                        "contest_barriers",
                                        "contest_entries",
                                        "doses",
                                        "law",
                                        "draws",
                                        "seed",
                                        "contact_um",
                                        "contact_types",
                                        "smooth_um",
                                        "motility_um2_per_min",
                                        "times_h",
                                        "step_min",
                                        "course_doses",
                                        "course_from",
                                        "maps",
                                        "crosstalk",
                                        "blocked",
                                        "released",
                                        "fraction",
                                        "citation",
                                        "absolute",
                                        "rate_per_s",
                                        "decay_per_s",
                                        "thickness_um",
                                        "kd_nM",
                                        "tolerance",
                                        "max_iterations"};

static void help_and_schema_have_every_key(void **state)
{
    (void)state;
    cyt_error err = {0};
    char *help = cyt_config_help(&err), *text = cyt_config_schema(&err);
    assert_non_null(help);
    assert_non_null(text);
    for (size_t i = 0; i < sizeof every_key / sizeof *every_key; i++) {
        assert_non_null(strstr(help, every_key[i]));
        assert_non_null(strstr(text, every_key[i]));
    }
    assert_non_null(strstr(help,
                           "grid.spacing_um\n    number, greater than 0 and at most "
                           "1000 um; default 5\n    Side of a raster pixel.\n"));
    json_t *schema = json_loads(text, 0, NULL);
    assert_non_null(schema);
    const char *draft, *kind;
    double high, start;
    assert_int_equal(json_unpack(schema, "{s:s, s:{s:{s:{s:{s:s, s:F, s:F}}}}}",
                                 "$schema", &draft, "properties", "grid", "properties",
                                 "spacing_um", "type", &kind, "maximum", &high,
                                 "default", &start),
                     0);
    assert_string_equal(draft, "https://json-schema.org/draft/2020-12/schema");
    assert_string_equal(kind, "number");
    assert_true(high == 1000.0 && start == 5.0);
    json_decref(schema);
    free(text);
    free(help);
}

static void no_bytes_crash_the_reader_and_what_it_takes_reads_back(void **state)
{
    (void)state;
    char text[sizeof sample + 8];
    uint64_t seed = 20240607;
    for (int round = 0; round < 2000; round++) {
        const size_t n = mutate(sample, strlen(sample), text, sizeof text, &seed);
        cyt_problems problems = {0};
        cyt_config c = read_bytes(text, n, 0, NULL, &problems);
        for (size_t i = 0; i < problems.n; i++)
            assert_null(strchr(problems.item[i].text, '\n'));
        if (c.text) {
            cyt_config again = read_good(c.text);
            assert_string_equal(c.text, again.text);
            cyt_config_free(&again);
        }
        cyt_problems_free(&problems);
        cyt_config_free(&c);
    }
}

/* Read, and compare with an empty sheet, with memory for @p n allocations; were they
 * enough? */
static int read_with(size_t n)
{
    static const char *const sets[] = {"grid.spacing_um=2",
                                       "density.bandwidth_um=", "units.gat=on"};
    char path[] = "sheet.csv";
    const cyt_samplesheet sheet = {.path = path, .has_condition = 1};
    cyt_config c;
    cyt_problems problems = {0};
    cyt_error err = {0};
    fail_allocation(n);
    cyt_code code = cyt_config_read("config.yaml", 3, sets, &c, &problems, &err);
    if (code == CYT_OK)
        code = cyt_config_check_against(&c, &sheet, &problems, &err);
    char *help = code == CYT_OK ? cyt_config_help(&err) : NULL;
    const int refused = allocation_failed();
    assert_int_equal(err.code, refused ? CYT_ERR_MEMORY : CYT_OK);
    assert_int_equal(help == NULL, refused);
    free(help);
    cyt_config_free(&c);
    cyt_problems_free(&problems);
    return !refused;
}

static void without_memory_the_reader_says_so(void **state)
{
    (void)state;
    static const char *const texts[] = {
        sample, all_contrasts,
        "gird: 1\nunits: {gate: onn}\ntypes: {a: [A, b], b: [B], a: []}\n"
        "signals: [{nam: x}, {name: y, ligand: {a: 1, A: 2}, senders: [a, C],\n"
        "  lambda_um: [1, 1, 2]}, {name: y@1um, lambda_um: 1}, z]\n"
        "cohort: {contrasts: [{a: 1}, {a: 1, b: 1}, {a: x, b: y}]}\n",
        "signals: [{name: a, preset: CCL2-CCR2, senders: F, expression: {transform:\n"
        "  counts}}, {name: b, preset: CCL3, senders: F}, {name: c, preset: [x]}]\n"};
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        write_file("config.yaml", texts[k], strlen(texts[k]));
        for (size_t n = 0; !read_with(n); n++)
            continue;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_file_all_keys_have_their_defaults),
        cmocka_unit_test(empty_files_and_sections_are_defaults_too),
        cmocka_unit_test(the_sample_configuration_is_read_in_yaml_and_json),
        cmocka_unit_test(reading_the_canonical_text_gives_it_again),
        cmocka_unit_test(what_a_signal_spreads_in_is_read),
        cmocka_unit_test(options_override_the_file_and_the_last_one_wins),
        cmocka_unit_test(tissue_and_compartments_are_read),
        cmocka_unit_test(contrasts_must_name_conditions_of_the_sheet),
        cmocka_unit_test(contrasts_have_one_of_four_designs),
        cmocka_unit_test(covariates_and_survival_must_be_those_of_the_sheet),
        cmocka_unit_test(what_is_asked_of_a_blocker_is_read),
        cmocka_unit_test(help_and_schema_have_every_key),
        cmocka_unit_test(no_bytes_crash_the_reader_and_what_it_takes_reads_back),
        cmocka_unit_test(without_memory_the_reader_says_so),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
