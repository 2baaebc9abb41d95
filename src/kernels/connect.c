// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/connect.h"

uint32_t cyt_connect_root(uint32_t *parent, uint32_t i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

void cyt_connect_join(uint32_t *parent, uint32_t a, uint32_t b)
{
    a = cyt_connect_root(parent, a);
    b = cyt_connect_root(parent, b);
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

/* Join pixel i, in column c, to the members before it: above (unless i is in the first
 * row) and to the left. The one above, when it is a member, already leads to its own
 * neighbours left and right. */
static void join_earlier(size_t n_cols, const uint8_t *mask, int diagonal, int first,
                         uint32_t i, size_t c, uint32_t *parent)
{
    const uint32_t up = i - (uint32_t)n_cols;
    if (c > 0 && mask[i - 1])
        cyt_connect_join(parent, i - 1, i);
    if (first)
        return;
    if (mask[up]) {
        cyt_connect_join(parent, up, i);
    } else if (diagonal) {
        if (c > 0 && mask[up - 1])
            cyt_connect_join(parent, up - 1, i);
        if (c + 1 < n_cols && mask[up + 1])
            cyt_connect_join(parent, up + 1, i);
    }
}

uint32_t cyt_connect_label(size_t n_rows, size_t n_cols, const uint8_t *mask,
                           cyt_connectivity connectivity, uint32_t *restrict label)
{
    const uint32_t n = (uint32_t)(n_rows * n_cols);
    uint32_t n_found = 0, i = 0;
    for (size_t r = 0; r < n_rows; r++)
        for (size_t c = 0; c < n_cols; c++, i++) {
            label[i] = i;
            if (mask[i])
                join_earlier(n_cols, mask, connectivity == CYT_CONNECT_8, r == 0, i, c,
                             label);
        }
    /* Earlier entries hold numbers by now, and a pixel points to an earlier one. */
    for (i = 0; i < n; i++) {
        if (!mask[i])
            label[i] = 0;
        else
            label[i] = label[i] == i ? ++n_found : label[label[i]];
    }
    return n_found;
}
