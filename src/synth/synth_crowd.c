// SPDX-License-Identifier: BSD-3-Clause
/* Square bins with a chain of cells each: whoever is within one spacing of a point sits
 * in one of nine bins. Distances are compared in whole numbers, so exactly. */
#include "synth_parts.h"

#include "cytotaxis/mem.h"

#include <math.h>
#include <stdlib.h>

static const int64_t SPACING = (int64_t)CYT_SYNTH_SPACING_UM * SYNTH_STEPS_PER_UM;

cyt_code synth_crowd_init(synth_crowd *crowd, int64_t side, size_t n, cyt_error *err)
{
    /* About a cell a bin on thin slides, so that bins are never many more than cells.
     */
    const int64_t thin = (int64_t)((double)side / sqrt((double)n)) + 1;
    *crowd = (synth_crowd){.bin = thin > SPACING ? thin : SPACING};
    crowd->n_across = (size_t)(side / crowd->bin) + 1;
    const size_t n_bins = crowd->n_across * crowd->n_across;
    crowd->head = cyt_calloc(n_bins, sizeof *crowd->head, "bins of cells", err);
    crowd->next = cyt_alloc(n, sizeof *crowd->next, "chains of cells", err);
    return err->code;
}

int synth_crowd_free_at(const synth_crowd *crowd, const synth_cells *cells, int64_t x,
                        int64_t y)
{
    const size_t last = crowd->n_across - 1;
    const size_t col = (size_t)(x / crowd->bin), row = (size_t)(y / crowd->bin);
    for (size_t r = row > 0 ? row - 1 : 0; r <= row + 1 && r <= last; r++)
        for (size_t c = col > 0 ? col - 1 : 0; c <= col + 1 && c <= last; c++)
            for (uint32_t i = crowd->head[r * crowd->n_across + c]; i > 0;
                 i = crowd->next[i - 1]) {
                const int64_t dx = cells->x[i - 1] - x, dy = cells->y[i - 1] - y;
                if (dx * dx + dy * dy < SPACING * SPACING)
                    return 0;
            }
    return 1;
}

void synth_crowd_put(synth_crowd *crowd, const synth_cells *cells, size_t i)
{
    const size_t col = (size_t)(cells->x[i] / crowd->bin);
    const size_t row = (size_t)(cells->y[i] / crowd->bin);
    uint32_t *head = &crowd->head[row * crowd->n_across + col];
    crowd->next[i] = *head;
    *head = (uint32_t)i + 1;
}

void synth_crowd_free(synth_crowd *crowd)
{
    free(crowd->head);
    free(crowd->next);
    *crowd = (synth_crowd){0};
}
