// SPDX-License-Identifier: BSD-3-Clause
#include "read/folder_files.h"

#include <stdio.h>
#include <string.h>

#include <dirent.h>
#include <fnmatch.h>

static const char *const packings[] = {"", ".gz", ".zst"};
enum { N_PACKINGS = sizeof packings / sizeof *packings, LONGEST_NAME = 512 };

size_t cyt_folder_stem(const char *name)
{
    const size_t n = strlen(name);
    for (size_t k = 1; k < N_PACKINGS; k++) {
        const size_t m = strlen(packings[k]);
        if (n > m && strcmp(name + n - m, packings[k]) == 0)
            return n - m;
    }
    return n;
}

static int matches(const char *name, const char *pattern)
{
    for (size_t k = 0; k < N_PACKINGS; k++) {
        char packed[LONGEST_NAME];
        const int n = snprintf(packed, sizeof packed, "%s%s", pattern, packings[k]);
        if (n > 0 && (size_t)n < sizeof packed &&
            fnmatch(packed, name, FNM_PERIOD) == 0)
            return 1;
    }
    return 0;
}

/* The first and the last match by name; a name without its packing is the same file. */
typedef struct extremes {
    size_t n;
    char first[LONGEST_NAME], last[LONGEST_NAME];
} extremes;

static void note_match(extremes *e, const char *name)
{
    if (e->n == 0 || strcmp(name, e->first) < 0)
        snprintf(e->first, sizeof e->first, "%s", name);
    if (e->n == 0 || strcmp(name, e->last) > 0)
        snprintf(e->last, sizeof e->last, "%s", name);
    e->n++;
}

static int is_one_file(const extremes *e)
{
    const size_t n = cyt_folder_stem(e->first);
    return n == cyt_folder_stem(e->last) && memcmp(e->first, e->last, n) == 0;
}

static size_t scan(const char *folder, const char *pattern, char *found, size_t room)
{
    char path[4096];
    const char *slash = strrchr(pattern, '/');
    const size_t lead = slash ? (size_t)(slash + 1 - pattern) : 0;
    const int n = snprintf(path, sizeof path, "%s/%.*s", folder, (int)lead, pattern);
    DIR *dir = n > 0 && (size_t)n < sizeof path ? opendir(path) : NULL;
    extremes e = {0};
    for (const struct dirent *d; dir && (d = readdir(dir)) != NULL;)
        if (strlen(d->d_name) < LONGEST_NAME && matches(d->d_name, pattern + lead))
            note_match(&e, d->d_name);
    if (dir)
        closedir(dir);
    if (found)
        snprintf(found, room, "%.*s%s", (int)lead, pattern, e.first);
    return e.n == 0 ? 0 : is_one_file(&e) ? 1 : 2;
}

int cyt_folder_has(const char *folder, const char *pattern)
{
    return scan(folder, pattern, NULL, 0) > 0;
}

size_t cyt_folder_find(const char *folder, const char *pattern, char *found,
                       size_t room)
{
    const size_t n = scan(folder, pattern, found, room);
    return strlen(found) + 1 < room ? n : 0;
}

int cyt_folder_literal(const char *name, size_t n, char *pattern, size_t room)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (used + 3 > room)
            return 0;
        if (strchr("*?[\\", name[i]))
            pattern[used++] = '\\';
        pattern[used++] = name[i];
    }
    pattern[used] = '\0';
    return 1;
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
        if (cyt_folder_has(folder, filled))
            code = cyt_names_add(words, e->d_name, strlen(e->d_name), err);
    }
    if (dir)
        closedir(dir);
    cyt_names_sort(words);
    return code;
}
