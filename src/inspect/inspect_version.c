// SPDX-License-Identifier: BSD-3-Clause
/* Which software wrote the folder of an instrument, as far as it says so. */
#include "inspect/inspect_slide.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

/* --- Xenium ----------------------------------------------------------------------- */

/* The word of experiment.xenium, "" where there is none. */
static void experiment_word(const char *folder, const char *key, char *word,
                            size_t room)
{
    char path[4096];
    const int n = snprintf(path, sizeof path, "%s/experiment.xenium", folder);
    json_t *root =
        n > 0 && (size_t)n < sizeof path ? json_load_file(path, 0, NULL) : NULL;
    const char *value = json_string_value(json_object_get(root, key));
    snprintf(word, room, "%s", value ? value : "");
    json_decref(root);
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
    char word[64];
    experiment_word(s->sample.data.path, "analysis_sw_version", word, sizeof word);
    if (*word)
        snprintf(version, room, "written by %s", word);
    else
        snprintf(version, room, "of Xenium Onboard Analysis %s, by its cell ids",
                 has_numbered_cells(&s->rows) ? "before 1.3" : "1.3 or later");
}

/* --- all -------------------------------------------------------------------------- */

void cyt_inspect_version(const cyt_inspect_slide *s, char *version, size_t room)
{
    const char *format = s->recipe ? s->recipe->format : "";
    *version = '\0';
    if (strcmp(format, "xenium") == 0)
        tell_xenium(s, version, room);
    else if (strcmp(format, "cosmx") == 0)
        snprintf(version, room, "%s",
                 cyt_inspect_has(s, "FOV") ? "of AtoMx 1.3.2 or later (column FOV)"
                                           : "of before AtoMx 1.3.2 (column fov)");
    else if (strcmp(format, "merscope") == 0)
        snprintf(version, room, "cells named by %s",
                 cyt_inspect_has(s, "EntityID") ? "EntityID" : "the first column");
}
