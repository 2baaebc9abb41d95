/**
 * @file cost_model.h
 * @brief What a slide costs, fitted to slides that were measured. Pure: no MPI.
 *
 *     time on p ranks = (fixed + per_cell cells + per_pixel pixels)
 *                       (serial + (1 - serial) / p)
 *
 * Types, signals and radii are the same for all slides of a run, so they are in the
 * coefficients: a model holds for the configuration it was measured with. Coefficients
 * are never negative; where there are fewer measurements than coefficients, or one says
 * nothing, some are 0. Errors count relative to the time, as slides differ by decades.
 *
 * The serial share (G. M. Amdahl, 1967, doi:10.1145/1465482.1465560) follows from
 * slides on different numbers of ranks. Without such it is not known, and
 * CYT_COST_SERIAL stands for it: the value whose plans lose least in the mean over what
 * may be true. Plans for 5, 17, 24 and 100 slides, log-normal over half a decade, one
 * and three, on 2 to 256 ranks were made with 0, 1, 2, 3, 5, 7, 10, 15, 20 and 30 % and
 * played with a truth of 0 to 30 %. With 3 % they take 1.08 times as long as with the
 * truth; with 0 1.5 times, as too many ranks crowd on too few slides; with 15 % 1.3
 * times, as too few do. tests/unit/test_plan.c plays some of them.
 */
#ifndef CYT_COST_MODEL_H
#define CYT_COST_MODEL_H

#include "cytotaxis/config.h"
#include "cytotaxis/plan.h"
#include "cytotaxis/status.h"

#include <stddef.h>

/** Share that more ranks do not shorten, where it was not measured. */
#define CYT_COST_SERIAL 0.03

/** A slide that was run. */
typedef struct cyt_cost_sample {
    double cells, pixels;
    double wall_s; /**< greater than 0 */
    size_t ranks;  /**< of its group */
} cyt_cost_sample;

typedef struct cyt_cost_model {
    double fixed_s, per_cell_s, per_pixel_s;
    double serial;    /**< CYT_COST_SERIAL where it is not known */
    int knows_serial; /**< slides on different numbers of ranks were measured */
    size_t n_samples;
    double error; /**< root mean square of the relative errors of the samples */
} cyt_cost_model;

/** @return CYT_OK; CYT_ERR_USAGE when there is no sample, CYT_ERR_DATA when no
 *  coefficients come near the samples: times beyond all reason */
CYT_NODISCARD cyt_code cyt_cost_fit(size_t n, const cyt_cost_sample *samples,
                                    cyt_cost_model *model, cyt_error *err);

/** Seconds on one rank. */
double cyt_cost_work(const cyt_cost_model *model, double cells, double pixels);

/**
 * At most so many ranks for a slide: the halo stays below a quarter of the strip.
 * @param rows       of the raster
 * @param halo_rows  rows that a strip borrows from each neighbour
 */
size_t cyt_cost_most_ranks(double rows, double halo_rows);

/** Bytes of a slide, wherever they are.
 * @param n_signals_held  cyt_cost_signals_held()
 * @param per_pixel       cyt_cost_bytes_per_pixel() */
double cyt_cost_slide_bytes(double cells, double pixels, size_t n_types,
                            size_t n_signals_held, double per_pixel);

/** Bytes that one rank holds at most, of a slide on @p ranks ranks: the bound that the
 *  README states and tests/cohort/test_memory.py checks. */
double cyt_cost_memory(double slide_bytes, size_t ranks);

/** The fewest ranks of which none holds more, as cyt_cost_memory() says; SIZE_MAX where
 *  no number of ranks is enough. */
size_t cyt_cost_least_ranks(double slide_bytes, double memory_per_rank);

/** Signals whose values at the cells a slide holds at a time: all that are written, or
 *  one after the other. */
size_t cyt_cost_signals_held(const cyt_config *config);

/** Bytes that a slide takes for each of its pixels, under a configuration.
 *  @param n_types of the slide: all of them may respond where none are named */
double cyt_cost_bytes_per_pixel(const cyt_config *config, size_t n_types);

#endif
