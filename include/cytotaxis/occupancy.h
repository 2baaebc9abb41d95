/**
 * @file occupancy.h
 * @brief What a receptor makes of a concentration: occupancy, its difference across a
 * cell, and the pull along a direction.
 *
 * One ligand, one receptor, equilibrium, no depletion (Langmuir 1918,
 * doi:10.1021/ja02242a004):
 *
 *     theta = c / (Kd + c) = f c / (1 + f c),           f = 1 / Kd
 *     grad theta = f / (1 + f c)² grad c
 *
 * In the low-dose limit, c << Kd, theta = f c with an f that nobody knows, so theta
 * stands for c itself. A cell of diameter d feels |grad theta| d between its sides.
 * theta rises with c, so both gradients have one direction, and the pull is the cosine
 * of the angle between it and a direction of interest: +1 along it, -1 against it.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_OCCUPANCY_H
#define CYT_OCCUPANCY_H

#include <stddef.h>

/** A law of occupancy. */
typedef struct cyt_receptor {
    double per_kd; /**< 1/Kd, inverse unit of c; 0: low-dose limit, theta = c */
    double cell_diameter_um;
} cyt_receptor;

/** A vector for each of n places; NaN where there is none. */
typedef struct cyt_vectors {
    const double *x, *y; /**< [n] */
} cyt_vectors;

/** Occupancy. @p c,theta [n]; NaN stays NaN. */
void cyt_occupancy(size_t n, const double *c, const cyt_receptor *receptor,
                   double *theta);

/** Difference of occupancy across a cell. @p c,difference [n]; @p grad of c per µm. */
void cyt_occupancy_difference(size_t n, const double *c, cyt_vectors grad,
                              const cyt_receptor *receptor, double *difference);

/**
 * Cosine of the angle between @p grad and minus @p away: with away the gradient of the
 * margin distance phi, which is negative in the tumour, +1 is drawn into the tumour.
 *
 * @param least shortest gradient that means something: below it, where away is 0, and
 *              where either is NaN, the pull is NaN
 * @param pull  [n] [out] within [-1, 1]
 */
void cyt_pull(size_t n, cyt_vectors grad, cyt_vectors away, double least, double *pull);

#endif
