// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/fault.h"
#include "cytotaxis/summary.h"
#include "point_sets.h"
#include "slide_of.h"

#include <math.h>

enum { COLUMNS = 3 };

static int rank, size;
static point_set set;
static double columns[COLUMNS * SET_MOST]; /* in input order */
static cyt_summary summaries[COLUMNS * SET_TYPES];

static void slide_of_set(MPI_Comm comm, cyt_slide *s)
{
    slide_of(comm, set.n, set.x, set.y, set.type, SET_TYPES, 1, 5, COLUMNS, columns, s);
}

/* Values of every sign and size, with gaps, zeros of both signs and ties. */
static void fill_columns(void)
{
    for (size_t i = 0; i < COLUMNS * set.n; i++) {
        const double u = set_u(i, 20);
        columns[i] = u < 0.1   ? NAN
                     : u < 0.2 ? -0.0
                     : u < 0.3 ? 0.0
                     : u < 0.4 ? INFINITY
                     : u < 0.6 ? floor(u * 20)
                               : exp(40 * u) * (set_u(i, 21) - 0.5);
    }
}

static int by_value(const void *pa, const void *pb)
{
    const double a = *(const double *)pa, b = *(const double *)pb;
    return a < b ? -1 : a > b;
}

/* Type 7, from the sorted values. */
static double quantile(const double *v, size_t n, double p)
{
    const double at = p * (double)(n - 1);
    const size_t k = (size_t)at;
    return k + 1 < n ? v[k] + (at - (double)k) * (v[k + 1] - v[k]) : v[k];
}

static int near(double got, double want, double scale)
{
    static const double rounding = 1e-12; /* sums taken in another order */
    return fabs(got - want) <= rounding * scale;
}

/* One summary against what the definitions give, computed from all cells. */
static int is_right(const cyt_summary *s, size_t column, size_t type)
{
    static double v[SET_MOST];
    size_t n = 0;
    long double sum = 0, squares = 0;
    for (size_t i = 0; i < set.n; i++)
        if (set.type[i] == type && isfinite(columns[column * set.n + i]))
            v[n++] = columns[column * set.n + i];
    if (n == 0)
        return s->n == 0 && isnan(s->mean) && isnan(s->sd) && isnan(s->median) &&
               isnan(s->min) && isnan(s->q95);
    for (size_t i = 0; i < n; i++)
        sum += v[i];
    const long double mean = sum / n;
    for (size_t i = 0; i < n; i++)
        squares += (v[i] - mean) * (v[i] - mean);
    qsort(v, n, sizeof *v, by_value);
    const double scale = fmax(fabs(v[0]), fabs(v[n - 1]));
    const int sd =
        n == 1 ? isnan(s->sd) : near(s->sd, (double)sqrtl(squares / (n - 1)), scale);
    return s->n == (double)n && near(s->mean, (double)mean, scale) && sd &&
           s->min == v[0] && s->max == v[n - 1] && s->q05 == quantile(v, n, 0.05) &&
           s->q25 == quantile(v, n, 0.25) && s->median == quantile(v, n, 0.5) &&
           s->q75 == quantile(v, n, 0.75) && s->q95 == quantile(v, n, 0.95);
}

static void summaries_follow_their_definitions(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_POINT_SETS; i++) {
        point_sets[i](&set);
        fill_columns();
        cyt_slide s;
        slide_of_set(MPI_COMM_WORLD, &s);
        cyt_error err = {0};
        assert_all(cyt_summarise(MPI_COMM_WORLD, &s, COLUMNS, s.cells.values, summaries,
                                 &err) == CYT_OK);
        int right = 1;
        for (size_t k = 0; k < COLUMNS * SET_TYPES; k++)
            right = right && is_right(&summaries[k], k / SET_TYPES, k % SET_TYPES);
        assert_all(right);
        cyt_slide_free(&s);
    }
}

static void any_number_of_ranks_gives_the_bits_of_one(void **state)
{
    (void)state;
    static cyt_summary alone[COLUMNS * SET_TYPES];
    for (size_t i = 0; i < N_POINT_SETS; i++) {
        point_sets[i](&set);
        fill_columns();
        cyt_slide s, one;
        slide_of_set(MPI_COMM_WORLD, &s);
        slide_of_set(MPI_COMM_SELF, &one);
        cyt_error err = {0};
        assert_all(cyt_summarise(MPI_COMM_SELF, &one, COLUMNS, one.cells.values, alone,
                                 &err) == CYT_OK);
        assert_all(cyt_summarise(MPI_COMM_WORLD, &s, COLUMNS, s.cells.values, summaries,
                                 &err) == CYT_OK);
        assert_all(memcmp(summaries, alone, sizeof alone) == 0);
        cyt_slide_free(&s);
        cyt_slide_free(&one);
    }
}

#ifdef CYT_FAULTS
static void one_failing_rank_stops_all_and_none_hangs(void **state)
{
    (void)state;
    static const char *const points[] = {"summary.group", "route.init", "mem.alloc"};
    scattered(&set);
    fill_columns();
    for (size_t p = 0; p < 3; p++)
        for (int bad = 0; bad < size; bad++) {
            cyt_slide s;
            slide_of_set(MPI_COMM_WORLD, &s);
            cyt_error err = {0};
            cyt_fault_arm(rank == bad ? points[p] : NULL);
            const cyt_code code = cyt_summarise(MPI_COMM_WORLD, &s, COLUMNS,
                                                s.cells.values, summaries, &err);
            cyt_fault_arm(NULL);
            assert_all(code == CYT_ERR_MEMORY && err.rank == bad);
            cyt_slide_free(&s);
        }
}
#endif

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summaries_follow_their_definitions),
        cmocka_unit_test(any_number_of_ranks_gives_the_bits_of_one),
#ifdef CYT_FAULTS
        cmocka_unit_test(one_failing_rank_stops_all_and_none_hangs),
#endif
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
