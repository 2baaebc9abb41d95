/**
 * @file compare_metric.h
 * @brief One contrast at work: patients, draws and matrices once, then metric after
 *        metric. No MPI.
 */
#ifndef CYT_COMPARE_METRIC_H
#define CYT_COMPARE_METRIC_H

#include "cohort/covariates.h"
#include "cohort/patients.h"

#include "cytotaxis/compare.h"
#include "cytotaxis/effect.h"
#include "cytotaxis/permutation_test.h"

/** Patients that can be drawn: those with a slide of the condition, or of all. */
typedef struct cyt_arm {
    size_t n_units;
    size_t *patient; /**< [n_units] */
    double *v;       /**< [n_units] of the metric at hand, NaN where missing */
    size_t n;        /**< values that are there, */
    double *there;   /**< [n] and which */
    cyt_resamples draws;
} cyt_arm;

typedef struct cyt_contrast_work {
    const cyt_contrast *contrast;
    const cyt_cohort_config *settings;
    cyt_random_key key;
    int is_paired; /**< differences within patients: one arm */
    cyt_patients patients;
    cyt_arm arm[2];          /**< a and b; differences in the first when paired */
    double *side[2];         /**< [n_units of arm 0] a and b of each pair */
    double *pooled;          /**< [all units] scratch */
    size_t *group;           /**< [all units] scratch */
    cyt_labellings labels;   /**< of the last numbers of patients */
    cyt_slide_matrix matrix; /**< of the mixed model, when asked for */
    double *x, *y;           /**< its rows with a value */
    double *scratch;         /**< as large as x */
    size_t *y_group;
} cyt_contrast_work;

CYT_NODISCARD cyt_code cyt_contrast_work_init(const cyt_compare_input *input,
                                              const cyt_contrast *contrast,
                                              size_t number, cyt_contrast_work *work,
                                              cyt_error *err);

/** Arms that are compared: 2, 1 of differences, 0 of several conditions. */
size_t cyt_contrast_arms(const cyt_contrast_work *work);
/** Means of the patients, and the arms' values, of one metric. @p metric as of
 *  cyt_patients_average(). */
void cyt_contrast_take(cyt_contrast_work *work, const double *metric, size_t stride);
/** Of the metric taken. */
double cyt_contrast_mean(const cyt_contrast_work *work, size_t condition,
                         size_t patient);
/** Are there two values on each side? */
int cyt_contrast_has_two(const cyt_contrast_work *work);
/** Can so many patients give a p, by ranks or labels, at the level? */
int cyt_contrast_can_tell(const cyt_contrast_work *work);
/** Labellings of the numbers of values there are: those of @p labels, if they fit. */
CYT_NODISCARD cyt_code cyt_contrast_labels(const cyt_contrast_work *work,
                                           size_t n_draws, cyt_labellings *labels,
                                           cyt_error *err);

/** Fill the rows of metric @p m of @p out. @p metric as of cyt_patients_average(). */
CYT_NODISCARD cyt_code cyt_compare_metric(cyt_contrast_work *work, const double *metric,
                                          size_t stride, cyt_comparison *out, size_t m,
                                          cyt_error *err);

void cyt_contrast_work_free(cyt_contrast_work *work);

#endif
