// SPDX-License-Identifier: BSD-3-Clause
/* What is told of a signal: means over responders, and maps. */
#include "slide/signal.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/group_means.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* --- means ------------------------------------------------------------------------ */

/* What a mean is of, and under which names it is published. */
typedef struct mean_of {
    cyt_felt what;
    size_t receptor;
    cyt_statistic all; /* the next statistic is that without cells near the edge */
    char name[CYT_NAME_SIZE + 8 + CYT_NUMBER_SIZE]; /* of the signal; several receptor
                                                       laws add "c/Kd" */
} mean_of;

/* Which cells a mean runs over. */
typedef enum choice { ALL, INNER, BY_COMPARTMENT } choice;

static size_t n_places(const cyt_slide_work *w, choice which)
{
    return which == BY_COMPARTMENT ? w->compartments.names.n : 1;
}

static void choose_cells(const cyt_slide_work *w, const cyt_signal_terms *terms,
                         const cyt_signal_columns *c, choice which, uint32_t *group)
{
    const cyt_cells *cells = &w->slide.cells;
    for (size_t i = 0; i < cells->n; i++) {
        const uint16_t t = cells->type[i];
        group[i] = CYT_NO_GROUP;
        if (t == CYT_NO_TYPE || !terms->is_responder[t])
            continue;
        if (which == ALL || (which == INNER && !(c->view_edge_um[i] < c->near_um)))
            group[i] = t;
        if (which == BY_COMPARTMENT && w->compartments.cell[i] > 0)
            group[i] = (uint32_t)(t * n_places(w, which)) + w->compartments.cell[i] - 1;
    }
}

static cyt_code publish(cyt_slide_work *w, const cyt_signal_terms *terms,
                        const mean_of *m, choice which, const double *mean,
                        cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = n_places(w, which);
    const cyt_statistic statistic = which == INNER ? m->all + 1 : m->all;
    for (size_t t = 0; t < w->slide.types.n; t++)
        for (size_t k = 0; k < n && terms->is_responder[t]; k++)
            CYT_TRY(cyt_metrics_add(
                &w->metrics, statistic, w->slide.types.name[t],
                which == BY_COMPARTMENT ? w->compartments.names.name[k] : NULL, m->name,
                mean[t * n + k], err));
done:
    return code;
}

static cyt_code add_mean(MPI_Comm group, cyt_slide_work *w,
                         const cyt_signal_terms *terms, const cyt_signal_columns *c,
                         const mean_of *m, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = w->slide.cells.n;
    const size_t most = w->slide.types.n * (1 + w->compartments.names.n);
    double *value = cyt_alloc(n, sizeof *value, "a signal at cells", err);
    uint32_t *chosen = cyt_alloc(n, sizeof *chosen, "groups of cells", err);
    double *mean = cyt_alloc(most, sizeof *mean, "means of groups", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    cyt_cell_signal_make(&c->felt, m->what, m->receptor, n, value);
    const choice last = w->compartments.names.n > 0 ? BY_COMPARTMENT : INNER;
    for (choice which = ALL; which <= last; which++) {
        choose_cells(w, terms, c, which, chosen);
        CYT_TRY(cyt_group_means(group, n, chosen, value,
                                w->slide.types.n * n_places(w, which), mean, err));
        CYT_TRY(cyt_agree(group, publish(w, terms, m, which, mean, err), err));
    }
done:
    free(value);
    free(chosen);
    free(mean);
    return code;
}

/* In the low-dose limit occupancy is concentration, of which there is a mean already.
 */
static cyt_code add_receptor_means(MPI_Comm group, cyt_slide_work *w,
                                   const cyt_signal_terms *terms,
                                   const cyt_signal_columns *c, size_t r,
                                   cyt_error *err)
{
    cyt_code code = CYT_OK;
    char number[CYT_NUMBER_SIZE];
    mean_of theta = {CYT_FELT_OCCUPANCY, r, CYT_SIGNAL_MEAN_OCCUPANCY, ""};
    if (!(c->felt.receptor[r].per_kd > 0))
        return CYT_OK;
    if (c->felt.n_receptors > 1)
        snprintf(theta.name, sizeof theta.name, "%s c/Kd=%s", c->name,
                 cyt_number_text(c->felt.receptor[r].per_kd, number));
    else
        snprintf(theta.name, sizeof theta.name, "%s", c->name);
    CYT_TRY(add_mean(group, w, terms, c, &theta, err));
    theta.what = CYT_FELT_DIFFERENCE;
    theta.all = CYT_SIGNAL_MEAN_DIFFERENCE;
    CYT_TRY(add_mean(group, w, terms, c, &theta, err));
done:
    return code;
}

cyt_code cyt_signal_metrics(MPI_Comm group, cyt_slide_work *w,
                            const cyt_signal_terms *terms, const cyt_signal_columns *c,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_statistic first[] = {c->is_absolute ? CYT_SIGNAL_MEAN_CONCENTRATION_NM
                                                  : CYT_SIGNAL_MEAN_CONCENTRATION,
                                   c->is_absolute ? CYT_SIGNAL_MEAN_GRADIENT_NM
                                                  : CYT_SIGNAL_MEAN_GRADIENT,
                                   CYT_SIGNAL_MEAN_PULL};
    static const cyt_felt what[] = {CYT_FELT_CONCENTRATION, CYT_FELT_GRADIENT,
                                    CYT_FELT_PULL};
    for (size_t k = 0; k < (c->felt.away.x ? 3 : 2); k++) {
        mean_of m = {what[k], 0, first[k], ""};
        snprintf(m.name, sizeof m.name, "%s", c->name);
        CYT_TRY(add_mean(group, w, terms, c, &m, err));
    }
    for (size_t r = 0; r < c->felt.n_receptors; r++)
        CYT_TRY(add_receptor_means(group, w, terms, c, r, err));
done:
    return code;
}

/* --- maps ------------------------------------------------------------------------- */

typedef struct map_info {
    const char *link, *units, *what;
} map_info;

static cyt_code write_map(MPI_Comm group, cyt_slide_work *w,
                          const cyt_signal_columns *c, const map_info *info,
                          const float *map, cyt_error *err)
{
    char long_name[512];
    snprintf(long_name, sizeof long_name, "%s %s", info->what, c->name);
    const cyt_field_info field = {"signal", c->name, info->link, info->units,
                                  long_name};
    return cyt_fields_write(group, &w->fields, &field, map, err);
}

static cyt_code write_solved(MPI_Comm group, cyt_slide_work *w,
                             const cyt_signal_columns *c, const cyt_signal *solved,
                             float *map, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = cyt_slide_n_pixels(w);
    const char *per_um = c->is_absolute ? "nM um-1" : "relative um-3";
    const double *const raster[] = {solved->c, solved->grad_x, solved->grad_y};
    const map_info info[] = {{"concentration", c->is_absolute ? "nM" : "relative um-2",
                              "steady concentration of"},
                             {"grad_x", per_um, "gradient along x of"},
                             {"grad_y", per_um, "gradient along y of"}};
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < n; i++)
            map[i] = (float)raster[k][i];
        CYT_TRY(write_map(group, w, c, &info[k], map, err));
    }
done:
    return code;
}

/* Room for one row of what a column of the table of cells becomes as a map. */
typedef struct row_room {
    double *away_x, *away_y, *made;
} row_room;

static void make_rows(const cyt_signal_stage *stage, const cyt_signal_columns *c,
                      const cyt_signal *solved, size_t column, const row_room *room,
                      float *map)
{
    const cyt_slide *s = &stage->work->slide;
    const size_t n_rows = cyt_slide_n_rows(s), n = s->grid.n_cols;
    cyt_cell_signal row = c->felt;
    for (size_t r = 0; r < n_rows; r++) {
        const size_t at = r * n;
        row.concentration = solved->c + at;
        row.grad = (cyt_vectors){solved->grad_x + at, solved->grad_y + at};
        for (size_t i = 0; row.away.x && i < n; i++) {
            room->away_x[i] = stage->away_map[at + i];
            room->away_y[i] = stage->away_map[n_rows * n + at + i];
        }
        if (row.away.x)
            row.away = (cyt_vectors){room->away_x, room->away_y};
        cyt_cell_signal_column(&row, column, n, room->made);
        for (size_t i = 0; i < n; i++)
            map[at + i] = (float)room->made[i];
    }
}

/* In the low-dose limit occupancy is concentration, and its difference the length of
 * the gradient, of which there are maps already. */
static int has_map(const cyt_cell_signal *felt, size_t column)
{
    const cyt_felt what = cyt_cell_signal_kind(felt, column);
    const int of_law = what == CYT_FELT_OCCUPANCY || what == CYT_FELT_DIFFERENCE;
    return what == CYT_FELT_PULL || (of_law && felt->receptor[0].per_kd > 0);
}

static const char *title_of(cyt_felt what)
{
    if (what == CYT_FELT_PULL)
        return "pull into the tumour by";
    return what == CYT_FELT_OCCUPANCY ? "occupancy by"
                                      : "difference of occupancy across a cell by";
}

static cyt_code write_felt(MPI_Comm group, const cyt_signal_stage *stage,
                           const cyt_signal_columns *c, const cyt_signal *solved,
                           float *map, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char name[CYT_COLUMN_NAME_SIZE];
    const size_t n = stage->work->slide.grid.n_cols;
    double *rows = cyt_alloc(3 * n, sizeof *rows, "rows of a map", err);
    const row_room room = {rows, rows ? rows + n : NULL, rows ? rows + 2 * n : NULL};
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t k = 0; k < cyt_cell_signal_n_columns(&c->felt); k++) {
        if (!has_map(&c->felt, k))
            continue;
        cyt_cell_signal_name(&c->felt, k, name);
        make_rows(stage, c, solved, k, &room, map);
        const map_info info = {name, "1", title_of(cyt_cell_signal_kind(&c->felt, k))};
        CYT_TRY(write_map(group, stage->work, c, &info, map, err));
    }
done:
    free(rows);
    return code;
}

cyt_code cyt_signal_maps(MPI_Comm group, const cyt_signal_stage *stage,
                         const cyt_signal_columns *c, const cyt_signal *solved,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_slide_work *w = stage->work;
    const size_t n = cyt_slide_n_pixels(w);
    float *map = cyt_alloc(n, sizeof *map, "a map", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    CYT_TRY(write_solved(group, w, c, solved, map, err));
    CYT_TRY(write_felt(group, stage, c, solved, map, err));
done:
    free(map);
    return code;
}
