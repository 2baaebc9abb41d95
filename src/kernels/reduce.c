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

/* Of a row of blocks of @p n_rows rows. Labels are few and small as a rule: those of a
 * block are looked at, and cleared, only until all of its pixels are found. */
static void finish_labels(const cyt_reduction *r, uint64_t n_rows, uint64_t *count,
                          uint8_t *out)
{
    for (size_t b = 0; b < r->out_cols; b++) {
        uint64_t *of = count + b * CYT_REDUCE_LABELS, best_count = 0;
        const uint64_t rest = r->n_cols - b * r->side;
        uint64_t left = n_rows * (rest < r->side ? rest : r->side);
        for (size_t label = 0; left > 0; label++) {
            if (of[label] > best_count) {
                best_count = of[label];
                out[b] = (uint8_t)label;
            }
            left -= of[label];
            of[label] = 0;
        }
    }
}

void cyt_reduce_labels(const cyt_reduction *r, uint64_t first, uint64_t n,
                       const uint8_t *rows, uint64_t *count, uint8_t *out)
{
    if (r->side == 1) {
        memcpy(out + first * r->n_cols, rows, n * r->n_cols);
        return;
    }
    for (uint64_t row = first; row < first + n; row++, rows += r->n_cols) {
        for (uint64_t col = 0, b = 0; b < r->out_cols; b++)
            for (; col < (b + 1) * r->side && col < r->n_cols; col++)
                count[b * CYT_REDUCE_LABELS + rows[col]]++;
        if (completes(r, row))
            finish_labels(r, row % r->side + 1, count,
                          out + row / r->side * r->out_cols);
    }
}
