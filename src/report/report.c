// SPDX-License-Identifier: BSD-3-Clause
#include "cytotaxis/report.h"

#include "report/report_parts.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/fault.h"
#include "cytotaxis/folder.h"
#include "cytotaxis/mem.h"
#include "cytotaxis/meter.h"
#include "cytotaxis/strip.h"
#include "cytotaxis/whole_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int cyt_file_is_there(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

/* --- slides, by all ranks --------------------------------------------------------- */

/* Rank 0 reads, then those others that get slides; @p n: how many these are. */
static cyt_code read_results(MPI_Comm world, const char *out, cyt_report_data *d,
                             uint64_t *n, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const int rank = cyt_comm_rank(world);
    if (CYT_FAULT("report.read"))
        code = CYT_FAIL(err, CYT_ERR_IO, NULL, "fault injected");
    if (rank == 0 && code == CYT_OK)
        code = cyt_report_data_read(out, d, err);
    CYT_TRY(cyt_agree(world, code, err));
    *n = d->n_slides;
    cyt_bcast(n, 1, MPI_UINT64_T, 0, world);
    if (rank > 0 && (uint64_t)rank < *n)
        code = cyt_report_data_read(out, d, err);
    code = cyt_agree(world, code, err);
done:
    return code;
}

/* The slides of this rank, in order. */
static cyt_code draw_slides(MPI_Comm world, const cyt_report_data *d, uint64_t n,
                            cyt_strbuf *html, cyt_error *err)
{
    cyt_code code = CYT_OK;
    const size_t size = (size_t)cyt_comm_size(world),
                 rank = (size_t)cyt_comm_rank(world);
    uint64_t *starts = cyt_alloc(size + 1, sizeof *starts, "slides of ranks", err);
    CYT_TRY(err->code);
    const size_t able = n < size ? (size_t)n : size; /* those that have read */
    cyt_blocks_cut(n, 1, able, starts);
    for (uint64_t s = rank < able ? starts[rank] : n;
         s < (rank < able ? starts[rank + 1] : n); s++)
        CYT_TRY(cyt_gallery_slide(d, (size_t)s, html, err));
done:
    free(starts);
    return code;
}

/* Append what the other ranks wrote, in their order, on rank 0. */
static cyt_code gather(MPI_Comm world, cyt_strbuf *mine, cyt_strbuf *page,
                       cyt_error *err)
{
    cyt_code code = CYT_OK;
    const int rank = cyt_comm_rank(world), size = cyt_comm_size(world);
    const int length = cyt_mpi_count(mine->n, err);
    int *lengths = cyt_alloc((size_t)size, sizeof *lengths, "lengths of texts", err);
    char *text = NULL;
    CYT_TRY(cyt_agree(world, err->code, err));
    cyt_gather(&length, 1, MPI_INT, lengths, 0, world);
    int most = 0;
    for (int r = 0; rank == 0 && r < size; r++)
        most = lengths[r] > most ? lengths[r] : most;
    text = cyt_alloc((size_t)most, 1, "maps of a rank", err);
    CYT_TRY(cyt_agree(world, err->code, err));
    if (rank > 0)
        MPI_Send(mine->text, length, MPI_CHAR, 0, 0, world);
    else
        cyt_strbuf_bytes(page, mine->text ? mine->text : "", mine->n, err);
    for (int r = 1; rank == 0 && r < size; r++) {
        MPI_Recv(text, lengths[r], MPI_CHAR, r, 0, world, MPI_STATUS_IGNORE);
        cyt_strbuf_bytes(page, text, (size_t)lengths[r], err);
    }
    code = cyt_agree(world, err->code, err);
done:
    free(text);
    free(lengths);
    return code;
}

static cyt_code make_gallery(MPI_Comm world, const cyt_report_data *d, uint64_t n,
                             cyt_strbuf *page, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_strbuf mine = {0};
    CYT_TRY(cyt_agree(world, draw_slides(world, d, n, &mine, err), err));
    CYT_TRY(gather(world, &mine, page, err));
done:
    cyt_strbuf_free(&mine);
    return code;
}

/* --- the page, by rank 0 ---------------------------------------------------------- */

static cyt_code write_before(const cyt_report_data *d, cyt_strbuf *page, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_page_begin(page, err);
    CYT_TRY(cyt_section_glance(d, page, err));
    CYT_TRY(cyt_section_composition(d, page, err));
    CYT_TRY(cyt_section_margin(d, page, err));
    CYT_TRY(cyt_section_trap(d, page, err));
    CYT_TRY(cyt_section_tests(d, page, err));
    CYT_TRY(cyt_section_block(d, page, err));
    CYT_TRY(cyt_section_patterns(d, page, err));
    cyt_gallery_begin(d, page, err);
    code = err->code;
done:
    return code;
}

static cyt_code write_after(const cyt_report_data *d, cyt_strbuf *page, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_gallery_end(page, err);
    CYT_TRY(cyt_section_methods(d, page, err));
    CYT_TRY(cyt_section_warnings(d, page, err));
    CYT_TRY(cyt_section_run(d, page, err));
    cyt_page_end(page, err);
    code = err->code;
done:
    return code;
}

static cyt_code make_folders(const char *out, cyt_error *err)
{
    static const char *const folders[] = {"tables", "pictures/report"};
    cyt_code code = CYT_OK;
    for (size_t i = 0; code == CYT_OK && i < 2; i++) {
        char path[CYT_REPORT_PATH];
        snprintf(path, sizeof path, "%s/%s", out, folders[i]);
        code = cyt_folder_make(path, err);
    }
    return code;
}

/* Tables, and the page up to the slides. */
static cyt_code begin(const cyt_report_data *d, cyt_strbuf *page, cyt_error *err)
{
    cyt_code code = CYT_OK;
    CYT_TRY(make_folders(d->out, err));
    CYT_TRY(cyt_tables_write(d, err));
    CYT_TRY(cyt_multiqc_write(d, err));
    CYT_TRY(write_before(d, page, err));
done:
    return code;
}

static cyt_code finish(const cyt_report_data *d, cyt_strbuf *page, cyt_error *err)
{
    char path[CYT_REPORT_PATH];
    snprintf(path, sizeof path, "%s/report.html", d->out);
    const cyt_code code = write_after(d, page, err);
    return code == CYT_OK
               ? cyt_whole_write(path, CYT_WHOLE_MINE, page->text, page->n, err)
               : code;
}

cyt_code cyt_report(MPI_Comm world, const char *out, cyt_error *err)
{
    cyt_code code = CYT_OK;
    cyt_report_data d = {0};
    cyt_strbuf page = {0};
    const int first = cyt_comm_rank(world) == 0;
    uint64_t n = 0;
    CYT_TRY(read_results(world, out, &d, &n, err));
    CYT_TRY(cyt_agree(world, first ? begin(&d, &page, err) : CYT_OK, err));
    CYT_TRY(make_gallery(world, &d, n, &page, err));
    CYT_TRY(cyt_agree(world, first ? finish(&d, &page, err) : CYT_OK, err));
done:
    cyt_strbuf_free(&page);
    cyt_report_data_free(&d);
    return code;
}
