// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/clip.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/cosine.h"
#include "cytotaxis/density.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/raster_box.h"
#include "cytotaxis/signal.h"
#include "slide_of.h"
#include "test_mpi.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rounding of the transforms, relative to the largest value. */
static const double ROUNDING = 1e-12;
/* Mass balance: the sum of many rounded values. */
static const double BALANCE = 1e-10;

static int rank, size;

static double noise(size_t row, size_t col)
{
    return (double)((row * 7919 + col * 104729 + row * col * 31) % 1009) / 1009.0;
}

enum { CORNERS = 4, N_TYPES = 2, SENDER = 0, OTHER = 1, N_LIGANDS = 2, LIGAND = 1 };

static const char sends[N_TYPES] = {1, 0};
static const size_t ligand_column[] = {LIGAND};
static const char *const ligand_name[] = {"CXCL12"};
static const double rate[N_TYPES] = {2.5, 0};

static cyt_signal_params by_ligand(void)
{
    return (cyt_signal_params){.name = "CXCL12/CXCR4",
                               .is_sender = sends,
                               .n_ligands = 1,
                               .ligand = ligand_column,
                               .ligand_name = ligand_name};
}

static cyt_signal_params by_type(void)
{
    cyt_signal_params p = by_ligand();
    p.n_ligands = 0;
    p.type_rate = rate;
    return p;
}

/* Four cells without a type span the box; the others follow. */
typedef struct tissue {
    size_t n;
    double *x, *y, *values;
    uint16_t *type;
    double side_um;
} tissue;

static tissue tissue_of(size_t n_cells, double side_um)
{
    tissue t = {.n = n_cells + CORNERS, .side_um = side_um};
    t.x = calloc(t.n, sizeof *t.x);
    t.y = calloc(t.n, sizeof *t.y);
    t.type = calloc(t.n, sizeof *t.type);
    t.values = calloc(t.n * N_LIGANDS, sizeof *t.values);
    for (size_t i = 0; i < CORNERS; i++) {
        t.x[i] = i % 2 ? side_um : 0;
        t.y[i] = i / 2 ? side_um : 0;
        t.type[i] = CYT_NO_TYPE;
        t.values[LIGAND * t.n + i] = -1; /* of no sender: must not matter */
    }
    return t;
}

static void tissue_free(tissue *t)
{
    free(t->x);
    free(t->y);
    free(t->type);
    free(t->values);
}

static void place(tissue *t, size_t i, double x, double y, uint16_t type, double value)
{
    t->x[CORNERS + i] = x;
    t->y[CORNERS + i] = y;
    t->type[CORNERS + i] = type;
    t->values[LIGAND * t->n + CORNERS + i] = value;
}

/* Cells all over the place, many in a pixel. */
static tissue crowd(size_t n)
{
    tissue t = tissue_of(n, 300);
    for (size_t i = 0; i < n; i++)
        place(&t, i, 300 * noise(i, 3), 300 * noise(5, i), i % 3 ? OTHER : SENDER,
              noise(i, i + 1) * 3);
    return t;
}

typedef struct solved {
    cyt_slide slide;
    cyt_cosine plan;
    cyt_medium medium;
    cyt_signal signal;
} solved;

static cyt_code lay_medium(MPI_Comm comm, solved *s, double lambda_um, cyt_error *err)
{
    const double diffusion[] = {lambda_um * lambda_um};
    const cyt_medium_params p = {.grid = &s->slide.grid,
                                 .row_starts = s->slide.strips,
                                 .plan = &s->plan,
                                 .diffusion = diffusion,
                                 .decay = 1};
    return cyt_medium_init(comm, &p, &s->medium, err);
}

static void lay_out(MPI_Comm comm, const tissue *t, double h, solved *s)
{
    cyt_error err = {0};
    memset(s, 0, sizeof *s);
    slide_of(comm, t->n, t->x, t->y, t->type, N_TYPES, 1, h, N_LIGANDS, t->values,
             &s->slide);
    assert_all(cyt_cosine_init(comm, &s->slide.grid, s->slide.strips, &s->plan, &err) ==
               CYT_OK);
}

static void solved_free(solved *s)
{
    cyt_signal_free(&s->signal);
    cyt_medium_free(&s->medium);
    cyt_cosine_free(&s->plan);
    cyt_slide_free(&s->slide);
}

static solved solve_tissue(MPI_Comm comm, const tissue *t, double h, double lambda_um,
                           cyt_signal_params p)
{
    cyt_error err = {0};
    solved s;
    lay_out(comm, t, h, &s);
    assert_all(lay_medium(comm, &s, lambda_um, &err) == CYT_OK);
    assert_all(cyt_signal_solve(comm, &s.slide, &s.medium, &p, &s.signal, &err) ==
               CYT_OK);
    return s;
}

/* A column at the cell `i` of the tissue, on every rank. */
static double at_cell(const solved *s, const double *column, size_t i)
{
    double value = -INFINITY;
    for (size_t k = 0; k < s->slide.cells.n; k++)
        if (s->slide.cells.index[k] == CORNERS + i)
            value = column[k];
    return cyt_max_f64(MPI_COMM_WORLD, value);
}

static void one_sender_is_felt_by_bessel_functions(void **state)
{
    (void)state;
    /* k K0(r/l)/(2 pi D) and k K1(r/l)/(2 pi D l) at r = 50, 100, 200; k = .002 */
    static const double r_um[] = {50, 100, 200};
    static const double c[] = {.007356293234, .003350406025, .0009063386418};
    static const double slope[] = {.0001318153961, 4.789825548e-5, 1.113017323e-5};
    const double near = 1e-2; /* (h / r)² and the spread of the source, at r = 50 */
    tissue t = tissue_of(4, 1600);
    place(&t, 0, 801.3, 798.2, SENDER, 3);
    for (size_t i = 0; i < 3; i++)
        place(&t, i + 1, 801.3 + 0.6 * r_um[i], 798.2 - 0.8 * r_um[i], OTHER, -5);
    solved s = solve_tissue(MPI_COMM_WORLD, &t, 5, 100, by_ligand());
    double worst = 0;
    for (size_t i = 0; i < 3; i++) {
        const double want = 3 * .002 * c[i], pull = 3 * .002 * slope[i];
        const double gx = at_cell(&s, s.signal.cell_grad_x, i + 1);
        const double gy = at_cell(&s, s.signal.cell_grad_y, i + 1);
        worst = fmax(worst, fabs(at_cell(&s, s.signal.cell_c, i + 1) / want - 1));
        worst = fmax(worst, fabs(gx / (-0.6 * pull) - 1));
        worst = fmax(worst, fabs(gy / (0.8 * pull) - 1));
    }
    const cyt_signal got = s.signal;
    solved_free(&s);
    tissue_free(&t);
    assert_all(worst < near);
    assert_all(got.total == 3 && got.balance < BALANCE && !got.missing);
    const cyt_solution q = got.solution;
    assert_all(q.largest > 0 && q.smallest > -CYT_ROUNDING_TOLERANCE * q.largest);
    assert_all(q.error > 0 && q.error < ROUNDING * q.largest && got.n_lost == 0);
}

static void rates_and_logarithms_are_sources_too(void **state)
{
    (void)state;
    tissue t = crowd(90);
    solved s = solve_tissue(MPI_COMM_WORLD, &t, 5, 30, by_type());
    const double by_rate = s.signal.total, lost = s.signal.balance;
    solved_free(&s);
    cyt_signal_params p = by_ligand();
    p.values_are_log1p = 1;
    double want = 0;
    for (size_t i = 0; i < 90; i += 3)
        want += expm1(t.values[LIGAND * t.n + CORNERS + i]);
    s = solve_tissue(MPI_COMM_WORLD, &t, 5, 30, p);
    const double by_log = s.signal.total;
    solved_free(&s);
    tissue_free(&t);
    assert_all(by_rate == 75.0 && lost < BALANCE);
    assert_all(fabs(by_log / want - 1) < ROUNDING);
}

/* Bits of a strip (or of its cells) against those of the whole slide on one rank. */
static int cells_agree(const solved *many, const solved *one)
{
    int wrong = 0;
    const size_t n = many->slide.cells.n;
    for (size_t i = 0, k = 0; i < n; i++) {
        while (one->slide.cells.index[k] != many->slide.cells.index[i])
            k++; /* the order is the same */
        for (size_t c = 0; c < 3; c++)
            wrong += memcmp(many->signal.cell + c * n + i,
                            one->signal.cell + c * one->slide.cells.n + k,
                            sizeof(double)) != 0;
    }
    return wrong == 0;
}

static int rasters_agree(const solved *many, const solved *one)
{
    const size_t n = cyt_slide_n_rows(&many->slide) * many->slide.grid.n_cols;
    const size_t at = cyt_slide_first_row(&many->slide) * many->slide.grid.n_cols;
    return memcmp(many->signal.c, one->signal.c + at, n * sizeof(double)) == 0 &&
           memcmp(many->signal.grad_x, one->signal.grad_x + at, n * sizeof(double)) ==
               0 &&
           memcmp(many->signal.grad_y, one->signal.grad_y + at, n * sizeof(double)) ==
               0;
}

static void a_signal_has_the_same_bits_on_any_number_of_ranks(void **state)
{
    (void)state;
    const double spacings[] = {5, 7, 60};
    tissue t = crowd(500);
    for (int i = 0; i < 3; i++) {
        solved many = solve_tissue(MPI_COMM_WORLD, &t, spacings[i], 40, by_ligand());
        solved one = solve_tissue(MPI_COMM_SELF, &t, spacings[i], 40, by_ligand());
        const int rasters = rasters_agree(&many, &one),
                  cells = cells_agree(&many, &one);
        const int numbers =
            memcmp(&many.signal.total, &one.signal.total, sizeof(double)) == 0 &&
            memcmp(&many.signal.balance, &one.signal.balance, sizeof(double)) == 0 &&
            memcmp(&many.signal.solution, &one.signal.solution,
                   sizeof many.signal.solution) == 0;
        solved_free(&many);
        solved_free(&one);
        assert_all(rasters && cells && numbers);
    }
    tissue_free(&t);
}

static void a_slide_without_senders_has_no_signal(void **state)
{
    (void)state;
    tissue t = tissue_of(1, 100);
    place(&t, 0, 50, 50, OTHER, 1);
    solved s = solve_tissue(MPI_COMM_WORLD, &t, 5, 40, by_ligand());
    assert_all(s.signal.total == 0 && s.signal.balance == 0 &&
               s.signal.solution.largest == 0);
    assert_all(at_cell(&s, s.signal.cell_c, 0) == 0);
    solved_free(&s);
    tissue_free(&t);
}

static void a_missing_ligand_makes_the_signal_missing(void **state)
{
    (void)state;
    tissue t = crowd(20);
    solved s;
    lay_out(MPI_COMM_WORLD, &t, 10, &s);
    s.slide.value_found[LIGAND] = 0;
    const cyt_signal_params p = by_ligand();
    cyt_error err = {0};
    assert_all(lay_medium(MPI_COMM_WORLD, &s, 40, &err) == CYT_OK);
    assert_all(cyt_signal_solve(MPI_COMM_WORLD, &s.slide, &s.medium, &p, &s.signal,
                                &err) == CYT_OK);
    int numbers = 0;
    for (size_t i = 0; i < 3 * s.slide.cells.n; i++)
        numbers += !isnan(s.signal.cell[i]);
    for (size_t i = 0; i < cyt_slide_n_rows(&s.slide) * s.slide.grid.n_cols; i++)
        numbers += !isnan(s.signal.c[i]) + !isnan(s.signal.grad_y[i]);
    assert_all(s.signal.missing && isnan(s.signal.total) && numbers == 0);
    solved_free(&s);
    tissue_free(&t);
}

static void expect_refusal(const tissue *t, cyt_signal_params p, cyt_code want,
                           const char *part)
{
    solved s;
    cyt_error err = {0};
    lay_out(MPI_COMM_WORLD, t, 10, &s);
    assert_all(lay_medium(MPI_COMM_WORLD, &s, 40, &err) == CYT_OK);
    const cyt_code code =
        cyt_signal_solve(MPI_COMM_WORLD, &s.slide, &s.medium, &p, &s.signal, &err);
    solved_free(&s);
    assert_all(code == want && strstr(err.text, part));
}

static void what_no_cell_can_secrete_is_refused_by_name(void **state)
{
    (void)state;
    const double wrong[] = {-0.5, NAN, INFINITY};
    tissue t = crowd(30);
    for (int i = 0; i < 3; i++) {
        t.values[LIGAND * t.n + CORNERS + 6] = wrong[i];
        expect_refusal(&t, by_ligand(), CYT_ERR_DATA,
                       "signal CXCL12/CXCR4: cell 11 (in input order) has CXCL12 = ");
    }
    t.values[LIGAND * t.n + CORNERS + 6] = 1e4; /* expm1 overflows */
    cyt_signal_params p = by_ligand();
    p.values_are_log1p = 1;
    expect_refusal(&t, p, CYT_ERR_DATA, "secretes at rate inf");
    tissue_free(&t);
}

/* --- densities -------------------------------------------------------------------- */

static double *density_of(MPI_Comm comm, const solved *s, size_t type, double sigma_um)
{
    cyt_error err = {0};
    const size_t n = cyt_slide_n_rows(&s->slide) * s->slide.grid.n_cols;
    double *d = malloc((n + 1) * sizeof *d);
    assert_all(cyt_density(comm, &s->slide, &s->plan, type, sigma_um, d, &err) ==
               CYT_OK);
    return d;
}

static double cells_in(const solved *s, const double *density)
{
    const double h = s->slide.grid.spacing_um;
    double sum = 0;
    for (size_t i = 0; i < cyt_slide_n_rows(&s->slide) * s->slide.grid.n_cols; i++)
        sum += density[i] * h * h / 1e6;
    MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    return sum;
}

static void a_density_holds_all_cells_of_its_type(void **state)
{
    (void)state;
    static const double sigmas[] = {0, 3, 40, 400};
    tissue t = crowd(300);
    solved s;
    lay_out(MPI_COMM_WORLD, &t, 5, &s);
    for (int i = 0; i < 4; i++) {
        double *senders = density_of(MPI_COMM_WORLD, &s, SENDER, sigmas[i]);
        double *everyone = density_of(MPI_COMM_WORLD, &s, CYT_ALL_TYPES, sigmas[i]);
        const double n = cells_in(&s, senders), m = cells_in(&s, everyone);
        free(senders);
        free(everyone);
        assert_all(fabs(n / 100 - 1) < BALANCE && fabs(m / 304 - 1) < BALANCE);
    }
    solved_free(&s);
    tissue_free(&t);
}

static void a_density_has_the_same_bits_on_any_number_of_ranks(void **state)
{
    (void)state;
    tissue t = crowd(300);
    solved many, one;
    lay_out(MPI_COMM_WORLD, &t, 7, &many);
    lay_out(MPI_COMM_SELF, &t, 7, &one);
    double *a = density_of(MPI_COMM_WORLD, &many, SENDER, 20);
    double *b = density_of(MPI_COMM_SELF, &one, SENDER, 20);
    const size_t n_cols = many.slide.grid.n_cols;
    const int same = memcmp(a, b + cyt_slide_first_row(&many.slide) * n_cols,
                            cyt_slide_n_rows(&many.slide) * n_cols * sizeof *a) == 0;
    free(a);
    free(b);
    solved_free(&many);
    solved_free(&one);
    tissue_free(&t);
    assert_all(same);
}

static void a_negative_bandwidth_is_refused(void **state)
{
    (void)state;
    tissue t = crowd(5);
    solved s;
    lay_out(MPI_COMM_WORLD, &t, 10, &s);
    double nothing;
    cyt_error err = {0};
    assert_all(cyt_density(MPI_COMM_WORLD, &s.slide, &s.plan, SENDER, -1, &nothing,
                           &err) == CYT_ERR_USAGE);
    solved_free(&s);
    tissue_free(&t);
}

/* A cell in each pixel of a rectangle that is tissue, and many elsewhere. */
static void a_density_in_tissue_does_not_fall_at_its_edge(void **state)
{
    (void)state;
    enum { SIDE = 12, LONE = 30 };
    tissue t = tissue_of(SIDE * SIDE + LONE, 120);
    for (size_t i = 0; i < t.n - CORNERS; i++)
        place(&t, i, i < SIDE * SIDE ? 22.5 + 5 * (double)(i % SIDE) : 110,
              i < SIDE * SIDE ? 37.5 + 5 * (double)(i / SIDE) : 110, SENDER, 0);
    solved s;
    lay_out(MPI_COMM_WORLD, &t, 5, &s);
    cyt_error err = {0};
    const size_t n_cols = s.slide.grid.n_cols, n = cyt_slide_n_rows(&s.slide) * n_cols;
    double *d = density_of(MPI_COMM_WORLD, &s, SENDER, 0);
    uint8_t *inside = calloc(n + 1, 1);
    float *share = calloc(n + 1, sizeof *share);
    for (size_t i = 0; i < n; i++) /* one cell in 25 um² */
        inside[i] = fabs(d[i] - 4e4) < 1;
    const uint8_t every[N_TYPES] = {1, 1};
    const cyt_tissue_edge edge = {inside, share};
    const cyt_raster_box box =
        cyt_raster_box_of(MPI_COMM_WORLD, s.slide.strips, n_cols, inside);
    assert_all(cyt_density_share(MPI_COMM_WORLD, &s.slide, &s.plan, inside, 15, share,
                                 &err) == CYT_OK);
    assert_all(cyt_density_in_tissue(MPI_COMM_WORLD, &s.slide, &s.plan, &edge, every,
                                     15, d, &err) == CYT_OK);
    int even = box.n_rows == SIDE && box.n_cols == SIDE;
    for (size_t i = 0; i < n; i++) /* shares are kept in single precision */
        even &= inside[i] ? fabs(d[i] / 4e4 - 1) < 1e-6 : d[i] == 0;
    free(d);
    free(inside);
    free(share);
    solved_free(&s);
    tissue_free(&t);
    assert_all(even);
}

/* --- failures --------------------------------------------------------------------- */

#ifdef CYT_FAULTS
static cyt_code whole_story(solved *s, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_signal_params p = by_ligand();
    const size_t n = cyt_slide_n_rows(&s->slide) * s->slide.grid.n_cols;
    double *density = malloc((n + 1) * sizeof *density);
    CYT_TRY(cyt_cosine_init(MPI_COMM_WORLD, &s->slide.grid, s->slide.strips, &s->plan,
                            err));
    CYT_TRY(cyt_density(MPI_COMM_WORLD, &s->slide, &s->plan, 0, 20, density, err));
    CYT_TRY(lay_medium(MPI_COMM_WORLD, s, 40, err));
    CYT_TRY(
        cyt_signal_solve(MPI_COMM_WORLD, &s->slide, &s->medium, &p, &s->signal, err));
done:
    free(density);
    return code;
}

static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"cosine.plan", "cosine.solve", "density",
                                         "medium.init", "signal.solve", "halo.cells",
                                         "halo.rows",   "mem.alloc"};
    tissue t = crowd(60);
    for (size_t p = 0; p < sizeof points / sizeof *points; p++)
        for (int bad = 0; bad < size; bad++) {
            solved s;
            cyt_error err = {0};
            lay_out(MPI_COMM_WORLD, &t, 10, &s);
            cyt_cosine_free(&s.plan);
            cyt_fault_arm(rank == bad ? points[p] : NULL);
            const cyt_code code = whole_story(&s, &err);
            cyt_fault_arm(NULL);
            solved_free(&s);
            assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
        }
    tissue_free(&t);
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_sender_is_felt_by_bessel_functions),
        cmocka_unit_test(rates_and_logarithms_are_sources_too),
        cmocka_unit_test(a_signal_has_the_same_bits_on_any_number_of_ranks),
        cmocka_unit_test(a_slide_without_senders_has_no_signal),
        cmocka_unit_test(a_missing_ligand_makes_the_signal_missing),
        cmocka_unit_test(what_no_cell_can_secrete_is_refused_by_name),
        cmocka_unit_test(a_density_holds_all_cells_of_its_type),
        cmocka_unit_test(a_density_has_the_same_bits_on_any_number_of_ranks),
        cmocka_unit_test(a_negative_bandwidth_is_refused),
        cmocka_unit_test(a_density_in_tissue_does_not_fall_at_its_edge),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
