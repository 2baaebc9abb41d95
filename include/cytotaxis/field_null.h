/**
 * @file field_null.h
 * @brief How large a score of cells on a field is by chance: the field is shifted, the
 * cells stay.
 *
 * Cells of a type cluster for reasons of their own, and fields are smooth with a few
 * high places, so that neither cells nor blocks of them may be dealt anew. What may be
 * moved is the field as a whole: a shift keeps both as they are and takes away only
 * what one has to do with the other (H. W. Lotwick, B. W. Silverman, J. R. Statist.
 * Soc. B 44 (1982) 406, doi:10.1111/j.2517-6161.1982.tb01221.x). With r = y - mu of a
 * model without the field and weights mu, the score of a shift by s is
 *
 *     T(s) = sum over compartments [ sum r f  -  (sum r / sum mu) sum mu f ]
 *            / sqrt(sum mu),          f = field(x + s)
 *
 * over those pixels x for which x + s, the box around all that take part being a torus,
 * is of the same compartment: the field moves within compartments, the constant of each
 * is fitted anew, and the root makes shifts alike that leave more and less (T. Mrkvička
 * et al., Spatial Statistics 42 (2021) 100430, doi:10.1016/j.spasta.2020.100430).
 *
 * Price: each shift is a pass over the pixels. A field that is not alike everywhere in
 * a compartment is not exchangeable with its shifts.
 */
#ifndef CYT_FIELD_NULL_H
#define CYT_FIELD_NULL_H

#include "cytotaxis/random.h"
#include "cytotaxis/status.h"
#include "cytotaxis/stop.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** Everything is borrowed. */
typedef struct cyt_field_null {
    const uint64_t *starts; /**< [size + 1] first row of each strip */
    size_t n_cols;          /**< of the raster */
    size_t n_parts;         /**< compartments; agreed */
    const uint8_t *part;    /**< [own pixels] 1 .. n_parts; 0: takes no part */
    const double *residual; /**< [own pixels] */
    const double *weight;   /**< [own pixels] at least 0 */
    const float *field;     /**< [own pixels] finite where part > 0 */
    const cyt_stop *stop;   /**< looked at before each shift; NULL: nobody stops */
} cyt_field_null;

/**
 * Scores of the field as it is and of random shifts. Collective over @p comm; the same
 * bits on any number of ranks. Which shift is meant depends on key and number alone.
 *
 * @param score [n_shifts + 1] [out] the first unshifted; NaN of shifts that leave
 *              nothing
 * @return CYT_OK; a CYT_STOP code; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_field_null_scores(MPI_Comm comm, const cyt_field_null *null,
                                             cyt_random_key key, size_t n_shifts,
                                             double *score, cyt_error *err);

/** Of one test in a family; all NaN where the score is. */
typedef struct cyt_field_test {
    double z;        /**< score less the mean of all shifts, over their deviation */
    double p;        /**< two-sided, this test alone: share of shifts that reach z */
    double p_family; /**< share of shifts in which any test of the family does: max-T
                          (P. H. Westfall, S. S. Young, Resampling-Based Multiple
                          Testing, 1993) */
} cyt_field_test;

/**
 * What the scores of a family tested with the same shifts say. Pure.
 *
 * @param score [n_tests * (n_shifts + 1)] [in,out] becomes |z|
 * @param out   [n_tests] [out]
 */
void cyt_field_tests(size_t n_tests, size_t n_shifts, double *score,
                     cyt_field_test *out);

#endif
