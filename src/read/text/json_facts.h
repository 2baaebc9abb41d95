/**
 * @file json_facts.h
 * @brief Single facts out of a small JSON file: the members of its outermost object.
 *
 * Instruments put a file of facts beside their tables (experiment.xenium,
 * scalefactors_json.json). One member is asked for at a time and the file is read as a
 * stream each time: they are a few kilobytes, or megabytes of what nobody asked for.
 * Serial.
 */
#ifndef CYT_JSON_FACTS_H
#define CYT_JSON_FACTS_H

#include "cytotaxis/status.h"

#include <stddef.h>

typedef enum cyt_fact {
    CYT_FACT_NONE,   /**< no such member, or null */
    CYT_FACT_NUMBER, /**< word and number are filled */
    CYT_FACT_WORD,   /**< a text: word is filled, cut to its room */
    CYT_FACT_OTHER,  /**< true, false, a list or an object */
} cyt_fact;

/**
 * Look up @p key in the object that the file is.
 *
 * @param shown   the file as messages name it
 * @param word    [out] [room] the text, or the digits of the number; "" otherwise
 * @param number  [out] NaN where it is none
 * @return CYT_OK; CYT_ERR_NO_INPUT; CYT_ERR_DATA with line and column
 */
CYT_NODISCARD cyt_code cyt_json_fact(const char *path, const char *shown,
                                     const char *sample, const char *key,
                                     cyt_fact *kind, char *word, size_t room,
                                     double *number, cyt_error *err);

#endif
