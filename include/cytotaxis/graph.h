/**
 * @file graph.h
 * @brief Which cells are neighbours: within a radius, the k nearest, or those that
 * share a side of their Voronoi cells.
 *
 * Every cell is a node, also those without a type: they take up room. A graph is held
 * as lists of neighbours of a strip's own cells; neighbours that live in other strips
 * are its guests, of whom it knows type and input order, and for whom any column can be
 * fetched:
 *
 *     node   0 ....... n - 1 │ n ........... n + n_guests - 1
 *            own cells       │ guests, in input order
 *
 * Lists are ordered by input order of the neighbours, so that sums along a list have
 * the same bits on any number of ranks. The whole graph does not depend on strips:
 *
 *     radius    d <= r as dx² + dy² <= r², in double and source units
 *     knn       order (d², input order); directed; the union with its reverse on
 * request delaunay  exact, cocircular cells told apart by position (predicates.h), so
 *               that also the order of cells does not matter. Of cells in one place the
 *               first in input order is the vertex; each other is joined to it
 *               alone. Cells on one line form a chain.
 *
 * A strip triangulates its cells and a border of others. Then it asks for whatever lies
 * in a circle of a triangle at its own cells that reaches beyond what it knows; adds
 * what it is told, and asks again, until nobody has anything to add: each such
 * circle is then known to be empty, which is what makes a triangle one of the whole
 * slide's. So holes in the tissue and the flat triangles along its edge do not ask for
 * deep halos: a few cells travel where many rows would. The k nearest are
 * found likewise: cells whose k-th neighbour may lie elsewhere ask once.
 */
#ifndef CYT_GRAPH_H
#define CYT_GRAPH_H

#include "cytotaxis/cells.h"
#include "cytotaxis/route.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

typedef struct cyt_graph {
    size_t n; /**< own cells, in the order of the strip */
    size_t n_guests;
    int symmetric;    /**< is j in the list of i whenever i is in that of j? */
    size_t *start;    /**< [n + 1] the list of cell i is [start[i], start[i + 1]) */
    uint32_t *node;   /**< [start[n]] own cell, or n + guest */
    double *distance; /**< [start[n]] source units */
    uint64_t *guest_index; /**< [n_guests] input order */
    uint16_t *guest_type;  /**< [n_guests] index into types, or CYT_NO_TYPE */
    size_t n_mutual; /**< entries (i, j) of own lists where i is in the list of j too */
    cyt_route calls; /**< guests, from those who use them to their owners */
    size_t *called;  /**< [calls.n_recv] own cell that another strip uses */
} cyt_graph;

/** Cells at most @p radius (source units, > 0) apart; symmetric. Collective over the
 * group of @p slide, as are all below.
 *  @return CYT_OK; CYT_ERR_MEMORY, also for strips beyond 2^30 cells */
CYT_NODISCARD cyt_code cyt_graph_radius(MPI_Comm comm, const cyt_slide *slide,
                                        double radius, cyt_graph *graph,
                                        cyt_error *err);

/** The @p k (>= 1) nearest other cells of each; all others where there are fewer.
 *  @param symmetrise nonzero: also those of whom the cell is one of the k nearest */
CYT_NODISCARD cyt_code cyt_graph_knn(MPI_Comm comm, const cyt_slide *slide, size_t k,
                                     int symmetrise, cyt_graph *graph, cyt_error *err);

/** The Delaunay graph; symmetric.
 *  @param longest edges longer than this are left out, source units; +infinity: none */
CYT_NODISCARD cyt_code cyt_graph_delaunay(MPI_Comm comm, const cyt_slide *slide,
                                          double longest, cyt_graph *graph,
                                          cyt_error *err);

/** A column of the guests, from their owners. Collective.
 *  @param item_bytes bytes of an item
 *  @param own        [n] items
 *  @param guests     [n_guests] [out] */
CYT_NODISCARD cyt_code cyt_graph_fetch(MPI_Comm comm, const cyt_graph *graph,
                                       size_t item_bytes, const void *own, void *guests,
                                       cyt_error *err);

void cyt_graph_free(cyt_graph *graph);

#endif
