// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/reduce.h"

#include <math.h>
#include <string.h>

cyt_reduction cyt_reduction_of(uint64_t n_rows, uint64_t n_cols, size_t most)
{
    const uint64_t longer = n_rows > n_cols ? n_rows : n_cols;
    const uint64_t side = longer > most ? (longer - 1) / most + 1 : 1;
    return (cyt_reduction){n_rows, n_cols, side, (size_t)((n_rows + side - 1) / side),
                           (size_t)((n_cols + side - 1) / side)};
}

/* Is @p row the last of its row of blocks? */
static int completes(const cyt_reduction *r, uint64_t row)
{
    return (row + 1) % r->side == 0 || row + 1 == r->n_rows;
}

static void finish_means(const cyt_reduction *r, cyt_block_sums sums, float *out)
{
    for (size_t b = 0; b < r->out_cols; b++)
        out[b] = sums.count[b] ? (float)(sums.sum[b] / (double)sums.count[b]) : NAN;
    memset(sums.sum, 0, r->out_cols * sizeof *sums.sum);
    memset(sums.count, 0, r->out_cols * sizeof *sums.count);
}

void cyt_reduce_means(const cyt_reduction *r, uint64_t first, uint64_t n,
                      const float *rows, cyt_block_sums sums, float *out)
{
    for (uint64_t row = first; row < first + n; row++, rows += r->n_cols) {
        for (uint64_t col = 0, b = 0; b < r->out_cols; b++)
            for (; col < (b + 1) * r->side && col < r->n_cols; col++) {
                const int there = !isnan(rows[col]);
                sums.sum[b] += there ? (double)rows[col] : 0;
                sums.count[b] += (uint64_t)there;
            }
        if (completes(r, row))
            finish_means(r, sums, out + row / r->side * r->out_cols);
    }
}

static void finish_labels(const cyt_reduction *r, uint64_t *count, uint8_t *out)
{
    for (size_t b = 0; b < r->out_cols; b++) {
        const uint64_t *of = count + b * CYT_REDUCE_LABELS;
        size_t best = 0;
        for (size_t label = 1; label < CYT_REDUCE_LABELS; label++)
            best = of[label] > of[best] ? label : best;
        out[b] = (uint8_t)best;
    }
    memset(count, 0, r->out_cols * CYT_REDUCE_LABELS * sizeof *count);
}

void cyt_reduce_labels(const cyt_reduction *r, uint64_t first, uint64_t n,
                       const uint8_t *rows, uint64_t *count, uint8_t *out)
{
    for (uint64_t row = first; row < first + n; row++, rows += r->n_cols) {
        for (uint64_t col = 0, b = 0; b < r->out_cols; b++)
            for (; col < (b + 1) * r->side && col < r->n_cols; col++)
                count[b * CYT_REDUCE_LABELS + rows[col]]++;
        if (completes(r, row))
            finish_labels(r, count, out + row / r->side * r->out_cols);
    }
}
