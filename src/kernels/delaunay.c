// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/delaunay.h"

#include "cytotaxis/predicates.h"

static const double *at(const cyt_delaunay *d, uint32_t point)
{
    return d->xy + 2 * (size_t)point;
}

static int is_between(const double a[2], const double b[2], const double p[2])
{
    const int k = a[0] == b[0]; /* along x, or along y if the edge is vertical */
    return (a[k] < p[k] && p[k] < b[k]) || (b[k] < p[k] && p[k] < a[k]);
}

int cyt_delaunay_conflict_of(const double a[2], const double b[2], const double *c,
                             const double p[2])
{
    if (c)
        return cyt_in_circle(a, b, c, p) > 0;
    const int side = cyt_side_of_line(a, b, p);
    return side > 0 || (side == 0 && is_between(a, b, p));
}

int cyt_delaunay_conflict(const cyt_delaunay *d, uint32_t t, const double p[2])
{
    const uint32_t *v = d->triangle[t].v;
    return cyt_delaunay_conflict_of(at(d, v[0]), at(d, v[1]),
                                    v[2] == CYT_GHOST ? NULL : at(d, v[2]), p);
}

void cyt_delaunay_begin(cyt_delaunay *d, uint32_t a, uint32_t b, uint32_t c)
{
    if (cyt_side_of_line(at(d, a), at(d, b), at(d, c)) < 0) {
        const uint32_t other = b;
        b = c;
        c = other;
    }
    const uint32_t none = CYT_GHOST;
    d->triangle[0] = (cyt_triangle){{a, b, c}, {2, 3, 1}, none, 0};
    d->triangle[1] = (cyt_triangle){{b, a, none}, {3, 2, 0}, none, 0};
    d->triangle[2] = (cyt_triangle){{c, b, none}, {1, 3, 0}, none, 0};
    d->triangle[3] = (cyt_triangle){{a, c, none}, {2, 1, 0}, none, 0};
    d->n_triangles = 4;
    d->last = 0;
    d->same[a] = a;
    d->same[b] = b;
    d->same[c] = c;
}

/* --- where is it? ----------------------------------------------------------------- */

/* The edge of a triangle behind which p lies, 3 if none; not the edge it came over. */
static int edge_before(const cyt_delaunay *d, const cyt_triangle *t, uint32_t came_from,
                       const double *p)
{
    static const int next[5] = {0, 1, 2, 0, 1};
    for (int k = 0; k < 3; k++)
        if (t->n[k] != came_from &&
            cyt_side_of_line(at(d, t->v[next[k + 1]]), at(d, t->v[next[k + 2]]), p) < 0)
            return k;
    return 3;
}

/* A triangle whose circle holds p, or one with a vertex in the same place. Walks end,
 * because each step leads to a triangle that is nearer in the lifted order. */
static uint32_t find(const cyt_delaunay *d, const double *p)
{
    uint32_t t = d->last, came_from = CYT_GHOST;
    if (d->triangle[t].v[2] == CYT_GHOST)
        t = d->triangle[t].n[2];
    for (;;) {
        const cyt_triangle *here = d->triangle + t;
        if (here->v[2] == CYT_GHOST)
            return t;
        const int k = edge_before(d, here, came_from, p);
        if (k == 3)
            return t;
        came_from = t;
        t = here->n[k];
    }
}

/* The vertex of a triangle in the place of p; CYT_GHOST if there is none. */
static uint32_t twin_of(const cyt_delaunay *d, const cyt_triangle *t, const double *p)
{
    for (int k = 0; k < 3; k++)
        if (t->v[k] != CYT_GHOST) {
            const double *q = at(d, t->v[k]);
            if (q[0] == p[0] && q[1] == p[1])
                return t->v[k];
        }
    return CYT_GHOST;
}

/* --- the hole and the star -------------------------------------------------------- */

typedef struct hole_size {
    size_t triangles, edges;
} hole_size;

static hole_size dig(cyt_delaunay *d, uint32_t first, uint32_t point)
{
    const double *p = at(d, point);
    hole_size n = {1, 0};
    d->hole[0] = first;
    d->triangle[first].mark = point;
    for (size_t i = 0; i < n.triangles; i++) {
        const cyt_triangle *t = d->triangle + d->hole[i];
        for (int k = 0; k < 3; k++) {
            const uint32_t o = t->n[k];
            if (d->triangle[o].mark == point)
                continue;
            if (cyt_delaunay_conflict(d, o, p)) {
                d->triangle[o].mark = point;
                d->hole[n.triangles++] = o;
            } else {
                d->rim[n.edges++] =
                    (cyt_rim_edge){t->v[(k + 1) % 3], t->v[(k + 2) % 3], o};
            }
        }
    }
    return n;
}

/* Triangle (point, from, to), turned so that a ghost comes last; its neighbour across
 * from the point is known already. */
static cyt_triangle spoke_of(uint32_t point, const cyt_rim_edge *e)
{
    const uint32_t none = CYT_GHOST;
    if (e->from == none)
        return (cyt_triangle){{e->to, point, none}, {none, e->outside, none}, none, 0};
    if (e->to == none)
        return (cyt_triangle){
            {point, e->from, none}, {e->outside, none, none}, none, 0};
    return (cyt_triangle){{point, e->from, e->to}, {e->outside, none, none}, none, 0};
}

static int place_of(const cyt_triangle *t, uint32_t vertex)
{
    return t->v[0] == vertex ? 0 : t->v[1] == vertex ? 1 : 2;
}

/* Tell the triangle outside of an edge who lies across from now on. */
static void join_outside(cyt_delaunay *d, const cyt_rim_edge *e, uint32_t slot)
{
    cyt_triangle *o = d->triangle + e->outside;
    for (int k = 0; k < 3; k++)
        if (o->v[(k + 1) % 3] == e->to && o->v[(k + 2) % 3] == e->from)
            o->n[k] = slot;
}

static void fill(cyt_delaunay *d, uint32_t point, hole_size n)
{
    uint32_t ghost_link = 0;
    for (size_t i = 0; i < n.edges; i++) {
        const cyt_rim_edge *e = d->rim + i;
        const uint32_t slot =
            i < n.triangles ? d->hole[i] : (uint32_t)(d->n_triangles + i - n.triangles);
        d->triangle[slot] = spoke_of(point, e);
        join_outside(d, e, slot);
        *(e->from == CYT_GHOST ? &ghost_link : d->link + e->from) = slot;
        d->hole[i] = slot;
    }
    for (size_t i = 0; i < n.edges; i++) {
        const cyt_rim_edge *e = d->rim + i;
        const uint32_t me = d->hole[i],
                       other = e->to == CYT_GHOST ? ghost_link : d->link[e->to];
        cyt_triangle *t = d->triangle + me, *o = d->triangle + other;
        t->n[place_of(t, e->from)] = other;
        /* The other one begins where this one ends: they share point and e->to. */
        o->n[3 - place_of(o, point) - place_of(o, e->to)] = me;
    }
    d->n_triangles += n.edges - n.triangles;
    d->last = d->hole[0];
}

void cyt_delaunay_insert(cyt_delaunay *d, uint32_t point)
{
    const uint32_t t = find(d, at(d, point));
    const uint32_t twin = twin_of(d, d->triangle + t, at(d, point));
    d->last = t;
    d->same[point] = twin == CYT_GHOST ? point : twin;
    if (twin == CYT_GHOST)
        fill(d, point, dig(d, t, point));
}

/* --- the order -------------------------------------------------------------------- */

enum { ROUNDS = 16 };

/* Round of a point: 0 for three of four, 1 for three of four of the rest, … (the bits
 * of a mixed number, after Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195). */
static unsigned round_of(size_t i)
{
    uint64_t z = ((uint64_t)i + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    unsigned r = 0;
    while (r < ROUNDS - 1 && (z & 3) == 0) {
        z >>= 2;
        r++;
    }
    return r;
}

void cyt_delaunay_order(size_t n, uint32_t *order)
{
    size_t start[ROUNDS + 1] = {0};
    for (size_t i = 0; i < n; i++)
        start[ROUNDS - 1 - round_of(i) + 1]++;
    for (int r = 0; r < ROUNDS; r++)
        start[r + 1] += start[r];
    for (size_t i = 0; i < n; i++)
        order[start[ROUNDS - 1 - round_of(i)]++] = (uint32_t)i;
}
