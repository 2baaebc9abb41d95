// SPDX-License-Identifier: BSD-3-Clause
/* Which columns of which matrix the wanted genes are. */
#include "read/h5ad/h5ad_column.h"
#include "read/h5ad/h5ad_genes.h"
#include "read/h5ad/h5ad_slide.h"

#include "cytotaxis/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- names ------------------------------------------------------------------------ */

static cyt_code note_gene(const cyt_h5_file *file, const char *path, const char *name,
                          uint64_t at, uint64_t *gene, cyt_error *err)
{
    if (*gene != CYT_H5AD_NO_GENE)
        return CYT_H5_FAIL(file, err,
                           " %s: gene \"%s\" is in rows %" PRIu64 " and %" PRIu64
                           "; make the names unique",
                           path, name, *gene, at);
    *gene = at;
    return CYT_OK;
}

/* Note where the wanted names are in one column of var. */
cyt_code cyt_h5ad_search_column(const cyt_h5_file *file, const cyt_h5ad_column *column,
                                size_t n, const char *const *names, const char *wanted,
                                uint64_t *gene, cyt_error *err)
{
    cyt_h5_text text = {0};
    cyt_code code = CYT_OK;
    for (uint64_t at = 0; at < column->n; at += text.n) {
        const uint64_t left = column->n - at;
        const size_t rows = left < CYT_H5AD_SLAB ? (size_t)left : CYT_H5AD_SLAB;
        CYT_TRY(cyt_h5ad_column_text(file, column, at, rows, &text, err));
        for (size_t i = 0; i < rows; i++)
            for (size_t k = 0; k < n; k++)
                if (wanted[k] && cyt_h5_text_is(&text, i, names[k]))
                    CYT_TRY(
                        note_gene(file, column->path, names[k], at + i, &gene[k], err));
    }
done:
    cyt_h5_text_free(&text);
    return code;
}

static cyt_code search_index(const cyt_h5_file *file, const char *frame, size_t n,
                             const char *const *names, const char *wanted,
                             uint64_t *gene, uint64_t *n_genes, cyt_error *err)
{
    cyt_h5ad_column column = {0};
    cyt_code code;
    CYT_TRY(cyt_h5ad_index_open(file, frame, &column, err));
    *n_genes = column.n;
    CYT_TRY(cyt_h5ad_search_column(file, &column, n, names, wanted, gene, err));
done:
    cyt_h5ad_column_close(&column);
    return code;
}

/* Look in a further column for the names not found so far; fine if there is none, or if
 * it holds real numbers. */
static cyt_code search_symbols(const cyt_h5_file *file, const char *frame,
                               const char *name, size_t n, const char *const *names,
                               char *wanted, uint64_t *gene, uint64_t n_genes,
                               cyt_error *err)
{
    cyt_h5ad_column column = {0};
    cyt_code code = CYT_OK;
    int missing = 0;
    for (size_t k = 0; k < n; k++) {
        wanted[k] = wanted[k] && gene[k] == CYT_H5AD_NO_GENE;
        missing |= wanted[k];
    }
    if (!missing || !cyt_h5ad_has_column(file, frame, name))
        goto done;
    CYT_TRY(cyt_h5ad_column_open(file, frame, name, &column, err));
    if (column.n != n_genes)
        CYT_TRY(CYT_H5_FAIL(file, err,
                            " %s has %" PRIu64 " rows, the index of %s %" PRIu64,
                            column.path, column.n, frame, n_genes));
    if (column.values.kind != CYT_H5_REAL)
        CYT_TRY(cyt_h5ad_search_column(file, &column, n, names, wanted, gene, err));
done:
    cyt_h5ad_column_close(&column);
    return code;
}

cyt_code cyt_h5ad_find_genes(const cyt_h5_file *file, const char *frame, size_t n,
                             const char *const *names, const char *wanted,
                             uint64_t *gene, uint64_t *n_genes, cyt_error *err)
{
    for (size_t k = 0; k < n; k++)
        gene[k] = CYT_H5AD_NO_GENE;
    *n_genes = 0;
    char *left = cyt_calloc(n, 1, "names of genes", err);
    cyt_code code = left ? CYT_OK : err->code;
    if (code != CYT_OK)
        return code;
    memcpy(left, wanted, n);
    CYT_TRY(search_index(file, frame, n, names, left, gene, n_genes, err));
    CYT_TRY(search_symbols(file, frame, "gene_symbols", n, names, left, gene, *n_genes,
                           err));
    CYT_TRY(search_symbols(file, frame, "feature_name", n, names, left, gene, *n_genes,
                           err));
done:
    free(left);
    return code;
}

/* --- matrices --------------------------------------------------------------------- */

static void set_matrix(cyt_h5ad_matrix *matrix, const char *path, const char *genes)
{
    snprintf(matrix->path, sizeof matrix->path, "%s", path);
    snprintf(matrix->genes, sizeof matrix->genes, "%s", genes);
}

/* Before it was a group, raw was three objects at the root. */
static void find_raw(const cyt_h5_file *file, cyt_h5ad_matrix *matrix)
{
    if (cyt_h5_look(file, "raw/X") == CYT_H5_ABSENT &&
        cyt_h5_look(file, "raw.X") != CYT_H5_ABSENT)
        set_matrix(matrix, "raw.X", "raw.var");
    else
        set_matrix(matrix, "raw/X", "raw/var");
}

void cyt_h5ad_matrix_find(const cyt_h5_file *file, const cyt_h5ad_layout *layout,
                          const char *layer, cyt_h5ad_matrix *matrix)
{
    const int anndata = !layout->by_gene;
    char path[CYT_H5_PATH];
    *matrix = (cyt_h5ad_matrix){.by_gene = layout->by_gene};
    cyt_h5_join(path, "layers", layer ? layer : "");
    if (!layer || strcmp(layer, "X") == 0 || strcmp(layer, layout->matrix) == 0)
        set_matrix(matrix, layout->matrix, layout->genes);
    else if (anndata &&
             (strcmp(layer, "raw/X") == 0 ||
              (strcmp(layer, "raw") == 0 && cyt_h5_look(file, path) == CYT_H5_ABSENT)))
        find_raw(file, matrix);
    else
        set_matrix(matrix, path, layout->genes);
}
