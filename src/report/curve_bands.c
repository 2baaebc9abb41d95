// SPDX-License-Identifier: BSD-3-Clause
#include "report/curve_bands.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Do the two texts agree over @p n bytes, at most the NUL of the second, but for what
 * HDF5 does not take in a link? */
static int alike(const char *link, const char *text, size_t n)
{
    size_t i = 0;
    while (i < n && (link[i] == text[i] || (link[i] == '_' && text[i] == '/')))
        i++;
    return i == n;
}

/* Is the text the one, what is between, and the other? */
static int is_pair(const char *text, const char *a, const char *between, const char *b)
{
    const size_t n = strlen(a), m = strlen(between);
    return alike(text, a, n) && alike(text + n, between, m) &&
           alike(text + n + m, b, strlen(b) + 1);
}

/* What the table of contrasts says of the conditions of one; NULL: it does not. */
static const char *conditions_of(const cyt_view_frame *contrasts, const char *link)
{
    char *const *told = cyt_view_texts(contrasts, "conditions");
    for (size_t i = 0; told && i < contrasts->n_rows; i++) {
        const char *name = contrasts->index.name[i];
        if (alike(link, name, strlen(name) + 1))
            return told[i];
    }
    return NULL;
}

/* As the table says it; older files have none, but the usual name tells them too. */
static void find_conditions(const cyt_report_data *d, const cyt_view_frame *contrasts,
                            const char *link, size_t condition[2])
{
    const char *told = conditions_of(contrasts, link);
    condition[0] = condition[1] = CYT_NO_NAME;
    for (size_t a = 0; a < d->conditions.n; a++)
        for (size_t b = 0; b < d->conditions.n; b++)
            if (is_pair(told ? told : link, d->conditions.name[a], told ? ", " : " vs ",
                        d->conditions.name[b])) {
                condition[0] = a;
                condition[1] = b;
            }
}

static cyt_code read_one(const cyt_report_data *d, const cyt_view_frame *contrasts,
                         const char *link, cyt_curve_bands *bands, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char path[CYT_REPORT_PATH];
    CYT_TRY(cyt_grow(&bands->item, &bands->capacity, bands->n + 1, sizeof *bands->item,
                     "bands of curves", err));
    struct cyt_curve_contrast *c = &bands->item[bands->n++];
    *c = (struct cyt_curve_contrast){.condition = {CYT_NO_NAME, CYT_NO_NAME}};
    find_conditions(d, contrasts, link, c->condition);
    snprintf(path, sizeof path, "uns/curve_tests/%s", link);
    CYT_TRY(cyt_view_frame_read(d->cohort, path, &c->tests, err));
    snprintf(path, sizeof path, "uns/curve_bands/%s", link);
    if (cyt_view_has(d->cohort, path))
        CYT_TRY(cyt_view_frame_read(d->cohort, path, &c->bands, err));
done:
    return code;
}

cyt_code cyt_curve_bands_read(const cyt_report_data *d, cyt_curve_bands *bands,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names links = {0};
    cyt_view_frame contrasts = {0};
    CYT_TRY(cyt_view_frames(d->cohort, "uns/curve_tests", &links, err));
    if (cyt_view_has(d->cohort, "uns/contrasts"))
        CYT_TRY(cyt_view_frame_read(d->cohort, "uns/contrasts", &contrasts, err));
    for (size_t k = 0; k < links.n; k++)
        CYT_TRY(read_one(d, &contrasts, links.name[k], bands, err));
done:
    cyt_view_frame_free(&contrasts);
    cyt_names_free(&links);
    return code;
}

void cyt_curve_bands_free(cyt_curve_bands *bands)
{
    for (size_t k = 0; k < bands->n; k++) {
        cyt_view_frame_free(&bands->item[k].tests);
        cyt_view_frame_free(&bands->item[k].bands);
    }
    free(bands->item);
    *bands = (cyt_curve_bands){0};
}

double cyt_curve_bands_p(const cyt_curve_bands *bands, const char *curve)
{
    double least = NAN;
    for (size_t k = 0; k < bands->n; k++) {
        const cyt_view_frame *t = &bands->item[k].tests;
        const double *p = cyt_view_numbers(t, "p");
        for (size_t i = 0; p && i < t->n_rows; i++)
            if (strcmp(t->index.name[i], curve) == 0)
                least = fmin(least, p[i]);
    }
    return least;
}

/* The rows of a curve stand together. */
static size_t first_row(const cyt_view_frame *t, const char *curve)
{
    char *const *name = cyt_view_texts(t, "curve");
    size_t i = 0;
    while (name && i < t->n_rows && strcmp(name[i], curve) != 0)
        i++;
    return name ? i : t->n_rows;
}

int cyt_curve_bands_of(const cyt_curve_bands *bands, const char *curve,
                       size_t condition, size_t n, double *mean, double *low,
                       double *high)
{
    static const char *const column[2][3] = {{"mean_a", "mean_a_lo", "mean_a_hi"},
                                             {"mean_b", "mean_b_lo", "mean_b_hi"}};
    double *const to[3] = {mean, low, high};
    for (size_t k = 0; k < 2 * bands->n; k++) {
        const struct cyt_curve_contrast *c = &bands->item[k / 2];
        const size_t row =
            c->condition[k % 2] == condition ? first_row(&c->bands, curve) : SIZE_MAX;
        if (row == SIZE_MAX || row + n > c->bands.n_rows)
            continue;
        for (size_t v = 0; v < 3; v++) {
            const double *from = cyt_view_numbers(&c->bands, column[k % 2][v]);
            for (size_t i = 0; i < n; i++)
                to[v][i] = from ? from[row + i] : NAN;
        }
        return 1;
    }
    return 0;
}
