// SPDX-License-Identifier: BSD-3-Clause
/* The solver on any strips and in any tissue: bits, hard media, refusals, faults. */
#include "medium_of.h"

#include "cytotaxis/fault.h"

#include <math.h>

static int rank, size;

static uint32_t hash(size_t row, size_t col)
{
    uint64_t z = ((uint64_t)row << 32 | col) + UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9); /* SplitMix64 */
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

/* --- media ------------------------------------------------------------------------ */

typedef struct texture {
    double contrast;
    unsigned holes_percent;
} texture;

static double speckled(const void *data, size_t row, size_t col)
{
    const texture *t = data;
    const uint32_t h = hash(row, col);
    return h % 100 < t->holes_percent ? 0 : (h >> 16) & 1 ? 1 : 1 / t->contrast;
}

static double varied_decay(const void *data, size_t row, size_t col)
{
    (void)data;
    return 1e-3 * (1 + hash(col, row) % 1000);
}

static double scattered_source(const void *data, size_t row, size_t col)
{
    (void)data;
    return hash(row + 7, col) % 10 == 0;
}

/* Rooms of 17 pixels behind walls of one, with doors of two. */
static double walled(const void *data, size_t row, size_t col)
{
    (void)data;
    const int wall_x = col % 17 == 0 && (row + 5 * (col / 17)) % 23 > 1;
    const int wall_y = row % 17 == 0 && (col + 3 * (row / 17)) % 19 > 1;
    return wall_x || wall_y ? 0 : 1;
}

/* Tissue in the middle fifth only: on 7 ranks most strips have none. */
static double band(const void *data, size_t row, size_t col)
{
    const medium_of *m = data;
    (void)col;
    return row * 5 / m->n_rows == 2 ? 1 : 0;
}

static double nowhere(const void *data, size_t row, size_t col)
{
    (void)data;
    (void)row;
    (void)col;
    return 0;
}

static double one_pixel(const void *data, size_t row, size_t col)
{
    (void)data;
    return row == 3 && col == 5 ? 2 : 0;
}

static double everywhere(const void *data, size_t row, size_t col)
{
    (void)data;
    (void)row;
    (void)col;
    return 1;
}

/* --- bits ------------------------------------------------------------------------- */

/* The field that one rank finds alone, on every rank. Collective. */
static double *field_alone(const medium_of *m, cyt_elliptic_result *result)
{
    const size_t n = m->n_rows * m->n_cols;
    double *c = calloc(n, sizeof *c);
    cyt_code code = CYT_OK;
    if (rank == 0) {
        solved o = solve_medium(MPI_COMM_SELF, EVEN, m);
        memcpy(c, o.c, n * sizeof *c);
        *result = o.result;
        code = o.code;
        solved_free(&o);
    }
    assert_all(code == CYT_OK);
    MPI_Bcast(c, (int)n, MPI_DOUBLE, 0, MPI_COMM_WORLD);
    MPI_Bcast(result, (int)sizeof *result, MPI_BYTE, 0, MPI_COMM_WORLD);
    return c;
}

static void assert_same_on_any_strips(const medium_of *m)
{
    cyt_elliptic_result result;
    double *alone = field_alone(m, &result);
    for (cut how = EVEN; how <= ONE_ROW_EACH; how++) {
        solved o = solve_medium(MPI_COMM_WORLD, how, m);
        assert_all(o.code == CYT_OK);
        assert_all(memcmp(o.c, alone + o.first * m->n_cols,
                          o.n * m->n_cols * sizeof *o.c) == 0);
        assert_all(memcmp(&o.result, &result, sizeof result) == 0);
        solved_free(&o);
    }
    free(alone);
}

static void a_field_has_the_same_bits_on_any_strips(void **state)
{
    (void)state;
    const texture t = {100, 20};
    const size_t sides[][2] = {{1, 1}, {1, 40}, {40, 1}, {9, 9}, {33, 70}, {151, 140}};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        medium_of m = {sides[i][0], sides[i][1],      1,  speckled, NULL,
                       1e-3,        scattered_source, &t, 1e-8};
        assert_same_on_any_strips(&m);
        m.decay = varied_decay;
        assert_same_on_any_strips(&m);
    }
}

/* Large enough for three levels in strips before they are whole; a few iterations tell
 * as much of the bits as all. */
static void levels_in_strips_have_the_bits_of_whole_ones(void **state)
{
    (void)state;
    const texture t = {10, 10};
    const medium_of m = {2100, 521, 1, speckled, varied_decay, 0, scattered_source,
                         &t,   1e-2};
    assert_same_on_any_strips(&m);
}

static void strips_without_tissue_change_nothing(void **state)
{
    (void)state;
    medium_of m = {350, 200, 1, band, NULL, 1e-3, scattered_source, &m, 1e-8};
    assert_same_on_any_strips(&m);
}

/* --- hard media ------------------------------------------------------------------- */

static void walls_with_doors_are_passed_in_sixty_iterations(void **state)
{
    (void)state;
    const medium_of m = {256, 256, 1, walled, NULL, 4e-4, scattered_source, NULL, 1e-8};
    solved o = solve_medium(MPI_COMM_WORLD, EVEN, &m);
    assert_all(o.code == CYT_OK && o.result.iterations <= 60);
    solved_free(&o);
}

/* A lobed outline with nests that conduct 100 times less; the same at any size. */
static double lobed(const void *data, size_t row, size_t col)
{
    const medium_of *m = data;
    const double x = ((double)col + 0.5) / (double)m->n_cols - 0.5;
    const double y = ((double)row + 0.5) / (double)m->n_rows - 0.5;
    const double rim = 0.4 + 0.07 * sin(7 * atan2(y, x));
    const double nest = sin(31 * x + 4 * y) * sin(27 * y - 5 * x * x);
    return hypot(x, y) > rim || nest < -0.6 ? 0 : nest > 0.3 ? 0.01 : 1;
}

static void iterations_do_not_grow_with_the_raster(void **state)
{
    (void)state;
    const size_t sides[] = {128, 256, 512, 768};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        medium_of m = {sides[i], sides[i],         1,  lobed, NULL,
                       4e-4,     scattered_source, &m, 1e-8};
        solved o = solve_medium(MPI_COMM_WORLD, EVEN, &m);
        assert_all(o.code == CYT_OK && o.result.residual <= 1e-8);
        assert_all(o.result.iterations <= 12);
        solved_free(&o);
    }
}

static void a_medium_without_tissue_has_no_field(void **state)
{
    (void)state;
    const medium_of m = {20, 30, 1, nowhere, NULL, 1, everywhere, NULL, 1e-8};
    solved o = solve_medium(MPI_COMM_WORLD, EVEN, &m);
    assert_all(o.code == CYT_OK && o.result.iterations == 0);
    assert_all(largest_error(MPI_COMM_WORLD, &m, &o, nowhere) == 0);
    solved_free(&o);
}

static void a_single_pixel_holds_its_source_over_its_decay(void **state)
{
    (void)state;
    const medium_of m = {20, 30, 1, one_pixel, NULL, 0.25, everywhere, NULL, 1e-12};
    solved o = solve_medium(MPI_COMM_WORLD, EVEN, &m);
    assert_all(o.code == CYT_OK);
    assert_all(fabs(total_of(MPI_COMM_WORLD, &m, &o, o.c) - 4) < 1e-11);
    solved_free(&o);
}

/* --- one medium, several solves --------------------------------------------------- */

static double other_source(const void *data, size_t row, size_t col)
{
    return scattered_source(data, col, row);
}

/* Solve for `source` from what is in o->c. Collective. */
static void solve_again(const medium_of *m, cyt_elliptic *e, pixel_fn source, solved *o)
{
    const cyt_elliptic_goal goal = {m->tolerance, CYT_ELLIPTIC_MAX_ITERATIONS, NULL};
    free(o->s);
    o->s = raster_of(m, o, source);
    o->code =
        cyt_elliptic_solve(MPI_COMM_WORLD, e, &goal, o->s, o->c, &o->result, &o->err);
    assert_all(o->code == CYT_OK);
}

static void a_medium_serves_many_sources_and_keeps_nothing_of_them(void **state)
{
    (void)state;
    const texture t = {100, 40};
    medium_of m = {90, 70, 1, speckled, NULL, 1e-3, scattered_source, &t, 1e-8};
    solved o = solve_medium(MPI_COMM_WORLD, EVEN, &m);
    const size_t bytes = o.n * m.n_cols * sizeof *o.c;
    double *first = raster_of(&m, &o, NULL);
    memcpy(first, o.c, bytes);
    uint64_t starts[64];
    cut_rows(EVEN, m.n_rows, size, starts);
    const cyt_elliptic_params p = {m.n_rows, m.n_cols, 1, starts, o.d, NULL, 1e-3};
    cyt_elliptic *e;
    o.code = cyt_elliptic_create(MPI_COMM_WORLD, &p, &e, &o.err);
    assert_all(o.code == CYT_OK);
    memset(o.c, 0, bytes);
    solve_again(&m, e, other_source, &o);
    assert_all(o.result.iterations > 0);
    memset(o.c, 0, bytes);
    solve_again(&m, e, scattered_source, &o);
    assert_all(memcmp(first, o.c, bytes) == 0);
    solve_again(&m, e, scattered_source, &o); /* from its own solution */
    assert_all(o.result.iterations == 0 && memcmp(first, o.c, bytes) == 0);
    solve_again(&m, e, nowhere, &o); /* nothing secretes: whatever the guess */
    for (size_t i = 0; i < o.n * m.n_cols; i++)
        first[i] = 0;
    assert_all(o.result.residual == 0 && memcmp(first, o.c, bytes) == 0);
    cyt_elliptic_destroy(e);
    free(first);
    solved_free(&o);
}

/* --- refusals, faults ------------------------------------------------------------- */

static double negative(const void *data, size_t row, size_t col)
{
    (void)data;
    return row == 3 && col == 5 ? -1 : 1;
}

static double not_a_number(const void *data, size_t row, size_t col)
{
    (void)data;
    return row == 3 && col == 5 ? NAN : 1;
}

static void assert_refused(const medium_of *m, const char *word)
{
    solved o = solve_medium(MPI_COMM_WORLD, EVEN, m);
    assert_all(o.code == CYT_ERR_USAGE && strstr(o.err.text, word));
    solved_free(&o);
}

static void what_is_no_medium_is_refused_by_name(void **state)
{
    (void)state;
    const medium_of good = {20, 30,         1,    everywhere, everywhere,
                            1,  everywhere, NULL, 1e-8};
    medium_of m = good;
    m.diffusion = negative;
    assert_refused(&m, "row 3, column 5");
    m.diffusion = not_a_number;
    assert_refused(&m, "row 3, column 5");
    m = good;
    m.decay = negative;
    assert_refused(&m, "row 3, column 5");
    m = good;
    m.source = not_a_number;
    assert_refused(&m, "row 3, column 5");
    m = good;
    m.spacing_um = 0;
    assert_refused(&m, "0 um");
    m = good;
    m.tolerance = 0;
    assert_refused(&m, "no goal");
    m = good;
    m.decay = NULL;
    m.uniform_decay = 0;
    assert_refused(&m, "decay of 0");
}

static void too_few_iterations_are_told_with_the_residual_reached(void **state)
{
    (void)state;
    const uint64_t n = 64;
    uint64_t starts[64];
    cut_rows(EVEN, n, size, starts);
    const medium_of m = {n, n, 1, walled, NULL, 4e-4, scattered_source, NULL, 1e-8};
    solved o = {.first = starts[rank], .n = starts[rank + 1] - starts[rank]};
    o.d = raster_of(&m, &o, m.diffusion);
    o.s = raster_of(&m, &o, m.source);
    o.c = raster_of(&m, &o, NULL);
    const cyt_elliptic_params p = {n, n, 1, starts, o.d, NULL, m.uniform_decay};
    const cyt_elliptic_goal goal = {1e-8, 2, NULL};
    cyt_elliptic *e;
    o.code = cyt_elliptic_create(MPI_COMM_WORLD, &p, &e, &o.err);
    assert_all(o.code == CYT_OK);
    o.code = cyt_elliptic_solve(MPI_COMM_WORLD, e, &goal, o.s, o.c, &o.result, &o.err);
    assert_all(o.code == CYT_ERR_INTERNAL && strstr(o.err.text, "after 2 iterations"));
    assert_all(o.result.iterations == 2 && o.result.residual > goal.tolerance);
    cyt_elliptic_destroy(e);
    solved_free(&o);
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    const texture t = {10, 20};
    const medium_of m = {40, 50, 1, speckled, NULL, 1e-3, scattered_source, &t, 1e-8};
    const char *const points[] = {"elliptic.islands", "elliptic.levels",
                                  "elliptic.solve", "halo.rows", "mem.alloc"};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++)
        for (int bad = 0; bad < size; bad++) {
            cyt_fault_arm(rank == bad ? points[i] : NULL);
            solved o = solve_medium(MPI_COMM_WORLD, EVEN, &m);
            cyt_fault_arm(NULL);
            assert_all(o.code == CYT_ERR_MEMORY && o.err.rank == bad);
            solved_free(&o);
        }
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_field_has_the_same_bits_on_any_strips),
        cmocka_unit_test(levels_in_strips_have_the_bits_of_whole_ones),
        cmocka_unit_test(strips_without_tissue_change_nothing),
        cmocka_unit_test(walls_with_doors_are_passed_in_sixty_iterations),
        cmocka_unit_test(iterations_do_not_grow_with_the_raster),
        cmocka_unit_test(a_medium_without_tissue_has_no_field),
        cmocka_unit_test(a_single_pixel_holds_its_source_over_its_decay),
        cmocka_unit_test(a_medium_serves_many_sources_and_keeps_nothing_of_them),
        cmocka_unit_test(what_is_no_medium_is_refused_by_name),
        cmocka_unit_test(too_few_iterations_are_told_with_the_residual_reached),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
