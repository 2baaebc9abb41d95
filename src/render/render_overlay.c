// SPDX-License-Identifier: BSD-3-Clause
#include "render/render_parts.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/select.h"

#include <math.h>
#include <stdlib.h>

const cyt_rgb cyt_render_gap = {205, 205, 205}, cyt_render_other = {185, 185, 185};
static const cyt_rgb ground[2] = {{255, 255, 255}, {232, 232, 232}};
static const cyt_rgb light = {255, 255, 255}, dark = {25, 25, 25};

/* Radius of a cell, of 10 um across, for dots; not below what can be seen. */
static const double CELL_RADIUS_UM = 5;

/* --- the map ---------------------------------------------------------------------- */

static cyt_rgb pixel_colour(const cyt_render_map *map, const cyt_render_scale *scale,
                            size_t at)
{
    if (map->is_ground)
        return ground[map->label[at] != 0];
    if (map->label)
        return map->label[at] ? cyt_palette_label(map->label[at] - 1u) : cyt_render_gap;
    return isnan(map->value[at])
               ? cyt_render_gap
               : cyt_render_scale_colour(scale, (double)map->value[at]);
}

void cyt_render_paint(const cyt_render_frame *frame, const cyt_render_map *map,
                      const cyt_render_scale *scale)
{
    const size_t cols = map->reduction.out_cols;
    for (size_t row = 0; row < map->reduction.out_rows; row++)
        for (size_t col = 0; col < cols; col++)
            cyt_canvas_rectangle(&frame->canvas, (long)col * frame->zoom,
                                 (long)row * frame->zoom, frame->zoom, frame->zoom,
                                 pixel_colour(map, scale, row * cols + col));
}

/* --- outlines --------------------------------------------------------------------- */

static int label_at(const cyt_render_frame *frame, const cyt_render_map *mask, long x,
                    long y)
{
    if (x < 0 || y < 0 || x >= frame->canvas.width || y >= frame->canvas.height)
        return -1;
    return mask->label[(size_t)(y / frame->zoom) * mask->reduction.out_cols +
                       (size_t)(x / frame->zoom)];
}

/* A label other than @p own within @p reach along the axes; -1 when there is none. */
static int other_label(const cyt_render_frame *frame, const cyt_render_map *mask,
                       long x, long y, int own, long reach)
{
    static const long dx[] = {1, -1, 0, 0}, dy[] = {0, 0, 1, -1};
    for (long d = 1; d <= reach; d++)
        for (int k = 0; k < 4; k++) {
            const int label = label_at(frame, mask, x + d * dx[k], y + d * dy[k]);
            if (label >= 0 && label != own)
                return label;
        }
    return -1;
}

/* Is the mask of one label around a pixel of it? Then nothing is drawn there. */
static int is_plain(const cyt_render_map *mask, size_t row, size_t col, size_t reach)
{
    const size_t rows = mask->reduction.out_rows, cols = mask->reduction.out_cols;
    const size_t top = row < reach ? 0 : row - reach,
                 end = row + reach + 1 < rows ? row + reach + 1 : rows;
    const size_t left = col < reach ? 0 : col - reach,
                 right = col + reach + 1 < cols ? col + reach + 1 : cols;
    const uint8_t own = mask->label[row * cols + col];
    for (size_t y = top; y < end; y++)
        for (size_t x = left; x < right; x++)
            if (mask->label[y * cols + x] != own)
                return 0;
    return 1;
}

/* The pixels of the picture that one of the mask has become. */
static void outline_one(const cyt_render_frame *frame, const cyt_render_map *mask,
                        long left, long top, int skip_none, cyt_rgb inner,
                        cyt_rgb outer)
{
    for (long y = top; y < top + frame->zoom; y++)
        for (long x = left; x < left + frame->zoom; x++) {
            const int own = label_at(frame, mask, x, y);
            const int other = other_label(frame, mask, x, y, own, frame->text);
            if (other >= 0 && !(skip_none && (own == 0 || other == 0)))
                cyt_canvas_blend(&frame->canvas, x, y, own > other ? inner : outer, 1);
        }
}

void cyt_render_outline(const cyt_render_frame *frame, const cyt_render_map *mask,
                        int skip_none, cyt_rgb inner, cyt_rgb outer)
{
    const size_t reach = (size_t)((frame->text + frame->zoom - 1) / frame->zoom);
    for (size_t row = 0; row < mask->reduction.out_rows; row++)
        for (size_t col = 0; col < mask->reduction.out_cols; col++)
            if (!is_plain(mask, row, col, reach))
                outline_one(frame, mask, (long)col * frame->zoom,
                            (long)row * frame->zoom, skip_none, inner, outer);
}

/* --- cells ------------------------------------------------------------------------ */

void cyt_render_dot(const cyt_canvas *canvas, double x, double y, double radius,
                    cyt_rgb colour)
{
    cyt_canvas_disc(canvas, x, y, radius + 1, light);
    cyt_canvas_disc(canvas, x, y, radius, colour);
}

/* Types to draw, by their number on the slide. */
typedef struct dot_colours {
    size_t n_types;
    size_t *rank; /* [n_types] among those with a colour, CYT_NO_NAME for none */
    int others;   /* draw these too */
} dot_colours;

static void draw_cells(const cyt_render_frame *frame, size_t n, const double *xy_um,
                       const int64_t *type, const dot_colours *colours)
{
    const double least = frame->is_bare ? 1 : 1.25 * frame->text;
    const double radius = fmax(least, CELL_RADIUS_UM / frame->um_per_pixel);
    for (size_t i = 0; i < n; i++) {
        const size_t rank = type[i] < 0 || (uint64_t)type[i] >= colours->n_types
                                ? CYT_NO_NAME
                                : colours->rank[type[i]];
        if (rank == CYT_NO_NAME && !colours->others)
            continue;
        const double x = (xy_um[2 * i] - frame->origin_um[0]) / frame->um_per_pixel,
                     y = (xy_um[2 * i + 1] - frame->origin_um[1]) / frame->um_per_pixel;
        const cyt_rgb colour =
            rank == CYT_NO_NAME ? cyt_render_other : cyt_palette_label(rank);
        if (frame->is_bare)
            cyt_canvas_disc(&frame->canvas, x, y, radius, colour);
        else
            cyt_render_dot(&frame->canvas, x, y, radius, colour);
    }
}

cyt_code cyt_render_cells(const cyt_render_frame *frame, const cyt_placed_cells *cells,
                          const cyt_names *types, int others, cyt_error *err)
{
    enum { AT_ONCE = 65536 };
    cyt_code code = CYT_OK;
    dot_colours colours = {.n_types = cells->types.n, .others = others};
    double *xy_um = cyt_alloc(2 * AT_ONCE, sizeof *xy_um, "positions", err);
    int64_t *type = cyt_alloc(AT_ONCE, sizeof *type, "types", err);
    colours.rank =
        cyt_alloc(colours.n_types, sizeof *colours.rank, "types to draw", err);
    CYT_TRY(err->code);
    for (size_t t = 0; t < colours.n_types; t++)
        colours.rank[t] = cyt_names_find(types, cells->types.name[t]);
    for (uint64_t first = 0; first < cells->n; first += AT_ONCE) {
        const uint64_t left = cells->n - first;
        const size_t n = left < AT_ONCE ? (size_t)left : AT_ONCE;
        CYT_TRY(cyt_placed_cells_read(cells, first, n, xy_um, type, err));
        draw_cells(frame, n, xy_um, type, &colours);
    }
done:
    free(xy_um);
    free(type);
    free(colours.rank);
    return code;
}

/* --- arrows ----------------------------------------------------------------------- */

static void stroke(const cyt_canvas *canvas, const double from[2], const double to[2],
                   double width, cyt_rgb colour)
{
    const double dx = to[0] - from[0], dy = to[1] - from[1];
    const double length = hypot(dx, dy), head = fmin(length, 0.35 * length + 2);
    cyt_canvas_line(canvas, from, to, width, colour);
    for (int side = -1; side <= 1; side += 2) {
        /* back along the shaft, turned by 28 degrees */
        const double c = 0.883, s = 0.469 * side;
        const double barb[2] = {to[0] - head * (c * dx - s * dy) / length,
                                to[1] - head * (s * dx + c * dy) / length};
        cyt_canvas_line(canvas, to, barb, width, colour);
    }
}

void cyt_render_arrow(const cyt_canvas *canvas, const double from[2],
                      const double to[2], int text)
{
    stroke(canvas, from, to, 0.75 * text + 2, dark);
    stroke(canvas, from, to, 0.75 * text, light);
}

static double size_at(const cyt_render_map *gx, const cyt_render_map *gy, size_t i)
{
    return hypot((double)gx->value[i], (double)gy->value[i]);
}

/* The size that gets an arrow of full length: their 95% quantile. */
static cyt_code full_size(const cyt_render_map *gx, const cyt_render_map *gy,
                          double *full, cyt_error *err)
{
    static const double UPPER = 0.95;
    const size_t pixels = cyt_render_map_pixels(gx);
    size_t n = 0;
    double *size = cyt_alloc(pixels, sizeof *size, "sizes of gradients", err);
    *full = 0;
    for (size_t i = 0; size && i < pixels; i++)
        if (size_at(gx, gy, i) > 0)
            size[n++] = size_at(gx, gy, i);
    if (n > 0)
        cyt_quantiles(size, n, &UPPER, 1, full);
    free(size);
    return err->code;
}

/* Has the map a value under a point of the picture? A coarse block of gradients at the
 * edge of the tissue reaches beyond it. */
static int is_on_value(const cyt_render_frame *frame, const cyt_render_map *map,
                       const double point[2])
{
    const long col = (long)floor(point[0] / (double)frame->zoom),
               row = (long)floor(point[1] / (double)frame->zoom);
    if (col < 0 || row < 0 || col >= (long)map->reduction.out_cols ||
        row >= (long)map->reduction.out_rows)
        return 0;
    const size_t at = (size_t)row * map->reduction.out_cols + (size_t)col;
    return map->label ? map->label[at] != 0 : !isnan(map->value[at]);
}

cyt_code cyt_render_arrows(const cyt_render_frame *frame, const cyt_render_map *map,
                           const cyt_render_map *grad_x, const cyt_render_map *grad_y,
                           cyt_error *err)
{
    double full;
    if (full_size(grad_x, grad_y, &full, err) != CYT_OK)
        return err->code;
    const size_t cols = grad_x->reduction.out_cols;
    const double pitch = (double)grad_x->reduction.side * frame->per_raster;
    for (size_t i = 0; i < cyt_render_map_pixels(grad_x); i++) {
        const double size = size_at(grad_x, grad_y, i);
        const double length = 0.85 * pitch * fmin(1, sqrt(size / full));
        if (!(size > 0) || !(length > 2 * frame->text))
            continue;
        const double x = ((double)(i % cols) + 0.5) * pitch,
                     y = ((double)(i / cols) + 0.5) * pitch;
        const double ux = (double)grad_x->value[i] / size * length / 2,
                     uy = (double)grad_y->value[i] / size * length / 2;
        const double foot[2] = {x - ux, y - uy}, tip[2] = {x + ux, y + uy};
        if (is_on_value(frame, map, foot))
            cyt_render_arrow(&frame->canvas, foot, tip, frame->text);
    }
    return CYT_OK;
}
