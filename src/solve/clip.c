// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/clip.h"

#include "cytotaxis/comm.h"

#include <math.h>

static cyt_code judge(const cyt_extremes *e, double error, cyt_error *err)
{
    const double floor = -(error + CYT_ROUNDING_TOLERANCE * e->largest);
    if (e->smallest >= floor && isfinite(e->largest))
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_INTERNAL, NULL,
                    "a field that cannot be negative has values from %g to %g, beyond "
                    "rounding; please report this",
                    e->smallest, e->largest);
}

cyt_code cyt_clip_negative(MPI_Comm comm, size_t n, double *field, double error,
                           cyt_extremes *extremes, cyt_error *err)
{
    double least = INFINITY, most = -INFINITY;
    int bad = 0;
    for (size_t i = 0; i < n; i++) {
        least = field[i] < least ? field[i] : least;
        most = field[i] > most ? field[i] : most;
        bad |= !isfinite(field[i]);
    }
    least = cyt_min_f64(comm, bad ? -INFINITY : least);
    most = cyt_max_f64(comm, most);
    const int none = least > most;
    *extremes = (cyt_extremes){none ? 0 : least, none ? 0 : most};
    const cyt_code code = cyt_agree(comm, judge(extremes, error, err), err);
    for (size_t i = 0; code == CYT_OK && i < n; i++)
        field[i] = field[i] > 0 ? field[i] : 0;
    return code;
}
