// SPDX-License-Identifier: BSD-3-Clause
/* Also part of the plugin: no symbol of HDF5 may be used here, only its types. */
#include "cytotaxis/zstd_filter.h"

#include <stdint.h>
#include <stdlib.h>

#include <hdf5.h>
#include <zstd.h>
#include <zstd_errors.h>

/* A filter answers with the bytes it made, 0 for failure, and then leaves the buffer.
 */
static size_t hand_over(void *made, size_t n_bytes, size_t capacity,
                        size_t *buffer_bytes, void **buffer)
{
    if (ZSTD_isError(n_bytes) || n_bytes == 0) {
        free(made);
        return 0;
    }
    free(*buffer);
    *buffer = made;
    *buffer_bytes = capacity;
    return n_bytes;
}

/* One frame that tells its size and has a checksum; the bytes of it, or an error. */
static size_t make_frame(int level, void *made, size_t capacity, const void *bytes,
                         size_t n_bytes)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    size_t got = (size_t)-ZSTD_error_memory_allocation;
    if (context)
        got = ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    if (!ZSTD_isError(got))
        got = ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    if (!ZSTD_isError(got))
        got = ZSTD_compress2(context, made, capacity, bytes, n_bytes);
    ZSTD_freeCCtx(context);
    return got;
}

static size_t compress(int level, size_t n_bytes, size_t *buffer_bytes, void **buffer)
{
    const size_t capacity = ZSTD_compressBound(n_bytes);
    void *made = ZSTD_isError(capacity) ? NULL : malloc(capacity);
    if (!made)
        return 0;
    const size_t got = make_frame(level, made, capacity, *buffer, n_bytes);
    return hand_over(made, got, capacity, buffer_bytes, buffer);
}

/* A chunk of HDF5 has less than 4 GiB: whatever promises more is damaged. */
static size_t decompress(size_t n_bytes, size_t *buffer_bytes, void **buffer)
{
    const unsigned long long told = ZSTD_getFrameContentSize(*buffer, n_bytes);
    if (told == ZSTD_CONTENTSIZE_ERROR || told == ZSTD_CONTENTSIZE_UNKNOWN ||
        told == 0 || told > UINT32_MAX)
        return 0;
    const size_t capacity = (size_t)told;
    void *made = malloc(capacity);
    if (!made)
        return 0;
    size_t got = ZSTD_decompress(made, capacity, *buffer, n_bytes);
    if (!ZSTD_isError(got) && got != capacity)
        got = 0; /* the frame promised more than it holds */
    return hand_over(made, got, capacity, buffer_bytes, buffer);
}

static size_t filter(unsigned flags, size_t n_parameters, const unsigned *parameters,
                     size_t n_bytes, size_t *buffer_bytes, void **buffer)
{
    if (flags & H5Z_FLAG_REVERSE)
        return decompress(n_bytes, buffer_bytes, buffer);
    const int level = n_parameters > 0 ? (int)parameters[0] : CYT_ZSTD_LEVEL;
    return compress(level, n_bytes, buffer_bytes, buffer);
}

const void *cyt_zstd_filter_class(void)
{
    static const H5Z_class2_t zstd_class = {
        .version = H5Z_CLASS_T_VERS,
        .id = CYT_ZSTD_FILTER,
        .encoder_present = 1,
        .decoder_present = 1,
        .name = "Zstandard",
        .can_apply = NULL,
        .set_local = NULL,
        .filter = filter,
    };
    return &zstd_class;
}
