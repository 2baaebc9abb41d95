/**
 * @file graph.h
 * @brief What a slide says of neighbours: types and genes on a graph of its cells, and
 * what surrounds each cell.
 */
#ifndef CYT_SLIDE_GRAPH_H
#define CYT_SLIDE_GRAPH_H

#include "cytotaxis/enrichment.h"
#include "cytotaxis/graph.h"
#include "cytotaxis/slide_file.h"
#include "cytotaxis/status.h"

#include <stdint.h>

#include <mpi.h>

/** Kept until the table of cells is written; empty when nothing is asked for. */
typedef struct cyt_slide_neighbours {
    cyt_type_pair_table enrichment; /**< points into what follows, as the next */
    cyt_neighbourhood_table around;
    uint64_t *edge_counts;
    double *edge_values;
    uint32_t *window; /**< [types.n * cells.n] cells of each type around each cell */
} cyt_slide_neighbours;

struct cyt_slide_work;

/** What stands on the graph of the config, if there is one. Collective. */
CYT_NODISCARD cyt_code cyt_slide_graph(MPI_Comm group, struct cyt_slide_work *work,
                                       cyt_error *err);

/** Facts of the graph, its degrees, and who neighbours whom, as tables. Collective. */
CYT_NODISCARD cyt_code cyt_slide_graph_tables(MPI_Comm group,
                                              struct cyt_slide_work *work,
                                              const cyt_graph *graph,
                                              const cyt_label_counts *counts,
                                              cyt_error *err);

/** How the config asks for labels and values to be dealt. Local.
 *  @param group_of [out] released with free() after use; may stay NULL */
CYT_NODISCARD cyt_code cyt_slide_permutation(const struct cyt_slide_work *work,
                                             cyt_permutation_params *params,
                                             uint32_t **group_of, cyt_error *err);

/** Autocorrelation of the genes that the config names. Collective. */
CYT_NODISCARD cyt_code cyt_slide_genes(MPI_Comm group, struct cyt_slide_work *work,
                                       const cyt_graph *graph, cyt_error *err);

/** Cells of each type around each cell, if the config asks for them. Collective. */
CYT_NODISCARD cyt_code cyt_slide_neighbourhood(MPI_Comm group,
                                               struct cyt_slide_work *work,
                                               cyt_error *err);
void cyt_slide_neighbours_free(cyt_slide_neighbours *neighbours);

#endif
