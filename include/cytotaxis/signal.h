/**
 * @file signal.h
 * @brief The steady field of a signal that cells of some types secrete, D and k uniform
 * on the box: concentration, gradient, and both at each cell.
 *
 *     sender cells ──deposit──► source ──cosine.h──► c ──► grad c ──sample──► cells
 *
 * A sender secretes at rate S, the sum of its ligand values; the steady state of
 * D lap c - k c + s = 0 is linear in S. Only lambda = sqrt(D/k) is known, so k = 1 and
 * D = lambda²:
 *
 *     S  ligand units per cell        c       ligand units per µm²
 *     s  ligand units per µm²         grad c  ligand units per µm³ (c per µm)
 *
 * and sum(c) h² = sum(S). For absolute rates multiply by them; for c/Kd divide. The
 * field is two-dimensional: no change along z is assumed.
 *
 * Advantage: exact up to rounding, two transforms for the whole slide. Price: no tissue
 * edge other than the box, no contrast of D or k; a responder that is itself a sender
 * sees its own secretion too.
 */
#ifndef CYT_SIGNAL_H
#define CYT_SIGNAL_H

#include "cytotaxis/cells.h"
#include "cytotaxis/cosine.h"
#include "cytotaxis/status.h"

#include <stddef.h>

#include <mpi.h>

/** All arrays are borrowed and agree on every rank. */
typedef struct cyt_signal_params {
    const char *name;      /**< for messages */
    double lambda_um;      /**< decay length, > 0 */
    const char *is_sender; /**< [types.n] */
    size_t n_ligands;
    const size_t *ligand;           /**< [n_ligands] columns of cells.values */
    const char *const *ligand_name; /**< [n_ligands] for messages */
    const double *type_rate; /**< [types.n] rate of a sender; used when n_ligands = 0 */
    int values_are_log1p;    /**< values are log(1 + amount) */
} cyt_signal_params;

typedef struct cyt_signal {
    int missing;     /**< the file lacks a ligand: every value below is NaN */
    double total;    /**< sum of S, ligand units */
    double balance;  /**< |sum(c) h² - sum(S)| / sum(S); 0 when nothing is secreted */
    double smallest; /**< least c before rounding below zero was set to 0 */
    double largest;  /**< largest c */
    double c_error;  /**< rounding error of c: differences below it mean nothing */
    double grad_error; /**< the same for each component of the gradient */
    double *raster; /**< owns the three rasters, each with a halo row on both sides */
    double *c;      /**< [own rows * n_cols] a place in raster, as the next two */
    double *grad_x; /**< [own rows * n_cols] */
    double *grad_y; /**< [own rows * n_cols] */
    double *cell;   /**< owns the three columns below */
    double *cell_c; /**< [cells.n] */
    double *cell_grad_x; /**< [cells.n] */
    double *cell_grad_y; /**< [cells.n] */
} cyt_signal;

/**
 * Solve one signal. Collective over the group of @p slide.
 *
 * @param plan made for the slide's grid and strips
 * @param out  [out] released with cyt_signal_free()
 * @return CYT_OK, also when a ligand is missing; CYT_ERR_DATA when a sender's value or
 * rate is negative or not finite; CYT_ERR_USAGE for a lambda that is not positive;
 *         CYT_ERR_INTERNAL when the field is negative beyond rounding; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_signal_solve(MPI_Comm comm, const cyt_slide *slide,
                                        const cyt_cosine *plan,
                                        const cyt_signal_params *params,
                                        cyt_signal *out, cyt_error *err);
void cyt_signal_free(cyt_signal *signal);

#endif
