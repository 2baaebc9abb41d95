// SPDX-License-Identifier: BSD-3-Clause
//
// Regions from the annotation files of HALO (Indica Labs), .annotations or .xml:
//
//     <Annotations>
//       <Annotation Name="Tumor">                       a layer: the label
//         <Regions>
//           <Region Type="Polygon" NegativeROA="0">     or Rectangle, Ellipse
//             <Vertices><V X="10" Y="20"/> …
//
// Rectangles and ellipses are told by two opposite corners of their box; an ellipse
// becomes a polygon of ELLIPSE vertices and of the ellipse's area. A negative region is
// cut out of the regions of its layer that contain it. One that reaches across their
// border cannot be a hole, and is refused rather than cut out wrongly.
//
// The layer under way is gathered apart, as a negative region may come before those
// that it is cut out of. Memory: the regions, and one layer twice.
#include "read/regions/region_formats.h"

#include "read/text/xml_pull.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/number.h"
#include "cytotaxis/polygon.h"
#include "cytotaxis/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ELLIPSE = 360 };

static const double pi = 3.14159265358979323846;

typedef enum shape { POLYGON, RECTANGLE, ELLIPSOID, N_SHAPES } shape;

static const char *const shape_names[N_SHAPES] = {"Polygon", "Rectangle", "Ellipse"};

typedef struct reader {
    cyt_xml xml;
    cyt_cursor *in;
    cyt_regions *regions;
    cyt_error *err;
    cyt_regions solid, hollow; /* of the layer under way; the latter's holes */
    cyt_spot *spots;           /* [hollow.n_polygons] */
    size_t spots_room;
    /* The region under way. */
    shape shape;
    int is_negative, is_line;
    size_t n_corners;
    double corner[4]; /* x, y, x, y */
} reader;

/* What is done with a child element, which is open; it must be closed on return. */
typedef cyt_code (*visit)(reader *r);

/* Visit the children of the open element that have this name, and skip the others. */
static cyt_code for_each(reader *r, const char *name, visit child)
{
    cyt_code code = CYT_OK;
    const size_t outside = r->xml.depth - 1;
    for (;;) {
        CYT_TRY(cyt_xml_next(&r->xml, r->err));
        if (r->xml.depth == outside)
            return CYT_OK;
        if (strcmp(cyt_xml_name(&r->xml), name) == 0)
            CYT_TRY(child(r));
        else
            CYT_TRY(cyt_xml_skip(&r->xml, r->err));
    }
done:
    return code;
}

/* --- vertices --------------------------------------------------------------------- */

static cyt_code read_coordinate(reader *r, const char *name, double *value)
{
    char shown[CYT_SHOWN_SIZE];
    const cyt_xml_attribute *a = cyt_xml_find(&r->xml, name);
    if (!a)
        return cyt_cursor_fail(r->in, r->xml.spot, r->err, "a vertex without %s", name);
    const char *text = cyt_xml_value(&r->xml, a);
    const cyt_number number = cyt_parse_f64(text, a->length, value);
    if (number != CYT_NUMBER_FINITE || !(fabs(*value) <= CYT_REGION_FAR))
        return cyt_cursor_fail(r->in, a->spot, r->err,
                               "%s is \"%s\", which is no coordinate of a slide", name,
                               cyt_text_shown(text, a->length, shown));
    return CYT_OK;
}

static cyt_regions *target(reader *r)
{
    return r->is_negative ? &r->hollow : &r->solid;
}

static cyt_code read_vertex(reader *r)
{
    cyt_code code = CYT_OK;
    double x, y;
    CYT_TRY(read_coordinate(r, "X", &x));
    CYT_TRY(read_coordinate(r, "Y", &y));
    if (r->shape != POLYGON && r->n_corners < 2) {
        r->corner[2 * r->n_corners] = x;
        r->corner[2 * r->n_corners + 1] = y;
    }
    r->n_corners++;
    code = cyt_regions_vertex(target(r), x, y, r->err);
    CYT_TRY(cyt_cursor_place(r->in, r->xml.spot, code, r->err));
    CYT_TRY(cyt_xml_skip(&r->xml, r->err));
done:
    return code;
}

static cyt_code read_vertices(reader *r)
{
    return for_each(r, "V", read_vertex);
}

static cyt_code add_rectangle(reader *r)
{
    const double *c = r->corner;
    const double xy[4][2] = {{c[0], c[1]}, {c[2], c[1]}, {c[2], c[3]}, {c[0], c[3]}};
    cyt_code code = CYT_OK;
    for (size_t k = 0; k < 4; k++)
        CYT_TRY(cyt_regions_vertex(target(r), xy[k][0], xy[k][1], r->err));
done:
    return code;
}

/* A polygon around the same centre; a little larger than inscribed, for the area of n
 * triangles r² sin(2 pi / n) / 2 to be pi r². */
static cyt_code add_ellipse(reader *r)
{
    const double *c = r->corner, step = 2 * pi / ELLIPSE,
                 grown = sqrt(step / sin(step));
    cyt_code code = CYT_OK;
    for (size_t k = 0; k < ELLIPSE; k++) {
        const double angle = step * (double)k;
        CYT_TRY(cyt_regions_vertex(
            target(r), (c[0] + c[2]) / 2 + grown * cos(angle) * (c[2] - c[0]) / 2,
            (c[1] + c[3]) / 2 + grown * sin(angle) * (c[3] - c[1]) / 2, r->err));
    }
done:
    return code;
}

/* --- regions ---------------------------------------------------------------------- */

static cyt_code read_shape(reader *r)
{
    const cyt_xml_attribute *a = cyt_xml_find(&r->xml, "Type");
    r->shape = POLYGON;
    r->is_line = a != NULL;
    for (shape s = POLYGON; a && s < N_SHAPES; s++)
        if (strcmp(cyt_xml_value(&r->xml, a), shape_names[s]) == 0) {
            r->shape = s;
            r->is_line = 0;
        }
    return CYT_OK;
}

static cyt_code read_sign(reader *r)
{
    char shown[CYT_SHOWN_SIZE];
    const cyt_xml_attribute *a = cyt_xml_find(&r->xml, "NegativeROA");
    const char *text = a ? cyt_xml_value(&r->xml, a) : "0";
    r->is_negative = strcmp(text, "1") == 0;
    if (!r->is_negative && strcmp(text, "0") != 0)
        return cyt_cursor_fail(r->in, a->spot, r->err,
                               "NegativeROA is \"%s\"; it must be 0 or 1",
                               cyt_text_shown(text, a->length, shown));
    return CYT_OK;
}

static cyt_code end_region(reader *r, cyt_regions_mark mark, cyt_spot spot)
{
    cyt_code code = CYT_OK;
    cyt_regions *to = target(r);
    const size_t before = to->n_polygons;
    if (r->shape != POLYGON && r->n_corners == 2) {
        cyt_regions_drop(to, mark);
        CYT_TRY(r->shape == RECTANGLE ? add_rectangle(r) : add_ellipse(r));
    } else if (r->shape == ELLIPSOID && r->n_corners > 0) {
        CYT_TRY(cyt_cursor_fail(r->in, spot, r->err,
                                "an ellipse of %zu vertices; two corners are wanted",
                                r->n_corners));
    }
    CYT_TRY(cyt_regions_end_ring(to, r->err));
    CYT_TRY(cyt_regions_end_polygon(to, r->err));
    if (r->is_negative && to->n_polygons > before) {
        CYT_TRY(cyt_grow(&r->spots, &r->spots_room, to->n_polygons, sizeof *r->spots,
                         "negative regions", r->err));
        r->spots[before] = spot;
    }
done:
    return code;
}

static cyt_code read_region(reader *r)
{
    cyt_code code = CYT_OK;
    const cyt_spot spot = r->xml.spot;
    CYT_TRY(read_shape(r));
    CYT_TRY(read_sign(r));
    r->n_corners = 0;
    if (r->is_line) { /* rulers, arrows, pins */
        r->regions->skips.shapes++;
        return cyt_xml_skip(&r->xml, r->err);
    }
    const cyt_regions_mark mark = cyt_regions_here(target(r));
    CYT_TRY(for_each(r, "Vertices", read_vertices));
    CYT_TRY(cyt_cursor_place(r->in, spot, end_region(r, mark, spot), r->err));
done:
    return code;
}

static cyt_code read_regions(reader *r)
{
    return for_each(r, "Region", read_region);
}

/* --- layers ----------------------------------------------------------------------- */

/* The only ring of polygon @p p, without the repeated vertex. */
typedef struct ring {
    const double *x, *y;
    size_t n;
    double box[4]; /* least x and y, largest x and y */
} ring;

static ring ring_of(const cyt_regions *g, size_t p)
{
    const size_t begin = g->first_vertex[p], end = g->first_vertex[p + 1];
    ring r = {.x = g->x + begin,
              .y = g->y + begin,
              .n = end - begin - 1,
              .box = {INFINITY, INFINITY, -INFINITY, -INFINITY}};
    for (size_t i = 0; i < r.n; i++) {
        r.box[0] = fmin(r.box[0], r.x[i]);
        r.box[1] = fmin(r.box[1], r.y[i]);
        r.box[2] = fmax(r.box[2], r.x[i]);
        r.box[3] = fmax(r.box[3], r.y[i]);
    }
    return r;
}

static int are_apart(const ring *a, const ring *b)
{
    return a->box[2] < b->box[0] || b->box[2] < a->box[0] || a->box[3] < b->box[1] ||
           b->box[3] < a->box[1];
}

/* How many vertices of @p a lie inside @p b, and how many outside? */
static void compare(ring a, ring b, size_t *inside, size_t *outside)
{
    *inside = *outside = 0;
    for (size_t i = 0; i < a.n; i++) {
        const int side = cyt_ring_side(b.x, b.y, b.n, a.x[i], a.y[i]);
        *inside += side > 0;
        *outside += side < 0;
    }
}

/* Is the hollow ring a hole of the solid one? -1: neither in nor out. Nearly all pairs
 * of a layer are far apart. */
static int is_hole(ring hollow, ring solid)
{
    size_t inside, outside, back, unused;
    if (are_apart(&hollow, &solid))
        return 0;
    compare(hollow, solid, &inside, &outside);
    compare(solid, hollow, &back, &unused);
    if (outside == 0)
        return back ? -1 : 1;
    return inside || back ? -1 : 0;
}

static cyt_code copy_ring(cyt_regions *to, ring from, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t i = 0; i < from.n; i++)
        CYT_TRY(cyt_regions_vertex(to, from.x[i], from.y[i], err));
    CYT_TRY(cyt_regions_end_ring(to, err));
done:
    return code;
}

/* One region of the layer, with its holes; each hole that is used is noted. */
static cyt_code end_solid(reader *r, size_t p, const ring *hollows, char *used)
{
    cyt_code code = CYT_OK;
    const ring solid = ring_of(&r->solid, p);
    CYT_TRY(copy_ring(r->regions, solid, r->err));
    for (size_t h = 0; h < r->hollow.n_polygons; h++) {
        const int hole = is_hole(hollows[h], solid);
        if (hole < 0)
            CYT_TRY(cyt_cursor_fail(
                r->in, r->spots[h], r->err,
                "a negative region that crosses the border of a region of its layer; "
                "draw it inside"));
        used[h] |= hole == 1;
        if (hole)
            CYT_TRY(copy_ring(r->regions, hollows[h], r->err));
    }
    CYT_TRY(cyt_regions_end_polygon(r->regions, r->err));
done:
    return code;
}

static cyt_code end_layer(reader *r, const char *label)
{
    cyt_code code = CYT_OK;
    const cyt_regions_mark mark = cyt_regions_here(r->regions);
    const size_t n_hollow = r->hollow.n_polygons;
    char *used = cyt_calloc(n_hollow, 1, "negative regions", r->err);
    ring *hollows = cyt_alloc(n_hollow, sizeof *hollows, "negative regions", r->err);
    CYT_TRY(r->err->code);
    for (size_t h = 0; h < n_hollow; h++)
        hollows[h] = ring_of(&r->hollow, h);
    for (size_t p = 0; p < r->solid.n_polygons; p++)
        CYT_TRY(end_solid(r, p, hollows, used));
    for (size_t h = 0; h < n_hollow; h++)
        r->regions->skips.outlying += !used[h];
    r->regions->skips.empty += r->solid.skips.empty + r->hollow.skips.empty;
    CYT_TRY(cyt_regions_label(r->regions, mark, label, strlen(label), r->err));
done:
    free(used);
    free(hollows);
    return code;
}

static cyt_code read_layer(reader *r)
{
    cyt_code code = CYT_OK;
    static const cyt_region_map same = {1, 0, 0, 0, 1, 0, 1};
    const cyt_spot spot = r->xml.spot;
    const cyt_xml_attribute *a = cyt_xml_find(&r->xml, "Name");
    char *label = cyt_strdup(a ? cyt_xml_value(&r->xml, a) : "", r->err);
    CYT_TRY(label ? CYT_OK : r->err->code);
    cyt_regions_init(&r->solid, &same);
    cyt_regions_init(&r->hollow, &same);
    CYT_TRY(for_each(r, "Regions", read_regions));
    CYT_TRY(cyt_cursor_place(r->in, spot, end_layer(r, label), r->err));
done:
    cyt_regions_free(&r->solid);
    cyt_regions_free(&r->hollow);
    free(label);
    return code;
}

int cyt_halo_accepts(const char *head, size_t n)
{
    return n > 0 && head[0] == '<';
}

cyt_code cyt_halo_read(cyt_cursor *in, cyt_regions *regions, cyt_error *err)
{
    cyt_code code = CYT_OK;
    reader *r = cyt_calloc(1, sizeof *r, "a reader of annotations", err);
    CYT_TRY(r ? CYT_OK : err->code);
    r->in = in;
    r->regions = regions;
    r->err = err;
    cyt_xml_init(&r->xml, in);
    CYT_TRY(cyt_xml_next(&r->xml, err));
    if (strcmp(cyt_xml_name(&r->xml), "Annotations") != 0)
        CYT_TRY(cyt_cursor_fail(in, r->xml.spot, err,
                                "<%s> begins the file; annotations of HALO begin with "
                                "<Annotations>",
                                cyt_xml_name(&r->xml)));
    CYT_TRY(for_each(r, "Annotation", read_layer));
    CYT_TRY(cyt_xml_next(&r->xml, err)); /* the end, or a complaint */
done:
    if (r)
        free(r->spots);
    free(r);
    return code;
}
