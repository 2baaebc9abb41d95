// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/raster_quantile.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIGIT = 16, DIGITS = 1 << DIGIT, WORD = 64 };

static const uint64_t SIGN = UINT64_C(1) << (WORD - 1);

/* Whole numbers in the order of the doubles: with the sign turned, and of negative
 * ones, whose bits descend, every bit. */
static uint64_t order_of(double value)
{
    uint64_t bits;
    value += 0.0; /* -0 becomes 0 */
    memcpy(&bits, &value, sizeof bits);
    return bits & SIGN ? ~bits : bits | SIGN;
}

static double value_of(uint64_t order)
{
    double value;
    const uint64_t bits = order & SIGN ? order & ~SIGN : ~order;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* How many values that begin like `found`, down to bit `shift` + DIGIT, have each next
 * digit. */
static void count(size_t n, const double *values, const uint8_t *inside, uint64_t found,
                  int shift, uint64_t *counts)
{
    const int above = shift + DIGIT;
    memset(counts, 0, DIGITS * sizeof *counts);
    for (size_t i = 0; i < n; i++) {
        const uint64_t order = order_of(values[i]);
        const int begins_so = above == WORD || order >> above == found >> above;
        if (inside[i] && begins_so)
            counts[(order >> shift) % DIGITS]++;
    }
}

cyt_code cyt_raster_quantile(MPI_Comm comm, size_t n, const double *values,
                             const uint8_t *inside, double prob, double *out,
                             cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint64_t n_inside = 0, found = 0;
    uint64_t *counts = cyt_alloc(DIGITS, sizeof *counts, "a quantile", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t i = 0; i < n; i++)
        n_inside += inside[i] != 0;
    n_inside = cyt_sum_u64(comm, n_inside);
    *out = NAN;
    if (n_inside == 0)
        goto done;
    const double wanted = ceil(prob * (double)n_inside);
    uint64_t before = wanted > 1 ? (uint64_t)wanted - 1 : 0; /* values in front of it */
    for (int shift = WORD - DIGIT; shift >= 0; shift -= DIGIT) {
        count(n, values, inside, found, shift, counts);
        cyt_allreduce(MPI_IN_PLACE, counts, DIGITS, MPI_UINT64_T, MPI_SUM, comm);
        uint64_t digit = 0;
        while (before >= counts[digit])
            before -= counts[digit++];
        found |= digit << shift;
    }
    *out = value_of(found);
done:
    free(counts);
    return code;
}
