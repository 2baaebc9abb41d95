// SPDX-License-Identifier: BSD-3-Clause
#include "csv_files.h"
#include "point_sets.h"
#include "slide_of.h"

#include "cytotaxis/fault.h"
#include "cytotaxis/polygon.h"
#include "cytotaxis/region_labels.h"
#include "cytotaxis/region_reader.h"

#include <math.h>
#include <string.h>

static const cyt_region_map same = {1, 0, 0, 0, 1, 0, 1};
static const double no_affine[6] = {1, 0, 0, 0, 1, 0};
static const double um_per_unit = 0.5, spacing_um = 4;
static point_set set;

/* --- labels against every edge of every polygon */

/* Stars around a few places, overlapping, some with a hole; three labels. */
static void draw_regions(cyt_regions *r)
{
    cyt_error err = {0};
    cyt_regions_init(r, &same);
    for (size_t p = 0; p < 12; p++) {
        const cyt_regions_mark mark = cyt_regions_here(r);
        const char label[] = {(char)('A' + p % 3), '\0'};
        for (int ring = 0; ring < 1 + (int)(p % 2); ring++) {
            const double size_um = ring ? 20 : 30 + 15 * (double)p;
            for (int k = 0; k < 50; k++) {
                const double u = set_u(100 * p + (size_t)k, 20), a = 0.12566 * k;
                const double far = size_um * (0.5 + 0.5 * u);
                assert_int_equal(
                    cyt_regions_vertex(r, 500 * set_u(p, 21) + far * cos(a),
                                       400 * set_u(p, 22) + far * sin(a), &err),
                    CYT_OK);
            }
            assert_int_equal(cyt_regions_end_ring(r, &err), CYT_OK);
        }
        assert_int_equal(cyt_regions_end_polygon(r, &err), CYT_OK);
        assert_int_equal(cyt_regions_label(r, mark, label, 1, &err), CYT_OK);
    }
    assert_int_equal(cyt_regions_index(r, &err), CYT_OK);
}

static int is_inside(const cyt_regions *r, size_t p, double x, double y)
{
    int odd = 0;
    for (uint32_t ring = r->first_ring[p]; ring < r->first_ring[p + 1]; ring++)
        for (uint32_t e = r->first_vertex[ring]; e + 1 < r->first_vertex[ring + 1]; e++)
            odd ^= cyt_polygon_crossings(r->x, r->y, 1, &e, x, y);
    return odd;
}

/* The label, and which others the point also has. */
static int32_t label_by_hand(const cyt_regions *r, double x, double y, int also[3])
{
    int32_t label = -1;
    memset(also, 0, 3 * sizeof *also);
    for (size_t p = 0; p < r->n_polygons; p++)
        if (is_inside(r, p, x, y)) {
            also[r->label[p]] = 1;
            label = label < 0 ? r->label[p] : label;
        }
    return label;
}

static void make_slide(cyt_slide *s)
{
    scattered(&set);
    slide_of(MPI_COMM_WORLD, set.n, set.x, set.y, set.type, SET_TYPES, um_per_unit,
             spacing_um, 0, NULL, s);
}

static void cells_have_the_first_region_that_holds_them(void **state)
{
    (void)state;
    cyt_slide s;
    cyt_regions r;
    cyt_error err = {0};
    make_slide(&s);
    draw_regions(&r);
    int32_t *label = malloc((s.cells.n + 1) * sizeof *label);
    uint64_t n_cells[3], shared[9], want_n[3] = {0}, want_shared[9] = {0};
    int also[3], good = 1;
    assert_all(cyt_region_label_cells(MPI_COMM_WORLD, &s, &r, label, n_cells, shared,
                                      &err) == CYT_OK);
    for (size_t i = 0; i < s.cells.n; i++)
        good &= label[i] == label_by_hand(&r, s.cells.x[i] * um_per_unit,
                                          s.cells.y[i] * um_per_unit, also);
    for (size_t i = 0; i < set.n; i++) {
        const int32_t k =
            label_by_hand(&r, set.x[i] * um_per_unit, set.y[i] * um_per_unit, also);
        if (k < 0)
            continue;
        want_n[k]++;
        for (int32_t o = 0; o < 3; o++)
            want_shared[3 * k + o] += o != k && also[o];
    }
    assert_all(good);
    assert_all(memcmp(n_cells, want_n, sizeof want_n) == 0 && want_n[2] > 0);
    assert_all(memcmp(shared, want_shared, sizeof shared) == 0 && shared[1] > 0);
    free(label);
    cyt_regions_free(&r);
    cyt_slide_free(&s);
}

static void pixels_have_the_region_of_their_centre(void **state)
{
    (void)state;
    cyt_slide s;
    cyt_regions r;
    cyt_error err = {0};
    make_slide(&s);
    draw_regions(&r);
    const size_t rows = cyt_slide_n_rows(&s), cols = s.grid.n_cols;
    uint8_t *pixel = malloc(rows * cols + 1);
    uint64_t n_shared;
    int also[3], good = 1;
    assert_all(cyt_region_label_pixels(&s, &r, NULL, pixel, &n_shared, &err) == CYT_OK);
    for (size_t i = 0; i < rows * cols; i++) {
        const double row = (double)(cyt_slide_first_row(&s) + i / cols) + 0.5;
        const double x = s.grid.origin_x_um + ((double)(i % cols) + 0.5) * spacing_um;
        const double y = s.grid.origin_y_um + row * spacing_um;
        good &= pixel[i] == label_by_hand(&r, x, y, also) + 1;
    }
    assert_all(good);
    free(pixel);
    cyt_regions_free(&r);
    cyt_slide_free(&s);
}

/* --- files */

enum { N_SQUARES = 4000, LONG = 1 << 20 };

/* Squares in a row, with other shapes between, longer than any block. */
static size_t write_squares(char *text)
{
    char *at = text;
    at += sprintf(at, "{\"type\":\"FeatureCollection\",\"features\":[");
    for (int k = 0; k < N_SQUARES; k++)
        at += sprintf(at,
                      "%s\n{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\","
                      "\"coordinates\":[[[%d,0],[%d.5,0],[%d.5,1],[%d,1]]]},"
                      "\"properties\":{\"objectType\":\"%s\",\"name\":\"\xC3\xA9%d\"}}",
                      k ? "," : "", k, k, k, k, k % 4 ? "annotation" : "cell", k % 7);
    at += sprintf(at, "]}\n");
    return (size_t)(at - text);
}

static cyt_region_source source_of_regions(const char *name, double um_per_px)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return (cyt_region_source){"S07", path, name, um_per_px, no_affine};
}

static void every_rank_has_what_the_file_holds(void **state)
{
    (void)state;
    char *text = malloc(LONG);
    const size_t n = write_squares(text);
    for (enum packing p = 0; p < N_PACKINGS; p++) {
        cyt_regions r;
        cyt_error err = {0};
        double area[7];
        put_packed(p, text, n);
        const cyt_region_source source = source_of_regions(names[p], 2);
        assert_all(cyt_regions_read(MPI_COMM_WORLD, &source, &r, &err) == CYT_OK);
        assert_all(r.n_polygons == N_SQUARES / 4 * 3 && r.labels.n == 7);
        assert_all(strcmp(r.labels.name[0], "\xC3\xA9"
                                            "1") == 0);
        int good = rank != 0 || r.skips.objects == N_SQUARES / 4;
        for (int k = 0; k < N_SQUARES; k++) {
            const uint32_t *near;
            const double x = 2 * k + 0.25;
            size_t found = 0, near_n = cyt_regions_near(&r, 1, &near);
            for (size_t i = 0; i < near_n && k % 97 == 0; i++)
                found += (size_t)cyt_regions_inside(&r, near[i], x, 1);
            good &= k % 97 || found == (k % 4 != 0);
        }
        cyt_regions_areas(&r, area);
        double all = 0;
        for (int k = 0; k < 7; k++)
            all += area[k];
        assert_all(good && all == N_SQUARES / 4 * 3 * 2);
        cyt_regions_free(&r);
    }
    free(text);
}

static void expect_refusal(const char *name, double um_per_px, cyt_code want,
                           const char *sentence)
{
    cyt_regions r;
    cyt_error err = {0};
    const cyt_region_source source = source_of_regions(name, um_per_px);
    const cyt_code code = cyt_regions_read(MPI_COMM_WORLD, &source, &r, &err);
    if (code != want || !strstr(err.text, sentence))
        fail_msg("%s: %d, %s", sentence, (int)code, err.text);
    assert_all(err.rank == 0);
    cyt_regions_free(&r);
    cyt_problems problems = {0};
    err = (cyt_error){0};
    assert_all(cyt_regions_check(&source, "sheet.csv:2", &problems, &err) == CYT_OK);
    assert_all(problems.n == 1 && problems.item[0].code == want &&
               strstr(problems.item[0].text, sentence));
    cyt_problems_free(&problems);
}

static void what_cannot_be_read_is_refused_alike_everywhere(void **state)
{
    (void)state;
    static const char point[] = "{\"type\":\"Point\",\"coordinates\":[1,2]}";
    char *text = malloc(LONG);
    const size_t n = write_squares(text);
    expect_refusal("nowhere", 1, CYT_ERR_NO_INPUT, "nowhere: cannot open");
    put(names[PLAIN], " \n", 2);
    expect_refusal(names[PLAIN], 1, CYT_ERR_DATA, "cells.csv is empty");
    put(names[PLAIN], "cell_id,a,b\n", 12);
    expect_refusal(names[PLAIN], 1, CYT_ERR_DATA, "cells.csv is no file of regions");
    put(names[PLAIN], point, sizeof point - 1);
    expect_refusal(
        names[PLAIN], 1, CYT_ERR_DATA,
        "cells.csv holds no region; passed over: 1 points, lines or the like");
    expect_refusal(names[PLAIN], NAN, CYT_ERR_CONFIG, "give regions_um_per_px");
    text[n / 2] = '\x01';
    put_packed(ZST, text, n);
    expect_refusal(names[ZST], 1, CYT_ERR_DATA, "cells.csv.zst:2");
    const size_t packed = put_packed(GZIP, text, 1000);
    if (rank == 0)
        assert_int_equal(truncate(path_of(names[GZIP]), (off_t)packed - 20), 0);
    MPI_Barrier(MPI_COMM_WORLD);
    expect_refusal(names[GZIP], 1, CYT_ERR_DATA, "truncated");
    free(text);
}

#ifdef CYT_FAULTS
static cyt_code read_and_label(const cyt_slide *s, cyt_error *err)
{
    cyt_regions r;
    const cyt_region_source source = source_of_regions(names[PLAIN], 1);
    uint64_t n_cells[7], shared[49];
    int32_t *label = malloc((s->cells.n + 1) * sizeof *label);
    cyt_code code = cyt_regions_read(MPI_COMM_WORLD, &source, &r, err);
    if (code == CYT_OK)
        code =
            cyt_region_label_cells(MPI_COMM_WORLD, s, &r, label, n_cells, shared, err);
    cyt_regions_free(&r);
    free(label);
    return code;
}

static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"regions.read", "regions.cells", "mem.alloc"};
    char *text = malloc(LONG);
    cyt_slide s;
    put(names[PLAIN], text, write_squares(text));
    make_slide(&s);
    for (size_t p = 0; p < 3; p++)
        for (int bad = 0; bad < (p == 0 ? 1 : size); bad++) {
            cyt_error err = {0};
            cyt_fault_arm(rank == bad ? points[p] : NULL);
            const cyt_code code = read_and_label(&s, &err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
        }
    cyt_error err = {0};
    assert_all(read_and_label(&s, &err) == CYT_OK);
    cyt_slide_free(&s);
    free(text);
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_have_the_first_region_that_holds_them),
        cmocka_unit_test(pixels_have_the_region_of_their_centre),
        cmocka_unit_test(every_rank_has_what_the_file_holds),
        cmocka_unit_test(what_cannot_be_read_is_refused_alike_everywhere),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, make_folder, remove_folder);
    MPI_Finalize();
    return failed;
}
