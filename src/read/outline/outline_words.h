/**
 * @file outline_words.h
 * @brief The different words of a column, as long as they are few; and the outlines of
 * single formats.
 */
#ifndef CYT_OUTLINE_WORDS_H
#define CYT_OUTLINE_WORDS_H

#include "cytotaxis/outline.h"

/** What a column has shown so far; `{0}` is nothing. */
typedef struct cyt_words {
    cyt_names seen;
    uint64_t n;     /**< words, missing ones not counted */
    int is_settled; /**< too many, or real numbers: no column of labels */
    int is_words;   /**< some are not numbers */
    int in_part;    /**< not all rows were looked at */
    int declared;   /**< the file calls them categories */
} cyt_words;

/** Take up the word of a further row; cheap once the column is settled. */
CYT_NODISCARD cyt_code cyt_words_add(cyt_words *words, const char *text, size_t length,
                                     cyt_error *err);

/** Note @p column among those with few labels, if its words are labels: at least two,
 * and most of them repeated, unless they are declared. Empties @p words. */
CYT_NODISCARD cyt_code cyt_words_end(cyt_words *words, const char *column,
                                     cyt_outline *outline, cyt_error *err);

/** Append a line made as by printf to a list. */
CYT_NODISCARD cyt_code cyt_outline_note(cyt_names *list, cyt_error *err,
                                        const char *fmt, ...) CYT_PRINTF(3, 4);

/** The outlines of single formats; see cyt_outline_read(). */
CYT_NODISCARD cyt_code cyt_outline_csv(const cyt_source *source, cyt_outline *outline,
                                       cyt_error *err);
CYT_NODISCARD cyt_code cyt_outline_polygons(const cyt_source *source,
                                            cyt_outline *outline, cyt_error *err);
CYT_NODISCARD cyt_code cyt_outline_mtx(const cyt_source *source, cyt_outline *outline,
                                       cyt_error *err);
CYT_NODISCARD cyt_code cyt_outline_h5ad(const cyt_source *source, cyt_outline *outline,
                                        cyt_error *err);
CYT_NODISCARD cyt_code cyt_outline_loom(const cyt_source *source, cyt_outline *outline,
                                        cyt_error *err);
CYT_NODISCARD cyt_code cyt_outline_tenx(const cyt_source *source, cyt_outline *outline,
                                        cyt_error *err);

#endif
