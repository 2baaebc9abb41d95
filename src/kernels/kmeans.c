// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/kmeans.h"

/* To all centres at once, so that the inner loop is long and without a branch. */
static void squares(size_t width, const double *restrict row, size_t k,
                    const double *restrict centre, double *restrict d2)
{
    for (size_t c = 0; c < k; c++)
        d2[c] = 0;
    for (size_t j = 0; j < width; j++)
        for (size_t c = 0; c < k; c++) {
            const double d = row[j] - centre[j * k + c];
            d2[c] += d * d;
        }
}

size_t cyt_kmeans_assign(size_t n, size_t width, const double *restrict value, size_t k,
                         const double *restrict centre, uint32_t *restrict label,
                         double *restrict d2)
{
    double to[CYT_CENTRES_MOST];
    size_t changed = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t best = 0;
        squares(width, value + i * width, k, centre, to);
        for (size_t c = 1; c < k; c++)
            best = to[c] < to[best] ? (uint32_t)c : best;
        changed += label[i] != best;
        label[i] = best;
        d2[i] = to[best];
    }
    return changed;
}
