// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/number.h"
#include "synth/synth_parts.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static cyt_synth_params params_of(uint64_t cells, double beta)
{
    cyt_synth_params p;
    cyt_synth_init(&p);
    p.n_slides = p.n_patients = 1;
    p.cells_per_slide = cells;
    p.beta[0] = beta;
    p.patient_sd = 0;
    return p;
}

static double um(int32_t place)
{
    return (double)place / SYNTH_STEPS_PER_UM;
}

/* --- field ------------------------------------------------------------------------ */

/* K0(z) = integral of exp(-z cosh t) over t > 0 (Abramowitz and Stegun 9.6.24), by the
 * trapezoidal rule, which converges faster than any power of the step. */
static double k0(double z)
{
    double sum = 0.5 * exp(-z);
    for (int i = 1; i <= 150; i++)
        sum += exp(-z * cosh(0.1 * i));
    return 0.1 * sum;
}

/* Table values of K0; the field's own tables are good to 1e-5. */
static void the_kernel_is_k0(void **state)
{
    (void)state;
    static const double known[][2] = {{0.1, 2.4270690247},
                                      {0.5, 0.924419071228},
                                      {1, 0.421024438241},
                                      {2, 0.11389387275},
                                      {5, 0.00369109833404}};
    const double x = 0, s = 1, lambda_um = 250;
    cyt_error err = {0};
    synth_field *f = synth_field_create(1, &x, &x, &s, 1000, lambda_um, &err);
    assert_non_null(f);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_true(fabs(k0(known[i][0]) - known[i][1]) < 1e-11);
        assert_true(fabs(synth_field_kernel(f, known[i][0] * lambda_um) - known[i][1]) <
                    1e-5);
    }
    /* Flat within r_min. */
    assert_true(fabs(synth_field_kernel(f, 1) -
                     synth_field_kernel(f, CYT_SYNTH_SPACING_UM)) < 1e-5);
    synth_field_destroy(f);
}

enum { N_SOURCES = 60 };

static void random_sources(double side_um, double *x, double *y, double *s)
{
    const cyt_random_key key = cyt_random_key_of(5, 5);
    for (uint64_t i = 0; i < N_SOURCES; i++) {
        double u[4];
        cyt_uniform4(key, 0, i, 0, u);
        x[i] = side_um * u[0];
        y[i] = side_um * u[1];
        s[i] = 1 + floor(10 * u[2]);
    }
}

/* The lattice may be off by 0.0125 for a source at hand and by 0.1 % for the sum, the
 * cut-off takes K0(8) from each source at most (head of synth_field.c). */
static void the_field_is_the_sum_over_its_sources(void **state)
{
    (void)state;
    const double side_um = 3000, lambda_um = 120, two_pi = 6.283185307179586;
    double x[N_SOURCES], y[N_SOURCES], s[N_SOURCES], total = 0;
    random_sources(side_um, x, y, s);
    cyt_error err = {0};
    synth_field *f = synth_field_create(N_SOURCES, x, y, s, side_um, lambda_um, &err);
    assert_non_null(f);
    for (size_t i = 0; i < N_SOURCES; i++)
        total += s[i];
    for (uint64_t k = 0; k < 2000; k++) {
        double u[4], sum = 0, near = 0;
        cyt_uniform4(cyt_random_key_of(6, 6), 0, k, 0, u);
        const double px = side_um * u[0], py = side_um * u[1];
        for (size_t i = 0; i < N_SOURCES; i++) {
            const double r = hypot(px - x[i], py - y[i]);
            sum += s[i] * k0(fmax(r, CYT_SYNTH_SPACING_UM) / lambda_um);
            near += r < lambda_um ? s[i] : 0;
        }
        const double off = fabs(two_pi * synth_concentration(f, px, py) - sum);
        assert_true(off < 0.0125 * near + 0.001 * sum + 1.5e-4 * total);
    }
    synth_field_destroy(f);
}

/* Twice the strength everywhere is the same theta: only beta theta has a meaning. */
static void theta_is_one_at_its_largest_and_does_not_know_the_unit(void **state)
{
    (void)state;
    double x[N_SOURCES], y[N_SOURCES], s[N_SOURCES], largest = 0;
    cyt_error err = {0};
    random_sources(1000, x, y, s);
    synth_field *f = synth_field_create(N_SOURCES, x, y, s, 1000, 250, &err);
    for (size_t i = 0; i < N_SOURCES; i++)
        s[i] *= 2;
    synth_field *g = synth_field_create(N_SOURCES, x, y, s, 1000, 250, &err);
    assert_int_equal(err.code, CYT_OK);
    for (size_t i = 0; i < N_SOURCES; i++) {
        const double theta = synth_theta(f, x[i], y[i]);
        assert_true(fabs(theta - synth_theta(g, x[i], y[i])) < 1e-12);
        largest = fmax(largest, theta);
    }
    assert_true(fabs(largest - 1) < 1e-12);
    synth_field_destroy(f);
    synth_field_destroy(g);
}

/* --- the planted law -------------------------------------------------------------- */

enum { N_POINTS = 100000, N_BINS = 20 };

typedef struct law {
    synth_slide slide;
    double *theta; /* [N_POINTS] at uniform points of the tissue, ascending */
    size_t n;      /* cells of the type looked at */
    double *cells; /* [n] theta at them */
} law;

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void law_of(law *l, const cyt_synth_params *p, int type)
{
    cyt_error err = {0};
    assert_int_equal(synth_slide_make(p, 0, &l->slide, &err), CYT_OK);
    const synth_cells *c = &l->slide.cells;
    l->theta = malloc(N_POINTS * sizeof *l->theta);
    l->cells = malloc(c->n * sizeof *l->cells);
    l->n = 0;
    for (uint64_t k = 0; k < N_POINTS; k++) {
        double u[4];
        cyt_uniform4(cyt_random_key_of(99, 0), 0, k, 0, u);
        l->theta[k] = synth_theta(l->slide.field, u[0] * l->slide.fact.side_um,
                                  u[1] * l->slide.fact.side_um);
    }
    qsort(l->theta, N_POINTS, sizeof *l->theta, ascending);
    for (size_t i = 0; i < c->n; i++)
        if (c->type[i] == type)
            l->cells[l->n++] = synth_theta(l->slide.field, um(c->x[i]), um(c->y[i]));
}

static void law_free(law *l)
{
    synth_slide_free(&l->slide);
    free(l->theta);
    free(l->cells);
}

/* Mean and variance of theta over tissue weighted by exp(beta theta). */
static void tilted(const law *l, double beta, double *mean, double *variance)
{
    double w = 0, wt = 0, wtt = 0;
    for (size_t k = 0; k < N_POINTS; k++) {
        const double e = exp(beta * l->theta[k]), t = l->theta[k];
        w += e;
        wt += e * t;
        wtt += e * t * t;
    }
    *mean = wt / w;
    *variance = wtt / w - *mean * *mean;
}

static double mean_at_cells(const law *l)
{
    double sum = 0;
    for (size_t i = 0; i < l->n; i++)
        sum += l->cells[i];
    return sum / (double)l->n;
}

/* Largest-likelihood slope: the beta whose weighted mean is the mean at the cells. */
static double recovered(const law *l, double *se)
{
    const double goal = mean_at_cells(l);
    double beta = 0, mean, variance;
    for (int step = 0; step < 50; step++) {
        tilted(l, beta, &mean, &variance);
        beta += (goal - mean) / variance;
    }
    tilted(l, beta, &mean, &variance);
    *se = sqrt((1.0 / (double)l->n + 1.0 / N_POINTS) / variance);
    return beta;
}

/* Cells per bin of equal tissue area, bins in order of theta, against the planted law.
 */
static double chi_square(const law *l, double beta)
{
    double weight[N_BINS] = {0}, count[N_BINS] = {0}, total = 0, chi2 = 0;
    const size_t per_bin = N_POINTS / N_BINS;
    for (size_t k = 0; k < N_POINTS; k++) {
        weight[k / per_bin] += exp(beta * l->theta[k]);
        total += exp(beta * l->theta[k]);
    }
    for (size_t i = 0; i < l->n; i++) {
        size_t b = 0;
        while (b + 1 < N_BINS && l->cells[i] >= l->theta[(b + 1) * per_bin])
            b++;
        count[b]++;
    }
    for (size_t b = 0; b < N_BINS; b++) {
        const double expected = (double)l->n * weight[b] / total;
        chi2 += (count[b] - expected) * (count[b] - expected) / expected;
    }
    return chi2;
}

/* 99.9 % point of chi-square with 19 degrees of freedom. */
static const double CHI2_19 = 43.82;

static void t_cells_follow_the_planted_law(void **state)
{
    (void)state;
    static const double betas[] = {-2, 0, 2, 5};
    double before = -INFINITY;
    for (size_t k = 0; k < 4; k++) {
        const cyt_synth_params p = params_of(40000, betas[k]);
        law l;
        double se, mean, variance;
        law_of(&l, &p, SYNTH_CD8_T);
        tilted(&l, 0, &mean, &variance);
        const double beta = recovered(&l, &se);
        const double excess = mean_at_cells(&l) - mean;
        assert_int_equal(l.n, 4000);
        assert_true(chi_square(&l, betas[k]) < CHI2_19);
        assert_true(fabs(beta - betas[k]) < 4 * se);
        assert_true(excess > before);
        if (betas[k] == 0)
            assert_true(fabs(excess) < 4 * sqrt(variance / (double)l.n));
        else
            assert_true(chi_square(&l, 0) > CHI2_19); /* the test can fail */
        before = excess;
        law_free(&l);
    }
}

static void background_cells_do_not_know_the_signal(void **state)
{
    (void)state;
    const cyt_synth_params p = params_of(40000, 3);
    law l;
    double se;
    law_of(&l, &p, SYNTH_CD4_T);
    assert_true(chi_square(&l, 0) < CHI2_19);
    assert_true(fabs(recovered(&l, &se)) < 4 * se);
    law_free(&l);
}

/* --- cells ------------------------------------------------------------------------ */

static void counts_are_those_asked_for_and_none_is_too_near(void **state)
{
    (void)state;
    const cyt_synth_params p = params_of(3000, 4);
    synth_slide s;
    cyt_error err = {0};
    assert_int_equal(synth_slide_make(&p, 0, &s, &err), CYT_OK);
    const synth_cells *c = &s.cells;
    const double least = CYT_SYNTH_SPACING_UM * CYT_SYNTH_SPACING_UM;
    uint64_t n[SYNTH_N_TYPES] = {0};
    for (size_t i = 0; i < c->n; i++) {
        n[c->type[i]]++;
        assert_true(c->x[i] >= 0 && c->x[i] < s.side && c->y[i] >= 0 &&
                    c->y[i] < s.side);
        assert_true(c->type[i] == SYNTH_MYOFIBROBLAST || c->ligand[i] == 0);
        assert_true((c->type[i] == SYNTH_CD8_T) == (c->receptor[i] > 0));
        for (size_t k = 0; k < i; k++)
            assert_true(pow(um(c->x[i]) - um(c->x[k]), 2) +
                            pow(um(c->y[i]) - um(c->y[k]), 2) >=
                        least);
    }
    uint64_t total = 0;
    for (size_t t = 0; t < SYNTH_N_TYPES; t++) {
        assert_true(n[t] > 0 && n[t] == s.fact.n_cells[t]);
        total += n[t];
    }
    assert_int_equal(total, 3000);
    assert_int_equal(n[SYNTH_CD8_T], 300);
    synth_slide_free(&s);
}

/* The gate on units wants a median between 3 and 50 µm. */
static void the_smallest_slide_has_every_type_and_plausible_distances(void **state)
{
    (void)state;
    const cyt_synth_params p = params_of(CYT_SYNTH_MIN_CELLS, 2);
    synth_slide s;
    cyt_error err = {0};
    assert_int_equal(synth_slide_make(&p, 0, &s, &err), CYT_OK);
    double nearest[CYT_SYNTH_MIN_CELLS];
    for (size_t i = 0; i < s.cells.n; i++) {
        nearest[i] = INFINITY;
        for (size_t k = 0; k < s.cells.n; k++)
            if (k != i)
                nearest[i] =
                    fmin(nearest[i], hypot(um(s.cells.x[i]) - um(s.cells.x[k]),
                                           um(s.cells.y[i]) - um(s.cells.y[k])));
    }
    qsort(nearest, s.cells.n, sizeof *nearest, ascending);
    assert_true(nearest[s.cells.n / 2] > 5 && nearest[s.cells.n / 2] < 20);
    for (size_t t = 0; t < SYNTH_N_TYPES; t++)
        assert_true(s.fact.n_cells[t] > 0);
    assert_true(s.fact.n_senders > 0 && s.fact.theta_scale > 0);
    synth_slide_free(&s);
}

static void a_slide_without_room_is_refused_by_name(void **state)
{
    (void)state;
    cyt_synth_params p = params_of(2000, 0);
    p.side_um = 100;
    synth_slide s;
    cyt_error err = {0};
    assert_int_equal(synth_slide_make(&p, 0, &s, &err), CYT_ERR_USAGE);
    assert_string_equal(err.subject, "S01");
    assert_non_null(strstr(err.text, "larger side"));
    synth_slide_free(&s);
}

static void a_slope_beyond_sampling_is_refused(void **state)
{
    (void)state;
    const cyt_synth_params p = params_of(1000, -1e6);
    synth_slide s;
    cyt_error err = {0};
    assert_int_equal(synth_slide_make(&p, 0, &s, &err), CYT_ERR_USAGE);
    assert_non_null(strstr(err.text, "beta"));
    synth_slide_free(&s);
}

static void slides_and_seeds_differ_and_repeat(void **state)
{
    (void)state;
    cyt_synth_params p = params_of(500, 0);
    p.n_slides = 2;
    synth_slide s[4];
    cyt_error err = {0};
    for (size_t i = 0; i < 4; i++) {
        p.seed = i == 3 ? 2 : 1;
        assert_int_equal(synth_slide_make(&p, i == 1, &s[i], &err), CYT_OK);
    }
    const size_t bytes = 500 * sizeof *s[0].cells.x;
    assert_memory_equal(s[0].cells.x, s[2].cells.x, bytes);
    assert_true(memcmp(s[0].cells.x, s[1].cells.x, bytes) != 0);
    assert_true(memcmp(s[0].cells.x, s[3].cells.x, bytes) != 0);
    for (size_t i = 0; i < 4; i++)
        synth_slide_free(&s[i]);
}

/* --- text ------------------------------------------------------------------------- */

static void places_read_back_exactly_and_no_shorter_text_would(void **state)
{
    (void)state;
    static const int32_t places[] = {0, 1, 63, 64, 65, 1000001, 12345678, INT32_MAX};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char text[CYT_NUMBER_SIZE], shorter[512];
        const size_t n = synth_place_text(places[i], text);
        double back;
        assert_int_equal(cyt_parse_f64(text, n, &back), CYT_NUMBER_FINITE);
        assert_true(back == um(places[i]));
        int digits = 1;
        do
            snprintf(shorter, sizeof shorter, "%.*g", digits++, back);
        while (strtod(shorter, NULL) != back);
        size_t n_digits = 0, n_shortest = 0; /* but zeros: 1e+06 is 1000000 */
        for (size_t k = 0; k < n; k++)
            n_digits += text[k] > '0' && text[k] <= '9';
        for (const char *c = shorter; *c && *c != 'e'; c++)
            n_shortest += *c > '0' && *c <= '9';
        assert_int_equal(n_digits, n_shortest);
    }
}

static void numbers_read_back_exactly(void **state)
{
    (void)state;
    static const double values[] = {0,        250,   20000,  0.1,
                                    -1.0 / 3, 1e300, 5e-324, 1414.203125};
    char text[CYT_NUMBER_SIZE];
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        assert_true(strtod(cyt_number_text(values[i], text), NULL) == values[i]);
        assert_true(strlen(text) < CYT_NUMBER_SIZE);
    }
    assert_string_equal(cyt_number_text(250, text), "250");
    assert_string_equal(cyt_number_text(0.1, text), "0.1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kernel_is_k0),
        cmocka_unit_test(the_field_is_the_sum_over_its_sources),
        cmocka_unit_test(theta_is_one_at_its_largest_and_does_not_know_the_unit),
        cmocka_unit_test(t_cells_follow_the_planted_law),
        cmocka_unit_test(background_cells_do_not_know_the_signal),
        cmocka_unit_test(counts_are_those_asked_for_and_none_is_too_near),
        cmocka_unit_test(the_smallest_slide_has_every_type_and_plausible_distances),
        cmocka_unit_test(a_slide_without_room_is_refused_by_name),
        cmocka_unit_test(a_slope_beyond_sampling_is_refused),
        cmocka_unit_test(slides_and_seeds_differ_and_repeat),
        cmocka_unit_test(places_read_back_exactly_and_no_shorter_text_would),
        cmocka_unit_test(numbers_read_back_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
