// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/deal.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/group_means.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/random.h"
#include "cytotaxis/route.h"
#include "cytotaxis/strip.h"

#include <stdlib.h>
#include <string.h>

static const char what[] = "values dealt anew";

enum { FOR_GROUPS = 0x6465616c, FOR_KEYS, FOR_TABLES }; /* "deal" (random.h) */

/* --- who is where ----------------------------------------------------------------- */

static cyt_code make_room(size_t n, const cyt_permutation_params *params, cyt_deal *d,
                          cyt_error *err)
{
    d->n = n;
    d->n_urns = params->n_groups > 0 ? params->n_groups : 1;
    if (CYT_FAULT("deal.init"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    d->urn = cyt_alloc(n, sizeof *d->urn, what, err);
    d->position = cyt_alloc(n, sizeof *d->position, what, err);
    d->own = cyt_alloc(n, sizeof *d->own, what, err);
    d->own_start = cyt_calloc(d->n_urns + 1, sizeof *d->own_start, what, err);
    d->starts = cyt_calloc(d->n_urns * (d->size + 1), sizeof *d->starts, what, err);
    d->urns = cyt_calloc(d->n_urns, sizeof *d->urns, what, err);
    d->keys = cyt_alloc(d->n_urns * CYT_SHUFFLE_ROUNDS, sizeof *d->keys, what, err);
    d->key = cyt_alloc(CYT_SHUFFLE_ROUNDS * CYT_LANES, sizeof *d->key, what, err);
    d->table = cyt_calloc(d->n_urns, sizeof *d->table, what, err);
    cyt_mpi_count(d->n_urns, err);
    return err->code;
}

/* Own cells by group; the slide's order is that of ranks and of cells in a strip. */
static void sort_own(const cyt_permutation_params *params, cyt_deal *d)
{
    for (size_t i = 0; i < d->n; i++) {
        d->urn[i] = params->n_groups > 0 ? params->group[i] : 0;
        if (d->urn[i] != CYT_NO_GROUP)
            d->own_start[d->urn[i] + 1]++;
    }
    for (size_t u = 0; u < d->n_urns; u++)
        d->own_start[u + 1] += d->own_start[u];
    for (size_t i = 0; i < d->n; i++) /* own_start[u] runs to own_start[u + 1] … */
        if (d->urn[i] != CYT_NO_GROUP)
            d->own[d->own_start[d->urn[i]]++] = i;
    for (size_t u = d->n_urns; u > 0; u--) /* … and is put back */
        d->own_start[u] = d->own_start[u - 1];
    d->own_start[0] = 0;
}

/* Collective. */
static cyt_code find_starts(MPI_Comm comm, cyt_deal *d, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = d->size;
    uint64_t *mine = cyt_alloc(d->n_urns, sizeof *mine, what, err);
    uint64_t *all = cyt_alloc(d->n_urns * size, sizeof *all, what, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (size_t u = 0; u < d->n_urns; u++)
        mine[u] = d->own_start[u + 1] - d->own_start[u];
    cyt_allgather(mine, (int)d->n_urns, MPI_UINT64_T, all, (int)d->n_urns, MPI_UINT64_T,
                  comm);
    for (size_t u = 0; u < d->n_urns; u++)
        for (size_t r = 0; r < size; r++)
            d->starts[u * (size + 1) + r + 1] =
                d->starts[u * (size + 1) + r] + all[r * d->n_urns + u];
done:
    free(mine);
    free(all);
    return code;
}

static cyt_code fill_urns(size_t rank, cyt_deal *d, cyt_error *err)
{
    for (size_t u = 0; u < d->n_urns; u++) {
        const uint64_t *starts = d->starts + u * (d->size + 1), n = starts[d->size];
        cyt_urn *urn = d->urns + u;
        if (n >= UINT32_MAX)
            return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                            "%llu cells are too many to deal their values anew",
                            (unsigned long long)n);
        *urn = (cyt_urn){.n = (uint32_t)n, .key = d->key};
        cyt_urn_sides(urn->n, &urn->a, &urn->b);
        if (n < CYT_URN_NETWORK)
            d->table[u] = cyt_alloc((size_t)n, sizeof *d->table[u], what, err);
        for (size_t k = d->own_start[u]; k < d->own_start[u + 1]; k++)
            d->position[d->own[k]] = (uint32_t)(starts[rank] + k - d->own_start[u]);
    }
    return err->code;
}

cyt_code cyt_deal_init(MPI_Comm comm, const cyt_slide *slide,
                       const cyt_permutation_params *params, cyt_deal *d,
                       cyt_error *err)
{
    cyt_code code = CYT_OK;
    *d = (cyt_deal){.size = (size_t)cyt_comm_size(comm),
                    .seed = params->seed,
                    .slide = params->slide};
    CYT_TRY(cyt_agree(comm, make_room(slide->cells.n, params, d, err), err));
    sort_own(params, d);
    CYT_TRY(find_starts(comm, d, err));
    CYT_TRY(cyt_agree(comm, fill_urns((size_t)cyt_comm_rank(comm), d, err), err));
done:
    return code;
}

void cyt_deal_free(cyt_deal *d)
{
    for (size_t u = 0; d->table && u < d->n_urns; u++)
        free(d->table[u]);
    free(d->table);
    free(d->urn);
    free(d->position);
    free(d->own);
    free(d->own_start);
    free(d->starts);
    free(d->urns);
    free(d->keys);
    free(d->key);
    *d = (cyt_deal){0};
}

/* --- a deal ----------------------------------------------------------------------- */

/* Fisher & Yates: a network of few places does not mix well. */
static void shuffle_table(cyt_random_key key, uint64_t number, uint32_t n,
                          uint32_t *table)
{
    for (uint32_t i = 0; i < n; i++)
        table[i] = i;
    for (uint32_t i = n; i-- > 1;) {
        const uint64_t j =
            cyt_random_below(key, FOR_TABLES, number, i, (uint64_t)i + 1);
        const uint32_t kept = table[i];
        table[i] = table[j];
        table[j] = kept;
    }
}

static void shuffle(cyt_deal *d, uint64_t number)
{
    const cyt_random_key key = cyt_random_key_of(d->seed, d->slide);
    for (size_t u = 0; u < d->n_urns; u++) {
        uint32_t word[4];
        cyt_random_words(key, FOR_GROUPS, u, 0, word);
        const cyt_random_key own = {{word[0], word[1]}};
        if (d->table[u]) {
            shuffle_table(own, number, d->urns[u].n, d->table[u]);
            continue;
        }
        for (uint32_t k = 0; k < CYT_SHUFFLE_ROUNDS; k++) {
            cyt_random_words(own, FOR_KEYS, number, k, word);
            d->keys[u * CYT_SHUFFLE_ROUNDS + k] = word[0];
        }
    }
}

/* An urn takes its keys from the first of many lanes. */
static void take_keys(cyt_deal *d, size_t u)
{
    for (size_t k = 0; k < CYT_SHUFFLE_ROUNDS; k++)
        d->key[k * CYT_LANES] = d->keys[u * CYT_SHUFFLE_ROUNDS + k];
}

/* Whom each own cell asks, and for which of that rank's cells of the group. */
typedef struct question {
    uint32_t urn, at;
} question;

static void ask(cyt_deal *d, question *questions, int *dest)
{
    for (size_t u = 0; u < d->n_urns; u++) {
        const uint64_t *starts = d->starts + u * (d->size + 1);
        take_keys(d, u);
        for (size_t k = d->own_start[u]; k < d->own_start[u + 1]; k++) {
            const uint32_t from = d->position[d->own[k]];
            const uint32_t to =
                d->table[u] ? d->table[u][from] : cyt_urn_place(d->urns + u, 0, from);
            const size_t rank = cyt_strip_of(starts, d->size, to);
            dest[k] = (int)rank;
            questions[k] = (question){(uint32_t)u, (uint32_t)(to - starts[rank])};
        }
    }
}

/* Items of the own cells asked for. */
static void answer(const cyt_deal *d, size_t n, const question *asked,
                   size_t item_bytes, const char *in, char *out)
{
    for (size_t k = 0; k < n; k++) {
        const size_t cell = d->own[d->own_start[asked[k].urn] + asked[k].at];
        memcpy(out + k * item_bytes, in + cell * item_bytes, item_bytes);
    }
}

cyt_code cyt_deal_values(MPI_Comm comm, cyt_deal *d, uint64_t number, size_t item_bytes,
                         const void *in, void *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_route route = {0};
    question *asked = NULL;
    char *answers = NULL, *mine = NULL;
    const size_t n = d->own_start[d->n_urns];
    question *questions = cyt_alloc(n, sizeof *questions, what, err);
    int *dest = cyt_alloc(n, sizeof *dest, what, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    shuffle(d, number);
    ask(d, questions, dest);
    CYT_TRY(cyt_route_init(comm, n, NULL, dest, &route, err));
    asked = cyt_alloc(route.n_recv, sizeof *asked, what, err);
    answers = cyt_alloc(route.n_recv, item_bytes, what, err);
    mine = cyt_alloc(n, item_bytes, what, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_route_forward(comm, &route, sizeof *asked, questions, asked, err));
    answer(d, route.n_recv, asked, item_bytes, in, answers);
    CYT_TRY(cyt_route_back(comm, &route, item_bytes, answers, mine, err));
    memcpy(out, in, d->n * item_bytes); /* cells of no group keep theirs */
    for (size_t k = 0; k < n; k++)
        memcpy((char *)out + d->own[k] * item_bytes, mine + k * item_bytes, item_bytes);
done:
    cyt_route_free(&route);
    free(questions);
    free(dest);
    free(asked);
    free(answers);
    free(mine);
    return code;
}
