// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/fault.h"
#include "cytotaxis/neighbourhood.h"
#include "point_sets.h"
#include "slide_of.h"

#include <math.h>
#include <stdlib.h>

static int rank, size;
static point_set set;
static const double um_per_unit = 2, spacing_um = 50;

static double d2_of(size_t i, size_t j)
{
    const double dx = set.x[j] - set.x[i], dy = set.y[j] - set.y[i];
    return dx * dx + dy * dy;
}

static void make_slide(cyt_slide *s, uint32_t **window)
{
    slide_of(MPI_COMM_WORLD, set.n, set.x, set.y, set.type, SET_TYPES, um_per_unit,
             spacing_um, 0, NULL, s);
    *window = malloc((SET_TYPES * s->cells.n + 1) * sizeof **window);
}

static int same(const cyt_slide *s, const uint32_t *window, size_t at,
                const uint32_t *want)
{
    int good = 1;
    for (size_t t = 0; t < SET_TYPES; t++)
        good &= window[t * s->cells.n + at] == want[t];
    return good;
}

static void within_by_hand(size_t i, double radius, uint32_t *want)
{
    memset(want, 0, SET_TYPES * sizeof *want);
    for (size_t j = 0; j < set.n; j++)
        if (j != i && set.type[j] != CYT_NO_TYPE && d2_of(i, j) <= radius * radius)
            want[set.type[j]]++;
}

static void all_sets_are_counted_as_by_hand_within_any_radius(void **state)
{
    (void)state;
    const double radius[] = {1e-9, 10, 33.3, 250, 5000};
    for (size_t m = 0; m < N_POINT_SETS; m++)
        for (size_t k = 0; k < 5; k++) {
            cyt_slide s;
            uint32_t *window, want[SET_TYPES];
            cyt_error err = {0};
            int good = 1;
            point_sets[m](&set);
            make_slide(&s, &window);
            assert_all(cyt_neighbourhood_within(MPI_COMM_WORLD, &s, radius[k], window,
                                                &err) == CYT_OK);
            for (size_t i = 0; i < s.cells.n; i++) {
                within_by_hand((size_t)s.cells.index[i], radius[k], want);
                good &= same(&s, window, i, want);
            }
            assert_all(good);
            free(window);
            cyt_slide_free(&s);
        }
}

typedef struct other {
    double d2;
    size_t index;
} other;

static int nearer(const void *a, const void *b)
{
    const other *p = a, *q = b;
    if (p->d2 != q->d2)
        return p->d2 < q->d2 ? -1 : 1;
    return (p->index > q->index) - (p->index < q->index);
}

static void nearest_by_hand(size_t i, size_t k, uint32_t *want)
{
    static other all[SET_MOST];
    size_t n = 0;
    memset(want, 0, SET_TYPES * sizeof *want);
    for (size_t j = 0; j < set.n; j++)
        if (j != i && set.type[j] != CYT_NO_TYPE)
            all[n++] = (other){d2_of(i, j), j};
    qsort(all, n, sizeof *all, nearer);
    for (size_t m = 0; m < k && m < n; m++)
        want[set.type[all[m].index]]++;
}

/* Of large strips a sample of cells will do. */
static void all_sets_have_the_k_nearest_with_ties_by_input_order(void **state)
{
    (void)state;
    const size_t k[] = {1, 10, 30};
    for (size_t m = 0; m < N_POINT_SETS; m++)
        for (size_t q = 0; q < 3; q++) {
            cyt_slide s;
            uint32_t *window, want[SET_TYPES];
            cyt_error err = {0};
            int good = 1;
            point_sets[m](&set);
            make_slide(&s, &window);
            assert_all(cyt_neighbourhood_nearest(MPI_COMM_WORLD, &s, k[q], window,
                                                 &err) == CYT_OK);
            for (size_t i = 0; i < s.cells.n; i += 7) {
                nearest_by_hand((size_t)s.cells.index[i], k[q], want);
                good &= same(&s, window, i, want);
            }
            assert_all(good);
            free(window);
            cyt_slide_free(&s);
        }
}

static void fewer_cells_than_asked_for_are_all_neighbours(void **state)
{
    (void)state;
    cyt_slide s;
    uint32_t *window;
    cyt_error err = {0};
    int good = 1;
    of_two_cells(&set);
    make_slide(&s, &window);
    assert_all(cyt_neighbourhood_nearest(MPI_COMM_WORLD, &s, 5, window, &err) ==
               CYT_OK);
    for (size_t i = 0; i < s.cells.n; i++)
        for (size_t t = 0; t < SET_TYPES; t++)
            good &= window[t * s.cells.n + i] == (t == 2);
    assert_all(good);
    free(window);
    cyt_slide_free(&s);
}

static void windows_of_nothing_are_refused(void **state)
{
    (void)state;
    cyt_slide s;
    uint32_t *window;
    const double radius[] = {0, -1, NAN, INFINITY};
    const size_t k[] = {0, CYT_NEIGHBOURS_MOST + 1};
    of_two_cells(&set);
    make_slide(&s, &window);
    for (int i = 0; i < 4; i++) {
        cyt_error err = {0};
        assert_all(cyt_neighbourhood_within(MPI_COMM_WORLD, &s, radius[i], window,
                                            &err) == CYT_ERR_USAGE);
    }
    for (int i = 0; i < 2; i++) {
        cyt_error err = {0};
        assert_all(cyt_neighbourhood_nearest(MPI_COMM_WORLD, &s, k[i], window, &err) ==
                   CYT_ERR_USAGE);
    }
    free(window);
    cyt_slide_free(&s);
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"neighbourhood.count", "halo.cells",
                                         "mem.alloc"};
    scattered(&set);
    for (int p = 0; p < 6; p++)
        for (int bad = 0; bad < size; bad++) {
            cyt_slide s;
            uint32_t *window;
            cyt_error err = {0};
            make_slide(&s, &window);
            cyt_fault_arm(rank == bad ? points[p % 3] : NULL);
            const cyt_code code =
                p < 3 ? cyt_neighbourhood_within(MPI_COMM_WORLD, &s, 30, window, &err)
                      : cyt_neighbourhood_nearest(MPI_COMM_WORLD, &s, 10, window, &err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
            free(window);
            cyt_slide_free(&s);
        }
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_sets_are_counted_as_by_hand_within_any_radius),
        cmocka_unit_test(all_sets_have_the_k_nearest_with_ties_by_input_order),
        cmocka_unit_test(fewer_cells_than_asked_for_are_all_neighbours),
        cmocka_unit_test(windows_of_nothing_are_refused),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
