/**
 * @file result_file.h
 * @brief A table of results as a data frame of a file.
 */
#ifndef CYT_RESULT_FILE_H
#define CYT_RESULT_FILE_H

#include "cytotaxis/result_table.h"
#include "cytotaxis/status.h"
#include "cytotaxis/store.h"

#include <mpi.h>

/** Write it as /uns/<name>. Collective over the communicator of @p store; every rank
 *  holds the same rows. */
CYT_NODISCARD cyt_code cyt_result_table_write(MPI_Comm comm,
                                              const cyt_result_table *table,
                                              cyt_store *store, cyt_error *err);

#endif
