// SPDX-License-Identifier: BSD-3-Clause
#include "graph_chain.h"
#include "graph_sketch.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/hilbert.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/predicates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char what[] = "a triangulation";

/* Depth of the first border in mean spacings of cells: deeper ones make more triangles,
 * shallower ones more questions. The result is the same. */
enum { BORDER_SPACINGS = 8 };

/* --- three cells that do not lie on one line -------------------------------------- */

enum { FIRST, LAST, ASIDE, N_SEEDS };

static int is_before(const cyt_guest *a, const cyt_guest *b)
{
    if (a->x != b->x)
        return a->x < b->x;
    return a->y != b->y ? a->y < b->y : a->index < b->index;
}

static int is_behind(const cyt_guest *a, const cyt_guest *b)
{
    if (a->x != b->x)
        return a->x > b->x;
    return a->y != b->y ? a->y > b->y : a->index < b->index;
}

/* One of all ranks' candidates; those with index UINT64_MAX are none. */
static cyt_guest choose(const cyt_guest *of, size_t n, size_t stride,
                        int (*better)(const cyt_guest *, const cyt_guest *))
{
    cyt_guest best = {.index = UINT64_MAX};
    for (size_t i = 0; i < n; i++) {
        const cyt_guest *g = of + i * stride;
        if (g->index != UINT64_MAX && (best.index == UINT64_MAX || better(g, &best)))
            best = *g;
    }
    return best;
}

static void find_ends(MPI_Comm comm, const cyt_slide *slide, cyt_guest *all,
                      cyt_guest seed[N_SEEDS])
{
    cyt_guest mine[2] = {{.index = UINT64_MAX}, {.index = UINT64_MAX}};
    for (size_t i = 0; i < slide->cells.n; i++) {
        const cyt_guest g = cyt_guest_of(slide, i);
        mine[FIRST] = i == 0 || is_before(&g, mine + FIRST) ? g : mine[FIRST];
        mine[LAST] = i == 0 || is_behind(&g, mine + LAST) ? g : mine[LAST];
    }
    cyt_allgather(mine, sizeof mine, MPI_BYTE, all, sizeof mine, MPI_BYTE, comm);
    seed[FIRST] = choose(all + FIRST, slide->n_strips, 2, is_before);
    seed[LAST] = choose(all + LAST, slide->n_strips, 2, is_behind);
}

/* The cell farthest from the line through the ends. */
static void find_aside(MPI_Comm comm, const cyt_slide *slide, cyt_guest *all,
                       cyt_guest seed[N_SEEDS])
{
    cyt_guest mine = {.index = UINT64_MAX};
    double farthest = 0;
    const double a[2] = {seed[FIRST].x, seed[FIRST].y},
                 b[2] = {seed[LAST].x, seed[LAST].y};
    for (size_t i = 0; seed[FIRST].index != UINT64_MAX && i < slide->cells.n; i++) {
        const cyt_guest g = cyt_guest_of(slide, i);
        const double p[2] = {g.x, g.y};
        const double far =
            fabs((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]));
        if (mine.index != UINT64_MAX &&
            (far < farthest || (far == farthest && g.index > mine.index)))
            continue;
        if (cyt_side_of_line(a, b, p) == 0)
            continue;
        mine = g;
        farthest = far;
    }
    cyt_allgather(&mine, sizeof mine, MPI_BYTE, all, sizeof mine, MPI_BYTE, comm);
    seed[ASIDE] = choose(all, slide->n_strips, 1, is_before);
}

/* seed[ASIDE].index is UINT64_MAX if all cells lie on one line. Collective. */
static cyt_code find_seeds(MPI_Comm comm, const cyt_slide *slide,
                           cyt_guest seed[N_SEEDS], cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_guest *all = cyt_alloc(2 * slide->n_strips, sizeof *all, what, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    find_ends(comm, slide, all, seed);
    find_aside(comm, slide, all, seed);
done:
    free(all);
    return code;
}

/* --- the sketch ------------------------------------------------------------------- */

/* All but the guests. */
static void free_drawing(cyt_sketch *s)
{
    free(s->spans);
    free(s->node);
    free(s->d.xy);
    free(s->d.triangle);
    free(s->d.same);
    free(s->d.link);
    free(s->d.hole);
    free(s->d.rim);
    free(s->vertex);
}

const double *cyt_sketch_xy(const cyt_sketch *s, uint32_t point)
{
    return s->d.xy + 2 * (size_t)point;
}

static cyt_code make_room(cyt_sketch *s, size_t n, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_delaunay *d = &s->d;
    size_t *room = s->room;
    if (n > CYT_DELAUNAY_MAX)
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL,
                        "%zu cells are too many for a strip; use more ranks", n);
    CYT_TRY(cyt_grow(&s->node, room, n, sizeof *s->node, what, err));
    CYT_TRY(cyt_grow(&d->xy, room + 1, 2 * n, sizeof *d->xy, what, err));
    CYT_TRY(cyt_grow(&d->triangle, room + 2, 2 * n, sizeof *d->triangle, what, err));
    CYT_TRY(cyt_grow(&d->same, room + 3, n, sizeof *d->same, what, err));
    CYT_TRY(cyt_grow(&d->link, room + 4, n, sizeof *d->link, what, err));
    CYT_TRY(cyt_grow(&d->hole, room + 5, 2 * n, sizeof *d->hole, what, err));
    CYT_TRY(cyt_grow(&d->rim, room + 6, 2 * n + 2, sizeof *d->rim, what, err));
done:
    return code;
}

static void put_point(cyt_sketch *s, uint32_t point, uint32_t node, double x, double y)
{
    s->node[point] = node;
    s->d.xy[2 * (size_t)point] = x;
    s->d.xy[2 * (size_t)point + 1] = y;
}

/* A guest becomes the last point, not yet inserted. */
static cyt_code append(cyt_sketch *s, const cyt_guest *guest, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(make_room(s, s->n_points + 1, err));
    CYT_TRY(cyt_guests_add(&s->guests, guest, err));
    put_point(s, (uint32_t)s->n_points++,
              (uint32_t)(s->slide->cells.n + s->guests.n - 1), guest->x, guest->y);
done:
    return code;
}

cyt_code cyt_sketch_add(cyt_sketch *s, const cyt_guest *guest, cyt_error *err)
{
    const cyt_code code = append(s, guest, err);
    if (code == CYT_OK)
        cyt_delaunay_insert(&s->d, (uint32_t)s->n_points - 1);
    return code;
}

/* Own and borrowed cells along a Hilbert curve become points 0, 1, … */
static cyt_code lay_out(cyt_sketch *s, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_cells *c = &s->slide->cells;
    const size_t n = c->n + s->guests.n;
    double *x = cyt_alloc(n, sizeof *x, what, err);
    double *y = cyt_alloc(n, sizeof *y, what, err);
    uint32_t *order = cyt_alloc(n, sizeof *order, what, err);
    uint32_t *scratch = cyt_alloc(cyt_hilbert_scratch(n), sizeof *scratch, what, err);
    CYT_TRY(err->code);
    CYT_TRY(make_room(s, n + N_SEEDS, err));
    for (size_t i = 0; i < n; i++) {
        const cyt_guest *g = i < c->n ? NULL : s->guests.of + (i - c->n);
        x[i] = g ? g->x : c->x[i];
        y[i] = g ? g->y : c->y[i];
    }
    cyt_hilbert_order(n, x, y, scratch, order);
    for (size_t k = 0; k < n; k++)
        put_point(s, (uint32_t)k, order[k], x[order[k]], y[order[k]]);
    s->n_points = n;
done:
    free(x);
    free(y);
    free(order);
    free(scratch);
    return code;
}

/* The point of a seed: an own cell's, or one appended for it. */
static cyt_code place_seed(cyt_sketch *s, const cyt_guest *seed, uint32_t *point,
                           cyt_error *err)
{
    if ((size_t)seed->owner == s->slide->strip) {
        for (uint32_t p = 0; p < s->n_points; p++)
            if (s->node[p] == seed->item)
                *point = p;
        return CYT_OK;
    }
    const cyt_code code = append(s, seed, err);
    *point = (uint32_t)s->n_points - 1;
    return code;
}

static cyt_code draw(cyt_sketch *s, const cyt_guest seed[N_SEEDS], cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint32_t *order = NULL, first[N_SEEDS] = {0};
    if (CYT_FAULT("graph.draw"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    if (s->slide->cells.n == 0)
        return CYT_OK;
    CYT_TRY(lay_out(s, err));
    const size_t n = s->n_points;
    for (int k = 0; k < N_SEEDS; k++)
        CYT_TRY(place_seed(s, seed + k, first + k, err));
    order = cyt_alloc(n, sizeof *order, what, err);
    CYT_TRY(err->code);
    cyt_delaunay_order(n, order);
    cyt_delaunay_begin(&s->d, first[FIRST], first[LAST], first[ASIDE]);
    for (size_t i = 0; i < n; i++)
        if (order[i] != first[FIRST] && order[i] != first[LAST] &&
            order[i] != first[ASIDE])
            cyt_delaunay_insert(&s->d, order[i]);
done:
    free(order);
    return code;
}

/* --- vertices and edges ----------------------------------------------------------- */

static uint64_t index_of(const cyt_sketch *s, uint32_t node)
{
    const size_t n = s->slide->cells.n;
    return node < n ? s->slide->cells.index[node] : s->guests.of[node - n].index;
}

/* Let the first of each place, in input order, stand for its vertex.
 *  first [n_points] [out] of the points that are vertices: node */
static void find_first(const cyt_sketch *s, uint32_t *first)
{
    memset(first, 0xff, s->n_points * sizeof *first);
    for (size_t p = 0; p < s->n_points; p++) {
        uint32_t *f = first + s->d.same[p];
        if (*f == UINT32_MAX || index_of(s, s->node[p]) < index_of(s, *f))
            *f = s->node[p];
    }
}

/* Which own cells are first in their place, in the order of the strip. */
static cyt_code list_vertices(cyt_sketch *s, cyt_error *err)
{
    const size_t n = s->slide->cells.n;
    uint32_t *first = cyt_alloc(s->n_points, sizeof *first, what, err);
    unsigned char *is_vertex = cyt_calloc(n, 1, what, err);
    s->vertex = cyt_alloc(n, sizeof *s->vertex, what, err);
    if (err->code == CYT_OK) {
        find_first(s, first);
        for (size_t p = 0; p < s->n_points; p++)
            if (first[p] < n)
                is_vertex[first[p]] = 1;
        for (size_t i = 0; i < n; i++)
            if (is_vertex[i])
                s->vertex[s->n_vertices++] = (uint32_t)i;
    }
    free(first);
    free(is_vertex);
    return err->code;
}

static double length_of(const cyt_sketch *s, uint32_t a, uint32_t b)
{
    const double *p = cyt_sketch_xy(s, a), *q = cyt_sketch_xy(s, b);
    const double dx = p[0] - q[0], dy = p[1] - q[1];
    return sqrt(dx * dx + dy * dy);
}

static cyt_code link_triangles(const cyt_sketch *s, const uint32_t *first,
                               double longest, cyt_links *links, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t i = 0; i < s->d.n_triangles; i++)
        for (int k = 0; k < 3; k++) {
            const uint32_t a = s->d.triangle[i].v[k],
                           b = s->d.triangle[i].v[(k + 1) % 3];
            if (a == CYT_GHOST || b == CYT_GHOST || first[a] >= s->slide->cells.n ||
                !(length_of(s, a, b) <= longest))
                continue;
            CYT_TRY(cyt_links_add(links, first[a], first[b], err));
        }
done:
    return code;
}

static cyt_code link_twins(const cyt_sketch *s, const uint32_t *first, cyt_links *links,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t p = 0; p < s->n_points; p++) {
        const uint32_t me = s->node[p], other = first[s->d.same[p]];
        if (me >= s->slide->cells.n || other == me)
            continue;
        CYT_TRY(cyt_links_add(links, me, other, err));
        CYT_TRY(cyt_links_add(links, other, me, err));
    }
done:
    return code;
}

static cyt_code link(const cyt_sketch *s, double longest, cyt_links *links,
                     cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint32_t *first = cyt_alloc(s->n_points, sizeof *first, what, err);
    CYT_TRY(err->code);
    find_first(s, first);
    CYT_TRY(link_triangles(s, first, longest, links, err));
    CYT_TRY(link_twins(s, first, links, err));
done:
    free(first);
    return code;
}

/* --- the graph -------------------------------------------------------------------- */

static void find_box(MPI_Comm comm, cyt_sketch *s)
{
    const cyt_cells *c = &s->slide->cells;
    double low[4] = {HUGE_VAL, HUGE_VAL, HUGE_VAL, HUGE_VAL};
    for (size_t i = 0; i < c->n; i++) {
        low[0] = fmin(low[0], c->x[i]);
        low[1] = fmin(low[1], -c->x[i]);
        low[2] = fmin(low[2], c->y[i]);
        low[3] = fmin(low[3], -c->y[i]);
    }
    cyt_allreduce(MPI_IN_PLACE, low, 4, MPI_DOUBLE, MPI_MIN, comm);
    s->box = (cyt_box){low[0], -low[1], low[2], -low[3]};
}

/* Borrow a border; collective. */
static cyt_code look_around(MPI_Comm comm, cyt_sketch *s, cyt_error *err)
{
    cyt_code code = CYT_OK;
    s->spans = cyt_alloc(2 * s->slide->n_strips, sizeof *s->spans, what, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    cyt_strip_spans(comm, s->slide, s->spans);
    find_box(comm, s);
    const double area = (s->box.x_max - s->box.x_min) * (s->box.y_max - s->box.y_min);
    const double depth = BORDER_SPACINGS * sqrt(area / (double)s->slide->n_cells);
    s->low = s->spans[2 * s->slide->strip] - depth;
    s->high = s->spans[2 * s->slide->strip + 1] + depth;
    if (s->slide->n_strips > 1)
        CYT_TRY(cyt_guests_between(comm, s->slide, s->low, s->high, &s->guests, err));
done:
    return code;
}

static cyt_code triangulate(MPI_Comm comm, cyt_sketch *s, const cyt_guest *seed,
                            double longest, cyt_links *links, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(look_around(comm, s, err));
    CYT_TRY(cyt_agree(comm, draw(s, seed, err), err));
    CYT_TRY(cyt_agree(comm, list_vertices(s, err), err));
    if (s->slide->n_strips > 1)
        CYT_TRY(cyt_sketch_settle(comm, s, err));
    CYT_TRY(cyt_agree(comm, link(s, longest, links, err), err));
done:
    free_drawing(s); /* the lists want its room */
    return code;
}

cyt_code cyt_graph_delaunay(MPI_Comm comm, const cyt_slide *slide, double longest,
                            cyt_graph *graph, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_sketch s = {.slide = slide};
    cyt_links links = {0};
    cyt_guest seed[N_SEEDS];
    *graph = (cyt_graph){0};
    CYT_TRY(find_seeds(comm, slide, seed, err));
    if (seed[ASIDE].index == UINT64_MAX)
        CYT_TRY(cyt_chain_links(comm, slide, longest, &s.guests, &links, err));
    else
        CYT_TRY(triangulate(comm, &s, seed, longest, &links, err));
    CYT_TRY(cyt_graph_assemble(comm, slide, CYT_OK, &links, &s.guests, 1, graph, err));
done:
    free(s.guests.of);
    free(links.of);
    return code;
}
