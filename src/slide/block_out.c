// SPDX-License-Identifier: BSD-3-Clause
/* What is told of a block: rows with a plain sentence each, metrics, maps. */
#include "slide/block.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/number.h"
#include "cytotaxis/strbuf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *cyt_block_index(const cyt_block_view *v, const cyt_block_outcome *o, double dose,
                      cyt_error *err)
{
    char number[CYT_NUMBER_SIZE];
    cyt_strbuf b = {0};
    cyt_strbuf_add(&b, err, "%s|%s", v->signal->name, v->responder);
    if (o->trap->per_kd > 0)
        cyt_strbuf_add(&b, err, "|c/Kd=%s", cyt_number_text(o->trap->per_kd, number));
    cyt_strbuf_add(&b, err, "|dose=%s", cyt_number_text(dose, number));
    return cyt_strbuf_take(&b, err);
}

const char *cyt_block_dose_text(const cyt_block_view *v, double dose,
                                char text[CYT_BLOCK_DOSE_TEXT])
{
    snprintf(text, CYT_BLOCK_DOSE_TEXT, "%.10gx %s", dose,
             v->law == CYT_COMPETITIVE ? "Ki" : "IC50");
    return text;
}

/* In the low-dose limit both laws are one. */
static const char *law_word(const cyt_block_view *v, const cyt_block_outcome *o)
{
    if (!(o->trap->per_kd > 0))
        return "low-dose limit";
    return v->law == CYT_COMPETITIVE ? "competitive" : "non-competitive";
}

cyt_code cyt_block_tell_case(const cyt_block_view *v, const cyt_block_outcome *o,
                             double dose, cyt_result_table *t, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_named_number values[] = {
        {"c_over_kd", o->trap->per_kd},
        {"beta", o->slope->beta},
        {"beta_se", sqrt(o->slope->variance)},
        {"beta_df", o->slope->df},
        {"n_responders", (double)v->n_responders},
        {"dose", dose},
    };
    CYT_TRY(cyt_result_text(t, "signal", v->signal->name, err));
    CYT_TRY(cyt_result_text(t, "responder", v->responder, err));
    CYT_TRY(cyt_result_text(t, "law", law_word(v, o), err));
    CYT_TRY(cyt_result_text(t, "beta_is", o->is_relative ? "relative_slope" : "slope",
                            err));
    CYT_TRY(cyt_result_numbers(t, "", sizeof values / sizeof *values, values, err));
done:
    return code;
}

/* --- sentences -------------------------------------------------------------------- */

static void add_interval(const cyt_block_value *value, cyt_strbuf *b, cyt_error *err)
{
    if (isfinite(value->interval[0]))
        cyt_strbuf_add(b, err, " (95 %% %.3g-%.3g)", value->interval[0],
                       value->interval[1]);
    else
        cyt_strbuf_add(b, err, " (no interval)");
}

/* What differs in the digits that are shown differs. */
static const char *verb(double from, double to)
{
    char shown[2][32];
    snprintf(shown[0], sizeof shown[0], "%.3g", from);
    snprintf(shown[1], sizeof shown[1], "%.3g", to);
    if (strcmp(shown[0], shown[1]) == 0)
        return "stays at";
    return to > from ? "rises from" : "falls from";
}

static void add_share(const cyt_block_view *v, const cyt_block_outcome *o,
                      const cyt_block_dose *d, cyt_strbuf *b, cyt_error *err)
{
    char dose[CYT_BLOCK_DOSE_TEXT];
    const double first = o->doses[0].share.at;
    const char *does = verb(first, d->share.at);
    if (d->dose == 0) {
        cyt_strbuf_add(b, err, "observed: the share of %s in the tumour is %.3g",
                       v->responder, first);
        return;
    }
    cyt_strbuf_add(b, err,
                   "predicted under the stated model: %s%s the share of %s in "
                   "the tumour %s %.3g",
                   isinf(d->dose) ? "with the trap gone" : "at ",
                   isinf(d->dose) ? "" : cyt_block_dose_text(v, d->dose, dose),
                   v->responder, does, first);
    if (does[0] != 's')
        cyt_strbuf_add(b, err, " to %.3g", d->share.at);
    add_interval(&d->share, b, err);
    if (first == 0)
        cyt_strbuf_add(b, err,
                       "; none was seen in it, and a tilted distribution has "
                       "no cell where none was seen");
    if (!o->is_monotone)
        cyt_strbuf_add(b, err,
                       "; on the way to a full block the share goes the other "
                       "way first: a partial block strengthens this trap");
}

/* Cells that are looked for near, by name. */
static void add_contact_types(const cyt_block_view *v, cyt_strbuf *b, cyt_error *err)
{
    const cyt_names *types = &v->work->job->config->block.contact_types;
    for (size_t k = 0; k < types->n; k++)
        cyt_strbuf_add(b, err, "%s%s", k ? ", " : "", types->name[k]);
}

static void add_contacts(const cyt_block_view *v, const cyt_block_outcome *o,
                         const cyt_block_dose *d, cyt_strbuf *b, cyt_error *err)
{
    const double first = o->doses[0].contact.at;
    const char *does = verb(first, d->contact.at);
    cyt_strbuf_add(b, err, "; %sthe expected share of ",
                   d->dose > 0 ? "under the stated model " : "");
    add_contact_types(v, b, err);
    cyt_strbuf_add(b, err, " with %s within %g um %s %.3g", v->responder,
                   v->work->job->config->block.contact_um, d->dose > 0 ? does : "is",
                   first);
    if (d->dose > 0 && does[0] != 's')
        cyt_strbuf_add(b, err, " to %.3g", d->contact.at);
    if (d->dose > 0)
        add_interval(&d->contact, b, err);
}

/* Why a row lacks something; "": it does not. */
static const char *reason_of(const cyt_block_view *v, const cyt_block_outcome *o)
{
    if (!isfinite(o->slope->beta) || !isfinite(o->slope->variance))
        return cyt_trap_reason_text(o->slope->why);
    if (v->n_responders == 0)
        return "no responder lies on tissue";
    return v->has_tumour ? "" : "no part of the slide is tumour";
}

static char *meaning_of(const cyt_block_view *v, const cyt_block_outcome *o,
                        const cyt_block_dose *d, cyt_error *err)
{
    cyt_strbuf b = {0};
    if (isfinite(d->share.at))
        add_share(v, o, d, &b, err);
    else
        cyt_strbuf_add(&b, err, "no share of %s in the tumour is predicted: %s",
                       v->responder, reason_of(v, o));
    if (isfinite(d->contact.at))
        add_contacts(v, o, d, &b, err);
    if (v->citation[0])
        cyt_strbuf_add(&b, err, "; cross-talk after %s", v->citation);
    if (v->not_released[0])
        cyt_strbuf_add(&b, err, "; cross-talk with %s left out: it has no slope here",
                       v->not_released);
    return cyt_strbuf_take(&b, err);
}

/* --- table, metrics --------------------------------------------------------------- */

static cyt_code put_row(const cyt_block_view *v, const cyt_block_outcome *o,
                        const cyt_block_dose *d, cyt_result_table *t, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_named_number values[] = {
        {"tumour_share", d->share.at},
        {"tumour_share_lo", d->share.interval[0]},
        {"tumour_share_hi", d->share.interval[1]},
        {"contact_share", d->contact.at},
        {"contact_share_lo", d->contact.interval[0]},
        {"contact_share_hi", d->contact.interval[1]},
        {"contacts", d->contacts},
        {"half_effect_dose", o->half.at},
        {"half_effect_dose_lo", o->half.interval[0]},
        {"half_effect_dose_hi", o->half.interval[1]},
        {"non_monotone", !o->is_monotone},
    };
    char *meaning = NULL, *index = cyt_block_index(v, o, d->dose, err);
    CYT_TRY(err->code);
    CYT_TRY(cyt_result_row(t, index, err));
    CYT_TRY(cyt_block_tell_case(v, o, d->dose, t, err));
    CYT_TRY(cyt_result_numbers(t, "", sizeof values / sizeof *values, values, err));
    CYT_TRY(cyt_result_text(t, "reason", reason_of(v, o), err));
    CYT_TRY(cyt_result_text(t, "citation", v->citation, err));
    meaning = meaning_of(v, o, d, err);
    CYT_TRY(err->code);
    CYT_TRY(cyt_result_text(t, "meaning", meaning, err));
done:
    free(meaning);
    free(index);
    return code;
}

static cyt_code add_at(const cyt_block_view *v, cyt_statistic statistic, double dose,
                       double value, cyt_error *err)
{
    return cyt_metrics_add_at(&v->work->metrics, statistic, v->responder, NULL,
                              v->signal->name, dose, value, err);
}

static cyt_code add_metrics(const cyt_block_view *v, const cyt_block_outcome *o,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    const int contacts = !isnan(v->work->job->config->block.contact_um);
    const size_t last = v->n_doses - 1;
    for (size_t d = 0; d < last; d++) {
        const cyt_block_dose *at = &o->doses[d];
        CYT_TRY(add_at(v, CYT_BLOCK_TUMOUR_SHARE, at->dose, at->share.at, err));
        if (contacts)
            CYT_TRY(add_at(v, CYT_BLOCK_CONTACT_SHARE, at->dose, at->contact.at, err));
        if (contacts)
            CYT_TRY(add_at(v, CYT_BLOCK_CONTACTS, at->dose, at->contacts, err));
    }
    CYT_TRY(add_at(v, CYT_BLOCK_NO_TRAP_SHARE, NAN, o->doses[last].share.at, err));
    CYT_TRY(add_at(v, CYT_BLOCK_HALF_EFFECT_DOSE, NAN, o->half.at, err));
done:
    return code;
}

cyt_code cyt_block_tell(const cyt_block_view *v, const cyt_block_outcome *o,
                        cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_result_table *table = cyt_slide_table(v->work, "block", err);
    CYT_TRY(err->code);
    for (size_t d = 0; d < v->n_doses; d++)
        CYT_TRY(put_row(v, o, &o->doses[d], table, err));
    if (o->trap->receptor == 0)
        CYT_TRY(add_metrics(v, o, err));
done:
    return code;
}

/* --- maps ------------------------------------------------------------------------- */

/* The responder as a part of a link: no two types of the slide become one. */
static cyt_code add_type(const cyt_block_view *v, cyt_strbuf *b, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_names *types = &v->work->slide.types;
    cyt_names links = {0};
    CYT_TRY(cyt_store_link_names(types, &links, err));
    cyt_strbuf_add(b, err, "%s", links.name[cyt_names_search(types, v->responder)]);
done:
    cyt_names_free(&links);
    return code;
}

/* A link within the group of its signal: no name of HDF5 holds a slash. */
static char *link_of(const cyt_block_view *v, double dose, double time_h,
                     cyt_error *err)
{
    char number[CYT_NUMBER_SIZE];
    cyt_strbuf b = {0};
    cyt_strbuf_add(&b, err, "predicted_");
    if (add_type(v, &b, err) == CYT_OK)
        cyt_strbuf_add(&b, err, "@dose=%s", cyt_number_text(dose, number));
    if (!isnan(time_h))
        cyt_strbuf_add(&b, err, "@%sh", cyt_number_text(time_h, number));
    return cyt_strbuf_take(&b, err);
}

cyt_code cyt_block_map(const cyt_block_view *v, double dose, double time_h,
                       const double *expected, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char long_name[512], when[64] = "";
    const size_t n = cyt_block_n_pixels(v);
    const double per_mm2 = 1e6 / cyt_grid_area_um2(&v->work->slide.grid, 1);
    float *map = cyt_alloc(n, sizeof *map, "a map", err);
    char *link = link_of(v, dose, time_h, err);
    CYT_TRY(cyt_agree(v->group, err->code, err));
    for (size_t i = 0; i < n; i++)
        map[i] = (float)(v->work->tissue.inside[i] ? expected[i] * per_mm2 : NAN);
    if (!isnan(time_h))
        snprintf(when, sizeof when, ", %.10g h after the blocker", time_h);
    snprintf(long_name, sizeof long_name,
             "density of %s predicted under the stated model at dose %.10g%s",
             v->responder, dose, when);
    const cyt_field_info info = {"signal", v->signal->name, link, "mm-2", long_name};
    CYT_TRY(cyt_fields_write(v->group, &v->work->fields, &info, map, err));
done:
    free(map);
    free(link);
    return code;
}
