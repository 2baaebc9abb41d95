/**
 * @file join.h
 * @brief What a second file says of the same cells: values and types, joined by id.
 *
 * A slide's cells often lie in one file and their expression matrix, or their types, in
 * another, in another order. Each rank has read some rows of both. The ids of both are
 * hashed to 128 bits and sent to the rank the hash names, where they meet in a hash
 * table; the columns then travel from the rows of the second file to that rank and from
 * there to the rows of the first.
 *
 *     rows of the 2nd file ──ids, columns──► meeting rank ──columns──► rows of the 1st
 *
 * Advantage: no order is assumed and no rank holds a whole file. Price: about 24 bytes
 * a row and column on the wire, twice. Two ids with one hash would be taken for the
 * same; for 10^7 cells the chance is below 10^-24.
 */
#ifndef CYT_JOIN_H
#define CYT_JOIN_H

#include "cytotaxis/cells.h"
#include "cytotaxis/status.h"

#include <stdint.h>

#include <mpi.h>

/** How many rows of the first file were found in the second. */
typedef struct cyt_joined {
    uint64_t n_rows, n_found;
} cyt_joined;

/** What to take from the second file. */
typedef enum cyt_join_what {
    CYT_JOIN_VALUES = 1, /**< value columns that @p rows lacks and @p extra has */
    CYT_JOIN_TYPES = 2,  /**< type and labels, replacing those of @p rows */
} cyt_join_what;

/**
 * Take from @p extra what it says of the cells of @p rows. Collective over @p comm.
 *
 * @param what   any of cyt_join_what, or-ed
 * @param extra  rows with unique ids; n_values and their names as in @p rows
 * @param rows   [in,out] rows not found get NaN, and no type
 * @param joined [out] the same on every rank
 * @return CYT_OK; CYT_ERR_MEMORY; CYT_ERR_DATA for too many labels
 */
CYT_NODISCARD cyt_code cyt_join(MPI_Comm comm, unsigned what, const cyt_rows *extra,
                                cyt_rows *rows, cyt_joined *joined, cyt_error *err);

#endif
