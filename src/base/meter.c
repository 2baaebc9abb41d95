// SPDX-License-Identifier: BSD-3-Clause
#define _POSIX_C_SOURCE 200809L /* clock_gettime() */
#include "cytotaxis/meter.h"

#include <time.h>

const char *const cyt_exchange_names[CYT_EXCHANGES] = {
    "route", "halo_cells", "halo_rows", "transpose", "gather", "reduce"};

/* MPI gives attributes a number when they are first used: one for the program, as long
 * as it runs. It is all that is remembered here. */
static int key = MPI_KEYVAL_INVALID;

void cyt_meter_attach(MPI_Comm comm, cyt_meter *meter)
{
    if (key == MPI_KEYVAL_INVALID)
        MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, MPI_COMM_NULL_DELETE_FN, &key,
                               NULL);
    MPI_Comm_set_attr(comm, key, meter);
}

static cyt_meter *meter_of(MPI_Comm comm)
{
    cyt_meter *meter = NULL;
    int found = 0;
    if (key != MPI_KEYVAL_INVALID)
        MPI_Comm_get_attr(comm, key, &meter, &found);
    return found ? meter : NULL;
}

double cyt_cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* --- one exchange ----------------------------------------------------------------- */

cyt_metered cyt_meter_begin(MPI_Comm comm, cyt_exchange kind)
{
    cyt_metered call = {.meter = meter_of(comm)};
    if (!call.meter)
        return call;
    call.count = &call.meter->count[kind];
    call.count->calls++;
    call.wall_s = MPI_Wtime();
    call.cpu_s = cyt_cpu_s();
    return call;
}

void cyt_meter_sent(const cyt_metered *call, size_t bytes)
{
    if (!call->meter || bytes == 0)
        return;
    call->count->messages++;
    call->count->bytes_sent += bytes;
}

void cyt_meter_received(const cyt_metered *call, size_t bytes)
{
    if (call->meter)
        call->count->bytes_received += bytes;
}

void cyt_meter_end(const cyt_metered *call)
{
    if (!call->meter)
        return;
    call->meter->cpu_s += cyt_cpu_s() - call->cpu_s;
    call->meter->wall_s += MPI_Wtime() - call->wall_s;
}

/* --- collectives ------------------------------------------------------------------ */

static size_t bytes_of(int n, MPI_Datatype type)
{
    int size;
    MPI_Type_size(type, &size);
    return (size_t)n * (size_t)size;
}

/* Rounds of messages in which each of so many ranks can hear of all others. */
static uint64_t rounds(int size)
{
    uint64_t n = 0;
    for (long reached = 1; reached < size; reached *= 2)
        n++;
    return n;
}

/* A collective that this rank gives so many bytes to and takes so many from. */
static cyt_metered collective(MPI_Comm comm, cyt_exchange kind, size_t sent,
                              size_t received)
{
    const cyt_metered call = cyt_meter_begin(comm, kind);
    int size;
    if (!call.meter)
        return call;
    MPI_Comm_size(comm, &size);
    if (size == 1)
        return call;
    call.count->messages += rounds(size);
    call.count->bytes_sent += sent;
    call.count->bytes_received += received;
    return call;
}

static cyt_metered reduction(MPI_Comm comm, int n, MPI_Datatype type)
{
    const size_t bytes = bytes_of(n, type);
    return collective(comm, CYT_EXCHANGE_REDUCE, bytes, bytes);
}

void cyt_allreduce(const void *in, void *out, int n, MPI_Datatype type, MPI_Op op,
                   MPI_Comm comm)
{
    const cyt_metered call = reduction(comm, n, type);
    MPI_Allreduce(in, out, n, type, op, comm);
    cyt_meter_end(&call);
}

void cyt_reduce(const void *in, void *out, int n, MPI_Datatype type, MPI_Op op,
                int root, MPI_Comm comm)
{
    const cyt_metered call = reduction(comm, n, type);
    MPI_Reduce(in, out, n, type, op, root, comm);
    cyt_meter_end(&call);
}

void cyt_exscan(const void *in, void *out, int n, MPI_Datatype type, MPI_Op op,
                MPI_Comm comm)
{
    const cyt_metered call = reduction(comm, n, type);
    MPI_Exscan(in, out, n, type, op, comm);
    cyt_meter_end(&call);
}

void cyt_bcast(void *data, int n, MPI_Datatype type, int root, MPI_Comm comm)
{
    const cyt_metered call = reduction(comm, n, type);
    MPI_Bcast(data, n, type, root, comm);
    cyt_meter_end(&call);
}

void cyt_barrier(MPI_Comm comm)
{
    const cyt_metered call = collective(comm, CYT_EXCHANGE_REDUCE, 0, 0);
    MPI_Barrier(comm);
    cyt_meter_end(&call);
}

/* Of parts that all ranks get, `mine` bytes are this rank's. */
static cyt_metered gathering(MPI_Comm comm, size_t mine, size_t all)
{
    return collective(comm, CYT_EXCHANGE_GATHER, mine, all - mine);
}

void cyt_allgather(const void *in, int n_in, MPI_Datatype in_type, void *out, int n_out,
                   MPI_Datatype out_type, MPI_Comm comm)
{
    int size;
    MPI_Comm_size(comm, &size);
    const size_t mine = bytes_of(n_out, out_type);
    const cyt_metered call = gathering(comm, mine, (size_t)size * mine);
    MPI_Allgather(in, n_in, in_type, out, n_out, out_type, comm);
    cyt_meter_end(&call);
}

static size_t total(MPI_Comm comm, const int *counts, MPI_Datatype type, size_t *mine)
{
    int size, rank;
    size_t all = 0;
    MPI_Comm_size(comm, &size);
    MPI_Comm_rank(comm, &rank);
    for (int r = 0; r < size; r++)
        all += bytes_of(counts[r], type);
    *mine = bytes_of(counts[rank], type);
    return all;
}

void cyt_allgatherv(const void *in, int n_in, MPI_Datatype in_type, void *out,
                    const int *counts, const int *starts, MPI_Datatype out_type,
                    MPI_Comm comm)
{
    size_t mine;
    const size_t all = total(comm, counts, out_type, &mine);
    const cyt_metered call = gathering(comm, mine, all);
    MPI_Allgatherv(in, n_in, in_type, out, counts, starts, out_type, comm);
    cyt_meter_end(&call);
}

/* Of parts that one rank gets, this rank's has `mine` bytes, those of all `all`. */
static cyt_metered gathering_at(MPI_Comm comm, int root, size_t mine, size_t all)
{
    int rank;
    MPI_Comm_rank(comm, &rank);
    return rank == root ? collective(comm, CYT_EXCHANGE_GATHER, 0, all - mine)
                        : collective(comm, CYT_EXCHANGE_GATHER, mine, 0);
}

void cyt_gather(const void *in, int n, MPI_Datatype type, void *out, int root,
                MPI_Comm comm)
{
    int size;
    MPI_Comm_size(comm, &size);
    const size_t mine = bytes_of(n, type);
    const cyt_metered call = gathering_at(comm, root, mine, (size_t)size * mine);
    MPI_Gather(in, n, type, out, n, type, root, comm);
    cyt_meter_end(&call);
}

void cyt_gatherv(const void *in, int n_in, MPI_Datatype in_type, void *out,
                 const int *counts, const int *starts, MPI_Datatype out_type, int root,
                 MPI_Comm comm)
{
    int rank;
    size_t mine = bytes_of(n_in, in_type), all = mine;
    MPI_Comm_rank(comm, &rank);
    if (rank == root)
        all = total(comm, counts, out_type, &mine);
    const cyt_metered call = gathering_at(comm, root, mine, all);
    MPI_Gatherv(in, n_in, in_type, out, counts, starts, out_type, root, comm);
    cyt_meter_end(&call);
}

void cyt_alltoall(const void *in, int n_in, MPI_Datatype in_type, void *out, int n_out,
                  MPI_Datatype out_type, MPI_Comm comm)
{
    int size;
    MPI_Comm_size(comm, &size);
    const size_t others = (size_t)(size - 1) * bytes_of(n_out, out_type);
    const cyt_metered call = collective(comm, CYT_EXCHANGE_GATHER, others, others);
    MPI_Alltoall(in, n_in, in_type, out, n_out, out_type, comm);
    cyt_meter_end(&call);
}

void cyt_alltoallv(cyt_exchange kind, const void *in, const int *in_counts,
                   const int *in_starts, MPI_Datatype in_type, void *out,
                   const int *out_counts, const int *out_starts, MPI_Datatype out_type,
                   MPI_Comm comm)
{
    int size, rank;
    MPI_Comm_size(comm, &size);
    MPI_Comm_rank(comm, &rank);
    const cyt_metered call = cyt_meter_begin(comm, kind);
    for (int r = 0; call.meter && r < size; r++) {
        if (r == rank)
            continue;
        cyt_meter_sent(&call, bytes_of(in_counts[r], in_type));
        cyt_meter_received(&call, bytes_of(out_counts[r], out_type));
    }
    MPI_Alltoallv(in, in_counts, in_starts, in_type, out, out_counts, out_starts,
                  out_type, comm);
    cyt_meter_end(&call);
}
