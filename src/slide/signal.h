/**
 * @file signal.h
 * @brief Signals of one slide: what their steps hand to each other.
 *
 *     signal.c         the story: terms, order, what is kept at the cells
 *     signal_medium.c  what a signal spreads in; the margin's direction; edges
 *     signal_out.c     means over responders, maps
 */
#ifndef CYT_SLIDE_SIGNAL_H
#define CYT_SLIDE_SIGNAL_H

#include "slide/work.h"

#include "cytotaxis/medium.h"
#include "cytotaxis/signal.h"

/** What all signals of the slide share. */
typedef struct cyt_signal_stage {
    cyt_slide_work *work;
    cyt_domain tissue; /**< its edges are open: nothing is known of what is beyond */
    float *away_map;   /**< [2 * own pixels] gradient of the margin distance; NULL:
                            no margin */
    cyt_medium medium;
    const cyt_signal_config *medium_of; /**< the signal it was made for; NULL: none */
    struct cyt_block_stage *block;      /**< block.h; NULL until a cross-talk is */
    struct cyt_trap_stage *trap;        /**< trap.h; NULL until slopes are asked for */
} cyt_signal_stage;

/** One signal in terms of this slide: types and columns by number. */
typedef struct cyt_signal_terms {
    char *is_sender;    /**< [types.n] */
    double *rate;       /**< [types.n] */
    char *is_responder; /**< [types.n] */
    size_t *ligand;     /**< [ligand.n] columns of cells.values */
} cyt_signal_terms;

/** Lay out the tissue, the margin's direction (on the raster and at cells) and the
 *  distance of each cell to the edge of the field of view. Collective. */
CYT_NODISCARD cyt_code cyt_stage_begin(MPI_Comm group, cyt_slide_work *work,
                                       cyt_signal_stage *stage, cyt_error *err);
void cyt_stage_end(cyt_signal_stage *stage);

/** Do two signals spread in the same medium? */
int cyt_same_medium(const cyt_signal_config *a, const cyt_signal_config *b);

/** Have the medium of @p signal ready; the last one is kept. Collective. */
CYT_NODISCARD cyt_code cyt_stage_medium(MPI_Comm group, cyt_signal_stage *stage,
                                        const cyt_signal_config *signal,
                                        cyt_error *err);

/** Turn a field into nM where the signal says how; else leave it. */
void cyt_signal_make_absolute(const cyt_slide_work *work,
                              const cyt_signal_config *signal, cyt_signal *solved);

/** Add the means over responders to the slide's metrics. Collective. */
CYT_NODISCARD cyt_code cyt_signal_metrics(MPI_Comm group, cyt_slide_work *work,
                                          const cyt_signal_terms *terms,
                                          const cyt_signal_columns *columns,
                                          cyt_error *err);

/** Write the maps of a signal. Collective. */
CYT_NODISCARD cyt_code cyt_signal_maps(MPI_Comm group, const cyt_signal_stage *stage,
                                       const cyt_signal_columns *columns,
                                       const cyt_signal *solved, cyt_error *err);

#endif
