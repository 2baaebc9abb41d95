// SPDX-License-Identifier: BSD-3-Clause
/* The solver against closed forms: D = 20 um²/s and k = 0.002 1/s, lambda = 100 um,
 * unless told otherwise. */
#include "medium_of.h"

#include "cytotaxis/strip.h"

#include <gsl/gsl_sf_bessel.h>
#include <math.h>
#include <stdio.h>

static const double D = 20, k = 0.002, lambda = 100, pi = 3.14159265358979323846;

/* Residuals this small leave errors far below those of the discretisation. */
static const double tight = 1e-12;

/* A square or strip of given length, cut into n pixels along it. */
typedef struct box {
    double length_um;
    size_t n;
    size_t at[2]; /* of a point source */
} box;

static double centre(const box *b, size_t i)
{
    return ((double)i + 0.5) * b->length_um / (double)b->n;
}

static double uniform_d(const void *data, size_t row, size_t col)
{
    (void)data;
    (void)row;
    (void)col;
    return D;
}

static medium_of medium(const box *b, size_t n_rows, pixel_fn source)
{
    return (medium_of){n_rows,    b->n, b->length_um / (double)b->n,
                       uniform_d, NULL, k,
                       source,    b,    tight};
}

/* Largest error of the field of `source` over the tissue, on 1, 2 and 4 times as many
 * pixels along. Collective. */
static void errors_of(medium_of (*make)(const box *), double length_um, size_t n,
                      pixel_fn exact, double error[3])
{
    for (int i = 0; i < 3; i++) {
        const box b = {length_um, n << i, {0, 0}};
        const medium_of m = make(&b);
        solved o = solve_medium(MPI_COMM_WORLD, EVEN, &m);
        assert_all(o.code == CYT_OK);
        error[i] = largest_error(MPI_COMM_WORLD, &m, &o, exact);
        solved_free(&o);
    }
}

/* Order over both halvings together: on curved outlines single ones scatter. */
static double order_of(const double error[3])
{
    return log2(error[0] / error[2]) / 2;
}

/* 2 but for higher powers of h, at 10 pixels a lambda and more. */
static const double second_order = 1.95;
/* A staircase differs from a curve by a pixel: first order, with scatter. */
static const double first_order = 0.9;

/* --- modes ------------------------------------------------------------------------ */

static double wave(const void *data, size_t row, size_t col)
{
    const box *b = data;
    return cos(3 * pi * centre(b, col) / b->length_um) *
           cos(2 * pi * centre(b, row) / b->length_um);
}

static double discrete_gain(const box *b)
{
    const double h = b->length_um / (double)b->n, n = (double)b->n;
    const double x = sin(3 * pi / (2 * n)), y = sin(2 * pi / (2 * n));
    return 1 / (k + 4 * D / (h * h) * (x * x + y * y));
}

static double discrete_wave(const void *data, size_t row, size_t col)
{
    return discrete_gain(data) * wave(data, row, col);
}

static void a_wave_is_multiplied_by_its_discrete_gain(void **state)
{
    (void)state;
    const double published = 219.0809525; /* N = 100, to all its digits */
    const box b = {1000, 100, {0, 0}};
    assert_true(fabs(discrete_gain(&b) / published - 1) < 1e-9);
    const medium_of m = medium(&b, b.n, wave);
    solved o = solve_medium(MPI_COMM_WORLD, EVEN, &m);
    assert_all(o.code == CYT_OK && o.result.residual <= tight);
    const double error = largest_error(MPI_COMM_WORLD, &m, &o, discrete_wave);
    assert_all(error <= o.result.error_bound && error < 1e-9 * published);
    solved_free(&o);
}

/* --- in time ---------------------------------------------------------------------- */

/* 1 + cos(pi x / L) exp(-D pi² t / L²) of the heat equation, L = 500 um, D = 1e5
 * um²/min (the convergence test that BioFVM ships): backward Euler is this solver with
 * k = 1 / dt and c / dt as the source. Each step divides the wave by 1 + dt D mu. */
enum { TIME_COLS = 50, TIME_ROWS = 5 };
static const double time_length = 500, fast = 1e5, end_min = 0.2;

static double start_of(size_t i)
{
    return 1 + cos(pi * ((double)(i % TIME_COLS) + 0.5) / TIME_COLS);
}

/* Largest error after so many steps, against the discrete wave and against the law. */
static void march(size_t n_steps, double *discrete, double *law)
{
    int rank, size;
    cyt_error err = {0};
    cyt_elliptic *solver = NULL;
    cyt_elliptic_result result;
    uint64_t starts[17];
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    cyt_blocks_cut(TIME_ROWS, 1, (size_t)size, starts);
    const size_t n = (size_t)(starts[rank + 1] - starts[rank]) * TIME_COLS;
    const double dt = end_min / (double)n_steps, h = time_length / TIME_COLS;
    double d[TIME_ROWS * TIME_COLS], c[TIME_ROWS * TIME_COLS], s[TIME_ROWS * TIME_COLS];
    for (size_t i = 0; i < n; i++) {
        d[i] = fast;
        c[i] = start_of(i);
    }
    const cyt_elliptic_params params = {TIME_ROWS, TIME_COLS, h,     starts,
                                        d,         NULL,      1 / dt};
    const cyt_elliptic_goal goal = {tight, 100, NULL};
    assert_all(cyt_elliptic_create(MPI_COMM_WORLD, &params, &solver, &err) == CYT_OK);
    for (size_t step = 0; step < n_steps; step++) {
        for (size_t i = 0; i < n; i++)
            s[i] = c[i] / dt;
        assert_all(cyt_elliptic_solve(MPI_COMM_WORLD, solver, &goal, s, c, &result,
                                      &err) == CYT_OK);
    }
    cyt_elliptic_destroy(solver);
    const double half = sin(pi / (2.0 * TIME_COLS)), mu = 4 * half * half / (h * h);
    const double kept = pow(1 + dt * fast * mu, -(double)n_steps);
    const double lawful = exp(-fast * pi * pi * end_min / (time_length * time_length));
    double worst[2] = {0, 0};
    for (size_t i = 0; i < n; i++) {
        const double cosine = start_of(i) - 1;
        worst[0] = fmax(worst[0], fabs(c[i] - 1 - kept * cosine));
        worst[1] = fmax(worst[1], fabs(c[i] - 1 - lawful * cosine));
    }
    MPI_Allreduce(MPI_IN_PLACE, worst, 2, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    *discrete = worst[0];
    *law = worst[1];
}

static void steps_in_time_reach_the_law_of_heat(void **state)
{
    (void)state;
    const double solved_to = 1e-10; /* so many solves of residual 1e-12 */
    double discrete, coarse, middle, fine;
    march(50, &discrete, &coarse);
    assert_true(discrete < solved_to);
    march(100, &discrete, &middle);
    assert_true(discrete < solved_to);
    march(200, &discrete, &fine);
    assert_true(discrete < solved_to);
    assert_true(fine < 2e-3 && log2(coarse / fine) / 2 > first_order);
}

/* --- along one axis: grid-aligned ------------------------------------------------- */

static double half_plane_source(const void *data, size_t row, size_t col)
{
    const box *b = data;
    (void)row;
    return col < b->n / 2 ? k : 0;
}

static double half_plane(const void *data, size_t row, size_t col)
{
    const box *b = data;
    (void)row;
    const double x = centre(b, col) - b->length_um / 2;
    return x < 0 ? 1 - exp(x / lambda) / 2 : exp(-x / lambda) / 2;
}

static medium_of half_plane_medium(const box *b)
{
    return medium(b, 8, half_plane_source);
}

static double slab_source(const void *data, size_t row, size_t col)
{
    const box *b = data;
    (void)row;
    return fabs(centre(b, col) - b->length_um / 2) < 50 ? k : 0;
}

static double slab(const void *data, size_t row, size_t col)
{
    const box *b = data;
    (void)row;
    const double x = fabs(centre(b, col) - b->length_um / 2);
    return x < 50 ? 1 - exp(-50 / lambda) * cosh(x / lambda)
                  : sinh(50 / lambda) * exp(-x / lambda);
}

static medium_of slab_medium(const box *b)
{
    return medium(b, 8, slab_source);
}

/* The box ends 20 lambda away: e^-20 does not show. */
static void half_plane_and_slab_converge_at_second_order(void **state)
{
    (void)state;
    double error[3];
    errors_of(half_plane_medium, 4000, 400, half_plane, error);
    assert_all(error[0] < 1e-3 && order_of(error) > second_order);
    errors_of(slab_medium, 4000, 400, slab, error);
    assert_all(error[0] < 1e-3 && order_of(error) > second_order);
}

/* --- discs ------------------------------------------------------------------------ */

/* A quarter: the disc's centre is a corner, where the walls mirror it. */
static double radius(const box *b, size_t row, size_t col)
{
    return hypot(centre(b, row), centre(b, col));
}

static double disc_source(const void *data, size_t row, size_t col)
{
    return radius(data, row, col) < 200 ? k : 0;
}

static double disc(const void *data, size_t row, size_t col)
{
    const double z = radius(data, row, col) / lambda, Z = 200 / lambda;
    return z < Z ? 1 - Z * gsl_sf_bessel_K1(Z) * gsl_sf_bessel_I0(z)
                 : Z * gsl_sf_bessel_I1(Z) * gsl_sf_bessel_K0(z);
}

static medium_of disc_medium(const box *b)
{
    return medium(b, b->n, disc_source);
}

static void a_disc_of_senders_converges_at_first_order(void **state)
{
    (void)state;
    double error[3];
    errors_of(disc_medium, 2000, 100, disc, error);
    assert_all(error[2] < 5e-3 && order_of(error) > first_order);
}

/* A round tissue of radius 300 in which c = cos(pi r²/R²): no flux at its edge. */
static double round_tissue(const void *data, size_t row, size_t col)
{
    return radius(data, row, col) < 300 ? D : 0;
}

static double round_field(const void *data, size_t row, size_t col)
{
    const double r = radius(data, row, col) / 300;
    return cos(pi * r * r);
}

static double round_source(const void *data, size_t row, size_t col)
{
    const double r = radius(data, row, col), R2 = 300.0 * 300.0, u = pi * r * r / R2;
    const double slope = 2 * pi * r / R2;
    return k * cos(u) + D * (4 * pi / R2 * sin(u) + slope * slope * cos(u));
}

static medium_of round_medium(const box *b)
{
    medium_of m = medium(b, b->n, round_source);
    m.diffusion = round_tissue;
    return m;
}

static void a_round_tissue_converges_at_first_order(void **state)
{
    (void)state;
    double error[3];
    errors_of(round_medium, 320, 80, round_field, error);
    assert_all(error[2] < 2e-2 && order_of(error) > first_order);
}

/* --- varying D -------------------------------------------------------------------- */

/* D = D0 (2 + X Y) with X = cos(pi x/L), Y = cos(pi y/L), and c = X cos(2 pi y/L). */
static double varying_d(const void *data, size_t row, size_t col)
{
    const box *b = data;
    return D * (2 + cos(pi * centre(b, col) / b->length_um) *
                        cos(pi * centre(b, row) / b->length_um));
}

static double smooth_field(const void *data, size_t row, size_t col)
{
    const box *b = data;
    return cos(pi * centre(b, col) / b->length_um) *
           cos(2 * pi * centre(b, row) / b->length_um);
}

static double smooth_source(const void *data, size_t row, size_t col)
{
    const box *b = data;
    const double w = pi / b->length_um, x = w * centre(b, col), y = w * centre(b, row);
    const double flux_x = w * w * sin(x) * cos(y) * sin(x) * cos(2 * y);
    const double flux_y = w * w * cos(x) * sin(y) * 2 * cos(x) * sin(2 * y);
    const double c = smooth_field(data, row, col);
    return k * c + varying_d(data, row, col) * 5 * w * w * c - D * (flux_x + flux_y);
}

static medium_of smooth_medium(const box *b)
{
    medium_of m = medium(b, b->n, smooth_source);
    m.diffusion = varying_d;
    return m;
}

static void a_field_in_varying_d_converges_at_second_order(void **state)
{
    (void)state;
    double error[3];
    errors_of(smooth_medium, 1000, 50, smooth_field, error);
    assert_all(error[0] < 1e-2 && order_of(error) > second_order);
}

/* --- points ----------------------------------------------------------------------- */

static double point_source(const void *data, size_t row, size_t col)
{
    const box *b = data;
    const double h = b->length_um / (double)b->n;
    return row == b->at[0] && col == b->at[1] ? 1 / (h * h) : 0;
}

/* The 5-point field of a point differs from K0 by about h²/r² of it: here 1/400. */
static void a_point_source_is_felt_by_bessel_functions(void **state)
{
    (void)state;
    const double near_lattice = 2.5e-3;
    const box b = {1505, 301, {150, 150}};
    const medium_of m = medium(&b, b.n, point_source);
    solved o = solve_medium(MPI_COMM_WORLD, EVEN, &m);
    assert_all(o.code == CYT_OK);
    double *c = whole_field(MPI_COMM_WORLD, &m, &o);
    const double *row = c + 150 * b.n + 150;
    assert_all(fabs(row[20] / 0.003350406025 - 1) < near_lattice);
    assert_all(fabs(row[40] / 0.0009063386418 - 1) < near_lattice);
    assert_all(fabs((row[39] - row[41]) / 10 / 1.113017323e-5 - 1) < near_lattice);
    free(c);
    solved_free(&o);
}

/* --- invariants, in a speckled tissue of contrast 100 ----------------------------- */

static uint32_t hash(size_t row, size_t col)
{
    uint64_t z = ((uint64_t)row << 32 | col) + UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9); /* SplitMix64 */
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

/* Even numbers of the hash make blocks of 5: holes, stroma, nests. */
static double patchy(const void *data, size_t row, size_t col)
{
    (void)data;
    const uint32_t h = hash(row / 5, col / 5);
    return h % 100 < 15 ? 0 : (h >> 16) & 1 ? D : D / 100;
}

static double flipped(const void *data, size_t row, size_t col)
{
    const box *b = data;
    return patchy(data, b->n - 1 - row, b->n - 1 - col);
}

static double dots(const void *data, size_t row, size_t col)
{
    (void)data;
    return hash(row, col) % 31 == 0;
}

static double flipped_dots(const void *data, size_t row, size_t col)
{
    const box *b = data;
    return dots(data, b->n - 1 - row, b->n - 1 - col);
}

static double all_sources(const void *data, size_t row, size_t col)
{
    return 2 * dots(data, row, col) - 3 * point_source(data, row, col);
}

/* The error a residual of 1e-12 leaves, in units of the largest value. */
static const double solver = 1e-9;

static double *field_of(const box *b, pixel_fn d, pixel_fn s)
{
    medium_of m = medium(b, b->n, s);
    m.diffusion = d;
    solved o = solve_medium(MPI_COMM_WORLD, EVEN, &m);
    assert_all(o.code == CYT_OK);
    double *c = whole_field(MPI_COMM_WORLD, &m, &o);
    solved_free(&o);
    return c;
}

static void a_tissue_loses_by_decay_what_it_is_given(void **state)
{
    (void)state;
    const box b = {500, 100, {0, 0}};
    medium_of m = medium(&b, b.n, dots);
    m.diffusion = patchy;
    solved o = solve_medium(MPI_COMM_WORLD, EVEN, &m);
    assert_all(o.code == CYT_OK);
    double given = 0, least = 0;
    for (size_t i = 0; i < o.n * b.n; i++) {
        given += o.d[i] > 0 ? o.s[i] : 0;
        least = o.c[i] < least ? o.c[i] : least;
    }
    MPI_Allreduce(MPI_IN_PLACE, &given, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    const double lost = k * total_of(MPI_COMM_WORLD, &m, &o, o.c);
    assert_all(given > 0 && fabs(lost / given - 1) < solver);
    assert_all(least >= -o.result.error_bound);
    solved_free(&o);
}

static void fields_add_up(void **state)
{
    (void)state;
    const box b = {500, 100, {33, 52}};
    double *sum = field_of(&b, patchy, all_sources);
    double *a = field_of(&b, patchy, dots), *p = field_of(&b, patchy, point_source);
    double most = 0, worst = 0;
    for (size_t i = 0; i < b.n * b.n; i++) {
        most = fmax(most, fabs(sum[i]));
        worst = fmax(worst, fabs(2 * a[i] - 3 * p[i] - sum[i]));
    }
    assert_all(most > 0 && worst < solver * most);
    free(sum);
    free(a);
    free(p);
}

static void what_a_feels_of_b_is_what_b_feels_of_a(void **state)
{
    (void)state;
    const box at[2] = {{500, 100, {31, 52}}, {500, 100, {61, 47}}};
    double *from[2];
    for (int i = 0; i < 2; i++) {
        assert_true(patchy(NULL, at[i].at[0], at[i].at[1]) > 0);
        from[i] = field_of(&at[i], patchy, point_source);
    }
    const double there = from[0][at[1].at[0] * 100 + at[1].at[1]];
    const double back = from[1][at[0].at[0] * 100 + at[0].at[1]];
    const double most = from[0][at[0].at[0] * 100 + at[0].at[1]];
    assert_all(there > 0 && fabs(there - back) < solver * most);
    free(from[0]);
    free(from[1]);
}

static void a_mirrored_tissue_has_the_mirrored_field(void **state)
{
    (void)state;
    const box b = {500, 100, {0, 0}};
    double *c = field_of(&b, patchy, dots), *m = field_of(&b, flipped, flipped_dots);
    double most = 0, worst = 0;
    for (size_t i = 0; i < b.n * b.n; i++) {
        most = fmax(most, c[i]);
        worst = fmax(worst, fabs(c[i] - m[b.n * b.n - 1 - i]));
    }
    assert_all(most > 0 && worst < solver * most);
    free(c);
    free(m);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wave_is_multiplied_by_its_discrete_gain),
        cmocka_unit_test(steps_in_time_reach_the_law_of_heat),
        cmocka_unit_test(half_plane_and_slab_converge_at_second_order),
        cmocka_unit_test(a_disc_of_senders_converges_at_first_order),
        cmocka_unit_test(a_round_tissue_converges_at_first_order),
        cmocka_unit_test(a_field_in_varying_d_converges_at_second_order),
        cmocka_unit_test(a_point_source_is_felt_by_bessel_functions),
        cmocka_unit_test(a_tissue_loses_by_decay_what_it_is_given),
        cmocka_unit_test(fields_add_up),
        cmocka_unit_test(what_a_feels_of_b_is_what_b_feels_of_a),
        cmocka_unit_test(a_mirrored_tissue_has_the_mirrored_field),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
