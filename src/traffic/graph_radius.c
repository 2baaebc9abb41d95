// SPDX-License-Identifier: BSD-3-Clause
#include "graph_parts.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/neighbours.h"

#include <math.h>
#include <stdlib.h>

static const char what[] = "the search for neighbours";

/* Own cells, then guests. */
typedef struct crowd {
    size_t n;
    double *x, *y;
    uint64_t *index;
    uint32_t *room;
    cyt_bins bins;
} crowd;

static void free_crowd(crowd *c)
{
    free(c->x);
    free(c->y);
    free(c->index);
    free(c->room);
}

static cyt_code gather(const cyt_slide *slide, const cyt_guests *guests, crowd *c,
                       cyt_error *err)
{
    const size_t own = slide->cells.n;
    c->n = own + guests->n;
    if (CYT_FAULT("graph.search"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    if (c->n > (size_t)1 << 30)
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL,
                        "%zu cells are too many for a strip; use more ranks", c->n);
    c->x = cyt_alloc(c->n, sizeof *c->x, what, err);
    c->y = cyt_alloc(c->n, sizeof *c->y, what, err);
    c->index = cyt_alloc(c->n, sizeof *c->index, what, err);
    c->room = cyt_alloc(cyt_bins_size(c->n), sizeof *c->room, what, err);
    if (err->code != CYT_OK)
        return err->code;
    for (size_t i = 0; i < c->n; i++) {
        const cyt_guest g = i < own ? cyt_guest_of(slide, i) : guests->of[i - own];
        c->x[i] = g.x;
        c->y[i] = g.y;
        c->index[i] = g.index;
    }
    cyt_bins_fill(c->n, c->x, c->y, c->index, c->room, &c->bins);
    return CYT_OK;
}

static cyt_code search(const cyt_slide *slide, const cyt_guests *guests, double radius,
                       cyt_links *links, cyt_error *err)
{
    cyt_code code = CYT_OK;
    crowd c = {0};
    uint32_t *found = NULL;
    size_t capacity = 0;
    CYT_TRY(gather(slide, guests, &c, err));
    for (size_t i = 0; i < slide->cells.n; i++) {
        const size_t n =
            cyt_bins_within(&c.bins, c.x[i], c.y[i], radius, (uint32_t)i, NULL);
        CYT_TRY(cyt_grow(&found, &capacity, n, sizeof *found, what, err));
        cyt_bins_within(&c.bins, c.x[i], c.y[i], radius, (uint32_t)i, found);
        for (size_t k = 0; k < n; k++)
            CYT_TRY(cyt_links_add(links, i, found[k], err));
    }
done:
    free_crowd(&c);
    free(found);
    return code;
}

cyt_code cyt_graph_radius(MPI_Comm comm, const cyt_slide *slide, double radius,
                          cyt_graph *graph, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_guests guests = {0};
    cyt_links links = {0};
    *graph = (cyt_graph){0};
    double *spans = cyt_alloc(2 * slide->n_strips, sizeof *spans, what, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    cyt_strip_spans(comm, slide, spans);
    const double *mine = spans + 2 * slide->strip;
    /* A little farther than the radius, lest rounding of d² admits one beyond it. */
    const double most = fmax(fabs(mine[0]), fabs(mine[1]));
    const double reach = radius * (1 + 0x1p-20) + (isinf(most) ? 0 : most * 0x1p-48);
    if (slide->n_strips > 1)
        CYT_TRY(cyt_guests_between(comm, slide, mine[0] - reach, mine[1] + reach,
                                   &guests, err));
    code = search(slide, &guests, radius, &links, err);
    CYT_TRY(cyt_graph_assemble(comm, slide, code, &links, &guests, 1, graph, err));
done:
    free(spans);
    free(links.of);
    free(guests.of);
    return code;
}
