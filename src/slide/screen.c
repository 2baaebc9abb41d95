// SPDX-License-Identifier: BSD-3-Clause
/* The screen: what is done with each signal and responder while its field is there, and
 * the table of their scores (screen_scores.c) at the end. */
#include "slide/screen.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/rank_test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

/* --- shared ----------------------------------------------------------------------- */

int cyt_slide_screen_is_on(const cyt_config *config)
{
    const cyt_screen_config *s = &config->screen;
    int on = !isnan(s->shifts) || !isnan(s->receptor_split) || !isnan(s->contest_folds);
    for (size_t k = 0; k < config->n_signals; k++)
        on |= config->signals[k].decoys.n > 0;
    return on;
}

size_t cyt_signal_called(const cyt_config *config, const char *name)
{
    size_t s = 0;
    while (s < config->n_signals && strcmp(config->signals[s].name, name) != 0)
        s++;
    return s;
}

int cyt_screen_needs_field(const cyt_config *config, size_t signal)
{
    const char *name = config->signals[signal].name;
    int needed = config->signals[signal].decoys.n > 0 ||
                 cyt_names_find(&config->screen.contest_signals, name) != CYT_NO_NAME;
    for (size_t k = 0; k < config->n_signals; k++)
        needed |= cyt_names_find(&config->signals[k].decoys, name) != CYT_NO_NAME;
    return needed;
}

const cyt_kept_field *cyt_screen_field(const cyt_slide_screen *screen, size_t signal,
                                       size_t type)
{
    for (size_t k = 0; k < screen->n_fields; k++)
        if (screen->field[k].signal == signal && screen->field[k].type == type)
            return &screen->field[k];
    return NULL;
}

cyt_code cyt_put_slope(cyt_result_table *t, const cyt_trap_slope *s, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_result_number(t, "slope", s->beta, err));
    CYT_TRY(cyt_result_number(t, "se", sqrt(s->variance), err));
    CYT_TRY(cyt_result_number(t, "df", s->df, err));
    CYT_TRY(cyt_result_number(t, "p", s->p, err));
    CYT_TRY(cyt_result_number(t, "inflation", s->inflation, err));
    CYT_TRY(cyt_result_number(t, "n_blocks_effective", s->n_effective, err));
    CYT_TRY(cyt_result_text(t, "reason", cyt_trap_reason_text(s->why), err));
done:
    return code;
}

/* --- life ------------------------------------------------------------------------- */

static cyt_code create(const cyt_slide_work *w, cyt_slide_screen **out, cyt_error *err)
{
    const cyt_config *config = w->job->config;
    const size_t n_types = w->slide.types.n;
    cyt_slide_screen *s = cyt_calloc(1, sizeof *s, "a screen", err);
    *out = s;
    if (!s)
        return err->code;
    s->key = cyt_random_key_of((uint64_t)config->screen.seed,
                               XXH3_64bits(w->slide.name, strlen(w->slide.name)));
    s->decoys_done = cyt_calloc(config->n_signals * n_types, 1, "a screen", err);
    s->contest_done = cyt_calloc(n_types, 1, "a screen", err);
    for (size_t k = 0; k < config->n_signals; k++)
        if (config->signals[k].responders.n > 0)
            s->longest_um = fmax(s->longest_um, config->signals[k].lambda_um);
    return err->code;
}

void cyt_slide_screen_destroy(cyt_slide_screen *s)
{
    if (!s)
        return;
    for (size_t k = 0; k < s->n_fields; k++)
        free(s->field[k].theta);
    free(s->field);
    free(s->decoys_done);
    free(s->contest_done);
    cyt_screen_waiting_free(&s->waiting);
    free(s->test);
    free(s->score);
    free(s);
}

/* --- fields that are needed together ---------------------------------------------- */

static cyt_code keep_field(const cyt_slide_work *w, const cyt_trap_seen *seen,
                           cyt_error *err)
{
    cyt_slide_screen *s = w->screen;
    const size_t n = cyt_slide_n_pixels(w);
    const cyt_receptor law = {.per_kd = seen->pixels.per_kd};
    if (cyt_grow(&s->field, &s->fields_capacity, s->n_fields + 1, sizeof *s->field,
                 "fields of signals", err) != CYT_OK)
        return err->code;
    float *theta = cyt_alloc(n, sizeof *theta, "fields of signals", err);
    for (size_t i = 0; theta && i < n; i++) {
        double value;
        cyt_occupancy(1, &seen->pixels.c[i], &law, &value);
        theta[i] = (float)value;
    }
    if (theta)
        s->field[s->n_fields++] =
            (cyt_kept_field){seen->result->signal, seen->result->responder, law.per_kd,
                             seen->result->theta_q90 - seen->result->theta_q10, theta};
    return err->code;
}

/* --- see -------------------------------------------------------------------------- */

cyt_code cyt_slide_screen_see(MPI_Comm group, cyt_slide_work *w,
                              const cyt_trap_seen *seen, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_config *config = w->job->config;
    if (!w->screen)
        CYT_TRY(cyt_agree(group, create(w, &w->screen, err), err));
    CYT_TRY(cyt_slide_receptor(group, w, seen, err));
    if (!isnan(config->screen.shifts))
        CYT_TRY(cyt_screen_scores_see(group, w, seen, err));
    if (!seen->base)
        return CYT_OK;
    if (cyt_screen_needs_field(config, seen->result->signal))
        CYT_TRY(cyt_agree(group, keep_field(w, seen, err), err));
    CYT_TRY(cyt_slide_decoys(group, w, seen, err));
    CYT_TRY(cyt_slide_mechanisms(group, w, seen, err));
done:
    return code;
}

/* --- table ------------------------------------------------------------------------ */

static int by_signal(const void *pa, const void *pb)
{
    const cyt_screen_test *a = *(const cyt_screen_test *const *)pa;
    const cyt_screen_test *b = *(const cyt_screen_test *const *)pb;
    if (a->signal != b->signal)
        return a->signal < b->signal ? -1 : 1;
    return (a->type > b->type) - (a->type < b->type);
}

static cyt_code put_row(cyt_slide_work *w, const cyt_screen_test *test,
                        const cyt_field_test *found, double q, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const char *signal = w->job->config->signals[test->signal].name;
    const char *type = w->slide.types.name[test->type];
    char index[2 * CYT_NAME_SIZE];
    cyt_result_table *t = cyt_slide_table(w, "screen", err);
    CYT_TRY(err->code);
    snprintf(index, sizeof index, "%s|%s", signal, type);
    CYT_TRY(cyt_result_row(t, index, err));
    CYT_TRY(cyt_result_text(t, "signal", signal, err));
    CYT_TRY(cyt_result_text(t, "responder", type, err));
    CYT_TRY(cyt_result_number(t, "z", found->z, err));
    CYT_TRY(cyt_result_number(t, "p", found->p, err));
    CYT_TRY(cyt_result_number(t, "q", q, err));
    CYT_TRY(cyt_result_number(t, "p_family", found->p_family, err));
done:
    return code;
}

/* The family of all signals and responders of the slide. */
static cyt_code put_rows(cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide_screen *s = w->screen;
    const size_t n = s->n_tests;
    cyt_field_test *found = cyt_alloc(n, sizeof *found, "a screen", err);
    const cyt_screen_test **order = cyt_alloc(n, sizeof *order, "a screen", err);
    double *p = cyt_alloc(2 * n, sizeof *p, "a screen", err);
    CYT_TRY(err->code);
    cyt_field_tests(n, (size_t)w->job->config->screen.shifts, s->score, found);
    for (size_t i = 0; i < n; i++) {
        order[i] = &s->test[i];
        p[i] = found[i].p;
    }
    CYT_TRY(cyt_benjamini_hochberg(p, n, p + n, err));
    qsort(order, n, sizeof *order, by_signal);
    for (size_t k = 0; k < n; k++) {
        const size_t i = (size_t)(order[k] - s->test);
        CYT_TRY(put_row(w, order[k], &found[i], p[n + i], err));
    }
done:
    free(found);
    free(order);
    free(p);
    return code;
}

cyt_code cyt_slide_screen_end(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_agree(group, cyt_screen_left_out(w, err), err));
    if (!w->screen)
        return CYT_OK;
    CYT_TRY(cyt_screen_scores_end(group, w, err));
    if (w->screen->n_tests > 0)
        CYT_TRY(cyt_agree(group, put_rows(w, err), err));
done:
    cyt_slide_screen_destroy(w->screen);
    w->screen = NULL;
    return code;
}
