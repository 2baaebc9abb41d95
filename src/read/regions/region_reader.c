// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/region_reader.h"

#include "read/regions/region_formats.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- one file --------------------------------------------------------------------- */

static const cyt_region_format *format_of(cyt_cursor *in, cyt_error *err)
{
    enum { HEAD = 4096 };
    const char *head;
    size_t n = cyt_cursor_look(in, HEAD, &head, err);
    while (n > 0 && strchr(" \t\r\n", *head) && *head) {
        head++;
        n--;
    }
    if (err->code != CYT_OK)
        return NULL;
    for (const cyt_region_format *f = cyt_region_formats; f->name; f++)
        if (f->accepts(head, n))
            return f;
    CYT_FAIL(err, CYT_ERR_DATA, in->sample,
             n ? "%s is no file of regions; known are GeoJSON (QuPath), annotations as "
                 "XML (HALO) and selections as CSV (Xenium Explorer)"
               : "%s is empty",
             in->shown);
    return NULL;
}

static cyt_region_map map_of(const cyt_region_source *s)
{
    const double *m = s->affine;
    return (cyt_region_map){
        m[0], m[1], m[2], m[3], m[4], m[5], isnan(s->um_per_px) ? 1 : s->um_per_px};
}

static cyt_code check_some(const cyt_region_source *s, const cyt_regions *r,
                           cyt_error *err)
{
    char skipped[CYT_SKIPS_SHOWN];
    if (r->n_polygons > 0)
        return CYT_OK;
    cyt_region_skips_text(&r->skips, skipped);
    return CYT_FAIL(err, CYT_ERR_DATA, s->sample, "%s holds no region%s%s",
                    s->shown_path, *skipped ? "; passed over: " : "", skipped);
}

static cyt_code read_file(const cyt_region_source *s, cyt_regions *regions,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_text_stream *stream = NULL;
    cyt_cursor in = {.shown = s->shown_path, .sample = s->sample};
    const cyt_region_map map = map_of(s);
    cyt_regions_init(regions, &map);
    if (CYT_FAULT("regions.read"))
        CYT_TRY(CYT_FAIL(err, CYT_ERR_MEMORY, s->sample, "fault injected"));
    CYT_TRY(cyt_text_open(s->path, s->shown_path, s->sample, &stream, err));
    CYT_TRY(cyt_cursor_init(&in, stream, NULL, 0, err));
    const cyt_region_format *format = format_of(&in, err);
    CYT_TRY(format ? CYT_OK : err->code);
    if (format->in_pixels && isnan(s->um_per_px))
        CYT_TRY(CYT_FAIL(err, CYT_ERR_CONFIG, s->sample,
                         "regions %s count in pixels (%s); give regions_um_per_px, um "
                         "of a pixel of the full image",
                         s->shown_path, format->name));
    CYT_TRY(format->read(&in, regions, err));
    CYT_TRY(check_some(s, regions, err));
done:
    cyt_cursor_free(&in);
    cyt_text_close(stream);
    return code;
}

cyt_code cyt_regions_check(const cyt_region_source *source, const char *place,
                           cyt_problems *problems, cyt_error *err)
{
    cyt_regions regions = {0};
    cyt_error why = {0};
    const cyt_code code = read_file(source, &regions, &why);
    cyt_regions_free(&regions);
    return cyt_problems_take(problems, code == CYT_ERR_CONFIG ? place : source->sample,
                             &why, err);
}

/* --- to all ranks ----------------------------------------------------------------- */

enum { POLYGONS, RINGS, VERTICES, LABEL_BYTES, N_SIZES };

static void send_bytes(MPI_Comm comm, void *data, size_t n)
{
    const size_t most = (size_t)1 << 30;
    for (size_t at = 0; at < n; at += most)
        cyt_bcast((char *)data + at, (int)(n - at < most ? n - at : most), MPI_BYTE, 0,
                  comm);
}

/* The labels, each with its NUL. */
static char *join_labels(const cyt_names *labels, uint64_t *n, cyt_error *err)
{
    *n = 0;
    for (size_t k = 0; k < labels->n; k++)
        *n += strlen(labels->name[k]) + 1;
    char *text = cyt_alloc(*n, 1, "labels of regions", err), *at = text;
    for (size_t k = 0; text && k < labels->n; k++) {
        const size_t length = strlen(labels->name[k]) + 1;
        memcpy(at, labels->name[k], length);
        at += length;
    }
    return text;
}

static cyt_code split_labels(const char *text, size_t n, cyt_names *labels,
                             cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t at = 0; at < n; at += strlen(text + at) + 1)
        CYT_TRY(cyt_names_add(labels, text + at, strlen(text + at), err));
done:
    return code;
}

static cyt_code make_room(cyt_regions *r, const uint64_t *n, char **text,
                          cyt_error *err)
{
    r->n_polygons = n[POLYGONS];
    r->n_rings = n[RINGS];
    r->n_vertices = n[VERTICES];
    r->label = cyt_alloc(n[POLYGONS], sizeof *r->label, "regions", err);
    r->first_ring = cyt_alloc(n[POLYGONS] + 1, sizeof *r->first_ring, "regions", err);
    r->first_vertex = cyt_alloc(n[RINGS] + 1, sizeof *r->first_vertex, "regions", err);
    r->x = cyt_alloc(n[VERTICES], sizeof *r->x, "vertices of regions", err);
    r->y = cyt_alloc(n[VERTICES], sizeof *r->y, "vertices of regions", err);
    *text = cyt_alloc(n[LABEL_BYTES], 1, "labels of regions", err);
    return err->code;
}

static cyt_code send_to_all(MPI_Comm comm, cyt_regions *r, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const int first = cyt_comm_rank(comm) == 0;
    char *text = NULL;
    uint64_t n[N_SIZES] = {r->n_polygons, r->n_rings, r->n_vertices, 0};
    if (first)
        text = join_labels(&r->labels, &n[LABEL_BYTES], err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    cyt_bcast(n, N_SIZES, MPI_UINT64_T, 0, comm);
    CYT_TRY(cyt_agree(comm, first ? CYT_OK : make_room(r, n, &text, err), err));
    send_bytes(comm, r->label, n[POLYGONS] * sizeof *r->label);
    send_bytes(comm, r->first_ring, (n[POLYGONS] + 1) * sizeof *r->first_ring);
    send_bytes(comm, r->first_vertex, (n[RINGS] + 1) * sizeof *r->first_vertex);
    send_bytes(comm, r->x, n[VERTICES] * sizeof *r->x);
    send_bytes(comm, r->y, n[VERTICES] * sizeof *r->y);
    send_bytes(comm, text, n[LABEL_BYTES]);
    if (!first)
        code = split_labels(text, n[LABEL_BYTES], &r->labels, err);
    if (code == CYT_OK)
        code = cyt_regions_index(r, err);
    CYT_TRY(cyt_agree(comm, code, err));
done:
    free(text);
    return code;
}

cyt_code cyt_regions_read(MPI_Comm comm, const cyt_region_source *source,
                          cyt_regions *regions, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const int first = cyt_comm_rank(comm) == 0;
    *regions = (cyt_regions){0};
    CYT_TRY(cyt_agree(comm, first ? read_file(source, regions, err) : CYT_OK, err));
    CYT_TRY(send_to_all(comm, regions, err));
done:
    return code;
}
