/**
 * @file contest.h
 * @brief Which mechanism explains the responders of each patient: `uns/mechanisms`.
 *
 * Slides tell what each mechanism gains over the covariates alone on blocks it has not
 * seen (contest/gain). Blocks of all slides of a patient are blocks of the patient, so
 * their gains add up; the largest sum wins, and "none", which gains 0, wins where no
 * sum is greater.
 */
#ifndef CYT_CONTEST_H
#define CYT_CONTEST_H

#include "cytotaxis/cohort_run.h"
#include "cytotaxis/cohort_table.h"
#include "cytotaxis/store.h"

/** Write /uns/mechanisms; nothing where no slide had a contest. Collective. */
CYT_NODISCARD cyt_code cyt_contest_write(MPI_Comm world, const cyt_run *run,
                                         const cyt_cohort_table *table,
                                         cyt_store *store, cyt_error *err);

#endif
