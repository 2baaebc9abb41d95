// SPDX-License-Identifier: BSD-3-Clause
/* One slide as an AnnData file:
 *
 *     /X                CSR, float32 counts of the genes of /var
 *     /obs              index: cell ids; cell_type, categorical
 *     /obsm/spatial     [n * 2] µm
 *
 * One rank makes a slide, so the store's communicator is that rank alone. */
#include "synth_parts.h"

#include "cytotaxis/anndata.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/names.h"
#include "cytotaxis/store.h"

#include <stdlib.h>
#include <string.h>

/* The two genes of the signal, then some that say nothing about it. */
enum { GENE_LIGAND, GENE_RECEPTOR, N_GENES = 5 };
static const char *const gene_names[N_GENES] = {"CXCL12", "CXCR4", "ACTB", "B2M",
                                                "GAPDH"};
/* Properties of the picture. */
static const double GENE_MEDIAN[N_GENES] = {0, 0, 20, 30, 15};

static cyt_code names_of(size_t n, const char *const *texts, cyt_names *names,
                         cyt_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (cyt_names_add(names, texts[i], strlen(texts[i]), err) != CYT_OK)
            return err->code;
    return CYT_OK;
}

/* --- cells ------------------------------------------------------------------------ */

static cyt_code write_ids(cyt_frame *obs, size_t n, cyt_error *err)
{
    char id[CYT_NUMBER_SIZE];
    const size_t width = synth_cell_id(n - 1, id); /* the longest */
    char *ids = cyt_calloc(n, width, "cell ids", err);
    if (!ids)
        return err->code;
    for (size_t i = 0; i < n; i++)
        memcpy(ids + i * width, id, synth_cell_id(i, id));
    const cyt_code code = cyt_frame_index(obs, width, ids, err);
    free(ids);
    return code;
}

static cyt_code write_types(cyt_frame *obs, const synth_cells *c, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names types = {0};
    int32_t *codes = cyt_alloc(c->n, sizeof *codes, "types of cells", err);
    CYT_TRY(err->code);
    CYT_TRY(names_of(SYNTH_N_TYPES, synth_type_names, &types, err));
    for (size_t i = 0; i < c->n; i++)
        codes[i] = c->type[i];
    CYT_TRY(cyt_frame_categories(obs, "cell_type", &types, 0, codes, err));
done:
    free(codes);
    cyt_names_free(&types);
    return code;
}

static cyt_code write_obs(cyt_store *store, const synth_cells *c, cyt_error *err)
{
    cyt_frame obs = {0};
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_frame_begin(store, "/obs", c->n, 0, c->n, &obs, err));
    CYT_TRY(write_ids(&obs, c->n, err));
    CYT_TRY(write_types(&obs, c, err));
done:
    if (cyt_frame_end(&obs, err) != CYT_OK)
        return err->code;
    return code;
}

static cyt_code write_places(cyt_store *store, const synth_cells *c, cyt_error *err)
{
    const cyt_store_layout layout = {.type = CYT_STORE_F64,
                                     .n_rows = c->n,
                                     .n_cols = 2,
                                     .filter = CYT_COMPRESS_DEFLATE};
    double *um = cyt_alloc(2 * c->n, sizeof *um, "places of cells", err);
    if (!um)
        return err->code;
    for (size_t i = 0; i < c->n; i++) {
        um[2 * i] = (double)c->x[i] / SYNTH_STEPS_PER_UM;
        um[2 * i + 1] = (double)c->y[i] / SYNTH_STEPS_PER_UM;
    }
    const cyt_code code =
        cyt_anndata_rows(store, "/obsm/spatial", &layout, 0, c->n, um, err);
    free(um);
    return code;
}

/* --- counts ----------------------------------------------------------------------- */

static cyt_code write_genes(cyt_store *store, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names genes = {0};
    cyt_frame var = {0};
    CYT_TRY(names_of(N_GENES, gene_names, &genes, err));
    CYT_TRY(cyt_frame_begin_whole(store, "/var", N_GENES, &var, err));
    CYT_TRY(cyt_frame_index_names(&var, &genes, err));
done:
    cyt_names_free(&genes);
    if (cyt_frame_end(&var, err) != CYT_OK)
        return err->code;
    return code;
}

static uint32_t count_of(const synth_slide *s, size_t i, int gene)
{
    if (gene == GENE_LIGAND)
        return s->cells.ligand[i];
    if (gene == GENE_RECEPTOR)
        return s->cells.receptor[i];
    return synth_count(s->key, SYNTH_FOR_GENE + (uint32_t)gene, i, GENE_MEDIAN[gene]);
}

typedef struct counts {
    float *value;
    int32_t *gene;
    uint64_t *start; /* [n_cells + 1] */
} counts;

static void fill_counts(const synth_slide *s, counts *x)
{
    size_t n = 0;
    for (size_t i = 0; i < s->cells.n; i++) {
        x->start[i] = n;
        for (int gene = 0; gene < N_GENES; gene++) {
            const uint32_t count = count_of(s, i, gene);
            x->value[n] = (float)count;
            x->gene[n] = gene;
            n += count > 0;
        }
    }
    x->start[s->cells.n] = n;
}

static cyt_code write_counts(cyt_store *store, const synth_slide *s, cyt_error *err)
{
    const size_t n = s->cells.n;
    cyt_code code = CYT_OK;
    counts x = {.value = cyt_alloc(N_GENES * n, sizeof *x.value, "counts", err),
                .gene = cyt_alloc(N_GENES * n, sizeof *x.gene, "genes of counts", err),
                .start = cyt_alloc(n + 1, sizeof *x.start, "rows of counts", err)};
    CYT_TRY(err->code);
    fill_counts(s, &x);
    const cyt_csr matrix = {.n_rows = n,
                            .n_cols = N_GENES,
                            .count = n,
                            .start = x.start,
                            .index = x.gene,
                            .type = CYT_STORE_F32,
                            .value = x.value};
    CYT_TRY(cyt_anndata_csr(store, "/X", &matrix, CYT_COMPRESS_DEFLATE, err));
done:
    free(x.value);
    free(x.gene);
    free(x.start);
    return code;
}

/* --- file ------------------------------------------------------------------------- */

static cyt_code write_slide(cyt_store *store, const synth_slide *slide, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_anndata_begin(store, err));
    CYT_TRY(write_counts(store, slide, err));
    CYT_TRY(write_obs(store, &slide->cells, err));
    CYT_TRY(write_genes(store, err));
    CYT_TRY(write_places(store, &slide->cells, err));
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
