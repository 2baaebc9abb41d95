/**
 * @file predicates.h
 * @brief On which side of a line, or of a circle, does a point lie: never wrong.
 *
 * Each question is a determinant. It is computed in plain doubles with a bound of its
 * rounding error; only if the bound cannot tell the sign it is computed again, exactly,
 * as an expansion: a sum of doubles that do not overlap. Components that are zero are
 * dropped on the way, so that coordinates of few digits (lattices) stay cheap.
 *
 * Points on one circle are told apart by a symbolic perturbation: think every point
 * lifted to z = x² + y², the point that is last in the order (x, y) raised above that
 * by an infinitesimal, the one before it by one infinitely smaller still, and so on.
 * The perturbed answer depends on positions alone: not on the numbers of the points,
 * nor on the order in which questions are asked (Devillers & Teillaud 2003).
 *
 * Exact if no bit of a coordinate stands for less than 2^-250 or more than 2^250.
 *
 * J. R. Shewchuk, Discrete Comput. Geom. 18 (1997) 305, doi:10.1007/PL00009321 (error
 * bounds, expansions). O. Devillers, M. Teillaud, SODA 2003, 313 (perturbation).
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_PREDICATES_H
#define CYT_PREDICATES_H

/** Is @p c left of (1), right of (-1) or on (0) the line from @p a to @p b? Each is
 * {x, y}. */
int cyt_side_of_line(const double a[2], const double b[2], const double c[2]);

/** Is @p d inside (1), outside (-1) or on (0) the circle through @p a, @p b, @p c,
 * listed counterclockwise? */
int cyt_side_of_circle(const double a[2], const double b[2], const double c[2],
                       const double d[2]);

/** The same for distinct points under the perturbation: 1 or -1. */
int cyt_in_circle(const double a[2], const double b[2], const double c[2],
                  const double d[2]);

#endif
