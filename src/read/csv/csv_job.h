/**
 * @file csv_job.h
 * @brief What one rank does with a delimited file: open it, read its header, parse its
 * blocks.
 *
 * No MPI: which blocks are whose, and whether all ranks together have the whole file,
 * is csv.c's.
 */
#ifndef CYT_CSV_JOB_H
#define CYT_CSV_JOB_H

#include "read/csv/csv_columns.h"
#include "read/csv/csv_row.h"
#include "read/rows/row_store.h"
#include "read/text/record_feed.h"
#include "read/text/text_stream.h"

#include "cytotaxis/problems.h"
#include "cytotaxis/reader.h"

/** Lines that errors without a line sort behind. */
#define CYT_CSV_NO_LINE (UINT64_MAX - 1)

/** A block this rank has parsed: its number and its first row. */
typedef struct cyt_csv_share {
    uint64_t block;
    size_t first_row;
} cyt_csv_share;

typedef struct cyt_csv_job {
    const cyt_source *source; /**< borrowed */
    size_t block_bytes;
    cyt_text_stream *stream;
    cyt_feed feed;
    char separator;
    uint64_t body, body_line; /**< byte and line where the records begin */
    uint64_t from;            /**< byte where this rank's begin */
    cyt_csv_columns columns;
    cyt_row_store store;
    cyt_csv_row_parser parser;
    cyt_csv_share *shares; /**< [n_shares] in file order */
    size_t n_shares, shares_capacity;
    uint64_t n_blocks;   /**< of all ranks */
    uint64_t error_line; /**< of this rank's error */
} cyt_csv_job;

/** Open the file and read its header; the first problem there is the error. @p job
 * keeps the address of @p rows and is to be closed either way. */
CYT_NODISCARD cyt_code cyt_csv_job_open(cyt_csv_job *job, const cyt_source *source,
                                        size_t block_bytes, cyt_rows *rows,
                                        cyt_error *err);

/** Forget the rows: they are to be read once more. */
CYT_NODISCARD cyt_code cyt_csv_job_restart(cyt_csv_job *job, cyt_rows *rows,
                                           cyt_error *err);
void cyt_csv_job_close(cyt_csv_job *job);

/** First byte of rank's block of a plain file. */
uint64_t cyt_csv_block_start(const cyt_csv_job *job, int rank, int size);

/** What a rank's block of a plain file holds, and whether a newline precedes it. */
typedef struct cyt_csv_counts {
    uint64_t n_newlines, n_quotes; /**< of quotes the parity */
    int after_newline;
} cyt_csv_counts;

/** Run over bytes [from, to) of a plain file; 0 < @p from. The feed is moved. */
CYT_NODISCARD cyt_code cyt_csv_count_block(cyt_csv_job *job, uint64_t from, uint64_t to,
                                           cyt_csv_counts *counts, cyt_error *err);

/** Parse this rank's records: of a plain file those from the feed's position on that
 *  start before byte @p to, of a compressed one those of every @p size -th block. */
CYT_NODISCARD cyt_code cyt_csv_parse_share(cyt_csv_job *job, int rank, int size,
                                           uint64_t to, cyt_error *err);

/** The same of a plain file, beginning where a record may start; lines are counted
 *  from 0. */
CYT_NODISCARD cyt_code cyt_csv_parse_guessed(cyt_csv_job *job, int rank, int size,
                                             cyt_error *err);

#endif
