// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/group_means.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/exact_sum.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <math.h>
#include <stdlib.h>

/* Of each group: the limbs of its sum, then the number of its values. */
enum { COUNT = CYT_EXACT_LIMBS, WIDTH };

static cyt_code make_room(size_t n_groups, uint64_t n_cells, int64_t **tally,
                          cyt_error *err)
{
    if (CYT_FAULT("group_means"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    if (n_cells > CYT_EXACT_MOST)
        return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                        "a slide of %llu cells is beyond the %llu whose values can be "
                        "added up",
                        (unsigned long long)n_cells,
                        (unsigned long long)CYT_EXACT_MOST);
    *tally = cyt_calloc(WIDTH * n_groups, sizeof **tally, "sums of groups", err);
    return err->code;
}

static void add_up(size_t n, const uint32_t *group, const double *value, int exponent,
                   int64_t *tally)
{
    for (size_t i = 0; i < n; i++) {
        if (group[i] == CYT_NO_GROUP || !isfinite(value[i]))
            continue;
        int64_t *mine = tally + WIDTH * (size_t)group[i];
        cyt_exact_sum sum = {{mine[0], mine[1], mine[2]}};
        cyt_exact_add(&sum, exponent, value[i]);
        for (int k = 0; k < CYT_EXACT_LIMBS; k++)
            mine[k] = sum.limb[k];
        mine[COUNT]++;
    }
}

cyt_code cyt_group_means(MPI_Comm comm, size_t n, const uint32_t *group,
                         const double *value, size_t n_groups, double *mean,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    int64_t *tally = NULL;
    int exponent = cyt_exact_exponent(n, value);
    const uint64_t n_cells = cyt_sum_u64(comm, n);
    CYT_TRY(cyt_agree(comm, make_room(n_groups, n_cells, &tally, err), err));
    cyt_allreduce(MPI_IN_PLACE, &exponent, 1, MPI_INT, MPI_MAX, comm);
    if (exponent < -1000)
        exponent = 0; /* nothing but zeros, or as good as */
    add_up(n, group, value, exponent, tally);
    cyt_allreduce(MPI_IN_PLACE, tally, (int)(WIDTH * n_groups), MPI_INT64_T, MPI_SUM,
                  comm);
    for (size_t g = 0; g < n_groups; g++) {
        const int64_t *t = tally + WIDTH * g;
        const cyt_exact_sum sum = {{t[0], t[1], t[2]}};
        mean[g] = t[COUNT] ? cyt_exact_value(&sum, exponent) / (double)t[COUNT] : NAN;
    }
done:
    free(tally);
    return code;
}
