// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/ticks.h"

#include <float.h>
#include <math.h>

/* The ends of a scale may be round numbers themselves, off by their rounding. */
static const double SLACK = 1e-9;
/* 2^50: from here on k and k + 1 steps, rounded, need not be different doubles, and
 * from 2^53 on k + 1 is not even another number than k. */
static const double MOST_STEPS = 1125899906842624.0;

/* digit * 10^decade. Divided where the power is below one, because 2 / 10 is the double
 * nearest to 0.2 and 2 * 0.1 need not be. */
static double scaled(double digit, double decade)
{
    return decade >= 0 ? digit * pow(10, decade) : digit / pow(10, -decade);
}

double cyt_nice_floor(double value)
{
    static const double digits[] = {5, 2, 1};
    const double decade = floor(log10(value) + SLACK);
    for (int k = 0; k < 3; k++)
        if (scaled(digits[k], decade) <= value * (1 + SLACK))
            return scaled(digits[k], decade);
    return scaled(5, decade - 1);
}

/* Multiples of digit * 10^decade within the ends; too many where they cannot be told
 * apart; none where there is no number between the ends, or no step. */
static size_t fill(double low, double high, double digit, double decade,
                   double tick[CYT_MOST_TICKS])
{
    const double step = scaled(digit, decade);
    const double slack = SLACK * (high / step - low / step);
    const double first = ceil(low / step - slack), last = floor(high / step + slack);
    if (step == 0 || isnan(first) || isnan(last))
        return 0;
    if (fmax(fabs(first), fabs(last)) >= MOST_STEPS || last - first >= CYT_MOST_TICKS)
        return (size_t)CYT_MOST_TICKS + 1;
    size_t n = 0;
    for (double k = first; k <= last; k++)
        tick[n++] = k == 0 ? 0 : scaled(k * digit, decade);
    return n;
}

size_t cyt_ticks(double low, double high, size_t most, double tick[CYT_MOST_TICKS])
{
    static const double digits[] = {1, 2, 5};
    const double span = high - low; /* which may be infinite where the ends are not */
    const double share =
        isfinite(span) ? span / (double)most : high / (double)most - low / (double)most;
    for (double decade = floor(log10(share)) - 1;; decade++)
        for (int k = 0; k < 3; k++) {
            const size_t n = fill(low, high, digits[k], decade, tick);
            if (n <= most)
                return n;
        }
}

/* Digits times every @p stride-th power of ten, within the ends. */
static size_t fill_log(double low, double high, const double *digits, int n_digits,
                       double stride, double tick[CYT_MOST_TICKS])
{
    size_t n = 0;
    const double first = floor(log10(low) / stride) * stride;
    for (double decade = first; decade <= log10(high) + SLACK; decade += stride)
        for (int k = 0; k < n_digits; k++) {
            const double value = scaled(digits[k], decade);
            if (value < low * (1 - SLACK) || value > fmin(high * (1 + SLACK), DBL_MAX))
                continue;
            if (n == CYT_MOST_TICKS)
                return (size_t)CYT_MOST_TICKS + 1;
            tick[n++] = value;
        }
    return n;
}

size_t cyt_ticks_log(double low, double high, size_t most, double tick[CYT_MOST_TICKS])
{
    static const double digits[] = {1, 2, 5};
    if (!(low > 0 && low <= high && isfinite(high)))
        return cyt_ticks(low, high, most, tick);
    size_t n = fill_log(low, high, digits, 3, 1, tick);
    for (double stride = 1; n > most; stride++)
        n = fill_log(low, high, digits, 1, stride, tick);
    return n >= 3 ? n : cyt_ticks(low, high, most, tick);
}
