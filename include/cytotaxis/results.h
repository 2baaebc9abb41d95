/**
 * @file results.h
 * @brief Read back what a slide file says for the cohort.
 */
#ifndef CYT_RESULTS_H
#define CYT_RESULTS_H

#include "cytotaxis/metrics.h"
#include "cytotaxis/names.h"
#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

/**
 * The metrics of one finished slide. Serial.
 *
 * @param path     slides/<sample>.h5ad
 * @param metrics  [out] released with cyt_metrics_free()
 * @return CYT_OK; CYT_ERR_NO_INPUT when there is no such file; CYT_ERR_DATA when it is
 *         not a slide result of this program; CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_results_read(const char *path, cyt_metrics *metrics,
                                        int64_t *n_cells, double *area_um2,
                                        cyt_error *err);

/** The types that neighbourhoods of a finished slide are counted by; appended. Serial,
 *  as are the next two. */
CYT_NODISCARD cyt_code cyt_results_around_types(const char *path, cyt_names *types,
                                                cyt_error *err);

/** Neighbourhoods of cells [first, first + n) of a finished slide.
 *  @param types sorted; a type that the slide has not counts 0, one that only it has is
 *               left out
 *  @param count [n * types->n] [out] row-major */
CYT_NODISCARD cyt_code cyt_results_around(const char *path, const cyt_names *types,
                                          uint64_t first, size_t n, double *count,
                                          cyt_error *err);

/** Ids of the same cells: that of cell i is text[start[i] .. start[i + 1]).
 *  @param start [out] [n + 1], released with free(), as is text; NULL for n = 0 */
CYT_NODISCARD cyt_code cyt_results_ids(const char *path, uint64_t first, size_t n,
                                       size_t **start, char **text, cyt_error *err);

#endif
