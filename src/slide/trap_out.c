// SPDX-License-Identifier: BSD-3-Clause
/* What is told of trap slopes: a table with all laws, metrics with the first one. */
#include "slide/trap.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/number.h"
#include "cytotaxis/strbuf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int by_signal(const void *left, const void *right)
{
    const cyt_trap_result *a = left, *b = right;
    const size_t key[3][2] = {{a->signal, b->signal},
                              {a->responder, b->responder},
                              {a->receptor, b->receptor}};
    for (size_t k = 0; k < 3; k++)
        if (key[k][0] != key[k][1])
            return key[k][0] < key[k][1] ? -1 : 1;
    return 0;
}

/* --- table ------------------------------------------------------------------------ */

/* @p prefix: "" or "relative_". */
static cyt_code put_slope(cyt_result_table *t, const char *prefix,
                          const cyt_trap_slope *s, double contrast, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char reason[32];
    const cyt_named_number values[] = {
        {"slope", s->beta},
        {"se", sqrt(s->variance)},
        {"df", s->df},
        {"p", s->p},
        {"se_independent", sqrt(s->naive_variance)},
        {"contrast", s->beta * contrast},
        {"log_likelihood", s->log_likelihood},
        {"log_likelihood_without", s->base_log_likelihood},
        {"inflation", s->inflation},
        {"n_blocks", (double)s->n_blocks},
        {"n_blocks_effective", s->n_effective},
    };
    CYT_TRY(cyt_result_numbers(t, prefix, sizeof values / sizeof *values, values, err));
    snprintf(reason, sizeof reason, "%sreason", prefix);
    CYT_TRY(cyt_result_text(t, reason, cyt_trap_reason_text(s->why), err));
done:
    return code;
}

static char *index_of(const cyt_slide_work *w, const cyt_trap_result *r, cyt_error *err)
{
    char number[CYT_NUMBER_SIZE];
    cyt_strbuf b = {0};
    cyt_strbuf_add(&b, err, "%s|%s", w->job->config->signals[r->signal].name,
                   w->slide.types.name[r->responder]);
    if (r->per_kd > 0)
        cyt_strbuf_add(&b, err, "|c/Kd=%s", cyt_number_text(r->per_kd, number));
    return cyt_strbuf_take(&b, err);
}

static cyt_code put_row(const cyt_slide_work *w, const cyt_trap_result *r,
                        cyt_result_table *t, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_config *config = w->job->config;
    const cyt_named_number values[] = {
        {"lambda_um", config->signals[r->signal].lambda_um},
        {"c_over_kd", r->per_kd},
        {"own_left_out", r->own_left_out},
        {"n_responders", (double)r->n_responders},
        {"n_background", (double)r->n_background},
        {"theta_q10", r->theta_q10},
        {"theta_q90", r->theta_q90},
        {"theta_contrast", config->trap.contrast},
    };
    char *index = index_of(w, r, err);
    CYT_TRY(err->code);
    CYT_TRY(cyt_result_row(t, index, err));
    CYT_TRY(cyt_result_text(t, "signal", config->signals[r->signal].name, err));
    CYT_TRY(cyt_result_text(t, "responder", w->slide.types.name[r->responder], err));
    CYT_TRY(cyt_result_numbers(t, "", sizeof values / sizeof *values, values, err));
    CYT_TRY(put_slope(t, "", &r->slope, config->trap.contrast, err));
    if (config->trap.field_null)
        CYT_TRY(cyt_result_numbers(
            t, "field_", 3,
            (cyt_named_number[]){{"z", r->field.z},
                                 {"p", r->field.p},
                                 {"n_modes_effective", r->field.n_modes}},
            err));
    CYT_TRY(put_slope(t, "relative_", &r->relative, config->trap.contrast, err));
done:
    free(index);
    return code;
}

/* --- metrics ---------------------------------------------------------------------- */

/* Metrics that exist only where they are asked for. */
static int is_told(const cyt_slide_work *w, cyt_statistic statistic)
{
    const cyt_trap_config *config = &w->job->config->trap;
    if (statistic == CYT_TRAP_CONTRAST)
        return !isnan(config->contrast);
    return statistic != CYT_TRAP_FIELD_P || config->field_null;
}

static cyt_code add_metrics(cyt_slide_work *w, const cyt_trap_result *r, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const double contrast = w->job->config->trap.contrast;
    const char *signal = w->job->config->signals[r->signal].name;
    const char *responder = w->slide.types.name[r->responder];
    const struct {
        cyt_statistic statistic;
        double value;
    } all[] = {
        {CYT_TRAP_SLOPE, r->slope.beta},
        {CYT_TRAP_SE, sqrt(r->slope.variance)},
        {CYT_TRAP_DF, r->slope.df},
        {CYT_TRAP_P, r->slope.p},
        {CYT_TRAP_RELATIVE_SLOPE, r->relative.beta},
        {CYT_TRAP_RELATIVE_SE, sqrt(r->relative.variance)},
        {CYT_TRAP_RELATIVE_DF, r->relative.df},
        {CYT_TRAP_RELATIVE_P, r->relative.p},
        {CYT_TRAP_THETA_Q10, r->theta_q10},
        {CYT_TRAP_THETA_Q90, r->theta_q90},
        {CYT_TRAP_RESPONDERS, (double)r->n_responders},
        {CYT_TRAP_BLOCKS, r->slope.n_effective},
        {CYT_TRAP_CONTRAST, r->slope.beta * contrast},
        {CYT_TRAP_FIELD_P, r->field.p},
    };
    const size_t n = sizeof all / sizeof *all;
    for (size_t k = 0; k < n; k++)
        if (is_told(w, all[k].statistic))
            CYT_TRY(cyt_metrics_add(&w->metrics, all[k].statistic, responder, NULL,
                                    signal, all[k].value, err));
done:
    return code;
}

/* Has the signal a grid of ranges, edges or laws, of which this is a point? */
static int is_of_profile(const cyt_slide_work *w, const cyt_trap_result *r)
{
    const cyt_signal_config *signal = &w->job->config->signals[r->signal];
    return signal->n_per_kd > 0 || strchr(signal->name, '@');
}

static cyt_code add_profile(cyt_slide_work *w, const cyt_trap_result *r, cyt_error *err)
{
    return cyt_metrics_add_at(
        &w->metrics, CYT_PROFILE_GAIN, w->slide.types.name[r->responder], NULL,
        w->job->config->signals[r->signal].name, r->per_kd,
        r->slope.log_likelihood - r->slope.base_log_likelihood, err);
}

cyt_code cyt_slide_trap_tell(cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_trap_results *traps = &w->traps;
    if (traps->n == 0)
        return CYT_OK;
    qsort(traps->item, traps->n, sizeof *traps->item, by_signal);
    cyt_result_table *table = cyt_result_table_add(&w->tables, "trap", err);
    CYT_TRY(err->code);
    for (size_t i = 0; i < traps->n; i++) {
        CYT_TRY(put_row(w, &traps->item[i], table, err));
        if (traps->item[i].receptor == 0)
            CYT_TRY(add_metrics(w, &traps->item[i], err));
        if (is_of_profile(w, &traps->item[i]))
            CYT_TRY(add_profile(w, &traps->item[i], err));
    }
done:
    return code;
}
