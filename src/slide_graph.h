/**
 * @file slide_graph.h
 * @brief What a slide says of neighbours: on a graph of its cells.
 */
#ifndef CYT_SLIDE_GRAPH_H
#define CYT_SLIDE_GRAPH_H

#include "cytotaxis/slide_file.h"
#include "cytotaxis/status.h"

#include <stdint.h>

#include <mpi.h>

/** Kept until the table of cells is written; empty when nothing is asked for. */
typedef struct cyt_slide_neighbours {
    cyt_type_pair_table enrichment; /**< points into what follows */
    uint64_t *edge_counts;
    double *edge_values;
} cyt_slide_neighbours;

struct cyt_slide_work;

/** Neighbours of each type on the graph of the config, if there is one. Collective. */
CYT_NODISCARD cyt_code cyt_slide_graph(MPI_Comm group, struct cyt_slide_work *work,
                                       cyt_error *err);
void cyt_slide_neighbours_free(cyt_slide_neighbours *neighbours);

#endif
