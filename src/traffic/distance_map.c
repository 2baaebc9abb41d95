// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/distance_map.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/edt.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Room for one map of one strip. */
typedef struct room {
    uint16_t *down; /* [rows * cols] rows to the nearest seed at or above */
    uint32_t *d2;   /* [cols] */
    int32_t *ends;  /* [2 * cols] last seed row of each column, from the slide's
                             end and from its start; -1 for none */
    int32_t *gaps;  /* [2 * cols] rows to the nearest seed above, below */
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
    r->down = cyt_alloc(rows * cols, sizeof *r->down, "a distance map", err);
    r->d2 = cyt_alloc(cols, sizeof *r->d2, "a distance map", err);
    r->ends = cyt_alloc(2 * cols, sizeof *r->ends, "a distance map", err);
    r->gaps = cyt_alloc(2 * cols, sizeof *r->gaps, "a distance map", err);
    r->scratch =
        cyt_alloc(cyt_edt_scratch(cols), sizeof *r->scratch, "a distance map", err);
    return err->code;
}

static void free_room(room *r)
{
    free(r->down);
    free(r->d2);
    free(r->ends);
    free(r->gaps);
    free(r->scratch);
}

/* The largest value of the ranks before this one in @p comm, element by element; -1 on
 * its first rank. */
static void largest_before(MPI_Comm comm, int n, const int32_t *mine, int32_t *before)
{
    cyt_exscan(mine, before, n, MPI_INT32_T, MPI_MAX, comm);
    for (int i = 0; cyt_comm_rank(comm) == 0 && i < n; i++)
        before[i] = -1;
}

/* Rows from this strip's edges to the nearest seeds of the strips above and below: the
 * last seed of all strips above, and, with rows counted from the end of the slide and
 * ranks in reverse order, that of all strips below. */
static void find_gaps(MPI_Comm comm, const cyt_slide *slide, const uint8_t *seeds,
                      room *r)
{
    const size_t cols = slide->grid.n_cols, rows = cyt_slide_n_rows(slide);
    const int32_t top = (int32_t)cyt_slide_first_row(slide), n = (int32_t)rows;
    const int32_t bottom = (int32_t)slide->grid.n_rows - top - n;
    int32_t *first = r->ends, *last = r->ends + cols;
    int32_t *above = r->gaps, *below = r->gaps + cols;
    MPI_Comm reversed;
    cyt_edt_ends(rows, cols, seeds, first, last);
    for (size_t x = 0; x < cols; x++) {
        last[x] = last[x] < 0 ? -1 : last[x] + top;
        first[x] = first[x] == n ? -1 : bottom + n - 1 - first[x];
    }
    largest_before(comm, (int)cols, last, above);
    MPI_Comm_split(comm, 0, -cyt_comm_rank(comm), &reversed);
    largest_before(reversed, (int)cols, first, below);
    MPI_Comm_free(&reversed);
    for (size_t x = 0; x < cols; x++) {
        above[x] = above[x] < 0 ? CYT_EDT_FAR : top - above[x];
        below[x] = below[x] < 0 ? CYT_EDT_FAR : bottom - below[x];
    }
}

/* What becomes of the squared distances of a row: lengths, or a threshold. */
typedef struct outcome {
    float *map;     /* lengths go here, unless NULL */
    uint32_t *d2;   /* else squares, unless NULL */
    uint8_t *mask;  /* else 1 where d² <= limit */
    uint32_t limit; /* pixels² */
} outcome;

static void take_row(size_t cols, const uint32_t *d2, double spacing_um, size_t row,
                     const outcome *out)
{
    if (out->map) {
        cyt_edt_lengths(cols, d2, spacing_um, out->map + row * cols);
        return;
    }
    if (out->d2) {
        memcpy(out->d2 + row * cols, d2, cols * sizeof *d2);
        return;
    }
    uint8_t *mask = out->mask + row * cols;
    for (size_t c = 0; c < cols; c++)
        mask[c] = d2[c] <= out->limit;
}

static cyt_code measure(MPI_Comm comm, const cyt_slide *slide, const uint8_t *seeds,
                        const outcome *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t rows = cyt_slide_n_rows(slide), cols = slide->grid.n_cols;
    room r = {0};
    CYT_TRY(cyt_agree(comm, alloc_room(slide, &r, err), err));
    find_gaps(comm, slide, seeds, &r);
    cyt_edt_down(rows, cols, seeds, r.gaps, r.down);
    cyt_edt_start(cols, r.gaps + cols, r.scratch);
    for (size_t row = rows; row-- > 0;) {
        cyt_edt_up(cols, r.down + row * cols, r.scratch, r.d2);
        take_row(cols, r.d2, slide->grid.spacing_um, row, out);
    }
done:
    free_room(&r);
    return code;
}

cyt_code cyt_distance_map(MPI_Comm comm, const cyt_slide *slide, const uint8_t *seeds,
                          float *map, cyt_error *err)
{
    const outcome out = {.map = map};
    return measure(comm, slide, seeds, &out, err);
}

cyt_code cyt_distance_squares(MPI_Comm comm, const cyt_slide *slide,
                              const uint8_t *seeds, uint32_t *d2, cyt_error *err)
{
    const outcome out = {.d2 = d2};
    return measure(comm, slide, seeds, &out, err);
}

/* The largest d² whose length is within the limit; below CYT_EDT_NONE, so that nothing
 * is within reach of no seed. */
static uint32_t largest_within(double limit_um, double spacing_um)
{
    const double ratio = limit_um / spacing_um, most = CYT_EDT_NONE - 1;
    if (!(ratio * ratio < most))
        return CYT_EDT_NONE - 1;
    uint32_t d2 = (uint32_t)(ratio * ratio);
    while (sqrt((double)(d2 + 1)) * spacing_um <= limit_um)
        d2++;
    while (d2 > 0 && sqrt((double)d2) * spacing_um > limit_um)
        d2--;
    return d2;
}

cyt_code cyt_distance_within(MPI_Comm comm, const cyt_slide *slide,
                             const uint8_t *seeds, double limit_um, uint8_t *mask,
                             cyt_error *err)
{
    const outcome out = {.mask = mask,
                         .limit = largest_within(limit_um, slide->grid.spacing_um)};
    return measure(comm, slide, seeds, &out, err);
}

void cyt_distance_seeds(const cyt_slide *slide, size_t type, uint8_t *seeds)
{
    const cyt_cells *c = &slide->cells;
    memset(seeds, 0, cyt_slide_n_rows(slide) * slide->grid.n_cols);
    for (size_t i = 0; i < c->n; i++)
        if (type == CYT_ALL_TYPES || c->type[i] == type)
            seeds[cyt_slide_pixel_of(slide, i)] = 1;
}

cyt_code cyt_distance_map_of_type(MPI_Comm comm, const cyt_slide *slide, size_t type,
                                  float *map, cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint8_t *seeds = cyt_alloc(cyt_slide_n_rows(slide) * slide->grid.n_cols, 1,
                               "seeds of a distance map", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    cyt_distance_seeds(slide, type, seeds);
    CYT_TRY(cyt_distance_map(comm, slide, seeds, map, err));
done:
    free(seeds);
    return code;
}
