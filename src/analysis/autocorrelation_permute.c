// SPDX-License-Identifier: BSD-3-Clause
/* Permutations: the values of eight columns are dealt anew to the cells, together, and
 * the two cross sums taken again. Means and second moments stay what they are. Of a
 * pair of columns the first is dealt; what neighbours have of the second is added up
 * once. */
#include "autocorrelation_impl.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/deal.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/ordered.h"
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

/* A cross sum of which the terms come to @p size: of a deal, and as it was seen. */
typedef struct crossed {
    double dealt, seen, size;
} crossed;

static void compare_sums(crossed at, double scale, cyt_permuted *out, double sums[2])
{
    const double difference = at.dealt - at.seen;
    const int tie = fabs(difference) <= ORDER * (fabs(at.seen) + at.size);
    const double over = tie ? 0 : difference * scale;
    out->n_at_least += over >= 0;
    out->n_at_most += over <= 0;
    sums[0] += over;
    sums[1] += over * over;
}

static void compare(dealt *d, const double total[N_TOTALS], int geary, size_t c,
                    cyt_permuted *out)
{
    const size_t at = (size_t)(geary ? CYT_ALIKE_GEARY : CYT_ALIKE_MORAN) * WIDE + c;
    const double m2 = d->seen[CYT_ALIKE_M2 * WIDE + c];
    compare_sums((crossed){total[at], d->seen[at], m2}, scale_of(d, geary, c), out,
                 d->sums[geary][c]);
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

static const cyt_permuted unknown = {0, 0, NAN, NAN, NAN, NAN, NAN, NAN};

static void conclude(const dealt *d, int geary, size_t c, cyt_permuted *out)
{
    const double scale = scale_of(d, geary, c);
    const size_t at = (size_t)(geary ? CYT_ALIKE_GEARY : CYT_ALIKE_MORAN) * WIDE + c;
    if (isnan(scale))
        *out = unknown;
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

/* --- a pair ----------------------------------------------------------------------- */

enum { XX, YY, LL, XL, N_PAIR };

typedef struct dealt_pair {
    cyt_alike_scales scales;
    cyt_deal deal;
    double *x, *moved, *lag; /* [n] the first column, as dealt, and of the second what
                                the neighbours of each cell have; x owns all */
    double total[N_PAIR];
} dealt_pair;

/* Side by side the columns stand in scales.value. */
static void fill_pair(dealt_pair *d)
{
    const cyt_graph *g = d->scales.graph;
    for (size_t i = 0; i < g->n; i++) {
        double sum = 0;
        for (size_t k = g->start[i]; k < g->start[i + 1]; k++)
            sum += d->scales.value[(size_t)g->node[k] * WIDE + 1];
        d->lag[i] = sum * d->scales.weight[i];
        d->x[i] = d->scales.value[i * WIDE];
    }
}

static cyt_code add_up_pair(MPI_Comm comm, dealt_pair *d, cyt_error *err)
{
    const cyt_alike_scales *s = &d->scales;
    for (size_t r = 0; r < cyt_slide_n_rows(s->slide); r++) {
        double *sums = s->row_sums + r * N_PAIR;
        memset(sums, 0, N_PAIR * sizeof *sums);
        for (size_t i = s->row[r]; i < s->row[r + 1]; i++) {
            const double x = d->x[i], y = s->value[i * WIDE + 1], l = d->lag[i];
            sums[XX] += x * x;
            sums[YY] += y * y;
            sums[LL] += l * l;
            sums[XL] += x * l;
        }
    }
    return cyt_ordered_sums(comm, s->slide->strips, N_PAIR, s->row_sums, d->total, err);
}

static cyt_code begin_pair(MPI_Comm comm, cyt_weights weights, const double *x,
                           const double *y, dealt_pair *d, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = d->scales.graph->n;
    double *both = cyt_alloc(2 * n, sizeof *both, "a pair of columns", err);
    d->x = cyt_alloc(3 * n, sizeof *d->x, "permutations of values", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    d->moved = d->x + n;
    d->lag = d->moved + n;
    memcpy(both, x, n * sizeof *x);
    memcpy(both + n, y, n * sizeof *y);
    CYT_TRY(cyt_alike_start(comm, weights, &d->scales, err));
    CYT_TRY(cyt_alike_centre(comm, &d->scales, 2, both, err));
    fill_pair(d);
    CYT_TRY(add_up_pair(comm, d, err));
done:
    free(both);
    return code;
}

static cyt_code cross(MPI_Comm comm, const dealt_pair *d, double *sum, cyt_error *err)
{
    const cyt_alike_scales *s = &d->scales;
    for (size_t r = 0; r < cyt_slide_n_rows(s->slide); r++) {
        s->row_sums[r] = 0;
        for (size_t i = s->row[r]; i < s->row[r + 1]; i++)
            s->row_sums[r] += d->moved[i] * d->lag[i];
    }
    return cyt_ordered_sum(comm, s->slide->strips, s->row_sums, sum, err);
}

cyt_code cyt_bivariate_moran_permute(MPI_Comm comm, const cyt_slide *slide,
                                     const cyt_graph *graph, cyt_weights weights,
                                     const double *x, const double *y,
                                     const cyt_permutation_params *params,
                                     cyt_permuted *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    dealt_pair d = {.scales = {.slide = slide, .graph = graph}};
    double sums[2] = {0};
    *out = unknown;
    CYT_TRY(begin_pair(comm, weights, x, y, &d, err));
    const double both = d.total[XX] * d.total[YY];
    if (!(both > 0) || !isfinite(both) || !(d.scales.s0 > 0))
        goto done;
    const double scale = (double)slide->n_cells / (d.scales.s0 * sqrt(both));
    CYT_TRY(cyt_deal_init(comm, slide, params, &d.deal, err));
    for (uint64_t k = 0; k < params->n; k++) {
        crossed at = {0, d.total[XL], sqrt(d.total[XX] * d.total[LL])};
        CYT_TRY(cyt_stop_check(comm, params->stop, err));
        CYT_TRY(cyt_deal_values(comm, &d.deal, k, sizeof *d.x, d.x, d.moved, err));
        CYT_TRY(cross(comm, &d, &at.dealt, err));
        compare_sums(at, scale, out, sums);
    }
    cyt_permuted_conclude(params->n, scale * d.total[XL], sums, out);
done:
    free(d.x);
    cyt_deal_free(&d.deal);
    cyt_alike_free(&d.scales);
    return code;
}
