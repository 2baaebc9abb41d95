/**
 * @file window.h
 * @brief The window of a slide: where its cells could have been seen, which corrects
 * statistics of pairs and of nearest distances for the edge.
 *
 * The window is the tissue:
 *
 *     tissue from   area       distance to the edge    set covariance
 *     bbox          exact      exact                   exact
 *     regions       exact      exact                   pixels, scaled to the area
 *     reach         pixels     pixels                  pixels
 *
 * Cells outside of it take part in nothing: they have no type in `seen`.
 */
#ifndef CYT_SLIDE_WINDOW_H
#define CYT_SLIDE_WINDOW_H

#include "slide/work.h"

typedef struct cyt_slide_window {
    cyt_slide seen;     /**< the slide, borrowed but for the next two */
    uint16_t *type;     /**< [cells.n] */
    uint64_t *counts;   /**< [types.n] cells in the window, over all ranks */
    uint64_t n_outside; /**< cells with a type outside, over all ranks */
    cyt_box box;        /**< around all cells, source units */
    double *border;     /**< [cells.n] to the edge, source units; -infinity outside */
    double area_um2;
} cyt_slide_window;

/** Collective. Released with cyt_slide_window_free(), also after a failure. */
CYT_NODISCARD cyt_code cyt_slide_window_make(MPI_Comm group, const cyt_slide_work *work,
                                             cyt_slide_window *window, cyt_error *err);
void cyt_slide_window_free(cyt_slide_window *window);

/** Mean of the window's set covariance over each ring between radii. Collective.
 *  @param gamma [radii->n] [out] µm² */
CYT_NODISCARD cyt_code cyt_slide_window_rings(MPI_Comm group,
                                              const cyt_slide_work *work,
                                              const cyt_ascending *radii, double *gamma,
                                              cyt_error *err);

/** Distance of each pixel's centre to the edge. Collective.
 *  @param edge_um [own rows * n_cols] [out] -infinity outside */
CYT_NODISCARD cyt_code cyt_slide_window_map(MPI_Comm group, const cyt_slide_work *work,
                                            const cyt_slide_window *window,
                                            float *edge_um, cyt_error *err);

/** Do pairs of these types become metrics of the cohort? */
int cyt_slide_tells(const cyt_slide_work *work, const char *type_a, const char *type_b);

/** Nearest distances against complete spatial randomness (nearest.c). Collective.
 */
CYT_NODISCARD cyt_code cyt_slide_nearest(MPI_Comm group, cyt_slide_work *work,
                                         const cyt_slide_window *window,
                                         cyt_error *err);

#endif
