// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/nearest_types.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/halo.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/nearest.h"

#include <math.h>
#include <stdlib.h>

static cyt_nearest_cells view(const cyt_cells *c)
{
    return (cyt_nearest_cells){c->n, c->x, c->y, c->type};
}

/* Among the strip's own cells; with a halo, from them to the cells of the halo. */
static cyt_code search(const cyt_slide *slide, const cyt_cells *halo, double *distance,
                       cyt_error *err)
{
    if (CYT_FAULT("nearest.search"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    const cyt_nearest_cells own = view(&slide->cells);
    const cyt_nearest_cells to = halo ? view(halo) : own;
    const size_t n_types = slide->types.n;
    void *scratch = cyt_alloc(cyt_nearest_scratch(to.n, own.n, n_types), 1,
                              "the search for nearest cells", err);
    if (scratch)
        cyt_nearest(&to, halo ? &own : NULL, n_types, halo != NULL, scratch, distance);
    free(scratch);
    return err->code;
}

/* Range of y in which a nearer cell of each type could lie outside this strip. The
 * slack covers the rounding of a distance. */
static void ranges_wanted(const cyt_slide *slide, const double *distance,
                          double *wanted)
{
    static const double slack = 1e-9;
    const cyt_cells *c = &slide->cells;
    for (size_t t = 0; t < slide->types.n; t++) {
        double lo = HUGE_VAL, hi = -HUGE_VAL;
        for (size_t i = 0; i < c->n; i++) {
            const double d = distance[t * c->n + i] * (1 + slack) + slack;
            lo = c->y[i] - d < lo ? c->y[i] - d : lo;
            hi = c->y[i] + d > hi ? c->y[i] + d : hi;
        }
        wanted[2 * t] = lo;
        wanted[2 * t + 1] = hi;
    }
}

cyt_code cyt_nearest_of_types(MPI_Comm comm, const cyt_slide *slide, double *distance,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_cells halo = {0};
    const size_t n = slide->types.n * slide->cells.n;
    double *wanted = cyt_alloc(2 * slide->types.n, sizeof *wanted, "halo ranges", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_agree(comm, search(slide, NULL, distance, err), err));
    if (slide->n_strips > 1) {
        ranges_wanted(slide, distance, wanted);
        CYT_TRY(cyt_halo_cells(comm, slide, wanted, &halo, NULL, err));
        CYT_TRY(cyt_agree(comm, search(slide, &halo, distance, err), err));
    }
    for (size_t i = 0; i < n; i++)
        distance[i] = isinf(distance[i]) ? NAN : distance[i];
done:
    free(wanted);
    cyt_cells_free(&halo);
    return code;
}
