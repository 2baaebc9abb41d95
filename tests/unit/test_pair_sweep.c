// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/pair_sweep.h"
#include "point_sets.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_COUNTS = 64 * 64 * 64 };

static point_set set, other;
static uint64_t got[MOST_COUNTS], want[MOST_COUNTS];

static cyt_pair_cells view(const point_set *s)
{
    return (cyt_pair_cells){.n = s->n, .x = s->x, .y = s->y, .type = s->type};
}

/* What the header says is counted, by all pairs. */
static void try_all_pairs(const cyt_pair_task *t)
{
    const cyt_pair_cells *to = t->targets, *from = t->queries ? t->queries : to;
    for (size_t i = 0; i < from->n; i++)
        for (size_t j = t->queries ? 0 : i + 1; j < to->n; j++) {
            if (from->type[i] >= t->n_types || to->type[j] >= t->n_types)
                continue;
            const double dx = to->x[j] - from->x[i], dy = to->y[j] - from->y[i];
            size_t k = 0;
            while (k < t->n_radii && dx * dx + dy * dy > t->radius[k] * t->radius[k])
                k++;
            if (k == t->n_radii)
                continue;
            if (from->floor && from->floor[i] > k)
                k = from->floor[i];
            want[(from->type[i] * t->n_types + to->type[j]) * t->n_radii + k]++;
        }
}

/* Pairs of targets are found in either order. */
static void forget_order(const cyt_pair_task *t, uint64_t *count)
{
    for (size_t a = 0; a < t->n_types; a++)
        for (size_t b = 0; b < a; b++)
            for (size_t k = 0; k < t->n_radii; k++) {
                count[(b * t->n_types + a) * t->n_radii + k] +=
                    count[(a * t->n_types + b) * t->n_radii + k];
                count[(a * t->n_types + b) * t->n_radii + k] = 0;
            }
}

/* Does every variant find what all pairs give? */
static int agree(const cyt_pair_task *t)
{
    const size_t n = t->n_types * t->n_types * t->n_radii;
    const size_t size = cyt_pair_scratch(t);
    int same = 1;
    memset(want, 0, n * sizeof *want);
    try_all_pairs(t);
    if (!t->queries)
        forget_order(t, want);
    for (cyt_pair_variant v = CYT_PAIR_PLAIN; v <= cyt_pair_best(); v++) {
        void *scratch = aligned_alloc(64, size + 64);
        assert_non_null(scratch);
        memset(scratch, 0xa5, size); /* nothing may rely on zeros */
        memset(got, 0, n * sizeof *got);
        cyt_pair_sweep(t, v, scratch, got);
        if (!t->queries)
            forget_order(t, got);
        same &= memcmp(got, want, n * sizeof *got) == 0;
        free(scratch);
    }
    return same;
}

static int agree_among(const point_set *s, size_t n_types, size_t n_radii,
                       const double *radius)
{
    const cyt_pair_cells cells = view(s);
    const cyt_pair_task t = {
        .targets = &cells, .n_types = n_types, .n_radii = n_radii, .radius = radius};
    return agree(&t);
}

static const double odd[] = {10, 20, 50, 100}, ragged[] = {3, 7.5, 7.500001, 31, 200.7},
                    one[] = {17.3};
static double even[64], irregular[64];

static const struct {
    size_t n;
    const double *radius;
} radii[] = {{4, odd}, {5, ragged}, {1, one}, {64, even}, {64, irregular}, {50, even}};

enum { N_RADII = sizeof radii / sizeof *radii };

static int make_radii(void **state)
{
    (void)state;
    for (size_t k = 0; k < 64; k++) {
        even[k] = 5 * (double)(k + 1);
        irregular[k] = (double)(k + 1) * (double)(k + 1) * 0.1;
    }
    return 0;
}

static void every_set_and_all_radii_give_the_counts_of_all_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_POINT_SETS; i++)
        for (size_t r = 0; r < N_RADII; r++) {
            point_sets[i](&set);
            assert_true(agree_among(&set, SET_TYPES, radii[r].n, radii[r].radius));
        }
}

static void so_does_every_set_against_every_other_with_floors(void **state)
{
    (void)state;
    static uint8_t floors[SET_MOST];
    for (size_t i = 0; i < N_POINT_SETS; i++)
        for (size_t j = 0; j < N_POINT_SETS; j++) {
            const size_t r = (i + j) % N_RADII;
            point_sets[i](&set);
            point_sets[j](&other);
            other.n = other.n < 50 ? other.n : 50;
            for (size_t k = 0; k < other.n; k++)
                floors[k] = (uint8_t)(k % radii[r].n);
            const cyt_pair_cells targets = view(&set);
            cyt_pair_cells queries = view(&other);
            queries.floor = j % 2 ? floors : NULL;
            const cyt_pair_task t = {.targets = &targets,
                                     .queries = &queries,
                                     .n_types = SET_TYPES,
                                     .n_radii = radii[r].n,
                                     .radius = radii[r].radius};
            assert_true(agree(&t));
        }
}

static void scale(double factor, double offset)
{
    for (size_t i = 0; i < set.n; i++) {
        set.x[i] = set.x[i] * factor + offset;
        set.y[i] = set.y[i] * factor + offset;
    }
}

static void neither_units_nor_offsets_matter(void **state)
{
    (void)state;
    static const double factors[] = {1e-140, 1e-9, 0.377, 1, 1e6, 1e140};
    static const double offsets[] = {0, 1e6, -1e12};
    for (size_t f = 0; f < sizeof factors / sizeof *factors; f++)
        for (size_t o = 0; o < sizeof offsets / sizeof *offsets; o++)
            for (size_t r = 0; r < N_RADII; r++) {
                double scaled[64];
                for (size_t k = 0; k < radii[r].n; k++)
                    scaled[k] = radii[r].radius[k] * factors[f];
                (r % 2 ? on_a_lattice : scattered)(&set);
                scale(factors[f], offsets[o] * factors[f]);
                assert_true(agree_among(&set, SET_TYPES, radii[r].n, scaled));
            }
}

/* Where distances equal radii: all integer triangles and many more. */
static void ties_of_a_lattice_count_as_within(void **state)
{
    (void)state;
    static const double steps[] = {1, 0.1, 1.0 / 3, 1.0 / 32};
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
        for (size_t n = 1; n <= 64; n += 9) {
            double radius[64];
            for (size_t k = 0; k < n; k++)
                radius[k] = steps[s] * (double)(k + 1);
            set.n = 30 * 30;
            for (size_t i = 0; i < set.n; i++) {
                set.x[i] = steps[s] * (double)(i % 30);
                set.y[i] = steps[s] * (double)(i / 30);
            }
            mix_types(&set);
            assert_true(agree_among(&set, SET_TYPES, n, radius));
        }
    const cyt_pair_cells cells = {.n = 2,
                                  .x = (const double[]){0, 3},
                                  .y = (const double[]){0, 4},
                                  .type = (const uint16_t[]){0, 0}};
    const cyt_pair_task t = {
        .targets = &cells, .n_types = 1, .n_radii = 1, .radius = (const double[]){5}};
    assert_true(agree(&t));
    assert_int_equal(got[0], 1);
}

static void radii_beyond_the_slide_or_below_all_distances_are_possible(void **state)
{
    (void)state;
    static const double wide[] = {1e-3, 1e5, 1e9}, tiny[] = {1e-12};
    for (size_t i = 0; i < N_POINT_SETS; i++) {
        point_sets[i](&set);
        assert_true(agree_among(&set, SET_TYPES, 3, wide));
        assert_true(agree_among(&set, SET_TYPES, 1, tiny));
    }
}

static void one_type_and_sixty_four_are_possible(void **state)
{
    (void)state;
    scattered(&set);
    for (size_t i = 0; i < set.n; i++)
        set.type[i] = (uint16_t)(i % 70);
    assert_true(agree_among(&set, 64, 64, even));
    assert_true(agree_among(&set, 64, 64, irregular));
    for (size_t i = 0; i < set.n; i++)
        set.type[i] = 0;
    assert_true(agree_among(&set, 1, 64, even));
}

static void count_from(const cyt_pair_cells *targets, const cyt_pair_cells *queries,
                       cyt_pair_variant v, uint64_t *count)
{
    const cyt_pair_task t = {.targets = targets,
                             .queries = queries,
                             .n_types = 3,
                             .n_radii = 4,
                             .radius = odd};
    const size_t size = cyt_pair_scratch(&t);
    void *scratch = aligned_alloc(64, size + 64);
    assert_non_null(scratch);
    cyt_pair_sweep(&t, v, scratch, count);
    free(scratch);
}

/* So many queries and targets that the tables of 32 bits are emptied on the way,
 * against as many in two halves, where they are not. */
static void tables_emptied_on_the_way_lose_nothing(void **state)
{
    (void)state;
    enum { N = 70000, N_COUNTS = 3 * 3 * 4 };
    double *xy = malloc(2 * N * sizeof *xy);
    uint16_t *type = malloc(N * sizeof *type);
    assert_true(xy && type);
    for (size_t i = 0; i < N; i++) {
        xy[i] = 20000 * set_u(i, 0);
        xy[N + i] = 20000 * set_u(i, 1);
        type[i] = (uint16_t)(i % 3);
    }
    assert_true((uint64_t)N * N > UINT32_MAX && (uint64_t)N * (N / 2) < UINT32_MAX);
    const cyt_pair_cells all = {.n = N, .x = xy, .y = xy + N, .type = type},
                         half[] = {{.n = N / 2, .x = xy, .y = xy + N, .type = type},
                                   {.n = N / 2,
                                    .x = xy + N / 2,
                                    .y = xy + N + N / 2,
                                    .type = type + N / 2}};
    for (cyt_pair_variant v = CYT_PAIR_PLAIN; v <= cyt_pair_best(); v++) {
        uint64_t once[N_COUNTS] = {0}, twice[N_COUNTS] = {0};
        count_from(&all, &all, v, once);
        count_from(&all, half, v, twice);
        count_from(&all, half + 1, v, twice);
        assert_memory_equal(once, twice, sizeof once);
        assert_true(once[0] >= N / 3);
    }
    free(xy);
    free(type);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_set_and_all_radii_give_the_counts_of_all_pairs),
        cmocka_unit_test(so_does_every_set_against_every_other_with_floors),
        cmocka_unit_test(neither_units_nor_offsets_matter),
        cmocka_unit_test(ties_of_a_lattice_count_as_within),
        cmocka_unit_test(radii_beyond_the_slide_or_below_all_distances_are_possible),
        cmocka_unit_test(one_type_and_sixty_four_are_possible),
        cmocka_unit_test(tables_emptied_on_the_way_lose_nothing),
    };
    return cmocka_run_group_tests(tests, make_radii, NULL);
}
