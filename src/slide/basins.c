// SPDX-License-Identifier: BSD-3-Clause
#include "slide/basins.h"

#include "cytotaxis/basins.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The basins of one signal and what lies in them. */
typedef struct told {
    cyt_slide_work *work;
    const cyt_signal_config *signal;
    const cyt_signal_columns *columns;
    const cyt_signal_terms *terms;
    cyt_basins basins;
    uint64_t *cells; /* [types.n * basins.n] of each type, over all ranks */
} told;

/* --- what is found ---------------------------------------------------------------- */

static cyt_code find(MPI_Comm group, told *t, const cyt_signal *solved, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide_work *w = t->work;
    const size_t n = cyt_slide_n_pixels(w);
    double lowest = INFINITY, highest = -INFINITY;
    double *c = cyt_alloc(n, sizeof *c, "basins of a signal", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t i = 0; i < n; i++) {
        c[i] = w->tissue.inside[i] ? solved->c[i] : NAN;
        lowest = fmin(lowest, c[i]);
        highest = fmax(highest, c[i]);
    }
    const double range = cyt_max_f64(group, highest) - cyt_min_f64(group, lowest);
    CYT_TRY(cyt_basins_find(group, w->slide.strips, w->slide.grid.n_cols, c,
                            w->job->config->screen.basin_depth * range, &t->basins,
                            err));
done:
    free(c);
    return code;
}

static cyt_code count_cells(MPI_Comm group, told *t, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide *s = &t->work->slide;
    const size_t n = t->basins.n;
    t->cells = cyt_calloc(s->types.n * n, sizeof *t->cells, "cells of basins", err);
    const int count = cyt_mpi_count(s->types.n * n, err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t i = 0; i < s->cells.n; i++) {
        const uint32_t label = t->basins.label[cyt_slide_pixel_of(s, i)];
        if (label > 0 && s->cells.type[i] != CYT_NO_TYPE)
            t->cells[s->cells.type[i] * n + label - 1]++;
    }
    cyt_allreduce(MPI_IN_PLACE, t->cells, count, MPI_UINT64_T, MPI_SUM, group);
done:
    return code;
}

/* --- what is told ----------------------------------------------------------------- */

static cyt_code put_heights(cyt_result_table *table, const told *t, const cyt_basin *b,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    char name[CYT_NUMBER_SIZE + 32], number[CYT_NUMBER_SIZE];
    CYT_TRY(cyt_result_number(table, "concentration", b->height, err));
    CYT_TRY(cyt_result_number(table, "concentration_at_pass", b->pass, err));
    CYT_TRY(cyt_result_number(table, "concentration_depth", b->height - b->pass, err));
    for (size_t r = 0; r < t->columns->felt.n_receptors; r++) {
        const double c[2] = {b->height, b->pass};
        double theta[2];
        const cyt_receptor *law = &t->columns->felt.receptor[r];
        cyt_occupancy(2, c, law, theta);
        snprintf(name, sizeof name, "occupancy_depth");
        if (t->columns->felt.n_receptors > 1)
            snprintf(name, sizeof name, "occupancy_depth@%s",
                     cyt_number_text(law->per_kd, number));
        CYT_TRY(cyt_result_number(table, name, theta[0] - theta[1], err));
    }
done:
    return code;
}

static cyt_code put_cells(cyt_result_table *table, const told *t, size_t k,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_names *types = &t->work->slide.types;
    uint64_t senders = 0;
    char name[CYT_NAME_SIZE + 8];
    for (size_t i = 0; i < types->n; i++)
        senders += t->terms->is_sender[i] ? t->cells[i * t->basins.n + k] : 0;
    CYT_TRY(cyt_result_number(table, "n_senders", (double)senders, err));
    for (size_t i = 0; i < types->n; i++) {
        snprintf(name, sizeof name, "n %s", types->name[i]);
        if (t->terms->is_responder[i])
            CYT_TRY(cyt_result_number(table, name,
                                      (double)t->cells[i * t->basins.n + k], err));
    }
done:
    return code;
}

static cyt_code put_row(cyt_result_table *table, const told *t, size_t k,
                        cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_grid *g = &t->work->slide.grid;
    const cyt_basin *b = &t->basins.item[k];
    const double row = (double)(b->summit / g->n_cols);
    const double col = (double)(b->summit % g->n_cols);
    char index[CYT_NAME_SIZE + CYT_NUMBER_SIZE];
    snprintf(index, sizeof index, "%s|%zu", t->signal->name, k + 1);
    CYT_TRY(cyt_result_row(table, index, err));
    CYT_TRY(cyt_result_text(table, "signal", t->signal->name, err));
    CYT_TRY(cyt_result_number(table, "basin", (double)k + 1, err));
    CYT_TRY(cyt_result_number(table, "x_um",
                              g->origin_x_um + (col + 0.5) * g->spacing_um, err));
    CYT_TRY(cyt_result_number(table, "y_um",
                              g->origin_y_um + (row + 0.5) * g->spacing_um, err));
    CYT_TRY(
        cyt_result_number(table, "area_um2", cyt_grid_area_um2(g, b->n_pixels), err));
    CYT_TRY(put_heights(table, t, b, err));
    CYT_TRY(cyt_result_number(table, "is_highest", b->is_highest, err));
    CYT_TRY(put_cells(table, t, k, err));
done:
    return code;
}

static cyt_code put_rows(told *t, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_result_table *table = cyt_slide_table(t->work, "basins", err);
    CYT_TRY(err->code);
    for (size_t k = 0; k < t->basins.n; k++)
        CYT_TRY(put_row(table, t, k, err));
done:
    return code;
}

static cyt_code draw(MPI_Comm group, told *t, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char long_name[CYT_NAME_SIZE + 32];
    const size_t n = cyt_slide_n_pixels(t->work);
    float *map = cyt_alloc(n, sizeof *map, "a map of basins", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t i = 0; i < n; i++)
        map[i] = t->basins.label[i] ? (float)t->basins.label[i] : NAN;
    snprintf(long_name, sizeof long_name, "number of the basin of %s", t->signal->name);
    const cyt_field_info field = {"signal", t->signal->name, "basin", "1", long_name};
    CYT_TRY(cyt_fields_write(group, &t->work->fields, &field, map, err));
done:
    free(map);
    return code;
}

cyt_code cyt_slide_basins(MPI_Comm group, const cyt_signal_stage *stage, size_t s,
                          const cyt_signal_terms *terms, const cyt_signal *solved,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_slide_work *w = stage->work;
    told t = {.work = w,
              .signal = &w->job->config->signals[s],
              .columns = &w->signals[s],
              .terms = terms};
    if (isnan(w->job->config->screen.basin_depth) || solved->missing ||
        !(solved->total > 0))
        return CYT_OK;
    CYT_TRY(find(group, &t, solved, err));
    CYT_TRY(count_cells(group, &t, err));
    CYT_TRY(cyt_agree(group, put_rows(&t, err), err));
    if (w->job->config->write_fields)
        CYT_TRY(draw(group, &t, err));
done:
    cyt_basins_free(&t.basins);
    free(t.cells);
    return code;
}
