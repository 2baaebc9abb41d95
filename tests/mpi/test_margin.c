// SPDX-License-Identifier: BSD-3-Clause
#include "point_sets.h"
#include "whole_raster.h"

#include "cytotaxis/fault.h"
#include "cytotaxis/margin.h"

#include <math.h>

static int rank, size;
static point_set set;
static const double um_per_unit = 2, spacing_um = 40;

enum { BLOCK = 6 };

/* 0 = no tissue, 1 = outside, 2 = inside, as a function of row and column. */
typedef uint8_t kind_maker(size_t row, size_t col);

static uint8_t in_blocks(size_t row, size_t col)
{
    const double u = set_u(1000 * (row / BLOCK) + col / BLOCK, 31);
    return u < 0.25 ? 0 : u < 0.7 ? 1 : 2;
}

static uint8_t as_noise(size_t row, size_t col)
{
    const double u = set_u(1000 * row + col, 32);
    return u < 0.5 ? 0 : u < 0.9 ? 1 : 2;
}

static uint8_t all_inside(size_t row, size_t col)
{
    return in_blocks(row, col) ? 2 : 0;
}

static uint8_t all_outside(size_t row, size_t col)
{
    return in_blocks(row, col) ? 1 : 0;
}

static uint8_t half_a_plane(size_t row, size_t col)
{
    (void)col;
    return row < 17 ? 2 : 1;
}

/* Two pieces with nothing between them: the distance runs across the gap. */
static uint8_t with_a_gap(size_t row, size_t col)
{
    (void)col;
    return row < 10 ? 2 : row < 20 ? 0 : 1;
}

static kind_maker *const kinds[] = {in_blocks,   as_noise,     all_inside,
                                    all_outside, half_a_plane, with_a_gap};

enum { N_KINDS = sizeof kinds / sizeof *kinds };

typedef struct scene {
    cyt_slide slide;
    uint8_t *kind, *whole; /* of the strip, of the slide */
    float *phi;            /* of the strip */
    size_t n;              /* pixels of the strip */
} scene;

static void make_scene(kind_maker *kind, scene *s)
{
    cyt_error err = {0};
    slide_of(MPI_COMM_WORLD, set.n, set.x, set.y, set.type, SET_TYPES, um_per_unit,
             spacing_um, 0, NULL, &s->slide);
    const size_t cols = s->slide.grid.n_cols, top = cyt_slide_first_row(&s->slide);
    s->n = cyt_slide_n_rows(&s->slide) * cols;
    s->kind = malloc(s->n + 1);
    s->phi = malloc((s->n + 1) * sizeof *s->phi);
    for (size_t i = 0; i < s->n; i++)
        s->kind[i] = kind(top + i / cols, i % cols);
    s->whole = whole_raster(MPI_COMM_WORLD, &s->slide, 1, s->kind);
    assert_all(cyt_margin_map(MPI_COMM_WORLD, &s->slide, s->kind, s->phi, &err) ==
               CYT_OK);
}

static void free_scene(scene *s)
{
    free(s->kind);
    free(s->phi);
    free(s->whole);
    cyt_slide_free(&s->slide);
}

static float phi_by_hand(const scene *s, size_t at)
{
    const uint8_t kind = s->whole[at];
    const double d2 =
        kind ? nearest_d2(&s->slide.grid, s->whole, kind == 2 ? 1 : 2, at) : -1;
    const double d = (float)(sqrt(d2) * spacing_um);
    if (d2 < 0)
        return NAN;
    return (float)(kind == 2 ? spacing_um / 2 - d : d - spacing_um / 2);
}

static void phi_is_that_of_brute_force_bit_by_bit(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++) {
        scene s;
        int good = 1;
        scattered(&set);
        make_scene(kinds[k], &s);
        const size_t first = cyt_slide_first_row(&s.slide) * s.slide.grid.n_cols;
        for (size_t i = 0; i < s.n; i++) {
            const float want = phi_by_hand(&s, first + i);
            good &= isnan(want) ? isnan(s.phi[i]) : s.phi[i] == want;
        }
        assert_all(good);
        free_scene(&s);
    }
}

static void without_a_border_there_is_no_phi(void **state)
{
    (void)state;
    kind_maker *const none[] = {all_inside, all_outside};
    for (size_t k = 0; k < 2; k++) {
        scene s;
        int good = 1;
        scattered(&set);
        make_scene(none[k], &s);
        for (size_t i = 0; i < s.n; i++)
            good &= isnan(s.phi[i]);
        assert_all(good);
        free_scene(&s);
    }
}

/* --- at cells --------------------------------------------------------------------- */

/* Coordinates of 1e3 µm carry rounding of 1e-13; phi itself is a float: 1e-4 of 1e3. */
static const double near_um = 1e-3;

static void beside_a_straight_border_phi_is_the_distance_to_it(void **state)
{
    (void)state;
    scene s;
    cyt_error err = {0};
    scattered(&set);
    make_scene(half_a_plane, &s);
    const cyt_cells *c = &s.slide.cells;
    double *at = malloc((c->n + 1) * sizeof *at);
    assert_all(cyt_margin_at_cells(MPI_COMM_WORLD, &s.slide, s.phi, at, &err) ==
               CYT_OK);
    const double border = s.slide.grid.origin_y_um + 17 * spacing_um;
    const double bottom = s.slide.grid.origin_y_um +
                          (double)s.slide.grid.n_rows * spacing_um - spacing_um / 2;
    int good = 1;
    for (size_t i = 0; i < c->n; i++) {
        const double y = c->y[i] * um_per_unit;
        if (y > s.slide.grid.origin_y_um + spacing_um / 2 && y < bottom)
            good &= fabs(at[i] - (y - border)) < near_um;
    }
    assert_all(good);
    free(at);
    free_scene(&s);
}

/* What the four pixels around a cell say, from the whole raster. */
static double sample_by_hand(const scene *s, const float *phi, double x, double y)
{
    const cyt_grid *g = &s->slide.grid;
    const double u = (x - g->origin_x_um) / spacing_um - 0.5;
    const double v = (y - g->origin_y_um) / spacing_um - 0.5;
    double sum = 0, weights = 0;
    for (int dr = 0; dr < 2; dr++)
        for (int dc = 0; dc < 2; dc++) {
            const double r = floor(v) + dr, c = floor(u) + dc;
            const double w = (1 - fabs(v - r)) * (1 - fabs(u - c));
            const double row = fmin(fmax(r, 0), (double)g->n_rows - 1);
            const double col = fmin(fmax(c, 0), (double)g->n_cols - 1);
            const float value = phi[(size_t)row * g->n_cols + (size_t)col];
            if (!isnan(value)) {
                sum += w * value;
                weights += w;
            }
        }
    return sum / weights;
}

static void cells_sample_the_pixels_that_are_tissue(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++) {
        scene s;
        cyt_error err = {0};
        int good = 1;
        scattered(&set);
        make_scene(kinds[k], &s);
        const cyt_cells *c = &s.slide.cells;
        double *at = malloc((c->n + 1) * sizeof *at);
        float *phi = whole_raster(MPI_COMM_WORLD, &s.slide, sizeof *phi, s.phi);
        assert_all(cyt_margin_at_cells(MPI_COMM_WORLD, &s.slide, s.phi, at, &err) ==
                   CYT_OK);
        for (size_t i = 0; i < c->n; i++) {
            const double x = c->x[i] * um_per_unit, y = c->y[i] * um_per_unit;
            if (isnan(phi[whole_pixel(&s.slide, c->x[i], c->y[i])]))
                good &= isnan(at[i]);
            else
                good &= fabs(at[i] - sample_by_hand(&s, phi, x, y)) < near_um;
        }
        assert_all(good);
        free(at);
        free(phi);
        free_scene(&s);
    }
}

/* --- bands ------------------------------------------------------------------------ */

static int counts_are_right(const scene *s, const cyt_margin_bands *b)
{
    float *phi = whole_raster(MPI_COMM_WORLD, &s->slide, sizeof *phi, s->phi);
    int good = 1;
    for (size_t k = 0; k < b->n; k++) {
        const double low = b->edge_um[k], high = b->edge_um[k + 1];
        uint64_t n = 0, of_type[SET_TYPES] = {0};
        for (size_t i = 0; i < s->slide.grid.n_rows * s->slide.grid.n_cols; i++)
            n += phi[i] >= low && phi[i] < high;
        for (size_t i = 0; i < set.n; i++) {
            const float at = phi[whole_pixel(&s->slide, set.x[i], set.y[i])];
            if (set.type[i] != CYT_NO_TYPE)
                of_type[set.type[i]] += at >= low && at < high;
        }
        good &= b->n_pixels[k] == n;
        good &= memcmp(b->n_cells + k * SET_TYPES, of_type, sizeof of_type) == 0;
    }
    free(phi);
    return good;
}

static void bands_and_zones_count_what_brute_force_counts(void **state)
{
    (void)state;
    for (size_t k = 0; k < N_KINDS; k++) {
        scene s;
        cyt_error err = {0};
        cyt_margin_bands zones = {0}, profile = {0};
        uint64_t n_zones = 0, n_phi = 0;
        scattered(&set);
        make_scene(kinds[k], &s);
        assert_int_equal(cyt_margin_zones(100, &zones, &err), CYT_OK);
        assert_int_equal(cyt_margin_profile(30, 200, &profile, &err), CYT_OK);
        assert_all(cyt_margin_count(MPI_COMM_WORLD, &s.slide, s.phi, &zones, &err) ==
                   CYT_OK);
        assert_all(cyt_margin_count(MPI_COMM_WORLD, &s.slide, s.phi, &profile, &err) ==
                   CYT_OK);
        assert_all(counts_are_right(&s, &zones) && counts_are_right(&s, &profile));
        for (size_t z = 0; z < CYT_ZONES; z++)
            n_zones += zones.n_pixels[z];
        for (size_t i = 0; i < s.n; i++)
            n_phi += isnan(s.phi[i]) ? 0 : 1;
        assert_all(n_zones == cyt_sum_u64(MPI_COMM_WORLD, n_phi));
        cyt_margin_bands_free(&zones);
        cyt_margin_bands_free(&profile);
        free_scene(&s);
    }
}

static void bands_cover_the_reach_and_zero_is_an_edge(void **state)
{
    (void)state;
    static const struct {
        double band, reach;
        size_t n;
    } all[] = {{20, 100, 10}, {20, 101, 12}, {0.3, 0.9, 6}, {0.2, 0.6, 6}, {50, 10, 2}};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        cyt_margin_bands b;
        cyt_error err = {0};
        assert_int_equal(cyt_margin_profile(all[k].band, all[k].reach, &b, &err),
                         CYT_OK);
        assert_int_equal(b.n, all[k].n);
        assert_true(b.edge_um[b.n / 2] == 0 && b.edge_um[0] == -b.edge_um[b.n]);
        assert_true(b.edge_um[b.n] > all[k].reach * (1 - 1e-8));
        cyt_margin_bands_free(&b);
    }
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"margin.map", "edt.map", "mem.alloc"};
    scene s;
    scattered(&set);
    make_scene(in_blocks, &s);
    for (size_t p = 0; p < sizeof points / sizeof *points; p++)
        for (int bad = 0; bad < size; bad++) {
            cyt_error err = {0};
            cyt_fault_arm(rank == bad ? points[p] : NULL);
            const cyt_code code =
                cyt_margin_map(MPI_COMM_WORLD, &s.slide, s.kind, s.phi, &err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
        }
    free_scene(&s);
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    rank = cyt_comm_rank(MPI_COMM_WORLD);
    size = cyt_comm_size(MPI_COMM_WORLD);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phi_is_that_of_brute_force_bit_by_bit),
        cmocka_unit_test(without_a_border_there_is_no_phi),
        cmocka_unit_test(beside_a_straight_border_phi_is_the_distance_to_it),
        cmocka_unit_test(cells_sample_the_pixels_that_are_tissue),
        cmocka_unit_test(bands_and_zones_count_what_brute_force_counts),
        cmocka_unit_test(bands_cover_the_reach_and_zero_is_an_edge),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
