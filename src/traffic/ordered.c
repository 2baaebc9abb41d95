// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/ordered.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <stdlib.h>
#include <string.h>

cyt_code cyt_ordered_sums(MPI_Comm comm, const uint64_t *starts, size_t n_sums,
                          const double *row_sums, double *totals, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(comm), me = (size_t)cyt_comm_rank(comm);
    const size_t n = (size_t)starts[size] * n_sums;
    double *all = cyt_alloc(n, sizeof *all, "row sums", err);
    int *counts = cyt_alloc(2 * size, sizeof *counts, "counts of rows", err);
    cyt_mpi_count(n, err);
    CYT_TRY(cyt_agree(comm, err->code, err));

    for (size_t r = 0; r < size; r++) {
        counts[r] = (int)((starts[r + 1] - starts[r]) * n_sums);
        counts[size + r] = (int)(starts[r] * n_sums);
    }
    cyt_allgatherv(row_sums, counts[me], MPI_DOUBLE, all, counts, counts + size,
                   MPI_DOUBLE, comm);
    memset(totals, 0, n_sums * sizeof *totals);
    for (size_t i = 0; i < n; i += n_sums)
        for (size_t s = 0; s < n_sums; s++)
            totals[s] += all[i + s];
done:
    free(all);
    free(counts);
    return code;
}

cyt_code cyt_ordered_sum(MPI_Comm comm, const uint64_t *starts, const double *row_sums,
                         double *total, cyt_error *err)
{
    return cyt_ordered_sums(comm, starts, 1, row_sums, total, err);
}
