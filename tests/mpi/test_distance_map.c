// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/distance_map.h"
#include "cytotaxis/edt.h"
#include "cytotaxis/fault.h"
#include "point_sets.h"
#include "slide_of.h"

#include <math.h>

static int rank, size;
static point_set set;

static const double um_per_unit = 2, spacing_um = 50;

/* Pixels that hold a cell of the type, over the whole slide, told by row and column. */
static size_t all_seeds(const cyt_grid *g, size_t type, size_t *row, size_t *col)
{
    size_t n = 0;
    for (size_t i = 0; i < set.n; i++)
        if (set.type[i] == type) {
            row[n] = cyt_grid_row(g, set.y[i] * um_per_unit);
            col[n++] = cyt_grid_col(g, set.x[i] * um_per_unit);
        }
    return n;
}

static float nearest_um(size_t r, size_t c, size_t n, const size_t *row,
                        const size_t *col)
{
    double d2 = HUGE_VAL;
    for (size_t k = 0; k < n; k++) {
        const double dy = (double)row[k] - (double)r, dx = (double)col[k] - (double)c;
        d2 = fmin(d2, dx * dx + dy * dy);
    }
    return n ? (float)(sqrt(d2) * spacing_um) : NAN;
}

static int is_right(const cyt_slide *s, size_t type, const float *map)
{
    static size_t row[SET_MOST], col[SET_MOST];
    const size_t n = all_seeds(&s->grid, type, row, col), cols = s->grid.n_cols;
    const size_t first = cyt_slide_first_row(s), pixels = cyt_slide_n_rows(s) * cols;
    const size_t stride = 1 + pixels / 5000; /* of large rasters a sample will do */
    for (size_t i = 0; i < pixels; i += stride) {
        const float want = nearest_um(first + i / cols, i % cols, n, row, col);
        if (isnan(want) ? !isnan(map[i]) : map[i] != want)
            return 0;
    }
    return 1;
}

static void any_number_of_strips_gives_the_bits_of_all_seeds(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_POINT_SETS; i++) {
        point_sets[i](&set);
        cyt_slide s;
        slide_of(MPI_COMM_WORLD, set.n, set.x, set.y, set.type, SET_TYPES, um_per_unit,
                 spacing_um, 0, NULL, &s);
        const size_t pixels = cyt_slide_n_rows(&s) * s.grid.n_cols;
        float *map = malloc((pixels + 1) * sizeof *map);
        for (size_t b = 0; b < SET_TYPES; b++) {
            cyt_error err = {0};
            assert_all(cyt_distance_map_of_type(MPI_COMM_WORLD, &s, b, map, &err) ==
                       CYT_OK);
            assert_all(is_right(&s, b, map));
        }
        free(map);
        cyt_slide_free(&s);
    }
}

/* sqrt(k) h / h is a little more or less than sqrt(k), whatever k; it must not matter.
 */
static void a_limit_that_is_a_distance_includes_it(void **state)
{
    (void)state;
    cyt_slide s;
    cyt_error err = {0};
    with_one_cell_of_a_type(&set);
    slide_of(MPI_COMM_WORLD, set.n, set.x, set.y, set.type, SET_TYPES, um_per_unit,
             spacing_um, 0, NULL, &s);
    const size_t n = cyt_slide_n_rows(&s) * s.grid.n_cols;
    uint8_t *seeds = malloc(n + 1), *mask = malloc(n + 1);
    uint32_t *d2 = malloc((n + 1) * sizeof *d2);
    cyt_distance_seeds(&s, 1, seeds);
    assert_all(cyt_distance_squares(MPI_COMM_WORLD, &s, seeds, d2, &err) == CYT_OK);
    for (uint32_t k = 0; k < 300; k++) {
        int good = 1;
        assert_all(cyt_distance_within(MPI_COMM_WORLD, &s, seeds, sqrt(k) * spacing_um,
                                       mask, &err) == CYT_OK);
        for (size_t i = 0; i < n; i++)
            good &= mask[i] == (d2[i] <= k);
        assert_all(good);
    }
    memset(seeds, 0, n);
    assert_all(cyt_distance_within(MPI_COMM_WORLD, &s, seeds, 1e300, mask, &err) ==
               CYT_OK);
    assert_all(memcmp(mask, seeds, n) == 0); /* no limit reaches what is not there */
    free(seeds);
    free(mask);
    free(d2);
    cyt_slide_free(&s);
}

static void a_raster_too_wide_is_refused_with_a_cure(void **state)
{
    (void)state;
    of_two_cells(&set);
    set.x[1] = (CYT_EDT_MAX_SIDE + 100) * spacing_um / um_per_unit;
    cyt_slide s;
    slide_of(MPI_COMM_WORLD, set.n, set.x, set.y, set.type, SET_TYPES, um_per_unit,
             spacing_um, 0, NULL, &s);
    cyt_error err = {0};
    float none;
    assert_all(cyt_distance_map_of_type(MPI_COMM_WORLD, &s, 2, &none, &err) ==
               CYT_ERR_DATA);
    assert_all(strstr(err.text, "grid.spacing_um") != NULL);
    cyt_slide_free(&s);
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"edt.map", "mem.alloc"};
    scattered(&set);
    for (size_t p = 0; p < 2; p++)
        for (int bad = 0; bad < size; bad++) {
            cyt_slide s;
            slide_of(MPI_COMM_WORLD, set.n, set.x, set.y, set.type, SET_TYPES,
                     um_per_unit, spacing_um, 0, NULL, &s);
            float *map =
                malloc((cyt_slide_n_rows(&s) * s.grid.n_cols + 1) * sizeof *map);
            cyt_error err = {0};
            cyt_fault_arm(rank == bad ? points[p] : NULL);
            const cyt_code code =
                cyt_distance_map_of_type(MPI_COMM_WORLD, &s, 0, map, &err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
            free(map);
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
        cmocka_unit_test(any_number_of_strips_gives_the_bits_of_all_seeds),
        cmocka_unit_test(a_limit_that_is_a_distance_includes_it),
        cmocka_unit_test(a_raster_too_wide_is_refused_with_a_cure),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
