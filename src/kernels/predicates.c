// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/predicates.h"

#include <math.h>

/* Half the distance from 1 to the next double, and Shewchuk's bounds "A" on the error
 * of a determinant relative to its permanent. */
static const double half_ulp = 0x1p-53;
#define LINE_BOUND   ((3 + 16 * half_ulp) * half_ulp)
#define CIRCLE_BOUND ((10 + 96 * half_ulp) * half_ulp)

/* --- expansions: components in order of magnitude, smallest first, none zero ------ */

/* a + b = *sum + returned rest, exactly; likewise below. */
static double two_sum(double a, double b, double *sum)
{
    *sum = a + b;
    const double b_part = *sum - a, a_part = *sum - b_part;
    return (a - a_part) + (b - b_part);
}

static void split(double a, double *high, double *low)
{
    const double c = 134217729.0 * a; /* 2^27 + 1 */
    *high = c - (c - a);
    *low = a - *high;
}

static double two_product(double a, double b, double *product)
{
    double ah, al, bh, bl;
    *product = a * b;
    split(a, &ah, &al);
    split(b, &bh, &bl);
    return al * bl - (((*product - ah * bh) - al * bh) - ah * bl);
}

static int put(double *h, int n, double component)
{
    h[n] = component;
    return n + (component != 0);
}

/* h = e + f, at most m + n components; h is neither e nor f. */
static int add(int m, const double *e, int n, const double *f, double *h)
{
    int i = 0, j = 0, length = 0;
    double q = 0;
    while (i < m || j < n) {
        const int from_e = j == n || (i < m && fabs(e[i]) < fabs(f[j]));
        const double next = from_e ? e[i++] : f[j++];
        length = put(h, length, two_sum(q, next, &q));
    }
    return put(h, length, q);
}

/* h = b e, at most 2 m components. */
static int scale(int m, const double *e, double b, double *h)
{
    int length = 0;
    double q = 0;
    for (int i = 0; i < m; i++) {
        double product, sum;
        const double rest = two_product(e[i], b, &product);
        length = put(h, length, two_sum(q, rest, &sum));
        length = put(h, length, two_sum(product, sum, &q));
    }
    return put(h, length, q);
}

enum { DIFFERENCE = 2, MINOR = 16, TERM = 2 * MINOR * MINOR };

/* h = e f for expansions of up to MINOR components each. */
static int multiply(int m, const double *e, int n, const double *f, double *h)
{
    double part[2 * MINOR], sum[TERM];
    int length = 0;
    for (int j = 0; j < n; j++) {
        const int k = scale(m, e, f[j], part);
        const int total = add(length, h, k, part, sum);
        for (length = 0; length < total; length++)
            h[length] = sum[length];
    }
    return length;
}

typedef struct difference {
    int n;
    double of[DIFFERENCE];
} difference;

static difference subtract(double a, double b)
{
    difference d = {0, {0}};
    double head;
    const double tail = two_sum(a, -b, &head);
    d.n = put(d.of, d.n, tail);
    d.n = put(d.of, d.n, head);
    return d;
}

static difference negative(difference d)
{
    for (int i = 0; i < d.n; i++)
        d.of[i] = -d.of[i];
    return d;
}

/* h [MINOR] = a b + c d */
static int products(difference a, difference b, difference c, difference d, double *h)
{
    double ab[2 * DIFFERENCE * DIFFERENCE], cd[2 * DIFFERENCE * DIFFERENCE];
    const int m = multiply(a.n, a.of, b.n, b.of, ab);
    const int n = multiply(c.n, c.of, d.n, d.of, cd);
    return add(m, ab, n, cd, h);
}

static int sign_of(int n, const double *e)
{
    return n == 0 ? 0 : e[n - 1] > 0 ? 1 : -1;
}

/* --- the line --------------------------------------------------------------------- */

static int exact_side_of_line(const double a[2], const double b[2], const double c[2])
{
    const difference ax = subtract(a[0], c[0]), ay = subtract(a[1], c[1]);
    const difference bx = subtract(b[0], c[0]), by = subtract(b[1], c[1]);
    double det[MINOR];
    return sign_of(products(ax, by, negative(ay), bx, det), det);
}

int cyt_side_of_line(const double a[2], const double b[2], const double c[2])
{
    const double left = (a[0] - c[0]) * (b[1] - c[1]);
    const double right = (a[1] - c[1]) * (b[0] - c[0]);
    const double det = left - right;
    const double bound = LINE_BOUND * (fabs(left) + fabs(right));
    if (det > bound || -det > bound)
        return det > 0 ? 1 : -1;
    return exact_side_of_line(a, b, c);
}

/* --- the circle ------------------------------------------------------------------- */

/* h [TERM] = (px² + py²) (qx ry - qy rx), all relative to one point. */
static int lifted_term(const difference p[2], const difference q[2],
                       const difference r[2], double *h)
{
    double lift[MINOR], minor[MINOR];
    const int m = products(p[0], p[0], p[1], p[1], lift);
    const int n = products(q[0], r[1], negative(q[1]), r[0], minor);
    return multiply(m, lift, n, minor, h);
}

static int exact_side_of_circle(const double a[2], const double b[2], const double c[2],
                                const double d[2])
{
    difference p[3][2];
    const double *const from[3] = {a, b, c};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 2; k++)
            p[i][k] = subtract(from[i][k], d[k]);
    double ta[TERM], tb[TERM], tc[TERM], ab[2 * TERM], det[3 * TERM];
    const int na = lifted_term(p[0], p[1], p[2], ta);
    const int nb = lifted_term(p[1], p[2], p[0], tb);
    const int nc = lifted_term(p[2], p[0], p[1], tc);
    const int n = add(na, ta, nb, tb, ab);
    return sign_of(add(n, ab, nc, tc, det), det);
}

int cyt_side_of_circle(const double a[2], const double b[2], const double c[2],
                       const double d[2])
{
    const double ax = a[0] - d[0], ay = a[1] - d[1];
    const double bx = b[0] - d[0], by = b[1] - d[1];
    const double cx = c[0] - d[0], cy = c[1] - d[1];
    const double bxcy = bx * cy, cxby = cx * by, cxay = cx * ay, axcy = ax * cy,
                 axby = ax * by, bxay = bx * ay;
    const double al = ax * ax + ay * ay, bl = bx * bx + by * by, cl = cx * cx + cy * cy;
    const double det = al * (bxcy - cxby) + bl * (cxay - axcy) + cl * (axby - bxay);
    const double permanent = (fabs(bxcy) + fabs(cxby)) * al +
                             (fabs(cxay) + fabs(axcy)) * bl +
                             (fabs(axby) + fabs(bxay)) * cl;
    const double bound = CIRCLE_BOUND * permanent;
    if (det > bound || -det > bound)
        return det > 0 ? 1 : -1;
    return exact_side_of_circle(a, b, c, d);
}

static int is_after(const double a[2], const double b[2])
{
    return a[0] > b[0] || (a[0] == b[0] && a[1] > b[1]);
}

/* Raising a vertex adds to the determinant what the other three span: the derivative
 * of the determinant by the vertex' height. */
int cyt_in_circle(const double a[2], const double b[2], const double c[2],
                  const double d[2])
{
    const int side = cyt_side_of_circle(a, b, c, d);
    if (side != 0)
        return side;
    if (is_after(d, a) && is_after(d, b) && is_after(d, c))
        return -1;
    if (is_after(a, b) && is_after(a, c))
        return cyt_side_of_line(b, c, d);
    return is_after(b, c) ? cyt_side_of_line(c, a, d) : cyt_side_of_line(a, b, d);
}
