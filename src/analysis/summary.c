// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/summary.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/route.h"
#include "cytotaxis/select.h"

#include <math.h>
#include <stdlib.h>

enum { BATCH_VALUES = 1 << 18 }; /* values a rank sends at a time, or one column */

/* A batch of columns; job j is column j / types.n of the batch, type j % types.n. */
typedef struct batch {
    size_t n_jobs;
    size_t n_types;
    int n_ranks, rank;
    const uint64_t *counts; /* [n_ranks][n_types] cells of each rank and type */
} batch;

static int owner(const batch *b, size_t job)
{
    return (int)(job % (size_t)b->n_ranks);
}

/* Positions of the strip's cells grouped by type, strip order within; starts of groups.
 */
static cyt_code group_by_type(const cyt_slide *slide, size_t **order, size_t **starts,
                              cyt_error *err)
{
    const cyt_cells *c = &slide->cells;
    const size_t n_types = slide->types.n;
    *order = cyt_alloc(c->n, sizeof **order, "cells by type", err);
    *starts = cyt_calloc(n_types + 2, sizeof **starts, "cells by type", err);
    if (err->code != CYT_OK || CYT_FAULT("summary.group"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    size_t *next = *starts + 1;
    for (size_t i = 0; i < c->n; i++)
        if (c->type[i] != CYT_NO_TYPE)
            next[c->type[i] + 1]++;
    for (size_t t = 1; t <= n_types; t++)
        next[t] += next[t - 1];
    for (size_t i = 0; i < c->n; i++)
        if (c->type[i] != CYT_NO_TYPE)
            (*order)[next[c->type[i]]++] = i;
    return CYT_OK;
}

static cyt_code plan(MPI_Comm comm, const batch *b, size_t stride, const size_t *order,
                     const size_t *starts, cyt_route *route, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = b->n_jobs / b->n_types * starts[b->n_types];
    size_t *item = cyt_alloc(n, sizeof *item, "values by type", err);
    int *dest = cyt_alloc(n, sizeof *dest, "values by type", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    size_t k = 0;
    for (size_t j = 0; j < b->n_jobs; j++)
        for (size_t i = starts[j % b->n_types]; i < starts[j % b->n_types + 1]; i++) {
            item[k] = j / b->n_types * stride + order[i];
            dest[k++] = owner(b, j);
        }
    CYT_TRY(cyt_route_init(comm, n, item, dest, route, err));
done:
    free(item);
    free(dest);
    return code;
}

static cyt_summary summary_of(double *v, size_t n)
{
    static const double probs[] = {0.05, 0.25, 0.5, 0.75, 0.95};
    cyt_summary s = {(double)n, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (n == 0)
        return s;
    double sum = 0, squares = 0, q[5];
    s.min = s.max = v[0];
    for (size_t i = 0; i < n; i++) {
        sum += v[i];
        s.min = v[i] < s.min ? v[i] : s.min;
        s.max = v[i] > s.max ? v[i] : s.max;
    }
    s.mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (v[i] - s.mean) * (v[i] - s.mean);
    s.sd = n > 1 ? sqrt(squares / (double)(n - 1)) : NAN;
    cyt_quantiles(v, n, probs, 5, q);
    s.q05 = q[0];
    s.q25 = q[1];
    s.median = q[2];
    s.q75 = q[3];
    s.q95 = q[4];
    return s;
}

/* The finite values of one job, in the slide's order, from what every rank sent. `next`
 * walks through each rank's parcel, whose jobs come in ascending order. */
static size_t collect(const batch *b, size_t job, const double *arrived, size_t *next,
                      double *out)
{
    size_t n = 0;
    for (int r = 0; r < b->n_ranks; r++) {
        const size_t count = b->counts[(size_t)r * b->n_types + job % b->n_types];
        for (size_t i = 0; i < count; i++)
            if (isfinite(arrived[next[r] + i]))
                out[n++] = arrived[next[r] + i];
        next[r] += count;
    }
    return n;
}

static cyt_code finish_jobs(const batch *b, const cyt_route *route,
                            const double *arrived, cyt_summary *out, cyt_error *err)
{
    size_t *next = cyt_alloc((size_t)b->n_ranks, sizeof *next, "values by type", err);
    double *values = cyt_alloc(route->n_recv, sizeof *values, "values by type", err);
    if (err->code == CYT_OK) {
        for (int r = 0; r < b->n_ranks; r++)
            next[r] = (size_t)route->recv_starts[r];
        for (size_t j = 0; j < b->n_jobs; j++)
            if (owner(b, j) == b->rank)
                out[j] = summary_of(values, collect(b, j, arrived, next, values));
    }
    free(next);
    free(values);
    return err->code;
}

static cyt_code run_batch(MPI_Comm comm, const batch *b, const cyt_slide *slide,
                          const double *values, const size_t *order,
                          const size_t *starts, cyt_summary *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_route route = {0};
    double *arrived = NULL;
    CYT_TRY(plan(comm, b, slide->cells.n, order, starts, &route, err));
    arrived = cyt_alloc(route.n_recv, sizeof *arrived, "values by type", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_route_forward(comm, &route, sizeof *values, values, arrived, err));
    CYT_TRY(cyt_agree(comm, finish_jobs(b, &route, arrived, out, err), err));
done:
    cyt_route_free(&route);
    free(arrived);
    return code;
}

static cyt_code gather_counts(MPI_Comm comm, const cyt_slide *slide,
                              const size_t *starts, uint64_t **counts, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = slide->types.n;
    uint64_t *mine = cyt_alloc(n, sizeof *mine, "cells by type", err);
    *counts = cyt_alloc(n * slide->n_strips, sizeof **counts, "cells by type", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t t = 0; t < n; t++)
        mine[t] = starts[t + 1] - starts[t];
    cyt_allgather(mine, (int)n, MPI_UINT64_T, *counts, (int)n, MPI_UINT64_T, comm);
done:
    free(mine);
    return code;
}

/* Each entry was filled by one rank and is all zero bits elsewhere. Bits, because a sum
 * of -0.0 and 0.0 would lose the sign. */
static void share(MPI_Comm comm, cyt_summary *out, int n_numbers)
{
    cyt_allreduce(MPI_IN_PLACE, out, n_numbers, MPI_UINT64_T, MPI_BOR, comm);
}

cyt_code cyt_summarise(MPI_Comm comm, const cyt_slide *slide, size_t n_columns,
                       const double *values, cyt_summary *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    size_t *order = NULL, *starts = NULL;
    uint64_t *counts = NULL;
    const size_t n_types = slide->types.n, n_out = n_columns * n_types;
    if (n_out == 0)
        return CYT_OK;
    code = group_by_type(slide, &order, &starts, err);
    const int n_numbers = cyt_mpi_count(n_out * sizeof *out / sizeof(double), err);
    CYT_TRY(cyt_agree(comm, code ? code : err->code, err));
    CYT_TRY(gather_counts(comm, slide, starts, &counts, err));

    for (size_t i = 0; i < n_out; i++)
        out[i] = (cyt_summary){0};
    const size_t most = (size_t)cyt_max_u64(comm, slide->cells.n);
    const size_t at_once = most < BATCH_VALUES ? BATCH_VALUES / (most + 1) : 1;
    for (size_t first = 0; first < n_columns; first += at_once) {
        const size_t n = n_columns - first < at_once ? n_columns - first : at_once;
        const batch b = {n * n_types, n_types, (int)slide->n_strips, (int)slide->strip,
                         counts};
        CYT_TRY(run_batch(comm, &b, slide, values + first * slide->cells.n, order,
                          starts, out + first * n_types, err));
    }
    share(comm, out, n_numbers);
done:
    free(order);
    free(starts);
    free(counts);
    return code;
}
