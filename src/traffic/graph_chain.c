// SPDX-License-Identifier: BSD-3-Clause
/* The Delaunay graph of cells on one line: each place is joined to the next. Strips
 * hold consecutive parts of the line, in the order (y, x); a strip needs to know only
 * the last place before its own and the first one after. */
#include "graph_chain.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <math.h>
#include <stdlib.h>

static const char what[] = "cells on a line";

static int by_place(const void *a, const void *b)
{
    const cyt_guest *p = a, *q = b;
    if (p->y != q->y)
        return p->y < q->y ? -1 : 1;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return (p->index > q->index) - (p->index < q->index);
}

static double apart(const cyt_guest *a, const cyt_guest *b)
{
    const double dx = a->x - b->x, dy = a->y - b->y;
    return sqrt(dx * dx + dy * dy);
}

/* Link own cells, which are in order; ends: first and last vertex, each the first cell
 * of its place. n > 0. */
static cyt_code link_own(const cyt_guest *c, size_t n, double longest, cyt_links *links,
                         cyt_guest ends[2], cyt_error *err)
{
    cyt_code code = CYT_OK;
    size_t vertex = 0;
    for (size_t i = 1; i < n; i++) {
        const int twin = c[i].x == c[vertex].x && c[i].y == c[vertex].y;
        if (apart(c + i, c + vertex) <= longest) {
            CYT_TRY(cyt_links_add(links, c[vertex].item, c[i].item, err));
            CYT_TRY(cyt_links_add(links, c[i].item, c[vertex].item, err));
        }
        vertex = twin ? vertex : i;
    }
    ends[0] = c[0];
    ends[1] = c[vertex];
done:
    return code;
}

/* ends: of each rank its first and last vertex, whose index is UINT64_MAX if none. */
static cyt_code link_ends(const cyt_slide *slide, const cyt_guest *ends, double longest,
                          cyt_guests *guests, cyt_links *links, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t me = slide->strip;
    for (int side = 0; side < 2; side++) {
        size_t r = me;
        do
            r += side ? 1 : (size_t)-1;
        while (r < slide->n_strips && ends[2 * r].index == UINT64_MAX);
        if (r >= slide->n_strips)
            continue;
        const cyt_guest *mine = ends + 2 * me + side, *other = ends + 2 * r + !side;
        if (!(apart(mine, other) <= longest))
            continue;
        CYT_TRY(cyt_links_add(links, mine->item, slide->cells.n + guests->n, err));
        CYT_TRY(cyt_guests_add(guests, other, err));
    }
done:
    return code;
}

cyt_code cyt_chain_links(MPI_Comm comm, const cyt_slide *slide, double longest,
                         cyt_guests *guests, cyt_links *links, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = slide->cells.n;
    cyt_guest mine[2] = {{.index = UINT64_MAX}, {.index = UINT64_MAX}};
    cyt_guest *cells = cyt_alloc(n, sizeof *cells, what, err);
    cyt_guest *ends = cyt_alloc(2 * slide->n_strips, sizeof *ends, what, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t i = 0; i < n; i++)
        cells[i] = cyt_guest_of(slide, i);
    qsort(cells, n, sizeof *cells, by_place);
    if (n > 0)
        code = link_own(cells, n, longest, links, mine, err);
    CYT_TRY(cyt_agree(comm, code, err));
    cyt_allgather(mine, sizeof mine, MPI_BYTE, ends, sizeof mine, MPI_BYTE, comm);
    if (n > 0)
        code = link_ends(slide, ends, longest, guests, links, err);
    CYT_TRY(cyt_agree(comm, code, err));
done:
    free(cells);
    free(ends);
    return code;
}
