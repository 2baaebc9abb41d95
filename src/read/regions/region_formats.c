// SPDX-License-Identifier: BSD-3-Clause
#include "read/regions/region_formats.h"

const cyt_region_format cyt_region_formats[] = {
    {"GeoJSON", "polygons as QuPath exports them", 1, cyt_geojson_accepts,
     cyt_geojson_read},
    {"HALO", "annotations as XML", 1, cyt_halo_accepts, cyt_halo_read},
    {"selection", "CSV of Xenium Explorer, in um", 0, cyt_selection_accepts,
     cyt_selection_read},
    {NULL, NULL, 0, NULL, NULL},
};
