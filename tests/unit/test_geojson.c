// SPDX-License-Identifier: BSD-3-Clause
#include "read/regions/region_formats.h"
#include "read/text/json_pull.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const cyt_region_map same = {1, 0, 0, 0, 1, 0, 1};

static cyt_code read_text(const char *text, size_t n, cyt_regions *regions,
                          cyt_error *err)
{
    cyt_cursor in = {.shown = "r.geojson", .sample = "S07"};
    cyt_regions_init(regions, &same);
    assert_int_equal(cyt_cursor_init(&in, NULL, text, n, err), CYT_OK);
    const cyt_code code = cyt_geojson_read(&in, regions, err);
    cyt_cursor_free(&in);
    return code;
}

static cyt_regions read_good(const char *text)
{
    cyt_regions regions;
    cyt_error err = {0};
    if (read_text(text, strlen(text), &regions, &err) != CYT_OK)
        fail_msg("%s: %s", text, err.text);
    return regions;
}

#define SQUARE  "[[[0,0],[4,0],[4,4],[0,4],[0,0]]]"
#define POLYGON "{\"type\":\"Polygon\",\"coordinates\":" SQUARE "}"
#define FEATURE(properties)                                                            \
    "{\"type\":\"Feature\",\"geometry\":" POLYGON ",\"properties\":" properties "}"

/* The labels of all polygons in order, with commas. */
static void expect_labels(const char *text, const char *want)
{
    char got[1024] = "";
    cyt_regions r = read_good(text);
    for (size_t p = 0, at = 0; p < r.n_polygons; p++)
        at += (size_t)snprintf(got + at, sizeof got - at, "%s%s", p ? "," : "",
                               r.labels.name[r.label[p]]);
    assert_string_equal(got, want);
    cyt_regions_free(&r);
}

static void all_forms_of_a_document_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text, *labels;
    } all[] = {
        {"{\"type\":\"FeatureCollection\",\"features\":[" FEATURE("{}") "]}",
         "unclassified"},
        {"[" FEATURE("{\"name\":\"A\"}") "," FEATURE("null") "]", "A,unclassified"},
        {FEATURE("{\"name\":\"A\"}"), "A"},
        {POLYGON, "unclassified"},
        {"[" POLYGON "]", "unclassified"},
        {"{\"geometries\":[" POLYGON "," POLYGON "],\"type\":\"GeometryCollection\"}",
         "unclassified,unclassified"},
        {"{\"type\":\"Feature\",\"properties\":{\"name\":\"G\"},\"geometry\":{\"type\":"
         "\"GeometryCollection\",\"geometries\":[" POLYGON
         ",{\"type\":\"Point\",\"coordinates\":[1,2]}," POLYGON "]}}",
         "G,G"},
        {"{\"coordinates\":[" SQUARE "," SQUARE "],\"type\":\"MultiPolygon\"}",
         "unclassified,unclassified"},
        {"\xEF\xBB\xBF \t\r\n" POLYGON " \n", "unclassified"},
        {"{\"type\":\"FeatureCollection\",\"features\":[]}", ""},
        {"[]", ""},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        expect_labels(all[i].text, all[i].labels);
}

static void labels_come_from_the_class_then_the_name(void **state)
{
    (void)state;
    expect_labels(
        FEATURE("{\"objectType\":\"annotation\",\"name\":\"mine\","
                "\"classification\":{\"name\":\"Tumor\",\"color\":[200,0,0]}}"),
        "Tumor");
    expect_labels(FEATURE("{\"classification\":{\"colorRGB\":-65536,\"name\":\"T\"},"
                          "\"isLocked\":false,\"measurements\":[]}"),
                  "T");
    expect_labels(FEATURE("{\"classification\":\"Stroma\",\"name\":\"mine\"}"),
                  "Stroma");
    expect_labels(FEATURE("{\"classification\":null,\"name\":\"mine\"}"), "mine");
    expect_labels(FEATURE("{\"classification\":{\"names\":[\"Tumor\",\"Positive\"]}}"),
                  "Tumor: Positive");
    expect_labels(FEATURE("{\"classification\":{},\"name\":\"\"}"), "unclassified");
    expect_labels(FEATURE("{\"name\":null,\"classification\":7}"), "unclassified");
    expect_labels(FEATURE("{\"name\":\"\\u00e9\\ud83d\\ude00 \\\"x\\\" \\/\"}"),
                  "\xC3\xA9\xF0\x9F\x98\x80 \"x\" /");
    expect_labels(FEATURE("{\"measurements\":[{\"name\":\"a\",\"value\":NaN},"
                          "{\"name\":\"b\",\"value\":-Infinity}],\"name\":\"A\"}"),
                  "A");
}

static void detections_points_and_lines_are_passed_over_and_counted(void **state)
{
    (void)state;
    cyt_regions r = read_good("[" FEATURE("{\"objectType\":\"detection\"}") "," FEATURE(
        "{\"objectType\":"
        "\"cell\",\"name\":"
        "\"c\"}") "," FEATURE("{\"objectType\":"
                              "\"tile\"}") ","
                                           "{\"type\":\"Feature\",\"id\":"
                                           "\"PathCellObject\","
                                           "\"nucleusGeometry\":" POLYGON
                                           ",\"geometry\":" POLYGON "},"
                                           "{\"type\":\"Feature\",\"id\":"
                                           "\"PathAnnotationObject\","
                                           "\"geometry\":" POLYGON
                                           ",\"properties\":{\"name\":\"kept\"}},"
                                           "{\"type\":\"Feature\",\"geometry\":null,"
                                           "\"properties\":null},"
                                           "{\"type\":\"Point\",\"coordinates\":[1,2,3]"
                                           "},"
                                           "{\"type\":\"MultiPoint\",\"coordinates\":[["
                                           "1,2],[3,4],[5,7]]}"
                                           ","
                                           "{\"type\":\"LineString\",\"coordinates\":[["
                                           "1,2],[3,4],[5,7]]}"
                                           ","
                                           "{\"type\":\"MultiLineString\","
                                           "\"coordinates\":[[[1,2],[3,4],["
                                           "5,7]]]},"
                                           "{\"type\":\"Polygon\",\"coordinates\":[]},"
                                           "{\"type\":\"Polygon\",\"coordinates\":[[[1,"
                                           "1],[2,2],[1,1],[2,"
                                           "2]]]}]");
    char text[CYT_SKIPS_SHOWN];
    assert_int_equal(r.n_polygons, 1);
    assert_string_equal(r.labels.name[0], "kept");
    assert_int_equal(r.n_vertices, 5);
    assert_string_equal(cyt_region_skips_text(&r.skips, text),
                        "4 detections, cells or tiles, 4 points, lines or the like, 1 "
                        "polygons without an inside");
    cyt_regions_free(&r);
}

static void rings_close_holes_count_and_dots_vanish(void **state)
{
    (void)state;
    cyt_regions r = read_good(
        "{\"type\":\"MultiPolygon\",\"coordinates\":["
        "[[[0,0],[10,0],[10,10],[0,10]],[[2,2],[2,4],[4,4],[4,2],[2,2]],[[9,9],[9,9]]],"
        "[[[5,5],[5,5],[5,5]],[[6,6],[7,6],[7,7]]],"
        "[[[20,0.5,7,8],[22e0,5E-1],[2.2e+1,2.5]]]]}");
    double area[1];
    assert_int_equal(r.n_polygons, 2);
    assert_int_equal(r.n_rings, 3);
    assert_int_equal(r.n_vertices, 5 + 5 + 4);
    cyt_regions_areas(&r, area);
    assert_true(area[0] == 96 + 2);
    cyt_error err = {0};
    assert_int_equal(cyt_regions_index(&r, &err), CYT_OK);
    assert_true(cyt_regions_inside(&r, 0, 1, 1) && !cyt_regions_inside(&r, 0, 3, 3));
    assert_true(cyt_regions_inside(&r, 1, 21.9, 1) &&
                !cyt_regions_inside(&r, 1, 20, 2));
    cyt_regions_free(&r);
}

static void coordinates_pass_the_affine_map_and_then_the_scale(void **state)
{
    (void)state;
    const cyt_region_map map = {0, 2, 10, -1, 0, 5, 0.5};
    cyt_cursor in = {.shown = "r", .sample = "S"};
    cyt_regions r;
    cyt_error err = {0};
    double area[1];
    cyt_regions_init(&r, &map);
    assert_int_equal(cyt_cursor_init(&in, NULL, POLYGON, strlen(POLYGON), &err),
                     CYT_OK);
    assert_int_equal(cyt_geojson_read(&in, &r, &err), CYT_OK);
    assert_true(r.x[1] == 5 && r.y[1] == 0.5); /* of (4, 0) */
    assert_true(r.x[2] == 9 && r.y[2] == 0.5);
    cyt_regions_areas(&r, area);
    assert_true(area[0] == 16 * 2 * 0.25);
    cyt_regions_free(&r);
    cyt_cursor_free(&in);
}

static void a_map_that_leads_nowhere_is_refused(void **state)
{
    (void)state;
    const cyt_region_map maps[] = {{1e300, 0, 0, 0, 1, 0, 1e300},
                                   {1, 0, 0, 0, 1e16, 0, 1}};
    for (size_t k = 0; k < 2; k++) {
        cyt_cursor in = {.shown = "r.geojson", .sample = "S"};
        cyt_regions r;
        cyt_error err = {0};
        cyt_regions_init(&r, &maps[k]);
        assert_int_equal(cyt_cursor_init(&in, NULL, POLYGON, strlen(POLYGON), &err),
                         CYT_OK);
        assert_int_equal(cyt_geojson_read(&in, &r, &err), CYT_ERR_DATA);
        assert_string_equal(
            err.text,
            k == 0 ? "r.geojson:1:41: (4, 0) lies at (inf, 0) um, which is not on a "
                     "slide; "
                     "check regions_um_per_px and regions_affine"
                   : "r.geojson:1:47: (4, 4) lies at (4, 4e+16) um, which is not on a "
                     "slide; check regions_um_per_px and regions_affine");
        cyt_regions_free(&r);
        cyt_cursor_free(&in);
    }
}

/* --- what is refused, and how it is told */

#define P(coordinates) "{\"type\":\"Polygon\",\"coordinates\":" coordinates "}"

static const struct {
    const char *text, *want;
} faults[] = {
    {"", "1:1: a value is wanted, not the end of the file"},
    {"[", "1:2: a value is wanted, not the end of the file"},
    {"[1,]", "1:2: an object of GeoJSON is wanted, not a number"},
    {"{\"a\":[1,]}", "1:9: a value is wanted, not ']'"},
    {"{\"a\":1,}", "1:8: a key in quotes is wanted, not '}'"},
    {"{a:1}", "1:2: a key in quotes is wanted, not 'a'"},
    {"{\"a\" 1}", "1:6: ':' behind a key is wanted, not '1'"},
    {"{\"a\":1 \"b\":2}", "1:8: ',' or '}' is wanted, not '\"'"},
    {"{\"a\":[1 2]}", "1:9: ',' or ']' is wanted, not '2'"},
    {"{\"a\":[1}", "1:8: ',' or ']' is wanted, not '}'"},
    {"{\n  \"a\": tru\n}", "2:8: unknown word \"tru\""},
    {"{\"a\":nan}", "1:6: unknown word \"nan\""},
    {"{\"a\":'x'}", "1:6: a value is wanted, not '''"},
    {"{\"a\":/*c*/1}", "1:6: a value is wanted, not '/'"},
    {"{\"a\":01}", "1:6: \"01\" has a leading zero"},
    {"{\"a\":-}", "1:6: \"-\" has no digits"},
    {"{\"a\":+1}", "1:6: \"+1\" has no digits"},
    {"{\"a\":.5}", "1:6: \".5\" has no digits"},
    {"{\"a\":1.}", "1:6: \"1.\" has no digits behind the point"},
    {"{\"a\":1e}", "1:6: \"1e\" has no digits in its exponent"},
    {"{\"a\":1e+}", "1:6: \"1e+\" has no digits in its exponent"},
    {"{\"a\":0x10}", "1:6: \"0x10\" is not a number"},
    {"{\"a\":1.2.3}", "1:6: \"1.2.3\" is not a number"},
    {"{\"a\":\"x", "1:6: a text begins here and is never closed"},
    {"{\"a\":\"x\ny\"}",
     "1:8: the end of the line inside a text; write it as an escape"},
    {"{\"a\":\"\x07\"}", "1:7: byte 0x07 inside a text; write it as an escape"},
    {"{\"a\":\"\\x\"}", "1:7: a backslash before 'x' means nothing"},
    {"{\"a\":\"\\", "1:7: a backslash before the end of the file means nothing"},
    {"{\"a\":\"\\u12g4\"}", "1:11: a hexadecimal digit behind \\u is wanted, not 'g'"},
    {"{\"a\":\"\\ud83d\"}", "1:7: half of a surrogate pair"},
    {"{\"a\":\"\\ud83d\\n\"}", "1:7: half of a surrogate pair"},
    {"{\"a\":\"\\ud83d\\u0041\"}", "1:7: half of a surrogate pair"},
    {"{\"a\":\"\\ude00\"}", "1:7: half of a surrogate pair"},
    {"{\"a\":\"\xC3(\"}", "1:8: '(' is not UTF-8 here; save the file as UTF-8"},
    {"{\"a\":\"\xB5m\"}", "1:7: byte 0xB5 is not UTF-8 here; save the file as UTF-8"},
    {"{\"a\":\"\xED\xA0\x80\"}",
     "1:8: byte 0xA0 is not UTF-8 here; save the file as UTF-8"},
    {"{\"a\":\"\xC0\xAF\"}",
     "1:7: byte 0xC0 is not UTF-8 here; save the file as UTF-8"},
    {"{\"a\":\"\xF4\x90\x80\x80\"}",
     "1:8: byte 0x90 is not UTF-8 here; save the file as UTF-8"},
    {POLYGON "{", "1:67: nothing more is wanted, not '{'"},
    {"7", "1:1: an object of GeoJSON is wanted, not a number"},
    {"\"Polygon\"", "1:1: an object of GeoJSON is wanted, not a text"},
    {"{}", "1:1: an object without \"type\"; GeoJSON has one in each"},
    {"[\n null]", "2:2: an object of GeoJSON is wanted, not null"},
    {"{\"type\":7}", "1:9: \"type\" is a text, not a number"},
    {"{\"type\":\"Topology\"}", "1:9: GeoJSON has no type \"Topology\""},
    {"{\"type\":\"FeatureCollection\",\"features\":{}}",
     "1:40: a list of objects is wanted, not an object"},
    {"{\"type\":\"Feature\",\"geometry\":[]}",
     "1:30: an object of GeoJSON is wanted, not an array"},
    {"{\"type\":\"Feature\",\"coordinates\":[1,2]}",
     "1:1: \"coordinates\" in an object that is no geometry"},
    {"{\"type\":\"Polygon\"}", "1:1: a polygon without \"coordinates\""},
    {"{\"coordinates\":[],\"coordinates\":[]}", "1:33: \"coordinates\" a second time"},
    {"{\"coordinates\":{}}", "1:16: \"coordinates\" is a list, not an object"},
    {P("[[0,0],[1,0],[1,1]]"),
     "1:1: the coordinates of this Polygon nest 2 deep instead of 3"},
    {P("[" SQUARE "]"),
     "1:1: the coordinates of this Polygon nest 4 deep instead of 3"},
    {"{\"type\":\"MultiPolygon\",\"coordinates\":" SQUARE "}",
     "1:1: the coordinates of this MultiPolygon nest 3 deep instead of 4"},
    {P("[[[[[1,2]]]]]"), "1:36: coordinates nest deeper than those of a MultiPolygon"},
    {P("[[[1,2],]]"), "1:41: a value is wanted, not ']'"},
    {P("[[[1,2] [3,4]]]"), "1:41: ',' or ']' is wanted, not '['"},
    {P("[[[1,2]"), "1:40: ',' or ']' is wanted, not '}'"},
    {P("[[[1]]]"), "1:35: a position of one number; x and y are wanted"},
    {P("[[[1,\"2\"]]]"), "1:38: a position is made of numbers, not a text"},
    {P("[[[1,[2]]]]"), "1:38: a position is made of numbers, not an array"},
    {P("[[[1,null]]]"), "1:38: a position is made of numbers, not null"},
    {P("[[[1,2],3]]"), "1:41: a number beside a list in coordinates"},
    {P("[[[1,2],[[3,4]]]]"), "1:41: lists of different depth in coordinates"},
    {P("[[[1,1e999]]]"), "1:38: 1e999 is no coordinate of a slide"},
    {P("[[[-1e13,1]]]"), "1:36: -1e13 is no coordinate of a slide"},
    {P("[[[1,NaN]]]"), "1:38: NaN is no coordinate of a slide"},
    {P("[[[1,-Infinity]]]"), "1:38: -Infinity is no coordinate of a slide"},
    {FEATURE("{\"name\":\"a\\nb\"}"),
     "1:1: the name of a region \"a?b\" is no name: one line of at most 200 bytes"},
    {FEATURE("{\"name\":\"\\u0000\"}"),
     "1:1: the name of a region \"?\" is no name: one line of at most 200 bytes"},
};

static void each_fault_is_told_with_line_and_column(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        cyt_regions r;
        cyt_error err = {0};
        char want[512];
        snprintf(want, sizeof want, "r.geojson:%s", faults[i].want);
        const cyt_code code =
            read_text(faults[i].text, strlen(faults[i].text), &r, &err);
        if (code != CYT_ERR_DATA || strcmp(err.text, want) != 0)
            fail_msg("%s: code %d: %s, not %s", faults[i].text, (int)code, err.text,
                     want);
        assert_string_equal(err.subject, "S07");
        cyt_regions_free(&r);
    }
}

/* A prefix of a document is no document. */
static void every_truncation_is_refused(void **state)
{
    (void)state;
    static const char text[] = "{\"type\":\"FeatureCollection\",\"features\":[" FEATURE(
        "{\"name\":\"\\ud83d\\ude00\xC3\xA9\",\"x\":[1.5e+3,true,null]}") "]}";
    for (size_t n = 0; n + 1 < sizeof text; n++) {
        cyt_regions r;
        cyt_error err = {0};
        char *copy = malloc(n + 1); /* so that a sanitizer sees a step too far */
        memcpy(copy, text, n);
        assert_int_equal(read_text(copy, n, &r, &err), CYT_ERR_DATA);
        free(copy);
        cyt_regions_free(&r);
    }
}

static void what_nests_too_deep_is_refused_at_once(void **state)
{
    (void)state;
    static const char *const opens[] = {"[", "{\"a\":",
                                        "{\"type\":\"GeometryCollection\","
                                        "\"geometries\":["};
    for (size_t k = 0; k < 3; k++) {
        const size_t each = strlen(opens[k]), n = 100000 * each;
        char *text = malloc(n);
        for (size_t i = 0; i < n; i += each)
            memcpy(text + i, opens[k], each);
        cyt_regions r;
        cyt_error err = {0};
        assert_int_equal(read_text(text, n, &r, &err), CYT_ERR_DATA);
        if (k > 0)
            assert_non_null(strstr(err.text, "nested deeper than 64"));
        cyt_regions_free(&r);
        free(text);
    }
}

static void long_texts_and_numbers_are_bounded(void **state)
{
    (void)state;
    enum { LONG = 5000 };
    char text[2 * LONG], digits[LONG + 1] = {0};
    cyt_regions r;
    cyt_error err = {0};
    memset(digits, '7', LONG);
    /* A long text that nobody wants is passed over; as a name it is refused. */
    snprintf(text, sizeof text, "{\"type\":\"Feature\",\"x\":\"%s\",\"geometry\":%s}",
             digits, POLYGON);
    r = read_good(text);
    assert_int_equal(r.n_polygons, 1);
    cyt_regions_free(&r);
    snprintf(text, sizeof text, FEATURE("{\"name\":\"%s\"}"), digits);
    assert_int_equal(read_text(text, strlen(text), &r, &err), CYT_ERR_DATA);
    assert_string_equal(err.text, "r.geojson:1:118: a name of more than 1024 bytes");
    cyt_regions_free(&r);
    err = (cyt_error){0};
    snprintf(text, sizeof text, FEATURE("{\"x\":%s}"), digits);
    assert_int_equal(read_text(text, strlen(text), &r, &err), CYT_ERR_DATA);
    assert_string_equal(err.text,
                        "r.geojson:1:115: a number or word of more than 1024 bytes");
    cyt_regions_free(&r);
    /* A thousand digits are a number. */
    digits[1000] = '\0';
    snprintf(text, sizeof text, P("[[[0.%s,0],[1,0],[1,1]]]"), digits);
    r = read_good(text);
    assert_true(r.x[0] == 7.0 / 9.0);
    cyt_regions_free(&r);
}

static void names_beyond_255_are_refused(void **state)
{
    (void)state;
    char *text = malloc(256 * 200), *at = text;
    cyt_regions r;
    cyt_error err = {0};
    for (int k = 0; k < 256; k++)
        at += sprintf(at, "%s" FEATURE("{\"name\":\"n%d\"}"), k ? ",\n" : "[\n", k);
    memcpy(at, "]", 2);
    assert_int_equal(read_text(text, strlen(text), &r, &err), CYT_ERR_DATA);
    assert_string_equal(err.text,
                        "r.geojson:257:1: region \"n255\" is one name more "
                        "than the 255 that can be told apart; give regions of "
                        "a kind the same class");
    cyt_regions_free(&r);
    free(text);
}

/* --- a file that QuPath wrote; areas by shapely 2.2.0, points in polygons likewise */

static const char *real_file(void)
{
    static char path[1024];
    const char *data = getenv("CYTOTAXIS_DATA");
    snprintf(path, sizeof path, "%s/formats/qupath_dlup/qupath05.geojson",
             data ? data : CYT_SHARED_DATA);
    return access(path, R_OK) == 0 ? path : NULL;
}

static size_t count_lattice(const cyt_regions *r, size_t p)
{
    size_t n = 0;
    for (int i = 0; i < 171; i++)
        for (int k = 0; k < 114; k++)
            n += (size_t)cyt_regions_inside(r, p, 8184.257 + 10 * i, 5424.293 + 10 * k);
    return n;
}

static void a_file_of_qupath_has_the_areas_and_points_of_shapely(void **state)
{
    (void)state;
    static const size_t points[] = {513, 716, 460};
    const char *path = real_file();
    if (!path) {
        print_message("SKIPPED: formats/qupath_dlup/qupath05.geojson is not there (set "
                      "CYTOTAXIS_DATA)\n");
        skip();
        return;
    }
    cyt_text_stream *stream;
    cyt_cursor in = {.shown = "qupath05.geojson", .sample = "S"};
    cyt_regions r;
    cyt_error err = {0};
    double area[2];
    cyt_regions_init(&r, &same);
    assert_int_equal(cyt_text_open(path, "q", "S", &stream, &err), CYT_OK);
    assert_int_equal(cyt_cursor_init(&in, stream, NULL, 0, &err), CYT_OK);
    assert_int_equal(cyt_geojson_read(&in, &r, &err), CYT_OK);
    assert_int_equal(cyt_regions_index(&r, &err), CYT_OK);
    assert_int_equal(r.n_polygons, 3);
    assert_int_equal(r.labels.n, 2);
    assert_string_equal(r.labels.name[0], "UT");
    assert_string_equal(r.labels.name[1], "I");
    cyt_regions_areas(&r, area);
    assert_true(area[0] == 51687.5 && area[1] == 71159.0 + 46151.5);
    for (size_t p = 0; p < 3; p++)
        assert_int_equal(count_lattice(&r, p), points[p]);
    cyt_regions_free(&r);
    cyt_cursor_free(&in);
    cyt_text_close(stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_forms_of_a_document_are_read),
        cmocka_unit_test(labels_come_from_the_class_then_the_name),
        cmocka_unit_test(detections_points_and_lines_are_passed_over_and_counted),
        cmocka_unit_test(rings_close_holes_count_and_dots_vanish),
        cmocka_unit_test(coordinates_pass_the_affine_map_and_then_the_scale),
        cmocka_unit_test(a_map_that_leads_nowhere_is_refused),
        cmocka_unit_test(each_fault_is_told_with_line_and_column),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(what_nests_too_deep_is_refused_at_once),
        cmocka_unit_test(long_texts_and_numbers_are_bounded),
        cmocka_unit_test(names_beyond_255_are_refused),
        cmocka_unit_test(a_file_of_qupath_has_the_areas_and_points_of_shapely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
