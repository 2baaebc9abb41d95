// SPDX-License-Identifier: BSD-3-Clause
#include "read/h5ad_column.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/suggest.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

cyt_code cyt_h5ad_too_old(const cyt_h5_file *file, cyt_error *err)
{
    return CYT_H5_FAIL(file, err,
                       " was written by anndata 0.7 or older: open it once with "
                       "anndata and save it again");
}

/* --- names ------------------------------------------------------------------------ */

int cyt_h5ad_has_column(const cyt_h5_file *file, const char *frame, const char *name)
{
    char path[CYT_H5_PATH];
    cyt_h5_join(path, frame, name);
    return cyt_h5_look(file, path) != CYT_H5_ABSENT;
}

/* Drop what is no column of its own. */
static void drop_internal(cyt_names *names)
{
    size_t kept = 0;
    for (size_t i = 0; i < names->n; i++) {
        if (strcmp(names->name[i], "__categories") == 0)
            free(names->name[i]);
        else
            names->name[kept++] = names->name[i];
    }
    names->n = kept;
}

cyt_code cyt_h5ad_absent(const cyt_h5_file *file, const char *group, const char *what,
                         const char *name, cyt_error *err)
{
    enum { SHOWN = 20 }; /* names that fit a line */
    cyt_names names = {0};
    cyt_strbuf list = {0};
    cyt_code code;
    CYT_TRY(cyt_h5_members(file, group, &names, err));
    drop_internal(&names);
    for (size_t i = 0; i < names.n && i < SHOWN; i++)
        cyt_strbuf_add(&list, err, "%s%s", i ? ", " : "", names.name[i]);
    if (names.n > SHOWN)
        cyt_strbuf_add(&list, err, ", and %zu more", names.n - SHOWN);
    if ((code = err->code) != CYT_OK)
        goto done;
    const char *near = cyt_nearest_name(name, &names);
    code = CYT_H5_FAIL(file, err, " has no %s \"%s\"%s%s%s it has: %s", what, name,
                       near ? "; did you mean \"" : ";", near ? near : "",
                       near ? "\"?" : "", list.text ? list.text : "none");
done:
    cyt_strbuf_free(&list);
    cyt_names_free(&names);
    return code;
}

static cyt_code absent_column(const cyt_h5_file *file, const char *frame,
                              const char *name, cyt_error *err)
{
    char what[CYT_H5_PATH];
    snprintf(what, sizeof what, "%s column", frame);
    return cyt_h5ad_absent(file, frame, what, name, err);
}

/* Is the frame one that anndata 0.8 or later wrote, or another program in its manner?
 */
static cyt_code check_frame(const cyt_h5_file *file, const char *frame, cyt_error *err)
{
    const cyt_h5_what what = cyt_h5_look(file, frame);
    if (what == CYT_H5_DATASET)
        return cyt_h5ad_too_old(file, err); /* one compound dataset */
    if (what != CYT_H5_GROUP)
        return CYT_H5_FAIL(file, err, " is not an AnnData file: it has no group %s",
                           frame);
    char version[CYT_H5_PATH];
    const cyt_code code =
        cyt_h5_attr_word(file, frame, "encoding-version", version, err);
    if (code == CYT_OK && strcmp(version, "0.1.0") == 0)
        return cyt_h5ad_too_old(file, err);
    return code;
}

cyt_code cyt_h5ad_index_name(const cyt_h5_file *file, const char *frame,
                             char name[CYT_H5_PATH], cyt_error *err)
{
    cyt_code code;
    CYT_TRY(check_frame(file, frame, err));
    CYT_TRY(cyt_h5_attr_word(file, frame, "_index", name, err));
    if (!*name)
        code = CYT_H5_FAIL(file, err,
                           " is not an AnnData file: group %s has no attribute _index, "
                           "the name of its index column",
                           frame);
done:
    return code;
}

/* --- opening ---------------------------------------------------------------------- */

static cyt_code load_categories(const cyt_h5_file *file, cyt_h5ad_column *column,
                                cyt_error *err);

static cyt_code open_categorical(const cyt_h5_file *file, cyt_h5ad_column *column,
                                 cyt_error *err)
{
    char codes[CYT_H5_PATH];
    cyt_code code;
    cyt_h5_join(codes, column->path, "codes");
    CYT_TRY(cyt_h5_data_open(file, codes, 1, CYT_H5_STORED, &column->values, err));
    if (!cyt_h5_numeric(&column->values))
        CYT_TRY(CYT_H5_FAIL(file, err, " %s does not hold numbers", codes));
    column->categorical = 1;
    CYT_TRY(load_categories(file, column, err));
done:
    return code;
}

static cyt_code open_nullable(const cyt_h5_file *file, cyt_h5ad_column *column,
                              cyt_error *err)
{
    char values[CYT_H5_PATH], mask[CYT_H5_PATH];
    cyt_code code;
    cyt_h5_join(values, column->path, "values");
    cyt_h5_join(mask, column->path, "mask");
    CYT_TRY(cyt_h5_data_open(file, values, 1, CYT_H5_STORED, &column->values, err));
    CYT_TRY(cyt_h5_data_open(file, mask, 1, CYT_H5_STORED, &column->mask, err));
    if (column->mask.kind != CYT_H5_BOOLEAN)
        CYT_TRY(CYT_H5_FAIL(file, err, " %s does not hold booleans", mask));
    if (column->mask.dims[0] != column->values.dims[0])
        CYT_TRY(CYT_H5_FAIL(file, err, " %s has %" PRIu64 " rows, its values %" PRIu64,
                            mask, column->mask.dims[0], column->values.dims[0]));
done:
    return code;
}

static int has_member(const cyt_h5_file *file, const char *group, const char *name)
{
    return cyt_h5ad_has_column(file, group, name);
}

static cyt_code open_dataset(const cyt_h5_file *file, cyt_h5ad_column *column,
                             cyt_error *err)
{
    if (H5Aexists_by_name(file->id, column->path, "categories", H5P_DEFAULT) > 0)
        return cyt_h5ad_too_old(file, err); /* codes with a reference to categories */
    return cyt_h5_data_open(file, column->path, 1, CYT_H5_STORED, &column->values, err);
}

/* The column at column->path, whatever its encoding. */
static cyt_code open_path(const cyt_h5_file *file, cyt_h5ad_column *column,
                          cyt_error *err)
{
    const int group = cyt_h5_look(file, column->path) == CYT_H5_GROUP;
    cyt_code code;
    if (!group)
        code = open_dataset(file, column, err);
    else if (has_member(file, column->path, "codes"))
        code = open_categorical(file, column, err);
    else if (has_member(file, column->path, "values"))
        code = open_nullable(file, column, err);
    else
        code = CYT_H5_FAIL(file, err, " %s is a group of an unknown kind, not a column",
                           column->path);
    column->n = column->values.dims[0];
    return code;
}

cyt_code cyt_h5ad_column_open(const cyt_h5_file *file, const char *frame,
                              const char *name, cyt_h5ad_column *column, cyt_error *err)
{
    *column = (cyt_h5ad_column){0};
    if (!cyt_h5ad_has_column(file, frame, name))
        return absent_column(file, frame, name, err);
    cyt_h5_join(column->path, frame, name);
    return open_path(file, column, err);
}

void cyt_h5ad_column_close(cyt_h5ad_column *column)
{
    cyt_h5_data_close(&column->values);
    cyt_h5_data_close(&column->mask);
    cyt_h5_text_free(&column->categories);
    *column = (cyt_h5ad_column){0};
}

/* Categories are a column themselves: text, nullable text, integers or booleans. */
static cyt_code load_categories(const cyt_h5_file *file, cyt_h5ad_column *column,
                                cyt_error *err)
{
    cyt_h5ad_column list = {0};
    cyt_code code;
    cyt_h5_join(list.path, column->path, "categories");
    if (cyt_h5_look(file, list.path) == CYT_H5_ABSENT)
        CYT_TRY(
            CYT_H5_FAIL(file, err, " %s has codes but no categories", column->path));
    if (cyt_h5_look(file, list.path) == CYT_H5_GROUP &&
        has_member(file, list.path, "codes"))
        CYT_TRY(CYT_H5_FAIL(file, err, " %s is itself categorical", list.path));
    CYT_TRY(open_path(file, &list, err));
    CYT_TRY(
        cyt_h5ad_column_text(file, &list, 0, (size_t)list.n, &column->categories, err));
done:
    cyt_h5ad_column_close(&list);
    return code;
}

int cyt_h5ad_column_numeric(const cyt_h5ad_column *column)
{
    return !column->categorical && cyt_h5_numeric(&column->values);
}

/* --- reading ---------------------------------------------------------------------- */

static cyt_code numbers_as_text(const cyt_h5_file *file, const cyt_h5_data *data,
                                uint64_t first, size_t n, cyt_h5_text *out,
                                cyt_error *err)
{
    const int is_unsigned = data->kind == CYT_H5_UNSIGNED;
    uint64_t *value = cyt_alloc(n, sizeof *value, "a column of whole numbers", err);
    cyt_code code = value ? CYT_OK : err->code;
    if (code == CYT_OK)
        code =
            cyt_h5_read(file, data, is_unsigned ? H5T_NATIVE_UINT64 : H5T_NATIVE_INT64,
                        first, n, value, err);
    for (size_t i = 0; i < n && code == CYT_OK; i++) {
        char word[24];
        const int length =
            is_unsigned ? snprintf(word, sizeof word, "%" PRIu64, value[i])
                        : snprintf(word, sizeof word, "%" PRId64, (int64_t)value[i]);
        code = cyt_h5_text_add(out, word, (size_t)length, err);
    }
    free(value);
    return code;
}

static cyt_code read_booleans(const cyt_h5_file *file, const cyt_h5_data *data,
                              uint64_t first, size_t n, char **flag, cyt_error *err)
{
    *flag = cyt_calloc(n, 1, "a column of booleans", err);
    return *flag ? cyt_h5_read(file, data, data->type, first, n, *flag, err)
                 : err->code;
}

static cyt_code booleans_as_text(const cyt_h5_file *file, const cyt_h5_data *data,
                                 uint64_t first, size_t n, cyt_h5_text *out,
                                 cyt_error *err)
{
    char *flag;
    cyt_code code = read_booleans(file, data, first, n, &flag, err);
    for (size_t i = 0; i < n && code == CYT_OK; i++)
        code = flag[i] ? cyt_h5_text_add(out, "True", 4, err)
                       : cyt_h5_text_add(out, "False", 5, err);
    free(flag);
    return code;
}

static cyt_code codes_as_text(const cyt_h5_file *file, const cyt_h5ad_column *column,
                              uint64_t first, size_t n, cyt_h5_text *out,
                              cyt_error *err)
{
    int64_t *codes = cyt_alloc(n, sizeof *codes, "codes of a column", err);
    cyt_code code = codes ? CYT_OK : err->code;
    if (code == CYT_OK)
        code = cyt_h5_read_i64(file, &column->values, first, n, codes, err);
    for (size_t i = 0; i < n && code == CYT_OK; i++) {
        size_t length = 0;
        const char *label = "";
        if (codes[i] < -1 || codes[i] >= (int64_t)column->categories.n)
            code = CYT_H5_FAIL(file, err,
                               " %s row %" PRIu64 ": code %" PRId64
                               " is not one of the %zu categories",
                               column->path, first + i, codes[i], column->categories.n);
        else if (codes[i] >= 0)
            label = cyt_h5_text_get(&column->categories, (size_t)codes[i], &length);
        if (code == CYT_OK)
            code = cyt_h5_text_add(out, label, length, err);
    }
    free(codes);
    return code;
}

/* The same strings without those that the mask hides. */
static cyt_code hide(const cyt_h5_text *all, const char *hidden, cyt_h5_text *out,
                     cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t i = 0; i < all->n && code == CYT_OK; i++) {
        size_t length;
        const char *bytes = cyt_h5_text_get(all, i, &length);
        code = cyt_h5_text_add(out, bytes, hidden[i] ? 0 : length, err);
    }
    return code;
}

static cyt_code plain_text(const cyt_h5_file *file, const cyt_h5ad_column *column,
                           uint64_t first, size_t n, cyt_h5_text *out, cyt_error *err)
{
    switch (column->values.kind) {
    case CYT_H5_TEXT:
    case CYT_H5_VTEXT:
        return cyt_h5_read_text(file, &column->values, first, n, out, err);
    case CYT_H5_INTEGER:
    case CYT_H5_UNSIGNED:
        return numbers_as_text(file, &column->values, first, n, out, err);
    case CYT_H5_BOOLEAN:
        return booleans_as_text(file, &column->values, first, n, out, err);
    default:
        return CYT_H5_FAIL(
            file, err,
            " %s holds real numbers where text, whole numbers or booleans "
            "are needed",
            column->path);
    }
}

static cyt_code masked_text(const cyt_h5_file *file, const cyt_h5ad_column *column,
                            uint64_t first, size_t n, cyt_h5_text *out, cyt_error *err)
{
    cyt_h5_text all = {0};
    char *hidden = NULL;
    cyt_code code;
    CYT_TRY(plain_text(file, column, first, n, &all, err));
    CYT_TRY(read_booleans(file, &column->mask, first, n, &hidden, err));
    CYT_TRY(hide(&all, hidden, out, err));
done:
    free(hidden);
    cyt_h5_text_free(&all);
    return code;
}

cyt_code cyt_h5ad_column_text(const cyt_h5_file *file, const cyt_h5ad_column *column,
                              uint64_t first, size_t n, cyt_h5_text *out,
                              cyt_error *err)
{
    cyt_h5_text_clear(out);
    if (column->categorical)
        return codes_as_text(file, column, first, n, out, err);
    if (column->mask.id > 0)
        return masked_text(file, column, first, n, out, err);
    return plain_text(file, column, first, n, out, err);
}

cyt_code cyt_h5ad_column_f64(const cyt_h5_file *file, const cyt_h5ad_column *column,
                             uint64_t first, size_t n, double *out, cyt_error *err)
{
    if (!cyt_h5ad_column_numeric(column))
        return CYT_H5_FAIL(file, err, " %s does not hold numbers", column->path);
    char *hidden = NULL;
    cyt_code code;
    CYT_TRY(cyt_h5_read_f64(file, &column->values, first, n, out, err));
    if (column->mask.id > 0) {
        CYT_TRY(read_booleans(file, &column->mask, first, n, &hidden, err));
        for (size_t i = 0; i < n; i++)
            out[i] = hidden[i] ? NAN : out[i];
    }
done:
    free(hidden);
    return code;
}
