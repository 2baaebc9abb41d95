// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/hilbert.h"
#include "cytotaxis/random.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>

enum { MOST = 20000 };

typedef struct points {
    size_t n;
    double x[MOST], y[MOST];
    uint32_t order[MOST], scratch[3 * MOST];
} points;

static points p; /* too large for a stack */

static void order(size_t n)
{
    p.n = n;
    assert_true(cyt_hilbert_scratch(n) <= sizeof p.scratch / sizeof *p.scratch);
    cyt_hilbert_order(n, p.x, p.y, p.scratch, p.order);
}

static int is_permutation(void)
{
    static unsigned char seen[MOST];
    for (size_t i = 0; i < p.n; i++)
        seen[i] = 0;
    for (size_t i = 0; i < p.n; i++) {
        if (p.order[i] >= p.n || seen[p.order[i]])
            return 0;
        seen[p.order[i]] = 1;
    }
    return 1;
}

static double step(size_t k)
{
    const uint32_t a = p.order[k - 1], b = p.order[k];
    return hypot(p.x[a] - p.x[b], p.y[a] - p.y[b]);
}

static double longest_step(void)
{
    double longest = 0;
    for (size_t k = 1; k < p.n; k++)
        longest = fmax(longest, step(k));
    return longest;
}

/* A square lattice of side^2 points, put in any order. */
static size_t lattice(size_t side, double pitch, double origin)
{
    for (size_t i = 0; i < side * side; i++) {
        const size_t at = i * 7919 % (side * side); /* a prime: every place once */
        p.x[i] = origin + pitch * (double)(at % side);
        p.y[i] = origin + pitch * (double)(at / side);
    }
    return side * side;
}

static void on_a_lattice_of_a_power_of_two_each_step_goes_to_a_neighbour(void **state)
{
    (void)state;
    for (size_t side = 2; side <= 128; side *= 2) {
        order(lattice(side, 1.0, -3.0));
        assert_true(is_permutation());
        assert_true(longest_step() == 1.0);
    }
}

static void scale_and_place_do_not_matter(void **state)
{
    (void)state;
    static const double pitches[] = {0x1p-40, 1.0, 0x1p40};
    for (size_t i = 0; i < 3; i++) {
        order(lattice(64, pitches[i], -1024 * pitches[i]));
        assert_true(is_permutation());
        assert_true(longest_step() == pitches[i]);
    }
}

static void an_outlier_far_away_does_not_spoil_the_order(void **state)
{
    (void)state;
    const size_t n = lattice(64, 1.0, 0.0);
    p.x[n] = p.y[n] = 1e12;
    order(n + 1);
    assert_true(is_permutation());
    size_t far = 0;
    for (size_t k = 1; k <= n; k++)
        far += step(k) > 1.0;
    assert_in_range(far, 1, 2);
}

static void points_in_one_place_keep_their_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < 5000; i++)
        p.x[i] = p.y[i] = 1e9;
    order(5000);
    for (size_t i = 0; i < p.n; i++)
        assert_int_equal(p.order[i], i);
}

static void points_on_a_line_come_in_order_along_it(void **state)
{
    (void)state;
    for (int vertical = 0; vertical < 2; vertical++) {
        for (size_t i = 0; i < 4096; i++) {
            p.x[i] = vertical ? 3.0 : (double)(i * 7919 % 4096);
            p.y[i] = vertical ? (double)(i * 7919 % 4096) : 3.0;
        }
        order(4096);
        assert_true(is_permutation());
        assert_true(longest_step() <= 2.0); /* a curve wider than the line skips none */
    }
}

static void a_tour_of_random_points_is_short(void **state)
{
    (void)state;
    const cyt_random_key key = cyt_random_key_of(7, 0);
    for (size_t i = 0; i < MOST; i++) {
        p.x[i] = cyt_uniform(key, 0, i, 0);
        p.y[i] = cyt_uniform(key, 0, i, 1);
    }
    order(MOST);
    double tour = 0;
    for (size_t k = 1; k < MOST; k++)
        tour += step(k);
    /* The best tour of many points in a unit square is near 0.7124 sqrt(n). */
    assert_true(tour < 1.5 * 0.7124 * sqrt((double)MOST));
}

static void none_and_one_are_fine(void **state)
{
    (void)state;
    order(0);
    p.x[0] = p.y[0] = -7.5;
    order(1);
    assert_int_equal(p.order[0], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(on_a_lattice_of_a_power_of_two_each_step_goes_to_a_neighbour),
        cmocka_unit_test(scale_and_place_do_not_matter),
        cmocka_unit_test(an_outlier_far_away_does_not_spoil_the_order),
        cmocka_unit_test(points_in_one_place_keep_their_order),
        cmocka_unit_test(points_on_a_line_come_in_order_along_it),
        cmocka_unit_test(a_tour_of_random_points_is_short),
        cmocka_unit_test(none_and_one_are_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
