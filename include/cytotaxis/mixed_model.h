/**
 * @file mixed_model.h
 * @brief y = X beta + u(patient) + e: slides within patients, by REML, with
 *        Satterthwaite's degrees of freedom.
 *
 * With one random intercept the inverse of a patient's covariance is known in closed
 * form: with rho = var(u) / var(e) and n_i slides,
 *
 *     (I + rho 1 1')^-1 = I - w_i 1 1',   w_i = rho / (1 + n_i rho)
 *
 * so everything is a sum over patients of a few products of small matrices, and the
 * restricted likelihood is a function of rho alone: beta and var(e) have closed forms.
 * Its derivatives are written down too; the optimum is the root of the first, the best
 * of those that a scan over rho brackets, and exactly 0 where nothing is gained by
 * patients. Price: one random intercept only, no slopes.
 *
 * The degrees of freedom are 2 v^2 / (g' A g): v is the variance of the estimate, g its
 * gradient and A the covariance of (sqrt(rho), sd(e)), from the Hessian of the deviance
 * at the optimum; these parameters are those of the R packages lme4 and lmerTest, whose
 * numbers the tests compare. Where rho is 0 they are those of the linear model.
 *
 * H. D. Patterson, R. Thompson, Biometrika 58 (1971) 545, doi:10.1093/biomet/58.3.545;
 * D. Bates et al., J. Stat. Softw. 67 (2015) 1, doi:10.18637/jss.v067.i01; A.
 * Kuznetsova et al., J. Stat. Softw. 82 (2017) 13, doi:10.18637/jss.v082.i13.
 */
#ifndef CYT_MIXED_MODEL_H
#define CYT_MIXED_MODEL_H

#include "cytotaxis/status.h"

#include <stddef.h>

typedef struct cyt_mixed_design {
    size_t n, p;
    const double *x;     /**< [n * p] row-major; a sum of its columns is constant */
    const double *y;     /**< [n] */
    const size_t *group; /**< [n] patient of each row, below n_groups */
    size_t n_groups;     /**< some may have no row */
    size_t tested;       /**< the coefficient that is asked for, below p */
} cyt_mixed_design;

typedef enum cyt_mixed_outcome {
    CYT_MIXED_OK,
    CYT_MIXED_FEW,      /**< no more rows than coefficients, or patients than 1 */
    CYT_MIXED_SINGULAR, /**< columns of X are linearly dependent */
    CYT_MIXED_FLAT,     /**< nothing is left to be explained */
} cyt_mixed_outcome;

typedef struct cyt_mixed_fit {
    cyt_mixed_outcome outcome; /**< the numbers are NaN unless CYT_MIXED_OK */
    double estimate, se, df, t, p;
    double var_group;    /**< between patients; NaN for a linear model */
    double var_residual; /**< within */
    int is_linear; /**< each patient has one row: no random intercept was fitted */
} cyt_mixed_fit;

/**
 * Fit the model. With one row per patient var(u) and var(e) cannot be told apart: the
 * linear model is fitted, and said.
 *
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_mixed_model(const cyt_mixed_design *design,
                                       cyt_mixed_fit *fit, cyt_error *err);

#endif
