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

/* --- reading this rank's slides --------------------------------------------------- */

static cyt_code read_one(const char *out, const char *sample, size_t row,
                         cyt_cohort_table *t, cyt_metrics *metrics, cyt_error *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/slides/%s.h5ad", out, sample);
    if (CYT_FAULT("cohort.read"))
        return CYT_FAIL(err, CYT_ERR_IO, sample, "fault injected");
    return cyt_results_read(path, metrics, &t->n_cells[row], &t->area_um2[row], err);
}

static cyt_code read_all(const char *out, const cyt_samplesheet *sheet,
                         const cyt_slide_status *status, cyt_cohort_table *t,
                         cyt_metrics **slides, cyt_error *err)
{
    *slides = cyt_calloc(t->n, sizeof **slides, "metrics of slides", err);
    t->n_cells = cyt_calloc(t->n, sizeof *t->n_cells, "cohort table", err);
    t->area_um2 = cyt_alloc(t->n, sizeof *t->area_um2, "cohort table", err);
    for (size_t i = 0; err->code == CYT_OK && i < t->n; i++) {
        const size_t s = t->first + i;
        t->area_um2[i] = NAN;
        if (status[s].code != CYT_OK)
            continue;
        const cyt_code code =
            read_one(out, sheet->samples[s].name, i, t, &(*slides)[i], err);
        if (code != CYT_OK)
            return code;
    }
    return err->code;
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

static cyt_code add_metrics(cyt_metrics *to, const cyt_metrics *from, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t i = 0; i < from->n; i++) {
        const cyt_metric *m = &from->item[i];
        CYT_TRY(cyt_metrics_add_at(to, m->statistic, m->type_a, m->type_b, m->signal,
                                   m->at, NAN, err));
    }
    drop_doubles(to);
done:
    return code;
}

/* A metric as five texts, each ended by NUL: number of its statistic, place on the
 * axis, type a, type b, signal. */
enum { PACKED_TEXTS = 5, PACKED_STATISTIC = 12, PACKED_PLACE = 32 };

static cyt_code pack(const cyt_metrics *slides, size_t n, char **text, size_t *length,
                     cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_metrics mine = {0};
    *text = NULL;
    for (size_t i = 0; i < n; i++)
        CYT_TRY(add_metrics(&mine, &slides[i], err));
    *length = 0;
    for (size_t i = 0; i < mine.n; i++)
        *length += PACKED_STATISTIC + PACKED_PLACE + 3 + strlen(mine.item[i].type_a) +
                   strlen(mine.item[i].type_b) + strlen(mine.item[i].signal);
    *text = cyt_alloc(*length + 1, 1, "names of metrics", err);
    CYT_TRY(err->code);
    char *at = *text;
    for (size_t i = 0; i < mine.n; i++) {
        const cyt_metric *m = &mine.item[i];
        at += snprintf(at, PACKED_STATISTIC, "%d", (int)m->statistic) + 1;
        at += snprintf(at, PACKED_PLACE, "%a", m->at) + 1;
        at = stpcpy(at, m->type_a) + 1;
        at = stpcpy(at, m->type_b) + 1;
        at = stpcpy(at, m->signal) + 1;
    }
    *length = (size_t)(at - *text);
done:
    cyt_metrics_free(&mine);
    return code;
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

static cyt_code agree_on_columns(MPI_Comm world, const cyt_metrics *slides,
                                 cyt_cohort_table *t, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *mine = NULL, *all = NULL;
    size_t length = 0, total = 0;
    CYT_TRY(cyt_agree(world, pack(slides, t->n, &mine, &length, err), err));
    CYT_TRY(cyt_allgather_text(world, mine, length, &all, &total, err));
    CYT_TRY(cyt_agree(world, unpack(all, total, &t->columns, err), err));
done:
    free(mine);
    free(all);
    return code;
}

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

static void fill_row(const cyt_metrics *slide, int failed, const cyt_metrics *columns,
                     double *row)
{
    for (size_t k = 0; k < columns->n; k++)
        row[k] = failed ? NAN : value_when_absent(slide, &columns->item[k]);
    for (size_t k = 0; k < slide->n; k++) {
        const cyt_metric *hit = bsearch(&slide->item[k], columns->item, columns->n,
                                        sizeof *hit, cyt_metric_compare);
        row[hit - columns->item] = slide->item[k].value;
    }
}

static cyt_code fill_values(const cyt_metrics *slides, const cyt_slide_status *status,
                            cyt_cohort_table *t, cyt_error *err)
{
    const size_t m = t->columns.n;
    t->values = cyt_alloc(t->n * m, sizeof *t->values, "cohort table", err);
    for (size_t i = 0; t->values && i < t->n; i++)
        fill_row(&slides[i], status[t->first + i].code != CYT_OK, &t->columns,
                 t->values + i * m);
    return err->code;
}

cyt_code cyt_cohort_collect(MPI_Comm world, const char *out,
                            const cyt_samplesheet *sheet,
                            const cyt_slide_status *status, cyt_cohort_table *table,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(world), me = (size_t)cyt_comm_rank(world);
    cyt_metrics *slides = NULL;
    *table = (cyt_cohort_table){0};
    table->starts = cyt_alloc(size + 1, sizeof *table->starts, "cohort table", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    cyt_blocks_cut(sheet->n, 1, size, table->starts);
    table->first = (size_t)table->starts[me];
    table->n = (size_t)(table->starts[me + 1] - table->starts[me]);
    CYT_TRY(cyt_agree(world, read_all(out, sheet, status, table, &slides, err), err));
    CYT_TRY(agree_on_columns(world, slides, table, err));
    CYT_TRY(cyt_agree(world, fill_values(slides, status, table, err), err));
done:
    for (size_t i = 0; slides && i < table->n; i++)
        cyt_metrics_free(&slides[i]);
    free(slides);
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
