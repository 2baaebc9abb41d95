/**
 * @file regions.h
 * @brief The annotated regions in the story of one slide: read, label cells, draw.
 *
 * A slide without regions passes through all of this untouched.
 */
#ifndef CYT_SLIDE_REGIONS_H
#define CYT_SLIDE_REGIONS_H

#include "cytotaxis/cells.h"
#include "cytotaxis/names.h"
#include "cytotaxis/region_reader.h"
#include "cytotaxis/regions.h"
#include "cytotaxis/samplesheet.h"
#include "cytotaxis/slide_file.h"
#include "cytotaxis/status.h"

#include <stdint.h>

#include <mpi.h>

typedef struct cyt_slide_regions {
    int are_there;
    cyt_regions regions;
    int32_t *label;    /**< [cells.n] */
    double *area_um2;  /**< [labels.n] */
    uint64_t *n_cells; /**< [labels.n] */
    cyt_region_table table;
} cyt_slide_regions;

/** The file of a sample's regions; path NULL when it has none. Borrows. */
cyt_region_source cyt_region_source_of(const cyt_sample *sample);

/** Read the regions of @p sample, label the cells of @p slide, and warn of overlaps and
 *  of what was passed over. Collective. */
CYT_NODISCARD cyt_code cyt_slide_regions_read(MPI_Comm group, const cyt_sample *sample,
                                              const cyt_slide *slide,
                                              cyt_slide_regions *r, cyt_names *warnings,
                                              cyt_error *err);

/** Draw them into the file of rasters. Collective. */
CYT_NODISCARD cyt_code cyt_slide_regions_draw(MPI_Comm group, const cyt_slide *slide,
                                              const cyt_slide_regions *r,
                                              cyt_fields *fields, cyt_error *err);

/** What goes into the table of cells, or NULL. */
const cyt_region_table *cyt_slide_regions_table(const cyt_slide_regions *r);

void cyt_slide_regions_free(cyt_slide_regions *r);

#endif
