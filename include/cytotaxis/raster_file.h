/**
 * @file raster_file.h
 * @brief The rasters of slides/<sample>.fields.h5, read back some rows at a time.
 *
 * A raster goes by its path from the root, without the leading slash: "density/B cell".
 * Those of float hold numbers, NaN where there is none; those of uint8 hold labels, 0
 * for none and k + 1 for label k of the attribute `labels`. Row 0 has the smallest y.
 * Serial.
 */
#ifndef CYT_RASTER_FILE_H
#define CYT_RASTER_FILE_H

#include "cytotaxis/names.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct cyt_raster_file cyt_raster_file;

enum { CYT_RASTER_TEXT = 512 };

/** One raster, open. */
typedef struct cyt_raster {
    uint64_t n_rows, n_cols;
    int is_label;
    char units[CYT_RASTER_TEXT]; /**< "" when the file says none */
    char long_name[CYT_RASTER_TEXT];
    cyt_names labels; /**< of labels 1, 2, … */
    struct cyt_raster_impl *impl;
} cyt_raster;

/** @param sample  borrowed until close, for messages
 *  @return CYT_OK; CYT_ERR_NO_INPUT: no such file; CYT_ERR_DATA: not a file of rasters;
 *          CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_raster_file_open(const char *path, const char *sample,
                                            cyt_raster_file **file, cyt_error *err);
void cyt_raster_file_close(cyt_raster_file **file);

/** Side of a pixel, and the left upper corner of the first one, x and y; um. */
CYT_NODISCARD cyt_code cyt_raster_file_grid(const cyt_raster_file *file,
                                            double *spacing_um, double origin_um[2],
                                            cyt_error *err);

/** Rows and columns that every raster of the file has. */
CYT_NODISCARD cyt_code cyt_raster_file_size(const cyt_raster_file *file,
                                            uint64_t *n_rows, uint64_t *n_cols,
                                            cyt_error *err);

/** Append the paths of all rasters, in the order of groups and names. */
CYT_NODISCARD cyt_code cyt_raster_file_list(const cyt_raster_file *file,
                                            cyt_names *paths, cyt_error *err);

/** Is there something by this path? */
int cyt_raster_file_has(const cyt_raster_file *file, const char *path);

/** @param raster  [out] released with cyt_raster_close(), also after a failure */
CYT_NODISCARD cyt_code cyt_raster_open(const cyt_raster_file *file, const char *path,
                                       cyt_raster *raster, cyt_error *err);
void cyt_raster_close(cyt_raster *raster);

/** Rows that are read best at once. */
size_t cyt_raster_best_rows(const cyt_raster *raster);

/** Rows [first, first + n), which must exist. @param out [n * n_cols], float or, when
 *  is_label, uint8_t */
CYT_NODISCARD cyt_code cyt_raster_read(const cyt_raster_file *file,
                                       const cyt_raster *raster, uint64_t first,
                                       size_t n, void *out, cyt_error *err);

#endif
