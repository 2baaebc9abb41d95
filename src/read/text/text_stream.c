// SPDX-License-Identifier: BSD-3-Clause
#include "read/text/text_stream.h"

#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>
#include <zstd.h>

enum kind { PLAIN, GZIP, ZSTD };

/* Compressed bytes held at a time: enough that the system calls do not show. And bytes
 * of text: a block of zstd. */
enum { INPUT_BYTES = 1 << 18, OUTPUT_BYTES = 1 << 17 };

struct cyt_text_stream {
    const char *shown, *sample;
    int fd;
    enum kind kind;
    uint64_t size;  /* of the file */
    uint64_t read;  /* bytes of it, up to here */
    int inside;     /* a member or frame has begun and not ended */
    int file_ended; /* nothing is left to put into input */
    unsigned char *input;
    size_t next, end; /* input[next .. end) waits for decompression */
    char *output;
    size_t out_next, out_end; /* output[out_next .. out_end) waits to be asked for */
    z_stream gzip;
    int gzip_ready;
    ZSTD_DStream *zstd;
    cyt_error late; /* met behind text that was still good */
};

static cyt_code system_failed(const cyt_text_stream *s, cyt_code kind, const char *verb,
                              cyt_error *err)
{
    return CYT_FAIL(err, kind, s->sample, "%s: cannot %s: %s", s->shown, verb,
                    strerror(errno));
}

static cyt_code damaged(const cyt_text_stream *s, const char *what, cyt_error *err)
{
    return CYT_FAIL(err, CYT_ERR_DATA, s->sample,
                    "%s: the compressed file is damaged: %s; copy or download it again",
                    s->shown, what);
}

static cyt_code truncated(const cyt_text_stream *s, cyt_error *err)
{
    return CYT_FAIL(
        err, CYT_ERR_DATA, s->sample,
        "%s: the compressed file is truncated at byte %llu; copy or download "
        "it again",
        s->shown, (unsigned long long)s->size);
}

/* As many bytes as there are, up to `room`: read() may return fewer. */
static cyt_code read_bytes(cyt_text_stream *s, void *to, size_t room, size_t *got,
                           cyt_error *err)
{
    *got = 0;
    while (*got < room) {
        ssize_t n = read(s->fd, (char *)to + *got, room - *got);
        if (CYT_FAULT("text.read")) {
            errno = EIO;
            n = -1;
        }
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return system_failed(s, CYT_ERR_IO, "read", err);
        if (n == 0)
            break;
        *got += (size_t)n;
        s->read += (size_t)n;
    }
    return CYT_OK;
}

static cyt_code fill_input(cyt_text_stream *s, cyt_error *err)
{
    s->next = 0;
    const cyt_code code = read_bytes(s, s->input, INPUT_BYTES, &s->end, err);
    s->file_ended = s->end < INPUT_BYTES;
    return code;
}

/* One call of the decompressor, from the input to text[0 .. room). */
static cyt_code step_gzip(cyt_text_stream *s, char *text, size_t room, size_t *got,
                          cyt_error *err)
{
    s->gzip.next_in = s->input + s->next;
    s->gzip.avail_in = (uInt)(s->end - s->next);
    s->gzip.next_out = (unsigned char *)text;
    s->gzip.avail_out = (uInt)room;
    const uInt offered = s->gzip.avail_out;
    const int status = inflate(&s->gzip, Z_NO_FLUSH);
    *got = offered - s->gzip.avail_out;
    s->next = s->end - s->gzip.avail_in;
    s->inside = status != Z_STREAM_END;
    if (status == Z_MEM_ERROR)
        return CYT_FAIL(err, CYT_ERR_MEMORY, s->sample,
                        "%s: no memory to decompress it", s->shown);
    if (status == Z_STREAM_END && inflateReset(&s->gzip) != Z_OK)
        return damaged(s, "zlib cannot start the next member", err);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
        return damaged(s, s->gzip.msg ? s->gzip.msg : "zlib refuses it", err);
    return CYT_OK;
}

static cyt_code step_zstd(cyt_text_stream *s, char *text, size_t room, size_t *got,
                          cyt_error *err)
{
    ZSTD_inBuffer in = {s->input, s->end, s->next};
    ZSTD_outBuffer out = {text, room, 0};
    const size_t status = ZSTD_decompressStream(s->zstd, &out, &in);
    if (ZSTD_isError(status))
        return damaged(s, ZSTD_getErrorName(status), err);
    s->next = in.pos;
    *got = out.pos;
    s->inside = status != 0;
    return CYT_OK;
}

/* Some files are padded with zero bytes behind the last gzip member. */
static void skip_padding(cyt_text_stream *s)
{
    while (s->kind == GZIP && !s->inside && s->next < s->end && s->input[s->next] == 0)
        s->next++;
}

/* Text in front of a damaged place is handed out first. */
static cyt_code postpone(cyt_text_stream *s, cyt_code code, size_t got, cyt_error *err)
{
    if (code == CYT_OK || got == 0)
        return code;
    s->late = *err;
    *err = (cyt_error){0};
    return CYT_OK;
}

/* Fill the output. How much text comes before an error depends on the room that a
 * decompressor is given (zstd drops what it has put there in the call that fails), so
 * it is always the same room: all ranks see the same text before the same error.
 *
 * The decompressor may still hold text when the input is used up, so a step without
 * input that yields nothing, not an empty input, is the end. */
static cyt_code fill_output(cyt_text_stream *s, cyt_error *err)
{
    cyt_code code = s->late.code;
    s->out_next = s->out_end = 0;
    if (code != CYT_OK)
        *err = s->late;
    while (s->out_end < OUTPUT_BYTES && code == CYT_OK) {
        if (s->next == s->end && !s->file_ended)
            code = fill_input(s, err);
        skip_padding(s);
        const int starved = s->next == s->end;
        if (code != CYT_OK || (starved && !s->file_ended))
            continue;
        if (starved && !s->inside)
            break;
        size_t n = 0;
        char *text = s->output + s->out_end;
        const size_t room = OUTPUT_BYTES - s->out_end;
        code = s->kind == GZIP ? step_gzip(s, text, room, &n, err)
                               : step_zstd(s, text, room, &n, err);
        s->out_end += n;
        if (code == CYT_OK && starved && n == 0 && s->inside)
            code = truncated(s, err);
    }
    return postpone(s, code, s->out_end, err);
}

static cyt_code read_compressed(cyt_text_stream *s, char *text, size_t room,
                                size_t *got, cyt_error *err)
{
    cyt_code code = CYT_OK;
    *got = 0;
    while (*got < room && code == CYT_OK) {
        if (s->out_next == s->out_end)
            code = fill_output(s, err);
        const size_t waiting = s->out_end - s->out_next, left = room - *got;
        const size_t n = waiting < left ? waiting : left;
        if (n == 0)
            break;
        memcpy(text + *got, s->output + s->out_next, n);
        s->out_next += n;
        *got += n;
    }
    return postpone(s, code, *got, err);
}

cyt_code cyt_text_read(cyt_text_stream *stream, char *text, size_t room, size_t *got,
                       cyt_error *err)
{
    return stream->kind == PLAIN ? read_bytes(stream, text, room, got, err)
                                 : read_compressed(stream, text, room, got, err);
}

static enum kind kind_of(const unsigned char *magic, size_t n)
{
    if (n >= 2 && magic[0] == 0x1F && magic[1] == 0x8B)
        return GZIP;
    if (n >= 4 && memcmp(magic + 1, "\xB5\x2F\xFD", 3) == 0 && magic[0] == 0x28)
        return ZSTD;
    if (n >= 4 && memcmp(magic + 1, "\x2A\x4D\x18", 3) == 0 && magic[0] >> 4 == 5)
        return ZSTD; /* a skippable frame comes first */
    return PLAIN;
}

static cyt_code open_file(cyt_text_stream *s, const char *path, cyt_error *err)
{
    struct stat about;
    s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* waits for no pipe */
    if (s->fd < 0)
        return system_failed(s, CYT_ERR_NO_INPUT, "open", err);
    if (fstat(s->fd, &about) != 0)
        return system_failed(s, CYT_ERR_IO, "examine", err);
    if (!S_ISREG(about.st_mode))
        return CYT_FAIL(err, CYT_ERR_NO_INPUT, s->sample,
                        "%s: not a file but a folder, pipe or device", s->shown);
    s->size = (uint64_t)about.st_size;
    return CYT_OK;
}

static cyt_code start_decompressor(cyt_text_stream *s, cyt_error *err)
{
    if (s->kind == PLAIN)
        return CYT_OK;
    s->input = cyt_alloc(INPUT_BYTES, 1, "compressed text", err);
    s->output = cyt_alloc(OUTPUT_BYTES, 1, "text", err);
    if (s->kind == GZIP)
        s->gzip_ready = inflateInit2(&s->gzip, 15 + 16) == Z_OK; /* gzip, any window */
    else
        s->zstd = ZSTD_createDStream();
    if (!s->gzip_ready && !s->zstd)
        return CYT_FAIL(err, CYT_ERR_MEMORY, s->sample,
                        "%s: no memory to decompress it", s->shown);
    return err->code;
}

cyt_code cyt_text_seek(cyt_text_stream *stream, uint64_t offset, cyt_error *err)
{
    if (lseek(stream->fd, (off_t)offset, SEEK_SET) < 0)
        return system_failed(stream, CYT_ERR_IO, "seek", err);
    stream->read = offset;
    return CYT_OK;
}

cyt_code cyt_text_open(const char *path, const char *shown, const char *sample,
                       cyt_text_stream **stream, cyt_error *err)
{
    cyt_code code = CYT_OK;
    unsigned char magic[4];
    size_t n;
    cyt_text_stream *s = cyt_calloc(1, sizeof *s, "a text stream", err);
    *stream = s;
    if (!s)
        return err->code;
    s->shown = shown;
    s->sample = sample;
    CYT_TRY(open_file(s, path, err));
    CYT_TRY(read_bytes(s, magic, sizeof magic, &n, err));
    s->kind = kind_of(magic, n);
    CYT_TRY(cyt_text_seek(s, 0, err));
    CYT_TRY(start_decompressor(s, err));
done:
    if (code != CYT_OK) {
        cyt_text_close(s);
        *stream = NULL;
    }
    return code;
}

int cyt_text_is_plain(const cyt_text_stream *stream)
{
    return stream->kind == PLAIN;
}

uint64_t cyt_text_size(const cyt_text_stream *stream)
{
    return stream->size;
}

uint64_t cyt_text_position(const cyt_text_stream *stream)
{
    return stream->read;
}

void cyt_text_close(cyt_text_stream *stream)
{
    if (!stream)
        return;
    if (stream->gzip_ready)
        inflateEnd(&stream->gzip);
    ZSTD_freeDStream(stream->zstd);
    if (stream->fd >= 0)
        close(stream->fd);
    free(stream->input);
    free(stream->output);
    free(stream);
}
