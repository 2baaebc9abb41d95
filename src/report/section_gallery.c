// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file section_gallery.c
 * @brief Small maps of every slide: cells by type, compartments, a signal, the distance
 * to the border; each leads to a larger one.
 *
 * The more slides, the smaller the maps, so that a page of 500 slides stays below some
 * ten million bytes. The larger maps are files beside the page, whose addresses are
 * relative: the folder can be moved, and the page alone lacks only them.
 */
#include "report/report_parts.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/raster_file.h"
#include "cytotaxis/render.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGE = 900 };

static const char signal_set[] = "signal/";

/* Longer side of the small maps in pixels. */
static size_t small_side(size_t n_slides)
{
    return n_slides <= 24 ? 260 : n_slides <= 100 ? 180 : 110;
}

/* --- which fields ----------------------------------------------------------------- */

/* What a map shows and what it is called; the field is freed. */
typedef struct shown_map {
    const char *what, *file;
    char *field;
} shown_map;

enum { CELLS, PARTS, SIGNAL, MARGIN, N_MAPS };

/* Bytes of the name in "signal/<name>/concentration"; 0: the path is none such. */
static size_t signal_length(const char *path)
{
    static const char tail[] = "/concentration";
    const size_t n = strlen(path), around = sizeof signal_set - 1 + sizeof tail - 1;
    const int is_one = n > around &&
                       strncmp(path, signal_set, sizeof signal_set - 1) == 0 &&
                       strcmp(path + n - (sizeof tail - 1), tail) == 0;
    return is_one ? n - around : 0;
}

/* The first concentration of a signal among the rasters. */
static char *first_signal(const cyt_names *paths, cyt_error *err)
{
    for (size_t i = 0; i < paths->n; i++)
        if (signal_length(paths->name[i]) > 0)
            return cyt_strdup(paths->name[i], err);
    return NULL;
}

static char *if_there(const cyt_names *paths, const char *path, cyt_error *err)
{
    return cyt_names_find(paths, path) == CYT_NO_NAME ? NULL : cyt_strdup(path, err);
}

static cyt_code choose_maps(const char *path, const char *slide, shown_map map[N_MAPS],
                            cyt_error *err)
{
    cyt_raster_file *file = NULL;
    cyt_names paths = {0};
    cyt_code code = cyt_raster_file_open(path, slide, &file, err);
    if (code == CYT_OK)
        code = cyt_raster_file_list(file, &paths, err);
    cyt_raster_file_close(&file);
    map[CELLS] = (shown_map){"cells by type", "cells", NULL};
    map[PARTS] = (shown_map){"compartments", "compartment", NULL};
    map[SIGNAL] = (shown_map){"signal", "signal", NULL};
    map[MARGIN] = (shown_map){"distance to the border", "margin_um", NULL};
    if (code == CYT_OK) {
        map[CELLS].field = cyt_strdup(cyt_render_cells_field, err);
        map[PARTS].field = if_there(&paths, "compartment", err);
        if (!map[PARTS].field) {
            map[PARTS].field = if_there(&paths, "tissue", err);
            map[PARTS].what = "tissue";
            map[PARTS].file = "tissue";
        }
        map[SIGNAL].field = first_signal(&paths, err);
        map[MARGIN].field = if_there(&paths, "margin_um", err);
    }
    cyt_names_free(&paths);
    return code == CYT_OK ? err->code : code;
}

/* --- one map ---------------------------------------------------------------------- */

/* The larger map, out/pictures/report/<slide>.<file>.png; @p path relative to out. */
static cyt_code draw_large(const cyt_report_data *d, const cyt_render_params *small,
                           const char *file, char path[CYT_REPORT_PATH], cyt_error *err)
{
    char png[2 * CYT_REPORT_PATH], *written = NULL;
    cyt_render_params params = *small;
    snprintf(path, CYT_REPORT_PATH, "pictures/report/%s.%s.png", small->slide, file);
    snprintf(png, sizeof png, "%s/%s", d->out, path);
    params.png = png;
    params.width = LARGE;
    const cyt_code code = cyt_render(&params, &written, err);
    free(written);
    return code;
}

/* The colours of a scale with its ends, below the map of a field of numbers. */
static void put_ramp(const cyt_small_map *map, cyt_strbuf *html, cyt_error *err)
{
    enum { STOPS = 5 };
    cyt_rgb table[CYT_PALETTE_STEPS];
    const int is_diverging = map->low < 0;
    if (is_diverging)
        cyt_palette_diverging(table);
    else
        cyt_palette_sequential(table);
    cyt_strbuf_add(html, err,
                   "<div class=\"ramp\">%.3g<i style=\"background:"
                   "linear-gradient(90deg",
                   map->low);
    for (int k = 0; k < STOPS; k++) {
        cyt_strbuf_add(html, err, ",");
        cyt_html_colour(html, table[k * (CYT_PALETTE_STEPS - 1) / (STOPS - 1)], err);
    }
    cyt_strbuf_add(html, err, ")\"></i>%.3g ", map->high);
    if (strcmp(map->units, "1") != 0)
        cyt_html_unit(html, map->units, err);
    cyt_strbuf_add(html, err, "</div>");
}

/* Which colour is which compartment. */
static void put_labels(const cyt_names *labels, cyt_strbuf *html, cyt_error *err)
{
    cyt_strbuf_add(html, err, "<span class=\"ramp\">");
    for (size_t k = 0; k < labels->n; k++) {
        cyt_strbuf_add(html, err, "<span class=\"dot\" style=\"background:");
        cyt_html_colour(html, cyt_palette_label(k), err);
        cyt_strbuf_add(html, err, "\"></span>");
        cyt_html_text(html, labels->name[k], err);
    }
    cyt_strbuf_add(html, err, "</span>");
}

static void put_map(const shown_map *m, const cyt_small_map *small, const char *slide,
                    const char *address, cyt_strbuf *html, cyt_error *err)
{
    cyt_strbuf_add(html, err, "<figure><a href=\"");
    cyt_html_address(html, address, err);
    cyt_strbuf_add(html, err,
                   "\"><img decoding=\"async\" width=\"%zu\" height=\"%zu\" alt=\"",
                   small->width, small->height);
    cyt_html_text(html, slide, err);
    cyt_strbuf_add(html, err, ": %s\" src=\"", m->what);
    cyt_html_png(html, small->png, small->n, err);
    cyt_strbuf_add(html, err, "\"></a><figcaption>%s", m->what);
    const size_t n = signal_length(m->field);
    if (n > 0) {
        char name[512];
        snprintf(name, sizeof name, "%.*s", (int)n, m->field + sizeof signal_set - 1);
        cyt_strbuf_add(html, err, " <b>");
        cyt_html_text(html, name, err);
        cyt_strbuf_add(html, err, "</b>");
    }
    cyt_strbuf_add(html, err, ", %.3g mm wide",
                   1e-3 * (double)small->width * small->um_per_pixel);
    if (small->labels.n > 1 && small->labels.n <= CYT_REPORT_COLOURS)
        put_labels(&small->labels, html, err);
    if (small->has_scale)
        put_ramp(small, html, err);
    cyt_strbuf_add(html, err, "</figcaption></figure>\n");
}

static cyt_code draw_map(const cyt_report_data *d, const char *slide,
                         const shown_map *m, const cyt_names *types, cyt_strbuf *html,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    char path[CYT_REPORT_PATH];
    cyt_small_map small = {0};
    const cyt_render_params params = {.out = d->out,
                                      .slide = slide,
                                      .field = m->field,
                                      .width = small_side(d->n_slides),
                                      .types = types};
    CYT_TRY(cyt_render_small(&params, &small, err));
    CYT_TRY(draw_large(d, &params, m->file, path, err));
    put_map(m, &small, slide, path, html, err);
    code = err->code;
done:
    cyt_small_map_free(&small);
    return code;
}

/* --- one slide -------------------------------------------------------------------- */

/* Borrowed: the commonest types, which have colours. */
static cyt_names coloured_types(const cyt_report_data *d)
{
    cyt_names types = d->types;
    types.n = types.n < CYT_REPORT_COLOURS ? types.n : CYT_REPORT_COLOURS;
    return types;
}

static void put_facts(const cyt_report_data *d, size_t s, cyt_strbuf *html,
                      cyt_error *err)
{
    cyt_strbuf_add(html, err, "<article class=\"slide\"><h3>");
    cyt_html_text(html, d->obs.index.name[s], err);
    cyt_strbuf_add(html, err, "</h3><p class=\"soft\">");
    if (*d->condition[s]) {
        cyt_html_text(html, d->condition[s], err);
        cyt_strbuf_add(html, err, ", ");
    }
    if (strcmp(d->patient[s], d->obs.index.name[s]) != 0) {
        cyt_strbuf_add(html, err, "patient ");
        cyt_html_text(html, d->patient[s], err);
        cyt_strbuf_add(html, err, ", ");
    }
    if (cyt_report_is_ok(d, s)) {
        cyt_html_count(html, d->n_cells[s], err);
        cyt_strbuf_add(html, err, " cells, %.3g mm\xc2\xb2", 1e-6 * d->area_um2[s]);
    }
    cyt_strbuf_add(html, err, "</p>\n");
}

/* Is it a failure of this program's own writing, not of a file that it reads? */
static int is_own(cyt_code code)
{
    return code == CYT_ERR_MEMORY || code == CYT_ERR_CREATE || code == CYT_ERR_IO;
}

static void tell(const cyt_error *why, const char *what, cyt_strbuf *html,
                 cyt_error *err)
{
    cyt_strbuf_add(html, err, "<p class=\"bad\">no %s: ", what);
    cyt_html_text(html, why->text, err);
    cyt_strbuf_add(html, err, "</p>\n");
}

/* Those maps that can be drawn; what is said of the others goes to @p told. */
static void draw_each(const cyt_report_data *d, const char *slide,
                      const shown_map map[N_MAPS], cyt_strbuf *html, cyt_strbuf *told,
                      cyt_error *err)
{
    const cyt_names types = coloured_types(d);
    for (size_t m = 0; m < N_MAPS; m++) {
        cyt_error why = {0};
        if (!map[m].field || draw_map(d, slide, &map[m], &types, html, &why) == CYT_OK)
            continue;
        if (is_own(why.code)) {
            *err = why;
            return;
        }
        tell(&why, map[m].what, told, err);
    }
}

/* A map that cannot be drawn is told of, and the others are. */
static cyt_code draw_maps(const cyt_report_data *d, size_t s, const char *path,
                          cyt_strbuf *html, cyt_error *err)
{
    shown_map map[N_MAPS] = {0};
    const char *slide = d->obs.index.name[s];
    cyt_error why = {0};
    cyt_strbuf told = {0};
    cyt_strbuf_add(html, err, "<div class=\"maps\">\n");
    if (choose_maps(path, slide, map, &why) == CYT_OK)
        draw_each(d, slide, map, html, &told, err);
    else if (is_own(why.code))
        *err = why;
    else
        tell(&why, "maps", &told, err);
    cyt_strbuf_add(html, err, "</div>\n%s", told.text ? told.text : "");
    cyt_strbuf_free(&told);
    for (size_t m = 0; m < N_MAPS; m++)
        free(map[m].field);
    return err->code;
}

cyt_code cyt_gallery_slide(const cyt_report_data *d, size_t s, cyt_strbuf *html,
                           cyt_error *err)
{
    char path[CYT_REPORT_PATH];
    put_facts(d, s, html, err);
    snprintf(path, sizeof path, "%s/slides/%s.fields.h5", d->out, d->obs.index.name[s]);
    if (!cyt_report_is_ok(d, s)) {
        cyt_strbuf_add(html, err, "<p class=\"bad\">failed: ");
        cyt_html_text(html, d->message[s], err);
        cyt_strbuf_add(html, err, "</p>\n");
    } else if (cyt_file_is_there(path)) {
        if (draw_maps(d, s, path, html, err) != CYT_OK)
            return err->code;
    }
    cyt_strbuf_add(html, err, "</article>\n");
    return err->code;
}

/* --- around the slides ------------------------------------------------------------ */

/* How many maps the first slide that has any has. */
static size_t count_maps(const cyt_report_data *d)
{
    size_t n = 0;
    for (size_t s = 0; s < d->n_slides && n == 0; s++) {
        char path[CYT_REPORT_PATH];
        shown_map map[N_MAPS] = {0};
        cyt_error ignored = {0};
        snprintf(path, sizeof path, "%s/slides/%s.fields.h5", d->out,
                 d->obs.index.name[s]);
        if (!cyt_file_is_there(path))
            continue;
        (void)!choose_maps(path, d->obs.index.name[s], map, &ignored);
        for (size_t m = 0; m < N_MAPS; m++) {
            n += map[m].field != NULL;
            free(map[m].field);
        }
    }
    return n;
}

static void put_types(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err)
{
    static char others[] = "other types";
    const cyt_names types = coloured_types(d);
    char *name[CYT_REPORT_COLOURS + 1];
    cyt_rgb colour[CYT_REPORT_COLOURS + 1];
    for (size_t t = 0; t < types.n; t++) {
        name[t] = types.name[t];
        colour[t] = cyt_palette_label(t);
    }
    name[types.n] = others;
    colour[types.n] = cyt_report_other;
    cyt_html_key(html, types.n + (types.n < d->types.n), name, colour, err);
}

void cyt_gallery_begin(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err)
{
    const size_t n = count_maps(d);
    cyt_section_begin(html, "gallery", "Slides", err);
    if (n == 0)
        cyt_strbuf_add(html, err,
                       "<p class=\"soft\">No maps were written: <code>output.fields: "
                       "all</code> in the config asks for them.</p>\n");
    else
        cyt_strbuf_add(
            html, err,
            "<p class=\"soft\">x to the right, y down. A map leads to a larger "
            "one with scale and legend, beside this page in pictures/report. "
            "Where cells stand on grey ground, that is the tissue.</p>\n");
    if (d->types.n > 0 && n > 0)
        put_types(d, html, err);
    cyt_strbuf_add(html, err, "<div class=\"slides%s\">\n", n == 1 ? " one" : "");
}

void cyt_gallery_end(cyt_strbuf *html, cyt_error *err)
{
    cyt_strbuf_add(html, err, "</div>\n");
    cyt_section_end(html, err);
}
