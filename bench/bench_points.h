/**
 * @file bench_points.h
 * @brief The binary file of cells that points.py makes, read as rows of a slide.
 */
#ifndef BENCH_POINTS_H
#define BENCH_POINTS_H

#include "cytotaxis/cells.h"
#include "cytotaxis/status.h"

#include <mpi.h>

/** Read equal shares of the cells in input order. Collective over @p comm.
 *  @param rows [out] released with cyt_rows_free() */
CYT_NODISCARD cyt_code bench_points_read(MPI_Comm comm, const char *path,
                                         cyt_rows *rows, cyt_error *err);

#endif
