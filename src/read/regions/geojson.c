// SPDX-License-Identifier: BSD-3-Clause
//
// Regions from GeoJSON as QuPath writes it (RFC 7946, doi:10.17487/RFC7946; QuPath:
// P. Bankhead et al., doi:10.1038/s41598-017-17204-5).
//
// The document may be a FeatureCollection, a list of features, one feature or a bare
// geometry; the members of an object come in any order. So coordinates are read before
// it is known what they are of: lists nest to
//
//     position 1   line 2   polygon 3   multipolygon 4
//
// and while they are read, rings end where a list of positions ends and polygons where
// a list of rings ends. What turns out at the end of its geometry to be no polygon, or
// at the end of its feature to be a detection, is dropped again. Memory: the regions
// kept and one feature.
//
// Kept are all objects but detections, cells and tiles, which QuPath writes into the
// same file by the hundred thousand. The label is the name of the classification, else
// the name of the object.
#include "read/regions/region_formats.h"

#include "read/text/json_pull.h"

#include "cytotaxis/text.h"

#include <math.h>
#include <string.h>

typedef enum kind { NO_KIND, COLLECTION, FEATURE, GEOMETRIES, AREA, AREAS, FLAT } kind;

static const struct {
    const char *name;
    kind kind;
} kinds[] = {{"FeatureCollection", COLLECTION},
             {"Feature", FEATURE},
             {"GeometryCollection", GEOMETRIES},
             {"Polygon", AREA},
             {"MultiPolygon", AREAS},
             {"Point", FLAT},
             {"MultiPoint", FLAT},
             {"LineString", FLAT},
             {"MultiLineString", FLAT}};

/* Longer texts are no labels, and are refused when they should become one. */
typedef struct text {
    char bytes[CYT_JSON_TEXT];
    size_t length;
} text;

/* What an object has said of itself so far. */
typedef struct object {
    cyt_spot spot;
    cyt_regions_mark mark;
    kind kind;
    int has_coordinates;
    int depth;     /* of the coordinates */
    int is_object; /* detection, cell or tile */
    text class_name, name;
} object;

typedef struct reader {
    cyt_json json;
    cyt_cursor *in;
    cyt_regions *regions;
    cyt_error *err;
} reader;

static cyt_code bad(reader *r, cyt_spot spot, const char *what)
{
    return cyt_cursor_fail(r->in, spot, r->err, "%s", what);
}

static cyt_code next(reader *r)
{
    return cyt_json_next(&r->json, r->err);
}

/* --- coordinates ------------------------------------------------------------------ */

static cyt_code read_number(reader *r, double *value)
{
    char shown[CYT_SHOWN_SIZE];
    const cyt_json *j = &r->json;
    if (j->event != CYT_JSON_NUMBER)
        return cyt_cursor_fail(r->in, j->spot, r->err,
                               "a position is made of numbers, not %s",
                               cyt_json_what(j));
    if (!(fabs(j->number) <= CYT_REGION_FAR))
        return cyt_cursor_fail(r->in, j->spot, r->err, "%s is no coordinate of a slide",
                               cyt_text_shown(j->text, j->length, shown));
    *value = j->number;
    return CYT_OK;
}

/* The first number of a position is the present event; z and what follows is dropped.
 */
static cyt_code read_position(reader *r, cyt_spot spot)
{
    cyt_code code = CYT_OK;
    double xy[2] = {0, 0}, other;
    size_t n = 0;
    while (r->json.event != CYT_JSON_ARRAY_END) {
        CYT_TRY(read_number(r, n < 2 ? &xy[n] : &other));
        n++;
        CYT_TRY(next(r));
    }
    if (n < 2)
        CYT_TRY(bad(r, spot, "a position of one number; x and y are wanted"));
    CYT_TRY(cyt_cursor_place(
        r->in, spot, cyt_regions_vertex(r->regions, xy[0], xy[1], r->err), r->err));
done:
    return code;
}

/* A list of coordinates has begun; @p depth receives how deep it nests, 0 when empty.
 */
static cyt_code read_coordinates(reader *r, int level, int *depth)
{
    cyt_code code = CYT_OK;
    const cyt_spot spot = r->json.spot;
    int inner = 0;
    *depth = 0;
    CYT_TRY(next(r));
    if (r->json.event == CYT_JSON_ARRAY_END)
        return CYT_OK;
    *depth = 1;
    if (r->json.event != CYT_JSON_ARRAY)
        return read_position(r, spot);
    if (level == 4)
        CYT_TRY(bad(r, spot, "coordinates nest deeper than those of a MultiPolygon"));
    while (r->json.event != CYT_JSON_ARRAY_END) {
        int d;
        const cyt_spot at = r->json.spot;
        if (r->json.event != CYT_JSON_ARRAY)
            CYT_TRY(bad(r, at, "a number beside a list in coordinates"));
        CYT_TRY(read_coordinates(r, level + 1, &d));
        if (d != 0 && inner != 0 && d != inner)
            CYT_TRY(bad(r, at, "lists of different depth in coordinates"));
        inner = d ? d : inner;
        CYT_TRY(next(r));
    }
    *depth = 1 + inner;
    if (*depth == 2)
        code = cyt_regions_end_ring(r->regions, r->err);
    else if (*depth == 3)
        code = cyt_regions_end_polygon(r->regions, r->err);
    CYT_TRY(cyt_cursor_place(r->in, spot, code, r->err));
done:
    return code;
}

/* --- properties ------------------------------------------------------------------- */

static cyt_code keep_text(reader *r, text *to)
{
    if (r->json.cut)
        return cyt_cursor_fail(r->in, r->json.spot, r->err,
                               "a name of more than %d bytes", CYT_JSON_TEXT);
    to->length = r->json.length;
    memcpy(to->bytes, r->json.text, to->length);
    return CYT_OK;
}

/* Append to a list of names, as QuPath writes a derived class: "Tumor: Positive". */
static cyt_code join_text(reader *r, text *to)
{
    const size_t gap = to->length ? 2 : 0;
    if (r->json.cut || to->length + gap + r->json.length > sizeof to->bytes)
        return cyt_cursor_fail(r->in, r->json.spot, r->err,
                               "a name of more than %d bytes", CYT_JSON_TEXT);
    memcpy(to->bytes + to->length, ": ", gap);
    memcpy(to->bytes + to->length + gap, r->json.text, r->json.length);
    to->length += gap + r->json.length;
    return CYT_OK;
}

static cyt_code read_names(reader *r, text *to)
{
    cyt_code code = CYT_OK;
    to->length = 0;
    for (;;) {
        CYT_TRY(next(r));
        if (r->json.event == CYT_JSON_ARRAY_END)
            return CYT_OK;
        if (r->json.event == CYT_JSON_STRING)
            CYT_TRY(join_text(r, to));
        else
            CYT_TRY(cyt_json_skip(&r->json, r->err));
    }
done:
    return code;
}

/* A text, or an object with `name` or `names`; anything else is no classification. */
static cyt_code read_classification(reader *r, text *to)
{
    cyt_code code = CYT_OK;
    if (r->json.event == CYT_JSON_STRING)
        return keep_text(r, to);
    if (r->json.event != CYT_JSON_OBJECT)
        return cyt_json_skip(&r->json, r->err);
    for (;;) {
        CYT_TRY(next(r));
        if (r->json.event == CYT_JSON_OBJECT_END)
            return CYT_OK;
        const int is_name = cyt_json_is(&r->json, "name");
        const int is_names = cyt_json_is(&r->json, "names");
        CYT_TRY(next(r));
        if (is_name && r->json.event == CYT_JSON_STRING)
            CYT_TRY(keep_text(r, to));
        else if (is_names && r->json.event == CYT_JSON_ARRAY)
            CYT_TRY(read_names(r, to));
        else
            CYT_TRY(cyt_json_skip(&r->json, r->err));
    }
done:
    return code;
}

static int is_one_of(const cyt_json *j, const char *const *words)
{
    int found = 0;
    for (; *words; words++)
        found |= cyt_json_is(j, *words);
    return found;
}

/* Of older files the id tells what an object is. */
static int is_object_word(const cyt_json *j)
{
    static const char *const words[] = {
        "detection",      "cell",           "tile", "PathDetectionObject",
        "PathCellObject", "PathTileObject", NULL};
    return j->event == CYT_JSON_STRING && is_one_of(j, words);
}

static cyt_code read_properties(reader *r, object *o)
{
    static const char *const type_keys[] = {"objectType", "object_type", NULL};
    cyt_code code = CYT_OK;
    if (r->json.event != CYT_JSON_OBJECT)
        return cyt_json_skip(&r->json, r->err);
    for (;;) {
        CYT_TRY(next(r));
        if (r->json.event == CYT_JSON_OBJECT_END)
            return CYT_OK;
        const int is_type = is_one_of(&r->json, type_keys);
        const int is_class = cyt_json_is(&r->json, "classification");
        const int is_name = cyt_json_is(&r->json, "name");
        CYT_TRY(next(r));
        o->is_object |= is_type && is_object_word(&r->json);
        if (is_class)
            CYT_TRY(read_classification(r, &o->class_name));
        else if (is_name && r->json.event == CYT_JSON_STRING)
            CYT_TRY(keep_text(r, &o->name));
        else
            CYT_TRY(cyt_json_skip(&r->json, r->err));
    }
done:
    return code;
}

/* --- objects ---------------------------------------------------------------------- */

static cyt_code read_object(reader *r);

static cyt_code read_kind(reader *r, object *o)
{
    char shown[CYT_SHOWN_SIZE];
    if (r->json.event != CYT_JSON_STRING)
        return cyt_cursor_fail(r->in, r->json.spot, r->err,
                               "\"type\" is a text, not %s", cyt_json_what(&r->json));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (cyt_json_is(&r->json, kinds[i].name)) {
            o->kind = kinds[i].kind;
            return CYT_OK;
        }
    return cyt_cursor_fail(r->in, r->json.spot, r->err, "GeoJSON has no type \"%s\"",
                           cyt_text_shown(r->json.text, r->json.length, shown));
}

static cyt_code read_list(reader *r)
{
    cyt_code code = CYT_OK;
    if (r->json.event != CYT_JSON_ARRAY)
        return cyt_cursor_fail(r->in, r->json.spot, r->err,
                               "a list of objects is wanted, not %s",
                               cyt_json_what(&r->json));
    for (;;) {
        CYT_TRY(next(r));
        if (r->json.event == CYT_JSON_ARRAY_END)
            return CYT_OK;
        CYT_TRY(read_object(r));
    }
done:
    return code;
}

static cyt_code read_own_coordinates(reader *r, object *o)
{
    if (o->has_coordinates)
        return bad(r, r->json.spot, "\"coordinates\" a second time");
    o->has_coordinates = 1;
    if (r->json.event != CYT_JSON_ARRAY)
        return cyt_cursor_fail(r->in, r->json.spot, r->err,
                               "\"coordinates\" is a list, not %s",
                               cyt_json_what(&r->json));
    return read_coordinates(r, 1, &o->depth);
}

/* The key of a member is the present event. */
static cyt_code read_member(reader *r, object *o)
{
    enum { TYPE, FEATURES, ONE, MANY, COORDINATES, PROPERTIES, ID, OTHER };
    static const char *const keys[] = {"type",       "features",    "geometry",
                                       "geometries", "coordinates", "properties",
                                       "id"};
    int key = 0;
    while (key < OTHER && !cyt_json_is(&r->json, keys[key]))
        key++;
    const cyt_code code = next(r);
    if (code != CYT_OK)
        return code;
    switch (key) {
    case TYPE:
        return read_kind(r, o);
    case FEATURES:
    case MANY:
        return read_list(r);
    case ONE:
        return r->json.event == CYT_JSON_NULL ? CYT_OK : read_object(r);
    case COORDINATES:
        return read_own_coordinates(r, o);
    case PROPERTIES:
        return read_properties(r, o);
    case ID:
        o->is_object |= is_object_word(&r->json);
        break;
    default:
        break;
    }
    return cyt_json_skip(&r->json, r->err);
}

/* A geometry is complete: are its coordinates of its kind? */
static cyt_code end_geometry(reader *r, const object *o)
{
    const int wanted = o->kind == AREA ? 3 : 4;
    const int is_empty = r->regions->n_vertices == o->mark.n_vertices;
    if (o->kind == FLAT) {
        cyt_regions_drop(r->regions, o->mark);
        r->regions->skips.shapes++;
    } else if (!o->has_coordinates) {
        return bad(r, o->spot, "a polygon without \"coordinates\"");
    } else if (!is_empty && o->depth != wanted) {
        return cyt_cursor_fail(r->in, o->spot, r->err,
                               "the coordinates of this %s nest %d deep instead of %d",
                               o->kind == AREA ? "Polygon" : "MultiPolygon", o->depth,
                               wanted);
    }
    return CYT_OK;
}

static cyt_code end_feature(reader *r, const object *o)
{
    const text *label = o->class_name.length ? &o->class_name : &o->name;
    if (o->is_object) {
        cyt_regions_drop(r->regions, o->mark);
        r->regions->skips.objects++;
        return CYT_OK;
    }
    return cyt_cursor_place(
        r->in, o->spot,
        cyt_regions_label(r->regions, o->mark, label->bytes, label->length, r->err),
        r->err);
}

static cyt_code end_object(reader *r, const object *o)
{
    switch (o->kind) {
    case NO_KIND:
        return bad(r, o->spot, "an object without \"type\"; GeoJSON has one in each");
    case AREA:
    case AREAS:
    case FLAT:
        return end_geometry(r, o);
    case FEATURE:
    case COLLECTION:
    case GEOMETRIES:
        break;
    }
    if (o->has_coordinates)
        return bad(r, o->spot, "\"coordinates\" in an object that is no geometry");
    return o->kind == FEATURE ? end_feature(r, o) : CYT_OK;
}

/* Recursion is bounded by the depth that the JSON may have. */
static cyt_code read_object(reader *r)
{
    cyt_code code = CYT_OK;
    object o = {.spot = r->json.spot, .mark = cyt_regions_here(r->regions)};
    if (r->json.event != CYT_JSON_OBJECT)
        return cyt_cursor_fail(r->in, r->json.spot, r->err,
                               "an object of GeoJSON is wanted, not %s",
                               cyt_json_what(&r->json));
    for (;;) {
        CYT_TRY(next(r));
        if (r->json.event == CYT_JSON_OBJECT_END)
            return end_object(r, &o);
        CYT_TRY(read_member(r, &o));
    }
done:
    return code;
}

int cyt_geojson_accepts(const char *head, size_t n)
{
    return n > 0 && (head[0] == '{' || head[0] == '[');
}

cyt_code cyt_geojson_read(cyt_cursor *in, cyt_regions *regions, cyt_error *err)
{
    cyt_code code = CYT_OK;
    reader r = {.in = in, .regions = regions, .err = err};
    const cyt_regions_mark mark = cyt_regions_here(regions);
    cyt_json_init(&r.json, in);
    CYT_TRY(next(&r));
    CYT_TRY(r.json.event == CYT_JSON_ARRAY ? read_list(&r) : read_object(&r));
    CYT_TRY(next(&r)); /* the end, or a complaint */
    CYT_TRY(cyt_regions_label(regions, mark, NULL, 0, err));
done:
    return code;
}
