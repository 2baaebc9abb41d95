/**
 * @file compartments.h
 * @brief Parts of the tissue, and how far each pixel and cell is from the tumour's
 * border.
 *
 * Each tissue pixel belongs to one compartment. Sources (config: compartments.from):
 *
 *     fraction  tumour where density(tumour cells) / density(all cells) >= threshold,
 *               both smoothed by the same heat kernel (density.h), and the former more
 *               than its rounding error: where no cell is near there is no fraction,
 *               but stroma. Then 8-connected pieces of tumour smaller than min_area_um2
 *               become stroma; then 4-connected pieces of stroma of that size become
 *               tumour where tumour surrounds them: they touch neither what is no
 *               tissue nor the rim of the field of view.
 *     regions   the label of the first region that holds the pixel's centre, else
 *               `other`; labels that tissue.labels names are passed over
 *     labels    the label of the nearest pixel that holds a labelled cell, exactly; of
 *               equally near ones the first label by bytes. Of several labelled cells
 *               in a pixel the first in the input counts.
 *
 * phi, the margin distance, is the signed distance to the border between tumour and the
 * rest of the tissue, in µm, negative inside. With d the exact distance of pixel
 * centres,
 *
 *     inside   phi = -(d to the nearest tissue pixel that is not tumour - h/2)
 *     outside  phi = +(d to the nearest tumour pixel - h/2)
 *
 * so phi is -h/2 and +h/2 on both sides of the border. Pixels that are no tissue are
 * not asked: where a section is cut, or its field of view ends, nothing is known of
 * what was beyond, and the tumour has no border there. Distances run straight, also
 * across what is no tissue. phi is NaN where there is no tissue, and everywhere when
 * either side is absent.
 *
 * At a cell phi is bilinear between the four pixel centres around it, of which those
 * that are tissue count, their weights scaled to sum 1; NaN for a cell that is not on
 * tissue.
 */
#ifndef CYT_COMPARTMENTS_H
#define CYT_COMPARTMENTS_H

#include "cytotaxis/cells.h"
#include "cytotaxis/config.h"
#include "cytotaxis/cosine.h"
#include "cytotaxis/names.h"
#include "cytotaxis/regions.h"
#include "cytotaxis/status.h"
#include "cytotaxis/tissue.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

typedef struct cyt_compartments {
    cyt_names names; /**< code of names[i] is i + 1, 0 = no tissue; none: n = 0, and all
                          below is NULL or 0 */
    size_t tumour_code; /**< lowest code that is tumour; 0 when there is none */
    uint8_t is_tumour[CYT_MOST_LABELS + 1]; /**< [code] 1 for each that is tumour */
    uint8_t *pixel;         /**< [own rows * n_cols] code, 0 where no tissue */
    uint8_t *cell;          /**< [cells.n] code of the cell's own pixel */
    float *margin_um;       /**< [own rows * n_cols] phi; NULL when the configuration
                                 says of nothing that it is tumour */
    double *cell_margin_um; /**< [cells.n] phi at cells; NULL like margin_um */
    uint64_t *n_pixels;     /**< [names.n] over all ranks; they add to the tissue's */
    uint64_t *n_cells;      /**< [names.n] over all ranks, by their pixels */
} cyt_compartments;

/** What compartments are made of; everything is borrowed. */
typedef struct cyt_compartments_source {
    const cyt_compartments_config *config;
    const cyt_tissue_config *tissue_config;
    const cyt_tissue *tissue;
    const cyt_regions *regions; /**< with index; NULL: the slide has none */
    const cyt_cosine *plan;     /**< for the slide's grid and strips */
    const cyt_names *labels;    /**< of cells, sorted; NULL: there are none */
    const uint8_t *label;       /**< [cells.n] index + 1 into labels, 0 = none */
} cyt_compartments_source;

/**
 * Divide the tissue. Collective over the group of @p slide.
 *
 * @param out [out] released with cyt_compartments_free(); empty for compartments.from
 *            none; the same for any ranks
 * @return CYT_OK; CYT_ERR_DATA when the slide has no regions, no labelled cell, or more
 *         than CYT_MOST_LABELS compartments; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_compartments_make(MPI_Comm comm, const cyt_slide *slide,
                                             const cyt_compartments_source *source,
                                             cyt_compartments *out, cyt_error *err);

/** Accepts zero and leaves it. */
void cyt_compartments_free(cyt_compartments *compartments);

#endif
