// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/mem.h"

#include "cytotaxis/fault.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sys/mman.h>

/* Large blocks ask for large pages: passes over rasters then miss fewer translations
 * and fault once for 2 MiB. Only advice: a kernel that has none goes on as before. */
enum { ALIGN = 64, LARGE_PAGE = 2 << 20, LARGE_BLOCK = 4 * LARGE_PAGE };

static void *ask_for_large_pages(void *block, size_t bytes)
{
    const size_t lead = (LARGE_PAGE - (uintptr_t)block % LARGE_PAGE) % LARGE_PAGE;
    if (block && bytes >= LARGE_BLOCK)
        (void)madvise((char *)block + lead, bytes - lead, MADV_HUGEPAGE);
    return block;
}

static void *refuse(size_t n, size_t size, const char *what, cyt_error *err)
{
    CYT_FAIL(
        err, CYT_ERR_MEMORY, NULL,
        "cannot allocate %zu x %zu bytes for %s; use more ranks, a coarser grid or a "
        "larger machine",
        n, size, what);
    return NULL;
}

void *cyt_alloc(size_t n, size_t size, const char *what, cyt_error *err)
{
    if (CYT_FAULT("mem.alloc") || (size > 0 && n > (SIZE_MAX - LARGE_PAGE) / size))
        return refuse(n, size, what, err);
    const size_t bytes = n * size;
    const size_t align = bytes >= LARGE_BLOCK ? LARGE_PAGE : ALIGN;
    const size_t whole = (bytes + align - 1) / align * align;
    void *p = aligned_alloc(align, whole ? whole : align);
    return p ? ask_for_large_pages(p, whole) : refuse(n, size, what, err);
}

void *cyt_calloc(size_t n, size_t size, const char *what, cyt_error *err)
{
    void *p = cyt_alloc(n, size, what, err);
    if (p)
        memset(p, 0, n * size);
    return p;
}

cyt_code cyt_grow(void *array, size_t *capacity, size_t need, size_t size,
                  const char *what, cyt_error *err)
{
    if (need <= *capacity)
        return CYT_OK;
    size_t want = *capacity ? *capacity : 16;
    while (want < need && want <= SIZE_MAX / 2)
        want *= 2;
    void *old, *grown = NULL;
    memcpy(&old, array, sizeof old);
    if (want >= need && want <= SIZE_MAX / size && !CYT_FAULT("mem.alloc"))
        grown = ask_for_large_pages(realloc(old, want * size), want * size);
    if (!grown) {
        refuse(want, size, what, err);
        return err->code;
    }
    memcpy(array, &grown, sizeof grown);
    *capacity = want;
    return CYT_OK;
}

char *cyt_strdup(const char *text, cyt_error *err)
{
    const size_t n = strlen(text) + 1;
    char *copy = cyt_alloc(n, 1, "a string", err);
    if (copy)
        memcpy(copy, text, n);
    return copy;
}
