// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/unit_gate.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>

/* Distance of each cell to the nearest of any type; infinite where there is none. */
static void nearest_of_any(const cyt_slide *slide, const double *distance,
                           double *least)
{
    const size_t n = slide->cells.n;
    for (size_t i = 0; i < n; i++)
        least[i] = HUGE_VAL;
    for (size_t t = 0; t < slide->types.n; t++)
        for (size_t i = 0; i < n; i++)
            least[i] = distance[t * n + i] < least[i] ? distance[t * n + i] : least[i];
}

static uint64_t count_up_to(MPI_Comm comm, const double *v, size_t n, double most)
{
    uint64_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += v[i] <= most;
    return cyt_sum_u64(comm, count);
}

/* The lower median, by halving its interval unless it is 0: only for the message. */
static double median(MPI_Comm comm, const double *v, size_t n, uint64_t n_all,
                     double top)
{
    double lo = 0, hi = top;
    if (2 * count_up_to(comm, v, n, 0) >= n_all)
        return 0;
    for (int i = 0; i < 40; i++) {
        const double mid = (lo + hi) / 2;
        if (2 * count_up_to(comm, v, n, mid) < n_all)
            lo = mid;
        else
            hi = mid;
    }
    return hi;
}

/* Naming the factors that would fit, where any would. Collective. */
static cyt_code refuse(MPI_Comm comm, const cyt_slide *slide, const double *least,
                       cyt_error *err)
{
    const double um = slide->um_per_unit;
    const double w = slide->box_um.x_max - slide->box_um.x_min;
    const double h = slide->box_um.y_max - slide->box_um.y_min;
    const double m = median(comm, least, slide->cells.n, slide->n_cells, (w + h) / um);
    if (!(m > 0))
        return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                        "half of the cells have another cell in the same place; are "
                        "the columns of the positions right? Else set units.gate: off");
    return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                    "half of the cells have a neighbour within %.4g um at um_per_px "
                    "%.6g, but cells of tissue lie %g to %g um apart; um_per_px "
                    "between %.3g and %.3g would fit, or set units.gate: off",
                    m * um, um, CYT_GATE_LEAST_UM, CYT_GATE_MOST_UM,
                    CYT_GATE_LEAST_UM / m, CYT_GATE_MOST_UM / m);
}

cyt_code cyt_unit_gate(MPI_Comm comm, const cyt_slide *slide, const double *distance,
                       cyt_error *err)
{
    cyt_code code = CYT_OK;
    const double um = slide->um_per_unit;
    const size_t n = slide->cells.n;
    if (slide->n_cells < CYT_GATE_CELLS || slide->types.n == 0)
        return CYT_OK;
    double *least = cyt_alloc(n, sizeof *least, "the unit gate", err);
    if (CYT_FAULT("slide.gate"))
        code = CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    CYT_TRY(cyt_agree(comm, err->code, err));
    nearest_of_any(slide, distance, least);

    const uint64_t half = slide->n_cells / 2;
    const uint64_t near = count_up_to(comm, least, n, CYT_GATE_LEAST_UM / um);
    const uint64_t not_far = count_up_to(comm, least, n, CYT_GATE_MOST_UM / um);
    if (near > half || not_far < slide->n_cells - half)
        code = refuse(comm, slide, least, err);
done:
    free(least);
    return code;
}
