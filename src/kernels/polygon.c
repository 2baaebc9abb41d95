// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/polygon.h"

#include <float.h>
#include <math.h>

/* --- the exact sign
 * ------------------------------------------------------------------- */

/* A value and what rounding took from it. */
typedef struct pair {
    double head, tail;
} pair;

static pair sum_of(double a, double b)
{
    const double s = a + b, part = s - a;
    return (pair){s, (a - (s - part)) + (b - part)};
}

static pair product_of(double a, double b)
{
    const double p = a * b;
    return (pair){p, fma(a, b, -p)};
}

/* Add @p b to an expansion of @p n parts; returns n + 1. Parts do not overlap and grow,
 * so the sign is that of the last one that is not 0. */
static size_t grow(double *parts, size_t n, double b)
{
    for (size_t i = 0; i < n; i++) {
        const pair s = sum_of(b, parts[i]);
        parts[i] = s.tail;
        b = s.head;
    }
    parts[n] = b;
    return n + 1;
}

/* Add the product of two pairs, which is four exact products. */
static size_t add_product(double *parts, size_t n, pair a, pair b)
{
    const pair all[4] = {product_of(a.tail, b.tail), product_of(a.tail, b.head),
                         product_of(a.head, b.tail), product_of(a.head, b.head)};
    for (size_t k = 0; k < 4; k++) {
        n = grow(parts, n, all[k].tail);
        n = grow(parts, n, all[k].head);
    }
    return n;
}

static int exact_orientation(double ax, double ay, double bx, double by, double px,
                             double py)
{
    double parts[16];
    const pair up = sum_of(by, -ay), back = {-up.head, -up.tail};
    size_t n = add_product(parts, 0, sum_of(bx, -ax), sum_of(py, -ay));
    n = add_product(parts, n, back, sum_of(px, -ax));
    while (n > 0 && parts[n - 1] == 0)
        n--;
    return n == 0 ? 0 : parts[n - 1] > 0 ? 1 : -1;
}

int cyt_orientation(double ax, double ay, double bx, double by, double px, double py)
{
    /* Shewchuk's bound on the error of the plain formula: (3 + 16 u) u, u = 2^-53. */
    static const double bound = (3.0 + 8.0 * DBL_EPSILON) * (DBL_EPSILON / 2);
    const double l = (bx - ax) * (py - ay), r = (by - ay) * (px - ax);
    const double det = l - r, size = (fabs(l) + fabs(r)) * bound;
    if (det > size)
        return 1;
    if (-det > size)
        return -1;
    return exact_orientation(ax, ay, bx, by, px, py);
}

/* --- points and rows
 * ------------------------------------------------------------------ */

/* The edge's ends by rising y, so that neighbours decide alike. */
typedef struct ends {
    double ax, ay, bx, by;
} ends;

static ends ends_of(const double *x, const double *y, size_t e)
{
    return y[e] <= y[e + 1] ? (ends){x[e], y[e], x[e + 1], y[e + 1]}
                            : (ends){x[e + 1], y[e + 1], x[e], y[e]};
}

static int is_left(const ends *e, double px, double py)
{
    if (px < e->ax && px < e->bx)
        return 1;
    if (px > e->ax && px > e->bx)
        return 0;
    return cyt_orientation(e->ax, e->ay, e->bx, e->by, px, py) > 0;
}

int cyt_polygon_crossings(const double *x, const double *y, size_t n,
                          const uint32_t *edge, double px, double py)
{
    int odd = 0;
    for (size_t i = 0; i < n; i++) {
        const ends e = ends_of(x, y, edge[i]);
        if (e.ay <= py && py < e.by)
            odd ^= is_left(&e, px, py);
    }
    return odd;
}

static double centre(const cyt_pixel_row *row, size_t col)
{
    return row->x0 + ((double)col + 0.5) * row->h;
}

/* A column near @p x, @p beside columns further, within 0 .. n_cols. */
static size_t column_near(const cyt_pixel_row *row, double x, double beside)
{
    const double c = floor((x - row->x0) / row->h) + beside;
    if (!(c > 0))
        return 0;
    return c >= (double)row->n_cols ? row->n_cols : (size_t)c;
}

/* How many columns lie left of the edge: they come first, so bisection finds it. */
static size_t columns_left(const ends *e, const cyt_pixel_row *row)
{
    size_t lo = column_near(row, fmin(e->ax, e->bx), -2);
    size_t hi = column_near(row, fmax(e->ax, e->bx), 2);
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        if (is_left(e, centre(row, mid), row->y))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

size_t cyt_polygon_scan(const double *x, const double *y, size_t n,
                        const uint32_t *edge, const cyt_pixel_row *row,
                        unsigned char *restrict flip, size_t *last)
{
    size_t first = row->n_cols + 1;
    *last = 0;
    for (size_t i = 0; i < n; i++) {
        const ends e = ends_of(x, y, edge[i]);
        if (!(e.ay <= row->y && row->y < e.by))
            continue;
        const size_t k = columns_left(&e, row);
        flip[k] ^= 1;
        first = k < first ? k : first;
        *last = k > *last ? k : *last;
    }
    return first;
}

/* --- rings
 * ---------------------------------------------------------------------------- */

double cyt_ring_area(const double *x, const double *y, size_t n_edges)
{
    double sum = 0, lost = 0;
    for (size_t i = 0; i < n_edges; i++) {
        const double ux = x[i] - x[0], uy = y[i] - y[0];
        const double vx = x[i + 1] - x[0], vy = y[i + 1] - y[0];
        const pair a = product_of(ux, vy), b = product_of(-vx, uy);
        const pair d = sum_of(a.head, b.head), s = sum_of(sum, d.head);
        sum = s.head;
        lost += s.tail + (d.tail + (a.tail + b.tail));
    }
    return fabs(sum + lost) / 2;
}

static int is_on(const ends *e, double px, double py)
{
    return e->ay <= py && py <= e->by && px >= fmin(e->ax, e->bx) &&
           px <= fmax(e->ax, e->bx) &&
           cyt_orientation(e->ax, e->ay, e->bx, e->by, px, py) == 0;
}

int cyt_ring_side(const double *x, const double *y, size_t n_edges, double px,
                  double py)
{
    int odd = 0;
    for (size_t i = 0; i < n_edges; i++) {
        const ends e = ends_of(x, y, i);
        if (is_on(&e, px, py))
            return 0;
        if (e.ay <= py && py < e.by)
            odd ^= is_left(&e, px, py);
    }
    return odd ? 1 : -1;
}
