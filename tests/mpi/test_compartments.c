// SPDX-License-Identifier: BSD-3-Clause
#include "boxes.h"
#include "compartment_scene.h"
#include "flood.h"

#include "cytotaxis/density.h"
#include "cytotaxis/fault.h"

#include <math.h>

static int rank, size;
static const double spacing_um = SCENE_SPACING_UM;

/* --- from the fraction of tumour cells -------------------------------------------- */

static const cyt_tissue_config bbox = {.from = CYT_TISSUE_BBOX};
static const cyt_tissue_config reach = {.from = CYT_TISSUE_REACH, .reach_um = 60};

/* Tumour cells, type 0, lie in discs; a ring of tumour has an island of stroma. */
static void with_nests(point_set *s)
{
    scattered(s);
    for (size_t i = 0; i < s->n; i++) {
        const double x = s->x[i], y = s->y[i];
        const double ring = hypot(x - 300, y - 400);
        const int in = (ring < 230 && ring > 80) || hypot(x - 800, y - 200) < 60 ||
                       hypot(x - 750, y - 600) < 120;
        s->type[i] = in ? 0 : 1;
    }
}

/* Ragged pieces that touch at corners, on the rim too. */
static void as_noise(point_set *s)
{
    scattered(s);
    for (size_t i = 0; i < s->n; i++)
        s->type[i] = set_u(i, 51) < 0.5 ? 0 : 1;
}

static void fraction_of(scene *s, double bandwidth_um, double threshold,
                        double min_area_um2)
{
    s->config = (cyt_compartments_config){.from = CYT_COMPARTMENTS_FRACTION,
                                          .bandwidth_um = bandwidth_um,
                                          .threshold = threshold,
                                          .min_area_um2 = min_area_um2};
    add_name(&s->config.tumour, "T00000");
}

/* 1 tumour, 2 stroma, before small pieces change sides. (Cells are near everywhere
 * here, so that no density is only rounding.) */
static uint8_t *thresholded(const scene *s)
{
    cyt_error err = {0};
    const size_t n = cyt_slide_n_rows(&s->slide) * s->slide.grid.n_cols;
    double *tumour = malloc((n + 1) * sizeof *tumour);
    double *all = malloc((n + 1) * sizeof *all);
    uint8_t *code = malloc(n + 1);
    const double um = s->config.bandwidth_um;
    assert_all(cyt_density(MPI_COMM_WORLD, &s->slide, &s->plan, 0, um, tumour, &err) ==
               CYT_OK);
    assert_all(cyt_density(MPI_COMM_WORLD, &s->slide, &s->plan, CYT_ALL_TYPES, um, all,
                           &err) == CYT_OK);
    for (size_t i = 0; i < n; i++)
        code[i] = !s->tissue.inside[i]                        ? 0
                  : tumour[i] >= s->config.threshold * all[i] ? 1
                                                              : 2;
    uint8_t *whole = whole_raster(MPI_COMM_WORLD, &s->slide, 1, code);
    free(tumour);
    free(all);
    free(code);
    return whole;
}

/* Give small pieces of code @p of to the other; pieces that touch what is no tissue, or
 * the rim, stay when @p only_islands. */
static int flip_small(const scene *s, uint8_t of, int connectivity, int only_islands,
                      uint8_t *code)
{
    const cyt_grid *g = &s->slide.grid;
    const size_t n = g->n_rows * g->n_cols;
    uint8_t *mask = malloc(n), *stays = calloc(n + 1, 1);
    uint32_t *label = malloc(n * sizeof *label);
    size_t *n_of = calloc(n + 1, sizeof *n_of);
    int flipped = 0;
    for (size_t i = 0; i < n; i++)
        mask[i] = code[i] == of || (only_islands && code[i] == 0);
    flood_all(g->n_rows, g->n_cols, mask, connectivity, label);
    for (size_t i = 0; i < n; i++) {
        n_of[label[i]]++;
        stays[label[i]] |=
            only_islands && (code[i] == 0 || on_rim(&s->slide, &s->tissue, i));
    }
    for (size_t i = 0; i < n; i++)
        if (code[i] == of && !stays[label[i]] &&
            (double)n_of[label[i]] * spacing_um * spacing_um < s->config.min_area_um2) {
            code[i] = (uint8_t)(3 - of);
            flipped = 1;
        }
    free(mask);
    free(stays);
    free(label);
    free(n_of);
    return flipped;
}

static void nests_are_where_tumour_cells_prevail(void **state)
{
    (void)state;
    static const double min_area_um2[] = {0, 2000, 8000, 30000, 100000};
    int nests = 0, islands = 0;
    for (size_t k = 0; k < 20; k++) {
        scene s;
        cyt_compartments c;
        cyt_error err;
        const int noise = k >= 10;
        (noise ? as_noise : with_nests)(&set);
        make_scene(k % 2 ? &reach : &bbox, NULL, &s);
        fraction_of(&s, noise ? 25 : 50, 0.5, min_area_um2[k / 2 % 5]);
        assert_all(make(&s, &c, &err) == CYT_OK);
        uint8_t *got = whole_raster(MPI_COMM_WORLD, &s.slide, 1, c.pixel);
        uint8_t *want = thresholded(&s);
        nests |= flip_small(&s, 1, 8, 0, want);
        islands |= flip_small(&s, 2, 4, 1, want);
        assert_all(memcmp(got, want, s.slide.grid.n_rows * s.slide.grid.n_cols) == 0);
        assert_all(counts_are_right(&s, &c, got));
        assert_all(c.tumour_code == 1 && c.is_tumour[1] && !c.is_tumour[2]);
        assert_all(strcmp(c.names.name[0], "tumour") == 0 && c.names.n == 2);
        free(got);
        free(want);
        cyt_compartments_free(&c);
        free_scene(&s);
    }
    assert_true(nests && islands);
}

/* A crowd of a third type on the border of a nest. */
static void with_a_crowd(point_set *s)
{
    with_nests(s);
    for (size_t i = 0; i < s->n; i++)
        if (hypot(s->x[i] - 520, s->y[i] - 400) < 150 && set_u(i, 52) < 0.8)
            s->type[i] = 2;
}

static size_t n_off_threshold(const scene *s, const cyt_compartments *c)
{
    cyt_error err = {0};
    const size_t n = cyt_slide_n_rows(&s->slide) * s->slide.grid.n_cols;
    double *tumour = malloc((n + 1) * sizeof *tumour);
    double *all = malloc((n + 1) * sizeof *all);
    uint8_t is_in[SET_TYPES] = {1};
    uint64_t wrong = 0;
    assert_all(cyt_density_of_types(MPI_COMM_WORLD, &s->slide, &s->plan, is_in,
                                    s->config.bandwidth_um, tumour, &err) == CYT_OK);
    is_in[1] = 1;
    assert_all(cyt_density_of_types(MPI_COMM_WORLD, &s->slide, &s->plan, is_in,
                                    s->config.bandwidth_um, all, &err) == CYT_OK);
    for (size_t i = 0; i < n; i++)
        wrong += s->tissue.inside[i] &&
                 (c->pixel[i] == 1) != (tumour[i] >= s->config.threshold * all[i]);
    MPI_Allreduce(MPI_IN_PLACE, &wrong, 1, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD);
    free(tumour);
    free(all);
    return (size_t)wrong;
}

static void types_left_out_of_the_fraction_do_not_move_the_border(void **state)
{
    (void)state;
    for (int leave_out = 0; leave_out < 2; leave_out++) {
        scene s;
        cyt_compartments c;
        cyt_error err;
        with_a_crowd(&set);
        make_scene(&bbox, NULL, &s);
        fraction_of(&s, 50, 0.5, 0);
        if (leave_out)
            add_name(&s.config.among, "T00001"); /* and tumour, whether named or not */
        assert_all(make(&s, &c, &err) == CYT_OK);
        assert_true((n_off_threshold(&s, &c) == 0) == leave_out);
        cyt_compartments_free(&c);
        free_scene(&s);
    }
}

static void phi_is_negative_in_tumour_and_only_there(void **state)
{
    (void)state;
    scene s;
    cyt_compartments c;
    cyt_error err;
    int good = 1;
    with_nests(&set);
    make_scene(&reach, NULL, &s);
    fraction_of(&s, 50, 0.5, 8000);
    assert_all(make(&s, &c, &err) == CYT_OK);
    for (size_t i = 0; i < cyt_slide_n_rows(&s.slide) * s.slide.grid.n_cols; i++) {
        const float phi = c.margin_um[i];
        good &= c.pixel[i] == 0   ? isnan(phi)
                : c.pixel[i] == 1 ? phi <= -spacing_um / 2
                                  : phi >= spacing_um / 2;
    }
    for (size_t i = 0; i < s.slide.cells.n; i++)
        good &= isnan(c.cell_margin_um[i]) == (c.cell[i] == 0);
    assert_all(good);
    cyt_compartments_free(&c);
    free_scene(&s);
}

static void all_tumour_or_none_has_no_border(void **state)
{
    (void)state;
    for (uint16_t type = 0; type < 2; type++) {
        scene s;
        cyt_compartments c;
        cyt_error err;
        int good = 1;
        scattered(&set);
        for (size_t i = 0; i < set.n; i++)
            set.type[i] = type;
        make_scene(&reach, NULL, &s);
        fraction_of(&s, 50, 1, 0);
        assert_all(make(&s, &c, &err) == CYT_OK);
        assert_all(c.n_pixels[type] == s.tissue.n_pixels && c.n_pixels[1 - type] == 0);
        for (size_t i = 0; i < cyt_slide_n_rows(&s.slide) * s.slide.grid.n_cols; i++)
            good &= isnan(c.margin_um[i]);
        for (size_t i = 0; i < s.slide.cells.n; i++)
            good &= isnan(c.cell_margin_um[i]);
        assert_all(good);
        cyt_compartments_free(&c);
        free_scene(&s);
    }
}

/* Far from the cells both densities are rounding, and their ratio means nothing. */
static int is_stroma_far_away(const scene *s, const uint8_t *whole)
{
    const size_t cols = s->slide.grid.n_cols;
    int good = 1, n = 0;
    for (size_t i = 0; i < s->slide.grid.n_rows * cols; i++) {
        double nearest = HUGE_VAL;
        for (size_t k = 0; k < set.n; k++) {
            const size_t at = whole_pixel(&s->slide, set.x[k], set.y[k]);
            nearest = fmin(nearest, fabs((double)(i / cols) - (double)(at / cols)) +
                                        fabs((double)(i % cols) - (double)(at % cols)));
        }
        const int far = nearest > 20;
        good &= !far || whole[i] != 1;
        n += far;
    }
    return good && (set.n != 2 || n > 100);
}

static void slides_of_few_cells_have_compartments_too(void **state)
{
    (void)state;
    static set_maker *const few[] = {of_one_cell, of_two_cells, in_one_place,
                                     without_types};
    for (size_t k = 0; k < 4; k++) {
        scene s;
        cyt_compartments c;
        cyt_error err;
        few[k](&set);
        for (size_t i = 0; k < 2 && i < set.n; i++)
            set.type[i] = 0;
        make_scene(&bbox, NULL, &s);
        fraction_of(&s, 25, 0.3, k < 2 ? 0 : 1000);
        assert_all(make(&s, &c, &err) == CYT_OK);
        uint8_t *whole = whole_raster(MPI_COMM_WORLD, &s.slide, 1, c.pixel);
        assert_all(counts_are_right(&s, &c, whole) && is_stroma_far_away(&s, whole));
        free(whole);
        cyt_compartments_free(&c);
        free_scene(&s);
    }
}

static void none_asked_for_is_nothing_made(void **state)
{
    (void)state;
    scene s;
    cyt_compartments c;
    cyt_error err;
    scattered(&set);
    make_scene(&bbox, NULL, &s);
    assert_all(make(&s, &c, &err) == CYT_OK);
    assert_true(c.names.n == 0 && !c.pixel && !c.margin_um && c.tumour_code == 0);
    free_scene(&s);
}

/* --- from labels of cells --------------------------------------------------------- */

static uint8_t label_of(size_t i)
{
    const double u = set_u(i, 41);
    return u < 0.3 ? 0 : u < 0.5 ? 1 : u < 0.8 ? 2 : 3;
}

/* Of labelled cells of a pixel the first in the input; ties to the lowest code. */
static uint8_t nearest_label(const cyt_slide *s, const uint8_t *seed, size_t at)
{
    double least = -1;
    uint8_t label = 0;
    for (uint8_t k = 1; k <= 3; k++) {
        const double d2 = nearest_d2(&s->grid, seed, k, at);
        if (d2 >= 0 && (least < 0 || d2 < least)) {
            least = d2;
            label = k;
        }
    }
    return label;
}

static uint8_t *labels_by_hand(const scene *s)
{
    const size_t n = s->slide.grid.n_rows * s->slide.grid.n_cols;
    uint8_t *seed = calloc(n + 1, 1), *code = calloc(n + 1, 1);
    uint8_t *inside = whole_raster(MPI_COMM_WORLD, &s->slide, 1, s->tissue.inside);
    for (size_t i = set.n; i-- > 0;)
        if (label_of(i))
            seed[whole_pixel(&s->slide, set.x[i], set.y[i])] = label_of(i);
    for (size_t i = 0; i < n; i++)
        code[i] = inside[i] ? nearest_label(&s->slide, seed, i) : 0;
    free(seed);
    free(inside);
    return code;
}

static void sparse_lattice(point_set *s)
{
    on_a_lattice(s);
    s->n = 400;
}

static void half_in_pairs(point_set *s)
{
    in_coincident_pairs(s);
    s->n = 300;
}

static void label_cells(scene *s, cyt_names *labels)
{
    static const char *const names[] = {"Necrosis", "Stroma", "Tumor"};
    uint8_t *label = malloc(s->slide.cells.n + 1);
    for (size_t k = 0; k < 3; k++)
        add_name(labels, names[k]);
    for (size_t i = 0; i < s->slide.cells.n; i++)
        label[i] = label_of((size_t)s->slide.cells.index[i]);
    s->config = (cyt_compartments_config){.from = CYT_COMPARTMENTS_LABELS};
    add_name(&s->config.tumour, "Tumor");
    add_name(&s->config.tumour, "Necrosis");
    s->source.labels = labels;
    s->source.label = label;
}

static void pixels_have_the_label_of_the_nearest_labelled_cell(void **state)
{
    (void)state;
    set_maker *const sets[] = {sparse_lattice, half_in_pairs, in_one_pixel};
    for (size_t k = 0; k < 3; k++) {
        scene s;
        cyt_compartments c;
        cyt_error err;
        cyt_names labels = {0};
        sets[k](&set);
        make_scene(k == 1 ? &reach : &bbox, NULL, &s);
        label_cells(&s, &labels);
        assert_all(make(&s, &c, &err) == CYT_OK);
        uint8_t *got = whole_raster(MPI_COMM_WORLD, &s.slide, 1, c.pixel);
        uint8_t *want = labels_by_hand(&s);
        assert_all(memcmp(got, want, s.slide.grid.n_rows * s.slide.grid.n_cols) == 0);
        assert_all(counts_are_right(&s, &c, got));
        assert_all(c.tumour_code == 1 && c.is_tumour[1] && !c.is_tumour[2] &&
                   c.is_tumour[3]);
        free(got);
        free(want);
        free((void *)s.source.label);
        cyt_names_free(&labels);
        cyt_compartments_free(&c);
        free_scene(&s);
    }
}

static void no_labelled_cell_is_an_error(void **state)
{
    (void)state;
    scene s;
    cyt_compartments c;
    cyt_error err;
    cyt_names none = {0};
    scattered(&set);
    make_scene(&bbox, NULL, &s);
    uint8_t *label = calloc(s.slide.cells.n + 1, 1);
    s.config.from = CYT_COMPARTMENTS_LABELS;
    s.source.labels = &none;
    s.source.label = label;
    assert_all(make(&s, &c, &err) == CYT_ERR_DATA && !c.pixel);
    assert_all(strstr(err.text, "no cell has one") != NULL);
    free(label);
    free_scene(&s);
}

/* --- from regions ----------------------------------------------------------------- */

/* The outline of the tissue comes first in the file, over everything. */
static void draw(cyt_regions *r)
{
    cyt_error err = {0};
    cyt_regions_init(r, &boxes_in_um);
    add_box(r, "Tissue", 200, 200, 1500, 1200);
    add_box(r, "Tumor", 400, 400, 500, 500);
    add_box(r, "Stroma", 700, 400, 600, 900);
    assert_int_equal(cyt_regions_index(r, &err), CYT_OK);
}

static void outlines_of_the_tissue_are_no_compartments(void **state)
{
    (void)state;
    scene s;
    cyt_regions r;
    cyt_compartments c;
    cyt_error err;
    cyt_tissue_config outline = {.from = CYT_TISSUE_REGIONS};
    add_name(&outline.labels, "Tissue");
    scattered(&set);
    draw(&r);
    make_scene(&outline, &r, &s);
    s.config.from = CYT_COMPARTMENTS_REGIONS;
    add_name(&s.config.tumour, "Tumor");
    assert_all(make(&s, &c, &err) == CYT_OK);
    assert_all(c.names.n == 3 && strcmp(c.names.name[0], "Tumor") == 0 &&
               strcmp(c.names.name[1], "Stroma") == 0 &&
               strcmp(c.names.name[2], "other") == 0 && c.tumour_code == 1);
    int good = 1;
    const cyt_grid *g = &s.slide.grid;
    for (size_t i = 0; i < cyt_slide_n_rows(&s.slide) * g->n_cols; i++) {
        const size_t row = cyt_slide_first_row(&s.slide) + i / g->n_cols;
        const double y = g->origin_y_um + ((double)row + 0.5) * spacing_um;
        const double x = g->origin_x_um + ((double)(i % g->n_cols) + 0.5) * spacing_um;
        const int want = !cyt_regions_inside(&r, 0, x, y)  ? 0
                         : cyt_regions_inside(&r, 1, x, y) ? 1
                         : cyt_regions_inside(&r, 2, x, y) ? 2
                                                           : 3;
        good &= c.pixel[i] == want;
    }
    assert_all(good);
    uint8_t *whole = whole_raster(MPI_COMM_WORLD, &s.slide, 1, c.pixel);
    assert_all(counts_are_right(&s, &c, whole));
    free(whole);
    cyt_compartments_free(&c);
    free_scene(&s);
    cyt_names_free(&outline.labels);
    cyt_regions_free(&r);
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {
        "compartments.make", "components.find", "margin.map", "edt.map",
        "density",           "cosine.solve",    "mem.alloc"};
    scene s;
    with_nests(&set);
    make_scene(&reach, NULL, &s);
    fraction_of(&s, 50, 0.5, 8000);
    for (size_t p = 0; p < sizeof points / sizeof *points; p++)
        for (int bad = 0; bad < size; bad++) {
            cyt_compartments c;
            cyt_error err;
            cyt_fault_arm(rank == bad ? points[p] : NULL);
            const cyt_code code = make(&s, &c, &err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY && err.rank == bad && !c.pixel);
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
        cmocka_unit_test(nests_are_where_tumour_cells_prevail),
        cmocka_unit_test(types_left_out_of_the_fraction_do_not_move_the_border),
        cmocka_unit_test(phi_is_negative_in_tumour_and_only_there),
        cmocka_unit_test(all_tumour_or_none_has_no_border),
        cmocka_unit_test(slides_of_few_cells_have_compartments_too),
        cmocka_unit_test(none_asked_for_is_nothing_made),
        cmocka_unit_test(pixels_have_the_label_of_the_nearest_labelled_cell),
        cmocka_unit_test(no_labelled_cell_is_an_error),
        cmocka_unit_test(outlines_of_the_tissue_are_no_compartments),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
