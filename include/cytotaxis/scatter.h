/**
 * @file scatter.h
 * @brief From rows as read to a slide in strips.
 *
 *     rows (any rank holds any row)
 *       │  agree on the list of types, the bounding box, the grid
 *       │  cost of each raster row (strip_cost.h) ──► strips of equal cost
 *       ▼  every cell moves to the strip that holds its row
 *     cells, sorted by raster row, x, input order
 *
 * Each step is integer or order-free (sums of counts, minima), so types, grid and the
 * global order of the cells do not depend on who read what. Only where strips begin
 * does, and no result depends on that.
 */
#ifndef CYT_SCATTER_H
#define CYT_SCATTER_H

#include "cytotaxis/cells.h"
#include "cytotaxis/status.h"
#include "cytotaxis/strip_cost.h"

#include <mpi.h>

typedef struct cyt_slide_params {
    const char *name;    /**< sample id, kept by reference */
    double um_per_unit;  /**< source unit in µm, > 0 */
    double spacing_um;   /**< pixel side */
    double padding_um;   /**< empty border around the bounding box */
    cyt_strip_cost cost; /**< all 0: a cell as much as 8 pixels */
} cyt_slide_params;

/**
 * Distribute the rows of a slide over the ranks of its group. Collective over @p comm.
 *
 * @param rows   what this rank read; stays the caller's
 * @param slide  [out] released with cyt_slide_free()
 * @return CYT_OK; CYT_ERR_DATA when the slide has no cells, more than CYT_MOST_TYPES
 * types, one with a name longer than CYT_MOST_NAME, or 2^20 and more raster rows or
 * columns; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_slide_scatter(MPI_Comm comm, const cyt_rows *rows,
                                         const cyt_slide_params *params,
                                         cyt_slide *slide, cyt_error *err);

#endif
