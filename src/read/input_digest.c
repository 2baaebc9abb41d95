// SPDX-License-Identifier: BSD-3-Clause
/* Rank 0 finds the files of all slides, all ranks hash blocks of them, rank 0 puts the
 * texts together. So one rank asks the file system for names, and all of them for
 * contents. */
#include "cytotaxis/input_digest.h"

#include "read/parts.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/strbuf.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

enum { BLOCK_BYTES = 16 << 20, PIECE_BYTES = 1 << 20 };
enum { HASH_BYTES = sizeof(XXH128_canonical_t), HEX = 2 * HASH_BYTES };

/* --- which files ------------------------------------------------------------------ */

/* Those of one slide, in the order of its parts, and how they are read. */
typedef struct slide_files {
    cyt_names paths;
    cyt_strbuf how;
} slide_files;

static cyt_code add_path(cyt_names *paths, const char *path, cyt_error *err)
{
    if (!path || cyt_names_find(paths, path) != CYT_NO_NAME)
        return CYT_OK;
    return cyt_names_add(paths, path, strlen(path), err);
}

/* A folder stands for the files in it, a file for itself. */
static cyt_code add_file(cyt_names *paths, const char *path, cyt_error *err)
{
    DIR *folder = path ? opendir(path) : NULL;
    if (!folder)
        return add_path(paths, path, err);
    cyt_code code = CYT_OK;
    cyt_names inside = {0};
    for (const struct dirent *e; code == CYT_OK && (e = readdir(folder)) != NULL;) {
        char full[4096];
        struct stat st;
        const int n = snprintf(full, sizeof full, "%s/%s", path, e->d_name);
        if (n > 0 && (size_t)n < sizeof full && stat(full, &st) == 0 &&
            S_ISREG(st.st_mode))
            code = cyt_names_add(&inside, full, (size_t)n, err);
    }
    closedir(folder);
    cyt_names_sort(&inside);
    for (size_t i = 0; code == CYT_OK && i < inside.n; i++)
        code = add_path(paths, inside.name[i], err);
    cyt_names_free(&inside);
    return code;
}

static void tell_way(cyt_strbuf *how, const char *what, const char *value,
                     cyt_error *err)
{
    if (value)
        cyt_strbuf_add(how, err, "%s%s \"%s\"", how->n ? ", " : "", what, value);
}

/* The columns of the samplesheet that say how; what a recipe adds follows from the
 * program and the files, but for the numbers that it reads in texts of the folder. */
static void describe_reading(const cyt_sample *s, const cyt_parts *parts,
                             cyt_strbuf *how, cyt_error *err)
{
    tell_way(how, "format", s->format, err);
    tell_way(how, "x", s->x, err);
    tell_way(how, "y", s->y, err);
    tell_way(how, "id", s->id, err);
    tell_way(how, "type", s->type, err);
    tell_way(how, "compartment", s->compartment, err);
    tell_way(how, "filter", s->filter_column, err);
    tell_way(how, "value", s->filter_value, err);
    if (s->decimal_comma)
        tell_way(how, "decimal", ",", err);
    if (!isnan(parts->um_per_unit))
        cyt_strbuf_add(how, err, ", um per unit %.17g", parts->um_per_unit);
    if (!isnan(parts->n_told))
        cyt_strbuf_add(how, err, ", cells told %.17g", parts->n_told);
    if (parts->fields.path)
        cyt_strbuf_add(how, err, ", units per field %.17g", parts->field_units);
    if (!s->regions.path)
        return;
    if (!isnan(s->regions_um_per_px))
        cyt_strbuf_add(how, err, ", um per px of regions %.17g", s->regions_um_per_px);
    for (size_t k = 0; k < 6; k++)
        cyt_strbuf_add(how, err, "%s%.17g", k ? " " : ", affine ",
                       s->regions_affine[k]);
}

static cyt_code find_files(const cyt_sample *sample, const cyt_names *ligands,
                           const char *layer, slide_files *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_parts parts = {0};
    cyt_error why = {0};
    const cyt_code found = cyt_parts_of(sample, ligands, layer, &parts, &why);
    if (found == CYT_OK) {
        describe_reading(sample, &parts, &out->how, err);
        for (size_t k = 0; k < parts.n; k++)
            CYT_TRY(add_file(&out->paths, parts.source[k].path, err));
        CYT_TRY(add_file(&out->paths, parts.fields.path, err));
        CYT_TRY(add_file(&out->paths, sample->regions.path, err));
    } else { /* the slide will fail, and say why */
        cyt_strbuf_add(&out->how, err, "unreadable");
    }
    CYT_TRY(err->code);
done:
    cyt_parts_free(&parts);
    return code;
}

static cyt_code list_files(const cyt_samplesheet *sheet, const cyt_names *ligands,
                           const char *layer, slide_files *slides, cyt_names *all,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (CYT_FAULT("input.list"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    for (size_t s = 0; s < sheet->n; s++) {
        CYT_TRY(find_files(&sheet->samples[s], ligands, layer, &slides[s], err));
        for (size_t k = 0; k < slides[s].paths.n; k++) {
            const char *path = slides[s].paths.name[k];
            CYT_TRY(cyt_names_add(all, path, strlen(path), err));
        }
    }
    cyt_names_sort(all);
done:
    return code;
}

/* --- the names of rank 0 to all --------------------------------------------------- */

static cyt_code pack_names(const cyt_names *names, char **text, size_t *length,
                           cyt_error *err)
{
    *length = 0;
    for (size_t i = 0; i < names->n; i++)
        *length += strlen(names->name[i]) + 1;
    char *at = *text = cyt_alloc(*length, 1, "names of files", err);
    for (size_t i = 0; at && i < names->n; i++)
        at = stpcpy(at, names->name[i]) + 1;
    return err->code;
}

static cyt_code spread_names(MPI_Comm comm, cyt_names *names, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *mine = NULL, *all = NULL;
    size_t length = 0, total = 0;
    CYT_TRY(cyt_agree(comm, pack_names(names, &mine, &length, err), err));
    CYT_TRY(cyt_allgather_text(comm, mine, length, &all, &total, err));
    if (cyt_comm_rank(comm) > 0)
        for (size_t at = 0; code == CYT_OK && at < total; at += strlen(all + at) + 1)
            code = cyt_names_add(names, all + at, strlen(all + at), err);
    CYT_TRY(cyt_agree(comm, code, err));
done:
    free(mine);
    free(all);
    return code;
}

/* --- what is in them -------------------------------------------------------------- */

/* All files, as one row of blocks. */
typedef struct blocks {
    size_t n_files;
    uint64_t *size;           /* [n_files] bytes */
    uint64_t *first;          /* [n_files + 1] blocks before each file */
    unsigned char *bad;       /* [n_files] could not be read */
    XXH128_canonical_t *hash; /* [blocks] those of other ranks are 0 */
    char *piece;              /* room for PIECE_BYTES */
} blocks;

static uint64_t blocks_in(uint64_t bytes)
{
    return bytes / BLOCK_BYTES + (bytes % BLOCK_BYTES != 0);
}

static cyt_code alloc_files(size_t n, blocks *b, cyt_error *err)
{
    b->n_files = n;
    b->size = cyt_calloc(n, sizeof *b->size, "sizes of files", err);
    b->first = cyt_calloc(n + 1, sizeof *b->first, "sizes of files", err);
    b->bad = cyt_calloc(n, 1, "sizes of files", err);
    b->piece = cyt_alloc(PIECE_BYTES, 1, "a piece of a file", err);
    return err->code;
}

static cyt_code alloc_hashes(blocks *b, cyt_error *err)
{
    for (size_t f = 0; f < b->n_files; f++)
        b->first[f + 1] = b->first[f] + blocks_in(b->size[f]);
    const size_t n = (size_t)b->first[b->n_files];
    b->hash = cyt_calloc(n, sizeof *b->hash, "hashes of files", err);
    cyt_mpi_count(n * sizeof *b->hash, err);
    return err->code;
}

static void free_blocks(blocks *b)
{
    free(b->size);
    free(b->first);
    free(b->bad);
    free(b->hash);
    free(b->piece);
}

static void find_sizes(const cyt_names *paths, blocks *b)
{
    for (size_t f = 0; f < b->n_files; f++) {
        struct stat st;
        b->bad[f] = stat(paths->name[f], &st) != 0;
        b->size[f] = b->bad[f] ? 0 : (uint64_t)st.st_size;
    }
}

/* @return 0 if the file is shorter than it was, or cannot be read */
static int hash_block(int file, uint64_t at, uint64_t bytes, char *piece,
                      XXH128_canonical_t *hash)
{
    XXH3_state_t *state = XXH3_createState();
    int well = state && XXH3_128bits_reset(state) == XXH_OK;
    while (well && bytes > 0) {
        const size_t want = bytes < PIECE_BYTES ? (size_t)bytes : PIECE_BYTES;
        const ssize_t got = pread(file, piece, want, (off_t)at);
        well = got > 0 && XXH3_128bits_update(state, piece, (size_t)got) == XXH_OK;
        at += well ? (uint64_t)got : 0;
        bytes -= well ? (uint64_t)got : 0;
    }
    if (well)
        XXH128_canonicalFromHash(hash, XXH3_128bits_digest(state));
    XXH3_freeState(state);
    return well;
}

/* The blocks of file @p f that are among [begin, end). */
static void hash_file(const char *path, size_t f, uint64_t begin, uint64_t end,
                      const cyt_stop *stop, blocks *b)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    b->bad[f] |= file < 0;
    begin = begin > b->first[f] ? begin : b->first[f];
    end = end < b->first[f + 1] ? end : b->first[f + 1];
    for (uint64_t k = begin; k < end && !b->bad[f]; k++) {
        if (cyt_stop_seen(stop) != CYT_OK)
            break;
        const uint64_t at = (k - b->first[f]) * BLOCK_BYTES, left = b->size[f] - at;
        b->bad[f] |= !hash_block(file, at, left < BLOCK_BYTES ? left : BLOCK_BYTES,
                                 b->piece, &b->hash[k]);
    }
    if (file >= 0)
        close(file);
}

static void hash_share(const cyt_names *paths, size_t rank, size_t size,
                       const cyt_stop *stop, blocks *b)
{
    const uint64_t n = b->first[b->n_files];
    const uint64_t begin = n * rank / size, end = n * (rank + 1) / size;
    for (size_t f = 0; f < b->n_files; f++)
        if (!b->bad[f] && b->first[f] < end && b->first[f + 1] > begin)
            hash_file(paths->name[f], f, begin, end, stop, b);
}

static void file_hex(const blocks *b, size_t f, char hex[HEX + 1])
{
    const uint64_t n = b->first[f + 1] - b->first[f];
    XXH128_canonical_t all;
    XXH128_canonicalFromHash(
        &all, XXH3_128bits(b->hash + b->first[f], (size_t)n * sizeof *b->hash));
    for (size_t i = 0; i < HASH_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", all.digest[i]);
    if (b->bad[f])
        snprintf(hex, HEX + 1, "unreadable");
}

static cyt_code hash_all(MPI_Comm comm, const cyt_names *paths, const cyt_stop *stop,
                         blocks *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const int rank = cyt_comm_rank(comm);
    CYT_TRY(cyt_agree(comm, alloc_files(paths->n, b, err), err));
    if (rank == 0)
        find_sizes(paths, b);
    cyt_bcast(b->size, (int)b->n_files, MPI_UINT64_T, 0, comm);
    CYT_TRY(cyt_agree(comm, alloc_hashes(b, err), err));
    hash_share(paths, (size_t)rank, (size_t)cyt_comm_size(comm), stop, b);
    CYT_TRY(cyt_stop_check(comm, stop, err));
    const size_t n = (size_t)b->first[b->n_files] * sizeof *b->hash;
    cyt_reduce(rank == 0 ? MPI_IN_PLACE : (void *)b->hash, b->hash, (int)n, MPI_BYTE,
               MPI_BOR, 0, comm);
    cyt_reduce(rank == 0 ? MPI_IN_PLACE : (void *)b->bad, b->bad, (int)b->n_files,
               MPI_UNSIGNED_CHAR, MPI_MAX, 0, comm);
done:
    return code;
}

/* --- texts ------------------------------------------------------------------------ */

static cyt_code write_texts(size_t n, slide_files *slides, const cyt_names *paths,
                            const blocks *b, cyt_names *texts, cyt_error *err)
{
    for (size_t s = 0; s < n; s++) {
        cyt_strbuf *text = &slides[s].how;
        cyt_strbuf_add(text, err, "\n");
        for (size_t k = 0; k < slides[s].paths.n; k++) {
            const char *path = slides[s].paths.name[k], *slash = strrchr(path, '/');
            char hex[HEX + 1];
            file_hex(b, cyt_names_search(paths, path), hex);
            cyt_strbuf_add(text, err, "%s xxh3_128 %s\n", slash ? slash + 1 : path,
                           hex);
        }
        if (err->code == CYT_OK)
            (void)!cyt_names_add(texts, text->text, text->n, err);
    }
    return err->code;
}

cyt_code cyt_input_digests(MPI_Comm comm, const cyt_samplesheet *sheet,
                           const cyt_names *ligands, const char *layer,
                           const cyt_stop *stop, cyt_names *texts, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names paths = {0};
    blocks b = {0};
    const int first = cyt_comm_rank(comm) == 0;
    slide_files *slides = cyt_calloc(sheet->n, sizeof *slides, "files of slides", err);
    if (slides && first)
        (void)!list_files(sheet, ligands, layer, slides, &paths, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(spread_names(comm, &paths, err));
    CYT_TRY(hash_all(comm, &paths, stop, &b, err));
    if (first)
        code = write_texts(sheet->n, slides, &paths, &b, texts, err);
    CYT_TRY(cyt_agree(comm, code, err));
    CYT_TRY(spread_names(comm, texts, err));
done:
    for (size_t s = 0; slides && s < sheet->n; s++) {
        cyt_names_free(&slides[s].paths);
        cyt_strbuf_free(&slides[s].how);
    }
    free(slides);
    free_blocks(&b);
    cyt_names_free(&paths);
    return code;
}

cyt_code cyt_file_digest(const char *path, char hex[HEX + 1], cyt_error *err)
{
    cyt_code code = CYT_OK;
    static const cyt_stop never = {0};
    char copy[4096];
    snprintf(copy, sizeof copy, "%s", path);
    char *one[] = {copy};
    const cyt_names paths = {.n = 1, .name = one};
    blocks b = {0};
    CYT_TRY(alloc_files(1, &b, err));
    find_sizes(&paths, &b);
    CYT_TRY(alloc_hashes(&b, err));
    hash_share(&paths, 0, 1, &never, &b);
    if (b.bad[0])
        code = CYT_FAIL(err, CYT_ERR_NO_INPUT, NULL, "%s cannot be read", path);
    else
        file_hex(&b, 0, hex);
done:
    free_blocks(&b);
    return code;
}
