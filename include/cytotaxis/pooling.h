/**
 * @file pooling.h
 * @brief Estimates of several slides to one of a patient, those of patients to one of a
 * cohort: random effects at both levels.
 *
 *     y_ij = μ + u_i + w_ij + e_ij     u_i  ~ (0, τ²)    patients differ
 *                                      w_ij ~ (0, ω²)    slides of a patient differ
 *                                      e_ij ~ (0, v_ij)  error of a slide, known
 *
 * In two steps, each a weighted mean. Within patients: ω² by restricted maximum
 * likelihood over all patients that have several slides, their means being free; a
 * patient's estimate weighs its slides by 1/(v_ij + ω²) and has the variance of that
 * mean, so that slides that disagree make a patient less certain, and many slides of
 * one patient never count as many patients. Between patients: τ² by restricted maximum
 * likelihood (W. Viechtbauer 2005, doi:10.3102/10769986030003261), the interval of
 * J. Hartung & G. Knapp (2001, doi:10.1002/sim.791) with t of k - 1 degrees, Q and I²
 * (J. P. T. Higgins & S. G. Thompson 2002, doi:10.1002/sim.1186), and a prediction
 * interval for the next patient with the same degrees (J. IntHout et al. 2016,
 * doi:10.1136/bmjopen-2015-010247).
 *
 * The likelihood may have several maxima: its slope is followed from 0 up, half an
 * octave at a time, each change of sign is bisected to the last bit, and the highest
 * maximum is taken, the border at 0 among them.
 *
 * Price: in the first step ω² counts as known, as v_ij does in the second.
 */
#ifndef CYT_POOLING_H
#define CYT_POOLING_H

#include "cytotaxis/status.h"

#include <stddef.h>

/**
 * The variance that, added to those known, makes the spread within groups likeliest.
 * Pure.
 *
 * @param start    [n_groups + 1] estimates of group g: start[g] .. start[g + 1]
 * @param value    [start[n_groups]] finite
 * @param variance [start[n_groups]] finite, greater than 0
 * @return at least 0; 0 also when no group has two
 */
double cyt_reml_variance(size_t n_groups, const size_t *start, const double *value,
                         const double *variance);

/** What the estimates of k patients say together. NaN where it is not defined. */
typedef struct cyt_pooled {
    size_t k;
    double mean;
    double se;         /**< Hartung and Knapp's; NaN for k = 1, as all that follows */
    double lo, hi;     /**< interval of the mean */
    double p;          /**< that the mean is 0, two-sided */
    double tau2;       /**< variance between patients */
    double q, q_p;     /**< Cochran's Q and its p, that all patients are alike */
    double i2;         /**< share of the variance that is between patients, [0, 1] */
    double from, upto; /**< prediction interval: where the next patient may lie */
} cyt_pooled;

/**
 * Pool estimates. Pure.
 *
 * @param value    [k] finite
 * @param variance [k] finite, greater than 0
 * @param level    of both intervals, in (0, 1)
 */
cyt_pooled cyt_pool(size_t k, const double *value, const double *variance,
                    double level);

/** An estimate of one slide; those that are not finite, or whose variance is not
 *  greater than 0, take no part. */
typedef struct cyt_slide_estimate {
    size_t patient; /**< a number below n_patients */
    double value, variance;
} cyt_slide_estimate;

/** The patients that have an estimate. */
typedef struct cyt_patient_estimates {
    size_t n_slides; /**< that took part */
    size_t n;        /**< patients */
    size_t *patient; /**< [n] ascending */
    double *value;   /**< [n] */
    double *variance;
    double omega2; /**< variance between slides of a patient; NaN: none has two */
} cyt_patient_estimates;

/**
 * Combine the slides of each patient.
 *
 * @param slides [n] in any order; the result depends on the order only within patients
 * @param out    [out] released with cyt_patient_estimates_free()
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_combine_slides(size_t n, const cyt_slide_estimate *slides,
                                          cyt_patient_estimates *out, cyt_error *err);

/** Accepts zero and leaves it. */
void cyt_patient_estimates_free(cyt_patient_estimates *patients);

#endif
