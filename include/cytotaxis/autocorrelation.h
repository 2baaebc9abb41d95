/**
 * @file autocorrelation.h
 * @brief Are neighbours alike? Moran's I and Geary's C of columns of the cells.
 *
 * With weights w_ij (below), S0 = Σ w_ij and z = x - mean(x) over all N cells,
 *
 *     I = N / S0 · Σ_i z_i Σ_j w_ij z_j / Σ z²         Moran 1950
 *     C = (N - 1) / (2 S0) · Σ_ij w_ij (x_i - x_j)² / Σ z²    Geary 1954
 *
 * and their expectations and variances if values were independent normal, or dealt
 * anew to the cells ("randomisation"), after Cliff & Ord 1981, ch. 1, with
 * S1 = ½ Σ (w_ij + w_ji)², S2 = Σ_i (w_i. + w_.i)². N counts also cells without
 * neighbours (spdep leaves those out unless adjust.n = FALSE).
 *
 * Columns are taken eight at a time, so that a list of neighbours is walked once for
 * eight genes. Sums are made row by row of the raster (ordered.h): the same bits on any
 * number of ranks.
 *
 * P. A. P. Moran, Biometrika 37 (1950) 17, doi:10.1093/biomet/37.1-2.17; R. C. Geary,
 * Incorp. Statist. 5 (1954) 115, doi:10.2307/2986645; A. D. Cliff, J. K. Ord, Spatial
 * processes, Pion, London 1981.
 */
#ifndef CYT_AUTOCORRELATION_H
#define CYT_AUTOCORRELATION_H

#include "cytotaxis/cells.h"
#include "cytotaxis/graph.h"
#include "cytotaxis/permutation.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

#include <mpi.h>

typedef enum cyt_weights {
    CYT_WEIGHTS_BINARY, /**< w_ij = 1 for j in the list of i */
    CYT_WEIGHTS_ROW,    /**< w_ij = 1 / degree of i: "row-standardised" */
} cyt_weights;

/** A statistic against one model of chance. */
typedef struct cyt_against {
    double variance, z, p; /**< p: two-sided, of a normal distribution */
} cyt_against;

typedef struct cyt_alike {
    double value, expected;
    cyt_against normal, random;
} cyt_alike;

/** Of one column. NaN for columns that are constant or hold values that are not finite,
 * for graphs without edges, and variances where N < 4. */
typedef struct cyt_autocorrelation {
    cyt_alike moran, geary;
} cyt_autocorrelation;

/**
 * Collective over the group of @p slide.
 * @param columns [n_columns * cells.n] one column after the other
 * @param out     [n_columns] [out] the same on every rank
 * @return CYT_OK; CYT_ERR_MEMORY; CYT_ERR_USAGE for row weights on a directed graph
 * whose lists differ in length (none of graph.h's kinds)
 */
CYT_NODISCARD cyt_code cyt_autocorrelate(MPI_Comm comm, const cyt_slide *slide,
                                         const cyt_graph *graph, cyt_weights weights,
                                         size_t n_columns, const double *columns,
                                         cyt_autocorrelation *out, cyt_error *err);

/**
 * Both against random deals of the values to the cells, those of all columns dealt
 * together. The same bits on any number of ranks. Collective.
 *
 * Needed within groups, and where values are so skewed that the statistics are far from
 * normal; else `random` of cyt_autocorrelate() is what many deals would tend to. A deal
 * costs some ten times a column's share of cyt_autocorrelate(): for a few genes.
 *
 * @param moran, geary [n_columns] [out] NaN, and counts 0, where the statistic is NaN
 * @return as cyt_autocorrelate(), and of cyt_deal_init()
 */
CYT_NODISCARD cyt_code cyt_autocorrelate_permute(
    MPI_Comm comm, const cyt_slide *slide, const cyt_graph *graph, cyt_weights weights,
    size_t n_columns, const double *columns, const cyt_permutation_params *params,
    cyt_permuted *moran, cyt_permuted *geary, cyt_error *err);

/**
 * Bivariate Moran: is @p x high where the neighbours' @p y is?
 *
 *     I = N / S0 · Σ_i zx_i Σ_j w_ij zy_j / sqrt(Σ zx² Σ zy²)
 *
 * `random` is against dealing x anew while y stays: then the mean is 0 and the variance
 * of Σ zx_i l_i, l_i = Σ_j w_ij zy_j, is Σ (l - mean l)² Σ zx² / (N - 1) (Hoeffding
 * 1951, doi:10.1214/aoms/1177729545). It takes x and y in one cell apart, too:
 * correlation within cells alone shows up as none. `normal` is NaN. Collective.
 */
CYT_NODISCARD cyt_code cyt_bivariate_moran(MPI_Comm comm, const cyt_slide *slide,
                                           const cyt_graph *graph, cyt_weights weights,
                                           const double *x, const double *y,
                                           cyt_alike *out, cyt_error *err);

/**
 * The same against random deals of @p x, while y stays. Needed within groups: pairs of
 * which both follow the compartment are alike for that reason alone. The same bits on
 * any number of ranks. Collective.
 * @param out [out] NaN, and counts 0, where the statistic is NaN
 * @return as cyt_bivariate_moran(), and of cyt_deal_init()
 */
CYT_NODISCARD cyt_code cyt_bivariate_moran_permute(
    MPI_Comm comm, const cyt_slide *slide, const cyt_graph *graph, cyt_weights weights,
    const double *x, const double *y, const cyt_permutation_params *params,
    cyt_permuted *out, cyt_error *err);

#endif
