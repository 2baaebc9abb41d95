// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/autocorrelation.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/random.h"
#include "slide_of.h"

#include <math.h>

static int rank, size;

enum { MOST = 300, COLUMNS = 11 };

static size_t n_cells;
static double x[MOST], y[MOST], value[COLUMNS * MOST];
static uint16_t type[MOST];

enum { RADIUS, KNN, UNION, N_KINDS };

typedef struct placed {
    cyt_slide slide;
    cyt_graph graph;
} placed;

static void place(MPI_Comm comm, int kind, double radius, placed *p)
{
    cyt_error err = {0};
    slide_of(comm, n_cells, x, y, type, 1, 1, 1, COLUMNS, value, &p->slide);
    cyt_code code;
    if (kind == RADIUS)
        code = cyt_graph_radius(comm, &p->slide, radius, &p->graph, &err);
    else
        code = cyt_graph_knn(comm, &p->slide, 5, kind == UNION, &p->graph, &err);
    assert_int_equal(code, CYT_OK);
}

static void take_away(placed *p)
{
    cyt_graph_free(&p->graph);
    cyt_slide_free(&p->slide);
}

static void correlate(MPI_Comm comm, const placed *p, cyt_weights weights,
                      cyt_autocorrelation *out)
{
    cyt_error err = {0};
    assert_int_equal(cyt_autocorrelate(comm, &p->slide, &p->graph, weights, COLUMNS,
                                       p->slide.cells.values, out, &err),
                     CYT_OK);
}

static void lattice_of_nine(void)
{
    n_cells = 9;
    for (size_t i = 0; i < 9; i++) {
        x[i] = (double)(i % 3);
        y[i] = (double)(i / 3);
        for (size_t c = 0; c < COLUMNS; c++)
            value[c * 9 + i] = c == 0 ? (double)(i + 1) : 1;
    }
}

static void scatter_cells(void)
{
    const cyt_random_key key = cyt_random_key_of(31, 0);
    n_cells = MOST;
    for (size_t i = 0; i < MOST; i++) {
        x[i] = 100 * cyt_uniform(key, 0, i, 0);
        y[i] = 100 * cyt_uniform(key, 0, i, 1);
        for (uint32_t c = 0; c < COLUMNS; c++)
            value[c * MOST + i] =
                1000 * c + x[i] * c + 30 * exp(cyt_normal(key, 1, i, c));
    }
}

static const double rounding = 1e-9; /* some hundred terms, differences of some */

static int near(double a, double b)
{
    return fabs(a - b) <= rounding * fabs(b);
}

static void nine_cells_give_the_published_numbers(void **state)
{
    (void)state;
    placed p;
    cyt_autocorrelation a[COLUMNS];
    lattice_of_nine();
    place(MPI_COMM_WORLD, RADIUS, 1, &p);
    correlate(MPI_COMM_WORLD, &p, CYT_WEIGHTS_BINARY, a);
    assert_all(near(a[0].moran.value, 0.5) && near(a[0].moran.expected, -0.125));
    assert_all(near(a[0].moran.normal.variance, 0.053125));
    assert_all(near(a[0].moran.random.variance, 0.0596875));
    assert_all(near(a[0].geary.value, 1.0 / 3) && a[0].geary.expected == 1);
    assert_all(near(a[0].geary.normal.variance, 1.0 / 18));
    assert_all(near(a[0].moran.normal.z, 0.625 / sqrt(0.053125)));
    assert_all(near(a[0].moran.normal.p, erfc(0.625 / sqrt(2 * 0.053125))));
    for (size_t c = 1; c < COLUMNS; c++) /* constant columns */
        assert_all(isnan(a[c].moran.value) && isnan(a[c].geary.random.p));
    take_away(&p);
}

/* The mean of 300 times 0.1 is not 0.1: what is left of it is alike everywhere. */
static void one_number_in_all_cells_is_nan_whatever_its_mean_rounds_to(void **state)
{
    (void)state;
    placed p;
    cyt_autocorrelation a[COLUMNS];
    cyt_alike pair;
    cyt_error err = {0};
    scatter_cells();
    for (size_t c = 0; c < COLUMNS; c++)
        for (size_t i = 0; i < MOST; i++)
            value[c * MOST + i] = 0.1 * (double)(c + 1);
    place(MPI_COMM_WORLD, RADIUS, 10, &p);
    correlate(MPI_COMM_WORLD, &p, CYT_WEIGHTS_BINARY, a);
    for (size_t c = 0; c < COLUMNS; c++)
        assert_all(isnan(a[c].moran.value) && isnan(a[c].moran.random.p) &&
                   isnan(a[c].geary.value) && isnan(a[c].geary.normal.p));
    assert_all(cyt_bivariate_moran(MPI_COMM_WORLD, &p.slide, &p.graph,
                                   CYT_WEIGHTS_BINARY, p.slide.cells.values,
                                   p.slide.cells.values + p.slide.cells.n, &pair,
                                   &err) == CYT_OK);
    assert_all(isnan(pair.value) && isnan(pair.random.p));
    take_away(&p);
}

/* --- every permutation ------------------------------------------------------------ */

static int is_rook(size_t i, size_t j)
{
    return fabs(x[i] - x[j]) + fabs(y[i] - y[j]) == 1;
}

typedef struct spread {
    double n, moran, moran2, geary, geary2, pair, pair2;
} spread;

/* Heap's algorithm over the values of `v`. */
static void all_orders(size_t k, double *v, const double *lag, spread *s)
{
    if (k == 1) {
        double moran = 0, geary = 0, pair = 0;
        for (size_t i = 0; i < 9; i++) {
            pair += v[i] * lag[i];
            for (size_t j = 0; j < 9; j++)
                if (is_rook(i, j)) {
                    moran += v[i] * v[j];
                    geary += (v[i] - v[j]) * (v[i] - v[j]);
                }
        }
        s->n++;
        s->moran += moran;
        s->moran2 += moran * moran;
        s->geary += geary;
        s->geary2 += geary * geary;
        s->pair += pair;
        s->pair2 += pair * pair;
        return;
    }
    for (size_t i = 0; i < k; i++) {
        all_orders(k - 1, v, lag, s);
        const size_t other = k % 2 ? 0 : i;
        const double kept = v[k - 1];
        v[k - 1] = v[other];
        v[other] = kept;
    }
}

static double variance_of(double sum, double square, double n, double scale)
{
    return scale * scale * (square / n - sum / n * (sum / n));
}

static void variances_under_dealing_are_those_of_all_362880_orders(void **state)
{
    (void)state;
    static const double some[9] = {3, 1, 4, 1, 5, 9, 2, 6, 14};
    placed p;
    cyt_autocorrelation a[COLUMNS];
    cyt_alike both;
    cyt_error err = {0};
    double z[9], other[9], lag[9] = {0}, zz = 0, oo = 0;
    spread s = {0};
    lattice_of_nine();
    for (size_t i = 0; i < 9; i++) {
        value[9 + i] = some[i];
        z[i] = some[i] - 5; /* mean 5 */
        other[i] = (double)i - 4;
        zz += z[i] * z[i];
        oo += other[i] * other[i];
    }
    for (size_t i = 0; i < 9; i++)
        for (size_t j = 0; j < 9; j++)
            lag[i] += is_rook(i, j) * other[j];
    place(MPI_COMM_WORLD, RADIUS, 1, &p);
    correlate(MPI_COMM_WORLD, &p, CYT_WEIGHTS_BINARY, a);
    const double *v = p.slide.cells.values;
    const size_t n = p.slide.cells.n;
    assert_all(cyt_bivariate_moran(MPI_COMM_WORLD, &p.slide, &p.graph,
                                   CYT_WEIGHTS_BINARY, v + n, v, &both,
                                   &err) == CYT_OK);
    double observed = 0;
    for (size_t i = 0; i < 9; i++)
        observed += z[i] * lag[i];
    all_orders(9, z, lag, &s);
    assert_all(s.n == 362880);
    const double scale = 9 / (24 * zz), pair_scale = 9 / (24 * sqrt(zz * oo));
    assert_all(
        near(a[1].moran.random.variance, variance_of(s.moran, s.moran2, s.n, scale)));
    assert_all(near(a[1].moran.expected, scale * s.moran / s.n));
    assert_all(near(a[1].geary.random.variance,
                    variance_of(s.geary, s.geary2, s.n, 8 / (48 * zz))));
    assert_all(near(1, 8 / (48 * zz) * s.geary / s.n));
    assert_all(near(both.value, pair_scale * observed) && both.expected == 0);
    assert_all(
        near(both.random.variance, variance_of(s.pair, s.pair2, s.n, pair_scale)));
    take_away(&p);
}

/* --- by matrices ------------------------------------------------------------------ */

static double weight[MOST][MOST];

/* The weights of a graph that one rank holds whole, by input order. */
static void fill_weights(const placed *p, cyt_weights weights)
{
    const cyt_graph *g = &p->graph;
    const uint64_t *index = p->slide.cells.index;
    memset(weight, 0, sizeof weight);
    for (size_t i = 0; i < g->n; i++)
        for (size_t k = g->start[i]; k < g->start[i + 1]; k++)
            weight[index[i]][index[g->node[k]]] =
                weights == CYT_WEIGHTS_BINARY
                    ? 1
                    : 1 / (double)(g->start[i + 1] - g->start[i]);
}

typedef struct plain {
    double moran, geary, moran_normal, geary_normal;
} plain;

static plain by_matrix(const double *v)
{
    double s0 = 0, s1 = 0, s2 = 0, mean = 0, zz = 0, moran = 0, geary = 0;
    const double n = (double)n_cells;
    for (size_t i = 0; i < n_cells; i++)
        mean += v[i] / n;
    for (size_t i = 0; i < n_cells; i++) {
        double sum = 0;
        zz += (v[i] - mean) * (v[i] - mean);
        for (size_t j = 0; j < n_cells; j++) {
            const double both = weight[i][j] + weight[j][i], d = v[i] - v[j];
            s0 += weight[i][j];
            s1 += both * both / 2;
            sum += both;
            moran += weight[i][j] * (v[i] - mean) * (v[j] - mean);
            geary += weight[i][j] * d * d;
        }
        s2 += sum * sum;
    }
    return (plain){n / s0 * moran / zz, (n - 1) * geary / (2 * s0 * zz),
                   (n * n * s1 - n * s2 + 3 * s0 * s0) / ((n * n - 1) * s0 * s0) -
                       1 / ((n - 1) * (n - 1)),
                   ((2 * s1 + s2) * (n - 1) - 4 * s0 * s0) / (2 * (n + 1) * s0 * s0)};
}

static void every_graph_and_weight_agrees_with_sums_over_the_matrix(void **state)
{
    (void)state;
    scatter_cells();
    for (int kind = 0; kind < N_KINDS; kind++)
        for (int w = 0; w < 2; w++) {
            placed whole, parts;
            cyt_autocorrelation a[COLUMNS];
            place(MPI_COMM_SELF, kind, 9, &whole);
            place(MPI_COMM_WORLD, kind, 9, &parts);
            fill_weights(&whole, (cyt_weights)w);
            correlate(MPI_COMM_WORLD, &parts, (cyt_weights)w, a);
            for (size_t c = 0; c < COLUMNS; c++) {
                const plain b = by_matrix(value + c * n_cells);
                assert_all(near(a[c].moran.value, b.moran));
                assert_all(near(a[c].geary.value, b.geary));
                assert_all(near(a[c].moran.normal.variance, b.moran_normal));
                assert_all(near(a[c].geary.normal.variance, b.geary_normal));
            }
            take_away(&whole);
            take_away(&parts);
        }
}

static void any_number_of_ranks_gives_the_same_bits(void **state)
{
    (void)state;
    scatter_cells();
    for (int kind = 0; kind < N_KINDS; kind++)
        for (int w = 0; w < 2; w++) {
            placed whole, parts;
            cyt_autocorrelation a[COLUMNS], b[COLUMNS];
            place(MPI_COMM_SELF, kind, 9, &whole);
            place(MPI_COMM_WORLD, kind, 9, &parts);
            correlate(MPI_COMM_SELF, &whole, (cyt_weights)w, a);
            correlate(MPI_COMM_WORLD, &parts, (cyt_weights)w, b);
            assert_all(memcmp(a, b, sizeof a) == 0);
            take_away(&whole);
            take_away(&parts);
        }
}

static void a_column_with_a_missing_value_is_nan_and_leaves_others_alone(void **state)
{
    (void)state;
    placed p;
    cyt_autocorrelation before[COLUMNS], after[COLUMNS];
    scatter_cells();
    place(MPI_COMM_WORLD, UNION, 0, &p);
    correlate(MPI_COMM_WORLD, &p, CYT_WEIGHTS_ROW, before);
    for (size_t i = 0; i < p.slide.cells.n; i++)
        if (p.slide.cells.index[i] == 17)
            p.slide.cells.values[3 * p.slide.cells.n + i] = NAN;
    correlate(MPI_COMM_WORLD, &p, CYT_WEIGHTS_ROW, after);
    for (size_t c = 0; c < COLUMNS; c++)
        assert_all(c == 3 ? isnan(after[c].moran.value) && isnan(after[c].geary.value)
                          : memcmp(before + c, after + c, sizeof *before) == 0);
    take_away(&p);
}

/* --- permutations ----------------------------------------------------------------- */

static void permute(MPI_Comm comm, const placed *p, cyt_weights weights,
                    const cyt_permutation_params *params, cyt_permuted *moran,
                    cyt_permuted *geary)
{
    cyt_error err = {0};
    assert_int_equal(cyt_autocorrelate_permute(comm, &p->slide, &p->graph, weights,
                                               COLUMNS, p->slide.cells.values, params,
                                               moran, geary, &err),
                     CYT_OK);
}

/* Mean and variance of n deals are within 4.5 of their standard errors; that of the
 * variance is v sqrt(2 / n) for what is nearly normal; skew columns have more. */
static void agree_with(const cyt_permuted *p, const cyt_alike *a, double n)
{
    const double se = sqrt(a->random.variance / n);
    const double error = 2 * a->random.variance * sqrt(2 / n);
    assert_all(fabs(p->mean - a->expected) < 4.5 * se);
    assert_all(fabs(p->sd * p->sd - a->random.variance) < 4.5 * error);
    assert_all(fabs(p->z - (a->value - p->mean) / p->sd) < 1e-9 * (1 + fabs(p->z)));
    assert_all(p->n_at_least + p->n_at_most >= (uint64_t)n);
}

static void random_deals_have_the_moments_of_all_deals(void **state)
{
    (void)state;
    enum { DEALS = 400 };
    const cyt_permutation_params params = {.n = DEALS, .seed = 1};
    scatter_cells();
    for (int w = 0; w < 2; w++) {
        placed p;
        cyt_autocorrelation a[COLUMNS];
        cyt_permuted moran[COLUMNS], geary[COLUMNS];
        place(MPI_COMM_WORLD, UNION, 0, &p);
        correlate(MPI_COMM_WORLD, &p, (cyt_weights)w, a);
        permute(MPI_COMM_WORLD, &p, (cyt_weights)w, &params, moran, geary);
        for (size_t c = 0; c < COLUMNS; c++) {
            agree_with(&moran[c], &a[c].moran, DEALS);
            agree_with(&geary[c], &a[c].geary, DEALS);
        }
        assert_all(moran[COLUMNS - 1].n_at_least == 0); /* it follows x */
        assert_all(moran[COLUMNS - 1].p == 2.0 / (DEALS + 1));
        take_away(&p);
    }
}

static void any_number_of_ranks_deals_the_same(void **state)
{
    (void)state;
    const cyt_permutation_params params = {.n = 5, .seed = 3, .slide = 7};
    scatter_cells();
    for (int kind = 0; kind < N_KINDS; kind++) {
        placed whole, parts;
        cyt_permuted a[2][COLUMNS], b[2][COLUMNS];
        place(MPI_COMM_SELF, kind, 9, &whole);
        place(MPI_COMM_WORLD, kind, 9, &parts);
        permute(MPI_COMM_SELF, &whole, CYT_WEIGHTS_ROW, &params, a[0], a[1]);
        permute(MPI_COMM_WORLD, &parts, CYT_WEIGHTS_ROW, &params, b[0], b[1]);
        assert_all(memcmp(a, b, sizeof a) == 0);
        take_away(&whole);
        take_away(&parts);
    }
}

/* Column 0 is the group itself, which deals within it leave alone: ties, all of them.
 */
static void what_cannot_move_is_tied_with_itself(void **state)
{
    (void)state;
    uint32_t group[MOST];
    placed p;
    cyt_permuted moran[COLUMNS], geary[COLUMNS];
    scatter_cells();
    for (size_t i = 0; i < MOST; i++) {
        value[i] = x[i] < 30 ? 0.1 : x[i] < 70 ? 0.7 : 1.9;
        value[MOST + i] = 3;
    }
    place(MPI_COMM_WORLD, UNION, 0, &p);
    for (size_t i = 0; i < p.slide.cells.n; i++)
        group[i] = p.slide.cells.x[i] < 30 ? 0 : p.slide.cells.x[i] < 70 ? 1 : 2;
    const cyt_permutation_params params = {.n = 20, .n_groups = 3, .group = group};
    permute(MPI_COMM_WORLD, &p, CYT_WEIGHTS_ROW, &params, moran, geary);
    assert_all(moran[0].n_at_least == 20 && moran[0].n_at_most == 20);
    assert_all(moran[0].sd == 0 && isnan(moran[0].z) && moran[0].p == 1);
    assert_all(geary[0].n_at_least == 20 && geary[0].p == 1);
    assert_all(isnan(moran[1].p) && isnan(geary[1].mean) && moran[1].n_at_least == 0);
    assert_all(moran[2].sd > 0);
    take_away(&p);
}

static cyt_permuted permute_pair(MPI_Comm comm, const placed *p, size_t first,
                                 size_t second, const cyt_permutation_params *params)
{
    cyt_error err = {0};
    cyt_permuted out;
    const size_t n = p->slide.cells.n;
    const double *v = p->slide.cells.values;
    assert_int_equal(cyt_bivariate_moran_permute(comm, &p->slide, &p->graph,
                                                 CYT_WEIGHTS_ROW, v + first * n,
                                                 v + second * n, params, &out, &err),
                     CYT_OK);
    return out;
}

static void deals_of_a_pair_have_the_moments_of_all_on_any_number_of_ranks(void **state)
{
    (void)state;
    enum { DEALS = 400 };
    const cyt_permutation_params params = {.n = DEALS, .seed = 2};
    cyt_error err = {0};
    cyt_alike a;
    placed whole, parts;
    scatter_cells();
    place(MPI_COMM_SELF, KNN, 0, &whole);
    place(MPI_COMM_WORLD, KNN, 0, &parts);
    const double *v = parts.slide.cells.values;
    for (size_t c = 0; c + 1 < COLUMNS; c += 3) {
        const cyt_permuted alone =
            permute_pair(MPI_COMM_SELF, &whole, c, c + 1, &params);
        const cyt_permuted p = permute_pair(MPI_COMM_WORLD, &parts, c, c + 1, &params);
        assert_all(memcmp(&alone, &p, sizeof p) == 0);
        assert_all(cyt_bivariate_moran(MPI_COMM_WORLD, &parts.slide, &parts.graph,
                                       CYT_WEIGHTS_ROW, v + c * parts.slide.cells.n,
                                       v + (c + 1) * parts.slide.cells.n, &a,
                                       &err) == CYT_OK);
        agree_with(&p, &a, DEALS);
        assert_all(c == 0 ? p.p > 1e-3 : 1); /* column 0 follows nothing */
    }
    take_away(&whole);
    take_away(&parts);
}

/* Both columns follow the group and nothing else: alike over the slide, not within. */
static void a_pair_that_only_shares_its_groups_is_told_by_deals_within(void **state)
{
    (void)state;
    const cyt_random_key key = cyt_random_key_of(77, 0);
    uint32_t group[MOST];
    placed p;
    scatter_cells();
    for (size_t i = 0; i < MOST; i++)
        for (uint32_t c = 0; c < 2; c++) {
            value[c * MOST + i] = (x[i] < 50 ? 0 : 10) + cyt_normal(key, 4, i, c);
            value[(2 + c) * MOST + i] = x[i] < 50 ? 0.1 : 0.7;
        }
    place(MPI_COMM_WORLD, UNION, 0, &p);
    for (size_t i = 0; i < p.slide.cells.n; i++)
        group[i] = p.slide.cells.x[i] >= 50;
    const cyt_permutation_params over = {.n = 199, .seed = 4};
    const cyt_permutation_params within = {
        .n = 199, .seed = 4, .n_groups = 2, .group = group};
    assert_all(permute_pair(MPI_COMM_WORLD, &p, 0, 1, &over).p == 2.0 / 200);
    assert_all(permute_pair(MPI_COMM_WORLD, &p, 0, 1, &within).p > 0.02);
    const cyt_permuted fixed = permute_pair(MPI_COMM_WORLD, &p, 2, 1, &within);
    assert_all(fixed.n_at_least == 199 && fixed.n_at_most == 199 && fixed.sd == 0);
    take_away(&p);
}

static int by_value(const void *a, const void *b)
{
    const double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

/* Values that follow nothing: p of many columns and slides against the uniform. */
static void p_is_uniform_where_values_mean_nothing(void **state)
{
    (void)state;
    enum { TRIALS = 10, N = TRIALS * COLUMNS };
    static double p[N];
    double d = 0;
    for (size_t t = 0; t < TRIALS; t++) {
        const cyt_random_key key = cyt_random_key_of(400 + t, 0);
        const cyt_permutation_params params = {.n = 99, .seed = t};
        placed at;
        cyt_permuted moran[COLUMNS], geary[COLUMNS];
        scatter_cells();
        n_cells = 60;
        for (size_t c = 0; c < COLUMNS; c++)
            for (size_t i = 0; i < n_cells; i++)
                value[c * n_cells + i] = exp(cyt_normal(key, 2, i, (uint32_t)c));
        place(MPI_COMM_WORLD, UNION, 0, &at);
        permute(MPI_COMM_WORLD, &at, CYT_WEIGHTS_BINARY, &params, moran, geary);
        for (size_t c = 0; c < COLUMNS; c++) {
            const cyt_permuted *o = c % 2 ? &moran[c] : &geary[c];
            const double u = cyt_uniform(key, 3, c, 0); /* spreads p over its step */
            p[t * COLUMNS + c] = ((double)o->n_at_least + u) / 100;
        }
        take_away(&at);
    }
    qsort(p, N, sizeof *p, by_value);
    for (size_t k = 0; k < N; k++)
        d = fmax(d, fmax(p[k] - (double)k / N, (double)(k + 1) / N - p[k]));
    assert_all(d * sqrt(N) < 1.95); /* Kolmogorov: once in a thousand */
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"autocorrelation", "mem.alloc", "deal.init"};
    const cyt_permutation_params params = {.n = 1};
    placed p;
    scatter_cells();
    place(MPI_COMM_WORLD, KNN, 0, &p);
    for (size_t k = 0; k < 10; k++)
        for (int bad = 0; bad < size; bad++) {
            cyt_autocorrelation a[COLUMNS];
            cyt_permuted moran[COLUMNS], geary[COLUMNS];
            cyt_alike both;
            cyt_error err = {0};
            const double *v = p.slide.cells.values;
            cyt_fault_arm(rank == bad ? points[k < 4 ? k % 2 : (k - 4) % 3] : NULL);
            const cyt_code code =
                k < 2   ? cyt_autocorrelate(MPI_COMM_WORLD, &p.slide, &p.graph,
                                            CYT_WEIGHTS_ROW, COLUMNS, v, a, &err)
                : k < 4 ? cyt_bivariate_moran(MPI_COMM_WORLD, &p.slide, &p.graph,
                                              CYT_WEIGHTS_ROW, v, v, &both, &err)
                : k < 7 ? cyt_autocorrelate_permute(MPI_COMM_WORLD, &p.slide, &p.graph,
                                                    CYT_WEIGHTS_ROW, COLUMNS, v,
                                                    &params, moran, geary, &err)
                        : cyt_bivariate_moran_permute(MPI_COMM_WORLD, &p.slide,
                                                      &p.graph, CYT_WEIGHTS_ROW, v, v,
                                                      &params, moran, &err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
        }
    take_away(&p);
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nine_cells_give_the_published_numbers),
        cmocka_unit_test(one_number_in_all_cells_is_nan_whatever_its_mean_rounds_to),
        cmocka_unit_test(variances_under_dealing_are_those_of_all_362880_orders),
        cmocka_unit_test(every_graph_and_weight_agrees_with_sums_over_the_matrix),
        cmocka_unit_test(any_number_of_ranks_gives_the_same_bits),
        cmocka_unit_test(a_column_with_a_missing_value_is_nan_and_leaves_others_alone),
        cmocka_unit_test(random_deals_have_the_moments_of_all_deals),
        cmocka_unit_test(any_number_of_ranks_deals_the_same),
        cmocka_unit_test(what_cannot_move_is_tied_with_itself),
        cmocka_unit_test(
            deals_of_a_pair_have_the_moments_of_all_on_any_number_of_ranks),
        cmocka_unit_test(a_pair_that_only_shares_its_groups_is_told_by_deals_within),
        cmocka_unit_test(p_is_uniform_where_values_mean_nothing),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
