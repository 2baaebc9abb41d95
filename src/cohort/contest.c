// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/contest.h"

#include "cohort/patients.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/names.h"
#include "cytotaxis/result_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct gains {
    const cyt_run *run;
    const cyt_cohort_table *table;
    cyt_names patients, responders; /* sorted */
    size_t n;                       /* columns of the cohort's table that are gains */
    size_t *column;                 /* [n] */
    double *value;                  /* [slides * n] of all slides */
} gains;

/* A mechanism of one patient and responder. */
typedef struct entrant {
    const char *name;
    double gain;
    size_t n_slides, order;
} entrant;

/* --- gains of all slides ---------------------------------------------------------- */

static cyt_code list_names(gains *g, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_metrics *columns = &g->table->columns;
    const cyt_samplesheet *sheet = g->run->sheet;
    g->column = cyt_alloc(columns->n, sizeof *g->column, "a contest", err);
    CYT_TRY(err->code);
    for (size_t m = 0; m < columns->n; m++) {
        const char *type = columns->item[m].type_a;
        if (columns->item[m].statistic != CYT_CONTEST_GAIN)
            continue;
        g->column[g->n++] = m;
        CYT_TRY(cyt_names_add(&g->responders, type, strlen(type), err));
    }
    CYT_TRY(cyt_patients_list(sheet, &g->patients, err));
    cyt_names_sort(&g->responders);
done:
    return code;
}

static cyt_code gather(MPI_Comm world, gains *g, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_cohort_table *t = g->table;
    double *mine = cyt_alloc(t->n * g->n, sizeof *mine, "a contest", err);
    g->value = cyt_alloc(g->run->sheet->n * g->n, sizeof *g->value, "a contest", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    for (size_t s = 0; s < t->n; s++)
        for (size_t k = 0; k < g->n; k++)
            mine[s * g->n + k] = t->values[s * t->columns.n + g->column[k]];
    CYT_TRY(cyt_cohort_table_gather(world, t, mine, g->n, MPI_DOUBLE, g->value, err));
done:
    free(mine);
    return code;
}

static void free_gains(gains *g)
{
    cyt_names_free(&g->patients);
    cyt_names_free(&g->responders);
    free(g->column);
    free(g->value);
}

/* --- one patient and responder ---------------------------------------------------- */

/* Sum over the slides of a patient. */
static void add_up(const gains *g, size_t k, const char *patient, entrant *e)
{
    const cyt_samplesheet *sheet = g->run->sheet;
    for (size_t s = 0; s < sheet->n; s++) {
        const double gain = g->value[s * g->n + k];
        if (isnan(gain) || strcmp(sheet->samples[s].patient, patient) != 0)
            continue;
        e->gain += gain;
        e->n_slides++;
    }
}

/* The largest gain first; those that were on no slide last. */
static int by_gain(const void *pa, const void *pb)
{
    const entrant *a = pa, *b = pb;
    if ((a->n_slides > 0) != (b->n_slides > 0))
        return a->n_slides > 0 ? -1 : 1;
    if (a->gain != b->gain)
        return a->gain > b->gain ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* Fills in all mechanisms of a responder, "none" first; returns how many. */
static size_t enter(const gains *g, const char *patient, const char *responder,
                    entrant *all)
{
    size_t n = 1;
    all[0] = (entrant){.name = "none"};
    for (size_t k = 0; k < g->n; k++) {
        const cyt_metric *of = &g->table->columns.item[g->column[k]];
        if (strcmp(of->type_a, responder) != 0)
            continue;
        all[n] = (entrant){.name = of->signal, .order = n};
        add_up(g, k, patient, &all[n]);
        if (all[n].n_slides > all[0].n_slides)
            all[0].n_slides = all[n].n_slides;
        n++;
    }
    qsort(all, n, sizeof *all, by_gain);
    return n;
}

static cyt_code put_rows(const gains *g, const char *patient, const char *responder,
                         entrant *all, cyt_result_table *t, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = enter(g, patient, responder, all);
    char index[4096];
    for (size_t k = 0; k < n; k++) {
        const double known = all[k].n_slides > 0 ? 0 : NAN;
        snprintf(index, sizeof index, "%s|%s|%s", patient, responder, all[k].name);
        CYT_TRY(cyt_result_row(t, index, err));
        CYT_TRY(cyt_result_text(t, "patient", patient, err));
        CYT_TRY(cyt_result_text(t, "responder", responder, err));
        CYT_TRY(cyt_result_text(t, "mechanism", all[k].name, err));
        CYT_TRY(cyt_result_number(t, "place", (double)(k + 1) + known, err));
        CYT_TRY(cyt_result_number(t, "gain", all[k].gain + known, err));
        CYT_TRY(cyt_result_number(t, "n_slides", (double)all[k].n_slides, err));
    }
done:
    return code;
}

static cyt_code make_table(const gains *g, cyt_result_tables *tables, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_result_table *t = cyt_result_table_add(tables, "mechanisms", err);
    entrant *all = cyt_alloc(g->n + 1, sizeof *all, "a contest", err);
    CYT_TRY(err->code);
    for (size_t p = 0; p < g->patients.n; p++)
        for (size_t r = 0; r < g->responders.n; r++)
            CYT_TRY(
                put_rows(g, g->patients.name[p], g->responders.name[r], all, t, err));
done:
    free(all);
    return code;
}

cyt_code cyt_contest_write(MPI_Comm world, const cyt_run *run,
                           const cyt_cohort_table *table, cyt_store *store,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_result_tables tables = {0};
    gains g = {.run = run, .table = table};
    CYT_TRY(cyt_agree(world, list_names(&g, err), err));
    if (g.n == 0)
        goto done;
    CYT_TRY(gather(world, &g, err));
    CYT_TRY(cyt_agree(world, make_table(&g, &tables, err), err));
    CYT_TRY(cyt_result_table_write(world, tables.item[0], store, err));
done:
    cyt_result_tables_free(&tables);
    free_gains(&g);
    return code;
}
