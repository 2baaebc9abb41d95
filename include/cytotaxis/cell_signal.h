/**
 * @file cell_signal.h
 * @brief A signal as the cells feel it: what is kept, and the columns made of it.
 *
 *     kept   concentration  grad_x  grad_y          24 bytes a cell
 *     made   occupancy  occupancy_difference        once per receptor law
 *            pull                                   where a tumour is defined
 *
 * Most columns follow from three numbers and the margin's direction, so they are made
 * when the table is written or a mean is taken, and no cell holds them.
 *
 * Pure: no MPI, no I/O, no state.
 */
#ifndef CYT_CELL_SIGNAL_H
#define CYT_CELL_SIGNAL_H

#include "cytotaxis/occupancy.h"

#include <stddef.h>
#include <stdint.h>

/** Columns borrowed, all of one order of cells. */
typedef struct cyt_cell_signal {
    const double *concentration; /**< [n] NaN outside the tissue */
    cyt_vectors grad;            /**< of the concentration, per µm */
    size_t n_receptors;
    const cyt_receptor *receptor; /**< [n_receptors] */
    cyt_vectors away;             /**< gradient of the margin distance; x NULL: none */
    double least_gradient;        /**< below it a direction means nothing */
} cyt_cell_signal;

/** What a column is. */
typedef enum cyt_felt {
    CYT_FELT_CONCENTRATION,
    CYT_FELT_GRAD_X,
    CYT_FELT_GRAD_Y,
    CYT_FELT_GRADIENT, /**< length of the gradient; a mean, not a column of the table */
    CYT_FELT_OCCUPANCY,
    CYT_FELT_DIFFERENCE,
    CYT_FELT_PULL,
} cyt_felt;

/** Make one column. @p receptor: which law, where it matters.
 *  @param out [n] [out] */
void cyt_cell_signal_make(const cyt_cell_signal *signal, cyt_felt what, size_t receptor,
                          size_t n, double *out);

enum { CYT_COLUMN_NAME_SIZE = 64 };

/** Columns of the table. */
size_t cyt_cell_signal_n_columns(const cyt_cell_signal *signal);

/** What column @p k of the table is. */
cyt_felt cyt_cell_signal_kind(const cyt_cell_signal *signal, size_t k);

/** The name of column @p k, such as `pull`, `occupancy`, or `occupancy@0.5` where there
 *  are several laws, after their c/Kd. */
void cyt_cell_signal_name(const cyt_cell_signal *signal, size_t k,
                          char name[CYT_COLUMN_NAME_SIZE]);

/** Make column @p k of the table. @p out [n] [out] */
void cyt_cell_signal_column(const cyt_cell_signal *signal, size_t k, size_t n,
                            double *out);

#endif
