// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/findings.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strbuf.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOLD = 6,        /* metrics told of each contrast */
    OF_ONE_KIND = 2, /* of them of one analysis */
};

static const double small_q = 0.05;

/* A metric of a contrast, small enough to send. */
typedef struct finding {
    double value[CYT_CMP_COLUMNS];
    size_t metric;
    int effect; /* into effects */
} finding;

/* Effects as people say them; the first is that of most contrasts. */
static const struct {
    const char *name, *text, *legend;
} effects[] = {
    {"cliffs_delta", "delta", "delta: Cliff's,\nfrom -1 to 1"},
    {"rank_biserial", "r", "r: rank-biserial\ncorrelation, from -1 to 1"},
    {"epsilon_squared", "epsilon2", "epsilon2: share of\nranks' variance"},
    {"hedges_g", "g", "g: Hedges',\nin standard deviations"},
    {"hedges_g_paired", "g", "g: Hedges',\nin standard deviations"},
    {"mean_difference", "difference", "difference\nof means"},
    {"mean_difference_paired", "difference", "difference\nof means"},
    {"coefficient", "estimate", "estimate\nof the model"},
};

static int same_analysis(const cyt_metric *a, const cyt_metric *b)
{
    return strcmp(cyt_statistic_get(a->statistic)->analysis,
                  cyt_statistic_get(b->statistic)->analysis) == 0;
}

/* Are two metrics numbers about one thing: the same types, the same signal? */
static int same_subject(const cyt_metric *a, const cyt_metric *b)
{
    return same_analysis(a, b) && strcmp(a->type_a, b->type_a) == 0 &&
           strcmp(a->type_b, b->type_b) == 0 && strcmp(a->signal, b->signal) == 0;
}

/* Of the first test of a metric. */
static double value_of(const cyt_comparison *c, cyt_comparison_column column, size_t m)
{
    return c->values[column * c->n_rows + m * c->n_tests];
}

/* How far apart the medians are, from 0 to 1; it orders metrics of equal p. */
static double contrast_of(const cyt_comparison *c, size_t m)
{
    const double a = value_of(c, CYT_CMP_MEDIAN_A, m);
    const double b = value_of(c, CYT_CMP_MEDIAN_B, m);
    const double sum = fabs(a) + fabs(b);
    return sum > 0 ? fabs(a - b) / sum : 0;
}

/* Was something told of the same types and signal, or enough of the same analysis? */
static int is_known(const cyt_metric *all, const size_t *told, size_t n_told, size_t m)
{
    size_t n = 0;
    for (size_t k = 0; k < n_told; k++) {
        if (same_subject(&all[told[k]], &all[m]))
            return 1;
        n += same_analysis(&all[told[k]], &all[m]) ? 1 : 0;
    }
    return n >= OF_ONE_KIND;
}

static int effect_name(const cyt_comparison *c, size_t m)
{
    const int paired = cyt_contrast_is_paired(c->contrast);
    const char *name =
        cyt_row_effect_name((cyt_row_test)c->test[m * c->n_tests], paired);
    int k = 0;
    while (strcmp(effects[k].name, name) != 0)
        k++;
    return k;
}

/* The metric of smallest p that is not known; of equals that with medians farther
 * apart, then the first. */
static size_t best_of_part(const cyt_comparison *c, const cyt_cohort_table *table,
                           const size_t *told, size_t n_told)
{
    size_t best = c->n;
    double least = HUGE_VAL;
    for (size_t m = 0; m < c->n; m++) {
        const double p = value_of(c, CYT_CMP_P, m);
        if (isnan(p) || is_known(table->columns.item, told, n_told, c->first + m))
            continue;
        if (p < least || (p == least && contrast_of(c, m) > contrast_of(c, best))) {
            best = m;
            least = p;
        }
    }
    return best;
}

/* The next finding of all ranks, on every rank; 0 when there is none left. */
static int next_finding(MPI_Comm world, const cyt_comparison *c,
                        const cyt_cohort_table *table, const size_t *told,
                        size_t n_told, finding *out)
{
    struct {
        double value;
        int rank;
    } p = {HUGE_VAL, cyt_comm_rank(world)}, apart = {-1, cyt_comm_rank(world)};
    const size_t mine = best_of_part(c, table, told, n_told);
    const double my_p = mine < c->n ? value_of(c, CYT_CMP_P, mine) : HUGE_VAL;
    p.value = my_p;
    MPI_Allreduce(MPI_IN_PLACE, &p, 1, MPI_DOUBLE_INT, MPI_MINLOC, world);
    if (isinf(p.value))
        return 0;
    if (my_p == p.value)
        apart.value = contrast_of(c, mine);
    MPI_Allreduce(MPI_IN_PLACE, &apart, 1, MPI_DOUBLE_INT, MPI_MAXLOC, world);
    if (apart.rank == cyt_comm_rank(world)) {
        for (size_t k = 0; k < CYT_CMP_COLUMNS; k++)
            out->value[k] = value_of(c, (cyt_comparison_column)k, mine);
        out->metric = c->first + mine;
        out->effect = effect_name(c, mine);
    }
    MPI_Bcast(out, (int)sizeof *out, MPI_BYTE, apart.rank, world);
    return 1;
}

/* The sentence of a statistic with "type a" and "type b" called by their names. */
static void tell_meaning(cyt_strbuf *text, const cyt_metric *metric, cyt_error *err)
{
    const char *from = cyt_statistic_get(metric->statistic)->description;
    for (const char *at; (at = strstr(from, "type ")); from = at + 6) {
        const char *name = at[5] == 'a' ? metric->type_a : metric->type_b;
        const int is_name =
            (at[5] == 'a' || at[5] == 'b') && !isalpha((unsigned char)at[6]);
        cyt_strbuf_add(text, err, "%.*s", (int)(at + 5 - from), from);
        cyt_strbuf_add(text, err, "%.*s", is_name ? (int)strlen(name) : 1,
                       is_name ? name : at + 5);
    }
    cyt_strbuf_add(text, err, "%s", from);
}

static void tell_finding(cyt_strbuf *text, const cyt_cohort_table *table,
                         const finding *f, cyt_error *err)
{
    const cyt_metric *metric = &table->columns.item[f->metric];
    char *name = cyt_metric_name(metric, err);
    if (!name)
        return;
    cyt_strbuf_add(text, err, "  %s\n      ", name);
    tell_meaning(text, metric, err);
    const char *unit = cyt_statistic_get(metric->statistic)->unit;
    const int is_plain = strcmp(unit, "1") == 0;
    cyt_strbuf_add(text, err, "\n      ");
    if (!isnan(f->value[CYT_CMP_MEDIAN_A])) /* as of several conditions */
        cyt_strbuf_add(text, err, "%.4g against %.4g%s%s, ", f->value[CYT_CMP_MEDIAN_A],
                       f->value[CYT_CMP_MEDIAN_B], is_plain ? "" : " ",
                       is_plain ? "" : unit);
    cyt_strbuf_add(text, err, "%s %+.2f, p = %.2g, q = %.2g\n", effects[f->effect].text,
                   f->value[CYT_CMP_EFFECT], f->value[CYT_CMP_P], f->value[CYT_CMP_Q]);
    free(name);
}

/* Over all ranks: metrics tested, those of small q, and the most patients on each side;
 * of several conditions n_a counts a patient once in each of its own. */
typedef struct tally {
    uint64_t tested, small, n_a, n_b;
} tally;

static tally count_up(MPI_Comm world, const cyt_comparison *c)
{
    uint64_t sums[2] = {0, 0}, most[2] = {0, 0};
    for (size_t m = 0; m < c->n; m++) {
        sums[0] += isnan(value_of(c, CYT_CMP_P, m)) ? 0 : 1;
        sums[1] += value_of(c, CYT_CMP_Q, m) < small_q ? 1 : 0; /* not so for NaN */
        for (int side = 0; side < 2; side++) {
            const double v = value_of(c, side == 0 ? CYT_CMP_N_A : CYT_CMP_N_B,
                                      m); /* NaN: no side b */
            const uint64_t n = v > 0 ? (uint64_t)v : 0;
            most[side] = n > most[side] ? n : most[side];
        }
    }
    MPI_Allreduce(MPI_IN_PLACE, sums, 2, MPI_UINT64_T, MPI_SUM, world);
    MPI_Allreduce(MPI_IN_PLACE, most, 2, MPI_UINT64_T, MPI_MAX, world);
    return (tally){sums[0], sums[1], most[0], most[1]};
}

static void tell_sides(const cyt_contrast *contrast, const tally *t, cyt_strbuf *text,
                       cyt_error *err)
{
    const unsigned long long a = t->n_a, b = t->n_b;
    if (contrast->design == CYT_DESIGN_TWO)
        cyt_strbuf_add(text, err, "\n%s against %s, %llu and %llu patients: ",
                       contrast->conditions.name[0], contrast->conditions.name[1], a,
                       b);
    else if (contrast->design == CYT_DESIGN_PAIRED)
        cyt_strbuf_add(text, err, "\n%s against %s within %llu patients: ",
                       contrast->conditions.name[0], contrast->conditions.name[1], a);
    else if (contrast->design == CYT_DESIGN_SEVERAL)
        cyt_strbuf_add(text, err,
                       "\n%s, %llu values, one of each patient and condition: ",
                       contrast->name, a);
    else
        cyt_strbuf_add(text, err, "\n%s, %llu patients: ", contrast->name, a);
}

/* CYT_NO_NAME: a slide of none of them. */
static size_t condition_of(const cyt_sample *sample, const cyt_contrast *contrast)
{
    return sample->condition ? cyt_names_find(&contrast->conditions, sample->condition)
                             : CYT_NO_NAME;
}

/* Patients who have slides of more than one condition: the tests take them for as many.
 */
static size_t count_twice(const cyt_samplesheet *sheet, const cyt_contrast *contrast)
{
    size_t n = 0;
    for (size_t s = 0; s < sheet->n; s++) {
        const size_t own = condition_of(&sheet->samples[s], contrast);
        int before = 0, other = 0;
        if (own == CYT_NO_NAME)
            continue;
        for (size_t o = 0; o < sheet->n; o++) {
            const cyt_sample *sample = &sheet->samples[o];
            const size_t its = condition_of(sample, contrast);
            if (its == CYT_NO_NAME ||
                strcmp(sample->patient, sheet->samples[s].patient) != 0)
                continue;
            before = before || o < s;
            other = other || its != own;
        }
        n += !before && other;
    }
    return n;
}

static void tell_twice(const cyt_samplesheet *sheet, const cyt_contrast *contrast,
                       cyt_strbuf *text, cyt_error *err)
{
    const int several = contrast->design == CYT_DESIGN_SEVERAL;
    const size_t n = several || contrast->design == CYT_DESIGN_TWO
                         ? count_twice(sheet, contrast)
                         : 0;
    if (n > 0 && several)
        cyt_strbuf_add(text, err,
                       "%zu patient%s slides of several conditions; the test takes "
                       "them for different patients\n",
                       n, n == 1 ? " has" : "s have");
    else if (n > 0)
        cyt_strbuf_add(
            text, err,
            "%zu patient%s on both sides: paired: true in the contrast would "
            "compare within patients\n",
            n, n == 1 ? " is" : "s are");
}

static void tell_heading(const cyt_contrast *contrast, const char *legend,
                         cyt_strbuf *text, cyt_error *err)
{
    cyt_strbuf_add(
        text, err,
        "The smallest p, two of each kind at most (%s%s; q: p adjusted %s):\n",
        contrast->design == CYT_DESIGN_SEVERAL ? "" : "medians over patients; ", legend,
        contrast->family == CYT_FAMILY_ANALYSIS ? "within each analysis"
                                                : "for all metrics");
}

static void tell_contrast(MPI_Comm world, const cyt_samplesheet *sheet,
                          const cyt_cohort_table *table, const cyt_comparison *c,
                          cyt_strbuf *text, cyt_error *err)
{
    size_t told[TOLD], n = 0;
    finding f;
    const tally t = count_up(world, c);
    tell_sides(c->contrast, &t, text, err);
    if (t.tested == 0)
        cyt_strbuf_add(text, err,
                       "nothing could be tested; why stands in the column reason\n");
    else
        cyt_strbuf_add(text, err, "%llu of %llu metrics differ at q < %g\n",
                       (unsigned long long)t.small, (unsigned long long)t.tested,
                       small_q);
    tell_twice(sheet, c->contrast, text, err);
    while (n < TOLD && next_finding(world, c, table, told, n, &f)) {
        if (n == 0)
            tell_heading(c->contrast, effects[f.effect].legend, text, err);
        tell_finding(text, table, &f, err);
        told[n++] = f.metric;
    }
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

static void tell_failed(const cyt_outcomes *outcomes, cyt_strbuf *text, cyt_error *err)
{
    const size_t failed = outcomes->n_failed - outcomes->n_untried;
    if (outcomes->n_failed == 0)
        cyt_strbuf_add(text, err, "; no slide failed\n");
    else
        cyt_strbuf_add(text, err, "; %zu slide%s failed%s\n", failed,
                       failed == 1 ? "" : "s",
                       outcomes->n_untried ? ", some were not tried" : "");
}

cyt_code cyt_findings(MPI_Comm world, const cyt_run *run, const cyt_outcomes *outcomes,
                      const cyt_cohort_table *table, const cyt_cohort_findings *made,
                      char **text, cyt_error *err)
{
    cyt_strbuf buffer = {0};
    const size_t n_patients = count_patients(run->sheet);
    cyt_strbuf_add(&buffer, err, "%zu slide%s of %zu patient%s, %llu cells",
                   outcomes->n, outcomes->n == 1 ? "" : "s", n_patients,
                   n_patients == 1 ? "" : "s", (unsigned long long)made->n_cells);
    tell_failed(outcomes, &buffer, err);
    if (made->n == 0)
        cyt_strbuf_add(&buffer, err,
                       "nothing compared: the samplesheet names fewer than two values "
                       "of condition\n");
    for (size_t k = 0; k < made->n; k++)
        tell_contrast(world, run->sheet, table, &made->tested[k], &buffer, err);
    cyt_strbuf_add(&buffer, err, "\nresults: %s/cohort.h5ad, %s/slides/, %s/%s\n",
                   run->out, run->out, run->out, run->record);
    const cyt_code code = cyt_agree(world, err->code, err);
    if (code == CYT_OK && cyt_comm_rank(world) == 0)
        *text = cyt_strbuf_take(&buffer, err);
    cyt_strbuf_free(&buffer);
    return code;
}
