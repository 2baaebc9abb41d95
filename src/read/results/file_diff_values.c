// SPDX-License-Identifier: BSD-3-Clause
/* The values of two datasets, or attributes, one against the other. */
#include "read/results/file_diff_parts.h"

#include "read/h5/h5_text.h"

#include "cytotaxis/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Elements read at a time, and the most texts. */
enum { AT_ONCE = 1 << 20 };

/* --- numbers ---------------------------------------------------------------------- */

/* What comparing numbers found so far. */
typedef struct tally {
    size_t n, first;
    char a[32], b[32]; /* the first that differ, as they are shown */
    double apart, largest;
} tally;

static int same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static void compare_numbers(tally *t, size_t n, const double *a, const double *b)
{
    for (size_t i = 0; i < n; i++) {
        t->largest = fmax(t->largest, fmax(isfinite(a[i]) ? fabs(a[i]) : 0,
                                           isfinite(b[i]) ? fabs(b[i]) : 0));
        if (same_bits(a[i], b[i]))
            continue;
        if (t->n++ == 0) {
            t->first = i;
            snprintf(t->a, sizeof t->a, "%.17g", a[i]);
            snprintf(t->b, sizeof t->b, "%.17g", b[i]);
        }
        const double apart = fabs(a[i] - b[i]);
        t->apart = fmax(
            t->apart, isnan(apart) && !(isnan(a[i]) && isnan(b[i])) ? INFINITY : apart);
    }
}

static void show_whole(char text[32], int64_t value, int is_unsigned)
{
    if (is_unsigned)
        snprintf(text, 32, "%" PRIu64, (uint64_t)value);
    else
        snprintf(text, 32, "%" PRId64, value);
}

/* Whole numbers beyond 2^53 are not told apart as doubles. */
static void compare_whole(tally *t, size_t n, const int64_t *a, const int64_t *b,
                          int is_unsigned)
{
    for (size_t i = 0; i < n; i++) {
        const double x = is_unsigned ? (double)(uint64_t)a[i] : (double)a[i];
        const double y = is_unsigned ? (double)(uint64_t)b[i] : (double)b[i];
        t->largest = fmax(t->largest, fmax(fabs(x), fabs(y)));
        if (a[i] == b[i])
            continue;
        if (t->n++ == 0) {
            t->first = i;
            show_whole(t->a, a[i], is_unsigned);
            show_whole(t->b, b[i], is_unsigned);
        }
        t->apart = fmax(t->apart, x != y ? fabs(x - y) : 1);
    }
}

/* Note what was found, if it is beyond the tolerance. */
static void judge(const cyt_file_pair *pair, const char *place, const tally *t,
                  uint64_t first, uint64_t width)
{
    const double size = t->apart == 0    ? 0
                        : t->largest > 0 ? t->apart / t->largest
                                         : INFINITY;
    if (t->n == 0 || (pair->tolerance > 0 && size <= pair->tolerance))
        return;
    char at[64];
    if (width > 1)
        snprintf(at, sizeof at, "row %llu, column %llu",
                 (unsigned long long)(first / width),
                 (unsigned long long)(first % width));
    else
        snprintf(at, sizeof at, "row %llu", (unsigned long long)first);
    cyt_file_differs(pair, place, size,
                     "%s: %s against %s; %zu differ, by at most %.3g of the largest",
                     at, t->a, t->b, t->n, size);
}

/* --- datasets --------------------------------------------------------------------- */

/* Rows of whole chunks, and no more than there are. */
static uint64_t rows_at_once(const cyt_h5_data *data)
{
    const uint64_t width = data->dims[1] ? data->dims[1] : 1;
    const uint64_t block = data->chunk[0] ? data->chunk[0] : 1;
    const uint64_t blocks = AT_ONCE / width / block;
    const uint64_t rows = blocks > 0 ? blocks * block : block;
    return rows < data->dims[0] ? rows : data->dims[0];
}

/* How both are read: as whole numbers where both are, else as doubles, which have the
 * same size. */
static hid_t type_for(cyt_h5_class a, cyt_h5_class b)
{
    if (a == CYT_H5_UNSIGNED && b == CYT_H5_UNSIGNED)
        return H5T_NATIVE_UINT64;
    return a != CYT_H5_REAL && b != CYT_H5_REAL ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE;
}

static void compare_as(hid_t type, tally *t, size_t n, const void *a, const void *b)
{
    if (type == H5T_NATIVE_DOUBLE)
        compare_numbers(t, n, a, b);
    else
        compare_whole(t, n, a, b, type == H5T_NATIVE_UINT64);
}

static cyt_code number_values(const cyt_file_pair *pair, const char *path,
                              const cyt_h5_data *a, const cyt_h5_data *b,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    const hid_t type = type_for(a->kind, b->kind);
    const size_t width = (size_t)a->dims[1];
    const size_t rows =
        (size_t)(rows_at_once(a) > rows_at_once(b) ? rows_at_once(a) : rows_at_once(b));
    tally t = {0};
    uint64_t place = 0;
    if (width > 0 && rows > SIZE_MAX / sizeof(double) / width)
        return CYT_H5_FAIL(pair->a, err, " %s has more elements than memory has room",
                           path);
    void *x = cyt_alloc(rows * width, sizeof(double), "values to compare", err);
    void *y = cyt_alloc(rows * width, sizeof(double), "values to compare", err);
    CYT_TRY(err->code);
    for (uint64_t first = 0; first < a->dims[0]; first += rows) {
        const uint64_t left = a->dims[0] - first;
        const size_t n = left < rows ? (size_t)left : rows;
        const size_t before = t.n;
        CYT_TRY(cyt_h5_read_rows(pair->a, a, type, first, n, x, err));
        CYT_TRY(cyt_h5_read_rows(pair->b, b, type, first, n, y, err));
        compare_as(type, &t, n * width, x, y);
        if (before == 0 && t.n > 0)
            place = first * width + t.first;
    }
    judge(pair, path, &t, place, width);
done:
    free(x);
    free(y);
    return code;
}

/* The first text that is not the same; 0 when there is none. */
static int find_text(const cyt_h5_text *a, const cyt_h5_text *b, size_t *at, char *what,
                     size_t size)
{
    for (size_t i = 0; i < a->n && i < b->n; i++) {
        size_t n, m;
        const char *x = cyt_h5_text_get(a, i, &n), *y = cyt_h5_text_get(b, i, &m);
        if (n == m && memcmp(x, y, n) == 0)
            continue;
        *at = i;
        snprintf(what, size, "\"%.*s\" against \"%.*s\"", (int)(n < 60 ? n : 60), x,
                 (int)(m < 60 ? m : 60), y);
        return 1;
    }
    return 0;
}

static cyt_code text_values(const cyt_file_pair *pair, const char *path,
                            const cyt_h5_data *a, const cyt_h5_data *b, cyt_error *err)
{
    enum { ROWS = 1 << 16 };
    cyt_code code = CYT_OK;
    cyt_h5_text x = {0}, y = {0};
    for (uint64_t first = 0; first < a->dims[0]; first += ROWS) {
        const uint64_t left = a->dims[0] - first;
        const size_t n = left < ROWS ? (size_t)left : ROWS;
        size_t at;
        char what[160];
        cyt_h5_text_clear(&x);
        cyt_h5_text_clear(&y);
        CYT_TRY(cyt_h5_read_text(pair->a, a, first, n, &x, err));
        CYT_TRY(cyt_h5_read_text(pair->b, b, first, n, &y, err));
        if (find_text(&x, &y, &at, what, sizeof what)) {
            cyt_file_differs(pair, path, INFINITY, "row %llu: %s",
                             (unsigned long long)(first + at), what);
            break;
        }
    }
done:
    cyt_h5_text_free(&x);
    cyt_h5_text_free(&y);
    return code;
}

static int is_text(const cyt_h5_data *data)
{
    return data->kind == CYT_H5_TEXT || data->kind == CYT_H5_VTEXT;
}

static cyt_code compare_opened(const cyt_file_pair *pair, const char *path,
                               const cyt_h5_data *a, const cyt_h5_data *b,
                               cyt_error *err)
{
    if (a->n_dims != b->n_dims || a->dims[0] != b->dims[0] ||
        a->dims[1] != b->dims[1]) {
        cyt_file_differs(
            pair, path, INFINITY, "%llu x %llu against %llu x %llu elements",
            (unsigned long long)a->dims[0], (unsigned long long)a->dims[1],
            (unsigned long long)b->dims[0], (unsigned long long)b->dims[1]);
        return CYT_OK;
    }
    if (is_text(a) != is_text(b)) {
        cyt_file_differs(pair, path, INFINITY, "text against numbers");
        return CYT_OK;
    }
    if (is_text(a) && a->n_dims == 2) {
        cyt_file_differs(pair, path, INFINITY,
                         "a matrix of texts, which is not compared");
        return CYT_OK;
    }
    return is_text(a) ? text_values(pair, path, a, b, err)
                      : number_values(pair, path, a, b, err);
}

static size_t n_dims_of(const cyt_h5_file *file, const char *path)
{
    return cyt_h5_n_dims(file, path) == 2 ? 2 : 1;
}

/* What cannot be read, or is not all there, is a difference, unless memory was short.
 */
cyt_code cyt_file_diff_dataset(const cyt_file_pair *pair, const char *path,
                               cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_h5_data a = {0}, b = {0};
    cyt_error why = {0};
    pair->diff->n_compared++;
    CYT_TRY(cyt_h5_data_open(pair->a, path, n_dims_of(pair->a, path), CYT_H5_STORED, &a,
                             &why));
    CYT_TRY(cyt_h5_data_open(pair->b, path, n_dims_of(pair->b, path), CYT_H5_STORED, &b,
                             &why));
    code = compare_opened(pair, path, &a, &b, &why);
done:
    cyt_h5_data_close(&a);
    cyt_h5_data_close(&b);
    if (code == CYT_ERR_MEMORY)
        *err = why;
    else if (code != CYT_OK)
        cyt_file_differs(pair, path, INFINITY, "%.250s", why.text);
    return err->code;
}

/* --- attributes ------------------------------------------------------------------- */

/* An attribute of numbers: NULL values for one that holds none. */
typedef struct numbers {
    hid_t attr;
    cyt_h5_class kind;
    size_t n;
    void *value;
} numbers;

static void open_numbers(const cyt_h5_file *file, const char *path, const char *name,
                         numbers *out)
{
    *out = (numbers){.kind = CYT_H5_OTHER_CLASS};
    out->attr = H5Aopen_by_name(file->id, path, name, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t type = out->attr >= 0 ? H5Aget_type(out->attr) : -1,
                space = out->attr >= 0 ? H5Aget_space(out->attr) : -1;
    const cyt_h5_class kind = type >= 0 ? cyt_h5_class_of(type) : CYT_H5_OTHER_CLASS;
    const hssize_t points = space >= 0 ? H5Sget_simple_extent_npoints(space) : -1;
    if (points >= 0 &&
        (kind == CYT_H5_INTEGER || kind == CYT_H5_UNSIGNED || kind == CYT_H5_REAL)) {
        out->kind = kind;
        out->n = (size_t)points;
    }
    if (space >= 0)
        H5Sclose(space);
    if (type >= 0)
        H5Tclose(type);
}

static void read_numbers(numbers *x, hid_t type, cyt_error *err)
{
    if (x->kind == CYT_H5_OTHER_CLASS)
        return;
    x->value = cyt_calloc(x->n, sizeof(double), "an attribute", err);
    if (x->value && x->n > 0 && H5Aread(x->attr, type, x->value) < 0) {
        free(x->value);
        x->value = NULL;
    }
}

static void close_numbers(numbers *x)
{
    if (x->attr >= 0)
        H5Aclose(x->attr);
    free(x->value);
}

static cyt_code compare_attribute_numbers(const cyt_file_pair *pair, const char *path,
                                          const char *name, const char *place,
                                          cyt_error *err)
{
    numbers a, b;
    tally t = {0};
    open_numbers(pair->a, path, name, &a);
    open_numbers(pair->b, path, name, &b);
    const hid_t type = type_for(a.kind, b.kind);
    read_numbers(&a, type, err);
    read_numbers(&b, type, err);
    if (err->code == CYT_OK && (!a.value != !b.value || a.n != b.n)) {
        cyt_file_differs(pair, place, INFINITY, "of another kind or length");
    } else if (err->code == CYT_OK && a.value) {
        compare_as(type, &t, a.n, a.value, b.value);
        judge(pair, place, &t, t.first, 1);
    }
    close_numbers(&a);
    close_numbers(&b);
    return err->code;
}

cyt_code cyt_file_diff_attribute(const cyt_file_pair *pair, const char *path,
                                 const char *name, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char place[CYT_H5_PATH + 256], what[160];
    cyt_h5_text a = {0}, b = {0};
    size_t at;
    pair->diff->n_compared++;
    snprintf(place, sizeof place, "%s: attribute %.200s", path, name);
    CYT_TRY(compare_attribute_numbers(pair, path, name, place, err));
    CYT_TRY(cyt_h5_attr_text(pair->a, path, name, &a, err));
    CYT_TRY(cyt_h5_attr_text(pair->b, path, name, &b, err));
    if (a.n != b.n)
        cyt_file_differs(pair, place, INFINITY, "%zu against %zu texts", a.n, b.n);
    else if (find_text(&a, &b, &at, what, sizeof what))
        cyt_file_differs(pair, place, INFINITY, "%s", what);
done:
    cyt_h5_text_free(&a);
    cyt_h5_text_free(&b);
    return code;
}
