// SPDX-License-Identifier: BSD-3-Clause
/* Rasters of each type, and of the regions: made, written and freed one by one. */
#include "slide/work.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/density.h"
#include "cytotaxis/distance_map.h"
#include "cytotaxis/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static cyt_code write_map(MPI_Comm group, cyt_slide_work *w, const char *set,
                          size_t type, const char *units, const char *what,
                          const float *map, cyt_error *err)
{
    const char *name = w->slide.types.name[type];
    char long_name[512];
    snprintf(long_name, sizeof long_name, "%s %s", what, name);
    const cyt_field_info info = {set, NULL, name, units, long_name};
    return cyt_fields_write(group, &w->fields, &info, map, err);
}

static cyt_code map_types(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const double bandwidth = w->job->config->density_bandwidth_um;
    const size_t n = cyt_slide_n_pixels(w);
    float *map = cyt_alloc(n, sizeof *map, "a map", err);
    double *density =
        cyt_alloc(isnan(bandwidth) ? 0 : n, sizeof *density, "a density map", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    for (size_t t = 0; t < w->slide.types.n; t++) {
        CYT_TRY(cyt_slide_safe_point(group, w, err));
        CYT_TRY(cyt_distance_map_of_type(group, &w->slide, t, map, err));
        CYT_TRY(write_map(group, w, "distance_um", t, "um", "distance to the nearest",
                          map, err));
        if (isnan(bandwidth))
            continue;
        CYT_TRY(cyt_density(group, &w->slide, &w->plan, t, bandwidth, density, err));
        for (size_t i = 0; i < n; i++)
            map[i] = (float)density[i];
        CYT_TRY(
            write_map(group, w, "density", t, "mm-2", "smoothed density of", map, err));
    }
done:
    free(map);
    free(density);
    return code;
}

cyt_code cyt_slide_map(MPI_Comm group, cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (!w->job->config->write_fields)
        return CYT_OK;
    CYT_TRY(cyt_fields_create(group, w->fields_path, &w->slide,
                              w->job->config->compression, &w->fields, err));
    CYT_TRY(map_types(group, w, err));
    CYT_TRY(cyt_slide_tissue_draw(w, err));
    CYT_TRY(cyt_slide_regions_draw(group, &w->slide, &w->regions, &w->fields, err));
    cyt_slide_end_phase(w, CYT_PHASE_MAPS);
done:
    return code;
}
