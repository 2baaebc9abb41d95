// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/drift.h"

#include "cytotaxis/clip.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct cyt_drift {
    const cyt_pieces *pieces;
    size_t n; /* own pixels */
    double step_min;
    cyt_elliptic_goal goal;
    cyt_elliptic *solver;
    double *weight;    /* [n] e^psi over its largest in the part */
    double *diffusion; /* [n] 0 where there is no part: the solver's, like the next */
    double *decay;     /* [n] */
    double *rest;      /* [n] v = w - mean of its part */
    double *source;    /* [n] scratch */
    double *mass;      /* [pieces.n] */
    double *weights;   /* [pieces.n] sum of weight */
    double *sum;       /* [pieces.n] scratch */
    size_t n_steps;
    int iterations;
    double error; /* bound on the error of w so far */
    double mass_drift;
};

/* --- begin ------------------------------------------------------------------------ */

static cyt_code make_room(const cyt_pieces *p, cyt_drift *d, cyt_error *err)
{
    if (CYT_FAULT("drift.create"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    double **const rasters[] = {&d->weight, &d->diffusion, &d->decay, &d->rest,
                                &d->source};
    double **const columns[] = {&d->mass, &d->weights, &d->sum};
    for (size_t k = 0; k < sizeof rasters / sizeof *rasters; k++)
        *rasters[k] = cyt_calloc(d->n, sizeof **rasters[k], "drifting cells", err);
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++)
        *columns[k] = cyt_alloc(p->n, sizeof **columns[k], "parts of the tissue", err);
    return err->code;
}

/* D, k and the weights; no time passes where no cell is: those parts are no tissue. */
static void fill_medium(const cyt_drift_params *params, const double *most,
                        cyt_drift *d)
{
    const cyt_pieces *p = d->pieces;
    for (size_t i = 0; i < d->n; i++) {
        const uint32_t k = p->of_pixel[i];
        if (k == CYT_NO_PIECE)
            continue;
        d->weight[i] = exp(params->potential[i] - most[k]);
        d->diffusion[i] = params->motility * d->weight[i];
        d->decay[i] = d->weight[i] / params->step_min;
    }
}

static cyt_code begin(MPI_Comm comm, const cyt_drift_params *params,
                      const double *start, cyt_drift *d, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_pieces *p = params->pieces;
    *d = (cyt_drift){.pieces = p,
                     .n = p->n_rows * p->n_cols,
                     .step_min = params->step_min,
                     .goal = params->goal};
    CYT_TRY(cyt_agree(comm, make_room(p, d, err), err));
    cyt_pieces_most(comm, p, params->potential, d->sum);
    fill_medium(params, d->sum, d);
    CYT_TRY(cyt_pieces_sum(comm, p, d->weight, d->weights, err));
    CYT_TRY(cyt_pieces_sum(comm, p, start, d->mass, err));
    for (size_t i = 0; i < d->n; i++) {
        const uint32_t k = p->of_pixel[i];
        if (k != CYT_NO_PIECE)
            d->rest[i] = start[i] / d->weight[i] - d->mass[k] / d->weights[k];
    }
    const cyt_elliptic_params medium = {.n_rows = params->n_rows,
                                        .n_cols = p->n_cols,
                                        .spacing_um = params->spacing_um,
                                        .row_starts = p->row_starts,
                                        .diffusion = d->diffusion,
                                        .decay = d->decay};
    CYT_TRY(cyt_elliptic_create(comm, &medium, &d->solver, err));
done:
    return code;
}

cyt_code cyt_drift_create(MPI_Comm comm, const cyt_drift_params *params,
                          const double *start, cyt_drift **out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    *out = cyt_calloc(1, sizeof **out, "drifting cells", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(begin(comm, params, start, *out, err));
done:
    if (code != CYT_OK) {
        cyt_drift_destroy(*out);
        *out = NULL;
    }
    return code;
}

void cyt_drift_destroy(cyt_drift *d)
{
    if (!d)
        return;
    cyt_elliptic_destroy(d->solver);
    double *const owned[] = {d->weight, d->diffusion, d->decay,   d->rest,
                             d->source, d->mass,      d->weights, d->sum};
    for (size_t k = 0; k < sizeof owned / sizeof *owned; k++)
        free(owned[k]);
    free(d);
}

cyt_code cyt_drift_contrast(MPI_Comm comm, const cyt_pieces *p, const double *potential,
                            double *contrast, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = p->n_rows * p->n_cols;
    double range = 0;
    double *negative = cyt_alloc(n, sizeof *negative, "a potential", err);
    double *most = cyt_alloc(2 * p->n, sizeof *most, "parts of the tissue", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t i = 0; i < n; i++)
        negative[i] = -potential[i];
    cyt_pieces_most(comm, p, potential, most);
    cyt_pieces_most(comm, p, negative, most + p->n);
    for (size_t k = 0; k < p->n; k++)
        range = fmax(range, most[k] + most[p->n + k]);
    *contrast = exp(range);
done:
    free(negative);
    free(most);
    return code;
}

/* --- steps ------------------------------------------------------------------------ */

/* Take out of v what the solver's error put into the constant mode. */
static cyt_code put_mass_right(MPI_Comm comm, cyt_drift *d, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_pieces *p = d->pieces;
    for (size_t i = 0; i < d->n; i++)
        d->source[i] = d->weight[i] * d->rest[i];
    CYT_TRY(cyt_pieces_sum(comm, p, d->source, d->sum, err));
    for (size_t k = 0; k < p->n; k++)
        d->mass_drift = fmax(d->mass_drift, fabs(d->sum[k]) / d->mass[k]);
    for (size_t i = 0; i < d->n; i++)
        if (p->of_pixel[i] != CYT_NO_PIECE)
            d->rest[i] -= d->sum[p->of_pixel[i]] / d->weights[p->of_pixel[i]];
done:
    return code;
}

/* Is nothing left of v but rounding of w? Then no step changes T. */
static int is_settled(MPI_Comm comm, const cyt_drift *d)
{
    double most = 0;
    for (size_t i = 0; i < d->n; i++) {
        const uint32_t k = d->pieces->of_pixel[i];
        if (k != CYT_NO_PIECE)
            most = fmax(most, fabs(d->rest[i]) * d->weights[k] / d->mass[k]);
    }
    return !(cyt_max_f64(comm, most) > 4 * DBL_EPSILON);
}

cyt_code cyt_drift_march(MPI_Comm comm, cyt_drift *d, size_t n_steps, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_elliptic_result result;
    for (size_t step = 0; step < n_steps; step++) {
        if (is_settled(comm, d)) {
            d->n_steps += n_steps - step;
            break;
        }
        for (size_t i = 0; i < d->n; i++)
            d->source[i] = d->decay[i] * d->rest[i];
        CYT_TRY(cyt_elliptic_solve(comm, d->solver, &d->goal, d->source, d->rest,
                                   &result, err));
        CYT_TRY(put_mass_right(comm, d, err));
        d->n_steps++;
        d->iterations += result.iterations;
        d->error += 2 * result.error_bound; /* of the solve, and of its weighted mean */
    }
done:
    return code;
}

/* --- where it stands -------------------------------------------------------------- */

size_t cyt_drift_n_steps(const cyt_drift *d)
{
    return d->n_steps;
}

void cyt_drift_save(const cyt_drift *d, double numbers[CYT_DRIFT_NUMBERS], double *rest)
{
    const double all[CYT_DRIFT_NUMBERS] = {(double)d->n_steps, d->iterations, d->error,
                                           d->mass_drift};
    memcpy(numbers, all, sizeof all);
    memcpy(rest, d->rest, d->n * sizeof *rest);
}

void cyt_drift_restore(cyt_drift *d, const double numbers[CYT_DRIFT_NUMBERS],
                       const double *rest)
{
    d->n_steps = (size_t)numbers[0];
    d->iterations = (int)numbers[1];
    d->error = numbers[2];
    d->mass_drift = numbers[3];
    memcpy(d->rest, rest, d->n * sizeof *rest);
}

/* --- now -------------------------------------------------------------------------- */

/* T before anything is cut, and what each part of it sums to. */
static void fill_now(const cyt_drift *d, double *now)
{
    const cyt_pieces *p = d->pieces;
    for (size_t i = 0; i < d->n; i++) {
        const uint32_t k = p->of_pixel[i];
        now[i] = k == CYT_NO_PIECE
                     ? 0
                     : d->weight[i] * (d->mass[k] / d->weights[k] + d->rest[i]);
    }
}

static double mass_error(const cyt_drift *d, const double *sum)
{
    double most = 0;
    for (size_t k = 0; k < d->pieces->n; k++)
        most = fmax(most, fabs(sum[k] / d->mass[k] - 1));
    return most;
}

cyt_code cyt_drift_now(MPI_Comm comm, const cyt_drift *d, double *now,
                       cyt_drift_report *report, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_pieces *p = d->pieces;
    cyt_extremes extremes;
    *report = (cyt_drift_report){.time_min = (double)d->n_steps * d->step_min,
                                 .n_steps = d->n_steps,
                                 .iterations = d->iterations,
                                 .mass_drift = d->mass_drift};
    double *sum = cyt_alloc(p->n, sizeof *sum, "parts of the tissue", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    fill_now(d, now);
    CYT_TRY(cyt_clip_negative(comm, d->n, now, d->error, &extremes, err));
    CYT_TRY(cyt_pieces_sum(comm, p, now, sum, err));
    for (size_t i = 0; i < d->n; i++)
        if (p->of_pixel[i] != CYT_NO_PIECE)
            now[i] *= d->mass[p->of_pixel[i]] / sum[p->of_pixel[i]];
    CYT_TRY(cyt_pieces_sum(comm, p, now, sum, err));
    report->mass_error = mass_error(d, sum);
    if (extremes.largest > 0) {
        report->smallest = extremes.smallest / extremes.largest;
        report->error = d->error / extremes.largest;
    }
done:
    free(sum);
    return code;
}
