/**
 * @file contact.h
 * @brief How many cells of some types have a responder near, when responders are spread
 * as a raster says.
 *
 * With Lambda the number of responders that a raster T expects within a radius of a
 * cell (pixels whose centres are that near to the centre of the cell's own), the cell
 * has one near with probability 1 - exp(-Lambda), responders being placed independently
 * given T. The mean of it over the cells is the expected share; the mean of Lambda, the
 * responders near a cell, needs no independence.
 *
 * Price: responders that cluster more than T does reach fewer cells than this says, so
 * compare doses, not one dose with the observed share. Work: pixels of the radius' rows
 * per cell.
 */
#ifndef CYT_CONTACT_H
#define CYT_CONTACT_H

#include "cytotaxis/cells.h"
#include "cytotaxis/status.h"

#include <stdint.h>

#include <mpi.h>

/** The same on every rank. */
typedef struct cyt_contact {
    uint64_t n_cells; /**< that are asked for */
    double share;     /**< of them, expected to have a responder near; NaN: no cell */
    double mean;      /**< responders near one of them; NaN: no cell */
} cyt_contact;

/**
 * Collective over the group of @p slide.
 *
 * @param is_asked   [types.n] 1: cells of this type are asked for
 * @param expected   [own rows * n_cols] responders of each pixel, at least 0
 * @param radius_um  at least 0, and finite
 * @return CYT_OK; CYT_ERR_DATA for a slide beyond CYT_EXACT_MOST cells; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_contact_of(MPI_Comm comm, const cyt_slide *slide,
                                      const uint8_t *is_asked, const double *expected,
                                      double radius_um, cyt_contact *out,
                                      cyt_error *err);

#endif
