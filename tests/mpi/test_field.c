// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/clip.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/cosine.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/strip.h"
#include "test_mpi.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rounding of the transforms, relative to the largest value. */
static const double ROUNDING = 1e-12;
/* Mass balance: the sum of many rounded values. */
static const double BALANCE = 1e-10;

static int rank, size;
static double pi;

/* --- fields on a bare raster ------------------------------------------------------ */

/* One strip of a raster, solved by the group of `comm`. */
typedef struct box {
    MPI_Comm comm;
    cyt_grid grid;
    uint64_t starts[16];
    size_t first, rows, n;
    cyt_cosine plan;
    double *field;
} box;

/* Strips of differing height, some of them empty when rows are few. */
static box box_of_size(MPI_Comm comm, size_t n_rows, size_t n_cols, double h)
{
    box b = {.comm = comm, .grid = {h, 0, 0, n_cols, n_rows}};
    cyt_error err = {0};
    uint64_t *cost = malloc(n_rows * sizeof *cost);
    for (size_t i = 0; i < n_rows; i++)
        cost[i] = 1 + (i > n_rows / 3) * 3;
    cyt_strips_balance(n_rows, cost, (size_t)cyt_comm_size(comm), b.starts);
    free(cost);
    const uint64_t *mine = b.starts + cyt_comm_rank(comm);
    b.first = mine[0];
    b.rows = mine[1] - mine[0];
    b.n = b.rows * n_cols;
    b.field = calloc(b.n + 1, sizeof *b.field);
    assert_all(cyt_cosine_init(comm, &b.grid, b.starts, &b.plan, &err) == CYT_OK);
    return b;
}

static void box_free(box *b)
{
    cyt_cosine_free(&b->plan);
    free(b->field);
}

static void solve(box *b, cyt_gain gain)
{
    cyt_error err = {0};
    assert_all(cyt_cosine_solve(b->comm, &b->plan, &gain, b->field, &err) == CYT_OK);
}

/* The pixel at (row, col) where this rank holds it, else NULL. */
static double *pixel(const box *b, size_t row, size_t col)
{
    if (row < b->first || row >= b->first + b->rows)
        return NULL;
    return b->field + (row - b->first) * b->grid.n_cols + col;
}

static void put(box *b, size_t row, size_t col, double value)
{
    double *p = pixel(b, row, col);
    if (p)
        *p += value;
}

/* The value of a pixel, on every rank of the world. */
static double value_at(const box *b, size_t row, size_t col)
{
    const double *p = pixel(b, row, col);
    return cyt_max_f64(MPI_COMM_WORLD, p ? *p : -INFINITY);
}

static double noise(size_t row, size_t col)
{
    return (double)((row * 7919 + col * 104729 + row * col * 31) % 1009) / 1009.0;
}

static void fill_with_noise(box *b)
{
    for (size_t i = 0; i < b->n; i++)
        b->field[i] = noise(b->first + i / b->grid.n_cols, i % b->grid.n_cols);
}

static double mode(size_t row, size_t col)
{
    return cos(3 * pi * ((double)col + 0.5) / 100) *
           cos(2 * pi * ((double)row + 0.5) / 100);
}

static void a_cosine_mode_is_multiplied_by_its_discrete_gain(void **state)
{
    (void)state;
    box b = box_of_size(MPI_COMM_WORLD, 100, 100, 10);
    for (size_t i = 0; i < b.n; i++)
        b.field[i] = mode(b.first + i / 100, i % 100);
    solve(&b, cyt_gain_steady(20, 0.002));
    const double sx = sin(3 * pi / 200), sy = sin(2 * pi / 200);
    const double gain = 1 / (0.002 + 20 * 4.0 / 100 * (sx * sx + sy * sy));
    assert_all(fabs(gain / 219.0809525 - 1) < 1e-9); /* published to ten digits */
    double worst = 0;
    for (size_t i = 0; i < b.n; i++)
        worst = fmax(worst, fabs(b.field[i] - gain * mode(b.first + i / 100, i % 100)));
    box_free(&b);
    assert_all(worst < ROUNDING * gain);
}

/* Largest relative error of a point source against K0(r / lambda) / (2 pi D), lambda =
 * 100, D = 20, at 100, 200 and 500 um. The box is so wide that its images add < 1e-6.
 */
static double error_of_point_source(double h)
{
    static const double r_um[] = {100, 200, 500};
    static const double c[] = {.003350406025, .0009063386418, 2.937282727e-5};
    const size_t n = (size_t)(2400 / h), centre = n / 2;
    box b = box_of_size(MPI_COMM_WORLD, n, n, h);
    put(&b, centre, centre, 1 / (h * h));
    solve(&b, cyt_gain_steady(20, 0.002));
    double worst = 0;
    for (int i = 0; i < 3; i++) {
        const size_t away = (size_t)(r_um[i] / h);
        const double along_x = value_at(&b, centre, centre + away);
        const double along_y = value_at(&b, centre - away, centre);
        worst = fmax(worst, fabs(along_x / c[i] - 1));
        worst = fmax(worst, fabs(along_y / c[i] - 1));
    }
    box_free(&b);
    return worst;
}

static void a_point_source_is_a_bessel_function_to_second_order(void **state)
{
    (void)state;
    const double coarse = error_of_point_source(20), fine = error_of_point_source(10);
    assert_all(fine < 5e-3); /* (h / lambda)² = 0.01, times r / 24 lambda */
    assert_all(coarse / fine > 3.6 && coarse / fine < 4.4);
}

static void nothing_secreted_is_lost(void **state)
{
    (void)state;
    box b = box_of_size(MPI_COMM_WORLD, 63, 105, 5);
    double sums[2] = {0, 0};
    fill_with_noise(&b);
    for (size_t i = 0; i < b.n; i++)
        sums[0] += b.field[i];
    solve(&b, cyt_gain_steady(40, 0.01));
    for (size_t i = 0; i < b.n; i++)
        sums[1] += 0.01 * b.field[i];
    MPI_Allreduce(MPI_IN_PLACE, sums, 2, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    box_free(&b);
    assert_all(fabs(sums[1] / sums[0] - 1) < BALANCE);
}

/* exp(-t) I_n(t) by its power series; t is small here, so nothing cancels. */
static double lattice_kernel(int n, double t)
{
    double term = exp(-t), sum = 0;
    for (int i = 1; i <= n; i++)
        term *= t / 2 / i;
    for (int m = 1; m < 200; m++) {
        sum += term;
        term *= t / 2 * (t / 2) / m / (m + n);
    }
    return sum;
}

static void smoothing_a_point_gives_the_lattice_kernel(void **state)
{
    (void)state;
    enum { N = 96, CENTRE = 47 };
    const double h = 4, sigma = 3 * h, t = 9;
    box b = box_of_size(MPI_COMM_WORLD, N, N, h);
    put(&b, CENTRE, CENTRE, 1);
    solve(&b, cyt_gain_smooth(sigma));
    double kernel[N], worst = 0;
    for (int i = 0; i < N; i++)
        kernel[i] = lattice_kernel(abs(i - CENTRE), t);
    for (size_t i = 0; i < b.n; i++) {
        const double want = kernel[b.first + i / N] * kernel[i % N];
        worst = fmax(worst, fabs(b.field[i] - want));
    }
    box_free(&b);
    assert_all(worst < ROUNDING * kernel[CENTRE] * kernel[CENTRE]);
}

static void mirrored_sources_give_mirrored_fields(void **state)
{
    (void)state;
    enum { ROWS = 40, COLS = 54 };
    box a = box_of_size(MPI_COMM_WORLD, ROWS, COLS, 5);
    box b = box_of_size(MPI_COMM_WORLD, ROWS, COLS, 5);
    put(&a, 3, 7, 1);
    put(&b, ROWS - 1 - 3, COLS - 1 - 7, 1);
    solve(&a, cyt_gain_relative(30));
    solve(&b, cyt_gain_relative(30));
    double worst = 0;
    const double top = value_at(&a, 3, 7);
    for (size_t r = 0; r < ROWS; r++)
        for (size_t c = 0; c < COLS; c += 5)
            worst = fmax(worst, fabs(value_at(&a, r, c) -
                                     value_at(&b, ROWS - 1 - r, COLS - 1 - c)));
    box_free(&a);
    box_free(&b);
    assert_all(worst < ROUNDING * top);
}

static void fields_superpose(void **state)
{
    (void)state;
    box a = box_of_size(MPI_COMM_WORLD, 35, 48, 5);
    box b = box_of_size(MPI_COMM_WORLD, 35, 48, 5);
    box both = box_of_size(MPI_COMM_WORLD, 35, 48, 5);
    fill_with_noise(&a);
    put(&b, 20, 11, 50);
    for (size_t i = 0; i < a.n; i++)
        both.field[i] = 2 * a.field[i] + b.field[i];
    solve(&a, cyt_gain_relative(20));
    solve(&b, cyt_gain_relative(20));
    solve(&both, cyt_gain_relative(20));
    double worst = 0;
    for (size_t i = 0; i < a.n; i++)
        worst = fmax(worst, fabs(both.field[i] - 2 * a.field[i] - b.field[i]));
    const double top = value_at(&both, 20, 11);
    box_free(&a);
    box_free(&b);
    box_free(&both);
    assert_all(worst < ROUNDING * top);
}

static void same_bits(size_t n_rows, size_t n_cols, cyt_gain gain)
{
    box many = box_of_size(MPI_COMM_WORLD, n_rows, n_cols, 5);
    box one = box_of_size(MPI_COMM_SELF, n_rows, n_cols, 5);
    fill_with_noise(&many);
    fill_with_noise(&one);
    solve(&many, gain);
    solve(&one, gain);
    const int same = memcmp(many.field, one.field + many.first * n_cols,
                            many.n * sizeof *many.field) == 0;
    box_free(&many);
    box_free(&one);
    assert_all(same);
}

static void any_number_of_ranks_gives_the_same_bits(void **state)
{
    (void)state;
    static const size_t shapes[][2] = {{64, 64}, {105, 63}, {1, 40}, {40, 1},
                                       {2, 3},   {35, 243}, {1, 1},  {150, 98}};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        same_bits(shapes[s][0], shapes[s][1], cyt_gain_relative(40));
        same_bits(shapes[s][0], shapes[s][1], cyt_gain_smooth(12));
    }
}

static void rounding_is_clipped_and_worse_is_an_error(void **state)
{
    (void)state;
    double field[3] = {1, -1e-14, -0.0};
    cyt_extremes range;
    cyt_error err = {0};
    assert_all(cyt_clip_negative(MPI_COMM_WORLD, 3, field, 0, &range, &err) == CYT_OK);
    assert_all(field[1] == 0 && !signbit(field[2]) && range.smallest == -1e-14);
    field[1] = rank == size - 1 ? -1e-3 : 0;
    assert_all(cyt_clip_negative(MPI_COMM_WORLD, 3, field, 0, &range, &err) ==
               CYT_ERR_INTERNAL);
    err = (cyt_error){0};
    field[1] = rank == size - 1 ? NAN : 0;
    assert_all(cyt_clip_negative(MPI_COMM_WORLD, 3, field, 0, &range, &err) ==
               CYT_ERR_INTERNAL);
    err = (cyt_error){0};
    assert_all(cyt_clip_negative(MPI_COMM_WORLD, 0, field, 0, &range, &err) == CYT_OK);
    assert_all(range.smallest == 0 && range.largest == 0);
}

static void a_gain_without_decay_is_refused(void **state)
{
    (void)state;
    box b = box_of_size(MPI_COMM_WORLD, 10, 10, 5);
    const cyt_gain gain = cyt_gain_steady(20, 0);
    cyt_error err = {0};
    assert_all(cyt_cosine_solve(b.comm, &b.plan, &gain, b.field, &err) ==
               CYT_ERR_USAGE);
    box_free(&b);
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"cosine.plan", "cosine.solve", "mem.alloc"};
    for (size_t p = 0; p < sizeof points / sizeof *points; p++)
        for (int bad = 0; bad < size; bad++) {
            box b = box_of_size(MPI_COMM_WORLD, 20, 30, 5);
            cyt_cosine_free(&b.plan);
            const cyt_gain gain = cyt_gain_relative(40);
            cyt_error err = {0};
            cyt_fault_arm(rank == bad ? points[p] : NULL);
            cyt_code code = cyt_cosine_init(b.comm, &b.grid, b.starts, &b.plan, &err);
            if (code == CYT_OK)
                code = cyt_cosine_solve(b.comm, &b.plan, &gain, b.field, &err);
            cyt_fault_arm(NULL);
            box_free(&b);
            assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
        }
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    pi = acos(-1.0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cosine_mode_is_multiplied_by_its_discrete_gain),
        cmocka_unit_test(a_point_source_is_a_bessel_function_to_second_order),
        cmocka_unit_test(nothing_secreted_is_lost),
        cmocka_unit_test(smoothing_a_point_gives_the_lattice_kernel),
        cmocka_unit_test(mirrored_sources_give_mirrored_fields),
        cmocka_unit_test(fields_superpose),
        cmocka_unit_test(any_number_of_ranks_gives_the_same_bits),
        cmocka_unit_test(rounding_is_clipped_and_worse_is_an_error),
        cmocka_unit_test(a_gain_without_decay_is_refused),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
