/**
 * @file h5_filter.h
 * @brief Unpacking of what HDF5 itself cannot: LZF (filter 32000), zstd (32015).
 *
 * h5py carries LZF and old .h5ad files use it, but the C library does not know it. Both
 * decoders are registered in this process, unless the filter is there already, so no
 * plugin has to be found. They only unpack: a writer that needs one of the filters
 * registers its own over them.
 *
 * A decoder gives exactly the bytes that were promised or fails; what the input
 * promises is found without allocating (LZF: by walking over the tokens).
 *
 * LZF, a stream of tokens c d…; the output grows at its end:
 *
 *     000nnnnn  d…          n + 1 bytes as they are
 *     nnnooooo  o           n + 2 bytes from o + 1 before the end (13 bits), 0 < n < 7
 *     111ooooo  m  o        m + 9 bytes from there
 *
 * Reference: the format as stated in Marc Lehmann's description of LibLZF; filter
 * numbers and parameters: list of registered filters of The HDF Group. malloc and free
 * only, nothing of HDF5 is called from inside a filter.
 */
#ifndef CYT_H5_FILTER_H
#define CYT_H5_FILTER_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

/** Numbers registered with The HDF Group. */
enum { CYT_H5_LZF = 32000, CYT_H5_ZSTD = 32015 };

/** No size is told, or the stream is damaged. */
#define CYT_H5_NO_SIZE UINT64_MAX

/** Make both filters known to the HDF5 library of this process. May be called again. */
CYT_NODISCARD cyt_code cyt_h5_filter_register(cyt_error *err);

/** Bytes that @p n bytes unpack to; CYT_H5_NO_SIZE when the stream is damaged. */
uint64_t cyt_h5_lzf_size(const unsigned char *in, size_t n);
uint64_t cyt_h5_zstd_size(const unsigned char *in, size_t n);

/** Unpack to @p out [size], size from cyt_h5_lzf_size(). 0 when it does not fit. */
int cyt_h5_lzf_unpack(const unsigned char *in, size_t n, unsigned char *out,
                      size_t size);

#endif
