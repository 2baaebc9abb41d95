// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/comm.h"

#include <limits.h>

int cyt_comm_rank(MPI_Comm comm)
{
    int rank;
    MPI_Comm_rank(comm, &rank);
    return rank;
}

int cyt_comm_size(MPI_Comm comm)
{
    int size;
    MPI_Comm_size(comm, &size);
    return size;
}

cyt_code cyt_agree(MPI_Comm comm, cyt_code local, cyt_error *err)
{
    const int rank = cyt_comm_rank(comm), size = cyt_comm_size(comm);

    /* A rank that is well votes `size`, which no rank number can reach. */
    int vote = local == CYT_OK ? size : rank;
    MPI_Allreduce(MPI_IN_PLACE, &vote, 1, MPI_INT, MPI_MIN, comm);
    if (vote == size)
        return CYT_OK;

    if (rank == vote && err->rank < 0)
        err->rank = cyt_comm_rank(MPI_COMM_WORLD);
    MPI_Bcast(err, (int)sizeof *err, MPI_BYTE, vote, comm);
    return err->code;
}

int cyt_mpi_count(size_t n, cyt_error *err)
{
    if (n <= INT_MAX)
        return (int)n;
    CYT_FAIL(err, CYT_ERR_MEMORY, NULL,
             "one message of %zu items is beyond MPI's limit of %d; use more ranks", n,
             INT_MAX);
    return -1;
}

uint64_t cyt_exscan_u64(MPI_Comm comm, uint64_t mine)
{
    uint64_t before = 0;
    MPI_Exscan(&mine, &before, 1, MPI_UINT64_T, MPI_SUM, comm);
    return cyt_comm_rank(comm) == 0 ? 0 : before; /* undefined on rank 0 by the standard */
}

uint64_t cyt_sum_u64(MPI_Comm comm, uint64_t mine)
{
    MPI_Allreduce(MPI_IN_PLACE, &mine, 1, MPI_UINT64_T, MPI_SUM, comm);
    return mine;
}

uint64_t cyt_max_u64(MPI_Comm comm, uint64_t mine)
{
    MPI_Allreduce(MPI_IN_PLACE, &mine, 1, MPI_UINT64_T, MPI_MAX, comm);
    return mine;
}

double cyt_min_f64(MPI_Comm comm, double mine)
{
    MPI_Allreduce(MPI_IN_PLACE, &mine, 1, MPI_DOUBLE, MPI_MIN, comm);
    return mine;
}

double cyt_max_f64(MPI_Comm comm, double mine)
{
    MPI_Allreduce(MPI_IN_PLACE, &mine, 1, MPI_DOUBLE, MPI_MAX, comm);
    return mine;
}

int cyt_any(MPI_Comm comm, int flag)
{
    int any = flag != 0;
    MPI_Allreduce(MPI_IN_PLACE, &any, 1, MPI_INT, MPI_MAX, comm);
    return any;
}
