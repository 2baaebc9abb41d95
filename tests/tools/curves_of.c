// SPDX-License-Identifier: BSD-3-Clause
/* curves_of
 *
 * K, G and the Clark-Evans index of cells in a rectangle, for the tests in Python that
 * compare them with other packages. Reads from standard input
 *
 *     x_min x_max y_min y_max  a b  n_radii n     cells look from type a to type b
 *     radius ...                                   [n_radii] ascending
 *     x y type                                     [n] types 0 and 1
 *
 * and prints a line per radius, K without correction, border; G raw, Hanisch, reduced,
 * Kaplan-Meier; then the mean nearest distance from a to b, the index, Donnelly's. */
#include "cytotaxis/clark_evans.h"
#include "cytotaxis/covariance.h"
#include "cytotaxis/nearest.h"
#include "cytotaxis/nearest_tally.h"
#include "cytotaxis/ripley.h"
#include "cytotaxis/window.h"
#include "pairs_by_hand.h"

#include <math.h>
#include <stdio.h>

enum { TYPES = 2, CURVES = 6 };

typedef struct input {
    cyt_box box;
    size_t a, b, n_radii, n;
    double *radius, *x, *y, *border;
    uint16_t *type;
    uint64_t n_cells[TYPES];
} input;

static int read_input(input *in)
{
    cyt_box *w = &in->box;
    if (scanf("%lf %lf %lf %lf %zu %zu %zu %zu", &w->x_min, &w->x_max, &w->y_min,
              &w->y_max, &in->a, &in->b, &in->n_radii, &in->n) != 8)
        return 0;
    in->radius = calloc(in->n_radii + 1, sizeof *in->radius);
    in->x = calloc(in->n + 1, sizeof *in->x);
    in->y = calloc(in->n + 1, sizeof *in->y);
    in->border = calloc(in->n + 1, sizeof *in->border);
    in->type = calloc(in->n + 1, sizeof *in->type);
    for (size_t k = 0; k < in->n_radii; k++)
        if (scanf("%lf", in->radius + k) != 1)
            return 0;
    for (size_t i = 0; i < in->n; i++) {
        unsigned type;
        if (scanf("%lf %lf %u", in->x + i, in->y + i, &type) != 3 || type >= TYPES)
            return 0;
        in->border[i] = cyt_box_edge(w, in->x[i], in->y[i]);
        in->type[i] = (uint16_t)type;
        in->n_cells[type]++;
    }
    return 1;
}

static void make_k(const input *in, double *none, double *border)
{
    const double area =
        (in->box.x_max - in->box.x_min) * (in->box.y_max - in->box.y_min);
    cyt_pair_counts counts = pairs_by_hand(in->n, in->x, in->y, in->type, in->border,
                                           TYPES, in->n_radii, in->radius);
    const cyt_ripley y = {&counts, in->radius, in->n_cells, area};
    cyt_k_none(&y, in->a, in->b, none);
    cyt_k_border(&y, in->a, in->b, border);
    free_by_hand(&counts);
}

/* [out] the mean nearest distance */
static double make_g(const input *in, double *raw, double *hanisch, double *reduced,
                     double *km)
{
    const cyt_nearest_cells all = {in->n, in->x, in->y, in->type};
    const double w = in->box.x_max - in->box.x_min, h = in->box.y_max - in->box.y_min;
    uint64_t *tally = calloc(CYT_TALLY_SIZE(in->n_radii), sizeof *tally);
    double *d = calloc(TYPES * in->n + 1, sizeof *d), sum = 0;
    double *eroded = calloc(in->n_radii + 1, sizeof *eroded);
    cyt_nearest_plain(&all, NULL, TYPES, 0, d);
    for (size_t i = 0; i < in->n; i++)
        if (in->type[i] == in->a) {
            cyt_near_add(1, d + in->b * in->n + i, in->border + i, in->n_radii,
                         in->radius, tally);
            sum += d[in->b * in->n + i];
        }
    for (size_t k = 0; k < in->n_radii; k++)
        eroded[k] = cyt_eroded_box(w, h, in->radius[k]);
    cyt_near_raw(in->n_radii, tally, raw);
    cyt_near_hanisch(in->n_radii, tally, eroded, hanisch);
    cyt_near_reduced(in->n_radii, tally, reduced);
    cyt_near_kaplan_meier(in->n_radii, tally, km);
    free(tally);
    free(d);
    free(eroded);
    return sum / (double)in->n_cells[in->a];
}

int main(void)
{
    input in = {0};
    double *curve[CURVES];
    if (!read_input(&in))
        return 1;
    for (int c = 0; c < CURVES; c++)
        curve[c] = calloc(in.n_radii + 1, sizeof **curve);
    make_k(&in, curve[0], curve[1]);
    const double mean = make_g(&in, curve[2], curve[3], curve[4], curve[5]);
    for (size_t k = 0; k < in.n_radii; k++)
        for (int c = 0; c < CURVES; c++)
            printf("%.17g%c", curve[c][k], c + 1 < CURVES ? ' ' : '\n');
    const double w = in.box.x_max - in.box.x_min, h = in.box.y_max - in.box.y_min;
    const double n = (double)in.n_cells[in.a];
    printf("%.17g %.17g %.17g\n", mean,
           cyt_clark_evans_naive(mean, n, (double)in.n_cells[in.b] / (w * h)).index,
           cyt_clark_evans_donnelly(mean, n, w, h).index);
    for (int c = 0; c < CURVES; c++)
        free(curve[c]);
    free(in.radius);
    free(in.x);
    free(in.y);
    free(in.border);
    free(in.type);
    return 0;
}
