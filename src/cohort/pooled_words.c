// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/pooled_signals.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const double cyt_pooled_level = 0.95;

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

/* How many times as many cells, in numbers. */
static void tell_numbers(const cyt_pooled_signal *s, const char *as, char *text,
                         size_t room)
{
    const cyt_pooled *p = &s->pooled;
    snprintf(
        text, room,
        "%.3g times %s at high as at low occupancy (%.0f %% interval %.3g to %.3g, "
        "over a step of %.3g), estimated under the stated model, %zu %s",
        exp(p->mean), as, 100 * cyt_pooled_level, exp(p->lo), exp(p->hi), s->step, p->k,
        patients(p->k));
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
    tell_numbers(s, as, numbers, sizeof numbers);
    if (p->k == 0)
        snprintf(text, CYT_MEANING_SIZE,
                 "%s and %s: no slide gives an estimate with its error", responder,
                 signal);
    else if (p->k == 1)
        snprintf(
            text, CYT_MEANING_SIZE,
            "%s and %s: one patient alone says nothing of others; there %.3g times "
            "%s at high as at low occupancy, estimated under the stated model",
            responder, signal, exp(p->mean), as);
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
