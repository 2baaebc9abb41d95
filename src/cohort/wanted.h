/**
 * @file wanted.h
 * @brief What a run wants of the files of its slides besides cells and types.
 */
#ifndef CYT_WANTED_H
#define CYT_WANTED_H

#include "cytotaxis/config.h"
#include "cytotaxis/names.h"
#include "cytotaxis/status.h"

/** Columns or genes: ligands, and receptors where they split responders, of all
 * signals, genes of patterns, total counts; each once, sorted.
 *  @param columns  [out] cyt_names_free(), also after a failure
 *  @return CYT_OK; CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code cyt_wanted_columns(const cyt_config *config, cyt_names *columns,
                                          cyt_error *err);

/** The one layer that genes are read from; NULL: the main matrix. Borrowed of the
 *  config. */
const char *cyt_wanted_layer(const cyt_config *config);

#endif
