/**
 * @file steps.h
 * @brief Long steps of a slide that need not be done twice (journal.h).
 *
 * A slide that was stopped is made again from its start, but for steps that take nearly
 * all of its time: their results are put down when they are done, and are taken from
 * there the next time. What is put down is the same on any number of ranks, so the
 * slide may go on with another.
 *
 *     step of                      put down
 *     a screen                     scores of a signal and responder (screen_scores.c)
 *     a course in time             both distributions at a time of a dose, and where it
 *                                  stands when the run is stopped (block_course.c)
 *     permutations of labels       what was found of all deals (graph.c, genes.c)
 *
 * A step that cannot be put down, because the disk is full, is no failure: it is told,
 * and the journal goes, so that it takes no room from the results. A course takes 16
 * bytes a pixel for each dose and time; all else is small. A slide that fails leaves
 * its journal as one that is stopped does.
 */
#ifndef CYT_SLIDE_STEPS_H
#define CYT_SLIDE_STEPS_H

#include "slide/work.h"

/** What a step leaves. */
typedef struct cyt_step {
    const char *key; /**< says which step of the slide it is, for its configuration */
    int is_part;     /**< of a step under way, which is not counted as one */
    size_t n_bytes;
    void *bytes; /**< [n_bytes] the same on every rank */
    size_t n_rasters;
    double *raster[2]; /**< [n_rasters] of [own pixels] each */
} cyt_step;

/** Look what is there. Collective. @return CYT_OK or CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_steps_open(MPI_Comm group, cyt_slide_work *work,
                                      cyt_error *err);

/** Take a step that was done before. Collective.
 *  @param step  [in,out] bytes and rasters are filled; they hold anything when it was
 *               not there
 *  @return whether it was there, the same on every rank */
int cyt_steps_take(MPI_Comm group, cyt_slide_work *work, const cyt_step *step);

/** Put down what was done. Collective. */
void cyt_steps_put(MPI_Comm group, cyt_slide_work *work, const cyt_step *step);

/** The slide ends. Not collective. @param is_whole  it needs no journal any more */
void cyt_steps_close(cyt_slide_work *work, int is_whole);

#endif
