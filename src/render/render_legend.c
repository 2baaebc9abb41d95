// SPDX-License-Identifier: BSD-3-Clause
#include "render/render_parts.h"

#include "cytotaxis/font.h"
#include "cytotaxis/mem.h"

#include <stdio.h>
#include <string.h>

const cyt_rgb cyt_render_ink = {35, 35, 35};

enum { WIDEST = 150 }; /* of a name, in pixels of the font */

/* --- texts ------------------------------------------------------------------------ */

void cyt_render_units(const char *units, char *text, size_t size)
{
    size_t n = 0;
    for (char before = '\0'; *units; before = *units++) {
        const int is_um = strncmp(units, "um", 2) == 0 &&
                          !(before >= 'a' && before <= 'z') &&
                          !(units[2] >= 'a' && units[2] <= 'z');
        if (n + (is_um ? 2 : 1) >= size)
            break;
        if (is_um)
            text[n++] = '\xc2';
        text[n++] = is_um ? '\xb5' : *units;
    }
    text[n] = '\0';
}

const char *cyt_render_fit(const char *text, int scale, long width, char *cut,
                           size_t size)
{
    static const char dots[] = "...";
    const size_t n = strlen(text);
    if (n < size && cyt_text_width(text, scale) <= width)
        return memcpy(cut, text, n + 1);
    const long room = width - cyt_text_width(dots, scale) - 2 * scale;
    size_t head = room > 0 ? cyt_text_fit(text, scale, room / 2) : 0;
    size_t tail = n;
    while (tail > head && ((text[tail - 1] & 0xc0) == 0x80 ||
                           cyt_text_width(text + tail - 1, scale) <= room / 2))
        tail--;
    while (tail < n && (text[tail] & 0xc0) == 0x80)
        tail++;
    snprintf(cut, size, "%.*s%s%s", (int)head, text, dots, text + tail);
    return cut;
}

/* --- legend ----------------------------------------------------------------------- */

cyt_code cyt_legend_add(cyt_legend *legend, cyt_legend_kind kind, cyt_rgb colour,
                        cyt_rgb other, const char *text, cyt_error *err)
{
    if (cyt_grow(&legend->item, &legend->capacity, legend->n + 1, sizeof *legend->item,
                 "a legend", err) != CYT_OK)
        return err->code;
    cyt_legend_item *item = &legend->item[legend->n++];
    *item = (cyt_legend_item){.kind = kind, .colour = colour, .other = other};
    cyt_render_fit(text, 1, WIDEST, item->text, sizeof item->text);
    return CYT_OK;
}

/* From the left of an item to its text. */
static long indent_of(const cyt_legend_item *item, int text)
{
    return item->kind == CYT_LEGEND_TEXT ? 0 : 16L * text;
}

long cyt_legend_width(const cyt_legend *legend, int text)
{
    long width = 0;
    for (size_t i = 0; i < legend->n; i++) {
        const long wide = indent_of(&legend->item[i], text) +
                          cyt_text_width(legend->item[i].text, text);
        width = wide > width ? wide : width;
    }
    return width;
}

long cyt_legend_height(const cyt_legend *legend, int text)
{
    return (long)legend->n * cyt_render_line(text);
}

static void draw_mark(const cyt_legend_item *item, const cyt_canvas *canvas, long x,
                      long y, int text)
{
    const long wide = 12L * text, high = CYT_TEXT_HEIGHT * text;
    const double middle = (double)y + (double)high / 2;
    const double from[2] = {(double)x + text, middle},
                 to[2] = {(double)(x + wide) - text, middle};
    switch (item->kind) {
    case CYT_LEGEND_SWATCH:
        cyt_canvas_rectangle(canvas, x, y, wide, high, item->colour);
        break;
    case CYT_LEGEND_LINE: /* on the colour of no value, where a white side is seen */
        cyt_canvas_rectangle(canvas, x, y, wide, high, cyt_render_gap);
        cyt_canvas_rectangle(canvas, x, y + high / 2 - text, wide, text, item->colour);
        cyt_canvas_rectangle(canvas, x, y + high / 2, wide, text, item->other);
        break;
    case CYT_LEGEND_DOT:
        cyt_render_dot(canvas, (double)x + (double)wide / 2, middle, 2.5 * text,
                       item->colour);
        break;
    case CYT_LEGEND_ARROW:
        cyt_render_arrow(canvas, from, to, text);
        break;
    case CYT_LEGEND_TEXT:
        break;
    }
}

void cyt_legend_draw(const cyt_legend *legend, const cyt_canvas *canvas, long x, long y,
                     int text)
{
    for (size_t i = 0; i < legend->n; i++, y += cyt_render_line(text)) {
        const cyt_legend_item *item = &legend->item[i];
        draw_mark(item, canvas, x, y, text);
        cyt_text_draw(canvas, x + indent_of(item, text), y, text, cyt_render_ink,
                      item->text);
    }
}
