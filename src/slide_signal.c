// SPDX-License-Identifier: BSD-3-Clause
/* Signals: the terms of the config in numbers of this slide, the field of each, what
 * the cells see of it. */
#include "slide_work.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/signal.h"
#include "cytotaxis/summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cyt_code warn(cyt_slide_work *w, cyt_error *err, const char *fmt, const char *a,
                     const char *b)
{
    char line[512];
    snprintf(line, sizeof line, fmt, a, b);
    return cyt_names_add(&w->report->warnings, line, strlen(line), err);
}

/* One signal in terms of this slide: types and columns by number. */
typedef struct signal_terms {
    char *is_sender;    /* [types.n] */
    double *rate;       /* [types.n] */
    char *is_responder; /* [types.n] */
    size_t *ligand;     /* [ligand.n] */
} signal_terms;

static void free_terms(signal_terms *t)
{
    free(t->is_sender);
    free(t->rate);
    free(t->is_responder);
    free(t->ligand);
    *t = (signal_terms){0};
}

static cyt_code find_terms(const cyt_slide_work *w, const cyt_signal_config *signal,
                           signal_terms *t, cyt_error *err)
{
    const cyt_names *types = &w->slide.types;
    t->is_sender = cyt_calloc(types->n, 1, "senders", err);
    t->rate = cyt_calloc(types->n, sizeof *t->rate, "rates", err);
    t->is_responder = cyt_calloc(types->n, 1, "responders", err);
    t->ligand = cyt_alloc(signal->ligand.n, sizeof *t->ligand, "ligands", err);
    for (size_t i = 0; err->code == CYT_OK && i < types->n; i++) {
        const char *name = types->name[i];
        const size_t r = cyt_names_find(&signal->rate_types, name);
        t->is_sender[i] = cyt_names_find(&signal->senders, name) != CYT_NO_NAME;
        t->is_responder[i] = signal->responders.n == 0 ||
                             cyt_names_find(&signal->responders, name) != CYT_NO_NAME;
        t->rate[i] = r == CYT_NO_NAME ? 0 : signal->rates[r];
    }
    for (size_t k = 0; err->code == CYT_OK && k < signal->ligand.n; k++)
        t->ligand[k] = cyt_names_search(w->job->ligands, signal->ligand.name[k]);
    return err->code;
}

static cyt_code warn_of_absent(cyt_slide_work *w, const cyt_signal_config *signal,
                               cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t k = 0; k < signal->senders.n; k++)
        if (cyt_names_search(&w->slide.types, signal->senders.name[k]) == CYT_NO_NAME)
            CYT_TRY(warn(w, err, "signal %s: no cell of sender type %s here",
                         signal->name, signal->senders.name[k]));
    for (size_t k = 0; k < signal->ligand.n; k++)
        if (!w->slide.value_found[cyt_names_search(w->job->ligands,
                                                   signal->ligand.name[k])])
            CYT_TRY(warn(
                w, err, "signal %s: the file has no column or gene %s; left out as NaN",
                signal->name, signal->ligand.name[k]));
done:
    return code;
}

/* Means of concentration and gradient over the cells of each responder type. */
static cyt_code add_signal_metrics(MPI_Comm group, cyt_slide_work *w,
                                   const signal_terms *terms,
                                   const cyt_signal_columns *c, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_types = w->slide.types.n, n = w->slide.cells.n;
    double *v = cyt_alloc(2 * n, sizeof *v, "signal at cells", err);
    cyt_summary *s = cyt_alloc(2 * n_types, sizeof *s, "signal summaries", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t i = 0; i < n; i++) {
        v[i] = c->concentration[i];
        v[n + i] = sqrt(c->grad_x[i] * c->grad_x[i] + c->grad_y[i] * c->grad_y[i]);
    }
    CYT_TRY(cyt_summarise(group, &w->slide, 2, v, s, err));
    for (size_t t = 0; code == CYT_OK && t < n_types; t++) {
        if (!terms->is_responder[t])
            continue;
        const char *type = w->slide.types.name[t];
        code = cyt_metrics_add(&w->metrics, CYT_SIGNAL_MEAN_CONCENTRATION, type, NULL,
                               c->name, s[t].mean, err);
        if (code == CYT_OK)
            code = cyt_metrics_add(&w->metrics, CYT_SIGNAL_MEAN_GRADIENT, type, NULL,
                                   c->name, s[n_types + t].mean, err);
    }
    CYT_TRY(cyt_agree(group, code, err));
done:
    free(v);
    free(s);
    return code;
}

static cyt_code write_signal(MPI_Comm group, cyt_slide_work *w, const char *name,
                             const cyt_signal *solved, cyt_error *err)
{
    const struct {
        const double *raster;
        const char *link, *units, *what;
    } all[] = {
        {solved->c, "concentration", "relative um-2", "steady concentration of"},
        {solved->grad_x, "grad_x", "relative um-3", "gradient along x of"},
        {solved->grad_y, "grad_y", "relative um-3", "gradient along y of"},
    };
    cyt_code code = CYT_OK;
    const size_t n = cyt_slide_n_rows(&w->slide) * w->slide.grid.n_cols;
    char long_name[512];
    float *map = cyt_alloc(n, sizeof *map, "a map", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < n; i++)
            map[i] = (float)all[k].raster[i];
        snprintf(long_name, sizeof long_name, "%s %s", all[k].what, name);
        const cyt_field_info info = {"signal", name, all[k].link, all[k].units,
                                     long_name};
        CYT_TRY(cyt_fields_write(group, &w->fields, &info, map, err));
    }
done:
    free(map);
    return code;
}

static void keep_at_cells(cyt_slide_work *w, size_t s, const cyt_signal_params *params,
                          const cyt_signal *solved)
{
    const size_t n = w->slide.cells.n;
    double *c = w->cell_signals + 3 * s * n;
    memcpy(c, solved->cell_c, n * sizeof *c);
    memcpy(c + n, solved->cell_grad_x, n * sizeof *c);
    memcpy(c + 2 * n, solved->cell_grad_y, n * sizeof *c);
    w->signals[s] = (cyt_signal_columns){
        .name = params->name,
        .concentration = c,
        .grad_x = c + n,
        .grad_y = c + 2 * n,
        .facts = {[CYT_SIGNAL_LAMBDA_UM] = params->lambda_um,
                  [CYT_SIGNAL_TOTAL] = solved->total,
                  [CYT_SIGNAL_BALANCE] = solved->balance,
                  [CYT_SIGNAL_SMALLEST] = solved->smallest,
                  [CYT_SIGNAL_LARGEST] = solved->largest,
                  [CYT_SIGNAL_C_ERROR] = solved->c_error,
                  [CYT_SIGNAL_GRAD_ERROR] = solved->grad_error},
    };
}

static cyt_code run_signal(MPI_Comm group, cyt_slide_work *w, size_t s, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_signal_config *signal = &w->job->config->signals[s];
    signal_terms terms = {0};
    cyt_signal solved = {0};
    code = find_terms(w, signal, &terms, err);
    if (code == CYT_OK)
        code = warn_of_absent(w, signal, err);
    CYT_TRY(cyt_agree(group, code, err));
    const cyt_signal_params params = {
        .name = signal->name,
        .lambda_um = signal->lambda_um,
        .is_sender = terms.is_sender,
        .n_ligands = signal->ligand.n,
        .ligand = terms.ligand,
        .ligand_name = (const char *const *)signal->ligand.name,
        .type_rate = terms.rate,
        .values_are_log1p = signal->expression == CYT_EXPRESSION_LOG1P,
    };
    CYT_TRY(cyt_signal_solve(group, &w->slide, &w->plan, &params, &solved, err));
    keep_at_cells(w, s, &params, &solved);
    CYT_TRY(add_signal_metrics(group, w, &terms, &w->signals[s], err));
    if (w->job->config->write_fields)
        CYT_TRY(write_signal(group, w, signal->name, &solved, err));
done:
    free_terms(&terms);
    cyt_signal_free(&solved);
    return code;
}

cyt_code cyt_slide_signal(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = w->job->config->n_signals;
    w->signals = cyt_calloc(n, sizeof *w->signals, "signals", err);
    w->cell_signals =
        cyt_alloc(3 * n * w->slide.cells.n, sizeof(double), "signals at cells", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t s = 0; s < n; s++)
        CYT_TRY(run_signal(group, w, s, err));
    cyt_slide_end_phase(w, CYT_PHASE_SIGNALS);
done:
    return code;
}
