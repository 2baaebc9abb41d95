/**
 * @file plot.h
 * @brief Pictures of numbers as SVG: axes, lines with bands, bars, intervals.
 *
 *     y label (unit)
 *     │      ___            all in user units of one viewBox; the page scales it, so
 *     │  ___/   \___        panels are narrow enough for a phone and stand side by side
 *     └──────────────       on a screen
 *        x label (unit)
 *
 * Ink has the colour of the page's text, by classes of its style sheet (page.c), so
 * that one picture serves light and dark. Lines differ in dashes as well as in colour.
 */
#ifndef CYT_REPORT_PLOT_H
#define CYT_REPORT_PLOT_H

#include "report/html.h"

/** Width of every panel in user units. */
enum { CYT_PLOT_WIDTH = 340, CYT_PLOT_MOST_TICKS = 16 };

typedef struct cyt_axes {
    double x[2], y[2]; /**< ranges; begin makes each at least a little wide */
    double height;     /**< user units; 0: 210 */
    const char *label; /**< what the picture shows, for those who do not see it */
    const char *x_label, *x_unit, *y_label, *y_unit; /**< from data; unit may be "" */
    size_t n_ticks;                                  /**< of x; 0: round numbers */
    double tick[CYT_PLOT_MOST_TICKS];
    char tick_text[CYT_PLOT_MOST_TICKS][16];
} cyt_axes;

/** Open the picture, with axes, numbers and labels. */
void cyt_plot_begin(cyt_strbuf *html, cyt_axes *axes, cyt_error *err);
void cyt_plot_end(cyt_strbuf *html, cyt_error *err);

/** Colour and dashes of group @p i, the same in all pictures of a page. */
cyt_rgb cyt_plot_colour(size_t i);

/** A line through the points; NaN breaks it. */
void cyt_plot_line(cyt_strbuf *html, const cyt_axes *axes, size_t n, const double *x,
                   const double *y, size_t group, cyt_error *err);
/** The area between two lines, where both are numbers. */
void cyt_plot_band(cyt_strbuf *html, const cyt_axes *axes, size_t n, const double *x,
                   const double *low, const double *high, size_t group, cyt_error *err);
/** A line at y = @p value across the picture, if it is within. */
void cyt_plot_level(cyt_strbuf *html, const cyt_axes *axes, double value,
                    cyt_error *err);
/** A line at x = @p value. */
void cyt_plot_upright(cyt_strbuf *html, const cyt_axes *axes, double value,
                      cyt_error *err);

/** Which line is which: a list of names. */
void cyt_plot_legend(cyt_strbuf *html, size_t n, const char *const *names,
                     cyt_error *err);

/** One row of a forest plot. */
typedef struct cyt_forest_row {
    const char *name, *note; /**< left, and right of it */
    double value, low, high; /**< low, high NaN: a point without interval */
    int is_pooled;           /**< a diamond */
} cyt_forest_row;

/** Rows of value and interval over one axis, with a line at 0. */
void cyt_plot_forest(cyt_strbuf *html, const char *label, const char *x_label,
                     const char *x_unit, size_t n, const cyt_forest_row *row,
                     cyt_error *err);

/** Shares of one row, stacked. */
typedef struct cyt_stack_row {
    const char *name;
    const double *share; /**< [n_parts] sums to at most 1 */
} cyt_stack_row;

/** Bars, one below the other. @param part  names  @param colour  [n_parts] */
void cyt_plot_stack(cyt_strbuf *html, const char *label, size_t n_rows,
                    const cyt_stack_row *row, size_t n_parts, char *const *part,
                    const cyt_rgb *colour, cyt_error *err);

#endif
