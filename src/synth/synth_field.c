// SPDX-License-Identifier: BSD-3-Clause
/* The signal of many point sources, in time for a million cells.
 *
 * K0 is split at SPLIT lambdas into a near part, which is nothing beyond, and a far
 * part, which is smooth at the source:
 *
 *     far(u)  = K0(sqrt u), u = (r / lambda)², beyond the split; before it the Taylor
 *               polynomial of degree 2 in u there, so that value and two derivatives
 * join near(z) = K0(z) - far(z²), z = r / lambda
 *
 * Each source adds its far part to the nodes of a lattice; a point takes it from there
 * by bilinear interpolation, and adds the near parts of the sources around it, found in
 * bins. Sources are summed in their given order, bin by bin.
 *
 * Error for a source of strength 1, in units of K0: the lattice adds at most
 * (1 / PER_LAMBDA)² / 8 (|far_xx| + |far_yy|) <= 0.0125, at the source, where K0 is 4
 * at 5 µm and lambda 250 µm, and 0.1 % of a field that varies over lambda; what is cut
 * off at CUTOFF lambdas is below K0(8) = 1.5e-4 for one source, and for sources
 * everywhere z K1(z) = 0.12 % of their field; the tables, below 1e-5. K0 and K1:
 * Abramowitz and Stegun 1964, section 9.6, derivative K0' = -K1, K1' = -K0 - K1 / z. */
#include "synth_parts.h"

#include "cytotaxis/mem.h"

#include <gsl/gsl_sf_bessel.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    PER_LAMBDA = 12, /* lattice nodes in a lambda */
    CUTOFF = 8,      /* lambdas */
    TABLE = 1 << 16, /* intervals of each table */
};
static const double SPLIT = 0.5;
static const double TWO_PI = 6.283185307179586;

struct synth_field {
    double lambda_um, spacing_um;
    double scale;
    double taylor[3]; /* of far, around u = SPLIT² */
    double *near;     /* [TABLE + 2] z from 0 to SPLIT */
    double *far;      /* [TABLE + 2] u from 0 to CUTOFF² */
    size_t n_nodes;   /* of the lattice, each way */
    double *node;     /* [n_nodes * n_nodes] */
    size_t n_bins;    /* each way */
    double bin_um;
    size_t *bin_start; /* [n_bins² + 1] */
    double *x, *y, *s; /* sources, bin after bin */
};

static double far_inside(const synth_field *f, double u)
{
    const double v = u - SPLIT * SPLIT;
    return f->taylor[0] + v * (f->taylor[1] + v * f->taylor[2]);
}

static void fill_tables(synth_field *f)
{
    const double z = SPLIT, k0 = gsl_sf_bessel_K0(z), k1 = gsl_sf_bessel_K1(z);
    f->taylor[0] = k0;
    f->taylor[1] = -k1 / (2 * z);
    f->taylor[2] = (k0 / (4 * z * z) + k1 / (2 * z * z * z)) / 2;
    const double dz = SPLIT / TABLE, du = (double)(CUTOFF * CUTOFF) / TABLE;
    for (size_t i = 1; i < TABLE + 2; i++) {
        const double zi = (double)i * dz;
        f->near[i] = i < TABLE ? gsl_sf_bessel_K0(zi) - far_inside(f, zi * zi) : 0;
    }
    f->near[0] = f->near[1]; /* never read: distances are at least the spacing */
    for (size_t i = 0; i < TABLE + 2; i++) {
        const double u = (double)i * du;
        f->far[i] = u < SPLIT * SPLIT ? far_inside(f, u) : gsl_sf_bessel_K0(sqrt(u));
    }
}

static double look_up(const double *table, double at)
{
    const int i = (int)at;
    return table[i] + (at - i) * (table[i + 1] - table[i]);
}

/* K0(max(r, spacing) / lambda) - far(r² / lambda²), r within the split. */
static double near_part(const synth_field *f, double r2)
{
    const double per_lambda2 = 1 / (f->lambda_um * f->lambda_um);
    const double least = CYT_SYNTH_SPACING_UM * CYT_SYNTH_SPACING_UM;
    const double flat = r2 > least ? r2 : least;
    const double part = look_up(f->near, sqrt(flat * per_lambda2) * (TABLE / SPLIT));
    if (r2 >= least)
        return part;
    return part + far_inside(f, flat * per_lambda2) - far_inside(f, r2 * per_lambda2);
}

/* First and last lattice index within `reach` of `at`; none when first > last. */
static void nodes_within(const synth_field *f, double at, double reach,
                         ptrdiff_t *first, ptrdiff_t *last)
{
    const double lo = ceil((at - reach) / f->spacing_um);
    const double hi = floor((at + reach) / f->spacing_um);
    const double end = (double)(f->n_nodes - 1);
    *first = lo > 0 ? (ptrdiff_t)lo : 0;
    *last = (ptrdiff_t)(hi < end ? hi : end);
}

static void add_to_lattice(synth_field *f, double x, double y, double s)
{
    const double h = f->spacing_um, reach = CUTOFF * f->lambda_um;
    const double per_um2 = TABLE / (reach * reach);
    ptrdiff_t row, last_row;
    nodes_within(f, y, reach, &row, &last_row);
    for (; row <= last_row; row++) {
        const double dy = (double)row * h - y;
        const double left = reach * reach - dy * dy;
        ptrdiff_t col, last_col;
        nodes_within(f, x, sqrt(left > 0 ? left : 0), &col, &last_col);
        double *node = f->node + (size_t)row * f->n_nodes;
        for (; col <= last_col; col++) {
            const double dx = (double)col * h - x;
            node[col] += s * look_up(f->far, (dx * dx + dy * dy) * per_um2);
        }
    }
}

static size_t bin_along(const synth_field *f, double at_um)
{
    const size_t i = (size_t)(at_um / f->bin_um);
    return i < f->n_bins ? i : f->n_bins - 1;
}

static size_t bin_of(const synth_field *f, double x, double y)
{
    return bin_along(f, y) * f->n_bins + bin_along(f, x);
}

/* Counting sort: within a bin the given order stays. */
static void fill_bins(synth_field *f, size_t n, const double *x, const double *y,
                      const double *s)
{
    const size_t n_bins = f->n_bins * f->n_bins;
    for (size_t i = 0; i < n; i++)
        f->bin_start[bin_of(f, x[i], y[i]) + 1]++;
    for (size_t b = 0; b < n_bins; b++)
        f->bin_start[b + 1] += f->bin_start[b];
    for (size_t i = 0; i < n; i++) {
        const size_t k = f->bin_start[bin_of(f, x[i], y[i])]++;
        f->x[k] = x[i];
        f->y[k] = y[i];
        f->s[k] = s[i];
    }
    memmove(f->bin_start + 1, f->bin_start, n_bins * sizeof *f->bin_start);
    f->bin_start[0] = 0;
}

/* theta is 1 at the source where c is largest; in free space c has no maximum away from
 * its sources. */
static void set_scale(synth_field *f, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++) {
        const double c = synth_concentration(f, f->x[i], f->y[i]);
        largest = c > largest ? c : largest;
    }
    f->scale = largest > 0 ? 1 / largest : 0;
}

static void field_memory(synth_field *f, size_t n, cyt_error *err)
{
    const size_t n_bins = f->n_bins * f->n_bins;
    f->near = cyt_alloc(TABLE + 2, sizeof *f->near, "table of K0", err);
    f->far = cyt_alloc(TABLE + 2, sizeof *f->far, "table of K0", err);
    f->node =
        cyt_calloc(f->n_nodes * f->n_nodes, sizeof *f->node, "signal lattice", err);
    f->bin_start = cyt_calloc(n_bins + 1, sizeof *f->bin_start, "bins of senders", err);
    f->x = cyt_alloc(n, sizeof *f->x, "senders", err);
    f->y = cyt_alloc(n, sizeof *f->y, "senders", err);
    f->s = cyt_alloc(n, sizeof *f->s, "senders", err);
}

synth_field *synth_field_create(size_t n, const double *x, const double *y,
                                const double *s, double side_um, double lambda_um,
                                cyt_error *err)
{
    synth_field *f = cyt_calloc(1, sizeof *f, "signal of a slide", err);
    if (!f)
        return NULL;
    f->lambda_um = lambda_um;
    f->spacing_um = lambda_um / PER_LAMBDA;
    f->n_nodes = (size_t)(side_um / f->spacing_um) + 2;
    f->bin_um = SPLIT * lambda_um;
    f->n_bins = (size_t)(side_um / f->bin_um) + 1;
    field_memory(f, n, err);
    if (err->code != CYT_OK) {
        synth_field_destroy(f);
        return NULL;
    }
    fill_tables(f);
    fill_bins(f, n, x, y, s);
    for (size_t i = 0; i < n; i++)
        add_to_lattice(f, f->x[i], f->y[i], f->s[i]);
    set_scale(f, n);
    return f;
}

static double far_sum(const synth_field *f, double x_um, double y_um)
{
    const double at_x = x_um / f->spacing_um, at_y = y_um / f->spacing_um;
    const size_t col = (size_t)at_x, row = (size_t)at_y;
    const double a = at_x - (double)col, b = at_y - (double)row;
    const double *top = f->node + row * f->n_nodes + col, *below = top + f->n_nodes;
    return (1 - b) * ((1 - a) * top[0] + a * top[1]) +
           b * ((1 - a) * below[0] + a * below[1]);
}

static double near_sum(const synth_field *f, double x_um, double y_um)
{
    const double reach2 = f->bin_um * f->bin_um;
    const size_t col = bin_along(f, x_um), row = bin_along(f, y_um),
                 last = f->n_bins - 1;
    const size_t first_col = col > 0 ? col - 1 : 0,
                 last_col = col < last ? col + 1 : last;
    double sum = 0;
    for (size_t r = row > 0 ? row - 1 : 0; r <= row + 1 && r <= last; r++) {
        const size_t *start = f->bin_start + r * f->n_bins;
        for (size_t i = start[first_col]; i < start[last_col + 1]; i++) {
            const double dx = f->x[i] - x_um, dy = f->y[i] - y_um;
            const double r2 = dx * dx + dy * dy;
            if (r2 < reach2)
                sum += f->s[i] * near_part(f, r2);
        }
    }
    return sum;
}

double synth_concentration(const synth_field *field, double x_um, double y_um)
{
    return (far_sum(field, x_um, y_um) + near_sum(field, x_um, y_um)) / TWO_PI;
}

double synth_theta(const synth_field *field, double x_um, double y_um)
{
    const double theta = field->scale * synth_concentration(field, x_um, y_um);
    return theta < 1 ? theta : 1;
}

double synth_theta_scale(const synth_field *field)
{
    return field->scale;
}

double synth_field_kernel(const synth_field *field, double r_um)
{
    const double z = r_um / field->lambda_um;
    if (z > CUTOFF)
        return 0;
    const double far = look_up(field->far, z * z * (TABLE / (double)(CUTOFF * CUTOFF)));
    return z < SPLIT ? far + near_part(field, r_um * r_um) : far;
}

void synth_field_destroy(synth_field *field)
{
    if (!field)
        return;
    free(field->near);
    free(field->far);
    free(field->node);
    free(field->bin_start);
    free(field->x);
    free(field->y);
    free(field->s);
    free(field);
}
