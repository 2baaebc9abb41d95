// SPDX-License-Identifier: BSD-3-Clause
#include "read/h5ad_slide.h"

#include "read/h5ad_genes.h"
#include "read/readers.h"

#include "cytotaxis/fault.h"

#include <inttypes.h>
#include <string.h>

/* --- opening ---------------------------------------------------------------------- */

cyt_code cyt_h5ad_check_length(const cyt_h5ad_slide *s, const char *path, uint64_t n,
                               cyt_error *err)
{
    if (n == s->n_cells)
        return CYT_OK;
    return CYT_H5_FAIL(&s->file, err,
                       " %s has %" PRIu64 " rows, the index of obs %" PRIu64, path, n,
                       s->n_cells);
}

/* A column of labels or ids. */
static cyt_code open_words(cyt_h5ad_slide *s, const char *name, cyt_h5ad_column *column,
                           cyt_error *err)
{
    cyt_code code;
    CYT_TRY(cyt_h5ad_column_open(&s->file, "obs", name, column, err));
    CYT_TRY(cyt_h5ad_check_length(s, column->path, column->n, err));
    if (!column->categorical && column->values.kind == CYT_H5_REAL)
        code =
            CYT_H5_FAIL(&s->file, err,
                        " %s holds real numbers where text, whole numbers or booleans "
                        "are needed",
                        column->path);
done:
    return code;
}

static cyt_code open_numbers(cyt_h5ad_slide *s, const char *frame, const char *name,
                             cyt_h5ad_column *column, cyt_error *err)
{
    cyt_code code;
    CYT_TRY(cyt_h5ad_column_open(&s->file, frame, name, column, err));
    CYT_TRY(cyt_h5ad_check_length(s, column->path, column->n, err));
    if (!cyt_h5ad_column_numeric(column))
        code = CYT_H5_FAIL(&s->file, err, " %s does not hold numbers", column->path);
done:
    return code;
}

static cyt_code open_index(cyt_h5ad_slide *s, cyt_error *err)
{
    char name[CYT_H5_PATH];
    cyt_code code;
    if (CYT_FAULT("h5ad.open"))
        return CYT_FAIL(err, CYT_ERR_IO, s->source->sample, "fault injected");
    CYT_TRY(cyt_h5_open(s->source->path, s->source->shown_path, s->source->sample,
                        &s->file, err));
    CYT_TRY(cyt_h5ad_index_name(&s->file, "obs", name, err));
    CYT_TRY(cyt_h5ad_column_open(&s->file, "obs", name, &s->index, err));
    s->n_cells = s->index.n;
done:
    return code;
}

static cyt_code open_id(cyt_h5ad_slide *s, cyt_error *err)
{
    return s->source->id ? open_words(s, s->source->id, &s->id, err) : CYT_OK;
}

static cyt_code open_type(cyt_h5ad_slide *s, cyt_error *err)
{
    return open_words(s, s->source->type ? s->source->type : "cell_type", &s->type,
                      err);
}

static cyt_code open_filter(cyt_h5ad_slide *s, cyt_error *err)
{
    return s->source->filter_column
               ? open_words(s, s->source->filter_column, &s->filter, err)
               : CYT_OK;
}

/* Positions in a dataframe: its first two columns of numbers, in its own order. */
static cyt_code open_spatial_frame(cyt_h5ad_slide *s, const char *path, cyt_error *err)
{
    cyt_h5_text order = {0};
    char name[CYT_H5_PATH];
    cyt_h5ad_column *next = &s->x;
    cyt_code code;
    CYT_TRY(cyt_h5_attr_text(&s->file, path, "column-order", &order, err));
    for (size_t i = 0; i < order.n && next; i++) {
        size_t length;
        const char *bytes = cyt_h5_text_get(&order, i, &length);
        if (length >= sizeof name)
            continue;
        memcpy(name, bytes, length);
        name[length] = '\0';
        CYT_TRY(cyt_h5ad_column_open(&s->file, path, name, next, err));
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
    cyt_h5_text_free(&order);
    return code;
}

static cyt_code open_plane(cyt_h5ad_slide *s, const char *path, cyt_error *err)
{
    cyt_code code;
    CYT_TRY(cyt_h5_data_open(&s->file, path, 2, CYT_H5_MAY_LACK, &s->plane, err));
    CYT_TRY(cyt_h5ad_check_length(s, path, s->plane.dims[0], err));
    if (s->plane.dims[1] != 2 && s->plane.dims[1] != 3)
        CYT_TRY(CYT_H5_FAIL(&s->file, err, " %s has %" PRIu64 " columns, not 2 or 3",
                            path, s->plane.dims[1]));
    if (!cyt_h5_numeric(&s->plane))
        CYT_TRY(CYT_H5_FAIL(&s->file, err, " %s does not hold numbers", path));
done:
    return code;
}

static cyt_code open_positions(cyt_h5ad_slide *s, cyt_error *err)
{
    const cyt_source *source = s->source;
    static const char path[] = "obsm/spatial";
    cyt_code code;
    if (source->x && source->y) {
        CYT_TRY(open_numbers(s, "obs", source->x, &s->x, err));
        return open_numbers(s, "obs", source->y, &s->y, err);
    }
    if (source->x || source->y)
        return CYT_FAIL(
            err, CYT_ERR_CONFIG, source->sample,
            "%s: the samplesheet names one of the columns x and y; name both",
            s->file.shown);
    if (cyt_h5_look(&s->file, path) == CYT_H5_ABSENT)
        return CYT_H5_FAIL(
            &s->file, err,
            " has no %s; name the columns of obs that hold the positions in "
            "the samplesheet (x and y)",
            path);
    return cyt_h5_look(&s->file, path) == CYT_H5_GROUP
               ? open_spatial_frame(s, path, err)
               : open_plane(s, path, err);
done:
    return code;
}

static cyt_code open_layer(cyt_h5ad_slide *s, cyt_error *err)
{
    char path[CYT_H5_PATH];
    cyt_h5ad_matrix_path(path, s->source->layer);
    if (s->source->n_values == 0 || strcmp(path, "X") == 0 ||
        cyt_h5_look(&s->file, path) != CYT_H5_ABSENT)
        return CYT_OK;
    return cyt_h5ad_absent(&s->file, "layers", "layer", s->source->layer, err);
}

typedef cyt_code (*open_step)(cyt_h5ad_slide *s, cyt_error *err);

/* All that a file must have, after its index; each is a problem of its own. */
static const open_step steps[] = {open_positions, open_id, open_type, open_filter,
                                  open_layer};
enum { N_STEPS = sizeof steps / sizeof *steps };

cyt_code cyt_h5ad_slide_open(const cyt_source *source, cyt_h5ad_slide *s,
                             cyt_error *err)
{
    cyt_code code;
    *s = (cyt_h5ad_slide){.source = source};
    CYT_TRY(open_index(s, err));
    for (size_t k = 0; k < N_STEPS; k++)
        CYT_TRY(steps[k](s, err));
done:
    return code;
}

void cyt_h5ad_slide_close(cyt_h5ad_slide *s)
{
    cyt_h5ad_column_close(&s->index);
    cyt_h5ad_column_close(&s->id);
    cyt_h5ad_column_close(&s->type);
    cyt_h5ad_column_close(&s->filter);
    cyt_h5ad_column_close(&s->x);
    cyt_h5ad_column_close(&s->y);
    cyt_h5_data_close(&s->plane);
    cyt_h5_close(&s->file);
}

/* What is wrong with the file joins the list; want of memory ends the check. */
static cyt_code note(cyt_code found, cyt_error *what, cyt_problems *problems,
                     cyt_error *err)
{
    if (found == CYT_ERR_MEMORY) {
        *err = *what;
        return found;
    }
    const cyt_code code =
        found == CYT_OK ? CYT_OK
                        : cyt_problems_add(problems, err, found, "%s", what->text);
    *what = (cyt_error){0};
    return code;
}

cyt_code cyt_h5ad_check(const cyt_source *source, cyt_problems *problems,
                        cyt_error *err)
{
    cyt_h5ad_slide s = {.source = source};
    cyt_error what = {0};
    const cyt_code opened = open_index(&s, &what);
    cyt_code code = note(opened, &what, problems, err);
    for (size_t k = 0; k < N_STEPS && opened == CYT_OK && code == CYT_OK; k++)
        code = note(steps[k](&s, &what), &what, problems, err);
    cyt_h5ad_slide_close(&s);
    return code;
}
