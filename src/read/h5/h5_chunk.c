// SPDX-License-Identifier: BSD-3-Clause
#include "read/h5/h5_chunk.h"

#include "read/h5/h5_filter.h"

#include "cytotaxis/mem.h"

#include <stdlib.h>

#include <zlib.h>

/* A chunk as it is stored. */
typedef struct packed {
    size_t size; /* 0: the chunk is not in the file */
    unsigned char *bytes;
    size_t capacity;
    uint32_t skipped; /* bit k: filter k was not used */
} packed;

static cyt_code spoilt(const cyt_h5_file *file, const cyt_h5_data *data, cyt_error *err)
{
    return CYT_H5_FAIL(
        file, err,
        " %s: its chunks are not as large as they should be: the file is "
        "damaged",
        data->path);
}

static cyt_code load(const cyt_h5_file *file, const cyt_h5_data *data,
                     const hsize_t offset[2], packed *p, cyt_error *err)
{
    hsize_t size = 0;
    p->size = 0;
    if (H5Dget_chunk_storage_size(data->id, offset, &size) < 0 || size == 0)
        return CYT_OK;
    if (size > file->bytes)
        return spoilt(file, data, err);
    const cyt_code code =
        cyt_grow(&p->bytes, &p->capacity, (size_t)size, 1, "a packed chunk", err);
    if (code != CYT_OK)
        return code;
    if (H5Dread_chunk(data->id, H5P_DEFAULT, offset, &p->skipped, p->bytes) < 0)
        return CYT_H5_FAIL(file, err,
                           " %s cannot be read: the file is truncated or damaged",
                           data->path);
    p->size = (size_t)size;
    return CYT_OK;
}

/* Bytes of a zlib stream when unpacked; 0 when it is damaged or holds more than @p
 * most. */
static uint64_t count_deflate(const unsigned char *bytes, size_t n, uint64_t most)
{
    unsigned char scrap[4096];
    z_stream z = {0};
    if (n > UINT32_MAX || inflateInit(&z) != Z_OK)
        return 0;
    z.next_in = (unsigned char *)(uintptr_t)bytes;
    z.avail_in = (uInt)n;
    uint64_t total = 0;
    int status = Z_OK;
    while (status == Z_OK && total <= most) {
        z.next_out = scrap;
        z.avail_out = sizeof scrap;
        status = inflate(&z, Z_NO_FLUSH);
        total += sizeof scrap - z.avail_out;
    }
    inflateEnd(&z);
    return status == Z_STREAM_END ? total : 0;
}

static uint64_t told(uint64_t size)
{
    return size == CYT_H5_NO_SIZE ? 0 : size;
}

/* How much to look at: all of the chunk, or only what is told at little cost. */
typedef enum care { THOROUGH, CHEAP } care;

/* Bytes a chunk unpacks to, those filters it did not skip undone from the last to the
 * first; 0 when it is damaged, UINT64_MAX when a filter is not one of those known here,
 * or costly. */
static uint64_t count_unpacked(hid_t plist, const packed *p, care c, uint64_t most)
{
    enum { CHECKSUM = 4 };
    uint64_t size = p->size;
    int packed_still = 1;
    for (int k = H5Pget_nfilters(plist) - 1; k >= 0; k--) {
        unsigned flags, config;
        size_t none = 0;
        const H5Z_filter_t filter =
            H5Pget_filter2(plist, (unsigned)k, &flags, &none, NULL, 0, NULL, &config);
        if (filter == H5Z_FILTER_SHUFFLE || p->skipped >> k & 1)
            continue;
        if (filter == H5Z_FILTER_FLETCHER32 && size > CHECKSUM)
            size -= CHECKSUM;
        else if (filter == H5Z_FILTER_DEFLATE && packed_still && c == THOROUGH)
            size = count_deflate(p->bytes, (size_t)size, most + CHECKSUM);
        else if (filter == CYT_H5_ZSTD && packed_still)
            size = told(cyt_h5_zstd_size(p->bytes, (size_t)size));
        else if (filter == CYT_H5_LZF && packed_still)
            size = told(cyt_h5_lzf_size(p->bytes, (size_t)size));
        else
            return UINT64_MAX;
        packed_still &= filter == H5Z_FILTER_FLETCHER32;
    }
    return size;
}

/* Bytes of a chunk by its shape; 0 when they are more than HDF5 can count. */
static uint64_t chunk_bytes(const cyt_h5_data *data)
{
    const uint64_t rows = UINT32_MAX / data->each / data->chunk[1];
    return data->chunk[0] <= rows ? data->each * data->chunk[0] * data->chunk[1] : 0;
}

/* Does the loaded chunk unpack to what its shape says? */
static cyt_code check_size(const cyt_h5_file *file, const cyt_h5_data *data,
                           hid_t plist, const packed *p, care c, cyt_error *err)
{
    if (p->size == 0)
        return CYT_OK;
    const uint64_t bytes = chunk_bytes(data),
                   unpacked = count_unpacked(plist, p, c, bytes);
    return unpacked == bytes || unpacked == UINT64_MAX ? CYT_OK
                                                       : spoilt(file, data, err);
}

cyt_code cyt_h5_check_shape(const cyt_h5_file *file, const cyt_h5_data *data,
                            hid_t plist, cyt_error *err)
{
    const hsize_t offset[2] = {0, 0};
    packed p = {0};
    cyt_code code = CYT_OK;
    if (H5Pget_layout(plist) != H5D_CHUNKED)
        return CYT_OK;
    if (data->chunk[0] == 0 || data->chunk[1] == 0)
        return spoilt(file, data, err);
    if (data->dims[0] == 0 || data->dims[1] == 0)
        return CYT_OK;
    if (chunk_bytes(data) == 0)
        return spoilt(file, data, err);
    CYT_TRY(load(file, data, offset, &p, err));
    CYT_TRY(check_size(file, data, plist, &p, THOROUGH, err));
done:
    free(p.bytes);
    return code;
}

static cyt_code check_chunk(const cyt_h5_file *file, const cyt_h5_data *data,
                            hid_t plist, const hsize_t offset[2], packed *p,
                            cyt_error *err)
{
    const cyt_code code = load(file, data, offset, p, err);
    if (code != CYT_OK)
        return code;
    return check_size(file, data, plist, p, p->skipped ? THOROUGH : CHEAP, err);
}

cyt_code cyt_h5_check_chunks(const cyt_h5_file *file, const cyt_h5_data *data,
                             uint64_t first, size_t n, size_t n_columns,
                             const uint64_t *column, cyt_error *err)
{
    packed p = {0};
    cyt_code code = CYT_OK;
    if (!data->packed || n == 0)
        return CYT_OK;
    const uint64_t *chunk = data->chunk;
    const hid_t plist = H5Dget_create_plist(data->id);
    for (uint64_t i = first / chunk[0]; i <= (first + n - 1) / chunk[0]; i++) {
        for (size_t k = 0; k < (column ? n_columns : 1); k++) {
            const uint64_t j = column ? column[k] / chunk[1] : 0;
            const hsize_t offset[2] = {i * chunk[0], j * chunk[1]};
            if (k == 0 || j != column[k - 1] / chunk[1])
                CYT_TRY(check_chunk(file, data, plist, offset, &p, err));
        }
    }
done:
    if (plist >= 0)
        H5Pclose(plist);
    free(p.bytes);
    return code;
}
