/**
 * @file stencil.h
 * @brief Between cells and pixels: deposit, sampling, gradient.
 *
 * A pixel stands for its centre. A point between four centres belongs to each of them
 * with bilinear weights,
 *
 *        (1-fx)(1-fy) ●────────● fx (1-fy)
 *                     │   ·    │               · the cell
 *          (1-fx) fy  ●────────● fx fy
 *
 * the same for what it deposits and for what it samples, so that sampling is the
 * adjoint of depositing. Within half a pixel of the edge of the box a neighbour is
 * missing; its index is clamped: the mirror image that no flux asks for folds back onto
 * the pixel itself, weights still add to 1 and nothing is lost.
 *
 * With a mask of the tissue, pixels outside it take no part: their weights are dropped
 * and the others scaled to add to 1, again the same for both. A point none of whose
 * four pixels is tissue lies outside: it deposits nothing and samples NaN. A gradient
 * is the mean of the slopes through the two faces of a pixel; what a face to the
 * outside counts depends on the kind of edge it is part of (cyt_edges).
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_STENCIL_H
#define CYT_STENCIL_H

#include <stddef.h>

/** The lattice of pixels: the fields of cyt_grid that matter here. */
typedef struct cyt_pixels {
    double spacing_um;
    double origin_x_um, origin_y_um; /**< outer corner of pixel (0, 0) */
    size_t n_cols, n_rows;
} cyt_pixels;

/** The rows a rank holds: [first, first + n) of the grid. */
typedef struct cyt_row_range {
    size_t first, n;
} cyt_row_range;

/** Points in source units: what cyt_cells holds. */
typedef struct cyt_points {
    size_t n;
    const double *x, *y; /**< [n] */
    double um_per_unit;
} cyt_points;

/** The four pixels around a point and their weights. */
typedef struct cyt_bilinear {
    size_t row[2], col[2];
    double weight_row[2], weight_col[2];
} cyt_bilinear;

cyt_bilinear cyt_bilinear_at(const cyt_pixels *grid, double x_um, double y_um);

/**
 * Which points have a pixel of the tissue around them.
 *
 * @param rows    the strip; the pixels of the points lie in it or one row away
 * @param inside  mask of the tissue: its first row is the strip's, row -1 and row
 *                rows.n lie around it (halo), read only where the grid has such rows;
 *                NULL: everything is tissue
 * @param touches [points.n] [out] 1 or 0
 */
void cyt_touches(const cyt_pixels *grid, cyt_row_range rows, const cyt_points *points,
                 const unsigned char *inside, char *touches);

/**
 * Add amount / h² to the pixels around each point, in the order of the points, but only
 * to rows of @p rows. Bits do not depend on the strips when each strip is given all
 * points within a row of it, in global order.
 *
 * @param amount [points.n]
 * @param inside mask with halo rows as for cyt_touches(), or NULL
 * @param field  [rows.n * n_cols] [in,out] amount per µm²
 */
void cyt_deposit(const cyt_pixels *grid, cyt_row_range rows, const cyt_points *points,
                 const double *amount, const unsigned char *inside, double *field);

/**
 * Sample a raster at points whose pixels lie in @p rows.
 *
 * @param field  the first row of the strip; row -1 and row rows.n lie around it (halo),
 *               read only where the grid has such rows, and, with a mask, only in
 * tissue
 * @param inside mask with halo rows as for cyt_touches(), or NULL
 * @param out    [points.n] NaN outside the tissue
 */
void cyt_sample_at(const cyt_pixels *grid, cyt_row_range rows, const cyt_points *points,
                   const double *field, const unsigned char *inside, double *out);

/**
 * Gradient of one row by central differences.
 *
 * At the edge of the box the missing neighbour equals the pixel itself (the ghost that
 * no flux asks for), which gives (c1 - c0) / 2h: the mean of the slopes through the
 * pixel's two faces, of which the outer is zero. Pass @p here for a row that is
 * missing.
 *
 * @param above,here,below [n_cols] rows y - h, y, y + h
 * @param grad_x,grad_y    [n_cols] [out] unit of the field per µm
 */
void cyt_gradient_row(size_t n_cols, double spacing_um, const double *above,
                      const double *here, const double *below, double *grad_x,
                      double *grad_y);

/** What lies behind a face between tissue and what is not tissue. */
typedef enum cyt_edge {
    CYT_EDGE_CLOSED,    /**< no flux: the slope through the face is 0 */
    CYT_EDGE_ABSORBING, /**< the value is 0 at the face: slope of magnitude 2 c / h */
    CYT_EDGE_OPEN,      /**< it goes on as it does inside: one-sided difference */
} cyt_edge;

/** The edge of the tissue and that of the field of view are told apart: a face to a
 *  pixel outside the grid, or outside the rectangle, belongs to the latter. */
typedef struct cyt_edges {
    cyt_edge tissue, view;
    size_t first_row, n_rows, first_col, n_cols; /**< of the field of view, in pixels */
} cyt_edges;

/** The kind of edge behind a face, by the pixel on its far side. */
cyt_edge cyt_edge_at(const cyt_edges *edges, ptrdiff_t row, ptrdiff_t col);

/**
 * Gradient of one row within the tissue; NaN outside it.
 *
 * @param row    of the grid, for the kind of edges
 * @param value  [n_cols] rows row - 1, row and row + 1; not read outside the tissue
 * @param inside [n_cols] the tissue of these rows; NULL for a row the grid lacks
 * @param grad_x,grad_y [n_cols] [out] unit of the field per µm
 */
void cyt_gradient_row_inside(const cyt_pixels *grid, const cyt_edges *edges, size_t row,
                             const double *const value[3],
                             const unsigned char *const inside[3], double *grad_x,
                             double *grad_y);

#endif
