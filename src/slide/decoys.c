// SPDX-License-Identifier: BSD-3-Clause
/* Decoys: ligands of the same senders that the responders do not feel. A signal that
 * only marks where its senders are is no better than its decoys, so each of the group
 * is fitted given the others: the conditional slope of a decoy is about 0 where the
 * signal is what matters. Such fields are nearly collinear: the variance inflation says
 * how much of the certainty that costs. */
#include "slide/screen.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A signal with its decoys, for one type; member 0 is the signal. */
typedef struct group_of {
    size_t signal, type, n;
    const cyt_kept_field *member[CYT_TRAP_MOST_PLANES];
} group_of;

/* Fill in the group, which the config keeps small enough (config_screen.c); 0 when a
 * field of it was not seen yet. */
static int is_complete(const cyt_slide_work *w, group_of *g)
{
    const cyt_config *config = w->job->config;
    const cyt_names *decoys = &config->signals[g->signal].decoys;
    g->n = 0;
    for (size_t k = 0; k <= decoys->n; k++) {
        const size_t s =
            k == 0 ? g->signal : cyt_signal_called(config, decoys->name[k - 1]);
        g->member[g->n] = cyt_screen_field(w->screen, s, g->type);
        if (!g->member[g->n++])
            return 0;
    }
    return 1;
}

/* The model of member @p k given the others; theta needs no law any more. */
static cyt_code fit_member(MPI_Comm group, const cyt_slide_work *w, const group_of *g,
                           size_t k, const cyt_trap_seen *seen, double *theta,
                           cyt_trap_slope *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_trap_model m = seen->pixels;
    cyt_glm_fit base;
    const double lambda = w->job->config->signals[g->signal].lambda_um;
    for (size_t j = 0; j < g->n; j++)
        if (j != k)
            m.plane[m.n_planes++] = g->member[j]->theta;
    for (size_t i = 0; i < cyt_slide_n_pixels(w); i++)
        theta[i] = g->member[k]->theta[i];
    m.c = theta;
    m.per_kd = 0;
    cyt_trap_lay_blocks(&m, seen->side_um * lambda, &seen->pixels.box);
    *out = cyt_trap_no_slope(CYT_TRAP_MANY_COLUMNS);
    if (cyt_trap_n_coefs(&m) > CYT_GLM_MOST)
        return CYT_OK;
    CYT_TRY(cyt_trap_base(group, &m, &base, err));
    CYT_TRY(cyt_trap_fit_slope(group, &m, &base, out, err));
done:
    return code;
}

static cyt_code put_row(cyt_slide_work *w, const group_of *g, size_t k,
                        const cyt_trap_slope *slope, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_config *config = w->job->config;
    const char *signal = config->signals[g->signal].name;
    const char *field = config->signals[g->member[k]->signal].name;
    const char *type = w->slide.types.name[g->type];
    char index[3 * CYT_NAME_SIZE];
    cyt_result_table *t = cyt_slide_table(w, "decoys", err);
    CYT_TRY(err->code);
    snprintf(index, sizeof index, "%s|%s|%s", signal, type, field);
    CYT_TRY(cyt_result_row(t, index, err));
    CYT_TRY(cyt_result_text(t, "signal", signal, err));
    CYT_TRY(cyt_result_text(t, "responder", type, err));
    CYT_TRY(cyt_result_text(t, "field", field, err));
    CYT_TRY(cyt_result_number(t, "is_decoy", k > 0, err));
    CYT_TRY(cyt_put_slope(t, slope, err));
done:
    return code;
}

/* Of the signal itself under its own name, of a decoy under both. */
static cyt_code add_metrics(cyt_slide_work *w, const group_of *g, size_t k,
                            const cyt_trap_slope *slope, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_config *config = w->job->config;
    const char *signal = config->signals[g->signal].name;
    const char *type = w->slide.types.name[g->type];
    const int is_decoy = k > 0;
    char both[2 * CYT_NAME_SIZE];
    snprintf(both, sizeof both, "%s|%s", signal,
             config->signals[g->member[k]->signal].name);
    const char *name = is_decoy ? both : signal;
    CYT_TRY(cyt_metrics_add(
        &w->metrics, is_decoy ? CYT_TRAP_DECOY_SLOPE : CYT_TRAP_CONDITIONAL_SLOPE, type,
        NULL, name, slope->beta, err));
    CYT_TRY(cyt_metrics_add(&w->metrics,
                            is_decoy ? CYT_TRAP_DECOY_SE : CYT_TRAP_CONDITIONAL_SE,
                            type, NULL, name, sqrt(slope->variance), err));
    if (is_decoy)
        CYT_TRY(cyt_metrics_add(&w->metrics, CYT_TRAP_DECOY_STEP, type, NULL, name,
                                g->member[k]->step, err));
done:
    return code;
}

static cyt_code fit_group(MPI_Comm group, cyt_slide_work *w, const group_of *g,
                          const cyt_trap_seen *seen, cyt_error *err)
{
    cyt_code code = CYT_OK;
    double *theta = cyt_alloc(cyt_slide_n_pixels(w), sizeof *theta, "a decoy", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t k = 0; k < g->n; k++) {
        cyt_trap_slope slope;
        CYT_TRY(fit_member(group, w, g, k, seen, theta, &slope, err));
        code = put_row(w, g, k, &slope, err);
        if (code == CYT_OK)
            code = add_metrics(w, g, k, &slope, err);
        CYT_TRY(cyt_agree(group, code, err));
    }
done:
    free(theta);
    return code;
}

cyt_code cyt_slide_decoys(MPI_Comm group, cyt_slide_work *w, const cyt_trap_seen *seen,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t type = seen->result->responder, n_types = w->slide.types.n;
    for (size_t s = 0; s < w->job->config->n_signals; s++) {
        group_of g = {.signal = s, .type = type};
        char *done_with = &w->screen->decoys_done[s * n_types + type];
        if (*done_with || w->job->config->signals[s].decoys.n == 0 ||
            !is_complete(w, &g))
            continue;
        *done_with = 1;
        CYT_TRY(fit_group(group, w, &g, seen, err));
    }
done:
    return code;
}
