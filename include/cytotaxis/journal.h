/**
 * @file journal.h
 * @brief The long steps of a slide that are done already: slides/<sample>.journal.
 *
 * A file of records, each whole or not there. A record is put down when its step is
 * done; a run that was stopped or killed before the slide was finished takes from it
 * what it need not do again.
 *
 *     head     16 bytes that name the format, then the XXH3-128 of what the slide is
 *              made from: input, configuration, program
 *     record   bytes of the key and of the contents, 8 each │ key │ contents │
 *              XXH3-128 of all that
 *     record …
 *
 * Numbers are as the machine holds them: the program is part of what a slide is made
 * from, and another machine's is another. A journal of other things is as none at all.
 * At the first record that is not whole, torn by a kill or a full disk, the file ends,
 * and it is cut there before more is put down. There is no file before the first
 * record.
 *
 * Advantage: no moment at which a kill can do harm, and no second file to swap. Price:
 * what is put down twice takes its room twice; the last counts. Records are given to
 * the kernel, not forced to the disk: what is lost when the node itself goes is done
 * again. XXH3: Y. Collet, xxhash.com; against accidents, not against malice. No MPI.
 */
#ifndef CYT_JOURNAL_H
#define CYT_JOURNAL_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct cyt_journal cyt_journal;

/**
 * Read what is there, if anything is.
 * @param path       borrowed until it is closed
 * @param made_from  text; records made from another are none
 * @param out        [out] to be closed with cyt_journal_close(); NULL on failure
 * @return CYT_OK, also when the file cannot be read; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_journal_open(const char *path, const char *made_from,
                                        cyt_journal **out, cyt_error *err);

/** Whole records that were there. */
size_t cyt_journal_n(const cyt_journal *journal);
/** Was there a journal of something else, or none that can be read, at that path? */
int cyt_journal_was_other(const cyt_journal *journal);

/** Go to the contents of the last record of @p key that was there when the journal was
 *  opened. @return whether there is one, of @p n_bytes */
int cyt_journal_find(cyt_journal *journal, const char *key, uint64_t n_bytes);
/** Read on in it. @return whether all @p n_bytes came */
int cyt_journal_read(cyt_journal *journal, void *out, size_t n_bytes);

/**
 * Begin a record, write its contents piece by piece, end it; with the end it is there.
 * After a failure the file ends with the record before.
 * @param key      at most 255 bytes
 * @param n_bytes  of all contents
 * @return CYT_OK; CYT_ERR_CREATE, CYT_ERR_IO with the path and why
 */
CYT_NODISCARD cyt_code cyt_journal_begin(cyt_journal *journal, const char *key,
                                         uint64_t n_bytes, cyt_error *err);
CYT_NODISCARD cyt_code cyt_journal_write(cyt_journal *journal, const void *contents,
                                         size_t n_bytes, cyt_error *err);
CYT_NODISCARD cyt_code cyt_journal_end(cyt_journal *journal, cyt_error *err);

/** Close it and set NULL; accepts NULL. @param keep  the file, if there is one */
void cyt_journal_close(cyt_journal **journal, int keep);

#endif
