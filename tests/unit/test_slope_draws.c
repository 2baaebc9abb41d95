// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/select.h"
#include "cytotaxis/slope_draws.h"
#include "test.h"

#include <gsl/gsl_cdf.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double ends[2] = {0.025, 0.975};

static cyt_slope_params params_of(double beta, double se, double df, size_t n)
{
    return (cyt_slope_params){beta, se, df, n, cyt_random_key_of(7, 3), 5, 11};
}

static cyt_slope_draws make(const cyt_slope_params *p)
{
    cyt_error err = {0};
    cyt_slope_draws d;
    assert_int_equal(cyt_slope_draws_make(p, &d, &err), CYT_OK);
    return d;
}

/* Kolmogorov's distance of n draws exceeds 1.95 / sqrt(n) in one of 1000 cases. */
static void draws_follow_students_distribution(void **state)
{
    (void)state;
    static const double dfs[] = {2.5, 11, INFINITY};
    for (size_t k = 0; k < 3; k++) {
        const cyt_slope_params p = params_of(-1, 0.3, dfs[k], 5000);
        cyt_slope_draws d = make(&p);
        double worst = 0;
        for (size_t i = 0; i < d.n; i++) {
            const double t = (d.draw[i] + 1) / 0.3;
            const double at =
                isinf(dfs[k]) ? gsl_cdf_ugaussian_P(t) : gsl_cdf_tdist_P(t, dfs[k]);
            worst = fmax(worst, fabs(at - ((double)i + 0.5) / 5000));
        }
        assert_true(worst < 1.95 / sqrt(5000) && worst > 0.05 / sqrt(5000));
        cyt_slope_draws_free(&d);
    }
}

static double logistic(double x)
{
    return 1 / (1 + exp(-3 * x));
}

static void a_number_that_rises_has_the_interval_of_all_draws(void **state)
{
    (void)state;
    for (size_t n = 40; n < 3000; n = 3 * n + 1) {
        const cyt_slope_params p = params_of(0.4, 1, 4, n);
        cyt_slope_draws d = make(&p);
        double at[64], got[2], want[2];
        double *all = malloc(n * sizeof *all);
        for (size_t i = 0; i < d.n_nodes; i++)
            at[i] = logistic(d.node[i]);
        for (size_t i = 0; i < n; i++)
            all[i] = logistic(d.draw[i]);
        cyt_slope_interval(&d, at, got);
        cyt_quantiles(all, n, ends, 2, want);
        assert_true(fabs(got[0] - want[0]) < 1e-14 && fabs(got[1] - want[1]) < 1e-14);
        assert_true(got[0] < got[1]);
        free(all);
        cyt_slope_draws_free(&d);
    }
}

static void a_number_that_turns_is_interpolated(void **state)
{
    (void)state;
    const cyt_slope_params p = params_of(0.2, 1, 20, 4000);
    cyt_slope_draws d = make(&p);
    double at[64], got[2], want[2];
    double *all = malloc(d.n * sizeof *all);
    for (size_t i = 0; i < d.n_nodes; i++)
        at[i] = exp(-d.node[i] * d.node[i]);
    for (size_t i = 0; i < d.n; i++)
        all[i] = exp(-d.draw[i] * d.draw[i]);
    cyt_slope_interval(&d, at, got);
    cyt_quantiles(all, d.n, ends, 2, want);
    /* Nodes are a quarter of a standard error apart; the curvature is at most 2. */
    assert_true(fabs(got[0] - want[0]) < 2e-2 && fabs(got[1] - want[1]) < 2e-2);
    free(all);
    cyt_slope_draws_free(&d);
}

static void a_sure_slope_has_no_interval_and_an_unknown_number_none(void **state)
{
    (void)state;
    const cyt_slope_params sure = params_of(2, 0, 5, 100);
    cyt_slope_draws d = make(&sure);
    double value = 4, got[2];
    assert_int_equal(d.n_nodes, 1);
    cyt_slope_interval(&d, &value, got);
    assert_true(got[0] == 4 && got[1] == 4);
    value = NAN;
    cyt_slope_interval(&d, &value, got);
    assert_true(isnan(got[0]) && isnan(got[1]));
    cyt_slope_draws_free(&d);
}

static void draws_depend_on_what_they_are_for_alone(void **state)
{
    (void)state;
    cyt_slope_params p = params_of(0, 1, 9, 200);
    cyt_slope_draws a = make(&p), b = make(&p);
    assert_memory_equal(a.draw, b.draw, 200 * sizeof *a.draw);
    cyt_slope_draws_free(&b);
    p.item++;
    b = make(&p);
    assert_memory_not_equal(a.draw, b.draw, 200 * sizeof *a.draw);
    cyt_slope_draws_free(&a);
    cyt_slope_draws_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_follow_students_distribution),
        cmocka_unit_test(a_number_that_rises_has_the_interval_of_all_draws),
        cmocka_unit_test(a_number_that_turns_is_interpolated),
        cmocka_unit_test(a_sure_slope_has_no_interval_and_an_unknown_number_none),
        cmocka_unit_test(draws_depend_on_what_they_are_for_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
