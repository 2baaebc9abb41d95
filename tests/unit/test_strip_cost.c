// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/strip_cost.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>

static const double pi = 3.14159265358979323846;

static void more_work_costs_more(void **state)
{
    (void)state;
    cyt_config c;
    cyt_config_init(&c);
    const cyt_strip_cost plain = cyt_strip_cost_of(&c);
    assert_true(plain.cell > 0 && plain.cell_per_type > 0 && plain.pixel_per_type > 0);
    c.n_signals = 2;
    const cyt_strip_cost box = cyt_strip_cost_of(&c);
    assert_true(box.pixel > plain.pixel);
    c.tissue.from = CYT_TISSUE_REACH;
    assert_true(cyt_strip_cost_of(&c).pixel > box.pixel);
    c.patterns.graph = CYT_GRAPH_DELAUNAY;
    const cyt_strip_cost graph = cyt_strip_cost_of(&c);
    assert_true(graph.cell > plain.cell);
    c.patterns.permutations = 100;
    assert_true(cyt_strip_cost_of(&c).cell > graph.cell);
    c.patterns.pairs.n = 2;
    c.patterns.pairs.value[0] = 80;
    c.patterns.pairs.value[1] = 30;
    assert_true(cyt_strip_cost_of(&c).radius_um == 80);
    c.n_signals = 0; /* there is none to be freed */
    cyt_config_free(&c);
}

static void a_fixed_cost_forgets_types(void **state)
{
    (void)state;
    cyt_config c;
    cyt_config_init(&c);
    const cyt_strip_cost plain = cyt_strip_cost_of(&c);
    for (size_t n = 0; n <= 3; n += 3) {
        const cyt_strip_cost fixed = cyt_strip_cost_fixed(&plain, n);
        assert_true(fixed.cell_per_type == 0 && fixed.pixel_per_type == 0);
        assert_true(fixed.cell == plain.cell + plain.cell_per_type * (double)n);
        assert_true(fixed.pixel == plain.pixel + plain.pixel_per_type * (double)n);
        assert_true(fixed.pair == plain.pair && fixed.radius_um == plain.radius_um);
    }
    cyt_config_free(&c);
}

static void neighbours_follow_density(void **state)
{
    (void)state;
    enum { N = 40000 };
    static const double side = 1000;
    for (double radius = 20; radius <= 160; radius *= 2) {
        const cyt_tiles t = cyt_tiles_over(-5, 3, side, side, radius);
        uint64_t *cells = calloc(t.n_rows * t.n_cols, sizeof *cells);
        for (size_t i = 0; i < N; i++) /* an even half that is thrice as dense */
            cells[cyt_tile_of(&t, -5 + side * fmod(0.7548776662466927 * (double)i, 1),
                              3 + side * fmod(0.5698402909980532 * (double)i, 1) /
                                      (i % 2 ? 1 : 2))]++;
        const double dense = N / (side * side) * 1.5 * pi * radius * radius;
        const double top =
            cyt_tile_neighbours(&t, cells, cyt_tile_of(&t, 500, 250), radius);
        const double bottom =
            cyt_tile_neighbours(&t, cells, cyt_tile_of(&t, 500, 750), radius);
        assert_true(fabs(top / dense - 1) < 0.1);
        assert_true(fabs(bottom / (dense / 3) - 1) < 0.1);
        free(cells);
    }
}

static void tiles_stay_few(void **state)
{
    (void)state;
    const double sides[][2] = {{1e6, 1e6}, {5e6, 1},  {1, 5e6},
                               {0, 0},     {30, 1e4}, {-INFINITY, -INFINITY}};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        const cyt_tiles t = cyt_tiles_over(0, 0, sides[i][0], sides[i][1], 10);
        const size_t n = t.n_rows * t.n_cols;
        assert_true(n >= 1 && n <= 1 << 20);
        assert_true(cyt_tile_of(&t, -7, -7) == 0);
        assert_true(cyt_tile_of(&t, 1e9, 1e9) == n - 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_work_costs_more),
        cmocka_unit_test(a_fixed_cost_forgets_types),
        cmocka_unit_test(neighbours_follow_density),
        cmocka_unit_test(tiles_stay_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
