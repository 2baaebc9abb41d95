/**
 * @file store_groups.h
 * @brief Files that groups of 1, 2, … ranks write, compared byte by byte; rows whose
 * values tell their place.
 */
#ifndef CYT_STORE_GROUPS_H
#define CYT_STORE_GROUPS_H

#include "cytotaxis/store.h"
#include "result_folder.h"

#include <hdf5.h>

static int rank, size;

typedef void write_fn(cyt_store *store, int group_rank, int group_size);

/* The first `n` ranks write a file called "<name>.<n>". */
static inline void write_with(int n, const char *name, write_fn *write)
{
    MPI_Comm group;
    MPI_Comm_split(MPI_COMM_WORLD, rank < n ? 0 : MPI_UNDEFINED, rank, &group);
    int good = 1;
    if (group != MPI_COMM_NULL) {
        char file[64], path[256];
        cyt_store *store;
        cyt_error err = {0};
        snprintf(file, sizeof file, "%s.%d", name, n);
        good = cyt_store_create(group, in_root(file, path), &store, &err) == CYT_OK;
        if (good)
            write(store, rank, n);
        good = good && cyt_store_close(&store, 1, &err) == CYT_OK;
        if (!good)
            print_message("%s: %s\n", err.subject, err.text);
        MPI_Comm_free(&group);
    }
    assert_all(good);
}

static inline void same_for_all_groups(const char *name, int step, write_fn *write)
{
    char file[64], one[256], other[256];
    snprintf(file, sizeof file, "%s.1", name);
    in_root(file, one);
    write_with(1, name, write);
    for (int n = 1 + step; n <= size; n += step) {
        write_with(n, name, write);
        snprintf(file, sizeof file, "%s.%d", name, n);
        assert_all(rank != 0 || same_bytes(one, in_root(file, other)));
    }
}

/* First row of rank r of n: strips of very different height, some without rows. */
static inline uint64_t uneven(uint64_t n_rows, int r, int n)
{
    if (r == 0 || r >= n)
        return r == 0 ? 0 : n_rows;
    const uint64_t cut = n_rows * (uint64_t)(r * r) / (uint64_t)(n * n);
    return r % 3 == 2 ? uneven(n_rows, r - 1, n) : cut;
}

/* Rows of 32-bit floats whose values tell their place. */
static inline float value_at(uint64_t row, size_t col)
{
    return (float)((row * 31 + col * 7) % 1009);
}

static inline cyt_code write_floats(cyt_store *store, const char *path,
                                    const cyt_store_layout *layout, int r, int n)
{
    cyt_error err = {0};
    const uint64_t first = uneven(layout->n_rows, r, n);
    const uint64_t count = uneven(layout->n_rows, r + 1, n) - first;
    float *data = calloc((size_t)count + 1, layout->n_cols * sizeof *data);
    for (uint64_t i = 0; i < count; i++)
        for (size_t k = 0; k < layout->n_cols; k++)
            data[i * layout->n_cols + k] = value_at(first + i, k);
    const cyt_code code =
        cyt_store_rows(store, path, layout, first, count, count ? data : NULL, &err);
    if (code != CYT_OK)
        print_message("%s: %s\n", path, err.text);
    free(data);
    return code;
}

/* Rank 0: does the dataset hold these floats? */
static inline int floats_read_back(const char *name, const char *link, uint64_t n_rows,
                                   size_t n_cols)
{
    char path[256];
    const size_t n = (size_t)n_rows * n_cols;
    float *data = malloc(n * sizeof *data);
    const hid_t file = H5Fopen(in_root(name, path), H5F_ACC_RDONLY, H5P_DEFAULT);
    const hid_t set = H5Dopen2(file, link, H5P_DEFAULT);
    int good = H5Dread(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0;
    for (size_t i = 0; good && i < n; i++)
        good = data[i] == value_at(i / n_cols, i % n_cols);
    H5Dclose(set);
    H5Fclose(file);
    free(data);
    return good;
}

#endif
