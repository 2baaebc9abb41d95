/**
 * @file inputs.h
 * @brief What run, check and plan begin with: samplesheet and config, read and checked.
 */
#ifndef CYT_INPUTS_H
#define CYT_INPUTS_H

#include "options.h"

#include "cytotaxis/config.h"
#include "cytotaxis/names.h"
#include "cytotaxis/samplesheet.h"
#include "cytotaxis/status.h"

#include <mpi.h>

typedef struct inputs {
    cyt_samplesheet sheet; /**< what --only names of it */
    size_t n_in_sheet;     /**< before --only */
    cyt_config config;
} inputs;

/** Every rank reads the two small texts; rank 0 also opens the files and lists what is
 *  wrong. Problems become one error for all. Collective.
 *  @param in [out] zero before; released with inputs_free(), also after a failure */
CYT_NODISCARD cyt_code inputs_check(MPI_Comm world, const options *opt, inputs *in,
                                    cyt_error *err);
void inputs_free(inputs *in);

/** The words of a list with commas, each once, sorted. */
CYT_NODISCARD cyt_code inputs_split(const char *list, cyt_names *words, cyt_error *err);

#endif
