// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/reader.h"

#include "read/readers.h"
#include "read/recipe.h"

#include <string.h>

const cyt_reader cyt_readers[] = {
    {"csv", "delimited text with a header line (.csv .tsv .txt, also .gz or .zst)", 0,
     cyt_csv_accepts, cyt_csv_check, cyt_csv_read},
    {"h5ad",
     "AnnData: positions in obs or obsm, types in obs, genes in X, a layer or raw", 0,
     cyt_h5ad_accepts, cyt_h5ad_check, cyt_h5ad_read},
    {"loom", "loom: positions and types in col_attrs, genes in matrix or a layer", 0,
     cyt_loom_accepts, cyt_loom_check, cyt_loom_read},
    {"polygons",
     "outlines of cells as GeoJSON (*_segmentations.geojson): positions, and types if "
     "classified",
     0, cyt_polygons_accepts, cyt_polygons_check, cyt_polygons_read},
    {"mtx", "folder of 10x with matrix.mtx, barcodes.tsv, features.tsv: values only", 1,
     cyt_mtx_accepts, cyt_mtx_check, cyt_mtx_read},
    {"10x", "feature-barcode matrix of 10x in HDF5 (.h5): values only", 1,
     cyt_tenx_accepts, cyt_tenx_check, cyt_tenx_read},
    {NULL, NULL, 0, NULL, NULL, NULL},
};

const cyt_reader *cyt_reader_for(const cyt_source *source)
{
    const int automatic = !source->format || strcmp(source->format, "auto") == 0;
    for (const cyt_reader *r = cyt_readers; r->name; r++)
        if (automatic ? r->accepts(source->path) : strcmp(r->name, source->format) == 0)
            return r;
    return NULL;
}

int cyt_reader_gives(const cyt_reader *reader, const cyt_source *source)
{
    return source->wanted == CYT_WANT_VALUES || !reader->matrix_only;
}

cyt_code cyt_reader_formats(cyt_names *formats, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (const cyt_reader *r = cyt_readers; r->name; r++)
        CYT_TRY(cyt_names_add(formats, r->name, strlen(r->name), err));
    for (const cyt_recipe *r = cyt_recipes; r->format; r++)
        CYT_TRY(cyt_names_add(formats, r->format, strlen(r->format), err));
done:
    return code;
}
