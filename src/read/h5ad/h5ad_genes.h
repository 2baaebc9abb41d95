/**
 * @file h5ad_genes.h
 * @brief A few columns of an AnnData matrix, for a range of its rows.
 *
 * The matrix is cells x genes and may be far larger than memory, so it is never loaded:
 *
 *     dense  blocks of rows, of them the wanted columns; each chunk is unpacked once
 *     CSR    the rows' own entries, in blocks: which of them are wanted is seen in
 *            `indices`, and `data` is read only between the first and last wanted one
 *     CSC    the entries of each wanted column, in blocks; rows of other ranks are
 *            passed
 *
 * Repeated entries are added in the order of the file, and a row is read by one rank,
 * so the sums have the same bits for any number of ranks. Everything that is used as an
 * index is checked before.
 *
 * Price: CSR costs a scan of all `indices` for one gene, hence all genes in one pass;
 * CSC is scanned by every rank.
 */
#ifndef CYT_H5AD_GENES_H
#define CYT_H5AD_GENES_H

#include "read/h5/h5_util.h"

#define CYT_H5AD_NO_GENE UINT64_MAX

struct cyt_h5ad_layout; /* h5ad_slide.h */

/** A matrix, and the dataframe of its genes. */
typedef struct cyt_h5ad_matrix {
    char path[CYT_H5_PATH], genes[CYT_H5_PATH];
    int by_gene; /**< genes x cells; then dense */
    int tenx;    /**< a group of 10x: as CSR, its shape a dataset {genes, cells} */
} cyt_h5ad_matrix;

/** Where a layer is: NULL or "X" is the matrix itself, "raw/X" that of raw (in old
 * files raw.X) with genes of its own, "raw" the same unless a layer has this name. The
 * matrix may not be there. */
void cyt_h5ad_matrix_find(const cyt_h5_file *file, const struct cyt_h5ad_layout *layout,
                          const char *layer, cyt_h5ad_matrix *matrix);

/** Look each of @p n names up among the genes: first in the index of dataframe @p
 * frame, then in its columns gene_symbols and feature_name.
 *
 *  @param wanted   [n] 0 passes over a name
 *  @param gene     [n] receives the matrix column, CYT_H5AD_NO_GENE if there is none
 *  @param n_genes  receives the number of columns
 *  @return CYT_OK; CYT_ERR_DATA also when a name is there twice */
CYT_NODISCARD cyt_code cyt_h5ad_find_genes(const cyt_h5_file *file, const char *frame,
                                           size_t n, const char *const *names,
                                           const char *wanted, uint64_t *gene,
                                           uint64_t *n_genes, cyt_error *err);

/** Note in @p gene where the wanted names are in one column; what is there already
 * makes a second an error. */
struct cyt_h5ad_column;
CYT_NODISCARD cyt_code cyt_h5ad_search_column(const cyt_h5_file *file,
                                              const struct cyt_h5ad_column *column,
                                              size_t n, const char *const *names,
                                              const char *wanted, uint64_t *gene,
                                              cyt_error *err);

/** Which part of a matrix to read. */
typedef struct cyt_h5ad_part {
    uint64_t n_cells, n_genes; /**< the whole matrix */
    uint64_t first;            /**< row */
    size_t n;                  /**< rows */
    size_t n_wanted;
    const uint64_t *gene; /**< [n_wanted] column, or CYT_H5AD_NO_GENE; may repeat */
} cyt_h5ad_part;

/** Read the wanted columns into @p values [n_wanted * n], one after the other; those of
 * no gene stay as they are. */
CYT_NODISCARD cyt_code cyt_h5ad_read_genes(const cyt_h5_file *file,
                                           const cyt_h5ad_matrix *matrix,
                                           const cyt_h5ad_part *part, double *values,
                                           cyt_error *err);

#endif
