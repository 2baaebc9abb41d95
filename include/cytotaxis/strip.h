/**
 * @file strip.h
 * @brief Which raster rows of a slide belong to which rank: pure arithmetic.
 *
 *      row 0 ─┬────────────┐ starts[0] = 0
 *             │   rank 0   │
 *             ├────────────┤ starts[1]
 *             │   rank 1   │
 *             ├────────────┤ starts[2]
 *             │   rank 2   │
 *  row n-1 ───┴────────────┘ starts[3] = n
 *
 * A partition is always told by its `starts` [size + 1]: rank r owns the rows
 * [starts[r], starts[r + 1]), which may be none.
 */
#ifndef CYT_STRIP_H
#define CYT_STRIP_H

#include <stddef.h>
#include <stdint.h>

/** Cut @p n_rows rows into @p size strips of nearly equal cost. No strip costs more
 * than its share plus the dearest row.
 *  @param cost   [n_rows] cost of each row, any unit
 *  @param starts [out] [size + 1] */
void cyt_strips_balance(size_t n_rows, const uint64_t *cost, size_t size,
                        uint64_t *starts);

/** Cut @p n items into @p size parts of whole blocks of @p block items, whose numbers
 * of blocks differ by at most one. The last block may be short.
 *  @param starts [out] [size + 1] */
void cyt_blocks_cut(uint64_t n, uint64_t block, size_t size, uint64_t *starts);

/** The part that holds item @p i: starts[r] <= i < starts[r + 1]. */
size_t cyt_strip_of(const uint64_t *starts, size_t size, uint64_t i);

#endif
