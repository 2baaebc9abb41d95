// SPDX-License-Identifier: BSD-3-Clause
/* Cells as outlines: GeoJSON with a feature a cell, as Space Ranger writes for Visium
 * HD since version 4 (cell_segmentations.geojson).
 *
 *     {"type": "FeatureCollection", "features": [
 *       {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[[x, y], ..
 *        "properties": {"cell_id": 17, "classification": {"name": "Cluster 3", ..
 *
 * A cell's position is the centroid of its outline (centroid.h), in pixels of the full
 * image; its id the barcode that the matrix beside it has, "cellid_000000017-1"; its
 * type, where asked for, the name of a property.
 *
 * Every rank reads the text as a stream and keeps the features of its share, in blocks
 * dealt by turns: as of packed tables, since where features begin is known only by
 * reading. Advantage: no rank holds more than its share and one feature, and no vertex
 * is kept. Price: each parses the whole text. What is wrong in it is found by all
 * alike.
 *
 * Reference: RFC 7946, doi:10.17487/RFC7946; 10x Genomics, "Space Ranger: Segmented
 * Outputs". */
#include "read/column_spec.h"
#include "read/readers.h"
#include "read/rows/row_store.h"
#include "read/rows/unique_ids.h"
#include "read/text/json_pull.h"

#include "cytotaxis/centroid.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/number.h"
#include "cytotaxis/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 256 };

/* Pixels: larger coordinates are no positions on a slide, and the area and moment of
 * smaller ones are finite. */
#define FAR 1e12

/* Where the present feature belongs, and what it has said so far. */
typedef struct feature {
    cyt_spot spot;
    int wanted; /* depth that coordinates of its shape have; 0: it is no outline */
    int depth;  /* of its coordinates; 0: none yet */
    char id[64], shape[32];
    char type[CYT_JSON_TEXT];
    size_t type_length;
    cyt_centroid centroid;
} feature;

typedef struct reader {
    const cyt_source *source;
    cyt_text_stream *stream;
    cyt_cursor in;
    cyt_json json;
    uint64_t rank, size;
    int only_first; /* enough has been seen after one feature */
    uint64_t n;     /* features so far */
    uint64_t n_typed;
    cyt_row_store store;
    feature now;
    cyt_error *err;
} reader;

static cyt_code next(reader *r)
{
    return cyt_json_next(&r->json, r->err);
}

static cyt_code not_a(const reader *r, const char *wanted)
{
    return cyt_cursor_fail(&r->in, r->json.spot, r->err, "%s is wanted here, not %s",
                           wanted, cyt_json_what(&r->json));
}

/* --- outline ---------------------------------------------------------------------- */

/* The first number of a position is the present event; what follows y is dropped. */
static cyt_code read_position(reader *r)
{
    cyt_code code = CYT_OK;
    const cyt_spot spot = r->json.spot;
    char shown[CYT_SHOWN_SIZE];
    double xy[2] = {0, 0};
    size_t n = 0;
    for (; r->json.event != CYT_JSON_ARRAY_END; n++) {
        if (r->json.event != CYT_JSON_NUMBER)
            return not_a(r, "a number");
        if (!(fabs(r->json.number) <= FAR))
            return cyt_cursor_fail(&r->in, r->json.spot, r->err,
                                   "%s is no coordinate of a cell",
                                   cyt_text_shown(r->json.text, r->json.length, shown));
        if (n < 2)
            xy[n] = r->json.number;
        CYT_TRY(next(r));
    }
    if (n < 2)
        return cyt_cursor_fail(&r->in, spot, r->err,
                               "a position of one number; x and y are wanted");
    cyt_centroid_vertex(&r->now.centroid, xy[0], xy[1]);
done:
    return code;
}

/* A list has begun; @p depth receives how deep it nests, 0 when empty. A list of
 * positions is a ring, and all rings of a list but the first are holes. */
static cyt_code read_lists(reader *r, int level, int is_hole, int *depth)
{
    enum { DEEPEST = 4 };
    cyt_code code = CYT_OK;
    int inner = 0;
    *depth = 0;
    CYT_TRY(next(r));
    if (r->json.event == CYT_JSON_ARRAY_END)
        return CYT_OK;
    *depth = 1;
    if (r->json.event != CYT_JSON_ARRAY)
        return read_position(r);
    if (level == DEEPEST)
        return not_a(r, "a number");
    cyt_centroid_ring_begin(&r->now.centroid, is_hole);
    for (int k = 0; r->json.event != CYT_JSON_ARRAY_END; k++) {
        int d;
        const cyt_spot at = r->json.spot;
        if (r->json.event != CYT_JSON_ARRAY)
            return not_a(r, "a list");
        CYT_TRY(read_lists(r, level + 1, k > 0, &d));
        if (d && inner && d != inner)
            return cyt_cursor_fail(&r->in, at, r->err,
                                   "lists of different depth in coordinates");
        inner = d ? d : inner;
        CYT_TRY(next(r));
    }
    *depth = 1 + inner;
    if (*depth == 2)
        cyt_centroid_ring_end(&r->now.centroid);
done:
    return code;
}

static cyt_code read_geometry(reader *r)
{
    cyt_code code = CYT_OK;
    feature *f = &r->now;
    if (r->json.event != CYT_JSON_OBJECT)
        return r->json.event == CYT_JSON_NULL ? CYT_OK : not_a(r, "a geometry");
    for (;;) {
        CYT_TRY(next(r));
        if (r->json.event == CYT_JSON_OBJECT_END)
            return CYT_OK;
        const int is_type = cyt_json_is(&r->json, "type");
        const int is_list = cyt_json_is(&r->json, "coordinates") && !f->depth;
        CYT_TRY(next(r));
        if (is_type && r->json.event == CYT_JSON_STRING) {
            f->wanted = cyt_json_is(&r->json, "Polygon")        ? 3
                        : cyt_json_is(&r->json, "MultiPolygon") ? 4
                                                                : 0;
            snprintf(f->shape, sizeof f->shape, "%.31s", r->json.text);
        }
        if (is_list && r->json.event == CYT_JSON_ARRAY)
            CYT_TRY(read_lists(r, 1, 0, &f->depth));
        else
            CYT_TRY(cyt_json_skip(&r->json, r->err));
    }
done:
    return code;
}

/* --- properties ------------------------------------------------------------------- */

/* A JSON text may hold NUL, an id or a label may not. */
static cyt_code check_text(const reader *r, const char *what)
{
    if (!memchr(r->json.text, '\0', r->json.length))
        return CYT_OK;
    return cyt_cursor_fail(&r->in, r->json.spot, r->err,
                           "the %s of a cell has a NUL in it, \\u0000", what);
}

/* A number becomes the barcode that Space Ranger makes of it; a text is taken as it
 * is. */
static cyt_code read_id(reader *r)
{
    const cyt_json *j = &r->json;
    const double most = 1e15; /* integers below are exact doubles */
    if (j->event == CYT_JSON_NUMBER && j->number >= 0 && j->number < most &&
        j->number == floor(j->number))
        snprintf(r->now.id, sizeof r->now.id, "cellid_%09" PRIu64 "-1",
                 (uint64_t)j->number);
    else if (j->event == CYT_JSON_STRING && j->length > 0 &&
             j->length < sizeof r->now.id)
        snprintf(r->now.id, sizeof r->now.id, "%.*s", (int)j->length, j->text);
    else
        return not_a(r, "the id of a cell, a whole number or a short text,");
    return check_text(r, "id");
}

static cyt_code keep_type(reader *r)
{
    if (r->json.cut)
        return not_a(r, "a type of fewer bytes");
    memcpy(r->now.type, r->json.text, r->json.length);
    r->now.type_length = r->json.length;
    return check_text(r, "type");
}

/* A text, or a number, or an object with a name; anything else is no type. */
static cyt_code read_type(reader *r)
{
    cyt_code code = CYT_OK;
    if (r->json.event == CYT_JSON_STRING || r->json.event == CYT_JSON_NUMBER)
        return keep_type(r);
    if (r->json.event != CYT_JSON_OBJECT)
        return cyt_json_skip(&r->json, r->err);
    for (;;) {
        CYT_TRY(next(r));
        if (r->json.event == CYT_JSON_OBJECT_END)
            return CYT_OK;
        const int is_name = cyt_json_is(&r->json, "name");
        CYT_TRY(next(r));
        if (is_name && r->json.event == CYT_JSON_STRING)
            CYT_TRY(keep_type(r));
        else
            CYT_TRY(cyt_json_skip(&r->json, r->err));
    }
done:
    return code;
}

static cyt_code read_properties(reader *r)
{
    cyt_code code = CYT_OK;
    const char *id = cyt_given(r->source->id, "cell_id");
    const char *type = cyt_given(r->source->type, "classification");
    const int with_types = r->source->wanted == CYT_WANT_CELLS;
    if (r->json.event != CYT_JSON_OBJECT)
        return cyt_json_skip(&r->json, r->err);
    for (;;) {
        CYT_TRY(next(r));
        if (r->json.event == CYT_JSON_OBJECT_END)
            return CYT_OK;
        const int is_id = cyt_json_is(&r->json, id);
        const int is_type = with_types && cyt_json_is(&r->json, type);
        CYT_TRY(next(r));
        CYT_TRY(is_id     ? read_id(r)
                : is_type ? read_type(r)
                          : cyt_json_skip(&r->json, r->err));
    }
done:
    return code;
}

/* --- features --------------------------------------------------------------------- */

static cyt_code check_feature(const reader *r)
{
    const feature *f = &r->now;
    char shown[CYT_SHOWN_SIZE];
    if (!*f->id)
        return cyt_cursor_fail(
            &r->in, f->spot, r->err,
            "a feature without properties.%s; name the property that is the id of a "
            "cell (id)",
            cyt_given(r->source->id, "cell_id"));
    if (!f->wanted)
        return cyt_cursor_fail(&r->in, f->spot, r->err,
                               "cell %s is %s%s; a Polygon or a MultiPolygon is wanted",
                               f->id, *f->shape ? "a " : "without geometry",
                               cyt_text_shown(f->shape, strlen(f->shape), shown));
    if (f->centroid.n == 0)
        return cyt_cursor_fail(&r->in, f->spot, r->err, "cell %s has an empty outline",
                               f->id);
    if (f->depth != f->wanted)
        return cyt_cursor_fail(&r->in, f->spot, r->err,
                               "the coordinates of cell %s, a %s, nest %d deep instead "
                               "of %d",
                               f->id, f->shape, f->depth, f->wanted);
    return CYT_OK;
}

static cyt_code keep_feature(reader *r)
{
    const feature *f = &r->now;
    cyt_rows *rows = r->store.rows;
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_store_room(&r->store, r->err));
    cyt_centroid_end(&f->centroid, &rows->x[rows->n], &rows->y[rows->n]);
    rows->type[rows->n] = CYT_NO_TYPE;
    if (!cyt_text_missing(f->type, f->type_length))
        CYT_TRY(cyt_store_label(&r->store, f->type, f->type_length,
                                &rows->type[rows->n], r->err));
    CYT_TRY(cyt_store_id(&r->store, f->id, strlen(f->id), r->err));
    for (size_t v = 0; v < rows->n_values; v++)
        *cyt_store_value(&r->store, v) = NAN;
    rows->index[rows->n] = r->n;
    rows->place[rows->n++] = r->n + 1;
done:
    return code;
}

static cyt_code read_feature(reader *r)
{
    cyt_code code = CYT_OK;
    feature *f = &r->now;
    if (r->json.event != CYT_JSON_OBJECT)
        return not_a(r, "a feature");
    f->spot = r->json.spot;
    f->wanted = f->depth = f->id[0] = f->shape[0] = 0;
    f->type_length = 0;
    cyt_centroid_begin(&f->centroid);
    for (;;) {
        CYT_TRY(next(r));
        if (r->json.event == CYT_JSON_OBJECT_END)
            break;
        const int is_geometry = cyt_json_is(&r->json, "geometry");
        const int is_properties = cyt_json_is(&r->json, "properties");
        CYT_TRY(next(r));
        CYT_TRY(is_geometry     ? read_geometry(r)
                : is_properties ? read_properties(r)
                                : cyt_json_skip(&r->json, r->err));
    }
    CYT_TRY(check_feature(r));
    r->n_typed += f->type_length > 0;
    if (r->n / BLOCK % r->size == r->rank)
        CYT_TRY(keep_feature(r));
    r->n++;
done:
    return code;
}

static cyt_code read_features(reader *r)
{
    cyt_code code = CYT_OK;
    if (r->json.event != CYT_JSON_ARRAY)
        return not_a(r, "a list of features");
    for (;;) {
        CYT_TRY(next(r));
        if (r->json.event == CYT_JSON_ARRAY_END)
            return CYT_OK;
        CYT_TRY(read_feature(r));
        if (r->only_first)
            return CYT_OK;
    }
done:
    return code;
}

static cyt_code read_document(reader *r)
{
    cyt_code code = CYT_OK;
    CYT_TRY(next(r));
    if (r->json.event != CYT_JSON_OBJECT)
        return not_a(r, "a FeatureCollection");
    for (;;) {
        CYT_TRY(next(r));
        if (r->json.event == CYT_JSON_OBJECT_END)
            break;
        const int is_list = cyt_json_is(&r->json, "features");
        CYT_TRY(next(r));
        CYT_TRY(is_list ? read_features(r) : cyt_json_skip(&r->json, r->err));
        if (r->only_first && r->n > 0)
            return CYT_OK;
    }
    CYT_TRY(next(r)); /* the end, or a complaint */
done:
    return code;
}

/* --- the file --------------------------------------------------------------------- */

/* What a table of cells may be told and outlines cannot. */
static cyt_code check_source(const cyt_source *s, cyt_error *err)
{
    const char *what = s->x || s->y       ? "x and y: positions are the centroids"
                       : s->filter_column ? "filter: it holds the cells of one slide"
                                          : NULL;
    return what ? CYT_FAIL(err, CYT_ERR_CONFIG, s->sample,
                           "%s has outlines of cells and no columns for %s; leave that "
                           "empty",
                           s->shown_path, what)
                : CYT_OK;
}

static cyt_code check_totals(const reader *r)
{
    const cyt_source *s = r->source;
    if (r->n == 0)
        return CYT_FAIL(r->err, CYT_ERR_DATA, s->sample, "%s holds no cells",
                        s->shown_path);
    if (r->store.types.too_many)
        return CYT_FAIL(r->err, CYT_ERR_DATA, s->sample,
                        "%s: property \"%s\" has more than %d different labels; is it "
                        "the type of a cell?",
                        s->shown_path, cyt_given(s->type, "classification"),
                        CYT_MAX_LABELS);
    if (s->wanted == CYT_WANT_CELLS && r->n_typed == 0 && !r->only_first)
        return CYT_FAIL(r->err, CYT_ERR_DATA, s->sample,
                        "%s: no cell has the property \"%s\" for type; name another "
                        "(type), or a type_file",
                        s->shown_path, cyt_given(s->type, "classification"));
    return CYT_OK;
}

static cyt_code read_share(reader *r, cyt_rows *rows)
{
    cyt_code code = CYT_OK;
    const cyt_source *s = r->source;
    cyt_error *err = r->err;
    r->in = (cyt_cursor){.shown = s->shown_path, .sample = s->sample};
    CYT_TRY(check_source(s, err));
    if (CYT_FAULT("polygons.read"))
        CYT_TRY(CYT_FAIL(err, CYT_ERR_MEMORY, s->sample, "fault injected"));
    CYT_TRY(cyt_store_init(&r->store, rows, s->n_values, err));
    CYT_TRY(cyt_text_open(s->path, s->shown_path, s->sample, &r->stream, err));
    CYT_TRY(cyt_cursor_init(&r->in, r->stream, NULL, 0, err));
    cyt_json_init(&r->json, &r->in);
    CYT_TRY(read_document(r));
    CYT_TRY(check_totals(r));
    cyt_store_end(&r->store);
done:
    cyt_store_free(&r->store);
    cyt_cursor_free(&r->in);
    cyt_text_close(r->stream);
    return code;
}

/* --- the reader ------------------------------------------------------------------- */

int cyt_polygons_accepts(const char *path)
{
    static const char *const endings[] = {"_segmentations.geojson",
                                          "_segmentations.geojson.gz",
                                          "_segmentations.geojson.zst"};
    for (size_t e = 0; e < sizeof endings / sizeof *endings; e++)
        if (cyt_text_ends(path, endings[e]))
            return 1;
    return 0;
}

cyt_code cyt_polygons_check(const cyt_source *source, cyt_problems *problems,
                            cyt_error *err)
{
    cyt_rows rows = {0};
    cyt_error why = {0};
    reader r = {.source = source, .size = 1, .only_first = 1, .err = &why};
    (void)!read_share(&r, &rows);
    cyt_rows_free(&rows);
    return cyt_problems_take(problems, source->sample, &why, err);
}

cyt_code cyt_polygons_read(MPI_Comm comm, const cyt_source *source, cyt_rows *rows,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    reader r = {.source = source,
                .rank = (uint64_t)cyt_comm_rank(comm),
                .size = (uint64_t)cyt_comm_size(comm),
                .err = err};
    *rows = (cyt_rows){0};
    CYT_TRY(cyt_agree(comm, read_share(&r, rows), err));
    CYT_TRY(cyt_check_unique_ids(comm, rows, source->shown_path, "feature",
                                 source->sample, err));
done:
    return code;
}
