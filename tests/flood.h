/**
 * @file flood.h
 * @brief Components of a whole raster by flooding: the oracle of connect and
 * components.
 */
#ifndef CYT_FLOOD_H
#define CYT_FLOOD_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/**
 * Label the components of a raster in the order of their first pixels.
 * @param label [n_rows * n_cols] [out] 0 = no member, else 1, 2, …
 * @return how many there are
 */
static inline uint32_t flood_all(size_t n_rows, size_t n_cols, const uint8_t *mask,
                                 int connectivity, uint32_t *label)
{
    static const int step[8][2] = {{0, 1},  {0, -1}, {1, 0},  {-1, 0},
                                   {1, -1}, {1, 1},  {-1, 1}, {-1, -1}};
    const size_t n = n_rows * n_cols;
    size_t *stack = malloc((n + 1) * sizeof *stack);
    uint32_t found = 0;
    memset(label, 0, n * sizeof *label);
    for (size_t i = 0; i < n; i++) {
        if (!mask[i] || label[i])
            continue;
        size_t top = 0;
        stack[top++] = i;
        label[i] = ++found;
        while (top > 0) {
            const size_t at = stack[--top];
            for (int k = 0; k < connectivity; k++) {
                const ptrdiff_t r = (ptrdiff_t)(at / n_cols) + step[k][0];
                const ptrdiff_t c = (ptrdiff_t)(at % n_cols) + step[k][1];
                if (r < 0 || c < 0 || r >= (ptrdiff_t)n_rows || c >= (ptrdiff_t)n_cols)
                    continue;
                const size_t next = (size_t)r * n_cols + (size_t)c;
                if (mask[next] && !label[next]) {
                    label[next] = found;
                    stack[top++] = next;
                }
            }
        }
    }
    free(stack);
    return found;
}

#endif
