/**
 * @file store_settings.h
 * @brief How files are written, as the user wishes: hints for MPI-IO, and a look back.
 *
 * The wishes hang on a communicator, as an attribute of it, and hold for every store
 * that is created over it (store.h). Neither changes a byte of what is written.
 */
#ifndef CYT_STORE_SETTINGS_H
#define CYT_STORE_SETTINGS_H

#include "cytotaxis/status.h"

#include <stddef.h>

#include <mpi.h>

enum { CYT_MOST_HINTS = 16 };

/** `{0}`: no hints, no look back. */
typedef struct cyt_store_settings {
    /** After a file is closed, and before it gets its final name, open it again, read
     *  all datasets and compare their digests with those of what was to be written. A
     *  difference is CYT_ERR_IO and names the dataset. Costs about as much as reading
     *  the file. */
    int verify;
    size_t n_hints;
    /** "key=value", for MPI_Info; what the MPI library does not know it passes over.
     *  Borrowed. */
    const char *hints[CYT_MOST_HINTS];
} cyt_store_settings;

/** Is @p text a hint? @return CYT_OK; CYT_ERR_USAGE with what is wrong. Not collective.
 */
CYT_NODISCARD cyt_code cyt_store_hint_check(const char *text, cyt_error *err);

/** For stores created over @p comm from here on; borrowed until it is replaced; NULL:
 *  none. Not collective, but the same on all ranks. */
void cyt_store_settings_attach(MPI_Comm comm, const cyt_store_settings *settings);

#endif
