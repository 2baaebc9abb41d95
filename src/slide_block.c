// SPDX-License-Identifier: BSD-3-Clause
/* Blocking: responders are gathered, then each law of the receptor is asked what every
 * dose would change. */
#include "slide_block.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/density.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PURPOSE = 0x626c6f6b }; /* "blok" */

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
        if (cyt_signal_is_called(&config->signals[signal],
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

static const cyt_trap_slope *slope_of(const cyt_config *config,
                                      const cyt_trap_result *trap)
{
    return config->block.relative_slope ? &trap->relative : &trap->slope;
}

/* Keep the drift that others may release. */
static cyt_code keep_drift(const cyt_block_view *v, cyt_signal_stage *stage,
                           const cyt_trap_result *trap, cyt_error *err)
{
    const cyt_config *config = v->work->job->config;
    const size_t n = cyt_block_n_pixels(v);
    const double beta = slope_of(config, trap)->beta;
    const cyt_receptor receptor = cyt_block_receptor(v, trap);
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
        if (!cyt_signal_is_called(v->signal, c->blocked))
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

static size_t pixel_of(const cyt_slide *s, size_t cell)
{
    const size_t row = cyt_grid_row(&s->grid, s->cells.y[cell] * s->um_per_unit);
    const size_t col = cyt_grid_col(&s->grid, s->cells.x[cell] * s->um_per_unit);
    return (row - cyt_slide_first_row(s)) * s->grid.n_cols + col;
}

static void count_responders(cyt_block_view *v, size_t type)
{
    const cyt_slide *s = &v->work->slide;
    for (size_t i = 0; i < s->cells.n; i++)
        if (s->cells.type[i] == type && v->work->tissue.inside[pixel_of(s, i)])
            v->count[pixel_of(s, i)]++;
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
        const size_t pixel = pixel_of(s, i);
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
    const cyt_radii *asked = &v->work->job->config->block.doses;
    v->dose = cyt_alloc(asked->n + 2, sizeof *v->dose, "doses", err);
    if (!v->dose)
        return err->code;
    v->dose[v->n_doses++] = 0;
    for (size_t k = 0; k < asked->n; k++)
        if (asked->um[k] > 0)
            v->dose[v->n_doses++] = asked->um[k];
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

static cyt_code gather(cyt_block_view *v, const cyt_signal_stage *stage,
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

static void free_view(cyt_block_view *v)
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

/* --- doses and responses ---------------------------------------------------------- */

/* A number of a name's bytes, the same on any machine (FNV-1a, 64 bits: G. Fowler, L.
 * Noll, K.-P. Vo, D. Eastlake, RFC 9923). */
static uint64_t number_of(const char *name, uint64_t from)
{
    for (; *name; name++)
        from = (from ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return (from ^ 0xff) * UINT64_C(0x100000001b3); /* where a name ends */
}

static cyt_code draw_slopes(const cyt_block_view *v, const cyt_block_outcome *o,
                            cyt_slope_draws *draws, cyt_error *err)
{
    const uint64_t basis = UINT64_C(0xcbf29ce484222325);
    const cyt_block_config *b = &v->work->job->config->block;
    const uint64_t slide = number_of(v->work->job->sample->name, basis);
    const uint64_t what = number_of(v->responder, number_of(v->signal->name, basis));
    const cyt_slope_params params = {
        .beta = o->slope->beta,
        .se = sqrt(o->slope->variance),
        .df = o->slope->df,
        .n = (size_t)b->draws,
        .key = cyt_random_key_of((uint64_t)b->seed, slide),
        .purpose = PURPOSE,
        .item = what + o->trap->receptor,
    };
    if (!isfinite(params.se) || !(params.df > 0))
        return CYT_OK;
    return cyt_slope_draws_make(&params, draws, err);
}

/* Cases of a curve: the estimate, then the nodes; doses side by side. */
typedef struct curves {
    size_t n_betas;
    double *beta, *share, *half, *column;
    cyt_tilt_case *cases;
} curves;

static cyt_code lay_out(const cyt_block_view *v, double beta,
                        const cyt_slope_draws *draws, curves *c, cyt_error *err)
{
    const size_t n = c->n_betas = 1 + draws->n_nodes;
    c->beta = cyt_alloc(n, sizeof *c->beta, "a dose response", err);
    c->half = cyt_alloc(n, sizeof *c->half, "a dose response", err);
    c->column = cyt_alloc(n, sizeof *c->column, "a dose response", err);
    c->share = cyt_alloc(n * v->n_doses, sizeof *c->share, "a dose response", err);
    c->cases = cyt_alloc(n * v->n_doses, sizeof *c->cases, "a dose response", err);
    if (err->code != CYT_OK)
        return err->code;
    for (size_t b = 0; b < n; b++) {
        c->beta[b] = b == 0 ? beta : draws->node[b - 1];
        for (size_t d = 0; d < v->n_doses; d++)
            c->cases[b * v->n_doses + d] = (cyt_tilt_case){c->beta[b], v->dose[d]};
    }
    return CYT_OK;
}

static void free_curves(curves *c)
{
    free(c->beta);
    free(c->half);
    free(c->column);
    free(c->share);
    free(c->cases);
}

/* A value at the estimate and its interval, from those at all slopes. */
static cyt_block_value value_of(const double *column, cyt_slope_draws *draws)
{
    cyt_block_value value = {column[0], {NAN, NAN}};
    if (draws->n_nodes > 0)
        cyt_slope_interval(draws, column + 1, value.interval);
    return value;
}

static void take_shares(const cyt_block_view *v, curves *c, cyt_slope_draws *draws,
                        cyt_block_outcome *o)
{
    for (size_t d = 0; d < v->n_doses; d++) {
        for (size_t b = 0; b < c->n_betas; b++)
            c->column[b] = c->share[b * v->n_doses + d];
        o->doses[d].share = value_of(c->column, draws);
    }
    for (size_t b = 0; b < c->n_betas; b++)
        c->column[b] = log1p(c->half[b]); /* doses are compared by their ratios */
    o->half = value_of(c->column, draws);
    o->half.at = c->half[0];
    for (int e = 0; e < 2; e++)
        o->half.interval[e] = expm1(o->half.interval[e]);
}

/* Does the share first go the other way than in the end? */
static int goes_one_way(const cyt_block_view *v, const cyt_block_outcome *o)
{
    const double rounding = 1e-12;
    const double first = o->doses[0].share.at;
    const double way = o->doses[v->n_doses - 1].share.at - first;
    int one_way = !(o->onset * way < 0 && fabs(o->onset) > rounding);
    for (size_t d = 1; d + 1 < v->n_doses; d++) {
        const double gone = o->doses[d].share.at - first;
        if (gone * way < 0 && fabs(gone) > rounding)
            one_way = 0;
    }
    return one_way;
}

static cyt_code respond(cyt_block_view *v, cyt_slope_draws *draws, cyt_block_outcome *o,
                        cyt_error *err)
{
    cyt_code code = CYT_OK;
    curves c = {0};
    v->cells.receptor = cyt_block_receptor(v, o->trap);
    CYT_TRY(cyt_agree(v->group, lay_out(v, o->slope->beta, draws, &c, err), err));
    CYT_TRY(cyt_tilt_shares(v->group, &v->cells, v->law, c.n_betas * v->n_doses,
                            c.cases, c.share, err));
    const cyt_tilt_curve curve = {c.n_betas, v->n_doses, c.beta, v->dose, c.share};
    CYT_TRY(cyt_tilt_half_doses(v->group, &v->cells, v->law, &curve, c.half, err));
    CYT_TRY(
        cyt_tilt_onset(v->group, &v->cells, v->law, o->slope->beta, &o->onset, err));
    take_shares(v, &c, draws, o);
    o->is_monotone = goes_one_way(v, o);
done:
    free_curves(&c);
    return code;
}

/* --- contacts, maps --------------------------------------------------------------- */

static cyt_code reach(cyt_block_view *v, const cyt_block_outcome *o, double beta,
                      double dose, const uint8_t *is_asked, cyt_contact *out,
                      cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_block_config *b = &v->work->job->config->block;
    const cyt_receptor receptor = cyt_block_receptor(v, o->trap);
    cyt_block_potential(v, &receptor, beta, dose, 0, v->change);
    CYT_TRY(cyt_tilt_map(v->group, &v->pieces, v->mass, v->smooth, v->change, v->tilted,
                         err));
    if (is_asked)
        CYT_TRY(cyt_contact_of(v->group, &v->work->slide, is_asked, v->tilted,
                               b->contact_um, out, err));
done:
    return code;
}

/* The interval is what contacts are at both ends of the slope's. */
static cyt_code reach_all(cyt_block_view *v, cyt_slope_draws *draws,
                          const uint8_t *is_asked, cyt_block_outcome *o, cyt_error *err)
{
    cyt_code code = CYT_OK;
    double ends[2] = {NAN, NAN};
    if (draws->n_nodes > 0)
        cyt_slope_interval(draws, draws->node, ends);
    for (size_t d = 0; d < v->n_doses; d++) {
        cyt_contact at = {0}, end[2] = {{0}, {0}};
        cyt_block_dose *dose = &o->doses[d];
        for (int e = 0; e < 2 && isfinite(ends[e]); e++)
            CYT_TRY(reach(v, o, ends[e], dose->dose, is_asked, &end[e], err));
        CYT_TRY(reach(v, o, o->slope->beta, dose->dose, is_asked, &at, err));
        dose->contacts = at.mean;
        dose->contact.at = at.share;
        if (isfinite(ends[0])) {
            dose->contact.interval[0] =
                fmin(fmin(end[0].share, end[1].share), at.share);
            dose->contact.interval[1] =
                fmax(fmax(end[0].share, end[1].share), at.share);
        }
    }
done:
    return code;
}

static cyt_code find_contacts(cyt_block_view *v, cyt_slope_draws *draws,
                              cyt_block_outcome *o, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_block_config *b = &v->work->job->config->block;
    const cyt_names *types = &v->work->slide.types;
    uint8_t *is_asked = NULL;
    if (isnan(b->contact_um))
        return CYT_OK;
    is_asked = cyt_alloc(types->n, 1, "types", err);
    CYT_TRY(cyt_agree(v->group, err->code, err));
    for (size_t t = 0; t < types->n; t++)
        is_asked[t] = cyt_names_find(&b->contact_types, types->name[t]) != CYT_NO_NAME;
    CYT_TRY(reach_all(v, draws, is_asked, o, err));
done:
    free(is_asked);
    return code;
}

static cyt_code draw_maps(cyt_block_view *v, const cyt_block_outcome *o, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_config *config = v->work->job->config;
    if (!config->block.maps || !config->write_fields)
        return CYT_OK;
    for (size_t d = 0; d < v->n_doses; d++) {
        CYT_TRY(reach(v, o, o->slope->beta, v->dose[d], NULL, NULL, err));
        CYT_TRY(cyt_block_map(v, v->dose[d], NAN, v->tilted, err));
    }
done:
    return code;
}

/* --- one law, one type ------------------------------------------------------------ */

static void fill_missing(const cyt_block_view *v, cyt_block_outcome *o)
{
    const cyt_block_value none = {NAN, {NAN, NAN}};
    for (size_t d = 0; d < v->n_doses; d++)
        o->doses[d] = (cyt_block_dose){v->dose[d], none, none, NAN};
    o->half = none;
    o->onset = NAN;
    o->is_monotone = 1;
}

static cyt_code predict(cyt_block_view *v, const cyt_trap_result *trap, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_config *config = v->work->job->config;
    cyt_slope_draws draws = {0};
    cyt_block_outcome o = {.trap = trap,
                           .slope = slope_of(config, trap),
                           .is_relative = config->block.relative_slope};
    o.doses = cyt_alloc(v->n_doses, sizeof *o.doses, "doses", err);
    code = err->code;
    if (code == CYT_OK)
        code = draw_slopes(v, &o, &draws, err);
    CYT_TRY(cyt_agree(v->group, code, err));
    fill_missing(v, &o);
    const int has_slope = isfinite(o.slope->beta) && v->n_responders > 0;
    if (has_slope && v->has_tumour)
        CYT_TRY(respond(v, &draws, &o, err));
    if (has_slope)
        CYT_TRY(find_contacts(v, &draws, &o, err));
    CYT_TRY(cyt_agree(v->group, cyt_block_tell(v, &o, err), err));
    if (has_slope && trap->receptor == 0) {
        CYT_TRY(draw_maps(v, &o, err));
        CYT_TRY(cyt_block_course(v, &o, err));
    }
done:
    cyt_slope_draws_free(&draws);
    free(o.doses);
    return code;
}

static int is_asked_for(const cyt_config *config, const cyt_signal_config *signal)
{
    const cyt_names *names = &config->block.signals;
    for (size_t i = 0; i < names->n; i++)
        if (cyt_signal_is_called(signal, names->name[i]))
            return 1;
    return names->n == 0;
}

cyt_code cyt_slide_block(MPI_Comm group, cyt_signal_stage *stage,
                         const cyt_signal *field, size_t n_laws,
                         const cyt_trap_result *results, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_slide_work *w = stage->work;
    const cyt_config *config = w->job->config;
    const cyt_signal_config *signal = &config->signals[results->signal];
    cyt_block_view v = {.group = group,
                        .work = w,
                        .signal = signal,
                        .responder = w->slide.types.name[results->responder],
                        .field = field,
                        .law = config->block.law == CYT_LAW_COMPETITIVE
                                   ? CYT_COMPETITIVE
                                   : CYT_NON_COMPETITIVE,
                        .citation = "",
                        .not_released = ""};
    if (config->block.doses.n == 0)
        return CYT_OK;
    if (is_released(config, results->signal) &&
        isfinite(slope_of(config, results)->beta))
        CYT_TRY(cyt_agree(group, keep_drift(&v, stage, results, err), err));
    if (!is_asked_for(config, signal))
        return CYT_OK;
    CYT_TRY(gather(&v, stage, results, err));
    for (size_t k = 0; k < n_laws; k++)
        CYT_TRY(predict(&v, &results[k], err));
done:
    free_view(&v);
    return code;
}
