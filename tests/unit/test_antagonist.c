// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/antagonist.h"
#include "test.h"

#include <math.h>

/* A few operations on numbers of order one. */
static const double ROUNDING = 1e-14;
/* The published figures have four digits. */
static const double DIGITS = 5e-5;
/* Kd = 0.37/s / 8.4e7/(M s), in nM; concentrations of stroma and tumour, two lengths of
 * decay apart. */
static const cyt_receptor receptor = {84 / 370., 10};
static const double places[2] = {5, 0.67667641618306340};

static double difference(cyt_antagonism law, double dose, const double c[2])
{
    const cyt_blocker blocker = {law, dose};
    double theta[2];
    cyt_blocked_occupancy(2, c, &receptor, &blocker, theta);
    return theta[0] - theta[1];
}

static void both_laws_weaken_the_trap_as_computed_by_hand(void **state)
{
    (void)state;
    static const double table[][3] = {/* A/Ki, competitive, non-competitive */
                                      {0, 0.3985, 0.3985},
                                      {1, 0.2907, 0.1992},
                                      {10, 0.0798, 0.0362},
                                      {100, 0.0096, 0.0039}};
    for (size_t k = 0; k < 4; k++) {
        const double *row = table[k];
        assert_true(fabs(difference(CYT_COMPETITIVE, row[0], places) - row[1]) <
                    DIGITS);
        assert_true(fabs(difference(CYT_NON_COMPETITIVE, row[0], places) - row[2]) <
                    DIGITS);
    }
}

static void a_partial_block_strengthens_a_saturated_trap(void **state)
{
    (void)state;
    const double saturated[2] = {100, 13.5};
    const double three_digits = 5e-4;
    const double none = difference(CYT_COMPETITIVE, 0, saturated);
    const double some = difference(CYT_COMPETITIVE, 5, saturated);
    assert_true(fabs(none - 0.204) < three_digits);
    assert_true(fabs(some - 0.453) < three_digits);
    assert_true(difference(CYT_NON_COMPETITIVE, 5, saturated) < none);
    /* Largest where Kd (1 + a) is the geometric mean of the two. */
    const double peak = sqrt(saturated[0] * saturated[1]) * receptor.per_kd - 1,
                 near = 1e-3;
    const double most = difference(CYT_COMPETITIVE, peak, saturated);
    assert_true(most > difference(CYT_COMPETITIVE, peak * (1 - near), saturated));
    assert_true(most > difference(CYT_COMPETITIVE, peak * (1 + near), saturated));
}

static void without_blocker_nothing_changes_and_without_end_nothing_is_left(void **s)
{
    (void)s;
    const double c[] = {0, 1e-9, 0.677, 5, 1e9};
    for (int law = CYT_COMPETITIVE; law <= CYT_NON_COMPETITIVE; law++)
        for (int low = 0; low < 2; low++) {
            const cyt_receptor of = {low ? 0 : receptor.per_kd, 10};
            const cyt_blocker none = {(cyt_antagonism)law, 0},
                              all = {(cyt_antagonism)law, INFINITY};
            double theta[5], blocked[5], released[5];
            cyt_occupancy(5, c, &of, theta);
            cyt_blocked_occupancy(5, c, &of, &none, blocked);
            cyt_released(5, c, &of, &none, released);
            for (size_t i = 0; i < 5; i++)
                assert_true(blocked[i] == theta[i] && released[i] == 0);
            cyt_blocked_occupancy(5, c, &of, &all, blocked);
            cyt_released(5, c, &of, &all, released);
            for (size_t i = 0; i < 5; i++)
                assert_true(blocked[i] == 0 && released[i] == 1);
        }
}

static void what_is_released_is_what_is_missing(void **state)
{
    (void)state;
    const double c[] = {1e-6, 0.3, 4.4, 70, NAN};
    for (int law = CYT_COMPETITIVE; law <= CYT_NON_COMPETITIVE; law++)
        for (double dose = 1e-4; dose < 1e6; dose *= 7) {
            const cyt_blocker blocker = {(cyt_antagonism)law, dose};
            double theta[5], blocked[5], released[5];
            cyt_occupancy(5, c, &receptor, theta);
            cyt_blocked_occupancy(5, c, &receptor, &blocker, blocked);
            cyt_released(5, c, &receptor, &blocker, released);
            for (size_t i = 0; i < 4; i++)
                assert_true(fabs(theta[i] * (1 - released[i]) - blocked[i]) < ROUNDING);
            assert_true(isnan(blocked[4]) && isnan(released[4]));
        }
}

static void in_the_low_dose_limit_both_laws_are_one(void **state)
{
    (void)state;
    const cyt_receptor low = {0, 10};
    const double c[] = {1e-6, 0.3, 70};
    const double faint[] = {1e-12, 3e-12, 0};
    for (double dose = 0; dose < 1e6; dose = 7 * dose + 0.1) {
        const cyt_blocker one = {CYT_COMPETITIVE, dose},
                          other = {CYT_NON_COMPETITIVE, dose};
        double a[3], b[3];
        cyt_blocked_occupancy(3, c, &low, &one, a);
        cyt_blocked_occupancy(3, c, &low, &other, b);
        for (size_t i = 0; i < 3; i++)
            assert_true(a[i] == b[i] && a[i] == c[i] / (1 + dose));
        /* … and the law with a Kd tends to it: f c is 1e-12 here. */
        cyt_blocked_occupancy(2, faint, &receptor, &one, a);
        cyt_blocked_occupancy(2, faint, &receptor, &other, b);
        for (size_t i = 0; i < 2; i++)
            assert_true(fabs(a[i] / b[i] - 1) < 1e-11);
    }
}

static void the_first_of_the_blocker_releases_what_its_slope_says(void **state)
{
    (void)state;
    const double step = 1e-6, quotient = 1e-5; /* an error of the order of the step */
    const double c[] = {0, 0.3, 4.4, 70};
    for (int law = CYT_COMPETITIVE; law <= CYT_NON_COMPETITIVE; law++) {
        const cyt_blocker blocker = {(cyt_antagonism)law, step};
        double released[4], slope[4];
        cyt_released(4, c, &receptor, &blocker, released);
        cyt_released_at_once(4, c, &receptor, (cyt_antagonism)law, slope);
        for (size_t i = 0; i < 4; i++)
            assert_true(fabs(released[i] / step - slope[i]) < quotient);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_laws_weaken_the_trap_as_computed_by_hand),
        cmocka_unit_test(a_partial_block_strengthens_a_saturated_trap),
        cmocka_unit_test(
            without_blocker_nothing_changes_and_without_end_nothing_is_left),
        cmocka_unit_test(what_is_released_is_what_is_missing),
        cmocka_unit_test(in_the_low_dose_limit_both_laws_are_one),
        cmocka_unit_test(the_first_of_the_blocker_releases_what_its_slope_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
