// SPDX-License-Identifier: BSD-3-Clause
/* Permutations: the values of eight columns are dealt anew to the cells, together, and
 * the two cross sums taken again. Means and second moments stay what they are. */
#include "autocorrelation_impl.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/deal.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/stop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDE = CYT_ALIKE_WIDE, N_TOTALS = CYT_ALIKE_SUMS * CYT_ALIKE_WIDE };

/* Sums of the same terms in another order differ by less than this share of what they
 * are made of: such deals are ties. */
static const double ORDER = 0x1p-36;

typedef struct dealt {
    const cyt_permutation_params *params;
    cyt_alike_scales scales;
    cyt_deal deal;
    double *base; /* [n * WIDE] values as they are */
    double seen[N_TOTALS];
    double sums[2][WIDE][2]; /* Moran, Geary */
} dealt;

/* From the cross sum to the statistic. */
static double scale_of(const dealt *d, int geary, size_t c)
{
    const double n = (double)d->scales.slide->n_cells;
    const double m2 = d->seen[CYT_ALIKE_M2 * WIDE + c];
    if (!(m2 > 0) || !isfinite(m2) || !(d->scales.s0 > 0))
        return NAN;
    return geary ? (n - 1) / (2 * d->scales.s0 * m2) : n / (d->scales.s0 * m2);
}

static void compare(dealt *d, const double total[N_TOTALS], int geary, size_t c,
                    cyt_permuted *out)
{
    const size_t at = (size_t)(geary ? CYT_ALIKE_GEARY : CYT_ALIKE_MORAN) * WIDE + c;
    const double m2 = d->seen[CYT_ALIKE_M2 * WIDE + c];
    const double difference = total[at] - d->seen[at];
    const int tie = fabs(difference) <= ORDER * (fabs(d->seen[at]) + m2);
    const double over = tie ? 0 : difference * scale_of(d, geary, c);
    out->n_at_least += over >= 0;
    out->n_at_most += over <= 0;
    d->sums[geary][c][0] += over;
    d->sums[geary][c][1] += over * over;
}

/* All deals of a batch of columns. */
static cyt_code run(MPI_Comm comm, dealt *d, size_t n_columns, cyt_permuted *moran,
                    cyt_permuted *geary, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_alike_scales *s = &d->scales;
    const size_t item = WIDE * sizeof *d->base;
    memcpy(d->base, s->value, s->graph->n * item);
    memset(d->sums, 0, sizeof d->sums);
    for (uint64_t k = 0; k < d->params->n; k++) {
        double total[N_TOTALS];
        CYT_TRY(cyt_stop_check(comm, d->params->stop, err));
        CYT_TRY(cyt_deal_values(comm, &d->deal, k, item, d->base, s->value, err));
        CYT_TRY(cyt_graph_fetch(comm, s->graph, item, s->value,
                                s->value + s->graph->n * WIDE, err));
        CYT_TRY(cyt_alike_add_up(comm, s, total, err));
        for (size_t c = 0; c < n_columns; c++) {
            compare(d, total, 0, c, moran + c);
            compare(d, total, 1, c, geary + c);
        }
    }
done:
    return code;
}

static void conclude(const dealt *d, int geary, size_t c, cyt_permuted *out)
{
    const double scale = scale_of(d, geary, c);
    const size_t at = (size_t)(geary ? CYT_ALIKE_GEARY : CYT_ALIKE_MORAN) * WIDE + c;
    if (isnan(scale))
        *out = (cyt_permuted){0, 0, NAN, NAN, NAN, NAN, NAN, NAN};
    else
        cyt_permuted_conclude(d->params->n, scale * d->seen[at], d->sums[geary][c],
                              out);
}

static cyt_code begin(MPI_Comm comm, cyt_weights weights, dealt *d, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_alike_start(comm, weights, &d->scales, err));
    CYT_TRY(cyt_deal_init(comm, d->scales.slide, d->params, &d->deal, err));
    d->base = cyt_alloc(d->scales.graph->n * WIDE, sizeof *d->base,
                        "permutations of values", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
done:
    return code;
}

cyt_code cyt_autocorrelate_permute(MPI_Comm comm, const cyt_slide *slide,
                                   const cyt_graph *graph, cyt_weights weights,
                                   size_t n_columns, const double *columns,
                                   const cyt_permutation_params *params,
                                   cyt_permuted *moran, cyt_permuted *geary,
                                   cyt_error *err)
{
    cyt_code code = CYT_OK;
    dealt d = {.params = params, .scales = {.slide = slide, .graph = graph}};
    memset(moran, 0, n_columns * sizeof *moran);
    memset(geary, 0, n_columns * sizeof *geary);
    CYT_TRY(begin(comm, weights, &d, err));
    for (size_t first = 0; first < n_columns; first += WIDE) {
        const size_t n = n_columns - first < WIDE ? n_columns - first : WIDE;
        CYT_TRY(cyt_alike_centre(comm, &d.scales, n, columns + first * graph->n, err));
        CYT_TRY(cyt_alike_add_up(comm, &d.scales, d.seen, err));
        CYT_TRY(run(comm, &d, n, moran + first, geary + first, err));
        for (size_t c = 0; c < n; c++) {
            conclude(&d, 0, c, moran + first + c);
            conclude(&d, 1, c, geary + first + c);
        }
    }
done:
    free(d.base);
    cyt_deal_free(&d.deal);
    cyt_alike_free(&d.scales);
    return code;
}
