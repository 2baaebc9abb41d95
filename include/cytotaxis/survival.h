/**
 * @file survival.h
 * @brief The log-rank test, and Cox's regression with Efron's way of ties.
 *
 * N. Mantel, Cancer Chemother. Rep. 50 (1966) 163; D. R. Cox, J. R. Stat. Soc. B 34
 * (1972) 187, doi:10.1111/j.2517-6161.1972.tb00899.x; B. Efron, J. Am. Stat. Assoc. 72
 * (1977) 557, doi:10.1080/01621459.1977.10480613. Newton's steps are halved where they
 * do not gain and end when the partial likelihood gains less than 1e-9 of itself, as in
 * R's package survival, whose numbers the tests compare.
 */
#ifndef CYT_SURVIVAL_H
#define CYT_SURVIVAL_H

#include "cytotaxis/status.h"

#include <stddef.h>

/** One entry per patient; finite. */
typedef struct cyt_lifetimes {
    size_t n;
    const double *time;         /**< [n] at least 0 */
    const unsigned char *event; /**< [n] 1: it happened; 0: censored */
} cyt_lifetimes;

typedef struct cyt_log_rank {
    size_t n_events;
    double chi2, df, p; /**< NaN unless two groups are at risk when an event happens */
} cyt_log_rank;

/**
 * Do groups live equally long?
 *
 * @param group [n] below @p n_groups
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_log_rank_test(const cyt_lifetimes *life, const size_t *group,
                                         size_t n_groups, cyt_log_rank *out,
                                         cyt_error *err);

typedef enum cyt_cox_outcome {
    CYT_COX_OK,
    CYT_COX_NO_EVENT,
    CYT_COX_SINGULAR, /**< columns are linearly dependent, or one does not vary */
    CYT_COX_DIVERGES, /**< the likelihood rises for ever, or 20 steps did not do */
} cyt_cox_outcome;

typedef struct cyt_cox_fit {
    cyt_cox_outcome outcome; /**< the numbers are NaN unless CYT_COX_OK */
    size_t n_events;
    double estimate; /**< logarithm of the hazard ratio per unit of the column */
    double se, z, p; /**< Wald's */
} cyt_cox_fit;

/**
 * Cox's regression; the coefficient of column @p tested is returned.
 *
 * @param x [n * p] row-major, no constant column
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_cox_regression(const cyt_lifetimes *life, const double *x,
                                          size_t p, size_t tested, cyt_cox_fit *fit,
                                          cyt_error *err);

#endif
