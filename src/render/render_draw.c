// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file render_draw.c
 * @brief The sheet around a map: titles above, colour bar and legend at the right,
 * scale bar below.
 *
 * Lengths are multiples of the text scale, which grows with the map, so that a large
 * picture looks like a small one.
 */
#include "render/render_parts.h"

#include "cytotaxis/font.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/ticks.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MARGIN = 10,      /* around everything */
    GAP = 8,          /* between map and column */
    BAR_WIDTH = 11,   /* of the colour bar */
    TICK = 3,         /* length of a tick */
    BAR_HEIGHT = 160, /* at most */
    TIP = 6,          /* of a bar that values go beyond */
    LEAST_WIDTH = 230,
    MOST_TICKS = 7,
    UNITS = CYT_RASTER_TEXT + 16 /* bytes of a unit as people write it */
};

/* Where things are, in pixels of the sheet. */
typedef struct layout {
    int s;             /* scale of text */
    long map_x, map_y; /* left upper corner of the map */
    long map_w, map_h;
    long column_x, bar_y, bar_h, legend_y, foot_y;
    long width, height;
} layout;

static const cyt_rgb faint = {110, 110, 110};

static long larger(long a, long b)
{
    return a > b ? a : b;
}

/* --- colour bar ------------------------------------------------------------------- */

typedef struct bar_ticks {
    size_t n;
    double value[CYT_MOST_TICKS];
    char text[CYT_MOST_TICKS][32];
    long width; /* of the widest text */
} bar_ticks;

/* %g without the zeros of its exponent: 4e-6. */
static void number_text(double value, char text[32])
{
    snprintf(text, 32, "%g", value);
    char *e = strchr(text, 'e');
    char *digits = e ? e + 1 + (e[1] == '-') : NULL;
    const char *from = e ? e + 2 : NULL;
    while (from && from[0] == '0' && from[1])
        from++;
    if (digits)
        memmove(digits, from, strlen(from) + 1);
}

static void find_ticks(const cyt_render_scale *scale, int s, bar_ticks *ticks)
{
    ticks->n = scale->is_log
                   ? cyt_ticks_log(scale->low, scale->high, MOST_TICKS, ticks->value)
                   : cyt_ticks(scale->low, scale->high, MOST_TICKS, ticks->value);
    ticks->width = 0;
    for (size_t i = 0; i < ticks->n; i++) {
        number_text(ticks->value[i], ticks->text[i]);
        const long wide = cyt_text_width(ticks->text[i], s);
        ticks->width = wide > ticks->width ? wide : ticks->width;
    }
}

/* A triangle over or under the bar: there are values beyond its end. */
static void draw_tip(const cyt_canvas *canvas, long x, long y, int s, int up,
                     cyt_rgb colour)
{
    const long high = TIP * s, wide = BAR_WIDTH * s;
    for (long row = 0; row < high; row++) {
        const long half = (high - row) * wide / (2 * high);
        cyt_canvas_rectangle(canvas, x + wide / 2 - half, up ? y - 1 - row : y + row,
                             2 * half + wide % 2, 1, colour);
    }
}

/* Marks, and numbers where they do not touch the one below. */
static void draw_ticks(const cyt_render_sheet *sheet, const layout *at,
                       const bar_ticks *ticks)
{
    const long x = at->column_x + BAR_WIDTH * at->s;
    long below = at->bar_y + 2 * at->bar_h;
    for (size_t i = 0; i < ticks->n; i++) {
        const double height = cyt_render_scale_height(sheet->scale, ticks->value[i]);
        const long y = at->bar_y + lrint((1 - height) * (double)(at->bar_h - 1));
        cyt_canvas_rectangle(&sheet->canvas, x, y - at->s / 2, TICK * at->s, at->s / 2,
                             cyt_render_ink);
        if (below - y < CYT_TEXT_DEPTH * at->s)
            continue;
        cyt_text_draw(&sheet->canvas, x + (TICK + 2) * at->s,
                      y - CYT_TEXT_HEIGHT * at->s / 2, at->s, cyt_render_ink,
                      ticks->text[i]);
        below = y;
    }
}

static void draw_bar(const cyt_render_sheet *sheet, const layout *at,
                     const bar_ticks *ticks)
{
    const cyt_render_scale *scale = sheet->scale;
    const long x = at->column_x, wide = BAR_WIDTH * at->s;
    for (long row = 0; row < at->bar_h; row++) {
        const double height = 1 - ((double)row + 0.5) / (double)at->bar_h;
        cyt_canvas_rectangle(
            &sheet->canvas, x, at->bar_y + row, wide, 1,
            cyt_render_scale_colour(scale, cyt_render_scale_value(scale, height)));
    }
    if (scale->above)
        draw_tip(&sheet->canvas, x, at->bar_y, at->s, 1,
                 cyt_render_scale_colour(scale, scale->high));
    if (scale->below)
        draw_tip(&sheet->canvas, x, at->bar_y + at->bar_h, at->s, 0,
                 cyt_render_scale_colour(scale, scale->low));
    draw_ticks(sheet, at, ticks);
}

/* --- below the map ---------------------------------------------------------------- */

static void length_text(double um, char text[32])
{
    if (um >= 1000)
        snprintf(text, 32, "%g mm", um / 1000);
    else
        snprintf(text, 32, "%g \xc2\xb5m", um);
}

/* What stands below the map: a bar of a round length, at most a quarter of the map, and
 * a note. */
typedef struct foot {
    long bar; /* pixels */
    char length[32], note[96];
    long width; /* of all */
} foot;

static void find_foot(const cyt_render_sheet *sheet, long map_w, long zoom, int s,
                      foot *f)
{
    char pixel[32];
    const double um_per_pixel =
        sheet->um_per_pixel * (double)sheet->map->reduction.side / (double)zoom;
    const double um = cyt_nice_floor((double)map_w * um_per_pixel / 4);
    f->bar = lrint(um / um_per_pixel);
    length_text(um, f->length);
    length_text(sheet->um_per_pixel, pixel);
    snprintf(f->note, sizeof f->note, "x right, y down; pixel %s", pixel);
    f->width = larger(f->bar + 4L * s + cyt_text_width(f->length, s),
                      cyt_text_width(f->note, s));
}

static void draw_foot(const cyt_canvas *canvas, const layout *at, const foot *f)
{
    const long x = at->map_x, y = at->foot_y;
    cyt_canvas_rectangle(canvas, x, y + 2L * at->s, f->bar, 3L * at->s, cyt_render_ink);
    cyt_text_draw(canvas, x + f->bar + 4L * at->s, y, at->s, cyt_render_ink, f->length);
    cyt_text_draw(canvas, x, y + cyt_render_line(at->s), at->s, faint, f->note);
}

/* --- titles ----------------------------------------------------------------------- */

static void draw_titles(const cyt_render_sheet *sheet, const layout *at)
{
    char cut[1024], line[2 * CYT_RASTER_TEXT + 64], units[UNITS];
    const long x = MARGIN * at->s, room = at->width - 2 * x;
    const cyt_render_map *map = sheet->map;
    long y = MARGIN * at->s;
    cyt_text_draw(&sheet->canvas, x, y, at->s + 1, cyt_render_ink,
                  cyt_render_fit(sheet->slide, at->s + 1, room, cut, sizeof cut));
    y += cyt_render_line(at->s + 1);
    cyt_render_units(map->units, units, sizeof units);
    const int has_unit = units[0] && strcmp(units, "1") != 0 && !map->label;
    snprintf(line, sizeof line, "%s%s%s%s",
             map->long_name[0] ? map->long_name : sheet->field, has_unit ? " [" : "",
             has_unit ? units : "", has_unit ? "]" : "");
    cyt_text_draw(&sheet->canvas, x, y, at->s, cyt_render_ink,
                  cyt_render_fit(line, at->s, room, cut, sizeof cut));
    y += cyt_render_line(at->s);
    if (map->long_name[0])
        cyt_text_draw(&sheet->canvas, x, y, at->s, faint,
                      cyt_render_fit(sheet->field, at->s, room, cut, sizeof cut));
}

/* --- layout ----------------------------------------------------------------------- */

static int has_bar(const cyt_render_sheet *sheet)
{
    return !sheet->map->label && sheet->scale->has_values;
}

/* The column from the top of the map: unit, bar, legend. */
static long place_column(const cyt_render_sheet *sheet, layout *at)
{
    const long legend_h = cyt_legend_height(sheet->legend, at->s);
    long y = at->map_y;
    if (has_bar(sheet)) {
        const long beside = at->map_h - legend_h - (4 * TIP + 12) * at->s;
        at->bar_h = larger(60L * at->s,
                           beside < BAR_HEIGHT * at->s ? beside : BAR_HEIGHT * at->s);
        at->bar_y = y + cyt_render_line(at->s) + TIP * at->s;
        y = at->bar_y + at->bar_h + 2 * TIP * at->s;
    }
    at->legend_y = y;
    return y + legend_h;
}

static const char *bar_unit(const cyt_render_sheet *sheet, char units[UNITS])
{
    cyt_render_units(sheet->map->units, units, UNITS);
    return units;
}

long cyt_render_zoom(const cyt_reduction *r, size_t width)
{
    const size_t longer = r->out_rows > r->out_cols ? r->out_rows : r->out_cols;
    return longer < width ? (long)(width / longer) : 1;
}

int cyt_render_text(long longer_side)
{
    return (int)larger(2, (longer_side + 599) / 600);
}

static layout place(const cyt_render_sheet *sheet, bar_ticks *ticks, foot *f)
{
    const cyt_reduction *r = &sheet->map->reduction;
    const long zoom = cyt_render_zoom(r, sheet->width);
    layout at = {.map_w = (long)r->out_cols * zoom, .map_h = (long)r->out_rows * zoom};
    char units[UNITS];
    at.s = cyt_render_text(larger(at.map_w, at.map_h));
    const int s = at.s;
    at.map_x = MARGIN * s;
    at.map_y = MARGIN * s + cyt_render_line(s + 1) + 2 * cyt_render_line(s) + 2L * s;
    find_foot(sheet, at.map_w, zoom, s, f);
    at.column_x = at.map_x + larger(at.map_w, f->width) + GAP * s;
    const long bottom = place_column(sheet, &at);
    long column = cyt_legend_width(sheet->legend, s);
    if (has_bar(sheet)) {
        find_ticks(sheet->scale, s, ticks);
        column = larger(column, (BAR_WIDTH + TICK + 2) * s + ticks->width);
        column = larger(column, cyt_text_width(bar_unit(sheet, units), s));
    }
    at.width = larger(LEAST_WIDTH * s, at.column_x + column + MARGIN * s);
    at.foot_y = at.map_y + at.map_h + 6L * s;
    at.height = larger(at.foot_y + 2 * cyt_render_line(s), bottom) + MARGIN * s -
                (cyt_render_line(s) - CYT_TEXT_DEPTH * s);
    return at;
}

static cyt_code make_canvas(cyt_render_sheet *sheet, const layout *at, cyt_error *err)
{
    const size_t pixels = (size_t)at->width * (size_t)at->height;
    uint8_t *rgb = cyt_alloc(pixels, 3, "a picture", err);
    if (!rgb)
        return err->code;
    sheet->canvas = (cyt_canvas){at->width, at->height, (size_t)at->width, rgb};
    memset(rgb, 255, 3 * pixels);
    sheet->frame =
        (cyt_render_frame){.canvas = cyt_canvas_window(&sheet->canvas, at->map_x,
                                                       at->map_y, at->map_w, at->map_h),
                           .zoom = at->map_w / (long)sheet->map->reduction.out_cols,
                           .text = at->s,
                           .origin_um = {sheet->origin_um[0], sheet->origin_um[1]}};
    cyt_render_frame *frame = &sheet->frame;
    const double side = (double)sheet->map->reduction.side;
    frame->per_raster = (double)frame->zoom / side;
    frame->um_per_pixel = sheet->um_per_pixel / frame->per_raster;
    return CYT_OK;
}

cyt_code cyt_render_sheet_bare(cyt_render_sheet *sheet, cyt_error *err)
{
    const cyt_reduction *r = &sheet->map->reduction;
    const long zoom = cyt_render_zoom(r, sheet->width);
    const layout at = {.s = 1,
                       .map_w = (long)r->out_cols * zoom,
                       .map_h = (long)r->out_rows * zoom,
                       .width = (long)r->out_cols * zoom,
                       .height = (long)r->out_rows * zoom};
    const cyt_code code = make_canvas(sheet, &at, err);
    sheet->frame.is_bare = 1;
    return code;
}

cyt_code cyt_render_sheet_begin(cyt_render_sheet *sheet, cyt_error *err)
{
    bar_ticks ticks = {0};
    char units[UNITS];
    foot below;
    const layout at = place(sheet, &ticks, &below);
    if (make_canvas(sheet, &at, err) != CYT_OK)
        return err->code;
    cyt_canvas_rectangle(&sheet->canvas, at.map_x - 1, at.map_y - 1, at.map_w + 2,
                         at.map_h + 2, faint);
    draw_titles(sheet, &at);
    draw_foot(&sheet->canvas, &at, &below);
    if (has_bar(sheet)) {
        draw_bar(sheet, &at, &ticks);
        cyt_text_draw(&sheet->canvas, at.column_x, at.map_y, at.s, cyt_render_ink,
                      bar_unit(sheet, units));
    }
    cyt_legend_draw(sheet->legend, &sheet->canvas, at.column_x, at.legend_y, at.s);
    return CYT_OK;
}
