// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file h5ad.c
 * @brief Reader of AnnData files (.h5ad) of all versions of anndata, and of loom files.
 *
 *     AnnData                                       loom
 *     obs/<index>, obs/<type>, obs/<filter>         col_attrs/<...>   a row per cell
 *     obsm/spatial, or obs/<x> and obs/<y>          col_attrs/X, Y    positions
 *     obs/<ligand>, else X, layers/<layer>, raw/X   matrix, layers    values, genes
 *                   named by var or raw/var         row_attrs         named by these
 *
 * Each rank opens the file for itself and reads rows [n r/size, n (r+1)/size) by slabs,
 * so memory holds one share and one slab, never a matrix. All of a row is looked at
 * before the next row is: the first bad row of the file is the one reported, for any
 * number of ranks.
 *
 * Advantage over a parallel open: filters, variable-length text and damaged files make
 * no difference. Price: each rank reads the file's few small tables (categories, gene
 * names). Formats: anndata documentation, "On-disk format"; Virshup et al. 2024,
 * doi:10.21105/joss.04371; loompy documentation, "Loom file format specs".
 */
#include "read/h5ad/h5ad_genes.h"
#include "read/h5ad/h5ad_slide.h"
#include "read/readers.h"
#include "read/rows/row_store.h"
#include "read/rows/unique_ids.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- rows ------------------------------------------------------------------------- */

/* A slab of rows as read, before it is known which are kept. */
typedef struct slab {
    uint64_t first;
    size_t n;
    cyt_h5_text id;
    cyt_h5ad_words type, field, filter;
    uint32_t *type_of; /* [categories] 1 + type of a code; 0: not seen yet */
    double *x, *y;     /* [CYT_H5AD_SLAB] */
    double *plane;     /* [2 * CYT_H5AD_SLAB] */
} slab;

static cyt_code slab_init(const cyt_h5ad_slide *s, slab *b, cyt_error *err)
{
    *b = (slab){0};
    b->type_of = cyt_calloc(s->type.categories.n, sizeof *b->type_of, "types", err);
    b->x = cyt_alloc(CYT_H5AD_SLAB, sizeof *b->x, "a slab of positions", err);
    b->y = cyt_alloc(CYT_H5AD_SLAB, sizeof *b->y, "a slab of positions", err);
    b->plane =
        cyt_alloc(2 * CYT_H5AD_SLAB, sizeof *b->plane, "a slab of positions", err);
    return err->code;
}

static void slab_free(slab *b)
{
    cyt_h5_text_free(&b->id);
    cyt_h5ad_words_free(&b->type);
    cyt_h5ad_words_free(&b->field);
    cyt_h5ad_words_free(&b->filter);
    free(b->type_of);
    free(b->x);
    free(b->y);
    free(b->plane);
}

static cyt_code read_slab_positions(const cyt_h5ad_slide *s, slab *b, cyt_error *err)
{
    static const uint64_t both[2] = {0, 1};
    cyt_code code;
    if (s->plane.id <= 0) {
        CYT_TRY(cyt_h5ad_column_f64(&s->file, &s->x, b->first, b->n, b->x, err));
        return cyt_h5ad_column_f64(&s->file, &s->y, b->first, b->n, b->y, err);
    }
    CYT_TRY(cyt_h5_read_columns(&s->file, &s->plane, b->first, b->n, 2, both, b->plane,
                                err));
    for (size_t i = 0; i < b->n; i++) {
        b->x[i] = b->plane[2 * i];
        b->y[i] = b->plane[2 * i + 1];
    }
done:
    return code;
}

static const cyt_h5ad_column *id_column(const cyt_h5ad_slide *s)
{
    return s->id.n > 0 ? &s->id : &s->index;
}

static cyt_code read_slab(const cyt_h5ad_slide *s, slab *b, cyt_error *err)
{
    cyt_code code;
    if (s->source->filter_column)
        CYT_TRY(cyt_h5ad_column_words(&s->file, &s->filter, b->first, b->n, &b->filter,
                                      err));
    CYT_TRY(cyt_h5ad_column_text(&s->file, id_column(s), b->first, b->n, &b->id, err));
    if (cyt_h5ad_has_types(s))
        CYT_TRY(
            cyt_h5ad_column_words(&s->file, &s->type, b->first, b->n, &b->type, err));
    if (s->field.n > 0)
        CYT_TRY(
            cyt_h5ad_column_words(&s->file, &s->field, b->first, b->n, &b->field, err));
    if (cyt_h5ad_has_positions(s))
        CYT_TRY(read_slab_positions(s, b, err));
done:
    return code;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Equal text; for booleans "true" is as good as "True". */
static int is_kept(const cyt_h5ad_slide *s, const slab *b, size_t i)
{
    const char *value = s->source->filter_value;
    if (!s->source->filter_column)
        return 1;
    size_t n;
    const char *text = cyt_h5ad_word(&s->filter, &b->filter, i, &n);
    int same = strlen(value) == n;
    if (s->filter.values.kind != CYT_H5_BOOLEAN)
        return same && memcmp(text, value, n) == 0;
    for (size_t k = 0; same && k < n; k++)
        same = lower(text[k]) == lower(value[k]);
    return same;
}

static cyt_code bad_position(const cyt_h5ad_slide *s, uint64_t row, char axis,
                             double value, cyt_error *err)
{
    const cyt_h5ad_column *column = axis == 'x' ? &s->x : &s->y;
    return CYT_H5_FAIL(&s->file, err, " %s row %" PRIu64 ": %c is not finite (%g)",
                       s->plane.id > 0 ? s->plane.path : column->path, row, axis,
                       value);
}

/* Text that becomes an id or a label must be UTF-8. */
static cyt_code check_word(const cyt_h5ad_slide *s, const cyt_h5ad_column *column,
                           uint64_t row, const char *text, size_t length,
                           cyt_error *err)
{
    char shown[CYT_SHOWN_SIZE];
    if (cyt_text_valid(text, length))
        return CYT_OK;
    return CYT_H5_FAIL(&s->file, err,
                       " %s row %" PRIu64 ": the text is not UTF-8 (\"%s\")",
                       column->path, row, cyt_text_shown(text, length, shown));
}

static cyt_code add_id(const cyt_h5ad_slide *s, const slab *b, size_t i,
                       cyt_row_store *store, cyt_error *err)
{
    size_t length;
    const char *id = cyt_h5_text_get(&b->id, i, &length);
    if (length == 0)
        return CYT_H5_FAIL(&s->file, err, " %s row %" PRIu64 ": the id is missing",
                           id_column(s)->path, b->first + i);
    const cyt_code code = check_word(s, id_column(s), b->first + i, id, length, err);
    return code == CYT_OK ? cyt_store_id(store, id, length, err) : code;
}

/* The type of row @p i by its word. */
static cyt_code add_word(const cyt_h5ad_slide *s, const slab *b, size_t i,
                         cyt_row_store *store, uint16_t *type, cyt_error *err)
{
    size_t length;
    const char *label = cyt_h5ad_word(&s->type, &b->type, i, &length);
    *type = CYT_NO_TYPE;
    if (length == 0)
        return CYT_OK;
    const cyt_code code = check_word(s, &s->type, b->first + i, label, length, err);
    return code == CYT_OK ? cyt_store_label(store, label, length, type, err) : code;
}

/* Each category is looked at once. */
static cyt_code add_type(const cyt_h5ad_slide *s, const slab *b, size_t i,
                         cyt_row_store *store, uint16_t *type, cyt_error *err)
{
    if (!s->type.categorical || b->type.code[i] < 0)
        return add_word(s, b, i, store, type, err);
    uint32_t *known = &b->type_of[b->type.code[i]];
    cyt_code code = CYT_OK;
    if (*known == 0) {
        code = add_word(s, b, i, store, type, err);
        *known = code == CYT_OK ? (uint32_t)*type + 1 : 0;
    } else {
        *type = (uint16_t)(*known - 1);
    }
    return code;
}

static cyt_code add_position(const cyt_h5ad_slide *s, const slab *b, size_t i,
                             cyt_rows *rows, cyt_error *err)
{
    cyt_code code = CYT_OK;
    rows->x[rows->n] = rows->y[rows->n] = NAN;
    if (!cyt_h5ad_has_positions(s))
        return CYT_OK;
    if (!isfinite(b->x[i]))
        CYT_TRY(bad_position(s, b->first + i, 'x', b->x[i], err));
    if (!isfinite(b->y[i]))
        CYT_TRY(bad_position(s, b->first + i, 'y', b->y[i], err));
    rows->x[rows->n] = b->x[i];
    rows->y[rows->n] = b->y[i];
done:
    return code;
}

static cyt_code add_field(const cyt_h5ad_slide *s, const slab *b, size_t i,
                          cyt_row_store *store, cyt_error *err)
{
    size_t length;
    if (s->field.n == 0)
        return CYT_OK;
    const char *label = cyt_h5ad_word(&s->field, &b->field, i, &length);
    const size_t known = store->rows->fields.n;
    const cyt_code code = cyt_store_field(store, label, length, err);
    return code == CYT_OK && store->rows->fields.n > known
               ? check_word(s, &s->field, b->first + i, label, length, err)
               : code;
}

static cyt_code add_row(const cyt_h5ad_slide *s, const slab *b, size_t i,
                        cyt_row_store *store, cyt_error *err)
{
    cyt_rows *rows = store->rows;
    cyt_code code;
    CYT_TRY(cyt_store_room(store, err));
    CYT_TRY(add_id(s, b, i, store, err));
    rows->type[rows->n] = CYT_NO_TYPE;
    if (cyt_h5ad_has_types(s))
        CYT_TRY(add_type(s, b, i, store, &rows->type[rows->n], err));
    CYT_TRY(add_position(s, b, i, rows, err));
    CYT_TRY(add_field(s, b, i, store, err));
    rows->place[rows->n] = b->first + i;
    rows->n++;
done:
    return code;
}

/* Full arrays grow to what the rows so far let expect, a byte of the file for each row
 * at least: the number of rows may be a damaged one. Rows that pass a filter often
 * stand together, and let nothing be expected. */
static cyt_code make_room(const cyt_h5ad_slide *s, uint64_t seen, uint64_t of,
                          cyt_row_store *store, cyt_error *err)
{
    if (store->rows->n < store->capacity || s->source->filter_column)
        return CYT_OK;
    const double all = (double)(of < s->file.bytes ? of : s->file.bytes);
    return cyt_store_expect(store, (double)store->rows->n / (double)seen * all, err);
}

static cyt_code add_slab(const cyt_h5ad_slide *s, const slab *b, uint64_t first,
                         uint64_t end, cyt_row_store *store, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t i = 0; i < b->n; i++) {
        if (!is_kept(s, b, i))
            continue;
        CYT_TRY(make_room(s, b->first + i - first + 1, end - first, store, err));
        CYT_TRY(add_row(s, b, i, store, err));
    }
done:
    return code;
}

/* Keep what is wanted of rows [first, end). */
static cyt_code read_rows(const cyt_h5ad_slide *s, uint64_t first, uint64_t end,
                          cyt_rows *rows, cyt_error *err)
{
    cyt_row_store store = {0};
    slab b;
    cyt_code code;
    CYT_TRY(slab_init(s, &b, err));
    CYT_TRY(cyt_store_init(&store, rows, 0, err));
    if (CYT_FAULT("h5ad.read"))
        CYT_TRY(CYT_FAIL(err, CYT_ERR_IO, s->source->sample, "fault injected"));
    for (b.first = first; b.first < end; b.first += b.n) {
        b.n = end - b.first < CYT_H5AD_SLAB ? (size_t)(end - b.first) : CYT_H5AD_SLAB;
        CYT_TRY(read_slab(s, &b, err));
        CYT_TRY(add_slab(s, &b, first, end, &store, err));
    }
    if (store.types.too_many)
        code = CYT_H5_FAIL(&s->file, err,
                           " %s has more than %d labels: is it the column of "
                           "cell types?",
                           s->type.path, (int)CYT_MAX_LABELS);
done:
    cyt_store_free(&store);
    slab_free(&b);
    return code;
}

/* --- values ----------------------------------------------------------------------- */

/* A value that is a column of numbers in obs. */
static cyt_code read_obs_value(const cyt_h5ad_slide *s, const char *name,
                               uint64_t first, size_t n, double *values, char *found,
                               cyt_error *err)
{
    cyt_h5ad_column column = {0};
    cyt_code code = CYT_OK;
    if (!cyt_h5ad_has_column(&s->file, s->layout->cells, name))
        return CYT_OK;
    CYT_TRY(cyt_h5ad_column_open(&s->file, s->layout->cells, name, &column, err));
    if (!cyt_h5ad_column_numeric(&column))
        goto done;
    CYT_TRY(cyt_h5ad_check_length(s, column.path, column.n, err));
    CYT_TRY(cyt_h5ad_column_f64(&s->file, &column, first, n, values, err));
    *found = 1;
done:
    cyt_h5ad_column_close(&column);
    return code;
}

/* Those not found in obs are genes. */
static cyt_code read_gene_values(const cyt_h5ad_slide *s, uint64_t first, size_t n,
                                 double *values, char *found, cyt_error *err)
{
    const size_t n_values = s->source->n_values;
    cyt_h5ad_part part = {
        .n_cells = s->n_cells, .first = first, .n = n, .n_wanted = n_values};
    char *wanted = cyt_calloc(n_values, 1, "names of genes", err);
    uint64_t *gene = cyt_alloc(n_values, sizeof *gene, "names of genes", err);
    int any = 0;
    cyt_code code;
    CYT_TRY(err->code);
    for (size_t k = 0; k < n_values; k++)
        any |= wanted[k] = !found[k];
    if (!any || cyt_h5_look(&s->file, s->matrix.path) == CYT_H5_ABSENT)
        goto done;
    CYT_TRY(cyt_h5ad_find_genes(&s->file, s->matrix.genes, n_values,
                                s->source->value_names, wanted, gene, &part.n_genes,
                                err));
    any = 0;
    for (size_t k = 0; k < n_values; k++)
        any |= found[k] |= gene[k] != CYT_H5AD_NO_GENE;
    part.gene = gene;
    if (any)
        CYT_TRY(cyt_h5ad_read_genes(&s->file, &s->matrix, &part, values, err));
done:
    free(wanted);
    free(gene);
    return code;
}

/* Of the values of rows first, first + 1, … those of kept rows stay, moved together. */
static void keep_values(cyt_rows *rows, uint64_t first, size_t n)
{
    size_t to = 0;
    for (size_t v = 0; v < rows->n_values; v++)
        for (size_t k = 0; k < rows->n; k++)
            rows->values[to++] = rows->values[v * n + (size_t)(rows->place[k] - first)];
}

static cyt_code read_values(const cyt_h5ad_slide *s, uint64_t first, size_t n,
                            cyt_rows *rows, cyt_error *err)
{
    const size_t n_values = s->source->n_values;
    cyt_code code = CYT_OK;
    free(rows->value_found);
    rows->value_found = cyt_calloc(n_values, 1, "ligand values", err);
    rows->values = cyt_alloc(n * n_values, sizeof *rows->values, "ligand values", err);
    CYT_TRY(err->code);
    rows->n_values = n_values;
    for (size_t i = 0; i < n * n_values; i++)
        rows->values[i] = NAN;
    for (size_t k = 0; k < n_values; k++)
        CYT_TRY(read_obs_value(s, s->source->value_names[k], first, n,
                               rows->values + k * n, &rows->value_found[k], err));
    CYT_TRY(read_gene_values(s, first, n, rows->values, rows->value_found, err));
    keep_values(rows, first, n);
done:
    return code;
}

/* --- all -------------------------------------------------------------------------- */

static void number_rows(MPI_Comm comm, cyt_rows *rows)
{
    const uint64_t before = cyt_exscan_u64(comm, rows->n);
    for (size_t i = 0; i < rows->n; i++)
        rows->index[i] = before + i;
}

static cyt_code read_slide(MPI_Comm comm, const cyt_source *source,
                           const cyt_h5ad_layout *layout, cyt_rows *rows,
                           cyt_error *err)
{
    const uint64_t rank = (uint64_t)cyt_comm_rank(comm),
                   size = (uint64_t)cyt_comm_size(comm);
    cyt_h5ad_slide s = {0};
    cyt_code code;
    *rows = (cyt_rows){0};
    CYT_TRY(cyt_agree(comm, cyt_h5ad_slide_open(source, layout, &s, err), err));
    const uint64_t first = s.n_cells * rank / size, end = s.n_cells * (rank + 1) / size;
    CYT_TRY(cyt_agree(comm, read_rows(&s, first, end, rows, err), err));
    CYT_TRY(
        cyt_agree(comm, read_values(&s, first, (size_t)(end - first), rows, err), err));
    number_rows(comm, rows);
    CYT_TRY(cyt_check_unique_ids(comm, rows, s.file.shown, "row", source->sample, err));
done:
    cyt_h5ad_slide_close(&s);
    return code;
}

/* --- the formats ------------------------------------------------------------------ */

int cyt_h5ad_accepts(const char *path)
{
    return cyt_text_ends(path, ".h5ad");
}

cyt_code cyt_h5ad_check(const cyt_source *source, cyt_problems *problems,
                        cyt_error *err)
{
    return cyt_h5ad_slide_check(source, &cyt_h5ad_layout_anndata, problems, err);
}

cyt_code cyt_h5ad_read(MPI_Comm comm, const cyt_source *source, cyt_rows *rows,
                       cyt_error *err)
{
    return read_slide(comm, source, &cyt_h5ad_layout_anndata, rows, err);
}

int cyt_loom_accepts(const char *path)
{
    return cyt_text_ends(path, ".loom");
}

cyt_code cyt_loom_check(const cyt_source *source, cyt_problems *problems,
                        cyt_error *err)
{
    return cyt_h5ad_slide_check(source, &cyt_h5ad_layout_loom, problems, err);
}

cyt_code cyt_loom_read(MPI_Comm comm, const cyt_source *source, cyt_rows *rows,
                       cyt_error *err)
{
    return read_slide(comm, source, &cyt_h5ad_layout_loom, rows, err);
}
