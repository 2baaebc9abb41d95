/**
 * @file zstd_filter.h
 * @brief HDF5 filter 32015: chunks compressed with Zstandard.
 *
 * Neither the HDF5 of common systems nor their h5py carries this filter, so the program
 * registers it in its own process, and the same filter function is built as a plugin
 * that readers find through HDF5_PLUGIN_PATH. The function calls libzstd, malloc and
 * free and nothing of HDF5: the plugin then loads into any build of the HDF5 library,
 * serial or parallel, whatever its symbol versions are.
 *
 * One chunk is one frame that tells its content size and carries a checksum, so that a
 * damaged chunk is an error and never other values. Parameter 0 of the filter is the
 * level; without it CYT_ZSTD_LEVEL. Filter number and meaning of its parameter: list of
 * registered filters of The HDF Group.
 */
#ifndef CYT_ZSTD_FILTER_H
#define CYT_ZSTD_FILTER_H

#include "cytotaxis/status.h"

enum {
    CYT_ZSTD_FILTER = 32015, /**< number under which the filter is registered */
    CYT_ZSTD_LEVEL = 3,      /**< the library's own default */
};

/** Make the filter known to the HDF5 library of this process. May be called again.
 * Needed before a dataset with this filter is created or read. */
CYT_NODISCARD cyt_code cyt_zstd_filter_register(cyt_error *err);

/** The filter as HDF5 wants it described: an H5Z_class2_t. */
const void *cyt_zstd_filter_class(void);

#endif
