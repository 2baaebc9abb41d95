/** @file analysis_model.h  What a static analyser must know of functions it cannot see.
 *
 * It looks at one file at a time, so it would believe that an allocation can fail and
 * yet leave the error empty, or that a failed rank can hear from cyt_agree() that all
 * is well. tests/analyse.sh puts this before every file but those that define these.
 */
#ifndef CYT_ANALYSIS_MODEL_H
#define CYT_ANALYSIS_MODEL_H

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/status.h"

#include <stdlib.h>

static inline cyt_code cyt_fail_model(cyt_error *err, cyt_code code)
{
    if (err->code == CYT_OK)
        err->code = code;
    return err->code;
}
/* A function with "..." is not looked into, so the words go to one and the code does
 * not. */
void cyt_said(const char *subject, const char *fmt, ...);
#undef CYT_FAIL
#define CYT_FAIL(err, code, subject, ...)                                              \
    (cyt_said((subject), __VA_ARGS__), cyt_fail_model((err), (code)))

void *cyt_alloc(size_t n, size_t size, const char *what, cyt_error *err)
{
    void *p = malloc(n * size + 1);
    (void)what;
    if (!p && err->code == CYT_OK)
        err->code = CYT_ERR_MEMORY;
    return p;
}

void *cyt_calloc(size_t n, size_t size, const char *what, cyt_error *err)
{
    void *p = calloc(n + 1, size);
    (void)what;
    if (!p && err->code == CYT_OK)
        err->code = CYT_ERR_MEMORY;
    return p;
}

char *cyt_strdup(const char *text, cyt_error *err)
{
    (void)text;
    return cyt_calloc(1, 1, "", err);
}

static inline cyt_code cyt_agree_model(cyt_code others, cyt_code local, cyt_error *err)
{
    const cyt_code code = local != CYT_OK ? local : others;
    if (code != CYT_OK && err->code == CYT_OK)
        err->code = code;
    return code;
}

cyt_code cyt_others(const void *comm);
#define cyt_agree(comm, local, err)                                                    \
    cyt_agree_model(cyt_others((const void *)(comm)), local, err)

#endif
