/**
 * @file basins_parts.h
 * @brief What the steps of basins.c hand to each other.
 *
 *     basins_climb.c  to which summit each pixel climbs
 *     basins_pass.c   passes between basins, their depths, shallow ones joined
 */
#ifndef CYT_BASINS_PARTS_H
#define CYT_BASINS_PARTS_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** A strip with a halo row on each side; pixels are counted from the row above. */
typedef struct cyt_relief {
    const uint64_t *starts;
    size_t n_cols, n_rows; /**< own rows */
    uint64_t base;         /**< pixel of the whole raster of the strip's first */
    double *value;         /**< [(n_rows + 2) * n_cols] NaN: none */
    uint32_t *label;       /**< [(n_rows + 2) * n_cols] 1 + number of a summit */
} cyt_relief;

/** Neighbours of a pixel that have a value, as pixels of the relief; returns how many.
 *  @param later 1: only those after it, so that each pair is met once */
size_t cyt_relief_around(const cyt_relief *relief, size_t pixel, int later,
                         uint32_t around[8]);

typedef struct cyt_summit {
    uint64_t pixel; /**< of the whole raster */
    double height;
} cyt_summit;

typedef struct cyt_summits {
    size_t n;
    cyt_summit *item; /**< [n] by pixel; the same on every rank */
} cyt_summits;

/** Fill the halo rows of the relief, find all summits and label own pixels and halo.
 *  Collective. @param summits [out] free(item) */
CYT_NODISCARD cyt_code cyt_basins_climb(MPI_Comm comm, cyt_relief *relief,
                                        cyt_summits *summits, cyt_error *err);

/** Where a basin ends. */
typedef struct cyt_outlet {
    double pass;   /**< NaN: it is the highest of its piece */
    uint32_t goes; /**< number of the summit to whose basin it goes; itself: it stays */
    uint32_t piece; /**< number of the highest summit of its connected piece */
} cyt_outlet;

/** Find the passes of a labelled relief and let shallow basins go. Collective.
 *  @param outlet [summits.n] [out] the same on every rank */
CYT_NODISCARD cyt_code cyt_basins_pass(MPI_Comm comm, const cyt_relief *relief,
                                       const cyt_summits *summits, double least,
                                       cyt_outlet *outlet, cyt_error *err);

/** Is summit @p a higher than @p b? Of equal ones the earlier is. */
int cyt_summit_is_higher(const cyt_summit *a, const cyt_summit *b);

#endif
