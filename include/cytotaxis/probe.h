/**
 * @file probe.h
 * @brief Does the HDF5 of this machine do what a run will ask of it? Tried, not
 * assumed.
 */
#ifndef CYT_PROBE_H
#define CYT_PROBE_H

#include "cytotaxis/status.h"

#include <mpi.h>

/**
 * The filters of the HDF5 library the program runs with. Not collective.
 *
 * @return CYT_OK; CYT_ERR_ENVIRONMENT with the filter that cannot pack or unpack
 */
CYT_NODISCARD cyt_code cyt_probe_filters(cyt_error *err);

/**
 * Write a small store of packed rows from all ranks, read on each what the next one
 * wrote, compare, and remove it. Collective over @p comm; the code returned is the same
 * on all ranks.
 *
 * @param path  a file that is not there, the same on all ranks
 * @return CYT_OK; what cyt_store_create(), cyt_store_rows() and cyt_store_close()
 *         return; CYT_ERR_IO when what is read is not what was written
 */
CYT_NODISCARD cyt_code cyt_probe_store(MPI_Comm comm, const char *path, cyt_error *err);

#endif
