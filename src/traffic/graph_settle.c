// SPDX-License-Identifier: BSD-3-Clause
/* Is the circle of a triangle empty in the whole slide? A strip knows what lies in its
 * borrowed rows. For a circle that reaches beyond, it asks the strips it may reach,
 * which look through blocks of their cells and tell some of those within, the deepest
 * first. Either nobody tells any, then the triangle stands; or a cell is added and the
 * triangle is gone. So the rounds end. */
#include "graph_sketch.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/predicates.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

static const char what[] = "circles that reach into other strips";

enum {
    BLOCK = 64,    /* cells that are looked at or not together */
    MOST_TOLD = 16 /* cells told at once: few travel in vain, rounds stay few */
};

typedef struct question {
    double a[2], b[2], c[2]; /* the triangle */
    double low, high;        /* y of what the asker knows */
    uint64_t is_ghost, asker;
} question;

typedef struct mail {
    size_t n, capacity, dest_capacity;
    int *dest;
} mail;

typedef struct rect {
    double x0, x1, y0, y1;
} rect;

/* --- where can a circle reach? ---------------------------------------------------- */

/* The disc of a triangle, a little larger than true; radius HUGE_VAL where rounding
 * leaves it unknown. */
typedef struct disc {
    double x, y, radius;
} disc;

static disc disc_of(const question *q)
{
    const double bx = q->b[0] - q->a[0], by = q->b[1] - q->a[1];
    const double cx = q->c[0] - q->a[0], cy = q->c[1] - q->a[1];
    const double b2 = bx * bx + by * by, c2 = cx * cx + cy * cy;
    const double det = 2 * (bx * cy - by * cx);
    if (fabs(det) < 1e-6 * (fabs(bx * cy) + fabs(by * cx)))
        return (disc){0, 0, HUGE_VAL};
    const double ux = (cy * b2 - by * c2) / det, uy = (bx * c2 - cx * b2) / det;
    const double terms = (fabs(cy) + fabs(cx)) * b2 + (fabs(by) + fabs(bx)) * c2;
    const double rounding =
        16 * DBL_EPSILON * (terms / fabs(det) + fabs(q->a[0]) + fabs(q->a[1]));
    return (disc){q->a[0] + ux, q->a[1] + uy,
                  (1 + 1e-6) * sqrt(ux * ux + uy * uy) + rounding};
}

static int disc_meets(const disc *d, const rect *r)
{
    const double dx = fmax(fmax(r->x0 - d->x, d->x - r->x1), 0);
    const double dy = fmax(fmax(r->y0 - d->y, d->y - r->y1), 0);
    return isinf(d->radius) || dx * dx + dy * dy <= d->radius * d->radius;
}

/* Does the outside of a hull's edge, or the edge, reach into a rectangle? */
static int outside_meets(const question *q, const rect *r)
{
    const double x[2] = {r->x0, r->x1}, y[2] = {r->y0, r->y1};
    for (int k = 0; k < 4; k++) {
        const double corner[2] = {x[k % 2], y[k / 2]};
        if (cyt_side_of_line(q->a, q->b, corner) > 0)
            return 1;
    }
    return fmin(q->a[0], q->b[0]) <= r->x1 && fmax(q->a[0], q->b[0]) >= r->x0 &&
           fmin(q->a[1], q->b[1]) <= r->y1 && fmax(q->a[1], q->b[1]) >= r->y0;
}

static int may_meet(const question *q, const disc *d, const rect *r)
{
    if (!(r->x0 <= r->x1 && r->y0 <= r->y1))
        return 0;
    return q->is_ghost ? outside_meets(q, r) : disc_meets(d, r);
}

/* Can a strip hold a cell that the asker does not know, in the circle? */
static int may_hold(const cyt_sketch *s, const question *q, const disc *d, size_t rank)
{
    const double *span = s->spans + 2 * rank;
    const cyt_box *b = &s->box;
    const rect above = {b->x_min, b->x_max, span[0], fmin(span[1], q->low)};
    const rect below = {b->x_min, b->x_max, fmax(span[0], q->high), span[1]};
    return may_meet(q, d, &above) || may_meet(q, d, &below);
}

/* --- asking ----------------------------------------------------------------------- */

static int has_own_vertex(const cyt_sketch *s, const cyt_triangle *t)
{
    for (int k = 0; k < 3; k++)
        if (t->v[k] != CYT_GHOST && s->node[t->v[k]] < s->slide->cells.n)
            return 1;
    return 0;
}

static question question_of(const cyt_sketch *s, const cyt_triangle *t)
{
    question q = {.low = s->low,
                  .high = s->high,
                  .is_ghost = t->v[2] == CYT_GHOST,
                  .asker = s->slide->strip};
    for (int k = 0; k < 2; k++) {
        q.a[k] = cyt_sketch_xy(s, t->v[0])[k];
        q.b[k] = cyt_sketch_xy(s, t->v[1])[k];
        q.c[k] = q.is_ghost ? 0 : cyt_sketch_xy(s, t->v[2])[k];
    }
    return q;
}

static cyt_code address(mail *m, void *items, size_t item_bytes, size_t dest,
                        cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_grow(items, &m->capacity, m->n + 1, item_bytes, what, err));
    CYT_TRY(
        cyt_grow(&m->dest, &m->dest_capacity, m->n + 1, sizeof *m->dest, what, err));
    m->dest[m->n++] = (int)dest;
done:
    return code;
}

/* Triangles that are new since the last round; from now on they stand or are gone. */
static cyt_code ask(cyt_sketch *s, mail *m, question **asked, cyt_error *err)
{
    cyt_code code = CYT_OK;
    m->n = 0;
    if (CYT_FAULT("graph.circles"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    for (size_t i = 0; i < s->d.n_triangles; i++) {
        cyt_triangle *t = s->d.triangle + i;
        if (t->flag || !has_own_vertex(s, t))
            continue;
        t->flag = 1;
        const question q = question_of(s, t);
        const disc d = disc_of(&q);
        for (size_t r = 0; r < s->slide->n_strips; r++) {
            if (r == s->slide->strip || !may_hold(s, &q, &d, r))
                continue;
            CYT_TRY(address(m, asked, sizeof **asked, r, err));
            (*asked)[m->n - 1] = q;
        }
    }
done:
    return code;
}

/* --- answering -------------------------------------------------------------------- */

typedef struct told {
    double depth;
    uint32_t cell;
} told;

/* How far inside, for choosing only. */
static double depth_of(const question *q, const disc *d, const double p[2])
{
    if (q->is_ghost)
        return (q->b[0] - q->a[0]) * (p[1] - q->a[1]) -
               (q->b[1] - q->a[1]) * (p[0] - q->a[0]);
    const double dx = p[0] - d->x, dy = p[1] - d->y;
    return -(dx * dx + dy * dy);
}

static size_t keep_deepest(told *list, size_t n, told t)
{
    if (n == MOST_TOLD && t.depth <= list[n - 1].depth)
        return n;
    size_t i = n < MOST_TOLD ? n++ : n - 1;
    for (; i > 0 && list[i - 1].depth < t.depth; i--)
        list[i] = list[i - 1];
    list[i] = t;
    return n;
}

static size_t look_through(const cyt_sketch *s, const rect *blocks, const question *q,
                           told *list)
{
    const cyt_cells *c = &s->slide->cells;
    const disc d = disc_of(q);
    size_t n = 0;
    for (size_t first = 0; first < s->n_vertices; first += BLOCK) {
        if (!may_meet(q, &d, blocks + first / BLOCK))
            continue;
        for (size_t k = first; k < first + BLOCK && k < s->n_vertices; k++) {
            const uint32_t i = s->vertex[k];
            const double p[2] = {c->x[i], c->y[i]};
            if (p[1] >= q->low && p[1] <= q->high)
                continue;
            if (cyt_delaunay_conflict_of(q->a, q->b, q->is_ghost ? NULL : q->c, p))
                n = keep_deepest(list, n, (told){depth_of(q, &d, p), i});
        }
    }
    return n;
}

static cyt_code answer(const cyt_sketch *s, const rect *blocks, const question *asked,
                       size_t n_asked, mail *m, cyt_guest **answers, cyt_error *err)
{
    cyt_code code = CYT_OK;
    told list[MOST_TOLD];
    m->n = 0;
    for (size_t i = 0; i < n_asked; i++) {
        const size_t n = look_through(s, blocks, asked + i, list);
        for (size_t k = 0; k < n; k++) {
            CYT_TRY(address(m, answers, sizeof **answers, (size_t)asked[i].asker, err));
            (*answers)[m->n - 1] = cyt_guest_of(s->slide, list[k].cell);
        }
    }
done:
    return code;
}

static rect *make_blocks(const cyt_sketch *s, cyt_error *err)
{
    const cyt_cells *c = &s->slide->cells;
    rect *blocks = cyt_alloc(s->n_vertices / BLOCK + 1, sizeof *blocks, what, err);
    for (size_t k = 0; blocks && k < s->n_vertices; k++) {
        rect *b = blocks + k / BLOCK;
        const double x = c->x[s->vertex[k]], y = c->y[s->vertex[k]];
        if (k % BLOCK == 0)
            *b = (rect){x, x, y, y};
        *b = (rect){fmin(b->x0, x), fmax(b->x1, x), fmin(b->y0, y), fmax(b->y1, y)};
    }
    return blocks;
}

static cyt_code take(cyt_sketch *s, const cyt_guest *told_cells, size_t n,
                     cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t i = 0; i < n; i++)
        CYT_TRY(cyt_sketch_add(s, told_cells + i, err));
done:
    return code;
}

/* --- rounds ----------------------------------------------------------------------- */

typedef struct round_of_mail {
    mail questions, answers;
    question *asked;
    cyt_guest *told;
    rect *blocks;
} round_of_mail;

/* *open: had any rank a question? */
static cyt_code ask_once(MPI_Comm comm, cyt_sketch *s, round_of_mail *m, int *open,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    void *asked_here = NULL, *told_here = NULL;
    size_t n_asked, n_told;
    CYT_TRY(cyt_agree(comm, ask(s, &m->questions, &m->asked, err), err));
    *open = cyt_any(comm, m->questions.n > 0);
    if (!*open)
        return CYT_OK;
    CYT_TRY(cyt_post(comm, m->questions.n, m->questions.dest, sizeof *m->asked,
                     m->asked, &asked_here, &n_asked, err));
    code = answer(s, m->blocks, asked_here, n_asked, &m->answers, &m->told, err);
    CYT_TRY(cyt_agree(comm, code, err));
    CYT_TRY(cyt_post(comm, m->answers.n, m->answers.dest, sizeof *m->told, m->told,
                     &told_here, &n_told, err));
    CYT_TRY(cyt_agree(comm, take(s, told_here, n_told, err), err));
done:
    free(asked_here);
    free(told_here);
    return code;
}

cyt_code cyt_sketch_settle(MPI_Comm comm, cyt_sketch *s, cyt_error *err)
{
    cyt_code code = CYT_OK;
    round_of_mail m = {.blocks = make_blocks(s, err)};
    int open = 1;
    CYT_TRY(cyt_agree(comm, err->code, err));
    while (open)
        CYT_TRY(ask_once(comm, s, &m, &open, err));
done:
    free(m.questions.dest);
    free(m.answers.dest);
    free(m.asked);
    free(m.told);
    free(m.blocks);
    return code;
}
