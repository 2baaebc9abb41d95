// SPDX-License-Identifier: BSD-3-Clause
/* Passes. The highest passes that join all basins of a piece are a spanning forest of
 * greatest heights (J. B. Kruskal 1956, doi:10.2307/2033241). Of equal heights the pair
 * of lesser numbers comes first, so that there is one such forest; an edge of it is in
 * that of each strip that has the edge, and the strips' forests are enough. */
#include "traffic/basins_parts.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Basins a < b touch at a height. */
typedef struct touch {
    double height;
    uint32_t a, b;
} touch;

typedef struct touches {
    size_t n, capacity;
    touch *item;
} touches;

/* By pair, the highest first. */
static int by_pair(const void *px, const void *py)
{
    const touch *x = px, *y = py;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    if (x->b != y->b)
        return x->b < y->b ? -1 : 1;
    return x->height > y->height ? -1 : x->height < y->height;
}

/* The highest first, then by pair. */
static int by_height(const void *px, const void *py)
{
    const touch *x = px, *y = py;
    if (x->height != y->height)
        return x->height > y->height ? -1 : 1;
    return by_pair(px, py);
}

static void sort_touches(touches *t, int (*order)(const void *, const void *))
{
    if (t->n > 0)
        qsort(t->item, t->n, sizeof *t->item, order);
}

/* Keep the highest of each pair. */
static void thin_touches(touches *t)
{
    size_t kept = 0;
    sort_touches(t, by_pair);
    for (size_t i = 0; i < t->n; i++)
        if (i == 0 || t->item[i].a != t->item[i - 1].a ||
            t->item[i].b != t->item[i - 1].b)
            t->item[kept++] = t->item[i];
    t->n = kept;
}

/* Append; a full list is thinned first, and grows only when that did not halve it. */
static cyt_code add_touch(touches *t, touch new, cyt_error *err)
{
    if (t->n == t->capacity) {
        thin_touches(t);
        if (t->n >= t->capacity / 2 &&
            cyt_grow(&t->item, &t->capacity, t->capacity + 1, sizeof *t->item,
                     "passes between basins", err) != CYT_OK)
            return err->code;
    }
    t->item[t->n++] = new;
    return CYT_OK;
}

static cyt_code find_touches(const cyt_relief *r, touches *t, cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint32_t around[8];
    for (size_t i = r->n_cols; i < (r->n_rows + 1) * r->n_cols; i++) {
        if (isnan(r->value[i]))
            continue;
        const size_t n = cyt_relief_around(r, i, 1, around);
        for (size_t k = 0; k < n; k++) {
            const uint32_t a = r->label[i] - 1, b = r->label[around[k]] - 1;
            const touch new = {fmin(r->value[i], r->value[around[k]]), a < b ? a : b,
                               a < b ? b : a};
            if (a != b)
                CYT_TRY(add_touch(t, new, err));
        }
    }
    thin_touches(t);
done:
    return code;
}

int cyt_summit_is_higher(const cyt_summit *a, const cyt_summit *b)
{
    return a->height > b->height || (a->height == b->height && a->pixel < b->pixel);
}

/* --- the forest ------------------------------------------------------------------- */

static uint32_t highest_of(uint32_t *piece, uint32_t i)
{
    while (piece[i] != i) {
        piece[i] = piece[piece[i]];
        i = piece[i];
    }
    return i;
}

/* Join basins from the highest touch down; keep the touches that joined two pieces. The
 * highest summit of a piece stands for it. With @p outlet not NULL the lower one of two
 * gets its pass, and goes to the basin across it when it is too shallow. */
static void join_pieces(const cyt_summits *s, touches *t, uint32_t *piece, double least,
                        cyt_outlet *outlet)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->n; i++)
        piece[i] = (uint32_t)i;
    sort_touches(t, by_height);
    for (size_t i = 0; i < t->n; i++) {
        const touch at = t->item[i];
        uint32_t top = highest_of(piece, at.a), low = highest_of(piece, at.b);
        uint32_t across = at.a;
        if (top == low)
            continue;
        if (cyt_summit_is_higher(&s->item[low], &s->item[top])) {
            const uint32_t other = top;
            top = low;
            low = other;
            across = at.b;
        }
        piece[low] = top;
        t->item[kept++] = at;
        if (!outlet)
            continue;
        outlet[low].pass = at.height;
        if (s->item[low].height - at.height < least)
            outlet[low].goes = across;
    }
    t->n = kept;
}

static cyt_code gather_touches(MPI_Comm comm, const touches *own, touches *all,
                               cyt_error *err)
{
    char *text = NULL;
    size_t bytes = 0;
    const cyt_code code = cyt_allgather_text(
        comm, (const char *)own->item, own->n * sizeof *own->item, &text, &bytes, err);
    if (code == CYT_OK)
        *all = (touches){bytes / sizeof *all->item, 0, (touch *)text};
    return code;
}

static uint32_t basin_it_goes_to(const cyt_outlet *outlet, uint32_t i)
{
    while (outlet[i].goes != i)
        i = outlet[i].goes;
    return i;
}

static void settle(size_t n, uint32_t *piece, cyt_outlet *outlet)
{
    for (size_t i = 0; i < n; i++) {
        outlet[i].goes = basin_it_goes_to(outlet, (uint32_t)i);
        outlet[i].piece = highest_of(piece, (uint32_t)i);
    }
}

cyt_code cyt_basins_pass(MPI_Comm comm, const cyt_relief *relief,
                         const cyt_summits *summits, double least, cyt_outlet *outlet,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    touches own = {0}, all = {0};
    uint32_t *piece = cyt_alloc(summits->n, sizeof *piece, "pieces of a relief", err);
    code = err->code;
    if (code == CYT_OK)
        code = find_touches(relief, &own, err);
    CYT_TRY(cyt_agree(comm, code, err));
    join_pieces(summits, &own, piece, least, NULL);
    CYT_TRY(gather_touches(comm, &own, &all, err));
    for (size_t i = 0; i < summits->n; i++)
        outlet[i] = (cyt_outlet){NAN, (uint32_t)i, (uint32_t)i};
    join_pieces(summits, &all, piece, least, outlet);
    settle(summits->n, piece, outlet);
done:
    free(own.item);
    free(all.item);
    free(piece);
    return code;
}
