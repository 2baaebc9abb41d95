// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/group_means.h"
#include "cytotaxis/medium.h"
#include "cytotaxis/strip.h"
#include "test_mpi.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Relative residual asked for, and what it leaves of the largest value. */
static const cyt_elliptic_goal FINE = {1e-12, 100, NULL};
static const double SOLVED = 1e-9;
/* Mass: the residual, summed over a few thousand pixels. */
static const double BALANCE = 1e-9;

static int rank, size;

/* A raster, its strips, and what stands in each pixel. */
typedef struct box {
    MPI_Comm comm;
    cyt_grid grid;
    uint64_t starts[17];
    size_t first, n;
    cyt_cosine plan;
} box;

static box box_of(MPI_Comm comm, size_t n_rows, size_t n_cols, double h)
{
    cyt_error err = {0};
    box b = {.comm = comm, .grid = {h, 0, 0, n_cols, n_rows}};
    const int r = cyt_comm_rank(comm);
    cyt_blocks_cut(n_rows, 1, (size_t)cyt_comm_size(comm), b.starts);
    b.first = (size_t)b.starts[r];
    b.n = (size_t)(b.starts[r + 1] - b.starts[r]);
    assert_all(cyt_cosine_init(comm, &b.grid, b.starts, &b.plan, &err) == CYT_OK);
    return b;
}

static cyt_medium_params params_of(box *b, const double *diffusion, double decay)
{
    const cyt_grid *g = &b->grid;
    return (cyt_medium_params){
        .grid = g,
        .row_starts = b->starts,
        .plan = &b->plan,
        .diffusion = diffusion,
        .decay = decay,
        .edges = {CYT_EDGE_CLOSED, CYT_EDGE_CLOSED, 0, g->n_rows, 0, g->n_cols}};
}

/* Solve for a source given pixel by pixel. Returns this strip's field, to be freed. */
static double *solve(box *b, const cyt_medium_params *p,
                     double (*source)(size_t row, size_t col), cyt_solution *s)
{
    cyt_error err = {0};
    cyt_medium m;
    const size_t cols = b->grid.n_cols;
    double *c = calloc((b->n + 1) * cols, sizeof *c);
    assert_all(cyt_medium_init(b->comm, p, &m, &err) == CYT_OK);
    for (size_t i = 0; i < b->n * cols; i++)
        if (!p->inside || p->inside[i])
            c[i] = source(b->first + i / cols, i % cols);
    assert_all(cyt_medium_solve(b->comm, &m, &FINE, c, s, &err) == CYT_OK);
    cyt_medium_free(&m);
    return c;
}

/* Largest difference from a function of the pixel, over all ranks. */
static double farthest(const box *b, const double *c,
                       double (*want)(size_t row, size_t col))
{
    double worst = 0;
    const size_t cols = b->grid.n_cols;
    for (size_t i = 0; i < b->n * cols; i++)
        worst = fmax(worst, fabs(c[i] - want(b->first + i / cols, i % cols)));
    return cyt_max_f64(b->comm, worst);
}

/* --- edges ------------------------------------------------------------------------ */

enum { ROWS = 40, COLS = 30 };
static const double H = 5, LAMBDA = 40;
static const double lambda2[256] = {1600};

static double uneven(size_t row, size_t col)
{
    return 1 + (double)((row * 7919 + col * 104729 + row * col * 31) % 101);
}

static double one(size_t row, size_t col)
{
    (void)row;
    (void)col;
    return 1;
}

static void iteration_and_transform_agree(void **state)
{
    (void)state;
    cyt_solution box_s, tissue_s;
    box b = box_of(MPI_COMM_WORLD, ROWS, COLS, H);
    double *none = calloc((b.n + 1) * COLS, sizeof *none);
    cyt_medium_params p = params_of(&b, lambda2, 1);
    double *by_transform = solve(&b, &p, uneven, &box_s);
    p.uptake = none; /* no longer uniform by name */
    double *by_iteration = solve(&b, &p, uneven, &tissue_s);
    double worst = 0;
    for (size_t i = 0; i < b.n * COLS; i++)
        worst = fmax(worst, fabs(by_transform[i] - by_iteration[i]));
    worst = cyt_max_f64(MPI_COMM_WORLD, worst);
    free(none);
    free(by_transform);
    free(by_iteration);
    cyt_cosine_free(&b.plan);
    assert_all(box_s.iterations == 0 && tissue_s.iterations > 0);
    assert_all(worst < SOLVED * box_s.largest && worst <= 2 * tissue_s.error);
    assert_all(fabs(box_s.decayed / tissue_s.decayed - 1) < BALANCE);
    assert_all(tissue_s.residual <= FINE.tolerance);
}

/* Largest value of each column over all ranks: of fields that do not vary along y. */
static void columns_of(const box *b, const double *c, size_t first, size_t n,
                       double *out)
{
    for (size_t k = 0; k < n; k++) {
        double most = 0;
        for (size_t r = 0; r < b->n; r++)
            most = fmax(most, c[r * b->grid.n_cols + first + k]);
        out[k] = cyt_max_f64(b->comm, most);
    }
}

/* Sources in the middle third of a line, along x, that is as long as what is seen of
 * it, or goes on for FAR pixels on both sides. */
enum { LINE = 24, FAR = 400, HIGH = 4 };

static double middle(size_t row, size_t col)
{
    (void)row;
    return col >= LINE / 3 && col < 2 * LINE / 3 ? 1 : 0;
}

static double middle_of_far(size_t row, size_t col)
{
    return col < FAR || col >= FAR + LINE ? 0 : middle(row, col - FAR);
}

static void an_open_edge_is_as_if_the_line_went_on(void **state)
{
    (void)state;
    cyt_solution s;
    double seen[LINE], far[LINE], worst = 0;
    box whole = box_of(MPI_COMM_WORLD, HIGH, LINE + 2 * FAR, H);
    cyt_medium_params p = params_of(&whole, lambda2, 1);
    double *c = solve(&whole, &p, middle_of_far, &s);
    columns_of(&whole, c, FAR, LINE, far);
    free(c);
    /* Rows 1 to HIGH are tissue: above and below is its edge, left and right that of
     * the view. */
    box view = box_of(MPI_COMM_WORLD, HIGH + 2, LINE, H);
    unsigned char *inside = calloc((view.n + 1) * LINE, 1);
    for (size_t i = 0; i < view.n * LINE; i++)
        inside[i] = view.first + i / LINE >= 1 && view.first + i / LINE <= HIGH;
    p = params_of(&view, lambda2, 1);
    p.inside = inside;
    p.edges.view = CYT_EDGE_OPEN;
    c = solve(&view, &p, middle, &s);
    columns_of(&view, c, 0, LINE, seen);
    free(c);
    free(inside);
    cyt_cosine_free(&whole.plan);
    cyt_cosine_free(&view.plan);
    for (size_t k = 0; k < LINE; k++)
        worst = fmax(worst, fabs(seen[k] - far[k]));
    assert_all(worst < SOLVED && seen[0] > 0.01);
}

/* c = s/k (1 - cosh(x / lambda) / cosh(L / 2 lambda)), x from the middle */
static double between_sinks(size_t col)
{
    const double half = COLS * H / 2, x = ((double)col + 0.5) * H - half;
    return 1 - cosh(x / LAMBDA) / cosh(half / LAMBDA);
}

static void an_absorbing_edge_holds_the_field_at_zero(void **state)
{
    (void)state;
    enum { WIDE = COLS + 2 };
    cyt_solution s;
    double got[COLS], worst = 0;
    box b = box_of(MPI_COMM_WORLD, 8, WIDE, H);
    unsigned char *inside = calloc((b.n + 1) * WIDE, 1);
    for (size_t i = 0; i < b.n * WIDE; i++)
        inside[i] = i % WIDE >= 1 && i % WIDE <= COLS;
    cyt_medium_params p = params_of(&b, lambda2, 1);
    p.inside = inside;
    p.edges.tissue = CYT_EDGE_ABSORBING; /* left and right; above and below is closed */
    double *c = solve(&b, &p, one, &s);
    columns_of(&b, c, 1, COLS, got);
    free(c);
    free(inside);
    cyt_cosine_free(&b.plan);
    for (size_t k = 0; k < COLS; k++)
        worst = fmax(worst, fabs(got[k] - between_sinks(k)));
    assert_all(worst < H * H / (LAMBDA * LAMBDA)); /* second order */
    assert_all(fabs(s.decayed / (8 * COLS * H * H) - 1) < BALANCE);
}

/* --- what is in the way ----------------------------------------------------------- */

static double half(size_t row, size_t col)
{
    (void)row;
    (void)col;
    return 0.5;
}

static void uptake_adds_to_decay(void **state)
{
    (void)state;
    cyt_solution s;
    box b = box_of(MPI_COMM_WORLD, ROWS, COLS, H);
    double *uptake = malloc((b.n + 1) * COLS * sizeof *uptake);
    for (size_t i = 0; i < b.n * COLS; i++)
        uptake[i] = 1;
    cyt_medium_params p = params_of(&b, lambda2, 1);
    p.uptake = uptake;
    double *c = solve(&b, &p, one, &s);
    const double worst = farthest(&b, c, half);
    free(c);
    free(uptake);
    cyt_cosine_free(&b.plan);
    assert_all(worst < SOLVED && fabs(s.decayed / (ROWS * COLS * H * H) - 1) < BALANCE);
}

/* Two halves along x with D1 and D2; source 1 in the left one. With kappa = 1/sqrt(D),
 * value and flux agree at the face: c = 1 - a cosh(kappa1 x) left, b cosh(kappa2 (L -
 * x)) right. */
static const double two_d[256] = {0, 1600, 160};

static double two_halves(size_t row, size_t col)
{
    (void)row;
    const double length = COLS * H, x = ((double)col + 0.5) * H, mid = length / 2;
    const double k1 = 1 / sqrt(two_d[1]), k2 = 1 / sqrt(two_d[2]);
    const double c1 = cosh(k1 * mid), s1 = sqrt(two_d[1]) * sinh(k1 * mid);
    const double c2 = cosh(k2 * mid), s2 = sqrt(two_d[2]) * sinh(k2 * mid);
    const double a = 1 / (c1 + s1 * c2 / s2), b = a * s1 / s2;
    return x < mid ? 1 - a * cosh(k1 * x) : b * cosh(k2 * (length - x));
}

static double left_half(size_t row, size_t col)
{
    (void)row;
    return col < COLS / 2 ? 1 : 0;
}

static void compartments_conduct_as_told(void **state)
{
    (void)state;
    cyt_solution s;
    box b = box_of(MPI_COMM_WORLD, 6, COLS, H);
    unsigned char *code = malloc((b.n + 1) * COLS);
    for (size_t i = 0; i < b.n * COLS; i++)
        code[i] = i % COLS < COLS / 2 ? 1 : 2;
    cyt_medium_params p = params_of(&b, two_d, 1);
    p.compartment = code;
    double *c = solve(&b, &p, left_half, &s);
    const double worst = farthest(&b, c, two_halves);
    free(c);
    free(code);
    cyt_cosine_free(&b.plan);
    assert_all(worst < H * H / two_d[2]); /* second order in h / lambda */
    assert_all(fabs(s.decayed / (6 * COLS / 2 * H * H) - 1) < BALANCE);
}

static void a_medium_that_cannot_be_is_refused(void **state)
{
    (void)state;
    static const double bad[256] = {-1};
    box b = box_of(MPI_COMM_WORLD, 6, 6, H);
    cyt_error err = {0};
    cyt_medium m;
    cyt_medium_params p = params_of(&b, bad, 1);
    assert_all(cyt_medium_init(MPI_COMM_WORLD, &p, &m, &err) == CYT_ERR_USAGE);
    cyt_medium_free(&m);
    p = params_of(&b, lambda2, 0);
    err = (cyt_error){0};
    assert_all(cyt_medium_init(MPI_COMM_WORLD, &p, &m, &err) == CYT_ERR_USAGE);
    cyt_medium_free(&m);
    cyt_cosine_free(&b.plan);
}

/* --- any number of ranks ---------------------------------------------------------- */

static void fill_blob(const box *b, unsigned char *inside, unsigned char *code)
{
    for (size_t i = 0; i < b->n * COLS; i++) {
        const double y = (double)(b->first + i / COLS) - 12,
                     x = (double)(i % COLS) - 14;
        inside[i] = x * x + y * y < 121 && !(x > 2 && fabs(y) < 2);
        code[i] = x + y > 0 ? 1 : 2;
    }
}

/* Field and gradient of a blob; tissue is absent from the lower strips. */
static double *blob(MPI_Comm comm, box *b, cyt_solution *s)
{
    cyt_error err = {0};
    cyt_medium m;
    *b = box_of(comm, ROWS, COLS, H);
    const size_t n = b->n * COLS;
    unsigned char *inside = malloc(n + 1), *code = malloc(n + 1);
    double *all = calloc(3 * (n + 2 * COLS), sizeof *all), *c = all + COLS;
    fill_blob(b, inside, code);
    cyt_medium_params p = params_of(b, two_d, 1);
    p.inside = inside;
    p.compartment = code;
    p.edges.view = CYT_EDGE_OPEN;
    assert_all(cyt_medium_init(comm, &p, &m, &err) == CYT_OK);
    for (size_t i = 0; i < n; i++)
        c[i] = inside[i] ? uneven(b->first + i / COLS, i % COLS) : 0;
    assert_all(cyt_medium_solve(comm, &m, &FINE, c, s, &err) == CYT_OK);
    assert_all(cyt_domain_gradient(comm, &m.domain, c, c + n + 2 * COLS,
                                   c + 2 * (n + 2 * COLS), &err) == CYT_OK);
    cyt_medium_free(&m);
    free(inside);
    free(code);
    cyt_cosine_free(&b->plan);
    return all;
}

static void a_field_has_the_same_bits_on_any_number_of_ranks(void **state)
{
    (void)state;
    box many, alone;
    cyt_solution s, t;
    double *a = blob(MPI_COMM_WORLD, &many, &s), *b = blob(MPI_COMM_SELF, &alone, &t);
    int wrong = memcmp(&s, &t, sizeof s) != 0;
    for (size_t k = 0; k < 3; k++)
        wrong |= memcmp(a + COLS + k * (many.n + 2) * COLS,
                        b + COLS + (k * (ROWS + 2) + many.first) * COLS,
                        many.n * COLS * sizeof *a) != 0;
    free(a);
    free(b);
    assert_all(!wrong && s.largest > 0);
}

static void means_of_groups_have_the_same_bits_on_any_number_of_ranks(void **state)
{
    (void)state;
    enum { N = 997, GROUPS = 5 };
    static const double WHOLE = 1e-14; /* rounding of the mean itself */
    double all[N], mean[GROUPS], alone[GROUPS];
    uint32_t group[N];
    cyt_error err = {0};
    long double sum[GROUPS] = {0}, count[GROUPS] = {0};
    for (size_t i = 0; i < N; i++) {
        all[i] = i % 31 == 0 ? NAN : sin((double)i) * exp((double)(i % 40) - 20);
        group[i] = i % 7 < 4 ? (uint32_t)(i % 7) : CYT_NO_GROUP; /* none in group 4 */
        if (group[i] != CYT_NO_GROUP && isfinite(all[i])) {
            sum[group[i]] += (long double)all[i];
            count[group[i]] += 1;
        }
    }
    uint64_t starts[17];
    cyt_blocks_cut(N, 1, (size_t)size, starts);
    const size_t first = (size_t)starts[rank], n = (size_t)starts[rank + 1] - first;
    assert_all(cyt_group_means(MPI_COMM_WORLD, n, group + first, all + first, GROUPS,
                               mean, &err) == CYT_OK);
    assert_all(cyt_group_means(MPI_COMM_SELF, N, group, all, GROUPS, alone, &err) ==
               CYT_OK);
    assert_all(memcmp(mean, alone, 4 * sizeof *mean) == 0 && isnan(mean[4]));
    int wrong = 0;
    for (int g = 0; g < 4; g++) {
        const double want = (double)(sum[g] / count[g]);
        wrong += !(fabs(mean[g] - want) <= WHOLE * fabs(want) + WHOLE);
    }
    assert_all(wrong == 0);
}

#ifdef CYT_FAULTS
static cyt_code whole_story(box *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_solution s;
    cyt_medium m = {0};
    const size_t n = b->n * COLS;
    unsigned char *inside = malloc(n + 1), *codes = malloc(n + 1);
    double *all = calloc(3 * (n + 2 * COLS), sizeof *all), *c = all + COLS, mean;
    const uint32_t group = 0;
    fill_blob(b, inside, codes);
    cyt_medium_params p = params_of(b, two_d, 1);
    p.inside = inside;
    p.compartment = codes;
    CYT_TRY(cyt_medium_init(MPI_COMM_WORLD, &p, &m, err));
    CYT_TRY(cyt_medium_solve(MPI_COMM_WORLD, &m, &FINE, c, &s, err));
    CYT_TRY(cyt_domain_gradient(MPI_COMM_WORLD, &m.domain, c, c + n + 2 * COLS,
                                c + 2 * (n + 2 * COLS), err));
    CYT_TRY(cyt_group_means(MPI_COMM_WORLD, 1, &group, all, 1, &mean, err));
done:
    cyt_medium_free(&m);
    free(inside);
    free(codes);
    free(all);
    return code;
}

static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"medium.init", "group_means", "halo.rows",
                                         "mem.alloc"};
    box b = box_of(MPI_COMM_WORLD, ROWS, COLS, H);
    for (size_t p = 0; p < sizeof points / sizeof *points; p++)
        for (int bad = 0; bad < size; bad++) {
            cyt_error err = {0};
            cyt_fault_arm(rank == bad ? points[p] : NULL);
            const cyt_code code = whole_story(&b, &err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
        }
    cyt_cosine_free(&b.plan);
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iteration_and_transform_agree),
        cmocka_unit_test(an_open_edge_is_as_if_the_line_went_on),
        cmocka_unit_test(an_absorbing_edge_holds_the_field_at_zero),
        cmocka_unit_test(uptake_adds_to_decay),
        cmocka_unit_test(compartments_conduct_as_told),
        cmocka_unit_test(a_medium_that_cannot_be_is_refused),
        cmocka_unit_test(a_field_has_the_same_bits_on_any_number_of_ranks),
        cmocka_unit_test(means_of_groups_have_the_same_bits_on_any_number_of_ranks),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
