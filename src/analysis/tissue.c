// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/tissue.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/components.h"
#include "cytotaxis/distance_map.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/region_labels.h"

#include <stdlib.h>
#include <string.h>

/* --- the field of view ------------------------------------------------------------ */

static void find_field(const cyt_slide *s, double padding_um, cyt_tissue *t)
{
    const cyt_box b = s->box_um;
    t->fov_first_row = cyt_grid_row(&s->grid, b.y_min - padding_um);
    t->fov_first_col = cyt_grid_col(&s->grid, b.x_min - padding_um);
    t->fov_n_rows = cyt_grid_row(&s->grid, b.y_max + padding_um) - t->fov_first_row + 1;
    t->fov_n_cols = cyt_grid_col(&s->grid, b.x_max + padding_um) - t->fov_first_col + 1;
}

/* Columns of raster row @p row that the field of view has: none, or all of its own. */
static int has_row(const cyt_tissue *t, size_t row)
{
    return row >= t->fov_first_row && row - t->fov_first_row < t->fov_n_rows;
}

/* Set what lies outside of the field of view to 0. */
static void crop(const cyt_slide *s, const cyt_tissue *t, uint8_t *mask)
{
    const size_t n_cols = s->grid.n_cols, top = cyt_slide_first_row(s);
    const size_t left = t->fov_first_col, right = left + t->fov_n_cols;
    for (size_t r = 0; r < cyt_slide_n_rows(s); r++) {
        uint8_t *row = mask + r * n_cols;
        memset(row, 0, has_row(t, top + r) ? left : n_cols);
        memset(row + right, 0, n_cols - right);
    }
}

/* What of the field of view @p mask leaves out; on the rim with the bits @p on_rim. */
static void complement(const cyt_slide *s, const cyt_tissue *t, const uint8_t *mask,
                       uint8_t on_rim, uint8_t *out)
{
    const size_t n_cols = s->grid.n_cols, top = cyt_slide_first_row(s);
    const size_t left = t->fov_first_col, right = left + t->fov_n_cols;
    const size_t last_row = t->fov_first_row + t->fov_n_rows - 1;
    memset(out, 0, cyt_slide_n_rows(s) * n_cols);
    for (size_t r = 0; r < cyt_slide_n_rows(s); r++) {
        const int rim_row = top + r == t->fov_first_row || top + r == last_row;
        for (size_t c = left; has_row(t, top + r) && c < right; c++) {
            const int on = rim_row || c == left || c + 1 == right;
            out[r * n_cols + c] = mask[r * n_cols + c] ? 0 : on ? on_rim : CYT_MEMBER;
        }
    }
}

/* --- from the bounding box, from the cells ---------------------------------------- */

static void take_box(const cyt_slide *s, cyt_tissue *t)
{
    cyt_tissue box = {0};
    find_field(s, 0, &box);
    memset(t->inside, 1, cyt_slide_n_rows(s) * s->grid.n_cols);
    crop(s, &box, t->inside);
    t->is_box = 1;
}

/* @p other [own rows * n_cols] is scratch, like below. */
static cyt_code close_gaps(MPI_Comm comm, const cyt_slide *s, double radius_um,
                           cyt_tissue *t, uint8_t *other, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_distance_within(comm, s, t->inside, radius_um, t->inside, err));
    complement(s, t, t->inside, CYT_MEMBER, other);
    CYT_TRY(cyt_distance_within(comm, s, other, radius_um, other, err));
    complement(s, t, other, CYT_MEMBER, t->inside);
done:
    return code;
}

static cyt_code fill_holes(MPI_Comm comm, const cyt_slide *s, double area_um2,
                           cyt_tissue *t, uint8_t *other, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const uint64_t least = cyt_grid_pixels_over(&s->grid, area_um2);
    complement(s, t, t->inside, CYT_MEMBER | CYT_MARKED, other);
    CYT_TRY(cyt_components_drop(comm, s->strips, s->grid.n_cols, CYT_CONNECT_4, least,
                                other, err));
    complement(s, t, other, CYT_MEMBER, t->inside);
done:
    return code;
}

static cyt_code take_reach(MPI_Comm comm, const cyt_slide *s,
                           const cyt_tissue_config *config, cyt_tissue *t,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint8_t *other = cyt_alloc(cyt_slide_n_rows(s) * s->grid.n_cols, sizeof *other,
                               "a mask of tissue", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    cyt_distance_seeds(s, CYT_ALL_TYPES, t->inside);
    CYT_TRY(cyt_distance_within(comm, s, t->inside, config->reach_um, t->inside, err));
    crop(s, t, t->inside);
    if (config->close_um > 0)
        CYT_TRY(close_gaps(comm, s, config->close_um, t, other, err));
    if (config->fill_holes_um2 > 0)
        CYT_TRY(fill_holes(comm, s, config->fill_holes_um2, t, other, err));
done:
    free(other);
    return code;
}

/* --- from regions ----------------------------------------------------------------- */

size_t cyt_tissue_labels(const cyt_tissue_config *config, const cyt_regions *regions,
                         uint8_t *wanted)
{
    size_t n = 0;
    for (size_t k = 0; k < regions->labels.n; k++) {
        const char *label = regions->labels.name[k];
        wanted[k] = config->labels.n == 0 ||
                    cyt_names_find(&config->labels, label) != CYT_NO_NAME;
        n += wanted[k];
    }
    return n;
}

static cyt_code draw_regions(const cyt_slide *s, const cyt_tissue_source *source,
                             uint8_t *mask, uint64_t *n_shared, double *area_um2,
                             cyt_error *err)
{
    uint8_t wanted[CYT_MOST_LABELS];
    double area[CYT_MOST_LABELS];
    const cyt_regions *regions = source->regions;
    if (!regions || cyt_tissue_labels(source->config, regions, wanted) == 0)
        return CYT_FAIL(err, CYT_ERR_DATA, s->name,
                        "tissue is what lies in regions, but none of the slide's has "
                        "a label of tissue.labels");
    const cyt_code code =
        cyt_region_label_pixels(s, regions, wanted, mask, n_shared, err);
    cyt_regions_areas(regions, area);
    *area_um2 = 0;
    for (size_t k = 0; k < regions->labels.n; k++)
        *area_um2 += wanted[k] ? area[k] : 0;
    return code;
}

/* area_um2 stays 0 when polygons overlap and their areas do not add up. */
static cyt_code take_regions(MPI_Comm comm, const cyt_slide *s,
                             const cyt_tissue_source *source, cyt_tissue *t,
                             cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint64_t n_shared = 0;
    double area_um2 = 0;
    code = draw_regions(s, source, t->inside, &n_shared, &area_um2, err);
    CYT_TRY(cyt_agree(comm, code, err));
    for (size_t i = 0; i < cyt_slide_n_rows(s) * s->grid.n_cols; i++)
        t->inside[i] = t->inside[i] != 0;
    crop(s, t, t->inside);
    if (cyt_sum_u64(comm, n_shared) == 0)
        t->area_um2 = area_um2;
done:
    return code;
}

/* --- the story -------------------------------------------------------------------- */

static uint64_t n_outside(const cyt_slide *s, const uint8_t *inside)
{
    uint64_t n = 0;
    for (size_t i = 0; i < s->cells.n; i++)
        n += !inside[cyt_slide_pixel_of(s, i)];
    return n;
}

static cyt_code measure(MPI_Comm comm, const cyt_slide *s, cyt_tissue *t,
                        cyt_error *err)
{
    uint64_t n[2] = {0, n_outside(s, t->inside)};
    for (size_t i = 0; i < cyt_slide_n_rows(s) * s->grid.n_cols; i++)
        n[0] += t->inside[i];
    cyt_allreduce(MPI_IN_PLACE, n, 2, MPI_UINT64_T, MPI_SUM, comm);
    t->n_pixels = n[0];
    t->n_cells_outside = n[1];
    if (t->is_box)
        t->area_um2 =
            (s->box_um.x_max - s->box_um.x_min) * (s->box_um.y_max - s->box_um.y_min);
    else if (t->area_um2 == 0)
        t->area_um2 = (double)n[0] * s->grid.spacing_um * s->grid.spacing_um;
    if (t->n_pixels > 0)
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_DATA, s->name,
                    "no pixel of the slide is tissue; are the regions in the place of "
                    "the cells (regions_um_per_px)?");
}

cyt_code cyt_tissue_make(MPI_Comm comm, const cyt_slide *slide,
                         const cyt_tissue_source *source, cyt_tissue *tissue,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    const int from = source->config->from;
    *tissue = (cyt_tissue){0};
    if (CYT_FAULT("tissue.make"))
        CYT_FAIL(err, CYT_ERR_MEMORY, slide->name, "fault injected");
    tissue->inside = cyt_alloc(cyt_slide_n_rows(slide) * slide->grid.n_cols,
                               sizeof *tissue->inside, "a mask of tissue", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    find_field(slide, source->padding_um, tissue);
    if (from == CYT_TISSUE_BBOX)
        take_box(slide, tissue);
    else if (from == CYT_TISSUE_REACH)
        CYT_TRY(take_reach(comm, slide, source->config, tissue, err));
    else
        CYT_TRY(take_regions(comm, slide, source, tissue, err));
    CYT_TRY(measure(comm, slide, tissue, err));
done:
    if (code != CYT_OK)
        cyt_tissue_free(tissue);
    return code;
}

void cyt_tissue_free(cyt_tissue *tissue)
{
    free(tissue->inside);
    *tissue = (cyt_tissue){0};
}
