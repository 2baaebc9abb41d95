/**
 * @file compare.h
 * @brief Two conditions compared, metric by metric, with patients as the unit.
 *
 * The slides of a patient within a condition are averaged (equal weights, missing
 * values left out), then patients are compared by the Mann–Whitney test, with Cliff's
 * delta as effect. All metrics of one contrast form the family over which q-values
 * (Benjamini– Hochberg) are adjusted. Metrics are dealt to the ranks in contiguous
 * parts.
 */
#ifndef CYT_COMPARE_H
#define CYT_COMPARE_H

#include "cytotaxis/cohort_table.h"
#include "cytotaxis/samplesheet.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** Columns of a comparison; value c of metric m stands at values[c * n + m]. */
typedef enum cyt_comparison_column {
    CYT_CMP_N_A, /**< patients with a value */
    CYT_CMP_N_B,
    CYT_CMP_MEAN_A,
    CYT_CMP_MEAN_B,
    CYT_CMP_MEDIAN_A,
    CYT_CMP_MEDIAN_B,
    CYT_CMP_EFFECT,    /**< Cliff's delta, positive when a is larger */
    CYT_CMP_STATISTIC, /**< Mann–Whitney U of a */
    CYT_CMP_P,
    CYT_CMP_Q,
    CYT_CMP_COLUMNS
} cyt_comparison_column;

typedef struct cyt_comparison {
    uint64_t *starts; /**< [size + 1] metrics of each rank */
    size_t first, n;  /**< this rank's */
    double *values;   /**< [CYT_CMP_COLUMNS * n] */
    char *exact;      /**< [n] 1: exact p, 0: normal approximation */
} cyt_comparison;

/**
 * Compare the patients of conditions @p a and @p b. Collective over @p world.
 *
 * @param table  as from cyt_cohort_collect()
 * @param out    [out] this rank's part, released with cyt_comparison_free()
 */
CYT_NODISCARD cyt_code cyt_compare(MPI_Comm world, const cyt_samplesheet *sheet,
                                   const cyt_cohort_table *table, const char *a,
                                   const char *b, cyt_comparison *out, cyt_error *err);

void cyt_comparison_free(cyt_comparison *comparison);

#endif
