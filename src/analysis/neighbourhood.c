// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/neighbourhood.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/halo.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/reach.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* All typed cells a strip can see, in the slide's order: by row, x, index. */
typedef struct crowd {
    const cyt_slide *slide;
    size_t n;
    double *x, *y;
    uint16_t *type;
    uint64_t *index;
    size_t *start; /* [n_rows + 1] first cell of each raster row of the slide */
} crowd;

static void free_crowd(crowd *c)
{
    free(c->x);
    free(c->y);
    free(c->type);
    free(c->index);
    free(c->start);
    *c = (crowd){0};
}

static size_t row_of(const cyt_slide *s, double y)
{
    return cyt_grid_row(&s->grid, y * s->um_per_unit);
}

static cyt_code make_room(size_t n, crowd *c, cyt_error *err)
{
    static const char what[] = "cells around a strip";
    c->x = cyt_alloc(n, sizeof *c->x, what, err);
    c->y = cyt_alloc(n, sizeof *c->y, what, err);
    c->type = cyt_alloc(n, sizeof *c->type, what, err);
    c->index = cyt_alloc(n, sizeof *c->index, what, err);
    c->start = cyt_calloc(c->slide->grid.n_rows + 1, sizeof *c->start, what, err);
    return err->code;
}

static void append(const cyt_cells *from, size_t first, size_t end, crowd *c)
{
    for (size_t i = first; i < end; i++) {
        if (from->type[i] == CYT_NO_TYPE)
            continue;
        c->x[c->n] = from->x[i];
        c->y[c->n] = from->y[i];
        c->type[c->n] = from->type[i];
        c->index[c->n++] = from->index[i];
        c->start[row_of(c->slide, from->y[i]) + 1]++;
    }
}

/* Of every type the cells within @p depth of the strip's cells. */
static void ask_around(const cyt_slide *s, double depth, double *wanted)
{
    const cyt_cells *c = &s->cells;
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < c->n; i++) {
        low = fmin(low, c->y[i]);
        high = fmax(high, c->y[i]);
    }
    for (size_t t = 0; t < s->types.n; t++) {
        wanted[2 * t] = low - depth;
        wanted[2 * t + 1] = high + depth;
    }
}

static cyt_code gather(MPI_Comm comm, const cyt_slide *s, double depth, crowd *c,
                       cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_cells halo = {0};
    size_t n_above = 0;
    *c = (crowd){.slide = s};
    double *wanted = cyt_alloc(2 * s->types.n, sizeof *wanted, "halo ranges", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    ask_around(s, depth, wanted);
    CYT_TRY(cyt_halo_cells(comm, s, wanted, &halo, &n_above, err));
    CYT_TRY(cyt_agree(comm, make_room(s->cells.n + halo.n, c, err), err));
    append(&halo, 0, n_above, c);
    append(&s->cells, 0, s->cells.n, c);
    append(&halo, n_above, halo.n, c);
    for (size_t r = 0; r < s->grid.n_rows; r++)
        c->start[r + 1] += c->start[r];
done:
    free(wanted);
    cyt_cells_free(&halo);
    return code;
}

/* First cell of [first, end), ascending in x, at or beyond @p x. */
static size_t place_in_row(const crowd *c, size_t first, size_t end, double x)
{
    while (first < end) {
        const size_t middle = first + (end - first) / 2;
        if (c->x[middle] < x)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

/* --- within a radius -------------------------------------------------------------- */

/* How far the search along a raster row has come. Looking cells of one row come by
 * ascending x, so in each row around them the first candidate only moves on. */
typedef struct cursor {
    size_t at;
    size_t looking; /* the row of the cells it serves */
} cursor;

static size_t first_candidate(const crowd *c, cursor *now, size_t row, size_t looking,
                              double x)
{
    if (now->looking != looking)
        *now = (cursor){c->start[row], looking};
    while (now->at < c->start[row + 1] && c->x[now->at] < x)
        now->at++;
    return now->at;
}

/* The cell itself is counted, too, if it has a type. @p counts [n_types] */
static void count_around(const crowd *c, size_t i, double radius, cursor *cursors,
                         uint32_t *counts)
{
    const cyt_cells *own = &c->slide->cells;
    const double x = own->x[i], y = own->y[i], r2 = radius * radius;
    const double reach = cyt_reach_over(radius);
    const size_t mine = row_of(c->slide, y), last = row_of(c->slide, y + reach);
    for (size_t row = row_of(c->slide, y - reach); row <= last; row++) {
        const size_t end = c->start[row + 1];
        for (size_t j = first_candidate(c, cursors + row, row, mine, x - reach);
             j < end && c->x[j] <= x + reach; j++) {
            const double dx = c->x[j] - x, dy = c->y[j] - y;
            counts[c->type[j]] += dx * dx + dy * dy <= r2;
        }
    }
    if (own->type[i] != CYT_NO_TYPE)
        counts[own->type[i]]--;
}

static void count_all(const crowd *c, double radius, cursor *cursors, uint32_t *counts,
                      uint32_t *window)
{
    const size_t n = c->slide->cells.n, n_types = c->slide->types.n;
    for (size_t row = 0; row < c->slide->grid.n_rows; row++)
        cursors[row].looking = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        memset(counts, 0, n_types * sizeof *counts);
        count_around(c, i, radius, cursors, counts);
        for (size_t t = 0; t < n_types; t++)
            window[t * n + i] = counts[t];
    }
}

static cyt_code check_radius(double radius, cyt_error *err)
{
    if (CYT_FAULT("neighbourhood.count"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    if (!(radius > 0 && isfinite(radius)))
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "a window of radius %g holds nothing; it must be positive",
                        radius);
    return CYT_OK;
}

cyt_code cyt_neighbourhood_within(MPI_Comm comm, const cyt_slide *slide, double radius,
                                  uint32_t *window, cyt_error *err)
{
    cyt_code code = CYT_OK;
    crowd c = {0};
    check_radius(radius, err);
    cursor *cursors =
        cyt_alloc(slide->grid.n_rows, sizeof *cursors, "windows of cells", err);
    uint32_t *counts =
        cyt_alloc(slide->types.n, sizeof *counts, "windows of cells", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(gather(comm, slide, cyt_reach_over(radius), &c, err));
    count_all(&c, radius, cursors, counts, window);
done:
    free(cursors);
    free(counts);
    free_crowd(&c);
    return code;
}

/* --- the k nearest ---------------------------------------------------------------- */

/* The best so far, nearest first; equally near ones by input order. */
typedef struct best {
    size_t k, n;
    double *d2;
    size_t *cell;
} best;

static double worst(const best *b)
{
    return b->n < b->k ? INFINITY : b->d2[b->n - 1];
}

static void offer(const crowd *c, size_t j, double d2, best *b)
{
    if (b->n == b->k &&
        (d2 > b->d2[b->n - 1] ||
         (d2 == b->d2[b->n - 1] && c->index[j] > c->index[b->cell[b->n - 1]])))
        return;
    size_t at = b->n < b->k ? b->n++ : b->n - 1;
    for (; at > 0 && (d2 < b->d2[at - 1] ||
                      (d2 == b->d2[at - 1] && c->index[j] < c->index[b->cell[at - 1]]));
         at--) {
        b->d2[at] = b->d2[at - 1];
        b->cell[at] = b->cell[at - 1];
    }
    b->d2[at] = d2;
    b->cell[at] = j;
}

/* Along one row, to both sides, until dx² alone is beyond the worst. */
static void search_row(const crowd *c, size_t i, size_t row, best *b)
{
    const cyt_cells *own = &c->slide->cells;
    const double x = own->x[i], y = own->y[i];
    const size_t first = c->start[row], end = c->start[row + 1];
    const size_t middle = place_in_row(c, first, end, x);
    for (size_t j = middle; j < end; j++) {
        const double dx = c->x[j] - x, dy = c->y[j] - y;
        if (dx * dx > worst(b))
            break;
        if (c->index[j] != own->index[i])
            offer(c, j, dx * dx + dy * dy, b);
    }
    for (size_t j = middle; j-- > first;) {
        const double dx = c->x[j] - x, dy = c->y[j] - y;
        if (dx * dx > worst(b))
            break;
        if (c->index[j] != own->index[i])
            offer(c, j, dx * dx + dy * dy, b);
    }
}

/* No cell @p rows rows away is nearer than this, rounding of the raster included:
 * a pixel is given away. */
static double at_least(const crowd *c, size_t rows)
{
    const double pixels = (double)rows - 2;
    return pixels > 0 ? pixels * c->slide->grid.spacing_um / c->slide->um_per_unit : 0;
}

static void search_around(const crowd *c, size_t i, best *b)
{
    const size_t n_rows = c->slide->grid.n_rows,
                 row = row_of(c->slide, c->slide->cells.y[i]);
    b->n = 0;
    for (size_t away = 0; away < n_rows; away++) {
        const double d = at_least(c, away);
        if (d * d > worst(b))
            break;
        if (row + away < n_rows)
            search_row(c, i, row + away, b);
        if (away > 0 && row >= away)
            search_row(c, i, row - away, b);
    }
}

/* Is the cell's k-th neighbour nearer than all that was not borrowed? */
static int is_settled(const crowd *c, const best *b, double depth, uint64_t n_typed)
{
    return c->n == n_typed || (b->n == b->k && cyt_reach_over(sqrt(worst(b))) < depth);
}

static int count_nearest(const crowd *c, double depth, uint64_t n_typed, best *b,
                         uint32_t *window)
{
    const cyt_cells *own = &c->slide->cells;
    memset(window, 0, c->slide->types.n * own->n * sizeof *window);
    for (size_t i = 0; i < own->n; i++) {
        search_around(c, i, b);
        if (!is_settled(c, b, depth, n_typed))
            return 0;
        for (size_t m = 0; m < b->n; m++)
            window[(size_t)c->type[b->cell[m]] * own->n + i]++;
    }
    return 1;
}

static cyt_code make_best(size_t k, best *b, cyt_error *err)
{
    if (CYT_FAULT("neighbourhood.count"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    if (k < 1 || k > CYT_NEIGHBOURS_MOST)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "%zu nearest cells were asked for; it can be 1 to %zu", k,
                        CYT_NEIGHBOURS_MOST);
    *b = (best){.k = k};
    b->d2 = cyt_alloc(k, sizeof *b->d2, "nearest cells", err);
    b->cell = cyt_alloc(k, sizeof *b->cell, "nearest cells", err);
    return err->code;
}

/* A first guess: the side of a square that holds k cells at the slide's density. */
static double first_depth(const cyt_slide *s, size_t k)
{
    const cyt_grid *g = &s->grid;
    const double pixels = (double)g->n_rows * (double)g->n_cols;
    const double cells = (double)(s->n_cells ? s->n_cells : 1);
    return (sqrt(pixels * (double)k / cells) + 1) * g->spacing_um / s->um_per_unit;
}

cyt_code cyt_neighbourhood_nearest(MPI_Comm comm, const cyt_slide *slide, size_t k,
                                   uint32_t *window, cyt_error *err)
{
    cyt_code code = CYT_OK;
    crowd c = {0};
    best b = {0};
    uint64_t n_typed = 0;
    int again = 1;
    CYT_TRY(cyt_agree(comm, make_best(k, &b, err), err));
    for (size_t t = 0; t < slide->types.n; t++)
        n_typed += slide->type_counts[t];
    for (double depth = first_depth(slide, k); again; depth *= 2) {
        free_crowd(&c);
        CYT_TRY(gather(comm, slide, depth, &c, err));
        again = cyt_any(comm, !count_nearest(&c, depth, n_typed, &b, window));
    }
done:
    free_crowd(&c);
    free(b.d2);
    free(b.cell);
    return code;
}
