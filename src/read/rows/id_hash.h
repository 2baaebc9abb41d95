/**
 * @file id_hash.h
 * @brief A cell's id as 128 bits: the low half names the rank where equal ids meet, the
 * high half the place in that rank's table.
 */
#ifndef CYT_ID_HASH_H
#define CYT_ID_HASH_H

#include "cytotaxis/cells.h"

#include <stdint.h>

#include <xxhash.h>

typedef struct cyt_id_hash {
    uint64_t low, high;
} cyt_id_hash;

/** Of the id of row @p i. */
static inline cyt_id_hash cyt_id_hash_of(const cyt_rows *rows, size_t i)
{
    const size_t start = rows->id_start[i];
    const XXH128_hash_t hash =
        XXH3_128bits(rows->id_text + start, rows->id_start[i + 1] - start);
    return (cyt_id_hash){hash.low64, hash.high64};
}

/** Equal in both halves? */
static inline int cyt_id_hash_same(cyt_id_hash a, cyt_id_hash b)
{
    return a.low == b.low && a.high == b.high;
}

#endif
