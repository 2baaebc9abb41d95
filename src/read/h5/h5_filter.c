// SPDX-License-Identifier: BSD-3-Clause
#define H5_USE_110_API 1

#include "read/h5/h5_filter.h"

#include <stdlib.h>
#include <string.h>

#include <hdf5.h>
#include <zstd.h>

/* --- LZF -------------------------------------------------------------------------- */

/* One token: @p length bytes, of the input itself (distance = 0) or of the output. */
typedef struct token {
    size_t length, distance;
    const unsigned char *literal;
} token;

/* Take the token at in[*at]; 0 when the input ends within it. */
static int take_token(const unsigned char *in, size_t n, size_t *at, token *t)
{
    const unsigned char head = in[(*at)++];
    if (head < 32) {
        *t = (token){.length = (size_t)head + 1, .literal = in + *at};
        if (t->length > n - *at)
            return 0;
        *at += t->length;
        return 1;
    }
    t->length = (head >> 5) + 2u;
    if (head >> 5 == 7) {
        if (*at == n)
            return 0;
        t->length += in[(*at)++];
    }
    if (*at == n)
        return 0;
    t->distance = ((size_t)(head & 31) << 8 | in[(*at)++]) + 1;
    return 1;
}

uint64_t cyt_h5_lzf_size(const unsigned char *in, size_t n)
{
    uint64_t size = 0;
    for (size_t at = 0; at < n;) {
        token t;
        if (!take_token(in, n, &at, &t) || (t.distance && t.distance > size))
            return CYT_H5_NO_SIZE;
        size += t.length;
    }
    return size;
}

int cyt_h5_lzf_unpack(const unsigned char *in, size_t n, unsigned char *out,
                      size_t size)
{
    size_t end = 0;
    for (size_t at = 0; at < n;) {
        token t;
        if (!take_token(in, n, &at, &t) || t.length > size - end || t.distance > end)
            return 0;
        if (t.distance == 0)
            memcpy(out + end, t.literal, t.length);
        for (size_t k = 0; t.distance && k < t.length; k++) /* may repeat itself */
            out[end + k] = out[end + k - t.distance];
        end += t.length;
    }
    return end == size;
}

/* --- zstd ------------------------------------------------------------------------- */

uint64_t cyt_h5_zstd_size(const unsigned char *in, size_t n)
{
    const unsigned long long size = ZSTD_getFrameContentSize(in, n);
    return size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN
               ? CYT_H5_NO_SIZE
               : size;
}

static int zstd_unpack(const unsigned char *in, size_t n, unsigned char *out,
                       size_t size)
{
    const size_t got = ZSTD_decompress(out, size, in, n);
    return !ZSTD_isError(got) && got == size;
}

/* --- as HDF5 wants them ----------------------------------------------------------- */

/* A filter answers with the bytes it made, 0 for failure, and then leaves the buffer.
 */
static size_t unpack(uint64_t size, size_t n, size_t *buffer_bytes, void **buffer,
                     int (*decode)(const unsigned char *, size_t, unsigned char *,
                                   size_t))
{
    unsigned char *made = size > 0 && size < PTRDIFF_MAX ? malloc((size_t)size) : NULL;
    if (!made || !decode(*buffer, n, made, (size_t)size)) {
        free(made);
        return 0;
    }
    free(*buffer);
    *buffer = made;
    *buffer_bytes = (size_t)size;
    return (size_t)size;
}

static size_t lzf(unsigned flags, size_t n_parameters, const unsigned *parameters,
                  size_t n_bytes, size_t *buffer_bytes, void **buffer)
{
    (void)n_parameters, (void)parameters;
    if (!(flags & H5Z_FLAG_REVERSE))
        return 0;
    return unpack(cyt_h5_lzf_size(*buffer, n_bytes), n_bytes, buffer_bytes, buffer,
                  cyt_h5_lzf_unpack);
}

static size_t zstd(unsigned flags, size_t n_parameters, const unsigned *parameters,
                   size_t n_bytes, size_t *buffer_bytes, void **buffer)
{
    (void)n_parameters, (void)parameters;
    if (!(flags & H5Z_FLAG_REVERSE))
        return 0;
    return unpack(cyt_h5_zstd_size(*buffer, n_bytes), n_bytes, buffer_bytes, buffer,
                  zstd_unpack);
}

cyt_code cyt_h5_filter_register(cyt_error *err)
{
    static const H5Z_class2_t classes[] = {
        {H5Z_CLASS_T_VERS, CYT_H5_LZF, 0, 1, "lzf", NULL, NULL, lzf},
        {H5Z_CLASS_T_VERS, CYT_H5_ZSTD, 0, 1, "Zstandard", NULL, NULL, zstd}};
    for (size_t k = 0; k < sizeof classes / sizeof *classes; k++)
        if (H5Zfilter_avail(classes[k].id) <= 0 && H5Zregister(&classes[k]) < 0)
            return CYT_FAIL(err, CYT_ERR_ENVIRONMENT, NULL,
                            "the HDF5 library refuses filter %d (%s); use HDF5 1.10 or "
                            "newer",
                            (int)classes[k].id, classes[k].name);
    return CYT_OK;
}
