// SPDX-License-Identifier: BSD-3-Clause
/* The course in time: two runs side by side, with the step asked for and with half of
 * it. What is told is the finer one, and the error is what they differ by. */
#include "slide/block.h"

#include "slide/steps.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/number.h"
#include "cytotaxis/ordered.h"
#include "cytotaxis/strbuf.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One time of one dose. */
typedef struct moment {
    double share, coarse_share;
    cyt_drift_report report; /* of the finer run */
} moment;

typedef struct course {
    const cyt_block_view *view;
    const cyt_block_outcome *outcome;
    double dose;
    size_t number; /* of the dose */
    double contrast;
    cyt_drift *coarse, *fine;
    const moment *unblocked; /* [times] at dose 0; NULL: this is dose 0 */
    double *start;           /* [own pixels] T at the begin */
    double *row_sums;        /* [2 * own rows] */
    double *now;             /* [own pixels] */
} course;

/* --- one dose --------------------------------------------------------------------- */

static cyt_code share_of(const course *c, double *share, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_slide *s = &c->view->work->slide;
    const size_t n_cols = s->grid.n_cols;
    double total[2];
    for (size_t r = 0; r < cyt_slide_n_rows(s); r++) {
        double there = 0, all = 0;
        for (size_t i = r * n_cols; i < (r + 1) * n_cols; i++) {
            all += c->now[i];
            there += cyt_block_in_tumour(c->view->work, i) ? c->now[i] : 0;
        }
        c->row_sums[2 * r] = there;
        c->row_sums[2 * r + 1] = all;
    }
    CYT_TRY(cyt_ordered_sums(c->view->group, s->strips, 2, c->row_sums, total, err));
    *share = c->view->has_tumour ? total[0] / total[1] : NAN;
done:
    return code;
}

/* The smoothed responders and one more that is nowhere in particular, brought to their
 * number. */
static cyt_code make_start(const course *c, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_block_view *v = c->view;
    const size_t n = cyt_block_n_pixels(v);
    const uint32_t *piece = v->pieces.of_pixel;
    double *area = cyt_alloc(v->pieces.n, sizeof *area, "parts of the tissue", err);
    CYT_TRY(cyt_agree(v->group, err->code, err));
    for (size_t i = 0; i < n; i++)
        c->start[i] = 1;
    CYT_TRY(cyt_pieces_sum(v->group, &v->pieces, c->start, area, err));
    for (size_t i = 0; i < n; i++) {
        const uint32_t k = piece[i];
        c->start[i] = k == CYT_NO_PIECE ? 0
                                        : (v->smooth[i] + 1 / area[k]) * v->mass[k] /
                                              (v->mass[k] + 1);
    }
done:
    free(area);
    return code;
}

/* psi of this dose. */
static void fill_potential(const course *c)
{
    const cyt_block_view *v = c->view;
    const cyt_receptor receptor = cyt_block_receptor(v, c->outcome->trap);
    const int whole = v->work->job->config->block.course_from == CYT_COURSE_CELLS;
    cyt_block_potential(v, &receptor, c->outcome->slope->beta, c->dose, whole,
                        v->change);
    for (size_t i = 0; !whole && i < cyt_block_n_pixels(v); i++)
        if (v->pieces.of_pixel[i] != CYT_NO_PIECE)
            v->change[i] += log(c->start[i]);
}

static cyt_code begin(course *c, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_block_view *v = c->view;
    const cyt_config *config = v->work->job->config;
    fill_potential(c);
    CYT_TRY(cyt_drift_contrast(v->group, &v->pieces, v->change, &c->contrast, err));
    if (!(c->contrast <= CYT_DRIFT_CONTRAST))
        return CYT_OK;
    cyt_drift_params params = {
        .pieces = &v->pieces,
        .n_rows = v->work->slide.grid.n_rows,
        .spacing_um = v->work->slide.grid.spacing_um,
        .potential = v->change,
        .motility = config->block.motility,
        .step_min = config->block.step_min,
        .goal = {config->solver_tolerance, (int)config->solver_max_iterations, NULL}};
    CYT_TRY(cyt_drift_create(v->group, &params, c->start, &c->coarse, err));
    params.step_min /= 2;
    CYT_TRY(cyt_drift_create(v->group, &params, c->start, &c->fine, err));
done:
    return code;
}

/* March both on, side by side. A solve of the whole slide may take seconds, and there
 * may be hundreds: by far the longest part of a slide, so each is followed by a safe
 * point. */
static cyt_code march(const course *c, size_t until, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_block_view *v = c->view;
    for (;;) {
        const size_t n_coarse = cyt_drift_n_steps(c->coarse);
        const size_t n_fine = cyt_drift_n_steps(c->fine);
        if (n_coarse >= until && n_fine >= 2 * until)
            break;
        CYT_TRY(cyt_slide_safe_point(v->group, v->work, err));
        CYT_TRY(cyt_drift_march(v->group, n_fine < 2 * n_coarse ? c->fine : c->coarse,
                                1, err));
    }
done:
    return code;
}

/* Where both stand, as a step (steps.h); what is there has its place in scratch. */
typedef struct standing {
    char key[96];
    double numbers[2 * CYT_DRIFT_NUMBERS];
    cyt_step step;
} standing;

static void lay_down(const course *c, size_t until, int is_part, standing *s)
{
    const cyt_trap_result *trap = c->outcome->trap;
    snprintf(s->key, sizeof s->key, "course %zu %zu dose %zu step %zu%s", trap->signal,
             trap->responder, c->number, until, is_part ? " under way" : "");
    s->step = (cyt_step){.key = s->key,
                         .is_part = is_part,
                         .n_bytes = sizeof s->numbers,
                         .bytes = s->numbers,
                         .n_rasters = 2,
                         .raster = {c->now, c->view->change}};
}

static void put(const course *c, size_t until, int is_part)
{
    standing s = {0};
    lay_down(c, until, is_part, &s);
    cyt_drift_save(c->coarse, s.numbers, s.step.raster[0]);
    cyt_drift_save(c->fine, s.numbers + CYT_DRIFT_NUMBERS, s.step.raster[1]);
    cyt_steps_put(c->view->group, c->view->work, &s.step);
}

static int take(const course *c, size_t until, int is_part)
{
    standing s = {0};
    lay_down(c, until, is_part, &s);
    if (!cyt_steps_take(c->view->group, c->view->work, &s.step))
        return 0;
    cyt_drift_restore(c->coarse, s.numbers, s.step.raster[0]);
    cyt_drift_restore(c->fine, s.numbers + CYT_DRIFT_NUMBERS, s.step.raster[1]);
    return 1;
}

/* Bring both to a time: by what an earlier run put down, or by marching. */
static cyt_code go_to(course *c, double time_h, moment *m, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_drift_report ignored;
    const cyt_block_view *v = c->view;
    const double step = v->work->job->config->block.step_min;
    const size_t until = (size_t)round(time_h * 60 / step);
    if (!take(c, until, 0)) {
        (void)take(c, until, 1);
        const size_t began = cyt_drift_n_steps(c->coarse) + cyt_drift_n_steps(c->fine);
        code = march(c, until, err);
        if (cyt_is_stop(code) &&
            cyt_drift_n_steps(c->coarse) + cyt_drift_n_steps(c->fine) > began)
            put(c, until, 1);
        CYT_TRY(code);
        put(c, until, 0);
    }
    CYT_TRY(cyt_drift_now(v->group, c->coarse, c->now, &ignored, err));
    CYT_TRY(share_of(c, &m->coarse_share, err));
    CYT_TRY(cyt_drift_now(v->group, c->fine, c->now, &m->report, err));
    CYT_TRY(share_of(c, &m->share, err));
done:
    return code;
}

/* --- what is told ----------------------------------------------------------------- */

static char *meaning_of(const course *c, double time_h, const moment *m,
                        const moment *unblocked, cyt_error *err)
{
    char dose[CYT_BLOCK_DOSE_TEXT];
    cyt_strbuf b = {0};
    const char *who = c->view->responder;
    const int is_smooth =
        c->view->work->job->config->block.course_from == CYT_COURSE_DENSITY;
    const char *so = is_smooth ? "smoothed " : "";
    if (!m)
        cyt_strbuf_add(&b, err,
                       "no course of %s is predicted: its potential spans a factor of "
                       "%.1e, more than %.0e",
                       who, c->contrast, CYT_DRIFT_CONTRAST);
    else if (isnan(m->share))
        cyt_strbuf_add(&b, err, "no part of the slide is tumour");
    else if (c->dose == 0)
        cyt_strbuf_add(&b, err,
                       "predicted under the stated model: %.10g h from now, without a "
                       "blocker, the %sshare of %s in the tumour is %.3g",
                       time_h, so, who, m->share);
    else
        cyt_strbuf_add(
            &b, err,
            "predicted under the stated model: after %.10g h at %s the %sshare "
            "of %s in the tumour is %.3g, and %.3g without a blocker",
            time_h, cyt_block_dose_text(c->view, c->dose, dose), so, who, m->share,
            unblocked ? unblocked->share : NAN);
    return cyt_strbuf_take(&b, err);
}

static cyt_code put_numbers(const course *c, double time_h, const moment *m,
                            const moment *unblocked, cyt_result_table *t,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_drift_report *r = m ? &m->report : NULL;
    const struct {
        const char *name;
        double value;
    } values[] = {
        {"time_h", time_h},
        {"tumour_share", m ? m->share : NAN},
        {"difference", m && unblocked ? m->share - unblocked->share : NAN},
        {"step_error", m ? fabs(m->share - m->coarse_share) : NAN},
        {"step_min", c->view->work->job->config->block.step_min / 2},
        {"n_steps", r ? (double)r->n_steps : NAN},
        {"iterations", r ? (double)r->iterations : NAN},
        {"smallest", r ? r->smallest : NAN},
        {"solver_error", r ? r->error : NAN},
        {"mass_drift", r ? r->mass_drift : NAN},
        {"mass_error", r ? r->mass_error : NAN},
        {"contrast", c->contrast},
    };
    for (size_t k = 0; k < sizeof values / sizeof *values; k++)
        CYT_TRY(cyt_result_number(t, values[k].name, values[k].value, err));
done:
    return code;
}

/* @p m NULL: there is none. */
static cyt_code put_row(const course *c, double time_h, const moment *m,
                        const moment *unblocked, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char time[CYT_NUMBER_SIZE];
    cyt_strbuf b = {0};
    char *index = NULL, *meaning = NULL;
    cyt_result_table *t = cyt_slide_table(c->view->work, "block_time", err);
    char *of_dose = cyt_block_index(c->view, c->outcome, c->dose, err);
    cyt_strbuf_add(&b, err, "%s|%sh", of_dose ? of_dose : "",
                   cyt_number_text(time_h, time));
    index = cyt_strbuf_take(&b, err);
    meaning = meaning_of(c, time_h, m, unblocked, err);
    CYT_TRY(err->code);
    CYT_TRY(cyt_result_row(t, index, err));
    CYT_TRY(cyt_block_tell_case(c->view, c->outcome, c->dose, t, err));
    CYT_TRY(put_numbers(c, time_h, m, unblocked, t, err));
    CYT_TRY(cyt_result_text(t, "meaning", meaning, err));
done:
    free(of_dose);
    free(index);
    free(meaning);
    return code;
}

static cyt_code run_dose(course *c, moment *moments, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_block_view *v = c->view;
    const cyt_config *config = v->work->job->config;
    const cyt_ascending *times = &config->block.times_h;
    CYT_TRY(begin(c, err));
    for (size_t k = 0; k < times->n; k++) {
        const moment *unblocked = c->unblocked ? &c->unblocked[k] : NULL;
        moments[k].share = NAN;
        if (c->fine)
            CYT_TRY(go_to(c, times->value[k], &moments[k], err));
        CYT_TRY(cyt_agree(
            v->group,
            put_row(c, times->value[k], c->fine ? &moments[k] : NULL, unblocked, err),
            err));
        if (c->fine && config->block.maps && config->write_fields)
            CYT_TRY(cyt_block_map(v, c->dose, times->value[k], c->now, err));
    }
done:
    cyt_drift_destroy(c->coarse);
    cyt_drift_destroy(c->fine);
    c->coarse = c->fine = NULL;
    return code;
}

cyt_code cyt_block_course(const cyt_block_view *v, const cyt_block_outcome *o,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_block_config *config = &v->work->job->config->block;
    const size_t n_rows = cyt_slide_n_rows(&v->work->slide), n = config->times_h.n;
    course c = {.view = v, .outcome = o, .now = v->tilted};
    moment *moments = NULL;
    if (n == 0)
        return CYT_OK;
    c.row_sums = cyt_alloc(2 * n_rows, sizeof *c.row_sums, "sums of rows", err);
    c.start = cyt_alloc(cyt_block_n_pixels(v), sizeof *c.start, "a course", err);
    moments = cyt_calloc(2 * n, sizeof *moments, "a course in time", err);
    CYT_TRY(cyt_agree(v->group, err->code, err));
    if (config->course_from == CYT_COURSE_DENSITY)
        CYT_TRY(make_start(&c, err));
    else
        memcpy(c.start, v->count, cyt_block_n_pixels(v) * sizeof *c.start);
    CYT_TRY(run_dose(&c, moments, err));
    c.unblocked = moments;
    for (size_t d = 0; d < config->course_doses.n; d++) {
        c.dose = config->course_doses.value[d];
        c.number = d + 1;
        if (c.dose > 0)
            CYT_TRY(run_dose(&c, moments + n, err));
    }
done:
    free(c.row_sums);
    free(c.start);
    free(moments);
    return code;
}
