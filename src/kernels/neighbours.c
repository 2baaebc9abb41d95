// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/neighbours.h"

#include <math.h>
#include <string.h>

/* Bins are about half as many as points, and never more than twice. */
size_t cyt_bins_size(size_t n)
{
    return 3 * n + 8;
}

/* Smallest side for which bins over the box are at most n + 3. */
static void lay(cyt_bins *b, double width, double height)
{
    const double n = (double)b->n;
    b->side = fmax(sqrt(2 * width * height / n), fmax(width, height) * 2 / n);
    if (!(b->side > 0))
        b->side = 1;
    b->n_cols = (size_t)(width / b->side) + 1;
    b->n_rows = (size_t)(height / b->side) + 1;
}

static size_t col_of(const cyt_bins *b, double x)
{
    const double c = floor((x - b->x_min) / b->side);
    return c <= 0 ? 0 : c >= (double)b->n_cols ? b->n_cols - 1 : (size_t)c;
}

static size_t row_of(const cyt_bins *b, double y)
{
    const double r = floor((y - b->y_min) / b->side);
    return r <= 0 ? 0 : r >= (double)b->n_rows ? b->n_rows - 1 : (size_t)r;
}

static size_t bin_of(const cyt_bins *b, size_t i)
{
    return row_of(b, b->y[i]) * b->n_cols + col_of(b, b->x[i]);
}

void cyt_bins_fill(size_t n, const double *x, const double *y, const uint64_t *rank,
                   uint32_t *room, cyt_bins *b)
{
    *b = (cyt_bins){.n = n, .x = x, .y = y, .rank = rank, .point = room};
    double x_max = -HUGE_VAL, y_max = -HUGE_VAL;
    b->x_min = b->y_min = HUGE_VAL;
    for (size_t i = 0; i < n; i++) {
        b->x_min = fmin(b->x_min, x[i]);
        b->y_min = fmin(b->y_min, y[i]);
        x_max = fmax(x_max, x[i]);
        y_max = fmax(y_max, y[i]);
    }
    if (n > 0)
        lay(b, x_max - b->x_min, y_max - b->y_min);
    b->start = room + n;
    const size_t n_bins = b->n_cols * b->n_rows;
    memset(b->start, 0, (n_bins + 1) * sizeof *b->start);
    for (size_t i = 0; i < n; i++)
        b->start[bin_of(b, i)]++;
    for (size_t k = 1; k <= n_bins; k++)
        b->start[k] += b->start[k - 1];
    for (size_t i = n; i-- > 0;)
        b->point[--b->start[bin_of(b, i)]] = (uint32_t)i;
}

/* More than the rounding of where a bin begins can amount to. */
static double slack(const cyt_bins *b, double x, double y)
{
    const double most =
        fmax(fmax(fabs(x), fabs(y)), fmax(fabs(b->x_min), fabs(b->y_min)));
    return b->side * 0x1p-20 + most * 0x1p-48;
}

static double d2_to(const cyt_bins *b, uint32_t i, double x, double y)
{
    const double dx = b->x[i] - x, dy = b->y[i] - y;
    return dx * dx + dy * dy;
}

size_t cyt_bins_within(const cyt_bins *b, double x, double y, double radius,
                       uint32_t skip, uint32_t *found)
{
    size_t n = 0;
    if (b->n == 0)
        return 0;
    const double reach = radius * (1 + 0x1p-20) + slack(b, x, y);
    const size_t c0 = col_of(b, x - reach), c1 = col_of(b, x + reach);
    const size_t r1 = row_of(b, y + reach);
    for (size_t r = row_of(b, y - reach); r <= r1; r++) {
        const uint32_t *bin = b->start + r * b->n_cols;
        for (uint32_t k = bin[c0]; k < bin[c1 + 1]; k++) {
            const uint32_t i = b->point[k];
            if (i == skip || !(d2_to(b, i, x, y) <= radius * radius))
                continue;
            if (found)
                found[n] = i;
            n++;
        }
    }
    return n;
}

int cyt_nearer(const cyt_near *a, const cyt_near *b)
{
    return a->d2 < b->d2 || (a->d2 == b->d2 && a->rank < b->rank);
}

size_t cyt_near_insert(cyt_near *list, size_t n, size_t k, cyt_near candidate)
{
    if (n == k && !cyt_nearer(&candidate, list + n - 1))
        return n;
    size_t i = n < k ? n++ : n - 1;
    for (; i > 0 && cyt_nearer(&candidate, list + i - 1); i--)
        list[i] = list[i - 1];
    list[i] = candidate;
    return n;
}

static size_t look_at(const cyt_bins *b, size_t row, size_t c0, size_t c1,
                      const double at[2], uint32_t skip, size_t k, double most_d2,
                      cyt_near *list, size_t n)
{
    const uint32_t *bin = b->start + row * b->n_cols;
    for (uint32_t m = bin[c0]; m < bin[c1 + 1]; m++) {
        const uint32_t i = b->point[m];
        const cyt_near candidate = {d2_to(b, i, at[0], at[1]), b->rank[i], i};
        if (i != skip && candidate.d2 <= most_d2)
            n = cyt_near_insert(list, n, k, candidate);
    }
    return n;
}

/* Along one axis, how far beyond the ring of bins [low, high] a coordinate sees. */
static double seen(double v, double min, double side, size_t low, size_t high, size_t n)
{
    const double below = low > 0 ? v - (min + side * (double)low) : HUGE_VAL;
    const double above = high + 1 < n ? min + side * (double)(high + 1) - v : HUGE_VAL;
    return fmin(below, above);
}

size_t cyt_bins_nearest(const cyt_bins *b, double x, double y, uint32_t skip, size_t k,
                        double most_d2, cyt_near *list)
{
    size_t n = 0;
    if (b->n == 0)
        return 0;
    const size_t col = col_of(b, x), row = row_of(b, y);
    const double at[2] = {x, y};
    for (size_t ring = 0;; ring++) {
        const size_t c0 = col > ring ? col - ring : 0;
        const size_t r0 = row > ring ? row - ring : 0;
        const size_t c1 = col + ring < b->n_cols ? col + ring : b->n_cols - 1;
        const size_t r1 = row + ring < b->n_rows ? row + ring : b->n_rows - 1;
        for (size_t r = r0; r <= r1; r++) {
            if (r + ring == row || r == row + ring) {
                n = look_at(b, r, c0, c1, at, skip, k, most_d2, list, n);
                continue;
            }
            if (col >= ring)
                n = look_at(b, r, c0, c0, at, skip, k, most_d2, list, n);
            if (ring > 0 && col + ring < b->n_cols)
                n = look_at(b, r, c1, c1, at, skip, k, most_d2, list, n);
        }
        const double sight = fmin(seen(x, b->x_min, b->side, c0, c1, b->n_cols),
                                  seen(y, b->y_min, b->side, r0, r1, b->n_rows)) -
                             slack(b, x, y);
        const double need = n == k ? fmin(list[k - 1].d2, most_d2) : most_d2;
        if (sight > 0 && sight * sight > need)
            return n;
        if (c0 == 0 && r0 == 0 && c1 + 1 == b->n_cols && r1 + 1 == b->n_rows)
            return n;
    }
}
