// SPDX-License-Identifier: BSD-3-Clause
/* Which software wrote the folder of an instrument, as far as it says so. */
#include "inspect/inspect_slide.h"
#include "read/text/json_facts.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* --- Xenium ----------------------------------------------------------------------- */

/* The word of experiment.xenium, "" where there is none. */
static cyt_fact experiment_word(const cyt_inspect_slide *s, const char *key, char *word,
                                size_t room)
{
    char path[4096];
    cyt_fact kind = CYT_FACT_NONE;
    cyt_error ignored = {0};
    double number;
    *word = '\0';
    const int n = snprintf(path, sizeof path, "%s/experiment.xenium", s->parts.folder);
    if (n > 0 && (size_t)n < sizeof path)
        (void)!cyt_json_fact(path, path, "", key, &kind, word, room, &number, &ignored);
    return kind;
}

/* Ids were numbers until version 1.3. */
static int has_numbered_cells(const cyt_rows *rows)
{
    const size_t n = rows->n > 0 ? rows->id_start[1] : 0;
    for (size_t i = 0; i < n; i++)
        if (!isdigit((unsigned char)rows->id_text[i]))
            return 0;
    return n > 0;
}

static void tell_xenium(const cyt_inspect_slide *s, char *version, size_t room)
{
    char word[64], again[64];
    experiment_word(s, "analysis_sw_version", word, sizeof word);
    const int is_again =
        experiment_word(s, "xenium_ranger", again, sizeof again) != CYT_FACT_NONE;
    if (*word)
        snprintf(version, room, "written by %s%s", word,
                 is_again ? ", segmented again by Xenium Ranger" : "");
    else
        snprintf(version, room, "of Xenium Onboard Analysis %s, by its cell ids",
                 has_numbered_cells(&s->rows) ? "before 1.3" : "1.3 or later");
}

/* --- all -------------------------------------------------------------------------- */

void cyt_inspect_version(const cyt_inspect_slide *s, char *version, size_t room)
{
    const char *format = s->recipe ? s->recipe->format : "";
    *version = '\0';
    if (strcmp(format, "xenium") == 0 && s->parts.folder)
        tell_xenium(s, version, room);
    else if (strcmp(format, "cosmx") == 0)
        snprintf(version, room, "%s",
                 cyt_inspect_has(s, "FOV") ? "of AtoMx 1.3.2 or later (column FOV)"
                                           : "of before AtoMx 1.3.2 (column fov)");
    else if (strcmp(format, "merscope") == 0)
        snprintf(version, room, "cells named by %s",
                 cyt_inspect_has(s, "EntityID") ? "EntityID" : "the first column");
}
