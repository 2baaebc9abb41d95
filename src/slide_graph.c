// SPDX-License-Identifier: BSD-3-Clause
/* Which cells are neighbours, and what follows from it: which types neighbour each
 * other more often than by chance. */
#include "slide_graph.h"

#include "slide_work.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/enrichment.h"
#include "cytotaxis/graph.h"
#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>

enum { EXPECTED, SD, Z, P, N_EDGE_COLUMNS };
static const char *const edge_columns[N_EDGE_COLUMNS] = {"expected", "sd", "z", "p"};

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

static cyt_code fill_edges(cyt_slide_work *w, const cyt_label_counts *counts,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_slide_neighbours *k = &w->neighbours;
    const cyt_names *types = &w->slide.types;
    const size_t n = types->n * types->n;
    k->edge_counts = cyt_alloc(n, sizeof *k->edge_counts, "neighbours", err);
    k->edge_values =
        cyt_alloc(N_EDGE_COLUMNS * n, sizeof *k->edge_values, "neighbours", err);
    for (size_t i = 0; err->code == CYT_OK && i < n; i++) {
        const char *a = types->name[i / types->n], *b = types->name[i % types->n];
        const cyt_enrichment e =
            cyt_enrichment_exact(counts, i / types->n, i % types->n);
        k->edge_counts[i] = counts->pairs[i];
        k->edge_values[EXPECTED * n + i] = e.mean;
        k->edge_values[SD * n + i] = sqrt(e.variance);
        k->edge_values[Z * n + i] = e.z;
        k->edge_values[P * n + i] = e.p;
        CYT_TRY(cyt_metrics_add(&w->metrics, CYT_ENRICHMENT_COUNT, a, b, NULL,
                                (double)counts->pairs[i], err));
        CYT_TRY(cyt_metrics_add(&w->metrics, CYT_ENRICHMENT_Z, a, b, NULL, e.z, err));
    }
    k->enrichment = (cyt_type_pair_table){.count = k->edge_counts,
                                          .n_columns = N_EDGE_COLUMNS,
                                          .names = edge_columns,
                                          .values = k->edge_values};
done:
    return err->code;
}

cyt_code cyt_slide_graph(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_graph graph = {0};
    cyt_label_counts counts = {0};
    if (w->job->config->patterns.graph == CYT_GRAPH_NONE)
        return CYT_OK;
    CYT_TRY(make_graph(group, w, &graph, err));
    CYT_TRY(cyt_label_count(group, &w->slide, &graph, &counts, err));
    CYT_TRY(cyt_agree(group, fill_edges(w, &counts, err), err));
done:
    cyt_label_counts_free(&counts);
    cyt_graph_free(&graph);
    return code;
}

void cyt_slide_neighbours_free(cyt_slide_neighbours *k)
{
    free(k->edge_counts);
    free(k->edge_values);
    *k = (cyt_slide_neighbours){0};
}
