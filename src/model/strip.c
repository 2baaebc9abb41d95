// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/strip.h"

void cyt_strips_balance(size_t n_rows, const uint64_t *cost, size_t size,
                        uint64_t *starts)
{
    uint64_t total = 0;
    for (size_t i = 0; i < n_rows; i++)
        total += cost[i];

    /* Strip r begins at the first row whose middle reaches r shares of the cost. */
    uint64_t done = 0;
    size_t row = 0;
    starts[0] = 0;
    for (size_t r = 1; r < size; r++) {
        const uint64_t goal = total / size * r + total % size * r / size;
        while (row < n_rows && done + cost[row] / 2 < goal)
            done += cost[row++];
        starts[r] = row;
    }
    starts[size] = n_rows;
}

void cyt_blocks_cut(uint64_t n, uint64_t block, size_t size, uint64_t *starts)
{
    const uint64_t n_blocks = n / block + (n % block != 0);
    const uint64_t share = n_blocks / size, left = n_blocks % size;
    for (size_t r = 0; r <= size; r++) {
        const uint64_t first = r * share + (r < left ? r : left);
        starts[r] = first * block < n ? first * block : n;
    }
}

size_t cyt_strip_of(const uint64_t *starts, size_t size, uint64_t i)
{
    size_t lo = 0, hi = size; /* starts[lo] <= i < starts[hi] */
    while (hi - lo > 1) {
        const size_t mid = (lo + hi) / 2;
        if (starts[mid] <= i)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}
