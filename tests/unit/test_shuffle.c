// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/random.h"
#include "cytotaxis/shuffle.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t key[CYT_SHUFFLE_ROUNDS * CYT_LANES];

static void draw_keys(uint64_t batch)
{
    for (size_t i = 0; i < CYT_SHUFFLE_ROUNDS * CYT_LANES; i += 4)
        cyt_random_words(cyt_random_key_of(3, batch), 0, i, 0, key + i);
}

static cyt_urn urn_of(uint32_t n, size_t n_types, const uint32_t *end)
{
    cyt_urn u = {.n = n, .n_types = n_types, .end = end, .key = key};
    cyt_urn_sides(n, &u.a, &u.b);
    return u;
}

static void each_deal_takes_every_place_once(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {1, 2, 3, 10, 4096, 4097, 4160, 5003};
    static unsigned char taken[5003];
    draw_keys(0);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        const cyt_urn u = urn_of(sizes[s], 1, NULL);
        assert_true((uint64_t)u.a * u.b >= u.n);
        for (size_t lane = 0; lane < CYT_LANES; lane += 37) {
            memset(taken, 0, sizeof taken);
            for (uint32_t i = 0; i < u.n; i++) {
                const uint32_t place = cyt_urn_place(&u, lane, i);
                assert_true(place < u.n);
                assert_int_equal(taken[place]++, 0);
            }
        }
    }
}

static void labels_are_those_of_the_places(void **state)
{
    (void)state;
    static const uint32_t end[] = {10, 10, 2500, 4000, 4133};
    static uint8_t label[CYT_LANES];
    draw_keys(1);
    const cyt_urn u = urn_of(4133, 5, end);
    for (uint32_t i = 0; i < u.n; i += 13) {
        cyt_urn_labels(&u, i, label);
        for (size_t l = 0; l < CYT_LANES; l++) {
            size_t t = 0;
            while (cyt_urn_place(&u, l, i) >= end[t])
                t++;
            assert_int_equal(label[l], t);
        }
    }
}

/* Chi-square of where two cells go together, 16 x 16 fields; cells that share a digit,
 * cells side by side, and cells far apart. */
static double unevenness(uint32_t n, uint32_t i, uint32_t j)
{
    enum { FIELDS = 16, BATCHES = 200 };
    static double seen[FIELDS * FIELDS];
    const cyt_urn u = urn_of(n, 1, NULL);
    memset(seen, 0, sizeof seen);
    for (uint64_t batch = 0; batch < BATCHES; batch++) {
        draw_keys(100 + batch);
        for (size_t l = 0; l < CYT_LANES; l++) {
            const uint64_t p = cyt_urn_place(&u, l, i), q = cyt_urn_place(&u, l, j);
            seen[p * FIELDS / n * FIELDS + q * FIELDS / n]++;
        }
    }
    double chi2 = 0;
    for (size_t k = 0; k < FIELDS * FIELDS; k++) {
        /* n is a multiple of FIELDS: fields hold n / FIELDS places each, and two
         * cells never share one. */
        const double field = n / FIELDS, same = k / FIELDS == k % FIELDS;
        const double expected = (double)BATCHES * CYT_LANES * field * (field - same) /
                                ((double)n * (n - 1));
        chi2 += (seen[k] - expected) * (seen[k] - expected) / expected;
    }
    const double df = FIELDS * FIELDS - 1;
    return (chi2 - df) / sqrt(2 * df);
}

static void two_cells_go_anywhere_with_equal_chance(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {4096, 4112, 1000000};
    for (size_t s = 0; s < 3; s++) {
        const uint32_t n = sizes[s], b = urn_of(n, 1, NULL).b;
        /* Six draws of nearly a normal distribution: beyond 4.5 once in 10^5. */
        assert_true(fabs(unevenness(n, 0, 1)) < 4.5);
        assert_true(fabs(unevenness(n, 5, 5 + b)) < 4.5);
        assert_true(fabs(unevenness(n, 17, n - 1)) < 4.5);
    }
}

enum { NODES = 200, TYPES = 5 };

static uint8_t label[NODES][CYT_LANES];
static size_t start[NODES + 1];
static uint32_t node[NODES * 40];

static void draw_graph(void)
{
    const cyt_random_key k = cyt_random_key_of(8, 1);
    for (size_t i = 0; i < NODES; i++) {
        for (size_t l = 0; l < CYT_LANES; l++)
            label[i][l] = (uint8_t)cyt_random_below(k, 0, i, (uint32_t)l, TYPES);
        const size_t degree = cyt_random_below(k, 1, i, 0, 40);
        start[i + 1] = start[i] + degree;
        for (size_t m = 0; m < degree; m++)
            node[start[i] + m] =
                (uint32_t)cyt_random_below(k, 2, i, (uint32_t)m, NODES);
    }
}

static uint64_t *aligned(size_t n)
{
    uint64_t *p = aligned_alloc(64, (n * sizeof *p + 63) / 64 * 64);
    assert_non_null(p);
    memset(p, 0, n * sizeof *p);
    return p;
}

static uint64_t plain_count(size_t a, size_t b, size_t lane)
{
    uint64_t n = 0;
    for (size_t i = 0; i < NODES; i++)
        for (size_t k = start[i]; k < start[i + 1]; k++)
            n += label[i][lane] == a && label[node[k]][lane] == b;
    return n;
}

static void bits_count_the_neighbours_that_increments_count(void **state)
{
    (void)state;
    static uint64_t count[CYT_LANES];
    draw_graph();
    uint64_t *hot = aligned(NODES * TYPES * CYT_LANE_WORDS);
    for (size_t i = 0; i < NODES; i++)
        cyt_lanes_of_labels(label[i], TYPES, hot + i * TYPES * CYT_LANE_WORDS);
    for (int symmetric = 0; symmetric < 2; symmetric++) {
        cyt_tally t = {.n_types = TYPES, .symmetric = symmetric, .n_digits = 6};
        t.sum = aligned(TYPES * TYPES * CYT_TALLY_DIGITS * CYT_LANE_WORDS);
        t.scratch = aligned(cyt_tally_scratch(TYPES, t.n_digits));
        for (size_t i = 0; i < NODES; i += 30)
            cyt_tally_add(&t, NODES - i < 30 ? NODES - i : 30, i, start + i, node, hot);
        for (size_t pair = 0; pair < TYPES * TYPES; pair++) {
            const size_t a = pair / TYPES, b = pair % TYPES;
            cyt_tally_read(&t, pair, count);
            for (size_t l = 0; l < CYT_LANES; l++)
                assert_int_equal(count[l],
                                 symmetric && a > b ? 0 : plain_count(a, b, l));
        }
        free(t.sum);
        free(t.scratch);
    }
    free(hot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_deal_takes_every_place_once),
        cmocka_unit_test(labels_are_those_of_the_places),
        cmocka_unit_test(two_cells_go_anywhere_with_equal_chance),
        cmocka_unit_test(bits_count_the_neighbours_that_increments_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
