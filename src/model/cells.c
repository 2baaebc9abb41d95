// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/cells.h"

#include "cytotaxis/mem.h"

#include <stdlib.h>

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

void cyt_slide_free(cyt_slide *slide)
{
    cyt_names_free(&slide->types);
    free(slide->type_counts);
    free(slide->strips);
    free(slide->value_found);
    cyt_cells_free(&slide->cells);
    *slide = (cyt_slide){0};
}
