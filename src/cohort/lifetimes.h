/**
 * @file lifetimes.h
 * @brief Survival of patients by each metric: Cox's regression, and the log-rank test
 * of those above the median against the others.
 *
 * A metric is taken per standard deviation over the patients that have a value, so that
 * hazard ratios of metrics of different units stand side by side. The mean of a patient
 * is over its slides of all conditions. A metric that is a p or a fit of each slide is
 * told, not tested, as in contrasts.
 */
#ifndef CYT_LIFETIMES_H
#define CYT_LIFETIMES_H

#include "cytotaxis/compare.h"

typedef enum cyt_survival_column {
    CYT_LIFE_N, /**< patients with time, event and a value */
    CYT_LIFE_EVENTS,
    CYT_LIFE_COEFFICIENT, /**< log hazard ratio per standard deviation */
    CYT_LIFE_SE,
    CYT_LIFE_EFFECT, /**< hazard ratio */
    CYT_LIFE_EFFECT_LO,
    CYT_LIFE_EFFECT_HI,
    CYT_LIFE_STATISTIC, /**< Wald's z, or chi-square */
    CYT_LIFE_P,
    CYT_LIFE_Q,
    CYT_LIFE_COLUMNS
} cyt_survival_column;
extern const char *const cyt_survival_columns[CYT_LIFE_COLUMNS];

enum { CYT_LIFE_TESTS = 2 };
extern const char *const cyt_survival_tests[CYT_LIFE_TESTS];

typedef enum cyt_survival_reason {
    CYT_LIFE_FINE,
    CYT_LIFE_NO_EVENT,
    CYT_LIFE_FLAT,
    CYT_LIFE_DIVERGES,
    CYT_LIFE_NONE_ABOVE, /**< the median is the largest value */
    CYT_LIFE_P_OF_SLIDES,
    CYT_LIFE_REASONS
} cyt_survival_reason;
extern const char *const cyt_survival_reasons[CYT_LIFE_REASONS];

/** Rows of this rank's metrics: of each the tests. */
typedef struct cyt_survival_table {
    int is_there;          /**< the sheet has time and event, and they are wanted */
    size_t first, n_rows;  /**< first metric of this rank, and its rows */
    double *values;        /**< [CYT_LIFE_COLUMNS * n_rows] */
    unsigned char *reason; /**< [n_rows] cyt_survival_reason */
} cyt_survival_table;

/** Collective over @p world. */
CYT_NODISCARD cyt_code cyt_survival_make(MPI_Comm world, const cyt_compare_input *input,
                                         cyt_survival_table *out, cyt_error *err);
void cyt_survival_free(cyt_survival_table *table);

#endif
