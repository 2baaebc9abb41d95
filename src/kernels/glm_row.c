// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/glm_row.h"

#include "cytotaxis/clones.h"
#include "cytotaxis/exp_row.h"

#include <math.h>
#include <string.h>

enum { LANES = 8 };

static void predict_poisson(size_t n, const double *y, const double *eta,
                            double *weight, double *residual, double *log_likelihood)
{
    cyt_exp_row(n, eta, weight);
    for (size_t i = 0; i < n; i++) {
        residual[i] = y[i] - weight[i];
        log_likelihood[i] = y[i] * eta[i] - weight[i];
    }
}

/* By exp(-|eta|), which cannot overflow. */
static void predict_logistic(size_t n, const double *y, const double *eta,
                             double *weight, double *residual, double *log_likelihood)
{
    for (size_t i = 0; i < n; i++)
        weight[i] = -fabs(eta[i]);
    cyt_exp_row(n, weight, weight);
    for (size_t i = 0; i < n; i++) {
        const double small = weight[i], rest = 1 / (1 + small);
        const double mu = eta[i] >= 0 ? rest : small * rest;
        weight[i] = small * rest * rest;
        residual[i] = y[i] - mu;
        log_likelihood[i] = y[i] * eta[i] - fmax(eta[i], 0) - log1p(small);
    }
}

/* eta = sum of beta x. */
CYT_CLONES
static void add_terms(size_t n, double beta, const double *restrict x,
                      double *restrict eta)
{
    for (size_t i = 0; i < n; i++)
        eta[i] += beta * x[i];
}

void cyt_glm_predict(cyt_glm_family family, size_t n_coefs, const cyt_glm_items *items,
                     const double *beta, double *weight, double *residual,
                     double *log_likelihood)
{
    double *eta = log_likelihood; /* read before it is written, item by item */
    memset(eta, 0, items->n * sizeof *eta);
    for (size_t k = 0; k < n_coefs; k++)
        add_terms(items->n, beta[k], items->x + k * items->stride, eta);
    if (family == CYT_GLM_POISSON)
        predict_poisson(items->n, items->y, eta, weight, residual, log_likelihood);
    else
        predict_logistic(items->n, items->y, eta, weight, residual, log_likelihood);
}

CYT_IN_CLONES double add_lanes(const double lane[LANES])
{
    return ((lane[0] + lane[4]) + (lane[2] + lane[6])) +
           ((lane[1] + lane[5]) + (lane[3] + lane[7]));
}

CYT_CLONES
static double dot(size_t n, const double *restrict a, const double *restrict b)
{
    double lane[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += a[i + l] * b[i + l];
    for (size_t l = 0; i < n; i++, l++)
        lane[l] += a[i] * b[i];
    return add_lanes(lane);
}

CYT_CLONES
static double sum(size_t n, const double *a)
{
    double lane[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t l = 0; l < LANES; l++)
            lane[l] += a[i + l];
    for (size_t l = 0; i < n; i++, l++)
        lane[l] += a[i];
    return add_lanes(lane);
}

void cyt_glm_add_up(size_t n_coefs, const cyt_glm_items *items, size_t first,
                    size_t last, const double *weight, const double *residual,
                    const double *log_likelihood, double *scratch, double *sums)
{
    const size_t n = last - first;
    double *score = sums + CYT_TRIANGLE(n_coefs);
    for (size_t j = 0; j < n_coefs; j++) {
        const double *x = items->x + j * items->stride + first;
        for (size_t i = 0; i < n; i++)
            scratch[i] = weight[first + i] * x[i];
        for (size_t k = 0; k <= j; k++)
            sums[CYT_TRIANGLE_AT(j, k)] =
                dot(n, scratch, items->x + k * items->stride + first);
        score[j] = dot(n, residual + first, x);
    }
    score[n_coefs] = sum(n, log_likelihood + first);
}
