// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/stage.h"

#include "cohort/cohort_file.h"
#include "cohort/cohort_niches.h"
#include "cohort/findings.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strbuf.h"

#include <stdlib.h>
#include <string.h>

/* Contrasts of every two conditions, where the config names none. */
typedef struct usual_contrasts {
    size_t n;
    cyt_contrast *item;
} usual_contrasts;

static cyt_code list_conditions(const cyt_samplesheet *sheet, cyt_names *conditions,
                                cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t s = 0; s < sheet->n; s++) {
        const char *c = sheet->samples[s].condition;
        if (c && cyt_names_find(conditions, c) == CYT_NO_NAME)
            CYT_TRY(cyt_names_add(conditions, c, strlen(c), err));
    }
    cyt_names_sort(conditions);
done:
    return code;
}

static cyt_code add_usual(const char *a, const char *b, usual_contrasts *u,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_strbuf name = {0};
    cyt_contrast *c = &u->item[u->n++];
    cyt_strbuf_add(&name, err, "%s vs %s", a, b);
    c->name = cyt_strbuf_take(&name, err);
    CYT_TRY(err->code);
    CYT_TRY(cyt_names_add(&c->conditions, a, strlen(a), err));
    CYT_TRY(cyt_names_add(&c->conditions, b, strlen(b), err));
done:
    return code;
}

static cyt_code make_usual(const cyt_samplesheet *sheet, usual_contrasts *u,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_names all = {0};
    CYT_TRY(list_conditions(sheet, &all, err));
    u->item = cyt_calloc(all.n * all.n, sizeof *u->item, "contrasts", err);
    CYT_TRY(err->code);
    for (size_t i = 0; i < all.n; i++)
        for (size_t j = i + 1; j < all.n; j++)
            CYT_TRY(add_usual(all.name[i], all.name[j], u, err));
done:
    cyt_names_free(&all);
    return code;
}

static void free_usual(usual_contrasts *u)
{
    for (size_t k = 0; k < u->n; k++) {
        free(u->item[k].name);
        cyt_names_free(&u->item[k].conditions);
    }
    free(u->item);
}

static cyt_code compare_all(MPI_Comm world, const cyt_run *run,
                            const usual_contrasts *usual,
                            const cyt_compare_input *input, cyt_cohort_findings *made,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t given = run->config->n_contrasts, n = given ? given : usual->n;
    const cyt_contrast *contrasts = given ? run->config->contrasts : usual->item;
    made->tested = cyt_calloc(n, sizeof *made->tested, "contrasts", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    for (size_t k = 0; k < n; k++) {
        CYT_TRY(cyt_compare(world, input, &contrasts[k], k, &made->tested[k], err));
        made->n++;
    }
    CYT_TRY(cyt_survival_make(world, input, &made->survival, err));
done:
    return code;
}

static void free_findings(cyt_cohort_findings *made)
{
    for (size_t k = 0; k < made->n; k++)
        cyt_comparison_free(&made->tested[k]);
    free(made->tested);
    cyt_survival_free(&made->survival);
}

cyt_code cyt_cohort_stage(MPI_Comm world, const cyt_run *run, cyt_outcomes *outcomes,
                          cyt_names *digests, char **found, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_cohort_table table = {0};
    cyt_metric_share share = {0};
    usual_contrasts usual = {0};
    cyt_cohort_findings made = {0};
    CYT_TRY(
        cyt_cohort_collect(world, run->out, run->sheet, outcomes->status, &table, err));
    CYT_TRY(cyt_cohort_niches(world, run, &table, digests, err));
    CYT_TRY(cyt_agree(world, make_usual(run->sheet, &usual, err), err));
    CYT_TRY(cyt_metric_share_make(world, run->sheet->n, &table, &share, err));
    const cyt_compare_input input = {run->sheet, &run->config->cohort, &table.columns,
                                     &share};
    CYT_TRY(compare_all(world, run, &usual, &input, &made, err));
    for (size_t s = 0; s < run->sheet->n; s++) {
        outcomes->n_cells[s] = (uint64_t)share.n_cells[s];
        made.n_cells += outcomes->n_cells[s];
    }
    CYT_TRY(cyt_cohort_file_write(world, run, outcomes, &table, &made, digests, err));
    CYT_TRY(cyt_findings(world, run, outcomes, &table, &made, found, err));
done:
    free_findings(&made);
    free_usual(&usual);
    cyt_metric_share_free(&share);
    cyt_cohort_table_free(&table);
    return code;
}
