/**
 * @file row_store.h
 * @brief Rows of a file of unknown length, growing by doubling.
 *
 * Nothing is allocated per row. A reader that knows how many rows to expect says so,
 * and the arrays then grow once. Type labels become numbers in order of first sight,
 * through a small hash table (XXH3, 64 bits). Labels are few and nearly all short, so
 * those of up to 16 bytes are looked for in a cache first, as two words of eight bytes.
 */
#ifndef CYT_ROW_STORE_H
#define CYT_ROW_STORE_H

#include "cytotaxis/cells.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

/** Labels a slide may have: type numbers are 16 bits wide and one means "none". */
enum { CYT_MAX_LABELS = UINT16_MAX - 1 };

/** A short label as two words, which overlap where it has fewer than 16 bytes. */
typedef struct cyt_short_label {
    uint64_t head, tail;
    uint16_t length; /**< 0: nothing is kept here */
    uint16_t type;
} cyt_short_label;

enum { CYT_SHORT_LABELS = 64 };

/** Numbers of labels, by hashing, the short ones of late by a look. */
typedef struct cyt_label_table {
    cyt_names *labels; /**< borrowed */
    uint32_t *slot;    /**< [n_slots] 1 + number of a label, 0 for a free slot */
    size_t n_slots;    /**< a power of two */
    cyt_short_label recent[CYT_SHORT_LABELS];
    int too_many; /**< more than CYT_MAX_LABELS were seen; the rest has none */
} cyt_label_table;

typedef struct cyt_row_store {
    cyt_rows *rows;     /**< borrowed */
    size_t capacity;    /**< rows there is room for */
    size_t id_capacity; /**< bytes of id_text */
    cyt_label_table types, fields;
} cyt_row_store;

/** Prepare @p rows, which must be empty, for @p n_values columns. */
CYT_NODISCARD cyt_code cyt_store_init(cyt_row_store *store, cyt_rows *rows,
                                      size_t n_values, cyt_error *err);
void cyt_store_free(cyt_row_store *store);

/** Expect @p n_rows in all, from what was seen so far: a good guess saves growing, a
 * bad one does no harm. Nothing happens while there is room for another row. */
CYT_NODISCARD cyt_code cyt_store_expect(cyt_row_store *store, double n_rows,
                                        cyt_error *err);

/** Room for one more row: fill x[n], y[n], place[n], cyt_store_value(), then call
 *  cyt_store_id() or leave the id empty, then count it: rows->n++. */
CYT_NODISCARD cyt_code cyt_store_room(cyt_row_store *store, cyt_error *err);

/** Where value @p column of the row being filled goes. */
double *cyt_store_value(cyt_row_store *store, size_t column);

/** Id of the row being filled. */
CYT_NODISCARD cyt_code cyt_store_id(cyt_row_store *store, const char *id, size_t length,
                                    cyt_error *err);

/** Append to the id of the row being filled. */
CYT_NODISCARD cyt_code cyt_store_id_more(cyt_row_store *store, const char *text,
                                         size_t length, cyt_error *err);

/** Number of the type label @p text. */
CYT_NODISCARD cyt_code cyt_store_label(cyt_row_store *store, const char *text,
                                       size_t length, uint16_t *type, cyt_error *err);

/** Field of view of the row being filled; of every row, or of none. */
CYT_NODISCARD cyt_code cyt_store_field(cyt_row_store *store, const char *text,
                                       size_t length, cyt_error *err);

/** No more rows: bring the value columns together. */
void cyt_store_end(cyt_row_store *store);

#endif
