// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/covariates.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A covariate over the slides of a contrast. */
typedef struct covariate {
    int is_number;
    cyt_names words; /* sorted */
    double mean;
} covariate;

static const char *text_of(const cyt_samplesheet *sheet, const char *name, size_t s)
{
    const size_t k = cyt_names_find(&sheet->covariates, name);
    const char *text =
        k != CYT_NO_NAME ? sheet->samples[s].covariates[k] : sheet->samples[s].batch;
    return text ? text : "";
}

/* Numbers when each value is one, or is missing; as in the frame obs. */
static cyt_code look_at(const cyt_samplesheet *sheet, const cyt_patients *p,
                        const char *name, covariate *out, cyt_error *err)
{
    double n = 0, v;
    *out = (covariate){.is_number = 1};
    for (size_t i = 0; i < p->n_slides; i++) {
        const char *text = text_of(sheet, name, p->slides[i].slide);
        const cyt_number kind = cyt_parse_f64(text, strlen(text), &v);
        out->is_number =
            out->is_number && (kind == CYT_NUMBER_FINITE || kind == CYT_NUMBER_MISSING);
        out->mean += kind == CYT_NUMBER_FINITE ? v : 0;
        n += kind == CYT_NUMBER_FINITE;
        if (!cyt_text_missing(text, strlen(text)) &&
            cyt_names_find(&out->words, text) == CYT_NO_NAME &&
            cyt_names_add(&out->words, text, strlen(text), err) != CYT_OK)
            return err->code;
    }
    out->mean = n > 0 ? out->mean / n : 0;
    cyt_names_sort(&out->words);
    return CYT_OK;
}

static size_t columns_of(const covariate *c)
{
    return c->is_number ? 1 : c->words.n > 0 ? c->words.n - 1 : 0;
}

/* Returns 0 when the slide lacks it. */
static int fill_covariate(const covariate *c, const char *text, double *x)
{
    double v;
    if (c->is_number) {
        const int there = cyt_parse_f64(text, strlen(text), &v) == CYT_NUMBER_FINITE;
        x[0] = there ? v - c->mean : 0;
        return there;
    }
    for (size_t w = 1; w < c->words.n; w++)
        x[w - 1] = strcmp(text, c->words.name[w]) == 0;
    return !cyt_text_missing(text, strlen(text));
}

static size_t fill_conditions(const cyt_contrast *contrast, size_t condition, double *x)
{
    x[0] = 1;
    if (contrast->design != CYT_DESIGN_INTERACTION) {
        x[1] = condition == 0;
        return 2;
    }
    x[1] = condition == 1 || condition == 3;
    x[2] = condition == 2 || condition == 3;
    x[3] = condition == 3;
    return 4;
}

static void fill_rows(const cyt_samplesheet *sheet, const cyt_contrast *contrast,
                      const cyt_patients *p, const covariate *c, cyt_slide_matrix *out)
{
    for (size_t i = 0; i < p->n_slides; i++) {
        double *x = out->x + out->n * out->p;
        size_t at = fill_conditions(contrast, p->slides[i].condition, x);
        int whole = 1;
        for (size_t k = 0; k < contrast->adjust.n; k++) {
            const char *text =
                text_of(sheet, contrast->adjust.name[k], p->slides[i].slide);
            whole = fill_covariate(&c[k], text, x + at) && whole;
            at += columns_of(&c[k]);
        }
        out->slide[out->n] = i;
        out->n += whole ? 1 : 0;
    }
}

cyt_code cyt_slide_matrix_make(const cyt_samplesheet *sheet,
                               const cyt_contrast *contrast, const cyt_patients *p,
                               cyt_slide_matrix *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const int four = contrast->design == CYT_DESIGN_INTERACTION;
    *out = (cyt_slide_matrix){.p = four ? 4 : 2, .tested = four ? 3 : 1};
    covariate *c = cyt_calloc(contrast->adjust.n, sizeof *c, "covariates", err);
    CYT_TRY(err->code);
    for (size_t k = 0; k < contrast->adjust.n; k++) {
        CYT_TRY(look_at(sheet, p, contrast->adjust.name[k], &c[k], err));
        out->p += columns_of(&c[k]);
    }
    /* One row more, for a slide that turns out not to be whole. */
    out->x = cyt_alloc((p->n_slides + 1) * out->p, sizeof *out->x, "covariates", err);
    out->slide = cyt_alloc(p->n_slides + 1, sizeof *out->slide, "covariates", err);
    CYT_TRY(err->code);
    fill_rows(sheet, contrast, p, c, out);
done:
    for (size_t k = 0; c && k < contrast->adjust.n; k++)
        cyt_names_free(&c[k].words);
    free(c);
    return code;
}

/* Take the parts along the m columns of @p kept off @p column, twice against rounding.
 * Returns 1, and makes it of length 1, when something is left. */
static int orthogonalise(size_t n, const double *kept, size_t m, double *column)
{
    static const double least = 1e-7; /* of the length; that of R's lm and lme4 */
    double before = 0, after = 0;
    for (size_t i = 0; i < n; i++)
        before += column[i] * column[i];
    for (size_t k = 0; k < 2 * m; k++) {
        const double *other = kept + k % m * n;
        double along = 0;
        for (size_t i = 0; i < n; i++)
            along += other[i] * column[i];
        for (size_t i = 0; i < n; i++)
            column[i] -= along * other[i];
    }
    for (size_t i = 0; i < n; i++)
        after += column[i] * column[i];
    if (!(after > least * least * before))
        return 0;
    for (size_t i = 0; i < n; i++)
        column[i] /= sqrt(after);
    return 1;
}

size_t cyt_slide_columns_keep(size_t n, size_t p, double *x, size_t *tested,
                              double *scratch)
{
    const size_t asked = *tested;
    size_t left = 0, m = 0;
    for (size_t j = 0; j < p; j++) {
        double *column = scratch + m * n;
        for (size_t i = 0; i < n; i++)
            column[i] = x[i * p + j];
        if (j != asked && !orthogonalise(n, scratch, m, column))
            continue;
        m += j != asked;
        if (j == asked)
            *tested = left;
        /* Rows are still p apart; no column moves to the right. */
        for (size_t i = 0; i < n; i++)
            x[i * p + left] = x[i * p + j];
        left++;
    }
    for (size_t i = 0; i < n; i++)
        memmove(x + i * left, x + i * p, left * sizeof *x);
    return left;
}

void cyt_slide_matrix_free(cyt_slide_matrix *matrix)
{
    free(matrix->slide);
    free(matrix->x);
    *matrix = (cyt_slide_matrix){0};
}
