// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/cells.h"

#include "cytotaxis/mem.h"

#include <stdlib.h>
#include <string.h>

void cyt_rows_free(cyt_rows *rows)
{
    free(rows->x);
    free(rows->y);
    free(rows->type);
    free(rows->index);
    free(rows->place);
    free(rows->id_start);
    free(rows->id_text);
    free(rows->values);
    free(rows->value_found);
    cyt_names_free(&rows->labels);
    free(rows->field);
    cyt_names_free(&rows->fields);
    *rows = (cyt_rows){0};
}

cyt_code cyt_cells_init(cyt_cells *cells, size_t n, size_t n_values, cyt_error *err)
{
    *cells = (cyt_cells){.n = n, .n_values = n_values};
    cells->x = cyt_alloc(n, sizeof *cells->x, "cell positions", err);
    cells->y = cyt_alloc(n, sizeof *cells->y, "cell positions", err);
    cells->type = cyt_alloc(n, sizeof *cells->type, "cell types", err);
    cells->index = cyt_alloc(n, sizeof *cells->index, "cell numbers", err);
    cells->values =
        cyt_alloc(n * n_values, sizeof *cells->values, "ligand values", err);
    if (err->code != CYT_OK)
        cyt_cells_free(cells);
    return err->code;
}

void cyt_cells_free(cyt_cells *cells)
{
    free(cells->x);
    free(cells->y);
    free(cells->type);
    free(cells->index);
    free(cells->values);
    *cells = (cyt_cells){0};
}

size_t cyt_slide_first_row(const cyt_slide *slide)
{
    return slide->strips[slide->strip];
}

size_t cyt_slide_n_rows(const cyt_slide *slide)
{
    return slide->strips[slide->strip + 1] - slide->strips[slide->strip];
}

static size_t own_row_of(const cyt_slide *slide, size_t cell)
{
    return cyt_grid_row(&slide->grid, slide->cells.y[cell] * slide->um_per_unit) -
           cyt_slide_first_row(slide);
}

size_t cyt_slide_pixel_of(const cyt_slide *slide, size_t cell)
{
    const double x_um = slide->cells.x[cell] * slide->um_per_unit;
    return own_row_of(slide, cell) * slide->grid.n_cols +
           cyt_grid_col(&slide->grid, x_um);
}

void cyt_slide_row_cells(const cyt_slide *slide, size_t *first_cell)
{
    const size_t n_rows = cyt_slide_n_rows(slide);
    memset(first_cell, 0, (n_rows + 1) * sizeof *first_cell);
    for (size_t i = 0; i < slide->cells.n; i++)
        first_cell[own_row_of(slide, i) + 1]++;
    for (size_t r = 0; r < n_rows; r++)
        first_cell[r + 1] += first_cell[r];
}

void cyt_slide_free(cyt_slide *slide)
{
    cyt_names_free(&slide->types);
    free(slide->type_counts);
    free(slide->strips);
    free(slide->value_found);
    cyt_cells_free(&slide->cells);
    *slide = (cyt_slide){0};
}
