/**
 * @file origin.h
 * @brief What a slide's result was made from: slides/<sample>.origin.json.
 *
 * A run that resumes keeps a slide when the same program would make the same bytes of
 * it again: same contents of its files, same way of reading them, same configuration,
 * same program. These stand as lines of text beside the result, so that a difference
 * can be named. They stand in a file of their own because the bytes of the result do
 * not depend on them: two formats of the same cells, or two builds of the same program,
 * give the same .h5ad. The file is written last; a result without it is not whole.
 */
#ifndef CYT_ORIGIN_H
#define CYT_ORIGIN_H

#include "cytotaxis/status.h"

#include <stdint.h>

/** Texts of lines, each ended by a newline. */
typedef struct cyt_origin {
    char *input;   /**< of the slide: how its files are read, and their digests */
    char *config;  /**< all that has to do with slides */
    char *program; /**< version, build and libraries */
} cyt_origin;

/** The rest of the file: what run.json tells of a slide that is kept. */
typedef struct cyt_origin_result {
    uint64_t n_cells;
    char *record;     /**< JSON object: types, rows, columns, digests */
    int64_t bytes[2]; /**< of .h5ad and .fields.h5; -1: there is no such file */
} cyt_origin_result;

/**
 * Write the file, under a temporary name that is then changed. Serial.
 * @param path    slides/<sample>.origin.json
 * @param result  bytes of both files as they are now
 */
CYT_NODISCARD cyt_code cyt_origin_write(const char *path, const cyt_origin *origin,
                                        const cyt_origin_result *result,
                                        cyt_error *err);

/**
 * Read it back. Serial.
 * @param origin, result  [out] released with the functions below, also after a failure
 * @return CYT_OK; CYT_ERR_NO_INPUT when there is no such file; CYT_ERR_DATA when it is
 *         not one of these; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_origin_read(const char *path, cyt_origin *origin,
                                       cyt_origin_result *result, cyt_error *err);

/** Sizes of the files of a slide, as they are; @p stem is the path without endings. */
void cyt_origin_sizes(const char *stem, int64_t bytes[2]);

void cyt_origin_free(cyt_origin *origin);
void cyt_origin_result_free(cyt_origin_result *result);

#endif
