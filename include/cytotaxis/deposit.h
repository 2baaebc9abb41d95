/**
 * @file deposit.h
 * @brief What cells give to the raster: amounts of chosen types, bilinearly.
 *
 * A cell on the border of a strip belongs to pixels of both sides, so a strip borrows
 * the cells of its neighbours' nearest rows. They are added in the slide's global
 * order, cells above, own, below, so that each pixel adds what it is given in the same
 * order on any number of ranks.
 */
#ifndef CYT_DEPOSIT_H
#define CYT_DEPOSIT_H

#include "cytotaxis/cells.h"
#include "cytotaxis/status.h"

#include <stddef.h>

#include <mpi.h>

/** Who gives, and how much; everything is borrowed. */
typedef struct cyt_giving {
    const char *gives; /**< [types.n] cells of this type give */
    /** Amount of cell @p i; called for cells whose type gives, own and borrowed. */
    double (*amount)(const void *context, const cyt_cells *cells, size_t i);
    const void *context;
} cyt_giving;

/**
 * Spread amounts over the pixels around their cells (stencil.h). Collective over the
 * group of @p slide.
 *
 * @param inside tissue of this strip with a halo row on both sides, as for
 *               cyt_deposit(); NULL: everything is tissue
 * @param field  [own rows * n_cols] [out] amount per µm²
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_deposit_cells(MPI_Comm comm, const cyt_slide *slide,
                                         const cyt_giving *giving,
                                         const unsigned char *inside, double *field,
                                         cyt_error *err);

#endif
