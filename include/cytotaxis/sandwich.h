/**
 * @file sandwich.h
 * @brief How sure a coefficient is when items of a block belong together.
 *
 * With Z = W^{1/2} X, r the Pearson residuals and M = (Z'Z)^{-1}, the variance of a
 * coefficient is the sandwich sum_g (c' M Z_g' A_g r_g)² over blocks g, independent of
 * each other whatever happens within. The correction CR2, A_g = (I - Z_g M
 * Z_g')^{-1/2}, makes it unbiased when the model's own variance is right; t = beta / se
 * then has about Satterthwaite's degrees of freedom (R. M. Bell, D. F. McCaffrey,
 * Survey Methodology 28 (2002) 169; J. E. Pustejovsky, E. Tipton, J. Bus. Econ. Stat.
 * 36 (2018) 672, doi:10.1080/07350015.2016.1247004). It is CR2 of the least squares of
 * the last step, W^{1/2} z on W^{1/2} X.
 *
 * Nothing of the size of a block is formed: with M = L L' and G_g = L' S_g L, S_g the
 * information of block g and u_g its score,
 *
 *     L' Z_g' A_g r_g = (I - G_g)^{-1/2} L' u_g
 *
 * so that sums of blocks are all it takes. A direction that one block alone knows
 * (eigenvalue 1) takes no part, as in the pseudo-inverse.
 *
 * Blocks are as unequal as their information on the coefficient, gamma_g = c' M S_g M
 * c: as good as (sum gamma)² / sum gamma² equal ones (A. V. Carter, K. T. Schnepel, D.
 * G. Steigerwald, Rev. Econ. Stat. 99 (2017) 698, doi:10.1162/REST_a_00639).
 *
 * No MPI, no I/O, no state.
 */
#ifndef CYT_SANDWICH_H
#define CYT_SANDWICH_H

#include "cytotaxis/status.h"

#include <stddef.h>

/** A model at its maximum. */
typedef struct cyt_sandwich_sums {
    size_t n_coefs, n_blocks;
    const double *sums;  /**< [n_blocks * CYT_GLM_SUMS(n_coefs)] of glm_row.h */
    const char *is_kept; /**< [n_coefs] */
} cyt_sandwich_sums;

typedef struct cyt_sandwich {
    double variance;       /**< CR2 */
    double df;             /**< Satterthwaite's; NaN when the variance cannot be had */
    double naive_variance; /**< of independent items */
    double inflation;      /**< naive variance over that without other covariates */
    size_t n_blocks;       /**< that hold an item */
    double n_effective;
} cyt_sandwich;

/** Of coefficient @p which, which is kept; coefficient 0 is the constant.
 *  @return CYT_OK; CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_sandwich_of(const cyt_sandwich_sums *model, size_t which,
                                       cyt_sandwich *out, cyt_error *err);

#endif
