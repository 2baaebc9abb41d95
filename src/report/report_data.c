// SPDX-License-Identifier: BSD-3-Clause
#include "report/report_parts.h"

#include "cytotaxis/mem.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const cyt_rgb cyt_report_other = {185, 185, 185};

int cyt_report_is_ok(const cyt_report_data *d, size_t slide)
{
    return strcmp(d->status[slide], "ok") == 0;
}

int cyt_report_has_conditions(const cyt_report_data *d)
{
    return d->conditions.n > 1 || (d->conditions.n == 1 && *d->conditions.name[0]);
}

const char *cyt_report_condition(const cyt_report_data *d, size_t condition)
{
    const char *name = d->conditions.name[condition];
    return *name                          ? name
           : cyt_report_has_conditions(d) ? "without condition"
                                          : "all slides";
}

/* --- slides ----------------------------------------------------------------------- */

/* The distinct texts of a column, and which each row has. */
static cyt_code group(const cyt_view_frame *obs, char *const *text, cyt_names *groups,
                      size_t **of, cyt_error *err)
{
    cyt_code code = CYT_OK;
    *of = cyt_alloc(obs->n_rows, sizeof **of, "groups of slides", err);
    CYT_TRY(err->code);
    for (size_t s = 0; s < obs->n_rows; s++)
        CYT_TRY(cyt_names_add(groups, text[s], strlen(text[s]), err));
    cyt_names_sort(groups);
    for (size_t s = 0; s < obs->n_rows; s++)
        (*of)[s] = cyt_names_search(groups, text[s]);
done:
    return code;
}

static cyt_code read_slides(cyt_report_data *d, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_view_frame_read(d->cohort, "obs", &d->obs, err));
    d->n_slides = d->obs.n_rows;
    d->patient = cyt_view_texts(&d->obs, "patient");
    d->condition = cyt_view_texts(&d->obs, "condition");
    d->status = cyt_view_texts(&d->obs, "status");
    d->message = cyt_view_texts(&d->obs, "message");
    d->n_cells = cyt_view_numbers(&d->obs, "n_cells");
    d->area_um2 = cyt_view_numbers(&d->obs, "area_um2");
    if (d->n_slides > 0 && (!d->patient || !d->condition || !d->status || !d->message ||
                            !d->n_cells || !d->area_um2))
        return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                        "%s/cohort.h5ad: obs lacks columns that this program writes; "
                        "run again",
                        d->out);
    CYT_TRY(group(&d->obs, d->condition, &d->conditions, &d->condition_of, err));
    CYT_TRY(group(&d->obs, d->patient, &d->patients, &d->patient_of, err));
done:
    return code;
}

void cyt_report_patient_means(const cyt_report_data *d, const double *value,
                              size_t stride, size_t condition, double *mean)
{
    for (size_t p = 0; p < d->patients.n; p++) {
        double sum = 0;
        size_t n = 0;
        for (size_t s = 0; s < d->n_slides; s++) {
            const double v = value[s * stride];
            if (d->patient_of[s] != p || d->condition_of[s] != condition || isnan(v))
                continue;
            sum += v;
            n++;
        }
        mean[p] = n > 0 ? sum / (double)n : NAN;
    }
}

/* --- cell types ------------------------------------------------------------------- */

/* Columns of X that are a type's share of its slide. */
static cyt_code find_fractions(const cyt_report_data *d, cyt_names *types,
                               uint64_t **column, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *const *analysis = cyt_view_texts(&d->var, "analysis");
    char *const *statistic = cyt_view_texts(&d->var, "statistic");
    char *const *type = cyt_view_texts(&d->var, "type_a");
    *column = cyt_alloc(d->n_metrics, sizeof **column, "columns", err);
    CYT_TRY(err->code);
    for (size_t m = 0; analysis && statistic && type && m < d->n_metrics; m++) {
        if (strcmp(analysis[m], "composition") != 0 ||
            strcmp(statistic[m], "fraction") != 0)
            continue;
        (*column)[types->n] = m;
        CYT_TRY(cyt_names_add(types, type[m], strlen(type[m]), err));
    }
done:
    return code;
}

/* Sum of shares over slides, for the order of types. */
static double total_share(const double *value, size_t n_slides, size_t n_types,
                          size_t t)
{
    double sum = 0;
    for (size_t s = 0; s < n_slides; s++)
        sum += isnan(value[s * n_types + t]) ? 0 : value[s * n_types + t];
    return sum;
}

/* Types and their shares, commonest first. */
static cyt_code sort_types(cyt_report_data *d, const cyt_names *types,
                           const double *value, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = types->n;
    size_t *order = NULL;
    double *key = cyt_alloc(n, sizeof *key, "shares of types", err);
    d->fraction = cyt_alloc(d->n_slides * n, sizeof *d->fraction, "shares", err);
    CYT_TRY(err->code);
    for (size_t t = 0; t < n; t++)
        key[t] = -total_share(value, d->n_slides, n, t);
    order = cyt_order_rows(n, key, err);
    CYT_TRY(err->code);
    for (size_t t = 0; t < n; t++) {
        const char *name = types->name[order[t]];
        CYT_TRY(cyt_names_add(&d->types, name, strlen(name), err));
        for (size_t s = 0; s < d->n_slides; s++)
            d->fraction[s * n + t] = value[s * n + order[t]];
    }
done:
    free(key);
    free(order);
    return code;
}

static cyt_code read_types(cyt_report_data *d, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names types = {0};
    uint64_t *column = NULL;
    double *value = NULL;
    CYT_TRY(cyt_view_frame_read(d->cohort, "var", &d->var, err));
    d->n_metrics = d->var.n_rows;
    CYT_TRY(find_fractions(d, &types, &column, err));
    value = cyt_alloc(d->n_slides * types.n, sizeof *value, "shares", err);
    CYT_TRY(err->code);
    if (types.n > 0)
        CYT_TRY(
            cyt_view_columns(d->cohort, "X", d->n_slides, types.n, column, value, err));
    CYT_TRY(sort_types(d, &types, value, err));
done:
    free(value);
    free(column);
    cyt_names_free(&types);
    return code;
}

/* --- metrics ---------------------------------------------------------------------- */

typedef struct named_row {
    const char *name;
    size_t row;
} named_row;

static int by_name(const void *pa, const void *pb)
{
    return strcmp(((const named_row *)pa)->name, ((const named_row *)pb)->name);
}

static cyt_code sort_metrics(cyt_report_data *d, cyt_error *err)
{
    named_row *row = cyt_alloc(d->n_metrics, sizeof *row, "names of metrics", err);
    d->by_name = cyt_alloc(d->n_metrics, sizeof *d->by_name, "names of metrics", err);
    for (size_t m = 0; err->code == CYT_OK && m < d->n_metrics; m++)
        row[m] = (named_row){d->var.index.name[m], m};
    if (err->code == CYT_OK)
        qsort(row, d->n_metrics, sizeof *row, by_name);
    for (size_t m = 0; err->code == CYT_OK && m < d->n_metrics; m++)
        d->by_name[m] = row[m].row;
    free(row);
    return err->code;
}

/* First place in the order of names that is not before @p name. */
static size_t place_of(const cyt_report_data *d, const char *name)
{
    size_t low = 0, high = d->n_metrics;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(d->var.index.name[d->by_name[middle]], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t cyt_report_metrics_of(const cyt_report_data *d, const char *prefix,
                             const size_t **metric)
{
    const size_t first = place_of(d, prefix), length = strlen(prefix);
    size_t n = 0;
    while (first + n < d->n_metrics &&
           strncmp(d->var.index.name[d->by_name[first + n]], prefix, length) == 0)
        n++;
    *metric = d->by_name + first;
    return n;
}

/* The smallest p of each metric over the tests of a contrast. */
static void note_p(cyt_report_data *d, const cyt_view_frame *tests)
{
    char *const *metric = cyt_view_texts(tests, "metric");
    const double *p = cyt_view_numbers(tests, "p");
    for (size_t i = 0; metric && p && i < tests->n_rows; i++) {
        const size_t at = place_of(d, metric[i]);
        if (at < d->n_metrics &&
            strcmp(d->var.index.name[d->by_name[at]], metric[i]) == 0)
            d->least_p[d->by_name[at]] = fmin(d->least_p[d->by_name[at]], p[i]);
    }
}

static cyt_code read_p(cyt_report_data *d, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names contrasts = {0};
    d->least_p = cyt_alloc(d->n_metrics, sizeof *d->least_p, "p of metrics", err);
    CYT_TRY(err->code);
    for (size_t m = 0; m < d->n_metrics; m++)
        d->least_p[m] = NAN;
    CYT_TRY(cyt_view_frames(d->cohort, "uns/tests", &contrasts, err));
    for (size_t k = 0; k < contrasts.n; k++) {
        char path[CYT_REPORT_PATH];
        cyt_view_frame tests;
        snprintf(path, sizeof path, "uns/tests/%s", contrasts.name[k]);
        code = cyt_view_frame_read(d->cohort, path, &tests, err);
        if (code == CYT_OK)
            note_p(d, &tests);
        cyt_view_frame_free(&tests);
        CYT_TRY(code);
    }
done:
    cyt_names_free(&contrasts);
    return code;
}

/* --- config and run.json ---------------------------------------------------------- */

void cyt_report_config_value(const cyt_report_data *d, const char *section,
                             const char *key, char *value, size_t size)
{
    const size_t n_section = strlen(section), n_key = strlen(key);
    int is_inside = 0;
    *value = '\0';
    for (const char *line = d->config; *line;
         line += strcspn(line, "\n"), line += *line == '\n') {
        const size_t n = strcspn(line, "\n");
        if (*line != ' ')
            is_inside =
                strncmp(line, section, n_section) == 0 && line[n_section] == ':';
        if (!is_inside || strncmp(line, "  ", 2) != 0 ||
            strncmp(line + 2, key, n_key) != 0 || line[2 + n_key] != ':')
            continue;
        const char *from = line + 2 + n_key + 1;
        from += *from == ' ';
        snprintf(value, size, "%.*s", (int)(n - (size_t)(from - line)), from);
        if (strcmp(value, "null") == 0)
            *value = '\0';
        return;
    }
}

/* run.json may be missing: then the page lacks what it alone says. */
static void read_run(cyt_report_data *d)
{
    char path[CYT_REPORT_PATH];
    snprintf(path, sizeof path, "%s/run.json", d->out);
    d->run = json_load_file(path, 0, NULL);
    if (d->run && !json_is_object(d->run)) {
        json_decref(d->run);
        d->run = NULL;
    }
}

static cyt_code open_cohort(cyt_report_data *d, cyt_error *err)
{
    struct stat info;
    char path[CYT_REPORT_PATH];
    if (stat(d->out, &info) != 0)
        return CYT_FAIL(err, CYT_ERR_NO_INPUT, NULL,
                        "%s: %s; name the folder that cytotaxis run --out wrote",
                        d->out, strerror(errno));
    snprintf(path, sizeof path, "%s/cohort.h5ad", d->out);
    if (stat(path, &info) != 0)
        return CYT_FAIL(err, CYT_ERR_NO_INPUT, NULL,
                        "%s: %s; name the folder of a finished cytotaxis run", path,
                        strerror(errno));
    return cyt_view_open(path, "", &d->cohort, err);
}

cyt_code cyt_report_data_read(const char *out, cyt_report_data *d, cyt_error *err)
{
    cyt_code code = CYT_OK;
    *d = (cyt_report_data){.out = out};
    CYT_TRY(open_cohort(d, err));
    CYT_TRY(read_slides(d, err));
    CYT_TRY(read_types(d, err));
    CYT_TRY(sort_metrics(d, err));
    CYT_TRY(read_p(d, err));
    if (cyt_view_has(d->cohort, "uns/config"))
        CYT_TRY(cyt_view_text(d->cohort, "uns/config", &d->config, err));
    else
        d->config = cyt_strdup("", err);
    code = err->code;
    read_run(d);
done:
    return code;
}

void cyt_report_data_free(cyt_report_data *d)
{
    cyt_view_close(&d->cohort);
    cyt_view_frame_free(&d->obs);
    cyt_view_frame_free(&d->var);
    cyt_names_free(&d->conditions);
    cyt_names_free(&d->patients);
    cyt_names_free(&d->types);
    free(d->condition_of);
    free(d->patient_of);
    free(d->fraction);
    free(d->by_name);
    free(d->least_p);
    free(d->config);
    json_decref(d->run);
    *d = (cyt_report_data){0};
}
