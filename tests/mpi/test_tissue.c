// SPDX-License-Identifier: BSD-3-Clause
#include "boxes.h"
#include "flood.h"
#include "point_sets.h"
#include "whole_raster.h"

#include "cytotaxis/components.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/tissue.h"

#include <math.h>

static int rank, size;
static point_set set;
static const double um_per_unit = 2, spacing_um = 50;

static void make_slide(cyt_slide *s)
{
    slide_of(MPI_COMM_WORLD, set.n, set.x, set.y, set.type, SET_TYPES, um_per_unit,
             spacing_um, 0, NULL, s);
}

static cyt_code make(const cyt_slide *s, const cyt_tissue_config *config,
                     const cyt_regions *regions, cyt_tissue *t, cyt_error *err)
{
    const cyt_tissue_source source = {config, 0, regions};
    *err = (cyt_error){0};
    return cyt_tissue_make(MPI_COMM_WORLD, s, &source, t, err);
}

/* --- the bounding box ------------------------------------------------------------- */

static void the_box_is_every_pixel_it_touches_and_its_area_is_exact(void **state)
{
    (void)state;
    static const cyt_tissue_config bbox = {.from = CYT_TISSUE_BBOX};
    for (size_t k = 0; k < N_POINT_SETS; k++) {
        cyt_slide s;
        cyt_tissue t;
        cyt_error err;
        point_sets[k](&set);
        make_slide(&s);
        assert_all(make(&s, &bbox, NULL, &t, &err) == CYT_OK);
        uint8_t *inside = whole_raster(MPI_COMM_WORLD, &s, 1, t.inside);
        uint64_t n = 0;
        int good = 1;
        for (size_t i = 0; i < s.grid.n_rows * s.grid.n_cols; i++) {
            good &= inside[i] == in_field(&s, &t, i);
            n += inside[i];
        }
        const cyt_box b = s.box_um;
        assert_all(good && n == t.n_pixels && t.is_box && t.n_cells_outside == 0);
        assert_all(t.area_um2 == (b.x_max - b.x_min) * (b.y_max - b.y_min));
        assert_all((double)n * spacing_um * spacing_um >= t.area_um2);
        free(inside);
        cyt_tissue_free(&t);
        cyt_slide_free(&s);
    }
}

/* --- the reach of cells ----------------------------------------------------------- */

/* Pixels of the field that are within @p limit_um of one that is @p which of @p from.
 */
static void dilate(const cyt_slide *s, const cyt_tissue *t, const uint8_t *from,
                   double limit_um, uint8_t *to)
{
    for (size_t i = 0; i < s->grid.n_rows * s->grid.n_cols; i++) {
        const double d2 = nearest_d2(&s->grid, from, 1, i);
        to[i] = in_field(s, t, i) && d2 >= 0 && sqrt(d2) * spacing_um <= limit_um;
    }
}

static void invert(const cyt_slide *s, const cyt_tissue *t, uint8_t *mask)
{
    for (size_t i = 0; i < s->grid.n_rows * s->grid.n_cols; i++)
        mask[i] = in_field(s, t, i) && !mask[i];
}

static void fill(const cyt_slide *s, const cyt_tissue *t, double area_um2,
                 uint8_t *mask)
{
    const size_t n = s->grid.n_rows * s->grid.n_cols;
    uint32_t *label = malloc(n * sizeof *label);
    size_t *n_of = calloc(n + 1, sizeof *n_of);
    char *touches = calloc(n + 1, 1);
    invert(s, t, mask);
    flood_all(s->grid.n_rows, s->grid.n_cols, mask, 4, label);
    for (size_t i = 0; i < n; i++) {
        n_of[label[i]]++;
        touches[label[i]] |= (char)on_rim(s, t, i);
    }
    for (size_t i = 0; i < n; i++)
        if (!touches[label[i]] &&
            (double)n_of[label[i]] * spacing_um * spacing_um < area_um2)
            mask[i] = 0;
    invert(s, t, mask);
    free(label);
    free(n_of);
    free(touches);
}

static uint8_t *by_hand(const cyt_slide *s, const cyt_tissue *t,
                        const cyt_tissue_config *c)
{
    const size_t n = s->grid.n_rows * s->grid.n_cols;
    uint8_t *a = calloc(n + 1, 1), *b = calloc(n + 1, 1);
    for (size_t i = 0; i < set.n; i++)
        a[whole_pixel(s, set.x[i], set.y[i])] = 1;
    dilate(s, t, a, c->reach_um, b);
    if (c->close_um > 0) {
        dilate(s, t, b, c->close_um, a);
        invert(s, t, a);
        dilate(s, t, a, c->close_um, b);
        invert(s, t, b);
    }
    fill(s, t, c->fill_holes_um2, b);
    free(a);
    return b;
}

/* Small enough for brute force, and sparse enough to have gaps and holes. */
static void sparse(point_set *s)
{
    scattered(s);
    s->n = 170;
}

static void a_ring(point_set *s)
{
    s->n = 60;
    for (size_t i = 0; i < s->n; i++) {
        const double a = 6.2831853 / 60 * (double)i;
        s->x[i] = 500 + 300 * cos(a);
        s->y[i] = 500 + 300 * sin(a);
    }
    mix_types(s);
}

static set_maker *const sets[] = {sparse,       a_ring,        on_a_horizontal_line,
                                  of_two_cells, of_one_cell,   on_a_lattice,
                                  in_one_pixel, without_types, in_two_far_crowds};

static void reach_closing_and_filling_equal_brute_force(void **state)
{
    (void)state;
    /* The last: distances that pixels have exactly, and holes of exactly that area. */
    static const double ways[][3] = {
        {60, 0, 0}, {75, 80, 0}, {60, 0, 60000}, {55, 120, 30000}, {50, 100, 12500}};
    for (size_t k = 0; k < sizeof sets / sizeof *sets; k++)
        for (size_t w = 0; w < 5; w++) {
            cyt_slide s;
            cyt_tissue t;
            cyt_error err;
            const cyt_tissue_config config = {.from = CYT_TISSUE_REACH,
                                              .reach_um = ways[w][0],
                                              .close_um = ways[w][1],
                                              .fill_holes_um2 = ways[w][2]};
            sets[k](&set);
            make_slide(&s);
            assert_all(make(&s, &config, NULL, &t, &err) == CYT_OK);
            const size_t n = s.grid.n_rows * s.grid.n_cols;
            uint8_t *got = whole_raster(MPI_COMM_WORLD, &s, 1, t.inside);
            uint8_t *want = by_hand(&s, &t, &config);
            uint64_t n_want = 0;
            for (size_t i = 0; i < n; i++)
                n_want += want[i];
            assert_all(memcmp(got, want, n) == 0);
            assert_all(t.n_pixels == n_want && t.n_cells_outside == 0 && !t.is_box);
            assert_all(t.area_um2 == (double)n_want * spacing_um * spacing_um);
            free(got);
            free(want);
            cyt_tissue_free(&t);
            cyt_slide_free(&s);
        }
}

/* A hole that every strip sees a part of is one hole: filled or not as a whole. */
static void a_hole_across_strips_is_one_hole(void **state)
{
    (void)state;
    cyt_slide s;
    cyt_error err;
    uint64_t n[3];
    a_ring(&set);
    make_slide(&s);
    cyt_tissue_config config = {.from = CYT_TISSUE_REACH, .reach_um = 80};
    const double hole_um2[3] = {0, 3e5, 3e6};
    for (size_t k = 0; k < 3; k++) {
        cyt_tissue t;
        config.fill_holes_um2 = hole_um2[k];
        assert_all(make(&s, &config, NULL, &t, &err) == CYT_OK);
        n[k] = t.n_pixels;
        cyt_tissue_free(&t);
    }
    assert_all(n[0] == n[1] && n[2] > n[1] + 100);
    cyt_slide_free(&s);
}

/* --- regions ---------------------------------------------------------------------- */

/* An outline comes last in the file, under what it contains. */
static void draw(cyt_regions *r)
{
    cyt_error err = {0};
    cyt_regions_init(r, &boxes_in_um);
    add_box(r, "Tumor", 410, 420, 500, 333);
    add_box(r, "Island", 1500, 200, 201, 99);
    add_box(r, "Tissue", 210, 220, 1000, 1111);
    assert_int_equal(cyt_regions_index(r, &err), CYT_OK);
}

static cyt_names names_of(const char *a, const char *b)
{
    cyt_names names = {0};
    cyt_error err = {0};
    (void)!cyt_names_add(&names, a, strlen(a), &err);
    if (b)
        (void)!cyt_names_add(&names, b, strlen(b), &err);
    return names;
}

static void expect_regions(const cyt_slide *s, const char *a, const char *b,
                           double area_um2)
{
    cyt_regions r;
    cyt_tissue t;
    cyt_error err;
    draw(&r);
    cyt_tissue_config config = {.from = CYT_TISSUE_REGIONS, .labels = names_of(a, b)};
    assert_all(make(s, &config, &r, &t, &err) == CYT_OK);
    int good = 1;
    for (size_t i = 0; i < cyt_slide_n_rows(s) * s->grid.n_cols; i++) {
        const size_t row = cyt_slide_first_row(s) + i / s->grid.n_cols;
        const double y = s->grid.origin_y_um + ((double)row + 0.5) * spacing_um;
        const double x =
            s->grid.origin_x_um + ((double)(i % s->grid.n_cols) + 0.5) * spacing_um;
        int in = 0;
        for (size_t p = 0; p < r.n_polygons; p++)
            in |= cyt_names_find(&config.labels, r.labels.name[r.label[p]]) !=
                      CYT_NO_NAME &&
                  cyt_regions_inside(&r, p, x, y);
        good &= t.inside[i] == in;
    }
    assert_all(good);
    assert_all(
        t.area_um2 ==
        (area_um2 > 0 ? area_um2 : (double)t.n_pixels * spacing_um * spacing_um));
    assert_all(t.n_cells_outside > 0);
    cyt_names_free(&config.labels);
    cyt_tissue_free(&t);
    cyt_regions_free(&r);
}

static void regions_of_a_label_are_tissue_also_below_others(void **state)
{
    (void)state;
    cyt_slide s;
    scattered(&set);
    make_slide(&s);
    expect_regions(&s, "Tissue", NULL, 1000 * 1111);
    expect_regions(&s, "Tumor", "Island", 500 * 333 + 201 * 99);
    expect_regions(&s, "Tissue", "Tumor", 0); /* they overlap: pixels are counted */
    cyt_slide_free(&s);
}

static void without_tissue_every_rank_says_why(void **state)
{
    (void)state;
    cyt_slide s;
    cyt_tissue t;
    cyt_error err;
    cyt_regions r;
    scattered(&set);
    make_slide(&s);
    cyt_tissue_config config = {.from = CYT_TISSUE_REGIONS};
    assert_all(make(&s, &config, NULL, &t, &err) == CYT_ERR_DATA);
    assert_all(strstr(err.text, "none of the slide's has") != NULL);
    draw(&r);
    config.labels = names_of("tissue", NULL);
    assert_all(make(&s, &config, &r, &t, &err) == CYT_ERR_DATA);
    assert_all(strstr(err.text, "tissue.labels") != NULL);
    cyt_names_free(&config.labels);
    cyt_regions_free(&r);

    cyt_regions_init(&r, &boxes_in_um);
    add_box(&r, "A", -9000, -9000, 100, 100);
    assert_int_equal(cyt_regions_index(&r, &(cyt_error){0}), CYT_OK);
    assert_all(make(&s, &config, &r, &t, &err) == CYT_ERR_DATA);
    assert_all(strstr(err.text, "no pixel") != NULL && !t.inside);
    cyt_regions_free(&r);
    cyt_slide_free(&s);
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"tissue.make", "components.find", "edt.map",
                                         "mem.alloc"};
    static const cyt_tissue_config config = {.from = CYT_TISSUE_REACH,
                                             .reach_um = 60,
                                             .close_um = 60,
                                             .fill_holes_um2 = 9e4};
    cyt_slide s;
    scattered(&set);
    make_slide(&s);
    for (size_t p = 0; p < sizeof points / sizeof *points; p++)
        for (int bad = 0; bad < size; bad++) {
            cyt_tissue t;
            cyt_error err;
            cyt_fault_arm(rank == bad ? points[p] : NULL);
            const cyt_code code = make(&s, &config, NULL, &t, &err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY && err.rank == bad && !t.inside);
        }
    cyt_slide_free(&s);
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    rank = cyt_comm_rank(MPI_COMM_WORLD);
    size = cyt_comm_size(MPI_COMM_WORLD);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_box_is_every_pixel_it_touches_and_its_area_is_exact),
        cmocka_unit_test(reach_closing_and_filling_equal_brute_force),
        cmocka_unit_test(a_hole_across_strips_is_one_hole),
        cmocka_unit_test(regions_of_a_label_are_tissue_also_below_others),
        cmocka_unit_test(without_tissue_every_rank_says_why),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
