/**
 * @file pairs_by_hand.h
 * @brief Counts of pairs by trying all of them.
 */
#ifndef CYT_PAIRS_BY_HAND_H
#define CYT_PAIRS_BY_HAND_H

#include "cytotaxis/pairs.h"

#include <stdlib.h>

/** @param border [n], or NULL. Release with free_by_hand(). */
static inline cyt_pair_counts pairs_by_hand(size_t n, const double *x, const double *y,
                                            const uint16_t *type, const double *border,
                                            size_t n_types, size_t n_radii,
                                            const double *radius)
{
    const size_t size = n_types * n_types * n_radii;
    cyt_pair_counts c = {.n_types = n_types, .n_radii = n_radii};
    c.within = calloc(size, sizeof *c.within);
    c.inner_within = border ? calloc(size, sizeof *c.within) : NULL;
    c.inner = border ? calloc(n_types * n_radii, sizeof *c.inner) : NULL;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; type[i] != CYT_NO_TYPE && border && k < n_radii; k++)
            c.inner[type[i] * n_radii + k] += border[i] >= radius[k];
        for (size_t j = 0; j < n; j++) {
            if (i == j || type[i] == CYT_NO_TYPE || type[j] == CYT_NO_TYPE)
                continue;
            const double dx = x[j] - x[i], dy = y[j] - y[i];
            const size_t at = (type[i] * n_types + type[j]) * n_radii;
            for (size_t k = 0; k < n_radii; k++) {
                const int near = dx * dx + dy * dy <= radius[k] * radius[k];
                c.within[at + k] += near ? 1 : 0;
                if (border && near && border[i] >= radius[k])
                    c.inner_within[at + k]++;
            }
        }
    }
    return c;
}

static inline void free_by_hand(cyt_pair_counts *c)
{
    free(c->within);
    free(c->inner_within);
    free(c->inner);
}

#endif
