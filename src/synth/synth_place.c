// SPDX-License-Identifier: BSD-3-Clause
/* Where a cell goes: uniform proposals over the square, each kept by the rule of its
 * type, then moved a little if another cell is too near. */
#include "synth_parts.h"

#include <math.h>

/* Myofibroblasts lie within this many nest radii of a nest's border. A property of the
 * picture. */
static const double LINING = 0.6;

enum {
    MOST_DRAWS = 1000000, /* proposals for one cell before it is called impossible */
    MOST_MOVES = 256,     /* places tried near a crowded one */
    MOVES_PER_RING = 16,  /* after as many the reach grows by one spacing */
};

/* Rejection: exp(beta theta) over its largest value, theta being in [0, 1]. */
static int drawn_to_signal(const synth_slide *s, double x_um, double y_um, double u)
{
    const double beta = s->fact.beta;
    const double theta = synth_theta(s->field, x_um, y_um);
    return u < exp(beta * theta - (beta > 0 ? beta : 0));
}

static int wanted(const synth_slide *s, int type, double x_um, double y_um, double u)
{
    int hot;
    double gap;
    switch (type) {
    case SYNTH_TUMOR:
        return synth_tissue_gap(&s->tissue, x_um, y_um, &hot) < 0;
    case SYNTH_MYOFIBROBLAST:
        gap = synth_tissue_gap(&s->tissue, x_um, y_um, &hot);
        return gap >= 0 && gap < LINING;
    case SYNTH_FIBROBLAST:
    case SYNTH_ENDOTHELIAL:
        return synth_tissue_gap(&s->tissue, x_um, y_um, &hot) >= 0;
    case SYNTH_CD8_T:
        return drawn_to_signal(s, x_um, y_um, u);
    default:
        return 1;
    }
}

/* Put cell i at its place, or at the first free one of growing squares around it. */
static int settle(synth_slide *s, size_t i)
{
    synth_cells *cells = &s->cells;
    const int64_t x = cells->x[i], y = cells->y[i];
    const double spacing = CYT_SYNTH_SPACING_UM * SYNTH_STEPS_PER_UM;
    int64_t to_x = x, to_y = y;
    for (uint32_t move = 0; move < MOST_MOVES; move++) {
        const int inside = to_x >= 0 && to_x < s->side && to_y >= 0 && to_y < s->side;
        if (inside && synth_crowd_free_at(&s->crowd, cells, to_x, to_y)) {
            cells->x[i] = (int32_t)to_x;
            cells->y[i] = (int32_t)to_y;
            synth_crowd_put(&s->crowd, cells, i);
            return 1;
        }
        double u[4];
        cyt_uniform4(s->key, SYNTH_FOR_MOVE, i, move, u);
        const double reach = spacing * (1 + move / MOVES_PER_RING);
        to_x = x + llrint(reach * (2 * u[0] - 1));
        to_y = y + llrint(reach * (2 * u[1] - 1));
    }
    return 0;
}

cyt_code synth_place(synth_slide *slide, size_t i, cyt_error *err)
{
    const double um = 1.0 / SYNTH_STEPS_PER_UM;
    const int type = slide->cells.type[i];
    for (uint32_t draw = 0; draw < MOST_DRAWS; draw++) {
        double u[4];
        cyt_uniform4(slide->key, SYNTH_FOR_PLACE, i, draw, u);
        const int32_t x = (int32_t)(u[0] * (double)slide->side);
        const int32_t y = (int32_t)(u[1] * (double)slide->side);
        if (!wanted(slide, type, x * um, y * um, u[2]))
            continue;
        slide->cells.x[i] = x;
        slide->cells.y[i] = y;
        if (settle(slide, i))
            return CYT_OK;
        return CYT_FAIL(err, CYT_ERR_USAGE, slide->sample,
                        "no free place left for a %s cell among %zu on %g um by %g um; "
                        "give fewer cells or a larger side",
                        synth_type_names[type], slide->cells.n, slide->fact.side_um,
                        slide->fact.side_um);
    }
    if (type == SYNTH_CD8_T)
        return CYT_FAIL(
            err, CYT_ERR_USAGE, slide->sample,
            "no place for a %s cell found in %d draws; beta = %g is too far from 0",
            synth_type_names[type], MOST_DRAWS, slide->fact.beta);
    return CYT_FAIL(err, CYT_ERR_USAGE, slide->sample,
                    "no place for a %s cell found in %d draws: there is no room for "
                    "nests on %g um by %g um; give a larger side",
                    synth_type_names[type], MOST_DRAWS, slide->fact.side_um,
                    slide->fact.side_um);
}
