// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/slide_file.h"

#include "cytotaxis/comm.h"

#include <stdio.h>
#include <string.h>

cyt_code cyt_fields_create(MPI_Comm comm, const char *path, const cyt_slide *slide,
                           cyt_compression compression, cyt_fields *fields,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    *fields = (cyt_fields){.slide = slide};
    CYT_TRY(cyt_store_create(comm, path, &fields->store, err));
    CYT_TRY(cyt_nxdata_begin(fields->store, &slide->grid, compression, "distance_um",
                             &fields->nx, err));
done:
    return code;
}

/* The name as a link: what cannot stand in a path becomes '_'. */
static void link_of(const char *name, char *link, size_t size)
{
    snprintf(link, size, "%s", name);
    for (char *c = link; *c; c++)
        *c = *c == '/' ? '_' : *c;
    if (strcmp(link, ".") == 0 || strcmp(link, "..") == 0)
        snprintf(link, size, "_");
}

static cyt_code make_group(cyt_fields *f, const char *path, const char *signal,
                           cyt_error *err)
{
    if (cyt_names_find(&f->groups, path) != CYT_NO_NAME)
        return CYT_OK;
    const cyt_code code = cyt_nxdata_group(&f->nx, path, signal, err);
    return code == CYT_OK ? cyt_names_add(&f->groups, path, strlen(path), err) : code;
}

cyt_code cyt_fields_write(MPI_Comm comm, cyt_fields *fields, const cyt_field_info *info,
                          const float *rows, cyt_error *err)
{
    cyt_code code = CYT_OK;
    char link[512], part[512], group[1100], path[1700];
    (void)comm;
    link_of(info->name, link, sizeof link);
    snprintf(group, sizeof group, "/%s", info->set);
    CYT_TRY(make_group(fields, group, info->part ? NULL : link, err));
    if (info->part) {
        link_of(info->part, part, sizeof part);
        snprintf(group, sizeof group, "/%s/%s", info->set, part);
        CYT_TRY(make_group(fields, group, link, err));
    }
    snprintf(path, sizeof path, "%s/%s", group, link);
    const cyt_raster_info raster = {CYT_STORE_F32, info->units, info->long_name,
                                    info->name};
    CYT_TRY(cyt_nxdata_raster(&fields->nx, path, &raster,
                              cyt_slide_first_row(fields->slide),
                              cyt_slide_n_rows(fields->slide), rows, err));
done:
    return code;
}

cyt_code cyt_fields_close(MPI_Comm comm, cyt_fields *fields, int keep,
                          cyt_names *digests, cyt_error *err)
{
    cyt_code code = cyt_nxdata_end(&fields->nx, err);
    if (code == CYT_OK && keep && digests)
        code = cyt_store_take_digests(fields->store, digests, err);
    code = cyt_agree(comm, code, err);
    const cyt_code closed =
        cyt_store_close(&fields->store, keep && code == CYT_OK, err);
    cyt_names_free(&fields->groups);
    *fields = (cyt_fields){0};
    return code == CYT_OK ? closed : code;
}
