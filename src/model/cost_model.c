// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/cost_model.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Squares of relative errors that are nothing but rounding. */
#define EXACT 1e-18

enum { TERMS = 3, SUBSETS = 1 << TERMS };

/* Solve the normal equations of the terms in @p subset by elimination; the others are
 * 0. @return 0 if they are singular */
static int solve(double a[TERMS][TERMS], const double b[TERMS], int subset,
                 double x[TERMS])
{
    double m[TERMS][TERMS + 1];
    size_t term[TERMS], n = 0;
    for (size_t i = 0; i < TERMS; i++) {
        x[i] = 0;
        if (subset & 1 << i)
            term[n++] = i;
    }
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            m[i][j] = a[term[i]][term[j]];
        m[i][n] = b[term[i]];
    }
    for (size_t i = 0; i < n; i++) { /* symmetric, positive: no pivot is needed */
        if (!(m[i][i] > 1e-12 * a[term[i]][term[i]]))
            return 0;
        for (size_t r = i + 1; r < n; r++) {
            const double f = m[r][i] / m[i][i];
            for (size_t c = i; c <= n; c++)
                m[r][c] -= f * m[i][c];
        }
    }
    for (size_t i = n; i-- > 0;) {
        double sum = m[i][n];
        for (size_t c = i + 1; c < n; c++)
            sum -= m[i][c] * x[term[c]];
        x[term[i]] = sum / m[i][i];
    }
    return 1;
}

static double speed_of(double serial, size_t ranks)
{
    return serial + (1 - serial) / (double)ranks;
}

/* Squares of relative errors. */
static double misfit(size_t n, const cyt_cost_sample *samples, double serial,
                     const double x[TERMS])
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const cyt_cost_sample *s = &samples[i];
        const double told = (x[0] + x[1] * s->cells + x[2] * s->pixels) *
                            speed_of(serial, s->ranks) / s->wall_s;
        sum += (told - 1) * (told - 1);
    }
    return sum;
}

/* The best coefficients that are not negative, for a given serial share: the best of
 * all sets of terms whose own optimum has none. */
static double fit_terms(size_t n, const cyt_cost_sample *samples, double serial,
                        double best[TERMS])
{
    double a[TERMS][TERMS] = {{0}}, b[TERMS] = {0}, least = INFINITY;
    for (size_t i = 0; i < n; i++) {
        const double scale = speed_of(serial, samples[i].ranks) / samples[i].wall_s;
        const double row[TERMS] = {scale, samples[i].cells * scale,
                                   samples[i].pixels * scale};
        for (size_t j = 0; j < TERMS; j++) {
            b[j] += row[j];
            for (size_t k = 0; k < TERMS; k++)
                a[j][k] += row[j] * row[k];
        }
    }
    for (int subset = 1; subset < SUBSETS; subset++) {
        double x[TERMS];
        if ((size_t)__builtin_popcount((unsigned)subset) > n || !solve(a, b, subset, x))
            continue;
        if (x[0] < 0 || x[1] < 0 || x[2] < 0)
            continue;
        const double error = misfit(n, samples, serial, x);
        if (error < least * (1 - 1e-9) - EXACT) { /* of equals the first terms */
            least = error;
            memcpy(best, x, sizeof x);
        }
    }
    return least;
}

cyt_code cyt_cost_fit(size_t n, const cyt_cost_sample *samples, cyt_cost_model *model,
                      cyt_error *err)
{
    enum { STEPS = 1000 };
    *model = (cyt_cost_model){.n_samples = n};
    if (n == 0)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL, "no slide was measured");
    for (size_t i = 1; i < n; i++)
        model->knows_serial |= samples[i].ranks != samples[0].ranks;
    double x[TERMS] = {0}, best[TERMS] = {0}, least = INFINITY;
    for (size_t k = 0; k <= (model->knows_serial ? STEPS : 0); k++) {
        const double serial = model->knows_serial ? (double)k / STEPS : CYT_COST_SERIAL;
        const double error = fit_terms(n, samples, serial, x);
        if (error < least) {
            least = error;
            model->serial = serial;
            memcpy(best, x, sizeof x);
        }
    }
    if (!isfinite(least))
        return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                        "no cost of a cell or pixel tells the times of the %zu slides "
                        "that were measured; is a wall_s not what it took?",
                        n);
    model->fixed_s = best[0];
    model->per_cell_s = best[1];
    model->per_pixel_s = best[2];
    model->error = sqrt(least / (double)n);
    return CYT_OK;
}

double cyt_cost_work(const cyt_cost_model *model, double cells, double pixels)
{
    return model->fixed_s + model->per_cell_s * cells + model->per_pixel_s * pixels;
}

size_t cyt_cost_most_ranks(double rows, double halo_rows)
{
    const double most = floor(rows / (4 * fmax(halo_rows, 1)));
    return most > 1 ? (size_t)most : 1;
}

/* A bound, which tests/cohort/test_memory.py holds. Of a cell: 148 bytes as it is read
 * (place, type, number, line, name), sent to its strip and kept there; a double for
 * each type, the distance to its nearest cell; three for each signal held, its
 * concentration and gradient. */
double cyt_cost_slide_bytes(double cells, double pixels, size_t n_types,
                            size_t n_signals_held, double per_pixel)
{
    return (148 + 8 * (double)n_types + 24 * (double)n_signals_held) * cells +
           per_pixel * pixels;
}

/* Signals in the box, or in a tissue with its levels; the densities and the model of a
 * trap. */
#define OF_BOX    36.0
#define OF_TISSUE 130.0
#define OF_TRAP   30.0
/* Of a screen: eight fields in single precision and 9 bytes of a model from each of two
 * other ranks; and of each responder type a model that stays. */
#define OF_SCREEN (8 * 4.0 + 2 * OF_MODEL)
#define OF_MODEL  9.0

size_t cyt_cost_signals_held(const cyt_config *config)
{
    return config->write_cell_signals ? config->n_signals : config->n_signals > 0;
}

static size_t most_responders(const cyt_config *config, size_t n_types)
{
    size_t most = 0;
    for (size_t s = 0; s < config->n_signals; s++) {
        const size_t named = config->signals[s].responders.n;
        const size_t n = named ? named : n_types;
        most = n > most ? n : most;
    }
    return most;
}

double cyt_cost_bytes_per_pixel(const cyt_config *config, size_t n_types)
{
    const int in_tissue = config->tissue.from != CYT_TISSUE_BBOX && config->n_signals;
    const int has_trap = config->n_signals && !isnan(config->trap.block_lambdas);
    double bytes = in_tissue ? OF_TISSUE : OF_BOX;
    if (has_trap)
        bytes += OF_TRAP;
    if (has_trap && config->screen.shifts > 0)
        bytes += OF_SCREEN + OF_MODEL * (double)most_responders(config, n_types);
    return bytes;
}

/* Bytes of the program, and the share of a slide that the largest strip may have:
 * strips are equal in cost, not in cells. */
#define BASE    50e6
#define UNEQUAL 1.25

double cyt_cost_memory(double slide_bytes, size_t ranks)
{
    return BASE + (ranks > 1 ? UNEQUAL / (double)ranks : 1) * slide_bytes;
}

size_t cyt_cost_least_ranks(double slide_bytes, double memory_per_rank)
{
    if (cyt_cost_memory(slide_bytes, 1) <= memory_per_rank)
        return 1;
    const double ranks = ceil(UNEQUAL * slide_bytes / (memory_per_rank - BASE));
    return memory_per_rank > BASE && ranks < 1e9 ? (size_t)fmax(2, ranks) : SIZE_MAX;
}
