/* Moves frames from leg to leg: what a worker takes, and whose turn it is in a lane. */
#if defined(__linux__)
#define _GNU_SOURCE /* pthread_setname_np */
#endif
#include "exec/scheduler.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

static_assert(MN_MAX_LEGS <= 32, "legs are bits of mn_exec.calls and mn_frame.ran");

void mn_scheduler_begin_work(struct mn_exec *e)
{
    pthread_mutex_lock(&e->lock);
    e->active++;
    pthread_mutex_unlock(&e->lock);
}

void mn_scheduler_end_work(struct mn_exec *e)
{
    pthread_mutex_lock(&e->lock);
    if (--e->active == 0)
        pthread_cond_broadcast(&e->finished);
    pthread_mutex_unlock(&e->lock);
}

/* The lock is held. */
static void count(struct mn_exec *e, uint32_t legs)
{
    const double now = mn_now();
    for (int leg = 0; leg < e->legs.num; leg++)
        if (legs & 1u << leg)
            mn_rate_add(&e->rate[e->legs.state_of[leg]], now);
}

/* ------------------------------------------------------------------------- in-order legs ---- */

static void emit(void *ctx, struct mn_frame *f)
{
    mn_scheduler_advance(ctx, f, false);
}

void mn_scheduler_drain(struct mn_exec *e, int leg)
{
    struct mn_exec_lane *l = &e->lane[leg];
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
            stage->push(l->state, f, l->spans, emit, e);
        else if (stage->flush)
            stage->flush(l->state, l->spans, emit, e);
        pthread_mutex_lock(&e->lock);
    }
    l->busy = false;
    if (l->end_seen)
        pthread_cond_broadcast(&e->finished);
    pthread_mutex_unlock(&e->lock);
}

bool mn_scheduler_at_end(const struct mn_exec *e)
{
    bool end = e->ended && e->next_out == e->num_sent;
    for (int leg = 0; leg < e->legs.num && end; leg++)
        if (e->legs.stage[leg]->order == MN_IN_ORDER)
            end = e->lane[leg].end_seen && !e->lane[leg].busy;
    return end;
}

/* With workers, the thread that sends asks one of them to drain the lane, unless a thread is inside
 * that will take f before it leaves. */
static void enter_lane(struct mn_exec *e, struct mn_frame *f, bool sending)
{
    const int leg = f->leg;
    pthread_mutex_lock(&e->lock);
    e->lane[leg].slot[f->seq % (uint64_t)e->frames] = f;
    bool hand_over = sending && e->kind == MIEN_THREADS;
    if (hand_over && !e->lane[leg].busy && !(e->calls & 1u << leg)) {
        e->calls |= 1u << leg;
        e->active++;
        pthread_cond_signal(&e->work);
    }
    pthread_mutex_unlock(&e->lock);
    if (!hand_over)
        mn_scheduler_drain(e, leg); /* another thread may have taken f by now */
}

/* ------------------------------------------------------------------------ any-order legs ---- */

static void make_ready(struct mn_exec *e, struct mn_frame *f)
{
    pthread_mutex_lock(&e->lock);
    e->ready[e->num_ready++] = f;
    e->active++;
    if (e->num_ready > e->queue_max)
        e->queue_max = e->num_ready;
    pthread_cond_signal(&e->work);
    pthread_mutex_unlock(&e->lock);
}

static void leave(struct mn_exec *e, struct mn_frame *f)
{
    pthread_mutex_lock(&e->lock);
    e->done[f->seq % (uint64_t)e->frames] = f;
    pthread_cond_signal(&e->finished);
    pthread_mutex_unlock(&e->lock);
    if (e->ctx->settings.wake)
        e->ctx->settings.wake(e->ctx->settings.wake_ctx);
}

void mn_scheduler_advance(struct mn_exec *e, struct mn_frame *f, bool sending)
{
    while (++f->leg < e->legs.num) {
        const struct mn_stage *stage = e->legs.stage[f->leg];
        if (stage->order == MN_IN_ORDER) {
            enter_lane(e, f, sending);
            return;
        }
        if (!f->pub.error && (!stage->wants || stage->wants(f))) {
            make_ready(e, f);
            return;
        }
    }
    leave(e, f);
}

/* Which of two ready frames should be taken first. Later legs come before earlier ones: a frame
 * that is nearly done leaves soonest, so others wait least for their turn. But a key frame comes
 * before everything, because all frames up to it wait for its boxes and workers would run out of
 * tasks. Within a leg older frames come first. */
static bool before(const struct mn_exec *e, const struct mn_frame *a, const struct mn_frame *b)
{
    if (a->leg == b->leg)
        return a->seq < b->seq;
    if (e->ctx->key_frames && (a->leg == 0 || b->leg == 0))
        return a->leg == 0;
    return a->leg > b->leg;
}

/* The lock is held, and num_ready > 0. */
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

/* ------------------------------------------------------------------------------- workers ---- */

void mn_scheduler_call_helpers(void *ctx)
{
    struct mn_exec *e = ctx;
    pthread_mutex_lock(&e->lock);
    if (e->num_idle)
        pthread_cond_broadcast(&e->work);
    pthread_mutex_unlock(&e->lock);
}

/* Delays of tests: a random one before every task, and a fixed one that makes the first leg slow.
 */
static void delay(struct mn_exec_worker *w, const struct mn_frame *f)
{
    const struct mn_testing *t = &w->exec->testing;
    int limit = t->jitter;
    int64_t us = f->leg == 0 ? t->slow : 0;
    if (limit > 0) {
        w->jitter = w->jitter * 1664525u + 1013904223u;
        us += (int64_t)w->jitter * limit >> 32;
    }
    if (us <= 0)
        return;
    struct timespec pause = {(time_t)(us / 1000000), (long)(us % 1000000) * 1000};
    nanosleep(&pause, NULL);
}

/* Runs the leg that the frame is at. A worker process runs all any-order legs that follow it in one
 * round trip. */
static void run_legs(struct mn_exec_worker *w, struct mn_frame *f)
{
    struct mn_exec *e = w->exec;
    f->ran = 0;
    if (atomic_load_explicit(&e->interrupted, memory_order_relaxed)) {
        f->pub.error = MIEN_EINTERRUPTED;
    } else if (e->processes) {
        int last = mn_legs_last(&e->legs, f->leg);
        mn_processes_run(e->processes, w->index, f, last);
        f->leg = last;
    } else {
        const int own = e->legs.state_of[f->leg];
        int err = e->legs.stage[f->leg]->run(w->state[own], f, &w->spans[own]);
        f->ran = 1u << f->leg;
        if (err < 0)
            f->pub.error = err;
    }
}

static void work_on(struct mn_exec_worker *w, struct mn_frame *f)
{
    struct mn_exec *e = w->exec;
    delay(w, f);
    run_legs(w, f);
    pthread_mutex_lock(&e->lock);
    count(e, f->ran); /* before the frame can be received */
    pthread_mutex_unlock(&e->lock);
    mn_scheduler_advance(e, f, false);
    mn_scheduler_end_work(e);
}

void mn_scheduler_run_ready(struct mn_exec *e)
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

static void name_thread(const struct mn_exec_worker *w)
{
#if defined(__linux__)
    char name[16];
    snprintf(name, sizeof(name), "mien-work-%d", w->index);
    pthread_setname_np(pthread_self(), name);
#else
    (void)w;
#endif
}

/* The lock is held, and a lane is called. */
static int take_call(struct mn_exec *e)
{
    int leg = 0;
    while (!(e->calls & 1u << leg))
        leg++;
    e->calls &= ~(1u << leg);
    return leg;
}

/* Until the executor quits. Calls come before tasks: other frames wait for what goes in order.
 * Without either, the worker helps the one that has a lane. The lock is held, except while the
 * worker works. */
static void work(struct mn_exec_worker *w)
{
    struct mn_exec *e = w->exec;
    struct mn_team *team = e->ctx->team;
    while (!e->quit) {
        if (e->calls) {
            int leg = take_call(e);
            pthread_mutex_unlock(&e->lock);
            mn_scheduler_drain(e, leg);
            mn_scheduler_end_work(e);
        } else if (e->num_ready) {
            struct mn_frame *f = take(e);
            pthread_mutex_unlock(&e->lock);
            work_on(w, f);
        } else if (mn_team_has_work(team)) {
            pthread_mutex_unlock(&e->lock);
            mn_team_help(team);
        } else {
            e->num_idle++;
            pthread_cond_wait(&e->work, &e->lock);
            e->num_idle--;
            continue;
        }
        pthread_mutex_lock(&e->lock);
    }
}

void *mn_scheduler_worker(void *worker)
{
    struct mn_exec_worker *w = worker;
    struct mn_exec *e = w->exec;
    name_thread(w);
    int started = w->start_result;
    if (started > 0)
        started = e->processes ? mn_processes_start(e->processes, w->index)
                               : mn_legs_open(&e->legs, e->ctx, w->state);
    pthread_mutex_lock(&e->lock);
    w->start_result = started;
    pthread_cond_broadcast(&e->finished);
    if (started == 0)
        work(w);
    pthread_mutex_unlock(&e->lock);
    if (e->processes) /* by the thread that started it: the process dies with that thread anyway */
        mn_processes_stop(e->processes, w->index);
    return NULL;
}
