// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/fault.h"
#include "cytotaxis/graph.h"
#include "slide_of.h"
#include "whole_graph.h"

static int rank, size;
static point_set set;
static matrix whole;

static const double um_per_unit = 0.5, spacing_um = 5;

static void slide_of_set(cyt_slide *s)
{
    slide_of(MPI_COMM_WORLD, set.n, set.x, set.y, set.type, SET_TYPES, um_per_unit,
             spacing_um, 0, NULL, s);
}

static uint64_t index_of(const cyt_slide *s, const cyt_graph *g, size_t k)
{
    const size_t j = g->node[k];
    return j < g->n ? s->cells.index[j] : g->guest_index[j - g->n];
}

static uint16_t type_of(const cyt_slide *s, const cyt_graph *g, size_t k)
{
    const size_t j = g->node[k];
    return j < g->n ? s->cells.type[j] : g->guest_type[j - g->n];
}

/* Is a cell's list its row of the matrix, in input order? */
static int is_row(const cyt_slide *s, const cyt_graph *g, size_t i)
{
    const uint64_t me = s->cells.index[i];
    size_t k = g->start[i];
    for (size_t j = 0; j < set.n; j++) {
        if (!whole[me][j])
            continue;
        if (k == g->start[i + 1] || index_of(s, g, k) != j ||
            type_of(s, g, k) != set.type[j] ||
            g->distance[k] != sqrt(set_d2(&set, me, j)))
            return 0;
        k++;
    }
    return k == g->start[i + 1];
}

static int is_whole(const cyt_slide *s, const cyt_graph *g)
{
    int same = g->n == s->cells.n;
    for (size_t i = 0; i < s->cells.n; i++)
        same = same && is_row(s, g, i);
    return same;
}

/* Does each guest's owner send what belongs to it? */
static int fetches(const cyt_slide *s, const cyt_graph *g)
{
    cyt_error err = {0};
    uint64_t *guests = calloc(g->n_guests + 1, sizeof *guests);
    int right = cyt_graph_fetch(MPI_COMM_WORLD, g, sizeof *guests, s->cells.index,
                                guests, &err) == CYT_OK;
    for (size_t k = 0; k < g->n_guests; k++)
        right = right && guests[k] == g->guest_index[k];
    free(guests);
    return right;
}

static void any_number_of_strips_finds_the_cells_within_a_radius(void **state)
{
    (void)state;
    static const double radii[] = {10, 33.3, 250};
    for (size_t i = 0; i < N_POINT_SETS; i++)
        for (int r = 0; r < 3; r++) {
            cyt_slide s;
            cyt_graph g;
            cyt_error err = {0};
            point_sets[i](&set);
            whole_radius(&set, radii[r], whole);
            slide_of_set(&s);
            assert_all(cyt_graph_radius(MPI_COMM_WORLD, &s, radii[r], &g, &err) ==
                       CYT_OK);
            assert_all(g.symmetric && is_whole(&s, &g) && fetches(&s, &g));
            cyt_graph_free(&g);
            cyt_slide_free(&s);
        }
}

/* Pairs that list each other, over all ranks. */
static int counts_mutual(const cyt_graph *g)
{
    uint64_t n = 0;
    for (size_t i = 0; i < set.n; i++)
        for (size_t j = 0; j < set.n; j++)
            n += whole[i][j] && whole[j][i];
    return cyt_sum_u64(MPI_COMM_WORLD, g->n_mutual) == n;
}

static void any_number_of_strips_finds_the_k_nearest_and_their_union(void **state)
{
    (void)state;
    static const size_t ks[] = {1, 6, 15};
    for (size_t i = 0; i < N_POINT_SETS; i++)
        for (int k = 0; k < 6; k++) {
            cyt_slide s;
            cyt_graph g;
            cyt_error err = {0};
            point_sets[i](&set);
            whole_knn(&set, ks[k / 2], k % 2, whole);
            slide_of_set(&s);
            assert_all(cyt_graph_knn(MPI_COMM_WORLD, &s, ks[k / 2], k % 2, &g, &err) ==
                       CYT_OK);
            assert_all(g.symmetric == k % 2 && is_whole(&s, &g) && fetches(&s, &g));
            assert_all(counts_mutual(&g));
            cyt_graph_free(&g);
            cyt_slide_free(&s);
        }
}

static void more_nearest_than_there_are_cells_are_all_others(void **state)
{
    (void)state;
    cyt_slide s;
    cyt_graph g;
    cyt_error err = {0};
    scattered(&set);
    set.n = 40;
    whole_knn(&set, 100, 0, whole);
    slide_of_set(&s);
    assert_all(cyt_graph_knn(MPI_COMM_WORLD, &s, 100, 0, &g, &err) == CYT_OK);
    assert_all(is_whole(&s, &g));
    cyt_graph_free(&g);
    cyt_slide_free(&s);
}

static void is_delaunay(double longest)
{
    cyt_slide s;
    cyt_graph g;
    cyt_error err = {0};
    whole_delaunay(&set, longest, whole);
    slide_of_set(&s);
    assert_all(cyt_graph_delaunay(MPI_COMM_WORLD, &s, longest, &g, &err) == CYT_OK);
    assert_all(g.symmetric && is_whole(&s, &g) && fetches(&s, &g));
    cyt_graph_free(&g);
    cyt_slide_free(&s);
}

static void any_number_of_strips_draws_the_triangles_of_the_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_POINT_SETS; i++) {
        point_sets[i](&set);
        is_delaunay(HUGE_VAL);
        is_delaunay(45);
    }
}

/* Flat triangles along the edge, circles as large as the slide, a hole in the middle.
 */
static void on_a_flat_disc_with_a_hole(void)
{
    set.n = 1200;
    for (size_t i = 0; i < set.n; i++) {
        const double angle = 6.2831853 * set_u(i, 0);
        const double r = 1000 * (i % 3 ? sqrt(0.5 + 0.5 * set_u(i, 1)) : 1);
        set.x[i] = r * cos(angle);
        set.y[i] = 3 * r * sin(angle);
    }
    mix_types(&set);
}

static void on_a_slanted_line(void)
{
    set.n = 300;
    for (size_t i = 0; i < set.n; i++) {
        const double t = floor(2000 * set_u(i, 0));
        set.x[i] = 0.5 * t;
        set.y[i] = 700 - 0.25 * t;
    }
    mix_types(&set);
}

/* All on one circle but for rounding, and exactly on one: (3, 4, 5) and its like. */
static void on_a_circle(void)
{
    static const double xy[12][2] = {{65, 0},  {63, 16}, {60, 25},  {56, 33},
                                     {52, 39}, {39, 52}, {33, 56},  {25, 60},
                                     {16, 63}, {0, 65},  {-16, 63}, {-39, -52}};
    set.n = 12;
    for (size_t i = 0; i < set.n; i++) {
        set.x[i] = xy[i * 5 % 12][0];
        set.y[i] = xy[i * 5 % 12][1];
    }
    mix_types(&set);
}

static void holes_edges_lines_and_circles_are_no_exception(void **state)
{
    (void)state;
    on_a_flat_disc_with_a_hole();
    is_delaunay(HUGE_VAL);
    on_a_slanted_line();
    is_delaunay(HUGE_VAL);
    is_delaunay(1.5);
    on_a_circle();
    is_delaunay(HUGE_VAL);
}

/* Input order is another, edges between places are the same. */
static void the_order_of_cells_does_not_change_who_is_joined_on_a_lattice(void **state)
{
    (void)state;
    static matrix before;
    on_a_lattice(&set);
    whole_delaunay(&set, HUGE_VAL, before);
    const size_t n = set.n;
    for (size_t i = 0; i < n / 2; i++) {
        const double x = set.x[i], y = set.y[i];
        set.x[i] = set.x[n - 1 - i];
        set.y[i] = set.y[n - 1 - i];
        set.x[n - 1 - i] = x;
        set.y[n - 1 - i] = y;
    }
    cyt_slide s;
    cyt_graph g;
    cyt_error err = {0};
    slide_of_set(&s);
    assert_all(cyt_graph_delaunay(MPI_COMM_WORLD, &s, HUGE_VAL, &g, &err) == CYT_OK);
    int same = 1;
    size_t n_edges = 0, n_before = 0;
    for (size_t i = 0; i < g.n; i++)
        for (size_t k = g.start[i]; k < g.start[i + 1]; k++) {
            same &= before[n - 1 - s.cells.index[i]][n - 1 - index_of(&s, &g, k)];
            n_edges++;
        }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            n_before += before[i][j];
    assert_all(same && cyt_sum_u64(MPI_COMM_WORLD, n_edges) == n_before);
    cyt_graph_free(&g);
    cyt_slide_free(&s);
}

#ifdef CYT_FAULTS
static cyt_code build(int kind, const cyt_slide *s, cyt_graph *g, cyt_error *err)
{
    if (kind == 0)
        return cyt_graph_radius(MPI_COMM_WORLD, s, 40, g, err);
    if (kind == 1)
        return cyt_graph_knn(MPI_COMM_WORLD, s, 5, 1, g, err);
    return cyt_graph_delaunay(MPI_COMM_WORLD, s, HUGE_VAL, g, err);
}

static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const struct {
        const char *point;
        int kind, of_several; /* passed only by several ranks */
    } trials[] = {
        {"graph.borrow", 0, 1},  {"graph.search", 0, 0}, {"graph.lists", 0, 0},
        {"graph.search", 1, 0},  {"mem.alloc", 1, 0},    {"graph.draw", 2, 0},
        {"graph.circles", 2, 1}, {"graph.borrow", 2, 1}, {"mem.alloc", 2, 0}};
    scattered(&set);
    for (size_t t = 0; t < sizeof trials / sizeof *trials; t++)
        for (int bad = 0; bad < size; bad++) {
            cyt_slide s;
            cyt_graph g;
            cyt_error err = {0};
            slide_of_set(&s);
            cyt_fault_arm(rank == bad ? trials[t].point : NULL);
            const cyt_code code = build(trials[t].kind, &s, &g, &err);
            cyt_fault_arm(NULL);
            const int passed = size == 1 && trials[t].of_several;
            assert_all(code == (passed ? CYT_OK : CYT_ERR_MEMORY));
            assert_all(passed || err.rank == bad);
            cyt_graph_free(&g);
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
        cmocka_unit_test(any_number_of_strips_finds_the_cells_within_a_radius),
        cmocka_unit_test(any_number_of_strips_finds_the_k_nearest_and_their_union),
        cmocka_unit_test(more_nearest_than_there_are_cells_are_all_others),
        cmocka_unit_test(any_number_of_strips_draws_the_triangles_of_the_whole),
        cmocka_unit_test(holes_edges_lines_and_circles_are_no_exception),
        cmocka_unit_test(the_order_of_cells_does_not_change_who_is_joined_on_a_lattice),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
