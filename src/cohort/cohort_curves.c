// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/cohort_curves.h"

#include "cytotaxis/anndata.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns of one curve: they stand next to each other (metrics.h). */
static size_t curve_length(const cyt_metrics *columns, size_t first)
{
    size_t n = 1;
    while (first + n < columns->n &&
           cyt_metric_same_curve(&columns->item[first], &columns->item[first + n]))
        n++;
    return n;
}

/* The curves: names, their links, and the first column of each. */
typedef struct curve_list {
    cyt_names names, links;
    size_t *first;
} curve_list;

static cyt_code list_curves(const cyt_metrics *columns, curve_list *list,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    list->first = cyt_alloc(columns->n, sizeof *list->first, "curves", err);
    CYT_TRY(err->code);
    for (size_t m = 0, n; m < columns->n; m += n) {
        n = curve_length(columns, m);
        if (n < 2)
            continue;
        char *name = cyt_curve_name(&columns->item[m], err);
        CYT_TRY(err->code);
        list->first[list->names.n] = m;
        code = cyt_names_add(&list->names, name, strlen(name), err);
        free(name);
        CYT_TRY(code);
    }
    CYT_TRY(cyt_store_link_names(&list->names, &list->links, err));
done:
    return code;
}

static cyt_code tell_of(cyt_store *store, const char *path, const char *name,
                        const cyt_metric *metric, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_statistic_info *info = cyt_statistic_get(metric->statistic);
    CYT_TRY(cyt_anndata_dict(store, path, err));
    CYT_TRY(cyt_store_attr_text(store, path, "name", name, err));
    CYT_TRY(cyt_store_attr_text(store, path, "axis", cyt_axis_names[info->axis], err));
    CYT_TRY(cyt_store_attr_text(store, path, "unit", info->unit, err));
done:
    return code;
}

static cyt_code write_curve(MPI_Comm world, cyt_store *store, uint64_t n_slides,
                            const cyt_cohort_table *t, size_t first, const char *link,
                            const char *name, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char path[1100], part[1200];
    const size_t n = curve_length(&t->columns, first);
    const cyt_store_layout x = {
        .type = CYT_STORE_F64, .n_rows = n, .filter = CYT_COMPRESS_DEFLATE};
    const cyt_store_layout y = {.type = CYT_STORE_F64,
                                .n_rows = n_slides,
                                .n_cols = n,
                                .filter = CYT_COMPRESS_DEFLATE};
    double *at = cyt_alloc(n, sizeof *at, "a curve", err);
    double *values = cyt_alloc(t->n * n, sizeof *values, "a curve", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    for (size_t k = 0; k < n; k++)
        at[k] = t->columns.item[first + k].at;
    for (size_t s = 0; s < t->n; s++)
        memcpy(values + s * n, t->values + s * t->columns.n + first,
               n * sizeof *values);
    snprintf(path, sizeof path, "/uns/curves/%s", link);
    CYT_TRY(tell_of(store, path, name, &t->columns.item[first], err));
    snprintf(part, sizeof part, "%s/x", path);
    CYT_TRY(cyt_anndata_array(store, part, &x, at, err));
    snprintf(part, sizeof part, "%s/values", path);
    CYT_TRY(cyt_anndata_rows(store, part, &y, t->first, t->n, values, err));
done:
    free(at);
    free(values);
    return code;
}

cyt_code cyt_cohort_curves_write(MPI_Comm world, cyt_store *store, uint64_t n_slides,
                                 const cyt_cohort_table *t, cyt_error *err)
{
    cyt_code code = CYT_OK;
    curve_list list = {0};
    CYT_TRY(cyt_agree(world, list_curves(&t->columns, &list, err), err));
    if (list.names.n > 0)
        CYT_TRY(cyt_anndata_dict(store, "/uns/curves", err));
    for (size_t k = 0; k < list.names.n; k++)
        CYT_TRY(write_curve(world, store, n_slides, t, list.first[k],
                            list.links.name[k], list.names.name[k], err));
done:
    cyt_names_free(&list.names);
    cyt_names_free(&list.links);
    free(list.first);
    return code;
}
