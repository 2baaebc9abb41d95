// SPDX-License-Identifier: BSD-3-Clause
/* Files to strips: the table of cells, what further files say of them, regions. */
#include "slide/work.h"

#include "read/parts.h"
#include "read/rows/fields_of_view.h"
#include "read/rows/join.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/scatter.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cyt_code tell_joined(cyt_slide_work *w, const cyt_source *part,
                            const cyt_joined *joined, cyt_error *err)
{
    const cyt_sample *sample = w->job->sample;
    const char *what = part->wanted == CYT_WANT_TYPES ? "types" : "values";
    if (joined->n_found == 0)
        return CYT_FAIL(err, CYT_ERR_DATA, sample->name,
                        "%s: none of the %llu cells of %s is in it; cells are joined "
                        "by id: name the column that holds it (id)",
                        part->shown_path, (unsigned long long)joined->n_rows,
                        sample->data.shown);
    if (joined->n_found == joined->n_rows)
        return CYT_OK;
    return cyt_slide_warn(
        &w->report->warnings, err,
        "%s has %llu of the %llu cells of %s; the %s of the others are missing",
        part->shown_path, (unsigned long long)joined->n_found,
        (unsigned long long)joined->n_rows, sample->data.shown, what);
}

/* Types, or the ligands that the file of the cells lacks, from a further file. */
static cyt_code join_part(MPI_Comm group, cyt_slide_work *w, const cyt_source *part,
                          cyt_rows *rows, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_rows extra = {0};
    cyt_joined joined;
    const unsigned what =
        part->wanted == CYT_WANT_TYPES ? CYT_JOIN_TYPES : CYT_JOIN_VALUES;
    CYT_TRY(cyt_reader_for(part)->read(group, part, &extra, err));
    CYT_TRY(cyt_join(group, what, &extra, rows, &joined, err));
    CYT_TRY(cyt_agree(group, tell_joined(w, part, &joined, err), err));
done:
    cyt_rows_free(&extra);
    return code;
}

/* Is the table of cells whole? */
static cyt_code compare_count(MPI_Comm group, cyt_slide_work *w, const cyt_parts *parts,
                              const cyt_rows *rows, cyt_error *err)
{
    const uint64_t n = cyt_sum_u64(group, rows->n);
    if (!isfinite(parts->n_told) || (double)n == parts->n_told)
        return CYT_OK;
    const cyt_code code = cyt_slide_warn(
        &w->report->warnings, err, "%s has %" PRIu64 " cells, but %s tells of %.0f",
        parts->source[0].shown_path, n, parts->told_by, parts->n_told);
    return cyt_agree(group, code, err);
}

/* Cells imaged in fields of view: to their places on the slide. */
static cyt_code place_fields(MPI_Comm group, const cyt_parts *parts, cyt_rows *rows,
                             cyt_error *err)
{
    if (!parts->fields.path)
        return CYT_OK;
    return cyt_fields_place(group, &parts->source[0], &parts->fields,
                            parts->field_units, rows, err);
}

static cyt_code check_fields(MPI_Comm group, cyt_slide_work *w, const cyt_parts *parts,
                             const cyt_rows *rows, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_source *cells = &parts->source[0];
    if (parts->fields.path) {
        code = cyt_slide_warn(
            &w->report->warnings, err,
            "%s has positions within fields of view; each was moved to its place in "
            "%s, y turned neither way: look at a map whether fields meet",
            cells->shown_path, parts->fields.shown_path);
        CYT_TRY(cyt_agree(group, code, err));
    }
    if (w->job->config->field_gate)
        CYT_TRY(cyt_fields_check(group, cells, rows, err));
done:
    return code;
}

/* Labels of the cells, now that these are known to lie as they did. */
static cyt_code take_labels(cyt_slide_work *w, cyt_slide *again, const char *column,
                            cyt_error *err)
{
    const cyt_cells *cells = &again->cells;
    if (again->types.n > CYT_MOST_LABELS)
        return CYT_FAIL(
            err, CYT_ERR_DATA, w->slide.name,
            "column %s has %zu labels, and there can be %d compartments; is it the "
            "right one?",
            column, again->types.n, CYT_MOST_LABELS);
    if (cells->n != w->slide.cells.n)
        return CYT_FAIL(err, CYT_ERR_INTERNAL, w->slide.name,
                        "a strip has %zu cells with types but %zu with labels of "
                        "column %s; please report it",
                        w->slide.cells.n, cells->n, column);
    w->label = cyt_alloc(cells->n, sizeof *w->label, "labels of cells", err);
    for (size_t i = 0; w->label && i < cells->n; i++)
        w->label[i] = cells->type[i] == CYT_NO_TYPE ? 0 : (uint8_t)(cells->type[i] + 1);
    w->labels = again->types;
    again->types = (cyt_names){0};
    return err->code;
}

/* Labels of compartments: the file of the cells is read once more, as if they were the
 * types. Strips depend on positions and on the number of types, which is given, so the
 * cells come to lie as they did. */
static cyt_code read_labels(MPI_Comm group, cyt_slide_work *w, const cyt_parts *parts,
                            const cyt_slide_params *params, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_rows rows = {0};
    cyt_slide again = {0};
    const cyt_source source = cyt_parts_labels(parts, w->job->sample);
    CYT_TRY(cyt_reader_for(&source)->read(group, &source, &rows, err));
    CYT_TRY(place_fields(group, parts, &rows, err));
    CYT_TRY(cyt_slide_scatter(group, &rows, params, &again, err));
    CYT_TRY(cyt_agree(group, take_labels(w, &again, source.type, err), err));
done:
    cyt_rows_free(&rows);
    cyt_slide_free(&again);
    return code;
}

static cyt_code read_parts(MPI_Comm group, cyt_slide_work *w, const cyt_parts *parts,
                           cyt_rows *rows, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_source *source = parts->source;
    w->um_per_unit = parts->um_per_unit;
    CYT_TRY(cyt_reader_for(&source[0])->read(group, &source[0], rows, err));
    CYT_TRY(compare_count(group, w, parts, rows, err));
    CYT_TRY(place_fields(group, parts, rows, err));
    CYT_TRY(check_fields(group, w, parts, rows, err));
    for (size_t k = 1; k < parts->n; k++)
        CYT_TRY(join_part(group, w, &source[k], rows, err));
done:
    return code;
}

cyt_code cyt_slide_read(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide_job *job = w->job;
    cyt_rows rows = {0};
    cyt_parts parts = {0};
    code = cyt_parts_of(job->sample, job->ligands, job->layer, &parts, err);
    CYT_TRY(cyt_agree(group, code, err));
    CYT_TRY(read_parts(group, w, &parts, &rows, err));
    cyt_slide_end_phase(w, CYT_PHASE_READ);
    cyt_slide_params params = {.name = job->sample->name,
                               .um_per_unit = w->um_per_unit,
                               .spacing_um = job->config->grid_spacing_um,
                               .padding_um = job->config->grid_padding_um,
                               .cost = cyt_strip_cost_of(job->config)};
    CYT_TRY(cyt_slide_scatter(group, &rows, &params, &w->slide, err));
    CYT_TRY(cyt_home_init(group, &w->slide, &w->home, err));
    CYT_TRY(cyt_home_ids(group, &w->home, &rows, &w->id_width, &w->ids, err));
    w->report->n_cells = w->slide.n_cells;
    w->report->n_types = w->slide.types.n;
    w->report->n_rows = w->slide.grid.n_rows;
    w->report->n_cols = w->slide.grid.n_cols;
    params.cost = cyt_strip_cost_fixed(&params.cost, w->slide.types.n);
    if (job->config->compartments.from == CYT_COMPARTMENTS_LABELS)
        CYT_TRY(read_labels(group, w, &parts, &params, err));
    CYT_TRY(cyt_slide_regions_read(group, job->sample, &w->slide, &w->regions,
                                   &w->report->warnings, err));
    cyt_slide_end_phase(w, CYT_PHASE_STRIPS);
done:
    cyt_parts_free(&parts);
    cyt_rows_free(&rows);
    return code;
}
