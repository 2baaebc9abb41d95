/**
 * @file regions.h
 * @brief The annotated regions of a slide: polygons with holes, each under a label.
 *
 * Polygons stand in file order, which is their priority: the first that contains a
 * point labels it. Labels are numbered in the order in which they first occur. All
 * coordinates are µm; a map given at the start takes those of the file there.
 *
 *     polygon p   rings     first_ring[p]   .. first_ring[p + 1])     outer, then holes
 *     ring r      vertices  first_vertex[r] .. first_vertex[r + 1])   the last = first
 *     edge e      vertex e to vertex e + 1 of a ring (polygon.h)
 *
 * A reader builds them from front to back: vertices, the end of a ring, the end of a
 * polygon; a mark allows what was added since to be labelled or dropped, since formats
 * tell what a shape is behind it. When complete, an index by bands (bands.h) is made.
 *
 * Memory: 16 bytes a vertex and at most 20 of index, and 100 a polygon, the same on
 * every rank; where they were built the vertices have up to 16 bytes of spare room.
 */
#ifndef CYT_REGIONS_H
#define CYT_REGIONS_H

#include "cytotaxis/bands.h"
#include "cytotaxis/names.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    CYT_MOST_LABELS = 255, /**< a raster of bytes has 0 for none */
    CYT_NO_LABEL = 255,    /**< of a polygon whose label is not known yet */
};

/** A vertex farther out is no place on a slide. */
#define CYT_REGION_FAR_UM 1e15

/** x' = um * (a x + b y + c), y' = um * (d x + e y + f). */
typedef struct cyt_region_map {
    double a, b, c, d, e, f;
    double um;
} cyt_region_map;

/** What a file held that is no region. */
typedef struct cyt_region_skips {
    uint64_t objects;  /**< detections, cells, tiles */
    uint64_t shapes;   /**< points, lines and others without an inside */
    uint64_t empty;    /**< polygons of fewer than three different vertices */
    uint64_t outlying; /**< holes that lie outside all of their regions */
} cyt_region_skips;

/** "3 detections, cells or tiles, 2 points, lines or the like", or "". Returns @p text.
 */
enum { CYT_SKIPS_SHOWN = 200 };
const char *cyt_region_skips_text(const cyt_region_skips *skips,
                                  char text[CYT_SKIPS_SHOWN]);

typedef struct cyt_regions {
    cyt_names labels;
    size_t n_polygons, n_rings, n_vertices;
    size_t polygon_room, first_ring_room, ring_room, x_room, y_room; /**< capacities */
    uint8_t *label;         /**< [n_polygons] index into labels */
    uint32_t *first_ring;   /**< [n_polygons + 1] once there is a polygon */
    uint32_t *first_vertex; /**< [n_rings + 1] once there is a ring */
    double *x, *y;          /**< [n_vertices] µm */
    cyt_region_map map;
    cyt_region_skips skips;
    /* The index: lists of edges for each polygon, and of polygons for all. */
    cyt_bands *bands;      /**< [n_polygons] */
    size_t *list;          /**< [n_polygons] its place in `start` */
    size_t *edges;         /**< [n_polygons] its place in `entry` */
    uint32_t *start;       /**< starts of the lists (bands.h) */
    uint32_t *entry;       /**< edges */
    double *box;           /**< [4 * n_polygons] x_min, x_max, y_min, y_max */
    cyt_bands all;         /**< bands of polygons */
    uint32_t *all_start;   /**< [all.n + 1] */
    uint32_t *all_polygon; /**< polygons of each band, ascending */
} cyt_regions;

/** No regions yet; @p map as above. */
void cyt_regions_init(cyt_regions *regions, const cyt_region_map *map);
/** Accepts zero and leaves it. */
void cyt_regions_free(cyt_regions *regions);

typedef struct cyt_regions_mark {
    size_t n_polygons, n_rings, n_vertices;
} cyt_regions_mark;

/** @name Building. Texts of errors have no place: the reader knows it.
 *  CYT_ERR_DATA: a vertex too far out, too many vertices or labels, a label that is no
 *  name. */
/** @{ */
CYT_NODISCARD cyt_code cyt_regions_vertex(cyt_regions *regions, double x, double y,
                                          cyt_error *err);
/** End a ring; the first vertex need not be repeated. One without an inside is dropped,
 *  and an outer one takes its polygon along. */
CYT_NODISCARD cyt_code cyt_regions_end_ring(cyt_regions *regions, cyt_error *err);
CYT_NODISCARD cyt_code cyt_regions_end_polygon(cyt_regions *regions, cyt_error *err);
cyt_regions_mark cyt_regions_here(const cyt_regions *regions);
/** Drop all since @p mark. */
void cyt_regions_drop(cyt_regions *regions, cyt_regions_mark mark);
/** Label the polygons since @p mark that have no label; "unclassified" for length 0. */
CYT_NODISCARD cyt_code cyt_regions_label(cyt_regions *regions, cyt_regions_mark mark,
                                         const char *label, size_t length,
                                         cyt_error *err);
/** @} */

/** Make the index of complete regions. Serial. */
CYT_NODISCARD cyt_code cyt_regions_index(cyt_regions *regions, cyt_error *err);

/** Is the point in polygon @p p? Needs the index. */
int cyt_regions_inside(const cyt_regions *regions, size_t p, double x, double y);

/** The edges of polygon @p p that a point of @p y may meet. Needs the index.
 *  @return how many */
size_t cyt_regions_edges(const cyt_regions *regions, size_t p, double y,
                         const uint32_t **edges);

/** Polygons that may contain a point of @p y, ascending; the index must be there.
 *  @return how many */
size_t cyt_regions_near(const cyt_regions *regions, double y,
                        const uint32_t **polygons);

/** Area of each label, µm²: outer rings without their holes, summed over its polygons
 *  in file order; what polygons share counts in each.
 *  @param area_um2  [labels.n] [out] */
void cyt_regions_areas(const cyt_regions *regions, double *area_um2);

#endif
