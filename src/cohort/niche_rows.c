// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/niche_rows.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/results.h"
#include "cytotaxis/strip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char what[] = "neighbourhoods of the cohort";

static void path_of(const cyt_run *run, size_t s, char path[4096])
{
    snprintf(path, 4096, "%s/slides/%s.h5ad", run->out, run->sheet->samples[s].name);
}

cyt_cohort_part cyt_cohort_part_of(const cyt_cohort_rows *r, size_t s)
{
    const uint64_t end = r->first + r->n;
    const uint64_t from = r->slide[s] > r->first ? r->slide[s] : r->first;
    const uint64_t to = r->slide[s + 1] < end ? r->slide[s + 1] : end;
    if (from >= to)
        return (cyt_cohort_part){0, 0, 0};
    return (cyt_cohort_part){from - r->slide[s], (size_t)(to - from),
                             (size_t)(from - r->first)};
}

/* --- how many rows there are, and of which types ---------------------------------- */

static cyt_code count_rows(MPI_Comm world, const cyt_cohort_table *table,
                           cyt_cohort_rows *r, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(world), me = (size_t)cyt_comm_rank(world);
    uint64_t *starts = cyt_alloc(size + 1, sizeof *starts, what, err);
    r->slide = cyt_calloc(r->n_slides + 1, sizeof *r->slide, what, err);
    CYT_TRY(cyt_agree(world, err->code, err));
    for (size_t i = 0; i < table->n; i++)
        r->slide[table->first + i + 1] = (uint64_t)table->n_cells[i];
    MPI_Allreduce(MPI_IN_PLACE, r->slide, (int)r->n_slides + 1, MPI_UINT64_T, MPI_SUM,
                  world);
    for (size_t s = 0; s < r->n_slides; s++)
        r->slide[s + 1] += r->slide[s];
    cyt_blocks_cut(r->slide[r->n_slides], 1, size, starts);
    r->first = starts[me];
    r->n = (size_t)(starts[me + 1] - starts[me]);
done:
    free(starts);
    return code;
}

/* Of the slides whose metrics this rank has read: each slide by one rank. */
static cyt_code my_types(const cyt_run *run, const cyt_cohort_table *table,
                         cyt_names *types, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t i = 0; i < table->n && code == CYT_OK; i++) {
        char path[4096];
        if (table->n_cells[i] == 0)
            continue; /* it failed */
        path_of(run, table->first + i, path);
        code = cyt_results_around_types(path, types, err);
    }
    cyt_names_sort(types);
    return code;
}

/* Names one after the other, each ended by NUL. */
static cyt_code join(const cyt_names *names, char **text, size_t *length,
                     cyt_error *err)
{
    *length = 0;
    for (size_t k = 0; k < names->n; k++)
        *length += strlen(names->name[k]) + 1;
    *text = cyt_alloc(*length + 1, 1, what, err);
    char *at = *text;
    for (size_t k = 0; at && k < names->n; k++)
        at = stpcpy(at, names->name[k]) + 1;
    return err->code;
}

static cyt_code split(const char *text, size_t length, cyt_names *names, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t at = 0; at < length && code == CYT_OK; at += strlen(text + at) + 1)
        code = cyt_names_add(names, text + at, strlen(text + at), err);
    cyt_names_sort(names);
    return code;
}

static cyt_code agree_on_types(MPI_Comm world, const cyt_run *run,
                               const cyt_cohort_table *table, cyt_names *types,
                               cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names mine = {0};
    char *text = NULL, *all = NULL;
    size_t length = 0, total = 0;
    code = my_types(run, table, &mine, err);
    if (code == CYT_OK)
        code = join(&mine, &text, &length, err);
    CYT_TRY(cyt_agree(world, code, err));
    CYT_TRY(cyt_allgather_text(world, text, length, &all, &total, err));
    CYT_TRY(cyt_agree(world, split(all, total, types, err), err));
done:
    cyt_names_free(&mine);
    free(text);
    free(all);
    return code;
}

/* --- the rows --------------------------------------------------------------------- */

static cyt_code make_room(cyt_cohort_rows *r, cyt_error *err)
{
    r->row = cyt_alloc(r->n, sizeof *r->row, what, err);
    r->share = cyt_alloc(r->n * r->types.n, sizeof *r->share, what, err);
    r->niche = cyt_alloc(r->n, sizeof *r->niche, what, err);
    for (size_t i = 0; r->niche && i < r->n; i++)
        r->niche[i] = CYT_NO_NICHE;
    return err->code;
}

/* Counts of @p n cells stand behind the shares so far; those with neighbours become
 * shares and move up. @p first is the row of the first over all ranks. */
static void keep_shares(cyt_cohort_rows *r, uint64_t first, size_t n)
{
    const size_t width = r->types.n;
    const double *count = r->share + r->n_around * width;
    for (size_t i = 0; i < n; i++, count += width) {
        double sum = 0, *to = r->share + r->n_around * width;
        for (size_t t = 0; t < width; t++)
            sum += count[t];
        if (!(sum > 0))
            continue;
        for (size_t t = 0; t < width; t++)
            to[t] = count[t] / sum;
        r->row[r->n_around++] = first + i;
    }
}

static cyt_code read_mine(const cyt_run *run, cyt_cohort_rows *r, cyt_error *err)
{
    cyt_code code = make_room(r, err);
    for (size_t s = 0; s < r->n_slides && code == CYT_OK; s++) {
        char path[4096];
        const cyt_cohort_part part = cyt_cohort_part_of(r, s);
        if (part.n == 0)
            continue;
        path_of(run, s, path);
        code = cyt_results_around(path, &r->types, part.first, part.n,
                                  r->share + r->n_around * r->types.n, err);
        if (code == CYT_OK)
            keep_shares(r, r->first + part.at, part.n);
    }
    return code;
}

cyt_code cyt_cohort_rows_read(MPI_Comm world, const cyt_run *run,
                              const cyt_cohort_table *table, cyt_cohort_rows *r,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    *r = (cyt_cohort_rows){.n_slides = run->sheet->n};
    CYT_TRY(count_rows(world, table, r, err));
    CYT_TRY(agree_on_types(world, run, table, &r->types, err));
    CYT_TRY(cyt_agree(world, read_mine(run, r, err), err));
done:
    return code;
}

void cyt_cohort_rows_free(cyt_cohort_rows *r)
{
    free(r->slide);
    cyt_names_free(&r->types);
    free(r->row);
    free(r->share);
    free(r->niche);
    *r = (cyt_cohort_rows){0};
}
