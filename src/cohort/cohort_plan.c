// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/cohort_plan.h"

#include "cohort/estimate.h"

#include "cytotaxis/number.h"
#include "cytotaxis/plan.h"
#include "cytotaxis/strbuf.h"

#include <math.h>
#include <stdio.h>

/* --- what is told ----------------------------------------------------------------- */

static const char *bytes_text(double b, char text[32])
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    size_t k = 0;
    for (; b >= 1000 && k < 4; k++)
        b /= 1000;
    snprintf(text, 32, k ? "%.3g %s" : "%.0f %s", b, units[k]);
    return text;
}

static void tell_model(const cyt_estimate *e, cyt_strbuf *t, cyt_error *err)
{
    const cyt_cost_model *m = &e->model;
    cyt_strbuf_add(t, err,
                   "%zu slides, %zu of them measured; the others by the bytes of their "
                   "files\n"
                   "cost of a slide on one rank: %.3g s + %.3g us a cell + %.3g ns a "
                   "pixel (error of the fit %.0f%%)\n",
                   e->n, e->n_measured, m->fixed_s, 1e6 * m->per_cell_s,
                   1e9 * m->per_pixel_s, 100 * m->error);
    cyt_strbuf_add(t, err, "share that more ranks do not shorten: %.1f%%%s\n",
                   100 * m->serial,
                   m->knows_serial ? ""
                                   : ", which was not measured; run the same slides on "
                                     "another number of ranks too");
    if (e->other_config)
        cyt_strbuf_add(t, err, "warning: measured with another config than this\n");
}

/* The most that a rank holds, and how many slides are beyond what it may. */
static double peak_memory(const cyt_cohort_plan_params *p, const cyt_estimate *e,
                          const cyt_plan *plan, size_t *which, size_t *n_beyond)
{
    double most = 0;
    *n_beyond = *which = 0;
    for (size_t s = 0; s < e->n; s++) {
        const size_t g = plan->group[s];
        const double bytes =
            cyt_estimate_memory(e, s, g == CYT_PLAN_QUEUE ? 1 : plan->width[g]);
        *which = bytes > most ? s : *which;
        most = fmax(most, bytes);
        *n_beyond += p->memory_per_rank > 0 && bytes > p->memory_per_rank;
    }
    return most;
}

static void tell_needs(const cyt_cohort_plan_params *p, const cyt_estimate *e,
                       const cyt_plan *plan, cyt_strbuf *t, cyt_error *err)
{
    char text[32];
    size_t which, n_beyond;
    double out = 0;
    for (size_t s = 0; s < e->n; s++)
        out += e->slides[s].bytes_out[0] + e->slides[s].bytes_out[1];
    const double memory = peak_memory(p, e, plan, &which, &n_beyond);
    cyt_strbuf_add(t, err, "memory: at most %s a rank (%s)\n", bytes_text(memory, text),
                   p->sheet->samples[which].name);
    if (n_beyond > 0)
        cyt_strbuf_add(
            t, err,
            "warning: %zu slides need more than %s a rank, on all %zu too; take "
            "more\n",
            n_beyond, bytes_text(p->memory_per_rank, text), plan->n_ranks);
    cyt_strbuf_add(t, err, "results: %s\n", bytes_text(out, text));
    /* Half as much again, in whole quarters of an hour: a stopped run goes on. */
    const unsigned quarters = (unsigned)ceil(1.5 * plan->makespan_s / 900);
    cyt_strbuf_add(t, err,
                   "sbatch --ntasks=%zu --time=%u:%02u:00 --mem-per-cpu=%.0fM "
                   "jobs/cohort.sbatch %s OUT --resume%s%s --measured ",
                   p->n_ranks, quarters / 4, quarters % 4 * 15, ceil(memory / 1048576),
                   p->sheet->path, p->config_path ? " --config " : "",
                   p->config_path ? p->config_path : "");
    for (size_t k = 0; k < p->measured->n; k++)
        cyt_strbuf_add(t, err, "%s%s", k ? "," : "", p->measured->name[k]);
    if (p->memory_per_rank > 0)
        cyt_strbuf_add(t, err, " --memory-per-rank %.0f", p->memory_per_rank);
    cyt_strbuf_add(t, err, "\n");
}

cyt_code cyt_cohort_plan(const cyt_cohort_plan_params *p, char **text, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_estimate e = {0};
    cyt_plan plan = {0};
    cyt_strbuf t = {0};
    char makespan[32], bound[32], critical[32];
    *text = NULL;
    CYT_TRY(cyt_estimate_make(p->sheet, p->config, p->measured, p->memory_per_rank, &e,
                              err));
    CYT_TRY(cyt_plan_make(e.n, e.tasks, p->n_ranks, &plan, err));
    tell_model(&e, &t, err);
    cyt_strbuf_add(&t, err,
                   "%zu ranks: %s for all slides, efficiency %.0f%%\n"
                   "no schedule is shorter than %s; the dearest slide, %s, on all "
                   "ranks that help it: %s\n",
                   p->n_ranks, cyt_time_text(plan.makespan_s, makespan),
                   100 * cyt_plan_efficiency(&plan),
                   cyt_time_text(cyt_plan_bound(&plan), bound),
                   p->sheet->samples[plan.order[0]].name,
                   cyt_time_text(plan.critical_s, critical));
    cyt_strbuf_add(&t, err, "groups of ranks: ");
    cyt_estimate_tell_groups(&plan, &t, err);
    cyt_strbuf_add(&t, err, "; a group falls apart when its slides are done\n");
    tell_needs(p, &e, &plan, &t, err);
    *text = cyt_strbuf_take(&t, err);
    code = err->code;
done:
    cyt_strbuf_free(&t);
    cyt_estimate_free(&e);
    cyt_plan_free(&plan);
    return code;
}
