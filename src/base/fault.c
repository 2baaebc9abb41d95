// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/fault.h"

#ifdef CYT_FAULTS
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* One point at a time, set by tests only: the one place with state of its own. */
static const char *armed;
static char from_environment[128];
static const char *only_slide; /* the point waits for this slide */

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
    "signal.solve",
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
    "h5ad.open",
    "h5ad.read",
    "run.folders",
    "run.json",
    "outcome.init",
    "slide.gate",
    "synth.slide",
    "synth.write",
    "nearest.search",
    "edt.map",
    "store.write",
    "store.attribute",
    "store.create",
    "store.close",
    "store.reserve",
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
    return armed && strcmp(armed, name) == 0;
}

void cyt_fault_from_environment(int rank)
{
    const char *spec = getenv("CYTOTAXIS_FAULT");
    if (!spec || strlen(spec) >= sizeof from_environment)
        return;
    char *name = strcpy(from_environment, spec);
    char *of_rank = strchr(name, ':');
    assert(of_rank);
    *of_rank++ = '\0';
    char *slide = strchr(of_rank, ':');
    if (slide)
        *slide++ = '\0';
    if (atoi(of_rank) != rank)
        return;
    only_slide = slide;
    if (!slide)
        cyt_fault_arm(name);
}

void cyt_fault_slide(const char *slide)
{
    if (only_slide)
        cyt_fault_arm(slide && strcmp(slide, only_slide) == 0 ? from_environment
                                                              : NULL);
}
#endif
