/**
 * @file bands.h
 * @brief Which of many intervals of y a value may lie in: lists by bands of equal
 * height.
 *
 *     y_min ┬ band 0 │ 2        each interval is listed in every band it touches;
 *           ├ band 1 │ 0 2      a value looks only at the list of its own band
 *     y_max ┴ band 2 │ 0 1
 *
 * Long intervals would fill many lists, so the bands are made coarser until the lists
 * hold no more than four entries an interval on average: memory stays linear whatever
 * the shape, and time degrades to a plain search only where everything overlaps.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_BANDS_H
#define CYT_BANDS_H

#include <stddef.h>
#include <stdint.h>

typedef struct cyt_bands {
    double y_min;
    double per_unit; /**< bands in one unit of y; 0: there is one band */
    uint32_t n;      /**< at least 1 */
} cyt_bands;

/** The band of @p y, which never falls as y rises; values outside go to the ends. */
size_t cyt_band_of(const cyt_bands *bands, double y);

/** Choose bands for intervals lo[i] <= hi[i], all finite.
 *  @return entries that the lists will hold, at most 4 n */
size_t cyt_bands_choose(size_t n, const double *lo, const double *hi, cyt_bands *bands);

/** Make the lists: band b has entry[start[b] .. start[b + 1]), ascending.
 *  @param start  [bands.n + 1] [out]
 *  @param item   [n] what stands in a list for interval i
 *  @param entry  [as returned by cyt_bands_choose()] [out] items */
void cyt_bands_fill(size_t n, const double *lo, const double *hi, const uint32_t *item,
                    const cyt_bands *bands, uint32_t *restrict start,
                    uint32_t *restrict entry);

#endif
