/**
 * @file report.h
 * @brief The results as people read them: report.html, tables as text, maps.
 *
 *     out/report.html               one page that needs nothing else: light and dark,
 *                                   narrow and wide, on paper
 *     out/tables/<table>.csv        what cohort.h5ad holds, as text
 *     out/tables/..._mqc.json       for MultiQC, as custom content
 *     out/pictures/report/          the larger maps that the page links to
 *
 * All of it is a function of the result files: made again it has the same bytes, for
 * any number of ranks, but for what run.json says of times, hosts and the command,
 * which stands in one element of the page, <section id="run">.
 *
 * What a result does not hold is left out with a sentence how to get it. Long tables
 * and many curves are cut, and the page says where the rest is.
 */
#ifndef CYT_REPORT_H
#define CYT_REPORT_H

#include "cytotaxis/status.h"

#include <mpi.h>

/**
 * Write all of the above. Collective over @p world: slides are dealt to the ranks for
 * their maps; rank 0 makes the rest.
 *
 * @param out  folder of a run; the same on every rank
 * @return CYT_OK; CYT_ERR_NO_INPUT: no folder, or no cohort.h5ad in it; CYT_ERR_DATA:
 *         not a file of this program; CYT_ERR_CREATE, CYT_ERR_IO; CYT_ERR_MEMORY; the
 *         same on every rank
 */
CYT_NODISCARD cyt_code cyt_report(MPI_Comm world, const char *out, cyt_error *err);

#endif
