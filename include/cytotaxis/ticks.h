/**
 * @file ticks.h
 * @brief Round numbers for scales: 1, 2 or 5 times a power of ten.
 *
 * After Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990, p. 61.
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_TICKS_H
#define CYT_TICKS_H

#include <stddef.h>

/** The largest round number that is not above @p value > 0. */
double cyt_nice_floor(double value);

enum { CYT_MOST_TICKS = 16 };

/** Multiples of the smallest round step of which at most @p most lie in [low, high],
 *  and of which doubles tell one from the next.
 *  @param most  2 to CYT_MOST_TICKS
 *  @return how many are in @p tick, ascending; none when the ends are not finite, or
 *          not apart, or closer than the smallest normal double is to 0 */
size_t cyt_ticks(double low, double high, size_t most, double tick[CYT_MOST_TICKS]);

/** The same for a logarithmic scale, 0 < low < high: powers of ten, every so many when
 *  there are too many; with 2 and 5 times them between when all of these fit; as
 *  cyt_ticks() when fewer than three would be there. */
size_t cyt_ticks_log(double low, double high, size_t most, double tick[CYT_MOST_TICKS]);

#endif
