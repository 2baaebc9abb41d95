// SPDX-License-Identifier: BSD-3-Clause
/**
 * @file section_curves.c
 * @brief Curves of the cohort by condition: over the margin, over the radius, over the
 * dose.
 *
 * A patient's curve is the mean of its slides'. Where the cohort compared curves as
 * wholes, the line is the mean over patients and the band its interval by bootstrap;
 * else the line is the median, and the band the middle half of the patients, which
 * describes and tests nothing. An interval is as wide on both sides of its mean; where
 * no slide has a value below 0, as of counts, densities and shares, what it has there
 * is cut off. Of the curves of one statistic those with the smallest p are drawn: of
 * the whole curve, or else of any of its points.
 */
#include "report/curve_list.h"
#include "report/report_parts.h"

#include "cytotaxis/mem.h"
#include "cytotaxis/select.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Panels of one statistic; patients that a band wants, for its quartiles to be two
 * values. */
enum { MOST_PANELS = 12, LEAST_FOR_BAND = 4 };

/* --- one curve -------------------------------------------------------------------- */

typedef struct axis_kind {
    const char *label, *unit;
    const char *quantity; /* label of y; NULL: the statistic's name */
    int is_log;
    double upright, level; /* lines at x and y; NaN: none */
} axis_kind;

/* A curve read, and the lines of each condition: [conditions * n]. */
typedef struct lines {
    size_t n;
    double *x, *at; /* at: x as drawn */
    double *value;  /* [n_slides * n] */
    double *middle, *low, *high;
    double *patient, *kept; /* scratch [patients] */
} lines;

static void free_lines(lines *l)
{
    double *all[] = {l->x,   l->at,   l->value,   l->middle,
                     l->low, l->high, l->patient, l->kept};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

static cyt_code read_lines(const cyt_report_data *d, const cyt_curve *c, lines *l,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    char path[CYT_REPORT_PATH];
    uint64_t *column = NULL;
    snprintf(path, sizeof path, "uns/curves/%s/x", c->link);
    CYT_TRY(cyt_view_vector(d->cohort, path, &l->x, &l->n, err));
    const size_t all = d->conditions.n * l->n;
    column = cyt_alloc(l->n, sizeof *column, "a curve", err);
    l->at = cyt_alloc(l->n, sizeof *l->at, "a curve", err);
    l->value = cyt_alloc(d->n_slides * l->n, sizeof *l->value, "a curve", err);
    l->middle = cyt_alloc(all, sizeof *l->middle, "a curve", err);
    l->low = cyt_alloc(all, sizeof *l->low, "a curve", err);
    l->high = cyt_alloc(all, sizeof *l->high, "a curve", err);
    l->patient = cyt_alloc(d->patients.n, sizeof *l->patient, "a curve", err);
    l->kept = cyt_alloc(d->patients.n, sizeof *l->kept, "a curve", err);
    CYT_TRY(err->code);
    for (size_t k = 0; k < l->n; k++)
        column[k] = k;
    snprintf(path, sizeof path, "uns/curves/%s/values", c->link);
    code = cyt_view_columns(d->cohort, path, d->n_slides, l->n, column, l->value, err);
done:
    free(column);
    return code;
}

/* Median and quartiles over the patients of a condition at one place. */
static void summarise(const cyt_report_data *d, lines *l, size_t c, size_t k)
{
    static const double share[3] = {0.25, 0.5, 0.75};
    double quartile[3] = {NAN, NAN, NAN};
    size_t n = 0;
    cyt_report_patient_means(d, l->value + k, l->n, c, l->patient);
    for (size_t p = 0; p < d->patients.n; p++)
        if (isfinite(l->patient[p]))
            l->kept[n++] = l->patient[p];
    if (n > 0)
        cyt_quantiles(l->kept, n, share, 3, quartile);
    l->middle[c * l->n + k] = quartile[1];
    l->low[c * l->n + k] = n >= LEAST_FOR_BAND ? quartile[0] : NAN;
    l->high[c * l->n + k] = n >= LEAST_FOR_BAND ? quartile[2] : NAN;
}

/* The mean over patients at one place, where there is no band. */
static void average(const cyt_report_data *d, lines *l, size_t c, size_t k)
{
    double sum = 0;
    size_t n = 0;
    cyt_report_patient_means(d, l->value + k, l->n, c, l->patient);
    for (size_t p = 0; p < d->patients.n; p++)
        if (isfinite(l->patient[p])) {
            sum += l->patient[p];
            n++;
        }
    l->middle[c * l->n + k] = n > 0 ? sum / (double)n : NAN;
    l->low[c * l->n + k] = l->high[c * l->n + k] = NAN;
}

/* The line and the band of a condition. */
static void fill_lines(const cyt_report_data *d, const cyt_curve_bands *bands,
                       const char *name, size_t c, lines *l)
{
    const size_t at = c * l->n;
    if (cyt_curve_bands_of(bands, name, c, l->n, l->middle + at, l->low + at,
                           l->high + at))
        return;
    for (size_t k = 0; k < l->n; k++) {
        if (bands->n > 0)
            average(d, l, c, k);
        else
            summarise(d, l, c, k);
    }
}

/* No mean of what is never negative lies below 0. */
static void cut_at_zero(const cyt_report_data *d, lines *l)
{
    for (size_t i = 0; i < d->n_slides * l->n; i++)
        if (l->value[i] < 0)
            return;
    for (size_t i = 0; i < d->conditions.n * l->n; i++)
        l->low[i] = l->low[i] < 0 ? 0 : l->low[i];
}

static void reach(double range[2], double value)
{
    if (isfinite(value)) {
        range[0] = fmin(range[0], value);
        range[1] = fmax(range[1], value);
    }
}

/* On a logarithmic axis 0 stands one decade below the smallest number above it. */
static void place_all_log(lines *l, cyt_axes *axes)
{
    double ends[2] = {INFINITY, -INFINITY};
    for (size_t k = 0; k < l->n; k++)
        if (l->x[k] > 0)
            reach(ends, log10(l->x[k]));
    for (size_t k = 0; k < l->n; k++) {
        l->at[k] = l->x[k] > 0 ? log10(l->x[k]) : ends[0] - 1;
        if (axes->n_ticks == CYT_PLOT_MOST_TICKS || !isfinite(l->at[k]))
            continue;
        axes->tick[axes->n_ticks] = l->at[k];
        snprintf(axes->tick_text[axes->n_ticks++], 16, "%g", l->x[k]);
    }
}

static void place(const axis_kind *kind, lines *l, cyt_axes *axes)
{
    if (kind->is_log)
        place_all_log(l, axes);
    else
        memcpy(l->at, l->x, l->n * sizeof *l->at);
    axes->x[0] = axes->y[0] = INFINITY;
    axes->x[1] = axes->y[1] = -INFINITY;
    for (size_t k = 0; k < l->n; k++)
        reach(axes->x, l->at[k]);
}

static void measure(const cyt_report_data *d, lines *l, cyt_axes *axes)
{
    for (size_t i = 0; i < d->conditions.n * l->n; i++) {
        reach(axes->y, l->middle[i]);
        reach(axes->y, l->low[i]);
        reach(axes->y, l->high[i]);
    }
    if (axes->y[0] > 0 && axes->y[0] < 0.5 * axes->y[1])
        axes->y[0] = 0; /* most of the axis would be below it anyway */
}

static void draw_lines(const cyt_report_data *d, const axis_kind *kind, const lines *l,
                       cyt_axes *axes, cyt_strbuf *html, cyt_error *err)
{
    cyt_plot_begin(html, axes, err);
    cyt_plot_upright(html, axes, kind->upright, err);
    if (strcmp(axes->y_unit, "1") == 0)
        cyt_plot_level(html, axes, kind->level, err);
    for (size_t c = 0; c < d->conditions.n; c++)
        cyt_plot_band(html, axes, l->n, l->at, l->low + c * l->n, l->high + c * l->n, c,
                      err);
    for (size_t c = 0; c < d->conditions.n; c++)
        cyt_plot_line(html, axes, l->n, l->at, l->middle + c * l->n, c, err);
    cyt_plot_end(html, err);
}

/* What comes after analysis and statistic; the name itself where nothing does. */
static void put_subject(const cyt_curve *c, cyt_strbuf *html, cyt_error *err)
{
    const char *subject = c->name + c->group_length;
    subject += *subject == '/';
    cyt_html_text(html, *subject ? subject : c->name, err);
}

static cyt_code draw_curve(const cyt_report_data *d, const axis_kind *kind,
                           const cyt_curve_bands *bands, const cyt_curve *c,
                           cyt_strbuf *html, cyt_error *err)
{
    cyt_code code = CYT_OK;
    lines l = {0};
    char quantity[128];
    snprintf(quantity, sizeof quantity, "%.*s", (int)c->group_length, c->name);
    cyt_axes axes = {.label = c->name,
                     .x_label = kind->label,
                     .x_unit = kind->unit,
                     .y_label = kind->quantity ? kind->quantity : quantity,
                     .y_unit = c->unit};
    CYT_TRY(read_lines(d, c, &l, err));
    for (size_t i = 0; i < d->conditions.n; i++)
        fill_lines(d, bands, c->name, i, &l);
    cut_at_zero(d, &l);
    place(kind, &l, &axes);
    measure(d, &l, &axes);
    cyt_strbuf_add(html, err, "<figure>");
    draw_lines(d, kind, &l, &axes, html, err);
    cyt_strbuf_add(html, err, "<figcaption><b>");
    put_subject(c, html, err);
    cyt_strbuf_add(html, err, "</b>");
    if (!isnan(c->p))
        cyt_strbuf_add(
            html, err, ", %s %.2g",
            bands->n > 0 ? "p of the whole curve" : "smallest p of its points", c->p);
    cyt_strbuf_add(html, err, "</figcaption></figure>\n");
done:
    free_lines(&l);
    return code;
}

/* --- the curves of one statistic -------------------------------------------------- */

static void put_meaning(const cyt_report_data *d, const cyt_curve *c, cyt_strbuf *html,
                        cyt_error *err)
{
    const size_t *metric = NULL;
    char *const *meaning = cyt_view_texts(&d->var, "description");
    if (cyt_curve_metrics(d, c, &metric, err) == 0 || !meaning)
        return;
    cyt_strbuf_add(html, err, "<p class=\"soft\">");
    cyt_html_text(html, meaning[metric[0]], err);
    cyt_strbuf_add(html, err, ".</p>\n");
}

static cyt_code draw_group(const cyt_report_data *d, const axis_kind *kind,
                           const cyt_curve_bands *bands, size_t n, const cyt_curve *c,
                           int is_open, cyt_strbuf *html, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char name[256];
    snprintf(name, sizeof name, "%.*s", (int)c->group_length, c->name);
    cyt_strbuf_add(html, err, "<details%s><summary>", is_open ? " open" : "");
    cyt_html_text(html, name, err);
    cyt_strbuf_add(html, err, ", %zu curve%s</summary>\n", n, n == 1 ? "" : "s");
    if (!kind->quantity)
        put_meaning(d, c, html, err);
    cyt_strbuf_add(html, err, "<div class=\"panels\">\n");
    const size_t shown = n < MOST_PANELS ? n : MOST_PANELS;
    for (size_t i = 0; i < shown; i++)
        CYT_TRY(draw_curve(d, kind, bands, &c[i], html, err));
    cyt_strbuf_add(html, err, "</div>\n");
    if (shown < n)
        cyt_strbuf_add(
            html, err,
            "<p class=\"soft\">The %zu of %zu with the smallest p; all are in "
            "tables/curves.csv.</p>\n",
            shown, n);
    cyt_strbuf_add(html, err, "</details>\n");
done:
    return code;
}

static int same_group(const cyt_curve *a, const cyt_curve *b)
{
    return a->group_length == b->group_length &&
           strncmp(a->name, b->name, a->group_length) == 0;
}

/* Which line is which condition; those of the page's other sections are called alike.
 */
static cyt_code put_legend(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err)
{
    const size_t n = d->conditions.n;
    const char **names = cyt_alloc(n, sizeof *names, "a legend", err);
    if (!names)
        return err->code;
    for (size_t c = 0; c < n; c++)
        names[c] = cyt_report_condition(d, c);
    cyt_plot_legend(html, n, (const char *const *)names, err);
    free(names);
    return err->code;
}

static cyt_code draw_groups(const cyt_report_data *d, const axis_kind *kind,
                            const cyt_curve_list *list, const char *open,
                            cyt_strbuf *html, cyt_error *err)
{
    cyt_code code = CYT_OK;
    if (cyt_report_has_conditions(d) && put_legend(d, html, err) != CYT_OK)
        return err->code;
    if (list->bands.n > 0)
        cyt_strbuf_add(
            html, err,
            "<p class=\"soft\">Line: mean over patients, each the mean of its "
            "slides. Band: the interval of that mean, by bootstrap over "
            "patients. p: of two curves as wholes, by a global envelope "
            "test.</p>\n");
    else
        cyt_strbuf_add(html, err,
                       "<p class=\"soft\">Line: median over patients, each the mean of "
                       "its slides. Band: the middle half of the patients, where there "
                       "are at least %d.</p>\n",
                       LEAST_FOR_BAND);
    for (size_t i = 0, n; i < list->n && code == CYT_OK; i += n) {
        n = 1;
        while (i + n < list->n && same_group(&list->item[i], &list->item[i + n]))
            n++;
        const int is_open =
            !open || strncmp(list->item[i].name, open, strlen(open)) == 0;
        code = draw_group(d, kind, &list->bands, n, &list->item[i], is_open, html, err);
    }
    return code;
}

/* --- sections --------------------------------------------------------------------- */

typedef struct section {
    const char *id, *title, *axis, *missing, *intro;
    const char *open; /* statistics that are not folded; NULL: none is */
    axis_kind kind;
} section;

static cyt_code write_section(const cyt_report_data *d, const section *s,
                              cyt_strbuf *html, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_curve_list list = {0};
    CYT_TRY(cyt_curve_list_read(d, s->axis, &list, err));
    if (list.n == 0) {
        cyt_section_missing(html, s->id, s->title, s->missing, err);
    } else {
        cyt_section_begin(html, s->id, s->title, err);
        cyt_strbuf_add(html, err, "<p>%s</p>\n", s->intro);
        CYT_TRY(draw_groups(d, &s->kind, &list, s->open, html, err));
        cyt_section_end(html, err);
    }
    code = err->code;
done:
    cyt_curve_list_free(&list);
    return code;
}

cyt_code cyt_section_margin(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err)
{
    static const section s = {
        .id = "margin",
        .title = "Across the tumour's margin",
        .axis = "margin_um",
        .missing = "No compartments, so no margin: <code>compartments.from</code> asks "
                   "for it.",
        .intro = "Cells of a type over the area of tissue, in bands of distance to the "
                 "tumour's border: negative inside the tumour, positive outside.",
        .kind = {"distance to the tumour's border", "um", "density", 0, 0, NAN}};
    return write_section(d, &s, html, err);
}

cyt_code cyt_section_block(const cyt_report_data *d, cyt_strbuf *html, cyt_error *err)
{
    static const section s = {
        .id = "block",
        .title = "What a receptor blocker would change",
        .axis = "dose",
        .missing =
            "No dose-response: <code>block</code> and <code>trap</code> ask for it.",
        .intro =
            "Predictions under a stated model, not efficacy: the responders' "
            "density follows the receptor's occupancy with the slope of the slide; the "
            "blocker lowers it. Dose: in inhibition constants, logarithmic, 0 at left.",
        .kind = {"dose (A/Ki)", "", NULL, 1, NAN, NAN}};
    return write_section(d, &s, html, err);
}

cyt_code cyt_section_patterns(const cyt_report_data *d, cyt_strbuf *html,
                              cyt_error *err)
{
    static const section s = {
        .id = "patterns",
        .title = "Patterns over distance",
        .axis = "radius_um",
        .missing =
            "No curves over the radius: <code>patterns.pair_radii_um</code> asks for "
            "them.",
        .intro = "How often cells of two types lie within, or at, a distance. "
                 "<i>a|b</i>: type b seen from type a.",
        .open = "pcf",
        .kind = {"radius", "um", NULL, 0, NAN, 1}};
    return write_section(d, &s, html, err);
}
