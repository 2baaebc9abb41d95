// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/comm.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/versions.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    cyt_allreduce(MPI_IN_PLACE, &vote, 1, MPI_INT, MPI_MIN, comm);
    if (vote == size)
        return CYT_OK;

    if (rank == vote && err->rank < 0)
        err->rank = cyt_comm_rank(MPI_COMM_WORLD);
    cyt_bcast(err, (int)sizeof *err, MPI_BYTE, vote, comm);
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
    cyt_exscan(&mine, &before, 1, MPI_UINT64_T, MPI_SUM, comm);
    return cyt_comm_rank(comm) == 0 ? 0
                                    : before; /* undefined on rank 0 by the standard */
}

uint64_t cyt_sum_u64(MPI_Comm comm, uint64_t mine)
{
    cyt_allreduce(MPI_IN_PLACE, &mine, 1, MPI_UINT64_T, MPI_SUM, comm);
    return mine;
}

uint64_t cyt_max_u64(MPI_Comm comm, uint64_t mine)
{
    cyt_allreduce(MPI_IN_PLACE, &mine, 1, MPI_UINT64_T, MPI_MAX, comm);
    return mine;
}

double cyt_min_f64(MPI_Comm comm, double mine)
{
    cyt_allreduce(MPI_IN_PLACE, &mine, 1, MPI_DOUBLE, MPI_MIN, comm);
    return mine;
}

double cyt_max_f64(MPI_Comm comm, double mine)
{
    cyt_allreduce(MPI_IN_PLACE, &mine, 1, MPI_DOUBLE, MPI_MAX, comm);
    return mine;
}

int cyt_any(MPI_Comm comm, int flag)
{
    int any = flag != 0;
    cyt_allreduce(MPI_IN_PLACE, &any, 1, MPI_INT, MPI_MAX, comm);
    return any;
}

cyt_code cyt_allgather_text(MPI_Comm comm, const char *mine, size_t length, char **all,
                            size_t *total, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(comm);
    *total = (size_t)cyt_sum_u64(comm, length);
    int *counts = cyt_alloc(2 * size, sizeof *counts, "lengths of texts", err);
    *all = cyt_alloc(*total, 1, "texts of all ranks", err);
    cyt_mpi_count(*total, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    const int n = (int)length;
    cyt_allgather(&n, 1, MPI_INT, counts, 1, MPI_INT, comm);
    int *starts = counts + size;
    starts[0] = 0;
    for (size_t r = 1; r < size; r++)
        starts[r] = starts[r - 1] + counts[r - 1];
    cyt_allgatherv(mine, n, MPI_CHAR, *all, counts, starts, MPI_CHAR, comm);
done:
    free(counts);
    if (code != CYT_OK) {
        free(*all);
        *all = NULL;
    }
    return code;
}

void cyt_mpi_version(char *text)
{
    char full[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;
    MPI_Get_library_version(full, &length);
    full[strcspn(full, ",")] = '\0'; /* "Open MPI v4.1.4, package: …" */
    snprintf(text, CYT_VERSION_LENGTH, "%.*s", CYT_VERSION_LENGTH - 1, full);
}
