// SPDX-License-Identifier: BSD-3-Clause
/* What of decoys and contests could not be made on this slide, and why: a table that is
 * not there, or has no row of a type, says nothing itself. A signal that a type did not
 * see lacks a gene, senders or responders; its row of uns/trap has the reason, and the
 * warning names type and signal. */
#include "slide/screen.h"

#include "cytotaxis/strbuf.h"

#include <math.h>
#include <stdlib.h>

static int responds(const cyt_slide_work *w, size_t signal, size_t type)
{
    const cyt_names *responders = &w->job->config->signals[signal].responders;
    return cyt_names_find(responders, w->slide.types.name[type]) != CYT_NO_NAME;
}

/* Signal @p first, then those of the names; n_signals: none of these is missing. */
static size_t missing_of(const cyt_slide_work *w, size_t first, const cyt_names *others,
                         size_t type)
{
    const cyt_config *config = w->job->config;
    const size_t n = config->n_signals;
    if (first < n && !(w->screen && cyt_screen_field(w->screen, first, type)))
        return first;
    for (size_t k = 0; k < others->n; k++) {
        const size_t s = cyt_signal_called(config, others->name[k]);
        if (!(w->screen && cyt_screen_field(w->screen, s, type)))
            return s;
    }
    return n;
}

/* --- decoys ----------------------------------------------------------------------- */

/* Types for which a signal has no decoys because of the same signal, in one sentence.
 */
static cyt_code warn_of_decoys(cyt_slide_work *w, size_t s, size_t missing,
                               cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_signal_config *signals = w->job->config->signals;
    const size_t n_types = w->slide.types.n;
    cyt_strbuf b = {0};
    for (size_t t = 0; t < n_types; t++)
        if (responds(w, s, t) && missing_of(w, s, &signals[s].decoys, t) == missing)
            cyt_strbuf_add(&b, err, "%s%s", b.n ? ", " : "", w->slide.types.name[t]);
    const int some = b.n > 0;
    char *types = cyt_strbuf_take(&b, err);
    CYT_TRY(err->code);
    if (some)
        code =
            cyt_slide_warn(&w->report->warnings, err,
                           "signal %s is not set beside its decoys: signal %s has no "
                           "slope here, uns/trap says why; responders: %s",
                           signals[s].name, signals[missing].name, types);
done:
    free(types);
    return code;
}

/* --- the contest ------------------------------------------------------------------ */

/* Does the type respond to all signals that compete, or to any where none does? */
static int is_to_compete(const cyt_slide_work *w, size_t type)
{
    const cyt_config *config = w->job->config;
    const cyt_names *signals = &config->screen.contest_signals;
    int any = 0, all = 1;
    for (size_t s = 0; s < config->n_signals; s++)
        any |= responds(w, s, type);
    for (size_t k = 0; k < signals->n; k++)
        all &= responds(w, cyt_signal_called(config, signals->name[k]), type);
    return any && all;
}

static cyt_code warn_of_contest(cyt_slide_work *w, size_t type, cyt_error *err)
{
    const cyt_config *config = w->job->config;
    const size_t n = config->n_signals;
    const size_t missing = missing_of(w, n, &config->screen.contest_signals, type);
    if (missing < n)
        return cyt_slide_warn(&w->report->warnings, err,
                              "no contest of mechanisms for %s: signal %s has no slope "
                              "here, uns/trap says why",
                              w->slide.types.name[type], config->signals[missing].name);
    return cyt_slide_warn(&w->report->warnings, err,
                          "no contest of mechanisms for %s: the covariates alone could "
                          "not be fitted, uns/trap says why",
                          w->slide.types.name[type]);
}

/* --- both ------------------------------------------------------------------------- */

cyt_code cyt_screen_left_out(cyt_slide_work *w, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const cyt_config *config = w->job->config;
    const size_t n = config->n_signals;
    for (size_t s = 0; s < n; s++) {
        const cyt_names *decoys = &config->signals[s].decoys;
        if (decoys->n > 0)
            CYT_TRY(warn_of_decoys(w, s, s, err));
        for (size_t k = 0; k < decoys->n; k++)
            CYT_TRY(
                warn_of_decoys(w, s, cyt_signal_called(config, decoys->name[k]), err));
    }
    for (size_t t = 0; t < w->slide.types.n && !isnan(config->screen.contest_folds);
         t++)
        if (is_to_compete(w, t) && !(w->screen && w->screen->contest_done[t]))
            CYT_TRY(warn_of_contest(w, t, err));
done:
    return code;
}
