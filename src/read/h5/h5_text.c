// SPDX-License-Identifier: BSD-3-Clause
#include "read/h5/h5_text.h"

#include "read/h5/h5_header.h"
#include "read/h5/h5_member.h"

#include "cytotaxis/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the strings ------------------------------------------------------------------ */

cyt_code cyt_h5_text_add(cyt_h5_text *text, const char *bytes, size_t length,
                         cyt_error *err)
{
    const char *nul = length ? memchr(bytes, '\0', length) : NULL;
    const size_t used = nul ? (size_t)(nul - bytes) : length;
    cyt_code code = CYT_OK;
    if (text->n + 2 > text->start_capacity)
        CYT_TRY(cyt_grow(&text->start, &text->start_capacity, text->n + 2,
                         sizeof *text->start, "text of an HDF5 file", err));
    if (text->n_bytes + used >= text->bytes_capacity)
        CYT_TRY(cyt_grow(&text->bytes, &text->bytes_capacity, text->n_bytes + used + 1,
                         1, "text of an HDF5 file", err));
    if (used)
        memcpy(text->bytes + text->n_bytes, bytes, used);
    text->start[text->n++] = text->n_bytes;
    text->n_bytes += used;
    text->start[text->n] = text->n_bytes;
done:
    return code;
}

void cyt_h5_text_clear(cyt_h5_text *text)
{
    text->n = text->n_bytes = 0;
}

void cyt_h5_text_free(cyt_h5_text *text)
{
    free(text->start);
    free(text->bytes);
    *text = (cyt_h5_text){0};
}

const char *cyt_h5_text_get(const cyt_h5_text *text, size_t i, size_t *length)
{
    *length = text->start[i + 1] - text->start[i];
    return text->bytes + text->start[i];
}

char *cyt_h5_text_copy(const cyt_h5_text *text, size_t i, cyt_error *err)
{
    size_t length;
    const char *bytes = cyt_h5_text_get(text, i, &length);
    char *copy = cyt_calloc(length + 1, 1, "a text of an HDF5 file", err);
    if (copy)
        memcpy(copy, bytes, length);
    return copy;
}

int cyt_h5_text_is(const cyt_h5_text *text, size_t i, const char *name)
{
    size_t length;
    const char *bytes = cyt_h5_text_get(text, i, &length);
    return strlen(name) == length && memcmp(bytes, name, length) == 0;
}

/* --- heaps ------------------------------------------------------------------------ */

/* HDF5 makes heaps of up to 64 KiB, or larger for one string that is. To read the
 * latter more than once or twice is what only a damaged file asks for. */
enum { USUAL_HEAP = 1 << 16, TIMES = 2 };

/* The heap read last: neighbouring strings lie in the same one. */
typedef struct heap {
    uint64_t address; /* 0: none */
    uint64_t size;
    unsigned char *bytes;
    size_t capacity;
    uint64_t *object; /* [n_objects] offset of the object of that number, 0: none */
    size_t n_objects;
    size_t object_capacity;
    uint64_t loaded; /* bytes of large heaps so far */
} heap;

static void heap_free(heap *h)
{
    free(h->bytes);
    free(h->object);
    *h = (heap){0};
}

/* Bytes of a heap's head, and of an object's, both padded to 8. */
static size_t heap_head(const cyt_h5_file *file)
{
    return (8 + file->n_length + 7) / 8 * 8;
}

static size_t object_head(const cyt_h5_file *file)
{
    return heap_head(file); /* number, references, 4 reserved, length */
}

/* Note where each object starts; stops at the free space, or where the heap is damaged.
 */
static cyt_code index_heap(const cyt_h5_file *file, heap *h, cyt_error *err)
{
    const size_t head = object_head(file);
    h->n_objects = 0;
    for (uint64_t at = heap_head(file); at + head <= h->size;) {
        const size_t number = (size_t)cyt_h5_little(h->bytes + at, 2);
        const uint64_t length = cyt_h5_little(h->bytes + at + 8, file->n_length);
        if (number == 0 || length > h->size - at - head)
            break;
        const cyt_code code =
            number < h->object_capacity
                ? CYT_OK
                : cyt_grow(&h->object, &h->object_capacity, number + 1,
                           sizeof *h->object, "a string heap", err);
        if (code != CYT_OK)
            return code;
        while (h->n_objects <= number)
            h->object[h->n_objects++] = 0;
        h->object[number] = at;
        at += head + (length + 7) / 8 * 8;
    }
    return CYT_OK;
}

/* Load the heap at @p address; leaves h->address = 0 when there is none. */
static cyt_code load_heap(const cyt_h5_file *file, uint64_t address, heap *h,
                          cyt_error *err)
{
    unsigned char head[16];
    h->address = 0;
    if (address == 0 || !cyt_h5_read_at(file, address, 8 + file->n_length, head) ||
        memcmp(head, "GCOL", 4) != 0)
        return CYT_OK;
    const uint64_t size = cyt_h5_little(head + 8, file->n_length);
    if (size < heap_head(file) || size > file->bytes)
        return CYT_OK;
    h->loaded += size > USUAL_HEAP ? size : 0;
    if (h->loaded / TIMES > file->bytes)
        return CYT_H5_FAIL(file, err,
                           " has strings that point to and fro between large heaps: "
                           "the file is damaged");
    cyt_code code =
        cyt_grow(&h->bytes, &h->capacity, (size_t)size, 1, "a string heap", err);
    if (code != CYT_OK || !cyt_h5_read_at(file, address, (size_t)size, h->bytes))
        return code;
    h->size = size;
    code = index_heap(file, h, err);
    h->address = code == CYT_OK ? address : 0;
    return code;
}

/* The string a reference points to; NULL when it points to nothing. */
static const char *follow(const cyt_h5_file *file, const heap *h, uint64_t number,
                          uint64_t length)
{
    const uint64_t at = h->address && number < h->n_objects ? h->object[number] : 0;
    if (at == 0 || length > cyt_h5_little(h->bytes + at + 8, file->n_length))
        return NULL;
    return (const char *)h->bytes + at + object_head(file);
}

/* Append the strings of @p n references. Distinct strings lie in distinct places, so
 * all together are no longer than the file. */
static cyt_code follow_all(const cyt_h5_file *file, const char *what,
                           const unsigned char *reference, size_t n, heap *h,
                           cyt_h5_text *out, cyt_error *err)
{
    const size_t each = cyt_h5_reference_bytes(file);
    cyt_code code = CYT_OK;
    uint64_t total = 0;
    for (size_t i = 0; i < n && code == CYT_OK; i++) {
        const unsigned char *r = reference + i * each;
        const uint64_t length = cyt_h5_little(r, 4),
                       address = cyt_h5_little(r + 4, file->n_address);
        const uint64_t number = cyt_h5_little(r + 4 + file->n_address, 4);
        if (length && address != h->address)
            code = load_heap(file, address, h, err);
        const char *bytes =
            length && code == CYT_OK ? follow(file, h, number, length) : "";
        total += length;
        if (!bytes || total > file->bytes)
            return CYT_H5_FAIL(file, err,
                               " %s: a string is not where it should be: the "
                               "file is truncated or damaged",
                               what);
        if (code == CYT_OK)
            code = cyt_h5_text_add(out, bytes, (size_t)length, err);
    }
    return code;
}

/* --- what HDF5 delivers ----------------------------------------------------------- */

static cyt_code cut_fixed(hid_t type, const char *bytes, size_t n, cyt_h5_text *out,
                          cyt_error *err)
{
    const size_t width = H5Tget_size(type);
    const int spaces = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
    cyt_code code = CYT_OK;
    for (size_t i = 0; i < n && code == CYT_OK; i++) {
        size_t length = width;
        while (spaces && length > 0 && bytes[i * width + length - 1] == ' ')
            length--;
        code = cyt_h5_text_add(out, bytes + i * width, length, err);
    }
    return code;
}

/* Elements read at a time: about 1 MiB. */
static size_t slab_of(size_t width)
{
    const size_t slab = (size_t)1 << 20;
    return width < slab ? slab / width : 1;
}

/* How to read elements of text, and the room for a slab of them. */
typedef struct text_source {
    hid_t memory; /* type; owned when variable */
    int variable;
    size_t width;
    char *slab;
    heap heap;
} text_source;

static cyt_code text_source_init(const cyt_h5_file *file, hid_t type, cyt_h5_class kind,
                                 size_t n, text_source *s, cyt_error *err)
{
    *s = (text_source){.variable = kind == CYT_H5_VTEXT};
    s->memory = s->variable ? cyt_h5_as_stored(cyt_h5_reference_bytes(file)) : type;
    s->width = s->variable ? cyt_h5_reference_bytes(file) : H5Tget_size(type);
    const size_t rows = n < slab_of(s->width) ? n : slab_of(s->width);
    s->slab = cyt_calloc(rows, s->width, "a slab of text", err);
    return s->slab ? CYT_OK : err->code;
}

static void text_source_free(text_source *s)
{
    if (s->variable && s->memory > 0)
        H5Tclose(s->memory);
    free(s->slab);
    heap_free(&s->heap);
}

static cyt_code take(const cyt_h5_file *file, const char *what, text_source *s,
                     size_t n, cyt_h5_text *out, cyt_error *err)
{
    if (s->variable)
        return follow_all(file, what, (unsigned char *)s->slab, n, &s->heap, out, err);
    return cut_fixed(s->memory, s->slab, n, out, err);
}

cyt_code cyt_h5_read_text(const cyt_h5_file *file, const cyt_h5_data *data,
                          uint64_t first, size_t n, cyt_h5_text *out, cyt_error *err)
{
    if (data->kind != CYT_H5_TEXT && data->kind != CYT_H5_VTEXT)
        return CYT_H5_FAIL(file, err, " %s does not hold text", data->path);
    text_source s;
    cyt_code code;
    CYT_TRY(text_source_init(file, data->type, data->kind, n, &s, err));
    for (size_t at = 0; at < n;) {
        const size_t rows = n - at < slab_of(s.width) ? n - at : slab_of(s.width);
        CYT_TRY(cyt_h5_read(file, data, s.memory, first + at, rows, s.slab, err));
        CYT_TRY(take(file, data->path, &s, rows, out, err));
        at += rows;
    }
done:
    text_source_free(&s);
    return code;
}

/* --- attributes ------------------------------------------------------------------- */

static cyt_code read_attr(const cyt_h5_file *file, hid_t attr, hid_t type, size_t n,
                          const char *what, cyt_h5_text *out, cyt_error *err)
{
    text_source s;
    cyt_code code;
    CYT_TRY(text_source_init(file, type, cyt_h5_class_of(type), n, &s, err));
    if (n > slab_of(s.width) || H5Aread(attr, s.memory, s.slab) < 0)
        CYT_TRY(
            CYT_H5_FAIL(file, err, " %s, cannot be read: the file is damaged", what));
    CYT_TRY(take(file, what, &s, n, out, err));
done:
    text_source_free(&s);
    return code;
}

cyt_code cyt_h5_attr_text(const cyt_h5_file *file, const char *path, const char *name,
                          cyt_h5_text *out, cyt_error *err)
{
    if (!cyt_h5_header_ok(file, path))
        return CYT_H5_FAIL(file, err, " %s has a damaged header", path);
    const htri_t there = H5Aexists_by_name(file->id, path, name, H5P_DEFAULT);
    if (there == 0 || (there < 0 && cyt_h5_look(file, path) == CYT_H5_ABSENT))
        return CYT_OK;
    const hid_t attr =
        there < 0 ? -1
                  : H5Aopen_by_name(file->id, path, name, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t type = attr >= 0 ? H5Aget_type(attr) : -1;
    const hid_t space = attr >= 0 ? H5Aget_space(attr) : -1;
    const cyt_h5_class kind = type >= 0 ? cyt_h5_class_of(type) : CYT_H5_OTHER_CLASS;
    const hssize_t n = space >= 0 ? H5Sget_simple_extent_npoints(space) : -1;
    char what[CYT_H5_PATH];
    snprintf(what, sizeof what, "%s, attribute %s", path, name);
    cyt_code code = CYT_OK;
    if (type < 0 || n < 0)
        code = CYT_H5_FAIL(file, err, " %s cannot be read%s", what, CYT_H5_UNREAD);
    else if (n > 0 && (kind == CYT_H5_TEXT || kind == CYT_H5_VTEXT))
        code = read_attr(file, attr, type, (size_t)n, what, out, err);
    if (type >= 0)
        H5Tclose(type);
    if (space >= 0)
        H5Sclose(space);
    if (attr >= 0)
        H5Aclose(attr);
    return code;
}

cyt_code cyt_h5_attr_word(const cyt_h5_file *file, const char *path, const char *name,
                          char value[CYT_H5_PATH], cyt_error *err)
{
    cyt_h5_text words = {0};
    const cyt_code code = cyt_h5_attr_text(file, path, name, &words, err);
    value[0] = '\0';
    if (code == CYT_OK && words.n == 1 && words.n_bytes < CYT_H5_PATH) {
        memcpy(value, words.bytes, words.n_bytes);
        value[words.n_bytes] = '\0';
    }
    cyt_h5_text_free(&words);
    return code;
}
