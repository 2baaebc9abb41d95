// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/scatter.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/labels.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/route.h"
#include "cytotaxis/strip.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of nobody knows what: a cell costs about as much as a distance map of 8 pixels. */
static const cyt_strip_cost usual = {.cell = 8, .pixel = 1};

/* --- types ------------------------------------------------------------------------ */

/* The same on every rank. */
static cyt_code check_types(const cyt_slide *slide, cyt_error *err)
{
    const cyt_names *types = &slide->types;
    if (types->n > CYT_MOST_TYPES)
        return CYT_FAIL(err, CYT_ERR_DATA, slide->name,
                        "%zu cell types, at most %d are possible; is the type column "
                        "right?",
                        types->n, CYT_MOST_TYPES);
    for (size_t t = 0; t < types->n; t++)
        if (strlen(types->name[t]) > CYT_MOST_NAME)
            return CYT_FAIL(err, CYT_ERR_DATA, slide->name,
                            "a cell type has %zu bytes, at most %d are possible; is "
                            "the type column right? It begins with \"%.60s\"",
                            strlen(types->name[t]), CYT_MOST_NAME, types->name[t]);
    return CYT_OK;
}

static void count_types(MPI_Comm comm, const uint16_t *type, size_t n, cyt_slide *slide)
{
    for (size_t i = 0; i < n; i++)
        if (type[i] != CYT_NO_TYPE)
            slide->type_counts[type[i]]++;
    cyt_allreduce(MPI_IN_PLACE, slide->type_counts, (int)slide->types.n, MPI_UINT64_T,
                  MPI_SUM, comm);
}

/* --- grid and strips -------------------------------------------------------------- */

static cyt_box bounding_box_um(MPI_Comm comm, const cyt_rows *rows, double um)
{
    double low[4] = {HUGE_VAL, HUGE_VAL, HUGE_VAL, HUGE_VAL}; /* x, -x, y, -y */
    for (size_t i = 0; i < rows->n; i++) {
        const double at[4] = {rows->x[i], -rows->x[i], rows->y[i], -rows->y[i]};
        for (size_t k = 0; k < 4; k++)
            low[k] = at[k] < low[k] ? at[k] : low[k];
    }
    cyt_allreduce(MPI_IN_PLACE, low, 4, MPI_DOUBLE, MPI_MIN, comm);
    return (cyt_box){low[0] * um, -low[1] * um, low[2] * um, -low[3] * um};
}

/* A table may be whole and its filter leave nothing. The same on every rank. */
static cyt_code check_cells(const cyt_slide *slide, cyt_error *err)
{
    if (slide->n_cells > 0)
        return CYT_OK;
    return CYT_FAIL(
        err, CYT_ERR_DATA, slide->name,
        "the slide has no cells; is its file, or its filter, the right one?");
}

/* A slip of units makes absurd rasters: say so before anything is allocated. */
static cyt_code check_extent(cyt_box box, double spacing_um, double padding_um,
                             cyt_error *err)
{
    static const double most = 1 << 20; /* pixels a side; 5 m at 5 µm */
    const double w = (box.x_max - box.x_min + 2 * padding_um) / spacing_um;
    const double h = (box.y_max - box.y_min + 2 * padding_um) / spacing_um;
    if (w < most && h < most)
        return CYT_OK;
    return CYT_FAIL(
        err, CYT_ERR_DATA, NULL,
        "the cells span %g x %g um, a raster of %.3g x %.3g pixels of %g um; "
        "check um_per_px, or raise grid.spacing_um",
        box.x_max - box.x_min, box.y_max - box.y_min, w, h, spacing_um);
}

/* Cells of the slide in each tile. Collective. */
static void count_tiles(MPI_Comm comm, const cyt_rows *rows, double um,
                        const cyt_tiles *tiles, uint64_t *cells)
{
    for (size_t i = 0; i < rows->n; i++)
        cells[cyt_tile_of(tiles, rows->x[i] * um, rows->y[i] * um)]++;
    cyt_allreduce(MPI_IN_PLACE, cells, (int)(tiles->n_rows * tiles->n_cols),
                  MPI_UINT64_T, MPI_SUM, comm);
}

/* In whole ns, so that the sum over ranks has no order. Collective. */
static void add_costs(MPI_Comm comm, const cyt_rows *rows, const cyt_slide *slide,
                      const cyt_strip_cost *each, const cyt_tiles *tiles,
                      const uint64_t *tile_cells, uint64_t *cost)
{
    const size_t n_rows = slide->grid.n_rows;
    const double um = slide->um_per_unit;
    const double n_types = (double)slide->types.n;
    const double cell = each->cell + each->cell_per_type * n_types;
    const double pixel = each->pixel + each->pixel_per_type * n_types;
    for (size_t i = 0; i < rows->n; i++) {
        const size_t tile = cyt_tile_of(tiles, rows->x[i] * um, rows->y[i] * um);
        const double pairs =
            each->pair * cyt_tile_neighbours(tiles, tile_cells, tile, each->radius_um);
        cost[cyt_grid_row(&slide->grid, rows->y[i] * um)] += (uint64_t)(cell + pairs);
    }
    cyt_allreduce(MPI_IN_PLACE, cost, (int)n_rows, MPI_UINT64_T, MPI_SUM, comm);
    for (size_t r = 0; r < n_rows; r++)
        cost[r] += (uint64_t)(pixel * (double)slide->grid.n_cols);
}

static cyt_code cut_strips(MPI_Comm comm, const cyt_rows *rows,
                           const cyt_strip_cost *asked, cyt_slide *slide,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_strip_cost *each = asked->cell > 0 ? asked : &usual;
    const cyt_box b = slide->box_um;
    const size_t n_rows = slide->grid.n_rows;
    const cyt_tiles tiles = cyt_tiles_over(b.x_min, b.y_min, b.x_max - b.x_min,
                                           b.y_max - b.y_min, each->radius_um);
    uint64_t *cost = cyt_calloc(n_rows, sizeof *cost, "cost of rows", err);
    uint64_t *cells =
        cyt_calloc(tiles.n_rows * tiles.n_cols, sizeof *cells, "cost of rows", err);
    slide->strips =
        cyt_alloc(slide->n_strips + 1, sizeof *slide->strips, "strip borders", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    count_tiles(comm, rows, slide->um_per_unit, &tiles, cells);
    add_costs(comm, rows, slide, each, &tiles, cells, cost);
    cyt_strips_balance(n_rows, cost, slide->n_strips, slide->strips);
done:
    free(cost);
    free(cells);
    return code;
}

/* --- moving and sorting ----------------------------------------------------------- */

static cyt_code move_cells(MPI_Comm comm, const cyt_rows *rows, const uint16_t *type,
                           cyt_slide *slide, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_route route = {0};
    cyt_cells *c = &slide->cells;
    int *dest = cyt_alloc(rows->n, sizeof *dest, "destinations of cells", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t i = 0; i < rows->n; i++) {
        const size_t row = cyt_grid_row(&slide->grid, rows->y[i] * slide->um_per_unit);
        dest[i] = (int)cyt_strip_of(slide->strips, slide->n_strips, row);
    }
    CYT_TRY(cyt_route_init(comm, rows->n, NULL, dest, &route, err));
    code = cyt_cells_init(c, route.n_recv, rows->n_values, err);
    CYT_TRY(cyt_agree(comm, code, err));
    CYT_TRY(cyt_route_forward(comm, &route, sizeof *c->x, rows->x, c->x, err));
    CYT_TRY(cyt_route_forward(comm, &route, sizeof *c->y, rows->y, c->y, err));
    CYT_TRY(cyt_route_forward(comm, &route, sizeof *c->type, type, c->type, err));
    CYT_TRY(
        cyt_route_forward(comm, &route, sizeof *c->index, rows->index, c->index, err));
    for (size_t v = 0; v < rows->n_values; v++)
        CYT_TRY(cyt_route_forward(comm, &route, sizeof *c->values,
                                  rows->values + v * rows->n, c->values + v * c->n,
                                  err));
done:
    cyt_route_free(&route);
    free(dest);
    return code;
}

typedef struct sort_key {
    size_t row;
    double x;
    uint64_t index;
    size_t at; /* where the cell is now */
} sort_key;

static int by_row_x_index(const void *pa, const void *pb)
{
    const sort_key *a = pa, *b = pb;
    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* Counting sort by row first: what is left for qsort are short runs. */
static cyt_code sorted_keys(const cyt_slide *slide, sort_key **keys, cyt_error *err)
{
    const cyt_cells *c = &slide->cells;
    const size_t first = cyt_slide_first_row(slide), n_rows = cyt_slide_n_rows(slide);
    size_t *next = cyt_calloc(n_rows + 2, sizeof *next, "row starts", err);
    sort_key *k = cyt_alloc(c->n, sizeof *k, "sorting of cells", err);
    if (err->code == CYT_OK) {
        for (size_t i = 0; i < c->n; i++)
            next[cyt_grid_row(&slide->grid, c->y[i] * slide->um_per_unit) - first +
                 2]++;
        for (size_t r = 2; r < n_rows + 2; r++)
            next[r] += next[r - 1];
        for (size_t i = 0; i < c->n; i++) {
            const size_t row = cyt_grid_row(&slide->grid, c->y[i] * slide->um_per_unit);
            k[next[row - first + 1]++] = (sort_key){row, c->x[i], c->index[i], i};
        }
        for (size_t r = 0; r < n_rows; r++)
            qsort(k + next[r], next[r + 1] - next[r], sizeof *k, by_row_x_index);
    }
    free(next);
    *keys = k;
    return err->code;
}

static void pick(cyt_cells *to, const cyt_cells *from, const sort_key *k)
{
    for (size_t i = 0; i < to->n; i++) {
        to->x[i] = from->x[k[i].at];
        to->y[i] = from->y[k[i].at];
        to->type[i] = from->type[k[i].at];
        to->index[i] = from->index[k[i].at];
    }
    for (size_t v = 0; v < to->n_values; v++)
        for (size_t i = 0; i < to->n; i++)
            to->values[v * to->n + i] = from->values[v * to->n + k[i].at];
}

static cyt_code sort_cells(cyt_slide *slide, cyt_error *err)
{
    cyt_code code = CYT_OK;
    sort_key *keys = NULL;
    cyt_cells sorted = {0};
    if (CYT_FAULT("scatter.sort"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    CYT_TRY(sorted_keys(slide, &keys, err));
    CYT_TRY(cyt_cells_init(&sorted, slide->cells.n, slide->cells.n_values, err));
    pick(&sorted, &slide->cells, keys);
    cyt_cells_free(&slide->cells);
    slide->cells = sorted;
done:
    free(keys);
    return code;
}

/* --- the story -------------------------------------------------------------------- */

static cyt_code copy_found(const cyt_rows *rows, cyt_slide *slide, cyt_error *err)
{
    slide->value_found = cyt_alloc(rows->n_values, 1, "ligands found", err);
    if (slide->value_found && rows->n_values)
        memcpy(slide->value_found, rows->value_found, rows->n_values);
    return err->code;
}

cyt_code cyt_slide_scatter(MPI_Comm comm, const cyt_rows *rows,
                           const cyt_slide_params *params, cyt_slide *slide,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint16_t *type = NULL;
    *slide = (cyt_slide){.name = params->name,
                         .um_per_unit = params->um_per_unit,
                         .n_strips = (size_t)cyt_comm_size(comm),
                         .strip = (size_t)cyt_comm_rank(comm)};
    slide->n_cells = cyt_sum_u64(comm, rows->n);
    CYT_TRY(check_cells(slide, err));
    CYT_TRY(cyt_labels_agree(comm, rows, &slide->types, err));
    CYT_TRY(check_types(slide, err));

    type = cyt_alloc(rows->n, sizeof *type, "cell types", err);
    slide->type_counts =
        cyt_calloc(slide->types.n, sizeof *slide->type_counts, "type counts", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_agree(comm, cyt_labels_translate(rows, &slide->types, type, err), err));
    CYT_TRY(cyt_agree(comm, copy_found(rows, slide, err), err));
    count_types(comm, type, rows->n, slide);

    slide->box_um = bounding_box_um(comm, rows, params->um_per_unit);
    CYT_TRY(check_extent(slide->box_um, params->spacing_um, params->padding_um, err));
    slide->grid = cyt_grid_over(slide->box_um, params->spacing_um, params->padding_um);
    CYT_TRY(cut_strips(comm, rows, &params->cost, slide, err));
    CYT_TRY(move_cells(comm, rows, type, slide, err));
    CYT_TRY(cyt_agree(comm, sort_cells(slide, err), err));
done:
    free(type);
    if (code != CYT_OK)
        cyt_slide_free(slide);
    return code;
}
