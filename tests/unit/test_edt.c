// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/edt.h"
#include "cytotaxis/random.h"
#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct raster {
    size_t n_rows, n_cols;
    unsigned char *seeds;
    uint32_t *want, *got;
} raster;

static raster raster_of(size_t n_rows, size_t n_cols)
{
    const size_t n = n_rows * n_cols;
    raster r = {n_rows, n_cols, calloc(n + 1, 1), calloc(n + 1, sizeof *r.want),
                calloc(n + 1, sizeof *r.got)};
    assert_true(r.seeds && r.want && r.got);
    return r;
}

static void free_raster(raster *r)
{
    free(r->seeds);
    free(r->want);
    free(r->got);
}

/* The oracle: every pixel tries every seed. */
static void try_all_seeds(raster *r)
{
    const size_t n = r->n_rows * r->n_cols;
    for (size_t i = 0; i < n; i++)
        r->want[i] = CYT_EDT_NONE;
    for (size_t s = 0; s < n; s++)
        for (size_t i = 0; r->seeds[s] && i < n; i++) {
            const int32_t dy = (int32_t)(i / r->n_cols) - (int32_t)(s / r->n_cols);
            const int32_t dx = (int32_t)(i % r->n_cols) - (int32_t)(s % r->n_cols);
            const uint32_t d2 = (uint32_t)(dx * dx + dy * dy);
            r->want[i] = d2 < r->want[i] ? d2 : r->want[i];
        }
}

/* Rows from each edge of the block [first, end) to the nearest seeds outside it. */
static void gaps_around(const raster *r, size_t first, size_t end, int32_t *above,
                        int32_t *below)
{
    for (size_t c = 0; c < r->n_cols; c++) {
        above[c] = below[c] = CYT_EDT_FAR;
        for (size_t row = 0; row < first; row++)
            if (r->seeds[row * r->n_cols + c])
                above[c] = (int32_t)(first - row);
        for (size_t row = r->n_rows; row-- > end;)
            if (r->seeds[row * r->n_cols + c])
                below[c] = (int32_t)(row + 1 - end);
    }
}

/* One block of rows that knows only its gaps. */
static void transform_block(size_t n_rows, size_t n_cols, const unsigned char *seeds,
                            const int32_t *above, const int32_t *below, uint32_t *d2)
{
    uint16_t *down = malloc(n_rows * n_cols * sizeof *down);
    int32_t *scratch = malloc(cyt_edt_scratch(n_cols) * sizeof *scratch);
    cyt_edt_down(n_rows, n_cols, seeds, above, down);
    cyt_edt_start(n_cols, below, scratch);
    for (size_t r = n_rows; r-- > 0;)
        cyt_edt_up(n_cols, down + r * n_cols, scratch, d2 + r * n_cols);
    free(down);
    free(scratch);
}

/* Transformed in blocks of @p height rows, each knowing only its gaps. */
static void transform(raster *r, size_t height)
{
    int32_t *above = calloc(2 * r->n_cols, sizeof *above), *below = above + r->n_cols;
    for (size_t first = 0; first < r->n_rows; first += height) {
        const size_t end = first + height < r->n_rows ? first + height : r->n_rows;
        gaps_around(r, first, end, above, below);
        transform_block(end - first, r->n_cols, r->seeds + first * r->n_cols, above,
                        below, r->got + first * r->n_cols);
    }
    free(above);
}

static int right_in_any_blocks(raster *r)
{
    const size_t heights[] = {1, 3, 16, r->n_rows};
    const size_t bytes = r->n_rows * r->n_cols * sizeof *r->got;
    try_all_seeds(r);
    int right = 1;
    for (size_t h = 0; h < 4; h++) {
        memset(r->got, 0xa5, bytes);
        transform(r, heights[h]);
        right = right && memcmp(r->got, r->want, bytes) == 0;
    }
    return right;
}

static void sprinkle(raster *r, double density, uint64_t seed)
{
    const cyt_random_key key = cyt_random_key_of(seed, 0);
    for (size_t i = 0; i < r->n_rows * r->n_cols; i++)
        r->seeds[i] = cyt_uniform(key, 0, i, 0) < density;
}

static void random_masks_give_the_integers_of_all_pairs(void **state)
{
    (void)state;
    static const size_t sides[][2] = {{1, 1},   {2, 2},   {7, 5},    {15, 16}, {16, 17},
                                      {33, 47}, {64, 64}, {40, 129}, {3, 200}};
    static const double densities[] = {0.001, 0.01, 0.1, 0.7};
    for (size_t s = 0; s < sizeof sides / sizeof *sides; s++)
        for (size_t d = 0; d < 4; d++) {
            raster r = raster_of(sides[s][0], sides[s][1]);
            sprinkle(&r, densities[d], 10 * s + d);
            assert_true(right_in_any_blocks(&r));
            free_raster(&r);
        }
}

static void rasters_of_one_row_or_column_are_right(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 300; n += 23)
        for (int vertical = 0; vertical < 2; vertical++) {
            raster r = raster_of(vertical ? n : 1, vertical ? 1 : n);
            sprinkle(&r, 0.03, n);
            assert_true(right_in_any_blocks(&r));
            free_raster(&r);
        }
}

static void a_single_seed_anywhere_is_found(void **state)
{
    (void)state;
    raster r = raster_of(23, 37);
    for (size_t i = 0; i < 23 * 37; i += 5) {
        memset(r.seeds, 0, 23 * 37);
        r.seeds[i] = 1;
        assert_true(right_in_any_blocks(&r));
    }
    free_raster(&r);
}

static void no_seed_gives_none_and_all_seeds_give_zero(void **state)
{
    (void)state;
    raster r = raster_of(20, 50);
    transform(&r, 7);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(r.got[i], CYT_EDT_NONE);
    memset(r.seeds, 255, 1000); /* any nonzero byte is a seed */
    transform(&r, 7);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(r.got[i], 0);
    free_raster(&r);
}

/* Seeds on an edge and on a diagonal: many parabolas meet, winners jump. */
static void rows_and_diagonals_of_seeds_are_right(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        raster r = raster_of(61, 83);
        for (size_t c = 0; c < 61; c++)
            r.seeds[kind == 0 ? c : kind == 1 ? c * 83 : c * 83 + 60 - c] = 1;
        assert_true(right_in_any_blocks(&r));
        free_raster(&r);
    }
}

/* The largest raster: d² stays below CYT_EDT_NONE and nothing overflows. */
static void corners_of_the_largest_raster_are_right(void **state)
{
    (void)state;
    enum { SIDE = CYT_EDT_MAX_SIDE };
    unsigned char *seeds = calloc(SIDE, 1);
    int32_t *above = malloc(2 * SIDE * sizeof *above), *below = above + SIDE;
    uint32_t *d2 = malloc(SIDE * sizeof *d2);
    for (size_t c = 0; c < SIDE; c++)
        above[c] = below[c] = CYT_EDT_FAR;
    above[0] = SIDE - 1; /* the only seed: far corner */
    transform_block(1, SIDE, seeds, above, below, d2);
    for (uint32_t c = 0; c < SIDE; c++)
        assert_int_equal(d2[c], c * c + (uint32_t)(SIDE - 1) * (SIDE - 1));
    assert_true(d2[SIDE - 1] < CYT_EDT_NONE);
    free(seeds);
    free(above);
    free(d2);
}

static void the_ends_of_each_column_are_its_outermost_seeds(void **state)
{
    (void)state;
    raster r = raster_of(19, 31);
    sprinkle(&r, 0.08, 4);
    int32_t first[31], last[31];
    cyt_edt_ends(19, 31, r.seeds, first, last);
    for (size_t c = 0; c < 31; c++) {
        int32_t lo = 19, hi = -1;
        for (int32_t row = 0; row < 19; row++)
            if (r.seeds[(size_t)row * 31 + c]) {
                lo = row < lo ? row : lo;
                hi = row;
            }
        assert_int_equal(first[c], lo);
        assert_int_equal(last[c], hi);
    }
    free_raster(&r);
}

static void lengths_are_roots_times_the_spacing(void **state)
{
    (void)state;
    const uint32_t d2[] = {0, 1, 2, 25, 1000003, CYT_EDT_NONE - 1, CYT_EDT_NONE};
    float um[7];
    cyt_edt_lengths(7, d2, 2.5, um);
    for (size_t i = 0; i < 6; i++)
        assert_true(um[i] == (float)(sqrt((double)d2[i]) * 2.5));
    assert_true(isnan(um[6]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_masks_give_the_integers_of_all_pairs),
        cmocka_unit_test(rasters_of_one_row_or_column_are_right),
        cmocka_unit_test(a_single_seed_anywhere_is_found),
        cmocka_unit_test(no_seed_gives_none_and_all_seeds_give_zero),
        cmocka_unit_test(rows_and_diagonals_of_seeds_are_right),
        cmocka_unit_test(corners_of_the_largest_raster_are_right),
        cmocka_unit_test(the_ends_of_each_column_are_its_outermost_seeds),
        cmocka_unit_test(lengths_are_roots_times_the_spacing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
