/**
 * @file clark_evans.h
 * @brief The Clark-Evans index: the mean nearest distance over the one that complete
 * spatial randomness would give.
 *
 * Below 1: clustered; above: regular. Without correction E = 1 / (2 sqrt(l)) and the
 * standard error of the mean is sqrt((4 - pi) / (4 pi)) / sqrt(n l), l being the
 * intensity of the cells that are found (P. J. Clark, F. C. Evans, Ecology 35 (1954)
 * 445, doi:10.2307/1931034). Cells near the edge look too far, so the index comes out
 * too large. Donnelly's correction is for a rectangle of perimeter P and the cells of
 * one type:
 *
 *     E   = 0.5 sqrt(A / n) + (0.0514 + 0.0412 / sqrt(n)) P / n
 *     Var = 0.0703 A / n² + 0.037 P sqrt(A / n^5)
 *
 * K. P. Donnelly, Simulations to determine the variance and edge effect of total
 * nearest-neighbour distance, in I. Hodder (ed.), Simulation Studies in Archaeology,
 * Cambridge 1978, pp. 91-95. The normal approximation treats the distances as
 * independent, which mutual neighbours are not.
 *
 * Pure: no MPI, no I/O, no allocation, no state.
 */
#ifndef CYT_CLARK_EVANS_H
#define CYT_CLARK_EVANS_H

typedef struct cyt_clark_evans {
    double index;    /**< observed mean / expected */
    double expected; /**< unit of the distances */
    double se;       /**< standard error of the mean under randomness */
    double z;        /**< (observed - expected) / se */
    double p;        /**< of a mean at least as extreme, on the side of z */
} cyt_clark_evans;

/** Without correction; for a cross index, too: @p n cells look, those found have the
 *  intensity @p intensity. All NaN for n = 0 and for an intensity that is 0 or, in a
 *  window without area, infinite. */
cyt_clark_evans cyt_clark_evans_naive(double mean_distance, double n, double intensity);

/** With Donnelly's correction: @p n cells of one type in a rectangle. All NaN for n = 0
 *  and for a rectangle without area. */
cyt_clark_evans cyt_clark_evans_donnelly(double mean_distance, double n, double width,
                                         double height);

#endif
