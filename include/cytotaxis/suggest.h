/**
 * @file suggest.h
 * @brief "Did you mean ...?": the name nearest to a misspelt one.
 *
 * Distance: the fewest insertions, deletions, replacements and swaps of neighbouring
 * letters (optimal string alignment), upper and lower case being equal. Case-blind
 * comparison of ASCII letters only; other bytes count as they are.
 * Reference: Damerau 1964, doi:10.1145/363958.363994.
 */
#ifndef CYT_SUGGEST_H
#define CYT_SUGGEST_H

#include "cytotaxis/names.h"

/** The name nearest to @p word, the first of equals; NULL when none is close: more than
 *  a third of the longer word's letters would have to change. Borrowed from @p names.
 */
const char *cyt_nearest_name(const char *word, const cyt_names *names);

#endif
