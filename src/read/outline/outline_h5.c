// SPDX-License-Identifier: BSD-3-Clause
/* Outlines of AnnData, loom and 10x files. A column that cannot be read is told as a
 * warning, since a run may not need it; damage to what every run needs is an error. */
#include "read/h5ad/h5ad_column.h"
#include "read/h5ad/h5ad_slide.h"
#include "read/outline/outline_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static cyt_code open_file(const cyt_source *source, cyt_h5_file *file, cyt_error *err)
{
    return cyt_h5_open(source->path, source->shown_path, "", file, err);
}

/* --- columns ---------------------------------------------------------------------- */

static cyt_code add_words(const cyt_h5_file *file, const cyt_h5ad_column *column,
                          cyt_words *words, cyt_error *err)
{
    const size_t n =
        column->n < CYT_OUTLINE_ROWS ? (size_t)column->n : CYT_OUTLINE_ROWS;
    cyt_h5_text text = {0};
    cyt_code code;
    words->in_part = column->n > n;
    CYT_TRY(cyt_h5ad_column_text(file, column, 0, n, &text, err));
    for (size_t i = 0; i < text.n; i++) {
        size_t length;
        const char *word = cyt_h5_text_get(&text, i, &length);
        CYT_TRY(cyt_words_add(words, word, length, err));
    }
done:
    cyt_h5_text_free(&text);
    return code;
}

/* Categories count, whether the first rows have them or not. */
static cyt_code add_categories(const cyt_h5ad_column *column, cyt_words *words,
                               cyt_error *err)
{
    cyt_code code = CYT_OK;
    words->declared = 1;
    for (size_t i = 0; i < column->categories.n && code == CYT_OK; i++) {
        size_t length;
        const char *word = cyt_h5_text_get(&column->categories, i, &length);
        code = cyt_words_add(words, word, length, err);
    }
    return code;
}

static cyt_code judge_column(const cyt_h5_file *file, const char *frame,
                             const char *name, cyt_outline *outline, cyt_error *err)
{
    cyt_h5ad_column column = {0};
    cyt_words words = {0};
    cyt_error why = {0};
    cyt_code code = cyt_h5ad_column_open(file, frame, name, &column, &why);
    if (code == CYT_OK && column.categorical)
        code = add_categories(&column, &words, &why);
    else if (code == CYT_OK && column.values.kind != CYT_H5_REAL)
        code = add_words(file, &column, &words, &why);
    if (code == CYT_OK)
        code = cyt_words_end(&words, name, outline, &why);
    if (code == CYT_ERR_MEMORY)
        *err = why;
    else if (code != CYT_OK)
        code = cyt_outline_note(&outline->warnings, err, "%s", why.text);
    cyt_names_free(&words.seen);
    cyt_h5ad_column_close(&column);
    return code;
}

static cyt_code judge_columns(const cyt_h5_file *file, const char *frame,
                              cyt_outline *outline, cyt_error *err)
{
    char index[CYT_H5_PATH];
    cyt_names names = {0};
    cyt_code code;
    CYT_TRY(cyt_h5ad_index_name(file, frame, index, err));
    CYT_TRY(cyt_h5ad_column_names(file, frame, &names, err));
    for (size_t i = 0; i < names.n; i++) {
        if (strcmp(names.name[i], index) == 0)
            continue;
        CYT_TRY(cyt_names_add(&outline->columns, names.name[i], strlen(names.name[i]),
                              err));
        CYT_TRY(judge_column(file, frame, names.name[i], outline, err));
    }
done:
    cyt_names_free(&names);
    return code;
}

/* --- matrices --------------------------------------------------------------------- */

static cyt_code note_dense(const cyt_h5_file *file, const char *path,
                           cyt_outline *outline, cyt_error *err)
{
    cyt_h5_data data = {0};
    cyt_error why = {0};
    cyt_code code = cyt_h5_data_open(file, path, 2, CYT_H5_MAY_LACK, &data, &why);
    if (code == CYT_ERR_MEMORY)
        *err = why;
    else if (code == CYT_OK)
        code = cyt_outline_note(&outline->matrices, err,
                                "%s (%" PRIu64 " x %" PRIu64 ", dense)", path,
                                data.dims[0], data.dims[1]);
    else
        code = cyt_outline_note(&outline->warnings, err, "%s", why.text);
    cyt_h5_data_close(&data);
    return code;
}

static cyt_code note_sparse(const cyt_h5_file *file, const char *path,
                            cyt_outline *outline, cyt_error *err)
{
    char encoding[CYT_H5_PATH];
    int64_t shape[2];
    cyt_code code;
    CYT_TRY(cyt_h5_attr_word(file, path, "encoding-type", encoding, err));
    if (!*encoding)
        CYT_TRY(cyt_h5_attr_word(file, path, "h5sparse_format", encoding, err));
    encoding[*encoding ? 3 : 0] = '\0'; /* csr_matrix, csc_matrix; csr, csc */
    const char *kind = *encoding ? encoding : "sparse";
    if (cyt_h5_attr_i64(file, path, "shape", 2, shape) ||
        cyt_h5_attr_i64(file, path, "h5sparse_shape", 2, shape))
        code = cyt_outline_note(&outline->matrices, err,
                                "%s (%" PRId64 " x %" PRId64 ", %s)", path, shape[0],
                                shape[1], kind);
    else
        code = cyt_outline_note(&outline->matrices, err, "%s (%s)", path, kind);
done:
    return code;
}

static cyt_code note_matrix(const cyt_h5_file *file, const char *path,
                            cyt_outline *outline, cyt_error *err)
{
    switch (cyt_h5_look(file, path)) {
    case CYT_H5_DATASET:
        return note_dense(file, path, outline, err);
    case CYT_H5_GROUP:
        return note_sparse(file, path, outline, err);
    default:
        return CYT_OK;
    }
}

static cyt_code note_matrices(const cyt_h5_file *file, const cyt_h5ad_layout *layout,
                              cyt_outline *outline, cyt_error *err)
{
    cyt_names layers = {0};
    char path[CYT_H5_PATH];
    cyt_code code;
    CYT_TRY(note_matrix(file, layout->matrix, outline, err));
    CYT_TRY(note_matrix(file, "raw/X", outline, err));
    CYT_TRY(note_matrix(file, "raw.X", outline, err));
    CYT_TRY(cyt_h5_members(file, "layers", &layers, err));
    for (size_t i = 0; i < layers.n; i++) {
        cyt_h5_join(path, "layers", layers.name[i]);
        CYT_TRY(note_matrix(file, path, outline, err));
    }
done:
    cyt_names_free(&layers);
    return code;
}

static cyt_code count_genes(const cyt_h5_file *file, const char *frame, uint64_t *n,
                            cyt_error *err)
{
    cyt_h5ad_column index = {0};
    cyt_code code = CYT_OK;
    if (cyt_h5_look(file, frame) == CYT_H5_ABSENT)
        return CYT_OK;
    CYT_TRY(cyt_h5ad_index_open(file, frame, &index, err));
    *n = index.n;
done:
    cyt_h5ad_column_close(&index);
    return code;
}

/* --- AnnData ---------------------------------------------------------------------- */

static cyt_code tell_anndata(const cyt_h5_file *file, cyt_outline *outline,
                             cyt_error *err)
{
    char index[CYT_H5_PATH], path[CYT_H5_PATH], version[CYT_H5_PATH];
    const char *by = "as no anndata wrote it: obs has no encoding";
    cyt_code code;
    CYT_TRY(cyt_h5ad_index_name(file, "obs", index, err));
    CYT_TRY(cyt_h5_attr_word(file, "obs", "encoding-version", version, err));
    cyt_h5_join(path, "obs", index);
    if (cyt_h5ad_is_table(file, "obs"))
        by = "as anndata 0.5 or 0.6 wrote it (obs is one compound dataset)";
    else if (strcmp(version, "0.1.0") == 0)
        by = "as anndata 0.7 wrote it";
    else if (*version && *index && cyt_h5_look(file, path) == CYT_H5_GROUP)
        by = "as anndata 0.13 or later wrote it (the index is nullable text)";
    else if (*version)
        by = "as anndata 0.8 or later wrote it";
    snprintf(outline->version, sizeof outline->version, "%s", by);
done:
    return code;
}

static cyt_code warn_of_anndata(cyt_outline *outline, cyt_error *err)
{
    const int plain = cyt_names_find(&outline->obsm, "spatial") != CYT_NO_NAME;
    if (plain && cyt_names_find(&outline->obsm, "spatial_fov") != CYT_NO_NAME)
        return cyt_outline_note(
            &outline->warnings, err,
            "obsm has spatial and spatial_fov: in CosMx files of squidpy the first are "
            "positions within each field of view, the second those on the slide; "
            "choose x = obsm/spatial_fov/0, y = obsm/spatial_fov/1, or the same of "
            "obsm/spatial");
    return CYT_OK;
}

cyt_code cyt_outline_h5ad(const cyt_source *source, cyt_outline *outline,
                          cyt_error *err)
{
    cyt_h5_file file = {0};
    cyt_code code;
    CYT_TRY(open_file(source, &file, err));
    CYT_TRY(tell_anndata(&file, outline, err));
    CYT_TRY(count_genes(&file, "var", &outline->n_features, err));
    CYT_TRY(cyt_h5_members(&file, "obsm", &outline->obsm, err));
    CYT_TRY(note_matrices(&file, &cyt_h5ad_layout_anndata, outline, err));
    CYT_TRY(judge_columns(&file, "obs", outline, err));
    CYT_TRY(warn_of_anndata(outline, err));
done:
    cyt_h5_close(&file);
    return code;
}

/* --- loom ------------------------------------------------------------------------- */

cyt_code cyt_outline_loom(const cyt_source *source, cyt_outline *outline,
                          cyt_error *err)
{
    cyt_h5_file file = {0};
    char version[CYT_H5_PATH] = "";
    cyt_code code;
    CYT_TRY(open_file(source, &file, err));
    CYT_TRY(cyt_h5_attr_word(&file, "/", "LOOM_SPEC_VERSION", version, err));
    if (*version)
        snprintf(outline->version, sizeof outline->version, "specification %.100s",
                 version);
    else
        snprintf(outline->version, sizeof outline->version, "%s",
                 cyt_h5ad_has_column(&file, "attrs", "LOOM_SPEC_VERSION")
                     ? "specification 3"
                     : "specification before 2");
    CYT_TRY(count_genes(&file, "row_attrs", &outline->n_features, err));
    CYT_TRY(note_matrices(&file, &cyt_h5ad_layout_loom, outline, err));
    CYT_TRY(judge_columns(&file, "col_attrs", outline, err));
done:
    cyt_h5_close(&file);
    return code;
}

/* --- 10x -------------------------------------------------------------------------- */

/* How many features of each type there are. */
static cyt_code count_kinds(const cyt_h5_file *file, const char *frame,
                            cyt_outline *outline, cyt_error *err)
{
    cyt_h5ad_column column = {0};
    cyt_h5_text kinds = {0};
    cyt_names names = {0};
    cyt_code code = CYT_OK;
    if (!cyt_h5ad_has_column(file, frame, "feature_type"))
        return CYT_OK;
    CYT_TRY(cyt_h5ad_column_open(file, frame, "feature_type", &column, err));
    CYT_TRY(cyt_h5ad_column_text(file, &column, 0, (size_t)column.n, &kinds, err));
    for (size_t i = 0; i < kinds.n; i++) {
        size_t length, known = names.n;
        const char *word = cyt_h5_text_get(&kinds, i, &length);
        while (known > 0 && !cyt_h5_text_is(&kinds, i, names.name[known - 1]))
            known--;
        if (known == 0 && names.n < CYT_OUTLINE_FEW)
            CYT_TRY(cyt_names_add(&names, word, length, err));
    }
    for (size_t k = 0; k < names.n; k++) {
        size_t n = 0;
        for (size_t i = 0; i < kinds.n; i++)
            n += (size_t)cyt_h5_text_is(&kinds, i, names.name[k]);
        CYT_TRY(cyt_outline_note(&outline->features, err, "%s %zu", names.name[k], n));
    }
done:
    cyt_names_free(&names);
    cyt_h5_text_free(&kinds);
    cyt_h5ad_column_close(&column);
    return code;
}

/* One group of barcodes; the features of several genomes add up. */
static cyt_code look_at_genome(const cyt_h5_file *file, const char *group,
                               cyt_outline *outline, cyt_error *err)
{
    const int old = cyt_h5ad_has_column(file, group, "gene_names");
    cyt_h5ad_column ids = {0};
    char frame[CYT_H5_PATH];
    cyt_code code;
    cyt_h5_join(frame, group, "features");
    snprintf(outline->version, sizeof outline->version, "as Cell Ranger %s wrote it",
             old ? "up to 2" : "since 3");
    CYT_TRY(cyt_h5ad_column_open(file, old ? group : frame, old ? "genes" : "id", &ids,
                                 err));
    outline->n_features =
        ids.n + (outline->n_features == CYT_OUTLINE_UNKNOWN ? 0 : outline->n_features);
    CYT_TRY(cyt_outline_note(&outline->matrices, err, "%s", group));
    CYT_TRY(count_kinds(file, frame, outline, err));
done:
    cyt_h5ad_column_close(&ids);
    return code;
}

cyt_code cyt_outline_tenx(const cyt_source *source, cyt_outline *outline,
                          cyt_error *err)
{
    cyt_h5_file file = {0};
    cyt_names groups = {0};
    cyt_code code;
    CYT_TRY(open_file(source, &file, err));
    CYT_TRY(cyt_h5_members(&file, "/", &groups, err));
    for (size_t i = 0; i < groups.n; i++)
        if (cyt_h5ad_has_column(&file, groups.name[i], "barcodes"))
            CYT_TRY(look_at_genome(&file, groups.name[i], outline, err));
    if (outline->matrices.n == 0)
        CYT_TRY(CYT_H5_FAIL(&file, err,
                            " has no feature-barcode matrix of 10x: a group "
                            "\"matrix\", or one of a genome's name, with barcodes"));
    if (outline->matrices.n > 1)
        CYT_TRY(cyt_outline_note(
            &outline->warnings, err,
            "several genomes: name one in signals.expression.layer of the config"));
done:
    cyt_names_free(&groups);
    cyt_h5_close(&file);
    return code;
}
