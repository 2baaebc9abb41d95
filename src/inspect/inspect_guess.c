// SPDX-License-Identifier: BSD-3-Clause
/* What the names of columns say. Only a format's own names are known; of others those
 * in wide use are taken as likely, which the text then says. Names are compared without
 * case, spaces and punctuation. */
#include "inspect/inspect_slide.h"
#include "read/column_spec.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

const char cyt_inspect_fill[] = "?";

/* In order of trust. */
static const char *const likely_types[] = {"celltype",       "celltypes",
                                           "phenotype",      "celllabel",
                                           "cellclass",      "celltypelabel",
                                           "predictedtype",  "classification",
                                           "annotation",     "clustername",
                                           "majorcelltype",  "celllineage",
                                           "cluster",        "clusters",
                                           "leiden",         "louvain",
                                           "seuratclusters", "graphclust",
                                           "clusterid",      "class",
                                           "type",           NULL};

static const char *const likely_ids[] = {"cellid", "id",   "objectid", "objectnumber",
                                         "object", "cell", "barcode",  "label",
                                         "name",   NULL};

static const char *const likely_slides[] = {
    "sample",        "sampleid", "samplename", "slide",       "slideid",   "slidename",
    "image",         "imageid",  "imagename",  "imagenumber", "libraryid", "library",
    "roi",           "roiid",    "core",       "coreid",      "section",   "sectionid",
    "acquisitionid", "region",   "regionid",   NULL};

static const char *const likely_positions[][2] = {
    {"x", "y"},
    {"xum", "yum"},
    {"xcentroid", "ycentroid"},
    {"centroidx", "centroidy"},
    {"centerx", "centery"},
    {"centerxglobalpx", "centeryglobalpx"},
    {"xglobalpx", "yglobalpx"},
    {"xcoord", "ycoord"},
    {"coordx", "coordy"},
    {"xcoordinate", "ycoordinate"},
    {"xposition", "yposition"},
    {"posx", "posy"},
    {"cellx", "celly"},
    {"locationcenterx", "locationcentery"},
    {"centroid1", "centroid0"},
    {"spatial1", "spatial2"},
};
enum { N_POSITIONS = sizeof likely_positions / sizeof *likely_positions };

/* Equal but for case, spaces and punctuation; `plain` has none of these. */
static int is_like(const char *name, const char *plain)
{
    for (; *name; name++) {
        if (!isalnum((unsigned char)*name) && (unsigned char)*name < 128)
            continue;
        if (tolower((unsigned char)*name) != *plain)
            return 0;
        plain++;
    }
    return !*plain;
}

static const char *column_like(const cyt_names *columns, const char *plain)
{
    for (size_t i = 0; i < columns->n; i++)
        if (is_like(columns->name[i], plain))
            return columns->name[i];
    return NULL;
}

/* The first of the likely ones that is among the columns with few labels. */
static const char *few_like(const cyt_outline *outline, const char *const *likely)
{
    for (; *likely; likely++)
        for (size_t i = 0; i < outline->n_few; i++)
            if (is_like(outline->few[i].column, *likely))
                return outline->few[i].column;
    return NULL;
}

int cyt_inspect_is_candidate(const cyt_few *few)
{
    enum { MOST_TYPES = 60 };
    int named = 0;
    for (size_t k = 0; likely_types[k]; k++)
        named |= is_like(few->column, likely_types[k]);
    return few->labels.n <= MOST_TYPES && (named || !few->numbers);
}

static size_t n_candidates(const cyt_inspect_slide *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->outline.n_few; i++)
        n += (size_t)cyt_inspect_is_candidate(&s->outline.few[i]);
    return n;
}

int cyt_inspect_has(const cyt_inspect_slide *s, const char *spec)
{
    return cyt_recipe_has(&s->outline.columns, spec);
}

/* --- positions -------------------------------------------------------------------- */

static int is_anndata(const cyt_inspect_slide *s)
{
    return strcmp(s->reader->name, "h5ad") == 0;
}

static int is_outlines(const cyt_inspect_slide *s)
{
    return strcmp(s->reader->name, "polygons") == 0;
}

/* Does the reader know where positions are, without being told? */
static int knows_positions(const cyt_inspect_slide *s)
{
    const cyt_source *source = &s->parts.source[0];
    const cyt_names *obsm = &s->outline.obsm;
    if (strcmp(s->reader->name, "loom") == 0)
        return cyt_inspect_has(s, "X") && cyt_inspect_has(s, "Y");
    if (is_outlines(s))
        return 1;
    if (!is_anndata(s))
        return cyt_inspect_has(s, source->x ? source->x : "x") &&
               cyt_inspect_has(s, source->y ? source->y : "y");
    const int plain = cyt_names_find(obsm, "spatial") != CYT_NO_NAME,
              fov = cyt_names_find(obsm, "spatial_fov") != CYT_NO_NAME;
    return plain != fov || (!plain && cyt_names_find(obsm, "X_spatial") != CYT_NO_NAME);
}

/* AnnData with two sets of positions: the user chooses. */
static int must_choose(const cyt_inspect_slide *s)
{
    return is_anndata(s) &&
           cyt_names_find(&s->outline.obsm, "spatial") != CYT_NO_NAME &&
           cyt_names_find(&s->outline.obsm, "spatial_fov") != CYT_NO_NAME;
}

static void guess_positions(cyt_inspect_slide *s)
{
    cyt_source *source = &s->parts.source[0];
    const cyt_names *columns = &s->outline.columns;
    s->has_positions = knows_positions(s);
    if (s->has_positions)
        return;
    s->row.x = s->row.y = cyt_inspect_fill;
    for (size_t k = 0; k < N_POSITIONS && !must_choose(s); k++) {
        const char *x = column_like(columns, likely_positions[k][0]),
                   *y = column_like(columns, likely_positions[k][1]);
        if (!x || !y)
            continue;
        s->row.x = source->x = x;
        s->row.y = source->y = y;
        s->has_positions = 1;
        return;
    }
}

/* --- ids -------------------------------------------------------------------------- */

/* A table that no recipe knows; a column of few labels is no id. */
static void guess_id(cyt_inspect_slide *s)
{
    const int plain = strcmp(s->reader->name, "csv") == 0 && !s->recipe;
    for (size_t k = 0; plain && !cyt_inspect_has(s, "cell_id") && likely_ids[k]; k++) {
        const char *id = column_like(&s->outline.columns, likely_ids[k]);
        if (!id || cyt_outline_few(&s->outline, id))
            continue;
        s->row.id = s->parts.source[0].id = id;
        return;
    }
}

/* --- types ------------------------------------------------------------------------ */

/* The alternative of "a|b" that is there. */
static const char *column_of(const cyt_inspect_slide *s, const char *spec)
{
    const cyt_names *columns = &s->outline.columns;
    cyt_place place;
    return cyt_column_find(columns, spec, CYT_JOINT_NONE, &place)
               ? columns->name[place.first]
               : NULL;
}

static int has_types_beside(const cyt_inspect_slide *s)
{
    for (size_t k = 1; k < s->parts.n; k++)
        if (s->parts.source[k].wanted == CYT_WANT_TYPES)
            return 1;
    return 0;
}

static void guess_types(cyt_inspect_slide *s)
{
    cyt_source *source = &s->parts.source[0];
    const char *own = is_outlines(s) ? "classification" : "cell_type";
    const char *usual = column_of(s, source->type ? source->type : own);
    s->has_types = has_types_beside(s) || usual;
    s->type = has_types_beside(s) ? NULL : usual;
    if (s->has_types)
        return;
    s->type = few_like(&s->outline, likely_types);
    if (s->type) {
        s->has_types = s->type_is_likely = 1;
        s->row.type = source->type = s->type;
        return;
    }
    s->row.type = cyt_inspect_fill;
    s->row.type_file = n_candidates(s) == 0 && s->groupings.n == 0;
}

static void settle_wanted(cyt_inspect_slide *s)
{
    cyt_source *source = &s->parts.source[0];
    const int types = s->has_types && !has_types_beside(s);
    if (s->has_positions)
        source->wanted = types ? CYT_WANT_CELLS : CYT_WANT_POSITIONS;
    else
        source->wanted = types ? CYT_WANT_TYPES : CYT_WANT_VALUES;
}

/* --- traps ------------------------------------------------------------------------ */

static cyt_code warn(cyt_inspect_slide *s, const char *line, cyt_error *err)
{
    return cyt_names_add(&s->warnings, line, strlen(line), err);
}

/* Does the name of a column have this text in it? */
static int has_text(const cyt_inspect_slide *s, const char *text)
{
    for (size_t i = 0; i < s->outline.columns.n; i++)
        if (strstr(s->outline.columns.name[i], text))
            return 1;
    return 0;
}

static cyt_code warn_of_traps(cyt_inspect_slide *s, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const char *format = s->parts.format ? s->parts.format : s->reader->name;
    if (strcmp(format, "steinbock") == 0)
        CYT_TRY(warn(s, "centroid-0 is y and centroid-1 is x; they are read that way",
                     err));
    if (strcmp(format, "qupath") == 0)
        CYT_TRY(warn(s,
                     cyt_inspect_has(s, "Centroid X px")
                         ? "positions are in pixels of the full image"
                         : "positions are in um, as their header says: um_per_px is 1",
                     err));
    if (strcmp(format, "cosmx") == 0 && s->row.um)
        CYT_TRY(warn(s,
                     "the pixel differs between CosMx instruments (0.12 to 0.18 um): "
                     "ask for the one of this run",
                     err));
    if (strcmp(format, "inform") == 0)
        CYT_TRY(warn(s,
                     has_text(s, "(pixels)")
                         ? "other columns are in pixels, so positions are too"
                         : "positions are in um or in pixels; where other columns say "
                           "\"(microns)\" they are likely um already",
                     err));
    if (is_anndata(s) && few_like(&s->outline, (const char *const[]){"fov", NULL}) &&
        !must_choose(s) && s->has_positions)
        CYT_TRY(warn(s,
                     "cells lie in several fields of view (column fov): make sure that "
                     "positions are those on the slide, not within each field",
                     err));
done:
    return code;
}

/* --- all -------------------------------------------------------------------------- */

cyt_code cyt_inspect_guess(cyt_inspect_slide *s, cyt_error *err)
{
    s->row.um = isnan(s->parts.um_per_unit);
    if (s->reader->matrix_only) {
        s->parts.source[0].wanted = CYT_WANT_VALUES;
        s->row.um = s->row.expression = 1;
        return CYT_OK;
    }
    guess_positions(s);
    guess_id(s);
    guess_types(s);
    settle_wanted(s);
    s->slides = few_like(&s->outline, likely_slides);
    return warn_of_traps(s, err);
}
