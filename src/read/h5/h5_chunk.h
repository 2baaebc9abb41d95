/**
 * @file h5_chunk.h
 * @brief Is what a chunk unpacks to as large as HDF5 will believe?
 *
 * HDF5 1.10 copies elements out of an unpacked chunk by the chunk's shape and does not
 * ask how many bytes the filters gave. When the shape, the list of filters, or the note
 * which filters a chunk skipped is damaged, it reads beyond the buffer. So the first
 * chunk of a dataset is unpacked once here, counting bytes only, and every packed chunk
 * is asked whether it skipped a filter.
 *
 * Price: one chunk unpacked twice per dataset, and the packed bytes of the others read
 * twice, the second time out of the system's cache. Filters counted: deflate, shuffle,
 * Fletcher-32, zstd, LZF; datasets with others are believed. Deflate closes with a sum
 * over what it packed, which chance does not meet; chunks of zstd and LZF tell their
 * size at little cost and are all asked.
 *
 * Limit: a later chunk of deflate that was made on purpose, short and with a right sum,
 * is not noticed, and HDF5 reads behind it. To count it means to unpack it twice, which
 * is most of what reading costs.
 */
#ifndef CYT_H5_CHUNK_H
#define CYT_H5_CHUNK_H

#include "read/h5/h5_util.h"

/** Look at the shape and the first chunk of a dataset whose chunk[] is filled. */
CYT_NODISCARD cyt_code cyt_h5_check_shape(const cyt_h5_file *file,
                                          const cyt_h5_data *data, hid_t plist,
                                          cyt_error *err);

/** Look at the chunks that rows [first, first + n) of some columns lie in; @p column is
 *  ascending, and not used for one dimension. */
CYT_NODISCARD cyt_code cyt_h5_check_chunks(const cyt_h5_file *file,
                                           const cyt_h5_data *data, uint64_t first,
                                           size_t n, size_t n_columns,
                                           const uint64_t *column, cyt_error *err);

#endif
