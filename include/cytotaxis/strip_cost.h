/**
 * @file strip_cost.h
 * @brief What a raster row costs, for strips of equal cost. Pure: no MPI.
 *
 *     row = cells x cell + pixels x pixel + pairs x pair
 *
 * The weights follow from what the config asks for; unit: about 1 ns on one core. A
 * cell costs its sorting, its nearest of each type, its part of a graph and of each
 * permutation; a pixel a distance map of each type and a field of each signal; a pair
 * of cells within the largest radius its count. Pairs go with the square of density:
 * where tissue is dense in one part only, cells and pixels alone left strips that
 * differed by a third.
 *
 * Pairs are not counted but judged by tiles: a cell has as many neighbours within r as
 * the tiles around its own hold in the mean, by area.
 *
 * The weights are those of `run` on slides of 2e5 and 3e5 cells in clustered tissue,
 * by the processor time that each phase took (run.json). They shape strips and no
 * result.
 */
#ifndef CYT_STRIP_COST_H
#define CYT_STRIP_COST_H

#include "cytotaxis/config.h"

#include <stddef.h>
#include <stdint.h>

typedef struct cyt_strip_cost {
    double cell, cell_per_type, pixel, pixel_per_type, pair; /**< ns */
    double radius_um; /**< within which pairs count */
} cyt_strip_cost;

/** Of a run with this config. */
cyt_strip_cost cyt_strip_cost_of(const cyt_config *config);

/** The same for @p n_types types, whatever types the cells are given: strips are cut
 * alike when the same cells are dealt once more under other labels. */
cyt_strip_cost cyt_strip_cost_fixed(const cyt_strip_cost *cost, size_t n_types);

/** Tiles over the box of a slide. */
typedef struct cyt_tiles {
    double x_um, y_um, side_um; /**< of the first corner; of a tile */
    size_t n_cols, n_rows;
} cyt_tiles;

/** Tiles as large as the radius, larger where they were more than a million. */
cyt_tiles cyt_tiles_over(double x_min_um, double y_min_um, double width_um,
                         double height_um, double radius_um);
/** The tile of a point; one outside goes to the edge. */
size_t cyt_tile_of(const cyt_tiles *tiles, double x_um, double y_um);
/** Cells that a cell of tile @p tile has within @p radius_um, in the mean.
 *  @param cells [n_rows * n_cols] in each tile */
double cyt_tile_neighbours(const cyt_tiles *tiles, const uint64_t *cells, size_t tile,
                           double radius_um);

#endif
