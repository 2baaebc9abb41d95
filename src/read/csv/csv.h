/** @file csv.h  The delimited-text reader with the size of its blocks told, for tests.
 */
#ifndef CYT_CSV_H
#define CYT_CSV_H

#include "cytotaxis/reader.h"

/** cyt_csv_read() with blocks of @p block_bytes of text, the same on every rank. Rows
 * do not depend on it. Collective. */
CYT_NODISCARD cyt_code cyt_csv_read_blocks(MPI_Comm comm, const cyt_source *source,
                                           size_t block_bytes, cyt_rows *rows,
                                           cyt_error *err);

#endif
