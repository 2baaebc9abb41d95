// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/fault.h"
#include "cytotaxis/nearest.h"
#include "cytotaxis/nearest_types.h"
#include "point_sets.h"
#include "slide_of.h"

#include <math.h>

static int rank, size;
static point_set set;
static double whole[SET_TYPES * SET_MOST]; /* by all pairs, in input order */

static const double um_per_unit = 0.5, spacing_um = 5;

static void slide_of_set(cyt_slide *s)
{
    slide_of(MPI_COMM_WORLD, set.n, set.x, set.y, set.type, SET_TYPES, um_per_unit,
             spacing_um, 0, NULL, s);
}

static void try_all_pairs(void)
{
    const cyt_nearest_cells cells = {set.n, set.x, set.y, set.type};
    cyt_nearest_plain(&cells, NULL, SET_TYPES, 0, whole);
}

/* Are the distances of this strip's cells those of the whole slide, to the bit? */
static int same_bits(const cyt_slide *s, const double *distance)
{
    const size_t n = s->cells.n;
    int same = 1;
    for (size_t b = 0; b < SET_TYPES; b++)
        for (size_t i = 0; i < n; i++) {
            const double want = whole[b * set.n + s->cells.index[i]];
            const double got = distance[b * n + i];
            same = same && (isinf(want) ? isnan(got) : got == want);
        }
    return same;
}

static void any_number_of_strips_gives_the_bits_of_all_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_POINT_SETS; i++) {
        point_sets[i](&set);
        try_all_pairs();
        cyt_slide s;
        slide_of_set(&s);
        double *distance = malloc((SET_TYPES * s.cells.n + 1) * sizeof *distance);
        cyt_error err = {0};
        assert_all(cyt_nearest_of_types(MPI_COMM_WORLD, &s, distance, &err) == CYT_OK);
        assert_all(same_bits(&s, distance));
        free(distance);
        cyt_slide_free(&s);
    }
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"nearest.search", "halo.cells", "mem.alloc"};
    scattered(&set);
    double *distance = malloc(SET_TYPES * set.n * sizeof *distance);
    for (size_t p = 0; p < 3; p++)
        for (int bad = 0; bad < size; bad++) {
            cyt_slide s;
            slide_of_set(&s);
            cyt_error err = {0};
            cyt_fault_arm(rank == bad ? points[p] : NULL);
            const cyt_code code =
                cyt_nearest_of_types(MPI_COMM_WORLD, &s, distance, &err);
            cyt_fault_arm(NULL);
            const int lonely = size == 1 && p == 1; /* no halo, no fault */
            assert_all(code == (lonely ? CYT_OK : CYT_ERR_MEMORY));
            assert_all(lonely || err.rank == bad);
            cyt_slide_free(&s);
        }
    free(distance);
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_strips_gives_the_bits_of_all_pairs),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
