/**
 * @file mem.h
 * @brief The one allocation helper: overflow check, alignment, a sentence on failure.
 */
#ifndef CYT_MEM_H
#define CYT_MEM_H

#include "cytotaxis/status.h"

#include <stddef.h>

/**
 * Allocate @p n objects of @p size bytes, 64-byte aligned, not initialised.
 *
 * Never returns NULL for n = 0, so NULL always means failure. Several calls may be made
 * in a row and `err->code` tried once after the last: a filled error stays as it is.
 *
 * @param what  what the memory is for: "cells of slide S07"; goes into the message
 * @return memory to be released with free(); NULL with CYT_ERR_MEMORY in @p err
 */
void *cyt_alloc(size_t n, size_t size, const char *what, cyt_error *err);

/** The same, filled with zero bytes. */
void *cyt_calloc(size_t n, size_t size, const char *what, cyt_error *err);

/**
 * Grow an array to hold at least @p need objects, by doubling; for input of unknown
 * length.
 *
 * @param array     [in,out] address of the array pointer (malloc'ed or NULL)
 * @param capacity  [in,out] objects it can hold
 * @return CYT_OK; CYT_ERR_MEMORY with the old array untouched
 */
CYT_NODISCARD cyt_code cyt_grow(void *array, size_t *capacity, size_t need, size_t size,
                                const char *what, cyt_error *err);

/** Copy of @p text, to be released with free(); NULL with CYT_ERR_MEMORY in @p err. */
char *cyt_strdup(const char *text, cyt_error *err);

#endif
