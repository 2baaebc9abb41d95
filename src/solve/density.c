// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/density.h"

#include "cytotaxis/clip.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static cyt_code check(double sigma_um, cyt_error *err)
{
    if (CYT_FAULT("density"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    if (isfinite(sigma_um) && sigma_um >= 0)
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                    "density bandwidth is %g um; it must be finite and not negative",
                    sigma_um);
}

/* Which cells count: those of a type, or of several where is_in is not NULL; those on
 * tissue where inside is not NULL. */
typedef struct choice {
    size_t type;
    const uint8_t *is_in;  /* [types.n] */
    const uint8_t *inside; /* [own pixels] */
} choice;

static int counts_in(const choice *which, uint16_t type)
{
    if (which->is_in)
        return type != CYT_NO_TYPE && which->is_in[type];
    return which->type == CYT_ALL_TYPES || which->type == type;
}

static void count(const cyt_slide *s, const choice *which, double *counts)
{
    memset(counts, 0, cyt_slide_n_rows(s) * s->grid.n_cols * sizeof *counts);
    for (size_t i = 0; i < s->cells.n; i++) {
        if (!counts_in(which, s->cells.type[i]))
            continue;
        const size_t pixel = cyt_slide_pixel_of(s, i);
        counts[pixel] += !which->inside || which->inside[pixel];
    }
}

static cyt_code smooth(MPI_Comm comm, const cyt_slide *slide, const cyt_cosine *plan,
                       const choice *which, double sigma_um, double *density,
                       cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = cyt_slide_n_rows(slide) * slide->grid.n_cols;
    const double um2_per_mm2 = 1e6, h = slide->grid.spacing_um;
    const cyt_gain gain = cyt_gain_smooth(sigma_um);
    cyt_extremes range;
    CYT_TRY(cyt_agree(comm, check(sigma_um, err), err));

    count(slide, which, density);
    if (sigma_um > 0) {
        CYT_TRY(cyt_cosine_solve(comm, plan, &gain, density, err));
        CYT_TRY(cyt_clip_negative(comm, n, density, 0, &range, err));
    }
    for (size_t i = 0; i < n; i++)
        density[i] *= um2_per_mm2 / (h * h);
done:
    return code;
}

cyt_code cyt_density(MPI_Comm comm, const cyt_slide *slide, const cyt_cosine *plan,
                     size_t type, double sigma_um, double *density, cyt_error *err)
{
    const choice one = {.type = type};
    return smooth(comm, slide, plan, &one, sigma_um, density, err);
}

cyt_code cyt_density_of_types(MPI_Comm comm, const cyt_slide *slide,
                              const cyt_cosine *plan, const uint8_t *is_in,
                              double sigma_um, double *density, cyt_error *err)
{
    const choice several = {.is_in = is_in};
    return smooth(comm, slide, plan, &several, sigma_um, density, err);
}

cyt_code cyt_density_share(MPI_Comm comm, const cyt_slide *slide,
                           const cyt_cosine *plan, const uint8_t *inside,
                           double sigma_um, float *share, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = cyt_slide_n_rows(slide) * slide->grid.n_cols;
    const cyt_gain gain = cyt_gain_smooth(sigma_um);
    cyt_extremes range;
    code = check(sigma_um, err);
    double *smoothed = code == CYT_OK
                           ? cyt_alloc(n, sizeof *smoothed, "edges of densities", err)
                           : NULL;
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t i = 0; i < n; i++)
        smoothed[i] = inside[i] != 0;
    if (sigma_um > 0) {
        CYT_TRY(cyt_cosine_solve(comm, plan, &gain, smoothed, err));
        CYT_TRY(cyt_clip_negative(comm, n, smoothed, 0, &range, err));
    }
    for (size_t i = 0; i < n; i++)
        share[i] = inside[i] ? (float)smoothed[i] : 0;
done:
    free(smoothed);
    return code;
}

cyt_code cyt_density_in_tissue(MPI_Comm comm, const cyt_slide *slide,
                               const cyt_cosine *plan, const cyt_tissue_edge *edge,
                               const uint8_t *is_in, double sigma_um, double *density,
                               cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = cyt_slide_n_rows(slide) * slide->grid.n_cols;
    const choice several = {.is_in = is_in, .inside = edge->inside};
    CYT_TRY(smooth(comm, slide, plan, &several, sigma_um, density, err));
    for (size_t i = 0; i < n; i++)
        density[i] = edge->share[i] > 0 ? density[i] / (double)edge->share[i] : 0;
done:
    return code;
}
