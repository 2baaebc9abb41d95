/**
 * @file tissue.h
 * @brief Which pixels of a slide's raster are tissue, and where the picture ends.
 *
 *     ┌───────────────────────────┐ grid: the raster, rounded up for transforms
 *     │  ┌─────────────────────┐  │ field of view: bounding box of the cells and
 *     │  │  ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒    │  │   grid.padding_um around it, in whole pixels
 *     │  │ ▒▒▒▒▒ hole ▒▒▒▒▒▒   │  │ ▒ tissue, never outside the field of view
 *     │  └─▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒──┘  │
 *     └───────────────────────────┘
 *
 * A face between a tissue pixel and one that is none is an edge of the tissue, unless
 * it lies on the rim of the field of view: there the tissue may well go on, nobody
 * looked. Without padding a section that fills its field has only edges of the second
 * kind.
 *
 * Three sources (config: tissue.from):
 *
 *     bbox     every pixel that the bounding box of the cells touches
 *     reach    pixels whose centre lies within reach_um of that of a pixel with a cell;
 *              then closed by a disc of close_um: dilated, then eroded, where what lies
 *              beyond the field of view counts as tissue, so that its rim stays; then
 *              holes smaller than fill_holes_um2 are filled. A hole is a 4-connected
 *              component of the complement that does not touch the rim.
 *     regions  pixels whose centre lies in a region of one of the labels; the area is
 *              that of the polygons, unless two of them share a pixel
 *
 * Reach and closing are thresholds on exact distances (distance_map.h), so discs are
 * discs, not polygons of repeated 3 x 3 steps (P. Soille, Morphological Image Analysis,
 * 2003, doi:10.1007/978-3-662-05088-0, chapters 3-4).
 */
#ifndef CYT_TISSUE_H
#define CYT_TISSUE_H

#include "cytotaxis/cells.h"
#include "cytotaxis/config.h"
#include "cytotaxis/regions.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

typedef struct cyt_tissue {
    uint8_t *inside;   /**< [own rows * n_cols] 1 = tissue, 0 = none */
    uint64_t n_pixels; /**< of tissue, over all ranks */
    double area_um2;   /**< that densities refer to: of the bounding box, or of the
                            polygons; else n_pixels * h² */
    int is_box;        /**< from bbox: nothing is known of the tissue's shape, and a
                            solver may take the whole grid as its domain */
    /** The pixel rectangle of the field of view, the same on every rank. Faces of
     * tissue pixels on its rim are edges of the picture, not of the tissue. */
    size_t fov_first_row, fov_n_rows, fov_first_col, fov_n_cols;
    uint64_t n_cells_outside; /**< cells whose pixel is no tissue, over all ranks */
} cyt_tissue;

/** What tissue is made of; everything is borrowed. */
typedef struct cyt_tissue_source {
    const cyt_tissue_config *config; /**< checked by the reader of the configuration */
    double padding_um;               /**< of the grid: part of the field of view */
    const cyt_regions *regions;      /**< with index; NULL: the slide has none */
} cyt_tissue_source;

/**
 * Find the tissue. Collective over the group of @p slide.
 *
 * @param tissue [out] released with cyt_tissue_free(); the same for any ranks
 * @return CYT_OK; CYT_ERR_DATA when the slide has no region of the labels asked for, or
 *         no pixel is tissue, or the raster is beyond CYT_EDT_MAX_SIDE; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_tissue_make(MPI_Comm comm, const cyt_slide *slide,
                                       const cyt_tissue_source *source,
                                       cyt_tissue *tissue, cyt_error *err);

/** The regions' labels that are tissue: those of the configuration, or all.
 *  @param wanted [labels.n] [out] 1 or 0
 *  @return how many */
size_t cyt_tissue_labels(const cyt_tissue_config *config, const cyt_regions *regions,
                         uint8_t *wanted);

/** Accepts zero and leaves it. */
void cyt_tissue_free(cyt_tissue *tissue);

#endif
