// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/mixing.h"

#include <math.h>

static uint64_t within(const cyt_pair_counts *c, size_t a, size_t b, size_t k)
{
    return c->within[(a * c->n_types + b) * c->n_radii + k];
}

static double in_ring(const cyt_pair_counts *c, size_t a, size_t b, size_t k)
{
    return (double)(within(c, a, b, k) - (k ? within(c, a, b, k - 1) : 0));
}

/* Pairs of the ring from a, to b, or all (CYT_ALL_TYPES). */
static double ring_sum(const cyt_pair_counts *c, size_t a, size_t b, size_t k)
{
    double sum = 0;
    for (size_t i = 0; i < c->n_types; i++)
        for (size_t j = 0; j < c->n_types; j++)
            if ((a == CYT_ALL_TYPES || a == i) && (b == CYT_ALL_TYPES || b == j))
                sum += in_ring(c, i, j, k);
    return sum;
}

static double ratio_of(double above, double below)
{
    return below > 0 ? above / below : NAN;
}

void cyt_co_occurrence(const cyt_pair_counts *c, double *ratio)
{
    const size_t n = c->n_types;
    for (size_t k = 0; k < c->n_radii; k++) {
        const double all = ring_sum(c, CYT_ALL_TYPES, CYT_ALL_TYPES, k);
        for (size_t b = 0; b < n; b++) {
            const double p_b = ratio_of(ring_sum(c, CYT_ALL_TYPES, b, k), all);
            for (size_t a = 0; a < n; a++)
                ratio[(a * n + b) * c->n_radii + k] = ratio_of(
                    ratio_of(in_ring(c, a, b, k), ring_sum(c, a, CYT_ALL_TYPES, k)),
                    p_b);
        }
    }
}

double cyt_mixing_score(const cyt_pair_counts *c, size_t a, size_t b, size_t k)
{
    return ratio_of((double)within(c, a, b, k), (double)within(c, a, a, k) / 2);
}

double cyt_mixing_normalised(const cyt_pair_counts *c, const uint64_t *n_cells,
                             size_t a, size_t b, size_t k)
{
    return cyt_mixing_score(c, a, b, k) *
           ratio_of((double)n_cells[a] - 1, 2 * (double)n_cells[b]);
}

double cyt_infiltration(const cyt_pair_counts *c, size_t a, size_t b, size_t k)
{
    return ratio_of((double)within(c, a, b, k), (double)within(c, b, b, k) / 2);
}

static double bits_of(double count, double total)
{
    const double p = count / total;
    return count > 0 ? -p * log2(p) : 0;
}

double cyt_entropy_bits(size_t n, const uint64_t *counts)
{
    uint64_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += counts[i];
    double sum = total ? 0 : NAN;
    for (size_t i = 0; total && i < n; i++)
        sum += bits_of((double)counts[i], (double)total);
    return sum;
}

static double window_total(size_t n_types, size_t n_cells, const uint32_t *window,
                           size_t i)
{
    uint64_t total = 0;
    for (size_t t = 0; t < n_types; t++)
        total += window[t * n_cells + i];
    return (double)total;
}

void cyt_neighbourhood_entropy(size_t n_types, size_t n_cells, const uint32_t *window,
                               double *bits)
{
    for (size_t i = 0; i < n_cells; i++) {
        const double total = window_total(n_types, n_cells, window, i);
        bits[i] = total > 0 ? 0 : NAN;
        for (size_t t = 0; total > 0 && t < n_types; t++)
            bits[i] += bits_of((double)window[t * n_cells + i], total);
    }
}

void cyt_neighbourhood_share(size_t n_types, size_t n_cells, const uint32_t *window,
                             size_t type, double *share)
{
    for (size_t i = 0; i < n_cells; i++)
        share[i] = ratio_of((double)window[type * n_cells + i],
                            window_total(n_types, n_cells, window, i));
}
