// SPDX-License-Identifier: BSD-3-Clause
#include "test.h"

#include "cytotaxis/covariance.h"

#include <math.h>
#include <stdlib.h>

static const double pi = 3.14159265358979323846;

/* Sums of a few thousand terms of full precision. */
static const double rounding = 1e-12;

static void assert_close(double got, double want, double tolerance)
{
    assert_true(fabs(got - want) <= tolerance * fmax(1, fabs(want)));
}

static double box_by_quadrature(double a, double b, double r)
{
    enum { STEPS = 200000 };
    double sum = 0;
    for (int i = 0; i < STEPS; i++) {
        const double t = (i + 0.5) / STEPS * pi / 2;
        sum += fmax(0, a - r * cos(t)) * fmax(0, b - r * sin(t));
    }
    return sum / STEPS;
}

static void a_rectangle_has_its_closed_form_up_to_the_shorter_side(void **state)
{
    (void)state;
    const double sides[][2] = {{3, 2}, {2, 3}, {1, 1}, {100, 0.5}};
    for (size_t s = 0; s < 4; s++) {
        const double a = sides[s][0], b = sides[s][1], shorter = fmin(a, b);
        const cyt_covariance c = cyt_covariance_box(a, b);
        for (int i = 0; i <= 20; i++) {
            const double r = shorter * i / 20;
            double got;
            cyt_covariance_at(&c, 1, &r, &got);
            assert_close(got, a * b - 2 * r * (a + b) / pi + r * r / pi, rounding);
        }
    }
}

static void a_rectangle_is_right_up_to_its_diagonal_and_0_beyond(void **state)
{
    (void)state;
    const cyt_covariance c = cyt_covariance_box(3, 2);
    const double quadrature = 1e-8; /* midpoints of 200,000 steps across kinks */
    for (int i = 0; i <= 40; i++) {
        const double r = 0.1 * i;
        double got;
        cyt_covariance_at(&c, 1, &r, &got);
        assert_close(got, box_by_quadrature(3, 2, r), quadrature);
        assert_true(r * r < 13 || got == 0);
    }
}

static void rings_of_a_rectangle_are_their_integral(void **state)
{
    (void)state;
    const double a = 5, b = 4, r[] = {0.5, 1.25, 2, 4};
    const cyt_covariance c = cyt_covariance_box(a, b);
    double mean[4], before = 0, r0 = 0;
    cyt_covariance_rings(&c, 4, r, mean);
    for (int k = 0; k < 4; k++) {
        const double s = r[k], now = pi * s * s * a * b - 4 * (a + b) * s * s * s / 3 +
                                     s * s * s * s / 2;
        assert_close(mean[k], (now - before) / (pi * (s * s - r0 * r0)), rounding);
        before = now;
        r0 = s;
    }
}

static void rings_beyond_the_shorter_side_go_on_smoothly(void **state)
{
    (void)state;
    const cyt_covariance c = cyt_covariance_box(3, 2);
    const double r[] = {1.5, 2.5, 3.5, 4};
    const double tolerance = 1e-4; /* the root in gamma behind each side's length */
    double mean[4];
    cyt_covariance_rings(&c, 4, r, mean);
    for (int k = 0; k < 4; k++) {
        enum { STEPS = 2000 };
        const double from = k ? r[k - 1] : 0;
        double sum = 0;
        for (int i = 0; i < STEPS; i++) {
            const double s = from + (r[k] - from) * (i + 0.5) / STEPS;
            double g;
            cyt_covariance_at(&c, 1, &s, &g);
            sum += 2 * s * g * (r[k] - from) / STEPS;
        }
        assert_close(mean[k], sum / (r[k] * r[k] - from * from), tolerance);
    }
}

/* A block of pixels is a rectangle: its lags are (n - |dy|)(m - |dx|). */
static void a_block_of_pixels_is_the_rectangle_it_covers(void **state)
{
    (void)state;
    enum { ROWS = 9, COLS = 14, REACH = 9, WIDTH = 2 * REACH + 1 };
    uint64_t pairs[(REACH + 1) * WIDTH];
    const double h = 2.5;
    for (int dy = 0; dy <= REACH; dy++)
        for (int dx = -REACH; dx <= REACH; dx++)
            pairs[dy * WIDTH + REACH + dx] = (uint64_t)((ROWS - dy) * (COLS - abs(dx)));
    const cyt_covariance block = {
        .scale = 1, .spacing = h, .lag_rows = REACH, .lag_cols = REACH, .pairs = pairs};
    const cyt_covariance box = cyt_covariance_box(COLS * h, ROWS * h);
    for (int i = 0; i <= 90; i++) {
        const double r = 0.25 * i;
        double got, want;
        cyt_covariance_at(&block, 1, &r, &got);
        cyt_covariance_at(&box, 1, &r, &want);
        assert_close(got, want, rounding);
    }
    const double beyond = REACH * h * 1.001;
    double none;
    cyt_covariance_at(&block, 1, &beyond, &none);
    assert_true(isnan(none));
    cyt_covariance_rings(&block, 1, &beyond, &none);
    assert_true(isnan(none));
}

static void an_eroded_rectangle_shrinks_from_all_sides(void **state)
{
    (void)state;
    assert_close(cyt_eroded_box(10, 6, 1), 8 * 4, rounding);
    assert_true(cyt_eroded_box(10, 6, 3) == 0);
    assert_true(cyt_eroded_box(10, 6, 4) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rectangle_has_its_closed_form_up_to_the_shorter_side),
        cmocka_unit_test(a_rectangle_is_right_up_to_its_diagonal_and_0_beyond),
        cmocka_unit_test(rings_of_a_rectangle_are_their_integral),
        cmocka_unit_test(rings_beyond_the_shorter_side_go_on_smoothly),
        cmocka_unit_test(a_block_of_pixels_is_the_rectangle_it_covers),
        cmocka_unit_test(an_eroded_rectangle_shrinks_from_all_sides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
