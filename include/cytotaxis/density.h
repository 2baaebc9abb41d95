/**
 * @file density.h
 * @brief Smoothed density of a cell type on the raster.
 *
 * Cells are counted per pixel (integers, hence exact) and smoothed by the heat kernel
 * of the lattice (cosine.h), whose weights are positive and add to 1: no cell is lost,
 * none leaks through the edge of the box. The price of counting is the resolution of a
 * pixel: a cell is moved by up to h/2, which adds h²/12 to the variance on each axis.
 */
#ifndef CYT_DENSITY_H
#define CYT_DENSITY_H

#include "cytotaxis/cells.h"
#include "cytotaxis/cosine.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/**
 * Density of the cells of one type. Collective over the group of @p slide.
 *
 * @param plan     made for the slide's grid and strips
 * @param type     index into slide.types, or CYT_ALL_TYPES
 * @param sigma_um bandwidth, standard deviation of the kernel on each axis; >= 0
 * @param density  [own rows * n_cols] [out] cells per mm², >= 0
 * @return CYT_OK; CYT_ERR_USAGE for a negative or infinite bandwidth; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_density(MPI_Comm comm, const cyt_slide *slide,
                                   const cyt_cosine *plan, size_t type, double sigma_um,
                                   double *density, cyt_error *err);

/** The same for the cells of several types together.
 *  @param is_in [types.n] 1 = that type counts */
CYT_NODISCARD cyt_code cyt_density_of_types(MPI_Comm comm, const cyt_slide *slide,
                                            const cyt_cosine *plan,
                                            const uint8_t *is_in, double sigma_um,
                                            double *density, cyt_error *err);

/** Where the tissue ends, for densities that do not fall off there. */
typedef struct cyt_tissue_edge {
    const uint8_t *inside; /**< [own rows * n_cols] 1 = tissue */
    const float *share;    /**< [own rows * n_cols] share of the kernel around the pixel
                                that lies on tissue, by the next; 0 outside */
} cyt_tissue_edge;

/** The share of the kernel that lies on tissue. Collective over the group of @p slide.
 *  @param share [own rows * n_cols] [out]
 *  @return as cyt_density() */
CYT_NODISCARD cyt_code cyt_density_share(MPI_Comm comm, const cyt_slide *slide,
                                         const cyt_cosine *plan, const uint8_t *inside,
                                         double sigma_um, float *share, cyt_error *err);

/** Mean density of the tissue around each of its pixels: the smoothed cells on tissue
 *  over the share of the kernel on tissue (P. Diggle, Appl. Statist. 34 (1985) 138,
 *  doi:10.2307/2347366). Near the edge the plain density falls to half for want of
 *  tissue, and so do fields: as a covariate it would blame one for the other.
 *  Collective over the group of @p slide.
 *  @param is_in   [types.n] 1 = that type counts
 *  @param density [own rows * n_cols] [out] cells per mm² of tissue; 0 outside
 *  @return as cyt_density() */
CYT_NODISCARD cyt_code cyt_density_in_tissue(MPI_Comm comm, const cyt_slide *slide,
                                             const cyt_cosine *plan,
                                             const cyt_tissue_edge *edge,
                                             const uint8_t *is_in, double sigma_um,
                                             double *density, cyt_error *err);

#endif
