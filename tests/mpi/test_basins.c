// SPDX-License-Identifier: BSD-3-Clause
#include "test_mpi.h"

#include "mask_sets.h"

#include "cytotaxis/basins.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/strip.h"

#include <math.h>
#include <stdlib.h>

static int rank, size;
static mask_set set;
static double value[MASK_MOST];

enum { CUTS = 3, RELIEFS = 5 };

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

/* Flat; of two, then of five levels, mostly plateaus; rough; smooth with a rim of 0. */
static double height_at(int relief, size_t i)
{
    const double u = cyt_uniform(cyt_random_key_of(9, 0), 1, i, (uint32_t)relief);
    const double row = (double)(i / set.n_cols), col = (double)(i % set.n_cols);
    if (relief == 0)
        return 1;
    if (relief == 1)
        return u < 0.15;
    if (relief == 2)
        return floor(5 * u);
    if (relief == 3)
        return u;
    return fmax(0, sin(row / 3) * cos(col / 4) + 0.1 * row / 50);
}

static size_t make_relief(size_t k, int relief)
{
    mask_sets[k](&set);
    const size_t n = set.n_rows * set.n_cols;
    for (size_t i = 0; i < n; i++)
        value[i] = set.at[i] ? height_at(relief, i) : NAN;
    return n;
}

static size_t around(size_t i, size_t next[8])
{
    const int n_rows = (int)set.n_rows, n_cols = (int)set.n_cols;
    const int row = (int)i / n_cols, col = (int)i % n_cols;
    size_t n = 0;
    for (int r = row - 1; r <= row + 1; r++)
        for (int c = col - 1; c <= col + 1; c++) {
            if (r < 0 || c < 0 || r == n_rows || c == n_cols || (r == row && c == col))
                continue;
            const size_t j = (size_t)(r * n_cols + c);
            if (!isnan(value[j]))
                next[n++] = j;
        }
    return n;
}

static int is_higher(size_t a, size_t b)
{
    return value[a] > value[b] || (value[a] == value[b] && a < b);
}

/* --- by hand: everything from the definition, on the whole raster ----------------- */

static size_t stack[MASK_MOST];
static char seen[MASK_MOST];

/* The pixels connected to @p from that are at least @p least high, or equal to it. */
static size_t flood(size_t from, double least, int only_equal)
{
    size_t n = 1, next[8];
    memset(seen, 0, sizeof seen);
    stack[0] = from;
    seen[from] = 1;
    for (size_t k = 0; k < n; k++) {
        const size_t m = around(stack[k], next);
        for (size_t j = 0; j < m; j++) {
            const double v = value[next[j]];
            if (!seen[next[j]] && (only_equal ? v == least : v >= least)) {
                seen[next[j]] = 1;
                stack[n++] = next[j];
            }
        }
    }
    return n;
}

/* The highest neighbour of the plateau of @p i, or its own first pixel: a summit. */
static size_t step_up(size_t i, int *is_summit)
{
    const size_t n = flood(i, value[i], 1);
    size_t first = i, best = i, next[8];
    for (size_t k = 0; k < n; k++) {
        first = stack[k] < first ? stack[k] : first;
        const size_t m = around(stack[k], next);
        for (size_t j = 0; j < m; j++)
            if (value[next[j]] > value[i] && (best == i || is_higher(next[j], best)))
                best = next[j];
    }
    *is_summit = best == i;
    return best == i ? first : best;
}

static size_t climbed[MASK_MOST];

static void climb_all(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int is_summit = isnan(value[i]);
        size_t at = i;
        while (!is_summit)
            at = step_up(at, &is_summit);
        climbed[i] = at;
    }
}

/* The highest level from which a higher summit can be reached; NaN, and the lowest
 * value that can be: none is higher. */
static double pass_of(size_t summit, size_t n, double *lowest)
{
    double best = NAN;
    const size_t all = flood(summit, -INFINITY, 0);
    *lowest = INFINITY;
    for (size_t k = 0; k < all; k++)
        *lowest = fmin(*lowest, value[stack[k]]);
    for (size_t j = 0; j < n; j++) {
        const double level = value[j];
        if (isnan(level) || level > value[summit] || level <= best)
            continue;
        const size_t m = flood(summit, level, 0);
        for (size_t k = 0; k < m; k++)
            if (climbed[stack[k]] == stack[k] && is_higher(stack[k], summit))
                best = level;
    }
    return best;
}

/* --- tests ------------------------------------------------------------------------ */

static int labels_are_right(const uint64_t *starts, const cyt_basins *b)
{
    const size_t first = (size_t)starts[rank] * set.n_cols;
    const size_t n = (size_t)(starts[rank + 1] - starts[rank]) * set.n_cols;
    for (size_t i = 0; i < n; i++) {
        const uint32_t label = b->label[i];
        if ((label == 0) != isnan(value[first + i]) || label > b->n ||
            (label && b->item[label - 1].summit != climbed[first + i]))
            return 0;
    }
    return 1;
}

static int table_is_right(size_t n, const cyt_basins *b)
{
    size_t summits = 0;
    for (size_t i = 0; i < n; i++)
        summits += !isnan(value[i]) && climbed[i] == i;
    if (summits != b->n)
        return 0;
    for (size_t k = 0; k < b->n; k++) {
        const cyt_basin *it = &b->item[k];
        uint64_t pixels = 0;
        for (size_t i = 0; i < n; i++)
            pixels += !isnan(value[i]) && climbed[i] == it->summit;
        if (climbed[it->summit] != it->summit || it->height != value[it->summit] ||
            it->n_pixels != pixels)
            return 0;
        if (k > 0 && !is_higher(b->item[k - 1].summit, it->summit))
            return 0;
    }
    return 1;
}

static void each_pixel_climbs_to_the_summit_of_the_definition(void **state)
{
    (void)state;
    uint64_t starts[64];
    for (size_t k = 0; k < N_MASK_SETS; k++)
        for (int relief = 0; relief < RELIEFS; relief++) {
            const size_t n = make_relief(k, relief);
            climb_all(n);
            for (int way = 0; way < CUTS; way++) {
                cyt_basins b;
                cyt_error err = {0};
                cut(way, starts);
                assert_all(cyt_basins_find(MPI_COMM_WORLD, starts, set.n_cols,
                                           value + starts[rank] * set.n_cols, 0, &b,
                                           &err) == CYT_OK);
                assert_all(table_is_right(n, &b));
                assert_all(labels_are_right(starts, &b));
                cyt_basins_free(&b);
            }
        }
}

static void a_pass_is_the_highest_level_that_joins_a_higher_summit(void **state)
{
    (void)state;
    static const size_t few[] = {0, 1, 3, 4, 9, 10};
    uint64_t starts[64];
    for (size_t k = 0; k < sizeof few / sizeof *few; k++)
        for (int relief = 1; relief < RELIEFS; relief++) {
            cyt_basins b;
            cyt_error err = {0};
            int good = 1;
            const size_t n = make_relief(few[k], relief);
            climb_all(n);
            cut(0, starts);
            assert_all(cyt_basins_find(MPI_COMM_WORLD, starts, set.n_cols,
                                       value + starts[rank] * set.n_cols, 0, &b,
                                       &err) == CYT_OK);
            for (size_t j = (size_t)rank; j < b.n; j += 5 * (size_t)size) {
                double lowest;
                const double want = pass_of(b.item[j].summit, n, &lowest);
                good &= b.item[j].is_highest == isnan(want);
                good &= b.item[j].pass == (isnan(want) ? lowest : want);
            }
            assert_all(good);
            cyt_basins_free(&b);
        }
}

/* What is left are the basins that are deep enough; each is a union of what it was made
 * of, of which no part is left without a neighbour in it. */
static int shallow_went(const uint64_t *starts, double least, const cyt_basins *all,
                        const cyt_basins *deep)
{
    size_t left = 0;
    uint64_t pixels = 0, before = 0;
    for (size_t k = 0; k < all->n; k++) {
        const cyt_basin *it = &all->item[k];
        before += it->n_pixels;
        if (!it->is_highest && it->height - it->pass < least)
            continue;
        if (left == deep->n || deep->item[left].summit != it->summit ||
            deep->item[left].pass != it->pass)
            return 0;
        pixels += deep->item[left++].n_pixels;
    }
    const size_t n = (size_t)(starts[rank + 1] - starts[rank]) * set.n_cols;
    for (size_t i = 0; i < n; i++) {
        if (all->label[i] == 0)
            continue;
        const cyt_basin *was = &all->item[all->label[i] - 1];
        const cyt_basin *now = &deep->item[deep->label[i] - 1];
        const int stays = was->is_highest || was->height - was->pass >= least;
        if ((now->summit == was->summit) != stays ||
            is_higher(was->summit, now->summit))
            return 0;
    }
    return left == deep->n && pixels == before;
}

static void shallow_basins_go_to_deeper_ones(void **state)
{
    (void)state;
    uint64_t starts[64];
    for (size_t k = 0; k < N_MASK_SETS; k++)
        for (int relief = 1; relief < RELIEFS; relief++)
            for (double least = 0.2; least < 5; least *= 2.5) {
                cyt_basins all, deep;
                cyt_error err = {0};
                make_relief(k, relief);
                cut((int)k % CUTS, starts);
                const double *own = value + starts[rank] * set.n_cols;
                assert_all(cyt_basins_find(MPI_COMM_WORLD, starts, set.n_cols, own, 0,
                                           &all, &err) == CYT_OK);
                assert_all(cyt_basins_find(MPI_COMM_WORLD, starts, set.n_cols, own,
                                           least, &deep, &err) == CYT_OK);
                assert_all(shallow_went(starts, least, &all, &deep));
                cyt_basins_free(&all);
                cyt_basins_free(&deep);
            }
}

/* Strips against the whole raster on one rank: the labels of joined basins too. */
static void strips_give_what_one_rank_gives(void **state)
{
    (void)state;
    uint64_t starts[64];
    for (size_t k = 0; k < N_MASK_SETS; k++)
        for (int relief = 1; relief < RELIEFS; relief++) {
            cyt_basins whole, mine;
            cyt_error err = {0};
            make_relief(k, relief);
            const uint64_t one[] = {0, set.n_rows};
            const double least = relief == 2 ? 2.5 : 0.3;
            cut((int)k % CUTS, starts);
            const size_t first = (size_t)starts[rank] * set.n_cols;
            const size_t n = (size_t)starts[rank + 1] * set.n_cols - first;
            assert_all(cyt_basins_find(MPI_COMM_SELF, one, set.n_cols, value, least,
                                       &whole, &err) == CYT_OK);
            assert_all(cyt_basins_find(MPI_COMM_WORLD, starts, set.n_cols,
                                       value + first, least, &mine, &err) == CYT_OK);
            assert_all(mine.n == whole.n);
            assert_all(
                memcmp(mine.label, whole.label + first, n * sizeof *mine.label) == 0);
            for (size_t b = 0; b < mine.n; b++)
                assert_all(mine.item[b].summit == whole.item[b].summit &&
                           mine.item[b].pass == whole.item[b].pass &&
                           mine.item[b].n_pixels == whole.item[b].n_pixels);
            cyt_basins_free(&whole);
            cyt_basins_free(&mine);
        }
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"basins.find", "mem.alloc", "halo.rows"};
    uint64_t starts[64];
    make_relief(0, 2);
    cut(0, starts);
    for (size_t k = 0; k < sizeof points / sizeof *points; k++)
        for (int who = 0; who < size; who++) {
            cyt_basins b;
            cyt_error err = {0};
            cyt_fault_arm(rank == who ? points[k] : NULL);
            const cyt_code code =
                cyt_basins_find(MPI_COMM_WORLD, starts, set.n_cols,
                                value + starts[rank] * set.n_cols, 0, &b, &err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY && err.rank == who);
            assert_all(b.item == NULL && b.label == NULL);
        }
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_pixel_climbs_to_the_summit_of_the_definition),
        cmocka_unit_test(a_pass_is_the_highest_level_that_joins_a_higher_summit),
        cmocka_unit_test(shallow_basins_go_to_deeper_ones),
        cmocka_unit_test(strips_give_what_one_rank_gives),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
