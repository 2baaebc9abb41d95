/**
 * @file png_file.h
 * @brief Pictures as PNG, eight bits a channel, sRGB.
 *
 * The same pixels give the same bytes: a fixed compression level, fixed row filters, no
 * time and no text in the file. It grows as `<path>.part` and gets its name when whole.
 * Serial.
 */
#ifndef CYT_PNG_FILE_H
#define CYT_PNG_FILE_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

/** @param rgb  [height * width * 3]
 *  @return CYT_OK; CYT_ERR_CREATE: the file cannot be made, or not get its name;
 *          CYT_ERR_IO: it cannot be written, and nothing is left; CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_png_write(const char *path, size_t width, size_t height,
                                     const uint8_t *rgb, cyt_error *err);

/** The bytes that such a file would have.
 *  @param png  [out] [*n] free()
 *  @return CYT_OK; CYT_ERR_MEMORY; CYT_ERR_IO: libpng refused, with what it said */
CYT_NODISCARD cyt_code cyt_png_encode(size_t width, size_t height, const uint8_t *rgb,
                                      uint8_t **png, size_t *n, cyt_error *err);

#endif
