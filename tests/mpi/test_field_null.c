// SPDX-License-Identifier: BSD-3-Clause
#include "test_mpi.h"

#include "mask_sets.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/field_null.h"
#include "cytotaxis/random.h"
#include "cytotaxis/ring.h"
#include "cytotaxis/strip.h"

#include <math.h>
#include <stdlib.h>

enum { SHIFTS = 42, PURPOSE = 0x73686674, PARTS = 2, CUTS = 3, FIELDS = 3 };
/* Sums of some thousand terms of about 1, in another order. */
static const double rounding = 1e-11;

static int rank, size;
static mask_set set;
static float residual[MASK_MOST], weight[MASK_MOST], field[FIELDS][MASK_MOST];

/* Three ways to cut: evenly, with the first strips empty, all in the middle. */
static void cut(int way, uint64_t n, uint64_t starts[])
{
    cyt_blocks_cut(n, 1, (size_t)size, starts);
    for (int r = 1; r < size; r++) {
        if (way == 1)
            starts[r] = r <= size / 2 ? 0 : starts[r];
        if (way == 2)
            starts[r] = r <= size / 2 ? 0 : n;
    }
}

static double draw(uint64_t i, uint32_t which)
{
    return cyt_uniform(cyt_random_key_of(3, 0), 2, i, which);
}

static size_t make_scene(size_t k)
{
    mask_sets[k](&set);
    const size_t n = set.n_rows * set.n_cols;
    for (size_t i = 0; i < n; i++) {
        set.at[i] = set.at[i] ? (uint8_t)(1 + (i % set.n_cols > set.n_cols / 2)) : 0;
        weight[i] = set.at[i] ? (float)draw(i, 0) : 0;
        residual[i] = set.at[i] ? (float)draw(i, 1) - 0.5F : 0;
        for (uint32_t f = 0; f < FIELDS; f++)
            field[f][i] = (float)draw(i, 2 + f);
    }
    return n;
}

/* --- strips in a ring ---------------------------------------------------------------
 */

static void strips_of_all_ranks_come_by_in_turn_and_again(void **state)
{
    (void)state;
    enum { N = 23 };
    uint64_t starts[64], own[N];
    for (int way = 0; way < CUTS; way++) {
        cyt_error err = {0};
        cyt_ring ring;
        cut(way, N, starts);
        for (uint64_t r = starts[rank]; r < starts[rank + 1]; r++)
            own[r - starts[rank]] = r;
        assert_all(cyt_ring_open(MPI_COMM_WORLD, starts, sizeof *own, own, &ring,
                                 &err) == CYT_OK);
        for (int round = 0; round < 2; round++) {
            int n_strips = 0, good = 1;
            do {
                const size_t whose = (size_t)((rank + n_strips++) % size);
                const uint64_t *rows = ring.rows;
                good &= ring.whose == whose;
                for (uint64_t r = starts[whose]; good && r < starts[whose + 1]; r++)
                    good &= rows[r - starts[whose]] == r;
            } while (cyt_ring_turn(&ring));
            assert_all(good && n_strips == size);
        }
        cyt_ring_close(&ring);
    }
}

/* --- scores ----------------------------------------------------------------------- */

static void box_of(size_t n, size_t box[4])
{
    box[0] = box[2] = SIZE_MAX;
    box[1] = box[3] = 0;
    for (size_t i = 0; i < n; i++) {
        const size_t row = i / set.n_cols, col = i % set.n_cols;
        if (set.at[i] == 0)
            continue;
        box[0] = row < box[0] ? row : box[0];
        box[1] = row > box[1] ? row : box[1];
        box[2] = col < box[2] ? col : box[2];
        box[3] = col > box[3] ? col : box[3];
    }
}

/* The definition: a constant for each compartment on what overlaps. */
static double score_by_hand(const float *f, const size_t box[4], size_t down,
                            size_t right)
{
    const size_t n = set.n_rows * set.n_cols;
    const size_t h = box[1] - box[0] + 1, w = box[3] - box[2] + 1;
    double score = 0, all = 0;
    for (int part = 1; part <= PARTS; part++) {
        double r = 0, m = 0, rf = 0, mf = 0;
        for (size_t i = 0; i < n; i++) {
            if (set.at[i] != part)
                continue;
            const size_t row = box[0] + (i / set.n_cols - box[0] + down) % h;
            const size_t col = box[2] + (i % set.n_cols - box[2] + right) % w;
            const size_t j = row * set.n_cols + col;
            if (set.at[j] != part)
                continue;
            r += (double)residual[i];
            m += (double)weight[i];
            rf += (double)residual[i] * (double)f[j];
            mf += (double)weight[i] * (double)f[j];
        }
        score += m > 0 ? rf - r / m * mf : 0;
        all += m;
    }
    return all > 0 ? score / sqrt(all) : NAN;
}

static const cyt_random_key key = {{7, 9}};

static cyt_code take_scene(MPI_Comm comm, const uint64_t *starts, cyt_field_null *null,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    const uint64_t *own = starts + cyt_comm_rank(comm);
    const size_t n_rows = (size_t)(own[1] - own[0]), n_cols = set.n_cols;
    const cyt_field_null_params params = {.starts = starts,
                                          .n_cols = n_cols,
                                          .n_parts = PARTS,
                                          .n_shifts = SHIFTS,
                                          .key = key};
    CYT_TRY(cyt_agree(comm, cyt_field_null_init(&params, n_rows, null, err), err));
    for (size_t r = 0; r < n_rows; r++) {
        const size_t at = ((size_t)own[0] + r) * n_cols;
        const cyt_field_null_row row = cyt_field_null_row_of(null, r);
        memcpy(row.part, set.at + at, n_cols);
        memcpy(row.residual, residual + at, n_cols * sizeof *residual);
        memcpy(row.weight, weight + at, n_cols * sizeof *weight);
    }
    CYT_TRY(cyt_field_null_prepare(comm, null, err));
done:
    return code;
}

/* Scores of the first fields of the scene. */
static cyt_code scores_of(MPI_Comm comm, const uint64_t *starts, size_t n_fields,
                          double *score, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_field_null null = {0};
    const float *own[FIELDS];
    for (size_t f = 0; f < n_fields; f++)
        own[f] = field[f] + (size_t)starts[cyt_comm_rank(comm)] * set.n_cols;
    CYT_TRY(take_scene(comm, starts, &null, err));
    CYT_TRY(cyt_field_null_scores(comm, &null, n_fields, own, score, err));
done:
    cyt_field_null_free(&null);
    return code;
}

static int same(double a, double b)
{
    return (isnan(a) && isnan(b)) || fabs(a - b) <= rounding * (1 + fabs(b));
}

static void check_by_hand(const double *score, const float *f, const size_t box[4])
{
    for (uint64_t b = 0; b <= SHIFTS; b++) {
        const size_t down =
            (size_t)cyt_random_below(key, PURPOSE, b, 0, box[1] - box[0] + 1);
        const size_t right =
            (size_t)cyt_random_below(key, PURPOSE, b, 1, box[3] - box[2] + 1);
        assert_all(same(score[b], score_by_hand(f, box, b ? down : 0, b ? right : 0)));
    }
}

static void scores_are_those_of_the_definition_with_the_same_bits(void **state)
{
    (void)state;
    uint64_t starts[64];
    double score[FIELDS * (SHIFTS + 1)], alone[FIELDS * (SHIFTS + 1)];
    for (size_t k = 0; k < N_MASK_SETS; k++) {
        size_t box[4];
        cyt_error err = {0};
        const size_t n = make_scene(k);
        const uint64_t one[] = {0, set.n_rows};
        box_of(n, box);
        assert_all(scores_of(MPI_COMM_SELF, one, FIELDS, alone, &err) == CYT_OK);
        for (int way = 0; way < CUTS; way++)
            for (size_t n_fields = 1; n_fields <= FIELDS; n_fields += FIELDS - 1) {
                cut(way, set.n_rows, starts);
                assert_all(scores_of(MPI_COMM_WORLD, starts, n_fields, score, &err) ==
                           CYT_OK);
                assert_all(
                    memcmp(score, alone, n_fields * (SHIFTS + 1) * sizeof *score) == 0);
            }
        if (box[0] == SIZE_MAX) {
            assert_all(isnan(score[0]) && isnan(score[SHIFTS]));
            continue;
        }
        for (size_t f = 0; f < FIELDS; f++)
            check_by_hand(score + f * (SHIFTS + 1), field[f], box);
    }
}

/* --- p ---------------------------------------------------------------------------- */

static void p_counts_the_shifts_that_reach_what_is_seen(void **state)
{
    (void)state;
    enum { TESTS = 3, N = 5 };
    /* Means are 0, deviations sqrt(18 / 4) and 1. */
    double score[TESTS * N] = {3, 0, 0, 0, -3, 1, 1, -1, -1, 0, NAN, 1, 2, 3, 4};
    cyt_field_test t[TESTS];
    cyt_field_tests(TESTS, N - 1, score, t);
    assert_true(fabs(t[0].z - 3 / sqrt(18 / 4.0)) < rounding);
    assert_true(fabs(t[1].z - 1) < rounding);
    /* Test 0: only the last shift reaches |3|. Test 1: shifts 1, 2, 3 reach |1|. */
    assert_true(t[0].p == 2.0 / 5 && t[1].p == 4.0 / 5);
    /* Family: the largest of shifts are 1, 1, 1, 1.41; seen are 1.41 and 1. */
    assert_true(t[0].p_family == 2.0 / 5 && t[1].p_family == 1);
    assert_true(isnan(t[2].z) && isnan(t[2].p) && isnan(t[2].p_family));
}

static void a_shift_that_leaves_nothing_counts_against_the_test(void **state)
{
    (void)state;
    double score[] = {9, NAN, 0, 1, -1};
    cyt_field_test t;
    cyt_field_tests(1, 4, score, &t);
    assert_true(t.p == 2.0 / 5 && t.p_family == 2.0 / 5);
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"ring.open", "mem.alloc"};
    uint64_t starts[64];
    double score[SHIFTS + 1];
    make_scene(0);
    cut(0, set.n_rows, starts);
    for (size_t k = 0; k < sizeof points / sizeof *points; k++)
        for (int who = 0; who < size; who++) {
            cyt_error err = {0};
            cyt_fault_arm(rank == who ? points[k] : NULL);
            const cyt_code code = scores_of(MPI_COMM_WORLD, starts, 1, score, &err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY && err.rank == who);
        }
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strips_of_all_ranks_come_by_in_turn_and_again),
        cmocka_unit_test(scores_are_those_of_the_definition_with_the_same_bits),
        cmocka_unit_test(p_counts_the_shifts_that_reach_what_is_seen),
        cmocka_unit_test(a_shift_that_leaves_nothing_counts_against_the_test),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
