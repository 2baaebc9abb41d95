// SPDX-License-Identifier: BSD-3-Clause
/* What a graph is like, as tables of uns:
 *
 *     graph         one row: what it is, cells, edges, degrees
 *     degrees       cells by number of neighbours
 *     interactions  [type a x type b] share of b among the neighbours of cells of a,
 * the row-normalised interaction matrix
 */
#include "slide/graph.h"

#include "slide/work.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static cyt_code add_facts(cyt_slide_work *w, const cyt_label_counts *c, cyt_error *err)
{
    static const char *const names[] = {"none", "delaunay", "knn", "radius"};
    const cyt_patterns_config *p = &w->job->config->patterns;
    const double n = (double)c->n_nodes, links = (double)c->n_links;
    const struct {
        const char *name;
        double value;
    } facts[] = {
        {"k", p->graph_k},
        {"radius_um", p->graph_radius_um},
        {"longest_um", p->longest_um},
        {"n_cells", n},
        {"n_typed", (double)c->n},
        {"n_edges", links / 2},
        {"mean_degree", n > 0 ? links / n : NAN},
        {"degree_min", (double)c->degree_min},
        {"degree_max", (double)c->degree_max},
        {"n_lonely", (double)c->n_lonely},
    };
    cyt_code code = CYT_OK;
    cyt_result_table *t = cyt_result_table_add(&w->tables, "graph", err);
    CYT_TRY(err->code);
    CYT_TRY(cyt_result_row(t, names[p->graph], err));
    for (size_t k = 0; k < sizeof facts / sizeof *facts; k++)
        CYT_TRY(cyt_result_number(t, facts[k].name, facts[k].value, err));
done:
    return code;
}

static cyt_code add_degrees(cyt_slide_work *w, size_t n, const uint64_t *cells,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_result_table *t = cyt_result_table_add(&w->tables, "degrees", err);
    CYT_TRY(err->code);
    for (size_t d = 0; d < n; d++) {
        char index[24];
        snprintf(index, sizeof index, "%zu", d);
        CYT_TRY(cyt_result_row(t, index, err));
        CYT_TRY(cyt_result_number(t, "degree", (double)d, err));
        CYT_TRY(cyt_result_number(t, "n_cells", (double)cells[d], err));
    }
done:
    return code;
}

static cyt_code add_interactions(cyt_slide_work *w, const cyt_label_counts *c,
                                 cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_names *types = &w->slide.types;
    cyt_result_table *t = cyt_result_table_add(&w->tables, "interactions", err);
    CYT_TRY(err->code);
    for (size_t a = 0; a < types->n; a++) {
        uint64_t sum = 0;
        CYT_TRY(cyt_result_row(t, types->name[a], err));
        for (size_t b = 0; b < types->n; b++)
            sum += c->pairs[a * types->n + b];
        for (size_t b = 0; b < types->n; b++)
            CYT_TRY(cyt_result_number(
                t, types->name[b],
                sum ? (double)c->pairs[a * types->n + b] / (double)sum : NAN, err));
    }
done:
    return code;
}

static cyt_code add_all(cyt_slide_work *w, const cyt_label_counts *counts,
                        const uint64_t *cells, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(add_facts(w, counts, err));
    CYT_TRY(add_degrees(w, (size_t)counts->degree_max + 1, cells, err));
    CYT_TRY(add_interactions(w, counts, err));
    if (counts->n_links == 0)
        CYT_TRY(cyt_slide_warn(&w->report->warnings, err,
                               "no two cells are neighbours in the graph; what stands "
                               "on it is NaN"));
done:
    return code;
}

cyt_code cyt_slide_graph_tables(MPI_Comm group, cyt_slide_work *w,
                                const cyt_graph *graph, const cyt_label_counts *counts,
                                cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n_degrees = (size_t)counts->degree_max + 1;
    uint64_t *cells = cyt_alloc(n_degrees, sizeof *cells, "degrees", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    CYT_TRY(cyt_degree_count(group, graph, n_degrees, cells, err));
    CYT_TRY(cyt_agree(group, add_all(w, counts, cells, err), err));
done:
    free(cells);
    return code;
}
