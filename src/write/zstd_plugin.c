// SPDX-License-Identifier: BSD-3-Clause
/* The two functions by which HDF5 asks a plugin what it is. Nothing here or in
 * zstd_filter.c refers to a symbol of HDF5, and the plugin is not linked to it. */
#include "cytotaxis/zstd_filter.h"

#include <H5PLextern.h>
#include <hdf5.h>

H5PL_type_t H5PLget_plugin_type(void)
{
    return H5PL_TYPE_FILTER;
}

const void *H5PLget_plugin_info(void)
{
    return cyt_zstd_filter_class();
}
