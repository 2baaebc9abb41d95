/** @file fuzz.h  What all targets share: the entry, and what must hold or the run ends.
 */
#ifndef CYT_FUZZ_H
#define CYT_FUZZ_H

#include "cytotaxis/problems.h"
#include "cytotaxis/status.h"
#include "cytotaxis/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                \
    do {                                                                               \
        if (!(condition)) {                                                            \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
            abort();                                                                   \
        }                                                                              \
    } while (0)

/** One line of printable UTF-8, not just a word. */
static inline void check_sentence(const char *text)
{
    MUST(strlen(text) > 5 && cyt_text_valid(text, strlen(text)));
    for (const char *c = text; *c; c++)
        MUST((unsigned char)*c >= 0x20 && *c != 0x7F);
}

static inline void check_problems(const cyt_problems *problems)
{
    for (size_t i = 0; i < problems->n; i++) {
        MUST(problems->item[i].code != CYT_OK);
        check_sentence(problems->item[i].text);
    }
}

#endif
