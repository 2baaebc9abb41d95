/**
 * @file results.h
 * @brief Read back what a slide file says for the cohort.
 */
#ifndef CYT_RESULTS_H
#define CYT_RESULTS_H

#include "cytotaxis/metrics.h"
#include "cytotaxis/status.h"

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

#endif
