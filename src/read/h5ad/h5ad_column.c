// SPDX-License-Identifier: BSD-3-Clause
#include "read/h5ad/h5ad_column.h"

#include "cytotaxis/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cyt_code open_path(const cyt_h5_file *file, cyt_h5ad_column *column,
                          cyt_error *err);

/* --- codes ------------------------------------------------------------------------ */

/* Categories are a column themselves: text, nullable text, integers or booleans. */
static cyt_code load_categories(const cyt_h5_file *file, const char *path,
                                cyt_h5ad_column *column, cyt_error *err)
{
    cyt_h5ad_column list = {0};
    cyt_code code;
    memcpy(list.path, path, strlen(path) + 1);
    if (cyt_h5_look(file, path) == CYT_H5_ABSENT)
        CYT_TRY(
            CYT_H5_FAIL(file, err, " %s has codes but no categories", column->path));
    if (cyt_h5_look(file, path) == CYT_H5_GROUP &&
        cyt_h5ad_has_column(file, path, "codes"))
        CYT_TRY(CYT_H5_FAIL(file, err, " %s is itself categorical", path));
    CYT_TRY(open_path(file, &list, err));
    if (list.n > file->bytes) /* no two are the same: each needs a byte at least */
        CYT_TRY(CYT_H5_FAIL(file, err,
                            " %s has %" PRIu64
                            " categories, more than the file has bytes: it is damaged",
                            path, list.n));
    CYT_TRY(
        cyt_h5ad_column_text(file, &list, 0, (size_t)list.n, &column->categories, err));
    column->categorical = 1;
done:
    cyt_h5ad_column_close(&list);
    return code;
}

static cyt_code open_categorical(const cyt_h5_file *file, cyt_h5ad_column *column,
                                 cyt_error *err)
{
    char codes[CYT_H5_PATH], labels[CYT_H5_PATH];
    cyt_code code;
    cyt_h5_join(codes, column->path, "codes");
    cyt_h5_join(labels, column->path, "categories");
    CYT_TRY(cyt_h5_data_open(file, codes, 1, CYT_H5_STORED, &column->values, err));
    if (!cyt_h5_numeric(&column->values))
        CYT_TRY(CYT_H5_FAIL(file, err, " %s does not hold numbers", codes));
    CYT_TRY(load_categories(file, labels, column, err));
done:
    return code;
}

static cyt_code codes_fit(const cyt_h5_file *file, const cyt_h5ad_column *column,
                          int *fit, cyt_error *err)
{
    int64_t *codes = cyt_alloc(CYT_H5AD_SLAB, sizeof *codes, "codes of a column", err);
    cyt_code code = codes ? CYT_OK : err->code;
    *fit = 1;
    for (uint64_t at = 0; at < column->n && code == CYT_OK; at += CYT_H5AD_SLAB) {
        const uint64_t left = column->n - at;
        const size_t n = left < CYT_H5AD_SLAB ? (size_t)left : CYT_H5AD_SLAB;
        code = cyt_h5_read_i64(file, &column->values, at, n, codes, err);
        for (size_t i = 0; i < n && code == CYT_OK; i++)
            *fit &= codes[i] < (int64_t)column->categories.n;
    }
    free(codes);
    return code;
}

/* obs and var of old files share the labels in uns. Of a name that both have, the
 * labels belong to the column whose codes are all below their number. */
static cyt_code settle_owner(const cyt_h5_file *file, const char *frame,
                             const char *name, cyt_h5ad_column *column, cyt_error *err)
{
    const char *other = strcmp(frame, "obs") == 0 ? "var" : "obs";
    int fit = 1;
    cyt_code code = CYT_OK;
    if (cyt_h5ad_is_table(file, frame) && cyt_h5ad_has_column(file, other, name))
        code = codes_fit(file, column, &fit, err);
    if (!fit) {
        cyt_h5_text_free(&column->categories);
        column->categorical = 0;
    }
    return code;
}

/* Whole numbers whose labels stand elsewhere, as anndata up to 0.7 has them. */
static cyt_code add_labels(const cyt_h5_file *file, const char *frame, const char *name,
                           cyt_h5ad_column *column, cyt_error *err)
{
    char path[CYT_H5_PATH];
    const cyt_h5_class kind = column->values.kind;
    cyt_code code = CYT_OK;
    if (column->categorical || column->mask.id > 0 ||
        (kind != CYT_H5_INTEGER && kind != CYT_H5_UNSIGNED))
        return CYT_OK;
    CYT_TRY(cyt_h5ad_labels_path(file, frame, name, path, err));
    if (!*path)
        return CYT_OK;
    CYT_TRY(load_categories(file, path, column, err));
    CYT_TRY(settle_owner(file, frame, name, column, err));
done:
    return code;
}

/* --- opening ---------------------------------------------------------------------- */

static cyt_code open_nullable(const cyt_h5_file *file, cyt_h5ad_column *column,
                              cyt_error *err)
{
    char values[CYT_H5_PATH], mask[CYT_H5_PATH];
    cyt_code code;
    cyt_h5_join(values, column->path, "values");
    cyt_h5_join(mask, column->path, "mask");
    CYT_TRY(cyt_h5_data_open(file, values, 1, CYT_H5_STORED, &column->values, err));
    CYT_TRY(cyt_h5_data_open(file, mask, 1, CYT_H5_STORED, &column->mask, err));
    if (column->mask.kind != CYT_H5_BOOLEAN && !cyt_h5_numeric(&column->mask))
        CYT_TRY(CYT_H5_FAIL(file, err, " %s does not hold booleans", mask));
    if (column->mask.dims[0] != column->values.dims[0])
        CYT_TRY(CYT_H5_FAIL(file, err, " %s has %" PRIu64 " rows, its values %" PRIu64,
                            mask, column->mask.dims[0], column->values.dims[0]));
done:
    return code;
}

/* The column at column->path, whatever its encoding. */
static cyt_code open_path(const cyt_h5_file *file, cyt_h5ad_column *column,
                          cyt_error *err)
{
    const int group = cyt_h5_look(file, column->path) == CYT_H5_GROUP;
    cyt_code code;
    if (!group)
        code = cyt_h5_data_open(file, column->path, 1, CYT_H5_STORED, &column->values,
                                err);
    else if (cyt_h5ad_has_column(file, column->path, "codes"))
        code = open_categorical(file, column, err);
    else if (cyt_h5ad_has_column(file, column->path, "values"))
        code = open_nullable(file, column, err);
    else
        code = CYT_H5_FAIL(file, err, " %s is a group of an unknown kind, not a column",
                           column->path);
    column->n = column->values.dims[0];
    return code;
}

static cyt_code open_member(const cyt_h5_file *file, const char *frame,
                            const char *name, cyt_h5ad_column *column, cyt_error *err)
{
    cyt_code code;
    CYT_TRY(cyt_h5_member_open(file, frame, name, &column->values, err));
    column->n = column->values.dims[0];
    if (column->values.dims[1] != 1)
        CYT_TRY(CYT_H5_FAIL(file, err,
                            " %s is an array of %" PRIu64 " numbers, not a column",
                            column->path, column->values.dims[1]));
done:
    return code;
}

static cyt_code absent_column(const cyt_h5_file *file, const char *frame,
                              const char *name, cyt_error *err)
{
    char what[CYT_H5_PATH];
    snprintf(what, sizeof what, "%s column", frame);
    return cyt_h5ad_absent(file, frame, what, name, err);
}

cyt_code cyt_h5ad_column_open(const cyt_h5_file *file, const char *frame,
                              const char *name, cyt_h5ad_column *column, cyt_error *err)
{
    cyt_code code;
    *column = (cyt_h5ad_column){0};
    if (!cyt_h5ad_has_column(file, frame, name))
        return absent_column(file, frame, name, err);
    cyt_h5_join(column->path, frame, name);
    CYT_TRY(cyt_h5ad_is_table(file, frame) ? open_member(file, frame, name, column, err)
                                           : open_path(file, column, err));
    CYT_TRY(add_labels(file, frame, name, column, err));
done:
    return code;
}

void cyt_h5ad_column_close(cyt_h5ad_column *column)
{
    cyt_h5_data_close(&column->values);
    cyt_h5_data_close(&column->mask);
    cyt_h5_text_free(&column->categories);
    *column = (cyt_h5ad_column){0};
}

int cyt_h5ad_column_numeric(const cyt_h5ad_column *column)
{
    return !column->categorical && !column->numbered && cyt_h5_numeric(&column->values);
}

/* --- the index -------------------------------------------------------------------- */

/* Rows of a column; 0 when it cannot be told, for whatever reason. */
static uint64_t rows_of(const cyt_h5_file *file, const char *frame, const char *name)
{
    cyt_h5ad_column column = {0};
    cyt_error unseen = {0};
    const int ok =
        cyt_h5ad_column_open(file, frame, name, &column, &unseen) == CYT_OK &&
        column.values.n_dims == 1;
    const uint64_t n = ok ? column.n : 0;
    cyt_h5ad_column_close(&column);
    return n;
}

/* A column's rows and its place among the names. */
typedef struct length {
    uint64_t rows;
    size_t at;
} length;

static int by_rows(const void *a, const void *b)
{
    const length *x = a, *y = b;
    if (x->rows != y->rows)
        return x->rows < y->rows ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* The number of rows that most columns have; of several the one that comes first. */
static uint64_t most_frequent(length *columns, size_t n)
{
    length best = {0};
    size_t most = 0, same;
    if (n > 0)
        qsort(columns, n, sizeof *columns, by_rows);
    for (size_t i = 0; i < n; i += same) {
        same = 1;
        while (i + same < n && columns[i + same].rows == columns[i].rows)
            same++;
        if (columns[i].rows > 0 &&
            (same > most || (same == most && columns[i].at < best.at))) {
            most = same;
            best = columns[i];
        }
    }
    return best.rows;
}

static cyt_code count_rows(const cyt_h5_file *file, const char *frame, uint64_t *n,
                           cyt_error *err)
{
    cyt_names names = {0};
    length *columns = NULL;
    cyt_code code;
    *n = 0;
    CYT_TRY(cyt_h5ad_column_names(file, frame, &names, err));
    columns = cyt_alloc(names.n, sizeof *columns, "lengths of columns", err);
    CYT_TRY(err->code);
    for (size_t i = 0; i < names.n; i++)
        columns[i] = (length){rows_of(file, frame, names.name[i]), i};
    *n = most_frequent(columns, names.n);
done:
    free(columns);
    cyt_names_free(&names);
    return code;
}

cyt_code cyt_h5ad_index_open(const cyt_h5_file *file, const char *frame,
                             cyt_h5ad_column *column, cyt_error *err)
{
    char name[CYT_H5_PATH];
    cyt_code code;
    *column = (cyt_h5ad_column){0};
    CYT_TRY(cyt_h5ad_index_name(file, frame, name, err));
    if (*name)
        return cyt_h5ad_column_open(file, frame, name, column, err);
    memcpy(column->path, frame, strlen(frame) + 1);
    column->numbered = 1;
    CYT_TRY(count_rows(file, frame, &column->n, err));
done:
    return code;
}
