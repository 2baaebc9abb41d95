// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/permutation.h"

#include <math.h>

void cyt_permuted_conclude(uint64_t n_deals, double seen, const double sums[2],
                           cyt_permuted *out)
{
    const double n = (double)n_deals, over = sums[0] / n;
    const double variance = (sums[1] - n * over * over) / (n - 1);
    out->mean = seen + over;
    out->sd = n > 1 ? sqrt(fmax(variance, 0)) : NAN;
    out->z = out->sd > 0 ? -over / out->sd : NAN;
    out->p_more = ((double)out->n_at_least + 1) / (n + 1);
    out->p_less = ((double)out->n_at_most + 1) / (n + 1);
    out->p = fmin(1, 2 * fmin(out->p_more, out->p_less));
}
