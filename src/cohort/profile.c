// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/profile.h"

#include "cohort/patients.h"
#include "cohort/pooled_signals.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/names.h"
#include "cytotaxis/number.h"
#include "cytotaxis/p_value.h"
#include "cytotaxis/result_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fewest patients that tell an interval. */
enum { LEAST_PATIENTS = 3 };

/* A point of a grid: a column of the cohort's table. */
typedef struct point {
    const cyt_metric *of;
    double *gain; /* [slides] of all ranks */
    double sum;   /* over the slides that count */
    double p;     /* that the best point is no better; NaN: untold, or it is the best */
} point;

typedef struct profiles {
    const cyt_run *run;
    const cyt_cohort_table *table;
    cyt_names patients; /* sorted */
    size_t *patient;    /* [slides] */
    size_t n;
    point *item;        /* [n] those of one signal and responder together */
    double *room;       /* [slides * n] gains */
    double *of_patient; /* [2 * patients] */
} profiles;

/* Points [first, last) are one grid. */
typedef struct grid {
    size_t first, last, best;
    size_t n_slides, n_patients;
} grid;

/* --- points ----------------------------------------------------------------------- */

/* Length of the name that variants of a signal share: "s" of "s@60um". */
static size_t stem(const cyt_metric *m)
{
    return strcspn(m->signal, "@");
}

static int same_grid(const cyt_metric *a, const cyt_metric *b)
{
    return stem(a) == stem(b) && strncmp(a->signal, b->signal, stem(a)) == 0 &&
           strcmp(a->type_a, b->type_a) == 0;
}

static double lambda_of(const cyt_run *run, const cyt_metric *m)
{
    for (size_t s = 0; s < run->config->n_signals; s++)
        if (strcmp(run->config->signals[s].name, m->signal) == 0)
            return run->config->signals[s].lambda_um;
    return NAN;
}

/* By stem and responder; within a grid in the order of metrics. */
static int by_grid(const void *left, const void *right)
{
    const cyt_metric *a = ((const point *)left)->of, *b = ((const point *)right)->of;
    const size_t shorter = stem(a) < stem(b) ? stem(a) : stem(b);
    int order = strncmp(a->signal, b->signal, shorter);
    if (order == 0)
        order = (stem(a) > stem(b)) - (stem(a) < stem(b));
    if (order == 0)
        order = strcmp(a->type_a, b->type_a);
    return order != 0 ? order : cyt_metric_compare(a, b);
}

static cyt_code begin(profiles *p, cyt_error *err)
{
    cyt_code code = CYT_OK;
    static const char what[] = "profile likelihoods";
    const cyt_metrics *columns = &p->table->columns;
    const cyt_samplesheet *sheet = p->run->sheet;
    p->item = cyt_alloc(columns->n, sizeof *p->item, what, err);
    p->patient = cyt_alloc(sheet->n, sizeof *p->patient, what, err);
    p->of_patient = cyt_alloc(2 * sheet->n, sizeof *p->of_patient, what, err);
    for (size_t m = 0; err->code == CYT_OK && m < columns->n; m++)
        if (columns->item[m].statistic == CYT_PROFILE_GAIN)
            p->item[p->n++] = (point){.of = &columns->item[m], .p = NAN};
    p->room = cyt_alloc(sheet->n * p->n, sizeof *p->room, what, err);
    CYT_TRY(err->code);
    CYT_TRY(cyt_patients_list(sheet, &p->patients, err));
    for (size_t s = 0; s < sheet->n; s++)
        p->patient[s] = cyt_names_search(&p->patients, sheet->samples[s].patient);
    if (p->n > 0)
        qsort(p->item, p->n, sizeof *p->item, by_grid);
    for (size_t k = 0; k < p->n; k++)
        p->item[k].gain = p->room + k * sheet->n;
done:
    return code;
}

static void end(profiles *p)
{
    cyt_names_free(&p->patients);
    free(p->patient);
    free(p->item);
    free(p->room);
    free(p->of_patient);
}

/* Collective. */
static cyt_code gather(MPI_Comm world, profiles *p, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_cohort_table *t = p->table;
    double *mine = cyt_alloc(t->n, sizeof *mine, "profile likelihoods", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    for (size_t k = 0; k < p->n; k++) {
        const size_t column = (size_t)(p->item[k].of - t->columns.item);
        for (size_t s = 0; s < t->n; s++)
            mine[s] = t->values[s * t->columns.n + column];
        CYT_TRY(cyt_cohort_table_gather(world, t, mine, 1, MPI_DOUBLE, p->item[k].gain,
                                        err));
    }
done:
    free(mine);
    return code;
}

/* --- one grid --------------------------------------------------------------------- */

static int counts(const profiles *p, const grid *g, size_t slide)
{
    int all = 1;
    for (size_t k = g->first; k < g->last; k++)
        all &= isfinite(p->item[k].gain[slide]);
    return all;
}

/* Sums over slides, and the point where they are largest. */
static void add_slides(profiles *p, grid *g)
{
    for (size_t k = g->first; k < g->last; k++)
        p->item[k].sum = 0;
    for (size_t s = 0; s < p->run->sheet->n; s++) {
        if (!counts(p, g, s))
            continue;
        g->n_slides++;
        for (size_t k = g->first; k < g->last; k++)
            p->item[k].sum += p->item[k].gain[s];
    }
    g->best = g->first;
    for (size_t k = g->first; k < g->last; k++)
        g->best = p->item[k].sum > p->item[g->best].sum ? k : g->best;
}

/* What patients gain at the best point over point k: t of their mean. */
static double p_of(profiles *p, grid *g, size_t k)
{
    double *more = p->of_patient, *slides = more + p->patients.n;
    double mean = 0, squares = 0, n = 0;
    for (size_t i = 0; i < 2 * p->patients.n; i++)
        p->of_patient[i] = 0;
    for (size_t s = 0; s < p->run->sheet->n; s++) {
        if (!counts(p, g, s))
            continue;
        more[p->patient[s]] += p->item[g->best].gain[s] - p->item[k].gain[s];
        slides[p->patient[s]]++;
    }
    for (size_t i = 0; i < p->patients.n; i++) {
        mean += slides[i] > 0 ? more[i] : 0;
        n += slides[i] > 0;
    }
    g->n_patients = (size_t)n;
    if (n < LEAST_PATIENTS || k == g->best)
        return NAN;
    mean /= n;
    for (size_t i = 0; i < p->patients.n; i++)
        squares += slides[i] > 0 ? (more[i] - mean) * (more[i] - mean) : 0;
    return squares > 0 ? cyt_p_of_t(mean / sqrt(squares / (n * (n - 1))), n - 1) : 1;
}

static int is_within(const point *at)
{
    return !(at->p <= 1 - cyt_pooled_level);
}

/* --- the table -------------------------------------------------------------------- */

/* "range 60 um, c/Kd 300": what is told of a point. */
static void tell_point(const profiles *p, const point *at, char *text, size_t room)
{
    char law[64] = "the low-dose limit";
    if (at->of->at > 0)
        snprintf(law, sizeof law, "c/Kd %g", at->of->at);
    snprintf(text, room, "range %g um, %s", lambda_of(p->run, at->of), law);
}

/* A plain sentence, of the best point. */
static void tell(const profiles *p, const grid *g, char text[CYT_MEANING_SIZE])
{
    const point *best = &p->item[g->best];
    const size_t size = g->last - g->first;
    char where[256];
    size_t n_within = 0;
    for (size_t k = g->first; k < g->last; k++)
        n_within += is_within(&p->item[k]) ? 1 : 0;
    tell_point(p, best, where, sizeof where);
    if (g->n_slides == 0)
        snprintf(text, CYT_MEANING_SIZE, "no slide has a likelihood at every point");
    else if (g->n_patients < LEAST_PATIENTS)
        snprintf(text, CYT_MEANING_SIZE,
                 "likeliest of %zu: %s; fewer than %d patients tell no interval", size,
                 where, LEAST_PATIENTS);
    else if (n_within == size)
        snprintf(text, CYT_MEANING_SIZE,
                 "likeliest of %zu: %s, but %zu patients tell it from none of them",
                 size, where, g->n_patients);
    else
        snprintf(text, CYT_MEANING_SIZE,
                 "likeliest of %zu: %s; %zu patients tell it from all but %zu", size,
                 where, g->n_patients, n_within - 1);
}

static cyt_code put_point(const profiles *p, const grid *g, size_t k,
                          cyt_result_table *t, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const point *at = &p->item[k];
    const int has_interval = g->n_patients >= LEAST_PATIENTS;
    char index[2048], number[CYT_NUMBER_SIZE], meaning[CYT_MEANING_SIZE] = "";
    snprintf(index, sizeof index, "%s|%s|c/Kd=%s", at->of->signal, at->of->type_a,
             cyt_number_text(at->of->at, number));
    if (k == g->best)
        tell(p, g, meaning);
    CYT_TRY(cyt_result_row(t, index, err));
    CYT_TRY(cyt_result_text(t, "signal", at->of->signal, err));
    CYT_TRY(cyt_result_text(t, "responder", at->of->type_a, err));
    CYT_TRY(cyt_result_number(t, "lambda_um", lambda_of(p->run, at->of), err));
    CYT_TRY(cyt_result_number(t, "c_over_kd", at->of->at, err));
    CYT_TRY(cyt_result_number(t, "n_slides", (double)g->n_slides, err));
    CYT_TRY(cyt_result_number(t, "n_patients", (double)g->n_patients, err));
    CYT_TRY(cyt_result_number(t, "gain", g->n_slides > 0 ? at->sum : NAN, err));
    CYT_TRY(cyt_result_number(
        t, "below_best", g->n_slides > 0 ? p->item[g->best].sum - at->sum : NAN, err));
    CYT_TRY(cyt_result_number(t, "p", at->p, err));
    CYT_TRY(cyt_result_number(t, "in_interval",
                              has_interval ? (double)is_within(at) : NAN, err));
    CYT_TRY(cyt_result_text(t, "meaning", meaning, err));
done:
    return code;
}

static cyt_code make_table(profiles *p, cyt_result_tables *tables, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_result_table *t = cyt_result_table_add(tables, "profile", err);
    CYT_TRY(err->code);
    for (grid g = {0}; g.first < p->n; g = (grid){.first = g.last}) {
        g.last = g.first + 1;
        while (g.last < p->n && same_grid(p->item[g.first].of, p->item[g.last].of))
            g.last++;
        add_slides(p, &g);
        for (size_t k = g.first; k < g.last; k++)
            p->item[k].p = p_of(p, &g, k);
        for (size_t k = g.first; k < g.last; k++)
            CYT_TRY(put_point(p, &g, k, t, err));
    }
done:
    return code;
}

cyt_code cyt_profile_write(MPI_Comm world, const cyt_run *run,
                           const cyt_cohort_table *table, cyt_store *store,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_result_tables tables = {0};
    profiles p = {.run = run, .table = table};
    CYT_TRY(cyt_agree(world, begin(&p, err), err));
    if (p.n == 0)
        goto done;
    CYT_TRY(gather(world, &p, err));
    CYT_TRY(cyt_agree(world, make_table(&p, &tables, err), err));
    CYT_TRY(cyt_result_table_write(world, tables.item[0], store, err));
done:
    cyt_result_tables_free(&tables);
    end(&p);
    return code;
}
