// SPDX-License-Identifier: BSD-3-Clause
#include "graph_parts.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char what[] = "a graph of cells";

void cyt_graph_free(cyt_graph *g)
{
    free(g->start);
    free(g->node);
    free(g->distance);
    free(g->guest_index);
    free(g->guest_type);
    free(g->called);
    cyt_route_free(&g->calls);
    *g = (cyt_graph){0};
}

/* --- cells that travel ------------------------------------------------------------ */

cyt_guest cyt_guest_of(const cyt_slide *slide, size_t cell)
{
    const cyt_cells *c = &slide->cells;
    return (cyt_guest){
        c->x[cell],   c->y[cell], c->index[cell], (uint32_t)cell, (int32_t)slide->strip,
        c->type[cell]};
}

cyt_code cyt_guests_add(cyt_guests *g, const cyt_guest *guest, cyt_error *err)
{
    const cyt_code code = cyt_grow(&g->of, &g->capacity, g->n + 1, sizeof *g->of,
                                   "cells of other strips", err);
    if (code == CYT_OK)
        g->of[g->n++] = *guest;
    return code;
}

cyt_code cyt_links_add(cyt_links *l, size_t cell, size_t node, cyt_error *err)
{
    const cyt_code code =
        cyt_grow(&l->of, &l->capacity, l->n + 1, sizeof *l->of, what, err);
    if (code == CYT_OK)
        l->of[l->n++] = (struct cyt_link){(uint32_t)cell, (uint32_t)node};
    return code;
}

cyt_code cyt_post(MPI_Comm comm, size_t n, const int *dest, size_t item_bytes,
                  const void *out, void **in, size_t *n_in, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_route route = {0};
    *in = NULL;
    CYT_TRY(cyt_route_init(comm, n, NULL, dest, &route, err));
    *n_in = route.n_recv;
    *in = cyt_alloc(route.n_recv, item_bytes, what, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_route_forward(comm, &route, item_bytes, out, *in, err));
done:
    cyt_route_free(&route);
    return code;
}

/* First own cell of that raster row or a later one. */
static size_t first_of_row(const cyt_slide *slide, size_t row)
{
    size_t low = 0, high = slide->cells.n;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const double y_um = slide->cells.y[mid] * slide->um_per_unit;
        if (cyt_grid_row(&slide->grid, y_um) < row)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

typedef struct parcels {
    cyt_guests guests;
    int *dest;
    size_t capacity;
} parcels;

static cyt_code pack(const cyt_slide *slide, const double *ranges, parcels *p,
                     cyt_error *err)
{
    cyt_code code = CYT_OK;
    const double scale = slide->um_per_unit;
    if (CYT_FAULT("graph.borrow"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    for (size_t r = 0; r < slide->n_strips; r++) {
        const double low = ranges[2 * r], high = ranges[2 * r + 1];
        if (r == slide->strip || !(low <= high))
            continue;
        const size_t end =
            first_of_row(slide, cyt_grid_row(&slide->grid, high * scale) + 1);
        size_t i = first_of_row(slide, cyt_grid_row(&slide->grid, low * scale));
        for (; i < end; i++) {
            if (slide->cells.y[i] < low || slide->cells.y[i] > high)
                continue;
            const cyt_guest guest = cyt_guest_of(slide, i);
            CYT_TRY(cyt_grow(&p->dest, &p->capacity, p->guests.n + 1, sizeof *p->dest,
                             what, err));
            p->dest[p->guests.n] = (int)r;
            CYT_TRY(cyt_guests_add(&p->guests, &guest, err));
        }
    }
done:
    return code;
}

cyt_code cyt_guests_between(MPI_Comm comm, const cyt_slide *slide, double low,
                            double high, cyt_guests *guests, cyt_error *err)
{
    cyt_code code = CYT_OK;
    parcels p = {{0}, NULL, 0};
    void *in = NULL;
    size_t n_in = 0;
    const double mine[2] = {low, high};
    double *ranges = cyt_alloc(2 * slide->n_strips, sizeof *ranges, what, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    cyt_allgather(mine, 2, MPI_DOUBLE, ranges, 2, MPI_DOUBLE, comm);
    CYT_TRY(cyt_agree(comm, pack(slide, ranges, &p, err), err));
    CYT_TRY(cyt_post(comm, p.guests.n, p.dest, sizeof *p.guests.of, p.guests.of, &in,
                     &n_in, err));
    *guests = (cyt_guests){n_in, n_in, in};
    in = NULL;
done:
    free(p.guests.of);
    free(p.dest);
    free(ranges);
    free(in);
    return code;
}

void cyt_strip_spans(MPI_Comm comm, const cyt_slide *slide, double *spans)
{
    double mine[2] = {HUGE_VAL, -HUGE_VAL};
    for (size_t i = 0; i < slide->cells.n; i++) {
        mine[0] = fmin(mine[0], slide->cells.y[i]);
        mine[1] = fmax(mine[1], slide->cells.y[i]);
    }
    cyt_allgather(mine, 2, MPI_DOUBLE, spans, 2, MPI_DOUBLE, comm);
}

/* --- from pairs to lists ---------------------------------------------------------- */

typedef struct neighbour {
    uint64_t index;
    uint32_t node;
} neighbour;

static int by_index(const void *a, const void *b)
{
    const uint64_t i = ((const neighbour *)a)->index, j = ((const neighbour *)b)->index;
    return (i > j) - (i < j);
}

/* Number the guests that are somebody's neighbours by input order, each once.
 *  number [guests.n] of each; *used [out] which they are */
static cyt_code number_guests(const cyt_slide *slide, const cyt_links *links,
                              const cyt_guests *guests, cyt_graph *g, uint32_t *number,
                              neighbour **used, cyt_error *err)
{
    const size_t n = slide->cells.n;
    size_t n_used = 0;
    *used = cyt_alloc(guests->n, sizeof **used, what, err);
    if (err->code != CYT_OK)
        return err->code;
    memset(number, 0, guests->n * sizeof *number);
    for (size_t k = 0; k < links->n; k++)
        if (links->of[k].node >= n)
            number[links->of[k].node - n] = 1;
    for (size_t k = 0; k < guests->n; k++)
        if (number[k])
            (*used)[n_used++] = (neighbour){guests->of[k].index, (uint32_t)k};
    qsort(*used, n_used, sizeof **used, by_index);
    for (size_t k = 0; k < n_used; k++) {
        const neighbour u = (*used)[k];
        if (g->n_guests == 0 || (*used)[g->n_guests - 1].index != u.index)
            (*used)[g->n_guests++] = u;
        number[u.node] = (uint32_t)(n + g->n_guests - 1);
    }
    return CYT_OK;
}

static void sort_list(size_t n, neighbour *list)
{
    if (n > 64) {
        qsort(list, n, sizeof *list, by_index);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        const neighbour moved = list[i];
        size_t j = i;
        for (; j > 0 && list[j - 1].index > moved.index; j--)
            list[j] = list[j - 1];
        list[j] = moved;
    }
}

/* Lists of the pairs, one after the other, each sorted; several equal ones are one. */
static cyt_code fill_lists(const cyt_slide *slide, const cyt_links *links,
                           const uint32_t *number, const neighbour *used, cyt_graph *g,
                           cyt_error *err)
{
    const size_t n = g->n;
    neighbour *all = cyt_alloc(links->n, sizeof *all, what, err);
    g->start = cyt_calloc(n + 2, sizeof *g->start, what, err);
    g->node = cyt_alloc(links->n, sizeof *g->node, what, err);
    if (err->code == CYT_OK) {
        size_t *place = g->start + 1;
        for (size_t k = 0; k < links->n; k++)
            place[links->of[k].cell + 1]++;
        for (size_t i = 1; i <= n; i++)
            place[i] += place[i - 1];
        for (size_t k = 0; k < links->n; k++) {
            const struct cyt_link l = links->of[k];
            const uint32_t node = l.node < n ? l.node : number[l.node - n];
            all[place[l.cell]++] = (neighbour){
                node < n ? slide->cells.index[node] : used[node - n].index, node};
        }
        size_t kept = 0, first = 0;
        for (size_t i = 0; i < n; i++) {
            const size_t end = g->start[i + 1];
            sort_list(end - first, all + first);
            g->start[i] = kept;
            for (size_t k = first; k < end; k++)
                if (k == first || all[k].index != all[k - 1].index)
                    g->node[kept++] = all[k].node;
            first = end;
        }
        g->start[n] = kept;
    }
    free(all);
    return err->code;
}

static cyt_code measure(const cyt_slide *slide, const cyt_guests *guests,
                        const neighbour *used, cyt_graph *g, cyt_error *err)
{
    const cyt_cells *c = &slide->cells;
    g->distance = cyt_alloc(g->start[g->n], sizeof *g->distance, what, err);
    g->guest_index = cyt_alloc(g->n_guests, sizeof *g->guest_index, what, err);
    g->guest_type = cyt_alloc(g->n_guests, sizeof *g->guest_type, what, err);
    if (err->code != CYT_OK)
        return err->code;
    for (size_t k = 0; k < g->n_guests; k++) {
        g->guest_index[k] = used[k].index;
        g->guest_type[k] = (uint16_t)guests->of[used[k].node].type;
    }
    for (size_t i = 0; i < g->n; i++)
        for (size_t k = g->start[i]; k < g->start[i + 1]; k++) {
            const size_t j = g->node[k];
            const cyt_guest *o = j < g->n ? NULL : guests->of + used[j - g->n].node;
            const double dx = (o ? o->x : c->x[j]) - c->x[i];
            const double dy = (o ? o->y : c->y[j]) - c->y[i];
            g->distance[k] = sqrt(dx * dx + dy * dy);
        }
    return CYT_OK;
}

/* Each guest is called at its owner, who notes which cell that is. */
static cyt_code call(MPI_Comm comm, const cyt_guests *guests, const neighbour *used,
                     cyt_graph *g, cyt_error *err)
{
    cyt_code code = CYT_OK;
    int *owner = cyt_alloc(g->n_guests, sizeof *owner, what, err);
    size_t *item = cyt_alloc(g->n_guests, sizeof *item, what, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t k = 0; k < g->n_guests; k++) {
        owner[k] = guests->of[used[k].node].owner;
        item[k] = guests->of[used[k].node].item;
    }
    CYT_TRY(cyt_route_init(comm, g->n_guests, NULL, owner, &g->calls, err));
    g->called = cyt_alloc(g->calls.n_recv, sizeof *g->called, what, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_route_forward(comm, &g->calls, sizeof *item, item, g->called, err));
done:
    free(owner);
    free(item);
    return code;
}

static cyt_code make_lists(const cyt_slide *slide, const cyt_links *links,
                           const cyt_guests *guests, cyt_graph *g, neighbour **used,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (CYT_FAULT("graph.lists"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    uint32_t *number = cyt_alloc(guests->n, sizeof *number, what, err);
    CYT_TRY(err->code);
    CYT_TRY(number_guests(slide, links, guests, g, number, used, err));
    CYT_TRY(fill_lists(slide, links, number, *used, g, err));
    CYT_TRY(measure(slide, guests, *used, g, err));
done:
    free(number);
    return code;
}

cyt_code cyt_graph_assemble(MPI_Comm comm, const cyt_slide *slide, cyt_code so_far,
                            const cyt_links *links, const cyt_guests *guests,
                            int symmetric, cyt_graph *g, cyt_error *err)
{
    cyt_code code = so_far;
    neighbour *used = NULL;
    *g = (cyt_graph){.n = slide->cells.n, .symmetric = symmetric};
    if (code == CYT_OK)
        code = make_lists(slide, links, guests, g, &used, err);
    CYT_TRY(cyt_agree(comm, code, err));
    g->n_mutual = symmetric ? g->start[g->n] : 0;
    CYT_TRY(call(comm, guests, used, g, err));
done:
    free(used);
    if (code != CYT_OK)
        cyt_graph_free(g);
    return code;
}

cyt_code cyt_graph_fetch(MPI_Comm comm, const cyt_graph *g, size_t item_bytes,
                         const void *own, void *guests, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *answer = cyt_alloc(g->calls.n_recv, item_bytes, "a column of guests", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t k = 0; k < g->calls.n_recv; k++)
        memcpy(answer + k * item_bytes, (const char *)own + g->called[k] * item_bytes,
               item_bytes);
    CYT_TRY(cyt_route_back(comm, &g->calls, item_bytes, answer, guests, err));
done:
    free(answer);
    return code;
}
