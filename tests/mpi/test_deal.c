// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/deal.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/group_means.h"
#include "cytotaxis/random.h"
#include "slide_of.h"

#include <math.h>

static int rank, size;

enum { MANY = 6000, FEW = 9, GROUPS = 3 }; /* dealt by network, by table */

static double x[MANY], y[MANY];
static uint16_t type[MANY];

static void place(MPI_Comm comm, size_t n, cyt_slide *slide)
{
    const cyt_random_key key = cyt_random_key_of(8, n);
    for (size_t i = 0; i < n; i++) {
        x[i] = 300 * cyt_uniform(key, 0, i, 0);
        y[i] = 300 * cyt_uniform(key, 0, i, 1);
        type[i] = i % 7 ? 0 : CYT_NO_TYPE; /* cells without a type have values, too */
    }
    slide_of(comm, n, x, y, type, 1, 1, 5, 0, NULL, slide);
}

/* all [n]: what each cell, by input order, is dealt: the input order of another. */
static void deal_all(MPI_Comm comm, size_t n, const cyt_permutation_params *params,
                     uint64_t number, uint64_t *all)
{
    cyt_slide slide;
    cyt_deal deal;
    cyt_error err = {0};
    uint32_t group[MANY];
    cyt_permutation_params mine = *params;
    place(comm, n, &slide);
    for (size_t i = 0; params->group && i < slide.cells.n; i++)
        group[i] = params->group[slide.cells.index[i]];
    mine.group = params->group ? group : NULL;
    uint64_t *out = malloc((slide.cells.n + 1) * sizeof *out);
    assert_int_equal(cyt_deal_init(comm, &slide, &mine, &deal, &err), CYT_OK);
    assert_int_equal(
        cyt_deal_values(comm, &deal, number, sizeof *out, slide.cells.index, out, &err),
        CYT_OK);
    memset(all, 0, n * sizeof *all);
    for (size_t i = 0; i < slide.cells.n; i++)
        all[slide.cells.index[i]] = out[i];
    MPI_Allreduce(MPI_IN_PLACE, all, (int)n, MPI_UINT64_T, MPI_SUM, comm);
    free(out);
    cyt_deal_free(&deal);
    cyt_slide_free(&slide);
}

static int is_order(size_t n, const uint64_t *all)
{
    static char seen[MANY];
    memset(seen, 0, n);
    for (size_t i = 0; i < n; i++)
        if (all[i] >= n || seen[all[i]]++)
            return 0;
    return 1;
}

static size_t n_fixed(size_t n, const uint64_t *all)
{
    size_t fixed = 0;
    for (size_t i = 0; i < n; i++)
        fixed += all[i] == i;
    return fixed;
}

static void every_value_is_dealt_once_by_any_number_of_ranks(void **state)
{
    (void)state;
    static uint64_t a[MANY], b[MANY], before[MANY];
    static const size_t numbers[] = {1, 2, FEW, 500, MANY};
    const cyt_permutation_params params = {.n = 1, .seed = 4, .slide = 2};
    for (size_t k = 0; k < 5; k++) {
        const size_t n = numbers[k];
        for (uint64_t number = 0; number < 3; number++) {
            deal_all(MPI_COMM_WORLD, n, &params, number, a);
            deal_all(MPI_COMM_SELF, n, &params, number, b);
            assert_all(is_order(n, a));
            assert_all(memcmp(a, b, n * sizeof *a) == 0);
            assert_all(n < FEW || number == 0 || memcmp(a, before, n * sizeof *a) != 0);
            memcpy(before, a, n * sizeof *a);
        }
        /* Of a random order one cell keeps its value on average: ten are one in 10^6.
         */
        assert_all(n < FEW || n_fixed(n, a) < 10);
    }
}

static void values_stay_in_their_group_and_those_of_none_where_they_are(void **state)
{
    (void)state;
    static uint64_t a[MANY], b[MANY];
    static uint32_t group[MANY];
    const cyt_permutation_params params = {
        .n = 1, .seed = 4, .n_groups = GROUPS, .group = group};
    size_t moved = 0;
    for (size_t i = 0; i < MANY;
         i++) /* group 0 by network, group 1 by table, 2 empty */
        group[i] = i % 10 == 3 ? CYT_NO_GROUP : i % 10 > 7;
    deal_all(MPI_COMM_WORLD, MANY, &params, 11, a);
    deal_all(MPI_COMM_SELF, MANY, &params, 11, b);
    assert_all(is_order(MANY, a) && memcmp(a, b, sizeof a) == 0);
    for (size_t i = 0; i < MANY; i++) {
        assert_all(group[a[i]] == group[i]);
        assert_all(group[i] != CYT_NO_GROUP || a[i] == i);
        moved += a[i] != i;
    }
    assert_all(moved > MANY * 9 / 10 - 20);
}

/* Which of the 24 orders of four cells: each as often as the others. */
static void all_orders_of_few_cells_are_as_likely(void **state)
{
    (void)state;
    enum { N = 4, ORDERS = 256, DEALS = 4800 };
    cyt_slide slide;
    cyt_deal deal;
    cyt_error err = {0};
    size_t times[ORDERS] = {0}, n_seen = 0;
    double chi2 = 0;
    const cyt_permutation_params params = {.n = DEALS, .seed = 3};
    place(MPI_COMM_SELF, N, &slide);
    assert_int_equal(cyt_deal_init(MPI_COMM_SELF, &slide, &params, &deal, &err),
                     CYT_OK);
    for (uint64_t k = 0; k < DEALS; k++) {
        uint64_t out[N];
        assert_int_equal(cyt_deal_values(MPI_COMM_SELF, &deal, k, sizeof *out,
                                         slide.cells.index, out, &err),
                         CYT_OK);
        times[out[0] | out[1] << 2 | out[2] << 4 | out[3] << 6]++;
    }
    for (size_t k = 0; k < ORDERS; k++) {
        const double over = (double)times[k] - DEALS / 24.0;
        n_seen += times[k] > 0;
        chi2 += times[k] ? over * over / (DEALS / 24.0) : 0;
    }
    assert_all(n_seen == 24);
    assert_all(chi2 < 49.7); /* 23 degrees: once in a thousand */
    cyt_deal_free(&deal);
    cyt_slide_free(&slide);
}

/* Where values come from does not depend on where they go: n r² of the two places is
 * nearly chi² with one degree. */
static void places_far_apart_and_near_are_as_likely(void **state)
{
    (void)state;
    enum { DEALS = 60 };
    static uint64_t a[MANY];
    const cyt_permutation_params params = {.n = DEALS, .seed = 9};
    const double mean = (MANY - 1) / 2.0, variance = (MANY * (double)MANY - 1) / 12;
    double chi2 = 0;
    for (uint64_t number = 0; number < DEALS; number++) {
        double sum = 0;
        deal_all(MPI_COMM_WORLD, MANY, &params, number, a);
        for (size_t i = 0; i < MANY; i++)
            sum += ((double)i - mean) * ((double)a[i] - mean);
        chi2 += pow(sum / variance, 2) / MANY;
    }
    assert_all(chi2 < 99.6); /* 60 degrees: once in a thousand */
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"deal.init", "mem.alloc", "mem.alloc",
                                         "route.init"};
    cyt_slide slide;
    double out[MANY];
    const cyt_permutation_params params = {.n = 1};
    place(MPI_COMM_WORLD, MANY, &slide);
    for (size_t p = 0; p < 4; p++)
        for (int bad = 0; bad < size; bad++) {
            cyt_error err = {0};
            cyt_deal deal = {0};
            if (p > 1)
                assert_int_equal(
                    cyt_deal_init(MPI_COMM_WORLD, &slide, &params, &deal, &err),
                    CYT_OK);
            cyt_fault_arm(rank == bad ? points[p] : NULL);
            const cyt_code code =
                p > 1 ? cyt_deal_values(MPI_COMM_WORLD, &deal, 0, sizeof *out,
                                        slide.cells.x, out, &err)
                      : cyt_deal_init(MPI_COMM_WORLD, &slide, &params, &deal, &err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
            cyt_deal_free(&deal);
        }
    cyt_slide_free(&slide);
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_value_is_dealt_once_by_any_number_of_ranks),
        cmocka_unit_test(values_stay_in_their_group_and_those_of_none_where_they_are),
        cmocka_unit_test(all_orders_of_few_cells_are_as_likely),
        cmocka_unit_test(places_far_apart_and_near_are_as_likely),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
