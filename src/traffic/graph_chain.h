/** @file graph_chain.h  The Delaunay graph when all cells of a slide lie on one line.
 */
#ifndef CYT_GRAPH_CHAIN_H
#define CYT_GRAPH_CHAIN_H

#include "graph_parts.h"

/** Collective. @param longest edges longer than this are left out */
CYT_NODISCARD cyt_code cyt_chain_links(MPI_Comm comm, const cyt_slide *slide,
                                       double longest, cyt_guests *guests,
                                       cyt_links *links, cyt_error *err);

#endif
