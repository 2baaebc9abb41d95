/**
 * @file slide_bytes.h
 * @brief How large slides are, before anything of them is read: bytes of their files.
 */
#ifndef CYT_SLIDE_BYTES_H
#define CYT_SLIDE_BYTES_H

#include "cytotaxis/samplesheet.h"

#include <stdint.h>

/** Bytes of the file that has the cells, shared by the samples that are rows of the
 *  same file; 0 where it cannot be told. Serial. @param bytes [out] [sheet->n] */
void cyt_slide_bytes(const cyt_samplesheet *sheet, uint64_t *bytes);

#endif
