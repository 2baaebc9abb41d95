// SPDX-License-Identifier: BSD-3-Clause
/* What is counted is what was exchanged, and what the formulas of traffic_model.h say,
 * also on many more ranks than there are cores. */
#include "cytotaxis/halo.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/strip.h"
#include "cytotaxis/traffic_model.h"
#include "cytotaxis/transpose.h"
#include "medium_of.h"
#include "slide_of.h"
#include "test_mpi.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 65 };

/* What the formulas may be wrong by: edges of strips, and what they leave out. */
static const double formula = 0.05;

static int rank, size;
static MPI_Comm comm;

static double mean(double mine)
{
    MPI_Allreduce(MPI_IN_PLACE, &mine, 1, MPI_DOUBLE, MPI_SUM, comm);
    return mine / size;
}

/* Bytes sent, in the mean over ranks; those received are as many. */
static double sent(const cyt_meter *meter, cyt_exchange kind)
{
    const double out = mean((double)meter->count[kind].bytes_sent);
    assert_all(fabs(out - mean((double)meter->count[kind].bytes_received)) <
               1e-9 * out + 1e-9);
    return out;
}

static int near(double got, double want)
{
    return fabs(got - want) <= formula * want;
}

static void collectives_are_counted_as_their_head_says(void **state)
{
    (void)state;
    cyt_meter meter = {0};
    double all[3 * MOST], mine[3] = {1, 2, 3};
    uint64_t rounds = 0;
    while (1 << rounds < size)
        rounds++;
    cyt_meter_attach(comm, &meter);
    cyt_allreduce(MPI_IN_PLACE, mine, 3, MPI_DOUBLE, MPI_SUM, comm);
    cyt_bcast(mine, 2, MPI_DOUBLE, 0, comm);
    cyt_barrier(comm);
    cyt_allgather(mine, 3, MPI_DOUBLE, all, 3, MPI_DOUBLE, comm);
    cyt_meter_attach(comm, NULL);
    cyt_barrier(comm); /* nobody counts any more */
    const cyt_exchange_count *reduce = &meter.count[CYT_EXCHANGE_REDUCE];
    const cyt_exchange_count *gather = &meter.count[CYT_EXCHANGE_GATHER];
    const uint64_t others = (uint64_t)size - 1, any = others > 0;
    assert_all(reduce->calls == 3 && gather->calls == 1);
    assert_all(reduce->messages == 3 * rounds && gather->messages == rounds);
    assert_all(reduce->bytes_sent == any * 40 && reduce->bytes_received == any * 40);
    assert_all(gather->bytes_sent == any * 24);
    assert_all(gather->bytes_received == others * 24);
    assert_all(meter.wall_s > 0 && meter.cpu_s >= 0);
}

static void a_copy_of_the_communicator_is_not_counted(void **state)
{
    (void)state;
    cyt_meter meter = {0};
    MPI_Comm copy;
    cyt_meter_attach(comm, &meter);
    MPI_Comm_dup(comm, &copy);
    cyt_barrier(copy);
    MPI_Comm_free(&copy);
    cyt_meter_attach(comm, NULL);
    assert_all(meter.count[CYT_EXCHANGE_REDUCE].calls == 0);
}

/* Rows of strips whose heights differ by a third and more. */
static void uneven(size_t n_rows, uint64_t *starts)
{
    uint64_t *cost = calloc(n_rows, sizeof *cost);
    for (size_t i = 0; i < n_rows; i++)
        cost[i] = 100 + (i * 7919) % 40 + (i > n_rows / 2 ? 40u : 0u);
    cyt_strips_balance(n_rows, cost, (size_t)size, starts);
    free(cost);
}

static void halo_rows_are_as_the_formula_says(void **state)
{
    (void)state;
    enum { ROWS = 2048, BYTES = 96 };
    static const size_t depths[] = {1, 4, 11};
    uint64_t starts[MOST];
    uneven(ROWS, starts);
    for (size_t k = 0; k < sizeof depths / sizeof *depths; k++) {
        const size_t d = depths[k], own = (size_t)(starts[rank + 1] - starts[rank]);
        cyt_meter meter = {0};
        cyt_error err = {0};
        char *rows = calloc(own + 2 * d, BYTES);
        cyt_meter_attach(comm, &meter);
        assert_all(cyt_halo_rows(comm, starts, BYTES, d, rows, &err) == CYT_OK);
        cyt_meter_attach(comm, NULL);
        free(rows);
        const double want =
            BYTES * cyt_traffic_halo_rows(ROWS, (size_t)size, (double)d);
        assert_all(near(sent(&meter, CYT_EXCHANGE_HALO_ROWS), want));
        const uint64_t sides = (uint64_t)(rank > 0) + (rank < size - 1);
        assert_all(meter.count[CYT_EXCHANGE_HALO_ROWS].messages == sides);
    }
}

static void halos_deeper_than_a_strip_end_at_the_slide(void **state)
{
    (void)state;
    enum { ROWS = 256 };
    uint64_t starts[MOST];
    cyt_blocks_cut(ROWS, 1, (size_t)size, starts);
    const size_t d = 150, own = (size_t)(starts[rank + 1] - starts[rank]);
    cyt_meter meter = {0};
    cyt_error err = {0};
    char *rows = calloc(own + 2 * d, 8);
    cyt_meter_attach(comm, &meter);
    assert_all(cyt_halo_rows(comm, starts, 8, d, rows, &err) == CYT_OK);
    cyt_meter_attach(comm, NULL);
    free(rows);
    assert_all(near(sent(&meter, CYT_EXCHANGE_HALO_ROWS),
                    8 * cyt_traffic_halo_rows(ROWS, (size_t)size, (double)d)));
}

static void transposes_are_as_the_formula_says(void **state)
{
    (void)state;
    enum { ROWS = 500, COLS = 720 };
    uint64_t rows[MOST], cols[MOST];
    uneven(ROWS, rows);
    cyt_blocks_cut(COLS, 1, (size_t)size, cols);
    const size_t own_rows = (size_t)(rows[rank + 1] - rows[rank]);
    const size_t own_cols = (size_t)(cols[rank + 1] - cols[rank]);
    double *strip = calloc(own_rows * COLS + 1, sizeof *strip);
    double *columns = calloc(own_cols * ROWS + 1, sizeof *columns);
    const cyt_cut parts = {rows, cols};
    cyt_meter meter = {0};
    cyt_error err = {0};
    cyt_meter_attach(comm, &meter);
    assert_all(cyt_transpose_to_columns(comm, &parts, strip, columns, &err) == CYT_OK);
    assert_all(cyt_transpose_to_rows(comm, &parts, columns, strip, &err) == CYT_OK);
    cyt_meter_attach(comm, NULL);
    free(strip);
    free(columns);
    const cyt_traffic_raster raster = {ROWS, COLS, (size_t)size};
    assert_all(
        near(sent(&meter, CYT_EXCHANGE_TRANSPOSE), 2 * cyt_traffic_transpose(&raster)));
    assert_all(meter.count[CYT_EXCHANGE_TRANSPOSE].messages ==
               2 * (uint64_t)(size - 1));
}

static double patches(const void *data, size_t row, size_t col)
{
    (void)data;
    return row >= 3 && col >= 5 ? 100 + (double)((row / 64 + col / 64) % 2) * 900 : 0;
}

static double spots(const void *data, size_t row, size_t col)
{
    (void)data;
    return row % 97 == 11 && col % 89 == 7;
}

static void a_solve_is_as_the_formula_says(void **state)
{
    (void)state;
    const medium_of m = {.n_rows = 1040,
                         .n_cols = 336,
                         .spacing_um = 5,
                         .diffusion = patches,
                         .uniform_decay = 0.02,
                         .source = spots,
                         .tolerance = CYT_ELLIPTIC_TOLERANCE};
    cyt_meter meter = {0};
    cyt_meter_attach(comm, &meter);
    solved o = solve_medium(comm, EVEN, &m);
    cyt_meter_attach(comm, NULL);
    assert_all(o.code == CYT_OK);
    const cyt_traffic_raster raster = {m.n_rows, m.n_cols, (size_t)size};
    /* The true residual is formed at the start, below 1e-4 and at the end. */
    const double want = cyt_traffic_levels(&raster, 0) +
                        o.result.iterations * cyt_traffic_cycle(&raster) +
                        3 * cyt_traffic_residual(&raster);
    const double got = sent(&meter, CYT_EXCHANGE_HALO_ROWS);
    solved_free(&o);
    assert_all(near(got, want));
}

static void cells_of_halos_are_as_the_formula_says(void **state)
{
    (void)state;
    enum { N = 60000 };
    static const double side = 1000, depth = 12;
    double *x = malloc(N * sizeof *x), *y = malloc(N * sizeof *y), wanted[2];
    uint16_t *type = calloc(N, sizeof *type);
    for (size_t i = 0; i < N; i++) { /* additive recurrence: even in the plane */
        x[i] = side * fmod(0.7548776662466927 * (double)i, 1);
        y[i] = side * fmod(0.5698402909980532 * (double)i, 1);
    }
    cyt_slide slide;
    slide_of(comm, N, x, y, type, 1, 1, 2, 0, NULL, &slide);
    const double top = slide.grid.origin_y_um + 2 * (double)slide.strips[rank];
    const double end = slide.grid.origin_y_um + 2 * (double)slide.strips[rank + 1];
    wanted[0] = top - depth;
    wanted[1] = end + depth;
    cyt_meter meter = {0};
    cyt_error err = {0};
    cyt_cells halo;
    cyt_meter_attach(comm, &meter);
    assert_all(cyt_halo_cells(comm, &slide, wanted, &halo, NULL, &err) == CYT_OK);
    cyt_meter_attach(comm, NULL);
    const double bytes = 8 + 8 + 2 + 8;
    assert_all(near(sent(&meter, CYT_EXCHANGE_HALO_CELLS),
                    bytes * cyt_traffic_halo_cells(N, side, depth, (size_t)size)));
    assert_all((double)meter.count[CYT_EXCHANGE_HALO_CELLS].bytes_received ==
               bytes * (double)halo.n);
    cyt_cells_free(&halo);
    cyt_slide_free(&slide);
    free(x);
    free(y);
    free(type);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    comm = MPI_COMM_WORLD;
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_size(comm, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(collectives_are_counted_as_their_head_says),
        cmocka_unit_test(a_copy_of_the_communicator_is_not_counted),
        cmocka_unit_test(halo_rows_are_as_the_formula_says),
        cmocka_unit_test(halos_deeper_than_a_strip_end_at_the_slide),
        cmocka_unit_test(transposes_are_as_the_formula_says),
        cmocka_unit_test(a_solve_is_as_the_formula_says),
        cmocka_unit_test(cells_of_halos_are_as_the_formula_says),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
