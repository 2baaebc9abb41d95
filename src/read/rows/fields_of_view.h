/**
 * @file fields_of_view.h
 * @brief Cells imaged in fields of view: brought to their places on the slide, and
 * checked to lie there.
 *
 * A microscope takes a slide in fields, side by side. Where a table has positions
 * within each field only, and they are taken for positions on the slide, all fields lie
 * on top of each other and every distance is wrong. So two things are done with the
 * field of a cell (cyt_rows.field):
 *
 *     place   x = x_local + x_field, y = y_local + y_field, by a table of fields
 *     check   refuse cells whose fields lie on each other, with the remedy
 *
 * What is checked: of each field the bounding box of its cells. A field lies on another
 * when they share more than CYT_FIELDS_SHARED of the smaller box, and a slide is
 * refused when more than CYT_FIELDS_CELLS of its cells are in such fields. Fields in
 * place share their margins only: tiles are taken with an overlap of a tenth or so to
 * be stitched, and boxes of a slide that was turned by 45 degrees share a quarter.
 * Fields on top of each other share nearly all, as each is as large as the camera. A
 * half is far from both; it is a choice, not a measurement. Counting cells, not fields,
 * keeps a field of few cells, whose box may lie in its neighbour's margin, from
 * deciding.
 */
#ifndef CYT_FIELDS_OF_VIEW_H
#define CYT_FIELDS_OF_VIEW_H

#include "cytotaxis/cells.h"
#include "cytotaxis/reader.h"
#include "cytotaxis/status.h"

#include <mpi.h>

#define CYT_FIELDS_SHARED 0.5 /**< of the smaller of two boxes */
#define CYT_FIELDS_CELLS  0.5 /**< of the cells of a slide */

/**
 * Add to the position of each cell that of its field. Collective over @p comm; each
 * rank reads the table of fields, which has a line a field.
 *
 * @param cells   the table of the cells, for the message
 * @param fields  the table: its ids are the labels of rows->field
 * @param units   units of @p rows in one of the table
 * @return CYT_OK; CYT_ERR_DATA when a cell has no field, or its field no position
 */
CYT_NODISCARD cyt_code cyt_fields_place(MPI_Comm comm, const cyt_source *cells,
                                        const cyt_source *fields, double units,
                                        cyt_rows *rows, cyt_error *err);

/**
 * Do the fields lie on top of each other? Collective over @p comm. Without fields, or
 * with one, there is nothing to say.
 *
 * @param cells  the table of the cells, for the message
 * @return CYT_OK; CYT_ERR_DATA
 */
CYT_NODISCARD cyt_code cyt_fields_check(MPI_Comm comm, const cyt_source *cells,
                                        const cyt_rows *rows, cyt_error *err);

#endif
