// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/pairs.h"

#include <stdlib.h>

void cyt_pair_counts_free(cyt_pair_counts *counts)
{
    free(counts->within);
    free(counts->inner_within);
    free(counts->inner);
    *counts = (cyt_pair_counts){0};
}
