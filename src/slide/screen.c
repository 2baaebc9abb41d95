// SPDX-License-Identifier: BSD-3-Clause
/* The screen. Each signal and responder whose slope stands is tested by its score at
 * the fit without theta, against the scores of the same field shifted (field_null.h);
 * shifts are the same for all, so that the largest of the family is known too. Nothing
 * is fitted again. */
#include "slide/screen.h"

#include "slide/steps.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/rank_test.h"
#include "cytotaxis/spd.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

typedef struct cyt_screen_test {
    size_t signal, type;
} screen_test;

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

cyt_result_table *cyt_slide_table(cyt_slide_work *w, const char *name, cyt_error *err)
{
    for (size_t k = 0; k < w->tables.n; k++)
        if (strcmp(w->tables.item[k]->name, name) == 0)
            return w->tables.item[k];
    return cyt_result_table_add(&w->tables, name, err);
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
    free(s->test);
    free(s->score);
    free(s);
}

/* --- fields that are needed together ------------------------------------------------
 */

static cyt_code keep_field(const cyt_slide_work *w, const cyt_trap_seen *seen,
                           cyt_error *err)
{
    cyt_slide_screen *s = w->screen;
    const size_t n = cyt_slide_n_rows(&w->slide) * w->slide.grid.n_cols;
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

/* --- scores
 * --------------------------------------------------------------------------- */

/* Shifts need no blocks, so a slope without error is tested too. */
static int stands(const cyt_trap_seen *seen)
{
    const cyt_trap_reason why = seen->result->slope.why;
    return seen->base && (why == CYT_TRAP_FINE || why == CYT_TRAP_FEW_BLOCKS);
}

/* Rasters of one test: what the model without theta leaves, and the field. */
typedef struct left_over {
    uint8_t *part; /* [own pixels] like the next */
    double *residual, *weight;
    float *theta;
    double *row; /* room for a row of data */
    uint32_t *block;
} left_over;

static void free_left(left_over *l)
{
    free(l->part);
    free(l->residual);
    free(l->weight);
    free(l->theta);
    free(l->row);
    free(l->block);
}

static cyt_code alloc_left(size_t n, size_t n_cols, size_t n_coefs, left_over *l,
                           cyt_error *err)
{
    static const char what[] = "a screen";
    l->part = cyt_calloc(n, 1, what, err);
    l->residual = cyt_calloc(n, sizeof *l->residual, what, err);
    l->weight = cyt_calloc(n, sizeof *l->weight, what, err);
    l->theta = cyt_calloc(n, sizeof *l->theta, what, err);
    l->row = cyt_alloc((n_coefs + 4) * n_cols, sizeof *l->row, what, err);
    l->block = cyt_alloc(n_cols, sizeof *l->block, what, err);
    return err->code;
}

/* What the covariates say of theta: its weighted regression on them. The score does not
 * know theta from what is left of it, and only that is shifted: else shifts, which tear
 * it from the covariates, would vary more than the score. */
static cyt_code regress(MPI_Comm group, const cyt_trap_model *m,
                        const cyt_glm_fit *base, double *gamma, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_glm_data data = cyt_trap_data(m);
    const size_t last = data.n_coefs - 1;
    double beta[CYT_GLM_MOST], factor[CYT_TRIANGLE(CYT_GLM_MOST)];
    char kept[CYT_GLM_MOST];
    double *sums = cyt_alloc(CYT_GLM_SUMS(data.n_coefs), sizeof *sums, "a screen", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    memcpy(beta, base->beta, last * sizeof *beta);
    memcpy(kept, base->is_kept, last);
    beta[last] = 0;
    CYT_TRY(cyt_glm_sum(group, &data, beta, 0, sums, err));
    for (size_t k = 0; k < last; k++)
        gamma[k] = kept[k] ? sums[CYT_TRIANGLE_AT(last, k)] : 0;
    cyt_spd_factor(last, sums, 0, kept, factor);
    cyt_spd_solve(last, factor, kept, gamma);
done:
    free(sums);
    return code;
}

/* The items of a row are its pixels that are used, in order. */
static void take_row(const cyt_trap_model *m, const cyt_glm_data *data,
                     const cyt_glm_fit *base, const double *gamma, size_t row,
                     left_over *l)
{
    const size_t n_cols = m->slide->grid.n_cols;
    const cyt_receptor law = {.per_kd = m->per_kd};
    double *y = l->row + data->n_coefs * n_cols, *weight = y + n_cols;
    double *residual = weight + n_cols, *term = residual + n_cols;
    cyt_glm_items items = {0, n_cols, l->row, y, l->block};
    size_t k = 0;
    data->make_row(data->context, row, &items);
    cyt_glm_predict(data->family, data->n_coefs, &items, base->beta, weight, residual,
                    term);
    for (size_t i = row * n_cols; i < (row + 1) * n_cols; i++) {
        const int column = m->part ? m->part_column[m->part[i]] : 0;
        double theta;
        if (!m->inside[i] || column == CYT_TRAP_LEFT_OUT)
            continue;
        cyt_occupancy(1, &m->c[i], &law, &theta);
        l->part[i] = (uint8_t)(column + 1);
        l->weight[i] = weight[k];
        for (size_t j = 0; j < data->n_coefs; j++)
            theta -= gamma[j] * l->row[j * n_cols + k];
        l->residual[i] = residual[k++];
        l->theta[i] = (float)theta;
    }
}

/* Codes of compartments are below 256, and one of them is no compartment. */
static size_t count_parts(const cyt_trap_model *m)
{
    return m->part ? m->n_part_columns + 1 : 1;
}

/* Scores of the field and of all its shifts: [shifts + 1] [out]. */
static cyt_code find_scores(MPI_Comm group, const cyt_slide_work *w,
                            const cyt_trap_seen *seen, double *score, cyt_error *err)
{
    cyt_code code = CYT_OK;
    left_over l = {0};
    double gamma[CYT_GLM_MOST];
    cyt_trap_model without = seen->pixels;
    without.c = NULL;
    const cyt_glm_data data = cyt_trap_data(&without);
    const size_t n_rows = cyt_slide_n_rows(&w->slide), n_cols = w->slide.grid.n_cols;
    CYT_TRY(cyt_agree(group, alloc_left(n_rows * n_cols, n_cols, data.n_coefs, &l, err),
                      err));
    CYT_TRY(regress(group, &seen->pixels, seen->base, gamma, err));
    for (size_t row = 0; row < n_rows; row++)
        take_row(&seen->pixels, &data, seen->base, gamma, row, &l);
    const cyt_field_null null = {
        .starts = w->slide.strips,
        .n_cols = n_cols,
        .n_parts = count_parts(&without),
        .part = l.part,
        .residual = l.residual,
        .weight = l.weight,
        .field = l.theta,
        .stop = &w->job->stop,
    };
    CYT_TRY(cyt_field_null_scores(group, &null, w->screen->key,
                                  (size_t)w->job->config->screen.shifts, score, err));
done:
    free_left(&l);
    return code;
}

static cyt_code score(MPI_Comm group, cyt_slide_work *w, const cyt_trap_seen *seen,
                      cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_slide_screen *s = w->screen;
    char key[64];
    const size_t n_scores = (size_t)w->job->config->screen.shifts + 1;
    const screen_test test = {seen->result->signal, seen->result->responder};
    code = cyt_grow(&s->test, &s->tests_capacity, s->n_tests + 1, sizeof *s->test,
                    "a screen", err);
    if (code == CYT_OK)
        code = cyt_grow(&s->score, &s->scores_capacity, (s->n_tests + 1) * n_scores,
                        sizeof *s->score, "a screen", err);
    CYT_TRY(cyt_agree(group, code, err));
    snprintf(key, sizeof key, "screen %zu %zu", test.signal, test.type);
    double *scores = s->score + s->n_tests * n_scores;
    const cyt_step step = {
        .key = key, .n_bytes = n_scores * sizeof *scores, .bytes = scores};
    if (!cyt_steps_take(group, w, &step)) {
        CYT_TRY(find_scores(group, w, seen, scores, err));
        cyt_steps_put(group, w, &step);
    }
    s->test[s->n_tests++] = test;
done:
    return code;
}

cyt_code cyt_slide_screen_see(MPI_Comm group, cyt_slide_work *w,
                              const cyt_trap_seen *seen, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_config *config = w->job->config;
    if (!w->screen)
        CYT_TRY(cyt_agree(group, create(w, &w->screen, err), err));
    CYT_TRY(cyt_slide_receptor(group, w, seen, err));
    if (!isnan(config->screen.shifts) && stands(seen))
        CYT_TRY(score(group, w, seen, err));
    if (!seen->base)
        return CYT_OK;
    if (cyt_screen_needs_field(config, seen->result->signal))
        CYT_TRY(cyt_agree(group, keep_field(w, seen, err), err));
    CYT_TRY(cyt_slide_decoys(group, w, seen, err));
    CYT_TRY(cyt_slide_mechanisms(group, w, seen, err));
done:
    return code;
}

/* --- table
 * ---------------------------------------------------------------------------- */

static int by_signal(const void *pa, const void *pb)
{
    const screen_test *a = *(const screen_test *const *)pa;
    const screen_test *b = *(const screen_test *const *)pb;
    if (a->signal != b->signal)
        return a->signal < b->signal ? -1 : 1;
    return (a->type > b->type) - (a->type < b->type);
}

static cyt_code put_row(cyt_slide_work *w, const screen_test *test,
                        const cyt_field_test *found, double q, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const char *signal = w->job->config->signals[test->signal].name;
    const char *type = w->slide.types.name[test->type];
    char index[2048];
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
    const screen_test **order = cyt_alloc(n, sizeof *order, "a screen", err);
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
    if (!w->screen)
        return CYT_OK;
    if (w->screen->n_tests > 0)
        CYT_TRY(cyt_agree(group, put_rows(w, err), err));
done:
    cyt_slide_screen_destroy(w->screen);
    w->screen = NULL;
    return code;
}
