/**
 * @file cohort_file.h
 * @brief cohort.h5ad: slides × metrics as AnnData, with the tests of each contrast.
 *
 *     obs   slides: sheet columns, covariates, n_cells, area_um2, status, message
 *     var   metrics: analysis, statistic, type_a, type_b, signal, unit, …, and the
 *           place on an axis: radius_um, dose, margin_um
 *     X     values, float64; a failed slide is a row of NaN
 *     uns   contrasts, tests/<contrast>, tests_family, survival (cohort_tests.h),
 * curves (cohort_curves.h), config
 */
#ifndef CYT_COHORT_FILE_H
#define CYT_COHORT_FILE_H

#include "cohort/cohort_tests.h"
#include "cohort/outcome.h"

#include "cytotaxis/cohort_run.h"
#include "cytotaxis/cohort_table.h"

/** Write out/cohort.h5ad. Collective. @p digests as of cyt_store_take_digests(). */
CYT_NODISCARD cyt_code cyt_cohort_file_write(MPI_Comm world, const cyt_run *run,
                                             const cyt_outcomes *outcomes,
                                             const cyt_cohort_table *table,
                                             const cyt_cohort_findings *made,
                                             cyt_names *digests, cyt_error *err);

#endif
