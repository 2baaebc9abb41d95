/**
 * @file comm.h
 * @brief The few collective idioms the program needs beyond MPI itself.
 */
#ifndef CYT_COMM_H
#define CYT_COMM_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** This rank among those of @p comm, and how many they are. Local. */
int cyt_comm_rank(MPI_Comm comm);
int cyt_comm_size(MPI_Comm comm);

/**
 * Turn rank-local outcomes into one outcome that every rank knows.
 *
 * Collective over @p comm. Every rank calls it, also (above all) the ranks that failed.
 * If any rank failed, the error of the lowest failing rank is copied into @p err
 * everywhere, with err->rank set to its rank in MPI_COMM_WORLD, the number the job log
 * shows. Costs one 4-byte Allreduce when all is well, plus one Bcast when something
 * failed. Call it once per phase, never inside a loop over cells.
 *
 * @param comm  communicator of the ranks that must continue or stop together
 * @param local this rank's outcome
 * @param err   [in,out] this rank's error, on return the agreed one
 * @return      the same code on every rank of @p comm
 */
CYT_NODISCARD cyt_code cyt_agree(MPI_Comm comm, cyt_code local, cyt_error *err);

/** @p n as an MPI count; fills @p err and returns -1 when it does not fit an int. The
 * one place where sizes become ints. */
int cyt_mpi_count(size_t n, cyt_error *err);

/** Sum of @p mine over the ranks before this one (0 on rank 0). Collective. */
uint64_t cyt_exscan_u64(MPI_Comm comm, uint64_t mine);
/** Sum, largest and smallest over all ranks. Collective. */
uint64_t cyt_sum_u64(MPI_Comm comm, uint64_t mine);
uint64_t cyt_max_u64(MPI_Comm comm, uint64_t mine);
double cyt_min_f64(MPI_Comm comm, double mine);
double cyt_max_f64(MPI_Comm comm, double mine);

/**
 * The texts of all ranks, one after the other in rank order. Collective.
 * @param all    [out] to be released with free()
 * @param total  [out] bytes in @p all
 */
CYT_NODISCARD cyt_code cyt_allgather_text(MPI_Comm comm, const char *mine,
                                          size_t length, char **all, size_t *total,
                                          cyt_error *err);

/** True on every rank if @p flag is true on any. Collective. */
int cyt_any(MPI_Comm comm, int flag);

#endif
