// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/findings.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strbuf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOLD = 3 }; /* metrics told of each contrast */

/* A metric of a contrast, small enough to send. */
typedef struct finding {
    double value[CYT_CMP_COLUMNS];
    size_t metric;
} finding;

/* The metric of smallest p among those not told yet; the first of equals. */
static size_t best_of_part(const cyt_comparison *c, const size_t *told, size_t n_told)
{
    size_t best = c->n;
    const double *p = c->values + CYT_CMP_P * c->n;
    for (size_t m = 0; m < c->n; m++) {
        int known = isnan(p[m]);
        for (size_t k = 0; k < n_told; k++)
            known = known || told[k] == c->first + m;
        if (!known && (best == c->n || p[m] < p[best]))
            best = m;
    }
    return best;
}

/* The next finding of all ranks, on every rank; 0 when there is none left. */
static int next_finding(MPI_Comm world, const cyt_comparison *c, const size_t *told,
                        size_t n_told, finding *out)
{
    struct {
        double p;
        int rank;
    } best = {HUGE_VAL, cyt_comm_rank(world)};
    const size_t mine = best_of_part(c, told, n_told);
    if (mine < c->n)
        best.p = c->values[CYT_CMP_P * c->n + mine];
    MPI_Allreduce(MPI_IN_PLACE, &best, 1, MPI_DOUBLE_INT, MPI_MINLOC, world);
    if (isinf(best.p))
        return 0;
    if (best.rank == cyt_comm_rank(world)) {
        for (size_t k = 0; k < CYT_CMP_COLUMNS; k++)
            out->value[k] = c->values[k * c->n + mine];
        out->metric = c->first + mine;
    }
    MPI_Bcast(out, (int)sizeof *out, MPI_BYTE, best.rank, world);
    return 1;
}

static void tell_finding(cyt_strbuf *text, const cyt_cohort_table *table,
                         const finding *f, cyt_error *err)
{
    const cyt_metric *metric = &table->columns.item[f->metric];
    char *name = cyt_metric_name(metric, err);
    if (name)
        cyt_strbuf_add(
            text, err,
            "  %-44s %.4g vs %.4g %s, Cliff's delta %+.2f, p = %.3g, q = %.3g\n", name,
            f->value[CYT_CMP_MEDIAN_A], f->value[CYT_CMP_MEDIAN_B],
            cyt_statistic_get(metric->statistic)->unit, f->value[CYT_CMP_EFFECT],
            f->value[CYT_CMP_P], f->value[CYT_CMP_Q]);
    free(name);
}

static void tell_contrast(MPI_Comm world, const cyt_cohort_table *table,
                          const cyt_tested *tested, cyt_strbuf *text, cyt_error *err)
{
    size_t told[TOLD], n = 0;
    cyt_strbuf_add(
        text, err,
        "%s vs %s, patients compared, medians, the smallest p of %zu metrics:\n",
        tested->a, tested->b, table->columns.n);
    for (finding f; n < TOLD && next_finding(world, &tested->results, told, n, &f);
         n++) {
        tell_finding(text, table, &f, err);
        told[n] = f.metric;
    }
    if (n == 0)
        cyt_strbuf_add(text, err, "  nothing could be tested\n");
}

static size_t count_patients(const cyt_samplesheet *sheet)
{
    size_t n = 0;
    for (size_t s = 0; s < sheet->n; s++) {
        int seen = 0;
        for (size_t o = 0; o < s && !seen; o++)
            seen = strcmp(sheet->samples[o].patient, sheet->samples[s].patient) == 0;
        n += !seen;
    }
    return n;
}

cyt_code cyt_findings(MPI_Comm world, const cyt_run *run, const cyt_outcomes *outcomes,
                      const cyt_cohort_table *table, size_t n_contrasts,
                      const cyt_tested *tested, char **text, cyt_error *err)
{
    cyt_strbuf buffer = {0};
    uint64_t n_cells = 0;
    for (size_t s = 0; s < outcomes->n; s++)
        n_cells += outcomes->n_cells[s];
    cyt_strbuf_add(&buffer, err,
                   "%zu slides of %zu patients, %llu cells; %zu slides failed\n",
                   outcomes->n, count_patients(run->sheet), (unsigned long long)n_cells,
                   outcomes->n_failed);
    if (n_contrasts == 0)
        cyt_strbuf_add(&buffer, err,
                       "nothing compared: the samplesheet names fewer than two values "
                       "of condition\n");
    for (size_t k = 0; k < n_contrasts; k++)
        tell_contrast(world, table, &tested[k], &buffer, err);
    cyt_strbuf_add(&buffer, err, "results: %s/cohort.h5ad, %s/slides/, %s/run.json\n",
                   run->out, run->out, run->out);
    const cyt_code code = cyt_agree(world, err->code, err);
    if (code == CYT_OK && cyt_comm_rank(world) == 0)
        *text = cyt_strbuf_take(&buffer, err);
    cyt_strbuf_free(&buffer);
    return code;
}
