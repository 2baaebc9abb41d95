// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/inspect.h"

#include "inspect/inspect_slide.h"
#include "read/column_spec.h"
#include "read/folder_files.h"
#include "read/rows/fields_of_view.h"
#include "read/rows/join.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/nearest.h"
#include "cytotaxis/select.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <mpi.h>
#include <sys/stat.h>
#include <unistd.h>

static void free_slide(cyt_inspect_slide *s)
{
    cyt_parts_free(&s->parts);
    cyt_outline_free(&s->outline);
    cyt_outline_free(&s->values);
    cyt_rows_free(&s->rows);
    cyt_names_free(&s->groupings);
    cyt_names_free(&s->warnings);
    free(s->id_of_slides);
    free(s->sample.data.path);
    free(s->sample.data.shown);
}

/* --- what it is ------------------------------------------------------------------- */

static cyt_code look_for_path(const char *path, cyt_error *err)
{
    if (access(path, R_OK) != 0)
        return CYT_FAIL(err, CYT_ERR_NO_INPUT, NULL, "%s: %s", path, strerror(errno));
    return CYT_OK;
}

static int ends_in(const char *path, const char *ending)
{
    const size_t n = strlen(path), m = strlen(ending);
    return n >= m && strcmp(path + n - m, ending) == 0;
}

static cyt_code of_no_format(const char *path, cyt_error *err)
{
    static const char *const endings[][2] = {
        {".geojson", "annotated regions go into the column regions of the samplesheet"},
        {".annotations", "annotated regions go into the column regions"},
        {".parquet", "Parquet is not read; take the table as CSV, or write an .h5ad"},
        {".zarr", "zarr is not read; write its table as .h5ad"},
        {".rds", "R objects are not read; write an .h5ad or a CSV"},
        {".RDS", "R objects are not read; write an .h5ad or a CSV"},
    };
    struct stat st;
    for (size_t k = 0; k < sizeof endings / sizeof *endings; k++)
        if (ends_in(path, endings[k][0]))
            return CYT_FAIL(err, CYT_ERR_DATA, NULL, "%s is no table of cells: %s",
                            path, endings[k][1]);
    return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                    "%s is of no known format: %s (see README, \"Your own slides\")",
                    path,
                    stat(path, &st) == 0 && S_ISDIR(st.st_mode)
                        ? "the folder has no cells.csv, cell_segmentations.geojson, "
                          "*metadata_file.csv, *cell_metadata.csv or matrix.mtx"
                        : "files are told by their ending: .csv .tsv .txt, also "
                          "with .gz or .zst; .h5ad .loom .h5");
}

/* "folder/" is "folder". */
static void drop_slashes(char *path)
{
    for (size_t n = strlen(path); n > 1 && path[n - 1] == '/'; n--)
        path[n - 1] = '\0';
}

/* As a run would, for a row that names nothing but the path; with the matrix too. */
static cyt_code find_parts(cyt_inspect_slide *s, cyt_error *err)
{
    static char any[] = "?", format[] = "auto", name[] = "";
    char *list[] = {any};
    const cyt_names ligands = {.n = 1, .name = list};
    cyt_code code = CYT_OK;
    s->sample = (cyt_sample){.name = name, .format = format, .um_per_px = NAN};
    s->sample.data.path = cyt_strdup(s->path, err);
    s->sample.data.shown = cyt_strdup(s->path, err);
    CYT_TRY(err->code);
    drop_slashes(s->sample.data.path);
    drop_slashes(s->sample.data.shown);
    CYT_TRY(cyt_parts_of(&s->sample, &ligands, NULL, &s->parts, err));
    for (size_t k = 0; k < s->parts.n; k++)
        s->parts.source[k].n_values = 0;
    s->recipe = s->parts.format ? cyt_recipe_named(s->parts.format) : NULL;
    s->reader = cyt_reader_for(&s->parts.source[0]);
    if (!s->reader)
        CYT_TRY(of_no_format(s->path, err));
    if (s->recipe && s->recipe->types && s->parts.folder)
        code = cyt_folder_words(s->parts.folder, s->recipe->types, &s->groupings, err);
done:
    return code;
}

/* Features of a matrix that is a table: the columns that are no part of the id. */
static uint64_t count_values(const cyt_names *columns, const char *id)
{
    uint64_t n = 0;
    for (size_t i = 0; i < columns->n; i++) {
        const char *name = columns->name[i];
        n += *name && !(id && cyt_column_is_named(id, name));
    }
    return n;
}

static cyt_code outline_parts(cyt_inspect_slide *s, cyt_error *err)
{
    cyt_code code;
    CYT_TRY(cyt_outline_read(s->reader, &s->parts.source[0], &s->outline, err));
    for (size_t k = 1; k < s->parts.n; k++) {
        const cyt_source *part = &s->parts.source[k];
        const cyt_reader *reader = cyt_reader_for(part);
        if (part->wanted != CYT_WANT_VALUES || !reader)
            continue;
        s->values_shown = part->shown_path;
        CYT_TRY(cyt_outline_read(reader, part, &s->values, err));
        if (s->values.n_features == CYT_OUTLINE_UNKNOWN)
            s->values.n_features = count_values(&s->values.columns, part->id);
    }
done:
    return code;
}

/* --- cells ------------------------------------------------------------------------ */

static cyt_code join_types(cyt_inspect_slide *s, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_rows extra = {0};
    cyt_joined joined;
    for (size_t k = 1; k < s->parts.n; k++) {
        const cyt_source *part = &s->parts.source[k];
        if (part->wanted != CYT_WANT_TYPES)
            continue;
        CYT_TRY(cyt_reader_for(part)->read(MPI_COMM_SELF, part, &extra, err));
        CYT_TRY(
            cyt_join(MPI_COMM_SELF, CYT_JOIN_TYPES, &extra, &s->rows, &joined, err));
    }
done:
    cyt_rows_free(&extra);
    return code;
}

/* Ids that repeat may repeat because the file holds several slides: are they unique
 * together with the column that may tell slides apart? */
static cyt_code read_as_slides(cyt_inspect_slide *s, cyt_error *err)
{
    cyt_strbuf text = {0};
    cyt_error why = {0};
    cyt_source source = s->parts.source[0];
    const char *id = source.id ? source.id : "cell_id";
    if (!s->slides || strcmp(s->reader->name, "csv") != 0 || strpbrk(id, "|+"))
        return err->code;
    cyt_strbuf_add(&text, &why, "%s+%s", s->slides, id);
    s->id_of_slides = cyt_strbuf_take(&text, &why);
    source.id = s->id_of_slides;
    cyt_rows_free(&s->rows);
    if (why.code != CYT_OK ||
        s->reader->read(MPI_COMM_SELF, &source, &s->rows, &why) != CYT_OK)
        return err->code;
    *err = (cyt_error){0};
    s->row.filter = 1;
    return CYT_OK;
}

/* Without a size of the pixel the places of fields in mm cannot be told in pixels. */
static cyt_code place_fields(cyt_inspect_slide *s, cyt_error *err)
{
    static const char line[] =
        "positions are within fields of view; a run moves each to "
        "its place in the file of field positions";
    cyt_code code = cyt_names_add(&s->warnings, line, sizeof line - 1, err);
    s->is_local = isnan(s->parts.field_units);
    if (code == CYT_OK && !s->is_local)
        code = cyt_fields_place(MPI_COMM_SELF, &s->parts.source[0], &s->parts.fields,
                                s->parts.field_units, &s->rows, err);
    return code;
}

static cyt_code read_cells(cyt_inspect_slide *s, cyt_error *err)
{
    const cyt_source *source = &s->parts.source[0];
    if (!s->has_positions && strcmp(s->reader->name, "csv") == 0)
        return CYT_OK; /* without positions a table need not have ids */
    cyt_code code = s->reader->read(MPI_COMM_SELF, source, &s->rows, err);
    if (code == CYT_ERR_DATA)
        code = read_as_slides(s, err);
    CYT_TRY(code);
    s->is_read = 1;
    if (s->parts.fields.path)
        CYT_TRY(place_fields(s, err));
    CYT_TRY(join_types(s, err));
done:
    return code;
}

/* --- spacing ---------------------------------------------------------------------- */

/* Median distance to the nearest other cell, in the unit of the file; left as it is of
 * too few cells, or too many. */
static cyt_code median_spacing(const cyt_rows *rows, double *spacing, cyt_error *err)
{
    const size_t n = rows->n;
    const double half = 0.5;
    if (n < 2 || n >= CYT_NEAREST_MAX)
        return CYT_OK;
    uint16_t *type = cyt_calloc(n, sizeof *type, "distances", err);
    double *distance = cyt_alloc(n, sizeof *distance, "distances", err);
    char *scratch = cyt_alloc(cyt_nearest_scratch(n, n, 1), 1, "distances", err);
    if (err->code == CYT_OK) {
        const cyt_nearest_cells cells = {n, rows->x, rows->y, type};
        cyt_nearest(&cells, NULL, 1, 0, scratch, distance);
        cyt_quantiles(distance, n, &half, 1, spacing);
    }
    free(type);
    free(distance);
    free(scratch);
    return err->code;
}

/* Slides of one file may lie on top of each other: the first one is measured. */
static cyt_code measure_first_slide(cyt_inspect_slide *s, cyt_error *err)
{
    cyt_rows rows = {0};
    cyt_source source = s->parts.source[0];
    cyt_code code;
    source.wanted = CYT_WANT_POSITIONS;
    source.filter_column = s->slides;
    source.filter_value = cyt_outline_few(&s->outline, s->slides)->labels.name[0];
    CYT_TRY(s->reader->read(MPI_COMM_SELF, &source, &rows, err));
    if (s->parts.fields.path)
        CYT_TRY(cyt_fields_place(MPI_COMM_SELF, &source, &s->parts.fields,
                                 s->parts.field_units, &rows, err));
    CYT_TRY(median_spacing(&rows, &s->spacing, err));
done:
    cyt_rows_free(&rows);
    return code;
}

static cyt_code measure_spacing(cyt_inspect_slide *s, cyt_error *err)
{
    s->spacing = NAN;
    if (!s->is_read || !s->has_positions || s->is_local)
        return CYT_OK;
    if (s->slides)
        return measure_first_slide(s, err);
    return median_spacing(&s->rows, &s->spacing, err);
}

/* --- traps in the cells ----------------------------------------------------------- */

static cyt_code warn_of_ids(cyt_inspect_slide *s, cyt_error *err)
{
    static const char object[] = "Object ";
    static const char line[] = "ids begin with \"Object \", as steinbock exports them: "
                               "its obsm/spatial may be "
                               "(centroid-0, centroid-1), which is (y, x)";
    const size_t n = sizeof object - 1;
    if (strcmp(s->reader->name, "h5ad") != 0 || s->rows.n == 0 ||
        s->rows.id_start[1] < n || memcmp(s->rows.id_text, object, n) != 0)
        return CYT_OK;
    return cyt_names_add(&s->warnings, line, sizeof line - 1, err);
}

/* --- the story -------------------------------------------------------------------- */

cyt_code cyt_inspect(const char *path, char **text, cyt_error *err)
{
    cyt_inspect_slide slide = {.path = path};
    cyt_strbuf buffer = {0};
    cyt_code code;
    *text = NULL;
    CYT_TRY(look_for_path(path, err));
    CYT_TRY(find_parts(&slide, err));
    CYT_TRY(outline_parts(&slide, err));
    CYT_TRY(cyt_inspect_guess(&slide, err));
    CYT_TRY(read_cells(&slide, err));
    CYT_TRY(measure_spacing(&slide, err));
    CYT_TRY(warn_of_ids(&slide, err));
    cyt_inspect_tell(&slide, &buffer, err);
    cyt_inspect_tell_row(&slide, &buffer, err);
    *text = cyt_strbuf_take(&buffer, err);
    code = err->code;
done:
    cyt_strbuf_free(&buffer);
    free_slide(&slide);
    return code;
}
