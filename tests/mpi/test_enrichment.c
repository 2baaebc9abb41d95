// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/enrichment.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/group_means.h"
#include "cytotaxis/random.h"
#include "slide_of.h"

#include <math.h>

static int rank, size;

enum { SIDE = 65, MOST = SIDE * SIDE, MOST_TYPES = 4 };

static double x[MOST], y[MOST];
static uint16_t type[MOST];

/* Cells on a square lattice, joined to those beside, above and below. */
typedef struct rook {
    cyt_slide slide;
    cyt_graph graph;
    cyt_label_counts counts;
} rook;

static void lattice(size_t side)
{
    for (size_t i = 0; i < side * side; i++) {
        x[i] = (double)(i % side);
        y[i] = (double)(i / side);
    }
}

static void rook_of(MPI_Comm comm, size_t side, size_t n_types, rook *r)
{
    cyt_error err = {0};
    slide_of(comm, side * side, x, y, type, n_types, 1, 1, 0, NULL, &r->slide);
    assert_int_equal(cyt_graph_radius(comm, &r->slide, 1, &r->graph, &err), CYT_OK);
    assert_int_equal(cyt_label_count(comm, &r->slide, &r->graph, &r->counts, &err),
                     CYT_OK);
}

static void free_rook(rook *r)
{
    cyt_label_counts_free(&r->counts);
    cyt_graph_free(&r->graph);
    cyt_slide_free(&r->slide);
}

static void permute(MPI_Comm comm, const rook *r, uint64_t n, uint64_t seed,
                    cyt_permuted *out)
{
    cyt_error err = {0};
    const cyt_permutation_params params = {.n = n, .seed = seed, .slide = 4};
    assert_int_equal(cyt_enrichment_permute(comm, &r->slide, &r->graph, &r->counts,
                                            &params, out, &err),
                     CYT_OK);
}

static uint64_t plain_pairs(size_t side, size_t a, size_t b)
{
    uint64_t n = 0;
    for (size_t i = 0; i < side * side; i++)
        for (size_t j = 0; j < side * side; j++)
            n += fabs(x[i] - x[j]) + fabs(y[i] - y[j]) == 1 && type[i] == a &&
                 type[j] == b;
    return n;
}

static void draw_types(size_t n, size_t n_types, uint64_t stream)
{
    for (size_t i = 0; i < n; i++) {
        const double u = cyt_uniform(cyt_random_key_of(21, stream), 0, i, 0);
        type[i] = (uint16_t)(u * u * (double)n_types);
    }
}

static void neighbours_are_counted_by_type_on_any_number_of_ranks(void **state)
{
    (void)state;
    rook r;
    lattice(20);
    draw_types(400, MOST_TYPES, 0);
    type[7] = type[8] = type[399] = CYT_NO_TYPE;
    rook_of(MPI_COMM_WORLD, 20, MOST_TYPES, &r);
    const cyt_label_counts *c = &r.counts;
    uint64_t sum = 0;
    for (size_t k = 0; k < MOST_TYPES * MOST_TYPES; k++) {
        assert_all(c->pairs[k] == plain_pairs(20, k / MOST_TYPES, k % MOST_TYPES));
        sum += c->pairs[k];
    }
    assert_all(c->n == 397 && c->n_nodes == 400 && c->n_pairs == sum);
    /* 2 · 2 · 20 · 19 directed edges; 4 corners, 72 at the edge, 324 within. */
    assert_all(c->n_links == 1520 && c->degree_min == 2 && c->degree_max == 4);
    assert_all(c->n_lonely == 0);
    free_rook(&r);
}

/* All ways to give nine cells three a, two b and four c, found by trying all 3^9. */
typedef struct moments {
    double n, sum[9], square[9];
} moments;

static moments enumerate(void)
{
    moments m = {0};
    for (size_t code = 0; code < 19683; code++) {
        size_t have[3] = {0}, rest = code;
        for (size_t i = 0; i < 9; i++, rest /= 3) {
            type[i] = (uint16_t)(rest % 3);
            have[type[i]]++;
        }
        if (have[0] != 3 || have[1] != 2)
            continue;
        m.n++;
        for (size_t k = 0; k < 9; k++) {
            const double n = (double)plain_pairs(3, k / 3, k % 3);
            m.sum[k] += n;
            m.square[k] += n * n;
        }
    }
    return m;
}

static const double rounding = 1e-12; /* a few operations on numbers of order one */

static void exact_moments_are_those_of_all_1260_labelings(void **state)
{
    (void)state;
    rook r;
    lattice(3);
    const moments m = enumerate();
    assert_true(m.n == 1260);
    const uint16_t some[9] = {0, 0, 0, 1, 1, 2, 2, 2, 2};
    memcpy(type, some, sizeof some);
    rook_of(MPI_COMM_WORLD, 3, 3, &r);
    for (size_t k = 0; k < 9; k++) {
        const cyt_enrichment e = cyt_enrichment_exact(&r.counts, k / 3, k % 3);
        const double mean = m.sum[k] / m.n, variance = m.square[k] / m.n - mean * mean;
        assert_all(fabs(e.mean - mean) < rounding);
        assert_all(fabs(e.variance - variance) < rounding);
        const double z = ((double)r.counts.pairs[k] - mean) / sqrt(variance);
        assert_all(fabs(e.z - z) < rounding &&
                   fabs(e.p - erfc(fabs(z) / sqrt(2))) < rounding);
    }
    const cyt_enrichment ab = cyt_enrichment_exact(&r.counts, 0, 1);
    const cyt_enrichment aa = cyt_enrichment_exact(&r.counts, 0, 0);
    assert_all(fabs(ab.mean - 2) < rounding);
    assert_all(fabs(ab.variance - 0.9682539683) < 1e-10);
    assert_all(fabs(aa.mean - 2) < rounding);
    assert_all(fabs(aa.variance - 2.0952380952) < 1e-10);
    free_rook(&r);
}

static void what_cannot_vary_has_no_z(void **state)
{
    (void)state;
    rook r;
    lattice(3);
    memset(type, 0, sizeof type);
    rook_of(MPI_COMM_WORLD, 3, 2, &r);
    const cyt_enrichment aa = cyt_enrichment_exact(&r.counts, 0, 0);
    const cyt_enrichment ab = cyt_enrichment_exact(&r.counts, 0, 1);
    assert_all(aa.mean == 24 && aa.variance == 0 && isnan(aa.z) && isnan(aa.p));
    assert_all(ab.mean == 0 && ab.variance == 0 && isnan(ab.z));
    free_rook(&r);
}

/* Means within 4.5 of their standard errors; the variance's is about v sqrt(2 / n) for
 * counts that are nearly normal, and less than twice that for those of nine cells. */
static void agree_with_moments(size_t side, size_t n_types, uint64_t n)
{
    rook r;
    cyt_permuted out[MOST_TYPES * MOST_TYPES];
    rook_of(MPI_COMM_WORLD, side, n_types, &r);
    permute(MPI_COMM_WORLD, &r, n, 1, out);
    for (size_t k = 0; k < n_types * n_types; k++) {
        const cyt_enrichment e =
            cyt_enrichment_exact(&r.counts, k / n_types, k % n_types);
        const double se = sqrt(e.variance / (double)n);
        const double spread = 2 * e.variance * sqrt(2 / (double)n);
        assert_all(fabs(out[k].mean - e.mean) < 4.5 * se);
        assert_all(fabs(out[k].sd * out[k].sd - e.variance) < 4.5 * spread);
    }
    free_rook(&r);
}

static void a_hundred_thousand_deals_have_the_exact_moments(void **state)
{
    (void)state;
    const uint16_t some[9] = {0, 1, 2, 2, 0, 1, 2, 2, 0};
    lattice(3);
    memcpy(type, some, sizeof some);
    agree_with_moments(3, 3, 100000); /* dealt by table */
    lattice(SIDE);
    draw_types(MOST, MOST_TYPES, 1);
    agree_with_moments(SIDE, MOST_TYPES, 100000); /* dealt by network */
}

static void any_number_of_ranks_deals_the_same(void **state)
{
    (void)state;
    static const size_t sides[] = {3, 20, SIDE};
    for (size_t s = 0; s < 3; s++) {
        rook parts, whole;
        cyt_permuted a[MOST_TYPES * MOST_TYPES], b[MOST_TYPES * MOST_TYPES];
        lattice(sides[s]);
        draw_types(sides[s] * sides[s], MOST_TYPES, 2);
        type[4] = CYT_NO_TYPE;
        rook_of(MPI_COMM_WORLD, sides[s], MOST_TYPES, &parts);
        rook_of(MPI_COMM_SELF, sides[s], MOST_TYPES, &whole);
        permute(MPI_COMM_WORLD, &parts, 700, 5, a);
        permute(MPI_COMM_SELF, &whole, 700, 5, b);
        assert_all(memcmp(a, b, sizeof a) == 0);
        free_rook(&parts);
        free_rook(&whole);
    }
}

/* Left half of two types, right half of two others: groups. */
static void labels_stay_within_their_group(void **state)
{
    (void)state;
    enum { W = 20 };
    rook r;
    cyt_permuted out[MOST_TYPES * MOST_TYPES];
    cyt_error err = {0};
    uint32_t group[W * W];
    lattice(W);
    for (size_t i = 0; i < W * W; i++)
        type[i] = (uint16_t)(2 * (i % W >= W / 2) + (i * 7 % 5 < 2));
    rook_of(MPI_COMM_WORLD, W, MOST_TYPES, &r);
    for (size_t i = 0; i < r.slide.cells.n; i++)
        group[i] = r.slide.cells.x[i] < W / 2   ? 0
                   : r.slide.cells.y[i] < W / 2 ? 1
                                                : CYT_NO_GROUP;
    const cyt_permutation_params params = {
        .n = 600, .seed = 1, .n_groups = 2, .group = group};
    assert_all(cyt_enrichment_permute(MPI_COMM_WORLD, &r.slide, &r.graph, &r.counts,
                                      &params, out, &err) == CYT_OK);
    /* Edges between the halves stay 20: one count follows from the other three. */
    double across = 0;
    for (size_t a = 0; a < 2; a++)
        for (size_t b = 2; b < 4; b++) {
            across += out[a * MOST_TYPES + b].mean;
            assert_all(out[a * MOST_TYPES + b].sd > 0);
        }
    assert_all(fabs(across - W) < 1e-9);
    free_rook(&r);
}

/* Of all that is given a group of its own type only, or none, nothing can move. */
static void groups_of_one_type_and_cells_without_group_keep_their_labels(void **state)
{
    (void)state;
    enum { W = 12 };
    rook r;
    cyt_permuted out[9];
    cyt_error err = {0};
    uint32_t group[W * W];
    lattice(W);
    draw_types(W * W, 3, 3);
    rook_of(MPI_COMM_WORLD, W, 3, &r);
    for (size_t i = 0; i < r.slide.cells.n; i++)
        group[i] = r.slide.cells.type[i] == 2 ? CYT_NO_GROUP : r.slide.cells.type[i];
    const cyt_permutation_params params = {.n = 40, .n_groups = 3, .group = group};
    assert_all(cyt_enrichment_permute(MPI_COMM_WORLD, &r.slide, &r.graph, &r.counts,
                                      &params, out, &err) == CYT_OK);
    for (size_t k = 0; k < 9; k++)
        assert_all(out[k].sd == 0 && out[k].mean == (double)r.counts.pairs[k] &&
                   out[k].n_at_least == 40 && out[k].n_at_most == 40 && out[k].p == 1);
    free_rook(&r);
}

static int by_value(const void *a, const void *b)
{
    const double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

/* Kolmogorov's D of p over labelings that are random themselves. Ties are broken at
 * random, which makes p exactly uniform under the null, whatever the statistic. */
static double distance_from_uniform(size_t side, size_t n_trials)
{
    enum { DEALS = 499 };
    double p[200], d = 0;
    for (size_t t = 0; t < n_trials; t++) {
        rook r;
        cyt_permuted out[9];
        draw_types(side * side, 3, 1000 + t);
        rook_of(MPI_COMM_WORLD, side, 3, &r);
        permute(MPI_COMM_WORLD, &r, DEALS, t, out);
        const double ties = (double)(out[1].n_at_least + out[1].n_at_most - DEALS);
        const double u = cyt_uniform(cyt_random_key_of(77, side), 0, t, 0);
        p[t] = ((double)out[1].n_at_least - ties + u * (ties + 1)) / (DEALS + 1);
        free_rook(&r);
    }
    qsort(p, n_trials, sizeof *p, by_value);
    for (size_t t = 0; t < n_trials; t++) {
        d = fmax(d, p[t] - (double)t / (double)n_trials);
        d = fmax(d, (double)(t + 1) / (double)n_trials - p[t]);
    }
    return d * sqrt((double)n_trials);
}

static void p_is_uniform_where_labels_mean_nothing(void **state)
{
    (void)state;
    /* sqrt(n) D exceeds 1.95 once in a thousand. */
    lattice(16);
    assert_all(distance_from_uniform(16, 200) < 1.95);
    lattice(SIDE);
    assert_all(distance_from_uniform(SIDE, 60) < 1.95);
}

static void p_is_small_where_like_sits_with_like(void **state)
{
    (void)state;
    rook r;
    cyt_permuted out[4];
    lattice(16);
    for (size_t i = 0; i < 256; i++)
        type[i] = i >= 128;
    rook_of(MPI_COMM_WORLD, 16, 2, &r);
    permute(MPI_COMM_WORLD, &r, 999, 0, out);
    assert_all(out[0].n_at_least == 0 && out[0].p_more == 0.001 && out[0].p == 0.002);
    assert_all(out[1].n_at_most == 0 && out[1].p_less == 0.001 && out[1].z < -10);
    const cyt_enrichment e = cyt_enrichment_exact(&r.counts, 0, 1);
    assert_all(fabs(out[1].z / e.z - 1) < 0.15); /* sd of 999 deals: 2 % */
    free_rook(&r);
}

/* A column of ids taken for types: more pairs of them than one message holds. */
static void pairs_of_too_many_types_are_refused(void **state)
{
    (void)state;
    enum { MANY = 46341 };
    cyt_error err = {0};
    cyt_label_counts c;
    size_t start[1] = {0};
    uint64_t *cells = calloc(MANY, sizeof *cells);
    const cyt_slide ids = {.types = {.n = MANY}, .type_counts = cells};
    const cyt_graph none = {.start = start, .symmetric = 1};
    assert_all(cyt_label_count(MPI_COMM_WORLD, &ids, &none, &c, &err) ==
               CYT_ERR_MEMORY);
    assert_all(strstr(err.text, "beyond MPI's limit") != NULL);
    assert_all(c.cells == NULL && c.pairs == NULL);
    free(cells);
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"enrichment.count", "mem.alloc",
                                         "enrichment.permute", "mem.alloc"};
    rook r;
    cyt_permuted out[9];
    const cyt_permutation_params params = {.n = 10};
    lattice(12);
    draw_types(144, 3, 0);
    rook_of(MPI_COMM_WORLD, 12, 3, &r);
    for (size_t p = 0; p < 4; p++)
        for (int bad = 0; bad < size; bad++) {
            cyt_error err = {0};
            cyt_label_counts counts = {0};
            cyt_fault_arm(rank == bad ? points[p] : NULL);
            const cyt_code code =
                p < 2
                    ? cyt_label_count(MPI_COMM_WORLD, &r.slide, &r.graph, &counts, &err)
                    : cyt_enrichment_permute(MPI_COMM_WORLD, &r.slide, &r.graph,
                                             &r.counts, &params, out, &err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
            cyt_label_counts_free(&counts);
        }
    free_rook(&r);
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_of_too_many_types_are_refused),
        cmocka_unit_test(neighbours_are_counted_by_type_on_any_number_of_ranks),
        cmocka_unit_test(exact_moments_are_those_of_all_1260_labelings),
        cmocka_unit_test(what_cannot_vary_has_no_z),
        cmocka_unit_test(a_hundred_thousand_deals_have_the_exact_moments),
        cmocka_unit_test(any_number_of_ranks_deals_the_same),
        cmocka_unit_test(labels_stay_within_their_group),
        cmocka_unit_test(groups_of_one_type_and_cells_without_group_keep_their_labels),
        cmocka_unit_test(p_is_uniform_where_labels_mean_nothing),
        cmocka_unit_test(p_is_small_where_like_sits_with_like),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
