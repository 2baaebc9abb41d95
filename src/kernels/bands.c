// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/bands.h"

#include <math.h>

enum { MOST_BANDS = 1 << 20, ENTRIES_EACH = 4 };

size_t cyt_band_of(const cyt_bands *bands, double y)
{
    const double at = (y - bands->y_min) * bands->per_unit;
    if (!(at >= 1))
        return 0;
    return at >= (double)bands->n ? bands->n - 1 : (size_t)at;
}

static size_t count_entries(size_t n, const double *lo, const double *hi,
                            const cyt_bands *bands)
{
    size_t entries = 0;
    for (size_t i = 0; i < n; i++)
        entries += cyt_band_of(bands, hi[i]) - cyt_band_of(bands, lo[i]) + 1;
    return entries;
}

size_t cyt_bands_choose(size_t n, const double *lo, const double *hi, cyt_bands *bands)
{
    double y_min = INFINITY, y_max = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        y_min = fmin(y_min, lo[i]);
        y_max = fmax(y_max, hi[i]);
    }
    size_t want = n < MOST_BANDS ? n : MOST_BANDS;
    for (;; want /= 2) {
        *bands = (cyt_bands){n ? y_min : 0, 0, 1};
        const double per_unit = want > 1 ? (double)want / (y_max - y_min) : 0;
        if (!(per_unit > 0) || !isfinite(per_unit))
            return n;
        *bands = (cyt_bands){y_min, per_unit, (uint32_t)want};
        const size_t entries = count_entries(n, lo, hi, bands);
        if (entries <= ENTRIES_EACH * n)
            return entries;
    }
}

void cyt_bands_fill(size_t n, const double *lo, const double *hi, const uint32_t *item,
                    const cyt_bands *bands, uint32_t *restrict start,
                    uint32_t *restrict entry)
{
    for (size_t b = 0; b <= bands->n; b++)
        start[b] = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t b = cyt_band_of(bands, lo[i]); b <= cyt_band_of(bands, hi[i]); b++)
            start[b + 1]++;
    for (size_t b = 0; b < bands->n; b++)
        start[b + 1] += start[b];
    /* start[b] runs ahead while its list fills, and is then put back. */
    for (size_t i = 0; i < n; i++)
        for (size_t b = cyt_band_of(bands, lo[i]); b <= cyt_band_of(bands, hi[i]); b++)
            entry[start[b]++] = item[i];
    for (size_t b = bands->n; b > 0; b--)
        start[b] = start[b - 1];
    start[0] = 0;
}
