// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/fault.h"

#ifdef CYT_FAULTS
#include <assert.h>
#include <string.h>

static const char *armed; /* one point at a time, set by tests only */

/* Every CYT_FAULT() of the tree; a point missing here fails an assertion. */
static const char *const names[] = {
    "mem.alloc",
    "route.init",
    "halo.rows",
    "halo.cells",
    NULL,
};

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
#endif
