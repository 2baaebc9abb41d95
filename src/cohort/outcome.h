/**
 * @file outcome.h
 * @brief What became of each slide: kept by group leaders, then shared by all.
 */
#ifndef CYT_OUTCOME_H
#define CYT_OUTCOME_H

#include "slide/slide.h"

#include "cytotaxis/cohort_table.h"
#include "cytotaxis/origin.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

typedef struct cyt_outcomes {
    size_t n;
    size_t n_failed;          /**< those not tried among them */
    size_t n_untried;         /**< a failure elsewhere stopped the run before */
    uint64_t n_steps;         /**< long steps that this run put down (slide/steps.h) */
    double queue_wait_s;      /**< for the next slide, of the rank that waited most */
    cyt_slide_status *status; /**< [n] */
    uint64_t *n_cells;        /**< [n] 0 where the slide failed or was not tried */
    char **record;            /**< [n] JSON of a slide; after sharing: on rank 0 */
} cyt_outcomes;

/** Collective over @p world. */
CYT_NODISCARD cyt_code cyt_outcomes_init(MPI_Comm world, size_t n,
                                         cyt_outcomes *outcomes, cyt_error *err);

/** Keep the outcome of slide @p s; called by the leader of the group that ran it. */
void cyt_outcome_set(cyt_outcomes *outcomes, size_t s, cyt_code code,
                     const cyt_error *why, const cyt_slide_report *report, int n_ranks,
                     double wall_s);

/** Slide @p s was finished by an earlier run; called on one rank. */
CYT_NODISCARD cyt_code cyt_outcome_keep(cyt_outcomes *outcomes, size_t s,
                                        const cyt_origin_result *result,
                                        cyt_error *err);

/** Give status and cells of all slides to every rank, and all records to rank 0.
 *  Slides nobody tried (stopped by an error elsewhere) count as failed. Collective. */
CYT_NODISCARD cyt_code cyt_outcomes_share(MPI_Comm world, cyt_outcomes *outcomes,
                                          cyt_error *err);

void cyt_outcomes_free(cyt_outcomes *outcomes);

#endif
