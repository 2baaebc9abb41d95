// SPDX-License-Identifier: BSD-3-Clause
#include "slide/regions.h"

#include "slide/slide.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/region_labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_OVERLAPS = 10 }; /* told one by one */

cyt_region_source cyt_region_source_of(const cyt_sample *sample)
{
    return (cyt_region_source){.sample = sample->name,
                               .path = sample->regions.path,
                               .shown_path = sample->regions.shown,
                               .um_per_px = sample->regions_um_per_px,
                               .affine = sample->regions_affine};
}

/* --- warnings --------------------------------------------------------------------- */

static cyt_code warn_of_overlaps(const cyt_regions *r, const uint64_t *shared,
                                 const char *file, cyt_names *warnings, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = r->labels.n;
    uint64_t more = 0;
    for (size_t a = 0, told = 0; a < n; a++)
        for (size_t b = a + 1; b < n; b++) {
            const uint64_t first = shared[a * n + b], second = shared[b * n + a];
            if (first + second == 0)
                continue;
            if (told++ >= MOST_OVERLAPS)
                more++;
            else
                CYT_TRY(cyt_slide_warn(
                    warnings, err,
                    "%s: %llu cells lie in %s and in %s; the region that comes "
                    "first in the file has them: %llu and %llu",
                    file, (unsigned long long)(first + second), r->labels.name[a],
                    r->labels.name[b], (unsigned long long)first,
                    (unsigned long long)second));
        }
    if (more > 0)
        CYT_TRY(cyt_slide_warn(warnings, err,
                               "%s: %llu more pairs of regions share cells", file,
                               (unsigned long long)more));
done:
    return code;
}

static cyt_code warn_of_all(const cyt_slide_regions *r, const uint64_t *shared,
                            const char *file, cyt_names *warnings, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char skipped[CYT_SKIPS_SHOWN];
    uint64_t n_cells = 0;
    for (size_t k = 0; k < r->regions.labels.n; k++)
        n_cells += r->n_cells[k];
    if (*cyt_region_skips_text(&r->regions.skips, skipped))
        CYT_TRY(cyt_slide_warn(warnings, err, "%s: passed over: %s", file, skipped));
    if (n_cells == 0)
        CYT_TRY(cyt_slide_warn(
            warnings, err, "%s: no cell lies in a region; is regions_um_per_px right?",
            file));
    CYT_TRY(warn_of_overlaps(&r->regions, shared, file, warnings, err));
done:
    return code;
}

/* --- the story -------------------------------------------------------------------- */

cyt_code cyt_slide_regions_read(MPI_Comm group, const cyt_sample *sample,
                                const cyt_slide *slide, cyt_slide_regions *r,
                                cyt_names *warnings, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_region_source source = cyt_region_source_of(sample);
    uint64_t *shared = NULL;
    if (!source.path)
        return CYT_OK;
    CYT_TRY(cyt_regions_read(group, &source, &r->regions, err));
    const size_t n = r->regions.labels.n;
    r->label = cyt_alloc(slide->cells.n, sizeof *r->label, "regions of cells", err);
    r->area_um2 = cyt_alloc(n, sizeof *r->area_um2, "areas of regions", err);
    r->n_cells = cyt_alloc(n, sizeof *r->n_cells, "cells of regions", err);
    shared = cyt_alloc(n * n, sizeof *shared, "overlaps of regions", err);
    CYT_TRY(cyt_agree(group, err->code, err));
    CYT_TRY(cyt_region_label_cells(group, slide, &r->regions, r->label, r->n_cells,
                                   shared, err));
    cyt_regions_areas(&r->regions, r->area_um2);
    if (cyt_comm_rank(group) == 0)
        code = warn_of_all(r, shared, sample->regions.shown, warnings, err);
    CYT_TRY(cyt_agree(group, code, err));
    r->table =
        (cyt_region_table){&r->regions.labels, r->label, r->area_um2, r->n_cells};
    r->are_there = 1;
done:
    free(shared);
    return code;
}

cyt_code cyt_slide_regions_draw(MPI_Comm group, const cyt_slide *slide,
                                const cyt_slide_regions *r, cyt_fields *fields,
                                cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint64_t n_shared;
    static const cyt_raster_info region = {CYT_STORE_U8, "1",
                                           "region of the pixel's centre", NULL};
    if (!r->are_there)
        return CYT_OK;
    uint8_t *pixel = cyt_alloc(cyt_slide_n_rows(slide) * slide->grid.n_cols,
                               sizeof *pixel, "a map of regions", err);
    if (pixel)
        code = cyt_region_label_pixels(slide, &r->regions, NULL, pixel, &n_shared, err);
    else
        code = err->code;
    CYT_TRY(cyt_agree(group, code, err));
    CYT_TRY(cyt_fields_write_plain(fields, "/region", &region, &r->regions.labels,
                                   pixel, err));
done:
    free(pixel);
    return code;
}

const cyt_region_table *cyt_slide_regions_table(const cyt_slide_regions *r)
{
    return r->are_there ? &r->table : NULL;
}

void cyt_slide_regions_free(cyt_slide_regions *r)
{
    cyt_regions_free(&r->regions);
    free(r->label);
    free(r->area_um2);
    free(r->n_cells);
    *r = (cyt_slide_regions){0};
}
