// SPDX-License-Identifier: BSD-3-Clause
#include "test.h"

#include "cytotaxis/random.h"
#include "cytotaxis/window.h"

#include <math.h>
#include <string.h>

/* The foot of a perpendicular is computed in two ways, each to a few bits. */
static const double rounding = 1e-12;

static const double pi = 3.14159265358979323846;

static double u(uint64_t i, uint32_t draw)
{
    return cyt_uniform(cyt_random_key_of(3, 0), 0, i, draw);
}

static void points_of_a_rectangle_know_the_nearest_side(void **state)
{
    (void)state;
    const cyt_box box = {1, 11, -2, 4};
    assert_true(cyt_box_edge(&box, 2.5, 1) == 1.5);
    assert_true(cyt_box_edge(&box, 9, 1) == 2);
    assert_true(cyt_box_edge(&box, 5, 3.5) == 0.5);
    assert_true(cyt_box_edge(&box, 5, -2) == 0);
    assert_true(cyt_box_edge(&box, 0.5, 1) == -INFINITY);
    assert_true(cyt_box_edge(&box, 5, 4.5) == -INFINITY);
}

static void ring(cyt_regions *g, double x, double y, double radius, int n, int wave)
{
    cyt_error err = {0};
    for (int i = 0; i < n; i++) {
        const double t = 2 * pi * i / n, r = radius * (1 + 0.2 * sin(wave * t));
        assert_int_equal(cyt_regions_vertex(g, x + r * cos(t), y + r * sin(t), &err),
                         CYT_OK);
    }
    assert_int_equal(cyt_regions_end_ring(g, &err), CYT_OK);
}

static void end(cyt_regions *g, const char *label)
{
    cyt_error err = {0};
    const cyt_regions_mark start = {0};
    assert_int_equal(cyt_regions_end_polygon(g, &err), CYT_OK);
    assert_int_equal(cyt_regions_label(g, start, label, strlen(label), &err), CYT_OK);
}

/* Two waved discs, one with two holes, and one that is not wanted. */
static void make(cyt_regions *g)
{
    cyt_error err = {0};
    cyt_regions_init(g, &(cyt_region_map){1, 0, 0, 0, 1, 0, 1});
    ring(g, 0, 0, 100, 301, 7);
    ring(g, 20, 10, 15, 50, 3);
    ring(g, -30, -20, 20, 4, 0);
    end(g, "tissue");
    ring(g, 300, 50, 60, 100, 5);
    end(g, "tissue");
    ring(g, 60, 60, 80, 33, 2);
    end(g, "other");
    assert_int_equal(cyt_regions_index(g, &err), CYT_OK);
}

/* By trying points along each edge between its ends, closest by golden section. */
static double to_edge(const cyt_regions *g, uint32_t e, double x, double y)
{
    double low = 0, high = 1;
    const double part = (sqrt(5) - 1) / 2;
#define D(t)                                                                           \
    hypot(g->x[e] + (t) * (g->x[e + 1] - g->x[e]) - x,                                 \
          g->y[e] + (t) * (g->y[e + 1] - g->y[e]) - y)
    for (int i = 0; i < 60; i++) {
        const double a = high - part * (high - low), b = low + part * (high - low);
        if (D(a) < D(b))
            high = b;
        else
            low = a;
    }
    return fmin(D((low + high) / 2), fmin(D(0), D(1)));
#undef D
}

static double by_all_edges(const cyt_regions *g, size_t n_polygons, double x, double y)
{
    double least = INFINITY;
    for (size_t r = 0; r < g->first_ring[n_polygons]; r++)
        for (uint32_t e = g->first_vertex[r]; e + 1 < g->first_vertex[r + 1]; e++)
            least = fmin(least, to_edge(g, e, x, y));
    return least;
}

static void points_of_polygons_know_the_nearest_edge_holes_included(void **state)
{
    (void)state;
    cyt_regions g;
    cyt_window_edges edges;
    cyt_error err = {0};
    const uint8_t wanted[] = {1, 0};
    const double searched = 1e-7; /* golden section finds a minimum to half the bits */
    size_t inside = 0;
    make(&g);
    assert_int_equal(cyt_window_edges_init(&g, wanted, &edges, &err), CYT_OK);
    for (uint64_t i = 0; i < 3000; i++) {
        const double x = -130 + 520 * u(i, 0), y = -130 + 260 * u(i, 1);
        const int in =
            cyt_regions_inside(&g, 0, x, y) || cyt_regions_inside(&g, 1, x, y);
        const double got = cyt_window_edge(&edges, x, y);
        inside += in ? 1 : 0;
        assert_true(in ? fabs(got - by_all_edges(&g, 2, x, y)) < searched
                       : got == -INFINITY);
    }
    assert_true(inside > 500 && inside < 2500);
    cyt_window_edges_free(&edges);
    cyt_regions_free(&g);
}

static void a_square_of_polygons_agrees_with_the_rectangle(void **state)
{
    (void)state;
    cyt_regions g;
    cyt_window_edges edges;
    cyt_error err = {0};
    const uint8_t wanted = 1;
    const cyt_box box = {0, 7, 0, 5};
    const double corner[][2] = {{0, 0}, {7, 0}, {7, 5}, {0, 5}};
    cyt_regions_init(&g, &(cyt_region_map){1, 0, 0, 0, 1, 0, 1});
    for (int i = 0; i < 4; i++)
        assert_int_equal(cyt_regions_vertex(&g, corner[i][0], corner[i][1], &err),
                         CYT_OK);
    assert_int_equal(cyt_regions_end_ring(&g, &err), CYT_OK);
    end(&g, "all");
    assert_int_equal(cyt_regions_index(&g, &err), CYT_OK);
    assert_int_equal(cyt_window_edges_init(&g, &wanted, &edges, &err), CYT_OK);
    for (uint64_t i = 0; i < 1000; i++) {
        const double x = 7 * u(i, 2), y = 5 * u(i, 3);
        assert_true(fabs(cyt_window_edge(&edges, x, y) - cyt_box_edge(&box, x, y)) <
                    rounding);
    }
    cyt_window_edges_free(&edges);
    cyt_regions_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_of_a_rectangle_know_the_nearest_side),
        cmocka_unit_test(points_of_polygons_know_the_nearest_edge_holes_included),
        cmocka_unit_test(a_square_of_polygons_agrees_with_the_rectangle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
