/**
 * @file render_parts.h
 * @brief What the files of render/ share: the reduced map, its scale, the frame.
 */
#ifndef CYT_RENDER_PARTS_H
#define CYT_RENDER_PARTS_H

#include "cytotaxis/canvas.h"
#include "cytotaxis/names.h"
#include "cytotaxis/placed_cells.h"
#include "cytotaxis/raster_file.h"
#include "cytotaxis/reduce.h"
#include "cytotaxis/render.h"

/* --- render_find.c: from names to files, and what to say when there is none ------- */

/** "out/slides/<slide><ending>"; free(). */
char *cyt_render_path(const char *out, const char *slide, const char *ending,
                      cyt_error *err);
/** Open the slide's rasters, or say which slides there are. */
CYT_NODISCARD cyt_code cyt_render_open(const char *out, const char *slide,
                                       cyt_raster_file **file, cyt_error *err);
/** CYT_OK when there is such a raster; else say which there are. */
CYT_NODISCARD cyt_code cyt_render_find(const cyt_raster_file *file, const char *slide,
                                       const char *field, cyt_error *err);
/** Fail with `<what> "<word>"`, then the nearest name and all @p known of @p kind. */
cyt_code cyt_render_unknown(cyt_error *err, cyt_code code, const char *slide,
                            const char *what, const char *word, const char *kind,
                            const cyt_names *known);

/* --- render_map.c ----------------------------------------------------------------- */

/** A raster made small: value or label is [reduction.out_rows * reduction.out_cols]. */
typedef struct cyt_render_map {
    cyt_reduction reduction;
    float *value;   /**< NULL for labels */
    uint8_t *label; /**< NULL for numbers */
    char units[CYT_RASTER_TEXT], long_name[CYT_RASTER_TEXT];
    cyt_names labels;
    int is_ground; /**< of cells: label 1 is tissue, and none is a colour */
} cyt_render_map;

/** @param most  pixels of the longer side of the result */
CYT_NODISCARD cyt_code cyt_render_map_read(const cyt_raster_file *file,
                                           const char *field, size_t most,
                                           cyt_render_map *map, cyt_error *err);
/** What cells are drawn on where there is no raster beneath: the tissue, or nothing. */
CYT_NODISCARD cyt_code cyt_render_ground_read(const cyt_raster_file *file,
                                              const char *slide, size_t most,
                                              cyt_render_map *map, cyt_error *err);
void cyt_render_map_free(cyt_render_map *map);
static inline size_t cyt_render_map_pixels(const cyt_render_map *map)
{
    return map->reduction.out_rows * map->reduction.out_cols;
}

/* --- render_scale.c --------------------------------------------------------------- */

typedef struct cyt_render_scale {
    int has_values, has_gaps; /**< numbers; pixels without one */
    int is_log, is_diverging;
    double low, high;
    int below, above; /**< are there values beyond the ends? */
    cyt_rgb table[CYT_PALETTE_STEPS];
} cyt_render_scale;

CYT_NODISCARD cyt_code cyt_render_scale_choose(const cyt_render_params *params,
                                               const cyt_render_map *map,
                                               cyt_render_scale *scale, cyt_error *err);
/** Colour of a number, cut at the ends. */
cyt_rgb cyt_render_scale_colour(const cyt_render_scale *scale, double value);
/** Where a value stands on the bar: 0 at its low end, 1 at its high end. */
double cyt_render_scale_height(const cyt_render_scale *scale, double value);
/** The value there. */
double cyt_render_scale_value(const cyt_render_scale *scale, double height);

/* --- render_overlay.c: what is drawn on the map ----------------------------------- */

/** Where the map is and what its pixels are. */
typedef struct cyt_render_frame {
    cyt_canvas canvas;   /**< window of the map */
    long zoom;           /**< pixels of the picture to a pixel of the reduced map */
    int text;            /**< scale of text, and by it of lines */
    double um_per_pixel; /**< of the picture */
    double per_raster;   /**< pixels of the picture to one of the raster */
    double origin_um[2];
    int is_bare; /**< small, without a sheet: dots have no rim */
} cyt_render_frame;

/** Pixels of the picture to a pixel of the reduced map, at most @p width along its
 *  longer side. */
long cyt_render_zoom(const cyt_reduction *reduction, size_t width);
/** Scale of text for a map of that longer side. */
int cyt_render_text(long longer_side);

extern const cyt_rgb cyt_render_gap;   /**< where there is no value */
extern const cyt_rgb cyt_render_other; /**< dots of types without a colour */

void cyt_render_paint(const cyt_render_frame *frame, const cyt_render_map *map,
                      const cyt_render_scale *scale);
/** Both sides of where the label changes, the side of 0 (or of the smaller) in @p
 * outer.
 *  @param skip_none  not where one side has no label */
void cyt_render_outline(const cyt_render_frame *frame, const cyt_render_map *mask,
                        int skip_none, cyt_rgb inner, cyt_rgb outer);
/** Dots for the cells whose type is among @p types; their colour is that of
 *  cyt_palette_label() by the position there. @param others  draw the rest too */
CYT_NODISCARD cyt_code cyt_render_cells(const cyt_render_frame *frame,
                                        const cyt_placed_cells *cells,
                                        const cyt_names *types, int others,
                                        cyt_error *err);
void cyt_render_dot(const cyt_canvas *canvas, double x, double y, double radius,
                    cyt_rgb colour);
/** Arrows whose foot is where @p map has a value. */
CYT_NODISCARD cyt_code cyt_render_arrows(const cyt_render_frame *frame,
                                         const cyt_render_map *map,
                                         const cyt_render_map *grad_x,
                                         const cyt_render_map *grad_y, cyt_error *err);
void cyt_render_arrow(const cyt_canvas *canvas, const double from[2],
                      const double to[2], int text);
/** Distance of arrows in pixels. */
static inline long cyt_render_pitch(int text)
{
    return 20L * text;
}

/* --- render_draw.c, render_legend.c: the sheet around it -------------------------- */

typedef enum cyt_legend_kind {
    CYT_LEGEND_SWATCH,
    CYT_LEGEND_LINE,
    CYT_LEGEND_DOT,
    CYT_LEGEND_ARROW,
    CYT_LEGEND_TEXT
} cyt_legend_kind;

typedef struct cyt_legend_item {
    cyt_legend_kind kind;
    cyt_rgb colour, other; /**< other: the second side of a line */
    char text[64];
} cyt_legend_item;

typedef struct cyt_legend {
    size_t n, capacity;
    cyt_legend_item *item;
} cyt_legend;

/** Cuts texts that are too long. */
CYT_NODISCARD cyt_code cyt_legend_add(cyt_legend *legend, cyt_legend_kind kind,
                                      cyt_rgb colour, cyt_rgb other, const char *text,
                                      cyt_error *err);
long cyt_legend_width(const cyt_legend *legend, int text);
long cyt_legend_height(const cyt_legend *legend, int text);
void cyt_legend_draw(const cyt_legend *legend, const cyt_canvas *canvas, long x, long y,
                     int text);

/** All that is on a sheet. */
typedef struct cyt_render_sheet {
    const char *slide, *field;
    const cyt_render_map *map;
    const cyt_render_scale *scale;
    const cyt_legend *legend;
    double um_per_pixel; /**< of the reduced map */
    size_t width;        /**< as asked */
    double origin_um[2];
    cyt_canvas canvas; /**< made by begin; rgb is to be released with free() */
    cyt_render_frame frame;
} cyt_render_sheet;

/** Lay out the sheet, allocate it, draw all but the map. */
CYT_NODISCARD cyt_code cyt_render_sheet_begin(cyt_render_sheet *sheet, cyt_error *err);

/** The map alone: a sheet without anything around it. */
CYT_NODISCARD cyt_code cyt_render_sheet_bare(cyt_render_sheet *sheet, cyt_error *err);

/** "um" as people write it, which is longer; what has no room is cut off.
 *  @param text  [size] [out] */
void cyt_render_units(const char *units, char *text, size_t size);
/** The text, its middle cut out when it is wider than @p width. Returns @p cut, [size].
 */
const char *cyt_render_fit(const char *text, int scale, long width, char *cut,
                           size_t size);
extern const cyt_rgb cyt_render_ink;
/** Height of a line of text with the space below it. */
static inline long cyt_render_line(int text)
{
    return 12L * text;
}

#endif
