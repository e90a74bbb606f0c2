/* Frames in flight and who may touch them:
 *
 *   waiting in `ready`      nobody; taken under the lock
 *   running an any-order    the worker that took it
 *   waiting in a lane       nobody; lane->slot under the lock
 *   in an in-order stage    the one thread that has the lane (lane->busy)
 *   waiting in `done`       nobody; taken by receive under the lock
 *
 * The lock is never held while a stage runs. */
#if defined(__linux__)
#define _GNU_SOURCE /* pthread_setname_np */
#endif
#include "exec/exec.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "base/mem.h"
#include "base/testing.h"
#include "exec/legs.h"
#include "exec/processes.h"

struct worker {
    struct mn_exec *exec;
    int index;
    void *state[MN_MAX_LEGS]; /* one for each any-order stage, by first leg of that stage */
    struct mn_spans *spans;
    pthread_t thread;
    bool started;
    int start_result; /* 1 while its process or its stages start; under the lock */
    uint32_t jitter;  /* state of the delay generator of tests */
};

/* In-order leg: frames wait here until it is their turn. */
struct lane {
    struct mn_frame **slot; /* by number modulo frames */
    uint64_t next;          /* whose turn it is */
    bool busy;              /* some thread is inside the stage */
    bool end_seen;          /* flush was called */
    void *state;
};

struct mn_exec {
    const struct mn_context *ctx;
    enum mien_exec kind;
    int frames, num_workers;
    struct mn_legs legs;
    struct mn_processes *processes; /* NULL in the other modes */
    struct lane lane[MN_MAX_LEGS];
    struct worker *workers;
    atomic_bool interrupted;
    struct mn_frame *newest; /* with key frames: sent, and held back until it is known whether it is
                                the last; of the thread that sends */

    pthread_mutex_t lock; /* all below */
    pthread_cond_t work, finished;
    bool quit, ended;
    uint64_t num_sent;       /* also the number of the next frame */
    struct mn_frame **ready; /* any-order tasks, at most `frames` */
    int num_ready;
    int active;             /* ready tasks plus those somebody works on, and calls */
    unsigned calls;         /* lanes that a worker is to look after, as bits */
    struct mn_frame **done; /* by number modulo frames */
    uint64_t next_out;
    int64_t tasks;
    double queue_sum;
    int queue_max;
    struct mn_rate rate[MN_MAX_LEGS]; /* frames that came through a stage, by its first leg */
};

static void advance(struct mn_exec *e, struct mn_frame *f, bool sending);

/* Called with the lock held. */
static void count(struct mn_exec *e, uint32_t legs)
{
    const double now = mn_now();
    for (int leg = 0; leg < e->legs.num; leg++)
        if (legs & 1u << leg)
            mn_rate_add(&e->rate[e->legs.state_of[leg]], now);
}

static void emit(void *ctx, struct mn_frame *f)
{
    advance(ctx, f, false);
}

/* Runs the lane's stage on all frames whose turn it is. Whoever finds the lane busy leaves the
 * frame there: the one inside will look again before it goes. */
static void drain(struct mn_exec *e, int leg)
{
    struct lane *l = &e->lane[leg];
    const struct mn_stage *stage = e->legs.stage[leg];
    pthread_mutex_lock(&e->lock);
    if (l->busy) {
        pthread_mutex_unlock(&e->lock);
        return;
    }
    l->busy = true;
    for (;;) {
        struct mn_frame *f = l->slot[l->next % (uint64_t)e->frames];
        bool flush = !f && e->ended && l->next == e->num_sent && !l->end_seen;
        if (!f && !flush)
            break;
        if (f) {
            l->slot[l->next % (uint64_t)e->frames] = NULL;
            l->next++;
            count(e, 1u << leg);
        } else {
            l->end_seen = true;
        }
        pthread_mutex_unlock(&e->lock);
        if (f)
            stage->push(l->state, f, emit, e);
        else if (stage->flush)
            stage->flush(l->state, emit, e);
        pthread_mutex_lock(&e->lock);
    }
    l->busy = false;
    if (l->end_seen)
        pthread_cond_broadcast(&e->finished);
    pthread_mutex_unlock(&e->lock);
}

/* All frames are out, and every lane has been told: only then do stages rest. Called with the lock
 * held. */
static bool at_end(const struct mn_exec *e)
{
    bool end = e->ended && e->next_out == e->num_sent;
    for (int leg = 0; leg < e->legs.num && end; leg++)
        if (e->legs.stage[leg]->order == MN_IN_ORDER)
            end = e->lane[leg].end_seen && !e->lane[leg].busy;
    return end;
}

/* Moves a frame to its next leg: a lane, the ready tasks, or the way out. sending: by the caller of
 * mn_exec_send, who has pictures to decode: with threads, a worker sees to the lane. */
static void advance(struct mn_exec *e, struct mn_frame *f, bool sending)
{
    for (;;) {
        f->leg++;
        if (f->leg == e->legs.num) {
            pthread_mutex_lock(&e->lock);
            e->done[f->seq % (uint64_t)e->frames] = f;
            pthread_cond_signal(&e->finished);
            pthread_mutex_unlock(&e->lock);
            if (e->ctx->settings.wake)
                e->ctx->settings.wake(e->ctx->settings.wake_ctx);
            return;
        }
        const struct mn_stage *stage = e->legs.stage[f->leg];
        int leg = f->leg;
        if (stage->order == MN_IN_ORDER) {
            pthread_mutex_lock(&e->lock);
            e->lane[leg].slot[f->seq % (uint64_t)e->frames] = f;
            bool hand_over = sending && e->kind == MIEN_THREADS;
            if (hand_over && !(e->calls & 1u << leg)) {
                e->calls |= 1u << leg;
                e->active++;
                pthread_cond_signal(&e->work);
            }
            pthread_mutex_unlock(&e->lock);
            if (!hand_over)
                drain(e, leg); /* f may be gone by now */
            return;
        }
        if (f->pub.error || (stage->wants && !stage->wants(f)))
            continue;
        pthread_mutex_lock(&e->lock);
        e->ready[e->num_ready++] = f;
        e->active++;
        if (e->num_ready > e->queue_max)
            e->queue_max = e->num_ready;
        pthread_cond_signal(&e->work);
        pthread_mutex_unlock(&e->lock);
        return;
    }
}

/* Which of two ready frames should be taken first. Later legs before earlier ones: what is nearly
 * done leaves soonest and the order waits least. But a key frame goes before everything, because
 * all frames up to it wait for its boxes and workers would run dry. Within a leg older frames
 * first. */
static bool before(const struct mn_exec *e, const struct mn_frame *a, const struct mn_frame *b)
{
    if (a->leg == b->leg)
        return a->seq < b->seq;
    if (e->ctx->key_frames && (a->leg == 0 || b->leg == 0))
        return a->leg == 0;
    return a->leg > b->leg;
}

/* Called with the lock held and num_ready > 0. */
static struct mn_frame *take(struct mn_exec *e)
{
    int best = 0;
    for (int i = 1; i < e->num_ready; i++)
        if (before(e, e->ready[i], e->ready[best]))
            best = i;
    struct mn_frame *f = e->ready[best];
    e->tasks++;
    e->queue_sum += e->num_ready;
    e->ready[best] = e->ready[--e->num_ready];
    return f;
}

/* Delays of tests: at random before every task, and a fixed one that makes the first leg slow. */
static void jitter(struct worker *w, const struct mn_frame *f)
{
    int limit = mn_testing()->jitter;
    int64_t us = f->leg == 0 ? mn_testing()->slow : 0;
    if (limit > 0) {
        w->jitter = w->jitter * 1664525u + 1013904223u;
        us += (int64_t)w->jitter * limit >> 32;
    }
    if (us <= 0)
        return;
    struct timespec t = {(time_t)(us / 1000000), (long)(us % 1000000) * 1000};
    nanosleep(&t, NULL);
}

static void work_on(struct worker *w, struct mn_frame *f)
{
    struct mn_exec *e = w->exec;
    jitter(w, f);
    f->ran = 0;
    if (atomic_load_explicit(&e->interrupted, memory_order_relaxed)) {
        f->pub.error = MIEN_EINTERRUPTED;
    } else if (e->processes) { /* one errand for all legs that may follow each other */
        int last = mn_legs_last(&e->legs, f->leg);
        mn_processes_run(e->processes, w->index, f, last);
        f->leg = last;
    } else {
        int err = e->legs.stage[f->leg]->run(w->state[e->legs.state_of[f->leg]], f, w->spans);
        f->ran = 1u << f->leg;
        if (err < 0)
            f->pub.error = err;
    }
    pthread_mutex_lock(&e->lock);
    count(e, f->ran); /* before anybody can have received it */
    pthread_mutex_unlock(&e->lock);
    advance(e, f, false);
    pthread_mutex_lock(&e->lock);
    if (--e->active == 0)
        pthread_cond_broadcast(&e->finished);
    pthread_mutex_unlock(&e->lock);
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    struct mn_exec *e = w->exec;
#if defined(__linux__)
    char name[16];
    snprintf(name, sizeof(name), "mien-work-%d", w->index);
    pthread_setname_np(pthread_self(), name);
#endif
    int started = e->processes ? mn_processes_start(e->processes, w->index)
                               : mn_legs_open(&e->legs, e->ctx, w->state);
    pthread_mutex_lock(&e->lock);
    w->start_result = started;
    pthread_cond_broadcast(&e->finished);
    while (!e->quit) {
        if (e->calls) { /* before tasks: what goes in order is what others wait for */
            int leg = 0;
            while (!(e->calls & 1u << leg))
                leg++;
            e->calls &= ~(1u << leg);
            pthread_mutex_unlock(&e->lock);
            drain(e, leg);
            pthread_mutex_lock(&e->lock);
            if (--e->active == 0)
                pthread_cond_broadcast(&e->finished);
            continue;
        }
        if (!e->num_ready) {
            pthread_cond_wait(&e->work, &e->lock);
            continue;
        }
        struct mn_frame *f = take(e);
        pthread_mutex_unlock(&e->lock);
        work_on(w, f);
        pthread_mutex_lock(&e->lock);
    }
    pthread_mutex_unlock(&e->lock);
    if (e->processes) /* by this very thread: with its end the process would be killed anyway */
        mn_processes_stop(e->processes, w->index);
    return NULL;
}

/* Sequential: the caller takes the tasks until there are none. */
static void run_ready(struct mn_exec *e)
{
    if (e->kind != MIEN_SEQUENTIAL)
        return;
    while (e->num_ready) {
        pthread_mutex_lock(&e->lock);
        struct mn_frame *f = take(e);
        pthread_mutex_unlock(&e->lock);
        work_on(&e->workers[0], f);
    }
}

static void begin(struct mn_exec *e, struct mn_frame *f)
{
    pthread_mutex_lock(&e->lock);
    e->active++; /* until it has been handed on, lest receive thinks nothing is under way */
    pthread_mutex_unlock(&e->lock);
    f->detect = f->last || f->seq % (uint64_t)e->ctx->settings.detect_every == 0;
    if (atomic_load_explicit(&e->interrupted, memory_order_relaxed))
        f->pub.error = MIEN_EINTERRUPTED;
    advance(e, f, true);
    pthread_mutex_lock(&e->lock);
    if (--e->active == 0)
        pthread_cond_broadcast(&e->finished);
    pthread_mutex_unlock(&e->lock);
    run_ready(e);
}

void mn_exec_send(struct mn_exec *e, struct mn_frame *f)
{
    f->leg = -1;
    pthread_mutex_lock(&e->lock);
    f->seq = e->num_sent++;
    pthread_mutex_unlock(&e->lock);
    struct mn_frame *next = f;
    if (e->ctx->key_frames) {
        next = e->newest;
        e->newest = f;
    }
    if (next)
        begin(e, next);
}

void mn_exec_end(struct mn_exec *e)
{
    struct mn_frame *last = e->newest;
    e->newest = NULL;
    if (last) {
        last->last = true;
        begin(e, last);
    }
    pthread_mutex_lock(&e->lock);
    e->ended = true;
    e->active++;
    pthread_mutex_unlock(&e->lock);
    for (int leg = 0; leg < e->legs.num; leg++)
        if (e->legs.stage[leg]->order == MN_IN_ORDER)
            drain(e, leg);
    pthread_mutex_lock(&e->lock);
    if (--e->active == 0)
        pthread_cond_broadcast(&e->finished);
    pthread_mutex_unlock(&e->lock);
    run_ready(e);
}

int mn_exec_receive(struct mn_exec *e, struct mn_frame **out, bool wait)
{
    int err;
    *out = NULL;
    pthread_mutex_lock(&e->lock);
    for (;;) {
        struct mn_frame **slot = &e->done[e->next_out % (uint64_t)e->frames];
        if (*slot) {
            *out = *slot;
            *slot = NULL;
            e->next_out++;
            err = 0;
            break;
        }
        if (at_end(e)) {
            err = MIEN_EEOF;
            break;
        }
        if (!wait || e->active == 0) {
            err = MIEN_EAGAIN;
            break;
        }
        pthread_cond_wait(&e->finished, &e->lock);
    }
    pthread_mutex_unlock(&e->lock);
    return err;
}

bool mn_exec_at_end(struct mn_exec *e)
{
    pthread_mutex_lock(&e->lock);
    bool end = at_end(e);
    pthread_mutex_unlock(&e->lock);
    return end;
}

void mn_exec_reset(struct mn_exec *e)
{
    atomic_store_explicit(&e->interrupted, false, memory_order_relaxed);
    pthread_mutex_lock(&e->lock);
    e->ended = false;
    e->num_sent = e->next_out = 0;
    for (int leg = 0; leg < e->legs.num; leg++) {
        struct lane *l = &e->lane[leg];
        l->next = 0;
        l->end_seen = false;
        if (e->legs.stage[leg]->reset)
            e->legs.stage[leg]->reset(l->state);
    }
    pthread_mutex_unlock(&e->lock);
}

void mn_exec_interrupt(struct mn_exec *e)
{
    atomic_store_explicit(&e->interrupted, true, memory_order_relaxed);
}

static void add_spans(struct mn_spans *into, const struct mn_spans *from)
{
    for (int i = 0; i < MN_NUM_SPANS; i++)
        mn_hist_merge(&into->hist[i], &from->hist[i]);
}

void mn_exec_stats(struct mn_exec *e, struct mn_exec_stats *out)
{
    memset(out, 0, sizeof(*out));
    pthread_mutex_lock(&e->lock);
    out->tasks = e->tasks;
    out->queue_sum = e->queue_sum;
    out->queue_max = e->queue_max;
    for (int leg = 0; leg < e->legs.num; leg++)
        if (e->legs.state_of[leg] == leg) {
            out->stage[out->num_stages].name = e->legs.stage[leg]->name;
            out->stage[out->num_stages++].rate = e->rate[leg];
        }
    pthread_mutex_unlock(&e->lock);
    out->workers = e->num_workers;
    for (int i = 0; i < e->num_workers; i++)
        add_spans(&out->spans, e->workers[i].spans);
    if (e->processes) {
        mn_processes_counts(e->processes, &out->restarts, &out->quarantined);
        out->provider = mn_processes_provider(e->processes);
    }
    for (int leg = 0; leg < e->legs.num; leg++)
        if (e->legs.stage[leg]->spans)
            add_spans(&out->spans, e->legs.stage[leg]->spans(e->lane[leg].state));
}

void mn_exec_clear_stats(struct mn_exec *e)
{
    pthread_mutex_lock(&e->lock);
    e->tasks = 0;
    e->queue_sum = 0;
    e->queue_max = 0;
    memset(e->rate, 0, sizeof(e->rate));
    pthread_mutex_unlock(&e->lock);
    for (int i = 0; i < e->num_workers; i++)
        memset(e->workers[i].spans, 0, sizeof(struct mn_spans));
    if (e->processes)
        mn_processes_clear(e->processes);
    for (int leg = 0; leg < e->legs.num; leg++)
        if (e->legs.stage[leg]->spans) /* idle: nobody else looks at it */
            memset((void *)e->legs.stage[leg]->spans(e->lane[leg].state), 0,
                   sizeof(struct mn_spans));
}

struct measurement {
    struct worker *worker;
    double seconds;
    double total[MN_MAX_LEGS];
    int64_t runs;
    int error;
};

static void *measure_main(void *arg)
{
    struct measurement *m = arg;
    struct worker *w = m->worker;
    struct mn_exec *e = w->exec;
    m->error = e->processes
                   ? mn_processes_measure(e->processes, w->index, m->seconds, m->total, &m->runs)
                   : mn_legs_measure(&e->legs, w->state, m->seconds, m->total, &m->runs);
    return NULL;
}

void *mn_exec_lane_state(struct mn_exec *e, const struct mn_stage *stage)
{
    for (int leg = 0; leg < e->legs.num; leg++)
        if (e->legs.stage[leg] == stage)
            return e->lane[leg].state;
    return NULL;
}

int mn_exec_measure(struct mn_exec *e, double seconds, double *mean)
{
    enum { MOST = 256 };
    struct measurement m[MOST];
    pthread_t threads[MOST];
    int n = e->num_workers < MOST ? e->num_workers : MOST, started = 0, err = 0;
    for (int i = 0; i < n; i++)
        m[i] = (struct measurement){.worker = &e->workers[i], .seconds = seconds};
    for (int i = 1; i < n && err == 0; i++) {
        if (pthread_create(&threads[i], NULL, measure_main, &m[i]))
            err = MIEN_ENOMEM;
        else
            started = i;
    }
    if (err == 0)
        measure_main(&m[0]);
    for (int i = 1; i <= started; i++)
        pthread_join(threads[i], NULL);
    for (int leg = 0; leg < e->legs.num; leg++) {
        double total = 0;
        int64_t runs = 0;
        for (int i = 0; i < n && err == 0; i++) {
            err = m[i].error;
            total += m[i].total[leg];
            runs += m[i].runs;
        }
        for (int k = 0; mn_stages[k]; k++)
            if (mn_stages[k] == e->legs.stage[leg] && total > 0)
                mean[k] = total / (double)runs;
    }
    return err;
}

static int open_worker(struct mn_exec *e, struct worker *w, int index)
{
    w->exec = e;
    w->index = index;
    w->jitter = (uint32_t)index * 7919u + 1;
    w->start_result = 1;
    w->spans =
        e->processes ? mn_processes_spans(e->processes, index) : mn_alloc(1, sizeof(*w->spans));
    if (!w->spans)
        return MIEN_ENOMEM;
    return e->kind == MIEN_SEQUENTIAL ? mn_legs_open(&e->legs, e->ctx, w->state) : 0;
}

/* Until every worker has what it needs, or one has not. Each opens its own: they do so side by
 * side. */
static int wait_for_workers(struct mn_exec *e)
{
    int err = 0;
    pthread_mutex_lock(&e->lock);
    for (int i = 0; i < e->num_workers && err == 0; i++) {
        while (e->workers[i].start_result > 0)
            pthread_cond_wait(&e->finished, &e->lock);
        err = e->workers[i].start_result;
    }
    pthread_mutex_unlock(&e->lock);
    return err;
}

static int open_lane(struct mn_exec *e, int leg)
{
    struct lane *l = &e->lane[leg];
    l->slot = mn_alloc((size_t)e->frames, sizeof(struct mn_frame *));
    l->state = mn_alloc(1, e->legs.stage[leg]->state_size);
    if (!l->slot || !l->state)
        return MIEN_ENOMEM;
    return e->legs.stage[leg]->open(l->state, e->ctx);
}

int mn_exec_open(struct mn_exec **out, enum mien_exec kind, int workers, int frames,
                 const struct mn_context *ctx)
{
    *out = NULL;
    struct mn_exec *e = mn_alloc(1, sizeof(*e));
    if (!e)
        return MIEN_ENOMEM;
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->work, NULL);
    pthread_cond_init(&e->finished, NULL);
    e->ctx = ctx;
    e->kind = kind;
    e->frames = frames;
    e->num_workers = kind == MIEN_SEQUENTIAL ? 1 : workers;
    mn_legs_init(&e->legs, ctx);

    int err = 0;
    e->workers = mn_alloc((size_t)e->num_workers, sizeof(*e->workers));
    e->ready = mn_alloc((size_t)frames, sizeof(struct mn_frame *));
    e->done = mn_alloc((size_t)frames, sizeof(struct mn_frame *));
    if (!e->workers || !e->ready || !e->done)
        err = MIEN_ENOMEM;
    if (err == 0 && kind == MIEN_PROCESSES)
        err = mn_processes_open(&e->processes, ctx, &e->legs, e->num_workers);
    for (int leg = 0; leg < e->legs.num && err == 0; leg++)
        if (e->legs.stage[leg]->order == MN_IN_ORDER)
            err = open_lane(e, leg);
    for (int i = 0; i < e->num_workers && err == 0; i++)
        err = open_worker(e, &e->workers[i], i);
    for (int i = 0; i < e->num_workers && err == 0 && kind != MIEN_SEQUENTIAL; i++) {
        if (pthread_create(&e->workers[i].thread, NULL, worker_main, &e->workers[i]))
            err = MIEN_ENOMEM;
        else
            e->workers[i].started = true;
    }
    if (err == 0 && kind != MIEN_SEQUENTIAL)
        err = wait_for_workers(e);
    if (err < 0)
        mn_exec_close(&e);
    *out = e;
    return err;
}

void mn_exec_close(struct mn_exec **pe)
{
    struct mn_exec *e = *pe;
    if (!e)
        return;
    pthread_mutex_lock(&e->lock);
    e->quit = true;
    pthread_cond_broadcast(&e->work);
    pthread_mutex_unlock(&e->lock);
    if (e->processes)
        mn_processes_quit(e->processes);
    for (int i = 0; e->workers && i < e->num_workers; i++) {
        struct worker *w = &e->workers[i];
        if (w->started)
            pthread_join(w->thread, NULL);
        mn_legs_close(&e->legs, w->state);
        if (!e->processes)
            free(w->spans);
    }
    mn_processes_close(&e->processes);
    for (int leg = 0; leg < e->legs.num; leg++) {
        if (e->lane[leg].state) {
            e->legs.stage[leg]->close(e->lane[leg].state);
            free(e->lane[leg].state);
        }
        free(e->lane[leg].slot);
    }
    pthread_cond_destroy(&e->finished);
    pthread_cond_destroy(&e->work);
    pthread_mutex_destroy(&e->lock);
    free(e->workers);
    free(e->ready);
    free(e->done);
    free(e);
    *pe = NULL;
}
