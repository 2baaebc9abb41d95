/**
 * @file h5ad_frame.h
 * @brief A dataframe of an AnnData file (obs, var), whichever anndata wrote it.
 *
 *     0.5, 0.6   one compound dataset; the first member is the index, categories stand
 *                in uns/<column>_categories
 *     0.7        group, attribute _index; a column of codes refers by its attribute
 *                `categories` to __categories/<column>
 *     0.8 ...    group, attribute _index; a column may be a group (h5ad_column.h)
 *     others     group without attributes: columns of one length, and an index perhaps;
 *                also the attributes of a loom file
 *
 * Told apart by what is there, not by the words of the encoding attributes, so that
 * files of other writers are read too.
 */
#ifndef CYT_H5AD_FRAME_H
#define CYT_H5AD_FRAME_H

#include "read/h5/h5_text.h"

/** Does @p frame have such a column? */
int cyt_h5ad_has_column(const cyt_h5_file *file, const char *frame, const char *name);

/** Is @p frame one compound dataset? */
int cyt_h5ad_is_table(const cyt_h5_file *file, const char *frame);

/** Name of the index column of @p frame into @p name, "" when it has none (rows are
 * then numbered); an error when @p frame is no dataframe. */
CYT_NODISCARD cyt_code cyt_h5ad_index_name(const cyt_h5_file *file, const char *frame,
                                           char name[CYT_H5_PATH], cyt_error *err);

/** Names of the columns in their own order, as far as the frame tells one. */
CYT_NODISCARD cyt_code cyt_h5ad_column_names(const cyt_h5_file *file, const char *frame,
                                             cyt_names *names, cyt_error *err);

/** Where the labels of a column of codes are, "" when there are none: of a column of a
 * compound frame in uns, of a dataset with attribute `categories` where that points. */
CYT_NODISCARD cyt_code cyt_h5ad_labels_path(const cyt_h5_file *file, const char *frame,
                                            const char *column, char path[CYT_H5_PATH],
                                            cyt_error *err);

/** The error that @p group has no @p what of that name: with the nearest name there is,
 *  and the first names there are. */
CYT_NODISCARD cyt_code cyt_h5ad_absent(const cyt_h5_file *file, const char *group,
                                       const char *what, const char *name,
                                       cyt_error *err);

#endif
