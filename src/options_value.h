/**
 * @file options_value.h
 * @brief Values of options: text in, number out, or a sentence that says what fits.
 *
 * Each returns CYT_OK or CYT_ERR_USAGE; @p name is the option without its dashes.
 */
#ifndef CYT_OPTIONS_VALUE_H
#define CYT_OPTIONS_VALUE_H

#include "cytotaxis/status.h"

#include <stddef.h>
#include <stdint.h>

/** A whole number of at least @p least. */
CYT_NODISCARD cyt_code options_number(const char *name, const char *text,
                                      uint64_t least, uint64_t *value, cyt_error *err);

/** One of the words @p choices, ended by NULL. */
CYT_NODISCARD cyt_code options_choice(const char *name, const char *text,
                                      const char *const *choices, size_t *which,
                                      cyt_error *err);

/** A time: a number of seconds, or of s, m, h or d, which stands behind it. */
CYT_NODISCARD cyt_code options_duration(const char *name, const char *text,
                                        double *seconds, cyt_error *err);

/** A number of bytes, or of K, M, G or T, powers of 1024 as SLURM counts them. */
CYT_NODISCARD cyt_code options_bytes(const char *name, const char *text, double *bytes,
                                     cyt_error *err);

#endif
