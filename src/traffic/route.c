// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/route.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <stdlib.h>
#include <string.h>

static void starts_of(const int *counts, int *starts, size_t size)
{
    starts[0] = 0;
    for (size_t r = 1; r < size; r++)
        starts[r] = starts[r - 1] + counts[r - 1];
}

static cyt_code alloc_route(cyt_route *route, size_t n, size_t size, cyt_error *err)
{
    if (CYT_FAULT("route.init"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    *route = (cyt_route){.n_send = n};
    route->item = cyt_alloc(n, sizeof *route->item, "a route", err);
    route->send_counts = cyt_calloc(size, sizeof(int), "a route", err);
    route->send_starts = cyt_calloc(size, sizeof(int), "a route", err);
    route->recv_counts = cyt_calloc(size, sizeof(int), "a route", err);
    route->recv_starts = cyt_calloc(size, sizeof(int), "a route", err);
    cyt_mpi_count(n, err);
    return err->code;
}

/* Counting sort by destination; stable. */
static void group_by_destination(cyt_route *route, const size_t *item, const int *dest,
                                 size_t size)
{
    for (size_t i = 0; i < route->n_send; i++)
        route->send_counts[dest[i]]++;
    starts_of(route->send_counts, route->send_starts, size);
    int *next = route->recv_starts; /* free until the counts have arrived */
    memcpy(next, route->send_starts, size * sizeof *next);
    for (size_t i = 0; i < route->n_send; i++)
        route->item[next[dest[i]]++] = item ? item[i] : i;
}

static cyt_code total_received(cyt_route *route, size_t size, cyt_error *err)
{
    for (size_t r = 0; r < size; r++)
        route->n_recv += (size_t)route->recv_counts[r];
    cyt_mpi_count(route->n_recv, err);
    return err->code;
}

cyt_code cyt_route_init(MPI_Comm comm, size_t n, const size_t *item, const int *dest,
                        cyt_route *route, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(comm);
    CYT_TRY(cyt_agree(comm, alloc_route(route, n, size, err), err));

    group_by_destination(route, item, dest, size);
    cyt_alltoall(route->send_counts, 1, MPI_INT, route->recv_counts, 1, MPI_INT, comm);
    CYT_TRY(cyt_agree(comm, total_received(route, size, err), err));
    starts_of(route->recv_counts, route->recv_starts, size);
done:
    if (code != CYT_OK)
        cyt_route_free(route);
    return code;
}

/* Inlined per size so that packing a column of doubles is a gather, not n memcpys. */
static void gather(size_t n, const size_t *item, size_t bytes, const void *in,
                   void *out)
{
    if (bytes == 8)
        for (size_t i = 0; i < n; i++)
            memcpy((char *)out + i * 8, (const char *)in + item[i] * 8, 8);
    else
        for (size_t i = 0; i < n; i++)
            memcpy((char *)out + i * bytes, (const char *)in + item[i] * bytes, bytes);
}

static void exchange(MPI_Comm comm, cyt_exchange kind, size_t bytes, const void *out,
                     const int *out_counts, const int *out_starts, void *in,
                     const int *in_counts, const int *in_starts)
{
    MPI_Datatype type;
    MPI_Type_contiguous((int)bytes, MPI_BYTE, &type);
    MPI_Type_commit(&type);
    cyt_alltoallv(kind, out, out_counts, out_starts, type, in, in_counts, in_starts,
                  type, comm);
    MPI_Type_free(&type);
}

cyt_code cyt_route_forward(MPI_Comm comm, const cyt_route *route, size_t item_bytes,
                           const void *in, void *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    void *packed = cyt_alloc(route->n_send, item_bytes, "a column on its way", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    gather(route->n_send, route->item, item_bytes, in, packed);
    exchange(comm, route->kind, item_bytes, packed, route->send_counts,
             route->send_starts, out, route->recv_counts, route->recv_starts);
done:
    free(packed);
    return code;
}

cyt_code cyt_route_back(MPI_Comm comm, const cyt_route *route, size_t item_bytes,
                        const void *in, void *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *packed = cyt_alloc(route->n_send, item_bytes, "a column on its way", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    exchange(comm, route->kind, item_bytes, in, route->recv_counts, route->recv_starts,
             packed, route->send_counts, route->send_starts);
    for (size_t i = 0; i < route->n_send; i++)
        memcpy((char *)out + route->item[i] * item_bytes, packed + i * item_bytes,
               item_bytes);
done:
    free(packed);
    return code;
}

void cyt_route_free(cyt_route *route)
{
    free(route->item);
    free(route->send_counts);
    free(route->send_starts);
    free(route->recv_counts);
    free(route->recv_starts);
    *route = (cyt_route){0};
}

/* Rows that two half-open ranges share; the first of them in *first. */
static uint64_t overlap(const uint64_t *a, const uint64_t *b, uint64_t *first)
{
    const uint64_t lo = a[0] > b[0] ? a[0] : b[0];
    const uint64_t hi = a[1] < b[1] ? a[1] : b[1];
    *first = lo;
    return hi > lo ? hi - lo : 0;
}

cyt_code cyt_rows_regroup(MPI_Comm comm, const uint64_t *from, const uint64_t *to,
                          size_t row_bytes, const void *in, void *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(comm), me = (size_t)cyt_comm_rank(comm);
    int *counts = cyt_calloc(4 * size, sizeof(int), "counts of rows", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    int *sc = counts, *ss = counts + size, *rc = ss + size, *rs = rc + size;
    for (size_t r = 0; r < size; r++) {
        uint64_t first;
        sc[r] = (int)overlap(from + me, to + r, &first);
        ss[r] = sc[r] ? (int)(first - from[me]) : 0;
        rc[r] = (int)overlap(from + r, to + me, &first);
        rs[r] = rc[r] ? (int)(first - to[me]) : 0;
    }
    exchange(comm, CYT_EXCHANGE_ROUTE, row_bytes, in, sc, ss, out, rc, rs);
done:
    free(counts);
    return code;
}
