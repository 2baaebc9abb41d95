// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/delaunay.h"
#include "cytotaxis/hilbert.h"
#include "cytotaxis/predicates.h"
#include "point_sets.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static point_set set;
static double xy[2 * SET_MOST];
static cyt_triangle triangle[2 * SET_MOST];
static uint32_t same[SET_MOST], link_of[SET_MOST], hole[2 * SET_MOST], order[SET_MOST];
static cyt_rim_edge rim[2 * SET_MOST + 2];

/* Bit b of joined[a][b / 64]: an edge from point a to point b. */
typedef uint64_t edges[SET_MOST][(SET_MOST + 63) / 64];

/* Insert in that order; 0 if all points lie on a line. */
static int triangulate(cyt_delaunay *d, const uint32_t *in_order)
{
    *d = (cyt_delaunay){.xy = xy,
                        .triangle = triangle,
                        .same = same,
                        .link = link_of,
                        .hole = hole,
                        .rim = rim};
    uint32_t a = 0, b = 0, c = 0;
    for (size_t i = 0; i < set.n; i++) {
        xy[2 * i] = set.x[i];
        xy[2 * i + 1] = set.y[i];
    }
    while (b < set.n && memcmp(xy, xy + 2 * b, 2 * sizeof *xy) == 0)
        b++;
    while (b < set.n && c < set.n && cyt_side_of_line(xy, xy + 2 * b, xy + 2 * c) == 0)
        c++;
    if (b >= set.n || c >= set.n)
        return 0;
    cyt_delaunay_begin(d, a, b, c);
    for (size_t i = 0; i < set.n; i++)
        if (in_order[i] != a && in_order[i] != b && in_order[i] != c)
            cyt_delaunay_insert(d, in_order[i]);
    return 1;
}

/* Edges between positions: named by the lowest point in each place. */
static void collect(const cyt_delaunay *d, edges joined)
{
    static uint32_t lowest[SET_MOST];
    memset(joined, 0, sizeof(edges));
    memset(lowest, 0xff, sizeof lowest);
    for (uint32_t i = 0; i < set.n; i++)
        lowest[same[i]] = lowest[same[i]] < i ? lowest[same[i]] : i;
    for (size_t t = 0; t < d->n_triangles; t++)
        for (int k = 0; k < 3; k++) {
            const uint32_t a = triangle[t].v[k], b = triangle[t].v[(k + 1) % 3];
            if (a != CYT_GHOST && b != CYT_GHOST)
                joined[lowest[a]][lowest[b] / 64] |= (uint64_t)1 << lowest[b] % 64;
        }
}

static size_t n_places(void)
{
    size_t n = 0;
    for (uint32_t i = 0; i < set.n; i++)
        n += same[i] == i;
    return n;
}

static int no_circle_holds_a_point(const cyt_delaunay *d)
{
    for (uint32_t t = 0; t < d->n_triangles; t++)
        for (uint32_t i = 0; i < set.n; i++) {
            const uint32_t *v = triangle[t].v, s = same[i];
            if (s != v[0] && s != v[1] && s != v[2] &&
                cyt_delaunay_conflict(d, t, xy + 2 * i))
                return 0;
        }
    return 1;
}

static void in_input_order(uint32_t *o)
{
    for (size_t i = 0; i < set.n; i++)
        o[i] = (uint32_t)i;
}

static void shuffled(uint32_t *o)
{
    in_input_order(o);
    for (size_t i = set.n; i > 1; i--) {
        const size_t j = (size_t)cyt_random_below(cyt_random_key_of(5, 0), 0, i, 0, i);
        const uint32_t kept = o[i - 1];
        o[i - 1] = o[j];
        o[j] = kept;
    }
}

static void no_circle_of_a_triangle_holds_another_point(void **state)
{
    (void)state;
    int tried = 0;
    for (size_t i = 0; i < N_POINT_SETS; i++) {
        cyt_delaunay d;
        point_sets[i](&set);
        in_input_order(order);
        if (!triangulate(&d, order))
            continue;
        tried++;
        assert_int_equal(d.n_triangles, 2 * n_places() - 2);
        assert_true(no_circle_holds_a_point(&d));
    }
    assert_int_equal(tried, N_POINT_SETS - 6); /* lines, one place, one, two, no cell */
}

static void any_order_of_insertion_gives_the_same_edges(void **state)
{
    (void)state;
    static edges first, second;
    for (size_t i = 0; i < N_POINT_SETS; i++) {
        cyt_delaunay d;
        point_sets[i](&set);
        in_input_order(order);
        if (!triangulate(&d, order))
            continue;
        collect(&d, first);
        shuffled(order);
        assert_true(triangulate(&d, order));
        collect(&d, second);
        assert_memory_equal(first, second, sizeof first);
    }
}

static void the_order_of_rounds_takes_each_point_once(void **state)
{
    (void)state;
    static unsigned char taken[SET_MOST];
    for (size_t n = 0; n <= SET_MOST; n += 1 + n / 3) {
        memset(taken, 0, sizeof taken);
        cyt_delaunay_order(n, order);
        for (size_t i = 0; i < n; i++) {
            assert_true(order[i] < n);
            assert_int_equal(taken[order[i]]++, 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_circle_of_a_triangle_holds_another_point),
        cmocka_unit_test(any_order_of_insertion_gives_the_same_edges),
        cmocka_unit_test(the_order_of_rounds_takes_each_point_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
