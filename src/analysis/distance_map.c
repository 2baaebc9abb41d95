// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/distance_map.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/edt.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"

#include <stdlib.h>

/* Room for one map of one strip. */
typedef struct room {
    unsigned char *seeds; /* [rows * cols] */
    uint16_t *down;       /* [rows * cols] rows to the nearest seed at or above */
    uint32_t *d2;         /* [cols] */
    int32_t *ends;     /* [2 * cols] first and last seed row of each column, global */
    int32_t *all_ends; /* [n_strips][2 * cols] */
    int32_t *gaps;     /* [2 * cols] rows to the nearest seed above, below */
    int32_t *scratch;
} room;

static cyt_code alloc_room(const cyt_slide *slide, room *r, cyt_error *err)
{
    const size_t rows = cyt_slide_n_rows(slide), cols = slide->grid.n_cols;
    if (CYT_FAULT("edt.map"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    if (slide->grid.n_rows > CYT_EDT_MAX_SIDE || cols > CYT_EDT_MAX_SIDE)
        return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                        "a raster of %zu x %zu pixels is beyond %d a side; raise "
                        "grid.spacing_um",
                        cols, slide->grid.n_rows, CYT_EDT_MAX_SIDE);
    r->seeds = cyt_calloc(rows * cols, 1, "a distance map", err);
    r->down = cyt_alloc(rows * cols, sizeof *r->down, "a distance map", err);
    r->d2 = cyt_alloc(cols, sizeof *r->d2, "a distance map", err);
    r->ends = cyt_alloc(2 * cols, sizeof *r->ends, "a distance map", err);
    r->all_ends =
        cyt_alloc(slide->n_strips * 2 * cols, sizeof *r->ends, "a distance map", err);
    r->gaps = cyt_alloc(2 * cols, sizeof *r->gaps, "a distance map", err);
    r->scratch =
        cyt_alloc(cyt_edt_scratch(cols), sizeof *r->scratch, "a distance map", err);
    return err->code;
}

static void free_room(room *r)
{
    free(r->seeds);
    free(r->down);
    free(r->d2);
    free(r->ends);
    free(r->all_ends);
    free(r->gaps);
    free(r->scratch);
}

static void mark_seeds(const cyt_slide *slide, size_t type, unsigned char *seeds)
{
    const cyt_cells *c = &slide->cells;
    const size_t first = cyt_slide_first_row(slide), cols = slide->grid.n_cols;
    for (size_t i = 0; i < c->n; i++) {
        if (c->type[i] != type)
            continue;
        const size_t row = cyt_grid_row(&slide->grid, c->y[i] * slide->um_per_unit);
        const size_t col = cyt_grid_col(&slide->grid, c->x[i] * slide->um_per_unit);
        seeds[(row - first) * cols + col] = 1;
    }
}

/* Rows from this strip's edges to the nearest seeds of the strips above and below. */
static void find_gaps(MPI_Comm comm, const cyt_slide *slide, room *r)
{
    const size_t cols = slide->grid.n_cols, rows = cyt_slide_n_rows(slide);
    const int32_t top = (int32_t)cyt_slide_first_row(slide);
    const int32_t end = top + (int32_t)rows;
    int32_t *first = r->ends, *last = r->ends + cols;
    cyt_edt_ends(rows, cols, r->seeds, first, last);
    for (size_t x = 0; x < cols; x++) { /* global rows; none: -1 */
        first[x] = first[x] == (int32_t)rows ? -1 : first[x] + top;
        last[x] = last[x] < 0 ? -1 : last[x] + top;
    }
    MPI_Allgather(r->ends, (int)(2 * cols), MPI_INT32_T, r->all_ends, (int)(2 * cols),
                  MPI_INT32_T, comm);
    int32_t *above = r->gaps, *below = r->gaps + cols;
    for (size_t x = 0; x < cols; x++) {
        above[x] = below[x] = CYT_EDT_FAR;
        for (size_t s = 0; s < slide->strip; s++) {
            const int32_t row = r->all_ends[s * 2 * cols + cols + x];
            above[x] = row >= 0 ? top - row : above[x]; /* a later strip is nearer */
        }
        for (size_t s = slide->n_strips; s-- > slide->strip + 1;) {
            const int32_t row = r->all_ends[s * 2 * cols + x];
            below[x] = row >= 0 ? row - (end - 1) : below[x];
        }
    }
}

static void measure(const cyt_slide *slide, const room *r, float *map)
{
    const size_t rows = cyt_slide_n_rows(slide), cols = slide->grid.n_cols;
    cyt_edt_down(rows, cols, r->seeds, r->gaps, r->down);
    cyt_edt_start(cols, r->gaps + cols, r->scratch);
    for (size_t row = rows; row-- > 0;) {
        cyt_edt_up(cols, r->down + row * cols, r->scratch, r->d2);
        cyt_edt_lengths(cols, r->d2, slide->grid.spacing_um, map + row * cols);
    }
}

cyt_code cyt_distance_map_of_type(MPI_Comm comm, const cyt_slide *slide, size_t type,
                                  float *map, cyt_error *err)
{
    cyt_code code = CYT_OK;
    room r = {0};
    CYT_TRY(cyt_agree(comm, alloc_room(slide, &r, err), err));
    mark_seeds(slide, type, r.seeds);
    find_gaps(comm, slide, &r);
    measure(slide, &r, map);
done:
    free_room(&r);
    return code;
}
