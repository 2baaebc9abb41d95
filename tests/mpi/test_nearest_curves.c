// SPDX-License-Identifier: BSD-3-Clause
#include "point_sets.h"
#include "slide_of.h"

#include "cytotaxis/fault.h"
#include "cytotaxis/nearest_curves.h"
#include "cytotaxis/nearest_types.h"
#include "cytotaxis/window.h"
#include "cytotaxis/window_mask.h"

#include <math.h>

static int rank, size;
static point_set set;
static const double um_per_unit = 2;
static double spacing_um = 50;

enum { RADII = 6, SIZE = CYT_TALLY_SIZE(RADII) };

static const double radius[RADII] = {0, 5, 12, 30, 80, 200};

typedef struct scene {
    cyt_slide slide;
    cyt_box box;
    double *distance, *border;
    uint8_t *inside;
    float *edge_um;
    size_t n_pixels;
} scene;

static uint8_t in_window(size_t row, size_t col)
{
    return set_u(1000 * (row / 5) + col / 5, 71) < 0.8;
}

static void make_scene(scene *s)
{
    cyt_error err = {0};
    slide_of(MPI_COMM_WORLD, set.n, set.x, set.y, set.type, SET_TYPES, um_per_unit,
             spacing_um, 0, NULL, &s->slide);
    const cyt_cells *c = &s->slide.cells;
    const size_t cols = s->slide.grid.n_cols, top = cyt_slide_first_row(&s->slide);
    s->n_pixels = cyt_slide_n_rows(&s->slide) * cols;
    s->distance = malloc((SET_TYPES * c->n + 1) * sizeof *s->distance);
    s->border = malloc((c->n + 1) * sizeof *s->border);
    s->inside = malloc(s->n_pixels + 1);
    s->edge_um = malloc((s->n_pixels + 1) * sizeof *s->edge_um);
    s->box = cyt_window_of_cells(MPI_COMM_WORLD, &s->slide);
    for (size_t i = 0; i < c->n; i++)
        s->border[i] = cyt_box_edge(&s->box, c->x[i], c->y[i]);
    for (size_t i = 0; i < s->n_pixels; i++)
        s->inside[i] = in_window(top + i / cols, i % cols);
    assert_all(cyt_nearest_of_types(MPI_COMM_WORLD, &s->slide, s->distance, &err) ==
               CYT_OK);
    assert_all(cyt_window_map(MPI_COMM_WORLD, &s->slide, s->inside, s->edge_um, &err) ==
               CYT_OK);
}

static void free_scene(scene *s)
{
    free(s->distance);
    free(s->border);
    free(s->inside);
    free(s->edge_um);
    cyt_slide_free(&s->slide);
}

static double nearest_by_hand(size_t i, size_t b)
{
    double least = NAN;
    for (size_t j = 0; j < set.n; j++) {
        const double dx = set.x[j] - set.x[i], dy = set.y[j] - set.y[i];
        if (j != i && set.type[j] == b)
            least = fmin(least, sqrt(dx * dx + dy * dy));
    }
    return least;
}

static void tallies_of_g_are_those_of_all_cells_by_hand(void **state)
{
    (void)state;
    for (size_t m = 0; m < N_POINT_SETS; m++) {
        static uint64_t got[SET_TYPES * SET_TYPES * SIZE],
            want[SET_TYPES * SET_TYPES * SIZE];
        scene s;
        cyt_error err = {0};
        point_sets[m](&set);
        make_scene(&s);
        assert_all(cyt_g_tallies(MPI_COMM_WORLD, &s.slide, s.distance, s.border, RADII,
                                 radius, got, &err) == CYT_OK);
        memset(want, 0, sizeof want);
        for (size_t i = 0; i < set.n; i++)
            for (size_t b = 0; set.type[i] != CYT_NO_TYPE && b < SET_TYPES; b++) {
                const double d = nearest_by_hand(i, b);
                const double edge = cyt_box_edge(&s.box, set.x[i], set.y[i]);
                cyt_near_add(1, &d, &edge, RADII, radius,
                             want + (set.type[i] * SET_TYPES + b) * SIZE);
            }
        assert_all(memcmp(got, want, sizeof want) == 0);
        free_scene(&s);
    }
}

/* Every pixel of the window against every pixel with a cell of the type. */
static void f_by_hand(const scene *s, uint64_t *want)
{
    static size_t row[SET_MOST], col[SET_MOST];
    const cyt_grid *g = &s->slide.grid;
    const size_t top = cyt_slide_first_row(&s->slide);
    memset(want, 0, SET_TYPES * SIZE * sizeof *want);
    for (size_t b = 0; b < SET_TYPES; b++) {
        size_t n = 0;
        for (size_t j = 0; j < set.n; j++)
            if (set.type[j] == b) {
                row[n] = cyt_grid_row(g, set.y[j] * um_per_unit);
                col[n++] = cyt_grid_col(g, set.x[j] * um_per_unit);
            }
        for (size_t i = 0; i < s->n_pixels; i++) {
            double d2 = INFINITY;
            for (size_t j = 0; j < n; j++) {
                const double dy = (double)row[j] - (double)(top + i / g->n_cols);
                const double dx = (double)col[j] - (double)(i % g->n_cols);
                d2 = fmin(d2, dx * dx + dy * dy);
            }
            const double d = (double)(float)(sqrt(d2) * spacing_um);
            const double edge = (double)s->edge_um[i];
            if (s->inside[i])
                cyt_near_add(1, &d, &edge, RADII, radius, want + b * SIZE);
        }
    }
    MPI_Allreduce(MPI_IN_PLACE, want, SET_TYPES * SIZE, MPI_UINT64_T, MPI_SUM,
                  MPI_COMM_WORLD);
}

static void tallies_of_f_are_those_of_all_pixels_by_hand(void **state)
{
    (void)state;
    set_maker *const makers[] = {scattered, on_a_lattice, in_two_far_crowds,
                                 with_one_cell_of_a_type, of_two_cells};
    for (size_t m = 0; m < 5; m++) {
        uint64_t got[SET_TYPES * SIZE], want[SET_TYPES * SIZE];
        scene s;
        cyt_error err = {0};
        makers[m](&set);
        make_scene(&s);
        assert_all(cyt_f_tallies(MPI_COMM_WORLD, &s.slide, s.edge_um, RADII, radius,
                                 got, &err) == CYT_OK);
        f_by_hand(&s, want);
        assert_all(memcmp(got, want, sizeof want) == 0);
        free_scene(&s);
    }
}

/* Cells thrown at random, edges corrected: G, F and their law agree. 4 standard errors
 * of a share of 400 cells are 0.1. */
static void under_randomness_g_and_f_follow_their_law(void **state)
{
    (void)state;
    const double four_sd = 0.1, r_um[] = {30, 50, 70}, r[] = {15, 25, 35};
    uint64_t tally[CYT_TALLY_SIZE(3)];
    double g[3], f[3], law[3];
    scene s;
    cyt_error err = {0};
    scattered(&set);
    for (size_t i = 0; i < set.n; i++)
        set.type[i] = 0;
    set.n = 400;
    spacing_um = 4;
    make_scene(&s);
    spacing_um = 50;
    memset(s.inside, 1, s.n_pixels);
    assert_all(cyt_window_map(MPI_COMM_WORLD, &s.slide, s.inside, s.edge_um, &err) ==
               CYT_OK);
    s.slide.types.n = 1;
    cyt_nearest_csr(3, r, 400 / (1000. * 800), law);
    assert_all(cyt_g_tallies(MPI_COMM_WORLD, &s.slide, s.distance, s.border, 3, r,
                             tally, &err) == CYT_OK);
    cyt_near_kaplan_meier(3, tally, g);
    assert_all(cyt_f_tallies(MPI_COMM_WORLD, &s.slide, s.edge_um, 3, r_um, tally,
                             &err) == CYT_OK);
    cyt_near_reduced(3, tally, f);
    for (int k = 0; k < 3; k++) {
        assert_all(fabs(g[k] - law[k]) < four_sd);
        assert_all(fabs(f[k] - law[k]) < four_sd);
    }
    assert_all(law[0] > 2 * four_sd && law[2] < 1 - four_sd);
    s.slide.types.n = SET_TYPES;
    free_scene(&s);
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static uint64_t tally[SET_TYPES * SET_TYPES * SIZE];
    scattered(&set);
    for (int p = 0; p < 3; p++)
        for (int bad = 0; bad < size; bad++) {
            scene s;
            cyt_error err = {0};
            make_scene(&s);
            cyt_fault_arm(rank != bad ? NULL : p < 2 ? "nearest.curves" : "mem.alloc");
            const cyt_code code =
                p == 0 ? cyt_g_tallies(MPI_COMM_WORLD, &s.slide, s.distance, s.border,
                                       RADII, radius, tally, &err)
                       : cyt_f_tallies(MPI_COMM_WORLD, &s.slide, s.edge_um, RADII,
                                       radius, tally, &err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
            free_scene(&s);
        }
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tallies_of_g_are_those_of_all_cells_by_hand),
        cmocka_unit_test(tallies_of_f_are_those_of_all_pixels_by_hand),
        cmocka_unit_test(under_randomness_g_and_f_follow_their_law),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
