/**
 * @file domain.h
 * @brief The pixels a field lives on: a strip of the raster, the tissue in it, the kind
 * of its edges; and what needs the rows next door: halo, gradient.
 *
 *     row -1      ░░░░░░░░░░  of the strip above      inside: 1 where there is tissue
 *     0 .. n-1    ██████████  this strip                      0 where there is none
 *     row n       ░░░░░░░░░░  of the strip below              NULL: the whole box is
 */
#ifndef CYT_DOMAIN_H
#define CYT_DOMAIN_H

#include "cytotaxis/grid.h"
#include "cytotaxis/status.h"
#include "cytotaxis/stencil.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

typedef struct cyt_domain {
    const uint64_t *row_starts; /**< [size + 1] borrowed */
    cyt_pixels pixels;          /**< of the whole slide */
    cyt_row_range rows;         /**< of this strip */
    cyt_edges edges;
    unsigned char *mask;   /**< owns the tissue with its halo rows */
    unsigned char *inside; /**< first own row of it; NULL: the whole box is tissue */
} cyt_domain;

/**
 * Collective over @p comm; all agree but for @p inside.
 *
 * @param row_starts [size + 1] first row of each strip, borrowed until the end
 * @param inside     [own pixels] copied; NULL on every rank: the whole box is tissue
 * @param domain     [out] released with cyt_domain_free(), also after a failure
 */
CYT_NODISCARD cyt_code cyt_domain_init(MPI_Comm comm, const cyt_grid *grid,
                                       const uint64_t *row_starts,
                                       const unsigned char *inside, cyt_edges edges,
                                       cyt_domain *domain, cyt_error *err);
void cyt_domain_free(cyt_domain *domain);

/** Pixels of this strip. */
size_t cyt_domain_n_pixels(const cyt_domain *domain);

/**
 * Fill the halo rows around a raster from other strips; at the edge of the box they
 * mirror the edge row. Collective over @p comm.
 * @param field first own row, with a halo row on both sides
 */
CYT_NODISCARD cyt_code cyt_domain_halo(MPI_Comm comm, const cyt_domain *domain,
                                       double *field, cyt_error *err);

/**
 * Gradient of a field within the tissue, NaN outside it. Collective over @p comm.
 *
 * @param field         first own row, with a halo row on both sides, which is filled
 * @param grad_x,grad_y [own pixels] [out] unit of the field per µm
 */
CYT_NODISCARD cyt_code cyt_domain_gradient(MPI_Comm comm, const cyt_domain *domain,
                                           double *field, double *grad_x,
                                           double *grad_y, cyt_error *err);

#endif
