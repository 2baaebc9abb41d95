// SPDX-License-Identifier: BSD-3-Clause
#include "read/h5ad/h5ad_slide.h"

#include "read/h5ad/h5ad_frame.h"

#include "cytotaxis/fault.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const cyt_h5ad_layout cyt_h5ad_layout_anndata = {
    .cells = "obs", .genes = "var", .matrix = "X"};
const cyt_h5ad_layout cyt_h5ad_layout_loom = {.cells = "col_attrs",
                                              .genes = "row_attrs",
                                              .matrix = "matrix",
                                              .x = "X",
                                              .y = "Y",
                                              .by_gene = 1};

/* --- opening ---------------------------------------------------------------------- */

cyt_code cyt_h5ad_check_length(const cyt_h5ad_slide *s, const char *path, uint64_t n,
                               cyt_error *err)
{
    if (n == s->n_cells)
        return CYT_OK;
    return CYT_H5_FAIL(&s->file, err,
                       " %s has %" PRIu64 " rows, the index of %s %" PRIu64, path, n,
                       s->layout->cells, s->n_cells);
}

/* A column of labels or ids. */
static cyt_code open_words(cyt_h5ad_slide *s, const char *name, cyt_h5ad_column *column,
                           cyt_error *err)
{
    cyt_code code;
    CYT_TRY(cyt_h5ad_column_open(&s->file, s->layout->cells, name, column, err));
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

static cyt_code open_index(cyt_h5ad_slide *s, cyt_error *err)
{
    cyt_code code;
    if (CYT_FAULT("h5ad.open"))
        return CYT_FAIL(err, CYT_ERR_IO, s->source->sample, "fault injected");
    CYT_TRY(cyt_h5_open(s->source->path, s->source->shown_path, s->source->sample,
                        &s->file, err));
    CYT_TRY(cyt_h5ad_index_open(&s->file, s->layout->cells, &s->index, err));
    s->n_cells = s->index.n;
done:
    return code;
}

int cyt_h5ad_has_positions(const cyt_h5ad_slide *s)
{
    return s->source->wanted == CYT_WANT_CELLS ||
           s->source->wanted == CYT_WANT_POSITIONS;
}

int cyt_h5ad_has_types(const cyt_h5ad_slide *s)
{
    return s->source->wanted == CYT_WANT_CELLS || s->source->wanted == CYT_WANT_TYPES;
}

/* The index, unless a column is named; a second file may lack that and be indexed. */
static cyt_code open_id(cyt_h5ad_slide *s, cyt_error *err)
{
    const char *name = s->source->id;
    const int second = !cyt_h5ad_has_positions(s);
    if (!name || (second && !cyt_h5ad_has_column(&s->file, s->layout->cells, name)))
        return CYT_OK;
    return open_words(s, name, &s->id, err);
}

static cyt_code open_positions(cyt_h5ad_slide *s, cyt_error *err)
{
    return cyt_h5ad_has_positions(s) ? cyt_h5ad_open_positions(s, err) : CYT_OK;
}

static cyt_code open_type(cyt_h5ad_slide *s, cyt_error *err)
{
    const char *name = s->source->type ? s->source->type : "cell_type";
    return cyt_h5ad_has_types(s) ? open_words(s, name, &s->type, err) : CYT_OK;
}

/* The field of view: of the names asked for the first that is there. A column of real
 * numbers, or of another shape, is something else. */
static cyt_code open_field(cyt_h5ad_slide *s, cyt_error *err)
{
    for (const char *at = s->source->field; at && *at; at += *at == '|') {
        char name[64];
        cyt_error why = {0};
        const size_t n = strcspn(at, "|");
        snprintf(name, sizeof name, "%.*s", (int)n, at);
        at += n;
        if (!cyt_h5ad_has_column(&s->file, s->layout->cells, name))
            continue;
        const cyt_code code = open_words(s, name, &s->field, &why);
        if (code == CYT_OK)
            return CYT_OK;
        cyt_h5ad_column_close(&s->field);
        if (code == CYT_ERR_MEMORY) {
            *err = why;
            return code;
        }
    }
    return CYT_OK;
}

static cyt_code open_filter(cyt_h5ad_slide *s, cyt_error *err)
{
    return s->source->filter_column
               ? open_words(s, s->source->filter_column, &s->filter, err)
               : CYT_OK;
}

static cyt_code open_layer(cyt_h5ad_slide *s, cyt_error *err)
{
    const char *layer = s->source->layer;
    cyt_h5ad_matrix_find(&s->file, s->layout, layer, &s->matrix);
    if (s->source->n_values == 0 || !layer ||
        strcmp(s->matrix.path, s->layout->matrix) == 0 ||
        cyt_h5_look(&s->file, s->matrix.path) != CYT_H5_ABSENT)
        return CYT_OK;
    if (strcmp(s->matrix.path, "raw/X") == 0)
        return CYT_H5_FAIL(&s->file, err, " has no raw/X, which layer \"%s\" asks for",
                           layer);
    return cyt_h5ad_absent(&s->file, "layers", "layer", layer, err);
}

typedef cyt_code (*open_step)(cyt_h5ad_slide *s, cyt_error *err);

/* All that a file must have, after its index; each is a problem of its own. */
static const open_step steps[] = {open_positions, open_id,    open_type,
                                  open_filter,    open_field, open_layer};
enum { N_STEPS = sizeof steps / sizeof *steps };

cyt_code cyt_h5ad_slide_open(const cyt_source *source, const cyt_h5ad_layout *layout,
                             cyt_h5ad_slide *s, cyt_error *err)
{
    cyt_code code;
    *s = (cyt_h5ad_slide){.source = source, .layout = layout};
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
    cyt_h5ad_column_close(&s->field);
    cyt_h5ad_column_close(&s->x);
    cyt_h5ad_column_close(&s->y);
    cyt_h5_data_close(&s->plane);
    cyt_h5_close(&s->file);
}

cyt_code cyt_h5ad_slide_check(const cyt_source *source, const cyt_h5ad_layout *layout,
                              cyt_problems *problems, cyt_error *err)
{
    cyt_h5ad_slide s = {.source = source, .layout = layout};
    cyt_error why = {0};
    const cyt_code opened = open_index(&s, &why);
    cyt_code code = cyt_problems_take(problems, source->sample, &why, err);
    for (size_t k = 0; k < N_STEPS && opened == CYT_OK && code == CYT_OK; k++) {
        why = (cyt_error){0};
        (void)!steps[k](&s, &why);
        code = cyt_problems_take(problems, source->sample, &why, err);
    }
    cyt_h5ad_slide_close(&s);
    return code;
}
