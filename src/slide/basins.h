/**
 * @file basins.h
 * @brief Basins of a signal on one slide: which nests of senders hold how many
 * responders, and how deep each trap is.
 *
 * Occupancy rises with concentration, so both have the same basins (basins.h); they are
 * found on the concentration inside the tissue and told in both.
 */
#ifndef CYT_SLIDE_BASINS_H
#define CYT_SLIDE_BASINS_H

#include "slide/signal.h"

/** Add the basins of signal @p s, whose field is @p solved, to the table `basins`, and
 *  draw them where fields are written; nothing to do when none are asked for.
 *  Collective. */
CYT_NODISCARD cyt_code cyt_slide_basins(MPI_Comm group, const cyt_signal_stage *stage,
                                        size_t s, const cyt_signal_terms *terms,
                                        const cyt_signal *solved, cyt_error *err);

#endif
