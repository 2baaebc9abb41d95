/**
 * @file h5ad_slide.h
 * @brief One slide of an AnnData or loom file, open: the columns and matrices it is
 * read from.
 *
 * Opening looks at all that reading needs (names, lengths, classes, filters) and reads
 * nothing but categories. So the check before a run and the run itself fail with the
 * same sentences.
 */
#ifndef CYT_H5AD_SLIDE_H
#define CYT_H5AD_SLIDE_H

#include "read/h5ad/h5ad_column.h"
#include "read/h5ad/h5ad_genes.h"

#include "cytotaxis/reader.h"

/** Where a format keeps what. */
typedef struct cyt_h5ad_layout {
    const char *cells, *genes; /**< dataframes: obs, var */
    const char *matrix;        /**< of all genes: X */
    const char *x, *y;         /**< columns of positions; NULL: in obsm */
    int by_gene;               /**< the matrix is genes x cells */
} cyt_h5ad_layout;

extern const cyt_h5ad_layout cyt_h5ad_layout_anndata, cyt_h5ad_layout_loom;

typedef struct cyt_h5ad_slide {
    const cyt_source *source;
    const cyt_h5ad_layout *layout;
    cyt_h5_file file;
    uint64_t n_cells;
    cyt_h5ad_column index, id, type, filter; /* id: closed when it is the index */
    cyt_h5ad_column field;                   /* of view; closed when there is none */
    cyt_h5ad_column x, y;                    /* closed when positions are in plane */
    cyt_h5_data plane;                       /* obsm/spatial as one dataset or member */
    cyt_h5ad_matrix matrix;                  /* where genes are read */
} cyt_h5ad_slide;

/** Open @p source; the first thing that is wrong is the error. Close it also after a
 *  failure. */
CYT_NODISCARD cyt_code cyt_h5ad_slide_open(const cyt_source *source,
                                           const cyt_h5ad_layout *layout,
                                           cyt_h5ad_slide *slide, cyt_error *err);
/** List what opening would find wrong. */
CYT_NODISCARD cyt_code cyt_h5ad_slide_check(const cyt_source *source,
                                            const cyt_h5ad_layout *layout,
                                            cyt_problems *problems, cyt_error *err);
/** Part of opening: the positions. */
CYT_NODISCARD cyt_code cyt_h5ad_open_positions(cyt_h5ad_slide *slide, cyt_error *err);
void cyt_h5ad_slide_close(cyt_h5ad_slide *slide);

/** Is the file read for positions, for types? */
int cyt_h5ad_has_positions(const cyt_h5ad_slide *slide);
int cyt_h5ad_has_types(const cyt_h5ad_slide *slide);

/** An error unless @p n, the rows of @p path, is the number of cells. */
CYT_NODISCARD cyt_code cyt_h5ad_check_length(const cyt_h5ad_slide *slide,
                                             const char *path, uint64_t n,
                                             cyt_error *err);

#endif
