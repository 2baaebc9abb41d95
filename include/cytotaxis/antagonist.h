/**
 * @file antagonist.h
 * @brief What is left of a receptor's occupancy when a blocker is added.
 *
 * With a = A / Ki (competitive) or A / IC50 (non-competitive) the dose of the blocker
 * in units of its own constant, and f = 1 / Kd:
 *
 *     competitive       theta_A = c / (Kd (1 + a) + c) = f c / (1 + a + f c)
 *     non-competitive   theta_A = theta / (1 + a)
 *
 * Both are theta (1 - q), where the released part q is a / (1 + a + f c) or
 * a / (1 + a); where c << Kd both are 1 / (1 + a). A dose of infinity frees every
 * receptor.
 *
 * A competitive blocker shifts the curve of occupancy to higher c. Where two places are
 * both near saturation, a little of it makes them differ more: the difference between
 * c1 and c2 is largest at Kd (1 + a) = sqrt(c1 c2). So a partial block can strengthen a
 * saturated trap.
 *
 * J. H. Gaddum, J. Physiol. 89 (1937) 7P; O. Arunlakshana, H. O. Schild, Br. J.
 * Pharmacol. 14 (1959) 48, doi:10.1111/j.1476-5381.1959.tb00928.x.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_ANTAGONIST_H
#define CYT_ANTAGONIST_H

#include "cytotaxis/occupancy.h"

#include <stddef.h>

typedef enum cyt_antagonism {
    CYT_COMPETITIVE,
    CYT_NON_COMPETITIVE,
} cyt_antagonism;

/** A blocker at a dose. */
typedef struct cyt_blocker {
    cyt_antagonism law;
    double dose; /**< A / Ki or A / IC50, at least 0; may be infinite */
} cyt_blocker;

/** Occupancy under the blocker. @p c,theta [n], the same array is fine; NaN stays NaN.
 */
void cyt_blocked_occupancy(size_t n, const double *c, const cyt_receptor *receptor,
                           const cyt_blocker *blocker, double *theta);

/** The part q of the occupancy that the blocker releases, 0 at dose 0, 1 at infinity.
 *  @p c,released [n], the same array is fine; NaN stays NaN. */
void cyt_released(size_t n, const double *c, const cyt_receptor *receptor,
                  const cyt_blocker *blocker, double *released);

/** Its derivative with respect to the dose, at dose 0. Arguments likewise. */
void cyt_released_at_once(size_t n, const double *c, const cyt_receptor *receptor,
                          cyt_antagonism law, double *slope);

#endif
