// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/dct.h"

#include "cytotaxis/mem.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include <fftw3.h>

enum { LINE = 8 }; /* doubles in a cache line, the alignment of cyt_alloc() */

static size_t up_to_line(size_t n)
{
    return (n + LINE - 1) / LINE * LINE;
}

size_t cyt_dct_room(size_t n)
{
    return up_to_line(n);
}

static size_t waves_room(size_t n)
{
    return up_to_line(2 * (n / 2 + 1));
}

size_t cyt_dct_scratch(size_t n)
{
    return cyt_dct_room(n) + waves_room(n);
}

static void fill_turn(cyt_dct *dct)
{
    const double step = acos(-1.0) / (2.0 * (double)dct->n);
    for (size_t k = 0; k <= dct->n / 2; k++) {
        dct->turn[2 * k] = cos(step * (double)k);
        dct->turn[2 * k + 1] = sin(step * (double)k);
    }
}

static cyt_code plan(cyt_dct *dct, double *scratch, cyt_error *err)
{
    const int n = (int)dct->n;
    fftw_complex *waves = (fftw_complex *)(scratch + cyt_dct_room(dct->n));
    dct->to_waves = fftw_plan_dft_r2c_1d(n, scratch, waves, FFTW_ESTIMATE);
    dct->from_waves =
        fftw_plan_dft_c2r_1d(n, waves, scratch, FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
    if (!dct->to_waves || !dct->from_waves)
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL,
                        "FFTW cannot plan a transform of length %zu", dct->n);
    return CYT_OK;
}

cyt_code cyt_dct_init(cyt_dct *dct, size_t n, cyt_error *err)
{
    cyt_code code = CYT_OK;
    *dct = (cyt_dct){.n = n};
    if (n < 1 || n > INT_MAX)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "a transform of length %zu is not possible", n);
    double *scratch = cyt_alloc(cyt_dct_scratch(n), sizeof *scratch, "a plan", err);
    dct->turn = cyt_alloc(2 * (n / 2 + 1), sizeof *dct->turn, "a plan", err);
    CYT_TRY(err->code);
    fill_turn(dct);
    CYT_TRY(plan(dct, scratch, err));
done:
    free(scratch);
    if (code != CYT_OK)
        cyt_dct_free(dct);
    return code;
}

void cyt_dct_free(cyt_dct *dct)
{
    if (dct->to_waves)
        fftw_destroy_plan(dct->to_waves);
    if (dct->from_waves)
        fftw_destroy_plan(dct->from_waves);
    free(dct->turn);
    *dct = (cyt_dct){0};
}

static void shuffle(size_t n, const double *restrict in, double *restrict v)
{
    for (size_t j = 0; j < n / 2; j++) {
        v[j] = in[2 * j];
        v[n - 1 - j] = in[2 * j + 1];
    }
    if (n % 2)
        v[n / 2] = in[n - 1];
}

static void unshuffle(size_t n, const double *restrict v, double *restrict out)
{
    for (size_t j = 0; j < n / 2; j++) {
        out[2 * j] = v[j];
        out[2 * j + 1] = v[n - 1 - j];
    }
    if (n % 2)
        out[n - 1] = v[n / 2];
}

/* X[k] - i X[n-k] = exp(-i a) V[k] */
static void waves_to_cosines(const cyt_dct *dct, const double *restrict waves,
                             double *restrict out)
{
    const size_t n = dct->n;
    const double *restrict turn = dct->turn;
    out[0] = waves[0];
    for (size_t k = 1; k <= n / 2; k++) {
        const double c = turn[2 * k], s = turn[2 * k + 1];
        const double re = waves[2 * k], im = waves[2 * k + 1];
        out[n - k] = s * re - c * im;
        out[k] = c * re + s * im;
    }
}

static void cosines_to_waves(const cyt_dct *dct, const double *restrict in,
                             double *restrict waves)
{
    const size_t n = dct->n;
    const double *restrict turn = dct->turn;
    waves[0] = in[0];
    waves[1] = 0;
    for (size_t k = 1; k <= n / 2; k++) {
        const double c = turn[2 * k], s = turn[2 * k + 1];
        const double a = in[k], b = in[n - k];
        waves[2 * k] = c * a + s * b;
        waves[2 * k + 1] = s * a - c * b;
    }
}

/* Both at once, with the gain between them. */
static void filter_waves(const cyt_dct *dct, const double *restrict gain,
                         double *restrict waves)
{
    const size_t n = dct->n;
    const double *restrict turn = dct->turn;
    waves[0] *= gain[0];
    for (size_t k = 1; k <= n / 2; k++) {
        const double c = turn[2 * k], s = turn[2 * k + 1];
        const double re = waves[2 * k], im = waves[2 * k + 1];
        const double a = (c * re + s * im) * gain[k];
        const double b = (s * re - c * im) * gain[n - k];
        waves[2 * k] = c * a + s * b;
        waves[2 * k + 1] = s * a - c * b;
    }
}

void cyt_dct_forward(const cyt_dct *dct, const double *in, double *out, double *scratch)
{
    double *waves = scratch + cyt_dct_room(dct->n);
    shuffle(dct->n, in, scratch);
    fftw_execute_dft_r2c(dct->to_waves, scratch, (fftw_complex *)waves);
    waves_to_cosines(dct, waves, out);
}

void cyt_dct_backward(const cyt_dct *dct, const double *in, double *out,
                      double *scratch)
{
    double *waves = scratch + cyt_dct_room(dct->n);
    cosines_to_waves(dct, in, waves);
    fftw_execute_dft_c2r(dct->from_waves, (fftw_complex *)waves, scratch);
    unshuffle(dct->n, scratch, out);
}

void cyt_dct_filter(const cyt_dct *dct, const double *gain, double *shuffled,
                    double *waves)
{
    fftw_execute_dft_r2c(dct->to_waves, shuffled, (fftw_complex *)waves);
    filter_waves(dct, gain, waves);
    fftw_execute_dft_c2r(dct->from_waves, (fftw_complex *)waves, shuffled);
}
