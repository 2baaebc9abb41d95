// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/ring.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <stdlib.h>

static size_t n_rows_of(const cyt_ring *ring, size_t rank)
{
    return (size_t)(ring->starts[rank + 1] - ring->starts[rank]);
}

static void rewind_to_own(cyt_ring *ring)
{
    ring->step = 0;
    ring->whose = (size_t)cyt_comm_rank(ring->comm);
    ring->rows = ring->own;
}

cyt_code cyt_ring_open(MPI_Comm comm, const uint64_t *starts, size_t row_bytes,
                       const void *own, cyt_ring *ring, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(comm);
    size_t most = 0;
    *ring =
        (cyt_ring){.comm = comm, .starts = starts, .row_bytes = row_bytes, .own = own};
    rewind_to_own(ring);
    for (size_t r = 0; r < size; r++)
        most = n_rows_of(ring, r) > most ? n_rows_of(ring, r) : most;
    /* Of two ranks each needs room for one strip. */
    for (size_t k = 0; k < 2 && k + 1 < size; k++)
        ring->room[k] = cyt_alloc(most, row_bytes, "rows of others", err);
    if (CYT_FAULT("ring.open"))
        CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    CYT_TRY(cyt_agree(comm, err->code, err));
    MPI_Type_contiguous((int)row_bytes, MPI_BYTE, &ring->row);
    MPI_Type_commit(&ring->row);
    ring->is_open = 1;
done:
    return code;
}

int cyt_ring_turn(cyt_ring *ring)
{
    const size_t size = (size_t)cyt_comm_size(ring->comm);
    const size_t me = (size_t)cyt_comm_rank(ring->comm);
    if (ring->step + 1 == size) {
        rewind_to_own(ring);
        return 0;
    }
    const size_t next = (ring->whose + 1) % size;
    const size_t n_out = n_rows_of(ring, ring->whose), n_in = n_rows_of(ring, next);
    char *to = ring->room[ring->step % 2];
    const cyt_metered call = cyt_meter_begin(ring->comm, CYT_EXCHANGE_HALO_ROWS);
    MPI_Sendrecv(ring->rows, (int)n_out, ring->row, (int)((me + size - 1) % size), 0,
                 to, (int)n_in, ring->row, (int)((me + 1) % size), 0, ring->comm,
                 MPI_STATUS_IGNORE);
    cyt_meter_sent(&call, n_out * ring->row_bytes);
    cyt_meter_received(&call, n_in * ring->row_bytes);
    cyt_meter_end(&call);
    ring->step++;
    ring->whose = next;
    ring->rows = to;
    return 1;
}

void cyt_ring_close(cyt_ring *ring)
{
    if (ring->is_open)
        MPI_Type_free(&ring->row);
    free(ring->room[0]);
    free(ring->room[1]);
    *ring = (cyt_ring){0};
}
