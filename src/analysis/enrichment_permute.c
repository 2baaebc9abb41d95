// SPDX-License-Identifier: BSD-3-Clause
/* Permutations, CYT_LANES at a time. Own cells are taken in blocks that lie close
 * together on a Hilbert curve; of each block and the cells around it labels are dealt,
 * turned into bits, and counted while they are in the cache. No label is stored for
 * longer, nor ever sent: a cell is dealt its label wherever it is needed. */
#include "cytotaxis/enrichment.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/group_means.h"
#include "cytotaxis/hilbert.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/random.h"
#include "cytotaxis/shuffle.h"
#include "cytotaxis/stop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char what[] = "permutations of labels";

enum { BLOCK = 512 }; /* cells: their bits and those around fill half a level-2 cache */

/* Which label a cell is dealt. */
typedef struct ticket {
    uint32_t urn;      /* or CYT_NO_GROUP: the cell keeps its label */
    uint32_t position; /* in the urn; without an urn the type, or CYT_NO_TYPE */
} ticket;

typedef struct deal {
    const cyt_label_counts *counts;
    const cyt_permutation_params *params;
    size_t n, n_urns;
    ticket *ticket;  /* [n nodes: own cells, then guests] */
    cyt_urn *urn;    /* [n_urns] */
    uint32_t *end;   /* [n_urns * n_types] */
    uint32_t *key;   /* [n_urns * CYT_SHUFFLE_ROUNDS * CYT_LANES] */
    uint8_t **table; /* [n_urns] of small urns */
    /* blocks: nodes, first the block's own cells, and lists among them */
    size_t n_blocks, n_local_most;
    size_t *block_cell; /* [n_blocks + 1] in `order` */
    size_t *block_node; /* [n_blocks + 1] in `node` */
    uint32_t *node;
    size_t node_capacity;
    size_t *start;       /* [own + 1] in `neighbour`, along the order */
    uint32_t *neighbour; /* number within the block */
    uint64_t *hot;
    cyt_tally tally;
    uint64_t *count; /* [n_pairs * CYT_LANES] */
    double *sum;     /* [2 * n_pairs] of what exceeds n_ab, and of its square */
} deal;

static void free_deal(deal *d)
{
    for (size_t u = 0; d->table && u < d->n_urns; u++)
        free(d->table[u]);
    free(d->table);
    free(d->ticket);
    free(d->urn);
    free(d->end);
    free(d->key);
    free(d->block_cell);
    free(d->block_node);
    free(d->node);
    free(d->start);
    free(d->neighbour);
    free(d->hot);
    free(d->tally.sum);
    free(d->tally.scratch);
    free(d->count);
    free(d->sum);
}

/* --- tickets and urns ------------------------------------------------------------- */

static uint32_t urn_of(const cyt_slide *slide, const deal *d, size_t cell)
{
    if (slide->cells.type[cell] == CYT_NO_TYPE)
        return CYT_NO_GROUP;
    return d->params->n_groups > 0 ? d->params->group[cell] : 0;
}

/* Cells of each urn and type, here; first [n_urns] becomes those of each urn. */
static void count_labels(const cyt_slide *slide, const deal *d, uint64_t *labels,
                         uint64_t *first)
{
    for (size_t i = 0; i < slide->cells.n; i++) {
        const uint32_t u = urn_of(slide, d, i);
        if (u == CYT_NO_GROUP)
            continue;
        labels[u * d->counts->n_types + slide->cells.type[i]]++;
        first[u]++;
    }
}

/* first [n_urns]: position of this strip's first cell of each urn, in the slide's
 * order. */
static void write_tickets(const cyt_slide *slide, deal *d, uint64_t *first)
{
    for (size_t i = 0; i < slide->cells.n; i++) {
        const uint32_t u = urn_of(slide, d, i);
        d->ticket[i] =
            (ticket){u, u == CYT_NO_GROUP ? slide->cells.type[i] : (uint32_t)first[u]};
        if (u != CYT_NO_GROUP)
            first[u]++;
    }
}

/* A small urn has a table, to be filled for each batch. */
static cyt_code fill_urns(deal *d, const uint64_t *labels, cyt_error *err)
{
    const size_t n_types = d->counts->n_types;
    for (size_t u = 0; u < d->n_urns; u++) {
        uint64_t total = 0;
        for (size_t t = 0; t < n_types; t++) {
            total += labels[u * n_types + t];
            d->end[u * n_types + t] = (uint32_t)total;
        }
        if (total >= UINT32_MAX)
            return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                            "%llu cells are too many to permute their labels",
                            (unsigned long long)total);
        cyt_urn *urn = d->urn + u;
        *urn = (cyt_urn){.n = (uint32_t)total,
                         .n_types = n_types,
                         .end = d->end + u * n_types,
                         .key = d->key + u * CYT_SHUFFLE_ROUNDS * CYT_LANES};
        cyt_urn_sides(urn->n, &urn->a, &urn->b);
        if (total < CYT_URN_NETWORK)
            d->table[u] = cyt_alloc((size_t)total, CYT_LANES, what, err);
        urn->dealt = d->table[u];
    }
    return err->code;
}

static cyt_code make_tickets(const cyt_graph *g, deal *d, cyt_error *err)
{
    const size_t n_types = d->counts->n_types;
    d->n = g->n + g->n_guests;
    d->n_urns = d->params->n_groups > 0 ? d->params->n_groups : 1;
    if (n_types > CYT_LABELS_MOST)
        return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                        "labels of %zu types cannot be permuted, at most %d", n_types,
                        CYT_LABELS_MOST);
    if (CYT_FAULT("enrichment.permute"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    d->ticket = cyt_alloc(d->n, sizeof *d->ticket, what, err);
    d->urn = cyt_alloc(d->n_urns, sizeof *d->urn, what, err);
    d->end = cyt_alloc(d->n_urns * n_types, sizeof *d->end, what, err);
    d->key = cyt_alloc(d->n_urns * CYT_SHUFFLE_ROUNDS, CYT_LANES * sizeof *d->key, what,
                       err);
    d->table = cyt_calloc(d->n_urns, sizeof *d->table, what, err);
    return err->code;
}

/* Collective. */
static cyt_code prepare_urns(MPI_Comm comm, const cyt_slide *slide, const cyt_graph *g,
                             deal *d, cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint64_t *labels = NULL, *first = NULL;
    CYT_TRY(cyt_agree(comm, make_tickets(g, d, err), err));
    const size_t n_labels = d->n_urns * d->counts->n_types;
    labels = cyt_calloc(n_labels, sizeof *labels, what, err);
    first = cyt_calloc(2 * d->n_urns, sizeof *first, what, err);
    cyt_mpi_count(n_labels, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    count_labels(slide, d, labels, first);
    cyt_allreduce(MPI_IN_PLACE, labels, (int)n_labels, MPI_UINT64_T, MPI_SUM, comm);
    cyt_exscan(first, first + d->n_urns, (int)d->n_urns, MPI_UINT64_T, MPI_SUM, comm);
    if (cyt_comm_rank(comm) == 0)
        memset(first + d->n_urns, 0, d->n_urns * sizeof *first);
    write_tickets(slide, d, first + d->n_urns);
    CYT_TRY(cyt_agree(comm, fill_urns(d, labels, err), err));
    CYT_TRY(
        cyt_graph_fetch(comm, g, sizeof *d->ticket, d->ticket, d->ticket + g->n, err));
done:
    free(labels);
    free(first);
    return code;
}

/* --- blocks ----------------------------------------------------------------------- */

/* Number a node within the block: known says which block numbered it last. */
static cyt_code number_node(deal *d, size_t block, uint32_t node, uint32_t *known,
                            uint32_t *number, cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (known[node] == block)
        return CYT_OK;
    const size_t end = d->block_node[block + 1];
    CYT_TRY(cyt_grow(&d->node, &d->node_capacity, end + 1, sizeof *d->node, what, err));
    known[node] = (uint32_t)block;
    number[node] = (uint32_t)(end - d->block_node[block]);
    d->node[end] = node;
    d->block_node[block + 1]++;
done:
    return code;
}

static cyt_code fill_block(const cyt_graph *g, const uint32_t *order, deal *d,
                           size_t block, uint32_t *known, uint32_t *number,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t first = d->block_cell[block], end = d->block_cell[block + 1];
    d->block_node[block + 1] = d->block_node[block];
    for (size_t i = first; i < end; i++)
        CYT_TRY(number_node(d, block, order[i], known, number, err));
    for (size_t i = first; i < end; i++) {
        const size_t cell = order[i];
        d->start[i + 1] = d->start[i];
        for (size_t k = g->start[cell]; k < g->start[cell + 1]; k++) {
            const uint32_t node = g->node[k];
            if (d->ticket[node].urn == CYT_NO_GROUP &&
                d->ticket[node].position == CYT_NO_TYPE)
                continue;
            CYT_TRY(number_node(d, block, node, known, number, err));
            d->neighbour[d->start[i + 1]++] = number[node];
        }
    }
    const size_t n = d->block_node[block + 1] - d->block_node[block];
    d->n_local_most = n > d->n_local_most ? n : d->n_local_most;
done:
    return code;
}

static cyt_code make_blocks(const cyt_slide *slide, const cyt_graph *g, deal *d,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    d->n_blocks = (g->n + BLOCK - 1) / BLOCK;
    uint32_t *order = cyt_alloc(g->n, sizeof *order, what, err);
    uint32_t *scratch =
        cyt_alloc(cyt_hilbert_scratch(g->n), sizeof *scratch, what, err);
    uint32_t *known = cyt_alloc(d->n, sizeof *known, what, err);
    uint32_t *number = cyt_alloc(d->n, sizeof *number, what, err);
    d->block_cell = cyt_calloc(d->n_blocks + 1, sizeof *d->block_cell, what, err);
    d->block_node = cyt_calloc(d->n_blocks + 1, sizeof *d->block_node, what, err);
    d->start = cyt_calloc(g->n + 1, sizeof *d->start, what, err);
    d->neighbour = cyt_alloc(g->start[g->n], sizeof *d->neighbour, what, err);
    CYT_TRY(err->code);
    cyt_hilbert_order(g->n, slide->cells.x, slide->cells.y, scratch, order);
    memset(known, 0xff, d->n * sizeof *known);
    for (size_t b = 0; b < d->n_blocks; b++) {
        d->block_cell[b + 1] = b + 1 < d->n_blocks ? (b + 1) * BLOCK : g->n;
        CYT_TRY(fill_block(g, order, d, b, known, number, err));
    }
done:
    free(order);
    free(scratch);
    free(known);
    free(number);
    return code;
}

static cyt_code make_room(deal *d, cyt_error *err)
{
    const size_t n_types = d->counts->n_types, n_pairs = n_types * n_types;
    cyt_tally *t = &d->tally;
    *t = (cyt_tally){
        .n_types = n_types, .symmetric = d->counts->symmetric, .n_digits = 1};
    while (d->counts->degree_max >> t->n_digits)
        t->n_digits++;
    const size_t lanes = CYT_LANE_WORDS * sizeof *d->hot;
    d->hot = cyt_alloc(d->n_local_most * n_types, lanes, what, err);
    t->sum = cyt_alloc(n_pairs * CYT_TALLY_DIGITS, lanes, what, err);
    t->scratch = cyt_alloc(cyt_tally_scratch(n_types, t->n_digits), sizeof *t->scratch,
                           what, err);
    d->count = cyt_alloc(n_pairs, CYT_LANES * sizeof *d->count, what, err);
    d->sum = cyt_calloc(2 * n_pairs, sizeof *d->sum, what, err);
    return err->code;
}

/* --- one batch -------------------------------------------------------------------- */

enum { FOR_URNS = 1, FOR_KEYS, FOR_TABLES }; /* what random numbers are for */

static void draw_keys(cyt_random_key key, uint64_t first, uint32_t *keys)
{
    for (size_t l = 0; l < CYT_LANES; l++)
        for (uint32_t k = 0; k < CYT_SHUFFLE_ROUNDS; k += 4) {
            uint32_t word[4];
            cyt_random_words(key, FOR_KEYS, first + l, k, word);
            for (uint32_t i = 0; i < 4 && k + i < CYT_SHUFFLE_ROUNDS; i++)
                keys[(k + i) * CYT_LANES + l] = word[i];
        }
}

/* Fisher & Yates, each lane by itself. */
static void deal_table(cyt_random_key key, uint64_t first, const cyt_urn *urn,
                       uint8_t *table)
{
    uint8_t label = 0;
    for (uint32_t i = 0; i < urn->n; i++) {
        while (i >= urn->end[label])
            label++;
        memset(table + (size_t)i * CYT_LANES, label, CYT_LANES);
    }
    for (size_t l = 0; l < CYT_LANES; l++)
        for (uint32_t i = urn->n; i-- > 1;) {
            const uint64_t j =
                cyt_random_below(key, FOR_TABLES, first + l, i, (uint64_t)i + 1);
            uint8_t *a = table + (size_t)i * CYT_LANES + l,
                    *b = table + (size_t)j * CYT_LANES + l;
            const uint8_t kept = *a;
            *a = *b;
            *b = kept;
        }
}

static void shuffle_urns(deal *d, uint64_t first)
{
    const cyt_random_key key = cyt_random_key_of(d->params->seed, d->params->slide);
    for (size_t u = 0; u < d->n_urns; u++) {
        uint32_t word[4];
        cyt_random_words(key, FOR_URNS, u, 0, word);
        const cyt_random_key own = {{word[0], word[1]}};
        if (d->table[u])
            deal_table(own, first, d->urn + u, d->table[u]);
        else
            draw_keys(own, first, d->key + u * CYT_SHUFFLE_ROUNDS * CYT_LANES);
    }
}

static void light(const deal *d, ticket t, uint64_t *hot)
{
    uint8_t label[CYT_LANES];
    const size_t n_types = d->counts->n_types;
    if (t.urn != CYT_NO_GROUP) {
        cyt_urn_labels(d->urn + t.urn, t.position, label);
        cyt_lanes_of_labels(label, n_types, hot);
        return;
    }
    memset(hot, 0, n_types * CYT_LANE_WORDS * sizeof *hot);
    if (t.position != CYT_NO_TYPE)
        memset(hot + t.position * CYT_LANE_WORDS, 0xff, CYT_LANE_WORDS * sizeof *hot);
}

static void count_block(const deal *d, size_t block)
{
    const size_t stride = d->counts->n_types * CYT_LANE_WORDS;
    const size_t first = d->block_cell[block], end = d->block_cell[block + 1];
    for (size_t k = d->block_node[block]; k < d->block_node[block + 1]; k++)
        light(d, d->ticket[d->node[k]], d->hot + (k - d->block_node[block]) * stride);
    for (size_t i = first; i < end; i += CYT_TALLY_CELLS) {
        const size_t n = end - i < CYT_TALLY_CELLS ? end - i : CYT_TALLY_CELLS;
        cyt_tally_add(&d->tally, n, i - first, d->start + i, d->neighbour, d->hot);
    }
}

/* Pairs (a, b) and, on a symmetric graph, (b, a) have one count. */
static uint64_t *counts_of(const deal *d, size_t a, size_t b)
{
    const size_t n_types = d->counts->n_types;
    const int turn = d->counts->symmetric && a > b;
    return d->count + (turn ? b * n_types + a : a * n_types + b) * CYT_LANES;
}

static void compare(deal *d, uint64_t n, cyt_permuted *out)
{
    const size_t n_types = d->counts->n_types;
    for (size_t pair = 0; pair < n_types * n_types; pair++) {
        const uint64_t *count = counts_of(d, pair / n_types, pair % n_types);
        const uint64_t seen = d->counts->pairs[pair];
        for (uint64_t l = 0; l < n; l++) {
            const double over = (double)((int64_t)count[l] - (int64_t)seen);
            out[pair].n_at_least += over >= 0;
            out[pair].n_at_most += over <= 0;
            d->sum[2 * pair] += over;
            d->sum[2 * pair + 1] += over * over;
        }
    }
}

static void run_batch(MPI_Comm comm, deal *d, uint64_t first, cyt_permuted *out)
{
    const size_t n_pairs = d->counts->n_types * d->counts->n_types;
    const uint64_t left = d->params->n - first;
    shuffle_urns(d, first);
    memset(d->tally.sum, 0,
           n_pairs * CYT_TALLY_DIGITS * CYT_LANE_WORDS * sizeof *d->tally.sum);
    for (size_t b = 0; b < d->n_blocks; b++)
        count_block(d, b);
    for (size_t pair = 0; pair < n_pairs; pair++)
        cyt_tally_read(&d->tally, pair, d->count + pair * CYT_LANES);
    cyt_allreduce(MPI_IN_PLACE, d->count, (int)(n_pairs * CYT_LANES), MPI_UINT64_T,
                  MPI_SUM, comm);
    compare(d, left < CYT_LANES ? left : CYT_LANES, out);
}

static void conclude(const deal *d, cyt_permuted *out)
{
    const size_t n_pairs = d->counts->n_types * d->counts->n_types;
    for (size_t k = 0; k < n_pairs; k++)
        cyt_permuted_conclude(d->params->n, (double)d->counts->pairs[k], d->sum + 2 * k,
                              out + k);
}

cyt_code cyt_enrichment_permute(MPI_Comm comm, const cyt_slide *slide,
                                const cyt_graph *graph, const cyt_label_counts *counts,
                                const cyt_permutation_params *params, cyt_permuted *out,
                                cyt_error *err)
{
    cyt_code code = CYT_OK;
    deal d = {.counts = counts, .params = params};
    memset(out, 0, counts->n_types * counts->n_types * sizeof *out);
    CYT_TRY(prepare_urns(comm, slide, graph, &d, err));
    CYT_TRY(cyt_agree(comm, make_blocks(slide, graph, &d, err), err));
    CYT_TRY(cyt_agree(comm, make_room(&d, err), err));
    for (uint64_t first = 0; first < params->n; first += CYT_LANES) {
        CYT_TRY(cyt_stop_check(comm, params->stop, err));
        run_batch(comm, &d, first, out);
    }
    conclude(&d, out);
done:
    free_deal(&d);
    return code;
}
