// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/exp_row.h"
#include "cytotaxis/random.h"
#include "test.h"

#include <float.h>
#include <math.h>

enum { N = 1003 };

static void powers_are_within_two_units_of_the_last_place(void **state)
{
    (void)state;
    static const double widths[] = {1e-300, 1e-9, 0.3, 1, 20, 708};
    double x[N], value[N];
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        for (uint64_t i = 0; i < N; i++)
            x[i] = widths[w] * (2 * cyt_uniform(cyt_random_key_of(1, w), 1, i, 0) - 1);
        cyt_exp_row(N, x, value);
        for (size_t i = 0; i < N; i++) {
            const long double true_value = expl((long double)x[i]);
            const double unit =
                nextafter((double)true_value, (double)INFINITY) - (double)true_value;
            assert_true(fabsl((long double)value[i] - true_value) <=
                        2 * (long double)unit);
        }
    }
}

static void ends_of_the_range_are_as_they_ought_to_be(void **state)
{
    (void)state;
    double x[] = {0,      -0.0,  (double)INFINITY, -(double)INFINITY, 709.79,
                  -708.4, 1e300, -1e300,           (double)NAN};
    cyt_exp_row(sizeof x / sizeof *x, x, x);
    assert_true(x[0] == 1 && x[1] == 1);
    assert_true(isinf(x[2]) && isinf(x[4]) && isinf(x[6]));
    assert_true(x[3] == 0 && x[5] == 0 && x[7] == 0);
    assert_true(isnan(x[8]));
    double last[] = {log(DBL_MAX), log(DBL_MIN)};
    cyt_exp_row(2, last, last);
    assert_true(isfinite(last[0]) && last[0] > DBL_MAX / 2);
    assert_true(last[1] >= DBL_MIN && last[1] < 2 * DBL_MIN);
}

static void a_number_gives_the_same_bits_wherever_it_stands(void **state)
{
    (void)state;
    double x[N], value[N];
    for (uint64_t i = 0; i < N; i++)
        x[i] = 40 * cyt_uniform(cyt_random_key_of(2, 0), 1, i, 0) - 20;
    cyt_exp_row(N, x, value);
    for (size_t i = 0; i < N; i++) {
        double alone;
        cyt_exp_row(1, &x[i], &alone);
        assert_true(alone == value[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(powers_are_within_two_units_of_the_last_place),
        cmocka_unit_test(ends_of_the_range_are_as_they_ought_to_be),
        cmocka_unit_test(a_number_gives_the_same_bits_wherever_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
