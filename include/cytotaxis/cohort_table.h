/**
 * @file cohort_table.h
 * @brief Slides × metrics: what all slide results say, side by side.
 *
 * The cohort stage is a function of the slide files on disk: each rank reads a
 * contiguous part of the slides, the ranks agree on the union of their metrics in the
 * one order of metrics (metrics.h), and each fills its rows. Where a finished slide
 * lacks a metric that others have, because it has no cell of the type, a count is 0 and
 * a distance is NaN (cyt_statistic_info.when_absent): leaving the zeros out would make
 * a patient's mean one over only those slides where the type was seen. Of a failed
 * slide everything is NaN.
 */
#ifndef CYT_COHORT_TABLE_H
#define CYT_COHORT_TABLE_H

#include "cytotaxis/metrics.h"
#include "cytotaxis/result_table.h"
#include "cytotaxis/samplesheet.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** What became of a slide; the same list on every rank. */
typedef struct cyt_slide_status {
    cyt_code code;
    char message[512]; /**< one line, empty when all is well */
} cyt_slide_status;

typedef struct cyt_cohort_table {
    uint64_t *starts;          /**< [size + 1] slides of each rank */
    size_t first, n;           /**< this rank's */
    cyt_metrics columns;       /**< all metrics, in order; their values mean nothing */
    double *values;            /**< [n * columns.n] row-major, this rank's slides */
    int64_t *n_cells;          /**< [n] 0 where the slide failed */
    double *area_um2;          /**< [n] NaN where it failed */
    cyt_result_tables results; /**< what analyses of the whole cohort found; for uns,
                                  the same on every rank */
} cyt_cohort_table;

/**
 * Read the finished slides under @p out and lay them side by side. Collective.
 *
 * @param status  [sheet.n] slides that failed are not opened
 * @return CYT_OK; CYT_ERR_IO, CYT_ERR_DATA when a slide file cannot be read;
 *         CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_cohort_collect(MPI_Comm world, const char *out,
                                          const cyt_samplesheet *sheet,
                                          const cyt_slide_status *status,
                                          cyt_cohort_table *table, cyt_error *err);

/** Add columns that an analysis of the whole cohort made. Not collective: all ranks do
 *  the same.
 *  @param more   in order, none of which the table has yet
 *  @param values [n * more->n] row-major, this rank's slides */
CYT_NODISCARD cyt_code cyt_cohort_table_add(cyt_cohort_table *table,
                                            const cyt_metrics *more,
                                            const double *values, cyt_error *err);
/** Give every rank the same number of values of each slide. Collective.
 *  @param mine  [table->n * width] of this rank's slides
 *  @param width values of a slide, of MPI's @p type; the same on all ranks
 *  @param all   [slides * width] [out]
 *  @return CYT_OK; CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_cohort_table_gather(MPI_Comm world,
                                               const cyt_cohort_table *table,
                                               const void *mine, size_t width,
                                               MPI_Datatype type, void *all,
                                               cyt_error *err);

void cyt_cohort_table_free(cyt_cohort_table *table);

#endif
