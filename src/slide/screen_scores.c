// SPDX-License-Identifier: BSD-3-Clause
/* Scores of the screen. Each signal and responder whose slope stands is tested by its
 * score at the fit without theta, against the scores of the same field shifted
 * (field_null.h); shifts are the same for all, so that the largest of the family is
 * known too. Nothing is fitted again.
 *
 * Fields of one model are shifted together, so they wait until there are enough, or no
 * more come, or their model is replaced by one of other responders. Responder types
 * take turns, so a model stays for each. */
#include "slide/screen.h"
#include "slide/steps.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/spd.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char what[] = "a screen";

/* Shifts need no blocks, so a slope without error is tested too. */
static int stands(const cyt_trap_seen *seen)
{
    const cyt_trap_reason why = seen->result->slope.why;
    return seen->base && (why == CYT_TRAP_FINE || why == CYT_TRAP_FEW_BLOCKS);
}

void cyt_screen_waiting_free(cyt_screen_waiting *q)
{
    for (size_t k = 0; k < q->n_models; k++)
        cyt_field_null_free(&q->model[k].null);
    for (size_t k = 0; k < CYT_SCREEN_TOGETHER; k++)
        free(q->field[k]);
    free(q->model);
    *q = (cyt_screen_waiting){0};
}

/* --- rows of the model without theta ---------------------------------------------- */

/* A row of its data. Its items are the pixels that are used, in order. */
typedef struct row_room {
    cyt_glm_items items;
    double *weight, *residual, *term;
    double *numbers; /* owns them */
} row_room;

static void free_row_room(row_room *r)
{
    free(r->numbers);
    free(r->items.block);
}

static cyt_code make_row_room(const cyt_glm_data *data, row_room *r, cyt_error *err)
{
    const size_t n = data->most;
    r->numbers = cyt_alloc((data->n_coefs + 4) * n, sizeof *r->numbers, what, err);
    r->items.block = cyt_alloc(n, sizeof *r->items.block, what, err);
    r->items.stride = n;
    r->items.x = r->numbers;
    if (err->code != CYT_OK)
        return err->code;
    r->items.y = r->numbers + data->n_coefs * n;
    r->weight = r->items.y + n;
    r->residual = r->weight + n;
    r->term = r->residual + n;
    return CYT_OK;
}

static void take_row(const cyt_trap_model *m, const cyt_glm_data *data,
                     const cyt_glm_fit *base, size_t row, row_room *r,
                     const cyt_field_null *null)
{
    const size_t n_cols = m->slide->grid.n_cols;
    const cyt_field_null_row to = cyt_field_null_row_of(null, row);
    size_t k = 0;
    data->make_row(data->context, row, &r->items);
    cyt_glm_predict(data->family, data->n_coefs, &r->items, base->beta, r->weight,
                    r->residual, r->term);
    for (size_t col = 0; col < n_cols; col++) {
        const size_t i = row * n_cols + col;
        if (!cyt_trap_uses(m, i))
            continue;
        to.part[col] = (uint8_t)(m->part ? m->part_column[m->part[i]] + 1 : 1);
        to.weight[col] = (float)r->weight[k];
        to.residual[col] = (float)r->residual[k++];
    }
}

/* --- models ----------------------------------------------------------------------- */

/* Codes of compartments are below 256, and one of them is no compartment. */
static size_t count_parts(const cyt_trap_model *m)
{
    return m->part ? m->n_part_columns + 1 : 1;
}

static cyt_code take_model(MPI_Comm group, const cyt_slide_work *w,
                           const cyt_trap_seen *seen, cyt_field_null *null,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    row_room room = {0};
    cyt_trap_model without = seen->pixels;
    without.c = NULL;
    const cyt_glm_data data = cyt_trap_data(&without);
    const size_t n_rows = cyt_slide_n_rows(&w->slide);
    const cyt_field_null_params params = {.starts = w->slide.strips,
                                          .n_cols = w->slide.grid.n_cols,
                                          .n_parts = count_parts(&without),
                                          .n_shifts =
                                              (size_t)w->job->config->screen.shifts,
                                          .key = w->screen->key,
                                          .stop = &w->job->stop};
    code = cyt_field_null_init(&params, n_rows, null, err);
    if (code == CYT_OK)
        code = make_row_room(&data, &room, err);
    CYT_TRY(cyt_agree(group, code, err));
    for (size_t row = 0; row < n_rows; row++)
        take_row(&without, &data, seen->base, row, &room, null);
    CYT_TRY(cyt_field_null_prepare(group, null, err));
done:
    free_row_room(&room);
    return code;
}

/* --- fields that wait ------------------------------------------------------------- */

enum { KEY_BYTES = 64 };

/* What a test of the table leaves: its scores, where they are kept. */
static cyt_step step_of(const cyt_slide_work *w, const cyt_screen_test *test,
                        size_t place, char key[KEY_BYTES])
{
    const size_t n_scores = (size_t)w->job->config->screen.shifts + 1;
    snprintf(key, KEY_BYTES, "screen %zu %zu", test->signal, test->type);
    return (cyt_step){.key = key,
                      .n_bytes = n_scores * sizeof *w->screen->score,
                      .bytes = w->screen->score + place * n_scores};
}

static void put_down(MPI_Comm group, cyt_slide_work *w, size_t place)
{
    char key[KEY_BYTES];
    const cyt_step step = step_of(w, &w->screen->test[place], place, key);
    cyt_steps_put(group, w, &step);
}

/* Scores of the fields of one model. */
static cyt_code score_model(MPI_Comm group, cyt_slide_work *w, size_t model,
                            double *room, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_slide_screen *s = w->screen;
    const cyt_screen_waiting *q = &s->waiting;
    const cyt_field_null *null = &q->model[model].null;
    const size_t n_scores = null->params.n_shifts + 1;
    const float *field[CYT_SCREEN_TOGETHER];
    size_t test[CYT_SCREEN_TOGETHER], n = 0;
    for (size_t k = 0; k < q->n_fields; k++) {
        if (q->model_of[k] != model)
            continue;
        test[n] = q->test_of[k];
        field[n++] = q->field[k];
    }
    if (n == 0)
        return CYT_OK;
    CYT_TRY(cyt_field_null_scores(group, null, n, field, room, err));
    for (size_t k = 0; k < n; k++) {
        memcpy(s->score + test[k] * n_scores, room + k * n_scores,
               n_scores * sizeof *room);
        put_down(group, w, test[k]);
    }
done:
    return code;
}

static cyt_code score_all(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_slide_screen *s = w->screen;
    if (s->waiting.n_fields == 0)
        return CYT_OK;
    const size_t n_scores = (size_t)w->job->config->screen.shifts + 1;
    double *room = cyt_alloc(s->waiting.n_fields * n_scores, sizeof *room, what, err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t k = 0; k < s->waiting.n_models; k++)
        CYT_TRY(score_model(group, w, k, room, err));
    s->waiting.n_fields = 0;
done:
    free(room);
    return code;
}

/* Place of the model of a responder type, made anew where its fit is another. */
static cyt_code find_model(MPI_Comm group, cyt_slide_work *w, const cyt_trap_seen *seen,
                           size_t *place, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_screen_waiting *q = &w->screen->waiting;
    const size_t type = seen->result->responder;
    size_t k = 0;
    while (k < q->n_models && q->model[k].type != type)
        k++;
    *place = k;
    if (k < q->n_models && q->model[k].number == seen->base_number)
        return CYT_OK;
    if (k < q->n_models) {
        CYT_TRY(score_all(group, w, err));
    } else {
        CYT_TRY(cyt_agree(group,
                          cyt_grow(&q->model, &q->models_capacity, k + 1,
                                   sizeof *q->model, what, err),
                          err));
        q->model[q->n_models++] = (cyt_screen_model){.type = type};
    }
    cyt_field_null_free(&q->model[k].null);
    q->model[k].number = seen->base_number;
    CYT_TRY(take_model(group, w, seen, &q->model[k].null, err));
done:
    return code;
}

/* --- a field ---------------------------------------------------------------------- */

/* A row of what the covariates do not say of theta, the last column. The score does not
 * know theta from what is left of it, and only that is shifted: else shifts, which tear
 * it from the covariates, would vary more than the score. */
static void leave_row(const cyt_trap_model *m, const cyt_glm_data *data,
                      const double *gamma, size_t row, row_room *r, float *left)
{
    const size_t n_cols = m->slide->grid.n_cols, last = data->n_coefs - 1;
    double *theta = r->items.x + last * r->items.stride;
    size_t k = 0;
    data->make_row(data->context, row, &r->items);
    for (size_t j = 0; j < last; j++) {
        const double *x = r->items.x + j * r->items.stride;
        for (size_t i = 0; i < r->items.n; i++)
            theta[i] -= gamma[j] * x[i];
    }
    for (size_t col = 0; col < n_cols; col++)
        left[col] = cyt_trap_uses(m, row * n_cols + col) ? (float)theta[k++] : 0.0F;
}

static cyt_code take_field(MPI_Comm group, cyt_slide_work *w, const cyt_trap_seen *seen,
                           float **left, cyt_error *err)
{
    cyt_code code = CYT_OK;
    row_room room = {0};
    double gamma[CYT_GLM_MOST];
    const cyt_glm_data data = cyt_trap_data(&seen->pixels);
    const size_t n_rows = cyt_slide_n_rows(&w->slide), n_cols = w->slide.grid.n_cols;
    code = make_row_room(&data, &room, err);
    if (!*left && code == CYT_OK)
        *left = cyt_alloc(n_rows * n_cols, sizeof **left, what, err);
    CYT_TRY(cyt_agree(group, err->code, err));
    CYT_TRY(cyt_trap_regress(group, &seen->pixels, seen->base, gamma, err));
    for (size_t row = 0; row < n_rows; row++)
        leave_row(&seen->pixels, &data, gamma, row, &room, *left + row * n_cols);
done:
    free_row_room(&room);
    return code;
}

/* Room for another row of the table. */
static cyt_code grow_tests(cyt_slide_screen *s, size_t n_scores, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_grow(&s->test, &s->tests_capacity, s->n_tests + 1, sizeof *s->test,
                     what, err));
    CYT_TRY(cyt_grow(&s->score, &s->scores_capacity, (s->n_tests + 1) * n_scores,
                     sizeof *s->score, what, err));
done:
    return code;
}

/* Put a field among those that wait. */
static cyt_code wait_for_more(MPI_Comm group, cyt_slide_work *w,
                              const cyt_trap_seen *seen, size_t place, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_screen_waiting *q = &w->screen->waiting;
    size_t model;
    CYT_TRY(find_model(group, w, seen, &model, err));
    CYT_TRY(take_field(group, w, seen, &q->field[q->n_fields], err));
    q->model_of[q->n_fields] = model;
    q->test_of[q->n_fields++] = place;
    if (q->n_fields == CYT_SCREEN_TOGETHER)
        CYT_TRY(score_all(group, w, err));
done:
    return code;
}

cyt_code cyt_screen_scores_see(MPI_Comm group, cyt_slide_work *w,
                               const cyt_trap_seen *seen, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char key[KEY_BYTES];
    cyt_slide_screen *s = w->screen;
    const size_t place = s->n_tests;
    if (!stands(seen))
        return CYT_OK;
    CYT_TRY(cyt_agree(
        group, grow_tests(s, (size_t)w->job->config->screen.shifts + 1, err), err));
    s->test[s->n_tests++] =
        (cyt_screen_test){seen->result->signal, seen->result->responder};
    const cyt_step step = step_of(w, &s->test[place], place, key);
    if (!cyt_steps_take(group, w, &step))
        CYT_TRY(wait_for_more(group, w, seen, place, err));
done:
    return code;
}

cyt_code cyt_screen_scores_end(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(score_all(group, w, err));
    cyt_screen_waiting_free(&w->screen->waiting);
done:
    return code;
}
