// SPDX-License-Identifier: BSD-3-Clause
/* What a slide costs, phase by phase: time, processor time, and what its ranks exchange
 * (meter.h). Each rank counts for itself; when the slide is done the first rank of the
 * group gathers, and tells least, mean and most of each number.
 *
 * Processor time less that of exchanges, where a rank may wait for others, is `busy`:
 * of it the imbalance is told, the most over the mean less 1. It holds also where ranks
 * share cores and the wall clock says little. */
#include "slide/work.h"

#include "cytotaxis/comm.h"
#include "cytotaxis/mem.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

const char *const cyt_phase_names[CYT_PHASES] = {
    "read", "strips", "nearest", "tissue", "maps", "signals", "patterns", "write"};

void cyt_slide_cost_begin(MPI_Comm group, cyt_slide_work *w)
{
    cyt_meter_attach(group, &w->meter);
    w->phase_began = MPI_Wtime();
    w->phase_cpu_s = cyt_cpu_s();
}

static void add_counts(cyt_exchange_count *to, const cyt_exchange_count *more)
{
    to->calls += more->calls;
    to->messages += more->messages;
    to->bytes_sent += more->bytes_sent;
    to->bytes_received += more->bytes_received;
}

static cyt_exchange_count all_of(const cyt_meter *meter)
{
    cyt_exchange_count all = {0};
    for (size_t k = 0; k < CYT_EXCHANGES; k++)
        add_counts(&all, &meter->count[k]);
    return all;
}

static void draw_phase(cyt_slide_work *w, cyt_phase phase, double ended)
{
    const cyt_exchange_count now = all_of(&w->meter);
    char args[160];
    snprintf(args, sizeof args,
             "{\"messages\": %llu, \"bytes sent\": %llu, \"bytes received\": %llu}",
             (unsigned long long)now.messages, (unsigned long long)now.bytes_sent,
             (unsigned long long)now.bytes_received);
    add_counts(&w->so_far, &now);
    cyt_trace_span(w->job->trace, "phase", cyt_phase_names[phase], w->phase_began,
                   ended, args);
    cyt_trace_count(w->job->trace, "bytes sent", ended, w->so_far.bytes_sent);
    cyt_trace_count(w->job->trace, "messages", ended, w->so_far.messages);
}

void cyt_slide_end_phase(cyt_slide_work *w, cyt_phase phase)
{
    const double now = MPI_Wtime(), cpu_s = cyt_cpu_s();
    cyt_phase_cost *cost = &w->report->own.phase[phase];
    cost->calls++;
    cost->wall_s += now - w->phase_began;
    cost->cpu_s += cpu_s - w->phase_cpu_s;
    for (size_t k = 0; k < CYT_EXCHANGES; k++)
        add_counts(&cost->exchanged.count[k], &w->meter.count[k]);
    cost->exchanged.wall_s += w->meter.wall_s;
    cost->exchanged.cpu_s += w->meter.cpu_s;
    cyt_log_tell(w->job->log, CYT_LOG_PHASE, "%s: %s: %.2f s", w->job->sample->name,
                 cyt_phase_names[phase], now - w->phase_began);
    draw_phase(w, phase, now);
    w->meter = (cyt_meter){0};
    w->phase_began = now;
    w->phase_cpu_s = cpu_s;
}

/* That the costs cannot be told is no failure of the slide. */
void cyt_slide_cost_end(MPI_Comm group, cyt_slide_work *w, int is_whole)
{
    cyt_error ignored = {0};
    cyt_slide_report *report = w->report;
    const size_t size = (size_t)cyt_comm_size(group);
    cyt_meter_attach(group, NULL);
    if (!is_whole)
        return;
    report->own.n_cells = w->slide.cells.n;
    report->own.n_rows = cyt_slide_n_rows(&w->slide);
    if (cyt_comm_rank(group) == 0)
        report->ranks = cyt_alloc(size, sizeof *report->ranks, "costs", &ignored);
    if (cyt_agree(group, ignored.code, &ignored) != CYT_OK)
        return;
    cyt_gather(&report->own, (int)sizeof report->own, MPI_BYTE, report->ranks, 0,
               group);
    report->n_ranks = cyt_comm_rank(group) == 0 ? size : 0;
}

/* --- as JSON ---------------------------------------------------------------------- */

/* A number of each rank. */
typedef double (*number_of)(const cyt_slide_share *share, cyt_phase p, cyt_exchange k);

static double cells(const cyt_slide_share *s, cyt_phase p, cyt_exchange k)
{
    (void)p, (void)k;
    return (double)s->n_cells;
}

static double rows(const cyt_slide_share *s, cyt_phase p, cyt_exchange k)
{
    (void)p, (void)k;
    return (double)s->n_rows;
}

static double wall_s(const cyt_slide_share *s, cyt_phase p, cyt_exchange k)
{
    (void)k;
    return s->phase[p].wall_s;
}

static double exchange_s(const cyt_slide_share *s, cyt_phase p, cyt_exchange k)
{
    (void)k;
    return s->phase[p].exchanged.wall_s;
}

static double busy_s(const cyt_slide_share *s, cyt_phase p, cyt_exchange k)
{
    (void)k;
    return s->phase[p].cpu_s - s->phase[p].exchanged.cpu_s;
}

/* Of all phases that a strip's cost is about: not of reading and writing, which go by
 * parts of the file. */
static double compute_s(const cyt_slide_share *s, cyt_phase p, cyt_exchange k)
{
    double sum = 0;
    for (p = CYT_PHASE_NEAREST; p <= CYT_PHASE_PATTERNS; p++)
        sum += busy_s(s, p, k);
    return sum;
}

static double messages(const cyt_slide_share *s, cyt_phase p, cyt_exchange k)
{
    return (double)s->phase[p].exchanged.count[k].messages;
}

static double bytes_sent(const cyt_slide_share *s, cyt_phase p, cyt_exchange k)
{
    return (double)s->phase[p].exchanged.count[k].bytes_sent;
}

static double bytes_received(const cyt_slide_share *s, cyt_phase p, cyt_exchange k)
{
    return (double)s->phase[p].exchanged.count[k].bytes_received;
}

typedef struct spread {
    double least, mean, most;
} spread;

static spread spread_of(const cyt_slide_report *r, number_of number, cyt_phase p,
                        cyt_exchange k)
{
    spread s = {number(&r->ranks[0], p, k), 0, number(&r->ranks[0], p, k)};
    for (size_t rank = 0; rank < r->n_ranks; rank++) {
        const double x = number(&r->ranks[rank], p, k);
        s.least = x < s.least ? x : s.least;
        s.most = x > s.most ? x : s.most;
        s.mean += x / (double)r->n_ranks;
    }
    return s;
}

static void set_spread(json_t *object, const char *key, spread s)
{
    json_object_set_new(
        object, key,
        json_pack("{s:f, s:f, s:f}", "min", s.least, "mean", s.mean, "max", s.most));
}

/* What ranks exchanged in a phase, by kind. The first rank calls what all call. */
static json_t *exchanges(const cyt_slide_report *r, cyt_phase p)
{
    json_t *object = json_object();
    for (cyt_exchange k = 0; k < CYT_EXCHANGES; k++) {
        const uint64_t calls = r->ranks[0].phase[p].exchanged.count[k].calls;
        if (calls == 0)
            continue;
        json_t *kind = json_object();
        json_object_set_new(kind, "calls", json_integer((json_int_t)calls));
        set_spread(kind, "messages", spread_of(r, messages, p, k));
        set_spread(kind, "bytes_sent", spread_of(r, bytes_sent, p, k));
        set_spread(kind, "bytes_received", spread_of(r, bytes_received, p, k));
        json_object_set_new(object, cyt_exchange_names[k], kind);
    }
    return object;
}

static void set_busy(json_t *object, spread busy)
{
    set_spread(object, "busy_s", busy);
    json_object_set_new(object, "imbalance",
                        json_real(busy.mean > 0 ? busy.most / busy.mean - 1 : 0));
}

static json_t *phase(const cyt_slide_report *r, cyt_phase p)
{
    json_t *object = json_object();
    json_object_set_new(object, "calls",
                        json_integer((json_int_t)r->ranks[0].phase[p].calls));
    set_spread(object, "wall_s", spread_of(r, wall_s, p, 0));
    set_busy(object, spread_of(r, busy_s, p, 0));
    set_spread(object, "exchange_s", spread_of(r, exchange_s, p, 0));
    json_object_set_new(object, "exchanges", exchanges(r, p));
    return object;
}

char *cyt_slide_costs(const cyt_slide_report *report)
{
    if (report->n_ranks == 0)
        return NULL;
    json_t *object = json_object(), *phases = json_object(), *compute = json_object();
    set_spread(object, "cells_per_rank", spread_of(report, cells, 0, 0));
    set_spread(object, "rows_per_rank", spread_of(report, rows, 0, 0));
    for (cyt_phase p = 0; p < CYT_PHASES; p++)
        json_object_set_new(phases, cyt_phase_names[p], phase(report, p));
    set_busy(compute, spread_of(report, compute_s, 0, 0));
    json_object_set_new(object, "compute", compute);
    json_object_set_new(object, "phases", phases);
    char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return text;
}
