// SPDX-License-Identifier: BSD-3-Clause
/* Blocking: responders are gathered, then each law of the receptor is asked what every
 * dose would change. */
#include "slide/block.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/random.h"

#include <math.h>
#include <stdlib.h>

enum { PURPOSE = 0x626c6f6b }; /* "blok" */

/* --- doses and responses ---------------------------------------------------------- */

/* A number of a name's bytes, the same on any machine (FNV-1a, 64 bits: L. Noll, K.
 * Vo, D. Eastlake, T. Hansen, RFC 9923). */
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

/* A value at the estimate and its interval, from those at all slopes. Where the value
 * is largest or least near the estimated slope, nearly all draws lie on one side of it:
 * the interval is made to hold it. */
static cyt_block_value value_of(const double *column, cyt_slope_draws *draws)
{
    cyt_block_value value = {column[0], {NAN, NAN}};
    if (draws->n_nodes == 0)
        return value;
    cyt_slope_interval(draws, column + 1, value.interval);
    if (isfinite(value.interval[0])) {
        value.interval[0] = fmin(value.interval[0], value.at);
        value.interval[1] = fmax(value.interval[1], value.at);
    }
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
                           .slope = cyt_block_slope(config, trap),
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
        if (cyt_signal_is_called(signal->name, names->name[i]))
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
    CYT_TRY(cyt_agree(group, cyt_block_keep_drift(&v, stage, results, err), err));
    if (!is_asked_for(config, signal))
        return CYT_OK;
    CYT_TRY(cyt_block_gather(&v, stage, results, err));
    for (size_t k = 0; k < n_laws; k++)
        CYT_TRY(predict(&v, &results[k], err));
done:
    cyt_block_view_free(&v);
    return code;
}
