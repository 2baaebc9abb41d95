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
void cyt_slide_matrix_free(cyt_slide_matrix *matrix);

#endif
