// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/anndata.h"

#include "store_impl.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"

#include <stdlib.h>
#include <string.h>

static cyt_code encode(cyt_store *store, const char *path, const char *type,
                       const char *version, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_store_attr_text(store, path, "encoding-type", type, err));
    CYT_TRY(cyt_store_attr_text(store, path, "encoding-version", version, err));
done:
    return code;
}

cyt_code cyt_anndata_dict(cyt_store *store, const char *path, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_store_group(store, path, err));
    CYT_TRY(encode(store, path, "dict", "0.1.0", err));
done:
    return code;
}

cyt_code cyt_anndata_begin(cyt_store *store, cyt_error *err)
{
    static const char *const mappings[] = {"/layers", "/obsm", "/obsp",
                                           "/varm",   "/varp", "/uns"};
    cyt_code code = CYT_OK;
    CYT_TRY(encode(store, "/", "anndata", "0.1.0", err));
    for (size_t i = 0; i < sizeof mappings / sizeof *mappings; i++)
        CYT_TRY(cyt_anndata_dict(store, mappings[i], err));
done:
    return code;
}

/* --- arrays and single values ----------------------------------------------------- */

static cyt_code encode_array(cyt_store *store, const char *path, cyt_store_type type,
                             cyt_error *err)
{
    return encode(store, path, type == CYT_STORE_TEXT ? "string-array" : "array",
                  "0.2.0", err);
}

cyt_code cyt_anndata_rows(cyt_store *store, const char *path,
                          const cyt_store_layout *layout, uint64_t first,
                          uint64_t count, const void *data, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_store_rows(store, path, layout, first, count, data, err));
    CYT_TRY(encode_array(store, path, layout->type, err));
done:
    return code;
}

cyt_code cyt_anndata_array(cyt_store *store, const char *path,
                           const cyt_store_layout *layout, const void *data,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_store_array(store, path, layout, data, err));
    CYT_TRY(encode_array(store, path, layout->type, err));
done:
    return code;
}

cyt_code cyt_anndata_names(cyt_store *store, const char *path, const cyt_names *names,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_store_names(store, path, names, CYT_COMPRESS_DEFLATE, err));
    CYT_TRY(encode_array(store, path, CYT_STORE_TEXT, err));
done:
    return code;
}

cyt_code cyt_anndata_text(cyt_store *store, const char *path, const char *value,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t length = strlen(value); /* an empty text is its NUL */
    CYT_TRY(
        cyt_store_scalar(store, path, CYT_STORE_TEXT, length ? length : 1, value, err));
    CYT_TRY(encode(store, path, "string", "0.2.0", err));
done:
    return code;
}

/* --- members of groups ------------------------------------------------------------ */

/* Write rows as the member `link` of a group, as AnnData's `data` or `codes` are:
 * without attributes when `encoded` is 0. */
static cyt_code member(cyt_store *store, const char *group, const char *link,
                       const cyt_store_layout *layout, uint64_t first, uint64_t count,
                       const void *data, int encoded, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *path = cyt_store_join(group, link, err);
    CYT_TRY(cyt_store_meet(store, path ? CYT_OK : err->code, err));
    code = encoded ? cyt_anndata_rows(store, path, layout, first, count, data, err)
                   : cyt_store_rows(store, path, layout, first, count, data, err);
done:
    free(path);
    return code;
}

/* --- sparse matrix ---------------------------------------------------------------- */

/* The last rank also writes the closing entry. */
static uint64_t n_pointers(const cyt_store *store, const cyt_csr *matrix)
{
    const int is_last = store->rank == cyt_comm_size(store->comm) - 1;
    return matrix->count + (is_last ? 1 : 0);
}

static cyt_code csr_parts(cyt_store *store, const char *path, const cyt_csr *m,
                          int64_t *pointers, cyt_compression filter, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const uint64_t mine = m->start[m->count];
    const uint64_t before = cyt_exscan_u64(store->comm, mine);
    cyt_store_layout layout = {.type = CYT_STORE_I64, .n_rows = m->n_rows + 1};
    layout.filter = filter;
    for (uint64_t i = 0; i <= m->count; i++)
        pointers[i] = (int64_t)(before + m->start[i]);
    CYT_TRY(member(store, path, "indptr", &layout, m->first, n_pointers(store, m),
                   pointers, 0, err));
    layout.n_rows = cyt_sum_u64(store->comm, mine);
    layout.type = CYT_STORE_I32;
    CYT_TRY(member(store, path, "indices", &layout, before, mine, m->index, 0, err));
    layout.type = m->type;
    CYT_TRY(member(store, path, "data", &layout, before, mine, m->value, 0, err));
done:
    return code;
}

cyt_code cyt_anndata_csr(cyt_store *store, const char *path, const cyt_csr *matrix,
                         cyt_compression filter, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const int64_t shape[2] = {(int64_t)matrix->n_rows, (int64_t)matrix->n_cols};
    int64_t *pointers = NULL;
    CYT_TRY(cyt_store_group(store, path, err));
    CYT_TRY(encode(store, path, "csr_matrix", "0.1.0", err));
    CYT_TRY(cyt_store_attr_ints(store, path, "shape", 2, shape, err));
    pointers = cyt_alloc((size_t)matrix->count + 1, sizeof *pointers, path, err);
    CYT_TRY(cyt_store_meet(store, pointers ? CYT_OK : err->code, err));
    CYT_TRY(csr_parts(store, path, matrix, pointers, filter, err));
done:
    free(pointers);
    return code;
}

/* --- data frame ------------------------------------------------------------------- */

cyt_code cyt_frame_begin(cyt_store *store, const char *path, uint64_t n_rows,
                         uint64_t first, uint64_t count, cyt_frame *frame,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    *frame =
        (cyt_frame){.store = store, .n_rows = n_rows, .first = first, .count = count};
    CYT_TRY(cyt_store_state(store, err));
    frame->path = cyt_strdup(path, err);
    CYT_TRY(cyt_store_meet(store, frame->path ? CYT_OK : err->code, err));
    CYT_TRY(cyt_store_group(store, path, err));
    CYT_TRY(encode(store, path, "dataframe", "0.2.0", err));
    CYT_TRY(cyt_store_attr_text(store, path, "_index", "_index", err));
done:
    return code;
}

cyt_code cyt_frame_begin_whole(cyt_store *store, const char *path, uint64_t n_rows,
                               cyt_frame *frame, cyt_error *err)
{
    const uint64_t first = store->rank == 0 ? 0 : n_rows;
    return cyt_frame_begin(store, path, n_rows, first, n_rows - first, frame, err);
}

static cyt_store_layout column_layout(const cyt_frame *frame, cyt_store_type type,
                                      size_t width)
{
    return (cyt_store_layout){.type = type,
                              .width = width,
                              .n_rows = frame->n_rows,
                              .filter = CYT_COMPRESS_DEFLATE};
}

cyt_code cyt_frame_index(cyt_frame *frame, size_t width, const char *text,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_store_layout layout = column_layout(frame, CYT_STORE_TEXT, width);
    CYT_TRY(cyt_store_state(frame->store, err));
    CYT_TRY(member(frame->store, frame->path, "_index", &layout, frame->first,
                   frame->count, text, 1, err));
done:
    return code;
}

static cyt_code join_last(cyt_frame *frame, const char *name, char **path,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (frame->columns.n == 0) /* the index is no column, and yet its name is taken */
        CYT_TRY(cyt_names_add(&frame->columns, "_index", strlen("_index"), err));
    CYT_TRY(cyt_store_link_name(name, &frame->columns, err));
    *path = cyt_store_join(frame->path, frame->columns.name[frame->columns.n - 1], err);
    CYT_TRY(err->code);
done:
    return code;
}

/* Find a link for a column; its path is released with free(). */
static cyt_code add_column(cyt_frame *frame, const char *name, char **path,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_store_state(frame->store, err));
    CYT_TRY(cyt_store_meet(frame->store, join_last(frame, name, path, err), err));
done:
    return code;
}

/* A column stored under another name tells its own. */
static cyt_code tell_name(cyt_frame *frame, const char *name, const char *path,
                          cyt_error *err)
{
    if (strcmp(frame->columns.name[frame->columns.n - 1], name) == 0)
        return CYT_OK;
    return cyt_store_attr_text(frame->store, path, "name", name, err);
}

static cyt_code column(cyt_frame *frame, const char *name,
                       const cyt_store_layout *layout, const void *data, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *path = NULL;
    CYT_TRY(add_column(frame, name, &path, err));
    CYT_TRY(cyt_anndata_rows(frame->store, path, layout, frame->first, frame->count,
                             data, err));
    CYT_TRY(tell_name(frame, name, path, err));
done:
    free(path);
    return code;
}

cyt_code cyt_frame_numbers(cyt_frame *frame, const char *name, cyt_store_type type,
                           const void *data, cyt_error *err)
{
    const cyt_store_layout layout = column_layout(frame, type, 0);
    return column(frame, name, &layout, data, err);
}

cyt_code cyt_frame_texts(cyt_frame *frame, const char *name, size_t width,
                         const char *text, cyt_error *err)
{
    const cyt_store_layout layout = column_layout(frame, CYT_STORE_TEXT, width);
    return column(frame, name, &layout, text, err);
}

cyt_code cyt_frame_index_names(cyt_frame *frame, const cyt_names *names, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *path = NULL;
    CYT_TRY(cyt_store_state(frame->store, err));
    path = cyt_store_join(frame->path, "_index", err);
    CYT_TRY(cyt_store_meet(frame->store, path ? CYT_OK : err->code, err));
    CYT_TRY(cyt_anndata_names(frame->store, path, names, err));
done:
    free(path);
    return code;
}

cyt_code cyt_frame_names(cyt_frame *frame, const char *name, const cyt_names *texts,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *path = NULL;
    CYT_TRY(add_column(frame, name, &path, err));
    CYT_TRY(cyt_anndata_names(frame->store, path, texts, err));
    CYT_TRY(tell_name(frame, name, path, err));
done:
    free(path);
    return code;
}

/* --- categories ------------------------------------------------------------------- */

static cyt_store_type code_type(size_t n_categories)
{
    if (n_categories <= INT8_MAX)
        return CYT_STORE_I8;
    return n_categories <= INT16_MAX ? CYT_STORE_I16 : CYT_STORE_I32;
}

static void narrow(size_t n, const int32_t *codes, cyt_store_type type, void *out)
{
    if (type == CYT_STORE_I8)
        for (size_t i = 0; i < n; i++)
            ((int8_t *)out)[i] = (int8_t)codes[i];
    else if (type == CYT_STORE_I16)
        for (size_t i = 0; i < n; i++)
            ((int16_t *)out)[i] = (int16_t)codes[i];
    else if (n > 0)
        memcpy(out, codes, n * sizeof *codes);
}

static cyt_code write_codes(cyt_frame *frame, const char *path, size_t n_categories,
                            const int32_t *codes, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_store_type type = code_type(n_categories);
    const cyt_store_layout layout = column_layout(frame, type, 0);
    const size_t n = (size_t)frame->count;
    void *narrowed = cyt_alloc(n, cyt_store_item_bytes(type, 0), "codes", err);
    CYT_TRY(cyt_store_meet(frame->store, narrowed ? CYT_OK : err->code, err));
    narrow(n, codes, type, narrowed);
    CYT_TRY(member(frame->store, path, "codes", &layout, frame->first, frame->count,
                   narrowed, 1, err));
done:
    free(narrowed);
    return code;
}

cyt_code cyt_frame_categories(cyt_frame *frame, const char *name,
                              const cyt_names *categories, int ordered,
                              const int32_t *codes, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_store *s = frame->store;
    char *path = NULL, *list = NULL;
    CYT_TRY(add_column(frame, name, &path, err));
    list = cyt_store_join(path, "categories", err);
    CYT_TRY(cyt_store_meet(s, list ? CYT_OK : err->code, err));
    CYT_TRY(cyt_store_group(s, path, err));
    CYT_TRY(encode(s, path, "categorical", "0.2.0", err));
    CYT_TRY(cyt_store_attr_bool(s, path, "ordered", ordered, err));
    CYT_TRY(tell_name(frame, name, path, err));
    CYT_TRY(write_codes(frame, path, categories->n, codes, err));
    CYT_TRY(cyt_anndata_names(s, list, categories, err));
done:
    free(list);
    free(path);
    return code;
}

cyt_code cyt_frame_end(cyt_frame *frame, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_error seen = {0};
    const size_t skip = frame->columns.n > 0; /* the index stands first */
    const cyt_names order = {.n = frame->columns.n - skip,
                             .name = skip ? frame->columns.name + 1 : NULL};
    if (frame->path && cyt_store_state(frame->store, &seen) == CYT_OK)
        code = cyt_store_attr_texts(frame->store, frame->path, "column-order", &order,
                                    err);
    free(frame->path);
    cyt_names_free(&frame->columns);
    *frame = (cyt_frame){0};
    return code;
}

cyt_code cyt_frame_leave(cyt_frame *frame, cyt_code code, cyt_error *err)
{
    const cyt_code ended = cyt_frame_end(frame, err);
    return code == CYT_OK ? ended : code;
}
