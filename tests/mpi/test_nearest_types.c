// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/fault.h"
#include "cytotaxis/halo.h"
#include "cytotaxis/nearest.h"
#include "cytotaxis/nearest_types.h"
#include "cytotaxis/reach.h"
#include "cytotaxis/unit_gate.h"
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

/* What the gate says of 200 cells of which `heaped` lie in one place, the others on a
 * lattice. */
static cyt_code gate(size_t heaped, double apart, cyt_error *err)
{
    enum { MANY = 200 };
    double x[MANY], y[MANY];
    uint16_t type[MANY];
    cyt_slide s;
    for (size_t i = 0; i < MANY; i++) {
        x[i] = i < heaped ? 0 : apart * (double)(i % 15);
        y[i] = i < heaped ? 0 : apart * (double)(1 + i / 15);
        type[i] = (uint16_t)(i % 2);
    }
    slide_of(MPI_COMM_WORLD, MANY, x, y, type, 2, um_per_unit, spacing_um, 0, NULL, &s);
    double *distance = malloc((2 * s.cells.n + 1) * sizeof *distance);
    assert_all(cyt_nearest_of_types(MPI_COMM_WORLD, &s, distance, err) == CYT_OK);
    const cyt_code code = cyt_unit_gate(MPI_COMM_WORLD, &s, distance, err);
    free(distance);
    cyt_slide_free(&s);
    return code;
}

static void the_unit_gate_names_factors_only_where_one_would_fit(void **state)
{
    (void)state;
    cyt_error err = {0};
    assert_all(gate(0, 20, &err) == CYT_OK); /* 10 um */
    assert_all(gate(0, 2000, &err) == CYT_ERR_DATA);
    assert_all(strstr(err.text, "between 0.0015 and 0.025 would fit") != NULL);
    err = (cyt_error){0};
    assert_all(gate(120, 20, &err) == CYT_ERR_DATA);
    assert_all(strstr(err.text, "in the same place") && !strstr(err.text, "would fit"));
    err = (cyt_error){0};
    assert_all(gate(200, 20, &err) == CYT_ERR_DATA);
    assert_all(strstr(err.text, "in the same place") && !strstr(err.text, "inf"));
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

static double three_tiles(const cyt_slide *s)
{
    return 3 * CYT_REACH_TILE * s->grid.spacing_um / s->um_per_unit;
}

static void the_reach_is_never_below_and_less_than_three_tiles_above(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_POINT_SETS; i++) {
        point_sets[i](&set);
        try_all_pairs();
        cyt_slide s;
        slide_of_set(&s);
        double *bound = malloc((SET_TYPES * s.cells.n + 1) * sizeof *bound);
        cyt_error err = {0};
        assert_all(cyt_reach_of_types(MPI_COMM_WORLD, &s, bound, &err) == CYT_OK);
        int right = 1;
        for (size_t k = 0; k < SET_TYPES * s.cells.n; k++) {
            const size_t b = k / s.cells.n, cell = s.cells.index[k % s.cells.n];
            const double d = whole[b * set.n + cell], over = bound[k] - d;
            right = right &&
                    (isinf(d) ? isinf(bound[k]) : over > 0 && over < three_tiles(&s));
        }
        assert_all(right);
        free(bound);
        cyt_slide_free(&s);
    }
}

/* Cells of one type that this strip borrows, and whether none lies farther beyond the
 * strip's cells than their largest distance and three tiles. */
static size_t count_borrowed(const cyt_slide *s, uint16_t type, int *all_near)
{
    const cyt_nearest_cells own = {s->cells.n, s->cells.x, s->cells.y, s->cells.type};
    double *bound = malloc((SET_TYPES * own.n + 1) * sizeof *bound);
    double wanted[2 * SET_TYPES], low = HUGE_VAL, high = -HUGE_VAL, farthest = 0;
    cyt_cells halo;
    cyt_error err = {0};
    assert_all(cyt_reach_of_types(MPI_COMM_WORLD, s, bound, &err) == CYT_OK);
    cyt_nearest_plain(&own, NULL, SET_TYPES, 1, bound);
    cyt_reach_ranges(s, bound, wanted);
    assert_all(cyt_halo_cells(MPI_COMM_WORLD, s, wanted, &halo, NULL, &err) == CYT_OK);
    for (size_t i = 0; i < own.n; i++) {
        low = fmin(low, own.y[i]);
        high = fmax(high, own.y[i]);
        farthest = fmax(farthest, whole[type * set.n + s->cells.index[i]]);
    }
    const double reach = farthest + three_tiles(s);
    size_t n = 0;
    *all_near = 1;
    for (size_t i = 0; i < halo.n; i++)
        if (halo.type[i] == type) {
            n++;
            *all_near &= halo.y[i] > low - reach && halo.y[i] < high + reach;
        }
    cyt_cells_free(&halo);
    free(bound);
    return n;
}

/* One cell of type 1 at the top, 700 others from y = 20000 to 30000. */
static void one_here_and_many_far_away(void)
{
    set.n = 1400;
    for (size_t i = 0; i < set.n; i++) {
        const int far = i % 2;
        set.type[i] = (uint16_t)far;
        set.x[i] = 3000 * set_u(i, 0);
        set.y[i] = far ? 20000 + 10000 * set_u(i, 1) : 30000 * set_u(i, 1);
    }
    set.type[0] = 1;
    set.y[0] = 0;
}

static void a_strip_with_one_cell_of_a_type_borrows_few_of_the_many_far_away(void **st)
{
    (void)st;
    one_here_and_many_far_away();
    try_all_pairs();
    cyt_slide s;
    slide_of_set(&s);
    int all_near;
    const size_t n = count_borrowed(&s, 1, &all_near);
    assert_all(all_near);
    /* The one at the top finds its next at 20000 at least, so it wants what lies within
     * three tiles, 960, beyond that: a tenth of the others, not all 700. */
    assert_all(rank > 0 || n < 140);
    cyt_slide_free(&s);
}

static void no_strip_borrows_beyond_its_need(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_POINT_SETS; i++) {
        point_sets[i](&set);
        try_all_pairs();
        cyt_slide s;
        slide_of_set(&s);
        for (uint16_t b = 0; b < SET_TYPES - 1; b++) {
            int all_near;
            const size_t n = count_borrowed(&s, b, &all_near);
            assert_all(n == 0 || all_near);
        }
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
        cmocka_unit_test(the_unit_gate_names_factors_only_where_one_would_fit),
        cmocka_unit_test(the_reach_is_never_below_and_less_than_three_tiles_above),
        cmocka_unit_test(
            a_strip_with_one_cell_of_a_type_borrows_few_of_the_many_far_away),
        cmocka_unit_test(no_strip_borrows_beyond_its_need),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
