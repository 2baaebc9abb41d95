// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/p_value.h"

#include <math.h>

#include <gsl/gsl_cdf.h>

double cyt_p_of_t(double t, double df)
{
    return gsl_cdf_beta_P(df / (df + t * t), df / 2, 0.5);
}

double cyt_p_of_normal(double z)
{
    return 2 * gsl_cdf_ugaussian_Q(fabs(z));
}
