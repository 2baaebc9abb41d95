// SPDX-License-Identifier: BSD-3-Clause
#include "report/plot.h"

#include "cytotaxis/ticks.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Within a panel, user units. */
static const double LEFT = 46, RIGHT = 15, TOP = 24, BOTTOM = 38, USUAL_HEIGHT = 210;
/* A label of the forest and of a bar, characters and units. */
enum { FOREST_NAME = 40, BAR_NAME = 16 };
static const double FOREST_ROW = 32, BAR_ROW = 15, BAR_LABEL = 112;

/* Strong on light and on dark ground: blue, vermilion, green, pink, then the rest. */
static const size_t order_of_colours[] = {4, 5, 2, 6, 0, 1, 3};

cyt_rgb cyt_plot_colour(size_t i)
{
    enum { N = sizeof order_of_colours / sizeof *order_of_colours };
    return cyt_palette_label(i < N ? order_of_colours[i] : i + 1);
}

static const char *dashes(size_t i)
{
    static const char *const all[] = {"none", "7 3", "2 3", "9 3 2 3"};
    return all[i % (sizeof all / sizeof *all)];
}

/* --- axes ------------------------------------------------------------------------- */

static double height_of(const cyt_axes *a)
{
    return a->height > 0 ? a->height : USUAL_HEIGHT;
}

static double at_x(const cyt_axes *a, double x)
{
    return LEFT + (x - a->x[0]) / (a->x[1] - a->x[0]) * (CYT_PLOT_WIDTH - LEFT - RIGHT);
}

static double at_y(const cyt_axes *a, double y)
{
    const double h = height_of(a);
    return h - BOTTOM - (y - a->y[0]) / (a->y[1] - a->y[0]) * (h - TOP - BOTTOM);
}

/* A range that is empty, or no range at all, becomes one; so does one so narrow that
 * the six digits of its labels would not tell them apart. */
static void widen(double range[2])
{
    static const double narrowest = 1e-4; /* of its size */
    if (!(range[0] <= range[1]) || !isfinite(range[0]) || !isfinite(range[1]))
        range[0] = range[1] = 0;
    const double size = fmax(fabs(range[0]), fabs(range[1]));
    if (range[1] - range[0] <= narrowest * size) {
        const double half = range[0] != 0 ? fabs(range[0]) / 2 : 0.5;
        range[0] -= half;
        range[1] += half;
    }
}

static void open_picture(cyt_strbuf *html, double height, const char *label,
                         cyt_error *err)
{
    cyt_strbuf_add(html, err, "<svg viewBox=\"0 0 %d %.0f\" role=\"img\" aria-label=\"",
                   CYT_PLOT_WIDTH, height);
    cyt_html_text(html, label, err);
    cyt_strbuf_add(html, err, "\">\n");
}

static void put_label(cyt_strbuf *html, const char *label, const char *unit,
                      cyt_error *err)
{
    cyt_html_text(html, label, err);
    if (!*unit || strcmp(unit, "1") == 0)
        return;
    cyt_strbuf_add(html, err, " (");
    cyt_html_unit(html, unit, err);
    cyt_strbuf_add(html, err, ")");
}

static void draw_x_ticks(cyt_strbuf *html, const cyt_axes *a, cyt_error *err)
{
    double tick[CYT_MOST_TICKS];
    const double h = height_of(a);
    const size_t n = a->n_ticks ? a->n_ticks : cyt_ticks(a->x[0], a->x[1], 6, tick);
    for (size_t i = 0; i < n; i++) {
        const double x = at_x(a, a->n_ticks ? a->tick[i] : tick[i]);
        cyt_strbuf_add(html, err,
                       "<path class=\"grid\" d=\"M%.1f %.1fV%.1f\"/>"
                       "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
                       x, TOP, h - BOTTOM, x, h - BOTTOM + 13);
        if (a->n_ticks)
            cyt_html_text(html, a->tick_text[i], err);
        else
            cyt_strbuf_add(html, err, "%g", tick[i]);
        cyt_strbuf_add(html, err, "</text>\n");
    }
}

static void draw_y_ticks(cyt_strbuf *html, const cyt_axes *a, cyt_error *err)
{
    double tick[CYT_MOST_TICKS];
    const size_t n = cyt_ticks(a->y[0], a->y[1], 6, tick);
    for (size_t i = 0; i < n; i++) {
        const double y = at_y(a, tick[i]);
        cyt_strbuf_add(html, err,
                       "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>"
                       "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n",
                       LEFT, y, CYT_PLOT_WIDTH - RIGHT, LEFT - 5, y + 4, tick[i]);
    }
}

void cyt_plot_begin(cyt_strbuf *html, cyt_axes *a, cyt_error *err)
{
    const double h = height_of(a);
    widen(a->x);
    widen(a->y);
    open_picture(html, h, a->label, err);
    draw_x_ticks(html, a, err);
    draw_y_ticks(html, a, err);
    cyt_strbuf_add(html, err, "<path class=\"axis\" d=\"M%.1f %.1fV%.1fH%.1f\"/>\n",
                   LEFT, TOP, h - BOTTOM, CYT_PLOT_WIDTH - RIGHT);
    cyt_strbuf_add(html, err, "<text x=\"2\" y=\"13\" class=\"lab\">");
    put_label(html, a->y_label, a->y_unit, err);
    cyt_strbuf_add(html, err,
                   "</text><text x=\"%.1f\" y=\"%.1f\" class=\"lab\" "
                   "text-anchor=\"middle\">",
                   LEFT + (CYT_PLOT_WIDTH - LEFT - RIGHT) / 2, h - 7);
    put_label(html, a->x_label, a->x_unit, err);
    cyt_strbuf_add(html, err, "</text>\n");
}

void cyt_plot_end(cyt_strbuf *html, cyt_error *err)
{
    cyt_strbuf_add(html, err, "</svg>\n");
}

/* --- lines ------------------------------------------------------------------------ */

void cyt_plot_line(cyt_strbuf *html, const cyt_axes *a, size_t n, const double *x,
                   const double *y, size_t group, cyt_error *err)
{
    int is_open = 0;
    cyt_strbuf_add(html, err, "<path class=\"line\" stroke=\"");
    cyt_html_colour(html, cyt_plot_colour(group), err);
    cyt_strbuf_add(html, err, "\" stroke-dasharray=\"%s\" d=\"", dashes(group));
    for (size_t i = 0; i < n; i++) {
        const int is_point = isfinite(x[i]) && isfinite(y[i]);
        if (is_point)
            cyt_strbuf_add(html, err, "%c%.1f %.1f", is_open ? 'L' : 'M', at_x(a, x[i]),
                           at_y(a, y[i]));
        is_open = is_point;
    }
    cyt_strbuf_add(html, err, "\"/>\n");
}

/* One stretch of a band: along the upper line and back along the lower. */
static void draw_stretch(cyt_strbuf *html, const cyt_axes *a, size_t first, size_t end,
                         const double *x, const double *low, const double *high,
                         cyt_error *err)
{
    for (size_t i = first; i < end; i++)
        cyt_strbuf_add(html, err, "%c%.1f %.1f", i == first ? 'M' : 'L', at_x(a, x[i]),
                       at_y(a, high[i]));
    for (size_t i = end; i-- > first;)
        cyt_strbuf_add(html, err, "L%.1f %.1f", at_x(a, x[i]), at_y(a, low[i]));
    cyt_strbuf_add(html, err, "Z");
}

void cyt_plot_band(cyt_strbuf *html, const cyt_axes *a, size_t n, const double *x,
                   const double *low, const double *high, size_t group, cyt_error *err)
{
    cyt_strbuf_add(html, err, "<path class=\"band\" fill=\"");
    cyt_html_colour(html, cyt_plot_colour(group), err);
    cyt_strbuf_add(html, err, "\" d=\"");
    for (size_t i = 0, first = 0; i <= n; i++) {
        const int is_inside =
            i < n && isfinite(x[i]) && isfinite(low[i]) && isfinite(high[i]);
        if (!is_inside && i > first + 1)
            draw_stretch(html, a, first, i, x, low, high, err);
        if (!is_inside)
            first = i + 1;
    }
    cyt_strbuf_add(html, err, "\"/>\n");
}

void cyt_plot_level(cyt_strbuf *html, const cyt_axes *a, double value, cyt_error *err)
{
    if (value > a->y[0] && value < a->y[1])
        cyt_strbuf_add(html, err, "<path class=\"zero\" d=\"M%.1f %.1fH%.1f\"/>\n",
                       LEFT, at_y(a, value), CYT_PLOT_WIDTH - RIGHT);
}

void cyt_plot_upright(cyt_strbuf *html, const cyt_axes *a, double value, cyt_error *err)
{
    if (value > a->x[0] && value < a->x[1])
        cyt_strbuf_add(html, err, "<path class=\"zero\" d=\"M%.1f %.1fV%.1f\"/>\n",
                       at_x(a, value), TOP, height_of(a) - BOTTOM);
}

void cyt_plot_legend(cyt_strbuf *html, size_t n, const char *const *names,
                     cyt_error *err)
{
    cyt_strbuf_add(html, err, "<ul class=\"legend\">");
    for (size_t i = 0; i < n; i++) {
        cyt_strbuf_add(html, err,
                       "<li><svg class=\"key\" viewBox=\"0 0 30 10\" "
                       "aria-hidden=\"true\"><path class=\"line\" stroke=\"");
        cyt_html_colour(html, cyt_plot_colour(i), err);
        cyt_strbuf_add(html, err, "\" stroke-dasharray=\"%s\" d=\"M0 5H30\"/></svg>",
                       dashes(i));
        cyt_html_text(html, names[i], err);
        cyt_strbuf_add(html, err, "</li>");
    }
    cyt_strbuf_add(html, err, "</ul>\n");
}

/* --- intervals -------------------------------------------------------------------- */

static void stretch(double range[2], double value)
{
    if (isfinite(value)) {
        range[0] = fmin(range[0], value);
        range[1] = fmax(range[1], value);
    }
}

static void draw_interval(cyt_strbuf *html, const cyt_axes *a, const cyt_forest_row *r,
                          double y, cyt_error *err)
{
    if (isfinite(r->low) && isfinite(r->high))
        cyt_strbuf_add(html, err, "<path class=\"axis\" d=\"M%.1f %.1fH%.1f\"/>",
                       at_x(a, r->low), y, at_x(a, r->high));
    if (!isfinite(r->value))
        return;
    const double x = at_x(a, r->value);
    cyt_strbuf_add(html, err, "<path class=\"ink\" d=\"");
    if (r->is_pooled)
        cyt_strbuf_add(html, err, "M%.1f %.1fl6 5l-6 5l-6 -5Z\"/>\n", x, y - 5);
    else
        cyt_strbuf_add(html, err, "M%.1f %.1fh7v7h-7Z\"/>\n", x - 3.5, y - 3.5);
}

static void draw_forest_row(cyt_strbuf *html, const cyt_axes *a,
                            const cyt_forest_row *r, size_t i, cyt_error *err)
{
    const double y = TOP + (double)i * FOREST_ROW;
    cyt_strbuf_add(html, err, "<g class=\"halo\"><title>");
    cyt_html_text(html, r->name, err);
    cyt_strbuf_add(html, err, "</title><text x=\"2\" y=\"%.1f\"%s>", y + 10,
                   r->is_pooled ? " class=\"lab\"" : "");
    cyt_html_cut(html, r->name, FOREST_NAME, err);
    cyt_strbuf_add(html, err, "</text><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">",
                   CYT_PLOT_WIDTH - 4, y + 10);
    cyt_html_text(html, r->note, err);
    cyt_strbuf_add(html, err, "</text>");
    draw_interval(html, a, r, y + 20, err);
    cyt_strbuf_add(html, err, "</g>\n");
}

void cyt_plot_forest(cyt_strbuf *html, const char *label, const char *x_label,
                     const char *x_unit, size_t n, const cyt_forest_row *row,
                     cyt_error *err)
{
    cyt_axes a = {.x = {0, 0}, .height = TOP + BOTTOM + (double)n * FOREST_ROW};
    for (size_t i = 0; i < n; i++) {
        stretch(a.x, row[i].value);
        stretch(a.x, row[i].low);
        stretch(a.x, row[i].high);
    }
    widen(a.x);
    const double room = 0.04 * (a.x[1] - a.x[0]);
    a.x[0] -= room;
    a.x[1] += room;
    open_picture(html, a.height, label, err);
    draw_x_ticks(html, &a, err);
    cyt_plot_upright(html, &a, 0, err);
    for (size_t i = 0; i < n; i++)
        draw_forest_row(html, &a, &row[i], i, err);
    cyt_strbuf_add(html, err,
                   "<text x=\"%d\" y=\"%.1f\" class=\"lab\" text-anchor=\"middle\">",
                   CYT_PLOT_WIDTH / 2, a.height - 7);
    put_label(html, x_label, x_unit, err);
    cyt_strbuf_add(html, err, "</text></svg>\n");
}

/* --- shares ----------------------------------------------------------------------- */

static void draw_stack_row(cyt_strbuf *html, const cyt_stack_row *row, double y,
                           size_t n_parts, char *const *part, const cyt_rgb *colour,
                           cyt_error *err)
{
    const double wide = CYT_PLOT_WIDTH - BAR_LABEL - RIGHT;
    double from = 0;
    cyt_strbuf_add(html, err,
                   "<text x=\"%.0f\" y=\"%.1f\" class=\"tiny\" "
                   "text-anchor=\"end\"><title>",
                   BAR_LABEL - 5, y + 10.5);
    cyt_html_text(html, row->name, err);
    cyt_strbuf_add(html, err, "</title>");
    cyt_html_cut(html, row->name, BAR_NAME, err);
    cyt_strbuf_add(html, err, "</text>");
    for (size_t p = 0; p < n_parts; p++) {
        if (!(row->share[p] > 0))
            continue;
        cyt_strbuf_add(html, err,
                       "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.0f\" "
                       "fill=\"",
                       BAR_LABEL + from * wide, y, row->share[p] * wide, BAR_ROW - 2);
        cyt_html_colour(html, colour[p], err);
        cyt_strbuf_add(html, err, "\"><title>");
        cyt_html_text(html, part[p], err);
        cyt_strbuf_add(html, err, " %.1f %%</title></rect>", 100 * row->share[p]);
        from += row->share[p];
    }
    cyt_strbuf_add(html, err, "\n");
}

void cyt_plot_stack(cyt_strbuf *html, const char *label, size_t n_rows,
                    const cyt_stack_row *row, size_t n_parts, char *const *part,
                    const cyt_rgb *colour, cyt_error *err)
{
    const double high = (double)n_rows * BAR_ROW;
    const double wide = CYT_PLOT_WIDTH - BAR_LABEL - RIGHT;
    open_picture(html, high + 32, label, err);
    for (size_t i = 0; i < n_rows; i++)
        draw_stack_row(html, &row[i], (double)i * BAR_ROW, n_parts, part, colour, err);
    for (int k = 0; k <= 4; k++)
        cyt_strbuf_add(
            html, err, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%d</text>",
            BAR_LABEL + k * wide / 4, high + 12, k == 4 ? "end" : "middle", 25 * k);
    cyt_strbuf_add(html, err,
                   "<text x=\"%.1f\" y=\"%.1f\" class=\"lab\" text-anchor=\"middle\">"
                   "share of cells (%%)</text></svg>\n",
                   BAR_LABEL + wide / 2, high + 26);
}
