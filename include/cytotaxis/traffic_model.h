/**
 * @file traffic_model.h
 * @brief How many bytes a rank has to exchange: formulas. Pure: no MPI.
 *
 * A slide of R rows and C columns on p ranks, in strips of s = R/p rows. All formulas
 * are means over the ranks; what is sent in the mean is received in the mean.
 *
 *     halo, d rows deep    d ≤ s: 2 d (p - 1)/p rows; a deeper halo ends at the edge of
 *                          the slide: Σ_r [min(d, r s) + min(d, (p - 1 - r) s)] / p
 *     transpose            all of a strip but what stays: 8 R C (p - 1)/p² bytes
 *     cycle of multigrid   4 bytes x stride of a row x halo rows, summed over the
 *                          levels in strips: H rows on the finest; on level l, of
 *                          R/2^l rows and C/2^l columns, H on the way down and T on
 *                          the way up (mg.h: H = CYT_MG_HALO, T = CYT_MG_REACH)
 *     cells within d µm    2 n (d/h) (p - 1)/p of n cells evenly over the height h
 *
 * So halo bytes of a rank do not fall with p, transposes do, and p pays as long as the
 * halo is small against the strip. Strips of equal cost are not of equal height; of
 * halos that end within the next strip, and of transposes to equal parts of the
 * columns, the mean is the same for them.
 *
 * tests/mpi/test_meter.c holds the formulas against what is counted (meter.h).
 */
#ifndef CYT_TRAFFIC_MODEL_H
#define CYT_TRAFFIC_MODEL_H

#include <stddef.h>

/** A raster in strips. */
typedef struct cyt_traffic_raster {
    size_t n_rows, n_cols;
    size_t n_ranks;
} cyt_traffic_raster;

/** Rows that a rank borrows of both sides when each wants @p depth of a raster of
 *  @p n_rows rows. */
double cyt_traffic_halo_rows(double n_rows, size_t n_ranks, double depth);

/** Bytes that a rank sends when a raster of doubles is transposed, one way. */
double cyt_traffic_transpose(const cyt_traffic_raster *raster);

/** Bytes of halos that a rank sends in a cycle of multigrid. */
double cyt_traffic_cycle(const cyt_traffic_raster *raster);
/** Likewise to set up the levels of a medium. @p decay_varies: k is a raster */
double cyt_traffic_levels(const cyt_traffic_raster *raster, int decay_varies);
/** Likewise each time the true residual is formed. */
double cyt_traffic_residual(const cyt_traffic_raster *raster);

/** Cells that a rank borrows: those within @p depth of its strip, of @p n_cells evenly
 *  over @p height. */
double cyt_traffic_halo_cells(double n_cells, double height, double depth,
                              size_t n_ranks);

#endif
