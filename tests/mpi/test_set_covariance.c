// SPDX-License-Identifier: BSD-3-Clause
#include "mask_sets.h"
#include "pairs_by_hand.h"
#include "whole_raster.h"

#include "cytotaxis/fault.h"
#include "cytotaxis/ripley.h"
#include "cytotaxis/set_covariance.h"
#include "cytotaxis/window_mask.h"

#include <math.h>

static int rank, size;
static mask_set mask;
static const double h = 2.5, um_per_unit = 0.5;
static const double pi = 3.14159265358979323846;

typedef struct scene {
    cyt_slide slide;
    uint8_t *inside; /* of the strip */
    size_t n;
} scene;

/* A slide whose raster has just the size of the mask; strips of any height, some
 * empty. */
static void make_scene(scene *s)
{
    *s = (scene){.slide = {.name = "slide",
                           .um_per_unit = um_per_unit,
                           .n_strips = (size_t)size,
                           .strip = (size_t)rank}};
    cyt_slide *slide = &s->slide;
    slide->grid = (cyt_grid){h, 10, 20, mask.n_cols, mask.n_rows};
    slide->strips = calloc((size_t)size + 1, sizeof *slide->strips);
    for (int r = 1; r <= size; r++)
        slide->strips[r] =
            r == size ? mask.n_rows
                      : mask.n_rows * (uint64_t)(r * r) / (uint64_t)(size * size);
    const size_t first = cyt_slide_first_row(slide);
    s->n = cyt_slide_n_rows(slide) * mask.n_cols;
    s->inside = malloc(s->n + 1);
    memcpy(s->inside, mask.at + first * mask.n_cols, s->n);
}

static void free_scene(scene *s)
{
    free(s->inside);
    cyt_slide_free(&s->slide);
}

static int is_in(ptrdiff_t row, ptrdiff_t col)
{
    return row >= 0 && col >= 0 && row < (ptrdiff_t)mask.n_rows &&
           col < (ptrdiff_t)mask.n_cols &&
           mask.at[(size_t)row * mask.n_cols + (size_t)col];
}

static uint64_t pairs_at(ptrdiff_t dy, ptrdiff_t dx)
{
    uint64_t n = 0;
    for (ptrdiff_t r = 0; r < (ptrdiff_t)mask.n_rows; r++)
        for (ptrdiff_t c = 0; c < (ptrdiff_t)mask.n_cols; c++)
            n += is_in(r, c) && is_in(r + dy, c + dx);
    return n;
}

static int lags_are_right(const cyt_covariance *c)
{
    const ptrdiff_t rows = (ptrdiff_t)c->lag_rows, cols = (ptrdiff_t)c->lag_cols;
    for (ptrdiff_t dy = 0; dy <= rows; dy++)
        for (ptrdiff_t dx = -cols; dx <= cols; dx++)
            if (c->pairs[dy * (2 * cols + 1) + cols + dx] != pairs_at(dy, dx))
                return 0;
    return 1;
}

static void lags_of_masks_with_holes_are_those_of_brute_force(void **state)
{
    (void)state;
    for (size_t m = 0; m < N_MASK_SETS; m++) {
        const double reach[] = {0.1, 7 * h, 12.2 * h, 1e9};
        for (size_t k = 0; k < (m == 0 ? 4 : 3); k++) {
            scene s;
            cyt_covariance c;
            cyt_error err = {0};
            mask_sets[m](&mask);
            make_scene(&s);
            assert_all(cyt_set_covariance(MPI_COMM_WORLD, &s.slide, s.inside, reach[k],
                                          &c, &err) == CYT_OK);
            assert_all(lags_are_right(&c));
            cyt_set_covariance_free(&c);
            free_scene(&s);
        }
    }
}

/* Overlap of the union of square pixels with itself moved by (x, y). */
static double overlap(double x, double y)
{
    const ptrdiff_t i = (ptrdiff_t)floor(x), j = (ptrdiff_t)floor(y);
    const double u = x - (double)i, v = y - (double)j;
    return (1 - v) *
               ((1 - u) * (double)pairs_at(j, i) + u * (double)pairs_at(j, i + 1)) +
           v * ((1 - u) * (double)pairs_at(j + 1, i) +
                u * (double)pairs_at(j + 1, i + 1));
}

static void gamma_is_the_mean_overlap_over_directions(void **state)
{
    (void)state;
    enum { DIRECTIONS = 720 };
    const double quadrature = 2e-5; /* midpoints across kinks at grid lines */
    const double r[] = {0.3, 1, 2.7, 5};
    scene s;
    cyt_covariance c;
    cyt_error err = {0};
    mask_sets[0](&mask);
    make_scene(&s);
    assert_all(cyt_set_covariance(MPI_COMM_WORLD, &s.slide, s.inside, 6 * h, &c,
                                  &err) == CYT_OK);
    for (size_t k = 0; k < 4; k++) {
        double sum = 0, got;
        const double at = r[k] * h;
        for (int i = rank; i < DIRECTIONS; i += size) {
            const double t = (i + 0.5) * 2 * pi / DIRECTIONS;
            sum += overlap(r[k] * cos(t), r[k] * sin(t)) / DIRECTIONS;
        }
        MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
        cyt_covariance_at(&c, 1, &at, &got);
        assert_all(fabs(got / (sum * h * h) - 1) < quadrature);
    }
    cyt_set_covariance_free(&c);
    free_scene(&s);
}

static void
gamma_ends_where_the_picture_does_and_is_not_known_beyond_reach(void **state)
{
    (void)state;
    const double far = 1e6;
    double got;
    for (int known = 0; known < 2; known++) {
        scene s;
        cyt_covariance c;
        cyt_error err = {0};
        all_of_it(&mask);
        make_scene(&s);
        assert_all(cyt_set_covariance(MPI_COMM_WORLD, &s.slide, s.inside,
                                      known ? far : 5 * h, &c, &err) == CYT_OK);
        cyt_covariance_at(&c, 1, &far, &got);
        assert_all(known ? got == 0 : isnan(got));
        cyt_set_covariance_free(&c);
        free_scene(&s);
    }
}

/* Points thrown at random onto the pixels of the mask: K = pi r² with the correction,
 * a fraction of it without. Some 20,000 pairs at the largest radius: 5 standard errors,
 * those of clusters of pairs included, are below 6 %. */
static void points_thrown_onto_a_ragged_mask_have_the_k_of_randomness(void **state)
{
    (void)state;
    enum { N = 1500, RADII = 3 };
    static double x[N], y[N];
    static uint16_t type[N];
    const double five_sd = 0.06, radius[RADII] = {1.5 * h, 3 * h, 6 * h};
    const cyt_random_key key = cyt_random_key_of(77, 0);
    double gamma[RADII], rigid[RADII], none[RADII];
    scene s;
    cyt_covariance c;
    cyt_error err = {0};
    mask_sets[0](&mask);
    for (uint64_t i = 0, draw = 0; i < N; draw++) {
        const double u = cyt_uniform(key, 0, draw, 0) * (double)mask.n_cols;
        const double v = cyt_uniform(key, 0, draw, 1) * (double)mask.n_rows;
        x[i] = u * h;
        y[i] = v * h;
        i += mask.at[(size_t)v * mask.n_cols + (size_t)u] ? 1 : 0;
    }
    make_scene(&s);
    assert_all(cyt_set_covariance(MPI_COMM_WORLD, &s.slide, s.inside, radius[RADII - 1],
                                  &c, &err) == CYT_OK);
    cyt_pair_counts counts = pairs_by_hand(N, x, y, type, NULL, 1, RADII, radius);
    const uint64_t n_cells[] = {N};
    const cyt_ripley ripley = {&counts, radius, n_cells,
                               (double)pairs_at(0, 0) * h * h};
    cyt_covariance_rings(&c, RADII, radius, gamma);
    cyt_k_rigid(&ripley, 0, 0, gamma, rigid);
    cyt_k_none(&ripley, 0, 0, none);
    for (int k = 0; k < RADII; k++) {
        const double csr = pi * radius[k] * radius[k]; /* complete randomness */
        assert_all(fabs(rigid[k] / csr - 1) < five_sd);
        assert_all(none[k] / csr < 0.7);
    }
    free_by_hand(&counts);
    cyt_set_covariance_free(&c);
    free_scene(&s);
}

/* A disc of 25 pixels, as polygons are drawn: pixels whose centre is in it, and its
 * true area as the scale. gamma(r) = 2 R² acos(r / 2R) - r / 2 sqrt(4 R² - r²). */
static void a_drawn_disc_is_nearly_the_disc(void **state)
{
    (void)state;
    const double drawn = 2e-3; /* of the area: an edge of 157 pixels, in 1963 */
    const double r0 = 25, area = pi * r0 * r0 * h * h;
    scene s;
    cyt_covariance c;
    cyt_error err = {0};
    mask_size(&mask, 53, 54);
    for (size_t i = 0; i < mask.n_rows * mask.n_cols; i++)
        mask.at[i] = hypot((double)(i / mask.n_cols) - 26.3,
                           (double)(i % mask.n_cols) - 26.6) < r0;
    make_scene(&s);
    assert_all(cyt_set_covariance(MPI_COMM_WORLD, &s.slide, s.inside, 60 * h, &c,
                                  &err) == CYT_OK);
    const double zero = 0;
    double pixels;
    cyt_covariance_at(&c, 1, &zero, &pixels);
    c.scale = area / pixels;
    for (int k = 0; k <= 10; k++) {
        const double r = k * 5;
        const double want =
            h * h *
            (2 * r0 * r0 * acos(r / (2 * r0)) - r / 2 * sqrt(4 * r0 * r0 - r * r));
        const double at = r * h;
        double got;
        cyt_covariance_at(&c, 1, &at, &got);
        assert_all(fabs(got - want) < drawn * area);
    }
    cyt_set_covariance_free(&c);
    free_scene(&s);
}

static void a_reach_of_nothing_is_refused(void **state)
{
    (void)state;
    scene s;
    cyt_covariance c;
    cyt_error err = {0};
    all_of_it(&mask);
    make_scene(&s);
    assert_all(cyt_set_covariance(MPI_COMM_WORLD, &s.slide, s.inside, 0, &c, &err) ==
               CYT_ERR_USAGE);
    free_scene(&s);
}

/* --- the edge --------------------------------------------------------------------- */

/* To the nearest centre outside, which may lie beyond the raster. */
static double edge_by_hand(ptrdiff_t row, ptrdiff_t col)
{
    double least = INFINITY;
    for (ptrdiff_t r = -1; r <= (ptrdiff_t)mask.n_rows; r++)
        for (ptrdiff_t c = -1; c <= (ptrdiff_t)mask.n_cols; c++)
            if (!is_in(r, c))
                least = fmin(least, hypot((double)(r - row), (double)(c - col)));
    return (least - 0.5) * h;
}

static void the_edge_is_half_a_pixel_before_the_nearest_pixel_outside(void **state)
{
    (void)state;
    const double of_a_float = 1e-6;
    for (size_t m = 0; m < N_MASK_SETS; m++) {
        scene s;
        cyt_error err = {0};
        int good = 1;
        mask_sets[m](&mask);
        make_scene(&s);
        float *edge = malloc((s.n + 1) * sizeof *edge);
        assert_all(cyt_window_map(MPI_COMM_WORLD, &s.slide, s.inside, edge, &err) ==
                   CYT_OK);
        for (size_t i = 0; i < s.n; i += 1 + s.n / 300) {
            const size_t row = cyt_slide_first_row(&s.slide) + i / mask.n_cols;
            const double want =
                edge_by_hand((ptrdiff_t)row, (ptrdiff_t)(i % mask.n_cols));
            good &= s.inside[i] ? fabs(edge[i] - want) <= of_a_float * want
                                : edge[i] == -INFINITY;
        }
        assert_all(good);
        const double radius[] = {h / 2, 1.5 * h, 3 * h};
        double area[3], want[3] = {0};
        assert_all(cyt_window_eroded(MPI_COMM_WORLD, &s.slide, edge, 3, radius, area,
                                     &err) == CYT_OK);
        for (int k = 0; k < 3; k++) {
            for (size_t i = 0; i < s.n; i++)
                want[k] += edge[i] >= radius[k] ? h * h : 0;
            MPI_Allreduce(MPI_IN_PLACE, want + k, 1, MPI_DOUBLE, MPI_SUM,
                          MPI_COMM_WORLD);
            assert_all(area[k] == want[k]);
        }
        free(edge);
        free_scene(&s);
    }
}

static void cells_have_the_edge_of_their_pixel_in_source_units(void **state)
{
    (void)state;
    const double x[] = {21, 120, 64.2, 33}, y[] = {41, 44, 77.7, 90};
    const uint16_t type[] = {0, 0, 0, 0};
    cyt_slide s;
    slide_of(MPI_COMM_WORLD, 4, x, y, type, 1, um_per_unit, h, 0, NULL, &s);
    const size_t n = cyt_slide_n_rows(&s) * s.grid.n_cols;
    float *edge = malloc((n + 1) * sizeof *edge);
    double *border = malloc((s.cells.n + 1) * sizeof *border);
    int good = 1;
    for (size_t i = 0; i < n; i++)
        edge[i] = (float)(cyt_slide_first_row(&s) * s.grid.n_cols + i);
    cyt_window_at_cells(&s, edge, border);
    for (size_t i = 0; i < s.cells.n; i++)
        good &= border[i] * um_per_unit ==
                (double)whole_pixel(&s, s.cells.x[i], s.cells.y[i]);
    assert_all(good);
    const cyt_box box = cyt_window_of_cells(MPI_COMM_WORLD, &s);
    assert_all(box.x_min == 21 && box.x_max == 120 && box.y_min == 41 &&
               box.y_max == 90);
    free(edge);
    free(border);
    cyt_slide_free(&s);
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"covariance.make", "mem.alloc", "window.map",
                                         "mem.alloc"};
    mask_sets[0](&mask);
    for (int p = 0; p < 4; p++)
        for (int bad = 0; bad < size; bad++) {
            scene s;
            cyt_covariance c;
            cyt_error err = {0};
            make_scene(&s);
            float *edge = malloc((s.n + 1) * sizeof *edge);
            cyt_fault_arm(rank == bad ? points[p] : NULL);
            const cyt_code code =
                p < 2 ? cyt_set_covariance(MPI_COMM_WORLD, &s.slide, s.inside, 5 * h,
                                           &c, &err)
                      : cyt_window_map(MPI_COMM_WORLD, &s.slide, s.inside, edge, &err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
            free(edge);
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
        cmocka_unit_test(lags_of_masks_with_holes_are_those_of_brute_force),
        cmocka_unit_test(gamma_is_the_mean_overlap_over_directions),
        cmocka_unit_test(
            gamma_ends_where_the_picture_does_and_is_not_known_beyond_reach),
        cmocka_unit_test(points_thrown_onto_a_ragged_mask_have_the_k_of_randomness),
        cmocka_unit_test(a_drawn_disc_is_nearly_the_disc),
        cmocka_unit_test(a_reach_of_nothing_is_refused),
        cmocka_unit_test(the_edge_is_half_a_pixel_before_the_nearest_pixel_outside),
        cmocka_unit_test(cells_have_the_edge_of_their_pixel_in_source_units),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
