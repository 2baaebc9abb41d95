/**
 * @file drift.h
 * @brief How a distribution of cells changes with time when they wander and drift.
 *
 *     dT/dt = div(mu grad T - mu T grad psi),   no flux through the edge of the tissue
 *
 * psi is the potential of the drift: beta theta_A where cells drift up occupancy with
 * strength chi = beta mu. With T = e^psi w the equation is symmetric,
 *
 *     e^psi dw/dt = div(mu e^psi grad w),
 *
 * and a step of backward Euler is the medium of elliptic.h with D = mu e^psi and
 * k = e^psi / dt. Its harmonic mean on the faces is the flux between two pixels that
 * are in balance when T ~ e^psi: the end state is Boltzmann's, exactly.
 *
 * In each 4-connected part of the tissue the number of cells M stays. Its constant mode
 * M / sum(e^psi) is therefore known and never solved for: what is solved is the rest,
 * v = w - M / sum(e^psi), which fades, and whose weighted mean is set to 0 after each
 * solve. So mass holds to rounding, at any tolerance, and the end state is exact. The
 * matrix is an M-matrix: T cannot become negative but by the solver's error, which is
 * bounded (a step does not enlarge errors of w), reported and cut.
 *
 * Advantage: any step is stable and positive. Price: first order in the step. Halve it
 * and compare: the difference is the error of the longer step.
 */
#ifndef CYT_DRIFT_H
#define CYT_DRIFT_H

#include "cytotaxis/elliptic.h"
#include "cytotaxis/pieces.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

/** Largest e^(range of psi) within a part that the solver is tested for. */
#define CYT_DRIFT_CONTRAST 1e8

typedef struct cyt_drift_params {
    const cyt_pieces *pieces; /**< of the tissue, those that hold cells */
    size_t n_rows;            /**< of the whole raster */
    double spacing_um;
    const double *potential; /**< [own pixels] psi, finite where there is a part */
    double motility;         /**< mu, µm²/min, > 0 */
    double step_min;         /**< > 0 */
    cyt_elliptic_goal goal;
} cyt_drift_params;

typedef struct cyt_drift cyt_drift;

/** How well it went; the same on every rank. */
typedef struct cyt_drift_report {
    double time_min;
    size_t n_steps;
    int iterations;    /**< of all solves */
    double smallest;   /**< least T before values below 0 were cut, over the largest */
    double error;      /**< bound on the solver's part in the error of T, over the
                            largest T */
    double mass_drift; /**< largest relative error of a part's mass that a solve made,
                            before it was put right */
    double mass_error; /**< the same of T as it is given */
} cyt_drift_report;

/** Largest e^(range of psi) over the parts. Collective over @p comm. */
CYT_NODISCARD cyt_code cyt_drift_contrast(MPI_Comm comm, const cyt_pieces *pieces,
                                          const double *potential, double *contrast,
                                          cyt_error *err);

/**
 * Set up the steps. Collective over @p comm.
 *
 * @param start [own pixels] T at time 0, at least 0; 0 where there is no part
 * @param out   [out] released with cyt_drift_destroy(); NULL on failure. params->pieces
 *              is borrowed until then
 * @return CYT_OK; what cyt_elliptic_create() returns; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_drift_create(MPI_Comm comm, const cyt_drift_params *params,
                                        const double *start, cyt_drift **out,
                                        cyt_error *err);

/** Take some steps. Collective. @return what cyt_elliptic_solve() returns; then it
 *  stands nowhere in particular */
CYT_NODISCARD cyt_code cyt_drift_march(MPI_Comm comm, cyt_drift *drift, size_t n_steps,
                                       cyt_error *err);

/**
 * The distribution at this time. Collective over @p comm.
 * @param now    [own pixels] [out] T, at least 0; 0 where there is no part
 * @param report [out]
 * @return CYT_OK; what cyt_clip_negative() returns; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_drift_now(MPI_Comm comm, const cyt_drift *drift, double *now,
                                     cyt_drift_report *report, cyt_error *err);

/** Steps that were taken. Not collective, nor are the next two. */
size_t cyt_drift_n_steps(const cyt_drift *drift);

/** Where it stands, between two marches: all that marching changes.
 *  @param numbers [out] the same on every rank
 *  @param rest    [own pixels] [out] */
enum { CYT_DRIFT_NUMBERS = 4 };
void cyt_drift_save(const cyt_drift *drift, double numbers[CYT_DRIFT_NUMBERS],
                    double *rest);

/** Go on from there: one of the same parameters and start then marches on as the one
 *  that was saved would, bit for bit, also on another number of ranks. */
void cyt_drift_restore(cyt_drift *drift, const double numbers[CYT_DRIFT_NUMBERS],
                       const double *rest);

/** Accepts NULL. Not collective. */
void cyt_drift_destroy(cyt_drift *drift);

#endif
