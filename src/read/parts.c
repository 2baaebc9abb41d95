// SPDX-License-Identifier: BSD-3-Clause
#include "read/parts.h"

#include "read/column_spec.h"
#include "read/csv/csv_header.h"
#include "read/folder_files.h"
#include "read/readers.h"
#include "read/recipe.h"
#include "read/text/json_facts.h"

#include "cytotaxis/folder.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strbuf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_auto(const cyt_sample *s)
{
    return !s->format || strcmp(s->format, "auto") == 0;
}

/* The table's own columns x and y come before any recipe. */
static const cyt_recipe *recipe_of_table(const cyt_sample *s)
{
    cyt_names columns = {0};
    const cyt_recipe *recipe = NULL;
    if (cyt_csv_accepts(s->data.path) && !s->x && !s->y &&
        cyt_csv_header(s->data.path, &columns) &&
        !(cyt_recipe_has(&columns, "x") && cyt_recipe_has(&columns, "y")))
        recipe = cyt_recipe_of_header(&columns);
    cyt_names_free(&columns);
    return recipe;
}

static const cyt_recipe *recipe_of(const cyt_sample *s)
{
    if (!is_auto(s))
        return cyt_recipe_named(s->format);
    return cyt_folder_is(s->data.path) ? cyt_recipe_of_folder(s->data.path)
                                       : recipe_of_table(s);
}

/* --- paths ------------------------------------------------------------------------ */

/* "a/b" as a text the parts own; NULL without memory. */
static const char *join(cyt_parts *p, const char *a, const char *b, cyt_error *err)
{
    cyt_strbuf text = {0};
    cyt_strbuf_add(&text, err, "%s/%s", a, b);
    char *joined = cyt_strbuf_take(&text, err);
    if (joined)
        p->text[p->n_texts++] = joined;
    return joined;
}

/* The source's path and the one shown become those of a file below them. */
static cyt_code go_to(cyt_parts *p, const char *folder, const char *shown,
                      const char *file, cyt_source *source, cyt_error *err)
{
    source->path = join(p, folder, file, err);
    source->shown_path = join(p, shown, file, err);
    return err->code;
}

/* A pattern with its "%s" filled in; 0 when it is too long. */
static int fill_in(const char *pattern, const char *word, char *out, size_t room)
{
    const char *at = strstr(pattern, "%s");
    const int n =
        at ? snprintf(out, room, "%.*s%s%s", (int)(at - pattern), pattern, word, at + 2)
           : snprintf(out, room, "%s", pattern);
    return n > 0 && (size_t)n < room;
}

/* --- the parts -------------------------------------------------------------------- */

static cyt_source source_of(const cyt_sample *sample, const cyt_names *ligands,
                            const char *layer)
{
    return (cyt_source){.sample = sample->name,
                        .path = sample->data.path,
                        .shown_path = sample->data.shown,
                        .format = sample->format,
                        .x = sample->x,
                        .y = sample->y,
                        .id = sample->id,
                        .type = sample->type,
                        .field = "fov|FOV",
                        .decimal_comma = sample->decimal_comma,
                        .filter_column = sample->filter_column,
                        .filter_value = sample->filter_value,
                        .layer = layer,
                        .n_values = ligands->n,
                        .value_names = (const char *const *)ligands->name};
}

/* A further file: everything as for the cells, but for what it is read for. */
static cyt_source *add_part(cyt_parts *p, cyt_wanted wanted)
{
    cyt_source *part = &p->source[p->n++];
    *part = p->source[0];
    part->wanted = wanted;
    part->format = "auto";
    part->filter_column = part->filter_value = part->field = NULL;
    if (wanted == CYT_WANT_TYPES)
        part->n_values = 0;
    return part;
}

/* The folder given, or the one inside it that is meant. */
static cyt_code find_folder(const cyt_sample *s, const cyt_recipe *recipe, cyt_parts *p,
                            cyt_error *err)
{
    if (!cyt_folder_is(s->data.path))
        return CYT_OK;
    p->folder = s->data.path;
    p->shown_folder = s->data.shown;
    if (!recipe->within || cyt_folder_has(p->folder, recipe->cells))
        return CYT_OK;
    const char *inner = join(p, s->data.path, recipe->within, err);
    const char *shown = join(p, s->data.shown, recipe->within, err);
    if (err->code == CYT_OK && cyt_folder_is(inner)) {
        p->folder = inner;
        p->shown_folder = shown;
    }
    return err->code;
}

static cyt_code find_cells(const cyt_sample *s, const cyt_recipe *recipe, cyt_parts *p,
                           cyt_error *err)
{
    cyt_source *cells = &p->source[0];
    char file[1024];
    cells->format = recipe->reader ? recipe->reader : "csv";
    cells->id = cyt_given(s->id, recipe->id);
    cells->x = cyt_given(s->x, recipe->x);
    cells->y = cyt_given(s->y, recipe->y);
    cells->type = cyt_given(s->type, recipe->type);
    cells->id_is_usual = !s->id;
    cells->decimal_comma |= recipe->decimal_comma;
    if (!recipe->cells || !p->folder)
        return CYT_OK;
    const size_t n = cyt_folder_find(p->folder, recipe->cells, file, sizeof file);
    if (n == 0)
        return CYT_FAIL(
            err, CYT_ERR_DATA, s->name,
            "%s has no %s (nor .gz or .zst): is it the folder of a %s slide?",
            p->shown_folder, recipe->cells, recipe->format);
    if (n > 1)
        return CYT_FAIL(err, CYT_ERR_DATA, s->name,
                        "%s has several files %s (%s and others), a slide each; give "
                        "one of them as data_path, and %s as format",
                        p->shown_folder, recipe->cells, file, recipe->format);
    return go_to(p, p->folder, p->shown_folder, file, cells, err);
}

/* What a file of the folder says of the unit; the samplesheet's comes first. */
static cyt_code find_unit(const cyt_sample *s, const cyt_recipe *recipe, cyt_parts *p,
                          cyt_error *err)
{
    char path[4096], shown[4096], word[64];
    cyt_fact kind;
    double um;
    cyt_code code = CYT_OK;
    if (!isnan(p->um_per_unit) || s->um_faulty)
        return CYT_OK;
    if (recipe->um_per_unit > 0)
        p->um_per_unit = recipe->um_per_unit;
    if (!recipe->unit_file || !p->folder ||
        !cyt_folder_has(p->folder, recipe->unit_file))
        return CYT_OK;
    snprintf(path, sizeof path, "%s/%s", p->folder, recipe->unit_file);
    snprintf(shown, sizeof shown, "%s/%s", p->shown_folder, recipe->unit_file);
    CYT_TRY(cyt_json_fact(path, shown, s->name, recipe->unit_key, &kind, word,
                          sizeof word, &um, err));
    if (kind != CYT_FACT_NUMBER || !(um > 0 && isfinite(um)))
        CYT_TRY(
            CYT_FAIL(err, CYT_ERR_DATA, s->name,
                     "%s: %s is %s, not a number greater than 0; give um_per_px, um "
                     "of a pixel of the full image",
                     shown, recipe->unit_key,
                     kind == CYT_FACT_NONE    ? "missing"
                     : kind == CYT_FACT_OTHER ? "no number"
                                              : word));
    p->um_per_unit = um;
done:
    return code;
}

/* The samplesheet may repeat the unit that a format defines, and say no other. */
static cyt_code check_unit(const cyt_sample *s, const cyt_recipe *recipe,
                           const cyt_parts *p, cyt_error *err)
{
    const double um = recipe->um_per_unit;
    if (!p->folder || um <= 0 || isnan(s->um_per_px) || s->um_per_px == um)
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_CONFIG, s->name,
                    "%s has its positions in um, so um_per_px is %g or left empty, not "
                    "%g; the size of a pixel is that of the images",
                    p->source[0].shown_path, um, s->um_per_px);
}

/* How many cells there should be, of a whole folder. */
static cyt_code find_count(const cyt_sample *s, const cyt_recipe *recipe, cyt_parts *p,
                           cyt_error *err)
{
    char word[64];
    cyt_fact kind;
    cyt_code code = CYT_OK;
    if (!recipe->count_file || !p->folder || s->filter_column ||
        !cyt_folder_has(p->folder, recipe->count_file))
        return CYT_OK;
    const char *path = join(p, p->folder, recipe->count_file, err);
    p->told_by = join(p, p->shown_folder, recipe->count_file, err);
    CYT_TRY(err->code);
    CYT_TRY(cyt_json_fact(path, p->told_by, s->name, recipe->count_key, &kind, word,
                          sizeof word, &p->n_told, err));
done:
    return code;
}

/* Types of a folder: the samplesheet's type says which, else the usual one. */
static cyt_code find_types(const cyt_sample *s, const cyt_recipe *recipe, cyt_parts *p,
                           cyt_error *err)
{
    char pattern[1024], file[1024];
    if (!recipe->types || !p->folder ||
        !fill_in(recipe->types, cyt_given(s->type, recipe->types_which), pattern,
                 sizeof pattern) ||
        !cyt_folder_find(p->folder, pattern, file, sizeof file))
        return CYT_OK;
    cyt_source *types = add_part(p, CYT_WANT_TYPES);
    types->id = recipe->types_id;
    types->type = recipe->types_column;
    p->source[0].wanted = CYT_WANT_POSITIONS;
    return go_to(p, p->folder, p->shown_folder, file, types, err);
}

/* --- files beside the cells ------------------------------------------------------- */

/* The folder a path lies in, "." where it names none. */
static void folder_of(const char *path, char *folder, size_t room)
{
    const char *slash = strrchr(path, '/');
    snprintf(folder, room, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
}

/* A file that is looked for, and whether it is there. */
typedef struct beside {
    char folder[4096], shown[4096], file[1024];
    int found;
} beside;

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The pattern with what its "*" stands for in the name of the cells' file, so that of
 * several slides in one folder each has its own: "S1_*" for "*". 0 when the names are
 * not made that way. */
static int own_pattern(const char *cells, const char *cells_pattern,
                       const char *pattern, char *own, size_t room)
{
    const size_t n = cyt_folder_stem(cells);
    const size_t rest = cells_pattern ? strlen(cells_pattern + 1) : 0;
    if (!cells_pattern || *cells_pattern != '*' || *pattern != '*' || n < rest ||
        memcmp(cells + n - rest, cells_pattern + 1, rest) != 0 ||
        !cyt_folder_literal(cells, n - rest, own, room))
        return 0;
    const size_t used = strlen(own);
    const int added = snprintf(own + used, room - used, "%s", pattern + 1);
    return added > 0 && (size_t)added < room - used;
}

/* The file of a pattern beside the table of cells, or in its folder. */
static cyt_code find_beside(const cyt_sample *s, const cyt_recipe *recipe,
                            const cyt_parts *p, const char *pattern, beside *b,
                            cyt_error *err)
{
    char own[1024];
    const char *cells = name_of(p->source[0].path);
    if (p->folder) {
        snprintf(b->folder, sizeof b->folder, "%s", p->folder);
        snprintf(b->shown, sizeof b->shown, "%s", p->shown_folder);
    } else {
        folder_of(s->data.path, b->folder, sizeof b->folder);
        folder_of(s->data.shown, b->shown, sizeof b->shown);
    }
    b->found = own_pattern(cells, recipe->cells, pattern, own, sizeof own) &&
               cyt_folder_find(b->folder, own, b->file, sizeof b->file) > 0;
    if (b->found)
        return CYT_OK;
    const size_t n = cyt_folder_find(b->folder, pattern, b->file, sizeof b->file);
    b->found = n > 0;
    if (n > 1)
        return CYT_FAIL(err, CYT_ERR_DATA, s->name,
                        "%s has several files %s (%s and others) beside it, and none "
                        "begins like it; rename the one that belongs to it%s",
                        p->source[0].shown_path, pattern, b->file,
                        pattern == recipe->values ? ", or name it in column expression"
                                                  : "");
    return CYT_OK;
}

/* --- which positions -------------------------------------------------------------- */

static int has_both(const cyt_names *columns, const char *x, const char *y)
{
    return x && y && cyt_recipe_has(columns, x) && cyt_recipe_has(columns, y);
}

/* Positions in mm: their unit is known, whatever the samplesheet says of pixels. */
static cyt_code use_mm(const cyt_sample *s, const cyt_recipe *recipe, cyt_parts *p,
                       cyt_error *err)
{
    const double um_per_mm = 1000;
    p->source[0].x = recipe->x_mm;
    p->source[0].y = recipe->y_mm;
    p->um_per_unit = um_per_mm;
    return isnan(s->um_per_px) || s->um_per_px == um_per_mm
               ? CYT_OK
               : CYT_FAIL(err, CYT_ERR_CONFIG, s->name,
                          "%s has its positions in mm, so um_per_px is 1000 or left "
                          "empty, not %g",
                          p->source[0].shown_path, s->um_per_px);
}

/* Positions within fields of view: those of the fields come from a file of their own.
 */
static cyt_code use_fields(const cyt_sample *s, const cyt_recipe *recipe, cyt_parts *p,
                           cyt_error *err)
{
    beside b;
    cyt_names columns = {0};
    cyt_code code = CYT_OK;
    cyt_source *cells = &p->source[0];
    CYT_TRY(find_beside(s, recipe, p, recipe->fields, &b, err));
    if (!b.found)
        return CYT_FAIL(err, CYT_ERR_DATA, s->name,
                        "%s has positions within fields of view only (%s), and no %s "
                        "beside it says where these lie",
                        cells->shown_path, recipe->x_local, recipe->fields);
    cells->x = recipe->x_local;
    cells->y = recipe->y_local;
    p->fields = (cyt_source){.sample = s->name,
                             .format = "csv",
                             .id = recipe->fields_id,
                             .x = recipe->fields_x,
                             .y = recipe->fields_y,
                             .wanted = CYT_WANT_POSITIONS};
    p->field_units = 1;
    CYT_TRY(go_to(p, b.folder, b.shown, b.file, &p->fields, err));
    if (cyt_csv_header(p->fields.path, &columns) &&
        !has_both(&columns, p->fields.x, p->fields.y) &&
        has_both(&columns, recipe->fields_x_mm, recipe->fields_y_mm)) {
        p->fields.x = recipe->fields_x_mm;
        p->fields.y = recipe->fields_y_mm;
        p->field_units = 1000 / s->um_per_px;
    }
done:
    cyt_names_free(&columns);
    return code;
}

/* Of a recipe with several sets of positions, the one that the table has: those that
 * the samplesheet names, else of a unit it tells, else of a known one, else local. */
static cyt_code find_positions(const cyt_sample *s, const cyt_recipe *recipe,
                               cyt_parts *p, cyt_error *err)
{
    cyt_names columns = {0};
    cyt_code code = CYT_OK;
    if (!recipe->x_mm || s->x || s->y || !cyt_csv_header(p->source[0].path, &columns))
        goto done;
    const int plain = has_both(&columns, recipe->x, recipe->y);
    const int mm = has_both(&columns, recipe->x_mm, recipe->y_mm);
    if (mm && (!plain || isnan(s->um_per_px)) && !s->um_faulty)
        CYT_TRY(use_mm(s, recipe, p, err));
    else if (!plain && has_both(&columns, recipe->x_local, recipe->y_local))
        CYT_TRY(use_fields(s, recipe, p, err));
done:
    cyt_names_free(&columns);
    return code;
}

static cyt_code find_values(const cyt_sample *s, const cyt_recipe *recipe, cyt_parts *p,
                            cyt_error *err)
{
    char name[1024], pattern[1024];
    const char *cells = name_of(s->data.path);
    beside b;
    cyt_code code = CYT_OK;
    if (!recipe->values ||
        !cyt_folder_literal(cells, strlen(cells), name, sizeof name) ||
        !fill_in(recipe->values, name, pattern, sizeof pattern))
        return CYT_OK;
    CYT_TRY(find_beside(s, recipe, p,
                        strstr(recipe->values, "%s") ? pattern : recipe->values, &b,
                        err));
    if (!b.found)
        return CYT_OK;
    cyt_source *values = add_part(p, CYT_WANT_VALUES);
    values->id = cyt_given(s->id, recipe->values_id);
    code = go_to(p, b.folder, b.shown, b.file, values, err);
done:
    return code;
}

/* Files that the samplesheet names beside the cells. */
static void add_named_files(const cyt_sample *s, const cyt_names *ligands, cyt_parts *p)
{
    if (s->type_file.path) {
        cyt_source *types = add_part(p, CYT_WANT_TYPES);
        types->path = s->type_file.path;
        types->shown_path = s->type_file.shown;
        types->type = s->type;
        p->source[0].wanted = CYT_WANT_POSITIONS;
    }
    if (s->expression.path && ligands->n > 0) {
        cyt_source *values = add_part(p, CYT_WANT_VALUES);
        values->path = s->expression.path;
        values->shown_path = s->expression.shown;
    }
}

cyt_code cyt_parts_of(const cyt_sample *sample, const cyt_names *ligands,
                      const char *layer, cyt_parts *parts, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_recipe *recipe = recipe_of(sample);
    *parts = (cyt_parts){.n = 1, .um_per_unit = sample->um_per_px, .n_told = NAN};
    parts->source[0] = source_of(sample, ligands, layer);
    if (recipe) {
        parts->format = recipe->format;
        CYT_TRY(find_folder(sample, recipe, parts, err));
        CYT_TRY(find_cells(sample, recipe, parts, err));
        CYT_TRY(check_unit(sample, recipe, parts, err));
        CYT_TRY(find_unit(sample, recipe, parts, err));
        CYT_TRY(find_count(sample, recipe, parts, err));
        CYT_TRY(find_positions(sample, recipe, parts, err));
    }
    add_named_files(sample, ligands, parts);
    if (recipe && !sample->type_file.path)
        CYT_TRY(find_types(sample, recipe, parts, err));
    if (recipe && !sample->expression.path && ligands->n > 0)
        CYT_TRY(find_values(sample, recipe, parts, err));
done:
    return code;
}

cyt_source cyt_parts_labels(const cyt_parts *parts, const cyt_sample *sample)
{
    cyt_source labels = parts->source[0];
    labels.wanted = CYT_WANT_CELLS;
    labels.type = sample->compartment;
    labels.n_values = 0;
    return labels;
}

void cyt_parts_free(cyt_parts *parts)
{
    for (size_t i = 0; i < parts->n_texts; i++)
        free(parts->text[i]);
    *parts = (cyt_parts){0};
}
