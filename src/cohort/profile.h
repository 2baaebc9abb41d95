/**
 * @file profile.h
 * @brief Which range and which c/Kd the cohort's responders follow: `uns/profile`.
 *
 *     profile/gain   log likelihood of the slope's model, over that without the signal,
 *                    at each range and edge of the signal and each law of its receptor
 *     ──sum over slides──► joint profile likelihood; its maximum over the grid
 *     ──patients' gains at the maximum less those elsewhere, t of their mean──►
 * interval
 *
 * A slide counts where it has a gain at every point of the grid, so that all points are
 * told by the same slides. Cells cluster, so a likelihood that takes them for
 * independent is too sharp, and the usual cut below its maximum says too much. Patients
 * are independent: a point is out of the interval when their gains at the maximum are
 * larger than there by more than chance (two-sided p up to 0.05; Q. H. Vuong,
 * Econometrica 57 (1989) 307, doi:10.2307/1912557, with patients in place of
 * observations). Fewer than three patients tell no interval.
 */
#ifndef CYT_PROFILE_H
#define CYT_PROFILE_H

#include "cytotaxis/cohort_run.h"
#include "cytotaxis/cohort_table.h"
#include "cytotaxis/store.h"

/** Write /uns/profile; nothing where no signal has a grid. Collective. */
CYT_NODISCARD cyt_code cyt_profile_write(MPI_Comm world, const cyt_run *run,
                                         const cyt_cohort_table *table,
                                         cyt_store *store, cyt_error *err);

#endif
