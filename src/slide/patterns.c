// SPDX-License-Identifier: BSD-3-Clause
/* Patterns: pairs of cells within radii, from which K, L, pair correlation,
 * co-occurrence and mixing follow; nearest distances in nearest.c; what stands on
 * a graph in graph.c.
 *
 * Counts are of cells in the window (window.h). The rows of uns/pairs are pairs
 * of types; uns/pairs_all has all cells together, whose metrics name no type. */
#include "slide/window.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/mixing.h"
#include "cytotaxis/number.h"
#include "cytotaxis/pairs.h"
#include "cytotaxis/ripley.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What follows from the counts: columns of uns/pairs. */
typedef enum pair_column {
    K_NONE,
    K_BORDER,
    K_RIGID,
    L_NONE,
    L_BORDER,
    L_RIGID,
    PCF_NONE,
    PCF_BORDER,
    PCF_RIGID,
    N_RIPLEY,
    CO_OCCURRENCE = N_RIPLEY,
    MIXING_SCORE,
    MIXING_NORMALISED,
    INFILTRATION,
    N_COLUMNS
} pair_column;

static const char *const column_names[N_COLUMNS] = {
    "k_none",       "k_border",          "k_rigid",     "l_none",    "l_border",
    "l_rigid",      "pcf_none",          "pcf_border",  "pcf_rigid", "co_occurrence",
    "mixing_score", "mixing_normalised", "infiltration"};

/* Those that are metrics of the cohort as well. */
static const struct {
    pair_column column;
    cyt_statistic statistic;
} told[] = {
    {K_NONE, CYT_CROSS_K_NONE},
    {K_BORDER, CYT_CROSS_K_BORDER},
    {K_RIGID, CYT_CROSS_K_RIGID},
    {L_RIGID, CYT_CROSS_L_RIGID},
    {PCF_RIGID, CYT_PCF_RIGID},
    {CO_OCCURRENCE, CYT_CO_OCCURRENCE_RATIO},
    {MIXING_SCORE, CYT_MIXING_SCORE},
    {MIXING_NORMALISED, CYT_MIXING_NORMALISED},
    {INFILTRATION, CYT_MIXING_INFILTRATION},
};

int cyt_slide_tells(const cyt_slide_work *w, const char *a, const char *b)
{
    const cyt_names *told_of = &w->job->config->patterns.metric_types;
    return told_of->n == 0 || (cyt_names_find(told_of, a) != CYT_NO_NAME &&
                               cyt_names_find(told_of, b) != CYT_NO_NAME);
}

/* --- from counts to curves -------------------------------------------------------- */

typedef struct pair_sums {
    cyt_slide_work *work;
    cyt_ripley ripley;
    const double *gamma; /* [n_radii] */
} pair_sums;

/* K by three ways, and L and g of each. @param out column c starts at out + c * step */
static void fill_ripley(const pair_sums *p, size_t a, size_t b, size_t step,
                        double *out)
{
    const size_t n = p->ripley.counts->n_radii;
    cyt_k_none(&p->ripley, a, b, out + K_NONE * step);
    cyt_k_border(&p->ripley, a, b, out + K_BORDER * step);
    cyt_k_rigid(&p->ripley, a, b, p->gamma, out + K_RIGID * step);
    for (size_t k = 0; k < 3; k++) {
        const double *K = out + (K_NONE + k) * step;
        cyt_l_of_k(n, K, out + (L_NONE + k) * step);
        cyt_pair_correlation(n, p->ripley.radius, K, out + (PCF_NONE + k) * step);
    }
}

static void fill_mixing(const pair_sums *p, size_t a, size_t b, size_t step,
                        double *out)
{
    const cyt_pair_counts *c = p->ripley.counts;
    for (size_t k = 0; k < c->n_radii; k++) {
        out[MIXING_SCORE * step + k] = cyt_mixing_score(c, a, b, k);
        out[MIXING_NORMALISED * step + k] =
            cyt_mixing_normalised(c, p->ripley.n_cells, a, b, k);
        out[INFILTRATION * step + k] = cyt_infiltration(c, a, b, k);
    }
}

/* Metrics of one pair; NULL types: of all cells. */
static cyt_code add_metrics(const pair_sums *p, const char *a, const char *b,
                            const uint64_t *count, size_t n_columns, size_t step,
                            const double *values, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_metrics *m = &p->work->metrics;
    for (size_t k = 0; k < p->ripley.counts->n_radii; k++) {
        const double at = p->ripley.radius[k];
        CYT_TRY(cyt_metrics_add_at(m, CYT_PAIRS_COUNT, a, b, NULL, at, (double)count[k],
                                   err));
        for (size_t c = 0; c < sizeof told / sizeof *told; c++)
            if (told[c].column < n_columns)
                CYT_TRY(cyt_metrics_add_at(m, told[c].statistic, a, b, NULL, at,
                                           values[told[c].column * step + k], err));
    }
done:
    return code;
}

static cyt_code fill_pairs(const pair_sums *p, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_pair_counts *counts = p->ripley.counts;
    const cyt_names *types = &p->work->slide.types;
    const size_t n_types = types->n, n_radii = counts->n_radii;
    const size_t n = n_types * n_types * n_radii;
    double *values = p->work->patterns.pair_values;
    cyt_co_occurrence(counts, values + CO_OCCURRENCE * n);
    for (size_t pair = 0; pair < n_types * n_types; pair++) {
        const size_t a = pair / n_types, b = pair % n_types, at = pair * n_radii;
        fill_ripley(p, a, b, n, values + at);
        fill_mixing(p, a, b, n, values + at);
        if (cyt_slide_tells(p->work, types->name[a], types->name[b]))
            CYT_TRY(add_metrics(p, types->name[a], types->name[b], counts->within + at,
                                N_COLUMNS, n, values + at, err));
    }
done:
    return code;
}

/* Where the K of two types crosses that of independent ones. */
static cyt_code add_crossings(const pair_sums *p, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_names *types = &p->work->slide.types;
    const size_t n_radii = p->ripley.counts->n_radii, n = types->n * types->n;
    const double *rigid = p->work->patterns.pair_values + K_RIGID * n * n_radii;
    double at[CYT_MOST_ASCENDING];
    char index[2 * CYT_NAME_SIZE + CYT_NUMBER_SIZE];
    cyt_result_table *t = cyt_result_table_add(&p->work->tables, "k_crossings", err);
    CYT_TRY(err->code);
    for (size_t pair = 0; pair < n; pair++) {
        const char *a = types->name[pair / types->n], *b = types->name[pair % types->n];
        const size_t n_at =
            cyt_k_crossings(n_radii, p->ripley.radius, rigid + pair * n_radii, at);
        for (size_t k = 0; k < n_at; k++) {
            snprintf(index, sizeof index, "%s|%s@%.10g", a, b, at[k]);
            CYT_TRY(cyt_result_row(t, index, err));
            CYT_TRY(cyt_result_text(t, "type_a", a, err));
            CYT_TRY(cyt_result_text(t, "type_b", b, err));
            CYT_TRY(cyt_result_number(t, "radius_um", at[k], err));
        }
    }
done:
    return code;
}

static cyt_code fill_all(const pair_sums *p, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_pair_counts *counts = p->ripley.counts;
    const size_t n = counts->n_radii, n_pairs = counts->n_types * counts->n_types;
    double values[N_RIPLEY * CYT_MOST_ASCENDING];
    uint64_t all[CYT_MOST_ASCENDING] = {0};
    char index[32];
    for (size_t i = 0; i < n_pairs * n; i++)
        all[i % n] += counts->within[i];
    fill_ripley(p, CYT_ALL_TYPES, CYT_ALL_TYPES, n, values);
    CYT_TRY(add_metrics(p, NULL, NULL, all, N_RIPLEY, n, values, err));
    cyt_result_table *t = cyt_result_table_add(&p->work->tables, "pairs_all", err);
    CYT_TRY(err->code);
    for (size_t k = 0; k < n; k++) {
        snprintf(index, sizeof index, "%.10g", p->ripley.radius[k]);
        CYT_TRY(cyt_result_row(t, index, err));
        CYT_TRY(cyt_result_number(t, "radius_um", p->ripley.radius[k], err));
        CYT_TRY(cyt_result_number(t, "count", (double)all[k], err));
        for (size_t c = 0; c < N_RIPLEY; c++)
            CYT_TRY(cyt_result_number(t, column_names[c], values[c * n + k], err));
    }
done:
    return code;
}

/* --- counting --------------------------------------------------------------------- */

static cyt_code count_in_window(MPI_Comm group, const cyt_slide_window *v,
                                const cyt_ascending *radii, cyt_pair_counts *counts,
                                cyt_error *err)
{
    double radius[CYT_MOST_ASCENDING];
    for (size_t k = 0; k < radii->n; k++)
        radius[k] = radii->value[k] / v->seen.um_per_unit;
    const cyt_pair_params params = {radii->n, radius, v->border};
    return cyt_pairs_count(group, &v->seen, &params, counts, err);
}

static cyt_code count_pairs(MPI_Comm group, cyt_slide_work *w,
                            const cyt_slide_window *v, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_slide_patterns *p = &w->patterns;
    cyt_pair_counts counts = {0};
    const cyt_ascending *radii = &w->job->config->patterns.pairs;
    const size_t n = w->slide.types.n * w->slide.types.n * radii->n;
    double gamma[CYT_MOST_ASCENDING];
    p->pair_values = cyt_alloc(N_COLUMNS * n, sizeof *p->pair_values, "pairs", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    CYT_TRY(cyt_slide_window_rings(group, w, radii, gamma, err));
    CYT_TRY(count_in_window(group, v, radii, &counts, err));
    const pair_sums sums = {w, {&counts, radii->value, v->counts, v->area_um2}, gamma};
    code = fill_pairs(&sums, err);
    if (code == CYT_OK)
        code = fill_all(&sums, err);
    if (code == CYT_OK)
        code = add_crossings(&sums, err);
    CYT_TRY(cyt_agree(group, code, err));
    p->pair_counts = counts.within;
    counts.within = NULL;
    p->pairs = (cyt_type_pair_table){radii->n,  radii->value, p->pair_counts,
                                     N_COLUMNS, column_names, p->pair_values};
done:
    cyt_pair_counts_free(&counts);
    return code;
}

cyt_code cyt_slide_pattern(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_patterns_config *c = &w->job->config->patterns;
    cyt_slide_window window = {0};
    CYT_TRY(cyt_slide_window_make(group, w, &window, err));
    CYT_TRY(cyt_slide_nearest(group, w, &window, err));
    CYT_TRY(cyt_slide_safe_point(group, w, err));
    if (c->pairs.n > 0)
        CYT_TRY(count_pairs(group, w, &window, err));
    CYT_TRY(cyt_slide_safe_point(group, w, err));
    CYT_TRY(cyt_slide_graph(group, w, err));
    CYT_TRY(cyt_slide_safe_point(group, w, err));
    CYT_TRY(cyt_slide_neighbourhood(group, w, err));
    cyt_slide_end_phase(w, CYT_PHASE_PATTERNS);
done:
    cyt_slide_window_free(&window);
    return code;
}

void cyt_slide_patterns_free(cyt_slide_patterns *p)
{
    free(p->pair_counts);
    free(p->pair_values);
    free(p->near_counts);
    free(p->near_values);
    *p = (cyt_slide_patterns){0};
}
