// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/fault.h"
#include "cytotaxis/pairs.h"
#include "point_sets.h"
#include "slide_of.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RADII = 20 };

static int rank, size;
static point_set set;
static double border[SET_MOST]; /* in input order */
static uint64_t within[SET_TYPES][SET_TYPES][MOST_RADII];
static uint64_t inner_within[SET_TYPES][SET_TYPES][MOST_RADII];
static uint64_t inner[SET_TYPES][MOST_RADII];

static const double um_per_unit = 0.5, spacing_um = 5;
static const double odd[] = {10, 20, 50, 100}, one[] = {17.3}, wide[] = {1, 1e4, 1e6};
static double even[MOST_RADII];

static const struct {
    size_t n;
    const double *radius;
} radii[] = {{4, odd}, {1, one}, {3, wide}, {MOST_RADII, even}};

enum { N_RADII = sizeof radii / sizeof *radii };

/* All pairs in both orders, as the header says. */
static void try_all_pairs(size_t n_radii, const double *radius)
{
    memset(within, 0, sizeof within);
    memset(inner_within, 0, sizeof inner_within);
    memset(inner, 0, sizeof inner);
    for (size_t i = 0; i < set.n; i++) {
        if (set.type[i] == CYT_NO_TYPE)
            continue;
        for (size_t k = 0; k < n_radii; k++)
            inner[set.type[i]][k] += border[i] >= radius[k];
        for (size_t j = 0; j < set.n; j++) {
            if (i == j || set.type[j] == CYT_NO_TYPE)
                continue;
            const double dx = set.x[j] - set.x[i], dy = set.y[j] - set.y[i];
            for (size_t k = 0; k < n_radii; k++)
                if (dx * dx + dy * dy <= radius[k] * radius[k]) {
                    within[set.type[i]][set.type[j]][k]++;
                    inner_within[set.type[i]][set.type[j]][k] += border[i] >= radius[k];
                }
        }
    }
}

static int same_counts(const cyt_pair_counts *c, int with_border)
{
    int same = c->n_types == SET_TYPES;
    for (size_t a = 0; a < SET_TYPES; a++)
        for (size_t k = 0; k < c->n_radii; k++) {
            const size_t ak = a * c->n_radii + k;
            same &= !with_border || c->inner[ak] == inner[a][k];
            for (size_t b = 0; b < SET_TYPES; b++) {
                const size_t at = (a * SET_TYPES + b) * c->n_radii + k;
                same &= c->within[at] == within[a][b][k];
                same &= !with_border || c->inner_within[at] == inner_within[a][b][k];
            }
        }
    return same && with_border == (c->inner != NULL) &&
           with_border == (c->inner_within != NULL);
}

static void slide_of_set(cyt_slide *s)
{
    slide_of(MPI_COMM_WORLD, set.n, set.x, set.y, set.type, SET_TYPES, um_per_unit,
             spacing_um, 0, NULL, s);
}

/* Those of this strip's cells; to be freed. */
static double *own_border(const cyt_slide *s)
{
    double *own = malloc((s->cells.n + 1) * sizeof *own);
    for (size_t i = 0; i < s->cells.n; i++)
        own[i] = border[s->cells.index[i]];
    return own;
}

static void compare_with_all_pairs(int with_border)
{
    for (size_t r = 0; r < N_RADII; r++) {
        cyt_slide s;
        cyt_error err = {0};
        cyt_pair_counts counts;
        slide_of_set(&s);
        double *own = own_border(&s);
        const cyt_pair_params params = {radii[r].n, radii[r].radius,
                                        with_border ? own : NULL};
        try_all_pairs(radii[r].n, radii[r].radius);
        assert_all(cyt_pairs_count(MPI_COMM_WORLD, &s, &params, &counts, &err) ==
                   CYT_OK);
        assert_all(same_counts(&counts, with_border));
        cyt_pair_counts_free(&counts);
        cyt_slide_free(&s);
        free(own);
    }
}

static void any_number_of_strips_gives_the_counts_of_all_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_POINT_SETS; i++) {
        point_sets[i](&set);
        compare_with_all_pairs(0);
    }
}

/* Some cells at the border, some at a radius from it, one nowhere. */
static void place_border(void)
{
    for (size_t i = 0; i < set.n; i++)
        border[i] = i % 3 == 0 ? 0 : i % 7 == 1 ? odd[i % 4] : 150 * set_u(i, 5);
    border[0] = NAN;
}

static void so_does_the_border(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_POINT_SETS; i++) {
        point_sets[i](&set);
        place_border();
        compare_with_all_pairs(1);
    }
}

static void a_border_far_from_all_cells_takes_nothing_away(void **state)
{
    (void)state;
    scattered(&set);
    for (size_t i = 0; i < set.n; i++)
        border[i] = 1e6;
    compare_with_all_pairs(1);
}

static void radii_that_make_no_sense_are_refused_everywhere(void **state)
{
    (void)state;
    static const double falling[] = {20, 10}, same[] = {10, 10}, none[] = {0, 10},
                        not_a_number[] = {10, NAN}, endless[] = {10, INFINITY};
    const cyt_pair_params wrong[] = {
        {2, falling, NULL}, {2, same, NULL}, {2, none, NULL}, {2, not_a_number, NULL},
        {2, endless, NULL}, {0, odd, NULL},  {65, odd, NULL}};
    cyt_slide s;
    scattered(&set);
    slide_of_set(&s);
    for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
        cyt_error err = {0};
        cyt_pair_counts counts;
        assert_all(cyt_pairs_count(MPI_COMM_WORLD, &s, wrong + w, &counts, &err) ==
                   CYT_ERR_CONFIG);
        cyt_pair_counts_free(&counts);
    }
    cyt_slide_free(&s);
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"pairs.count", "halo.cells", "mem.alloc"};
    scattered(&set);
    place_border();
    for (size_t p = 0; p < 3; p++)
        for (int bad = 0; bad < size; bad++) {
            cyt_slide s;
            slide_of_set(&s);
            double *own = own_border(&s);
            const cyt_pair_params params = {4, odd, own};
            cyt_pair_counts counts;
            cyt_error err = {0};
            cyt_fault_arm(rank == bad ? points[p] : NULL);
            const cyt_code code =
                cyt_pairs_count(MPI_COMM_WORLD, &s, &params, &counts, &err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY);
            assert_all(err.rank == bad);
            cyt_pair_counts_free(&counts);
            cyt_slide_free(&s);
            free(own);
        }
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    for (size_t k = 0; k < MOST_RADII; k++)
        even[k] = 7 * (double)(k + 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_strips_gives_the_counts_of_all_pairs),
        cmocka_unit_test(so_does_the_border),
        cmocka_unit_test(a_border_far_from_all_cells_takes_nothing_away),
        cmocka_unit_test(radii_that_make_no_sense_are_refused_everywhere),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
