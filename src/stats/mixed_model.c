// SPDX-License-Identifier: BSD-3-Clause
/* Notation: rho = var(u) / var(e); W = I - w_i 1 1' of each patient; A = X'WX; e_i, s_i
 * sums over the rows of patient i of residuals and of rows of X. A prime is d / d rho:
 *
 *     w' = 1 / (1 + n rho)^2        w'' = -2 n / (1 + n rho)^3
 *     A' = -sum w' s s'             A'' = -sum w'' s s'
 *     f  = sum log(1 + n rho) + log det A
 *     r  = (y - X beta)' W (y - X beta)
 *     r' = -sum w' e^2              r'' = -sum w'' e^2 - 2 h' A^-1 h,  h = sum w' e s
 *     v  = (A^-1)_tt                v' = sum w' (s' A^-1 1_t)^2
 *
 * Deviance with sigma = sd(e): f + (n - p) log sigma^2 + r / sigma^2; over sigma it is
 * least at sigma^2 = r / (n - p). */
#include "cytotaxis/mixed_model.h"

#include "stats/small_matrix.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/p_value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the rows of all patients add up to, and room for one rho. */
typedef struct sums {
    size_t n, p, n_groups;
    double *xx, *xy, yy; /* [p * p], [p] over all rows */
    double *count;       /* [n_groups] */
    double *s, *t;       /* [n_groups * p] sums of x, [n_groups] of y */
    double *a, *beta;    /* [p * p] factor of A at rho, [p] */
    double *a1, *a2, *z; /* [p * p] A', A'', A^-1 times either */
    double *h, *column;  /* [p] */
    double mean;         /* taken off y */
} sums;

/* The profile at one rho. */
typedef struct profile {
    double f, f1, f2; /* and derivatives */
    double r, r1, r2;
    double v, v1; /* of the tested coefficient, over var(e) */
} profile;

static cyt_code alloc_sums(const cyt_mixed_design *d, sums *m, cyt_error *err)
{
    const size_t p = d->p, g = d->n_groups;
    *m = (sums){.n = d->n, .p = p, .n_groups = g};
    m->xx = cyt_calloc(5 * p * p + 4 * p + g * p + 2 * g, sizeof(double),
                       "a mixed model", err);
    if (!m->xx)
        return err->code;
    m->a = m->xx + p * p;
    m->a1 = m->a + p * p;
    m->a2 = m->a1 + p * p;
    m->z = m->a2 + p * p;
    m->xy = m->z + p * p;
    m->beta = m->xy + p;
    m->h = m->beta + p;
    m->column = m->h + p;
    m->s = m->column + p;
    m->count = m->s + g * p;
    m->t = m->count + g;
    return CYT_OK;
}

/* y is taken from its mean, so that what is left is not lost in what is taken off. */
static void add_up(const cyt_mixed_design *d, sums *m)
{
    const size_t p = d->p;
    for (size_t i = 0; i < d->n; i++)
        m->mean += d->y[i] / (double)d->n;
    for (size_t i = 0; i < d->n; i++) {
        const double *x = d->x + i * p, y = d->y[i] - m->mean;
        const size_t g = d->group[i];
        for (size_t j = 0; j < p; j++) {
            for (size_t k = 0; k <= j; k++)
                m->xx[j * p + k] += x[j] * x[k];
            m->xy[j] += x[j] * y;
            m->s[g * p + j] += x[j];
        }
        m->yy += y * y;
        m->count[g] += 1;
        m->t[g] += y;
    }
}

static double dot(size_t p, const double *a, const double *b)
{
    double sum = 0;
    for (size_t j = 0; j < p; j++)
        sum += a[j] * b[j];
    return sum;
}

/* Factor of A and beta at rho; 0 when A is singular. */
static int solve_at(sums *m, double rho, double *r)
{
    const size_t p = m->p;
    double yy = m->yy;
    memcpy(m->a, m->xx, p * p * sizeof *m->a);
    memcpy(m->beta, m->xy, p * sizeof *m->beta);
    for (size_t g = 0; g < m->n_groups; g++) {
        const double w = rho / (1 + m->count[g] * rho), *s = m->s + g * p;
        for (size_t j = 0; j < p; j++) {
            for (size_t k = 0; k <= j; k++)
                m->a[j * p + k] -= w * s[j] * s[k];
            m->beta[j] -= w * s[j] * m->t[g];
        }
        yy -= w * m->t[g] * m->t[g];
    }
    if (!cyt_cholesky(p, m->a))
        return 0;
    cyt_cholesky_forward(p, m->a, m->beta);
    *r = yy - dot(p, m->beta, m->beta);
    memcpy(m->beta, m->xy, p * sizeof *m->beta);
    for (size_t g = 0; g < m->n_groups; g++)
        for (size_t j = 0; j < p; j++)
            m->beta[j] -= rho / (1 + m->count[g] * rho) * m->s[g * p + j] * m->t[g];
    cyt_cholesky_solve(p, m->a, m->beta);
    return 1;
}

/* tr(A^-1 M), and tr(A^-1 M A^-1 M) */
static void traces(sums *m, const double *matrix, double *first, double *second)
{
    const size_t p = m->p;
    double *whole = m->z;
    *first = *second = 0;
    for (size_t j = 0; j < p; j++) { /* column j of A^-1 M */
        for (size_t k = 0; k < p; k++)
            m->column[k] = matrix[k >= j ? k * p + j : j * p + k];
        cyt_cholesky_solve(p, m->a, m->column);
        for (size_t k = 0; k < p; k++)
            whole[k * p + j] = m->column[k];
    }
    for (size_t j = 0; j < p; j++) {
        *first += whole[j * p + j];
        for (size_t k = 0; k < p; k++)
            *second += whole[j * p + k] * whole[k * p + j];
    }
}

static void add_patient(sums *m, size_t g, double rho, profile *out)
{
    const size_t p = m->p;
    const double n = m->count[g], *s = m->s + g * p, one = 1 + n * rho;
    const double w1 = 1 / (one * one), w2 = -2 * n / (one * one * one);
    const double e = m->t[g] - dot(p, s, m->beta);
    out->f += log1p(n * rho);
    out->f1 += n / one;
    out->f2 -= n * n / (one * one);
    out->r1 -= w1 * e * e;
    out->r2 -= w2 * e * e;
    for (size_t j = 0; j < p; j++) {
        m->h[j] += w1 * e * s[j];
        for (size_t k = 0; k <= j; k++) {
            m->a1[j * p + k] -= w1 * s[j] * s[k];
            m->a2[j * p + k] -= w2 * s[j] * s[k];
        }
    }
}

/* Everything at one rho; 0 when A is singular. */
static int profile_at(sums *m, size_t tested, double rho, profile *out)
{
    const size_t p = m->p;
    double first, second, unused;
    *out = (profile){0};
    if (!solve_at(m, rho, &out->r))
        return 0;
    memset(m->a1, 0, 2 * p * p * sizeof *m->a1);
    memset(m->h, 0, p * sizeof *m->h);
    for (size_t g = 0; g < m->n_groups; g++)
        add_patient(m, g, rho, out);
    cyt_cholesky_forward(p, m->a, m->h);
    out->r2 -= 2 * dot(p, m->h, m->h);
    out->f += cyt_cholesky_log_det(p, m->a);
    traces(m, m->a2, &first, &unused);
    out->f2 += first;
    traces(m, m->a1, &first, &second);
    out->f1 += first;
    out->f2 -= second;
    memset(m->column, 0, p * sizeof *m->column);
    m->column[tested] = 1;
    cyt_cholesky_solve(p, m->a, m->column);
    out->v = m->column[tested];
    for (size_t g = 0; g < m->n_groups; g++) {
        const double n = m->count[g], c = dot(p, m->s + g * p, m->column);
        out->v1 += c * c / ((1 + n * rho) * (1 + n * rho));
    }
    return 1;
}

/* The deviance with the best sigma, up to a constant, and its slope. */
static double deviance(const sums *m, const profile *q)
{
    return q->f + (double)(m->n - m->p) * log(q->r);
}

static double slope(const sums *m, const profile *q)
{
    return q->f1 + (double)(m->n - m->p) * q->r1 / q->r;
}

/* The root of the slope between two rho where it turns from falling to rising: halving
 * in the logarithm, to the last bit. */
static double find_root(sums *m, size_t tested, double low, double high)
{
    enum { MOST = 200 };
    profile q;
    for (int i = 0; i < MOST; i++) {
        const double mid = low > 0 ? sqrt(low * high) : high / 2;
        if (mid <= low || mid >= high || !profile_at(m, tested, mid, &q))
            break;
        if (slope(m, &q) < 0)
            low = mid;
        else
            high = mid;
    }
    return high;
}

/* The rho of least deviance. The scan runs over all ratios of variances that doubles
 * tell from none and from infinity beside the rounding of sums of squares. */
static double best_rho(sums *m, size_t tested)
{
    enum { STEPS_PER_DECADE = 2, DECADES = 16, STEPS = STEPS_PER_DECADE * DECADES };
    profile q;
    double best = 0, least, low = 0, before;
    profile_at(m, tested, 0, &q);
    least = deviance(m, &q);
    before = slope(m, &q);
    for (int i = 0; i <= STEPS; i++) {
        const double rho = pow(10, (double)i / STEPS_PER_DECADE - 0.5 * DECADES);
        if (!profile_at(m, tested, rho, &q))
            break;
        const double here = slope(m, &q);
        if (before < 0 && here >= 0) {
            const double root = find_root(m, tested, low, rho);
            if (profile_at(m, tested, root, &q) && deviance(m, &q) < least) {
                least = deviance(m, &q);
                best = root;
            }
        }
        if (i == STEPS && here < 0 && deviance(m, &q) < least)
            best = rho; /* within patients nothing varies */
        low = rho;
        before = here;
    }
    return best;
}

/* Degrees of freedom by Satterthwaite, in theta = sqrt(rho) and sigma:
 * d/dtheta = 2 theta d/drho, and for the second 2 d/drho + 4 rho d2/drho2. */
static double satterthwaite(const sums *m, const profile *q, double rho, double s2)
{
    const double theta = sqrt(rho), sigma = sqrt(s2), m_df = (double)(m->n - m->p);
    const double htt = 2 * (q->f1 + q->r1 / s2) + 4 * rho * (q->f2 + q->r2 / s2);
    const double hts = -2 * 2 * theta * q->r1 / (s2 * sigma);
    const double hss = -2 * m_df / s2 + 6 * q->r / (s2 * s2);
    const double gt = s2 * q->v1 * 2 * theta, gs = 2 * sigma * q->v;
    const double v = s2 * q->v;
    if (rho == 0)
        return m_df;
    const double det = htt * hss - hts * hts;
    /* A = 2 H^-1 */
    const double gag = 2 * (gt * gt * hss - 2 * gt * gs * hts + gs * gs * htt) / det;
    return 2 * v * v / gag;
}

/* The share of the tested coefficient in what was taken off y: that of A^-1 X'W 1. */
static double give_back(sums *m, size_t tested, double rho)
{
    const size_t p = m->p;
    memset(m->column, 0, p * sizeof *m->column);
    for (size_t g = 0; g < m->n_groups; g++)
        for (size_t j = 0; j < p; j++)
            m->column[j] += m->s[g * p + j] / (1 + m->count[g] * rho);
    cyt_cholesky_solve(p, m->a, m->column);
    return m->mean * m->column[tested];
}

static void finish(sums *m, const cyt_mixed_design *d, double rho, cyt_mixed_fit *fit)
{
    profile q;
    profile_at(m, d->tested, rho, &q);
    const double s2 = q.r / (double)(m->n - m->p);
    fit->estimate = m->beta[d->tested] + give_back(m, d->tested, rho);
    fit->se = sqrt(s2 * q.v);
    fit->var_residual = s2;
    fit->var_group = fit->is_linear ? NAN : rho * s2;
    fit->t = fit->estimate / fit->se;
    fit->df = satterthwaite(m, &q, rho, s2);
    fit->p = cyt_p_of_t(fit->t, fit->df);
}

/* Nothing varies beyond rounding once X is taken off. */
static int is_flat(const sums *m, double r)
{
    return !(r > (double)m->n * 0x1p-52 * m->yy);
}

static cyt_mixed_outcome prepare(sums *m, const cyt_mixed_design *d, int *is_linear)
{
    size_t n_there = 0, n_single = 0;
    double r;
    for (size_t g = 0; g < m->n_groups; g++) {
        n_there += m->count[g] > 0;
        n_single += m->count[g] == 1;
    }
    *is_linear = n_single == n_there;
    if (d->n <= d->p || n_there < 2)
        return CYT_MIXED_FEW;
    if (!solve_at(m, 0, &r))
        return CYT_MIXED_SINGULAR;
    return is_flat(m, r) ? CYT_MIXED_FLAT : CYT_MIXED_OK;
}

cyt_code cyt_mixed_model(const cyt_mixed_design *design, cyt_mixed_fit *fit,
                         cyt_error *err)
{
    sums m;
    *fit = (cyt_mixed_fit){CYT_MIXED_FEW, NAN, NAN, NAN, NAN, NAN, NAN, NAN, 0};
    if (alloc_sums(design, &m, err) != CYT_OK)
        return err->code;
    add_up(design, &m);
    fit->outcome = prepare(&m, design, &fit->is_linear);
    if (fit->outcome == CYT_MIXED_OK)
        finish(&m, design, fit->is_linear ? 0 : best_rho(&m, design->tested), fit);
    free(m.xx);
    return CYT_OK;
}
