// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/kruskal.h"

#include "stats/ranks.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>

typedef struct tally {
    double n, rank2; /* values of a group, and the sum of their doubled ranks */
} tally;

static void finish(const tally *groups, size_t n_groups, double n, double ties,
                   cyt_kruskal *out)
{
    double sum = 0, k = 0;
    for (size_t g = 0; g < n_groups; g++) {
        const double rank = groups[g].rank2 / 2;
        k += groups[g].n > 0;
        sum += groups[g].n > 0 ? rank * rank / groups[g].n : 0;
    }
    const double cube = n * n * n - n;
    if (k < 2 || ties == cube)
        return;
    out->h = (12 * sum / (n * (n + 1)) - 3 * (n + 1)) / (1 - ties / cube);
    out->df = k - 1;
    out->p = gsl_cdf_chisq_Q(out->h, out->df);
    out->epsilon2 = out->h / (n - 1);
}

cyt_code cyt_kruskal_test(const double *v, const size_t *group, size_t n,
                          size_t n_groups, cyt_kruskal *out, cyt_error *err)
{
    double ties;
    *out = (cyt_kruskal){NAN, NAN, NAN, NAN};
    size_t *rank2 = cyt_alloc(n, sizeof *rank2, "a rank test", err);
    tally *groups = cyt_calloc(n_groups, sizeof *groups, "a rank test", err);
    if (err->code == CYT_OK && n > 0 &&
        cyt_ranks_doubled(v, n, rank2, &ties, err) == CYT_OK) {
        for (size_t i = 0; i < n; i++) {
            groups[group[i]].n += 1;
            groups[group[i]].rank2 += (double)rank2[i];
        }
        finish(groups, n_groups, (double)n, ties, out);
    }
    free(rank2);
    free(groups);
    return err->code;
}
