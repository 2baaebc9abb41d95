// SPDX-License-Identifier: BSD-3-Clause
#include "autocorrelation_impl.h"

#include "cytotaxis/clones.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/ordered.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char what[] = "autocorrelation";

enum { S0, S1, S2, N_S }; /* sums over the weights */

void cyt_alike_free(cyt_alike_scales *s)
{
    free(s->row);
    free(s->weight);
    free(s->value);
    free(s->row_sums);
}

static cyt_code init_scales(const cyt_slide *slide, const cyt_graph *g,
                            cyt_alike_scales *s, cyt_error *err)
{
    const size_t n_rows = cyt_slide_n_rows(slide), n = g->n;
    if (CYT_FAULT("autocorrelation"))
        return CYT_FAIL(err, CYT_ERR_MEMORY, NULL, "fault injected");
    s->row = cyt_alloc(n_rows + 1, sizeof *s->row, what, err);
    s->weight = cyt_alloc(n, sizeof *s->weight, what, err);
    s->value =
        cyt_alloc((n + g->n_guests) * CYT_ALIKE_WIDE, sizeof *s->value, what, err);
    s->row_sums = cyt_alloc(n_rows * CYT_ALIKE_SUMS * CYT_ALIKE_WIDE,
                            sizeof *s->row_sums, what, err);
    if (err->code == CYT_OK)
        cyt_slide_row_cells(slide, s->row);
    return err->code;
}

/* --- weights ---------------------------------------------------------------------- */

static size_t degree_of(const cyt_graph *g, size_t cell)
{
    return g->start[cell + 1] - g->start[cell];
}

/* Lists of a directed graph are equally long where rows are standardised. Collective.
 */
static cyt_code check_lists(MPI_Comm comm, const cyt_graph *g, cyt_error *err)
{
    uint64_t most = 0, least = UINT64_MAX;
    for (size_t i = 0; i < g->n; i++) {
        most = degree_of(g, i) > most ? degree_of(g, i) : most;
        least = degree_of(g, i) < least ? degree_of(g, i) : least;
    }
    most = cyt_max_u64(comm, most);
    least = UINT64_MAX - cyt_max_u64(comm, UINT64_MAX - least);
    if (least >= most)
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                    "lists of a directed graph differ in length, %llu to %llu, and "
                    "cannot be standardised",
                    (unsigned long long)least, (unsigned long long)most);
}

/* in [n + guests] [out]: in how many lists each cell is. Collective. */
static cyt_code count_listings(MPI_Comm comm, const cyt_graph *g, double *in,
                               cyt_error *err)
{
    cyt_code code = CYT_OK;
    double *told = cyt_alloc(g->calls.n_recv, sizeof *told, what, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    memset(in, 0, (g->n + g->n_guests) * sizeof *in);
    for (size_t k = 0; k < g->start[g->n]; k++)
        in[g->node[k]]++;
    CYT_TRY(cyt_route_forward(comm, &g->calls, sizeof *told, in + g->n, told, err));
    for (size_t k = 0; k < g->calls.n_recv; k++)
        in[g->called[k]] += told[k];
done:
    free(told);
    return code;
}

/* Sums of one cell's weights where w_ji is known: of a symmetric graph. */
static void sum_symmetric(const cyt_alike_scales *s, const double *weight_of, size_t i,
                          double sums[N_S])
{
    const cyt_graph *g = s->graph;
    const double w = s->weight[i];
    double in = 0, out = 0;
    for (size_t k = g->start[i]; k < g->start[i + 1]; k++) {
        const double back = weight_of[g->node[k]];
        in += back;
        out += w;
        sums[S1] += w * w + w * back;
    }
    sums[S0] += out;
    sums[S2] += (in + out) * (in + out);
}

/* Of a directed graph: all weights are equal, and the slide's mutual pairs counted. */
static void sum_directed(const cyt_alike_scales *s, const double *listings, size_t i,
                         double sums[N_S])
{
    const double w = s->weight[i], out = w * (double)degree_of(s->graph, i);
    const double in = w * listings[i];
    sums[S0] += out;
    sums[S1] += w * out;
    sums[S2] += (in + out) * (in + out);
}

static cyt_code sum_weights(MPI_Comm comm, cyt_alike_scales *s, const double *column,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide *slide = s->slide;
    double total[N_S];
    for (size_t r = 0; r < cyt_slide_n_rows(slide); r++) {
        double *sums = s->row_sums + r * N_S;
        memset(sums, 0, N_S * sizeof *sums);
        for (size_t i = s->row[r]; i < s->row[r + 1]; i++)
            if (s->graph->symmetric)
                sum_symmetric(s, column, i, sums);
            else
                sum_directed(s, column, i, sums);
    }
    CYT_TRY(cyt_ordered_sums(comm, slide->strips, N_S, s->row_sums, total, err));
    s->s0 = total[S0];
    s->s1 = total[S1];
    s->s2 = total[S2];
done:
    return code;
}

static cyt_code weigh(MPI_Comm comm, cyt_weights weights, cyt_alike_scales *s,
                      cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_graph *g = s->graph;
    double *column = cyt_alloc(g->n + g->n_guests, sizeof *column, what, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    if (!g->symmetric && weights == CYT_WEIGHTS_ROW)
        CYT_TRY(check_lists(comm, g, err));
    for (size_t i = 0; i < g->n; i++) {
        const double degree = (double)degree_of(g, i);
        s->weight[i] = weights == CYT_WEIGHTS_BINARY || degree == 0 ? 1 : 1 / degree;
    }
    if (g->symmetric) {
        memcpy(column, s->weight, g->n * sizeof *column);
        CYT_TRY(
            cyt_graph_fetch(comm, g, sizeof *column, s->weight, column + g->n, err));
    } else {
        CYT_TRY(count_listings(comm, g, column, err));
    }
    CYT_TRY(sum_weights(comm, s, column, err));
    if (!g->symmetric) {
        const double mutual = (double)cyt_sum_u64(comm, g->n_mutual);
        const double w = cyt_max_f64(comm, g->n > 0 ? s->weight[0] : 0);
        s->s1 += mutual * w * w;
    }
done:
    free(column);
    return code;
}

/* --- columns ---------------------------------------------------------------------- */

/* Of each column whether it is one number in all cells. Rounding of its mean would be
 * all that is left of such a column, the same in every cell. Collective. */
static void find_constant(MPI_Comm comm, const cyt_alike_scales *s,
                          int is_constant[CYT_ALIKE_WIDE])
{
    double least[2 * CYT_ALIKE_WIDE]; /* of the values, then of their negatives */
    for (size_t c = 0; c < 2 * CYT_ALIKE_WIDE; c++)
        least[c] = INFINITY;
    for (size_t i = 0; i < s->graph->n; i++)
        for (size_t c = 0; c < CYT_ALIKE_WIDE; c++) {
            const double v = s->value[i * CYT_ALIKE_WIDE + c];
            double *low = least + c, *high = low + CYT_ALIKE_WIDE;
            *low = v < *low ? v : *low;
            *high = -v < *high ? -v : *high;
        }
    cyt_allreduce(MPI_IN_PLACE, least, 2 * CYT_ALIKE_WIDE, MPI_DOUBLE, MPI_MIN, comm);
    for (size_t c = 0; c < CYT_ALIKE_WIDE; c++)
        is_constant[c] = least[c] == -least[CYT_ALIKE_WIDE + c];
}

/* From columns one after the other to columns side by side; missing ones 0. */
static void lay_side_by_side(const cyt_alike_scales *s, size_t n_columns,
                             const double *columns)
{
    const size_t n = s->graph->n;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < CYT_ALIKE_WIDE; c++)
            s->value[i * CYT_ALIKE_WIDE + c] = c < n_columns ? columns[c * n + i] : 0;
}

cyt_code cyt_alike_centre(MPI_Comm comm, const cyt_alike_scales *s, size_t n_columns,
                          const double *columns, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = s->graph->n;
    double total[CYT_ALIKE_WIDE];
    int is_constant[CYT_ALIKE_WIDE];
    lay_side_by_side(s, n_columns, columns);
    find_constant(comm, s, is_constant);
    for (size_t r = 0; r < cyt_slide_n_rows(s->slide); r++) {
        double *sums = s->row_sums + r * CYT_ALIKE_WIDE;
        memset(sums, 0, CYT_ALIKE_WIDE * sizeof *sums);
        for (size_t i = s->row[r]; i < s->row[r + 1]; i++)
            for (size_t c = 0; c < CYT_ALIKE_WIDE; c++)
                sums[c] += s->value[i * CYT_ALIKE_WIDE + c];
    }
    CYT_TRY(cyt_ordered_sums(comm, s->slide->strips, CYT_ALIKE_WIDE, s->row_sums, total,
                             err));
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < CYT_ALIKE_WIDE; c++) {
            double *v = s->value + i * CYT_ALIKE_WIDE + c;
            *v = is_constant[c] ? 0 : *v - total[c] / (double)s->slide->n_cells;
        }
    CYT_TRY(cyt_graph_fetch(comm, s->graph, CYT_ALIKE_WIDE * sizeof *s->value, s->value,
                            s->value + n * CYT_ALIKE_WIDE, err));
done:
    return code;
}

CYT_CLONES
static void add_cell(const double *value, const double *mine, const uint32_t *node,
                     size_t n, double weight, double *sums)
{
    double lag[CYT_ALIKE_WIDE] = {0}, apart[CYT_ALIKE_WIDE] = {0};
    for (size_t k = 0; k < n; k++) {
        const double *other = value + (size_t)node[k] * CYT_ALIKE_WIDE;
        for (size_t c = 0; c < CYT_ALIKE_WIDE; c++) {
            const double d = mine[c] - other[c];
            lag[c] += other[c];
            apart[c] += d * d;
        }
    }
    for (size_t c = 0; c < CYT_ALIKE_WIDE; c++) {
        const double square = mine[c] * mine[c];
        sums[CYT_ALIKE_M2 * CYT_ALIKE_WIDE + c] += square;
        sums[CYT_ALIKE_M4 * CYT_ALIKE_WIDE + c] += square * square;
        sums[CYT_ALIKE_MORAN * CYT_ALIKE_WIDE + c] += mine[c] * (weight * lag[c]);
        sums[CYT_ALIKE_GEARY * CYT_ALIKE_WIDE + c] += weight * apart[c];
    }
}

cyt_code cyt_alike_add_up(MPI_Comm comm, const cyt_alike_scales *s,
                          double total[CYT_ALIKE_SUMS * CYT_ALIKE_WIDE], cyt_error *err)
{
    const cyt_graph *g = s->graph;
    for (size_t r = 0; r < cyt_slide_n_rows(s->slide); r++) {
        double *sums = s->row_sums + r * CYT_ALIKE_SUMS * CYT_ALIKE_WIDE;
        memset(sums, 0, CYT_ALIKE_SUMS * CYT_ALIKE_WIDE * sizeof *sums);
        for (size_t i = s->row[r]; i < s->row[r + 1]; i++)
            add_cell(s->value, s->value + i * CYT_ALIKE_WIDE, g->node + g->start[i],
                     degree_of(g, i), s->weight[i], sums);
    }
    return cyt_ordered_sums(comm, s->slide->strips, CYT_ALIKE_SUMS * CYT_ALIKE_WIDE,
                            s->row_sums, total, err);
}

/* --- variances -------------------------------------------------------------------- */

static cyt_against against(double value, double expected, double variance)
{
    cyt_against a = {variance, NAN, NAN};
    if (variance > 0) {
        a.z = (value - expected) / sqrt(variance);
        a.p = erfc(fabs(a.z) * 0.70710678118654752440);
    }
    return a;
}

static cyt_alike judge_moran(const cyt_alike_scales *s, double n, double value,
                             double k)
{
    const double s02 = s->s0 * s->s0, e = -1 / (n - 1);
    const double normal =
        (n * n * s->s1 - n * s->s2 + 3 * s02) / ((n * n - 1) * s02) - e * e;
    const double random = (n * ((n * n - 3 * n + 3) * s->s1 - n * s->s2 + 3 * s02) -
                           k * ((n * n - n) * s->s1 - 2 * n * s->s2 + 6 * s02)) /
                              ((n - 1) * (n - 2) * (n - 3) * s02) -
                          e * e;
    return (cyt_alike){value, e, against(value, e, n < 4 ? NAN : normal),
                       against(value, e, n < 4 ? NAN : random)};
}

static cyt_alike judge_geary(const cyt_alike_scales *s, double n, double value,
                             double k)
{
    const double s02 = s->s0 * s->s0;
    const double normal =
        ((2 * s->s1 + s->s2) * (n - 1) - 4 * s02) / (2 * (n + 1) * s02);
    const double random =
        ((n - 1) * s->s1 * (n * n - 3 * n + 3 - (n - 1) * k) -
         0.25 * (n - 1) * s->s2 * (n * n + 3 * n - 6 - (n * n - n + 2) * k) +
         s02 * (n * n - 3 - (n - 1) * (n - 1) * k)) /
        (n * (n - 2) * (n - 3) * s02);
    return (cyt_alike){value, 1, against(value, 1, n < 4 ? NAN : normal),
                       against(value, 1, n < 4 ? NAN : random)};
}

static cyt_autocorrelation judge(const cyt_alike_scales *s,
                                 const double total[CYT_ALIKE_SUMS * CYT_ALIKE_WIDE],
                                 size_t c)
{
    const cyt_against unknown = {NAN, NAN, NAN};
    const cyt_alike none = {NAN, NAN, unknown, unknown};
    const double n = (double)s->slide->n_cells,
                 m2 = total[CYT_ALIKE_M2 * CYT_ALIKE_WIDE + c];
    if (!(m2 > 0) || !isfinite(m2) || !(s->s0 > 0))
        return (cyt_autocorrelation){none, none};
    const double k = n * total[CYT_ALIKE_M4 * CYT_ALIKE_WIDE + c] / (m2 * m2);
    return (cyt_autocorrelation){
        judge_moran(s, n, n / s->s0 * total[CYT_ALIKE_MORAN * CYT_ALIKE_WIDE + c] / m2,
                    k),
        judge_geary(s, n,
                    (n - 1) * total[CYT_ALIKE_GEARY * CYT_ALIKE_WIDE + c] /
                        (2 * s->s0 * m2),
                    k)};
}

/* --- the whole -------------------------------------------------------------------- */

cyt_code cyt_alike_start(MPI_Comm comm, cyt_weights weights, cyt_alike_scales *s,
                         cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_agree(comm, init_scales(s->slide, s->graph, s, err), err));
    CYT_TRY(weigh(comm, weights, s, err));
done:
    return code;
}

cyt_code cyt_autocorrelate(MPI_Comm comm, const cyt_slide *slide,
                           const cyt_graph *graph, cyt_weights weights,
                           size_t n_columns, const double *columns,
                           cyt_autocorrelation *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_alike_scales s = {.slide = slide, .graph = graph};
    double total[CYT_ALIKE_SUMS * CYT_ALIKE_WIDE];
    CYT_TRY(cyt_alike_start(comm, weights, &s, err));
    for (size_t first = 0; first < n_columns; first += CYT_ALIKE_WIDE) {
        const size_t n =
            n_columns - first < CYT_ALIKE_WIDE ? n_columns - first : CYT_ALIKE_WIDE;
        CYT_TRY(cyt_alike_centre(comm, &s, n, columns + first * graph->n, err));
        CYT_TRY(cyt_alike_add_up(comm, &s, total, err));
        for (size_t c = 0; c < n; c++)
            out[first + c] = judge(&s, total, c);
    }
done:
    cyt_alike_free(&s);
    return code;
}

enum { XX, YY, XL, L, LL, N_PAIR };

static void add_pair(const cyt_alike_scales *s, size_t i, double sums[N_PAIR])
{
    const cyt_graph *g = s->graph;
    const double x = s->value[i * CYT_ALIKE_WIDE], y = s->value[i * CYT_ALIKE_WIDE + 1];
    double lag = 0;
    for (size_t k = g->start[i]; k < g->start[i + 1]; k++)
        lag += s->value[(size_t)g->node[k] * CYT_ALIKE_WIDE + 1];
    lag *= s->weight[i];
    sums[XX] += x * x;
    sums[YY] += y * y;
    sums[XL] += x * lag;
    sums[L] += lag;
    sums[LL] += lag * lag;
}

static cyt_alike judge_pair(const cyt_alike_scales *s, const double t[N_PAIR])
{
    const cyt_against unknown = {NAN, NAN, NAN};
    const double n = (double)s->slide->n_cells, both = t[XX] * t[YY];
    if (!(both > 0) || !isfinite(both) || !(s->s0 > 0))
        return (cyt_alike){NAN, NAN, unknown, unknown};
    const double scale = n / (s->s0 * sqrt(both)), value = scale * t[XL];
    const double variance = scale * scale * (t[LL] - t[L] * t[L] / n) * t[XX] / (n - 1);
    return (cyt_alike){value, 0, unknown, against(value, 0, variance)};
}

cyt_code cyt_bivariate_moran(MPI_Comm comm, const cyt_slide *slide,
                             const cyt_graph *graph, cyt_weights weights,
                             const double *x, const double *y, cyt_alike *out,
                             cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_alike_scales s = {.slide = slide, .graph = graph};
    double total[N_PAIR], *both = cyt_alloc(2 * graph->n, sizeof *both, what, err);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_alike_start(comm, weights, &s, err));
    memcpy(both, x, graph->n * sizeof *x);
    memcpy(both + graph->n, y, graph->n * sizeof *y);
    CYT_TRY(cyt_alike_centre(comm, &s, 2, both, err));
    for (size_t r = 0; r < cyt_slide_n_rows(slide); r++) {
        memset(s.row_sums + r * N_PAIR, 0, N_PAIR * sizeof *s.row_sums);
        for (size_t i = s.row[r]; i < s.row[r + 1]; i++)
            add_pair(&s, i, s.row_sums + r * N_PAIR);
    }
    CYT_TRY(cyt_ordered_sums(comm, slide->strips, N_PAIR, s.row_sums, total, err));
    *out = judge_pair(&s, total);
done:
    free(both);
    cyt_alike_free(&s);
    return code;
}
