// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/pooling.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

/* Sums of a few doubles of about 1 in another order, and a bisection to the last bit.
 */
static const double rounding = 1e-12;

static int close_to(double got, double want)
{
    return fabs(got - want) <= rounding * (1 + fabs(want));
}

static double log_likelihood(const double *y, const double *v, size_t n, double t)
{
    double logs = 0, sum = 0, sum_y = 0, spread = 0;
    for (size_t i = 0; i < n; i++) {
        sum += 1 / (v[i] + t);
        sum_y += y[i] / (v[i] + t);
        logs += log(v[i] + t);
    }
    for (size_t i = 0; i < n; i++)
        spread += (y[i] - sum_y / sum) * (y[i] - sum_y / sum) / (v[i] + t);
    return -(logs + log(sum) + spread) / 2;
}

static void of_equal_errors_all_is_known_in_closed_form(void **state)
{
    (void)state;
    static const double y[] = {0.3, -0.1, 1.2, 0.7, 0.4};
    static const double v[] = {0.05, 0.05, 0.05, 0.05, 0.05};
    const double mean = 0.5, s2 = (0.04 + 0.36 + 0.49 + 0.04 + 0.01) / 4;
    const double t = gsl_cdf_tdist_Pinv(0.975, 4);
    const cyt_pooled p = cyt_pool(5, y, v, 0.95);
    assert_true(p.k == 5 && close_to(p.mean, mean));
    assert_true(close_to(p.tau2, s2 - 0.05));
    assert_true(close_to(p.se, sqrt(s2 / 5)));
    assert_true(close_to(p.hi, mean + t * sqrt(s2 / 5)));
    assert_true(close_to(p.lo, mean - t * sqrt(s2 / 5)));
    assert_true(close_to(p.q, 4 * s2 / 0.05));
    assert_true(close_to(p.i2, 1 - 0.05 / s2));
    assert_true(close_to(p.upto, mean + t * sqrt(s2 / 5 + s2 - 0.05)));
    assert_true(close_to(p.p, 2 * gsl_cdf_tdist_Q(mean / sqrt(s2 / 5), 4)));
}

static void one_patient_is_told_without_an_interval(void **state)
{
    (void)state;
    const double y = 2, v = 0.1;
    const cyt_pooled one = cyt_pool(1, &y, &v, 0.95);
    assert_true(one.k == 1 && one.mean == 2 && isnan(one.lo) && isnan(one.p));
    const cyt_pooled none = cyt_pool(0, NULL, NULL, 0.95);
    assert_true(none.k == 0 && isnan(none.mean));
}

static void patients_without_any_spread_give_no_p(void **state)
{
    (void)state;
    static const double y[] = {1, 1, 1}, v[] = {0.1, 0.2, 0.3};
    const cyt_pooled p = cyt_pool(3, y, v, 0.95);
    assert_true(p.mean == 1 && p.tau2 == 0 && isnan(p.p));
}

/* Two groups of estimates of very different error give a likelihood of two maxima. */
static void the_highest_of_several_maxima_is_taken(void **state)
{
    (void)state;
    enum { N = 6, STEPS = 200000 };
    size_t two_maxima = 0;
    srand(3);
    for (int round = 0; round < 300; round++) {
        double y[N], v[N];
        for (size_t i = 0; i < N; i++) {
            v[i] = pow(10, -6.0 * rand() / RAND_MAX);
            y[i] = 3 * (rand() / (double)RAND_MAX - 0.5) * (i % 2 ? 1 : 0.01);
        }
        const size_t start[] = {0, N};
        const double t = cyt_reml_variance(1, start, y, v);
        const double best = log_likelihood(y, v, N, t);
        double before = log_likelihood(y, v, N, 0);
        int rising = 0, maxima = 0;
        assert_true(best >= before - rounding);
        for (double s = 1e-8; s < 100; s *= 1.02) {
            const double l = log_likelihood(y, v, N, s);
            assert_true(best >= l - rounding * (1 + fabs(l)));
            maxima += l < before && (rising || s == 1e-8);
            rising = l > before;
            before = l;
        }
        two_maxima += maxima > 1;
    }
    assert_true(two_maxima > 0);
}

static void slides_of_a_patient_do_not_count_as_patients(void **state)
{
    (void)state;
    enum { SLIDES = 50 };
    cyt_slide_estimate s[SLIDES + 3];
    cyt_patient_estimates p;
    cyt_error err = {0};
    for (size_t i = 0; i < SLIDES; i++)
        s[i] = (cyt_slide_estimate){7, 1, 0.01};
    s[SLIDES] = (cyt_slide_estimate){2, 0, 0.01};
    s[SLIDES + 1] = (cyt_slide_estimate){4, NAN, 0.01};
    s[SLIDES + 2] = (cyt_slide_estimate){5, 3, 0};
    assert_true(cyt_combine_slides(SLIDES + 3, s, &p, &err) == CYT_OK);
    assert_true(p.n == 2 && p.n_slides == SLIDES + 1);
    assert_true(p.patient[0] == 2 && p.patient[1] == 7 && p.omega2 == 0);
    assert_true(close_to(p.variance[1], 0.01 / SLIDES));
    const cyt_pooled all = cyt_pool(p.n, p.value, p.variance, 0.95);
    assert_true(all.k == 2 && all.lo < 0 && all.hi > 1); /* t of 1 degree: 12.7 */
    cyt_patient_estimates_free(&p);
}

static void slides_that_disagree_make_a_patient_uncertain(void **state)
{
    (void)state;
    static const cyt_slide_estimate s[] = {
        {0, 1, 0.01}, {1, 4, 0.01}, {0, 3, 0.01}, {1, 2, 0.01}, {2, 5, 0.01}};
    cyt_patient_estimates p;
    cyt_error err = {0};
    assert_true(cyt_combine_slides(5, s, &p, &err) == CYT_OK);
    assert_true(close_to(p.omega2, 2 - 0.01)); /* both pairs have s² = 2 */
    assert_true(close_to(p.value[0], 2) && close_to(p.variance[0], 1));
    assert_true(close_to(p.variance[2], 2));
    cyt_patient_estimates_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_equal_errors_all_is_known_in_closed_form),
        cmocka_unit_test(one_patient_is_told_without_an_interval),
        cmocka_unit_test(patients_without_any_spread_give_no_p),
        cmocka_unit_test(the_highest_of_several_maxima_is_taken),
        cmocka_unit_test(slides_of_a_patient_do_not_count_as_patients),
        cmocka_unit_test(slides_that_disagree_make_a_patient_uncertain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
