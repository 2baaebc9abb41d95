// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/ripley.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

static size_t first_of(size_t type)
{
    return type == CYT_ALL_TYPES ? 0 : type;
}

static size_t end_of(size_t type, size_t n_types)
{
    return type == CYT_ALL_TYPES ? n_types : type + 1;
}

/* Pairs of a and b in one column of a table [n_types * n_types * n_radii]. */
static uint64_t pairs(const cyt_pair_counts *c, const uint64_t *table, size_t a,
                      size_t b, size_t k)
{
    uint64_t sum = 0;
    for (size_t i = first_of(a); i < end_of(a, c->n_types); i++)
        for (size_t j = first_of(b); j < end_of(b, c->n_types); j++)
            sum += table[(i * c->n_types + j) * c->n_radii + k];
    return sum;
}

static uint64_t inner(const cyt_pair_counts *c, size_t a, size_t k)
{
    uint64_t sum = 0;
    for (size_t i = first_of(a); i < end_of(a, c->n_types); i++)
        sum += c->inner[i * c->n_radii + k];
    return sum;
}

static double cells(const cyt_ripley *y, size_t type)
{
    uint64_t sum = 0;
    for (size_t i = first_of(type); i < end_of(type, y->counts->n_types); i++)
        sum += y->n_cells[i];
    return (double)sum;
}

/* Ordered pairs there could be; the cells of a that are also b have no pair with
 * themselves. None where the window is a line or a point: nothing is dense there. */
static double possible(const cyt_ripley *y, size_t a, size_t b)
{
    const int share = a == b || a == CYT_ALL_TYPES || b == CYT_ALL_TYPES;
    const double n_a = cells(y, a), n_b = cells(y, b);
    return y->area > 0 ? n_a * n_b - (share ? fmin(n_a, n_b) : 0) : 0;
}

void cyt_k_none(const cyt_ripley *y, size_t a, size_t b, double *k)
{
    const double n = possible(y, a, b);
    for (size_t i = 0; i < y->counts->n_radii; i++)
        k[i] = n > 0
                   ? y->area / n * (double)pairs(y->counts, y->counts->within, a, b, i)
                   : NAN;
}

void cyt_k_border(const cyt_ripley *y, size_t a, size_t b, double *k)
{
    const double n_b = cells(y, b), n = possible(y, a, b);
    for (size_t i = 0; i < y->counts->n_radii; i++) {
        const double looking = (double)inner(y->counts, a, i);
        const double found = (double)pairs(y->counts, y->counts->inner_within, a, b, i);
        k[i] = n > 0 && looking > 0 ? y->area / n_b * (found / looking) : NAN;
    }
}

void cyt_k_rigid(const cyt_ripley *y, size_t a, size_t b, const double *gamma,
                 double *k)
{
    const double n = possible(y, a, b);
    double sum = n > 0 ? 0 : NAN;
    uint64_t before = 0;
    for (size_t i = 0; i < y->counts->n_radii; i++) {
        const uint64_t now = pairs(y->counts, y->counts->within, a, b, i);
        sum += gamma[i] > 0 ? (double)(now - before) * (y->area / gamma[i]) : NAN;
        k[i] = y->area / n * sum;
        before = now;
    }
}

void cyt_l_of_k(size_t n, const double *k, double *l)
{
    for (size_t i = 0; i < n; i++)
        l[i] = sqrt(k[i] / pi);
}

void cyt_pair_correlation(size_t n, const double *radius, const double *k, double *g)
{
    double r2 = 0, before = 0;
    for (size_t i = 0; i < n; i++) {
        const double now = radius[i] * radius[i];
        g[i] = (k[i] - before) / (pi * (now - r2));
        before = k[i];
        r2 = now;
    }
}

size_t cyt_k_crossings(size_t n, const double *radius, const double *k, double *at)
{
    size_t found = 0;
    double r0 = 0, d0 = 0; /* the last radius at which K was not pi r² */
    for (size_t i = 0; i < n; i++) {
        const double d = k[i] - pi * radius[i] * radius[i];
        if (!(d != 0))
            continue;
        if (isnan(d)) {
            d0 = 0; /* nothing is known of what lies between */
            continue;
        }
        if (d0 * d < 0)
            at[found++] = r0 + (radius[i] - r0) * (d0 / (d0 - d));
        r0 = radius[i];
        d0 = d;
    }
    return found;
}
