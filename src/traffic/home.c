// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/home.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strip.h"

#include <stdlib.h>
#include <string.h>

static cyt_code alloc_starts(size_t size, cyt_home *home, cyt_error *err)
{
    if (CYT_FAULT("home.init"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    home->starts = cyt_alloc(size + 1, sizeof *home->starts, "parts of a table", err);
    return err->code;
}

/* Plan the way home of items with these indices. */
static cyt_code plan(MPI_Comm comm, const cyt_home *home, size_t n,
                     const uint64_t *index, cyt_route *route, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(comm);
    int *dest = cyt_alloc(n, sizeof *dest, "destinations of cells", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t i = 0; i < n; i++)
        dest[i] = (int)cyt_strip_of(home->starts, size, index[i]);
    CYT_TRY(cyt_route_init(comm, n, NULL, dest, route, err));
done:
    free(dest);
    return code;
}

/* Where each arriving item belongs in this rank's part. */
static cyt_code find_places(MPI_Comm comm, const cyt_home *home, const cyt_route *route,
                            const uint64_t *index, size_t **place, cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint64_t *arrived = cyt_alloc(route->n_recv, sizeof *arrived, "cell numbers", err);
    *place = cyt_alloc(route->n_recv, sizeof **place, "places of cells", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_route_forward(comm, route, sizeof *arrived, index, arrived, err));
    for (size_t i = 0; i < route->n_recv; i++)
        (*place)[i] = (size_t)(arrived[i] - home->first);
done:
    free(arrived);
    return code;
}

cyt_code cyt_home_init(MPI_Comm comm, const cyt_slide *slide, cyt_home *home,
                       cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = slide->n_strips, me = slide->strip;
    *home = (cyt_home){0};
    CYT_TRY(cyt_agree(comm, alloc_starts(size, home, err), err));
    cyt_blocks_cut(slide->n_cells, 1, size, home->starts);
    home->first = home->starts[me];
    home->n = (size_t)(home->starts[me + 1] - home->starts[me]);
    const cyt_cells *c = &slide->cells;
    CYT_TRY(plan(comm, home, c->n, c->index, &home->route, err));
    CYT_TRY(find_places(comm, home, &home->route, c->index, &home->place, err));
done:
    if (code != CYT_OK)
        cyt_home_free(home);
    return code;
}

/* Carry a column along a route and put each item in its place. */
static cyt_code deliver(MPI_Comm comm, const cyt_route *route, const size_t *place,
                        size_t bytes, const void *in, void *out, size_t stride,
                        cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *arrived = cyt_alloc(route->n_recv, bytes, "a column on its way home", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_route_forward(comm, route, bytes, in, arrived, err));
    for (size_t i = 0; i < route->n_recv; i++)
        memcpy((char *)out + place[i] * stride * bytes, arrived + i * bytes, bytes);
done:
    free(arrived);
    return code;
}

cyt_code cyt_home_column(MPI_Comm comm, const cyt_home *home, size_t item_bytes,
                         const void *in, void *out, size_t stride, size_t offset,
                         cyt_error *err)
{
    return deliver(comm, &home->route, home->place, item_bytes, in,
                   (char *)out + offset * item_bytes, stride, err);
}

static char *padded_ids(const cyt_rows *rows, size_t width, cyt_error *err)
{
    char *padded = cyt_calloc(rows->n, width, "cell ids", err);
    for (size_t i = 0; padded && i < rows->n; i++)
        memcpy(padded + i * width, rows->id_text + rows->id_start[i],
               rows->id_start[i + 1] - rows->id_start[i]);
    return padded;
}

cyt_code cyt_home_ids(MPI_Comm comm, const cyt_home *home, const cyt_rows *rows,
                      size_t *width, char **ids, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_route route = {0};
    size_t *place = NULL, longest = 1;
    char *padded = NULL;
    for (size_t i = 0; i < rows->n; i++) {
        const size_t length = rows->id_start[i + 1] - rows->id_start[i];
        longest = length > longest ? length : longest;
    }
    *width = (size_t)cyt_max_u64(comm, longest);
    *ids = cyt_alloc(home->n, *width, "cell ids", err);
    padded = padded_ids(rows, *width, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(plan(comm, home, rows->n, rows->index, &route, err));
    CYT_TRY(find_places(comm, home, &route, rows->index, &place, err));
    CYT_TRY(deliver(comm, &route, place, *width, padded, *ids, 1, err));
done:
    if (code != CYT_OK) {
        free(*ids);
        *ids = NULL;
    }
    cyt_route_free(&route);
    free(place);
    free(padded);
    return code;
}

void cyt_home_free(cyt_home *home)
{
    free(home->starts);
    free(home->place);
    cyt_route_free(&home->route);
    *home = (cyt_home){0};
}
