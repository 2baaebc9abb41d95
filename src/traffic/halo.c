// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/halo.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/route.h"

#include <math.h>
#include <stdlib.h>

/* Rows of [first, last) that the strip `of` owns. */
static uint64_t shared(const uint64_t *strip, int64_t first, int64_t last, int64_t *lo)
{
    const int64_t a = (int64_t)strip[0] > first ? (int64_t)strip[0] : first;
    const int64_t b = (int64_t)strip[1] < last ? (int64_t)strip[1] : last;
    *lo = a;
    return b > a ? (uint64_t)(b - a) : 0;
}

/* Post the transfer of the rows of strip `owner` that rank `reader` needs: both ends
 * derive the same ranges from the partition, so nothing is negotiated. */
static int post(MPI_Comm comm, const cyt_metered *call, const uint64_t *starts,
                size_t owner, size_t reader, int64_t depth, char *rows,
                MPI_Datatype row, MPI_Request *requests)
{
    const int me = cyt_comm_rank(comm), sending = (size_t)me == owner;
    const int64_t base = (int64_t)starts[me] - depth;
    const int64_t top = (int64_t)starts[reader], end = (int64_t)starts[reader + 1];
    const int64_t ranges[2][2] = {{top - depth, top}, {end, end + depth}};
    MPI_Aint lower, row_bytes;
    MPI_Type_get_extent(row, &lower, &row_bytes);
    int n = 0;
    for (int side = 0; side < 2; side++) {
        int64_t lo;
        const int count =
            (int)shared(starts + owner, ranges[side][0], ranges[side][1], &lo);
        if (count == 0)
            continue;
        char *at = rows + (lo - base) * row_bytes;
        const size_t bytes = (size_t)count * (size_t)row_bytes;
        if (sending) {
            MPI_Isend(at, count, row, (int)reader, side, comm, &requests[n++]);
            cyt_meter_sent(call, bytes);
        } else {
            MPI_Irecv(at, count, row, (int)owner, side, comm, &requests[n++]);
            cyt_meter_received(call, bytes);
        }
    }
    return n;
}

static MPI_Request *alloc_requests(size_t size, cyt_error *err)
{
    if (CYT_FAULT("halo.rows")) {
        CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
        return NULL;
    }
    return cyt_alloc(4 * size, sizeof(MPI_Request), "halo requests", err);
}

cyt_code cyt_halo_rows(MPI_Comm comm, const uint64_t *starts, size_t row_bytes,
                       size_t depth, void *rows, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(comm), me = (size_t)cyt_comm_rank(comm);
    MPI_Request *requests = alloc_requests(size, err);
    CYT_TRY(cyt_agree(comm, err->code, err));

    MPI_Datatype row;
    MPI_Type_contiguous((int)row_bytes, MPI_BYTE, &row);
    MPI_Type_commit(&row);
    const cyt_metered call = cyt_meter_begin(comm, CYT_EXCHANGE_HALO_ROWS);
    int n = 0;
    const int empty = starts[me] == starts[me + 1];
    for (size_t r = 0; r < size; r++) {
        if (r == me)
            continue;
        if (!empty)
            n += post(comm, &call, starts, r, me, (int64_t)depth, rows, row,
                      requests + n);
        if (starts[r] != starts[r + 1])
            n += post(comm, &call, starts, me, r, (int64_t)depth, rows, row,
                      requests + n);
    }
    MPI_Waitall(n, requests, MPI_STATUSES_IGNORE);
    cyt_meter_end(&call);
    MPI_Type_free(&row);
done:
    free(requests);
    return code;
}

/* What rank `reader` asked for that this strip can give. */
typedef struct wish {
    size_t n_types;
    const double *ranges; /* [size][2 * n_types] */
} wish;

static int is_wanted(const wish *w, size_t reader, uint16_t type, double y)
{
    if (type == CYT_NO_TYPE)
        return 0;
    const double *range = w->ranges + (reader * w->n_types + type) * 2;
    return range[0] <= y && y <= range[1];
}

/* Lowest and highest y of the strip's cells of each type. */
static void find_spans(const cyt_slide *slide, double *spans)
{
    const cyt_cells *c = &slide->cells;
    for (size_t t = 0; t < slide->types.n; t++) {
        spans[2 * t] = HUGE_VAL;
        spans[2 * t + 1] = -HUGE_VAL;
    }
    for (size_t i = 0; i < c->n; i++) {
        if (c->type[i] == CYT_NO_TYPE)
            continue;
        double *span = spans + 2 * c->type[i];
        span[0] = c->y[i] < span[0] ? c->y[i] : span[0];
        span[1] = c->y[i] > span[1] ? c->y[i] : span[1];
    }
}

/* Most readers want nothing of most strips; they cost a look at each type. */
static int may_give(const wish *w, const double *spans, size_t reader)
{
    const double *ranges = w->ranges + 2 * reader * w->n_types;
    for (size_t t = 0; t < 2 * w->n_types; t += 2)
        if (ranges[t] <= spans[t + 1] && spans[t] <= ranges[t + 1])
            return 1;
    return 0;
}

/* Cells that go to other ranks, and where; with item = NULL only how many. */
static size_t pick(const cyt_slide *slide, const wish *w, const double *spans,
                   size_t *item, int *dest)
{
    const cyt_cells *c = &slide->cells;
    size_t n = 0;
    for (size_t r = 0; r < slide->n_strips; r++) {
        if (r == slide->strip || !may_give(w, spans, r))
            continue;
        for (size_t i = 0; i < c->n; i++) {
            if (!is_wanted(w, r, c->type[i], c->y[i]))
                continue;
            if (item) {
                item[n] = i;
                dest[n] = (int)r;
            }
            n++;
        }
    }
    return n;
}

typedef struct parcel {
    size_t n;
    size_t *item;
    int *dest;
} parcel;

static cyt_code collect(const cyt_slide *slide, const wish *w, parcel *p,
                        cyt_error *err)
{
    if (CYT_FAULT("halo.cells"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    cyt_code code = CYT_OK;
    double *spans = cyt_alloc(2 * w->n_types, sizeof *spans, "halo cells", err);
    CYT_TRY(err->code);
    find_spans(slide, spans);
    p->n = pick(slide, w, spans, NULL, NULL);
    p->item = cyt_alloc(p->n, sizeof *p->item, "halo cells", err);
    p->dest = cyt_alloc(p->n, sizeof *p->dest, "halo cells", err);
    CYT_TRY(err->code);
    pick(slide, w, spans, p->item, p->dest);
done:
    free(spans);
    return code;
}

static cyt_code carry(MPI_Comm comm, const cyt_route *route, const cyt_cells *from,
                      cyt_cells *to, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_route_forward(comm, route, sizeof *to->x, from->x, to->x, err));
    CYT_TRY(cyt_route_forward(comm, route, sizeof *to->y, from->y, to->y, err));
    CYT_TRY(
        cyt_route_forward(comm, route, sizeof *to->type, from->type, to->type, err));
    CYT_TRY(
        cyt_route_forward(comm, route, sizeof *to->index, from->index, to->index, err));
    for (size_t v = 0; v < from->n_values; v++)
        CYT_TRY(cyt_route_forward(comm, route, sizeof *to->values,
                                  from->values + v * from->n, to->values + v * to->n,
                                  err));
done:
    return code;
}

cyt_code cyt_halo_cells(MPI_Comm comm, const cyt_slide *slide, const double *wanted,
                        cyt_cells *halo, size_t *n_above, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_route route = {0};
    parcel p = {0};
    *halo = (cyt_cells){0};
    const size_t n_ranges = 2 * slide->types.n;
    double *ranges =
        cyt_alloc(slide->n_strips * n_ranges, sizeof *ranges, "halo ranges", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    cyt_allgather(wanted, (int)n_ranges, MPI_DOUBLE, ranges, (int)n_ranges, MPI_DOUBLE,
                  comm);

    const wish w = {slide->types.n, ranges};
    CYT_TRY(cyt_agree(comm, collect(slide, &w, &p, err), err));
    CYT_TRY(cyt_route_init(comm, p.n, p.item, p.dest, &route, err));
    route.kind = CYT_EXCHANGE_HALO_CELLS;
    code = cyt_cells_init(halo, route.n_recv, slide->cells.n_values, err);
    CYT_TRY(cyt_agree(comm, code, err));
    CYT_TRY(carry(comm, &route, &slide->cells, halo, err));
    if (n_above) {
        *n_above = 0;
        for (size_t r = 0; r < slide->strip; r++)
            *n_above += (size_t)route.recv_counts[r];
    }
done:
    if (code != CYT_OK)
        cyt_cells_free(halo);
    cyt_route_free(&route);
    free(p.item);
    free(p.dest);
    free(ranges);
    return code;
}
