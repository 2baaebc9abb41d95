// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/cost_model.h"
#include "cytotaxis/plan.h"
#include "cytotaxis/random.h"
#include "test.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Sums of a few hundred doubles in another order. */
#define ROUNDING 1e-9

/* --- schedules -------------------------------------------------------------------- */

/* The schedule played anew, from what the plan says and nothing else: groups of the
 * first ranks do their slides, dearest first; then each rank, when it is free, takes
 * the dearest that is left. */
static double replay(const cyt_plan *plan, const cyt_plan_task *tasks)
{
    double *free_at = calloc(plan->n_ranks, sizeof *free_at), end = 0;
    size_t first = 0;
    assert_non_null(free_at);
    for (size_t g = 0; g < plan->n_groups; g++) {
        double busy = 0;
        for (size_t i = 0; i < plan->n_tasks; i++)
            if (plan->group[plan->order[i]] == g)
                busy += cyt_plan_time(&tasks[plan->order[i]], plan->width[g]);
        for (size_t k = 0; k < plan->width[g]; k++)
            free_at[first + k] = busy;
        first += plan->width[g];
        assert_true(first <= plan->n_ranks);
        end = fmax(end, busy);
    }
    for (size_t i = 0; i < plan->n_tasks; i++) {
        if (plan->group[plan->order[i]] != CYT_PLAN_QUEUE)
            continue;
        size_t least = 0;
        for (size_t r = 1; r < plan->n_ranks; r++)
            least = free_at[r] < free_at[least] ? r : least;
        free_at[least] += tasks[plan->order[i]].work_s;
        end = fmax(end, free_at[least]);
    }
    free(free_at);
    return end;
}

static void check_order(const cyt_plan *plan, const cyt_plan_task *tasks)
{
    char *seen = calloc(plan->n_tasks, 1);
    assert_non_null(seen);
    for (size_t i = 0; i < plan->n_tasks; i++) {
        assert_false(seen[plan->order[i]]);
        seen[plan->order[i]] = 1;
        if (i > 0)
            assert_true(tasks[plan->order[i]].work_s <=
                        tasks[plan->order[i - 1]].work_s);
    }
    free(seen);
}

enum { SLIDES = 100 };

/* Cells log-normal over three decades, 1e4 to 1e7, three standard deviations to each
 * side; 20 us a cell. A slide of n cells has 2.8 sqrt(n) rows of 5 um at 5000 cells a
 * mm2; @p halo_rows rows borrowed leave so many ranks. */
static void draw_cohort(uint64_t seed, double halo_rows, double serial,
                        cyt_plan_task *tasks)
{
    const cyt_random_key key = cyt_random_key_of(seed, 0);
    uint64_t at = 0;
    for (size_t i = 0; i < SLIDES; i++) {
        double z = cyt_normal(key, 0, at++, 0);
        while (fabs(z) > 3)
            z = cyt_normal(key, 0, at++, 0);
        const double cells = pow(10, 5.5 + z / 2);
        tasks[i] = (cyt_plan_task){
            2e-5 * cells, serial, cyt_cost_most_ranks(2.8 * sqrt(cells), halo_rows), 1};
    }
}

static void check_cohorts(double halo_rows, double serial)
{
    enum { COHORTS = 20 };
    size_t n_allowed = 0;
    for (uint64_t seed = 0; seed < COHORTS; seed++)
        for (size_t n_ranks = 16; n_ranks <= 4096; n_ranks *= 2) {
            cyt_plan_task tasks[SLIDES];
            cyt_plan plan;
            cyt_error err = {0};
            draw_cohort(seed, halo_rows, serial, tasks);
            assert_int_equal(cyt_plan_make(SLIDES, tasks, n_ranks, &plan, &err),
                             CYT_OK);
            check_order(&plan, tasks);
            const double end = replay(&plan, tasks);
            assert_true(fabs(end - plan.makespan_s) <= ROUNDING * end);
            const double bound = cyt_plan_bound(&plan);
            assert_true(end >= bound * (1 - ROUNDING));
            assert_true(end <= 1.1 * bound);
            if (plan.total_s / (double)n_ranks >= plan.critical_s) {
                assert_true(cyt_plan_efficiency(&plan) >= 0.9);
                n_allowed++;
            }
            cyt_plan_free(&plan);
        }
    assert_true(n_allowed >= 4 * COHORTS);
}

static void cohorts_over_three_decades_end_within_a_tenth_of_the_bound(void **state)
{
    (void)state;
    check_cohorts(4, 0);       /* 20 um of halo */
    check_cohorts(10, 0);      /* 50 um */
    check_cohorts(30, 0);      /* 150 um */
    check_cohorts(10, 0.0005); /* and a little that does not get shorter */
}

/* How much longer than the plan that knows the truth it takes to do what the plan for a
 * @p guess of the serial share says: mean over cohorts, ranks and truths. */
static double loss_of(double guess)
{
    static const double truths[] = {0, 0.01, 0.03, 0.07, 0.15, 0.3};
    enum { COHORTS = 4, TRUTHS = sizeof truths / sizeof *truths };
    double sum = 0, n = 0;
    for (uint64_t seed = 0; seed < COHORTS; seed++)
        for (size_t n_ranks = 4; n_ranks <= 64; n_ranks *= 4)
            for (size_t t = 0; t < TRUTHS; t++) {
                cyt_plan_task real[SLIDES], guessed[SLIDES];
                cyt_plan best, plan;
                cyt_error err = {0};
                const size_t n_slides = 6 + 18 * (seed % 2);
                draw_cohort(seed, 0, truths[t], real);
                draw_cohort(seed, 0, guess, guessed);
                assert_int_equal(cyt_plan_make(n_slides, real, n_ranks, &best, &err),
                                 CYT_OK);
                assert_int_equal(cyt_plan_make(n_slides, guessed, n_ranks, &plan, &err),
                                 CYT_OK);
                sum += replay(&plan, real) / best.makespan_s;
                n++;
                cyt_plan_free(&best);
                cyt_plan_free(&plan);
            }
    return sum / n;
}

static void a_share_that_is_not_known_is_taken_where_it_costs_least(void **state)
{
    (void)state;
    const double loss = loss_of(CYT_COST_SERIAL);
    assert_true(loss < 1.1);
    assert_true(loss < loss_of(0));
    assert_true(loss < loss_of(0.15));
}

static void one_large_slide_gets_the_ranks_that_help_it(void **state)
{
    (void)state;
    const cyt_plan_task tasks[3] = {{1, 0, 4, 0}, {800, 0, 40, 0}, {1, 0, 4, 0}};
    cyt_plan plan;
    cyt_error err = {0};
    assert_int_equal(cyt_plan_make(3, tasks, 64, &plan, &err), CYT_OK);
    assert_true(fabs(plan.makespan_s - 20) < ROUNDING);
    assert_true(plan.group[1] != CYT_PLAN_QUEUE);
    assert_int_equal(plan.width[plan.group[1]], 40);
    cyt_plan_free(&plan);
}

static void one_rank_takes_all_dearest_first(void **state)
{
    (void)state;
    const cyt_plan_task tasks[3] = {{1, 0, 4, 0}, {3, 0, 4, 0}, {2, 0, 4, 0}};
    cyt_plan plan;
    cyt_error err = {0};
    assert_int_equal(cyt_plan_make(3, tasks, 1, &plan, &err), CYT_OK);
    assert_true(fabs(plan.makespan_s - 6) < ROUNDING);
    assert_int_equal(plan.n_groups, 0);
    assert_int_equal(plan.order[0], 1);
    assert_int_equal(plan.order[2], 0);
    assert_true(fabs(cyt_plan_efficiency(&plan) - 1) < ROUNDING);
    cyt_plan_free(&plan);
}

/* Ten equal slides on eight ranks need groups of three for their memory: then two of
 * them, and two ranks that have nothing to do; and a group of all where nothing less
 * will do. */
static void groups_are_as_wide_as_the_memory_asks(void **state)
{
    (void)state;
    for (size_t least = 1; least <= 12; least++) {
        cyt_plan_task tasks[10];
        cyt_plan plan;
        cyt_error err = {0};
        for (size_t i = 0; i < 10; i++)
            tasks[i] = (cyt_plan_task){1, 0.5, 100, least};
        assert_int_equal(cyt_plan_make(10, tasks, 8, &plan, &err), CYT_OK);
        for (size_t i = 0; i < 10; i++) {
            const size_t g = plan.group[i];
            const size_t width = g == CYT_PLAN_QUEUE ? 1 : plan.width[g];
            assert_true(width >= (least < 8 ? least : 8));
        }
        const double end = replay(&plan, tasks);
        assert_true(fabs(end - plan.makespan_s) <= ROUNDING * end);
        cyt_plan_free(&plan);
    }
}

/* A slide that needs all ranks, after one whose group would be too narrow for it. */
static void a_slide_that_needs_all_ranks_gets_them(void **state)
{
    (void)state;
    const cyt_plan_task tasks[2] = {{9, 0, 2, 2}, {1, 0, 4, 4}};
    cyt_plan plan;
    cyt_error err = {0};
    assert_int_equal(cyt_plan_make(2, tasks, 4, &plan, &err), CYT_OK);
    assert_int_equal(plan.n_groups, 1);
    assert_int_equal(plan.width[0], 4);
    assert_true(fabs(plan.makespan_s - 4.75) < ROUNDING);
    cyt_plan_free(&plan);
}

/* Seven equal slides, three groups of 2, 2 and 1 ranks: the plan for those who set the
 * groups themselves takes all from the queue. */
static void equal_groups_take_all_from_the_queue(void **state)
{
    (void)state;
    cyt_plan_task tasks[7];
    cyt_plan plan;
    cyt_error err = {0};
    for (size_t i = 0; i < 7; i++)
        tasks[i] = (cyt_plan_task){1, 0, 4, 1};
    assert_int_equal(cyt_plan_equal(7, tasks, 5, 3, &plan, &err), CYT_OK);
    assert_true(plan.stay);
    assert_int_equal(plan.n_groups, 3);
    assert_int_equal(plan.width[0] + plan.width[1] + plan.width[2], 5);
    for (size_t i = 0; i < 7; i++)
        assert_true(plan.group[i] == CYT_PLAN_QUEUE);
    assert_true(fabs(plan.makespan_s - 3) < ROUNDING);
    cyt_plan_free(&plan);
}

static void no_slides_take_no_time(void **state)
{
    (void)state;
    cyt_plan plan;
    cyt_error err = {0};
    assert_int_equal(cyt_plan_make(0, NULL, 7, &plan, &err), CYT_OK);
    assert_true(plan.makespan_s == 0);
    assert_int_equal(plan.n_groups, 0);
    cyt_plan_free(&plan);
}

/* No length grows from nothing, and no group has the memory for the second slide while
 * the first has one of its own. */
static void slides_that_take_no_time_are_planned_too(void **state)
{
    (void)state;
    const cyt_plan_task tasks[2] = {{0, 0, 2, 2}, {0, 0, 4, 4}};
    cyt_plan plan;
    cyt_error err = {0};
    assert_int_equal(cyt_plan_make(2, tasks, 4, &plan, &err), CYT_OK);
    assert_true(plan.makespan_s == 0);
    assert_int_equal(plan.n_groups, 1);
    assert_int_equal(plan.width[0], 4);
    cyt_plan_free(&plan);
}

/* --- costs ------------------------------------------------------------------------ */

static void coefficients_of_exact_measurements_are_found(void **state)
{
    (void)state;
    enum { N = 8 };
    cyt_cost_sample s[N];
    for (size_t i = 0; i < N; i++) {
        const double cells = 1000 * pow(3, (double)i), p = (double)(1 + i % 3);
        const double pixels = 5e4 + 7e6 * fabs(sin((double)i));
        s[i] = (cyt_cost_sample){
            cells, pixels, (0.3 + 2e-6 * cells + 4e-8 * pixels) * (0.05 + 0.95 / p),
            (size_t)p};
    }
    cyt_cost_model model;
    cyt_error err = {0};
    assert_int_equal(cyt_cost_fit(N, s, &model, &err), CYT_OK);
    assert_true(model.knows_serial);
    assert_true(fabs(model.serial - 0.05) < 1e-12);
    assert_true(fabs(model.fixed_s / 0.3 - 1) < ROUNDING);
    assert_true(fabs(model.per_cell_s / 2e-6 - 1) < ROUNDING);
    assert_true(fabs(model.per_pixel_s / 4e-8 - 1) < ROUNDING);
    assert_true(model.error < ROUNDING);
}

static void one_measurement_is_told_by_one_coefficient(void **state)
{
    (void)state;
    const cyt_cost_sample s = {1000, 5000, 2, 1};
    cyt_cost_model model;
    cyt_error err = {0};
    assert_int_equal(cyt_cost_fit(1, &s, &model, &err), CYT_OK);
    assert_false(model.knows_serial);
    assert_true(model.serial == CYT_COST_SERIAL);
    assert_true(fabs(cyt_cost_work(&model, 1000, 5000) - 2) < ROUNDING);
    assert_int_equal(cyt_cost_fit(0, &s, &model, &err), CYT_ERR_USAGE);
}

/* What the README states, and tests/cohort/test_memory.py measures. */
static void analyses_add_to_the_bytes_of_a_pixel(void **state)
{
    (void)state;
    cyt_config config;
    cyt_signal_config signals[2] = {{.responders = {.n = 1}}, {.responders = {.n = 2}}};
    cyt_config_init(&config);
    assert_true(cyt_cost_bytes_per_pixel(&config, 9) == 36);
    config.tissue.from = CYT_TISSUE_REACH;
    assert_true(cyt_cost_bytes_per_pixel(&config, 9) == 36);
    config.n_signals = 2;
    config.signals = signals;
    assert_true(cyt_cost_bytes_per_pixel(&config, 9) == 130);
    config.trap.block_lambdas = 4;
    assert_true(cyt_cost_bytes_per_pixel(&config, 9) == 160);
    config.screen.shifts = 99;
    assert_true(cyt_cost_bytes_per_pixel(&config, 9) == 160 + 50 + 9 * 2);
    signals[0].responders.n = 0;
    assert_true(cyt_cost_bytes_per_pixel(&config, 9) == 160 + 50 + 9 * 9);
    assert_int_equal(cyt_cost_signals_held(&config), 2);
    config.write_cell_signals = 0;
    assert_int_equal(cyt_cost_signals_held(&config), 1);
}

/* As a damaged run.json may say: squares of 1 / wall_s are beyond a double. */
static void a_time_beyond_reason_is_told(void **state)
{
    (void)state;
    const cyt_cost_sample s[2] = {{1000, 5000, 2, 1}, {1000, 5000, 1e-200, 1}};
    cyt_cost_model model;
    cyt_error err = {0};
    assert_int_equal(cyt_cost_fit(2, s, &model, &err), CYT_ERR_DATA);
    assert_non_null(strstr(err.text, "2 slides that were measured"));
}

/* Larger slides that took less: no coefficient may become negative for it. */
static void no_coefficient_is_negative(void **state)
{
    (void)state;
    const cyt_cost_sample s[3] = {{1e3, 1e6, 3, 1}, {1e4, 2e5, 2, 1}, {1e5, 1e5, 1, 1}};
    cyt_cost_model model;
    cyt_error err = {0};
    assert_int_equal(cyt_cost_fit(3, s, &model, &err), CYT_OK);
    assert_true(model.fixed_s >= 0 && model.per_cell_s >= 0 && model.per_pixel_s >= 0);
    assert_true(cyt_cost_work(&model, 1e6, 1e6) > 0);
    assert_true(model.error > 0 && model.error < 1);
}

static void the_halo_stays_below_a_quarter_of_the_strip(void **state)
{
    (void)state;
    assert_int_equal(cyt_cost_most_ranks(400, 10), 10);
    assert_int_equal(cyt_cost_most_ranks(399, 10), 9);
    assert_int_equal(cyt_cost_most_ranks(3, 10), 1);
    assert_int_equal(cyt_cost_most_ranks(400, 0), 100);
}

static void ranks_are_as_many_as_the_memory_asks(void **state)
{
    (void)state;
    cyt_config config;
    cyt_config_init(&config);
    const double slide =
        cyt_cost_slide_bytes(1e7, 64e6, 5, 1, cyt_cost_bytes_per_pixel(&config, 5));
    for (double limit = 51e6; limit < 1e10; limit *= 1.3) {
        const size_t ranks = cyt_cost_least_ranks(slide, limit);
        assert_true(cyt_cost_memory(slide, ranks) <= limit * (1 + ROUNDING));
        if (ranks > 1) /* two hold more each than half, for a strip may be larger */
            assert_true(cyt_cost_memory(slide, ranks - 1) > limit);
    }
    assert_true(cyt_cost_least_ranks(slide, 50e6) == SIZE_MAX);
    assert_int_equal(cyt_cost_least_ranks(0, 1e9), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cohorts_over_three_decades_end_within_a_tenth_of_the_bound),
        cmocka_unit_test(a_share_that_is_not_known_is_taken_where_it_costs_least),
        cmocka_unit_test(one_large_slide_gets_the_ranks_that_help_it),
        cmocka_unit_test(one_rank_takes_all_dearest_first),
        cmocka_unit_test(groups_are_as_wide_as_the_memory_asks),
        cmocka_unit_test(a_slide_that_needs_all_ranks_gets_them),
        cmocka_unit_test(equal_groups_take_all_from_the_queue),
        cmocka_unit_test(no_slides_take_no_time),
        cmocka_unit_test(slides_that_take_no_time_are_planned_too),
        cmocka_unit_test(coefficients_of_exact_measurements_are_found),
        cmocka_unit_test(one_measurement_is_told_by_one_coefficient),
        cmocka_unit_test(analyses_add_to_the_bytes_of_a_pixel),
        cmocka_unit_test(a_time_beyond_reason_is_told),
        cmocka_unit_test(no_coefficient_is_negative),
        cmocka_unit_test(the_halo_stays_below_a_quarter_of_the_strip),
        cmocka_unit_test(ranks_are_as_many_as_the_memory_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
