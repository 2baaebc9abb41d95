// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/versions.h"

#include <stdio.h>

#include <hdf5.h>
#include <zstd.h>

void cyt_hdf5_version(char *text)
{
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    snprintf(text, CYT_VERSION_LENGTH, "HDF5 %u.%u.%u", major, minor, release);
}

void cyt_zstd_version(char *text)
{
    snprintf(text, CYT_VERSION_LENGTH, "zstd %s", ZSTD_versionString());
}
