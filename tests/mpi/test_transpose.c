// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/ordered.h"
#include "cytotaxis/strip.h"
#include "cytotaxis/transpose.h"
#include "test_mpi.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 16 };

static int rank, size;

/* Every pixel holds its row and column. */
static double stamp(uint64_t row, uint64_t col)
{
    return (double)(1000 * row + col);
}

static void there_and_back(const uint64_t *rows, const uint64_t *cols)
{
    const uint64_t n_rows = rows[size], n_cols = cols[size];
    const uint64_t my_rows = rows[rank + 1] - rows[rank];
    const uint64_t my_cols = cols[rank + 1] - cols[rank];
    double *strip = calloc(my_rows * n_cols + 1, sizeof *strip);
    double *columns = calloc(n_rows * my_cols + 1, sizeof *columns);
    for (uint64_t r = 0; r < my_rows; r++)
        for (uint64_t c = 0; c < n_cols; c++)
            strip[r * n_cols + c] = stamp(rows[rank] + r, c);

    cyt_error err = {0};
    const cyt_cut cut = {rows, cols};
    assert_all(cyt_transpose_to_columns(MPI_COMM_WORLD, &cut, strip, columns, &err) ==
               CYT_OK);
    int wrong = 0;
    for (uint64_t r = 0; r < n_rows; r++)
        for (uint64_t c = 0; c < my_cols; c++)
            wrong += columns[r * my_cols + c] != stamp(r, cols[rank] + c);
    memset(strip, 0, my_rows * n_cols * sizeof *strip);
    assert_all(cyt_transpose_to_rows(MPI_COMM_WORLD, &cut, columns, strip, &err) ==
               CYT_OK);
    for (uint64_t r = 0; r < my_rows; r++)
        for (uint64_t c = 0; c < n_cols; c++)
            wrong += strip[r * n_cols + c] != stamp(rows[rank] + r, c);
    free(strip);
    free(columns);
    assert_all(wrong == 0);
}

static void a_raster_goes_to_columns_and_back(void **state)
{
    (void)state;
    uint64_t cost[41], rows[MOST], cols[MOST];
    for (size_t i = 0; i < 41; i++)
        cost[i] = 1 + (i > 20) * 9; /* strips of differing height */
    cyt_strips_balance(41, cost, (size_t)size, rows);
    cyt_blocks_cut(29, 1, (size_t)size, cols);
    there_and_back(rows, cols);
    cyt_blocks_cut(29, 16, (size_t)size, cols); /* most ranks have no columns */
    there_and_back(rows, cols);
    cyt_blocks_cut(2, 1, (size_t)size, rows); /* more ranks than rows */
    there_and_back(rows, cols);
}

static void one_rank_may_hold_everything(void **state)
{
    (void)state;
    uint64_t rows[MOST] = {0}, cols[MOST] = {0};
    for (int r = 0; r <= size; r++) {
        rows[r] = r == size ? 5 : 0; /* all rows on the last */
        cols[r] = r > 0 ? 7 : 0;     /* all columns on the first */
    }
    there_and_back(rows, cols);
}

static void sums_add_in_row_order_on_any_strips(void **state)
{
    (void)state;
    enum { N = 57 };
    uint64_t rows[MOST];
    double value[N], want = 0, got = 0;
    for (int i = 0; i < N; i++) {
        value[i] = sin(0.7 * i) * pow(10, i % 11 - 5);
        want += value[i];
    }
    cyt_error err = {0};
    cyt_blocks_cut(N, 8, (size_t)size, rows);
    assert_all(cyt_ordered_sum(MPI_COMM_WORLD, rows, value + rows[rank], &got, &err) ==
               CYT_OK);
    assert_all(memcmp(&got, &want, sizeof got) == 0);
}

static void several_sums_are_each_as_alone(void **state)
{
    (void)state;
    enum { N = 57, SUMS = 3 };
    uint64_t rows[MOST];
    double value[N][SUMS], want[SUMS] = {0}, got[SUMS];
    for (int i = 0; i < N; i++)
        for (int s = 0; s < SUMS; s++)
            want[s] += value[i][s] = sin(0.7 * i + s) * pow(10, i % 11 - 5);
    cyt_error err = {0};
    cyt_blocks_cut(N, 8, (size_t)size, rows);
    assert_all(cyt_ordered_sums(MPI_COMM_WORLD, rows, SUMS,
                                value[0] + rows[rank] * SUMS, got, &err) == CYT_OK);
    assert_all(memcmp(got, want, sizeof got) == 0);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_raster_goes_to_columns_and_back),
        cmocka_unit_test(one_rank_may_hold_everything),
        cmocka_unit_test(sums_add_in_row_order_on_any_strips),
        cmocka_unit_test(several_sums_are_each_as_alone),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
