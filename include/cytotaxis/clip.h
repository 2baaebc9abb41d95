/**
 * @file clip.h
 * @brief A field that cannot be negative: what rounding or a solver's tolerance left
 * below zero is set to 0, anything further below is an error.
 */
#ifndef CYT_CLIP_H
#define CYT_CLIP_H

#include "cytotaxis/status.h"

#include <stddef.h>

#include <mpi.h>

/** Values above -CYT_ROUNDING_TOLERANCE * max are rounding, values below are a bug.
 *  Reason: transforms err by about DBL_EPSILON * log2(pixels) <= 1e-14 of the largest
 *  value; a wrong sign, mode or transpose errs by the order of the value itself. */
#define CYT_ROUNDING_TOLERANCE 1e-10

/** What cyt_clip_negative() saw before it changed anything; the same on every rank. */
typedef struct cyt_extremes {
    double smallest, largest; /**< 0 when there is no pixel */
} cyt_extremes;

/**
 * Set negative values to 0. Collective over @p comm.
 *
 * @param n        pixels of this strip
 * @param field    [n] [in,out]
 * @param error    bound on the error of a value besides rounding; >= 0, the same on
 *                 every rank
 * @param extremes [out]
 * @return CYT_OK; CYT_ERR_INTERNAL for a value below -(error + CYT_ROUNDING_TOLERANCE *
 *         largest), or one that is not finite
 */
CYT_NODISCARD cyt_code cyt_clip_negative(MPI_Comm comm, size_t n, double *field,
                                         double error, cyt_extremes *extremes,
                                         cyt_error *err);

#endif
