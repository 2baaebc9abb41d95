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
 * What T asks of the cells, the sums of r and mu over the pixels that stay and so the
 * weight r - (sum r / sum mu) mu of each, is the same for all fields. So fields that
 * are tested with one model are shifted together: of rows as long as these stay in
 * cache,
 *
 *     for each few shifts   rows of r and mu come by                    (ring.h)
 *         for each row          weights of each shift                   (shift_sums.h)
 *             for each field        sum of weight times field
 *
 * and it is the model that moves, not the field: 9 bytes a pixel for all fields.
 *
 * Price: each shift of each field is a pass over the pixels. A field that is not alike
 * everywhere in a compartment is not exchangeable with its shifts. Residuals and
 * weights are of single precision, like the field.
 */
#ifndef CYT_FIELD_NULL_H
#define CYT_FIELD_NULL_H

#include "cytotaxis/random.h"
#include "cytotaxis/raster_box.h"
#include "cytotaxis/status.h"
#include "cytotaxis/stop.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** What is shifted against, and how. */
typedef struct cyt_field_null_params {
    const uint64_t *starts; /**< [size + 1] first row of each strip; borrowed */
    size_t n_cols;          /**< of the raster */
    size_t n_parts;         /**< compartments, at most 255; agreed */
    size_t n_shifts;        /**< besides none */
    cyt_random_key key;     /**< of the shifts */
    const cyt_stop *stop;   /**< looked at every few shifts; NULL: nobody stops */
} cyt_field_null_params;

/** A model without the field. */
typedef struct cyt_field_null {
    cyt_field_null_params params;
    size_t n_rows, row_bytes;
    char *rows;         /* [n_rows * row_bytes] r, mu and compartment of each row */
    cyt_raster_box box; /* around all pixels that take part */
    double *sums;       /* [(n_shifts + 1) * n_parts * 2] r, mu of what stays */
} cyt_field_null;

/** A row of it, to be filled in. */
typedef struct cyt_field_null_row {
    float *residual; /**< [n_cols] */
    float *weight;   /**< [n_cols] at least 0 */
    uint8_t *part;   /**< [n_cols] 1 .. n_parts; 0: takes no part */
} cyt_field_null_row;

/** A model in which no pixel takes part yet. Not collective.
 *  @param n_rows own rows
 *  @param out    [out] released with cyt_field_null_free(), after a failure too
 *  @return CYT_OK; CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_field_null_init(const cyt_field_null_params *params,
                                           size_t n_rows, cyt_field_null *out,
                                           cyt_error *err);

void cyt_field_null_free(cyt_field_null *null);

cyt_field_null_row cyt_field_null_row_of(const cyt_field_null *null, size_t own_row);

/** The rows are filled in: find what all fields share. Collective over @p comm.
 *  @return CYT_OK; a CYT_STOP code; CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_field_null_prepare(MPI_Comm comm, cyt_field_null *null,
                                              cyt_error *err);

/**
 * Scores of fields as they are and of random shifts of them. Collective over @p comm;
 * the same bits on any number of ranks and whatever fields there are besides. Which
 * shift is meant depends on key and number alone.
 *
 * @param null  prepared
 * @param field [n_fields][own pixels] finite
 * @param score [n_fields * (n_shifts + 1)] [out] of each field the first unshifted; NaN
 *              of shifts that leave nothing
 * @return CYT_OK; a CYT_STOP code; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_field_null_scores(MPI_Comm comm, const cyt_field_null *null,
                                             size_t n_fields, const float *const *field,
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
