// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/edt.h"

#include "cytotaxis/clones.h"

#include <math.h>
#include <string.h>

enum {
    LANES = 32,         /* pixels between two searched winners */
    BATCH = 8,          /* columns tried per pass over the lanes */
    MARGIN = 4 * LANES, /* searches are rounded up and may look past the row's end */
};

void cyt_edt_ends(size_t n_rows, size_t n_cols, const unsigned char *seeds,
                  int32_t *restrict first, int32_t *restrict last)
{
    for (size_t c = 0; c < n_cols; c++) {
        first[c] = (int32_t)n_rows;
        last[c] = -1;
    }
    for (size_t r = 0; r < n_rows; r++) {
        const unsigned char *row = seeds + r * n_cols;
        const int32_t at = (int32_t)r;
        for (size_t c = 0; c < n_cols; c++) {
            const int32_t up = first[c] < at ? first[c] : at;
            first[c] = row[c] ? up : first[c];
            last[c] = row[c] ? at : last[c];
        }
    }
}

/* What one row needs. `square` points at the middle of its table: square[k] = k². */
typedef struct row_work {
    int32_t *below;   /* [n_cols] vertical distance downwards */
    int32_t *height;  /* [n_cols + MARGIN] v², FAR² beyond the row */
    int32_t *square;  /* [-(n_cols + MARGIN) .. n_cols + MARGIN] */
    int32_t *winner;  /* [n_cols / LANES + 2] column of the nearest seed at border k */
    size_t n_borders; /* border k stands at pixel k * LANES */
} row_work;

size_t cyt_edt_scratch(size_t n_cols)
{
    return n_cols + (n_cols + MARGIN) + (2 * (n_cols + MARGIN) + 1) + n_cols / LANES +
           2;
}

static row_work carve(size_t n_cols, int32_t *scratch)
{
    row_work w = {.below = scratch,
                  .height = scratch + n_cols,
                  .n_borders = (n_cols + LANES - 1) / LANES + 1};
    w.square = w.height + 2 * (n_cols + MARGIN);
    w.winner = w.square + n_cols + MARGIN + 1;
    return w;
}

CYT_CLONES
static void sweep_down(size_t n, const unsigned char *seed, const uint16_t *from,
                       uint16_t *restrict to)
{
    for (size_t c = 0; c < n; c++) {
        const uint16_t next = (uint16_t)(from[c] + (from[c] < CYT_EDT_FAR));
        to[c] = seed[c] ? 0 : next;
    }
}

void cyt_edt_down(size_t n_rows, size_t n_cols, const unsigned char *seeds,
                  const int32_t *above, uint16_t *down)
{
    for (size_t c = 0; n_rows > 0 && c < n_cols; c++)
        down[c] = seeds[c] ? 0 : (uint16_t)above[c];
    for (size_t r = 1; r < n_rows; r++)
        sweep_down(n_cols, seeds + r * n_cols, down + (r - 1) * n_cols,
                   down + r * n_cols);
}

/* One step of the sweep up, and v² from both directions. */
CYT_CLONES
static void sweep_up(size_t n, const uint16_t *restrict down, int32_t *restrict below,
                     int32_t *restrict height)
{
    for (size_t c = 0; c < n; c++) {
        const int32_t next = below[c] + 1 < CYT_EDT_FAR ? below[c] + 1 : CYT_EDT_FAR;
        const int32_t v = down[c] < next ? down[c] : next;
        below[c] = v;
        height[c] = v * v;
    }
}

/* Where height[i] + square[i] is least; n is a multiple of LANES. */
CYT_IN_CLONES int32_t where_least(int32_t n, const int32_t *height,
                                  const int32_t *square)
{
    int32_t least = INT32_MAX, at = INT32_MAX;
    for (int32_t i = 0; i < n; i++) {
        const int32_t d2 = height[i] + square[i];
        least = d2 < least ? d2 : least;
    }
    for (int32_t i = 0; i < n; i++) {
        const int32_t miss = -(height[i] + square[i] != least) & INT32_MAX;
        const int32_t found = i | miss; /* INT32_MAX on a miss */
        at = found < at ? found : at;
    }
    return at;
}

/* Winner at pixel x, known to lie in [a, b]. Three columns bound its distance and with
 * it the columns worth trying. Trying more columns than needed never hurts. */
CYT_IN_CLONES int32_t find_winner(const row_work *w, int32_t x, int32_t a, int32_t b)
{
    int32_t bound = w->height[x];
    const int32_t from_a = w->height[a] + w->square[x - a];
    const int32_t from_b = w->height[b] + w->square[x - b];
    bound = from_a < bound ? from_a : bound;
    bound = from_b < bound ? from_b : bound;
    const int32_t reach = (int32_t)sqrt((double)bound);
    a = a > x - reach ? a : x - reach;
    b = b < x + reach ? b : x + reach;
    const int32_t n = (b - a + LANES) / LANES * LANES;
    return a + where_least(n, w->height + a, w->square + (a - x));
}

/* Winners at all borders, by halving the distance between known ones. */
CYT_CLONES
static void find_winners(size_t n_cols, row_work *w)
{
    const int32_t last = (int32_t)w->n_borders - 1, end = (int32_t)n_cols - 1;
    int32_t step = 1;
    while (step < last)
        step *= 2;
    w->winner[0] = find_winner(w, 0, 0, end);
    w->winner[last] = find_winner(w, last * LANES, w->winner[0], end);
    for (step /= 2; step > 0; step /= 2)
        for (int32_t k = step; k < last; k += 2 * step) {
            const int32_t right = k + step < last ? k + step : last;
            w->winner[k] =
                find_winner(w, k * LANES, w->winner[k - step], w->winner[right]);
        }
}

/* The least of n parabolas at LANES pixels; n is a multiple of BATCH. square[l - j] is
 * the squared distance of lane l from column j. */
CYT_IN_CLONES void lower(int32_t n, const int32_t *height, const int32_t *square,
                         int32_t *restrict d2)
{
    for (int32_t l = 0; l < LANES; l++)
        d2[l] = INT32_MAX;
    for (; n > 0; n -= BATCH, height += BATCH, square -= BATCH)
        for (int32_t l = 0; l < LANES; l++) {
            int32_t least = d2[l];
#pragma GCC unroll 8
            for (int32_t j = 0; j < BATCH; j++) {
                const int32_t here = height[j] + square[l - j];
                least = here < least ? here : least;
            }
            d2[l] = least;
        }
}

/* The pixels between two borders can only be won by the columns between the winners. */
CYT_CLONES
static void fill_row(size_t n_cols, const row_work *w, uint32_t *d2)
{
    for (size_t k = 0; k + 1 < w->n_borders; k++) {
        const int32_t x = (int32_t)(k * LANES), a = w->winner[k];
        const int32_t n = (w->winner[k + 1] - a + BATCH) / BATCH * BATCH;
        int32_t least[LANES];
        lower(n, w->height + a, w->square + (x - a), least);
        const size_t left = n_cols - k * LANES;
        memcpy(d2 + x, least, (left < LANES ? left : LANES) * sizeof *d2);
    }
}

void cyt_edt_start(size_t n_cols, const int32_t *below, int32_t *scratch)
{
    const row_work w = carve(n_cols, scratch);
    const int32_t reach = (int32_t)n_cols + MARGIN;
    for (int32_t k = -reach; k <= reach; k++)
        w.square[k] = k * k;
    for (size_t c = n_cols; c < n_cols + MARGIN; c++)
        w.height[c] = (int32_t)CYT_EDT_NONE;
    for (size_t c = 0; c < n_cols; c++)
        w.below[c] = below[c] - 1;
}

void cyt_edt_up(size_t n_cols, const uint16_t *down, int32_t *scratch, uint32_t *d2)
{
    row_work w = carve(n_cols, scratch);
    sweep_up(n_cols, down, w.below, w.height);
    find_winners(n_cols, &w);
    fill_row(n_cols, &w, d2);
}

CYT_CLONES
void cyt_edt_lengths(size_t n, const uint32_t *restrict d2, double spacing_um,
                     float *restrict distance_um)
{
    /* Two loops: with the choice in it, the roots would not vectorise. */
    for (size_t i = 0; i < n; i++)
        distance_um[i] = (float)(sqrt((double)(int32_t)d2[i]) * spacing_um);
    for (size_t i = 0; i < n; i++)
        distance_um[i] = d2[i] == CYT_EDT_NONE ? NAN : distance_um[i];
}
