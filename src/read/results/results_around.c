// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/results.h"

#include "read/h5/h5_text.h"
#include "read/h5/h5_util.h"
#include "read/h5ad/h5ad_frame.h"

#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"

#include <stdlib.h>
#include <string.h>

static const char frame[] = "obsm/neighbourhood";

/* The columns by the links they are stored under, and by the names of their types. */
typedef struct around {
    cyt_h5_file file;
    cyt_names links, types;
} around;

static void close_around(around *a)
{
    cyt_names_free(&a->links);
    cyt_names_free(&a->types);
    cyt_h5_close(&a->file);
}

static cyt_code open_around(const char *path, around *a, cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (CYT_FAULT("niches.read"))
        return CYT_FAIL(err, CYT_ERR_IO, path, "fault injected");
    CYT_TRY(cyt_h5_open(path, path, "", &a->file, err));
    const cyt_h5_what what = cyt_h5_look(&a->file, frame);
    if (what == CYT_H5_ABSENT)
        CYT_TRY(CYT_H5_FAIL(&a->file, err,
                            " has no %s; run the slide again with this config", frame));
    if (what != CYT_H5_GROUP)
        CYT_TRY(
            CYT_H5_FAIL(&a->file, err, " %s cannot be read%s", frame, CYT_H5_UNREAD));
    CYT_TRY(cyt_h5ad_column_names(&a->file, frame, &a->links, err));
    for (size_t k = 0; k < a->links.n; k++) {
        char column[CYT_H5_PATH], name[CYT_H5_PATH];
        cyt_h5_join(column, frame, a->links.name[k]);
        CYT_TRY(cyt_h5_attr_word(&a->file, column, "name", name, err));
        const char *type = name[0] ? name : a->links.name[k];
        CYT_TRY(cyt_names_add(&a->types, type, strlen(type), err));
    }
done:
    return code;
}

cyt_code cyt_results_around_types(const char *path, cyt_names *types, cyt_error *err)
{
    around a = {0};
    cyt_code code = open_around(path, &a, err);
    for (size_t k = 0; k < a.types.n && code == CYT_OK; k++)
        code = cyt_names_add(types, a.types.name[k], strlen(a.types.name[k]), err);
    close_around(&a);
    return code;
}

static cyt_code read_column(const around *a, const char *link, uint64_t first, size_t n,
                            double *column, cyt_error *err)
{
    cyt_h5_data data = {0};
    char path[CYT_H5_PATH];
    cyt_h5_join(path, frame, link);
    cyt_code code = cyt_h5_data_open(&a->file, path, 1, CYT_H5_STORED, &data, err);
    if (code == CYT_OK && (data.dims[0] < first || data.dims[0] - first < n))
        code = CYT_H5_FAIL(&a->file, err, " %s has fewer rows than the slide has cells",
                           path);
    if (code == CYT_OK)
        code = cyt_h5_read_f64(&a->file, &data, first, n, column, err);
    cyt_h5_data_close(&data);
    return code;
}

cyt_code cyt_results_around(const char *path, const cyt_names *types, uint64_t first,
                            size_t n, double *count, cyt_error *err)
{
    cyt_code code = CYT_OK;
    around a = {0};
    double *column = cyt_alloc(n, sizeof *column, "neighbourhoods", err);
    CYT_TRY(err->code);
    CYT_TRY(open_around(path, &a, err));
    memset(count, 0, n * types->n * sizeof *count);
    for (size_t k = 0; k < a.links.n; k++) {
        const size_t type = cyt_names_search(types, a.types.name[k]);
        CYT_TRY(read_column(&a, a.links.name[k], first, n, column, err));
        for (size_t i = 0; type != CYT_NO_NAME && i < n; i++)
            count[i * types->n + type] = column[i];
    }
done:
    close_around(&a);
    free(column);
    return code;
}

cyt_code cyt_results_ids(const char *path, uint64_t first, size_t n, size_t **start,
                         char **text, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_h5_file file = {0};
    cyt_h5_data data = {0};
    cyt_h5_text ids = {0};
    *start = NULL;
    *text = NULL;
    CYT_TRY(cyt_h5_open(path, path, "", &file, err));
    CYT_TRY(cyt_h5_data_open(&file, "obs/_index", 1, CYT_H5_STORED, &data, err));
    if (data.dims[0] < first || data.dims[0] - first < n)
        CYT_TRY(
            CYT_H5_FAIL(&file, err, " obs has fewer rows than the slide has cells"));
    CYT_TRY(cyt_h5_read_text(&file, &data, first, n, &ids, err));
    *start = ids.start;
    *text = ids.bytes;
    ids = (cyt_h5_text){0};
done:
    cyt_h5_text_free(&ids);
    cyt_h5_data_close(&data);
    cyt_h5_close(&file);
    return code;
}
