// SPDX-License-Identifier: BSD-3-Clause
#include "fuzz_regions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_regions(data, size, cyt_geojson_read);
}
