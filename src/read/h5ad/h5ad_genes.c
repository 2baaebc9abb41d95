// SPDX-License-Identifier: BSD-3-Clause
#include "read/h5ad/h5ad_genes.h"

#include "read/h5ad/h5ad_column.h"

#include "cytotaxis/mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Values of a dense matrix read at a time: 8 MiB, large beside a chunk and small beside
 * a rank's memory. */
enum { SLAB = 1 << 20 };

/* Entries of a sparse matrix read at a time: few, so that they stay in the second-level
 * cache from pass to pass, but whole chunks, lest one is decompressed twice. */
enum { FEW_ENTRIES = 1 << 16, MANY_ENTRIES = 1 << 20 };

/* --- dense ------------------------------------------------------------------------ */

static int is_repeat(const cyt_h5ad_part *part, size_t k)
{
    for (size_t j = 0; j < k; j++)
        if (part->gene[j] == part->gene[k])
            return 1;
    return 0;
}

/* The distinct wanted columns, ascending; slot[] tells whose they are. */
static size_t sort_columns(const cyt_h5ad_part *part, uint64_t *column, size_t *slot)
{
    size_t n = 0;
    for (size_t k = 0; k < part->n_wanted; k++) {
        if (part->gene[k] == CYT_H5AD_NO_GENE || is_repeat(part, k))
            continue;
        size_t at = n++;
        for (; at > 0 && column[at - 1] > part->gene[k]; at--) {
            column[at] = column[at - 1];
            slot[at] = slot[at - 1];
        }
        column[at] = part->gene[k];
        slot[at] = k;
    }
    return n;
}

/* Rows in a block: whole chunks where a block holds more than one. */
static size_t rows_in_block(const cyt_h5_data *data, size_t n_columns)
{
    const size_t rows = SLAB / n_columns ? SLAB / n_columns : 1;
    const uint64_t chunk = data->chunk[0];
    return chunk > 0 && chunk < rows ? (size_t)(rows / chunk * chunk) : rows;
}

/* Blocks end where chunks do, whatever the first row or entry. */
static size_t size_here(uint64_t at, uint64_t end, size_t block)
{
    const uint64_t next = (at / block + 1) * block;
    return (size_t)((next < end ? next : end) - at);
}

static cyt_code dense_blocks(const cyt_h5_file *file, const cyt_h5_data *data,
                             const cyt_h5ad_part *part, size_t n_columns,
                             const uint64_t *column, const size_t *slot, double *values,
                             cyt_error *err)
{
    const size_t block = rows_in_block(data, n_columns);
    const size_t most = block < part->n ? block : part->n;
    double *read = cyt_alloc(most * n_columns, sizeof *read, "a block of X", err);
    cyt_code code = read ? CYT_OK : err->code;
    const uint64_t end = part->first + part->n;
    for (uint64_t at = part->first; at < end && code == CYT_OK;) {
        const size_t n = size_here(at, end, block);
        code = cyt_h5_read_columns(file, data, at, n, n_columns, column, read, err);
        for (size_t c = 0; c < n_columns && code == CYT_OK; c++)
            for (size_t i = 0; i < n; i++)
                values[slot[c] * part->n + (size_t)(at - part->first) + i] =
                    read[i * n_columns + c];
        at += n;
    }
    free(read);
    return code;
}

static cyt_code check_shape(const cyt_h5_file *file, const cyt_h5ad_matrix *m,
                            const cyt_h5ad_part *part, uint64_t n_rows,
                            uint64_t n_columns, cyt_error *err)
{
    if (n_rows == part->n_cells && n_columns == part->n_genes)
        return CYT_OK;
    if (m->by_gene) /* of loom, which has genes in rows */
        return CYT_H5_FAIL(file, err,
                           " %s is %" PRIu64 " x %" PRIu64 ", but %s has %" PRIu64
                           " genes and col_attrs %" PRIu64 " cells",
                           m->path, n_columns, n_rows, m->genes, part->n_genes,
                           part->n_cells);
    return CYT_H5_FAIL(file, err,
                       " %s is %" PRIu64 " x %" PRIu64 ", but %s has %" PRIu64
                       " rows and %s %" PRIu64,
                       m->path, n_rows, n_columns, m->tenx ? "barcodes" : "obs",
                       part->n_cells, m->genes, part->n_genes);
}

static cyt_code read_dense(const cyt_h5_file *file, const cyt_h5ad_matrix *m,
                           const cyt_h5ad_part *part, double *values, cyt_error *err)
{
    cyt_h5_data data = {0};
    uint64_t *column = cyt_alloc(part->n_wanted, sizeof *column, "columns of X", err);
    size_t *slot = cyt_alloc(part->n_wanted, sizeof *slot, "columns of X", err);
    cyt_code code;
    CYT_TRY(err->code);
    CYT_TRY(cyt_h5_data_open(file, m->path, 2, CYT_H5_MAY_LACK, &data, err));
    CYT_TRY(check_shape(file, m, part, data.dims[0], data.dims[1], err));
    const size_t n_columns = sort_columns(part, column, slot);
    if (n_columns > 0)
        CYT_TRY(dense_blocks(file, &data, part, n_columns, column, slot, values, err));
done:
    cyt_h5_data_close(&data);
    free(column);
    free(slot);
    return code;
}

/* Genes x cells: a wanted gene is a row. */
static cyt_code read_by_gene(const cyt_h5_file *file, const cyt_h5ad_matrix *m,
                             const cyt_h5ad_part *part, double *values, cyt_error *err)
{
    cyt_h5_data data = {0};
    cyt_code code;
    CYT_TRY(cyt_h5_data_open(file, m->path, 2, CYT_H5_MAY_LACK, &data, err));
    CYT_TRY(check_shape(file, m, part, data.dims[1], data.dims[0], err));
    for (size_t k = 0; k < part->n_wanted; k++)
        if (part->gene[k] != CYT_H5AD_NO_GENE && !is_repeat(part, k))
            CYT_TRY(cyt_h5_read_row(file, &data, part->gene[k], part->first, part->n,
                                    values + k * part->n, err));
done:
    cyt_h5_data_close(&data);
    return code;
}

/* --- sparse ----------------------------------------------------------------------- */

typedef struct sparse {
    int by_column; /* CSC */
    uint64_t n_entries;
    cyt_h5_data indptr, indices, data;
    size_t block;   /* entries read at a time */
    int64_t *index; /* [block] */
    double *value;  /* [block] */
} sparse;

static void sparse_close(sparse *s)
{
    cyt_h5_data_close(&s->indptr);
    cyt_h5_data_close(&s->indices);
    cyt_h5_data_close(&s->data);
    free(s->index);
    free(s->value);
}

static cyt_code read_encoding(const cyt_h5_file *file, const char *path, sparse *s,
                              cyt_error *err)
{
    char encoding[CYT_H5_PATH], old[CYT_H5_PATH];
    cyt_code code;
    CYT_TRY(cyt_h5_attr_word(file, path, "encoding-type", encoding, err));
    CYT_TRY(cyt_h5_attr_word(file, path, "h5sparse_format", old, err));
    s->by_column = strcmp(encoding, "csc_matrix") == 0 || strcmp(old, "csc") == 0;
    if (!s->by_column && strcmp(encoding, "csr_matrix") != 0 && strcmp(old, "csr") != 0)
        code =
            CYT_H5_FAIL(file, err,
                        " %s is of encoding \"%.64s\"; a dense matrix, csr_matrix or "
                        "csc_matrix is needed",
                        path, encoding);
done:
    return code;
}

static cyt_code open_member(const cyt_h5_file *file, const char *path, const char *name,
                            cyt_h5_data *data, cyt_error *err)
{
    char member[CYT_H5_PATH];
    cyt_h5_join(member, path, name);
    return cyt_h5_data_open(file, member, 1, CYT_H5_STORED, data, err);
}

/* {cells, genes}; of 10x the dataset has them the other way round. */
static cyt_code read_shape(const cyt_h5_file *file, const cyt_h5ad_matrix *m,
                           int64_t shape[2], cyt_error *err)
{
    cyt_h5_data data = {0};
    cyt_code code = CYT_OK;
    int there = cyt_h5_attr_i64(file, m->path, "shape", 2, shape) ||
                cyt_h5_attr_i64(file, m->path, "h5sparse_shape", 2, shape);
    if (m->tenx) {
        CYT_TRY(open_member(file, m->path, "shape", &data, err));
        there = data.dims[0] == 2;
        if (there)
            CYT_TRY(cyt_h5_read_i64(file, &data, 0, 2, shape, err));
        const int64_t genes = shape[0];
        shape[0] = shape[1];
        shape[1] = genes;
    }
    if (!there || shape[0] < 0 || shape[1] < 0)
        code = CYT_H5_FAIL(file, err, " %s has no %s shape of two numbers", m->path,
                           m->tenx ? "dataset" : "attribute");
done:
    cyt_h5_data_close(&data);
    return code;
}

static size_t entries_in_block(uint64_t chunk)
{
    if (chunk == 0 || chunk > MANY_ENTRIES)
        return chunk == 0 ? FEW_ENTRIES : MANY_ENTRIES;
    return (size_t)((FEW_ENTRIES + chunk - 1) / chunk * chunk);
}

static cyt_code open_sparse(const cyt_h5_file *file, const cyt_h5ad_matrix *m,
                            const cyt_h5ad_part *part, sparse *s, cyt_error *err)
{
    int64_t shape[2] = {-1, -1};
    cyt_code code;
    if (!m->tenx)
        CYT_TRY(read_encoding(file, m->path, s, err));
    CYT_TRY(read_shape(file, m, shape, err));
    CYT_TRY(check_shape(file, m, part, (uint64_t)shape[0], (uint64_t)shape[1], err));
    CYT_TRY(open_member(file, m->path, "indptr", &s->indptr, err));
    CYT_TRY(open_member(file, m->path, "indices", &s->indices, err));
    CYT_TRY(open_member(file, m->path, "data", &s->data, err));
    const uint64_t lines = s->by_column ? part->n_genes : part->n_cells;
    if (s->indptr.dims[0] != lines + 1)
        CYT_TRY(CYT_H5_FAIL(file, err, " %s has %" PRIu64 " numbers, not %" PRIu64,
                            s->indptr.path, s->indptr.dims[0], lines + 1));
    s->n_entries = s->indices.dims[0];
    if (s->data.dims[0] != s->n_entries)
        CYT_TRY(CYT_H5_FAIL(file, err, " %s has %" PRIu64 " numbers, %s %" PRIu64,
                            s->data.path, s->data.dims[0], s->indices.path,
                            s->n_entries));
    s->block =
        entries_in_block(s->indices.chunk[0] > s->data.chunk[0] ? s->indices.chunk[0]
                                                                : s->data.chunk[0]);
    s->index = cyt_alloc(s->block, sizeof *s->index, "a block of a sparse matrix", err);
    s->value = cyt_alloc(s->block, sizeof *s->value, "a block of a sparse matrix", err);
    code = err->code;
done:
    return code;
}

/* Numbers [first, first + n] of indptr: not falling, and within the entries. */
static cyt_code read_indptr(const cyt_h5_file *file, const sparse *s, uint64_t first,
                            size_t n, int64_t *indptr, cyt_error *err)
{
    cyt_code code = cyt_h5_read_i64(file, &s->indptr, first, n + 1, indptr, err);
    for (size_t i = 0; i <= n && code == CYT_OK; i++) {
        const int64_t least = i ? indptr[i - 1] : 0;
        if (indptr[i] < least || (uint64_t)indptr[i] > s->n_entries)
            code =
                CYT_H5_FAIL(file, err,
                            " %s[%" PRIu64 "] is %" PRId64 ", not between %" PRId64
                            " and %" PRIu64 ": the matrix is damaged",
                            s->indptr.path, first + i, indptr[i], least, s->n_entries);
    }
    return code;
}

/* Entries [at, at + n) of indices into s->index; each below @p limit. */
static cyt_code read_indices(const cyt_h5_file *file, const sparse *s, uint64_t at,
                             size_t n, uint64_t limit, cyt_error *err)
{
    cyt_code code = cyt_h5_read_i64(file, &s->indices, at, n, s->index, err);
    for (size_t i = 0; i < n && code == CYT_OK; i++)
        if (s->index[i] < 0 || (uint64_t)s->index[i] >= limit)
            code = CYT_H5_FAIL(file, err,
                               " %s[%" PRIu64 "] is %" PRId64 ", not below %" PRIu64
                               ": the matrix is damaged",
                               s->indices.path, at + i, s->index[i], limit);
    return code;
}

/* slot_of[gene]: position among the wanted, -1 for the others. */
static int64_t *make_slots(const cyt_h5ad_part *part, cyt_error *err)
{
    int64_t *slot_of =
        cyt_alloc((size_t)part->n_genes, sizeof *slot_of, "a table of genes", err);
    for (uint64_t g = 0; slot_of && g < part->n_genes; g++)
        slot_of[g] = -1;
    for (size_t k = part->n_wanted; slot_of && k-- > 0;)
        if (part->gene[k] != CYT_H5AD_NO_GENE)
            slot_of[part->gene[k]] = (int64_t)k;
    return slot_of;
}

/* Genes of s->index become slots; which entries are wanted lies in [*from, *to). */
static void mark_wanted(const sparse *s, size_t n, const int64_t *slot_of, size_t *from,
                        size_t *to)
{
    *from = n;
    *to = 0;
    for (size_t i = 0; i < n; i++) {
        s->index[i] = slot_of[s->index[i]];
        if (s->index[i] >= 0) {
            *from = *from < i ? *from : i;
            *to = i + 1;
        }
    }
}

/* Add the entries of rows row, row + 1, … of this part, whose starts are in indptr[0 ..
 * n_rows]. */
static cyt_code add_rows(const cyt_h5_file *file, const cyt_h5ad_part *part,
                         const sparse *s, const int64_t *indptr, size_t n_rows,
                         const int64_t *slot_of, double *values, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const uint64_t end = (uint64_t)indptr[n_rows];
    size_t row = 0, from, to;
    for (uint64_t at = (uint64_t)indptr[0]; at < end;) {
        const size_t n = size_here(at, end, s->block);
        CYT_TRY(read_indices(file, s, at, n, part->n_genes, err));
        mark_wanted(s, n, slot_of, &from, &to);
        if (from < to)
            CYT_TRY(
                cyt_h5_read_f64(file, &s->data, at + from, to - from, s->value, err));
        for (size_t i = from; i < to; i++) {
            while (at + i >= (uint64_t)indptr[row + 1])
                row++;
            if (s->index[i] >= 0)
                values[(size_t)s->index[i] * part->n + row] += s->value[i - from];
        }
        at += n;
    }
done:
    return code;
}

static cyt_code read_csr(const cyt_h5_file *file, const cyt_h5ad_part *part,
                         const sparse *s, double *values, cyt_error *err)
{
    int64_t *indptr = cyt_alloc(FEW_ENTRIES + 1, sizeof *indptr, "rows of X", err);
    int64_t *slot_of = make_slots(part, err);
    cyt_code code;
    CYT_TRY(err->code);
    for (size_t row = 0; row < part->n; row += FEW_ENTRIES) {
        const size_t n = part->n - row < FEW_ENTRIES ? part->n - row : FEW_ENTRIES;
        CYT_TRY(read_indptr(file, s, part->first + row, n, indptr, err));
        CYT_TRY(add_rows(file, part, s, indptr, n, slot_of, values + row, err));
    }
done:
    free(indptr);
    free(slot_of);
    return code;
}

/* Add this rank's entries of one column of a CSC matrix. */
static cyt_code add_column(const cyt_h5_file *file, const cyt_h5ad_part *part,
                           const sparse *s, uint64_t gene, double *column,
                           cyt_error *err)
{
    int64_t indptr[2];
    cyt_code code;
    CYT_TRY(read_indptr(file, s, gene, 1, indptr, err));
    const uint64_t end = (uint64_t)indptr[1];
    for (uint64_t at = (uint64_t)indptr[0]; at < end;) {
        const size_t n = size_here(at, end, s->block);
        CYT_TRY(read_indices(file, s, at, n, part->n_cells, err));
        CYT_TRY(cyt_h5_read_f64(file, &s->data, at, n, s->value, err));
        for (size_t i = 0; i < n; i++) {
            const uint64_t row = (uint64_t)s->index[i] - part->first;
            if (row < part->n) /* also false before the first: it wraps */
                column[row] += s->value[i];
        }
        at += n;
    }
done:
    return code;
}

static cyt_code read_csc(const cyt_h5_file *file, const cyt_h5ad_part *part,
                         const sparse *s, double *values, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t k = 0; k < part->n_wanted && code == CYT_OK; k++)
        if (part->gene[k] != CYT_H5AD_NO_GENE && !is_repeat(part, k))
            code = add_column(file, part, s, part->gene[k], values + k * part->n, err);
    return code;
}

static cyt_code read_sparse(const cyt_h5_file *file, const cyt_h5ad_matrix *m,
                            const cyt_h5ad_part *part, double *values, cyt_error *err)
{
    sparse s = {0};
    cyt_code code;
    CYT_TRY(open_sparse(file, m, part, &s, err));
    for (size_t k = 0; k < part->n_wanted; k++)
        for (size_t i = 0; part->gene[k] != CYT_H5AD_NO_GENE && i < part->n; i++)
            values[k * part->n + i] = 0.0;
    CYT_TRY(s.by_column ? read_csc(file, part, &s, values, err)
                        : read_csr(file, part, &s, values, err));
done:
    sparse_close(&s);
    return code;
}

/* --- any -------------------------------------------------------------------------- */

/* A gene that was asked for twice is read once. */
static void copy_repeats(const cyt_h5ad_part *part, double *values)
{
    for (size_t k = 1; k < part->n_wanted; k++) {
        size_t j = 0;
        while (j < k && part->gene[j] != part->gene[k])
            j++;
        if (j < k && part->gene[k] != CYT_H5AD_NO_GENE && part->n > 0)
            memcpy(values + k * part->n, values + j * part->n,
                   part->n * sizeof *values);
    }
}

/* Readers find genes among as many as they say there are. */
static cyt_code check_genes(const cyt_h5_file *file, const cyt_h5ad_matrix *m,
                            const cyt_h5ad_part *part, cyt_error *err)
{
    for (size_t k = 0; k < part->n_wanted; k++)
        if (part->gene[k] != CYT_H5AD_NO_GENE && part->gene[k] >= part->n_genes)
            return CYT_H5_FAIL(file, err,
                               " %s has %" PRIu64 " genes, and number %" PRIu64
                               " is asked for: the file is damaged",
                               m->genes, part->n_genes, part->gene[k]);
    return CYT_OK;
}

cyt_code cyt_h5ad_read_genes(const cyt_h5_file *file, const cyt_h5ad_matrix *m,
                             const cyt_h5ad_part *part, double *values, cyt_error *err)
{
    const int group = cyt_h5_look(file, m->path) == CYT_H5_GROUP;
    cyt_code code;
    CYT_TRY(check_genes(file, m, part, err));
    CYT_TRY(m->by_gene ? read_by_gene(file, m, part, values, err)
            : group    ? read_sparse(file, m, part, values, err)
                       : read_dense(file, m, part, values, err));
    copy_repeats(part, values);
done:
    return code;
}
