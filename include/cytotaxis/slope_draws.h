/**
 * @file slope_draws.h
 * @brief How sure a number is that follows from an estimated slope: a parametric
 * bootstrap that asks for the number at a few slopes only.
 *
 * Draws of the slope are beta + se t, with t of Student's distribution with the
 * estimate's degrees of freedom, each a function of (key, purpose, item, draw) alone.
 * The number wanted is worked out at some of the sorted draws, the nodes, and
 * interpolated linearly between them; its interval is that of the quantiles (type 7)
 * over all draws. Nodes include the draws next to both quantiles of the slope itself,
 * so the interval of a number that rises or falls with the slope is that of all draws
 * exactly; of one that does not, the error is that of interpolation.
 *
 * B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapters 6, 13.
 */
#ifndef CYT_SLOPE_DRAWS_H
#define CYT_SLOPE_DRAWS_H

#include "cytotaxis/random.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

/** Part of the draws that an interval holds. */
#define CYT_INTERVAL_LEVEL 0.95

/** What is drawn, and as what. */
typedef struct cyt_slope_params {
    double beta, se; /**< se >= 0, finite */
    double df;       /**< > 0; infinity: normal */
    size_t n;        /**< draws, at least 40: ends of an interval lie between draws */
    cyt_random_key key;
    uint32_t purpose;
    uint64_t item;
} cyt_slope_params;

typedef struct cyt_slope_draws {
    size_t n, n_nodes;
    double *draw;  /**< [n] ascending */
    double *node;  /**< [n_nodes] ascending, of the draws */
    double *value; /**< [n] scratch */
} cyt_slope_draws;

/** @param draws [out] released with cyt_slope_draws_free(), also after a failure
 *  @return CYT_OK; CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_slope_draws_make(const cyt_slope_params *params,
                                            cyt_slope_draws *draws, cyt_error *err);
void cyt_slope_draws_free(cyt_slope_draws *draws);

/** Interval of a number that is @p at_node [n_nodes] at the nodes. @p interval [2]
 *  [out] lower, upper; NaN when it is NaN at a node. */
void cyt_slope_interval(cyt_slope_draws *draws, const double *at_node,
                        double interval[2]);

#endif
