// SPDX-License-Identifier: BSD-3-Clause
/* Climbing. A piece is a plateau's part of this strip, mostly one pixel; its root is
 * its first pixel. Pieces that touch the first or last row of the strip are edge
 * pieces: their plateau may go on next door, and what they climb to may lie there. */
#include "traffic/basins_parts.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/connect.h"
#include "cytotaxis/halo.h"
#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is known of an edge piece; pixels are of the whole raster, plus 1; 0 = none. */
typedef struct edge_piece {
    uint64_t first; /* of the plateau */
    uint64_t up;    /* the highest neighbour of the plateau that is higher than it */
    uint64_t goal;  /* the summit it leads to; 0: not known yet */
    double up_height;
} edge_piece;

enum { NONE = UINT32_MAX };

typedef struct climb {
    cyt_relief *relief;
    uint32_t *parent;  /* [pixels of the relief] first the root of the piece, then where
                          it climbs; ends are their own */
    uint32_t *up;      /* [pixels of the relief] of roots: best neighbour, or NONE; then
                          of ends: number of the summit */
    edge_piece *piece; /* [n_pieces] */
    uint32_t *root;    /* [n_pieces] */
    size_t n_pieces;
    uint32_t *piece_at; /* [2 * n_cols] number of the piece at first and last row */
    edge_piece *rim;    /* [4 * n_cols] row above, first, last, row below; first = 0: no
                           pixel */
    uint64_t *rim_rows; /* [size + 1] the raster of first and last rows */
} climb;

size_t cyt_relief_around(const cyt_relief *r, size_t pixel, int later,
                         uint32_t around[8])
{
    const size_t n = r->n_cols, row = pixel / n, col = pixel % n;
    size_t found = 0;
    for (int dr = later ? 0 : -1; dr <= 1; dr++) {
        if ((dr < 0 && row == 0) || (dr > 0 && row == r->n_rows + 1))
            continue;
        const size_t at = (size_t)((ptrdiff_t)pixel + dr * (ptrdiff_t)n);
        for (int dc = later && dr == 0 ? 1 : -1; dc <= 1; dc++) {
            if ((dr == 0 && dc == 0) || (dc < 0 && col == 0) ||
                (dc > 0 && col + 1 == n))
                continue;
            const size_t next = (size_t)((ptrdiff_t)at + dc);
            if (!isnan(r->value[next]))
                around[found++] = (uint32_t)next;
        }
    }
    return found;
}

static int is_own(const cyt_relief *r, uint32_t pixel)
{
    return pixel >= r->n_cols && pixel < (r->n_rows + 1) * r->n_cols;
}

/* Pixel of the whole raster, plus 1; the halo row above the slide is never asked. */
static uint64_t whole(const cyt_relief *r, uint32_t pixel)
{
    return r->base + pixel - r->n_cols + 1;
}

/* --- pieces of plateaus ----------------------------------------------------------- */

static void join_equals(climb *c)
{
    const cyt_relief *r = c->relief;
    const uint32_t first = (uint32_t)r->n_cols;
    const uint32_t end = (uint32_t)((r->n_rows + 1) * r->n_cols);
    uint32_t around[8];
    for (uint32_t i = first; i < end; i++)
        c->parent[i] = i;
    for (uint32_t i = first; i < end; i++) {
        if (isnan(r->value[i]))
            continue;
        const size_t n = cyt_relief_around(r, i, 1, around);
        for (size_t k = 0; k < n; k++)
            if (is_own(r, around[k]) && r->value[around[k]] == r->value[i])
                cyt_connect_join(c->parent, i, around[k]);
    }
    for (uint32_t i = first; i < end; i++)
        c->parent[i] = cyt_connect_root(c->parent, i);
}

/* The highest neighbour of each piece in this strip and its halo. */
static void look_up(climb *c)
{
    const cyt_relief *r = c->relief;
    uint32_t around[8];
    for (size_t i = r->n_cols; i < (r->n_rows + 1) * r->n_cols; i++) {
        if (isnan(r->value[i]))
            continue;
        uint32_t *best = &c->up[c->parent[i]];
        const size_t n = cyt_relief_around(r, i, 0, around);
        for (size_t k = 0; k < n; k++) {
            const uint32_t j = around[k];
            if (!(r->value[j] > r->value[i]))
                continue;
            if (*best == NONE || r->value[j] > r->value[*best] ||
                (r->value[j] == r->value[*best] && j < *best))
                *best = j;
        }
    }
}

/* First and last row of the strip, side by side: pixel of place k < 2 n_cols. */
static size_t border_pixel(const cyt_relief *r, size_t k)
{
    return k < r->n_cols ? r->n_cols + k : (r->n_rows - 1) * r->n_cols + k;
}

/* Number the edge pieces: until labels are made, label holds 1 + number at roots. */
static void number_edges(climb *c)
{
    const cyt_relief *r = c->relief;
    for (size_t k = 0; k < 2 * r->n_cols && r->n_rows > 0; k++) {
        const size_t i = border_pixel(r, k);
        if (isnan(r->value[i]))
            continue;
        const uint32_t root = c->parent[i];
        if (r->label[root] == 0) {
            edge_piece *p = &c->piece[c->n_pieces];
            c->root[c->n_pieces] = root;
            r->label[root] = (uint32_t)++c->n_pieces;
            p->first = whole(r, root);
            if (c->up[root] != NONE) {
                p->up = whole(r, c->up[root]);
                p->up_height = r->value[c->up[root]];
            }
        }
        c->piece_at[k] = r->label[root] - 1;
    }
}

/* --- what strips tell each other -------------------------------------------------- */

static cyt_code exchange_rim(MPI_Comm comm, climb *c, cyt_error *err)
{
    const cyt_relief *r = c->relief;
    for (size_t k = 0; k < 2 * r->n_cols && r->n_rows > 0; k++)
        c->rim[r->n_cols + k] = isnan(r->value[border_pixel(r, k)])
                                    ? (edge_piece){0}
                                    : c->piece[c->piece_at[k]];
    return cyt_halo_rows(comm, c->rim_rows, r->n_cols * sizeof *c->rim, 1, c->rim, err);
}

/* Does what a neighbour knows of their plateau tell this piece anything? */
static int learn_plateau(edge_piece *p, const edge_piece *other)
{
    int learnt = 0;
    if (other->first < p->first) {
        p->first = other->first;
        learnt = 1;
    }
    if (other->up && (!p->up || other->up_height > p->up_height ||
                      (other->up_height == p->up_height && other->up < p->up))) {
        p->up = other->up;
        p->up_height = other->up_height;
        learnt = 1;
    }
    return learnt;
}

static int learn_goal(edge_piece *p, const edge_piece *other, int is_plateau,
                      uint64_t pixel)
{
    if (p->goal || !other->goal || !(is_plateau || pixel == p->up))
        return 0;
    p->goal = other->goal;
    return 1;
}

typedef enum lesson { PLATEAU, GOAL } lesson;

/* Let the pieces of a border row learn from the row next door.
 * @param place of its first pixel in piece_at */
static int learn_row(climb *c, size_t place, size_t halo_row, const edge_piece *rim,
                     lesson which)
{
    const cyt_relief *r = c->relief;
    const size_t n = r->n_cols;
    int learnt = 0;
    for (size_t col = 0; col < n; col++) {
        const double height = r->value[border_pixel(r, place + col)];
        if (isnan(height))
            continue;
        edge_piece *p = &c->piece[c->piece_at[place + col]];
        for (size_t k = col > 0 ? col - 1 : 0; k < n && k <= col + 1; k++) {
            const uint32_t j = (uint32_t)(halo_row * n + k);
            const int equal = r->value[j] == height;
            if (isnan(r->value[j]))
                continue;
            if (which == GOAL)
                learnt |= learn_goal(p, &rim[k], equal, whole(r, j));
            else if (equal)
                learnt |= learn_plateau(p, &rim[k]);
        }
    }
    return learnt;
}

/* --- the way up ------------------------------------------------------------------- */

static uint32_t end_of(uint32_t *parent, uint32_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

/* Let each root lead where it climbs to, if that is in this strip. Ends are summits,
 * and edge pieces that climb out of the strip. */
static void link_roots(climb *c)
{
    const cyt_relief *r = c->relief;
    const uint32_t first = (uint32_t)r->n_cols;
    for (size_t k = 0; k < c->n_pieces; k++) {
        const uint64_t up = c->piece[k].up;
        const int inside = up > r->base && up <= r->base + r->n_rows * r->n_cols;
        c->up[c->root[k]] = inside ? (uint32_t)(up - 1 - r->base) + first : NONE;
    }
    for (uint32_t i = first; i < (r->n_rows + 1) * r->n_cols; i++)
        if (c->up[i] != NONE)
            c->parent[i] = c->up[i];
}

/* The goal of an end, 0: not known yet. */
static uint64_t goal_of_end(const climb *c, uint32_t end)
{
    const uint32_t number = c->relief->label[end];
    if (number == 0)
        return whole(c->relief, end);
    const edge_piece *p = &c->piece[number - 1];
    return p->goal || p->up ? p->goal : p->first;
}

static void know_goals(climb *c)
{
    for (size_t k = 0; k < c->n_pieces; k++)
        if (!c->piece[k].goal)
            c->piece[k].goal = goal_of_end(c, end_of(c->parent, c->root[k]));
}

/* Ask next door until nobody learns anything. Collective. */
static cyt_code ask_neighbours(MPI_Comm comm, climb *c, lesson which, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_relief *r = c->relief;
    const size_t n = r->n_cols;
    int learnt;
    do {
        learnt = 0;
        if (which == GOAL)
            know_goals(c);
        CYT_TRY(exchange_rim(comm, c, err));
        if (r->n_rows > 0) {
            learnt |= learn_row(c, 0, 0, c->rim, which);
            learnt |= learn_row(c, n, r->n_rows + 1, c->rim + 3 * n, which);
        }
        learnt = cyt_any(comm, learnt);
    } while (learnt);
done:
    return code;
}

/* --- summits ---------------------------------------------------------------------- */

/* A summit belongs to the strip that has the first pixel of its plateau. */
static int is_summit(const climb *c, uint32_t i)
{
    const cyt_relief *r = c->relief;
    return !isnan(r->value[i]) && c->parent[i] == i && goal_of_end(c, i) == whole(r, i);
}

static cyt_code list_summits(MPI_Comm comm, const climb *c, cyt_summits *out,
                             cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_relief *r = c->relief;
    const uint32_t first = (uint32_t)r->n_cols;
    const uint32_t end = (uint32_t)((r->n_rows + 1) * r->n_cols);
    cyt_summit *own = NULL;
    char *all = NULL;
    size_t n = 0, bytes = 0;
    for (uint32_t i = first; i < end; i++)
        n += (size_t)is_summit(c, i);
    own = cyt_alloc(n, sizeof *own, "summits of basins", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    n = 0;
    for (uint32_t i = first; i < end; i++)
        if (is_summit(c, i))
            own[n++] = (cyt_summit){whole(r, i) - 1, r->value[i]};
    CYT_TRY(cyt_allgather_text(comm, (const char *)own, n * sizeof *own, &all, &bytes,
                               err));
    out->item = (cyt_summit *)all;
    out->n = bytes / sizeof *out->item;
    if (out->n >= NONE)
        code = CYT_FAIL(err, CYT_ERR_MEMORY, NULL,
                        "the field has %zu summits, and fewer than %u can be "
                        "told apart; raise grid.spacing_um",
                        out->n, (unsigned)NONE);
done:
    free(own);
    return code;
}

static uint32_t number_of(const cyt_summits *summits, uint64_t pixel)
{
    size_t lo = 0, hi = summits->n - 1;
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        if (summits->item[mid].pixel < pixel)
            lo = mid + 1;
        else
            hi = mid;
    }
    return (uint32_t)lo;
}

static void write_labels(climb *c, const cyt_summits *summits)
{
    cyt_relief *r = c->relief;
    const uint32_t first = (uint32_t)r->n_cols;
    const uint32_t end = (uint32_t)((r->n_rows + 1) * r->n_cols);
    for (uint32_t i = first; i < end; i++)
        if (!isnan(r->value[i]) && c->parent[i] == i)
            c->up[i] = number_of(summits, goal_of_end(c, i) - 1);
    for (uint32_t i = first; i < end; i++)
        r->label[i] = isnan(r->value[i]) ? 0 : 1 + c->up[end_of(c->parent, i)];
}

/* --- all of it -------------------------------------------------------------------- */

static cyt_code alloc_climb(size_t size, climb *c, cyt_error *err)
{
    const size_t n_cols = c->relief->n_cols, n = (c->relief->n_rows + 2) * n_cols;
    static const char what[] = "basins of a raster";
    c->parent = cyt_alloc(n, sizeof *c->parent, what, err);
    c->up = cyt_alloc(n, sizeof *c->up, what, err);
    c->piece = cyt_calloc(2 * n_cols, sizeof *c->piece, what, err);
    c->root = cyt_alloc(2 * n_cols, sizeof *c->root, what, err);
    c->piece_at = cyt_calloc(2 * n_cols, sizeof *c->piece_at, what, err);
    c->rim = cyt_calloc(4 * n_cols, sizeof *c->rim, what, err);
    c->rim_rows = cyt_alloc(size + 1, sizeof *c->rim_rows, what, err);
    if (err->code == CYT_OK)
        memset(c->up, 0xff, n * sizeof *c->up); /* NONE */
    return err->code;
}

static void free_climb(climb *c)
{
    free(c->parent);
    free(c->up);
    free(c->piece);
    free(c->root);
    free(c->piece_at);
    free(c->rim);
    free(c->rim_rows);
}

cyt_code cyt_basins_climb(MPI_Comm comm, cyt_relief *r, cyt_summits *summits,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(comm);
    climb c = {.relief = r};
    CYT_TRY(cyt_agree(comm, alloc_climb(size, &c, err), err));
    c.rim_rows[0] = 0; /* two of each strip that has any */
    for (size_t k = 0; k < size; k++)
        c.rim_rows[k + 1] = c.rim_rows[k] + (r->starts[k] < r->starts[k + 1] ? 2 : 0);
    CYT_TRY(
        cyt_halo_rows(comm, r->starts, r->n_cols * sizeof *r->value, 1, r->value, err));
    join_equals(&c);
    look_up(&c);
    number_edges(&c);
    CYT_TRY(ask_neighbours(comm, &c, PLATEAU, err));
    link_roots(&c);
    CYT_TRY(ask_neighbours(comm, &c, GOAL, err));
    CYT_TRY(list_summits(comm, &c, summits, err));
    write_labels(&c, summits);
    CYT_TRY(
        cyt_halo_rows(comm, r->starts, r->n_cols * sizeof *r->label, 1, r->label, err));
done:
    free_climb(&c);
    return code;
}
