// SPDX-License-Identifier: BSD-3-Clause
#include "read/regions/region_formats.h"
#include "read/text/xml_pull.h"
#include "text_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const cyt_region_map same = {1, 0, 0, 0, 1, 0, 1};

typedef cyt_code (*read_function)(cyt_cursor *in, cyt_regions *r, cyt_error *err);

static cyt_code read_text(read_function read, const char *text, size_t n,
                          cyt_regions *regions, cyt_error *err)
{
    cyt_cursor in = {.shown = "r.xml", .sample = "S07"};
    char *copy = malloc(n + 1); /* so that a sanitizer sees a step too far */
    memcpy(copy, text, n);
    cyt_regions_init(regions, &same);
    assert_int_equal(cyt_cursor_init(&in, NULL, copy, n, err), CYT_OK);
    const cyt_code code = read(&in, regions, err);
    cyt_cursor_free(&in);
    free(copy);
    return code;
}

static cyt_regions read_good(read_function read, const char *text)
{
    cyt_regions regions;
    cyt_error err = {0};
    if (read_text(read, text, strlen(text), &regions, &err) != CYT_OK)
        fail_msg("%s: %s", text, err.text);
    return regions;
}

typedef struct fault {
    const char *text, *want;
} fault;

static void expect_faults(read_function read, const fault *faults, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        cyt_regions r;
        cyt_error err = {0};
        char want[512];
        snprintf(want, sizeof want, "r.xml:%s", faults[i].want);
        const cyt_code code =
            read_text(read, faults[i].text, strlen(faults[i].text), &r, &err);
        if (code != CYT_ERR_DATA || strcmp(err.text, want) != 0)
            fail_msg("%s: code %d: %s, not %s", faults[i].text, (int)code, err.text,
                     want);
        assert_string_equal(err.subject, "S07");
        cyt_regions_free(&r);
    }
}

/* --- HALO */

#define V(x, y)            "<V X=\"" #x "\" Y=\"" #y "\"/>"
#define REGION(more, list) "<Region " more "><Vertices>" list "</Vertices></Region>"
#define LAYER(name, regions)                                                           \
    "<Annotation Name=\"" name "\"><Regions>" regions "</Regions></Annotation>"
#define FILE_OF(layers) "<Annotations>" layers "</Annotations>"
#define SQUARE          V(0, 0) V(10, 0) V(10, 10) V(0, 10)
#define INNER           V(2, 2) V(4, 2) V(4, 4) V(2, 4)

static void layers_of_halo_become_labels(void **state)
{
    (void)state;
    cyt_regions r = read_good(
        cyt_halo_read,
        "\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<!-- a > b --c -->"
        "<?pi <x> ?>\n<Annotations>\n <Annotation LineColor='255' Name='T &amp; "
        "&#xE9;&lt;&#66;' Visible = \"True\" >\n  <Regions>"
        "<Region Type=\"Polygon\" HasEndcaps=\"0\" NegativeROA=\"0\">"
        "<Vertices>\n" V(0, 0) " text &amp; <![CDATA[ <&]] ]]> " V(
            1e1,
            0) "<V Y=\"10\" X=\"10\"></V>" V(0.0,
                                             10) "</Vertices><Comments/></Region>"
                                                 "<Region Type=\"Ruler\"><Vertices>" V(
                                                     0, 0)
                                                     V(5,
                                                       5) "</Vertices></Region>"
                                                          "</Regions>\n "
                                                          "</Annotation>" LAYER("empty",
                                                                                "")
                                                              LAYER(
                                                                  "B",
                                                                  REGION(
                                                                      "",
                                                                      SQUARE)) "<Other>"
                                                                               "<Deep "
                                                                               "a="
                                                                               "\"1\"/"
                                                                               "></"
                                                                               "Other>"
                                                                               "\n</"
                                                                               "Annotat"
                                                                               "ions "
                                                                               ">\n");
    assert_int_equal(r.n_polygons, 2);
    assert_int_equal(r.labels.n, 2);
    assert_string_equal(r.labels.name[0], "T & \xC3\xA9<B");
    assert_string_equal(r.labels.name[1], "B");
    assert_int_equal(r.skips.shapes, 1);
    assert_true(r.x[2] == 10 && r.y[2] == 10);
    cyt_regions_free(&r);
}

static void rectangles_and_ellipses_have_their_areas(void **state)
{
    (void)state;
    cyt_regions r =
        read_good(cyt_halo_read,
                  FILE_OF(LAYER("R", REGION("Type=\"Rectangle\"", V(8, 9) V(1, 2)))
                              LAYER("E", REGION("Type=\"Ellipse\"", V(-1, 2) V(5, 4)))
                                  LAYER("Q", REGION("Type=\"Rectangle\"", SQUARE))));
    double area[3];
    cyt_regions_areas(&r, area);
    assert_true(area[0] == 49);
    assert_true(fabs(area[1] / (3.14159265358979323846 * 3 * 1) - 1) < 1e-13);
    assert_true(area[2] == 100);
    cyt_error err = {0};
    assert_int_equal(cyt_regions_index(&r, &err), CYT_OK);
    assert_true(cyt_regions_inside(&r, 1, 4.99, 3) &&
                cyt_regions_inside(&r, 1, 2, 2.01));
    assert_false(cyt_regions_inside(&r, 1, 4.5, 2.2));
    cyt_regions_free(&r);
}

static void negative_regions_are_holes_of_their_own_layer(void **state)
{
    (void)state;
    cyt_regions r = read_good(
        cyt_halo_read,
        FILE_OF(LAYER(
            "A", REGION("NegativeROA=\"1\"", INNER) REGION("NegativeROA=\"0\"", SQUARE)
                     REGION("NegativeROA=\"1\"", V(20, 20) V(21, 20) V(21, 21)))
                    LAYER("B", REGION("", SQUARE))));
    double area[2];
    cyt_regions_areas(&r, area);
    assert_true(area[0] == 96 && area[1] == 100);
    assert_int_equal(r.skips.outlying, 1);
    /* One that touches the border from inside is a hole as well. */
    cyt_regions_free(&r);
    r = read_good(
        cyt_halo_read,
        FILE_OF(LAYER("A", REGION("", SQUARE)
                               REGION("NegativeROA=\"1\"", V(0, 0) V(5, 0) V(5, 5)))));
    cyt_regions_areas(&r, area);
    assert_true(area[0] == 87.5);
    cyt_regions_free(&r);
}

static const fault halo_faults[] = {
    {"", "1:1: a file without any element"},
    {" \n", "2:1: a file without any element"},
    {"x", "1:1: '<' is wanted, not 'x'"},
    {"<", "1:2: a name is wanted, not the end of the file"},
    {"< Annotations/>", "1:2: a name is wanted, not ' '"},
    {"<1/>", "1:2: a name is wanted, not '1'"},
    {"<html/>", "1:1: <html> begins the file; annotations of HALO begin with "
                "<Annotations>"},
    {"<Annotations", "1:1: an element begins here and is never closed"},
    {"<Annotations>", "1:1: <Annotations> begins here and is never closed"},
    {"<Annotations>\n<b>\n</c></Annotations>", "3:1: </c> where <b> of line 2 is open"},
    {"<Annotations/></b>", "1:15: </b> closes nothing"},
    {"<Annotations/><b/>", "1:15: a second root element"},
    {"<Annotations/>x", "1:15: nothing more is wanted, not 'x'"},
    {"<Annotations a></Annotations>", "1:15: '=' is wanted, not '>'"},
    {"<Annotations a=1/>", "1:16: a value in quotes is wanted, not '1'"},
    {"<Annotations a=\"1/>", "1:1: an element begins here and is never closed"},
    {"<Annotations a=\"<\"/>", "1:17: '<' in a value; write &lt;"},
    {"<Annotations a=\"1\"b=\"2\"/>", "1:19: a space, '>' or '/>' is wanted, not 'b'"},
    {"<Annotations a=\"1\" a=\"2\"/>", "1:20: attribute a a second time"},
    {"<Annotations a=\"&nbsp;\"/>", "1:17: unknown entity \"&nbsp;\""},
    {"<Annotations a=\"&#0;\"/>", "1:17: unknown entity \"&#0;\""},
    {"<Annotations a=\"&#xD800;\"/>", "1:17: unknown entity \"&#xD800;\""},
    {"<Annotations a=\"&#x110000;\"/>", "1:17: unknown entity \"&#x110000;\""},
    {"<Annotations a=\"&#12a;\"/>", "1:17: unknown entity \"&#12a;\""},
    {"<Annotations a=\"&#;\"/>", "1:17: unknown entity \"&#;\""},
    {"<Annotations a=\"a & b and so on\"/>", "1:19: '&' without ';'; write &amp;"},
    {"<Annotations>a &b;</Annotations>", "1:16: unknown entity \"&b;\""},
    {"<!DOCTYPE a [<!ENTITY x \"y\">]><Annotations/>",
     "1:1: a DOCTYPE; annotation files have none, and it is not read"},
    {"<!ENTITY x>", "1:3: a comment is wanted, not 'E'"},
    {"<!-- a", "1:1: a comment begins here and is never closed"},
    {"<!- a -->", "1:4: '-' is wanted, not ' '"},
    {"<?pi", "1:1: an instruction begins here and is never closed"},
    {"<?xml version=\"1.0\" encoding=\"UTF-16\"?><Annotations/>",
     "1:30: encoding \"UTF-16\"; save the file as UTF-8"},
    {"<Annotations/><?xml version=\"1.0\"?>",
     "1:15: an XML declaration that is not at the start"},
    {"<Annotations>\x01</Annotations>", "1:14: byte 0x01 may not stand in XML"},
    {"<Annotations>\xFF</Annotations>",
     "1:14: byte 0xFF is not UTF-8 here; save the file as UTF-8"},
    {"<Annotations><![CDATA[ x",
     "1:14: a CDATA section begins here and is never closed"},
    {FILE_OF(
         "<Annotation><Regions><Region NegativeROA=\"yes\"/></Regions></Annotation>"),
     "1:55: NegativeROA is \"yes\"; it must be 0 or 1"},
    {FILE_OF("<Annotation><Regions><Region><Vertices><V X=\"1\"/>"),
     "1:53: a vertex without Y"},
    {FILE_OF("<Annotation><Regions><Region><Vertices><V X=\"1,5\" Y=\"1\"/>"),
     "1:58: X is \"1,5\", which is no coordinate of a slide"},
    {FILE_OF("<Annotation><Regions><Region><Vertices><V X=\"1\" Y=\"\"/>"),
     "1:64: Y is \"\", which is no coordinate of a slide"},
    {FILE_OF("<Annotation><Regions><Region><Vertices><V X=\"1\" Y=\"1e400\"/>"),
     "1:64: Y is \"1e400\", which is no coordinate of a slide"},
    {FILE_OF(LAYER("A", REGION("Type=\"Ellipse\"", INNER))),
     "1:44: an ellipse of 4 vertices; two corners are wanted"},
    {FILE_OF("\n" LAYER("A\xC2\x85", REGION("", SQUARE))),
     "2:1: the name of a region \"A??\" is no name: one line of at most 200 "
     "bytes"},
    {FILE_OF(LAYER("A", REGION("", INNER) "\n" REGION("NegativeROA=\"1\"", SQUARE))),
     "2:1: a negative region that crosses the border of a region of its layer; draw it "
     "inside"},
    {FILE_OF(LAYER("A", REGION("", SQUARE) "\n" REGION("NegativeROA=\"1\"",
                                                       V(5, 5) V(15, 5) V(15, 9)))),
     "2:1: a negative region that crosses the border of a region of its layer; draw it "
     "inside"},
};

static void each_fault_of_xml_is_told_with_line_and_column(void **state)
{
    (void)state;
    expect_faults(cyt_halo_read, halo_faults, sizeof halo_faults / sizeof *halo_faults);
}

static void every_truncation_of_xml_is_refused(void **state)
{
    (void)state;
    static const char text[] = "<?xml version=\"1.0\"?><!-- c -->" FILE_OF(
        LAYER("A&amp;\xC3\xA9", REGION("", SQUARE)) "<![CDATA[x]]>");
    for (size_t n = 0; n + 1 < sizeof text; n++) {
        cyt_regions r;
        cyt_error err = {0};
        assert_int_equal(read_text(cyt_halo_read, text, n, &r, &err), CYT_ERR_DATA);
        cyt_regions_free(&r);
    }
}

/* @p n times the text, behind and before others. */
static char *repeat(const char *before, const char *text, size_t n, const char *behind)
{
    const size_t each = strlen(text), start = strlen(before);
    char *all = malloc(start + n * each + strlen(behind) + 1);
    memcpy(all, before, start);
    for (size_t i = 0; i < n; i++)
        memcpy(all + start + i * each, text, each);
    memcpy(all + start + n * each, behind, strlen(behind) + 1);
    return all;
}

static void xml_beyond_the_bounds_is_refused(void **state)
{
    (void)state;
    char *all[] = {repeat("<Annotations>", "<a>", 100000, ""),
                   repeat("<Annotations ", "a", 100, "=\"\"/>"),
                   repeat("<Annotations a=\"", "&amp;", 9000, "\"/>"),
                   repeat("<", "n", 100000, "")};
    static const char *const want[] = {
        "r.xml:1:107: elements nested deeper than 32",
        "r.xml:1:14: a name of more than 63 bytes",
        "r.xml:1:1: an element with more than 8192 bytes of attributes",
        "r.xml:1:2: a name of more than 63 bytes"};
    for (size_t i = 0; i < 4; i++) {
        cyt_regions r;
        cyt_error err = {0};
        assert_int_equal(read_text(cyt_halo_read, all[i], strlen(all[i]), &r, &err),
                         CYT_ERR_DATA);
        assert_string_equal(err.text, want[i]);
        cyt_regions_free(&r);
        free(all[i]);
    }
    char text[1200] = "<Annotations", *at = text + strlen(text);
    for (int k = 0; k < 33; k++)
        at += sprintf(at, " a%d=\"\"", k);
    cyt_regions r;
    cyt_error err = {0};
    memcpy(at, "/>", 3);
    assert_int_equal(read_text(cyt_halo_read, text, strlen(text), &r, &err),
                     CYT_ERR_DATA);
    assert_non_null(strstr(err.text, "more than 32 attributes"));
    cyt_regions_free(&r);
}

/* --- selections */

static void selections_are_read_by_name(void **state)
{
    (void)state;
    cyt_regions r = read_good(cyt_selection_read,
                              "\xEF\xBB\xBF#Selection name: Tumor core\r\n"
                              "#Area (\xB5m^2): 16\r\n\r\nX,Y\r\n0,0\r\n4,0\r\n4,4\r\n"
                              "0,4\r\n#Selection name: \"B\"\r\n5,5\r\n");
    assert_int_equal(r.n_polygons, 1);
    assert_string_equal(r.labels.name[0], "Tumor core");
    cyt_regions_free(&r);
}

static void selections_of_several_are_cut_at_each_name(void **state)
{
    (void)state;
    cyt_regions r =
        read_good(cyt_selection_read, "Selection,X,Y\n"
                                      "A,0,0\nA,4,0\nA,4,4\n"
                                      "\"B, c\",0,0\n\"B, c\",1,0\n\"B, c\",1,1\n"
                                      "A,10,10\nA,12,10\nA,12,11\nA,10,10");
    double area[2];
    assert_int_equal(r.n_polygons, 3);
    assert_int_equal(r.labels.n, 2);
    assert_string_equal(r.labels.name[1], "B, c");
    cyt_regions_areas(&r, area);
    assert_true(area[0] == 9 && area[1] == 0.5);
    cyt_regions_free(&r);
    r = read_good(cyt_selection_read, "\n\n#Selection name: one\n\nX,Y\n0,0\n1,0\n1,1\n"
                                      "#Selection name: two\nY,X\n0,0\n1,0\n2,3\n");
    assert_int_equal(r.n_polygons, 2);
    assert_string_equal(r.labels.name[1], "two");
    assert_true(r.x[6] == 3 && r.y[6] == 2);
    cyt_regions_free(&r);
}

static const fault selection_faults[] = {
    {"Selection,X\n", "1:1: no column Y; the header of a selection is X,Y or "
                      "Selection,X,Y"},
    {"#c\na,b\n", "2:1: no column X; the header of a selection is X,Y or "
                  "Selection,X,Y"},
    {"X,Y\n1,2\n3\n", "3:1: 1 fields, where the header has 2"},
    {"X,Y\n1,2\n3,x\n", "3:3: Y is \"x\", which is no coordinate of a slide"},
    {"X,Y\n1,2\nNA,2\n", "3:1: X is \"NA\", which is no coordinate of a slide"},
    {"X,Y\n1,2\n1e13,2\n", "3:1: X is \"1e13\", which is no coordinate of a slide"},
    {"X,Y\n1,\"2\n", "2:1: byte 3: a quote opens here and never closes"},
    {"Selection,X,Y\n\xB5,1,2\n",
     "2:1: byte 0xB5 is not UTF-8 here; save the file as UTF-8"},
};

static void each_fault_of_a_selection_is_told_with_line_and_column(void **state)
{
    (void)state;
    expect_faults(cyt_selection_read, selection_faults,
                  sizeof selection_faults / sizeof *selection_faults);
}

static void a_line_without_end_is_refused(void **state)
{
    (void)state;
    char *text = repeat("X,Y\n", "1", 100000, "");
    cyt_regions r;
    cyt_error err = {0};
    assert_int_equal(read_text(cyt_selection_read, text, strlen(text), &r, &err),
                     CYT_ERR_DATA);
    assert_non_null(strstr(err.text, "r.xml:2:1: a line of more than 4096 bytes"));
    cyt_regions_free(&r);
    free(text);
    /* Of a comment, what is too long is cut. */
    text = repeat("#", "1", 100000, "\nX,Y\n0,0\n1,0\n1,1\n");
    r = read_good(cyt_selection_read, text);
    assert_int_equal(r.n_polygons, 1);
    cyt_regions_free(&r);
    free(text);
}

static void formats_are_told_by_their_first_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *head, *name;
    } all[] = {{"{\"type\"", "GeoJSON"},
               {"[", "GeoJSON"},
               {"<?xml", "HALO"},
               {"<Annotations>", "HALO"},
               {"#Selection", "selection"},
               {"X,Y\n1,2", "selection"},
               {"Selection,X,Y", "selection"},
               {"\"x\";\"y\"\r\n", "selection"},
               {"cell_id,x,y", "selection"},
               {"", NULL},
               {"X\n,Y", NULL},
               {"xx,yy", NULL},
               {"PK\x03\x04", NULL},
               {"%PDF", NULL}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const char *name = NULL;
        for (const cyt_region_format *f = cyt_region_formats; f->name && !name; f++)
            if (f->accepts(all[i].head, strlen(all[i].head)))
                name = f->name;
        if (all[i].name)
            assert_string_equal(name, all[i].name);
        else
            assert_null(name);
    }
}

/* --- memory */

static void expect_told(read_function read, const char *text)
{
    for (size_t n = 0, refused = 1; refused; n++) {
        cyt_regions r;
        cyt_error err = {0};
        fail_allocation(n);
        cyt_code code = read_text(read, text, strlen(text), &r, &err);
        if (code == CYT_OK)
            code = cyt_regions_index(&r, &err);
        refused = (size_t)allocation_failed();
        assert_int_equal(code, refused ? CYT_ERR_MEMORY : CYT_OK);
        assert_int_equal(err.code, code);
        cyt_regions_free(&r);
    }
}

static void every_refused_allocation_is_told_and_nothing_is_lost(void **state)
{
    (void)state;
    expect_told(cyt_halo_read,
                FILE_OF(LAYER("A", REGION("", SQUARE) REGION("NegativeROA=\"1\"", INNER)
                                       REGION("Type=\"Ellipse\"", V(20, 0) V(30, 9)))
                            LAYER("B", REGION("Type=\"Rectangle\"", V(0, 0) V(2, 2)))));
    expect_told(cyt_selection_read, "Selection,X,Y\nA,0,0\nA,4,0\nA,4,4\n"
                                    "B,0,0\nB,1,0\nB,1,1\n");
    expect_told(cyt_geojson_read,
                "[{\"type\":\"Feature\",\"geometry\":{\"type\":\"Polygon\","
                "\"coordinates\":[[[0,0],[4,0],[4,4]],[[1,1],[2,1],[2,2]]]},"
                "\"properties\":{\"name\":\"A\"}},{\"type\":\"Polygon\","
                "\"coordinates\":[[[0,0],[4,0],[4,4]]]}]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_of_halo_become_labels),
        cmocka_unit_test(rectangles_and_ellipses_have_their_areas),
        cmocka_unit_test(negative_regions_are_holes_of_their_own_layer),
        cmocka_unit_test(each_fault_of_xml_is_told_with_line_and_column),
        cmocka_unit_test(every_truncation_of_xml_is_refused),
        cmocka_unit_test(xml_beyond_the_bounds_is_refused),
        cmocka_unit_test(selections_are_read_by_name),
        cmocka_unit_test(selections_of_several_are_cut_at_each_name),
        cmocka_unit_test(each_fault_of_a_selection_is_told_with_line_and_column),
        cmocka_unit_test(a_line_without_end_is_refused),
        cmocka_unit_test(every_refused_allocation_is_told_and_nothing_is_lost),
        cmocka_unit_test(formats_are_told_by_their_first_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
