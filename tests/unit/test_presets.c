// SPDX-License-Identifier: BSD-3-Clause
#include "config_file.h"

#include "cytotaxis/presets.h"

#include <math.h>

/* Ranges are given to two or three digits. */
static const double ROUNDED = 0.01;

static int near(double got, double want)
{
    return fabs(got - want) < ROUNDED * want;
}

static void every_preset_has_genes_a_source_and_a_name_of_its_own(void **state)
{
    (void)state;
    size_t n = 0;
    for (const cyt_preset *p = cyt_presets; p->name; p++, n++) {
        assert_true(p->ligand[0] && p->receptor[0]);
        assert_true(p->source && strlen(p->source) > 20);
        assert_ptr_equal(cyt_preset_get(p->name), p);
    }
    assert_true(n >= 4);
    assert_null(cyt_preset_get("CXCL12"));
}

static void ranges_are_the_roots_of_diffusion_over_decay_and_need_both(void **state)
{
    (void)state;
    for (const cyt_preset *p = cyt_presets; p->name; p++) {
        const int sourced = p->diffusion_um2_per_s > 0 && p->slow_per_s > 0;
        assert_int_equal(p->n_ranges > 0, sourced);
        if (!sourced)
            continue;
        assert_true(
            near(p->lambda_um[0], sqrt(p->diffusion_um2_per_s / p->fast_per_s)));
        assert_true(near(p->lambda_um[p->n_ranges - 1],
                         sqrt(p->diffusion_um2_per_s / p->slow_per_s)));
        for (size_t i = 1; i < p->n_ranges; i++)
            assert_true(p->lambda_um[i] > p->lambda_um[i - 1]);
    }
}

static cyt_config read_one(const char *signal, cyt_problems *problems)
{
    char text[512];
    const int n = snprintf(text, sizeof text, "signals:\n  - {%s}\n", signal);
    return read_bytes(text, (size_t)n, 0, NULL, problems);
}

static void a_preset_fills_in_ligand_receptor_and_a_sweep_of_ranges(void **state)
{
    (void)state;
    static const double ranges[] = {120, 250, 940};
    cyt_problems problems = {0};
    cyt_config c = read_one("name: trap, preset: CXCL12-CXCR4, senders: [F], "
                            "expression: {transform: counts}",
                            &problems);
    expect_lines(&problems, "");
    assert_int_equal(c.n_signals, 3);
    for (size_t i = 0; i < 3; i++) {
        const cyt_signal_config *s = &c.signals[i];
        assert_true(s->lambda_um == ranges[i]);
        assert_int_equal(s->ligand.n, 1);
        assert_string_equal(s->ligand.name[0], "CXCL12");
        assert_string_equal(s->receptor.name[0], "CXCR4");
    }
    assert_string_equal(c.signals[1].name, "trap@250um");
    assert_null(strstr(c.text, "preset"));
    cyt_config_free(&c);
}

static void what_the_user_wrote_wins_over_the_preset(void **state)
{
    (void)state;
    cyt_problems problems = {0};
    cyt_config c = read_one("lambda_um: 300, name: x, ligand: {F: 2}, senders: F, "
                            "receptor: [ACKR3], preset: CXCL12-CXCR4",
                            &problems);
    expect_lines(&problems, "");
    assert_int_equal(c.n_signals, 1);
    assert_true(c.signals[0].lambda_um == 300);
    assert_int_equal(c.signals[0].ligand.n, 0);
    assert_true(c.signals[0].rates[0] == 2);
    assert_string_equal(c.signals[0].receptor.name[0], "ACKR3");
    cyt_config_free(&c);
}

static void what_is_wrong_stands_at_the_place_of_the_preset(void **state)
{
    (void)state;
    static const struct {
        const char *signal, *lines;
    } bad[] = {
        {"name: x, preset: CXCL12-CXCR5, ligand: {F: 1}, lambda_um: 9, senders: F",
         "config.yaml:2:23: there is no preset 'CXCL12-CXCR5'; did you mean "
         "'CXCL12-CXCR4'?"},
        {"name: x, preset: IL2, ligand: {F: 1}, lambda_um: 9, senders: F",
         "config.yaml:2:23: there is no preset 'IL2'; presets: CXCL12-CXCR4, "
         "CCL2-CCR2, "
         "CCL21-CCR7, CXCL13-CXCR5, CCL5-CCR5, CCL19-CCR7"},
        {"name: x, preset: [CCL2-CCR2], ligand: {F: 1}, lambda_um: 9, senders: F",
         "config.yaml:2:23: preset must be a name, not a list"},
        {"name: x, preset: CCL5-CCR5, senders: F, expression: {transform: counts}",
         "config.yaml:2:5: signal without 'lambda_um': Range of the signal; a list "
         "gives "
         "one signal for each value."},
        {"name: x, preset: CCL2-CCR2, senders: F",
         "config.yaml:2:15: ligand names genes or columns: say what their numbers are "
         "with expression: {transform: counts}, per_total or log1p"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cyt_problems problems = {0};
        cyt_config c = read_one(bad[i].signal, &problems);
        expect_lines(&problems, bad[i].lines);
        cyt_config_free(&c);
    }
}

static void two_sweeps_of_one_name_are_told_at_their_presets(void **state)
{
    (void)state;
    static const char text[] =
        "signals:\n"
        "  - {name: a, preset: CXCL13-CXCR5, ligand: {F: 1}, senders: F}\n"
        "  - {name: a, preset: CXCL13-CXCR5, ligand: {F: 1}, senders: F}\n";
    cyt_problems problems = {0};
    cyt_config c = read_bytes(text, strlen(text), 0, NULL, &problems);
    expect_lines(&problems,
                 "config.yaml:3:15: a second signal named 'a' (first in line "
                 "2)");
    cyt_config_free(&c);
}

static void the_table_for_people_names_all_and_fits_88_columns(void **state)
{
    (void)state;
    cyt_error err = {0};
    char *text = cyt_presets_text(&err);
    assert_non_null(text);
    for (const cyt_preset *p = cyt_presets; p->name; p++)
        assert_non_null(strstr(text, p->name));
    for (const char *line = text; *line;) {
        const size_t n = strcspn(line, "\n");
        assert_true(n <= 88);
        line += n + 1;
    }
    assert_non_null(strstr(text, "lambda_um  120, 250, 940\n"));
    assert_non_null(strstr(text, "lambda_um  none: give your own\n"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_preset_has_genes_a_source_and_a_name_of_its_own),
        cmocka_unit_test(ranges_are_the_roots_of_diffusion_over_decay_and_need_both),
        cmocka_unit_test(a_preset_fills_in_ligand_receptor_and_a_sweep_of_ranges),
        cmocka_unit_test(what_the_user_wrote_wins_over_the_preset),
        cmocka_unit_test(what_is_wrong_stands_at_the_place_of_the_preset),
        cmocka_unit_test(two_sweeps_of_one_name_are_told_at_their_presets),
        cmocka_unit_test(the_table_for_people_names_all_and_fits_88_columns),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
