// SPDX-License-Identifier: BSD-3-Clause
/* Reading of columns; opening is in h5ad_column.c. */
#include "read/h5ad/h5ad_column.h"

#include "cytotaxis/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

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

static cyt_code numbers_of_rows(uint64_t first, size_t n, cyt_h5_text *out,
                                cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t i = 0; i < n && code == CYT_OK; i++) {
        char word[24];
        const int length = snprintf(word, sizeof word, "%" PRIu64, first + i);
        code = cyt_h5_text_add(out, word, (size_t)length, err);
    }
    return code;
}

static cyt_code read_booleans(const cyt_h5_file *file, const cyt_h5_data *data,
                              uint64_t first, size_t n, char **flag, cyt_error *err)
{
    *flag = cyt_calloc(n, 1, "a column of booleans", err);
    const hid_t type = data->kind == CYT_H5_BOOLEAN ? data->type : H5T_NATIVE_SCHAR;
    return *flag ? cyt_h5_read(file, data, type, first, n, *flag, err) : err->code;
}

static cyt_code booleans_as_text(const cyt_h5_file *file, const cyt_h5_data *data,
                                 uint64_t first, size_t n, cyt_h5_text *out,
                                 cyt_error *err)
{
    char *flag, missing;
    const int may_lack = cyt_h5_missing_value(data->type, &missing);
    cyt_code code = read_booleans(file, data, first, n, &flag, err);
    for (size_t i = 0; i < n && code == CYT_OK; i++)
        code = may_lack && flag[i] == missing ? cyt_h5_text_add(out, "", 0, err)
               : flag[i]                      ? cyt_h5_text_add(out, "True", 4, err)
                                              : cyt_h5_text_add(out, "False", 5, err);
    free(flag);
    return code;
}

/* Codes of rows, each -1 or that of a category. */
static cyt_code read_codes(const cyt_h5_file *file, const cyt_h5ad_column *column,
                           uint64_t first, size_t n, int64_t *codes, cyt_error *err)
{
    cyt_code code = cyt_h5_read_i64(file, &column->values, first, n, codes, err);
    for (size_t i = 0; i < n && code == CYT_OK; i++)
        if (codes[i] < -1 || codes[i] >= (int64_t)column->categories.n)
            code = CYT_H5_FAIL(file, err,
                               " %s row %" PRIu64 ": code %" PRId64
                               " is not one of the %zu categories",
                               column->path, first + i, codes[i], column->categories.n);
    return code;
}

static const char *label_of(const cyt_h5ad_column *column, int64_t code, size_t *length)
{
    *length = 0;
    return code < 0 ? "" : cyt_h5_text_get(&column->categories, (size_t)code, length);
}

static cyt_code codes_as_text(const cyt_h5_file *file, const cyt_h5ad_column *column,
                              uint64_t first, size_t n, cyt_h5_text *out,
                              cyt_error *err)
{
    int64_t *codes = cyt_alloc(n, sizeof *codes, "codes of a column", err);
    cyt_code code = codes ? CYT_OK : err->code;
    if (code == CYT_OK)
        code = read_codes(file, column, first, n, codes, err);
    for (size_t i = 0; i < n && code == CYT_OK; i++) {
        size_t length;
        const char *label = label_of(column, codes[i], &length);
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
    if (column->numbered)
        return numbers_of_rows(first, n, out, err);
    if (column->categorical)
        return codes_as_text(file, column, first, n, out, err);
    if (column->mask.id > 0)
        return masked_text(file, column, first, n, out, err);
    return plain_text(file, column, first, n, out, err);
}

cyt_code cyt_h5ad_column_words(const cyt_h5_file *file, const cyt_h5ad_column *column,
                               uint64_t first, size_t n, cyt_h5ad_words *words,
                               cyt_error *err)
{
    if (!column->categorical)
        return cyt_h5ad_column_text(file, column, first, n, &words->text, err);
    if (!words->code)
        words->code =
            cyt_alloc(CYT_H5AD_SLAB, sizeof *words->code, "codes of a column", err);
    return words->code ? read_codes(file, column, first, n, words->code, err)
                       : err->code;
}

void cyt_h5ad_words_free(cyt_h5ad_words *words)
{
    cyt_h5_text_free(&words->text);
    free(words->code);
    *words = (cyt_h5ad_words){0};
}

const char *cyt_h5ad_word(const cyt_h5ad_column *column, const cyt_h5ad_words *words,
                          size_t i, size_t *length)
{
    return column->categorical ? label_of(column, words->code[i], length)
                               : cyt_h5_text_get(&words->text, i, length);
}

cyt_code cyt_h5ad_column_f64(const cyt_h5_file *file, const cyt_h5ad_column *column,
                             uint64_t first, size_t n, double *out, cyt_error *err)
{
    if (!cyt_h5ad_column_numeric(column))
        return CYT_H5_FAIL(file, err, " %s does not hold numbers", column->path);
    char *hidden = NULL;
    cyt_code code;
    CYT_TRY(column->values.dims[1] == 1
                ? cyt_h5_read_f64(file, &column->values, first, n, out, err)
                : cyt_h5_read_columns(file, &column->values, first, n, 1, &column->axis,
                                      out, err));
    if (column->mask.id > 0) {
        CYT_TRY(read_booleans(file, &column->mask, first, n, &hidden, err));
        for (size_t i = 0; i < n; i++)
            out[i] = hidden[i] ? NAN : out[i];
    }
done:
    free(hidden);
    return code;
}
