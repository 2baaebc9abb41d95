// SPDX-License-Identifier: BSD-3-Clause
#include "slide_parts.h"

#include "cytotaxis/anndata.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/result_file.h"
#include "cytotaxis/strbuf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- regions and compartments: a name, an area, a number of cells ----------------- */

typedef struct part_list {
    const char *path, *column; /* the column that repeats the names */
    const cyt_names *names;
    const double *area_um2;  /* [names->n] */
    const uint64_t *n_cells; /* [names->n] */
} part_list;

static cyt_code write_parts(MPI_Comm comm, const part_list *p, cyt_store *store,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_frame frame = {0};
    const size_t n = p->names->n;
    int64_t *n_cells = cyt_alloc(n, sizeof *n_cells, "cells of regions", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t k = 0; k < n; k++)
        n_cells[k] = (int64_t)p->n_cells[k];
    CYT_TRY(cyt_frame_begin_whole(store, p->path, n, &frame, err));
    CYT_TRY(cyt_frame_index_names(&frame, p->names, err));
    CYT_TRY(cyt_frame_names(&frame, p->column, p->names, err));
    CYT_TRY(cyt_frame_numbers(&frame, "area_um2", CYT_STORE_F64, p->area_um2, err));
    CYT_TRY(cyt_frame_numbers(&frame, "n_cells", CYT_STORE_I64, n_cells, err));
done:
    code = cyt_frame_leave(&frame, code, err);
    free(n_cells);
    return code;
}

static cyt_code write_compartments(MPI_Comm comm, const cyt_cell_table *t,
                                   cyt_store *store, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_compartment_table *c = t->compartments;
    double *area = cyt_alloc(c->names->n, sizeof *area, "areas of compartments", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t k = 0; k < c->names->n; k++)
        area[k] = cyt_grid_area_um2(&t->slide->grid, c->n_pixels[k]);
    const part_list list = {"/uns/compartments", "name", c->names, area, c->n_cells};
    CYT_TRY(write_parts(comm, &list, store, err));
done:
    free(area);
    return code;
}

/* --- bands of the distance to the border ------------------------------------------ */

static cyt_code name_bands(const cyt_band_table *b, cyt_names *names, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t k = 0; k < b->n && code == CYT_OK; k++) {
        cyt_strbuf text = {0};
        if (b->names)
            cyt_strbuf_add(&text, err, "%s", b->names[k]);
        else
            cyt_strbuf_add(&text, err, "%.10g to %.10g", b->edge_um[k],
                           b->edge_um[k + 1]);
        code = err->code;
        if (code == CYT_OK)
            code = cyt_names_add(names, text.text, strlen(text.text), err);
        cyt_strbuf_free(&text);
    }
    return code;
}

enum { LOW, CENTRE, HIGH, AREA, N_COLUMNS };
static const char *const column_names[N_COLUMNS] = {"low_um", "centre_um", "high_um",
                                                    "area_um2"};

static double cell_of(const cyt_cell_table *t, const cyt_band_table *b, size_t column,
                      size_t k)
{
    const double low = b->edge_um[k], high = b->edge_um[k + 1];
    const double all[N_COLUMNS] = {low, (low + high) / 2, high,
                                   cyt_grid_area_um2(&t->slide->grid, b->n_pixels[k])};
    return all[column];
}

/* Cells of a type over the area of each band, per mm²; NaN where there is none. */
static void fill_density(const cyt_cell_table *t, const cyt_band_table *b, size_t type,
                         double *out)
{
    const size_t n_types = t->slide->types.n;
    for (size_t k = 0; k < b->n; k++) {
        const double area_mm2 =
            cyt_grid_area_um2(&t->slide->grid, b->n_pixels[k]) * 1e-6;
        const double count = (double)b->n_cells[k * n_types + type];
        out[k] = area_mm2 > 0 ? count / area_mm2 : NAN;
    }
}

static cyt_code write_bands(MPI_Comm comm, const cyt_cell_table *t, const char *path,
                            const cyt_band_table *b, cyt_store *store, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_frame frame = {0};
    cyt_names names = {0};
    double *column = cyt_alloc(b->n, sizeof *column, "bands", err);
    CYT_TRY(cyt_agree(comm, err->code ? err->code : name_bands(b, &names, err), err));
    CYT_TRY(cyt_frame_begin_whole(store, path, b->n, &frame, err));
    CYT_TRY(cyt_frame_index_names(&frame, &names, err));
    for (size_t c = b->names ? AREA : LOW; c < N_COLUMNS; c++) {
        for (size_t k = 0; k < b->n; k++)
            column[k] = cell_of(t, b, c, k);
        CYT_TRY(cyt_frame_numbers(&frame, column_names[c], CYT_STORE_F64, column, err));
    }
    for (size_t type = 0; type < t->slide->types.n; type++) {
        fill_density(t, b, type, column);
        CYT_TRY(cyt_frame_numbers(&frame, t->slide->types.name[type], CYT_STORE_F64,
                                  column, err));
    }
done:
    code = cyt_frame_leave(&frame, code, err);
    cyt_names_free(&names);
    free(column);
    return code;
}

/* --- pairs of types --------------------------------------------------------------- */

typedef struct pair_rows {
    const cyt_type_pair_table *table;
    const cyt_names *types;
    size_t per_pair, n;
} pair_rows;

static cyt_code name_pairs(const pair_rows *r, cyt_names *names, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t i = 0; i < r->n && code == CYT_OK; i++) {
        const size_t pair = i / r->per_pair, n = r->types->n;
        cyt_strbuf text = {0};
        cyt_strbuf_add(&text, err, "%s|%s", r->types->name[pair / n],
                       r->types->name[pair % n]);
        if (r->table->radius_um)
            cyt_strbuf_add(&text, err, "@%.10g", r->table->radius_um[i % r->per_pair]);
        code = err->code;
        if (code == CYT_OK)
            code = cyt_names_add(names, text.text, strlen(text.text), err);
        cyt_strbuf_free(&text);
    }
    return code;
}

static cyt_code write_pair_types(const pair_rows *r, cyt_frame *frame, int32_t *codes,
                                 cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (int second = 0; second < 2; second++) {
        for (size_t i = 0; i < r->n; i++) {
            const size_t pair = i / r->per_pair;
            codes[i] = (int32_t)(second ? pair % r->types->n : pair / r->types->n);
        }
        CYT_TRY(cyt_frame_categories(frame, second ? "type_b" : "type_a", r->types, 0,
                                     codes, err));
    }
done:
    return code;
}

static cyt_code write_pair_columns(const pair_rows *r, cyt_frame *frame, int64_t *room,
                                   double *numbers, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_type_pair_table *t = r->table;
    for (size_t i = 0; t->radius_um && i < r->n; i++)
        numbers[i] = t->radius_um[i % r->per_pair];
    if (t->radius_um)
        CYT_TRY(cyt_frame_numbers(frame, "radius_um", CYT_STORE_F64, numbers, err));
    for (size_t i = 0; i < r->n; i++)
        room[i] = (int64_t)t->count[i];
    CYT_TRY(cyt_frame_numbers(frame, "count", CYT_STORE_I64, room, err));
    for (size_t k = 0; k < t->n_columns; k++)
        CYT_TRY(cyt_frame_numbers(frame, t->names[k], CYT_STORE_F64,
                                  t->values + k * r->n, err));
done:
    return code;
}

static cyt_code write_type_pairs(MPI_Comm comm, const char *path,
                                 const cyt_type_pair_table *table,
                                 const cyt_names *types, cyt_store *store,
                                 cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_frame frame = {0};
    cyt_names names = {0};
    const size_t per_pair = table->radius_um ? table->n_radii : 1;
    const pair_rows r = {table, types, per_pair, types->n * types->n * per_pair};
    int32_t *codes = cyt_alloc(r.n, sizeof *codes, "pairs of types", err);
    int64_t *room = cyt_alloc(r.n, sizeof *room, "pairs of types", err);
    double *numbers = cyt_alloc(r.n, sizeof *numbers, "pairs of types", err);
    CYT_TRY(cyt_agree(comm, err->code ? err->code : name_pairs(&r, &names, err), err));
    CYT_TRY(cyt_frame_begin_whole(store, path, r.n, &frame, err));
    CYT_TRY(cyt_frame_index_names(&frame, &names, err));
    CYT_TRY(write_pair_types(&r, &frame, codes, err));
    CYT_TRY(write_pair_columns(&r, &frame, room, numbers, err));
done:
    code = cyt_frame_leave(&frame, code, err);
    cyt_names_free(&names);
    free(codes);
    free(room);
    free(numbers);
    return code;
}

/* --- all of them ------------------------------------------------------------------ */

cyt_code cyt_slide_parts_write(MPI_Comm comm, const cyt_cell_table *t, cyt_store *store,
                               cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (t->regions) {
        const cyt_region_table *r = t->regions;
        const part_list list = {"/uns/regions", "label", r->labels, r->area_um2,
                                r->n_cells};
        CYT_TRY(write_parts(comm, &list, store, err));
    }
    if (t->compartments)
        CYT_TRY(write_compartments(comm, t, store, err));
    if (t->zones.n > 0)
        CYT_TRY(write_bands(comm, t, "/uns/margin_zones", &t->zones, store, err));
    if (t->profile.n > 0)
        CYT_TRY(write_bands(comm, t, "/uns/margin_profile", &t->profile, store, err));
    if (t->pairs.count)
        CYT_TRY(write_type_pairs(comm, "/uns/pairs", &t->pairs, &t->slide->types, store,
                                 err));
    if (t->nearest_curves.count)
        CYT_TRY(write_type_pairs(comm, "/uns/nearest_curves", &t->nearest_curves,
                                 &t->slide->types, store, err));
    if (t->enrichment.count)
        CYT_TRY(write_type_pairs(comm, "/uns/enrichment", &t->enrichment,
                                 &t->slide->types, store, err));
    for (size_t k = 0; t->results && k < t->results->n; k++)
        CYT_TRY(cyt_result_table_write(comm, t->results->item[k], store, err));
done:
    return code;
}
