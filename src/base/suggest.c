// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/suggest.h"

#include <string.h>

enum { LONGEST = 63 }; /* longer names get no suggestion */

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Row i of the table from the two above: row[j] is the distance between the first i
 * letters of a and the first j of b. */
static void next_row(const char *a, size_t i, const char *b, size_t n,
                     size_t table[3][LONGEST + 1])
{
    const size_t *before = table[(i + 1) % 3], *above = table[(i + 2) % 3];
    size_t *row = table[i % 3];
    row[0] = i;
    for (size_t j = 1; j <= n; j++) {
        const int same = lower(a[i - 1]) == lower(b[j - 1]);
        row[j] = smaller(smaller(above[j], row[j - 1]) + 1, above[j - 1] + !same);
        if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
            lower(a[i - 2]) == lower(b[j - 1]))
            row[j] = smaller(row[j], before[j - 2] + 1);
    }
}

static size_t distance(const char *a, size_t m, const char *b, size_t n)
{
    size_t table[3][LONGEST + 1];
    for (size_t j = 0; j <= n; j++)
        table[0][j] = j;
    for (size_t i = 1; i <= m; i++)
        next_row(a, i, b, n, table);
    return table[m % 3][n];
}

const char *cyt_nearest_name(const char *word, const cyt_names *names)
{
    const size_t m = strlen(word);
    const char *nearest = NULL;
    size_t least = LONGEST;
    for (size_t i = 0; m <= LONGEST && i < names->n; i++) {
        const size_t n = strlen(names->name[i]);
        if (n > LONGEST)
            continue;
        const size_t d = distance(word, m, names->name[i], n);
        if (d < least && 3 * d <= (m > n ? m : n)) {
            least = d;
            nearest = names->name[i];
        }
    }
    return nearest;
}
