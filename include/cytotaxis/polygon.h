/**
 * @file polygon.h
 * @brief Is a point in a polygon, which pixels of a row are, and how large is it.
 *
 * A polygon is a set of closed rings; a point is inside when a ray from it crosses the
 * edges an odd number of times, so inner rings are holes. An edge is told by the number
 * e of its first vertex and runs from (x[e], y[e]) to (x[e + 1], y[e + 1]): each ring
 * repeats its first vertex at its end.
 *
 *         y_min ┌──────╲         Edges are half open, as pixels are: an edge counts for
 *               │ in    ╲        y_min <= y < y_max and for points strictly to its
 *         y_max └────────        left. So a point on a left or upper border is in, on
 *                                a right or lower border out (y down).
 *
 * With this rule neighbours that share an edge divide its points between them: none
 * belongs to both, none is lost. That needs a left/right decision without rounding,
 * which cyt_side_of_line() (predicates.h) makes.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_POLYGON_H
#define CYT_POLYGON_H

#include <stddef.h>
#include <stdint.h>

/** Parity of the crossings of the listed edges by the ray from p towards larger x.
 *  @param edge  [n] must hold every edge whose y range holds @p py */
int cyt_polygon_crossings(const double *x, const double *y, size_t n,
                          const uint32_t *edge, double px, double py);

/** A row of pixel centres: column c is at x0 + (c + 0.5) * h. */
typedef struct cyt_pixel_row {
    double x0, h;
    double y;
    size_t n_cols;
} cyt_pixel_row;

/**
 * Find where a row of pixels enters and leaves a polygon.
 *
 * Column c is inside when the parity of flip[0 .. c] is odd: exactly the answer of
 * cyt_polygon_crossings() for each centre, for the price of a few decisions per edge.
 *
 * @param edge  [n] must hold every edge whose y range holds the row
 * @param flip  [n_cols + 1] [in,out] all 0 on entry; entries are 0 or 1 on return
 * @param last  [out] columns from here on are outside
 * @return the first column that may be inside; n_cols + 1 when none is
 */
size_t cyt_polygon_scan(const double *x, const double *y, size_t n,
                        const uint32_t *edge, const cyt_pixel_row *row,
                        unsigned char *restrict flip, size_t *last);

/** Area of the ring of n_edges edges that starts at vertex 0, by the shoelace formula
 *  with compensated summation; never negative. */
double cyt_ring_area(const double *x, const double *y, size_t n_edges);

/** Where p lies: +1 inside the ring, 0 on its border, -1 outside. Looks at every edge.
 */
int cyt_ring_side(const double *x, const double *y, size_t n_edges, double px,
                  double py);

#endif
