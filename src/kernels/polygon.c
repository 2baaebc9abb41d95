// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/polygon.h"

#include "cytotaxis/predicates.h"

#include <math.h>

/* --- points and rows -------------------------------------------------------------- */

/* The edge's ends by rising y, so that neighbours decide alike. */
typedef struct ends {
    double ax, ay, bx, by;
} ends;

static ends ends_of(const double *x, const double *y, size_t e)
{
    return y[e] <= y[e + 1] ? (ends){x[e], y[e], x[e + 1], y[e + 1]}
                            : (ends){x[e + 1], y[e + 1], x[e], y[e]};
}

/* +1 where p is left of the edge, 0 on its line; y runs down, the edge to larger y. */
static int side_of(const ends *e, double px, double py)
{
    const double a[2] = {e->ax, e->ay}, b[2] = {e->bx, e->by}, p[2] = {px, py};
    return cyt_side_of_line(a, b, p);
}

static int is_left(const ends *e, double px, double py)
{
    if (px < e->ax && px < e->bx)
        return 1;
    if (px > e->ax && px > e->bx)
        return 0;
    return side_of(e, px, py) > 0;
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

/* --- rings ------------------------------------------------------------------------ */

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
           px <= fmax(e->ax, e->bx) && side_of(e, px, py) == 0;
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
