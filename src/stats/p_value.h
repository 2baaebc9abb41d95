/**
 * @file p_value.h
 * @brief Two-sided p of Student's t.
 *
 * By the incomplete beta function, I_x(df/2, 1/2) with x = df / (df + t^2): GSL's own
 * law of t takes an expansion above 30 degrees of freedom that is right to eight digits
 * only.
 */
#ifndef CYT_P_VALUE_H
#define CYT_P_VALUE_H

double cyt_p_of_t(double t, double df);

#endif
