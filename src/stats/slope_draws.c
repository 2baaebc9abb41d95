// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/slope_draws.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/select.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>

/* Nodes besides those around the quantiles, evenly over the ranks. */
enum { EVEN_NODES = 17, MOST_NODES = EVEN_NODES + 4 };

static const double ends[2] = {(1 - CYT_INTERVAL_LEVEL) / 2,
                               (1 + CYT_INTERVAL_LEVEL) / 2};

static int by_value(const void *pa, const void *pb)
{
    const double a = *(const double *)pa, b = *(const double *)pb;
    return a < b ? -1 : a > b;
}

static void draw_all(const cyt_slope_params *p, double *draw)
{
    for (size_t i = 0; i < p->n; i++) {
        const double u = cyt_uniform(p->key, p->purpose, p->item, (uint32_t)i);
        const double t =
            isinf(p->df) ? gsl_cdf_ugaussian_Pinv(u) : gsl_cdf_tdist_Pinv(u, p->df);
        draw[i] = p->beta + p->se * t;
    }
    qsort(draw, p->n, sizeof *draw, by_value);
}

/* Values of the draws on both sides of each end, and evenly over the ranks. */
static void choose_nodes(cyt_slope_draws *d)
{
    double found[MOST_NODES];
    size_t n = 0;
    const double last = (double)(d->n - 1);
    for (size_t k = 0; k < EVEN_NODES; k++)
        found[n++] = d->draw[k * (d->n - 1) / (EVEN_NODES - 1)];
    for (size_t e = 0; e < 2; e++) {
        found[n++] = d->draw[(size_t)floor(ends[e] * last)];
        found[n++] = d->draw[(size_t)ceil(ends[e] * last)];
    }
    qsort(found, n, sizeof *found, by_value);
    for (size_t k = 0; k < n; k++)
        if (d->n_nodes == 0 || found[k] > d->node[d->n_nodes - 1])
            d->node[d->n_nodes++] = found[k];
}

cyt_code cyt_slope_draws_make(const cyt_slope_params *params, cyt_slope_draws *d,
                              cyt_error *err)
{
    *d = (cyt_slope_draws){.n = params->n};
    d->draw = cyt_alloc(d->n, sizeof *d->draw, "draws of a slope", err);
    d->value = cyt_alloc(d->n, sizeof *d->value, "draws of a slope", err);
    d->node = cyt_alloc(MOST_NODES, sizeof *d->node, "draws of a slope", err);
    if (err->code != CYT_OK)
        return err->code;
    draw_all(params, d->draw);
    choose_nodes(d);
    return CYT_OK;
}

void cyt_slope_draws_free(cyt_slope_draws *d)
{
    free(d->draw);
    free(d->value);
    free(d->node);
    *d = (cyt_slope_draws){0};
}

void cyt_slope_interval(cyt_slope_draws *d, const double *at_node, double interval[2])
{
    size_t k = 0;
    interval[0] = interval[1] = NAN;
    for (size_t i = 0; i < d->n_nodes; i++)
        if (!isfinite(at_node[i]))
            return;
    for (size_t i = 0; i < d->n; i++) {
        while (k + 1 < d->n_nodes && d->node[k + 1] <= d->draw[i])
            k++;
        const double off = d->draw[i] - d->node[k];
        d->value[i] = off > 0 ? at_node[k] + off * (at_node[k + 1] - at_node[k]) /
                                                 (d->node[k + 1] - d->node[k])
                              : at_node[k];
    }
    cyt_quantiles(d->value, d->n, ends, 2, interval);
}
