/**
 * @file mixing.h
 * @brief Who is found near whom: co-occurrence, mixing, infiltration, entropy.
 *
 * All are ratios of counted pairs (pairs.h), or of the counts in each cell's window
 * (neighbourhood.h). Nothing here communicates. A ratio whose denominator is 0 is NaN.
 */
#ifndef CYT_MIXING_H
#define CYT_MIXING_H

#include "cytotaxis/pairs.h"

#include <stddef.h>
#include <stdint.h>

/**
 * Co-occurrence in each ring r[k-1] < d <= r[k], r[-1] < 0: how much likelier a cell is
 * of type b when one of type a is at that distance,
 *
 *     p(b | a) / p(b),   p(b | a) = N_ab / sum over b of N_ab,
 *                        p(b) = sum over a of N_ab / sum over a, b of N_ab,
 *
 * N_ab the ordered pairs of the ring. 1 when the types are mixed at random, up to terms
 * of 1 / n. G. Palla et al., Nat. Methods 19 (2022) 171,
 * doi:10.1038/s41592-021-01358-2.
 *
 * @param ratio [(a * n_types + b) * n_radii + k] [out]
 */
void cyt_co_occurrence(const cyt_pair_counts *counts, double *ratio);

/**
 * Mixing score within radius @p k: pairs of a reference cell @p a and a target cell @p
 * b over pairs of two reference cells, each counted once.
 *
 *     N_ab / (N_aa / 2)
 *
 * L. Keren et al., Cell 174 (2018) 1373, doi:10.1016/j.cell.2018.08.039; as in Y. Feng
 * et al., Nat. Commun. 14 (2023) 2697, doi:10.1038/s41467-023-37822-0.
 */
double cyt_mixing_score(const cyt_pair_counts *counts, size_t a, size_t b, size_t k);

/** The same over its value for types mixed at random: times (n_a - 1) / (2 n_b). Ibid.
 *  @param n_cells [n_types] */
double cyt_mixing_normalised(const cyt_pair_counts *counts, const uint64_t *n_cells,
                             size_t a, size_t b, size_t k);

/**
 * Infiltration of the cells @p b into @p a within radius @p k: pairs of the two types
 * over pairs of two infiltrating cells, N_ab / (N_bb / 2): small where b keeps to
 * itself. A. L. Martinelli, M. A. Rapsomaniki, Bioinformatics 38 (2022) 3151,
 * doi:10.1093/bioinformatics/btac303, after Keren et al. 2018.
 */
double cyt_infiltration(const cyt_pair_counts *counts, size_t a, size_t b, size_t k);

/** Shannon's entropy of counts, in bits: 0 for one kind, log2(n) for n equal ones; NaN
 *  when all are 0. */
double cyt_entropy_bits(size_t n, const uint64_t *counts);

/** The same of each cell's window.
 *  @param window [n_types * n_cells] type-major (neighbourhood.h)
 *  @param bits   [n_cells] [out] NaN for a cell with an empty window */
void cyt_neighbourhood_entropy(size_t n_types, size_t n_cells, const uint32_t *window,
                               double *bits);

/** Share of @p type in each cell's window, NaN for an empty one; what
 *  cyt_group_means() then averages over the cells that look.
 *  @param share [n_cells] [out] */
void cyt_neighbourhood_share(size_t n_types, size_t n_cells, const uint32_t *window,
                             size_t type, double *share);

#endif
