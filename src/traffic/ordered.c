// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/ordered.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"

#include <stdlib.h>

cyt_code cyt_ordered_sum(MPI_Comm comm, const uint64_t *starts, const double *row_sums,
                         double *total, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(comm), me = (size_t)cyt_comm_rank(comm);
    const size_t n_rows = (size_t)starts[size];
    double *all = cyt_alloc(n_rows, sizeof *all, "row sums", err);
    int *counts = cyt_alloc(2 * size, sizeof *counts, "counts of rows", err);
    cyt_mpi_count(n_rows, err);
    CYT_TRY(cyt_agree(comm, err->code, err));

    for (size_t r = 0; r < size; r++) {
        counts[r] = (int)(starts[r + 1] - starts[r]);
        counts[size + r] = (int)starts[r];
    }
    MPI_Allgatherv(row_sums, counts[me], MPI_DOUBLE, all, counts, counts + size,
                   MPI_DOUBLE, comm);
    *total = 0;
    for (size_t i = 0; i < n_rows; i++)
        *total += all[i];
done:
    free(all);
    free(counts);
    return code;
}
