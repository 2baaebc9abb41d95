// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/gsl_errors.h"

#include <gsl/gsl_errno.h>

void cyt_gsl_errors_return(void)
{
    (void)gsl_set_error_handler_off();
}
