// SPDX-License-Identifier: BSD-3-Clause
#include "test.h"

#include "cytotaxis/clark_evans.h"
#include "cytotaxis/nearest_tally.h"
#include "cytotaxis/random.h"

#include <math.h>
#include <string.h>

static const double rounding = 1e-14;

static void assert_curve(size_t n, const double *got, const double *want)
{
    for (size_t k = 0; k < n; k++)
        assert_true(isnan(want[k]) ? isnan(got[k])
                                   : fabs(got[k] - want[k]) <= rounding);
}

/* Six cells; r = 1 2 3 4.
 *
 *   d    0.5  1    2.5  3.5  1.5  none
 *   b    9    1    2    9    3    1.2
 *        event     censored at 2   event 1.5 <= 3, censored at 1.2 */
static const double d[] = {0.5, 1, 2.5, 3.5, 1.5, NAN};
static const double b[] = {9, 1, 2, 9, 3, 1.2};
static const double radius[] = {1, 2, 3, 4};

static void six_cells_by_hand(void **state)
{
    (void)state;
    uint64_t tally[CYT_TALLY_SIZE(4)] = {0};
    double out[4];
    cyt_near_add(6, d, b, 4, radius, tally);
    assert_int_equal(cyt_near_total(4, tally), 6);

    cyt_near_raw(4, tally, out);
    assert_curve(4, out, (double[]){2 / 6., 3 / 6., 4 / 6., 5 / 6.});

    /* b >= 1: all six, d <= 1: two; b >= 2: 1 3 4 5, of which 0.5 and 1.5;
     * b >= 3: 1 4 5, of which 0.5, 1.5; b >= 4: 1 4, both. */
    cyt_near_reduced(4, tally, out);
    assert_curve(4, out, (double[]){2 / 6., 2 / 4., 2 / 3., 2 / 2.});

    /* min(d, b): 0.5 1 2 3.5 1.5 1.2. At risk 6, 4, 1, 1; events 2, 1, 0, 1. */
    cyt_near_kaplan_meier(4, tally, out);
    const double stay = 4 / 6. * (3 / 4.);
    assert_curve(4, out, (double[]){1 - 4 / 6., 1 - stay, 1 - stay, 1});

    const double eroded[] = {10, 5, 2, 1};
    const double h = 2 / 10. + 1 / 5. + 0 + 1 / 1.;
    cyt_near_hanisch(4, tally, eroded, out);
    assert_curve(4, out, (double[]){0.2 / h, 0.4 / h, 0.4 / h, 1});
}

static void without_an_edge_all_estimates_are_the_raw_one(void **state)
{
    (void)state;
    uint64_t tally[CYT_TALLY_SIZE(4)] = {0};
    double raw[4], other[4];
    cyt_near_add(6, d, NULL, 4, radius, tally);
    cyt_near_raw(4, tally, raw);
    cyt_near_reduced(4, tally, other);
    assert_curve(4, other, raw);
    cyt_near_kaplan_meier(4, tally, other);
    assert_curve(4, other, raw);
}

static void cells_outside_and_empty_tallies_say_nothing(void **state)
{
    (void)state;
    uint64_t tally[CYT_TALLY_SIZE(4)] = {0};
    const double none[] = {NAN, NAN, NAN, NAN}, outside = -INFINITY,
                 area[] = {4, 3, 2, 1};
    double out[4];
    cyt_near_add(1, d, &outside, 4, radius, tally);
    assert_int_equal(cyt_near_total(4, tally), 0);
    cyt_near_raw(4, tally, out);
    assert_curve(4, out, none);
    cyt_near_reduced(4, tally, out);
    assert_curve(4, out, none);
    cyt_near_kaplan_meier(4, tally, out);
    assert_curve(4, out, none);
    cyt_near_hanisch(4, tally, area, out);
    assert_curve(4, out, none);
}

static void hanisch_stops_where_the_window_is_eaten_up(void **state)
{
    (void)state;
    uint64_t tally[CYT_TALLY_SIZE(4)] = {0};
    const double eroded[] = {10, 5, 0, 0};
    double out[4];
    cyt_near_add(6, d, b, 4, radius, tally);
    cyt_near_hanisch(4, tally, eroded, out);
    assert_curve(4, out, (double[]){0.5, 1, NAN, NAN});
}

/* The definitions, observation by observation, where values fall on radii. */
static void ties_with_radii_follow_the_definitions(void **state)
{
    (void)state;
    enum { N = 400, RADII = 9 };
    double dist[N], edge[N], r[RADII], out[RADII];
    uint64_t tally[CYT_TALLY_SIZE(RADII)] = {0};
    const cyt_random_key key = cyt_random_key_of(8, 0);
    for (uint64_t i = 0; i < N; i++) {
        dist[i] = (double)cyt_random_below(key, 0, i, 0, 20) / 2;
        edge[i] = (double)cyt_random_below(key, 0, i, 1, 20) / 2;
    }
    for (int k = 0; k < RADII; k++)
        r[k] = k;
    cyt_near_add(N, dist, edge, RADII, r, tally);
    double stay = 1;
    for (int k = 0; k < RADII; k++) {
        double near = 0, far = 0, all = 0, events = 0, at_risk = 0;
        const double before = k ? r[k - 1] : -1;
        for (int i = 0; i < N; i++) {
            all += dist[i] <= r[k];
            near += dist[i] <= r[k] && r[k] <= edge[i];
            far += edge[i] >= r[k];
            events += dist[i] <= edge[i] && dist[i] > before && dist[i] <= r[k];
            at_risk += fmin(dist[i], edge[i]) > before;
        }
        stay *= 1 - events / at_risk;
        cyt_near_raw(RADII, tally, out);
        assert_true(fabs(out[k] - all / N) <= rounding);
        cyt_near_reduced(RADII, tally, out);
        assert_true(fabs(out[k] - near / far) <= rounding);
        cyt_near_kaplan_meier(RADII, tally, out);
        assert_true(fabs(out[k] - (1 - stay)) <= rounding);
    }
}

static void j_is_1_when_g_is_f_and_unknown_when_f_is_1(void **state)
{
    (void)state;
    const double g[] = {0, 0.5, 0.75, 1}, f[] = {0, 0.5, 0.5, 1};
    double j[4], csr[2];
    cyt_j_curve(4, g, f, j);
    assert_curve(4, j, (double[]){1, 1, 0.5, NAN});
    cyt_nearest_csr(2, (double[]){0, 2}, 0.1, csr);
    assert_curve(2, csr, (double[]){0, 1 - exp(-0.1 * 3.14159265358979323846 * 4)});
}

/* Tumour cells of SPIAT's defined_image: their test gives 0.7864656 and 7.11006e-32,
 * made with 0.26136 for sqrt((4 - pi) / (4 pi)), which is 0.2613615. spatstat gives
 * 0.7750179 with Donnelly's correction. */
static void clark_evans_agrees_with_spiat_and_spatstat(void **state)
{
    (void)state;
    const double printed = 1e-6, rounded_constant = 2e-3;
    const double width = 1999.9513 - 0.1870, height = 1998.9922 - 0.3243;
    const double area = 3996864.669, n = 819, mean = 27.470559;
    const cyt_clark_evans c = cyt_clark_evans_naive(mean, n, n / area);
    assert_true(fabs(c.index - 0.7864656) < printed);
    assert_true(fabs(c.expected - 34.929131) < printed);
    assert_true(fabs(c.p / 7.11006e-32 - 1) < rounded_constant);
    const cyt_clark_evans e = cyt_clark_evans_donnelly(mean, n, width, height);
    assert_true(fabs(e.index - 0.7750179) < printed);
    assert_true(e.z < 0 && e.se > 0 && e.p < 1e-30);
    assert_true(isnan(cyt_clark_evans_naive(1, 0, 1).index));
    assert_true(isnan(cyt_clark_evans_donnelly(1, 5, 0, 1).index));
    const cyt_clark_evans line = cyt_clark_evans_naive(1, 5, 5 / 0.0); /* no area */
    assert_true(isnan(line.index) && isnan(line.z) && isnan(line.p));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(six_cells_by_hand),
        cmocka_unit_test(without_an_edge_all_estimates_are_the_raw_one),
        cmocka_unit_test(cells_outside_and_empty_tallies_say_nothing),
        cmocka_unit_test(hanisch_stops_where_the_window_is_eaten_up),
        cmocka_unit_test(ties_with_radii_follow_the_definitions),
        cmocka_unit_test(j_is_1_when_g_is_f_and_unknown_when_f_is_1),
        cmocka_unit_test(clark_evans_agrees_with_spiat_and_spatstat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
