// SPDX-License-Identifier: BSD-3-Clause
/* What surrounds each cell: cells of each type within a radius of it, or among its
 * nearest; and as metrics, how the neighbourhoods of a type are composed on average. */
#include "slide/graph.h"

#include "slide/window.h"
#include "slide/work.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/group_means.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/mixing.h"
#include "cytotaxis/neighbourhood.h"

#include <math.h>
#include <stdlib.h>

static cyt_code count(MPI_Comm group, const cyt_slide_work *w, uint32_t *window,
                      cyt_error *err)
{
    const cyt_patterns_config *c = &w->job->config->patterns;
    if (isnan(c->neighbourhood_um))
        return cyt_neighbourhood_nearest(group, &w->slide, (size_t)c->neighbourhood_k,
                                         window, err);
    return cyt_neighbourhood_within(
        group, &w->slide, c->neighbourhood_um / w->slide.um_per_unit, window, err);
}

/* --- means over the cells of a type ----------------------------------------------- */

typedef struct means {
    uint32_t *type; /* [cells.n] group of each cell */
    double *value;  /* [cells.n] */
    double *mean;   /* [types.n] */
} means;

static cyt_code init_means(const cyt_slide_work *w, means *m, cyt_error *err)
{
    const cyt_cells *cells = &w->slide.cells;
    m->type = cyt_alloc(cells->n, sizeof *m->type, "neighbourhoods", err);
    m->value = cyt_alloc(cells->n, sizeof *m->value, "neighbourhoods", err);
    m->mean = cyt_alloc(w->slide.types.n, sizeof *m->mean, "neighbourhoods", err);
    for (size_t i = 0; m->type && i < cells->n; i++)
        m->type[i] = cells->type[i] == CYT_NO_TYPE ? CYT_NO_GROUP : cells->type[i];
    return err->code;
}

static void free_means(means *m)
{
    free(m->type);
    free(m->value);
    free(m->mean);
}

/* Of what stands in m->value; of the share of @p other, or NULL. */
static cyt_code add_means(MPI_Comm group, cyt_slide_work *w, const means *m,
                          cyt_statistic statistic, const char *other, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_names *types = &w->slide.types;
    CYT_TRY(cyt_group_means(group, w->slide.cells.n, m->type, m->value, types->n,
                            m->mean, err));
    for (size_t a = 0; a < types->n && code == CYT_OK; a++)
        if (cyt_slide_tells(w, types->name[a], other ? other : types->name[a]))
            code = cyt_metrics_add(&w->metrics, statistic, types->name[a], other, NULL,
                                   m->mean[a], err);
    code = cyt_agree(group, code, err);
done:
    return code;
}

static cyt_code add_metrics(MPI_Comm group, cyt_slide_work *w, const uint32_t *window,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    means m = {0};
    const cyt_names *types = &w->slide.types;
    const size_t n = w->slide.cells.n;
    CYT_TRY(cyt_agree(group, init_means(w, &m, err), err));
    cyt_neighbourhood_entropy(types->n, n, window, m.value);
    CYT_TRY(add_means(group, w, &m, CYT_NEIGHBOURHOOD_ENTROPY, NULL, err));
    for (size_t b = 0; b < types->n; b++) {
        cyt_neighbourhood_share(types->n, n, window, b, m.value);
        CYT_TRY(add_means(group, w, &m, CYT_NEIGHBOURHOOD_SHARE, types->name[b], err));
    }
done:
    free_means(&m);
    return code;
}

cyt_code cyt_slide_neighbourhood(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_patterns_config *c = &w->job->config->patterns;
    const size_t n = w->slide.types.n * w->slide.cells.n;
    uint32_t *window = NULL;
    if (isnan(c->neighbourhood_um) && isnan(c->neighbourhood_k))
        return CYT_OK;
    window = cyt_alloc(n, sizeof *window, "neighbourhoods", err);
    w->neighbours.window = window;
    CYT_TRY(cyt_agree(group, err->code, err));
    CYT_TRY(count(group, w, window, err));
    CYT_TRY(add_metrics(group, w, window, err));
    w->neighbours.around = (cyt_neighbourhood_table){window, c->neighbourhood_um};
done:
    return code;
}
