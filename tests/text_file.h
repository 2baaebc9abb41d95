/**
 * @file text_file.h
 * @brief For tests of readers of text: a folder to write in, expected lines, mutations,
 *        and allocations that fail one after the other.
 *
 * The last needs the test linked with --wrap for the functions of mem.h
 * (cyt_test_failing_memory() in CMakeLists.txt).
 */
#ifndef CYT_TEXT_FILE_H
#define CYT_TEXT_FILE_H

#include "test.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/problems.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- files ------------------------------------------------------------------------ */

static char text_folder[] = "/tmp/cytotaxis_test_XXXXXX";

/* Group set-up: a new folder becomes the working directory. */
static inline int enter_folder(void **state)
{
    (void)state;
    return mkdtemp(text_folder) && chdir(text_folder) == 0 ? 0 : -1;
}

/* Group tear-down: the folder goes, with the files the tests have written there. */
static inline int leave_folder(void **state)
{
    static const char *const written[] = {"config.yaml", "sheet.csv", "a.csv", "b.csv"};
    (void)state;
    for (size_t i = 0; i < sizeof written / sizeof *written; i++)
        unlink(written[i]);
    return chdir("/") == 0 && rmdir(text_folder) == 0 ? 0 : -1;
}

static inline void write_file(const char *path, const char *text, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

/* --- problems --------------------------------------------------------------------- */

/* The problems are these lines, in this order; the list is emptied. */
static inline void expect_lines(cyt_problems *problems, const char *want)
{
    char got[16384] = "";
    for (size_t i = 0, at = 0; i < problems->n && at < sizeof got; i++)
        at += (size_t)snprintf(got + at, sizeof got - at, "%s%s", i ? "\n" : "",
                               problems->item[i].text);
    assert_string_equal(got, want);
    cyt_problems_free(problems);
}

/* --- mutations -------------------------------------------------------------------- */

/* A generator good enough to pick bytes (Marsaglia 2003, doi:10.18637/jss.v008.i14). */
static inline size_t pick(uint64_t *seed, size_t n)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (size_t)(*seed % n);
}

/* Copy @p text with one to four bytes changed, taken out or put in, or the end cut off;
 * @p size is at least n + 4. */
static inline size_t mutate(const char *text, size_t n, char *to, size_t size,
                            uint64_t *seed)
{
    static const char liked[] = "[]{}:,-&*!|>'\"%@`#?~\n\t\r =;\\\xFF\xC3";
    assert_true(n + 4 <= size);
    memcpy(to, text, n);
    for (size_t k = 0, changes = 1 + pick(seed, 4); k < changes && n > 1; k++) {
        const size_t at = pick(seed, n), what = pick(seed, 8);
        const char byte = pick(seed, 2) ? liked[pick(seed, sizeof liked)]
                                        : (char)(unsigned char)pick(seed, 256);
        if (what == 0) {
            n = at + 1;
        } else if (what < 3) {
            memmove(to + at, to + at + 1, n - at - 1);
            n--;
        } else if (what < 5) {
            memmove(to + at + 1, to + at, n - at);
            n++;
            to[at] = byte;
        } else {
            to[at] = byte;
        }
    }
    return n;
}

/* --- failing memory --------------------------------------------------------------- */

#ifdef CYT_FAILING_MEMORY
/* Allocations that still succeed; SIZE_MAX: all do. */
static size_t allocations_left = SIZE_MAX;
static int allocation_was_refused;

static inline int out_of_memory(cyt_error *err)
{
    if (allocations_left == SIZE_MAX)
        return 0;
    if (allocations_left > 0) {
        allocations_left--;
        return 0;
    }
    allocation_was_refused = 1;
    CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "refused by the test");
    return 1;
}

/* The allocation after @p n more fails, and all later ones. */
static inline void fail_allocation(size_t n)
{
    allocations_left = n;
    allocation_was_refused = 0;
}

/* Was one refused? All succeed from now on. */
static inline int allocation_failed(void)
{
    allocations_left = SIZE_MAX;
    return allocation_was_refused;
}

void *__real_cyt_alloc(size_t n, size_t size, const char *what, cyt_error *err);
void *__real_cyt_calloc(size_t n, size_t size, const char *what, cyt_error *err);
char *__real_cyt_strdup(const char *text, cyt_error *err);
cyt_code __real_cyt_grow(void *array, size_t *capacity, size_t need, size_t size,
                         const char *what, cyt_error *err);
void *__wrap_cyt_alloc(size_t n, size_t size, const char *what, cyt_error *err);
void *__wrap_cyt_calloc(size_t n, size_t size, const char *what, cyt_error *err);
char *__wrap_cyt_strdup(const char *text, cyt_error *err);
cyt_code __wrap_cyt_grow(void *array, size_t *capacity, size_t need, size_t size,
                         const char *what, cyt_error *err);

void *__wrap_cyt_alloc(size_t n, size_t size, const char *what, cyt_error *err)
{
    return out_of_memory(err) ? NULL : __real_cyt_alloc(n, size, what, err);
}

void *__wrap_cyt_calloc(size_t n, size_t size, const char *what, cyt_error *err)
{
    return out_of_memory(err) ? NULL : __real_cyt_calloc(n, size, what, err);
}

char *__wrap_cyt_strdup(const char *text, cyt_error *err)
{
    return out_of_memory(err) ? NULL : __real_cyt_strdup(text, err);
}

cyt_code __wrap_cyt_grow(void *array, size_t *capacity, size_t need, size_t size,
                         const char *what, cyt_error *err)
{
    if (need > *capacity && out_of_memory(err))
        return err->code;
    return __real_cyt_grow(array, capacity, need, size, what, err);
}
#endif

#endif
