// SPDX-License-Identifier: BSD-3-Clause
/* Tumour nests: blobs on a jittered lattice, whose border is a circle with two waves.
 *
 * A point's nearest nest is looked for among the nine whose lattice cells surround its
 * own. Centres leave the middle of their cell by at most JITTER pitches and borders
 * reach at most 0.33 x 1.15 x 1.213 = 0.46 pitches from their centre, so a point inside
 * any nest finds it there. */
#include "synth_parts.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>

/* Properties of the picture. */
static const double PITCH_UM = 500; /* between nests */
static const double JITTER = 0.15;  /* of the pitch, either way */
static const double RADIUS = 0.33;  /* of the pitch, times 1 ± RADIUS_SPREAD */
static const double RADIUS_SPREAD = 0.15;
static const double WAVE_3 = 0.10; /* largest amplitudes, of the radius; in all at */
static const double WAVE_5 = 0.05; /* most sqrt(2) (WAVE_3 + WAVE_5) < 0.213 */
static const double SHARE_HOT = 0.5;

/* Uniform in (-1, 1). */
static double either_way(double u)
{
    return 2 * u - 1;
}

static void make_nest(synth_tissue *t, size_t i, cyt_random_key key)
{
    synth_nest *nest = &t->nest[i];
    double u[4], w[4];
    cyt_uniform4(key, SYNTH_FOR_NEST, i, 0, u);
    cyt_uniform4(key, SYNTH_FOR_NEST, i, 1, w);
    const size_t col = i % t->n_across, row = i / t->n_across;
    nest->x_um = ((double)col + 0.5 + JITTER * either_way(u[0])) * t->pitch_um;
    nest->y_um = ((double)row + 0.5 + JITTER * either_way(u[1])) * t->pitch_um;
    nest->radius_um = RADIUS * t->pitch_um * (1 + RADIUS_SPREAD * either_way(u[2]));
    nest->hot = u[3] < SHARE_HOT;
    for (size_t k = 0; k < 4; k++)
        nest->wave[k] = (k < 2 ? WAVE_3 : WAVE_5) * either_way(w[k]);
}

cyt_code synth_tissue_init(synth_tissue *tissue, double side_um, cyt_random_key key,
                           cyt_error *err)
{
    const double across = round(side_um / PITCH_UM);
    *tissue =
        (synth_tissue){.side_um = side_um, .n_across = across < 1 ? 1 : (size_t)across};
    tissue->pitch_um = side_um / (double)tissue->n_across;
    const size_t n = tissue->n_across * tissue->n_across;
    tissue->nest = cyt_alloc(n, sizeof *tissue->nest, "tumour nests", err);
    if (!tissue->nest)
        return err->code;
    int any_hot = 0;
    for (size_t i = 0; i < n; i++) {
        make_nest(tissue, i, key);
        any_hot = any_hot || tissue->nest[i].hot;
    }
    tissue->nest[0].hot = tissue->nest[0].hot || !any_hot;
    return CYT_OK;
}

/* cos and sin of 3a and 5a are powers of (cos a, sin a) as a complex number. */
static double border_um(const synth_nest *nest, double dx, double dy, double r)
{
    const double c = r > 0 ? dx / r : 1, s = r > 0 ? dy / r : 0;
    const double c2 = c * c - s * s, s2 = 2 * c * s;
    const double c3 = c2 * c - s2 * s, s3 = s2 * c + c2 * s;
    const double c5 = c3 * c2 - s3 * s2, s5 = s3 * c2 + c3 * s2;
    return nest->radius_um * (1 + nest->wave[0] * c3 + nest->wave[1] * s3 +
                              nest->wave[2] * c5 + nest->wave[3] * s5);
}

static size_t lattice_cell(const synth_tissue *t, double at_um)
{
    const size_t i = (size_t)(at_um / t->pitch_um);
    return i < t->n_across ? i : t->n_across - 1;
}

double synth_tissue_gap(const synth_tissue *tissue, double x_um, double y_um, int *hot)
{
    const size_t last = tissue->n_across - 1;
    const size_t col = lattice_cell(tissue, x_um), row = lattice_cell(tissue, y_um);
    double nearest = INFINITY;
    for (size_t r = row > 0 ? row - 1 : 0; r <= row + 1 && r <= last; r++)
        for (size_t c = col > 0 ? col - 1 : 0; c <= col + 1 && c <= last; c++) {
            const synth_nest *nest = &tissue->nest[r * tissue->n_across + c];
            const double dx = x_um - nest->x_um, dy = y_um - nest->y_um;
            const double d = sqrt(dx * dx + dy * dy);
            const double gap = d / border_um(nest, dx, dy, d) - 1;
            if (gap < nearest) {
                nearest = gap;
                *hot = nest->hot;
            }
        }
    return nearest;
}

void synth_tissue_free(synth_tissue *tissue)
{
    free(tissue->nest);
    *tissue = (synth_tissue){0};
}
