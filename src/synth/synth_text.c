// SPDX-License-Identifier: BSD-3-Clause
/* The text files of a cohort. Each is closed with a check of everything written to it,
 * and removed if that fails. */
#include "synth_parts.h"

#include "cytotaxis/fault.h"
#include "cytotaxis/folder.h"
#include "cytotaxis/number.h"
#include "cytotaxis/strbuf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t write_whole(uint64_t value, char *text)
{
    char back[20];
    size_t n = 0;
    do {
        back[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (size_t i = 0; i < n; i++)
        text[i] = back[n - 1 - i];
    return n;
}

/* 1/64 has six decimals, so the exact text is short; a shorter one would be off by 1e-6
 * or more, which no double of this size takes for the same. */
size_t synth_place_text(int32_t place, char *text)
{
    const uint32_t millionths = 1000000 / SYNTH_STEPS_PER_UM;
    size_t n = write_whole((uint64_t)place / SYNTH_STEPS_PER_UM, text);
    uint32_t rest = (uint32_t)place % SYNTH_STEPS_PER_UM * millionths;
    if (rest == 0)
        return n;
    text[n++] = '.';
    for (uint32_t unit = 100000; rest > 0; unit /= 10) {
        text[n++] = (char)('0' + rest / unit);
        rest %= unit;
    }
    return n;
}

size_t synth_cell_id(size_t i, char *text)
{
    text[0] = 'c';
    return 1 + write_whole(i + 1, text + 1);
}

/* --- files ------------------------------------------------------------------------ */

char *synth_path(const cyt_synth_params *params, const char *folder, const char *name,
                 const char *ending, cyt_error *err)
{
    cyt_strbuf path = {0};
    cyt_strbuf_add(&path, err, "%s/%s%s%s", params->out, folder, name, ending);
    return cyt_strbuf_take(&path, err);
}

static FILE *open_text(const char *path, cyt_error *err)
{
    FILE *file = cyt_file_new(path);
    if (!file)
        CYT_FAIL(err, CYT_ERR_CREATE, path, "%s: cannot be created (%s)", path,
                 strerror(errno));
    return file;
}

static cyt_code close_text(FILE *file, const char *path, cyt_error *err)
{
    errno = 0;
    int bad = ferror(file);
    bad = fflush(file) != 0 || bad;
    int why = errno;
    if (fclose(file) != 0) { /* a network file system may tell only now */
        why = why ? why : errno;
        bad = 1;
    }
    if (CYT_FAULT("synth.write"))
        bad = 1;
    if (!bad)
        return CYT_OK;
    remove(path);
    return CYT_FAIL(err, CYT_ERR_IO, path, "%s: writing failed (%s); is the disk full?",
                    path, why ? strerror(why) : "no reason given");
}

cyt_code synth_save_text(const cyt_synth_params *params, const char *name,
                         cyt_strbuf *text, cyt_error *err)
{
    cyt_code code = CYT_OK;
    FILE *file = NULL;
    char *path = synth_path(params, "", name, "", err);
    CYT_TRY(err->code);
    file = open_text(path, err);
    CYT_TRY(err->code);
    fwrite(text->text, 1, text->n, file);
    CYT_TRY(close_text(file, path, err));
done:
    free(path);
    cyt_strbuf_free(text);
    return code;
}

/* --- folders ---------------------------------------------------------------------- */

static cyt_code make_empty_folder(const char *path, cyt_error *err)
{
    const cyt_code code = cyt_folder_make(path, err);
    if (code != CYT_OK || cyt_folder_is_empty(path))
        return code;
    return CYT_FAIL(err, CYT_ERR_CREATE, NULL,
                    "%s: the folder is not empty; name a new one or empty it", path);
}

cyt_code synth_folders(const cyt_synth_params *params, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char *slides = NULL;
    CYT_TRY(make_empty_folder(params->out, err));
    slides = synth_path(params, "slides", "", "", err);
    CYT_TRY(err->code);
    CYT_TRY(make_empty_folder(slides, err));
done:
    free(slides);
    return code;
}

/* --- one slide -------------------------------------------------------------------- */

/* One line, of which all but the numbers is short; returns its length. */
static size_t cell_line(const synth_cells *c, size_t i, char *line)
{
    const char *type = synth_type_names[c->type[i]];
    size_t n = synth_cell_id(i, line);
    line[n++] = ',';
    n += synth_place_text(c->x[i], line + n);
    line[n++] = ',';
    n += synth_place_text(c->y[i], line + n);
    line[n++] = ',';
    memcpy(line + n, type, strlen(type));
    n += strlen(type);
    line[n++] = ',';
    n += write_whole(c->ligand[i], line + n);
    line[n++] = ',';
    n += write_whole(c->receptor[i], line + n);
    line[n++] = '\n';
    return n;
}

cyt_code synth_write_csv(const synth_slide *slide, cyt_error *err)
{
    cyt_code code = CYT_OK;
    FILE *file = NULL;
    char *path = synth_path(slide->params, "slides/", slide->sample, ".csv", err);
    CYT_TRY(err->code);
    file = open_text(path, err);
    CYT_TRY(err->code);
    fputs("cell_id,x,y,cell_type,CXCL12,CXCR4\n", file);
    for (size_t i = 0; i < slide->cells.n; i++) {
        char line[8 * CYT_NUMBER_SIZE];
        fwrite(line, 1, cell_line(&slide->cells, i, line), file);
    }
    CYT_TRY(close_text(file, path, err));
done:
    free(path);
    return code;
}
