// SPDX-License-Identifier: BSD-3-Clause
#include "test_mpi.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/drift.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/occupancy.h"
#include "cytotaxis/strip.h"

#include <gsl/gsl_linalg.h>
#include <gsl/gsl_matrix.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 40 * 30 };
static const double h = 5, mu = 17.8; /* µm, µm²/min */

/* A whole raster, the same on every rank. */
typedef struct scene {
    size_t n_rows, n_cols;
    uint8_t inside[MOST];
    double psi[MOST], start[MOST];
} scene;

/* What a run of it gave, the whole raster on every rank. */
typedef struct outcome {
    cyt_code code;
    cyt_error err;
    double now[MOST];
    cyt_drift_report report;
} outcome;

typedef struct course {
    double step_min, tolerance;
    size_t n_steps;
} course;

/* As tight as double allows; what is left of it in T after some steps. */
static const double tight = 1e-13, exact = 1e-12;

/* Steps after which another goes on from what the first has saved; 0: none does. */
static size_t handed_over;

/* Put down where it stands, as a run that is stopped does, and begin anew there. */
static cyt_code hand_over(MPI_Comm comm, const cyt_drift_params *params,
                          const double *start, cyt_drift **drift, cyt_error *err)
{
    cyt_code code = CYT_OK;
    double numbers[CYT_DRIFT_NUMBERS], rest[MOST];
    CYT_TRY(cyt_drift_march(comm, *drift, handed_over, err));
    cyt_drift_save(*drift, numbers, rest);
    cyt_drift_destroy(*drift);
    CYT_TRY(cyt_drift_create(comm, params, start, drift, err));
    assert_int_equal(cyt_drift_n_steps(*drift), 0);
    cyt_drift_restore(*drift, numbers, rest);
    assert_int_equal(cyt_drift_n_steps(*drift), handed_over);
done:
    return code;
}

static cyt_code run_strip(MPI_Comm comm, const scene *s, const course *c,
                          const cyt_pieces *pieces, size_t at, double *now,
                          cyt_drift_report *report, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_drift *drift = NULL;
    const cyt_drift_params params = {
        pieces, s->n_rows, h, s->psi + at, mu, c->step_min, {c->tolerance, 1000, NULL}};
    CYT_TRY(cyt_drift_create(comm, &params, s->start + at, &drift, err));
    if (handed_over > 0)
        CYT_TRY(hand_over(comm, &params, s->start + at, &drift, err));
    CYT_TRY(cyt_drift_march(comm, drift, c->n_steps - handed_over, err));
    CYT_TRY(cyt_drift_now(comm, drift, now, report, err));
done:
    cyt_drift_destroy(drift);
    return code;
}

static void gather(MPI_Comm comm, const uint64_t *starts, size_t n_cols,
                   const double *strip, double *whole)
{
    int counts[64], from[64];
    const int size = cyt_comm_size(comm), me = cyt_comm_rank(comm);
    for (int r = 0; r < size; r++) {
        counts[r] = (int)((starts[r + 1] - starts[r]) * n_cols);
        from[r] = (int)(starts[r] * n_cols);
    }
    MPI_Allgatherv(strip, counts[me], MPI_DOUBLE, whole, counts, from, MPI_DOUBLE,
                   comm);
}

static outcome run(MPI_Comm comm, const scene *s, const course *c)
{
    outcome o = {0};
    uint64_t starts[64];
    cyt_pieces pieces = {0};
    const int me = cyt_comm_rank(comm);
    cyt_blocks_cut(s->n_rows, 1, (size_t)cyt_comm_size(comm), starts);
    const size_t at = (size_t)starts[me] * s->n_cols;
    double *strip =
        calloc((size_t)(starts[me + 1] - starts[me]) * s->n_cols + 1, sizeof *strip);
    o.code = cyt_pieces_find(comm, starts, s->n_cols, s->inside + at, s->start + at,
                             &pieces, &o.err);
    if (o.code == CYT_OK)
        o.code = run_strip(comm, s, c, &pieces, at, strip, &o.report, &o.err);
    if (o.code == CYT_OK)
        gather(comm, starts, s->n_cols, strip, o.now);
    cyt_pieces_free(&pieces);
    free(strip);
    return o;
}

/* --- scenes ----------------------------------------------------------------------- */

static double noise(size_t i)
{
    uint64_t z = (i + 1) * UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9); /* SplitMix64 */
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/* Two parts with cells, one without, a hole; a hill of the given contrast. */
static scene valley(double contrast)
{
    scene s = {30, 40, {0}, {0}, {0}};
    for (size_t i = 0; i < MOST; i++) {
        const size_t r = i / 40, c = i % 40;
        const double x = ((double)c - 12) / 10, y = ((double)r - 14) / 9;
        const int hole = r > 10 && r < 16 && c > 6 && c < 11;
        s.inside[i] = !hole && c != 25 && !(c > 25 && r == 20);
        s.psi[i] = log(contrast) * exp(-x * x - y * y);
        s.start[i] = c > 25 && r > 20 ? 0 : s.inside[i] && noise(i) < 0.05 ? 1 : 0;
    }
    s.psi[12 + 14 * 40] = log(contrast);
    return s;
}

static int is_held(const scene *s, size_t i)
{
    return s->inside[i] && !(i % 40 > 25 && i / 40 > 20);
}

/* Which of the valley's two parts a pixel is in. */
static int side(size_t i)
{
    return i % 40 > 25;
}

static void end_state(const scene *s, double *want)
{
    double mass[2] = {0, 0}, weight[2] = {0, 0};
    for (size_t i = 0; i < MOST; i++)
        if (is_held(s, i)) {
            mass[side(i)] += s->start[i];
            weight[side(i)] += exp(s->psi[i]);
        }
    for (size_t i = 0; i < MOST; i++)
        want[i] = is_held(s, i) ? mass[side(i)] / weight[side(i)] * exp(s->psi[i]) : 0;
}

/* --- tests ------------------------------------------------------------------------ */

static void the_end_state_is_boltzmann_in_each_part(void **state)
{
    (void)state;
    for (double contrast = 1; contrast <= CYT_DRIFT_CONTRAST; contrast *= 1e4) {
        const scene s = valley(contrast);
        double want[MOST], worst = 0;
        end_state(&s, want);
        const course c = {1e5, tight, 12};
        const outcome o = run(MPI_COMM_WORLD, &s, &c);
        assert_all(o.code == CYT_OK);
        for (size_t i = 0; i < MOST; i++)
            worst = fmax(worst,
                         want[i] > 0 ? fabs(o.now[i] / want[i] - 1) : fabs(o.now[i]));
        assert_all(worst < exact && o.report.mass_error < exact);
    }
}

static void no_cell_is_lost_and_none_is_negative_at_any_tolerance(void **state)
{
    (void)state;
    const scene s = valley(CYT_DRIFT_CONTRAST);
    static const double tolerance[] = {1e-13, 1e-8, 1e-3};
    for (size_t k = 0; k < 3; k++) {
        const course c = {0.5, tolerance[k], 20};
        const outcome o = run(MPI_COMM_WORLD, &s, &c);
        double mass[2] = {0, 0}, least = 0;
        assert_all(o.code == CYT_OK && o.report.mass_error < exact);
        for (size_t i = 0; i < MOST; i++) {
            least = fmin(least, o.now[i]);
            mass[side(i)] += o.now[i] - s.start[i];
        }
        assert_all(least == 0 && fabs(mass[0]) < 1e-10 && fabs(mass[1]) < 1e-10);
        assert_all(o.report.smallest >= -o.report.error - 1e-10);
        if (k == 0) /* the bound: steps, contrast and tolerance multiplied */
            assert_all(o.report.error < 20 * CYT_DRIFT_CONTRAST * tight * 10 &&
                       o.report.smallest > -exact);
        if (k == 2)
            assert_all(o.report.mass_drift > exact); /* what had to be put right */
    }
}

static void what_is_in_balance_stays(void **state)
{
    (void)state;
    scene s = valley(CYT_DRIFT_CONTRAST);
    end_state(&s, s.start);
    const course c = {30, tight, 10};
    const outcome o = run(MPI_COMM_WORLD, &s, &c);
    double worst = 0;
    assert_all(o.code == CYT_OK);
    for (size_t i = 0; i < MOST; i++)
        if (s.start[i] > 0)
            worst = fmax(worst, fabs(o.now[i] / s.start[i] - 1));
    assert_all(worst < exact);
}

static void one_that_goes_on_from_another_gives_the_same_bits(void **state)
{
    (void)state;
    const scene s = valley(1e4);
    const course c = {2, 1e-8, 12};
    const outcome whole = run(MPI_COMM_WORLD, &s, &c);
    assert_all(whole.code == CYT_OK);
    for (handed_over = 1; handed_over < c.n_steps; handed_over += 5) {
        const outcome o = run(MPI_COMM_WORLD, &s, &c);
        assert_all(o.code == CYT_OK);
        assert_all(memcmp(o.now, whole.now, sizeof o.now) == 0);
        assert_all(memcmp(&o.report, &whole.report, sizeof o.report) == 0);
    }
    handed_over = 0;
}

/* --- a dense reference ------------------------------------------------------------ */

enum { SMALL_ROWS = 5, SMALL_COLS = 6, SMALL = SMALL_ROWS * SMALL_COLS };

static scene small(void)
{
    scene s = {SMALL_ROWS, SMALL_COLS, {0}, {0}, {0}};
    for (size_t i = 0; i < SMALL; i++) {
        s.inside[i] = i != 8;
        s.psi[i] = 3 * noise(i + 100);
        s.start[i] = s.inside[i] ? 10 * noise(i) : 0;
    }
    return s;
}

static void couple(const scene *s, size_t i, size_t j, gsl_matrix *m)
{
    if (!s->inside[i] || !s->inside[j])
        return;
    const double face = 2 * mu / (h * h) / (exp(-s->psi[i]) + exp(-s->psi[j]));
    const double out = face * exp(-s->psi[i]);
    *gsl_matrix_ptr(m, i, i) -= out;
    *gsl_matrix_ptr(m, j, i) += out;
}

/* dT/dt = m T of the same fluxes, written down pixel by pixel. */
static gsl_matrix *rates(const scene *s)
{
    gsl_matrix *m = gsl_matrix_calloc(SMALL, SMALL);
    for (size_t i = 0; i < SMALL; i++) {
        if (i % SMALL_COLS + 1 < SMALL_COLS) {
            couple(s, i, i + 1, m);
            couple(s, i + 1, i, m);
        }
        if (i + SMALL_COLS < SMALL) {
            couple(s, i, i + SMALL_COLS, m);
            couple(s, i + SMALL_COLS, i, m);
        }
    }
    return m;
}

/* T(t) = exp(m t) T(0). */
static void propagate(const scene *s, double t, double *now)
{
    gsl_matrix *m = rates(s), *e = gsl_matrix_alloc(SMALL, SMALL);
    gsl_matrix_scale(m, t);
    gsl_linalg_exponential_ss(m, e, GSL_PREC_DOUBLE);
    for (size_t i = 0; i < SMALL; i++) {
        now[i] = 0;
        for (size_t j = 0; j < SMALL; j++)
            now[i] += gsl_matrix_get(e, i, j) * s->start[j];
    }
    gsl_matrix_free(m);
    gsl_matrix_free(e);
}

static double error_of(const scene *s, double t, size_t n_steps)
{
    double want[SMALL], worst = 0;
    const course c = {t / (double)n_steps, tight, n_steps};
    const outcome o = run(MPI_COMM_WORLD, s, &c);
    assert_all(o.code == CYT_OK);
    propagate(s, t, want);
    for (size_t i = 0; i < SMALL; i++)
        worst = fmax(worst, fabs(o.now[i] - want[i]));
    return worst;
}

static void halving_the_step_halves_the_error(void **state)
{
    (void)state;
    const scene s = small();
    const double t = 2; /* min: the distribution is half-way */
    const double coarse = error_of(&s, t, 100), fine = error_of(&s, t, 200),
                 finer = error_of(&s, t, 400);
    const double order = log2(coarse / finer) / 2;
    assert_true(order > 0.97 && order < 1.03); /* 1 but for higher powers of the step */
    /* Twice the finer minus the coarser is of second order: close to the exponential.
     */
    assert_true(coarse < 0.05 && fine < 0.6 * coarse);
}

/* (1 - m dt) T = T_old, solved densely. */
static void steps_are_those_of_backward_euler(void **state)
{
    (void)state;
    const scene s = small();
    const course c = {0.7, tight, 3};
    const outcome o = run(MPI_COMM_WORLD, &s, &c);
    gsl_matrix *m = rates(&s);
    gsl_permutation *p = gsl_permutation_alloc(SMALL);
    double now[SMALL], worst = 0;
    int sign;
    gsl_matrix_scale(m, -c.step_min);
    for (size_t i = 0; i < SMALL; i++)
        *gsl_matrix_ptr(m, i, i) += 1;
    gsl_linalg_LU_decomp(m, p, &sign);
    memcpy(now, s.start, sizeof now);
    gsl_vector_view v = gsl_vector_view_array(now, SMALL);
    for (size_t k = 0; k < c.n_steps; k++)
        gsl_linalg_LU_svx(m, p, &v.vector);
    for (size_t i = 0; i < SMALL; i++)
        worst = fmax(worst, fabs(o.now[i] - now[i]));
    gsl_matrix_free(m);
    gsl_permutation_free(p);
    assert_all(o.code == CYT_OK && worst < 10 * exact); /* of values up to 10 */
}

/* --- ratios computed by hand ------------------------------------------------------ */

/* Tumour over stroma, c_tumour = c_stroma e^-2, Kd = 370/84 nM: chi/mu = 2, 5, 10. */
static void two_compartments_settle_in_the_known_ratios(void **state)
{
    (void)state;
    static const double c_stroma[] = {1, 2, 5, 20}, slope[] = {2, 5, 10};
    static const double ratio[4][3] = {
        {.733, .460, .212}, {.601, .280, .079}, {.451, .136, .019}, {.416, .111, .012}};
    const double three_digits = 5e-4;
    const cyt_receptor receptor = {84 / 370., 10};
    for (size_t k = 0; k < 12; k++) {
        const double c[2] = {c_stroma[k / 3], c_stroma[k / 3] * exp(-2)};
        double theta[2];
        scene s = {4, 10, {0}, {0}, {0}};
        cyt_occupancy(2, c, &receptor, theta);
        for (size_t i = 0; i < 40; i++) {
            s.inside[i] = 1;
            s.start[i] = 1;
            s.psi[i] = slope[k % 3] * theta[i % 10 < 5];
        }
        const course to_the_end = {1e5, tight, 12};
        const outcome o = run(MPI_COMM_WORLD, &s, &to_the_end);
        assert_all(o.code == CYT_OK);
        assert_all(fabs(o.now[2] / o.now[7] - ratio[k / 3][k % 3]) < three_digits);
    }
}

/* --- strips, faults --------------------------------------------------------------- */

static void every_number_of_ranks_gives_the_same_bits(void **state)
{
    (void)state;
    const scene s = valley(1000);
    const course c = {2, 1e-8, 7};
    const outcome one = run(MPI_COMM_SELF, &s, &c), all = run(MPI_COMM_WORLD, &s, &c);
    assert_all(one.code == CYT_OK && all.code == CYT_OK);
    assert_all(memcmp(one.now, all.now, sizeof one.now) == 0);
    assert_all(
        memcmp(&one.report.smallest, &all.report.smallest, sizeof(double)) == 0 &&
        memcmp(&one.report.mass_drift, &all.report.mass_drift, sizeof(double)) == 0 &&
        memcmp(&one.report.error, &all.report.error, sizeof(double)) == 0);
}

#ifdef CYT_FAULTS
static void a_failing_rank_stops_all(void **state)
{
    (void)state;
    static const char *const points[] = {"drift.create", "components.find",
                                         "elliptic.levels", "elliptic.solve",
                                         "mem.alloc"};
    const scene s = valley(10);
    const course c = {2, 1e-8, 2};
    const int me = cyt_comm_rank(MPI_COMM_WORLD), size = cyt_comm_size(MPI_COMM_WORLD);
    for (size_t k = 0; k < sizeof points / sizeof *points; k++)
        for (int bad = 0; bad < size; bad++) {
            cyt_fault_arm(me == bad ? points[k] : NULL);
            const outcome o = run(MPI_COMM_WORLD, &s, &c);
            cyt_fault_arm(NULL);
            assert_all(o.code == CYT_ERR_MEMORY && o.err.rank == bad);
        }
}
#endif

/* A tissue without a single cell, and one whose cells are all in one pixel. */
static void a_tissue_may_hold_nothing_or_be_one_pixel(void **state)
{
    (void)state;
    scene s = valley(10);
    memset(s.start, 0, sizeof s.start);
    const course c = {2, tight, 2};
    outcome o = run(MPI_COMM_WORLD, &s, &c);
    assert_all(o.code == CYT_OK && o.report.mass_error == 0);
    memset(s.inside, 0, sizeof s.inside);
    s.inside[505] = 1;
    s.start[505] = 3;
    o = run(MPI_COMM_WORLD, &s, &c);
    assert_all(o.code == CYT_OK && fabs(o.now[505] - 3) < exact);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_end_state_is_boltzmann_in_each_part),
        cmocka_unit_test(no_cell_is_lost_and_none_is_negative_at_any_tolerance),
        cmocka_unit_test(what_is_in_balance_stays),
        cmocka_unit_test(one_that_goes_on_from_another_gives_the_same_bits),
        cmocka_unit_test(halving_the_step_halves_the_error),
        cmocka_unit_test(steps_are_those_of_backward_euler),
        cmocka_unit_test(two_compartments_settle_in_the_known_ratios),
        cmocka_unit_test(every_number_of_ranks_gives_the_same_bits),
#ifdef CYT_FAULTS
        cmocka_unit_test(a_failing_rank_stops_all),
#endif
        cmocka_unit_test(a_tissue_may_hold_nothing_or_be_one_pixel),
    };
    MPI_Init(&argc, &argv);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
