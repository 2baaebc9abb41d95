// SPDX-License-Identifier: BSD-3-Clause
#include "bench_points.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"

#include <stdio.h>
#include <string.h>

enum { ID_WIDTH = 12 }; /* cell_0000000 */

static cyt_code read_part(FILE *f, long at, size_t n, size_t size, void *to,
                          cyt_error *err)
{
    if (fseek(f, at, SEEK_SET) == 0 && fread(to, size, n, f) == n)
        return CYT_OK;
    return CYT_FAIL(err, CYT_ERR_IO, NULL, "the file of points ends at once");
}

static cyt_code make_room(cyt_rows *rows, size_t n, cyt_error *err)
{
    rows->n = n;
    rows->x = cyt_alloc(n, sizeof *rows->x, "x", err);
    rows->y = cyt_alloc(n, sizeof *rows->y, "y", err);
    rows->type = cyt_alloc(n, sizeof *rows->type, "types", err);
    rows->index = cyt_alloc(n, sizeof *rows->index, "input order", err);
    rows->place = cyt_alloc(n, sizeof *rows->place, "places", err);
    rows->id_start = cyt_alloc(n + 1, sizeof *rows->id_start, "ids", err);
    rows->id_text = cyt_alloc(n + 1, ID_WIDTH, "ids", err);
    return err->code;
}

/* Names as a file would give them; types are named by their numbers. */
static cyt_code name_rows(cyt_rows *rows, uint64_t first, uint64_t n_types,
                          cyt_error *err)
{
    cyt_code code = CYT_OK;
    char name[24];
    for (uint64_t t = 0; t < n_types; t++) {
        const int length = snprintf(name, sizeof name, "type %02u", (unsigned)t);
        CYT_TRY(cyt_names_add(&rows->labels, name, (size_t)length, err));
    }
    for (size_t i = 0; i < rows->n; i++) {
        rows->index[i] = rows->place[i] = first + i;
        rows->id_start[i] = ID_WIDTH * i;
        snprintf(name, sizeof name, "cell_%07u", (unsigned)(first + i) % 10000000);
        memcpy(rows->id_text + ID_WIDTH * i, name, ID_WIDTH);
    }
    rows->id_start[rows->n] = ID_WIDTH * rows->n;
done:
    return code;
}

static cyt_code read_share(FILE *f, int rank, int size, cyt_rows *rows, cyt_error *err)
{
    cyt_code code = CYT_OK;
    uint64_t head[2];
    CYT_TRY(read_part(f, 0, 2, sizeof *head, head, err));
    const long n = (long)head[0], first = n * rank / size;
    const size_t mine = (size_t)(n * (rank + 1) / size - first);
    CYT_TRY(make_room(rows, mine, err));
    CYT_TRY(read_part(f, 16 + 8 * first, mine, sizeof *rows->x, rows->x, err));
    CYT_TRY(read_part(f, 16 + 8 * (n + first), mine, sizeof *rows->y, rows->y, err));
    CYT_TRY(read_part(f, 16 + 16 * n + 2 * first, mine, sizeof *rows->type, rows->type,
                      err));
    CYT_TRY(name_rows(rows, (uint64_t)first, head[1], err));
done:
    return code;
}

cyt_code bench_points_read(MPI_Comm comm, const char *path, cyt_rows *rows,
                           cyt_error *err)
{
    cyt_code code = CYT_OK;
    FILE *f = fopen(path, "rb");
    if (!f) {
        code = CYT_FAIL(err, CYT_ERR_NO_INPUT, NULL, "cannot open %s", path);
    } else {
        code = read_share(f, cyt_comm_rank(comm), cyt_comm_size(comm), rows, err);
        fclose(f);
    }
    return cyt_agree(comm, code, err);
}
