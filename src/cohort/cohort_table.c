// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/cohort_table.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/results.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/strip.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Metrics of a slide are held only while it is looked at, so a slide is read twice:
 * for the names of its metrics, and when all names are known, for their values. A
 * cohort of thousands of slides then takes a number for each value. */

/* --- slides of this rank ---------------------------------------------------------- */

/* The slides to be collected. */
typedef struct collection {
    const char *out;
    const cyt_samplesheet *sheet;
    const cyt_slide_status *status; /* [slides of the sheet] */
    cyt_cohort_table *table;
} collection;

static int is_there(const collection *c, size_t row)
{
    return c->status[c->table->first + row].code == CYT_OK;
}

static cyt_code read_one(const collection *c, size_t row, cyt_metrics *metrics,
                         cyt_error *err)
{
    char path[4096];
    cyt_cohort_table *t = c->table;
    const char *sample = c->sheet->samples[t->first + row].name;
    *metrics = (cyt_metrics){0};
    snprintf(path, sizeof path, "%s/slides/%s.h5ad", c->out, sample);
    if (CYT_FAULT("cohort.read"))
        return CYT_FAIL(err, CYT_ERR_IO, sample, "fault injected");
    return cyt_results_read(path, metrics, &t->n_cells[row], &t->area_um2[row], err);
}

/* --- the union of metrics --------------------------------------------------------- */

static void drop_doubles(cyt_metrics *list)
{
    if (list->n == 0)
        return;
    qsort(list->item, list->n, sizeof *list->item, cyt_metric_compare);
    size_t kept = 1;
    for (size_t i = 1; i < list->n; i++) {
        if (cyt_metric_compare(&list->item[i], &list->item[kept - 1]) != 0) {
            list->item[kept++] = list->item[i];
            continue;
        }
        free(list->item[i].type_a);
        free(list->item[i].type_b);
        free(list->item[i].signal);
    }
    list->n = kept;
}

static const cyt_metric *find_metric(const cyt_metrics *sorted, const cyt_metric *which)
{
    return sorted->n ? bsearch(which, sorted->item, sorted->n, sizeof *which,
                               cyt_metric_compare)
                     : NULL;
}

/* Those that are not there yet; a sorted list stays one. */
static cyt_code add_metrics(cyt_metrics *to, const cyt_metrics *from, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_metrics before = *to;
    for (size_t i = 0; i < from->n; i++) {
        const cyt_metric *m = &from->item[i];
        const cyt_metrics sorted = {.n = before.n, .item = to->item};
        if (!find_metric(&sorted, m))
            CYT_TRY(cyt_metrics_add_at(to, m->statistic, m->type_a, m->type_b,
                                       m->signal, m->at, NAN, err));
    }
    if (to->n > before.n)
        drop_doubles(to);
done:
    return code;
}

/* The metrics of this rank's slides, with the cells and the area of each. */
static cyt_code list_metrics(const collection *c, cyt_metrics *all, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_cohort_table *t = c->table;
    t->n_cells = cyt_calloc(t->n, sizeof *t->n_cells, "cohort table", err);
    t->area_um2 = cyt_alloc(t->n, sizeof *t->area_um2, "cohort table", err);
    CYT_TRY(err->code);
    for (size_t row = 0; row < t->n; row++) {
        cyt_metrics slide = {0};
        t->area_um2[row] = NAN;
        if (is_there(c, row))
            code = read_one(c, row, &slide, err);
        if (code == CYT_OK)
            code = add_metrics(all, &slide, err);
        cyt_metrics_free(&slide);
        CYT_TRY(code);
    }
done:
    return code;
}

/* A metric as five texts, each ended by NUL: number of its statistic, place on the
 * axis, type a, type b, signal. */
enum { PACKED_TEXTS = 5, PACKED_STATISTIC = 12, PACKED_PLACE = 32 };

static cyt_code pack(const cyt_metrics *mine, char **text, size_t *length,
                     cyt_error *err)
{
    *length = 0;
    for (size_t i = 0; i < mine->n; i++)
        *length += PACKED_STATISTIC + PACKED_PLACE + 3 + strlen(mine->item[i].type_a) +
                   strlen(mine->item[i].type_b) + strlen(mine->item[i].signal);
    *text = cyt_alloc(*length + 1, 1, "names of metrics", err);
    if (!*text)
        return err->code;
    char *at = *text;
    for (size_t i = 0; i < mine->n; i++) {
        const cyt_metric *m = &mine->item[i];
        at += snprintf(at, PACKED_STATISTIC, "%d", (int)m->statistic) + 1;
        at += snprintf(at, PACKED_PLACE, "%a", m->at) + 1;
        at = stpcpy(at, m->type_a) + 1;
        at = stpcpy(at, m->type_b) + 1;
        at = stpcpy(at, m->signal) + 1;
    }
    *length = (size_t)(at - *text);
    return CYT_OK;
}

static cyt_code unpack(const char *text, size_t length, cyt_metrics *columns,
                       cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t at = 0; at < length;) {
        const char *part[PACKED_TEXTS];
        for (size_t k = 0; k < PACKED_TEXTS; k++) {
            part[k] = text + at;
            at += strlen(text + at) + 1;
        }
        CYT_TRY(cyt_metrics_add_at(columns, (cyt_statistic)atoi(part[0]), part[2],
                                   part[3], part[4], strtod(part[1], NULL), NAN, err));
    }
    drop_doubles(columns);
done:
    return code;
}

static cyt_code agree_on_columns(MPI_Comm world, const collection *c, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_metrics of_slides = {0};
    char *mine = NULL, *all = NULL;
    size_t length = 0, total = 0;
    CYT_TRY(cyt_agree(world, list_metrics(c, &of_slides, err), err));
    CYT_TRY(cyt_agree(world, pack(&of_slides, &mine, &length, err), err));
    CYT_TRY(cyt_allgather_text(world, mine, length, &all, &total, err));
    CYT_TRY(cyt_agree(world, unpack(all, total, &c->table->columns, err), err));
done:
    cyt_metrics_free(&of_slides);
    free(mine);
    free(all);
    return code;
}

/* --- values ----------------------------------------------------------------------- */

/* No cell of a type in a zone is a density of 0, if the slide has such a zone. */
static int has_zone(const cyt_metrics *slide, const char *zone)
{
    for (size_t k = 0; k < slide->n; k++)
        if (slide->item[k].statistic == CYT_MARGIN_AREA &&
            strcmp(slide->item[k].type_b, zone) == 0)
            return slide->item[k].value > 0;
    return 0;
}

/* Have cells of a type neighbourhoods there? Then an absent type has none of them. */
static int has_neighbours(const cyt_metrics *slide, const char *type)
{
    for (size_t k = 0; k < slide->n; k++)
        if (slide->item[k].statistic == CYT_NEIGHBOURHOOD_ENTROPY &&
            strcmp(slide->item[k].type_a, type) == 0)
            return !isnan(slide->item[k].value);
    return 0;
}

static double value_when_absent(const cyt_metrics *slide, const cyt_metric *column)
{
    if (column->statistic == CYT_MARGIN_DENSITY && has_zone(slide, column->type_b))
        return 0;
    if (column->statistic == CYT_NEIGHBOURHOOD_SHARE &&
        has_neighbours(slide, column->type_a))
        return 0;
    return cyt_statistic_get(column->statistic)->when_absent;
}

static cyt_code fill_row(const collection *c, size_t row, const cyt_metrics *slide,
                         cyt_error *err)
{
    const cyt_metrics *columns = &c->table->columns;
    double *values = c->table->values + row * columns->n;
    for (size_t k = 0; k < columns->n; k++)
        values[k] =
            is_there(c, row) ? value_when_absent(slide, &columns->item[k]) : NAN;
    for (size_t k = 0; k < slide->n; k++) {
        const cyt_metric *hit = find_metric(columns, &slide->item[k]);
        if (!hit)
            return CYT_FAIL(err, CYT_ERR_DATA,
                            c->sheet->samples[c->table->first + row].name,
                            "its results were changed while they were read; run again");
        values[hit - columns->item] = slide->item[k].value;
    }
    return CYT_OK;
}

static cyt_code fill_values(const collection *c, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_cohort_table *t = c->table;
    t->values = cyt_alloc(t->n * t->columns.n, sizeof *t->values, "cohort table", err);
    CYT_TRY(err->code);
    for (size_t row = 0; row < t->n; row++) {
        cyt_metrics slide = {0};
        if (is_there(c, row))
            code = read_one(c, row, &slide, err);
        if (code == CYT_OK)
            code = fill_row(c, row, &slide, err);
        cyt_metrics_free(&slide);
        CYT_TRY(code);
    }
done:
    return code;
}

cyt_code cyt_cohort_collect(MPI_Comm world, const char *out,
                            const cyt_samplesheet *sheet,
                            const cyt_slide_status *status, cyt_cohort_table *table,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(world), me = (size_t)cyt_comm_rank(world);
    const collection all = {out, sheet, status, table};
    *table = (cyt_cohort_table){0};
    table->starts = cyt_alloc(size + 1, sizeof *table->starts, "cohort table", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    cyt_blocks_cut(sheet->n, 1, size, table->starts);
    table->first = (size_t)table->starts[me];
    table->n = (size_t)(table->starts[me + 1] - table->starts[me]);
    CYT_TRY(agree_on_columns(world, &all, err));
    CYT_TRY(cyt_agree(world, fill_values(&all, err), err));
done:
    if (code != CYT_OK)
        cyt_cohort_table_free(table);
    return code;
}

cyt_code cyt_cohort_table_add(cyt_cohort_table *t, const cyt_metrics *more,
                              const double *values, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_metrics all = {0};
    double *joined = NULL;
    CYT_TRY(add_metrics(&all, &t->columns, err));
    CYT_TRY(add_metrics(&all, more, err));
    joined = cyt_alloc(t->n * all.n, sizeof *joined, "cohort table", err);
    CYT_TRY(err->code);
    for (size_t k = 0, new = 0; k < all.n; k++) {
        const int is_new =
            new < more->n &&cyt_metric_compare(&all.item[k], &more->item[new]) == 0;
        const double *from = is_new ? values + new : t->values + (k - new);
        const size_t stride = is_new ? more->n : t->columns.n;
        for (size_t i = 0; i < t->n; i++)
            joined[i * all.n + k] = from[i * stride];
        new += (size_t)is_new;
    }
    free(t->values);
    cyt_metrics_free(&t->columns);
    t->values = joined;
    t->columns = all;
    return CYT_OK;
done:
    free(joined);
    cyt_metrics_free(&all);
    return code;
}

cyt_code cyt_cohort_table_gather(MPI_Comm world, const cyt_cohort_table *table,
                                 const void *mine, size_t width, MPI_Datatype type,
                                 void *all, cyt_error *err)
{
    cyt_code code = CYT_OK;
    MPI_Datatype row;
    const int size = cyt_comm_size(world), n_values = cyt_mpi_count(width, err);
    int *counts = cyt_alloc(2 * (size_t)size, sizeof *counts, "cohort table", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    for (int r = 0; r < size; r++) {
        counts[r] = (int)(table->starts[r + 1] - table->starts[r]);
        counts[size + r] = (int)table->starts[r];
    }
    MPI_Type_contiguous(n_values, type, &row);
    MPI_Type_commit(&row);
    MPI_Allgatherv(mine, (int)table->n, row, all, counts, counts + size, row, world);
    MPI_Type_free(&row);
done:
    free(counts);
    return code;
}

void cyt_cohort_table_free(cyt_cohort_table *table)
{
    cyt_result_tables_free(&table->results);
    free(table->starts);
    free(table->values);
    free(table->n_cells);
    free(table->area_um2);
    cyt_metrics_free(&table->columns);
    *table = (cyt_cohort_table){0};
}
