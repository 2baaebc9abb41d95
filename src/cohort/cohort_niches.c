// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/cohort_niches.h"

#include "cohort/niche_rows.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/exact_sum.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/niches.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char what[] = "niches";

/* Rounds of Lloyd's iteration, as in scikit-learn's KMeans; it settles long before. */
enum { MOST_ROUNDS = 300 };

typedef struct search {
    const cyt_run *run;
    cyt_cohort_rows rows;
    cyt_niche_rows around; /* rows that have neighbours */
    uint64_t n_around;     /* over all ranks */
    cyt_niches best;
    uint32_t *label, *best_label; /* [rows.n_around] */
    double spread;                /* squared distances to the mean of all */
    double best_index;
    cyt_names names; /* of the niches, by falling size */
    uint64_t *fell;  /* [n_slides * best.k] cells of each slide in each niche */
} search;

static void free_search(search *s)
{
    cyt_cohort_rows_free(&s->rows);
    cyt_niches_free(&s->best);
    free(s->label);
    free(s->best_label);
    cyt_names_free(&s->names);
    free(s->fell);
}

/* --- choosing k ------------------------------------------------------------------- */

static double index_of(const search *s, size_t k, double inertia)
{
    const double n = (double)s->n_around;
    if (k < 2 || (double)k >= n)
        return NAN;
    return (s->spread - inertia) / (double)(k - 1) / (inertia / (n - (double)k));
}

static cyt_niche_params params_of(const search *s, size_t k)
{
    const cyt_patterns_config *c = &s->run->config->patterns;
    return (cyt_niche_params){.k = k,
                              .seed = (uint64_t)c->seed,
                              .n_starts = (size_t)c->niche_starts,
                              .max_rounds = MOST_ROUNDS};
}

static cyt_code add_scanned(cyt_result_table *t, const cyt_niches *found, size_t asked,
                            double index, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char name[24];
    const struct {
        const char *name;
        double value;
    } all[] = {
        {"asked", (double)asked},          {"k", (double)found->k},
        {"inertia", found->inertia},       {"calinski_harabasz", index},
        {"rounds", (double)found->rounds}, {"settled", found->settled},
    };
    snprintf(name, sizeof name, "%zu", asked);
    CYT_TRY(cyt_result_row(t, name, err));
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        CYT_TRY(cyt_result_number(t, all[k].name, all[k].value, err));
done:
    return code;
}

/* Keep the result with the larger index, the first of equals. */
static void keep_better(search *s, cyt_niches *found, double index)
{
    if (s->best.centre && !(index > s->best_index)) {
        cyt_niches_free(found);
        return;
    }
    uint32_t *label = s->label;
    cyt_niches_free(&s->best);
    s->best = *found;
    s->best_index = isnan(index) ? -INFINITY : index;
    s->label = s->best_label;
    s->best_label = label;
    *found = (cyt_niches){0};
}

static cyt_code find_spread(MPI_Comm world, search *s, cyt_error *err)
{
    cyt_niches one = {0};
    cyt_niche_params params = params_of(s, 1);
    params.n_starts = 1; /* the mean does not depend on where it began */
    const cyt_code code =
        cyt_niches_fit(world, &s->around, &params, &one, s->label, err);
    s->spread = one.inertia;
    cyt_niches_free(&one);
    return code;
}

static cyt_code scan(MPI_Comm world, search *s, cyt_result_table *t, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_ascending *asked = &s->run->config->patterns.niches;
    cyt_niches found = {0};
    s->label = cyt_alloc(s->rows.n_around, sizeof *s->label, what, err);
    s->best_label = cyt_alloc(s->rows.n_around, sizeof *s->best_label, what, err);
    CYT_TRY(cyt_agree(world, err->code, err));
    CYT_TRY(find_spread(world, s, err));
    for (size_t i = 0; i < asked->n; i++) {
        const cyt_niche_params params = params_of(s, (size_t)asked->value[i]);
        CYT_TRY(cyt_niches_fit(world, &s->around, &params, &found, s->label, err));
        const double index = index_of(s, found.k, found.inertia);
        CYT_TRY(cyt_agree(world, add_scanned(t, &found, params.k, index, err), err));
        keep_better(s, &found, index);
    }
done:
    cyt_niches_free(&found);
    return code;
}

/* --- names by falling size -------------------------------------------------------- */

static size_t rank_of(const cyt_niches *n, size_t niche)
{
    size_t before = 0;
    for (size_t k = 0; k < n->k; k++)
        before +=
            n->size[k] > n->size[niche] || (n->size[k] == n->size[niche] && k < niche);
    return before;
}

static cyt_code sort_niches(search *s, cyt_error *err)
{
    cyt_niches *n = &s->best;
    const size_t width = n->n_columns;
    size_t place[CYT_CENTRES_MOST];
    double *centre = cyt_alloc(n->k * width, sizeof *centre, what, err);
    uint64_t *size = cyt_alloc(n->k, sizeof *size, what, err);
    for (size_t k = 0; centre && size && k < n->k; k++) {
        place[k] = rank_of(n, k);
        size[place[k]] = n->size[k];
        memcpy(centre + place[k] * width, n->centre + k * width,
               width * sizeof *centre);
    }
    for (size_t i = 0; err->code == CYT_OK && i < s->rows.n_around; i++)
        s->rows.niche[s->rows.row[i] - s->rows.first] =
            (uint32_t)place[s->best_label[i]];
    free(n->centre);
    free(n->size);
    n->centre = centre;
    n->size = size;
    return err->code;
}

/* As many digits each that their order as texts is that of the numbers. */
static cyt_code name_niches(search *s, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const int digits = s->best.k > 99 ? 3 : s->best.k > 9 ? 2 : 1;
    for (size_t k = 0; k < s->best.k && code == CYT_OK; k++) {
        char name[24];
        snprintf(name, sizeof name, "%0*zu", digits, k + 1);
        code = cyt_names_add(&s->names, name, strlen(name), err);
    }
    return code;
}

/* --- results ---------------------------------------------------------------------- */

static cyt_code count_cells(MPI_Comm world, search *s, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t k = s->best.k, n = s->rows.n_slides * k;
    s->fell = cyt_calloc(n, sizeof *s->fell, what, err);
    const int count = cyt_mpi_count(n, err);
    CYT_TRY(cyt_agree(world, err->code, err));
    for (size_t slide = 0; slide < s->rows.n_slides; slide++) {
        const cyt_cohort_part part = cyt_cohort_part_of(&s->rows, slide);
        for (size_t i = 0; i < part.n; i++)
            if (s->rows.niche[part.at + i] != CYT_NO_NICHE)
                s->fell[slide * k + s->rows.niche[part.at + i]]++;
    }
    MPI_Allreduce(MPI_IN_PLACE, s->fell, count, MPI_UINT64_T, MPI_SUM, world);
done:
    return code;
}

static cyt_code add_tables(const search *s, cyt_result_tables *tables, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_niches *n = &s->best;
    cyt_result_table *niches = cyt_result_table_add(tables, "niches", err);
    cyt_result_table *centres = cyt_result_table_add(tables, "niche_centres", err);
    CYT_TRY(err->code);
    for (size_t k = 0; k < n->k; k++) {
        const char *name = s->names.name[k];
        const double size = (double)n->size[k];
        CYT_TRY(cyt_result_row(niches, name, err));
        CYT_TRY(cyt_result_number(niches, "n_cells", size, err));
        CYT_TRY(cyt_result_number(niches, "fraction", size / (double)s->n_around, err));
        CYT_TRY(cyt_result_row(centres, name, err));
        for (size_t t = 0; t < n->n_columns; t++)
            CYT_TRY(cyt_result_number(centres, s->rows.types.name[t],
                                      n->centre[k * n->n_columns + t], err));
    }
done:
    return code;
}

static double fraction_of(const search *s, size_t slide, size_t niche)
{
    uint64_t all = 0;
    for (size_t k = 0; k < s->best.k; k++)
        all += s->fell[slide * s->best.k + k];
    return all ? (double)s->fell[slide * s->best.k + niche] / (double)all : NAN;
}

/* niche/fraction of each niche, as columns of the cohort. */
static cyt_code add_fractions(const search *s, cyt_cohort_table *table, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t k = s->best.k;
    cyt_metrics more = {0};
    double *values = cyt_alloc(table->n * k, sizeof *values, what, err);
    for (size_t i = 0; values && i < table->n * k; i++)
        values[i] = fraction_of(s, table->first + i / k, i % k);
    for (size_t i = 0; err->code == CYT_OK && i < k; i++)
        code = cyt_metrics_add(&more, CYT_NICHE_FRACTION, NULL, s->names.name[i], NULL,
                               NAN, err);
    CYT_TRY(err->code);
    CYT_TRY(cyt_cohort_table_add(table, &more, values, err));
done:
    cyt_metrics_free(&more);
    free(values);
    return code;
}

static cyt_code add_results(search *s, cyt_cohort_table *table, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(add_tables(s, &table->results, err));
    CYT_TRY(add_fractions(s, table, err));
done:
    return code;
}

static cyt_code settle(search *s, cyt_error *err)
{
    const cyt_code code = sort_niches(s, err);
    return code == CYT_OK ? name_niches(s, err) : code;
}

/* --- warnings --------------------------------------------------------------------- */

/* Nothing to find niches of? */
static int is_hopeless(MPI_Comm world, const search *s)
{
    const int first = cyt_comm_rank(world) == 0;
    if (s->n_around == 0 && first)
        cyt_log_tell(&s->run->log, CYT_LOG_WARNING,
                     "niches are left out: no cell has neighbours");
    if (s->n_around > CYT_EXACT_MOST && first)
        cyt_log_tell(&s->run->log, CYT_LOG_WARNING,
                     "niches are left out: the cohort has %llu cells with neighbours, "
                     "niches can be found of %llu",
                     (unsigned long long)s->n_around,
                     (unsigned long long)CYT_EXACT_MOST);
    return s->n_around == 0 || s->n_around > CYT_EXACT_MOST;
}

static void warn(MPI_Comm world, const search *s)
{
    const cyt_ascending *asked = &s->run->config->patterns.niches;
    if (cyt_comm_rank(world) != 0)
        return;
    if (!s->best.settled)
        cyt_log_tell(&s->run->log, CYT_LOG_WARNING,
                     "niches: cells still moved after %d rounds", (int)MOST_ROUNDS);
    if ((double)s->best.k < asked->value[0])
        cyt_log_tell(&s->run->log, CYT_LOG_WARNING,
                     "niches: %zu in place of %g, because the cohort has no more "
                     "different neighbourhoods",
                     s->best.k, asked->value[0]);
}

cyt_code cyt_cohort_niches(MPI_Comm world, const cyt_run *run, cyt_cohort_table *table,
                           cyt_names *digests, cyt_error *err)
{
    cyt_code code = CYT_OK;
    search s = {.run = run};
    if (run->config->patterns.niches.n == 0)
        return CYT_OK;
    CYT_TRY(cyt_cohort_rows_read(world, run, table, &s.rows, err));
    s.around =
        (cyt_niche_rows){s.rows.n_around, s.rows.types.n, s.rows.share, s.rows.row};
    s.n_around = cyt_sum_u64(world, s.rows.n_around);
    if (is_hopeless(world, &s))
        goto done;
    cyt_result_table *t = cyt_result_table_add(&table->results, "niche_scan", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    CYT_TRY(scan(world, &s, t, err));
    CYT_TRY(cyt_agree(world, settle(&s, err), err));
    CYT_TRY(count_cells(world, &s, err));
    warn(world, &s);
    CYT_TRY(cyt_agree(world, add_results(&s, table, err), err));
    CYT_TRY(cyt_cohort_rows_write(world, run, &s.rows, &s.names, digests, err));
done:
    free_search(&s);
    return code;
}
