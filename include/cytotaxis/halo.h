/**
 * @file halo.h
 * @brief What a strip borrows from the strips around it: raster rows, and cells.
 *
 * Both kinds may reach deeper than one strip.
 */
#ifndef CYT_HALO_H
#define CYT_HALO_H

#include "cytotaxis/cells.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/**
 * Fill the halo rows above and below this rank's strip of a raster.
 *
 * Collective over @p comm; @p starts, @p row_bytes and @p depth agree on every rank.
 * Halo rows outside the slide are left as they are: the caller chooses the boundary
 * condition by filling them.
 *
 *     rows[0 .. depth)                 halo from lower ranks
 *     rows[depth .. depth + n)         this strip, n = starts[rank + 1] - starts[rank]
 *     rows[depth + n .. + depth)       halo from higher ranks
 *
 * @param starts     [size + 1] first row of each strip
 * @param row_bytes  bytes of one row
 * @param depth      halo rows on each side; may exceed the height of a strip
 * @param rows       [(n + 2 depth) * row_bytes] [in,out]
 */
CYT_NODISCARD cyt_code cyt_halo_rows(MPI_Comm comm, const uint64_t *starts,
                                     size_t row_bytes, size_t depth, void *rows,
                                     cyt_error *err);

/**
 * Borrow the cells of other strips that lie in wanted ranges of y.
 *
 * Collective over the group of @p slide. The cells arrive in the slide's global order
 * (row, x, index); those of lower strips come before those of higher ones.
 *
 * @param wanted  [2 * types.n] lowest and highest y (source units, inclusive) wanted of
 *                each type; lowest > highest: none
 * @param halo    [out] to be released with cyt_cells_free()
 * @param n_above [out] how many of them come from lower ranks, may be NULL
 */
CYT_NODISCARD cyt_code cyt_halo_cells(MPI_Comm comm, const cyt_slide *slide,
                                      const double *wanted, cyt_cells *halo,
                                      size_t *n_above, cyt_error *err);

#endif
