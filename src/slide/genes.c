// SPDX-License-Identifier: BSD-3-Clause
/* Spatial autocorrelation of genes, or of other columns of the cells, on the slide's
 * graph: Moran's I and Geary's C of each, bivariate Moran of pairs.
 *
 * Genes are taken in batches: the graph's weights are made once for a batch, and no
 * more than a batch of columns is held twice. */
#include "slide/graph.h"

#include "slide/steps.h"
#include "slide/work.h"

#include "cytotaxis/autocorrelation.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 64 };

static int wants_log1p(const cyt_slide_work *w)
{
    return w->job->config->patterns.gene_transform == CYT_GENES_LOG1P;
}

/* Which of the slide's columns of values a gene is. */
static size_t column_of(const cyt_slide_work *w, const char *gene)
{
    return cyt_names_search(w->job->ligands, gene);
}

static int is_found(const cyt_slide_work *w, const char *gene)
{
    return w->slide.value_found[column_of(w, gene)];
}

/* @p column [cells.n]: the gene as it is measured; NaN where the file has no such. */
static void take_column(const cyt_slide_work *w, const char *gene, double *column)
{
    const cyt_cells *cells = &w->slide.cells;
    const double *values = cells->values + column_of(w, gene) * cells->n;
    const int log_of = wants_log1p(w), found = is_found(w, gene);
    for (size_t i = 0; i < cells->n; i++)
        column[i] = !found ? NAN : log_of ? log1p(values[i]) : values[i];
}

/* --- what is wrong with a gene ---------------------------------------------------- */

enum { LACKS = 1, IS_BELOW = 2 }; /* values; the domain of the logarithm */

static unsigned faults_of(const cyt_slide_work *w, const char *gene)
{
    const cyt_cells *cells = &w->slide.cells;
    const double *values = cells->values + column_of(w, gene) * cells->n;
    unsigned faults = 0;
    for (size_t i = 0; is_found(w, gene) && i < cells->n; i++)
        faults |= !isfinite(values[i])                  ? LACKS
                  : wants_log1p(w) && !(values[i] > -1) ? IS_BELOW
                                                        : 0;
    return faults;
}

/* Collective. The sentence is the same on every rank. */
static cyt_code warn_of(MPI_Comm group, cyt_slide_work *w, const char *gene,
                        cyt_error *err)
{
    const unsigned mine = faults_of(w, gene);
    const int lacks = cyt_any(group, (mine & LACKS) != 0);
    const int is_below = cyt_any(group, (mine & IS_BELOW) != 0);
    const char *const why = !is_found(w, gene) ? "the file has no such column or gene"
                            : lacks            ? "some cells have no value"
                            : is_below
                                ? "some values are -1 or less, which have no log1p"
                                : NULL;
    return why ? cyt_slide_warn(&w->report->warnings, err,
                                "patterns: autocorrelation of %s is NaN: %s", gene, why)
               : CYT_OK;
}

static cyt_code warn_of_all(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_patterns_config *c = &w->job->config->patterns;
    for (size_t k = 0; k < c->genes.n + c->bivariate.n; k++) {
        const size_t pair = k - c->genes.n; /* used from the end of genes on */
        const char *gene = k < c->genes.n ? c->genes.name[k] : c->bivariate.name[pair];
        const int told =
            k >= c->genes.n && (cyt_names_find(&c->genes, gene) != CYT_NO_NAME ||
                                cyt_names_find(&c->bivariate, gene) < pair);
        if (told)
            continue;
        const cyt_code warned = warn_of(group, w, gene, err); /* also after a failure */
        code = code == CYT_OK ? warned : code;
    }
    return cyt_agree(group, code, err);
}

/* --- results ---------------------------------------------------------------------- */

static cyt_code add_against(cyt_result_table *t, const char *what, const char *model,
                            const cyt_against *a, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const struct {
        const char *name;
        double value;
    } all[] = {{"variance", a->variance}, {"z", a->z}, {"p", a->p}};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        char name[64];
        snprintf(name, sizeof name, "%s_%s_%s", what, all[k].name, model);
        CYT_TRY(cyt_result_number(t, name, all[k].value, err));
    }
done:
    return code;
}

static cyt_code add_alike(cyt_result_table *t, const char *what, const cyt_alike *a,
                          int has_normal, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char name[64];
    CYT_TRY(cyt_result_number(t, what, a->value, err));
    snprintf(name, sizeof name, "%s_expected", what);
    CYT_TRY(cyt_result_number(t, name, a->expected, err));
    if (has_normal)
        CYT_TRY(add_against(t, what, "normal", &a->normal, err));
    CYT_TRY(add_against(t, what, "random", &a->random, err));
done:
    return code;
}

/* Value, z and p of the statistic whose value is @p first. */
static cyt_code add_metrics(cyt_slide_work *w, cyt_statistic first, const char *gene,
                            const cyt_alike *a, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const double values[] = {a->value, a->random.z, a->random.p};
    for (int k = 0; k < 3; k++)
        CYT_TRY(cyt_metrics_add(&w->metrics, (cyt_statistic)((int)first + k), NULL,
                                NULL, gene, values[k], err));
done:
    return code;
}

static cyt_code add_permuted(cyt_slide_work *w, cyt_result_table *t, const char *gene,
                             int geary, const cyt_permuted *p, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const struct {
        const char *name;
        double value;
    } all[] = {{"expected", p->mean}, {"sd", p->sd},         {"z", p->z},
               {"p_more", p->p_more}, {"p_less", p->p_less}, {"p", p->p}};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        char name[64];
        snprintf(name, sizeof name, "%s_%s_permuted", geary ? "geary" : "moran",
                 all[k].name);
        CYT_TRY(cyt_result_number(t, name, all[k].value, err));
    }
    CYT_TRY(cyt_metrics_add(&w->metrics,
                            geary ? CYT_GEARY_P_PERMUTED : CYT_MORAN_P_PERMUTED, NULL,
                            NULL, gene, p->p, err));
done:
    return code;
}

/* @p a of one gene; @p moran and @p geary of deals, NULL where there are none. */
static cyt_code add_gene(cyt_slide_work *w, cyt_result_table *t, const char *gene,
                         const cyt_autocorrelation *a, const cyt_permuted *moran,
                         const cyt_permuted *geary, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_result_row(t, gene, err));
    CYT_TRY(add_alike(t, "moran", &a->moran, 1, err));
    CYT_TRY(add_alike(t, "geary", &a->geary, 1, err));
    CYT_TRY(add_metrics(w, CYT_MORAN_VALUE, gene, &a->moran, err));
    CYT_TRY(add_metrics(w, CYT_GEARY_VALUE, gene, &a->geary, err));
    if (moran)
        CYT_TRY(add_permuted(w, t, gene, 0, moran, err));
    if (geary)
        CYT_TRY(add_permuted(w, t, gene, 1, geary, err));
done:
    return code;
}

static cyt_code add_pair(cyt_slide_work *w, cyt_result_table *t, const char *x,
                         const char *y, const cyt_alike *a, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = strlen(x) + strlen(y) + 2;
    char *name = cyt_alloc(size, 1, "the name of a pair", err);
    CYT_TRY(err->code);
    snprintf(name, size, "%s|%s", x, y);
    CYT_TRY(cyt_result_row(t, name, err));
    CYT_TRY(cyt_result_text(t, "x", x, err));
    CYT_TRY(cyt_result_text(t, "y", y, err));
    CYT_TRY(add_alike(t, "moran", a, 0, err));
    CYT_TRY(add_metrics(w, CYT_BIVARIATE_VALUE, name, a, err));
done:
    free(name);
    return code;
}

/* --- genes and pairs -------------------------------------------------------------- */

/* Deals of a batch that begins with gene @p first: Moran's of each, then Geary's. */
static cyt_code permute(MPI_Comm group, cyt_slide_work *w, const cyt_graph *graph,
                        size_t first, size_t n, const double *columns,
                        const cyt_permutation_params *params,
                        cyt_permuted out[2 * BATCH], cyt_error *err)
{
    cyt_code code = CYT_OK;
    char key[64];
    snprintf(key, sizeof key, "genes %zu", first);
    const cyt_step step = {.key = key, .n_bytes = 2 * n * sizeof *out, .bytes = out};
    if (!cyt_steps_take(group, w, &step)) {
        CYT_TRY(cyt_autocorrelate_permute(group, &w->slide, graph,
                                          (cyt_weights)w->job->config->patterns.weights,
                                          n, columns, params, out, out + n, err));
        cyt_steps_put(group, w, &step);
    }
done:
    return code;
}

/* A batch of genes in @p columns; @p params NULL: no deals. */
static cyt_code measure_batch(MPI_Comm group, cyt_slide_work *w, const cyt_graph *graph,
                              size_t first, size_t n, double *columns,
                              const cyt_permutation_params *params, cyt_result_table *t,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_patterns_config *c = &w->job->config->patterns;
    cyt_autocorrelation out[BATCH];
    cyt_permuted dealt[2 * BATCH];
    for (size_t k = 0; k < n; k++)
        take_column(w, c->genes.name[first + k], columns + k * w->slide.cells.n);
    CYT_TRY(cyt_autocorrelate(group, &w->slide, graph, (cyt_weights)c->weights, n,
                              columns, out, err));
    if (params)
        CYT_TRY(permute(group, w, graph, first, n, columns, params, dealt, err));
    for (size_t k = 0; k < n && code == CYT_OK; k++)
        code = add_gene(w, t, c->genes.name[first + k], &out[k],
                        params ? &dealt[k] : NULL, params ? &dealt[n + k] : NULL, err);
    code = cyt_agree(group, code, err);
done:
    return code;
}

static cyt_code measure_genes(MPI_Comm group, cyt_slide_work *w, const cyt_graph *graph,
                              double *columns, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_patterns_config *c = &w->job->config->patterns;
    cyt_permutation_params params;
    uint32_t *group_of = NULL;
    cyt_result_table *t = NULL;
    if (c->genes.n == 0)
        return CYT_OK;
    t = cyt_result_table_add(&w->tables, "autocorrelation", err);
    code = t ? cyt_slide_permutation(w, &params, &group_of, err) : err->code;
    CYT_TRY(cyt_agree(group, code, err));
    for (size_t first = 0; first < c->genes.n; first += BATCH) {
        const size_t n = c->genes.n - first < BATCH ? c->genes.n - first : BATCH;
        CYT_TRY(measure_batch(group, w, graph, first, n, columns,
                              params.n > 0 ? &params : NULL, t, err));
    }
done:
    free(group_of);
    return code;
}

static cyt_code measure_pairs(MPI_Comm group, cyt_slide_work *w, const cyt_graph *graph,
                              double *columns, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_patterns_config *c = &w->job->config->patterns;
    const size_t n = w->slide.cells.n;
    cyt_result_table *t = NULL;
    if (c->bivariate.n == 0)
        return CYT_OK;
    t = cyt_result_table_add(&w->tables, "bivariate_moran", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t k = 0; k < c->bivariate.n; k += 2) {
        const char *x = c->bivariate.name[k], *y = c->bivariate.name[k + 1];
        cyt_alike out;
        take_column(w, x, columns);
        take_column(w, y, columns + n);
        CYT_TRY(cyt_bivariate_moran(group, &w->slide, graph, (cyt_weights)c->weights,
                                    columns, columns + n, &out, err));
        CYT_TRY(cyt_agree(group, add_pair(w, t, x, y, &out, err), err));
    }
done:
    return code;
}

cyt_code cyt_slide_genes(MPI_Comm group, cyt_slide_work *w, const cyt_graph *graph,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_patterns_config *c = &w->job->config->patterns;
    const size_t most = c->genes.n < BATCH ? c->genes.n : BATCH;
    double *columns = NULL;
    if (c->genes.n == 0 && c->bivariate.n == 0)
        return CYT_OK;
    columns = cyt_alloc((most < 2 ? 2 : most) * w->slide.cells.n, sizeof *columns,
                        "genes", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    CYT_TRY(warn_of_all(group, w, err));
    CYT_TRY(measure_genes(group, w, graph, columns, err));
    CYT_TRY(measure_pairs(group, w, graph, columns, err));
done:
    free(columns);
    return code;
}
