/**
 * @file labels.h
 * @brief Type labels that each rank numbered for itself, brought to one list.
 */
#ifndef CYT_LABELS_H
#define CYT_LABELS_H

#include "cytotaxis/cells.h"
#include "cytotaxis/status.h"

#include <mpi.h>

/** The labels that some row of some rank carries, sorted by bytes. Collective over
 *  @p comm.
 *  @param all [out] the same on every rank, released with cyt_names_free()
 *  @return CYT_OK; CYT_ERR_DATA for more than 65,534; CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_labels_agree(MPI_Comm comm, const cyt_rows *rows,
                                        cyt_names *all, cyt_error *err);

/** The types of @p rows as positions in @p all. Not collective.
 *  @param type [rows->n] [out] CYT_NO_TYPE stays */
CYT_NODISCARD cyt_code cyt_labels_translate(const cyt_rows *rows, const cyt_names *all,
                                            uint16_t *type, cyt_error *err);

#endif
