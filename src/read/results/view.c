// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/view.h"

#include "read/h5/h5_text.h"
#include "read/h5/h5_util.h"
#include "read/h5ad/h5ad_column.h"

#include "cytotaxis/mem.h"

#include <stdlib.h>
#include <string.h>

struct cyt_view {
    cyt_h5_file h5;
    char *path;
};

cyt_code cyt_view_open(const char *path, const char *sample, cyt_view **view,
                       cyt_error *err)
{
    cyt_view *v = cyt_calloc(1, sizeof *v, "a result file", err);
    *view = v;
    if (!v || !(v->path = cyt_strdup(path, err)))
        return err->code;
    return cyt_h5_open(v->path, v->path, sample, &v->h5, err);
}

void cyt_view_close(cyt_view **view)
{
    if (!*view)
        return;
    cyt_h5_close(&(*view)->h5);
    free((*view)->path);
    free(*view);
    *view = NULL;
}

/* --- what there is ---------------------------------------------------------------- */

int cyt_view_has(const cyt_view *view, const char *path)
{
    const cyt_h5_what what = cyt_h5_look_along(&view->h5, path);
    return what == CYT_H5_GROUP || what == CYT_H5_DATASET;
}

cyt_code cyt_view_members(const cyt_view *view, const char *path, cyt_names *names,
                          cyt_error *err)
{
    if (cyt_h5_look_along(&view->h5, path) != CYT_H5_GROUP)
        return CYT_OK;
    return cyt_h5_members(&view->h5, path, names, err);
}

cyt_code cyt_view_frames(const cyt_view *view, const char *path, cyt_names *names,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names all = {0};
    CYT_TRY(cyt_view_members(view, path, &all, err));
    for (size_t i = 0; i < all.n; i++) {
        char member[CYT_H5_PATH], kind[CYT_H5_PATH];
        cyt_h5_join(member, path, all.name[i]);
        if (cyt_h5_look(&view->h5, member) != CYT_H5_GROUP)
            continue;
        CYT_TRY(cyt_h5_attr_word(&view->h5, member, "encoding-type", kind, err));
        if (strcmp(kind, "dataframe") == 0)
            CYT_TRY(cyt_names_add(names, all.name[i], strlen(all.name[i]), err));
    }
done:
    cyt_names_free(&all);
    return code;
}

char *cyt_view_attr(const cyt_view *view, const char *path, const char *name,
                    cyt_error *err)
{
    char word[CYT_H5_PATH];
    return cyt_h5_attr_word(&view->h5, path, name, word, err) == CYT_OK
               ? cyt_strdup(word, err)
               : NULL;
}

char *cyt_view_name(const cyt_view *view, const char *path, cyt_error *err)
{
    const char *slash = strrchr(path, '/');
    char *name = cyt_view_attr(view, path, "name", err);
    if (!name || *name)
        return name;
    free(name);
    return cyt_strdup(slash ? slash + 1 : path, err);
}

cyt_code cyt_view_text(const cyt_view *view, const char *path, char **text,
                       cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_h5_data data = {0};
    cyt_h5_text words = {0};
    *text = NULL;
    CYT_TRY(cyt_h5_data_open(&view->h5, path, 1, CYT_H5_STORED, &data, err));
    if (data.dims[0] != 1)
        CYT_TRY(CYT_H5_FAIL(&view->h5, err, " %s: one text expected", path));
    CYT_TRY(cyt_h5_read_text(&view->h5, &data, 0, 1, &words, err));
    *text = cyt_h5_text_copy(&words, 0, err);
    code = err->code;
done:
    cyt_h5_text_free(&words);
    cyt_h5_data_close(&data);
    return code;
}

/* --- dataframes ------------------------------------------------------------------- */

static cyt_code read_texts(const cyt_h5_file *file, const cyt_h5ad_column *from,
                           size_t n, cyt_names *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_h5_text text = {0};
    for (size_t first = 0; first < n; first += CYT_H5AD_SLAB) {
        const size_t left = n - first,
                     now = left < CYT_H5AD_SLAB ? left : CYT_H5AD_SLAB;
        CYT_TRY(cyt_h5ad_column_text(file, from, first, now, &text, err));
        for (size_t i = 0; i < now; i++) {
            size_t length;
            const char *bytes = cyt_h5_text_get(&text, i, &length);
            CYT_TRY(cyt_names_add(out, bytes, length, err));
        }
    }
done:
    cyt_h5_text_free(&text);
    return code;
}

/* The name a column was given, where HDF5 would not take it as that of a link. */
static char *name_of_column(const cyt_view *view, const char *frame, const char *link,
                            cyt_error *err)
{
    char path[CYT_H5_PATH];
    cyt_h5_join(path, frame, link);
    return cyt_view_name(view, path, err);
}

static cyt_code read_column(const cyt_view *view, const char *path, const char *link,
                            cyt_view_frame *frame, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_h5_file *file = &view->h5;
    cyt_h5ad_column from = {0};
    cyt_view_column *to = &frame->column[frame->n_columns++];
    CYT_TRY(cyt_h5ad_column_open(file, path, link, &from, err));
    if (from.n != frame->n_rows)
        CYT_TRY(CYT_H5_FAIL(file, err, " %s: columns of different length", path));
    to->name = name_of_column(view, path, link, err);
    CYT_TRY(err->code);
    if (cyt_h5ad_column_numeric(&from)) {
        to->number = cyt_alloc(frame->n_rows, sizeof *to->number, "a column", err);
        CYT_TRY(err->code);
        code = cyt_h5ad_column_f64(file, &from, 0, frame->n_rows, to->number, err);
    } else {
        code = read_texts(file, &from, frame->n_rows, &to->text, err);
    }
done:
    cyt_h5ad_column_close(&from);
    return code;
}

cyt_code cyt_view_frame_read(const cyt_view *view, const char *path,
                             cyt_view_frame *frame, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names links = {0};
    cyt_h5ad_column index = {0};
    *frame = (cyt_view_frame){0};
    if (cyt_h5_look_along(&view->h5, path) != CYT_H5_GROUP)
        return CYT_H5_FAIL(&view->h5, err, " has no dataframe %s", path);
    CYT_TRY(cyt_h5ad_index_open(&view->h5, path, &index, err));
    frame->n_rows = (size_t)index.n;
    CYT_TRY(read_texts(&view->h5, &index, frame->n_rows, &frame->index, err));
    CYT_TRY(cyt_h5ad_column_names(&view->h5, path, &links, err));
    frame->column = cyt_calloc(links.n, sizeof *frame->column, "columns", err);
    CYT_TRY(err->code);
    for (size_t c = 0; c < links.n; c++)
        CYT_TRY(read_column(view, path, links.name[c], frame, err));
done:
    cyt_h5ad_column_close(&index);
    cyt_names_free(&links);
    return code;
}

void cyt_view_frame_free(cyt_view_frame *frame)
{
    for (size_t c = 0; c < frame->n_columns; c++) {
        free(frame->column[c].name);
        free(frame->column[c].number);
        cyt_names_free(&frame->column[c].text);
    }
    free(frame->column);
    cyt_names_free(&frame->index);
    *frame = (cyt_view_frame){0};
}

static const cyt_view_column *find_column(const cyt_view_frame *frame, const char *name)
{
    for (size_t c = 0; c < frame->n_columns; c++)
        if (strcmp(frame->column[c].name, name) == 0)
            return &frame->column[c];
    return NULL;
}

const double *cyt_view_numbers(const cyt_view_frame *frame, const char *name)
{
    const cyt_view_column *column = find_column(frame, name);
    return column ? column->number : NULL;
}

char *const *cyt_view_texts(const cyt_view_frame *frame, const char *name)
{
    const cyt_view_column *column = find_column(frame, name);
    return column && !column->number ? column->text.name : NULL;
}

/* --- arrays ----------------------------------------------------------------------- */

cyt_code cyt_view_vector(const cyt_view *view, const char *path, double **value,
                         size_t *n, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_h5_data data = {0};
    *value = NULL;
    CYT_TRY(cyt_h5_data_open(&view->h5, path, 1, CYT_H5_STORED, &data, err));
    *n = (size_t)data.dims[0];
    *value = cyt_alloc(*n, sizeof **value, "a vector of a result", err);
    CYT_TRY(err->code);
    code = cyt_h5_read_f64(&view->h5, &data, 0, *n, *value, err);
done:
    cyt_h5_data_close(&data);
    return code;
}

static cyt_code open_matrix(const cyt_view *view, const char *path, uint64_t n_rows,
                            uint64_t n_cols, cyt_h5_data *data, cyt_error *err)
{
    const cyt_code code =
        cyt_h5_data_open(&view->h5, path, 2, CYT_H5_STORED, data, err);
    if (code == CYT_OK && (data->dims[0] < n_rows || data->dims[1] < n_cols))
        return CYT_H5_FAIL(&view->h5, err, " %s is smaller than what it belongs to",
                           path);
    return code;
}

cyt_code cyt_view_row(const cyt_view *view, const char *path, uint64_t row, size_t n,
                      double *value, cyt_error *err)
{
    cyt_h5_data data = {0};
    cyt_code code = open_matrix(view, path, row + 1, n, &data, err);
    if (code == CYT_OK)
        code = cyt_h5_read_row(&view->h5, &data, row, 0, n, value, err);
    cyt_h5_data_close(&data);
    return code;
}

cyt_code cyt_view_columns(const cyt_view *view, const char *path, size_t n_rows,
                          size_t n, const uint64_t *column, double *value,
                          cyt_error *err)
{
    cyt_h5_data data = {0};
    const uint64_t width = n > 0 ? column[n - 1] + 1 : 0;
    cyt_code code = open_matrix(view, path, n_rows, width, &data, err);
    if (code == CYT_OK)
        code = cyt_h5_read_columns(&view->h5, &data, 0, n_rows, n, column, value, err);
    cyt_h5_data_close(&data);
    return code;
}
