// SPDX-License-Identifier: BSD-3-Clause
/* Contrasts of a cohort without files: each design against numbers made by hand, and
 * the same bits for any number of ranks. */
#include "cohort/lifetimes.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/compare.h"
#include "cytotaxis/rank_test.h"
#include "cytotaxis/signed_rank.h"
#include "cytotaxis/strip.h"
#include "cytotaxis/t_test.h"
#include "test_mpi.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int rank, size;

/* Eight patients; each has two slides of each of four conditions, c to f, and a stage
 * and an age that go with it. Metric 4 is missing everywhere, metric 5 on every second
 * slide; metric 6 is constant; metric 7 is missing for patients below six. From metric
 * 9 on there are two curves of four places; in the second patient 0 has no value at the
 * last place, patient 1 nowhere. */
enum { PATIENTS = 8, CONDITIONS = 4, TWICE = 2, CURVES = 9, METRICS = 17 };
enum { SLIDES = PATIENTS * CONDITIONS * TWICE };

typedef struct scene {
    cyt_samplesheet sheet;
    cyt_sample samples[SLIDES];
    char names[SLIDES][8], ages[PATIENTS][8];
    char *covariates[SLIDES][2], *columns[2];
    cyt_cohort_table table;
    cyt_metric_share share;
    cyt_cohort_config settings;
    cyt_compare_input input;
} scene;

static double value_of(size_t slide, size_t metric)
{
    const size_t patient = slide / (CONDITIONS * TWICE);
    const size_t condition = slide / TWICE % CONDITIONS;
    if (metric == 4 || (metric == 5 && slide % 2) || (metric == 7 && patient < 6))
        return NAN;
    if (metric > 12 && (patient == 1 || (patient == 0 && metric == 16)))
        return NAN;
    if (metric == 6)
        return 3;
    return sin((double)(slide * 13 + metric * 5)) + 0.3 * (double)condition +
           cos((double)patient);
}

static int64_t cells_of(size_t slide)
{
    return 100 + (int64_t)(slide % 7) * 40;
}

static void fill_sheet(scene *s)
{
    static char conditions[CONDITIONS][2] = {"c", "d", "e", "f"};
    static char stages[2][8] = {"early", "late"}, names[2][8] = {"age", "stage"};
    for (size_t i = 0; i < SLIDES; i++) {
        const size_t p = i / (CONDITIONS * TWICE);
        snprintf(s->names[i], 8, "P%zu", p);
        snprintf(s->ages[p], 8, "%zu", 40 + p * p % 11);
        s->covariates[i][0] = s->ages[p];
        s->covariates[i][1] = stages[p % 3 == 0];
        s->samples[i] = (cyt_sample){.patient = s->names[i],
                                     .condition = conditions[i / TWICE % CONDITIONS],
                                     .covariates = s->covariates[i],
                                     .time = (double)(10 + p * 7 % 5),
                                     .event = p % 4 != 1};
    }
    s->columns[0] = names[0];
    s->columns[1] = names[1];
    s->sheet = (cyt_samplesheet){.n = SLIDES,
                                 .samples = s->samples,
                                 .has_time = 1,
                                 .has_event = 1,
                                 .covariates = {2, 2, s->columns}};
}

static void fill_table(MPI_Comm world, scene *s)
{
    cyt_error err = {0};
    cyt_cohort_table *t = &s->table;
    const size_t ranks = (size_t)cyt_comm_size(world),
                 me = (size_t)cyt_comm_rank(world);
    t->starts = malloc((ranks + 1) * sizeof *t->starts);
    cyt_blocks_cut(SLIDES, 1, ranks, t->starts);
    t->first = t->starts[me];
    t->n = t->starts[me + 1] - t->starts[me];
    t->values = malloc((t->n * METRICS + 1) * sizeof *t->values);
    t->n_cells = malloc((t->n + 1) * sizeof *t->n_cells);
    for (size_t i = 0; i < t->n; i++)
        t->n_cells[i] = cells_of(t->first + i);
    for (size_t m = 0; m < METRICS; m++) {
        char type[8];
        snprintf(type, sizeof type, "T%zu", m < CURVES ? m : m < 13 ? 98 : 99);
        const cyt_code code =
            m < CURVES
                ? cyt_metrics_add(&t->columns,
                                  m < 6 ? CYT_COMPOSITION_COUNT : CYT_NEAREST_MEAN,
                                  type, NULL, NULL, 0, &err)
                : cyt_metrics_add_at(&t->columns, CYT_CROSS_K_NONE, type, "U", NULL,
                                     (double)((m - CURVES) % 4), 0, &err);
        assert_int_equal(code, CYT_OK);
        for (size_t i = 0; i < t->n; i++)
            t->values[i * METRICS + m] = value_of(t->first + i, m);
    }
}

static void begin(MPI_Comm world, scene *s)
{
    cyt_error err = {0};
    memset(s, 0, sizeof *s);
    fill_sheet(s);
    fill_table(world, s);
    s->settings = (cyt_cohort_config){.confidence = 0.95,
                                      .bootstrap = 50,
                                      .permutations = 199,
                                      .seed = 5,
                                      .survival = 1};
    assert_int_equal(cyt_metric_share_make(world, SLIDES, &s->table, &s->share, &err),
                     CYT_OK);
    s->input =
        (cyt_compare_input){&s->sheet, &s->settings, &s->table.columns, &s->share};
}

static void end(scene *s)
{
    cyt_metric_share_free(&s->share);
    cyt_cohort_table_free(&s->table);
}

static char name_c[] = "c", name_d[] = "d", name_e[] = "e", name_f[] = "f";
static char name_age[] = "age", name_stage[] = "stage", contrast_name[] = "x";
static char *cd[] = {name_c, name_d}, *cdef[] = {name_c, name_d, name_e, name_f};
static char *adjust[] = {name_age, name_stage};
enum { RANKS = 1 << CYT_TEST_RANKS, T = 1 << CYT_TEST_T };
enum { PERMUTE = 1 << CYT_TEST_PERMUTATION, MIXED = 1 << CYT_TEST_MIXED };

static const cyt_contrast contrasts[] = {
    {contrast_name,
     CYT_DESIGN_TWO,
     {2, 2, cd},
     {2, 2, adjust},
     RANKS | T | PERMUTE | MIXED,
     CYT_FAMILY_CONTRAST,
     NULL},
    {contrast_name,
     CYT_DESIGN_PAIRED,
     {2, 2, cd},
     {0},
     RANKS | T | PERMUTE | MIXED,
     CYT_FAMILY_ANALYSIS,
     NULL},
    {contrast_name,
     CYT_DESIGN_INTERACTION,
     {4, 4, cdef},
     {1, 1, adjust + 1},
     RANKS | T | PERMUTE | MIXED,
     CYT_FAMILY_CONTRAST,
     NULL},
    {contrast_name,
     CYT_DESIGN_SEVERAL,
     {4, 4, cdef},
     {0},
     0,
     CYT_FAMILY_CONTRAST,
     NULL},
};
enum { N_CONTRASTS = sizeof contrasts / sizeof *contrasts };

/* The mean of a patient in a condition; NaN without a value. */
static double mean_of(size_t patient, size_t condition, size_t m, int by_cells)
{
    double sum = 0, weight = 0;
    for (size_t k = 0; k < TWICE; k++) {
        const size_t s = (patient * CONDITIONS + condition) * TWICE + k;
        const double w = by_cells ? (double)cells_of(s) : 1;
        if (!isnan(value_of(s, m))) {
            sum += w * value_of(s, m);
            weight += w;
        }
    }
    return weight > 0 ? sum / weight : NAN;
}

static double at(const cyt_comparison *c, cyt_comparison_column column, size_t k,
                 size_t test)
{
    return c->values[column * c->n_rows + k * c->n_tests + test];
}

static int near(double got, double want)
{
    return isnan(want) ? isnan(got) : fabs(got - want) <= 1e-12 * (1 + fabs(want));
}

/* Those of this rank against all of them. */
static int curves_differ(const cyt_curve_findings *c, const cyt_curve_findings *all)
{
    int wrong = c->n_all != all->n || c->n_all_points != all->n_points;
    for (size_t k = 0; !wrong && k < c->n; k++)
        wrong += c->metric[k] != all->metric[c->first + k] ||
                 c->reason[k] != all->reason[c->first + k] ||
                 memcmp(c->facts + k * CYT_CURVE_FACTS,
                        all->facts + (c->first + k) * CYT_CURVE_FACTS,
                        CYT_CURVE_FACTS * sizeof(double)) != 0;
    for (size_t v = 0; !wrong && c->n_points > 0 && v < CYT_BAND_COLUMNS; v++)
        wrong += memcmp(c->bands + v * c->n_points,
                        all->bands + v * all->n_points + c->first_point,
                        c->n_points * sizeof(double)) != 0;
    return wrong;
}

static void every_number_of_ranks_gives_the_same_bits(void **state)
{
    (void)state;
    scene all, alone;
    begin(MPI_COMM_WORLD, &all);
    begin(MPI_COMM_SELF, &alone);
    int wrong = 0;
    for (size_t k = 0; k < N_CONTRASTS; k++) {
        cyt_comparison c, d;
        cyt_error err = {0};
        wrong += cyt_compare(MPI_COMM_WORLD, &all.input, &contrasts[k], k, &c, &err) !=
                 CYT_OK;
        wrong += cyt_compare(MPI_COMM_SELF, &alone.input, &contrasts[k], k, &d, &err) !=
                 CYT_OK;
        for (size_t r = 0; !wrong && r < c.n_rows; r++) {
            const size_t o = c.first * c.n_tests + r;
            wrong += c.test[r] != d.test[o] || c.reason[r] != d.reason[o];
            for (size_t v = 0; v < CYT_CMP_COLUMNS; v++)
                wrong += memcmp(&c.values[v * c.n_rows + r],
                                &d.values[v * d.n_rows + o], sizeof(double)) != 0;
        }
        wrong += curves_differ(&c.curves, &d.curves);
        cyt_comparison_free(&c);
        cyt_comparison_free(&d);
    }
    assert_all(wrong == 0);
    end(&all);
    end(&alone);
}

/* What the tests say of arrays made by hand. */
static int check_two(const cyt_comparison *c, size_t k, size_t m, int by_cells)
{
    double a[PATIENTS], b[PATIENTS];
    size_t n_a = 0, n_b = 0;
    int wrong = 0;
    cyt_error err = {0};
    for (size_t p = 0; p < PATIENTS; p++) {
        const double x = mean_of(p, 0, m, by_cells), y = mean_of(p, 1, m, by_cells);
        if (!isnan(x))
            a[n_a++] = x;
        if (!isnan(y))
            b[n_b++] = y;
    }
    cyt_rank_test u;
    (void)!cyt_mann_whitney(a, n_a, b, n_b, &u, &err);
    const cyt_t_test t = cyt_t_welch(a, n_a, b, n_b);
    wrong += at(c, CYT_CMP_N_A, k, 0) != (double)n_a;
    wrong += at(c, CYT_CMP_N_B, k, 0) != (double)n_b;
    wrong += !near(at(c, CYT_CMP_STATISTIC, k, 0), u.u);
    wrong += !near(at(c, CYT_CMP_EFFECT, k, 0), u.delta);
    wrong += !near(at(c, CYT_CMP_P, k, 0), n_a > 2 ? u.p : NAN);
    wrong += !near(at(c, CYT_CMP_STATISTIC, k, 1), t.t);
    wrong += !near(at(c, CYT_CMP_P, k, 1), t.p);
    if (n_a > 2 && m != 6) {
        wrong += !near(at(c, CYT_CMP_STATISTIC, k, 2), t.difference);
        wrong += !near(at(c, CYT_CMP_EFFECT, k, 2), t.difference);
        wrong += !(at(c, CYT_CMP_EFFECT_LO, k, 0) <= u.delta + 1e-12 &&
                   u.delta <= at(c, CYT_CMP_EFFECT_HI, k, 0) + 1e-12);
        wrong += !(at(c, CYT_CMP_Q, k, 0) >= at(c, CYT_CMP_P, k, 0));
    }
    return wrong;
}

static void slides_become_patients_by_either_weight(void **state)
{
    (void)state;
    scene s;
    begin(MPI_COMM_WORLD, &s);
    int wrong = 0;
    for (int by_cells = 0; by_cells < 2; by_cells++) {
        cyt_comparison c;
        cyt_error err = {0};
        s.settings.weights = by_cells;
        assert_all(cyt_compare(MPI_COMM_WORLD, &s.input, &contrasts[0], 0, &c, &err) ==
                   CYT_OK);
        for (size_t k = 0; k < c.n; k++)
            wrong += check_two(&c, k, c.first + k, by_cells);
        cyt_comparison_free(&c);
    }
    assert_all(wrong == 0);
    end(&s);
}

/* The difference of pair p: c less d, or (f less e) less (d less c). */
static double difference_of(const cyt_contrast *contrast, size_t p, size_t m)
{
    if (contrast->design == CYT_DESIGN_PAIRED)
        return mean_of(p, 0, m, 0) - mean_of(p, 1, m, 0);
    return mean_of(p, 3, m, 0) - mean_of(p, 2, m, 0) -
           (mean_of(p, 1, m, 0) - mean_of(p, 0, m, 0));
}

static int check_pairs(const cyt_comparison *c, size_t k, size_t m)
{
    double d[PATIENTS];
    size_t n = 0;
    cyt_error err = {0};
    cyt_signed_rank v;
    int wrong = 0;
    for (size_t p = 0; p < PATIENTS; p++)
        if (!isnan(difference_of(c->contrast, p, m)))
            d[n++] = difference_of(c->contrast, p, m);
    (void)!cyt_signed_rank_test(d, n, &v, &err);
    const cyt_t_test t = cyt_t_paired(d, n);
    wrong += at(c, CYT_CMP_N_A, k, 0) != (double)n;
    wrong += at(c, CYT_CMP_N_B, k, 0) != (double)n;
    wrong += !near(at(c, CYT_CMP_STATISTIC, k, 0), v.v);
    wrong += !near(at(c, CYT_CMP_P, k, 0), n > 2 ? v.p : NAN);
    wrong += !near(at(c, CYT_CMP_P, k, 1), t.p);
    if (n > 2 && m != 6) {
        wrong += !near(at(c, CYT_CMP_MEAN_A, k, 0) - at(c, CYT_CMP_MEAN_B, k, 0),
                       t.difference);
        wrong += c->test[k * c->n_tests + 2] != CYT_ROW_PERMUTATION_EXACT;
        wrong += !near(at(c, CYT_CMP_EFFECT, k, 2), t.difference);
        /* Balanced, so the model's estimate is the mean difference. */
        wrong += !(fabs(at(c, CYT_CMP_EFFECT, k, 3) - t.difference) < 1e-9);
        wrong += !(at(c, CYT_CMP_SD_SLIDE, k, 3) > 0);
    }
    return wrong;
}

static void pairs_and_interactions_are_within_patients(void **state)
{
    (void)state;
    scene s;
    begin(MPI_COMM_WORLD, &s);
    int wrong = 0;
    for (size_t which = 1; which < 3; which++) {
        cyt_comparison c;
        cyt_error err = {0};
        assert_all(cyt_compare(MPI_COMM_WORLD, &s.input, &contrasts[which], which, &c,
                               &err) == CYT_OK);
        for (size_t k = 0; k < c.n; k++)
            if (c.first + k != 5 || contrasts[which].design == CYT_DESIGN_PAIRED)
                wrong += check_pairs(&c, k, c.first + k);
        cyt_comparison_free(&c);
    }
    assert_all(wrong == 0);
    end(&s);
}

static void rows_without_p_say_why(void **state)
{
    (void)state;
    static const cyt_row_reason want[METRICS] = {[4] = CYT_REASON_FEW,
                                                 [6] = CYT_REASON_FLAT,
                                                 [7] = CYT_REASON_FEW,
                                                 [8] = CYT_REASON_P};
    scene s;
    begin(MPI_COMM_WORLD, &s);
    s.table.columns.item[8].statistic = CYT_TRAP_P;
    int wrong = 0;
    for (size_t which = 0; which < N_CONTRASTS; which++) {
        cyt_comparison c;
        cyt_error err = {0};
        assert_all(cyt_compare(MPI_COMM_WORLD, &s.input, &contrasts[which], which, &c,
                               &err) == CYT_OK);
        const int several = contrasts[which].design == CYT_DESIGN_SEVERAL;
        for (size_t k = 0; k < c.n; k++) {
            /* Of several groups two patients each are enough for an approximation. */
            const cyt_row_reason expected =
                several && c.first + k == 7 ? CYT_REASON_NONE : want[c.first + k];
            wrong += c.reason[k * c.n_tests] != expected;
            for (size_t t = 0; t < c.n_tests; t++)
                wrong += (c.reason[k * c.n_tests + t] == CYT_REASON_NONE) ==
                         isnan(at(&c, CYT_CMP_P, k, t));
        }
        cyt_comparison_free(&c);
    }
    assert_all(wrong == 0);
    end(&s);
}

/* q of the family of an analysis is that of its metrics alone. */
static void families_are_those_declared(void **state)
{
    (void)state;
    double p[METRICS], q[METRICS], one[METRICS];
    scene s;
    begin(MPI_COMM_WORLD, &s);
    cyt_error err = {0};
    for (size_t m = 0; m < METRICS; m++)
        p[m] = 0.001 * (double)(1 + (m * 5) % 9);
    const size_t first = s.share.first, n = s.share.n;
    int wrong = 0;
    for (int family = 0; family < 2; family++) {
        const size_t cut[] = {0, 6, CURVES, METRICS}, whole[] = {0, METRICS};
        const size_t *at_cut = family == CYT_FAMILY_ANALYSIS ? cut : whole;
        assert_all(cyt_compare_adjust(MPI_COMM_WORLD, &s.input, 1, (cyt_family)family,
                                      p + first, q, &err) == CYT_OK);
        for (size_t k = 0; at_cut[k] < METRICS; k++)
            (void)!cyt_benjamini_hochberg(p + at_cut[k], at_cut[k + 1] - at_cut[k],
                                          one + at_cut[k], &err);
        for (size_t k = 0; k < n; k++)
            wrong += q[k] != one[first + k];
    }
    assert_all(wrong == 0);
    end(&s);
}

static double band(const cyt_curve_findings *c, cyt_band_column column, size_t point)
{
    return c->bands[column * c->n_points + point];
}

/* One curve of a contrast of c and d, or of pairs of them. */
static int check_curve(const cyt_curve_findings *c, size_t k, size_t point)
{
    const size_t metric = c->metric[k], whole = metric == CURVES;
    const size_t patients = whole ? PATIENTS : PATIENTS - 1, places = whole ? 4 : 3;
    const double *facts = c->facts + k * CYT_CURVE_FACTS;
    int wrong = c->length[k] != 4 || c->reason[k] != CYT_REASON_NONE || !c->exact[k];
    wrong += facts[CYT_CURVE_N_A] != (double)patients;
    wrong += facts[CYT_CURVE_N_B] != (double)patients;
    wrong += facts[CYT_CURVE_PLACES] != (double)places;
    wrong += !(facts[CYT_CURVE_P] > 0 && facts[CYT_CURVE_P] <= facts[CYT_CURVE_Q]);
    for (size_t i = 0; i < 4; i++) {
        double a = 0, b = 0;
        for (size_t p = 0; p < PATIENTS; p++)
            if (whole || p != 1) {
                a += mean_of(p, 0, metric + i, 0) / (double)patients;
                b += mean_of(p, 1, metric + i, 0) / (double)patients;
            }
        a = i < places ? a : NAN;
        wrong += band(c, CYT_BAND_X, point + i) != (double)i;
        wrong += !near(band(c, CYT_BAND_MEAN_A, point + i), a);
        wrong += !near(band(c, CYT_BAND_DIFFERENCE, point + i), a - b);
        wrong += i < places && !(band(c, CYT_BAND_MEAN_A_LO, point + i) < a &&
                                 a < band(c, CYT_BAND_MEAN_A_HI, point + i));
        wrong += i < places && !(band(c, CYT_BAND_ENVELOPE_LO, point + i) <
                                 band(c, CYT_BAND_ENVELOPE_HI, point + i));
    }
    return wrong;
}

static void curves_are_compared_as_wholes(void **state)
{
    (void)state;
    scene s;
    begin(MPI_COMM_WORLD, &s);
    int wrong = 0;
    for (size_t which = 0; which < N_CONTRASTS; which++) {
        cyt_comparison c;
        cyt_error err = {0};
        assert_all(cyt_compare(MPI_COMM_WORLD, &s.input, &contrasts[which], which, &c,
                               &err) == CYT_OK);
        const int several = contrasts[which].design == CYT_DESIGN_SEVERAL;
        wrong += c.curves.n_all != (several ? 0 : 2);
        for (size_t k = 0, point = 0; which < 2 && k < c.curves.n; k++, point += 4)
            wrong += check_curve(&c.curves, k, point);
        cyt_comparison_free(&c);
    }
    assert_all(wrong == 0);
    end(&s);
}

static void survival_is_of_patients(void **state)
{
    (void)state;
    scene all, alone;
    cyt_survival_table t, u;
    cyt_error err = {0};
    begin(MPI_COMM_WORLD, &all);
    begin(MPI_COMM_SELF, &alone);
    assert_all(cyt_survival_make(MPI_COMM_WORLD, &all.input, &t, &err) == CYT_OK);
    assert_all(cyt_survival_make(MPI_COMM_SELF, &alone.input, &u, &err) == CYT_OK);
    int wrong = 0;
    for (size_t r = 0; r < t.n_rows; r++) {
        const size_t o = t.first * CYT_LIFE_TESTS + r, m = o / CYT_LIFE_TESTS;
        const double n = t.values[CYT_LIFE_N * t.n_rows + r];
        const size_t here = m == 16 ? 6 : m > 12 ? 7 : PATIENTS;
        wrong += n != (double)(m == 4 ? 0 : m == 7 ? 2 : here);
        wrong += (t.reason[r] == CYT_LIFE_FINE) ==
                 isnan(t.values[CYT_LIFE_P * t.n_rows + r]);
        wrong += m == 6 && t.reason[r] != CYT_LIFE_FLAT;
        wrong += m < 4 && t.reason[r] != CYT_LIFE_FINE;
        for (size_t c = 0; c < CYT_LIFE_COLUMNS; c++)
            wrong += memcmp(&t.values[c * t.n_rows + r], &u.values[c * u.n_rows + o],
                            sizeof(double)) != 0;
    }
    assert_all(wrong == 0);
    cyt_survival_free(&t);
    cyt_survival_free(&u);
    end(&all);
    end(&alone);
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_of_ranks_gives_the_same_bits),
        cmocka_unit_test(slides_become_patients_by_either_weight),
        cmocka_unit_test(pairs_and_interactions_are_within_patients),
        cmocka_unit_test(rows_without_p_say_why),
        cmocka_unit_test(families_are_those_declared),
        cmocka_unit_test(curves_are_compared_as_wholes),
        cmocka_unit_test(survival_is_of_patients),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
