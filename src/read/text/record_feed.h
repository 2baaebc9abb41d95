/**
 * @file record_feed.h
 * @brief Records of a text stream one by one, with the line on which each starts.
 *
 * A feed holds one block of text and knows of its position: the byte in the text, the
 * physical line, whether it lies inside quotes, and whether a record starts there. It
 * can run on to a later byte, counting newlines and quotes only, and stop at the first
 * record that starts there or behind: this is how ranks share a file without a record
 * being read twice or missed, wherever a border falls.
 *
 *     |----- block k -----|---- block k+1 ----|      a record belongs to the block
 *     ..rec][record][reco | rd][record][record|..    in which it starts
 *
 * Memory: one block, or one record where that is longer, up to CYT_RECORD_MAX.
 * No MPI. Quotes: csv_record.h.
 */
#ifndef CYT_RECORD_FEED_H
#define CYT_RECORD_FEED_H

#include "read/text/text_stream.h"

#include "cytotaxis/csv_record.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

/** No record is longer: a hundred thousand columns fit. What looks longer is a quote
 * that was never closed, and without a bound it would draw the whole file into memory.
 */
#define CYT_RECORD_MAX ((size_t)1 << 26)

/** Readable bytes behind the text of a block and so behind each of its fields. */
enum { CYT_FEED_PAD = CYT_CSV_PAD };

typedef struct cyt_feed {
    cyt_text_stream *stream; /**< borrowed */
    const char *shown, *sample;
    uint64_t at;   /**< byte of the text, behind what was consumed */
    uint64_t line; /**< physical line of `at`, from 1 */
    int inside;    /**< `at` is inside quotes */
    int at_record; /**< a record starts at `at` */
    int ended;     /**< the stream has no more */
    int no_quotes; /**< a record is a line: set it where quotes are but characters */
    char *buffer;
    size_t next, end, capacity; /**< buffer[next .. end) starts at `at` */
} cyt_feed;

/** A record: its bytes, changeable until the next call, and where it starts. */
typedef struct cyt_span {
    char *text;
    size_t length; /**< with its line end; 0 at the end of the text */
    uint64_t line;
} cyt_span;

/** Start at the beginning of @p stream, behind a byte order mark if there is one. */
CYT_NODISCARD cyt_code cyt_feed_init(cyt_feed *feed, cyt_text_stream *stream,
                                     const char *shown, const char *sample,
                                     size_t block_bytes, cyt_error *err);
void cyt_feed_free(cyt_feed *feed);

/** Forget the buffer: the stream was moved to byte @p at, which lies on @p line. */
void cyt_feed_moved(cyt_feed *feed, uint64_t at, uint64_t line, int inside,
                    int at_record);

/** Run on to byte @p to, or to the end. */
CYT_NODISCARD cyt_code cyt_feed_run(cyt_feed *feed, uint64_t to, cyt_error *err);

/** Run on to the first record that starts at byte @p from or behind, or to the end. */
CYT_NODISCARD cyt_code cyt_feed_seek(cyt_feed *feed, uint64_t from, cyt_error *err);

/** Run on behind the first newline, or to the end, without counting, and suppose that a
 *  record starts there. */
CYT_NODISCARD cyt_code cyt_feed_guess(cyt_feed *feed, cyt_error *err);

/** The record that starts at the feed's position, which moves behind it. Blank lines
 * are records too. */
CYT_NODISCARD cyt_code cyt_feed_next(cyt_feed *feed, cyt_span *span, cyt_error *err);

/** The next record that is not blank; of length 0 at the end. */
CYT_NODISCARD cyt_code cyt_feed_next_full(cyt_feed *feed, cyt_span *span,
                                          cyt_error *err);

/** As cyt_feed_next(), and its fields when it is a plain line, found on the way
 * (cyt_csv_line()); else `record->n` is 0 and the caller splits the record with
 * cyt_csv_split(). Fields are views into the feed's buffer, where CYT_FEED_PAD bytes
 * more are readable. */
CYT_NODISCARD cyt_code cyt_feed_next_fields(cyt_feed *feed, char separator,
                                            size_t n_wanted, cyt_record *record,
                                            cyt_span *span, cyt_error *err);

/** Is the end reached? May read. */
CYT_NODISCARD cyt_code cyt_feed_at_end(cyt_feed *feed, int *at_end, cyt_error *err);

#endif
