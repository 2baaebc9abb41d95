// SPDX-License-Identifier: BSD-3-Clause
#include "test.h"

#include "cytotaxis/covariance.h"
#include "cytotaxis/mixing.h"
#include "cytotaxis/ripley.h"
#include "cytotaxis/window.h"
#include "pairs_by_hand.h"
#include "point_sets.h"

#include <math.h>
#include <string.h>

enum { RADII = 5 };

static const double pi = 3.14159265358979323846;
static const double rounding = 1e-12;
static const double radius[RADII] = {20, 50, 100, 150, 200};
static const cyt_box box = {0, 1000, 0, 800};

static point_set set;
static double border[SET_MOST];
static uint64_t n_cells[SET_TYPES];

static int close_to(double got, double want)
{
    return fabs(got - want) <= rounding * fmax(1, fabs(want));
}

static cyt_pair_counts count(void)
{
    memset(n_cells, 0, sizeof n_cells);
    for (size_t i = 0; i < set.n; i++) {
        border[i] = cyt_box_edge(&box, set.x[i], set.y[i]);
        if (set.type[i] != CYT_NO_TYPE)
            n_cells[set.type[i]]++;
    }
    return pairs_by_hand(set.n, set.x, set.y, set.type, border, SET_TYPES, RADII,
                         radius);
}

static cyt_ripley ripley_of(const cyt_pair_counts *counts)
{
    return (cyt_ripley){counts, radius, n_cells, 1000 * 800};
}

/* What a pair adds to K, times area / pairs possible, when it is of a and b. */
typedef double pair_weight(size_t i, double d2, size_t k);

static double anyone(size_t i, double d2, size_t k)
{
    (void)i;
    return d2 <= radius[k] * radius[k];
}

static double sum_pairs(size_t a, size_t b, size_t k, pair_weight *weight)
{
    double sum = 0;
    for (size_t i = 0; i < set.n; i++)
        for (size_t j = 0; j < set.n; j++) {
            const double dx = set.x[j] - set.x[i], dy = set.y[j] - set.y[i];
            const int is_a =
                a == CYT_ALL_TYPES ? set.type[i] != CYT_NO_TYPE : set.type[i] == a;
            const int is_b =
                b == CYT_ALL_TYPES ? set.type[j] != CYT_NO_TYPE : set.type[j] == b;
            if (i != j && is_a && is_b)
                sum += weight(i, dx * dx + dy * dy, k);
        }
    return sum;
}

static void k_without_correction_follows_its_definition(void **state)
{
    (void)state;
    scattered(&set);
    cyt_pair_counts c = count();
    const cyt_ripley y = ripley_of(&c);
    double k[RADII];
    const double n0 = (double)n_cells[0], n1 = (double)n_cells[1];
    double n = 0;
    for (size_t t = 0; t < SET_TYPES; t++)
        n += (double)n_cells[t];
    const struct {
        size_t a, b;
        double pairs;
    } cases[] = {{0, 1, n0 * n1},
                 {1, 1, n1 * (n1 - 1)},
                 {0, CYT_ALL_TYPES, n0 * (n - 1)},
                 {CYT_ALL_TYPES, CYT_ALL_TYPES, n * (n - 1)}};
    for (size_t m = 0; m < 4; m++) {
        cyt_k_none(&y, cases[m].a, cases[m].b, k);
        for (size_t i = 0; i < RADII; i++)
            assert_true(
                close_to(k[i], y.area / cases[m].pairs *
                                   sum_pairs(cases[m].a, cases[m].b, i, anyone)));
    }
    free_by_hand(&c);
}

static void only_inner_cells_look_for_the_border_method(void **state)
{
    (void)state;
    scattered(&set);
    cyt_pair_counts c = count();
    const cyt_ripley y = ripley_of(&c);
    double k[RADII];
    for (size_t b = 0; b < 2; b++) {
        cyt_k_border(&y, 0, b, k);
        for (size_t m = 0; m < RADII; m++) {
            double looking = 0, found = 0;
            for (size_t i = 0; i < set.n; i++) {
                const double edge = fmin(fmin(set.x[i], 1000 - set.x[i]),
                                         fmin(set.y[i], 800 - set.y[i]));
                if (set.type[i] != 0 || edge < radius[m])
                    continue;
                looking++;
                for (size_t j = 0; j < set.n; j++)
                    found +=
                        j != i && set.type[j] == b &&
                        hypot(set.x[j] - set.x[i], set.y[j] - set.y[i]) <= radius[m];
            }
            assert_true(close_to(k[m], y.area / (double)n_cells[b] * found / looking));
        }
    }
    free_by_hand(&c);
}

static double by_own_distance(size_t i, double d2, size_t k)
{
    const cyt_covariance c = cyt_covariance_box(1000, 800);
    const double d = sqrt(d2);
    double gamma;
    (void)i;
    cyt_covariance_at(&c, 1, &d, &gamma);
    return d <= radius[k] ? 1000 * 800 / gamma : 0;
}

/* Within a ring of 50, gamma of this window falls by 8 %; the pairs lie around its
 * mean. */
static void rings_give_nearly_the_k_of_a_weight_for_each_pair(void **state)
{
    (void)state;
    const double spread_in_a_ring = 2e-3;
    const cyt_covariance box_covariance = cyt_covariance_box(1000, 800);
    double gamma[RADII], k[RADII];
    scattered(&set);
    cyt_pair_counts c = count();
    const cyt_ripley y = ripley_of(&c);
    cyt_covariance_rings(&box_covariance, RADII, radius, gamma);
    cyt_k_rigid(&y, 0, 0, gamma, k);
    const double n0 = (double)n_cells[0];
    for (size_t i = 0; i < RADII; i++) {
        const double want =
            y.area / (n0 * (n0 - 1)) * sum_pairs(0, 0, i, by_own_distance);
        assert_true(fabs(k[i] / want - 1) < spread_in_a_ring);
    }
    free_by_hand(&c);
}

/* The expectation: pairs of a uniform process in W, n_a n_b / A² ∫ 2 pi s gamma(s) ds.
 */
static void rigid_motion_is_unbiased_in_rings_of_any_width(void **state)
{
    (void)state;
    const cyt_covariance w = cyt_covariance_box(1000, 800);
    const double a = 1000, b = 800, area = a * b;
    const uint64_t n[1] = {2000001};
    uint64_t within[RADII];
    double gamma[RADII], k[RADII], g[RADII], l[RADII];
    for (size_t i = 0; i < RADII; i++) {
        const double s = radius[i];
        const double integral =
            pi * s * s * area - 4 * (a + b) * s * s * s / 3 + s * s * s * s / 2;
        within[i] = (uint64_t)llround((double)n[0] * (double)(n[0] - 1) / area / area *
                                      integral);
    }
    const double counted = 1e-8; /* whole pairs out of 1e9 and more */
    const cyt_pair_counts c = {.n_types = 1, .n_radii = RADII, .within = within};
    const cyt_ripley y = {&c, radius, n, area};
    cyt_covariance_rings(&w, RADII, radius, gamma);
    cyt_k_rigid(&y, 0, 0, gamma, k);
    cyt_l_of_k(RADII, k, l);
    cyt_pair_correlation(RADII, radius, k, g);
    for (size_t i = 0; i < RADII; i++) {
        assert_true(fabs(k[i] / (pi * radius[i] * radius[i]) - 1) < counted);
        assert_true(fabs(l[i] / radius[i] - 1) < counted);
        assert_true(fabs(g[i] - 1) < counted);
    }
}

static void what_cannot_be_known_is_nan(void **state)
{
    (void)state;
    double k[RADII], gamma[RADII] = {1, 1, 0, NAN, 1};
    scattered(&set);
    cyt_pair_counts c = count();
    const cyt_ripley y = ripley_of(&c);
    assert_int_equal(n_cells[SET_TYPES - 1], 0);
    cyt_k_none(&y, 0, SET_TYPES - 1, k);
    assert_true(isnan(k[0]));
    cyt_k_border(&y, SET_TYPES - 1, 0, k);
    assert_true(isnan(k[0]));
    cyt_k_rigid(&y, 0, 0, gamma, k);
    assert_true(!isnan(k[1]) && isnan(k[2]) && isnan(k[3]) && isnan(k[4]));
    for (size_t i = 0; i < SET_TYPES * RADII; i++)
        c.inner[i] = 0;
    cyt_k_border(&y, 0, 0, k);
    assert_true(isnan(k[0]));
    cyt_ripley line = y; /* all cells on it: K is not 0 there, but nothing */
    line.area = 0;
    cyt_k_none(&line, 0, 0, k);
    assert_true(isnan(k[0]) && isnan(k[RADII - 1]));
    free_by_hand(&c);
}

static void crossings_lie_where_the_difference_is_0(void **state)
{
    (void)state;
    const double r[] = {1, 2, 3, 4, 5}, over[] = {-1, 0, 1, 1, -3};
    double k[5], at[5];
    for (int i = 0; i < 5; i++)
        k[i] = pi * r[i] * r[i] + over[i];
    assert_int_equal(cyt_k_crossings(5, r, k, at), 2);
    assert_true(close_to(at[0], 2) && close_to(at[1], 4.25));
    k[3] = NAN;
    assert_int_equal(cyt_k_crossings(5, r, k, at), 1);
    for (int i = 0; i < 5; i++)
        k[i] = pi * r[i] * r[i] + fabs(over[i]);
    assert_int_equal(cyt_k_crossings(5, r, k, at), 0);
}

/* squidpy's definition, pair by pair. */
static void co_occurrence_follows_its_definition(void **state)
{
    (void)state;
    double ratio[SET_TYPES * SET_TYPES * RADII];
    scattered(&set);
    cyt_pair_counts c = count();
    cyt_co_occurrence(&c, ratio);
    for (size_t k = 0; k < RADII; k++) {
        double n[SET_TYPES][SET_TYPES] = {{0}}, from[SET_TYPES] = {0},
               to[SET_TYPES] = {0};
        double all = 0;
        for (size_t i = 0; i < set.n; i++)
            for (size_t j = 0; j < set.n; j++) {
                const double d = hypot(set.x[j] - set.x[i], set.y[j] - set.y[i]);
                if (i == j || set.type[i] == CYT_NO_TYPE ||
                    set.type[j] == CYT_NO_TYPE || d > radius[k] ||
                    (k && d <= radius[k - 1]))
                    continue;
                n[set.type[i]][set.type[j]]++;
                from[set.type[i]]++;
                to[set.type[j]]++;
                all++;
            }
        for (size_t a = 0; a < SET_TYPES; a++)
            for (size_t b = 0; b < SET_TYPES; b++) {
                const double want = n[a][b] / from[a] / (to[b] / all);
                const double got = ratio[(a * SET_TYPES + b) * RADII + k];
                assert_true(isnan(want) ? isnan(got) : close_to(got, want));
            }
    }
    free_by_hand(&c);
}

/* SPIAT's test of defined_image: 80 pairs Tumour-Immune1 and 2513 Tumour-Tumour within
 * 50, of 819 and 338 cells. */
static void mixing_scores_are_those_of_spiat(void **state)
{
    (void)state;
    const double printed = 1e-6;
    uint64_t within[] = {2 * 2513, 80, 80, 120};
    const uint64_t n[] = {819, 338}, immune[] = {338, 178}, none[] = {0, 0};
    const cyt_pair_counts c = {.n_types = 2, .n_radii = 1, .within = within};
    assert_true(fabs(cyt_mixing_score(&c, 0, 1, 0) - 0.03183446) < printed);
    assert_true(fabs(cyt_mixing_normalised(&c, n, 0, 1, 0) - 0.038522) < printed);
    assert_true(close_to(cyt_infiltration(&c, 0, 1, 0), 80. / 60));
    assert_true(fabs(cyt_entropy_bits(2, immune) - 0.9294873) < printed);
    assert_true(isnan(cyt_entropy_bits(2, none)));
    within[0] = 0;
    assert_true(isnan(cyt_mixing_score(&c, 0, 1, 0)));
}

static void windows_have_shares_and_entropy(void **state)
{
    (void)state;
    /* three cells: 1 of 4 is of type 0; half and half; empty */
    const uint32_t window[] = {1, 2, 0, 3, 2, 0};
    double share[3], bits[3];
    cyt_neighbourhood_share(2, 3, window, 0, share);
    cyt_neighbourhood_entropy(2, 3, window, bits);
    assert_true(close_to(share[0], 0.25) && close_to(share[1], 0.5) && isnan(share[2]));
    assert_true(close_to(bits[0], 0.5 + 0.75 * log2(4. / 3)));
    assert_true(close_to(bits[1], 1) && isnan(bits[2]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(k_without_correction_follows_its_definition),
        cmocka_unit_test(only_inner_cells_look_for_the_border_method),
        cmocka_unit_test(rings_give_nearly_the_k_of_a_weight_for_each_pair),
        cmocka_unit_test(rigid_motion_is_unbiased_in_rings_of_any_width),
        cmocka_unit_test(what_cannot_be_known_is_nan),
        cmocka_unit_test(crossings_lie_where_the_difference_is_0),
        cmocka_unit_test(co_occurrence_follows_its_definition),
        cmocka_unit_test(mixing_scores_are_those_of_spiat),
        cmocka_unit_test(windows_have_shares_and_entropy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
