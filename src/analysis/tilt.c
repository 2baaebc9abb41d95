// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/tilt.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/exact_sum.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Weights are at most 1, the largest of each part being 1. */
static const int exponent = 1;

/* Sums of a part in one case. */
typedef struct weighed {
    cyt_exact_sum all, counted;
} weighed;

typedef struct tilting {
    const cyt_tilt_cells *cells;
    cyt_antagonism law;
    double *theta;    /* [n] without blocker */
    double *change;   /* [n] of one case */
    uint64_t *number; /* [n_pieces] responders, over all ranks */
    double *most;     /* [n_pieces] largest change */
    weighed *sum;     /* [n_pieces] */
} tilting;

static cyt_code make_room(const cyt_tilt_cells *cells, uint64_t n_all, tilting *t,
                          cyt_error *err)
{
    const size_t n = cells->n, m = cells->n_pieces;
    if (CYT_FAULT("tilt.sums"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    if (n_all > CYT_EXACT_MOST)
        return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                        "a slide of %llu responders is beyond the %llu that can be "
                        "added up",
                        (unsigned long long)n_all, (unsigned long long)CYT_EXACT_MOST);
    t->theta = cyt_alloc(n, sizeof *t->theta, "occupancy of responders", err);
    t->change = cyt_alloc(n, sizeof *t->change, "weights of responders", err);
    t->number = cyt_calloc(m, sizeof *t->number, "responders of parts", err);
    t->most = cyt_alloc(m, sizeof *t->most, "weights of parts", err);
    t->sum = cyt_alloc(m, sizeof *t->sum, "weights of parts", err);
    cyt_mpi_count(sizeof *t->sum / sizeof(int64_t) * m, err);
    return err->code;
}

static cyt_code begin(MPI_Comm comm, const cyt_tilt_cells *cells, cyt_antagonism law,
                      tilting *t, cyt_error *err)
{
    cyt_code code = CYT_OK;
    *t = (tilting){.cells = cells, .law = law};
    const uint64_t n_all = cyt_sum_u64(comm, cells->n);
    CYT_TRY(cyt_agree(comm, make_room(cells, n_all, t, err), err));
    cyt_occupancy(cells->n, cells->c, &cells->receptor, t->theta);
    for (size_t i = 0; i < cells->n; i++)
        if (cells->piece[i] != CYT_NO_PIECE)
            t->number[cells->piece[i]]++;
    cyt_allreduce(MPI_IN_PLACE, t->number, (int)cells->n_pieces, MPI_UINT64_T, MPI_SUM,
                  comm);
done:
    return code;
}

static void end(tilting *t)
{
    free(t->theta);
    free(t->change);
    free(t->number);
    free(t->most);
    free(t->sum);
}

/* --- shares ----------------------------------------------------------------------- */

/* From the released parts in `change`; weights of nothing are 1. */
static void fill_change(tilting *t, double beta)
{
    const cyt_tilt_cells *cells = t->cells;
    for (size_t i = 0; i < cells->n; i++) {
        const double drift = cells->held_back ? cells->held_back[i] : 0;
        t->change[i] *= drift - beta * t->theta[i];
    }
}

static void find_most(MPI_Comm comm, tilting *t)
{
    const cyt_tilt_cells *cells = t->cells;
    for (size_t k = 0; k < cells->n_pieces; k++)
        t->most[k] = -INFINITY;
    for (size_t i = 0; i < cells->n; i++)
        if (cells->piece[i] != CYT_NO_PIECE)
            t->most[cells->piece[i]] = fmax(t->most[cells->piece[i]], t->change[i]);
    cyt_allreduce(MPI_IN_PLACE, t->most, (int)cells->n_pieces, MPI_DOUBLE, MPI_MAX,
                  comm);
}

/* Sums of weights exp(change - most), times `factor` where that is not NULL. Its
 * values lie in [-1, 1]. */
static void weigh(MPI_Comm comm, tilting *t, const double *factor)
{
    const cyt_tilt_cells *cells = t->cells;
    memset(t->sum, 0, cells->n_pieces * sizeof *t->sum);
    for (size_t i = 0; i < cells->n; i++) {
        const uint32_t k = cells->piece[i];
        if (k == CYT_NO_PIECE)
            continue;
        const double w = exp(t->change[i] - t->most[k]) * (factor ? factor[i] : 1);
        cyt_exact_add(&t->sum[k].all, exponent, w);
        if (cells->counts[i])
            cyt_exact_add(&t->sum[k].counted, exponent, w);
    }
    const size_t width = sizeof *t->sum / sizeof(int64_t);
    cyt_allreduce(MPI_IN_PLACE, t->sum, (int)(width * cells->n_pieces), MPI_INT64_T,
                  MPI_SUM, comm);
}

static double share_of(const tilting *t)
{
    double counted = 0;
    uint64_t n = 0;
    for (size_t k = 0; k < t->cells->n_pieces; k++) {
        if (t->number[k] == 0)
            continue;
        const double part = cyt_exact_value(&t->sum[k].counted, exponent);
        counted +=
            (double)t->number[k] * part / cyt_exact_value(&t->sum[k].all, exponent);
        n += t->number[k];
    }
    return n > 0 ? counted / (double)n : NAN;
}

cyt_code cyt_tilt_shares(MPI_Comm comm, const cyt_tilt_cells *cells, cyt_antagonism law,
                         size_t n_cases, const cyt_tilt_case *cases, double *share,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    tilting t;
    CYT_TRY(begin(comm, cells, law, &t, err));
    for (size_t k = 0; k < n_cases; k++) {
        const cyt_blocker blocker = {law, cases[k].dose};
        cyt_released(cells->n, cells->c, &cells->receptor, &blocker, t.change);
        fill_change(&t, cases[k].beta);
        find_most(comm, &t);
        weigh(comm, &t, NULL);
        share[k] = share_of(&t);
    }
done:
    end(&t);
    return code;
}

/* --- onset ------------------------------------------------------------------------ */

/* d/da of sum_g M_g N_g / D_g at a = 0, where all weights are 1 and D_g = M_g. */
static double onset_of(const tilting *t, const uint64_t *n_counted, double scale)
{
    double slope = 0;
    uint64_t n = 0;
    for (size_t k = 0; k < t->cells->n_pieces; k++) {
        if (t->number[k] == 0)
            continue;
        const double part = (double)n_counted[k] / (double)t->number[k];
        slope += cyt_exact_value(&t->sum[k].counted, exponent) -
                 part * cyt_exact_value(&t->sum[k].all, exponent);
        n += t->number[k];
    }
    return n > 0 ? scale * slope / (double)n : NAN;
}

static double largest_size(MPI_Comm comm, const tilting *t)
{
    double most = 0;
    for (size_t i = 0; i < t->cells->n; i++)
        if (t->cells->piece[i] != CYT_NO_PIECE)
            most = fmax(most, fabs(t->change[i]));
    return cyt_max_f64(comm, most);
}

cyt_code cyt_tilt_onset(MPI_Comm comm, const cyt_tilt_cells *cells, cyt_antagonism law,
                        double beta, double *slope, cyt_error *err)
{
    cyt_code code = CYT_OK;
    tilting t;
    uint64_t *n_counted = NULL;
    CYT_TRY(begin(comm, cells, law, &t, err));
    n_counted = cyt_calloc(cells->n_pieces, sizeof *n_counted, "responders", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t i = 0; i < cells->n; i++)
        if (cells->piece[i] != CYT_NO_PIECE && cells->counts[i])
            n_counted[cells->piece[i]]++;
    cyt_allreduce(MPI_IN_PLACE, n_counted, (int)cells->n_pieces, MPI_UINT64_T, MPI_SUM,
                  comm);
    cyt_released_at_once(cells->n, cells->c, &cells->receptor, law, t.change);
    fill_change(&t, beta);
    const double scale = largest_size(comm, &t);
    for (size_t i = 0; i < cells->n; i++) {
        t.theta[i] = scale > 0 ? t.change[i] / scale : 0; /* the factor */
        t.change[i] = 0;
    }
    memset(t.most, 0, cells->n_pieces * sizeof *t.most);
    weigh(comm, &t, t.theta);
    *slope = onset_of(&t, n_counted, scale);
done:
    free(n_counted);
    end(&t);
    return code;
}

/* --- half-effect dose ------------------------------------------------------------- */

/* A bracket in u = dose / (1 + dose), with what the share is off half-way at both. */
typedef struct bracket {
    double u[2], off[2];
    double last; /* the u that was tried last; NaN where there is no bracket */
    int side;    /* which end the last step replaced: -1 none yet */
    int is_done;
} bracket;

/* Off by so little is half-way: shares are sums of weights in double. */
static const double rounding = 1e-15;

static double part_of(double dose)
{
    return isinf(dose) ? 1 : dose / (1 + dose);
}

/* The first two doses between which the share passes half-way. */
static bracket first_bracket(const cyt_tilt_curve *curve, size_t b)
{
    const double *share = curve->share + b * curve->n_doses;
    const double last = share[curve->n_doses - 1], half = (share[0] + last) / 2;
    const double way = last - share[0];
    bracket k = {.last = NAN, .side = -1, .is_done = 1};
    if (!(fabs(way) > 8 * rounding))
        return k;
    for (size_t i = 1; i < curve->n_doses; i++) {
        if ((share[i] - half) * way < 0)
            continue;
        for (size_t e = 0; e < 2; e++) {
            k.u[e] = part_of(curve->dose[i - 1 + e]);
            k.off[e] = share[i - 1 + e] - half;
        }
        k.is_done = k.off[1] == 0;
        k.last = k.u[1];
        break;
    }
    return k;
}

/* Regula falsi, Illinois variant (M. Dowell, P. Jarratt, BIT 11 (1971) 168). */
static double next_guess(const bracket *k)
{
    const double u =
        k->u[1] - k->off[1] * (k->u[1] - k->u[0]) / (k->off[1] - k->off[0]);
    return u > k->u[0] && u < k->u[1] ? u : (k->u[0] + k->u[1]) / 2;
}

static void take_guess(bracket *k, double u, double off)
{
    const int end = (off < 0) == (k->off[0] < 0) ? 0 : 1;
    if (k->side == end)
        k->off[1 - end] /= 2;
    k->side = end;
    k->last = k->u[end] = u;
    k->off[end] = off;
    k->is_done = fabs(off) <= rounding || k->u[1] - k->u[0] <= rounding;
}

/* One step of all brackets that are not done; returns how many there were. */
static cyt_code refine(MPI_Comm comm, const cyt_tilt_cells *cells, cyt_antagonism law,
                       const cyt_tilt_curve *curve, bracket *k, cyt_tilt_case *cases,
                       double *share, size_t *n_left, cyt_error *err)
{
    cyt_code code = CYT_OK;
    size_t n = 0;
    for (size_t b = 0; b < curve->n_betas; b++)
        if (!k[b].is_done) {
            const double u = next_guess(&k[b]);
            cases[n++] = (cyt_tilt_case){curve->beta[b], u / (1 - u)};
        }
    *n_left = n;
    if (n == 0)
        return CYT_OK;
    CYT_TRY(cyt_tilt_shares(comm, cells, law, n, cases, share, err));
    n = 0;
    for (size_t b = 0; b < curve->n_betas; b++)
        if (!k[b].is_done) {
            const double *row = curve->share + b * curve->n_doses;
            const double half = (row[0] + row[curve->n_doses - 1]) / 2;
            take_guess(&k[b], next_guess(&k[b]), share[n++] - half);
        }
done:
    return code;
}

cyt_code cyt_tilt_half_doses(MPI_Comm comm, const cyt_tilt_cells *cells,
                             cyt_antagonism law, const cyt_tilt_curve *curve,
                             double *half, cyt_error *err)
{
    enum { MOST_STEPS = 100 }; /* Illinois takes ten; halving alone would take 50 */
    cyt_code code = CYT_OK;
    const size_t n = curve->n_betas;
    size_t n_left = n;
    bracket *k = cyt_alloc(n, sizeof *k, "half-effect doses", err);
    cyt_tilt_case *cases = cyt_alloc(n, sizeof *cases, "half-effect doses", err);
    double *share = cyt_alloc(n, sizeof *share, "half-effect doses", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t b = 0; b < n; b++)
        k[b] = first_bracket(curve, b);
    for (int step = 0; step < MOST_STEPS && n_left > 0; step++)
        CYT_TRY(refine(comm, cells, law, curve, k, cases, share, &n_left, err));
    for (size_t b = 0; b < n; b++)
        half[b] = k[b].last / (1 - k[b].last);
done:
    free(k);
    free(cases);
    free(share);
    return code;
}

/* --- maps ------------------------------------------------------------------------- */

cyt_code cyt_tilt_map(MPI_Comm comm, const cyt_pieces *pieces, const double *mass,
                      const double *observed, const double *change, double *tilted,
                      cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = pieces->n_rows * pieces->n_cols;
    double *most = cyt_alloc(pieces->n, sizeof *most, "weights of parts", err);
    double *sum = cyt_alloc(pieces->n, sizeof *sum, "weights of parts", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    cyt_pieces_most(comm, pieces, change, most);
    for (size_t i = 0; i < n; i++) {
        const uint32_t k = pieces->of_pixel[i];
        tilted[i] = k == CYT_NO_PIECE ? 0 : observed[i] * exp(change[i] - most[k]);
    }
    CYT_TRY(cyt_pieces_sum(comm, pieces, tilted, sum, err));
    for (size_t i = 0; i < n; i++) {
        const uint32_t k = pieces->of_pixel[i];
        if (k != CYT_NO_PIECE)
            tilted[i] = sum[k] > 0 ? tilted[i] * (mass[k] / sum[k]) : 0;
    }
done:
    free(most);
    free(sum);
    return code;
}
