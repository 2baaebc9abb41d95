// SPDX-License-Identifier: BSD-3-Clause
/* Feature-barcode matrices of 10x in HDF5: ids and values of cells, no positions.
 *
 *     since Cell Ranger 3   matrix/{barcodes, data, indices, indptr, shape},
 *                           matrix/features/{id, name, feature_type}
 *     before                the same in a group of the genome's name, with genes and
 *                           gene_names
 *
 * The matrix is compressed by cell, so each rank reads the cells of its share and of
 * their entries those of the features asked for, as of a CSR matrix (h5ad_genes.h). Of
 * a file with several genomes the layer may name the one: the group of an old file, the
 * features' column genome of a new one. Xenium scales its protein
 * counts by a number at the root, which is undone.
 *
 * Reference: 10x Genomics, "Feature-Barcode Matrices HDF5 Format". */
#include "read/h5ad/h5ad_column.h"
#include "read/h5ad/h5ad_frame.h"
#include "read/h5ad/h5ad_genes.h"
#include "read/readers.h"
#include "read/rows/matrix_share.h"
#include "read/rows/row_store.h"

#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strbuf.h"
#include "cytotaxis/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file, open, and what it is asked for. */
typedef struct tenx {
    const cyt_source *source;
    cyt_h5_file file;
    cyt_h5ad_matrix matrix; /* group of the matrix, group of its features */
    const char *id, *name;  /* columns of the features */
    cyt_h5ad_column barcodes;
    cyt_h5ad_column genome; /* of the features; closed unless one is asked for */
    uint64_t n_features;
    char counted[CYT_H5_PATH]; /* column that told how many; "": none yet */
    uint64_t *feature;         /* [n_values] number, or CYT_H5AD_NO_GENE */
    char *is_protein;          /* [n_values] */
} tenx;

static void close_tenx(tenx *t)
{
    cyt_h5ad_column_close(&t->barcodes);
    cyt_h5ad_column_close(&t->genome);
    cyt_h5_close(&t->file);
    free(t->feature);
    free(t->is_protein);
}

/* --- the matrix ------------------------------------------------------------------- */

static cyt_code no_matrix(const tenx *t, const cyt_names *genomes, cyt_error *err)
{
    cyt_strbuf list = {0};
    cyt_code code = CYT_OK;
    if (genomes->n == 0)
        return CYT_H5_FAIL(
            &t->file, err,
            " has no feature-barcode matrix of 10x: a group \"matrix\", or "
            "one of a genome's name, with barcodes");
    for (size_t i = 0; i < genomes->n; i++)
        cyt_strbuf_add(&list, err, "%s%s", i ? ", " : "", genomes->name[i]);
    if (err->code == CYT_OK)
        code = CYT_H5_FAIL(&t->file, err,
                           " has the genomes %s; name one of them as the layer "
                           "(signals.expression.layer)",
                           list.text);
    cyt_strbuf_free(&list);
    return err->code ? err->code : code;
}

/* Groups at the root that hold barcodes. */
static cyt_code list_genomes(const tenx *t, cyt_names *genomes, cyt_error *err)
{
    cyt_names all = {0};
    cyt_code code;
    CYT_TRY(cyt_h5_members(&t->file, "/", &all, err));
    for (size_t i = 0; i < all.n; i++)
        if (cyt_h5ad_has_column(&t->file, all.name[i], "barcodes"))
            CYT_TRY(cyt_names_add(genomes, all.name[i], strlen(all.name[i]), err));
done:
    cyt_names_free(&all);
    return code;
}

static cyt_code find_matrix(tenx *t, cyt_error *err)
{
    cyt_names genomes = {0};
    const char *layer = t->source->layer;
    cyt_code code;
    CYT_TRY(list_genomes(t, &genomes, err));
    size_t at = layer ? cyt_names_find(&genomes, layer) : CYT_NO_NAME;
    if (at == CYT_NO_NAME)
        at = cyt_names_find(&genomes, "matrix");
    if (at == CYT_NO_NAME && genomes.n == 1)
        at = 0;
    if (at == CYT_NO_NAME)
        CYT_TRY(no_matrix(t, &genomes, err));
    snprintf(t->matrix.path, sizeof t->matrix.path, "%s", genomes.name[at]);
    t->matrix.tenx = 1;
    const int old = cyt_h5ad_has_column(&t->file, t->matrix.path, "gene_names");
    t->id = old ? "genes" : "id";
    t->name = old ? "gene_names" : "name";
    if (old)
        memcpy(t->matrix.genes, t->matrix.path, sizeof t->matrix.genes);
    else
        cyt_h5_join(t->matrix.genes, t->matrix.path, "features");
done:
    cyt_names_free(&genomes);
    return code;
}

/* --- features --------------------------------------------------------------------- */

/* One feature of the name: noted, unless there was one. */
static cyt_code note_feature(const tenx *t, const char *path, size_t v, uint64_t row,
                             cyt_error *err)
{
    if (t->feature[v] != CYT_H5AD_NO_GENE)
        return CYT_H5_FAIL(&t->file, err,
                           " %s: \"%s\" is in rows %" PRIu64 " and %" PRIu64
                           "; name the feature by its id, or of several genomes one as "
                           "the layer (signals.expression.layer)",
                           path, t->source->value_names[v], t->feature[v], row);
    t->feature[v] = row;
    return CYT_OK;
}

/* Features [at, at + text.n), of one genome only where @p genome has words. */
static cyt_code search_slab(const tenx *t, const char *path, const cyt_h5_text *text,
                            const cyt_h5_text *genome, uint64_t at, const char *wanted,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t i = 0; i < text->n; i++) {
        if (genome->n > 0 && !cyt_h5_text_is(genome, i, t->source->layer))
            continue;
        for (size_t v = 0; v < t->source->n_values; v++)
            if (wanted[v] && cyt_h5_text_is(text, i, t->source->value_names[v]))
                CYT_TRY(note_feature(t, path, v, at + i, err));
    }
done:
    return code;
}

/* The columns of the features are equally long. */
static cyt_code count_features(tenx *t, const cyt_h5ad_column *column, cyt_error *err)
{
    if (*t->counted && t->n_features != column->n)
        return CYT_H5_FAIL(&t->file, err, " %s has %" PRIu64 " rows, %s %" PRIu64,
                           t->counted, t->n_features, column->path, column->n);
    if (t->genome.n > 0 && t->genome.n != column->n)
        return CYT_H5_FAIL(&t->file, err, " %s has %" PRIu64 " rows, %s %" PRIu64,
                           t->genome.path, t->genome.n, column->path, column->n);
    t->n_features = column->n;
    memcpy(t->counted, column->path, sizeof t->counted);
    return CYT_OK;
}

/* Look for those not found yet in one column of the features. */
static cyt_code search(tenx *t, const char *column_name, cyt_error *err)
{
    const size_t n_values = t->source->n_values;
    cyt_h5ad_column column = {0};
    cyt_h5_text text = {0}, genome = {0};
    char *wanted = cyt_calloc(n_values, 1, "names of features", err);
    cyt_code code;
    CYT_TRY(err->code);
    for (size_t v = 0; v < n_values; v++)
        wanted[v] = t->feature[v] == CYT_H5AD_NO_GENE;
    CYT_TRY(cyt_h5ad_column_open(&t->file, t->matrix.genes, column_name, &column, err));
    CYT_TRY(count_features(t, &column, err));
    for (uint64_t at = 0; at < column.n; at += text.n) {
        const uint64_t left = column.n - at;
        const size_t n = left < CYT_H5AD_SLAB ? (size_t)left : (size_t)CYT_H5AD_SLAB;
        CYT_TRY(cyt_h5ad_column_text(&t->file, &column, at, n, &text, err));
        if (t->genome.n > 0)
            CYT_TRY(cyt_h5ad_column_text(&t->file, &t->genome, at, n, &genome, err));
        CYT_TRY(search_slab(t, column.path, &text, &genome, at, wanted, err));
    }
done:
    cyt_h5_text_free(&text);
    cyt_h5_text_free(&genome);
    cyt_h5ad_column_close(&column);
    free(wanted);
    return code;
}

/* Is the layer a genome of the features? Layers may be meant for other slides. */
static cyt_code find_genome(tenx *t, cyt_error *err)
{
    cyt_h5_text text = {0};
    int found = 0;
    cyt_code code = CYT_OK;
    if (!t->source->layer || strcmp(t->matrix.path, t->source->layer) == 0 ||
        !cyt_h5ad_has_column(&t->file, t->matrix.genes, "genome"))
        return CYT_OK;
    CYT_TRY(cyt_h5ad_column_open(&t->file, t->matrix.genes, "genome", &t->genome, err));
    for (uint64_t at = 0; at < t->genome.n && !found; at += text.n) {
        const uint64_t left = t->genome.n - at;
        const size_t n = left < CYT_H5AD_SLAB ? (size_t)left : (size_t)CYT_H5AD_SLAB;
        CYT_TRY(cyt_h5ad_column_text(&t->file, &t->genome, at, n, &text, err));
        for (size_t i = 0; i < text.n; i++)
            found |= cyt_h5_text_is(&text, i, t->source->layer);
    }
    if (!found)
        cyt_h5ad_column_close(&t->genome);
done:
    cyt_h5_text_free(&text);
    return code;
}

/* Which of the features found are proteins: their counts may be scaled. */
static cyt_code find_proteins(tenx *t, cyt_error *err)
{
    cyt_h5ad_column column = {0};
    cyt_h5_text kind = {0};
    cyt_code code = CYT_OK;
    if (!cyt_h5ad_has_column(&t->file, t->matrix.genes, "feature_type"))
        return CYT_OK;
    CYT_TRY(
        cyt_h5ad_column_open(&t->file, t->matrix.genes, "feature_type", &column, err));
    for (size_t v = 0; v < t->source->n_values; v++) {
        if (t->feature[v] >= column.n) /* also when there is none */
            continue;
        CYT_TRY(cyt_h5ad_column_text(&t->file, &column, t->feature[v], 1, &kind, err));
        t->is_protein[v] = (char)cyt_h5_text_is(&kind, 0, "Protein Expression");
    }
done:
    cyt_h5_text_free(&kind);
    cyt_h5ad_column_close(&column);
    return code;
}

static cyt_code find_features(tenx *t, cyt_error *err)
{
    const size_t n = t->source->n_values;
    cyt_code code;
    t->feature = cyt_alloc(n, sizeof *t->feature, "names of features", err);
    t->is_protein = cyt_calloc(n, 1, "names of features", err);
    CYT_TRY(err->code);
    for (size_t v = 0; v < n; v++)
        t->feature[v] = CYT_H5AD_NO_GENE;
    CYT_TRY(find_genome(t, err));
    CYT_TRY(search(t, t->name, err));
    CYT_TRY(search(t, t->id, err));
    CYT_TRY(find_proteins(t, err));
done:
    return code;
}

static cyt_code open_tenx(const cyt_source *source, tenx *t, cyt_error *err)
{
    cyt_code code;
    *t = (tenx){.source = source};
    if (CYT_FAULT("tenx.open"))
        return CYT_FAIL(err, CYT_ERR_IO, source->sample, "fault injected");
    CYT_TRY(
        cyt_h5_open(source->path, source->shown_path, source->sample, &t->file, err));
    CYT_TRY(find_matrix(t, err));
    CYT_TRY(
        cyt_h5ad_column_open(&t->file, t->matrix.path, "barcodes", &t->barcodes, err));
    CYT_TRY(find_features(t, err));
done:
    return code;
}

/* --- rows ------------------------------------------------------------------------- */

static cyt_code add_barcode(const tenx *t, const cyt_h5_text *text, size_t i,
                            uint64_t row, cyt_row_store *store, cyt_error *err)
{
    cyt_rows *rows = store->rows;
    size_t length;
    const char *id = cyt_h5_text_get(text, i, &length);
    cyt_code code;
    if (length == 0 || !cyt_text_valid(id, length))
        return CYT_H5_FAIL(&t->file, err,
                           " %s row %" PRIu64 ": the barcode is empty or not UTF-8",
                           t->barcodes.path, row);
    CYT_TRY(cyt_store_room(store, err));
    CYT_TRY(cyt_store_id(store, id, length, err));
    rows->x[rows->n] = rows->y[rows->n] = NAN;
    rows->type[rows->n] = CYT_NO_TYPE;
    rows->place[rows->n++] = row;
done:
    return code;
}

static cyt_code read_barcodes(const tenx *t, uint64_t first, uint64_t end,
                              cyt_row_store *store, cyt_error *err)
{
    cyt_h5_text text = {0};
    cyt_code code = CYT_OK;
    for (uint64_t at = first; at < end; at += text.n) {
        const size_t n =
            end - at < CYT_H5AD_SLAB ? (size_t)(end - at) : (size_t)CYT_H5AD_SLAB;
        CYT_TRY(cyt_h5ad_column_text(&t->file, &t->barcodes, at, n, &text, err));
        for (size_t i = 0; i < n; i++)
            CYT_TRY(add_barcode(t, &text, i, at + i, store, err));
    }
done:
    cyt_h5_text_free(&text);
    return code;
}

/* Counts of proteins are stored times a number; it stands at the root, as an integer or
 * a real, and only in files that have proteins. */
static void undo_scaling(const tenx *t, cyt_rows *rows)
{
    double factor;
    if (!cyt_h5_attr_f64(&t->file, "/", "protein_scaling_factor", &factor) ||
        !(isfinite(factor) && factor > 0))
        return;
    for (size_t v = 0; v < rows->n_values; v++)
        for (size_t i = 0; t->is_protein[v] && i < rows->n; i++)
            rows->values[v * rows->n + i] /= factor;
}

static cyt_code read_values(const tenx *t, uint64_t first, cyt_rows *rows,
                            cyt_error *err)
{
    const size_t n_values = t->source->n_values;
    const cyt_h5ad_part part = {.n_cells = t->barcodes.n,
                                .n_genes = t->n_features,
                                .first = first,
                                .n = rows->n,
                                .n_wanted = n_values,
                                .gene = t->feature};
    int any = 0;
    for (size_t v = 0; v < n_values; v++) {
        rows->value_found[v] = t->feature[v] != CYT_H5AD_NO_GENE;
        any |= rows->value_found[v];
        for (size_t i = 0; i < rows->n; i++)
            rows->values[v * rows->n + i] = NAN;
    }
    const cyt_code code =
        any ? cyt_h5ad_read_genes(&t->file, &t->matrix, &part, rows->values, err)
            : CYT_OK;
    if (code == CYT_OK)
        undo_scaling(t, rows);
    return code;
}

static cyt_code read_share(const cyt_source *source, uint64_t rank, uint64_t size,
                           cyt_rows *rows, uint64_t *first, cyt_error *err)
{
    tenx t = {0};
    cyt_row_store store = {0};
    cyt_code code;
    CYT_TRY(cyt_store_init(&store, rows, source->n_values, err));
    CYT_TRY(open_tenx(source, &t, err));
    const uint64_t n = t.barcodes.n;
    *first = n / size * rank + n % size * rank / size;
    CYT_TRY(read_barcodes(
        &t, *first, n / size * (rank + 1) + n % size * (rank + 1) / size, &store, err));
    cyt_store_end(&store);
    CYT_TRY(read_values(&t, *first, rows, err));
done:
    close_tenx(&t);
    cyt_store_free(&store);
    return code;
}

/* --- the reader ------------------------------------------------------------------- */

int cyt_tenx_accepts(const char *path)
{
    return cyt_text_ends(path, ".h5");
}

cyt_code cyt_tenx_check(const cyt_source *source, cyt_problems *problems,
                        cyt_error *err)
{
    tenx t = {0};
    cyt_error why = {0};
    (void)!open_tenx(source, &t, &why);
    close_tenx(&t);
    return cyt_problems_take(problems, source->sample, &why, err);
}

cyt_code cyt_tenx_read(MPI_Comm comm, const cyt_source *source, cyt_rows *rows,
                       cyt_error *err)
{
    return cyt_matrix_read(comm, source, read_share, "row", rows, err);
}
