// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/nearest_types.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/halo.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/nearest.h"
#include "cytotaxis/reach.h"

#include <math.h>
#include <stdlib.h>

static cyt_nearest_cells view(const cyt_cells *c)
{
    return (cyt_nearest_cells){c->n, c->x, c->y, c->type};
}

/* Among the strip's own cells; with a halo, from them to the cells of the halo. */
static cyt_code search(const cyt_slide *slide, const cyt_cells *halo, int bounded,
                       double *distance, cyt_error *err)
{
    if (CYT_FAULT("nearest.search"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    const cyt_nearest_cells own = view(&slide->cells);
    const cyt_nearest_cells to = halo ? view(halo) : own;
    const size_t n_types = slide->types.n;
    void *scratch = cyt_alloc(cyt_nearest_scratch(to.n, own.n, n_types), 1,
                              "the search for nearest cells", err);
    if (scratch)
        cyt_nearest(&to, halo ? &own : NULL, n_types, bounded, scratch, distance);
    free(scratch);
    return err->code;
}

/* Cells of other strips that are within the bounds. */
static cyt_code borrow(MPI_Comm comm, const cyt_slide *slide, const double *bound,
                       cyt_cells *halo, cyt_error *err)
{
    cyt_code code = CYT_OK;
    double *wanted = cyt_alloc(2 * slide->types.n, sizeof *wanted, "halo ranges", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    cyt_reach_ranges(slide, bound, wanted);
    CYT_TRY(cyt_halo_cells(comm, slide, wanted, halo, NULL, err));
done:
    free(wanted);
    return code;
}

cyt_code cyt_nearest_of_types(MPI_Comm comm, const cyt_slide *slide, double *distance,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_cells halo = {0};
    const size_t n = slide->types.n * slide->cells.n;
    const int bounded = slide->n_strips > 1;
    if (bounded)
        CYT_TRY(cyt_reach_of_types(comm, slide, distance, err));
    CYT_TRY(cyt_agree(comm, search(slide, NULL, bounded, distance, err), err));
    if (bounded) {
        CYT_TRY(borrow(comm, slide, distance, &halo, err));
        CYT_TRY(cyt_agree(comm, search(slide, &halo, bounded, distance, err), err));
    }
    for (size_t i = 0; i < n; i++)
        distance[i] = isinf(distance[i]) ? NAN : distance[i];
done:
    cyt_cells_free(&halo);
    return code;
}
