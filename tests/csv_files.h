/** @file csv_files.h  Small text files for tests under mpiexec: written, packed, named.
 */
#ifndef CYT_CSV_FILES_H
#define CYT_CSV_FILES_H

#include "cytotaxis/reader.h"
#include "test_mpi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

static int rank, size;
static char folder[64];

enum packing { PLAIN, GZIP, ZST, N_PACKINGS };
static const char *const names[N_PACKINGS] = {"cells.csv", "cells.csv.gz",
                                              "cells.csv.zst"};

static const char *path_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const void *bytes, size_t n)
{
    if (rank == 0) {
        FILE *f = fopen(path_of(name), "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(bytes, 1, n, f), n);
        fclose(f);
    }
    MPI_Barrier(MPI_COMM_WORLD);
}

/* One gzip member or zstd frame. */
static size_t pack(enum packing packing, const char *text, size_t n, char *out,
                   size_t room)
{
    if (packing == ZST) {
        const size_t used = ZSTD_compress(out, room, text, n, 3);
        assert_false(ZSTD_isError(used));
        return used;
    }
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)text;
    z.avail_in = (uInt)n;
    z.next_out = (unsigned char *)out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    const size_t used = z.total_out;
    deflateEnd(&z);
    return used;
}

/* Packed as two members or frames; returns the size. */
static size_t put_packed(enum packing packing, const char *text, size_t n)
{
    if (packing == PLAIN) {
        put(names[PLAIN], text, n);
        return n;
    }
    const size_t room = n + 2000, half = n / 2;
    char *out = malloc(room);
    size_t used = pack(packing, text, half, out, room);
    used += pack(packing, text + half, n - half, out + used, room - used);
    put(names[packing], out, used);
    free(out);
    return used;
}

static inline cyt_source source_of(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return (cyt_source){.sample = "S07", .path = path, .shown_path = name};
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/cyt_csv_XXXXXX");
    if (rank == 0 && !mkdtemp(folder))
        return 1;
    MPI_Bcast(folder, sizeof folder, MPI_CHAR, 0, MPI_COMM_WORLD);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    MPI_Barrier(MPI_COMM_WORLD);
    if (rank != 0)
        return 0;
    for (enum packing p = 0; p < N_PACKINGS; p++)
        unlink(path_of(names[p]));
    unlink(path_of("cells.tsv"));
    return rmdir(folder);
}

#endif
