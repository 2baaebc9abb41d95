// SPDX-License-Identifier: BSD-3-Clause
/* Joining by id: what a second file says reaches the right cells, whatever the order of
 * both files and however their rows are spread over the ranks. */
#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "read/rows/join.h"
#include "read/rows/row_store.h"
#include "test_mpi.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int rank, size;

/* Cell k has the id "cell<k>", the values k + 1/2 and -k, and the type "t<k mod 3>". */
static void add_cell(cyt_row_store *store, size_t k, size_t n_values, int with_type)
{
    cyt_error err = {0};
    cyt_rows *rows = store->rows;
    char text[32];
    assert_int_equal(cyt_store_room(store, &err), CYT_OK);
    int length = snprintf(text, sizeof text, "cell%zu", k);
    assert_int_equal(cyt_store_id(store, text, (size_t)length, &err), CYT_OK);
    if (n_values > 0)
        *cyt_store_value(store, 0) = (double)k + 0.5;
    if (n_values > 1)
        *cyt_store_value(store, 1) = -(double)k;
    length = snprintf(text, sizeof text, "t%zu", k % 3);
    rows->type[rows->n] = CYT_NO_TYPE;
    if (with_type)
        assert_int_equal(
            cyt_store_label(store, text, (size_t)length, &rows->type[rows->n], &err),
            CYT_OK);
    rows->n++;
}

/* Cells first, first + step, … of n, in the order k * factor mod n; those this rank has
 * are every size-th. */
static void make_rows(size_t n, size_t factor, size_t n_values, int with_type,
                      int (*is_there)(size_t), cyt_rows *rows)
{
    cyt_error err = {0};
    cyt_row_store store;
    *rows = (cyt_rows){0};
    assert_int_equal(cyt_store_init(&store, rows, n_values, &err), CYT_OK);
    for (size_t i = (size_t)rank; i < n; i += (size_t)size)
        if (is_there(i * factor % n))
            add_cell(&store, i * factor % n, n_values, with_type);
    cyt_store_end(&store);
    cyt_store_free(&store);
    for (size_t v = 0; v < n_values; v++)
        rows->value_found[v] = 0;
}

static int all(size_t k)
{
    (void)k;
    return 1;
}

static int not_every_fifth(size_t k)
{
    return k % 5 != 0;
}

static int none(size_t k)
{
    (void)k;
    return 0;
}

static size_t number_of(const cyt_rows *rows, size_t i)
{
    char text[32] = "";
    const size_t start = rows->id_start[i];
    memcpy(text, rows->id_text + start, rows->id_start[i + 1] - start);
    return strtoull(text + 4, NULL, 10);
}

enum { N = 1009 }; /* a prime, so that any factor permutes */

static void values_reach_their_cells(void **state)
{
    (void)state;
    cyt_error err = {0};
    cyt_rows rows, extra;
    cyt_joined joined;
    make_rows(N, 17, 2, 0, all, &rows);
    make_rows(N, 400, 2, 0, not_every_fifth, &extra);
    extra.value_found[0] = extra.value_found[1] = 1;
    for (size_t i = 0; i < 2 * rows.n; i++)
        rows.values[i] = 7;
    rows.value_found[1] = 1; /* the first file has it already */
    assert_all(cyt_join(MPI_COMM_WORLD, CYT_JOIN_VALUES, &extra, &rows, &joined,
                        &err) == CYT_OK);
    assert_all(joined.n_rows == N && joined.n_found == N - (N + 4) / 5);
    int same = 1;
    for (size_t i = 0; i < rows.n; i++) {
        const size_t k = number_of(&rows, i);
        same &= k % 5 ? rows.values[i] == (double)k + 0.5 : isnan(rows.values[i]);
        same &= rows.values[rows.n + i] == 7;
    }
    assert_all(same && rows.value_found[0] && rows.value_found[1]);
    cyt_rows_free(&rows);
    cyt_rows_free(&extra);
}

static void types_of_ranks_that_number_them_otherwise_agree(void **state)
{
    (void)state;
    cyt_error err = {0};
    cyt_rows rows, extra;
    cyt_joined joined;
    make_rows(N, 3, 0, 0, all, &rows);
    make_rows(N, 5, 0, 1, not_every_fifth, &extra);
    assert_all(cyt_join(MPI_COMM_WORLD, CYT_JOIN_TYPES, &extra, &rows, &joined, &err) ==
               CYT_OK);
    int same = rows.labels.n == 3;
    for (size_t i = 0; same && i < rows.n; i++) {
        const size_t k = number_of(&rows, i);
        char label[32];
        snprintf(label, sizeof label, "t%zu", k % 3);
        same = k % 5 ? strcmp(rows.labels.name[rows.type[i]], label) == 0
                     : rows.type[i] == CYT_NO_TYPE;
    }
    assert_all(same);
    cyt_rows_free(&rows);
    cyt_rows_free(&extra);
}

static void nothing_in_common_is_told_by_the_counts(void **state)
{
    (void)state;
    cyt_error err = {0};
    cyt_rows rows, extra;
    cyt_joined joined;
    make_rows(N, 3, 1, 0, all, &rows);
    make_rows(N, 5, 1, 0, none, &extra);
    extra.value_found[0] = 1;
    assert_all(cyt_join(MPI_COMM_WORLD, CYT_JOIN_VALUES, &extra, &rows, &joined,
                        &err) == CYT_OK);
    assert_all(joined.n_rows == N && joined.n_found == 0);
    int missing = 1;
    for (size_t i = 0; i < rows.n; i++)
        missing &= isnan(rows.values[i]);
    assert_all(missing);
    cyt_rows_free(&rows);
    cyt_rows_free(&extra);
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    for (int bad = 0; bad < size; bad++) {
        cyt_error err = {0};
        cyt_rows rows, extra;
        cyt_joined joined;
        make_rows(50, 3, 1, 0, all, &rows);
        make_rows(50, 7, 1, 0, all, &extra);
        cyt_fault_arm(rank == bad ? "join.hash" : NULL);
        const cyt_code code =
            cyt_join(MPI_COMM_WORLD, CYT_JOIN_VALUES, &extra, &rows, &joined, &err);
        cyt_fault_arm(NULL);
        assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
        cyt_rows_free(&rows);
        cyt_rows_free(&extra);
    }
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    rank = cyt_comm_rank(MPI_COMM_WORLD);
    size = cyt_comm_size(MPI_COMM_WORLD);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_reach_their_cells),
        cmocka_unit_test(types_of_ranks_that_number_them_otherwise_agree),
        cmocka_unit_test(nothing_in_common_is_told_by_the_counts),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
