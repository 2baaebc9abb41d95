// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/rotate.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <stdlib.h>

/* Rows of the ring that move without breaking: those that arrive at [lo, hi) come from
 * `offset` further. */
typedef struct arc {
    uint64_t lo, hi;
    int64_t offset;
} arc;

/* Rows of an arc that go from one strip to another; returns how many, their place at
 * the reader in *lo. */
static uint64_t shared(const arc *a, const uint64_t *owner, const uint64_t *reader,
                       uint64_t *lo)
{
    const int64_t first = (int64_t)owner[0] - a->offset;
    const int64_t last = (int64_t)owner[1] - a->offset;
    int64_t from = (int64_t)(a->lo > reader[0] ? a->lo : reader[0]);
    int64_t to = (int64_t)(a->hi < reader[1] ? a->hi : reader[1]);
    from = from > first ? from : first;
    to = to < last ? to : last;
    *lo = (uint64_t)from;
    return to > from ? (uint64_t)(to - from) : 0;
}

/* What moves, seen from this rank. */
typedef struct move {
    MPI_Comm comm;
    const uint64_t *starts;
    size_t me, row_bytes;
    MPI_Datatype row;
    cyt_metered call;
    const char *from;
    char *room;
    const void **found;
} move;

/* @p count rows from own row @p lo on are found at @p place. */
static void find(const move *m, uint64_t lo, uint64_t count, const char *place)
{
    for (uint64_t k = 0; k < count; k++)
        m->found[lo - m->starts[m->me] + k] = place + k * m->row_bytes;
}

static int post(const move *m, const arc *a, int tag, size_t other,
                MPI_Request *requests)
{
    uint64_t lo;
    int n = 0;
    const uint64_t *mine = m->starts + m->me, *theirs = m->starts + other;
    uint64_t count = shared(a, mine, theirs, &lo);
    const char *source =
        m->from + ((int64_t)lo + a->offset - (int64_t)mine[0]) * (int64_t)m->row_bytes;
    if (other == m->me) {
        find(m, lo, count, source);
        return 0;
    }
    if (count > 0)
        MPI_Isend(source, (int)count, m->row, (int)other, tag, m->comm, &requests[n++]);
    cyt_meter_sent(&m->call, (size_t)count * m->row_bytes);
    count = shared(a, theirs, mine, &lo);
    if (count > 0) {
        char *place = m->room + (lo - mine[0]) * m->row_bytes;
        MPI_Irecv(place, (int)count, m->row, (int)other, tag, m->comm, &requests[n++]);
        find(m, lo, count, place);
    }
    cyt_meter_received(&m->call, (size_t)count * m->row_bytes);
    return n;
}

cyt_code cyt_rotate_rows(MPI_Comm comm, const uint64_t *starts, uint64_t first,
                         uint64_t n, uint64_t shift, size_t row_bytes, const void *from,
                         void *room, const void **found, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(comm);
    const arc arcs[2] = {{first, first + n - shift, (int64_t)shift},
                         {first + n - shift, first + n, (int64_t)shift - (int64_t)n}};
    move m = {.comm = comm,
              .starts = starts,
              .me = (size_t)cyt_comm_rank(comm),
              .row_bytes = row_bytes,
              .from = from,
              .room = room,
              .found = found};
    MPI_Request *requests = cyt_alloc(4 * size, sizeof *requests, "rows to move", err);
    if (CYT_FAULT("rotate.rows"))
        CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    CYT_TRY(cyt_agree(comm, err->code, err));
    MPI_Type_contiguous((int)row_bytes, MPI_BYTE, &m.row);
    MPI_Type_commit(&m.row);
    m.call = cyt_meter_begin(comm, CYT_EXCHANGE_HALO_ROWS);
    int n_requests = 0;
    find(&m, starts[m.me], starts[m.me + 1] - starts[m.me], m.from);
    for (size_t r = 0; r < size; r++)
        for (int k = 0; k < 2; k++)
            n_requests += post(&m, &arcs[k], k, r, requests + n_requests);
    MPI_Waitall(n_requests, requests, MPI_STATUSES_IGNORE);
    cyt_meter_end(&m.call);
    MPI_Type_free(&m.row);
done:
    free(requests);
    return code;
}
