// SPDX-License-Identifier: BSD-3-Clause
/* What the readers make of files, as text for the Python tests.
 *
 *     read_rows < REQUESTS
 *
 * A request is a line of fields parted by tabs: PATH, then KEY=VALUE (format, x, y, id,
 * type, layer, filter_column, filter_value) and +NAME for a value that is wanted. The
 * answer:
 *
 *     row ID X Y LABEL VALUE...     parted by tabs, numbers as %.17g; one per row
 *     found FLAG...                 which of the values the file has
 *     error TEXT | crash SIGNAL | hang
 *     end
 *
 * Control characters in words become "?". Each request is read by a child of its own
 * with a bound on time and memory, so that a file that ends the process ends no other.
 * No rank but this one takes part. */
#include "cytotaxis/cells.h"
#include "cytotaxis/reader.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mpi.h>

enum { LIMIT_S = 20, MAX_VALUES = 4096 };

typedef struct request {
    cyt_source source;
    const char *value[MAX_VALUES];
} request;

static void set_field(request *r, const char *key, const char *value)
{
    cyt_source *s = &r->source;
    const struct {
        const char *key;
        const char **field;
    } known[] = {{"format", &s->format},
                 {"x", &s->x},
                 {"y", &s->y},
                 {"id", &s->id},
                 {"type", &s->type},
                 {"layer", &s->layer},
                 {"filter_column", &s->filter_column},
                 {"filter_value", &s->filter_value}};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (strcmp(key, known[k].key) == 0)
            *known[k].field = value;
}

/* Cuts @p line in place. */
static void parse(char *line, request *r)
{
    *r = (request){.source = {.sample = "S", .value_names = r->value}};
    for (char *field = strtok(line, "\t\n"); field; field = strtok(NULL, "\t\n")) {
        char *equals = strchr(field, '=');
        if (!r->source.path) {
            r->source.path = field;
            r->source.shown_path =
                strrchr(field, '/') ? strrchr(field, '/') + 1 : field;
        } else if (*field == '+' && r->source.n_values < MAX_VALUES) {
            r->value[r->source.n_values++] = field + 1;
        } else if (equals) {
            *equals = '\0';
            set_field(r, field, equals + 1);
        }
    }
}

static void print_word(const char *text, size_t n)
{
    for (size_t k = 0; k < n; k++)
        putchar((unsigned char)text[k] < ' ' ? '?' : text[k]);
}

static void print_rows(const cyt_rows *rows)
{
    for (size_t i = 0; i < rows->n; i++) {
        const size_t start = rows->id_start[i];
        const char *label =
            rows->type[i] == CYT_NO_TYPE ? "" : rows->labels.name[rows->type[i]];
        printf("row\t");
        print_word(rows->id_text + start, rows->id_start[i + 1] - start);
        printf("\t%.17g\t%.17g\t", rows->x[i], rows->y[i]);
        print_word(label, strlen(label));
        for (size_t v = 0; v < rows->n_values; v++)
            printf("\t%.17g", rows->values[v * rows->n + i]);
        putchar('\n');
    }
    printf("found");
    for (size_t v = 0; v < rows->n_values; v++)
        printf("\t%d", rows->value_found[v]);
    putchar('\n');
}

/* Room beyond what the process has already. */
static void limit_memory(void)
{
    const char *room = getenv("READ_ROWS_MIB");
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!room || !file || fscanf(file, "%lu", &pages) != 1)
        return;
    fclose(file);
    const rlim_t bytes = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) +
                         ((rlim_t)strtoul(room, NULL, 10) << 20);
    setrlimit(RLIMIT_AS, &(struct rlimit){bytes, bytes});
}

static void answer(const cyt_source *source)
{
    cyt_rows rows = {0};
    cyt_error err = {0};
    const cyt_reader *reader = cyt_reader_for(source);
    alarm(LIMIT_S);
    limit_memory();
    if (!reader)
        printf("error\tno reader\n");
    else if (reader->read(MPI_COMM_SELF, source, &rows, &err) != CYT_OK)
        printf("error\t%s\n", err.text);
    else
        print_rows(&rows);
    cyt_rows_free(&rows);
    fflush(stdout);
    _exit(0);
}

static void report(int status)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        printf("\nhang\n");
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        printf("\ncrash\t%d\n", WIFSIGNALED(status) ? WTERMSIG(status) : status);
    printf("end\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static request r;
    char *line = NULL;
    size_t capacity = 0;
    MPI_Init(&argc, &argv);
    while (getline(&line, &capacity, stdin) > 0) {
        int status = -1;
        parse(line, &r);
        const pid_t child = fork();
        if (child == 0)
            answer(&r.source);
        if (child > 0)
            waitpid(child, &status, 0);
        report(status);
    }
    free(line);
    MPI_Finalize();
    return 0;
}
