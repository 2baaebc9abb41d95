/**
 * @file make_slides.h
 * @brief All slides of a run that are not finished yet, each by the group of ranks that
 * the plan gives it to.
 */
#ifndef CYT_MAKE_SLIDES_H
#define CYT_MAKE_SLIDES_H

#include "cohort/estimate.h"
#include "cohort/outcome.h"
#include "cohort/resume.h"

#include "cytotaxis/cohort_run.h"

/** All borrowed. */
typedef struct cyt_make_job {
    const cyt_run *run;
    const cyt_names *ligands;
    const char *layer;
    const cyt_estimate *estimate; /**< on rank 0 */
    const cyt_resume *resume;
} cyt_make_job;

/**
 * Collective over @p world.
 * @param outcomes  [in,out] of the slides that were kept; then of all, on every rank
 * @return CYT_OK, also when slides failed; a CYT_STOP code; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_make_slides(MPI_Comm world, const cyt_make_job *job,
                                       cyt_outcomes *outcomes, cyt_error *err);

#endif
