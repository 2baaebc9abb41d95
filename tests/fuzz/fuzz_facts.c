// SPDX-License-Identifier: BSD-3-Clause
/* Files of facts that instruments put beside their tables: single members of JSON. */
#include "fuzz_file.h"

#include "read/text/json_facts.h"

#include <math.h>

enum { ROOM = 16 };

static fuzz_file file;

static void look_up(const char *path, const char *key)
{
    char word[ROOM];
    double number = 0;
    cyt_fact kind;
    cyt_error err = {0};
    const cyt_code code =
        cyt_json_fact(path, "facts.json", "S", key, &kind, word, ROOM, &number, &err);
    MUST(code == err.code && (code == CYT_OK || code == CYT_ERR_DATA));
    MUST(strlen(word) < ROOM);
    if (code != CYT_OK)
        check_sentence(err.text);
    else if (kind == CYT_FACT_NUMBER)
        MUST(*word); /* NaN and Infinity are numbers as Python writes them */
    else
        MUST(isnan(number) && (kind == CYT_FACT_WORD || !*word));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const keys[] = {"pixel_size", "spot_diameter_fullres", "", "é"};
    const char *path = fuzz_file_hold(&file, data, size);
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        look_up(path, keys[k]);
    return 0;
}
