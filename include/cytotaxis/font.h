/**
 * @file font.h
 * @brief Text on a canvas, in a bitmap font of five by seven pixels.
 *
 * Enlarged glyphs are smoothed: a point is ink where the bitmap, interpolated between
 * its pixel centres, is above a threshold, so that steps become slopes and diagonals
 * stay connected; the share of a pixel that is ink is its opacity. Proportional, but
 * digits are of one width.
 *
 * Has ASCII and the micro sign; any other character of UTF-8, and any byte that is
 * none, is drawn as one box: visible, never left out.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_FONT_H
#define CYT_FONT_H

#include "cytotaxis/canvas.h"

/** Rows of capitals above the base line, and of a line with what hangs below it. */
enum { CYT_TEXT_HEIGHT = 7, CYT_TEXT_DEPTH = 9 };

/** Pixels from the first to the last column of ink. */
long cyt_text_width(const char *text, int scale);

/** @param x, y  left upper corner of the first capital
 *  @param scale pixels to a pixel of the font, at least 1 */
void cyt_text_draw(const cyt_canvas *canvas, long x, long y, int scale, cyt_rgb colour,
                   const char *text);

/** Bytes of the longest beginning, whole characters, that is at most @p width wide. */
size_t cyt_text_fit(const char *text, int scale, long width);

#endif
