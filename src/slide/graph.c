// SPDX-License-Identifier: BSD-3-Clause
/* Which cells are neighbours, and what follows from it: which types neighbour each
 * other more often than by chance. Genes on the graph are in genes.c. */
#include "slide/graph.h"

#include "slide/steps.h"
#include "slide/window.h"
#include "slide/work.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/group_means.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/random.h"

#include <math.h>
#include <stdlib.h>

/* Exact moments over all deals of the labels; then what was found of random deals. */
enum { EXPECTED, SD, Z, P, N_EXACT };
enum {
    MEAN_PERMUTED = N_EXACT,
    SD_PERMUTED,
    Z_PERMUTED,
    P_MORE,
    P_LESS,
    P_PERMUTED,
    N_EDGE_COLUMNS
};
static const char *const edge_columns[N_EDGE_COLUMNS] = {
    "expected",    "sd",         "z",      "p",      "expected_permuted",
    "sd_permuted", "z_permuted", "p_more", "p_less", "p_permuted"};

static cyt_code make_graph(MPI_Comm group, const cyt_slide_work *w, cyt_graph *graph,
                           cyt_error *err)
{
    const cyt_patterns_config *c = &w->job->config->patterns;
    const double unit = w->slide.um_per_unit;
    if (c->graph == CYT_GRAPH_KNN)
        return cyt_graph_knn(group, &w->slide, (size_t)c->graph_k, 1, graph, err);
    if (c->graph == CYT_GRAPH_RADIUS)
        return cyt_graph_radius(group, &w->slide, c->graph_radius_um / unit, graph,
                                err);
    return cyt_graph_delaunay(group, &w->slide,
                              isnan(c->longest_um) ? INFINITY : c->longest_um / unit,
                              graph, err);
}

/* --- labels dealt anew ------------------------------------------------------------ */

/* What is dealt stays in its compartment; cells in none keep what they have. */
cyt_code cyt_slide_permutation(const cyt_slide_work *w, cyt_permutation_params *params,
                               uint32_t **group_of, cyt_error *err)
{
    const cyt_patterns_config *c = &w->job->config->patterns;
    const size_t n = w->slide.cells.n;
    *group_of = NULL;
    *params = (cyt_permutation_params){.n = (uint64_t)c->permutations,
                                       .seed = (uint64_t)c->seed,
                                       .slide = cyt_random_stream_of(w->slide.name),
                                       .stop = &w->job->stop};
    if (c->permute != CYT_PERMUTE_COMPARTMENT)
        return CYT_OK;
    uint32_t *group = cyt_alloc(n, sizeof *group, "compartments of cells", err);
    for (size_t i = 0; group && i < n; i++)
        group[i] = w->compartments.cell[i] == 0 ? CYT_NO_GROUP
                                                : (uint32_t)w->compartments.cell[i] - 1;
    *group_of = group;
    params->group = group;
    params->n_groups = w->compartments.names.n;
    return err->code;
}

static cyt_code permute(MPI_Comm group, cyt_slide_work *w, const cyt_graph *graph,
                        const cyt_label_counts *counts, cyt_permuted **out,
                        cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_pairs = counts->n_types * counts->n_types;
    uint32_t *group_of = NULL;
    cyt_permutation_params params;
    *out = cyt_alloc(n_pairs, sizeof **out, "permutations of labels", err);
    code = *out ? cyt_slide_permutation(w, &params, &group_of, err) : err->code;
    CYT_TRY(cyt_agree(group, code, err));
    const cyt_step step = {
        .key = "labels", .n_bytes = n_pairs * sizeof **out, .bytes = *out};
    if (!cyt_steps_take(group, w, &step)) {
        CYT_TRY(cyt_enrichment_permute(group, &w->slide, graph, counts, &params, *out,
                                       err));
        cyt_steps_put(group, w, &step);
    }
done:
    free(group_of);
    return code;
}

/* --- enrichment ------------------------------------------------------------------- */

/* @p row holds the values of pair i, @p n numbers apart. */
static void fill_row(const cyt_enrichment *e, const cyt_permuted *random, size_t n,
                     double *row)
{
    row[EXPECTED * n] = e->mean;
    row[SD * n] = sqrt(e->variance);
    row[Z * n] = e->z;
    row[P * n] = e->p;
    if (!random)
        return;
    row[MEAN_PERMUTED * n] = random->mean;
    row[SD_PERMUTED * n] = random->sd;
    row[Z_PERMUTED * n] = random->z;
    row[P_MORE * n] = random->p_more;
    row[P_LESS * n] = random->p_less;
    row[P_PERMUTED * n] = random->p;
}

static cyt_code add_metrics(cyt_slide_work *w, size_t i, int permuted, cyt_error *err)
{
    static const struct {
        size_t column;
        cyt_statistic statistic;
    } all[] = {
        {EXPECTED, CYT_ENRICHMENT_EXPECTED},
        {SD, CYT_ENRICHMENT_SD},
        {Z, CYT_ENRICHMENT_Z},
        {P, CYT_ENRICHMENT_P},
        {Z_PERMUTED, CYT_ENRICHMENT_Z_PERMUTED},
        {P_PERMUTED, CYT_ENRICHMENT_P_PERMUTED},
    };
    cyt_code code = CYT_OK;
    const cyt_slide_neighbours *k = &w->neighbours;
    const cyt_names *types = &w->slide.types;
    const size_t n = types->n * types->n;
    const char *a = types->name[i / types->n], *b = types->name[i % types->n];
    if (!cyt_slide_tells(w, a, b))
        return CYT_OK;
    CYT_TRY(cyt_metrics_add(&w->metrics, CYT_ENRICHMENT_COUNT, a, b, NULL,
                            (double)k->edge_counts[i], err));
    for (size_t m = 0; m < sizeof all / sizeof *all; m++)
        if (all[m].column < N_EXACT || permuted)
            CYT_TRY(cyt_metrics_add(&w->metrics, all[m].statistic, a, b, NULL,
                                    k->edge_values[all[m].column * n + i], err));
done:
    return code;
}

/* @p random is NULL where labels are not dealt. */
static cyt_code fill_edges(cyt_slide_work *w, const cyt_label_counts *counts,
                           const cyt_permuted *random, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_slide_neighbours *k = &w->neighbours;
    const size_t n = counts->n_types * counts->n_types;
    const size_t n_columns = random ? N_EDGE_COLUMNS : N_EXACT;
    k->edge_counts = cyt_alloc(n, sizeof *k->edge_counts, "neighbours", err);
    k->edge_values =
        cyt_alloc(n_columns * n, sizeof *k->edge_values, "neighbours", err);
    CYT_TRY(err->code);
    for (size_t i = 0; i < n; i++) {
        const cyt_enrichment e =
            cyt_enrichment_exact(counts, i / counts->n_types, i % counts->n_types);
        k->edge_counts[i] = counts->pairs[i];
        fill_row(&e, random ? &random[i] : NULL, n, k->edge_values + i);
        CYT_TRY(add_metrics(w, i, random != NULL, err));
    }
    k->enrichment = (cyt_type_pair_table){.count = k->edge_counts,
                                          .n_columns = n_columns,
                                          .names = edge_columns,
                                          .values = k->edge_values};
done:
    return code;
}

cyt_code cyt_slide_graph(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_patterns_config *c = &w->job->config->patterns;
    cyt_graph graph = {0};
    cyt_label_counts counts = {0};
    cyt_permuted *random = NULL;
    if (c->graph == CYT_GRAPH_NONE)
        return CYT_OK;
    CYT_TRY(make_graph(group, w, &graph, err));
    CYT_TRY(cyt_label_count(group, &w->slide, &graph, &counts, err));
    CYT_TRY(cyt_slide_graph_tables(group, w, &graph, &counts, err));
    if (c->permutations > 0)
        CYT_TRY(permute(group, w, &graph, &counts, &random, err));
    CYT_TRY(cyt_agree(group, fill_edges(w, &counts, random, err), err));
    CYT_TRY(cyt_slide_genes(group, w, &graph, err));
done:
    free(random);
    cyt_label_counts_free(&counts);
    cyt_graph_free(&graph);
    return code;
}

void cyt_slide_neighbours_free(cyt_slide_neighbours *k)
{
    free(k->edge_counts);
    free(k->edge_values);
    free(k->window);
    *k = (cyt_slide_neighbours){0};
}
