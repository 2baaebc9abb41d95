// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/versions.h"

#include <stdio.h>
#include <string.h>

#include <mpi.h>

const char *cyt_program_version(void)
{
    return CYT_VERSION;
}

const char *cyt_program_commit(void)
{
    return CYT_COMMIT;
}

const char *cyt_compiler(void)
{
    return CYT_COMPILER;
}

void cyt_mpi_version(char *text)
{
    char full[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;
    MPI_Get_library_version(full, &length);
    full[strcspn(full, ",")] = '\0'; /* "Open MPI v4.1.4, package: …" */
    snprintf(text, CYT_VERSION_LENGTH, "%s", full);
}
