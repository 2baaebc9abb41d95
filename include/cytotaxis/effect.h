/**
 * @file effect.h
 * @brief Effect sizes of two groups of patients or of pairs, with bootstrap intervals.
 *
 * Patients are drawn with replacement, each group by itself; the interval is that
 * between percentiles of the effect over draws. An effect of a draw is computed from
 * how many times each patient was drawn, in one walk over the values in their order,
 * which are sorted once; and the draws, a function of (key, draw, patient), are made
 * once for all metrics. A patient whose value is missing is drawn and leaves nothing.
 * Draws that leave the effect undefined do not count.
 *
 * B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap (1993) ch. 13; N. Cliff,
 * Psychol. Bull. 114 (1993) 494, doi:10.1037/0033-2909.114.3.494; Hedges' g: t_test.h;
 * rank-biserial: signed_rank.h.
 */
#ifndef CYT_EFFECT_H
#define CYT_EFFECT_H

#include "cytotaxis/random.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

typedef enum cyt_effect_kind {
    CYT_EFFECT_DELTA,      /**< Cliff's: P(a > b) - P(a < b) */
    CYT_EFFECT_HEDGES,     /**< difference of means over the pooled sd, corrected */
    CYT_EFFECT_DIFFERENCE, /**< of means */
    CYT_EFFECT_PAIRED_BISERIAL, /**< matched-pairs rank-biserial correlation */
    CYT_EFFECT_PAIRED_HEDGES,   /**< mean over sd of the differences, corrected */
    CYT_EFFECT_PAIRED_DIFFERENCE,
} cyt_effect_kind;

/** How many times each unit was drawn. */
typedef struct cyt_resamples {
    size_t n_draws, n_units;
    uint16_t *times; /**< [n_draws * n_units] each row adds up to n_units */
} cyt_resamples;

/** @param stream  another one for each group
 *  @return CYT_OK; CYT_ERR_MEMORY; release with cyt_resamples_free() */
CYT_NODISCARD cyt_code cyt_resamples_make(size_t n_draws, size_t n_units,
                                          cyt_random_key key, uint32_t stream,
                                          cyt_resamples *out, cyt_error *err);
void cyt_resamples_free(cyt_resamples *resamples);

/** A group: a value for each unit, NaN where it is missing. */
typedef struct cyt_effect_group {
    const double *v; /**< [draws->n_units]; differences of pairs in the paired kinds */
    const cyt_resamples *draws;
} cyt_effect_group;

typedef struct cyt_effect {
    double value, low, high; /**< NaN: not defined */
} cyt_effect;

/**
 * @param b           unused in the paired kinds
 * @param confidence  of the interval, in (0, 1)
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_effect_size(cyt_effect_kind kind, const cyt_effect_group *a,
                                       const cyt_effect_group *b, double confidence,
                                       cyt_effect *out, cyt_error *err);

#endif
