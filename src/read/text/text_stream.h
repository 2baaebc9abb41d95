/**
 * @file text_stream.h
 * @brief The text of a file, plain or compressed, from front to back.
 *
 * Whether a file is gzip, zstd or plain is told by its first bytes, not by its name.
 * gzip files may have several members (bgzip, concatenation), zstd files several
 * frames. A file that stops inside a member or frame, or fails its checksum, is an
 * error that names it: half a slide must not pass for a whole one.
 *
 * Only a plain file can be entered in the middle; a compressed one is decompressed from
 * its start by everyone who needs part of it.
 *
 * No MPI: each rank has its own stream.
 */
#ifndef CYT_TEXT_STREAM_H
#define CYT_TEXT_STREAM_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct cyt_text_stream cyt_text_stream;

/**
 * @param path    file to open
 * @param shown   the file as messages name it; borrowed until close
 * @param sample  the slide, subject of errors; borrowed until close
 * @return CYT_OK; CYT_ERR_NO_INPUT when it cannot be opened; CYT_ERR_IO; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_text_open(const char *path, const char *shown,
                                     const char *sample, cyt_text_stream **stream,
                                     cyt_error *err);

/**
 * The next bytes of text, at most @p room.
 * @param got  receives their number; 0 only at the end
 * @return CYT_OK; CYT_ERR_DATA for a truncated or damaged file; CYT_ERR_IO
 */
CYT_NODISCARD cyt_code cyt_text_read(cyt_text_stream *stream, char *text, size_t room,
                                     size_t *got, cyt_error *err);

/** Is the file not compressed? */
int cyt_text_is_plain(const cyt_text_stream *stream);

/** Bytes of the file. */
uint64_t cyt_text_size(const cyt_text_stream *stream);

/** Bytes of the file that were read so far. */
uint64_t cyt_text_position(const cyt_text_stream *stream);

/** Continue at byte @p offset. Plain files only. */
CYT_NODISCARD cyt_code cyt_text_seek(cyt_text_stream *stream, uint64_t offset,
                                     cyt_error *err);

/** Accepts NULL. */
void cyt_text_close(cyt_text_stream *stream);

#endif
