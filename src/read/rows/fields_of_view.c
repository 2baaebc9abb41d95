// SPDX-License-Identifier: BSD-3-Clause
#include "read/rows/fields_of_view.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/labels.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The rows with fields in the place of types. */
static cyt_rows view_of(const cyt_rows *rows)
{
    return (cyt_rows){
        .n = rows->field ? rows->n : 0, .type = rows->field, .labels = rows->fields};
}

/* --- place ------------------------------------------------------------------------ */

/* Row of the table that has the id; CYT_NO_NAME if none has. */
static size_t row_of(const cyt_rows *table, const char *label)
{
    const size_t n = strlen(label);
    for (size_t i = 0; i < table->n; i++)
        if (table->id_start[i + 1] - table->id_start[i] == n &&
            memcmp(table->id_text + table->id_start[i], label, n) == 0)
            return i;
    return CYT_NO_NAME;
}

/* Rows of the table by this rank's labels. */
static cyt_code find_fields(const cyt_source *source, const cyt_rows *table,
                            const cyt_rows *rows, size_t *at, cyt_error *err)
{
    char shown[CYT_SHOWN_SIZE];
    for (size_t k = 0; k < rows->fields.n; k++) {
        const char *label = rows->fields.name[k];
        at[k] = row_of(table, label);
        if (at[k] == CYT_NO_NAME)
            return CYT_FAIL(err, CYT_ERR_DATA, source->sample,
                            "%s has no field of view \"%s\", which cells lie in; their "
                            "positions are within fields",
                            source->shown_path,
                            cyt_text_shown(label, strlen(label), shown));
    }
    return CYT_OK;
}

static cyt_code move_rows(const cyt_source *cells, const cyt_rows *table,
                          const size_t *at, double units, cyt_rows *rows,
                          cyt_error *err)
{
    for (size_t i = 0; i < rows->n; i++) {
        if (!rows->field || rows->field[i] == CYT_NO_TYPE)
            return CYT_FAIL(err, CYT_ERR_DATA, cells->sample,
                            "%s line %" PRIu64
                            ": the cell has no field of view, and its "
                            "position is within one",
                            cells->shown_path, rows->place[i]);
        const size_t f = at[rows->field[i]];
        rows->x[i] += table->x[f] * units;
        rows->y[i] += table->y[f] * units;
    }
    return CYT_OK;
}

cyt_code cyt_fields_place(MPI_Comm comm, const cyt_source *cells,
                          const cyt_source *source, double units, cyt_rows *rows,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_rows table = {0};
    size_t *at = NULL;
    code = cyt_reader_for(source)->read(MPI_COMM_SELF, source, &table, err);
    CYT_TRY(cyt_agree(comm, code, err));
    at = cyt_alloc(rows->fields.n, sizeof *at, "fields of view", err);
    if (CYT_FAULT("fields.place"))
        CYT_FAIL(err, CYT_ERR_MEMORY, source->sample, "fault injected");
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_agree(comm, find_fields(source, &table, rows, at, err), err));
    CYT_TRY(cyt_agree(comm, move_rows(cells, &table, at, units, rows, err), err));
done:
    cyt_rows_free(&table);
    free(at);
    return code;
}

/* --- check ------------------------------------------------------------------------ */

/* A field: the box of its cells. Boxes travel as [x_min, y_min, -x_max, -y_max], so
 * that one reduction finds all four. */
typedef struct fields {
    cyt_names names;
    double *edge; /* [4 * names.n] */
    uint64_t *n;  /* [names.n] cells */
} fields;

static cyt_code measure(const cyt_rows *rows, fields *f, cyt_error *err)
{
    const cyt_rows view = view_of(rows);
    uint16_t *of = cyt_alloc(view.n, sizeof *of, "fields of view", err);
    f->edge = cyt_alloc(4 * f->names.n, sizeof *f->edge, "fields of view", err);
    f->n = cyt_calloc(f->names.n, sizeof *f->n, "fields of view", err);
    if (err->code == CYT_OK)
        (void)!cyt_labels_translate(&view, &f->names, of, err);
    for (size_t e = 0; err->code == CYT_OK && e < 4 * f->names.n; e++)
        f->edge[e] = HUGE_VAL;
    for (size_t i = 0; err->code == CYT_OK && i < view.n; i++) {
        if (of[i] == CYT_NO_TYPE)
            continue;
        double *edge = f->edge + (size_t)4 * of[i];
        const double at[4] = {rows->x[i], rows->y[i], -rows->x[i], -rows->y[i]};
        for (size_t e = 0; e < 4; e++)
            edge[e] = at[e] < edge[e] ? at[e] : edge[e];
        f->n[of[i]]++;
    }
    free(of);
    return err->code;
}

/* Which share of the smaller of two boxes lies in the other. */
static double shared(const double *a, const double *b)
{
    double common = 1, area[2] = {1, 1};
    for (size_t k = 0; k < 2; k++) {
        const double lo = a[k] > b[k] ? a[k] : b[k];
        const double hi = -(a[2 + k] > b[2 + k] ? a[2 + k] : b[2 + k]);
        common *= hi > lo ? hi - lo : 0;
        area[0] *= -a[2 + k] - a[k];
        area[1] *= -b[2 + k] - b[k];
    }
    const double least = area[0] < area[1] ? area[0] : area[1];
    return least > 0 ? common / least : 0;
}

/* The first field that this one lies on; CYT_NO_NAME if it lies beside all. */
static size_t partner(const fields *f, size_t i)
{
    for (size_t j = 0; j < f->names.n; j++)
        if (j != i && shared(f->edge + 4 * i, f->edge + 4 * j) > CYT_FIELDS_SHARED)
            return j;
    return CYT_NO_NAME;
}

/* The same on every rank. */
static cyt_code judge(const cyt_source *cells, const fields *f, cyt_error *err)
{
    uint64_t n_all = 0, n_on = 0, n_cells = 0;
    size_t first = CYT_NO_NAME, other = CYT_NO_NAME;
    char a[CYT_SHOWN_SIZE], b[CYT_SHOWN_SIZE];
    for (size_t i = 0; i < f->names.n; i++) {
        const size_t on = partner(f, i);
        n_all += f->n[i];
        if (on == CYT_NO_NAME)
            continue;
        n_on++;
        n_cells += f->n[i];
        if (first == CYT_NO_NAME) {
            first = i;
            other = on;
        }
    }
    if ((double)n_cells <= CYT_FIELDS_CELLS * (double)n_all)
        return CYT_OK;
    const char *name = f->names.name[first], *with = f->names.name[other];
    return CYT_FAIL(
        err, CYT_ERR_DATA, cells->sample,
        "%s: %" PRIu64 " of %zu fields of view lie on top of another (fov %s and %s "
        "share %.0f%% of the smaller): are positions within fields? Name the columns "
        "of "
        "positions on the slide (x, y), put the file of field positions beside it, or "
        "set units.field_gate: off",
        cells->shown_path, n_on, f->names.n, cyt_text_shown(name, strlen(name), a),
        cyt_text_shown(with, strlen(with), b),
        100 * shared(f->edge + 4 * first, f->edge + 4 * other));
}

/* The fields of all ranks. Whether one rank has more than it can number or only all of
 * them together depends on the number of ranks, the answer does not. */
static cyt_code agree_on_fields(MPI_Comm comm, const cyt_source *cells,
                                const cyt_rows *rows, cyt_names *names, cyt_error *err)
{
    const cyt_rows view = view_of(rows);
    const cyt_code code = cyt_any(comm, rows->fields_lost)
                              ? CYT_ERR_DATA
                              : cyt_labels_agree(comm, &view, names, err);
    if (code != CYT_ERR_DATA)
        return code;
    *err = (cyt_error){0};
    return CYT_FAIL(err, code, cells->sample,
                    "%s: column \"%s\" has more different values than a slide has "
                    "fields of view; rename it, or set units.field_gate: off",
                    cells->shown_path, cells->field);
}

cyt_code cyt_fields_check(MPI_Comm comm, const cyt_source *cells, const cyt_rows *rows,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    fields f = {0};
    if (!cyt_any(comm, rows->field != NULL))
        return CYT_OK;
    CYT_TRY(agree_on_fields(comm, cells, rows, &f.names, err));
    CYT_TRY(cyt_agree(comm, measure(rows, &f, err), err));
    cyt_allreduce(MPI_IN_PLACE, f.edge, (int)(4 * f.names.n), MPI_DOUBLE, MPI_MIN,
                  comm);
    cyt_allreduce(MPI_IN_PLACE, f.n, (int)f.names.n, MPI_UINT64_T, MPI_SUM, comm);
    code = judge(cells, &f, err);
done:
    cyt_names_free(&f.names);
    free(f.edge);
    free(f.n);
    return code;
}
