// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/reader.h"

#include "read/readers.h"

#include <string.h>

const cyt_reader cyt_readers[] = {
    {"csv", "delimited text with a header line (.csv .tsv .txt, also .gz or .zst)",
     cyt_csv_accepts, cyt_csv_check, cyt_csv_read},
    {"h5ad", "AnnData: positions in obs or obsm, types in obs, genes in X or a layer",
     cyt_h5ad_accepts, cyt_h5ad_check, cyt_h5ad_read},
    {NULL, NULL, NULL, NULL, NULL},
};

const cyt_reader *cyt_reader_for(const cyt_source *source)
{
    const int automatic = !source->format || strcmp(source->format, "auto") == 0;
    for (const cyt_reader *r = cyt_readers; r->name; r++)
        if (automatic ? r->accepts(source->path) : strcmp(r->name, source->format) == 0)
            return r;
    return NULL;
}
