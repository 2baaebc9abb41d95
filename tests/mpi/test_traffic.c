// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/halo.h"
#include "cytotaxis/route.h"
#include "cytotaxis/strip.h"
#include "test_mpi.h"

#include <stdlib.h>
#include <string.h>

static int rank, size;

/* Every pixel holds its global row and column, so a wrong copy names its origin. */
static double stamp(int64_t row, size_t col)
{
    return (double)(1000 * row + (int64_t)col);
}

enum { COLS = 5 };

static void check_halo(const uint64_t *starts, size_t depth)
{
    const int64_t n = (int64_t)(starts[rank + 1] - starts[rank]);
    const int64_t n_rows = (int64_t)starts[size];
    const size_t total = (size_t)n + 2 * depth;
    double *rows = malloc((total * COLS + 1) * sizeof *rows);
    for (size_t i = 0; i < total * COLS; i++)
        rows[i] = -1.0;
    for (int64_t r = 0; r < n; r++)
        for (size_t c = 0; c < COLS; c++)
            rows[(depth + (size_t)r) * COLS + c] = stamp((int64_t)starts[rank] + r, c);

    cyt_error err = {0};
    assert_all(cyt_halo_rows(MPI_COMM_WORLD, starts, COLS * sizeof *rows, depth, rows,
                             &err) == CYT_OK);
    int wrong = 0;
    for (size_t r = 0; r < total; r++) {
        const int64_t global = (int64_t)(starts[rank] + r) - (int64_t)depth;
        const int outside = global < 0 || global >= n_rows || n == 0;
        for (size_t c = 0; c < COLS; c++)
            wrong += rows[r * COLS + c] != (outside ? -1.0 : stamp(global, c));
    }
    free(rows);
    assert_all(wrong == 0);
}

static void halo_rows_arrive_also_from_beyond_the_next_strip(void **state)
{
    (void)state;
    uint64_t cost[37], starts[16];
    for (size_t i = 0; i < 37; i++)
        cost[i] = 1 + (i > 20) * 9; /* strips of differing height */
    for (size_t depth = 1; depth <= 40; depth = depth * 3 + 1) {
        cyt_strips_balance(37, cost, (size_t)size, starts);
        check_halo(starts, depth);
    }
    cyt_strips_balance(2, cost, (size_t)size, starts); /* more ranks than rows */
    check_halo(starts, 3);
}

static void rows_regroup_to_any_partition(void **state)
{
    (void)state;
    uint64_t cost[50], from[16], to[16];
    for (size_t i = 0; i < 50; i++)
        cost[i] = i;
    cyt_strips_balance(50, cost, (size_t)size, from);
    cyt_blocks_cut(50, 16, (size_t)size, to);
    const size_t n_in = from[rank + 1] - from[rank], n_out = to[rank + 1] - to[rank];
    double *in = calloc(n_in * COLS + 1, sizeof *in);
    double *out = calloc(n_out * COLS + 1, sizeof *out);
    for (size_t r = 0; r < n_in; r++)
        for (size_t c = 0; c < COLS; c++)
            in[r * COLS + c] = stamp((int64_t)(from[rank] + r), c);
    cyt_error err = {0};
    assert_all(cyt_rows_regroup(MPI_COMM_WORLD, from, to, COLS * sizeof *in, in, out,
                                &err) == CYT_OK);
    int wrong = 0;
    for (size_t r = 0; r < n_out; r++)
        for (size_t c = 0; c < COLS; c++)
            wrong += out[r * COLS + c] != stamp((int64_t)(to[rank] + r), c);
    free(in);
    free(out);
    assert_all(wrong == 0);
}

static void a_route_carries_there_and_back(void **state)
{
    (void)state;
    enum { N = 101 };
    int dest[N];
    double value[N], answer[N];
    for (int i = 0; i < N; i++) {
        dest[i] = (i * 31 + rank) % size;
        value[i] = 1000.0 * rank + i;
    }
    cyt_route route;
    cyt_error err = {0};
    assert_all(cyt_route_init(MPI_COMM_WORLD, N, NULL, dest, &route, &err) == CYT_OK);
    double *got = calloc(route.n_recv + 1, sizeof *got);
    assert_all(cyt_route_forward(MPI_COMM_WORLD, &route, sizeof *got, value, got,
                                 &err) == CYT_OK);
    int ordered = 1; /* by source rank, then by source order */
    for (size_t i = 1; i < route.n_recv; i++)
        ordered = ordered && got[i - 1] < got[i];
    assert_all(ordered);
    for (size_t i = 0; i < route.n_recv; i++)
        got[i] = -got[i];
    assert_all(cyt_route_back(MPI_COMM_WORLD, &route, sizeof *got, got, answer, &err) ==
               CYT_OK);
    int wrong = 0;
    for (int i = 0; i < N; i++)
        wrong += answer[i] != -value[i];
    free(got);
    cyt_route_free(&route);
    assert_all(wrong == 0);
}

/* A slide of one cell per row, two types in turn, ten units between rows. */
static void line_of_cells(cyt_slide *s, uint64_t *starts, uint64_t n)
{
    cyt_error err = {0};
    memset(s, 0, sizeof *s);
    s->n_strips = (size_t)size;
    s->strip = (size_t)rank;
    s->strips = starts;
    assert_int_equal(cyt_names_add(&s->types, "A", 1, &err), CYT_OK);
    assert_int_equal(cyt_names_add(&s->types, "B", 1, &err), CYT_OK);
    cyt_blocks_cut(n, 1, (size_t)size, starts);
    const size_t mine = starts[rank + 1] - starts[rank];
    assert_int_equal(cyt_cells_init(&s->cells, mine, 1, &err), CYT_OK);
    for (size_t i = 0; i < mine; i++) {
        const uint64_t row = starts[rank] + i;
        s->cells.x[i] = 0.5 * (double)row;
        s->cells.y[i] = 10.0 * (double)row;
        s->cells.type[i] = row % 5 == 4 ? CYT_NO_TYPE : (uint16_t)(row % 2);
        s->cells.index[i] = row;
        s->cells.values[i] = -(double)row;
    }
}

static void halo_cells_are_those_asked_for_in_global_order(void **state)
{
    (void)state;
    uint64_t starts[16];
    cyt_slide s;
    line_of_cells(&s, starts, 40);
    const double top = 10.0 * (double)starts[rank];
    const double end = 10.0 * (double)starts[rank + 1];
    const double wanted[4] = {top - 100.0, end + 55.0, 1.0, 0.0}; /* A near, B none */
    cyt_cells halo;
    size_t n_above;
    cyt_error err = {0};
    assert_all(cyt_halo_cells(MPI_COMM_WORLD, &s, wanted, &halo, &n_above, &err) ==
               CYT_OK);
    size_t k = 0, above = 0;
    int wrong = 0;
    for (uint64_t row = 0; row < 40; row++) {
        const double y = 10.0 * (double)row;
        const int own = row >= starts[rank] && row < starts[rank + 1];
        if (own || row % 2 || row % 5 == 4 || y < wanted[0] || y > wanted[1])
            continue;
        wrong += k >= halo.n || halo.index[k] != row || halo.y[k] != y ||
                 halo.x[k] != 0.5 * (double)row || halo.values[k] != -(double)row;
        above += row < starts[rank];
        k++;
    }
    assert_all(wrong == 0 && k == halo.n && above == n_above);
    cyt_cells_free(&halo);
    s.strips = NULL;
    cyt_slide_free(&s);
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"route.init", "halo.rows", "halo.cells",
                                         "mem.alloc"};
    uint64_t starts[16];
    for (size_t p = 0; p < 4; p++)
        for (int bad = 0; bad < size; bad++) {
            cyt_slide s;
            line_of_cells(&s, starts, 40);
            double rows[40 * COLS + 1] = {0};
            const double wanted[4] = {0, 1000, 0, 1000};
            cyt_cells halo;
            cyt_error err = {0};
            cyt_fault_arm(rank == bad ? points[p] : NULL);
            cyt_code code =
                cyt_halo_cells(MPI_COMM_WORLD, &s, wanted, &halo, NULL, &err);
            if (code == CYT_OK)
                code = cyt_halo_rows(MPI_COMM_WORLD, starts, COLS * sizeof *rows, 0,
                                     rows, &err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
            cyt_cells_free(&halo);
            s.strips = NULL;
            cyt_slide_free(&s);
        }
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(halo_rows_arrive_also_from_beyond_the_next_strip),
        cmocka_unit_test(rows_regroup_to_any_partition),
        cmocka_unit_test(a_route_carries_there_and_back),
        cmocka_unit_test(halo_cells_are_those_asked_for_in_global_order),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
