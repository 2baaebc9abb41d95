// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/nearest_tally.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

/* Radii below v: the bin with r[k-1] < v <= r[k]. Halves without a branch to guess. */
static size_t below(size_t n, const double *r, double v)
{
    const double *base = r;
    size_t left = n;
    while (left > 1) {
        const size_t half = left / 2;
        base += base[half - 1] < v ? half : 0;
        left -= half;
    }
    return (size_t)(base - r) + (n > 0 && *base < v);
}

static uint64_t *row_of(uint64_t *tally, size_t n, int row)
{
    return tally + (size_t)row * (n + 1);
}

static const uint64_t *look(const uint64_t *tally, size_t n, int row)
{
    return tally + (size_t)row * (n + 1);
}

void cyt_near_add(size_t n, const double *d, const double *b, size_t n_radii,
                  const double *radius, uint64_t *tally)
{
    for (size_t i = 0; i < n; i++) {
        const double far = isnan(d[i]) ? INFINITY : d[i], edge = b ? b[i] : INFINITY;
        if (!(edge >= 0))
            continue;
        const size_t at = below(n_radii, radius, far);
        const size_t before = below(n_radii, radius, edge);
        const size_t rim = before + (before < n_radii && radius[before] == edge);
        row_of(tally, n_radii, CYT_TALLY_ALL)[at]++;
        row_of(tally, n_radii, CYT_TALLY_EDGE)[rim]++;
        row_of(tally, n_radii, CYT_TALLY_SEEN)[at < before ? at : before]++;
        if (far <= edge) {
            row_of(tally, n_radii, CYT_TALLY_EVENT)[at]++;
            row_of(tally, n_radii, CYT_TALLY_EVENT_BY_EDGE)[rim]++;
        }
    }
}

uint64_t cyt_near_total(size_t n, const uint64_t *tally)
{
    const uint64_t *all = look(tally, n, CYT_TALLY_ALL);
    uint64_t total = 0;
    for (size_t k = 0; k <= n; k++)
        total += all[k];
    return total;
}

void cyt_near_raw(size_t n, const uint64_t *tally, double *out)
{
    const uint64_t *all = look(tally, n, CYT_TALLY_ALL);
    const double total = (double)cyt_near_total(n, tally);
    uint64_t sum = 0;
    for (size_t k = 0; k < n; k++) {
        sum += all[k];
        out[k] = total > 0 ? (double)sum / total : NAN;
    }
}

/* d <= r <= b: events up to r, less those whose edge is nearer than r. */
void cyt_near_reduced(size_t n, const uint64_t *tally, double *out)
{
    const uint64_t *event = look(tally, n, CYT_TALLY_EVENT);
    const uint64_t *edge = look(tally, n, CYT_TALLY_EDGE);
    const uint64_t *event_by_edge = look(tally, n, CYT_TALLY_EVENT_BY_EDGE);
    uint64_t left = cyt_near_total(n, tally), near = 0, gone = 0;
    for (size_t k = 0; k < n; k++) {
        near += event[k];
        gone += event_by_edge[k];
        left -= edge[k];
        out[k] = left ? (double)(near - gone) / (double)left : NAN;
    }
}

void cyt_near_kaplan_meier(size_t n, const uint64_t *tally, double *out)
{
    const uint64_t *event = look(tally, n, CYT_TALLY_EVENT);
    const uint64_t *seen = look(tally, n, CYT_TALLY_SEEN);
    uint64_t at_risk = cyt_near_total(n, tally);
    double stay = at_risk ? 1 : NAN;
    for (size_t k = 0; k < n; k++) {
        if (at_risk)
            stay *= 1 - (double)event[k] / (double)at_risk;
        out[k] = 1 - stay;
        at_risk -= seen[k];
    }
}

void cyt_near_hanisch(size_t n, const uint64_t *tally, const double *eroded,
                      double *out)
{
    const uint64_t *event = look(tally, n, CYT_TALLY_EVENT);
    double sum = 0;
    size_t known = 0;
    for (; known < n && eroded[known] > 0; known++) {
        sum += (double)event[known] / eroded[known];
        out[known] = sum;
    }
    for (size_t k = 0; k < n; k++)
        out[k] = k < known && sum > 0 ? out[k] / sum : NAN;
}

void cyt_j_curve(size_t n, const double *g, const double *f, double *j)
{
    for (size_t k = 0; k < n; k++)
        j[k] = f[k] < 1 ? (1 - g[k]) / (1 - f[k]) : NAN;
}

void cyt_nearest_csr(size_t n, const double *radius, double intensity, double *out)
{
    for (size_t k = 0; k < n; k++)
        out[k] = -expm1(-intensity * pi * radius[k] * radius[k]);
}
