// SPDX-License-Identifier: BSD-3-Clause
/* The cells of a sweep: in widths, sorted into buckets; and what rounding may do.
 *
 * A coordinate u, at most m from the middle, is off by e = m 2^-24 after its rounding
 * to single precision. So the difference of two is off by 2 e, its own rounding by
 * 2^-24 of it, and a distance by 2 √2 e and some 2^-24 of itself. */
#include "pair_parts.h"

#include <string.h>

static const double far_away = 0x1p60; /* widths; what is farther, is put there */

typedef struct extent {
    double x_min, x_max, y_min, y_max;
    size_t n;
} extent;

static void widen(const cyt_pair_cells *c, size_t n_types, extent *e)
{
    for (size_t i = 0; i < c->n; i++) {
        if (c->type[i] >= n_types)
            continue;
        e->x_min = c->x[i] < e->x_min ? c->x[i] : e->x_min;
        e->x_max = c->x[i] > e->x_max ? c->x[i] : e->x_max;
        e->y_min = c->y[i] < e->y_min ? c->y[i] : e->y_min;
        e->y_max = c->y[i] > e->y_max ? c->y[i] : e->y_max;
        e->n++;
    }
}

/* Halves first: the sum of two large numbers might be none. */
static double middle(double a, double b)
{
    return a / 2 + b / 2;
}

/* Four times what the head of this file says of rounding, and the radii need be
 * multiples of the width only so nearly (pair_sweep.c). */
static pair_bounds bounds_of(double farthest, const pair_bins *bins)
{
    const double reach = bins->reach + 1;
    const double off = 3 * farthest * 0x1p-24 + reach * 0x1p-21 + 0x1p-19;
    const double most = reach - 1 + off;
    pair_bounds b = {.distance = off};
    b.is_single = off < 0.125;
    b.limit = (float)(most * most * (1 + 0x1p-21));
    b.window = b.limit * (1 + 0x1p-20f);
    if (farthest >= far_away / 2)
        b.limit = b.window = INFINITY;
    return b;
}

/* Strips so high that a window holds some lanes of cells, were they evenly spread, but
 * fine enough to follow the disc; as many buckets as cells. */
static pair_grid grid_of(const extent *e, const pair_bins *bins, double u, double v)
{
    const double n = (double)e->n + 1, reach = bins->reach,
                 cells_of_window = 64; /* by measurement */
    const double area = 4 * (u + 1) * (v + 1);
    double height = cells_of_window * area / (2 * reach * n);
    height = fmin(fmax(height, reach / 32), reach / 2);
    const double n_strips = fmin(2 * v / height, n / 2) + 1;
    const double n_buckets = fmin(2 * u * 64 / reach, n / n_strips) + 1;
    pair_grid g = {.n_strips = (size_t)n_strips, .n_buckets = (size_t)n_buckets};
    g.left = (float)-u;
    g.low = (float)-v;
    g.per_strip = v > 0 ? (float)((double)g.n_strips / (2 * v)) : 0;
    g.per_bucket = u > 0 ? (float)((double)g.n_buckets / (2 * u)) : 0;
    return g;
}

static double in_widths(double at, double centre, double per_unit)
{
    const double u = (at - centre) * per_unit;
    return u > far_away ? far_away : u < -far_away ? -far_away : u;
}

/* Bucket of each cell, and how many each bucket has, one place ahead. */
static void count_buckets(const pair_sweep *s, const cyt_pair_cells *c, double centre_x,
                          double centre_y, uint32_t *start)
{
    const pair_grid *g = &s->grid;
    const double per_unit = 1 / s->bins.width;
    memset(start, 0, (g->n_strips * g->n_buckets + 1) * sizeof *start);
    for (size_t i = 0; i < c->n; i++) {
        if (c->type[i] >= s->n_types)
            continue;
        const float u = (float)in_widths(c->x[i], centre_x, per_unit);
        const float v = (float)in_widths(c->y[i], centre_y, per_unit);
        const size_t row = pair_cell_of(v, g->low, g->per_strip, g->n_strips);
        const size_t col = pair_cell_of(u, g->left, g->per_bucket, g->n_buckets);
        s->key[i] = (uint32_t)(row * g->n_buckets + col);
        start[s->key[i] + 1]++;
    }
    for (size_t k = 1; k <= g->n_strips * g->n_buckets; k++)
        start[k] += start[k - 1];
}

static void fill_up(pair_set *set)
{
    for (size_t l = set->n; l < set->n + PAIR_LANES; l++) {
        set->u[l] = set->v[l] = 0;
        set->place[l] = 0;
    }
}

static void put_in_buckets(const pair_sweep *s, const cyt_pair_cells *c,
                           double centre_x, double centre_y, pair_set *set)
{
    uint32_t *start = set->start;
    const double per_unit = 1 / s->bins.width;
    const size_t n_keys = s->grid.n_strips * s->grid.n_buckets;
    count_buckets(s, c, centre_x, centre_y, start);
    set->n = start[n_keys];
    for (size_t i = 0; i < c->n; i++) {
        if (c->type[i] >= s->n_types)
            continue;
        const size_t k = start[s->key[i]]++;
        set->x[k] = c->x[i];
        set->y[k] = c->y[i];
        set->u[k] = (float)in_widths(c->x[i], centre_x, per_unit);
        set->v[k] = (float)in_widths(c->y[i], centre_y, per_unit);
        set->place[k] = (uint32_t)(c->type[i] * s->bins.n);
        if (set->bin)
            set->bin[k] = c->floor ? s->bins.bin[c->floor[i]] : 0;
    }
    memmove(start + 1, start, n_keys * sizeof *start);
    start[0] = 0;
    fill_up(set);
}

static void find_heights(pair_sweep *s)
{
    const pair_set *t = &s->targets;
    for (size_t q = 0; q < s->grid.n_strips; q++) {
        float low = INFINITY, high = -INFINITY;
        const uint32_t *start = t->start + q * s->grid.n_buckets;
        for (size_t k = start[0]; k < start[s->grid.n_buckets]; k++) {
            low = t->v[k] < low ? t->v[k] : low;
            high = t->v[k] > high ? t->v[k] : high;
        }
        s->v_min[q] = low;
        s->v_max[q] = high;
    }
}

void cyt_pair_sort(const cyt_pair_task *task, pair_sweep *s)
{
    extent e = {INFINITY, -INFINITY, INFINITY, -INFINITY, 0};
    widen(task->targets, s->n_types, &e);
    const size_t n_targets = e.n;
    if (task->queries)
        widen(task->queries, s->n_types, &e);
    if (n_targets == 0) {
        s->targets.n = s->queries.n = 0;
        return;
    }
    e.n = n_targets;
    const double centre_x = middle(e.x_min, e.x_max), width = s->bins.width;
    const double centre_y = middle(e.y_min, e.y_max);
    const double u = fmin((e.x_max - centre_x) / width * (1 + 0x1p-20), far_away);
    const double v = fmin((e.y_max - centre_y) / width * (1 + 0x1p-20), far_away);
    s->bounds = bounds_of(fmax(u, v), &s->bins);
    s->grid = grid_of(&e, &s->bins, u, v);
    put_in_buckets(s, task->targets, centre_x, centre_y, &s->targets);
    if (task->queries)
        put_in_buckets(s, task->queries, centre_x, centre_y, &s->queries);
    else
        s->queries = s->targets;
    find_heights(s);
}
