// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/versions.h"

#include <stdio.h>

#include <fftw3.h>

void cyt_fftw_version(char *text)
{
    snprintf(text, CYT_VERSION_LENGTH, "%s", fftw_version);
}
