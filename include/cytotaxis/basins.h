/**
 * @file basins.h
 * @brief Basins of attraction of a raster in strips: where climbing ends from each
 * pixel.
 *
 *        summit A                     A pixel climbs to the highest of its eight
 *          /\        summit B         neighbours, the first in the raster of several;
 *         /  \  pass   /\             touching pixels of equal value are one node,
 * which /    \_______/  \            climbs to the highest neighbour of them all. Where
 *       /      A      B   \           there is none higher is a summit.
 *
 * The depth of a basin is the height of its summit over its pass, the highest point on
 * the way to a summit that is higher (of equal ones: that comes earlier in the raster).
 * The highest summit of a connected piece has no pass; its depth is counted from the
 * lowest pixel of the piece. Basins less deep than asked for go to the basin on the
 * other side of their pass, the least deep first by construction: passes are met from
 * the highest down, each joins two pieces, and the lower summit of the two gets its
 * depth there (H. Edelsbrunner, D. Letscher & A. Zomorodian 2002,
 * doi:10.1007/s00454-002-2885-2).
 *
 * How strips agree: each climbs alone; what leaves it, or is part of a plateau that
 * does, asks the row next door, until nothing changes. Then each keeps the highest
 * passes that join its basins, at most one less than there are basins, and all ranks
 * join the same ones in the same order. Heights are only compared, so that no answer
 * depends on the strips.
 *
 * Price: every rank holds all summits before the shallow ones go, 40 bytes each; a
 * strip needs 20 bytes a pixel; a plateau that winds through strips takes as many
 * rounds as it crosses borders.
 */
#ifndef CYT_BASINS_H
#define CYT_BASINS_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

typedef struct cyt_basin {
    uint64_t summit;   /**< pixel of the whole raster, row * n_cols + column; the first
                            where the summit is flat */
    double height;     /**< there */
    double pass;       /**< the least height one has to go down to */
    int is_highest;    /**< of its connected piece: pass is the piece's lowest value */
    uint64_t n_pixels; /**< over all strips */
} cyt_basin;

typedef struct cyt_basins {
    size_t n;
    cyt_basin *item; /**< [n] the highest first, ties by summit; same on every rank */
    uint32_t *label; /**< [own rows * n_cols] 1 + index into item; 0: no value */
} cyt_basins;

/**
 * Find the basins. Collective over @p comm.
 *
 * @param starts [size + 1] first row of each strip (strip.h)
 * @param value  [own rows * n_cols] NaN: not part of it
 * @param least  depth below which a basin goes to its neighbour, at least 0, in the
 *               unit of @p value
 * @param out    [out] released with cyt_basins_free()
 * @return CYT_OK; CYT_ERR_MEMORY, also for a strip of 2^32 - 1 pixels or more
 */
CYT_NODISCARD cyt_code cyt_basins_find(MPI_Comm comm, const uint64_t *starts,
                                       size_t n_cols, const double *value, double least,
                                       cyt_basins *out, cyt_error *err);

/** Accepts zero and leaves it. */
void cyt_basins_free(cyt_basins *basins);

#endif
