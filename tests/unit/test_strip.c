// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/grid.h"
#include "cytotaxis/strip.h"
#include "test.h"

static void strips_tile_the_rows_and_share_the_cost(void **state)
{
    (void)state;
    enum { N = 203 };
    uint64_t cost[N], total = 0, dearest = 0, starts[9];
    for (size_t i = 0; i < N; i++) {
        cost[i] = 1 + (i * i * 7919) % 97 + (i > 60 && i < 75 ? 900 : 0);
        total += cost[i];
        dearest = cost[i] > dearest ? cost[i] : dearest;
    }
    for (size_t size = 1; size <= 8; size++) {
        cyt_strips_balance(N, cost, size, starts);
        assert_int_equal(starts[0], 0);
        assert_int_equal(starts[size], N);
        for (size_t r = 0; r < size; r++) {
            assert_true(starts[r] <= starts[r + 1]);
            uint64_t mine = 0;
            for (uint64_t i = starts[r]; i < starts[r + 1]; i++)
                mine += cost[i];
            assert_true(mine <= total / size + dearest + 1);
        }
    }
}

static void more_ranks_than_rows_leaves_some_empty(void **state)
{
    (void)state;
    const uint64_t cost[2] = {5, 5};
    uint64_t starts[8];
    cyt_strips_balance(2, cost, 7, starts);
    assert_int_equal(starts[0], 0);
    assert_int_equal(starts[7], 2);
    for (size_t r = 0; r < 7; r++)
        assert_true(starts[r] <= starts[r + 1]);
}

static void blocks_are_whole_and_differ_by_one_at_most(void **state)
{
    (void)state;
    uint64_t starts[8];
    for (uint64_t n = 0; n < 500; n += 13)
        for (size_t size = 1; size <= 7; size++) {
            cyt_blocks_cut(n, 16, size, starts);
            assert_int_equal(starts[0], 0);
            assert_int_equal(starts[size], n);
            for (size_t r = 0; r < size; r++) {
                assert_true(starts[r + 1] == n || starts[r + 1] % 16 == 0);
                const uint64_t blocks = (starts[r + 1] - starts[r] + 15) / 16;
                assert_true(blocks <= (n + 15) / 16 / size + 1);
            }
        }
}

static void each_row_finds_its_strip(void **state)
{
    (void)state;
    const uint64_t starts[] = {0, 4, 4, 4, 9, 10};
    const size_t want[] = {0, 0, 0, 0, 3, 3, 3, 3, 3, 4};
    for (uint64_t i = 0; i < 10; i++)
        assert_int_equal(cyt_strip_of(starts, 5, i), want[i]);
}

static void fft_sizes_have_small_factors_only(void **state)
{
    (void)state;
    assert_int_equal(cyt_fft_size(1), 1);
    assert_int_equal(cyt_fft_size(11), 12);
    assert_int_equal(cyt_fft_size(97), 98);
    assert_int_equal(cyt_fft_size(2049), 2058);
}

static void the_grid_covers_the_box_evenly(void **state)
{
    (void)state;
    const cyt_box box = {-30.0, 421.5, 10.0, 10.0};
    const cyt_grid g = cyt_grid_over(box, 5.0, 0.0);
    assert_int_equal(g.n_rows, 1);
    assert_int_equal(g.n_cols, 96); /* 90.3 pixels -> 91 -> 96 */
    assert_true(g.origin_x_um <= -30.0);
    assert_true(g.origin_x_um + 5.0 * 96 >= 421.5);
    const double left = -30.0 - g.origin_x_um;
    const double right = g.origin_x_um + 480.0 - 421.5;
    assert_true(left - right < 1e-9 && right - left < 1e-9);
    assert_int_equal(cyt_grid_col(&g, -1e9), 0);
    assert_int_equal(cyt_grid_col(&g, 1e9), 95);
    assert_int_equal(cyt_grid_row(&g, 10.0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strips_tile_the_rows_and_share_the_cost),
        cmocka_unit_test(more_ranks_than_rows_leaves_some_empty),
        cmocka_unit_test(blocks_are_whole_and_differ_by_one_at_most),
        cmocka_unit_test(each_row_finds_its_strip),
        cmocka_unit_test(fft_sizes_have_small_factors_only),
        cmocka_unit_test(the_grid_covers_the_box_evenly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
