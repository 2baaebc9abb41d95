// SPDX-License-Identifier: BSD-3-Clause
#include "report/curve_list.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cyt_curve_list_free(cyt_curve_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        free(list->item[i].link);
        free(list->item[i].name);
        free(list->item[i].unit);
    }
    free(list->item);
    cyt_curve_bands_free(&list->bands);
}

/* Bytes before the second slash. */
static size_t length_of_group(const char *name)
{
    const char *slash = strchr(name, '/');
    slash = slash ? strchr(slash + 1, '/') : NULL;
    return slash ? (size_t)(slash - name) : strlen(name);
}

size_t cyt_curve_metrics(const cyt_report_data *d, const cyt_curve *c,
                         const size_t **metric, cyt_error *err)
{
    cyt_strbuf prefix = {0};
    cyt_strbuf_add(&prefix, err, "%s@", c->name);
    const size_t n = prefix.text ? cyt_report_metrics_of(d, prefix.text, metric) : 0;
    cyt_strbuf_free(&prefix);
    return n;
}

static cyt_code add_curve(const cyt_report_data *d, const char *path, const char *link,
                          cyt_curve_list *list, cyt_error *err)
{
    const size_t *metric = NULL;
    if (cyt_grow(&list->item, &list->capacity, list->n + 1, sizeof *list->item,
                 "curves", err) != CYT_OK)
        return err->code;
    cyt_curve *c = &list->item[list->n++];
    *c = (cyt_curve){.link = cyt_strdup(link, err), .p = NAN};
    c->name = cyt_view_name(d->cohort, path, err);
    c->unit = cyt_view_attr(d->cohort, path, "unit", err);
    if (err->code != CYT_OK)
        return err->code;
    c->group_length = length_of_group(c->name);
    c->p = cyt_curve_bands_p(&list->bands, c->name);
    const size_t n = list->bands.n > 0 ? 0 : cyt_curve_metrics(d, c, &metric, err);
    for (size_t k = 0; k < n; k++)
        c->p = fmin(c->p, d->least_p[metric[k]]);
    return err->code;
}

static int in_order(const void *pa, const void *pb)
{
    const cyt_curve *a = pa, *b = pb;
    const size_t n =
        a->group_length < b->group_length ? a->group_length : b->group_length;
    int order = strncmp(a->name, b->name, n);
    if (order == 0)
        order = (a->group_length > n) - (b->group_length > n);
    const double p = isnan(a->p) ? 2 : a->p, q = isnan(b->p) ? 2 : b->p;
    if (order == 0)
        order = (p > q) - (p < q);
    return order ? order : strcmp(a->name, b->name);
}

cyt_code cyt_curve_list_read(const cyt_report_data *d, const char *axis,
                             cyt_curve_list *list, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names links = {0};
    CYT_TRY(cyt_curve_bands_read(d, &list->bands, err));
    CYT_TRY(cyt_view_members(d->cohort, "uns/curves", &links, err));
    for (size_t i = 0; i < links.n; i++) {
        char path[CYT_REPORT_PATH];
        snprintf(path, sizeof path, "uns/curves/%s", links.name[i]);
        char *along = cyt_view_attr(d->cohort, path, "axis", err);
        if (along && strcmp(along, axis) == 0)
            code = add_curve(d, path, links.name[i], list, err);
        free(along);
        CYT_TRY(err->code);
    }
    if (list->n > 0)
        qsort(list->item, list->n, sizeof *list->item, in_order);
done:
    cyt_names_free(&links);
    return code;
}
