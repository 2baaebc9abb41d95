// SPDX-License-Identifier: BSD-3-Clause
#include "read/rows/matrix_share.h"

#include "read/rows/unique_ids.h"

#include "cytotaxis/comm.h"

cyt_code cyt_matrix_read(MPI_Comm comm, const cyt_source *source, cyt_share_reader read,
                         const char *place_word, cyt_rows *rows, cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint64_t first = 0;
    const uint64_t rank = (uint64_t)cyt_comm_rank(comm);
    const uint64_t size = (uint64_t)cyt_comm_size(comm);
    *rows = (cyt_rows){0};
    CYT_TRY(cyt_agree(comm, read(source, rank, size, rows, &first, err), err));
    for (size_t i = 0; i < rows->n; i++)
        rows->index[i] = first + i;
    CYT_TRY(cyt_check_unique_ids(comm, rows, source->shown_path, place_word,
                                 source->sample, err));
done:
    return code;
}
