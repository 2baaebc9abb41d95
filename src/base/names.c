// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/names.h"

#include "cytotaxis/mem.h"

#include <stdlib.h>
#include <string.h>

size_t cyt_names_find(const cyt_names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (strcmp(names->name[i], name) == 0)
            return i;
    return CYT_NO_NAME;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

size_t cyt_names_search(const cyt_names *sorted, const char *name)
{
    if (sorted->n == 0)
        return CYT_NO_NAME;
    char **hit = bsearch(&name, sorted->name, sorted->n, sizeof(char *), by_bytes);
    return hit ? (size_t)(hit - sorted->name) : CYT_NO_NAME;
}

cyt_code cyt_names_add(cyt_names *names, const char *name, size_t length,
                       cyt_error *err)
{
    cyt_code code = cyt_grow(&names->name, &names->capacity, names->n + 1,
                             sizeof(char *), "a list of names", err);
    if (code != CYT_OK)
        return code;
    char *copy = cyt_alloc(length + 1, 1, "a name", err);
    if (!copy)
        return err->code;
    memcpy(copy, name, length);
    copy[length] = '\0';
    names->name[names->n++] = copy;
    return CYT_OK;
}

void cyt_names_sort(cyt_names *names)
{
    if (names->n == 0)
        return;
    qsort(names->name, names->n, sizeof(char *), by_bytes);
    size_t kept = 1;
    for (size_t i = 1; i < names->n; i++) {
        if (strcmp(names->name[i], names->name[kept - 1]) == 0)
            free(names->name[i]);
        else
            names->name[kept++] = names->name[i];
    }
    names->n = kept;
}

void cyt_names_free(cyt_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->name[i]);
    free(names->name);
    *names = (cyt_names){0};
}
