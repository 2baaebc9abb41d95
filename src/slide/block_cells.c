// SPDX-License-Identifier: BSD-3-Clause
/* Where the responders of a block are, what pulls at them, and what the receptor holds
 * back. */
#include "slide/block.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/density.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t cyt_block_n_pixels(const cyt_block_view *v)
{
    return cyt_slide_n_rows(&v->work->slide) * v->work->slide.grid.n_cols;
}

int cyt_block_in_tumour(const cyt_slide_work *w, size_t pixel)
{
    const cyt_compartments *c = &w->compartments;
    return c->pixel && c->is_tumour[c->pixel[pixel]];
}

cyt_receptor cyt_block_receptor(const cyt_block_view *v, const cyt_trap_result *trap)
{
    return (cyt_receptor){trap->per_kd, v->signal->cell_diameter_um};
}

void cyt_block_potential(const cyt_block_view *v, const cyt_receptor *receptor,
                         double beta, double dose, int whole, double *out)
{
    const cyt_blocker blocker = {v->law, dose};
    const size_t n = cyt_block_n_pixels(v);
    cyt_released(n, v->field->c, receptor, &blocker, out);
    for (size_t i = 0; i < n; i++) {
        double theta;
        cyt_occupancy(1, &v->field->c[i], receptor, &theta);
        const double drift = v->released ? v->released[i] : 0;
        out[i] = out[i] * (drift - beta * theta) + (whole ? beta * theta : 0);
    }
}

/* --- cross-talk ------------------------------------------------------------------- */

/* Drift of a signal's responders: slope times occupancy, [own pixels]. */
typedef struct drift_of {
    size_t signal, responder;
    double *drift;
} drift_of;

struct cyt_block_stage {
    size_t n, capacity;
    drift_of *item;
};

void cyt_block_stage_destroy(cyt_block_stage *b)
{
    if (!b)
        return;
    for (size_t i = 0; i < b->n; i++)
        free(b->item[i].drift);
    free(b->item);
    free(b);
}

int cyt_block_is_late(const cyt_config *config, size_t signal)
{
    for (size_t i = 0; i < config->block.n_crosstalk; i++)
        if (cyt_signal_is_called(config->signals[signal].name,
                                 config->block.crosstalk[i].blocked))
            return 1;
    return 0;
}

static int is_released(const cyt_config *config, size_t signal)
{
    for (size_t i = 0; i < config->block.n_crosstalk; i++)
        if (strcmp(config->signals[signal].name, config->block.crosstalk[i].released) ==
            0)
            return 1;
    return 0;
}

const cyt_trap_slope *cyt_block_slope(const cyt_config *config,
                                      const cyt_trap_result *trap)
{
    return config->block.relative_slope ? &trap->relative : &trap->slope;
}

cyt_code cyt_block_keep_drift(const cyt_block_view *v, cyt_signal_stage *stage,
                              const cyt_trap_result *trap, cyt_error *err)
{
    const cyt_config *config = v->work->job->config;
    const size_t n = cyt_block_n_pixels(v);
    const double beta = cyt_block_slope(config, trap)->beta;
    const cyt_receptor receptor = cyt_block_receptor(v, trap);
    if (!is_released(config, trap->signal) || !isfinite(beta))
        return CYT_OK;
    if (!stage->block)
        stage->block = cyt_calloc(1, sizeof *stage->block, "cross-talk", err);
    double *drift = cyt_alloc(n, sizeof *drift, "cross-talk", err);
    if (err->code != CYT_OK ||
        cyt_grow(&stage->block->item, &stage->block->capacity, stage->block->n + 1,
                 sizeof(drift_of), "cross-talk", err)) {
        free(drift);
        return err->code;
    }
    cyt_occupancy(n, v->field->c, &receptor, drift);
    for (size_t i = 0; i < n; i++)
        drift[i] *= beta;
    stage->block->item[stage->block->n++] =
        (drift_of){trap->signal, trap->responder, drift};
    return CYT_OK;
}

static const double *find_drift(const cyt_signal_stage *stage, const char *signal,
                                size_t responder)
{
    const cyt_config *config = stage->work->job->config;
    for (size_t i = 0; stage->block && i < stage->block->n; i++) {
        const drift_of *d = &stage->block->item[i];
        if (d->responder == responder &&
            strcmp(config->signals[d->signal].name, signal) == 0)
            return d->drift;
    }
    return NULL;
}

/* Add up what the signal releases; what has no slope for this type releases nothing. */
static cyt_code add_released(const cyt_signal_stage *stage, const cyt_trap_result *trap,
                             cyt_block_view *v, cyt_error *err)
{
    const cyt_config *config = v->work->job->config;
    const size_t n = cyt_block_n_pixels(v);
    for (size_t k = 0; k < config->block.n_crosstalk && err->code == CYT_OK; k++) {
        const cyt_crosstalk *c = &config->block.crosstalk[k];
        const double *drift = find_drift(stage, c->released, trap->responder);
        if (!cyt_signal_is_called(v->signal->name, c->blocked))
            continue;
        if (!drift) {
            v->not_released = c->released;
            continue;
        }
        if (!v->released)
            v->released = cyt_calloc(n, sizeof *v->released, "cross-talk", err);
        for (size_t i = 0; v->released && i < n; i++)
            v->released[i] += c->fraction * drift[i];
        v->citation = c->citation;
    }
    return err->code;
}

/* --- where responders are --------------------------------------------------------- */

static void count_responders(cyt_block_view *v, size_t type)
{
    const cyt_slide *s = &v->work->slide;
    for (size_t i = 0; i < s->cells.n; i++)
        if (s->cells.type[i] == type &&
            v->work->tissue.inside[cyt_slide_pixel_of(s, i)])
            v->count[cyt_slide_pixel_of(s, i)]++;
}

/* Columns of the responders of this strip, in its order. */
static cyt_code gather_cells(cyt_block_view *v, size_t type, cyt_error *err)
{
    const cyt_slide *s = &v->work->slide;
    size_t n = 0;
    for (size_t i = 0; i < s->cells.n; i++)
        n += s->cells.type[i] == type;
    double *c = cyt_alloc(2 * n, sizeof *c, "responders", err);
    uint32_t *piece = cyt_alloc(n, sizeof *piece, "responders", err);
    uint8_t *counts = cyt_alloc(n, 1, "responders", err);
    v->cells = (cyt_tilt_cells){.n = n,
                                .c = c,
                                .piece = piece,
                                .counts = counts,
                                .n_pieces = v->pieces.n,
                                .held_back = v->released && c ? c + n : NULL};
    if (err->code != CYT_OK)
        return err->code;
    for (size_t i = 0, k = 0; i < s->cells.n; i++) {
        if (s->cells.type[i] != type)
            continue;
        const size_t pixel = cyt_slide_pixel_of(s, i);
        c[k] = v->field->c[pixel];
        piece[k] = v->pieces.of_pixel[pixel];
        counts[k] = (uint8_t)cyt_block_in_tumour(v->work, pixel);
        if (v->released)
            c[n + k] = v->released[pixel];
        k++;
    }
    return CYT_OK;
}

/* The smoothed density, cut to the tissue, with the observed number in each part. */
static cyt_code smooth_responders(cyt_block_view *v, size_t type, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = cyt_block_n_pixels(v);
    const double sigma = v->work->job->config->block.smooth_um;
    double *density = NULL;
    if (isnan(sigma))
        return CYT_OK;
    density = cyt_alloc(n, sizeof *density, "a density", err);
    v->smooth = cyt_alloc(n, sizeof *v->smooth, "a density", err);
    CYT_TRY(cyt_agree(v->group, err->code, err));
    CYT_TRY(cyt_density(v->group, &v->work->slide, &v->work->plan, type, sigma, density,
                        err));
    memset(v->change, 0, n * sizeof *v->change);
    CYT_TRY(cyt_tilt_map(v->group, &v->pieces, v->mass, density, v->change, v->smooth,
                         err));
done:
    free(density);
    return code;
}

static cyt_code choose_doses(cyt_block_view *v, cyt_error *err)
{
    const cyt_ascending *asked = &v->work->job->config->block.doses;
    v->dose = cyt_alloc(asked->n + 2, sizeof *v->dose, "doses", err);
    if (!v->dose)
        return err->code;
    v->dose[v->n_doses++] = 0;
    for (size_t k = 0; k < asked->n; k++)
        if (asked->value[k] > 0)
            v->dose[v->n_doses++] = asked->value[k];
    v->dose[v->n_doses++] = INFINITY;
    return CYT_OK;
}

static int slide_has_tumour(const cyt_slide_work *w)
{
    const cyt_compartments *c = &w->compartments;
    for (size_t k = 0; k < c->names.n; k++)
        if (c->is_tumour[k + 1] && c->n_pixels[k] > 0)
            return 1;
    return 0;
}

static cyt_code make_room(cyt_block_view *v, cyt_error *err)
{
    const size_t n = cyt_block_n_pixels(v);
    if (CYT_FAULT("block.begin"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    v->count = cyt_calloc(n, sizeof *v->count, "responders of pixels", err);
    v->change = cyt_alloc(n, sizeof *v->change, "a potential", err);
    v->tilted = cyt_alloc(n, sizeof *v->tilted, "a tilted distribution", err);
    if (err->code == CYT_OK)
        (void)!choose_doses(v, err);
    return err->code;
}

cyt_code cyt_block_gather(cyt_block_view *v, const cyt_signal_stage *stage,
                          const cyt_trap_result *trap, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_slide_work *w = v->work;
    code = make_room(v, err);
    if (code == CYT_OK)
        code = add_released(stage, trap, v, err);
    CYT_TRY(cyt_agree(v->group, code, err));
    count_responders(v, trap->responder);
    CYT_TRY(cyt_pieces_find(v->group, w->slide.strips, w->slide.grid.n_cols,
                            w->tissue.inside, v->count, &v->pieces, err));
    v->mass = cyt_alloc(v->pieces.n, sizeof *v->mass, "parts of the tissue", err);
    CYT_TRY(cyt_agree(v->group, gather_cells(v, trap->responder, err), err));
    CYT_TRY(cyt_pieces_sum(v->group, &v->pieces, v->count, v->mass, err));
    for (size_t k = 0; k < v->pieces.n; k++)
        v->n_responders += (uint64_t)v->mass[k];
    v->has_tumour = slide_has_tumour(w);
    CYT_TRY(smooth_responders(v, trap->responder, err));
done:
    return code;
}

void cyt_block_view_free(cyt_block_view *v)
{
    cyt_pieces_free(&v->pieces);
    free(v->count);
    free(v->mass);
    free(v->released);
    free(v->smooth);
    free(v->change);
    free(v->tilted);
    free(v->dose);
    free((void *)v->cells.c);
    free((void *)v->cells.piece);
    free((void *)v->cells.counts);
}
