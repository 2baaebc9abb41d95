/**
 * @file cross_spectrum.h
 * @brief Do two rasters go together, mode by mode? Their product split over the cosine
 * modes of the box.
 *
 * With orthonormal modes, sum_x a(x) b(x) = sum_k w_k, w_k = a_k b_k (Parseval). A
 * surrogate of b that has its spectrum and nothing else of it has each b_k with a sign
 * of its own, drawn by lot (T. Schreiber, A. Schmitz, Physica D 142 (2000) 346,
 * doi:10.1016/S0167-2789(00)00043-9, with cosines, whose phases are signs, in place of
 * waves). Over all such surrogates the product has the mean 0 and the variance
 * sum w_k², exactly, so that none need be made. Of b as many modes matter as (sum
 * b_k²)² / sum b_k^4.
 */
#ifndef CYT_CROSS_SPECTRUM_H
#define CYT_CROSS_SPECTRUM_H

#include "cytotaxis/cosine.h"
#include "cytotaxis/status.h"

#include <mpi.h>

typedef struct cyt_cross_spectrum {
    double sum;     /**< sum of w_k: of the product of the rasters */
    double squares; /**< sum of w_k² */
    double power;   /**< sum of b_k² */
    double power2;  /**< sum of b_k^4 */
} cyt_cross_spectrum;

/**
 * Collective over @p comm, the group the plan was made for.
 *
 * @param a,b [own rows * n_cols] [in,out] used up
 * @param out [out] the same on every rank and on any number of them
 * @return CYT_OK; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_cross_spectrum_of(MPI_Comm comm, const cyt_cosine *plan,
                                             double *a, double *b,
                                             cyt_cross_spectrum *out, cyt_error *err);

#endif
