/**
 * @file autocorrelation_impl.h
 * @brief What autocorrelation and its permutations share: a graph with weights, columns
 * side by side, and sums over the cells in the slide's order.
 */
#ifndef CYT_AUTOCORRELATION_IMPL_H
#define CYT_AUTOCORRELATION_IMPL_H

#include "cytotaxis/autocorrelation.h"

/** Columns at a time: one line of the cache, one vector. */
enum { CYT_ALIKE_WIDE = 8 };

/** Sums over cells: of z², of z⁴, and the cross sums of the two statistics. */
enum { CYT_ALIKE_M2, CYT_ALIKE_M4, CYT_ALIKE_MORAN, CYT_ALIKE_GEARY, CYT_ALIKE_SUMS };

typedef struct cyt_alike_scales {
    const cyt_slide *slide;
    const cyt_graph *graph;
    size_t *row;    /**< [own rows + 1] first cell of each raster row */
    double *weight; /**< [n] of each entry of a cell's list */
    double s0, s1, s2;
    double *value;    /**< [(n + guests) * WIDE] */
    double *row_sums; /**< [own rows * SUMS * WIDE] */
} cyt_alike_scales;

/** Make room, weigh the graph. `slide` and `graph` are set. Collective, as are the next
 *  two. */
CYT_NODISCARD cyt_code cyt_alike_start(MPI_Comm comm, cyt_weights weights,
                                       cyt_alike_scales *scales, cyt_error *err);

/** Columns [n_columns * n] side by side in scales->value, less their means; missing
 * ones and those that are one number in all cells exactly 0; those of the guests, too.
 */
CYT_NODISCARD cyt_code cyt_alike_centre(MPI_Comm comm, const cyt_alike_scales *scales,
                                        size_t n_columns, const double *columns,
                                        cyt_error *err);

/** Add up what stands in scales->value. */
CYT_NODISCARD cyt_code cyt_alike_add_up(MPI_Comm comm, const cyt_alike_scales *scales,
                                        double total[CYT_ALIKE_SUMS * CYT_ALIKE_WIDE],
                                        cyt_error *err);

void cyt_alike_free(cyt_alike_scales *scales);

#endif
