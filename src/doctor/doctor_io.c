// SPDX-License-Identifier: BSD-3-Clause
/*
 * The doctor looks at what MPI-IO was told. The store sets what it needs before MPI
 * begins (store.h), but an environment of the user's, or a parameter file of the site,
 * may say otherwise; so Open MPI itself is asked, through the tools interface of MPI-3
 * (MPI: A Message-Passing Interface Standard 3.1, 14.3), after a file was written.
 */
#include "doctor_impl.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { NAME_LENGTH = 256 };

/* The value behind a handle as text. */
static void read_value(MPI_T_cvar_handle handle, MPI_Datatype type, int count,
                       char value[VALUE_LENGTH])
{
    int number = 0;
    bool is_on = false;
    value[0] = '\0';
    if (type == MPI_CHAR && count < VALUE_LENGTH)
        MPI_T_cvar_read(handle, value);
    if (type == MPI_INT && count == 1 &&
        MPI_T_cvar_read(handle, &number) == MPI_SUCCESS)
        snprintf(value, VALUE_LENGTH, "%d", number);
    if (type == MPI_C_BOOL && count == 1 &&
        MPI_T_cvar_read(handle, &is_on) == MPI_SUCCESS)
        snprintf(value, VALUE_LENGTH, "%d", is_on);
}

/* Is variable @p i called @p name? Then fill in its value; 0: it is another. */
static int value_at(int i, const char *name, char value[VALUE_LENGTH])
{
    char called[NAME_LENGTH];
    int length = NAME_LENGTH, about_length = 0, verbosity, binding, scope, count;
    MPI_Datatype type;
    MPI_T_enum choices;
    MPI_T_cvar_handle handle;
    if (MPI_T_cvar_get_info(i, called, &length, &verbosity, &type, &choices, NULL,
                            &about_length, &binding, &scope) != MPI_SUCCESS ||
        strcmp(called, name) != 0 ||
        MPI_T_cvar_handle_alloc(i, NULL, &handle, &count) != MPI_SUCCESS)
        return 0;
    read_value(handle, type, count, value);
    MPI_T_cvar_handle_free(&handle);
    return 1;
}

void ask_mpi(const char *name, char value[VALUE_LENGTH])
{
    int provided, n = 0;
    value[0] = '\0';
    if (MPI_T_init_thread(MPI_THREAD_SINGLE, &provided) != MPI_SUCCESS)
        return;
    MPI_T_cvar_get_num(&n);
    for (int i = 0; i < n && !value_at(i, name, value); i++)
        ;
    MPI_T_finalize();
}

void look_io(MPI_Comm comm, const cyt_doctor_params *params, finding *f)
{
    char io[VALUE_LENGTH], fcoll[VALUE_LENGTH];
    (void)comm;
    (void)params;
    ask_mpi("io", io);
    ask_mpi("fcoll", fcoll);
    find_fine(f, "io %.64s, fcoll %.64s", *io ? io : "ompio (default)",
              *fcoll ? fcoll : "chosen by MPI itself");
    if (*fcoll && strcmp(fcoll, "individual") != 0)
        find_ill(f, DOUBT, "unset OMPI_MCA_fcoll, or set it to individual",
                 "collective writes go through fcoll %.64s, which may lose the error "
                 "of a full disk; the program would choose individual",
                 fcoll);
}
