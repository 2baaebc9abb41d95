// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/png_file.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/whole_file.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Level 6 takes a third more time; maps get up to a third smaller, cells do not. */
enum { ZLIB_LEVEL = 3 };

/* libpng leaves by longjmp; its sentence goes into our error first, where none is. */
static void hear_error(png_structp png, png_const_charp what)
{
    cyt_error *err = png_get_error_ptr(png);
    CYT_FAIL(err, CYT_ERR_IO, NULL, "a picture cannot be made: %s", what);
    png_longjmp(png, 1);
}

/* Its memory is ours, so that what it lacks is told as such. */
static png_voidp give_memory(png_structp png, png_alloc_size_t n)
{
    return cyt_alloc(n, 1, "a picture", png_get_mem_ptr(png));
}

static void take_memory(png_structp png, png_voidp memory)
{
    (void)png;
    free(memory);
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

/* Where the bytes go. */
typedef struct sink {
    uint8_t *bytes;
    size_t n, capacity;
    cyt_error *err;
} sink;

static void put_bytes(png_structp png, png_bytep bytes, png_size_t n)
{
    sink *to = png_get_io_ptr(png);
    if (cyt_grow(&to->bytes, &to->capacity, to->n + n, 1, "a picture", to->err) !=
        CYT_OK)
        png_error(png, "no memory");
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
        png_create_write_struct_2(PNG_LIBPNG_VER_STRING, err, hear_error, hear_warning,
                                  err, give_memory, take_memory);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info)
        CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "no memory for a picture");
    else if (setjmp(png_jmpbuf(png)) == 0) {
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

cyt_code cyt_png_write(const char *path, size_t width, size_t height,
                       const uint8_t *rgb, cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint8_t *png = NULL;
    size_t n = 0;
    CYT_TRY(cyt_png_encode(width, height, rgb, &png, &n, err));
    CYT_TRY(cyt_whole_write(path, CYT_WHOLE_MINE, png, n, err));
done:
    free(png);
    return code;
}
