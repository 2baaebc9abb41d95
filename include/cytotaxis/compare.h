/**
 * @file compare.h
 * @brief Conditions compared, metric by metric, with patients as the unit.
 *
 * The slides of a patient within a condition are averaged (weights as configured,
 * missing values left out); then patients are compared by the tests of the contrast.
 * Only the mixed model looks at slides, as rows within patients. Metrics are dealt to
 * the ranks in contiguous parts; a rank holds all slides of its metrics.
 *
 *     design        ranks            t          permutation   effects of these three
 *     two           Mann-Whitney     Welch      labels        Cliff's delta, Hedges' g,
 *     paired        signed ranks     Student    signs           difference of means;
 *     interaction   signed ranks     Student    signs           rank-biserial if paired
 *     several       Kruskal-Wallis   -          -               epsilon squared
 *
 * The interaction of two treatments is, within each patient, (both - second) less
 * (first - control): these two differences stand as a and b.
 *
 * Where the patients are so few that no outcome at all could give a p below the level
 * (1 - confidence), there is no test: the numbers describe, and the reason is told.
 */
#ifndef CYT_COMPARE_H
#define CYT_COMPARE_H

#include "cytotaxis/cohort_table.h"
#include "cytotaxis/config.h"
#include "cytotaxis/samplesheet.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** All slides of this rank's share of the metrics; a curve's metrics are together. */
typedef struct cyt_metric_share {
    uint64_t *starts; /**< [size + 1] metrics of each rank */
    size_t first, n;  /**< this rank's */
    double *values;   /**< [sheet.n * n] row-major */
    int64_t *n_cells; /**< [sheet.n] of each slide */
} cyt_metric_share;

/** Collective. */
CYT_NODISCARD cyt_code cyt_metric_share_make(MPI_Comm world, size_t n_slides,
                                             const cyt_cohort_table *table,
                                             cyt_metric_share *share, cyt_error *err);
void cyt_metric_share_free(cyt_metric_share *share);

/** Columns of a comparison; value c of row r stands at values[c * n_rows + r]. */
typedef enum cyt_comparison_column {
    CYT_CMP_N_A, /**< patients with a value; of several conditions all, and none in b */
    CYT_CMP_N_B,
    CYT_CMP_MEAN_A,
    CYT_CMP_MEAN_B,
    CYT_CMP_MEDIAN_A,
    CYT_CMP_MEDIAN_B,
    CYT_CMP_EFFECT, /**< positive when a is larger */
    CYT_CMP_EFFECT_LO,
    CYT_CMP_EFFECT_HI,
    CYT_CMP_STATISTIC,
    CYT_CMP_DF,
    CYT_CMP_SE,         /**< of the difference of means, or of the model's estimate */
    CYT_CMP_SD_PATIENT, /**< of the mixed model: between patients, */
    CYT_CMP_SD_SLIDE,   /**< and between slides of a patient */
    CYT_CMP_P,
    CYT_CMP_Q,
    CYT_CMP_COLUMNS
} cyt_comparison_column;

/** What made the p of a row. */
typedef enum cyt_row_test {
    CYT_ROW_MANN_WHITNEY_EXACT,
    CYT_ROW_MANN_WHITNEY_NORMAL,
    CYT_ROW_SIGNED_RANK_EXACT,
    CYT_ROW_SIGNED_RANK_NORMAL,
    CYT_ROW_KRUSKAL,
    CYT_ROW_WELCH,
    CYT_ROW_PAIRED_T,
    CYT_ROW_PERMUTATION_EXACT,
    CYT_ROW_PERMUTATION_SAMPLED,
    CYT_ROW_MIXED,
    CYT_ROW_LINEAR,
    CYT_ROW_TESTS
} cyt_row_test;
extern const char *const cyt_row_test_names[CYT_ROW_TESTS];
/** "delta", "hedges_g", …: what the effect of the row is. @p paired: within patients */
const char *cyt_row_effect_name(cyt_row_test test, int paired);

/** Why a row has no p. */
typedef enum cyt_row_reason {
    CYT_REASON_NONE,
    CYT_REASON_FEW, /**< no outcome could reach the level, or fewer than two a side */
    CYT_REASON_FLAT,
    CYT_REASON_SINGULAR,
    CYT_REASON_P, /**< the metric is a p itself */
    CYT_REASONS
} cyt_row_reason;
extern const char *const cyt_row_reason_texts[CYT_REASONS];

/** A curve as a whole; value c of curve k stands at facts[k * CYT_CURVE_FACTS + c]. */
typedef enum cyt_curve_fact {
    CYT_CURVE_N_A, /**< patients with a value at all places that count */
    CYT_CURVE_N_B,
    CYT_CURVE_PLACES, /**< places that count: where all these patients have a value */
    CYT_CURVE_P,      /**< of the difference of means, by extreme rank length */
    CYT_CURVE_Q,      /**< over all curves of the contrast */
    CYT_CURVE_FACTS
} cyt_curve_fact;

/** A place of a curve: means with their bands, the difference with its envelope. */
typedef enum cyt_band_column {
    CYT_BAND_X,
    CYT_BAND_MEAN_A,
    CYT_BAND_MEAN_A_LO,
    CYT_BAND_MEAN_A_HI,
    CYT_BAND_MEAN_B,
    CYT_BAND_MEAN_B_LO,
    CYT_BAND_MEAN_B_HI,
    CYT_BAND_DIFFERENCE,
    CYT_BAND_ENVELOPE_LO,
    CYT_BAND_ENVELOPE_HI,
    CYT_BAND_COLUMNS
} cyt_band_column;

/** Curves (metrics along an axis) of this rank, in the order of metrics. */
typedef struct cyt_curve_findings {
    size_t n, n_points;    /**< curves, and the places of all of them */
    uint64_t first, n_all; /**< curves of ranks before, and of all ranks */
    uint64_t first_point, n_all_points;
    size_t *metric, *length; /**< [n] first metric of each, of all, and its places */
    double *facts;           /**< [n * CYT_CURVE_FACTS] */
    unsigned char *exact;    /**< [n] 1: all permutations were looked at */
    unsigned char *reason;   /**< [n] cyt_row_reason */
    double *bands;           /**< [CYT_BAND_COLUMNS * n_points] column by column */
} cyt_curve_findings;

/** Rows: of each metric of this rank the tests, in the order of cyt_test_kind. */
typedef struct cyt_comparison {
    const cyt_contrast *contrast; /**< borrowed */
    size_t n_tests;
    cyt_test_kind tests[CYT_TEST_KINDS];
    size_t first, n;       /**< metrics of this rank */
    size_t n_rows;         /**< n * n_tests */
    double *values;        /**< [CYT_CMP_COLUMNS * n_rows] */
    unsigned char *test;   /**< [n_rows] cyt_row_test */
    unsigned char *reason; /**< [n_rows] cyt_row_reason */
    cyt_curve_findings curves;
} cyt_comparison;

/** What all contrasts are made of; borrowed. */
typedef struct cyt_compare_input {
    const cyt_samplesheet *sheet;
    const cyt_cohort_config *settings;
    const cyt_metrics *columns; /**< all metrics */
    const cyt_metric_share *share;
} cyt_compare_input;

/**
 * Compare the patients of one contrast. Collective over @p world.
 *
 * @param number  of the contrast, from 0: another one draws other numbers
 * @param out     [out] this rank's part, released with cyt_comparison_free()
 */
CYT_NODISCARD cyt_code cyt_compare(MPI_Comm world, const cyt_compare_input *input,
                                   const cyt_contrast *contrast, size_t number,
                                   cyt_comparison *out, cyt_error *err);

/**
 * q-values of the p-values of all ranks. Collective.
 *
 * @param p         [share->n * n_tests] of this rank, metrics first
 * @param q         [share->n * n_tests] [out]
 */
CYT_NODISCARD cyt_code cyt_compare_adjust(MPI_Comm world,
                                          const cyt_compare_input *input,
                                          size_t n_tests, cyt_family family,
                                          const double *p, double *q, cyt_error *err);

void cyt_comparison_free(cyt_comparison *comparison);

#endif
