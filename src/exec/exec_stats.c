/* What an executor did and how fast: sums over workers and lanes. */
#include <mien/stats.h>
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "exec/exec.h"
#include "exec/scheduler.h"

static_assert(MN_MAX_LEGS <= MIEN_STAGES_MAX, "mien_stats has room for each stage with a leg");

/* ---------------------------------------------------------------------------- statistics ---- */

/* The place of a span, a new one at the end if there is none of that name; NULL: no room. */
static struct mn_exec_span *place_of(struct mn_exec_stats *out, const struct mn_span_info *info)
{
    for (int i = 0; i < out->num_spans; i++)
        if (!strcmp(out->span[i].info->name, info->name))
            return &out->span[i];
    if (out->num_spans == MIEN_SPANS_MAX)
        return NULL;
    struct mn_exec_span *span = &out->span[out->num_spans++];
    span->info = info;
    return span;
}

/* own: NULL adds nothing, but makes room. */
static void add_spans(struct mn_exec_stats *out, const struct mn_stage *stage,
                      const struct mn_spans *own)
{
    for (int i = 0; i < MN_STAGE_SPANS && stage->span[i].name; i++) {
        struct mn_exec_span *span = place_of(out, &stage->span[i]);
        if (span && own)
            mn_hist_merge(&span->hist, &own->hist[i]);
    }
}

/* Every stage has its spans there, also one that has no leg, so that they always have the same
 * order. */
static void collect_spans(const struct mn_exec *e, struct mn_exec_stats *out)
{
    for (int i = 0; mn_stages[i]; i++)
        add_spans(out, mn_stages[i], NULL);
    for (int leg = 0; leg < e->legs.num; leg++) {
        const struct mn_stage *stage = e->legs.stage[leg];
        if (stage->order == MN_IN_ORDER)
            add_spans(out, stage, e->lane[leg].spans);
        else if (e->legs.state_of[leg] == leg)
            for (int i = 0; i < out->workers; i++)
                add_spans(out, stage, &e->workers[i].spans[leg]);
    }
}

static void collect_rates(const struct mn_exec *e, struct mn_exec_stats *out)
{
    for (int leg = 0; leg < e->legs.num; leg++)
        if (e->legs.state_of[leg] == leg) {
            out->stage[out->num_stages].name = e->legs.stage[leg]->name;
            out->stage[out->num_stages++].rate = e->rate[leg];
        }
}

void mn_exec_stats(struct mn_exec *e, struct mn_exec_stats *out)
{
    memset(out, 0, sizeof(*out));
    pthread_mutex_lock(&e->lock);
    out->workers = e->num_workers;
    out->tasks = e->tasks;
    out->queue_sum = e->queue_sum;
    out->queue_max = e->queue_max;
    collect_rates(e, out);
    pthread_mutex_unlock(&e->lock);
    collect_spans(e, out);
    if (e->processes) {
        mn_processes_counts(e->processes, &out->restarts, &out->quarantined);
        out->provider = mn_processes_provider(e->processes);
    }
}

void mn_exec_clear_stats(struct mn_exec *e)
{
    pthread_mutex_lock(&e->lock);
    e->tasks = 0;
    e->queue_sum = 0;
    e->queue_max = 0;
    memset(e->rate, 0, sizeof(e->rate));
    pthread_mutex_unlock(&e->lock);
    for (int leg = 0; leg < e->legs.num; leg++) { /* idle: no other thread uses them */
        if (e->lane[leg].spans)
            memset(e->lane[leg].spans, 0, sizeof(*e->lane[leg].spans));
        for (int i = 0; i < e->num_workers; i++)
            memset(&e->workers[i].spans[leg], 0, sizeof(*e->workers[i].spans));
    }
    if (e->processes)
        mn_processes_clear(e->processes);
}

/* ---------------------------------------------------------------------------- measurement ---- */

struct measurement {
    struct mn_exec_worker *worker;
    pthread_t thread;
    double seconds;
    double total[MN_MAX_LEGS];
    int64_t runs;
    int error;
};

static void *measure(void *arg)
{
    struct measurement *m = arg;
    struct mn_exec_worker *w = m->worker;
    struct mn_exec *e = w->exec;
    m->error = e->processes
                   ? mn_processes_measure(e->processes, w->index, m->seconds, m->total, &m->runs)
                   : mn_legs_measure(&e->legs, w->state, m->seconds, m->total, &m->runs);
    return NULL;
}

/* All workers at the same time, the first one by this thread. */
static int measure_all(struct measurement *m, int n)
{
    int started = 1, err = 0;
    while (started < n && err == 0) {
        if (pthread_create(&m[started].thread, NULL, measure, &m[started]))
            err = MIEN_ENOMEM;
        else
            started++;
    }
    if (err == 0)
        measure(&m[0]);
    for (int i = 1; i < started; i++)
        pthread_join(m[i].thread, NULL);
    for (int i = 0; i < n && err == 0; i++)
        err = m[i].error;
    return err;
}

int mn_exec_measure(struct mn_exec *e, double seconds, double mean[MN_MAX_LEGS])
{
    const int n = e->num_workers;
    memset(mean, 0, MN_MAX_LEGS * sizeof(*mean));
    struct measurement *m = mn_alloc((size_t)n, sizeof(*m));
    if (!m)
        return MIEN_ENOMEM;
    for (int i = 0; i < n; i++) {
        m[i].worker = &e->workers[i];
        m[i].seconds = seconds;
    }
    int err = measure_all(m, n);
    for (int leg = 0; leg < e->legs.num && err == 0; leg++) {
        double total = 0;
        int64_t runs = 0;
        for (int i = 0; i < n; i++) {
            total += m[i].total[leg];
            runs += m[i].runs;
        }
        mean[leg] = total > 0 ? total / (double)runs : 0;
    }
    free(m);
    return err;
}
