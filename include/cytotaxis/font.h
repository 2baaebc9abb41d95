/**
 * @file font.h
 * @brief Text on a canvas, in letters of strokes: lines and curves drawn with a round
 * pen one pixel of the font wide.
 *
 * Strokes scale without steps, and their edges are smooth. Proportional, but digits are
 * of one width.
 *
 * Has ASCII and ° ² µ μ · − (degree, squared, micro, the letter mu, middle dot, minus);
 * any other character of UTF-8, and any byte that is none, is drawn as one box:
 * visible, never left out.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_FONT_H
#define CYT_FONT_H

#include "cytotaxis/canvas.h"

/** Rows of capitals above the base line, and of a line with what hangs below it. */
enum { CYT_TEXT_HEIGHT = 8, CYT_TEXT_DEPTH = 10 };

/** Pixels from the first to the last column of ink. */
long cyt_text_width(const char *text, int scale);

/** @param x, y  left upper corner of the first capital
 *  @param scale pixels to a pixel of the font, at least 1 */
void cyt_text_draw(const cyt_canvas *canvas, long x, long y, int scale, cyt_rgb colour,
                   const char *text);

/** Bytes of the longest beginning, whole characters, that is at most @p width wide. */
size_t cyt_text_fit(const char *text, int scale, long width);

#endif
