/**
 * @file pieces.h
 * @brief The parts of a tissue that hold something, numbered the same on every rank,
 * and sums over each of them.
 *
 * Cells that walk in the tissue do not leave it, so what is conserved is conserved in
 * each 4-connected part of its own. Parts that hold nothing have no number. Numbers
 * follow the first pixel of each part, in row order.
 *
 * A sum is made of the sums of its rows, each in the order of columns, added exactly
 * (exact_sum.h): its bits do not depend on the strips. Price: every rank holds a few
 * numbers per part.
 */
#ifndef CYT_PIECES_H
#define CYT_PIECES_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** Number of a pixel that is no tissue, or in a part that holds nothing. */
#define CYT_NO_PIECE UINT32_MAX

typedef struct cyt_pieces {
    size_t n;                   /**< parts, over all strips */
    const uint64_t *row_starts; /**< [size + 1] borrowed */
    size_t n_rows, n_cols;      /**< of this strip */
    uint32_t *of_pixel;         /**< [own pixels] below n, or CYT_NO_PIECE */
} cyt_pieces;

/**
 * Collective over @p comm.
 *
 * @param row_starts [size + 1] first row of each strip, borrowed until the end
 * @param inside     [own pixels] nonzero: tissue
 * @param amount     [own pixels] what a part may hold: above 0 in a pixel of it
 * @param out        [out] released with cyt_pieces_free(), also after a failure
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_pieces_find(MPI_Comm comm, const uint64_t *row_starts,
                                       size_t n_cols, const uint8_t *inside,
                                       const double *amount, cyt_pieces *out,
                                       cyt_error *err);
void cyt_pieces_free(cyt_pieces *pieces);

/** Sum of a raster over each part. Collective over @p comm.
 *  @param value [own pixels] finite, read where there is a part
 *  @param total [n] [out] the same on every rank */
CYT_NODISCARD cyt_code cyt_pieces_sum(MPI_Comm comm, const cyt_pieces *pieces,
                                      const double *value, double *total,
                                      cyt_error *err);

/** Largest value of each part. Collective; arguments likewise. */
void cyt_pieces_most(MPI_Comm comm, const cyt_pieces *pieces, const double *value,
                     double *most);

#endif
