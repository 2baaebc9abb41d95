// SPDX-License-Identifier: BSD-3-Clause
#include "test_mpi.h"

#include "cytotaxis/fault.h"
#include "cytotaxis/niches.h"
#include "cytotaxis/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int rank, size;

enum { ROWS = 900, WIDTH = 6, MOST = 12 };

static double table[ROWS * WIDTH];

static double u(uint64_t i, uint32_t draw)
{
    return cyt_uniform(cyt_random_key_of(21, 0), 1, i, draw);
}

/* Compositions around `n` corners of different weight; 0: no groups at all. */
static void make_table(size_t n)
{
    for (uint64_t i = 0; i < ROWS; i++) {
        const size_t home = n ? (size_t)(u(i, 0) * u(i, 0) * (double)n) : 0;
        double sum = 0;
        for (uint32_t j = 0; j < WIDTH; j++) {
            const double v = u(i, 2 + j) + (n && j == home % WIDTH ? 8 : 0);
            table[i * WIDTH + j] = v;
            sum += v;
        }
        for (uint32_t j = 0; j < WIDTH; j++)
            table[i * WIDTH + j] /= sum;
    }
}

/* Rows dealt out over the ranks, from last to first in each when @p backwards. */
typedef struct share {
    cyt_niche_rows rows;
    double *value;
    uint64_t *key;
    uint32_t *label;
} share;

static size_t owner(size_t i, int deal, size_t ranks)
{
    return deal == 0   ? i * ranks / ROWS
           : deal == 1 ? (i * 7 + i / 13) % ranks
                       : ranks - 1;
}

static share share_of(int deal, int backwards, size_t ranks)
{
    share s = {.value = malloc(sizeof table),
               .key = malloc(ROWS * sizeof *s.key),
               .label = malloc((ROWS + 1) * sizeof *s.label)};
    size_t n = 0;
    for (size_t m = 0; m < ROWS; m++) {
        const size_t i = backwards ? ROWS - 1 - m : m;
        if (owner(i, deal, ranks) != (ranks == 1 ? 0 : (size_t)rank))
            continue;
        memcpy(s.value + n * WIDTH, table + i * WIDTH, WIDTH * sizeof *s.value);
        s.key[n++] = i;
    }
    s.rows = (cyt_niche_rows){n, WIDTH, s.value, s.key};
    return s;
}

static void free_share(share *s)
{
    free(s->value);
    free(s->key);
    free(s->label);
}

static const cyt_niche_params usual = {
    .k = 5, .seed = 4, .n_starts = 3, .max_rounds = 200};

/* --- a plain reference ------------------------------------------------------------ */

static double distance2(const double *a, const double *b)
{
    double sum = 0;
    for (int j = 0; j < WIDTH; j++)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sum;
}

static void plain_seed(size_t k, uint64_t seed, size_t start, double *centre)
{
    static double d2[ROWS];
    for (size_t c = 0; c < k; c++) {
        double best = INFINITY;
        size_t chosen = 0;
        for (size_t i = 0; i < ROWS; i++) {
            d2[i] = c == 0   ? 1
                    : c == 1 ? distance2(table + i * WIDTH, centre)
                             : fmin(d2[i], distance2(table + i * WIDTH,
                                                     centre + (c - 1) * WIDTH));
            const double clock =
                -log(cyt_uniform(cyt_random_key_of(seed, 0), 0x6e696368, i,
                                 (uint32_t)(start * CYT_CENTRES_MOST + c))) /
                d2[i];
            if (clock < best) {
                best = clock;
                chosen = i;
            }
        }
        memcpy(centre + c * WIDTH, table + chosen * WIDTH, WIDTH * sizeof *centre);
    }
}

/* Lloyd with sums in the order of rows. */
static double plain_lloyd(size_t k, double *centre, uint32_t *label)
{
    double inertia = 0;
    memset(label, 0xff, ROWS * sizeof *label);
    for (int moved = 1; moved;) {
        double sum[MOST * WIDTH] = {0}, n[MOST] = {0};
        moved = 0;
        inertia = 0;
        for (size_t i = 0; i < ROWS; i++) {
            uint32_t best = 0;
            for (uint32_t c = 1; c < k; c++)
                if (distance2(table + i * WIDTH, centre + c * WIDTH) <
                    distance2(table + i * WIDTH, centre + best * WIDTH))
                    best = c;
            moved |= label[i] != best;
            label[i] = best;
            inertia += distance2(table + i * WIDTH, centre + best * WIDTH);
            n[best]++;
            for (size_t j = 0; j < WIDTH; j++)
                sum[best * WIDTH + j] += table[i * WIDTH + j];
        }
        for (size_t c = 0; moved && c < k * WIDTH; c++)
            centre[c] = sum[c] / n[c / WIDTH];
    }
    return inertia;
}

/* Sums of 900 terms below 1, in another order. */
static const double order_of_sums = 1e-12;

static void a_plain_kmeans_finds_the_same_partition(void **state)
{
    (void)state;
    static uint32_t label[ROWS], best[ROWS];
    double centre[MOST * WIDTH], least = INFINITY;
    make_table(0);
    for (size_t start = 0; start < usual.n_starts; start++) {
        plain_seed(usual.k, usual.seed, start, centre);
        const double inertia = plain_lloyd(usual.k, centre, label);
        if (inertia < least) {
            least = inertia;
            memcpy(best, label, sizeof best);
        }
    }
    share s = share_of(1, 0, (size_t)size);
    cyt_niches got;
    cyt_error err = {0};
    int good = 1;
    uint64_t n = 0;
    assert_all(cyt_niches_fit(MPI_COMM_WORLD, &s.rows, &usual, &got, s.label, &err) ==
               CYT_OK);
    for (size_t i = 0; i < s.rows.n; i++)
        good &= s.label[i] == best[s.key[i]];
    assert_all(good && got.k == usual.k && got.settled && got.rounds > 1);
    assert_all(fabs(got.inertia / least - 1) < order_of_sums);
    for (size_t c = 0; c < got.k; c++) {
        double sum[WIDTH] = {0};
        uint64_t members = 0;
        for (size_t i = 0; i < ROWS; i++)
            for (size_t j = 0; best[i] == c && j < WIDTH; j++) {
                sum[j] += table[i * WIDTH + j];
                members += j == 0;
            }
        for (size_t j = 0; j < WIDTH; j++)
            good &= fabs(got.centre[c * WIDTH + j] - sum[j] / (double)members) <
                    order_of_sums;
        good &= got.size[c] == members;
        n += got.size[c];
    }
    assert_all(good && n == ROWS);
    cyt_niches_free(&got);
    free_share(&s);
}

static void any_dealing_and_order_of_rows_gives_the_same_bits(void **state)
{
    (void)state;
    const size_t groups[] = {5, 0};
    for (int g = 0; g < 2; g++) {
        cyt_niches alone;
        cyt_error err = {0};
        make_table(groups[g]);
        share all = share_of(2, 0, 1);
        assert_all(cyt_niches_fit(MPI_COMM_SELF, &all.rows, &usual, &alone, all.label,
                                  &err) == CYT_OK);
        for (int deal = 0; deal < 6; deal++) {
            cyt_niches got;
            share s = share_of(deal / 2, deal % 2, (size_t)size);
            assert_all(cyt_niches_fit(MPI_COMM_WORLD, &s.rows, &usual, &got, s.label,
                                      &err) == CYT_OK);
            int good = got.k == alone.k && got.inertia == alone.inertia &&
                       got.rounds == alone.rounds && got.settled == alone.settled;
            good &=
                memcmp(got.centre, alone.centre, got.k * WIDTH * sizeof(double)) == 0;
            good &= memcmp(got.size, alone.size, got.k * sizeof *got.size) == 0;
            for (size_t i = 0; i < s.rows.n; i++)
                good &= s.label[i] == all.label[s.key[i]];
            assert_all(good);
            cyt_niches_free(&got);
            free_share(&s);
        }
        cyt_niches_free(&alone);
        free_share(&all);
    }
}

static void there_are_no_more_niches_than_different_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS * WIDTH; i++)
        table[i] = (double)((i / WIDTH) % 3);
    share s = share_of(1, 0, (size_t)size);
    cyt_niches got;
    cyt_error err = {0};
    assert_all(cyt_niches_fit(MPI_COMM_WORLD, &s.rows, &usual, &got, s.label, &err) ==
               CYT_OK);
    assert_all(got.k == 3 && got.inertia == 0 && got.settled);
    int good = 1;
    for (size_t i = 0; i < s.rows.n; i++)
        good &= got.centre[s.label[i] * WIDTH] == (double)(s.key[i] % 3);
    assert_all(good);
    cyt_niches_free(&got);
    free_share(&s);
}

/* With its rounds cut short the result still belongs to its own centres. */
static void unsettled_niches_say_so(void **state)
{
    (void)state;
    make_table(0);
    const cyt_niche_params hasty = {.k = 9, .seed = 1, .n_starts = 1, .max_rounds = 1};
    share s = share_of(0, 0, (size_t)size);
    cyt_niches got;
    cyt_error err = {0};
    int good = 1;
    double inertia = 0;
    assert_all(cyt_niches_fit(MPI_COMM_WORLD, &s.rows, &hasty, &got, s.label, &err) ==
               CYT_OK);
    assert_all(!got.settled && got.rounds == 1 && got.k == 9);
    for (size_t i = 0; i < s.rows.n; i++) {
        const double own =
            distance2(s.value + i * WIDTH, got.centre + s.label[i] * WIDTH);
        inertia += own;
        for (size_t c = 0; c < got.k; c++)
            good &= own <= distance2(s.value + i * WIDTH, got.centre + c * WIDTH);
    }
    MPI_Allreduce(MPI_IN_PLACE, &inertia, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    assert_all(good && fabs(got.inertia / inertia - 1) < order_of_sums);
    cyt_niches_free(&got);
    free_share(&s);
}

static void more_niches_leave_less_inertia_and_the_true_number_shows(void **state)
{
    (void)state;
    double inertia[MOST];
    cyt_error err = {0};
    make_table(4);
    share s = share_of(0, 0, (size_t)size);
    assert_all(cyt_niches_scan(MPI_COMM_WORLD, &s.rows, &usual, 1, 6, inertia, &err) ==
               CYT_OK);
    for (int k = 1; k < 6; k++)
        assert_all(inertia[k] < inertia[k - 1]);
    assert_all(inertia[3] < 0.5 * inertia[2] && inertia[4] > 0.5 * inertia[3]);
    free_share(&s);
}

/* Where the clocks of three rows say who is first. */
static size_t first_of_three(uint64_t seed)
{
    size_t first = 0;
    double least = INFINITY;
    for (uint64_t i = 0; i < 3; i++) {
        const double clock =
            -log(cyt_uniform(cyt_random_key_of(seed, 0), 0x6e696368, i, 0));
        if (clock < least) {
            least = clock;
            first = i;
        }
    }
    return first;
}

/* From row 0 the others are 1 and 1.2 away, at a right angle, so that the second centre
 * keeps its row to itself: row 2 in 1.44 of 2.44 cases. In proportion to the distance
 * it would be 1.2 of 2.2, farther off than 5 standard deviations of a binomial. */
static void seeding_draws_in_proportion_to_squared_distance(void **state)
{
    (void)state;
    enum { SEEDS = 20000 };
    const double value[] = {0, 0, 1, 0, 0, 1.2}, share_of_2 = 1.44 / 2.44;
    const uint64_t key[] = {0, 1, 2};
    const cyt_niche_rows rows = {3, 2, value, key};
    double n = 0, far = 0;
    for (uint64_t seed = (uint64_t)rank; seed < SEEDS; seed += (uint64_t)size) {
        const cyt_niche_params p = {
            .k = 2, .seed = seed, .n_starts = 1, .max_rounds = 9};
        cyt_niches got;
        cyt_error err = {0};
        uint32_t label[3];
        if (first_of_three(seed) != 0)
            continue;
        assert_int_equal(cyt_niches_fit(MPI_COMM_SELF, &rows, &p, &got, label, &err),
                         CYT_OK);
        n++;
        far += label[0] == label[1];
        cyt_niches_free(&got);
    }
    MPI_Allreduce(MPI_IN_PLACE, &n, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    MPI_Allreduce(MPI_IN_PLACE, &far, 1, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
    const double five_sd = 5 * sqrt(share_of_2 * (1 - share_of_2) / n);
    assert_all(five_sd < share_of_2 - 1.2 / 2.2);
    assert_all(fabs(far / n - share_of_2) < five_sd);
}

static void what_cannot_be_grouped_is_refused(void **state)
{
    (void)state;
    const cyt_niche_params bad[] = {
        {0, 1, 1, 1}, {CYT_CENTRES_MOST + 1, 1, 1, 1}, {2, 1, 0, 1}, {2, 1, 1, 0}};
    make_table(0);
    share s = share_of(2, 0, (size_t)size);
    cyt_niches got;
    for (int i = 0; i < 4; i++) {
        cyt_error err = {0};
        assert_all(cyt_niches_fit(MPI_COMM_WORLD, &s.rows, bad + i, &got, s.label,
                                  &err) == CYT_ERR_USAGE);
    }
    cyt_error err = {0};
    const cyt_niche_rows none = {0, WIDTH, s.value, s.key};
    assert_all(cyt_niches_fit(MPI_COMM_WORLD, &none, &usual, &got, s.label, &err) ==
               CYT_ERR_DATA);
    s.value[3 * WIDTH + 2] = NAN;
    err = (cyt_error){0};
    assert_all(cyt_niches_fit(MPI_COMM_WORLD, &s.rows, &usual, &got, s.label, &err) ==
               CYT_ERR_DATA);
    assert_all(err.rank == size - 1 && strstr(err.text, "column 2 of cell 3"));
    free_share(&s);
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"niches.fit", "mem.alloc"};
    make_table(5);
    for (int p = 0; p < 2; p++)
        for (int bad = 0; bad < size; bad++) {
            share s = share_of(0, 0, (size_t)size);
            cyt_niches got;
            cyt_error err = {0};
            double inertia;
            cyt_fault_arm(rank == bad ? points[p] : NULL);
            const cyt_code code = bad % 2
                                      ? cyt_niches_scan(MPI_COMM_WORLD, &s.rows, &usual,
                                                        2, 2, &inertia, &err)
                                      : cyt_niches_fit(MPI_COMM_WORLD, &s.rows, &usual,
                                                       &got, s.label, &err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
            free_share(&s);
        }
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_kmeans_finds_the_same_partition),
        cmocka_unit_test(any_dealing_and_order_of_rows_gives_the_same_bits),
        cmocka_unit_test(there_are_no_more_niches_than_different_rows),
        cmocka_unit_test(unsettled_niches_say_so),
        cmocka_unit_test(more_niches_leave_less_inertia_and_the_true_number_shows),
        cmocka_unit_test(seeding_draws_in_proportion_to_squared_distance),
        cmocka_unit_test(what_cannot_be_grouped_is_refused),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
