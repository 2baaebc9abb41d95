// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/cell_signal.h"

#include "cytotaxis/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N_KEPT = 3, N_PER_RECEPTOR = 2 };

static void make_lengths(cyt_vectors v, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = sqrt(v.x[i] * v.x[i] + v.y[i] * v.y[i]);
}

void cyt_cell_signal_make(const cyt_cell_signal *s, cyt_felt what, size_t receptor,
                          size_t n, double *out)
{
    switch (what) {
    case CYT_FELT_CONCENTRATION:
        memcpy(out, s->concentration, n * sizeof *out);
        break;
    case CYT_FELT_GRAD_X:
        memcpy(out, s->grad.x, n * sizeof *out);
        break;
    case CYT_FELT_GRAD_Y:
        memcpy(out, s->grad.y, n * sizeof *out);
        break;
    case CYT_FELT_GRADIENT:
        make_lengths(s->grad, n, out);
        break;
    case CYT_FELT_OCCUPANCY:
        cyt_occupancy(n, s->concentration, &s->receptor[receptor], out);
        break;
    case CYT_FELT_DIFFERENCE:
        cyt_occupancy_difference(n, s->concentration, s->grad, &s->receptor[receptor],
                                 out);
        break;
    case CYT_FELT_PULL:
        cyt_pull(n, s->grad, s->away, s->least_gradient, out);
        break;
    }
}

size_t cyt_cell_signal_n_columns(const cyt_cell_signal *s)
{
    return N_KEPT + N_PER_RECEPTOR * s->n_receptors + (s->away.x != NULL);
}

/* The receptor law of column k, where it has one. */
static size_t law_of(size_t k)
{
    return k < N_KEPT ? 0 : (k - N_KEPT) / N_PER_RECEPTOR;
}

cyt_felt cyt_cell_signal_kind(const cyt_cell_signal *s, size_t k)
{
    static const cyt_felt kept[N_KEPT] = {CYT_FELT_CONCENTRATION, CYT_FELT_GRAD_X,
                                          CYT_FELT_GRAD_Y};
    if (k < N_KEPT)
        return kept[k];
    if (law_of(k) >= s->n_receptors)
        return CYT_FELT_PULL;
    return (k - N_KEPT) % N_PER_RECEPTOR ? CYT_FELT_DIFFERENCE : CYT_FELT_OCCUPANCY;
}

static int has_law(cyt_felt what)
{
    return what == CYT_FELT_OCCUPANCY || what == CYT_FELT_DIFFERENCE;
}

void cyt_cell_signal_name(const cyt_cell_signal *s, size_t k,
                          char name[CYT_COLUMN_NAME_SIZE])
{
    static const char *const names[] = {
        [CYT_FELT_CONCENTRATION] = "concentration",
        [CYT_FELT_GRAD_X] = "grad_x",
        [CYT_FELT_GRAD_Y] = "grad_y",
        [CYT_FELT_OCCUPANCY] = "occupancy",
        [CYT_FELT_DIFFERENCE] = "occupancy_difference",
        [CYT_FELT_PULL] = "pull",
    };
    const cyt_felt what = cyt_cell_signal_kind(s, k);
    char number[CYT_NUMBER_SIZE];
    snprintf(name, CYT_COLUMN_NAME_SIZE, "%s", names[what]);
    if (has_law(what) && s->n_receptors > 1)
        snprintf(name, CYT_COLUMN_NAME_SIZE, "%s@%s", names[what],
                 cyt_number_text(s->receptor[law_of(k)].per_kd, number));
}

void cyt_cell_signal_column(const cyt_cell_signal *s, size_t k, size_t n, double *out)
{
    const cyt_felt what = cyt_cell_signal_kind(s, k);
    cyt_cell_signal_make(s, what, has_law(what) ? law_of(k) : 0, n, out);
}
