// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/journal.h"

#include "cytotaxis/fault.h"
#include "cytotaxis/folder.h"
#include "cytotaxis/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/types.h>
#include <xxhash.h>

static const char what[] = "a journal";

enum { KEY_MOST = 255 }; /* more is no key, but a length that was changed */

typedef struct head {
    char format[16];
    XXH128_canonical_t made_from;
} head;

typedef struct lengths {
    uint64_t key, contents;
} lengths;

/* A record that was there. */
typedef struct record {
    char *key;
    off_t at; /* of its contents */
    uint64_t n_bytes;
} record;

struct cyt_journal {
    const char *path;
    head head;
    FILE *file;          /* NULL: there is none yet */
    off_t end;           /* of the last whole record */
    XXH3_state_t *state; /* of the record under way */
    size_t n, capacity;
    record *record; /* [n] */
    int was_other;
};

/* --- what is there ---------------------------------------------------------------- */

/* All bytes that are read for a record go through its checksum. */
static int take(cyt_journal *j, void *out, size_t n)
{
    return fread(out, 1, n, j->file) == n &&
           XXH3_128bits_update(j->state, out, n) == XXH_OK;
}

static int skip_contents(cyt_journal *j, uint64_t n)
{
    char piece[65536];
    while (n > 0) {
        const size_t now = n < sizeof piece ? (size_t)n : sizeof piece;
        if (!take(j, piece, now))
            return 0;
        n -= now;
    }
    return 1;
}

static int is_sealed(cyt_journal *j)
{
    XXH128_canonical_t there, right;
    XXH128_canonicalFromHash(&right, XXH3_128bits_digest(j->state));
    return fread(&there, sizeof there, 1, j->file) == 1 &&
           memcmp(&there, &right, sizeof there) == 0;
}

/* Lengths may be any numbers: only what fits into the file is believed.
 * @return whether there is one more whole record */
static int scan_record(cyt_journal *j, uint64_t file_bytes, cyt_error *err)
{
    lengths n;
    record r = {0};
    XXH3_128bits_reset(j->state);
    if (!take(j, &n, sizeof n))
        return 0;
    const uint64_t left = file_bytes - (uint64_t)ftello(j->file);
    if (n.key > KEY_MOST || n.key > left || n.contents > left - n.key)
        return 0;
    r.key = cyt_calloc((size_t)n.key + 1, 1, what, err);
    if (r.key && take(j, r.key, (size_t)n.key)) {
        r.at = ftello(j->file);
        r.n_bytes = n.contents;
        if (skip_contents(j, n.contents) && is_sealed(j) &&
            cyt_grow(&j->record, &j->capacity, j->n + 1, sizeof *j->record, what,
                     err) == CYT_OK) {
            j->record[j->n++] = r;
            j->end = ftello(j->file);
            return 1;
        }
    }
    free(r.key);
    return 0;
}

static cyt_code scan(cyt_journal *j, cyt_error *err)
{
    head there;
    if (fseeko(j->file, 0, SEEK_END) != 0)
        return CYT_OK;
    const off_t n = ftello(j->file);
    rewind(j->file);
    if (fread(&there, sizeof there, 1, j->file) != 1 ||
        memcmp(&there, &j->head, sizeof there) != 0)
        return CYT_OK;
    j->end = sizeof there;
    while (scan_record(j, (uint64_t)n, err))
        ;
    return err->code;
}

static cyt_code fill(cyt_journal *j, const char *made_from, cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (CYT_FAULT("journal.open"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    memcpy(j->head.format, "cyt journal 1 \r\n", sizeof j->head.format);
    XXH128_canonicalFromHash(&j->head.made_from,
                             XXH3_128bits(made_from, strlen(made_from)));
    j->state = XXH3_createState();
    if (!j->state)
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "no memory for %s", what);
    j->file = fopen(j->path, "r+be");
    j->was_other = !j->file && errno != ENOENT;
    if (!j->file)
        return CYT_OK;
    setvbuf(j->file, NULL, _IONBF, 0); /* what is written is with the kernel at once */
    CYT_TRY(scan(j, err));
    if (j->end == 0) {
        j->was_other = 1;
        fclose(j->file);
        j->file = NULL;
    }
done:
    return code;
}

cyt_code cyt_journal_open(const char *path, const char *made_from, cyt_journal **out,
                          cyt_error *err)
{
    cyt_journal *j = *out = cyt_calloc(1, sizeof *j, what, err);
    if (!j)
        return err->code;
    j->path = path;
    const cyt_code code = fill(j, made_from, err);
    if (code != CYT_OK)
        cyt_journal_close(out, 1);
    return code;
}

size_t cyt_journal_n(const cyt_journal *j)
{
    return j->n;
}

int cyt_journal_was_other(const cyt_journal *j)
{
    return j->was_other;
}

int cyt_journal_find(cyt_journal *j, const char *key, uint64_t n_bytes)
{
    for (size_t k = j->n; k-- > 0;)
        if (strcmp(j->record[k].key, key) == 0)
            return j->record[k].n_bytes == n_bytes &&
                   fseeko(j->file, j->record[k].at, SEEK_SET) == 0;
    return 0;
}

int cyt_journal_read(cyt_journal *j, void *out, size_t n_bytes)
{
    return !CYT_FAULT("journal.read") && fread(out, 1, n_bytes, j->file) == n_bytes;
}

/* --- what is put down ------------------------------------------------------------- */

/* Cut what is not whole: of the run before, or of the record that failed. */
static int cut(cyt_journal *j)
{
    return fseeko(j->file, j->end, SEEK_SET) == 0 &&
           ftruncate(fileno(j->file), j->end) == 0;
}

static cyt_code fail(cyt_journal *j, cyt_error *err)
{
    const int why = errno;
    (void)!cut(j);
    return CYT_FAIL(err, CYT_ERR_IO, NULL, "cannot write %s: %s", j->path,
                    strerror(why));
}

static cyt_code begin_file(cyt_journal *j, cyt_error *err)
{
    j->file = cyt_file_new(j->path);
    if (!j->file)
        return CYT_FAIL(err, CYT_ERR_CREATE, NULL, "cannot create %s: %s", j->path,
                        strerror(errno));
    setvbuf(j->file, NULL, _IONBF, 0);
    if (fwrite(&j->head, sizeof j->head, 1, j->file) != 1)
        return fail(j, err);
    j->end = sizeof j->head;
    return CYT_OK;
}

cyt_code cyt_journal_write(cyt_journal *j, const void *contents, size_t n_bytes,
                           cyt_error *err)
{
    if (CYT_FAULT("journal.write")) {
        errno = ENOSPC;
        return fail(j, err);
    }
    if (fwrite(contents, 1, n_bytes, j->file) != n_bytes)
        return fail(j, err);
    (void)!XXH3_128bits_update(j->state, contents, n_bytes);
    return CYT_OK;
}

cyt_code cyt_journal_begin(cyt_journal *j, const char *key, uint64_t n_bytes,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    const lengths n = {strlen(key), n_bytes};
    assert(n.key <= KEY_MOST);
    if (!j->file)
        CYT_TRY(begin_file(j, err));
    else if (!cut(j))
        return fail(j, err);
    XXH3_128bits_reset(j->state);
    CYT_TRY(cyt_journal_write(j, &n, sizeof n, err));
    CYT_TRY(cyt_journal_write(j, key, (size_t)n.key, err));
done:
    return code;
}

cyt_code cyt_journal_end(cyt_journal *j, cyt_error *err)
{
    XXH128_canonical_t seal;
    XXH128_canonicalFromHash(&seal, XXH3_128bits_digest(j->state));
    if (fwrite(&seal, sizeof seal, 1, j->file) != 1)
        return fail(j, err);
    j->end = ftello(j->file);
    return CYT_OK;
}

void cyt_journal_close(cyt_journal **journal, int keep)
{
    cyt_journal *j = *journal;
    if (!j)
        return;
    const int is_here = j->file != NULL;
    if (is_here)
        fclose(j->file);
    if ((is_here || j->was_other) && !keep)
        remove(j->path);
    for (size_t k = 0; k < j->n; k++)
        free(j->record[k].key);
    free(j->record);
    XXH3_freeState(j->state);
    free(j);
    *journal = NULL;
}
