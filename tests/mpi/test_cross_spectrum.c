// SPDX-License-Identifier: BSD-3-Clause
#include "test_mpi.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/cosine.h"
#include "cytotaxis/cross_spectrum.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/random.h"
#include "cytotaxis/raster_quantile.h"
#include "cytotaxis/strip.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 12, COLS = 15, PIXELS = ROWS * COLS };

/* Relative: sums of 180 products in two orders. */
static const double rounding = 1e-12;

static const MPI_Comm world = MPI_COMM_WORLD;
static const cyt_grid grid = {2, 0, 0, COLS, ROWS};
static uint64_t starts[64];

static double drawn(uint32_t purpose, size_t pixel)
{
    return cyt_normal(cyt_random_key_of(8, 1), purpose, pixel, 0);
}

static size_t first_row(void)
{
    return (size_t)starts[cyt_comm_rank(world)];
}

static size_t n_own(void)
{
    return (size_t)(starts[cyt_comm_rank(world) + 1] - starts[cyt_comm_rank(world)]) *
           COLS;
}

static void fill(uint32_t purpose, double *raster)
{
    for (size_t i = 0; i < n_own(); i++)
        raster[i] = drawn(purpose, first_row() * COLS + i);
}

/* Mode (m, k) of a raster, orthonormal, by its definition. */
static double mode(uint32_t purpose, size_t m, size_t k)
{
    const double pi = acos(-1.0);
    double sum = 0;
    for (size_t i = 0; i < PIXELS; i++)
        sum += drawn(purpose, i) *
               cos(pi * (double)m * ((double)(i / COLS) + 0.5) / ROWS) *
               cos(pi * (double)k * ((double)(i % COLS) + 0.5) / COLS);
    return sum * sqrt((m ? 2.0 : 1.0) / ROWS * (k ? 2.0 : 1.0) / COLS);
}

static cyt_cross_spectrum by_hand(void)
{
    cyt_cross_spectrum want = {0};
    for (size_t m = 0; m < ROWS; m++)
        for (size_t k = 0; k < COLS; k++) {
            const double b = mode(2, m, k), w = mode(1, m, k) * b;
            want.sum += w;
            want.squares += w * w;
            want.power += b * b;
            want.power2 += b * b * b * b;
        }
    return want;
}

static int near(double got, double want)
{
    return fabs(got - want) <= rounding * fabs(want);
}

static cyt_cross_spectrum of_two_rasters(cyt_code *code, cyt_error *err)
{
    cyt_cosine plan;
    cyt_cross_spectrum got = {0};
    double *a = malloc((n_own() + 1) * sizeof *a),
           *b = malloc((n_own() + 1) * sizeof *b);
    fill(1, a);
    fill(2, b);
    assert_all(cyt_cosine_init(world, &grid, starts, &plan, err) == CYT_OK);
#ifdef CYT_FAULTS
    if (cyt_comm_rank(world) == 0 && *code != CYT_OK)
        cyt_fault_arm("cross.spectrum");
#endif
    *code = cyt_cross_spectrum_of(world, &plan, a, b, &got, err);
#ifdef CYT_FAULTS
    cyt_fault_arm(NULL);
#endif
    cyt_cosine_free(&plan);
    free(a);
    free(b);
    return got;
}

static void the_modes_are_those_of_the_definition(void **state)
{
    (void)state;
    cyt_error err = {0};
    cyt_code code = CYT_OK;
    const cyt_cross_spectrum got = of_two_rasters(&code, &err), want = by_hand();
    assert_all(code == CYT_OK);
    assert_all(near(got.sum, want.sum) && near(got.squares, want.squares));
    assert_all(near(got.power, want.power) && near(got.power2, want.power2));
}

static void the_sum_is_that_of_the_product(void **state)
{
    (void)state;
    cyt_error err = {0};
    cyt_code code = CYT_OK;
    double want = 0;
    const cyt_cross_spectrum got = of_two_rasters(&code, &err);
    for (size_t i = 0; i < PIXELS; i++)
        want += drawn(1, i) * drawn(2, i);
    assert_all(near(got.sum, want));
}

#ifdef CYT_FAULTS
static void a_rank_without_memory_stops_all(void **state)
{
    (void)state;
    cyt_error err = {0};
    cyt_code code = CYT_ERR_MEMORY; /* to be injected */
    of_two_rasters(&code, &err);
    assert_all(code == CYT_ERR_MEMORY && err.rank == 0);
}

#endif

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Some are equal, some 0 and, below 0 being allowed, about half negative. */
static double quantised(size_t pixel, double least)
{
    return fmax(least, round(20 * drawn(3, pixel)) / 16);
}

static void check_quantiles(double least)
{
    cyt_error err = {0};
    double sorted[PIXELS], *own = malloc((n_own() + 1) * sizeof *own), got;
    uint8_t *inside = malloc(n_own() + 1);
    size_t n = 0;
    for (size_t i = 0; i < PIXELS; i++)
        if (i % 7 != 3) /* the others are no tissue */
            sorted[n++] = quantised(i, least);
    qsort(sorted, n, sizeof *sorted, ascending);
    for (size_t i = 0; i < n_own(); i++) {
        const size_t pixel = first_row() * COLS + i;
        inside[i] = pixel % 7 != 3;
        own[i] = inside[i] ? quantised(pixel, least) : NAN;
    }
    static const double probs[] = {1e-9, 0.1, 0.5, 0.9, 0.999, 1};
    for (size_t k = 0; k < sizeof probs / sizeof *probs; k++) {
        const cyt_code code =
            cyt_raster_quantile(world, n_own(), own, inside, probs[k], &got, &err);
        assert_all(code == CYT_OK &&
                   got == sorted[(size_t)ceil(probs[k] * (double)n) - 1]);
    }
    memset(inside, 0, n_own());
    assert_all(cyt_raster_quantile(world, n_own(), own, inside, 0.5, &got, &err) ==
               CYT_OK);
    assert_all(isnan(got));
    free(own);
    free(inside);
}

static void quantiles_are_those_of_the_sorted_values(void **state)
{
    (void)state;
    check_quantiles(0);
    check_quantiles(-INFINITY);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    cyt_blocks_cut(ROWS, 1, (size_t)cyt_comm_size(world), starts);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_modes_are_those_of_the_definition),
        cmocka_unit_test(the_sum_is_that_of_the_product),
#ifdef CYT_FAULTS
        cmocka_unit_test(a_rank_without_memory_stops_all),
#endif
        cmocka_unit_test(quantiles_are_those_of_the_sorted_values),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
