// SPDX-License-Identifier: BSD-3-Clause
/* Digests: each rank hashes the chunk rows it owns, rank 0 hashes these hashes. */
#include "store_impl.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

enum { HASH_BYTES = sizeof(XXH128_canonical_t) };

static size_t blocks_of(uint64_t n_rows, uint64_t block_rows)
{
    return (size_t)(n_rows / block_rows + (n_rows % block_rows != 0));
}

static void hash_blocks(uint64_t n_rows, uint64_t block_rows, size_t row_bytes,
                        const char *data, XXH128_canonical_t *hash)
{
    for (uint64_t row = 0, b = 0; row < n_rows; row += block_rows, b++) {
        const uint64_t left = n_rows - row;
        const size_t rows = (size_t)(left < block_rows ? left : block_rows);
        const char *block = data + row * row_bytes;
        XXH128_canonicalFromHash(&hash[b], XXH3_128bits(block, rows * row_bytes));
    }
}

static void as_text(const XXH128_canonical_t *hash, size_t n, char hex[CYT_STORE_HEX])
{
    XXH128_canonical_t all;
    XXH128_canonicalFromHash(&all, XXH3_128bits(hash, n * sizeof *hash));
    for (size_t i = 0; i < HASH_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", all.digest[i]);
}

static cyt_code keep(cyt_store *store, const char *path, const char *hex,
                     cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_grow(&store->digests, &store->digest_capacity, store->n_digests + 1,
                     sizeof *store->digests, "digests", err));
    cyt_store_digest *digest = &store->digests[store->n_digests];
    digest->path = cyt_strdup(path, err);
    CYT_TRY(err->code);
    store->n_digests++;
    memcpy(digest->hex, hex, sizeof digest->hex);
done:
    return code;
}

typedef struct gathering {
    XXH128_canonical_t *mine;
    XXH128_canonical_t *all; /* rank 0, else NULL */
    int *counts, *starts;    /* rank 0: bytes of each rank */
} gathering;

static cyt_code alloc_gathering(gathering *g, size_t mine, size_t all, size_t size,
                                cyt_error *err)
{
    g->mine = cyt_alloc(mine, sizeof *g->mine, "digests", err);
    g->all = cyt_alloc(all, sizeof *g->all, "digests", err);
    g->counts = cyt_alloc(size, sizeof(int), "digests", err);
    g->starts = cyt_alloc(size, sizeof(int), "digests", err);
    cyt_mpi_count(all * sizeof *g->all, err);
    return err->code;
}

static void gather(MPI_Comm comm, gathering *g, const uint64_t *starts,
                   uint64_t block_rows)
{
    const int rank = cyt_comm_rank(comm), size = cyt_comm_size(comm);
    for (int r = 0; r < size; r++) {
        const size_t n = blocks_of(starts[r + 1] - starts[r], block_rows);
        g->counts[r] = (int)(n * HASH_BYTES);
        g->starts[r] = r == 0 ? 0 : g->starts[r - 1] + g->counts[r - 1];
    }
    cyt_gatherv(g->mine, g->counts[rank], MPI_BYTE, g->all, g->counts, g->starts,
                MPI_BYTE, 0, comm);
}

cyt_code cyt_store_hash(cyt_store *store, const uint64_t *starts, uint64_t block_rows,
                        size_t row_bytes, const void *data, char hex[CYT_STORE_HEX],
                        cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(store->comm), me = (size_t)store->rank;
    const uint64_t n_rows = starts[me + 1] - starts[me];
    const size_t n_all = blocks_of(starts[size], block_rows);
    gathering g = {0};
    CYT_TRY(cyt_store_meet(store,
                           alloc_gathering(&g, blocks_of(n_rows, block_rows),
                                           me == 0 ? n_all : 0, size, err),
                           err));
    hash_blocks(n_rows, block_rows, row_bytes, data, g.mine);
    gather(store->comm, &g, starts, block_rows);
    if (me == 0)
        as_text(g.all, n_all, hex);
done:
    free(g.mine);
    free(g.all);
    free(g.counts);
    free(g.starts);
    return code;
}

cyt_code cyt_store_add_digest(cyt_store *store, const char *path,
                              const uint64_t *starts, uint64_t block_rows,
                              size_t row_bytes, const void *data, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char hex[CYT_STORE_HEX];
    CYT_TRY(cyt_store_hash(store, starts, block_rows, row_bytes, data, hex, err));
    CYT_TRY(cyt_store_meet(
        store, store->rank == 0 ? keep(store, path, hex, err) : CYT_OK, err));
done:
    return code;
}

size_t cyt_store_digests(const cyt_store *store, const cyt_store_digest **digests)
{
    *digests = store->digests;
    return store->n_digests;
}

static cyt_code append_lines(const cyt_store *store, cyt_names *lines, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *line = NULL;
    for (size_t i = 0; i < store->n_digests; i++) {
        const cyt_store_digest *d = &store->digests[i];
        const size_t n = strlen(d->path) + 1 + strlen(d->hex);
        free(line);
        line = cyt_alloc(n + 1, 1, "digests", err);
        CYT_TRY(err->code);
        snprintf(line, n + 1, "%s\t%s", d->path, d->hex);
        CYT_TRY(cyt_names_add(lines, line, n, err));
    }
done:
    free(line);
    return code;
}

cyt_code cyt_store_take_digests(cyt_store *store, cyt_names *lines, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_store_state(store, err));
    CYT_TRY(cyt_store_meet(store, append_lines(store, lines, err), err));
done:
    return code;
}
