// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/whole_file.h"

#include "cytotaxis/folder.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/strbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

cyt_code cyt_whole_begin(const char *path, cyt_whole_owner owner, cyt_whole_file *f,
                         cyt_error *err)
{
    cyt_strbuf part = {0};
    *f = (cyt_whole_file){.path = cyt_strdup(path, err)};
    if (owner == CYT_WHOLE_SHARED)
        cyt_strbuf_add(&part, err, "%s.%ld.part", path, (long)getpid());
    else
        cyt_strbuf_add(&part, err, "%s.part", path);
    f->part = cyt_strbuf_take(&part, err);
    if (err->code != CYT_OK)
        return err->code;
    f->file = cyt_file_new(f->part);
    if (!f->file)
        return CYT_FAIL(err, CYT_ERR_CREATE, NULL,
                        "%s cannot be created: %s; check the folder and its "
                        "permissions",
                        f->part, strerror(errno));
    return CYT_OK;
}

void cyt_whole_put(cyt_whole_file *f, const void *bytes, size_t n)
{
    if (n > 0 && !ferror(f->file))
        (void)!fwrite(bytes, 1, n, f->file);
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
            code = CYT_FAIL(err, CYT_ERR_IO, NULL,
                            "%s cannot be written: %s; look for a full disk or a quota",
                            f->part, strerror(errno));
        if (code == CYT_OK && rename(f->part, f->path) != 0)
            code = CYT_FAIL(err, CYT_ERR_CREATE, NULL,
                            "%s cannot be created: %s; name another file", f->path,
                            strerror(errno));
        if (code != CYT_OK)
            remove(f->part);
    }
    free(f->path);
    free(f->part);
    *f = (cyt_whole_file){0};
    return code;
}

cyt_code cyt_whole_write(const char *path, cyt_whole_owner owner, const void *bytes,
                         size_t n, cyt_error *err)
{
    cyt_whole_file file;
    const cyt_code code = cyt_whole_begin(path, owner, &file, err);
    if (code == CYT_OK)
        cyt_whole_put(&file, bytes, n);
    return cyt_whole_end(&file, code, err);
}
