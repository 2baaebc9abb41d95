// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/stage.h"

#include "cohort/cohort_file.h"
#include "cohort/cohort_niches.h"
#include "cohort/findings.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"

#include <stdlib.h>
#include <string.h>

/* The contrasts to test: those of the config, or every pair of conditions. */
typedef struct plan {
    cyt_names conditions; /* sorted; owns the names of pairs */
    size_t n;
    cyt_tested *tested;
} plan;

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

static cyt_code make_plan(const cyt_run *run, plan *p, cyt_error *err)
{
    const cyt_config *config = run->config;
    if (list_conditions(run->sheet, &p->conditions, err) != CYT_OK)
        return err->code;
    const size_t c = p->conditions.n, most = config->n_contrasts + c * c;
    p->tested = cyt_calloc(most, sizeof *p->tested, "contrasts", err);
    if (!p->tested)
        return err->code;
    for (size_t k = 0; k < config->n_contrasts; k++)
        p->tested[p->n++] =
            (cyt_tested){.a = config->contrasts[k].a, .b = config->contrasts[k].b};
    for (size_t i = 0; config->n_contrasts == 0 && i < c; i++)
        for (size_t j = i + 1; j < c; j++)
            p->tested[p->n++] =
                (cyt_tested){.a = p->conditions.name[i], .b = p->conditions.name[j]};
    return CYT_OK;
}

static void free_plan(plan *p)
{
    for (size_t k = 0; k < p->n; k++)
        cyt_comparison_free(&p->tested[k].results);
    free(p->tested);
    cyt_names_free(&p->conditions);
}

cyt_code cyt_cohort_stage(MPI_Comm world, const cyt_run *run,
                          const cyt_outcomes *outcomes, cyt_names *digests,
                          char **found, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_cohort_table table = {0};
    plan p = {0};
    CYT_TRY(
        cyt_cohort_collect(world, run->out, run->sheet, outcomes->status, &table, err));
    CYT_TRY(cyt_cohort_niches(world, run, &table, digests, err));
    CYT_TRY(cyt_agree(world, make_plan(run, &p, err), err));
    for (size_t k = 0; k < p.n; k++)
        CYT_TRY(cyt_compare(world, run->sheet, &table, p.tested[k].a, p.tested[k].b,
                            &p.tested[k].results, err));
    CYT_TRY(cyt_cohort_file_write(world, run, outcomes, &table, p.n, p.tested, digests,
                                  err));
    CYT_TRY(cyt_findings(world, run, outcomes, &table, p.n, p.tested, found, err));
done:
    free_plan(&p);
    cyt_cohort_table_free(&table);
    return code;
}
