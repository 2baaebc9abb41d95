/**
 * @file region_labels.h
 * @brief In which region each cell and each pixel of a slide lies.
 *
 * Every rank has the polygons and labels what is its own: its cells, and the pixels of
 * its strip by their centres. Nothing is communicated but counts, so labels cannot
 * depend on the ranks. The first polygon in file order that contains a point labels it;
 * on borders see polygon.h.
 */
#ifndef CYT_REGION_LABELS_H
#define CYT_REGION_LABELS_H

#include "cytotaxis/cells.h"
#include "cytotaxis/regions.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/**
 * Label the cells of the strip. Collective over the group of @p slide.
 *
 * @param label    [cells.n] [out] index into regions.labels, -1 for none
 * @param n_cells  [labels.n] [out] cells of each label, over all ranks
 * @param shared   [labels.n * labels.n] [out] over all ranks: cells that have the first
 *                 label and also lie in a polygon of the second
 */
CYT_NODISCARD cyt_code cyt_region_label_cells(MPI_Comm comm, const cyt_slide *slide,
                                              const cyt_regions *regions,
                                              int32_t *label, uint64_t *n_cells,
                                              uint64_t *shared, cyt_error *err);

/** Label the pixels of the strip: 0 for none, k + 1 for label k. Not collective.
 *  @param wanted   [labels.n] labels whose polygons count; NULL: all
 *  @param pixel    [strip rows * n_cols] [out]
 *  @param n_shared [out] how often a polygon held a pixel that an earlier one has */
CYT_NODISCARD cyt_code cyt_region_label_pixels(const cyt_slide *slide,
                                               const cyt_regions *regions,
                                               const uint8_t *wanted, uint8_t *pixel,
                                               uint64_t *n_shared, cyt_error *err);

#endif
