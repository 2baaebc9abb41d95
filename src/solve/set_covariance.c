// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/set_covariance.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/strip.h"
#include "cytotaxis/transpose.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <fftw3.h>

enum {
    LINE = 8,  /* doubles in a cache line, the alignment of cyt_alloc() */
    PANEL = 4, /* complex columns gathered at a time: one line of a row */
};

typedef struct work {
    size_t n_rows, n_cols;     /* of the whole mask */
    size_t lag_rows, lag_cols; /* lags that are kept */
    size_t tall, wide, waves;  /* padded sizes; waves of a padded row */
    const uint64_t *rows;      /* [size + 1] the slide's strips */
    uint64_t *cols;            /* [size + 1] doubles of the columns of waves */
    uint64_t *lags;            /* [size + 1] rows of lags */
    size_t own_rows, own_cols, own_lags;
    double *strip, *columns; /* rasters of waves; the same for a group of one */
    double *kept, *turned;   /* lags: of own columns, of own rows; or the same */
    double *row, *spectrum;  /* one padded row and its waves */
    double *panel;           /* PANEL padded columns */
    fftw_plan to_waves, from_waves, down, up;
} work;

static size_t up_to_line(size_t n)
{
    return (n + LINE - 1) / LINE * LINE;
}

static void free_work(work *w)
{
    const fftw_plan plans[] = {w->to_waves, w->from_waves, w->down, w->up};
    for (int i = 0; i < 4; i++)
        if (plans[i])
            fftw_destroy_plan(plans[i]);
    if (w->columns != w->strip)
        free(w->columns);
    if (w->turned != w->kept)
        free(w->turned);
    free(w->strip);
    free(w->kept);
    free(w->cols);
    free(w->lags);
    free(w->row);
    free(w->spectrum);
    free(w->panel);
}

/* Lags beyond the picture have no pairs and need no room. */
static void measure(const cyt_slide *s, double reach_um, work *w)
{
    const double reach = ceil(reach_um / s->grid.spacing_um);
    w->n_rows = s->grid.n_rows;
    w->n_cols = s->grid.n_cols;
    w->rows = s->strips;
    w->own_rows = cyt_slide_n_rows(s);
    w->lag_rows = reach < (double)w->n_rows ? (size_t)reach : w->n_rows;
    w->lag_cols = reach < (double)w->n_cols ? (size_t)reach : w->n_cols;
    w->tall = cyt_fft_size(w->n_rows + w->lag_rows);
    w->wide = cyt_fft_size(w->n_cols + w->lag_cols);
    w->waves = w->wide / 2 + 1;
}

static cyt_code cut(const cyt_slide *s, work *w, cyt_error *err)
{
    const size_t size = s->n_strips, me = s->strip;
    w->cols = cyt_alloc(size + 1, sizeof *w->cols, "a covariance", err);
    w->lags = cyt_alloc(size + 1, sizeof *w->lags, "a covariance", err);
    if (err->code != CYT_OK)
        return err->code;
    cyt_blocks_cut(2 * w->waves, 2, size, w->cols);
    cyt_blocks_cut(w->lag_rows + 1, 1, size, w->lags);
    w->own_cols = (size_t)(w->cols[me + 1] - w->cols[me]);
    w->own_lags = (size_t)(w->lags[me + 1] - w->lags[me]);
    return CYT_OK;
}

static cyt_code make_room(int alone, work *w, cyt_error *err)
{
    static const char what[] = "the covariance of a window";
    const size_t n_lags = w->lag_rows + 1;
    w->strip = cyt_alloc(w->own_rows * 2 * w->waves, sizeof *w->strip, what, err);
    w->columns =
        alone ? w->strip
              : cyt_alloc(w->n_rows * w->own_cols, sizeof *w->columns, what, err);
    w->kept = cyt_alloc(n_lags * w->own_cols, sizeof *w->kept, what, err);
    w->turned =
        alone ? w->kept
              : cyt_alloc(w->own_lags * 2 * w->waves, sizeof *w->turned, what, err);
    w->row = cyt_alloc(w->wide, sizeof *w->row, what, err);
    w->spectrum = cyt_alloc(2 * w->waves, sizeof *w->spectrum, what, err);
    w->panel = cyt_alloc(PANEL * up_to_line(2 * w->tall), sizeof *w->panel, what, err);
    return err->code;
}

static cyt_code plan(work *w, cyt_error *err)
{
    fftw_complex *waves = (fftw_complex *)w->spectrum,
                 *column = (fftw_complex *)w->panel;
    if (w->tall > INT_MAX || w->wide > INT_MAX)
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL,
                        "%zu x %zu pixels are beyond a transform", w->wide, w->tall);
    const int tall = (int)w->tall, wide = (int)w->wide;
    w->to_waves = fftw_plan_dft_r2c_1d(wide, w->row, waves, FFTW_ESTIMATE);
    w->from_waves =
        fftw_plan_dft_c2r_1d(wide, waves, w->row, FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
    w->down = fftw_plan_dft_1d(tall, column, column, FFTW_FORWARD, FFTW_ESTIMATE);
    w->up = fftw_plan_dft_1d(tall, column, column, FFTW_BACKWARD, FFTW_ESTIMATE);
    if (!w->to_waves || !w->from_waves || !w->down || !w->up)
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL,
                        "FFTW cannot plan transforms of length %d and %d", wide, tall);
    return CYT_OK;
}

/* Where the pairs stop before the largest lag there is an end to them. */
static cyt_code make_table(const cyt_slide *s, const work *w, cyt_covariance *out,
                           cyt_error *err)
{
    const size_t n = (w->lag_rows + 1) * (2 * w->lag_cols + 1);
    *out = (cyt_covariance){.scale = 1,
                            .spacing = s->grid.spacing_um,
                            .lag_rows = w->lag_rows,
                            .lag_cols = w->lag_cols,
                            .rows_end = w->lag_rows == w->n_rows,
                            .cols_end = w->lag_cols == w->n_cols};
    cyt_mpi_count(n, err);
    out->pairs = cyt_calloc(n, sizeof *out->pairs, "the lags of a window", err);
    return err->code;
}

static cyt_code prepare(const cyt_slide *s, double reach_um, work *w,
                        cyt_covariance *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (CYT_FAULT("covariance.make"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    if (!(reach_um > 0))
        return CYT_FAIL(err, CYT_ERR_USAGE, s->name,
                        "a window's covariance is asked for up to %g µm; the reach "
                        "must be positive",
                        reach_um);
    measure(s, reach_um, w);
    CYT_TRY(cut(s, w, err));
    CYT_TRY(make_room(s->n_strips == 1, w, err));
    CYT_TRY(plan(w, err));
    CYT_TRY(make_table(s, w, out, err));
done:
    return code;
}

static void rows_to_waves(const uint8_t *inside, work *w)
{
    memset(w->row, 0, w->wide * sizeof *w->row);
    for (size_t r = 0; r < w->own_rows; r++) {
        for (size_t c = 0; c < w->n_cols; c++)
            w->row[c] = inside[r * w->n_cols + c] != 0;
        fftw_execute_dft_r2c(w->to_waves, w->row, (fftw_complex *)w->spectrum);
        memcpy(w->strip + r * 2 * w->waves, w->spectrum,
               2 * w->waves * sizeof *w->strip);
    }
}

/* One padded column: its power, back at the lags. */
static void correlate(const work *w, double *column)
{
    fftw_complex *z = (fftw_complex *)column;
    fftw_execute_dft(w->down, z, z);
    for (size_t k = 0; k < w->tall; k++) {
        const double re = column[2 * k], im = column[2 * k + 1];
        column[2 * k] = re * re + im * im;
        column[2 * k + 1] = 0;
    }
    fftw_execute_dft(w->up, z, z);
}

static void gather(const work *w, size_t first, size_t width, size_t room)
{
    memset(w->panel, 0, PANEL * room * sizeof *w->panel);
    for (size_t r = 0; r < w->n_rows; r++)
        for (size_t i = 0; i < width; i++)
            memcpy(w->panel + i * room + 2 * r,
                   w->columns + r * w->own_cols + first + 2 * i, 2 * sizeof *w->panel);
}

static void columns_to_lags(work *w)
{
    const size_t room = up_to_line(2 * w->tall);
    for (size_t c = 0; c < w->own_cols; c += 2 * PANEL) {
        const size_t left = (w->own_cols - c) / 2, width = left < PANEL ? left : PANEL;
        gather(w, c, width, room);
        for (size_t i = 0; i < width; i++)
            correlate(w, w->panel + i * room);
        for (size_t r = 0; r <= w->lag_rows; r++)
            for (size_t i = 0; i < width; i++)
                memcpy(w->kept + r * w->own_cols + c + 2 * i,
                       w->panel + i * room + 2 * r, 2 * sizeof *w->kept);
    }
}

/* A lag of -x stands at the end of the row. */
static void lags_to_counts(const cyt_slide *s, work *w, cyt_covariance *out)
{
    const double scale = 1 / ((double)w->wide * (double)w->tall);
    const size_t width = 2 * w->lag_cols + 1;
    for (size_t r = 0; r < w->own_lags; r++) {
        uint64_t *to = out->pairs + ((size_t)w->lags[s->strip] + r) * width;
        memcpy(w->spectrum, w->turned + r * 2 * w->waves,
               2 * w->waves * sizeof *w->spectrum);
        fftw_execute_dft_c2r(w->from_waves, (fftw_complex *)w->spectrum, w->row);
        for (size_t x = 0; x < width; x++) {
            const size_t at = (x + w->wide - w->lag_cols) % w->wide;
            to[x] = (uint64_t)llround(fabs(w->row[at] * scale));
        }
    }
}

cyt_code cyt_set_covariance(MPI_Comm comm, const cyt_slide *slide,
                            const uint8_t *inside, double reach_um, cyt_covariance *out,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    work w = {0};
    *out = (cyt_covariance){0};
    CYT_TRY(cyt_agree(comm, prepare(slide, reach_um, &w, out, err), err));
    const cyt_cut mask = {w.rows, w.cols}, lags = {w.lags, w.cols};
    const int n = (int)((w.lag_rows + 1) * (2 * w.lag_cols + 1));
    rows_to_waves(inside, &w);
    if (w.columns != w.strip)
        CYT_TRY(cyt_transpose_to_columns(comm, &mask, w.strip, w.columns, err));
    columns_to_lags(&w);
    if (w.turned != w.kept)
        CYT_TRY(cyt_transpose_to_rows(comm, &lags, w.kept, w.turned, err));
    lags_to_counts(slide, &w, out);
    cyt_allreduce(MPI_IN_PLACE, out->pairs, n, MPI_UINT64_T, MPI_SUM, comm);
done:
    free_work(&w);
    if (code != CYT_OK)
        cyt_set_covariance_free(out);
    return code;
}

void cyt_set_covariance_free(cyt_covariance *covariance)
{
    free(covariance->pairs);
    *covariance = (cyt_covariance){0};
}
