// SPDX-License-Identifier: BSD-3-Clause
/* The cohort stage without files: the shared counter, and two conditions compared. */
#include "cytotaxis/comm.h"
#include "cytotaxis/compare.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/queue.h"
#include "cytotaxis/strip.h"
#include "test_mpi.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int rank, size;

/* --- the queue -------------------------------------------------------------------- */

static void every_slide_is_taken_once_dearest_first(void **state)
{
    (void)state;
    enum { N = 23 };
    uint64_t cost[N];
    for (size_t i = 0; i < N; i++)
        cost[i] = (i * 7919) % 50;
    for (size_t groups = 1; groups <= (size_t)size; groups++) {
        cyt_queue q;
        cyt_error err = {0};
        assert_all(cyt_queue_open(MPI_COMM_WORLD, groups, N, cost, &q, &err) == CYT_OK);
        const int leads = cyt_comm_rank(q.group) == 0;
        int taken[N] = {0}, wrong = 0;
        uint64_t last = UINT64_MAX;
        for (size_t s; (s = cyt_queue_next(&q)) < N;) {
            taken[s] += leads;
            wrong += cost[s] > last; /* within a group the order is kept */
            last = cost[s];
            if (leads)
                cyt_queue_done(&q, 10);
        }
        MPI_Allreduce(MPI_IN_PLACE, taken, N, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
        for (size_t s = 0; s < N; s++)
            wrong += taken[s] != 1;
        const cyt_progress p = cyt_queue_progress(&q);
        MPI_Barrier(MPI_COMM_WORLD);
        assert_all(wrong == 0);
        assert_all(p.slides_done == N && p.cells_done == 10 * N);
        const int n_groups = (int)cyt_sum_u64(MPI_COMM_WORLD, (uint64_t)leads);
        assert_all(n_groups == (int)groups);
        cyt_queue_close(&q);
    }
}

static void a_drained_queue_gives_nothing_more(void **state)
{
    (void)state;
    const uint64_t cost[5] = {1, 1, 1, 1, 1};
    cyt_queue q;
    cyt_error err = {0};
    assert_all(cyt_queue_open(MPI_COMM_WORLD, 1, 5, cost, &q, &err) == CYT_OK);
    const size_t first = cyt_queue_next(&q);
    if (rank == 0)
        cyt_queue_drain(&q);
    assert_all(first == 0 && cyt_queue_next(&q) == 5);
    cyt_queue_close(&q);
}

/* --- comparisons ------------------------------------------------------------------ */

enum { SLIDES = 10, METRICS = 9 };

/* Patients 0-2 in condition a with two slides each, 3-6 in b with one. */
static void small_sheet(cyt_samplesheet *sheet, cyt_sample samples[SLIDES],
                        char patients[SLIDES][8])
{
    static char a[] = "a", b[] = "b";
    memset(samples, 0, SLIDES * sizeof *samples);
    for (int s = 0; s < SLIDES; s++) {
        snprintf(patients[s], 8, "P%d", s < 6 ? s / 2 : s - 3);
        samples[s].patient = patients[s];
        samples[s].condition = s < 6 ? a : b;
    }
    *sheet = (cyt_samplesheet){.n = SLIDES, .samples = samples};
}

static double value_of(size_t slide, size_t metric)
{
    if (metric == 4 || (metric == 5 && slide % 2))
        return NAN;
    return sin((double)(slide * 13 + metric * 5)) + (slide < 6 ? 0.5 : 0);
}

static void fill_table(cyt_cohort_table *t)
{
    cyt_error err = {0};
    *t = (cyt_cohort_table){0};
    t->starts = malloc((size_t)(size + 1) * sizeof *t->starts);
    cyt_blocks_cut(SLIDES, 1, (size_t)size, t->starts);
    t->first = t->starts[rank];
    t->n = t->starts[rank + 1] - t->starts[rank];
    t->values = malloc((t->n * METRICS + 1) * sizeof *t->values);
    for (size_t m = 0; m < METRICS; m++) {
        char type[8];
        snprintf(type, sizeof type, "T%zu", m);
        assert_int_equal(cyt_metrics_add(&t->columns, CYT_COMPOSITION_COUNT, type, NULL,
                                         NULL, 0, &err),
                         CYT_OK);
        for (size_t i = 0; i < t->n; i++)
            t->values[i * METRICS + m] = value_of(t->first + i, m);
    }
}

static void patients_are_the_unit_and_ranks_do_not_matter(void **state)
{
    (void)state;
    cyt_samplesheet sheet;
    cyt_sample samples[SLIDES];
    char patients[SLIDES][8];
    cyt_cohort_table t;
    cyt_comparison c;
    cyt_error err = {0};
    small_sheet(&sheet, samples, patients);
    fill_table(&t);
    assert_all(cyt_compare(MPI_COMM_WORLD, &sheet, &t, "a", "b", &c, &err) == CYT_OK);
    int wrong = 0;
    for (size_t k = 0; k < c.n; k++) {
        const size_t m = c.first + k;
        const double *v = c.values + k;
        double mean_a = 0, mean_b = 0, u = 0, a[3];
        for (size_t p = 0; p < 3; p++) {
            const double one = value_of(2 * p, m), two = value_of(2 * p + 1, m);
            a[p] = isnan(two) ? one : (one + two) / 2;
            mean_a += a[p] / 3;
        }
        const double n_b = m == 4 ? 0 : m == 5 ? 2 : 4;
        for (size_t s = 6; s < SLIDES; s++) {
            const double b = value_of(s, m);
            mean_b += isnan(b) ? 0 : b / n_b;
            for (size_t p = 0; p < 3; p++)
                u += a[p] > b;
        }
        wrong +=
            v[CYT_CMP_N_A * c.n] != (m == 4 ? 0 : 3) || v[CYT_CMP_N_B * c.n] != n_b;
        if (m == 4) {
            wrong += !isnan(v[CYT_CMP_P * c.n]) || !isnan(v[CYT_CMP_Q * c.n]);
            continue;
        }
        wrong += fabs(v[CYT_CMP_MEAN_A * c.n] - mean_a) > 1e-12;
        wrong += fabs(v[CYT_CMP_MEAN_B * c.n] - mean_b) > 1e-12;
        wrong += v[CYT_CMP_STATISTIC * c.n] != u || !c.exact[k];
        wrong += !(v[CYT_CMP_Q * c.n] >= v[CYT_CMP_P * c.n]);
    }
    assert_all(wrong == 0);
    cyt_comparison_free(&c);
    cyt_cohort_table_free(&t);
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    const uint64_t cost[2] = {1, 2};
    for (int bad = 0; bad < size; bad++) {
        cyt_queue q;
        cyt_error err = {0};
        cyt_fault_arm(rank == bad ? "queue.open" : NULL);
        const cyt_code code = cyt_queue_open(MPI_COMM_WORLD, 1, 2, cost, &q, &err);
        cyt_fault_arm(NULL);
        assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
        cyt_queue_close(&q);
    }
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_slide_is_taken_once_dearest_first),
        cmocka_unit_test(a_drained_queue_gives_nothing_more),
        cmocka_unit_test(patients_are_the_unit_and_ranks_do_not_matter),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
