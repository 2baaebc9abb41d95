/**
 * @file glm_row.h
 * @brief What one row of data adds to the normal equations of a generalised linear
 * model with canonical link.
 *
 *              mean                weight w      log-likelihood of y
 *     Poisson  exp(eta)            mu            y eta - mu
 *     logistic 1 / (1 + exp(-eta)) mu (1 - mu)   y eta - log(1 + exp(eta))
 *
 * with eta = sum_k beta_k x_k (constants that depend on y alone are left out). Newton's
 * step solves  (sum w x x') delta = sum (y - mu) x  (P. McCullagh, J. A. Nelder,
 * Generalized Linear Models, 1989, doi:10.1007/978-1-4899-3242-6, section 2.5).
 *
 * The sums of a run of items lie side by side,
 *
 *     information, lower triangle row by row, entry (j, k <= j) at j (j + 1) / 2 + k
 *     score  [n_coefs]
 *     log-likelihood
 *
 * each added in the order of the items, in eight lanes that are added last.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_GLM_ROW_H
#define CYT_GLM_ROW_H

#include <stddef.h>
#include <stdint.h>

typedef enum cyt_glm_family {
    CYT_GLM_POISSON,
    CYT_GLM_LOGISTIC,
} cyt_glm_family;

/** Most coefficients of a model. Bounds what small matrices take. */
enum { CYT_GLM_MOST = 48 };

/** Entries of a lower triangle. */
#define CYT_TRIANGLE(n)       ((n) * ((n) + 1) / 2)
#define CYT_TRIANGLE_AT(j, k) ((j) * ((j) + 1) / 2 + (k))
/** Sums of a run. */
#define CYT_GLM_SUMS(n_coefs) (CYT_TRIANGLE(n_coefs) + (n_coefs) + 1)

/** A row of data; everything is borrowed. */
typedef struct cyt_glm_items {
    size_t n, stride;
    double *x;       /**< column k at x + k * stride */
    double *y;       /**< [n] */
    uint32_t *block; /**< [n] never descending within the row */
} cyt_glm_items;

/** What the coefficients make of each item.
 *  @param weight,residual,log_likelihood [n] [out] w, y - mu, and the term of y */
void cyt_glm_predict(cyt_glm_family family, size_t n_coefs, const cyt_glm_items *items,
                     const double *beta, double *weight, double *residual,
                     double *log_likelihood);

/** Add up items [first, last).
 *  @param scratch [stride]
 *  @param sums    [CYT_GLM_SUMS(n_coefs)] [out] */
void cyt_glm_add_up(size_t n_coefs, const cyt_glm_items *items, size_t first,
                    size_t last, const double *weight, const double *residual,
                    const double *log_likelihood, double *scratch, double *sums);

#endif
