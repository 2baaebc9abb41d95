// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/folder.h"

#include "cytotaxis/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

int cyt_folder_is(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static cyt_code make_one(const char *path, cyt_error *err)
{
    if (cyt_folder_is(path) || mkdir(path, 0777) == 0)
        return CYT_OK;
    const int why = errno;
    if (why == EEXIST && cyt_folder_is(path)) /* another program was faster */
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_CREATE, NULL,
                    "%s: the folder cannot be made (%s); name another", path,
                    strerror(why == EEXIST ? ENOTDIR : why));
}

cyt_code cyt_folder_make(const char *path, cyt_error *err)
{
    char *part = cyt_strdup(path, err);
    if (!part)
        return err->code;
    cyt_code code = CYT_OK;
    for (char *slash = part; code == CYT_OK && (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        code = make_one(part, err);
        *slash = '/';
    }
    if (code == CYT_OK)
        code = make_one(path, err);
    free(part);
    return code;
}

int cyt_folder_is_empty(const char *path)
{
    DIR *folder = opendir(path);
    int n = 0;
    for (const struct dirent *e; folder && (e = readdir(folder)) != NULL;)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    if (folder)
        closedir(folder);
    return n == 0;
}

static int is_part_of(const char *entry, const char *name)
{
    static const char ending[] = ".part";
    const size_t n = strlen(name);
    if (strncmp(entry, name, n) != 0)
        return 0;
    const char *rest = entry + n;
    if (*rest == '.' && strspn(rest + 1, "0123456789abcdef") == CYT_PART_DIGITS)
        rest += 1 + CYT_PART_DIGITS;
    return strcmp(rest, ending) == 0;
}

void cyt_file_remove_parts(const char *path)
{
    char where[4096];
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    snprintf(where, sizeof where, "%.*s", slash ? (int)(name - path) : 1,
             slash ? path : ".");
    DIR *folder = opendir(where);
    for (const struct dirent *e; folder && (e = readdir(folder)) != NULL;)
        if (is_part_of(e->d_name, name))
            unlinkat(dirfd(folder), e->d_name, 0);
    if (folder)
        closedir(folder);
}

FILE *cyt_file_new(const char *path)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return NULL;
    return fopen(path, "wbxe");
}
