// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/nearest.h"
#include "point_sets.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static point_set set, other;

static cyt_nearest_cells view(const point_set *s)
{
    return (cyt_nearest_cells){s->n, s->x, s->y, s->type};
}

static void *scratch_for(size_t n_targets, size_t n_queries, size_t n_types)
{
    const size_t size = cyt_nearest_scratch(n_targets, n_queries, n_types);
    void *scratch = aligned_alloc(64, (size + 127) / 64 * 64);
    assert_non_null(scratch);
    memset(scratch, 0xa5, size); /* nothing may rely on zeros */
    return scratch;
}

/* Both ways of searching, from the same bounds, agree to the bit. */
static int agree(const point_set *to, const point_set *from, size_t n_types,
                 const double *bounds)
{
    const cyt_nearest_cells targets = view(to), queries = view(from ? from : to);
    const size_t n = n_types * queries.n;
    double *fast = calloc(n + 1, sizeof *fast), *plain = calloc(n + 1, sizeof *plain);
    if (bounds) {
        memcpy(fast, bounds, n * sizeof *fast);
        memcpy(plain, bounds, n * sizeof *plain);
    }
    void *scratch = scratch_for(targets.n, queries.n, n_types);
    cyt_nearest(&targets, from ? &queries : NULL, n_types, bounds != NULL, scratch,
                fast);
    cyt_nearest_plain(&targets, from ? &queries : NULL, n_types, bounds != NULL, plain);
    const int same = memcmp(fast, plain, n * sizeof *fast) == 0;
    free(scratch);
    free(fast);
    free(plain);
    return same;
}

static void every_set_gives_the_bits_of_all_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_POINT_SETS; i++) {
        point_sets[i](&set);
        for (size_t n_types = 1; n_types <= SET_TYPES; n_types += 2)
            assert_true(agree(&set, NULL, n_types, NULL));
    }
}

static void so_does_every_set_against_every_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_POINT_SETS; i++)
        for (size_t j = 0; j < N_POINT_SETS; j++) {
            point_sets[i](&set);
            point_sets[j](&other);
            other.n = other.n < 200 ? other.n : 200;
            assert_true(agree(&set, &other, SET_TYPES, NULL));
        }
}

/* Bounds above, at and below the distances, and none. */
static void bounds_change_nothing_but_what_exceeds_them(void **state)
{
    (void)state;
    static double bounds[SET_TYPES * SET_MOST];
    static const double factors[] = {1.5, 1.0, 0.9, INFINITY};
    for (size_t i = 0; i < N_POINT_SETS; i++) {
        point_sets[i](&set);
        scattered(&other);
        const cyt_nearest_cells targets = view(&set), queries = view(&other);
        cyt_nearest_plain(&targets, &queries, SET_TYPES, 0, bounds);
        for (size_t k = 0; k < SET_TYPES * other.n; k++)
            if (bounds[k] > 0)
                bounds[k] *= factors[k / 100 % 4];
        assert_true(agree(&set, &other, SET_TYPES, bounds));
    }
}

/* Every size around the block and the leaf, so that each way of rounding up occurs. */
static void any_number_of_cells_gives_the_bits_of_all_pairs(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 300; n++) {
        scattered(&set);
        set.n = n;
        for (size_t i = 0; i < n && n % 2; i++)
            set.type[i] = 0;
        assert_true(agree(&set, NULL, 2, NULL));
    }
}

static void a_single_cell_does_not_find_itself(void **state)
{
    (void)state;
    of_one_cell(&set);
    const cyt_nearest_cells cells = view(&set);
    double d[SET_TYPES];
    void *scratch = scratch_for(1, 1, SET_TYPES);
    cyt_nearest(&cells, NULL, SET_TYPES, 0, scratch, d);
    free(scratch);
    for (size_t b = 0; b < SET_TYPES; b++)
        assert_true(isinf(d[b]));
}

static void a_coincident_cell_is_at_distance_zero(void **state)
{
    (void)state;
    in_coincident_pairs(&set);
    for (size_t i = 0; i < set.n; i++)
        set.type[i] = 0;
    const cyt_nearest_cells cells = view(&set);
    static double d[SET_MOST];
    void *scratch = scratch_for(set.n, set.n, 1);
    cyt_nearest(&cells, NULL, 1, 0, scratch, d);
    free(scratch);
    for (size_t i = 0; i < set.n; i++)
        assert_true(d[i] == 0);
}

/* Many types of a few cells each: trees of one leaf, lists that round up. */
static void hundreds_of_types_are_told_apart(void **state)
{
    (void)state;
    scattered(&set);
    for (size_t i = 0; i < set.n; i++)
        set.type[i] = (uint16_t)(i * 7 % 400);
    assert_true(agree(&set, NULL, 400, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_set_gives_the_bits_of_all_pairs),
        cmocka_unit_test(so_does_every_set_against_every_other),
        cmocka_unit_test(bounds_change_nothing_but_what_exceeds_them),
        cmocka_unit_test(any_number_of_cells_gives_the_bits_of_all_pairs),
        cmocka_unit_test(a_single_cell_does_not_find_itself),
        cmocka_unit_test(a_coincident_cell_is_at_distance_zero),
        cmocka_unit_test(hundreds_of_types_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
