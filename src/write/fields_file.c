// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/slide_file.h"

#include "store_impl.h"

#include "cytotaxis/comm.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { N_AXES = 2 };

static const char *const set_words[CYT_FIELD_SETS] = {"distance_um", "density",
                                                      "signal"};

cyt_code cyt_fields_create(MPI_Comm comm, const char *path, const cyt_slide *slide,
                           cyt_compression compression, cyt_fields *fields,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    *fields = (cyt_fields){.slide = slide};
    CYT_TRY(cyt_store_create(comm, path, &fields->store, err));
    CYT_TRY(cyt_nxdata_begin(fields->store, &slide->grid, compression, set_words[0],
                             &fields->nx, err));
done:
    return code;
}

static cyt_field_set *set_called(cyt_fields *fields, const char *word)
{
    size_t k = 0;
    while (k < CYT_FIELD_SETS && strcmp(set_words[k], word) != 0)
        k++;
    assert(k < CYT_FIELD_SETS);
    return &fields->sets[k];
}

/* Where a raster goes. */
typedef struct place {
    char *set, *group, *raster; /* paths; group is NULL when the set holds the raster */
    const char *link;           /* of the raster */
    int is_new_set, is_new_group;
} place;

static void free_place(place *p)
{
    free(p->set);
    free(p->group);
    free(p->raster);
}

/* Position of a name in its set; a new one gets a link. The links begin with those of
 * the axes, which stand beside the rasters. */
static cyt_code find_link(cyt_field_set *set, const char *name, size_t *at,
                          cyt_error *err)
{
    static const char *const axes[N_AXES] = {"x", "y"};
    cyt_code code = CYT_OK;
    for (size_t k = set->links.n; k < N_AXES; k++)
        CYT_TRY(cyt_names_add(&set->links, axes[k], strlen(axes[k]), err));
    *at = cyt_names_find(&set->names, name);
    if (*at != CYT_NO_NAME)
        return CYT_OK;
    *at = set->names.n;
    CYT_TRY(cyt_names_add(&set->names, name, strlen(name), err));
    CYT_TRY(cyt_store_link_name(name, &set->links, err));
done:
    return code;
}

static cyt_code find_place(cyt_fields *fields, const cyt_field_info *info, place *p,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    size_t at;
    const char *link;
    cyt_field_set *set = set_called(fields, info->set);
    const size_t n_before = set->names.n;
    CYT_TRY(find_link(set, info->part ? info->part : info->name, &at, err));
    link = set->links.name[N_AXES + at];
    p->is_new_set = set->names.n == 1 && n_before == 0;
    p->is_new_group = info->part && set->names.n > n_before;
    p->link = info->part ? info->name : link;
    p->set = cyt_store_join("/", info->set, err);
    if (p->set && info->part)
        p->group = cyt_store_join(p->set, link, err);
    if (err->code == CYT_OK)
        p->raster = cyt_store_join(p->group ? p->group : p->set, p->link, err);
    code = err->code;
done:
    return code;
}

cyt_code cyt_fields_write(MPI_Comm comm, cyt_fields *fields, const cyt_field_info *info,
                          const float *rows, cyt_error *err)
{
    cyt_code code = CYT_OK;
    place p = {0};
    const cyt_raster_info raster = {CYT_STORE_F32, info->units, info->long_name,
                                    info->name};
    CYT_TRY(cyt_agree(comm, find_place(fields, info, &p, err), err));
    if (p.is_new_set)
        CYT_TRY(cyt_nxdata_group(&fields->nx, p.set, info->part ? NULL : p.link, err));
    if (p.is_new_group)
        CYT_TRY(cyt_nxdata_group(&fields->nx, p.group, p.link, err));
    CYT_TRY(cyt_nxdata_raster(&fields->nx, p.raster, &raster,
                              cyt_slide_first_row(fields->slide),
                              cyt_slide_n_rows(fields->slide), rows, err));
done:
    free_place(&p);
    return code;
}

cyt_code cyt_fields_write_plain(cyt_fields *fields, const char *path,
                                const cyt_raster_info *info, const cyt_names *labels,
                                const void *rows, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(cyt_nxdata_raster(&fields->nx, path, info,
                              cyt_slide_first_row(fields->slide),
                              cyt_slide_n_rows(fields->slide), rows, err));
    if (labels)
        CYT_TRY(cyt_store_attr_texts(fields->store, path, "labels", labels, err));
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
    for (size_t k = 0; k < CYT_FIELD_SETS; k++) {
        cyt_names_free(&fields->sets[k].names);
        cyt_names_free(&fields->sets[k].links);
    }
    *fields = (cyt_fields){0};
    return code == CYT_OK ? closed : code;
}
