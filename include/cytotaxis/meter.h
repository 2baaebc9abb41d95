/**
 * @file meter.h
 * @brief What the ranks of a communicator exchange: calls, messages, bytes, time.
 *
 * A meter hangs on a communicator, as an attribute of it, so that whoever exchanges
 * something over it is counted and nobody has to be told. Collectives go through the
 * functions below, which are those of MPI but for the counting; what is sent from rank
 * to rank tells of it with cyt_meter_begin() … cyt_meter_end().
 *
 * Advantage: exact and, but for the times, the same in every run, at some 1 µs a call.
 * A communicator without a meter costs the look for it. What HDF5 exchanges is not
 * counted: it has copies of the communicator, and a meter is not copied. Price: a call
 * of MPI that goes around this file is missed; a test looks for such calls.
 *
 * What counts is what the exchange is for, not how the MPI library does it:
 *
 *     route             a message for each rank to which anything is sent; its bytes;
 *                       the counts that precede it are a gather
 *     halo, transpose   likewise
 *     gather            ⌈log2 ranks⌉ messages; the own part out, all others in
 *     reduce            ⌈log2 ranks⌉ messages; the vector out and in, once
 *
 * Broadcasts and prefix sums count as reductions. A group of one exchanges nothing,
 * whatever it calls.
 */
#ifndef CYT_METER_H
#define CYT_METER_H

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

typedef enum cyt_exchange {
    CYT_EXCHANGE_ROUTE,      /**< items to their ranks and back, rows regrouped */
    CYT_EXCHANGE_HALO_CELLS, /**< cells borrowed from other strips */
    CYT_EXCHANGE_HALO_ROWS,  /**< rows of rasters and levels, borrowed, or sent round */
    CYT_EXCHANGE_TRANSPOSE,  /**< row strips to column strips and back */
    CYT_EXCHANGE_GATHER,
    CYT_EXCHANGE_REDUCE,
    CYT_EXCHANGES
} cyt_exchange;

extern const char *const cyt_exchange_names[CYT_EXCHANGES];

typedef struct cyt_exchange_count {
    uint64_t calls, messages, bytes_sent, bytes_received;
} cyt_exchange_count;

typedef struct cyt_meter {
    cyt_exchange_count count[CYT_EXCHANGES];
    double wall_s, cpu_s; /**< in exchanges, waiting for others included */
} cyt_meter;

/** Count what this rank exchanges over @p comm in @p meter, which is borrowed until it
 *  is replaced; NULL: no more. Not collective. */
void cyt_meter_attach(MPI_Comm comm, cyt_meter *meter);

/** Seconds of processor time that this process has taken. */
double cyt_cpu_s(void);

/** An exchange under way. */
typedef struct cyt_metered {
    cyt_meter *meter; /**< NULL: nobody counts */
    cyt_exchange_count *count;
    double wall_s, cpu_s; /**< when it began */
} cyt_metered;

/** Not collective, nor are the next three. */
cyt_metered cyt_meter_begin(MPI_Comm comm, cyt_exchange kind);
/** One message of @p bytes to another rank; nothing if it is empty. */
void cyt_meter_sent(const cyt_metered *call, size_t bytes);
void cyt_meter_received(const cyt_metered *call, size_t bytes);
void cyt_meter_end(const cyt_metered *call);

/** @name The collectives of MPI, counted; arguments and meaning are theirs.
 *  As MPI ends the program when it fails, they return nothing. */
/** @{ */
void cyt_allreduce(const void *in, void *out, int n, MPI_Datatype type, MPI_Op op,
                   MPI_Comm comm);
void cyt_reduce(const void *in, void *out, int n, MPI_Datatype type, MPI_Op op,
                int root, MPI_Comm comm);
void cyt_exscan(const void *in, void *out, int n, MPI_Datatype type, MPI_Op op,
                MPI_Comm comm);
void cyt_bcast(void *data, int n, MPI_Datatype type, int root, MPI_Comm comm);
void cyt_allgather(const void *in, int n_in, MPI_Datatype in_type, void *out, int n_out,
                   MPI_Datatype out_type, MPI_Comm comm);
void cyt_allgatherv(const void *in, int n_in, MPI_Datatype in_type, void *out,
                    const int *counts, const int *starts, MPI_Datatype out_type,
                    MPI_Comm comm);
/** So many items of each rank, one after the other at @p root. */
void cyt_gather(const void *in, int n, MPI_Datatype type, void *out, int root,
                MPI_Comm comm);
void cyt_gatherv(const void *in, int n_in, MPI_Datatype in_type, void *out,
                 const int *counts, const int *starts, MPI_Datatype out_type, int root,
                 MPI_Comm comm);
/** One item to and from each rank, @p n of them. */
void cyt_alltoall(const void *in, int n_in, MPI_Datatype in_type, void *out, int n_out,
                  MPI_Datatype out_type, MPI_Comm comm);
/** Counts as @p kind. */
void cyt_alltoallv(cyt_exchange kind, const void *in, const int *in_counts,
                   const int *in_starts, MPI_Datatype in_type, void *out,
                   const int *out_counts, const int *out_starts, MPI_Datatype out_type,
                   MPI_Comm comm);
void cyt_barrier(MPI_Comm comm);
/** @} */

#endif
