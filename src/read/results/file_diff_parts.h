/** @file file_diff_parts.h  What the walk over two files and the look at values share.
 */
#ifndef CYT_FILE_DIFF_PARTS_H
#define CYT_FILE_DIFF_PARTS_H

#include "read/h5/h5_util.h"

#include "cytotaxis/file_diff.h"

/** Two files under comparison. */
typedef struct cyt_file_pair {
    const cyt_h5_file *a, *b;
    double tolerance;
    cyt_file_diff *diff;
} cyt_file_pair;

/** Note that @p place is not the same. @p size as in cyt_difference. */
void cyt_file_differs(const cyt_file_pair *pair, const char *place, double size,
                      const char *fmt, ...) CYT_PRINTF(4, 5);

/** Compare dataset @p path of both. */
CYT_NODISCARD cyt_code cyt_file_diff_dataset(const cyt_file_pair *pair,
                                             const char *path, cyt_error *err);
/** Compare an attribute that both have. */
CYT_NODISCARD cyt_code cyt_file_diff_attribute(const cyt_file_pair *pair,
                                               const char *path, const char *name,
                                               cyt_error *err);

#endif
