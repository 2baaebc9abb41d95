// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/zstd_filter.h"

#include <hdf5.h>

cyt_code cyt_zstd_filter_register(cyt_error *err)
{
    if (H5Zregister(cyt_zstd_filter_class()) >= 0)
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_ENVIRONMENT, NULL,
                    "the HDF5 library refuses filter %d (zstd); use HDF5 1.10 or newer",
                    CYT_ZSTD_FILTER);
}
