// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/versions.h"

const char *cyt_program_version(void)
{
    return CYT_VERSION;
}

const char *cyt_program_commit(void)
{
    return CYT_COMMIT;
}

const char *cyt_program_date(void)
{
    return CYT_DATE;
}

const char *cyt_compiler(void)
{
    return CYT_COMPILER;
}
