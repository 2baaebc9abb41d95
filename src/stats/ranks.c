// SPDX-License-Identifier: BSD-3-Clause
#include "stats/ranks.h"

#include "cytotaxis/mem.h"

#include <stdlib.h>

typedef struct placed {
    double value;
    size_t at;
} placed;

static int by_value(const void *pa, const void *pb)
{
    const placed *a = pa, *b = pb;
    return a->value < b->value ? -1 : a->value > b->value;
}

cyt_code cyt_ranks_doubled(const double *v, size_t n, size_t *rank2, double *ties,
                           cyt_error *err)
{
    placed *sorted = cyt_alloc(n, sizeof *sorted, "ranks", err);
    if (!sorted)
        return err->code;
    for (size_t i = 0; i < n; i++)
        sorted[i] = (placed){v[i], i};
    qsort(sorted, n, sizeof *sorted, by_value);
    *ties = 0;
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && sorted[j].value == sorted[i].value; j++)
            ;
        const double t = (double)(j - i);
        *ties += t * t * t - t;
        for (size_t k = i; k < j; k++)
            rank2[sorted[k].at] = i + j + 1; /* doubled mean of ranks i + 1 .. j */
    }
    free(sorted);
    return CYT_OK;
}
