/**
 * @file stage.h
 * @brief The cohort stage: slide files → cohort.h5ad, tables and what was found.
 */
#ifndef CYT_STAGE_H
#define CYT_STAGE_H

#include "cohort/outcome.h"

#include "cytotaxis/cohort_run.h"

/** Collective over @p world. @p outcomes receives the numbers of cells of the slides'
 *  files. @p found as in cyt_cohort_run(). @p digests [out] of cohort.h5ad,
 *  "path<TAB>hex", on rank 0. */
CYT_NODISCARD cyt_code cyt_cohort_stage(MPI_Comm world, const cyt_run *run,
                                        cyt_outcomes *outcomes, cyt_names *digests,
                                        char **found, cyt_error *err);

/** Write run.json: times, hosts, ranks, versions, digests, timings, warnings.
 * Collective; rank 0 writes. */
CYT_NODISCARD cyt_code cyt_run_json(MPI_Comm world, const cyt_run *run,
                                    const cyt_outcomes *outcomes,
                                    const cyt_names *digests, double wall_s,
                                    cyt_error *err);

#endif
