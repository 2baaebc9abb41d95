// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/select.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *pa, const void *pb)
{
    const double a = *(const double *)pa, b = *(const double *)pb;
    return a < b ? -1 : a > b;
}

static double median_of_three(double a, double b, double c)
{
    const double low = a < b ? a : b, high = a < b ? b : a;
    return c < low ? low : c > high ? high : c;
}

/* Hoare's partition of [lo, hi]: returns j with v[lo..j] <= pivot <= v[j+1..hi]. */
static size_t split(double *v, size_t lo, size_t hi)
{
    const double pivot = median_of_three(v[lo], v[lo + (hi - lo) / 2], v[hi]);
    size_t i = lo, j = hi;
    for (;;) {
        while (v[i] < pivot)
            i++;
        while (v[j] > pivot)
            j--;
        if (i >= j)
            return j < hi ? j : hi - 1;
        const double t = v[i];
        v[i++] = v[j];
        v[j--] = t;
    }
}

void cyt_select(double *v, size_t n, size_t k)
{
    size_t lo = 0, hi = n - 1;
    for (int tries = 0; hi > lo; tries++) {
        if (tries > 64 || hi - lo < 16) {
            qsort(v + lo, hi - lo + 1, sizeof *v, by_value);
            return;
        }
        const size_t j = split(v, lo, hi);
        if (k <= j)
            hi = j;
        else
            lo = j + 1;
    }
}

void cyt_quantiles(double *values, size_t n, const double *probs, size_t n_probs,
                   double *out)
{
    size_t done = 0; /* everything before is smaller than what follows */
    for (size_t q = 0; q < n_probs; q++) {
        const double at = probs[q] * (double)(n - 1);
        const size_t k = (size_t)floor(at);
        const double part = at - (double)k;
        cyt_select(values + done, n - done, k - done);
        done = k;
        double next = values[k];
        if (part > 0) {
            next = values[k + 1];
            for (size_t i = k + 2; i < n; i++)
                next = values[i] < next ? values[i] : next;
        }
        out[q] = values[k] + part * (next - values[k]);
    }
}
