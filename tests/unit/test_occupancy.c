// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/cell_signal.h"
#include "cytotaxis/exact_sum.h"
#include "cytotaxis/occupancy.h"
#include "test.h"

#include <limits.h>
#include <math.h>
#include <string.h>

/* A few operations on numbers of order one. */
static const double ROUNDING = 1e-14;

/* --- occupancy -------------------------------------------------------------------- */

static void occupancy_follows_the_law_of_mass_action(void **state)
{
    (void)state;
    /* Kd 4.4 nM: stroma at 5 nM, tumour at 0.677 nM differ by 0.3985 */
    const double c[] = {5, 0.677, 4.4, 0, NAN};
    const cyt_receptor receptor = {1 / 4.4, 10};
    double theta[5];
    cyt_occupancy(5, c, &receptor, theta);
    assert_true(fabs(theta[0] - theta[1] - 0.3985) < 1e-4); /* cut to four digits */
    assert_true(fabs(theta[2] - 0.5) < ROUNDING);
    assert_true(theta[3] == 0 && isnan(theta[4]));
    const cyt_receptor low_dose = {0, 10};
    cyt_occupancy(5, c, &low_dose, theta);
    assert_true(theta[0] == 5 && theta[3] == 0 && isnan(theta[4]));
}

static void a_cell_feels_the_slope_of_occupancy_times_its_diameter(void **state)
{
    (void)state;
    /* Kd 4.4 nM, 25,000 receptors, c = Kd, a cell of 10 um: 10 receptors are 0.0007
     * nM/um, 0.002 nM/um are 28 receptors */
    const double c[] = {4.4, 4.4}, gx[] = {0.0007 * 0.6, 0},
                 gy[] = {-0.0007 * 0.8, 0.002};
    const cyt_receptor receptor = {1 / 4.4, 10};
    double difference[2];
    cyt_occupancy_difference(2, c, (cyt_vectors){gx, gy}, &receptor, difference);
    assert_true(fabs(25000 * difference[0] - 10) < 0.1);
    assert_true(fabs(25000 * difference[1] - 28) < 0.5);
    const cyt_receptor low_dose = {0, 10};
    cyt_occupancy_difference(2, c, (cyt_vectors){gx, gy}, &low_dose, difference);
    assert_true(fabs(difference[1] - 0.02) < ROUNDING);
}

static void the_difference_is_the_derivative_of_occupancy(void **state)
{
    (void)state;
    const double step = 1e-6, gx = 1, gy = 0;
    const cyt_receptor receptor = {0.3, 1};
    for (double c = 0.01; c < 100; c *= 3) {
        const double around[] = {c - step / 2, c + step / 2};
        double theta[2], difference;
        cyt_occupancy(2, around, &receptor, theta);
        cyt_occupancy_difference(1, &c, (cyt_vectors){&gx, &gy}, &receptor,
                                 &difference);
        const double numeric = (theta[1] - theta[0]) / step;
        assert_true(fabs(numeric - difference) < 1e-9); /* of a quotient of 1e-6 */
    }
}

static void pull_is_plus_one_into_the_tumour_and_nan_without_direction(void **state)
{
    (void)state;
    /* phi grows along x: the tumour lies at smaller x */
    const double gx[] = {-2, 3, 0, -1, 1e-9, -1, NAN};
    const double gy[] = {0, 0, 5, 1, 0, 0, 0};
    const double ax[] = {1, 1, 1, 0.5, 1, 0, 1}, ay[] = {0, 0, 0, 0, 0, 0, 0};
    double pull[7];
    cyt_pull(7, (cyt_vectors){gx, gy}, (cyt_vectors){ax, ay}, 1e-6, pull);
    assert_true(pull[0] == 1 && pull[1] == -1 && fabs(pull[2]) < ROUNDING);
    assert_true(fabs(pull[3] - sqrt(0.5)) < ROUNDING);
    assert_true(isnan(pull[4]) && isnan(pull[5]) && isnan(pull[6]));
}

/* --- columns ---------------------------------------------------------------------- */

static void the_columns_of_a_signal_have_names_and_values(void **state)
{
    (void)state;
    const double c[] = {1, 4}, g[] = {3, 0}, h[] = {4, 1}, ax[] = {1, 0},
                 ay[] = {0, -1};
    const cyt_receptor scan[] = {{0.1, 10}, {2, 10}};
    cyt_cell_signal s = {c, {g, h}, 2, scan, {ax, ay}, 0};
    static const char *const names[] = {"concentration",
                                        "grad_x",
                                        "grad_y",
                                        "occupancy@0.1",
                                        "occupancy_difference@0.1",
                                        "occupancy@2",
                                        "occupancy_difference@2",
                                        "pull"};
    char name[CYT_COLUMN_NAME_SIZE];
    double out[2];
    assert_int_equal(cyt_cell_signal_n_columns(&s), 8);
    for (size_t k = 0; k < 8; k++) {
        cyt_cell_signal_name(&s, k, name);
        cyt_cell_signal_column(&s, k, 2, out);
        assert_string_equal(name, names[k]);
        if (k == 2)
            assert_true(out[0] == 4 && out[1] == 1);
        if (k == 5)
            assert_true(fabs(out[0] - 2. / 3) < ROUNDING);
        if (k == 7)
            assert_true(fabs(out[0] + 0.6) < ROUNDING && fabs(out[1] - 1) < ROUNDING);
    }
    s.n_receptors = 1;
    s.away.x = NULL;
    assert_int_equal(cyt_cell_signal_n_columns(&s), 5);
    cyt_cell_signal_name(&s, 3, name);
    assert_string_equal(name, "occupancy");
    cyt_cell_signal_make(&s, CYT_FELT_GRADIENT, 0, 2, out);
    assert_true(out[0] == 5 && out[1] == 1);
}

/* --- exact sums ------------------------------------------------------------------- */

enum { TERMS = 2000 };

static double term(int i)
{
    return sin(1.3 * i) * pow(2, i % 60 - 40);
}

static double sum_of(const int *order, int exponent)
{
    cyt_exact_sum sum = {0};
    for (int i = 0; i < TERMS; i++)
        cyt_exact_add(&sum, exponent, term(order[i]));
    return cyt_exact_value(&sum, exponent);
}

static void an_exact_sum_does_not_know_the_order_of_its_terms(void **state)
{
    (void)state;
    double all[TERMS];
    int up[TERMS], down[TERMS], mixed[TERMS];
    for (int i = 0; i < TERMS; i++) {
        all[i] = term(i);
        up[i] = i;
        down[i] = TERMS - 1 - i;
        mixed[i] = (i * 1237) % TERMS;
    }
    const int exponent = cyt_exact_exponent(TERMS, all);
    const double sum = sum_of(up, exponent), back = sum_of(down, exponent),
                 other = sum_of(mixed, exponent);
    long double want = 0;
    for (int i = 0; i < TERMS; i++)
        want += (long double)term(i);
    assert_memory_equal(&sum, &back, sizeof sum);
    assert_memory_equal(&sum, &other, sizeof sum);
    assert_true(fabs((double)(want - (long double)sum)) <
                1e-15 * (double)fabsl(want) + 1e-9);
}

static void nothing_is_lost_between_large_and_small(void **state)
{
    (void)state;
    const double v[] = {1, 0x1p-54, -1, 0x1p-54, NAN, INFINITY};
    const int exponent = cyt_exact_exponent(6, v);
    cyt_exact_sum sum = {0};
    for (int i = 0; i < 4; i++)
        cyt_exact_add(&sum, exponent, v[i]);
    assert_int_equal(exponent, 1);
    assert_true(cyt_exact_value(&sum, exponent) == 0x1p-53);
    const double none[] = {0, NAN};
    assert_int_equal(cyt_exact_exponent(2, none), INT_MIN);
}

static void as_many_terms_as_are_said_fit_and_those_are_a_cohort(void **state)
{
    (void)state;
    const double cells = 500 * 1e7, most = nextafter(0x1p5, 0);
    cyt_exact_sum sum = {0}, less = {0};
    cyt_exact_add(&sum, 5, most);
    cyt_exact_add(&less, 5, -most);
    for (int k = 0; k < CYT_EXACT_LIMBS; k++)
        assert_true(sum.limb[k] <= INT64_MAX / (int64_t)CYT_EXACT_MOST &&
                    less.limb[k] == -sum.limb[k]);
    assert_true(cyt_exact_value(&sum, 5) == most && sum.limb[0] > 0);
    assert_true((double)CYT_EXACT_MOST >= cells);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(occupancy_follows_the_law_of_mass_action),
        cmocka_unit_test(a_cell_feels_the_slope_of_occupancy_times_its_diameter),
        cmocka_unit_test(the_difference_is_the_derivative_of_occupancy),
        cmocka_unit_test(pull_is_plus_one_into_the_tumour_and_nan_without_direction),
        cmocka_unit_test(the_columns_of_a_signal_have_names_and_values),
        cmocka_unit_test(an_exact_sum_does_not_know_the_order_of_its_terms),
        cmocka_unit_test(as_many_terms_as_are_said_fit_and_those_are_a_cohort),
        cmocka_unit_test(nothing_is_lost_between_large_and_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
