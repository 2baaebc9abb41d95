// SPDX-License-Identifier: BSD-3-Clause
/* The trap slopes of a signal: for each responder type the field it sees, the data of
 * both models, their fits. */
#include "slide/block.h"
#include "slide/screen.h"
#include "slide/trap_stage.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/raster_quantile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Fewest cells for each coefficient (P. Peduzzi et al., J. Clin. Epidemiol. 49 (1996)
 * 1373, doi:10.1016/S0895-4356(96)00236-3). */
enum { LEAST_CELLS = 10 };

/* One responder type of one signal. */
typedef struct view {
    MPI_Comm group;
    cyt_slide_work *work;
    cyt_trap_stage *trap;
    const cyt_signal_config *signal;
    size_t type;
    const char *is_sender;
    char *is_one;        /* [types.n] the type alone */
    char *is_background; /* [types.n] */
} view;

/* --- models ----------------------------------------------------------------------- */

static uint64_t cells_in(const view *v, size_t part, const char *is_in)
{
    uint64_t sum = 0;
    const size_t n = v->work->slide.types.n;
    for (size_t i = 0; i < n; i++)
        sum += is_in[i] ? v->trap->part_cells[part * n + i] : 0;
    return sum;
}

/* Compartments that tell something, each but the first with a column; how many cells
 * they hold. */
static void choose_parts(const view *v, cyt_trap_model *d, uint64_t *n_responders,
                         uint64_t *n_background)
{
    size_t n_used = 0;
    *n_responders = *n_background = 0;
    for (size_t part = 0; part < CYT_TRAP_PARTS; part++) {
        const uint64_t a = cells_in(v, part, v->is_one);
        const uint64_t b = cells_in(v, part, v->is_background);
        const int used = a > 0 && (b > 0 || !d->is_background);
        d->part_column[part] = used ? (int)n_used++ : CYT_TRAP_LEFT_OUT;
        *n_responders += used ? a : 0;
        *n_background += used ? b : 0;
    }
    d->n_part_columns = d->part && n_used > 1 ? n_used - 1 : 0;
}

static cyt_trap_model lay_out(const view *v, int of_cells)
{
    const cyt_slide_work *w = v->work;
    const cyt_trap_config *config = &w->job->config->trap;
    cyt_trap_model d = {.slide = &w->slide,
                        .inside = w->tissue.inside,
                        .row_cell = v->trap->row_cell,
                        .n_planes = v->trap->n_planes,
                        .part = w->compartments.pixel,
                        .is_responder = v->is_one,
                        .is_background = of_cells ? v->is_background : NULL,
                        .log_total = of_cells ? v->trap->log_total : NULL};
    for (size_t k = 0; k < d.n_planes; k++)
        d.plane[k] = v->trap->plane[k];
    if (of_cells)
        d.plane[0] = v->trap->cell_plane;
    if (v->trap->has_margin) {
        d.margin_um = w->compartments.margin_um;
        d.n_knots = config->margin_knots.n;
        d.knot = config->margin_knots.value;
    }
    cyt_trap_lay_blocks(&d, config->block_lambdas * v->signal->lambda_um,
                        &v->trap->box);
    return d;
}

static cyt_trap_reason check_size(const cyt_trap_model *d, uint64_t n_cells)
{
    const size_t n_coefs = cyt_trap_n_coefs(d) + 1; /* theta */
    if (n_coefs > CYT_GLM_MOST)
        return CYT_TRAP_MANY_COLUMNS;
    return n_cells < LEAST_CELLS * n_coefs ? CYT_TRAP_FEW_CELLS : CYT_TRAP_FINE;
}

/* The laws of the signal, and the low-dose limit where they are a scan. */
static size_t n_laws(const cyt_slide_work *w, size_t s)
{
    return w->signals[s].felt.n_receptors + (w->job->config->signals[s].n_per_kd > 0);
}

static double law(const cyt_slide_work *w, size_t s, size_t k)
{
    return k < w->signals[s].felt.n_receptors ? w->receptors[s][k].per_kd : 0;
}

/* Both slopes are to be missing for this reason, for all laws. */
static void miss(size_t n, cyt_trap_reason slope, cyt_trap_reason relative,
                 cyt_trap_result *out)
{
    for (size_t k = 0; k < n; k++) {
        out[k].slope = cyt_trap_no_slope(slope);
        out[k].relative = cyt_trap_no_slope(relative);
    }
}

static cyt_code fit_pixels(const view *v, size_t n, const double *c,
                           cyt_trap_result *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_trap_stage *t = v->trap;
    uint64_t n_responders, ignored;
    cyt_trap_model d = lay_out(v, 0);
    choose_parts(v, &d, &n_responders, &ignored);
    const cyt_trap_reason why = check_size(&d, n_responders);
    for (size_t k = 0; k < n; k++)
        out[k].slope = cyt_trap_no_slope(why);
    if (why != CYT_TRAP_FINE)
        return CYT_OK;
    if (t->base_number[v->type] == 0) {
        CYT_TRY(cyt_trap_base(v->group, &d, &t->base[v->type], err));
        t->base_number[v->type] = ++t->n_bases;
    }
    d.c = c;
    for (size_t k = 0; k < n; k++) {
        d.per_kd = out[k].per_kd;
        CYT_TRY(
            cyt_trap_fit_slope(v->group, &d, &t->base[v->type], &out[k].slope, err));
        if (v->work->job->config->trap.field_null)
            CYT_TRY(cyt_trap_field_null(v->group, &d, &t->base[v->type], &t->box_plan,
                                        &out[k].field, err));
    }
done:
    return code;
}

static cyt_code fit_cells(const view *v, size_t n, const double *c,
                          cyt_trap_result *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint64_t n_responders, n_background;
    cyt_glm_fit base;
    cyt_trap_model d = lay_out(v, 1);
    choose_parts(v, &d, &n_responders, &n_background);
    const cyt_trap_reason why =
        n_background == 0
            ? CYT_TRAP_NO_BACKGROUND
            : check_size(&d, n_responders < n_background ? n_responders : n_background);
    for (size_t k = 0; k < n; k++) {
        out[k].relative = cyt_trap_no_slope(why);
        out[k].n_background = n_background;
    }
    if (why != CYT_TRAP_FINE)
        return CYT_OK;
    CYT_TRY(cyt_trap_base(v->group, &d, &base, err));
    d.c = c;
    for (size_t k = 0; k < n; k++) {
        d.per_kd = out[k].per_kd;
        CYT_TRY(cyt_trap_fit_slope(v->group, &d, &base, &out[k].relative, err));
    }
done:
    return code;
}

/* --- one responder ---------------------------------------------------------------- */

static double theta_of(double per_kd, double c)
{
    return per_kd > 0 ? per_kd * c / (1 + per_kd * c) : c;
}

/* theta rises with c, so its quantiles are those of c. */
static cyt_code find_quantiles(const view *v, size_t n, const double *c,
                               cyt_trap_result *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    double q10, q90;
    const size_t n_own = cyt_slide_n_pixels(v->work);
    const uint8_t *inside = v->work->tissue.inside;
    CYT_TRY(cyt_raster_quantile(v->group, n_own, c, inside, 0.1, &q10, err));
    CYT_TRY(cyt_raster_quantile(v->group, n_own, c, inside, 0.9, &q90, err));
    for (size_t k = 0; k < n; k++) {
        out[k].theta_q10 = theta_of(out[k].per_kd, q10);
        out[k].theta_q90 = theta_of(out[k].per_kd, q90);
    }
done:
    return code;
}

/* Let the screen and the controls see it. */
static cyt_code show(const view *v, const cyt_signal *field,
                     const cyt_trap_result *result, cyt_error *err)
{
    uint64_t ignored;
    const cyt_trap_stage *t = v->trap;
    if (!cyt_slide_screen_is_on(v->work->job->config))
        return CYT_OK;
    cyt_trap_seen seen = {.result = result,
                          .pixels = lay_out(v, 0),
                          .base = t->base_number[v->type] ? &t->base[v->type] : NULL,
                          .base_number = t->base_number[v->type],
                          .cells = lay_out(v, 1),
                          .side_um = v->work->job->config->trap.block_lambdas,
                          .tissue_share = t->tissue_share};
    choose_parts(v, &seen.pixels, &ignored, &ignored);
    seen.pixels.c = field->c;
    seen.cells.c = field->cell_c;
    seen.pixels.per_kd = seen.cells.per_kd = result->per_kd;
    return cyt_slide_screen_see(v->group, v->work, &seen, err);
}

static cyt_code fit_field(const view *v, size_t n, const cyt_signal *field,
                          cyt_trap_result *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_trap_reason why = field->missing        ? CYT_TRAP_NO_LIGAND
                                : !(field->total > 0) ? CYT_TRAP_NO_SENDERS
                                                      : CYT_TRAP_FINE;
    if (why != CYT_TRAP_FINE) {
        miss(n, why, why, out);
        return CYT_OK;
    }
    CYT_TRY(find_quantiles(v, n, field->c, out, err));
    CYT_TRY(fit_pixels(v, n, field->c, out, err));
    CYT_TRY(fit_cells(v, n, field->cell_c, out, err));
    CYT_TRY(show(v, field, &out[0], err));
done:
    return code;
}

/* The field of all senders but the responders themselves. */
static cyt_code solve_without(const view *v, const cyt_medium *medium,
                              const cyt_signal_params *params, cyt_signal *out,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = v->work->slide.types.n;
    cyt_signal_params others = *params;
    char *is_sender = cyt_alloc(n, 1, "senders", err);
    CYT_TRY(cyt_agree(v->group, err->code, err));
    memcpy(is_sender, params->is_sender, n);
    is_sender[v->type] = 0;
    others.is_sender = is_sender;
    CYT_TRY(cyt_signal_solve(v->group, &v->work->slide, medium, &others, out, err));
    cyt_signal_make_absolute(v->work, v->signal, out);
done:
    free(is_sender);
    return code;
}

static cyt_code keep(const view *v, size_t n, const cyt_trap_result *results,
                     cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t k = 0; k < n && code == CYT_OK; k++)
        code = cyt_trap_add(&v->work->traps, &results[k], err);
    return cyt_agree(v->group, code, err);
}

static cyt_code run_responder(const view *v, cyt_signal_stage *stage, size_t s,
                              const cyt_signal_params *params, const cyt_signal *solved,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = n_laws(v->work, s);
    cyt_signal others = {0};
    uint64_t n_responders = 0;
    cyt_trap_result *results = cyt_calloc(n, sizeof *results, "trap slopes", err);
    CYT_TRY(cyt_agree(v->group, err->code, err));
    for (size_t part = 1; part < CYT_TRAP_PARTS; part++)
        n_responders += cells_in(v, part, v->is_one);
    for (size_t k = 0; k < n; k++)
        results[k] = (cyt_trap_result){.signal = s,
                                       .responder = v->type,
                                       .receptor = k,
                                       .per_kd = law(v->work, s, k),
                                       .own_left_out = v->is_sender[v->type],
                                       .n_responders = n_responders,
                                       .field = {NAN, NAN, NAN},
                                       .theta_q10 = NAN,
                                       .theta_q90 = NAN};
    if (v->is_sender[v->type] && !solved->missing)
        CYT_TRY(solve_without(v, &stage->medium, params, &others, err));
    CYT_TRY(fit_field(v, n, others.c ? &others : solved, results, err));
    CYT_TRY(keep(v, n, results, err));
    CYT_TRY(
        cyt_slide_block(v->group, stage, others.c ? &others : solved, n, results, err));
done:
    free(results);
    cyt_signal_free(&others);
    return code;
}

/* --- one signal ------------------------------------------------------------------- */

static void choose_types(view *v, const cyt_signal_terms *terms, size_t type)
{
    const cyt_names *types = &v->work->slide.types;
    v->type = type;
    for (size_t i = 0; i < types->n; i++) {
        v->is_one[i] = i == type;
        v->is_background[i] = !terms->is_responder[i] && !terms->is_sender[i] &&
                              cyt_names_find(&v->work->job->config->trap.background,
                                             types->name[i]) != CYT_NO_NAME;
    }
}

cyt_code cyt_slide_trap(MPI_Comm group, cyt_signal_stage *stage, size_t s,
                        const cyt_signal_terms *terms, const cyt_signal_params *params,
                        const cyt_signal *solved, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_slide_work *w = stage->work;
    const cyt_config *config = w->job->config;
    view v = {0};
    if (isnan(config->trap.block_lambdas) || config->signals[s].responders.n == 0)
        return CYT_OK;
    CYT_TRY(cyt_trap_stage_prepare(group, stage, terms, err));
    v = (view){.group = group,
               .work = w,
               .trap = stage->trap,
               .signal = &config->signals[s],
               .is_sender = terms->is_sender};
    v.is_one = cyt_alloc(w->slide.types.n, 1, "responders", err);
    v.is_background = cyt_alloc(w->slide.types.n, 1, "background", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t type = 0; type < w->slide.types.n; type++) {
        if (!terms->is_responder[type])
            continue;
        choose_types(&v, terms, type);
        CYT_TRY(cyt_slide_safe_point(group, w, err));
        CYT_TRY(run_responder(&v, stage, s, params, solved, err));
    }
done:
    free(v.is_one);
    free(v.is_background);
    return code;
}
