/**
 * @file signal.h
 * @brief The steady field of a signal that cells of some types secrete: concentration,
 * gradient, and both at each cell.
 *
 *     sender cells ──deposit──► source ──medium.h──► c ──► grad c ──sample──► cells
 *
 * A sender secretes at rate S, the sum of its ligand values; the steady state of
 * div(D grad c) - k c + s = 0 is linear in S. Where only lambda = sqrt(D/k) is known,
 * k = 1 and D = lambda²:
 *
 *     S  ligand units per cell        c       ligand units per µm²
 *     s  ligand units per µm²         grad c  ligand units per µm³ (c per µm)
 *
 * and sum(k c) h² = sum(S). For absolute rates multiply by them; for c/Kd divide. The
 * field is two-dimensional: no change along z is assumed.
 *
 * Price: a responder that is itself a sender sees its own secretion too.
 */
#ifndef CYT_SIGNAL_H
#define CYT_SIGNAL_H

#include "cytotaxis/cells.h"
#include "cytotaxis/medium.h"
#include "cytotaxis/status.h"

#include <stddef.h>

#include <mpi.h>

/** All arrays are borrowed and agree on every rank. */
typedef struct cyt_signal_params {
    const char *name;      /**< for messages */
    const char *is_sender; /**< [types.n] */
    size_t n_ligands;
    const size_t *ligand;           /**< [n_ligands] columns of cells.values */
    const char *const *ligand_name; /**< [n_ligands] for messages */
    const double *type_rate; /**< [types.n] rate of a sender; used when n_ligands = 0 */
    int values_are_log1p;    /**< values are log(1 + amount) */
    cyt_elliptic_goal goal;  /**< for media that are solved by iteration */
} cyt_signal_params;

typedef struct cyt_signal {
    int missing;     /**< the file lacks a ligand: every value below is NaN */
    double total;    /**< sum of S over senders in the tissue, ligand units */
    double balance;  /**< |sum(k c) h² - total| / total; 0 when nothing is secreted */
    uint64_t n_lost; /**< senders outside the tissue, over all ranks */
    cyt_solution solution; /**< how well it is solved; differences of c, or of its
                                gradient, below its errors mean nothing */
    double *raster;        /**< owns c, with a halo row on both sides */
    double *c;             /**< [own rows * n_cols] NaN outside the tissue */
    double *slopes; /**< owns the next two, each with halo rows; made after c is solved,
                         so that solver and gradient do not need room at a time */
    double *grad_x; /**< [own rows * n_cols] */
    double *grad_y; /**< [own rows * n_cols] */
    double *cell;   /**< owns the three columns below */
    double *cell_c; /**< [cells.n] NaN outside the tissue */
    double *cell_grad_x; /**< [cells.n] */
    double *cell_grad_y; /**< [cells.n] */
} cyt_signal;

/**
 * Solve one signal. Collective over the group of @p slide.
 *
 * @param medium made for the slide's grid and strips
 * @param out    [out] released with cyt_signal_free()
 * @return CYT_OK, also when a ligand is missing; CYT_ERR_DATA when a sender's value or
 *         rate is negative or not finite; what cyt_medium_solve() returns;
 *         CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_signal_solve(MPI_Comm comm, const cyt_slide *slide,
                                        const cyt_medium *medium,
                                        const cyt_signal_params *params,
                                        cyt_signal *out, cyt_error *err);
void cyt_signal_free(cyt_signal *signal);

#endif
