// SPDX-License-Identifier: BSD-3-Clause
/**
 * Where a slide keeps its positions:
 *
 *     the samplesheet names x and y    columns of obs, or obsm/<entry>/<column>
 *     obsm/spatial, obsm/X_spatial     a matrix of 2 or 3 columns, a dataframe or a
 *     obsm/spatial_fov                 compound dataset; obsm may be compound itself
 *
 * squidpy's reader of CosMx puts positions within each field of view in obsm/spatial
 * and those on the slide in obsm/spatial_fov. Read as one slide the former lie on top
 * of each other and look like a very dense tissue, so where both are the user must
 * choose.
 */
#include "read/h5ad/h5ad_slide.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static cyt_code check_numbers(const cyt_h5ad_slide *s, const cyt_h5ad_column *column,
                              cyt_error *err)
{
    if (!cyt_h5ad_column_numeric(column))
        return CYT_H5_FAIL(&s->file, err, " %s does not hold numbers", column->path);
    return cyt_h5ad_check_length(s, column->path, column->n, err);
}

/* --- named columns ---------------------------------------------------------------- */

/* A matrix of obsm: a dataset, or a member where obsm is one table. */
static cyt_code open_matrix(const cyt_h5ad_slide *s, const char *entry,
                            cyt_h5_data *data, cyt_error *err)
{
    char path[CYT_H5_PATH];
    cyt_h5_join(path, "obsm", entry);
    return cyt_h5ad_is_table(&s->file, "obsm")
               ? cyt_h5_member_open(&s->file, "obsm", entry, data, err)
               : cyt_h5_data_open(&s->file, path, 2, CYT_H5_MAY_LACK, data, err);
}

static cyt_code open_axis(const cyt_h5ad_slide *s, const char *entry, const char *axis,
                          cyt_h5ad_column *column, cyt_error *err)
{
    cyt_code code;
    char *end;
    CYT_TRY(open_matrix(s, entry, &column->values, err));
    cyt_h5_join(column->path, "obsm", entry);
    column->n = column->values.dims[0];
    column->axis = strtoull(axis, &end, 10);
    if (*axis < '0' || *axis > '9' || *end || column->axis >= column->values.dims[1])
        CYT_TRY(CYT_H5_FAIL(&s->file, err,
                            " %s has %" PRIu64 " columns, numbered from 0; there is no "
                            "\"%s\"",
                            column->path, column->values.dims[1], axis));
done:
    return code;
}

/* Is the entry of obsm a table of named columns? */
static int is_frame(const cyt_h5ad_slide *s, const char *entry)
{
    char path[CYT_H5_PATH];
    cyt_names names = {0};
    cyt_error unseen = {0};
    cyt_h5_join(path, "obsm", entry);
    int frame = cyt_h5_look(&s->file, path) == CYT_H5_GROUP;
    if (!frame && cyt_h5_members(&s->file, path, &names, &unseen) == CYT_OK)
        frame = names.n > 0;
    cyt_names_free(&names);
    return frame;
}

/* "entry/column" */
static cyt_code open_in_obsm(const cyt_h5ad_slide *s, const char *name,
                             cyt_h5ad_column *column, cyt_error *err)
{
    char entry[CYT_H5_PATH] = "", path[CYT_H5_PATH];
    const char *slash = strrchr(name, '/');
    const size_t length = slash ? (size_t)(slash - name) : strlen(name);
    *column = (cyt_h5ad_column){0};
    if (length < sizeof entry)
        memcpy(entry, name, length);
    if (!slash)
        return CYT_FAIL(err, CYT_ERR_CONFIG, s->source->sample,
                        "%s: write obsm/%s/0 for the first column of obsm/%s",
                        s->file.shown, name, name);
    if (!cyt_h5ad_has_column(&s->file, "obsm", entry))
        return cyt_h5ad_absent(&s->file, "obsm", "obsm entry", entry, err);
    cyt_h5_join(path, "obsm", entry);
    return is_frame(s, entry)
               ? cyt_h5ad_column_open(&s->file, path, slash + 1, column, err)
               : open_axis(s, entry, slash + 1, column, err);
}

static cyt_code open_named(cyt_h5ad_slide *s, const char *name, cyt_h5ad_column *column,
                           cyt_error *err)
{
    static const char obsm[] = "obsm/";
    const size_t n = sizeof obsm - 1;
    cyt_code code;
    CYT_TRY(strncmp(name, obsm, n) == 0
                ? open_in_obsm(s, name + n, column, err)
                : cyt_h5ad_column_open(&s->file, s->layout->cells, name, column, err));
    CYT_TRY(check_numbers(s, column, err));
done:
    return code;
}

static cyt_code open_both(cyt_h5ad_slide *s, const char *x, const char *y,
                          cyt_error *err)
{
    cyt_code code;
    CYT_TRY(open_named(s, x, &s->x, err));
    CYT_TRY(open_named(s, y, &s->y, err));
done:
    return code;
}

/* --- obsm ------------------------------------------------------------------------- */

/* Positions in a dataframe: its first two columns of numbers, in its own order. */
static cyt_code open_frame(cyt_h5ad_slide *s, const char *entry, cyt_error *err)
{
    char path[CYT_H5_PATH], index[CYT_H5_PATH] = "";
    cyt_names names = {0};
    cyt_h5ad_column *next = &s->x;
    cyt_code code;
    cyt_h5_join(path, "obsm", entry);
    CYT_TRY(cyt_h5_attr_word(&s->file, path, "_index", index, err));
    CYT_TRY(cyt_h5ad_column_names(&s->file, path, &names, err));
    for (size_t i = 0; i < names.n && next; i++) {
        if (strcmp(names.name[i], index) == 0)
            continue;
        CYT_TRY(cyt_h5ad_column_open(&s->file, path, names.name[i], next, err));
        if (!cyt_h5ad_column_numeric(next)) {
            cyt_h5ad_column_close(next);
            continue;
        }
        CYT_TRY(cyt_h5ad_check_length(s, next->path, next->n, err));
        next = next == &s->x ? &s->y : NULL;
    }
    if (next)
        code = CYT_H5_FAIL(&s->file, err, " %s has no two columns of numbers", path);
done:
    cyt_names_free(&names);
    return code;
}

static cyt_code open_plane(cyt_h5ad_slide *s, const char *entry, cyt_error *err)
{
    cyt_code code;
    CYT_TRY(open_matrix(s, entry, &s->plane, err));
    CYT_TRY(cyt_h5ad_check_length(s, s->plane.path, s->plane.dims[0], err));
    if (s->plane.dims[1] != 2 && s->plane.dims[1] != 3)
        CYT_TRY(CYT_H5_FAIL(&s->file, err, " %s has %" PRIu64 " columns, not 2 or 3",
                            s->plane.path, s->plane.dims[1]));
    if (!cyt_h5_numeric(&s->plane))
        CYT_TRY(CYT_H5_FAIL(&s->file, err, " %s does not hold numbers", s->plane.path));
done:
    return code;
}

static cyt_code open_usual(cyt_h5ad_slide *s, cyt_error *err)
{
    static const char *const usual[] = {"spatial", "X_spatial", "spatial_fov"};
    enum { SPATIAL, X_SPATIAL, SPATIAL_FOV, N };
    int has[N];
    for (size_t k = 0; k < N; k++)
        has[k] = cyt_h5ad_has_column(&s->file, "obsm", usual[k]);
    if (has[SPATIAL] && has[SPATIAL_FOV])
        return CYT_H5_FAIL(
            &s->file, err,
            " has obsm/spatial and obsm/spatial_fov; in CosMx files of squidpy the "
            "first "
            "are positions within each field of view, the second those on the slide. "
            "Choose in the samplesheet: x = obsm/spatial_fov/0 and y = "
            "obsm/spatial_fov/1, or x = obsm/spatial/0 and y = obsm/spatial/1");
    for (size_t k = 0; k < N; k++)
        if (has[k])
            return is_frame(s, usual[k]) ? open_frame(s, usual[k], err)
                                         : open_plane(s, usual[k], err);
    return CYT_H5_FAIL(&s->file, err,
                       " has no obsm/spatial; name the columns of obs that hold the "
                       "positions in the samplesheet (x and y)");
}

cyt_code cyt_h5ad_open_positions(cyt_h5ad_slide *s, cyt_error *err)
{
    const cyt_source *source = s->source;
    if (source->x && source->y)
        return open_both(s, source->x, source->y, err);
    if (source->x || source->y)
        return CYT_FAIL(
            err, CYT_ERR_CONFIG, source->sample,
            "%s: the samplesheet names one of the columns x and y; name both",
            s->file.shown);
    return s->layout->x ? open_both(s, s->layout->x, s->layout->y, err)
                        : open_usual(s, err);
}
