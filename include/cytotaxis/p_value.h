/**
 * @file p_value.h
 * @brief Two-sided p of statistics whose law is Student's t, or normal.
 *
 * Of t by the incomplete beta function, I_x(df/2, 1/2) with x = df / (df + t^2): GSL's
 * own law of t takes an expansion above 30 degrees of freedom that is right to seven
 * digits only, far out.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_P_VALUE_H
#define CYT_P_VALUE_H

/** Of @p t with @p df degrees of freedom, > 0, not necessarily whole. NaN when either
 * is.
 */
double cyt_p_of_t(double t, double df);

/** Of a standard normal @p z; NaN when it is. */
double cyt_p_of_normal(double z);

#endif
