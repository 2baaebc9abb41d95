// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/nearest.h"

#include "cytotaxis/clones.h"
#include "nearest_lists.h"

#include <float.h>
#include <math.h>
#include <string.h>

size_t cyt_nearest_scratch(size_t n_targets, size_t n_queries, size_t n_types)
{
    nearest_work w;
    return cyt_nearest_lay_out(n_targets, n_queries, n_types, NULL, &w);
}

/* Lower best[] of a block by the points of a leaf. */
CYT_IN_CLONES void try_all(const double *qx, const double *qy, const double *x,
                           const double *y, double *restrict best)
{
    for (int l = 0; l < BLOCK; l++) {
        double least = best[l];
#pragma GCC unroll 8
        for (int j = 0; j < LEAF; j++) {
            const double dx = qx[l] - x[j], dy = qy[l] - y[j];
            const double d2 = dx * dx + dy * dy;
            least = d2 < least ? d2 : least;
        }
        best[l] = least;
    }
}

/* The same for a leaf that holds some of the queries: at self[l] - at, if not beyond.
 */
CYT_IN_CLONES void try_all_but_self(const double *qx, const double *qy, const double *x,
                                    const double *y, const double *self, double at,
                                    double *restrict best)
{
    for (int l = 0; l < BLOCK; l++) {
        double least = best[l];
        const double own = self[l] - at;
#pragma GCC unroll 8
        for (int j = 0; j < LEAF; j++) {
            const double dx = qx[l] - x[j], dy = qy[l] - y[j];
            const double d2 = dx * dx + dy * dy;
            const double other = own == j ? INFINITY : d2;
            least = other < least ? other : least;
        }
        best[l] = least;
    }
}

/* Try one leaf on a block; if it served the last query, the next block starts with it.
 */
CYT_IN_CLONES void try_leaf(const nearest_work *w, size_t k, size_t type, uint32_t leaf,
                            int with_self)
{
    const target_trees *t = &w->targets;
    const query_tree *q = &w->queries;
    const size_t from = BLOCK * k, at = (size_t)LEAF * leaf;
    double *best = w->best + BLOCK * type;
    const double last = best[BLOCK - 1];
    if (with_self)
        try_all_but_self(q->x + from, q->y + from, t->x + at, t->y + at, q->slot + from,
                         (double)at, best);
    else
        try_all(q->x + from, q->y + from, t->x + at, t->y + at, best);
    t->seed[type] = best[BLOCK - 1] < last ? leaf : t->seed[type];
}

/* The leaves to start with: those that hold queries of the block, which follow each
 * other, because queries and targets are in one order; else the one that served last.
 */
static void choose_first(const nearest_work *w, size_t k)
{
    const query_tree *q = &w->queries;
    for (size_t b = 0; b < w->n_types; b++)
        w->first[b] = (leaf_run){w->targets.seed[b], w->targets.seed[b] + 1, 0};
    for (size_t i = BLOCK * k; i < BLOCK * (k + 1); i++) {
        if (q->slot[i] < 0)
            continue;
        leaf_run *run = &w->first[q->type[i]];
        const uint32_t leaf = (uint32_t)q->slot[i] / LEAF;
        run->from = run->has_queries ? run->from : leaf;
        run->to = leaf + 1;
        run->has_queries = 1;
    }
}

/* Non-negative doubles are ordered as their bits are, and integer maxima vectorise. */
CYT_IN_CLONES double largest_of(const double *v)
{
    int64_t largest = 0;
    for (int l = 0; l < BLOCK; l++) {
        int64_t bits;
        memcpy(&bits, v + l, sizeof bits);
        largest = bits > largest ? bits : largest;
    }
    double value;
    memcpy(&value, &largest, sizeof value);
    return value;
}

/* The first leaves make the bound of each type. */
CYT_CLONES
static void try_first(const nearest_work *w, size_t k)
{
    for (size_t b = 0; b < w->n_types; b++) {
        double *best = w->best + BLOCK * b;
        for (int l = 0; l < BLOCK; l++)
            best[l] = INFINITY;
        if (w->list[1].n[b] > 0)
            for (uint32_t leaf = w->first[b].from; leaf < w->first[b].to; leaf++)
                try_leaf(w, k, b, leaf, w->first[b].has_queries);
        w->worst[b] = largest_of(best);
    }
}

/* Squared distance that a block's bounds surely do not exceed; squaring a rounded root
 * may lose two units in the last place, or everything when it underflows. */
static double bound_of_block(const uint32_t *place, const double *distance)
{
    double most = 0;
    for (int l = 0; l < BLOCK; l++)
        most = distance[place[l]] > most ? distance[place[l]] : most;
    return most * most * (1 + 4 * DBL_EPSILON) + DBL_MIN;
}

/* Leaves of all types that may improve on what the first ones gave. */
static size_t choose_rest(const nearest_work *w, size_t k, const double *bounds)
{
    const query_tree *q = &w->queries;
    size_t n = 0;
    for (size_t b = 0; b < w->n_types; b++) {
        double bound = w->worst[b];
        if (bounds) {
            const double b2 = bound_of_block(q->place + BLOCK * k, bounds + b * q->n);
            bound = b2 < bound ? b2 : bound;
        }
        const leaf_run run = w->first[b];
        const size_t end =
            n + cyt_nearest_leaves(w, &q->boxes[0][k], b, bound, w->rest + n);
        for (size_t i = n; i < end; i++) {
            const uint32_t leaf = w->rest[i];
            w->rest[n] = leaf;
            w->rest_type[n] = (uint16_t)b;
            n += leaf - run.from >= run.to - run.from;
        }
    }
    return n;
}

CYT_CLONES
static void try_rest(const nearest_work *w, size_t k, size_t n)
{
    for (size_t i = 0; i < n; i++)
        try_leaf(w, k, w->rest_type[i], w->rest[i], 0);
}

CYT_CLONES
static void store(const nearest_work *w, size_t k, int bounded, double *distance)
{
    const query_tree *q = &w->queries;
    const uint32_t *place = q->place + BLOCK * k;
    const size_t left = q->n - BLOCK * k, n = left < BLOCK ? left : BLOCK;
    for (size_t b = 0; b < w->n_types; b++, distance += q->n) {
        double d[BLOCK];
        for (int l = 0; l < BLOCK; l++)
            d[l] = sqrt(w->best[BLOCK * b + (size_t)l]);
        for (size_t l = 0; l < n; l++)
            if (!bounded || d[l] < distance[place[l]])
                distance[place[l]] = d[l];
    }
}

/* How many levels above the blocks have another box than for block k - 1. */
static int levels_changed(size_t k, int n_levels)
{
    int n = 0;
    if (k == 0)
        return n_levels - 1;
    for (; k % QFANOUT == 0; k /= QFANOUT)
        n++;
    return n < n_levels - 1 ? n : n_levels - 1;
}

void cyt_nearest(const cyt_nearest_cells *targets, const cyt_nearest_cells *queries,
                 size_t n_types, int bounded, void *scratch, double *distance)
{
    const size_t n_queries = queries ? queries->n : targets->n;
    if (n_queries == 0)
        return;
    nearest_work w;
    cyt_nearest_lay_out(targets->n, n_queries, n_types, scratch, &w);
    cyt_nearest_plant(targets, queries, &w);
    cyt_nearest_start(&w);
    for (size_t k = 0; k < w.queries.n_blocks; k++) {
        for (int level = levels_changed(k, w.queries.n_levels); level > 0; level--) {
            size_t i = k;
            for (int up = 0; up < level; up++)
                i /= QFANOUT;
            cyt_nearest_narrow(&w, level, i);
        }
        choose_first(&w, k);
        try_first(&w, k);
        try_rest(&w, k, choose_rest(&w, k, bounded ? distance : NULL));
        store(&w, k, bounded, distance);
    }
}

void cyt_nearest_plain(const cyt_nearest_cells *targets,
                       const cyt_nearest_cells *queries, size_t n_types, int bounded,
                       double *distance)
{
    const cyt_nearest_cells *q = queries ? queries : targets;
    for (size_t i = 0; !bounded && i < n_types * q->n; i++)
        distance[i] = INFINITY;
    for (size_t i = 0; i < q->n; i++)
        for (size_t j = 0; j < targets->n; j++) {
            if (targets->type[j] >= n_types || (!queries && i == j))
                continue;
            double *best = distance + targets->type[j] * q->n + i;
            const double dx = q->x[i] - targets->x[j], dy = q->y[i] - targets->y[j];
            const double d = sqrt(dx * dx + dy * dy);
            *best = d < *best ? d : *best;
        }
}
