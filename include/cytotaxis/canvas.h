/**
 * @file canvas.h
 * @brief Shapes on an array of pixels, eight bits a channel.
 *
 *     (0, 0) ──> x, width          pixel (x, y) starts at rgb + 3 * (y * stride + x);
 *       │                          its centre is (x + 0.5, y + 0.5) for lines and discs
 *       v  y, height
 *
 * What lies outside is cut off. A canvas may be a window of a larger one, by its
 * stride. Edges of lines and discs are smooth: the opacity of a pixel is how far its
 * centre is within the shape, between 0 and 1.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_CANVAS_H
#define CYT_CANVAS_H

#include "cytotaxis/palette.h"

#include <stddef.h>
#include <stdint.h>

typedef struct cyt_canvas {
    long width, height;
    size_t stride; /**< pixels from row to row, at least width */
    uint8_t *rgb;  /**< borrowed */
} cyt_canvas;

/** A window, which must lie inside. */
cyt_canvas cyt_canvas_window(const cyt_canvas *canvas, long x, long y, long width,
                             long height);

/** Lay @p colour over one pixel. @param opacity 0 to 1 */
void cyt_canvas_blend(const cyt_canvas *canvas, long x, long y, cyt_rgb colour,
                      double opacity);
void cyt_canvas_rectangle(const cyt_canvas *canvas, long x, long y, long width,
                          long height, cyt_rgb colour);
/** @param width of the line, pixels; its ends are round */
void cyt_canvas_line(const cyt_canvas *canvas, const double from[2], const double to[2],
                     double width, cyt_rgb colour);
/** Many such lines as one shape, so that where they meet is no darker.
 *  @param line [4 * n] x0, y0, x1, y1 of each; one of no length is a dot */
void cyt_canvas_strokes(const cyt_canvas *canvas, const double *line, size_t n,
                        double width, cyt_rgb colour);
void cyt_canvas_disc(const cyt_canvas *canvas, double x, double y, double radius,
                     cyt_rgb colour);

#endif
