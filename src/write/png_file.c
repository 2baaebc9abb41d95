// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/png_file.h"

#include "cytotaxis/folder.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strbuf.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Level 6 takes a third more time; maps get up to a third smaller, cells do not. */
enum { ZLIB_LEVEL = 3 };

/* libpng leaves by longjmp; its sentence goes into our error first. */
static void hear_error(png_structp png, png_const_charp what)
{
    cyt_error *err = png_get_error_ptr(png);
    CYT_FAIL(err, CYT_ERR_IO, NULL, "%s", errno ? strerror(errno) : what);
    png_longjmp(png, 1);
}

static void hear_warning(png_structp png, png_const_charp what)
{
    (void)png;
    (void)what;
}

static void put_picture(png_structp png, png_infop info, size_t width, size_t height,
                        const uint8_t *rgb)
{
    png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, 8,
                 PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
    png_set_compression_level(png, ZLIB_LEVEL);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_ALL_FILTERS);
    png_write_info(png, info);
    for (size_t y = 0; y < height; y++)
        png_write_row(png, rgb + 3 * width * y);
    png_write_end(png, info);
}

/* Where the bytes go: a file, or memory that grows. */
typedef struct sink {
    FILE *file; /* NULL: memory */
    uint8_t *bytes;
    size_t n, capacity;
    cyt_error *err;
} sink;

static void put_bytes(png_structp png, png_bytep bytes, png_size_t n)
{
    sink *to = png_get_io_ptr(png);
    if (to->file && fwrite(bytes, 1, n, to->file) != n)
        png_error(png, "cannot be written");
    if (to->file)
        return;
    if (cyt_grow(&to->bytes, &to->capacity, to->n + n, 1, "a picture", to->err) !=
        CYT_OK)
        png_error(png, "no memory for a picture");
    memcpy(to->bytes + to->n, bytes, n);
    to->n += n;
}

static void flush_nothing(png_structp png)
{
    (void)png;
}

static cyt_code encode(sink *to, size_t width, size_t height, const uint8_t *rgb,
                       cyt_error *err)
{
    png_structp png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, err, hear_error, hear_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info)
        CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "no memory for a picture");
    else if (setjmp(png_jmpbuf(png)) == 0) {
        errno = 0;
        to->err = err;
        png_set_write_fn(png, to, put_bytes, flush_nothing);
        put_picture(png, info, width, height, rgb);
    }
    png_destroy_write_struct(&png, &info);
    return err->code;
}

cyt_code cyt_png_encode(size_t width, size_t height, const uint8_t *rgb, uint8_t **png,
                        size_t *n, cyt_error *err)
{
    sink to = {0};
    *png = NULL;
    if (encode(&to, width, height, rgb, err) != CYT_OK) {
        free(to.bytes);
        return err->code;
    }
    *png = to.bytes;
    *n = to.n;
    return CYT_OK;
}

/* Close the file whatever came before; the first failure counts. */
static cyt_code finish(FILE *file, cyt_error *err)
{
    const int flushed = fflush(file) == 0;
    const int failed = errno;
    if ((fclose(file) != 0 || !flushed) && err->code == CYT_OK)
        CYT_FAIL(err, CYT_ERR_IO, NULL, "%s", strerror(flushed ? errno : failed));
    return err->code;
}

static cyt_code write_part(const char *part, size_t width, size_t height,
                           const uint8_t *rgb, cyt_error *err)
{
    cyt_error why = {0};
    FILE *file = cyt_file_new(part);
    if (!file)
        return CYT_FAIL(err, CYT_ERR_CREATE, NULL, "%s cannot be created: %s", part,
                        strerror(errno));
    sink to = {.file = file};
    (void)!encode(&to, width, height, rgb, &why);
    if (finish(file, &why) == CYT_OK)
        return CYT_OK;
    remove(part);
    return CYT_FAIL(err, why.code, NULL, "%s cannot be written: %s", part, why.text);
}

cyt_code cyt_png_write(const char *path, size_t width, size_t height,
                       const uint8_t *rgb, cyt_error *err)
{
    cyt_strbuf name = {0};
    cyt_strbuf_add(&name, err, "%s.part", path);
    char *part = cyt_strbuf_take(&name, err);
    if (!part)
        return err->code;
    cyt_code code = write_part(part, width, height, rgb, err);
    if (code == CYT_OK && rename(part, path) != 0) {
        code = CYT_FAIL(err, CYT_ERR_CREATE, NULL, "%s cannot be created: %s", path,
                        strerror(errno));
        remove(part);
    }
    free(part);
    return code;
}
