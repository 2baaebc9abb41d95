/**
 * @file transpose.h
 * @brief A raster goes from row strips to column strips, and back.
 *
 *     row strips                     column strips
 *     ┌───────────────┐ 0            ┌─────┬─────┬───┐
 *     │ A   B   C     │              │  A  │  B  │ C │
 *     ├───────────────┤ 1     ──►    │  D  │  E  │ F │   each rank: every row of its
 *     │ D   E   F     │       ◄──    │     │     │   │   columns, row-major
 *     └───────────────┘              └─────┴─────┴───┘
 *
 * The idea: a block keeps its row-major order on the way. Then the blocks that arrive
 * from the strips above one another *are* the column strip, in place, with nothing to
 * unpack; and what reads whole columns gathers a cache line of them at a time anyway
 * (cosine.c), which is the local transpose, done where the data are about to be used.
 * The ranks pair off in size - 1 steps, sending straight from the raster by a strided
 * datatype, so there is no packing buffer either.
 *
 * Advantage: one copy of the data, no scratch, each step one message per rank and no
 * two at one door. Price: size - 1 steps, which for small blocks cost latency.
 */
#ifndef CYT_TRANSPOSE_H
#define CYT_TRANSPOSE_H

#include "cytotaxis/status.h"

#include <stdint.h>

#include <mpi.h>

/** How a raster is cut in both directions; any part may be empty. */
typedef struct cyt_cut {
    const uint64_t *rows; /**< [size + 1] first row of each row strip (strip.h) */
    const uint64_t *cols; /**< [size + 1] first column of each column strip */
} cyt_cut;

/**
 * From row strips to column strips. Collective over @p comm; @p cut agrees everywhere.
 *
 * A group of one need not call it: its row strip is its column strip. (It is copied.)
 *
 * @param strip   [own rows * all columns] row-major
 * @param columns [out] [all rows * own columns] row-major; may not alias @p strip
 * @return CYT_OK; CYT_ERR_MEMORY when a side is beyond MPI's counts
 */
CYT_NODISCARD cyt_code cyt_transpose_to_columns(MPI_Comm comm, const cyt_cut *cut,
                                                const double *strip, double *columns,
                                                cyt_error *err);

/** The way back. Collective.
 *  @param columns [all rows * own columns]
 *  @param strip   [out] [own rows * all columns] */
CYT_NODISCARD cyt_code cyt_transpose_to_rows(MPI_Comm comm, const cyt_cut *cut,
                                             const double *columns, double *strip,
                                             cyt_error *err);

#endif
