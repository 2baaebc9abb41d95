// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/niches.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/exact_sum.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/random.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the draws of this file are for (random.h). */
enum { PURPOSE = 0x6e696368 }; /* "nich" */

/* The label of a row that has none yet. */
#define NOWHERE UINT32_MAX

/* What a round adds up over the ranks. */
typedef struct tally {
    size_t n;      /* numbers in all, side by side */
    int64_t *sums; /* [k * width * LIMBS] */
    int64_t *size; /* [k] */
    int64_t *rest; /* limbs of the inertia, then the rows that moved */
} tally;

enum { MOVED = CYT_EXACT_LIMBS, REST };

typedef struct fit {
    const cyt_niche_rows *rows;
    const cyt_niche_params *params;
    size_t k, width, start; /* centres so far; columns; which seeding */
    cyt_random_key key;
    int *exponent;    /* [width] of each column, over all ranks */
    int of_squares;   /* no squared distance reaches 2^this */
    double *centre;   /* [width * k] column-major */
    double *row;      /* [width] */
    double *d2;       /* [n] */
    uint32_t *label;  /* [n] */
    uint32_t *old;    /* [n] labels of the round before */
    int64_t *own;     /* tally of this rank's rows, kept from round to round */
    int64_t *numbers; /* of all ranks' */
    int moved;        /* in the last round */
    size_t rounds;
    double inertia;
} fit;

static void free_fit(fit *f)
{
    free(f->exponent);
    free(f->centre);
    free(f->row);
    free(f->d2);
    free(f->label);
    free(f->old);
    free(f->own);
    free(f->numbers);
}

static size_t n_numbers(const fit *f, size_t k)
{
    return k * f->width * CYT_EXACT_LIMBS + k + REST;
}

static tally tally_of(const fit *f, size_t k, int64_t *numbers)
{
    const size_t n_sums = k * f->width * CYT_EXACT_LIMBS;
    return (tally){n_numbers(f, k), numbers, numbers + n_sums, numbers + n_sums + k};
}

static cyt_code check(const cyt_niche_rows *rows, const cyt_niche_params *p,
                      uint64_t n_rows, cyt_error *err)
{
    if (p->k < 1 || p->k > CYT_CENTRES_MOST || p->n_starts < 1 || p->max_rounds < 1)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "%zu niches by %zu starts of %zu rounds: niches can be 1 to "
                        "%zu, starts and rounds at least 1",
                        p->k, p->n_starts, p->max_rounds, CYT_CENTRES_MOST);
    if (n_rows < 1 || n_rows > CYT_EXACT_MOST)
        return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                        "niches of %llu cells; there can be 1 to %llu",
                        (unsigned long long)n_rows, (unsigned long long)CYT_EXACT_MOST);
    for (size_t i = 0; i < rows->n * rows->n_columns; i++)
        if (!isfinite(rows->value[i]))
            return CYT_FAIL(err, CYT_ERR_DATA, NULL,
                            "column %zu of cell %llu is no number: it can be in no "
                            "niche",
                            i % rows->n_columns,
                            (unsigned long long)rows->key[i / rows->n_columns]);
    return CYT_OK;
}

static cyt_code make_room(fit *f, cyt_error *err)
{
    static const char what[] = "niches";
    const size_t n = f->rows->n, k = f->params->k;
    if (CYT_FAULT("niches.fit"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    f->exponent = cyt_alloc(f->width, sizeof *f->exponent, what, err);
    f->centre = cyt_alloc(f->width * k, sizeof *f->centre, what, err);
    f->row = cyt_alloc(f->width, sizeof *f->row, what, err);
    f->d2 = cyt_alloc(n, sizeof *f->d2, what, err);
    f->label = cyt_alloc(n, sizeof *f->label, what, err);
    f->old = cyt_alloc(n, sizeof *f->old, what, err);
    const size_t n_tally = n_numbers(f, k);
    f->own = cyt_alloc(n_tally, sizeof *f->own, what, err);
    f->numbers = cyt_alloc(n_tally, sizeof *f->numbers, what, err);
    cyt_mpi_count(n_tally, err);
    return err->code;
}

/* Largest exponent of each column; 0 where there are but zeros. */
static void find_exponents(MPI_Comm comm, fit *f)
{
    int most = INT_MIN, bits = 0;
    for (size_t j = 0; j < f->width; j++) {
        f->exponent[j] = INT_MIN;
        for (size_t i = 0; i < f->rows->n; i++) {
            const int e = cyt_exact_exponent(1, f->rows->value + i * f->width + j);
            f->exponent[j] = e > f->exponent[j] ? e : f->exponent[j];
        }
    }
    cyt_allreduce(MPI_IN_PLACE, f->exponent, (int)f->width, MPI_INT, MPI_MAX, comm);
    for (size_t j = 0; j < f->width; j++) {
        f->exponent[j] = f->exponent[j] == INT_MIN ? 0 : f->exponent[j];
        most = f->exponent[j] > most ? f->exponent[j] : most;
    }
    while ((f->width >> bits) > 0)
        bits++;
    f->of_squares = 2 * (most + 1) + bits; /* width * (2 * 2^most)² */
}

/* --- choosing rows ---------------------------------------------------------------- */

/* The row of least score over all ranks, of equal ones that of the least key, into
 * f->row. Returns whether there is one whose score is finite; @p mine tells its owner.
 */
static int least(MPI_Comm comm, const fit *f, double score, size_t i, int *mine)
{
    double best = score;
    cyt_allreduce(MPI_IN_PLACE, &best, 1, MPI_DOUBLE, MPI_MIN, comm);
    if (!isfinite(best))
        return 0;
    const uint64_t none = UINT64_MAX, held = score == best ? f->rows->key[i] : none;
    uint64_t key = held;
    cyt_allreduce(MPI_IN_PLACE, &key, 1, MPI_UINT64_T, MPI_MIN, comm);
    *mine = score == best && held == key;
    int owner = *mine ? cyt_comm_rank(comm) : -1;
    cyt_allreduce(MPI_IN_PLACE, &owner, 1, MPI_INT, MPI_MAX, comm);
    if (*mine)
        memcpy(f->row, f->rows->value + i * f->width, f->width * sizeof *f->row);
    cyt_bcast(f->row, (int)f->width, MPI_DOUBLE, owner, comm);
    return 1;
}

/* When the clock of row i rings; never, where a centre stands already. */
static double clock_of(const fit *f, size_t i)
{
    const uint32_t draw = (uint32_t)(f->start * CYT_CENTRES_MOST + f->k);
    const double u = cyt_uniform(f->key, PURPOSE, f->rows->key[i], draw);
    return f->d2[i] > 0 ? -log(u) / f->d2[i] : INFINITY;
}

static int is_before(const fit *f, double a, size_t i, double b, size_t j)
{
    return a < b || (a == b && isfinite(a) && f->rows->key[i] < f->rows->key[j]);
}

static int draw_row(MPI_Comm comm, const fit *f)
{
    double score = INFINITY;
    size_t best = 0;
    int mine;
    for (size_t i = 0; i < f->rows->n; i++) {
        const double at = clock_of(f, i);
        if (is_before(f, at, i, score, best)) {
            score = at;
            best = i;
        }
    }
    return least(comm, f, score, best, &mine);
}

/* f->row becomes one more centre: the columns move apart. */
static void add_centre(fit *f)
{
    const size_t k = f->k++;
    for (size_t j = f->width; j-- > 0;) {
        memmove(f->centre + j * (k + 1), f->centre + j * k, k * sizeof *f->centre);
        f->centre[j * (k + 1) + k] = f->row[j];
    }
}

/* D² to the newest centre, where it is nearer than those before. */
static void approach(fit *f)
{
    for (size_t i = 0; i < f->rows->n; i++) {
        double d2 = 0;
        for (size_t j = 0; j < f->width; j++) {
            const double d = f->rows->value[i * f->width + j] - f->row[j];
            d2 += d * d;
        }
        f->d2[i] = f->k == 1 ? d2 : fmin(f->d2[i], d2);
    }
}

static void seed(MPI_Comm comm, fit *f)
{
    f->k = 0;
    for (size_t i = 0; i < f->rows->n; i++)
        f->d2[i] = 1; /* the first may be any row */
    while (f->k < f->params->k && draw_row(comm, f)) {
        add_centre(f);
        approach(f);
    }
}

/* --- rounds ----------------------------------------------------------------------- */

/* A row enters a centre's sums (sign 1) or leaves them (-1). Cut into whole numbers, -v
 * is minus what v is, so nothing of it stays behind. */
static void add_row(const fit *f, const tally *t, size_t i, uint32_t centre, int sign)
{
    t->size[centre] += sign;
    for (size_t j = 0; j < f->width; j++) {
        cyt_exact_sum sum;
        int64_t *limbs = t->sums + (centre * f->width + j) * CYT_EXACT_LIMBS;
        memcpy(sum.limb, limbs, sizeof sum.limb);
        cyt_exact_add(&sum, f->exponent[j], sign * f->rows->value[i * f->width + j]);
        memcpy(limbs, sum.limb, sizeof sum.limb);
    }
}

/* Only rows that moved change the sums; after a few rounds they are few. */
static void add_moves(const fit *f, const tally *t)
{
    cyt_exact_sum inertia = {{0}};
    for (size_t i = 0; i < f->rows->n; i++) {
        cyt_exact_add(&inertia, f->of_squares, f->d2[i]);
        if (f->label[i] == f->old[i])
            continue;
        if (f->old[i] != NOWHERE)
            add_row(f, t, i, f->old[i], -1);
        add_row(f, t, i, f->label[i], 1);
    }
    memcpy(t->rest, inertia.limb, sizeof inertia.limb);
}

/* To the nearest centres; what that makes of sums, sizes and inertia. */
static void assign(MPI_Comm comm, fit *f)
{
    const tally own = tally_of(f, f->k, f->own), t = tally_of(f, f->k, f->numbers);
    cyt_exact_sum inertia;
    memcpy(f->old, f->label, f->rows->n * sizeof *f->old);
    own.rest[MOVED] = (int64_t)cyt_kmeans_assign(f->rows->n, f->width, f->rows->value,
                                                 f->k, f->centre, f->label, f->d2);
    add_moves(f, &own);
    cyt_allreduce(f->own, f->numbers, (int)t.n, MPI_INT64_T, MPI_SUM, comm);
    memcpy(inertia.limb, t.rest, sizeof inertia.limb);
    f->inertia = cyt_exact_value(&inertia, f->of_squares);
    f->moved = t.rest[MOVED] > 0;
}

/* The farthest row, which then is where its centre is. */
static int take_farthest(MPI_Comm comm, fit *f)
{
    double score = INFINITY;
    size_t best = 0;
    int mine = 0;
    for (size_t i = 0; i < f->rows->n; i++) {
        const double at = f->d2[i] > 0 ? -f->d2[i] : INFINITY;
        if (is_before(f, at, i, score, best)) {
            score = at;
            best = i;
        }
    }
    const int found = least(comm, f, score, best, &mine);
    if (found && mine)
        f->d2[best] = 0;
    return found;
}

static void move_centres(MPI_Comm comm, fit *f)
{
    const tally t = tally_of(f, f->k, f->numbers);
    for (size_t c = 0; c < f->k; c++) {
        const int lost = t.size[c] == 0;
        if (lost && !take_farthest(comm, f))
            continue; /* every row is a centre: it may stay */
        for (size_t j = 0; j < f->width; j++) {
            cyt_exact_sum sum;
            memcpy(sum.limb, t.sums + (c * f->width + j) * CYT_EXACT_LIMBS,
                   sizeof sum.limb);
            const double mean =
                cyt_exact_value(&sum, f->exponent[j]) / (double)t.size[c];
            f->centre[j * f->k + c] = lost ? f->row[j] : mean;
        }
    }
}

static void run(MPI_Comm comm, fit *f)
{
    for (size_t i = 0; i < f->rows->n; i++)
        f->label[i] = NOWHERE;
    seed(comm, f);
    memset(f->own, 0, n_numbers(f, f->k) * sizeof *f->own);
    assign(comm, f);
    f->moved = 1;
    for (f->rounds = 0; f->moved && f->rounds < f->params->max_rounds; f->rounds++) {
        move_centres(comm, f);
        assign(comm, f);
    }
}

/* --- results ---------------------------------------------------------------------- */

static cyt_code make_result(const fit *f, cyt_niches *out, cyt_error *err)
{
    *out = (cyt_niches){.n_columns = f->width};
    out->centre =
        cyt_alloc(f->params->k * f->width, sizeof *out->centre, "niches", err);
    out->size = cyt_alloc(f->params->k, sizeof *out->size, "niches", err);
    return err->code;
}

static void keep(const fit *f, cyt_niches *out, uint32_t *label)
{
    const tally t = tally_of(f, f->k, f->numbers);
    out->k = f->k;
    out->inertia = f->inertia;
    out->rounds = f->rounds;
    out->settled = !f->moved;
    for (size_t c = 0; c < f->k; c++) {
        out->size[c] = (uint64_t)t.size[c];
        for (size_t j = 0; j < f->width; j++)
            out->centre[c * f->width + j] = f->centre[j * f->k + c];
    }
    memcpy(label, f->label, f->rows->n * sizeof *label);
}

cyt_code cyt_niches_fit(MPI_Comm comm, const cyt_niche_rows *rows,
                        const cyt_niche_params *params, cyt_niches *niches,
                        uint32_t *label, cyt_error *err)
{
    cyt_code code = CYT_OK;
    fit f = {.rows = rows, .params = params, .width = rows->n_columns};
    *niches = (cyt_niches){0};
    const uint64_t n_rows = cyt_sum_u64(comm, rows->n);
    if (check(rows, params, n_rows, err) == CYT_OK && make_room(&f, err) == CYT_OK)
        make_result(&f, niches, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    f.key = cyt_random_key_of(params->seed, 0);
    find_exponents(comm, &f);
    for (f.start = 0; f.start < params->n_starts; f.start++) {
        run(comm, &f);
        if (f.start == 0 || f.inertia < niches->inertia)
            keep(&f, niches, label);
    }
done:
    free_fit(&f);
    if (code != CYT_OK)
        cyt_niches_free(niches);
    return code;
}

void cyt_niches_free(cyt_niches *niches)
{
    free(niches->centre);
    free(niches->size);
    *niches = (cyt_niches){0};
}

cyt_code cyt_niches_scan(MPI_Comm comm, const cyt_niche_rows *rows,
                         const cyt_niche_params *params, size_t k_min, size_t k_max,
                         double *inertia, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_niche_params p = *params;
    cyt_niches niches = {0};
    uint32_t *label = cyt_alloc(rows->n, sizeof *label, "niches", err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    for (p.k = k_min; p.k <= k_max; p.k++) {
        CYT_TRY(cyt_niches_fit(comm, rows, &p, &niches, label, err));
        inertia[p.k - k_min] = niches.inertia;
        cyt_niches_free(&niches);
    }
done:
    free(label);
    return code;
}
