// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/components.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/halo.h"
#include "cytotaxis/mem.h"

#include <stdlib.h>
#include <string.h>

/* A piece that touches the border of its strip. */
typedef struct piece {
    uint64_t size;
    uint64_t marked;
    uint64_t first; /* its first pixel */
} piece;

/* Border pieces that touch across two strips, by their numbers over all ranks. */
typedef struct touch {
    uint32_t a, b;
} touch;

/* What is known of the borders; numbers of border pieces run over all ranks. */
typedef struct borders {
    uint32_t first;     /* number of this rank's first border piece */
    uint32_t n;         /* its border pieces */
    uint32_t *piece_of; /* [components.n + 1] 1 + place among them; 0 = none */
    uint32_t *rows;     /* [4 * n_cols] the row above, first, last, the row below: 1 +
                           number of a border piece, 0 = no member */
    uint64_t *starts;   /* [size + 1] of the raster of first and last rows */
    piece *own;         /* [n] */
    touch *touches;     /* [3 * n_cols] */
    size_t n_touches;
    piece *all; /* [n_all] of all ranks, in order */
    size_t n_all;
    uint32_t *parent; /* [n_all] */
} borders;

static void free_borders(borders *b)
{
    free(b->piece_of);
    free(b->rows);
    free(b->starts);
    free(b->own);
    free(b->touches);
    free(b->all);
    free(b->parent);
}

/* --- one strip -------------------------------------------------------------------- */

/* What the pixels of a strip say of its components; its first pixel has that number. */
static void take_pixels(size_t n, uint64_t first, const uint8_t *mask,
                        cyt_components *out)
{
    for (size_t i = 0; i < n; i++) {
        const uint32_t k = out->label[i];
        if (out->size[k]++ == 0)
            out->first[k] = first + i;
        out->marked[k] |= (mask[i] & CYT_MARKED) != 0;
    }
    out->size[0] = out->first[0] = 0;
    out->marked[0] = 0;
}

static cyt_code label_strip(size_t n_rows, size_t n_cols, const uint8_t *mask,
                            cyt_connectivity connectivity, cyt_components *out,
                            cyt_error *err)
{
    const size_t n = n_rows * n_cols;
    if (CYT_FAULT("components.find"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    if (n >= UINT32_MAX)
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL,
                        "a strip of %zu x %zu pixels is too large to label; use more "
                        "ranks",
                        n_cols, n_rows);
    out->label = cyt_alloc(n, sizeof *out->label, "labels of components", err);
    if (!out->label)
        return err->code;
    out->n = cyt_connect_label(n_rows, n_cols, mask, connectivity, out->label);
    out->size = cyt_calloc(out->n + 1, sizeof *out->size, "sizes of components", err);
    out->marked = cyt_calloc(out->n + 1, 1, "marks of components", err);
    out->first = cyt_calloc(out->n + 1, sizeof *out->first, "components", err);
    return err->code;
}

/* --- borders ---------------------------------------------------------------------- */

static cyt_code alloc_borders(size_t size, size_t n_cols, const cyt_components *c,
                              borders *b, cyt_error *err)
{
    b->piece_of =
        cyt_calloc(c->n + 1, sizeof *b->piece_of, "borders of components", err);
    b->rows = cyt_calloc(4 * n_cols, sizeof *b->rows, "borders of components", err);
    b->starts = cyt_alloc(size + 1, sizeof *b->starts, "borders of components", err);
    b->own = cyt_alloc(2 * n_cols, sizeof *b->own, "borders of components", err);
    b->touches =
        cyt_alloc(3 * n_cols, sizeof *b->touches, "borders of components", err);
    return err->code;
}

/* Number the pieces that the strip's first and last row meet. */
static void number_pieces(size_t n_rows, size_t n_cols, const cyt_components *c,
                          borders *b)
{
    if (n_rows == 0)
        return;
    const uint32_t *last = c->label + (n_rows - 1) * n_cols;
    for (size_t k = 0; k < 2 * n_cols; k++) {
        const uint32_t own = k < n_cols ? c->label[k] : last[k - n_cols];
        if (own == 0)
            continue;
        if (b->piece_of[own] == 0) {
            b->own[b->n] = (piece){c->size[own], c->marked[own], c->first[own]};
            b->piece_of[own] = ++b->n;
        }
        b->rows[n_cols + k] = b->piece_of[own];
    }
}

/* The raster of first and last rows: two of each strip that has any. */
static void start_rows(const uint64_t *starts, size_t size, uint64_t *rows)
{
    rows[0] = 0;
    for (size_t r = 0; r < size; r++)
        rows[r + 1] = rows[r] + (starts[r] < starts[r + 1] ? 2 : 0);
}

static void add_touch(borders *b, uint32_t above, uint32_t here)
{
    const touch t = {above - 1, here - 1};
    const touch *last = b->n_touches > 0 ? &b->touches[b->n_touches - 1] : NULL;
    if (above > 0 && here > 0 && !(last && last->a == t.a && last->b == t.b))
        b->touches[b->n_touches++] = t;
}

static void find_touches(size_t n_cols, cyt_connectivity connectivity, borders *b)
{
    const uint32_t *above = b->rows, *here = b->rows + n_cols;
    for (size_t c = 0; c < n_cols; c++) {
        if (connectivity == CYT_CONNECT_8 && c > 0)
            add_touch(b, above[c - 1], here[c]);
        add_touch(b, above[c], here[c]);
        if (connectivity == CYT_CONNECT_8 && c + 1 < n_cols)
            add_touch(b, above[c + 1], here[c]);
    }
}

/* What this rank's first row meets above it. Collective. */
static cyt_code meet_above(MPI_Comm comm, const uint64_t *starts, size_t n_cols,
                           cyt_connectivity connectivity, borders *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(comm), me = (size_t)cyt_comm_rank(comm);
    b->first = (uint32_t)cyt_exscan_u64(comm, b->n);
    for (size_t k = n_cols; k < 3 * n_cols; k++)
        b->rows[k] += b->rows[k] > 0 ? b->first : 0;
    start_rows(starts, size, b->starts);
    CYT_TRY(cyt_halo_rows(comm, b->starts, n_cols * sizeof *b->rows, 1, b->rows, err));
    if (starts[me] < starts[me + 1])
        find_touches(n_cols, connectivity, b);
done:
    return code;
}

/* Join what touches; every rank does all of it. Collective. */
static cyt_code join_pieces(MPI_Comm comm, borders *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *pieces = NULL, *touches = NULL;
    size_t bytes = 0;
    CYT_TRY(cyt_allgather_text(comm, (const char *)b->own, b->n * sizeof *b->own,
                               &pieces, &bytes, err));
    b->all = (piece *)pieces;
    b->n_all = bytes / sizeof *b->all;
    CYT_TRY(cyt_allgather_text(comm, (const char *)b->touches,
                               b->n_touches * sizeof *b->touches, &touches, &bytes,
                               err));
    b->parent = cyt_alloc(b->n_all, sizeof *b->parent, "borders of components", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t k = 0; k < b->n_all; k++)
        b->parent[k] = (uint32_t)k;
    const touch *all = (const touch *)touches;
    for (size_t k = 0; k < bytes / sizeof *all; k++)
        cyt_connect_join(b->parent, all[k].a, all[k].b);
    for (size_t k = 0; k < b->n_all; k++) {
        const uint32_t root = cyt_connect_root(b->parent, (uint32_t)k);
        if (root == k)
            continue;
        b->all[root].size += b->all[k].size;
        b->all[root].marked |= b->all[k].marked;
        if (b->all[k].first < b->all[root].first)
            b->all[root].first = b->all[k].first;
    }
done:
    free(touches);
    return code;
}

static void take_joined(borders *b, cyt_components *c)
{
    for (size_t k = 1; k <= c->n; k++) {
        if (b->piece_of[k] == 0)
            continue;
        const piece *whole =
            &b->all[cyt_connect_root(b->parent, b->first + b->piece_of[k] - 1)];
        c->size[k] = whole->size;
        c->marked[k] = whole->marked != 0;
        c->first[k] = whole->first;
    }
}

cyt_code cyt_components_find(MPI_Comm comm, const uint64_t *starts, size_t n_cols,
                             const uint8_t *mask, cyt_connectivity connectivity,
                             cyt_components *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(comm), me = (size_t)cyt_comm_rank(comm);
    const size_t n_rows = (size_t)(starts[me + 1] - starts[me]);
    borders b = {0};
    *out = (cyt_components){0};
    code = label_strip(n_rows, n_cols, mask, connectivity, out, err);
    if (code == CYT_OK)
        take_pixels(n_rows * n_cols, starts[me] * n_cols, mask, out);
    if (code == CYT_OK)
        code = alloc_borders(size, n_cols, out, &b, err);
    CYT_TRY(cyt_agree(comm, code, err));
    if (size == 1)
        goto done;
    number_pieces(n_rows, n_cols, out, &b);
    CYT_TRY(meet_above(comm, starts, n_cols, connectivity, &b, err));
    CYT_TRY(join_pieces(comm, &b, err));
    take_joined(&b, out);
done:
    free_borders(&b);
    if (code != CYT_OK)
        cyt_components_free(out);
    return code;
}

void cyt_components_free(cyt_components *components)
{
    free(components->label);
    free(components->size);
    free(components->marked);
    free(components->first);
    *components = (cyt_components){0};
}

cyt_code cyt_components_drop(MPI_Comm comm, const uint64_t *starts, size_t n_cols,
                             cyt_connectivity connectivity, uint64_t least,
                             uint8_t *mask, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t me = (size_t)cyt_comm_rank(comm);
    const size_t n = (size_t)(starts[me + 1] - starts[me]) * n_cols;
    cyt_components c = {0};
    CYT_TRY(cyt_components_find(comm, starts, n_cols, mask, connectivity, &c, err));
    for (size_t i = 0; i < n; i++)
        if (c.size[c.label[i]] < least && !c.marked[c.label[i]])
            mask[i] = 0;
done:
    cyt_components_free(&c);
    return code;
}
