// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/compartments.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/components.h"
#include "cytotaxis/density.h"
#include "cytotaxis/distance_map.h"
#include "cytotaxis/edt.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/margin.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/region_labels.h"

#include <stdlib.h>
#include <string.h>

/* What every step below looks at. */
typedef struct view {
    const cyt_slide *slide;
    const cyt_compartments_source *source;
    const uint8_t *inside;
    size_t n; /* pixels of the strip */
    cyt_compartments *out;
} view;

static cyt_code add_name(view *v, const char *name, cyt_error *err)
{
    cyt_names *names = &v->out->names;
    if (cyt_names_find(names, name) != CYT_NO_NAME)
        return CYT_OK;
    if (names->n == CYT_MOST_LABELS)
        return CYT_FAIL(err, CYT_ERR_DATA, v->slide->name,
                        "more than %d compartments; is the right column or file named?",
                        CYT_MOST_LABELS);
    return cyt_names_add(names, name, strlen(name), err);
}

/* --- from the fraction of tumour cells -------------------------------------------- */

/* Types whose names are in one of the lists. */
static void choose_types(const view *v, const cyt_names *list, const cyt_names *more,
                         uint8_t *is_in)
{
    for (size_t t = 0; t < v->slide->types.n; t++) {
        const char *name = v->slide->types.name[t];
        is_in[t] = cyt_names_find(list, name) != CYT_NO_NAME ||
                   cyt_names_find(more, name) != CYT_NO_NAME;
    }
}

/* The cells that the fraction is of: all, or those of the types asked for. */
static cyt_code density_of_all(MPI_Comm comm, const view *v, uint8_t *is_in,
                               double *all, cyt_error *err)
{
    const cyt_compartments_config *c = v->source->config;
    if (c->among.n == 0)
        return cyt_density(comm, v->slide, v->source->plan, CYT_ALL_TYPES,
                           c->bandwidth_um, all, err);
    choose_types(v, &c->among, &c->tumour, is_in);
    return cyt_density_of_types(comm, v->slide, v->source->plan, is_in, c->bandwidth_um,
                                all, err);
}

static void compare(const view *v, double rounding, const double *tumour,
                    const double *all, uint8_t *mask)
{
    for (size_t i = 0; i < v->n; i++)
        mask[i] = v->inside[i] && tumour[i] > rounding &&
                  tumour[i] >= v->source->config->threshold * all[i];
}

/* Tumour, as members of a mask. The densities are gone before pieces are looked for. */
static cyt_code threshold(MPI_Comm comm, const view *v, uint8_t *mask, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const double bandwidth = v->source->config->bandwidth_um;
    const cyt_cosine *plan = v->source->plan;
    double largest = 0;
    uint8_t *is_in = cyt_alloc(v->slide->types.n, sizeof *is_in, "tumour types", err);
    double *tumour = cyt_alloc(v->n, sizeof *tumour, "density of tumour cells", err);
    double *all = cyt_alloc(v->n, sizeof *all, "density of all cells", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    choose_types(v, &v->source->config->tumour, &v->source->config->tumour, is_in);
    CYT_TRY(cyt_density_of_types(comm, v->slide, plan, is_in, bandwidth, tumour, err));
    CYT_TRY(density_of_all(comm, v, is_in, all, err));
    for (size_t i = 0; i < v->n; i++)
        largest = all[i] > largest ? all[i] : largest;
    compare(v, cyt_cosine_error(plan, cyt_max_f64(comm, largest)), tumour, all, mask);
done:
    free(is_in);
    free(tumour);
    free(all);
    return code;
}

/* What is not tumour; with a mark what stays so however small it is. */
static void find_islands(const view *v, const uint8_t *tumour, uint8_t *rest)
{
    const cyt_tissue *t = v->source->tissue;
    const size_t cols = v->slide->grid.n_cols, top = cyt_slide_first_row(v->slide);
    for (size_t i = 0; i < v->n; i++) {
        const size_t row = top + i / cols - t->fov_first_row;
        const size_t col = i % cols - t->fov_first_col;
        const int on_rim = row == 0 || row + 1 == t->fov_n_rows || col == 0 ||
                           col + 1 == t->fov_n_cols;
        const uint8_t member =
            v->inside[i] && !on_rim ? CYT_MEMBER : CYT_MEMBER | CYT_MARKED;
        rest[i] = tumour[i] ? 0 : member;
    }
}

static cyt_code drop_small(MPI_Comm comm, const view *v, uint8_t *tumour, uint8_t *rest,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide *s = v->slide;
    const uint64_t least =
        cyt_grid_pixels_over(&s->grid, v->source->config->min_area_um2);
    if (least <= 1)
        return CYT_OK;
    CYT_TRY(cyt_components_drop(comm, s->strips, s->grid.n_cols, CYT_CONNECT_8, least,
                                tumour, err));
    find_islands(v, tumour, rest);
    CYT_TRY(cyt_components_drop(comm, s->strips, s->grid.n_cols, CYT_CONNECT_4, least,
                                rest, err));
    for (size_t i = 0; i < v->n; i++)
        tumour[i] = v->inside[i] && !rest[i];
done:
    return code;
}

static cyt_code from_fraction(MPI_Comm comm, view *v, cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint8_t *mask = v->out->pixel, *rest = NULL;
    CYT_TRY(threshold(comm, v, mask, err));
    rest = cyt_alloc(v->n, sizeof *rest, "a mask of stroma", err);
    (void)(add_name(v, "tumour", err) || add_name(v, "stroma", err));
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(drop_small(comm, v, mask, rest, err));
    for (size_t i = 0; i < v->n; i++)
        mask[i] = v->inside[i] ? (mask[i] ? 1 : 2) : 0;
    v->out->is_tumour[1] = 1;
done:
    free(rest);
    return code;
}

/* --- from regions ----------------------------------------------------------------- */

/* Labels that divide the tissue: those that do not outline it. */
static void choose_labels(const view *v, uint8_t *wanted)
{
    const cyt_tissue_config *tissue = v->source->tissue_config;
    const cyt_regions *r = v->source->regions;
    const int outlined = tissue->from == CYT_TISSUE_REGIONS && tissue->labels.n > 0;
    memset(wanted, 0, CYT_MOST_LABELS);
    if (outlined)
        (void)cyt_tissue_labels(tissue, r, wanted);
    for (size_t k = 0; k < r->labels.n; k++)
        wanted[k] = !wanted[k];
}

static cyt_code draw_regions(view *v, cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint8_t wanted[CYT_MOST_LABELS], code_of[CYT_MOST_LABELS + 1] = {0};
    uint64_t n_shared;
    const cyt_regions *r = v->source->regions;
    if (!r)
        return CYT_FAIL(err, CYT_ERR_DATA, v->slide->name,
                        "compartments are regions, but the slide has none");
    choose_labels(v, wanted);
    for (size_t k = 0; k < r->labels.n; k++) {
        if (!wanted[k])
            continue;
        CYT_TRY(add_name(v, r->labels.name[k], err));
        code_of[k + 1] = (uint8_t)v->out->names.n;
    }
    CYT_TRY(add_name(v, "other", err));
    code_of[0] = (uint8_t)(cyt_names_find(&v->out->names, "other") + 1);
    CYT_TRY(
        cyt_region_label_pixels(v->slide, r, wanted, v->out->pixel, &n_shared, err));
    for (size_t i = 0; i < v->n; i++)
        v->out->pixel[i] = v->inside[i] ? code_of[v->out->pixel[i]] : 0;
done:
    return code;
}

/* --- from labels of cells --------------------------------------------------------- */

/* The label of each pixel with a labelled cell. Cells of one pixel stand together. */
static void label_seeds(const view *v, uint8_t *seed)
{
    const cyt_slide *s = v->slide;
    const uint8_t *label = v->source->label;
    size_t last_pixel = (size_t)-1;
    uint64_t first_index = 0;
    memset(seed, 0, v->n);
    for (size_t i = 0; i < s->cells.n; i++) {
        const size_t at = cyt_slide_pixel_of(s, i);
        if (!label[i] || (at == last_pixel && s->cells.index[i] > first_index))
            continue;
        seed[at] = label[i];
        last_pixel = at;
        first_index = s->cells.index[i];
    }
}

/* One label after the other takes the pixels to which it is nearer than those before.
 */
static cyt_code take_nearest(MPI_Comm comm, view *v, const uint8_t *seed, uint8_t *mask,
                             uint32_t *least, uint32_t *d2, cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint8_t *pixel = v->out->pixel;
    memset(pixel, 0, v->n);
    for (size_t i = 0; i < v->n; i++)
        least[i] = CYT_EDT_NONE;
    for (size_t k = 1; k <= v->out->names.n; k++) {
        for (size_t i = 0; i < v->n; i++)
            mask[i] = seed[i] == k;
        CYT_TRY(cyt_distance_squares(comm, v->slide, mask, d2, err));
        for (size_t i = 0; i < v->n; i++) {
            if (d2[i] >= least[i])
                continue;
            least[i] = d2[i];
            pixel[i] = (uint8_t)k;
        }
    }
    for (size_t i = 0; i < v->n; i++)
        pixel[i] = v->inside[i] ? pixel[i] : 0;
done:
    return code;
}

static cyt_code take_labels(view *v, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_names *labels = v->source->labels;
    for (size_t k = 0; labels && k < labels->n; k++)
        CYT_TRY(add_name(v, labels->name[k], err));
    if (v->out->names.n == 0)
        code = CYT_FAIL(err, CYT_ERR_DATA, v->slide->name,
                        "compartments are labels of cells, but no cell has one");
done:
    return code;
}

static cyt_code from_labels(MPI_Comm comm, view *v, cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint8_t *seed = cyt_alloc(v->n, sizeof *seed, "labels of pixels", err);
    uint8_t *mask = cyt_alloc(v->n, sizeof *mask, "pixels of a label", err);
    uint32_t *least = cyt_alloc(v->n, sizeof *least, "distances to labels", err);
    uint32_t *d2 = cyt_alloc(v->n, sizeof *d2, "distances to a label", err);
    CYT_TRY(cyt_agree(comm, err->code ? err->code : take_labels(v, err), err));
    label_seeds(v, seed);
    CYT_TRY(take_nearest(comm, v, seed, mask, least, d2, err));
done:
    free(seed);
    free(mask);
    free(least);
    free(d2);
    return code;
}

/* --- the story -------------------------------------------------------------------- */

static void find_tumour(view *v)
{
    cyt_compartments *out = v->out;
    const cyt_compartments_config *config = v->source->config;
    for (size_t k = 0; k < out->names.n; k++)
        if (config->from != CYT_COMPARTMENTS_FRACTION)
            out->is_tumour[k + 1] =
                cyt_names_find(&config->tumour, out->names.name[k]) != CYT_NO_NAME;
    for (size_t k = out->names.n; k > 0; k--)
        out->tumour_code = out->is_tumour[k] ? k : out->tumour_code;
}

/* Cells, and how many pixels and cells each compartment has. */
static cyt_code count(MPI_Comm comm, view *v, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_compartments *out = v->out;
    const size_t n = out->names.n, n_cells = v->slide->cells.n;
    uint64_t all[2][CYT_MOST_LABELS + 1] = {{0}};
    out->cell = cyt_alloc(n_cells, sizeof *out->cell, "compartments of cells", err);
    out->n_pixels = cyt_alloc(n, sizeof *out->n_pixels, "compartments", err);
    out->n_cells = cyt_alloc(n, sizeof *out->n_cells, "compartments", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t i = 0; i < v->n; i++)
        all[0][out->pixel[i]]++;
    for (size_t i = 0; i < n_cells; i++) {
        out->cell[i] = out->pixel[cyt_slide_pixel_of(v->slide, i)];
        all[1][out->cell[i]]++;
    }
    cyt_allreduce(MPI_IN_PLACE, all, sizeof all / sizeof **all, MPI_UINT64_T, MPI_SUM,
                  comm);
    memcpy(out->n_pixels, all[0] + 1, n * sizeof **all);
    memcpy(out->n_cells, all[1] + 1, n * sizeof **all);
done:
    return code;
}

static cyt_code find_margin(MPI_Comm comm, view *v, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_compartments *out = v->out;
    uint8_t *kind = cyt_alloc(v->n, sizeof *kind, "sides of a border", err);
    out->margin_um =
        cyt_alloc(v->n, sizeof *out->margin_um, "distances to a border", err);
    out->cell_margin_um = cyt_alloc(v->slide->cells.n, sizeof *out->cell_margin_um,
                                    "distances to a border", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t i = 0; i < v->n; i++)
        kind[i] = (uint8_t)(v->inside[i] + out->is_tumour[out->pixel[i]]);
    CYT_TRY(cyt_margin_map(comm, v->slide, kind, out->margin_um, err));
    CYT_TRY(
        cyt_margin_at_cells(comm, v->slide, out->margin_um, out->cell_margin_um, err));
done:
    free(kind);
    return code;
}

static cyt_code make_room(view *v, cyt_error *err)
{
    if (CYT_FAULT("compartments.make"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, v->slide->name, "fault injected");
    v->out->pixel = cyt_alloc(v->n, sizeof *v->out->pixel, "compartments", err);
    return err->code;
}

cyt_code cyt_compartments_make(MPI_Comm comm, const cyt_slide *slide,
                               const cyt_compartments_source *source,
                               cyt_compartments *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const int from = source->config->from;
    view v = {slide, source, source->tissue->inside,
              cyt_slide_n_rows(slide) * slide->grid.n_cols, out};
    *out = (cyt_compartments){0};
    if (from == CYT_COMPARTMENTS_NONE)
        return CYT_OK;
    CYT_TRY(cyt_agree(comm, make_room(&v, err), err));
    if (from == CYT_COMPARTMENTS_FRACTION)
        CYT_TRY(from_fraction(comm, &v, err));
    else if (from == CYT_COMPARTMENTS_REGIONS)
        CYT_TRY(cyt_agree(comm, draw_regions(&v, err), err));
    else
        CYT_TRY(from_labels(comm, &v, err));
    find_tumour(&v);
    CYT_TRY(count(comm, &v, err));
    if (source->config->tumour.n > 0)
        CYT_TRY(find_margin(comm, &v, err));
done:
    if (code != CYT_OK)
        cyt_compartments_free(out);
    return code;
}

void cyt_compartments_free(cyt_compartments *c)
{
    cyt_names_free(&c->names);
    free(c->pixel);
    free(c->cell);
    free(c->margin_um);
    free(c->cell_margin_um);
    free(c->n_pixels);
    free(c->n_cells);
    *c = (cyt_compartments){0};
}
