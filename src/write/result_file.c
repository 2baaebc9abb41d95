// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/result_file.h"

#include "cytotaxis/anndata.h"
#include "cytotaxis/comm.h"
#include "cytotaxis/strbuf.h"

cyt_code cyt_result_table_write(MPI_Comm comm, const cyt_result_table *t,
                                cyt_store *store, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_frame frame = {0};
    cyt_strbuf path = {0};
    cyt_strbuf_add(&path, err, "/uns/%s", t->name);
    CYT_TRY(cyt_agree(comm, err->code, err));
    CYT_TRY(cyt_frame_begin_whole(store, path.text, t->index.n, &frame, err));
    CYT_TRY(cyt_frame_index_names(&frame, &t->index, err));
    for (size_t k = 0; k < t->n_columns; k++) {
        const cyt_result_column *c = &t->column[k];
        CYT_TRY(c->is_text ? cyt_frame_names(&frame, c->name, &c->text, err)
                           : cyt_frame_numbers(&frame, c->name, CYT_STORE_F64,
                                               c->number, err));
    }
done:
    code = cyt_frame_leave(&frame, code, err);
    cyt_strbuf_free(&path);
    return code;
}
