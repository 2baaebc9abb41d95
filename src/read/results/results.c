// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/results.h"

#include "read/h5/h5_text.h"
#include "read/h5/h5_util.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The text columns of uns/metrics that say which metric a row is. */
enum { ANALYSIS, STATISTIC, TYPE_A, TYPE_B, SIGNAL, N_TEXTS };
static const char *const text_columns[N_TEXTS] = {"analysis", "statistic", "type_a",
                                                  "type_b", "signal"};

typedef struct metric_columns {
    cyt_h5_text text[N_TEXTS];
    double *value;
    double *place[CYT_AXES]; /* NULL for CYT_AXIS_NONE */
    size_t n;
} metric_columns;

static cyt_code read_text_column(const cyt_h5_file *file, const char *name,
                                 cyt_h5_text *text, cyt_error *err)
{
    cyt_h5_data data = {0};
    char path[CYT_H5_PATH];
    cyt_h5_join(path, "uns/metrics", name);
    cyt_code code = cyt_h5_data_open(file, path, 1, CYT_H5_STORED, &data, err);
    if (code == CYT_OK)
        code = cyt_h5_read_text(file, &data, 0, (size_t)data.dims[0], text, err);
    cyt_h5_data_close(&data);
    return code;
}

static cyt_code read_numbers(const cyt_h5_file *file, const char *name, double **out,
                             size_t *n, cyt_error *err)
{
    cyt_h5_data data = {0};
    char path[CYT_H5_PATH];
    cyt_h5_join(path, "uns/metrics", name);
    cyt_code code = cyt_h5_data_open(file, path, 1, CYT_H5_STORED, &data, err);
    if (code == CYT_OK) {
        *n = (size_t)data.dims[0];
        *out = cyt_alloc(*n, sizeof **out, "metrics of a slide", err);
        code = *out ? cyt_h5_read_f64(file, &data, 0, *n, *out, err) : err->code;
    }
    cyt_h5_data_close(&data);
    return code;
}

static cyt_code read_places(const cyt_h5_file *file, metric_columns *c, cyt_error *err)
{
    for (size_t k = CYT_AXIS_NONE + 1; k < CYT_AXES; k++) {
        size_t n = 0;
        const cyt_code code =
            read_numbers(file, cyt_axis_names[k], &c->place[k], &n, err);
        if (code != CYT_OK)
            return code;
        if (n != c->n)
            return CYT_H5_FAIL(file, err, " uns/metrics: columns of different length");
    }
    return CYT_OK;
}

static cyt_code read_columns(const cyt_h5_file *file, metric_columns *c, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(read_numbers(file, "value", &c->value, &c->n, err));
    CYT_TRY(read_places(file, c, err));
    for (size_t k = 0; k < N_TEXTS; k++) {
        CYT_TRY(read_text_column(file, text_columns[k], &c->text[k], err));
        if (c->text[k].n != c->n)
            return CYT_H5_FAIL(file, err, " uns/metrics: columns of different length");
    }
done:
    return code;
}

/* The statistic a row names, CYT_STATISTICS when there is no such. */
static cyt_statistic statistic_of(const metric_columns *c, size_t row)
{
    for (int s = 0; s < CYT_STATISTICS; s++) {
        const cyt_statistic_info *info = cyt_statistic_get((cyt_statistic)s);
        if (cyt_h5_text_is(&c->text[ANALYSIS], row, info->analysis) &&
            cyt_h5_text_is(&c->text[STATISTIC], row, info->statistic))
            return (cyt_statistic)s;
    }
    return CYT_STATISTICS;
}

static cyt_code add_row(const cyt_h5_file *file, const metric_columns *c, size_t row,
                        cyt_metrics *metrics, cyt_error *err)
{
    const cyt_statistic statistic = statistic_of(c, row);
    if (statistic == CYT_STATISTICS)
        return CYT_H5_FAIL(
            file, err,
            " uns/metrics row %zu: not a metric of this version; run the "
            "slide again",
            row);
    char *a = cyt_h5_text_copy(&c->text[TYPE_A], row, err);
    char *b = cyt_h5_text_copy(&c->text[TYPE_B], row, err);
    char *signal = cyt_h5_text_copy(&c->text[SIGNAL], row, err);
    const double *place = c->place[cyt_statistic_get(statistic)->axis];
    cyt_code code = err->code;
    if (code == CYT_OK)
        code = cyt_metrics_add_at(metrics, statistic, a, b, signal,
                                  place ? place[row] : NAN, c->value[row], err);
    free(a);
    free(b);
    free(signal);
    return code;
}

static cyt_code read_scalar(const cyt_h5_file *file, const char *path, double *value,
                            cyt_error *err)
{
    cyt_h5_data data = {0};
    cyt_code code = cyt_h5_data_open(file, path, 1, CYT_H5_STORED, &data, err);
    if (code == CYT_OK && data.dims[0] != 1)
        code = CYT_H5_FAIL(file, err, " %s: one number expected", path);
    if (code == CYT_OK)
        code = cyt_h5_read_f64(file, &data, 0, 1, value, err);
    cyt_h5_data_close(&data);
    return code;
}

static cyt_code read_count(const cyt_h5_file *file, const char *path, int64_t *n,
                           cyt_error *err)
{
    double value = 0;
    cyt_code code;
    CYT_TRY(read_scalar(file, path, &value, err));
    if (!(value >= 0 && value <= 9007199254740992.0)) /* 2^53; also NaN */
        CYT_TRY(
            CYT_H5_FAIL(file, err, " %s is %g, not a number of cells", path, value));
    *n = (int64_t)value;
done:
    return code;
}

cyt_code cyt_results_read(const char *path, cyt_metrics *metrics, int64_t *n_cells,
                          double *area_um2, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_h5_file file = {0};
    metric_columns columns = {0};
    CYT_TRY(cyt_h5_open(path, path, "", &file, err));
    CYT_TRY(read_count(&file, "uns/n_cells", n_cells, err));
    CYT_TRY(read_scalar(&file, "uns/area_um2", area_um2, err));
    CYT_TRY(read_columns(&file, &columns, err));
    for (size_t row = 0; row < columns.n; row++)
        CYT_TRY(add_row(&file, &columns, row, metrics, err));
done:
    free(columns.value);
    for (size_t k = 0; k < CYT_AXES; k++)
        free(columns.place[k]);
    for (size_t k = 0; k < N_TEXTS; k++)
        cyt_h5_text_free(&columns.text[k]);
    cyt_h5_close(&file);
    return code;
}
