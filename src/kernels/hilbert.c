// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/hilbert.h"

#include "cytotaxis/clones.h"

#include <float.h>
#include <string.h>

enum {
    BITS = 16,       /* of a key, in each direction */
    DIGIT = 11,      /* bits per pass of the radix sort; three passes make 2 * BITS */
    FEW = 48,        /* points sorted by insertion */
    FINE_ENOUGH = 8, /* points in one cell that need no finer curve */
};

typedef struct sorter {
    const double *x, *y;
    uint32_t *order, *key, *other_order, *other_key;
} sorter;

size_t cyt_hilbert_scratch(size_t n)
{
    return 3 * n;
}

/* Place on the curve of the cell (key >> BITS, key & 0xffff), from the highest bit
 * down: each step keeps two bits and turns the rest into the frame of the quadrant
 * entered. */
CYT_CLONES
static void cells_to_keys(size_t n, uint32_t *restrict key)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t x = key[i] >> BITS, y = key[i] & 0xffff, place = 0;
        for (int bit = BITS - 1; bit >= 0; bit--) {
            const uint32_t right = x >> bit & 1, upper = y >> bit & 1;
            place = place << 2 | ((3 * right) ^ upper);
            const uint32_t flip = -(right & ~upper), swap = (x ^ y) & -(upper ^ 1);
            x ^= swap ^ flip;
            y ^= swap ^ flip;
        }
        key[i] = place;
    }
}

typedef struct corner {
    double x, y, extent;
} corner;

static corner corner_of(const sorter *s, size_t from, size_t n)
{
    double x0 = s->x[s->order[from]], x1 = x0, y0 = s->y[s->order[from]], y1 = y0;
    for (size_t i = from; i < from + n; i++) {
        const double x = s->x[s->order[i]], y = s->y[s->order[i]];
        x0 = x < x0 ? x : x0;
        x1 = x > x1 ? x : x1;
        y0 = y < y0 ? y : y0;
        y1 = y > y1 ? y : y1;
    }
    return (corner){x0, y0, x1 - x0 > y1 - y0 ? x1 - x0 : y1 - y0};
}

static uint32_t cell(double offset, double per_unit)
{
    const double at = offset * per_unit, last = (1 << BITS) - 1;
    return (uint32_t)(at < last ? at : last);
}

static void insertion_sort(const sorter *s, size_t from, size_t n)
{
    for (size_t i = from + 1; i < from + n; i++) {
        const uint32_t key = s->key[i], order = s->order[i];
        size_t j = i;
        for (; j > from && s->key[j - 1] > key; j--) {
            s->key[j] = s->key[j - 1];
            s->order[j] = s->order[j - 1];
        }
        s->key[j] = key;
        s->order[j] = order;
    }
}

__attribute__((noinline)) /* keeps its table off the stack of sort_run() */
static void
sort_by_digit(size_t n, int shift, const uint32_t *restrict key,
              const uint32_t *restrict order, uint32_t *restrict to_key,
              uint32_t *restrict to_order)
{
    enum { BUCKETS = 1 << DIGIT };
    uint32_t at[BUCKETS + 1] = {0};
    for (size_t i = 0; i < n; i++)
        at[(key[i] >> shift & (BUCKETS - 1)) + 1]++;
    for (int d = 0; d < BUCKETS; d++)
        at[d + 1] += at[d];
    for (size_t i = 0; i < n; i++) {
        const uint32_t to = at[key[i] >> shift & (BUCKETS - 1)]++;
        to_key[to] = key[i];
        to_order[to] = order[i];
    }
}

static void radix_sort(const sorter *s, size_t from, size_t n)
{
    uint32_t *key = s->key + from, *order = s->order + from;
    uint32_t *other_key = s->other_key + from, *other_order = s->other_order + from;
    sort_by_digit(n, 0, key, order, other_key, other_order);
    sort_by_digit(n, DIGIT, other_key, other_order, key, order);
    sort_by_digit(n, 2 * DIGIT, key, order, other_key, other_order);
    memcpy(key, other_key, n * sizeof *key);
    memcpy(order, other_order, n * sizeof *order);
}

/* Each level divides the extent by 2^BITS, so doubles allow no more than 131 levels. */
static void sort_run(const sorter *s, size_t from, size_t n)
{
    const corner c = corner_of(s, from, n);
    const double per_unit = (1 << BITS) / c.extent;
    if (!(per_unit > 0 && per_unit <= DBL_MAX)) /* in one place, or beyond all scales */
        return;
    for (size_t i = from; i < from + n; i++) {
        const uint32_t p = s->order[i];
        s->key[i] =
            cell(s->x[p] - c.x, per_unit) << BITS | cell(s->y[p] - c.y, per_unit);
    }
    cells_to_keys(n, s->key + from);
    if (n <= FEW)
        insertion_sort(s, from, n);
    else
        radix_sort(s, from, n);
    for (size_t i = from, end; i < from + n; i = end) {
        for (end = i + 1; end < from + n && s->key[end] == s->key[i]; end++)
            ;
        if (end - i > FINE_ENOUGH)
            sort_run(s, i, end - i);
    }
}

void cyt_hilbert_order(size_t n, const double *x, const double *y, uint32_t *scratch,
                       uint32_t *order)
{
    const sorter s = {x, y, order, scratch, scratch + n, scratch + 2 * n};
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    if (n > 1)
        sort_run(&s, 0, n);
}
