// SPDX-License-Identifier: BSD-3-Clause
/* The residual that decides: in double, from D and k as the caller gave them. */
#include "cytotaxis/mg.h"

#include "cytotaxis/clones.h"

#include <math.h>

/* Weight of the face between two pixels, times h². D = 0 on either side gives 0; a
 * denominator of 0 is both. */
CYT_IN_CLONES double face(double a, double b)
{
    const double sum = a + b;
    return sum > 0 ? 2 * a * (b / sum) : 0;
}

/* What a pixel adds to the sums and leaves in the row. */
typedef struct pixel {
    double residual, rounding;
} pixel;

/* left or right of i; i itself where there is none. */
CYT_IN_CLONES pixel at(const cyt_mg_true_row *r, size_t i, size_t left, size_t right)
{
    const double d = r->d[i], c = r->c[i];
    const double k = r->decay ? r->decay[i] : r->uniform_decay;
    const double wl = left != i ? face(d, r->d[left]) : 0;
    const double wr = right != i ? face(d, r->d[right]) : 0;
    const double wa = face(d, r->d_above[i]), wb = face(d, r->d_below[i]);
    const double flux = wl * (r->c[left] - c) + wr * (r->c[right] - c) +
                        wa * (r->c_above[i] - c) + wb * (r->c_below[i] - c);
    const double sum = wl + wr + wa + wb;
    const int inside = d > 0;
    return (pixel){inside ? r->source[i] - k * c + r->per_area * flux : 0,
                   inside ? (k + r->per_area * sum) * c : 0};
}

CYT_IN_CLONES void add(pixel p, double scale, float *out, double *square,
                       double *rounding, double *largest)
{
    const double size = p.residual < 0 ? -p.residual : p.residual;
    *out = (float)(scale * p.residual);
    *square += p.residual * p.residual;
    *rounding += p.rounding * p.rounding;
    *largest = *largest < size ? size : *largest;
}

CYT_CLONES
void cyt_mg_true_residual_row(const cyt_mg_true_row *row, double scale, float *out,
                              cyt_mg_true_sums *sums)
{
    enum { N = CYT_MG_LANES };
    double square[N] = {0}, rounding[N] = {0}, largest[N] = {0};
    const cyt_mg_true_row r = *row;
    const size_t n = r.n_cols, last = n - 1;
    size_t i = 1;
    add(at(&r, 0, 0, n > 1), scale, out, square, rounding, largest);
    for (; i + N < n; i += N)
        for (size_t l = 0; l < N; l++)
            add(at(&r, i + l, i + l - 1, i + l + 1), scale, out + i + l, square + l,
                rounding + l, largest + l);
    for (; i < n; i++)
        add(at(&r, i, i - 1, i < last ? i + 1 : i), scale, out + i, square, rounding,
            largest);
    *sums = (cyt_mg_true_sums){0};
    for (size_t l = 0; l < N; l++) {
        sums->square += square[l];
        sums->rounding += rounding[l];
        sums->largest = fmax(sums->largest, largest[l]);
    }
}
