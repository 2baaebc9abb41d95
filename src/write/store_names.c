// SPDX-License-Identifier: BSD-3-Clause
/* Link names: what HDF5 accepts, the same on every rank, no two alike. */
#include "store_impl.h"

#include "cytotaxis/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int can_be_a_link(const char *name)
{
    return *name && !strchr(name, '/') && strcmp(name, ".") != 0;
}

/* May `name` be called `link`? Not when another one is, or will be because it can keep
 * its own name. */
static int is_free(const cyt_names *coming, const cyt_names *links, const char *name,
                   const char *link)
{
    if (cyt_names_find(links, link) != CYT_NO_NAME)
        return 0;
    return strcmp(name, link) == 0 || !coming ||
           cyt_names_find(coming, link) == CYT_NO_NAME || !can_be_a_link(link);
}

static void write_base(const char *name, char *link, size_t size)
{
    const int is_named = *name && strcmp(name, ".") != 0;
    snprintf(link, size, "%s", is_named ? name : "_");
    for (char *c = link; *c; c++)
        if (*c == '/')
            *c = '_';
}

static cyt_code add_link(const cyt_names *coming, const char *name, cyt_names *links,
                         cyt_error *err)
{
    enum { NUMBER_LENGTH = 24 };
    const size_t length = strlen(name) + 2;
    char *base = cyt_alloc(length, 1, "a link name", err);
    char *link = cyt_alloc(length + NUMBER_LENGTH, 1, "a link name", err);
    cyt_code code = err->code;
    if (code == CYT_OK) {
        write_base(name, base, length);
        memcpy(link, base, length);
        for (size_t k = 2; !is_free(coming, links, name, link); k++)
            snprintf(link, length + NUMBER_LENGTH, "%s_%zu", base, k);
        code = cyt_names_add(links, link, strlen(link), err);
    }
    free(base);
    free(link);
    return code;
}

cyt_code cyt_store_link_name(const char *name, cyt_names *links, cyt_error *err)
{
    return add_link(NULL, name, links, err);
}

cyt_code cyt_store_link_names(const cyt_names *names, cyt_names *links, cyt_error *err)
{
    cyt_code code = CYT_OK;
    *links = (cyt_names){0};
    for (size_t i = 0; i < names->n; i++)
        CYT_TRY(add_link(names, names->name[i], links, err));
done:
    if (code != CYT_OK)
        cyt_names_free(links);
    return code;
}

char *cyt_store_join(const char *group, const char *link, cyt_error *err)
{
    const size_t n = strlen(group) + strlen(link) + 2;
    char *path = cyt_alloc(n, 1, "a path", err);
    if (path)
        snprintf(path, n, "%s/%s", strcmp(group, "/") == 0 ? "" : group, link);
    return path;
}
