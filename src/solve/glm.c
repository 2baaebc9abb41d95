// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/glm.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/spd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_STEPS = 60,   /* Newton needs some ten */
    MOST_HALVINGS = 30 /* by then a step is below rounding */
};
/* A column of which less than this share is new: its coefficient would be known to less
 * than half the digits of a double. */
static const double LEAST_NEW = 1e-8;
/* A coefficient moves less than this over a column's typical value: rounding. */
static const double SMALL_STEP = 1e-10;
/* Gain of log-likelihood below which a model that still moves is separated: that of a
 * separated one falls by a factor e with each step. */
static const double SMALL_GAIN = 1e-6;

/* The model at one place. */
typedef struct place {
    size_t n_coefs;
    double *sums; /* [CYT_GLM_SUMS(n_coefs)] */
    double step[CYT_GLM_MOST];
    double scale[CYT_GLM_MOST]; /* typical value of each column, at the start */
    double factor[CYT_TRIANGLE(CYT_GLM_MOST)];
} place;

static double log_likelihood(const place *p)
{
    return p->sums[CYT_GLM_SUMS(p->n_coefs) - 1];
}

/* Newton's step. Returns the largest move of a coefficient over a typical value of its
 * column; infinite when the information has lost a column. */
static double find_step(place *p, const cyt_glm_fit *fit)
{
    char kept[CYT_GLM_MOST];
    const size_t n = p->n_coefs;
    double most = 0;
    memcpy(kept, fit->is_kept, n);
    memcpy(p->step, p->sums + CYT_TRIANGLE(n), n * sizeof *p->step);
    cyt_spd_factor(n, p->sums, 0, kept, p->factor);
    if (memcmp(kept, fit->is_kept, n) != 0)
        return INFINITY;
    cyt_spd_solve(n, p->factor, kept, p->step);
    for (size_t k = 0; k < n; k++)
        most = fmax(most, fabs(p->step[k]) * p->scale[k]);
    return most;
}

/* Which columns say something new, by the weights at the start. Returns 1 when the
 * start has moved: a coefficient that is left out was not 0. */
static int drop_aliased(place *p, cyt_glm_fit *fit)
{
    int moved = 0;
    cyt_spd_factor(p->n_coefs, p->sums, LEAST_NEW, fit->is_kept, p->factor);
    for (size_t k = 0; k < p->n_coefs; k++) {
        p->scale[k] = sqrt(p->sums[CYT_TRIANGLE_AT(k, k)] / p->sums[0]);
        moved |= !fit->is_kept[k] && fit->beta[k] != 0;
        if (!fit->is_kept[k])
            fit->beta[k] = 0;
    }
    return moved;
}

/* Go along the step as far as the log-likelihood does not fall. */
static cyt_code go(MPI_Comm comm, const cyt_glm_data *data, place *p, cyt_glm_fit *fit,
                   double *gain, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = p->n_coefs;
    const double before = log_likelihood(p);
    double from[CYT_GLM_MOST];
    memcpy(from, fit->beta, n * sizeof *from);
    for (int k = 0; k < MOST_HALVINGS; k++) {
        for (size_t j = 0; j < n; j++)
            fit->beta[j] = from[j] + ldexp(p->step[j], -k);
        CYT_TRY(cyt_glm_sum(comm, data, fit->beta, 0, p->sums, err));
        *gain = log_likelihood(p) - before;
        if (*gain >= -SMALL_STEP * fabs(before))
            break;
    }
done:
    return code;
}

static cyt_code climb(MPI_Comm comm, const cyt_glm_data *data, place *p,
                      cyt_glm_fit *fit, cyt_error *err)
{
    cyt_code code = CYT_OK;
    double gain = INFINITY, move = 0;
    CYT_TRY(cyt_glm_sum(comm, data, fit->beta, 0, p->sums, err));
    if (drop_aliased(p, fit))
        CYT_TRY(cyt_glm_sum(comm, data, fit->beta, 0, p->sums, err));
    for (fit->n_steps = 0; fit->n_steps < MOST_STEPS; fit->n_steps++) {
        move = find_step(p, fit);
        if (!(move > SMALL_STEP) || !isfinite(move))
            break;
        CYT_TRY(go(comm, data, p, fit, &gain, err));
        if (!isfinite(gain))
            break;
    }
    fit->log_likelihood = log_likelihood(p);
    fit->end = move <= SMALL_STEP        ? CYT_GLM_SOLVED
               : fabs(gain) < SMALL_GAIN ? CYT_GLM_SEPARATED
                                         : CYT_GLM_UNSOLVED;
done:
    return code;
}

cyt_code cyt_glm_solve(MPI_Comm comm, const cyt_glm_data *data, cyt_glm_fit *fit,
                       cyt_error *err)
{
    cyt_code code = CYT_OK;
    place p = {.n_coefs = data->n_coefs};
    p.sums = cyt_alloc(CYT_GLM_SUMS(p.n_coefs), sizeof *p.sums, "a model", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(climb(comm, data, &p, fit, err));
done:
    free(p.sums);
    return code;
}
