// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/covariance.h"

#include <math.h>

/* Gauss-Legendre on [-1, 1], half of 8 nodes: Abramowitz & Stegun 1964, table 25.4. */
enum { HALF = 4 };
static const double node[HALF] = {0.1834346424956498, 0.5255324099163290,
                                  0.7966664774136267, 0.9602898564975363};
static const double weight[HALF] = {0.3626837833783620, 0.3137066458778873,
                                    0.2223810344533745, 0.1012285362903763};

static const double half_pi = 1.57079632679489661923;

typedef double integrand(const cyt_covariance *c, double r, double at);

static double gauss(integrand *f, const cyt_covariance *c, double r, double from,
                    double to)
{
    const double middle = (from + to) / 2, half = (to - from) / 2;
    double sum = 0;
    for (int i = 0; i < HALF; i++)
        sum += weight[i] *
               (f(c, r, middle - half * node[i]) + f(c, r, middle + half * node[i]));
    return half * sum;
}

cyt_covariance cyt_covariance_box(double width, double height)
{
    return (cyt_covariance){.width = width, .height = height, .scale = 1};
}

static double of_box(const cyt_covariance *c, double r)
{
    const double a = c->width, b = c->height;
    const double t0 = r > a ? acos(a / r) : 0, t1 = r > b ? asin(b / r) : half_pi;
    if (!(t0 < t1))
        return 0;
    const double s0 = sin(t0), s1 = sin(t1);
    const double sum = a * b * (t1 - t0) + a * r * (cos(t1) - cos(t0)) -
                       b * r * (s1 - s0) + r * r * (s1 * s1 - s0 * s0) / 2;
    return sum / half_pi;
}

/* Pairs at a lag, the mean of both diagonals: with it a quarter of the circle will do.
 */
static double pairs_at(const cyt_covariance *c, size_t dy, size_t dx)
{
    if (dy > c->lag_rows || dx > c->lag_cols)
        return 0;
    const uint64_t *row = c->pairs + dy * (2 * c->lag_cols + 1) + c->lag_cols;
    return ((double)row[dx] + (double)*(row - dx)) / 2;
}

/* Bilinear interpolation at the angle t of the circle of r pixels. */
static double lag_on_circle(const cyt_covariance *c, double r, double t)
{
    const double x = r * cos(t), y = r * sin(t);
    const size_t i = (size_t)x, j = (size_t)y;
    const double u = x - (double)i, v = y - (double)j;
    return (1 - v) * ((1 - u) * pairs_at(c, j, i) + u * pairs_at(c, j, i + 1)) +
           v * ((1 - u) * pairs_at(c, j + 1, i) + u * pairs_at(c, j + 1, i + 1));
}

/* From grid line to grid line: x falls from r to 0 while y rises from 0 to r. */
static double of_pixels(const cyt_covariance *c, double r)
{
    double sum = 0, from = 0;
    double column = ceil(r) - 1, row = 1; /* the lines that are met next */
    while (from < half_pi) {
        const double at_column = column > 0 ? acos(column / r) : half_pi;
        const double at_row = row < r ? asin(row / r) : half_pi;
        const double to = fmin(at_column, at_row);
        if (to > from)
            sum += gauss(lag_on_circle, c, r, from, to);
        from = to;
        column -= at_column <= to;
        row += at_row <= to;
    }
    return sum / half_pi;
}

double cyt_covariance_reach(const cyt_covariance *c)
{
    const double rows = c->rows_end ? INFINITY : (double)c->lag_rows;
    const double cols = c->cols_end ? INFINITY : (double)c->lag_cols;
    return c->pairs ? fmin(rows, cols) * c->spacing : INFINITY;
}

static double gamma_at(const cyt_covariance *c, double r)
{
    const double h = c->spacing;
    if (!(r <= cyt_covariance_reach(c)))
        return NAN;
    if (!c->pairs)
        return c->scale * of_box(c, r);
    return c->scale * h * h * (r > 0 ? of_pixels(c, r / h) : pairs_at(c, 0, 0));
}

void cyt_covariance_at(const cyt_covariance *c, size_t n, const double *r,
                       double *gamma)
{
    for (size_t k = 0; k < n; k++)
        gamma[k] = gamma_at(c, r[k]);
}

static double twice_s_gamma(const cyt_covariance *c, double unused, double s)
{
    (void)unused;
    return 2 * s * gamma_at(c, s);
}

/* In pieces, where a rectangle's formula changes. */
static double ring(const cyt_covariance *c, double from, double to)
{
    const double kinks[] = {fmin(c->width, c->height), fmax(c->width, c->height)};
    double sum = 0, at = from;
    for (int i = 0; i < 2 && !c->pairs; i++)
        if (at < kinks[i] && kinks[i] < to) {
            sum += gauss(twice_s_gamma, c, 0, at, kinks[i]);
            at = kinks[i];
        }
    return (sum + gauss(twice_s_gamma, c, 0, at, to)) / (to * to - from * from);
}

void cyt_covariance_rings(const cyt_covariance *c, size_t n, const double *r,
                          double *mean)
{
    const double reach = cyt_covariance_reach(c);
    for (size_t k = 0; k < n; k++)
        mean[k] = r[k] <= reach ? ring(c, k ? r[k - 1] : 0, r[k]) : NAN;
}

double cyt_eroded_box(double width, double height, double r)
{
    const double w = width - 2 * r, h = height - 2 * r;
    return w > 0 && h > 0 ? w * h : 0;
}
