// SPDX-License-Identifier: BSD-3-Clause
/* A contest of mechanisms: to the covariates that all share, each adds one column,
 *
 *     signal    occupancy of a signal: retention where the slope is positive,
 *               repulsion where it is negative
 *     barrier   log density of cells that hold others up
 *     entry     distance to cells where responders come in
 *     none      nothing
 *
 * which are not nested, so no likelihood ratio ranks them. What ranks them is how well
 * each foretells blocks that it has not seen: the Poisson log score of held-out blocks,
 * blocks being dealt to folds so that neighbours are in different ones. BIC with n the
 * number of responders is told besides; it takes cells for independent, so it only
 * describes. */
#include "slide/screen.h"
#include "slide/trap_stage.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/density.h"
#include "cytotaxis/distance_map.h"
#include "cytotaxis/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum kind { NONE, SIGNAL, BARRIER, ENTRY } kind;
static const char *const kind_words[] = {"none", "signal", "barrier", "entry"};

/* One mechanism: its column, and what was found. */
typedef struct mechanism {
    kind kind;
    const char *name; /* borrowed; "" for none */
    double *column;   /* [own pixels]; NULL for none */
    int is_fitted;
    double log_score;         /* of all blocks, each while held out */
    double difference, error; /* to none, and its standard error over blocks */
    double bic;
    cyt_trap_slope slope;
    double *block_score; /* [n_blocks] */
} mechanism;

typedef struct contest {
    MPI_Comm group;
    cyt_slide_work *work;
    const cyt_trap_seen *seen;
    cyt_trap_model model; /* without a mechanism's column */
    size_t n_folds, n_blocks;
    size_t n;
    mechanism *item; /* [n] none is the first */
} contest;

/* --- columns ---------------------------------------------------------------------- */

/* Types of the name, a type or a set, but for the responder. Returns their cells. */
static uint64_t types_of(const contest *c, const char *name, uint8_t *is_in)
{
    const cyt_names *types = cyt_types_of_set(c->work->job->config, name);
    uint64_t n = 0;
    for (size_t i = 0; i < c->work->slide.types.n; i++) {
        const char *type = c->work->slide.types.name[i];
        is_in[i] = i != c->seen->result->responder &&
                   (types ? cyt_names_find(types, type) != CYT_NO_NAME
                          : strcmp(type, name) == 0);
        n += is_in[i] ? c->work->slide.type_counts[i] : 0;
    }
    return n;
}

static cyt_code make_barrier(const contest *c, const uint8_t *is_in, double *column,
                             cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide_work *w = c->work;
    float *plane = cyt_alloc(cyt_slide_n_pixels(w), sizeof *plane, "a barrier", err);
    CYT_TRY(cyt_agree(c->group, err->code, err));
    CYT_TRY(
        cyt_trap_density_plane(c->group, w, c->seen->tissue_share, is_in, plane, err));
    for (size_t i = 0; i < cyt_slide_n_pixels(w); i++)
        column[i] = plane[i];
done:
    free(plane);
    return code;
}

static cyt_code make_entry(const contest *c, const uint8_t *is_in, double *column,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide_work *w = c->work;
    const size_t n = cyt_slide_n_pixels(w);
    uint8_t *seeds = cyt_calloc(2 * n, 1, "entries", err);
    float *map = cyt_alloc(n, sizeof *map, "entries", err);
    CYT_TRY(cyt_agree(c->group, err->code, err));
    for (size_t t = 0; t < w->slide.types.n; t++) {
        if (!is_in[t])
            continue;
        cyt_distance_seeds(&w->slide, t, seeds + n);
        for (size_t i = 0; i < n; i++)
            seeds[i] |= seeds[n + i];
    }
    CYT_TRY(cyt_distance_map(c->group, &w->slide, seeds, map, err));
    for (size_t i = 0; i < n; i++)
        column[i] = map[i];
done:
    free(seeds);
    free(map);
    return code;
}

static cyt_code make_column(const contest *c, mechanism *m, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide_work *w = c->work;
    uint8_t *is_in = cyt_alloc(w->slide.types.n, 1, "types", err);
    m->column = cyt_alloc(cyt_slide_n_pixels(w), sizeof *m->column, "a mechanism", err);
    CYT_TRY(cyt_agree(c->group, err->code, err));
    if (m->kind == SIGNAL) {
        const cyt_kept_field *f =
            cyt_screen_field(w->screen, cyt_signal_called(w->job->config, m->name),
                             c->seen->result->responder);
        for (size_t i = 0; i < cyt_slide_n_pixels(w); i++)
            m->column[i] = f->theta[i];
        m->is_fitted = 1;
        goto done;
    }
    m->is_fitted = types_of(c, m->name, is_in) > 0;
    if (m->is_fitted && m->kind == BARRIER)
        CYT_TRY(make_barrier(c, is_in, m->column, err));
    if (m->is_fitted && m->kind == ENTRY)
        CYT_TRY(make_entry(c, is_in, m->column, err));
done:
    free(is_in);
    return code;
}

/* --- held-out blocks -------------------------------------------------------------- */

/* Rows of a model without the items of one fold. */
typedef struct fold {
    const cyt_glm_data *all;
    size_t n_block_cols, n_folds, out;
} fold;

/* Neighbours along rows, columns and diagonals are in different folds where there are
 * enough of them: steps of 1 and of 2, 3 or 1 along diagonals. */
static size_t fold_of(const fold *f, uint32_t block)
{
    return (block % f->n_block_cols + 2 * (block / f->n_block_cols)) % f->n_folds;
}

static void make_row(const void *context, size_t row, cyt_glm_items *items)
{
    const fold *f = context;
    size_t kept = 0;
    f->all->make_row(f->all->context, row, items);
    for (size_t i = 0; i < items->n; i++) {
        if (fold_of(f, items->block[i]) == f->out)
            continue;
        for (size_t k = 0; k < f->all->n_coefs; k++)
            items->x[k * items->stride + kept] = items->x[k * items->stride + i];
        items->y[kept] = items->y[i];
        items->block[kept++] = items->block[i];
    }
    items->n = kept;
}

static cyt_code score_fold(const contest *c, fold *f, mechanism *m, double *sums,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_coefs = f->all->n_coefs, n_sums = CYT_GLM_SUMS(n_coefs);
    cyt_glm_data rest = *f->all;
    cyt_glm_fit fit = *c->seen->base;
    rest.make_row = make_row;
    rest.context = f;
    memset(fit.is_kept, 1, sizeof fit.is_kept);
    if (m->column)
        fit.beta[n_coefs - 1] = 0;
    CYT_TRY(cyt_glm_solve(c->group, &rest, &fit, err));
    if (fit.end != CYT_GLM_SOLVED) {
        m->is_fitted = 0;
        goto done;
    }
    CYT_TRY(cyt_glm_sum(c->group, f->all, fit.beta, 1, sums, err));
    for (size_t g = 0; g < c->n_blocks; g++)
        if (fold_of(f, (uint32_t)g) == f->out)
            m->block_score[g] = sums[g * n_sums + n_sums - 1];
done:
    return code;
}

static cyt_code score_held_out(const contest *c, const cyt_trap_model *model,
                               mechanism *m, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_glm_data all = cyt_trap_data(model);
    fold f = {&all, model->n_block_cols, c->n_folds, 0};
    double *sums = cyt_alloc(c->n_blocks * CYT_GLM_SUMS(all.n_coefs), sizeof *sums,
                             "held-out blocks", err);
    m->block_score =
        cyt_calloc(c->n_blocks, sizeof *m->block_score, "held-out blocks", err);
    CYT_TRY(cyt_agree(c->group, err->code, err));
    for (; f.out < c->n_folds && m->is_fitted; f.out++)
        CYT_TRY(score_fold(c, &f, m, sums, err));
    for (size_t g = 0; g < c->n_blocks; g++)
        m->log_score += m->block_score[g];
done:
    free(sums);
    return code;
}

/* --- one mechanism ---------------------------------------------------------------- */

static cyt_code run_mechanism(const contest *c, mechanism *m, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_trap_model model = c->model;
    m->slope = cyt_trap_no_slope(CYT_TRAP_FINE);
    m->is_fitted = 1;
    if (m->kind != NONE)
        CYT_TRY(make_column(c, m, err));
    if (!m->is_fitted)
        goto done;
    model.c = m->column;
    model.per_kd = 0;
    const double n = (double)c->seen->result->n_responders;
    double log_likelihood = c->seen->base->log_likelihood;
    size_t n_free = 0;
    for (size_t k = 0; k < cyt_trap_n_coefs(&c->model); k++)
        n_free += c->seen->base->is_kept[k] != 0;
    if (m->column) {
        CYT_TRY(cyt_trap_fit_slope(c->group, &model, c->seen->base, &m->slope, err));
        m->is_fitted = !isnan(m->slope.beta);
        log_likelihood = m->slope.log_likelihood;
        n_free++;
    }
    if (!m->is_fitted)
        goto done;
    m->bic = (double)n_free * log(n) - 2 * log_likelihood;
    CYT_TRY(score_held_out(c, &model, m, err));
done:
    free(m->column);
    m->column = NULL;
    return code;
}

/* The difference to no mechanism, and its error if blocks are independent. */
static void compare(const contest *c, mechanism *m)
{
    const mechanism *none = &c->item[0];
    double n = 0, squares = 0;
    m->difference = m->error = NAN;
    if (!m->is_fitted || !none->is_fitted)
        return;
    m->difference = m->log_score - none->log_score;
    for (size_t g = 0; g < c->n_blocks; g++)
        n += none->block_score[g] != 0;
    for (size_t g = 0; g < c->n_blocks; g++) {
        const double off = m->block_score[g] - none->block_score[g] - m->difference / n;
        squares += none->block_score[g] != 0 ? off * off : 0;
    }
    m->error = sqrt(n / (n - 1) * squares);
}

/* --- table ------------------------------------------------------------------------ */

static int by_score(const void *pa, const void *pb)
{
    const mechanism *a = *(const mechanism *const *)pa;
    const mechanism *b = *(const mechanism *const *)pb;
    if (a->is_fitted != b->is_fitted)
        return a->is_fitted ? -1 : 1;
    if (a->is_fitted && a->log_score != b->log_score)
        return a->log_score > b->log_score ? -1 : 1;
    return (a > b) - (a < b);
}

static const char *meaning_of(const mechanism *m)
{
    const int up = m->slope.beta > 0;
    if (!m->is_fitted)
        return "could not be fitted";
    if (m->kind != NONE && !(m->difference > 0))
        return "foretells blocks it has not seen no better than the covariates alone";
    switch (m->kind) {
    case SIGNAL:
        return up ? "estimated under the stated model: held where the signal is high"
                  : "estimated under the stated model: repelled where the signal is "
                    "high";
    case BARRIER:
        return up ? "estimated under the stated model: denser among these cells"
                  : "estimated under the stated model: sparser among these cells";
    case ENTRY:
        return up ? "estimated under the stated model: denser away from these cells"
                  : "estimated under the stated model: denser near these cells";
    case NONE:
        break;
    }
    return "nothing but the covariates";
}

static cyt_code put_row(const contest *c, const mechanism *m, size_t place,
                        cyt_error *err)
{
    cyt_code code = CYT_OK;
    const char *type = c->work->slide.types.name[c->seen->result->responder];
    const double unknown = m->is_fitted ? 0 : NAN;
    char index[2 * CYT_NAME_SIZE + 16], words[CYT_NAME_SIZE + 16];
    cyt_result_table *t = cyt_slide_table(c->work, "mechanisms", err);
    CYT_TRY(err->code);
    snprintf(words, sizeof words, "%s%s%s", kind_words[m->kind], m->name[0] ? " " : "",
             m->name);
    snprintf(index, sizeof index, "%s|%s", type, words);
    if (m->kind != NONE)
        CYT_TRY(cyt_metrics_add(&c->work->metrics, CYT_CONTEST_GAIN, type, NULL, words,
                                m->difference, err));
    CYT_TRY(cyt_result_row(t, index, err));
    CYT_TRY(cyt_result_text(t, "responder", type, err));
    CYT_TRY(cyt_result_text(t, "mechanism", kind_words[m->kind], err));
    CYT_TRY(cyt_result_text(t, "of", m->name, err));
    CYT_TRY(cyt_result_number(t, "place", (double)place + unknown, err));
    CYT_TRY(cyt_result_number(t, "log_score", m->log_score + unknown, err));
    CYT_TRY(cyt_result_number(t, "gain", m->difference + unknown, err));
    CYT_TRY(cyt_result_number(t, "gain_se", m->error + unknown, err));
    CYT_TRY(cyt_result_number(t, "slope", m->slope.beta, err));
    CYT_TRY(cyt_result_number(t, "p", m->slope.p, err));
    CYT_TRY(cyt_result_number(t, "bic", m->bic + unknown, err));
    CYT_TRY(cyt_result_text(t, "meaning", meaning_of(m), err));
done:
    return code;
}

static cyt_code put_rows(const contest *c, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const mechanism **order = cyt_alloc(c->n, sizeof *order, "mechanisms", err);
    CYT_TRY(err->code);
    for (size_t k = 0; k < c->n; k++)
        order[k] = &c->item[k];
    qsort(order, c->n, sizeof *order, by_score);
    for (size_t k = 0; k < c->n; k++)
        CYT_TRY(put_row(c, order[k], k + 1, err));
done:
    free(order);
    return code;
}

/* --- the contest ------------------------------------------------------------------ */

static void add_named(contest *c, kind of, const cyt_names *names)
{
    for (size_t k = 0; k < names->n; k++)
        c->item[c->n++] = (mechanism){.kind = of, .name = names->name[k]};
}

static int all_were_seen(const cyt_slide_work *w, size_t type)
{
    const cyt_names *signals = &w->job->config->screen.contest_signals;
    for (size_t k = 0; k < signals->n; k++)
        if (!cyt_screen_field(
                w->screen, cyt_signal_called(w->job->config, signals->name[k]), type))
            return 0;
    return 1;
}

cyt_code cyt_slide_mechanisms(MPI_Comm group, cyt_slide_work *w,
                              const cyt_trap_seen *seen, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_screen_config *config = &w->job->config->screen;
    const size_t type = seen->result->responder;
    contest c = {.group = group, .work = w, .seen = seen, .model = seen->pixels};
    if (isnan(config->contest_folds) || w->screen->contest_done[type] ||
        seen->base->end != CYT_GLM_SOLVED || !all_were_seen(w, type))
        return CYT_OK;
    w->screen->contest_done[type] = 1;
    c.n_folds = (size_t)config->contest_folds;
    c.model.c = NULL;
    cyt_trap_lay_blocks(&c.model, seen->side_um * w->screen->longest_um,
                        &seen->pixels.box);
    c.n_blocks = c.model.n_block_rows * c.model.n_block_cols;
    c.item = cyt_calloc(1 + config->contest_signals.n + config->contest_barriers.n +
                            config->contest_entries.n,
                        sizeof *c.item, "mechanisms", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    c.item[c.n++] = (mechanism){.kind = NONE, .name = ""};
    add_named(&c, SIGNAL, &config->contest_signals);
    add_named(&c, BARRIER, &config->contest_barriers);
    add_named(&c, ENTRY, &config->contest_entries);
    for (size_t k = 0; k < c.n; k++)
        CYT_TRY(run_mechanism(&c, &c.item[k], err));
    for (size_t k = 0; k < c.n; k++)
        compare(&c, &c.item[k]);
    CYT_TRY(cyt_agree(group, put_rows(&c, err), err));
done:
    for (size_t k = 0; c.item && k < c.n; k++)
        free(c.item[k].block_score);
    free(c.item);
    return code;
}
