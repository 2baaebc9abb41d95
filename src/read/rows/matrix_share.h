/**
 * @file matrix_share.h
 * @brief What readers of matrices without positions have in common: each rank reads a
 * contiguous share of the cells, which then get their numbers and are known by their
 * ids.
 */
#ifndef CYT_MATRIX_SHARE_H
#define CYT_MATRIX_SHARE_H

#include "cytotaxis/reader.h"

#include <stdint.h>

/** Read the share of @p rank among @p size; @p first receives the number of its first
 *  cell. Local: no communication. */
typedef cyt_code (*cyt_share_reader)(const cyt_source *source, uint64_t rank,
                                     uint64_t size, cyt_rows *rows, uint64_t *first,
                                     cyt_error *err);

/** The read function of such a format (reader.h). Collective over @p comm.
 *  @param place_word what cyt_rows.place counts, for messages: "row" */
CYT_NODISCARD cyt_code cyt_matrix_read(MPI_Comm comm, const cyt_source *source,
                                       cyt_share_reader read, const char *place_word,
                                       cyt_rows *rows, cyt_error *err);

#endif
