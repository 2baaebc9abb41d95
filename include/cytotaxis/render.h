/**
 * @file render.h
 * @brief A raster of a finished slide as a picture, with all that is needed to read it.
 *
 *     ┌──────────────────────────┐
 *     │ slide                    │   map: row 0 at the top, x right, y down
 *     │ what is shown, its unit  │   a pixel of the raster becomes m x m pixels, or
 *     │ ┌─────────────┐ unit     │   a block of them becomes one (reduce.h)
 *     │ │             │ ▐ ticks  │
 *     │ │     map     │ ▐        │   numbers: a sequential scale, or a diverging
 *     │ │             │ legend   │   one with 0 in its middle for signed fields;
 *     │ └─────────────┘          │   labels: a colour each (palette.h)
 *     │ ──── 500 µm              │
 *     └──────────────────────────┘
 *
 * Memory: some rows of the raster, the reduced map, the picture. Serial: one rank calls
 * it. The same files and parameters give the same bytes.
 */
#ifndef CYT_RENDER_H
#define CYT_RENDER_H

#include "cytotaxis/names.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

enum { CYT_RENDER_LEAST = 64, CYT_RENDER_MOST = 16384, CYT_RENDER_USUAL = 1200 };

typedef struct cyt_render_params {
    const char *out;   /**< folder of the results */
    const char *slide; /**< sample */
    const char *field; /**< path of the raster; "cells": no raster, all cells as dots */
    const char *png;   /**< NULL: out/pictures/<slide>.<field>.png, / becoming _ */
    size_t width;      /**< most pixels of the map's longer side, within the bounds
                            above */
    int has_range;     /**< else from quantiles of the pixels drawn */
    double range[2];   /**< low < high, finite */
    int is_log;        /**< of numbers of one sign only */
    const char *cells; /**< types, comma-separated, to draw as dots; or NULL */
    int arrows;        /**< up the gradient of the same signal */
    const cyt_names *types; /**< of "cells": types in the order of their colours, others
                                 in grey; NULL: those of the slide. Borrowed */
} cyt_render_params;

/** The field that is no raster. */
extern const char cyt_render_cells_field[];

/**
 * Draw and write the picture.
 * @param written  [out] its path; free(). NULL after a failure
 * @return CYT_OK; CYT_ERR_NO_INPUT: no such folder, slide or raster, with what there
 *         is; CYT_ERR_USAGE: a scale or type that does not fit the raster;
 * CYT_ERR_DATA: not a file of this program; CYT_ERR_CREATE, CYT_ERR_IO; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_render(const cyt_render_params *params, char **written,
                                  cyt_error *err);

/** A map without anything around it, as the bytes of a PNG. */
typedef struct cyt_small_map {
    uint8_t *png; /**< [n] */
    size_t n;
    size_t width, height; /**< pixels */
    double um_per_pixel;
    int has_scale;    /**< a field of numbers */
    double low, high; /**< ends of its scale */
    cyt_names labels; /**< of a raster of labels: those it may have, in the order of
                           cyt_palette_label() */
    char units[512];  /**< as people write them */
} cyt_small_map;

/**
 * The map alone, with the edges of tissue and compartments, of at most params->width
 * pixels along its longer side; `png`, `cells` and `arrows` of the parameters do not
 * count. Errors as of cyt_render().
 * @param map  [out] released with cyt_small_map_free(), also after a failure
 */
CYT_NODISCARD cyt_code cyt_render_small(const cyt_render_params *params,
                                        cyt_small_map *map, cyt_error *err);
void cyt_small_map_free(cyt_small_map *map);

/** The rasters of a slide, one to a line, with unit and meaning; free(). */
CYT_NODISCARD cyt_code cyt_render_list(const char *out, const char *slide, char **text,
                                       cyt_error *err);

#endif
