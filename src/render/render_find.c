// SPDX-License-Identifier: BSD-3-Clause
#include "render/render_parts.h"

#include "cytotaxis/strbuf.h"
#include "cytotaxis/suggest.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char ending[] = ".fields.h5";

enum { MOST_TOLD = 12 }; /* names in one message */

char *cyt_render_path(const char *out, const char *slide, const char *tail,
                      cyt_error *err)
{
    cyt_strbuf path = {0};
    cyt_strbuf_add(&path, err, "%s/slides/%s%s", out, slide, tail);
    return cyt_strbuf_take(&path, err);
}

cyt_code cyt_render_unknown(cyt_error *err, cyt_code code, const char *slide,
                            const char *what, const char *word, const char *kind,
                            const cyt_names *known)
{
    cyt_strbuf list = {0};
    cyt_error why = {0};
    const char *near = cyt_nearest_name(word, known);
    for (size_t i = 0; i < known->n && i < MOST_TOLD; i++)
        cyt_strbuf_add(&list, &why, "%s%s", i ? ", " : "", known->name[i]);
    if (known->n > MOST_TOLD)
        cyt_strbuf_add(&list, &why, ", and %zu more", known->n - MOST_TOLD);
    CYT_FAIL(err, code, slide, "%s \"%s\"%s%s%s; %s: %s", what, word,
             near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "", kind,
             list.text ? list.text : "none");
    cyt_strbuf_free(&list);
    return err->code;
}

/* --- slides ----------------------------------------------------------------------- */

static cyt_code list_slides(const char *out, cyt_names *slides, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_strbuf folder = {0};
    cyt_strbuf_add(&folder, err, "%s/slides", out);
    DIR *dir = folder.text ? opendir(folder.text) : NULL;
    for (struct dirent *entry; dir && code == CYT_OK && (entry = readdir(dir));) {
        const size_t n = strlen(entry->d_name), tail = sizeof ending - 1;
        if (n > tail && strcmp(entry->d_name + n - tail, ending) == 0)
            code = cyt_names_add(slides, entry->d_name, n - tail, err);
    }
    if (dir)
        closedir(dir);
    cyt_strbuf_free(&folder);
    cyt_names_sort(slides);
    return err->code;
}

/* The slide has no rasters: is it missing as a whole? */
static cyt_code complain_of_slide(const char *out, const char *slide, cyt_error *err)
{
    struct stat info;
    cyt_names slides = {0};
    if (stat(out, &info) != 0)
        return CYT_FAIL(err, CYT_ERR_NO_INPUT, NULL,
                        "%s: %s; name the folder that "
                        "cytotaxis run --out wrote",
                        out, strerror(errno));
    char *cells = cyt_render_path(out, slide, ".h5ad", err);
    if (cells && !strchr(slide, '/') && stat(cells, &info) == 0)
        CYT_FAIL(err, CYT_ERR_NO_INPUT, slide,
                 "%s/slides has the slide but no rasters of it; run again with "
                 "output.fields: all",
                 out);
    free(cells);
    if (err->code == CYT_OK && list_slides(out, &slides, err) == CYT_OK) {
        cyt_strbuf what = {0};
        cyt_error why = {0};
        cyt_strbuf_add(&what, &why, "%s/slides has no slide", out);
        cyt_render_unknown(err, CYT_ERR_NO_INPUT, NULL,
                           what.text ? what.text : "there is no slide", slide, "slides",
                           &slides);
        cyt_strbuf_free(&what);
    }
    cyt_names_free(&slides);
    return err->code;
}

cyt_code cyt_render_open(const char *out, const char *slide, cyt_raster_file **file,
                         cyt_error *err)
{
    struct stat info;
    *file = NULL;
    char *path = cyt_render_path(out, slide, ending, err);
    if (!path)
        return err->code;
    const cyt_code code = strchr(slide, '/') || stat(path, &info) != 0
                              ? complain_of_slide(out, slide, err)
                              : cyt_raster_file_open(path, slide, file, err);
    free(path);
    return code;
}

/* --- rasters ---------------------------------------------------------------------- */

cyt_code cyt_render_find(const cyt_raster_file *file, const char *slide,
                         const char *field, cyt_error *err)
{
    cyt_names known = {0};
    if (cyt_raster_file_has(file, field))
        return CYT_OK;
    if (cyt_raster_file_list(file, &known, err) == CYT_OK)
        cyt_render_unknown(err, CYT_ERR_NO_INPUT, slide, "there is no field", field,
                           "fields (all: --list)", &known);
    cyt_names_free(&known);
    return err->code;
}

static cyt_code tell_raster(const cyt_raster_file *file, const char *path, size_t wide,
                            cyt_strbuf *text, cyt_error *err)
{
    cyt_raster raster;
    const cyt_code code = cyt_raster_open(file, path, &raster, err);
    if (code == CYT_OK)
        cyt_strbuf_add(text, err, "%-*s  %-6s  %s\n", (int)wide, path,
                       raster.is_label ? "label" : raster.units, raster.long_name);
    cyt_raster_close(&raster);
    return code;
}

static int has_cells(const char *out, const char *slide, cyt_error *err)
{
    struct stat info;
    char *path = cyt_render_path(out, slide, ".h5ad", err);
    const int there = path && stat(path, &info) == 0;
    free(path);
    return there;
}

cyt_code cyt_render_list(const char *out, const char *slide, char **text,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_raster_file *file = NULL;
    cyt_names paths = {0};
    cyt_strbuf buffer = {0};
    size_t wide = strlen(cyt_render_cells_field);
    *text = NULL;
    CYT_TRY(cyt_render_open(out, slide, &file, err));
    CYT_TRY(cyt_raster_file_list(file, &paths, err));
    for (size_t i = 0; i < paths.n; i++)
        wide = strlen(paths.name[i]) > wide ? strlen(paths.name[i]) : wide;
    if (has_cells(out, slide, err) &&
        !cyt_raster_file_has(file, cyt_render_cells_field))
        cyt_strbuf_add(&buffer, err, "%-*s  %-6s  %s\n", (int)wide,
                       cyt_render_cells_field, "dots", "all cells, a colour a type");
    for (size_t i = 0; i < paths.n; i++)
        CYT_TRY(tell_raster(file, paths.name[i], wide, &buffer, err));
    *text = cyt_strbuf_take(&buffer, err);
    code = err->code;
done:
    cyt_strbuf_free(&buffer);
    cyt_names_free(&paths);
    cyt_raster_file_close(&file);
    return code;
}
