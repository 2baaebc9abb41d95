// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/raster_box.h"

#include "cytotaxis/comm.h"

#include <math.h>

cyt_raster_box cyt_raster_box_of(MPI_Comm comm, const uint64_t *starts, size_t n_cols,
                                 const uint8_t *mask)
{
    const int me = cyt_comm_rank(comm);
    const size_t n_rows = (size_t)(starts[me + 1] - starts[me]);
    double low[2] = {INFINITY, INFINITY}, high[2] = {-1, -1};
    for (size_t row = 0; row < n_rows; row++)
        for (size_t col = 0; col < n_cols; col++) {
            const double at[2] = {(double)(starts[me] + row), (double)col};
            for (int k = 0; k < 2 && mask[row * n_cols + col] > 0; k++) {
                low[k] = fmin(low[k], at[k]);
                high[k] = fmax(high[k], at[k]);
            }
        }
    for (int k = 0; k < 2; k++) {
        low[k] = cyt_min_f64(comm, low[k]);
        high[k] = cyt_max_f64(comm, high[k]);
    }
    if (high[0] < 0)
        return (cyt_raster_box){0};
    return (cyt_raster_box){(size_t)low[0], (size_t)(high[0] - low[0]) + 1,
                            (size_t)low[1], (size_t)(high[1] - low[1]) + 1};
}
