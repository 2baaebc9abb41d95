// SPDX-License-Identifier: BSD-3-Clause
#include "stats/p_value.h"

#include <gsl/gsl_cdf.h>

double cyt_p_of_t(double t, double df)
{
    return gsl_cdf_beta_P(df / (df + t * t), df / 2, 0.5);
}
