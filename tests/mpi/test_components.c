// SPDX-License-Identifier: BSD-3-Clause
#include "test_mpi.h"

#include "flood.h"
#include "mask_sets.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/components.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/strip.h"

#include <stdlib.h>

static int rank, size;
static mask_set set;
static uint32_t label[MASK_MOST];
static uint64_t n_of[MASK_MOST];
static uint8_t is_marked[MASK_MOST];
static uint64_t first_of[MASK_MOST];

enum { CUTS = 3 };

/* Three ways to cut: evenly, with the first strips empty, all in the middle. */
static void cut(int way, uint64_t starts[])
{
    const uint64_t n = set.n_rows;
    cyt_blocks_cut(n, 1, (size_t)size, starts);
    for (int r = 1; r < size; r++) {
        if (way == 1)
            starts[r] = r <= size / 2 ? 0 : starts[r];
        if (way == 2)
            starts[r] = r <= size / 2 ? 0 : n;
    }
}

/* Every seventh pixel carries a mark, if it is a member. */
static void mark(void)
{
    for (size_t i = 3; i < set.n_rows * set.n_cols; i += 7)
        set.at[i] = set.at[i] ? CYT_MEMBER | CYT_MARKED : 0;
}

static void flood_whole(int connectivity)
{
    flood_all(set.n_rows, set.n_cols, set.at, connectivity, label);
    memset(n_of, 0, sizeof n_of);
    memset(is_marked, 0, sizeof is_marked);
    for (size_t i = 0; i < set.n_rows * set.n_cols; i++) {
        if (n_of[label[i]] == 0)
            first_of[label[i]] = set.at[i] != 0 ? i : 0;
        n_of[label[i]] += set.at[i] != 0;
        is_marked[label[i]] |= (set.at[i] & CYT_MARKED) != 0;
    }
}

static int is_right(const uint64_t *starts, const cyt_components *c)
{
    const size_t first = (size_t)starts[rank] * set.n_cols;
    const size_t n = (size_t)(starts[rank + 1] - starts[rank]) * set.n_cols;
    for (size_t i = 0; i < n; i++) {
        const uint32_t want = label[first + i], got = c->label[i];
        if ((want == 0) != (got == 0) || got > c->n || c->size[got] != n_of[want] ||
            c->marked[got] != is_marked[want] ||
            c->first[got] != (want ? first_of[want] : 0))
            return 0;
    }
    return 1;
}

static void sizes_and_marks_are_those_of_the_whole_raster(void **state)
{
    (void)state;
    uint64_t starts[64];
    for (size_t k = 0; k < N_MASK_SETS; k++)
        for (int way = 0; way < CUTS; way++)
            for (int connectivity = 4; connectivity <= 8; connectivity += 4) {
                cyt_components c;
                cyt_error err = {0};
                mask_sets[k](&set);
                mark();
                cut(way, starts);
                flood_whole(connectivity);
                assert_all(cyt_components_find(MPI_COMM_WORLD, starts, set.n_cols,
                                               set.at + starts[rank] * set.n_cols,
                                               (cyt_connectivity)connectivity, &c,
                                               &err) == CYT_OK);
                assert_all(is_right(starts, &c));
                cyt_components_free(&c);
            }
}

static void small_pieces_go_unless_they_are_marked(void **state)
{
    (void)state;
    uint64_t starts[64];
    static uint8_t mine[MASK_MOST];
    for (size_t k = 0; k < N_MASK_SETS; k++)
        for (uint64_t least = 1; least < 300; least = 3 * least + 1) {
            cyt_error err = {0};
            int good = 1;
            mask_sets[k](&set);
            mark();
            cut(0, starts);
            flood_whole(8);
            const size_t first = (size_t)starts[rank] * set.n_cols;
            const size_t n = (size_t)starts[rank + 1] * set.n_cols - first;
            memcpy(mine, set.at + first, n);
            assert_all(cyt_components_drop(MPI_COMM_WORLD, starts, set.n_cols,
                                           CYT_CONNECT_8, least, mine, &err) == CYT_OK);
            for (size_t i = 0; i < n; i++) {
                const uint32_t of = label[first + i];
                const int stays = of && (n_of[of] >= least || is_marked[of]);
                good &= mine[i] == (stays ? set.at[first + i] : 0);
            }
            assert_all(good);
        }
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"components.find", "mem.alloc", "halo.rows"};
    uint64_t starts[64];
    noise_of_a_fifth(&set);
    cut(0, starts);
    for (size_t p = 0; p < (size == 1 ? 2 : 3); p++)
        for (int bad = 0; bad < size; bad++) {
            cyt_components c;
            cyt_error err = {0};
            cyt_fault_arm(rank == bad ? points[p] : NULL);
            const cyt_code code = cyt_components_find(
                MPI_COMM_WORLD, starts, set.n_cols, set.at + starts[rank] * set.n_cols,
                CYT_CONNECT_4, &c, &err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY && err.rank == bad && !c.label);
        }
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    rank = cyt_comm_rank(MPI_COMM_WORLD);
    size = cyt_comm_size(MPI_COMM_WORLD);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_and_marks_are_those_of_the_whole_raster),
        cmocka_unit_test(small_pieces_go_unless_they_are_marked),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
