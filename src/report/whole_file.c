// SPDX-License-Identifier: BSD-3-Clause
#include "report/whole_file.h"

#include "cytotaxis/fault.h"
#include "cytotaxis/folder.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

cyt_code cyt_whole_begin(const char *path, cyt_whole_file *f, cyt_error *err)
{
    cyt_strbuf part = {0};
    *f = (cyt_whole_file){.path = cyt_strdup(path, err)};
    cyt_strbuf_add(&part, err, "%s.part", path);
    f->part = cyt_strbuf_take(&part, err);
    if (err->code != CYT_OK)
        return err->code;
    if (CYT_FAULT("report.file"))
        return CYT_FAIL(err, CYT_ERR_CREATE, NULL, "fault injected");
    f->file = cyt_file_new(f->part);
    if (!f->file)
        return CYT_FAIL(err, CYT_ERR_CREATE, NULL, "%s cannot be created: %s", f->part,
                        strerror(errno));
    return CYT_OK;
}

void cyt_whole_put(cyt_whole_file *f, const char *text, size_t n)
{
    if (n > 0 && !ferror(f->file))
        (void)!fwrite(text, 1, n, f->file);
}

/* Close; 0 when all was written. */
static int close_file(cyt_whole_file *f)
{
    const int failed = ferror(f->file) | fflush(f->file);
    const int why = errno;
    const int closed = fclose(f->file);
    errno = failed ? why : errno;
    return failed || closed;
}

cyt_code cyt_whole_end(cyt_whole_file *f, cyt_code code, cyt_error *err)
{
    if (f->file) {
        if (close_file(f) != 0 && code == CYT_OK)
            code = CYT_FAIL(err, CYT_ERR_IO, NULL, "%s cannot be written: %s", f->part,
                            strerror(errno));
        if (code == CYT_OK && rename(f->part, f->path) != 0)
            code = CYT_FAIL(err, CYT_ERR_CREATE, NULL, "%s cannot be created: %s",
                            f->path, strerror(errno));
        if (code != CYT_OK)
            remove(f->part);
    }
    free(f->path);
    free(f->part);
    *f = (cyt_whole_file){0};
    return code;
}
