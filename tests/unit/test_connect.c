// SPDX-License-Identifier: BSD-3-Clause
#include "test.h"

#include "flood.h"
#include "mask_sets.h"

#include "cytotaxis/connect.h"

static mask_set set;
static uint32_t got[MASK_MOST], want[MASK_MOST];

static void labels_are_those_of_a_flood_in_the_same_order(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_MASK_SETS; k++)
        for (int connectivity = 4; connectivity <= 8; connectivity += 4) {
            mask_sets[k](&set);
            const size_t n = set.n_rows * set.n_cols;
            const uint32_t n_want =
                flood_all(set.n_rows, set.n_cols, set.at, connectivity, want);
            memset(got, 0xAA, sizeof got);
            assert_int_equal(cyt_connect_label(set.n_rows, set.n_cols, set.at,
                                               (cyt_connectivity)connectivity, got),
                             n_want);
            assert_memory_equal(got, want, n * sizeof *got);
        }
}

static void corners_join_only_where_they_count(void **state)
{
    (void)state;
    a_chessboard(&set);
    const uint32_t n = (uint32_t)(set.n_rows * set.n_cols);
    assert_int_equal(
        cyt_connect_label(set.n_rows, set.n_cols, set.at, CYT_CONNECT_4, got), n / 2);
    assert_int_equal(
        cyt_connect_label(set.n_rows, set.n_cols, set.at, CYT_CONNECT_8, got), 1);
}

static void no_rows_have_no_components(void **state)
{
    (void)state;
    assert_int_equal(cyt_connect_label(0, 7, set.at, CYT_CONNECT_8, got), 0);
}

static void the_least_of_a_tree_is_its_root(void **state)
{
    (void)state;
    uint32_t parent[6] = {0, 1, 2, 3, 4, 5};
    cyt_connect_join(parent, 5, 4);
    cyt_connect_join(parent, 3, 2);
    cyt_connect_join(parent, 4, 3);
    for (uint32_t i = 2; i < 6; i++)
        assert_int_equal(cyt_connect_root(parent, i), 2);
    cyt_connect_join(parent, 1, 5);
    assert_int_equal(cyt_connect_root(parent, 3), 1);
    assert_int_equal(cyt_connect_root(parent, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_those_of_a_flood_in_the_same_order),
        cmocka_unit_test(corners_join_only_where_they_count),
        cmocka_unit_test(no_rows_have_no_components),
        cmocka_unit_test(the_least_of_a_tree_is_its_root),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
