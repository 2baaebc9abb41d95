// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/slide_file.h"

#include "slide_parts.h"
#include "store_impl.h"

#include "cytotaxis/anndata.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/nxdata.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the table of cells ----------------------------------------------------------- */

/* A column sent home; NULL with the error agreed. */
static cyt_code bring_home(MPI_Comm comm, const cyt_cell_table *t, const double *in,
                           double *out, cyt_error *err)
{
    return cyt_home_column(comm, t->home, sizeof *out, in, out, 1, 0, err);
}

static cyt_code begin_frame(const cyt_cell_table *t, cyt_store *store, const char *path,
                            cyt_frame *frame, cyt_error *err)
{
    cyt_code code = cyt_frame_begin(store, path, t->slide->n_cells, t->home->first,
                                    t->home->n, frame, err);
    if (code == CYT_OK)
        code = cyt_frame_index(frame, t->id_width, t->ids, err);
    return code;
}

/* Compartment and distance to the border of each cell. @p strip and @p home are room
 * for a column each. */
static cyt_code write_compartments(MPI_Comm comm, const cyt_cell_table *t,
                                   cyt_frame *frame, int32_t *strip, int32_t *home,
                                   cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_compartment_table *c = t->compartments;
    double *margin = cyt_alloc(c->margin_um ? t->home->n : 0, sizeof *margin,
                               "distances to a border", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t i = 0; i < t->slide->cells.n; i++)
        strip[i] = (int32_t)c->cell[i] - 1;
    CYT_TRY(cyt_home_column(comm, t->home, sizeof *home, strip, home, 1, 0, err));
    CYT_TRY(cyt_frame_categories(frame, "compartment", c->names, 0, home, err));
    if (!c->margin_um)
        goto done;
    CYT_TRY(bring_home(comm, t, c->margin_um, margin, err));
    CYT_TRY(cyt_frame_numbers(frame, "margin_um", CYT_STORE_F64, margin, err));
done:
    free(margin);
    return code;
}

/* How many cells with a type lie around each. */
static cyt_code write_within(MPI_Comm comm, const cyt_cell_table *t, cyt_frame *frame,
                             int32_t *strip, int32_t *home, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_neighbourhood_table *k = &t->neighbourhood;
    const size_t n = t->slide->cells.n;
    char name[64];
    snprintf(name, sizeof name, "n_within_%.10gum", k->radius_um);
    for (size_t i = 0; i < n; i++) {
        strip[i] = 0;
        for (size_t type = 0; type < t->slide->types.n; type++)
            strip[i] += (int32_t)k->window[type * n + i];
    }
    CYT_TRY(cyt_home_column(comm, t->home, sizeof *home, strip, home, 1, 0, err));
    CYT_TRY(cyt_frame_numbers(frame, name, CYT_STORE_I32, home, err));
done:
    return code;
}

static cyt_code write_obs(MPI_Comm comm, const cyt_cell_table *t, cyt_store *store,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_frame frame = {0};
    const cyt_cells *c = &t->slide->cells;
    int32_t *strip = cyt_alloc(c->n, sizeof *strip, "cell types", err);
    int32_t *home = cyt_alloc(t->home->n, sizeof *home, "cell types", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t i = 0; i < c->n; i++)
        strip[i] = c->type[i] == CYT_NO_TYPE ? -1 : c->type[i];
    CYT_TRY(cyt_home_column(comm, t->home, sizeof *home, strip, home, 1, 0, err));
    CYT_TRY(begin_frame(t, store, "/obs", &frame, err));
    CYT_TRY(cyt_frame_categories(&frame, "cell_type", &t->slide->types, 0, home, err));
    if (t->regions) {
        CYT_TRY(cyt_home_column(comm, t->home, sizeof *home, t->regions->label, home, 1,
                                0, err));
        CYT_TRY(
            cyt_frame_categories(&frame, "region", t->regions->labels, 0, home, err));
    }
    if (t->compartments)
        CYT_TRY(write_compartments(comm, t, &frame, strip, home, err));
    if (t->neighbourhood.window && !isnan(t->neighbourhood.radius_um))
        CYT_TRY(write_within(comm, t, &frame, strip, home, err));
done:
    code = cyt_frame_leave(&frame, code, err);
    free(strip);
    free(home);
    return code;
}

static cyt_code write_spatial(MPI_Comm comm, const cyt_cell_table *t, cyt_store *store,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    const double um = t->slide->um_per_unit;
    double *xy = cyt_alloc(2 * t->home->n, sizeof *xy, "positions", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(
        cyt_home_column(comm, t->home, sizeof *xy, t->slide->cells.x, xy, 2, 0, err));
    CYT_TRY(
        cyt_home_column(comm, t->home, sizeof *xy, t->slide->cells.y, xy, 2, 1, err));
    for (size_t i = 0; i < 2 * t->home->n; i++)
        xy[i] *= um;
    const cyt_store_layout layout = {.type = CYT_STORE_F64,
                                     .n_rows = t->slide->n_cells,
                                     .n_cols = 2,
                                     .filter = CYT_COMPRESS_DEFLATE};
    CYT_TRY(cyt_anndata_rows(store, "/obsm/spatial", &layout, t->home->first,
                             t->home->n, xy, err));
done:
    free(xy);
    return code;
}

static cyt_code write_neighbourhood(MPI_Comm comm, const cyt_cell_table *t,
                                    cyt_store *store, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_frame frame = {0};
    const cyt_names *types = &t->slide->types;
    int32_t *home = cyt_alloc(t->home->n, sizeof *home, "a column", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(begin_frame(t, store, "/obsm/neighbourhood", &frame, err));
    for (size_t k = 0; k < types->n; k++) {
        CYT_TRY(cyt_home_column(comm, t->home, sizeof *home,
                                t->neighbourhood.window + k * t->slide->cells.n, home,
                                1, 0, err));
        CYT_TRY(cyt_frame_numbers(&frame, types->name[k], CYT_STORE_I32, home, err));
    }
done:
    code = cyt_frame_leave(&frame, code, err);
    free(home);
    return code;
}

enum { N_OBSM = 3 }; /* members of /obsm besides signals */

/* A frame of double columns in strip order. */
static cyt_code write_columns(MPI_Comm comm, const cyt_cell_table *t, cyt_store *store,
                              const char *path, size_t n, const char *const *names,
                              const double *const *columns, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_frame frame = {0};
    double *home = cyt_alloc(t->home->n, sizeof *home, "a column", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(begin_frame(t, store, path, &frame, err));
    for (size_t k = 0; k < n; k++) {
        CYT_TRY(bring_home(comm, t, columns[k], home, err));
        CYT_TRY(cyt_frame_numbers(&frame, names[k], CYT_STORE_F64, home, err));
    }
done:
    code = cyt_frame_leave(&frame, code, err);
    free(home);
    return code;
}

static cyt_code write_nearest(MPI_Comm comm, const cyt_cell_table *t, cyt_store *store,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = t->slide->types.n;
    const double **columns = cyt_alloc(n, sizeof *columns, "columns", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t k = 0; k < n; k++)
        columns[k] = t->nearest_um + k * t->slide->cells.n;
    CYT_TRY(write_columns(comm, t, store, "/obsm/nearest_um", n,
                          (const char *const *)t->slide->types.name, columns, err));
done:
    free(columns);
    return code;
}

/* Links of the signals, behind those that /obsm has already. */
static cyt_code link_signals(const cyt_cell_table *t, cyt_names *links, cyt_error *err)
{
    static const char *const taken[N_OBSM] = {"spatial", "nearest_um", "neighbourhood"};
    cyt_code code = CYT_OK;
    for (size_t k = 0; k < N_OBSM; k++)
        CYT_TRY(cyt_names_add(links, taken[k], strlen(taken[k]), err));
    for (size_t s = 0; s < t->n_signals; s++)
        CYT_TRY(cyt_store_link_name(t->signals[s].name, links, err));
done:
    return code;
}

/* Is a cell so near to the edge of what was seen that its signal may come from beyond?
 */
static cyt_code write_near_edge(MPI_Comm comm, const cyt_signal_columns *c,
                                const cyt_cell_table *t, cyt_frame *frame,
                                cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = t->slide->cells.n;
    int8_t *near = cyt_alloc(n, 1, "flags", err);
    int8_t *home = cyt_alloc(t->home->n, 1, "flags", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t i = 0; i < n; i++)
        near[i] = c->view_edge_um[i] < c->near_um;
    CYT_TRY(cyt_home_column(comm, t->home, 1, near, home, 1, 0, err));
    CYT_TRY(cyt_frame_numbers(frame, "near_view_edge", CYT_STORE_BOOL, home, err));
done:
    free(near);
    free(home);
    return code;
}

static cyt_code write_signal(MPI_Comm comm, const cyt_signal_columns *c,
                             const char *link, const cyt_cell_table *t,
                             cyt_store *store, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_frame frame = {0};
    char name[CYT_COLUMN_NAME_SIZE];
    const size_t n = t->slide->cells.n;
    char *path = cyt_store_join("/obsm", link, err);
    double *strip = cyt_alloc(n, sizeof *strip, "a column", err);
    double *home = cyt_alloc(t->home->n, sizeof *home, "a column", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(begin_frame(t, store, path, &frame, err));
    for (size_t k = 0; k < cyt_cell_signal_n_columns(&c->felt); k++) {
        cyt_cell_signal_name(&c->felt, k, name);
        cyt_cell_signal_column(&c->felt, k, n, strip);
        CYT_TRY(bring_home(comm, t, strip, home, err));
        CYT_TRY(cyt_frame_numbers(&frame, name, CYT_STORE_F64, home, err));
    }
    CYT_TRY(write_near_edge(comm, c, t, &frame, err));
done:
    code = cyt_frame_leave(&frame, code, err);
    if (code == CYT_OK && strcmp(link, c->name) != 0)
        code = cyt_store_attr_text(store, path, "name", c->name, err);
    free(path);
    free(strip);
    free(home);
    return code;
}

static cyt_code write_signals(MPI_Comm comm, const cyt_cell_table *t, cyt_store *store,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names links = {0};
    CYT_TRY(cyt_agree(comm, link_signals(t, &links, err), err));
    for (size_t s = 0; s < t->n_signals; s++)
        CYT_TRY(
            write_signal(comm, &t->signals[s], links.name[N_OBSM + s], t, store, err));
done:
    cyt_names_free(&links);
    return code;
}

/* --- metrics ---------------------------------------------------------------------- */

enum { NAME, ANALYSIS, STATISTIC, TYPE_A, TYPE_B, SIGNAL, UNIT, DESCRIPTION, N_TEXTS };
static const char *const text_names[N_TEXTS] = {"metric", "analysis",   "statistic",
                                                "type_a", "type_b",     "signal",
                                                "unit",   "description"};

static const char *text_of(const cyt_metric *m, size_t k)
{
    const cyt_statistic_info *info = cyt_statistic_get(m->statistic);
    const char *const all[N_TEXTS] = {NULL,       info->analysis,   info->statistic,
                                      m->type_a,  m->type_b,        m->signal,
                                      info->unit, info->description};
    return all[k];
}

static cyt_code metric_texts(const cyt_metrics *metrics, size_t k, cyt_names *out,
                             cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t i = 0; code == CYT_OK && i < metrics->n; i++) {
        char *name = k == NAME ? cyt_metric_name(&metrics->item[i], err) : NULL;
        const char *text = name ? name : text_of(&metrics->item[i], k);
        code = text ? cyt_names_add(out, text, strlen(text), err) : err->code;
        free(name);
    }
    return code;
}

static double place_on(const cyt_metric *m, size_t axis)
{
    return cyt_statistic_get(m->statistic)->axis == axis ? m->at : NAN;
}

cyt_code cyt_metric_frame(MPI_Comm comm, cyt_store *store, const char *path,
                          const cyt_metrics *metrics, int with_values, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_frame frame = {0};
    cyt_names texts = {0};
    double *v = cyt_alloc(metrics->n, sizeof *v, "metrics", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_frame_begin_whole(store, path, metrics->n, &frame, err));
    for (size_t k = 0; k < N_TEXTS; k++) {
        CYT_TRY(cyt_agree(comm, metric_texts(metrics, k, &texts, err), err));
        if (k == NAME)
            CYT_TRY(cyt_frame_index_names(&frame, &texts, err));
        else
            CYT_TRY(cyt_frame_names(&frame, text_names[k], &texts, err));
        cyt_names_free(&texts);
    }
    for (size_t axis = CYT_AXIS_NONE + 1; axis < CYT_AXES; axis++) {
        for (size_t i = 0; i < metrics->n; i++)
            v[i] = place_on(&metrics->item[i], axis);
        CYT_TRY(cyt_frame_numbers(&frame, cyt_axis_names[axis], CYT_STORE_F64, v, err));
    }
    for (size_t i = 0; i < metrics->n; i++)
        v[i] = metrics->item[i].value;
    if (with_values)
        CYT_TRY(cyt_frame_numbers(&frame, "value", CYT_STORE_F64, v, err));
done:
    code = cyt_frame_leave(&frame, code, err);
    cyt_names_free(&texts);
    free(v);
    return code;
}

static cyt_code fill_signals(const cyt_cell_table *t, cyt_names *names,
                             cyt_names *units, double *facts, cyt_error *err)
{
    cyt_code code = err->code;
    for (size_t s = 0; s < t->n_signals && code == CYT_OK; s++) {
        const char *name = t->signals[s].name;
        const char *unit = t->signals[s].is_absolute ? "nM" : "relative um-2";
        code = cyt_names_add(names, name, strlen(name), err);
        if (code == CYT_OK)
            code = cyt_names_add(units, unit, strlen(unit), err);
        for (size_t k = 0; k < CYT_SIGNAL_FACTS; k++)
            facts[k * t->n_signals + s] = t->signals[s].facts[k];
    }
    return code;
}

/* What can be said of each field as a whole: is it the solution, how well? */
static cyt_code write_signal_facts(MPI_Comm comm, const cyt_cell_table *t,
                                   cyt_store *store, cyt_error *err)
{
    static const char *const columns[CYT_SIGNAL_FACTS] = {"lambda_um",
                                                          "total",
                                                          "mass_balance_error",
                                                          "smallest",
                                                          "largest",
                                                          "concentration_error",
                                                          "gradient_error",
                                                          "residual",
                                                          "iterations",
                                                          "senders_outside_tissue"};
    cyt_code code = CYT_OK;
    const size_t n = t->n_signals;
    cyt_names names = {0}, units = {0};
    cyt_frame frame = {0};
    double *facts = cyt_alloc(CYT_SIGNAL_FACTS * n, sizeof *facts, "signals", err);
    CYT_TRY(cyt_agree(comm, fill_signals(t, &names, &units, facts, err), err));
    CYT_TRY(cyt_frame_begin_whole(store, "/uns/signals", n, &frame, err));
    CYT_TRY(cyt_frame_index_names(&frame, &names, err));
    for (size_t k = 0; k < CYT_SIGNAL_FACTS; k++)
        CYT_TRY(
            cyt_frame_numbers(&frame, columns[k], CYT_STORE_F64, facts + k * n, err));
    CYT_TRY(cyt_frame_names(&frame, "unit", &units, err));
done:
    code = cyt_frame_leave(&frame, code, err);
    cyt_names_free(&names);
    cyt_names_free(&units);
    free(facts);
    return code;
}

static cyt_code write_uns(MPI_Comm comm, const cyt_cell_table *t, cyt_store *store,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_store_layout one = {
        .type = CYT_STORE_F64, .n_rows = 1, .filter = CYT_COMPRESS_NONE};
    const double n_cells = (double)t->slide->n_cells;
    CYT_TRY(cyt_metric_frame(comm, store, "/uns/metrics", t->metrics, 1, err));
    CYT_TRY(cyt_anndata_array(store, "/uns/n_cells", &one, &n_cells, err));
    CYT_TRY(cyt_anndata_array(store, "/uns/area_um2", &one, &t->area_um2, err));
    if (t->n_signals > 0)
        CYT_TRY(write_signal_facts(comm, t, store, err));
    CYT_TRY(cyt_slide_parts_write(comm, t, store, err));
done:
    return code;
}

cyt_code cyt_slide_file_write(MPI_Comm comm, const char *path,
                              const cyt_cell_table *table, cyt_names *digests,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_store *store = NULL;
    CYT_TRY(cyt_store_create(comm, path, &store, err));
    CYT_TRY(cyt_anndata_begin(store, err));
    CYT_TRY(write_obs(comm, table, store, err));
    CYT_TRY(write_spatial(comm, table, store, err));
    CYT_TRY(write_nearest(comm, table, store, err));
    if (table->neighbourhood.window)
        CYT_TRY(write_neighbourhood(comm, table, store, err));
    if (!table->without_cell_signals)
        CYT_TRY(write_signals(comm, table, store, err));
    CYT_TRY(write_uns(comm, table, store, err));
    CYT_TRY(cyt_store_take_digests(store, digests, err));
done:
    if (store) {
        const cyt_code closed = cyt_store_close(&store, code == CYT_OK, err);
        code = code == CYT_OK ? closed : code;
    }
    return code;
}
