// SPDX-License-Identifier: BSD-3-Clause
/* Components too small for the levels, solved apart.
 *
 * Each rank labels its strip. A component that touches the edge of a strip may go on in
 * the next one: all ranks learn of these pieces and of who touches whom, and unite them
 * alike. A small one within a strip is its rank's own affair; the pixels of one that
 * crosses strips go to every rank, and each solves it. Either way the same function
 * sees the same numbers in the same order, so bits do not depend on the strips.
 */
#include "elliptic_parts.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"

#include <stdlib.h>
#include <string.h>

/* Pixels up to which a component is an island. Where these are left to the levels, a
 * mask of specks takes two to four times the iterations; larger ones do no harm. */
static const size_t largest_island = 512;

/* What a component is: left to the levels, or an island, whole or in pieces. */
enum { MAINLAND = 0, LOCAL, CROSSING };

/* The components of this strip. */
typedef struct survey {
    size_t n_runs;
    cyt_pixel_run *runs;
    size_t *n_pixels; /* [n_runs] of the component, at its root */
    double *label;    /* [n_runs] at a root: of the whole component, see label_of() */
    unsigned char *kind; /* [n_runs] at a root */
    double *edge; /* [4 * n_cols] labels: first, last row; above, below the strip */
} survey;

/* What ranks tell each other. */
typedef struct pieces {
    size_t n, n_pairs; /* of all ranks */
    double *piece;     /* [2 * n] label, pixels; sorted by label */
    double *pair;      /* [2 * n_pairs] labels that touch */
    size_t *parent;    /* [n] */
} pieces;

/* --- gathering -------------------------------------------------------------------- */

/* Numbers of all ranks, in rank order; `first` gets the place of this rank's. */
static cyt_code gather_all(MPI_Comm comm, const double *mine, size_t n, double **all,
                           size_t *total, size_t *first, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(comm);
    *total = (size_t)cyt_sum_u64(comm, n);
    *first = (size_t)cyt_exscan_u64(comm, n);
    int *counts = cyt_alloc(2 * size, sizeof *counts, "counts of islands", err);
    *all = cyt_alloc(*total, sizeof **all, "islands", err);
    const int count = (int)n, at = (int)*first;
    cyt_mpi_count(*total, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    cyt_allgather(&count, 1, MPI_INT, counts, 1, MPI_INT, comm);
    cyt_allgather(&at, 1, MPI_INT, counts + size, 1, MPI_INT, comm);
    cyt_allgatherv(mine, count, MPI_DOUBLE, *all, counts, counts + size, MPI_DOUBLE,
                   comm);
done:
    free(counts);
    return code;
}

/* --- components of the strip ------------------------------------------------------ */

/* Number of the component's first pixel in the raster, from 1; exact in a double. */
static double label_of(const cyt_elliptic *e, const cyt_pixel_run *root)
{
    const uint64_t row = e->medium.row_starts[e->rank] + root->row;
    return (double)(row * e->medium.n_cols + root->from + 1);
}

static cyt_code survey_strip(const cyt_elliptic *e, survey *s, cyt_error *err)
{
    const size_t n = e->medium.n_cols;
    const double *d = e->medium.diffusion;
    if (CYT_FAULT("elliptic.islands"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    s->n_runs = cyt_runs_count(e->n_own, n, d);
    s->runs = cyt_alloc(s->n_runs, sizeof *s->runs, "runs of tissue", err);
    s->n_pixels = cyt_calloc(s->n_runs, sizeof *s->n_pixels, "tissue parts", err);
    s->label = cyt_calloc(s->n_runs, sizeof *s->label, "tissue parts", err);
    s->kind = cyt_calloc(s->n_runs, sizeof *s->kind, "tissue parts", err);
    s->edge = cyt_calloc(4 * n, sizeof *s->edge, "edge rows", err);
    if (err->code != CYT_OK)
        return err->code;
    cyt_runs_label(e->n_own, n, d, s->runs);
    for (size_t i = 0; i < s->n_runs; i++) {
        const cyt_pixel_run r = s->runs[i];
        s->n_pixels[r.root] += r.to - r.from;
        s->label[r.root] = label_of(e, &s->runs[r.root]);
        for (size_t c = r.from; c < r.to; c++) {
            if (r.row == 0)
                s->edge[c] = s->label[r.root];
            if (r.row + 1 == e->n_own)
                s->edge[n + c] = s->label[r.root];
        }
    }
    for (size_t i = 0; i < s->n_runs; i++)
        s->kind[i] = s->n_pixels[i] <= largest_island ? LOCAL : MAINLAND;
    return CYT_OK;
}

static void survey_free(survey *s)
{
    free(s->runs);
    free(s->n_pixels);
    free(s->label);
    free(s->kind);
    free(s->edge);
}

/* --- components of all strips ----------------------------------------------------- */

static int by_first(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int is_at_edge(const cyt_elliptic *e, const cyt_pixel_run *r)
{
    return r->row == 0 || r->row + 1 == e->n_own;
}

/* Pieces at the edges of the strip, and who touches whom across the edge above. */
static cyt_code tell_pieces(MPI_Comm comm, const cyt_elliptic *e, const survey *s,
                            pieces *p, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = e->medium.n_cols, most = s->n_runs < 2 * n ? s->n_runs : 2 * n;
    size_t n_mine = 0, n_pairs = 0, first;
    double *mine = cyt_alloc(2 * most, sizeof *mine, "tissue parts", err);
    double *pairs = cyt_alloc(2 * n, sizeof *pairs, "tissue parts", err);
    unsigned char *seen = cyt_calloc(s->n_runs, 1, "tissue parts", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t i = 0; i < s->n_runs; i++) {
        const size_t root = s->runs[i].root;
        if (!is_at_edge(e, &s->runs[i]) || seen[root])
            continue;
        seen[root] = 1;
        mine[n_mine++] = s->label[root];
        mine[n_mine++] = (double)s->n_pixels[root];
    }
    for (size_t c = 0; e->n_own > 0 && c < n; c++) {
        const double here = s->edge[c], above = s->edge[2 * n + c];
        if (here == 0 || above == 0)
            continue;
        pairs[n_pairs++] = here;
        pairs[n_pairs++] = above;
    }
    CYT_TRY(gather_all(comm, mine, n_mine, &p->piece, &p->n, &first, err));
    CYT_TRY(gather_all(comm, pairs, n_pairs, &p->pair, &p->n_pairs, &first, err));
    p->n /= 2;
    p->n_pairs /= 2;
    qsort(p->piece, p->n, 2 * sizeof *p->piece, by_first);
done:
    free(mine);
    free(pairs);
    free(seen);
    return code;
}

static size_t piece_at(const pieces *p, double label)
{
    const double *at = bsearch(&label, p->piece, p->n, 2 * sizeof label, by_first);
    return (size_t)(at - p->piece) / 2;
}

static size_t root_of(const pieces *p, size_t i)
{
    while (p->parent[i] != i)
        i = p->parent[i] = p->parent[p->parent[i]];
    return i;
}

/* Sizes go to the roots; `united` marks pieces that touch another. */
static void unite_pieces(const pieces *p, unsigned char *united)
{
    for (size_t i = 0; i < p->n; i++)
        p->parent[i] = i;
    for (size_t i = 0; i < p->n_pairs; i++) {
        const size_t a = root_of(p, piece_at(p, p->pair[2 * i]));
        const size_t b = root_of(p, piece_at(p, p->pair[2 * i + 1]));
        const size_t low = a < b ? a : b, high = a < b ? b : a;
        united[low] = united[high] = 1;
        if (low == high)
            continue;
        p->parent[high] = low;
        p->piece[2 * low + 1] += p->piece[2 * high + 1];
    }
}

static cyt_code judge_pieces(MPI_Comm comm, const cyt_elliptic *e, survey *s,
                             cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = e->medium.n_cols;
    pieces p = {0};
    unsigned char *united = NULL;
    CYT_TRY(elliptic_edge_rows(comm, e, s->edge, s->edge + n, s->edge + 2 * n, err));
    CYT_TRY(tell_pieces(comm, e, s, &p, err));
    p.parent = cyt_alloc(p.n, sizeof *p.parent, "tissue parts", err);
    united = cyt_calloc(p.n, 1, "tissue parts", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    unite_pieces(&p, united);
    for (size_t i = 0; i < s->n_runs; i++) {
        if (!is_at_edge(e, &s->runs[i]))
            continue;
        const size_t root = s->runs[i].root;
        const size_t own = piece_at(&p, label_of(e, &s->runs[root]));
        const size_t whole = root_of(&p, own);
        if (!united[whole])
            continue;
        s->label[root] = p.piece[2 * whole];
        s->kind[root] =
            p.piece[2 * whole + 1] <= (double)largest_island ? CROSSING : MAINLAND;
    }
done:
    free(p.piece);
    free(p.pair);
    free(p.parent);
    free(united);
    return code;
}

/* --- lists of pixels -------------------------------------------------------------- */

/* Islands within the strip one after the other, then pixels of those that cross. */
static cyt_code list_pixels(const survey *s, elliptic_islands *o, cyt_error *err)
{
    size_t *next = cyt_calloc(s->n_runs, sizeof *next, "islands", err);
    for (size_t i = 0; next && i < s->n_runs; i++)
        if (s->runs[i].root == i && s->kind[i] == LOCAL) {
            o->n++;
            o->n_pixels += s->n_pixels[i];
        } else if (s->runs[i].root == i && s->kind[i] == CROSSING) {
            o->n_crossing += s->n_pixels[i];
        }
    o->start = cyt_alloc(o->n + 1, sizeof *o->start, "islands", err);
    o->place = cyt_alloc(o->n_pixels + o->n_crossing, sizeof *o->place, "islands", err);
    o->label = cyt_alloc(o->n_crossing, sizeof *o->label, "islands", err);
    size_t island = 0, at = 0, crossing = o->n_pixels;
    for (size_t i = 0; err->code == CYT_OK && i < s->n_runs; i++) {
        const cyt_pixel_run r = s->runs[i];
        if (r.root == i && s->kind[i] == LOCAL) {
            o->start[island++] = next[i] = at;
            at += s->n_pixels[i];
        }
        for (uint32_t c = r.from; s->kind[r.root] != MAINLAND && c < r.to; c++) {
            const int is_local = s->kind[r.root] == LOCAL;
            if (!is_local)
                o->label[crossing - o->n_pixels] = s->label[r.root];
            o->place[is_local ? next[r.root]++ : crossing++] = (cyt_place){r.row, c};
        }
    }
    if (err->code == CYT_OK)
        o->start[o->n] = at;
    free(next);
    return err->code;
}

/* --- islands that cross strips ---------------------------------------------------- */

/* A pixel, as all ranks are told of it. */
typedef struct told {
    double label, row, col, d, k, from; /* from: its place among what was gathered */
} told;

enum { TOLD = sizeof(told) / sizeof(double) };

static int by_island(const void *a, const void *b)
{
    const told *x = a, *y = b;
    const double p[3] = {x->label, x->row, x->col}, q[3] = {y->label, y->row, y->col};
    for (int i = 0; i < 3; i++)
        if (p[i] != q[i])
            return p[i] < q[i] ? -1 : 1;
    return 0;
}

static told tell_pixel(const cyt_elliptic *e, size_t i)
{
    const elliptic_islands *o = &e->islands;
    const cyt_elliptic_params *m = &e->medium;
    const cyt_place at = o->place[o->n_pixels + i];
    const size_t pixel = at.row * m->n_cols + at.col;
    return (told){
        o->label[i],         (double)(m->row_starts[e->rank] + at.row),     at.col,
        m->diffusion[pixel], m->decay ? m->decay[pixel] : m->uniform_decay, 0};
}

static cyt_code sort_crossing(elliptic_islands *o, told *all, cyt_error *err)
{
    crossing_islands *x = &o->crossing;
    x->start = cyt_calloc(x->n + 1, sizeof *x->start, "islands", err);
    x->place = cyt_alloc(x->n, sizeof *x->place, "islands", err);
    x->from = cyt_alloc(x->n, sizeof *x->from, "islands", err);
    x->d = cyt_alloc(2 * x->n, sizeof *x->d, "islands", err);
    if (err->code != CYT_OK)
        return err->code;
    x->k = x->d + x->n;
    for (size_t i = 0; i < x->n; i++)
        all[i].from = (double)i;
    qsort(all, x->n, sizeof *all, by_island);
    for (size_t i = 0; i < x->n; i++) {
        if (i == 0 || all[i].label != all[i - 1].label)
            x->start[x->n_islands++] = i;
        x->place[i] = (cyt_place){(uint32_t)all[i].row, (uint32_t)all[i].col};
        x->from[i] = (size_t)all[i].from;
        x->d[i] = all[i].d;
        x->k[i] = all[i].k;
    }
    x->start[x->n_islands] = x->n;
    return CYT_OK;
}

static cyt_code tell_crossing(MPI_Comm comm, cyt_elliptic *e, cyt_error *err)
{
    cyt_code code = CYT_OK;
    elliptic_islands *o = &e->islands;
    double *all = NULL;
    size_t first;
    told *mine = cyt_alloc(o->n_crossing, sizeof *mine, "islands", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t i = 0; i < o->n_crossing; i++)
        mine[i] = tell_pixel(e, i);
    CYT_TRY(gather_all(comm, (double *)mine, TOLD * o->n_crossing, &all, &o->crossing.n,
                       &first, err));
    o->crossing.n /= TOLD;
    CYT_TRY(cyt_agree(comm, sort_crossing(o, (told *)all, err), err));
done:
    free(mine);
    free(all);
    return code;
}

/* --- interface -------------------------------------------------------------------- */

cyt_code elliptic_islands_init(MPI_Comm comm, cyt_elliptic *e, cyt_error *err)
{
    cyt_code code = CYT_OK;
    survey s = {0};
    CYT_TRY(cyt_agree(comm, survey_strip(e, &s, err), err));
    CYT_TRY(judge_pieces(comm, e, &s, err));
    CYT_TRY(cyt_agree(comm, list_pixels(&s, &e->islands, err), err));
    CYT_TRY(tell_crossing(comm, e, err));
done:
    survey_free(&s);
    return code;
}

void elliptic_islands_free(elliptic_islands *o)
{
    free(o->start);
    free(o->place);
    free(o->label);
    free(o->crossing.start);
    free(o->crossing.place);
    free(o->crossing.from);
    free(o->crossing.d);
}

void elliptic_islands_clear(const cyt_elliptic *e, float *array)
{
    const elliptic_islands *o = &e->islands;
    const cyt_mg_rows *r = &e->levels[0].mg.rows;
    for (size_t i = 0; i < o->n_pixels + o->n_crossing; i++)
        cyt_mg_row(r, array, r->first + o->place[i].row)[o->place[i].col] = 0;
}

/* Numbers of one island: D, k, s, x. */
typedef struct numbers {
    double *d, *k, *s, *x;
    void *scratch;
} numbers;

static void solve_local(const cyt_elliptic *e, size_t island, const numbers *b,
                        const double *source, double *c)
{
    const elliptic_islands *o = &e->islands;
    const cyt_elliptic_params *m = &e->medium;
    const size_t first = o->start[island], n = o->start[island + 1] - first;
    const cyt_place *place = o->place + first;
    for (size_t i = 0; i < n; i++) {
        const size_t at = place[i].row * m->n_cols + place[i].col;
        b->d[i] = m->diffusion[at];
        b->k[i] = m->decay ? m->decay[at] : m->uniform_decay;
        b->s[i] = source[at];
    }
    const cyt_island in = {n, place, b->d, b->k, b->s, e->per_area};
    cyt_island_solve(&in, b->x, b->scratch);
    for (size_t i = 0; i < n; i++)
        c[place[i].row * m->n_cols + place[i].col] = b->x[i];
}

/* Each rank solves all of them and keeps its pixels. */
static cyt_code solve_crossing(MPI_Comm comm, const cyt_elliptic *e, const numbers *b,
                               const double *source, double *c, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const elliptic_islands *o = &e->islands;
    const crossing_islands *x = &o->crossing;
    const cyt_place *own = o->place + o->n_pixels;
    const size_t n_cols = e->medium.n_cols;
    size_t total, first;
    double *all = NULL;
    double *mine = cyt_alloc(o->n_crossing, sizeof *mine, "islands", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t i = 0; i < o->n_crossing; i++)
        mine[i] = source[own[i].row * n_cols + own[i].col];
    CYT_TRY(gather_all(comm, mine, o->n_crossing, &all, &total, &first, err));
    for (size_t l = 0; l < x->n_islands; l++) {
        const size_t at = x->start[l], n = x->start[l + 1] - at;
        for (size_t i = 0; i < n; i++)
            b->s[i] = all[x->from[at + i]];
        const cyt_island in = {n,         x->place + at, x->d + at,
                               x->k + at, b->s,          e->per_area};
        cyt_island_solve(&in, b->x, b->scratch);
        for (size_t i = 0; i < n; i++)
            all[x->from[at + i]] = b->x[i];
    }
    for (size_t i = 0; i < o->n_crossing; i++)
        c[own[i].row * n_cols + own[i].col] = all[first + i];
done:
    free(mine);
    free(all);
    return code;
}

cyt_code elliptic_islands_solve(MPI_Comm comm, const cyt_elliptic *e,
                                const double *source, double *c, cyt_error *err)
{
    cyt_code code = CYT_OK;
    numbers b = {0};
    b.d = cyt_alloc(4 * largest_island, sizeof *b.d, "an island", err);
    b.scratch = cyt_alloc(cyt_island_scratch(largest_island), 1, "an island", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    b.k = b.d + largest_island;
    b.s = b.k + largest_island;
    b.x = b.s + largest_island;
    for (size_t i = 0; i < e->islands.n; i++)
        solve_local(e, i, &b, source, c);
    CYT_TRY(solve_crossing(comm, e, &b, source, c, err));
done:
    free(b.d);
    free(b.scratch);
    return code;
}
