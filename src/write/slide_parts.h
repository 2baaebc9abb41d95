/**
 * @file slide_parts.h
 * @brief What /uns of a slide's table of cells says of its parts: regions,
 * compartments, zones and the profile of the margin; and of pairs of cell types.
 */
#ifndef CYT_SLIDE_PARTS_H
#define CYT_SLIDE_PARTS_H

#include "cytotaxis/slide_file.h"

/** Write those that the table has. Collective. */
CYT_NODISCARD cyt_code cyt_slide_parts_write(MPI_Comm comm, const cyt_cell_table *table,
                                             cyt_store *store, cyt_error *err);

#endif
