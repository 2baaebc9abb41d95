// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/compare_curves.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/curve_test.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/rank_test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- which curves ----------------------------------------------------------------- */

static size_t curve_end(const cyt_metrics *columns, size_t m)
{
    size_t end = m + 1;
    while (end < columns->n &&
           cyt_metric_same_curve(&columns->item[m], &columns->item[end]))
        end++;
    return end;
}

static int is_compared(const cyt_metric *first, size_t length)
{
    return length >= 2 && !cyt_statistic_get(first->statistic)->is_p;
}

static cyt_code list_curves(const cyt_compare_input *in, cyt_curve_findings *out,
                            cyt_error *err)
{
    const cyt_metric_share *share = in->share;
    out->metric = cyt_alloc(share->n, sizeof *out->metric, "curves", err);
    out->length = cyt_alloc(share->n, sizeof *out->length, "curves", err);
    for (size_t m = 0, end; err->code == CYT_OK && m < in->columns->n; m = end) {
        end = curve_end(in->columns, m);
        if (!is_compared(&in->columns->item[m], end - m))
            continue;
        if (m >= share->first && m < share->first + share->n) {
            out->metric[out->n] = m;
            out->length[out->n++] = end - m;
            out->n_points += end - m;
        }
        out->first += m < share->first;
        out->first_point += m < share->first ? end - m : 0;
        out->n_all++;
        out->n_all_points += end - m;
    }
    return err->code;
}

/* --- one curve -------------------------------------------------------------------- */

/* A group's curves: units x places, then only those that count. */
typedef struct group {
    size_t n_units, n; /* patients, and those with a curve */
    double *v;         /* [n_units * n_x] */
} group;

typedef struct scene {
    cyt_contrast_work *work;
    size_t n_groups, n_x, n_kept;
    group of[2];           /* what is tested: two groups, or differences in the first */
    double *side[2];       /* [units * n_x] a and b of pairs; else those of `of` */
    size_t *kept;          /* [n_x] places that count */
    double *packed;        /* [all units * n_x] curves of the test, places that count */
    double *band;          /* [units * n_x] curves of a side, the same */
    double *line;          /* [3 * n_x] results */
    cyt_labellings labels; /* of the last numbers of patients */
} scene;

static cyt_code init_scene(cyt_contrast_work *work, size_t most, scene *s,
                           cyt_error *err)
{
    size_t all = 0, widest = 0;
    *s = (scene){.work = work, .n_groups = cyt_contrast_arms(work)};
    for (size_t g = 0; g < s->n_groups; g++) {
        const size_t n = s->of[g].n_units = work->arm[g].n_units;
        s->of[g].v = cyt_alloc(n * most, sizeof(double), "curves", err);
        all += n;
        widest = n > widest ? n : widest;
    }
    for (size_t k = 0; k < 2; k++)
        s->side[k] = cyt_alloc(widest * most, sizeof(double), "curves", err);
    s->kept = cyt_alloc(most, sizeof *s->kept, "curves", err);
    s->packed = cyt_alloc(all * most, sizeof(double), "curves", err);
    s->band = cyt_alloc(widest * most, sizeof(double), "curves", err);
    s->line = cyt_alloc(3 * most, sizeof(double), "curves", err);
    return err->code;
}

static void free_scene(scene *s)
{
    for (size_t k = 0; k < 2; k++) {
        free(s->of[k].v);
        free(s->side[k]);
    }
    free(s->kept);
    free(s->packed);
    free(s->band);
    free(s->line);
    cyt_labellings_free(&s->labels);
}

static void take_places(const cyt_compare_input *in, size_t metric, size_t n_x,
                        scene *s)
{
    cyt_contrast_work *w = s->work;
    const double *values = in->share->values + (metric - in->share->first);
    s->n_x = n_x;
    for (size_t k = 0; k < n_x; k++) {
        cyt_contrast_take(w, values + k, in->share->n);
        for (size_t g = 0; g < s->n_groups; g++)
            for (size_t i = 0; i < s->of[g].n_units; i++)
                s->of[g].v[i * n_x + k] = w->arm[g].v[i];
        for (size_t g = 0; g < 2; g++)
            for (size_t i = 0; i < s->of[w->is_paired ? 0 : g].n_units; i++)
                s->side[g][i * n_x + k] = w->is_paired ? w->side[g][i] : w->arm[g].v[i];
    }
}

static int has_any(const double *v, size_t n_x)
{
    for (size_t k = 0; k < n_x; k++)
        if (isfinite(v[k]))
            return 1;
    return 0;
}

/* Who has a curve, and where all of them have a value. */
static void choose_places(scene *s)
{
    s->n_kept = 0;
    for (size_t k = 0; k < s->n_x; k++)
        s->kept[s->n_kept++] = k;
    for (size_t g = 0; g < s->n_groups; g++) {
        s->of[g].n = 0;
        for (size_t i = 0; i < s->of[g].n_units; i++) {
            const double *v = s->of[g].v + i * s->n_x;
            size_t n = 0;
            if (!has_any(v, s->n_x))
                continue;
            s->of[g].n++;
            for (size_t k = 0; k < s->n_kept; k++)
                if (isfinite(v[s->kept[k]]))
                    s->kept[n++] = s->kept[k];
            s->n_kept = n;
        }
    }
}

/* Curves of a group at the places that count; @p whole: those without one are NaN, else
 * left out. Returns how many were written. */
static size_t pack(const scene *s, size_t g, const double *from, int whole, double *to)
{
    size_t n = 0;
    for (size_t i = 0; i < s->of[g].n_units; i++) {
        const int there = has_any(s->of[g].v + i * s->n_x, s->n_x);
        for (size_t k = 0; k < s->n_kept && (there || whole); k++)
            to[n * s->n_kept + k] = there ? from[i * s->n_x + s->kept[k]] : NAN;
        n += there || whole;
    }
    return n;
}

/* Put a line of results where its places are. */
static void put(const scene *s, const double *line, double *column)
{
    for (size_t k = 0; k < s->n_kept; k++)
        column[s->kept[k]] = line[k];
}

static cyt_code make_bands(scene *s, double *bands, size_t stride, cyt_error *err)
{
    cyt_code code = CYT_OK;
    static const cyt_band_column first[2] = {CYT_BAND_MEAN_A, CYT_BAND_MEAN_B};
    for (size_t g = 0; g < 2; g++) {
        const size_t of = s->work->is_paired ? 0 : g;
        double *line = s->line;
        (void)pack(s, of, s->side[g], 1, s->band);
        CYT_TRY(cyt_curve_band(s->band, s->n_kept, &s->work->arm[of].draws,
                               s->work->settings->confidence, line, line + s->n_kept,
                               line + 2 * s->n_kept, err));
        for (size_t c = 0; c < 3; c++)
            put(s, line + c * s->n_kept, bands + (first[g] + c) * stride);
    }
done:
    return code;
}

static cyt_code make_test(scene *s, double *bands, size_t stride, double *facts,
                          unsigned char *exact, cyt_error *err)
{
    cyt_code code = CYT_OK;
    double *line = s->line;
    cyt_envelope e = {NAN, line, line + s->n_kept, line + 2 * s->n_kept};
    for (size_t g = 0, n = 0; g < s->n_groups; g++)
        n += pack(s, g, s->of[g].v, 0, s->packed + n * s->n_kept);
    CYT_TRY(cyt_contrast_labels(s->work, CYT_CURVE_PERMUTATIONS, &s->labels, err));
    CYT_TRY(cyt_curve_envelope(s->packed, s->n_kept, &s->labels,
                               1 - s->work->settings->confidence, &e, err));
    for (size_t c = 0; c < 3; c++)
        put(s, line + c * s->n_kept, bands + (CYT_BAND_DIFFERENCE + c) * stride);
    facts[CYT_CURVE_P] = e.p;
    *exact = s->labels.exact != 0;
done:
    return code;
}

/* @p bands: the first place of the curve, columns @p stride apart */
static cyt_code compare_curve(scene *s, double *bands, size_t stride, double *facts,
                              unsigned char *exact, unsigned char *reason,
                              cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_contrast_work *w = s->work;
    choose_places(s);
    for (size_t g = 0; g < s->n_groups; g++)
        w->arm[g].n = s->of[g].n; /* as the tests of numbers of patients see them */
    facts[CYT_CURVE_N_A] = (double)s->of[0].n;
    facts[CYT_CURVE_N_B] = (double)s->of[w->is_paired ? 0 : 1].n;
    facts[CYT_CURVE_PLACES] = (double)s->n_kept;
    *reason = CYT_REASON_FEW;
    if (s->n_kept > 0)
        CYT_TRY(make_bands(s, bands, stride, err));
    if (s->n_kept == 0 || !cyt_contrast_can_tell(w))
        return CYT_OK;
    CYT_TRY(make_test(s, bands, stride, facts, exact, err));
    *reason = CYT_REASON_NONE;
done:
    return code;
}

/* --- all curves ------------------------------------------------------------------- */

static cyt_code alloc_findings(const cyt_compare_input *in, cyt_curve_findings *out,
                               cyt_error *err)
{
    const size_t n_facts = out->n * CYT_CURVE_FACTS;
    const size_t n_bands = out->n_points * CYT_BAND_COLUMNS;
    out->facts = cyt_alloc(n_facts, sizeof *out->facts, "curves", err);
    out->exact = cyt_calloc(out->n, 1, "curves", err);
    out->reason = cyt_calloc(out->n, 1, "curves", err);
    out->bands = cyt_alloc(n_bands, sizeof *out->bands, "curves", err);
    if (err->code != CYT_OK)
        return err->code;
    for (size_t i = 0; i < n_facts; i++)
        out->facts[i] = NAN;
    for (size_t i = 0; i < n_bands; i++)
        out->bands[i] = NAN;
    for (size_t c = 0, at = 0; c < out->n; c++)
        for (size_t k = 0; k < out->length[c]; k++)
            out->bands[at++] = in->columns->item[out->metric[c] + k].at;
    return CYT_OK;
}

cyt_code cyt_curves_compare(const cyt_compare_input *in, cyt_contrast_work *work,
                            cyt_curve_findings *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    scene s = {0};
    size_t longest = 0;
    *out = (cyt_curve_findings){0};
    if (cyt_contrast_arms(work) == 0)
        return CYT_OK;
    CYT_TRY(list_curves(in, out, err));
    CYT_TRY(alloc_findings(in, out, err));
    for (size_t c = 0; c < out->n; c++)
        longest = out->length[c] > longest ? out->length[c] : longest;
    CYT_TRY(init_scene(work, longest, &s, err));
    for (size_t c = 0, at = 0; c < out->n; at += out->length[c++]) {
        take_places(in, out->metric[c], out->length[c], &s);
        CYT_TRY(compare_curve(&s, out->bands + at, out->n_points,
                              out->facts + c * CYT_CURVE_FACTS, &out->exact[c],
                              &out->reason[c], err));
    }
done:
    free_scene(&s);
    return code;
}

cyt_code cyt_curves_adjust(MPI_Comm world, cyt_curve_findings *curves, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t n = (size_t)curves->n_all;
    double *p = cyt_calloc(2 * n, sizeof *p, "p-values", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    /* One rank holds each; the others add the zero bytes of 0. */
    for (size_t c = 0; c < curves->n; c++)
        p[curves->first + c] = curves->facts[c * CYT_CURVE_FACTS + CYT_CURVE_P];
    MPI_Allreduce(MPI_IN_PLACE, p, (int)(n * sizeof *p), MPI_BYTE, MPI_BOR, world);
    CYT_TRY(cyt_agree(world, cyt_benjamini_hochberg(p, n, p + n, err), err));
    for (size_t c = 0; c < curves->n; c++)
        curves->facts[c * CYT_CURVE_FACTS + CYT_CURVE_Q] = p[n + curves->first + c];
done:
    free(p);
    return code;
}

void cyt_curve_findings_free(cyt_curve_findings *curves)
{
    free(curves->metric);
    free(curves->length);
    free(curves->facts);
    free(curves->exact);
    free(curves->reason);
    free(curves->bands);
    *curves = (cyt_curve_findings){0};
}
