// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/spline.h"

static double cubed_if_positive(double t)
{
    return t > 0 ? t * t * t : 0;
}

void cyt_natural_spline(size_t n_knots, const double *knot, double x, size_t stride,
                        double *out)
{
    const double first = knot[0], width = knot[n_knots - 1] - first;
    const double u = (x - first) / width, last = cubed_if_positive(u - 1);
    out[0] = u;
    if (n_knots < 3)
        return;
    const double before = (knot[n_knots - 2] - first) / width;
    const double d_last = (cubed_if_positive(u - before) - last) / (1 - before);
    for (size_t k = 0; k + 2 < n_knots; k++) {
        const double at = (knot[k] - first) / width;
        const double d = (cubed_if_positive(u - at) - last) / (1 - at);
        out[(k + 1) * stride] = d - d_last;
    }
}
