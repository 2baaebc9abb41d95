// SPDX-License-Identifier: BSD-3-Clause
/* The k nearest: each strip searches among its own cells; a cell whose k-th neighbour
 * is farther away than another strip's rows asks that strip for its k nearest within
 * that distance. One question and one answer settle it: the k nearest of the union are
 * among the k nearest of each part. */
#include "graph_parts.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/neighbours.h"

#include <math.h>
#include <stdlib.h>

static const char what[] = "the search for nearest cells";

typedef struct question {
    double x, y, most_d2;
    uint64_t asker; /* rank */
    uint64_t item;  /* the asker's cell */
} question;

typedef struct answer {
    cyt_guest guest;
    double d2;
    uint64_t item;
} answer;

typedef struct questions {
    size_t n, capacity, dest_capacity;
    question *of;
    int *dest;
} questions;

typedef struct answers {
    size_t n, capacity, dest_capacity;
    answer *of;
    int *dest;
} answers;

typedef struct knn {
    size_t k;
    uint32_t *room;
    cyt_bins bins;  /* of own cells */
    cyt_near *near; /* [n * k] */
    uint32_t *n_near;
} knn;

static cyt_code search_own(const cyt_slide *slide, knn *s, cyt_error *err)
{
    const cyt_cells *c = &slide->cells;
    if (CYT_FAULT("graph.search"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    if (c->n > (size_t)1 << 30)
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL,
                        "%zu cells are too many for a strip; use more ranks", c->n);
    s->room = cyt_alloc(cyt_bins_size(c->n), sizeof *s->room, what, err);
    s->near = cyt_alloc(c->n, s->k * sizeof *s->near, what, err);
    s->n_near = cyt_alloc(c->n, sizeof *s->n_near, what, err);
    if (err->code != CYT_OK)
        return err->code;
    cyt_bins_fill(c->n, c->x, c->y, c->index, s->room, &s->bins);
    for (size_t i = 0; i < c->n; i++)
        s->n_near[i] =
            (uint32_t)cyt_bins_nearest(&s->bins, c->x[i], c->y[i], (uint32_t)i, s->k,
                                       HUGE_VAL, s->near + i * s->k);
    return CYT_OK;
}

static double most_d2_of(const knn *s, size_t i)
{
    return s->n_near[i] < s->k ? HUGE_VAL : s->near[i * s->k + s->k - 1].d2;
}

/* Smallest d² to a cell of a strip that reaches from low to high; rounding is monotone.
 */
static double least_d2(double y, double low, double high)
{
    const double dy = y < low ? low - y : y > high ? y - high : 0;
    return low <= high ? dy * dy : NAN;
}

static cyt_code ask(const cyt_slide *slide, const knn *s, const double *spans,
                    questions *q, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_cells *c = &slide->cells;
    for (size_t i = 0; i < c->n; i++)
        for (size_t r = 0; r < slide->n_strips; r++) {
            const double least = least_d2(c->y[i], spans[2 * r], spans[2 * r + 1]);
            if (r == slide->strip || !(least <= most_d2_of(s, i)))
                continue;
            CYT_TRY(cyt_grow(&q->of, &q->capacity, q->n + 1, sizeof *q->of, what, err));
            CYT_TRY(cyt_grow(&q->dest, &q->dest_capacity, q->n + 1, sizeof *q->dest,
                             what, err));
            q->of[q->n] =
                (question){c->x[i], c->y[i], most_d2_of(s, i), slide->strip, i};
            q->dest[q->n++] = (int)r;
        }
done:
    return code;
}

static cyt_code reply(const cyt_slide *slide, const knn *s, const question *asked,
                      size_t n, answers *a, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_near *list = cyt_alloc(s->k, sizeof *list, what, err);
    CYT_TRY(err->code);
    for (size_t i = 0; i < n; i++) {
        const question *q = asked + i;
        const size_t found =
            cyt_bins_nearest(&s->bins, q->x, q->y, UINT32_MAX, s->k, q->most_d2, list);
        for (size_t m = 0; m < found; m++) {
            CYT_TRY(cyt_grow(&a->of, &a->capacity, a->n + 1, sizeof *a->of, what, err));
            CYT_TRY(cyt_grow(&a->dest, &a->dest_capacity, a->n + 1, sizeof *a->dest,
                             what, err));
            a->of[a->n] =
                (answer){cyt_guest_of(slide, list[m].point), list[m].d2, q->item};
            a->dest[a->n++] = (int)q->asker;
        }
    }
done:
    free(list);
    return code;
}

static cyt_code take(const cyt_slide *slide, knn *s, const answer *told, size_t n,
                     cyt_guests *guests, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t i = 0; i < n; i++) {
        const size_t cell = (size_t)told[i].item;
        const cyt_near near = {told[i].d2, told[i].guest.index,
                               (uint32_t)(slide->cells.n + guests->n)};
        CYT_TRY(cyt_guests_add(guests, &told[i].guest, err));
        s->n_near[cell] = (uint32_t)cyt_near_insert(s->near + cell * s->k,
                                                    s->n_near[cell], s->k, near);
    }
done:
    return code;
}

/* What own cells do not find among themselves. Collective. */
static cyt_code search_others(MPI_Comm comm, const cyt_slide *slide, knn *s,
                              cyt_guests *guests, cyt_error *err)
{
    cyt_code code = CYT_OK;
    questions q = {0};
    answers a = {0};
    void *asked = NULL, *told = NULL;
    size_t n_asked, n_told;
    double *spans = cyt_alloc(2 * slide->n_strips, sizeof *spans, what, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    cyt_strip_spans(comm, slide, spans);
    CYT_TRY(cyt_agree(comm, ask(slide, s, spans, &q, err), err));
    CYT_TRY(cyt_post(comm, q.n, q.dest, sizeof *q.of, q.of, &asked, &n_asked, err));
    CYT_TRY(cyt_agree(comm, reply(slide, s, asked, n_asked, &a, err), err));
    CYT_TRY(cyt_post(comm, a.n, a.dest, sizeof *a.of, a.of, &told, &n_told, err));
    CYT_TRY(cyt_agree(comm, take(slide, s, told, n_told, guests, err), err));
done:
    free(spans);
    free(q.of);
    free(q.dest);
    free(a.of);
    free(a.dest);
    free(asked);
    free(told);
    return code;
}

static cyt_code link_nearest(const cyt_slide *slide, const knn *s, int both_ways,
                             cyt_links *links, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = slide->cells.n;
    for (size_t i = 0; i < n; i++)
        for (size_t m = 0; m < s->n_near[i]; m++) {
            const size_t j = s->near[i * s->k + m].point;
            CYT_TRY(cyt_links_add(links, i, j, err));
            if (both_ways && j < n)
                CYT_TRY(cyt_links_add(links, j, i, err));
        }
done:
    return code;
}

/* A neighbour elsewhere learns that it is one: d² is of no use there. */
static cyt_code tell_back(const cyt_slide *slide, const knn *s,
                          const cyt_guests *guests, answers *a, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = slide->cells.n;
    for (size_t i = 0; i < n; i++)
        for (size_t m = 0; m < s->n_near[i]; m++) {
            const cyt_near *near = s->near + i * s->k + m;
            if (near->point < n)
                continue;
            const cyt_guest *g = guests->of + (near->point - n);
            CYT_TRY(cyt_grow(&a->of, &a->capacity, a->n + 1, sizeof *a->of, what, err));
            CYT_TRY(cyt_grow(&a->dest, &a->dest_capacity, a->n + 1, sizeof *a->dest,
                             what, err));
            a->of[a->n] = (answer){cyt_guest_of(slide, i), near->d2, g->item};
            a->dest[a->n++] = g->owner;
        }
done:
    return code;
}

static cyt_code link_told(const cyt_slide *slide, const answer *told, size_t n,
                          cyt_guests *guests, cyt_links *links, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t i = 0; i < n; i++) {
        CYT_TRY(cyt_links_add(links, (size_t)told[i].item, slide->cells.n + guests->n,
                              err));
        CYT_TRY(cyt_guests_add(guests, &told[i].guest, err));
    }
done:
    return code;
}

static cyt_code link_both_ways(MPI_Comm comm, const cyt_slide *slide, const knn *s,
                               cyt_guests *guests, cyt_links *links, cyt_error *err)
{
    cyt_code code = CYT_OK;
    answers a = {0};
    void *told = NULL;
    size_t n_told;
    CYT_TRY(cyt_agree(comm, tell_back(slide, s, guests, &a, err), err));
    CYT_TRY(cyt_post(comm, a.n, a.dest, sizeof *a.of, a.of, &told, &n_told, err));
    CYT_TRY(cyt_agree(comm, link_told(slide, told, n_told, guests, links, err), err));
done:
    free(a.of);
    free(a.dest);
    free(told);
    return code;
}

/* --- who is the neighbour of whose neighbour? ------------------------------------- */

static uint64_t index_in(const cyt_slide *slide, const cyt_graph *g, size_t k)
{
    const uint32_t node = g->node[k];
    return node < g->n ? slide->cells.index[node] : g->guest_index[node - g->n];
}

/* Is the cell of that input order in the list of an own cell? */
static int has(const cyt_slide *slide, const cyt_graph *g, size_t cell, uint64_t index)
{
    size_t low = g->start[cell], high = g->start[cell + 1];
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        const uint64_t found = index_in(slide, g, mid);
        if (found == index)
            return 1;
        *(found < index ? &low : &high) = found < index ? mid + 1 : mid;
    }
    return 0;
}

typedef struct claim {
    uint64_t item, index; /* the owner's cell, and that in whose list it is */
} claim;

/* Each strip counts for its own cells who of those that list them they list, too: over
 * the slide, the pairs are the same. Collective. */
static cyt_code count_mutual(MPI_Comm comm, const cyt_slide *slide,
                             const cyt_guests *guests, const knn *s, cyt_graph *g,
                             cyt_error *err)
{
    cyt_code code = CYT_OK;
    void *told = NULL;
    size_t n = 0, n_told;
    claim *claims = cyt_alloc(g->start[g->n], sizeof *claims, what, err);
    int *dest = cyt_alloc(g->start[g->n], sizeof *dest, what, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t i = 0; i < g->n; i++)
        for (size_t m = 0; m < s->n_near[i]; m++) {
            const uint32_t node = s->near[i * s->k + m].point;
            if (node < g->n) {
                g->n_mutual += (size_t)has(slide, g, node, slide->cells.index[i]);
                continue;
            }
            claims[n] = (claim){guests->of[node - g->n].item, slide->cells.index[i]};
            dest[n++] = guests->of[node - g->n].owner;
        }
    CYT_TRY(cyt_post(comm, n, dest, sizeof *claims, claims, &told, &n_told, err));
    const claim *claimed = told;
    for (size_t k = 0; k < n_told; k++)
        g->n_mutual += (size_t)has(slide, g, (size_t)claimed[k].item, claimed[k].index);
done:
    free(claims);
    free(dest);
    free(told);
    return code;
}

cyt_code cyt_graph_knn(MPI_Comm comm, const cyt_slide *slide, size_t k, int symmetrise,
                       cyt_graph *graph, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_guests guests = {0};
    cyt_links links = {0};
    const uint64_t others = slide->n_cells > 0 ? slide->n_cells - 1 : 0;
    knn s = {.k = k < others ? k : others > 0 ? (size_t)others : 1};
    *graph = (cyt_graph){0};
    CYT_TRY(cyt_agree(comm, search_own(slide, &s, err), err));
    if (slide->n_strips > 1)
        CYT_TRY(search_others(comm, slide, &s, &guests, err));
    code = link_nearest(slide, &s, symmetrise, &links, err);
    CYT_TRY(cyt_agree(comm, code, err));
    if (symmetrise && slide->n_strips > 1)
        CYT_TRY(link_both_ways(comm, slide, &s, &guests, &links, err));
    CYT_TRY(cyt_graph_assemble(comm, slide, CYT_OK, &links, &guests, symmetrise != 0,
                               graph, err));
    if (!symmetrise)
        code = count_mutual(comm, slide, &guests, &s, graph, err);
    if (code != CYT_OK)
        cyt_graph_free(graph);
done:
    free(s.room);
    free(s.near);
    free(s.n_near);
    free(links.of);
    free(guests.of);
    return code;
}
