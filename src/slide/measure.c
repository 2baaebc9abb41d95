// SPDX-License-Identifier: BSD-3-Clause
/* How near the cells of each type are to each other. */
#include "slide/work.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/nearest_types.h"
#include "cytotaxis/summary.h"
#include "cytotaxis/unit_gate.h"

#include <stdlib.h>

static cyt_code add_nearest(cyt_slide_work *w, const cyt_summary *s, const char *a,
                            const char *b, cyt_error *err)
{
    const struct {
        cyt_statistic statistic;
        double value;
    } all[] = {
        {CYT_NEAREST_MEAN, s->mean}, {CYT_NEAREST_MEDIAN, s->median},
        {CYT_NEAREST_SD, s->sd},     {CYT_NEAREST_Q05, s->q05},
        {CYT_NEAREST_Q25, s->q25},   {CYT_NEAREST_Q75, s->q75},
        {CYT_NEAREST_Q95, s->q95},   {CYT_NEAREST_N, s->n},
    };
    cyt_code code = CYT_OK;
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        CYT_TRY(cyt_metrics_add(&w->metrics, all[k].statistic, a, b, NULL, all[k].value,
                                err));
done:
    return code;
}

static cyt_code add_all_nearest(cyt_slide_work *w, const cyt_summary *summary,
                                cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_names *types = &w->slide.types;
    for (size_t b = 0; b < types->n; b++)
        for (size_t a = 0; a < types->n; a++)
            CYT_TRY(add_nearest(w, &summary[b * types->n + a], types->name[a],
                                types->name[b], err));
done:
    return code;
}

cyt_code cyt_slide_measure(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_types = w->slide.types.n, n = n_types * w->slide.cells.n;
    cyt_summary *summary =
        cyt_alloc(n_types * n_types, sizeof *summary, "distance summaries", err);
    w->nearest_um = cyt_alloc(n, sizeof *w->nearest_um, "nearest distances", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    CYT_TRY(cyt_nearest_of_types(group, &w->slide, w->nearest_um, err));
    if (w->job->config->unit_gate)
        CYT_TRY(cyt_unit_gate(group, &w->slide, w->nearest_um, err));
    for (size_t i = 0; i < n; i++)
        w->nearest_um[i] *= w->slide.um_per_unit;
    CYT_TRY(cyt_summarise(group, &w->slide, n_types, w->nearest_um, summary, err));
    CYT_TRY(cyt_agree(group, add_all_nearest(w, summary, err), err));
    cyt_slide_end_phase(w, CYT_PHASE_NEAREST);
done:
    free(summary);
    return code;
}
