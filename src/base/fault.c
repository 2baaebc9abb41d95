// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/fault.h"

#ifdef CYT_FAULTS
#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* One point at a time, set by tests only: the one place with state of its own. */
static const char *armed;
static char from_environment[128];
static const char *only_slide; /* the point waits for this slide */
static int passes_left;        /* times the point is passed before it fails */
static int end_by;             /* signal that ends the rank there; 0: it fails only */

/* Every CYT_FAULT() of the tree; a point missing here fails an assertion. */
// clang-format off
static const char *const names[] = {
    "mem.alloc",
    "route.init",
    "halo.rows",
    "halo.cells",
    "scatter.types",
    "scatter.sort",
    "home.init",
    "cosine.plan",
    "cosine.solve",
    "elliptic.islands",
    "elliptic.levels",
    "elliptic.solve",
    "signal.solve",
    "medium.init",
    "group_means",
    "density",
    "summary.group",
    "queue.open",
    "cohort.read",
    "text.read",
    "csv.open",
    "csv.count",
    "csv.read",
    "csv.number",
    "ids.unique",
    "join.hash",
    "polygons.read",
    "fields.place",
    "mtx.open",
    "tenx.open",
    "h5ad.open",
    "h5ad.read",
    "regions.read",
    "regions.cells",
    "run.folders",
    "input.list",
    "resume.judge",
    "resume.state",
    "origin.write",
    "journal.open",
    "journal.read",
    "journal.write",
    "run.json",
    "report.read",
    "report.file",
    "outcome.init",
    "trace.open",
    "trace.write",
    "slide.gate",
    "synth.slide",
    "synth.write",
    "nearest.search",
    "pairs.count",
    "edt.map",
    "graph.borrow",
    "graph.search",
    "graph.lists",
    "graph.draw",
    "graph.circles",
    "enrichment.count",
    "enrichment.permute",
    "deal.init",
    "autocorrelation",
    "glm.sum",
    "trap.stage",
    "cross.spectrum",
    "components.find",
    "basins.find",
    "ring.open",
    "tissue.make",
    "compartments.make",
    "margin.map",
    "window.map",
    "covariance.make",
    "nearest.curves",
    "neighbourhood.count",
    "niches.read",
    "niches.fit",
    "tilt.sums",
    "drift.create",
    "contact.rows",
    "block.begin",
    "store.write",
    "store.attribute",
    "store.create",
    "store.close",
    "store.reserve",
    "verify.read",
    NULL,
};
// clang-format on

const char *const *cyt_fault_names(void)
{
    return names;
}

static int known(const char *name)
{
    for (const char *const *n = names; *n; n++)
        if (strcmp(*n, name) == 0)
            return 1;
    return 0;
}

void cyt_fault_arm(const char *name)
{
    assert(!name || known(name));
    armed = name;
}

int cyt_fault_armed(const char *name)
{
    assert(known(name));
    if (!armed || strcmp(armed, name) != 0)
        return 0;
    if (passes_left > 0) {
        passes_left--;
        return 0;
    }
    if (end_by)
        raise(end_by);
    return end_by != SIGUSR1 &&
           end_by != SIGTERM; /* these are heard, and all is well */
}

/* Cut the text at the first `at`; what follows, or NULL. */
static char *cut(char *text, char at)
{
    char *found = text ? strchr(text, at) : NULL;
    if (found)
        *found++ = '\0';
    return found;
}

static int signal_named(const char *name)
{
    static const struct {
        const char *name;
        int number;
    } all[] = {
        {"kill", SIGKILL}, {"crash", SIGSEGV}, {"usr1", SIGUSR1}, {"term", SIGTERM}};
    for (size_t k = 0; name && k < sizeof all / sizeof *all; k++)
        if (strcmp(name, all[k].name) == 0)
            return all[k].number;
    assert(!name);
    return 0;
}

void cyt_fault_from_environment(int rank)
{
    const char *spec = getenv("CYTOTAXIS_FAULT");
    if (!spec || strlen(spec) >= sizeof from_environment)
        return;
    char *name = memcpy(from_environment, spec, strlen(spec) + 1);
    char *of_rank = cut(name, ':');
    char *slide = cut(of_rank, ':');
    const char *end = cut(slide, ':');
    const char *passes = cut(name, '+');
    assert(of_rank);
    if (atoi(of_rank) != rank)
        return;
    end_by = signal_named(end);
    passes_left = passes ? atoi(passes) : 0;
    only_slide = slide && *slide ? slide : NULL;
    if (!only_slide)
        cyt_fault_arm(name);
}

void cyt_fault_slide(const char *slide)
{
    if (only_slide)
        cyt_fault_arm(slide && strcmp(slide, only_slide) == 0 ? from_environment
                                                              : NULL);
}
#else
typedef int cyt_no_faults; /* ISO C wants a declaration in every file */
#endif
