/**
 * @file graph_parts.h
 * @brief What the kinds of graphs have in common: cells that travel, and the lists that
 * become a graph.
 */
#ifndef CYT_GRAPH_PARTS_H
#define CYT_GRAPH_PARTS_H

#include "cytotaxis/graph.h"

/** A cell of another strip. */
typedef struct cyt_guest {
    double x, y;
    uint64_t index;
    uint32_t item; /**< its place among the cells of the owner */
    int32_t owner;
    uint64_t type;
} cyt_guest;

typedef struct cyt_guests {
    size_t n, capacity;
    cyt_guest *of;
} cyt_guests;

/** Neighbours as pairs, in any order, also several times. */
typedef struct cyt_links {
    size_t n, capacity;
    struct cyt_link {
        uint32_t cell; /**< own */
        uint32_t node; /**< own cell, or slide.cells.n + guest */
    } * of;
} cyt_links;

/** This strip's cell as others see it. */
cyt_guest cyt_guest_of(const cyt_slide *slide, size_t cell);

CYT_NODISCARD cyt_code cyt_guests_add(cyt_guests *guests, const cyt_guest *guest,
                                      cyt_error *err);
CYT_NODISCARD cyt_code cyt_links_add(cyt_links *links, size_t cell, size_t node,
                                     cyt_error *err);

/** Send items to ranks and receive those of others, in order of rank. Collective.
 *  @param dest [n]
 *  @param in   [out] [*n_in] items, to be released with free() */
CYT_NODISCARD cyt_code cyt_post(MPI_Comm comm, size_t n, const int *dest,
                                size_t item_bytes, const void *out, void **in,
                                size_t *n_in, cyt_error *err);

/** Borrow the cells of other strips with low <= y <= high. Collective. */
CYT_NODISCARD cyt_code cyt_guests_between(MPI_Comm comm, const cyt_slide *slide,
                                          double low, double high, cyt_guests *guests,
                                          cyt_error *err);

/** Lowest and highest y of each strip's cells, low > high if it has none. Collective.
 *  @param spans [2 * n_strips] [out] */
void cyt_strip_spans(MPI_Comm comm, const cyt_slide *slide, double *spans);

/** Make the graph of lists. Collective; @p so_far is how it went up to here on this
 *  rank. */
CYT_NODISCARD cyt_code cyt_graph_assemble(MPI_Comm comm, const cyt_slide *slide,
                                          cyt_code so_far, const cyt_links *links,
                                          const cyt_guests *guests, int symmetric,
                                          cyt_graph *graph, cyt_error *err);

#endif
