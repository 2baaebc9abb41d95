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
 * passed
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

#include "read/h5_util.h"

#define CYT_H5AD_NO_GENE UINT64_MAX

/** Look each of @p n names up among the genes: first in the index of var, then in its
 *  columns gene_symbols and feature_name.
 *
 *  @param wanted   [n] 0 passes over a name
 *  @param gene     [n] receives the matrix column, CYT_H5AD_NO_GENE if there is none
 *  @param n_genes  receives the number of columns
 *  @return CYT_OK; CYT_ERR_DATA also when a name is there twice */
CYT_NODISCARD cyt_code cyt_h5ad_find_genes(const cyt_h5_file *file, size_t n,
                                           const char *const *names, const char *wanted,
                                           uint64_t *gene, uint64_t *n_genes,
                                           cyt_error *err);

/** Which part of a matrix to read. */
typedef struct cyt_h5ad_part {
    uint64_t n_cells, n_genes; /**< the whole matrix */
    uint64_t first;            /**< row */
    size_t n;                  /**< rows */
    size_t n_wanted;
    const uint64_t *gene; /**< [n_wanted] column, or CYT_H5AD_NO_GENE; may repeat */
} cyt_h5ad_part;

/** Path of the matrix: X, or a layer. */
void cyt_h5ad_matrix_path(char path[CYT_H5_PATH], const char *layer);

/** Read the wanted columns into @p values [n_wanted * n], one after the other; those of
 * no gene stay as they are. */
CYT_NODISCARD cyt_code cyt_h5ad_read_genes(const cyt_h5_file *file, const char *path,
                                           const cyt_h5ad_part *part, double *values,
                                           cyt_error *err);

#endif
