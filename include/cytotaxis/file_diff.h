/**
 * @file file_diff.h
 * @brief Do two HDF5 files hold the same? Every group, dataset and attribute of both.
 *
 * What counts is what a reader gets: names, extents, numbers, texts. How they are
 * stored (chunks, filters, width of a number) does not, nor do references between
 * objects, which are places in the file. Serial; some rows at a time.
 */
#ifndef CYT_FILE_DIFF_H
#define CYT_FILE_DIFF_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

/** One thing that is not the same. */
typedef struct cyt_difference {
    char place[512]; /**< "/obs/n_cells"; "/obs: attribute _index" */
    char what[256];  /**< "row 3: 1 against 2" */
    double size;     /**< largest |a - b| over the largest |a| and |b| of the dataset;
                          infinite for what is no number, or missing on one side */
} cyt_difference;

typedef struct cyt_file_diff {
    size_t n_compared;             /**< datasets and attributes */
    size_t n_different;            /**< of them, and of groups */
    cyt_difference first, largest; /**< defined when n_different > 0 */
} cyt_file_diff;

/**
 * Compare file @p a with file @p b.
 *
 * @param tolerance  numbers of a dataset are the same when their difference is at most
 *                   this times its largest; 0: when they have the same bits
 * @return CYT_OK, also when they differ; CYT_ERR_NO_INPUT: one is missing;
 *         CYT_ERR_DATA: one is not HDF5; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_file_diff_find(const char *a, const char *b,
                                          double tolerance, cyt_file_diff *diff,
                                          cyt_error *err);

#endif
