/**
 * @file unique_ids.h
 * @brief No two cells of a slide may have the same id, wherever their rows are.
 *
 * Most tables have their ids in order, the shorter ones first: those cannot repeat, and
 * comparing neighbours is all there is to do. Otherwise each id is hashed to 128 bits
 * and sent to the rank its hash names, so equal ids meet on one rank, where a hash
 * table finds them. Cost: 24 bytes a row on the wire. Two different ids with one hash
 * would be taken for a repeat; for 10^7 cells the chance is below 10^-24 (birthday
 * bound). Hash: XXH3, 128 bits.
 */
#ifndef CYT_UNIQUE_IDS_H
#define CYT_UNIQUE_IDS_H

#include "cytotaxis/cells.h"
#include "cytotaxis/status.h"

#include <mpi.h>

/**
 * Collective over @p comm. Of several repeats the one is told whose second row comes
 * first in input order, whatever the number of ranks.
 *
 * @param rows        this rank's rows, with index and place filled
 * @param file_word   the file, for the message: "cells.csv"
 * @param place_word  what cyt_rows.place counts: "line" or "row"
 * @param sample      the slide, subject of the error
 * @return CYT_OK; CYT_ERR_DATA naming both places and the id; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_check_unique_ids(MPI_Comm comm, const cyt_rows *rows,
                                            const char *file_word,
                                            const char *place_word, const char *sample,
                                            cyt_error *err);

#endif
