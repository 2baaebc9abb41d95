// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/sandwich.h"

#include "cytotaxis/glm_row.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/spd.h"

#include <gsl/gsl_eigen.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A direction is a block's alone when less than this share of it is left to others: the
 * sums know it to about 1e-12. */
static const double LEAST_LEFT = 1e-10;

typedef struct workspace {
    size_t n; /* coefficients */
    const char *is_kept;
    double *total;  /* sums of all blocks */
    double *factor; /* K of the information K K' = M^{-1}; L = K'^{-1} */
    double *d;      /* L' c */
    double *whole;  /* sum over blocks of e e', [n * n] */
    double *value;  /* of one block: eigenvalues, then vectors of length n */
    double *score, *e, *f;
    gsl_matrix *g, *vectors;
    gsl_vector *values;
    gsl_eigen_symmv_workspace *eigen;
} workspace;

static cyt_code init(const cyt_sandwich_sums *m, workspace *w, cyt_error *err)
{
    const size_t n = m->n_coefs, n_sums = CYT_GLM_SUMS(n), triangle = CYT_TRIANGLE(n);
    *w = (workspace){.n = n, .is_kept = m->is_kept};
    w->total = cyt_calloc(n_sums + triangle + n * n + 5 * n, sizeof *w->total,
                          "a sandwich", err);
    if (!w->total)
        return err->code;
    w->factor = w->total + n_sums;
    w->whole = w->factor + triangle;
    w->d = w->whole + n * n;
    w->value = w->d + n;
    w->score = w->value + n;
    w->e = w->score + n;
    w->f = w->e + n;
    w->g = gsl_matrix_alloc(n, n);
    w->vectors = gsl_matrix_alloc(n, n);
    w->values = gsl_vector_alloc(n);
    w->eigen = gsl_eigen_symmv_alloc(n);
    if (!w->g || !w->vectors || !w->values || !w->eigen)
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "no memory for a sandwich");
    return CYT_OK;
}

static void release(workspace *w)
{
    free(w->total);
    gsl_matrix_free(w->g);
    gsl_matrix_free(w->vectors);
    gsl_vector_free(w->values);
    gsl_eigen_symmv_free(w->eigen);
}

static double entry(const double *triangle, size_t j, size_t k)
{
    return j >= k ? triangle[CYT_TRIANGLE_AT(j, k)] : triangle[CYT_TRIANGLE_AT(k, j)];
}

/* G = L' S L = K^{-1} S K'^{-1}: K^{-1} on the columns, then on the rows. */
static void whiten(workspace *w, const double *information)
{
    const size_t n = w->n;
    for (size_t k = 0; k < n; k++) {
        double *column = w->f;
        for (size_t j = 0; j < n; j++)
            column[j] = entry(information, j, k);
        cyt_spd_forward(n, w->factor, w->is_kept, column);
        for (size_t j = 0; j < n; j++)
            gsl_matrix_set(w->g, j, k, column[j]);
    }
    for (size_t j = 0; j < n; j++) {
        double *row = w->f;
        for (size_t k = 0; k < n; k++)
            row[k] = gsl_matrix_get(w->g, j, k);
        cyt_spd_forward(n, w->factor, w->is_kept, row);
        for (size_t k = 0; k < n; k++)
            gsl_matrix_set(w->g, j, k, row[k]);
    }
}

/* x <- (I - G)^{-1/2} x, or G x, by the eigenvectors of the block. */
static void apply(const workspace *w, int correct, const double *x, double *out)
{
    const size_t n = w->n;
    memset(out, 0, n * sizeof *out);
    for (size_t k = 0; k < n; k++) {
        const double lambda = gsl_vector_get(w->values, k), left = 1 - lambda;
        const double gain = !correct ? lambda : left > LEAST_LEFT ? 1 / sqrt(left) : 0;
        double along = 0;
        for (size_t j = 0; j < n; j++)
            along += gsl_matrix_get(w->vectors, j, k) * x[j];
        for (size_t j = 0; j < n; j++)
            out[j] += gain * along * gsl_matrix_get(w->vectors, j, k);
    }
}

static double dot(size_t n, const double *a, const double *b)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += a[k] * b[k];
    return sum;
}

/* Sums over blocks. Of Satterthwaite's moments: the mean of the variance, and of the
 * square of the blocks' covariance what its diagonal has besides (e'e)². */
typedef struct moments {
    double variance, mean, diagonal, gamma, gamma_squared;
    size_t n_blocks;
} moments;

static void add_block(workspace *w, const double *sums, moments *m)
{
    const size_t n = w->n;
    whiten(w, sums);
    gsl_eigen_symmv(w->g, w->values, w->vectors, w->eigen);
    apply(w, 1, w->d, w->f);
    apply(w, 0, w->f, w->e);
    memcpy(w->score, sums + CYT_TRIANGLE(n), n * sizeof *w->score);
    cyt_spd_forward(n, w->factor, w->is_kept, w->score);
    const double adjusted = dot(n, w->f, w->score);
    const double ee = dot(n, w->e, w->e), own = dot(n, w->f, w->e) - ee;
    m->variance += adjusted * adjusted;
    m->mean += own;
    m->diagonal += own * own - ee * ee;
    for (size_t j = 0; j < n; j++)
        for (size_t k = 0; k < n; k++)
            w->whole[j * n + k] += w->e[j] * w->e[k];
    apply(w, 0, w->d, w->e);
    const double gamma = dot(n, w->d, w->e);
    m->gamma += gamma;
    m->gamma_squared += gamma * gamma;
    m->n_blocks++;
}

static void add_totals(const cyt_sandwich_sums *m, workspace *w, size_t which)
{
    const size_t n_sums = CYT_GLM_SUMS(w->n);
    char kept[CYT_GLM_MOST];
    memcpy(kept, m->is_kept, w->n);
    for (size_t g = 0; g < m->n_blocks; g++)
        for (size_t k = 0; k < n_sums; k++)
            w->total[k] += m->sums[g * n_sums + k];
    cyt_spd_factor(w->n, w->total, 0, kept, w->factor);
    memset(w->d, 0, w->n * sizeof *w->d);
    w->d[which] = 1;
    cyt_spd_forward(w->n, w->factor, w->is_kept, w->d);
}

cyt_code cyt_sandwich_of(const cyt_sandwich_sums *model, size_t which,
                         cyt_sandwich *out, cyt_error *err)
{
    workspace w;
    moments m = {0};
    const size_t n = model->n_coefs, n_sums = CYT_GLM_SUMS(n);
    const cyt_code code = init(model, &w, err);
    if (code == CYT_OK) {
        add_totals(model, &w, which);
        for (size_t g = 0; g < model->n_blocks; g++)
            if (model->sums[g * n_sums] > 0) /* weight of the constant: not empty */
                add_block(&w, model->sums + g * n_sums, &m);
        const double square = dot(n * n, w.whole, w.whole) + m.diagonal;
        const double mixed = entry(w.total, which, 0);
        const double alone = entry(w.total, which, which) - mixed * mixed / w.total[0];
        *out = (cyt_sandwich){
            .variance = m.variance,
            .df = m.mean > 0 ? m.mean * m.mean / square : NAN,
            .naive_variance = dot(n, w.d, w.d),
            .inflation = dot(n, w.d, w.d) * alone,
            .n_blocks = m.n_blocks,
            .n_effective = m.gamma * m.gamma / m.gamma_squared,
        };
    }
    release(&w);
    return code;
}
