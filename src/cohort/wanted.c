// SPDX-License-Identifier: BSD-3-Clause
#include "cohort/wanted.h"

#include <math.h>
#include <string.h>

static cyt_code add_columns(cyt_names *columns, const cyt_names *more, cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t k = 0; k < more->n && code == CYT_OK; k++)
        code = cyt_names_add(columns, more->name[k], strlen(more->name[k]), err);
    return code;
}

cyt_code cyt_wanted_columns(const cyt_config *config, cyt_names *columns,
                            cyt_error *err)
{
    cyt_code code = CYT_OK;
    for (size_t s = 0; s < config->n_signals; s++)
        CYT_TRY(add_columns(columns, &config->signals[s].ligand, err));
    for (size_t s = 0; s < config->n_signals && !isnan(config->screen.receptor_split);
         s++)
        CYT_TRY(add_columns(columns, &config->signals[s].receptor, err));
    CYT_TRY(add_columns(columns, &config->patterns.genes, err));
    CYT_TRY(add_columns(columns, &config->patterns.bivariate, err));
    CYT_TRY(add_columns(columns, &config->trap.total_counts, err));
    cyt_names_sort(columns);
done:
    return code;
}

const char *cyt_wanted_layer(const cyt_config *config)
{
    return config->patterns.gene_layer ? config->patterns.gene_layer
           : config->n_signals         ? config->signals[0].layer
                                       : NULL;
}
