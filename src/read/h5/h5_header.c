// SPDX-License-Identifier: BSD-3-Clause
#include "read/h5/h5_header.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int cyt_h5_read_at(const cyt_h5_file *file, uint64_t address, size_t n, void *out)
{
    const uint64_t room = file->bytes - file->base;
    if (address > room || n > room - address)
        return 0;
    size_t done = 0;
    while (done < n) {
        const ssize_t got = pread(file->fd, (char *)out + done, n - done,
                                  (off_t)(file->base + address + done));
        if (got <= 0)
            return 0;
        done += (size_t)got;
    }
    return 1;
}

/* --- datatypes -------------------------------------------------------------------- */

/* Bytes not looked at yet. */
typedef struct cursor {
    const unsigned char *at;
    size_t left;
} cursor;

static int skip(cursor *c, size_t n)
{
    if (n > c->left)
        return 0;
    c->at += n;
    c->left -= n;
    return 1;
}

/* A name with its NUL; old versions pad it to eight bytes. */
static int skip_name(cursor *c, unsigned version)
{
    const unsigned char *end = c->left ? memchr(c->at, '\0', c->left) : NULL;
    const size_t n = end ? (size_t)(end - c->at) + 1 : 0;
    return end && skip(c, version < 3 ? (n + 7) / 8 * 8 : n);
}

enum { DEEP = 16 }; /* types within types; HDF5 files of this field have three */

static int skip_type(cursor *c, int depth);

static int skip_compound(cursor *c, unsigned version, size_t n, uint64_t size,
                         int depth)
{
    const size_t offset = version < 3      ? 4
                          : size < 1 << 8  ? 1
                          : size < 1 << 16 ? 2
                          : size < 1 << 24 ? 3
                                           : 4;
    for (size_t k = 0; k < n; k++)
        if (!skip_name(c, version) || !skip(c, offset) ||
            (version == 1 && !skip(c, 28)) || !skip_type(c, depth + 1))
            return 0;
    return n > 0;
}

static int skip_enum(cursor *c, unsigned version, size_t n, int depth)
{
    const uint64_t size = c->left >= 8 ? cyt_h5_little(c->at + 4, 4) : 0;
    if (size == 0 || !skip_type(c, depth + 1))
        return 0;
    for (size_t k = 0; k < n; k++)
        if (!skip_name(c, version))
            return 0;
    return n <= c->left / size && skip(c, n * (size_t)size);
}

static int skip_array(cursor *c, unsigned version, int depth)
{
    const size_t n = c->left ? c->at[0] : 0;
    const size_t head = version < 3 ? 4 + 8 * n : 1 + 4 * n;
    return n > 0 && n <= H5S_MAX_RANK && skip(c, head) && skip_type(c, depth + 1);
}

/* Class, version, bits of the class, size; then what the class needs. */
static int skip_type(cursor *c, int depth)
{
    enum {
        FIXED,
        FLOAT,
        TIME,
        TEXT,
        BITS,
        OPAQUE,
        COMPOUND,
        REFERENCE,
        ENUM,
        VLEN,
        ARRAY
    };
    if (c->left < 8 || depth > DEEP)
        return 0;
    const unsigned version = c->at[0] >> 4;
    const size_t bits = (size_t)cyt_h5_little(c->at + 1, 3);
    const uint64_t size = cyt_h5_little(c->at + 4, 4);
    const int kind = c->at[0] & 15;
    if (!skip(c, 8) || size == 0)
        return 0;
    switch (kind) {
    case FIXED:
    case BITS:
        return skip(c, 4);
    case FLOAT:
        return skip(c, 12);
    case TIME:
        return skip(c, 2);
    case OPAQUE:
        return skip(c, bits & 255);
    case COMPOUND:
        return skip_compound(c, version, bits & 65535, size, depth);
    case ENUM:
        return skip_enum(c, version, bits & 65535, depth);
    case VLEN:
        return skip_type(c, depth + 1);
    case ARRAY:
        return skip_array(c, version, depth);
    default:
        return kind == TEXT || kind == REFERENCE;
    }
}

/* --- messages --------------------------------------------------------------------- */

enum { SHARED = 2, TYPE = 0x03, ATTRIBUTE = 0x0C, CONTINUATION = 0x10 };

static int attribute_ok(cursor c)
{
    if (c.left < 9)
        return 0;
    const unsigned version = c.at[0], flags = c.at[1];
    size_t part[3], total = 0;
    for (size_t k = 0; k < 3; k++) {
        part[k] = (size_t)cyt_h5_little(c.at + 2 + 2 * k, 2);
        total += version == 1 ? (part[k] + 7) / 8 * 8 : part[k];
    }
    if (!skip(&c, version == 3 ? 9 : 8) || total > c.left || part[0] == 0 ||
        !memchr(c.at, '\0', part[0]))
        return 0;
    cursor type = {c.at + (version == 1 ? (part[0] + 7) / 8 * 8 : part[0]), part[1]};
    return (version > 1 && flags & 1) || skip_type(&type, 0);
}

static int message_ok(unsigned kind, unsigned flags, cursor data)
{
    if (flags & SHARED)
        return 1;
    return kind == TYPE ? skip_type(&data, 0) : kind != ATTRIBUTE || attribute_ok(data);
}

/* Where headers go on. */
typedef struct block {
    uint64_t address, size;
} block;

enum { MAX_BLOCKS = 256 };

typedef struct walk {
    const cyt_h5_file *file;
    block block[MAX_BLOCKS];
    size_t n_blocks;
} walk;

static int note_block(walk *w, uint64_t address, uint64_t size)
{
    if (w->n_blocks == MAX_BLOCKS || size > w->file->bytes)
        return 0;
    w->block[w->n_blocks++] = (block){address, size};
    return 1;
}

static int messages_ok(walk *w, cursor c)
{
    const size_t n_address = w->file->n_address, n_length = w->file->n_length;
    while (c.left >= 8) {
        const unsigned kind = (unsigned)cyt_h5_little(c.at, 2), flags = c.at[4];
        const size_t size = (size_t)cyt_h5_little(c.at + 2, 2);
        skip(&c, 8);
        const cursor data = {c.at, size};
        if (!skip(&c, size) || !message_ok(kind, flags, data))
            return 0;
        if (kind == CONTINUATION &&
            (size < n_address + n_length ||
             !note_block(w, cyt_h5_little(data.at, n_address),
                         cyt_h5_little(data.at + n_address, n_length))))
            return 0;
    }
    return 1;
}

static int block_ok(walk *w, block b)
{
    unsigned char *bytes = malloc((size_t)b.size + 1);
    const int ok = bytes && cyt_h5_read_at(w->file, b.address, (size_t)b.size, bytes) &&
                   messages_ok(w, (cursor){bytes, (size_t)b.size});
    free(bytes);
    return ok;
}

int cyt_h5_header_ok(const cyt_h5_file *file, const char *path)
{
    enum { HEAD = 16 };
    unsigned char head[HEAD];
    H5O_info_t info;
    walk w = {.file = file};
    if (H5Oget_info_by_name2(file->id, path, &info, H5O_INFO_BASIC, H5P_DEFAULT) < 0 ||
        !cyt_h5_read_at(file, info.addr, HEAD, head) || head[0] != 1)
        return 1; /* a checksum, or an error of HDF5 */
    if (!note_block(&w, info.addr + HEAD, cyt_h5_little(head + 8, 4)))
        return 0;
    for (size_t k = 0; k < w.n_blocks; k++)
        if (!block_ok(&w, w.block[k]))
            return 0;
    return 1;
}
