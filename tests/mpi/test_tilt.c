// SPDX-License-Identifier: BSD-3-Clause
#include "test_mpi.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/contact.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/strip.h"
#include "cytotaxis/tilt.h"
#include "slide_of.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sums of some hundred weights of order one. */
static const double ROUNDING = 1e-13;

enum { N = 400, PIECES = 3 };

static double noise(size_t i)
{
    uint64_t z = (i + 1) * UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9); /* SplitMix64 */
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/* Responders of the whole slide. */
typedef struct crowd {
    size_t n, n_pieces;
    double c[N], held_back[N];
    uint32_t piece[N];
    uint8_t counts[N];
} crowd;

static crowd some_crowd(void)
{
    crowd w = {.n = N, .n_pieces = PIECES};
    for (size_t i = 0; i < N; i++) {
        w.c[i] = 20 * noise(i) * noise(i + 1000);
        w.held_back[i] = 2 * noise(i + 2000) - 1;
        w.piece[i] = i % 17 == 0 ? CYT_NO_PIECE : (uint32_t)(i % 5 / 2);
        w.counts[i] = w.c[i] < 4 && i % 5 != 4;
    }
    return w;
}

/* This rank's share of the crowd; an uneven one. */
static cyt_tilt_cells deal(MPI_Comm comm, const crowd *w, double per_kd, int is_crossed)
{
    const int me = cyt_comm_rank(comm), size = cyt_comm_size(comm);
    uint64_t starts[64];
    cyt_blocks_cut(w->n, 7, (size_t)size, starts);
    const size_t at = (size_t)starts[me];
    return (cyt_tilt_cells){.n = (size_t)starts[me + 1] - at,
                            .c = w->c + at,
                            .piece = w->piece + at,
                            .counts = w->counts + at,
                            .n_pieces = w->n_pieces,
                            .receptor = {per_kd, 10},
                            .held_back = is_crossed ? w->held_back + at : NULL};
}

static double share(MPI_Comm comm, const crowd *w, double per_kd, int is_crossed,
                    cyt_antagonism law, double beta, double dose)
{
    cyt_error err = {0};
    const cyt_tilt_cells cells = deal(comm, w, per_kd, is_crossed);
    const cyt_tilt_case k = {beta, dose};
    double out;
    assert_all(cyt_tilt_shares(comm, &cells, law, 1, &k, &out, &err) == CYT_OK);
    return out;
}

/* By the formula, cell by cell. */
static double share_by_hand(const crowd *w, double per_kd, int is_crossed,
                            cyt_antagonism law, double beta, double dose)
{
    const cyt_receptor receptor = {per_kd, 10};
    const cyt_blocker blocker = {law, dose};
    double all[PIECES] = {0}, counted[PIECES] = {0}, n[PIECES] = {0};
    for (size_t i = 0; i < w->n; i++) {
        double before, after, released;
        const uint32_t k = w->piece[i];
        if (k == CYT_NO_PIECE)
            continue;
        cyt_occupancy(1, &w->c[i], &receptor, &before);
        cyt_blocked_occupancy(1, &w->c[i], &receptor, &blocker, &after);
        cyt_released(1, &w->c[i], &receptor, &blocker, &released);
        const double d =
            beta * (after - before) + (is_crossed ? w->held_back[i] * released : 0);
        all[k] += exp(d);
        counted[k] += w->counts[i] ? exp(d) : 0;
        n[k]++;
    }
    double there = 0, total = 0;
    for (size_t k = 0; k < PIECES; k++) {
        there += n[k] > 0 ? n[k] * counted[k] / all[k] : 0;
        total += n[k];
    }
    return there / total;
}

static void shares_are_those_of_the_formula(void **state)
{
    (void)state;
    static const double doses[] = {0, 0.1, 1, 10, 1e4, INFINITY};
    const crowd w = some_crowd();
    for (int law = CYT_COMPETITIVE; law <= CYT_NON_COMPETITIVE; law++)
        for (size_t d = 0; d < 6; d++)
            for (int crossed = 0; crossed < 2; crossed++)
                for (double per_kd = 0; per_kd < 1; per_kd += 0.4) {
                    const cyt_antagonism a = (cyt_antagonism)law;
                    const double got =
                        share(MPI_COMM_WORLD, &w, per_kd, crossed, a, 3, doses[d]);
                    const double want =
                        share_by_hand(&w, per_kd, crossed, a, 3, doses[d]);
                    assert_all(fabs(got - want) < ROUNDING);
                }
}

static void without_blocker_the_share_is_the_observed_one_to_the_last_bit(void **state)
{
    (void)state;
    const crowd w = some_crowd();
    double n = 0, counted = 0;
    for (size_t i = 0; i < N; i++) {
        n += w.piece[i] != CYT_NO_PIECE;
        counted += w.piece[i] != CYT_NO_PIECE && w.counts[i];
    }
    for (double beta = -50; beta < 60; beta += 25)
        assert_all(share(MPI_COMM_WORLD, &w, 0.3, 1, CYT_COMPETITIVE, beta, 0) ==
                   counted / n);
}

static void laws_agree_in_the_low_dose_limit(void **state)
{
    (void)state;
    const crowd w = some_crowd();
    for (double dose = 0.01; dose < 1000; dose *= 5)
        assert_all(share(MPI_COMM_WORLD, &w, 0, 0, CYT_COMPETITIVE, 1.5, dose) ==
                   share(MPI_COMM_WORLD, &w, 0, 0, CYT_NON_COMPETITIVE, 1.5, dose));
}

/* A slope so steep that its exponential overflows moves all that can move. */
static void steep_slopes_do_not_overflow(void **state)
{
    (void)state;
    const crowd w = some_crowd();
    const double held = share(MPI_COMM_WORLD, &w, 0, 0, CYT_COMPETITIVE, -1e5, 1e9);
    const double freed = share(MPI_COMM_WORLD, &w, 0, 0, CYT_COMPETITIVE, 1e5, 1e9);
    assert_all(isfinite(held) && isfinite(freed) && freed > held);
}

/* --- half-effect doses, onset ----------------------------------------------------- */

enum { N_DOSES = 5, N_BETAS = 4 };
static const double some_doses[N_DOSES] = {0, 0.3, 4, 60, INFINITY};

static void curve_of(const cyt_tilt_cells *cells, cyt_antagonism law,
                     const double *beta, double *curve)
{
    cyt_error err = {0};
    for (size_t b = 0; b < N_BETAS; b++)
        for (size_t d = 0; d < N_DOSES; d++) {
            const cyt_tilt_case k = {beta[b], some_doses[d]};
            assert_all(cyt_tilt_shares(MPI_COMM_WORLD, cells, law, 1, &k,
                                       &curve[b * N_DOSES + d], &err) == CYT_OK);
        }
}

static void at_the_half_effect_dose_half_the_way_is_gone(void **state)
{
    (void)state;
    const crowd w = some_crowd();
    const double beta[N_BETAS] = {0.1, 2, -3, 0};
    for (double per_kd = 0; per_kd < 1; per_kd += 0.4) {
        cyt_error err = {0};
        double of[N_BETAS * N_DOSES], half[N_BETAS];
        const cyt_tilt_cells cells = deal(MPI_COMM_WORLD, &w, per_kd, 0);
        curve_of(&cells, CYT_COMPETITIVE, beta, of);
        const cyt_tilt_curve curve = {N_BETAS, N_DOSES, beta, some_doses, of};
        assert_all(cyt_tilt_half_doses(MPI_COMM_WORLD, &cells, CYT_COMPETITIVE, &curve,
                                       half, &err) == CYT_OK);
        for (size_t b = 0; b < N_BETAS - 1; b++) {
            const double *row = of + b * N_DOSES;
            const double there =
                share(MPI_COMM_WORLD, &w, per_kd, 0, CYT_COMPETITIVE, beta[b], half[b]);
            assert_all(half[b] > 0 &&
                       fabs(there - (row[0] + row[N_DOSES - 1]) / 2) < ROUNDING);
        }
        assert_all(isnan(half[N_BETAS - 1])); /* no slope, no way */
    }
}

/* In the low-dose limit all is linear in 1 / (1 + a). */
static void a_faint_trap_is_half_gone_at_a_dose_of_one(void **state)
{
    (void)state;
    const crowd w = some_crowd();
    const double beta = 1e-6, of_order_beta = 1e-5;
    cyt_error err = {0};
    double of[N_DOSES], half;
    const cyt_tilt_cells cells = deal(MPI_COMM_WORLD, &w, 0, 0);
    for (size_t d = 0; d < N_DOSES; d++)
        of[d] = share(MPI_COMM_WORLD, &w, 0, 0, CYT_COMPETITIVE, beta, some_doses[d]);
    const cyt_tilt_curve curve = {1, N_DOSES, &beta, some_doses, of};
    assert_all(cyt_tilt_half_doses(MPI_COMM_WORLD, &cells, CYT_COMPETITIVE, &curve,
                                   &half, &err) == CYT_OK);
    assert_all(fabs(half - 1) < of_order_beta);
}

/* Stroma at 100 nM, tumour at 13.5 nM, Kd = 370/84 nM. */
static crowd saturated(void)
{
    crowd w = {.n = N, .n_pieces = 1};
    for (size_t i = 0; i < N; i++) {
        w.counts[i] = i % 4 == 0;
        w.c[i] = w.counts[i] ? 13.5 : 100;
        w.piece[i] = 0;
    }
    return w;
}

static void a_partial_block_of_a_saturated_trap_empties_the_tumour_first(void **state)
{
    (void)state;
    const crowd w = saturated();
    const double per_kd = 84 / 370., beta = 3, three_digits = 5e-4;
    cyt_error err = {0};
    double onset[2];
    const cyt_tilt_cells cells = deal(MPI_COMM_WORLD, &w, per_kd, 0);
    for (int law = CYT_COMPETITIVE; law <= CYT_NON_COMPETITIVE; law++)
        assert_all(cyt_tilt_onset(MPI_COMM_WORLD, &cells, (cyt_antagonism)law, beta,
                                  &onset[law], &err) == CYT_OK);
    const double some = share(MPI_COMM_WORLD, &w, per_kd, 0, CYT_COMPETITIVE, beta, 5);
    const double all =
        share(MPI_COMM_WORLD, &w, per_kd, 0, CYT_COMPETITIVE, beta, INFINITY);
    assert_all(some < 0.25 && all > 0.25 && onset[0] < 0 && onset[1] > 0);
    /* Odds of the tumour go with exp(-beta (difference - difference at dose 0)). */
    const double odds = some / (1 - some) * 3;
    assert_all(fabs(log(odds) / -beta - (0.453 - 0.204)) < 2 * three_digits);
}

static void the_onset_is_the_slope_of_the_share_at_dose_zero(void **state)
{
    (void)state;
    const crowd w = some_crowd();
    const double step = 1e-5, quotient = 1e-4; /* an error of the order of the step */
    for (int law = CYT_COMPETITIVE; law <= CYT_NON_COMPETITIVE; law++)
        for (int crossed = 0; crossed < 2; crossed++) {
            cyt_error err = {0};
            const cyt_antagonism a = (cyt_antagonism)law;
            const cyt_tilt_cells cells = deal(MPI_COMM_WORLD, &w, 0.3, crossed);
            double onset;
            assert_all(cyt_tilt_onset(MPI_COMM_WORLD, &cells, a, 2, &onset, &err) ==
                       CYT_OK);
            const double rise = share(MPI_COMM_WORLD, &w, 0.3, crossed, a, 2, step) -
                                share(MPI_COMM_WORLD, &w, 0.3, crossed, a, 2, 0);
            assert_all(fabs(rise / step - onset) < quotient && fabs(onset) > quotient);
        }
}

/* --- maps ------------------------------------------------------------------------- */

enum { ROWS = 12, COLS = 9, PIXELS = ROWS * COLS };

static void a_tilted_map_keeps_the_mass_of_each_part(void **state)
{
    (void)state;
    const int me = cyt_comm_rank(MPI_COMM_WORLD);
    uint64_t starts[64];
    uint8_t inside[PIXELS];
    double observed[PIXELS], change[PIXELS], tilted[PIXELS], mass[PIXELS];
    for (size_t i = 0; i < PIXELS; i++) {
        inside[i] = i % COLS != 4; /* two parts */
        observed[i] = noise(i);
        change[i] = 100 * noise(i + 500) - (i % COLS > 4 ? 1e4 : 0);
    }
    cyt_error err = {0};
    cyt_pieces pieces;
    cyt_blocks_cut(ROWS, 1, (size_t)cyt_comm_size(MPI_COMM_WORLD), starts);
    const size_t at = (size_t)starts[me] * COLS;
    assert_all(cyt_pieces_find(MPI_COMM_WORLD, starts, COLS, inside + at, observed + at,
                               &pieces, &err) == CYT_OK);
    assert_all(pieces.n == 2);
    mass[0] = 7;
    mass[1] = 300;
    assert_all(cyt_tilt_map(MPI_COMM_WORLD, &pieces, mass, observed + at, change + at,
                            tilted, &err) == CYT_OK);
    double sum[2];
    assert_all(cyt_pieces_sum(MPI_COMM_WORLD, &pieces, tilted, sum, &err) == CYT_OK);
    assert_all(fabs(sum[0] / 7 - 1) < 1e-12 && fabs(sum[1] / 300 - 1) < 1e-12);
    double weights = 0;
    for (size_t i = 0; i < PIXELS; i++)
        weights += i % COLS < 4 ? observed[i] * exp(change[i] - 100) : 0;
    for (size_t i = 0; i < pieces.n_rows * COLS; i++) {
        const double w = observed[at + i] * exp(change[at + i] - 100) / weights;
        const int ok = i % COLS >= 4 || fabs(tilted[i] - 7 * w) < ROUNDING;
        assert_true(ok && tilted[i] >= 0 && (i % COLS != 4 || tilted[i] == 0));
    }
    cyt_pieces_free(&pieces);
}

/* --- contact ---------------------------------------------------------------------- */

enum { TISSUE = 300 };

static void make_tissue(MPI_Comm comm, double h, cyt_slide *s)
{
    double x[TISSUE], y[TISSUE];
    uint16_t type[TISSUE];
    for (size_t i = 0; i < TISSUE; i++) {
        x[i] = 97 * noise(i);
        y[i] = 143 * noise(i + 5000);
        type[i] = i % 13 == 0 ? CYT_NO_TYPE : (uint16_t)(i % 3);
    }
    slide_of(comm, TISSUE, x, y, type, 3, 1, h, 0, NULL, s);
}

static double crowded(const cyt_slide *s, size_t row, size_t col)
{
    return row < s->grid.n_rows && col < s->grid.n_cols && noise(row * 91 + col) < 0.1
               ? noise(row * 7 + col)
               : 0;
}

/* Around a pixel, pixel by pixel. */
static double near_by_hand(const cyt_slide *s, size_t row, size_t col, double radius)
{
    double sum = 0;
    for (size_t r = 0; r < s->grid.n_rows; r++)
        for (size_t c = 0; c < s->grid.n_cols; c++) {
            const double dr = (double)r - (double)row, dc = (double)c - (double)col;
            const double h = s->grid.spacing_um;
            if ((dr * dr + dc * dc) * h * h <= radius * radius)
                sum += crowded(s, r, c);
        }
    return sum;
}

static cyt_contact contact_of(MPI_Comm comm, const cyt_slide *s, double radius,
                              cyt_code *code, cyt_error *err)
{
    const uint8_t is_asked[3] = {1, 0, 1};
    cyt_contact out;
    const size_t n_rows = cyt_slide_n_rows(s), first = cyt_slide_first_row(s);
    double *expected = calloc(n_rows * s->grid.n_cols + 1, sizeof *expected);
    for (size_t i = 0; i < n_rows * s->grid.n_cols; i++)
        expected[i] = crowded(s, first + i / s->grid.n_cols, i % s->grid.n_cols);
    *code = cyt_contact_of(comm, s, is_asked, expected, radius, &out, err);
    free(expected);
    return out;
}

static void contacts_are_those_counted_pixel_by_pixel(void **state)
{
    (void)state;
    static const double radii[] = {0, 4, 5, 20, 37, 1000};
    cyt_slide s, alone;
    make_tissue(MPI_COMM_WORLD, 5, &s);
    make_tissue(MPI_COMM_SELF, 5, &alone);
    for (size_t k = 0; k < 6; k++) {
        cyt_error err = {0};
        cyt_code code[2];
        double mean = 0, reached = 0, n = 0;
        const cyt_contact got =
            contact_of(MPI_COMM_WORLD, &s, radii[k], &code[0], &err);
        const cyt_contact one =
            contact_of(MPI_COMM_SELF, &alone, radii[k], &code[1], &err);
        for (size_t i = 0; i < TISSUE; i++) {
            const cyt_cells *c = &alone.cells;
            if (c->type[i] != 0 && c->type[i] != 2)
                continue;
            const double near =
                near_by_hand(&alone, cyt_grid_row(&alone.grid, c->y[i]),
                             cyt_grid_col(&alone.grid, c->x[i]), radii[k]);
            mean += near;
            reached += 1 - exp(-near);
            n++;
        }
        assert_all(code[0] == CYT_OK && code[1] == CYT_OK && got.n_cells == n);
        assert_all(fabs(got.mean - mean / n) < ROUNDING * (1 + mean / n));
        assert_all(fabs(got.share - reached / n) < ROUNDING);
        assert_all(memcmp(&got, &one, sizeof got) == 0);
    }
    cyt_slide_free(&s);
    cyt_slide_free(&alone);
}

/* --- strips, faults --------------------------------------------------------------- */

static void every_number_of_ranks_gives_the_same_bits(void **state)
{
    (void)state;
    const crowd w = some_crowd();
    for (double dose = 0.1; dose < 100; dose *= 4)
        assert_all(share(MPI_COMM_WORLD, &w, 0.3, 1, CYT_COMPETITIVE, 2, dose) ==
                   share(MPI_COMM_SELF, &w, 0.3, 1, CYT_COMPETITIVE, 2, dose));
}

#ifdef CYT_FAULTS
static void a_failing_rank_stops_all(void **state)
{
    (void)state;
    const crowd w = some_crowd();
    const int me = cyt_comm_rank(MPI_COMM_WORLD), size = cyt_comm_size(MPI_COMM_WORLD);
    const cyt_tilt_cells cells = deal(MPI_COMM_WORLD, &w, 0.3, 0);
    const cyt_tilt_case k = {1, 1};
    cyt_slide s;
    make_tissue(MPI_COMM_WORLD, 5, &s);
    for (int bad = 0; bad < size; bad++) {
        cyt_error err = {0}, other = {0};
        cyt_code code;
        double out;
        cyt_fault_arm(me == bad ? "tilt.sums" : NULL);
        assert_all(cyt_tilt_shares(MPI_COMM_WORLD, &cells, CYT_COMPETITIVE, 1, &k, &out,
                                   &err) == CYT_ERR_MEMORY &&
                   err.rank == bad);
        cyt_fault_arm(me == bad ? "contact.rows" : NULL);
        (void)contact_of(MPI_COMM_WORLD, &s, 20, &code, &other);
        cyt_fault_arm(NULL);
        assert_all(code == CYT_ERR_MEMORY && other.rank == bad);
    }
    cyt_slide_free(&s);
}
#endif

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_are_those_of_the_formula),
        cmocka_unit_test(without_blocker_the_share_is_the_observed_one_to_the_last_bit),
        cmocka_unit_test(laws_agree_in_the_low_dose_limit),
        cmocka_unit_test(steep_slopes_do_not_overflow),
        cmocka_unit_test(at_the_half_effect_dose_half_the_way_is_gone),
        cmocka_unit_test(a_faint_trap_is_half_gone_at_a_dose_of_one),
        cmocka_unit_test(a_partial_block_of_a_saturated_trap_empties_the_tumour_first),
        cmocka_unit_test(the_onset_is_the_slope_of_the_share_at_dose_zero),
        cmocka_unit_test(a_tilted_map_keeps_the_mass_of_each_part),
        cmocka_unit_test(contacts_are_those_counted_pixel_by_pixel),
        cmocka_unit_test(every_number_of_ranks_gives_the_same_bits),
#ifdef CYT_FAULTS
        cmocka_unit_test(a_failing_rank_stops_all),
#endif
    };
    MPI_Init(&argc, &argv);
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
