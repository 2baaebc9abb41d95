/**
 * @file shuffle.h
 * @brief Labels dealt anew to cells, 512 times at once, and their neighbours counted.
 *
 * A random order of n cells is a one-to-one map of [0, n) to itself that can be
 * computed for each cell alone: a Feistel network. The position is split into two
 * digits, and in turns a keyed hash of one is added to the other:
 *
 *     position = left · b + right          left  in [0, a), right in [0, b), a b >= n
 *     left  ← left  + hash(right) mod a    rounds 0, 2, …
 *     right ← right + hash(left)  mod b    rounds 1, 3, …
 *
 * A result of n or more goes through again ("walks the cycle"), which is rare because
 * a b exceeds n by less than a + b. The label dealt to a cell is the one that stands at
 * its new position when labels are sorted. So no rank needs more than its own cells and
 * the numbers of labels, and the deal does not depend on who computes it.
 *
 * Digits of few values are not mixed well (of 6 cells, a network favours some of the
 * 720 orders), so that below CYT_URN_NETWORK cells the caller deals a table instead.
 *
 * Each of CYT_LANES deals has keys of its own. Labels are then turned into bits, one
 * word bit a deal, and counted with logic alone: neighbours of type b are added up in
 * binary, digit by digit, and masked by "the cell is of type a" (the positional
 * population count of Klarqvist, Muła & Lemire 2021). That costs some K² logic
 * operations on 512 deals a cell, an eighth of an increment each.
 *
 * J. Black, P. Rogaway, CT-RSA 2002, doi:10.1007/3-540-45760-7_9 (any n, walking); the
 * hash is the mixer of C. Wellons (lowbias32, 2018) without its last shift, which the
 * upper bits do not need, keyed by exclusive or; M. Klarqvist, W. Muła, D. Lemire,
 * Concurr. Comput. Pract. Exp. 33 (2021) e6304, doi:10.1002/cpe.6304.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_SHUFFLE_H
#define CYT_SHUFFLE_H

#include <stddef.h>
#include <stdint.h>

enum {
    CYT_LANES = 512, /**< deals at once */
    CYT_LANE_WORDS = CYT_LANES / 64,
    CYT_SHUFFLE_ROUNDS = 8, /**< two cells that share a digit still do with a chance of
                               about a^-4 more than they should; with six rounds, a^-3,
                               10^5 deals on a lattice b cells wide show it */
    CYT_TALLY_CELLS = 32,   /**< most cells that are counted at once */
    CYT_TALLY_DIGITS = 48,  /**< of a sum */
    CYT_LABELS_MOST = 255,  /**< most types */
    CYT_URN_NETWORK = 4096  /**< fewest cells whose digits a network mixes well */
};

/** Cells whose labels are dealt among each other. */
typedef struct cyt_urn {
    uint32_t n;          /**< cells */
    uint32_t a, b;       /**< see above */
    size_t n_types;      /**< 1 .. CYT_LABELS_MOST */
    const uint32_t *end; /**< [n_types] labels of types up to and with this one */
    const uint32_t *key; /**< [CYT_SHUFFLE_ROUNDS * CYT_LANES] random, round by round */
    const uint8_t *dealt; /**< [n * CYT_LANES] labels dealt by other means; NULL: none,
                             take the network */
} cyt_urn;

/** Choose the sides for @p n cells. */
void cyt_urn_sides(uint32_t n, uint32_t *a, uint32_t *b);

/** Where the cell at @p position (below n) goes in one deal. */
uint32_t cyt_urn_place(const cyt_urn *urn, size_t lane, uint32_t position);

/** The labels it is dealt. @param label [CYT_LANES] [out] */
void cyt_urn_labels(const cyt_urn *urn, uint32_t position, uint8_t *label);

/**
 * Labels as bits: in which deals a cell is of a type. Deal 64 s + m is bit s of byte m.
 * @param hot [n_types * CYT_LANE_WORDS] [out] aligned to 64 bytes
 */
void cyt_lanes_of_labels(const uint8_t *label, size_t n_types, uint64_t *hot);

/** Cells and their neighbours, and the sums over them. */
typedef struct cyt_tally {
    size_t n_types;
    int symmetric;   /**< count only pairs of types a <= b */
    size_t n_digits; /**< binary digits of the largest number of neighbours, >= 1 */
    uint64_t *sum;   /**< [n_types² * CYT_TALLY_DIGITS * CYT_LANE_WORDS] pair (a, b) at
                          a n_types + b, a binary digit after the other */
    uint64_t *scratch; /**< [cyt_tally_scratch()] aligned to 64 bytes, as is sum */
} cyt_tally;

size_t cyt_tally_scratch(size_t n_types, size_t n_digits);

/**
 * Add the neighbours of up to CYT_TALLY_CELLS cells.
 * @param first of the cells, whose bits are those of nodes first, first + 1, …
 * @param start [n + 1] where the lists of neighbours begin
 * @param node  the lists
 * @param hot   bits of each node, as above
 */
void cyt_tally_add(const cyt_tally *tally, size_t n, size_t first, const size_t *start,
                   const uint32_t *node, const uint64_t *hot);

/** The sum of one pair in each deal. @param count [CYT_LANES] [out] */
void cyt_tally_read(const cyt_tally *tally, size_t pair, uint64_t *count);

#endif
