// SPDX-License-Identifier: BSD-3-Clause
#include "read/folder_files.h"

#include <stdio.h>
#include <string.h>

#include <dirent.h>
#include <fnmatch.h>

static int matches(const char *name, const char *pattern)
{
    static const char *const packings[] = {"", ".gz", ".zst"};
    for (size_t k = 0; k < 3; k++) {
        char packed[512];
        const int n = snprintf(packed, sizeof packed, "%s%s", pattern, packings[k]);
        if (n > 0 && (size_t)n < sizeof packed &&
            fnmatch(packed, name, FNM_PERIOD) == 0)
            return 1;
    }
    return 0;
}

/* The number of matches; the first of them by name into found, if wanted. */
static size_t scan(const char *folder, const char *pattern, char *found, size_t room)
{
    char path[4096];
    const char *slash = strrchr(pattern, '/');
    const size_t lead = slash ? (size_t)(slash + 1 - pattern) : 0;
    const int n = snprintf(path, sizeof path, "%s/%.*s", folder, (int)lead, pattern);
    DIR *dir = n > 0 && (size_t)n < sizeof path ? opendir(path) : NULL;
    size_t n_found = 0;
    char first[512] = "";
    for (const struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
        if (!matches(e->d_name, pattern + lead) || strlen(e->d_name) >= sizeof first)
            continue;
        if (n_found++ == 0 || strcmp(e->d_name, first) < 0)
            memcpy(first, e->d_name, strlen(e->d_name) + 1);
    }
    if (dir)
        closedir(dir);
    if (found)
        snprintf(found, room, "%.*s%s", (int)lead, pattern, first);
    return n_found;
}

size_t cyt_folder_count(const char *folder, const char *pattern)
{
    return scan(folder, pattern, NULL, 0);
}

int cyt_folder_find(const char *folder, const char *pattern, char *found, size_t room)
{
    return scan(folder, pattern, found, room) > 0 && strlen(found) + 1 < room;
}

cyt_code cyt_folder_words(const char *folder, const char *pattern, cyt_names *words,
                          cyt_error *err)
{
    char path[4096], filled[1024];
    cyt_code code = CYT_OK;
    const char *at = strstr(pattern, "%s");
    const int lead = at ? (int)(at - pattern) : 0;
    const int n = snprintf(path, sizeof path, "%s/%.*s", folder, lead, pattern);
    DIR *dir = at && n > 0 && (size_t)n < sizeof path ? opendir(path) : NULL;
    for (const struct dirent *e; code == CYT_OK && dir && (e = readdir(dir)) != NULL;) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(filled, sizeof filled, "%.*s%s%s", lead, pattern, e->d_name, at + 2);
        if (cyt_folder_count(folder, filled) > 0)
            code = cyt_names_add(words, e->d_name, strlen(e->d_name), err);
    }
    if (dir)
        closedir(dir);
    cyt_names_sort(words);
    return code;
}
