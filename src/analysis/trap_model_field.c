// SPDX-License-Identifier: BSD-3-Clause
/* A test of the slope that asks no blocks: is the field, as far as covariates do not
 * explain it, nearer to the responders than fields of its spectrum are by chance?
 *
 *     e = y - mu          of the model without theta
 *     r = theta - X gamma its weighted regression on the covariates
 *     U = sum e r         the score of the slope at 0: no refit
 *
 * Surrogates have the spectrum of r as it lies within the compartments that are used
 * (cross_spectrum.h), in the box around the tissue: in a larger one the empty rim
 * smears the spectra, of which the low modes matter most, and chance seems smaller than
 * it is. Where e and r only live in a part of the box, and not equally in all of it,
 * both spectra are those of sqrt(m) times something stationary, with local variances
 * m_e and m_r; the chance variance of U is then larger by
 *
 *     N sum m_e m_r / (sum m_e sum m_r)
 *
 * with N pixels of the box: 1 over the share that is used, for one compartment. m_e is
 * mu, of which a compartment has as much as it has responders, and m_r the
 * compartment's mean of r². */
#include "cytotaxis/trap_model.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/cross_spectrum.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/ordered.h"
#include "cytotaxis/p_value.h"
#include "cytotaxis/spd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Fewer modes that matter do not tell chance, as with blocks. */
static const double LEAST_MODES = 10;

typedef struct rasters {
    double *e, *r;       /* [own pixels of the box] 0 where no pixel is used */
    double *part_sums;   /* [own rows * CYT_TRAP_PARTS * 3] */
    double *totals;      /* [CYT_TRAP_PARTS * 3] pixels, mu, r² */
    cyt_glm_items items; /* of a row */
    double *row;         /* owns its numbers */
    double *weight, *residual, *term;
    double gamma[CYT_GLM_MOST];
} rasters;

enum { PIXELS, MU, SQUARE, N_PART_SUMS };

static void release(rasters *s)
{
    free(s->e);
    free(s->r);
    free(s->part_sums);
    free(s->totals);
    free(s->row);
    free(s->items.block);
}

static cyt_code make_room(const cyt_cosine *plan, const cyt_glm_data *data, rasters *s,
                          cyt_error *err)
{
    const uint64_t *own = plan->row_starts + plan->rank;
    const size_t n = (size_t)(own[1] - own[0]) * plan->n_cols, most = data->most;
    s->e = cyt_calloc(n, sizeof *s->e, "residuals", err);
    s->r = cyt_calloc(n, sizeof *s->r, "a field", err);
    s->part_sums = cyt_calloc(data->n_rows * CYT_TRAP_PARTS * N_PART_SUMS,
                              sizeof *s->part_sums, "sums of compartments", err);
    s->totals = cyt_calloc(CYT_TRAP_PARTS * N_PART_SUMS, sizeof *s->totals,
                           "sums of compartments", err);
    s->row = cyt_alloc((data->n_coefs + 4) * most, sizeof *s->row, "a row", err);
    s->items.block = cyt_alloc(most, sizeof *s->items.block, "a row", err);
    if (err->code != CYT_OK)
        return err->code;
    s->items.stride = most;
    s->items.x = s->row;
    s->items.y = s->row + data->n_coefs * most;
    s->weight = s->items.y + most;
    s->residual = s->weight + most;
    s->term = s->residual + most;
    return CYT_OK;
}

cyt_code cyt_trap_regress(MPI_Comm comm, const cyt_trap_model *m,
                          const cyt_glm_fit *base, double *gamma, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_glm_data data = cyt_trap_data(m);
    const size_t last = data.n_coefs - 1; /* theta */
    double factor[CYT_TRIANGLE(CYT_GLM_MOST)], beta[CYT_GLM_MOST] = {0};
    char is_kept[CYT_GLM_MOST];
    double *sums =
        cyt_alloc(CYT_GLM_SUMS(data.n_coefs), sizeof *sums, "a regression", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    memcpy(beta, base->beta, last * sizeof *beta);
    memcpy(is_kept, base->is_kept, last);
    CYT_TRY(cyt_glm_sum(comm, &data, beta, 0, sums, err));
    cyt_spd_factor(last, sums, 0, is_kept, factor);
    memcpy(gamma, sums + CYT_TRIANGLE_AT(last, 0), last * sizeof *gamma);
    cyt_spd_solve(last, factor, is_kept, gamma);
done:
    free(sums);
    return code;
}

static double left_of_theta(const cyt_glm_data *data, const rasters *s, size_t i)
{
    const size_t last = data->n_coefs - 1;
    double left = s->items.x[last * s->items.stride + i];
    for (size_t k = 0; k < last; k++)
        left -= s->gamma[k] * s->items.x[k * s->items.stride + i];
    return left;
}

/* Of a row that the box has; @p at: its place in the rasters. */
static void fill_row(const cyt_trap_model *m, const cyt_glm_data *data,
                     const cyt_glm_fit *base, size_t row, size_t at, rasters *s)
{
    const size_t n_cols = m->slide->grid.n_cols;
    double *sums = s->part_sums + row * CYT_TRAP_PARTS * N_PART_SUMS;
    double beta[CYT_GLM_MOST] = {0};
    memcpy(beta, base->beta, (data->n_coefs - 1) * sizeof *beta);
    data->make_row(data->context, row, &s->items);
    cyt_glm_predict(data->family, data->n_coefs, &s->items, beta, s->weight,
                    s->residual, s->term);
    for (size_t col = 0, i = 0; col < n_cols; col++) {
        const size_t pixel = row * n_cols + col;
        if (!cyt_trap_uses(m, pixel))
            continue;
        double *of_part = sums + (m->part ? m->part[pixel] : 0) * N_PART_SUMS;
        const size_t in_box = at + col - m->box.first_col;
        s->e[in_box] = s->residual[i];
        s->r[in_box] = left_of_theta(data, s, i);
        of_part[PIXELS] += 1;
        of_part[MU] += s->weight[i];
        of_part[SQUARE] += s->r[in_box] * s->r[in_box];
        i++;
    }
}

static void fill(const cyt_trap_model *m, const cyt_glm_data *data,
                 const cyt_glm_fit *base, const cyt_cosine *plan, rasters *s)
{
    const uint64_t first = m->box.first_row + plan->row_starts[plan->rank];
    const uint64_t last = m->box.first_row + plan->row_starts[plan->rank + 1];
    for (uint64_t row = first; row < last; row++)
        fill_row(m, data, base, (size_t)row - cyt_slide_first_row(m->slide),
                 (size_t)(row - first) * plan->n_cols, s);
}

/* By how much the variance is larger than over the whole box, above. */
static double heaped(const rasters *s, double n_box)
{
    double product = 0, mu = 0, square = 0;
    for (size_t part = 0; part < CYT_TRAP_PARTS; part++) {
        const double *t = s->totals + part * N_PART_SUMS;
        product += t[PIXELS] > 0 ? t[MU] * t[SQUARE] / t[PIXELS] : 0;
        mu += t[MU];
        square += t[SQUARE];
    }
    return n_box * product / (mu * square);
}

static void conclude(const cyt_cross_spectrum *c, double more, cyt_trap_field *out)
{
    out->n_modes = c->power * c->power / c->power2;
    if (!(out->n_modes >= LEAST_MODES))
        return;
    out->z = c->sum / sqrt(more * c->squares);
    out->p = cyt_p_of_normal(out->z);
}

cyt_code cyt_trap_field_plan(MPI_Comm comm, const cyt_slide *slide,
                             const cyt_raster_box *box, cyt_cosine *plan,
                             cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(comm);
    const cyt_grid grid = {.spacing_um = slide->grid.spacing_um,
                           .n_rows = box->n_rows,
                           .n_cols = box->n_cols};
    const uint64_t end = box->first_row + box->n_rows;
    uint64_t *starts = cyt_alloc(size + 1, sizeof *starts, "a field null", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t k = 0; k <= size; k++) {
        const uint64_t row = slide->strips[k];
        starts[k] = (row < box->first_row ? box->first_row
                     : row > end          ? end
                                          : row) -
                    box->first_row;
    }
    CYT_TRY(cyt_cosine_init(comm, &grid, starts, plan, err));
done:
    free(starts);
    return code;
}

cyt_code cyt_trap_field_null(MPI_Comm comm, const cyt_trap_model *m,
                             const cyt_glm_fit *base, const cyt_cosine *plan,
                             cyt_trap_field *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    rasters s = {0};
    cyt_cross_spectrum c;
    const cyt_glm_data data = cyt_trap_data(m);
    *out = (cyt_trap_field){NAN, NAN, NAN};
    if (base->end != CYT_GLM_SOLVED)
        return CYT_OK;
    CYT_TRY(cyt_agree(comm, make_room(plan, &data, &s, err), err));
    CYT_TRY(cyt_trap_regress(comm, m, base, s.gamma, err));
    fill(m, &data, base, plan, &s);
    CYT_TRY(cyt_ordered_sums(comm, m->slide->strips, CYT_TRAP_PARTS * N_PART_SUMS,
                             s.part_sums, s.totals, err));
    CYT_TRY(cyt_cross_spectrum_of(comm, plan, s.e, s.r, &c, err));
    conclude(&c, heaped(&s, (double)plan->n_rows * (double)plan->n_cols), out);
done:
    release(&s);
    return code;
}
