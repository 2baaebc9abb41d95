/**
 * @file enrichment.h
 * @brief Do cells of some types neighbour each other more often than if their labels
 * were dealt at random?
 *
 * Counted are ordered neighbours: n_ab is the number of pairs (i, j), j in the list of
 * i, i of type a and j of type b; on a symmetric graph n_ab = n_ba, and n_aa counts
 * each edge twice. Cells without a type are nodes of the graph but take no part: labels
 * are dealt among the cells that have one, and degrees are those among them.
 *
 * Mean and variance over all deals are known exactly for symmetric graphs. With N
 * cells, S0 ordered neighbours, A1 = Σ d (d - 1), (x)_k = x (x - 1) … (x - k + 1), and
 * R = S0² - 2 S0 - 4 A1, the ordered pairs of edges that share no cell,
 *
 *     a ≠ b   E n  = S0 n_a n_b / (N)_2
 *             E n² = S0 n_a n_b / (N)_2 + A1 (n_a (n_b)_2 + (n_a)_2 n_b) / (N)_3
 *                    + R (n_a)_2 (n_b)_2 / (N)_4
 *     a = b   E n  = S0 (n_a)_2 / (N)_2
 *             E n² = 2 S0 (n_a)_2 / (N)_2 + 4 A1 (n_a)_3 / (N)_3 + R (n_a)_4 / (N)_4
 *
 * (the pairs of pairs of Bloemena 1964 and Cliff & Ord 1981, counted by what
 * they share). So z needs no permutation. Permutations on request tell p where n_ab is
 * far from normal, and are what is left for directed graphs and for deals within
 * groups; shuffle.h says how they are dealt without gathering the slide.
 *
 * A. R. Bloemena, Sampling from a graph, Mathematisch Centrum, Amsterdam, 1964.
 */
#ifndef CYT_ENRICHMENT_H
#define CYT_ENRICHMENT_H

#include "cytotaxis/cells.h"
#include "cytotaxis/graph.h"
#include "cytotaxis/permutation.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** What is counted on a graph; the same on every rank. */
typedef struct cyt_label_counts {
    size_t n_types;
    int symmetric;
    uint64_t n;       /**< cells that have a type */
    uint64_t *cells;  /**< [n_types] of each type */
    uint64_t *pairs;  /**< [n_types * n_types] n_ab at a n_types + b */
    uint64_t n_pairs; /**< S0, their sum */
    uint64_t a1;      /**< Σ d (d - 1) over the same cells */
    uint64_t n_nodes; /**< all cells */
    uint64_t n_links; /**< Σ degree over all cells */
    uint64_t degree_min, degree_max;
    uint64_t n_lonely; /**< cells without neighbour */
} cyt_label_counts;

/** Collective over the group of @p slide. @param counts [out] released with
 * cyt_label_counts_free()
 *  @return CYT_OK; CYT_ERR_MEMORY, also for so many types that their pairs are beyond
 * an int: 46,341 and more */
CYT_NODISCARD cyt_code cyt_label_count(MPI_Comm comm, const cyt_slide *slide,
                                       const cyt_graph *graph, cyt_label_counts *counts,
                                       cyt_error *err);
void cyt_label_counts_free(cyt_label_counts *counts);

/** How many cells have 0, 1, 2 … neighbours. Collective.
 *  @param n_degrees degree_max + 1 of cyt_label_counts
 *  @param cells     [n_degrees] [out] over all ranks */
CYT_NODISCARD cyt_code cyt_degree_count(MPI_Comm comm, const cyt_graph *graph,
                                        size_t n_degrees, uint64_t *cells,
                                        cyt_error *err);

/** Of one pair of types. */
typedef struct cyt_enrichment {
    double mean, variance; /**< of n_ab over all deals */
    double z;              /**< (n_ab - mean) / sqrt(variance) */
    double p;              /**< two-sided, of a normal distribution */
} cyt_enrichment;

/** Exact moments. NaN on a directed graph, and where too few cells leave them
 * undefined; z and p are NaN where the variance is 0. */
cyt_enrichment cyt_enrichment_exact(const cyt_label_counts *counts, size_t a, size_t b);

/**
 * Deal labels, count, compare. Collective; all agree but for the groups. The same bits
 * on any number of ranks.
 * @param counts what cyt_label_count() gave
 * @param out    [n_types * n_types] [out] pair (a, b) at a n_types + b
 * @return CYT_OK; CYT_ERR_DATA for more than 255 types or 2^32 cells; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_enrichment_permute(MPI_Comm comm, const cyt_slide *slide,
                                              const cyt_graph *graph,
                                              const cyt_label_counts *counts,
                                              const cyt_permutation_params *params,
                                              cyt_permuted *out, cyt_error *err);

#endif
