// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/exp_row.h"

#include "cytotaxis/clones.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static const double LOG2_E = 0x1.71547652b82fep0;
/* log 2 in two parts; the first ends with 21 zero bits, which k does not fill. */
static const double LN2_HIGH = 0x1.62e42fee00000p-1;
static const double LN2_LOW = 0x1.a39ef35793c76p-33;
/* Added to a number below 2^51 it leaves no digits behind the point, and the whole
 * number in the lowest bits. */
static const double ROUND = 0x1.8p52;
/* Logarithms of the largest double and of the least normal one, inwards. */
static const double MOST = 0x1.62e42fefa39efp9, LEAST = -0x1.6232bdd7abcd2p9;

/* Taylor: 1 + r (1 + r/2 (1 + r/3 ( ... ))) with its factors multiplied out. */
CYT_IN_CLONES double taylor(double r)
{
    static const double factor[] = {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800,
                                    1.0 / 3628800,    1.0 / 362880,    1.0 / 40320,
                                    1.0 / 5040,       1.0 / 720,       1.0 / 120,
                                    1.0 / 24,         1.0 / 6,         1.0 / 2};
    double sum = factor[0];
    for (size_t k = 1; k < sizeof factor / sizeof *factor; k++)
        sum = sum * r + factor[k];
    return 1 + (r + r * r * sum);
}

CYT_IN_CLONES double exp_of(double x)
{
    const double inside = x > MOST ? MOST : x < LEAST ? LEAST : x;
    const double shifted = inside * LOG2_E + ROUND, k = shifted - ROUND;
    double value = taylor((inside - k * LN2_HIGH) - k * LN2_LOW);
    uint64_t bits, add;
    memcpy(&bits, &value, sizeof bits);
    memcpy(&add, &shifted, sizeof add);
    bits += add << 52;
    memcpy(&value, &bits, sizeof value);
    value = x > MOST ? (double)INFINITY : value;
    value = x < LEAST ? 0 : value;
    return x == x ? value : x;
}

CYT_CLONES
void cyt_exp_row(size_t n, const double *x, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = exp_of(x[i]);
}
