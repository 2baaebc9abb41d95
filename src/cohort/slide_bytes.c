// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/slide_bytes.h"

#include "read/parts.h"

#include <string.h>
#include <sys/stat.h>

/* Bytes of the file that has the cells, also where the sample is a folder. */
static uint64_t bytes_of_cells(const cyt_sample *sample)
{
    static const cyt_names no_ligands = {0};
    cyt_parts parts = {0};
    cyt_error ignored = {0};
    struct stat st;
    uint64_t bytes = 0;
    if (cyt_parts_of(sample, &no_ligands, NULL, &parts, &ignored) == CYT_OK &&
        stat(parts.source[0].path, &st) == 0)
        bytes = (uint64_t)st.st_size;
    cyt_parts_free(&parts);
    return bytes;
}

void cyt_slide_bytes(const cyt_samplesheet *sheet, uint64_t *bytes)
{
    for (size_t s = 0; s < sheet->n; s++) {
        const char *path = sheet->samples[s].data.path;
        uint64_t sharers = 0;
        for (size_t o = 0; o < sheet->n; o++)
            sharers += strcmp(sheet->samples[o].data.path, path) == 0;
        bytes[s] = bytes_of_cells(&sheet->samples[s]) / sharers;
    }
}
