// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/centroid.h"
#include "test.h"

#include <float.h>
#include <math.h>

/* A dozen operations on numbers of this size. */
static double rounding(double size)
{
    return 16 * DBL_EPSILON * size;
}

static void add_ring(cyt_centroid *c, int hole, size_t n, const double (*v)[2],
                     double dx)
{
    cyt_centroid_ring_begin(c, hole);
    for (size_t i = 0; i < n; i++)
        cyt_centroid_vertex(c, v[i][0] + dx, v[i][1]);
    cyt_centroid_ring_end(c);
}

static void check(const cyt_centroid *c, double x, double y, double size)
{
    double gx = NAN, gy = NAN;
    assert_true(cyt_centroid_end(c, &gx, &gy));
    assert_true(fabs(gx - x) <= rounding(size));
    assert_true(fabs(gy - y) <= rounding(size));
}

static const double square[][2] = {{0, 0}, {6, 0}, {6, 6}, {0, 6}};
static const double turned[][2] = {{0, 0}, {0, 6}, {6, 6}, {6, 0}, {0, 0}};
static const double corner[][2] = {{0, 0}, {3, 0}, {3, 3}, {0, 3}, {0, 0}};

static void a_ring_may_turn_either_way_and_be_open(void **state)
{
    (void)state;
    cyt_centroid c;
    cyt_centroid_begin(&c);
    add_ring(&c, 0, 4, square, 0);
    check(&c, 3, 3, 6);
    cyt_centroid_begin(&c);
    add_ring(&c, 0, 5, turned, 0);
    check(&c, 3, 3, 6);
}

static void the_vertices_of_a_side_do_not_draw_it(void **state)
{
    (void)state;
    const double dense[][2] = {{0, 0}, {1, 0}, {2, 0}, {3, 0},
                               {4, 0}, {6, 0}, {6, 6}, {0, 6}};
    cyt_centroid c;
    cyt_centroid_begin(&c);
    add_ring(&c, 0, 8, dense, 0);
    check(&c, 3, 3, 6);
}

static void holes_are_subtracted_whatever_way_they_turn(void **state)
{
    (void)state;
    cyt_centroid c;
    for (int k = 0; k < 2; k++) { /* (36 * 3 - 9 * 1.5) / 27 */
        cyt_centroid_begin(&c);
        add_ring(&c, 0, k ? 4 : 5, k ? square : turned, 0);
        add_ring(&c, 1, 5, corner, 0);
        check(&c, 3.5, 3.5, 6);
    }
}

static void polygons_count_by_area(void **state)
{
    (void)state;
    cyt_centroid c;
    cyt_centroid_begin(&c);
    add_ring(&c, 0, 4, square, 0);
    add_ring(&c, 0, 5, corner, 10);
    check(&c, (36 * 3 + 9 * 11.5) / 45, (36 * 3 + 9 * 1.5) / 45, 13);
}

static void far_from_the_origin_no_digits_are_lost(void **state)
{
    (void)state;
    cyt_centroid c;
    cyt_centroid_begin(&c);
    add_ring(&c, 0, 4, square, 1e9);
    check(&c, 1e9 + 3, 3, 0); /* exact: all differences are */
}

static void without_area_edges_count_and_without_edges_the_point(void **state)
{
    (void)state;
    const double line[][2] = {{0, 0.1}, {1, 0.4}, {4, 1.3}, {0, 0.1}};
    const double point[][2] = {{7, 8}, {7, 8}, {7, 8}};
    cyt_centroid c;
    cyt_centroid_begin(&c);
    add_ring(&c, 0, 4, line, 0);
    check(&c, 2, 0.7, 4);
    cyt_centroid_begin(&c);
    add_ring(&c, 0, 3, point, 0);
    check(&c, 7, 8, 0);
    double x = 1, y = 2;
    cyt_centroid_begin(&c);
    assert_false(cyt_centroid_end(&c, &x, &y));
    assert_true(x == 1 && y == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_may_turn_either_way_and_be_open),
        cmocka_unit_test(the_vertices_of_a_side_do_not_draw_it),
        cmocka_unit_test(holes_are_subtracted_whatever_way_they_turn),
        cmocka_unit_test(polygons_count_by_area),
        cmocka_unit_test(far_from_the_origin_no_digits_are_lost),
        cmocka_unit_test(without_area_edges_count_and_without_edges_the_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
