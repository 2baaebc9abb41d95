// SPDX-License-Identifier: BSD-3-Clause
/* Metrics of a small cohort that cannot be compared, or not in full, and slides that
 * failed: what is told of them. One rank; test_contrasts.c has several. */
#include "cohort/covariates.h"
#include "cohort/lifetimes.h"
#include "cohort/outcome.h"
#include "cohort/patients.h"
#include "cytotaxis/compare.h"
#include "cytotaxis/text.h"
#include "test_mpi.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Twelve patients of two slides each: a, then b, in turn; site 1 to 3 by threes; the
 * last three patients, of site 4, have no value of MISSING. */
enum { PATIENTS = 12, TWICE = 2, SLIDES = PATIENTS * TWICE };
enum {
    PLAIN,
    MISSING,
    CONSTANT,
    TOPPED,
    P,
    POINTS,
    LAW = POINTS + 2,
    METRICS = LAW + 2
};

typedef struct scene {
    cyt_samplesheet sheet;
    cyt_sample samples[SLIDES];
    char patients[PATIENTS][8], *covariates[SLIDES][2], *columns[2];
    double values[SLIDES * METRICS];
    int64_t n_cells[SLIDES];
    uint64_t starts[2];
    cyt_metrics columns_of;
    cyt_metric_share share;
    cyt_cohort_config settings;
    cyt_compare_input input;
} scene;

static double value_of(size_t slide, size_t metric)
{
    const size_t patient = slide / TWICE;
    if (metric == MISSING && patient >= 9)
        return NAN;
    if (metric == CONSTANT) /* its means over slides need not be the same double */
        return slide % TWICE ? 0.1 : 0.7;
    if (metric == TOPPED)
        return patient < 4 ? 0.5 : 1;
    return sin((double)(slide * 7 + metric)) + (double)(patient % 2);
}

static void fill_sheet(scene *s)
{
    static char a[] = "a", b[] = "b", site[] = "site", twin[] = "twin";
    static char sites[4][4] = {"s1", "s2", "s3", "s4"};
    for (size_t i = 0; i < SLIDES; i++) {
        const size_t p = i / TWICE;
        snprintf(s->patients[p], sizeof s->patients[p], "P%02zu", p);
        s->covariates[i][0] = s->covariates[i][1] = sites[p / 3];
        s->samples[i] = (cyt_sample){.patient = s->patients[p],
                                     .condition = p % 2 ? b : a,
                                     .covariates = s->covariates[i],
                                     .time = (double)(5 + p * 5 % 12),
                                     .event = p % 4 != 3};
        s->n_cells[i] = 100 + (int64_t)i;
    }
    s->columns[0] = site;
    s->columns[1] = twin;
    s->sheet = (cyt_samplesheet){.n = SLIDES,
                                 .samples = s->samples,
                                 .has_time = 1,
                                 .has_event = 1,
                                 .covariates = {2, 2, s->columns}};
}

static void fill_metrics(scene *s)
{
    static const cyt_statistic of[] = {CYT_COMPOSITION_COUNT, CYT_COMPOSITION_FRACTION,
                                       CYT_COMPOSITION_DENSITY, CYT_NEAREST_MEAN,
                                       CYT_ENRICHMENT_P};
    cyt_error err = {0};
    for (size_t m = 0; m < METRICS; m++) {
        const cyt_statistic axis = m < LAW ? CYT_CROSS_K_NONE : CYT_PROFILE_GAIN;
        assert_int_equal(
            m < POINTS ? cyt_metrics_add(&s->columns_of, of[m], "T", "U", NULL, 0, &err)
                       : cyt_metrics_add_at(&s->columns_of, axis, "T", "U", NULL,
                                            (double)(m % 2), 0, &err),
            CYT_OK);
        for (size_t i = 0; i < SLIDES; i++)
            s->values[i * METRICS + m] = value_of(i, m);
    }
}

static void begin(scene *s)
{
    memset(s, 0, sizeof *s);
    fill_sheet(s);
    fill_metrics(s);
    s->starts[1] = METRICS;
    s->share = (cyt_metric_share){
        .starts = s->starts, .n = METRICS, .values = s->values, .n_cells = s->n_cells};
    s->settings = (cyt_cohort_config){
        .confidence = 0.95, .bootstrap = 20, .permutations = 99, .survival = 1};
    s->input = (cyt_compare_input){&s->sheet, &s->settings, &s->columns_of, &s->share};
}

static double p_of(const cyt_survival_table *t, size_t metric, size_t test)
{
    return t->values[CYT_LIFE_P * t->n_rows + metric * CYT_LIFE_TESTS + test];
}

static void survival_that_is_not_told_says_why(void **state)
{
    (void)state;
    static const cyt_survival_reason want[METRICS][CYT_LIFE_TESTS] = {
        [CONSTANT] = {CYT_LIFE_FLAT, CYT_LIFE_FLAT},
        [TOPPED] = {CYT_LIFE_FINE, CYT_LIFE_NONE_ABOVE},
        [P] = {CYT_LIFE_P_OF_SLIDES, CYT_LIFE_P_OF_SLIDES},
        [LAW] = {CYT_LIFE_P_OF_SLIDES, CYT_LIFE_P_OF_SLIDES},
        [LAW + 1] = {CYT_LIFE_P_OF_SLIDES, CYT_LIFE_P_OF_SLIDES}};
    scene s;
    cyt_survival_table t;
    cyt_error err = {0};
    begin(&s);
    assert_int_equal(cyt_survival_make(MPI_COMM_SELF, &s.input, &t, &err), CYT_OK);
    for (size_t m = 0; m < METRICS; m++)
        for (size_t k = 0; k < CYT_LIFE_TESTS; k++) {
            assert_int_equal(t.reason[m * CYT_LIFE_TESTS + k], want[m][k]);
            assert_true(isnan(p_of(&t, m, k)) == (want[m][k] != CYT_LIFE_FINE));
            assert_true(t.values[m * CYT_LIFE_TESTS + k] == (m == MISSING ? 9 : 12));
        }
    cyt_survival_free(&t);
    cyt_metrics_free(&s.columns_of);
}

static cyt_contrast contrast_of(char **conditions, char **covariates, size_t n)
{
    static char name[] = "x";
    return (cyt_contrast){.name = name,
                          .conditions = {2, 2, conditions},
                          .adjust = {n, n, covariates},
                          .tests = 1 << CYT_TEST_MIXED};
}

static double at(const cyt_comparison *c, cyt_comparison_column column, size_t metric)
{
    return c->values[column * c->n_rows + metric];
}

static void curves_of_fits_are_not_compared(void **state)
{
    (void)state;
    char a[] = "a", b[] = "b", *conditions[] = {a, b};
    const cyt_contrast contrast = contrast_of(conditions, NULL, 0);
    scene s;
    cyt_comparison c;
    cyt_error err = {0};
    begin(&s);
    assert_int_equal(cyt_compare(MPI_COMM_SELF, &s.input, &contrast, 0, &c, &err),
                     CYT_OK);
    assert_int_equal(c.curves.n_all, 1);
    assert_int_equal(c.curves.n_all_points, 2);
    assert_int_equal(c.curves.metric[0], POINTS);
    assert_int_equal(c.reason[LAW], CYT_REASON_P);
    cyt_comparison_free(&c);
    cyt_metrics_free(&s.columns_of);
}

/* A site nobody of which has a value, or all sites twice: the model is that without the
 * columns that say nothing. */
static void covariates_without_values_leave_the_model(void **state)
{
    (void)state;
    char a[] = "a", b[] = "b", site[] = "site", twin[] = "twin";
    char *conditions[] = {a, b}, *adjust[] = {site, twin};
    const cyt_contrast one = contrast_of(conditions, adjust, 1),
                       two = contrast_of(conditions, adjust, 2);
    scene s;
    cyt_comparison c, d, e;
    cyt_error err = {0};
    begin(&s);
    assert_int_equal(cyt_compare(MPI_COMM_SELF, &s.input, &one, 0, &c, &err), CYT_OK);
    assert_int_equal(cyt_compare(MPI_COMM_SELF, &s.input, &two, 0, &d, &err), CYT_OK);
    s.sheet.n = 9 * TWICE; /* as if the last site had not been in the sheet at all */
    assert_int_equal(cyt_compare(MPI_COMM_SELF, &s.input, &one, 0, &e, &err), CYT_OK);
    assert_int_equal(c.reason[MISSING], CYT_REASON_NONE);
    for (int v = CYT_CMP_EFFECT; v <= CYT_CMP_P; v++) {
        const cyt_comparison_column column = (cyt_comparison_column)v;
        const double got = at(&c, column, MISSING), want = at(&e, column, MISSING);
        assert_true(isnan(want) ? isnan(got) : got == want);
        assert_true(isnan(want) ? isnan(at(&d, column, MISSING))
                                : at(&d, column, MISSING) == want);
    }
    assert_int_equal(d.reason[PLAIN], CYT_REASON_NONE);
    for (size_t i = 0; i < SLIDES; i++) /* conditions by the site: nothing to be told */
        s.samples[i].condition = i / TWICE / 3 % 2 ? b : a;
    cyt_comparison_free(&e);
    assert_int_equal(cyt_compare(MPI_COMM_SELF, &s.input, &one, 0, &e, &err), CYT_OK);
    assert_int_equal(e.reason[PLAIN], CYT_REASON_SINGULAR);
    cyt_comparison_free(&c);
    cyt_comparison_free(&d);
    cyt_comparison_free(&e);
    cyt_metrics_free(&s.columns_of);
}

static void columns_that_say_nothing_new_are_left_out(void **state)
{
    (void)state;
    /* 1, tested, a word nobody has, two words of which one is 1 less the other, age. */
    double x[] = {1, 1, 0, 1, 0, 4, /**/ 1, 0, 0, 0, 1, -1, /**/
                  1, 1, 0, 0, 1, 2, /**/ 1, 0, 0, 1, 0, 7};
    const double want[] = {1, 1, 1, 4, 1, 0, 0, -1, 1, 1, 0, 2, 1, 0, 1, 7};
    double scratch[24];
    size_t tested = 1;
    assert_int_equal(cyt_slide_columns_keep(4, 6, x, &tested, scratch), 4);
    assert_int_equal(tested, 1);
    assert_memory_equal(x, want, sizeof want);
    /* The tested one stays though the two others make it up. */
    double y[] = {1, 0, 1, /**/ 1, 1, 0, /**/ 1, 0, 1};
    tested = 2;
    assert_int_equal(cyt_slide_columns_keep(3, 3, y, &tested, scratch), 3);
    assert_int_equal(tested, 2);
}

/* Three times 0.1 is more than 0.3: means of patients with more and with fewer slides
 * must not differ for it, else a constant metric has ranks. */
static void equal_values_have_that_value_as_their_mean(void **state)
{
    (void)state;
    enum { N = 7 };
    static char many[] = "many", few[] = "few", a[] = "a";
    cyt_sample samples[N];
    double metric[N];
    int64_t n_cells[N];
    char *names[] = {a};
    cyt_error err = {0};
    for (int i = 0; i < N; i++) {
        samples[i] = (cyt_sample){.patient = i < 6 ? many : few, .condition = a};
        metric[i] = 0.1;
        n_cells[i] = 3 + i;
    }
    const cyt_samplesheet sheet = {.n = N, .samples = samples};
    const cyt_contrast contrast = {.conditions = {.n = 1, .name = names}};
    for (int weights = 0; weights < 2; weights++) {
        cyt_patients p;
        assert_int_equal(cyt_patients_init(
                             &sheet, &contrast, n_cells,
                             weights ? CYT_WEIGHTS_CELLS : CYT_WEIGHTS_EQUAL, &p, &err),
                         CYT_OK);
        cyt_patients_average(&p, metric, 1);
        assert_true(p.means[0] == 0.1 && p.means[1] == 0.1);
        cyt_patients_free(&p);
    }
}

/* JSON and HDF5 take no half of a letter. */
static void a_long_message_is_cut_between_letters(void **state)
{
    (void)state;
    const cyt_slide_report report = {0};
    cyt_outcomes o;
    cyt_error err = {0};
    for (size_t before = 0; before < 3; before++) {
        cyt_error why = {.code = CYT_ERR_DATA};
        memset(why.text, 'x', before);
        for (size_t at = before; at + 3 < sizeof why.text; at += 3)
            memcpy(why.text + at, "\u20ac", 3);
        assert_int_equal(cyt_outcomes_init(MPI_COMM_SELF, 1, &o, &err), CYT_OK);
        cyt_outcome_set(&o, 0, CYT_ERR_DATA, &why, &report, 1, 0);
        const char *message = o.status[0].message;
        const size_t n = strlen(message);
        assert_true(n > 500);
        for (size_t at = 0, letter; at < n; at += letter) {
            letter = cyt_text_letter(message + at, n - at);
            assert_true(letter > 0);
        }
        cyt_outcomes_free(&o);
    }
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survival_that_is_not_told_says_why),
        cmocka_unit_test(curves_of_fits_are_not_compared),
        cmocka_unit_test(covariates_without_values_leave_the_model),
        cmocka_unit_test(columns_that_say_nothing_new_are_left_out),
        cmocka_unit_test(equal_values_have_that_value_as_their_mean),
        cmocka_unit_test(a_long_message_is_cut_between_letters),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
