// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/nearest_curves.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/distance_map.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Observations handed to the tally at a time: they fit the cache. */
enum { BATCH = 1024 };

static cyt_code prepare(size_t n_counts, uint64_t *tally, int *count, cyt_error *err)
{
    if (CYT_FAULT("nearest.curves"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    *count = cyt_mpi_count(n_counts, err);
    memset(tally, 0, n_counts * sizeof *tally);
    return err->code;
}

cyt_code cyt_g_tallies(MPI_Comm comm, const cyt_slide *slide, const double *distance,
                       const double *border, size_t n_radii, const double *radius,
                       uint64_t *tally, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_cells *c = &slide->cells;
    const size_t n_types = slide->types.n, size = CYT_TALLY_SIZE(n_radii);
    int count = 0;
    CYT_TRY(
        cyt_agree(comm, prepare(n_types * n_types * size, tally, &count, err), err));
    for (size_t i = 0; i < c->n; i++)
        for (size_t b = 0; c->type[i] != CYT_NO_TYPE && b < n_types; b++)
            cyt_near_add(1, distance + b * c->n + i, border ? border + i : NULL,
                         n_radii, radius,
                         tally + ((size_t)c->type[i] * n_types + b) * size);
    cyt_allreduce(MPI_IN_PLACE, tally, count, MPI_UINT64_T, MPI_SUM, comm);
done:
    return code;
}

/* Places outside the window have a negative edge and are left out by the tally. */
static void add_pixels(size_t n, const float *distance_um, const float *edge_um,
                       size_t n_radii, const double *radius, uint64_t *tally)
{
    double d[BATCH], b[BATCH];
    for (size_t first = 0; first < n; first += BATCH) {
        const size_t some = n - first < BATCH ? n - first : BATCH;
        for (size_t i = 0; i < some; i++) {
            d[i] = (double)distance_um[first + i];
            b[i] = (double)edge_um[first + i];
        }
        cyt_near_add(some, d, b, n_radii, radius, tally);
    }
}

cyt_code cyt_f_tallies(MPI_Comm comm, const cyt_slide *slide, const float *edge_um,
                       size_t n_radii, const double *radius, uint64_t *tally,
                       cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = cyt_slide_n_rows(slide) * slide->grid.n_cols;
    const size_t n_types = slide->types.n, size = CYT_TALLY_SIZE(n_radii);
    int count = 0;
    float *map = cyt_alloc(n, sizeof *map, "distances from empty places", err);
    if (map)
        prepare(n_types * size, tally, &count, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t b = 0; b < n_types; b++) {
        CYT_TRY(cyt_distance_map_of_type(comm, slide, b, map, err));
        add_pixels(n, map, edge_um, n_radii, radius, tally + b * size);
    }
    cyt_allreduce(MPI_IN_PLACE, tally, count, MPI_UINT64_T, MPI_SUM, comm);
done:
    free(map);
    return code;
}
