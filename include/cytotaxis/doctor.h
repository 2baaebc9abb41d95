/**
 * @file doctor.h
 * @brief Is this machine fit for a run? Launcher, MPI, cores, file system, HDF5: each
 * tried, and each complaint with its cure.
 *
 * A finding is fine, a doubt (results stay right; something is slow, or other programs
 * will have trouble) or broken (a run would fail). Every rank looks for itself and the
 * worst is told, with the lowest rank that found it.
 */
#ifndef CYT_DOCTOR_H
#define CYT_DOCTOR_H

#include "cytotaxis/status.h"

#include <mpi.h>

typedef struct cyt_doctor_params {
    const char
        *folder;  /**< where results would go: must exist, the same on all ranks */
    long n_tasks; /**< ranks that the launcher says it has started; 1: alone */
} cyt_doctor_params;

/**
 * Collective over @p comm; the code returned is the same on all ranks. Some small files
 * come and go in the folder.
 *
 * @param text  [out] the findings, for people; free(). NULL when memory failed
 * @return CYT_OK, also with doubts; CYT_ERR_ENVIRONMENT when something is broken;
 *         CYT_ERR_MEMORY
 */
CYT_NODISCARD cyt_code cyt_doctor(MPI_Comm comm, const cyt_doctor_params *params,
                                  char **text, cyt_error *err);

#endif
