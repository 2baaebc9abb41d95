// SPDX-License-Identifier: BSD-3-Clause
/* Flexible conjugate gradients around the cycle.
 *
 * The cycle rounds to single precision, so it is not quite the same operator twice;
 * beta = -alpha (z, A p) / (r, z)_old (Polak-Ribiere) forgives that. r drifts from the
 * true residual of x as it shrinks: whenever it has dropped far enough it is replaced
 * by the true one, worked out in double, which alone decides when to stop.
 *
 * In the tissue A is scaled by a power of two, r by another, so that single precision
 * has room on both sides: no bit depends on the units.
 */
#include "elliptic_parts.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/ordered.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

/* r is refreshed when its norm has dropped by so much: well before its drift, which is
 * about FLT_EPSILON of where it started, matters. */
static const double refresh = 1e-4;
/* … or when it seems that the goal is reached, with so much to spare. */
static const double spare = 0.9;

typedef struct outer {
    cyt_elliptic *e;
    const cyt_elliptic_goal *goal;
    const double *source;
    double *x;
    double r_scale;            /* r = r_scale * (s - A x) */
    double source_norm;        /* |s|, as all norms here of the whole raster */
    double wanted;             /* norm of the residual to stop at */
    double true_norm, largest; /* of the true residual */
    double norm;               /* of r / r_scale */
    double rz, alpha;
} outer;

static float *row(const outer *o, float *array, size_t r)
{
    const cyt_mg_rows *rows = &o->e->levels[0].mg.rows;
    return cyt_mg_row(rows, array, rows->first + (int64_t)r);
}

static cyt_code sums(MPI_Comm comm, const outer *o, size_t n, double *totals,
                     cyt_error *err)
{
    return cyt_ordered_sums(comm, o->e->medium.row_starts, n, o->e->row_sums, totals,
                            err);
}

/* --- start ------------------------------------------------------------------------ */

static cyt_code check(const outer *o, double *largest, cyt_error *err)
{
    const cyt_elliptic_params *m = &o->e->medium;
    *largest = 0;
    if (CYT_FAULT("elliptic.solve"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    if (!(o->goal->tolerance > 0 && o->goal->max_iterations > 0))
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "a residual of %g in %d iterations is no goal; both must be "
                        "positive",
                        o->goal->tolerance, o->goal->max_iterations);
    for (size_t i = 0; i < o->e->n_own * m->n_cols; i++) {
        if (m->diffusion[i] == 0) {
            o->x[i] = 0;
            continue;
        }
        if (!isfinite(o->source[i]) || !isfinite(o->x[i]))
            return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                            "pixel at row %" PRIu64 ", column %zu has source %g and "
                            "first guess %g; both must be finite",
                            m->row_starts[o->e->rank] + i / m->n_cols, i % m->n_cols,
                            o->source[i], o->x[i]);
        *largest = fmax(*largest, fabs(o->source[i]));
    }
    return CYT_OK;
}

static cyt_code measure_source(MPI_Comm comm, outer *o, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = o->e->medium.n_cols;
    const double *d = o->e->medium.diffusion;
    for (size_t r = 0; r < o->e->n_own; r++) {
        double sum = 0;
        for (size_t i = r * n; i < (r + 1) * n; i++)
            sum += d[i] > 0 ? o->source[i] * o->source[i] : 0;
        o->e->row_sums[r] = sum;
    }
    CYT_TRY(sums(comm, o, 1, &o->source_norm, err));
    o->source_norm = sqrt(o->source_norm);
done:
    return code;
}

/* --- true residual ---------------------------------------------------------------- */

static cyt_mg_true_row true_row(const outer *o, size_t r)
{
    const cyt_elliptic_params *m = &o->e->medium;
    const size_t n = m->n_cols, at = r * n;
    const double *edges = o->e->edge_rows;
    const int is_top = r == 0, is_end = r + 1 == o->e->n_own;
    return (cyt_mg_true_row){.n_cols = n,
                             .per_area = o->e->per_area,
                             .source = o->source + at,
                             .c = o->x + at,
                             .c_above = is_top ? edges + 2 * n : o->x + at - n,
                             .c_below = is_end ? edges + 3 * n : o->x + at + n,
                             .d = m->diffusion + at,
                             .d_above = is_top ? edges : m->diffusion + at - n,
                             .d_below = is_end ? edges + n : m->diffusion + at + n,
                             .decay = m->decay ? m->decay + at : NULL,
                             .uniform_decay = m->uniform_decay};
}

static cyt_code refresh_residual(MPI_Comm comm, outer *o, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_elliptic *e = o->e;
    double total[2], largest = 0;
    const size_t n = e->medium.n_cols, last = e->n_own > 0 ? (e->n_own - 1) * n : 0;
    CYT_TRY(elliptic_edge_rows(comm, e, o->x, o->x + last, e->edge_rows + 2 * n, err));
    for (size_t r = 0; r < e->n_own; r++) {
        const cyt_mg_true_row in = true_row(o, r);
        cyt_mg_true_sums s;
        cyt_mg_true_residual_row(&in, o->r_scale, row(o, e->levels[0].mg.f, r), &s);
        e->row_sums[2 * r] = s.square;
        e->row_sums[2 * r + 1] = s.rounding;
        largest = fmax(largest, s.largest);
    }
    elliptic_islands_clear(e, e->levels[0].mg.f);
    CYT_TRY(sums(comm, o, 2, total, err));
    o->largest = cyt_max_f64(comm, largest);
    o->true_norm = o->norm = sqrt(total[0]);
    o->wanted = fmax(o->goal->tolerance * o->source_norm, DBL_EPSILON * sqrt(total[1]));
done:
    return code;
}

/* --- one iteration ---------------------------------------------------------------- */

/* z = M^-1 r is in u; p = z + beta p, one halo row of z and p included. A p_old is
 * worked out once more, row by row: to keep it would cost a raster. */
static cyt_code new_direction(MPI_Comm comm, outer *o, int is_first, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_elliptic *e = o->e;
    const cyt_mg_level *mg = &e->levels[0].mg;
    const size_t n = e->medium.n_cols;
    float *ap = e->scratch;
    double total[2];
    for (size_t r = 0; r < e->n_own; r++) {
        const float *z = row(o, mg->u, r);
        e->row_sums[2 * r] = cyt_mg_dot(n, z, row(o, mg->f, r));
        e->row_sums[2 * r + 1] = 0;
        if (is_first)
            continue;
        (void)cyt_mg_apply_row(mg, e->p, mg->rows.first + (int64_t)r, ap);
        e->row_sums[2 * r + 1] = cyt_mg_dot(n, z, ap);
    }
    CYT_TRY(sums(comm, o, 2, total, err));
    const float beta = is_first ? 0 : (float)(-o->alpha * total[1] / o->rz);
    o->rz = total[0];
    const int64_t from = mg->rows.first > 0 ? mg->rows.first - 1 : 0;
    const int64_t to = mg->rows.end < mg->rows.n_rows ? mg->rows.end + 1 : mg->rows.end;
    for (int64_t j = from; e->n_own > 0 && j < to; j++)
        cyt_mg_direction_row(n, beta, cyt_mg_row(&mg->rows, mg->u, j),
                             cyt_mg_row(&mg->rows, e->p, j));
done:
    return code;
}

/* A p takes the place of z, which has been used. */
static cyt_code step(MPI_Comm comm, outer *o, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_elliptic *e = o->e;
    const cyt_mg_level *mg = &e->levels[0].mg;
    const size_t n = e->medium.n_cols;
    double total = 0;
    for (size_t r = 0; r < e->n_own; r++)
        e->row_sums[r] =
            cyt_mg_apply_row(mg, e->p, mg->rows.first + (int64_t)r, row(o, mg->u, r));
    CYT_TRY(sums(comm, o, 1, &total, err));
    o->alpha = total > 0 ? o->rz / total : 0;
    const double in_x = o->alpha * e->scale / o->r_scale;
    for (size_t r = 0; r < e->n_own; r++) {
        const cyt_mg_step_row in = {row(o, e->p, r), row(o, mg->u, r)};
        e->row_sums[r] =
            cyt_mg_step(n, &in, in_x, (float)o->alpha, o->x + r * n, row(o, mg->f, r));
    }
    CYT_TRY(sums(comm, o, 1, &total, err));
    o->norm = sqrt(total) / o->r_scale;
done:
    return code;
}

static cyt_code iterate(MPI_Comm comm, outer *o, int *iterations, cyt_error *err)
{
    cyt_code code = CYT_OK;
    while (o->true_norm > o->wanted && *iterations < o->goal->max_iterations) {
        CYT_TRY(cyt_stop_check(comm, o->goal->stop, err));
        elliptic_cycle(comm, o->e);
        CYT_TRY(new_direction(comm, o, *iterations == 0, err));
        CYT_TRY(step(comm, o, err));
        ++*iterations;
        if (o->norm < refresh * o->true_norm || o->norm < spare * o->wanted ||
            *iterations == o->goal->max_iterations || !(o->alpha > 0))
            CYT_TRY(refresh_residual(comm, o, err));
        if (!(o->alpha > 0))
            break;
    }
done:
    return code;
}

/* --- the whole -------------------------------------------------------------------- */

static cyt_code solve(MPI_Comm comm, outer *o, cyt_elliptic_result *result,
                      cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_elliptic *e = o->e;
    const cyt_mg_rows *rows = &e->levels[0].mg.rows;
    memset(e->p, 0, cyt_mg_room(rows) * sizeof *e->p);
    CYT_TRY(refresh_residual(comm, o, err));
    CYT_TRY(iterate(comm, o, &result->iterations, err));
    result->residual = o->true_norm / o->source_norm;
    result->largest_residual = o->largest;
    result->error_bound = o->largest / e->least_decay;
    if (!(o->true_norm <= o->wanted))
        code = CYT_FAIL(err, CYT_ERR_INTERNAL, NULL,
                        "the field of a medium of %" PRIu64 " pixels has a relative "
                        "residual of %.2e after %d iterations; %.2e was wanted; "
                        "please report it, a larger grid.spacing_um may help",
                        e->n_pixels, result->residual, result->iterations,
                        o->goal->tolerance);
    CYT_TRY(cyt_agree(comm, code, err));
done:
    return code;
}

cyt_code cyt_elliptic_solve(MPI_Comm comm, cyt_elliptic *e,
                            const cyt_elliptic_goal *goal, const double *source,
                            double *c, cyt_elliptic_result *result, cyt_error *err)
{
    cyt_code code = CYT_OK;
    double largest = 0;
    outer o = {.e = e, .goal = goal, .source = source, .x = c};
    *result = (cyt_elliptic_result){0};
    CYT_TRY(cyt_agree(comm, check(&o, &largest, err), err));
    largest = cyt_max_f64(comm, largest);
    if (largest == 0) {
        memset(c, 0, e->n_own * e->medium.n_cols * sizeof *c);
        return CYT_OK;
    }
    o.r_scale = ldexp(1, -ilogb(largest));
    CYT_TRY(measure_source(comm, &o, err));
    CYT_TRY(elliptic_islands_solve(comm, e, source, c, err));
    CYT_TRY(solve(comm, &o, result, err));
done:
    return code;
}
