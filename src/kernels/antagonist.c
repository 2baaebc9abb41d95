// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/antagonist.h"

#include <math.h>

/* What competes with the blocker: f c, nothing in the low-dose limit or where the
 * blocker binds elsewhere. */
static double rival(const cyt_receptor *receptor, cyt_antagonism law, double c)
{
    return law == CYT_COMPETITIVE ? receptor->per_kd * c : 0 * c; /* NaN stays */
}

void cyt_blocked_occupancy(size_t n, const double *c, const cyt_receptor *receptor,
                           const cyt_blocker *blocker, double *theta)
{
    const double f = receptor->per_kd, a = blocker->dose;
    for (size_t i = 0; i < n; i++) {
        const double free_theta = f > 0 ? f * c[i] / (1 + f * c[i]) : c[i];
        theta[i] = f > 0 && blocker->law == CYT_COMPETITIVE
                       ? f * c[i] / (1 + a + f * c[i])
                       : free_theta / (1 + a);
    }
}

void cyt_released(size_t n, const double *c, const cyt_receptor *receptor,
                  const cyt_blocker *blocker, double *released)
{
    const double a = blocker->dose;
    for (size_t i = 0; i < n; i++) {
        const double held = 1 + rival(receptor, blocker->law, c[i]);
        released[i] = isinf(a) ? 1 + 0 * c[i] : a / (a + held);
    }
}

void cyt_released_at_once(size_t n, const double *c, const cyt_receptor *receptor,
                          cyt_antagonism law, double *slope)
{
    for (size_t i = 0; i < n; i++)
        slope[i] = 1 / (1 + rival(receptor, law, c[i]));
}
