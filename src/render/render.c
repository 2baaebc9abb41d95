// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/render.h"

#include "render/render_parts.h"

#include "cytotaxis/folder.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/png_file.h"
#include "cytotaxis/strbuf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char cyt_render_cells_field[] = "cells";

static const char tissue_path[] = "tissue", compartment_path[] = "compartment";
static const cyt_rgb white = {255, 255, 255}, black = {25, 25, 25};
/* Borders of compartments: colours that the scale beneath does not have. */
static const cyt_rgb on_sequential = {235, 80, 60}, on_diverging = {0, 140, 90};

/* All of one picture. */
typedef struct picture {
    const cyt_render_params *params;
    cyt_raster_file *file;
    double spacing_um, origin_um[2];
    cyt_render_map map, tissue, compartment, grad_x, grad_y;
    cyt_render_scale scale;
    cyt_placed_cells cells;
    cyt_names types; /* to draw */
    int all_cells;   /* there is no raster: those of other types in grey */
    cyt_legend legend;
    cyt_render_sheet sheet;
} picture;

static void free_picture(picture *p)
{
    cyt_render_map *maps[] = {&p->map, &p->tissue, &p->compartment, &p->grad_x,
                              &p->grad_y};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
        cyt_render_map_free(maps[i]);
    cyt_placed_cells_close(&p->cells);
    cyt_names_free(&p->types);
    free(p->legend.item);
    free(p->sheet.canvas.rgb);
    cyt_raster_file_close(&p->file);
}

/* --- what is asked ---------------------------------------------------------------- */

static cyt_code check_params(const cyt_render_params *params, cyt_error *err)
{
    if (params->width < CYT_RENDER_LEAST || params->width > CYT_RENDER_MOST)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL, "--width must be %d to %d, not %zu",
                        CYT_RENDER_LEAST, CYT_RENDER_MOST, params->width);
    if (params->has_range &&
        !(params->range[0] < params->range[1] && isfinite(params->range[0]) &&
          isfinite(params->range[1])))
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "--range must go up, from LO to HI, not %g to %g",
                        params->range[0], params->range[1]);
    return CYT_OK;
}

/* --- reading ---------------------------------------------------------------------- */

/* A mask where the file has it, unless it is the very field that is drawn. */
static cyt_code read_mask(picture *p, const char *path, cyt_render_map *mask,
                          cyt_error *err)
{
    if (strcmp(p->params->field, path) == 0 || !cyt_raster_file_has(p->file, path))
        return CYT_OK;
    cyt_code code = cyt_render_map_read(p->file, path, p->params->width, mask, err);
    if (code == CYT_OK &&
        (!mask->label || mask->reduction.n_rows != p->map.reduction.n_rows ||
         mask->reduction.n_cols != p->map.reduction.n_cols))
        code = CYT_FAIL(err, CYT_ERR_DATA, p->params->slide,
                        "/%s is no raster of labels of the size of %s; run the slide "
                        "again",
                        path, p->params->field);
    return code;
}

/* A type to draw, which the slide must have; once is enough. */
static cyt_code add_type(picture *p, const char *name, size_t n, cyt_error *err)
{
    if (n == 0)
        return CYT_OK;
    if (cyt_names_add(&p->types, name, n, err) != CYT_OK)
        return err->code;
    const char *type = p->types.name[p->types.n - 1];
    if (cyt_names_find(&p->cells.types, type) == CYT_NO_NAME)
        return cyt_render_unknown(err, CYT_ERR_USAGE, p->params->slide,
                                  "--cells: there is no cell type", type, "types",
                                  &p->cells.types);
    if (cyt_names_find(&p->types, type) < p->types.n - 1)
        free(p->types.name[--p->types.n]);
    return CYT_OK;
}

/* All of the slide, or those with a colour. */
static cyt_code add_all_types(picture *p, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_names *from = p->params->types ? p->params->types : &p->cells.types;
    for (size_t t = 0; t < from->n && code == CYT_OK; t++)
        code = cyt_names_add(&p->types, from->name[t], strlen(from->name[t]), err);
    return code;
}

static cyt_code read_types(picture *p, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *path = cyt_render_path(p->params->out, p->params->slide, ".h5ad", err);
    if (!path)
        return err->code;
    CYT_TRY(cyt_placed_cells_open(path, p->params->slide, &p->cells, err));
    if (!p->params->cells)
        CYT_TRY(add_all_types(p, err));
    for (const char *at = p->params->cells; at && *at; at += strspn(at, ",")) {
        const size_t n = strcspn(at, ",");
        CYT_TRY(add_type(p, at, n, err));
        at += n;
    }
done:
    free(path);
    return code;
}

/* Gradients of the signal that the field belongs to, on a lattice of arrows. */
static cyt_code read_gradients(picture *p, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const char *field = p->params->field, *slash = strrchr(field, '/');
    const int group = slash ? (int)(slash - field) : 0;
    cyt_strbuf x = {0}, y = {0};
    cyt_strbuf_add(&x, err, "%.*s/grad_x", group, field);
    cyt_strbuf_add(&y, err, "%.*s/grad_y", group, field);
    CYT_TRY(err->code);
    if (!cyt_raster_file_has(p->file, x.text) || !cyt_raster_file_has(p->file, y.text))
        CYT_TRY(
            CYT_FAIL(err, CYT_ERR_USAGE, p->params->slide,
                     "--arrows: %s has no grad_x and grad_y beside it; draw a field "
                     "of a signal",
                     field));
    const cyt_reduction *r = &p->map.reduction;
    const long longer = (long)(r->out_rows > r->out_cols ? r->out_rows : r->out_cols) *
                        cyt_render_zoom(r, p->params->width);
    const long n_arrows = longer / cyt_render_pitch(cyt_render_text(longer));
    const size_t most = n_arrows > 0 ? (size_t)n_arrows : 1;
    CYT_TRY(cyt_render_map_read(p->file, x.text, most, &p->grad_x, err));
    CYT_TRY(cyt_render_map_read(p->file, y.text, most, &p->grad_y, err));
    if (!p->grad_x.value || !p->grad_y.value ||
        cyt_render_map_pixels(&p->grad_x) != cyt_render_map_pixels(&p->grad_y))
        CYT_TRY(CYT_FAIL(err, CYT_ERR_DATA, p->params->slide,
                         "%s and %s are no gradient: not floats of one size", x.text,
                         y.text));
done:
    cyt_strbuf_free(&x);
    cyt_strbuf_free(&y);
    return code;
}

static cyt_code read_all(picture *p, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_render_params *params = p->params;
    CYT_TRY(cyt_render_open(params->out, params->slide, &p->file, err));
    p->all_cells = strcmp(params->field, cyt_render_cells_field) == 0 &&
                   !cyt_raster_file_has(p->file, params->field);
    if (!p->all_cells)
        CYT_TRY(cyt_render_find(p->file, params->slide, params->field, err));
    CYT_TRY(cyt_raster_file_grid(p->file, &p->spacing_um, p->origin_um, err));
    CYT_TRY(p->all_cells ? cyt_render_ground_read(p->file, params->slide, params->width,
                                                  &p->map, err)
                         : cyt_render_map_read(p->file, params->field, params->width,
                                               &p->map, err));
    CYT_TRY(cyt_render_scale_choose(params, &p->map, &p->scale, err));
    if (!p->all_cells)
        CYT_TRY(read_mask(p, tissue_path, &p->tissue, err));
    CYT_TRY(read_mask(p, compartment_path, &p->compartment, err));
    if (params->cells || p->all_cells)
        CYT_TRY(read_types(p, err));
    if (params->arrows)
        CYT_TRY(read_gradients(p, err));
done:
    return code;
}

/* --- legend ----------------------------------------------------------------------- */

/* Names of labels, and of types, in the legend. The others are only counted, since each
 * makes the sheet higher. */
enum { MOST_NAMES = 24 };

static cyt_code add_more(picture *p, size_t n, cyt_error *err)
{
    char text[64];
    if (n <= MOST_NAMES)
        return CYT_OK;
    snprintf(text, sizeof text, "and %zu more", n - MOST_NAMES);
    return cyt_legend_add(&p->legend, CYT_LEGEND_TEXT, white, white, text, err);
}

static cyt_code add_labels(picture *p, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char text[64];
    int seen[CYT_REDUCE_LABELS] = {0};
    size_t n = 0;
    for (size_t i = 0; i < cyt_render_map_pixels(&p->map); i++)
        seen[p->map.label[i]] = 1;
    for (size_t k = 1; k < CYT_REDUCE_LABELS; k++) {
        if (!seen[k] || n++ >= MOST_NAMES)
            continue;
        snprintf(text, sizeof text, "label %zu", k);
        CYT_TRY(cyt_legend_add(
            &p->legend, CYT_LEGEND_SWATCH, cyt_palette_label(k - 1), white,
            k <= p->map.labels.n ? p->map.labels.name[k - 1] : text, err));
    }
    CYT_TRY(add_more(p, n, err));
    if (seen[0])
        CYT_TRY(cyt_legend_add(&p->legend, CYT_LEGEND_SWATCH, cyt_render_gap, white,
                               "none", err));
done:
    return code;
}

static cyt_rgb border_colour(const picture *p)
{
    return p->scale.is_diverging || p->map.label ? on_diverging : on_sequential;
}

static int has_others(const picture *p)
{
    for (size_t t = 0; t < p->cells.types.n; t++)
        if (cyt_names_find(&p->types, p->cells.types.name[t]) == CYT_NO_NAME)
            return 1;
    return 0;
}

/* Those of the types to draw that the slide has. */
static cyt_code add_dots(picture *p, cyt_error *err)
{
    cyt_code code = CYT_OK;
    size_t n = 0;
    for (size_t t = 0; t < p->types.n; t++) {
        const char *name = p->types.name[t];
        if (cyt_names_find(&p->cells.types, name) == CYT_NO_NAME || n++ >= MOST_NAMES)
            continue;
        CYT_TRY(cyt_legend_add(&p->legend, CYT_LEGEND_DOT, cyt_palette_label(t), white,
                               name, err));
    }
    CYT_TRY(add_more(p, n, err));
done:
    return code;
}

static cyt_code make_legend(picture *p, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_rgb border = border_colour(p);
    if (p->map.label && !p->all_cells)
        CYT_TRY(add_labels(p, err));
    if (p->scale.has_gaps)
        CYT_TRY(cyt_legend_add(&p->legend, CYT_LEGEND_SWATCH, cyt_render_gap, white,
                               "no value", err));
    if (p->tissue.label)
        CYT_TRY(cyt_legend_add(&p->legend, CYT_LEGEND_LINE, white, black, "tissue edge",
                               err));
    if (p->compartment.label)
        CYT_TRY(cyt_legend_add(&p->legend, CYT_LEGEND_LINE, border, border,
                               "compartments", err));
    CYT_TRY(add_dots(p, err));
    if (p->all_cells && has_others(p))
        CYT_TRY(cyt_legend_add(&p->legend, CYT_LEGEND_DOT, cyt_render_other, white,
                               "other types", err));
    if (p->params->arrows)
        CYT_TRY(cyt_legend_add(&p->legend, CYT_LEGEND_ARROW, white, black,
                               "up the gradient", err));
done:
    return code;
}

/* --- drawing ---------------------------------------------------------------------- */

static cyt_code draw(picture *p, int bare, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_rgb border = border_colour(p);
    p->sheet = (cyt_render_sheet){.slide = p->params->slide,
                                  .field = p->params->field,
                                  .map = &p->map,
                                  .scale = &p->scale,
                                  .legend = &p->legend,
                                  .um_per_pixel = p->spacing_um,
                                  .width = p->params->width,
                                  .origin_um = {p->origin_um[0], p->origin_um[1]}};
    CYT_TRY(bare ? cyt_render_sheet_bare(&p->sheet, err)
                 : cyt_render_sheet_begin(&p->sheet, err));
    const cyt_render_frame *frame = &p->sheet.frame;
    cyt_render_paint(frame, &p->map, &p->scale);
    if (p->tissue.label)
        cyt_render_outline(frame, &p->tissue, 0, black, white);
    if (p->compartment.label)
        cyt_render_outline(frame, &p->compartment,
                           cyt_raster_file_has(p->file, tissue_path), border, border);
    if (p->types.n > 0 || p->all_cells)
        CYT_TRY(cyt_render_cells(frame, &p->cells, &p->types, p->all_cells, err));
    if (p->params->arrows)
        CYT_TRY(cyt_render_arrows(frame, &p->map, &p->grad_x, &p->grad_y, err));
done:
    return code;
}

/* out/pictures/<slide>.<field>.png, the folder made when it is missing. */
static char *usual_name(const cyt_render_params *params, cyt_error *err)
{
    cyt_strbuf folder = {0}, path = {0};
    cyt_strbuf_add(&folder, err, "%s/pictures", params->out);
    if (folder.text && cyt_folder_make(folder.text, err) == CYT_OK) {
        cyt_strbuf_add(&path, err, "%s/%s.", folder.text, params->slide);
        for (const char *c = params->field; *c; c++)
            cyt_strbuf_add(&path, err, "%c", *c == '/' ? '_' : *c);
        cyt_strbuf_add(&path, err, ".png");
    }
    cyt_strbuf_free(&folder);
    return cyt_strbuf_take(&path, err);
}

cyt_code cyt_render(const cyt_render_params *params, char **written, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_render_params asked = *params;
    asked.field += strspn(asked.field, "/");
    picture p = {.params = &asked};
    char *path = NULL;
    *written = NULL;
    CYT_TRY(check_params(params, err));
    CYT_TRY(read_all(&p, err));
    CYT_TRY(make_legend(&p, err));
    CYT_TRY(draw(&p, 0, err));
    path = params->png ? cyt_strdup(params->png, err) : usual_name(&asked, err);
    CYT_TRY(err->code);
    CYT_TRY(cyt_png_write(path, (size_t)p.sheet.canvas.width,
                          (size_t)p.sheet.canvas.height, p.sheet.canvas.rgb, err));
    *written = path;
    path = NULL;
done:
    free(path);
    free_picture(&p);
    return code;
}

cyt_code cyt_render_small(const cyt_render_params *params, cyt_small_map *map,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_render_params asked = *params;
    asked.cells = NULL;
    asked.arrows = 0;
    picture p = {.params = &asked};
    *map = (cyt_small_map){0};
    CYT_TRY(check_params(params, err));
    CYT_TRY(read_all(&p, err));
    CYT_TRY(draw(&p, 1, err));
    map->width = (size_t)p.sheet.canvas.width;
    map->height = (size_t)p.sheet.canvas.height;
    map->um_per_pixel = p.sheet.frame.um_per_pixel;
    map->has_scale = !p.map.label && p.scale.has_values;
    map->low = p.scale.low;
    map->high = p.scale.high;
    map->labels = p.map.labels;
    p.map.labels = (cyt_names){0};
    cyt_render_units(p.map.units, map->units, sizeof map->units);
    CYT_TRY(cyt_png_encode(map->width, map->height, p.sheet.canvas.rgb, &map->png,
                           &map->n, err));
done:
    free_picture(&p);
    return code;
}

void cyt_small_map_free(cyt_small_map *map)
{
    free(map->png);
    cyt_names_free(&map->labels);
    *map = (cyt_small_map){0};
}
