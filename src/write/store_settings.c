// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/store_settings.h"

#include "store_impl.h"

#include <stdio.h>
#include <string.h>

/* The number that MPI gives to the attribute when it is first used. */
static int key = MPI_KEYVAL_INVALID;

void cyt_store_settings_attach(MPI_Comm comm, const cyt_store_settings *settings)
{
    if (key == MPI_KEYVAL_INVALID)
        MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, MPI_COMM_NULL_DELETE_FN, &key,
                               NULL);
    MPI_Comm_set_attr(comm, key, (void *)settings);
}

cyt_store_settings cyt_store_settings_of(MPI_Comm comm)
{
    const cyt_store_settings *settings = NULL;
    int found = 0;
    if (key != MPI_KEYVAL_INVALID)
        MPI_Comm_get_attr(comm, key, &settings, &found);
    return found && settings ? *settings : (cyt_store_settings){0};
}

cyt_code cyt_store_hint_check(const char *text, cyt_error *err)
{
    const char *is = strchr(text, '=');
    if (!is || is == text || !is[1])
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "--io-hint takes KEY=VALUE, as striping_factor=8, not \"%s\"",
                        text);
    if ((size_t)(is - text) >= MPI_MAX_INFO_KEY || strlen(is + 1) >= MPI_MAX_INFO_VAL)
        return CYT_FAIL(err, CYT_ERR_USAGE, NULL,
                        "--io-hint: a key may have %d letters and a value %d, which "
                        "\"%.40s\" exceeds",
                        MPI_MAX_INFO_KEY - 1, MPI_MAX_INFO_VAL - 1, text);
    return CYT_OK;
}

void cyt_store_set_hints(const cyt_store_settings *settings, MPI_Info info)
{
    for (size_t i = 0; i < settings->n_hints; i++) {
        char name[MPI_MAX_INFO_KEY];
        const char *is = strchr(settings->hints[i], '=');
        snprintf(name, sizeof name, "%.*s", (int)(is - settings->hints[i]),
                 settings->hints[i]);
        MPI_Info_set(info, name, is + 1);
    }
}
