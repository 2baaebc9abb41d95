// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/pooled_signals.h"

#include <gsl/gsl_cdf.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

const double cyt_pooled_level = 0.95;

enum { RATIO_SIZE = 32 };

static const char *patients(size_t k)
{
    return k == 1 ? "patient" : "patients";
}

/* "1.3 times ... at high as at low occupancy" */
static const char *const as_what[CYT_N_ESTIMATORS] = {
    [CYT_ESTIMATE_SLOPE] = "as dense",
    [CYT_ESTIMATE_RELATIVE] = "as frequent among the background",
    [CYT_ESTIMATE_CONDITIONAL] = "as dense, given the decoys,",
    [CYT_ESTIMATE_DECOY] = "as dense, given the signal,",
    [CYT_ESTIMATE_RECEPTOR] = "as frequent against those poor in it"};

/* Beyond a factor of a thousand digits say nothing more. */
static const char *ratio_text(double log_ratio, char text[RATIO_SIZE])
{
    const double ratio = exp(log_ratio);
    if (ratio < 1e-3)
        snprintf(text, RATIO_SIZE, "less than 0.001");
    else if (ratio > 1e3)
        snprintf(text, RATIO_SIZE, "more than 1000");
    else
        snprintf(text, RATIO_SIZE, "%.3g", ratio);
    return text;
}

/* How many times as many cells, in numbers. */
static void tell_numbers(const cyt_pooled_signal *s, const char *as, char *text,
                         size_t room)
{
    const cyt_pooled *p = &s->pooled;
    char ratio[3][RATIO_SIZE];
    snprintf(text, room,
             "%s times %s at high as at low occupancy (%.0f %% interval %s to %s, "
             "over a step of %.3g), estimated under the stated model, %zu %s",
             ratio_text(p->mean, ratio[0]), as, 100 * cyt_pooled_level,
             ratio_text(p->lo, ratio[1]), ratio_text(p->hi, ratio[2]), s->step, p->k,
             patients(p->k));
}

/* One patient: how sure its own slides are of it. */
static void tell_one(const cyt_pooled_signal *s, const char *as, char *text,
                     size_t room)
{
    const double mean = s->pooled.mean;
    const double half = gsl_cdf_ugaussian_Pinv((1 + cyt_pooled_level) / 2) * s->own_se;
    char ratio[3][RATIO_SIZE];
    snprintf(text, room,
             "there %s times %s at high as at low occupancy (%.0f %% interval from its "
             "slides alone %s to %s), estimated under the stated model",
             ratio_text(mean, ratio[0]), as, 100 * cyt_pooled_level,
             ratio_text(mean - half, ratio[1]), ratio_text(mean + half, ratio[2]));
}

void cyt_pooled_meaning(const cyt_pooled_signal *s, const char *signal,
                        const char *responder, cyt_estimator estimator,
                        char text[CYT_MEANING_SIZE])
{
    const cyt_pooled *p = &s->pooled;
    const double small = 1 - cyt_pooled_level;
    const char *as = as_what[estimator];
    char name[512];
    if (estimator == CYT_ESTIMATE_RECEPTOR) {
        snprintf(name, sizeof name, "%s rich in receptor", responder);
        responder = name;
    }
    char numbers[384];
    (p->k == 1 ? tell_one : tell_numbers)(s, as, numbers, sizeof numbers);
    if (p->k == 0)
        snprintf(text, CYT_MEANING_SIZE,
                 "%s and %s: no slide gives an estimate with its error", responder,
                 signal);
    else if (p->k == 1)
        snprintf(text, CYT_MEANING_SIZE,
                 "%s and %s: one patient alone says nothing of others; %s", responder,
                 signal, numbers);
    else if (!(p->p <= small))
        snprintf(text, CYT_MEANING_SIZE,
                 "no evidence that %s are held or repelled where %s is high: %s",
                 responder, signal, numbers);
    else
        snprintf(text, CYT_MEANING_SIZE, "%s are %s where %s is high: %s%s", responder,
                 p->mean > 0 ? "held" : "repelled", signal, numbers,
                 s->q <= small ? ""
                               : "; taken with all other signals and responders this "
                                 "may be chance (q > 0.05)");
}
