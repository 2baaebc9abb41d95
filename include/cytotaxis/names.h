/**
 * @file names.h
 * @brief A list of names (cell types, metrics), each a NUL-terminated UTF-8 string.
 *
 * Names are compared and sorted by bytes (strcmp), so the order is the same on every
 * machine and in every locale.
 */
#ifndef CYT_NAMES_H
#define CYT_NAMES_H

#include "cytotaxis/status.h"

#include <stddef.h>

typedef struct cyt_names {
    size_t n;
    size_t capacity;
    char **name; /**< [n], owned */
} cyt_names;

#define CYT_NO_NAME ((size_t)-1)

/** Longest name of a type, a set of types or a signal, in bytes: the config and the
 *  slide refuse longer ones, so that no two become one where they are printed. What a
 *  variant of a signal adds, "@120um@closed", is part of CYT_NAME_SIZE, the room for
 * any of them with its NUL. */
enum { CYT_MOST_NAME = 255, CYT_NAME_SIZE = CYT_MOST_NAME + 1 + 64 };

/** Position of @p name, CYT_NO_NAME if absent. Linear: for short lists. */
size_t cyt_names_find(const cyt_names *names, const char *name);
/** Position of @p name in a list sorted by cyt_names_sort(). Logarithmic. */
size_t cyt_names_search(const cyt_names *sorted, const char *name);
/** Append a copy; @p length bytes, no NUL needed. Duplicates are kept. */
CYT_NODISCARD cyt_code cyt_names_add(cyt_names *names, const char *name, size_t length,
                                     cyt_error *err);
/** Sort by bytes and drop duplicates. */
void cyt_names_sort(cyt_names *names);
void cyt_names_free(cyt_names *names);

#endif
