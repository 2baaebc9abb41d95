/**
 * @file options_slip.h
 * @brief Words that are no verb or no option: one sentence, with what may have been
 * meant.
 */
#ifndef CYT_OPTIONS_SLIP_H
#define CYT_OPTIONS_SLIP_H

#include "options_table.h"

#include "cytotaxis/status.h"

/** @return CYT_ERR_USAGE, or CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code options_unknown_verb(const char *word, cyt_error *err);

/** @param v  the verb that @p word follows; NULL: none
 *  @return CYT_ERR_USAGE, or CYT_ERR_MEMORY */
CYT_NODISCARD cyt_code options_unknown(const char *word, const verb_row *v,
                                       cyt_error *err);

#endif
