/**
 * @file cohort_curves.h
 * @brief uns/curves: the metrics that lie along an axis, those of all slides together.
 *
 *     uns/curves/<curve>/x        [n] places on the axis
 *     uns/curves/<curve>/values   [slides x n] the columns of X that belong to them
 *
 * A curve is named like its metrics, without the place, '/' being '_'; attributes of
 * the curve say its name as it is (`name`), the column of var that holds x (`axis`) and
 * the unit of the values (`unit`). A metric at a single place is no curve.
 */
#ifndef CYT_COHORT_CURVES_H
#define CYT_COHORT_CURVES_H

#include "cytotaxis/cohort_table.h"
#include "cytotaxis/status.h"
#include "cytotaxis/store.h"

#include <mpi.h>

/** Write the curves of @p table, [n_slides] over all ranks; nothing where there are
 *  none. Collective. */
CYT_NODISCARD cyt_code cyt_cohort_curves_write(MPI_Comm world, cyt_store *store,
                                               uint64_t n_slides,
                                               const cyt_cohort_table *table,
                                               cyt_error *err);

#endif
