// SPDX-License-Identifier: BSD-3-Clause
/* The kernels of multigrid on a small level with holes, walls and a contrast, each
 * against the formula of mg.h written plainly. */
#include "test.h"

#include "cytotaxis/mg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 23, COLS = 18 };

/* Sums of some ten numbers of order 1 in single precision. */
static const double rounding = 1e-5;

typedef struct pair {
    cyt_mg_level fine, coarse, third;
    cyt_mg_transfer to_coarse, to_third;
    float *scratch;
    float *memory[64];
    size_t n_memory;
} pair;

static double random_of(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u; /* Numerical Recipes, 2nd ed., p. 284 */
    return *state / 4294967296.0;
}

static float *array(pair *p, const cyt_mg_rows *rows)
{
    float *memory = calloc(cyt_mg_room(rows), sizeof *memory);
    return p->memory[p->n_memory++] = memory;
}

static cyt_mg_rows rows_of(int64_t n_rows, size_t n_cols, int64_t halo)
{
    return (cyt_mg_rows){n_rows, 0, n_rows, halo, n_cols, cyt_mg_stride(n_cols)};
}

static cyt_mg_level level_of(pair *p, int64_t n_rows, size_t n_cols, int is_finest)
{
    cyt_mg_level l = {.rows = rows_of(n_rows, n_cols, CYT_MG_HALO + 1),
                      .is_finest = is_finest};
    l.decay_stride = l.rows.stride;
    l.right = array(p, &l.rows);
    l.below = array(p, &l.rows);
    l.below_right = is_finest ? NULL : array(p, &l.rows);
    l.below_left = is_finest ? NULL : array(p, &l.rows);
    l.decay = array(p, &l.rows);
    l.inverse_diagonal = array(p, &l.rows);
    l.u = array(p, &l.rows);
    l.f = array(p, &l.rows);
    return l;
}

static cyt_mg_transfer transfer_of(pair *p, const cyt_mg_rows *coarse)
{
    cyt_mg_transfer t = {.rows = *coarse};
    t.rows.halo = CYT_MG_REACH;
    for (int q = 0; q < 2; q++) {
        t.across[q] = array(p, &t.rows);
        t.down[q] = array(p, &t.rows);
    }
    for (int q = 0; q < 4; q++)
        t.centre[q] = array(p, &t.rows);
    return t;
}

/* A fifth of the pixels are holes; D is 1 or 1/50. */
static void fill_finest(cyt_mg_level *l, uint32_t seed)
{
    double d[ROWS + 1][COLS] = {{0}};
    const cyt_mg_rows *r = &l->rows;
    for (int j = 0; j < ROWS; j++)
        for (int i = 0; i < COLS; i++) {
            const double x = random_of(&seed);
            d[j][i] = x < 0.2 ? 0 : x < 0.6 ? 0.02 : 1;
        }
    for (int j = 0; j < ROWS; j++) {
        cyt_mg_edges_row(COLS, d[j], j + 1 < ROWS ? d[j + 1] : NULL, 1,
                         cyt_mg_row(r, l->right, j), cyt_mg_row(r, l->below, j));
        for (int i = 0; i < COLS; i++)
            cyt_mg_row(r, l->decay, j)[i] = d[j][i] > 0 ? 0.01f : 0;
    }
    cyt_mg_diagonal(l, 0, ROWS);
}

static void randomise(const cyt_mg_level *l, float *a, uint32_t seed)
{
    for (int64_t j = 0; j < l->rows.n_rows; j++)
        for (size_t i = 0; i < l->rows.n_cols; i++) {
            const double x = random_of(&seed) - 0.5;
            const int inside = cyt_mg_row(&l->rows, l->inverse_diagonal, j)[i] > 0;
            cyt_mg_row(&l->rows, a, j)[i] = inside ? (float)x : 0;
        }
}

static pair make(uint32_t seed)
{
    pair p = {0};
    p.fine = level_of(&p, ROWS, COLS, 1);
    p.coarse = level_of(&p, (ROWS + 1) / 2, (COLS + 1) / 2, 0);
    p.third = level_of(&p, 6, 5, 0);
    p.to_coarse = transfer_of(&p, &p.coarse.rows);
    p.to_third = transfer_of(&p, &p.third.rows);
    p.scratch = calloc(cyt_mg_galerkin_scratch(COLS) + cyt_mg_descend_scratch(COLS),
                       sizeof *p.scratch);
    fill_finest(&p.fine, seed);
    cyt_mg_weights(&p.fine, &p.to_coarse);
    cyt_mg_galerkin(&p.fine, &p.to_coarse, &p.coarse, 0, p.coarse.rows.n_rows,
                    p.scratch);
    cyt_mg_diagonal(&p.coarse, 0, p.coarse.rows.n_rows);
    cyt_mg_weights(&p.coarse, &p.to_third);
    cyt_mg_galerkin(&p.coarse, &p.to_third, &p.third, 0, p.third.rows.n_rows,
                    p.scratch);
    cyt_mg_diagonal(&p.third, 0, p.third.rows.n_rows);
    return p;
}

static void drop(pair *p)
{
    for (size_t i = 0; i < p->n_memory; i++)
        free(p->memory[i]);
    free(p->scratch);
}

/* --- plain versions --------------------------------------------------------------- */

static float at(const cyt_mg_level *l, float *a, int64_t j, int64_t i)
{
    if (!a || j < 0 || i < 0 || j >= l->rows.n_rows || i >= (int64_t)l->rows.n_cols)
        return 0;
    return cyt_mg_row(&l->rows, a, j)[i];
}

/* Weight of the edge from (j, i) to (j + y, i + x). */
static double edge(const cyt_mg_level *l, int64_t j, int64_t i, int y, int x)
{
    if (y < 0 || (y == 0 && x < 0))
        return edge(l, j + y, i + x, -y, -x);
    float *of = y == 0   ? l->right
                : x == 0 ? l->below
                : x > 0  ? l->below_right
                         : l->below_left;
    return (double)at(l, of, j, i);
}

/* (A a)_(j, i) in double; the diagonal into `diagonal`. */
static double applied(const cyt_mg_level *l, float *a, int64_t j, int64_t i,
                      double *diagonal)
{
    double sum = (double)at(l, l->decay, j, i) * (double)at(l, a, j, i);
    *diagonal = (double)at(l, l->decay, j, i);
    for (int y = -1; y <= 1; y++)
        for (int x = -1; x <= 1; x++) {
            if (y == 0 && x == 0)
                continue;
            const double w = edge(l, j, i, y, x);
            *diagonal += w;
            sum += w * ((double)at(l, a, j, i) - (double)at(l, a, j + y, i + x));
        }
    return sum;
}

static double dot(const cyt_mg_level *l, float *a, float *b)
{
    double sum = 0;
    for (int64_t j = 0; j < l->rows.n_rows; j++)
        for (int64_t i = 0; i < (int64_t)l->rows.n_cols; i++)
            sum += (double)at(l, a, j, i) * (double)at(l, b, j, i);
    return sum;
}

static void prolong(const cyt_mg_level *fine, const cyt_mg_transfer *t,
                    const cyt_mg_level *coarse)
{
    for (int64_t j = 0; j < fine->rows.n_rows; j++) {
        memset(cyt_mg_row(&fine->rows, fine->u, j), 0, fine->rows.n_cols * 4);
        cyt_mg_prolong_row(fine, t, coarse, j);
    }
}

/* --- tests ------------------------------------------------------------------------ */

static void check_level(cyt_mg_level *l)
{
    const size_t n = l->rows.n_cols;
    float *out = calloc(n + 2 * CYT_MG_MARGIN, sizeof *out);
    randomise(l, l->u, 3);
    randomise(l, l->f, 4);
    for (int64_t j = 0; j < l->rows.n_rows; j++) {
        cyt_mg_residual_row(l, j, out + CYT_MG_MARGIN);
        for (int64_t i = 0; i < (int64_t)n; i++) {
            double diagonal;
            const double want =
                (double)at(l, l->f, j, i) - applied(l, l->u, j, i, &diagonal);
            const double inverse = (double)at(l, l->inverse_diagonal, j, i);
            assert_true(fabs(want - (double)out[CYT_MG_MARGIN + i]) < rounding);
            assert_true(diagonal > 0 ? fabs(inverse * diagonal - 1) < rounding
                                     : inverse == 0);
        }
    }
    free(out);
}

static void a_residual_is_that_of_the_graph(void **state)
{
    (void)state;
    pair p = make(1);
    check_level(&p.fine);
    check_level(&p.coarse);
    check_level(&p.third);
    drop(&p);
}

/* A half sweep leaves no residual where it was, and touches nothing else. */
static void check_half_sweep(cyt_mg_level *l, int64_t j, int half_sweep, int reverse)
{
    const int parity = (int)((j + half_sweep + reverse) & 1);
    const size_t n = l->rows.n_cols;
    float *before = calloc(n, sizeof *before);
    randomise(l, l->u, 5);
    randomise(l, l->f, 6);
    memcpy(before, cyt_mg_row(&l->rows, l->u, j), n * sizeof *before);
    cyt_mg_relax_row(l, j, half_sweep, reverse);
    for (int64_t i = 0; i < (int64_t)n; i++) {
        /* on coarse levels only the columns that came last are exact */
        const int is_swept = l->is_finest ? (i & 1) == parity : parity == 0;
        const int is_exact = l->is_finest ? is_swept : is_swept && (i & 1) != reverse;
        double diagonal;
        const double left =
            (double)at(l, l->f, j, i) - applied(l, l->u, j, i, &diagonal);
        if (is_exact && diagonal > 0)
            assert_true(fabs(left) < rounding);
        if (!is_swept)
            assert_true(at(l, l->u, j, i) == before[i]);
    }
    free(before);
}

static void a_half_sweep_solves_the_equations_of_its_colour(void **state)
{
    (void)state;
    pair p = make(2);
    for (int s = 0; s < 2; s++)
        for (int reverse = 0; reverse < 2; reverse++)
            for (int64_t j = 0; j < 5; j++) {
                check_half_sweep(&p.fine, j, s, reverse);
                check_half_sweep(&p.coarse, j, s, reverse);
            }
    drop(&p);
}

static void weights_add_to_one_or_to_nothing(void **state)
{
    (void)state;
    pair p = make(3);
    for (int64_t j = 0; j < p.coarse.rows.n_rows; j++)
        for (size_t i = 0; i < p.coarse.rows.n_cols; i++)
            cyt_mg_row(&p.coarse.rows, p.coarse.u, j)[i] = 1;
    prolong(&p.fine, &p.to_coarse, &p.coarse);
    size_t reached = 0, tissue = 0;
    for (int64_t j = 0; j < ROWS; j++)
        for (int64_t i = 0; i < COLS; i++) {
            const double sum = (double)at(&p.fine, p.fine.u, j, i);
            const int inside = at(&p.fine, p.fine.inverse_diagonal, j, i) > 0;
            assert_true(fabs(sum) < rounding || fabs(sum - 1) < rounding);
            assert_true(inside || sum == 0);
            reached += sum > 0.5;
            tissue += inside ? 1 : 0;
        }
    assert_true(reached >= tissue * 9 / 10 && tissue > ROWS * COLS / 2);
    drop(&p);
}

static void check_adjoint(const cyt_mg_level *fine, const cyt_mg_transfer *t,
                          const cyt_mg_level *coarse, float *scratch)
{
    const size_t n = fine->rows.n_cols, room = n + 2 * CYT_MG_MARGIN;
    randomise(fine, fine->f, 7);
    randomise(coarse, coarse->u, 8);
    for (int64_t J = 0; J < coarse->rows.n_rows; J++) {
        float *r[3];
        memset(scratch, 0, 3 * room * sizeof *scratch);
        for (int q = 0; q < 3; q++) {
            r[q] = scratch + (size_t)q * room + CYT_MG_MARGIN;
            for (size_t i = 0; i < n; i++)
                r[q][i] = at(fine, fine->f, 2 * J - 1 + q, (int64_t)i);
        }
        cyt_mg_restrict_row(t, coarse, J, r[0], r[1], r[2]);
    }
    const double there = dot(coarse, coarse->f, coarse->u);
    prolong(fine, t, coarse);
    const double back = dot(fine, fine->f, fine->u);
    assert_true(fabs(there) > 0.01 && fabs(there - back) < rounding);
}

static void restriction_is_the_adjoint_of_prolongation(void **state)
{
    (void)state;
    pair p = make(4);
    check_adjoint(&p.fine, &p.to_coarse, &p.coarse, p.scratch);
    check_adjoint(&p.coarse, &p.to_third, &p.third, p.scratch);
    drop(&p);
}

/* Energy of u, without edges to pixels that are not reached. */
static double energy(const cyt_mg_level *l, float *u, float *reached)
{
    double sum = 0;
    for (int64_t j = 0; j < l->rows.n_rows; j++)
        for (int64_t i = 0; i < (int64_t)l->rows.n_cols; i++) {
            const double here = (double)at(l, u, j, i);
            if (reached && at(l, reached, j, i) < 0.5f)
                continue;
            sum += (double)at(l, l->decay, j, i) * here * here;
            for (int x = -1; x <= 1; x++)
                for (int y = x > 0 ? 0 : 1; y <= 1; y++) {
                    if (reached && at(l, reached, j + y, i + x) < 0.5f)
                        continue;
                    const double step = here - (double)at(l, u, j + y, i + x);
                    sum += edge(l, j, i, y, x) * step * step;
                }
        }
    return sum;
}

static void check_coarse_operator(pair *p, const cyt_mg_level *fine,
                                  const cyt_mg_transfer *t, const cyt_mg_level *coarse)
{
    float *reached = array(p, &fine->rows);
    for (int64_t j = 0; j < coarse->rows.n_rows; j++)
        for (size_t i = 0; i < coarse->rows.n_cols; i++)
            cyt_mg_row(&coarse->rows, coarse->u, j)[i] = 1;
    prolong(fine, t, coarse);
    memcpy(reached, fine->u, cyt_mg_room(&fine->rows) * sizeof *reached);
    for (uint32_t seed = 10; seed < 20; seed++) {
        randomise(coarse, coarse->u, seed);
        prolong(fine, t, coarse);
        const double have = energy(coarse, coarse->u, NULL);
        const double want = energy(fine, fine->u, reached);
        assert_true(want > 0.1 && fabs(have / want - 1) < rounding);
    }
}

/* A quadratic form that agrees on many vectors, and is symmetric by its storage. */
static void the_coarse_operator_has_the_energy_of_the_fine_one(void **state)
{
    (void)state;
    pair p = make(5);
    check_coarse_operator(&p, &p.fine, &p.to_coarse, &p.coarse);
    check_coarse_operator(&p, &p.coarse, &p.to_third, &p.third);
    drop(&p);
}

/* The way down and up again, half sweep by half sweep. */
static void plain_cycle(pair *p)
{
    const cyt_mg_level *l = &p->fine;
    const size_t room = cyt_mg_stride(COLS);
    float *r = p->scratch + CYT_MG_MARGIN;
    memset(l->u, 0, cyt_mg_room(&l->rows) * sizeof *l->u);
    for (int s = 0; s < CYT_MG_HALF_SWEEPS; s++)
        for (int64_t j = ROWS - 1; j >= 0; j--)
            cyt_mg_relax_row(l, j, s, 0);
    for (int64_t J = 0; J < p->coarse.rows.n_rows; J++) {
        memset(p->scratch, 0, cyt_mg_descend_scratch(COLS) * sizeof *r);
        for (int64_t q = 0; q < 3; q++)
            cyt_mg_residual_row(l, 2 * J - 1 + q, r + (size_t)q * room);
        cyt_mg_restrict_row(&p->to_coarse, &p->coarse, J, r, r + room, r + 2 * room);
    }
    memcpy(p->coarse.u, p->coarse.f, cyt_mg_room(&p->coarse.rows) * sizeof *r);
    for (int64_t j = 0; j < ROWS; j++)
        cyt_mg_prolong_row(l, &p->to_coarse, &p->coarse, j);
    for (int s = 0; s < CYT_MG_HALF_SWEEPS; s++)
        for (int64_t j = ROWS - 1; j >= 0; j--)
            cyt_mg_relax_row(l, j, s, 1);
}

static void wavefronts_have_the_bits_of_whole_half_sweeps(void **state)
{
    (void)state;
    pair p = make(6), q = make(6);
    randomise(&p.fine, p.fine.f, 9);
    randomise(&q.fine, q.fine.f, 9);
    plain_cycle(&p);
    cyt_mg_descend(&q.fine, &q.to_coarse, &q.coarse, 1, q.scratch);
    memcpy(q.coarse.u, q.coarse.f, cyt_mg_room(&q.coarse.rows) * sizeof(float));
    cyt_mg_ascend(&q.fine, &q.to_coarse, &q.coarse);
    for (int64_t j = 0; j < ROWS; j++)
        for (int64_t i = 0; i < COLS; i++)
            assert_true(at(&p.fine, p.fine.u, j, i) == at(&q.fine, q.fine.u, j, i));
    assert_true(dot(&p.fine, p.fine.u, p.fine.u) > 0.01);
    drop(&p);
    drop(&q);
}

/* --- outer iteration -------------------------------------------------------------- */

static void a_row_is_applied_and_multiplied(void **state)
{
    (void)state;
    pair p = make(7);
    float *a = array(&p, &p.fine.rows), out[COLS];
    randomise(&p.fine, a, 11);
    for (int64_t j = 0; j < ROWS; j++) {
        double want = 0, diagonal;
        const double have = cyt_mg_apply_row(&p.fine, a, j, out);
        for (int64_t i = 0; i < COLS; i++) {
            const double x = applied(&p.fine, a, j, i, &diagonal);
            assert_true(fabs(x - (double)out[i]) < rounding);
            want += x * (double)at(&p.fine, a, j, i);
        }
        assert_true(fabs(have - want) < rounding);
    }
    drop(&p);
}

static void a_step_moves_x_and_r_and_measures_r(void **state)
{
    (void)state;
    enum { N = 37 };
    float p[N], ap[N], r[N];
    double x[N], want = 0;
    for (int i = 0; i < N; i++) {
        p[i] = (float)i;
        ap[i] = (float)(i % 5);
        r[i] = 1;
        x[i] = 2;
    }
    const cyt_mg_step_row row = {p, ap};
    const double have = cyt_mg_step(N, &row, 0.5, 0.25f, x, r);
    for (int i = 0; i < N; i++) {
        const double left = 1 - 0.25 * (i % 5);
        assert_true(x[i] == 2 + 0.5 * i && (double)r[i] == left);
        want += left * left;
    }
    assert_true(have == want); /* multiples of 1/16: exact */
    cyt_mg_direction_row(N, 2, r, p);
    assert_true(p[36] == r[36] + 72);
}

static double weight(double a, double b)
{
    return a > 0 && b > 0 ? 2 * a * b / (a + b) : 0;
}

static void check_true_row(size_t n)
{
    const double in_double = 1e-12;
    double s[64], c[3][64], d[3][64], k[64], square = 0, rounded = 0, largest = 0;
    float out[64];
    uint32_t seed = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        s[i] = random_of(&seed);
        k[i] = 0.1 * random_of(&seed) + 0.01;
        for (int q = 0; q < 3; q++) {
            d[q][i] = random_of(&seed) < 0.3 ? 0 : random_of(&seed);
            c[q][i] = d[q][i] > 0 ? random_of(&seed) : 0;
        }
    }
    const cyt_mg_true_row row = {n, 4, s, c[1], c[0], c[2], d[1], d[0], d[2], k, 0};
    cyt_mg_true_sums sums;
    cyt_mg_true_residual_row(&row, 2, out, &sums);
    for (size_t i = 0; i < n; i++) {
        double r = s[i] - k[i] * c[1][i], diagonal = k[i];
        for (int q = 0; q < 4; q++) {
            const size_t j = q == 0 ? i - 1 : q == 1 ? i + 1 : i;
            const int l = q < 2 ? 1 : 2 * q - 4;
            const double w = j < n ? 4 * weight(d[1][i], d[l][j]) : 0;
            r += j < n ? w * (c[l][j] - c[1][i]) : 0;
            diagonal += w;
        }
        r = d[1][i] > 0 ? r : 0;
        diagonal = d[1][i] > 0 ? diagonal : 0;
        assert_true(fabs((double)out[i] - 2 * r) < rounding);
        square += r * r;
        rounded += diagonal * diagonal * c[1][i] * c[1][i];
        largest = fmax(largest, fabs(r));
    }
    assert_true(fabs(sums.square - square) <= in_double * (1 + square));
    assert_true(fabs(sums.rounding - rounded) <= in_double * (1 + rounded));
    assert_true(fabs(sums.largest - largest) <= in_double);
}

static void a_true_residual_is_that_of_d_and_k(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 64; n++)
        check_true_row(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_residual_is_that_of_the_graph),
        cmocka_unit_test(a_half_sweep_solves_the_equations_of_its_colour),
        cmocka_unit_test(weights_add_to_one_or_to_nothing),
        cmocka_unit_test(restriction_is_the_adjoint_of_prolongation),
        cmocka_unit_test(the_coarse_operator_has_the_energy_of_the_fine_one),
        cmocka_unit_test(wavefronts_have_the_bits_of_whole_half_sweeps),
        cmocka_unit_test(a_row_is_applied_and_multiplied),
        cmocka_unit_test(a_step_moves_x_and_r_and_measures_r),
        cmocka_unit_test(a_true_residual_is_that_of_d_and_k),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
