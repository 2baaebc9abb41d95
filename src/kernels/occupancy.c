// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/occupancy.h"

#include <math.h>

void cyt_occupancy(size_t n, const double *c, const cyt_receptor *receptor,
                   double *theta)
{
    const double f = receptor->per_kd;
    for (size_t i = 0; i < n; i++)
        theta[i] = f > 0 ? f * c[i] / (1 + f * c[i]) : c[i];
}

void cyt_occupancy_difference(size_t n, const double *c, cyt_vectors grad,
                              const cyt_receptor *receptor, double *difference)
{
    const double f = receptor->per_kd;
    for (size_t i = 0; i < n; i++) {
        const double steep = sqrt(grad.x[i] * grad.x[i] + grad.y[i] * grad.y[i]);
        const double free_part = 1 / (1 + f * c[i]); /* of the receptors */
        const double slope = f > 0 ? f * free_part * free_part : 1;
        difference[i] = slope * steep * receptor->cell_diameter_um;
    }
}

void cyt_pull(size_t n, cyt_vectors grad, cyt_vectors away, double least, double *pull)
{
    for (size_t i = 0; i < n; i++) {
        const double gx = grad.x[i], gy = grad.y[i], ax = away.x[i], ay = away.y[i];
        const double steep = sqrt(gx * gx + gy * gy), length = sqrt(ax * ax + ay * ay);
        const double cosine =
            -(gx / steep * (ax / length) + gy / steep * (ay / length));
        const int means_something = steep > least && length > 0;
        pull[i] = means_something ? fmax(-1, fmin(1, cosine)) : NAN;
    }
}
