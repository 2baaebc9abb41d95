// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/exact_sum.h"

#include <limits.h>
#include <math.h>

enum { LIMB_BITS = 30 };

int cyt_exact_exponent(size_t n, const double *v)
{
    double most = 0;
    int exponent = INT_MIN;
    for (size_t i = 0; i < n; i++)
        if (isfinite(v[i]))
            most = fmax(most, fabs(v[i]));
    if (most > 0)
        frexp(most, &exponent);
    return exponent;
}

void cyt_exact_add(cyt_exact_sum *sum, int exponent, double v)
{
    double rest = ldexp(v, -exponent); /* below 1; every step on it is exact */
    for (int k = 0; k < CYT_EXACT_LIMBS; k++) {
        rest *= (double)((int64_t)1 << LIMB_BITS);
        const int64_t whole = (int64_t)rest;
        sum->limb[k] += whole;
        rest -= (double)whole;
    }
}

double cyt_exact_value(const cyt_exact_sum *sum, int exponent)
{
    double value = 0;
    for (int k = CYT_EXACT_LIMBS; k-- > 0;)
        value += ldexp((double)sum->limb[k], exponent - LIMB_BITS * (k + 1));
    return value;
}
