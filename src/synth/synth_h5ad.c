// SPDX-License-Identifier: BSD-3-Clause
/* One slide as an AnnData file, encoded as anndata 0.8 and later read it:
 *
 *     /X                CSR, float32 counts of the genes of /var
 *     /obs/_index       cell ids        /obs/cell_type    categorical
 *     /obsm/spatial     [n * 2] µm
 *     /layers /obsp /varm /varp /uns    empty
 *
 * One rank makes a slide, so the store's communicator is that rank alone. */
#include "synth_parts.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/names.h"
#include "cytotaxis/store.h"

#include <stdlib.h>
#include <string.h>

/* The two genes of the signal, then some that say nothing about it. */
enum { GENE_LIGAND, GENE_RECEPTOR, N_SIGNAL_GENES, N_GENES = 5 };
static const char *const gene_names[N_GENES] = {"CXCL12", "CXCR4", "ACTB", "B2M",
                                                "GAPDH"};
/* Properties of the picture. */
static const double GENE_MEDIAN[N_GENES] = {0, 0, 20, 30, 15};

static cyt_code tag(cyt_store *store, const char *path, const char *type,
                    const char *version, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_store_attr_text(store, path, "encoding-type", type, err));
    CYT_TRY(cyt_store_attr_text(store, path, "encoding-version", version, err));
done:
    return code;
}

static cyt_code group(cyt_store *store, const char *path, const char *type,
                      const char *version, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_store_group(store, path, err));
    CYT_TRY(tag(store, path, type, version, err));
done:
    return code;
}

static cyt_code names_of(size_t n, const char *const *texts, cyt_names *names,
                         cyt_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (cyt_names_add(names, texts[i], strlen(texts[i]), err) != CYT_OK)
            return err->code;
    return CYT_OK;
}

static cyt_code texts(cyt_store *store, const char *path, size_t n,
                      const char *const *values, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names names = {0};
    CYT_TRY(names_of(n, values, &names, err));
    CYT_TRY(cyt_store_names(store, path, &names, CYT_COMPRESS_NONE, err));
    CYT_TRY(tag(store, path, "string-array", "0.2.0", err));
done:
    cyt_names_free(&names);
    return code;
}

static cyt_code rows(cyt_store *store, const char *path, cyt_store_type type, size_t n,
                     size_t n_cols, const void *data, cyt_error *err)
{
    const cyt_store_layout layout = {
        .type = type, .n_rows = n, .n_cols = n_cols, .filter = CYT_COMPRESS_DEFLATE};
    return cyt_store_rows(store, path, &layout, 0, n, data, err);
}

static cyt_code array(cyt_store *store, const char *path, cyt_store_type type, size_t n,
                      size_t n_cols, const void *data, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(rows(store, path, type, n, n_cols, data, err));
    CYT_TRY(tag(store, path, "array", "0.2.0", err));
done:
    return code;
}

static cyt_code frame(cyt_store *store, const char *path, size_t n_columns,
                      const char *const *columns, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names order = {0};
    CYT_TRY(names_of(n_columns, columns, &order, err));
    CYT_TRY(group(store, path, "dataframe", "0.2.0", err));
    CYT_TRY(cyt_store_attr_text(store, path, "_index", "_index", err));
    CYT_TRY(cyt_store_attr_texts(store, path, "column-order", &order, err));
done:
    cyt_names_free(&order);
    return code;
}

/* --- cells ------------------------------------------------------------------------ */

static cyt_code write_ids(cyt_store *store, size_t n, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char id[SYNTH_NUMBER_SIZE];
    cyt_store_layout layout = {.type = CYT_STORE_TEXT,
                               .width = synth_cell_id(n - 1, id), /* the longest */
                               .n_rows = n,
                               .filter = CYT_COMPRESS_DEFLATE};
    char *ids = cyt_calloc(n, layout.width, "cell ids", err);
    CYT_TRY(err->code);
    for (size_t i = 0; i < n; i++)
        memcpy(ids + i * layout.width, id, synth_cell_id(i, id));
    CYT_TRY(cyt_store_rows(store, "/obs/_index", &layout, 0, n, ids, err));
    CYT_TRY(tag(store, "/obs/_index", "string-array", "0.2.0", err));
done:
    free(ids);
    return code;
}

static cyt_code write_obs(cyt_store *store, const synth_cells *c, cyt_error *err)
{
    static const char *const columns[] = {"cell_type"};
    const char *const path = "/obs/cell_type";
    cyt_code code = CYT_OK;
    CYT_TRY(frame(store, "/obs", 1, columns, err));
    CYT_TRY(write_ids(store, c->n, err));
    CYT_TRY(group(store, path, "categorical", "0.2.0", err));
    CYT_TRY(cyt_store_attr_bool(store, path, "ordered", 0, err));
    CYT_TRY(texts(store, "/obs/cell_type/categories", SYNTH_N_TYPES, synth_type_names,
                  err));
    /* eight types: the unsigned bytes in memory are the signed ones of the file */
    CYT_TRY(array(store, "/obs/cell_type/codes", CYT_STORE_I8, c->n, 0, c->type, err));
done:
    return code;
}

static cyt_code write_places(cyt_store *store, const synth_cells *c, cyt_error *err)
{
    cyt_code code = CYT_OK;
    double *um = cyt_alloc(2 * c->n, sizeof *um, "places of cells", err);
    CYT_TRY(err->code);
    for (size_t i = 0; i < c->n; i++) {
        um[2 * i] = (double)c->x[i] / SYNTH_STEPS_PER_UM;
        um[2 * i + 1] = (double)c->y[i] / SYNTH_STEPS_PER_UM;
    }
    CYT_TRY(group(store, "/obsm", "dict", "0.1.0", err));
    CYT_TRY(array(store, "/obsm/spatial", CYT_STORE_F64, c->n, 2, um, err));
done:
    free(um);
    return code;
}

/* --- counts ----------------------------------------------------------------------- */

typedef struct counts {
    size_t n; /* entries that are not 0 */
    float *value;
    int32_t *gene;
    int64_t *start; /* [n_cells + 1] */
} counts;

static uint32_t count_of(const synth_slide *s, size_t i, int gene)
{
    if (gene == GENE_LIGAND)
        return s->cells.ligand[i];
    if (gene == GENE_RECEPTOR)
        return s->cells.receptor[i];
    return synth_count(s->key, SYNTH_FOR_GENE + (uint32_t)gene, i, GENE_MEDIAN[gene]);
}

static cyt_code counts_init(const synth_slide *s, counts *x, cyt_error *err)
{
    const size_t most = N_GENES * s->cells.n;
    x->value = cyt_alloc(most, sizeof *x->value, "counts", err);
    x->gene = cyt_alloc(most, sizeof *x->gene, "genes of counts", err);
    x->start = cyt_alloc(s->cells.n + 1, sizeof *x->start, "rows of counts", err);
    if (err->code != CYT_OK)
        return err->code;
    for (size_t i = 0; i < s->cells.n; i++) {
        x->start[i] = (int64_t)x->n;
        for (int gene = 0; gene < N_GENES; gene++) {
            const uint32_t count = count_of(s, i, gene);
            x->value[x->n] = (float)count;
            x->gene[x->n] = gene;
            x->n += count > 0;
        }
    }
    x->start[s->cells.n] = (int64_t)x->n;
    return CYT_OK;
}

static cyt_code write_counts(cyt_store *store, const synth_slide *s, cyt_error *err)
{
    const size_t n = s->cells.n;
    const int64_t shape[2] = {(int64_t)n, N_GENES};
    cyt_code code = CYT_OK;
    counts x = {0};
    CYT_TRY(counts_init(s, &x, err));
    CYT_TRY(group(store, "/X", "csr_matrix", "0.1.0", err));
    CYT_TRY(cyt_store_attr_ints(store, "/X", "shape", 2, shape, err));
    CYT_TRY(rows(store, "/X/data", CYT_STORE_F32, x.n, 0, x.value, err));
    CYT_TRY(rows(store, "/X/indices", CYT_STORE_I32, x.n, 0, x.gene, err));
    CYT_TRY(rows(store, "/X/indptr", CYT_STORE_I64, n + 1, 0, x.start, err));
done:
    free(x.value);
    free(x.gene);
    free(x.start);
    return code;
}

/* --- file ------------------------------------------------------------------------- */

static cyt_code write_slide(cyt_store *store, const synth_slide *slide, cyt_error *err)
{
    static const char *const empty[] = {"/layers", "/obsp", "/varm", "/varp", "/uns"};
    cyt_code code = CYT_OK;
    CYT_TRY(tag(store, "/", "anndata", "0.1.0", err));
    CYT_TRY(write_counts(store, slide, err));
    CYT_TRY(write_obs(store, &slide->cells, err));
    CYT_TRY(write_places(store, &slide->cells, err));
    CYT_TRY(frame(store, "/var", 0, NULL, err));
    CYT_TRY(texts(store, "/var/_index", N_GENES, gene_names, err));
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
        CYT_TRY(group(store, empty[i], "dict", "0.1.0", err));
done:
    return code;
}

cyt_code synth_write_h5ad(const synth_slide *slide, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_store *store = NULL;
    char *path = synth_path(slide->params, "slides/", slide->sample, ".h5ad", err);
    CYT_TRY(err->code);
    CYT_TRY(cyt_store_create(MPI_COMM_SELF, path, &store, err));
    code = write_slide(store, slide, err);
    CYT_TRY(cyt_store_close(&store, code == CYT_OK, err));
    code = err->code; /* closing a file that was given up says all is well */
done:
    free(path);
    return code;
}
