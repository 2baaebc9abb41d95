/**
 * @file pair_parts.h
 * @brief Inside cyt_pair_sweep(): the bins, the sorted cells, the windows of a query.
 *
 * Single-precision coordinates count in bins of the largest radius' width, from the
 * middle of the cells: the largest radius is `bins.reach` of them.
 *
 *         ┌──┬──┬──┬──┬──┬──┬──┐
 *         │  │  │ ▒│▒▒│▒ │  │  │  strip: its cells from start[strip * n_buckets] on
 *         ├──┼──┼──┼──┼──┼──┼──┤
 *         │  │▒▒│▒▒│i▒│▒▒│▒▒│  │  window: the buckets of a strip that query i reaches
 *         └──┴──┴──┴──┴──┴──┴──┘
 */
#ifndef PAIR_PARTS_H
#define PAIR_PARTS_H

#include "cytotaxis/clones.h"
#include "cytotaxis/pair_sweep.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PAIR_LANES = 16,  /* cells that may be read beyond the last */
    PAIR_BATCH = 1024 /* places that are collected before they are counted */
};

/* What distances are sorted into. */
typedef struct pair_bins {
    size_t n;                      /* bins: n_radii, or as many as are of equal width */
    size_t n_radii;                /* */
    int is_uniform;                /* bin k ends at k + 1 */
    double square[CYT_PAIR_RADII]; /* [n_radii] radius², as the verdict has it */
    uint8_t bin[CYT_PAIR_RADII];   /* [n_radii] the bin that ends at the radius */
    uint8_t radius[CYT_PAIR_RADII]; /* [n] the first radius that holds the bin */
    double width;                   /* source units */
    double reach;                   /* largest radius in widths */
} pair_bins;

/* How far single precision may be off; in widths, or their squares. */
typedef struct pair_bounds {
    float limit;     /* no pair within the largest radius has a larger square */
    float window;    /* the same for windows, which are rounded too */
    double distance; /* of the true distance */
    int is_single;   /* nonzero: single precision decides most pairs */
} pair_bounds;

typedef struct pair_grid {
    size_t n_strips, n_buckets;
    float left, low;             /* lower corner */
    float per_bucket, per_strip; /* buckets, strips per width */
} pair_grid;

typedef struct pair_set {
    size_t n;
    float *u, *v;    /* [n + PAIR_LANES] */
    uint32_t *place; /* [n + PAIR_LANES] type * bins.n */
    uint32_t *bin;   /* [n] lowest bin that counts; NULL: 0 */
    double *x, *y;   /* [n] as given */
    uint32_t *start; /* [n_strips * n_buckets + 1] */
} pair_set;

typedef struct pair_sweep {
    size_t n_types;
    pair_bins bins;
    pair_bounds bounds;
    pair_grid grid;
    pair_set targets, queries; /* the same when the targets look at each other */
    int among_targets;
    float *v_min, *v_max; /* [n_strips] of the targets of a strip; none: +, -infinity */
    uint32_t *key;        /* [most cells of a set] bucket of each cell */
    uint32_t *from, *to;  /* [n_strips] window of a query in each strip */
    uint32_t *table;      /* [n_types * n_types * bins.n] counts since the last flush */
    uint32_t *twin;       /* more of them; the same table if that is large */
    uint64_t n_counted;   /* their sum, at most */
} pair_sweep;

void cyt_pair_plan_bins(const cyt_pair_task *task, pair_bins *bins);

/* Lay the work out in `base`; returns its size in bytes. With base = NULL only that. */
size_t cyt_pair_lay_out(const cyt_pair_task *task, char *base, pair_sweep *s);

void cyt_pair_sort(const cyt_pair_task *task, pair_sweep *s);

/* Move the table to the counts before it may overflow. */
void cyt_pair_flush(pair_sweep *s, uint64_t *count);

void cyt_pair_run_plain(pair_sweep *s, uint64_t *count);
void cyt_pair_run_avx2(pair_sweep *s, uint64_t *count);
void cyt_pair_run_avx512(pair_sweep *s, uint64_t *count);

/* Monotone in `at`, as are all steps here: rounding moves no cell out of a window. */
CYT_IN_CLONES size_t pair_cell_of(float at, float first, float per_width, size_t n)
{
    const float f = (at - first) * per_width, last = (float)(n - 1);
    return (size_t)(int)(f > 0 ? (f < last ? f : last) : 0);
}

/* The strips a query looks at: those that it reaches, and of the targets themselves
 * only its own and later ones. */
CYT_IN_CLONES void pair_strips(const pair_sweep *s, size_t i, size_t *first,
                               size_t *end)
{
    const pair_grid *g = &s->grid;
    const float v = s->queries.v[i], reach = sqrtf(s->bounds.window);
    *first = pair_cell_of(s->among_targets ? v : v - reach, g->low, g->per_strip,
                          g->n_strips);
    *end = pair_cell_of(v + reach, g->low, g->per_strip, g->n_strips) + 1;
}

/* Fill from[] and to[] for query i; returns how many strips. */
CYT_IN_CLONES size_t pair_windows(const pair_sweep *s, size_t i)
{
    const pair_grid *g = &s->grid;
    const float u = s->queries.u[i], v = s->queries.v[i], window = s->bounds.window;
    const float last = (float)(g->n_buckets - 1), left = g->left, per = g->per_bucket;
    size_t first, end;
    pair_strips(s, i, &first, &end);
    const size_t n = end - first;
    const float *v_min = s->v_min + first, *v_max = s->v_max + first;
    uint32_t *restrict from = s->from, *restrict to = s->to;
    for (size_t q = 0; q < n; q++) {
        const float above = v_min[q] - v, below = v - v_max[q];
        const float gap = above > below ? above : below, dv = gap > 0 ? gap : 0;
        const float rest = window - dv * dv;
        const float half = sqrtf(rest > 0 ? rest : 0) * (1 + 0x1p-20f);
        const float a = (u - half - left) * per, b = (u + half - left) * per;
        const float lo = a > 0 ? (a < last ? a : last) : 0;
        const float hi = b > 0 ? (b < last ? b : last) : 0;
        const uint32_t row = (uint32_t)((first + q) * g->n_buckets);
        from[q] = row + (uint32_t)(int)lo;
        to[q] = rest >= 0 ? row + (uint32_t)(int)hi + 1 : from[q];
    }
    const uint32_t *start = s->targets.start;
    for (size_t q = 0; q < n; q++) {
        from[q] = start[from[q]];
        to[q] = start[to[q]];
    }
    if (s->among_targets && from[0] <= i)
        from[0] = (uint32_t)i + 1;
    return n;
}

/* The bin of a pair by the verdict in double precision; bins.n if beyond all. */
CYT_IN_CLONES size_t pair_exact_bin(const pair_sweep *s, size_t i, size_t j)
{
    const double dx = s->targets.x[j] - s->queries.x[i];
    const double dy = s->targets.y[j] - s->queries.y[i];
    const double d2 = dx * dx + dy * dy;
    const pair_bins *b = &s->bins;
    if (!(d2 <= b->square[b->n_radii - 1]))
        return b->n;
    size_t lo = 0, hi = b->n_radii - 1;
    while (lo < hi) {
        const size_t mid = (lo + hi) / 2;
        if (d2 <= b->square[mid])
            hi = mid;
        else
            lo = mid + 1;
    }
    return b->bin[lo];
}

/* Before each query: it finds no more than all targets. Some batches may be found and
 * not counted yet. */
CYT_IN_CLONES void pair_make_room(pair_sweep *s, uint64_t *count)
{
    if (s->n_counted + s->targets.n + 4 * PAIR_BATCH > UINT32_MAX)
        cyt_pair_flush(s, count);
    s->n_counted += s->targets.n;
}

#endif
