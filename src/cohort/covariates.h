/**
 * @file covariates.h
 * @brief The matrix of a mixed model: conditions and covariates of the slides. No MPI.
 *
 *     1 | conditions of the contrast | covariates
 *
 * Of two conditions the second is the base and one column tells the first; of an
 * interaction three tell the first treatment, the second, and both, the last of which
 * is tested. A covariate of numbers is a column, about its mean; one of words has a
 * column for each word but the first in the order of bytes. A slide that lacks a
 * covariate is left out.
 *
 * Of the slides that have a value of a metric, a word, or what tells two covariates
 * apart, may be missing. Columns that say nothing new of them are left out for that
 * metric, as R's lm and lme4 do, so that the others can be told.
 */
#ifndef CYT_COVARIATES_H
#define CYT_COVARIATES_H

#include "cohort/patients.h"

typedef struct cyt_slide_matrix {
    size_t n, p;
    size_t tested; /**< the column that is asked for */
    size_t *slide; /**< [n] into cyt_patients.slides */
    double *x;     /**< [n * p] */
} cyt_slide_matrix;

CYT_NODISCARD cyt_code cyt_slide_matrix_make(const cyt_samplesheet *sheet,
                                             const cyt_contrast *contrast,
                                             const cyt_patients *patients,
                                             cyt_slide_matrix *out, cyt_error *err);
/**
 * Leave out the columns that are sums of those before them, the tested one being the
 * last: it stays, and whether the others make it up shows when the model is fitted.
 *
 * @param x        [n * p] [in,out] rows; becomes [n * (columns left)]
 * @param tested   [in,out] the column that is asked for
 * @param scratch  [n * p]
 * @return columns left
 */
size_t cyt_slide_columns_keep(size_t n, size_t p, double *x, size_t *tested,
                              double *scratch);
void cyt_slide_matrix_free(cyt_slide_matrix *matrix);

#endif
