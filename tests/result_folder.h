/**
 * @file result_folder.h
 * @brief A folder for the files of one test, known to all ranks, and bytes of files.
 */
#ifndef CYT_RESULT_FOLDER_H
#define CYT_RESULT_FOLDER_H

#include "test_mpi.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char root[64];

/* Group set-up: a new folder. */
static inline int make_root(void **state)
{
    int rank;
    (void)state;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    if (rank == 0) {
        snprintf(root, sizeof root, "/tmp/cyt_test_XXXXXX");
        if (!mkdtemp(root))
            root[0] = '\0';
    }
    MPI_Bcast(root, sizeof root, MPI_CHAR, 0, MPI_COMM_WORLD);
    return root[0] == '\0';
}

static inline int remove_entry(const char *path, const struct stat *info, int kind,
                               struct FTW *where)
{
    (void)info, (void)kind, (void)where;
    return remove(path);
}

/* Group tear-down: the folder goes. */
static inline int remove_root(void **state)
{
    int rank;
    (void)state;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Barrier(MPI_COMM_WORLD);
    return rank == 0 ? nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS) : 0;
}

/* Path of `name` in the test's folder, in a buffer the caller lends. */
static inline const char *in_root(const char *name, char path[256])
{
    snprintf(path, 256, "%s/%s", root, name);
    return path;
}

/* How many files are in the folder. */
static inline int n_in_root(void)
{
    DIR *folder = opendir(root);
    const struct dirent *entry;
    int n = 0;
    while (folder && (entry = readdir(folder)))
        n += entry->d_name[0] != '.';
    if (folder)
        closedir(folder);
    return n;
}

static inline char *contents(const char *path, size_t *n)
{
    *n = 0;
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    const long end = ftell(file);
    rewind(file);
    char *text = calloc((size_t)end + 1, 1);
    *n = fread(text, 1, (size_t)end, file);
    fclose(file);
    return text;
}

static inline int same_bytes(const char *a, const char *b)
{
    size_t n_a, n_b;
    char *text_a = contents(a, &n_a), *text_b = contents(b, &n_b);
    const int same = text_a && text_b && n_a == n_b && memcmp(text_a, text_b, n_a) == 0;
    if (!same)
        print_message("%s and %s differ\n", a, b);
    free(text_a);
    free(text_b);
    return same;
}

#endif
